//! Exposure: takes away the keys of segments that hold what should not have been recorded, when the call's own signed ledger
//! demands it, and says so under the server's key.
//!
//! Owns when a demand is met and that it stays met: an envelope that arrives later goes the same way. It must never touch
//! anything but envelopes, and nothing without a demand that the call's own key has signed.

use super::heads::Heads;
use super::log;
use super::pending::Pending;
use super::shredding::{ledger, store_whole};
use super::store::{StoreError, WriteOnceStore};
use bytes::Bytes;
use callseal::ledger::{ExposureClaim, ExposureDemand, ExposureEffect, Exposures, exposures};
use callseal::names::{CallId, ObjectName, SegmentAddress};
use tokio::sync::Mutex;

/// What a chunk with a demand holds, in canonical JSON. Whether the demand counts is asked of the whole ledger.
const DEMAND_MARK: &[u8] = br#""kind":"exposure.found""#;

/// The part of a server that takes keys away.
#[derive(Debug)]
pub struct Quarantine {
    /// Calls that have a demand and have not ended: further segments may hold the stretch.
    pending: Pending,
    /// How long after a key was taken away another may still arrive without this server's seeing it, in milliseconds.
    linger_ms: u64,
    /// Held while a call is looked at, so that two requests do not meet one demand twice.
    at_work: Mutex<()>,
}

impl Quarantine {
    /// A quarantine that knows of no demand yet: the first [`Self::sweep`] finds those that wait. A call is looked at until
    /// `linger_ms` after the last key was taken away: a grant that a page still holds may put an envelope straight into the
    /// store.
    pub fn new(linger_ms: u64) -> Self {
        Self { pending: Pending::new("exposure"), linger_ms, at_work: Mutex::new(()) }
    }

    /// Looks at every call that waits, whichever instance marked it.
    pub async fn sweep(&self, store: &dyn WriteOnceStore, heads: &Heads) {
        if let Err(error) = self.pending.refresh(store).await {
            log::event("exposure-failed", &[("step", &format_args!("\"{error}\""))]);
        }
        for call_id in self.pending.all() {
            if let Err(error) = self.meet(store, heads, call_id).await {
                log::event("exposure-failed", &[("call", &call_id), ("step", &format_args!("\"{error}\""))]);
            }
        }
    }

    /// Whether the key of this segment was destroyed, so that none is taken any more.
    ///
    /// # Errors
    /// That of the store.
    pub async fn is_destroyed(
        &self,
        store: &dyn WriteOnceStore,
        address: SegmentAddress,
    ) -> Result<bool, StoreError> {
        Ok(effect_on(store, address).await? == Some(ExposureEffect::Destroy))
    }

    /// An object was published: whether it was destroyed since, because of what its segment holds.
    ///
    /// # Errors
    /// That of the store; the object is there then, and asking again repeats the look at it.
    pub async fn published(
        &self,
        store: &dyn WriteOnceStore,
        heads: &Heads,
        name: &ObjectName,
    ) -> Result<bool, StoreError> {
        match name {
            ObjectName::LedgerChunk { call_id, .. } => {
                let chunk = store.read(name).await?.unwrap_or_default();
                if chunk.windows(DEMAND_MARK.len()).any(|window| window == DEMAND_MARK) {
                    self.pending.add(store, *call_id).await?;
                }
                // Another instance may have marked it: the chunk that was missing there may have arrived here.
                if self.pending.has_anywhere(store, *call_id).await? {
                    self.meet(store, heads, *call_id).await?;
                }
                Ok(false)
            }
            ObjectName::Envelope { address, .. } => {
                if self.pending.has(&address.call_id) {
                    self.meet(store, heads, address.call_id).await?;
                }
                let effect = effect_on(store, *address).await?;
                if let Some(effect) = effect {
                    take_away(store, name, effect).await?;
                }
                Ok(effect == Some(ExposureEffect::Destroy))
            }
            _ => Ok(false),
        }
    }

