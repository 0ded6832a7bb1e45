//! The receipt, the note and the consent record: complete, escaped, short, and always the same.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "test code"
)]

#[path = "support/evidence.rs"]
mod evidence;

use callseal::evidence::{
    Answer, AnswerMethod, CallEvidence, DisclosureEvidence, LawfulBasis, Outcome, Purpose, WithdrawalEffect,
};
use callseal::receipt::{Language, ReceiptOptions, consent_record, html, summary};
use evidence::{
    AGENT, ANSWERED_AT_MS, CALL_ID, CUSTOMER, NUMBER, REFERENCE, agent_side, answer, conference, declined,
    recorded, withdrawal, withdrawn,
};
use proptest::prelude::*;
use serde_json::{Value, json};

const METHODS: [AnswerMethod; 5] = [
    AnswerMethod::AgentButton,
    AnswerMethod::AgentHotkey,
    AnswerMethod::Keypad,
    AnswerMethod::HostAssertion,
    AnswerMethod::NoticeAndStay,
];

fn options(language: Language) -> ReceiptOptions {
    ReceiptOptions { party: 1, language, utc_offset_minutes: -300 }
}

fn page(evidence: &CallEvidence) -> String {
    page_of(evidence, 1)
}

fn page_of(evidence: &CallEvidence, party: u32) -> String {
    html(evidence, ReceiptOptions { party, ..options(Language::English) }).unwrap()
}

/// Calls of every outcome.
fn calls() -> Vec<CallEvidence> {
    let nothing = |outcome| CallEvidence { outcome, answers: Vec::new(), ..declined() };
    vec![
        recorded(),
        declined(),
        agent_side(),
        nothing(Outcome::Unanswered),
        nothing(Outcome::Failed),
        CallEvidence { outcome: Outcome::Failed, ..recorded() },
        withdrawn(WithdrawalEffect::StopAndKeep),
        withdrawn(WithdrawalEffect::StopAndShred),
        withdrawn(WithdrawalEffect::KeepUntil { until_ms: ANSWERED_AT_MS + 5_000_000_000 }),
        conference(),
    ]
}

#[test]
fn the_receipt_says_who_when_what_for_what_was_answered_and_how_to_withdraw() {
    let page = page(&recorded());
    for wanted in [
        "Your call was recorded.",
        "Example Company",
        AGENT,
        "21 September 2026, 09:13 UTC-5",
        "1 min 30 s",
        "We would like to record this call",
        "You said yes to our agent.",
        "Recording the call",
        "Checking the quality of service",
        "2 passages, 16 s",
        "For 90 days.",
        "privacy@company.example",
        "https://company.example/privacy",
        "take back your consent at any time",
        CALL_ID,
        &recorded().ledger.head[..32],
        &recorded().ledger.head[32..],
    ] {
        assert!(page.contains(wanted), "{wanted}");
    }
    assert!(!page.contains("card_number") && !page.contains("field_focus"), "why is nobody's business");
}

#[test]
fn the_number_is_shown_by_its_last_digits_only() {
    let page = page(&recorded());
    assert!(page.contains("ending in 123") && page.contains(CUSTOMER));
    assert!(!page.contains(&NUMBER[1..]) && !page.contains("0123"));
}

#[test]
fn a_refusal_is_told_without_a_recording() {
    let page = page(&declined());
    assert!(page.contains("Your call was not recorded.") && page.contains("You pressed 2 for no."));
    assert!(page.contains("nothing to take back") && !page.contains("For 90 days"));
}

#[test]
fn where_only_the_agents_side_was_recorded_the_receipt_says_that_the_customers_voice_was_not() {
    let page = page(&agent_side());
    assert!(page.contains("Your voice was not recorded."));
    assert_eq!(states(&record(&agent_side(), 1)), ["dpv:ConsentRequested", "dpv:ConsentRefused"]);
}

