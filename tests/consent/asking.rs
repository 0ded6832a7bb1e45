//! How consent is asked for and answered: once, again, by staying, in the words of the agent.

use crate::bench::{ANSWERED, Bench, decision_for, value_of};
use crate::{asked, first_kept};
use callseal::consent::Answer;
use callseal::consent::terms::AnsweredBy;
use callseal::jurisdiction::Mode;
use callseal::ledger::Outcome;
use callseal::session::snapshot::{Allowed, Phase};
use callseal::session::{Action, Input};
use serde_json::json;

#[test]
fn where_the_announcement_belongs_into_the_recording_it_begins_with_the_announcements_first_sample() {
    let mut bench = asked(Mode::RecordDisclosure, json!({}));
    let announced_at = 30;
    bench.blocks(100);
    bench.answer(Answer::Yes, true);
    bench.blocks(300);
    bench.close();
    assert_eq!(first_kept(&bench), announced_at);
    let report = bench.report.unwrap();
    let disclosure = report.disclosure.unwrap();
    assert_eq!(report.recording_origin_ms, Some(disclosure.start_sample / 48));
    assert_eq!(report.recording_duration_ms, (2 + 10 + 100 + 300) * 20);
}

#[test]
fn where_the_announcement_belongs_into_the_recording_a_field_used_during_it_is_cut_out_too() {
    let mut bench = Bench::in_mode(Mode::RecordDisclosure, json!({}));
    bench.input(ANSWERED);
    bench.blocks(30);
    bench.prompt();
    bench.blocks(100);
    let cause =
        callseal::redact::clearance::Cause { trigger: "field_focus".into(), class: "card_number".into() };
    bench.clearance.begin("page", "page", cause.clone());
    bench.input(Input::SensitiveBegin { context_id: "page", cause: &cause, age_ms: 0.0, late_ms: 0.0 });
    let begun = bench.blocks;
    bench.blocks(50);
    bench.clearance.end("page", "page");
    bench.input(Input::SensitiveEnd { context_id: "page", age_ms: 0.0 });
    let ended = bench.blocks;
    bench.blocks(100);
    bench.answer(Answer::Yes, true);
    bench.blocks(300);
    bench.close();
    // 500 ms of look-back, 200 ms of grace.
    let cut = value_of(begun - 25)..value_of(ended + 10);
    assert!(!bench.encoded().iter().any(|sample| cut.contains(sample)));
    assert_eq!(first_kept(&bench), 30);
    assert_eq!(bench.report.unwrap().redaction_spans.len(), 1);
}

#[test]
fn a_question_that_nobody_answers_is_asked_again_and_then_given_up() {
    let mut bench = asked(Mode::NothingBeforeYes, json!({"consent": {"answerWithinMs": 3_000, "asks": 2}}));
    assert_eq!(bench.phase(), Phase::Asking);
    bench.blocks(155);
    assert_eq!(bench.phase(), Phase::Disclosing, "asked again");
    bench.prompt();
    assert_eq!(bench.phase(), Phase::Asking);
    bench.blocks(155);
    assert_eq!(bench.phase(), Phase::Unanswered);
    assert_eq!(bench.snapshot().allowed, [Allowed::No, Allowed::Replay]);
    bench.answer(Answer::Yes, true);
    bench.blocks(300);
    assert!(bench.encoded().is_empty(), "a yes after the end of the question counts for nothing");
    bench.input(Input::DisclosureReplay);
    bench.prompt();
    bench.answer(Answer::Yes, true);
    bench.blocks(300);
    assert!(!bench.encoded().is_empty());
    bench.close();
    let kinds = bench.ledger_kinds();
    assert!(kinds.contains(&"consent.timed_out".to_owned()), "{kinds:?}");
}

#[test]
fn where_staying_is_consent_the_recording_begins_after_the_time_to_leave() {
    let mut bench = asked(Mode::NoticeAndStay, json!({"consent": {"stayMs": 2_000}}));
    bench.blocks(80);
    assert_eq!(bench.phase(), Phase::Asking);
    bench.blocks(30);
    assert_eq!(bench.phase(), Phase::Recording);
    bench.blocks(300);
    bench.close();
    assert!(first_kept(&bench) >= 30 + 2 + 100, "kept from {}", first_kept(&bench));
    let report = bench.report.unwrap();
    let answer = report.consent_events.iter().find(|event| event.kind == "answered").unwrap();
    assert_eq!(answer.method.unwrap().as_str(), "notice_and_stay");
}

#[test]
fn a_no_in_the_time_to_leave_is_a_no() {
    let mut bench = asked(Mode::NoticeAndStay, json!({"consent": {"stayMs": 2_000}}));
    bench.answer(Answer::No, false);
    bench.blocks(300);
    bench.close();
    assert!(bench.encoded().is_empty());
    assert_eq!(bench.report.unwrap().outcome, Outcome::Declined);
}

