//! The audio rules and pauses of a recorded call: what each trigger cuts out, who may resume, and when the agent is asked.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

#[path = "session/bench.rs"]
mod bench;

use bench::{ANSWERED, Bench, value_of};
use callseal::audio::BLOCK_SAMPLES;
use callseal::audio::channels::Channels;
use callseal::consent::Answer;
use callseal::ledger::RedactionSpan;
use callseal::redact::clearance::Cause;
use callseal::redact::rules::Trigger;
use callseal::session::pausing::{PauseDemand, PausedBy};
use callseal::session::snapshot::{Alarm, Allowed, CutPicture, Phase, Resumes};
use callseal::session::{Action, Input};
use serde_json::{Value, json};

const BLOCK: u64 = BLOCK_SAMPLES as u64;

fn recording(redaction: Value) -> Bench {
    let mut bench = Bench::with(json!({"redaction": redaction}));
    bench.input(ANSWERED);
    bench.blocks(5);
    bench.prompt();
    bench.answer(Answer::Yes, true);
    assert_eq!(bench.phase(), Phase::Recording);
    bench
}

fn demand(by: PausedBy, trusted: bool) -> PauseDemand {
    PauseDemand { by, class: None, trusted, age_ms: 0.0, late_ms: 0.0 }
}

fn pause(bench: &mut Bench, by: PausedBy) {
    bench.input(Input::Pause(demand(by, by != PausedBy::HostApi)));
}

/// Resumes, and says whether that was refused.
fn resume(bench: &mut Bench, by: PausedBy, trusted: bool) -> bool {
    let before = problems(bench);
    bench.input(Input::Resume(demand(by, trusted)));
    problems(bench) > before
}

fn problems(bench: &Bench) -> usize {
    bench.actions.iter().filter(|action| matches!(action, Action::Problem(_))).count()
}

fn begin(bench: &mut Bench, trigger: &str) {
    let cause = Cause { trigger: trigger.to_owned(), class: "card_number".to_owned() };
    bench.clearance.begin("page", "page", cause.clone());
    bench.input(Input::SensitiveBegin { context_id: "page", cause: &cause, age_ms: 0.0, late_ms: 0.0 });
}

fn end(bench: &mut Bench) {
    bench.clearance.end("page", "page");
    bench.input(Input::SensitiveEnd { context_id: "page", age_ms: 0.0 });
}

fn cut(bench: &Bench) -> CutPicture {
    bench.snapshot().cut.unwrap()
}

/// Ends the call and gives its spans, each from the recording's block to the block behind it.
fn spans(bench: &mut Bench) -> Vec<RedactionSpan> {
    bench.close();
    bench.report.as_ref().unwrap().redaction_spans.clone()
}

/// Both sides speak, so that a pause is in each second of it.
fn talk(bench: &mut Bench, blocks: u32, agent: bool, customer: bool) {
    for index in 0..blocks {
        let level = |speaks: bool| if speaks && index % 5 != 4 { 0.1 } else { 0.0005 };
        bench.both_sound(&[level(agent); BLOCK_SAMPLES], &[level(customer); BLOCK_SAMPLES]);
    }
}

#[test]
fn each_trigger_cuts_from_a_look_back_of_its_own() {
    let look_backs = json!({"fieldFocus": 100, "fieldAttribute": 200, "fieldFilled": 300, "valueSeen": 1_000,
        "paymentFrame": 400, "page": 600, "manual": 700, "hostApi": 0});
    let expected_ms = [100, 200, 300, 1_000, 400, 600, 700, 0];
    for (trigger, look_back_ms) in Trigger::ALL.iter().zip(expected_ms) {
        let mut bench = recording(json!({"lookBackMs": look_backs}));
        bench.blocks(200);
        let at = u64::from(bench.blocks) * BLOCK;
        match trigger {
            Trigger::Manual => pause(&mut bench, PausedBy::AgentButton),
            Trigger::HostApi => pause(&mut bench, PausedBy::HostApi),
            _ => begin(&mut bench, trigger.as_str()),
        }
        bench.blocks(200);
        let spans = spans(&mut bench);
        assert_eq!(spans.len(), 1, "{trigger:?}");
        assert_eq!(spans[0].trigger, trigger.as_str());
        assert_eq!((at - spans[0].from_sample) / 48, look_back_ms, "{trigger:?}");
    }
}

#[test]
fn audio_leaves_only_when_the_time_from_which_any_trigger_could_reach_back_over_it_is_cleared() {
    let encoded_without_clearance = |look_back_ms: u32| {
        let mut bench = recording(json!({"lookBackMs": {"valueSeen": look_back_ms}, "mergeWithinMs": 0}));
        bench.blocks(200);
        bench.sensor_answers = false;
        bench.blocks(200);
        bench.encoded().iter().filter(|sample| **sample != 0.0).count() / BLOCK_SAMPLES
    };
    let (short, long) = (encoded_without_clearance(500), encoded_without_clearance(1_000));
    assert_eq!(short - long, 25, "another 500 ms have to be vouched for");
}

