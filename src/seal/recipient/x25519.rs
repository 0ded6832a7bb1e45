//! Recipients with keys on X25519 (RFC 7748, RFC 8037).

use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde_json::{Map, Value, json};
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;

use super::agreement::{self, ALGORITHM, SECRET_BYTES, corrupt};
use super::{ContentKey, Wrapped, invalid};
use crate::Result;
use crate::seal::{jwk, random};

/// Any secret at all: with a point of low order every one agrees on zero.
const PROBE: [u8; SECRET_BYTES] = [0x40; SECRET_BYTES];

/// Reads `kty`, `crv` and `x`; points of low order are no keys (RFC 7748 §6.1).
pub(super) fn read_public(members: &Map<String, Value>) -> Result<PublicKey> {
    for (name, wanted) in [("kty", "OKP"), ("crv", "X25519")] {
        if members.get(name).and_then(Value::as_str) != Some(wanted) {
            return Err(invalid(format!("a key has {name} {wanted}")));
        }
    }
    let bytes = jwk::field(members, "x")?;
    if !is_canonical(&bytes) {
        return Err(invalid("the key's x is not a coordinate on Curve25519"));
    }
    let key = PublicKey::from(bytes);
    if StaticSecret::from(PROBE).diffie_hellman(&key).was_contributory() {
        return Ok(key);
    }
    Err(invalid("the key's point is of low order: whatever is agreed with it is known to everybody"))
}

/// Whether the coordinate is below the prime 2^255 - 19, little endian, and its unused bit clear: one point, one thumbprint.
fn is_canonical(bytes: &[u8; SECRET_BYTES]) -> bool {
    let [first, middle @ .., last] = bytes;
    let is_at_the_top = *last == 0x7f && middle.iter().all(|byte| *byte == 0xff);
    *last < 0x80 && !(is_at_the_top && *first >= 0xed)
}

/// Reads `d` besides, which must belong to `x`.
pub(super) fn read_private(members: &Map<String, Value>) -> Result<StaticSecret> {
    let public = read_public(members)?;
    let d = Zeroizing::new(jwk::field(members, "d")?);
    let key = StaticSecret::from(*d);
    if PublicKey::from(&key) != public {
        return Err(invalid("the members d and x are not of one key"));
    }
    Ok(key)
}

/// A new random key.
pub(super) fn generate() -> Result<StaticSecret> {
    let mut bytes = Zeroizing::new([0_u8; SECRET_BYTES]);
    random::fill(bytes.as_mut_slice())?;
    Ok(StaticSecret::from(*bytes))
}

/// The required members, as an `epk` header carries them too.
pub(super) fn members(key: &PublicKey) -> Value {
    json!({"kty": "OKP", "crv": "X25519", "x": Base64UrlUnpadded::encode_string(key.as_bytes())})
}

/// The private member, JSON text behind the public ones.
pub(super) fn private_members(key: &StaticSecret) -> Zeroizing<String> {
    let d = Zeroizing::new(Base64UrlUnpadded::encode_string(key.as_bytes()));
    Zeroizing::new(format!(r#""d":"{}""#, d.as_str()))
}

/// Wraps a content key for `recipient`.
pub(super) fn wrap(recipient: &PublicKey, content_key: &ContentKey) -> Result<Wrapped> {
    let ephemeral = generate()?;
    let secret = ephemeral.diffie_hellman(recipient);
    let encrypted_key = agreement::wrap(secret.as_bytes(), content_key)?;
    let header = json!({"alg": ALGORITHM, "epk": members(&PublicKey::from(&ephemeral))});
    Ok(Wrapped { header, encrypted_key })
}

/// Unwraps a content key.
pub(super) fn unwrap(key: &StaticSecret, header: &Map<String, Value>, wrapped: &[u8]) -> Result<ContentKey> {
    let ephemeral = read_public(agreement::ephemeral(header)?)
        .map_err(|_| corrupt("the envelope's epk is not a usable point of X25519"))?;
    agreement::unwrap(key.diffie_hellman(&ephemeral).as_bytes(), header, wrapped)
}
