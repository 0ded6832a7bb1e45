//! Carries out what the engine says: messages, encoders, spool, uploads; and reports back.
//!
//! Owns the running parts of the Worker. Must never reorder spool operations of a call, and never call the engine
//! while it is at work.

mod countersigning;
mod resuming;
mod sending;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use js_sys::{Date, Function};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Performance, WorkerGlobalScope};

use crate::audio::{Block, Now};
use crate::config::ValidConfig;
use crate::engine::{Effect, Engine, problem};
use crate::ledger::LedgerSigner;
use crate::message::{EngineMessage, PageMessage};
use crate::names::CallId;
use crate::session::Input;
use crate::session::report::ReportedObject;
use crate::store::spool::SpoolOperation;
use crate::web::device_key::{DeviceKey, bare_signer};
use crate::web::edge::countersigning::head_to_countersign;
use crate::web::encoder::{self, Encoder};
use crate::web::recovery;
use crate::web::resuming::take_over;
use crate::web::spool::Spool;
use crate::web::upload::Helpers;
use crate::web::webhook::Outbox;
use crate::{Error, ErrorKind, Result};

/// How often a new call looks whether the device's key was opened, and the pause between, milliseconds: two seconds in
/// all, well within a prompt.
const DEVICE_ATTEMPTS: u32 = 40;
const DEVICE_PAUSE_MS: i32 = 50;

enum SpoolTask {
    Operation {
        call_id: String,
        operation: SpoolOperation,
    },
    Forget {
        call_id: String,
        names: Vec<String>,
    },
    ForgetCall {
        call_id: String,
    },
    /// Tells the page that the call is closed, once everything before is durable.
    TellClosed {
        call_id: String,
        message: Box<EngineMessage>,
    },
}

impl SpoolTask {
    fn call_id(&self) -> &str {
        match self {
            Self::Operation { call_id, .. }
            | Self::Forget { call_id, .. }
            | Self::ForgetCall { call_id }
            | Self::TellClosed { call_id, .. } => call_id,
        }
    }
}

/// The running parts of one Worker.
pub struct Edge {
    engine: RefCell<Engine>,
    post: Function,
    performance: Performance,
    spool: Spool,
    encoders: RefCell<BTreeMap<String, Rc<Encoder>>>,
    tasks: RefCell<VecDeque<SpoolTask>>,
    spooling: Cell<bool>,
    /// The call whose task is being carried out: it is not on the queue any more, and not done.
    spooling_for: RefCell<Option<String>>,
    /// Calls of which the spool could not keep something.
    broken: RefCell<BTreeSet<String>>,
    device: RefCell<Option<Rc<DeviceKey>>>,
    /// Whether it is known by now if there is a device key.
    device_settled: Cell<bool>,
    /// Calls of a dead engine that the page will have taken over: the scan leaves them alone.
    expected: RefCell<BTreeSet<String>>,
    /// Countersignatures that are awaited, by call.
    countersigning: RefCell<BTreeMap<String, usize>>,
    webhook: Option<Rc<Outbox>>,
    /// What the Worker's script does for the engine.
    helpers: Helpers,
}

impl Edge {
    /// Checks the browser and opens the spool. `expected` are calls of a dead engine that the page will have taken over.
    ///
    /// # Errors
    /// What the browser lacks.
    pub async fn start(
        mut config: ValidConfig,
        post: Function,
        helpers: Helpers,
        expected: Vec<String>,
    ) -> Result<Rc<Self>> {
        encoder::check_support().await?;
        let spool = match Spool::open().await {
            Ok(spool) => spool,
            // A frame of another site, a private window: what is not to leave this browser cannot be kept in it.
            Err(error) if config.stores.iter().any(|store| store.config.is_local()) => return Err(error),
            Err(_) => Spool::in_memory(),
        };
        let performance = js_sys::global()
            .dyn_into::<WorkerGlobalScope>()
            .ok()
            .and_then(|scope| scope.performance())
            .ok_or_else(|| {
                Error::new(ErrorKind::Unsupported, "The engine must run in a dedicated Worker.")
            })?;
        let webhook = match (config.webhook.take(), spool.root()) {
            (Some(webhook), Some(root)) => Some(Outbox::open(webhook, root, &post, &performance).await?),
            // Events that could be lost are not begun with: the host hears of them by its callbacks.
            _ => None,
        };
        let mut engine = Engine::new(config);
        if spool.root().is_none() {
            engine.spools_in_memory();
        }
        let edge = Rc::new(Self {
            engine: RefCell::new(engine),
            post,
            performance,
            spool,
            encoders: RefCell::default(),
            tasks: RefCell::default(),
            spooling: Cell::new(false),
            spooling_for: RefCell::default(),
            broken: RefCell::default(),
            device: RefCell::default(),
            device_settled: Cell::new(false),
            expected: RefCell::new(expected.into_iter().collect()),
            countersigning: RefCell::default(),
            webhook,
            helpers,
        });
        edge.open_device();
        Ok(edge)
    }

