//! The vCon that a session seals when its call is closed.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

#[path = "session/bench.rs"]
mod bench;

use bench::{ANSWERED, Bench, decision_for};
use callseal::archive::{EvidenceLevel, MemorySource, Trust, VconLevel, open_vcon, verify_trusting};
use callseal::consent::Answer;
use callseal::jurisdiction::Mode;
use callseal::ledger::certificate::{assemble, call_certificate_request, device_certificate_request};
use callseal::ledger::{CallKey, LedgerSigner};
use callseal::names::{CallId, ObjectName};
use callseal::seal::{PrivateKey, SigningKey};
use callseal::session::export::Personal;
use callseal::session::{Action, Input};
use callseal::store::spool::SpoolOperation;
use callseal::vcon;
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn controller() -> Value {
    json!({
        "name": "Example Energy Ltd", "contact": "privacy@example.com",
        "privacyNoticeUrl": "https://example.com/privacy", "purposes": ["quality"], "retentionDays": 90,
    })
}

/// A recorded call, closed, with these changes to its configuration.
fn recorded(changes: Value, certificates: Vec<Vec<u8>>) -> Bench {
    let mut bench = Bench::with(changes);
    let signer = LedgerSigner::new(CallKey::from_random(&[7; 32]).unwrap(), certificates);
    bench.input(Input::Signer(Box::new(signer)));
    bench.input(Input::Decision(decision_for(Mode::NothingBeforeYes)));
    let personal = Personal { name: Some("Jane Canary".into()), tel: Some("+4915100000000".into()) };
    bench.input(Input::Personal { party: 1, personal });
    bench.input(ANSWERED);
    bench.blocks(20);
    bench.prompt();
    bench.answer(Answer::Yes, true);
    bench.blocks(300);
    for index in 0..302_u32 {
        bench.input(Input::Packet { bytes: &[0xfc, 0, 0, index as u8], pre_skip_samples: 312 });
    }
    bench.close();
    bench
}

fn papers_of(bench: &Bench) -> Option<&callseal::session::export::CallPapers> {
    bench.actions.iter().find_map(|action| match action {
        Action::Papers(papers) => Some(&**papers),
        _ => None,
    })
}

fn vcon_of(bench: &Bench) -> Option<(String, Vec<u8>)> {
    bench.actions.iter().find_map(|action| match action {
        Action::Spool(SpoolOperation::Whole { object, bytes }) if object.name.contains("vcon") => {
            Some((object.name.clone(), bytes.clone()))
        }
        _ => None,
    })
}

/// A configuration whose recipient is this key.
fn with_recipient(key: &PrivateKey) -> Value {
    json!({"controller": controller(), "recipients": [key.public().to_jwk()]})
}

#[test]
fn a_closed_call_has_a_vcon_that_only_the_recipient_opens_and_that_says_who_agreed_to_what() {
    let key = PrivateKey::generate().unwrap();
    let bench = recorded(with_recipient(&key), vec![vec![1, 2, 3]]);
    let (name, sealed) = vcon_of(&bench).unwrap();
    assert!(name.ends_with("/vcon.1.jwe.json"), "{name}");
    assert!(!String::from_utf8_lossy(&sealed).contains("Canary"));
    assert!(vcon::open(&sealed, &PrivateKey::generate().unwrap()).is_err());

    let signed = vcon::open(&sealed, &key).unwrap();
    let content = signed.vcon().content().to_string();
    for expected in
        ["Jane Canary", "+4915100000000", "lawful_basis", "Example Energy Ltd", "agent_button", "sha512-"]
    {
        assert!(content.contains(expected), "{expected} is missing in {content}");
    }
    let report = bench.report.unwrap();
    assert!(report.objects.iter().any(|object| object.name == name), "the report names it");
    assert!(!serde_json::to_string(&report).unwrap().contains("Canary"), "the report names nobody");
}

/// Every object of the call, as the store gets it.
fn stored(bench: &Bench) -> MemorySource {
    let mut objects: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for action in &bench.actions {
        match action {
            Action::Spool(SpoolOperation::Whole { object, bytes }) => {
                objects.insert(object.name.clone(), bytes.clone());
            }
            Action::Spool(SpoolOperation::Append { name, bytes }) => {
                objects.entry(name.clone()).or_default().extend(bytes);
            }
            _ => {}
        }
    }
    let mut source = MemorySource::new(CallId::parse(CALL).unwrap());
    for (name, bytes) in objects {
        source.insert(ObjectName::parse(&name).unwrap(), bytes);
    }
    source
}

const CALL: &str = "0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa";

