//! The words of the law table's answers, and which of them is stricter.
//!
//! Owns the order of rules and modes. Must never know a place.
//!
//! **The order.** Rules: `one_party` < `notice_required` < `all_party` < `explicit_opt_in`. Modes: `mandatory` <
//! `notice_and_stay` < `record_disclosure` < `nothing_before_yes`. Several laws together give the stricter of the
//! rules and the stricter of the modes, each for itself, so that the outcome is never weaker than one of them. Where
//! one law has to be named as the deciding one, modes are compared before rules ([`Strictness`]): the mode is what the
//! recorder does.

use crate::words::words;

words! {
    /// What a law asks of who records, from the weakest to the strictest.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum Rule {
        /// The consent of one participant is enough.
        OneParty = "one_party",
        /// Every participant must be told.
        NoticeRequired = "notice_required",
        /// Every participant must consent.
        AllParty = "all_party",
        /// Every participant must say yes, by an act, before the recording starts.
        ExplicitOptIn = "explicit_opt_in",
    }
}

words! {
    /// How the recorder has to go about a call, from what keeps most to what keeps least.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum Mode {
        /// A regulation demands the recording: it is announced and cannot be declined. Only a policy says so, no table.
        Mandatory = "mandatory",
        /// The recording is announced; who stays on the line agrees.
        NoticeAndStay = "notice_and_stay",
        /// As [`Mode::NoticeAndStay`], and the announcement is part of the recording.
        RecordDisclosure = "record_disclosure",
        /// Nothing from before the yes is kept.
        NothingBeforeYes = "nothing_before_yes",
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

words! {
    /// How the call travels; some laws treat a video conference like a meeting.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
    pub enum Media {
        /// A telephone call, whatever the agent's end is.
        #[default]
        Phone = "phone",
        /// Voice only, browser to browser.
        WebrtcVoice = "webrtc_voice",
        /// A video call, or one that may become one.
        Video = "video",
    }
}

words! {
    /// Which of a row's two readings of the law counts.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub enum Reading {
        /// The stricter reading: what practice and contested cases make prudent.
        #[default]
        Conservative = "conservative",
        /// The bare rule of the statute. For those whose counsel has decided so.
        Plain = "plain",
    }
}
