//! Random bytes from the operating system or the browser, and from nowhere else.

use core::convert::Infallible;

use rand_core::{TryCryptoRng, TryRng};
use zeroize::Zeroizing;

use crate::{Error, ErrorKind, Result};

/// Bytes drawn beforehand: an encapsulation of X-Wing takes 64, the seed of an RSA-OAEP encryption 32.
const DRAWN_BYTES: usize = 256;

/// Fills `bytes` from the system's generator.
///
/// # Errors
/// `RandomUnavailable` when there is none; nothing may be sealed then.
pub(super) fn fill(bytes: &mut [u8]) -> Result<()> {
    getrandom::fill(bytes)
        .map_err(|_| Error::new(ErrorKind::RandomUnavailable, "the system gave no random bytes"))
}

/// Random bytes drawn beforehand, for libraries whose generators must not fail.
pub(super) struct Drawn {
    bytes: Zeroizing<[u8; DRAWN_BYTES]>,
    used: usize,
}

impl Drawn {
    /// Draws.
    ///
    /// # Errors
    /// As [`fill`].
    pub(super) fn new() -> Result<Self> {
        let mut bytes = Zeroizing::new([0_u8; DRAWN_BYTES]);
        fill(bytes.as_mut_slice())?;
        Ok(Self { bytes, used: 0 })
    }

    /// What was made of it counts only if it sufficed.
    ///
    /// # Errors
    /// `RandomUnavailable` when more was asked for than was drawn.
    pub(super) fn check(&self) -> Result<()> {
        if self.used <= DRAWN_BYTES {
            return Ok(());
        }
        Err(Error::new(ErrorKind::RandomUnavailable, "more random bytes were needed than were drawn"))
    }

    fn take(&mut self, bytes: &mut [u8]) {
        let from = self.used;
        self.used = self.used.saturating_add(bytes.len());
        // Beyond the end nothing is written, and `check` refuses the result.
        if let Some(drawn) = self.bytes.get(from..self.used) {
            bytes.copy_from_slice(drawn);
        }
    }
}

impl TryRng for Drawn {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> core::result::Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.take(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> core::result::Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.take(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> core::result::Result<(), Infallible> {
        self.take(bytes);
        Ok(())
    }
}

impl TryCryptoRng for Drawn {}

#[cfg(test)]
mod tests {
    use super::{DRAWN_BYTES, Drawn};
    use rand_core::TryRng as _;

    #[test]
    fn what_was_drawn_is_given_once_and_never_more() {
        let mut drawn = Drawn::new().unwrap();
        let (mut first, mut second) = ([0; DRAWN_BYTES / 2], [0; DRAWN_BYTES / 2]);
        drawn.try_fill_bytes(&mut first).unwrap();
        drawn.try_fill_bytes(&mut second).unwrap();
        assert_ne!(first, second);
        drawn.check().unwrap();
        drawn.try_next_u32().unwrap();
        assert_eq!(drawn.check().unwrap_err().code(), "random/unavailable");
    }
}
