//! What a withdrawal does to what was recorded before it: kept, destroyed, or destroyed on a later day.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

#[path = "session/bench.rs"]
mod bench;

use std::collections::BTreeMap;

use bench::{ANSWERED, Bench, decision_for};
use callseal::consent::Answer;
use callseal::jurisdiction::Mode;
use callseal::ledger::{CallKey, LedgerSigner, shred_demand};
use callseal::names::{CallId, ObjectName};
use callseal::session::{Action, Input};
use callseal::store::recovery::plan;
use callseal::store::spool::{SpoolOperation, file_name};
use serde_json::{Value, json};

const DAY_MS: u64 = 86_400_000;

fn call_id() -> CallId {
    CallId::parse("0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa").unwrap()
}

/// A call that is being recorded under this policy; its encoder has given out six seconds.
fn recording(policy: Value) -> Bench {
    let mut bench = Bench::with(json!({
        "consent": {"withdrawal": policy},
        "controller": {
            "name": "Example Energy Ltd", "contact": "privacy@example.com",
            "privacyNoticeUrl": "https://example.com/privacy",
        },
    }));
    let signer = LedgerSigner::new(CallKey::from_random(&[7; 32]).unwrap(), vec![vec![1, 2, 3]]);
    bench.input(Input::Signer(Box::new(signer)));
    bench.input(Input::Decision(decision_for(Mode::NothingBeforeYes)));
    bench.input(ANSWERED);
    bench.blocks(20);
    bench.prompt();
    bench.answer(Answer::Yes, true);
    bench.blocks(300);
    for index in 0..302_u32 {
        bench.input(Input::Packet { bytes: &[0xfc, 0, 0, index as u8], pre_skip_samples: 312 });
    }
    bench
}

/// The bodies of the ledger's entries of this kind that were handed to the spool so far.
fn entries(bench: &Bench, kind: &str) -> Vec<Value> {
    let chunks = chunks(bench);
    let lines = chunks.iter().flat_map(|chunk| chunk.split(|byte| *byte == b'\n'));
    let entries =
        lines.filter(|line| !line.is_empty()).map(|line| serde_json::from_slice::<Value>(line).unwrap());
    entries.filter(|entry| entry["kind"] == kind).map(|entry| entry["body"].clone()).collect()
}

fn chunks(bench: &Bench) -> Vec<Vec<u8>> {
    let whole = bench.actions.iter().filter_map(|action| match action {
        Action::Spool(SpoolOperation::Whole { object, bytes }) => Some((object, bytes)),
        _ => None,
    });
    whole.filter(|(object, _)| object.name.ends_with(".jsonl")).map(|(_, bytes)| bytes.clone()).collect()
}

fn shreds(bench: &Bench) -> bool {
    bench.actions.contains(&Action::Shred)
}

fn receipt(bench: &Bench) -> String {
    let papers = bench.actions.iter().find_map(|action| match action {
        Action::Papers(papers) => Some(papers),
        _ => None,
    });
    papers.unwrap().parties[0].receipt_html.clone()
}

fn objects(bench: &Bench) -> Vec<String> {
    bench.report.as_ref().unwrap().objects.iter().map(|object| object.name.clone()).collect()
}

#[test]
fn a_withdrawal_is_in_the_spool_in_the_moment_it_is_given() {
    for effect in ["stop_and_keep", "stop_and_shred"] {
        let mut bench = recording(json!({"effect": effect}));
        bench.answer(Answer::Withdraw, true);
        assert_eq!(entries(&bench, "consent.withdrawn")[0]["effect"], effect);
        assert!(entries(&bench, "call.closed").is_empty(), "the ring has yet to be emptied");
    }
}

#[test]
fn kept_by_default_nothing_is_destroyed() {
    let mut bench = recording(json!({"effect": "stop_and_keep"}));
    bench.answer(Answer::Withdraw, true);
    bench.blocks(300);
    bench.close();
    assert!(entries(&bench, "shred.requested").is_empty() && !shreds(&bench));
    assert!(objects(&bench).iter().any(|name| name.ends_with(".ogg.tink")));
    assert!(objects(&bench).iter().any(|name| name.contains("vcon")));
    assert_eq!(bench.snapshot().shredding, None);
}

#[test]
fn shredded_only_evidence_is_left() {
    let mut bench = recording(json!({"effect": "stop_and_shred"}));
    bench.answer(Answer::Withdraw, true);
    assert!(shreds(&bench));
    assert_eq!(
        entries(&bench, "shred.requested"),
        [json!({"reason": "withdrawal", "not_before_ms": 0})],
        "at once is so by every clock: the store's may be behind the agent's"
    );
    let ledger = chunks(&bench);
    let demand = shred_demand(&call_id(), ledger.iter().map(Vec::as_slice)).unwrap().unwrap();
    assert_eq!(demand.not_before_ms, 0, "signed by the call's own key");
    assert_eq!(bench.snapshot().shredding, Some("requested"));
    bench.blocks(300);
    bench.close();
    assert!(objects(&bench).iter().all(|name| name.contains("/ledger/")), "{:?}", objects(&bench));
    let vcons = bench.actions.iter().filter(|action| match action {
        Action::Spool(SpoolOperation::Whole { object, .. }) => object.name.contains("vcon"),
        _ => false,
    });
    assert_eq!(vcons.count(), 0, "no vCon is made of it");
    assert!(receipt(&bench).contains("unreadable for good"));
    bench.input(Input::ShredConfirmed);
    assert_eq!(bench.snapshot().shredding, Some("confirmed"));
}

