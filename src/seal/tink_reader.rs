//! Reading one Tink stream: whole, or as far as a crashed writer got.
//!
//! Must never return plaintext of a stream that failed a check, and never take a cut stream for a whole one.

use aes_gcm::{Aes256Gcm, aead::AeadInOut as _};

use super::data_key::DataKey;
use super::nonce::nonce;
use super::plaintext::Plaintext;
use super::tink::{HEADER_BYTES, Header, SEGMENT_BYTES, TAG_BYTES};
use crate::{Error, ErrorKind, Result};

/// Decrypts a whole stream.
///
/// # Errors
/// `Truncated` when the stream ends in its header or its last segment is not marked as the last; `Corrupt` when
/// anything else does not authenticate. A wrong key, place (associated data) or bit are one and the same here.
pub fn read_stream(key: &DataKey, associated_data: &str, stream: &[u8]) -> Result<Plaintext> {
    let (header, body) = Header::split(stream)?;
    let cipher = header.cipher(key, associated_data)?;
    let mut plaintext = Plaintext::with_capacity(body.len());
    let mut segments = Segments::of(body).peekable();
    if segments.peek().is_none() {
        return Err(Error::new(ErrorKind::Truncated, "the stream ends behind its header"));
    }
    while let Some((counter, segment)) = segments.next() {
        let counter = counter?;
        let is_last = segments.peek().is_none();
        if is_last && segment.len() <= TAG_BYTES {
            // An empty last segment is forbidden, and a shorter one is the rest of a cut.
            return Err(Error::new(ErrorKind::Truncated, "the stream ends within a segment"));
        }
        if open_segment(&cipher, &header, counter, is_last, segment, &mut plaintext) {
            continue;
        }
        if is_last && open_segment(&cipher, &header, counter, false, segment, &mut plaintext) {
            return Err(Error::new(ErrorKind::Truncated, "the stream ends before its last segment"));
        }
        let detail = format!("segment {counter} of the stream does not authenticate");
        return Err(Error::new(ErrorKind::Corrupt, detail));
    }
    Ok(plaintext)
}

/// What could be read of a stream that its writer never ended.
pub struct UnterminatedStream {
    /// The plaintext of every whole Tink segment.
    pub plaintext: Plaintext,
    /// Whole Tink segments read.
    pub segments: u32,
    /// Bytes of a torn segment at the end, which nothing could authenticate; 0 as the format asks.
    pub torn_bytes: usize,
    /// Whether the last whole segment is marked as the last: then nothing is missing.
    pub is_terminated: bool,
}

impl core::fmt::Debug for UnterminatedStream {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter
            .debug_struct("UnterminatedStream")
            .field("plaintext_bytes", &self.plaintext.len())
            .field("segments", &self.segments)
            .field("torn_bytes", &self.torn_bytes)
            .field("is_terminated", &self.is_terminated)
            .finish()
    }
}

/// Decrypts the whole Tink segments of a stream that a crash cut (docs/format.md §6, "Unterminated segments").
///
/// # Errors
/// `Corrupt` when a whole segment does not authenticate.
pub fn read_unterminated_stream(
    key: &DataKey,
    associated_data: &str,
    stream: &[u8],
) -> Result<UnterminatedStream> {
    let mut read = UnterminatedStream {
        plaintext: Plaintext::with_capacity(stream.len()),
        segments: 0,
        torn_bytes: 0,
        is_terminated: false,
    };
    if stream.len() < HEADER_BYTES {
        read.torn_bytes = stream.len();
        return Ok(read);
    }
    let (header, body) = Header::split(stream)?;
    let cipher = header.cipher(key, associated_data)?;
    let mut segments = Segments::of(body).peekable();
    while let Some((counter, segment)) = segments.next() {
        let counter = counter?;
        let is_final = segments.peek().is_none();
        if open_segment(&cipher, &header, counter, false, segment, &mut read.plaintext) {
            // Kept; another one may follow.
        } else if is_final && open_segment(&cipher, &header, counter, true, segment, &mut read.plaintext) {
            read.is_terminated = true;
        } else if is_final && segment.len() < Segments::whole(counter) {
            read.torn_bytes = segment.len();
            break;
        } else {
            let detail = format!("segment {counter} of the stream does not authenticate");
            return Err(Error::new(ErrorKind::Corrupt, detail));
        }
        read.segments = read.segments.saturating_add(1);
    }
    Ok(read)
}

/// Whether any Tink segment of the stream was sealed with `key` for this place; tells a changed stream from a foreign
/// one. Too short a stream to hold a whole segment is given the benefit of the doubt.
#[must_use]
pub fn is_sealed_with(key: &DataKey, associated_data: &str, stream: &[u8]) -> bool {
    let Ok((header, body)) = Header::split(stream) else { return true };
    let Ok(cipher) = header.cipher(key, associated_data) else { return true };
    let mut opened = Plaintext::with_capacity(SEGMENT_BYTES);
    let mut is_own = |counter: u32, segment: &[u8]| {
        opened.bytes_mut().clear();
        [false, true]
            .iter()
            .any(|is_last| open_segment(&cipher, &header, counter, *is_last, segment, &mut opened))
    };
    stream.len() < SEGMENT_BYTES
        || Segments::of(body).any(|(counter, segment)| counter.is_ok_and(|counter| is_own(counter, segment)))
}

