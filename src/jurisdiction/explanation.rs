//! Why a decision is as it is, in words.
//!
//! Owns the English sentences and the identifiers under which translations are kept. They are built from the table and
//! from codes of places only: nothing that a party said, and no number, gets in here.

use super::decision::Decision;
use super::facts::{Role, Signal};
use super::finding::{Finding, RowCited, Warning};
use super::place::Place;
use super::row::{Basis, Confidence};
use super::rule::{Mode, Reading, Rule};
use super::table::Table;
use serde::Serialize;

/// One sentence for the panel, also as an identifier with parameters, for translations.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Summary {
    /// `jurisdiction.<mode>.known` or `jurisdiction.<mode>.unknown`.
    pub id: String,
    /// What a translation fills in.
    pub parameters: Parameters,
    /// The English sentence.
    pub text: String,
}

/// What a translation of the summary fills in.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Parameters {
    /// Whose place decides.
    pub role: Option<Role>,
    /// Codes of the places one of which is that party's; empty: unknown.
    pub places: Vec<Place>,
    /// English name of the deciding row.
    pub name: Option<String>,
    /// The strictest rule.
    pub rule: Option<Rule>,
    /// How many other findings decide too.
    pub others: usize,
}

/// The one sentence.
pub(super) fn summary(decision: &Decision) -> Summary {
    let deciding: Vec<_> = decision.findings.iter().filter(|finding| finding.decides).collect();
    // That a place is not known is what the agent can do something about.
    let first = deciding.iter().find(|finding| finding.row.is_none()).or(deciding.first());
    let mut parameters = Parameters {
        rule: Some(decision.rule),
        others: deciding.len().saturating_sub(1),
        ..Parameters::default()
    };
    let mut known = false;
    let mut why = String::new();
    if let Some(finding) = first {
        parameters.role = Some(finding.role);
        parameters.places.clone_from(&finding.places);
        let role = role_words(finding.role);
        let vague = [Warning::PartUnknown, Warning::SeveralPlaces];
        why = match &finding.row {
            None => format!("the place of {role} is not known, so the strictest law counts"),
            Some(row) => {
                known = true;
                parameters.name = Some(row.name.clone());
                let asks = rule_words(finding.rule);
                if finding.warnings.iter().any(|warning| vague.contains(warning)) {
                    format!("{} may be where {role} is, and {asks}", row.name)
                } else {
                    format!("{} ({role}) {asks}", row.name)
                }
            }
        };
    }
    let policy = match decision.mandate {
        Some(mandate) => format!(" The policy follows {}.", mandate.citation()),
        None if decision.mode > decision.table_mode => " The policy asks for more than the law.".to_owned(),
        None => String::new(),
    };
    Summary {
        id: format!("jurisdiction.{}.{}", decision.mode.as_str(), if known { "known" } else { "unknown" }),
        parameters,
        text: format!("{}: {why}.{policy}", mode_words(decision.mode)),
    }
}

/// The whole reasoning.
pub(super) fn sentences(decision: &Decision, table: &Table) -> Vec<String> {
    let mut sentences = vec![format!("{}.", mode_words(decision.mode))];
    sentences.extend(decision.findings.iter().map(|finding| finding_words(finding, decision)));
    let mut step = |holds: bool, sentence: &str| {
        if holds {
            sentences.push(sentence.to_owned());
        }
    };
    step(
        decision.conflict,
        "One law asks for the announcement in the recording, another for nothing before the yes; the latter counts, \
         and the announcement is repeated at the start of the recording.",
    );
    step(
        decision.announcement_in_recording && !decision.conflict,
        "The announcement has to be part of the recording.",
    );
    step(decision.beep, "A periodic tone has to be heard.");
    step(
        decision.reading == Reading::Plain,
        "By policy the bare rule of each statute counted, not the stricter reading.",
    );
    if let Some(mandate) = decision.mandate {
        sentences.push(format!(
            "By policy this call has to be recorded under {}; the law table alone asks for {}.",
            mandate.citation(),
            decision.table_mode.as_str()
        ));
    } else if decision.mode > decision.table_mode {
        sentences.push(format!(
            "By policy the mode is stricter than the law table asks ({}).",
            decision.table_mode.as_str()
        ));
    }
    let disclaimer = table.disclaimer();
    sentences.push(format!(
        "Law table version {}, SHA-256 {}. {disclaimer}",
        decision.table_version, decision.table_sha256
    ));
    sentences
}

