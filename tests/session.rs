//! The rules of one recorded call: what is cut out, what is kept, how it ends.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

#[path = "session/bench.rs"]
mod bench;

use bench::{ANSWERED, Bench, value_of};
use callseal::audio::BLOCK_SAMPLES;
use callseal::consent::Answer;
use callseal::ledger::Outcome;
use callseal::redact::clearance::Cause;
use callseal::session::Input;
use callseal::session::disclosing::DELIVERY_TRIES;
use callseal::session::snapshot::{Allowed, Phase};
use callseal::store::queue::UploadQueue;

fn recording() -> Bench {
    let mut bench = Bench::new();
    bench.input(ANSWERED);
    bench.blocks(5);
    bench.prompt();
    assert_eq!(bench.phase(), Phase::Asking);
    bench.answer(Answer::Yes, true);
    assert_eq!(bench.phase(), Phase::Recording);
    bench
}

#[test]
fn the_recording_begins_at_the_yes_and_ends_at_the_hang_up() {
    let mut bench = recording();
    let yes_at = bench.blocks;
    bench.blocks(400);
    bench.close();
    let encoded = bench.encoded();
    assert_eq!(encoded.len(), 400 * BLOCK_SAMPLES);
    assert_eq!(encoded[0], value_of(yes_at));
    assert_eq!(*encoded.last().unwrap(), value_of(yes_at + 399));
    let report = bench.report.unwrap();
    assert_eq!(report.outcome, Outcome::Recorded);
    assert_eq!(report.recording_duration_ms, 8_000);
    assert!(report.redaction_spans.is_empty());
}

#[test]
fn audio_captured_before_the_yes_is_not_kept_even_if_it_arrives_after_it() {
    let mut bench = Bench::new();
    bench.input(ANSWERED);
    bench.blocks(5);
    bench.prompt();
    // A busy machine: 40 ms of audio are still on their way when the button goes down.
    bench.pass(40.0);
    bench.answer(Answer::Yes, true);
    for _ in 0..2 {
        let left = [value_of(bench.blocks); BLOCK_SAMPLES];
        bench.deliver(&left);
    }
    let first_after = bench.blocks;
    bench.blocks(400);
    bench.close();
    let encoded = bench.encoded();
    assert_eq!(encoded.len(), 400 * BLOCK_SAMPLES);
    assert_eq!(encoded[0], value_of(first_after));
}

#[test]
fn a_focus_cuts_from_look_back_before_it_to_grace_behind_the_blur() {
    let mut bench = recording();
    let origin = bench.blocks;
    bench.blocks(200);
    let cause = Cause { trigger: "field_focus".into(), class: "card_number".into() };
    bench.clearance.begin("page", "page", cause.clone());
    bench.input(Input::SensitiveBegin { context_id: "page", cause: &cause, age_ms: 0.0, late_ms: 0.0 });
    bench.blocks(100);
    bench.clearance.end("page", "page");
    bench.input(Input::SensitiveEnd { context_id: "page", age_ms: 0.0 });
    bench.blocks(200);
    bench.close();
    let encoded = bench.encoded();
    assert_eq!(encoded.len(), 500 * BLOCK_SAMPLES);
    for (index, sample) in encoded.iter().enumerate() {
        let block = (index / BLOCK_SAMPLES) as u32;
        // Focus after 200 blocks: 500 ms (25 blocks) before; blur after 300: 200 ms (10 blocks) behind.
        let inside = (175..310).contains(&block);
        let expected = if inside { 0.0 } else { value_of(origin + block) };
        assert_eq!(*sample, expected, "block {block}");
    }
    let report = bench.report.unwrap();
    let span = &report.redaction_spans[0];
    assert_eq!(report.redaction_spans.len(), 1);
    assert_eq!(span.to_sample - span.from_sample, 135 * BLOCK_SAMPLES as u64);
    assert_eq!((span.trigger.as_str(), span.class.as_str()), ("field_focus", "card_number"));
}

#[test]
fn a_field_in_use_at_the_yes_is_cut_from_the_first_sample() {
    let mut bench = Bench::new();
    bench.input(ANSWERED);
    let cause = Cause { trigger: "field_focus".into(), class: "password".into() };
    bench.clearance.begin("page", "page", cause.clone());
    bench.input(Input::SensitiveBegin { context_id: "page", cause: &cause, age_ms: 0.0, late_ms: 0.0 });
    bench.blocks(5);
    bench.prompt();
    bench.answer(Answer::Yes, true);
    bench.blocks(400);
    bench.close();
    assert!(bench.encoded().iter().all(|sample| *sample == 0.0));
    assert_eq!(bench.encoded().len(), 400 * BLOCK_SAMPLES);
}

