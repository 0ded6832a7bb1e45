//! Orders: what an officer has signed about a stored call, to have it destroyed or kept (docs/format.md §11).
//!
//! Owns the order's form, that it is bound to one state of one call's ledger, and whether a hold is in force. Who is an officer
//! is the reader's to know, by the thumbprint of the key; an order proves no more than that its key has signed it.

use serde::{Deserialize, Serialize};

use super::shredding::ShredDemand;
use crate::names::{CallId, ObjectName};
use crate::seal::jws;
use crate::seal::{SigningKey, VerifyingKey, sha256_hex};
use crate::{Error, ErrorKind, Result};

/// The `typ` of an order's header (RFC 7515 §4.1.9).
pub const ORDER_TYPE: &str = "callseal-order+jws";

/// What is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderKind {
    /// The call's audio, keys and vCons are to be destroyed.
    Shred,
    /// Nothing of the call may be shredded until the release with the same number.
    Hold,
    /// The hold with the same number is over.
    Release,
}

/// Why, as a code: there is no free text, so that nothing personal gets in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderReason {
    /// A person demands erasure (GDPR art. 17).
    ErasureRequest,
    /// The time for which it was to be kept is over.
    RetentionOver,
    /// It should not have been recorded.
    UnlawfulRecording,
    /// It is needed in a dispute (GDPR art. 17(3)(e)).
    LegalClaim,
    /// An authority has asked for it.
    AuthorityRequest,
    /// What it was held for is over.
    MatterClosed,
}

/// An order, as it was signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// The call.
    pub call_id: CallId,
    /// What is ordered.
    pub order: OrderKind,
    /// The number of the hold, from 1; 0 for shredding.
    pub number: u32,
    /// Why.
    pub reason: OrderReason,
    /// Number of the last entry of the ledger that the officer saw.
    pub seq: u64,
    /// That entry's hash.
    pub head: String,
    /// The officer's time, seconds since 1970-01-01 UTC (RFC 7519 §4.1.6).
    pub iat: u64,
}

/// An order that was read, and whose key has signed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedOrder {
    /// What it says.
    pub order: Order,
    /// Thumbprint (RFC 7638) of the key that signed it.
    pub officer: String,
    /// SHA-256 of the object.
    pub sha256: String,
}

impl Order {
    /// The name of the object that holds it.
    #[must_use]
    pub const fn name(&self) -> ObjectName {
        let (call_id, number) = (self.call_id, self.number);
        match self.order {
            OrderKind::Shred => ObjectName::ShredRequest { call_id },
            OrderKind::Hold => ObjectName::Hold { call_id, number },
            OrderKind::Release => ObjectName::Release { call_id, number },
        }
    }

    /// The compact JWS of the order, which states the officer's public key.
    #[must_use]
    pub fn sign(&self, officer: &SigningKey) -> String {
        let Self { call_id, order, number, reason, seq, head, iat } = self;
        let payload = serde_json::json!({
            "call_id": call_id, "order": order, "number": number, "reason": reason, "seq": seq, "head": head, "iat": iat,
        });
        jws::sign_stating_key(&payload, ORDER_TYPE, officer)
    }

    /// Reads an order and checks that the key it states has signed it; whose key that is, is the caller's to ask.
    ///
    /// # Errors
    /// `Corrupt` or `Unsupported` when it is none; `Signature` when it is not its key's.
    pub fn read(content: &[u8]) -> Result<SignedOrder> {
        let (order, jws) = jws::read_claim::<Self>(content, ORDER_TYPE, "this is no order of an officer")?;
        let unsigned =
            || Error::new(ErrorKind::Signature, "the order is not signed by the key that it states");
        let key =
            jws.header.get("jwk").and_then(|jwk| VerifyingKey::from_jwk(jwk).ok()).ok_or_else(unsigned)?;
        let officer = key.thumbprint();
        if jws.key_id() != Some(&officer) || !jws.is_signed_by(&key) {
            return Err(unsigned());
        }
        if (order.number == 0) != (order.order == OrderKind::Shred) {
            return Err(Error::new(ErrorKind::Corrupt, "the order has a number that it cannot have"));
        }
        Ok(SignedOrder { order, officer, sha256: sha256_hex(content) })
    }
}

