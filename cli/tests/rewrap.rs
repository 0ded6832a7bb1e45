//! `callseal rewrap`: other recipients for stored calls, as a script sees it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "test code")]

#[path = "../../tests/support/call.rs"]
mod call;
#[path = "../../tests/support/evidence.rs"]
mod evidence;
#[path = "support/stored.rs"]
mod stored;
#[path = "../../tests/support/stored_vcon.rs"]
mod stored_vcon;

use call::Call;
use callseal::ledger::ExposureEffect;
use callseal::seal::sha256_hex;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Output;
use stored::{Stored, run_in};

const TO_NEW: &[&str] = &["--key", "key.jwk", "--recipient", "new.public.jwk"];
const PROVED: &[&str] = &["--new-key", "new.jwk", "--destroy-old"];

/// A stored call and the key pair of a new recipient.
fn with_new(call: Call) -> Stored {
    let stored = Stored::new(call);
    assert!(run_in(stored.folder.path(), &["keygen", "--out", "new.jwk"]).status.success());
    stored
}

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

/// Every file of a folder with its hash.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let hash = sha256_hex(&fs::read(&path).unwrap());
            found.insert(path.to_str().unwrap().to_owned(), hash);
        }
    }
    found
}

fn media(files: &BTreeMap<String, String>) -> BTreeMap<&String, &String> {
    files.iter().filter(|(name, _)| !name.ends_with(".jwe.json")).collect()
}

fn report(stored: &Stored, key: &str) -> Value {
    let output = stored.run("verify", &["--key", key, "--json"]);
    serde_json::from_slice(&output.stdout).unwrap()
}

fn opens(stored: &Stored, key: &str) -> Option<i32> {
    code(&stored.run("open", &["--key", key, "--out", "out.ogg"]))
}

#[test]
fn new_envelopes_and_vcons_open_for_both_and_no_object_that_was_there_changes() {
    let stored = with_new(Call::signed_with_vcon());
    assert_eq!(opens(&stored, "new.jwk"), Some(10));
    let before = files(&stored.call_folder());
    let output = stored.run("rewrap", &[TO_NEW, &["--json"]].concat());
    assert_eq!(code(&output), Some(0), "{output:?}");
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["done"], json!({"rewrapped": 3, "already": 0, "proved": 0, "destroyed": 0}));
    let after = files(&stored.call_folder());
    assert!(before.iter().all(|(name, hash)| after.get(name) == Some(hash)));
    assert_eq!(after.len(), before.len() + 3);
    for name in ["0/000000.v2.jwe.json", "0/000001.v2.jwe.json", "vcon.1.v2.jwe.json"] {
        assert!(stored.object(name).exists(), "{name}");
    }
    for key in ["key.jwk", "new.jwk"] {
        assert_eq!(opens(&stored, key), Some(0), "{key}");
        let report = report(&stored, key);
        assert_eq!((&report["ok"], &report["level"]), (&json!(true), &json!("intact")), "{report}");
        assert_eq!(report["vcons"].as_array().unwrap().len(), 1, "{report}");
        assert_eq!(code(&stored.run("vcon", &["--key", key])), Some(0));
    }
    assert_eq!(code(&stored.run("verify", &[])), Some(0));
}

#[test]
fn when_the_old_ones_are_destroyed_only_the_new_recipient_opens_the_same_media() {
    let stored = with_new(Call::signed_with_vcon());
    let before = files(&stored.call_folder());
    let first = fs::read(stored.object("0/000000.v1.jwe.json")).unwrap();
    let output = stored.run("rewrap", &[TO_NEW, PROVED, &["--json"]].concat());
    assert_eq!(code(&output), Some(0), "{output:?}");
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["done"], json!({"rewrapped": 3, "already": 0, "proved": 3, "destroyed": 3}));
    let after = files(&stored.call_folder());
    assert_eq!(media(&before), media(&after), "no media, no ledger");
    assert!(!after.values().any(|hash| *hash == sha256_hex(&first)), "the old envelope's bytes are gone");
    assert_eq!((opens(&stored, "new.jwk"), opens(&stored, "key.jwk")), (Some(0), Some(10)));
    let report = report(&stored, "new.jwk");
    assert_eq!((&report["ok"], &report["level"]), (&json!(true), &json!("intact")), "{report}");
}

