//! The data key of one segment, and its commitment (docs/format.md §3).

use core::fmt;

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::{hash::hex, random};
use crate::{Error, ErrorKind, Result};

/// Bytes of a data key (AES-256).
pub(super) const KEY_BYTES: usize = 32;

/// Separates the commitment from every other use of the data key.
const COMMITMENT_INFO: &[u8] = b"callseal/1/commit";

/// The key of one segment and of nothing else. Zeroized when dropped; has no way to be printed.
pub struct DataKey(Zeroizing<[u8; KEY_BYTES]>);

impl DataKey {
    /// A new random key.
    ///
    /// # Errors
    /// `RandomUnavailable` when the system gives no random bytes.
    pub fn generate() -> Result<Self> {
        let mut bytes = Zeroizing::new([0_u8; KEY_BYTES]);
        random::fill(bytes.as_mut_slice())?;
        Ok(Self(bytes))
    }

    /// The key in `bytes`, which must be 32.
    ///
    /// # Errors
    /// `Corrupt` for any other length.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut key = Zeroizing::new([0_u8; KEY_BYTES]);
        if bytes.len() != KEY_BYTES {
            return Err(Error::new(ErrorKind::Corrupt, "the data key has not 32 bytes"));
        }
        key.copy_from_slice(bytes);
        Ok(Self(key))
    }

    pub(super) fn as_bytes(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }

    /// The commitment that the ledger publishes: AES-GCM by itself would let one ciphertext open under two keys.
    ///
    /// # Errors
    /// None in practice: 32 bytes are within HKDF's limit.
    pub fn commitment(&self) -> Result<String> {
        Ok(hex(derive(&self.0[..], &[], COMMITMENT_INFO)?.as_slice()))
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("DataKey(secret)")
    }
}

/// HKDF-SHA-256 (RFC 5869) to 32 bytes.
pub(super) fn derive(key: &[u8], salt: &[u8], info: &[u8]) -> Result<Zeroizing<[u8; KEY_BYTES]>> {
    let mut output = Zeroizing::new([0_u8; KEY_BYTES]);
    Hkdf::<Sha256>::new(Some(salt), key)
        .expand(info, output.as_mut_slice())
        .map_err(|_| Error::new(ErrorKind::LimitExceeded, "the key derivation was asked for too much"))?;
    Ok(output)
}

#[cfg(test)]
mod tests {
    use super::DataKey;
    use std::collections::HashSet;

    #[test]
    fn no_two_generated_keys_are_equal() {
        let keys: HashSet<[u8; 32]> = (0..1000).map(|_| *DataKey::generate().unwrap().as_bytes()).collect();
        assert_eq!(keys.len(), 1000);
    }

    #[test]
    fn debug_output_does_not_contain_the_key() {
        let key = DataKey::from_bytes(&[0xa5; 32]).unwrap();
        let printed = format!("{key:?} {key:#?}");
        assert!(!printed.contains("165") && !printed.to_lowercase().contains("a5"), "{printed}");
    }

    #[test]
    fn a_key_of_another_length_is_refused() {
        assert!(DataKey::from_bytes(&[0; 31]).is_err());
        assert!(DataKey::from_bytes(&[0; 33]).is_err());
    }
}
