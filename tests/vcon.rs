//! The vCon of a call: what it says, what it must not say, and its signed, encrypted and amended forms.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "test code"
)]

#[path = "support/evidence.rs"]
mod evidence;

use callseal::evidence::{
    Answer, AnswerMethod, CallEvidence, ConsentState, LawfulBasis, Outcome, Purpose, SegmentEvidence,
    WithdrawalEffect,
};
use callseal::names::CallId;
use callseal::seal::{PrivateKey, sha512_hex};
use callseal::vcon::{Amendment, SignedVcon, StoredVcon, Vcon, amend, encrypt, open, sign, uuid};
use evidence::{
    AGENT, ANSWERED_AT_MS, CUSTOMER, NUMBER, REFERENCE, agent_side, answer, call_id, conference, declined,
    recorded, seconds, signer, withdrawal, withdrawn,
};
use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::{Signature, VerifyingKey};
use proptest::prelude::*;
use serde_json::{Value, json};

const PERSONAL: [&str; 5] = [AGENT, CUSTOMER, NUMBER, "4155550123", REFERENCE];

fn built(evidence: &CallEvidence) -> Value {
    Vcon::build(evidence).unwrap().content().clone()
}

fn attachments<'a>(vcon: &'a Value, purpose: &str) -> Vec<&'a Value> {
    let all = vcon["attachments"].as_array().unwrap();
    all.iter().filter(|attachment| attachment["purpose"] == purpose).collect()
}

fn signed(vcon: &Vcon) -> SignedVcon {
    sign(vcon, &signer().1, evidence::sign).unwrap()
}

fn amendment(version: u32) -> Amendment {
    Amendment {
        call_id: call_id(),
        version,
        at_ms: ANSWERED_AT_MS + 86_400_000,
        previous: Some(StoredVcon { url: "https://store.example/1".into(), sha512: sha512_hex(b"jwe") }),
        withdrawals: vec![withdrawal(86_000_000)],
    }
}

#[test]
fn every_stored_object_is_a_dialog_bound_by_the_hash_of_its_ciphertext() {
    let evidence = recorded();
    let vcon = built(&evidence);
    let dialogs = vcon["dialog"].as_array().unwrap();
    assert_eq!(dialogs.len(), evidence.segments.len());
    for (number, dialog) in (0_u32..).zip(dialogs) {
        let name = format!("{}/0/{number:06}.ogg.tink", evidence::CALL_ID);
        assert_eq!(dialog["type"], "recording");
        assert_eq!(dialog["url"], format!("https://store.example/recordings/{name}"));
        assert_eq!((&dialog["filename"], &dialog["mediatype"]), (&json!(name), &json!("audio/ogg")));
        assert_eq!((&dialog["parties"], &dialog["originator"]), (&json!([0, 1]), &json!(1)));
        assert_eq!(dialog["duration"], 20.0);
        assert!(dialog["content_hash"][0].as_str().unwrap().starts_with("sha512-"));
    }
    // Made with: printf 'ciphertext 0' | openssl dgst -sha512 -binary | basenc --base64url | tr -d '=\n'
    assert_eq!(dialogs[0]["content_hash"][0], format!("sha512-{SHA512_OF_CIPHERTEXT_0}"));
    assert_eq!(dialogs[0]["start"], "2026-09-21T14:13:30.000Z");
    assert_eq!(dialogs[1]["start"], "2026-09-21T14:13:50.000Z");
}

const SHA512_OF_CIPHERTEXT_0: &str =
    "uWtVUNx_woKEqeXSm2l5WOEui_OY6vWCM9DlInSLKjpolMVVDbfEORAqnFJ1hkz-yWmgDm4EKg_APDOcXklVwg";

