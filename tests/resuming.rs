//! An engine that dies in the middle of a call, and the one that goes on with it.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

#[path = "resuming/anywhere.rs"]
mod anywhere;
#[path = "session/bench.rs"]
mod bench;
#[path = "resuming/desk.rs"]
mod desk;

use std::collections::BTreeSet;

use bench::value_of;
use callseal::ErrorKind;
use callseal::archive::{EvidenceLevel, Level, OpenOptions, Trust, open, verify_trusting};
use callseal::consent::Answer;
use callseal::consent::register::From;
use callseal::ledger::{CallKey, LedgerSigner};
use callseal::seal::SigningKey;
use callseal::session::pausing::{PauseDemand, PausedBy};
use callseal::session::snapshot::Phase;
use callseal::session::{Action, Input};
use desk::{Desk, heard_in, signer_of};
use serde_json::json;

/// The number of the block that these samples were captured in.
fn block_of(value: f32) -> u32 {
    (value * 65_536.0).round() as u32 - 1
}

/// Opens what there is, after `verify` found nothing but what a crash has cut, and says which blocks are in it. Checks that
/// each is where it was captured.
fn kept(desk: &Desk) -> BTreeSet<u32> {
    let source = desk.source();
    let device = SigningKey::from_random(&[9; 32]).unwrap().public().thumbprint();
    let trust = Trust { devices: vec![device].into_iter().collect(), ..Trust::default() };
    let (report, faults) = verify_trusting(&source, Some(&desk.key), &trust).unwrap();
    for fault in &faults {
        assert_eq!(fault.kind, ErrorKind::Unterminated, "{fault:?}");
    }
    assert_eq!(report.evidence.level, Some(EvidenceLevel::KnownDevice));
    assert!(report.warnings.is_empty(), "{:?}", report.warnings);
    let options = OpenOptions { allow_unterminated: true, ..OpenOptions::default() };
    let opened = match open(&source, &desk.key, options) {
        Ok(opened) => opened,
        Err(error) if error.kind() == ErrorKind::WrongState => return BTreeSet::new(),
        Err(error) => panic!("{error}"),
    };
    let mut blocks = BTreeSet::new();
    for (at, most, least) in heard_in(&opened.ogg) {
        for block in [block_of(most), block_of(least)] {
            if value_of(block) == most || value_of(block) == least {
                let captured_ms = desk.captured_ms[block as usize] - desk.answered_ms.unwrap();
                let placed_ms = (opened.origin_sample + at) / 48;
                assert!(captured_ms.abs_diff(placed_ms) <= 80, "block {block}: {captured_ms} {placed_ms}");
                blocks.insert(block);
            }
        }
    }
    blocks
}

/// A call that is recorded since block 22 or so.
fn recording() -> Desk {
    let mut desk = Desk::new(json!({}));
    desk.answered();
    desk.blocks(10);
    desk.prompt();
    desk.input(Input::Answer(given(From::WhoeverIsAsked, Answer::Yes)));
    assert_eq!(desk.bench.phase(), Phase::Recording);
    desk
}

fn given(from: From, answer: Answer) -> callseal::session::consenting::GivenAnswer {
    callseal::session::consenting::GivenAnswer {
        from,
        answer,
        method: callseal::consent::Method::AgentButton,
        words: None,
        trusted: true,
        assertion_sha256: None,
        age_ms: 0.0,
    }
}

fn paused_by_hand() -> PauseDemand {
    PauseDemand { by: PausedBy::AgentButton, class: None, trusted: true, age_ms: 0.0, late_ms: 0.0 }
}

#[test]
fn a_recorded_call_goes_on_as_the_next_part_without_asking_again_and_opens_as_one() {
    let mut desk = recording();
    desk.blocks(900);
    desk.die(2_000);
    assert!(desk.go_on());
    assert_eq!(desk.bench.phase(), Phase::Recording);
    let before = desk.bench.blocks;
    desk.blocks(600);
    desk.close();
    assert!(!desk.bench.actions.iter().rev().take(700).any(|action| *action == Action::PlayDisclosure));
    let kept = kept(&desk);
    let report = desk.bench.report.clone().unwrap();
    // All but what was held back when the engine died, a Tink segment and a page.
    let lost = (30..before).filter(|block| !kept.contains(block)).count();
    assert!((100..400).contains(&lost), "{lost} blocks of 20 ms lost");
    assert!((before + 30..before + 595).all(|block| kept.contains(&block)), "the second part");
    let source = desk.source();
    let (verified, _) = callseal::archive::verify(&source, Some(&desk.key)).unwrap();
    assert_eq!((verified.parts, verified.level, verified.vcons.len()), (2, Level::Cut, 1));
    let hole = report.gaps.iter().find(|gap| gap.reason == "engine_restarted").unwrap();
    assert!(hole.to_sample > hole.from_sample);
    let options = OpenOptions { allow_unterminated: true, ..OpenOptions::default() };
    let opened = open(&source, &desk.key, options).unwrap();
    let end_ms = (opened.origin_sample + opened.samples) / 48;
    assert!(end_ms.abs_diff(report.call_duration_ms) <= 40, "{end_ms} {}", report.call_duration_ms);
    assert_eq!(report.recording_origin_ms, Some(opened.origin_sample / 48));
    assert_eq!(report.recording_duration_ms, opened.samples / 48);
    assert_eq!(report.consent_events.iter().filter(|event| event.answer == Some(Answer::Yes)).count(), 1);
    let kinds = desk.bench.ledger_kinds();
    let resumed = kinds.iter().position(|kind| kind == "call.resumed").unwrap();
    assert_eq!(kinds[resumed - 1], "part.closed");
    assert_eq!(kinds[resumed + 1], "gap");
}

