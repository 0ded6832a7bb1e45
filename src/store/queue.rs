//! The queue of objects that wait for their stores.
//!
//! Owns when an object is tried, tried again, and done; and when the spool may let go of a segment: only when the
//! segment, its envelope and the ledger chunk that seals it are acknowledged by every store that takes them. Retrying a
//! whole small object is the resume mechanism. Must never make a request itself.
#![allow(clippy::arithmetic_side_effects)] // milliseconds far below any bound

use std::cell::OnceCell;
use std::collections::{BTreeMap, VecDeque};

use crate::audio::Now;
use crate::session::report::ReportedObject;
use crate::store::backoff::Backoff;
use crate::store::trouble::Trouble;

/// Pauses after a failure: soon again, since audio waits; half a minute at most, since a store comes back by itself.
pub const PAUSES: Backoff =
    Backoff { first_pause_ms: 500.0, longest_pause_ms: 30_000.0, longest_asked_ms: 600_000.0 };

/// Requests under way to one store at once: the browser has six connections per host, the page needs some.
pub const AT_ONCE: usize = 3;

/// So often the bytes of an object may have been changed on the way; behind that the store means the object.
pub const MOST_DOUBTS: u32 = 4;

/// How one attempt ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum AttemptOutcome {
    /// The store has exactly this object: newly, or found with the same size and hash.
    Stored,
    /// It did not work now. The store may have named a pause.
    Failed {
        /// What stood in the way.
        trouble: Trouble,
        /// From `Retry-After`, milliseconds.
        retry_after_ms: Option<f64>,
    },
    /// The store refused the bytes that reached it. If they were changed on the way, a further try helps; if they were not,
    /// it does not.
    Doubted(Trouble),
    /// Token, headers or signature do not count, or not any more: that is no fault of the object.
    Denied,
    /// It will never work: the store refused it for good.
    Refused(Trouble),
}

/// A store that takes an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Destination {
    /// Its place among the configured ones.
    pub store: usize,
    /// Whether it is this browser, so that nothing is sent and nothing let go.
    pub is_local: bool,
}

/// An object that comes to the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// The object, complete in the spool.
    pub object: ReportedObject,
    /// Where it goes.
    pub destinations: Vec<Destination>,
    /// Since when it waits, milliseconds since 1970-01-01 UTC.
    pub since_unix_ms: u64,
    /// An earlier engine may have sent it.
    pub maybe_sent: bool,
}

/// An object that is to be tried now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The object.
    pub object: ReportedObject,
    /// An attempt before this one may have stored it.
    pub is_retry: bool,
}

/// An object that a store refused for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeadLetter<'a> {
    /// The object's name.
    pub name: &'a str,
    /// The store, by its place.
    pub store: usize,
    /// Why.
    pub trouble: Trouble,
}

/// What was tried so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Tries {
    failures: u32,
    doubts: u32,
    /// An attempt may have stored it.
    maybe_sent: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    Waiting {
        not_before_ms: f64,
        tries: Tries,
    },
    UnderWay(Tries),
    Stored,
    /// It stays here: this browser is the store.
    Kept,
    Refused(Trouble),
}

impl State {
    const fn is_settled(self) -> bool {
        matches!(self, Self::Stored | Self::Kept)
    }
}

#[derive(Debug)]
struct Item {
    object: ReportedObject,
    since_unix_ms: u64,
    places: BTreeMap<usize, State>,
    /// It is destroyed: nothing waits for it any more.
    abandoned: bool,
    /// The spool was told to let go of it.
    forgotten: bool,
}

impl Item {
    /// Nobody asks for it any more, so that the queue of a long call holds no more than that of a short one.
    fn is_over(&self) -> bool {
        let is_audio = self.object.name.ends_with(ENVELOPE) || self.object.name.ends_with(SEGMENT);
        self.abandoned || self.forgotten || !is_audio && self.is_stored_elsewhere()
    }

    fn is_settled(&self) -> bool {
        self.places.values().all(|state| state.is_settled())
    }

