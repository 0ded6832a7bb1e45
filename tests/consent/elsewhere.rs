//! Answers given elsewhere, which the host's back end has signed.

use crate::bench::{ANSWERED, Bench, decision_for};
use callseal::consent::{Answer, Method};
use callseal::jurisdiction::Mode;
use callseal::ledger::Outcome;
use callseal::seal::{SigningKey, jws};
use callseal::session::snapshot::Phase;
use callseal::session::{Action, Input};
use serde_json::json;

/// The host's statement that a party answered elsewhere.
pub(crate) fn statement(party: u32, answer: &str, seed: u8) -> String {
    let claims = json!({
        "aud": "callseal", "call": "0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa", "party": party, "answer": answer,
        "iat": 1_790_000_000, "exp": 1_790_000_300,
    });
    let key = SigningKey::from_random(&[seed; 32]).unwrap();
    jws::sign(&claims, callseal::consent::assertion::TYPE, &key)
}

pub(crate) fn with_host_key() -> Bench {
    let key = SigningKey::from_random(&[7; 32]).unwrap();
    Bench::in_mode(Mode::NothingBeforeYes, json!({"hostKeys": [key.public().to_jwk()]}))
}

#[test]
fn consent_that_the_hosts_back_end_vouches_for_needs_no_disclosure_and_is_referred_to_in_the_ledger() {
    for before_the_answer in [true, false] {
        let mut bench = with_host_key();
        let statement = statement(1, "yes", 7);
        if before_the_answer {
            bench.input(Input::Assertion { statement: &statement });
        }
        bench.input(ANSWERED);
        bench.blocks(20);
        if !before_the_answer {
            assert!(bench.actions.contains(&Action::PlayDisclosure));
            bench.input(Input::Assertion { statement: &statement });
            assert!(bench.actions.contains(&Action::StopDisclosure));
        } else {
            assert!(!bench.actions.contains(&Action::PlayDisclosure));
        }
        assert_eq!(bench.phase(), Phase::Recording, "before the answer: {before_the_answer}");
        bench.blocks(300);
        bench.close();
        assert!(!bench.encoded().is_empty());
        let report = bench.report.as_ref().unwrap();
        assert_eq!(report.disclosure, None);
        let answered = report.consent_events.iter().find(|event| event.kind == "answered").unwrap();
        assert_eq!(answered.method.unwrap().as_str(), "host_assertion");
    }
}

#[test]
fn a_statement_by_another_key_or_about_nobody_changes_nothing() {
    let mut bench = with_host_key();
    bench.input(ANSWERED);
    for statement in [statement(1, "yes", 8), statement(5, "yes", 7), statement(0, "no", 7), "canary".into()]
    {
        bench.input(Input::Assertion { statement: &statement });
    }
    bench.blocks(300);
    assert!(bench.encoded().is_empty() && bench.phase() != Phase::Declined);
    let problems = bench.actions.iter().filter(|action| matches!(action, Action::Problem(_))).count();
    assert_eq!(problems, 4);
}

#[test]
fn a_no_that_the_host_states_is_final_too() {
    let mut bench = with_host_key();
    bench.input(Input::Assertion { statement: &statement(1, "no", 7) });
    bench.input(ANSWERED);
    bench.blocks(20);
    bench.input(Input::Assertion { statement: &statement(1, "yes", 7) });
    bench.answer(Answer::Yes, true);
    bench.blocks(300);
    bench.close();
    assert!(bench.encoded().is_empty());
    assert_eq!(bench.report.unwrap().outcome, Outcome::Declined);
}

#[test]
fn who_has_refused_before_the_answer_is_not_asked() {
    let mut bench = with_host_key();
    bench.input(Input::Assertion { statement: &statement(1, "no", 7) });
    bench.input(ANSWERED);
    bench.blocks(50);
    assert!(!bench.actions.contains(&Action::PlayDisclosure));
}

#[test]
fn a_recording_that_begins_before_its_first_block_keeps_the_timeline() {
    let mut bench = with_host_key();
    bench.input(Input::Assertion { statement: &statement(1, "yes", 7) });
    bench.input(ANSWERED);
    bench.wait(2_000);
    bench.blocks(400);
    bench.close();
    let report = bench.report.as_ref().unwrap();
    assert!(report.recording_duration_ms.abs_diff(10_000) <= 100, "{}", report.recording_duration_ms);
    assert_eq!(report.gaps.len(), 1);
}

