//! Shredding: destroys a call's audio and keys when its own signed ledger demands it, and says so under the server's key.
//!
//! Owns when a demand is met and that it stays met: an object that arrives behind the shredding is destroyed too. It must
//! never destroy anything without a demand that the call's own key or a configured officer has signed, nor what an officer holds, and
//! never the ledger.

use super::digest::Digest;
use super::grant::Claim;
use super::heads::Heads;
use super::log;
use super::orders::{Officers, is_held, request};
use super::pending::Pending;
use super::store::{StoreError, WriteOnceStore};
use bytes::Bytes;
use callseal::ledger::{OrderKind, ShredClaim, ShredDemand, is_shredded, shred_demand};
use callseal::names::{CallId, ObjectName};
use std::time::Duration;
use tokio::sync::{Mutex, MutexGuard};

/// Time between two looks at the calls that wait: a demand for a later day is met within that time of it.
pub const SWEEP_EVERY: Duration = Duration::from_secs(30);

/// What a chunk with a demand holds, in canonical JSON. Whether the demand counts is asked of the whole ledger.
const DEMAND_MARK: &[u8] = br#""kind":"shred.requested""#;

/// The shredding part of a server.
#[derive(Debug)]
pub struct Shredder {
    pending: Pending,
    /// Whose orders count.
    officers: Officers,
    /// How long after a shredding objects may still arrive without this server's seeing it, in milliseconds.
    linger_ms: u64,
    /// Held while a call is looked at, so that two requests do not meet one demand twice.
    at_work: Mutex<()>,
}

impl Shredder {
    /// A shredder that knows of no demand yet: the first [`Self::sweep`] finds those that wait. A call is looked at until
    /// `linger_ms` after it was shredded: a grant that a page still holds may put an object straight into the store.
    pub fn new(linger_ms: u64, officers: Officers) -> Self {
        Self { pending: Pending::new("shred"), officers, linger_ms, at_work: Mutex::new(()) }
    }

    /// Whose orders count.
    pub const fn officers(&self) -> &Officers {
        &self.officers
    }

