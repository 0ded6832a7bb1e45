//! Verifying a call.

use super::audio::NoSink;
use super::evidence::Trust;
use super::examine::examine;
use super::fault::Fault;
use super::report::VerificationReport;
use super::source::ObjectSource;
use crate::Result;
use crate::seal::KeyRing;

/// Verifies everything that can be verified; with keys, the content too. Nobody is trusted: see [`verify_trusting`]. The
/// faults are those of the report, in its order, for programs that want their kinds.
///
/// # Errors
/// Only when the source cannot be read; damage is in the report.
pub fn verify(
    source: &dyn ObjectSource,
    keys: Option<&dyn KeyRing>,
) -> Result<(VerificationReport, Vec<Fault>)> {
    verify_trusting(source, keys, &Trust::default())
}

/// The same for a reader who knows devices or servers: what they are asked for must hold, or it is a fault.
///
/// # Errors
/// Only when the source cannot be read; damage is in the report.
pub fn verify_trusting(
    source: &dyn ObjectSource,
    keys: Option<&dyn KeyRing>,
    trust: &Trust,
) -> Result<(VerificationReport, Vec<Fault>)> {
    let examination = examine(source, keys, trust, &mut NoSink)?;
    Ok((VerificationReport::new(&examination, keys.is_some()), examination.faults))
}
