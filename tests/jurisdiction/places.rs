//! Which row counts for which place: alone, in pairs, by number, by address.

use crate::{
    AREA_CODES, CALLING_CODES, asks, assert_explains_itself, assert_not_weaker, at, call, calling, code,
    decided, party, rows,
};
use callseal::jurisdiction::{
    CallFacts, Hint, Media, Mode, PartyFacts, Policy, Reading, Rule, Signal, Statement, Table, Warning,
    decide,
};
use serde_json::Value;
use std::collections::BTreeSet;

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
