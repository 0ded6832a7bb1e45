//! The nonces of one Tink stream: counted, never repeated, never wrapped around.

use super::tink::NONCE_PREFIX_BYTES;
use crate::{Error, ErrorKind, Result};

/// A 96-bit GCM nonce: prefix ‖ big-endian counter ‖ last flag (docs/format.md §3).
pub(super) type Nonce = aes_gcm::Nonce<aes_gcm::aead::consts::U12>;

/// Gives out the nonces of one stream in order. Not `Clone`: a copy would give the same nonce twice.
#[derive(Debug)]
pub(super) struct NonceSequence {
    prefix: [u8; NONCE_PREFIX_BYTES],
    /// The counter of the next Tink segment; `None` when the 32 bits are used up.
    next: Option<u32>,
}

impl NonceSequence {
    pub(super) const fn new(prefix: [u8; NONCE_PREFIX_BYTES]) -> Self {
        Self { prefix, next: Some(0) }
    }

    /// The nonce of the next Tink segment, which is not the last.
    ///
    /// # Errors
    /// `LimitExceeded` when the counter has no value left for this segment and one after it.
    pub(super) fn next(&mut self) -> Result<Nonce> {
        let counter = self.next.ok_or_else(overflow)?;
        self.next = Some(counter.checked_add(1).ok_or_else(overflow)?);
        Ok(nonce(&self.prefix, counter, false))
    }

    /// The nonce of the last Tink segment; there is none after it.
    ///
    /// # Errors
    /// `LimitExceeded` when the counter is used up.
    pub(super) fn last(self) -> Result<Nonce> {
        Ok(nonce(&self.prefix, self.next.ok_or_else(overflow)?, true))
    }
}

/// The nonce of Tink segment `counter`.
pub(super) fn nonce(prefix: &[u8; NONCE_PREFIX_BYTES], counter: u32, is_last: bool) -> Nonce {
    let mut nonce = Nonce::default();
    let bytes = prefix.iter().copied().chain(counter.to_be_bytes()).chain([u8::from(is_last)]);
    nonce.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
    nonce
}

fn overflow() -> Error {
    Error::new(ErrorKind::LimitExceeded, "one stream cannot hold more than 2^32 Tink segments")
}

#[cfg(test)]
mod tests {
    use super::{NonceSequence, nonce};
    use std::collections::HashSet;

    const PREFIX: [u8; 7] = [1, 2, 3, 4, 5, 6, 7];

    #[test]
    fn layout_is_prefix_counter_flag() {
        assert_eq!(nonce(&PREFIX, 0x0a0b_0c0d, true).as_slice(), [1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13, 1]);
        assert_eq!(nonce(&PREFIX, 0, false).as_slice(), [1, 2, 3, 4, 5, 6, 7, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn no_nonce_repeats_within_a_stream() {
        let mut sequence = NonceSequence::new(PREFIX);
        let mut seen: HashSet<Vec<u8>> = (0..10_000).map(|_| sequence.next().unwrap().to_vec()).collect();
        seen.insert(sequence.last().unwrap().to_vec());
        assert_eq!(seen.len(), 10_001);
    }

    #[test]
    fn the_counter_ends_instead_of_wrapping() {
        let mut sequence = NonceSequence { prefix: PREFIX, next: Some(u32::MAX - 1) };
        assert!(sequence.next().is_ok());
        assert!(sequence.next().is_err());
        let last = NonceSequence { prefix: PREFIX, next: Some(u32::MAX) };
        assert_eq!(last.last().unwrap().as_slice()[7..], [255, 255, 255, 255, 1]);
    }
}