    fn is_stored_elsewhere(&self) -> bool {
        self.places.values().all(|state| *state == State::Stored)
    }

    fn is_refused(&self) -> bool {
        self.places.values().any(|state| matches!(state, State::Refused(_)))
    }
}

/// How the names of a segment and of the first version of its envelope end (docs/format.md §2).
const SEGMENT: &str = ".ogg.tink";
const ENVELOPE: &str = ".v1.jwe.json";

/// What a panel is shown some fifty times a second, counted only when something has changed.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    total: usize,
    stored: usize,
    refused: usize,
}

/// The objects of one call in the order they were made.
#[derive(Debug, Default)]
pub struct UploadQueue {
    items: VecDeque<Item>,
    /// Place of every item since the call's beginning, by its name.
    index: BTreeMap<String, usize>,
    /// Items in front that are over and gone, and how many of them were destroyed.
    gone: usize,
    gone_abandoned: usize,
    counts: OnceCell<Counts>,
    /// Stores whose last attempt failed, and why.
    failing: BTreeMap<usize, Trouble>,
}

impl UploadQueue {
    /// Puts an object on the queue; one that is there already is left as it is.
    pub fn add(&mut self, arrival: Arrival) {
        let Arrival { object, destinations, since_unix_ms, maybe_sent } = arrival;
        if self.index.contains_key(&object.name) {
            return;
        }
        let tries = Tries { maybe_sent, ..Tries::default() };
        let waiting = State::Waiting { not_before_ms: f64::NEG_INFINITY, tries };
        let state = |is_local| if is_local { State::Kept } else { waiting };
        let places = destinations.iter().map(|to| (to.store, state(to.is_local))).collect();
        self.index.insert(object.name.clone(), self.gone + self.items.len());
        self.items.push_back(Item { object, since_unix_ms, places, abandoned: false, forgotten: false });
        self.counts.take();
    }

    fn item(&self, name: &str) -> Option<&Item> {
        self.items.get(self.index.get(name)?.checked_sub(self.gone)?)
    }

    /// Forgets the items in front of which nothing is asked any more.
    fn drop_what_is_over(&mut self) {
        while let Some(item) = self.items.pop_front_if(|item| item.is_over()) {
            self.index.remove(&item.object.name);
            self.gone += 1;
            self.gone_abandoned += usize::from(item.abandoned);
        }
    }

    fn counts(&self) -> Counts {
        *self.counts.get_or_init(|| {
            let gone = self.gone - self.gone_abandoned;
            self.counted().fold(Counts { total: gone, stored: gone, refused: 0 }, |counts, item| Counts {
                total: counts.total + 1,
                stored: counts.stored + usize::from(item.is_settled()),
                refused: counts.refused + usize::from(item.is_refused()),
            })
        })
    }

    /// Objects that are being tried at a store.
    #[must_use]
    pub fn under_way(&self, store: usize) -> usize {
        let is_under_way = |item: &&Item| matches!(item.places.get(&store), Some(State::UnderWay(_)));
        self.items.iter().filter(is_under_way).count()
    }

    /// Objects to try now at a store, at most so many; they are under way from here on.
    pub fn due(&mut self, store: usize, now: Now, most: usize) -> Vec<Due> {
        let mut due = Vec::new();
        for item in self.items.iter_mut().filter(|item| !item.abandoned) {
            if due.len() >= most {
                break;
            }
            if let Some(state) = item.places.get_mut(&store)
                && let State::Waiting { not_before_ms, tries } = *state
                && not_before_ms <= now.monotonic_ms
            {
                *state = State::UnderWay(tries);
                due.push(Due { object: item.object.clone(), is_retry: tries.maybe_sent });
            }
        }
        due
    }

