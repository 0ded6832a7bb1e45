//! The words of exports and of the ledger, read back.
//!
//! Not used in the page's module, which only writes them.

use super::{Answer, AnswerMethod, LawfulBasis, Outcome, PartyRole, WithdrawalEffect};

/// The one of `all` that is written as `word`.
fn named<T: Copy>(all: &[T], written: impl Fn(T) -> &'static str, word: &str) -> Option<T> {
    all.iter().copied().find(|one| written(*one) == word)
}

impl Answer {
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        named(&[Self::Yes, Self::No], Self::as_str, word)
    }
}

impl AnswerMethod {
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        let all =
            [Self::AgentButton, Self::AgentHotkey, Self::Keypad, Self::HostAssertion, Self::NoticeAndStay];
        named(&all, Self::as_str, word)
    }
}

impl LawfulBasis {
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        let all = [
            Self::Consent,
            Self::Contract,
            Self::LegalObligation,
            Self::VitalInterests,
            Self::PublicTask,
            Self::LegitimateInterests,
        ];
        named(&all, Self::as_str, word)
    }
}

impl Outcome {
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        let all = [
            Self::Recorded,
            Self::Withdrawn,
            Self::Declined,
            Self::AgentSide,
            Self::Unanswered,
            Self::Failed,
        ];
        named(&all, Self::as_str, word)
    }
}

impl PartyRole {
    /// The role of this word of the ledger; whoever is neither agent nor customer takes part.
    pub(crate) fn of_word(word: &str) -> Self {
        named(&[Self::Agent, Self::Customer], Self::as_str, word).unwrap_or(Self::Participant)
    }
}

impl WithdrawalEffect {
    /// The effect of this word; one that lasts until a moment needs it.
    pub(crate) fn of_word(word: &str, until_ms: Option<u64>) -> Option<Self> {
        let until = until_ms.map(|until_ms| Self::KeepUntil { until_ms });
        let all: Vec<Self> = [Self::StopAndKeep, Self::StopAndShred].into_iter().chain(until).collect();
        named(&all, Self::as_str, word)
    }
}
