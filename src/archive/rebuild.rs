//! The evidence of a call as far as its ledger tells it: for a call that has no vCon, such as one that a crash cut.
//!
//! Owns the step from ledger entries to [`CallEvidence`]. The ledger names nobody, so nothing here is personal, and
//! whatever it does not say (controller, words of prompts, further purposes) is missing. Must never guess.

use std::collections::BTreeMap;

use serde_json::Value;

use super::evidence::Trust;
use super::examine::examine_ledger;
use super::fault::Tolerance;
use super::history::{History, SegmentEnding, SegmentRecord};
use super::source::ObjectSource;
use crate::evidence::{
    Answer, AnswerEvidence, AnswerMethod, CallEvidence, Controller, DecisionSummary, DisclosureEvidence,
    GapEvidence, LawfulBasis, LedgerChunkEvidence, LedgerEvidence, Outcome, PartyEvidence, PartyRole,
    RedactionEvidence, SegmentEvidence, WithdrawalEffect, WithdrawalEvidence,
};
use crate::ledger::{self, CallOpened, ConsentAnswered, ConsentWithdrawn, EntryBody};
use crate::names::ObjectName;
use crate::seal::{sha256_hex, sha512_hex};
use crate::vcon::Vcon;
use crate::{Error, ErrorKind, Result};

/// What stands where the ledger says nothing.
const NOT_STATED: &str = "not stated";
/// The same for an address (RFC 2606 §2: a name that never exists).
const NOT_STATED_URL: &str = "https://not-stated.invalid/";

/// A vCon of what the ledger tells, made at `at_ms`, for a call that has none. It says that it was rebuilt, and names
/// nobody.
///
/// # Errors
/// The first fault of the ledger, a missing end included; `EvidenceInvalid` when the ledger tells too little.
pub fn rebuild(source: &dyn ObjectSource, trust: &Trust, at_ms: u64) -> Result<Vcon> {
    evidence_of_ledger(source, trust).and_then(|evidence| Vcon::rebuilt(&evidence, at_ms))
}

/// The evidence that the ledger of a call gives. In the place of a controller stands that none is stated.
///
/// # Errors
/// As [`rebuild`].
pub fn evidence_of_ledger(source: &dyn ObjectSource, trust: &Trust) -> Result<CallEvidence> {
    let names = source.list()?;
    let ledger = examine_ledger(source, &names, trust)?;
    let is_closed = ledger.history.is_closed;
    let tolerated = |tolerance| tolerance == Tolerance::Unterminated && is_closed;
    if let Some(fault) = ledger.faults.iter().find(|fault| !tolerated(fault.tolerance)) {
        return Err(fault.to_error());
    }
    evidence_of(&ledger.history, source, &names)
}

pub(super) fn evidence_of(
    history: &History,
    source: &dyn ObjectSource,
    names: &[ObjectName],
) -> Result<CallEvidence> {
    let too_little = || Error::new(ErrorKind::EvidenceInvalid, "The ledger tells too little of the call.");
    let opened = history.opened.as_ref().ok_or_else(too_little)?;
    let last = history.entries.last().ok_or_else(too_little)?;
    let bodies = || history.entries.iter().map(|entry| &entry.body);
    let mut decisions = bodies().filter_map(|body| match body {
        EntryBody::DecisionMade(decision) => Some(decision),
        _ => None,
    });
    let decision = decisions.next_back();
    Ok(CallEvidence {
        call_id: history.call_id,
        software: opened.software.clone(),
        direction: None,
        subject: None,
        parties: parties(opened, history, decision).ok_or_else(too_little)?,
        controller: nobody(),
        decision: summary(opened, decision),
        disclosures: bodies().filter_map(disclosure).collect(),
        answers: history
            .entries
            .iter()
            .filter_map(|entry| match &entry.body {
                EntryBody::ConsentAnswered(answered) => answer(answered, entry.at_ms),
                _ => None,
            })
            .collect(),
        withdrawals: history
            .entries
            .iter()
            .filter_map(|entry| match &entry.body {
                EntryBody::ConsentWithdrawn(withdrawn) => withdrawal(withdrawn, entry.at_ms, history),
                _ => None,
            })
            .collect(),
        redactions: bodies().filter_map(redaction).collect(),
        gaps: bodies().filter_map(gap).collect(),
        segments: segments(history, source)?,
        ledger: LedgerEvidence {
            head: history.head.clone(),
            entries: u64::try_from(history.entries.len()).unwrap_or(u64::MAX),
            chunks: chunks(source, names)?,
        },
        outcome: outcome(history),
        answered_at_ms: opened.answered_at_ms,
        closed_at_ms: last.at_ms.max(opened.answered_at_ms),
        end_sample: end_sample(history),
        store_url: None,
    })
}