    /// An attempt at a store ended. `jitter` is a random number from 0 to 1.
    pub fn ended(&mut self, store: usize, name: &str, outcome: AttemptOutcome, now: Now, jitter: f64) {
        let place = self.index.get(name).and_then(|index| index.checked_sub(self.gone));
        let item = place.and_then(|place| self.items.get_mut(place));
        let Some(state) = item.and_then(|item| item.places.get_mut(&store)) else { return };
        let State::UnderWay(mut tries) = *state else { return };
        tries.maybe_sent = true;
        self.counts.take();
        self.failing.remove(&store);
        let (trouble, retry_after_ms) = match outcome {
            AttemptOutcome::Stored => {
                *state = State::Stored;
                return;
            }
            AttemptOutcome::Refused(trouble) => {
                *state = State::Refused(trouble);
                return;
            }
            AttemptOutcome::Doubted(trouble) => {
                tries.doubts += 1;
                if tries.doubts >= MOST_DOUBTS {
                    *state = State::Refused(trouble);
                    return;
                }
                (trouble, None)
            }
            AttemptOutcome::Denied => {
                self.failing.insert(store, Trouble::AccessDenied);
                // Whoever gives the permission opens the way again.
                *state = State::Waiting { not_before_ms: now.monotonic_ms, tries };
                return;
            }
            AttemptOutcome::Failed { trouble, retry_after_ms } => (trouble, retry_after_ms),
        };
        self.failing.insert(store, trouble);
        let not_before_ms = now.monotonic_ms + PAUSES.pause_ms(tries.failures, jitter, retry_after_ms);
        tries.failures = tries.failures.saturating_add(1);
        *state = State::Waiting { not_before_ms, tries };
    }

    /// What was refused for good is tried again. Returns how many objects that are.
    pub fn retry_refused(&mut self) -> usize {
        let mut retried = 0;
        self.counts.take();
        for state in self.items.iter_mut().flat_map(|item| item.places.values_mut()) {
            if matches!(state, State::Refused(_)) {
                let tries = Tries { maybe_sent: true, ..Tries::default() };
                *state = State::Waiting { not_before_ms: f64::NEG_INFINITY, tries };
                retried += 1;
            }
        }
        retried
    }

    /// When the next object is due, monotonic milliseconds; `None` if nothing waits.
    #[must_use]
    pub fn next_due_ms(&self) -> Option<f64> {
        let states = self.items.iter().filter(|item| !item.abandoned).flat_map(|item| item.places.values());
        states
            .filter_map(|state| match state {
                State::Waiting { not_before_ms, .. } => Some(*not_before_ms),
                _ => None,
            })
            .min_by(f64::total_cmp)
    }

