//! The commands keygen, open, verify and inspect, as a script sees them: files, output, exit codes.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "test code"
)]

#[path = "../../tests/support/call.rs"]
mod call;
#[path = "support/stored.rs"]
mod stored;

use call::{Call, End, PartPlan};
use callseal::seal::{PrivateKey, RecipientKey, SigningKey};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Output;
use stored::{Stored, run_in};
use tempfile::TempDir;

impl Stored {
    fn open(&self, more: &[&str]) -> Output {
        self.run("open", &[&["--key", "key.jwk", "--out", "out.ogg"], more].concat())
    }

    /// Asserts the exit code of every command, that it says why in one line, and that it leaves no file behind.
    fn assert_refused(&self, code: i32) {
        let before = fs::read_dir(self.folder.path()).unwrap().count();
        for output in
            [self.open(&[]), self.run("verify", &["--key", "key.jwk"]), self.run("verify", &["--json"])]
        {
            let sentence = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(code), "{sentence}");
            assert_eq!(sentence.trim_end().lines().count(), 1, "{sentence}");
        }
        assert_eq!(fs::read_dir(self.folder.path()).unwrap().count(), before, "nothing half-written is left");
    }
}

fn edit(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut content = fs::read(path).unwrap();
    change(&mut content);
    fs::write(path, content).unwrap();
}

#[test]
fn a_whole_call_opens_verifies_and_is_inspected() {
    let stored = Stored::new(Call::whole());
    assert_eq!(stored.open(&[]).status.code(), Some(0));
    assert!(fs::read(stored.path("out.ogg")).unwrap().starts_with(b"OggS"));

    let verified = stored.run("verify", &["--key", "key.jwk", "--json"]);
    assert_eq!(verified.status.code(), Some(0));
    let report: Value = serde_json::from_slice(&verified.stdout).unwrap();
    assert_eq!((&report["ok"], &report["level"]), (&Value::Bool(true), &Value::from("intact")));
    assert_eq!(stored.run("verify", &[]).status.code(), Some(0));

    let inspected = stored.run("inspect", &["--json"]);
    let shown: Value = serde_json::from_slice(&inspected.stdout).unwrap();
    let segment = &shown["parts"][0]["segments"][1];
    assert_eq!(segment["associated_data"], format!("callseal/1/{}/0/000001", stored.call.id));
    assert_eq!(stored.run("inspect", &[]).status.code(), Some(0));
}

#[test]
fn a_copy_of_the_folder_under_another_name_opens_too() {
    let stored = Stored::new(Call::whole());
    fs::rename(stored.call_folder(), stored.path("copy")).unwrap();
    let output = run_in(stored.folder.path(), &["open", "copy", "--key", "key.jwk", "--out", "out.ogg"]);
    assert_eq!(output.status.code(), Some(0));
    let inside = run_in(&stored.path("copy"), &["verify", ".", "--key", "../key.jwk"]);
    assert_eq!(inside.status.code(), Some(0));
}

#[test]
fn status_10_wrong_key() {
    let stored = Stored::new(Call::whole());
    let stranger = PrivateKey::generate().unwrap();
    fs::write(stored.path("key.jwk"), stranger.to_jwk().as_bytes()).unwrap();
    for output in [stored.open(&[]), stored.run("verify", &["--key", "key.jwk"])] {
        assert_eq!(output.status.code(), Some(10));
    }
    assert!(!stored.path("out.ogg").exists());
}

#[test]
fn status_11_truncated() {
    let stored = Stored::new(Call::whole());
    edit(&stored.object("0/000001.ogg.tink"), |content| content.truncate(4096));
    stored.assert_refused(11);
}

#[test]
fn status_11_ledger_without_end() {
    let stored = Stored::new(Call::whole());
    fs::remove_file(stored.object("ledger/000003.jsonl")).unwrap();
    stored.assert_refused(11);
}

#[test]
fn status_12_corrupt() {
    let stored = Stored::new(Call::whole());
    edit(&stored.object("0/000001.ogg.tink"), |content| content[100] ^= 1);
    stored.assert_refused(12);
}

#[test]
fn status_13_swapped() {
    let stored = Stored::new(Call::whole());
    let (one, other) = (stored.object("0/000000.ogg.tink"), stored.object("0/000001.ogg.tink"));
    let content = fs::read(&one).unwrap();
    fs::copy(&other, &one).unwrap();
    fs::write(&other, content).unwrap();
    stored.assert_refused(13);
}

#[test]
fn status_14_missing_segment_unless_allowed() {
    let stored = Stored::new(Call::whole());
    fs::remove_file(stored.object("0/000001.ogg.tink")).unwrap();
    stored.assert_refused(14);
    assert_eq!(stored.open(&["--allow-unterminated"]).status.code(), Some(14));
    assert_eq!(stored.open(&["--allow-missing"]).status.code(), Some(0));
}

