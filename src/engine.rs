//! All calls of one page: routes messages to sessions and sessions' actions to the edge.
//!
//! Owns which calls exist, the clearance they share, and their upload queues. Free of input and output like the
//! sessions: the edge (`web`) carries out [`Effect`]s and reports back. Must never decide about a single call.

pub mod law;
pub mod pausing;
pub mod resuming;
pub mod sensing;
pub mod storing;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::audio::hold_back::Frame;
use crate::audio::{Block, Now};
use crate::config::ValidConfig;
use crate::consent::register::{CUSTOMER, From};
use crate::detection::Watch;
use crate::engine::law::{CallLaw, FactsMessage};
use crate::engine::resuming::TakeOverMessage;
use crate::engine::storing::Stores;
use crate::jurisdiction::Decision;
use crate::ledger::is_shredded;
use crate::message::{ConsentMessage, EngineMessage, is_plain_name};
use crate::names::{CallId, ObjectName};
use crate::redact::clearance::Clearance;
use crate::session::consenting::GivenAnswer;
use crate::session::report::ReportedObject;
use crate::session::snapshot::Snapshot;
use crate::session::{Action, Input, Session};
use crate::store::queue::UploadQueue;
use crate::store::spool::SpoolOperation;
use crate::{Error, ErrorKind, PageMessage, Result};

/// Longest time without a new picture for the panel while a call is open, milliseconds.
const SNAPSHOT_EVERY_MS: f64 = 500.0;

/// Calls one page may have open: more is a defect or an attack.
const MOST_CALLS: usize = 32;

/// What the edge has to do, in this order.
#[derive(Debug)]
pub enum Effect {
    /// Send to the page.
    Post(Box<EngineMessage>),
    /// Make an encoder for the call.
    StartEncoder(String),
    /// Give it a frame.
    Encode {
        /// The call.
        call_id: String,
        /// The samples.
        frame: Box<Frame>,
        /// Number of the frame in the recording.
        index: u64,
    },
    /// Flush and close it, then report that it is drained.
    DrainEncoder(String),
    /// Carry out a step on the spool, after all earlier ones of the call.
    Spool {
        /// The call.
        call_id: String,
        /// The step.
        operation: SpoolOperation,
    },
    /// Try to store the object, then report how it ended.
    Upload {
        /// The call.
        call_id: String,
        /// The object, complete in the spool.
        object: ReportedObject,
        /// The store, by its place among the configured ones.
        store: usize,
        /// An attempt before this one may have stored it.
        is_retry: bool,
    },
    /// The spool may let go of these objects.
    Forget {
        /// The call.
        call_id: String,
        /// Names of the objects.
        names: Vec<String>,
    },
    /// The spool may let go of the whole call.
    ForgetCall(String),
    /// Look for what a dead engine has left of the call, and go on with it: [`Engine::go_on`] or [`Engine::begin_late`].
    TakeOver(TakeOverMessage),
}

#[derive(Debug)]
struct Call {
    session: Option<Session>,
    law: CallLaw,
    decision: Option<Decision>,
    uploads: UploadQueue,
    last_snapshot: Option<(Snapshot, f64)>,
    /// Every object is on the queue.
    complete: bool,
    stored: bool,
    /// What there is and comes of its audio is destroyed.
    shredding: bool,
    /// The store has confirmed that.
    shredded: bool,
    /// Envelopes that were destroyed because of what their segments hold.
    keyless: BTreeSet<String>,
}

impl Call {
    fn new(session: Option<Session>, config: &ValidConfig) -> Self {
        Self {
            session,
            law: CallLaw::new(config),
            decision: None,
            uploads: UploadQueue::default(),
            last_snapshot: None,
            complete: false,
            stored: false,
            shredding: false,
            shredded: false,
            keyless: BTreeSet::new(),
        }
    }

    fn is_running(&self) -> bool {
        self.session.as_ref().is_some_and(|session| !session.is_closed())
    }
}

/// The engine of one page.
#[derive(Debug)]
pub struct Engine {
    config: Rc<ValidConfig>,
    clearance: Clearance,
    watch: Watch,
    calls: BTreeMap<String, Call>,
    stores: Stores,
}

impl Engine {
    /// An engine without calls.
    #[must_use]
    pub fn new(config: ValidConfig) -> Self {
        Self {
            stores: Stores::new(&config),
            config: Rc::new(config),
            clearance: Clearance::default(),
            watch: Watch::default(),
            calls: BTreeMap::new(),
        }
    }

    /// The configuration in force.
    #[must_use]
    pub fn config(&self) -> &ValidConfig {
        &self.config
    }

