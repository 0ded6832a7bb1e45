//! The attachment `lawful_basis` (draft-howe-vcon-lawful-basis): who permitted what, when, and the proof of it.
//!
//! Every answer and every withdrawal is an attachment of its own, in order, so that the history stays readable; a reader
//! has to apply the most restrictive one. A party that never answered has an attachment that grants nothing.

use serde_json::{Value, json};

use super::dialogs::dialog_at;
use super::{LAWFUL_BASIS, insert};
use crate::evidence::{
    Answer, AnswerEvidence, AnswerMethod, CallEvidence, LawfulBasis, Outcome, WithdrawalEffect,
    WithdrawalEvidence, rfc_3339,
};

/// The condition that marks a withdrawal.
const WITHDRAWN: &str = "withdrawn";

/// What one attachment says; the rest follows from the evidence.
pub(super) struct Statement<'a> {
    pub(super) party: u64,
    pub(super) dialog: usize,
    pub(super) at_ms: u64,
    pub(super) basis: &'a str,
    pub(super) expiration: Value,
    pub(super) purposes: Vec<String>,
    pub(super) granted: bool,
    pub(super) conditions: Vec<String>,
    pub(super) terms_of_service: Option<&'a str>,
    pub(super) proofs: Vec<Value>,
}

impl Statement<'_> {
    /// The attachment. `type` is what -00 of the draft and conserver ask for, `purpose` what later texts do.
    pub(super) fn attachment(self) -> Value {
        let at = rfc_3339(self.at_ms);
        let grants: Vec<Value> = self
            .purposes
            .iter()
            .map(|purpose| {
                json!({
                    "purpose": purpose, "granted": self.granted, "granted_at": at, "conditions": self.conditions,
                })
            })
            .collect();
        let mut body = json!({
            "lawful_basis": self.basis,
            "expiration": self.expiration,
            "purpose_grants": grants,
            "proof_mechanisms": self.proofs,
        });
        insert(&mut body, "terms_of_service", self.terms_of_service.map(|url| json!(url)));
        json!({
            "type": LAWFUL_BASIS,
            "purpose": LAWFUL_BASIS,
            "start": at,
            "party": self.party,
            "dialog": self.dialog,
            "mediatype": "application/json",
            "encoding": "json",
            "body": body,
        })
    }
}

/// The attachments of every party whose consent is asked.
pub(super) fn attachments(evidence: &CallEvidence) -> Vec<Value> {
    let mut attachments = Vec::new();
    for (party, person) in (0_u32..).zip(&evidence.parties) {
        if person.role == crate::evidence::PartyRole::Agent {
            continue;
        }
        let before = attachments.len();
        let answers = evidence.answers.iter().filter(|answer| answer.party == party);
        attachments.extend(answers.map(|answer| answered(evidence, answer)));
        let withdrawals = evidence.withdrawals.iter().filter(|withdrawal| withdrawal.party == party);
        attachments.extend(withdrawals.map(|withdrawal| withdrawn(evidence, withdrawal)));
        if attachments.len() == before {
            attachments.push(unanswered(evidence, party));
        }
    }
    attachments
}

fn answered(evidence: &CallEvidence, answer: &AnswerEvidence) -> Value {
    let mut conditions = conditions(evidence);
    conditions.push(format!("method:{}", answer.method.as_str()));
    conditions.push(format!("answer:{}", answer.answer.as_str()));
    let granted = match evidence.decision.basis {
        LawfulBasis::Consent => answer.answer == Answer::Yes,
        _ => records_the_asked(evidence),
    };
    Statement {
        dialog: dialog_of(evidence, answer.sample),
        granted,
        proofs: vec![proof(evidence, answer), ledger_proof(evidence)],
        ..statement(evidence, answer.party, answer.at_ms, conditions)
    }
    .attachment()
}

fn withdrawn(evidence: &CallEvidence, withdrawal: &WithdrawalEvidence) -> Value {
    let mut conditions = conditions(evidence);
    conditions.extend(withdrawal_conditions(withdrawal));
    Statement {
        dialog: dialog_of(evidence, withdrawal.sample),
        proofs: vec![withdrawal_proof(withdrawal), ledger_proof(evidence)],
        ..statement(evidence, withdrawal.party, withdrawal.at_ms, conditions)
    }
    .attachment()
}

fn unanswered(evidence: &CallEvidence, party: u32) -> Value {
    let mut conditions = conditions(evidence);
    conditions.push("not_answered".to_owned());
    Statement {
        granted: evidence.decision.basis != LawfulBasis::Consent && records_the_asked(evidence),
        proofs: vec![ledger_proof(evidence)],
        ..statement(evidence, party, evidence.closed_at_ms, conditions)
    }
    .attachment()
}

/// Whether there may be audio of those who were asked.
fn records_the_asked(evidence: &CallEvidence) -> bool {
    evidence.outcome.may_have_audio() && evidence.outcome != Outcome::AgentSide
}