    /// Opens the device's key; calls do not wait for it. Without one their ledgers are signed, and nobody vouches.
    fn open_device(self: &Rc<Self>) {
        let edge = Rc::clone(self);
        spawn_local(async move {
            if let Ok(device) = DeviceKey::open().await {
                edge.device.replace(Some(Rc::new(device)));
            }
            edge.device_settled.set(true);
        });
    }

    /// A new signer for a call, certified if the device's key is there in time.
    ///
    /// # Errors
    /// If the browser gives no random bytes.
    pub async fn signer(&self, call_id: &str) -> Result<LedgerSigner> {
        for _ in 0..DEVICE_ATTEMPTS {
            if self.device_settled.get() {
                break;
            }
            recovery::pause(DEVICE_PAUSE_MS).await;
        }
        let device = self.device.borrow().clone();
        if let Some(device) = device
            && let Ok(signer) = device.signer(&CallId::parse(call_id)?, self.now().unix_ms).await
        {
            return Ok(signer);
        }
        bare_signer()
    }

    /// Gives a new call a signer at once, and a certified one when there is one: both long before a yes can be.
    fn prepare_signer(self: &Rc<Self>, call_id: String) {
        if let Ok(signer) = bare_signer() {
            self.call_input(&call_id, Input::Signer(Box::new(signer)));
        }
        let edge = Rc::clone(self);
        spawn_local(async move {
            if let Ok(signer) = edge.signer(&call_id).await {
                let input = Input::Signer(Box::new(signer));
                // The call may be over by now.
                let result = edge.engine.borrow_mut().call_input(&call_id, input, edge.now());
                if let Ok(effects) = result {
                    edge.carry_out(effects);
                }
            }
        });
    }

    /// The spool.
    pub const fn spool(&self) -> &Spool {
        &self.spool
    }

    /// Whether the engine works on the call, be there anything in the spool yet or not.
    pub fn knows(&self, call_id: &str) -> bool {
        self.has_tasks(call_id) || self.engine.borrow().knows(call_id)
    }

    /// The clocks, read now.
    pub fn now(&self) -> Now {
        now(&self.performance)
    }

    /// Takes a message of the page.
    pub fn page_message(self: &Rc<Self>, message: PageMessage) {
        let opened = match &message {
            PageMessage::CallOpen { call_id } => Some(call_id.clone()),
            _ => None,
        };
        let result = self.engine.borrow_mut().page_message(message, self.now(), &mut random_u32);
        let opened = opened.filter(|_| result.is_ok());
        self.carry_out_or_report(None, result);
        if let Some(call_id) = opened {
            self.prepare_signer(call_id);
        }
    }

    /// Takes a block.
    pub fn block(self: &Rc<Self>, call_id: &str, block: Block<'_>) {
        let result = self.engine.borrow_mut().block(call_id, block, self.now());
        // Blocks that arrive behind the end of a call are nothing to complain about.
        if let Ok(effects) = result {
            self.carry_out(effects);
        }
    }

    /// Takes any other input.
    pub fn call_input(self: &Rc<Self>, call_id: &str, input: Input<'_>) {
        let result = self.engine.borrow_mut().call_input(call_id, input, self.now());
        self.carry_out_or_report(Some(call_id), result);
    }

    /// Time passes.
    pub fn tick(self: &Rc<Self>) {
        let effects = self.engine.borrow_mut().tick(self.now(), &mut nonce);
        self.carry_out(effects);
        if let Some(webhook) = &self.webhook {
            webhook.tick();
        }
    }

    /// What the browser says is left on the disk for this origin, bytes.
    pub fn left_on_disk(&self, bytes: u64) {
        self.engine.borrow_mut().left_on_disk(bytes);
    }

