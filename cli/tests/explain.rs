//! `callseal explain`, as a script sees it: what it prints, what it refuses, and that it repeats no number.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "test code")]

use serde_json::Value;
use std::fs;
use std::process::{Command, Output};

fn explain(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_callseal")).arg("explain").args(arguments).output().unwrap()
}

fn decision(arguments: &[&str]) -> Value {
    let output = explain(&[arguments, &["--json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn refused(arguments: &[&str]) -> String {
    let output = explain(arguments);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    assert!(output.stdout.is_empty());
    let sentence = String::from_utf8(output.stderr).unwrap();
    assert_eq!(sentence.trim_end().lines().count(), 1, "{sentence}");
    sentence
}

#[test]
fn it_prints_the_decision_with_row_signal_and_table_version() {
    let output = explain(&["--agent", "US-TX", "--customer", "+14155550100"]);
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    for part in
        ["California", "US-CA", "telephone number", "632.7", "notice_and_stay", "SHA-256", "not legal advice"]
    {
        assert!(text.contains(part), "{part} is missing from:\n{text}");
    }
    assert!(!text.contains("5550100") && !text.contains("1415"), "{text}");
}

#[test]
fn the_same_call_as_json_holds_no_number() {
    let decision = decision(&["--agent", "US-TX", "--customer", "+14155550100"]);
    assert_eq!(
        (&decision["rule"], &decision["mode"]),
        (&Value::from("all_party"), &Value::from("notice_and_stay"))
    );
    assert_eq!(decision["findings"][1]["signal"], "number");
    assert_eq!(decision["findings"][1]["row"]["code"], "US-CA");
    assert!(!decision.to_string().contains("5550100"));
}

#[test]
fn company_media_and_policy_count() {
    let call = ["--agent", "US-TX", "--customer", "US-OR"];
    assert_eq!(decision(&call)["mode"], "notice_and_stay");
    assert_eq!(decision(&[&call[..], &["--media", "video"]].concat())["mode"], "nothing_before_yes");
    assert_eq!(decision(&[&call[..], &["--company", "DE"]].concat())["rule"], "explicit_opt_in");
    assert_eq!(decision(&[&call[..], &["--mandate", "mifid_ii"]].concat())["mode"], "mandatory");
    assert_eq!(decision(&[&call[..], &["--plain", "--beep"]].concat())["rule"], "one_party");
    let stricter = decision(&[&call[..], &["--least-mode", "record_disclosure"]].concat());
    assert_eq!(stricter["mode"], "record_disclosure");
    let both_hints = decision(&["--customer", "+18005550100,US-TX"]);
    assert_eq!(both_hints["rule"], "one_party");
    let three = decision(&["--agent", "US-TX", "--customer", "US-TX", "--customer", "+4930123456"]);
    assert_eq!(
        (&three["findings"][2]["party"], &three["mode"]),
        (&Value::from(2), &Value::from("nothing_before_yes"))
    );
}

#[test]
fn wrong_input_is_refused_in_one_sentence_without_the_number() {
    for arguments in [
        &["--customer", "4155550100"][..],
        &["--customer", "+1 415 555 010"],
        &["--customer", "+14155550100x"],
        &["--customer", "(415) 555-0100"],
        &["--customer", "US-TX,4155550100"],
        &["--company", "+1415555010"],
        &["--agent", "4155550100"],
        &["+14155550100"],
        &["--customer", "US-TX", "+14155550100"],
        &["--customer", "US-TX", "--media", "+14155550100"],
        &["--customer", "US-TX", "--mandate", "+14155550100"],
        &["--customer", "US-TX", "--least-mode", "+14155550100"],
    ] {
        let sentence = refused(arguments);
        assert!(!sentence.contains("555") && !sentence.contains("415"), "{sentence}");
    }
    assert!(refused(&["--customer", "4155550100"]).contains("[hint/number-invalid]"));
    assert!(refused(&["--customer", "California"]).contains("[hint/place-invalid]"));
    assert!(!refused(&["--customer", "Jane Doe"]).contains("Jane"));
    assert!(refused(&[]).contains("--customer"));
}

#[test]
fn a_table_of_ones_own_is_used_or_refused_with_its_fault() {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("table.json");
    let arguments = ["--customer", "US-TX", "--table", path.to_str().unwrap()];
    assert!(refused(&arguments).contains("cannot be read"));

    let mut table: Value = serde_json::from_str(include_str!("../../data/jurisdictions.json")).unwrap();
    table["version"] = "counsel 7".into();
    fs::write(&path, table.to_string()).unwrap();
    assert_eq!(decision(&arguments)["table_version"], "counsel 7");

    table["rows"][0]["citation"] = "".into();
    fs::write(&path, table.to_string()).unwrap();
    let sentence = refused(&arguments);
    assert!(
        sentence.contains("table.rows[0].citation") && sentence.contains("[table/member-missing]"),
        "{sentence}"
    );
    fs::write(&path, " ".repeat(600_000)).unwrap();
    assert!(refused(&arguments).contains("[table/too-large]"));
}
