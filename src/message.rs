//! The messages of `pkg/protocol.mjs`, Rust's side.
//!
//! Owns the shapes that cross between the page realm and the engine realm. What comes from the page is untrusted: it
//! is refused as a whole if any key is unknown or of another type. Must never carry a key or audio towards the page.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::consent::terms::AnsweredBy;
use crate::consent::{AgentMethod, Answer, ConsentEvent};
use crate::engine::law::FactsMessage;
use crate::engine::pausing::{PauseMessage, ResumeMessage};
use crate::engine::resuming::{Resumed, TakeOverMessage};
use crate::engine::sensing::FieldMessage;
use crate::jurisdiction::Decision;
use crate::ledger::ExposureFound;
use crate::session::export::CallPapers;
use crate::session::report::CallReport;
use crate::session::snapshot::Snapshot;
use crate::store::picture::StoragePicture;

/// Version of the protocol; the page side states the same in `pkg/protocol.mjs`.
pub const PROTOCOL_VERSION: u32 = 1;

/// Page → engine, without the messages that carry ports or samples.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[allow(missing_docs, missing_debug_implementations)] // explained in pkg/protocol.mjs; some hold numbers: no Debug
pub enum PageMessage {
    CallOpen { call_id: String },
    CallResume(TakeOverMessage),
    CallFacts(FactsMessage),
    CallAnswered { call_id: String, answered_age_ms: f64, by: AnsweredBy, trusted: bool },
    DisclosureStarted { call_id: String, frame: f64 },
    DisclosureEnded { call_id: String, frame: f64 },
    DisclosureFailed { call_id: String, reason: String },
    DisclosureReplay { call_id: String },
    DisclosureRead { call_id: String, trusted: bool, event_age_ms: f64 },
    Consent(ConsentMessage),
    ConsentAssertion { call_id: String, statement: String },
    PartyJoined { call_id: String, key: String, event_age_ms: f64 },
    PartyLeft { call_id: String, key: String, event_age_ms: f64 },
    SensorJoin { context_id: String },
    SensorAnswer { context_id: String, nonce: String },
    SensorSignOff { context_id: String },
    SensorSignOn { context_id: String },
    SensorLeave { context_id: String },
    FieldBegin(FieldMessage),
    FieldEnd { context_id: String, event_age_ms: f64 },
    TextSeen { context_id: String, field: u32, text: String, event_age_ms: f64, posted_at_ms: f64 },
    PageLocation { context_id: String, url: String, posted_at_ms: f64 },
    SensorGone { context_id: String },
    Pause(PauseMessage),
    Resume(ResumeMessage),
    MediaAlarm { call_id: String, code: String },
    HangUp { call_id: String, event_age_ms: f64 },
    StoreAccess { store: String, token: Option<String>, headers: BTreeMap<String, String> },
    StoreRetry { call_id: Option<String> },
    RecordingRemove { call_id: String },
}

/// An answer that the agent passes on.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // the fields are documented once, in pkg/protocol.mjs
pub struct ConsentMessage {
    pub call_id: String,
    pub party: Option<u32>,
    pub answer: Answer,
    pub method: AgentMethod,
    pub words: Option<String>,
    pub trusted: bool,
    pub event_age_ms: f64,
}

/// Engine → page.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[allow(missing_docs)] // the fields are documented once, in pkg/protocol.mjs
pub enum EngineMessage {
    Ready { protocol: u32, version: String },
    State { snapshot: Snapshot },
    PlayDisclosure { call_id: String, url: String, sha256: String },
    StopDisclosure { call_id: String },
    Beep { call_id: String, on: bool },
    Decision { call_id: String, decision: Decision },
    Challenge { context_id: String, nonce: String },
    ConsentEvent { call_id: String, event: ConsentEvent },
    Exposures { call_id: String, exposures: Vec<ExposureFound> },
    CallClosed { call_id: String, report: CallReport },
    CallPapers { call_id: String, papers: CallPapers },
    CallStored { call_id: String },
    CallShredded { call_id: String, confirmation: String },
    CallRecovered { call_id: String, objects: usize },
    CallResumed { call_id: String, outcome: Resumed },
    StoreAccessWanted { store: String },
    SpoolFull { used_bytes: u64 },
    Storage { picture: Box<StoragePicture> },
    RecordingRemoved { call_id: String },
    Error { call_id: Option<String>, code: String, message: String, retryable: bool, fatal: bool },
}

/// Words from the page that end up in evidence are names, not texts: short, lower-case, without a digit, so that no
/// number can hide in them.
#[must_use]
pub fn is_plain_name(word: &str) -> bool {
    !word.is_empty()
        && word.len() <= 40
        && word.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'_' | b'-' | b'/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_with_an_unknown_key_is_refused_whole() {
        let good = r#"{"kind":"sensor_join","context_id":"a"}"#;
        let bad = r#"{"kind":"sensor_join","context_id":"a","extra":1}"#;
        assert!(serde_json::from_str::<PageMessage>(good).is_ok());
        assert!(serde_json::from_str::<PageMessage>(bad).is_err());
        let answer = r#"{"kind":"consent","call_id":"a","answer":"yes","method":"agent_button","trusted":true,"event_age_ms":1"#;
        assert!(serde_json::from_str::<PageMessage>(&format!("{answer}}}")).is_ok());
        assert!(
            serde_json::from_str::<PageMessage>(&format!(r#"{answer},"party":2,"words":"go_ahead"}}"#))
                .is_ok()
        );
        assert!(serde_json::from_str::<PageMessage>(&format!(r#"{answer},"extra":1}}"#)).is_err());
    }

    #[test]
    fn every_kind_of_the_page_union_is_known_in_both_languages() {
        let protocol = include_str!("../pkg/protocol.mjs");
        for kind in [
            "call_open",
            "call_resume",
            "call_facts",
            "call_answered",
            "disclosure_started",
            "disclosure_ended",
            "disclosure_failed",
            "disclosure_replay",
            "disclosure_read",
            "consent_assertion",
            "party_joined",
            "party_left",
            "consent",
            "sensor_join",
            "sensor_answer",
            "sensor_sign_off",
            "sensor_sign_on",
            "sensor_leave",
            "sensor_gone",
            "field_begin",
            "field_end",
            "text_seen",
            "page_location",
            "pause",
            "resume",
            "media_alarm",
            "hang_up",
            "store_access",
            "store_retry",
            "recording_remove",
        ] {
            assert!(protocol.contains(&format!("{{kind: \"{kind}\"")), "{kind} is missing in protocol.mjs");
        }
        assert!(protocol.contains(&format!("PROTOCOL_VERSION = {PROTOCOL_VERSION};")));
    }

    #[test]
    fn words_for_the_evidence_cannot_carry_a_card_number_or_a_sentence() {
        assert!(is_plain_name("card_number"));
        assert!(!is_plain_name("4111 1111 1111 1111"));
        assert!(!is_plain_name("4111111111111111"));
        assert!(!is_plain_name("card_4111-1111"));
        assert!(!is_plain_name(""));
        assert!(!is_plain_name("Jane Doe"));
    }
}
