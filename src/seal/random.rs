//! Random bytes from the operating system or the browser, and from nowhere else.

use crate::{Error, ErrorKind, Result};

/// Fills `bytes` from the system's generator.
///
/// # Errors
/// `RandomUnavailable` when there is none; nothing may be sealed then.
pub(super) fn fill(bytes: &mut [u8]) -> Result<()> {
    getrandom::fill(bytes)
        .map_err(|_| Error::new(ErrorKind::RandomUnavailable, "the system gave no random bytes"))
}
