//! `callseal verify` on calls with timestamps, which a real authority gave.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "test code"
)]

#[path = "support/authority.rs"]
mod authority;
#[path = "../../tests/support/call.rs"]
mod call;
#[path = "support/stored.rs"]
mod stored;

use authority::{Authority, STAMPS};
use call::Call;
use serde_json::Value;
use std::fs;
use std::process::Output;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::UNIX_EPOCH;
use stored::Stored;

/// Making keys takes a while; what each test puts beside the call is its own.
static AUTHORITY: LazyLock<Mutex<Authority>> = LazyLock::new(|| Mutex::new(Authority::new()));

fn authority() -> MutexGuard<'static, Authority> {
    AUTHORITY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A signed call with its last entry's number and hash.
fn stored() -> (Stored, usize, String) {
    let stored = Stored::new(Call::whole_and_signed());
    let report: Value = serde_json::from_slice(&stored.run("verify", &["--json"]).stdout).unwrap();
    let last = usize::try_from(report["entries"].as_u64().unwrap()).unwrap() - 1;
    (stored, last, report["ledger_head"].as_str().unwrap().to_owned())
}

fn put(stored: &Stored, entry: usize, token: &[u8]) {
    fs::write(stored.object(&format!("ledger/entry.{entry}.tst")), token).unwrap();
}

fn verify(stored: &Stored, authority: &Authority, named: &str) -> (Output, Value) {
    let named = authority.path(named);
    let output = stored.run("verify", &["--json", "--timestamp-authority", named.to_str().unwrap()]);
    let report = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (output, report)
}

/// Asserts that the token does not hold, with this status, and that no time is told.
fn assert_refused(stored: &Stored, authority: &Authority, named: &str, code: i32, why: &str) {
    let (output, report) = verify(stored, authority, named);
    let sentence = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{sentence}");
    assert!(sentence.contains(why), "{sentence}");
    assert_eq!((&report["ok"], report["evidence"].get("timestamps")), (&Value::Bool(false), None));
}

#[test]
fn a_timestamp_is_believed_from_the_authority_its_issuer_or_its_root() {
    let authority = authority();
    let (stored, last, head) = stored();
    put(&stored, last, &authority.token(&head));
    for named in ["root.pem", "between.pem", "signer.pem"] {
        let (output, report) = verify(&stored, &authority, named);
        assert_eq!(output.status.code(), Some(0), "{named}: {}", String::from_utf8_lossy(&output.stderr));
        let timestamp = &report["evidence"]["timestamps"][0];
        assert_eq!(timestamp["entry"], last);
        let now_ms = u64::try_from(UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap();
        assert!(now_ms.abs_diff(timestamp["at_ms"].as_u64().unwrap()) < 60_000);
        // The call is made up, of another day.
        assert_eq!(report["warnings"][0]["code"], "ledger/timestamp-differs");
    }
    let human =
        stored.run("verify", &["--timestamp-authority", authority.path("root.pem").to_str().unwrap()]);
    assert!(String::from_utf8_lossy(&human.stdout).contains("timestamped: entry"));
}

#[test]
fn without_an_authority_a_timestamp_is_told_as_unchecked() {
    let authority = authority();
    let (stored, last, head) = stored();
    put(&stored, last, &authority.token(&head));
    let output = stored.run("verify", &[]);
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        text.contains("unchecked: say --timestamp-authority") && !text.contains("timestamped:"),
        "{text}"
    );
    let report: Value = serde_json::from_slice(&stored.run("verify", &["--json"]).stdout).unwrap();
    assert_eq!(report["evidence"]["timestamps"][0]["at_ms"], Value::Null);
}

#[test]
fn a_call_without_a_timestamp_is_at_fault_if_one_is_asked_for() {
    let authority = authority();
    let (stored, ..) = stored();
    assert_refused(&stored, &authority, "root.pem", 12, "none of the timestamp authorities");
}

#[test]
fn another_authoritys_timestamp_is_refused() {
    let authority = authority();
    let (stored, last, head) = stored();
    put(&stored, last, &authority.token(&head));
    // The same names, other keys.
    assert_refused(&stored, &Authority::new(), "root.pem", 12, "has certified its signer");
}

