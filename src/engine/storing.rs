//! What becomes of a call's objects: from the spool to every store that takes them.
//!
//! Owns the order of uploads over all calls, what a store's refusal of access holds up, and when a call is done. Must
//! never let go of what a store has not acknowledged, unless the host says so of what no store will take.

use std::collections::BTreeMap;

use super::{Call, Effect, Engine, is_shredded_name, post, show, step};
use crate::audio::Now;
use crate::config::{CountersignConfig, ValidConfig};
use crate::message::EngineMessage;
use crate::session::report::ReportedObject;
use crate::session::{Input, Session};
use crate::store::config::{StoreConfig, ValidStore, takers};
use crate::store::picture::{
    DeadPicture, RecordingPicture, SpoolPicture, StoragePicture, StorePicture, StoreState,
};
use crate::store::queue::{AT_ONCE, Arrival, AttemptOutcome, Destination, UploadQueue};
use crate::store::space::{Place, Space};
use crate::store::trouble::Trouble;
use crate::{Error, ErrorKind, Result};

/// A store that denied access is asked again after this time without news of the host, milliseconds: it may have been
/// the store's own trouble.
const DENIED_ASKED_AGAIN_MS: f64 = 60_000.0;

/// Time between two pictures of which only the ages differ, milliseconds.
const AGES_EVERY_MS: f64 = 5_000.0;

/// A store while it is used.
#[derive(Debug)]
struct Store {
    valid: ValidStore,
    /// Nothing is sent before this time, monotonic milliseconds.
    closed_until_ms: f64,
    denied: bool,
}

/// The stores of a page, and what waits for them.
#[derive(Debug)]
pub(super) struct Stores {
    stores: Vec<Store>,
    countersign: Option<CountersignConfig>,
    space: Space,
    told_full: bool,
    last_picture: Option<(StoragePicture, f64)>,
}

impl Stores {
    pub(super) fn new(config: &ValidConfig) -> Self {
        let store = |valid: &ValidStore| Store {
            valid: valid.clone(),
            closed_until_ms: f64::NEG_INFINITY,
            denied: false,
        };
        Self {
            stores: config.stores.iter().map(store).collect(),
            countersign: config.config.countersign.clone(),
            space: Space::new(&config.config.spool, Place::Disk),
            told_full: false,
            last_picture: None,
        }
    }

    /// What was counted of a call is counted anew by whoever takes it over.
    pub(super) fn forget(&mut self, call_id: &str) {
        self.space.call_forgotten(call_id);
    }

    fn destinations(&self, config: &ValidConfig, name: &str) -> Vec<Destination> {
        takers(&config.stores, name)
            .into_iter()
            .map(|store| {
                let is_local = config.stores.get(store).is_some_and(|store| store.config.is_local());
                Destination { store, is_local }
            })
            .collect()
    }
}

impl Engine {
    /// The spool lies in memory: it is bounded, and gone with the page.
    pub fn spools_in_memory(&mut self) {
        self.stores.space = Space::new(&self.config.config.spool, Place::Memory);
    }

    /// The store with this place among the configured ones, as it is reached now.
    #[must_use]
    pub fn store(&self, index: usize) -> Option<(&str, &StoreConfig)> {
        self.stores.stores.get(index).map(|store| (store.valid.name.as_str(), &store.valid.config))
    }

    /// Who countersigns, as it is reached now.
    #[must_use]
    pub const fn countersign(&self) -> Option<&CountersignConfig> {
        self.stores.countersign.as_ref()
    }

    /// So many bytes that were handed to the spool are on the disk, or never will be.
    pub const fn spool_carried_out(&mut self, bytes: u64) {
        self.stores.space.carried_out(bytes);
    }

    /// What the browser says is left on the disk for this origin, bytes.
    pub const fn left_on_disk(&mut self, bytes: u64) {
        self.stores.space.left_on_disk(bytes);
    }

    /// An object is complete and durable in the spool.
    pub fn spooled(&mut self, call_id: &str, object: ReportedObject, now: Now) -> Vec<Effect> {
        let mut effects = Vec::new();
        if let Some(call) = self.calls.get_mut(call_id) {
            if call.shredding && is_shredded_name(&object.name) || call.keyless.contains(&object.name) {
                effects.push(Effect::Forget { call_id: call_id.to_owned(), names: vec![object.name] });
            } else {
                let destinations = self.stores.destinations(&self.config, &object.name);
                let since_unix_ms = now.unix_ms;
                call.uploads.add(Arrival { object, destinations, since_unix_ms, maybe_sent: false });
            }
        }
        self.upload_due(now, &mut effects);
        self.account(&effects);
        effects
    }

