//! Who joins and who leaves: nothing of them is kept before they have agreed.

use crate::bench::{ANSWERED, Bench, value_of};
use crate::{asked, first_kept};
use callseal::consent::register::From;
use callseal::consent::{Answer, Method};
use callseal::jurisdiction::Mode;
use callseal::ledger::Outcome;
use callseal::session::consenting::GivenAnswer;
use callseal::session::snapshot::Phase;
use callseal::session::{Action, Input};
use serde_json::json;

pub(crate) fn with_third() -> Bench {
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
    bench.blocks(20);
    bench.prompt();
    bench.blocks(300);
    bench.close();
    assert!(!bench.encoded().is_empty());
    assert!(first_kept(&bench) >= left);
    assert_eq!(bench.actions.iter().filter(|action| **action == Action::PlayDisclosure).count(), 2);
}

/// A yes that claims to be so old.
fn old_yes(party: u32, age_ms: f64) -> Input<'static> {
    Input::Answer(GivenAnswer {
        from: From::Party(party),
        answer: Answer::Yes,
        method: Method::AgentButton,
        words: None,
        trusted: true,
        assertion_sha256: None,
        age_ms,
    })
}

#[test]
fn a_pause_ends_no_earlier_than_the_latest_of_all_agreements() {
    let mut bench = with_third();
    bench.input(Input::PartyJoined { key: "fourth", age_ms: 0.0 });
    bench.prompt();
    bench.prompt();
    bench.blocks(100);
    bench.answer_of(From::Party(2), Answer::Yes, true);
    let third_agreed = bench.blocks;
    bench.input(old_yes(3, 1_000.0));
    assert!(!bench.snapshot().paused);
    bench.blocks(400);
    bench.close();
    let before = value_of(third_agreed - 50)..value_of(third_agreed);
    assert!(!bench.encoded().iter().any(|sample| before.contains(sample)));
    assert!(bench.encoded().contains(&value_of(third_agreed + 5)));
}

#[test]
fn a_pause_ends_no_earlier_than_the_disclosure_that_the_newcomer_heard() {
    let mut bench = with_third();
    bench.prompt();
    let told = bench.blocks - 10;
    bench.input(old_yes(2, 1_000.0));
    bench.blocks(400);
    bench.close();
    let before = value_of(told - 50)..value_of(told);
    assert!(!bench.encoded().iter().any(|sample| before.contains(sample)));
    assert!(bench.encoded().contains(&value_of(told + 15)));
}

#[test]
fn a_joining_that_was_noticed_too_late_to_be_cut_out_is_told_as_a_problem() {
    let mut bench = asked(Mode::NothingBeforeYes, json!({}));
    bench.answer(Answer::Yes, true);
    bench.blocks(400);
    bench.input(Input::PartyJoined { key: "third", age_ms: 0.0 });
    assert_eq!(bench.snapshot().problem, None);
    let mut bench = asked(Mode::NothingBeforeYes, json!({}));
    bench.answer(Answer::Yes, true);
    bench.blocks(400);
    bench.input(Input::PartyJoined { key: "third", age_ms: 5_000.0 });
    assert_eq!(bench.snapshot().problem.as_deref(), Some("redaction/late"));
}

#[test]
fn a_second_newcomer_who_came_earlier_lengthens_the_pause_to_the_front() {
    let mut bench = with_third();
    let noticed = bench.blocks;
    bench.input(Input::PartyJoined { key: "fourth", age_ms: 1_000.0 });
    bench.blocks(300);
    bench.close();
    let before = value_of(noticed - 100)..value_of(noticed);
    assert!(!bench.encoded().iter().any(|sample| before.contains(sample)));
}
