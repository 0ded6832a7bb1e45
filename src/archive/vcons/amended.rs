//! Whether a later vCon is an amendment of the one before: the same, and then only less permitted than before.

use crate::vcon::{Vcon, is_amended_from};
use crate::{Error, ErrorKind, Result};

/// Checks `vcon` against the version `before`, where that is at hand and holds.
pub(super) fn check(vcon: &Vcon, before: Option<&Vcon>) -> Result<()> {
    if before.is_none_or(|before| is_amended_from(vcon, before)) {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Corrupt, "the vCon is not the version before and withdrawals added to it"))
}
