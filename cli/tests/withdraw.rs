//! `callseal withdraw` and `callseal vcon --rebuild`: what is added to a stored call, as a script sees it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "test code")]

#[path = "../../tests/support/call.rs"]
mod call;
#[path = "../../tests/support/evidence.rs"]
mod evidence;
#[path = "support/schema.rs"]
mod schema;
#[path = "support/stored.rs"]
mod stored;
#[path = "../../tests/support/stored_vcon.rs"]
mod stored_vcon;

use call::{Call, End, PartPlan};
use callseal::seal::PrivateKey;
use callseal::vcon::{encrypt, open};
use schema::assert_is_vcon;
use serde_json::{Value, json};
use std::fs;
use std::process::Output;
use stored::{Stored, run_in};

/// What every withdrawal of these tests says.
const WITHDRAW: &[&str] = &["--key", "key.jwk", "--sign-key", "officer.jwk", "--party", "1"];

/// A stored call and an officer's key.
fn with_officer(call: Call) -> Stored {
    let stored = Stored::new(call);
    let made = run_in(stored.folder.path(), &["keygen", "--signing", "--out", "officer.jwk"]);
    assert!(made.status.success());
    stored
}

fn succeeded(output: Output) -> (Vec<u8>, String) {
    let sentence = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{sentence}");
    assert!(!sentence.contains("Canary"), "{sentence}");
    (output.stdout, sentence)
}

fn shown(stored: &Stored, more: &[&str]) -> Value {
    let (vcon, _) = succeeded(stored.run("vcon", &[&["--key", "key.jwk"], more].concat()));
    assert_is_vcon(&vcon);
    serde_json::from_slice(&vcon).unwrap()
}

fn report(stored: &Stored, more: &[&str]) -> Value {
    let output = stored.run("verify", &[&["--key", "key.jwk", "--json"], more].concat());
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_withdrawal_makes_a_new_version_beside_the_original() {
    let stored = with_officer(Call::signed_with_vcon());
    let first = fs::read(stored.object("vcon.1.jwe.json")).unwrap();
    let before = shown(&stored, &[]);
    let at = ["--at", "2026-09-22T08:00:00Z", "--json"];
    let (told, _) = succeeded(stored.run("withdraw", &[WITHDRAW, &at].concat()));
    let told: Value = serde_json::from_slice(&told).unwrap();
    assert_eq!(told["object"], format!("{}/vcon.2.jwe.json", stored.call.id));
    assert_eq!((&told["vcon"]["signed_by"], &told["vcon"]["withdrawn"]), (&json!("officer"), &json!([1])));

    assert_eq!(fs::read(stored.object("vcon.1.jwe.json")).unwrap(), first, "the original stays as it was");
    assert_is_vcon(&fs::read(stored.object("vcon.2.jwe.json")).unwrap());
    let (latest, original) = (shown(&stored, &[]), shown(&stored, &["--original"]));
    assert_eq!((&original, &shown(&stored, &["--n", "1"])), (&before, &before));
    assert_eq!(latest["amended"], json!({"uuid": before["uuid"]}));
    let added = latest["attachments"].as_array().unwrap().last().unwrap();
    assert_eq!((&added["purpose"], &added["party"]), (&json!("lawful_basis"), &json!(1)));
    assert_eq!(added["start"], "2026-09-22T08:00:00.000Z");
    let grants = added["body"]["purpose_grants"].as_array().unwrap();
    assert!(!grants.is_empty() && grants.iter().all(|grant| grant["granted"] == false));
    assert_eq!(added["body"]["proof_mechanisms"][0]["timestamp"], "2026-09-22T08:00:00.000Z");
    let (signed, _) = succeeded(stored.run("vcon", &["--key", "key.jwk", "--signed"]));
    assert_is_vcon(&signed);

    let report = report(&stored, &[]);
    assert_eq!((&report["ok"], &report["level"]), (&json!(true), &json!("intact")), "{report}");
    assert_eq!(report["vcons"].as_array().unwrap().len(), 2);
    let human = String::from_utf8(stored.run("verify", &["--key", "key.jwk"]).stdout).unwrap();
    assert!(
        human.contains("vCon 2: signed by an officer") && human.contains("withdrawn by party 1"),
        "{human}"
    );
}

#[test]
fn an_amendment_can_be_amended_again() {
    let stored = with_officer(Call::signed_with_vcon());
    succeeded(stored.run("withdraw", WITHDRAW));
    succeeded(stored.run("withdraw", &[WITHDRAW, &["--effect", "shred"]].concat()));
    succeeded(stored.run("withdraw", &[WITHDRAW, &["--until", "2999-01-01"]].concat()));
    let (second, fourth) = (shown(&stored, &["--n", "2"]), shown(&stored, &[]));
    assert_eq!(shown(&stored, &["--n", "3"])["amended"]["uuid"], second["uuid"]);
    let conditions =
        fourth["attachments"].as_array().unwrap().last().unwrap()["body"]["purpose_grants"][0]["conditions"]
            .clone();
    assert_eq!(
        conditions,
        json!([
            "withdrawn",
            "method:host_assertion",
            "effect:stop_and_keep_until",
            "until:2999-01-01T00:00:00.000Z"
        ])
    );
    assert_eq!(report(&stored, &[])["ok"], json!(true));
}

#[test]
fn a_reader_who_names_officers_believes_no_other() {
    let stored = with_officer(Call::signed_with_vcon());
    succeeded(stored.run("withdraw", WITHDRAW));
    let known = report(&stored, &["--officer", "officer.public.jwk"]);
    assert_eq!((&known["ok"], &known["vcons"][1]["level"]), (&json!(true), &json!("known_officer")));
    run_in(stored.folder.path(), &["keygen", "--signing", "--out", "other.jwk"]);
    let unknown = report(&stored, &["--officer", "other.public.jwk"]);
    assert_eq!(unknown["errors"][0]["code"], "vcon/signature", "{unknown}");
    let output = stored.run("vcon", &["--key", "key.jwk", "--officer", "other.public.jwk"]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(12), 0));
    // Nor can who is not believed add anything.
    let output = stored.run("withdraw", &[WITHDRAW, &["--officer", "other.public.jwk"]].concat());
    assert_eq!(output.status.code(), Some(12));
    assert!(!stored.object("vcon.3.jwe.json").exists());
}