    /// While this is kept, this instance shreds nothing.
    pub async fn quiet(&self) -> MutexGuard<'_, ()> {
        self.at_work.lock().await
    }

    /// An order was stored: the confirmation if its call is shredded by now. After a release that is what has waited.
    ///
    /// # Errors
    /// That of the store; the sweep goes on with what was not done.
    pub async fn ordered(
        &self,
        store: &dyn WriteOnceStore,
        heads: &Heads,
        call_id: CallId,
        kind: OrderKind,
    ) -> Result<Option<String>, StoreError> {
        if kind == OrderKind::Shred {
            self.pending.add(store, call_id).await?;
        }
        if self.pending.has_anywhere(store, call_id).await? {
            self.meet(store, heads, call_id).await
        } else {
            Ok(None)
        }
    }

    /// The confirmation that is stored for a call.
    ///
    /// # Errors
    /// That of the store.
    pub async fn confirmation(
        &self,
        store: &dyn WriteOnceStore,
        call_id: CallId,
    ) -> Result<Option<String>, StoreError> {
        let stored = store.read(&ObjectName::ShredConfirmation { call_id }).await?;
        Ok(stored.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// An object was published. For a chunk of a ledger, the confirmation if the call is shredded by now. For what must
    /// not exist any more: it is destroyed, and `Gone` says so.
    ///
    /// # Errors
    /// That of the store; the object is there then, and asking again repeats the look at it.
    pub async fn published(
        &self,
        store: &dyn WriteOnceStore,
        heads: &Heads,
        name: &ObjectName,
    ) -> Result<Published, StoreError> {
        let call_id = name.call_id();
        if is_shredded(name) {
            let is_gone = self.pending.has(&call_id) && self.meet(store, heads, call_id).await?.is_some()
                || store.holds(&ObjectName::ShredConfirmation { call_id }).await?;
            if is_gone {
                destroy(store, name).await?;
                return Ok(Published::Gone);
            }
            return Ok(Published::Kept { confirmation: None });
        }
        if !matches!(name, ObjectName::LedgerChunk { .. }) {
            return Ok(Published::Kept { confirmation: None });
        }
        let chunk = store.read(name).await?.unwrap_or_default();
        if chunk.windows(DEMAND_MARK.len()).any(|window| window == DEMAND_MARK) {
            self.pending.add(store, call_id).await?;
        }
        let known = self.confirmation(store, call_id).await?;
        let confirmation = match known {
            // The rest of the look is the sweep's.
            Some(confirmation) => Some(confirmation),
            // Another instance may have marked it: the chunk that was missing there may have arrived here.
            None if self.pending.has_anywhere(store, call_id).await? => {
                self.meet(store, heads, call_id).await?
            }
            None => None,
        };
        Ok(Published::Kept { confirmation })
    }

    /// Looks at every call that waits, whichever instance marked it.
    pub async fn sweep(&self, store: &dyn WriteOnceStore, heads: &Heads) {
        if let Err(error) = self.pending.refresh(store).await {
            log::event("shred-failed", &[("step", &format_args!("\"{error}\""))]);
        }
        for call_id in self.pending.all() {
            if let Err(error) = self.meet(store, heads, call_id).await {
                log::event("shred-failed", &[("call", &call_id), ("step", &format_args!("\"{error}\""))]);
            }
        }
    }

    /// Meets the demand of a call if there is one that counts and it is due. The mark goes last: a crash in between
    /// repeats the rest.
    async fn meet(
        &self,
        store: &dyn WriteOnceStore,
        heads: &Heads,
        call_id: CallId,
    ) -> Result<Option<String>, StoreError> {
        let _at_work = self.at_work.lock().await;
        let orders = self.officers.orders(store, call_id).await?;
        if is_held(&orders) {
            // The mark stays: it is looked at again until the release.
            return Ok(None);
        }
        let chunks = ledger(store, call_id).await?;
        let own = match shred_demand(&call_id, chunks.iter().map(AsRef::as_ref)) {
            Ok(own) => own,
            Err(error) => {
                // Objects are never changed, so it never will count.
                log::event("shred-refused", &[("call", &call_id), ("code", &error.code())]);
                self.pending.remove(store, call_id).await;
                return Ok(None);
            }
        };
        let due = own.filter(|demand| demand.not_before_ms <= log::now_ms());
        // Without a demand, the chunk with it is here, and one before it has yet to arrive; or it is of a later day.
        let ordered = || request(call_id, &orders, &chunks).map(callseal::ledger::SignedOrder::demand);
        let Some(demand) = due.or_else(ordered) else { return Ok(None) };
        let confirmation = shred(store, heads, call_id, &demand).await?;
        let since_ms = shredded_at_ms(&confirmation);
        if log::now_ms() >= since_ms.saturating_add(self.linger_ms) {
            self.pending.remove(store, call_id).await;
        }
        Ok(Some(confirmation))
    }
}

/// What became of an object that was published.
#[derive(Debug, PartialEq, Eq)]
pub enum Published {
    /// It stays.
    Kept {
        /// The confirmation, if its call is shredded.
        confirmation: Option<String>,
    },
    /// Its call is shredded: it was destroyed.
    Gone,
}

/// The ledger's chunks from the first one to the last that follows without a hole.
pub async fn ledger(store: &dyn WriteOnceStore, call_id: CallId) -> Result<Vec<Bytes>, StoreError> {
    let mut chunks = Vec::new();
    while let Ok(chunk) = u32::try_from(chunks.len()) {
        let Some(bytes) = store.read(&ObjectName::LedgerChunk { call_id, chunk }).await? else { break };
        chunks.push(bytes);
    }
    Ok(chunks)
}

/// Keys first: without them the audio is lost even if the rest is cut short.
async fn shred(
    store: &dyn WriteOnceStore,
    heads: &Heads,
    call_id: CallId,
    demand: &ShredDemand,
) -> Result<String, StoreError> {
    let objects = destroy_all(store, call_id).await?;
    let claim = ShredClaim {
        call_id,
        seq: demand.seq,
        head: demand.head.clone(),
        objects: u64::try_from(objects).unwrap_or(u64::MAX),
        iat: log::now_ms() / 1_000,
    };
    let name = ObjectName::ShredConfirmation { call_id };
    match store.read(&name).await? {
        // An earlier process, or look, came as far as that.
        Some(stored) => Ok(String::from_utf8_lossy(&stored).into_owned()),
        None => confirm(store, name, heads.sign_shredding(&claim), objects).await,
    }
}

async fn confirm(
    store: &dyn WriteOnceStore,
    name: ObjectName,
    confirmation: String,
    objects: usize,
) -> Result<String, StoreError> {
    let call_id = name.call_id();
    match store_whole(store, name, Bytes::from(confirmation.clone())).await {
        Ok(()) => {
            log::event("shredded", &[("call", &call_id), ("objects", &objects)]);
            // What another instance took while this one was at work has seen no confirmation, and is in no earlier list.
            destroy_all(store, call_id).await?;
            Ok(confirmation)
        }
        // Another instance was faster.
        Err(StoreError::Exists) => {
            let stored = store.read(&name).await?.unwrap_or_default();
            Ok(String::from_utf8_lossy(&stored).into_owned())
        }
        Err(error) => Err(error),
    }
}

/// Destroys what a shredded call must not have, envelopes first; how many objects are gone by that. A segment that the
/// store keeps under retention is lost with its envelope, and stays as ciphertext that nobody can open.
async fn destroy_all(store: &dyn WriteOnceStore, call_id: CallId) -> Result<usize, StoreError> {
    let mut names: Vec<ObjectName> = store.list(call_id).await?.into_iter().filter(is_shredded).collect();
    names.sort_by_key(|name| !matches!(name, ObjectName::Envelope { .. }));
    let mut destroyed: usize = 0;
    for name in &names {
        destroyed = destroyed.saturating_add(usize::from(destroy(store, name).await?));
    }
    Ok(destroyed)
}

/// Destroys an object of a shredded call; whether it is gone, or stays as ciphertext that nobody can open.
///
/// # Errors
/// That of the store.
pub async fn destroy(store: &dyn WriteOnceStore, name: &ObjectName) -> Result<bool, StoreError> {
    match store.destroy(name).await {
        Ok(()) => Ok(true),
        Err(StoreError::Retained) if matches!(name, ObjectName::Segment(_)) => {
            log::event("retained", &[("name", name)]);
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

/// Stores an object of the server's own.
///
/// # Errors
/// That of the store; `Exists` if the name is taken.
pub async fn store_whole(
    store: &dyn WriteOnceStore,
    name: ObjectName,
    bytes: Bytes,
) -> Result<(), StoreError> {
    let size_bytes = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let claim = Claim { name, size_bytes, sha256: Digest::of(&bytes) };
    let mut incoming = store.begin(&claim).await?;
    incoming.append(bytes).await?;
    incoming.publish().await
}

/// When the call was shredded, as its confirmation says; 0 for one that says nothing.
fn shredded_at_ms(confirmation: &str) -> u64 {
    ShredClaim::read(confirmation.as_bytes()).map_or(0, |(claim, _)| claim.iat.saturating_mul(1000))
}
