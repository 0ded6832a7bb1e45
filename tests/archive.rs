//! Reading stored calls: what is whole opens, and every damage has its code, the same for `verify` and `open`.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "test code"
)]

#[path = "support/call.rs"]
mod call;

use call::{Call, End, PRE_SKIP, PartPlan, packet};
use callseal::archive::{Level, OpenOptions, VerificationReport, inspect, open, verify};
use callseal::names::SegmentAddress;
use callseal::seal::PrivateKey;
use proptest::prelude::*;
use proptest::sample::Index;

const ALLOW_UNTERMINATED: OpenOptions = OpenOptions { allow_unterminated: true, allow_missing: false };
const ALLOW_MISSING: OpenOptions = OpenOptions { allow_unterminated: false, allow_missing: true };

fn report(call: &Call, with_key: bool) -> VerificationReport {
    verify(&call.source, with_key.then_some(&call.owner)).unwrap().0
}

/// Asserts the code of the first error, without a key, with it, and of `open`.
fn assert_damage(call: &Call, code: &str, object: &str) {
    for with_key in [false, true] {
        let report = report(call, with_key);
        let first = report.errors.first().unwrap();
        assert_eq!((first.code, report.ok), (code, false), "with key: {with_key}: {:?}", report.errors);
        assert!(first.object.ends_with(object), "{first:?}");
    }
    assert_eq!(open(&call.source, &call.owner, OpenOptions::default()).unwrap_err().code(), code);
}

#[test]
fn a_whole_call_verifies_and_opens() {
    let call = Call::whole();
    for with_key in [false, true] {
        let report = report(&call, with_key);
        assert!(report.ok && report.level == Level::Intact, "{report:?}");
        assert_eq!((report.parts, report.segments), (1, 3));
    }
    let opened = open(&call.source, &call.owner, OpenOptions::default()).unwrap();
    assert_eq!(opened.origin_sample, 48_000);
    assert_eq!(opened.samples, 160 * 960 - u64::from(PRE_SKIP) - 100);
    assert!(opened.ogg.windows(160).any(|window| window == packet(1)));
    assert!(opened.ogg.windows(160).any(|window| window == packet(160)));
}

#[test]
fn only_a_recipient_opens_it() {
    let call = Call::whole();
    let stranger = PrivateKey::generate().unwrap();
    let (report, _) = verify(&call.source, Some(&stranger)).unwrap();
    assert_eq!(report.errors.len(), 1);
    assert_eq!(report.errors[0].code, "open/wrong-key");
    assert_eq!(open(&call.source, &stranger, OpenOptions::default()).unwrap_err().code(), "open/wrong-key");
}

#[test]
fn a_cut_segment_is_truncated_wherever_it_is_cut() {
    for length in [0, 1, 39, 40, 41, 4095, 4096, 4097, 8192] {
        let mut call = Call::whole();
        let name = call.segment(0);
        call.change(name, |content| content.truncate(length));
        assert_damage(&call, "open/truncated", "0/000000.ogg.tink");
    }
}

#[test]
fn a_changed_or_lengthened_segment_is_corrupt() {
    let mut call = Call::whole();
    let name = call.segment(1);
    call.change(name, |content| content[5000] ^= 1);
    assert_damage(&call, "open/corrupt", "0/000001.ogg.tink");
    let mut call = Call::whole();
    call.change(name, |content| content.push(0));
    assert_damage(&call, "open/corrupt", "0/000001.ogg.tink");
}

#[test]
fn exchanged_segments_or_envelopes_are_swapped() {
    let mut call = Call::whole();
    call.exchange(call.segment(0), call.segment(2));
    assert_damage(&call, "open/swapped", "0/000000.ogg.tink");
    let mut call = Call::whole();
    call.exchange(call.envelope(0), call.envelope(1));
    assert_damage(&call, "open/swapped", "0/000000.v1.jwe.json");
}

#[test]
fn a_repeated_segment_is_swapped() {
    let mut call = Call::whole();
    let (name, other) = (call.segment(1), call.segment(2));
    let content = call.source.remove(&name).unwrap();
    call.source.insert(name, content.clone());
    call.source.insert(other, content);
    assert_damage(&call, "open/swapped", "0/000002.ogg.tink");
}

/// The same recipient's other call; its objects fit only there.
fn other_call(call: &Call) -> Call {
    let owner = PrivateKey::from_jwk(&serde_json::from_str(&call.owner.to_jwk()).unwrap()).unwrap();
    Call::build_as(
        "1b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa",
        owner,
        &[PartPlan::new(&[60, 30, 40], End::Closed)],
    )
}

