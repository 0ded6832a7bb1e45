//! How consent is asked for and answered, rule by rule; `consent_law.rs` explores all short sequences.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

#[path = "session/bench.rs"]
mod bench;
#[path = "support/keypad.rs"]
mod keypad;

use bench::{ANSWERED, Bench, decision_for, value_of};
use callseal::consent::register::From;
use callseal::consent::terms::AnsweredBy;
use callseal::consent::{Answer, Method};
use callseal::jurisdiction::Mode;
use callseal::ledger::Outcome;
use callseal::seal::{SigningKey, jws};
use callseal::session::consenting::GivenAnswer;
use callseal::session::snapshot::{Allowed, Phase};
use callseal::session::{Action, Input};
use serde_json::json;

fn asked(mode: Mode, changes: serde_json::Value) -> Bench {
    let mut bench = Bench::in_mode(mode, changes);
    bench.input(ANSWERED);
    bench.blocks(30);
    bench.prompt();
    bench
}

fn first_kept(bench: &Bench) -> u32 {
    (bench.encoded().into_iter().find(|sample| *sample != 0.0).unwrap() * 65_536.0) as u32 - 1
}

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
    bench.clearance.begin("page", cause.clone());
    bench.input(Input::SensitiveBegin { context_id: "page", cause: &cause, age_ms: 0.0 });
    let begun = bench.blocks;
    bench.blocks(50);
    bench.clearance.end("page");
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
    assert_eq!(bench.snapshot().allowed, [Allowed::Yes, Allowed::No, Allowed::Replay]);
    bench.answer(Answer::No, false);
    bench.blocks(200);
    bench.close();
    let report = bench.report.unwrap();
    assert_eq!(report.outcome, Outcome::Withdrawn);
    assert!(report.recording_duration_ms <= 212 * 20, "{}", report.recording_duration_ms);
}

fn with_third() -> Bench {
    let mut bench = asked(Mode::NothingBeforeYes, json!({}));
    bench.answer(Answer::Yes, true);
    bench.blocks(400);
    bench.input(Input::PartyJoined { key: "third", age_ms: 0.0 });
    bench
}

#[test]
fn what_is_said_between_the_joining_of_a_party_and_its_yes_is_silence_of_the_same_length() {
    let mut bench = with_third();
    let joined = bench.blocks;
    assert!(bench.snapshot().paused && !bench.snapshot().recording);
    bench.blocks(100);
    bench.prompt();
    bench.blocks(50);
    bench.answer_of(From::Party(2), Answer::Yes, true);
    let agreed = bench.blocks;
    assert!(!bench.snapshot().paused);
    bench.blocks(400);
    bench.close();
    let between = value_of(joined)..value_of(agreed);
    assert!(!bench.encoded().iter().any(|sample| between.contains(sample)));
    assert!(bench.encoded().contains(&value_of(agreed + 5)));
    let report = bench.report.as_ref().unwrap();
    assert_eq!(report.recording_duration_ms, (400 + 100 + 12 + 50 + 400) * 20);
    assert_eq!(report.redaction_spans[0].trigger, "party_joined");
    let kinds = bench.ledger_kinds();
    assert!(kinds.contains(&"party.joined".to_owned()), "{kinds:?}");
}

#[test]
fn a_no_of_a_party_that_joined_ends_the_recording_of_the_whole_channel() {
    let mut bench = with_third();
    bench.blocks(20);
    bench.prompt();
    bench.answer_of(From::Party(2), Answer::No, false);
    bench.blocks(400);
    assert_eq!(bench.phase(), Phase::Withdrawn);
    bench.answer_of(From::Party(1), Answer::Yes, true);
    bench.answer_of(From::Party(2), Answer::Yes, true);
    bench.blocks(400);
    bench.close();
    let report = bench.report.unwrap();
    assert_eq!(report.outcome, Outcome::Withdrawn);
    assert!(report.recording_duration_ms <= (400 + 20 + 12 + 1) * 20);
}

#[test]
fn when_the_party_that_joined_has_left_the_recording_goes_on() {
    let mut bench = with_third();
    bench.blocks(50);
    bench.input(Input::PartyLeft { key: "third", age_ms: 0.0 });
    let left = bench.blocks;
    bench.blocks(400);
    bench.close();
    assert!(bench.encoded().contains(&value_of(left + 15)));
    // 200 ms of grace: what was on its way was said before they left.
    assert!(
        !bench.encoded().iter().any(|sample| *sample > value_of(left - 51) && *sample < value_of(left + 9))
    );
}

