//! A yes that was a key is taken back by a key, while customers may key numbers.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

#[path = "session/bench.rs"]
mod bench;
#[path = "support/keypad.rs"]
mod keypad;

use bench::{ANSWERED, Bench};
use callseal::consent::Answer;
use callseal::ledger::Outcome;
use callseal::session::snapshot::Phase;
use serde_json::json;

/// A call that was asked for a key and is being recorded, by a key or by the agent's word for a spoken yes.
fn recording(by_key: bool) -> Bench {
    let mut bench = Bench::with(json!({"disclosure": {
        "promptId": "k", "version": 1, "language": "en", "text": "Press 1 or 2.", "url": "/k.wav", "keypad": true,
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    }}));
    bench.input(ANSWERED);
    bench.blocks(20);
    bench.prompt();
    if by_key {
        press(&mut bench, '1');
    } else {
        bench.answer(Answer::Yes, true);
    }
    assert_eq!(bench.phase(), Phase::Recording);
    bench
}

/// A few seconds on.
fn later(mut bench: Bench) -> Bench {
    bench.blocks(200);
    bench
}

/// A key that is pressed for 200 ms, and silence around it; 500 ms in all.
fn press(bench: &mut Bench, label: char) {
    let mut sound = keypad::silence(100.0);
    sound.extend(keypad::Press::new(label).lasting(200.0).render());
    sound.extend(keypad::silence(200.0));
    bench.customer_sounds(&sound);
}

#[test]
fn a_lone_2_takes_a_yes_by_key_back_from_the_moment_it_went_down() {
    let mut bench = later(recording(true));
    let pressed_ms = u64::from(bench.blocks) * 20 + 100;
    press(&mut bench, '2');
    bench.blocks(150);
    assert_eq!(bench.phase(), Phase::Withdrawn);
    press(&mut bench, '1');
    bench.blocks(150);
    assert_eq!(bench.phase(), Phase::Withdrawn);
    bench.close();
    let report = bench.report.unwrap();
    assert_eq!(report.outcome, Outcome::Withdrawn);
    let event = report.consent_events.iter().find(|event| event.kind == "withdrawn").unwrap();
    assert_eq!((event.party, event.actor, event.method.unwrap().as_str()), (1, 1, "keypad"));
    assert!(event.at_ms.abs_diff(pressed_ms) <= 30, "{} {pressed_ms}", event.at_ms);
    let end_ms = report.recording_origin_ms.unwrap() + report.recording_duration_ms;
    assert!(end_ms.abs_diff(pressed_ms) <= 50, "kept until {end_ms}, pressed at {pressed_ms}");
}

#[test]
fn a_2_among_other_keys_is_a_digit_of_a_number() {
    for number in ["42", "24", "222", "4242 4242", "2#"] {
        let mut bench = later(recording(true));
        for label in number.chars() {
            if label == ' ' {
                bench.blocks(40);
            } else {
                press(&mut bench, label);
            }
        }
        bench.blocks(150);
        assert_eq!(bench.phase(), Phase::Recording, "{number}");
    }
}

#[test]
fn other_lone_keys_mean_nothing_in_a_recording() {
    let mut bench = later(recording(true));
    for label in ['1', '3', '#'] {
        press(&mut bench, label);
        bench.blocks(150);
    }
    assert_eq!(bench.phase(), Phase::Recording);
}

#[test]
fn a_spoken_yes_is_not_taken_back_by_a_key() {
    let mut bench = later(recording(false));
    press(&mut bench, '2');
    bench.blocks(150);
    assert_eq!(bench.phase(), Phase::Recording);
}

#[test]
fn a_2_right_behind_the_1_counts_as_well() {
    let mut bench = recording(true);
    press(&mut bench, '2');
    bench.blocks(150);
    assert_eq!(bench.phase(), Phase::Withdrawn);
}
