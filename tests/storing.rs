//! The rules of what waits for stores, over all calls: access, removal, pictures, several stores.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::collections::BTreeMap;

use callseal::audio::Now;
use callseal::config::Config;
use callseal::engine::{Effect, Engine};
use callseal::message::{EngineMessage, PageMessage};
use callseal::session::report::ReportedObject;
use callseal::store::config::StoreConfig;
use callseal::store::picture::StoreState;
use callseal::store::queue::AttemptOutcome;
use callseal::store::trouble::Trouble;
use serde_json::{Value, json};

const CALL: &str = "0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa";
const LATER: AttemptOutcome = AttemptOutcome::Failed { trouble: Trouble::Unreachable, retry_after_ms: None };

fn engine(where_to: &Value) -> Engine {
    let mut value = json!({
        "recipients": [{
            "kty": "EC", "crv": "P-256",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        }],
        "disclosure": {
            "promptId": "p", "version": 1, "language": "en", "text": "May we?", "url": "/p.wav",
            "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        },
    });
    value.as_object_mut().unwrap().extend(where_to.as_object().unwrap().clone());
    Engine::new(Config::read(value).unwrap().validate().unwrap())
}

fn grants() -> Value {
    json!({
        "store": {"kind": "grants", "url": "/v1/grants", "token": "old"},
        "countersign": {"url": "/v1/heads", "token": "old"},
    })
}

fn at(monotonic_ms: f64) -> Now {
    Now { monotonic_ms, unix_ms: 1_790_000_000_000 + monotonic_ms as u64 }
}

/// A recording of an earlier engine, of these objects of 10 bytes each.
fn with_recording(where_to: &Value, objects: &[&str]) -> Engine {
    let mut engine = engine(where_to);
    let object =
        |rest: &&str| ReportedObject { name: format!("{CALL}/{rest}"), size_bytes: 10, sha256: "00".into() };
    engine.recovered(CALL, objects.iter().map(object).collect(), at(0.0).unix_ms - 1_000, at(0.0));
    engine
}

fn tick(engine: &mut Engine, ms: f64) -> Vec<Effect> {
    engine.tick(at(ms), &mut || None)
}

/// What is to be uploaded, as store and name within the call.
fn uploads(effects: &[Effect]) -> Vec<(usize, String)> {
    let uploads = effects.iter().filter_map(|effect| match effect {
        Effect::Upload { store, object, .. } => Some((*store, object.name[CALL.len() + 1..].to_owned())),
        _ => None,
    });
    uploads.collect()
}

fn posted<T>(effects: &[Effect], pick: impl Fn(&EngineMessage) -> Option<T>) -> Vec<T> {
    let messages = effects.iter().filter_map(|effect| match effect {
        Effect::Post(message) => Some(&**message),
        _ => None,
    });
    messages.filter_map(pick).collect()
}

fn end(engine: &mut Engine, store: usize, rest: &str, outcome: AttemptOutcome, ms: f64) -> Vec<Effect> {
    engine.upload_ended(CALL, store, &format!("{CALL}/{rest}"), outcome, at(ms), 1.0)
}

fn say(engine: &mut Engine, message: PageMessage, ms: f64) -> callseal::Result<Vec<Effect>> {
    engine.page_message(message, at(ms), &mut || Ok(7))
}

#[test]
fn access_that_ran_out_holds_everything_back_and_the_host_is_asked_once() {
    let mut engine = with_recording(&grants(), &["ledger/000000.jsonl", "0/000000.ogg.tink"]);
    assert_eq!(uploads(&tick(&mut engine, 0.0)).len(), 2);
    let mut wanted = Vec::new();
    for name in ["ledger/000000.jsonl", "0/000000.ogg.tink"] {
        let effects = end(&mut engine, 0, name, AttemptOutcome::Denied, 10.0);
        assert!(uploads(&effects).is_empty());
        wanted.extend(posted(&effects, |message| match message {
            EngineMessage::StoreAccessWanted { store } => Some(store.clone()),
            _ => None,
        }));
    }
    assert_eq!(wanted, ["store"]);
    assert_eq!(engine.storage(at(20.0)).stores[0].state, StoreState::AccessDenied);
    assert_eq!(engine.storage(at(20.0)).dead, 0, "it is no fault of the objects");
    assert!(uploads(&tick(&mut engine, 59_000.0)).is_empty());
    // What the host renews counts at once, also for the same server's other task.
    let access = PageMessage::StoreAccess {
        store: "store".into(),
        token: Some("new".into()),
        headers: BTreeMap::new(),
    };
    say(&mut engine, access, 59_100.0).unwrap();
    assert_eq!(uploads(&tick(&mut engine, 59_200.0)).len(), 1, "one first, since it was failing");
    let Some((_, StoreConfig::Grants { token, .. })) = engine.store(0) else { panic!() };
    assert_eq!((token.as_str(), engine.countersign().unwrap().token.as_str()), ("new", "new"));
    let unknown = PageMessage::StoreAccess { store: "x".into(), token: None, headers: BTreeMap::new() };
    assert!(say(&mut engine, unknown, 59_300.0).is_err());
}

#[test]
fn a_store_that_denied_access_is_asked_again_by_itself_after_a_minute() {
    let mut engine = with_recording(&grants(), &["ledger/000000.jsonl"]);
    tick(&mut engine, 0.0);
    end(&mut engine, 0, "ledger/000000.jsonl", AttemptOutcome::Denied, 0.0);
    assert!(uploads(&tick(&mut engine, 59_900.0)).is_empty());
    assert_eq!(uploads(&tick(&mut engine, 60_000.0)).len(), 1);
    end(&mut engine, 0, "ledger/000000.jsonl", AttemptOutcome::Stored, 60_100.0);
    assert!(!engine.knows(CALL));
}

fn two() -> Value {
    json!({"stores": [
        {"name": "primary", "kind": "grants", "url": "/v1/grants", "token": "t"},
        {"name": "archive", "kind": "template", "url": "https://a.example/{name}", "takes": ["audio", "envelopes"]},
    ]})
}

#[test]
fn a_recording_is_stored_when_every_store_has_what_it_takes_and_a_dead_one_holds_up_no_other() {
    let mut engine = with_recording(&two(), &["ledger/000000.jsonl", "0/000000.ogg.tink"]);
    let mut begun = uploads(&tick(&mut engine, 0.0));
    begun.sort();
    let audio = "0/000000.ogg.tink";
    let ledger = "ledger/000000.jsonl";
    assert_eq!(begun, [(0, audio.into()), (0, ledger.into()), (1, audio.to_owned())]);
    end(&mut engine, 1, audio, LATER, 0.0);
    end(&mut engine, 0, ledger, AttemptOutcome::Stored, 0.0);
    let effects = end(&mut engine, 0, audio, AttemptOutcome::Stored, 0.0);
    let is_gone = |effects: &[Effect]| {
        effects.iter().any(|effect| matches!(effect, Effect::Forget { .. } | Effect::ForgetCall(_)))
    };
    assert!(!is_gone(&effects) && engine.knows(CALL), "the archive does not have it");
    let picture = engine.storage(at(0.0));
    assert_eq!(
        (picture.stores[0].state, picture.stores[1].state),
        (StoreState::Working, StoreState::Failing)
    );
    assert_eq!((picture.recordings[0].stored, picture.recordings[0].waiting), (1, 1));
    assert_eq!(picture.oldest_unsent_ms, Some(1_000), "since the call, not since this engine");
    assert_eq!(uploads(&tick(&mut engine, 500.0)), [(1, audio.to_owned())]);
    let effects = end(&mut engine, 1, audio, AttemptOutcome::Stored, 600.0);
    assert!(is_gone(&effects) && !engine.knows(CALL));
}

#[test]
fn only_what_no_store_will_take_may_be_removed_and_only_once_nothing_is_on_its_way() {
    let mut engine = with_recording(&grants(), &["ledger/000000.jsonl", "0/000000.ogg.tink"]);
    tick(&mut engine, 0.0);
    let remove = || PageMessage::RecordingRemove { call_id: CALL.into() };
    let refused = AttemptOutcome::Refused(Trouble::TooLarge);
    end(&mut engine, 0, "0/000000.ogg.tink", refused, 0.0);
    assert_eq!(say(&mut engine, remove(), 1.0).unwrap_err().code(), "storage/still-sending");
    end(&mut engine, 0, "ledger/000000.jsonl", AttemptOutcome::Stored, 2.0);
    let picture = engine.storage(at(3.0));
    assert_eq!((picture.dead, picture.waiting), (1, 0));
    assert_eq!(picture.recordings[0].dead_letters[0].code, "store/too-large");
    // It is tried again on demand, and only then.
    assert!(uploads(&tick(&mut engine, 1e7)).is_empty());
    let effects = say(&mut engine, PageMessage::StoreRetry { call_id: None }, 1e7).unwrap();
    assert_eq!(uploads(&effects).len(), 1);
    assert!(say(&mut engine, remove(), 1e7).is_err(), "it is on its way");
    end(&mut engine, 0, "0/000000.ogg.tink", refused, 1e7);
    let effects = say(&mut engine, remove(), 1e7).unwrap();
    assert!(effects.iter().any(|effect| matches!(effect, Effect::ForgetCall(_))));
    assert!(!engine.knows(CALL));
    assert_eq!(say(&mut engine, remove(), 1e7).unwrap_err().code(), "call/unknown");
}

#[test]
fn what_stays_in_this_browser_is_shown_and_not_let_go() {
    let mut engine = with_recording(&json!({"store": {"kind": "local"}}), &["ledger/000000.jsonl"]);
    let effects = tick(&mut engine, 0.0);
    assert!(uploads(&effects).is_empty() && engine.knows(CALL));
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::ForgetCall(_))));
    let picture = engine.storage(at(1.0));
    assert!(picture.recordings[0].kept && picture.waiting == 0 && picture.spool.used_bytes == 10);
    let effects = say(&mut engine, PageMessage::RecordingRemove { call_id: CALL.into() }, 2.0).unwrap();
    assert!(effects.iter().any(|effect| matches!(effect, Effect::ForgetCall(_))));
    assert_eq!(engine.storage(at(3.0)).spool.used_bytes, 0);
}

