//! `callseal vcon`, as a script sees it: files, output, exit codes.
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
use callseal::seal::{PrivateKey, SigningKey};
use callseal::vcon::encrypt;
use serde_json::{Value, json};
use std::fs;
use stored::Stored;
use stored_vcon::{certified, device};

/// Asserts that a call is refused with this status and code, that nothing of it is printed and no file is left.
fn assert_refused(call: Call, more: &[&str], status: i32, code: &str) {
    let stored = Stored::new(call);
    for out in [&[][..], &["--out", "out"], &["--out", "out", "--json"], &["--signed"]] {
        let output = stored.run("vcon", &[&["--key", "key.jwk"], more, out].concat());
        let sentence = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(status), "{sentence}");
        assert_eq!(sentence.lines().count(), 1, "{sentence}");
        assert!(sentence.contains(&format!("[{code}]")), "{sentence}");
        assert!(output.stdout.is_empty(), "nothing is printed");
        assert!(!stored.path("out").exists(), "nothing is left behind");
        assert!(!sentence.contains("Canary"), "{sentence}");
    }
    let verified = stored.run("verify", &["--key", "key.jwk", "--json"]);
    assert_eq!(verified.status.code(), Some(status));
    let report: Value = serde_json::from_slice(&verified.stdout).unwrap();
    assert_eq!(report["errors"][0]["code"], code);
    assert!(!String::from_utf8(verified.stdout).unwrap().contains("Canary"));
}

#[test]
fn prints_a_vcon_that_holds_and_says_who_signed_it() {
    let stored = Stored::new(Call::signed_with_vcon());
    let output = stored.run("vcon", &["--key", "key.jwk"]);
    let sentence = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{sentence}");
    let vcon: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(&vcon, stored.call.signed_vcon(1).vcon().content());
    let device = device().public().thumbprint();
    assert!(
        sentence.contains("vCon 1: signed by the call's recorder") && sentence.contains(&device),
        "{sentence}"
    );
    assert!(sentence.contains("intact"), "{sentence}");

    assert!(stored.run("vcon", &["--key", "key.jwk", "--signed", "--out", "out"]).status.success());
    assert_eq!(fs::read(stored.path("out")).unwrap(), stored.call.signed_vcon(1).to_json());
    let told = stored.run("vcon", &["--key", "key.jwk", "--out", "out", "--json", "--device", &device]);
    let account: Value = serde_json::from_slice(&told.stdout).unwrap();
    let expected = (&json!(1), &json!("call"), &json!(device), &json!("known_device"), &json!(false));
    let told = (
        &account["version"],
        &account["signed_by"],
        &account["certified_by"],
        &account["level"],
        &account["rebuilt"],
    );
    assert_eq!(told, expected, "{account}");
    assert_eq!(fs::read(stored.path("out")).unwrap(), stored.call.signed_vcon(1).vcon().to_json().unwrap());
    assert_eq!(
        stored.run("vcon", &["--key", "key.jwk", "--json"]).status.code(),
        Some(2),
        "both on one output"
    );
}

#[test]
fn verify_tells_of_the_vcon_that_holds() {
    let stored = Stored::new(Call::signed_with_vcon());
    let report: Value =
        serde_json::from_slice(&stored.run("verify", &["--key", "key.jwk", "--json"]).stdout).unwrap();
    assert_eq!((&report["ok"], &report["vcons"][0]["version"]), (&json!(true), &json!(1)));
    let human = String::from_utf8(stored.run("verify", &["--key", "key.jwk"]).stdout).unwrap();
    assert!(human.contains("vCon 1: signed by the call's recorder"), "{human}");
    let human = String::from_utf8(stored.run("verify", &[]).stdout).unwrap();
    assert!(!human.contains("vCon 1") && human.contains("content not verified"), "{human}");
}

