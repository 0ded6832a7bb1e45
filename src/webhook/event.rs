//! The envelope of an event, and which messages of the engine become one.
//!
//! Owns types' names (hierarchical, with full stops, as Standard Webhooks §"Event types" recommends). Must never take in
//! what the callback stream does not carry: no personal data, no audio, no key.

use core::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Groups of events that a host may choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EventGroup {
    /// A party was asked, answered, withdrew, did not answer, joined or left: `consent.*`.
    Consent,
    /// What the law and the policy demand of the call: `decision.made`.
    Decision,
    /// The call is closed, with its report: `call.closed`.
    Closed,
    /// The store has everything: `call.stored`.
    Stored,
    /// A call of a crashed page was found: `call.recovered`.
    Recovered,
    /// Something was recorded that should not have been, for a supervisor: `call.exposed`.
    Exposed,
    /// Something went wrong: `error.reported`.
    Error,
}

impl EventGroup {
    /// Every group.
    pub const ALL: &'static [Self] = &[
        Self::Consent,
        Self::Decision,
        Self::Closed,
        Self::Stored,
        Self::Recovered,
        Self::Exposed,
        Self::Error,
    ];
}

/// A version-4 UUID in lower case: the same at every attempt, so that a receiver can tell a repetition.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(String);

impl EventId {
    /// The id that these random bytes make (RFC 9562 §5.4).
    #[must_use]
    pub fn from_random(random: [u8; 16]) -> Self {
        let bits = u128::from_be_bytes(random);
        let version = (bits & !(0xf << 76)) | (0x4 << 76);
        let variant = (version & !(0b11 << 62)) | (0b10 << 62);
        let digits = format!("{variant:032x}");
        let groups = [0..8, 8..12, 12..16, 16..20, 20..32].map(|group| digits.get(group).unwrap_or_default());
        Self(groups.join("-"))
    }

    /// An id as it was written down.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The text form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One event as it waits, before the host's template.
#[derive(Clone, PartialEq)]
pub struct Event {
    /// Its id.
    pub id: EventId,
    /// Its type, for example `consent.answered`.
    pub kind: String,
    /// The call, if it is about one.
    pub call_id: Option<String>,
    /// When it happened, milliseconds since 1970-01-01 UTC.
    pub at_ms: u64,
    /// What happened, with the same members as the callback's event.
    pub data: Value,
}

impl fmt::Debug for Event {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Event({} {})", self.kind, self.id.0)
    }
}

impl Event {
    /// The event as it is sent where there is no template, and as it is written down.
    #[must_use]
    pub fn envelope(&self) -> Value {
        json!({
            "id": self.id.as_str(), "type": self.kind, "call_id": self.call_id, "at_ms": self.at_ms,
            "data": self.data,
        })
    }

    /// Reads an envelope; `None` if it is none.
    #[must_use]
    pub fn from_envelope(envelope: &Value) -> Option<Self> {
        let text = |name: &str| envelope.get(name).and_then(Value::as_str).map(str::to_owned);
        Some(Self {
            id: EventId(text("id")?),
            kind: text("type")?,
            call_id: text("call_id"),
            at_ms: envelope.get("at_ms")?.as_u64()?,
            data: envelope.get("data")?.clone(),
        })
    }

    /// Whether it is part of the proof of consent, or tells of what should not have been recorded, and so the last to be
    /// dropped.
    #[must_use]
    pub fn is_evidence(&self) -> bool {
        ["consent.", "decision.", "call.exposed"].iter().any(|prefix| self.kind.starts_with(prefix))
    }
}

/// What a message of the engine tells the host, without id and time.
#[derive(Debug, PartialEq)]
pub struct Told {
    /// The group it belongs to.
    pub group: EventGroup,
    /// Type of the event.
    pub kind: String,
    /// The call.
    pub call_id: Option<String>,
    /// Its members.
    pub data: Value,
}

