//! A crash at any moment: what the spool then holds is closed, verifies as cut, and opens as far as it was sealed.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::collections::BTreeMap;

use callseal::ErrorKind;
use callseal::archive::{EvidenceLevel, Level, MemorySource, OpenOptions, open, verify};
use callseal::ledger::{
    CallClosed, CallKey, CallOpened, EntryBody, ExposureEffect, ExposureFound, Gap, LedgerSigner, Outcome,
    PartClosed,
};
use callseal::names::{CallId, ObjectName, SegmentAddress};
use callseal::seal::{PrivateKey, RecipientKey, sha256_hex};
use callseal::session::recorder::Recorder;
use callseal::store::recovery::{RecoveryPlan, plan};
use callseal::store::spool::{SpoolOperation, file_name};
use proptest::prelude::*;

const ORIGIN: u64 = 96_000;
const PACKETS_PER_SEGMENT: u64 = 150;
const PRE_SKIP: u16 = 312;
/// Bytes of a packet at 48 kbit/s constant bit rate.
const PACKET_BYTES: usize = 120;

fn call_id() -> CallId {
    CallId::parse("0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa").unwrap()
}

fn signer(seed: u8) -> LedgerSigner {
    LedgerSigner::new(CallKey::from_random(&[seed; 32]).unwrap(), Vec::new())
}

/// A stereo, 20 ms, full-band CELT packet (configuration 31, RFC 6716 §3.1) with its number inside.
fn packet(number: u64) -> Vec<u8> {
    let mut packet = vec![0xFC; PACKET_BYTES];
    packet[1..9].copy_from_slice(&number.to_be_bytes());
    packet
}

fn public_jwk(key: &PrivateKey) -> serde_json::Value {
    let mut jwk: serde_json::Value = serde_json::from_str(&key.to_jwk()).unwrap();
    jwk.as_object_mut().unwrap().remove("d");
    jwk
}

fn call_opened() -> EntryBody {
    EntryBody::CallOpened(CallOpened {
        call_id: call_id(),
        software: "test".into(),
        mode: "nothing_before_yes".into(),
        policy_sha256: sha256_hex(b""),
        sample_rate_hz: 48_000,
        parties: Vec::new(),
        answered_at_ms: 1,
        signer: None,
    })
}

/// All operations of a call of this many packets, with a cut at `cut`.
fn operations(key: &PrivateKey, packets: u64, cut: u64, signed: bool) -> Vec<SpoolOperation> {
    let recipient = RecipientKey::from_jwk(&public_jwk(key)).unwrap();
    let mut recorder =
        Recorder::new(call_id(), vec![recipient], ORIGIN, 7, PACKETS_PER_SEGMENT, signed.then(|| signer(1)));
    recorder.note(1, call_opened());
    let mut operations = recorder.write_chunk().unwrap();
    recorder.cut_before(cut);
    for number in 0..packets {
        if number == packets / 2 {
            let gap = Gap { from_sample: ORIGIN, to_sample: ORIGIN + 1, reason: "dropped".into() };
            recorder.note(2, EntryBody::Gap(gap));
        }
        operations.extend(recorder.push_packet(&packet(number), PRE_SKIP, 3).unwrap());
    }
    let end_sample = ORIGIN + packets * 960 - u64::from(PRE_SKIP);
    let last = recorder.finish(packets * 960 - u64::from(PRE_SKIP), 4, |recorder, segments| {
        recorder.note(4, EntryBody::PartClosed(PartClosed { part: 0, end_sample, segments, cut: false }));
        let entries = recorder.entries_with_one_more();
        let outcome = Outcome::Recorded;
        recorder.note(4, EntryBody::CallClosed(CallClosed { outcome, end_sample, entries }));
    });
    operations.extend(last.unwrap());
    operations
}