/// The ledger names no controller; exports of people's papers need one, a rebuilt vCon leaves it out.
fn nobody() -> Controller {
    Controller {
        name: NOT_STATED.to_owned(),
        address: None,
        contact: NOT_STATED.to_owned(),
        privacy_notice_url: NOT_STATED_URL.to_owned(),
        purposes: Vec::new(),
        retention_days: None,
        storage_places: Vec::new(),
        recipients: Vec::new(),
    }
}

/// Everybody who was there at the beginning or joined, by index and without holes.
fn parties(opened: &CallOpened, history: &History, decision: Option<&Value>) -> Option<Vec<PartyEvidence>> {
    let mut people: BTreeMap<u32, PartyEvidence> = BTreeMap::new();
    let person = |role| PartyEvidence {
        role,
        name: None,
        tel: None,
        place: None,
        joined_sample: None,
        left_sample: None,
    };
    for party in &opened.parties {
        people.insert(party.index, person(PartyRole::of_word(&party.role)));
    }
    for entry in &history.entries {
        match &entry.body {
            // Who had joined before the ledger began is among the parties of its first entry.
            EntryBody::PartyJoined(joined) => {
                let party = people.entry(joined.party).or_insert_with(|| person(PartyRole::Participant));
                party.joined_sample = Some(joined.sample);
            }
            EntryBody::PartyLeft(left) => {
                if let Some(party) = people.get_mut(&left.party) {
                    party.left_sample = Some(left.sample);
                }
            }
            _ => {}
        }
    }
    let has_no_hole = (0_u32..).zip(people.keys()).all(|(index, stated)| index == *stated);
    let place = |index: u32| {
        let of_party =
            |finding: &&Value| finding.get("party").and_then(Value::as_u64) == Some(u64::from(index));
        findings(decision).iter().filter(of_party).flat_map(places).next()
    };
    has_no_hole.then(|| {
        people.into_iter().map(|(index, party)| PartyEvidence { place: place(index), ..party }).collect()
    })
}