#[test]
fn an_interrupted_run_is_simply_repeated() {
    let stored = with_new(Call::signed_with_vcon());
    stored.run("rewrap", TO_NEW);
    fs::remove_file(stored.object("0/000001.v2.jwe.json")).unwrap();
    let output = stored.run("rewrap", &[TO_NEW, PROVED, &["--json"]].concat());
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["done"], json!({"rewrapped": 1, "already": 2, "proved": 3, "destroyed": 3}));
    // Half of the old ones are gone: the old key opens nothing any more, and is not needed.
    let again = stored.run("rewrap", &[TO_NEW, PROVED, &["--json"]].concat());
    let told: Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!(told["done"], json!({"rewrapped": 0, "already": 3, "proved": 3, "destroyed": 0}));
}

#[test]
fn a_call_can_be_rewrapped_again_and_the_highest_version_that_opens_counts() {
    let stored = with_new(Call::signed_with_vcon());
    run_in(stored.folder.path(), &["keygen", "--out", "third.jwk"]);
    stored.run("rewrap", &[TO_NEW, PROVED].concat());
    let again = ["--key", "new.jwk", "--recipient", "new.public.jwk", "--recipient", "third.public.jwk"];
    assert_eq!(code(&stored.run("rewrap", &again)), Some(0));
    assert!(stored.object("0/000000.v3.jwe.json").exists() && stored.object("vcon.1.v3.jwe.json").exists());
    fs::remove_file(stored.object("0/000001.v2.jwe.json")).unwrap();
    for key in ["new.jwk", "third.jwk"] {
        assert_eq!(opens(&stored, key), Some(0), "{key}");
        assert_eq!(report(&stored, key)["ok"], json!(true), "{key}");
    }
}

#[test]
fn an_addition_is_sealed_for_the_new_recipients() {
    let stored = with_new(Call::signed_with_vcon());
    run_in(stored.folder.path(), &["keygen", "--signing", "--out", "officer.jwk"]);
    stored.run("rewrap", &[TO_NEW, PROVED].concat());
    let withdraw = ["--key", "new.jwk", "--sign-key", "officer.jwk", "--party", "1"];
    let output = stored.run("withdraw", &withdraw);
    assert_eq!(code(&output), Some(0), "{output:?}");
    let report = report(&stored, "new.jwk");
    assert_eq!((&report["ok"], report["vcons"].as_array().unwrap().len()), (&json!(true), 2), "{report}");
}

#[test]
fn an_envelope_put_in_from_another_segment_or_call_is_a_fault_and_the_audio_opens_by_the_right_one() {
    let stored = with_new(Call::signed_with_vcon());
    stored.run("rewrap", TO_NEW);
    fs::copy(stored.object("0/000000.v2.jwe.json"), stored.object("0/000001.v3.jwe.json")).unwrap();
    let report = report(&stored, "new.jwk");
    assert_eq!(report["errors"].as_array().unwrap().len(), 1, "{report}");
    assert_eq!(report["errors"][0]["code"], "open/swapped");
    assert!(report["errors"][0]["object"].as_str().unwrap().ends_with("0/000001.v3.jwe.json"));
    assert_eq!(opens(&stored, "new.jwk"), Some(13));
}

#[test]
fn nothing_is_destroyed_unless_the_new_key_opens_what_takes_its_place() {
    let stored = with_new(Call::signed_with_vcon());
    run_in(stored.folder.path(), &["keygen", "--out", "third.jwk"]);
    let before = files(&stored.call_folder());
    for (what, more) in [
        ("no new key", vec!["--destroy-old"]),
        ("the key of nobody", vec!["--destroy-old", "--new-key", "third.jwk"]),
        ("the old key", vec!["--destroy-old", "--new-key", "key.jwk"]),
    ] {
        assert_eq!(code(&stored.run("rewrap", &[TO_NEW, &more].concat())), Some(2), "{what}");
        assert_eq!(files(&stored.call_folder()), before, "{what}");
    }
    // Somebody has put an object there that only says that it is for the new recipient.
    let forged = fs::read_to_string(stored.object("0/000000.v1.jwe.json")).unwrap();
    let thumbprint = |name: &str| {
        let jwk: Value = serde_json::from_slice(&fs::read(stored.path(name)).unwrap()).unwrap();
        jwk["kid"].as_str().unwrap().to_owned()
    };
    let forged = forged.replace(&thumbprint("key.jwk"), &thumbprint("new.jwk"));
    fs::write(stored.object("0/000000.v2.jwe.json"), forged).unwrap();
    assert_eq!(code(&stored.run("rewrap", &[TO_NEW, PROVED].concat())), Some(12));
    assert!(stored.object("0/000000.v1.jwe.json").exists() && opens(&stored, "key.jwk") == Some(0));
}

