//! The law engine against its own table: no combination of parties and hints is ever treated more leniently than the
//! strictest law that may count.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "test code"
)]

mod places;
mod policy;
mod properties;
mod table;

use callseal::jurisdiction::{
    CallFacts, Decision, Hint, Media, Mode, PartyFacts, Policy, Reading, Role, Rule, Signal, Statement,
    Table, decide,
};
use serde_json::Value;

pub(crate) const TABLE: &str = include_str!("../../data/jurisdictions.json");
pub(crate) const AREA_CODES: &str = include_str!("../../data/nanp_area_codes.json");
pub(crate) const CALLING_CODES: &str = include_str!("../../data/calling_codes.json");

pub(crate) fn table() -> Value {
    serde_json::from_str(TABLE).unwrap()
}

pub(crate) fn rows() -> Vec<Value> {
    table()["rows"].as_array().unwrap().clone()
}

pub(crate) fn party(index: u32, hints: Vec<Hint>) -> PartyFacts {
    PartyFacts { index, role: if index == 0 { Role::Agent } else { Role::Customer }, hints }
}

pub(crate) fn at(index: u32, code: &str) -> PartyFacts {
    party(index, vec![Hint::parse(Signal::Declared, code).unwrap()])
}

pub(crate) fn calling(number: &str) -> PartyFacts {
    party(1, vec![Hint::parse(Signal::Number, number).unwrap()])
}

pub(crate) fn call(parties: Vec<PartyFacts>) -> CallFacts {
    CallFacts { media: Media::Phone, parties, company: None }
}

pub(crate) fn decided(parties: Vec<PartyFacts>) -> Decision {
    decide(Table::builtin(), &call(parties), &Policy::default())
}

/// The rule and the mode of a row, worked out from its JSON without the crate's help.
pub(crate) fn asks(row: &Value, media: Media, reading: Reading) -> (Rule, Mode) {
    let terms = row.get("media").and_then(|by_media| by_media.get(media.as_str())).unwrap_or(row);
    let member = if reading == Reading::Plain { "rule" } else { "conservative_rule" };
    let (rule, notice_needed_true) = match terms[member].as_str().unwrap() {
        "one_party" => (Rule::OneParty, false),
        "notice_required" => (Rule::NoticeRequired, false),
        "all_party" => (Rule::AllParty, true),
        "explicit_opt_in" => return (Rule::ExplicitOptIn, Mode::NothingBeforeYes),
        other => panic!("unknown rule {other}"),
    };
    let notice = terms["notice_is_consent"].as_bool();
    if notice == Some(false) || (notice_needed_true && notice != Some(true)) {
        return (rule, Mode::NothingBeforeYes);
    }
    let recorded = flags(row).contains(&"announcement_must_be_recorded".to_owned());
    (rule, if recorded { Mode::RecordDisclosure } else { Mode::NoticeAndStay })
}

pub(crate) fn flags(row: &Value) -> Vec<String> {
    row["flags"].as_array().unwrap().iter().map(|flag| flag.as_str().unwrap().to_owned()).collect()
}

pub(crate) fn code(row: &Value) -> &str {
    row["code"].as_str().unwrap()
}

pub(crate) fn assert_not_weaker(decision: &Decision, row: &Value, media: Media, reading: Reading) {
    let (rule, mode) = asks(row, media, reading);
    let code = code(row);
    assert!(
        decision.rule >= rule && decision.mode >= mode,
        "{code}: {:?} {:?}",
        decision.rule,
        decision.mode
    );
    assert!(!decision.notice_and_stay || mode < Mode::NothingBeforeYes, "{code}");
    let recorded = flags(row).contains(&"announcement_must_be_recorded".to_owned());
    assert!(!recorded || decision.announcement_in_recording, "{code}");
    assert_eq!(decision.repeat_announcement, decision.conflict);
    assert!(!recorded || decision.mode != Mode::NothingBeforeYes || decision.repeat_announcement, "{code}");
}

pub(crate) fn assert_explains_itself(decision: &Decision) {
    assert!(!decision.explanation.is_empty() && !decision.summary.text.is_empty());
    let text = decision.explanation.join("\n");
    assert!(text.contains(&decision.table_version) && text.contains(&decision.table_sha256));
    assert!(decision.findings.iter().any(|finding| finding.decides));
    for finding in &decision.findings {
        match &finding.row {
            Some(row) => {
                assert!(text.contains(&row.code) && text.contains(&row.citation) && text.contains(&row.name))
            }
            None => assert!(text.contains("all rows") && !finding.warnings.is_empty()),
        }
        assert!(finding.places.iter().all(|place| text.contains(place.as_str())));
    }
    assert!(
        decision.summary.id.starts_with("jurisdiction.") && decision.must_say.contains(&Statement::Recording)
    );
}
