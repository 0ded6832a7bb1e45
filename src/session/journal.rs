//! What happened before there was a lawful basis, as entries for the ledger.
//!
//! Owns the order of the evidence: what the session notes goes into the running recording's ledger, or waits here
//! until there is one. Nothing is written anywhere before a lawful basis exists. Must never hold audio or personal data,
//! and must never let what a page can make at will crowd out what counts: answers before disclosures before the rest.

use crate::audio::Now;
use crate::consent::Answer;
use crate::ledger::EntryBody;
use crate::session::recording::Recording;

/// Entries that wait.
#[derive(Debug, Default)]
pub struct Journal {
    waiting: Vec<(u64, EntryBody)>,
}

/// Entries of any kind that are kept at most: a page that makes thousands of events must not make the engine hoard memory.
pub const MOST_WAITING: usize = 1_024;

/// Disclosures find room up to here.
const ROOM_FOR_DISCLOSURES: usize = MOST_WAITING + 256;

/// So does a yes.
const ROOM_FOR_ANSWERS: usize = MOST_WAITING + 512;

/// How many entries may wait for one like this to be noted. A no and a withdrawal are final: there is at most one of each
/// party, so they need no bound.
fn room_for(body: &EntryBody) -> usize {
    match body {
        // Of the agent's side there is at most one.
        EntryBody::ConsentWithdrawn(_) | EntryBody::AgentSideBegan(_) => usize::MAX,
        EntryBody::ConsentAnswered(answered) if answered.answer == Answer::No.as_str() => usize::MAX,
        EntryBody::ConsentAnswered(_) => ROOM_FOR_ANSWERS,
        EntryBody::DisclosurePlayed(_) => ROOM_FOR_DISCLOSURES,
        _ => MOST_WAITING,
    }
}

impl Journal {
    /// Notes an entry.
    pub fn note(&mut self, recording: Option<&mut Recording>, body: EntryBody, now: Now) {
        if let Some(recording) = recording {
            recording.note(body, now);
            return;
        }
        let decides = |body: &EntryBody| matches!(body, EntryBody::DecisionMade(_));
        if self.waiting.len() >= room_for(&body) {
            // Of decisions the last counts: it takes the place of the one before it.
            let before = self.waiting.iter().rposition(|(_, waiting)| decides(waiting));
            let Some(before) = before.filter(|_| decides(&body)) else { return };
            self.waiting.remove(before);
        }
        self.waiting.push((now.unix_ms, body));
    }

    /// Everything that waited, with the time it was noted.
    pub fn take(&mut self) -> Vec<(u64, EntryBody)> {
        core::mem::take(&mut self.waiting)
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small numbers of the test")]
mod tests {
    use super::*;
    use crate::disclosure::Delivery;
    use crate::ledger::{ConsentAnswered, DisclosurePlayed, PartyMoved};

    const NOW: Now = Now { monotonic_ms: 0.0, unix_ms: 7 };

    fn answered(answer: Answer) -> EntryBody {
        EntryBody::ConsentAnswered(ConsentAnswered {
            party: 1,
            answer: answer.as_str().to_owned(),
            method: "agent_button".to_owned(),
            words: None,
            actor: 0,
            sample: 0,
            prompt_sha256: String::new(),
            assertion_sha256: None,
        })
    }

    fn played() -> EntryBody {
        EntryBody::DisclosurePlayed(DisclosurePlayed {
            prompt_id: "p".to_owned(),
            version: 1,
            language: "en".to_owned(),
            sha256: String::new(),
            delivery: Delivery::Audio,
            start_sample: 0,
            end_sample: 1,
            fraction_delivered: Some(1.0),
        })
    }

    fn decided(number: usize) -> EntryBody {
        EntryBody::DecisionMade(number.into())
    }

    #[test]
    fn a_flood_of_the_page_crowds_out_no_disclosure_and_no_answer() {
        let mut journal = Journal::default();
        let mut note = |body| journal.note(None, body, NOW);
        for _ in 0..10 * MOST_WAITING {
            note(EntryBody::PartyJoined(PartyMoved { party: 2, sample: 0 }));
        }
        note(played());
        note(answered(Answer::Yes));
        for _ in 0..10 * MOST_WAITING {
            note(played());
        }
        note(answered(Answer::Yes));
        for _ in 0..10 * MOST_WAITING {
            note(answered(Answer::Yes));
        }
        note(answered(Answer::No));
        let entries: Vec<EntryBody> = journal.take().into_iter().map(|(_, body)| body).collect();
        assert_eq!(entries.last(), Some(&answered(Answer::No)));
        let disclosures = entries.iter().filter(|body| **body == played()).count();
        let yeses = entries.iter().filter(|body| **body == answered(Answer::Yes)).count();
        assert!(disclosures >= 200 && yeses >= 200, "{disclosures} {yeses}");
        assert!(entries.len() <= ROOM_FOR_ANSWERS + 1);
    }

    #[test]
    fn the_last_decision_is_kept_whatever_came_before_it() {
        let mut journal = Journal::default();
        for number in 0..=5 * MOST_WAITING {
            journal.note(None, decided(number), NOW);
        }
        let entries = journal.take();
        assert_eq!(entries.len(), MOST_WAITING);
        assert_eq!(entries.last().unwrap().1, decided(5 * MOST_WAITING));
    }
}
