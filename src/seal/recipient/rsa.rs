//! Recipients with RSA keys, as key management services hold them: RSA-OAEP with SHA-256 (RFC 7518 §4.3).

use base64ct::{Base64UrlUnpadded, Encoding as _};
use rsa::traits::{PrivateKeyParts as _, PublicKeyParts as _};
use rsa::{BoxedUint, PrivateKey, PublicKey};
use serde_json::{Map, Value, json};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::agreement::corrupt;
use super::{ContentKey, Wrapped, invalid};
use crate::seal::random::Drawn;
use crate::{Error, ErrorKind, Result};

/// The `alg` of keys and recipient entries.
pub(super) const ALGORITHM: &str = "RSA-OAEP-256";
/// Bits of a modulus: RFC 7518 §4.3 demands 2,048 at least; beyond 4,096 a page would be busy for long.
const MODULUS_BITS: core::ops::RangeInclusive<usize> = 2_048..=4_096;
/// Bits of the modulus of a new key: as strong as AES-128 (NIST SP 800-57 part 1, table 2).
const NEW_MODULUS_BITS: usize = 3_072;
/// The public exponent F4 of all services, and the least that is accepted (FIPS 186-5 §5.1).
const LEAST_EXPONENT: u32 = 65_537;

/// A recipient's private key with its private members as JSON, which only a whole key has.
pub(super) struct Held {
    key: PrivateKey,
    members: Zeroizing<String>,
}

impl Held {
    fn new(key: PrivateKey) -> Result<Self> {
        let members = private_members(&key)?;
        Ok(Self { key, members })
    }

    pub(super) fn public(&self) -> PublicKey {
        self.key.to_public_key()
    }

    /// The private members, JSON text behind the public ones (RFC 7518 §6.3.2).
    pub(super) fn private_members(&self) -> Zeroizing<String> {
        self.members.clone()
    }
}

/// Reads `kty`, `n` and `e`.
pub(super) fn read_public(members: &Map<String, Value>) -> Result<PublicKey> {
    if members.get("kty").and_then(Value::as_str) != Some("RSA") {
        return Err(invalid("a key has kty RSA"));
    }
    // A leading zero would give one key two thumbprints (RFC 7518 §6.3.1).
    if ["n", "e"].iter().any(|name| bytes(members, name).is_ok_and(|bytes| bytes.first() == Some(&0))) {
        return Err(invalid("the numbers n and e of an RSA key have no leading zeros"));
    }
    let (modulus, exponent) = (number(members, "n")?, number(members, "e")?);
    if exponent < BoxedUint::from(LEAST_EXPONENT) {
        return Err(invalid("the exponent e of an RSA key is 65537 at least"));
    }
    PublicKey::new_with_size_limits(modulus, exponent, MODULUS_BITS)
        .map_err(|_| invalid("an RSA key has an odd modulus of 2048 to 4096 bits and an odd exponent"))
}

/// Reads `d` and the primes besides, which must belong together.
pub(super) fn read_private(members: &Map<String, Value>) -> Result<Held> {
    let public = read_public(members)?;
    let numbers = [number(members, "d")?, number(members, "p")?, number(members, "q")?];
    let [d, p, q] = numbers;
    let mixed = || invalid("the members n, e, d, p and q are not of one key");
    let key = PrivateKey::from_components(public.n().as_ref().clone(), public.e().clone(), d, vec![p, q])
        .map_err(|_| mixed())?;
    key.validate().map_err(|_| mixed())?;
    Held::new(key)
}

/// A new random key; takes seconds.
pub(super) fn generate() -> Result<Held> {
    PrivateKey::new(&mut getrandom::SysRng, NEW_MODULUS_BITS)
        .map_err(|_| Error::new(ErrorKind::RandomUnavailable, "no RSA key could be made"))
        .and_then(Held::new)
}

/// The required members.
pub(super) fn members(key: &PublicKey) -> Value {
    json!({"kty": "RSA", "n": text(key.n()), "e": text(key.e())})
}

fn private_members(key: &PrivateKey) -> Result<Zeroizing<String>> {
    let incomplete = || invalid("the RSA key has no two primes");
    let [p, q] = key.primes() else { return Err(incomplete()) };
    let mut members = Zeroizing::new(String::new());
    let inverse = key.crt_coefficient().ok_or_else(incomplete)?;
    let (dp, dq) = key.dp().zip(key.dq()).ok_or_else(incomplete)?;
    for (name, value) in
        [("d", key.d()), ("p", p.as_ref()), ("q", q.as_ref()), ("dp", dp), ("dq", dq), ("qi", &inverse)]
    {
        let value = Zeroizing::new(text(value));
        if !members.is_empty() {
            members.push(',');
        }
        members.push_str(&Zeroizing::new(format!(r#""{name}":"{}""#, value.as_str())));
    }
    Ok(members)
}

/// Wraps a content key for `recipient`.
pub(super) fn wrap(recipient: &PublicKey, content_key: &ContentKey) -> Result<Wrapped> {
    let mut drawn = Drawn::new()?;
    let encrypted = recipient.oaep_encrypt_with_rng::<Sha256, _>(&mut drawn, content_key.as_slice());
    drawn.check()?;
    let encrypted_key = encrypted
        .map_err(|_| Error::new(ErrorKind::LimitExceeded, "the content key could not be wrapped"))?;
    Ok(Wrapped { header: json!({"alg": ALGORITHM}), encrypted_key })
}

/// Unwraps a content key.
pub(super) fn unwrap(held: &Held, wrapped: &[u8]) -> Result<ContentKey> {
    let opened = held
        .key
        .oaep_decrypt_with_rng::<Sha256, _>(&mut getrandom::SysRng, wrapped)
        .map_err(|_| corrupt("the envelope's encrypted_key does not authenticate"))?;
    super::content_key(&Zeroizing::new(opened))
}

fn bytes(members: &Map<String, Value>, name: &str) -> Result<Zeroizing<Vec<u8>>> {
    let bytes =
        members.get(name).and_then(Value::as_str).and_then(|text| Base64UrlUnpadded::decode_vec(text).ok());
    let bytes = bytes.filter(|bytes| !bytes.is_empty() && bytes.len() <= 1_024);
    bytes
        .map(Zeroizing::new)
        .ok_or_else(|| invalid(format!("the member {name} of the key is not a number in base64url")))
}

fn number(members: &Map<String, Value>, name: &str) -> Result<BoxedUint> {
    Ok(BoxedUint::from_be_slice_vartime(&bytes(members, name)?))
}

/// A number in as few bytes as it needs (RFC 7518 §2, Base64urlUInt).
fn text(number: &BoxedUint) -> String {
    let bytes = Zeroizing::new(number.to_be_bytes().into_vec());
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    Base64UrlUnpadded::encode_string(bytes.get(zeros..).unwrap_or_default())
}
