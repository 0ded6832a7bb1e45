//! Exposure: takes away the keys of segments that hold what should not have been recorded, when the call's own signed ledger
//! demands it, and says so under the server's key.
//!
//! Owns when a demand is met and that it stays met: an envelope that arrives later goes the same way. It must never touch
//! anything but envelopes, and nothing without a demand that the call's own key has signed.

use super::heads::Heads;
use super::log;
use super::pending::Pending;
use super::shredding::ledger;
use super::store::{StoreError, WriteOnceStore};
use crate::failure::Failure;
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
    /// Held while a call is looked at, so that two requests do not meet one demand twice.
    at_work: Mutex<()>,
}

impl Quarantine {
    /// With the calls that an earlier process left.
    ///
    /// # Errors
    /// A [`Failure`] that names the store's folder.
    pub fn open(store: &dyn WriteOnceStore) -> Result<Self, Failure> {
        let pending = Pending::open(store.folder(), "exposure").map_err(|error| {
            Failure::bad_input(format!("the store's folder for exposed segments cannot be used: {error}"))
        })?;
        Ok(Self { pending, at_work: Mutex::new(()) })
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
                    self.pending.add(*call_id)?;
                }
                if self.pending.has(call_id) {
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
                self.pending.remove(&call_id);
                return Ok(());
            }
        };
        let names = store.list(call_id).await?;
        for (address, demand) in &segments {
            let of_segment = |name: &&ObjectName| matches!(name, ObjectName::Envelope { address: of, .. } if of == address);
            for name in names.iter().filter(of_segment) {
                take_away(store, name, demand.found.effect).await?;
            }
            confirm(store, heads, *address, demand).await?;
        }
        if is_over {
            self.pending.remove(&call_id);
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

async fn confirm(
    store: &dyn WriteOnceStore,
    heads: &Heads,
    address: SegmentAddress,
    demand: &ExposureDemand,
) -> Result<(), StoreError> {
    let name = ObjectName::ExposureConfirmation(address);
    if store.holds(&name).await? {
        return Ok(());
    }
    let confirmation = heads.sign_exposure(&ExposureClaim {
        call_id: address.call_id,
        part: address.part,
        segment: address.segment,
        seq: demand.seq,
        head: demand.head.clone(),
        effect: demand.found.effect,
        iat: log::now_ms() / 1_000,
    });
    let mut incoming = store.begin(&name, u64::try_from(confirmation.len()).unwrap_or(u64::MAX)).await?;
    incoming.append(Bytes::from(confirmation)).await?;
    match incoming.publish().await {
        Ok(()) => {
            let effect = demand.found.effect.as_str();
            log::event("exposed", &[("segment", &address), ("effect", &effect)]);
            Ok(())
        }
        Err(StoreError::Exists) => Ok(()),
        Err(error) => Err(error),
    }
}