#[test]
fn a_timestamp_of_another_hash_or_of_a_removed_entry_is_refused() {
    let authority = authority();
    let (stored, last, head) = stored();
    let token = authority.token(&head);
    put(&stored, last - 1, &token);
    assert_refused(&stored, &authority, "root.pem", 13, "of another hash");
    fs::remove_file(stored.object(&format!("ledger/entry.{}.tst", last - 1))).unwrap();
    put(&stored, last + 1, &token);
    assert_refused(&stored, &authority, "root.pem", 11, "which is not here");
    assert_eq!(stored.run("verify", &[]).status.code(), Some(11), "also if nobody asks for an authority");
}

#[test]
fn a_certificate_of_another_purpose_or_time_signs_no_timestamp() {
    let authority = authority();
    let (stored, last, head) = stored();
    let not_critical = STAMPS.replace("extendedKeyUsage=critical,", "extendedKeyUsage=");
    let more = format!("{STAMPS},clientAuth");
    let no_signing = STAMPS.replace("digitalSignature", "keyEncipherment");
    let critical = format!("{STAMPS}\n1.2.3.4=critical,ASN1:NULL");
    for (name, extensions, days, why) in [
        ("good", STAMPS, 10, None),
        ("purposeless", "keyUsage=critical,digitalSignature", 10, Some("not for timestamps only")),
        ("uncritical", &*not_critical, 10, Some("not for timestamps only")),
        ("manifold", &*more, 10, Some("not for timestamps only")),
        ("mute", &*no_signing, 10, Some("may not sign")),
        ("strange", &*critical, 10, Some("critical extension")),
        ("expired", STAMPS, -1, Some("not valid at the time")),
    ] {
        authority.certify(name, Some("between"), extensions, days);
        // Behind the certificate, which counts from its making on.
        let token = authority.token(&head);
        put(&stored, last, &authority.signed_again(&token, name));
        match why {
            None => assert_eq!(verify(&stored, &authority, "root.pem").0.status.code(), Some(0), "{name}"),
            Some(why) => {
                assert_refused(&stored, &authority, "root.pem", 12, why);
                // Nor if the reader names that certificate itself.
                assert_refused(&stored, &authority, &format!("{name}.pem"), 12, why);
            }
        }
    }
}

#[test]
fn a_certificate_that_may_not_certify_certifies_no_authority() {
    let authority = authority();
    let (stored, last, head) = stored();
    authority.certify("leaf", Some("root"), "keyUsage=critical,digitalSignature", 10);
    authority.certify("fake", Some("leaf"), STAMPS, 10);
    let token = authority.token(&head);
    put(&stored, last, &authority.signed_again(&token, "fake"));
    assert_refused(&stored, &authority, "leaf.pem", 12, "has certified its signer");
    assert_eq!(verify(&stored, &authority, "fake.pem").0.status.code(), Some(0), "the token itself is whole");
}

#[test]
fn no_cut_timestamp_holds_and_no_changed_byte_moves_its_time() {
    let authority = authority();
    let (stored, last, head) = stored();
    let token = authority.token(&head);
    let read = |token: &[u8]| {
        put(&stored, last, token);
        let (output, report) = verify(&stored, &authority, "root.pem");
        (output.status.code(), report["evidence"]["timestamps"][0]["at_ms"].as_u64())
    };
    let whole = read(&token);
    assert!(whole.0 == Some(0) && whole.1.is_some());
    for length in (0..token.len()).step_by(97) {
        assert_eq!(read(&token[..length]), (Some(12), None), "cut to {length}");
    }
    assert_eq!(read(&[&token[..], &[0]].concat()), (Some(12), None));
    let mut refused = 0;
    let places = (0..token.len()).step_by(13);
    for at in places.clone() {
        let mut changed = token.clone();
        changed[at] ^= 0x01;
        let changed = read(&changed);
        // Of some bytes nothing depends, such as the list of digests before the signer's own statement of it.
        assert!(changed == whole || changed.1.is_none() && changed.0 != Some(0), "byte {at}: {changed:?}");
        refused += usize::from(changed != whole);
    }
    assert!(refused * 10 > places.count() * 9, "{refused}");
}

#[test]
fn what_is_no_certificate_is_no_authority() {
    let authority = authority();
    let (stored, ..) = stored();
    for named in ["root.key", "absent"] {
        assert_eq!(verify(&stored, &authority, named).0.status.code(), Some(2), "{named}");
    }
}