#[test]
fn where_no_prompt_was_played_none_is_named() {
    let mut bench = with_host_key();
    bench.input(Input::Assertion { statement: &statement(1, "yes", 7) });
    bench.input(ANSWERED);
    bench.blocks(300);
    bench.close();
    let answers: Vec<_> =
        bench.ledger().into_iter().filter(|entry| entry["kind"] == "consent.answered").collect();
    assert_eq!(answers.len(), 2);
    assert!(answers.iter().all(|entry| entry["body"]["prompt_sha256"] == ""), "{answers:?}");
    let events = bench.report.unwrap().consent_events;
    assert!(events.iter().all(|event| event.prompt_sha256.is_empty()), "{events:?}");
}

#[test]
fn an_answer_given_elsewhere_names_no_prompt_even_if_one_is_playing() {
    let mut bench = with_host_key();
    bench.input(ANSWERED);
    bench.blocks(20);
    bench.input(Input::Assertion { statement: &statement(1, "yes", 7) });
    bench.blocks(20);
    bench.close();
    let events = bench.report.unwrap().consent_events;
    let of = |kind: &str| events.iter().find(|event| event.kind == kind).unwrap().prompt_sha256.as_str();
    assert_eq!((of("asked").len(), of("answered")), (64, ""));
}

#[test]
fn the_agents_standing_agreement_names_the_disclosure_that_was_heard() {
    let mut bench = crate::asked(Mode::NothingBeforeYes, json!({}));
    bench.answer(Answer::Yes, true);
    bench.blocks(300);
    bench.close();
    let heard = bench.report.as_ref().unwrap().disclosure.as_ref().unwrap().sha256.clone();
    let ledger = bench.ledger();
    let standing = ledger.iter().find(|entry| entry["body"]["method"] == "standing").unwrap();
    assert_eq!(standing["body"]["prompt_sha256"], heard.as_str());
}

#[test]
fn a_yes_that_the_host_states_of_who_only_stayed_is_noted_and_outlives_a_stricter_law() {
    let key = SigningKey::from_random(&[7; 32]).unwrap();
    let changes = json!({"hostKeys": [key.public().to_jwk()], "consent": {"stayMs": 1_000}});
    let mut bench = crate::asked(Mode::NoticeAndStay, changes);
    bench.blocks(200);
    assert_eq!(bench.phase(), Phase::Recording);
    bench.input(Input::Assertion { statement: &statement(1, "yes", 7) });
    bench.input(Input::Decision(decision_for(Mode::NothingBeforeYes)));
    bench.blocks(10);
    assert_eq!(bench.phase(), Phase::Recording);
    assert!(!bench.snapshot().paused);
    bench.close();
    let events = bench.report.unwrap().consent_events;
    let methods: Vec<_> = events.iter().filter_map(|event| event.method).map(Method::as_str).collect();
    assert_eq!(methods, ["notice_and_stay", "host_assertion"]);
}

#[test]
fn neither_statements_nor_names_nor_samples_are_in_debug_output() {
    let mut bench = with_host_key();
    bench.input(ANSWERED);
    bench.input(Input::PartyJoined { key: "canary", age_ms: 0.0 });
    let samples = [0.123_456_f32; 960];
    let block = callseal::audio::Block { frame: 0, wall_ms: 0.0, left: &samples, right: &samples };
    let placed = callseal::audio::clock::Placed::Audio { left: samples.to_vec(), right: samples.to_vec() };
    for text in [
        format!("{:?}", bench.session),
        format!("{:?}", Input::Assertion { statement: "canary" }),
        format!("{:?}", Input::PartyJoined { key: "canary", age_ms: 0.0 }),
        format!("{:?}", Input::PartyLeft { key: "canary", age_ms: 0.0 }),
        format!("{:?}", Input::DisclosureAudio(samples.to_vec())),
        format!("{:?}", Input::Block(block)),
        format!("{block:?} {placed:?}"),
    ] {
        assert!(!text.contains("canary") && !text.contains("0.123"), "{text}");
    }
}

#[test]
fn an_announcement_that_an_answer_given_elsewhere_cut_short_is_repeated_in_the_recording() {
    let key = SigningKey::from_random(&[7; 32]).unwrap();
    let changes = json!({"hostKeys": [key.public().to_jwk()], "consent": {"answerWithinMs": 3_000}});
    let mut bench = crate::asked(Mode::RecordDisclosure, changes);
    bench.blocks(160);
    assert_eq!(bench.phase(), Phase::Disclosing, "asked again");
    bench.input(Input::Assertion { statement: &statement(1, "yes", 7) });
    assert_eq!(bench.phase(), Phase::Recording);
    let played = bench.actions.iter().filter(|action| **action == Action::PlayDisclosure).count();
    assert_eq!(played, 3);
}