#[test]
fn without_a_sha_512_or_an_address_a_dialog_says_what_it_can() {
    let mut evidence = recorded();
    evidence.store_url = None;
    evidence.segments[0] = SegmentEvidence { sha512: None, end_sample: None, ..evidence.segments[0].clone() };
    let dialog = &built(&evidence)["dialog"][0];
    assert!(dialog["content_hash"].as_str().unwrap().starts_with("sha256-"));
    assert!(dialog.get("url").is_none() && dialog.get("duration").is_none());
}

#[test]
fn a_call_that_was_not_recorded_has_no_dialog_with_audio() {
    let unanswered = CallEvidence { answers: Vec::new(), outcome: Outcome::Unanswered, ..declined() };
    for evidence in [declined(), unanswered] {
        let vcon = built(&evidence);
        let dialogs = vcon["dialog"].as_array().unwrap();
        assert_eq!((dialogs.len(), &dialogs[0]["type"]), (1, &json!("incomplete")));
        for member in ["url", "content_hash", "body", "encoding", "mediatype", "filename"] {
            assert!(dialogs[0].get(member).is_none(), "{member}");
        }
        let grants = attachments(&vcon, "lawful_basis")[0]["body"]["purpose_grants"].as_array().unwrap();
        assert!(grants.iter().all(|grant| grant["granted"] == false));
        assert_eq!(attachments(&vcon, "callseal_recording")[0]["body"]["outcome"], evidence.outcome.as_str());
    }
}

#[test]
fn a_dialog_of_the_agents_side_names_the_agent_only_and_grants_nothing_of_the_customer() {
    let vcon = built(&agent_side());
    for dialog in vcon["dialog"].as_array().unwrap() {
        assert_eq!(dialog["parties"], json!([0]));
    }
    let bases = attachments(&vcon, "lawful_basis");
    assert_eq!(bases.len(), 1);
    assert_eq!(
        (&bases[0]["party"], &bases[0]["body"]["purpose_grants"][0]["granted"]),
        (&json!(1), &json!(false))
    );
}

#[test]
fn a_basis_other_than_consent_grants_nothing_of_who_said_no_where_only_the_agent_was_recorded() {
    let mut evidence = agent_side();
    evidence.decision.basis = LawfulBasis::LegalObligation;
    let vcon = built(&evidence);
    assert_eq!(attachments(&vcon, "lawful_basis")[0]["body"]["purpose_grants"][0]["granted"], json!(false));
}

#[test]
fn a_key_press_is_in_the_party_history() {
    let history = &built(&declined())["dialog"][0]["party_history"];
    assert_eq!(
        *history,
        json!([{"party": 1, "time": "2026-09-21T14:13:30.000Z", "event": "keydown", "button": "2"}])
    );
    assert!(built(&recorded())["dialog"][0].get("party_history").is_none());
}

#[test]
fn the_lawful_basis_names_the_answer_and_its_proof() {
    let vcon = built(&recorded());
    assert_eq!(vcon["extensions"], json!(["lawful_basis"]));
    let attachment = attachments(&vcon, "lawful_basis")[0];
    assert_eq!((&attachment["type"], &attachment["party"]), (&json!("lawful_basis"), &json!(1)));
    let body = &attachment["body"];
    assert_eq!((&body["lawful_basis"], &body["expiration"]), (&json!("consent"), &Value::Null));
    let proofs = body["proof_mechanisms"].as_array().unwrap();
    assert_eq!(proofs[0]["proof_type"], "verbal_confirmation");
    assert_eq!(proofs[0]["proof_data"]["words_id"], "yes_sure");
    // The yes at 10 s is the first sample of the first object.
    assert_eq!(proofs[0]["proof_data"]["dialog_reference"], 0);
    assert_eq!(proofs[0]["proof_data"]["time_offset"], "00:00:00");
    assert_eq!(proofs[1]["proof_data"]["record_id"], recorded().ledger.head);
    let conditions = body["purpose_grants"][0]["conditions"].as_array().unwrap();
    for condition in
        ["jurisdiction:US-CA", "rule:all_party", "mode:nothing_before_yes", "method:agent_button"]
    {
        assert!(conditions.contains(&json!(condition)), "{condition}");
    }
}

