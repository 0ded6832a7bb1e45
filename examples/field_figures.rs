//! The field classifier's figures, for `scripts/bench/fields.mjs`, which opens the pages and describes their fields.
//!
//! Reads one JSON object a line, `{"page", "half", "truth", "visible", "descriptor"}`, and prints precision and recall
//! of every class that labels can judge, and how many fields of pages without anything sensitive were hit. With
//! `--misses` every difference is printed too.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "test code: it stops at the first fault"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead};
use std::time::Instant;

use callseal::field::{FieldClass, FieldDescriptor, FieldPolicy, Finding, classify};
use serde::Deserialize;

#[derive(Deserialize)]
struct Line {
    page: String,
    half: u8,
    truth: Option<String>,
    visible: bool,
    descriptor: FieldDescriptor,
}

/// Classes that labels can judge, and the labels that mean them.
const JUDGED: &[(&str, FieldClass, &[&str])] = &[
    ("cc-number", FieldClass::CardNumber, &["cc-number"]),
    ("cc-csc", FieldClass::CardCvv, &["cc-csc"]),
    ("cc-exp*", FieldClass::CardExpiry, &["cc-exp", "cc-exp-month", "cc-exp-year"]),
    (
        "cc-name*",
        FieldClass::CardHolder,
        &["cc-name", "cc-given-name", "cc-additional-name", "cc-family-name"],
    ),
    ("cc-type", FieldClass::Card, &["cc-type"]),
    ("password", FieldClass::Password, &["password", "new-password", "current-password"]),
    ("bday*", FieldClass::DateOfBirth, &["bday", "bday-day", "bday-month", "bday-year"]),
];

/// Labels of pages that have something sensitive, beside password fields, which the labels leave out.
const SENSITIVE_LABELS: &[&str] =
    &["cc-", "bday", "password", "new-password", "current-password", "id-number"];

/// Label of a field. A password field of an account has none in the set, but is one all the same; and where
/// `new-password` is the label of another type, it only repeats an attribute that keeps the browser from filling in.
fn label_of(line: &Line) -> &str {
    let is_password = line.descriptor.kind == "password";
    match &line.truth {
        Some(label) if label == "new-password" && !is_password => "",
        Some(label) => label,
        None if is_password => "password",
        None => "",
    }
}

/// A password field without a label that was found to be more than a password, a card code for instance: the labels
/// cannot say which, so it counts neither for nor against.
fn is_hidden_code(line: &Line, finding: Option<Finding>) -> bool {
    line.truth.is_none()
        && line.descriptor.kind == "password"
        && finding.is_some_and(|finding| finding.class != FieldClass::Password)
}

#[derive(Default)]
struct Score {
    right: usize,
    wrong: usize,
    missed: usize,
}

fn main() {
    let show_misses = std::env::args().any(|argument| argument == "--misses");
    let lines: Vec<Line> =
        io::stdin().lock().lines().map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect();
    let policy = FieldPolicy::default();
    let began = Instant::now();
    let findings: Vec<_> = lines.iter().map(|line| classify(&line.descriptor, &policy)).collect();
    let each_us = began.elapsed().as_secs_f64() * 1e6 / lines.len().max(1) as f64;
    println!("{} fields, {each_us:.0} µs each in this build", lines.len());
    let groups: [(&str, Option<u8>, bool); 4] = [
        ("first half, visible", Some(0), true),
        ("second half, visible", Some(1), true),
        ("all, visible", None, true),
        ("all, hidden too", None, false),
    ];
    for (title, half, only_visible) in groups {
        let chosen: Vec<usize> = (0..lines.len())
            .filter(|at| half.is_none_or(|half| lines[*at].half == half))
            .filter(|at| !only_visible || lines[*at].visible)
            .collect();
        print_group(title, &chosen, &lines, &findings);
    }
    if show_misses {
        for (line, finding) in lines.iter().zip(&findings) {
            print_miss(line, *finding);
        }
    }
}

fn print_group(title: &str, chosen: &[usize], lines: &[Line], findings: &[Option<Finding>]) {
    println!("\n{title}: {} fields", chosen.len());
    // Where no field has a label, nobody looked: what is found there is counted below only.
    let labelled: BTreeSet<&str> =
        lines.iter().filter(|line| line.truth.is_some()).map(|line| line.page.as_str()).collect();
    println!("{:<10} {:>7} {:>10} {:>7}", "class", "fields", "precision", "recall");
    for (name, class, labels) in JUDGED {
        let mut score = Score::default();
        for at in chosen {
            let line = &lines[*at];
            let is_judged = labelled.contains(line.page.as_str()) || line.descriptor.kind == "password";
            if !is_judged || is_hidden_code(line, findings[*at]) {
                continue;
            }
            let is_labelled = labels.contains(&label_of(&lines[*at]));
            let is_found = findings[*at].is_some_and(|finding| finding.class == *class);
            match (is_labelled, is_found) {
                (true, true) => score.right += 1,
                (false, true) => score.wrong += 1,
                (true, false) => score.missed += 1,
                (false, false) => {}
            }
        }
        let share = |of: usize| score.right as f64 / of.max(1) as f64;
        println!(
            "{name:<10} {:>7} {:>10.3} {:>7.3}",
            score.right + score.missed,
            share(score.right + score.wrong),
            share(score.right + score.missed)
        );
    }
    let sensitive: BTreeSet<&str> = lines
        .iter()
        .filter(|line| SENSITIVE_LABELS.iter().any(|label| label_of(line).starts_with(label)))
        .map(|line| line.page.as_str())
        .collect();
    let ordinary: Vec<usize> =
        chosen.iter().copied().filter(|at| !sensitive.contains(lines[*at].page.as_str())).collect();
    let mut hits: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in ordinary.iter().filter_map(|at| findings[*at]) {
        *hits.entry(finding.class.as_str()).or_default() += 1;
    }
    let hit: usize = hits.values().sum();
    let share = 100.0 * (1.0 - hit as f64 / ordinary.len().max(1) as f64);
    println!(
        "pages without sensitive fields: {} fields, {share:.2} % not hit; hits {hits:?}",
        ordinary.len()
    );
}

fn print_miss(line: &Line, finding: Option<Finding>) {
    let class = finding.map(|finding| finding.class);
    let reason = finding.map(|finding| finding.reason.as_str());
    let label = label_of(line);
    let expected = JUDGED.iter().find(|(_, _, labels)| labels.contains(&label)).map(|(_, class, _)| *class);
    if expected == class || is_hidden_code(line, finding) {
        return;
    }
    let field = &line.descriptor;
    println!(
        "{} {} half {} visible {}\n    {} → {} by {}\n    type {:?} name {:?} id {:?} autocomplete {:?}\n    label {:?} aria {:?} placeholder {:?} title {:?} near {:?} heading {:?} maxlength {:?}",
        line.page,
        field.tag,
        line.half,
        line.visible,
        if label.is_empty() { "ordinary" } else { label },
        class.map_or("none", FieldClass::as_str),
        reason.unwrap_or("-"),
        field.kind,
        field.name,
        field.id,
        field.autocomplete,
        field.label,
        field.aria,
        field.placeholder,
        field.title,
        field.near,
        field.heading,
        field.max_length
    );
}
