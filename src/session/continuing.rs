//! What a recording goes on with that an engine before has begun.
//!
//! Owns the shape of it. Must never hold audio or a key but that of who signs from here on.

use crate::audio::clock::GapReason;
use crate::evidence::SegmentEvidence;
use crate::ledger::{CallResumed, EntryBody, ExposureFound, Gap, Ledger, RedactionSpan};
use crate::session::report::ReportedObject;

/// What a recording goes on with.
#[derive(Debug)]
pub struct Continuation {
    /// The ledger, to be continued; who signs it is not announced yet.
    pub ledger: Ledger,
    /// Number of the part that follows.
    pub part: u32,
    /// Entries that announce the signer and close what the engine before has left open.
    pub first: Vec<EntryBody>,
    /// The entry behind them: the call goes on.
    pub resumed: CallResumed,
    /// What there is of the call.
    pub earlier: Earlier,
}

/// What there was of a call before the engine that works on it now.
#[derive(Debug, Clone, Default)]
pub struct Earlier {
    /// First sample of the first part.
    pub first_sample: Option<u64>,
    /// The sample up to which it is certain that audio is there: an unterminated segment may hold more.
    pub certain_end_sample: Option<u64>,
    /// Objects made.
    pub objects: Vec<ReportedObject>,
    /// Segments that have an object.
    pub segments: Vec<SegmentEvidence>,
    /// Complete spans.
    pub spans: Vec<RedactionSpan>,
    /// Gaps.
    pub gaps: Vec<Gap>,
    /// Stretches that should not have been encoded.
    pub exposures: Vec<ExposureFound>,
}

impl Earlier {
    /// What is missing between the audio that is certain to be there and `sample`, where another engine goes on. An earlier
    /// such hole is not told twice.
    #[must_use]
    pub fn hole_before(&self, sample: u64) -> Option<Gap> {
        let reason = GapReason::EngineRestarted.as_str();
        let told = self.gaps.iter().filter(|gap| gap.reason == reason).map(|gap| gap.to_sample).max();
        let from_sample = self.certain_end_sample?.max(told.unwrap_or(0));
        (from_sample < sample).then(|| Gap { from_sample, to_sample: sample, reason: reason.to_owned() })
    }
}