    /// Meets what the call's ledger demands so far. The mark goes when the call has ended: a crash in between repeats it.
    async fn meet(
        &self,
        store: &dyn WriteOnceStore,
        heads: &Heads,
        call_id: CallId,
    ) -> Result<(), StoreError> {
        let _at_work = self.at_work.lock().await;
        let chunks = ledger(store, call_id).await?;
        let Exposures { segments, is_over } = match exposures(&call_id, chunks.iter().map(AsRef::as_ref)) {
            Ok(found) => found,
            Err(error) => {
                // Objects are never changed, so it never will count.
                log::event("exposure-refused", &[("call", &call_id), ("code", &error.code())]);
                self.pending.remove(store, call_id).await;
                return Ok(());
            }
        };
        let names = store.list(call_id).await?;
        let mut last_ms = 0;
        let mut is_new = false;
        for (address, demand) in &segments {
            take_all_away(store, &names, *address, demand.found.effect).await?;
            let (at_ms, is_first) = confirm(store, heads, *address, demand).await?;
            last_ms = at_ms.max(last_ms);
            is_new |= is_first;
        }
        if is_new {
            // What another instance took while this one was at work has seen no confirmation, and is in no earlier list.
            let names = store.list(call_id).await?;
            for (address, demand) in &segments {
                take_all_away(store, &names, *address, demand.found.effect).await?;
            }
        }
        if is_over && log::now_ms() >= last_ms.saturating_add(self.linger_ms) {
            self.pending.remove(store, call_id).await;
        }
        Ok(())
    }
}

/// What the store has confirmed of a segment's key, if anything.
async fn effect_on(
    store: &dyn WriteOnceStore,
    address: SegmentAddress,
) -> Result<Option<ExposureEffect>, StoreError> {
    let confirmation = store.read(&ObjectName::ExposureConfirmation(address)).await?;
    Ok(confirmation.and_then(|bytes| ExposureClaim::read(&bytes).ok()).map(|(claim, _)| claim.effect))
}

/// Takes away the segment's envelopes of those that were found.
async fn take_all_away(
    store: &dyn WriteOnceStore,
    names: &[ObjectName],
    of: SegmentAddress,
    effect: ExposureEffect,
) -> Result<(), StoreError> {
    let of_segment =
        |name: &&ObjectName| matches!(name, ObjectName::Envelope { address, .. } if *address == of);
    for name in names.iter().filter(of_segment) {
        take_away(store, name, effect).await?;
    }
    Ok(())
}

async fn take_away(
    store: &dyn WriteOnceStore,
    name: &ObjectName,
    effect: ExposureEffect,
) -> Result<(), StoreError> {
    match effect {
        ExposureEffect::Destroy => store.destroy(name).await,
        ExposureEffect::Withhold => store.withhold(name).await,
        ExposureEffect::List => Ok(()),
    }
}

/// Says that the segment's keys were taken away, once; when that was said, in milliseconds, and whether it was just now.
async fn confirm(
    store: &dyn WriteOnceStore,
    heads: &Heads,
    address: SegmentAddress,
    demand: &ExposureDemand,
) -> Result<(u64, bool), StoreError> {
    let name = ObjectName::ExposureConfirmation(address);
    if let Some(stored) = store.read(&name).await? {
        let at_ms = ExposureClaim::read(&stored).map_or(0, |(claim, _)| claim.iat.saturating_mul(1000));
        return Ok((at_ms, false));
    }
    let now_ms = log::now_ms();
    let confirmation = heads.sign_exposure(&ExposureClaim {
        call_id: address.call_id,
        part: address.part,
        segment: address.segment,
        seq: demand.seq,
        head: demand.head.clone(),
        effect: demand.found.effect,
        iat: now_ms / 1_000,
    });
    match store_whole(store, name, Bytes::from(confirmation)).await {
        Ok(()) => {
            let effect = demand.found.effect.as_str();
            log::event("exposed", &[("segment", &address), ("effect", &effect)]);
            Ok((now_ms, true))
        }
        Err(StoreError::Exists) => Ok((now_ms, true)),
        Err(error) => Err(error),
    }
}
