//! The queue of objects that wait for their stores.
//!
//! Owns when an object is tried, tried again, and done; and when the spool may let go of a segment: only when the
//! segment, its envelope and the ledger chunk that seals it are acknowledged by every store that takes them. Retrying a
//! whole small object is the resume mechanism. Must never make a request itself.
#![allow(clippy::arithmetic_side_effects)] // milliseconds far below any bound

use std::collections::{BTreeMap, BTreeSet};

use crate::audio::Now;
use crate::session::report::ReportedObject;
use crate::store::backoff::Backoff;
use crate::store::trouble::Trouble;

/// Pauses after a failure: soon again, since audio waits; half a minute at most, since a store comes back by itself.
pub const PAUSES: Backoff =
    Backoff { first_pause_ms: 500.0, longest_pause_ms: 30_000.0, longest_asked_ms: 600_000.0 };

/// Requests under way to one store at once: the browser has six connections per host, the page needs some.
pub const AT_ONCE: usize = 3;

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

#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    Waiting {
        not_before_ms: f64,
        failures: u32,
        tried: bool,
    },
    UnderWay {
        failures: u32,
    },
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
}

impl Item {
    fn is_settled(&self) -> bool {
        self.places.values().all(|state| state.is_settled())
    }

    fn is_stored_elsewhere(&self) -> bool {
        self.places.values().all(|state| *state == State::Stored)
    }
}

/// The objects of one call in the order they were made.
#[derive(Debug, Default)]
pub struct UploadQueue {
    items: Vec<Item>,
    index: BTreeMap<String, usize>,
    forgotten: BTreeSet<String>,
    /// Stores whose last attempt failed, and why.
    failing: BTreeMap<usize, Trouble>,
}

impl UploadQueue {
    /// Puts an object on the queue; one that is there already is left as it is.
    pub fn add(&mut self, arrival: Arrival) {
        let Arrival { object, destinations, since_unix_ms, maybe_sent: tried } = arrival;
        if self.index.contains_key(&object.name) {
            return;
        }
        let waiting = State::Waiting { not_before_ms: f64::NEG_INFINITY, failures: 0, tried };
        let state = |is_local| if is_local { State::Kept } else { waiting };
        let places = destinations.iter().map(|to| (to.store, state(to.is_local))).collect();
        self.index.insert(object.name.clone(), self.items.len());
        self.items.push(Item { object, since_unix_ms, places, abandoned: false });
    }

