//! The law engine against its own table: no combination of parties and hints is ever treated more leniently than the
//! strictest law that may count.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "test code"
)]

use callseal::jurisdiction::{
    CallFacts, Decision, Hint, Mandate, Media, Mode, PartyFacts, Policy, Reading, Role, Rule, Signal,
    Statement, Table, Warning, decide,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const TABLE: &str = include_str!("../data/jurisdictions.json");
const AREA_CODES: &str = include_str!("../data/nanp_area_codes.json");
const CALLING_CODES: &str = include_str!("../data/calling_codes.json");

fn table() -> Value {
    serde_json::from_str(TABLE).unwrap()
}

fn rows() -> Vec<Value> {
    table()["rows"].as_array().unwrap().clone()
}

fn party(index: u32, hints: Vec<Hint>) -> PartyFacts {
    PartyFacts { index, role: if index == 0 { Role::Agent } else { Role::Customer }, hints }
}

fn at(index: u32, code: &str) -> PartyFacts {
    party(index, vec![Hint::parse(Signal::Declared, code).unwrap()])
}

fn calling(number: &str) -> PartyFacts {
    party(1, vec![Hint::parse(Signal::Number, number).unwrap()])
}

fn call(parties: Vec<PartyFacts>) -> CallFacts {
    CallFacts { media: Media::Phone, parties, company: None }
}

fn decided(parties: Vec<PartyFacts>) -> Decision {
    decide(Table::builtin(), &call(parties), &Policy::default())
}

/// The rule and the mode of a row, worked out from its JSON without the crate's help.
fn asks(row: &Value, media: Media, reading: Reading) -> (Rule, Mode) {
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

fn flags(row: &Value) -> Vec<String> {
    row["flags"].as_array().unwrap().iter().map(|flag| flag.as_str().unwrap().to_owned()).collect()
}

fn code(row: &Value) -> &str {
    row["code"].as_str().unwrap()
}

fn assert_not_weaker(decision: &Decision, row: &Value, media: Media, reading: Reading) {
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

fn assert_explains_itself(decision: &Decision) {
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

#[test]
fn no_row_alone_is_treated_more_leniently_than_it_says() {
    for row in rows() {
        for &media in Media::ALL {
            for reading in [Reading::Conservative, Reading::Plain] {
                let facts = CallFacts { media, ..call(vec![at(1, code(&row))]) };
                let decision = decide(Table::builtin(), &facts, &Policy { reading, ..Policy::default() });
                assert_not_weaker(&decision, &row, media, reading);
                assert_explains_itself(&decision);
            }
        }
    }
}

#[test]
fn a_place_that_is_known_exactly_is_treated_as_its_row_says_and_no_more() {
    for row in rows().iter().filter(|row| !["US", "AU", "CA", "EU"].contains(&code(row))) {
        let decision = decided(vec![at(1, code(row))]);
        let country = rows().into_iter().find(|other| code(row).starts_with(&format!("{}-", code(other))));
        let (mut rule, mut mode) = asks(row, Media::Phone, Reading::Conservative);
        if let Some(country) = country {
            let (country_rule, country_mode) = asks(&country, Media::Phone, Reading::Conservative);
            (rule, mode) = (rule.max(country_rule), mode.max(country_mode));
        }
        assert_eq!((decision.rule, decision.mode), (rule, mode), "{}", code(row));
    }
}

#[test]
fn no_pair_of_rows_is_treated_more_leniently_than_either() {
    let rows = rows();
    let mut pairs = 0;
    for first in &rows {
        for second in &rows {
            let decision = decided(vec![at(0, code(first)), at(1, code(second))]);
            for row in [first, second] {
                assert_not_weaker(&decision, row, Media::Phone, Reading::Conservative);
            }
            assert_explains_itself(&decision);
            pairs += 1;
        }
    }
    assert_eq!(pairs, 119 * 119);
}

#[test]
fn an_unknown_place_is_as_strict_as_all_rows_together() {
    let unknown = decided(vec![party(1, vec![])]);
    assert_eq!((unknown.rule, unknown.mode), (Rule::ExplicitOptIn, Mode::NothingBeforeYes));
    for row in rows() {
        assert_not_weaker(&unknown, &row, Media::Phone, Reading::Conservative);
        let known = decided(vec![at(1, code(&row))]);
        let besides = known.must_say.iter().filter(|statement| **statement != Statement::StayingIsConsent);
        assert!(besides.into_iter().all(|statement| unknown.must_say.contains(statement)), "{}", code(&row));
    }
}

#[test]
fn unknown_wins_over_known_lenient() {
    let unknown = [
        party(1, vec![]),
        at(1, "ZZ"),
        at(1, "US-VI"),
        calling("+18005550100"),
        calling("+13575550100"),
        calling("+80012345678"),
        party(1, vec![Hint::read(Signal::Declared, "somewhere")]),
        party(1, vec![Hint::read(Signal::Number, "anonymous")]),
    ];
    for customer in unknown {
        let decision = decided(vec![at(0, "US-TX"), customer.clone()]);
        assert_eq!((decision.rule, decision.mode), (Rule::ExplicitOptIn, Mode::NothingBeforeYes));
        let deciding: Vec<_> = decision.findings.iter().filter(|finding| finding.decides).collect();
        assert_eq!(deciding.len(), 1);
        assert!(deciding[0].party == Some(1) && deciding[0].row.is_none(), "{customer:?}");
        assert!(decision.summary.id.ends_with(".unknown"));
    }
    assert_eq!(decided(vec![]).mode, Mode::NothingBeforeYes, "nobody known on the line");
}

#[test]
fn a_country_whose_state_is_unknown_is_as_strict_as_its_strictest_state() {
    let states: Vec<_> = rows().into_iter().filter(|row| code(row).starts_with("US")).collect();
    let decision = decided(vec![at(1, "US")]);
    for state in &states {
        assert_not_weaker(&decision, state, Media::Phone, Reading::Conservative);
    }
    assert!(decision.findings[0].warnings.contains(&Warning::PartUnknown));
    assert_eq!(decided(vec![at(1, "CA")]).rule, Rule::ExplicitOptIn, "Quebec may be the one");
    assert_eq!(decided(vec![at(1, "CA-ON")]).rule, Rule::NoticeRequired, "the federal row covers Ontario");
    assert_eq!(
        decided(vec![at(1, "BG")]).rule,
        Rule::ExplicitOptIn,
        "a member state without a row of its own"
    );
}

#[test]
fn every_area_code_leads_to_a_row_or_to_the_strictest() {
    let codes: Value = serde_json::from_str(AREA_CODES).unwrap();
    let mut located = 0;
    for area_code in 200..1_000 {
        let decision = decided(vec![calling(&format!("+1{area_code}5550100"))]);
        let places: BTreeSet<_> = codes["places"]
            .as_object()
            .unwrap()
            .iter()
            .filter(|(_, list)| list.as_str().unwrap().split(' ').any(|code| code == area_code.to_string()))
            .map(|(place, _)| place.as_str())
            .collect();
        let found: BTreeSet<_> = decision.findings[0].places.iter().map(|place| place.as_str()).collect();
        assert_eq!(found, places, "{area_code}");
        if decision.findings[0].row.is_none() {
            assert_eq!((decision.rule, decision.mode), (Rule::ExplicitOptIn, Mode::NothingBeforeYes));
        } else {
            located += 1;
            for row in rows().iter().filter(|row| places.contains(code(row))) {
                assert_not_weaker(&decision, row, Media::Phone, Reading::Conservative);
            }
        }
    }
    assert!(located > 400, "{located}");
}

#[test]
fn every_calling_code_leads_to_its_country_or_to_the_strictest() {
    let codes: Value = serde_json::from_str(CALLING_CODES).unwrap();
    let rows: Vec<_> = rows();
    for (place, list) in codes["places"].as_object().unwrap() {
        for prefix in list.as_str().unwrap().split(' ') {
            let number = format!("+{prefix}{}", "0".repeat(13 - prefix.len()));
            let decision = decided(vec![calling(&number)]);
            let places = &decision.findings[0].places;
            assert!(places.iter().any(|found| found.as_str() == place), "{place}");
            match rows.iter().find(|row| code(row) == place) {
                Some(row) => assert_not_weaker(&decision, row, Media::Phone, Reading::Conservative),
                None => assert_eq!(decision.mode, Mode::NothingBeforeYes, "{place}"),
            }
        }
    }
}

#[test]
fn an_area_code_of_several_provinces_takes_the_strictest_of_them() {
    let decision = decided(vec![calling("+18675550100")]);
    assert_eq!(decision.findings[0].places.len(), 3);
    assert!(decision.findings[0].warnings.contains(&Warning::SeveralPlaces));
    assert_eq!(decision.rule, Rule::NoticeRequired);
}

fn hints(list: &[(Signal, &str)]) -> PartyFacts {
    party(1, list.iter().map(|(signal, text)| Hint::read(*signal, text)).collect())
}

#[test]
fn an_address_beats_a_number_without_a_place_and_sharpens_a_vague_one() {
    let toll_free = decided(vec![hints(&[(Signal::Number, "+18005550100"), (Signal::CrmAddress, "US-TX")])]);
    assert_eq!(toll_free.rule, Rule::OneParty);
    assert_eq!(toll_free.findings[0].warnings, [Warning::NumberWithoutPlace]);
    let vague = decided(vec![hints(&[(Signal::Number, "+61255501234"), (Signal::CrmAddress, "AU-VIC")])]);
    assert_eq!(vague.rule, Rule::NoticeRequired);
    assert_eq!(vague.findings.len(), 1);
    // A number is not believed more than an address that leaves the state open.
    let open = decided(vec![hints(&[(Signal::CrmAddress, "US"), (Signal::Number, "+12145550100")])]);
    assert_eq!(open.mode, Mode::NothingBeforeYes);
}

#[test]
fn contradictory_hints_are_told_and_the_strictest_counts() {
    for order in [[0, 1], [1, 0]] {
        let both = [(Signal::Number, "+14155550100"), (Signal::CrmAddress, "US-TX")];
        let decision = decided(vec![hints(&order.map(|at| both[at]))]);
        assert_eq!(decision.rule, Rule::AllParty);
        assert_eq!(decision.findings.len(), 2);
        assert!(
            decision.findings.iter().all(|finding| finding.warnings.contains(&Warning::ContradictoryHints))
        );
        assert!(decision.explanation.join(" ").contains("contradict"));
        let deciding = decision.findings.iter().find(|finding| finding.decides).unwrap();
        assert_eq!(deciding.signal, Some(Signal::Number));
    }
    let same = decided(vec![hints(&[(Signal::Number, "+14155550100"), (Signal::Declared, "US-CA")])]);
    assert_eq!((same.findings.len(), same.findings[0].signal), (1, Some(Signal::Declared)));
}

#[test]
fn a_hint_that_cannot_be_read_is_an_unknown_place_with_a_warning_that_does_not_quote_it() {
    for (signal, text, wire) in [
        (Signal::Number, "+1 415 CANARY", "hint/number-invalid"),
        (Signal::Declared, "CANARY street 4155", "hint/place-invalid"),
    ] {
        let error = Hint::parse(signal, text).unwrap_err();
        assert_eq!(error.code(), wire);
        let decision = decided(vec![at(0, "US-TX"), hints(&[(signal, text), (Signal::CrmAddress, "US-TX")])]);
        assert_eq!(decision.mode, Mode::NothingBeforeYes);
        let shown = serde_json::to_string(&decision).unwrap();
        assert!(shown.contains(wire) && !shown.contains("CANARY") && !shown.contains("4155"));
        assert!(
            !error.to_string().contains("CANARY")
                && !format!("{:?}", Hint::read(signal, text)).contains("415")
        );
    }
}

#[test]
fn no_number_gets_into_a_decision_or_into_debug_output() {
    // Digits that occur in no citation, hash or date by themselves: each piece of the number is searched for.
    let number = "+1 (415) 927-8364";
    let facts = call(vec![
        at(0, "DE"),
        calling(number),
        hints(&[(Signal::Number, number), (Signal::CrmAddress, "US")]),
    ]);
    let decision = decide(Table::builtin(), &facts, &Policy::default());
    for text in [
        serde_json::to_string_pretty(&decision).unwrap(),
        format!("{decision:?}"),
        format!("{facts:?}"),
        decision.explanation.join("\n"),
    ] {
        let text = text.replace(Table::builtin().sha256(), "");
        for piece in ["14159278364", "4159278364", "9278364", "927-8364", "8364", "+1"] {
            assert!(!text.contains(piece), "{piece}");
        }
    }
}

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

const SIGNALS: [Signal; 3] = [Signal::Number, Signal::CrmAddress, Signal::Declared];

/// A hint with its place code, if it names exactly one.
fn any_hint() -> impl Strategy<Value = (Hint, Option<String>)> {
    let codes: Vec<_> = rows().iter().map(|row| code(row).to_owned()).collect();
    let place = prop::sample::select(codes);
    let stated = (prop::sample::select(&SIGNALS[1..]), place)
        .prop_map(|(signal, code)| (Hint::parse(signal, &code).unwrap(), Some(code)));
    let number = (200_u32..1_000).prop_map(|area_code| {
        let hint = Hint::parse(Signal::Number, &format!("+1{area_code}5550100")).unwrap();
        let code = match hint.places() {
            [only] => Some(only.to_string()),
            _ => None,
        };
        (hint, code)
    });
    let foreign =
        prop::sample::select(vec!["+49301234567", "+61255501234", "+442071838750", "+447781123456"])
            .prop_map(|number| {
                let hint = Hint::parse(Signal::Number, number).unwrap();
                let code = hint.places()[0].to_string();
                (hint, Some(code))
            });
    let unusable = prop::sample::select(&SIGNALS[..]).prop_map(|signal| (Hint::read(signal, "?"), None));
    prop_oneof![4 => stated, 3 => number, 2 => foreign, 1 => unusable]
}

fn any_party() -> impl Strategy<Value = PartyFacts> {
    prop::collection::vec(any_hint(), 0..4)
        .prop_map(|hints| party(1, hints.into_iter().map(|(hint, _)| hint).collect()))
}

fn assert_at_least(stronger: &Decision, weaker: &Decision) {
    assert!(stronger.rule >= weaker.rule && stronger.mode >= weaker.mode);
    assert!(stronger.notice_and_stay <= weaker.notice_and_stay);
    assert!(stronger.announcement_in_recording >= weaker.announcement_in_recording);
    assert!(stronger.beep >= weaker.beep);
}

/// Whether the place of `inner` is a proper part of the place of `outer`.
fn is_part(outer: &str, inner: &str) -> bool {
    const UNION: &str = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK";
    inner.starts_with(&format!("{outer}-"))
        || (outer == "EU" && UNION.split(' ').any(|member| member == inner))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn adding_a_party_never_weakens(parties in prop::collection::vec(any_party(), 1..5), one_more in any_party()) {
        let before = decided(parties.clone());
        let after = decided([parties, vec![one_more]].concat());
        assert_at_least(&after, &before);
        assert_explains_itself(&after);
    }

    /// A hint may weaken in two ways only: it is the first that names a place, or it is believed as much as another
    /// and names a part of what that one named.
    #[test]
    fn adding_a_hint_never_weakens_unless_it_sharpens(
        hints in prop::collection::vec(any_hint(), 1..4),
        (added, added_code) in any_hint(),
    ) {
        let names_a_place = hints.iter().any(|(hint, _)| !hint.places().is_empty());
        let sharpens = hints.iter().any(|(hint, code)| {
            let parts_of_several = code.is_none() && hint.places().len() > 1;
            let part = code.as_deref().zip(added_code.as_deref()).is_some_and(|(outer, inner)| is_part(outer, inner));
            added.signal().trust() >= hint.signal().trust() && (parts_of_several || part)
        });
        if sharpens || !names_a_place {
            return Ok(());
        }
        let old: Vec<_> = hints.into_iter().map(|(hint, _)| hint).collect();
        let before = decided(vec![party(1, old.clone())]);
        let after = decided(vec![party(1, [old, vec![added]].concat())]);
        assert_at_least(&after, &before);
    }

    #[test]
    fn the_order_of_parties_and_hints_does_not_matter(
        hints in prop::collection::vec(any_hint(), 0..5),
        others in prop::collection::vec(any_party(), 0..4),
    ) {
        let hints: Vec<_> = hints.into_iter().map(|(hint, _)| hint).collect();
        let reversed: Vec<_> = hints.iter().rev().cloned().collect();
        let one = decided([vec![party(1, hints)], others.clone()].concat());
        let two = decided([others, vec![party(1, reversed)]].concat());
        prop_assert_eq!((one.rule, one.mode, one.must_say), (two.rule, two.mode, two.must_say));
        prop_assert_eq!((one.conflict, one.beep), (two.conflict, two.beep));
    }

    #[test]
    fn no_text_makes_reading_a_hint_fail_loudly(text in ".{0,60}") {
        for signal in SIGNALS {
            let decision = decided(vec![party(1, vec![Hint::read(signal, &text)])]);
            prop_assert!(!decision.findings.is_empty());
        }
    }
}
