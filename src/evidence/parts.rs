//! The parts of a call's evidence.

use core::fmt;

use serde_json::Value;

use crate::audio::channels::Channels;
use crate::names::ObjectName;

/// Who called whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The customer called.
    Inbound,
    /// The agent called.
    Outbound,
}

/// What a party is in the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartyRole {
    /// The agent at whose desk the recorder runs.
    Agent,
    /// The customer.
    Customer,
    /// Someone who joined: a transfer, a conference.
    Participant,
}

impl PartyRole {
    /// The word in exports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Customer => "customer",
            Self::Participant => "participant",
        }
    }
}

/// One party. Its index is its position.
#[derive(Clone, PartialEq, Eq)]
pub struct PartyEvidence {
    /// What it is in the call.
    pub role: PartyRole,
    /// Its name; personal.
    pub name: Option<String>,
    /// Its number, E.164 with the plus sign; personal.
    pub tel: Option<String>,
    /// Where it is taken to be: a country or a country and its subdivision, for example `US-CA`.
    pub place: Option<String>,
    /// Where on the timeline it joined, if it was not there from the beginning: it has heard nothing from before.
    pub joined_sample: Option<u64>,
    /// Where it left, if it did before the end: it has heard nothing from behind.
    pub left_sample: Option<u64>,
}

impl fmt::Debug for PartyEvidence {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("PartyEvidence").field("role", &self.role).finish_non_exhaustive()
    }
}

/// What the recording is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purpose {
    /// Stable word, for example `quality`.
    pub id: String,
    /// How to name it to people, where the receipt's language has no word of its own for `id`.
    pub label: Option<String>,
}

/// The company that is responsible for the recording.
#[derive(Clone, PartialEq, Eq)]
pub struct Controller {
    /// Its name.
    pub name: String,
    /// Its postal address in one line.
    pub address: Option<String>,
    /// Where to write or call, also to withdraw: an address or a number.
    pub contact: String,
    /// Its privacy notice, an HTTPS address.
    pub privacy_notice_url: String,
    /// What it records for.
    pub purposes: Vec<Purpose>,
    /// How many days it keeps the recording, if that is fixed.
    pub retention_days: Option<u32>,
    /// Where it stores the recording: places as in [`PartyEvidence::place`].
    pub storage_places: Vec<String>,
    /// Who else receives the recording.
    pub recipients: Vec<String>,
}

impl fmt::Debug for Controller {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Controller").field("purposes", &self.purposes.len()).finish_non_exhaustive()
    }
}

/// The basis of the processing (GDPR Article 6(1); the words are those of draft-howe-vcon-lawful-basis).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LawfulBasis {
    /// The party agreed.
    Consent,
    /// A contract needs it.
    Contract,
    /// A law demands it.
    LegalObligation,
    /// Someone's life depends on it.
    VitalInterests,
    /// An official task needs it.
    PublicTask,
    /// The controller's interests outweigh.
    LegitimateInterests,
}

impl LawfulBasis {
    /// The word in exports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Consent => "consent",
            Self::Contract => "contract",
            Self::LegalObligation => "legal_obligation",
            Self::VitalInterests => "vital_interests",
            Self::PublicTask => "public_task",
            Self::LegitimateInterests => "legitimate_interests",
        }
    }
}

/// What was decided about the call, and why.
#[derive(Clone, PartialEq)]
pub struct DecisionSummary {
    /// The basis of the recording.
    pub basis: LawfulBasis,
    /// When the basis ends by itself, if it does.
    pub expires_at_ms: Option<u64>,
    /// The rule, for example `all_party`.
    pub rule: String,
    /// The recording mode, for example `nothing_before_yes`.
    pub mode: String,
    /// The places that counted, for example `US-CA`.
    pub places: Vec<String>,
    /// The whole explanation of the jurisdiction engine, as it is.
    pub explanation: Value,
}

impl fmt::Debug for DecisionSummary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("DecisionSummary")
            .field("basis", &self.basis)
            .field("rule", &self.rule)
            .field("mode", &self.mode)
            .finish_non_exhaustive()
    }
}

/// A disclosure that was played or read out.
#[derive(Debug, Clone, PartialEq)]
pub struct DisclosureEvidence {
    /// Which prompt.
    pub prompt_id: String,
    /// Its version.
    pub version: u32,
    /// Its language, BCP 47.
    pub language: String,
    /// SHA-256 of its sound.
    pub sha256: String,
    /// Its words.
    pub text: String,
    /// Where it began.
    pub start_sample: u64,
    /// Where it ended.
    pub end_sample: u64,
    /// How much of it went out, 0 to 1.
    pub fraction_delivered: Option<f64>,
}

/// Yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The party agrees.
    Yes,
    /// It does not.
    No,
}

impl Answer {
    /// The word in exports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
        }
    }
}

/// How an answer was captured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerMethod {
    /// The agent pressed a button of the panel.
    AgentButton,
    /// The agent pressed a hotkey.
    AgentHotkey,
    /// The party pressed a key of its telephone: 1 yes, 2 no.
    Keypad,
    /// The host asked elsewhere and vouches for the answer.
    HostAssertion,
    /// The party heard the notice and stayed.
    NoticeAndStay,
}

