//! Writing one Tink stream as the plaintext comes in.
//!
//! Holds back what may still be the last Tink segment, so that an empty last segment is never written. Must never
//! give out a nonce twice; after an error the writer is dead and its key gone.

use core::fmt;

use aes_gcm::{Aes256Gcm, aead::AeadInOut as _};
use zeroize::{Zeroize as _, Zeroizing};

use super::data_key::DataKey;
use super::nonce::{Nonce, NonceSequence};
use super::random;
use super::tink::{
    FIRST_SEGMENT_PLAINTEXT_BYTES, Header, NONCE_PREFIX_BYTES, SALT_BYTES, SEGMENT_BYTES,
    SEGMENT_PLAINTEXT_BYTES,
};
use crate::{Error, ErrorKind, Result};

/// A Tink stream being written.
///
/// A nonce cannot be used twice: a writer that has ended is gone, and there is no second one of the same stream.
///
/// ```compile_fail,E0382
/// # use callseal::seal::{DataKey, TinkWriter};
/// let mut stream = Vec::new();
/// let mut writer = TinkWriter::new(&DataKey::generate()?, "place")?;
/// writer.push(b"sound", &mut stream)?;
/// writer.finish(&mut stream)?;
/// writer.push(b"more", &mut stream)?; // borrow of moved value
/// # Ok::<(), callseal::Error>(())
/// ```
///
/// ```compile_fail,E0599
/// # use callseal::seal::{DataKey, TinkWriter};
/// let writer = TinkWriter::new(&DataKey::generate()?, "place")?;
/// let same_nonces = writer.clone(); // no method named `clone`
/// # Ok::<(), callseal::Error>(())
/// ```
pub struct TinkWriter {
    /// Its expanded key is zeroized when dropped (feature `zeroize` of `aes-gcm`).
    cipher: Aes256Gcm,
    nonces: NonceSequence,
    /// Plaintext of the Tink segment being filled; reserved in full, so that it never moves and leaves a copy.
    pending: Zeroizing<Vec<u8>>,
    /// Plaintext bytes that fit the Tink segment being filled.
    capacity: usize,
    /// The header, until it has been given out.
    header: Option<Header>,
}

impl TinkWriter {
    /// A stream under `key`, bound to `associated_data`, with fresh random salt and nonce prefix.
    ///
    /// # Errors
    /// `RandomUnavailable` when the system gives no random bytes.
    pub fn new(key: &DataKey, associated_data: &str) -> Result<Self> {
        let mut salt = [0_u8; SALT_BYTES];
        let mut nonce_prefix = [0_u8; NONCE_PREFIX_BYTES];
        random::fill(&mut salt)?;
        random::fill(&mut nonce_prefix)?;
        Self::with_header(key, associated_data, Header { salt, nonce_prefix })
    }

    /// As [`Self::new`] with a stated header; for tests only, as a repeated header under one key is fatal.
    pub(super) fn with_header(key: &DataKey, associated_data: &str, header: Header) -> Result<Self> {
        Ok(Self {
            cipher: header.cipher(key, associated_data)?,
            nonces: NonceSequence::new(header.nonce_prefix),
            pending: Zeroizing::new(Vec::with_capacity(SEGMENT_BYTES)),
            capacity: FIRST_SEGMENT_PLAINTEXT_BYTES,
            header: Some(header),
        })
    }

