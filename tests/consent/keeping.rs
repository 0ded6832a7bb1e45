//! The answer itself in the recording, by option: never more of the time before the yes than that.

use crate::bench::{ANSWERED, Bench, decision_for, value_of};
use crate::keys::{asked_for_a_key_with, press};
use crate::{asked, first_kept};
use callseal::consent::Answer;
use callseal::consent::register::From;
use callseal::jurisdiction::Mode;
use callseal::session::Input;
use callseal::session::snapshot::Phase;
use serde_json::{Value, json};

/// Something that happens in a call.
type Happening = fn(&mut Bench);

fn keeping(answer_ms: u32) -> Value {
    json!({"consent": {"keepAnswerMs": answer_ms}})
}

/// The block that was the first of the recording, when the yes came so many blocks after the prompt.
fn first_after(answer_ms: u32, blocks: u32) -> (u32, u32) {
    let mut bench = asked(Mode::NothingBeforeYes, keeping(answer_ms));
    bench.blocks(blocks);
    let yes = bench.blocks;
    bench.answer(Answer::Yes, true);
    bench.blocks(300);
    bench.close();
    let report = bench.report.as_ref().unwrap();
    assert_eq!(report.gaps, []);
    let encoded = bench.encoded();
    assert_eq!(encoded.len() as u64, report.recording_duration_ms * 48);
    assert!(encoded.iter().all(|sample| *sample != 0.0), "without a hole");
    (yes, first_kept(&bench))
}

#[test]
fn the_recording_begins_so_much_before_the_yes_and_no_more() {
    assert_eq!(first_after(1_000, 100), (142, 142 - 50));
    assert_eq!(first_after(5_000, 400), (442, 442 - 250));
}

#[test]
fn it_never_begins_before_the_end_of_the_question() {
    // The prompt was in blocks 30 and 31.
    assert_eq!(first_after(10_000, 100), (142, 32));
}

#[test]
fn without_the_option_it_begins_with_the_yes() {
    assert_eq!(first_after(0, 100), (142, 142));
}

#[test]
fn of_a_key_its_tone_is_kept() {
    let mut bench = asked_for_a_key_with(true, keeping(5_000));
    let first = bench.blocks;
    press(&mut bench, '1');
    assert_eq!(bench.phase(), Phase::Recording);
    bench.blocks(300);
    bench.close();
    let report = bench.report.unwrap();
    let pressed_ms = u64::from(first) * 20 + 100;
    let origin_ms = report.recording_origin_ms.unwrap();
    assert!(origin_ms.abs_diff(pressed_ms) <= 30, "{origin_ms} {pressed_ms}");
}

#[test]
fn a_field_used_while_the_answer_was_awaited_is_cut_out() {
    let mut bench = asked(Mode::NothingBeforeYes, keeping(2_000));
    bench.blocks(100);
    let cause =
        callseal::redact::clearance::Cause { trigger: "field_focus".into(), class: "card_number".into() };
    bench.clearance.begin("page", "page", cause.clone());
    bench.input(Input::SensitiveBegin { context_id: "page", cause: &cause, age_ms: 0.0, late_ms: 0.0 });
    let begun = bench.blocks;
    bench.blocks(10);
    bench.clearance.end("page", "page");
    bench.input(Input::SensitiveEnd { context_id: "page", age_ms: 0.0 });
    let ended = bench.blocks;
    bench.blocks(50);
    bench.answer(Answer::Yes, true);
    bench.blocks(300);
    bench.close();
    // 500 ms of look-back, 200 ms of grace.
    let cut = value_of(begun - 25)..value_of(ended + 10);
    assert!(!bench.encoded().iter().any(|sample| cut.contains(sample)));
    assert_eq!(bench.report.unwrap().redaction_spans.len(), 1);
}

#[test]
fn nothing_of_the_wait_is_kept_after_a_no_silence_another_question_a_newcomer_or_another_law() {
    let cases: [(&str, Happening); 5] = [
        ("no", |bench| bench.answer(Answer::No, true)),
        ("silence", |bench| bench.blocks(500)),
        ("asked again", |bench| {
            bench.input(Input::DisclosureReplay);
            bench.prompt();
        }),
        ("newcomer", |bench| {
            bench.input(Input::PartyJoined { key: "third", age_ms: 0.0 });
            bench.input(Input::PartyLeft { key: "third", age_ms: 0.0 });
        }),
        ("law", |bench| {
            let mut decision = decision_for(Mode::NothingBeforeYes);
            decision.beep = true;
            bench.input(Input::Decision(decision));
        }),
    ];
    for (name, happens) in cases {
        let changes = json!({"consent": {"keepAnswerMs": 10_000, "answerWithinMs": 9_000, "asks": 1}});
        let mut bench = asked(Mode::NothingBeforeYes, changes);
        bench.blocks(100);
        let before = bench.blocks;
        happens(&mut bench);
        bench.answer_of(From::Party(1), Answer::Yes, true);
        bench.blocks(300);
        bench.close();
        assert!(!bench.encoded().iter().any(|sample| *sample < value_of(before) && *sample != 0.0), "{name}");
    }
}

#[test]
fn with_several_to_be_asked_no_answer_is_kept() {
    let mut bench = Bench::in_mode(Mode::NothingBeforeYes, keeping(10_000));
    bench.input(Input::PartyJoined { key: "third", age_ms: 0.0 });
    bench.input(ANSWERED);
    bench.blocks(10);
    bench.prompt();
    bench.blocks(50);
    bench.answer_of(From::Party(1), Answer::Yes, true);
    bench.blocks(50);
    let last = bench.blocks;
    bench.answer_of(From::Party(2), Answer::Yes, true);
    bench.blocks(300);
    bench.close();
    assert_eq!(first_kept(&bench), last);
}

#[test]
fn in_the_other_modes_the_option_changes_nothing() {
    for mode in [Mode::RecordDisclosure, Mode::NoticeAndStay, Mode::Mandatory] {
        let first = |changes: Value| {
            let mut bench = asked(mode, changes);
            bench.blocks(100);
            bench.answer(Answer::Yes, true);
            bench.blocks(500);
            bench.close();
            first_kept(&bench)
        };
        assert_eq!(first(keeping(10_000)), first(json!({})), "{mode:?}");
    }
}