/// The spool after these operations; of the last one only `torn` of 1,000 parts reached the disk.
fn spool_after(operations: &[SpoolOperation], torn: Option<usize>) -> BTreeMap<String, Vec<u8>> {
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for (index, operation) in operations.iter().enumerate() {
        let (name, bytes) = match operation {
            SpoolOperation::Whole { object, bytes } => (&object.name, bytes),
            SpoolOperation::Append { name, bytes } => (name, bytes),
            SpoolOperation::Complete(_) => continue,
        };
        let last = index + 1 == operations.len();
        let length = torn.filter(|_| last).map_or(bytes.len(), |torn| bytes.len() * torn / 1_000);
        files.entry(file_name(name)).or_default().extend(&bytes[..length]);
    }
    files
}

/// Carries the plan out and returns what the store gets.
fn recovered(plan: &RecoveryPlan, mut files: BTreeMap<String, Vec<u8>>) -> MemorySource {
    for (name, length) in &plan.truncate {
        files.get_mut(name).unwrap().truncate(*length as usize);
    }
    if let Some(SpoolOperation::Whole { object, bytes }) = &plan.write {
        files.insert(file_name(&object.name), bytes.clone());
    }
    let mut source = MemorySource::new(call_id());
    for object in &plan.objects {
        let content = files[&file_name(&object.name)].clone();
        assert_eq!((content.len() as u64, sha256_hex(&content)), (object.size_bytes, object.sha256.clone()));
        source.insert(ObjectName::parse(&object.name).unwrap(), content);
    }
    source
}

fn check(operations: &[SpoolOperation], torn: Option<usize>, key: &PrivateKey) {
    let files = spool_after(operations, torn);
    let plan = plan(call_id(), &files, signer(2), 9).unwrap();
    if plan.discard {
        return;
    }
    let whole = matches!(operations.last(), Some(SpoolOperation::Whole { object, .. }) if object.name.contains("ledger"))
        && plan.write.is_none();
    let source = recovered(&plan, files);
    let (report, _) = verify(&source, Some(key)).unwrap();
    let level = if whole { Level::Intact } else { Level::Cut };
    assert_eq!(report.level, level, "{:?}", report.errors);
    for error in &report.errors {
        assert_eq!(error.code, "open/unterminated", "{error:?}");
    }
    let is_segment = |name: &ObjectName| matches!(name, ObjectName::Segment(_));
    let sealed_bytes: usize =
        source.iter().filter(|(name, _)| is_segment(name)).map(|(_, content)| content.len()).sum();
    let options = OpenOptions { allow_unterminated: true, ..OpenOptions::default() };
    match open(&source, key, options) {
        Ok(opened) => assert_eq!(opened.origin_sample, ORIGIN),
        // One page of 1 s and its headers are the least that can be heard.
        Err(error) => assert!(
            error.kind() == ErrorKind::WrongState && sealed_bytes <= 3 * 4_096,
            "{error}, {sealed_bytes} bytes sealed"
        ),
    }
    // A second look at the same spool changes nothing more.
    let again: BTreeMap<String, Vec<u8>> =
        source.iter().map(|(name, content)| (file_name(&name.to_string()), content.clone())).collect();
    let second = callseal::store::recovery::plan(call_id(), &again, signer(3), 10).unwrap();
    assert_eq!((second.truncate.len(), second.write), (0, None));
    assert_eq!(second.objects.len(), plan.objects.len());
}

#[test]
fn a_crash_between_any_two_steps_leaves_a_call_that_verifies_as_cut() {
    let key = PrivateKey::generate().unwrap();
    let operations = operations(&key, 500, 70, false);
    for count in 1..=operations.len() {
        check(&operations[..count], None, &key);
    }
}

#[test]
fn what_closes_a_signed_ledger_after_a_crash_is_signed() {
    let key = PrivateKey::generate().unwrap();
    let operations = operations(&key, 320, 70, true);
    for count in 1..=operations.len() {
        check(&operations[..count], None, &key);
        let files = spool_after(&operations[..count], None);
        let plan = plan(call_id(), &files, signer(2), 9).unwrap();
        let (report, _) = verify(&recovered(&plan, files), None).unwrap();
        assert_eq!(report.evidence.level, Some(EvidenceLevel::Intact));
    }
}

