//! What a stream held, wiped when it is let go.
//!
//! Must never be copied, written anywhere in passing, or let go unwiped.

use core::fmt;
use core::ops::Deref;

use zeroize::Zeroize as _;

/// Decrypted bytes. Wiped as one slice: `Zeroizing<Vec<u8>>` wipes byte by byte, which took a third of the time of opening.
pub struct Plaintext(Vec<u8>);

impl Plaintext {
    /// Nothing yet, with room for so many bytes: more than that must not be pushed, since what is moved leaves a copy.
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    /// To append to, within the capacity.
    pub(super) const fn bytes_mut(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }
}

impl Deref for Plaintext {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.0
    }
}

impl Drop for Plaintext {
    fn drop(&mut self) {
        self.0.as_mut_slice().zeroize();
    }
}

impl fmt::Debug for Plaintext {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Plaintext").field("bytes", &self.0.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::Plaintext;

    #[test]
    fn debug_shows_a_length_and_no_content() {
        let mut plaintext = Plaintext::with_capacity(8);
        plaintext.bytes_mut().extend_from_slice(b"4111");
        assert_eq!(format!("{plaintext:?}"), "Plaintext { bytes: 4 }");
    }
}