    /// Takes a message of the page. `random` gives 32 random bits.
    ///
    /// # Errors
    /// If the message names no open call or its fields make no sense; nothing has changed then.
    pub fn page_message(
        &mut self,
        message: PageMessage,
        now: Now,
        random: &mut dyn FnMut() -> Result<u32>,
    ) -> Result<Vec<Effect>> {
        let mut effects = Vec::new();
        match message {
            PageMessage::CallOpen { call_id } => self.open(&call_id, random()?, now, &mut effects)?,
            PageMessage::CallResume(message) => {
                self.may_open(&message.call_id)?;
                effects.push(Effect::TakeOver(message));
            }
            PageMessage::CallFacts(message) => self.facts(&message, now, &mut effects)?,
            PageMessage::CallAnswered { call_id, answered_age_ms: age_ms, by, trusted } => {
                self.input(&call_id, Input::Answered { by, trusted, age_ms }, now, &mut effects)?;
            }
            PageMessage::DisclosureStarted { call_id, frame } => {
                let frame = whole_frame(frame)?;
                self.input(&call_id, Input::DisclosureStarted { frame }, now, &mut effects)?;
            }
            PageMessage::DisclosureEnded { call_id, .. } => {
                self.input(&call_id, Input::DisclosureEnded, now, &mut effects)?;
            }
            PageMessage::DisclosureFailed { call_id, .. } => {
                self.input(&call_id, Input::DisclosureFailed, now, &mut effects)?;
            }
            PageMessage::DisclosureReplay { call_id } => {
                self.input(&call_id, Input::DisclosureReplay, now, &mut effects)?;
            }
            PageMessage::DisclosureRead { call_id, trusted, event_age_ms: age_ms } => {
                self.input(&call_id, Input::DisclosureRead { trusted, age_ms }, now, &mut effects)?;
            }
            PageMessage::Consent(message) => self.consent(message, now, &mut effects)?,
            PageMessage::ConsentAssertion { call_id, statement } => {
                self.input(&call_id, Input::Assertion { statement: &statement }, now, &mut effects)?;
            }
            PageMessage::PartyJoined { call_id, key, event_age_ms: age_ms } => {
                // Of a newcomer nothing is known: the strictest law counts, from before they are asked.
                if let Some(call) = self.calls.get_mut(&call_id)
                    && call.session.as_ref().is_some_and(|session| session.takes_in(&key))
                {
                    call.law.joined();
                    self.decide(&call_id, now, &mut effects)?;
                }
                self.input(&call_id, Input::PartyJoined { key: &key, age_ms }, now, &mut effects)?;
            }
            PageMessage::PartyLeft { call_id, key, event_age_ms: age_ms } => {
                self.input(&call_id, Input::PartyLeft { key: &key, age_ms }, now, &mut effects)?;
            }
            sensed @ (PageMessage::SensorJoin { .. }
            | PageMessage::SensorAnswer { .. }
            | PageMessage::SensorSignOff { .. }
            | PageMessage::SensorSignOn { .. }
            | PageMessage::SensorLeave { .. }
            | PageMessage::SensorGone { .. }
            | PageMessage::FieldBegin(_)
            | PageMessage::FieldEnd { .. }
            | PageMessage::TextSeen { .. }
            | PageMessage::PageLocation { .. }) => self.sensed(sensed, now, &mut effects)?,
            PageMessage::Pause(message) => self.pause(message, now, &mut effects)?,
            PageMessage::Resume(message) => self.resume(message, now, &mut effects)?,
            PageMessage::MediaAlarm { call_id, code } => {
                let code = if is_plain_name(&code) { code } else { "media/alarm".to_owned() };
                self.input(&call_id, Input::MediaAlarm { code }, now, &mut effects)?;
            }
            PageMessage::HangUp { call_id, event_age_ms } => {
                self.clearance.challenge_soon();
                self.input(&call_id, Input::HangUp { age_ms: event_age_ms }, now, &mut effects)?;
            }
            PageMessage::StoreAccess { store, token, headers } => {
                self.renew_access(&store, token.as_deref(), &headers)?;
            }
            PageMessage::StoreRetry { call_id } => self.retry(call_id.as_deref(), now, &mut effects),
            PageMessage::RecordingRemove { call_id } => self.remove(&call_id, &mut effects)?,
        }
        self.account(&effects);
        Ok(effects)
    }

    /// Takes a captured block.
    ///
    /// # Errors
    /// If the call is not open.
    pub fn block(&mut self, call_id: &str, block: Block<'_>, now: Now) -> Result<Vec<Effect>> {
        let mut effects = Vec::new();
        self.input(call_id, Input::Block(block), now, &mut effects)?;
        self.account(&effects);
        Ok(effects)
    }

