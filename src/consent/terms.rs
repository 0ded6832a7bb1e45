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

/// What of a decision makes the terms; the rest of it explains.
#[derive(Deserialize)]
struct Decided {
    rule: Rule,
    mode: Mode,
    notice_and_stay: bool,
    repeat_announcement: bool,
    beep: bool,
}

impl From<Decided> for Terms {
    fn from(decided: Decided) -> Self {
        let Decided { rule, mode, notice_and_stay, repeat_announcement, beep } = decided;
        Self {
            mode,
            stay_counts: notice_and_stay && matches!(mode, Mode::NoticeAndStay | Mode::RecordDisclosure),
            repeat_announcement,
            beep,
            agent_side: rule == Rule::OneParty && mode != Mode::Mandatory,
        }
    }
}

impl From<&Decision> for Terms {
    fn from(decision: &Decision) -> Self {
        let Decision { rule, mode, notice_and_stay, repeat_announcement, beep, .. } = *decision;
        Decided { rule, mode, notice_and_stay, repeat_announcement, beep }.into()
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

    /// The terms of a decision as the ledger has it; the strictest where it cannot be read.
    #[must_use]
    pub fn of_entry(decision: &serde_json::Value) -> Self {
        Decided::deserialize(decision).map_or(Self::STRICTEST, Self::from)
    }

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
    fn a_decision_that_was_written_down_gives_the_terms_it_gave_and_one_that_cannot_be_read_the_strictest() {
        use crate::jurisdiction::{CallFacts, Policy, Table, decide};
        let mut decision = decide(Table::builtin(), &CallFacts::default(), &Policy::default());
        for mode in Mode::ALL {
            for rule in Rule::ALL {
                for bits in 0..8_u8 {
                    (decision.mode, decision.rule) = (*mode, *rule);
                    decision.notice_and_stay = bits & 1 != 0;
                    decision.repeat_announcement = bits & 2 != 0;
                    decision.beep = bits & 4 != 0;
                    let entry = serde_json::to_value(&decision).unwrap();
                    assert_eq!(Terms::of_entry(&entry), Terms::from(&decision));
                }
            }
        }
        assert_eq!(Terms::of_entry(&serde_json::json!({"mode": "notice_and_stay"})), Terms::STRICTEST);
    }

    #[test]
    fn where_one_place_wants_the_announcement_kept_and_another_nothing_before_the_yes_it_is_repeated() {
        let washington = Terms { mode: Mode::RecordDisclosure, stay_counts: true, ..Terms::STRICTEST };
        let both = washington.and(Terms::STRICTEST);
        assert_eq!(both.mode, Mode::NothingBeforeYes);
        assert!(both.repeat_announcement && !both.stay_counts);
    }
}
