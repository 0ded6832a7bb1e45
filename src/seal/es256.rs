//! ES256: ECDSA on P-256 with SHA-256, signatures as the 64 bytes r ‖ s (RFC 7518 §3.4, FIPS 186-5).
//!
//! Owns the signing keys. A private key is zeroized when dropped and has no way to be printed; signing is deterministic
//! (RFC 6979), so that a poor generator cannot betray it.

use core::fmt;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use p256::PublicKey;
use p256::ecdsa::signature::{Signer as _, Verifier as _};
use p256::ecdsa::{self, Signature};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::jwk::{self, FIELD_BYTES};
use super::random;
use crate::{Error, ErrorKind, Result};

/// Bytes of a signature: r and s.
pub const SIGNATURE_BYTES: usize = 64;
/// A random scalar is out of range about once in 2^32 tries; so many in a row mean a broken generator.
const GENERATE_ATTEMPTS: u32 = 8;

/// A private key that signs.
pub struct SigningKey {
    /// Zeroized when dropped, by `ecdsa`.
    key: ecdsa::SigningKey,
}

impl SigningKey {
    /// The key of 32 random bytes, which the caller must forget.
    ///
    /// # Errors
    /// `RandomUnavailable` for the one in 2^32 that is no key of the curve: take other bytes.
    pub fn from_random(bytes: &[u8; FIELD_BYTES]) -> Result<Self> {
        ecdsa::SigningKey::from_slice(bytes)
            .map(|key| Self { key })
            .map_err(|_| Error::new(ErrorKind::RandomUnavailable, "the random bytes are no key of the curve"))
    }

    /// A new random key.
    ///
    /// # Errors
    /// `RandomUnavailable` when the system gives no random bytes.
    pub fn generate() -> Result<Self> {
        for _ in 0..GENERATE_ATTEMPTS {
            let mut bytes = Zeroizing::new([0_u8; FIELD_BYTES]);
            random::fill(bytes.as_mut_slice())?;
            if let Ok(key) = Self::from_random(&bytes) {
                return Ok(key);
            }
        }
        Err(Error::new(ErrorKind::RandomUnavailable, "the system's random bytes are not random"))
    }

    /// Reads a private JWK.
    ///
    /// # Errors
    /// `RecipientInvalid` when members are missing or malformed, or `d` does not belong to `x` and `y`.
    pub fn from_jwk(jwk: &Value) -> Result<Self> {
        let invalid = |detail| Error::new(ErrorKind::RecipientInvalid, detail);
        let members = jwk.as_object().ok_or_else(|| invalid("a private key is a JSON object"))?;
        let public = VerifyingKey::from_jwk_members(jwk)?;
        let d = Zeroizing::new(jwk::field(members, "d")?);
        let key = ecdsa::SigningKey::from_slice(d.as_slice())
            .map_err(|_| invalid("the member d is not a private key of the curve"))?;
        let key = Self { key };
        if key.public() == public {
            Ok(key)
        } else {
            Err(invalid("the members d, x and y are not of one key"))
        }
    }

    /// The private JWK as JSON text; zeroized when dropped. Write it nowhere but into the owner's key file.
    #[must_use]
    pub fn to_jwk(&self) -> Zeroizing<String> {
        let public = self.public();
        let (x, y) = jwk::coordinates(&public.point());
        let bytes = Zeroizing::new(<[u8; FIELD_BYTES]>::from(self.key.to_bytes()));
        let d = Zeroizing::new(Base64UrlUnpadded::encode_string(bytes.as_slice()));
        Zeroizing::new(format!(
            r#"{{"kty":"EC","crv":"P-256","x":"{x}","y":"{y}","d":"{}","kid":"{}","use":"sig","alg":"ES256"}}"#,
            d.as_str(),
            public.thumbprint(),
        ))
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> VerifyingKey {
        VerifyingKey { key: *self.key.verifying_key() }
    }

    /// Signs. Of the two signatures (r, s) and (r, n − s), which verify alike, it is the one with the smaller s.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; SIGNATURE_BYTES] {
        let signature: Signature = self.key.sign(message);
        signature.normalize_s().to_bytes().into()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SigningKey(secret)")
    }
}

