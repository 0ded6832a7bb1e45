//! Sealing one segment as it is recorded: key, envelope, stream, running hash (docs/format.md §3, §4).
//!
//! Must never hand out a byte of ciphertext before the envelope exists, nor keep the key after the seal.

use core::fmt;

use sha2::{Digest as _, Sha256, Sha512};

use super::data_key::DataKey;
use super::envelope::make_envelope;
use super::hash::{hex, sha256_hex};
use super::recipient::RecipientKey;
use super::tink_writer::TinkWriter;
use crate::names::SegmentAddress;
use crate::{Error, ErrorKind, Result};

/// What must be durable before the segment's first byte: the envelope, and what `segment.opened` states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedSegment {
    /// The envelope object's content (version 1).
    pub envelope_json: Vec<u8>,
    /// SHA-256 of the envelope, hexadecimal.
    pub envelope_sha256: String,
    /// The key's commitment, hexadecimal.
    pub key_commitment: String,
    /// The recipients' thumbprints (RFC 7638), in the envelope's order.
    pub recipients: Vec<String>,
}

/// What `segment.sealed` states of the object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedSegment {
    /// Bytes of the whole object.
    pub size_bytes: u64,
    /// SHA-256 of the whole object, hexadecimal.
    pub sha256: String,
    /// SHA-512 of the whole object, hexadecimal.
    pub sha512: String,
}

/// A segment being sealed. Its key dies with it.
pub struct SegmentSealer {
    writer: TinkWriter,
    hashes: Hashes,
    size_bytes: u64,
}

/// Both hashes of the object: SHA-256 for the ledger and the store, SHA-512 because vCons ask for it.
#[derive(Default)]
struct Hashes {
    short: Sha256,
    long: Sha512,
}

impl SegmentSealer {
    /// Makes the segment's key, wraps it for `recipients`, and starts the stream.
    ///
    /// # Errors
    /// `RecipientInvalid` without recipients or with one twice; `LimitExceeded` when the address does not fit the
    /// format; `RandomUnavailable` when the system gives no random bytes.
    pub fn open(address: SegmentAddress, recipients: &[RecipientKey]) -> Result<(Self, OpenedSegment)> {
        address.check()?;
        let key = DataKey::generate()?;
        let envelope_json = make_envelope(&key, &address, recipients)?;
        let opened = OpenedSegment {
            envelope_sha256: sha256_hex(&envelope_json),
            envelope_json,
            key_commitment: key.commitment()?,
            recipients: recipients.iter().map(|recipient| recipient.thumbprint().to_owned()).collect(),
        };
        let writer = TinkWriter::new(&key, &address.associated_data())?;
        Ok((Self { writer, hashes: Hashes::default(), size_bytes: 0 }, opened))
    }

    /// Takes plaintext and appends to `out` the ciphertext that is final now: whole Tink segments of 4,096 bytes
    /// (the stream's header counted in), never what may still be the last.
    ///
    /// # Errors
    /// `LimitExceeded` when the stream is full; the segment is lost then.
    pub fn push(&mut self, plaintext: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let start = out.len();
        self.writer.push(plaintext, out)?;
        self.size_bytes = count(&mut self.hashes, self.size_bytes, out, start)?;
        Ok(())
    }

    /// Appends the last ciphertext to `out`, and forgets the key.
    ///
    /// # Errors
    /// `WrongState` when nothing was pushed: the format forbids empty streams.
    pub fn seal(self, out: &mut Vec<u8>) -> Result<SealedSegment> {
        let Self { writer, mut hashes, size_bytes } = self;
        let start = out.len();
        writer.finish(out)?;
        let size_bytes = count(&mut hashes, size_bytes, out, start)?;
        let (sha256, sha512) = (hex(&hashes.short.finalize()), hex(&hashes.long.finalize()));
        Ok(SealedSegment { size_bytes, sha256, sha512 })
    }
}

impl fmt::Debug for SegmentSealer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SegmentSealer").field("size_bytes", &self.size_bytes).finish_non_exhaustive()
    }
}

/// Adds what was appended to `out` behind `start` to hash and size.
fn count(hashes: &mut Hashes, size_bytes: u64, out: &[u8], start: usize) -> Result<u64> {
    let too_large = || Error::new(ErrorKind::LimitExceeded, "the segment is too large");
    let added = out.get(start..).ok_or_else(too_large)?;
    hashes.short.update(added);
    hashes.long.update(added);
    u64::try_from(added.len()).ok().and_then(|added| size_bytes.checked_add(added)).ok_or_else(too_large)
}

#[cfg(test)]
mod tests {
    use super::SegmentSealer;
    use crate::names::{CallId, SegmentAddress};
    use crate::seal::{PrivateKey, open_envelope, read_stream, sha256_hex};
    use std::collections::HashSet;

    fn address() -> SegmentAddress {
        let call_id = CallId::parse("0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa").unwrap();
        SegmentAddress::new(call_id, 1, 2).unwrap()
    }

    #[test]
    fn what_the_ledger_states_is_what_was_written() {
        let owner = PrivateKey::generate().unwrap();
        let (mut sealer, opened) = SegmentSealer::open(address(), &[owner.public().clone()]).unwrap();
        assert_eq!(opened.envelope_sha256, sha256_hex(&opened.envelope_json));
        assert_eq!(opened.recipients, [owner.thumbprint()]);
        let (mut object, mut piece) = (Vec::new(), Vec::new());
        for _ in 0..100 {
            sealer.push(&[1; 200], &mut piece).unwrap();
            object.append(&mut piece);
        }
        let sealed = sealer.seal(&mut object).unwrap();
        assert_eq!(sealed.size_bytes, u64::try_from(object.len()).unwrap());
        assert_eq!(sealed.sha256, sha256_hex(&object));
        let key = open_envelope(&opened.envelope_json, &owner, &address()).unwrap();
        assert_eq!(key.commitment().unwrap(), opened.key_commitment);
        assert_eq!(read_stream(&key, &address().associated_data(), &object).unwrap().len(), 20_000);
    }

    #[test]
    fn an_empty_segment_is_refused() {
        let owner = PrivateKey::generate().unwrap();
        let (sealer, _) = SegmentSealer::open(address(), &[owner.public().clone()]).unwrap();
        assert_eq!(sealer.seal(&mut Vec::new()).unwrap_err().code(), "state/wrong");
    }

    #[test]
    fn every_segment_has_a_key_of_its_own() {
        let owner = PrivateKey::generate().unwrap();
        let commitments: HashSet<String> = (0..100)
            .map(|_| SegmentSealer::open(address(), &[owner.public().clone()]).unwrap().1.key_commitment)
            .collect();
        assert_eq!(commitments.len(), 100);
    }

    #[test]
    fn a_segment_without_recipients_is_refused() {
        assert!(SegmentSealer::open(address(), &[]).is_err());
    }
}