#[test]
fn the_customer_gets_new_papers_that_show_the_withdrawal() {
    let stored = with_officer(Call::signed_with_vcon());
    let controller = json!({
        "name": "Example Company", "contact": "privacy@company.example",
        "privacyNoticeUrl": "https://company.example/privacy", "retentionDays": 90,
    });
    fs::write(stored.path("controller.json"), controller.to_string()).unwrap();
    let papers =
        ["--papers", "papers", "--controller", "controller.json", "--language", "de", "--effect", "shred"];
    succeeded(stored.run("withdraw", &[WITHDRAW, &papers].concat()));
    let receipt = fs::read_to_string(stored.path("papers/receipt.1.html")).unwrap();
    assert!(receipt.contains("<html lang=\"de\">") && receipt.contains("class=\"withdrawn\""), "{receipt}");
    assert!(receipt.contains("privacy@company.example") && receipt.contains("Canary Customer"));
    let record: Value =
        serde_json::from_slice(&fs::read(stored.path("papers/consent-record.1.json")).unwrap()).unwrap();
    let states = record["dpv:hasConsentStatus"].as_array().unwrap();
    assert_eq!(states.last().unwrap()["@type"][0], "dpv:ConsentWithdrawn");
    let purposes: Vec<&Value> = record["dpv:hasProcess"]
        .as_array()
        .unwrap()
        .iter()
        .map(|process| &process["dpv:hasPurpose"]["dct:identifier"])
        .collect();
    assert_eq!(purposes, ["recording", "quality", "training"], "those that were agreed to");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(stored.path("papers/receipt.1.html")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    // Papers that cannot be made or written are no reason for an amendment that nobody has a paper of.
    fs::write(stored.path("controller.json"), "{}").unwrap();
    let output = stored.run("withdraw", &[WITHDRAW, &papers].concat());
    assert_eq!(output.status.code(), Some(2));
    fs::write(stored.path("controller.json"), controller.to_string()).unwrap();
    let nowhere = ["--papers", "controller.json/papers", "--controller", "controller.json"];
    assert_eq!(stored.run("withdraw", &[WITHDRAW, &nowhere].concat()).status.code(), Some(2));
    assert!(!stored.object("vcon.3.jwe.json").exists());
}

#[test]
fn what_is_refused_adds_nothing() {
    let stored = with_officer(Call::signed_with_vcon());
    for (what, arguments) in [
        ("the agent", vec!["--key", "key.jwk", "--sign-key", "officer.jwk", "--party", "0"]),
        ("nobody", vec!["--key", "key.jwk", "--sign-key", "officer.jwk", "--party", "7"]),
        ("a recipient's key", vec!["--key", "key.jwk", "--sign-key", "key.jwk", "--party", "1"]),
        ("a public key", vec!["--key", "key.jwk", "--sign-key", "officer.public.jwk", "--party", "1"]),
        ("no officer", vec!["--key", "key.jwk", "--party", "1"]),
        ("the future", [WITHDRAW, &["--at", "2999-01-01"]].concat()),
        ("an end before the withdrawal", [WITHDRAW, &["--until", "2020-01-01"]].concat()),
        ("no time", [WITHDRAW, &["--at", "yesterday"]].concat()),
        ("two effects", [WITHDRAW, &["--effect", "shred", "--until", "2999-01-01"]].concat()),
        ("free text", [WITHDRAW, &["--reason", "was angry"]].concat()),
        ("papers without a controller", [WITHDRAW, &["--papers", "papers"]].concat()),
        ("a recipient who is none", [WITHDRAW, &["--recipient", "stranger.jwk"]].concat()),
    ] {
        fs::write(stored.path("stranger.jwk"), PrivateKey::generate().unwrap().public().to_jwk().to_string())
            .unwrap();
        let output = stored.run("withdraw", &arguments);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{what}");
        assert!(!stored.object("vcon.2.jwe.json").exists(), "{what}");
    }
    assert_eq!(fs::read_dir(stored.call_folder()).unwrap().count(), 3, "two folders and the vCon");
    let without = with_officer(Call::signed(&stored_vcon::device()));
    assert_eq!(without.run("withdraw", WITHDRAW).status.code(), Some(2));
}

#[test]
fn nothing_is_added_to_a_vcon_that_does_not_hold() {
    let mut call = Call::signed_with_vcon();
    let vcon = call.signed_vcon(1).vcon().clone();
    let stranger = callseal::seal::SigningKey::from_random(&[9; 32]).unwrap();
    call.put_vcon(1, &stored_vcon::signed(&vcon, &stranger, &stored_vcon::device(), call.id));
    let stored = with_officer(call);
    assert_eq!(stored.run("withdraw", WITHDRAW).status.code(), Some(12));
    assert!(!stored.object("vcon.2.jwe.json").exists());
}

#[test]
fn an_object_elsewhere_is_written_once_too() {
    let stored = with_officer(Call::signed_with_vcon());
    succeeded(stored.run("withdraw", &[WITHDRAW, &["--out", "new.json"]].concat()));
    assert!(!stored.object("vcon.2.jwe.json").exists());
    let written = fs::read(stored.path("new.json")).unwrap();
    assert_is_vcon(&written);
    let again = stored.run("withdraw", &[WITHDRAW, &["--out", "new.json"]].concat());
    assert_eq!(again.status.code(), Some(2));
    assert_eq!(fs::read(stored.path("new.json")).unwrap(), written);
    fs::copy(stored.path("new.json"), stored.object("vcon.2.jwe.json")).unwrap();
    assert_eq!(report(&stored, &[])["ok"], json!(true));
}

#[test]
fn an_amendment_is_sealed_for_everybody_for_whom_the_call_is() {
    let mut call = Call::signed_with_vcon();
    let other = PrivateKey::generate().unwrap();
    let object =
        encrypt(&call.signed_vcon(1), &[call.owner.public().clone(), other.public().clone()]).unwrap();
    let name = call.vcon(1);
    call.source.insert(name, object);
    let stored = with_officer(call);
    fs::write(stored.path("other.jwk"), other.public().to_jwk().to_string()).unwrap();
    let output = stored.run("withdraw", WITHDRAW);
    let sentence = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(sentence.contains(other.thumbprint()) && sentence.contains("recipient/invalid"), "{sentence}");
    succeeded(stored.run("withdraw", &[WITHDRAW, &["--recipient", "other.jwk"]].concat()));
    let object = fs::read(stored.object("vcon.2.jwe.json")).unwrap();
    assert!(open(&object, &other).is_ok() && open(&object, &stored.call.owner).is_ok());
}

#[test]
fn a_call_that_a_crash_cut_gets_a_vcon_from_its_ledger() {
    let stored = with_officer(Call::cut());
    assert_eq!(stored.run("vcon", &["--key", "key.jwk"]).status.code(), Some(2), "it has none");
    let rebuilt = shown(&stored, &["--rebuild"]);
    assert!(!stored.object("vcon.1.jwe.json").exists(), "only shown");
    let (shown_again, told) =
        succeeded(stored.run("vcon", &["--key", "key.jwk", "--rebuild", "--sign-key", "officer.jwk"]));
    assert!(
        told.contains("wrote") && told.contains("vCon 1, rebuilt from the ledger: signed by an officer"),
        "{told}"
    );
    let mut shown_again: Value = serde_json::from_slice(&shown_again).unwrap();
    shown_again["created_at"] = rebuilt["created_at"].clone();
    assert_eq!(shown_again, rebuilt);
    assert_eq!(shown(&stored, &[])["uuid"], rebuilt["uuid"]);

    let body = |purpose: &str| {
        let attachments = rebuilt["attachments"].as_array().unwrap();
        attachments.iter().find(|attachment| attachment["purpose"] == purpose).unwrap()["body"].clone()
    };
    assert_eq!(body("callseal_recording")["rebuilt_from"], "ledger");
    assert_eq!(body("callseal_recording")["outcome"], "failed");
    assert_eq!(rebuilt["dialog"].as_array().unwrap().len(), 2);
    assert!(rebuilt["dialog"][1].get("duration").is_none(), "nobody knows where a torn segment ends");
    assert_eq!(rebuilt["parties"][1], json!({"type": "person"}));
    assert!(rebuilt["parties"].as_array().unwrap().iter().all(|party| party.get("org").is_none()));

    let report = report(&stored, &[]);
    assert_eq!((&report["level"], &report["vcons"][0]["rebuilt"]), (&json!("cut"), &json!(true)), "{report}");
    let again = stored.run("vcon", &["--key", "key.jwk", "--rebuild", "--sign-key", "officer.jwk"]);
    assert_eq!(again.status.code(), Some(2), "it has one now");
    succeeded(stored.run("withdraw", WITHDRAW));
    assert_eq!(shown(&stored, &[])["amended"]["uuid"], rebuilt["uuid"]);
}

#[test]
fn a_call_that_still_runs_is_not_rebuilt() {
    let stored = with_officer(Call::build(&[PartPlan::new(&[60, 160], End::Running)]));
    let output = stored.run("vcon", &["--key", "key.jwk", "--rebuild"]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(11), 0));
    for arguments in [
        &["--key", "key.jwk", "--sign-key", "officer.jwk"][..],
        &["--key", "key.jwk", "--rebuild", "--signed"],
        &["--key", "key.jwk", "--rebuild", "--original"],
        &["--key", "key.jwk", "--recipient", "officer.public.jwk"],
    ] {
        assert_eq!(stored.run("vcon", arguments).status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn keygen_makes_pairs_that_sign_and_nothing_else() {
    let stored = with_officer(Call::signed_with_vcon());
    let private: Value = serde_json::from_slice(&fs::read(stored.path("officer.jwk")).unwrap()).unwrap();
    assert_eq!((&private["use"], &private["alg"]), (&json!("sig"), &json!("ES256")));
    let public: Value =
        serde_json::from_slice(&fs::read(stored.path("officer.public.jwk")).unwrap()).unwrap();
    assert!(public.get("d").is_none());
    assert_eq!(stored.run("vcon", &["--key", "officer.jwk"]).status.code(), Some(2));
    let again = run_in(stored.folder.path(), &["keygen", "--signing", "--out", "officer.jwk"]);
    assert_eq!(again.status.code(), Some(2), "never overwritten");
}
