//! Recipients' keys as JWKs on P-256, and their thumbprints (RFC 7517, RFC 7518 §6.2, RFC 7638).
//!
//! A public key comes from configuration and may be shown; a private key exists only on the reader's side, is
//! zeroized when dropped and has no way to be printed.

use core::fmt;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use p256::{PublicKey, SecretKey};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::{jwk, random};
use crate::{Error, ErrorKind, Result};

/// Bytes of a coordinate and of a private key on P-256 (RFC 7518 §6.2.1.2).
const FIELD_BYTES: usize = 32;
/// A random scalar is out of range about once in 2^32 tries; so many in a row mean a broken generator.
const GENERATE_ATTEMPTS: u32 = 8;

/// A recipient's public key.
#[derive(Clone, PartialEq, Eq)]
pub struct RecipientKey {
    key: PublicKey,
    thumbprint: String,
}

impl RecipientKey {
    /// Reads a public JWK: `kty` `EC`, `crv` `P-256`, `x`, `y`. Other members are ignored, but a stated `use` must
    /// be `enc` and a stated `alg` `ECDH-ES+A256KW`.
    ///
    /// # Errors
    /// `RecipientInvalid` for any other key, for a point that is not on the curve, and for a private key.
    pub fn from_jwk(jwk: &Value) -> Result<Self> {
        let members = jwk.as_object().ok_or_else(|| invalid("a recipient's key is a JSON object"))?;
        if members.contains_key("d") {
            return Err(invalid("a recipient's key must be public: remove its member d and keep it secret"));
        }
        public_from_members(members).map(Self::new)
    }

    fn new(key: PublicKey) -> Self {
        let thumbprint = jwk::thumbprint(&key);
        Self { key, thumbprint }
    }

    /// The RFC 7638 SHA-256 thumbprint, base64url.
    #[must_use]
    pub fn thumbprint(&self) -> &str {
        &self.thumbprint
    }

    /// The key as a JWK with its thumbprint as `kid`.
    #[must_use]
    pub fn to_jwk(&self) -> Value {
        let (x, y) = jwk::coordinates(&self.key);
        json!({
            "kty": "EC", "crv": "P-256", "x": x, "y": y,
            "kid": self.thumbprint, "use": "enc", "alg": "ECDH-ES+A256KW",
        })
    }

    /// The bare public members, as the `epk` header carries them (RFC 7518 §4.6.1.1).
    pub(super) fn to_epk(&self) -> Value {
        let (x, y) = jwk::coordinates(&self.key);
        json!({"kty": "EC", "crv": "P-256", "x": x, "y": y})
    }
}

impl fmt::Debug for RecipientKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("RecipientKey").field("thumbprint", &self.thumbprint).finish_non_exhaustive()
    }
}

/// A recipient's private key; on the reader's side only.
pub struct PrivateKey {
    /// Zeroized when dropped, by `p256`.
    key: SecretKey,
    public: RecipientKey,
}

impl PrivateKey {
    /// A new random key.
    ///
    /// # Errors
    /// `RandomUnavailable` when the system gives no random bytes.
    pub fn generate() -> Result<Self> {
        for _ in 0..GENERATE_ATTEMPTS {
            let mut bytes = Zeroizing::new([0_u8; FIELD_BYTES]);
            random::fill(bytes.as_mut_slice())?;
            if let Ok(key) = SecretKey::from_slice(bytes.as_slice()) {
                return Ok(Self::new(key));
            }
        }
        Err(Error::new(ErrorKind::RandomUnavailable, "the system's random bytes are not random"))
    }

    /// Reads a private JWK: the members of a public one and `d`.
    ///
    /// # Errors
    /// `RecipientInvalid` when members are missing or malformed, or `d` does not belong to `x` and `y`.
    pub fn from_jwk(jwk: &Value) -> Result<Self> {
        let members = jwk.as_object().ok_or_else(|| invalid("a private key is a JSON object"))?;
        let public = public_from_members(members)?;
        let d = Zeroizing::new(jwk::field(members, "d")?);
        let key = SecretKey::from_slice(d.as_slice())
            .map_err(|_| invalid("the member d is not a private key of the curve"))?;
        if key.public_key() != public {
            return Err(invalid("the members d, x and y are not of one key"));
        }
        Ok(Self::new(key))
    }

    fn new(key: SecretKey) -> Self {
        let public = RecipientKey::new(key.public_key());
        Self { key, public }
    }

    /// The public half.
    #[must_use]
    pub const fn public(&self) -> &RecipientKey {
        &self.public
    }

    /// The thumbprint of the public half.
    #[must_use]
    pub fn thumbprint(&self) -> &str {
        self.public.thumbprint()
    }

    /// The private JWK as JSON text; zeroized when dropped. Write it nowhere but into the owner's key file.
    #[must_use]
    pub fn to_jwk(&self) -> Zeroizing<String> {
        let (x, y) = jwk::coordinates(&self.public.key);
        let bytes = Zeroizing::new(<[u8; FIELD_BYTES]>::from(self.key.to_bytes()));
        let d = Zeroizing::new(Base64UrlUnpadded::encode_string(bytes.as_slice()));
        Zeroizing::new(format!(
            r#"{{"kty":"EC","crv":"P-256","x":"{x}","y":"{y}","d":"{}","kid":"{}","use":"enc","alg":"ECDH-ES+A256KW"}}"#,
            d.as_str(),
            self.public.thumbprint,
        ))
    }