#[test]
fn a_crash_before_the_first_entry_leaves_nothing() {
    assert!(plan(call_id(), &BTreeMap::new(), signer(2), 9).unwrap().discard);
    let key = PrivateKey::generate().unwrap();
    let files = spool_after(&operations(&key, 10, 0, false)[..1], Some(100));
    assert!(plan(call_id(), &files, signer(2), 9).unwrap().discard);
}

#[test]
fn what_was_sealed_before_the_crash_opens_to_within_two_seconds() {
    let key = PrivateKey::generate().unwrap();
    let operations = operations(&key, 400, 1_000, false);
    // 400 packets are 8 s; the crash comes before the end of the part: the last page and its seal are missing.
    let cut =
        operations.iter().rposition(|operation| matches!(operation, SpoolOperation::Append { .. })).unwrap();
    let files = spool_after(&operations[..cut], None);
    let plan = plan(call_id(), &files, signer(2), 9).unwrap();
    let options = OpenOptions { allow_unterminated: true, ..OpenOptions::default() };
    let opened = open(&recovered(&plan, files), &key, options).unwrap();
    assert!(opened.samples >= 48_000 * 6, "{} samples", opened.samples);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_crash_within_any_write_leaves_a_call_that_verifies_as_cut(
        packets in 1_u64..400, cut in 0_u64..400, at in 0.0_f64..1.0, torn in 0_usize..1_000,
    ) {
        let key = PrivateKey::generate().unwrap();
        let operations = operations(&key, packets, cut, packets % 2 == 0);
        let count = 1 + ((operations.len() - 1) as f64 * at) as usize;
        let torn_write = !matches!(operations[count - 1], SpoolOperation::Complete(_));
        check(&operations[..count], torn_write.then_some(torn), &key);
    }
}

#[test]
fn a_key_that_was_to_be_destroyed_when_the_crash_came_goes_nowhere_and_the_others_do() {
    let key = PrivateKey::generate().unwrap();
    let recipient = RecipientKey::from_jwk(&public_jwk(&key)).unwrap();
    let mut recorder =
        Recorder::new(call_id(), vec![recipient], ORIGIN, 7, PACKETS_PER_SEGMENT, Some(signer(1)));
    recorder.note(1, call_opened());
    let mut operations = recorder.write_chunk().unwrap();
    for number in 0..4 * PACKETS_PER_SEGMENT - 10 {
        operations.extend(recorder.push_packet(&packet(number), PRE_SKIP, 3).unwrap());
    }
    // The second segment and the beginning of the third.
    let found = ExposureFound {
        from_sample: ORIGIN + (PACKETS_PER_SEGMENT + 10) * 960,
        to_sample: ORIGIN + (2 * PACKETS_PER_SEGMENT + 10) * 960,
        trigger: "manual".into(),
        class: "card_number".into(),
        effect: ExposureEffect::Destroy,
    };
    recorder.note(5, EntryBody::ExposureFound(found.clone()));
    recorder.expose(found);
    assert_eq!(recorder.take_keyless().len(), 2);
    operations.extend(recorder.write_chunk().unwrap());
    // The crash comes before anything was destroyed.
    let files = spool_after(&operations, None);
    let plan = plan(call_id(), &files, signer(2), 9).unwrap();
    let envelope =
        |segment: u32| SegmentAddress::new(call_id(), 0, segment).unwrap().envelope_name(1).to_string();
    for segment in 0..4 {
        let is_exposed = [1, 2].contains(&segment);
        let goes = plan.objects.iter().any(|object| object.name == envelope(segment));
        assert_eq!(goes, !is_exposed, "segment {segment}");
        assert_eq!(plan.remove.contains(&file_name(&envelope(segment))), is_exposed, "segment {segment}");
    }
}
