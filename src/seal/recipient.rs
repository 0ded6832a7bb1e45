//! Recipients' keys as JWKs, their thumbprints, and the wrapping of a content key for one of them (RFC 7517, RFC 7638).
//!
//! Owns that there are four kinds of keys, each in a file of its own; nobody else asks of which kind one is. A public key
//! comes from configuration and may be shown; a private key exists only on the reader's side, is zeroized when dropped
//! and has no way to be printed.

mod agreement;
mod p256;
mod rsa;
mod x25519;
mod xwing;

use core::fmt;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::{Error, ErrorKind, Result};

/// The key that a JWE's content is encrypted with (AES-256).
pub(super) type ContentKey = Zeroizing<[u8; 32]>;

/// What a recipient's entry of a JWE consists of.
pub(super) struct Wrapped {
    /// The entry's header without `kid`.
    pub(super) header: Value,
    /// The wrapped content key.
    pub(super) encrypted_key: Vec<u8>,
}

/// Members that only a private key has (RFC 7518 §6, RFC 8037 §2, and those of AKP).
const PRIVATE_MEMBERS: [&str; 9] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"];

/// The kinds of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// ECDH on P-256, which every library and hardware module has.
    P256,
    /// ECDH on X25519.
    X25519,
    /// RSA with 3,072 bits, for keys that a key management service holds.
    Rsa,
    /// X-Wing: ML-KEM-768 with X25519, which a quantum computer does not break either.
    XWing,
}

/// A recipient's public key.
#[derive(Clone)]
pub struct RecipientKey {
    key: Public,
    thumbprint: String,
}

#[derive(Clone)]
enum Public {
    P256(::p256::PublicKey),
    X25519(x25519_dalek::PublicKey),
    Rsa(Box<::rsa::PublicKey>),
    XWing(Box<xwing::PublicKey>),
}

impl Public {
    fn read(members: &Map<String, Value>) -> Result<Self> {
        let kty = members.get("kty").and_then(Value::as_str);
        let (key, algorithm) = match kty {
            Some("EC") => (Self::P256(p256::read_public(members)?), agreement::ALGORITHM),
            Some("OKP") => (Self::X25519(x25519::read_public(members)?), agreement::ALGORITHM),
            Some("RSA") => (Self::Rsa(Box::new(rsa::read_public(members)?)), rsa::ALGORITHM),
            Some("AKP") => (Self::XWing(Box::new(xwing::read_public(members)?)), xwing::ALGORITHM),
            _ => return Err(invalid("a recipient's key has kty EC, OKP, RSA or AKP")),
        };
        for (name, wanted) in [("use", "enc"), ("alg", algorithm)] {
            if members.get(name).is_some_and(|value| value.as_str() != Some(wanted)) {
                return Err(invalid(format!("a recipient's key has {name} {wanted} or none")));
            }
        }
        Ok(key)
    }

    /// The members that RFC 7638 §3.2 asks for.
    fn members(&self) -> Value {
        match self {
            Self::P256(key) => p256::members(key),
            Self::X25519(key) => x25519::members(key),
            Self::Rsa(key) => rsa::members(key),
            Self::XWing(key) => xwing::members(key),
        }
    }

    const fn algorithm(&self) -> &'static str {
        match self {
            Self::P256(_) | Self::X25519(_) => agreement::ALGORITHM,
            Self::Rsa(_) => rsa::ALGORITHM,
            Self::XWing(_) => xwing::ALGORITHM,
        }
    }
}

impl RecipientKey {
    /// Reads a public JWK: `kty` `EC` with `crv` `P-256`, `OKP` with `X25519`, `RSA` of 2,048 to 4,096 bits, or `AKP` of
    /// X-Wing (docs/format.md §5). Other members are ignored, but a stated `use` must be `enc` and a stated `alg` the one
    /// that the key is used with.
    ///
    /// # Errors
    /// `RecipientInvalid` for any other key, for one that is weak or no key at all, and for a private key.
    pub fn from_jwk(jwk: &Value) -> Result<Self> {
        let members = jwk.as_object().ok_or_else(|| invalid("a recipient's key is a JSON object"))?;
        if let Some(name) = PRIVATE_MEMBERS.iter().find(|name| members.contains_key(**name)) {
            return Err(invalid(format!(
                "a recipient's key must be public: remove its member {name} and keep it secret"
            )));
        }
        Public::read(members).map(Self::new)
    }

    fn new(key: Public) -> Self {
        // `serde_json` sorts the members of an object, as RFC 7638 §3.3 wants them, and no value needs an escape.
        let thumbprint = Base64UrlUnpadded::encode_string(&Sha256::digest(key.members().to_string()));
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
        let mut jwk = self.key.members();
        if let Some(members) = jwk.as_object_mut() {
            let further = [("kid", self.thumbprint.as_str()), ("use", "enc"), ("alg", self.key.algorithm())];
            members.extend(further.map(|(name, value)| (name.to_owned(), json!(value))));
        }
        jwk
    }