    /// The shared secret of ECDH with `other`: the x coordinate (RFC 6090 §4, RFC 7518 §4.6).
    pub(super) fn agree(&self, other: &RecipientKey) -> Zeroizing<[u8; FIELD_BYTES]> {
        let secret = p256::ecdh::diffie_hellman(self.key.to_nonzero_scalar(), other.key.as_affine());
        let mut bytes = Zeroizing::new([0_u8; FIELD_BYTES]);
        bytes.copy_from_slice(secret.raw_secret_bytes());
        bytes
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("PrivateKey").field("thumbprint", &self.thumbprint()).finish_non_exhaustive()
    }
}

/// The key of an `epk` header: public members only count.
pub(super) fn from_epk(jwk: &Value) -> Result<RecipientKey> {
    let members = jwk.as_object().ok_or_else(|| invalid("epk is a JSON object"))?;
    public_from_members(members).map(RecipientKey::new)
}

fn public_from_members(members: &Map<String, Value>) -> Result<PublicKey> {
    for (name, wanted) in [("use", "enc"), ("alg", "ECDH-ES+A256KW")] {
        if members.get(name).is_some_and(|value| value.as_str() != Some(wanted)) {
            return Err(invalid(format!("a recipient's key has {name} {wanted} or none")));
        }
    }
    jwk::read_public(members)
}

fn invalid(detail: impl Into<String>) -> Error {
    Error::new(ErrorKind::RecipientInvalid, detail)
}

#[cfg(test)]
mod tests {
    use super::{PrivateKey, RecipientKey, from_epk};
    use serde_json::{Value, json};

    /// RFC 7517 Appendix A.2, the EC private key.
    fn rfc_7517_key() -> Value {
        json!({
            "kty": "EC", "crv": "P-256", "use": "enc", "kid": "1",
            "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
            "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
            "d": "870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE",
        })
    }

    #[test]
    fn reads_the_key_of_rfc_7517_appendix_a() {
        let key = PrivateKey::from_jwk(&rfc_7517_key()).unwrap();
        let written: Value = serde_json::from_str(&key.to_jwk()).unwrap();
        for member in ["kty", "crv", "x", "y", "d"] {
            assert_eq!(written[member], rfc_7517_key()[member]);
        }
    }

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
        let (alice, bob) = (PrivateKey::from_jwk(&alice).unwrap(), PrivateKey::from_jwk(&bob).unwrap());
        assert_eq!(*alice.agree(bob.public()), expected);
        assert_eq!(*bob.agree(alice.public()), expected);
    }

    #[test]
    fn a_private_key_is_no_recipient() {
        let error = RecipientKey::from_jwk(&rfc_7517_key()).unwrap_err();
        assert_eq!(error.code(), "recipient/invalid");
        assert!(!error.to_string().contains("870MB6"));
    }

    #[test]
    fn refuses_keys_that_are_not_usable() {
        let mut good = rfc_7517_key();
        good.as_object_mut().unwrap().remove("d");
        assert!(RecipientKey::from_jwk(&good).is_ok());
        let changes = [
            ("kty", json!("RSA")),
            ("kty", json!(1)),
            ("crv", json!("P-384")),
            ("x", json!("MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D5")), // bits behind the end
            ("x", json!("MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D0")), // off the curve
            ("y", json!("4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFy")),
            ("y", json!("4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM=")),
            ("y", Value::Null),
            ("use", json!("sig")),
            ("alg", json!("ES256")),
        ];
        for (member, value) in changes {
            let mut bad = good.clone();
            bad[member] = value;
            assert!(RecipientKey::from_jwk(&bad).is_err(), "{member} {bad}");
        }
        assert!(RecipientKey::from_jwk(&json!([])).is_err());
    }

    #[test]
    fn a_private_key_must_belong_to_its_public_half() {
        let mut mixed = rfc_7517_key();
        mixed["d"] = json!("VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw");
        assert!(PrivateKey::from_jwk(&mixed).is_err());
        mixed["d"] = json!("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        assert!(PrivateKey::from_jwk(&mixed).is_err());
    }

    #[test]
    fn a_written_public_key_reads_back_with_the_same_thumbprint() {
        let key = PrivateKey::generate().unwrap();
        let read = RecipientKey::from_jwk(&key.public().to_jwk()).unwrap();
        assert_eq!(&read, key.public());
        assert_eq!(read.thumbprint().len(), 43);
        assert_eq!(from_epk(&read.to_epk()).unwrap(), read);
    }

    /// The way RFC 7638 §3.1 computes its example, on the key of RFC 7517; the digest was made by OpenSSL.
    #[test]
    fn the_thumbprint_is_the_digest_of_the_required_members() {
        let key = PrivateKey::from_jwk(&rfc_7517_key()).unwrap();
        assert_eq!(key.thumbprint(), "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s");
    }

    #[test]
    fn debug_output_does_not_contain_the_private_key() {
        let key = PrivateKey::from_jwk(&rfc_7517_key()).unwrap();
        let printed = format!("{key:?}");
        assert!(printed.contains(key.thumbprint()) && !printed.contains("870MB6"), "{printed}");
    }
}
