//! What several laws, the medium and the company's policy make of a decision.

use crate::{at, call, code, decided, rows};
use callseal::jurisdiction::{
    CallFacts, Hint, Mandate, Media, Mode, Policy, Reading, Role, Rule, Signal, Statement, Table, decide,
};
use serde_json::{Value, json};

#[test]
fn the_two_opposite_modes_together_keep_nothing_before_the_yes_and_repeat_the_announcement() {
    let washington = decided(vec![at(0, "US-TX"), at(1, "US-WA")]);
    assert_eq!(washington.mode, Mode::RecordDisclosure);
    assert!(washington.announcement_in_recording && !washington.conflict);
    let both = decided(vec![at(0, "DE"), at(1, "US-WA")]);
    assert_eq!(both.mode, Mode::NothingBeforeYes);
    assert!(both.conflict && both.repeat_announcement && both.announcement_in_recording);
    assert!(both.explanation.join(" ").contains("repeated"));
}

#[test]
fn the_company_counts_like_a_party() {
    let mut facts = call(vec![at(0, "US-TX"), at(1, "US-TX")]);
    assert_eq!(decide(Table::builtin(), &facts, &Policy::default()).rule, Rule::OneParty);
    facts.company = Some(Hint::parse(Signal::CompanyPlace, "DE").unwrap());
    let decision = decide(Table::builtin(), &facts, &Policy::default());
    assert_eq!(decision.rule, Rule::ExplicitOptIn);
    assert!(decision.findings.iter().any(|finding| finding.decides && finding.role == Role::Company));
    assert!(
        decision.must_say.contains(&Statement::Withdrawal),
        "the union's duties to inform go on counting"
    );
}

#[test]
fn video_in_oregon_is_stricter_than_a_telephone_call() {
    let decision = |media| {
        let facts = CallFacts { media, ..call(vec![at(1, "US-OR")]) };
        decide(Table::builtin(), &facts, &Policy::default())
    };
    assert_eq!(
        (decision(Media::Phone).rule, decision(Media::Phone).mode),
        (Rule::NoticeRequired, Mode::NoticeAndStay)
    );
    assert_eq!(
        (decision(Media::Video).rule, decision(Media::Video).mode),
        (Rule::AllParty, Mode::NothingBeforeYes)
    );
}

#[test]
fn a_policy_makes_a_decision_stricter_but_not_more_lenient() {
    let facts = call(vec![at(0, "US-TX"), at(1, "US-TX")]);
    let strict = Policy { least_mode: Mode::NothingBeforeYes, beep: true, ..Policy::default() };
    let decision = decide(Table::builtin(), &facts, &strict);
    assert_eq!((decision.mode, decision.table_mode), (Mode::NothingBeforeYes, Mode::NoticeAndStay));
    assert!(decision.beep && decision.must_say.contains(&Statement::Beep));
    let lenient = Policy { least_mode: Mode::Mandatory, ..Policy::default() };
    assert_eq!(decide(Table::builtin(), &call(vec![at(1, "DE")]), &lenient).mode, Mode::NothingBeforeYes);
}

#[test]
fn a_regulated_call_is_mandatory_and_says_which_regulation_and_what_the_table_asks() {
    let policy = Policy { mandate: Some(Mandate::MifidIi), ..Policy::default() };
    let decision = decide(Table::builtin(), &call(vec![at(0, "DE"), at(1, "US-WA")]), &policy);
    assert_eq!((decision.mode, decision.table_mode), (Mode::Mandatory, Mode::NothingBeforeYes));
    assert_eq!(decision.rule, Rule::ExplicitOptIn);
    assert!(!decision.conflict && decision.must_say.contains(&Statement::CannotBeDeclined));
    assert!(!decision.must_say.contains(&Statement::Withdrawal));
    assert!(decision.explanation.join(" ").contains("2014/65/EU"));
}

#[test]
fn a_policy_with_an_unknown_member_is_refused() {
    let read = |value: Value| serde_json::from_value::<Policy>(value);
    assert_eq!(read(json!({})).unwrap(), Policy::default());
    assert!(read(json!({"leastMode": "nothing_before_yes", "mandate": "mifid_ii"})).is_ok());
    for value in
        [json!({"least_mode": "mandatory"}), json!({"leastMode": "none"}), json!({"mandate": "other"})]
    {
        assert!(read(value).is_err());
    }
}

#[test]
fn the_plain_reading_is_never_stricter_than_the_conservative_one() {
    for row in rows() {
        let facts = call(vec![at(1, code(&row))]);
        let plain =
            decide(Table::builtin(), &facts, &Policy { reading: Reading::Plain, ..Policy::default() });
        let conservative = decide(Table::builtin(), &facts, &Policy::default());
        assert!(plain.rule <= conservative.rule && plain.mode <= conservative.mode);
        assert!(plain.explanation.join(" ").contains("bare rule"));
    }
}