#[test]
fn audio_that_no_sensor_vouches_for_is_silence_of_the_same_length() {
    let mut bench = recording();
    bench.blocks(200);
    bench.sensor_answers = false;
    bench.blocks(400);
    bench.close();
    let encoded = bench.encoded();
    assert_eq!(encoded.len(), 600 * BLOCK_SAMPLES);
    assert!(encoded[..160 * BLOCK_SAMPLES].iter().all(|sample| *sample != 0.0));
    assert!(encoded[202 * BLOCK_SAMPLES..].iter().all(|sample| *sample == 0.0));
    let report = bench.report.unwrap();
    assert_eq!(report.redaction_spans[0].trigger, "no_clearance");
}

#[test]
fn audio_is_not_let_go_before_the_time_that_could_reach_back_over_it_is_cleared() {
    let mut bench = recording();
    bench.blocks(200);
    bench.sensor_answers = false;
    bench.blocks(150);
    // The page hung for 3 s, as long as the hold-back; then a focus that happened right at the start of it arrives.
    let cause = Cause { trigger: "field_focus".into(), class: "card_number".into() };
    bench.input(Input::SensitiveBegin { context_id: "page", cause: &cause, age_ms: 3_000.0, late_ms: 0.0 });
    bench.blocks(100);
    let encoded = bench.encoded();
    // 500 ms of look-back: the 25 blocks before the 200th are silent, although they were older than the hold-back.
    for block in 176..200 {
        assert!(
            encoded[block * BLOCK_SAMPLES..(block + 1) * BLOCK_SAMPLES].iter().all(|sample| *sample == 0.0)
        );
    }
}

#[test]
fn an_encoder_that_never_drains_does_not_keep_the_call_open() {
    let mut bench = recording();
    bench.encoder_drains = false;
    bench.blocks(200);
    bench.close();
    assert!(bench.report.is_none());
    for _ in 0..160 {
        bench.pass(100.0);
        bench.input(Input::Tick);
    }
    assert_eq!(bench.report.unwrap().outcome, Outcome::Failed);
}

#[test]
fn a_withdrawal_keeps_what_was_before_it_and_nothing_behind() {
    let mut bench = recording();
    let origin = bench.blocks;
    bench.blocks(300);
    bench.answer(Answer::Withdraw, true);
    bench.blocks(300);
    let encoded = bench.encoded();
    assert_eq!(*encoded.last().unwrap(), value_of(origin + 299));
    assert_eq!(encoded.len(), 300 * BLOCK_SAMPLES);
    assert_eq!(bench.phase(), Phase::Withdrawn);
    bench.close();
    assert_eq!(bench.report.unwrap().outcome, Outcome::Withdrawn);
}

#[test]
fn a_suspended_context_is_a_labelled_gap_of_silence() {
    let mut bench = recording();
    bench.blocks(200);
    for _ in 0..20 {
        bench.pass(100.0);
    }
    bench.blocks(300);
    bench.close();
    assert_eq!(bench.encoded().len(), 600 * BLOCK_SAMPLES);
    let report = bench.report.unwrap();
    assert_eq!(report.gaps.len(), 1);
    assert_eq!(report.gaps[0].reason, "suspended");
    assert_eq!(report.gaps[0].to_sample - report.gaps[0].from_sample, 96_000);
}

#[test]
fn a_prompt_that_was_not_heard_is_no_disclosure_and_can_be_played_again() {
    let mut bench = Bench::new();
    bench.input(ANSWERED);
    bench.blocks(30);
    let noise: Vec<f32> =
        (0..4_000_u32).map(|index| (index.wrapping_mul(2_654_435_761) >> 8) as f32 / 8.4e6 - 1.0).collect();
    bench.input(Input::DisclosureAudio(noise));
    bench.input(Input::DisclosureStarted { frame: bench.frame });
    bench.blocks(10);
    bench.input(Input::DisclosureEnded);
    bench.blocks(10);
    bench.answer(Answer::Yes, true);
    bench.blocks(200);
    assert!(bench.encoded().is_empty());
    bench.input(Input::DisclosureReplay);
    bench.prompt();
    bench.blocks(200);
    assert!(bench.encoded().is_empty(), "a yes to a question nobody heard is none");
    bench.answer(Answer::Yes, true);
    bench.blocks(200);
    assert!(!bench.encoded().is_empty());
}