    /// Wraps a content key for this recipient; the header names it.
    pub(super) fn wrap(&self, content_key: &ContentKey) -> Result<Wrapped> {
        let mut wrapped = match &self.key {
            Public::P256(key) => p256::wrap(key, content_key),
            Public::X25519(key) => x25519::wrap(key, content_key),
            Public::Rsa(key) => rsa::wrap(key, content_key),
            Public::XWing(key) => xwing::wrap(key, content_key),
        }?;
        if let Some(header) = wrapped.header.as_object_mut() {
            header.insert("kid".to_owned(), json!(self.thumbprint));
        }
        Ok(wrapped)
    }
}

impl PartialEq for RecipientKey {
    fn eq(&self, other: &Self) -> bool {
        self.thumbprint == other.thumbprint
    }
}

impl Eq for RecipientKey {}

impl fmt::Debug for RecipientKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("RecipientKey").field("thumbprint", &self.thumbprint).finish_non_exhaustive()
    }
}

/// A recipient's private key; on the reader's side only.
pub struct PrivateKey {
    key: Private,
    public: RecipientKey,
}

/// Each is zeroized when dropped, by its crate.
enum Private {
    P256(::p256::SecretKey),
    X25519(x25519_dalek::StaticSecret),
    Rsa(Box<rsa::Held>),
    XWing(Box<xwing::PrivateKey>),
}

impl PrivateKey {
    /// A new random key on P-256.
    ///
    /// # Errors
    /// `RandomUnavailable` when the system gives no random bytes.
    pub fn generate() -> Result<Self> {
        Self::generate_kind(KeyKind::P256)
    }

    /// A new random key of a kind; RSA takes seconds.
    ///
    /// # Errors
    /// `RandomUnavailable` when the system gives no random bytes.
    pub fn generate_kind(kind: KeyKind) -> Result<Self> {
        Ok(Self::new(match kind {
            KeyKind::P256 => Private::P256(p256::generate()?),
            KeyKind::X25519 => Private::X25519(x25519::generate()?),
            KeyKind::Rsa => Private::Rsa(Box::new(rsa::generate()?)),
            KeyKind::XWing => Private::XWing(Box::new(xwing::generate()?)),
        }))
    }

    /// Reads a private JWK: the members of a public one and the private ones.
    ///
    /// # Errors
    /// `RecipientInvalid` when members are missing or malformed, or do not belong to one key.
    pub fn from_jwk(jwk: &Value) -> Result<Self> {
        let members = jwk.as_object().ok_or_else(|| invalid("a private key is a JSON object"))?;
        Ok(Self::new(match Public::read(members)? {
            Public::P256(_) => Private::P256(p256::read_private(members)?),
            Public::X25519(_) => Private::X25519(x25519::read_private(members)?),
            Public::Rsa(_) => Private::Rsa(Box::new(rsa::read_private(members)?)),
            Public::XWing(_) => Private::XWing(Box::new(xwing::read_private(members)?)),
        }))
    }

    fn new(key: Private) -> Self {
        let public = RecipientKey::new(match &key {
            Private::P256(key) => Public::P256(key.public_key()),
            Private::X25519(key) => Public::X25519(key.into()),
            Private::Rsa(key) => Public::Rsa(Box::new(key.public())),
            Private::XWing(key) => Public::XWing(Box::new(key.public())),
        });
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
        let private = match &self.key {
            Private::P256(key) => p256::private_members(key),
            Private::X25519(key) => x25519::private_members(key),
            Private::Rsa(key) => key.private_members(),
            Private::XWing(key) => xwing::private_members(key),
        };
        let public = self.public.to_jwk().to_string();
        let public = public.strip_suffix('}').unwrap_or(&public);
        Zeroizing::new(format!("{public},{}}}", private.as_str()))
    }

    /// Unwraps the content key of an entry with this header.
    pub(super) fn unwrap(&self, header: &Map<String, Value>, wrapped: &[u8]) -> Result<ContentKey> {
        let wanted = self.public.key.algorithm();
        if header.get("alg").and_then(Value::as_str) != Some(wanted) {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!("the envelope's alg is not {wanted}, as the key's kind has it"),
            ));
        }
        match &self.key {
            Private::P256(key) => p256::unwrap(key, header, wrapped),
            Private::X25519(key) => x25519::unwrap(key, header, wrapped),
            Private::Rsa(key) => rsa::unwrap(key, wrapped),
            Private::XWing(key) => xwing::unwrap(key, header, wrapped),
        }
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("PrivateKey").field("thumbprint", &self.thumbprint()).finish_non_exhaustive()
    }
}

/// The content key in `bytes`, which must be 32.
fn content_key(bytes: &[u8]) -> Result<ContentKey> {
    let mut key = Zeroizing::new([0_u8; 32]);
    if bytes.len() != key.len() {
        return Err(agreement::corrupt("the envelope's content key has not 32 bytes"));
    }
    key.copy_from_slice(bytes);
    Ok(key)
}

