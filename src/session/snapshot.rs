//! What the panel shows of one call.
//!
//! Owns the picture, not the decision: everything here is derived from the session's state.

use serde::Serialize;

use crate::audio::channels::Channels;
use crate::jurisdiction::{Mode, Rule};
use crate::ledger::Outcome;

/// Where the call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Not answered yet.
    Ringing,
    /// The disclosure is being delivered.
    Disclosing,
    /// Disclosed; the answer is awaited.
    Asking,
    /// Asked as often as the policy says; no answer. The question can be asked again.
    Unanswered,
    /// Audio is kept.
    Recording,
    /// Nothing is or will be recorded.
    Declined,
    /// Somebody said no; only the agent's own side is kept.
    AgentSide,
    /// Recording was stopped by a withdrawal; the call goes on.
    Withdrawn,
    /// Recording ended in a fault; the call goes on.
    Failed,
    /// Hung up; the last seconds are being sealed.
    Closing,
    /// Done.
    Closed,
}

/// What the agent may do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Allowed {
    /// Say that the far end has answered.
    Answered,
    /// Say that the words were read out.
    Read,
    /// Answer yes for the customer.
    Yes,
    /// Answer no for the customer.
    No,
    /// Withdraw the customer's yes.
    Withdraw,
    /// Play the disclosure again.
    Replay,
    /// Pause the recording.
    Pause,
    /// Resume it.
    Resume,
}

/// One party as the panel shows it; the agent is not among them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct PartyPicture {
    pub index: u32,
    pub role: &'static str,
    pub consent: &'static str,
    pub allowed: Vec<Allowed>,
}

/// The decision as the panel shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct LawPicture {
    pub mode: Mode,
    pub rule: Rule,
    pub summary: String,
    pub why: Vec<String>,
}

/// What ends a cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Resumes {
    /// The engine: what it has found, or the grace behind a pause.
    ByItself,
    /// That the field, the frame or the page is left.
    WhenLeft,
    /// The agent.
    Agent,
    /// The host, or the agent.
    Host,
}

/// Why the agent is reminded of a cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Alarm {
    /// It has lasted long.
    MaxPause,
    /// Both sides talk meanwhile.
    Forgotten,
}

/// What is cut out at the moment, as the panel shows it. See `CutPicture` in `pkg/protocol.mjs`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct CutPicture {
    pub since_ms: u64,
    pub confirmed: bool,
    pub class: String,
    pub trigger: String,
    pub channels: Channels,
    pub resumes: Resumes,
    pub out_of_sight: bool,
    pub alarm_in_ms: Option<u64>,
    pub alarm: Option<Alarm>,
}

/// See `Snapshot` in `pkg/protocol.mjs`, where each field is explained.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[allow(missing_docs)]
pub struct Snapshot {
    pub call_id: String,
    pub phase: Phase,
    pub recording: bool,
    pub redacting: bool,
    pub redaction_class: Option<String>,
    pub cut: Option<CutPicture>,
    pub warning: Option<String>,
    pub yes_pending: bool,
    pub paused: bool,
    pub parties: Vec<PartyPicture>,
    pub law: Option<LawPicture>,
    pub allowed: Vec<Allowed>,
    pub disclosure_text: String,
    pub elapsed_ms: u64,
    pub recorded_ms: u64,
    pub objects_total: usize,
    pub objects_stored: usize,
    pub store_reachable: bool,
    pub problem: Option<String>,
    pub outcome: Option<Outcome>,
    pub shredding: Option<&'static str>,
}
