//! Consent of the customer: asked, given, refused, withdrawn.
//!
//! Owns the one question "may audio be kept now?" and what each answer does to it. What permits needs a trusted
//! event; what withholds does not. A refusal is final for the call: nobody can turn it into a yes. Must never know how
//! the answer was captured beyond its method.

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

/// How the answer was captured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The agent pressed a button of the panel.
    AgentButton,
    /// The agent pressed a hotkey.
    AgentHotkey,
}

impl Method {
    /// The word of `docs/format.md` §6.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AgentButton => "agent_button",
            Self::AgentHotkey => "agent_hotkey",
        }
    }
}

/// Where the question stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Consent {
    /// The disclosure has not been delivered.
    #[default]
    Undisclosed,
    /// A yes came before the disclosure had ended; it counts once it has.
    YesPending,
    /// Disclosed, no answer yet.
    Asked,
    /// Yes, informed.
    Given,
    /// No. Final.
    Refused,
    /// Yes, then withdrawn. Final.
    Withdrawn,
}

/// What an answer leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Recording begins now.
    Begin,
    /// The yes is noted and waits for the disclosure.
    Wait,
    /// Nothing is or will be recorded.
    Lock,
    /// Recording stops, what there is is kept.
    StopAndKeep,
    /// It changes nothing.
    Nothing,
    /// A yes that no trusted event carried.
    Untrusted,
}

impl Consent {
    /// Whether audio of this moment may be kept.
    #[must_use]
    pub const fn permits(self) -> bool {
        matches!(self, Self::Given)
    }

    /// The disclosure was delivered.
    pub fn disclosed(&mut self) -> Effect {
        match self {
            Self::YesPending => {
                *self = Self::Given;
                Effect::Begin
            }
            Self::Undisclosed => {
                *self = Self::Asked;
                Effect::Nothing
            }
            _ => Effect::Nothing,
        }
    }

    /// The disclosure failed: a yes that was waiting for it answered a question nobody heard.
    pub fn not_disclosed(&mut self) {
        if *self == Self::YesPending {
            *self = Self::Undisclosed;
        }
    }

    /// An answer arrived; `trusted` says that a real user event carried it.
    pub fn answer(&mut self, answer: Answer, trusted: bool) -> Effect {
        match (answer, *self) {
            (Answer::Yes, _) if !trusted => Effect::Untrusted,
            (Answer::Yes, Self::Undisclosed) => {
                *self = Self::YesPending;
                Effect::Wait
            }
            (Answer::Yes, Self::Asked) => {
                *self = Self::Given;
                Effect::Begin
            }
            (Answer::No | Answer::Withdraw, Self::Undisclosed | Self::YesPending | Self::Asked) => {
                *self = Self::Refused;
                Effect::Lock
            }
            (Answer::No | Answer::Withdraw, Self::Given) => {
                *self = Self::Withdrawn;
                Effect::StopAndKeep
            }
            (Answer::Yes, _) | (_, Self::Refused | Self::Withdrawn) => Effect::Nothing,
        }
    }
}

/// What the host and the CRM are told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConsentEvent {
    /// `asked`, `answered` or `withdrawn`.
    pub kind: &'static str,
    /// Index of the party asked: 1 is the customer.
    pub party: u32,
    /// The answer.
    pub answer: Option<Answer>,
    /// How it was captured.
    pub method: Option<Method>,
    /// Index of the party who pressed.
    pub actor: u32,
    /// Milliseconds on the call's timeline.
    pub at_ms: u64,
    /// Milliseconds since 1970-01-01 UTC.
    pub at_unix_ms: u64,
    /// SHA-256 of the prompt that was played.
    pub prompt_sha256: String,
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small numbers of the test")]
mod tests {
    use super::*;

    const ANSWERS: [Answer; 3] = [Answer::Yes, Answer::No, Answer::Withdraw];

    /// All sequences of answers, trusted or not, with the disclosure at any place, to depth 7.
    fn walk(consent: Consent, depth: usize, history: &mut Vec<(Answer, bool)>, disclosed: bool) {
        if consent.permits() {
            assert!(disclosed, "permitted before the disclosure");
            assert!(history.contains(&(Answer::Yes, true)), "permitted without a trusted yes");
            assert!(history.iter().all(|(answer, _)| *answer == Answer::Yes), "permitted after a no");
        }
        if depth == 0 {
            return;
        }
        let mut next = consent;
        next.disclosed();
        walk(next, depth - 1, history, true);
        for answer in ANSWERS {
            for trusted in [false, true] {
                let mut next = consent;
                next.answer(answer, trusted);
                history.push((answer, trusted));
                walk(next, depth - 1, history, disclosed);
                history.pop();
            }
        }
    }

    #[test]
    fn nothing_is_permitted_without_disclosure_and_a_trusted_yes_or_after_a_no() {
        walk(Consent::default(), 7, &mut Vec::new(), false);
    }

    #[test]
    fn a_no_needs_no_trusted_event() {
        let mut consent = Consent::Asked;
        assert_eq!(consent.answer(Answer::No, false), Effect::Lock);
        assert_eq!(consent.answer(Answer::Yes, true), Effect::Nothing);
        assert_eq!(consent, Consent::Refused);
    }

    #[test]
    fn an_early_yes_counts_when_the_disclosure_has_ended() {
        let mut consent = Consent::default();
        assert_eq!(consent.answer(Answer::Yes, true), Effect::Wait);
        assert!(!consent.permits());
        assert_eq!(consent.disclosed(), Effect::Begin);
        assert!(consent.permits());
    }
}