    /// Takes any other input for one call.
    ///
    /// # Errors
    /// If the call is not open.
    pub fn call_input(&mut self, call_id: &str, input: Input<'_>, now: Now) -> Result<Vec<Effect>> {
        let mut effects = Vec::new();
        self.input(call_id, input, now, &mut effects)?;
        self.account(&effects);
        Ok(effects)
    }

    /// Whether the call is open, or its objects wait for the store.
    #[must_use]
    pub fn knows(&self, call_id: &str) -> bool {
        self.calls.contains_key(call_id)
    }

    /// Forgets a closed call whose spool failed: what is on the disk is recovered like after a crash.
    pub fn give_up(&mut self, call_id: &str) {
        if self.calls.get(call_id).is_some_and(|call| !call.is_running()) {
            self.calls.remove(call_id);
            self.stores.forget(call_id);
        }
    }

    /// Time passes: challenges, deadlines, uploads, pictures. `nonce` gives an unguessable word.
    pub fn tick(&mut self, now: Now, nonce: &mut dyn FnMut() -> Option<String>) -> Vec<Effect> {
        let mut effects = Vec::new();
        for (context_id, nonce) in self.clearance.due(now, nonce) {
            effects.push(post(EngineMessage::Challenge { context_id, nonce }));
        }
        self.all(|| Input::Tick, now, &mut effects);
        self.store_tick(now, &mut effects);
        effects
    }

    fn open(&mut self, call_id: &str, serial: u32, now: Now, effects: &mut Vec<Effect>) -> Result<()> {
        let id = self.may_open(call_id)?;
        let session = Session::new(id, Rc::clone(&self.config), serial);
        let call = Call::new(Some(session), &self.config);
        self.calls.insert(call_id.to_owned(), call);
        self.decide(call_id, now, effects)
    }

    fn may_open(&self, call_id: &str) -> Result<CallId> {
        let id = CallId::parse(call_id)?;
        if self.calls.contains_key(call_id) {
            return Err(Error::new(ErrorKind::CallUnknown, "This call id was used before."));
        }
        // Calls that only wait for the store do not count: a store that is away must not end recording.
        let open = self.calls.values().filter(|call| call.is_running()).count();
        if open >= MOST_CALLS {
            return Err(Error::new(ErrorKind::LimitExceeded, "Too many calls are open."));
        }
        Ok(id)
    }

    fn facts(&mut self, message: &FactsMessage, now: Now, effects: &mut Vec<Effect>) -> Result<()> {
        let call_id = &message.call_id;
        let call = self.calls.get_mut(call_id).filter(|call| call.session.is_some()).ok_or_else(no_call)?;
        let told = call.law.tell(message);
        self.tell_personal(message, now, effects)?;
        self.decide(call_id, now, effects)?;
        told
    }

    /// What of the facts is no matter of the law.
    fn tell_personal(&mut self, message: &FactsMessage, now: Now, effects: &mut Vec<Effect>) -> Result<()> {
        for party in &message.parties {
            if let Some(personal) = party.personal() {
                let input = Input::Personal { party: party.index, personal };
                self.input(&message.call_id, input, now, effects)?;
            }
        }
        let customers = message.parties.iter().filter(|party| party.index == CUSTOMER);
        for language in customers.filter_map(|party| party.language.as_deref()) {
            self.input(&message.call_id, Input::Language(language), now, effects)?;
        }
        Ok(())
    }

    /// Asks the law anew and tells the session and the host what it says.
    fn decide(&mut self, call_id: &str, now: Now, effects: &mut Vec<Effect>) -> Result<()> {
        let call = self.calls.get_mut(call_id).filter(|call| call.session.is_some()).ok_or_else(no_call)?;
        let decision = call.law.decide(&self.config);
        if call.decision.as_ref() != Some(&decision) {
            call.decision = Some(decision.clone());
            effects.push(post(EngineMessage::Decision {
                call_id: call_id.to_owned(),
                decision: decision.clone(),
            }));
        }
        self.input(call_id, Input::Decision(Box::new(decision)), now, effects)
    }

    fn consent(&mut self, message: ConsentMessage, now: Now, effects: &mut Vec<Effect>) -> Result<()> {
        let given = GivenAnswer {
            from: message.party.map_or(From::WhoeverIsAsked, From::Party),
            answer: message.answer,
            method: message.method.into(),
            // They end up in evidence: a page cannot smuggle a sentence into them.
            words: message.words.filter(|words| is_plain_name(words)),
            trusted: message.trusted,
            assertion_sha256: None,
            age_ms: message.event_age_ms,
        };
        self.input(&message.call_id, Input::Answer(given), now, effects)
    }

