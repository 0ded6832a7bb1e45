//! The rules of the queue, over all sequences of answers.

use proptest::prelude::*;

use super::*;

const LATER: AttemptOutcome = AttemptOutcome::Failed { trouble: Trouble::Unreachable, retry_after_ms: None };

fn arrival(name: &str, stores: &[usize]) -> Arrival {
    let object = ReportedObject { name: name.into(), size_bytes: 1, sha256: "00".into() };
    let destinations = stores.iter().map(|store| Destination { store: *store, is_local: false }).collect();
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
    let names =
        ["c/0/000000.v1.jwe.json", "c/ledger/000001.jsonl", "c/0/000000.ogg.tink", "c/ledger/000002.jsonl"];
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
fn bytes_that_were_changed_on_the_way_are_sent_again_some_times_whatever_failed_before() {
    let mut queue = UploadQueue::default();
    queue.add(arrival("a", &[0]));
    let mut now_ms = 0.0;
    let mut attempt = |queue: &mut UploadQueue, outcome| {
        now_ms += 60_000.0;
        assert_eq!(queue.due(0, at(now_ms), AT_ONCE).len(), 1);
        queue.ended(0, "a", outcome, at(now_ms), 0.0);
        queue.any_refused()
    };
    for _ in 0..20 {
        assert!(!attempt(&mut queue, LATER));
    }
    for _ in 1..MOST_DOUBTS {
        assert!(!attempt(&mut queue, AttemptOutcome::Doubted(Trouble::Refused)));
    }
    assert!(attempt(&mut queue, AttemptOutcome::Doubted(Trouble::Refused)));
    assert_eq!(queue.dead_letters().next().unwrap().trouble, Trouble::Refused);
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

#[test]
fn the_queue_of_a_long_call_holds_no_more_than_that_of_a_short_one() {
    let mut queue = UploadQueue::default();
    let mut let_go = 0;
    for index in 0..2_000_usize {
        for name in ["0/%.v1.jwe.json", "0/%.ogg.tink", "ledger/%.jsonl", "ledger/%.head.jws"] {
            queue.add(arrival(&format!("c/{}", name.replace('%', &format!("{index:06}"))), &[0]));
        }
        for due in queue.due(0, at(0.0), 4) {
            queue.ended(0, &due.object.name, AttemptOutcome::Stored, at(0.0), 0.0);
        }
        let_go += queue.forgettable().len();
        assert_eq!((queue.total(), queue.stored()), (4 * index + 4, 4 * index + 4));
    }
    assert_eq!(let_go, 4_000);
    assert!(queue.all_stored());
    assert_eq!((queue.items.len(), queue.index.len()), (0, 0));
}

#[test]
fn what_is_destroyed_counts_no_more_wherever_it_stands() {
    let mut queue = UploadQueue::default();
    for name in ["c/0/000000.v1.jwe.json", "c/0/000000.ogg.tink", "c/ledger/000002.jsonl"] {
        queue.add(arrival(name, &[0]));
    }
    queue.due(0, at(0.0), 3);
    assert_eq!(queue.abandon(|name| !name.contains("/ledger/")).len(), 2);
    assert_eq!((queue.total(), queue.stored()), (1, 0));
    assert!(queue.forgettable().is_empty());
    queue.ended(0, "c/ledger/000002.jsonl", AttemptOutcome::Stored, at(0.0), 0.0);
    assert!(queue.forgettable().is_empty() && queue.all_stored());
    assert_eq!((queue.total(), queue.stored()), (1, 1));
}

proptest! {
    #[test]
    fn every_object_ends_stored_everywhere_or_dead_and_nothing_is_let_go_before(
        answers in prop::collection::vec(0_u8..6, 1..200), count in 1_usize..6,
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
                        4 => AttemptOutcome::Doubted(Trouble::Refused),
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
