//! The queue of objects that wait for the store.
//!
//! Owns when an object is tried, tried again, and done; and when the spool may let go of a segment: only when the
//! segment, its envelope and the ledger chunk that seals it are all acknowledged. Retrying a whole small object is
//! the resume mechanism. Must never make a request itself.
#![allow(clippy::arithmetic_side_effects)] // milliseconds far below any bound

use std::collections::{BTreeMap, BTreeSet};

use crate::audio::Now;
use crate::session::report::ReportedObject;
use crate::store::backoff::Backoff;

/// Pauses after a failure: soon again, since audio waits; half a minute at most, since a store comes back by itself.
pub const PAUSES: Backoff =
    Backoff { first_pause_ms: 500.0, longest_pause_ms: 30_000.0, longest_asked_ms: 600_000.0 };

/// Requests under way at once: the browser has six connections per host, the page needs some.
pub const AT_ONCE: usize = 3;

/// How one attempt ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum AttemptOutcome {
    /// The store has exactly this object: newly, or found with the same size and hash.
    Stored,
    /// It did not work now. The store may have named a pause.
    Failed {
        /// From `Retry-After`, milliseconds.
        retry_after_ms: Option<f64>,
    },
    /// It will never work: the store refused it for good.
    Refused,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    Waiting {
        not_before_ms: f64,
        failures: u32,
    },
    UnderWay {
        failures: u32,
    },
    Stored,
    Refused,
    /// It is destroyed: nothing waits for it any more.
    Abandoned,
}

/// The objects of one call in the order they were made.
#[derive(Debug, Default)]
pub struct UploadQueue {
    objects: Vec<(ReportedObject, State)>,
    index: BTreeMap<String, usize>,
    forgotten: BTreeSet<String>,
    failing: bool,
}

impl UploadQueue {
    /// Puts an object on the queue; one that is there already is left as it is.
    pub fn add(&mut self, object: ReportedObject) {
        if self.index.contains_key(&object.name) {
            return;
        }
        self.index.insert(object.name.clone(), self.objects.len());
        self.objects.push((object, State::Waiting { not_before_ms: f64::NEG_INFINITY, failures: 0 }));
    }

    /// Objects that are being tried.
    #[must_use]
    pub fn under_way(&self) -> usize {
        self.objects.iter().filter(|(_, state)| matches!(state, State::UnderWay { .. })).count()
    }

    /// Objects to try now, at most so many; they are under way from here on.
    pub fn due(&mut self, now: Now, most: usize) -> Vec<ReportedObject> {
        let mut due = Vec::new();
        for (object, state) in &mut self.objects {
            if due.len() >= most {
                break;
            }
            if let State::Waiting { not_before_ms, failures } = *state
                && not_before_ms <= now.monotonic_ms
            {
                *state = State::UnderWay { failures };
                due.push(object.clone());
            }
        }
        due
    }

    /// An attempt ended. `jitter` is a random number from 0 to 1.
    pub fn ended(&mut self, name: &str, outcome: AttemptOutcome, now: Now, jitter: f64) {
        let Some((_, state)) = self.index.get(name).and_then(|index| self.objects.get_mut(*index)) else {
            return;
        };
        let State::UnderWay { failures } = *state else { return };
        self.failing = false;
        *state = match outcome {
            AttemptOutcome::Stored => State::Stored,
            AttemptOutcome::Refused => State::Refused,
            AttemptOutcome::Failed { retry_after_ms } => {
                self.failing = true;
                let pause_ms = PAUSES.pause_ms(failures, jitter, retry_after_ms);
                State::Waiting { not_before_ms: now.monotonic_ms + pause_ms, failures: failures + 1 }
            }
        };
    }

    /// When the next object is due, monotonic milliseconds; `None` if nothing waits.
    #[must_use]
    pub fn next_due_ms(&self) -> Option<f64> {
        self.objects
            .iter()
            .filter_map(|(_, state)| match state {
                State::Waiting { not_before_ms, .. } => Some(*not_before_ms),
                _ => None,
            })
            .min_by(f64::total_cmp)
    }

    /// Objects on the queue, done ones included; those that are destroyed do not count.
    #[must_use]
    pub fn total(&self) -> usize {
        self.objects.iter().filter(|(_, state)| *state != State::Abandoned).count()
    }

    /// What was put on the queue under this name.
    #[must_use]
    pub fn object(&self, name: &str) -> Option<&ReportedObject> {
        self.index.get(name).and_then(|index| self.objects.get(*index)).map(|(object, _)| object)
    }

    /// Nothing that `is_gone` names is tried any more, nor waited for. Returns the names.
    pub fn abandon(&mut self, is_gone: impl Fn(&str) -> bool) -> Vec<String> {
        let gone = self.objects.iter_mut().filter(|(object, _)| is_gone(&object.name));
        gone.map(|(object, state)| {
            *state = State::Abandoned;
            object.name.clone()
        })
        .collect()
    }

    /// Objects the store has acknowledged.
    #[must_use]
    pub fn stored(&self) -> usize {
        self.objects.iter().filter(|(_, state)| *state == State::Stored).count()
    }

