//! `callseal shred`, `hold` and `release`, as a script sees them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "test code")]

#[path = "../../tests/support/call.rs"]
mod call;
#[path = "../../tests/support/evidence.rs"]
mod evidence;
#[path = "support/stored.rs"]
mod stored;
#[path = "../../tests/support/stored_vcon.rs"]
mod stored_vcon;

use call::{Call, End, PartPlan};
use callseal::names::CallId;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::process::Output;
use stored::{Stored, run_in};

const SHRED: &[&str] = &["--sign-key", "officer.jwk", "--reason", "erasure-request"];
const HOLD: &[&str] = &["--sign-key", "officer.jwk", "--reason", "legal-claim"];

/// A stored call, an officer's key and a stranger's.
fn with_officer(call: Call) -> Stored {
    let stored = Stored::new(call);
    for name in ["officer.jwk", "stranger.jwk"] {
        assert!(run_in(stored.folder.path(), &["keygen", "--signing", "--out", name]).status.success());
    }
    stored
}

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

fn report(stored: &Stored, more: &[&str]) -> Value {
    serde_json::from_slice(&stored.run("verify", &[&["--json"], more].concat()).stdout).unwrap()
}

/// Every file's content below a folder.
fn contents(folder: &Path) -> Vec<Vec<u8>> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| if path.is_dir() { contents(&path) } else { vec![fs::read(path).unwrap()] })
        .collect()
}

#[test]
fn an_officers_request_destroys_the_call_and_is_confirmed_when_nothing_is_left() {
    let stored = with_officer(Call::signed_with_vcon());
    let gone: Vec<Vec<u8>> = ["0/000000.ogg.tink", "0/000000.v1.jwe.json", "vcon.1.jwe.json"]
        .map(|name| fs::read(stored.object(name)).unwrap())
        .into();
    let ledger = fs::read(stored.object("ledger/000000.jsonl")).unwrap();
    let output = stored.run("shred", SHRED);
    let told = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(code(&output), Some(0), "{told}");
    assert!(told.find("requested").unwrap() < told.find("confirmed").unwrap(), "{told}");
    let left = contents(stored.folder.path());
    assert!(gone.iter().all(|bytes| !left.contains(bytes)), "no byte of audio, key or vCon is on the disk");
    assert_eq!(fs::read(stored.object("ledger/000000.jsonl")).unwrap(), ledger);
    let report = report(&stored, &["--officer", "officer.public.jwk"]);
    assert_eq!((&report["ok"], &report["level"]), (&json!(true), &json!("shredded")), "{report}");
    assert_eq!(report["orders"][0]["by_known_officer"], json!(true));
    assert_eq!(report["orders"][0]["reason"], "erasure_request");
    assert_eq!(report["shredding"]["requested_by"], report["orders"][0]["officer"]);
    assert_eq!(code(&stored.run("open", &["--key", "key.jwk", "--out", "out.ogg"])), Some(17));
    // Asked again it says the same, and destroys nothing.
    assert_eq!(code(&stored.run("shred", SHRED)), Some(0));
    assert_eq!(contents(stored.folder.path()).len(), left.len());
}

#[test]
fn an_interrupted_shredding_is_told_as_pending_and_goes_on() {
    let stored = with_officer(Call::signed_with_vcon());
    stored.run("shred", SHRED);
    fs::remove_file(stored.object("shredded.jws")).unwrap();
    fs::write(stored.object("0/000001.ogg.tink"), b"left").unwrap();
    let pending = report(&stored, &[]);
    assert_eq!(pending["warnings"][0]["code"], "shred/pending", "{pending}");
    assert_eq!(code(&stored.run("shred", SHRED)), Some(0));
    assert_eq!(
        (&report(&stored, &[])["level"], stored.object("0/000001.ogg.tink").exists()),
        (&json!("shredded"), false)
    );
}

#[test]
fn while_a_call_is_held_nothing_is_shredded() {
    let stored = with_officer(Call::signed_with_vcon());
    let held = stored.run("hold", HOLD);
    assert_eq!(String::from_utf8(held.stdout).unwrap().trim(), format!("{}/hold.1.jws", stored.call.id));
    stored.run("hold", HOLD);
    assert_eq!(code(&stored.run("shred", SHRED)), Some(2));
    assert!(!stored.object("shred.request.jws").exists());
    assert_eq!(code(&stored.run("open", &["--key", "key.jwk", "--out", "out.ogg"])), Some(0));
    assert_eq!(report(&stored, &[])["orders"][1]["in_force"], json!(true));
    assert_eq!(code(&stored.run("release", HOLD)), Some(2), "which of the two?");
    assert_eq!(code(&stored.run("release", &[HOLD, &["--number", "2"]].concat())), Some(0));
    assert_eq!(code(&stored.run("shred", SHRED)), Some(2), "one is left");
    assert_eq!(code(&stored.run("release", HOLD)), Some(0));
    assert_eq!(code(&stored.run("release", HOLD)), Some(2), "none is left");
    assert_eq!(code(&stored.run("shred", SHRED)), Some(0));
    assert_eq!(report(&stored, &[])["level"], "shredded");
    assert_eq!(code(&stored.run("hold", HOLD)), Some(2), "there is nothing to hold");
}