/// Appends the plaintext of Tink segment `counter` to `plaintext`, which has room for it, and tells whether it is authentic;
/// nothing is appended when it is not. Decrypted where it stays, so that no copy is made and none has to be wiped; the
/// cipher compares the tag, in constant time, before it decrypts.
fn open_segment(
    cipher: &Aes256Gcm,
    header: &Header,
    counter: u32,
    is_last: bool,
    segment: &[u8],
    plaintext: &mut Plaintext,
) -> bool {
    let plaintext = plaintext.bytes_mut();
    let Some((ciphertext, tag)) = segment.split_last_chunk::<TAG_BYTES>() else { return false };
    let start = plaintext.len();
    plaintext.extend_from_slice(ciphertext);
    let nonce = nonce(&header.nonce_prefix, counter, is_last);
    let is_authentic = plaintext
        .get_mut(start..)
        .is_some_and(|text| cipher.decrypt_inout_detached(&nonce, b"", text.into(), &(*tag).into()).is_ok());
    if !is_authentic {
        plaintext.truncate(start);
    }
    is_authentic
}

/// Cuts the body of a stream into its Tink segments.
struct Segments<'a> {
    rest: &'a [u8],
    counter: Option<u32>,
}

impl<'a> Segments<'a> {
    const fn of(body: &'a [u8]) -> Self {
        Self { rest: body, counter: Some(0) }
    }

    /// Ciphertext bytes of a full segment `counter`: the first shares its room with the header.
    const fn whole(counter: u32) -> usize {
        if counter == 0 { SEGMENT_BYTES - HEADER_BYTES } else { SEGMENT_BYTES }
    }
}

impl<'a> Iterator for Segments<'a> {
    type Item = (Result<u32>, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let counter = self.counter;
        let whole = Self::whole(counter.unwrap_or(u32::MAX));
        let (segment, rest) = self.rest.split_at(whole.min(self.rest.len()));
        self.rest = rest;
        self.counter = counter.and_then(|counter| counter.checked_add(1));
        let too_long = || Error::new(ErrorKind::Corrupt, "the stream has more than 2^32 segments");
        Some((counter.ok_or_else(too_long), segment))
    }
}

#[cfg(test)]
mod tests {
    use super::{is_sealed_with, read_stream, read_unterminated_stream};
    use crate::seal::{DataKey, TinkWriter};

    const PLACE: &str = "callseal/1/0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa/0/000003";

    /// What a crashed writer leaves behind of `length` plaintext bytes, and what an orderly end adds.
    fn written(length: usize) -> (DataKey, Vec<u8>, Vec<u8>) {
        let key = DataKey::generate().unwrap();
        let mut writer = TinkWriter::new(&key, PLACE).unwrap();
        let mut stream = Vec::new();
        writer.push(&vec![3; length], &mut stream).unwrap();
        let crashed = stream.clone();
        writer.finish(&mut stream).unwrap();
        (key, crashed, stream)
    }

    #[test]
    fn a_crashed_stream_gives_its_whole_segments() {
        for (length, expected) in [(1, 0), (4040, 0), (4041, 4040), (8121, 8120), (20_000, 4040 + 3 * 4080)] {
            let (key, crashed, _) = written(length);
            let read = read_unterminated_stream(&key, PLACE, &crashed).unwrap();
            assert_eq!((read.plaintext.len(), read.torn_bytes, read.is_terminated), (expected, 0, false));
            assert!(read_stream(&key, PLACE, &crashed).is_err());
        }
    }

    #[test]
    fn a_torn_rest_is_reported_and_not_read() {
        let (key, _, stream) = written(9000);
        let near = |boundary: usize| boundary.saturating_sub(20)..boundary + 20;
        for length in near(20).chain(near(40)).chain(near(4096)).chain(near(8192)).chain([2000, 6000, 9000]) {
            let read = read_unterminated_stream(&key, PLACE, &stream[..length]).unwrap();
            let whole = length / 4096;
            assert_eq!(read.plaintext.len(), [0, 4040, 8120][whole], "cut at {length}");
            let torn = if length == 40 {
                0
            } else if whole == 0 && length > 40 {
                length - 40
            } else {
                length % 4096
            };
            assert_eq!(read.torn_bytes, torn, "cut at {length}");
        }
    }

    #[test]
    fn an_ended_stream_is_recognised() {
        let (key, _, stream) = written(9000);
        let read = read_unterminated_stream(&key, PLACE, &stream).unwrap();
        assert_eq!((read.plaintext.len(), read.is_terminated), (9000, true));
    }

    #[test]
    fn a_changed_bit_is_corrupt_even_without_an_end() {
        let (key, crashed, _) = written(9000);
        for byte in [1, 33, 40, 4095, 4096, 8191] {
            let mut changed = crashed.clone();
            changed[byte] ^= 1;
            assert_eq!(read_unterminated_stream(&key, PLACE, &changed).unwrap_err().code(), "open/corrupt");
        }
    }

    #[test]
    fn a_foreign_stream_is_told_from_a_changed_one() {
        let (key, _, mut stream) = written(9000);
        stream[5000] ^= 1;
        assert!(is_sealed_with(&key, PLACE, &stream));
        assert!(is_sealed_with(&key, PLACE, &stream[..4096]));
        let (_, _, foreign) = written(9000);
        assert!(!is_sealed_with(&key, PLACE, &foreign));
        assert!(!is_sealed_with(&key, &PLACE.replace("000003", "000004"), &stream));
    }

    #[test]
    fn debug_output_does_not_contain_the_plaintext() {
        let (key, crashed, _) = written(5000);
        let printed = format!("{:?}", read_unterminated_stream(&key, PLACE, &crashed).unwrap());
        assert!(!printed.contains("3, 3"), "{printed}");
    }
}