#[test]
fn a_segment_or_envelope_of_another_call_is_spliced() {
    type Name = fn(&Call) -> callseal::names::ObjectName;
    let names: [Name; 3] = [|call| call.segment(0), |call| call.segment(1), |call| call.envelope(1)];
    for name in names {
        let mut call = Call::whole();
        let other = other_call(&call);
        let content = other.source.clone().remove(&name(&other)).unwrap();
        call.source.insert(name(&call), content);
        let opened = open(&call.source, &call.owner, OpenOptions::default());
        assert_eq!(opened.unwrap_err().code(), "open/swapped");
        assert_eq!(report(&call, true).errors[0].code, "open/swapped");
        assert!(!report(&call, false).ok, "without a key it is found, but not told from other damage");
    }
}

#[test]
fn an_object_the_ledger_does_not_know_is_spliced() {
    let mut call = Call::whole();
    let content = call.source.remove(&call.segment(0)).unwrap();
    call.source.insert(call.segment(0), content.clone());
    call.source.insert(call.segment(3), content);
    assert_damage(&call, "open/swapped", "0/000003.ogg.tink");
}

#[test]
fn a_missing_segment_or_envelope_has_a_code_of_its_own() {
    let mut call = Call::whole();
    call.source.remove(&call.segment(1));
    assert_damage(&call, "open/missing-segment", "0/000001.ogg.tink");
    let mut call = Call::whole();
    call.source.remove(&call.envelope(1));
    assert_damage(&call, "open/missing-envelope", "0/000001.v1.jwe.json");
}

#[test]
fn a_missing_segment_becomes_silence_of_the_same_length_when_allowed() {
    for missing in 0..3 {
        for what in [Call::segment, Call::envelope] {
            let mut call = Call::whole();
            let whole = open(&call.source, &call.owner, OpenOptions::default()).unwrap();
            call.source.remove(&what(&call, missing));
            let opened = open(&call.source, &call.owner, ALLOW_MISSING).unwrap();
            assert_eq!((opened.samples, opened.origin_sample), (whole.samples, whole.origin_sample));
            assert_eq!(opened.level, Level::Damaged);
            let first_packet = [1, 61, 121][usize::try_from(missing).unwrap()];
            assert!(!opened.ogg.windows(160).any(|window| window == packet(first_packet)));
            let survivor = packet(if missing == 1 { 121 } else { 61 });
            assert!(opened.ogg.windows(160).any(|window| window == survivor));
        }
    }
}

#[test]
fn a_rotated_envelope_opens_in_place_of_the_first() {
    let mut call = Call::whole();
    let content = call.source.remove(&call.envelope(1)).unwrap();
    let second = SegmentAddress::new(call.id, 0, 1).unwrap().envelope_name(2);
    call.source.insert(second, content);
    assert!(report(&call, true).ok);
}

#[test]
fn a_changed_envelope_is_corrupt_and_a_cut_one_truncated() {
    let mut call = Call::whole();
    let name = call.envelope(1);
    call.change(name, |content| content[20] ^= 1);
    assert_damage(&call, "open/corrupt", "0/000001.v1.jwe.json");
    let mut call = Call::whole();
    call.change(name, |content| content.truncate(100));
    assert_damage(&call, "open/truncated", "0/000001.v1.jwe.json");
}

#[test]
fn a_ledger_without_its_end_is_open_and_refused() {
    let mut call = Call::whole();
    call.source.remove(&call.chunk(3));
    assert_damage(&call, "open/truncated", "ledger/000002.jsonl");
    // The last segment's end was in that chunk: the rest is what a crash would have left.
    assert!(open(&call.source, &call.owner, ALLOW_UNTERMINATED).is_ok());
}

#[test]
fn damage_to_the_ledger_has_its_codes() {
    type Change = fn(&mut Call);
    let changes: [(&str, &str, Change); 8] = [
        ("open/truncated", "ledger/000001.jsonl", |call| {
            call.source.remove(&call.chunk(1));
        }),
        ("open/truncated", "ledger/000000.jsonl", |call| {
            (0..4).for_each(|chunk| {
                call.source.remove(&call.chunk(chunk));
            });
        }),
        ("open/truncated", "ledger/000001.jsonl", |call| {
            call.change(call.chunk(1), |content| content.truncate(content.len() - 1));
        }),
        ("open/truncated", "ledger/000001.jsonl", |call| {
            call.change(call.chunk(1), Vec::clear);
        }),
        ("open/truncated", "ledger/000002.jsonl", |call| {
            let line_end = |content: &[u8]| content.iter().position(|byte| *byte == b'\n').unwrap();
            call.change(call.chunk(1), |content| content.truncate(line_end(content) + 1));
        }),
        ("open/corrupt", "ledger/000001.jsonl", |call| {
            let line_end = |content: &[u8]| content.iter().position(|byte| *byte == b'\n').unwrap();
            call.change(call.chunk(1), |content| {
                let second = content.split_off(line_end(content) + 1);
                content.extend(second.clone());
                content.extend(second);
            });
        }),
        ("open/corrupt", "ledger/000000.jsonl", |call| {
            call.change(call.chunk(0), |content| content[40] ^= 1);
        }),
        ("open/swapped", "ledger/000001.jsonl", |call| call.exchange(call.chunk(1), call.chunk(2))),
    ];
    for (index, (code, object, change)) in changes.into_iter().enumerate() {
        let mut call = Call::whole();
        change(&mut call);
        println!("change {index}");
        assert_damage(&call, code, object);
    }
}

