//! Public keys on P-256 as JWKs, and their thumbprints (RFC 7517, RFC 7518 §6.2, RFC 7638).
//!
//! Owns the members that every such key has, whatever it is for; what it is for is checked by its owner.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use p256::PublicKey;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::{Error, ErrorKind, Result};

/// Bytes of a coordinate and of a private key on P-256 (RFC 7518 §6.2.1.2).
pub(super) const FIELD_BYTES: usize = 32;
/// The first byte of an uncompressed point (SEC 1 §2.3.3).
const UNCOMPRESSED: u8 = 4;

/// Reads `kty`, `crv`, `x` and `y`.
///
/// # Errors
/// `RecipientInvalid` for any other key and for a point that is not on the curve.
pub(super) fn read_public(members: &Map<String, Value>) -> Result<PublicKey> {
    for (name, wanted) in [("kty", "EC"), ("crv", "P-256")] {
        if members.get(name).and_then(Value::as_str) != Some(wanted) {
            return Err(invalid(format!("a key has {name} {wanted}")));
        }
    }
    let mut point = vec![UNCOMPRESSED];
    point.extend_from_slice(&field(members, "x")?);
    point.extend_from_slice(&field(members, "y")?);
    PublicKey::from_sec1_bytes(&point).map_err(|_| invalid("the key's point is not on the curve P-256"))
}

/// A member of 32 bytes.
///
/// # Errors
/// `RecipientInvalid` when it is missing or of another length.
pub(super) fn field(members: &Map<String, Value>, name: &str) -> Result<[u8; FIELD_BYTES]> {
    let malformed = || invalid(format!("the member {name} of the key is not 32 bytes in base64url"));
    let text = members.get(name).and_then(Value::as_str).ok_or_else(malformed)?;
    let mut bytes = [0_u8; FIELD_BYTES];
    let decoded = Base64UrlUnpadded::decode(text, &mut bytes).map_err(|_| malformed())?;
    if decoded.len() == FIELD_BYTES { Ok(bytes) } else { Err(malformed()) }
}

/// The coordinates x and y in base64url.
pub(super) fn coordinates(key: &PublicKey) -> (String, String) {
    let point = key.to_sec1_bytes();
    let coordinates = point.split_first().map_or(&[][..], |(_, coordinates)| coordinates);
    let (x, y) = coordinates.split_at(coordinates.len() / 2);
    (Base64UrlUnpadded::encode_string(x), Base64UrlUnpadded::encode_string(y))
}

/// The SHA-256 thumbprint, base64url: the required members in lexicographic order, without white space (RFC 7638 §3.2).
pub(super) fn thumbprint(key: &PublicKey) -> String {
    let (x, y) = coordinates(key);
    let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
    Base64UrlUnpadded::encode_string(&Sha256::digest(canonical))
}

fn invalid(detail: impl Into<String>) -> Error {
    Error::new(ErrorKind::RecipientInvalid, detail)
}