#[test]
fn a_replay_that_was_not_heard_neither_permits_nor_becomes_the_evidence() {
    let mut bench = Bench::new();
    bench.input(ANSWERED);
    bench.blocks(5);
    bench.prompt();
    bench.input(Input::DisclosureReplay);
    let unheard: Vec<f32> = (0..2 * BLOCK_SAMPLES).map(|index| (index as f32 * 0.7).sin()).collect();
    bench.input(Input::DisclosureAudio(unheard));
    bench.input(Input::DisclosureStarted { frame: bench.frame });
    bench.blocks(2);
    bench.input(Input::DisclosureEnded);
    bench.blocks(60);
    for _ in 1..DELIVERY_TRIES {
        bench.blocks(60);
        bench.input(Input::DisclosureFailed);
    }
    let snapshot = bench.session.snapshot(bench.now, &UploadQueue::default());
    assert_eq!(snapshot.problem.as_deref(), Some("disclosure/failed"));
    assert_eq!(snapshot.allowed, [Allowed::No, Allowed::Replay]);
    bench.answer(Answer::Yes, true);
    assert!(bench.encoded().is_empty());
    bench.input(Input::DisclosureReplay);
    bench.answer(Answer::Yes, true);
    bench.blocks(50);
    bench.close();
    let fraction = bench.report.unwrap().disclosure.unwrap().fraction_delivered.unwrap();
    assert!(fraction > 0.8, "{fraction}");
}

#[test]
fn a_prompt_that_an_answer_cut_short_is_no_trouble() {
    for answer in [Answer::Yes, Answer::No] {
        let mut bench = Bench::new();
        bench.input(ANSWERED);
        bench.prompt();
        bench.input(Input::DisclosureReplay);
        bench.input(Input::DisclosureAudio(vec![0.5; 2 * BLOCK_SAMPLES]));
        bench.input(Input::DisclosureStarted { frame: bench.frame });
        bench.answer(answer, true);
        bench.input(Input::DisclosureEnded);
        bench.blocks(60);
        assert_eq!(bench.session.snapshot(bench.now, &UploadQueue::default()).problem, None, "{answer:?}");
    }
}

#[test]
fn a_click_that_wakes_a_context_which_slept_beyond_the_longest_gap_still_cuts_and_stops() {
    for withdraw in [false, true] {
        let mut bench = recording();
        bench.blocks(200);
        for _ in 0..9_000 {
            bench.pass(100.0);
        }
        let first_after = bench.blocks;
        let cause = Cause { trigger: "field_focus".into(), class: "card_number".into() };
        if withdraw {
            bench.answer(Answer::Withdraw, true);
        } else {
            bench.clearance.begin("page", "page", cause.clone());
            bench.input(Input::SensitiveBegin {
                context_id: "page",
                cause: &cause,
                age_ms: 0.0,
                late_ms: 0.0,
            });
        }
        bench.blocks(400);
        bench.close();
        let kept = bench.encoded().into_iter().filter(|sample| *sample >= value_of(first_after)).count();
        assert_eq!(kept, 0, "withdraw: {withdraw}");
        assert!(bench.encoded().iter().any(|sample| *sample != 0.0));
    }
}

#[test]
fn a_yes_that_wakes_a_context_which_slept_beyond_the_longest_gap_records_from_there() {
    let mut bench = Bench::new();
    bench.input(ANSWERED);
    bench.blocks(5);
    bench.prompt();
    for _ in 0..9_000 {
        bench.pass(100.0);
    }
    bench.answer(Answer::Yes, true);
    bench.blocks(400);
    bench.close();
    let kept = bench.encoded().into_iter().filter(|sample| *sample != 0.0).count();
    assert!(kept >= 395 * BLOCK_SAMPLES, "{kept}");
}

#[test]
fn a_frame_number_out_of_all_proportion_makes_no_endless_silence() {
    let mut bench = recording();
    bench.blocks(200);
    let before = bench.actions.len();
    bench.frame += 600 * 48_000;
    bench.blocks(1);
    // No more than the monotonic clock leaves room for.
    assert!(bench.actions.len() - before <= 20);
    bench.frame += 9_000_000_000_000_000;
    bench.blocks(200);
    bench.close();
    assert!(bench.report.unwrap().recording_duration_ms < 9_000);
}

#[test]
fn a_sound_card_that_runs_fast_does_not_uncover_the_end_of_a_sensitive_stretch() {
    let mut bench = recording();
    // 1 % fast for four minutes: the audio is more than two seconds ahead of the monotonic clock.
    for _ in 0..12_000 {
        bench.pass(19.8);
        let left = [value_of(bench.blocks); BLOCK_SAMPLES];
        bench.deliver(&left);
    }
    let cause = Cause { trigger: "field_focus".into(), class: "card_number".into() };
    bench.clearance.begin("page", "page", cause.clone());
    bench.input(Input::SensitiveBegin { context_id: "page", cause: &cause, age_ms: 0.0, late_ms: 0.0 });
    let first = bench.blocks;
    bench.blocks(300);
    bench.clearance.end("page", "page");
    bench.input(Input::SensitiveEnd { context_id: "page", age_ms: 0.0 });
    let last = bench.blocks;
    bench.blocks(400);
    bench.close();
    let inside = value_of(first)..value_of(last);
    assert!(!bench.encoded().iter().any(|sample| inside.contains(sample)));
}
