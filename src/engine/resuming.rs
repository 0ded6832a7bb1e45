//! A call whose engine has died goes on in this one.
//!
//! Owns the order: what the page says of language and places first, then the ledger, then the law. Must never read a file:
//! the edge looks into the spool and brings what may be believed.

use serde::{Deserialize, Serialize};

use super::law::FactsMessage;
use super::{Call, Effect, Engine, post};
use crate::audio::Now;
use crate::consent::register::CUSTOMER;
use crate::message::EngineMessage;
use crate::session::resuming::{PageAccount, Resumption};
use crate::session::{Input, Session};
use crate::store::recovery::RecoveryPlan;
use crate::{Error, ErrorKind, Result};

/// The page says that the engine of a call has died.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // the fields are documented once, in pkg/protocol.mjs
pub struct TakeOverMessage {
    pub call_id: String,
    pub answered_age_ms: Option<f64>,
    pub joined: Vec<JoinedMessage>,
    pub facts: Vec<FactsMessage>,
    #[serde(default)]
    pub had_objects: bool,
}

impl core::fmt::Debug for TakeOverMessage {
    // Facts are numbers and addresses, a key may be a name.
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(formatter, "TakeOverMessage({})", self.call_id)
    }
}

/// Somebody who has joined and not left.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, missing_debug_implementations)] // as above
pub struct JoinedMessage {
    pub key: String,
    pub event_age_ms: f64,
}

/// What has become of a call whose engine had died.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Resumed {
    /// Its recording goes on, as the next part.
    GoesOn,
    /// Nothing had been recorded: it begins anew.
    BeginsAnew,
    /// Nothing more of it is recorded.
    Refused,
}

impl Engine {
    /// The engine before has left nothing of the call in the spool: it begins anew. `serial` is a random number.
    ///
    /// # Errors
    /// If the call cannot be opened.
    pub fn begin_late(&mut self, message: &TakeOverMessage, serial: u32, now: Now) -> Result<Vec<Effect>> {
        let mut effects = Vec::new();
        self.open(&message.call_id, serial, now, &mut effects)?;
        if let Some(session) = self.calls.get_mut(&message.call_id).and_then(|call| call.session.as_mut()) {
            session.begin_late();
        }
        self.tell_all(message, now, &mut effects)?;
        effects.push(resumed(message, Resumed::BeginsAnew));
        self.account(&effects);
        Ok(effects)
    }

    /// The engine before has left `files`, in order by now, and a ledger that the call can go on with. `serial` is a random
    /// number.
    ///
    /// # Errors
    /// If the call cannot be opened.
    pub fn go_on(
        &mut self,
        message: &TakeOverMessage,
        files: RecoveryPlan,
        resumption: Box<Resumption>,
        serial: u32,
        now: Now,
    ) -> Result<Vec<Effect>> {
        let call_id = message.call_id.as_str();
        let id = self.may_open(call_id)?;
        let mut effects = vec![resumed(message, Resumed::GoesOn)];
        let uploads = self.uploads_of(call_id, files.objects, files.since_unix_ms);
        let session = Session::new(id, self.config.clone(), serial);
        self.calls.insert(call_id.to_owned(), Call { uploads, ..Call::new(Some(session), &self.config) });
        let customers = message.facts.iter().flat_map(|facts| &facts.parties);
        let mut languages =
            customers.filter(|party| party.index == CUSTOMER).filter_map(|party| party.language.as_deref());
        if let Some(language) = languages.next_back() {
            self.input(call_id, Input::Language(language), now, &mut effects)?;
        }
        let joined = message.joined.iter().map(|joined| (joined.key.clone(), joined.event_age_ms)).collect();
        let page = PageAccount { answered_age_ms: message.answered_age_ms, joined };
        self.input(call_id, Input::Resumed { resumption, page: &page }, now, &mut effects)?;
        if let Some(call) = self.calls.get_mut(call_id) {
            let parties = call.session.as_ref().map_or(0, Session::parties);
            (2..parties).for_each(|_| call.law.joined());
        }
        self.tell_all(message, now, &mut effects)?;
        self.account(&effects);
        Ok(effects)
    }

    /// What the host has said of the call, and what the law says to it.
    fn tell_all(&mut self, message: &TakeOverMessage, now: Now, effects: &mut Vec<Effect>) -> Result<()> {
        for facts in &message.facts {
            if facts.call_id != message.call_id {
                let sentence = "A call goes on with what was said of another one.";
                return Err(Error::new(ErrorKind::MessageInvalid, sentence));
            }
            if let Some(call) = self.calls.get_mut(&facts.call_id) {
                // What could not be read counted as unknown, and was told of, when the host said it.
                let _ = call.law.tell(facts);
            }
            self.tell_personal(facts, now, effects)?;
        }
        self.decide(&message.call_id, now, effects)
    }
}

/// Tells the page.
pub(super) fn resumed(message: &TakeOverMessage, outcome: Resumed) -> Effect {
    post(EngineMessage::CallResumed { call_id: message.call_id.clone(), outcome })
}