    fn all<'a>(&mut self, input: impl Fn() -> Input<'a>, now: Now, effects: &mut Vec<Effect>) {
        let Self { clearance, calls, .. } = self;
        for (call_id, call) in calls {
            step(call_id, call, input(), now, clearance, effects);
        }
    }

    fn input(&mut self, call_id: &str, input: Input<'_>, now: Now, effects: &mut Vec<Effect>) -> Result<()> {
        let Self { clearance, calls, .. } = self;
        let call = calls.get_mut(call_id).filter(|call| call.session.is_some()).ok_or_else(no_call)?;
        step(call_id, call, input, now, clearance, effects);
        Ok(())
    }
}

fn step(
    call_id: &str,
    call: &mut Call,
    input: Input<'_>,
    now: Now,
    clearance: &mut Clearance,
    effects: &mut Vec<Effect>,
) {
    let Some(session) = &mut call.session else { return };
    let actions = session.handle(input, now, clearance);
    if session.wants_clearance() {
        clearance.challenge_soon();
    }
    for action in actions {
        let id = call_id.to_owned();
        let effect = match action {
            Action::PlayDisclosure => {
                let (url, sha256) = session.prompt();
                post(EngineMessage::PlayDisclosure { call_id: id, url, sha256 })
            }
            Action::StopDisclosure => post(EngineMessage::StopDisclosure { call_id: id }),
            Action::Beep { on } => post(EngineMessage::Beep { call_id: id, on }),
            Action::StartEncoder => Effect::StartEncoder(id),
            Action::Encode { frame, index } => Effect::Encode { call_id: id, frame, index },
            Action::DrainEncoder => Effect::DrainEncoder(id),
            Action::Spool(operation) => Effect::Spool { call_id: id, operation },
            Action::Consent(event) => post(EngineMessage::ConsentEvent { call_id: id, event }),
            Action::Papers(papers) => post(EngineMessage::CallPapers { call_id: id, papers: *papers }),
            Action::Shred => {
                call.shredding = true;
                Effect::Forget { call_id: id, names: call.uploads.abandon(is_shredded_name) }
            }
            Action::Exposed(exposures) => post(EngineMessage::Exposures { call_id: id, exposures }),
            Action::DestroyKeys(envelopes) => {
                call.uploads.abandon(|name| envelopes.iter().any(|gone| gone == name));
                call.keyless.extend(envelopes.iter().cloned());
                Effect::Forget { call_id: id, names: envelopes }
            }
            Action::Closed(report) => post(EngineMessage::CallClosed { call_id: id, report: *report }),
            Action::Problem(error) => post(problem(Some(id), &error, false)),
        };
        effects.push(effect);
    }
    show(call, now, effects);
}

/// The message that tells the page of an error.
#[must_use]
pub fn problem(call_id: Option<String>, error: &Error, fatal: bool) -> EngineMessage {
    EngineMessage::Error {
        call_id,
        code: error.code().to_owned(),
        message: error.detail().to_owned(),
        retryable: error.kind().retryable(),
        fatal,
    }
}

/// A new picture for the panel, if it differs from the last one or that one is old.
fn show(call: &mut Call, now: Now, effects: &mut Vec<Effect>) {
    let Some(session) = &call.session else { return };
    let snapshot = session.snapshot(now, &call.uploads);
    let due = call.last_snapshot.as_ref().is_none_or(|(last, at_ms)| {
        let same =
            Snapshot { elapsed_ms: last.elapsed_ms, recorded_ms: last.recorded_ms, ..snapshot.clone() }
                == *last;
        !same || (now.monotonic_ms - at_ms >= SNAPSHOT_EVERY_MS && !session.is_closed())
    });
    if due {
        call.last_snapshot = Some((snapshot.clone(), now.monotonic_ms));
        effects.push(post(EngineMessage::State { snapshot }));
    }
}

fn is_shredded_name(name: &str) -> bool {
    ObjectName::parse(name).is_ok_and(|name| is_shredded(&name))
}

fn no_call() -> Error {
    Error::new(ErrorKind::CallUnknown, "No call with this id is open.")
}

fn post(message: EngineMessage) -> Effect {
    Effect::Post(Box::new(message))
}

fn whole_frame(frame: f64) -> Result<u64> {
    if frame.is_finite() && (0.0..9.007_199_254_740_992e15).contains(&frame) {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // checked just above
        return Ok(frame as u64);
    }
    Err(Error::new(ErrorKind::MessageInvalid, "A frame number must be a whole number."))
}
