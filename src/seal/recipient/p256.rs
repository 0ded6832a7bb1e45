//! Recipients with keys on P-256 (RFC 7518 §6.2).

use base64ct::{Base64UrlUnpadded, Encoding as _};
use p256::{PublicKey, SecretKey};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::agreement::{self, ALGORITHM, SECRET_BYTES, corrupt};
use super::{ContentKey, Wrapped, invalid};
use crate::seal::{jwk, random};
use crate::{Error, ErrorKind, Result};

/// A random scalar is out of range about once in 2^32 tries; so many in a row mean a broken generator.
const GENERATE_ATTEMPTS: u32 = 8;

/// Reads `kty`, `crv`, `x` and `y`.
pub(super) fn read_public(members: &Map<String, Value>) -> Result<PublicKey> {
    jwk::read_public(members)
}

/// Reads `d` besides, which must belong to the point.
pub(super) fn read_private(members: &Map<String, Value>) -> Result<SecretKey> {
    let public = jwk::read_public(members)?;
    let d = Zeroizing::new(jwk::field(members, "d")?);
    let key = SecretKey::from_slice(d.as_slice())
        .map_err(|_| invalid("the member d is not a private key of the curve"))?;
    if key.public_key() != public {
        return Err(invalid("the members d, x and y are not of one key"));
    }
    Ok(key)
}

/// A new random key.
pub(super) fn generate() -> Result<SecretKey> {
    for _ in 0..GENERATE_ATTEMPTS {
        let mut bytes = Zeroizing::new([0_u8; SECRET_BYTES]);
        random::fill(bytes.as_mut_slice())?;
        if let Ok(key) = SecretKey::from_slice(bytes.as_slice()) {
            return Ok(key);
        }
    }
    Err(Error::new(ErrorKind::RandomUnavailable, "the system's random bytes are not random"))
}

/// The required members, as an `epk` header carries them too (RFC 7518 §4.6.1.1).
pub(super) fn members(key: &PublicKey) -> Value {
    let (x, y) = jwk::coordinates(key);
    json!({"kty": "EC", "crv": "P-256", "x": x, "y": y})
}

/// The private member, JSON text behind the public ones.
pub(super) fn private_members(key: &SecretKey) -> Zeroizing<String> {
    let bytes = Zeroizing::new(<[u8; SECRET_BYTES]>::from(key.to_bytes()));
    let d = Zeroizing::new(Base64UrlUnpadded::encode_string(bytes.as_slice()));
    Zeroizing::new(format!(r#""d":"{}""#, d.as_str()))
}

/// Wraps a content key for `recipient`.
pub(super) fn wrap(recipient: &PublicKey, content_key: &ContentKey) -> Result<Wrapped> {
    let ephemeral = generate()?;
    let encrypted_key = agreement::wrap(&agree(&ephemeral, recipient), content_key)?;
    let header = json!({"alg": ALGORITHM, "epk": members(&ephemeral.public_key())});
    Ok(Wrapped { header, encrypted_key })
}

/// Unwraps a content key.
pub(super) fn unwrap(key: &SecretKey, header: &Map<String, Value>, wrapped: &[u8]) -> Result<ContentKey> {
    let ephemeral = jwk::read_public(agreement::ephemeral(header)?)
        .map_err(|_| corrupt("the envelope's epk is not a point on P-256"))?;
    agreement::unwrap(&agree(key, &ephemeral), header, wrapped)
}

/// The shared secret of ECDH: the x coordinate (RFC 6090 §4, RFC 7518 §4.6).
fn agree(key: &SecretKey, other: &PublicKey) -> Zeroizing<[u8; SECRET_BYTES]> {
    let secret = p256::ecdh::diffie_hellman(key.to_nonzero_scalar(), other.as_affine());
    let mut bytes = Zeroizing::new([0_u8; SECRET_BYTES]);
    bytes.copy_from_slice(secret.raw_secret_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::{agree, read_private};
    use serde_json::json;

    /// RFC 7518 Appendix C: Z of Alice's ephemeral and Bob's key, from both sides.
    #[test]
    fn agrees_as_in_rfc_7518_appendix_c() {
        let alice = json!({
            "kty": "EC", "crv": "P-256",
            "x": "gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0",
            "y": "SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps",
            "d": "0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo",
        });
        let bob = json!({
            "kty": "EC", "crv": "P-256",
            "x": "weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ",
            "y": "e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck",
            "d": "VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw",
        });
        let expected = [
            158, 86, 217, 29, 129, 113, 53, 211, 114, 131, 66, 131, 191, 132, 38, 156, 251, 49, 110, 163,
            218, 128, 106, 72, 246, 218, 167, 121, 140, 254, 144, 196,
        ];
        let (alice, bob) = (
            read_private(alice.as_object().unwrap()).unwrap(),
            read_private(bob.as_object().unwrap()).unwrap(),
        );
        assert_eq!(*agree(&alice, &bob.public_key()), expected);
        assert_eq!(*agree(&bob, &alice.public_key()), expected);
    }
}
