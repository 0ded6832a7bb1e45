//! The summary for a note in a CRM: plain text, at most twelve lines, nothing personal.

use super::escape::line;
use super::strings::{Language, Strings, fill};
use crate::Result;
use crate::evidence::{Answer, CallEvidence, ConsentState};

/// Lines for answers and withdrawals; with the seven others the note has twelve.
const MOST_EVENTS: usize = 5;

/// Most characters of a word that the host chose.
const MOST_CHARACTERS: usize = 60;

/// What a note in a CRM says about the call's consent, in `language`, with times moved by `utc_offset_minutes`.
///
/// # Errors
/// `EvidenceInvalid` when the evidence contradicts itself.
pub fn summary(evidence: &CallEvidence, language: Language, utc_offset_minutes: i16) -> Result<String> {
    evidence.validate()?;
    let words = Strings::of(language)?;
    let time = |at_ms| words.time(at_ms, utc_offset_minutes);
    let mut lines = vec![
        fill(&words.summary_title, &[("outcome", words.outcome(evidence.outcome))]),
        fill(
            &words.summary_call,
            &[("time", &time(evidence.answered_at_ms)), ("duration", &words.length(evidence.end_sample))],
        ),
        disclosure(evidence, &words),
    ];
    lines.extend(events(evidence, &words, &time));
    let places = line(&evidence.decision.places.join(", "), MOST_CHARACTERS);
    lines.push(fill(
        &words.summary_rule,
        &[
            ("rule", &line(&evidence.decision.rule, MOST_CHARACTERS)),
            ("mode", &line(&evidence.decision.mode, MOST_CHARACTERS)),
            ("places", if places.is_empty() { "–" } else { &places }),
        ],
    ));
    lines.push(fill(
        &words.summary_cut,
        &[
            ("count", &evidence.redactions.len().to_string()),
            ("duration", &words.length(evidence.redacted_samples())),
        ],
    ));
    lines.push(fill(&words.summary_call_id, &[("call_id", &evidence.call_id.to_string())]));
    lines.push(fill(&words.summary_head, &[("head", &evidence.ledger.head)]));
    Ok(lines.join("\n"))
}

fn disclosure(evidence: &CallEvidence, words: &Strings) -> String {
    let Some(played) = evidence.disclosures.last() else { return words.summary_no_disclosure.clone() };
    // What the agent read out was not measured.
    let percent = played.fraction_delivered.map(|fraction| format!("{:.0}", (fraction * 100.0).floor()));
    let template = if percent.is_some() { &words.summary_disclosure } else { &words.summary_disclosure_read };
    fill(
        template,
        &[
            ("prompt", &line(&played.prompt_id, MOST_CHARACTERS)),
            ("version", &played.version.to_string()),
            ("language", &line(&played.language, MOST_CHARACTERS)),
            ("percent", percent.as_deref().unwrap_or_default()),
        ],
    )
}

/// Answers and withdrawals, party by party; what is too much is counted.
fn events(evidence: &CallEvidence, words: &Strings, time: &dyn Fn(u64) -> String) -> Vec<String> {
    let mut events = Vec::new();
    for (party, _) in (0_u32..).zip(&evidence.parties).skip(1) {
        let name = party.to_string();
        if let Some(answer) = evidence.last_answer_of(party) {
            let given = if answer.answer == Answer::Yes { &words.yes } else { &words.no };
            let method = words.method(answer.method);
            let at = time(answer.at_ms);
            let values = [("party", name.as_str()), ("answer", given), ("method", method), ("time", &at)];
            events.push(fill(&words.summary_answer, &values));
        } else if evidence.consent_of(party) == ConsentState::Unanswered {
            events.push(fill(&words.summary_no_answer, &[("party", &name)]));
        }
        for withdrawal in evidence.withdrawals.iter().filter(|withdrawal| withdrawal.party == party) {
            let (method, at) = (words.method(withdrawal.method), time(withdrawal.at_ms));
            let values = [("party", name.as_str()), ("method", method), ("time", &at)];
            events.push(fill(&words.summary_withdrawn, &values));
        }
    }
    if events.len() > MOST_EVENTS {
        let count = events.len().saturating_sub(MOST_EVENTS.saturating_sub(1));
        events.truncate(MOST_EVENTS.saturating_sub(1));
        events.push(fill(&words.summary_more, &[("count", &count.to_string())]));
    }
    events
}