#[test]
fn a_field_that_is_passed_through_is_cut_out_for_the_shortest_span_at_least() {
    let mut bench = recording(json!({"minimumSpanMs": 2_000}));
    bench.blocks(200);
    begin(&mut bench, "field_focus");
    bench.blocks(1);
    end(&mut bench);
    bench.blocks(200);
    let spans = spans(&mut bench);
    assert_eq!((spans[0].to_sample - spans[0].from_sample) / 48, 2_000);
    assert_eq!(bench.encoded().iter().filter(|sample| **sample == 0.0).count(), 100 * BLOCK_SAMPLES);
}

#[test]
fn what_lies_between_two_near_cuts_is_cut_out_too_and_between_two_far_ones_is_kept() {
    // Look-back 500 ms and grace 200 ms: so many milliseconds lie between the two spans.
    for (between_blocks, kept_blocks) in [(35 + 20, 0), (35 + 24, 0), (35 + 25, 25), (35 + 40, 40)] {
        let mut bench = recording(json!({"mergeWithinMs": 500}));
        bench.blocks(200);
        begin(&mut bench, "field_focus");
        bench.blocks(60);
        end(&mut bench);
        bench.blocks(between_blocks);
        begin(&mut bench, "field_focus");
        bench.blocks(60);
        end(&mut bench);
        bench.blocks(100);
        let spans = spans(&mut bench);
        let total = 25 + 60 + 10 + 25 + 60 + 10 + (between_blocks as usize - 35 - kept_blocks);
        let silent = bench.encoded().iter().filter(|sample| **sample == 0.0).count();
        assert_eq!(silent, total * BLOCK_SAMPLES, "{between_blocks}");
        assert_eq!((spans[1].from_sample - spans[0].to_sample) / BLOCK, kept_blocks as u64);
    }
}

#[test]
fn only_the_channels_that_the_policy_names_are_cut_out_and_together_those_of_every_cause() {
    let mut bench = recording(json!({"channels": "customer", "channelsFor": {"manual": "agent"}}));
    bench.blocks(200);
    begin(&mut bench, "field_focus");
    bench.blocks(100);
    assert_eq!(cut(&bench).channels, Channels::Customer);
    let both_from = bench.blocks;
    pause(&mut bench, PausedBy::AgentButton);
    assert_eq!(cut(&bench).channels, Channels::Both);
    bench.blocks(100);
    assert!(!resume(&mut bench, PausedBy::AgentButton, true));
    end(&mut bench);
    bench.blocks(200);
    let spans = spans(&mut bench);
    let channels: Vec<_> = spans.iter().map(|span| (span.trigger.as_str(), span.channels.unwrap())).collect();
    assert_eq!(channels, [("field_focus", Channels::Customer), ("manual", Channels::Agent)]);
    let (left, right) = bench.encoded_sides();
    let origin = bench.report.as_ref().unwrap().recording_origin_ms.unwrap() / 20;
    let silent = |side: &[f32], from: u64| {
        (0..3).all(|at| side[((from - origin) as usize + at) * BLOCK_SAMPLES] == 0.0)
    };
    let kept =
        |side: &[f32], from: u64| side[(from - origin) as usize * BLOCK_SAMPLES] == value_of(from as u32);
    let (first, second) = (u64::from(both_from) - 60, u64::from(both_from) + 20);
    assert!(silent(&right, first) && kept(&left, first), "the customer's side alone");
    assert!(silent(&right, second) && silent(&left, second), "both");
}

#[test]
fn whoever_pauses_is_believed_and_only_the_agents_own_event_resumes() {
    let mut bench = recording(json!({}));
    bench.blocks(200);
    assert!(bench.snapshot().allowed.contains(&Allowed::Pause));
    bench.input(Input::Pause(demand(PausedBy::AgentButton, false)));
    assert!(bench.snapshot().redacting && bench.snapshot().allowed.contains(&Allowed::Resume));
    assert_eq!(cut(&bench).resumes, Resumes::Agent);
    for (by, trusted) in
        [(PausedBy::AgentButton, false), (PausedBy::AgentHotkey, false), (PausedBy::HostApi, true)]
    {
        assert!(resume(&mut bench, by, trusted));
        bench.blocks(30);
        assert!(bench.snapshot().redacting, "{by:?}");
    }
    assert!(!resume(&mut bench, PausedBy::AgentHotkey, true));
    assert!(bench.snapshot().redacting, "what is on its way was said before");
    assert_eq!(cut(&bench).resumes, Resumes::ByItself);
    bench.blocks(30);
    assert!(!bench.snapshot().redacting && bench.snapshot().allowed.contains(&Allowed::Pause));
    assert!(resume(&mut bench, PausedBy::AgentButton, true), "there is nothing to resume");
    let spans = spans(&mut bench);
    assert_eq!(
        (spans[0].trigger.as_str(), spans[0].class.as_str(), spans[0].actor),
        ("manual", "manual", Some(0))
    );
}

