//! `callseal serve` (being written).

use crate::failure::Failure;

/// The arguments of `callseal serve`.
#[derive(Debug, clap::Args)]
pub struct Arguments {}

/// Runs the server until it is told to end.
///
/// # Errors
/// A [`Failure`] with the exit code and one sentence.
pub fn run(_arguments: Arguments) -> Result<(), Failure> {
    Err(Failure::missing_prerequisite("`serve` is being written"))
}