    /// Objects that are being tried at a store.
    #[must_use]
    pub fn under_way(&self, store: usize) -> usize {
        let is_under_way = |item: &&Item| matches!(item.places.get(&store), Some(State::UnderWay { .. }));
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
                && let State::Waiting { not_before_ms, failures, tried: is_retry } = *state
                && not_before_ms <= now.monotonic_ms
            {
                *state = State::UnderWay { failures };
                due.push(Due { object: item.object.clone(), is_retry });
            }
        }
        due
    }

    /// An attempt at a store ended. `jitter` is a random number from 0 to 1.
    pub fn ended(&mut self, store: usize, name: &str, outcome: AttemptOutcome, now: Now, jitter: f64) {
        let item = self.index.get(name).and_then(|index| self.items.get_mut(*index));
        let Some(state) = item.and_then(|item| item.places.get_mut(&store)) else { return };
        let State::UnderWay { failures } = *state else { return };
        self.failing.remove(&store);
        *state = match outcome {
            AttemptOutcome::Stored => State::Stored,
            AttemptOutcome::Refused(trouble) => State::Refused(trouble),
            AttemptOutcome::Denied => {
                self.failing.insert(store, Trouble::AccessDenied);
                // Whoever gives the permission opens the way again.
                State::Waiting { not_before_ms: now.monotonic_ms, failures, tried: true }
            }
            AttemptOutcome::Failed { trouble, retry_after_ms } => {
                self.failing.insert(store, trouble);
                let not_before_ms = now.monotonic_ms + PAUSES.pause_ms(failures, jitter, retry_after_ms);
                State::Waiting { not_before_ms, failures: failures + 1, tried: true }
            }
        };
    }

    /// What was refused for good is tried again. Returns how many objects that are.
    pub fn retry_refused(&mut self) -> usize {
        let mut retried = 0;
        for state in self.items.iter_mut().flat_map(|item| item.places.values_mut()) {
            if matches!(state, State::Refused(_)) {
                *state = State::Waiting { not_before_ms: f64::NEG_INFINITY, failures: 0, tried: true };
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
        self.counted().count()
    }

    /// What was put on the queue under this name.
    #[must_use]
    pub fn object(&self, name: &str) -> Option<&ReportedObject> {
        self.index.get(name).and_then(|index| self.items.get(*index)).map(|item| &item.object)
    }

    /// Nothing that `is_gone` names is tried any more, nor waited for. Returns the names.
    pub fn abandon(&mut self, is_gone: impl Fn(&str) -> bool) -> Vec<String> {
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
        self.counted().filter(|item| item.is_settled()).count()
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
        self.index.get(name).and_then(|index| self.items.get(*index)).is_some_and(Item::is_settled)
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
            matches!(item.places.get(&store), Some(State::Waiting { .. } | State::UnderWay { .. }))
        };
        self.counted().filter(waits).count()
    }

    /// Whether an object was refused for good.
    #[must_use]
    pub fn any_refused(&self) -> bool {
        self.dead_letters().next().is_some()
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
        let is_dead = |item: &&Item| item.places.values().any(|state| matches!(state, State::Refused(_)));
        self.counted().filter(is_dead).count()
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
            let Some(stem) = name.strip_suffix(".ogg.tink") else { continue };
            let envelope = format!("{stem}.v1.jwe.json");
            if ledger_follows
                && !item.abandoned
                && item.is_stored_elsewhere()
                && self.may_go(&envelope)
                && !self.forgotten.contains(name)
            {
                names.push(name.clone());
                names.push(envelope);
            }
        }
        self.forgotten.extend(names.iter().cloned());
        names
    }

    /// Whether every store has acknowledged this object, or it is destroyed.
    fn may_go(&self, name: &str) -> bool {
        let item = self.index.get(name).and_then(|index| self.items.get(*index));
        item.is_none_or(|item| item.abandoned || item.is_stored_elsewhere())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LATER: AttemptOutcome =
        AttemptOutcome::Failed { trouble: Trouble::Unreachable, retry_after_ms: None };

    fn arrival(name: &str, stores: &[usize]) -> Arrival {
        let object = ReportedObject { name: name.into(), size_bytes: 1, sha256: "00".into() };
        let destinations =
            stores.iter().map(|store| Destination { store: *store, is_local: false }).collect();
        Arrival { object, destinations, since_unix_ms: 7, maybe_sent: false }
    }

    fn at(monotonic_ms: f64) -> Now {
        Now { monotonic_ms, unix_ms: 0 }
    }

    #[test]
    fn an_object_is_under_way_once_at_a_time_and_stored_once() {
        let mut queue = UploadQueue::default();
        queue.add(arrival("a", &[0]));
        queue.add(arrival("a", &[0]));
        assert_eq!(queue.due(0, at(0.0), AT_ONCE).len(), 1);
        assert!(queue.due(0, at(1e9), AT_ONCE).is_empty());
        queue.ended(0, "a", AttemptOutcome::Stored, at(1.0), 0.5);
        assert!(queue.due(0, at(1e9), AT_ONCE).is_empty());
        assert!(queue.all_stored());
    }

    #[test]
    fn failures_back_off_with_jitter_and_honour_retry_after() {
        let mut queue = UploadQueue::default();
        queue.add(arrival("a", &[0]));
        let mut now_ms = 0.0;
        let mut pauses = Vec::new();
        for _ in 0..10 {
            assert_eq!(queue.due(0, at(now_ms), AT_ONCE).len(), 1);
            queue.ended(0, "a", LATER, at(now_ms), 1.0);
            let next_ms = queue.next_due_ms().unwrap();
            pauses.push(next_ms - now_ms);
            assert!(queue.due(0, at(next_ms - 1.0), AT_ONCE).is_empty());
            now_ms = next_ms;
        }
        assert_eq!(pauses[..4], [500.0, 1_000.0, 2_000.0, 4_000.0]);
        assert_eq!(pauses[9], PAUSES.longest_pause_ms);
        queue.due(0, at(now_ms), AT_ONCE);
        let asked = AttemptOutcome::Failed { trouble: Trouble::Unavailable, retry_after_ms: Some(90_000.0) };
        queue.ended(0, "a", asked, at(now_ms), 0.0);
        assert_eq!(queue.next_due_ms(), Some(now_ms + 90_000.0));
    }

    #[test]
    fn only_a_first_attempt_is_none_that_may_have_been_made_before() {
        let mut queue = UploadQueue::default();
        queue.add(arrival("a", &[0]));
        queue.add(Arrival { maybe_sent: true, ..arrival("b", &[0]) });
        let retries: Vec<bool> = queue.due(0, at(0.0), AT_ONCE).iter().map(|due| due.is_retry).collect();
        assert_eq!(retries, [false, true]);
        queue.ended(0, "a", LATER, at(0.0), 0.0);
        assert!(queue.due(0, at(1e9), AT_ONCE)[0].is_retry);
    }

    #[test]
    fn a_segment_is_let_go_only_when_it_its_envelope_and_its_ledger_chunk_are_acknowledged_everywhere() {
        let names = [
            "c/0/000000.v1.jwe.json",
            "c/ledger/000001.jsonl",
            "c/0/000000.ogg.tink",
            "c/ledger/000002.jsonl",
        ];
        for missing in [0, 2, 3] {
            for last in [0, 1] {
                let mut queue = UploadQueue::default();
                names.iter().for_each(|name| queue.add(arrival(name, &[0, 1])));
                for store in [0, 1] {
                    queue.due(store, at(0.0), names.len());
                    for name in names {
                        if !(store == last && name == names[missing]) {
                            queue.ended(store, name, AttemptOutcome::Stored, at(0.0), 0.0);
                        }
                    }
                }
                assert!(queue.forgettable().is_empty(), "without {} at {last}", names[missing]);
                queue.ended(last, names[missing], AttemptOutcome::Stored, at(0.0), 0.0);
                assert_eq!(queue.forgettable(), [names[2], names[0]]);
                assert!(queue.forgettable().is_empty(), "only once");
            }
        }
    }

    #[test]
    fn what_stays_in_this_browser_is_done_and_not_let_go() {
        let mut queue = UploadQueue::default();
        for name in ["c/0/000000.v1.jwe.json", "c/0/000000.ogg.tink", "c/ledger/000002.jsonl"] {
            let destinations = vec![Destination { store: 0, is_local: true }];
            queue.add(Arrival { destinations, ..arrival(name, &[]) });
        }
        assert!(queue.all_stored() && queue.any_kept());
        assert!(queue.due(0, at(1e9), AT_ONCE).is_empty() && queue.forgettable().is_empty());
    }

    #[test]
    fn a_refused_object_is_a_dead_letter_until_it_is_tried_again() {
        let mut queue = UploadQueue::default();
        queue.add(arrival("a", &[0, 1]));
        queue.due(0, at(0.0), AT_ONCE);
        queue.ended(0, "a", AttemptOutcome::Refused(Trouble::NameTaken), at(0.0), 0.0);
        assert!(queue.due(0, at(1e9), AT_ONCE).is_empty());
        assert_eq!(queue.due(1, at(1e9), AT_ONCE).len(), 1, "the other store gets it all the same");
        queue.ended(1, "a", AttemptOutcome::Stored, at(1e9), 0.0);
        assert!(queue.any_refused() && !queue.all_stored() && queue.is_at_rest());
        let letter = queue.dead_letters().next().unwrap();
        assert_eq!((letter.name, letter.store, letter.trouble), ("a", 0, Trouble::NameTaken));
        assert_eq!(queue.retry_refused(), 1);
        assert_eq!(queue.due(0, at(1e9), AT_ONCE).len(), 1);
        queue.ended(0, "a", AttemptOutcome::Stored, at(1e9), 0.0);
        assert!(queue.all_stored());
    }

    #[test]
    fn a_store_that_is_away_does_not_hold_up_the_other() {
        let mut queue = UploadQueue::default();
        queue.add(arrival("a", &[0, 1]));
        queue.due(0, at(0.0), AT_ONCE);
        queue.ended(0, "a", LATER, at(0.0), 1.0);
        assert_eq!(queue.due(1, at(0.0), AT_ONCE).len(), 1);
        assert_eq!((queue.failing(0), queue.failing(1)), (Some(Trouble::Unreachable), None));
        assert_eq!(queue.unsent_bytes(), 1);
        assert_eq!(queue.oldest_unsent_unix_ms(), Some(7));
    }

    proptest! {
        #[test]
        fn every_object_ends_stored_everywhere_or_dead_and_nothing_is_let_go_before(
            answers in prop::collection::vec(0_u8..5, 1..200), count in 1_usize..6,
        ) {
            let mut queue = UploadQueue::default();
            for index in 0..count {
                queue.add(arrival(&format!("c/0/{index:06}.v1.jwe.json"), &[0, 1]));
                queue.add(arrival(&format!("c/0/{index:06}.ogg.tink"), &[0, 1]));
                queue.add(arrival(&format!("c/ledger/{index:06}.jsonl"), &[0, 1]));
            }
            let mut now_ms = 0.0;
            let mut stored = std::collections::BTreeSet::new();
            let mut let_go = Vec::new();
            // Behind the given answers every store says yes.
            for answer in answers.into_iter().chain(core::iter::repeat_n(0, 2 * 3 * count)) {
                for store in [0, 1] {
                    for due in queue.due(store, at(now_ms), 1) {
                        let name = due.object.name;
                        prop_assert!(!stored.contains(&(store, name.clone())), "{name} is sent twice");
                        let outcome = match answer {
                            0 | 1 => AttemptOutcome::Stored,
                            2 => AttemptOutcome::Denied,
                            3 => AttemptOutcome::Refused(Trouble::Refused),
                            _ => LATER,
                        };
                        if outcome == AttemptOutcome::Stored {
                            stored.insert((store, name.clone()));
                        }
                        queue.ended(store, &name, outcome, at(now_ms), 0.5);
                    }
                }
                now_ms += 60_000.0;
                let_go.extend(queue.forgettable());
                for name in &let_go {
                    prop_assert!([0, 1].iter().all(|store| stored.contains(&(*store, name.clone()))), "{name}");
                }
            }
            prop_assert!(queue.is_at_rest());
            let dead = queue.dead_letters().count();
            prop_assert_eq!(stored.len() + dead, 2 * 3 * count);
        }
    }
}
