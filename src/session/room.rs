//! What a full spool does to a call.
//!
//! Owns that it ends the recording whole: what was captured until then is sealed and the ledger says why it ends. Must
//! never leave a hole that looks like silence, nor begin a recording that could not be kept.

use super::{Action, Asking, LAST_CLEARANCE_WITHIN_MS, Session};
use crate::audio::Now;
use crate::ledger::Outcome;
use crate::{Error, ErrorKind};

impl Session {
    /// Whether the spool may take more audio has become known.
    pub(super) fn spool_room(&mut self, is_full: bool, now: Now, actions: &mut Vec<Action>) {
        self.spool_full = is_full;
        let runs = self.recording.as_ref().is_some_and(|recording| !recording.stopping());
        if is_full && runs && !self.failed && !self.reported {
            self.stop_for_room(now, actions);
        }
    }

    /// The recording ends here, as a whole.
    fn stop_for_room(&mut self, now: Now, actions: &mut Vec<Action>) {
        self.failed = true;
        self.asking = Asking::Over;
        if self.disclosure.is_running() {
            actions.push(Action::StopDisclosure);
        }
        self.trouble(ErrorKind::SpoolFull.code(), now);
        let sample = self.sample_at(now, 0.0);
        if let Some(recording) = &mut self.recording {
            recording.stop(sample, Outcome::Failed, now.monotonic_ms + LAST_CLEARANCE_WITHIN_MS);
        }
        self.beep(false, actions);
        actions.push(Action::Problem(full()));
    }

    /// Whether a recording may not begin because it could not be kept; the host is told.
    pub(super) fn has_no_room(&mut self, now: Now, actions: &mut Vec<Action>) -> bool {
        if self.spool_full {
            self.failed = true;
            self.asking = Asking::Over;
            self.pre_consent.wipe();
            self.trouble(ErrorKind::SpoolFull.code(), now);
            actions.push(Action::Problem(full()));
        }
        self.spool_full
    }
}

fn full() -> Error {
    let sentence = "This computer's space for recordings is full: the call goes on unrecorded. What is here goes on to the \
                    store, and calls are recorded again when there is room.";
    Error::new(ErrorKind::SpoolFull, sentence)
}
