//! What the agent is told when a value was typed where none should be.
//!
//! Owns how long the warning stands. Must never hold more of the value than its class.

use super::Session;
use crate::audio::Now;
use crate::detection::trigger::VALUE_SEEN;
use crate::redact::clearance::Cause;

/// How long a warning is shown, milliseconds: time to finish a sentence and look at the panel.
pub const WARNING_MS: f64 = 20_000.0;

/// A value that was recognised.
#[derive(Debug)]
pub(super) struct Warning {
    class: String,
    until_ms: f64,
}

impl Session {
    /// Warns of a value that was recognised; any other cause is none.
    pub(super) fn warn_of_value(&mut self, cause: &Cause, now: Now) {
        if cause.trigger == VALUE_SEEN {
            let until_ms = now.monotonic_ms + WARNING_MS;
            self.warning = Some(Warning { class: cause.class.clone(), until_ms });
        }
    }

    /// Class of the value that the agent is to be warned of now: only while its audio would have been kept.
    pub(super) fn warned_of(&self, now: Now) -> Option<String> {
        let keeps = self.recording.as_ref().is_some_and(|recording| !recording.stopping()) && !self.failed;
        let warning = self.warning.as_ref().filter(|warning| keeps && now.monotonic_ms < warning.until_ms);
        warning.map(|warning| warning.class.clone())
    }
}
