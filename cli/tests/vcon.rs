//! `callseal vcon`, as a script sees it: files, output, exit codes.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "test code")]

#[path = "../../tests/support/evidence.rs"]
mod evidence;

use callseal::names::ObjectName;
use callseal::seal::PrivateKey;
use callseal::vcon::{Amendment, SignedVcon, Vcon, amend, encrypt, sign};
use evidence::{ANSWERED_AT_MS, CALL_ID, call_id, recorded, signer, withdrawal};
use std::fs;
use std::process::{Command, Output};
use tempfile::TempDir;

/// A call's folder with two versions of its vCon, and the key.
struct Stored {
    folder: TempDir,
    versions: [SignedVcon; 2],
}

impl Stored {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let owner = PrivateKey::generate().unwrap();
        fs::write(folder.path().join("key.jwk"), owner.to_jwk().as_bytes()).unwrap();
        let first = Vcon::build(&recorded()).unwrap();
        let amendment = Amendment {
            call_id: call_id(),
            version: 2,
            at_ms: ANSWERED_AT_MS,
            previous: None,
            withdrawals: vec![withdrawal(1)],
        };
        let second = amend(&first, &amendment).unwrap();
        let versions = [first, second].map(|vcon| sign(&vcon, &signer().1, evidence::sign).unwrap());
        fs::create_dir(folder.path().join(CALL_ID)).unwrap();
        for (version, signed) in (1..).zip(&versions) {
            let name = ObjectName::Vcon { call_id: call_id(), version };
            let jwe = encrypt(signed, &[owner.public().clone()]).unwrap();
            fs::write(folder.path().join(name.to_string()), jwe).unwrap();
        }
        Self { folder, versions }
    }

    fn run(&self, more: &[&str]) -> Output {
        let arguments = [&["vcon", CALL_ID, "--key", "key.jwk", "--out", "out"], more].concat();
        Command::new(env!("CARGO_BIN_EXE_callseal"))
            .current_dir(self.folder.path())
            .args(arguments)
            .output()
            .unwrap()
    }

    fn out(&self) -> Vec<u8> {
        fs::read(self.folder.path().join("out")).unwrap()
    }

    fn assert_refused(&self, more: &[&str], code: i32) {
        let output = self.run(more);
        let sentence = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{sentence}");
        assert!(!self.folder.path().join("out").exists(), "nothing is left behind");
        assert!(!sentence.contains(evidence::CUSTOMER));
    }
}

#[test]
fn opens_the_latest_version_unless_another_is_asked_for() {
    let stored = Stored::new();
    let output = stored.run(&[]);
    let sentence = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{sentence}");
    assert!(sentence.contains("version 2") && sentence.contains("signature was not checked"));
    assert_eq!(stored.out(), stored.versions[1].vcon().to_json().unwrap());
    assert!(stored.run(&["--n", "1"]).status.success());
    assert_eq!(stored.out(), stored.versions[0].vcon().to_json().unwrap());
    assert!(stored.run(&["--n", "1", "--signed"]).status.success());
    assert_eq!(stored.out(), stored.versions[0].to_json());
}

#[cfg(unix)]
#[test]
fn the_opened_vcon_is_readable_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let stored = Stored::new();
    assert!(stored.run(&[]).status.success());
    let mode = fs::metadata(stored.folder.path().join("out")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn says_why_it_cannot_open_one() {
    let stored = Stored::new();
    stored.assert_refused(&["--n", "3"], 2);
    stored.assert_refused(&["--n", "0"], 2);
    let object = |version: u32| stored.folder.path().join(format!("{CALL_ID}/vcon.{version}.jwe.json"));
    fs::copy(object(1), object(3)).unwrap();
    stored.assert_refused(&["--n", "3"], 13);
    let content = fs::read(object(1)).unwrap();
    fs::write(object(1), &content[..content.len() - 9]).unwrap();
    stored.assert_refused(&["--n", "1"], 11);
    fs::write(stored.folder.path().join("key.jwk"), PrivateKey::generate().unwrap().to_jwk().as_bytes())
        .unwrap();
    stored.assert_refused(&["--n", "2"], 10);
}

#[test]
fn a_call_without_a_vcon_is_told() {
    let stored = Stored::new();
    for version in [1, 2] {
        fs::remove_file(stored.folder.path().join(format!("{CALL_ID}/vcon.{version}.jwe.json"))).unwrap();
    }
    stored.assert_refused(&[], 2);
}
