//! One party's consent: asked, given, refused, withdrawn.
//!
//! Owns what each answer does to one party. Must never know of other parties, or of how the answer was captured.

use super::Answer;

/// Where the question stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum PartyConsent {
    /// The disclosure has not been delivered.
    #[default]
    Undisclosed,
    /// A yes came before the disclosure had ended; it counts once it has.
    YesPending,
    /// Disclosed, no answer yet.
    Asked,
    /// Asked as often as the policy says, and no answer. Only asking again leads out of it.
    Silent,
    /// Yes, informed.
    Given,
    /// No. Final.
    Refused,
    /// Yes, then withdrawn. Final.
    Withdrawn,
}

/// What an answer changed for one party.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It changes nothing.
    Nothing,
    /// A yes that no trusted source carried: refused.
    Untrusted,
    /// The yes is noted and waits for the disclosure.
    Pending,
    /// The party has agreed.
    Given,
    /// The party has refused.
    Refused,
    /// The party has taken its yes back.
    Withdrawn,
}

impl PartyConsent {
    /// The word for the panel.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Undisclosed => "undisclosed",
            Self::YesPending => "yes_pending",
            Self::Asked => "asked",
            Self::Silent => "silent",
            Self::Given => "given",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Whether audio with this party in it may be kept.
    #[must_use]
    pub const fn permits(self) -> bool {
        matches!(self, Self::Given)
    }

    /// Whether the party said no, now or later: final.
    #[must_use]
    pub const fn forbids(self) -> bool {
        matches!(self, Self::Refused | Self::Withdrawn)
    }

    /// Whether the party was not asked to its end yet.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Undisclosed | Self::YesPending | Self::Asked | Self::Silent)
    }

    /// The disclosure was delivered. Returns whether a waiting yes counts from now on.
    pub const fn disclosed(&mut self) -> bool {
        match self {
            Self::YesPending => {
                *self = Self::Given;
                true
            }
            Self::Undisclosed | Self::Silent => {
                *self = Self::Asked;
                false
            }
            Self::Asked | Self::Given | Self::Refused | Self::Withdrawn => false,
        }
    }

    /// The disclosure failed: a yes that was waiting for it answered a question nobody heard.
    pub fn not_disclosed(&mut self) {
        if *self == Self::YesPending {
            *self = Self::Undisclosed;
        }
    }

    /// No answer came in time. Returns whether that changed anything.
    pub fn fell_silent(&mut self) -> bool {
        let silent = *self == Self::Asked;
        if silent {
            *self = Self::Silent;
        }
        silent
    }

    /// An answer arrived; `trusted` says that it is from a source that may permit.
    pub const fn answer(&mut self, answer: Answer, trusted: bool) -> Change {
        match (answer, &self) {
            (Answer::Yes, _) if !trusted => Change::Untrusted,
            (Answer::Yes, Self::Undisclosed) => {
                *self = Self::YesPending;
                Change::Pending
            }
            (Answer::Yes, Self::Asked) => {
                *self = Self::Given;
                Change::Given
            }
            (
                Answer::No | Answer::Withdraw,
                Self::Undisclosed | Self::YesPending | Self::Asked | Self::Silent,
            ) => {
                *self = Self::Refused;
                Change::Refused
            }
            (Answer::No | Answer::Withdraw, Self::Given) => {
                *self = Self::Withdrawn;
                Change::Withdrawn
            }
            (Answer::Yes, _) | (_, Self::Refused | Self::Withdrawn) => Change::Nothing,
        }
    }

    /// The party was asked and has agreed elsewhere, and whoever asked vouches for it: no disclosure of ours is needed.
    pub fn agreed_elsewhere(&mut self) -> Change {
        if !self.is_open() {
            return Change::Nothing;
        }
        *self = Self::Given;
        Change::Given
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small numbers of the test")]
mod tests {
    use super::*;

    const ANSWERS: [Answer; 3] = [Answer::Yes, Answer::No, Answer::Withdraw];

    /// All sequences of answers, trusted or not, with disclosure and silence at any place, to depth 7.
    fn walk(consent: PartyConsent, depth: usize, history: &mut Vec<(Answer, bool)>, disclosed: bool) {
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
        let mut next = consent;
        next.fell_silent();
        walk(next, depth - 1, history, disclosed);
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
        walk(PartyConsent::default(), 7, &mut Vec::new(), false);
    }

    #[test]
    fn a_no_needs_no_trusted_source() {
        let mut consent = PartyConsent::Asked;
        assert_eq!(consent.answer(Answer::No, false), Change::Refused);
        assert_eq!(consent.answer(Answer::Yes, true), Change::Nothing);
        assert_eq!(consent.agreed_elsewhere(), Change::Nothing);
        assert_eq!(consent, PartyConsent::Refused);
    }

    #[test]
    fn an_early_yes_counts_when_the_disclosure_has_ended() {
        let mut consent = PartyConsent::default();
        assert_eq!(consent.answer(Answer::Yes, true), Change::Pending);
        assert!(!consent.permits());
        assert!(consent.disclosed());
        assert!(consent.permits());
    }

    #[test]
    fn a_yes_after_the_time_is_over_counts_only_when_asked_again() {
        let mut consent = PartyConsent::Asked;
        assert!(consent.fell_silent());
        assert_eq!(consent.answer(Answer::Yes, true), Change::Nothing);
        assert!(!consent.disclosed());
        assert_eq!(consent.answer(Answer::Yes, true), Change::Given);
    }
}