#[test]
fn a_call_whose_engines_die_again_and_again_has_as_many_parts() {
    let mut desk = recording();
    for _ in 0..3 {
        desk.blocks(400);
        desk.die(700);
        assert!(desk.go_on());
    }
    desk.blocks(300);
    desk.close();
    kept(&desk);
    let (verified, _) = callseal::archive::verify(&desk.source(), Some(&desk.key)).unwrap();
    assert_eq!((verified.parts, verified.vcons.len()), (4, 1));
    assert_eq!(desk.bench.report.as_ref().unwrap().gaps.len(), 3);
}

#[test]
fn an_engine_that_dies_before_the_yes_leaves_nothing_and_the_call_is_asked_anew() {
    for stage in 0..4 {
        let mut desk = Desk::new(json!({}));
        desk.answered();
        if stage > 0 {
            desk.blocks(30);
        }
        if stage > 1 {
            desk.prompt();
        }
        if stage > 2 {
            desk.blocks(30);
        }
        desk.die(1_000);
        assert!(desk.files.is_empty());
        let plan = desk.plan().unwrap();
        assert!(plan.files.discard && plan.resumption.is_none());
        desk.carry_out(plan);
        desk.answered();
        assert_eq!(desk.bench.phase(), Phase::Disclosing);
        let before = desk.bench.blocks;
        desk.blocks(20);
        desk.prompt();
        assert_eq!(desk.bench.phase(), Phase::Asking);
        desk.input(Input::Answer(given(From::WhoeverIsAsked, Answer::Yes)));
        let yes = desk.bench.blocks;
        desk.blocks(300);
        desk.close();
        let source = desk.source();
        let opened = open(&source, &desk.key, OpenOptions::default()).unwrap();
        let heard: Vec<u32> = heard_in(&opened.ogg).iter().map(|(_, _, least)| block_of(*least)).collect();
        assert!(heard.iter().all(|block| *block + 1 >= yes && *block > before), "{:?}", heard.first());
    }
}

#[test]
fn behind_a_no_a_withdrawal_or_the_end_of_the_call_nothing_goes_on() {
    for (answer, effect) in [
        (Some(Answer::Withdraw), json!({"effect": "stop_and_keep"})),
        (Some(Answer::Withdraw), json!({"effect": "stop_and_shred"})),
        (None, json!({"effect": "stop_and_keep"})),
    ] {
        let mut desk = Desk::new(json!({"consent": {"withdrawal": effect}}));
        desk.answered();
        desk.blocks(10);
        desk.prompt();
        desk.input(Input::Answer(given(From::WhoeverIsAsked, Answer::Yes)));
        desk.blocks(300);
        if let Some(answer) = answer {
            desk.input(Input::Answer(given(From::WhoeverIsAsked, answer)));
            desk.blocks(20);
        } else {
            desk.close();
        }
        desk.die(500);
        let error = desk.plan().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WrongState, "{error}");
    }
}

