//! The evidence of made-up calls, and a signer, for the tests of everything that is exported from it.
//!
//! Included by `#[path]` from the tests of the library and of the command line, and from the vCon example.

#![allow(dead_code, reason = "every test uses a part of it")]
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects, reason = "test code")]
#![allow(clippy::missing_panics_doc, clippy::must_use_candidate, reason = "test code")]

use callseal::audio::channels::Channels;
use callseal::evidence::{
    Answer, AnswerEvidence, AnswerMethod, CallEvidence, Controller, DecisionSummary, Direction,
    DisclosureEvidence, GapEvidence, LawfulBasis, LedgerChunkEvidence, LedgerEvidence, Outcome,
    PartyEvidence, PartyRole, Purpose, RedactionEvidence, SegmentEvidence, WithdrawalEffect,
    WithdrawalEvidence,
};
use callseal::names::{CallId, ObjectName, SegmentAddress};
use callseal::seal::{sha256_hex, sha512_hex};
use callseal::vcon::SIGNATURE_BYTES;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};

/// The call.
pub const CALL_ID: &str = "0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa";
/// When it was answered.
pub const ANSWERED_AT_MS: u64 = 1_790_000_000_000;
/// The customer's name; personal.
pub const CUSTOMER: &str = "Canary Customer";
/// The agent's name; personal.
pub const AGENT: &str = "Canary Agent";
/// The customer's number; personal.
pub const NUMBER: &str = "+14155550123";
/// The host's reference; may be personal.
pub const REFERENCE: &str = "canary-reference-77";

/// Samples of `seconds`.
pub const fn seconds(seconds: u64) -> u64 {
    seconds * 48_000
}

/// The call id.
pub fn call_id() -> CallId {
    CallId::parse(CALL_ID).unwrap()
}

/// A call that was recorded, with everything in it.
pub fn recorded() -> CallEvidence {
    CallEvidence {
        call_id: call_id(),
        software: "callseal 0.1.0".into(),
        direction: Some(Direction::Inbound),
        subject: None,
        parties: vec![
            person(PartyRole::Agent, AGENT, None, "US-TX"),
            person(PartyRole::Customer, CUSTOMER, Some(NUMBER), "US-CA"),
        ],
        controller: controller(),
        decision: DecisionSummary {
            basis: LawfulBasis::Consent,
            expires_at_ms: None,
            rule: "all_party".into(),
            mode: "nothing_before_yes".into(),
            places: vec!["US-CA".into(), "US-TX".into()],
            explanation: json!({"table": "2026-11-23", "row": "US-CA", "signal": "crm_address"}),
        },
        disclosures: vec![DisclosureEvidence {
            prompt_id: "record-for-quality".into(),
            version: 3,
            language: "en".into(),
            sha256: sha256_hex(b"prompt"),
            text: "We would like to record this call to check our quality. May we?".into(),
            start_sample: seconds(2),
            end_sample: seconds(8),
            fraction_delivered: Some(0.996),
        }],
        answers: vec![answer(1, Answer::Yes, AnswerMethod::AgentButton, 10)],
        withdrawals: Vec::new(),
        redactions: vec![redaction(40, 52), redaction(50, 56)],
        gaps: vec![GapEvidence {
            from_sample: seconds(61),
            to_sample: seconds(62),
            reason: "suspended".into(),
        }],
        segments: (0..4_u32).map(segment).collect(),
        ledger: ledger(),
        outcome: Outcome::Recorded,
        answered_at_ms: ANSWERED_AT_MS,
        closed_at_ms: ANSWERED_AT_MS + 90_000,
        end_sample: seconds(90),
        store_url: Some("https://store.example/recordings/".into()),
    }
}

/// A call whose customer said no.
pub fn declined() -> CallEvidence {
    CallEvidence {
        answers: vec![answer(1, Answer::No, AnswerMethod::Keypad, 10)],
        redactions: Vec::new(),
        gaps: Vec::new(),
        segments: Vec::new(),
        outcome: Outcome::Declined,
        ..recorded()
    }
}

/// A call whose customer said no and of which the agent's own side was recorded.
pub fn agent_side() -> CallEvidence {
    CallEvidence {
        answers: vec![answer(1, Answer::No, AnswerMethod::Keypad, 10)],
        outcome: Outcome::AgentSide,
        ..recorded()
    }
}

/// A call whose customer withdrew within it.
pub fn withdrawn(effect: WithdrawalEffect) -> CallEvidence {
    CallEvidence {
        withdrawals: vec![WithdrawalEvidence { effect, sample: Some(seconds(80)), ..withdrawal(80_000) }],
        outcome: Outcome::Withdrawn,
        ..recorded()
    }
}

/// A call of three people, one of whom never answered.
pub fn conference() -> CallEvidence {
    let mut evidence = recorded();
    let third = person(PartyRole::Participant, "Canary Third", None, "DE");
    evidence.parties.push(PartyEvidence { joined_sample: Some(seconds(40)), ..third });
    evidence
}

