//! The evidence of one call as a plain value: what every export is made from.
//!
//! Owns the neutral input that the session, the ledger and the archive can fill, and the one question all exports ask
//! of it: where does a party's consent stand? Contradictory evidence is refused here, so that no export has to guess.
//! Must never print a personal field, and must never depend on how an export looks.

mod identity;
mod parts;
mod timestamp;
mod validate;
mod words;

use core::fmt;

use crate::names::CallId;
use crate::{Error, ErrorKind};

pub use parts::{
    Answer, AnswerEvidence, AnswerMethod, Controller, DecisionSummary, Direction, DisclosureEvidence,
    GapEvidence, LawfulBasis, LedgerChunkEvidence, LedgerEvidence, Outcome, PartyEvidence, PartyRole,
    Purpose, RedactionEvidence, SegmentEvidence, WithdrawalEffect, WithdrawalEvidence,
};

pub(crate) use identity::derived_uuid;
pub use timestamp::unix_ms_of;
pub(crate) use timestamp::{CalendarTime, rfc_3339, seconds_of_samples, unix_ms_of_sample};
pub(crate) use validate::{is_hash, valid_url};

/// Everything that is known of a call when it is over. Times are milliseconds since 1970-01-01 UTC, samples count at
/// 48 kHz on the call's timeline, hashes are lower-case hexadecimal.
#[derive(Clone, PartialEq)]
pub struct CallEvidence {
    /// The call.
    pub call_id: CallId,
    /// Name and version of the recorder, for example `callseal 0.1.0`.
    pub software: String,
    /// Who called whom, if it is known.
    pub direction: Option<Direction>,
    /// What the call was about, if the host says so; personal.
    pub subject: Option<String>,
    /// The parties in the order of their indices: 0 is the agent.
    pub parties: Vec<PartyEvidence>,
    /// Who is responsible for the recording.
    pub controller: Controller,
    /// What the jurisdiction engine decided.
    pub decision: DecisionSummary,
    /// The disclosures as they were played, in order.
    pub disclosures: Vec<DisclosureEvidence>,
    /// The answers, in order; the last one of a party counts.
    pub answers: Vec<AnswerEvidence>,
    /// The withdrawals within the call, in order.
    pub withdrawals: Vec<WithdrawalEvidence>,
    /// What was cut out, in order.
    pub redactions: Vec<RedactionEvidence>,
    /// Where media were missing, in order.
    pub gaps: Vec<GapEvidence>,
    /// The sealed segments that exist, in order of part and number.
    pub segments: Vec<SegmentEvidence>,
    /// The ledger.
    pub ledger: LedgerEvidence,
    /// How it ended.
    pub outcome: Outcome,
    /// When the media connected: sample 0.
    pub answered_at_ms: u64,
    /// When the call was over.
    pub closed_at_ms: u64,
    /// The end of the call on the timeline.
    pub end_sample: u64,
    /// Where the objects can be fetched: an HTTPS address that ends with a slash and is followed by an object's name.
    pub store_url: Option<String>,
}

/// Where a party's consent stands at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConsentState {
    /// It agreed.
    Given,
    /// It did not.
    Refused,
    /// It agreed and took it back.
    Withdrawn,
    /// It never answered.
    Unanswered,
}

impl CallEvidence {
    /// Where the consent of `party` stands.
    #[must_use]
    pub fn consent_of(&self, party: u32) -> ConsentState {
        if self.withdrawals.iter().any(|withdrawal| withdrawal.party == party) {
            return ConsentState::Withdrawn;
        }
        match self.last_answer_of(party).map(|answer| answer.answer) {
            Some(Answer::Yes) => ConsentState::Given,
            Some(Answer::No) => ConsentState::Refused,
            None => ConsentState::Unanswered,
        }
    }

    /// The answer of `party` that counts.
    #[must_use]
    pub fn last_answer_of(&self, party: u32) -> Option<&AnswerEvidence> {
        self.answers.iter().rfind(|answer| answer.party == party)
    }

    /// What `party` was told: who joined later has not heard what came before, nor a prompt that was running
    /// then, and who left nothing of what came after.
    pub fn disclosures_to(&self, party: u32) -> impl DoubleEndedIterator<Item = &DisclosureEvidence> {
        let person = usize::try_from(party).ok().and_then(|index| self.parties.get(index));
        let since = person.and_then(|person| person.joined_sample).unwrap_or(0);
        let until = person.and_then(|person| person.left_sample).unwrap_or(u64::MAX);
        self.disclosures.iter().filter(move |told| (since..until).contains(&told.start_sample))
    }

    /// The parties whose consent is asked: everyone but the agent.
    pub fn asked_parties(&self) -> impl Iterator<Item = &PartyEvidence> {
        self.parties.iter().filter(|party| party.role != PartyRole::Agent)
    }

    /// The purposes that need a grant: recording itself, and what the controller wants to do with the recording.
    #[must_use]
    pub fn purposes(&self) -> Vec<Purpose> {
        let recording = Purpose { id: RECORDING_PURPOSE.to_owned(), label: None };
        let further = self.controller.purposes.iter().filter(|purpose| purpose.id != RECORDING_PURPOSE);
        core::iter::once(recording).chain(further.cloned()).collect()
    }

    /// Samples that were cut out, overlapping spans counted once.
    #[must_use]
    pub fn redacted_samples(&self) -> u64 {
        let mut spans: Vec<_> =
            self.redactions.iter().map(|span| (span.from_sample, span.to_sample)).collect();
        spans.sort_unstable();
        let (mut total, mut covered) = (0_u64, 0_u64);
        for (from, to) in spans {
            total = total.saturating_add(to.saturating_sub(from.max(covered)));
            covered = covered.max(to);
        }
        total
    }

    /// Refuses evidence that contradicts itself; every export does this first.
    ///
    /// # Errors
    /// `EvidenceInvalid`; the sentence names the field and quotes nothing.
    pub fn validate(&self) -> crate::Result<()> {
        validate::validate(self)
    }
}

/// Without the purpose of recording there is no recording (draft-howe-vcon-lawful-basis, purpose grants).
pub(crate) const RECORDING_PURPOSE: &str = "recording";

impl fmt::Debug for CallEvidence {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("CallEvidence")
            .field("call_id", &self.call_id)
            .field("outcome", &self.outcome)
            .field("parties", &self.parties.len())
            .field("answers", &self.answers.len())
            .field("segments", &self.segments.len())
            .finish_non_exhaustive()
    }
}

/// An error about the evidence; `detail` quotes nothing of it.
pub(crate) fn invalid(detail: impl Into<String>) -> Error {
    Error::new(ErrorKind::EvidenceInvalid, detail)
}