#[test]
fn a_withdrawal_that_the_dead_engine_did_not_hear_ends_the_next_part_before_anything_is_in_it() {
    for (effect, demands) in [("stop_and_keep", 0), ("stop_and_shred", 1)] {
        let mut desk = Desk::new(json!({"consent": {"withdrawal": {"effect": effect}}}));
        desk.answered();
        desk.blocks(10);
        desk.prompt();
        desk.input(Input::Answer(given(From::WhoeverIsAsked, Answer::Yes)));
        desk.blocks(900);
        desk.die(500);
        assert!(desk.go_on());
        let died_at = desk.bench.blocks;
        desk.input(Input::Answer(given(From::WhoeverIsAsked, Answer::Withdraw)));
        desk.blocks(900);
        desk.close();
        let kinds = desk.bench.ledger_kinds();
        let count = |wanted: &str| kinds.iter().filter(|kind| **kind == wanted).count();
        assert_eq!(
            (count("consent.withdrawn"), count("shred.requested")),
            (1, demands),
            "{effect}: {kinds:?}"
        );
        assert_eq!(desk.bench.phase(), Phase::Closed);
        let (verified, _) = callseal::archive::verify(&desk.source(), Some(&desk.key)).unwrap();
        if demands == 1 {
            let warnings: Vec<_> = verified.warnings.iter().map(|warning| warning.code).collect();
            assert_eq!(warnings, ["shred/pending"], "whoever keeps the store is told");
            continue;
        }
        let kept = kept(&desk);
        assert!(kept.iter().all(|block| *block < died_at), "nothing of behind the death is kept");
    }
}

#[test]
fn the_no_of_somebody_who_joined_stays_a_no() {
    let mut desk = recording();
    desk.blocks(100);
    desk.join("third");
    desk.blocks(20);
    desk.input(Input::Answer(given(From::Party(2), Answer::No)));
    desk.blocks(20);
    desk.die(500);
    assert!(desk.plan().is_err());
}

#[test]
fn who_had_not_agreed_is_asked_again_and_what_is_said_meanwhile_is_in_no_part() {
    let mut desk = recording();
    desk.blocks(300);
    desk.join("third");
    let joined = desk.bench.blocks;
    desk.blocks(20);
    desk.die(800);
    assert!(desk.go_on());
    assert!(desk.bench.snapshot().paused);
    desk.blocks(20);
    desk.prompt();
    let agreed = desk.bench.blocks;
    desk.input(Input::Answer(given(From::Party(2), Answer::Yes)));
    assert_eq!(desk.bench.phase(), Phase::Recording);
    desk.blocks(400);
    desk.close();
    let kept = kept(&desk);
    assert!(kept.range(joined..agreed).next().is_none(), "{:?}", kept.range(joined..agreed));
    assert!(kept.contains(&(agreed + 100)));
}

#[test]
fn who_had_agreed_and_is_named_again_is_not_asked_again_and_who_is_new_to_the_ledger_is() {
    for is_known in [true, false] {
        let mut desk = recording();
        desk.blocks(100);
        desk.join("third");
        desk.blocks(20);
        desk.prompt();
        desk.input(Input::Answer(given(From::Party(2), Answer::Yes)));
        desk.blocks(300);
        if !is_known {
            // Their joining was on its way to an engine that was dead by then.
            desk.joined.push(("fourth".to_owned(), desk.bench.now.unix_ms));
        }
        desk.die(800);
        assert!(desk.go_on());
        assert_eq!(desk.bench.snapshot().paused, !is_known);
        desk.input(Input::PartyLeft { key: "third", age_ms: 0.0 });
        let parties = desk.bench.snapshot().parties;
        assert_eq!(
            parties.iter().map(|party| party.index).collect::<Vec<_>>(),
            if is_known { vec![1] } else { vec![1, 3] }
        );
    }
}

#[test]
fn nothing_is_kept_after_a_restart_until_the_sensors_vouch() {
    let mut desk = recording();
    desk.blocks(400);
    desk.die(500);
    assert!(desk.go_on());
    let restarted = desk.bench.blocks;
    desk.bench.sensor_answers = false;
    desk.blocks(400);
    let silent_until = desk.bench.blocks;
    desk.bench.sensor_answers = true;
    desk.blocks(400);
    desk.close();
    let kept = kept(&desk);
    // What is still held when they vouch again is theirs to clear.
    let held = 3_000 / 20 + 50;
    assert!(kept.range(restarted..silent_until - held).next().is_none());
    assert!(kept.contains(&(silent_until + 100)));
}

#[test]
fn a_pause_by_hand_that_is_told_again_goes_on() {
    let mut desk = recording();
    desk.blocks(300);
    desk.input(Input::Pause(paused_by_hand()));
    let paused = desk.bench.blocks;
    desk.blocks(100);
    desk.die(500);
    assert!(desk.go_on());
    desk.blocks(5);
    desk.input(Input::Pause(paused_by_hand()));
    desk.blocks(300);
    let resumed = desk.bench.blocks;
    desk.input(Input::Resume(paused_by_hand()));
    desk.blocks(300);
    desk.close();
    let kept = kept(&desk);
    assert!(kept.range(paused..resumed).next().is_none(), "{:?}", kept.range(paused..resumed));
    assert!(kept.contains(&(resumed + 100)));
}

