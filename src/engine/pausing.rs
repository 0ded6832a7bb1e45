//! Messages that pause and resume, on their way to the session.
//!
//! Owns their shape, and that no word of the page reaches evidence that is not a plain name. Must never decide whether a
//! pause ends: the session does.

use serde::Deserialize;

use super::{Effect, Engine};
use crate::Result;
use crate::audio::Now;
use crate::message::is_plain_name;
use crate::session::Input;
use crate::session::pausing::{PauseDemand, PausedBy};

/// A message that pauses a recording.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // the fields are documented once, in pkg/protocol.mjs
pub struct PauseMessage {
    pub call_id: String,
    pub by: PausedBy,
    pub class: Option<String>,
    pub trusted: bool,
    pub event_age_ms: f64,
    pub posted_at_ms: f64,
}

/// A message that resumes it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // the fields are documented once, in pkg/protocol.mjs
pub struct ResumeMessage {
    pub call_id: String,
    pub by: PausedBy,
    pub trusted: bool,
    pub event_age_ms: f64,
}

impl Engine {
    pub(super) fn pause(&mut self, message: PauseMessage, now: Now, effects: &mut Vec<Effect>) -> Result<()> {
        let PauseMessage { call_id, by, class, trusted, event_age_ms: age_ms, posted_at_ms } = message;
        let late_ms = now.late_ms(posted_at_ms);
        let class = class.map(|class| if is_plain_name(&class) { class } else { "other".to_owned() });
        self.input(&call_id, Input::Pause(PauseDemand { by, class, trusted, age_ms, late_ms }), now, effects)
    }

    pub(super) fn resume(
        &mut self,
        message: ResumeMessage,
        now: Now,
        effects: &mut Vec<Effect>,
    ) -> Result<()> {
        let ResumeMessage { call_id, by, trusted, event_age_ms: age_ms } = message;
        self.input(
            &call_id,
            Input::Resume(PauseDemand { by, class: None, trusted, age_ms, late_ms: 0.0 }),
            now,
            effects,
        )
    }
}
