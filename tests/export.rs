//! The vCon that a session seals when its call is closed.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

#[path = "session/bench.rs"]
mod bench;

use bench::{ANSWERED, Bench, decision_for};
use callseal::consent::Answer;
use callseal::jurisdiction::Mode;
use callseal::ledger::{CallKey, LedgerSigner};
use callseal::seal::PrivateKey;
use callseal::session::export::Personal;
use callseal::session::{Action, Input};
use callseal::store::spool::SpoolOperation;
use callseal::vcon;
use serde_json::{Value, json};

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
fn refused(mut changes: Value, keep: bool) -> Bench {
    changes["consent"] = json!({"keepRefusals": keep});
    let mut bench = Bench::with(changes);
    let signer = LedgerSigner::new(CallKey::from_random(&[7; 32]).unwrap(), vec![vec![1]]);
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
