//! The ledger's chain as it arrives: a chunk that another key has signed than the stored beginning names is not stored.
//!
//! Owns that look, and the memory of where each call's chain has come to. What comes before the beginning of its call
//! cannot be judged and is let through: readers judge the whole. It must never refuse for good what a right engine writes.

use super::receive;
use super::refusal::Refusal;
use super::store::WriteOnceStore;
use axum::http::StatusCode;
use callseal::ErrorKind;
use callseal::ledger::{Chain, is_signed_throughout, read_chunk};
use callseal::names::{CallId, ObjectName};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Calls whose chain is remembered: more than are under way at once. A forgotten one is read again.
const MOST_CALLS: usize = 10_000;
/// Time after which a chunk that came too early may come again, in seconds.
const EARLY_RETRY_S: u64 = 1;

/// How far the chains of calls have come that are stored.
#[derive(Debug, Default)]
pub struct Chains(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    calls: BTreeMap<CallId, Reached>,
    order: VecDeque<CallId>,
}

/// The chain behind the first `chunks` of a call, which are stored without a hole.
#[derive(Debug, Clone)]
struct Reached {
    chunks: u32,
    chain: Chain,
    /// The next chunk that is stored is not one of this chain: nothing behind it can be judged.
    is_broken: bool,
}

impl Chains {
    /// Refuses a chunk whose entries are not signed by the key that the stored chunks of its call name.
    ///
    /// # Errors
    /// 403 `store/signer-foreign`; 425 `store/chunk-early` if it can be judged only when those before it are there; 503
    /// when the store fails.
    pub async fn check(
        &self,
        store: &dyn WriteOnceStore,
        call_id: CallId,
        chunk: u32,
        content: &[u8],
    ) -> Result<(), Refusal> {
        let name = ObjectName::LedgerChunk { call_id, chunk };
        let known = self.known().calls.get(&call_id).cloned();
        let reached = match known {
            Some(reached) if reached.chunks == chunk => reached,
            // Another instance may have taken the chunks in between.
            _ => self.catch_up(store, call_id, chunk).await?,
        };
        if reached.is_broken {
            return Ok(());
        }
        let Some(key) = reached.chain.signer() else {
            // The beginning, or that of an unsigned ledger.
            let is_next = reached.chunks == chunk;
            let mut chain = reached.chain;
            return match read_chunk(&mut chain, content) {
                Err(error) if is_next && error.kind() == ErrorKind::Signature => Err(foreign().about(&name)),
                _ => Ok(()),
            };
        };
        // Of a kind that this reader does not know yet, perhaps, but by the right key.
        if is_signed_throughout(content, key) {
            return Ok(());
        }
        if reached.chunks < chunk {
            return Err(early().about(&name));
        }
        // Only a chain that continues can name another signer.
        let mut chain = reached.chain;
        read_chunk(&mut chain, content).map(drop).map_err(|_| foreign().about(&name))
    }

    /// Reads what is stored in front of `chunk`, as far as it follows without a hole.
    async fn catch_up(
        &self,
        store: &dyn WriteOnceStore,
        call_id: CallId,
        chunk: u32,
    ) -> Result<Reached, Refusal> {
        let start = Reached { chunks: 0, chain: Chain::start(&call_id), is_broken: false };
        let known = self.known().calls.get(&call_id).cloned();
        let mut reached = known.filter(|reached| reached.chunks <= chunk).unwrap_or(start);
        while reached.chunks < chunk && !reached.is_broken {
            let name = ObjectName::LedgerChunk { call_id, chunk: reached.chunks };
            let Some(stored) = store.read(&name).await.map_err(receive::of_store)? else { break };
            reached.is_broken = read_chunk(&mut reached.chain, &stored).is_err();
            reached.chunks = reached.chunks.saturating_add(1);
        }
        self.known().keep(call_id, reached.clone());
        Ok(reached)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // A poisoned lock holds whole entries all the same.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn keep(&mut self, call_id: CallId, reached: Reached) {
        if self.calls.insert(call_id, reached).is_some() {
            return;
        }
        self.order.push_back(call_id);
        if self.order.len() > MOST_CALLS
            && let Some(oldest) = self.order.pop_front()
        {
            self.calls.remove(&oldest);
        }
    }
}

const fn foreign() -> Refusal {
    Refusal::new(
        StatusCode::FORBIDDEN,
        "store/signer-foreign",
        "the ledger's entries are not signed by the key that its stored beginning names",
    )
}

const fn early() -> Refusal {
    Refusal::new(
        StatusCode::TOO_EARLY,
        "store/chunk-early",
        "the ledger's chunks before this one are not stored yet, and it is not signed by the key so far; send it again \
         behind them",
    )
    .after_s(EARLY_RETRY_S)
}
