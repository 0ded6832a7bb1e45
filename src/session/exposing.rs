//! What is found too late: its audio has left the hold-back and was encoded (docs/redaction.md).
//!
//! Owns how such a stretch is told: first into the signed ledger, durably, then to whoever must take the keys away, then to
//! the host. Must never pass over a sample that was kept and should not have been.

use super::recording::Recording;
use super::{Action, Session};
use crate::audio::Now;
use crate::ledger::{EntryBody, ExposureFound};
use crate::redact::clearance::Cause;
use crate::{Error, ErrorKind};

/// The trouble's code.
const LATE: &str = "redaction/late";

impl Session {
    /// Something demands to be cut out from `wanted` on, of which everything before `held_from` is encoded.
    pub(super) fn found_late(&mut self, cause: &Cause, wanted: u64, held_from: u64, now: Now) {
        let Some(recording) = &self.recording else { return };
        let channels = self.config.rules.spans.channels(&cause.trigger);
        let pieces = recording.encoded_clear(wanted, held_from, channels, &self.redactor);
        let named = |piece: &(u64, u64)| {
            self.exposed.iter().any(|found| found.from_sample <= piece.0 && piece.1 <= found.to_sample)
        };
        let news: Vec<_> = pieces.into_iter().filter(|piece| !named(piece)).collect();
        if news.is_empty() {
            return;
        }
        self.trouble(LATE, now);
        let effect = self.config.config.exposure;
        self.exposed.extend(news.into_iter().map(|(from_sample, to_sample)| ExposureFound {
            from_sample,
            to_sample,
            trigger: cause.trigger.clone(),
            class: cause.class.clone(),
            effect,
        }));
    }

    /// Tells of what was found since the last time.
    pub(super) fn tell_exposures(&mut self, now: Now, actions: &mut Vec<Action>) {
        let found = core::mem::take(&mut self.exposed);
        let Some(recording) = self.recording.as_mut().filter(|_| !found.is_empty()) else { return };
        if recording.finished() {
            actions.push(Action::Problem(Error::new(
                ErrorKind::WrongState,
                "Something sensitive was found after the recording was closed: destroy it in the store, with its own tools.",
            )));
            return;
        }
        for exposure in &found {
            recording.note(EntryBody::ExposureFound(exposure.clone()), now);
            recording.expose(exposure.clone());
        }
        let written = recording.write_ledger(now);
        self.spool_or_fail(written, actions);
        actions.push(Action::Exposed(found));
    }

    /// Has the keys destroyed that are to be: at once, or when a segment's end shows that it holds any of a stretch.
    pub(super) fn destroy_keys(&mut self, actions: &mut Vec<Action>) {
        let envelopes = self.recording.as_mut().map_or_else(Vec::new, Recording::take_keyless);
        if !envelopes.is_empty() {
            actions.push(Action::DestroyKeys(envelopes));
        }
    }
}