    /// Appends to `out` the ciphertext that is final after `plaintext`: whole Tink segments, but never the last.
    ///
    /// # Errors
    /// `LimitExceeded` when the stream is full (16 TiB); nothing may follow then.
    pub fn push(&mut self, mut plaintext: &[u8], out: &mut Vec<u8>) -> Result<()> {
        if let Some(header) = self.header.take() {
            out.extend_from_slice(&header.to_bytes());
        }
        while !plaintext.is_empty() {
            if self.pending.len() == self.capacity {
                let nonce = self.nonces.next()?;
                seal_segment(&self.cipher, &nonce, &self.pending, out)?;
                self.pending.as_mut_slice().zeroize();
                self.pending.clear();
                self.capacity = SEGMENT_PLAINTEXT_BYTES;
            }
            // What cannot be the last Tink segment need not be held back.
            if self.pending.is_empty()
                && let Some((now, later)) = plaintext.split_at_checked(self.capacity)
                && !later.is_empty()
            {
                let nonce = self.nonces.next()?;
                seal_segment(&self.cipher, &nonce, now, out)?;
                self.capacity = SEGMENT_PLAINTEXT_BYTES;
                plaintext = later;
                continue;
            }
            let room = self.capacity.saturating_sub(self.pending.len());
            let (now, later) = plaintext.split_at(room.min(plaintext.len()));
            self.pending.extend_from_slice(now);
            plaintext = later;
        }
        Ok(())
    }

    /// Appends the last Tink segment to `out` and ends the stream.
    ///
    /// # Errors
    /// `WrongState` for an empty stream, which the format forbids.
    pub fn finish(self, out: &mut Vec<u8>) -> Result<()> {
        if self.pending.is_empty() {
            return Err(Error::new(ErrorKind::WrongState, "an empty stream must not be sealed"));
        }
        let nonce = self.nonces.last()?;
        seal_segment(&self.cipher, &nonce, &self.pending, out)
    }
}

impl fmt::Debug for TinkWriter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TinkWriter")
            .field("pending_bytes", &self.pending.len())
            .finish_non_exhaustive()
    }
}