#[test]
fn kept_until_a_day_the_demand_names_it_and_nothing_is_destroyed_before() {
    let mut bench = recording(json!({"effect": "stop_and_keep_until", "keepDays": 30}));
    let until_ms = bench.now.unix_ms + 30 * DAY_MS;
    bench.answer(Answer::Withdraw, true);
    bench.blocks(300);
    bench.close();
    assert_eq!(
        entries(&bench, "shred.requested"),
        [json!({"reason": "withdrawal", "not_before_ms": until_ms})]
    );
    assert!(!shreds(&bench));
    assert!(objects(&bench).iter().any(|name| name.contains("vcon")));
}

#[test]
fn a_no_before_any_recording_demands_nothing() {
    let mut bench = Bench::with(json!({"consent": {"withdrawal": {"effect": "stop_and_shred"}}}));
    bench.input(ANSWERED);
    bench.blocks(20);
    bench.prompt();
    bench.answer(Answer::No, true);
    bench.close();
    assert!(chunks(&bench).is_empty() && !shreds(&bench));
}

#[test]
fn a_crash_behind_the_withdrawal_does_not_bring_the_audio_to_the_store() {
    let mut bench = recording(json!({"effect": "stop_and_shred"}));
    bench.answer(Answer::Withdraw, true);
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for action in &bench.actions {
        match action {
            Action::Spool(SpoolOperation::Whole { object, bytes }) => {
                files.insert(file_name(&object.name), bytes.clone());
            }
            Action::Spool(SpoolOperation::Append { name, bytes }) => {
                files.entry(file_name(name)).or_default().extend(bytes);
            }
            _ => {}
        }
    }
    let signer = || LedgerSigner::new(CallKey::from_random(&[8; 32]).unwrap(), Vec::new());
    let recovery = plan(call_id(), &files, signer(), bench.now.unix_ms).unwrap();
    let audio = |name: &str| !name.contains("ledger");
    assert!(recovery.objects.iter().all(|object| !audio(&object.name)), "{recovery:?}");
    let mut removed = recovery.remove;
    removed.sort();
    let mut present: Vec<String> = files.keys().filter(|name| audio(name)).cloned().collect();
    present.sort();
    assert!(removed == present && !present.is_empty());
    assert!(recovery.write.is_some(), "the ledger is closed all the same");
}

#[test]
fn the_ledger_tells_what_the_store_has_acknowledged_and_what_went_wrong() {
    let mut bench = recording(json!({"effect": "stop_and_keep"}));
    let object = format!("{}/0/000000.v1.jwe.json", call_id());
    assert!(ObjectName::parse(&object).is_ok());
    bench.input(Input::Acknowledged { object: &object, sha256: "aa" });
    for _ in 0..2 {
        bench.input(Input::MediaAlarm { code: "media/no-frames".to_owned() });
    }
    bench.blocks(300);
    bench.close();
    assert_eq!(entries(&bench, "storage.acknowledged"), [json!({"object": object, "sha256": "aa"})]);
    let troubles = entries(&bench, "trouble.noted");
    assert_eq!(troubles.len(), 1, "the same trouble is told once");
    assert_eq!(troubles[0]["code"], "media/no-frames");
}

#[test]
fn what_happens_is_in_the_spool_before_the_next_segment() {
    let mut bench = recording(json!({"effect": "stop_and_keep"}));
    let before = chunks(&bench).len();
    bench.input(Input::PartyJoined { key: "a", age_ms: 0.0 });
    bench.blocks(20);
    assert_eq!(entries(&bench, "party.joined").len(), 1);
    assert!(entries(&bench, "segment.sealed").is_empty());
    // A thousand in a second are not a thousand objects.
    for index in 0..1_000 {
        let code = if index % 2 == 0 { "media/no-frames" } else { "media/muted" };
        bench.pass(1.0);
        bench.input(Input::MediaAlarm { code: code.to_owned() });
    }
    assert!(chunks(&bench).len() - before <= 6, "{}", chunks(&bench).len() - before);
    // Acknowledgements alone write nothing: each chunk would be acknowledged in turn.
    bench.blocks(200);
    let before = chunks(&bench).len();
    bench.input(Input::Acknowledged { object: "x", sha256: "aa" });
    bench.blocks(20);
    assert_eq!(chunks(&bench).len(), before);
}

#[test]
fn a_page_cannot_fill_the_ledger_with_troubles() {
    let mut bench = recording(json!({"effect": "stop_and_keep"}));
    for index in 0..1_000 {
        let code = if index % 2 == 0 { "media/no-frames" } else { "media/muted" };
        bench.input(Input::MediaAlarm { code: code.to_owned() });
    }
    bench.blocks(300);
    bench.close();
    assert_eq!(entries(&bench, "trouble.noted").len(), 64);
}
