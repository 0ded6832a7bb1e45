//! Facts that arrive in a running call: the terms become stricter, never milder.

use crate::asked;
use crate::bench::{ANSWERED, Bench, decision_for, value_of};
use callseal::consent::Answer;
use callseal::consent::register::From;
use callseal::jurisdiction::Mode;
use callseal::ledger::Outcome;
use callseal::redact::clearance::Cause;
use callseal::session::disclosing::DELIVERY_TRIES;
use callseal::session::snapshot::{Allowed, Phase};
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

fn recorded(mode: Mode) -> Bench {
    let mut bench = asked(mode, json!({"consent": {"stayMs": 1_000}}));
    bench.answer(Answer::Yes, true);
    bench.blocks(200);
    assert_eq!(bench.phase(), Phase::Recording);
    bench
}

fn played(bench: &Bench) -> usize {
    bench.actions.iter().filter(|action| **action == Action::PlayDisclosure).count()
}

#[test]
fn a_tone_that_a_law_demands_in_a_running_recording_begins_at_once() {
    let mut bench = recorded(Mode::NothingBeforeYes);
    let mut decision = decision_for(Mode::NothingBeforeYes);
    decision.beep = true;
    bench.input(Input::Decision(decision));
    assert_eq!(bench.actions.iter().filter(|action| **action == Action::Beep { on: true }).count(), 1);
    bench.input(Input::Decision(decision_for(Mode::NothingBeforeYes)));
    bench.blocks(10);
    assert!(!bench.actions.contains(&Action::Beep { on: false }), "terms become no milder");
}

#[test]
fn an_announcement_that_a_law_demands_in_a_running_recording_is_played_again_in_it() {
    for (before, repeat, after) in [
        (Mode::NothingBeforeYes, true, Mode::NothingBeforeYes),
        (Mode::NoticeAndStay, false, Mode::RecordDisclosure),
    ] {
        let mut bench = recorded(before);
        let mut decision = decision_for(after);
        decision.repeat_announcement = repeat;
        bench.input(Input::Decision(decision));
        assert_eq!(played(&bench), 2, "{before:?}");
        assert!(!bench.snapshot().paused);
        bench.prompt();
        bench.blocks(100);
        assert_eq!(played(&bench), 2, "{before:?}: once is enough");
        bench.close();
        let kinds = bench.ledger_kinds();
        assert_eq!(kinds.iter().filter(|kind| *kind == "disclosure.played").count(), 2, "{kinds:?}");
        assert_eq!(bench.report.unwrap().outcome, Outcome::Recorded);
    }
}

#[test]
fn an_announcement_that_is_in_the_recording_already_is_not_repeated() {
    let mut bench = recorded(Mode::RecordDisclosure);
    let mut decision = decision_for(Mode::NothingBeforeYes);
    decision.repeat_announcement = true;
    bench.input(Input::Decision(decision));
    bench.blocks(20);
    assert_eq!(played(&bench), 1);
}

#[test]
fn a_repetition_that_falls_into_a_pause_is_made_up_for_when_the_pause_is_over() {
    let mut bench = recorded(Mode::NothingBeforeYes);
    bench.input(Input::PartyJoined { key: "third", age_ms: 0.0 });
    let mut decision = decision_for(Mode::NothingBeforeYes);
    decision.repeat_announcement = true;
    bench.input(Input::Decision(decision));
    bench.prompt();
    bench.blocks(20);
    assert_eq!(played(&bench), 2, "the newcomer is asked; nothing is repeated where nothing is kept");
    bench.answer_of(From::Party(2), Answer::Yes, true);
    assert_eq!(played(&bench), 3);
    bench.prompt();
    bench.blocks(100);
    assert_eq!(played(&bench), 3);
}

#[test]
fn a_repetition_that_fails_is_tried_again_by_itself_and_then_told_as_a_problem() {
    let mut bench = recorded(Mode::NothingBeforeYes);
    let mut decision = decision_for(Mode::NothingBeforeYes);
    decision.repeat_announcement = true;
    bench.input(Input::Decision(decision));
    for tries in 1..DELIVERY_TRIES {
        bench.input(Input::DisclosureFailed);
        assert_eq!(bench.snapshot().problem, None, "try {tries}");
        bench.blocks(60);
        assert_eq!(played(&bench), 2 + tries as usize);
    }
    bench.input(Input::DisclosureFailed);
    bench.blocks(200);
    assert_eq!(played(&bench), 1 + DELIVERY_TRIES as usize);
    let snapshot = bench.snapshot();
    assert_eq!(snapshot.problem.as_deref(), Some("disclosure/repeat-failed"));
    assert!(snapshot.recording && snapshot.allowed.contains(&Allowed::Replay));
    bench.input(Input::DisclosureReplay);
    bench.prompt();
    let snapshot = bench.snapshot();
    assert!(snapshot.problem.is_none() && !snapshot.allowed.contains(&Allowed::Replay));
}

#[test]
fn a_repetition_that_was_cut_out_does_not_count() {
    let mut bench = recorded(Mode::NothingBeforeYes);
    let mut decision = decision_for(Mode::NothingBeforeYes);
    decision.repeat_announcement = true;
    bench.input(Input::Decision(decision));
    let cause = Cause { trigger: "field_focus".into(), class: "card_number".into() };
    bench.clearance.begin("page", "page", cause.clone());
    bench.input(Input::SensitiveBegin { context_id: "page", cause: &cause, age_ms: 0.0, late_ms: 0.0 });
    bench.prompt();
    bench.clearance.end("page", "page");
    bench.input(Input::SensitiveEnd { context_id: "page", age_ms: 0.0 });
    bench.blocks(100);
    assert_eq!(played(&bench), 3);
}

#[test]
fn a_running_recording_pauses_whatever_the_reason_why_the_new_terms_do_not_permit_it() {
    let mut bench = asked(Mode::Mandatory, json!({}));
    bench.blocks(200);
    assert_eq!(bench.phase(), Phase::Recording);
    bench.input(Input::Decision(decision_for(Mode::NothingBeforeYes)));
    let learned = bench.blocks;
    assert!(bench.snapshot().paused && !bench.snapshot().recording);
    assert_eq!(played(&bench), 2, "who was only told is asked");
    bench.blocks(20);
    bench.prompt();
    bench.answer(Answer::Yes, true);
    let agreed = bench.blocks;
    assert!(!bench.snapshot().paused);
    bench.blocks(300);
    bench.close();
    let between = value_of(learned)..value_of(agreed);
    assert!(!bench.encoded().iter().any(|sample| between.contains(sample)));
    assert!(bench.encoded().contains(&value_of(agreed + 5)));
}