impl SignedOrder {
    /// Whether the order lies under its own name and is of this call.
    ///
    /// # Errors
    /// `Swapped` for an order from elsewhere.
    pub fn check_place(&self, name: &ObjectName) -> Result<()> {
        if self.order.name() == *name {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Swapped, "this is the order of another call, or another order of this one"))
    }

    /// The demand that a request to shred makes.
    #[must_use]
    pub fn demand(&self) -> ShredDemand {
        ShredDemand { seq: self.order.seq, head: self.sha256.clone(), not_before_ms: 0 }
    }
}

/// The numbers of the holds that are in force: those of officers `is_officer` knows, without the release of one.
#[must_use]
pub fn holds_in_force(orders: &[SignedOrder], is_officer: impl Fn(&str) -> bool) -> Vec<u32> {
    let of = |kind: OrderKind| {
        let orders = orders.iter().filter(move |signed| signed.order.order == kind);
        orders.filter(|signed| is_officer(&signed.officer)).map(|signed| signed.order.number)
    };
    of(OrderKind::Hold).filter(|number| of(OrderKind::Release).all(|released| released != *number)).collect()
}

#[cfg(test)]
mod tests {
    use super::{Order, OrderKind, OrderReason, holds_in_force};
    use crate::names::CallId;
    use crate::seal::SigningKey;
    use crate::seal::jws;

    fn order(kind: OrderKind, number: u32) -> Order {
        Order {
            call_id: CallId::parse("0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa").unwrap(),
            order: kind,
            number,
            reason: OrderReason::LegalClaim,
            seq: 3,
            head: "00".repeat(32),
            iat: 1_790_000_000,
        }
    }

    #[test]
    fn an_order_counts_only_under_the_key_that_it_states() {
        let (key, other) =
            (SigningKey::from_random(&[7; 32]).unwrap(), SigningKey::from_random(&[8; 32]).unwrap());
        let order = order(OrderKind::Hold, 1);
        let text = order.sign(&key);
        let read = Order::read(text.as_bytes()).unwrap();
        assert_eq!((&read.order, read.officer), (&order, key.public().thumbprint()));
        let parts: Vec<&str> = text.split('.').collect();
        let others = order.sign(&other);
        let [header, _, signature] = others.split('.').collect::<Vec<_>>()[..] else { panic!() };
        for forged in [
            format!("{header}.{}.{}", parts[1], parts[2]),
            format!("{}.{}.{signature}", parts[0], parts[1]),
            jws::sign(&serde_json::to_value(&order).unwrap(), super::ORDER_TYPE, &key),
        ] {
            assert_eq!(Order::read(forged.as_bytes()).unwrap_err().code(), "ledger/signature");
        }
    }

    #[test]
    fn a_hold_is_in_force_until_an_officer_releases_it() {
        let (officer, stranger) =
            (SigningKey::from_random(&[7; 32]).unwrap(), SigningKey::from_random(&[8; 32]).unwrap());
        let signed =
            |kind, number, key: &SigningKey| Order::read(order(kind, number).sign(key).as_bytes()).unwrap();
        let is_officer = |thumbprint: &str| thumbprint == officer.public().thumbprint();
        let mut orders = vec![
            signed(OrderKind::Hold, 1, &officer),
            signed(OrderKind::Hold, 2, &officer),
            signed(OrderKind::Hold, 3, &stranger),
            signed(OrderKind::Release, 1, &officer),
            signed(OrderKind::Release, 2, &stranger),
        ];
        assert_eq!(holds_in_force(&orders, is_officer), [2]);
        assert_eq!(holds_in_force(&orders, |_| true), [3]);
        orders.push(signed(OrderKind::Release, 2, &officer));
        assert!(holds_in_force(&orders, is_officer).is_empty());
    }
}
