//! Messages of sensors: who vouches, what is in use.
//!
//! Owns the way from a sensor's message to what every call is told, and who may be a context. What is sensitive is decided
//! in [`crate::detection`]. Must never keep a text of a page: it is overwritten here, whatever came of it.

use serde::Deserialize;
use zeroize::Zeroizing;

use super::{Effect, Engine};
use crate::audio::Now;
use crate::detection::watch::{How, Reported};
use crate::detection::{Change, Part};
use crate::session::Input;
use crate::session::pausing::Aged;
use crate::{Error, ErrorKind, PageMessage, Result};

/// Longest name of a context: room for a UUID and what says whose it is.
const LONGEST_CONTEXT_BYTES: usize = 64;

/// A field has the focus, was filled, or is said to have the focus.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, missing_debug_implementations)] // explained in pkg/protocol.mjs; a descriptor may name a customer
pub struct FieldMessage {
    pub context_id: String,
    pub field: u32,
    pub how: How,
    pub frame_host: Option<String>,
    pub descriptor: String,
    pub event_age_ms: f64,
    pub posted_at_ms: f64,
}

impl Engine {
    /// Takes a message of a sensor; any other is none of its business.
    pub(super) fn sensed(&mut self, message: PageMessage, now: Now, effects: &mut Vec<Effect>) -> Result<()> {
        match message {
            PageMessage::SensorJoin { context_id } => self.present(&context_id, true, now),
            PageMessage::SensorAnswer { context_id, nonce } => {
                self.clearance.answer(&context_id, &nonce, now);
                Ok(())
            }
            PageMessage::SensorSignOff { context_id } => {
                self.clearance.sign_off(&context_id);
                Ok(())
            }
            PageMessage::SensorSignOn { context_id } => {
                self.clearance.sign_on(&context_id, now);
                Ok(())
            }
            PageMessage::SensorLeave { context_id } => {
                self.sensor_left(&context_id, now, effects);
                Ok(())
            }
            PageMessage::SensorGone { context_id } => {
                let changes = self.watch.gone(&context_id);
                self.apply(&context_id, changes, Aged::NOW, now, effects);
                self.clearance.leave(&context_id);
                Ok(())
            }
            PageMessage::FieldBegin(message) => {
                self.present(&message.context_id, false, now)?;
                let reported = Reported {
                    field: message.field,
                    how: message.how,
                    frame_host: message.frame_host.as_deref(),
                    descriptor: &message.descriptor,
                };
                let changes = self.watch.field(&message.context_id, &reported, &self.config.detection);
                let aged = Aged { age_ms: message.event_age_ms, late_ms: now.late_ms(message.posted_at_ms) };
                // A script's word of an old event is none: it may cost what is held, and no key.
                let begun = if message.how == How::Focus { aged } else { aged.all_late() };
                self.begin_and_end(&message.context_id, changes, begun, aged, now, effects);
                Ok(())
            }
            PageMessage::FieldEnd { context_id, event_age_ms } => {
                let changes = self.watch.left(&context_id);
                self.apply(&context_id, changes, Aged { age_ms: event_age_ms, late_ms: 0.0 }, now, effects);
                Ok(())
            }
            PageMessage::TextSeen { context_id, field, text, event_age_ms, posted_at_ms } => {
                let text = Zeroizing::new(text);
                self.present(&context_id, false, now)?;
                let changes = self.watch.text(&context_id, field, &text, &self.config.detection);
                drop(text);
                let aged = Aged { age_ms: event_age_ms, late_ms: now.late_ms(posted_at_ms) };
                self.apply(&context_id, changes, aged, now, effects);
                Ok(())
            }
            PageMessage::PageLocation { context_id, url, posted_at_ms } => {
                self.present(&context_id, false, now)?;
                let changes = self.watch.location(&context_id, &url, &self.config.detection);
                let aged = Aged { age_ms: 0.0, late_ms: now.late_ms(posted_at_ms) };
                self.apply(&context_id, changes, aged, now, effects);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// A context that may be listened to. One that never joined may say what is in use too: it only withholds.
    fn present(&mut self, context_id: &str, anew: bool, now: Now) -> Result<()> {
        if !is_context(context_id) {
            return Err(Error::new(ErrorKind::MessageInvalid, "A sensor context has a name that is none."));
        }
        if (anew || !self.clearance.knows(context_id)) && !self.clearance.join_at(context_id, now) {
            return Err(Error::new(ErrorKind::LimitExceeded, "Too many sensor contexts."));
        }
        Ok(())
    }

    /// A tab is gone. While something is in use in it that is not believed: then it only need not answer any more, and
    /// what is in use stays cut out.
    fn sensor_left(&mut self, context_id: &str, now: Now, effects: &mut Vec<Effect>) {
        let changes = self.watch.page_gone(context_id);
        self.apply(context_id, changes, Aged::NOW, now, effects);
        if self.watch.is_in_use(context_id) {
            self.clearance.sign_off(context_id);
        } else {
            self.clearance.leave(context_id);
            self.watch.forget(context_id);
        }
    }

    fn apply(
        &mut self,
        context_id: &str,
        changes: Vec<Change>,
        aged: Aged,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        self.begin_and_end(context_id, changes, aged, aged, now, effects);
    }

    fn begin_and_end(
        &mut self,
        context_id: &str,
        changes: Vec<Change>,
        begun: Aged,
        ended: Aged,
        now: Now,
        effects: &mut Vec<Effect>,
    ) {
        let Aged { age_ms, late_ms } = begun;
        for change in changes {
            match change {
                Change::Begin { part, cause, soft } => {
                    let stretch = part.context(context_id);
                    if part != Part::Filled {
                        self.clearance.begin(context_id, &stretch, cause.clone());
                    }
                    let (context_id, cause) = (stretch.as_str(), &cause);
                    let input = || match soft {
                        true => Input::SoftBegin { context_id, cause, age_ms, late_ms },
                        false => Input::SensitiveBegin { context_id, cause, age_ms, late_ms },
                    };
                    self.all(input, now, effects);
                }
                Change::End(part) => {
                    let stretch = part.context(context_id);
                    self.clearance.end(context_id, &stretch);
                    let age_ms = ended.age_ms;
                    self.all(|| Input::SensitiveEnd { context_id: &stretch, age_ms }, now, effects);
                }
            }
        }
    }
}

/// Names of contexts have no colon: those with one are the engine's own, and no page may end what they cut out.
fn is_context(context_id: &str) -> bool {
    !context_id.is_empty()
        && context_id.len() <= LONGEST_CONTEXT_BYTES
        && context_id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}
