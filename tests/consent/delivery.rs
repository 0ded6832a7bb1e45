//! A disclosure that was not heard: tried again by itself, not without end, and never taken for one that was.

use crate::asked;
use crate::bench::{ANSWERED, Bench};
use callseal::consent::Answer;
use callseal::jurisdiction::Mode;
use callseal::session::disclosing::DELIVERY_TRIES;
use callseal::session::snapshot::{Allowed, Phase};
use callseal::session::{Action, Input};
use serde_json::json;

fn played(bench: &Bench) -> u32 {
    bench.actions.iter().filter(|action| **action == Action::PlayDisclosure).count() as u32
}

#[test]
fn a_disclosure_that_failed_is_played_again_by_itself_and_counts_when_it_is_heard() {
    for mode in [Mode::NothingBeforeYes, Mode::RecordDisclosure] {
        let mut bench = Bench::in_mode(mode, json!({}));
        bench.input(ANSWERED);
        bench.blocks(10);
        bench.input(Input::DisclosureFailed);
        bench.answer(Answer::Yes, true);
        bench.blocks(60);
        assert_eq!((played(&bench), bench.snapshot().problem), (2, None));
        let second = bench.blocks;
        bench.prompt();
        assert_eq!(bench.phase(), Phase::Asking, "a yes to a question that nobody heard counts for nothing");
        bench.answer(Answer::Yes, true);
        bench.blocks(300);
        bench.close();
        assert!(crate::first_kept(&bench) >= second);
        let asked = bench.report.unwrap().consent_events.iter().filter(|event| event.kind == "asked").count();
        assert_eq!(asked, 1, "a question that was not heard was not asked");
    }
}

#[test]
fn a_disclosure_that_cannot_be_delivered_is_given_up_after_the_stated_tries_and_the_button_stays() {
    let mut bench = Bench::new();
    bench.input(ANSWERED);
    bench.blocks(10);
    for _ in 0..40 {
        bench.input(Input::DisclosureFailed);
        bench.blocks(60);
    }
    assert_eq!(played(&bench), DELIVERY_TRIES);
    let snapshot = bench.snapshot();
    assert_eq!(snapshot.problem.as_deref(), Some("disclosure/failed"));
    assert_eq!((snapshot.phase, snapshot.allowed), (Phase::Disclosing, vec![Allowed::No, Allowed::Replay]));
    bench.answer(Answer::Yes, true);
    bench.blocks(300);
    assert!(bench.encoded().is_empty());
    bench.input(Input::DisclosureReplay);
    bench.prompt();
    bench.answer(Answer::Yes, true);
    bench.blocks(300);
    assert!(!bench.encoded().is_empty());
}

#[test]
fn a_prompt_that_never_begins_is_tried_as_often_as_one_that_fails() {
    let mut bench = Bench::new();
    bench.input(ANSWERED);
    bench.blocks(3_000);
    assert_eq!(played(&bench), DELIVERY_TRIES);
    assert_eq!(bench.snapshot().problem.as_deref(), Some("disclosure/failed"));
}

#[test]
fn a_prompt_is_not_tried_again_while_nothing_is_captured_it_could_be_measured_in() {
    let mut bench = Bench::new();
    bench.input(ANSWERED);
    bench.blocks(10);
    bench.input(Input::DisclosureFailed);
    bench.wait(5_000);
    assert_eq!(played(&bench), 1);
    assert_eq!(bench.snapshot().problem.as_deref(), Some("disclosure/failed"));
}

#[test]
fn a_late_report_of_a_try_that_failed_uses_up_no_other() {
    let mut bench = Bench::new();
    bench.input(ANSWERED);
    bench.blocks(10);
    for _ in 0..10 {
        bench.input(Input::DisclosureFailed);
    }
    bench.blocks(60);
    assert_eq!(played(&bench), 2);
}

#[test]
fn tries_that_failed_do_not_count_as_questions_that_nobody_answered() {
    let mut bench = Bench::with(json!({"consent": {"answerWithinMs": 3_000, "asks": 2}}));
    bench.input(ANSWERED);
    bench.blocks(10);
    bench.input(Input::DisclosureFailed);
    bench.blocks(60);
    bench.prompt();
    bench.blocks(155);
    assert_eq!(bench.phase(), Phase::Disclosing, "asked once, so asked again");
    bench.prompt();
    bench.blocks(155);
    assert_eq!(bench.phase(), Phase::Unanswered);
}

#[test]
fn a_no_or_the_end_of_the_call_ends_the_trying() {
    for end in [true, false] {
        let mut bench = Bench::new();
        bench.input(ANSWERED);
        bench.blocks(10);
        bench.input(Input::DisclosureFailed);
        if end {
            bench.input(Input::HangUp { age_ms: 0.0 });
        } else {
            bench.answer(Answer::No, false);
        }
        bench.blocks(200);
        assert_eq!(played(&bench), 1);
    }
}

#[test]
fn the_tries_of_a_newcomers_question_are_their_own() {
    let mut bench = asked(Mode::NothingBeforeYes, json!({}));
    bench.answer(Answer::Yes, true);
    bench.blocks(100);
    bench.input(Input::PartyJoined { key: "third", age_ms: 0.0 });
    bench.input(Input::DisclosureFailed);
    bench.blocks(60);
    assert!(bench.snapshot().paused);
    assert_eq!(played(&bench), 3);
    bench.prompt();
    bench.answer_of(callseal::consent::register::From::Party(2), Answer::Yes, true);
    assert!(!bench.snapshot().paused);
}