/// A public key that verifies.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifyingKey {
    key: ecdsa::VerifyingKey,
}

impl VerifyingKey {
    /// Reads a public JWK: `kty` `EC`, `crv` `P-256`, `x`, `y`. A stated `use` must be `sig`, a stated `alg` `ES256`.
    ///
    /// # Errors
    /// `RecipientInvalid` for any other key and for a private one.
    pub fn from_jwk(jwk: &Value) -> Result<Self> {
        if jwk.get("d").is_some() {
            let detail = "a verifying key must be public: remove its member d and keep it secret";
            return Err(Error::new(ErrorKind::RecipientInvalid, detail));
        }
        Self::from_jwk_members(jwk)
    }

    fn from_jwk_members(jwk: &Value) -> Result<Self> {
        let invalid = |detail: String| Error::new(ErrorKind::RecipientInvalid, detail);
        let members = jwk.as_object().ok_or_else(|| invalid("a key is a JSON object".to_owned()))?;
        for (name, wanted) in [("use", "sig"), ("alg", "ES256")] {
            if members.get(name).is_some_and(|value| value.as_str() != Some(wanted)) {
                return Err(invalid(format!("a signing key has {name} {wanted} or none")));
            }
        }
        Ok(Self { key: jwk::read_public(members)?.into() })
    }

    /// The key of an uncompressed point (SEC 1 §2.3.3), as certificates and WebCrypto's `raw` form hold it.
    ///
    /// # Errors
    /// `RecipientInvalid` when it is not on the curve.
    pub fn from_point(point: &[u8]) -> Result<Self> {
        ecdsa::VerifyingKey::from_sec1_bytes(point)
            .map(|key| Self { key })
            .map_err(|_| Error::new(ErrorKind::RecipientInvalid, "the key's point is not on the curve P-256"))
    }

    /// The uncompressed point: 65 bytes.
    #[must_use]
    pub fn to_point(&self) -> Vec<u8> {
        self.key.to_sec1_point(false).as_bytes().to_vec()
    }

    /// The bare public members.
    #[must_use]
    pub fn to_jwk(&self) -> Value {
        let (x, y) = jwk::coordinates(&self.point());
        json!({"kty": "EC", "crv": "P-256", "x": x, "y": y})
    }

