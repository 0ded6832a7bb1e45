//! The classifier against the committed descriptors, and what holds for every descriptor.
//!
//! `tests/fields/descriptors.json` is written by hand: one field a line, with its language and the class that a person
//! reading the form would give it, or null.
#![allow(clippy::unwrap_used, reason = "test code: it stops at the first fault")]

use std::collections::BTreeSet;

use callseal::field::{
    Confidence, FieldClass, FieldDescriptor, FieldPolicy, MOST_TEXT_CHARACTERS, Neighbour, Reason, classify,
};
use proptest::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Example {
    language: String,
    expect: Option<String>,
    field: FieldDescriptor,
}

fn examples() -> Vec<Example> {
    serde_json::from_str(include_str!("fields/descriptors.json")).unwrap()
}

#[test]
fn every_committed_field_is_found_to_be_what_a_person_says() {
    let policy = FieldPolicy::default();
    let mut failures = Vec::new();
    for example in examples() {
        let finding = classify(&example.field, &policy);
        let found = finding.map(|finding| finding.class.as_str());
        if found != example.expect.as_deref() {
            failures.push(format!(
                "[{}] expected {:?}, found {found:?} by {:?}: label {:?} name {:?} placeholder {:?}",
                example.language,
                example.expect,
                finding.map(|finding| finding.reason),
                example.field.label,
                example.field.name,
                example.field.placeholder
            ));
        }
    }
    assert!(failures.is_empty(), "{} fields:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn the_committed_fields_cover_every_class_and_many_languages() {
    let examples = examples();
    let classes: BTreeSet<&str> = examples.iter().filter_map(|example| example.expect.as_deref()).collect();
    for class in FieldClass::ALL {
        assert!(classes.contains(class.as_str()), "{}", class.as_str());
    }
    let languages: BTreeSet<&str> = examples.iter().map(|example| example.language.as_str()).collect();
    assert!(languages.len() >= 25, "{languages:?}");
    assert!(examples.iter().filter(|example| example.expect.is_none()).count() >= 100);
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-zA-Z_0-9 ]{0,40}",
        proptest::sample::select(vec![
            "Card number",
            "cvv",
            "geburtsdatum",
            "カード番号",
            "ＣＶＶ",
            "i\u{307}BAN",
            "#",
            "=",
            "*~|"
        ])
        .prop_map(str::to_owned),
    ]
}

fn neighbour() -> impl Strategy<Value = Neighbour> {
    (text(), text(), text(), text()).prop_map(|(kind, name, label, autocomplete)| Neighbour {
        kind,
        name,
        label,
        autocomplete,
        ..Neighbour::default()
    })
}

prop_compose! {
    fn descriptor()(
        texts in proptest::collection::vec(text(), 12),
        was_password in any::<bool>(),
        max_length in proptest::option::of(any::<u32>()),
        kind in proptest::sample::select(vec!["text", "tel", "password", "select-one", "textarea", "checkbox", "month", ""]),
        before in proptest::collection::vec(neighbour(), 0..4),
        after in proptest::collection::vec(neighbour(), 0..4),
    ) -> FieldDescriptor {
        let mut texts = texts.into_iter();
        let mut next = || texts.next().unwrap_or_default();
        FieldDescriptor {
            kind: kind.to_owned(),
            was_password,
            max_length,
            name: next(),
            id: next(),
            label: next(),
            aria: next(),
            placeholder: next(),
            title: next(),
            autocomplete: next(),
            form_autocomplete: next(),
            pattern: next(),
            heading: next(),
            form: next(),
            near: next(),
            before,
            after,
            ..FieldDescriptor::default()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_descriptor_stops_the_classifier(descriptor in descriptor()) {
        let policy = FieldPolicy::default();
        let finding = classify(&descriptor, &policy);
        prop_assert_eq!(finding, classify(&descriptor, &policy));
        if descriptor.kind == "password" || descriptor.was_password {
            prop_assert!(finding.is_some());
        }
    }

    #[test]
    fn the_integrators_mark_always_wins(descriptor in descriptor(), word in text()) {
        prop_assume!(!word.trim().eq_ignore_ascii_case("false"));
        let marked = FieldDescriptor { mark: Some(word.clone()), selector_class: Some("iban".to_owned()), ..descriptor.clone() };
        let finding = classify(&marked, &FieldPolicy::default()).unwrap();
        prop_assert_eq!(finding.class, FieldClass::from_mark(&word));
        prop_assert_eq!((finding.confidence, finding.reason), (Confidence::Certain, Reason::Mark));
    }

    #[test]
    fn false_takes_back_whatever_was_only_concluded(descriptor in descriptor()) {
        let taken_back = FieldDescriptor { mark: Some(" False ".to_owned()), selector_class: Some("iban".to_owned()), ..descriptor };
        if let Some(finding) = classify(&taken_back, &FieldPolicy::default()) {
            prop_assert_eq!(finding.confidence, Confidence::Certain);
            prop_assert!(finding.class.is_card() || finding.class == FieldClass::Password);
        }
    }
}

#[test]
fn a_text_of_any_length_is_judged_by_its_beginning() {
    let long = format!("Card number {}", "x".repeat(10 * MOST_TEXT_CHARACTERS));
    let descriptor = FieldDescriptor { label: long, ..FieldDescriptor::default() };
    assert_eq!(classify(&descriptor, &FieldPolicy::default()).unwrap().class, FieldClass::CardNumber);
}
