//! A shredded call proves that it was agreed to and taken back, and that its audio is gone; a lost one does not pass for it.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "test code"
)]

#[path = "support/call.rs"]
mod call;

use call::Call;
use callseal::archive::{Level, OpenOptions, Trust, VerificationReport, open, verify_trusting};
use callseal::ledger::{ShredClaim, head_of, is_shredded, shred_demand};
use callseal::names::ObjectName;
use callseal::seal::SigningKey;

fn server() -> SigningKey {
    SigningKey::from_random(&[0x33; 32]).unwrap()
}

fn verified(call: &Call) -> VerificationReport {
    let trust = Trust { servers: vec![server().public()], ..Trust::default() };
    // The heads of this call are not countersigned; that is another test's.
    let (report, _) = verify_trusting(&call.source, Some(&call.owner), &Trust::default()).unwrap();
    let (trusting, _) = verify_trusting(&call.source, Some(&call.owner), &trust).unwrap();
    VerificationReport { shredding: trusting.shredding, ..report }
}

/// A call that demands it, with everything there.
fn demanding() -> Call {
    Call::to_be_shredded(1_790_000_000_000, 1)
}

fn claim(call: &Call) -> ShredClaim {
    let mut chunks: Vec<(ObjectName, Vec<u8>)> = call
        .source
        .iter()
        .filter(|(name, _)| matches!(name, ObjectName::LedgerChunk { .. }))
        .map(|(name, content)| (*name, content.clone()))
        .collect();
    chunks.sort_by_key(|(name, _)| *name);
    let demand = shred_demand(&call.id, chunks.iter().map(|(_, content)| &**content)).unwrap().unwrap();
    assert!(head_of(&chunks.last().unwrap().1).unwrap().0 > demand.seq);
    ShredClaim { call_id: call.id, seq: demand.seq, head: demand.head, objects: 4, iat: 1_790_000_001 }
}

fn destroy(call: &mut Call) {
    let names: Vec<ObjectName> = call.source.iter().map(|(name, _)| *name).filter(is_shredded).collect();
    names.iter().for_each(|name| drop(call.source.remove(name)));
}

fn confirm(call: &mut Call, claim: &ShredClaim, key: &SigningKey) {
    let name = ObjectName::ShredConfirmation { call_id: call.id };
    call.source.insert(name, claim.sign(key).into_bytes());
}

#[test]
fn a_demand_that_was_not_met_yet_is_told_and_the_call_still_opens() {
    let call = demanding();
    let report = verified(&call);
    assert_eq!((report.level, report.ok), (Level::Intact, true));
    assert_eq!(report.warnings[0].code, "shred/pending");
    let shredding = report.shredding.unwrap();
    assert_eq!((shredding.objects_left, shredding.confirmed_at_s), (4, None));
    assert!(open(&call.source, &call.owner, OpenOptions::default()).is_ok());
}

#[test]
fn a_shredded_call_is_whole_evidence_and_opens_for_nobody() {
    let mut call = demanding();
    destroy(&mut call);
    let claim = claim(&call);
    confirm(&mut call, &claim, &server());
    let report = verified(&call);
    assert_eq!((report.level, report.ok, report.errors), (Level::Shredded, true, vec![]));
    let shredding = report.shredding.unwrap();
    assert_eq!((shredding.objects_left, shredding.confirmed_at_s), (0, Some(1_790_000_001)));
    assert!(shredding.confirmed_by_known_server);
    let error = open(&call.source, &call.owner, OpenOptions::default()).unwrap_err();
    assert_eq!(error.code(), "open/shredded");
}

#[test]
fn keys_that_are_gone_are_enough() {
    let mut call = demanding();
    (0..2).for_each(|segment| drop(call.source.remove(&call.envelope(segment))));
    assert_eq!(verified(&call).level, Level::Shredded);
    assert_eq!(open(&call.source, &call.owner, OpenOptions::default()).unwrap_err().code(), "open/shredded");
}

#[test]
fn a_false_confirmation_is_found() {
    type Change = fn(&mut ShredClaim);
    let changes: [(&str, Change); 3] = [
        ("open/swapped", |claim| {
            claim.call_id = callseal::names::CallId::parse("1b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa").unwrap();
        }),
        ("open/corrupt", |claim| claim.seq += 1),
        ("open/corrupt", |claim| claim.head = "00".repeat(32)),
    ];
    for (code, change) in changes {
        let mut call = demanding();
        destroy(&mut call);
        let mut claim = claim(&call);
        change(&mut claim);
        confirm(&mut call, &claim, &server());
        assert_eq!(verified(&call).errors[0].code, code);
    }
    // It names the server's key and is not signed by it.
    let mut call = demanding();
    destroy(&mut call);
    let text = claim(&call).sign(&server());
    let name = ObjectName::ShredConfirmation { call_id: call.id };
    let forged = claim(&call).sign(&SigningKey::from_random(&[0x44; 32]).unwrap());
    let (signed, _) = text.rsplit_once('.').unwrap();
    let (_, signature) = forged.rsplit_once('.').unwrap();
    call.source.insert(name, format!("{signed}.{signature}").into_bytes());
    let trust = Trust { servers: vec![server().public()], ..Trust::default() };
    let (report, _) = verify_trusting(&call.source, None, &trust).unwrap();
    let at_confirmation = |error: &callseal::archive::ReportedError| error.object.ends_with("shredded.jws");
    let found = report.errors.iter().any(|error| error.code == "ledger/signature" && at_confirmation(error));
    assert!(found, "{:?}", report.errors);
}

#[test]
fn audio_that_is_here_and_said_to_be_destroyed_is_a_fault() {
    let mut call = demanding();
    let claim = claim(&call);
    confirm(&mut call, &claim, &server());
    let report = verified(&call);
    assert_eq!((report.ok, report.errors[0].code), (false, "open/corrupt"));
}

#[test]
fn without_a_demand_a_confirmation_excuses_no_missing_audio() {
    let mut call = Call::whole_and_signed();
    let of_another = claim(&demanding());
    let claim = ShredClaim { call_id: call.id, ..of_another };
    call.source.remove(&call.segment(0));
    confirm(&mut call, &claim, &server());
    let codes: Vec<&str> = verified(&call).errors.iter().map(|error| error.code).collect();
    assert_eq!(codes, ["open/swapped", "open/missing-segment"]);
}
