//! Who signs a call's ledger: a key made for the call, what the ledger states of it, and the signature of an entry.
//!
//! Owns the call key, which exists in the engine's memory only, is forgotten with the call, and can be neither printed
//! nor written. Who vouches for it (certificates) is stated here and judged by readers.

use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::seal::{SIGNATURE_BYTES, SigningKey, VerifyingKey};
use crate::{Error, ErrorKind, Result};

/// The private key of one call's ledger. It has no `Debug` and no way out; it is zeroized when dropped.
#[allow(missing_debug_implementations, reason = "a key is not printed")]
pub struct CallKey(SigningKey);

impl CallKey {
    /// The key of 32 random bytes, which the caller wipes.
    ///
    /// # Errors
    /// `RandomUnavailable` for the one in 2^32 that is no key of the curve: take other bytes.
    pub fn from_random(bytes: &[u8; 32]) -> Result<Self> {
        SigningKey::from_random(bytes).map(Self)
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> VerifyingKey {
        self.0.public()
    }

    /// The signature of an export of the call.
    pub(super) fn sign_export(&self, bytes: &[u8]) -> [u8; SIGNATURE_BYTES] {
        self.0.sign(bytes)
    }

    /// The member `sig` of an entry, given its canonical bytes without that member.
    pub(super) fn sign(&self, entry: &[u8]) -> String {
        Base64UrlUnpadded::encode_string(&self.0.sign(entry))
    }
}

/// What a ledger is signed with: the call's key and the certificates that vouch for it, if any.
pub struct LedgerSigner {
    call_key: CallKey,
    x5c: Vec<Vec<u8>>,
}

impl LedgerSigner {
    /// A signer; `x5c` are the certificates in DER, the call key's first, each certified by the one behind it. Empty
    /// where no device key is to be had.
    #[must_use]
    pub const fn new(call_key: CallKey, x5c: Vec<Vec<u8>>) -> Self {
        Self { call_key, x5c }
    }

    /// The call's key.
    #[must_use]
    pub const fn call_key(&self) -> &CallKey {
        &self.call_key
    }

    /// What the ledger states of it.
    #[must_use]
    pub fn statement(&self) -> SignerStatement {
        SignerStatement {
            jwk: self.call_key.public().to_jwk(),
            x5c: self.x5c.iter().map(|certificate| Base64::encode_string(certificate)).collect(),
        }
    }
}

impl core::fmt::Debug for LedgerSigner {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("LedgerSigner(secret)")
    }
}

/// The signer, as `call.opened` and `signer.changed` state it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignerStatement {
    /// The public key.
    pub jwk: Value,
    /// The certificates in base64, as RFC 7515 §4.1.6 writes them; the key's own first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub x5c: Vec<String>,
}

impl SignerStatement {
    /// The key that signs.
    ///
    /// # Errors
    /// `Signature` when it is no public key on P-256.
    pub fn key(&self) -> Result<VerifyingKey> {
        VerifyingKey::from_jwk(&self.jwk)
            .map_err(|_| Error::new(ErrorKind::Signature, "the ledger's signer states no usable public key"))
    }

    /// The certificates in DER.
    ///
    /// # Errors
    /// `Signature` when they are not base64.
    pub fn certificates(&self) -> Result<Vec<Vec<u8>>> {
        let malformed = |_| Error::new(ErrorKind::Signature, "the signer's certificates are not in base64");
        self.x5c.iter().map(|text| Base64::decode_vec(text).map_err(malformed)).collect()
    }
}

/// Whether `sig` is `key`'s signature over an entry's canonical bytes without that member. Only the form that
/// [`CallKey`] writes counts, so that the signature's own bytes cannot be changed unnoticed.
pub(super) fn is_signed(entry: &[u8], sig: Option<&Value>, key: &VerifyingKey) -> bool {
    let mut bytes = [0_u8; SIGNATURE_BYTES];
    sig.and_then(Value::as_str)
        .and_then(|text| Base64UrlUnpadded::decode(text, &mut bytes).ok())
        .is_some_and(|signature| key.verifies_strictly(entry, signature))
}
