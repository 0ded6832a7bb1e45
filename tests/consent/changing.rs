//! Facts that arrive in a running call: the terms become stricter, never milder.

use crate::asked;
use crate::bench::{ANSWERED, Bench, decision_for, value_of};
use callseal::consent::Answer;
use callseal::jurisdiction::Mode;
use callseal::session::snapshot::Phase;
use callseal::session::{Action, Input};
use serde_json::json;

#[test]
fn a_stricter_law_that_comes_in_a_running_call_stands_and_a_milder_one_does_not() {
    let mut bench = asked(Mode::NothingBeforeYes, json!({}));
    bench.answer(Answer::Yes, true);
    bench.input(Input::Decision(decision_for(Mode::NoticeAndStay)));
    bench.input(Input::PartyJoined { key: "third", age_ms: 0.0 });
    bench.prompt();
    bench.wait(8_000);
    assert!(bench.snapshot().paused, "staying is no consent here");
}

#[test]
fn who_agreed_by_staying_is_asked_when_the_law_turns_out_to_want_a_yes() {
    let mut bench = asked(Mode::NoticeAndStay, json!({"consent": {"stayMs": 1_000}}));
    bench.blocks(200);
    assert_eq!(bench.phase(), Phase::Recording);
    bench.input(Input::Decision(decision_for(Mode::NothingBeforeYes)));
    let learned = bench.blocks;
    assert!(bench.snapshot().paused);
    bench.blocks(20);
    bench.prompt();
    assert_eq!(bench.phase(), Phase::Asking);
    bench.answer(Answer::Yes, true);
    let agreed = bench.blocks;
    bench.blocks(300);
    bench.close();
    let between = value_of(learned)..value_of(agreed);
    assert!(!bench.encoded().iter().any(|sample| between.contains(sample)));
    assert!(bench.encoded().contains(&value_of(agreed + 5)));
}

#[test]
fn where_both_are_demanded_the_announcement_is_repeated_in_the_recording_after_the_yes() {
    let mut bench = asked(Mode::NothingBeforeYes, json!({}));
    let mut decision = decision_for(Mode::NothingBeforeYes);
    decision.repeat_announcement = true;
    bench.input(Input::Decision(decision));
    bench.answer(Answer::Yes, true);
    let played = bench.actions.iter().filter(|action| **action == Action::PlayDisclosure).count();
    assert_eq!(played, 2);
    bench.prompt();
    bench.blocks(200);
    bench.close();
    let kinds = bench.ledger_kinds();
    assert_eq!(kinds.iter().filter(|kind| *kind == "disclosure.played").count(), 2, "{kinds:?}");
}

#[test]
fn a_notice_that_was_running_when_the_law_turned_out_to_want_a_yes_is_no_question() {
    let mut bench = Bench::in_mode(Mode::NoticeAndStay, json!({}));
    bench.input(ANSWERED);
    bench.blocks(30);
    bench.input(Input::Decision(decision_for(Mode::NothingBeforeYes)));
    bench.answer(Answer::Yes, true);
    bench.prompt();
    bench.blocks(50);
    assert!(bench.encoded().is_empty());
    assert_eq!(bench.phase(), Phase::Disclosing, "the question follows");
    bench.prompt();
    assert_eq!(bench.phase(), Phase::Asking, "the early yes answered no question");
    bench.answer(Answer::Yes, true);
    assert_eq!(bench.phase(), Phase::Recording);
}

#[test]
fn a_tone_is_asked_for_while_the_recording_runs_and_only_then() {
    let mut bench = asked(Mode::NothingBeforeYes, json!({}));
    let mut decision = decision_for(Mode::NothingBeforeYes);
    decision.beep = true;
    bench.input(Input::Decision(decision));
    assert!(!bench.actions.contains(&Action::Beep { on: true }));
    bench.answer(Answer::Yes, true);
    assert!(bench.actions.contains(&Action::Beep { on: true }));
    bench.blocks(100);
    bench.answer(Answer::Withdraw, true);
    assert!(bench.actions.contains(&Action::Beep { on: false }));
}