#[test]
fn a_changed_payload_is_refused() {
    let mut call = Call::signed_with_vcon();
    let other = call.signed_vcon(1).vcon().clone();
    let other = stored_vcon::changed(&other, |vcon| vcon["parties"][1]["name"] = json!("Canary Somebody"));
    let other = stored_vcon::signed(&other, &SigningKey::from_random(&[9; 32]).unwrap(), &device(), call.id);
    let other: Value = serde_json::from_slice(other.to_json()).unwrap();
    call.change_jws(1, |jws| jws["payload"] = other["payload"].clone());
    assert_refused(call, &[], 12, "vcon/signature");
}

#[test]
fn a_changed_signature_is_refused() {
    let mut call = Call::signed_with_vcon();
    call.change_jws(1, |jws| {
        let signature = jws["signatures"][0]["signature"].as_str().unwrap();
        let other = if signature.starts_with('A') { "B" } else { "A" };
        jws["signatures"][0]["signature"] = json!(format!("{other}{}", &signature[1..]));
    });
    assert_refused(call, &[], 12, "vcon/signature");
}

#[test]
fn exchanged_certificates_are_refused() {
    let mut call = Call::signed_with_vcon();
    let other = certified(&SigningKey::from_random(&[9; 32]).unwrap(), &device(), call.id);
    call.change_jws(1, |jws| jws["signatures"][0]["header"]["x5c"] = json!(other));
    assert_refused(call, &[], 12, "vcon/signature");
}

#[test]
fn the_vcon_of_another_call_is_refused() {
    let mut call = Call::signed_with_vcon();
    let mut other = Call::build_as(
        "1b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa",
        PrivateKey::generate().unwrap(),
        &[call::PartPlan::new(&[60], call::End::Closed)],
    );
    let vcon = callseal::vcon::Vcon::build(&stored_vcon::evidence_of(&other)).unwrap();
    let signed = stored_vcon::signed(&vcon, &stored_vcon::call_key(), &device(), other.id);
    other.put_vcon(1, &signed);
    call.put_vcon(1, &signed);
    assert_refused(call, &[], 13, "open/swapped");
}

#[test]
fn a_device_or_server_that_does_not_vouch_for_it_is_refused() {
    let stored = Stored::new(Call::signed_with_vcon());
    let other = SigningKey::from_random(&[9; 32]).unwrap().public();
    fs::write(stored.path("other.jwk"), other.to_jwk().to_string()).unwrap();
    for option in ["--device", "--server"] {
        let output = stored.run("vcon", &["--key", "key.jwk", option, "other.jwk"]);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(12), 0), "{option}");
    }
}

#[cfg(unix)]
#[test]
fn the_opened_vcon_is_readable_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let stored = Stored::new(Call::signed_with_vcon());
    assert!(stored.run("vcon", &["--key", "key.jwk", "--out", "out"]).status.success());
    assert_eq!(fs::metadata(stored.path("out")).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn says_why_it_cannot_open_one() {
    assert_refused_alone(Call::signed_with_vcon(), &["--n", "2"], 2);
    assert_refused_alone(Call::signed_with_vcon(), &["--n", "0"], 2);
    assert_refused_alone(Call::signed(&device()), &[], 2);
    let mut call = Call::signed_with_vcon();
    let name = call.vcon(1);
    call.change(name, |content| content.truncate(content.len() - 9));
    assert_refused(call, &[], 11, "open/truncated");
    let mut call = Call::signed_with_vcon();
    let stranger = PrivateKey::generate().unwrap();
    let object = encrypt(&call.signed_vcon(1), &[stranger.public().clone()]).unwrap();
    call.source.insert(name, object);
    assert_refused(call, &[], 10, "open/wrong-key");
}

/// The same for what is no damage of the call.
fn assert_refused_alone(call: Call, more: &[&str], status: i32) {
    let stored = Stored::new(call);
    let output = stored.run("vcon", &[&["--key", "key.jwk"], more].concat());
    assert_eq!((output.status.code(), output.stdout.len()), (Some(status), 0));
}
