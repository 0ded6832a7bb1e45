//! What the law and the policy demand of the asking.
//!
//! Owns the terms one call is recorded under, and that terms can only become stricter in a running call. Must never
//! know a place or a statute: the jurisdiction engine's decision has everything that counts.

use serde::{Deserialize, Serialize};

use crate::jurisdiction::{Decision, Mode, Rule};

/// Whose word it is that the far end has answered: a prompt into ringback is no disclosure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnsweredBy {
    /// Media flow both ways behind the SDP answer.
    #[default]
    Media,
    /// The host says so: its signalling knows early media from an answer.
    Host,
    /// The agent hears it and says so.
    Agent,
}

/// The terms one call is recorded under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// When audio may be kept.
    pub mode: Mode,
    /// Whether staying on the line after the notice is an answer.
    pub stay_counts: bool,
    /// The announcement has to be in the recording although nothing before the yes may be: it is repeated after it.
    pub repeat_announcement: bool,
    /// A tone tells everybody, again and again, that the call is recorded.
    pub beep: bool,
    /// Every place that counts lets one participant decide: the agent's own side may be kept without the others' yes.
    pub agent_side: bool,
}

impl From<&Decision> for Terms {
    fn from(decision: &Decision) -> Self {
        Self {
            mode: decision.mode,
            stay_counts: decision.notice_and_stay
                && matches!(decision.mode, Mode::NoticeAndStay | Mode::RecordDisclosure),
            repeat_announcement: decision.repeat_announcement,
            beep: decision.beep,
            agent_side: decision.rule == Rule::OneParty && decision.mode != Mode::Mandatory,
        }
    }
}

impl Terms {
    /// The strictest: an explicit yes, nothing before it.
    pub const STRICTEST: Self = Self {
        mode: Mode::NothingBeforeYes,
        stay_counts: false,
        repeat_announcement: false,
        beep: false,
        agent_side: false,
    };

    /// Whether being told is enough, or enough together with staying on the line.
    #[must_use]
    pub fn told_is_enough(self) -> bool {
        self.stay_counts || self.mode == Mode::Mandatory
    }

    /// Whether the announcement has to be in the recording: from its beginning, or repeated.
    #[must_use]
    pub fn announcement_in_recording(self) -> bool {
        self.mode == Mode::RecordDisclosure || self.repeat_announcement
    }

    /// Both at once: whatever either demands.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let mode = self.mode.max(other.mode);
        Self {
            mode,
            stay_counts: self.stay_counts && other.stay_counts && mode != Mode::NothingBeforeYes,
            repeat_announcement: mode == Mode::NothingBeforeYes
                && (self.announcement_in_recording() || other.announcement_in_recording()),
            beep: self.beep || other.beep,
            agent_side: self.agent_side && other.agent_side,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<Terms> {
        let mut all = Vec::new();
        for mode in [Mode::Mandatory, Mode::NoticeAndStay, Mode::RecordDisclosure, Mode::NothingBeforeYes] {
            for bits in 0..16_u8 {
                let (stay_counts, repeat_announcement, beep) = (bits & 1 != 0, bits & 2 != 0, bits & 4 != 0);
                all.push(Terms { mode, stay_counts, repeat_announcement, beep, agent_side: bits & 8 != 0 });
            }
        }
        all
    }

    #[test]
    fn two_terms_together_are_never_weaker_than_either() {
        for left in all() {
            for right in all() {
                let both = left.and(right);
                assert!(both.mode >= left.mode && both.mode >= right.mode);
                assert!(!both.stay_counts || left.stay_counts && right.stay_counts);
                assert!(both.beep == (left.beep || right.beep));
                assert!(both.agent_side == (left.agent_side && right.agent_side));
                assert_eq!(both, right.and(left));
            }
        }
    }

    #[test]
    fn where_one_place_wants_the_announcement_kept_and_another_nothing_before_the_yes_it_is_repeated() {
        let washington = Terms { mode: Mode::RecordDisclosure, stay_counts: true, ..Terms::STRICTEST };
        let both = washington.and(Terms::STRICTEST);
        assert_eq!(both.mode, Mode::NothingBeforeYes);
        assert!(both.repeat_announcement && !both.stay_counts);
    }
}