#[test]
fn the_host_resumes_only_what_it_has_paused_and_the_agent_everything() {
    let mut bench = recording(json!({}));
    bench.blocks(200);
    let class = Some("payment".to_owned());
    bench.input(Input::Pause(PauseDemand { class: class.clone(), ..demand(PausedBy::HostApi, false) }));
    assert_eq!((cut(&bench).class, cut(&bench).resumes), ("payment".to_owned(), Resumes::Host));
    pause(&mut bench, PausedBy::AgentButton);
    assert!(!resume(&mut bench, PausedBy::HostApi, false));
    bench.blocks(60);
    assert!(bench.snapshot().redacting, "the agent's pause is the agent's");
    assert!(!resume(&mut bench, PausedBy::AgentButton, true));
    bench.blocks(60);
    assert!(!bench.snapshot().redacting);
    bench.input(Input::Pause(PauseDemand { class, ..demand(PausedBy::HostApi, false) }));
    bench.blocks(60);
    assert!(!resume(&mut bench, PausedBy::AgentButton, true), "the agent is in charge");
    bench.blocks(60);
    assert!(!bench.snapshot().redacting);
    let spans = spans(&mut bench);
    let told: Vec<_> =
        spans.iter().map(|span| (span.trigger.as_str(), span.class.as_str(), span.actor)).collect();
    let host = ("host_api", "payment", None);
    assert_eq!(told, [host, ("manual", "manual", Some(0)), host]);
}

#[test]
fn to_resume_uncovers_no_field_that_is_in_use() {
    let mut bench = recording(json!({}));
    bench.blocks(200);
    pause(&mut bench, PausedBy::AgentButton);
    begin(&mut bench, "field_focus");
    bench.blocks(50);
    assert!(!resume(&mut bench, PausedBy::AgentButton, true));
    bench.blocks(100);
    assert_eq!((cut(&bench).trigger.as_str(), cut(&bench).resumes), ("field_focus", Resumes::WhenLeft));
    end(&mut bench);
    bench.blocks(50);
    assert_eq!(bench.snapshot().cut, None);
}

#[test]
fn a_pause_is_confirmed_when_its_first_silence_has_left_for_the_encoder_and_keeps_how_long_that_took() {
    let mut bench = recording(json!({}));
    bench.blocks(200);
    let demanded_at = bench.blocks;
    bench.input(Input::Pause(PauseDemand { age_ms: 40.0, ..demand(PausedBy::AgentButton, true) }));
    assert!(bench.snapshot().redacting && !cut(&bench).confirmed);
    // 540 ms are held longer than the demand is old: of a hold-back of 3 s there remain 2,460 ms.
    assert_eq!(cut(&bench).since_ms, u64::from(demanded_at) * 20 - 540);
    bench.blocks(123);
    let silent = |bench: &Bench| bench.encoded().iter().filter(|sample| **sample == 0.0).count();
    assert!(!cut(&bench).confirmed);
    assert_eq!(silent(&bench), 0);
    bench.blocks(1);
    assert!(cut(&bench).confirmed);
    assert_eq!(silent(&bench), BLOCK_SAMPLES);
    let latency_ms = spans(&mut bench)[0].latency_ms.unwrap();
    assert_eq!(latency_ms, 124 * 20 + 40);
    let entry = bench.ledger().into_iter().find(|entry| entry["kind"] == "redaction.span").unwrap();
    assert_eq!(
        (&entry["body"]["latency_ms"], &entry["body"]["channels"]),
        (&json!(latency_ms), &json!("both"))
    );
}

#[test]
fn a_pause_demanded_by_nobody_has_no_latency() {
    let mut bench = recording(json!({}));
    bench.sensor_answers = false;
    bench.blocks(400);
    let spans = spans(&mut bench);
    assert_eq!((spans[0].trigger.as_str(), spans[0].latency_ms), ("no_clearance", None));
}