#[test]
fn who_joined_later_was_not_told_what_was_said_before() {
    let mut evidence = conference();
    assert_eq!(states(&record(&evidence, 2)), [""; 0]);
    assert!(page_of(&evidence, 2).contains("No announcement was played."), "{}", page_of(&evidence, 2));
    let again = DisclosureEvidence {
        prompt_id: "again".into(),
        start_sample: 41 * 48_000,
        end_sample: 44 * 48_000,
        ..evidence.disclosures[0].clone()
    };
    evidence.disclosures.push(again);
    let record = record(&evidence, 2);
    assert_eq!(states(&record), ["dpv:ConsentRequested"]);
    assert_eq!(
        record["dpv:hasNotice"].as_array().unwrap().len(),
        2,
        "the privacy notice, and the later prompt"
    );
    evidence.parties[2].left_sample = Some(40 * 48_000 + 1);
    assert_eq!(states(&self::record(&evidence, 2)), [""; 0], "who had left by then was not told either");
}

#[test]
fn a_withdrawal_is_told_with_its_effect() {
    assert!(
        page(&withdrawn(WithdrawalEffect::StopAndKeep)).contains("what was recorded before that is kept.")
    );
    assert!(page(&withdrawn(WithdrawalEffect::StopAndShred)).contains("unreadable for good"));
    let until = withdrawn(WithdrawalEffect::KeepUntil { until_ms: ANSWERED_AT_MS });
    assert!(page(&until).contains("is kept until 21 September 2026"));
    let mut other = withdrawn(WithdrawalEffect::StopAndKeep);
    other.parties = conference().parties;
    other.withdrawals[0].party = 2;
    assert!(page(&other).contains("another person on the call"));
}

#[test]
fn the_page_is_whole_in_itself_and_forbids_itself_the_rest() {
    for evidence in calls() {
        let page = page(&evidence);
        assert!(page.starts_with("<!doctype html>\n<html lang=\"en\">"));
        assert!(page.contains("default-src 'none'; style-src 'unsafe-inline'"));
        for forbidden in ["<script", "<img", "<link", "url(", "@import", "javascript:", " on", "http://"] {
            let markup: String =
                page.split("<style>").next().unwrap().to_owned() + page.split("</style>").nth(1).unwrap();
            let looked_at = if forbidden == " on" { tags(&markup) } else { page.clone() };
            assert!(!looked_at.contains(forbidden), "{forbidden}");
        }
        assert!(!page.contains('{') || page.split("</style>").nth(1).is_some_and(|body| !body.contains('{')));
    }
}