    /// A call that was left behind is ready for upload.
    pub fn recovered(self: &Rc<Self>, call_id: &str, objects: Vec<ReportedObject>, since_unix_ms: u64) {
        let effects = self.engine.borrow_mut().recovered(call_id, objects, since_unix_ms, self.now());
        self.carry_out(effects);
    }

    /// Sends a message to the page.
    pub fn post(&self, message: &EngineMessage) {
        let Some(message) = written(message) else { return };
        // First: what the page has heard of is not lost with it.
        if let Some(webhook) = &self.webhook {
            webhook.observe(&message);
        }
        tell(&self.post, &message);
    }

    /// Tells the page of an error.
    pub fn problem(&self, call_id: Option<String>, error: &Error, fatal: bool) {
        self.post(&problem(call_id, error, fatal));
    }

    fn carry_out_or_report(self: &Rc<Self>, call_id: Option<&str>, result: Result<Vec<Effect>>) {
        match result {
            Ok(effects) => self.carry_out(effects),
            Err(error) => self.problem(call_id.map(str::to_owned), &error, false),
        }
    }

    fn carry_out(self: &Rc<Self>, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Post(message) => {
                    if let EngineMessage::CallClosed { call_id, .. } = &*message {
                        let call_id = call_id.clone();
                        self.encoders.borrow_mut().remove(&call_id);
                        self.enqueue(SpoolTask::TellClosed { call_id, message });
                    } else {
                        self.post(&message);
                    }
                }
                Effect::StartEncoder(call_id) => self.start_encoder(&call_id),
                Effect::Encode { call_id, frame, index } => {
                    let encoder = self.encoders.borrow().get(&call_id).cloned();
                    let encoded = encoder.map_or_else(
                        || Err(Error::new(ErrorKind::EncoderFailed, "There is no encoder for this call.")),
                        |encoder| encoder.encode(&frame, index),
                    );
                    if encoded.is_err() {
                        self.later(call_id, Input::EncoderFailed);
                    }
                }
                Effect::DrainEncoder(call_id) => self.drain_encoder(call_id),
                Effect::Spool { call_id, operation } => {
                    self.enqueue(SpoolTask::Operation { call_id, operation });
                }
                Effect::Upload { call_id, object, store, is_retry } => {
                    self.upload(call_id, object, store, is_retry);
                }
                Effect::Forget { call_id, names } => self.enqueue(SpoolTask::Forget { call_id, names }),
                Effect::TakeOver(message) => {
                    self.expected.borrow_mut().insert(message.call_id.clone());
                    spawn_local(take_over(Rc::clone(self), message));
                }
                Effect::ForgetCall(call_id) => self.enqueue(SpoolTask::ForgetCall { call_id }),
            }
        }
    }

    fn start_encoder(self: &Rc<Self>, call_id: &str) {
        let (on_packet, on_error) = (Rc::downgrade(self), Rc::downgrade(self));
        let (packet_call, error_call) = (call_id.to_owned(), call_id.to_owned());
        let encoder = Encoder::new(
            move |bytes, pre_skip_samples| {
                if let Some(edge) = on_packet.upgrade() {
                    edge.call_input(&packet_call, Input::Packet { bytes, pre_skip_samples });
                }
            },
            move || {
                if let Some(edge) = on_error.upgrade() {
                    edge.call_input(&error_call, Input::EncoderFailed);
                }
            },
        );
        match encoder {
            Ok(encoder) => {
                self.encoders.borrow_mut().insert(call_id.to_owned(), Rc::new(encoder));
            }
            Err(_) => self.later(call_id.to_owned(), Input::EncoderFailed),
        }
    }

    fn drain_encoder(self: &Rc<Self>, call_id: String) {
        let edge = Rc::clone(self);
        let encoder = self.encoders.borrow().get(&call_id).cloned();
        spawn_local(async move {
            let drained = match encoder {
                Some(encoder) => encoder.drain().await,
                None => Ok(()),
            };
            let input = if drained.is_ok() { Input::EncoderDrained } else { Input::EncoderFailed };
            edge.call_input(&call_id, input);
        });
    }

    /// Reports an input in a task of its own, because the engine is at work.
    fn later(self: &Rc<Self>, call_id: String, input: Input<'static>) {
        let edge = Rc::clone(self);
        spawn_local(async move { edge.call_input(&call_id, input) });
    }

    fn enqueue(self: &Rc<Self>, task: SpoolTask) {
        self.tasks.borrow_mut().push_back(task);
        if !self.spooling.replace(true) {
            let edge = Rc::clone(self);
            spawn_local(async move { edge.spool_tasks().await });
        }
    }

    async fn spool_tasks(self: Rc<Self>) {
        loop {
            let Some(task) = self.tasks.borrow_mut().pop_front() else { break };
            let call_id = task.call_id().to_owned();
            self.spooling_for.replace(Some(call_id.clone()));
            match task {
                // Behind what is missing nothing may follow, or a ledger with a hole would be taken for a whole one.
                SpoolTask::Operation { call_id, operation } if self.broken.borrow().contains(&call_id) => {
                    self.engine.borrow_mut().spool_carried_out(operation.size_bytes());
                }
                SpoolTask::Operation { call_id, operation } => {
                    let head = head_to_countersign(&operation);
                    let size_bytes = operation.size_bytes();
                    let carried_out = self.spool.carry_out(&call_id, operation).await;
                    self.engine.borrow_mut().spool_carried_out(size_bytes);
                    match carried_out {
                        Ok(Some(object)) => {
                            let effects = self.engine.borrow_mut().spooled(&call_id, object, self.now());
                            self.carry_out(effects);
                            if let Some(head) = head {
                                self.countersign(call_id, head);
                            }
                        }
                        Ok(None) => {}
                        Err(error) => {
                            self.broken.borrow_mut().insert(call_id.clone());
                            self.problem(Some(call_id.clone()), &error, false);
                            self.call_input(&call_id, Input::SpoolFailed);
                        }
                    }
                }
                SpoolTask::Forget { call_id, names } => self.spool.forget(&call_id, &names).await,
                SpoolTask::ForgetCall { call_id } => self.spool.forget_call(&call_id).await,
                SpoolTask::TellClosed { call_id, message } => {
                    self.post(&message);
                    if self.broken.borrow_mut().remove(&call_id) {
                        self.recover_broken(&call_id).await;
                    }
                }
            }
            self.spooling_for.replace(None);
            self.when_idle(call_id);
        }
        self.spooling.set(false);
    }

    /// A call whose spool failed is closed: what is on the disk is treated like that of a crashed engine.
    async fn recover_broken(self: &Rc<Self>, call_id: &str) {
        let released = self.spool.release(call_id);
        self.engine.borrow_mut().give_up(call_id);
        let Some((folder, lock)) = released else { return };
        if let Err(error) = recovery::recover(self, call_id, folder, lock).await {
            // The next scan tries again.
            self.problem(Some(call_id.to_owned()), &error, false);
        }
    }

    fn has_tasks(&self, call_id: &str) -> bool {
        self.countersigning.borrow().contains_key(call_id)
            || self.spooling_for.borrow().as_deref() == Some(call_id)
            || self.tasks.borrow().iter().any(|task| task.call_id() == call_id)
    }

    /// Tells the engine when no spool task of the call is left.
    fn when_idle(self: &Rc<Self>, call_id: String) {
        if self.has_tasks(&call_id) {
            return;
        }
        let edge = Rc::clone(self);
        spawn_local(async move {
            if !edge.has_tasks(&call_id) {
                let effects = edge.engine.borrow_mut().spool_idle(&call_id, edge.now());
                edge.carry_out(effects);
            }
        });
    }
}

/// The clocks, read now.
pub fn now(performance: &Performance) -> Now {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a date of this century
    let unix_ms = Date::now() as u64;
    Now { monotonic_ms: performance.now(), unix_ms }
}

/// A message in the form in which the page gets it.
pub fn written(message: &EngineMessage) -> Option<JsValue> {
    message.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).ok()
}

/// Hands a message to the page.
pub fn tell(post: &Function, message: &JsValue) {
    // A page that is gone cannot be told anything.
    let _ = post.call1(&JsValue::NULL, message);
}

fn random_u32() -> Result<u32> {
    let mut bytes = [0_u8; 4];
    getrandom::fill(&mut bytes)
        .map_err(|_| Error::new(ErrorKind::RandomUnavailable, "The browser gave no random bytes."))?;
    Ok(u32::from_le_bytes(bytes))
}

fn nonce() -> Option<String> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).ok()?;
    Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
