//! Recipients with post-quantum keys: HPKE (RFC 9180) with X-Wing (ML-KEM-768 and X25519), HKDF-SHA-256 and AES-256-GCM.
//!
//! Whoever stores ciphertext today to break elliptic curves in years gets nothing. JOSE has no final name for it, hence
//! a private one; the bytes are those of HPKE, so that any library of it opens them (docs/format.md §4).

use base64ct::{Base64UrlUnpadded, Encoding as _};
use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::XWing;
use hpke::{Deserializable as _, Kem, OpModeR, OpModeS, Serializable as _};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::agreement::corrupt;
use super::{ContentKey, Wrapped, invalid};
use crate::seal::random::{self, Drawn};
use crate::{Error, ErrorKind, Result};

/// The `alg` of keys and recipient entries: KEM 0x647a, KDF 0x0001, AEAD 0x0002 of HPKE's registries.
pub(super) const ALGORITHM: &str = "callseal:HPKE-MLKEM768-X25519-SHA256-A256GCM";
/// Binds the ciphertext to its use, as HPKE's `info`; single-shot calls of some libraries take nothing else.
const INFO: &[u8] = b"callseal/1/hpke";
/// Bytes of the private key: the seed (draft-connolly-cfrg-xwing-kem §5.2).
const SEED_BYTES: usize = 32;

/// A recipient's public key.
pub(super) type PublicKey = <XWing as Kem>::PublicKey;

/// A recipient's private key with the seed it is made from.
pub(super) struct PrivateKey {
    seed: Zeroizing<[u8; SEED_BYTES]>,
    key: <XWing as Kem>::PrivateKey,
}

impl PrivateKey {
    fn from_seed(seed: Zeroizing<[u8; SEED_BYTES]>) -> Result<Self> {
        let key = <XWing as Kem>::PrivateKey::from_bytes(seed.as_slice())
            .map_err(|_| invalid("the member priv is not a seed of X-Wing"))?;
        Ok(Self { seed, key })
    }

    pub(super) fn public(&self) -> PublicKey {
        XWing::sk_to_pk(&self.key)
    }
}

/// Reads `kty`, `alg` and `pub`.
pub(super) fn read_public(members: &Map<String, Value>) -> Result<PublicKey> {
    for (name, wanted) in [("kty", "AKP"), ("alg", ALGORITHM)] {
        if members.get(name).and_then(Value::as_str) != Some(wanted) {
            return Err(invalid(format!("a key has {name} {wanted}")));
        }
    }
    let bytes = members.get("pub").and_then(Value::as_str);
    bytes
        .and_then(|text| Base64UrlUnpadded::decode_vec(text).ok())
        .and_then(|bytes| PublicKey::from_bytes(&bytes).ok())
        .ok_or_else(|| invalid("the member pub of the key is not a public key of X-Wing"))
}

/// Reads `priv` besides, which must belong to `pub`.
pub(super) fn read_private(members: &Map<String, Value>) -> Result<PrivateKey> {
    let public = read_public(members)?;
    let key = PrivateKey::from_seed(Zeroizing::new(crate::seal::jwk::field(members, "priv")?))?;
    if key.public() != public {
        return Err(invalid("the members priv and pub are not of one key"));
    }
    Ok(key)
}

/// A new random key.
pub(super) fn generate() -> Result<PrivateKey> {
    let mut seed = Zeroizing::new([0_u8; SEED_BYTES]);
    random::fill(seed.as_mut_slice())?;
    PrivateKey::from_seed(seed)
}

/// The required members (draft-ietf-cose-dilithium §3, key type AKP).
pub(super) fn members(key: &PublicKey) -> Value {
    json!({"kty": "AKP", "alg": ALGORITHM, "pub": Base64UrlUnpadded::encode_string(&key.to_bytes())})
}

/// The private member, JSON text behind the public ones.
pub(super) fn private_members(key: &PrivateKey) -> Zeroizing<String> {
    let seed = Zeroizing::new(Base64UrlUnpadded::encode_string(key.seed.as_slice()));
    Zeroizing::new(format!(r#""priv":"{}""#, seed.as_str()))
}

/// Wraps a content key for `recipient`: `ek` has HPKE's `enc`.
pub(super) fn wrap(recipient: &PublicKey, content_key: &ContentKey) -> Result<Wrapped> {
    let mut drawn = Drawn::new()?;
    let sealed = hpke::single_shot_seal_with_rng::<AesGcm256, HkdfSha256, XWing>(
        &OpModeS::Base,
        recipient,
        INFO,
        content_key.as_slice(),
        &[],
        &mut drawn,
    );
    drawn.check()?;
    let (encapsulated, encrypted_key) =
        sealed.map_err(|_| Error::new(ErrorKind::LimitExceeded, "the content key could not be wrapped"))?;
    let ek = Base64UrlUnpadded::encode_string(&encapsulated.to_bytes());
    Ok(Wrapped { header: json!({"alg": ALGORITHM, "ek": ek}), encrypted_key })
}

/// Unwraps a content key.
pub(super) fn unwrap(key: &PrivateKey, header: &Map<String, Value>, wrapped: &[u8]) -> Result<ContentKey> {
    let encapsulated = header
        .get("ek")
        .and_then(Value::as_str)
        .and_then(|text| Base64UrlUnpadded::decode_vec(text).ok())
        .and_then(|bytes| <XWing as Kem>::EncappedKey::from_bytes(&bytes).ok())
        .ok_or_else(|| corrupt("the envelope's ek is not an encapsulated key of X-Wing"))?;
    let opened = hpke::single_shot_open::<AesGcm256, HkdfSha256, XWing>(
        &OpModeR::Base,
        &key.key,
        &encapsulated,
        INFO,
        wrapped,
        &[],
    );
    let opened =
        Zeroizing::new(opened.map_err(|_| corrupt("the envelope's encrypted_key does not authenticate"))?);
    super::content_key(&opened)
}