#[test]
fn what_cannot_be_rewrapped_gets_no_new_object() {
    let whole = || with_new(Call::signed_with_vcon());
    let stored = whole();
    assert_eq!(code(&stored.run("rewrap", &["--key", "new.jwk", "--recipient", "new.public.jwk"])), Some(10));
    assert_eq!(code(&stored.run("rewrap", &["--key", "key.jwk"])), Some(2), "for nobody");
    assert_eq!(code(&stored.run("rewrap", &["--key", "key.jwk", "--recipient", "new.jwk"])), Some(2));
    assert_eq!(code(&stored.run("rewrap", &[TO_NEW, &["--recipient", "new.public.jwk"]].concat())), Some(2));
    assert!(!stored.object("0/000000.v2.jwe.json").exists());
    let stored = whole();
    fs::write(stored.object("ledger/000000.jsonl"), "{}\n").unwrap();
    assert_ne!(code(&stored.run("rewrap", TO_NEW)), Some(0));
    let stored = with_new(Call::to_be_shredded(0, 7));
    assert_eq!(code(&stored.run("rewrap", TO_NEW)), Some(17));
    assert!(!stored.object("0/000000.v2.jwe.json").exists());
    let stored = with_new(Call::exposed(ExposureEffect::Destroy, 7));
    assert_eq!(code(&stored.run("rewrap", TO_NEW)), Some(0));
    assert!(stored.object("0/000000.v2.jwe.json").exists());
    assert!(!stored.object("0/000001.v2.jwe.json").exists(), "its key is to be destroyed");
}

#[test]
fn a_whole_store_is_rewrapped_and_what_fails_is_told() {
    let stored = with_new(Call::signed_with_vcon());
    let other = Call::build_as(
        "1b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa",
        callseal::seal::PrivateKey::generate().unwrap(),
        &[call::PartPlan::new(&[60], call::End::Closed)],
    );
    for (name, content) in other.source.iter() {
        let path = stored.path(&name.to_string());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    let arguments = [&["rewrap", ".", "--all"], TO_NEW].concat();
    let output = run_in(stored.folder.path(), &arguments);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(10), "{told}");
    assert!(told.contains("1 of 2 calls are done") && told.contains("call 2 of 2"), "{told}");
    assert_eq!(opens(&stored, "new.jwk"), Some(0));
    assert_eq!(
        code(&run_in(stored.folder.path(), &[&["rewrap", "nowhere", "--all"], TO_NEW].concat())),
        Some(2)
    );
}

#[test]
fn what_an_officer_has_asked_to_be_destroyed_is_wrapped_for_nobody() {
    let stored = with_new(Call::signed_with_vcon());
    assert!(run_in(stored.folder.path(), &["keygen", "--signing", "--out", "officer.jwk"]).status.success());
    let objects = [
        "0/000000.ogg.tink",
        "0/000000.v1.jwe.json",
        "0/000001.ogg.tink",
        "0/000001.v1.jwe.json",
        "vcon.1.jwe.json",
    ];
    let before = objects.map(|name| fs::read(stored.object(name)).unwrap());
    assert_eq!(
        code(&stored.run("shred", &["--sign-key", "officer.jwk", "--reason", "erasure-request"])),
        Some(0)
    );
    // As if the command had been cut off right behind its request.
    fs::remove_file(stored.object("shredded.jws")).unwrap();
    for (name, content) in objects.iter().zip(before) {
        fs::create_dir_all(stored.object(name).parent().unwrap()).unwrap();
        fs::write(stored.object(name), content).unwrap();
    }
    let there = files(&stored.call_folder());
    assert_eq!(code(&stored.run("rewrap", TO_NEW)), Some(17));
    assert_eq!(files(&stored.call_folder()), there, "nothing was written");
}
