//! The countersigned head of a ledger: a server's word that it has seen an entry's hash, when its clock said so.
//!
//! Owns the payload's shape. The server sees a call's id, a number and a hash, and nothing of what they stand for.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Result;
use crate::names::CallId;
use crate::seal::jws::{self, CompactJws};
use crate::seal::{SigningKey, sha256_hex};

/// The `typ` of a countersignature's header (RFC 7515 §4.1.9).
pub const HEAD_TYPE: &str = "callseal-head+jws";

/// What is countersigned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeadClaim {
    /// The call.
    pub call_id: CallId,
    /// The entry's number.
    pub seq: u64,
    /// The entry's hash.
    pub head: String,
    /// The server's time, seconds since 1970-01-01 UTC (RFC 7519 §4.1.6).
    pub iat: u64,
}

impl HeadClaim {
    /// The compact JWS of the claim.
    #[must_use]
    pub fn sign(&self, key: &SigningKey) -> String {
        let Self { call_id, seq, head, iat } = self;
        let payload = serde_json::json!({"call_id": call_id, "seq": seq, "head": head, "iat": iat});
        jws::sign(&payload, HEAD_TYPE, key)
    }

    /// Reads a countersignature; who signed it is the caller's to ask.
    ///
    /// # Errors
    /// `Corrupt` or `Unsupported` when it is none.
    pub fn read(content: &[u8]) -> Result<(Self, CompactJws)> {
        jws::read_claim(content, HEAD_TYPE, "the countersignature states no head of a ledger")
    }
}

/// Number and hash of a chunk's last entry, unchecked; `None` where there is no whole entry.
#[must_use]
pub fn head_of(chunk: &[u8]) -> Option<(u64, String)> {
    let line = chunk.strip_suffix(b"\n")?.rsplit(|byte| *byte == b'\n').next()?;
    let Value::Object(mut members) = serde_json::from_slice(line).ok()? else { return None };
    members.remove("sig");
    let seq = members.get("seq")?.as_u64()?;
    let canonical = serde_json_canonicalizer::to_vec(&Value::Object(members)).ok()?;
    Some((seq, sha256_hex(&canonical)))
}

/// Whether a chunk's last entry ends the call, unchecked.
#[must_use]
pub fn is_last_chunk(chunk: &[u8]) -> bool {
    let last = chunk.strip_suffix(b"\n").and_then(|lines| lines.rsplit(|byte| *byte == b'\n').next());
    let entry = last.and_then(|line| serde_json::from_slice::<Value>(line).ok());
    let kind = entry.as_ref().and_then(|entry| entry.get("kind")).and_then(Value::as_str);
    matches!(kind, Some("call.closed" | "call.recovered"))
}

#[cfg(test)]
mod tests {
    use super::{HeadClaim, head_of};
    use crate::ledger::{CallKey, CallOpened, EntryBody, Gap, Ledger, LedgerSigner};
    use crate::names::CallId;
    use crate::seal::SigningKey;

    fn call_id() -> CallId {
        CallId::parse("0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa").unwrap()
    }

    #[test]
    fn the_head_of_a_chunk_is_that_of_the_chain() {
        for signer in [None, Some(LedgerSigner::new(CallKey::from_random(&[1; 32]).unwrap(), Vec::new()))] {
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
            let mut chunk = ledger.append(1, &EntryBody::CallOpened(opened)).unwrap();
            let gap = Gap { from_sample: 0, to_sample: 1, reason: "dropped".into() };
            chunk.extend(ledger.append(2, &EntryBody::Gap(gap)).unwrap());
            assert_eq!(head_of(&chunk), Some((1, ledger.head().to_owned())));
            assert_eq!(head_of(&chunk[..chunk.len() - 1]), None);
        }
    }

    #[test]
    fn a_countersignature_reads_back() {
        let key = SigningKey::from_random(&[7; 32]).unwrap();
        let claim = HeadClaim { call_id: call_id(), seq: 3, head: "00".repeat(32), iat: 1_790_000_000 };
        let (read, jws) = HeadClaim::read(claim.sign(&key).as_bytes()).unwrap();
        assert!(read == claim && jws.is_signed_by(&key.public()));
        assert!(HeadClaim::read(b"").is_err() && HeadClaim::read(&claim.sign(&key).as_bytes()[1..]).is_err());
    }
}
