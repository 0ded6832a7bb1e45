//! The kinds of entries and their bodies, as the table of docs/format.md §6 lists them.
//!
//! All `*_sample` values count samples at 48 kHz on the call's timeline, all `*_ms` milliseconds since 1970-01-01
//! UTC, all hashes are lower-case hexadecimal SHA-256. Unknown members are ignored by readers (the chain covers
//! them all the same); unknown kinds are not.

use serde::{Deserialize, Serialize};

use super::exposure::ExposureEffect;
use super::signature::SignerStatement;
use crate::audio::channels::Channels;
use crate::disclosure::Delivery;
use crate::names::CallId;

/// One entry as read: its body and its place in the chain.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The entry's number in the call, from 0.
    pub seq: u64,
    /// When it was written.
    pub at_ms: u64,
    /// What it says.
    pub body: EntryBody,
    /// The entry's own hash, which the next one states as `prev`.
    pub hash: String,
}

/// What an entry says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "body")]
#[non_exhaustive]
pub enum EntryBody {
    /// The recording of the call begins to exist.
    #[serde(rename = "call.opened")]
    CallOpened(CallOpened),
    /// The prompt was played into the call.
    #[serde(rename = "disclosure.played")]
    DisclosurePlayed(DisclosurePlayed),
    /// A party agreed.
    #[serde(rename = "consent.answered")]
    ConsentAnswered(ConsentAnswered),
    /// A party took its consent back.
    #[serde(rename = "consent.withdrawn")]
    ConsentWithdrawn(ConsentWithdrawn),
    /// The engine started: a new Ogg stream.
    #[serde(rename = "part.opened")]
    PartOpened(PartOpened),
    /// A segment's key exists and is wrapped; its first byte may follow.
    #[serde(rename = "segment.opened")]
    SegmentOpened(SegmentOpened),
    /// A segment is complete.
    #[serde(rename = "segment.sealed")]
    SegmentSealed(SegmentSealed),
    /// A segment was found unterminated after a crash.
    #[serde(rename = "segment.recovered")]
    SegmentRecovered(SegmentRecovered),
    /// Audio was cut out.
    #[serde(rename = "redaction.span")]
    RedactionSpan(RedactionSpan),
    /// Something sensitive was found when its audio had been encoded already.
    #[serde(rename = "exposure.found")]
    ExposureFound(ExposureFound),
    /// Which law counts, and what it asks: the decision as `docs/jurisdiction.md` describes it.
    #[serde(rename = "decision.made")]
    DecisionMade(serde_json::Value),
    /// A party gave no answer.
    #[serde(rename = "consent.timed_out")]
    ConsentTimedOut(ConsentTimedOut),
    /// After a no: from here on the agent's own side is recorded.
    #[serde(rename = "agent_side.began")]
    AgentSideBegan(AgentSideBegan),
    /// Somebody joined the call.
    #[serde(rename = "party.joined")]
    PartyJoined(PartyMoved),
    /// Somebody left it.
    #[serde(rename = "party.left")]
    PartyLeft(PartyMoved),
    /// Media were missing.
    #[serde(rename = "gap")]
    Gap(Gap),
    /// The call's audio and keys are to be destroyed.
    #[serde(rename = "shred.requested")]
    ShredRequested(ShredRequested),
    /// The store has acknowledged an object.
    #[serde(rename = "storage.acknowledged")]
    StorageAcknowledged(StorageAcknowledged),
    /// Something went wrong.
    #[serde(rename = "trouble.noted")]
    TroubleNoted(TroubleNoted),
    /// The part is complete, or was cut by a crash.
    #[serde(rename = "part.closed")]
    PartClosed(PartClosed),
    /// The call is complete; the last entry.
    #[serde(rename = "call.closed")]
    CallClosed(CallClosed),
    /// Another key signs from here on, this entry included: the recovery's, which has not the call's.
    #[serde(rename = "signer.changed")]
    SignerChanged(SignerChanged),
    /// The call ended in a crash and is closed by its recovery; the last entry.
    #[serde(rename = "call.recovered")]
    CallRecovered(CallRecovered),
    /// The engine died and another one goes on with the call, under the key that the entry before it names.
    #[serde(rename = "call.resumed")]
    CallResumed(CallResumed),
}