fn finding_words(finding: &Finding, decision: &Decision) -> String {
    let who = match finding.party {
        Some(party) => format!("Party {party} ({})", finding.role.as_str()),
        None => capital(finding.role.as_str()),
    };
    let place = if finding.places.is_empty() { "an unknown place".to_owned() } else { codes(finding) };
    let because = finding.signal.map_or("no hint", signal_words);
    let law = match &finding.row {
        None => format!("as strict as all rows of table {} together", decision.table_version),
        Some(row) => row_words(row, finding, decision),
    };
    let mut words = format!("{who}, {place} by {because}: {law}.");
    if finding.decides {
        words.push_str(" This decides.");
    }
    for warning in &finding.warnings {
        words.push(' ');
        words.push_str(warning_words(*warning));
    }
    words
}

fn row_words(row: &RowCited, finding: &Finding, decision: &Decision) -> String {
    let stay = match (row.rule, row.notice_is_consent) {
        (_, Some(false)) => ", staying on after notice is no consent",
        (Rule::ExplicitOptIn, _) | (Rule::OneParty | Rule::NoticeRequired, None) => "",
        (_, Some(true)) => ", staying on after notice is consent",
        (Rule::AllParty, None) => ", and whether staying on after notice is consent is not settled",
    };
    let others = match finding.rows_considered.len() {
        0 | 1 => String::new(),
        count => format!(", the strictest of {count} rows"),
    };
    format!(
        "row {} ({}) of table {}{others}: it {}{stay}; {}; {}, {}, reviewed {}",
        row.code,
        row.name,
        decision.table_version,
        rule_words(row.rule),
        row.citation,
        basis_words(row.basis),
        confidence_words(row.confidence),
        row.reviewed
    )
}

/// The finding's codes, for people.
fn codes(finding: &Finding) -> String {
    let codes: Vec<_> = finding.places.iter().map(ToString::to_string).collect();
    codes.join(" or ")
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

const fn mode_words(mode: Mode) -> &'static str {
    match mode {
        Mode::Mandatory => "Announce that the call has to be recorded, and record it",
        Mode::NoticeAndStay => "Announce the recording; who stays on the line agrees",
        Mode::RecordDisclosure => "Announce the recording inside the recording; who stays on the line agrees",
        Mode::NothingBeforeYes => "Ask, and keep nothing before the yes",
    }
}

const fn rule_words(rule: Rule) -> &'static str {
    match rule {
        Rule::OneParty => "asks for one party's consent",
        Rule::NoticeRequired => "asks that everybody is told",
        Rule::AllParty => "asks for everybody's consent",
        Rule::ExplicitOptIn => "asks for everybody's explicit yes before the recording",
    }
}

const fn role_words(role: Role) -> &'static str {
    match role {
        Role::Agent => "the agent",
        Role::Customer => "the customer",
        Role::Other => "somebody on the line",
        Role::Company => "the company",
    }
}

const fn signal_words(signal: Signal) -> &'static str {
    match signal {
        Signal::Number => "the telephone number",
        Signal::CrmAddress => "the address on record",
        Signal::Declared => "what the party said",
        Signal::AgentPlace => "the agent's place of work",
        Signal::CompanyPlace => "the company's place",
    }
}

const fn basis_words(basis: Basis) -> &'static str {
    match basis {
        Basis::Primary => "primary source",
        Basis::Secondary => "secondary source",
        Basis::General => "general knowledge",
    }
}

const fn confidence_words(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::High => "high confidence",
        Confidence::Medium => "medium confidence",
        Confidence::Low => "low confidence",
    }
}

const fn warning_words(warning: Warning) -> &'static str {
    match warning {
        Warning::NumberInvalid => "Its number could not be read.",
        Warning::PlaceInvalid => "The code of its place could not be read.",
        Warning::NoHint => "Nothing tells where it is.",
        Warning::NumberWithoutPlace => "Its number is reached from anywhere and tells no place.",
        Warning::NumberCodeUnknown => "Its number's code is not known and tells no place.",
        Warning::ContradictoryHints => "Its hints contradict each other; the strictest counts.",
        Warning::PlaceNotInTable => "The table does not speak of this place.",
        Warning::PartUnknown => "Which part of it is not known; the strictest counts.",
        Warning::SeveralPlaces => "Its number stands for several places; the strictest counts.",
        Warning::GeneralKnowledge => "Nothing was read for this row: have it checked.",
        Warning::LowConfidence => "This row is uncertain: have it checked.",
        Warning::PartlyVerified => "Only a part of this row was read.",
        Warning::Contested => "This row is contested.",
    }
}
