//! Consent that was asked for elsewhere — an IVR, a web form — and that the host's back end signs.
//!
//! Owns which signed statement counts: of a key that the configuration names, for this call, now. Permission needs a
//! trusted source, and a page is none: whoever injects a script there could say yes for everybody. Must never repeat
//! what a statement holds.

use serde::Deserialize;
use serde_json::Value;

use super::Answer;
use crate::names::CallId;
use crate::seal::{VerifyingKey, jws, sha256_hex};
use crate::{Error, ErrorKind, Result};

/// The `typ` of the compact JWS (RFC 7515 §4.1.9).
pub const TYPE: &str = "callseal-consent+jws";

/// The audience it must name.
pub const AUDIENCE: &str = "callseal";

/// A statement lives for so long at most, seconds: it is made when the call's id is known, and used at once.
pub const LONGEST_LIFE_S: u64 = 600;

/// How far the clocks of back end and desk may be apart, seconds.
const CLOCK_TOLERANCE_S: u64 = 60;

/// Longest statement that is read, bytes.
const MOST_BYTES: usize = 8_192;

/// What a valid statement says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    /// Which party answered.
    pub party: u32,
    /// What.
    pub answer: Answer,
    /// SHA-256 of the statement, hexadecimal: the ledger's reference to it.
    pub sha256: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    aud: String,
    call: String,
    party: u32,
    answer: Answer,
    iat: u64,
    exp: u64,
    /// The host's own reference, for example of the IVR's log; it is in the statement that the host keeps.
    #[serde(rename = "ref")]
    _reference: Option<Value>,
    #[serde(rename = "jti")]
    _id: Option<Value>,
    #[serde(rename = "iss")]
    _issuer: Option<Value>,
}

/// Reads a statement for `call_id` that one of `keys` signed. Replayed in its own call it says what is known already;
/// for any other call it is none.
///
/// # Errors
/// `AssertionInvalid`: not a compact JWS by one of the keys, or for another call or time. Nothing of it is quoted.
pub fn read(text: &str, keys: &[VerifyingKey], call_id: &CallId, now_unix_ms: u64) -> Result<Assertion> {
    let invalid = |what: &str| {
        Error::new(
            ErrorKind::AssertionInvalid,
            format!("The host's statement of consent was refused: {what}."),
        )
    };
    if text.len() > MOST_BYTES {
        return Err(invalid("it is too long"));
    }
    let statement = jws::read(text.as_bytes(), TYPE).map_err(|_| invalid("it is no signed statement"))?;
    if !keys.iter().any(|key| statement.is_signed_by(key)) {
        return Err(invalid("none of the host's keys has signed it"));
    }
    let claims: Claims = serde_json::from_value(statement.payload)
        .map_err(|_| invalid("a claim is missing, unknown or of another type"))?;
    if claims.aud != AUDIENCE {
        return Err(invalid("it is for somebody else"));
    }
    if claims.call != call_id.to_string() {
        return Err(invalid("it is for another call"));
    }
    let now_s = now_unix_ms / 1_000;
    let fresh = claims.iat <= now_s.saturating_add(CLOCK_TOLERANCE_S)
        && now_s <= claims.exp.saturating_add(CLOCK_TOLERANCE_S)
        && claims.exp >= claims.iat
        && claims.exp.saturating_sub(claims.iat) <= LONGEST_LIFE_S;
    if !fresh {
        return Err(invalid("it is not for this time, or for too long a time"));
    }
    Ok(Assertion { party: claims.party, answer: claims.answer, sha256: sha256_hex(text.as_bytes()) })
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small numbers of the test")]
mod tests {
    use super::*;
    use crate::seal::SigningKey;
    use serde_json::json;

    const CALL: &str = "0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa";
    const NOW_S: u64 = 1_790_000_000;

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_random(&[seed; 32]).unwrap()
    }

    fn claims() -> Value {
        json!({
            "aud": "callseal", "call": CALL, "party": 1, "answer": "yes", "iat": NOW_S, "exp": NOW_S + 60,
            "ref": "ivr-canary", "jti": "x",
        })
    }

    fn verdict(claims: &Value, typ: &str, signer: &SigningKey) -> Result<Assertion> {
        let text = jws::sign(claims, typ, signer);
        read(&text, &[key(7).public()], &CallId::parse(CALL).unwrap(), NOW_S * 1_000)
    }

    #[test]
    fn a_statement_for_this_call_now_by_the_hosts_key_counts() {
        let assertion = verdict(&claims(), TYPE, &key(7)).unwrap();
        assert_eq!((assertion.party, assertion.answer), (1, Answer::Yes));
        assert_eq!(assertion.sha256.len(), 64);
    }

    #[test]
    fn every_other_statement_is_refused_and_not_quoted() {
        let mut refused = vec![
            verdict(&claims(), TYPE, &key(8)),
            verdict(&claims(), "JWT", &key(7)),
            read("canary", &[key(7).public()], &CallId::parse(CALL).unwrap(), NOW_S * 1_000),
            read(&"x".repeat(9_000), &[key(7).public()], &CallId::parse(CALL).unwrap(), NOW_S * 1_000),
        ];
        for (claim, value) in [
            ("aud", json!("other-canary")),
            ("call", json!("1b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa")),
            ("party", json!("1")),
            ("answer", json!("perhaps-canary")),
            ("iat", json!(NOW_S + 120)),
            ("exp", json!(NOW_S - 120)),
            ("exp", json!(NOW_S + LONGEST_LIFE_S + 1)),
            ("unknown", json!("canary")),
        ] {
            let mut changed = claims();
            changed[claim] = value;
            refused.push(verdict(&changed, TYPE, &key(7)));
        }
        for error in refused.into_iter().map(Result::unwrap_err) {
            assert_eq!(error.code(), "assertion/invalid");
            assert!(!error.detail().contains("canary"), "{}", error.detail());
        }
    }

    #[test]
    fn a_statement_that_was_changed_is_refused() {
        let text = jws::sign(&claims(), TYPE, &key(7));
        let call_id = CallId::parse(CALL).unwrap();
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            assert!(read(&changed, &[key(7).public()], &call_id, NOW_S * 1_000).is_err(), "byte {at}");
        }
    }
}
