//! Keyed digits are cut out of every call.
//!
//! Owns how the mask of the keys ([`KeyMask`]) gets its audio, how its cuts become spans, and how far back a cut reaches.
//! One tone may stay: the answer itself, where the company keeps answers as evidence. Must never be switched off while audio may still be kept.

use super::Session;
use super::recording::Recording;
use crate::ErrorKind;
use crate::audio::Now;
use crate::audio::clock::Placed;
use crate::audio::dtmf::DtmfEvent;
use crate::redact::clearance::Cause;
use crate::redact::keys::{CLASS, Cut, KeyMask, TRIGGER};

/// Context of the redactor for keyed digits: no page can name it.
const KEYS_CONTEXT: &str = "callseal:keys";

impl Session {
    /// Listens to what the timeline continues with, and says what was heard of the customer's keys.
    pub(super) fn hear_keys<'mask>(
        mask: &'mask mut Option<KeyMask>,
        start: u64,
        placed: &Placed,
    ) -> &'mask [DtmfEvent] {
        let mask = mask.get_or_insert_with(|| KeyMask::at_sample(start));
        match placed {
            Placed::Audio { left, right } => mask.hear(start, left, right),
            Placed::Gap { samples, .. } => mask.hear_gap(start, *samples),
        }
    }

    /// Cuts out what was heard of keys since the last time. Comes after the answers that keys have given.
    pub(super) fn mask_keys(&mut self, now: Now) {
        let Some(mask) = &mut self.key_mask else { return };
        for cut in mask.decide(self.answer_key) {
            match cut {
                Cut::Begin { from_sample } => {
                    let cause = Cause { trigger: TRIGGER.to_owned(), class: CLASS.to_owned() };
                    self.cut_out(KEYS_CONTEXT, &cause, from_sample, now);
                }
                Cut::End { to_sample } => self.redactor.end(KEYS_CONTEXT, to_sample),
            }
        }
    }

    /// No more audio comes: cuts out the tone that the end of the recording has cut short.
    pub(super) fn mask_last_key(&mut self, now: Now) {
        if let Some(mask) = &mut self.key_mask {
            mask.finish();
        }
        self.mask_keys(now);
    }

    /// Cuts out from sample `wanted` on, as far as that is still held.
    pub(super) fn cut_out(&mut self, context_id: &str, cause: &Cause, wanted: u64, now: Now) {
        let earliest = self.recording.as_ref().map_or(0, Recording::held_from);
        if wanted < earliest {
            self.found_late(cause, wanted, earliest, now);
        }
        if self.recording.is_none() {
            self.redactor.forget_before(self.pre_consent.start_sample().unwrap_or(self.placed_end));
        }
        if !self.redactor.begin(context_id, cause, wanted.max(earliest), now.unix_ms) {
            self.trouble(ErrorKind::LimitExceeded.code(), now);
        }
    }
}
