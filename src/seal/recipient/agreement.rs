//! Key agreement with an ephemeral key, then AES key wrap: `ECDH-ES+A256KW` (RFC 7518 §4.6), whatever the curve.

use aes_kw::{KeyInit as _, KwAes256};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::ContentKey;
use crate::seal::concat_kdf::derive_256;
use crate::{Error, ErrorKind, Result};

/// The `alg` of keys and recipient entries (RFC 7518 §4.6, RFC 8037 §3.2).
pub(super) const ALGORITHM: &str = "ECDH-ES+A256KW";
/// Bytes of a shared secret: both curves have coordinates of 32 bytes.
pub(super) const SECRET_BYTES: usize = 32;
/// Bytes of the wrapped content key: RFC 3394 adds 8.
const WRAPPED_KEY_BYTES: usize = 32 + 8;

/// Wraps `content_key` under what both sides have agreed on.
pub(super) fn wrap(secret: &[u8; SECRET_BYTES], content_key: &ContentKey) -> Result<Vec<u8>> {
    let wrapping_key = derive_256(secret, ALGORITHM, &[], &[]);
    let mut wrapped = vec![0_u8; WRAPPED_KEY_BYTES];
    KwAes256::new(&(*wrapping_key).into())
        .wrap_key(content_key.as_slice(), &mut wrapped)
        .map_err(|_| Error::new(ErrorKind::LimitExceeded, "the content key could not be wrapped"))?;
    Ok(wrapped)
}

/// Unwraps what [`wrap`] or another library has made; `header` may state `apu` and `apv`.
pub(super) fn unwrap(
    secret: &[u8; SECRET_BYTES],
    header: &Map<String, Value>,
    wrapped: &[u8],
) -> Result<ContentKey> {
    let party = |name: &str| match header.get(name) {
        None => Ok(Vec::new()),
        Some(value) => Base64UrlUnpadded::decode_vec(value.as_str().unwrap_or("!"))
            .map_err(|_| corrupt(format!("the envelope's member {name} is not base64url"))),
    };
    let wrapping_key = derive_256(secret, ALGORITHM, &party("apu")?, &party("apv")?);
    let mut content_key = Zeroizing::new([0_u8; 32]);
    if wrapped.len() != WRAPPED_KEY_BYTES {
        return Err(corrupt("the envelope's encrypted_key has not 40 bytes"));
    }
    KwAes256::new(&(*wrapping_key).into())
        .unwrap_key(wrapped, content_key.as_mut_slice())
        .map_err(|_| corrupt("the envelope's encrypted_key does not authenticate"))?;
    Ok(content_key)
}

/// The ephemeral public key in a recipient's header.
pub(super) fn ephemeral(header: &Map<String, Value>) -> Result<&Map<String, Value>> {
    let epk = header.get("epk").and_then(Value::as_object);
    epk.ok_or_else(|| corrupt("the envelope's recipient entry has no epk"))
}

pub(super) fn corrupt(detail: impl Into<String>) -> Error {
    Error::new(ErrorKind::Corrupt, detail)
}

#[cfg(test)]
mod tests {
    use aes_kw::{KeyInit as _, KwAes256};

    /// RFC 3394 §4.6: 256 bits of key data under a 256-bit key.
    #[test]
    fn wraps_keys_as_in_rfc_3394() {
        let key: [u8; 32] = core::array::from_fn(|index| u8::try_from(index).unwrap());
        let data: Vec<u8> = (0..=0xff).step_by(0x11).chain(0..=0x0f).collect();
        let expected = [
            0x28, 0xC9, 0xF4, 0x04, 0xC4, 0xB8, 0x10, 0xF4, 0xCB, 0xCC, 0xB3, 0x5C, 0xFB, 0x87, 0xF8, 0x26,
            0x3F, 0x57, 0x86, 0xE2, 0xD8, 0x0E, 0xD3, 0x26, 0xCB, 0xC7, 0xF0, 0xE7, 0x1A, 0x99, 0xF4, 0x3B,
            0xFB, 0x98, 0x8B, 0x9B, 0x7A, 0x02, 0xDD, 0x21,
        ];
        let mut wrapped = [0_u8; 40];
        KwAes256::new(&key.into()).wrap_key(&data, &mut wrapped).unwrap();
        assert_eq!(wrapped, expected);
    }
}