#[test]
fn a_recording_that_the_law_demands_begins_with_the_notice_and_ends_with_a_no() {
    let mut bench = asked(Mode::Mandatory, json!({}));
    bench.blocks(200);
    assert_eq!(bench.phase(), Phase::Recording);
    assert_eq!(bench.snapshot().allowed, [Allowed::Yes, Allowed::No, Allowed::Replay, Allowed::Pause]);
    bench.answer(Answer::No, false);
    bench.blocks(200);
    bench.close();
    let report = bench.report.unwrap();
    assert_eq!(report.outcome, Outcome::Withdrawn);
    assert!(report.recording_duration_ms <= 212 * 20, "{}", report.recording_duration_ms);
}

#[test]
fn words_that_the_agent_reads_count_when_a_real_click_says_so() {
    let disclosure = json!({
        "promptId": "p", "version": 1, "language": "en", "text": "May we record?", "delivery": "agent_read",
    });
    let mut bench = Bench::with(json!({"disclosure": disclosure}));
    bench.input(ANSWERED);
    assert!(!bench.actions.contains(&Action::PlayDisclosure));
    assert!(bench.snapshot().allowed.contains(&Allowed::Read));
    bench.blocks(100);
    bench.answer(Answer::Yes, true);
    bench.input(Input::DisclosureRead { trusted: false, age_ms: 0.0 });
    bench.blocks(300);
    assert!(bench.encoded().is_empty());
    bench.input(Input::DisclosureRead { trusted: true, age_ms: 0.0 });
    assert_eq!(bench.phase(), Phase::Recording, "the early yes counts from here");
    bench.blocks(300);
    bench.close();
    let disclosure = bench.report.unwrap().disclosure.unwrap();
    assert_eq!(disclosure.fraction_delivered, None);
    assert_eq!(disclosure.sha256.len(), 64);
}

#[test]
fn a_question_cannot_be_agreed_to_by_staying() {
    let mut bench = Bench::with(json!({"consent": {"stayMs": 1_000}}));
    bench.input(Input::Decision(decision_for(Mode::NoticeAndStay)));
    bench.input(ANSWERED);
    bench.blocks(30);
    bench.prompt();
    bench.blocks(400);
    assert!(bench.encoded().is_empty());
    bench.answer(Answer::Yes, true);
    bench.blocks(200);
    assert!(!bench.encoded().is_empty());
}

#[test]
fn the_prompt_is_of_the_kind_that_the_law_asks_for_and_of_the_customers_language() {
    let prompt = |id: &str, language: &str, kind: &str| {
        json!({
            "promptId": id, "version": 1, "language": language, "text": id, "kind": kind, "url": "/p.wav",
            "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        })
    };
    let further = json!([
        prompt("question-es", "es", "question"),
        prompt("notice-en", "en", "notice"),
        prompt("notice-es", "es-MX", "notice"),
    ]);
    for (mode, language, expected) in [
        (Mode::NothingBeforeYes, None, "p"),
        (Mode::NothingBeforeYes, Some("es-US"), "question-es"),
        (Mode::NothingBeforeYes, Some("fr"), "p"),
        (Mode::NoticeAndStay, None, "notice-en"),
        (Mode::NoticeAndStay, Some("ES"), "notice-es"),
        (Mode::Mandatory, Some("fr"), "notice-en"),
    ] {
        let mut bench = Bench::with(json!({"furtherDisclosures": further}));
        bench.input(Input::Decision(decision_for(mode)));
        if let Some(language) = language {
            bench.input(Input::Language(language));
        }
        bench.input(ANSWERED);
        bench.blocks(5);
        bench.prompt();
        bench.close();
        assert_eq!(bench.report.unwrap().disclosure.unwrap().prompt_id, expected, "{mode:?} {language:?}");
    }
}

#[test]
fn every_party_in_the_recording_has_its_answer_in_the_ledger() {
    let mut bench = asked(Mode::NothingBeforeYes, json!({}));
    bench.answer(Answer::Yes, true);
    bench.blocks(300);
    bench.close();
    let kinds = bench.ledger_kinds();
    assert_eq!(kinds[0], "call.opened");
    assert!(kinds.contains(&"decision.made".to_owned()));
    assert_eq!(kinds.iter().filter(|kind| *kind == "consent.answered").count(), 2, "{kinds:?}");
    assert!(kinds.contains(&"disclosure.played".to_owned()));
    assert_eq!(kinds.last().unwrap(), "call.closed");
    let times = bench.ledger_times();
    assert!(times.is_sorted(), "{times:?}");
}

#[test]
fn a_call_counts_as_answered_only_by_the_word_of_whom_the_policy_names() {
    for (wanted, by, trusted, counts) in [
        ("media", AnsweredBy::Media, false, true),
        ("host", AnsweredBy::Media, false, false),
        ("host", AnsweredBy::Host, false, true),
        ("agent", AnsweredBy::Host, true, false),
        ("agent", AnsweredBy::Agent, false, false),
        ("agent", AnsweredBy::Agent, true, true),
    ] {
        let mut bench = Bench::with(json!({"consent": {"answeredBy": wanted}}));
        bench.input(ANSWERED);
        bench.blocks(10);
        bench.input(Input::Answered { by, trusted, age_ms: 0.0 });
        let played = bench.actions.contains(&Action::PlayDisclosure);
        assert_eq!(played, counts, "{wanted} {by:?} {trusted}");
    }
}