fn findings(decision: Option<&Value>) -> &[Value] {
    decision
        .and_then(|decision| decision.get("findings"))
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn places(finding: &Value) -> impl Iterator<Item = String> {
    let places = finding.get("places").and_then(Value::as_array).into_iter().flatten();
    places.filter_map(|place| place.as_str().map(str::to_owned))
}

fn summary(opened: &CallOpened, decision: Option<&Value>) -> DecisionSummary {
    let mut all: Vec<String> = findings(decision).iter().flat_map(places).collect();
    all.sort_unstable();
    all.dedup();
    let rule = decision.and_then(|decision| decision.get("rule")).and_then(Value::as_str);
    let is_mandatory = opened.mode == crate::jurisdiction::Mode::Mandatory.as_str();
    DecisionSummary {
        basis: if is_mandatory { LawfulBasis::LegalObligation } else { LawfulBasis::Consent },
        expires_at_ms: None,
        rule: rule.unwrap_or("not_stated").to_owned(),
        mode: opened.mode.clone(),
        places: all,
        explanation: decision.cloned().unwrap_or(Value::Null),
    }
}

/// The ledger has the hash of what was said and not its words.
fn disclosure(body: &EntryBody) -> Option<DisclosureEvidence> {
    let EntryBody::DisclosurePlayed(played) = body else { return None };
    Some(DisclosureEvidence {
        prompt_id: played.prompt_id.clone(),
        version: played.version,
        language: played.language.clone(),
        sha256: played.sha256.clone(),
        text: String::new(),
        start_sample: played.start_sample,
        end_sample: played.end_sample,
        fraction_delivered: played.fraction_delivered,
    })
}

/// The agent's standing agreement is no answer to a question.
fn answer(answered: &ConsentAnswered, at_ms: u64) -> Option<AnswerEvidence> {
    Some(AnswerEvidence {
        party: answered.party,
        answer: Answer::of_word(&answered.answer)?,
        method: AnswerMethod::of_word(&answered.method)?,
        words_id: answered.words.clone(),
        actor: Some(answered.actor),
        reference: None,
        at_ms,
        sample: Some(answered.sample),
    })
}

/// An effect that is not understood is told as the weakest: nothing is claimed to be deleted.
fn withdrawal(withdrawn: &ConsentWithdrawn, at_ms: u64, history: &History) -> Option<WithdrawalEvidence> {
    let until_ms = history.shred_demand.as_ref().map(|demand| demand.not_before_ms);
    let effect = WithdrawalEffect::of_word(&withdrawn.effect, until_ms);
    Some(WithdrawalEvidence {
        party: withdrawn.party,
        method: AnswerMethod::of_word(&withdrawn.method)?,
        actor: Some(withdrawn.actor),
        reference: None,
        at_ms,
        sample: Some(withdrawn.sample),
        effect: effect.unwrap_or(WithdrawalEffect::StopAndKeep),
    })
}

fn redaction(body: &EntryBody) -> Option<RedactionEvidence> {
    let EntryBody::RedactionSpan(span) = body else { return None };
    Some(RedactionEvidence {
        from_sample: span.from_sample,
        to_sample: span.to_sample,
        trigger: span.trigger.clone(),
        class: span.class.clone(),
        actor: span.actor,
        decided_at_ms: span.decided_at_ms,
        channels: span.channels,
        latency_ms: span.latency_ms,
    })
}

fn gap(body: &EntryBody) -> Option<GapEvidence> {
    let EntryBody::Gap(gap) = body else { return None };
    Some(GapEvidence { from_sample: gap.from_sample, to_sample: gap.to_sample, reason: gap.reason.clone() })
}

/// The segments whose end is stated and that have an object; its SHA-512 where it is there as it was sealed.
fn segments(history: &History, source: &dyn ObjectSource) -> Result<Vec<SegmentEvidence>> {
    let mut segments = Vec::new();
    for segment in history.segments() {
        let Some((size_bytes, sha256)) = segment.stated_object().filter(|(size_bytes, _)| *size_bytes > 0)
        else {
            continue;
        };
        let object = segment.address.object_name();
        let content = source.get(&object)?.filter(|content| sha256_hex(content) == sha256);
        segments.push(SegmentEvidence {
            object,
            size_bytes,
            sha256: sha256.to_owned(),
            sha512: content.map(|content| sha512_hex(&content)),
            start_sample: segment.opened.start_sample,
            end_sample: sealed_end(segment),
        });
    }
    Ok(segments)
}

fn sealed_end(segment: &SegmentRecord) -> Option<u64> {
    match &segment.ending {
        SegmentEnding::Sealed(sealed) => Some(sealed.end_sample),
        _ => None,
    }
}

fn chunks(source: &dyn ObjectSource, names: &[ObjectName]) -> Result<Vec<LedgerChunkEvidence>> {
    let mut chunks: Vec<ObjectName> =
        names.iter().filter(|name| matches!(name, ObjectName::LedgerChunk { .. })).copied().collect();
    chunks.sort_unstable();
    chunks
        .into_iter()
        .map(|object| {
            let content = source.get(&object)?.unwrap_or_default();
            Ok(LedgerChunkEvidence { object, sha256: sha256_hex(&content), content: None })
        })
        .collect()
}

/// A call that a crash ended failed, unless somebody had withdrawn before.
fn outcome(history: &History) -> Outcome {
    let stated = history.entries.last().and_then(|entry| match &entry.body {
        EntryBody::CallClosed(closed) => Some(closed.outcome),
        _ => None,
    });
    let is_withdrawn =
        history.entries.iter().any(|entry| matches!(entry.body, EntryBody::ConsentWithdrawn(_)));
    let is_agent_side =
        history.entries.iter().any(|entry| matches!(entry.body, EntryBody::AgentSideBegan(_)));
    match stated {
        // Also of one that a crash or a fault ended: whose voice is in it is what counts.
        _ if is_agent_side => Outcome::AgentSide,
        Some(ledger::Outcome::Recorded) => Outcome::Recorded,
        Some(ledger::Outcome::Declined) => Outcome::Declined,
        Some(ledger::Outcome::AgentSide) => Outcome::AgentSide,
        Some(ledger::Outcome::Withdrawn) => Outcome::Withdrawn,
        None if is_withdrawn => Outcome::Withdrawn,
        Some(ledger::Outcome::Failed) | None => Outcome::Failed,
    }
}

/// The end of the call, or of what is stated of it.
fn end_sample(history: &History) -> u64 {
    let closed = history.entries.iter().filter_map(|entry| match &entry.body {
        EntryBody::CallClosed(closed) => Some(closed.end_sample),
        EntryBody::PartClosed(closed) => Some(closed.end_sample),
        EntryBody::SegmentSealed(sealed) => Some(sealed.end_sample),
        _ => None,
    });
    closed.max().unwrap_or(0)
}
