//! The receipt for the customer: one page of HTML, complete in itself, without a script.
//!
//! Every value passes through `escape`; the page forbids itself everything but its own style. The number is shown by its
//! last digits only, since paper and mail go astray.

use super::escape;
use super::strings::{Language, Strings, fill};
use crate::Result;
use crate::evidence::{
    CallEvidence, ConsentState, LawfulBasis, Outcome, PartyEvidence, PartyRole, WithdrawalEffect, invalid,
};

/// What the page looks like.
const STYLE: &str = include_str!("receipt.css");
/// Most characters of a name, an address or a contact.
const MOST_CHARACTERS: usize = 80;
/// Most characters of the words that were said; with more the receipt would not stay on one page.
const MOST_CHARACTERS_TOLD: usize = 400;
/// Most purposes that are listed.
const MOST_PURPOSES: usize = 6;
/// Most characters of a purpose: one line.
const MOST_CHARACTERS_OF_PURPOSE: usize = 60;
/// Digits of a number that are shown.
const SHOWN_DIGITS: usize = 3;

/// For whom and how the receipt is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReceiptOptions {
    /// Whose receipt it is.
    pub party: u32,
    /// The language.
    pub language: Language,
    /// The customer's distance to UTC, minutes; the zone is named beside every time.
    pub utc_offset_minutes: i16,
}

/// The receipt as a page of HTML.
///
/// # Errors
/// `EvidenceInvalid` when the evidence contradicts itself, or when the party is not asked in this call.
pub fn html(evidence: &CallEvidence, options: ReceiptOptions) -> Result<String> {
    evidence.validate()?;
    let person = usize::try_from(options.party).ok().and_then(|index| evidence.parties.get(index));
    let person = person
        .filter(|person| person.role != PartyRole::Agent)
        .ok_or_else(|| invalid("The consent of this party is not asked."))?;
    let page = Page { evidence, options, person, words: Strings::of(options.language)? };
    Ok(page.write())
}

struct Page<'a> {
    evidence: &'a CallEvidence,
    options: ReceiptOptions,
    person: &'a PartyEvidence,
    words: Strings,
}

