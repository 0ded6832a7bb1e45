//! The rules of a spool that may take no more: recordings end whole, calls go on, and it is told.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

#[path = "session/bench.rs"]
mod bench;

use bench::{ANSWERED, Bench, value_of};
use callseal::audio::BLOCK_SAMPLES;
use callseal::consent::Answer;
use callseal::ledger::Outcome;
use callseal::session::snapshot::Phase;
use callseal::session::{Action, Input};
use serde_json::json;

fn asked() -> Bench {
    let mut bench = Bench::new();
    bench.input(ANSWERED);
    bench.blocks(5);
    bench.prompt();
    bench
}

fn room(bench: &mut Bench, is_full: bool) {
    bench.input(Input::SpoolRoom { is_full });
}

fn problems(bench: &Bench) -> Vec<&str> {
    let told = bench.actions.iter().filter_map(|action| match action {
        Action::Problem(error) => Some(error.code()),
        _ => None,
    });
    told.collect()
}

#[test]
fn a_full_spool_ends_the_recording_whole_and_the_ledger_says_why() {
    let mut bench = asked();
    bench.answer(Answer::Yes, true);
    let yes_at = bench.blocks;
    bench.blocks(400);
    room(&mut bench, true);
    assert_eq!(bench.phase(), Phase::Failed);
    assert!(!bench.snapshot().recording);
    assert_eq!(bench.snapshot().problem.as_deref(), Some("spool/full"));
    // It is asked again whenever time passes, and told once.
    bench.blocks(400);
    room(&mut bench, true);
    assert_eq!(problems(&bench), ["spool/full"]);
    let encoded = bench.encoded();
    assert_eq!(encoded.len(), 400 * BLOCK_SAMPLES, "everything up to then, and nothing behind it");
    assert_eq!((encoded[0], *encoded.last().unwrap()), (value_of(yes_at), value_of(yes_at + 399)));
    let ledger = bench.ledger();
    let trouble = ledger.iter().find(|entry| entry["kind"] == "trouble.noted").unwrap();
    assert!(trouble.to_string().contains("spool/full"), "{trouble}");
    let last = ledger.last().unwrap();
    assert_eq!(
        (last["kind"].as_str(), last["body"]["outcome"].as_str()),
        (Some("call.closed"), Some("failed"))
    );
    bench.close();
    assert_eq!(bench.report.unwrap().outcome, Outcome::Failed);
}

#[test]
fn a_call_that_is_agreed_to_while_there_is_no_room_is_not_recorded_and_that_is_told() {
    let mut bench = asked();
    room(&mut bench, true);
    assert_eq!(bench.phase(), Phase::Asking, "nothing is lost yet");
    bench.answer(Answer::Yes, true);
    bench.blocks(50);
    assert_eq!(bench.phase(), Phase::Failed);
    assert_eq!(problems(&bench), ["spool/full"]);
    assert!(bench.encoded().is_empty() && bench.ledger().is_empty());
}

#[test]
fn a_call_that_is_agreed_to_when_there_is_room_again_is_recorded() {
    let mut bench = asked();
    room(&mut bench, true);
    room(&mut bench, false);
    bench.answer(Answer::Yes, true);
    bench.blocks(50);
    assert_eq!(bench.phase(), Phase::Recording);
    assert!(problems(&bench).is_empty());
}

#[test]
fn room_that_comes_back_does_not_begin_a_recording_anew_within_a_call() {
    let mut bench = Bench::with(json!({}));
    bench.input(ANSWERED);
    bench.blocks(5);
    bench.prompt();
    bench.answer(Answer::Yes, true);
    bench.blocks(10);
    room(&mut bench, true);
    room(&mut bench, false);
    bench.blocks(600);
    assert_eq!(bench.phase(), Phase::Failed);
    assert_eq!(bench.encoded().len(), 10 * BLOCK_SAMPLES);
}