/// Members of `data` over all types of events: a template that names another one is warned of.
pub const DATA_MEMBERS: &[&str] = &[
    // consent.*
    "kind",
    "party",
    "answer",
    "method",
    "words",
    "actor",
    "at_ms",
    "at_unix_ms",
    "prompt_sha256",
    // decision.made
    "rule",
    "mode",
    "table_mode",
    "notice_and_stay",
    "announcement_in_recording",
    "conflict",
    "repeat_announcement",
    "beep",
    "must_say",
    "media",
    "reading",
    "mandate",
    "findings",
    "table_version",
    "table_sha256",
    "summary",
    "explanation",
    // call.closed
    "schema_version",
    "call_id",
    "outcome",
    "sample_rate_hz",
    "recording_origin_ms",
    "call_duration_ms",
    "recording_duration_ms",
    "consent_events",
    "disclosure",
    "redaction_spans",
    "gaps",
    "exposures", // call.exposed too
    "objects",   // call.recovered too
    // call.shredded
    "confirmation",
    // error.reported
    "code",
    "message",
    "retryable",
    "fatal",
];

/// What a message of the engine tells the host, if it is an event. The message is read in the form in which the page gets
/// it (`EngineMessage` in `pkg/protocol.mjs`): that one is made anyway. The webhook's own errors are no events: they could
/// not arrive.
#[must_use]
pub fn told(message: &Value) -> Option<Told> {
    let text = |name: &str| message.get(name).and_then(Value::as_str);
    let member = |name: &str| message.get(name).cloned();
    let (group, kind, data) = match text("kind")? {
        "consent_event" => {
            let event = member("event")?;
            let kind = format!("consent.{}", event.get("kind")?.as_str()?);
            (EventGroup::Consent, kind, event)
        }
        "decision" => (EventGroup::Decision, "decision.made".to_owned(), member("decision")?),
        "call_closed" => (EventGroup::Closed, "call.closed".to_owned(), member("report")?),
        "call_stored" => (EventGroup::Stored, "call.stored".to_owned(), json!({})),
        "call_shredded" => {
            let data = json!({"confirmation": member("confirmation")});
            (EventGroup::Stored, "call.shredded".to_owned(), data)
        }
        "exposures" => {
            (EventGroup::Exposed, "call.exposed".to_owned(), json!({"exposures": member("exposures")}))
        }
        "call_recovered" => {
            (EventGroup::Recovered, "call.recovered".to_owned(), json!({"objects": member("objects")}))
        }
        "error" if !text("code")?.starts_with("webhook/") => {
            let data = json!({
                "code": member("code"), "message": member("message"), "retryable": member("retryable"),
                "fatal": member("fatal"),
            });
            (EventGroup::Error, "error.reported".to_owned(), data)
        }
        _ => return None,
    };
    Some(Told { group, kind, call_id: text("call_id").map(str::to_owned), data })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::EngineMessage;
    use crate::consent::{Answer, ConsentEvent, Method};
    use crate::engine::problem;
    use crate::jurisdiction::{CallFacts, Decision, Hint, PartyFacts, Policy, Role, Signal, Table, decide};
    use crate::ledger::Outcome;
    use crate::names::CallId;
    use crate::session::report::CallReport;
    use crate::{Error, ErrorKind};

    const CALL: &str = "0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa";

    fn consent(call_id: &str) -> EngineMessage {
        let event = ConsentEvent {
            kind: "answered",
            party: 1,
            answer: Some(Answer::Yes),
            method: Some(Method::AgentButton),
            words: Some("go_ahead".into()),
            actor: 0,
            at_ms: 1_000,
            at_unix_ms: 1_000_000,
            prompt_sha256: "00".into(),
        };
        EngineMessage::ConsentEvent { call_id: call_id.into(), event }
    }

    fn closed(call_id: &str) -> EngineMessage {
        let report = CallReport {
            schema_version: 1,
            call_id: call_id.into(),
            outcome: Outcome::Recorded,
            sample_rate_hz: 48_000,
            recording_origin_ms: Some(1_500),
            call_duration_ms: 9_000,
            recording_duration_ms: 7_500,
            consent_events: Vec::new(),
            disclosure: None,
            redaction_spans: Vec::new(),
            gaps: Vec::new(),
            exposures: Vec::new(),
            objects: Vec::new(),
        };
        EngineMessage::CallClosed { call_id: call_id.into(), report }
    }

    fn decision() -> Decision {
        let hint = Hint::parse(Signal::Number, "+14155550123").unwrap();
        let party = PartyFacts { index: 1, role: Role::Customer, hints: vec![hint] };
        let facts = CallFacts { parties: vec![party], ..CallFacts::default() };
        decide(Table::builtin(), &facts, &Policy::default())
    }

    fn all() -> Vec<Value> {
        let messages = [
            EngineMessage::Decision { call_id: CALL.into(), decision: decision() },
            consent(CALL),
            closed(CALL),
            EngineMessage::CallStored { call_id: CALL.into() },
            EngineMessage::CallShredded { call_id: CALL.into(), confirmation: "a.b.c".into() },
            EngineMessage::Exposures { call_id: CALL.into(), exposures: Vec::new() },
            EngineMessage::CallRecovered { call_id: CALL.into(), objects: 3 },
            problem(None, &Error::new(ErrorKind::StoreUnavailable, "The store is away."), false),
        ];
        messages.iter().map(|message| serde_json::to_value(message).unwrap()).collect()
    }

    #[test]
    fn every_event_of_the_callback_stream_becomes_one_and_nothing_else_does() {
        let kinds: Vec<String> = all().iter().filter_map(told).map(|told| told.kind).collect();
        assert_eq!(
            kinds,
            [
                "decision.made",
                "consent.answered",
                "call.closed",
                "call.stored",
                "call.shredded",
                "call.exposed",
                "call.recovered",
                "error.reported"
            ]
        );
        let others = [
            EngineMessage::Ready { protocol: 1, version: "0".into() },
            EngineMessage::Beep { call_id: CALL.into(), on: true },
            EngineMessage::Challenge { context_id: "page".into(), nonce: "0".into() },
            problem(None, &Error::new(ErrorKind::WebhookRefused, "It was refused."), false),
        ];
        assert!(others.iter().all(|message| told(&serde_json::to_value(message).unwrap()).is_none()));
    }

    #[test]
    fn the_list_of_members_that_templates_are_checked_against_is_complete() {
        let mut seen = std::collections::BTreeSet::new();
        for told in all().iter().filter_map(told) {
            seen.extend(told.data.as_object().unwrap().keys().cloned());
        }
        let listed: std::collections::BTreeSet<String> =
            DATA_MEMBERS.iter().map(|member| (*member).to_owned()).collect();
        assert_eq!(seen, listed);
    }

    #[test]
    fn a_decision_made_by_a_telephone_number_does_not_hold_it() {
        let told = told(&all()[0]).unwrap();
        assert_eq!(told.kind, "decision.made");
        let text = told.data.to_string();
        assert!(text.contains("US-CA"), "the place is told: {text}");
        assert!(!text.contains("5550123") && !text.contains("415555"), "{text}");
    }

    #[test]
    fn an_envelope_is_read_as_it_was_written() {
        let id = EventId::from_random([7; 16]);
        for call_id in [Some(CALL.to_owned()), None] {
            let event =
                Event { id: id.clone(), kind: "call.stored".into(), call_id, at_ms: 1, data: json!([{}]) };
            assert_eq!(Event::from_envelope(&event.envelope()), Some(event));
        }
        for foreign in [json!(null), json!({}), json!({"id": 1}), json!("id")] {
            assert_eq!(Event::from_envelope(&foreign), None);
        }
    }

    #[test]
    fn debug_output_shows_no_data() {
        let event = Event {
            id: EventId::from_random([7; 16]),
            kind: "consent.answered".into(),
            call_id: Some(CALL.into()),
            at_ms: 1,
            data: json!({"canary": "4111111111111111"}),
        };
        let shown = format!("{event:?}");
        assert!(!shown.contains("4111") && !shown.contains("canary"), "{shown}");
    }

    proptest! {
        #[test]
        fn an_id_is_a_version_4_uuid_whatever_the_random_bytes(random in any::<[u8; 16]>()) {
            // The same rule as that of call ids, written elsewhere.
            prop_assert!(CallId::parse(EventId::from_random(random).as_str()).is_ok());
        }
    }
}