impl AnswerMethod {
    /// The word in exports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AgentButton => "agent_button",
            Self::AgentHotkey => "agent_hotkey",
            Self::Keypad => "keypad",
            Self::HostAssertion => "host_assertion",
            Self::NoticeAndStay => "notice_and_stay",
        }
    }
}

/// An answer.
#[derive(Clone, PartialEq, Eq)]
pub struct AnswerEvidence {
    /// Who answered.
    pub party: u32,
    /// What.
    pub answer: Answer,
    /// How it was captured.
    pub method: AnswerMethod,
    /// Which of the offered wordings the agent attested.
    pub words_id: Option<String>,
    /// The party that entered it, if one did.
    pub actor: Option<u32>,
    /// The host's reference to its own record; may be personal.
    pub reference: Option<String>,
    /// When.
    pub at_ms: u64,
    /// When on the timeline, if it was within the call.
    pub sample: Option<u64>,
}

impl fmt::Debug for AnswerEvidence {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("AnswerEvidence")
            .field("party", &self.party)
            .field("answer", &self.answer)
            .field("method", &self.method)
            .field("sample", &self.sample)
            .finish_non_exhaustive()
    }
}

/// What happens to what was recorded before a withdrawal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WithdrawalEffect {
    /// It is kept.
    StopAndKeep,
    /// Its keys are deleted.
    StopAndShred,
    /// It is kept until then.
    KeepUntil {
        /// Milliseconds since 1970-01-01 UTC.
        until_ms: u64,
    },
}

impl WithdrawalEffect {
    /// The word in exports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::StopAndKeep => "stop_and_keep",
            Self::StopAndShred => "stop_and_shred",
            Self::KeepUntil { .. } => "stop_and_keep_until",
        }
    }
}

/// A withdrawal, within the call or after it.
#[derive(Clone, PartialEq, Eq)]
pub struct WithdrawalEvidence {
    /// Who withdrew.
    pub party: u32,
    /// How it was captured.
    pub method: AnswerMethod,
    /// The party that entered it, if one did.
    pub actor: Option<u32>,
    /// The host's reference to its own record; may be personal.
    pub reference: Option<String>,
    /// When.
    pub at_ms: u64,
    /// When on the timeline, if it was within the call.
    pub sample: Option<u64>,
    /// What happens to what there is.
    pub effect: WithdrawalEffect,
}

impl fmt::Debug for WithdrawalEvidence {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("WithdrawalEvidence")
            .field("party", &self.party)
            .field("method", &self.method)
            .field("effect", &self.effect)
            .finish_non_exhaustive()
    }
}

/// A stretch that was cut out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedactionEvidence {
    /// First silent sample.
    pub from_sample: u64,
    /// First sample behind the silence.
    pub to_sample: u64,
    /// What caused it, for example `field_focus`.
    pub trigger: String,
    /// What was protected, for example `card_number`.
    pub class: String,
    /// The party that caused it by hand, if one did.
    pub actor: Option<u32>,
    /// When it was decided.
    pub decided_at_ms: u64,
    /// Which channels are silent; both where an older ledger does not say.
    pub channels: Option<Channels>,
    /// Milliseconds from the demand until its first silent frame left for the encoder, where somebody demanded it.
    pub latency_ms: Option<u64>,
}

/// A stretch without media.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GapEvidence {
    /// First missing sample.
    pub from_sample: u64,
    /// First sample behind the gap.
    pub to_sample: u64,
    /// Why, for example `suspended`.
    pub reason: String,
}

/// A sealed segment as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentEvidence {
    /// The object; always a segment's name.
    pub object: ObjectName,
    /// Its bytes.
    pub size_bytes: u64,
    /// SHA-256 of the stored ciphertext.
    pub sha256: String,
    /// SHA-512 of the stored ciphertext, which a vCon's `content_hash` wants.
    pub sha512: Option<String>,
    /// Where it begins.
    pub start_sample: u64,
    /// Where it ends; unknown after a crash.
    pub end_sample: Option<u64>,
}

/// A chunk of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerChunkEvidence {
    /// The object; always a chunk's name.
    pub object: ObjectName,
    /// SHA-256 of the chunk.
    pub sha256: String,
    /// The lines themselves, to carry them inline.
    pub content: Option<String>,
}

/// The ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerEvidence {
    /// Hash of the last entry.
    pub head: String,
    /// Entries up to it.
    pub entries: u64,
    /// The chunks, in order.
    pub chunks: Vec<LedgerChunkEvidence>,
}

/// How the call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was recorded to its end.
    Recorded,
    /// It was recorded until a party withdrew.
    Withdrawn,
    /// A party declined; nothing was recorded.
    Declined,
    /// A party declined; only the agent's own side was recorded.
    AgentSide,
    /// No answer came; nothing was recorded.
    Unanswered,
    /// Recording failed; there may be a beginning.
    Failed,
}

impl Outcome {
    /// The word in exports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::Withdrawn => "withdrawn",
            Self::Declined => "declined",
            Self::AgentSide => "agent_side",
            Self::Unanswered => "unanswered",
            Self::Failed => "failed",
        }
    }

    /// Whether audio may exist.
    #[must_use]
    pub const fn may_have_audio(self) -> bool {
        matches!(self, Self::Recorded | Self::Withdrawn | Self::AgentSide | Self::Failed)
    }
}
