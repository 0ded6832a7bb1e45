//! The shape of a Tink AES-GCM-HKDF streaming AEAD stream (docs/format.md §3), shared by writer and reader.
//!
//! Source of the format: <https://developers.google.com/tink/streaming-aead/aes_gcm_hkdf_streaming>.

use aes_gcm::{Aes256Gcm, KeyInit as _};

use super::data_key::{DataKey, derive};
use crate::{Error, ErrorKind, Result};

/// Bytes of one ciphertext segment of the stream, the header counted in the first.
pub const SEGMENT_BYTES: usize = 4096;
/// Bytes of the stream's header.
pub const HEADER_BYTES: usize = 1 + SALT_BYTES + NONCE_PREFIX_BYTES;
/// Bytes of the GCM tag behind each segment.
pub const TAG_BYTES: usize = 16;
/// Plaintext bytes in a full first segment.
pub const FIRST_SEGMENT_PLAINTEXT_BYTES: usize = SEGMENT_BYTES - HEADER_BYTES - TAG_BYTES;
/// Plaintext bytes in every later full segment.
pub const SEGMENT_PLAINTEXT_BYTES: usize = SEGMENT_BYTES - TAG_BYTES;

/// Bytes of the salt: the size of the derived key, as Tink lays down.
pub(super) const SALT_BYTES: usize = 32;
/// Bytes of the random prefix of every nonce.
pub(super) const NONCE_PREFIX_BYTES: usize = 7;

/// The parsed header: length byte, salt, nonce prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) salt: [u8; SALT_BYTES],
    pub(super) nonce_prefix: [u8; NONCE_PREFIX_BYTES],
}

impl Header {
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        // 40 fits a byte; written as the format writes it.
        let mut bytes = vec![0x28];
        bytes.extend_from_slice(&self.salt);
        bytes.extend_from_slice(&self.nonce_prefix);
        bytes
    }

    /// Splits a stream into its header and the rest.
    pub(super) fn split(stream: &[u8]) -> Result<(Self, &[u8])> {
        let truncated = || Error::new(ErrorKind::Truncated, "the stream ends within its header");
        let (length, rest) = stream.split_first().ok_or_else(truncated)?;
        if usize::from(*length) != HEADER_BYTES {
            return Err(Error::new(ErrorKind::Corrupt, "the stream's header has another length than Tink's"));
        }
        let (salt, rest) = rest.split_first_chunk().ok_or_else(truncated)?;
        let (nonce_prefix, rest) = rest.split_first_chunk().ok_or_else(truncated)?;
        Ok((Self { salt: *salt, nonce_prefix: *nonce_prefix }, rest))
    }

    /// The stream's cipher: its key is derived from the data key, the salt and the associated data.
    pub(super) fn cipher(&self, key: &DataKey, associated_data: &str) -> Result<Aes256Gcm> {
        let derived = derive(key.as_bytes(), &self.salt, associated_data.as_bytes())?;
        Aes256Gcm::new_from_slice(derived.as_slice()).map_err(|_| {
            Error::new(ErrorKind::LimitExceeded, "the derived key has another length than AES-256's")
        })
    }
}