#[test]
fn a_picture_is_told_when_something_changes_and_every_five_seconds_while_something_waits() {
    let told = |effects: &[Effect]| {
        posted(effects, |message| matches!(message, EngineMessage::Storage { .. }).then_some(())).len()
    };
    let mut engine = with_recording(&grants(), &["ledger/000000.jsonl"]);
    assert_eq!(told(&tick(&mut engine, 0.0)), 1);
    assert_eq!(told(&tick(&mut engine, 100.0)), 0);
    assert_eq!(told(&tick(&mut engine, 5_000.0)), 1);
    end(&mut engine, 0, "ledger/000000.jsonl", LATER, 5_100.0);
    assert_eq!(told(&tick(&mut engine, 5_200.0)), 1);
    let waiting = uploads(&tick(&mut engine, 6_000.0));
    assert_eq!(waiting.len(), 1);
    end(&mut engine, 0, "ledger/000000.jsonl", AttemptOutcome::Stored, 6_100.0);
    assert_eq!(told(&tick(&mut engine, 6_200.0)), 1);
    assert_eq!(told(&tick(&mut engine, 60_000.0)), 0, "nothing waits");
}

#[test]
fn a_spool_that_is_full_is_told_once_and_again_when_it_was_free_meanwhile() {
    let full = |effects: &[Effect]| {
        posted(effects, |message| matches!(message, EngineMessage::SpoolFull { .. }).then_some(())).len()
    };
    let mut engine = engine(&grants());
    engine.left_on_disk(0);
    assert_eq!(full(&tick(&mut engine, 0.0)), 1);
    assert_eq!(full(&tick(&mut engine, 100.0)), 0);
    assert!(engine.storage(at(100.0)).spool.full);
    engine.left_on_disk(u64::MAX);
    assert_eq!(full(&tick(&mut engine, 200.0)), 0);
    engine.left_on_disk(0);
    assert_eq!(full(&tick(&mut engine, 300.0)), 1);
}