impl EntryBody {
    /// Every kind this version knows.
    pub const KINDS: &'static [&'static str] = &[
        "call.opened",
        "disclosure.played",
        "consent.answered",
        "consent.withdrawn",
        "part.opened",
        "segment.opened",
        "segment.sealed",
        "segment.recovered",
        "redaction.span",
        "exposure.found",
        "decision.made",
        "consent.timed_out",
        "agent_side.began",
        "party.joined",
        "party.left",
        "gap",
        "shred.requested",
        "storage.acknowledged",
        "trouble.noted",
        "part.closed",
        "call.closed",
        "signer.changed",
        "call.recovered",
        "call.resumed",
    ];

    /// The entry's kind.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::CallOpened(_) => "call.opened",
            Self::DisclosurePlayed(_) => "disclosure.played",
            Self::ConsentAnswered(_) => "consent.answered",
            Self::ConsentWithdrawn(_) => "consent.withdrawn",
            Self::PartOpened(_) => "part.opened",
            Self::SegmentOpened(_) => "segment.opened",
            Self::SegmentSealed(_) => "segment.sealed",
            Self::SegmentRecovered(_) => "segment.recovered",
            Self::RedactionSpan(_) => "redaction.span",
            Self::ExposureFound(_) => "exposure.found",
            Self::DecisionMade(_) => "decision.made",
            Self::ConsentTimedOut(_) => "consent.timed_out",
            Self::AgentSideBegan(_) => "agent_side.began",
            Self::PartyJoined(_) => "party.joined",
            Self::PartyLeft(_) => "party.left",
            Self::Gap(_) => "gap",
            Self::ShredRequested(_) => "shred.requested",
            Self::StorageAcknowledged(_) => "storage.acknowledged",
            Self::TroubleNoted(_) => "trouble.noted",
            Self::PartClosed(_) => "part.closed",
            Self::CallClosed(_) => "call.closed",
            Self::SignerChanged(_) => "signer.changed",
            Self::CallRecovered(_) => "call.recovered",
            Self::CallResumed(_) => "call.resumed",
        }
    }
}

/// One party of the call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// 0 agent, 1 customer, further parties follow.
    pub index: u32,
    /// `agent` or `customer`.
    pub role: String,
}

/// Body of `call.opened`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallOpened {
    /// The call.
    pub call_id: CallId,
    /// Name and version of the writer, for example `callseal 0.1.0`.
    pub software: String,
    /// The recording mode, for example `nothing_before_yes`.
    pub mode: String,
    /// Hash of the policy (configuration) in force.
    pub policy_sha256: String,
    /// 48000.
    pub sample_rate_hz: u32,
    /// The parties at that time.
    pub parties: Vec<Party>,
    /// When the media connected: sample 0 of the timeline.
    pub answered_at_ms: u64,
    /// Who signs the entries; an unsigned ledger has none. Filled in by the ledger that signs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signer: Option<SignerStatement>,
}

/// Body of `disclosure.played`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DisclosurePlayed {
    /// Which prompt.
    pub prompt_id: String,
    /// Its version.
    pub version: u32,
    /// Its language, BCP 47.
    pub language: String,
    /// Hash of the prompt's audio file; of its text where the agent read it out.
    pub sha256: String,
    /// How it was delivered.
    #[serde(default)]
    pub delivery: Delivery,
    /// Where it began.
    pub start_sample: u64,
    /// Where it ended.
    pub end_sample: u64,
    /// How much of it went out, 0 to 1, as measured; nothing is measured where the agent read it out.
    pub fraction_delivered: Option<f64>,
}

/// Body of `consent.answered`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentAnswered {
    /// Who answered.
    pub party: u32,
    /// `yes` or `no`.
    pub answer: String,
    /// How it was captured: a word of [`crate::consent::Method::as_str`].
    pub method: String,
    /// What was said, by the name the agent chose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
    /// Who entered it.
    pub actor: u32,
    /// When, on the timeline.
    pub sample: u64,
    /// Hash of the prompt that was answered; empty where it was asked elsewhere.
    pub prompt_sha256: String,
    /// Hash of the host's signed statement, where it was asked elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assertion_sha256: Option<String>,
}

/// Body of `consent.withdrawn`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentWithdrawn {
    /// Who withdrew.
    pub party: u32,
    /// How it was captured.
    pub method: String,
    /// Who entered it.
    pub actor: u32,
    /// When, on the timeline.
    pub sample: u64,
    /// What becomes of what was recorded before: `stop_and_keep`, `stop_and_shred` or `stop_and_keep_until`.
    pub effect: String,
}

/// Body of `shred.requested`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShredRequested {
    /// Why: `withdrawal`.
    pub reason: String,
    /// When it is to be done at the earliest; 0 at once.
    pub not_before_ms: u64,
}

/// Body of `storage.acknowledged`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StorageAcknowledged {
    /// The object's name.
    pub object: String,
    /// Hash of what the store has acknowledged.
    pub sha256: String,
}

/// Body of `trouble.noted`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TroubleNoted {
    /// A stable code, as in [`crate::ErrorKind::code`].
    pub code: String,
    /// When, on the timeline.
    pub sample: u64,
}