#[test]
fn an_answer_by_key_or_host_is_proven_by_a_system() {
    for (method, system) in [
        (AnswerMethod::Keypad, "callseal"),
        (AnswerMethod::HostAssertion, "host"),
        (AnswerMethod::NoticeAndStay, "callseal"),
    ] {
        let evidence = CallEvidence { answers: vec![answer(1, Answer::Yes, method, 10)], ..recorded() };
        let vcon = built(&evidence);
        let proof = &attachments(&vcon, "lawful_basis")[0]["body"]["proof_mechanisms"][0];
        assert_eq!(proof["proof_type"], "external_system");
        assert_eq!(proof["proof_data"]["system"], system);
    }
}

#[test]
fn every_party_that_is_asked_has_a_lawful_basis_and_silence_grants_nothing() {
    let evidence = conference();
    assert_eq!(evidence.consent_of(2), ConsentState::Unanswered);
    let vcon = built(&evidence);
    let bases = attachments(&vcon, "lawful_basis");
    assert_eq!(bases.iter().map(|basis| basis["party"].as_u64().unwrap()).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(bases[0]["body"]["purpose_grants"][0]["granted"], true);
    assert_eq!(bases[1]["body"]["purpose_grants"][0]["granted"], false);
    assert_eq!(vcon["dialog"][0]["parties"], json!([0, [1, 2]]), "right is everybody but the agent");
}

#[test]
fn a_withdrawal_within_the_call_takes_every_grant_back_and_keeps_the_history() {
    let vcon = built(&withdrawn(WithdrawalEffect::KeepUntil { until_ms: ANSWERED_AT_MS + 1_000_000 }));
    let bases = attachments(&vcon, "lawful_basis");
    assert_eq!(bases.len(), 2);
    assert_eq!(bases[0]["body"]["purpose_grants"][0]["granted"], true);
    let grants = bases[1]["body"]["purpose_grants"].as_array().unwrap();
    assert!(grants.iter().all(|grant| grant["granted"] == false));
    assert!(grants[0]["conditions"].as_array().unwrap().contains(&json!("effect:stop_and_keep_until")));
    assert_eq!(bases[1]["dialog"], 3, "the object in which the party withdrew");
}

#[test]
fn a_basis_other_than_consent_does_not_hang_on_the_answer() {
    let mut evidence = recorded();
    evidence.decision.basis = LawfulBasis::LegalObligation;
    evidence.answers = vec![answer(1, Answer::No, AnswerMethod::AgentButton, 10)];
    let vcon = built(&evidence);
    let body = &attachments(&vcon, "lawful_basis")[0]["body"];
    assert_eq!(body["lawful_basis"], "legal_obligation");
    assert_eq!(body["purpose_grants"][0]["granted"], true);
    assert!(body["purpose_grants"][0]["conditions"].as_array().unwrap().contains(&json!("answer:no")));
}

#[test]
fn the_recorder_attests_what_it_did() {
    let evidence = recorded();
    let vcon = built(&evidence);
    let recorder = vcon["parties"].as_array().unwrap().len() - 1;
    assert_eq!(vcon["parties"][recorder]["type"], "bot");
    for purpose in [
        "callseal_recording",
        "callseal_decision",
        "callseal_disclosure",
        "callseal_redactions",
        "callseal_gaps",
        "callseal_ledger",
    ] {
        let found = attachments(&vcon, purpose);
        assert_eq!((found.len(), &found[0]["party"]), (1, &json!(recorder)), "{purpose}");
    }
    let body = |purpose: &str| attachments(&vcon, purpose)[0]["body"].clone();
    assert_eq!(body("callseal_disclosure")["disclosures"][0]["fraction_delivered"], 0.996);
    assert_eq!(body("callseal_redactions")["spans"].as_array().unwrap().len(), 2);
    assert_eq!(body("callseal_redactions")["total_samples"], seconds(16), "overlaps count once");
    assert_eq!(body("callseal_gaps")["gaps"][0]["reason"], "suspended");
    assert_eq!(body("callseal_decision")["explanation"], evidence.decision.explanation);
    let ledger = body("callseal_ledger");
    assert_eq!(ledger["head"], evidence.ledger.head);
    assert_eq!(ledger["chunks"][0]["jsonl"], json!(evidence.ledger.chunks[0].content));
}

#[test]
fn the_same_evidence_is_always_the_same_bytes_and_identity() {
    let (first, second) = (Vcon::build(&recorded()).unwrap(), Vcon::build(&recorded()).unwrap());
    assert_eq!(first.to_json().unwrap(), second.to_json().unwrap());
    assert_eq!(first.uuid(), uuid(call_id(), 1));
    assert_eq!(first.uuid().as_bytes()[14], b'8', "version 8");
    let read = Vcon::read(&first.to_json().unwrap()).unwrap();
    assert_eq!(read.to_json().unwrap(), first.to_json().unwrap());
    let other = CallId::parse("1b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa").unwrap();
    assert!(first.is_of(call_id(), 1) && !first.is_of(call_id(), 2) && !first.is_of(other, 1));
}

#[test]
fn personal_data_is_never_in_debug_output() {
    let evidence = withdrawn(WithdrawalEffect::StopAndKeep);
    let vcon = Vcon::build(&evidence).unwrap();
    let text = String::from_utf8(vcon.to_json().unwrap()).unwrap();
    assert!([CUSTOMER, NUMBER, AGENT].iter().all(|personal| text.contains(personal)));
    let printed = format!(
        "{evidence:?} {:?} {:?} {:?} {:?} {:?} {vcon:?} {:?} {:?}",
        evidence.parties,
        evidence.controller,
        evidence.decision,
        evidence.answers,
        evidence.withdrawals,
        signed(&vcon),
        amendment(2),
    );
    for personal in PERSONAL {
        assert!(!printed.contains(personal), "{personal}");
    }
}

#[test]
fn the_encrypted_vcon_shows_nothing_personal() {
    let owner = PrivateKey::generate().unwrap();
    let vcon = Vcon::build(&recorded()).unwrap();
    let jwe = encrypt(&signed(&vcon), &[owner.public().clone()]).unwrap();
    let text = String::from_utf8(jwe).unwrap();
    assert!(PERSONAL.iter().all(|personal| !text.contains(personal)));
    let jwe: Value = serde_json::from_str(&text).unwrap();
    let expected = json!({"cty": "application/vcon", "enc": "A256GCM", "uuid": vcon.uuid()});
    assert_eq!(jwe["unprotected"], expected);
    assert_eq!(jwe["recipients"][0]["header"]["alg"], "ECDH-ES+A256KW");
}

#[test]
fn a_signed_vcon_verifies_with_the_key_of_its_certificate() {
    let vcon = Vcon::build(&recorded()).unwrap();
    let jws = signed(&vcon);
    let parsed: Value = serde_json::from_slice(jws.to_json()).unwrap();
    let signature = &parsed["signatures"][0];
    assert_eq!(signature["header"]["alg"], "ES256");
    assert_eq!(signature["header"]["x5c"], json!(signer().1));
    assert_eq!(signature["header"]["uuid"], vcon.uuid());
    let read = SignedVcon::read(jws.to_json()).unwrap();
    assert_eq!((read.vcon(), read.certificates()), (&vcon, signer().1.as_slice()));
    let check = |bytes: &[u8], signature: &[u8; 64], _: &[String]| {
        let key = VerifyingKey::from(&signer().0);
        let signature = Signature::from_slice(signature).unwrap();
        key.verify(bytes, &signature)
            .map_err(|_| callseal::Error::new(callseal::ErrorKind::Corrupt, "the signature is not its own"))
    };
    read.verify_with(check).unwrap();
    let mut changed = parsed.clone();
    changed["payload"] = json!(parsed["payload"].as_str().unwrap().replacen("eyJ", "eyI", 1));
    let changed = SignedVcon::read(changed.to_string().as_bytes());
    assert!(changed.is_err() || changed.unwrap().verify_with(check).is_err());
}

#[test]
fn signing_needs_a_certificate_and_passes_on_the_signers_refusal() {
    let vcon = Vcon::build(&recorded()).unwrap();
    assert_eq!(sign(&vcon, &[], evidence::sign).unwrap_err().code(), "state/wrong");
    assert_eq!(sign(&vcon, &["not base64!".into()], evidence::sign).unwrap_err().code(), "state/wrong");
    let refusal = |_: &[u8]| Err(callseal::Error::new(callseal::ErrorKind::RandomUnavailable, "no key"));
    assert_eq!(sign(&vcon, &signer().1, refusal).unwrap_err().code(), "random/unavailable");
}

#[test]
fn what_was_sealed_opens_for_every_recipient_and_nobody_else() {
    let owners = [PrivateKey::generate().unwrap(), PrivateKey::generate().unwrap()];
    let vcon = Vcon::build(&recorded()).unwrap();
    let recipients = owners.each_ref().map(|owner| owner.public().clone());
    let jwe = encrypt(&signed(&vcon), &recipients).unwrap();
    for owner in &owners {
        let opened = open(&jwe, owner).unwrap();
        assert_eq!(opened, signed(&vcon));
    }
    assert_eq!(open(&jwe, &PrivateKey::generate().unwrap()).unwrap_err().code(), "open/wrong-key");
    let mut moved: Value = serde_json::from_slice(&jwe).unwrap();
    moved["unprotected"]["uuid"] = json!(uuid(call_id(), 2));
    assert_eq!(open(moved.to_string().as_bytes(), &owners[0]).unwrap_err().code(), "open/swapped");
    moved["unprotected"]["uuid"] = json!(vcon.uuid());
    moved["unprotected"]["cty"] = json!("application/vcon+gzip");
    assert_eq!(open(moved.to_string().as_bytes(), &owners[0]).unwrap_err().code(), "open/unsupported");
}

#[test]
fn signed_forms_that_are_not_plain_es256_are_refused() {
    let jws: Value = serde_json::from_slice(signed(&Vcon::build(&recorded()).unwrap()).to_json()).unwrap();
    let with = |pointer: &str, value: Value| {
        let mut changed = jws.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        SignedVcon::read(changed.to_string().as_bytes()).unwrap_err().code()
    };
    assert_eq!(with("/signatures/0/header/alg", json!("none")), "open/unsupported");
    assert_eq!(with("/signatures/0/header/alg", json!("RS256")), "open/unsupported");
    assert_eq!(with("/signatures/0/header/uuid", json!(uuid(call_id(), 9))), "open/swapped");
    assert_eq!(with("/signatures/0/signature", json!("AAAA")), "open/corrupt");
    assert_eq!(with("/signatures", json!([])), "open/corrupt");
    assert_eq!(with("/payload", json!("H4sI")), "open/unsupported", "gzip");
    let doubled = json!({"alg": "ES256", "typ": "JOSE+JSON"});
    assert_eq!(with("/signatures/0/header", doubled), "open/corrupt", "a name in both headers");
    let text = jws.to_string();
    assert_eq!(SignedVcon::read(&text.as_bytes()[..text.len() - 1]).unwrap_err().code(), "open/truncated");
}

#[test]
fn an_amended_vcon_keeps_every_index_and_refers_to_the_one_before() {
    let first = Vcon::build(&conference()).unwrap();
    let second = amend(&first, &amendment(2)).unwrap();
    for list in ["parties", "dialog", "attachments"] {
        let (before, after) =
            (first.content()[list].as_array().unwrap(), second.content()[list].as_array().unwrap());
        assert_eq!(before.as_slice(), &after[..before.len()], "{list}");
    }
    assert!(second.is_of(call_id(), 2));
    assert_eq!(second.content()["amended"]["uuid"], first.uuid());
    assert!(second.content()["amended"]["content_hash"].as_str().unwrap().starts_with("sha512-"));
    assert!(second.content().get("redacted").is_none(), "one of the two only");
    let bases = attachments(second.content(), "lawful_basis");
    let added = bases.last().unwrap();
    assert_eq!(added["party"], 1);
    let purposes = |basis: &Value| {
        let grants = basis["body"]["purpose_grants"].as_array().unwrap();
        grants.iter().map(|grant| grant["purpose"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(purposes(added), purposes(bases[0]), "everything is taken back");
    assert!(
        added["body"]["purpose_grants"].as_array().unwrap().iter().all(|grant| grant["granted"] == false)
    );
    let third = amend(&second, &amendment(3)).unwrap();
    assert_eq!(third.content()["amended"]["uuid"], second.uuid());
}

#[test]
fn only_the_version_before_of_the_same_call_can_be_amended() {
    let first = Vcon::build(&recorded()).unwrap();
    let code = |amendment: &Amendment| amend(&first, amendment).unwrap_err().code();
    assert_eq!(code(&amendment(1)), "open/swapped");
    assert_eq!(code(&amendment(3)), "open/swapped");
    let other = CallId::parse("1b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa").unwrap();
    assert_eq!(code(&Amendment { call_id: other, ..amendment(2) }), "open/swapped");
    assert_eq!(code(&Amendment { withdrawals: Vec::new(), ..amendment(2) }), "evidence/invalid");
    let mut stranger = amendment(2);
    stranger.withdrawals[0].party = 7;
    assert_eq!(code(&stranger), "evidence/invalid");
    let mut insecure = amendment(2);
    insecure.previous = Some(StoredVcon { url: "http://store.example/1".into(), sha512: sha512_hex(b"jwe") });
    assert_eq!(code(&insecure), "evidence/invalid");
}

#[test]
fn evidence_that_contradicts_itself_is_refused_without_quoting_it() {
    type Change = fn(&mut CallEvidence);
    let changes: [Change; 22] = [
        |evidence| evidence.outcome = Outcome::Declined,
        |evidence| evidence.outcome = Outcome::Unanswered,
        |evidence| evidence.parties.clear(),
        |evidence| evidence.parties.truncate(1),
        |evidence| evidence.parties.swap(0, 1),
        |evidence| evidence.parties[1].tel = Some("4155550123".into()),
        |evidence| evidence.parties[1].tel = Some("+1415555012345678".into()),
        |evidence| evidence.parties[1].place = Some(String::new()),
        |evidence| evidence.answers[0].party = 2,
        |evidence| evidence.answers[0].actor = Some(2),
        |evidence| evidence.answers[0].at_ms = u64::MAX,
        |evidence| evidence.closed_at_ms = evidence.answered_at_ms - 1,
        |evidence| evidence.segments.swap(0, 1),
        |evidence| evidence.segments[1] = evidence.segments[0].clone(),
        |evidence| evidence.segments[0].sha256.make_ascii_uppercase(),
        |evidence| evidence.segments[0].sha512 = Some("00".into()),
        |evidence| evidence.segments[0].object = evidence.ledger.chunks[0].object,
        |evidence| evidence.redactions[0].to_sample = 0,
        |evidence| evidence.disclosures[0].fraction_delivered = Some(1.5),
        |evidence| evidence.disclosures[0].fraction_delivered = Some(f64::NAN),
        |evidence| evidence.store_url = Some("http://store.example/".into()),
        |evidence| evidence.controller.privacy_notice_url = "javascript:alert(1)".into(),
    ];
    for (index, change) in changes.into_iter().enumerate() {
        let mut evidence = recorded();
        change(&mut evidence);
        let error = Vcon::build(&evidence).expect_err(&format!("change {index}"));
        assert_eq!(error.code(), "evidence/invalid", "change {index}");
        let sentence = error.to_string();
        assert!(
            PERSONAL.iter().chain(&["javascript", "store.example"]).all(|value| !sentence.contains(value))
        );
    }
    assert!(Vcon::build(&recorded()).is_ok());
}

#[test]
fn other_forms_and_unknown_critical_extensions_are_not_taken_for_a_vcon() {
    let mut vcon = built(&recorded());
    vcon["critical"] = json!(["sign_language"]);
    assert_eq!(Vcon::read(vcon.to_string().as_bytes()).unwrap_err().code(), "open/unsupported");
    let jws = signed(&Vcon::build(&recorded()).unwrap());
    assert_eq!(Vcon::read(jws.to_json()).unwrap_err().code(), "open/unsupported");
    assert_eq!(Vcon::read(b"{}").unwrap_err().code(), "open/corrupt");
    assert_eq!(Vcon::read(b"{\"uuid\"").unwrap_err().code(), "open/truncated");
}

/// A vCon without what only the caller knows.
fn anonymous_store(mut evidence: CallEvidence) -> CallEvidence {
    evidence.store_url = None;
    evidence
}

#[test]
fn the_evidence_reads_back_from_the_vcon() {
    let effects = [
        WithdrawalEffect::StopAndKeep,
        WithdrawalEffect::StopAndShred,
        WithdrawalEffect::KeepUntil { until_ms: ANSWERED_AT_MS + 1_000 },
    ];
    let calls =
        [recorded(), declined(), agent_side(), conference()].into_iter().chain(effects.map(withdrawn));
    for evidence in calls.map(anonymous_store) {
        let vcon = Vcon::build(&evidence).unwrap();
        let read = vcon.evidence(evidence.controller.clone()).unwrap();
        assert!(read == evidence, "{read:?}");
    }
    let first = Vcon::build(&anonymous_store(recorded())).unwrap();
    let second = amend(&first, &amendment(2)).unwrap();
    let read = second.evidence(recorded().controller).unwrap();
    assert_eq!(
        (read.consent_of(1), read.withdrawals.as_slice()),
        (ConsentState::Withdrawn, &amendment(2).withdrawals[..])
    );
    assert_eq!(second.withdrawn_parties(), [1]);
    let mut foreign = first.content().clone();
    foreign["attachments"] = json!([]);
    let foreign = Vcon::read(foreign.to_string().as_bytes()).unwrap();
    assert_eq!(foreign.evidence(recorded().controller).unwrap_err().code(), "evidence/invalid");
}

proptest! {
    #[test]
    fn every_purpose_has_a_grant_and_the_last_answer_decides_it(
        purposes in proptest::collection::vec("[a-z]{1,8}", 0..5),
        answers in proptest::collection::vec((any::<bool>(), 1_u32..3), 0..6),
    ) {
        let mut evidence = conference();
        evidence.controller.purposes =
            purposes.iter().map(|id| Purpose { id: id.clone(), label: None }).collect();
        evidence.answers = answers
            .iter()
            .map(|(yes, party)| {
                let given = if *yes { Answer::Yes } else { Answer::No };
                answer(*party, given, AnswerMethod::AgentHotkey, 10)
            })
            .collect();
        let vcon = built(&evidence);
        for party in 1..3 {
            let bases = attachments(&vcon, "lawful_basis");
            let last = bases.iter().rfind(|basis| basis["party"] == party).unwrap();
            let grants = last["body"]["purpose_grants"].as_array().unwrap();
            for wanted in purposes.iter().map(String::as_str).chain(["recording"]) {
                prop_assert!(grants.iter().any(|grant| grant["purpose"] == wanted), "{}", wanted);
            }
            let given = evidence.consent_of(party) == ConsentState::Given;
            prop_assert!(grants.iter().all(|grant| grant["granted"] == given));
        }
    }
}
