//! The rules that concern all calls of a page together.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use callseal::audio::Now;
use callseal::config::Config;
use callseal::engine::{Effect, Engine};
use callseal::message::{EngineMessage, PageMessage};
use callseal::session::report::ReportedObject;
use callseal::store::queue::{AT_ONCE, AttemptOutcome};
use callseal::store::trouble::Trouble;
use serde_json::json;

fn engine() -> Engine {
    let value = json!({
        "recipients": [{
            "kty": "EC", "crv": "P-256",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        }],
        "store": {"kind": "grants", "url": "/v1/grants", "token": "t"},
        "disclosure": {
            "promptId": "p", "version": 1, "language": "en", "text": "May we?", "url": "/p.wav",
            "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        },
    });
    Engine::new(Config::read(value).unwrap().validate().unwrap())
}

fn at(monotonic_ms: f64) -> Now {
    Now { monotonic_ms, unix_ms: 1_790_000_000_000 }
}

fn call_id(index: usize) -> String {
    format!("0b7e4b0e-93f1-4a7e-8a4c-{index:012x}")
}

fn open(engine: &mut Engine, index: usize) -> callseal::Result<Vec<Effect>> {
    engine.page_message(PageMessage::CallOpen { call_id: call_id(index) }, at(0.0), &mut || Ok(7))
}

/// Calls of an earlier engine that the store does not have yet, of two objects each.
fn with_unstored_calls(count: usize) -> Engine {
    let mut engine = engine();
    for index in 0..count {
        let id = call_id(index);
        let objects = ["ledger/000000.jsonl", "0/000000.ogg.tink"].map(|rest| ReportedObject {
            name: format!("{id}/{rest}"),
            size_bytes: 1,
            sha256: "00".into(),
        });
        engine.recovered(&id, objects.to_vec(), at(0.0).unix_ms, at(0.0));
    }
    engine
}

fn uploads(effects: Vec<Effect>) -> Vec<(String, String)> {
    effects
        .into_iter()
        .filter_map(|effect| match effect {
            Effect::Upload { call_id, object, .. } => Some((call_id, object.name)),
            _ => None,
        })
        .collect()
}

#[test]
fn calls_that_wait_for_the_store_do_not_keep_new_calls_from_being_recorded() {
    let mut engine = with_unstored_calls(100);
    assert!(open(&mut engine, 1_000).is_ok());
}

#[test]
fn a_page_cannot_open_calls_without_bound() {
    let mut engine = engine();
    let opened = (0..1_000).filter(|index| open(&mut engine, *index).is_ok()).count();
    assert_eq!(opened, 32);
}

#[test]
fn all_calls_together_have_three_uploads_at_once_and_one_while_the_store_fails() {
    let mut engine = with_unstored_calls(10);
    let tick = |engine: &mut Engine, ms: f64| uploads(engine.tick(at(ms), &mut || None));
    let first = tick(&mut engine, 0.0);
    assert_eq!(first.len(), AT_ONCE);
    assert!(tick(&mut engine, 100.0).is_empty());
    let failed = AttemptOutcome::Failed { trouble: Trouble::Unreachable, retry_after_ms: None };
    let mut next = Vec::new();
    for (call, name) in first {
        next.extend(uploads(engine.upload_ended(&call, 0, &name, failed, at(200.0), 0.0)));
    }
    assert_eq!(next.len(), 1, "a dead server is asked by one object at a time");
    // The store is back: everything arrives.
    let (mut ms, mut stored) = (200.0, 0);
    let mut under_way = next;
    while ms < 60_000.0 {
        for (call, name) in std::mem::take(&mut under_way) {
            stored += 1;
            under_way.extend(uploads(engine.upload_ended(
                &call,
                0,
                &name,
                AttemptOutcome::Stored,
                at(ms),
                0.0,
            )));
        }
        ms += 100.0;
        under_way.extend(tick(&mut engine, ms));
    }
    assert_eq!(stored, 20);
    assert!(!engine.knows(&call_id(0)), "a stored call is forgotten");
}

fn decisions(effects: Vec<Effect>) -> Vec<callseal::jurisdiction::Decision> {
    effects
        .into_iter()
        .filter_map(|effect| match effect {
            Effect::Post(message) => match *message {
                EngineMessage::Decision { decision, .. } => Some(decision),
                _ => None,
            },
            _ => None,
        })
        .collect()
}

#[test]
fn who_is_told_to_have_joined_twice_is_one_party_to_the_law_too() {
    let mut engine = engine();
    open(&mut engine, 1).unwrap();
    let mut join = |key: &str| {
        let message =
            PageMessage::PartyJoined { call_id: call_id(1), key: key.to_owned(), event_age_ms: 0.0 };
        decisions(engine.page_message(message, at(10.0), &mut || Ok(7)).unwrap())
    };
    let known = |decisions: &[callseal::jurisdiction::Decision]| {
        decisions.last().unwrap().findings.iter().filter_map(|finding| finding.party).max()
    };
    assert_eq!(known(&join("a")), Some(2));
    assert!(join("a").is_empty());
    assert_eq!(known(&join("b")), Some(3));
    for number in 0..40 {
        join(&number.to_string());
    }
    assert!(join("one more").is_empty(), "who cannot be asked is no party to the law either");
}
