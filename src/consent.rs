//! Consent: who is asked, what was answered and how, and whether audio may be kept now.
//!
//! What permits needs a trusted source; what withholds does not. A refusal is final for the call: nobody can turn it
//! into a yes, and in a mixed channel one party's no stops the whole channel. Must never know when to ask (the
//! session does) or what the law of a place is (the jurisdiction engine does).
//!
//! * [`assertion`] — consent asked for elsewhere, signed by the host's back end
//! * [`party`] — one party's answers
//! * [`proven`] — which answers the ledger of a dead engine proves
//! * [`refusal`] — what may still be recorded after a no
//! * [`register`] — all parties of a call, and the one question "may audio be kept now?"
//! * [`terms`] — what the law and the policy demand of the asking

pub mod assertion;
pub mod party;
pub mod proven;
pub mod refusal;
pub mod register;
pub mod terms;
pub mod withdrawal;

use serde::{Deserialize, Serialize};

/// An answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The party agrees to being recorded.
    Yes,
    /// The party does not.
    No,
    /// The party agreed and has changed its mind.
    Withdraw,
}

impl Answer {
    /// The word of `docs/format.md` §6.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Withdraw => "withdraw",
        }
    }
}

/// How the answer was captured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The agent pressed a button of the panel: attests what the party said.
    AgentButton,
    /// The agent pressed a hotkey.
    AgentHotkey,
    /// The party pressed a key of its telephone: 1 yes, 2 no.
    Keypad,
    /// The party was told and stayed on the line, where the law takes that for consent.
    NoticeAndStay,
    /// The host's back end asserts what was answered elsewhere (an IVR, a web form), and signed it.
    HostAssertion,
    /// A standing agreement: the agent's own, by working with the recorder.
    Standing,
}

impl Method {
    /// The word of `docs/format.md` §6.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AgentButton => "agent_button",
            Self::AgentHotkey => "agent_hotkey",
            Self::Keypad => "keypad",
            Self::NoticeAndStay => "notice_and_stay",
            Self::HostAssertion => "host_assertion",
            Self::Standing => "standing",
        }
    }

    /// The method of this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        let all = [
            Self::AgentButton,
            Self::AgentHotkey,
            Self::Keypad,
            Self::NoticeAndStay,
            Self::HostAssertion,
            Self::Standing,
        ];
        all.into_iter().find(|method| method.as_str() == word)
    }
}

/// The ways of answering that the page may pass on: the agent's. All others exist inside the engine only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentMethod {
    /// A button of the panel.
    AgentButton,
    /// A hotkey.
    AgentHotkey,
}

impl From<AgentMethod> for Method {
    fn from(method: AgentMethod) -> Self {
        match method {
            AgentMethod::AgentButton => Self::AgentButton,
            AgentMethod::AgentHotkey => Self::AgentHotkey,
        }
    }
}

/// What the host and the CRM are told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConsentEvent {
    /// `asked`, `answered`, `withdrawn`, `timed_out`, `joined` or `left`.
    pub kind: &'static str,
    /// Index of the party asked: 1 is the customer, further ones joined later.
    pub party: u32,
    /// The answer.
    pub answer: Option<Answer>,
    /// How it was captured.
    pub method: Option<Method>,
    /// What the party said, as the agent chose it: a name from the configuration, never free text.
    pub words: Option<String>,
    /// Index of the party who pressed.
    pub actor: u32,
    /// Milliseconds on the call's timeline.
    pub at_ms: u64,
    /// Milliseconds since 1970-01-01 UTC.
    pub at_unix_ms: u64,
    /// SHA-256 of the prompt that was played; empty where none was, or the party was asked elsewhere.
    pub prompt_sha256: String,
}