    /// Whether the store has acknowledged everything.
    #[must_use]
    pub fn all_stored(&self) -> bool {
        self.stored() == self.total()
    }

    /// Whether an object was refused for good.
    #[must_use]
    pub fn any_refused(&self) -> bool {
        self.objects.iter().any(|(_, state)| *state == State::Refused)
    }

    /// Whether the last attempt reached a working store.
    #[must_use]
    pub const fn reachable(&self) -> bool {
        !self.failing
    }

    /// Segments and envelopes that the spool may let go of since the last call: the segment, its envelope and the
    /// ledger chunk behind it (which holds its `segment.sealed`) are acknowledged. Ledger chunks stay until the call is
    /// over, because a recovery continues them.
    pub fn forgettable(&mut self) -> Vec<String> {
        let mut names = Vec::new();
        let mut ledger_follows = false;
        for (object, state) in self.objects.iter().rev() {
            if object.name.contains("/ledger/") {
                ledger_follows = *state == State::Stored;
                continue;
            }
            let Some(stem) = object.name.strip_suffix(".ogg.tink") else { continue };
            let envelope = format!("{stem}.v1.jwe.json");
            if ledger_follows
                && *state == State::Stored
                && self.is_settled(&envelope)
                && !self.forgotten.contains(&object.name)
            {
                names.push(object.name.clone());
                names.push(envelope);
            }
        }
        self.forgotten.extend(names.iter().cloned());
        names
    }

    /// Whether the store has acknowledged this object, or it is destroyed.
    fn is_settled(&self, name: &str) -> bool {
        let state = self.index.get(name).and_then(|index| self.objects.get(*index)).map(|(_, state)| *state);
        state.is_none_or(|state| matches!(state, State::Stored | State::Abandoned))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(name: &str) -> ReportedObject {
        ReportedObject { name: name.into(), size_bytes: 1, sha256: "00".into() }
    }

    fn at(monotonic_ms: f64) -> Now {
        Now { monotonic_ms, unix_ms: 0 }
    }

    #[test]
    fn an_object_is_under_way_once_at_a_time_and_stored_once() {
        let mut queue = UploadQueue::default();
        queue.add(object("a"));
        queue.add(object("a"));
        assert_eq!(queue.due(at(0.0), AT_ONCE).len(), 1);
        assert!(queue.due(at(1e9), AT_ONCE).is_empty());
        queue.ended("a", AttemptOutcome::Stored, at(1.0), 0.5);
        assert!(queue.due(at(1e9), AT_ONCE).is_empty());
        assert!(queue.all_stored());
    }

    #[test]
    fn failures_back_off_with_jitter_and_honour_retry_after() {
        let mut queue = UploadQueue::default();
        queue.add(object("a"));
        let mut now_ms = 0.0;
        let mut pauses = Vec::new();
        for _ in 0..10 {
            assert_eq!(queue.due(at(now_ms), AT_ONCE).len(), 1);
            queue.ended("a", AttemptOutcome::Failed { retry_after_ms: None }, at(now_ms), 1.0);
            let next_ms = queue.next_due_ms().unwrap();
            pauses.push(next_ms - now_ms);
            assert!(queue.due(at(next_ms - 1.0), AT_ONCE).is_empty());
            now_ms = next_ms;
        }
        assert_eq!(pauses[..4], [500.0, 1_000.0, 2_000.0, 4_000.0]);
        assert_eq!(pauses[9], PAUSES.longest_pause_ms);
        queue.due(at(now_ms), AT_ONCE);
        queue.ended("a", AttemptOutcome::Failed { retry_after_ms: Some(90_000.0) }, at(now_ms), 0.0);
        assert_eq!(queue.next_due_ms(), Some(now_ms + 90_000.0));
    }

    #[test]
    fn a_segment_is_let_go_only_when_it_its_envelope_and_its_ledger_chunk_are_acknowledged() {
        let names = [
            "c/0/000000.v1.jwe.json",
            "c/ledger/000001.jsonl",
            "c/0/000000.ogg.tink",
            "c/ledger/000002.jsonl",
        ];
        for missing in [0, 2, 3] {
            let mut queue = UploadQueue::default();
            names.iter().for_each(|name| queue.add(object(name)));
            while !queue.due(at(0.0), AT_ONCE).is_empty() {
                for (index, name) in names.iter().enumerate().filter(|(index, _)| *index != missing) {
                    let _ = index;
                    queue.ended(name, AttemptOutcome::Stored, at(0.0), 0.0);
                }
            }
            assert!(queue.forgettable().is_empty(), "without {}", names[missing]);
            queue.ended(names[missing], AttemptOutcome::Stored, at(0.0), 0.0);
            assert_eq!(queue.forgettable(), [names[2], names[0]]);
            assert!(queue.forgettable().is_empty(), "only once");
        }
    }

    #[test]
    fn a_refused_object_is_not_tried_again_and_not_forgotten() {
        let mut queue = UploadQueue::default();
        queue.add(object("a"));
        queue.due(at(0.0), AT_ONCE);
        queue.ended("a", AttemptOutcome::Refused, at(0.0), 0.0);
        assert!(queue.due(at(1e9), AT_ONCE).is_empty());
        assert!(queue.any_refused() && !queue.all_stored());
    }
}