#[test]
fn who_joins_while_the_prompt_plays_is_asked_with_a_prompt_of_their_own() {
    let mut bench = Bench::with(json!({}));
    bench.input(ANSWERED);
    bench.blocks(10);
    bench.input(Input::PartyJoined { key: "third", age_ms: 0.0 });
    bench.prompt();
    assert_eq!(bench.phase(), Phase::Disclosing);
    bench.answer_of(From::Party(1), Answer::Yes, true);
    bench.answer_of(From::Party(2), Answer::Yes, true);
    bench.blocks(100);
    assert!(bench.encoded().is_empty(), "the second party has not heard the question");
    bench.prompt();
    bench.blocks(300);
    assert!(!bench.encoded().is_empty());
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

#[test]
fn who_is_there_before_the_answer_is_asked_with_the_others() {
    let mut bench = Bench::with(json!({}));
    bench.input(Input::PartyJoined { key: "third", age_ms: 0.0 });
    bench.input(ANSWERED);
    bench.blocks(10);
    bench.prompt();
    bench.answer_of(From::Party(1), Answer::Yes, true);
    bench.blocks(50);
    assert_eq!(bench.phase(), Phase::Asking);
    bench.answer_of(From::Party(2), Answer::Yes, true);
    assert_eq!(bench.phase(), Phase::Recording);
}

/// A call whose prompt asks for a key.
fn asked_for_a_key(keypad: bool) -> Bench {
    let disclosure = json!({
        "promptId": "k", "version": 1, "language": "en", "text": "Press 1 or 2.", "url": "/k.wav", "keypad": keypad,
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    });
    asked(Mode::NothingBeforeYes, json!({"disclosure": disclosure}))
}

/// A key that is pressed for 200 ms, and silence around it.
fn press(bench: &mut Bench, label: char) {
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

/// The host's statement that a party answered elsewhere.
fn statement(party: u32, answer: &str, seed: u8) -> String {
    let claims = json!({
        "aud": "callseal", "call": "0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa", "party": party, "answer": answer,
        "iat": 1_790_000_000, "exp": 1_790_000_300,
    });
    let key = SigningKey::from_random(&[seed; 32]).unwrap();
    jws::sign(&claims, callseal::consent::assertion::TYPE, &key)
}

fn with_host_key() -> Bench {
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
fn the_customers_key_is_no_yes_of_somebody_who_joined() {
    let mut bench = asked_for_a_key(true);
    press(&mut bench, '1');
    bench.blocks(200);
    bench.input(Input::PartyJoined { key: "third", age_ms: 0.0 });
    bench.prompt();
    press(&mut bench, '1');
    assert!(bench.snapshot().paused, "the customer may have pressed it");
}

#[test]
fn an_old_yes_uncovers_nothing_of_what_a_newcomer_said() {
    let mut bench = with_third();
    bench.prompt();
    let before = bench.blocks;
    bench.blocks(100);
    let answer = GivenAnswer {
        from: From::Party(2),
        answer: Answer::Yes,
        method: Method::AgentButton,
        words: None,
        trusted: true,
        assertion_sha256: None,
        age_ms: 60_000.0,
    };
    bench.input(Input::Answer(answer));
    bench.blocks(400);
    bench.close();
    let covered = value_of(before)..value_of(before + 49);
    assert!(!bench.encoded().iter().any(|sample| covered.contains(sample)));
}

#[test]
fn audio_of_somebody_who_left_without_agreeing_is_not_kept_with_the_announcement() {
    let mut bench = Bench::in_mode(Mode::RecordDisclosure, json!({}));
    bench.input(Input::PartyJoined { key: "third", age_ms: 0.0 });
    bench.input(ANSWERED);
    bench.blocks(10);
    bench.prompt();
    bench.answer_of(From::Party(1), Answer::Yes, true);
    bench.blocks(50);
    let left = bench.blocks;
    bench.input(Input::PartyLeft { key: "third", age_ms: 0.0 });
    bench.blocks(300);
    bench.close();
    assert!(!bench.encoded().is_empty());
    assert!(first_kept(&bench) >= left);
    assert_eq!(bench.actions.iter().filter(|action| **action == Action::PlayDisclosure).count(), 2);
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
