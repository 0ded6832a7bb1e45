//! Where a recording begins, and what of the time before the yes is in it.
//!
//! Owns the two exceptions from "nothing before the yes": the announcement, where a law wants it in the recording, and
//! the answer itself, where the company has chosen so. Must never keep anything from before the disclosure's end in
//! `nothing_before_yes`, nor the voice of somebody who was not asked.

use super::{OLDEST_END_MS, Session};
use crate::audio::clock::{CallClock, Placed};
use crate::audio::samples_of_ms;
use crate::consent::Method;
use crate::consent::register::AGENT;
use crate::jurisdiction::Mode;

/// A recording's beginning.
pub(super) struct Beginning {
    /// Timeline sample of its first sample.
    pub(super) origin: u64,
    /// What was captured before now and belongs to it, each piece with its first sample.
    pub(super) kept_back: Vec<(u64, Placed)>,
    /// Whether it begins with the announcement.
    pub(super) announced: bool,
}

/// Audio is kept so much longer than the answer may last, milliseconds: a click may claim to be old, and its audio takes
/// time to arrive.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a small positive constant
const CLICK_MAY_BE_LATE_MS: u64 = OLDEST_END_MS as u64 + 1_000;

impl Session {
    /// Everybody has agreed, the last of them at `sample`. In `record_disclosure` the recording begins with the
    /// announcement's first sample, by option with the answer; else here, what came before is dropped, and audio that is
    /// still on its way from the audio realm and was captured before `sample` is not kept either.
    pub(super) fn beginning(&mut self, sample: u64) -> Beginning {
        let earliest = match self.terms.mode {
            Mode::RecordDisclosure => self.proof.as_ref().map(|proof| proof.start_sample),
            Mode::NothingBeforeYes => self.answer_from.filter(|from| *from <= sample),
            Mode::NoticeAndStay | Mode::Mandatory => None,
        };
        if let Some(from) = earliest {
            let kept_back = self.pre_consent.release(from);
            if let Some((first, _)) = kept_back.first() {
                // Asked anew, the buffer begins with the later question: then the announcement is not whole in it.
                let announced = self.terms.mode == Mode::RecordDisclosure && *first <= from;
                return Beginning { origin: from.max(*first), kept_back, announced };
            }
        }
        Beginning { origin: self.origin_without_past(sample), kept_back: Vec::new(), announced: false }
    }

    /// Where a recording begins that keeps nothing of what came before `sample`: all of that is overwritten.
    pub(super) fn origin_without_past(&mut self, sample: u64) -> u64 {
        self.pre_consent.wipe();
        let mut origin = sample;
        if let Some(clock) = &mut self.clock {
            // Blocks that wait in the clock were captured before the yes.
            for mut placed in clock.settle() {
                placed.wipe();
            }
            self.placed_end = clock.head();
            origin = CallClock::head(clock).max(sample);
        }
        origin
    }

    /// The disclosure has been played: an answer that may be kept can come from now on.
    pub(super) fn hold_the_answer(&mut self) {
        let keep_ms = self.config.config.consent.keep_answer_ms;
        let others = self.register.parties().iter().filter(|party| party.present && party.index != AGENT);
        // What one party says while another has not agreed yet is no answer.
        let kept = keep_ms > 0
            && self.terms.mode == Mode::NothingBeforeYes
            && self.recording.is_none()
            && self.may_ask()
            && others.count() == 1;
        if kept && !self.pre_consent.is_filling() {
            self.pre_consent.start_answer(samples_of_ms(u64::from(keep_ms) + CLICK_MAY_BE_LATE_MS));
        }
    }

    /// Where the answer that was given at `sample` began at the earliest: never before the end of what it answers.
    pub(super) fn answer_begins(&self, method: Method, sample: u64) -> Option<u64> {
        let keep_ms = self.config.config.consent.keep_answer_ms;
        let from = match method {
            Method::AgentButton | Method::AgentHotkey => sample.saturating_sub(samples_of_ms(keep_ms.into())),
            // The tone is the answer.
            Method::Keypad => sample,
            Method::NoticeAndStay | Method::HostAssertion | Method::Standing => return None,
        };
        let heard = self.proof.as_ref().map(|proof| proof.end_sample)?;
        (keep_ms > 0).then(|| from.max(heard))
    }
}