/// A call with everything as long as a receipt shows it.
pub fn longest() -> CallEvidence {
    let words = "Worte ohne Ende ".repeat(40);
    let mut evidence = withdrawn(WithdrawalEffect::KeepUntil { until_ms: ANSWERED_AT_MS });
    evidence.controller.name.clone_from(&words);
    evidence.controller.address = Some(words.clone());
    evidence.controller.contact.clone_from(&words);
    evidence.controller.purposes =
        (0..20).map(|number| Purpose { id: format!("own-{number}"), label: Some(words.clone()) }).collect();
    evidence.parties.iter_mut().for_each(|party| party.name = Some(words.clone()));
    evidence.disclosures.iter_mut().for_each(|disclosure| disclosure.text.clone_from(&words));
    evidence
}

/// A controller.
pub fn controller() -> Controller {
    let purpose = |id: &str| Purpose { id: id.into(), label: None };
    Controller {
        name: "Example Company".into(),
        address: Some("1 Example Street, Austin".into()),
        contact: "privacy@company.example".into(),
        privacy_notice_url: "https://company.example/privacy".into(),
        purposes: vec![purpose("quality"), purpose("training")],
        retention_days: Some(90),
        storage_places: vec!["US".into()],
        recipients: Vec::new(),
    }
}

fn person(role: PartyRole, name: &str, tel: Option<&str>, place: &str) -> PartyEvidence {
    PartyEvidence {
        role,
        name: Some(name.into()),
        tel: tel.map(Into::into),
        place: Some(place.into()),
        joined_sample: None,
        left_sample: None,
    }
}

/// An answer `second` seconds into the call.
pub fn answer(party: u32, answer: Answer, method: AnswerMethod, second: u64) -> AnswerEvidence {
    AnswerEvidence {
        party,
        answer,
        method,
        words_id: Some("yes_sure".into()),
        actor: Some(0),
        reference: Some(REFERENCE.into()),
        at_ms: ANSWERED_AT_MS + second * 1_000,
        sample: Some(seconds(second)),
    }
}

/// A withdrawal by the customer through the host, `after_ms` behind the answer of the call.
pub fn withdrawal(after_ms: u64) -> WithdrawalEvidence {
    WithdrawalEvidence {
        party: 1,
        method: AnswerMethod::HostAssertion,
        actor: None,
        reference: Some(REFERENCE.into()),
        at_ms: ANSWERED_AT_MS + after_ms,
        sample: None,
        effect: WithdrawalEffect::StopAndKeep,
    }
}

fn redaction(from: u64, to: u64) -> RedactionEvidence {
    RedactionEvidence {
        from_sample: seconds(from),
        to_sample: seconds(to),
        trigger: "field_focus".into(),
        class: "card_number".into(),
        actor: None,
        decided_at_ms: ANSWERED_AT_MS + to * 1_000,
        channels: Some(Channels::Both),
        latency_ms: Some(4_980),
    }
}

/// What is stored of a segment.
pub fn stored_segment(number: u32) -> Vec<u8> {
    format!("ciphertext {number}").into_bytes()
}

/// Segment `number` of part 0: 20 s each, from the yes at 10 s.
pub fn segment(number: u32) -> SegmentEvidence {
    let content = stored_segment(number);
    let start_sample = seconds(10 + 20 * u64::from(number));
    SegmentEvidence {
        object: SegmentAddress::new(call_id(), 0, number).unwrap().object_name(),
        size_bytes: content.len().try_into().unwrap(),
        sha256: sha256_hex(&content),
        sha512: Some(sha512_hex(&content)),
        start_sample,
        end_sample: Some(start_sample + seconds(20)),
    }
}

fn ledger() -> LedgerEvidence {
    let lines = "{\"seq\":0}\n{\"seq\":1}\n";
    LedgerEvidence {
        head: sha256_hex(b"head"),
        entries: 2,
        chunks: vec![LedgerChunkEvidence {
            object: ObjectName::LedgerChunk { call_id: call_id(), chunk: 0 },
            sha256: sha256_hex(lines.as_bytes()),
            content: Some(lines.into()),
        }],
    }
}

/// The test signer: key and certificates.
pub fn signer() -> (SigningKey, Vec<String>) {
    let fixture: Value = serde_json::from_str(include_str!("vcon_signer.json")).unwrap();
    let key = p256::SecretKey::from_slice(&base64url(fixture.pointer("/private/d").unwrap())).unwrap();
    let x5c = fixture.get("x5c").and_then(Value::as_array).unwrap();
    (SigningKey::from(key), x5c.iter().map(|certificate| certificate.as_str().unwrap().to_owned()).collect())
}

fn base64url(value: &Value) -> Vec<u8> {
    use base64ct::Encoding as _;
    base64ct::Base64UrlUnpadded::decode_vec(value.as_str().unwrap()).unwrap()
}

/// The ES256 signature of `bytes` by the test signer.
pub fn sign(bytes: &[u8]) -> callseal::Result<[u8; SIGNATURE_BYTES]> {
    let signature: Signature = signer().0.sign(bytes);
    Ok(signature.to_bytes().into())
}
