//! The words of the law table's answers, and which of them is stricter.
//!
//! Owns the order of rules and modes. Must never know a place.
//!
//! **The order.** Rules: `one_party` < `notice_required` < `all_party` < `explicit_opt_in`. Modes: `mandatory` <
//! `notice_and_stay` < `record_disclosure` < `nothing_before_yes`. Several laws together give the stricter of the
//! rules and the stricter of the modes, each for itself, so that the outcome is never weaker than one of them. Where
//! one law has to be named as the deciding one, modes are compared before rules ([`Strictness`]): the mode is what the
//! recorder does.

use serde::{Deserialize, Serialize};

/// What a law asks of who records, from the weakest to the strictest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// The consent of one participant is enough.
    OneParty,
    /// Every participant must be told.
    NoticeRequired,
    /// Every participant must consent.
    AllParty,
    /// Every participant must say yes, by an act, before the recording starts.
    ExplicitOptIn,
}

impl Rule {
    /// The word of the table and of every message.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OneParty => "one_party",
            Self::NoticeRequired => "notice_required",
            Self::AllParty => "all_party",
            Self::ExplicitOptIn => "explicit_opt_in",
        }
    }
}

/// How the recorder has to go about a call, from what keeps most to what keeps least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// A regulation demands the recording: it is announced and cannot be declined. Only a policy says so, no table.
    Mandatory,
    /// The recording is announced; who stays on the line agrees.
    NoticeAndStay,
    /// As [`Mode::NoticeAndStay`], and the announcement is part of the recording.
    RecordDisclosure,
    /// Nothing from before the yes is kept.
    NothingBeforeYes,
}

impl Mode {
    /// The word of every message.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mandatory => "mandatory",
            Self::NoticeAndStay => "notice_and_stay",
            Self::RecordDisclosure => "record_disclosure",
            Self::NothingBeforeYes => "nothing_before_yes",
        }
    }
}

/// A total order over what laws ask: first the mode, then the rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Strictness {
    /// What the recorder does.
    pub mode: Mode,
    /// What the law calls it.
    pub rule: Rule,
}

impl Strictness {
    /// What is asked where nothing is known.
    pub const STRICTEST: Self = Self { mode: Mode::NothingBeforeYes, rule: Rule::ExplicitOptIn };

    /// What is asked where no law asks for more; a recording is always announced.
    pub const WEAKEST: Self = Self { mode: Mode::NoticeAndStay, rule: Rule::OneParty };

    /// What satisfies both: the stricter mode and the stricter rule, which may come from different sides.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        Self { mode: self.mode.max(other.mode), rule: self.rule.max(other.rule) }
    }
}

/// How the call travels; some laws treat a video conference like a meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Media {
    /// A telephone call, whatever the agent's end is.
    #[default]
    Phone,
    /// Voice only, browser to browser.
    WebrtcVoice,
    /// A video call, or one that may become one.
    Video,
}

impl Media {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Phone, Self::WebrtcVoice, Self::Video];

    /// The word of every message.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::WebrtcVoice => "webrtc_voice",
            Self::Video => "video",
        }
    }
}

/// Which of a row's two readings of the law counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    /// The stricter reading: what practice and contested cases make prudent.
    #[default]
    Conservative,
    /// The bare rule of the statute. For those whose counsel has decided so.
    Plain,
}