/// The tags of a page without the text between them.
fn tags(page: &str) -> String {
    page.split('<').skip(1).filter_map(|piece| piece.split('>').next()).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_language_writes_every_call_without_a_hole() {
    for language in Language::ALL {
        for evidence in calls() {
            for method in METHODS {
                let mut evidence = evidence.clone();
                evidence.answers.iter_mut().for_each(|answer| answer.method = method);
                let page = html(&evidence, options(*language)).unwrap();
                let body = page.split("</style>").nth(1).unwrap();
                assert!(body.contains(CALL_ID) && page.contains(&format!("lang=\"{}\"", language.tag())));
                for hole in ["{", "}", "<dd></dd>", "<p></p>", "()", " .", ".."] {
                    assert!(!body.contains(hole), "{language:?} {hole}");
                }
                let note = summary(&evidence, *language, 60).unwrap();
                assert!(note.lines().count() <= 12 && note.lines().all(|line| !line.trim().is_empty()));
                assert!(!note.contains(['{', '}']), "{note}");
            }
        }
    }
}

#[test]
fn languages_differ() {
    let pages: std::collections::HashSet<_> =
        Language::ALL.iter().map(|language| html(&recorded(), options(*language)).unwrap()).collect();
    assert_eq!(pages.len(), Language::ALL.len());
}

const HOSTILE: &str = "\"><script>alert('x')</script><a href='javascript:x'>\u{202e}{contact}\r\n&amp;";

/// Evidence with `value` in every place that takes free text.
fn filled_with(value: &str) -> CallEvidence {
    let mut evidence = recorded();
    let text = || value.to_owned();
    evidence.parties.iter_mut().for_each(|party| party.name = Some(text()));
    evidence.controller.name = text();
    evidence.controller.address = Some(text());
    evidence.controller.contact = text();
    evidence.controller.purposes = vec![Purpose { id: "own".into(), label: Some(text()) }];
    evidence.controller.recipients = vec![text()];
    evidence.disclosures[0].text = text();
    evidence.disclosures[0].language = text();
    evidence.disclosures[0].prompt_id = text();
    evidence.decision.rule = text();
    evidence.decision.mode = text();
    evidence.decision.places = vec![text()];
    evidence
}

#[test]
fn hostile_values_stay_text() {
    let page = page(&filled_with(HOSTILE));
    let plain = html(&recorded(), options(Language::English)).unwrap();
    assert!(!page.contains("<script") && !page.contains("'x'") && !page.contains('\u{202e}'));
    assert!(page.contains("&lt;script&gt;") && page.contains("{contact}"), "values are not filled again");
    // Not one tag more: only the second purpose is gone, <li><bdi></bdi></li>.
    assert_eq!(tags(&page).matches("script").count(), 0);
    assert_eq!(page.matches('<').count(), plain.matches('<').count() - 4);
    let note = summary(&filled_with(HOSTILE), Language::English, 0).unwrap();
    assert!(note.lines().count() <= 12 && !note.contains('\u{202e}'));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_value_changes_the_markup(value in "\\PC{1,40}") {
        prop_assume!(!value.trim().is_empty());
        let (page, other) = (page(&filled_with(&value)), page(&filled_with("x")));
        let names = |page: &str| tags(page).lines().map(|tag| tag.split(' ').next().unwrap_or("").to_owned()).collect::<Vec<_>>();
        prop_assert_eq!(names(&page), names(&other));
    }
}

#[test]
fn the_note_has_what_a_supervisor_asks_for_and_nothing_personal() {
    let note = summary(&recorded(), Language::English, 0).unwrap();
    assert_eq!(
        note.lines().take(7).collect::<Vec<_>>(),
        [
            "Call recording: recorded",
            "Call: 21 September 2026, 14:13 UTC, 1 min 30 s",
            "Disclosure: record-for-quality v3 (en), 99 % delivered",
            "Answer of party 1: yes (entered by the agent), 21 September 2026, 14:13 UTC",
            "Rule: all_party, mode nothing_before_yes, places US-CA, US-TX",
            "Left out: 2, 16 s in total",
            &format!("Call number: {CALL_ID}"),
        ]
    );
    for personal in [CUSTOMER, AGENT, NUMBER, REFERENCE] {
        assert!(!note.contains(personal));
    }
}

#[test]
fn a_note_of_many_answers_still_has_twelve_lines() {
    let mut evidence = recorded();
    for index in 2..20 {
        evidence.parties.push(conference().parties[2].clone());
        evidence.answers.push(answer(index, Answer::Yes, AnswerMethod::Keypad, 20));
        evidence.withdrawals.push(withdrawal(30_000));
    }
    let note = summary(&evidence, Language::French, 0).unwrap();
    assert_eq!(note.lines().count(), 12);
    assert!(note.contains("Autres réponses\u{a0}: "));
}

fn record(evidence: &CallEvidence, party: u32) -> Value {
    serde_json::from_slice(&consent_record(evidence, party).unwrap()).unwrap()
}

fn states(record: &Value) -> Vec<String> {
    let events = record["dpv:hasConsentStatus"].as_array().unwrap();
    events.iter().map(|event| event["@type"][0].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_consent_record_has_the_mandatory_fields_of_27560() {
    let record = record(&recorded(), 1);
    assert_eq!(record["@type"], "dpv:ConsentRecord");
    for field in [
        "/@context/dpv",
        "/dct:conformsTo",
        "/dct:identifier",
        "/dct:language",
        "/dpv:hasDataSubject/dct:identifier",
        "/dpv:hasNotice/0/schema:url",
        "/dpv:hasJurisdiction/0/@id",
        "/dpv:hasDataController/dpv:hasName",
        "/dpv:hasDataController/dpv:hasContact",
        "/dpv:hasDataController/dpv:hasAddress",
        "/dpv:hasDataController/dpv:hasIdentifier",
        "/dpv:hasProcess/0/dpv:hasPurpose/dct:identifier",
        "/dpv:hasProcess/0/dpv:hasPersonalData/skos:broader",
        "/dpv:hasProcess/0/dpv:hasStorageCondition/0/dpv:hasLocation",
        "/dpv:hasProcess/0/dpv:hasStorageCondition/1/dpv:hasDuration",
        "/dpv:hasProcess/0/dpv:hasRecipient/0",
        "/dpv:hasProcess/0/dpv:hasConsentControl/dpv:hasContact",
        "/dpv:hasConsentStatus/0/dpv:isIndicatedAtTime/@value",
        "/dpv:hasConsentStatus/0/dpv:isIndicatedBy/@id",
        "/dpv:hasConsentStatus/0/dpv:hasDuration/@type",
    ] {
        assert!(record.pointer(field).is_some_and(|value| !value.is_null()), "{field}");
    }
    assert_eq!(record["dpv:hasProcess"].as_array().unwrap().len(), 3, "one for each purpose");
}

#[test]
fn every_prefix_of_the_record_is_in_its_context() {
    fn names(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(members) => members.iter().for_each(|(name, value)| {
                if name != "@context" {
                    found.push(name.clone());
                    if let (true, Some(text)) = (name.starts_with("@id") || name == "@type", value.as_str()) {
                        found.push(text.to_owned());
                    }
                    names(value, found);
                }
            }),
            Value::Array(items) => items.iter().for_each(|item| names(item, found)),
            _ => {}
        }
    }
    let record = record(&withdrawn(WithdrawalEffect::StopAndKeep), 1);
    let mut found = Vec::new();
    names(&record, &mut found);
    for name in found.iter().filter(|name| !name.starts_with('@')) {
        let prefix = name.split_once(':').unwrap().0;
        let known = record["@context"].get(prefix).is_some() || ["urn", "https"].contains(&prefix);
        assert!(known, "{name}");
    }
}

#[test]
fn the_record_tells_the_events_in_order() {
    assert_eq!(states(&record(&recorded(), 1)), ["dpv:ConsentRequested", "dpv:ConsentGiven"]);
    assert_eq!(states(&record(&declined(), 1)), ["dpv:ConsentRequested", "dpv:ConsentRefused"]);
    assert_eq!(
        states(&record(&withdrawn(WithdrawalEffect::StopAndKeep), 1)),
        ["dpv:ConsentRequested", "dpv:ConsentGiven", "dpv:ConsentWithdrawn"]
    );
}

#[test]
fn the_kind_of_consent_follows_from_how_it_was_given() {
    let basis = |evidence: &CallEvidence| {
        record(evidence, 1)["dpv:hasProcess"][0]["dpv:hasLegalBasis"]["@id"].as_str().unwrap().to_owned()
    };
    let mut evidence = recorded();
    assert_eq!(basis(&evidence), "dpv:ExplicitlyExpressedConsent");
    evidence.answers[0].method = AnswerMethod::NoticeAndStay;
    assert_eq!(basis(&evidence), "dpv:ImpliedConsent");
    evidence.decision.basis = LawfulBasis::LegalObligation;
    assert_eq!(basis(&evidence), "dpv:LegalObligation");
}

#[test]
fn the_record_names_nobody() {
    let text = String::from_utf8(consent_record(&recorded(), 1).unwrap()).unwrap();
    for personal in [CUSTOMER, AGENT, NUMBER, REFERENCE] {
        assert!(!text.contains(personal));
    }
}

#[test]
fn the_agent_and_strangers_have_no_receipt() {
    for party in [0, 2] {
        let options = ReceiptOptions { party, ..options(Language::English) };
        assert_eq!(html(&recorded(), options).unwrap_err().code(), "evidence/invalid");
        assert_eq!(consent_record(&recorded(), party).unwrap_err().code(), "evidence/invalid");
    }
}

#[test]
fn the_same_evidence_is_always_the_same_bytes() {
    for evidence in calls() {
        assert_eq!(page(&evidence), page(&evidence.clone()));
        assert_eq!(consent_record(&evidence, 1).unwrap(), consent_record(&evidence.clone(), 1).unwrap());
        let note = |evidence| summary(evidence, Language::Spanish, 0).unwrap();
        assert_eq!(note(&evidence), note(&evidence.clone()));
    }
    assert_ne!(record(&recorded(), 1)["@id"], record(&conference(), 2)["@id"]);
    assert_eq!(
        record(&recorded(), 1)["dct:conformsTo"],
        json!({"@id": "https://w3id.org/dpv/schema/dpv-27560#record"})
    );
}