#[test]
fn a_long_pause_counts_down_to_an_alarm_and_does_not_resume_by_itself() {
    let mut bench = recording(json!({"maxPauseMs": 10_000}));
    bench.blocks(200);
    pause(&mut bench, PausedBy::AgentButton);
    assert_eq!((cut(&bench).alarm_in_ms, cut(&bench).alarm), (Some(10_000), None));
    bench.blocks(250);
    assert_eq!((cut(&bench).alarm_in_ms, cut(&bench).alarm), (Some(5_000), None));
    bench.blocks(249);
    assert_eq!((cut(&bench).alarm_in_ms, cut(&bench).alarm), (Some(1_000), None));
    bench.blocks(1);
    assert_eq!((cut(&bench).alarm_in_ms, cut(&bench).alarm), (None, Some(Alarm::MaxPause)));
    bench.blocks(3_000);
    assert_eq!((cut(&bench).resumes, cut(&bench).alarm), (Resumes::Agent, Some(Alarm::MaxPause)));
    assert!(!resume(&mut bench, PausedBy::AgentButton, true));
    bench.blocks(30);
    assert_eq!(bench.snapshot().cut, None);
    pause(&mut bench, PausedBy::AgentButton);
    assert_eq!(cut(&bench).alarm_in_ms, Some(10_000), "the next pause has a time of its own");
}

#[test]
fn a_pause_in_which_both_talk_is_asked_about_and_one_in_which_one_side_talks_is_not() {
    for (agent, customer, alarm) in
        [(true, true, Some(Alarm::Forgotten)), (true, false, None), (false, true, None), (false, false, None)]
    {
        let mut bench = recording(json!({"forgottenPauseMs": 10_000}));
        begin(&mut bench, "field_focus");
        talk(&mut bench, 490, agent, customer);
        assert_eq!(cut(&bench).alarm, None, "it has not lasted long");
        talk(&mut bench, 490, agent, customer);
        assert_eq!(cut(&bench).alarm, alarm, "{agent} {customer}");
        assert!(bench.snapshot().redacting);
    }
}

#[test]
fn where_the_page_was_out_of_sight_the_host_does_not_resume_and_the_agent_does() {
    let mut bench = recording(json!({}));
    bench.blocks(200);
    pause(&mut bench, PausedBy::HostApi);
    bench.sensor_answers = false;
    bench.blocks(150);
    bench.sensor_answers = true;
    bench.blocks(150);
    assert!(cut(&bench).out_of_sight && cut(&bench).resumes == Resumes::Agent);
    assert!(resume(&mut bench, PausedBy::HostApi, false));
    bench.blocks(150);
    assert!(bench.snapshot().redacting);
    assert!(!resume(&mut bench, PausedBy::AgentButton, true));
    bench.blocks(30);
    assert_eq!(bench.snapshot().cut, None);
    pause(&mut bench, PausedBy::HostApi);
    assert!(!cut(&bench).out_of_sight, "that was another pause");
    assert!(!resume(&mut bench, PausedBy::HostApi, false));
}

#[test]
fn a_pause_from_before_the_answer_or_the_yes_holds_until_it_is_resumed() {
    for early in [true, false] {
        let mut bench = Bench::new();
        if early {
            pause(&mut bench, PausedBy::HostApi);
        }
        bench.input(ANSWERED);
        bench.blocks(5);
        bench.prompt();
        if !early {
            pause(&mut bench, PausedBy::HostApi);
        }
        bench.answer(Answer::Yes, true);
        bench.blocks(200);
        assert!(bench.snapshot().recording && bench.snapshot().redacting);
        assert!(!resume(&mut bench, PausedBy::HostApi, false));
        bench.blocks(200);
        assert_eq!(bench.snapshot().cut, None);
        bench.close();
        let encoded = bench.encoded();
        assert!(encoded[..200 * BLOCK_SAMPLES].iter().all(|sample| *sample == 0.0));
        assert_ne!(encoded[215 * BLOCK_SAMPLES], 0.0);
    }
}

#[test]
fn what_a_page_calls_as_the_engine_calls_its_own_is_shown_and_cut_out_on_both_channels() {
    let mut bench = recording(json!({"channels": "agent"}));
    bench.blocks(200);
    begin(&mut bench, "other_side");
    bench.blocks(50);
    assert!(bench.snapshot().redacting);
    let spans = spans(&mut bench);
    assert_eq!((spans[0].trigger.as_str(), spans[0].channels), ("other", Some(Channels::Both)));
}

#[test]
fn what_was_cut_out_on_one_side_only_is_exposed_where_both_are_demanded_too_late() {
    for (channels, exposed) in [("customer", true), ("both", false)] {
        let mut bench = recording(json!({"channelsFor": {"fieldFocus": channels}}));
        bench.blocks(200);
        begin(&mut bench, "field_focus");
        bench.blocks(300);
        // 4 s ago: of these a second has been encoded.
        bench.input(Input::Pause(PauseDemand { age_ms: 4_000.0, ..demand(PausedBy::AgentButton, true) }));
        assert_eq!(bench.snapshot().problem.as_deref() == Some("redaction/late"), exposed, "{channels}");
    }
}
