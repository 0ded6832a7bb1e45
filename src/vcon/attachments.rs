//! The attachments of a vCon: lawful basis first, then what the recorder itself attests.

use serde_json::{Value, json};

use super::{lawful_basis, recorder_index};
use crate::evidence::{CallEvidence, PartyEvidence, rfc_3339, unix_ms_of_sample};

/// How the objects behind the dialogs' addresses are sealed.
const ENCRYPTION: &str =
    "callseal/1 sealed segment: AES256-GCM-HKDF streaming AEAD, data key in the envelope beside it";

pub(super) fn attachments(evidence: &CallEvidence) -> Vec<Value> {
    let mut attachments = lawful_basis::attachments(evidence);
    attachments.push(attest(evidence, "callseal_recording", evidence.answered_at_ms, recording(evidence)));
    attachments.push(attest(evidence, "callseal_decision", evidence.answered_at_ms, decision(evidence)));
    let disclosed_at = evidence.disclosures.first().map_or(0, |disclosure| disclosure.start_sample);
    let disclosed_at_ms = unix_ms_of_sample(evidence.answered_at_ms, disclosed_at);
    attachments.push(attest(evidence, "callseal_disclosure", disclosed_at_ms, disclosures(evidence)));
    attachments.push(attest(evidence, "callseal_redactions", evidence.closed_at_ms, redactions(evidence)));
    attachments.push(attest(evidence, "callseal_gaps", evidence.closed_at_ms, gaps(evidence)));
    attachments.push(attest(evidence, "callseal_ledger", evidence.closed_at_ms, ledger(evidence)));
    attachments
}

fn attest(evidence: &CallEvidence, purpose: &str, at_ms: u64, body: Value) -> Value {
    json!({
        "purpose": purpose,
        "start": rfc_3339(at_ms),
        "party": recorder_index(evidence),
        "dialog": 0,
        "mediatype": "application/json",
        "encoding": "json",
        "body": body,
    })
}

fn recording(evidence: &CallEvidence) -> Value {
    let objects: Vec<Value> = evidence
        .segments
        .iter()
        .enumerate()
        .map(|(dialog, segment)| {
            json!({
                "dialog": dialog,
                "object": segment.object.to_string(),
                "size_bytes": segment.size_bytes,
                "sha256": segment.sha256,
                "start_sample": segment.start_sample,
                "end_sample": segment.end_sample,
            })
        })
        .collect();
    let moved = |sample_of: fn(&PartyEvidence) -> Option<u64>| -> Vec<Value> {
        let people = (0_u32..).zip(&evidence.parties);
        people
            .filter_map(|(party, person)| Some(json!({"party": party, "sample": sample_of(person)?})))
            .collect()
    };
    json!({
        "call_id": evidence.call_id,
        "software": evidence.software,
        "outcome": evidence.outcome.as_str(),
        "answered_at": rfc_3339(evidence.answered_at_ms),
        "closed_at": rfc_3339(evidence.closed_at_ms),
        "sample_rate_hz": 48_000,
        "end_sample": evidence.end_sample,
        "encryption": ENCRYPTION,
        "joined": moved(|person| person.joined_sample),
        "left": moved(|person| person.left_sample),
        "objects": objects,
    })
}

fn decision(evidence: &CallEvidence) -> Value {
    let decision = &evidence.decision;
    json!({
        "basis": decision.basis.as_str(),
        "rule": decision.rule,
        "mode": decision.mode,
        "places": decision.places,
        "explanation": decision.explanation,
    })
}

fn disclosures(evidence: &CallEvidence) -> Value {
    let at = |sample| rfc_3339(unix_ms_of_sample(evidence.answered_at_ms, sample));
    let played: Vec<Value> = evidence
        .disclosures
        .iter()
        .map(|disclosure| {
            json!({
                "prompt_id": disclosure.prompt_id,
                "version": disclosure.version,
                "language": disclosure.language,
                "sha256": disclosure.sha256,
                "text": disclosure.text,
                "start_sample": disclosure.start_sample,
                "end_sample": disclosure.end_sample,
                "start": at(disclosure.start_sample),
                "end": at(disclosure.end_sample),
                "fraction_delivered": disclosure.fraction_delivered,
            })
        })
        .collect();
    json!({"disclosures": played})
}

fn redactions(evidence: &CallEvidence) -> Value {
    let spans: Vec<Value> = evidence
        .redactions
        .iter()
        .map(|span| {
            let mut value = json!({
                "from_sample": span.from_sample,
                "to_sample": span.to_sample,
                "trigger": span.trigger,
                "class": span.class,
                "actor": span.actor,
                "decided_at": rfc_3339(span.decided_at_ms),
            });
            if let Some(object) = value.as_object_mut() {
                object.extend(span.channels.map(|channels| ("channels".to_owned(), json!(channels))));
                object.extend(span.latency_ms.map(|latency_ms| ("latency_ms".to_owned(), json!(latency_ms))));
            }
            value
        })
        .collect();
    json!({"spans": spans, "total_samples": evidence.redacted_samples()})
}

fn gaps(evidence: &CallEvidence) -> Value {
    let gaps: Vec<Value> = evidence
        .gaps
        .iter()
        .map(|gap| json!({"from_sample": gap.from_sample, "to_sample": gap.to_sample, "reason": gap.reason}))
        .collect();
    json!({"gaps": gaps})
}

fn ledger(evidence: &CallEvidence) -> Value {
    let chunks: Vec<Value> = evidence
        .ledger
        .chunks
        .iter()
        .map(|chunk| {
            let mut entry = json!({"object": chunk.object.to_string(), "sha256": chunk.sha256});
            super::insert(&mut entry, "jsonl", chunk.content.as_ref().map(|content| json!(content)));
            entry
        })
        .collect();
    json!({"head": evidence.ledger.head, "entries": evidence.ledger.entries, "chunks": chunks})
}
