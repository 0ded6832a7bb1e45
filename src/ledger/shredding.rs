//! Shredding: the signed demand in a ledger, and the store's signed word that it has been met (docs/format.md §8).
//!
//! Owns who may demand it (the key that signs the call, nobody else) and the confirmation's shape. What is destroyed is
//! the store's business; the ledger itself stays, because it proves what was agreed to and that it was taken back.

use serde::{Deserialize, Serialize};

use super::authority::Authority;
use super::chain::Chain;
use super::chunk::read_chunk;
use super::entry::EntryBody;
use crate::names::{CallId, ObjectName};
use crate::seal::SigningKey;
use crate::seal::jws::{self, CompactJws};
use crate::{Error, ErrorKind, Result};

/// The `typ` of a confirmation's header (RFC 7515 §4.1.9).
pub const SHRED_TYPE: &str = "callseal-shred+jws";

/// A demand to destroy a call's audio, as its ledger states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShredDemand {
    /// The entry's number.
    pub seq: u64,
    /// The entry's hash.
    pub head: String,
    /// When it is to be met at the earliest, milliseconds since 1970-01-01 UTC.
    pub not_before_ms: u64,
}

/// The demand in a ledger's `chunks`, which begin with the first one, or none.
///
/// # Errors
/// As [`read_chunk`] for a chunk that does not hold; `Signature` for a demand in a ledger that nobody signs.
pub fn shred_demand<'a>(
    call_id: &CallId,
    chunks: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Option<ShredDemand>> {
    let mut chain = Chain::start(call_id);
    let mut authority = Authority::start(*call_id);
    for chunk in chunks {
        for entry in read_chunk(&mut chain, chunk)? {
            // What a recovery's key demands is no demand.
            let may_demand = authority.take(&entry.body).is_ok();
            let EntryBody::ShredRequested(requested) = entry.body else { continue };
            if !may_demand {
                continue;
            }
            if !chain.is_signed() {
                return Err(Error::new(
                    ErrorKind::Signature,
                    "a ledger that is not signed cannot demand that anything is destroyed",
                ));
            }
            let not_before_ms = requested.not_before_ms;
            return Ok(Some(ShredDemand { seq: entry.seq, head: entry.hash, not_before_ms }));
        }
    }
    Ok(None)
}

/// Whether shredding destroys an object: audio, keys and the vCon, which names people. The ledger and what servers have
/// signed of it hold neither.
#[must_use]
pub const fn is_shredded(name: &ObjectName) -> bool {
    match name {
        ObjectName::Segment(_)
        | ObjectName::Envelope { .. }
        | ObjectName::Vcon { .. }
        | ObjectName::RewrappedVcon { .. } => true,
        ObjectName::LedgerChunk { .. }
        | ObjectName::LedgerHead { .. }
        | ObjectName::Timestamp { .. }
        | ObjectName::ExposureConfirmation(_)
        | ObjectName::ShredRequest { .. }
        | ObjectName::Hold { .. }
        | ObjectName::Release { .. }
        | ObjectName::ShredConfirmation { .. } => false,
    }
}

/// What a store confirms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShredClaim {
    /// The call.
    pub call_id: CallId,
    /// Number of the entry that demands it.
    pub seq: u64,
    /// That entry's hash.
    pub head: String,
    /// How many objects were destroyed.
    pub objects: u64,
    /// The store's time, seconds since 1970-01-01 UTC (RFC 7519 §4.1.6).
    pub iat: u64,
}

impl ShredClaim {
    /// The compact JWS of the claim.
    #[must_use]
    pub fn sign(&self, key: &SigningKey) -> String {
        let Self { call_id, seq, head, objects, iat } = self;
        let payload = serde_json::json!({
            "call_id": call_id, "seq": seq, "head": head, "objects": objects, "iat": iat,
        });
        jws::sign(&payload, SHRED_TYPE, key)
    }

    /// Reads a confirmation; who signed it is the caller's to ask.
    ///
    /// # Errors
    /// `Corrupt` or `Unsupported` when it is none.
    pub fn read(content: &[u8]) -> Result<(Self, CompactJws)> {
        jws::read_claim(content, SHRED_TYPE, "the confirmation states no shredding of a call")
    }
}

#[cfg(test)]
mod tests {
    use super::{ShredClaim, shred_demand};
    use crate::ErrorKind;
    use crate::ledger::{CallKey, CallOpened, EntryBody, Ledger, LedgerSigner, ShredRequested};
    use crate::names::CallId;
    use crate::seal::SigningKey;

    fn call_id() -> CallId {
        CallId::parse("0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa").unwrap()
    }

    /// A ledger of two chunks; the second one demands shredding.
    fn chunks(signer: Option<LedgerSigner>) -> [Vec<u8>; 2] {
        let mut ledger = Ledger::new(call_id(), signer);
        let opened = CallOpened {
            call_id: call_id(),
            software: "test".into(),
            mode: "nothing_before_yes".into(),
            policy_sha256: String::new(),
            sample_rate_hz: 48_000,
            parties: Vec::new(),
            answered_at_ms: 1,
            signer: None,
        };
        let first = ledger.append(1, &EntryBody::CallOpened(opened)).unwrap();
        let demand = ShredRequested { reason: "withdrawal".into(), not_before_ms: 7 };
        [first, ledger.append(2, &EntryBody::ShredRequested(demand)).unwrap()]
    }

    fn signer(byte: u8) -> LedgerSigner {
        LedgerSigner::new(CallKey::from_random(&[byte; 32]).unwrap(), Vec::new())
    }

    #[test]
    fn a_demand_counts_only_in_a_whole_ledger_that_its_own_key_has_signed() {
        let [first, second] = chunks(Some(signer(1)));
        let demand = shred_demand(&call_id(), [&*first, &*second]).unwrap().unwrap();
        assert_eq!((demand.seq, demand.not_before_ms), (1, 7));
        assert_eq!(shred_demand(&call_id(), [&*first]).unwrap(), None);
        assert!(shred_demand(&call_id(), [&*second]).is_err(), "without its beginning");
        let [_, forged] = chunks(Some(signer(2)));
        assert!(shred_demand(&call_id(), [&*first, &*forged]).is_err(), "another key's");
        let [first, second] = chunks(None);
        let unsigned = shred_demand(&call_id(), [&*first, &*second]).unwrap_err();
        assert_eq!(unsigned.kind(), ErrorKind::Signature);
    }

    #[test]
    fn a_confirmation_reads_back() {
        let key = SigningKey::from_random(&[7; 32]).unwrap();
        let claim =
            ShredClaim { call_id: call_id(), seq: 3, head: "00".repeat(32), objects: 5, iat: 1_790_000_000 };
        let (read, jws) = ShredClaim::read(claim.sign(&key).as_bytes()).unwrap();
        assert!(read == claim && jws.is_signed_by(&key.public()));
        assert!(ShredClaim::read(b"").is_err());
    }
}