#[test]
fn the_ledger_of_another_call_is_swapped() {
    let mut call = Call::whole();
    let other = Call::build_as(
        "1b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa",
        PrivateKey::generate().unwrap(),
        &[PartPlan::new(&[60, 60, 40], End::Closed)],
    );
    for chunk in 0..4 {
        let content = other.source.clone().remove(&other.chunk(chunk)).unwrap();
        call.source.insert(call.chunk(chunk), content);
    }
    assert_damage(&call, "open/swapped", "ledger/000000.jsonl");
}

#[test]
fn a_cut_call_is_refused_unless_told_otherwise() {
    let call = Call::cut();
    assert_damage(&call, "open/unterminated", "0/000001.ogg.tink");
    assert_eq!(report(&call, true).level, Level::Cut);
    let opened = open(&call.source, &call.owner, ALLOW_UNTERMINATED).unwrap();
    // Of the crashed segment's 160 packets three pages of 50 had been given out; of these 24,000 bytes the whole Tink
    // segments (20,360 bytes) were there to be found, and in them two whole pages.
    assert_eq!(opened.samples, (60 + 100) * 960 - u64::from(PRE_SKIP));
    assert_eq!(opened.level, Level::Cut);
    assert!(opened.ogg.windows(160).any(|window| window == packet(160)));
}

#[test]
fn damage_in_a_cut_call_is_not_passed_over() {
    let mut call = Call::cut();
    let name = call.segment(1);
    call.change(name, |content| content.truncate(4096));
    assert_eq!(open(&call.source, &call.owner, ALLOW_UNTERMINATED).unwrap_err().code(), "open/truncated");
}

#[test]
fn a_running_call_is_open() {
    let call = Call::build(&[PartPlan::new(&[60, 160], End::Running)]);
    let report = report(&call, true);
    assert_eq!((report.level, report.ok), (Level::Open, false));
    assert!(open(&call.source, &call.owner, OpenOptions::default()).is_err());
    assert_eq!(open(&call.source, &call.owner, ALLOW_UNTERMINATED).unwrap().level, Level::Open);
}

#[test]
fn the_time_between_parts_becomes_silence() {
    let first = PartPlan::new(&[60, 160], End::Crashed);
    let second = PartPlan { start_sample: 48_000 + 500 * 960 + 777, ..PartPlan::new(&[50, 30], End::Closed) };
    let call = Call::build(&[first, second]);
    assert_eq!(report(&call, true).level, Level::Cut);
    let opened = open(&call.source, &call.owner, ALLOW_UNTERMINATED).unwrap();
    assert_eq!(opened.samples, 500 * 960 + 777 + 80 * 960 - u64::from(PRE_SKIP) - 100);
}

#[test]
fn inspection_shows_what_tink_needs() {
    let call = Call::whole();
    let shown = serde_json::to_value(inspect(&call.source).unwrap()).unwrap();
    let id = call.id;
    assert_eq!(shown["parts"][0]["segments"][2]["associated_data"], format!("callseal/1/{id}/0/000002"));
    assert_eq!(shown["parts"][0]["segments"][2]["envelope"], format!("{id}/0/000002.v1.jwe.json"));
    assert_eq!(shown["ledger"][0]["kind"], "call.opened");
    assert_eq!(shown["recording_origin_ms"], 1000);
    assert_eq!(shown["objects"].as_array().unwrap().len(), 10);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Whatever single thing is changed, cut or removed: it is found, and `verify` and `open` name the same damage. Of a
    /// ledger that nobody signs, the words of the last entry could be changed: nothing follows that would vouch for them.
    #[test]
    fn verify_and_open_agree_on_any_damage(object in any::<Index>(), place in any::<Index>(), what in 0..3) {
        let mut call = Call::whole_and_signed();
        let name = *call.source.iter().nth(object.index(call.source.iter().count())).unwrap().0;
        match what {
            0 => call.change(name, |content| { let at = place.index(content.len()); content[at] ^= 0x10; }),
            1 => call.change(name, |content| { let at = place.index(content.len()); content.truncate(at); }),
            _ => { call.source.remove(&name); }
        }
        let report = report(&call, true);
        let opened = open(&call.source, &call.owner, OpenOptions::default());
        prop_assert!(!report.ok);
        prop_assert_eq!(opened.unwrap_err().code(), report.errors[0].code);
    }
}