/// A statement that grants nothing and proves nothing.
fn statement(evidence: &CallEvidence, party: u32, at_ms: u64, conditions: Vec<String>) -> Statement<'_> {
    Statement {
        party: u64::from(party),
        dialog: 0,
        at_ms,
        basis: evidence.decision.basis.as_str(),
        expiration: evidence.decision.expires_at_ms.map_or(Value::Null, |at_ms| json!(rfc_3339(at_ms))),
        purposes: evidence.purposes().into_iter().map(|purpose| purpose.id).collect(),
        granted: false,
        conditions,
        terms_of_service: Some(&evidence.controller.privacy_notice_url),
        proofs: Vec::new(),
    }
}

fn conditions(evidence: &CallEvidence) -> Vec<String> {
    let places = evidence.decision.places.iter().map(|place| format!("jurisdiction:{place}"));
    let rule = format!("rule:{}", evidence.decision.rule);
    places.chain([rule, format!("mode:{}", evidence.decision.mode)]).collect()
}

/// What a withdrawal is bound to.
pub(super) fn withdrawal_conditions(withdrawal: &WithdrawalEvidence) -> Vec<String> {
    let mut conditions = vec![
        WITHDRAWN.to_owned(),
        format!("method:{}", withdrawal.method.as_str()),
        format!("effect:{}", withdrawal.effect.as_str()),
    ];
    if let WithdrawalEffect::KeepUntil { until_ms } = withdrawal.effect {
        conditions.push(format!("until:{}", rfc_3339(until_ms)));
    }
    conditions
}

/// The grants that an attachment states.
pub(super) fn grants(attachment: &Value) -> &[Value] {
    attachment.pointer("/body/purpose_grants").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The conditions that a grant states.
pub(super) fn conditions_of(grant: &Value) -> impl Iterator<Item = &str> {
    grant.get("conditions").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// Whether an attachment takes back, and grants nothing.
pub(super) fn is_withdrawal(attachment: &Value) -> bool {
    let takes_back = |grant: &Value| {
        grant.get("granted").and_then(Value::as_bool) == Some(false)
            && conditions_of(grant).any(|condition| condition == WITHDRAWN)
    };
    let grants = grants(attachment);
    !grants.is_empty() && grants.iter().all(takes_back)
}

/// An agent attests what was said; a key press, a host or a stayed call is recorded by a system.
fn proof(evidence: &CallEvidence, answer: &AnswerEvidence) -> Value {
    let verbal = matches!(answer.method, AnswerMethod::AgentButton | AnswerMethod::AgentHotkey);
    let mut data = json!({"method": answer.method.as_str(), "answer": answer.answer.as_str()});
    insert(&mut data, "attested_by", answer.actor.map(|party| json!(party)));
    insert(&mut data, "words_id", answer.words_id.as_ref().map(|words| json!(words)));
    insert(&mut data, "record_id", answer.reference.as_ref().map(|reference| json!(reference)));
    insert(&mut data, "sample", answer.sample.map(|sample| json!(sample)));
    if let Some((dialog, offset_samples)) = answer.sample.and_then(|sample| dialog_at(evidence, sample)) {
        insert(&mut data, "dialog_reference", Some(json!(dialog)));
        insert(&mut data, "time_offset", Some(json!(clock(offset_samples))));
    }
    if !verbal {
        insert(&mut data, "system", Some(json!(system(answer.method))));
    }
    let proof_type = if verbal { "verbal_confirmation" } else { "external_system" };
    json!({"proof_type": proof_type, "timestamp": rfc_3339(answer.at_ms), "proof_data": data})
}

/// The proof of a withdrawal.
pub(super) fn withdrawal_proof(withdrawal: &WithdrawalEvidence) -> Value {
    let mut data = json!({"method": withdrawal.method.as_str(), "system": system(withdrawal.method)});
    insert(&mut data, "attested_by", withdrawal.actor.map(|party| json!(party)));
    insert(&mut data, "record_id", withdrawal.reference.as_ref().map(|reference| json!(reference)));
    insert(&mut data, "sample", withdrawal.sample.map(|sample| json!(sample)));
    json!({"proof_type": "external_system", "timestamp": rfc_3339(withdrawal.at_ms), "proof_data": data})
}

/// The ledger's head binds every entry before it, this answer's among them.
fn ledger_proof(evidence: &CallEvidence) -> Value {
    json!({
        "proof_type": "external_system",
        "timestamp": rfc_3339(evidence.closed_at_ms),
        "proof_data": {
            "system": "callseal_ledger",
            "record_id": evidence.ledger.head,
            "entries": evidence.ledger.entries,
        },
    })
}

const fn system(method: AnswerMethod) -> &'static str {
    match method {
        AnswerMethod::HostAssertion => "host",
        _ => "callseal",
    }
}

fn dialog_of(evidence: &CallEvidence, sample: Option<u64>) -> usize {
    sample.and_then(|sample| dialog_at(evidence, sample)).map_or(0, |(dialog, _)| dialog)
}

/// Samples as `HH:MM:SS`.
fn clock(samples: u64) -> String {
    let seconds = samples / 48_000;
    format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}