impl Page<'_> {
    fn write(&self) -> String {
        let words = &self.words;
        let company = self.company();
        let language = self.options.language.tag();
        let rows: String = self.rows().iter().map(|(label, value)| row(label, value)).collect();
        let call_id = row(&words.label_call_id, &format!("<code>{}</code>", self.evidence.call_id));
        let head = row(&words.label_head, &format!("<code>{}</code>", in_halves(&self.evidence.ledger.head)));
        format!(
            "<!doctype html>\n\
             <html lang=\"{language}\">\n\
             <head>\n\
             <meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <meta name=\"referrer\" content=\"no-referrer\">\n\
             <meta name=\"robots\" content=\"noindex\">\n\
             <title>{title} – {company_plain}</title>\n\
             <style>\n{STYLE}</style>\n\
             </head>\n\
             <body>\n\
             <main class=\"{class}\">\n\
             <h1>{title}</h1>\n\
             <p class=\"intro\">{intro}</p>\n\
             <p class=\"state\">{state}</p>\n\
             <dl>\n{rows}</dl>\n\
             <section>\n<h2>{withdraw_label}</h2>\n<p>{withdraw}</p>\n</section>\n\
             <section>\n<h2>{verify_label}</h2>\n<p>{verify}</p>\n<dl class=\"codes\">\n{call_id}{head}</dl>\n</section>\n\
             </main>\n\
             </body>\n\
             </html>\n",
            title = words.title,
            company_plain = escape::html(&self.evidence.controller.name, MOST_CHARACTERS),
            class = self.class(),
            intro = fill(&words.intro, &[("company", &company)]),
            state = self.state(),
            withdraw_label = words.label_withdraw,
            withdraw = self.withdraw(),
            verify_label = words.label_verify,
            verify = words.verify_how,
        )
    }

    fn rows(&self) -> Vec<(&str, String)> {
        let (words, evidence) = (&self.words, self.evidence);
        let mut rows = vec![(words.label_company.as_str(), self.company_with_address())];
        if let Some(agent) = evidence.parties.first().and_then(|agent| agent.name.as_deref()) {
            rows.push((&words.label_agent, value(agent)));
        }
        if let Some(you) = self.you() {
            rows.push((&words.label_you, you));
        }
        let called =
            format!("{} · {}", self.time(evidence.answered_at_ms), words.length(evidence.end_sample));
        rows.push((&words.label_call, called));
        rows.push((&words.label_told, self.told()));
        rows.push((&words.label_answer, self.answer()));
        rows.push((&words.label_purposes, self.purposes()));
        if self.has_audio() {
            if evidence.outcome != Outcome::AgentSide {
                rows.push((&words.label_basis, words.basis(evidence.decision.basis).to_owned()));
            }
            rows.push((&words.label_cut, self.cut()));
            if !self.is_shredded() {
                rows.push((&words.label_retention, self.retention()));
            }
        }
        let url = escape::html(&evidence.controller.privacy_notice_url, usize::MAX);
        rows.push((&words.label_privacy, format!("<a href=\"{url}\" rel=\"noreferrer\">{url}</a>")));
        rows
    }

    fn has_audio(&self) -> bool {
        !self.evidence.segments.is_empty()
    }

    fn withdrawal_effect(&self) -> Option<WithdrawalEffect> {
        let mut own =
            self.evidence.withdrawals.iter().filter(|withdrawal| withdrawal.party == self.options.party);
        own.next_back().map(|withdrawal| withdrawal.effect)
    }

    /// Whether any party's withdrawal takes the recording away.
    fn is_shredded(&self) -> bool {
        self.evidence.withdrawals.iter().any(|withdrawal| withdrawal.effect == WithdrawalEffect::StopAndShred)
    }

    fn state(&self) -> String {
        let words = &self.words;
        let withdrawn =
            self.evidence.consent_of(self.options.party) == ConsentState::Withdrawn && self.has_audio();
        match (self.withdrawal_effect(), self.evidence.outcome) {
            (Some(WithdrawalEffect::StopAndKeep), _) if withdrawn => words.withdrawn_kept.clone(),
            (Some(WithdrawalEffect::StopAndShred), _) if withdrawn => words.withdrawn_shredded.clone(),
            (Some(WithdrawalEffect::KeepUntil { until_ms }), _) if withdrawn => {
                fill(&words.withdrawn_until, &[("time", &self.time(until_ms))])
            }
            (_, Outcome::Recorded) => words.recorded.clone(),
            (_, Outcome::Withdrawn) => words.withdrawn_other.clone(),
            (_, Outcome::Declined) => words.declined.clone(),
            (_, Outcome::AgentSide) => words.agent_side.clone(),
            (_, Outcome::Unanswered) => words.unanswered.clone(),
            (_, Outcome::Failed) if self.has_audio() => words.failed.clone(),
            (_, Outcome::Failed) => words.failed_nothing.clone(),
        }
    }

    /// Of the style only.
    fn class(&self) -> &'static str {
        if self.withdrawal_effect().is_some() {
            Outcome::Withdrawn.as_str()
        } else {
            self.evidence.outcome.as_str()
        }
    }

    fn company(&self) -> String {
        value(&self.evidence.controller.name)
    }

    fn company_with_address(&self) -> String {
        let address = self.evidence.controller.address.as_deref().map(value);
        address.map_or_else(|| self.company(), |address| format!("{}, {address}", self.company()))
    }

    fn you(&self) -> Option<String> {
        let number = self.person.tel.as_deref().map(|number| {
            let from = number.len().saturating_sub(SHOWN_DIGITS);
            let digits = escape::html(number.get(from..).unwrap_or_default(), SHOWN_DIGITS);
            fill(&self.words.number_ending, &[("digits", &digits)])
        });
        let name = self.person.name.as_deref().map(value);
        match (name, number) {
            (Some(name), Some(number)) => Some(format!("{name}, {number}")),
            (name, number) => name.or(number),
        }
    }

    fn told(&self) -> String {
        let Some(played) = self.evidence.disclosures_to(self.options.party).last() else {
            return self.words.not_told.clone();
        };
        // Evidence that was read from a ledger knows which words, and not the words.
        let words = if played.text.is_empty() { &played.prompt_id } else { &played.text };
        let text = escape::html(words, MOST_CHARACTERS_TOLD);
        if is_language_tag(&played.language) {
            return format!("<q lang=\"{}\">{text}</q>", played.language);
        }
        format!("<q>{text}</q>")
    }

    fn answer(&self) -> String {
        let party = self.options.party;
        let answered = self.evidence.last_answer_of(party).map_or_else(
            || self.words.no_answer.clone(),
            |answer| {
                let sentence = self.words.answered(answer.answer, answer.method);
                format!("{sentence}<br><span class=\"quiet\">{}</span>", self.time(answer.at_ms))
            },
        );
        let withdrawals = self.evidence.withdrawals.iter().filter(|withdrawal| withdrawal.party == party);
        withdrawals.fold(answered, |text, withdrawal| {
            let withdrawn = fill(&self.words.withdrawn_at, &[("time", &self.time(withdrawal.at_ms))]);
            format!("{text}<br>{withdrawn}")
        })
    }

    fn purposes(&self) -> String {
        let purposes = self.evidence.purposes();
        let items: String = purposes
            .iter()
            .take(MOST_PURPOSES)
            .map(|purpose| escape::html(self.words.purpose(purpose), MOST_CHARACTERS_OF_PURPOSE))
            .map(|purpose| format!("<li><bdi>{purpose}</bdi></li>"))
            .collect();
        let more = if purposes.len() > MOST_PURPOSES { "<li>…</li>" } else { "" };
        format!("<ul>{items}{more}</ul>")
    }

    fn cut(&self) -> String {
        let duration = self.words.length(self.evidence.redacted_samples());
        match self.evidence.redactions.len() {
            0 => self.words.cut_none.clone(),
            1 => fill(&self.words.cut_one, &[("duration", &duration)]),
            count => fill(&self.words.cut_many, &[("count", &count.to_string()), ("duration", &duration)]),
        }
    }

    fn retention(&self) -> String {
        match self.evidence.controller.retention_days {
            Some(days) => fill(&self.words.retention_days, &[("days", &days.to_string())]),
            None => self.words.retention_notice.clone(),
        }
    }

    fn withdraw(&self) -> String {
        let words = &self.words;
        let given = self.evidence.consent_of(self.options.party) == ConsentState::Given;
        let template = if !self.has_audio() || self.is_shredded() {
            &words.withdraw_nothing
        } else if given && self.evidence.decision.basis == LawfulBasis::Consent {
            &words.withdraw_how
        } else {
            &words.withdraw_other
        };
        let contact = value(&self.evidence.controller.contact);
        fill(template, &[("company", &self.company()), ("contact", &contact)])
    }

    fn time(&self, at_ms: u64) -> String {
        self.words.time(at_ms, self.options.utc_offset_minutes)
    }
}

/// Subtags of letters and digits (BCP 47), as far as an attribute needs to know.
fn is_language_tag(tag: &str) -> bool {
    tag.split('-').all(|part| {
        (1..=8).contains(&part.len()) && part.bytes().all(|letter| letter.is_ascii_alphanumeric())
    })
}

/// A value of others, kept apart from the direction of the text around it.
fn value(text: &str) -> String {
    format!("<bdi>{}</bdi>", escape::html(text, MOST_CHARACTERS))
}

/// A validated hash that may break in its middle.
fn in_halves(hash: &str) -> String {
    let (first, second) = hash.split_at_checked(hash.len() / 2).unwrap_or((hash, ""));
    format!("{first}<wbr>{second}")
}

fn row(label: &str, value: &str) -> String {
    format!("<dt>{label}</dt><dd>{value}</dd>\n")
}
