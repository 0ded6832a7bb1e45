//! Whom calls are sealed for, as the host configures it, and the thumbprints it is pinned to.
//!
//! Owns that pinned and configured keys are the same set. Keys are judged by `seal`.

use super::invalid;
use crate::Result;
use crate::seal::RecipientKey;

/// Reads the recipients' public keys. With pins, every recipient must be pinned and every pinned one be a recipient:
/// the exchange of a key is the cheapest attack on what is sealed with it.
///
/// # Errors
/// `ConfigInvalid` with the path of the field at fault.
pub(super) fn read(jwks: &[serde_json::Value], pinned: &[String]) -> Result<Vec<RecipientKey>> {
    if jwks.is_empty() {
        return Err(invalid("recipients", "needs at least one public key"));
    }
    let read_one = |(index, jwk): (usize, &serde_json::Value)| {
        let path = format!("recipients[{index}]");
        let key = RecipientKey::from_jwk(jwk).map_err(|error| invalid(&path, error.detail()))?;
        let is_pinned = pinned.is_empty() || pinned.iter().any(|pin| pin == key.thumbprint());
        if is_pinned { Ok(key) } else { Err(invalid(&path, "is none of pinnedRecipients")) }
    };
    let recipients = jwks.iter().enumerate().map(read_one).collect::<Result<Vec<_>>>()?;
    match pinned.iter().position(|pin| recipients.iter().all(|key| key.thumbprint() != pin)) {
        None => Ok(recipients),
        Some(index) => {
            Err(invalid(&format!("pinnedRecipients[{index}]"), "is the thumbprint of no recipient"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::seal::{KeyKind, PrivateKey};
    use serde_json::{Value, json};

    fn keys() -> [(Value, String); 2] {
        let one = |key: PrivateKey| (key.public().to_jwk(), key.thumbprint().to_owned());
        [one(PrivateKey::generate().unwrap()), one(PrivateKey::generate_kind(KeyKind::X25519).unwrap())]
    }

    #[test]
    fn pinned_and_configured_recipients_are_the_same_set() {
        let [(first, first_pin), (second, second_pin)] = keys();
        let both = [first.clone(), second];
        let pins = [second_pin, first_pin];
        assert_eq!(read(&both, &pins).unwrap().len(), 2);
        assert_eq!(read(&both, &[]).unwrap().len(), 2);
        let stranger = read(&both, &pins[..1]).unwrap_err();
        assert!(stranger.detail().contains("recipients[0]"), "{stranger}");
        let missing = read(&[first], &pins).unwrap_err();
        assert!(missing.detail().contains("pinnedRecipients[0]"), "{missing}");
    }

    #[test]
    fn no_member_of_a_private_key_is_accepted_in_a_browser() {
        let [(first, _), (second, _)] = keys();
        for name in ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"] {
            for good in [&first, &second] {
                let mut jwk = good.clone();
                jwk[name] = json!("canary-secret");
                let refused = read(&[jwk], &[]).unwrap_err();
                assert!(refused.detail().contains("must be public"), "{name} {refused}");
                assert!(!refused.detail().contains("canary"), "{refused}");
            }
        }
    }

    /// An odd number of that size: whether a modulus has two primes cannot be seen.
    fn rsa(bytes: usize, e: &str) -> Value {
        use base64ct::{Base64UrlUnpadded, Encoding as _};
        json!({"kty": "RSA", "n": Base64UrlUnpadded::encode_string(&vec![0xff; bytes]), "e": e})
    }

    #[test]
    fn weak_rsa_keys_are_refused() {
        assert!(read(&[rsa(256, "AQAB")], &[]).is_ok());
        for (bytes, e, why) in [
            (128, "AQAB", "1024 bits"),
            (255, "AQAB", "2040 bits"),
            (1_024, "AQAB", "8192 bits"),
            (256, "AQ", "e = 1"),
            (256, "Aw", "e = 3"),
            (256, "AQAC", "an even e"),
            (256, "AAEAAQ", "leading zeros"),
            (256, "", "nothing"),
            (256, "AQAB=", "padding"),
        ] {
            assert!(read(&[rsa(bytes, e)], &[]).is_err(), "{why}");
        }
    }
}