#[test]
fn the_vcon_of_a_recorded_or_refused_call_verifies_with_its_ledger_and_its_device() {
    let key = PrivateKey::generate().unwrap();
    let device = SigningKey::from_random(&[8; 32]).unwrap();
    let call_key = SigningKey::from_random(&[7; 32]).unwrap().public();
    let id = CallId::parse(CALL).unwrap();
    let requests = [
        call_certificate_request(&id, &call_key, &device.public(), [1; 16], 1_790_000_000_000).unwrap(),
        device_certificate_request(&device.public(), [2; 16]),
    ];
    let certificates = requests.map(|request| assemble(&request, &device.sign(&request)).unwrap()).to_vec();
    let trust = Trust { devices: vec![device.public().thumbprint()], ..Trust::default() };
    for bench in [
        recorded(with_recipient(&key), certificates.clone()),
        refused_with(with_recipient(&key), true, certificates),
    ] {
        let source = stored(&bench);
        let opened = open_vcon(&source, &key, &trust, None).unwrap();
        assert_eq!((opened.account.version, opened.account.level), (1, VconLevel::KnownDevice));
        let (report, _) = verify_trusting(&source, Some(&key), &trust).unwrap();
        let of_vcon = report.errors.iter().filter(|error| error.object.contains("vcon")).count();
        assert_eq!((of_vcon, report.vcons.len()), (0, 1), "{:?}", report.errors);
        assert_eq!(report.evidence.level, Some(EvidenceLevel::KnownDevice), "{:?}", report.errors);
    }
}

#[test]
fn the_ledger_and_the_actions_name_nobody() {
    let key = PrivateKey::generate().unwrap();
    let bench = recorded(with_recipient(&key), vec![vec![1, 2, 3]]);
    for action in &bench.actions {
        if let Action::Spool(SpoolOperation::Whole { object, bytes }) = action
            && object.name.ends_with(".jsonl")
        {
            let text = String::from_utf8_lossy(bytes);
            assert!(!text.contains("Canary") && !text.contains("4915100000000"));
        }
    }
    assert!(!format!("{:?}", bench.session).contains("Canary"));
}

#[test]
fn without_a_controller_or_a_certificate_there_is_no_vcon_and_the_ledger_stands() {
    let key = PrivateKey::generate().unwrap();
    let mut nameless = with_recipient(&key);
    nameless.as_object_mut().unwrap().remove("controller");
    for bench in [recorded(nameless, vec![vec![1]]), recorded(with_recipient(&key), Vec::new())] {
        assert!(vcon_of(&bench).is_none());
        assert_eq!(bench.ledger_kinds().last().unwrap(), "call.closed");
    }
}

#[test]
fn the_host_gets_a_note_that_names_nobody_and_a_receipt_for_the_customer() {
    let key = PrivateKey::generate().unwrap();
    let bench = recorded(with_recipient(&key), vec![vec![1]]);
    let papers = papers_of(&bench).unwrap();
    assert!(!papers.note.contains("Canary") && papers.note.lines().count() <= 12, "{}", papers.note);
    let [customer] = papers.parties.as_slice() else { panic!("one party was asked") };
    assert_eq!(customer.index, 1);
    assert!(
        customer.receipt_html.contains("Jane Canary") && customer.receipt_html.contains("Example Energy Ltd")
    );
    let record: Value = serde_json::from_str(&customer.consent_record).unwrap();
    assert!(record.to_string().contains("ConsentGiven"));
    assert!(!format!("{papers:?}").contains("Canary"));
}

/// A call that the customer refused, closed.
fn refused(changes: Value, keep: bool) -> Bench {
    refused_with(changes, keep, vec![vec![1]])
}

fn refused_with(mut changes: Value, keep: bool, certificates: Vec<Vec<u8>>) -> Bench {
    changes["consent"] = json!({"keepRefusals": keep});
    let mut bench = Bench::with(changes);
    let signer = LedgerSigner::new(CallKey::from_random(&[7; 32]).unwrap(), certificates);
    bench.input(Input::Signer(Box::new(signer)));
    bench.input(Input::Decision(decision_for(Mode::NothingBeforeYes)));
    bench.input(ANSWERED);
    bench.blocks(20);
    bench.prompt();
    bench.answer(Answer::No, false);
    bench.blocks(50);
    bench.close();
    bench
}

#[test]
fn a_refusal_is_evidence_for_the_host_and_stored_only_where_the_policy_says_so_and_never_with_audio() {
    let key = PrivateKey::generate().unwrap();
    for keep in [false, true] {
        let bench = refused(with_recipient(&key), keep);
        let papers = papers_of(&bench).unwrap();
        assert!(papers.parties[0].consent_record.contains("ConsentRefused"));
        let spooled = bench.actions.iter().any(|action| matches!(action, Action::Spool(_)));
        assert_eq!(spooled, keep);
        assert!(
            !bench
                .actions
                .iter()
                .any(|action| matches!(action, Action::StartEncoder | Action::Encode { .. }))
        );
        if keep {
            let kinds = bench.ledger_kinds();
            assert!(kinds.contains(&"consent.answered".to_owned()), "{kinds:?}");
            assert!(!kinds.iter().any(|kind| kind.starts_with("segment") || kind.starts_with("part.opened")));
            let (_, sealed) = vcon_of(&bench).unwrap();
            let content = vcon::open(&sealed, &key).unwrap().vcon().content().to_string();
            assert!(!content.contains("ogg.tink"), "{content}");
        }
        let report = bench.report.unwrap();
        assert_eq!(report.objects.is_empty(), !keep);
        assert_eq!(report.recording_duration_ms, 0);
    }
}

#[test]
fn without_a_controller_and_without_keeping_there_is_nothing_of_a_refused_call() {
    let key = PrivateKey::generate().unwrap();
    let mut changes = with_recipient(&key);
    changes.as_object_mut().unwrap().remove("controller");
    let bench = refused(changes, false);
    assert!(papers_of(&bench).is_none());
    assert!(!bench.actions.iter().any(|action| matches!(action, Action::Spool(_))));
}
