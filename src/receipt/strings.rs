//! The words of receipts and summaries in every language, from the data files beside this one.
//!
//! A language is complete or it does not load: a missing or an unknown string is an error, found by the tests.

use serde::Deserialize;

use crate::Result;
use crate::evidence::{
    Answer, AnswerMethod, CalendarTime, LawfulBasis, Outcome, Purpose, invalid, seconds_of_samples,
};

/// A language that receipts are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Spanish.
    Spanish,
    /// French.
    French,
    /// German.
    German,
    /// Portuguese.
    Portuguese,
}

impl Language {
    /// Every language.
    pub const ALL: &'static [Self] =
        &[Self::English, Self::Spanish, Self::French, Self::German, Self::Portuguese];

    /// The language for a tag like `de-AT` (BCP 47); English for a language without words here.
    #[must_use]
    pub fn for_tag(tag: &str) -> Self {
        let primary = tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        let known = Self::ALL.iter().find(|language| language.tag() == primary);
        known.copied().unwrap_or(Self::English)
    }

    /// Its tag.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Spanish => "es",
            Self::French => "fr",
            Self::German => "de",
            Self::Portuguese => "pt",
        }
    }

    const fn file(self) -> &'static str {
        match self {
            Self::English => include_str!("strings/en.json"),
            Self::Spanish => include_str!("strings/es.json"),
            Self::French => include_str!("strings/fr.json"),
            Self::German => include_str!("strings/de.json"),
            Self::Portuguese => include_str!("strings/pt.json"),
        }
    }
}

