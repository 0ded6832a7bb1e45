//! The account of one call, given to the host when the call is closed.
//!
//! Owns the shape that `docs/report.schema.json` describes. All sample numbers are on the call's timeline.

use serde::Serialize;

use crate::consent::ConsentEvent;
use crate::ledger::Outcome;
use crate::ledger::{DisclosurePlayed, ExposureFound, Gap, RedactionSpan};

/// An object of the call as it was handed to the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReportedObject {
    /// Name in the store.
    pub name: String,
    /// Size in bytes.
    pub size_bytes: u64,
    /// SHA-256 of its content.
    pub sha256: String,
}

/// See `CallReport` in `pkg/protocol.mjs`, where each field is explained.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs)]
pub struct CallReport {
    pub schema_version: u32,
    pub call_id: String,
    pub outcome: Outcome,
    pub sample_rate_hz: u32,
    pub recording_origin_ms: Option<u64>,
    pub call_duration_ms: u64,
    pub recording_duration_ms: u64,
    pub consent_events: Vec<ConsentEvent>,
    pub disclosure: Option<DisclosurePlayed>,
    pub redaction_spans: Vec<RedactionSpan>,
    pub gaps: Vec<Gap>,
    pub exposures: Vec<ExposureFound>,
    pub objects: Vec<ReportedObject>,
}