/// Appends one Tink segment to `out`, encrypted where it stays. Room is made first, so that no plaintext is ever moved.
fn seal_segment(cipher: &Aes256Gcm, nonce: &Nonce, plaintext: &[u8], out: &mut Vec<u8>) -> Result<()> {
    let refused = || Error::new(ErrorKind::LimitExceeded, "the cipher refused a segment");
    out.reserve(SEGMENT_BYTES);
    let start = out.len();
    out.extend_from_slice(plaintext);
    let text = out.get_mut(start..).ok_or_else(refused)?;
    match cipher.encrypt_inout_detached(nonce, b"", text.into()) {
        Ok(tag) => {
            out.extend_from_slice(&tag);
            Ok(())
        }
        Err(_) => {
            out.get_mut(start..).unwrap_or_default().zeroize();
            out.truncate(start);
            Err(refused())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::TinkWriter;
    use crate::seal::tink::Header;
    use crate::seal::{DataKey, read_stream};
    use proptest::prelude::*;

    const PLACE: &str = "callseal/1/0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa/0/000003";
    /// Lengths around every boundary of the first three Tink segments.
    const BOUNDARIES: [usize; 13] = [1, 2, 15, 16, 17, 4039, 4040, 4041, 8119, 8120, 8121, 12_200, 12_201];

    fn key() -> DataKey {
        DataKey::from_bytes(&[7; 32]).unwrap()
    }

    fn seal(plaintext: &[u8], step: usize) -> Vec<u8> {
        let header = Header { salt: [1; 32], nonce_prefix: [2; 7] };
        let mut writer = TinkWriter::with_header(&key(), PLACE, header).unwrap();
        let mut stream = Vec::new();
        for piece in plaintext.chunks(step) {
            writer.push(piece, &mut stream).unwrap();
        }
        writer.finish(&mut stream).unwrap();
        stream
    }

    #[test]
    fn every_boundary_round_trips_in_pieces_of_every_kind() {
        for length in BOUNDARIES {
            let plaintext: Vec<u8> = (0..length).map(|index| u8::try_from(index % 251).unwrap()).collect();
            let stream = seal(&plaintext, usize::MAX);
            for step in [1, 7, 4040, 4080, 4096] {
                assert_eq!(seal(&plaintext, step), stream, "{length} in steps of {step}");
            }
            assert_eq!(read_stream(&key(), PLACE, &stream).unwrap().as_slice(), plaintext, "{length}");
        }
    }

    #[test]
    fn only_whole_tink_segments_come_out_before_the_end() {
        let mut writer = TinkWriter::new(&key(), PLACE).unwrap();
        let mut out = Vec::new();
        for _ in 0..20_000 {
            writer.push(&[0], &mut out).unwrap();
            assert!(out.len() == 40 || out.len() % 4096 == 0);
        }
        assert_eq!(out.len(), 4 * 4096);
    }

    #[test]
    fn a_full_last_segment_is_held_back_until_the_end() {
        let mut writer = TinkWriter::new(&key(), PLACE).unwrap();
        let mut out = Vec::new();
        writer.push(&[0; 4040], &mut out).unwrap();
        assert_eq!(out.len(), 40);
        writer.finish(&mut out).unwrap();
        assert_eq!(out.len(), 4096);
    }

    #[test]
    fn an_empty_stream_is_refused() {
        let mut out = Vec::new();
        let mut writer = TinkWriter::new(&key(), PLACE).unwrap();
        writer.push(&[], &mut out).unwrap();
        assert_eq!(writer.finish(&mut out).unwrap_err().code(), "state/wrong");
    }

    #[test]
    fn two_streams_of_the_same_content_have_nothing_in_common() {
        let seal = || {
            let mut out = Vec::new();
            let mut writer = TinkWriter::new(&key(), PLACE).unwrap();
            writer.push(&[9; 100], &mut out).unwrap();
            writer.finish(&mut out).unwrap();
            out
        };
        let (first, second) = (seal(), seal());
        assert_ne!(first[1..33], second[1..33]);
        assert_ne!(first[33..40], second[33..40]);
        assert_ne!(first[40..], second[40..]);
    }

    #[test]
    fn every_cut_of_a_stream_is_refused() {
        let short = seal(&[5; 64], usize::MAX);
        for length in 0..short.len() {
            assert!(read_stream(&key(), PLACE, &short[..length]).is_err(), "cut at {length}");
        }
        let stream = seal(&[5; 4100], usize::MAX);
        for length in (0..4080).step_by(97).chain(4080..stream.len()) {
            assert!(read_stream(&key(), PLACE, &stream[..length]).is_err(), "cut at {length}");
        }
        assert_eq!(read_stream(&key(), PLACE, &stream[..4096]).unwrap_err().code(), "open/truncated");
    }

    #[test]
    fn every_flipped_bit_of_a_stream_is_refused() {
        let stream = seal(&[5; 64], usize::MAX);
        for bit in 0..stream.len() * 8 {
            let mut changed = stream.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(read_stream(&key(), PLACE, &changed).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn moved_segments_are_refused() {
        let stream = seal(&[5; 4040 + 3 * 4080], usize::MAX);
        let part = |index: usize| &stream[index * 4096..(index + 1) * 4096];
        for order in [&[0, 2, 1, 3][..], &[0, 1, 3], &[0, 1, 1, 2, 3], &[0, 1, 2, 3, 3], &[1, 2, 3]] {
            let changed: Vec<u8> = order.iter().flat_map(|index| part(*index)).copied().collect();
            assert!(read_stream(&key(), PLACE, &changed).is_err(), "{order:?}");
        }
    }

    #[test]
    fn another_place_or_key_is_refused() {
        let stream = seal(&[5; 64], usize::MAX);
        assert!(read_stream(&key(), &PLACE.replace("000003", "000004"), &stream).is_err());
        assert!(read_stream(&DataKey::from_bytes(&[8; 32]).unwrap(), PLACE, &stream).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        #[test]
        fn any_content_in_any_pieces_round_trips(
            plaintext in prop::collection::vec(any::<u8>(), 1..20_000),
            step in 1_usize..9000,
        ) {
            let stream = seal(&plaintext, step);
            let read = read_stream(&key(), PLACE, &stream).unwrap();
            prop_assert_eq!(read.as_slice(), plaintext.as_slice());
        }
    }
}
