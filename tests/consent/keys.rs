//! Answers by the customer's keypad.

use crate::bench::Bench;
use crate::{asked, keypad};
use callseal::consent::Answer;
use callseal::jurisdiction::Mode;
use callseal::ledger::Outcome;
use callseal::session::Input;
use callseal::session::snapshot::Phase;
use serde_json::json;

/// A call whose prompt asks for a key.
pub(crate) fn asked_for_a_key(keypad: bool) -> Bench {
    asked_for_a_key_with(keypad, json!({}))
}

/// One whose configuration has these values too.
pub(crate) fn asked_for_a_key_with(keypad: bool, mut changes: serde_json::Value) -> Bench {
    let disclosure = json!({
        "promptId": "k", "version": 1, "language": "en", "text": "Press 1 or 2.", "url": "/k.wav", "keypad": keypad,
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    });
    changes["disclosure"] = disclosure;
    asked(Mode::NothingBeforeYes, changes)
}

/// A key that is pressed for 200 ms, and silence around it.
pub(crate) fn press(bench: &mut Bench, label: char) {
    let mut sound = keypad::silence(100.0);
    sound.extend(keypad::Press::new(label).lasting(200.0).render());
    sound.extend(keypad::silence(200.0));
    bench.customer_sounds(&sound);
}

#[test]
fn the_customers_key_1_is_a_yes_from_the_moment_it_went_down() {
    let mut bench = asked_for_a_key(true);
    let first = bench.blocks;
    press(&mut bench, '1');
    assert_eq!(bench.phase(), Phase::Recording);
    bench.blocks(300);
    bench.close();
    let report = bench.report.unwrap();
    let answer = report.consent_events.iter().find(|event| event.kind == "answered").unwrap();
    assert_eq!((answer.party, answer.actor, answer.method.unwrap().as_str()), (1, 1, "keypad"));
    // 100 ms of silence came before the key.
    let pressed_ms = u64::from(first) * 20 + 100;
    assert!(answer.at_ms.abs_diff(pressed_ms) <= 30, "{} {pressed_ms}", answer.at_ms);
}

#[test]
fn the_customers_key_2_is_a_no_and_final() {
    let mut bench = asked_for_a_key(true);
    press(&mut bench, '2');
    assert_eq!(bench.phase(), Phase::Declined);
    press(&mut bench, '1');
    bench.answer(Answer::Yes, true);
    bench.blocks(300);
    bench.close();
    assert!(bench.encoded().is_empty());
    assert_eq!(bench.report.unwrap().outcome, Outcome::Declined);
}

#[test]
fn a_key_is_no_answer_where_no_key_was_asked_for() {
    let mut bench = asked_for_a_key(false);
    press(&mut bench, '1');
    press(&mut bench, '2');
    assert_eq!(bench.phase(), Phase::Asking);
}

#[test]
fn other_keys_mean_nothing_and_are_noted_nowhere() {
    let mut bench = asked_for_a_key(true);
    for label in ['4', '5', '*', '0', '#'] {
        press(&mut bench, label);
    }
    assert_eq!(bench.phase(), Phase::Asking);
    bench.answer(Answer::Yes, true);
    bench.blocks(300);
    bench.close();
    let events = bench.report.unwrap().consent_events;
    assert_eq!(events.iter().filter(|event| event.kind == "answered").count(), 1);
}

#[test]
fn a_key_that_could_be_of_two_parties_is_no_yes_but_a_no_of_the_whole_channel() {
    let mut bench = asked_for_a_key(true);
    bench.input(Input::PartyJoined { key: "third", age_ms: 0.0 });
    bench.prompt();
    press(&mut bench, '1');
    assert_eq!(bench.phase(), Phase::Asking);
    press(&mut bench, '2');
    assert_eq!(bench.phase(), Phase::Declined);
}

#[test]
fn the_customers_key_is_no_yes_of_somebody_who_joined() {
    let mut bench = asked_for_a_key(true);
    press(&mut bench, '1');
    bench.blocks(200);
    bench.input(Input::PartyJoined { key: "third", age_ms: 0.0 });
    bench.prompt();
    press(&mut bench, '1');
    assert!(bench.snapshot().paused, "the customer may have pressed it");
}