#[test]
fn a_withdrawal_waits_for_the_end_of_the_hold() {
    let stored = with_officer(Call::to_be_shredded(0, 7));
    stored.run("hold", HOLD);
    let report = report(&stored, &["--key", "key.jwk"]);
    assert_eq!((&report["ok"], &report["shredding"]["held"]), (&json!(true), &json!(true)), "{report}");
    assert_eq!(report["warnings"][0]["code"], "shred/held");
}

#[test]
fn who_names_officers_believes_no_other() {
    let stored = with_officer(Call::signed_with_vcon());
    let strangers = ["--sign-key", "stranger.jwk", "--reason", "erasure-request"];
    stored.run("hold", &["--sign-key", "stranger.jwk", "--reason", "legal-claim"]);
    let named = ["--officer", "officer.public.jwk"];
    let told = report(&stored, &named);
    assert_eq!(
        (&told["errors"][0]["code"], &told["orders"]),
        (&json!("ledger/signature"), &Value::Null),
        "{told}"
    );
    fs::remove_file(stored.object("hold.1.jws")).unwrap();
    stored.run("shred", &strangers);
    let told = report(&stored, &named);
    assert_eq!(told["level"], "damaged", "{told}");
    let codes: Vec<&str> =
        told["errors"].as_array().unwrap().iter().map(|error| error["code"].as_str().unwrap()).collect();
    assert!(codes.contains(&"ledger/signature") && codes.contains(&"open/missing-segment"), "{codes:?}");
}

#[test]
fn an_order_of_another_call_or_of_an_earlier_state_is_a_fault() {
    let first = with_officer(Call::signed_with_vcon());
    let id = CallId::parse("1b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa").unwrap();
    let second = with_officer(Call::signed_as(id, &[PartPlan::new(&[60], End::Closed)]));
    first.run("shred", SHRED);
    for name in ["shred.request.jws", "shredded.jws"] {
        fs::copy(first.object(name), second.object(name)).unwrap();
    }
    let told = report(&second, &[]);
    assert_eq!(
        (&told["level"], &told["errors"][0]["code"]),
        (&json!("damaged"), &json!("open/swapped")),
        "{told}"
    );
    assert_eq!(code(&second.run("open", &["--key", "key.jwk", "--out", "out.ogg"])), Some(13));

    // Requested of a ledger that has gone on since.
    let stored = with_officer(Call::whole());
    let chunks = fs::read_dir(stored.object("ledger")).unwrap().count();
    let last = stored.object(&format!("ledger/{:06}.jsonl", chunks - 1));
    let end = fs::read(&last).unwrap();
    fs::remove_file(&last).unwrap();
    stored.run("shred", SHRED);
    assert!(stored.object("shred.request.jws").exists());
    fs::write(&last, end).unwrap();
    let told = report(&stored, &[]);
    assert_eq!(
        (&told["level"], &told["errors"][0]["code"]),
        (&json!("damaged"), &json!("open/corrupt")),
        "{told}"
    );
}

#[test]
fn a_changed_order_is_a_fault_and_a_recipients_key_orders_nothing() {
    let stored = with_officer(Call::signed_with_vcon());
    for key in ["key.jwk", "officer.public.jwk"] {
        let output = stored.run("shred", &["--sign-key", key, "--reason", "erasure-request"]);
        assert_eq!(code(&output), Some(2), "{key}");
    }
    assert_eq!(code(&stored.run("shred", &["--sign-key", "officer.jwk"])), Some(2), "no reason");
    assert_eq!(code(&stored.run("shred", &["--sign-key", "officer.jwk", "--reason", "was angry"])), Some(2));
    assert_eq!(
        contents(&stored.call_folder()).len(),
        Stored::new(Call::signed_with_vcon()).call.source.iter().count()
    );
    stored.run("hold", HOLD);
    let name = stored.object("hold.1.jws");
    let order = fs::read_to_string(&name).unwrap();
    let (input, signature) = order.rsplit_once('.').unwrap();
    let swap = if signature.starts_with('A') { "B" } else { "A" };
    fs::write(&name, format!("{input}.{swap}{}", &signature[1..])).unwrap();
    assert_eq!(report(&stored, &[])["errors"][0]["code"], "ledger/signature");
}