#[test]
fn status_15_missing_envelope_unless_allowed() {
    let stored = Stored::new(Call::whole());
    fs::remove_file(stored.object("0/000001.v1.jwe.json")).unwrap();
    stored.assert_refused(15);
    assert_eq!(stored.open(&["--allow-missing"]).status.code(), Some(0));
}

#[test]
fn status_16_unterminated_unless_allowed() {
    let stored = Stored::new(Call::cut());
    stored.assert_refused(16);
    let report: Value = serde_json::from_slice(&stored.run("verify", &["--json"]).stdout).unwrap();
    assert_eq!(report["level"], "cut");
    assert_eq!(stored.open(&["--allow-unterminated"]).status.code(), Some(0));
}

#[test]
fn status_2_for_input_that_cannot_be_read() {
    let stored = Stored::new(Call::whole());
    let folder = stored.call_folder();
    let folder = folder.to_str().unwrap();
    fs::write(stored.path("text"), "no JSON").unwrap();
    fs::write(stored.path("public.jwk"), stored.call.owner.public().to_jwk().to_string()).unwrap();
    fs::create_dir(stored.path("empty")).unwrap();
    for arguments in [
        &["open", folder, "--key", "absent", "--out", "out.ogg"][..],
        &["open", folder, "--key", "text", "--out", "out.ogg"],
        &["open", folder, "--key", "public.jwk", "--out", "out.ogg"],
        &["open", "absent", "--key", "key.jwk", "--out", "out.ogg"],
        &["open", "text", "--key", "key.jwk", "--out", "out.ogg"],
        &["open", "empty", "--key", "key.jwk", "--out", "out.ogg"],
        &["open", folder, "--key", "key.jwk", "--out", "absent/out.ogg"],
        &["open", folder, "--key", "key.jwk"],
        &["verify", "empty"],
        &["inspect", "absent"],
        &["unknown"],
    ] {
        assert_eq!(run_in(stored.folder.path(), arguments).status.code(), Some(2), "{arguments:?}");
    }
    assert!(!stored.path("out.ogg").exists());
}

#[test]
fn an_earlier_recording_survives_a_failed_opening() {
    let stored = Stored::new(Call::whole());
    fs::write(stored.path("out.ogg"), "earlier").unwrap();
    edit(&stored.object("0/000002.ogg.tink"), |content| content[100] ^= 1);
    assert_eq!(stored.open(&[]).status.code(), Some(12));
    assert_eq!(fs::read(stored.path("out.ogg")).unwrap(), b"earlier");
}

#[test]
fn keygen_writes_a_pair_that_seals_and_opens() {
    let folder = TempDir::new().unwrap();
    let made = run_in(folder.path(), &["keygen", "--out", "me.private.jwk"]);
    assert_eq!(made.status.code(), Some(0));
    let private: Value =
        serde_json::from_slice(&fs::read(folder.path().join("me.private.jwk")).unwrap()).unwrap();
    let public: Value =
        serde_json::from_slice(&fs::read(folder.path().join("me.public.jwk")).unwrap()).unwrap();
    assert!(public.get("d").is_none());
    let owner = PrivateKey::from_jwk(&private).unwrap();
    let thumbprint = String::from_utf8(made.stdout).unwrap();
    assert_eq!((thumbprint.trim(), public["kid"].as_str()), (owner.thumbprint(), Some(owner.thumbprint())));
    assert!(!String::from_utf8(made.stderr).unwrap().contains(private["d"].as_str().unwrap()));
    let plans = [PartPlan::new(&[10], End::Closed)];
    let stored = Stored::new(Call::build_as("1b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa", owner, &plans));
    assert_eq!(stored.open(&[]).status.code(), Some(0));
}

#[test]
fn keygen_makes_every_kind_of_pair() {
    let folder = TempDir::new().unwrap();
    for (kind, kty) in [("p256", "EC"), ("x25519", "OKP"), ("rsa3072", "RSA"), ("x-wing", "AKP")] {
        let name = format!("{kind}.private.jwk");
        let made = run_in(folder.path(), &["keygen", "--kind", kind, "--out", &name]);
        assert_eq!(made.status.code(), Some(0), "{kind}");
        let read = |name: String| -> Value {
            serde_json::from_slice(&fs::read(folder.path().join(name)).unwrap()).unwrap()
        };
        let (private, public) = (read(name), read(format!("{kind}.public.jwk")));
        let thumbprint = String::from_utf8(made.stdout).unwrap();
        assert_eq!(public["kty"], kty);
        let (private, public) =
            (PrivateKey::from_jwk(&private).unwrap(), RecipientKey::from_jwk(&public).unwrap());
        assert_eq!(private.public(), &public);
        assert_eq!(thumbprint.trim(), public.thumbprint());
    }
}