fn invalid(detail: impl Into<String>) -> Error {
    Error::new(ErrorKind::RecipientInvalid, detail)
}

#[cfg(test)]
mod tests {
    use super::{KeyKind, PrivateKey, RecipientKey};
    use base64ct::{Base64UrlUnpadded, Encoding as _};
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

    const KINDS: [KeyKind; 4] = [KeyKind::P256, KeyKind::X25519, KeyKind::Rsa, KeyKind::XWing];

    #[test]
    fn a_key_of_every_kind_is_written_and_read_and_opens_what_was_wrapped_for_it() {
        for kind in KINDS {
            let key = PrivateKey::generate_kind(kind).unwrap();
            let read = PrivateKey::from_jwk(&serde_json::from_str(&key.to_jwk()).unwrap()).unwrap();
            let public = RecipientKey::from_jwk(&key.public().to_jwk()).unwrap();
            assert_eq!((&public, read.thumbprint()), (key.public(), public.thumbprint()), "{kind:?}");
            let content_key = zeroize::Zeroizing::new([7; 32]);
            let wrapped = public.wrap(&content_key).unwrap();
            let header = wrapped.header.as_object().unwrap();
            assert_eq!(header["kid"], public.thumbprint());
            assert_eq!(read.unwrap(header, &wrapped.encrypted_key).unwrap(), content_key, "{kind:?}");
            let mut changed = wrapped.encrypted_key.clone();
            *changed.last_mut().unwrap() ^= 1;
            assert_eq!(read.unwrap(header, &changed).unwrap_err().code(), "open/corrupt", "{kind:?}");
            assert!(read.unwrap(header, &changed[1..]).is_err(), "{kind:?}");
        }
    }

    #[test]
    fn no_kind_of_private_key_is_a_recipient() {
        for kind in KINDS {
            let jwk = serde_json::from_str(&PrivateKey::generate_kind(kind).unwrap().to_jwk()).unwrap();
            assert_eq!(RecipientKey::from_jwk(&jwk).unwrap_err().code(), "recipient/invalid", "{kind:?}");
        }
        let mut public = PrivateKey::generate().unwrap().public().to_jwk();
        for member in ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"] {
            public[member] = json!("");
            assert!(RecipientKey::from_jwk(&public).is_err(), "{member}");
            public.as_object_mut().unwrap().remove(member);
        }
        assert!(RecipientKey::from_jwk(&public).is_ok());
    }

    /// RFC 7748 §6.1 and the points of order 1, 2, 4 and 8: whatever is agreed with them is zero.
    #[test]
    fn points_of_low_order_are_no_keys() {
        let points = [
            [0; 32],
            core::array::from_fn(|index| u8::from(index == 0)),
            [
                0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4,
                0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49,
                0xb8, 0x00,
            ],
            core::array::from_fn(|index| match index {
                0 => 0xed,
                31 => 0x7f,
                _ => 0xff,
            }),
        ];
        let beyond = [[0xff; 32], core::array::from_fn(|index| if index == 31 { 0x89 } else { 9 })];
        for point in points.into_iter().chain(beyond) {
            let jwk = json!({"kty": "OKP", "crv": "X25519", "x": Base64UrlUnpadded::encode_string(&point)});
            assert!(RecipientKey::from_jwk(&jwk).is_err(), "{point:x?}");
        }
    }

    #[test]
    fn weak_rsa_keys_are_refused() {
        let good = PrivateKey::generate_kind(KeyKind::Rsa).unwrap().public().to_jwk();
        assert!(RecipientKey::from_jwk(&good).is_ok());
        let modulus = Base64UrlUnpadded::decode_vec(good["n"].as_str().unwrap()).unwrap();
        let short = Base64UrlUnpadded::encode_string(&modulus[modulus.len() - 255..]);
        let long = Base64UrlUnpadded::encode_string(&[0xff; 1_025]);
        for (member, value) in [
            ("n", short.as_str()),
            ("n", &long),
            ("n", ""),
            ("e", "AQ"),
            ("e", "Aw"),
            ("e", "AQAA"),
            ("e", ""),
        ] {
            let mut weak = good.clone();
            weak[member] = json!(value);
            assert!(RecipientKey::from_jwk(&weak).is_err(), "{member} {value}");
        }
    }

    /// RFC 7638 §3.1, the example itself.
    #[test]
    fn the_thumbprint_of_an_rsa_key_is_that_of_rfc_7638() {
        let key = RecipientKey::from_jwk(&json!({
            "kty": "RSA", "e": "AQAB",
            "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
        }));
        assert_eq!(key.unwrap().thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    #[test]
    fn the_members_of_every_thumbprint_are_sorted() {
        for kind in KINDS {
            let jwk = PrivateKey::generate_kind(kind).unwrap().public().key.members();
            let names: Vec<&String> = jwk.as_object().unwrap().keys().collect();
            assert!(names.is_sorted(), "{names:?}");
        }
    }
}
