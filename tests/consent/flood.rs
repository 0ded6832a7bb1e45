//! A page that makes thousands of events: the engine hoards no memory, and what counts is not crowded out.

use crate::asked;
use crate::bench::{ANSWERED, Bench, decision_for};
use callseal::consent::Answer;
use callseal::jurisdiction::Mode;
use callseal::redact::clearance::Cause;
use callseal::redact::span::CROWDED;
use callseal::session::Input;
use serde_json::json;

/// Facts that come and go: each is a decision of its own.
fn flood_of_decisions(bench: &mut Bench) {
    for number in 0..1_500 {
        let mut decision = decision_for(Mode::NothingBeforeYes);
        decision.explanation = vec![format!("version {number}")];
        bench.input(Input::Decision(decision));
    }
}

#[test]
fn a_flood_of_facts_crowds_no_answer_and_no_disclosure_out_of_the_ledger() {
    let mut bench = Bench::new();
    bench.input(ANSWERED);
    flood_of_decisions(&mut bench);
    bench.blocks(10);
    bench.prompt();
    bench.answer(Answer::Yes, true);
    bench.blocks(50);
    bench.close();
    let kinds = bench.ledger_kinds();
    let count = |wanted: &str| kinds.iter().filter(|kind| *kind == wanted).count();
    assert_eq!((count("disclosure.played"), count("consent.answered")), (1, 2));
    let ledger = bench.ledger();
    let last = ledger.iter().rev().find(|entry| entry["kind"] == "decision.made").unwrap();
    assert_eq!(last["body"]["explanation"][0], "version 1499");
    assert!(bench.ledger_times().is_sorted());
}

#[test]
fn a_flood_of_questions_crowds_no_answer_out_of_the_report() {
    let mut bench = asked(Mode::NothingBeforeYes, json!({}));
    for _ in 0..1_500 {
        bench.input(Input::DisclosureReplay);
        bench.input(Input::DisclosureFailed);
    }
    bench.input(Input::DisclosureReplay);
    bench.prompt();
    bench.answer(Answer::Yes, true);
    bench.blocks(50);
    bench.answer(Answer::Withdraw, true);
    bench.blocks(50);
    bench.close();
    let events = bench.report.unwrap().consent_events;
    assert!(events.len() < 1_100, "{}", events.len());
    let kinds: Vec<_> = events.iter().map(|event| event.kind).collect();
    assert!(kinds.contains(&"answered") && kinds.contains(&"withdrawn"));
}

fn focus_and_blur(bench: &mut Bench, context_id: &str) {
    let cause = Cause { trigger: "field_focus".into(), class: "card_number".into() };
    bench.input(Input::SensitiveBegin { context_id, cause: &cause, age_ms: 0.0, late_ms: 0.0 });
    bench.input(Input::SensitiveEnd { context_id, age_ms: 0.0 });
}

#[test]
fn a_flood_of_fields_in_use_cuts_out_everything_that_follows() {
    for mode in [Mode::NothingBeforeYes, Mode::RecordDisclosure] {
        let mut bench = asked(mode, json!({}));
        for number in 0..5_000 {
            focus_and_blur(&mut bench, &format!("context-{number}"));
        }
        bench.answer(Answer::Yes, true);
        let agreed = bench.blocks;
        bench.blocks(300);
        assert_eq!(bench.snapshot().problem.as_deref(), Some("limit/exceeded"));
        bench.close();
        let after = crate::bench::value_of(agreed);
        assert!(!bench.encoded().iter().any(|sample| *sample >= after));
        let spans = bench.report.unwrap().redaction_spans;
        assert!(spans.iter().any(|span| span.trigger == CROWDED) && spans.len() < 1_100);
    }
}

#[test]
fn fields_used_in_a_long_time_before_the_yes_use_up_no_room() {
    let mut bench = Bench::with(json!({"consent": {"answerWithinMs": 120_000}}));
    bench.input(ANSWERED);
    bench.blocks(10);
    bench.prompt();
    for _ in 0..2_000 {
        focus_and_blur(&mut bench, "page");
        bench.blocks(2);
    }
    assert_eq!(bench.snapshot().problem, None);
    bench.answer(Answer::Yes, true);
    bench.blocks(300);
    bench.close();
    assert!(!bench.encoded().is_empty());
}