#[test]
fn keygen_never_overwrites_a_private_key() {
    let folder = TempDir::new().unwrap();
    assert_eq!(run_in(folder.path(), &["keygen", "--out", "me.jwk"]).status.code(), Some(0));
    let before = fs::read(folder.path().join("me.jwk")).unwrap();
    let public = fs::read(folder.path().join("me.public.jwk")).unwrap();
    assert_eq!(run_in(folder.path(), &["keygen", "--out", "me.jwk"]).status.code(), Some(2));
    assert_eq!(fs::read(folder.path().join("me.jwk")).unwrap(), before);
    assert_eq!(fs::read(folder.path().join("me.public.jwk")).unwrap(), public);
}

#[cfg(unix)]
#[test]
fn private_keys_and_recordings_are_their_owners_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let stored = Stored::new(Call::whole());
    stored.open(&[]);
    run_in(stored.folder.path(), &["keygen", "--out", "me.jwk"]);
    for name in ["out.ogg", "me.jwk"] {
        assert_eq!(fs::metadata(stored.path(name)).unwrap().permissions().mode() & 0o777, 0o600, "{name}");
    }
}

#[test]
fn verify_says_what_the_ledger_proves_and_to_whom() {
    let (device, server) =
        (SigningKey::from_random(&[1; 32]).unwrap(), SigningKey::from_random(&[2; 32]).unwrap());
    let mut call = Call::signed(&device);
    call.countersign(&server);
    let stored = Stored::new(call);
    fs::write(stored.path("server.jwk"), server.public().to_jwk().to_string()).unwrap();
    fs::write(stored.path("other.jwk"), device.public().to_jwk().to_string()).unwrap();
    let thumbprint = device.public().thumbprint();
    let level = |more: &[&str], expected: Value| {
        let output = stored.run("verify", &[more, &["--json"]].concat());
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["evidence"]["level"], expected, "{more:?}");
        assert_eq!(output.status.code(), Some(if expected.is_null() { 12 } else { 0 }), "{more:?}");
        report
    };
    let report = level(&[], "intact".into());
    assert_eq!(report["evidence"]["devices"][0], thumbprint);
    level(&["--device", &thumbprint], "known_device".into());
    level(&["--device", "other.jwk", "--server", "server.jwk"], "countersigned".into());
    level(&["--server", "server.jwk"], "countersigned".into());
    let report = level(&["--device", "server.jwk"], Value::Null);
    assert_eq!(report["errors"][0]["code"], "ledger/signature");
    level(&["--server", "other.jwk"], Value::Null);
    let human = String::from_utf8(stored.run("verify", &["--server", "server.jwk"]).stdout).unwrap();
    assert!(human.contains("evidence countersigned") && human.contains(&thumbprint), "{human}");
    let unsigned = Stored::new(Call::whole());
    let human = String::from_utf8(unsigned.run("verify", &[]).stdout).unwrap();
    assert!(human.contains("evidence unsigned"), "{human}");
    assert_eq!(unsigned.run("verify", &["--device", &thumbprint]).status.code(), Some(12));
    assert_eq!(unsigned.run("verify", &["--device", "nowhere"]).status.code(), Some(2));
}

#[test]
fn a_changed_signature_is_a_fault_of_its_own() {
    let mut call = Call::signed(&SigningKey::from_random(&[1; 32]).unwrap());
    let chunk = call.chunk(1);
    call.change(chunk, |content| {
        let text = String::from_utf8(content.clone()).unwrap();
        let at = text.find("\"sig\":\"").unwrap() + 10;
        content[at] = if content[at] == b'A' { b'B' } else { b'A' };
    });
    let stored = Stored::new(call);
    stored.assert_refused(12);
    let report: Value = serde_json::from_slice(&stored.run("verify", &["--json"]).stdout).unwrap();
    assert_eq!(report["errors"][0]["code"], "ledger/signature");
}

#[test]
fn status_19_sealed_for_somebody_else() {
    let stored = Stored::new(Call::whole());
    fs::write(stored.path("owner.jwk"), stored.call.owner.public().to_jwk().to_string()).unwrap();
    let other = PrivateKey::generate().unwrap();
    let (own, foreign) = (stored.call.owner.thumbprint(), other.thumbprint());
    for more in [
        &["--sealed-for", own][..],
        &["--sealed-for", "owner.jwk"],
        &["--sealed-for", own, "--sealed-for", foreign],
    ] {
        assert_eq!(stored.run("verify", more).status.code(), Some(0), "{more:?}");
    }
    let refused = stored.run("verify", &["--sealed-for", foreign, "--json"]);
    assert_eq!(refused.status.code(), Some(19));
    let report: Value = serde_json::from_slice(&refused.stdout).unwrap();
    let errors = report["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 3, "one for each envelope");
    assert!(errors.iter().all(|error| error["code"] == "open/foreign-recipient"));
    assert!(errors[0]["message"].as_str().unwrap().contains(own));
    for wrong in ["nowhere.jwk", "key.jwk"] {
        assert_eq!(stored.run("verify", &["--sealed-for", wrong]).status.code(), Some(2), "{wrong}");
    }
}
