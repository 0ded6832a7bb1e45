//! The account of a verification, as printed by `callseal verify --json`.

use serde::Serialize;

use super::evidence::{Evidence, Warning};
use super::examine::Examination;
use super::exposure::Exposure;
use super::fault::Fault;
use super::history::Level;
use super::orders::OrderAccount;
use super::shredding::Shredding;
use super::vcons::VconAccount;
use crate::names::CallId;

/// What was verified and what was found. Serializes to the JSON that programs read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VerificationReport {
    /// 1.
    pub schema_version: u32,
    /// The call.
    pub call_id: CallId,
    /// Whether nothing at all was found wrong; a call that a crash cut is not ok.
    pub ok: bool,
    /// How complete the call is.
    pub level: Level,
    /// Whether a key was given, and so the content verified too and not only the hashes.
    pub content_checked: bool,
    /// What the ledger proves, and to whom.
    pub evidence: Evidence,
    /// The vCons that hold, in the order of their versions; none without a key.
    pub vcons: Vec<VconAccount>,
    /// What is odd and no damage.
    pub warnings: Vec<Warning>,
    /// The demand to destroy the call's audio and what came of it; none where nobody demanded it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shredding: Option<Shredding>,
    /// Stretches that were recorded and should not have been.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exposures: Vec<Exposure>,
    /// What officers have ordered.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub orders: Vec<OrderAccount>,
    /// What is wrong, in the order of the checks; the first one decides the exit code.
    pub errors: Vec<ReportedError>,
    /// Parts of the recording.
    pub parts: usize,
    /// Segments of all parts.
    pub segments: usize,
    /// Entries of the ledger that could be read.
    pub entries: usize,
    /// Hash of the last of them: whoever notes it can later prove that nothing before it was changed.
    pub ledger_head: String,
}

/// One thing found wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReportedError {
    /// The stable code, as in [`crate::ErrorKind::code`].
    pub code: &'static str,
    /// The object's name.
    pub object: String,
    /// One sentence for people.
    pub message: String,
}

impl From<&Fault> for ReportedError {
    fn from(fault: &Fault) -> Self {
        Self { code: fault.kind.code(), object: fault.object.to_string(), message: fault.message.clone() }
    }
}

impl VerificationReport {
    pub(super) fn new(examination: &Examination, content_checked: bool) -> Self {
        let history = &examination.history;
        Self {
            schema_version: 1,
            call_id: history.call_id,
            ok: examination.faults.is_empty(),
            level: examination.level(),
            content_checked,
            evidence: examination.evidence.clone(),
            vcons: examination.vcons.clone(),
            warnings: examination.warnings.clone(),
            shredding: examination.shredding.clone(),
            exposures: examination.exposures.clone(),
            orders: examination.orders.clone(),
            errors: examination.faults.iter().map(ReportedError::from).collect(),
            parts: history.parts.len(),
            segments: history.segments().count(),
            entries: history.entries.len(),
            ledger_head: history.head.clone(),
        }
    }
}