    /// The RFC 7638 SHA-256 thumbprint, base64url.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        jwk::thumbprint(&self.point())
    }

    /// Whether `signature` (r ‖ s) is this key's over `message`.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature).is_ok_and(|signature| self.key.verify(message, &signature).is_ok())
    }

    /// The same, and only of the two forms of a signature that [`SigningKey::sign`] makes: where a signature's own
    /// bytes must not be changeable either.
    #[must_use]
    pub fn verifies_strictly(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature).is_ok_and(|signature| {
            signature == signature.normalize_s() && self.key.verify(message, &signature).is_ok()
        })
    }

    /// Whether `signature`, in the DER form of certificates (RFC 3279 §2.2.3), is this key's over `message`.
    #[must_use]
    pub fn verifies_der(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_der(signature).is_ok_and(|signature| self.key.verify(message, &signature).is_ok())
    }

    fn point(&self) -> PublicKey {
        PublicKey::from(&self.key)
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("VerifyingKey").field(&self.thumbprint()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::{SigningKey, VerifyingKey};
    use base64ct::{Base64UrlUnpadded, Encoding as _};
    use p256::ecdsa::Signature;
    use serde_json::{Value, json};

    /// RFC 7515 appendix A.3.1.
    fn rfc_7515_key() -> Value {
        json!({
            "kty": "EC", "crv": "P-256",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
            "d": "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",
        })
    }

    const RFC_7515_INPUT: &[u8] = b"eyJhbGciOiJFUzI1NiJ9.\
        eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    const RFC_7515_SIGNATURE: &str =
        "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

    fn key() -> SigningKey {
        SigningKey::from_jwk(&rfc_7515_key()).unwrap()
    }

    #[test]
    fn verifies_the_signature_of_rfc_7515_appendix_a_3() {
        let signature = Base64UrlUnpadded::decode_vec(RFC_7515_SIGNATURE).unwrap();
        let public = key().public();
        assert!(public.verifies(RFC_7515_INPUT, &signature));
        let der = Signature::from_slice(&signature).unwrap().to_der();
        assert!(public.verifies_der(RFC_7515_INPUT, der.as_bytes()));
        assert!(!public.verifies(&RFC_7515_INPUT[1..], &signature));
        for at in 0..signature.len() {
            let mut other = signature.clone();
            other[at] ^= 1;
            assert!(!public.verifies(RFC_7515_INPUT, &other), "byte {at}");
        }
        assert!(!public.verifies(RFC_7515_INPUT, &signature[..63]));
        assert!(!public.verifies(RFC_7515_INPUT, &[0; 64]));
    }

    /// RFC 6979 appendix A.2.5, SHA-256, message "sample": k, r and s are stated; s is the larger one there.
    #[test]
    fn signs_as_in_rfc_6979() {
        let d = "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721";
        let bytes: Vec<u8> =
            (0..64).step_by(2).map(|at| u8::from_str_radix(&d[at..at + 2], 16).unwrap()).collect();
        let key = SigningKey::from_random(bytes.as_slice().try_into().unwrap()).unwrap();
        let signature = key.sign(b"sample");
        let r = "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716";
        assert_eq!(crate::seal::hex(&signature[..32]), r);
        let s = "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";
        let published = Signature::from_scalars(
            <[u8; 32]>::try_from(&signature[..32]).unwrap(),
            <[u8; 32]>::try_from(
                (0..64)
                    .step_by(2)
                    .map(|at| u8::from_str_radix(&s[at..at + 2], 16).unwrap())
                    .collect::<Vec<_>>(),
            )
            .unwrap(),
        )
        .unwrap();
        assert_eq!(published.normalize_s().to_bytes().as_slice(), signature);
        assert!(key.public().verifies(b"sample", &published.to_bytes()));
        assert!(!key.public().verifies_strictly(b"sample", &published.to_bytes()));
        assert!(key.public().verifies_strictly(b"sample", &signature));
    }

    #[test]
    fn keys_read_back_and_are_not_printed() {
        let written: Value = serde_json::from_str(&key().to_jwk()).unwrap();
        assert_eq!(written["d"], rfc_7515_key()["d"]);
        assert_eq!(SigningKey::from_jwk(&written).unwrap().public(), key().public());
        assert_eq!(VerifyingKey::from_jwk(&key().public().to_jwk()).unwrap(), key().public());
        assert_eq!(VerifyingKey::from_point(&key().public().to_point()).unwrap(), key().public());
        assert_eq!(format!("{:?}", key()), "SigningKey(secret)");
    }

    #[test]
    fn refuses_keys_that_do_not_sign() {
        assert!(VerifyingKey::from_jwk(&rfc_7515_key()).is_err(), "a private key is no verifying key");
        for (member, value) in [("use", json!("enc")), ("alg", json!("ES384")), ("crv", json!("P-384"))] {
            let mut jwk = key().public().to_jwk();
            jwk[member] = value;
            assert!(VerifyingKey::from_jwk(&jwk).is_err(), "{member}");
        }
        let mut mixed = rfc_7515_key();
        mixed["d"] = json!("VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw");
        assert!(SigningKey::from_jwk(&mixed).is_err());
        assert!(SigningKey::from_random(&[0; 32]).is_err());
        assert!(SigningKey::from_random(&[0xFF; 32]).is_err());
    }
}