/// The words of one language. Those with braces are filled by [`fill`].
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Strings {
    pub(super) months: Vec<String>,
    purposes: Purposes,
    outcomes: Outcomes,
    methods: Methods,
    pub(super) date: String,
    pub(super) duration: String,
    pub(super) duration_short: String,
    pub(super) title: String,
    pub(super) intro: String,
    pub(super) recorded: String,
    pub(super) withdrawn_kept: String,
    pub(super) withdrawn_shredded: String,
    pub(super) withdrawn_until: String,
    pub(super) withdrawn_other: String,
    pub(super) declined: String,
    pub(super) agent_side: String,
    pub(super) unanswered: String,
    pub(super) failed: String,
    pub(super) failed_nothing: String,
    pub(super) label_company: String,
    pub(super) label_you: String,
    pub(super) label_agent: String,
    pub(super) label_call: String,
    pub(super) label_told: String,
    pub(super) label_answer: String,
    pub(super) label_basis: String,
    pub(super) label_purposes: String,
    pub(super) label_cut: String,
    pub(super) label_retention: String,
    pub(super) label_privacy: String,
    pub(super) label_withdraw: String,
    pub(super) label_verify: String,
    pub(super) label_call_id: String,
    pub(super) label_head: String,
    pub(super) number_ending: String,
    pub(super) yes_agent: String,
    pub(super) yes_keypad: String,
    pub(super) yes_before: String,
    pub(super) yes_stayed: String,
    pub(super) no_agent: String,
    pub(super) no_keypad: String,
    pub(super) no_before: String,
    pub(super) no_stayed: String,
    pub(super) no_answer: String,
    pub(super) withdrawn_at: String,
    pub(super) not_told: String,
    pub(super) cut_none: String,
    pub(super) cut_one: String,
    pub(super) cut_many: String,
    pub(super) retention_days: String,
    pub(super) retention_notice: String,
    pub(super) withdraw_how: String,
    pub(super) withdraw_other: String,
    pub(super) withdraw_nothing: String,
    pub(super) verify_how: String,
    pub(super) basis_consent: String,
    pub(super) basis_contract: String,
    pub(super) basis_legal_obligation: String,
    pub(super) basis_vital_interests: String,
    pub(super) basis_public_task: String,
    pub(super) basis_legitimate_interests: String,
    pub(super) summary_title: String,
    pub(super) summary_call: String,
    pub(super) summary_disclosure: String,
    pub(super) summary_disclosure_read: String,
    pub(super) summary_no_disclosure: String,
    pub(super) summary_answer: String,
    pub(super) summary_no_answer: String,
    pub(super) summary_withdrawn: String,
    pub(super) summary_more: String,
    pub(super) yes: String,
    pub(super) no: String,
    pub(super) summary_rule: String,
    pub(super) summary_cut: String,
    pub(super) summary_call_id: String,
    pub(super) summary_head: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Purposes {
    recording: String,
    quality: String,
    training: String,
    evidence: String,
    transcription: String,
    analysis: String,
    compliance: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Outcomes {
    recorded: String,
    withdrawn: String,
    declined: String,
    agent_side: String,
    unanswered: String,
    failed: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Methods {
    agent_button: String,
    agent_hotkey: String,
    keypad: String,
    host_assertion: String,
    notice_and_stay: String,
}

impl Strings {
    /// The words of `language`.
    pub(super) fn of(language: Language) -> Result<Self> {
        serde_json::from_str(language.file())
            .map_err(|_| invalid("The words of the language are incomplete."))
    }

    /// A date and time, with its zone.
    pub(super) fn time(&self, at_ms: u64, utc_offset_minutes: i16) -> String {
        let CalendarTime { year, month, day, hour, minute, .. } = CalendarTime::at(at_ms, utc_offset_minutes);
        let index = usize::try_from(month.saturating_sub(1)).unwrap_or_default();
        let month = self.months.get(index).map_or("", String::as_str);
        fill(
            &self.date,
            &[
                ("day", &day.to_string()),
                ("month", month),
                ("year", &year.to_string()),
                ("hour", &format!("{hour:02}")),
                ("minute", &format!("{minute:02}")),
                ("zone", &zone(utc_offset_minutes)),
            ],
        )
    }

    /// A number of samples as minutes and seconds, rounded to whole seconds.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the seconds of a call are a small positive number"
    )]
    pub(super) fn length(&self, samples: u64) -> String {
        let seconds = seconds_of_samples(samples).round() as u64;
        let (minutes, seconds) = (seconds / 60, seconds % 60);
        if minutes == 0 {
            return fill(&self.duration_short, &[("seconds", &seconds.to_string())]);
        }
        fill(&self.duration, &[("minutes", &minutes.to_string()), ("seconds", &seconds.to_string())])
    }

    /// A purpose: this language's words for the known ones, else the controller's own.
    pub(super) fn purpose<'a>(&'a self, purpose: &'a Purpose) -> &'a str {
        match purpose.id.as_str() {
            "recording" => &self.purposes.recording,
            "quality" => &self.purposes.quality,
            "training" => &self.purposes.training,
            "evidence" => &self.purposes.evidence,
            "transcription" => &self.purposes.transcription,
            "analysis" => &self.purposes.analysis,
            "compliance" => &self.purposes.compliance,
            other => purpose.label.as_deref().unwrap_or(other),
        }
    }

    /// The outcome in a few words, for a note.
    pub(super) fn outcome(&self, outcome: Outcome) -> &str {
        match outcome {
            Outcome::Recorded => &self.outcomes.recorded,
            Outcome::Withdrawn => &self.outcomes.withdrawn,
            Outcome::Declined => &self.outcomes.declined,
            Outcome::AgentSide => &self.outcomes.agent_side,
            Outcome::Unanswered => &self.outcomes.unanswered,
            Outcome::Failed => &self.outcomes.failed,
        }
    }

    /// A method in a few words, for a note.
    pub(super) fn method(&self, method: AnswerMethod) -> &str {
        match method {
            AnswerMethod::AgentButton => &self.methods.agent_button,
            AnswerMethod::AgentHotkey => &self.methods.agent_hotkey,
            AnswerMethod::Keypad => &self.methods.keypad,
            AnswerMethod::HostAssertion => &self.methods.host_assertion,
            AnswerMethod::NoticeAndStay => &self.methods.notice_and_stay,
        }
    }

    /// What the customer answered and how, in a sentence to the customer.
    pub(super) fn answered(&self, answer: Answer, method: AnswerMethod) -> &str {
        match (answer, method) {
            (Answer::Yes, AnswerMethod::AgentButton | AnswerMethod::AgentHotkey) => &self.yes_agent,
            (Answer::Yes, AnswerMethod::Keypad) => &self.yes_keypad,
            (Answer::Yes, AnswerMethod::HostAssertion) => &self.yes_before,
            (Answer::Yes, AnswerMethod::NoticeAndStay) => &self.yes_stayed,
            (Answer::No, AnswerMethod::AgentButton | AnswerMethod::AgentHotkey) => &self.no_agent,
            (Answer::No, AnswerMethod::Keypad) => &self.no_keypad,
            (Answer::No, AnswerMethod::HostAssertion) => &self.no_before,
            (Answer::No, AnswerMethod::NoticeAndStay) => &self.no_stayed,
        }
    }

    /// The legal basis, to the customer.
    pub(super) fn basis(&self, basis: LawfulBasis) -> &str {
        match basis {
            LawfulBasis::Consent => &self.basis_consent,
            LawfulBasis::Contract => &self.basis_contract,
            LawfulBasis::LegalObligation => &self.basis_legal_obligation,
            LawfulBasis::VitalInterests => &self.basis_vital_interests,
            LawfulBasis::PublicTask => &self.basis_public_task,
            LawfulBasis::LegitimateInterests => &self.basis_legitimate_interests,
        }
    }
}

/// `UTC`, `UTC+2`, `UTC-3:30`.
fn zone(utc_offset_minutes: i16) -> String {
    let sign = if utc_offset_minutes < 0 { '-' } else { '+' };
    let minutes = utc_offset_minutes.unsigned_abs();
    match (minutes / 60, minutes % 60) {
        (0, 0) => "UTC".to_owned(),
        (hours, 0) => format!("UTC{sign}{hours}"),
        (hours, minutes) => format!("UTC{sign}{hours}:{minutes:02}"),
    }
}

/// Puts `values` in place of their names in braces, in one pass: braces within a value stay what they are.
pub(super) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(template.len().saturating_mul(2));
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once('{') {
        filled.push_str(before);
        let (name, behind) = behind.split_once('}').unwrap_or((behind, ""));
        let value = values.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value);
        filled.push_str(value);
        rest = behind;
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::{Language, Strings, fill};
    use serde_json::Value;
    use std::collections::BTreeSet;

    /// The names in braces of every string, by the path of the string.
    fn placeholders(value: &Value, path: &str, found: &mut BTreeSet<(String, String)>) {
        match value {
            Value::String(text) => {
                assert!(!text.trim().is_empty(), "{path} is empty");
                for piece in text.split('{').skip(1) {
                    found.insert((path.to_owned(), piece.split_once('}').unwrap().0.to_owned()));
                }
            }
            Value::Object(members) => {
                members
                    .iter()
                    .for_each(|(name, value)| placeholders(value, &format!("{path}/{name}"), found));
            }
            Value::Array(items) => items.iter().for_each(|value| placeholders(value, path, found)),
            _ => panic!("{path} is no text"),
        }
    }

    #[test]
    fn every_language_has_every_string_and_the_same_places_to_fill() {
        let of = |language: Language| {
            let mut found = BTreeSet::new();
            placeholders(&serde_json::from_str(language.file()).unwrap(), "", &mut found);
            found
        };
        for language in Language::ALL {
            let strings = Strings::of(*language).unwrap();
            assert_eq!(strings.months.len(), 12);
            assert_eq!(of(*language), of(Language::English), "{language:?}");
        }
    }

    #[test]
    fn a_tag_finds_its_language() {
        assert_eq!(Language::for_tag("de-AT"), Language::German);
        assert_eq!(Language::for_tag("PT_br"), Language::Portuguese);
        assert_eq!(Language::for_tag("nl"), Language::English);
        assert_eq!(Language::for_tag(""), Language::English);
    }

    #[test]
    fn values_are_not_filled_again() {
        assert_eq!(fill("{a} and {b}", &[("a", "{b}"), ("b", "two")]), "{b} and two");
        assert_eq!(fill("plain", &[]), "plain");
        assert_eq!(fill("open {a", &[("a", "one")]), "open one");
    }

    #[test]
    fn times_and_lengths_are_written_as_people_do() {
        let strings = Strings::of(Language::German).unwrap();
        assert_eq!(strings.time(1_790_000_000_000, 120), "21. September 2026, 16:13 Uhr UTC+2");
        let strings = Strings::of(Language::Portuguese).unwrap();
        assert_eq!(strings.time(1_790_000_000_000, -210), "21 de setembro de 2026, 10:43 UTC-3:30");
        assert_eq!(strings.length(48_000 * 61 + 24_000), "1 min 2 s");
        assert_eq!(strings.length(48_000 * 59), "59 s");
    }
}