    /// An upload to a store ended; `jitter` is a random number from 0 to 1.
    pub fn upload_ended(
        &mut self,
        call_id: &str,
        store: usize,
        name: &str,
        outcome: AttemptOutcome,
        now: Now,
        jitter: f64,
    ) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.note_access(store, outcome, now, &mut effects);
        if let Some(call) = self.calls.get_mut(call_id) {
            call.uploads.ended(store, name, outcome, now, jitter);
            if outcome == AttemptOutcome::Stored
                && call.uploads.is_stored(name)
                && let Some(sha256) = call.uploads.object(name).map(|object| object.sha256.clone())
            {
                let input = Input::Acknowledged { object: name, sha256: &sha256 };
                step(call_id, call, input, now, &mut self.clearance, &mut effects);
            }
            let names = call.uploads.forgettable();
            if !names.is_empty() {
                effects.push(Effect::Forget { call_id: call_id.to_owned(), names });
            }
        }
        self.upload_due(now, &mut effects);
        self.settle(now, &mut effects);
        self.account(&effects);
        effects
    }

    /// The store has confirmed that the call's audio was destroyed, in these words.
    pub fn shredded(&mut self, call_id: &str, confirmation: String, now: Now) -> Vec<Effect> {
        let mut effects = Vec::new();
        if let Some(call) = self.calls.get_mut(call_id)
            && !core::mem::replace(&mut call.shredded, true)
        {
            step(call_id, call, Input::ShredConfirmed, now, &mut self.clearance, &mut effects);
            effects.push(post(EngineMessage::CallShredded { call_id: call_id.to_owned(), confirmation }));
        }
        self.account(&effects);
        effects
    }

    /// A call that an earlier engine left behind, with its objects, complete in the spool since `since_unix_ms`.
    pub fn recovered(
        &mut self,
        call_id: &str,
        objects: Vec<ReportedObject>,
        since_unix_ms: u64,
        now: Now,
    ) -> Vec<Effect> {
        let count = objects.len();
        let uploads = self.uploads_of(call_id, objects, since_unix_ms);
        let call = Call { uploads, complete: true, ..Call::new(None, &self.config) };
        self.calls.insert(call_id.to_owned(), call);
        let mut effects = Vec::new();
        effects.push(post(EngineMessage::CallRecovered { call_id: call_id.to_owned(), objects: count }));
        self.settle(now, &mut effects);
        self.account(&effects);
        effects
    }

    /// The queue of a call's objects that an earlier engine has made.
    pub(super) fn uploads_of(
        &mut self,
        call_id: &str,
        objects: Vec<ReportedObject>,
        since_unix_ms: u64,
    ) -> UploadQueue {
        let mut uploads = UploadQueue::default();
        for object in objects {
            let destinations = self.stores.destinations(&self.config, &object.name);
            self.stores.space.holds(call_id, &object.name, object.size_bytes);
            // The earlier engine may have sent it and died before it was told so.
            uploads.add(Arrival { object, destinations, since_unix_ms, maybe_sent: true });
        }
        uploads
    }

    /// All objects of a closed call are on the upload queue: the spool has nothing more to write for it.
    pub fn spool_idle(&mut self, call_id: &str, now: Now) -> Vec<Effect> {
        let mut effects = Vec::new();
        if let Some(call) = self.calls.get_mut(call_id)
            && call.session.as_ref().is_some_and(Session::is_closed)
        {
            call.complete = true;
        }
        self.settle(now, &mut effects);
        self.account(&effects);
        effects
    }

    /// The host renewed what a store is reached with.
    pub(super) fn renew_access(
        &mut self,
        name: &str,
        token: Option<&str>,
        headers: &BTreeMap<String, String>,
    ) -> Result<()> {
        let named = self.stores.stores.iter_mut().find(|store| store.valid.name == name);
        let store = named.ok_or_else(|| Error::new(ErrorKind::MessageInvalid, "No store has this name."))?;
        // One server often has both tasks, and one token.
        if let (StoreConfig::Grants { token: old, .. }, Some(new), Some(countersign)) =
            (&store.valid.config, token, &mut self.stores.countersign)
            && countersign.token == *old
        {
            new.clone_into(&mut countersign.token);
        }
        store.valid.config.renew(token, headers);
        store.denied = false;
        store.closed_until_ms = f64::NEG_INFINITY;
        Ok(())
    }

    /// What was refused for good is tried again: of one call, or of all.
    pub(super) fn retry(&mut self, call_id: Option<&str>, now: Now, effects: &mut Vec<Effect>) {
        for (id, call) in &mut self.calls {
            if call_id.is_none_or(|wanted| wanted == id) {
                call.uploads.retry_refused();
            }
        }
        for store in &mut self.stores.stores {
            store.closed_until_ms = f64::NEG_INFINITY;
        }
        self.upload_due(now, effects);
    }

    /// The host removes a recording that no store will take, or that is kept in this browser.
    pub(super) fn remove(&mut self, call_id: &str, effects: &mut Vec<Effect>) -> Result<()> {
        let call = self.calls.get(call_id);
        let call =
            call.ok_or_else(|| Error::new(ErrorKind::CallUnknown, "No recording of this call is here."))?;
        let is_removable = call.complete
            && call.uploads.is_at_rest()
            && (call.uploads.any_kept() || call.uploads.any_refused());
        if call.is_running() || !is_removable {
            return Err(Error::new(
                ErrorKind::StillSending,
                "Something of the recording is still on its way to a store; it cannot be removed.",
            ));
        }
        self.calls.remove(call_id);
        effects.push(Effect::ForgetCall(call_id.to_owned()));
        effects.push(post(EngineMessage::RecordingRemoved { call_id: call_id.to_owned() }));
        Ok(())
    }

    /// Time passes for what waits: uploads, what is done, whether there is room, the picture.
    pub(super) fn store_tick(&mut self, now: Now, effects: &mut Vec<Effect>) {
        self.upload_due(now, effects);
        self.settle(now, effects);
        self.account(effects);
        let is_full = self.stores.space.judge();
        let before = effects.len();
        if is_full || self.stores.told_full {
            self.all(|| Input::SpoolRoom { is_full }, now, effects);
        }
        if is_full && !core::mem::replace(&mut self.stores.told_full, true) {
            effects.push(post(EngineMessage::SpoolFull { used_bytes: self.stores.space.used_bytes() }));
        }
        self.stores.told_full &= is_full;
        self.account(effects.get(before..).unwrap_or_default());
        self.show_storage(now, effects);
    }

    /// Counts what these effects bring to the spool and take from it.
    pub(super) fn account(&mut self, effects: &[Effect]) {
        let space = &mut self.stores.space;
        for effect in effects {
            match effect {
                Effect::Spool { call_id, operation } => space.handed_over(call_id, operation),
                Effect::Forget { call_id, names } => space.forgotten(call_id, names),
                Effect::ForgetCall(call_id) => space.call_forgotten(call_id),
                _ => {}
            }
        }
    }

    /// Starts the uploads that are due, to each store only so many at once over all calls; one at a time while it is
    /// failing: a dead server is not to be hammered.
    fn upload_due(&mut self, now: Now, effects: &mut Vec<Effect>) {
        for (index, store) in self.stores.stores.iter().enumerate() {
            if store.valid.config.is_local() || now.monotonic_ms < store.closed_until_ms {
                continue;
            }
            let failing = self.calls.values().any(|call| call.uploads.failing(index).is_some());
            let most = if failing { 1 } else { AT_ONCE };
            let mut under_way: usize = self.calls.values().map(|call| call.uploads.under_way(index)).sum();
            for (call_id, call) in &mut self.calls {
                for due in call.uploads.due(index, now, most.saturating_sub(under_way)) {
                    under_way = under_way.saturating_add(1);
                    effects.push(Effect::Upload {
                        call_id: call_id.clone(),
                        object: due.object,
                        store: index,
                        is_retry: due.is_retry,
                    });
                }
            }
        }
    }

    /// What an attempt says of the store as a whole.
    fn note_access(&mut self, index: usize, outcome: AttemptOutcome, now: Now, effects: &mut Vec<Effect>) {
        let Some(store) = self.stores.stores.get_mut(index) else { return };
        match outcome {
            AttemptOutcome::Denied => {
                store.closed_until_ms = now.monotonic_ms + DENIED_ASKED_AGAIN_MS;
                if !core::mem::replace(&mut store.denied, true) {
                    effects.push(post(EngineMessage::StoreAccessWanted { store: store.valid.name.clone() }));
                }
            }
            AttemptOutcome::Stored | AttemptOutcome::Refused(_) => store.denied = false,
            AttemptOutcome::Failed { .. } | AttemptOutcome::Doubted(_) => {}
        }
    }

    /// Reports calls whose last object was stored, and forgets calls that are done.
    fn settle(&mut self, now: Now, effects: &mut Vec<Effect>) {
        for (call_id, call) in &mut self.calls {
            if call.complete && !call.stored && call.uploads.all_stored() {
                call.stored = true;
                show(call, now, effects);
                let kept = call.uploads.any_kept();
                if !kept {
                    effects.push(Effect::ForgetCall(call_id.clone()));
                }
                // Of what has been kept since an earlier engine the host was told then.
                if !kept || call.session.take().is_some() {
                    effects.push(post(EngineMessage::CallStored { call_id: call_id.clone() }));
                }
            }
        }
        self.calls.retain(|_, call| !call.stored || call.uploads.any_kept());
    }

    fn show_storage(&mut self, now: Now, effects: &mut Vec<Effect>) {
        let picture = self.storage(now);
        let due = self.stores.last_picture.as_ref().is_none_or(|(last, at_ms)| {
            let aged = picture.oldest_unsent_ms.is_some() && now.monotonic_ms - at_ms >= AGES_EVERY_MS;
            aged || picture.clone().timeless() != last.clone().timeless()
        });
        if due {
            self.stores.last_picture = Some((picture.clone(), now.monotonic_ms));
            effects.push(post(EngineMessage::Storage { picture: Box::new(picture) }));
        }
    }

    /// What waits, and why.
    #[must_use]
    pub fn storage(&self, now: Now) -> StoragePicture {
        let age = |since_unix_ms: u64| now.unix_ms.saturating_sub(since_unix_ms);
        let shown = self.calls.iter().filter(|(_, call)| call.uploads.total() > 0);
        let recordings: Vec<RecordingPicture> = shown
            .map(|(call_id, call)| {
                let uploads = &call.uploads;
                let dead_letters: Vec<DeadPicture> = uploads
                    .dead_letters()
                    .map(|letter| DeadPicture {
                        object: letter.name.to_owned(),
                        store: self.store(letter.store).map_or_else(String::new, |(name, _)| name.to_owned()),
                        code: letter.trouble.code(),
                        message: letter.trouble.words(),
                    })
                    .collect();
                let dead = uploads.dead_objects();
                RecordingPicture {
                    call_id: call_id.clone(),
                    running: call.is_running(),
                    kept: uploads.any_kept(),
                    objects: uploads.total(),
                    stored: uploads.stored(),
                    waiting: uploads.total().saturating_sub(uploads.stored()).saturating_sub(dead),
                    dead,
                    waiting_bytes: uploads.unsent_bytes(),
                    oldest_unsent_ms: uploads.oldest_unsent_unix_ms().map(age),
                    error: uploads.last_trouble().map(Into::into),
                    dead_letters,
                }
            })
            .collect();
        let space = &self.stores.space;
        StoragePicture {
            stores: self
                .stores
                .stores
                .iter()
                .enumerate()
                .map(|(index, one)| self.store_picture(index, one))
                .collect(),
            waiting: recordings.iter().map(|recording| recording.waiting).sum(),
            dead: recordings.iter().map(|recording| recording.dead).sum(),
            waiting_bytes: recordings.iter().map(|recording| recording.waiting_bytes).sum(),
            oldest_unsent_ms: recordings.iter().filter_map(|recording| recording.oldest_unsent_ms).max(),
            recordings,
            spool: SpoolPicture {
                place: space.place(),
                used_bytes: space.used_bytes(),
                limit_bytes: space.limit_bytes(),
                full: space.is_full(),
            },
        }
    }

    fn store_picture(&self, index: usize, store: &Store) -> StorePicture {
        let failing = self.calls.values().find_map(|call| call.uploads.failing(index));
        let trouble = if store.denied { Some(Trouble::AccessDenied) } else { failing };
        let state = match trouble {
            _ if store.valid.config.is_local() => StoreState::Local,
            _ if store.denied => StoreState::AccessDenied,
            Some(_) => StoreState::Failing,
            None => StoreState::Working,
        };
        StorePicture {
            name: store.valid.name.clone(),
            kind: store.valid.config.kind(),
            state,
            waiting: self.calls.values().map(|call| call.uploads.waiting_for(index)).sum(),
            error: trouble.map(Into::into),
        }
    }
}
