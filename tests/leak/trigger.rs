//! What makes a page ask for a pause: each trigger, and the messages with which it begins and ends.

use callseal::detection::watch::How as FieldHow;
use callseal::engine::pausing::{PauseMessage, ResumeMessage};
use callseal::engine::sensing::FieldMessage;
use callseal::message::PageMessage;
use callseal::session::pausing::PausedBy;

use crate::desk::{CALL, LOOK_BACK_MS};

/// What begins and ends a pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// A field that is declared to be a card's.
    Field,
    /// One that the integrator marked.
    Mark,
    /// A frame of a payment service.
    Frame,
    /// An ordinary field in which a value is recognised, with its last digit.
    Value,
    /// A field that is filled without having the focus.
    Filled,
    /// The agent's button.
    Button,
    /// The host's own program.
    Host,
    /// The page's address.
    Page,
}

impl Trigger {
    pub const ALL: [Self; 8] = [
        Self::Field,
        Self::Mark,
        Self::Frame,
        Self::Value,
        Self::Filled,
        Self::Button,
        Self::Host,
        Self::Page,
    ];
    /// The number of the ordinary field.
    const NOTES: u32 = 9;

    /// How far back it demands.
    pub const fn look_back_ms(self) -> u64 {
        match self {
            Self::Field | Self::Filled => LOOK_BACK_MS,
            Self::Mark => 0,
            Self::Frame => 1_500,
            Self::Value => 2_500,
            Self::Button => 700,
            Self::Host => 400,
            Self::Page => 300,
        }
    }

    fn field(field: u32, how: FieldHow, frame_host: Option<&str>, descriptor: &str) -> PageMessage {
        PageMessage::FieldBegin(FieldMessage {
            context_id: "page".into(),
            field,
            how,
            frame_host: frame_host.map(str::to_owned),
            descriptor: descriptor.to_owned(),
            event_age_ms: 0.0,
            posted_at_ms: 0.0,
        })
    }

    fn pause(by: PausedBy) -> PageMessage {
        PageMessage::Pause(PauseMessage {
            call_id: CALL.into(),
            by,
            class: None,
            trusted: by != PausedBy::HostApi,
            event_age_ms: 0.0,
            posted_at_ms: 0.0,
        })
    }

    fn resume(by: PausedBy) -> PageMessage {
        PageMessage::Resume(ResumeMessage {
            call_id: CALL.into(),
            by,
            trusted: by != PausedBy::HostApi,
            event_age_ms: 0.0,
        })
    }

    /// What the page says when it begins.
    pub fn begin(self) -> Vec<PageMessage> {
        let number = r#"{"tag":"input","type":"text","autocomplete":"cc-number"}"#;
        let notes = r#"{"tag":"textarea","type":"textarea","name":"notes"}"#;
        let at = |url: &str| PageMessage::PageLocation {
            context_id: "page".into(),
            url: url.into(),
            posted_at_ms: 0.0,
        };
        match self {
            Self::Field => vec![Self::field(1, FieldHow::Focus, None, number)],
            Self::Mark => vec![Self::field(2, FieldHow::Focus, None, r#"{"tag":"div","mark":""}"#)],
            Self::Frame => {
                vec![Self::field(3, FieldHow::Focus, Some("js.stripe.com"), r#"{"tag":"iframe"}"#)]
            }
            Self::Value => {
                let text = |text: &str| PageMessage::TextSeen {
                    context_id: "page".into(),
                    field: Self::NOTES,
                    text: text.into(),
                    event_age_ms: 0.0,
                    posted_at_ms: 0.0,
                };
                let focus = Self::field(Self::NOTES, FieldHow::Focus, None, notes);
                vec![focus, text("card 4242 4242 4242 424"), text("card 4242 4242 4242 4242")]
            }
            Self::Filled => vec![Self::field(4, FieldHow::Filled, None, number)],
            Self::Button => vec![Self::pause(PausedBy::AgentButton)],
            Self::Host => vec![Self::pause(PausedBy::HostApi)],
            Self::Page => vec![at("https://crm.example/pay/1")],
        }
    }

    /// What the page says when it ends.
    pub fn end(self) -> Vec<PageMessage> {
        match self {
            Self::Filled => Vec::new(),
            Self::Button => vec![Self::resume(PausedBy::AgentButton)],
            Self::Host => vec![Self::resume(PausedBy::HostApi)],
            Self::Page => {
                let (context_id, url) = ("page".into(), "https://crm.example/".into());
                vec![PageMessage::PageLocation { context_id, url, posted_at_ms: 0.0 }]
            }
            _ => vec![PageMessage::FieldEnd { context_id: "page".into(), event_age_ms: 0.0 }],
        }
    }
}

/// The message, said so long after what it is about.
pub fn aged(message: PageMessage, age_ms: f64) -> PageMessage {
    match message {
        PageMessage::FieldBegin(message) => {
            PageMessage::FieldBegin(FieldMessage { event_age_ms: age_ms, ..message })
        }
        PageMessage::FieldEnd { context_id, .. } => {
            PageMessage::FieldEnd { context_id, event_age_ms: age_ms }
        }
        PageMessage::Pause(message) => PageMessage::Pause(PauseMessage { event_age_ms: age_ms, ..message }),
        PageMessage::Resume(message) => {
            PageMessage::Resume(ResumeMessage { event_age_ms: age_ms, ..message })
        }
        PageMessage::TextSeen { context_id, field, text, .. } => {
            PageMessage::TextSeen { context_id, field, text, event_age_ms: age_ms, posted_at_ms: 0.0 }
        }
        other => other,
    }
}