    fn counted(&self) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(|item| !item.abandoned)
    }

    fn unsent(&self) -> impl Iterator<Item = &Item> {
        self.counted().filter(|item| !item.is_settled())
    }

    /// Objects on the queue, done ones included; those that are destroyed do not count.
    #[must_use]
    pub fn total(&self) -> usize {
        self.counts().total
    }

    /// What was put on the queue under this name, as long as the spool has it.
    #[must_use]
    pub fn object(&self, name: &str) -> Option<&ReportedObject> {
        self.item(name).map(|item| &item.object)
    }

    /// Nothing that `is_gone` names is tried any more, nor waited for. Returns the names of what the spool still has.
    pub fn abandon(&mut self, is_gone: impl Fn(&str) -> bool) -> Vec<String> {
        self.counts.take();
        let gone = self.items.iter_mut().filter(|item| is_gone(&item.object.name));
        gone.map(|item| {
            item.abandoned = true;
            item.object.name.clone()
        })
        .collect()
    }

    /// Objects that every store that takes them has acknowledged.
    #[must_use]
    pub fn stored(&self) -> usize {
        self.counts().stored
    }

    /// Whether every object is acknowledged by every store that takes it.
    #[must_use]
    pub fn all_stored(&self) -> bool {
        self.unsent().next().is_none()
    }

    /// Whether something stays in this browser because that is its store.
    #[must_use]
    pub fn any_kept(&self) -> bool {
        self.counted().any(|item| item.places.values().any(|state| *state == State::Kept))
    }

    /// Whether this store has acknowledged the object with this name.
    #[must_use]
    pub fn is_stored(&self, name: &str) -> bool {
        self.item(name).is_some_and(Item::is_settled)
    }

    /// Bytes that a store is still to acknowledge, refused ones included.
    #[must_use]
    pub fn unsent_bytes(&self) -> u64 {
        self.unsent().map(|item| item.object.size_bytes).sum()
    }

    /// Since when the oldest of them waits, milliseconds since 1970-01-01 UTC.
    #[must_use]
    pub fn oldest_unsent_unix_ms(&self) -> Option<u64> {
        self.unsent().map(|item| item.since_unix_ms).min()
    }

    /// Objects that wait for a store or are on their way there.
    #[must_use]
    pub fn waiting_for(&self, store: usize) -> usize {
        let waits = |item: &&Item| {
            matches!(item.places.get(&store), Some(State::Waiting { .. } | State::UnderWay(_)))
        };
        self.counted().filter(waits).count()
    }

    /// Whether an object was refused for good.
    #[must_use]
    pub fn any_refused(&self) -> bool {
        self.counts().refused > 0
    }

    /// What was refused for good.
    pub fn dead_letters(&self) -> impl Iterator<Item = DeadLetter<'_>> {
        self.counted().flat_map(|item| {
            item.places.iter().filter_map(|(store, state)| match state {
                State::Refused(trouble) => {
                    Some(DeadLetter { name: &item.object.name, store: *store, trouble: *trouble })
                }
                _ => None,
            })
        })
    }

    /// Objects that some store refused for good.
    #[must_use]
    pub fn dead_objects(&self) -> usize {
        self.counts().refused
    }

    /// Whether nothing waits for a store any more except what was refused for good.
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        let states = self.counted().flat_map(|item| item.places.values());
        states.copied().all(|state| state.is_settled() || matches!(state, State::Refused(_)))
    }

    /// Why the last attempt at a store failed, if it did.
    #[must_use]
    pub fn failing(&self, store: usize) -> Option<Trouble> {
        self.failing.get(&store).copied()
    }

    /// What went wrong last.
    #[must_use]
    pub fn last_trouble(&self) -> Option<Trouble> {
        let dead = self.dead_letters().next().map(|letter| letter.trouble);
        dead.or_else(|| self.failing.values().next().copied())
    }

    /// Whether the last attempts reached working stores.
    #[must_use]
    pub fn reachable(&self) -> bool {
        self.failing.is_empty()
    }

    /// Segments and envelopes that the spool may let go of since the last call: the segment, its envelope and the
    /// ledger chunk behind it (which holds its `segment.sealed`) are acknowledged. Ledger chunks stay until the call is
    /// over, because a recovery continues them.
    pub fn forgettable(&mut self) -> Vec<String> {
        let mut names = Vec::new();
        let mut ledger_follows = false;
        for item in self.items.iter().rev() {
            let name = &item.object.name;
            if name.contains("/ledger/") {
                ledger_follows = !item.abandoned && item.is_settled();
                continue;
            }
            let Some(stem) = name.strip_suffix(SEGMENT) else { continue };
            if !ledger_follows || item.forgotten || item.abandoned || !item.is_stored_elsewhere() {
                continue;
            }
            let envelope = format!("{stem}{ENVELOPE}");
            if self.may_go(&envelope) {
                names.push(name.clone());
                names.push(envelope);
            }
        }
        for name in &names {
            let place = self.index.get(name).and_then(|index| index.checked_sub(self.gone));
            if let Some(item) = place.and_then(|place| self.items.get_mut(place)) {
                item.forgotten = true;
            }
        }
        self.drop_what_is_over();
        names
    }

    /// Whether every store has acknowledged this object, or it is destroyed.
    fn may_go(&self, name: &str) -> bool {
        self.item(name).is_none_or(|item| item.abandoned || item.is_stored_elsewhere())
    }
}

#[cfg(test)]
mod tests;