/// Body of `consent.timed_out`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentTimedOut {
    /// Who gave no answer.
    pub party: u32,
    /// How often the question was asked.
    pub times: u32,
    /// When it was given up, on the timeline.
    pub sample: u64,
}

/// Body of `party.joined` and `party.left`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartyMoved {
    /// Who.
    pub party: u32,
    /// When, on the timeline.
    pub sample: u64,
}

/// Body of `part.opened`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartOpened {
    /// The part's number, from 0.
    pub part: u32,
    /// Where the part's first decoded sample behind the pre-skip lies.
    pub start_sample: u64,
    /// The Ogg stream's serial number.
    pub ogg_serial: u32,
    /// The header pages, base64url.
    pub ogg_headers: String,
    /// The encoder's delay in samples.
    pub pre_skip_samples: u16,
}

/// Body of `segment.opened`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentOpened {
    /// The part.
    pub part: u32,
    /// The segment's number in the part, from 0.
    pub segment: u32,
    /// The part's start plus 960 for every packet of the part before this segment.
    pub start_sample: u64,
    /// Hash of the envelope object, version 1.
    pub envelope_sha256: String,
    /// The data key's commitment.
    pub key_commitment: String,
    /// Thumbprints of the recipients.
    pub recipients: Vec<String>,
}

/// Body of `segment.sealed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentSealed {
    /// The part.
    pub part: u32,
    /// The segment.
    pub segment: u32,
    /// The start plus 960 for every packet; for a part's last segment the part's end.
    pub end_sample: u64,
    /// Packets of 20 ms in it.
    pub packets: u64,
    /// Bytes of the object.
    pub size_bytes: u64,
    /// Hash of the object.
    pub sha256: String,
}

/// Body of `segment.recovered`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentRecovered {
    /// The part.
    pub part: u32,
    /// The segment.
    pub segment: u32,
    /// Bytes of the object as found, cut to whole Tink segments.
    pub size_bytes: u64,
    /// Hash of the object.
    pub sha256: String,
}

/// Body of `redaction.span`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedactionSpan {
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<Channels>,
    /// Milliseconds from the demand until its first silent frame left for the encoder; not for what nobody demanded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<u64>,
}

/// Body of `exposure.found`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExposureFound {
    /// First sample that should have been cut out and was not.
    pub from_sample: u64,
    /// First sample behind them.
    pub to_sample: u64,
    /// What noticed it, for example `field_focus`.
    pub trigger: String,
    /// What it is, for example `card_number`.
    pub class: String,
    /// What becomes of the keys of the segments that hold it.
    pub effect: ExposureEffect,
}

/// Body of `gap`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// First missing sample.
    pub from_sample: u64,
    /// First sample behind the gap.
    pub to_sample: u64,
    /// `suspended`, `dropped` or `sleep`.
    pub reason: String,
}

/// Body of `part.closed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartClosed {
    /// The part.
    pub part: u32,
    /// First sample behind the part.
    pub end_sample: u64,
    /// Segments in it.
    pub segments: u32,
    /// Whether a crash ended it.
    pub cut: bool,
}

/// Body of `call.closed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallClosed {
    /// How the call ended for the recording.
    pub outcome: Outcome,
    /// The end of the call.
    pub end_sample: u64,
    /// Entries in the ledger, this one included.
    pub entries: u64,
}

/// Body of `agent_side.began`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentSideBegan {
    /// First sample of the recording, behind the no.
    pub sample: u64,
}

/// How a call ended for its recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Recorded to its end.
    Recorded,
    /// Nothing was recorded.
    Declined,
    /// Somebody said no; only the agent's own side was recorded.
    AgentSide,
    /// Recorded until a withdrawal.
    Withdrawn,
    /// Recorded until a fault, or not at all because of one.
    Failed,
}

impl Outcome {
    /// The word of `docs/format.md` §6.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::Declined => "declined",
            Self::AgentSide => "agent_side",
            Self::Withdrawn => "withdrawn",
            Self::Failed => "failed",
        }
    }
}

/// Body of `call.recovered`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallRecovered {
    /// Parts in the call.
    pub parts: u32,
    /// Entries in the ledger, this one included.
    pub entries: u64,
}

/// Body of `call.resumed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallResumed {
    /// The part that follows.
    pub part: u32,
    /// Where on the timeline the new engine took over.
    pub sample: u64,
    /// Hash of the policy (configuration) in force from here on.
    pub policy_sha256: String,
    /// Name and version of the writer from here on.
    pub software: String,
}

/// Body of `signer.changed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignerChanged {
    /// Who signs from here on.
    pub signer: SignerStatement,
}