#[test]
fn under_another_policy_everybody_is_asked_again() {
    let mut desk = recording();
    desk.blocks(300);
    desk.die(500);
    let signer = signer_of(9, desk.engines, desk.bench.now.unix_ms);
    let other = "0".repeat(64);
    let plan = callseal::store::resuming::plan(
        desk::call_id(),
        &desk.files,
        signer,
        &other,
        "callseal test",
        desk.bench.now.unix_ms,
    );
    desk.carry_out(plan.unwrap());
    assert!(desk.bench.snapshot().paused);
    let before = desk.bench.blocks;
    desk.blocks(200);
    desk.close();
    assert!(kept(&desk).range(before..).next().is_none());
}

#[test]
fn a_ledger_that_this_device_has_not_certified_or_that_was_changed_does_not_go_on() {
    let mut desk = recording();
    desk.blocks(300);
    desk.die(500);
    let now_ms = desk.bench.now.unix_ms;
    assert!(desk.plan().is_ok());
    let bare = LedgerSigner::new(CallKey::from_random(&[7; 32]).unwrap(), Vec::new());
    for signer in [signer_of(8, 2, now_ms), bare] {
        assert_eq!(desk.plan_signed_by(signer).unwrap_err().kind(), ErrorKind::Signature);
    }
    let chunks: Vec<String> = desk.files.keys().filter(|name| name.starts_with("ledger")).cloned().collect();
    for name in chunks {
        let whole = desk.files[&name].clone();
        let yes = whole.windows(12).position(|window| window == br#""party":1,"p"#);
        for position in (0..whole.len() - 1).step_by(61).chain(yes.map(|at| at + 8)) {
            let mut changed = whole.clone();
            changed[position] ^= 1;
            desk.files.insert(name.clone(), changed);
            assert!(desk.plan().is_err(), "{name} {position}");
        }
        desk.files.insert(name, whole);
    }
}

#[test]
fn readers_refuse_a_call_that_goes_on_under_a_key_of_another_device() {
    let mut desk = recording();
    desk.blocks(300);
    desk.die(500);
    let mut plan = desk.plan().unwrap();
    // A writer that believed a stranger.
    let stranger = signer_of(8, 5, desk.bench.now.unix_ms);
    if let Some(resumption) = &mut plan.resumption {
        let mut chain = callseal::ledger::Chain::start(&desk::call_id());
        let mut next = 0;
        while let Some(content) = desk.files.get(&format!("ledger~{next:06}.jsonl")) {
            callseal::ledger::read_chunk(&mut chain, callseal::ledger::whole_lines(content)).unwrap();
            next += 1;
        }
        let statement = stranger.statement();
        resumption.continuation.ledger =
            callseal::ledger::Ledger::resume(desk::call_id(), chain, next, Some(stranger));
        resumption.continuation.first[0] =
            callseal::ledger::EntryBody::SignerChanged(callseal::ledger::SignerChanged { signer: statement });
    }
    desk.carry_out(plan);
    desk.blocks(300);
    desk.close();
    let (report, _) = callseal::archive::verify(&desk.source(), Some(&desk.key)).unwrap();
    assert_eq!(report.level, Level::Damaged);
    assert_eq!(report.errors[0].code, ErrorKind::Signature.code(), "{:?}", report.errors);
}

#[test]
fn the_timeline_goes_neither_back_nor_far_ahead_whatever_age_the_page_claims() {
    for claimed_ms in [None, Some(0), Some(1), Some(u64::from(u32::MAX))] {
        let mut desk = recording();
        desk.blocks(900);
        desk.die(500);
        let (answered_ms, now_ms) = (desk.answered_ms.unwrap(), desk.bench.now.unix_ms);
        desk.answered_ms = claimed_ms.map(|age_ms: u64| now_ms.saturating_sub(age_ms));
        assert!(desk.go_on());
        desk.answered_ms = Some(answered_ms);
        desk.blocks(300);
        desk.close();
        if claimed_ms.is_none() {
            kept(&desk); // the wall clock says it
        }
        let (report, _) = callseal::archive::verify(&desk.source(), Some(&desk.key)).unwrap();
        assert_eq!((report.level, report.parts), (Level::Cut, 2), "{:?}", report.errors);
        let part = |part: u64| {
            let opened =
                |entry: &&serde_json::Value| entry["kind"] == "part.opened" && entry["body"]["part"] == part;
            desk.bench.ledger().iter().find(opened).unwrap()["body"]["start_sample"].as_u64().unwrap()
        };
        let sealed = desk.bench.ledger().into_iter().find(|entry| entry["kind"] == "segment.sealed");
        let end_sample = sealed.unwrap()["body"]["end_sample"].as_u64().unwrap();
        assert!(part(1) >= end_sample.max(part(0)) && part(1) <= end_sample + 48 * 120_000);
    }
}
