//! Compact JWS with ES256 (RFC 7515 §3.1, §7.1), as far as we write and read it.
//!
//! Owns the form. What is signed is the caller's; an algorithm other than ES256 and critical extensions are refused.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::es256::{SigningKey, VerifyingKey};
use crate::{Error, ErrorKind, Result};

/// A JWS that was read; not verified yet.
#[derive(Debug, Clone, PartialEq)]
pub struct CompactJws {
    /// The protected header.
    pub header: Value,
    /// The payload, JSON.
    pub payload: Value,
    signing_input: String,
    signature: Vec<u8>,
}

/// Signs `payload` under a header of `alg`, `typ` and the key's thumbprint as `kid`.
#[must_use]
pub fn sign(payload: &Value, typ: &str, key: &SigningKey) -> String {
    sign_under(&json!({"alg": "ES256", "kid": key.public().thumbprint(), "typ": typ}), payload, key)
}

/// The same, and the header states the public key too (RFC 7515 §4.1.3), for readers that know its thumbprint only.
#[must_use]
pub fn sign_stating_key(payload: &Value, typ: &str, key: &SigningKey) -> String {
    let public = key.public();
    let header = json!({"alg": "ES256", "jwk": public.to_jwk(), "kid": public.thumbprint(), "typ": typ});
    sign_under(&header, payload, key)
}

fn sign_under(header: &Value, payload: &Value, key: &SigningKey) -> String {
    let encode = |value: &Value| Base64UrlUnpadded::encode_string(value.to_string().as_bytes());
    let input = format!("{}.{}", encode(header), encode(payload));
    let signature = Base64UrlUnpadded::encode_string(&key.sign(input.as_bytes()));
    format!("{input}.{signature}")
}

/// Reads a compact JWS of this `typ`.
///
/// # Errors
/// `Corrupt` for anything else; `Unsupported` for another algorithm, type or a critical extension.
pub fn read(text: &[u8], typ: &str) -> Result<CompactJws> {
    let corrupt = || Error::new(ErrorKind::Corrupt, "this is not a compact JWS of JSON");
    let text = core::str::from_utf8(text).map_err(|_| corrupt())?;
    let (signing_input, signature) = text.rsplit_once('.').ok_or_else(corrupt)?;
    let (header, payload) = signing_input.split_once('.').ok_or_else(corrupt)?;
    let decode = |text: &str| Base64UrlUnpadded::decode_vec(text).map_err(|_| corrupt());
    let json = |text: &str| serde_json::from_slice::<Value>(&decode(text)?).map_err(|_| corrupt());
    let (header, payload) = (json(header)?, json(payload)?);
    let states = |name: &str, wanted: &str| header.get(name).and_then(Value::as_str) == Some(wanted);
    if !states("alg", "ES256") || !states("typ", typ) || header.get("crit").is_some() {
        return Err(Error::new(ErrorKind::Unsupported, "the JWS has another algorithm, type or extension"));
    }
    Ok(CompactJws { signature: decode(signature)?, signing_input: signing_input.to_owned(), header, payload })
}

/// Reads a compact JWS of this `typ` and what it claims; who signed it is the caller's to ask.
///
/// # Errors
/// As [`read`]; `Corrupt` with the sentence `otherwise` when it claims something else.
pub fn read_claim<T: DeserializeOwned>(text: &[u8], typ: &str, otherwise: &str) -> Result<(T, CompactJws)> {
    let jws = read(text, typ)?;
    let claim =
        T::deserialize(&jws.payload).map_err(|_| Error::new(ErrorKind::Corrupt, otherwise.to_owned()))?;
    Ok((claim, jws))
}

impl CompactJws {
    /// The thumbprint of the key that is said to have signed.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.header.get("kid").and_then(Value::as_str)
    }

    /// Whether `key` signed it.
    #[must_use]
    pub fn is_signed_by(&self, key: &VerifyingKey) -> bool {
        key.verifies(self.signing_input.as_bytes(), &self.signature)
    }
}

#[cfg(test)]
mod tests {
    use super::{read, sign};
    use crate::seal::SigningKey;
    use serde_json::json;

    #[test]
    fn what_is_signed_is_read_and_verified() {
        let (key, other) =
            (SigningKey::from_random(&[7; 32]).unwrap(), SigningKey::from_random(&[8; 32]).unwrap());
        let text = sign(&json!({"a": 1}), "x+jws", &key);
        let jws = read(text.as_bytes(), "x+jws").unwrap();
        assert_eq!((jws.payload.clone(), jws.key_id()), (json!({"a": 1}), Some(&*key.public().thumbprint())));
        assert!(jws.is_signed_by(&key.public()) && !jws.is_signed_by(&other.public()));
        assert_eq!(read(text.as_bytes(), "y+jws").unwrap_err().code(), "open/unsupported");
    }

    #[test]
    fn no_change_of_a_character_is_passed_over() {
        let key = SigningKey::from_random(&[7; 32]).unwrap();
        let text = sign(&json!({"a": 1}), "x+jws", &key);
        for at in 0..text.len() {
            for other in [b'A', b'B', b'.', b'=', 0xFF] {
                let mut changed = text.clone().into_bytes();
                if changed[at] == other {
                    continue;
                }
                changed[at] = other;
                let counts = read(&changed, "x+jws").is_ok_and(|jws| jws.is_signed_by(&key.public()));
                assert!(!counts, "{at}");
            }
        }
        for cut in 0..text.len() {
            assert!(!read(&text.as_bytes()[..cut], "x+jws").is_ok_and(|jws| jws.is_signed_by(&key.public())));
        }
    }
}
