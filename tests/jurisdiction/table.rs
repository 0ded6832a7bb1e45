//! The law table itself: what is refused, and what a customer's own does.

use crate::{TABLE, assert_explains_itself, at, call, table};
use callseal::jurisdiction::{Mode, Policy, Rule, Table, decide};
use serde_json::{Value, json};

fn refused(change: impl FnOnce(&mut Value)) -> String {
    let mut value = table();
    change(&mut value);
    let error = Table::read(&serde_json::to_vec(&value).unwrap()).unwrap_err();
    assert!(!error.to_string().contains("canary"), "{error}");
    error.code().to_owned()
}

#[test]
fn a_bad_table_is_refused_each_fault_with_its_code() {
    for member in ["schema_version", "version", "generated", "disclaimer", "rows"] {
        assert_eq!(
            refused(|table| drop(table.as_object_mut().unwrap().remove(member))),
            "table/member-missing"
        );
    }
    for member in [
        "code",
        "name",
        "rule",
        "conservative_rule",
        "notice_is_consent",
        "citation",
        "basis",
        "confidence",
        "reviewed",
        "flags",
        "note",
    ] {
        let without = |table: &mut Value| drop(table["rows"][3].as_object_mut().unwrap().remove(member));
        assert_eq!(refused(without), "table/member-missing", "{member}");
    }
    let at = |member: &'static str, value: Value| move |table: &mut Value| table["rows"][3][member] = value;
    for member in ["citation", "reviewed", "basis", "confidence", "note", "name"] {
        assert_eq!(refused(at(member, json!("  "))), "table/member-missing", "{member}");
        assert_eq!(refused(at(member, json!(7))), "table/invalid", "{member}");
    }
    assert_eq!(refused(at("canary", json!(1))), "table/member-unknown");
    assert_eq!(refused(|table| table["canary"] = json!(1)), "table/member-unknown");
    assert_eq!(refused(at("media", json!({"canary": {}}))), "table/member-unknown");
    assert_eq!(refused(at("media", json!({"video": {"rule": "one_party"}}))), "table/member-missing");
    assert_eq!(refused(at("media", json!([]))), "table/invalid");
    assert_eq!(refused(at("rule", json!("canary"))), "table/value-unknown");
    assert_eq!(refused(at("conservative_rule", json!("canary"))), "table/value-unknown");
    assert_eq!(refused(at("basis", json!("canary"))), "table/value-unknown");
    assert_eq!(refused(at("confidence", json!("canary"))), "table/value-unknown");
    assert_eq!(refused(at("flags", json!(["canary"]))), "table/value-unknown");
    assert_eq!(refused(at("notice_is_consent", json!("canary"))), "table/value-unknown");
    assert_eq!(refused(|table| table["schema_version"] = json!(2)), "table/value-unknown");
    assert_eq!(refused(at("flags", json!(["felony", "felony"]))), "table/code-duplicate");
    assert_eq!(refused(at("code", json!("US-TX"))), "table/code-duplicate");
    assert_eq!(refused(at("covers", json!(["BG"]))), "table/code-duplicate");
    for code in ["us-ak", "Alaska", "USA", " US-AK"] {
        assert_eq!(refused(at("code", json!(code))), "table/invalid", "{code}");
    }
    for date in ["2026-13-01", "2026-1-01", "23.11.2026", "2026-11-23T00:00", "canary"] {
        assert_eq!(refused(at("reviewed", json!(date))), "table/invalid", "{date}");
    }
    assert_eq!(refused(at("covers", json!(["canary"]))), "table/invalid");
    assert_eq!(refused(at("name", json!("a\nb"))), "table/invalid");
    assert_eq!(refused(|table| table["rows"] = json!([])), "table/member-missing");
    assert_eq!(refused(|table| table["rows"][3] = json!("canary")), "table/invalid");
    let weaker = |table: &mut Value| {
        table["rows"][3]["rule"] = json!("all_party");
        table["rows"][3]["conservative_rule"] = json!("one_party");
    };
    assert_eq!(refused(weaker), "table/invalid");
    assert_eq!(refused(at("note", json!("n".repeat(601)))), "table/too-large");
    assert_eq!(refused(|table| table["rows"] = json!(vec![0; 1_001])), "table/too-large");
    assert_eq!(refused(|table| table["disclaimer"] = json!("n".repeat(600_000))), "table/too-large");
    for text in ["", "[]", "{", "null", "\u{feff}{}"] {
        assert_eq!(Table::read(text.as_bytes()).unwrap_err().code(), "table/invalid");
    }
    assert!(Table::read(TABLE.as_bytes()).is_ok(), "the table itself is good");
}

#[test]
fn a_tables_hash_is_that_of_its_content_and_not_of_its_layout() {
    let pretty = Table::read(&serde_json::to_vec_pretty(&table()).unwrap()).unwrap();
    assert_eq!(pretty.sha256(), Table::builtin().sha256());
    let mut other = table();
    other["rows"][0]["note"] = json!("Other words.");
    assert_ne!(Table::read(&serde_json::to_vec(&other).unwrap()).unwrap().sha256(), pretty.sha256());
}

#[test]
fn a_customers_own_table_decides_and_is_named_in_the_decision() {
    let mut own = table();
    own["version"] = json!("counsel 7");
    let texas = own["rows"].as_array_mut().unwrap().iter_mut().find(|row| row["code"] == "US-TX").unwrap();
    texas["conservative_rule"] = json!("explicit_opt_in");
    texas["flags"] = json!(["beep_required"]);
    let own = Table::read(&serde_json::to_vec(&own).unwrap()).unwrap();
    let decision = decide(&own, &call(vec![at(1, "US-TX")]), &Policy::default());
    assert_eq!(
        (decision.rule, decision.mode, decision.beep),
        (Rule::ExplicitOptIn, Mode::NothingBeforeYes, true)
    );
    assert_eq!(
        (decision.table_version.as_str(), decision.table_sha256.as_str()),
        ("counsel 7", own.sha256())
    );
    assert_explains_itself(&decision);
}
