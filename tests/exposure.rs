//! What was recorded and should not have been: the keys of exactly those segments go, and the rest of the call stands.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "test code"
)]

#[path = "session/bench.rs"]
mod bench;
#[path = "support/call.rs"]
mod call;

use bench::{ANSWERED, Bench};
use call::Call;
use callseal::ErrorKind;
use callseal::archive::{Level, OpenOptions, Trust, VerificationReport, open, verify_trusting};
use callseal::audio::BLOCK_SAMPLES;
use callseal::consent::Answer;
use callseal::container::PACKET_SAMPLES;
use callseal::ledger::{ExposureClaim, ExposureEffect, exposures};
use callseal::names::{ObjectName, SegmentAddress};
use callseal::redact::clearance::Cause;
use callseal::seal::SigningKey;
use callseal::session::{Action, Input};
use callseal::store::spool::SpoolOperation;
use serde_json::json;

const CALL: &str = "0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa";
/// Packets of 20 ms in a segment of the shortest length that the configuration takes.
const PACKETS_PER_SEGMENT: u32 = 500;

fn card() -> Cause {
    Cause { trigger: "field_focus".into(), class: "card_number".into() }
}

/// A recording whose encoder gives out a packet for every frame, `behind` frames late.
struct Encoded {
    bench: Bench,
    packets: usize,
    behind: usize,
}

impl Encoded {
    fn begin(effect: &str, behind: usize) -> Self {
        let mut bench = Bench::with(json!({"exposure": effect, "segmentMs": 10_000}));
        bench.input(ANSWERED);
        bench.blocks(5);
        bench.prompt();
        bench.answer(Answer::Yes, true);
        Self { bench, packets: 0, behind }
    }

    fn blocks(&mut self, count: u32) {
        for _ in 0..count {
            self.bench.blocks(1);
            let frames =
                self.bench.actions.iter().filter(|action| matches!(action, Action::Encode { .. })).count();
            while self.packets + self.behind < frames {
                self.packets += 1;
                let bytes = call::packet(self.packets as u64);
                self.bench.input(Input::Packet { bytes: &bytes, pre_skip_samples: call::PRE_SKIP });
            }
        }
    }

    /// A field that came into use so long ago.
    fn focus(&mut self, age_ms: f64) {
        self.bench.input(Input::SensitiveBegin { context_id: "page", cause: &card(), age_ms, late_ms: 0.0 });
        self.bench.input(Input::SensitiveEnd { context_id: "page", age_ms: 0.0 });
    }

    /// The envelopes that were ever written, less those that were told to be destroyed.
    fn envelopes(&self) -> Vec<String> {
        let mut left = Vec::new();
        for action in &self.bench.actions {
            match action {
                Action::Spool(SpoolOperation::Whole { object, .. }) if object.name.ends_with(".jwe.json") => {
                    left.push(object.name.clone());
                }
                Action::DestroyKeys(envelopes) => left.retain(|name| !envelopes.contains(name)),
                _ => {}
            }
        }
        left
    }

    fn found(&self) -> Vec<(u64, u64)> {
        let told = self.bench.actions.iter().filter_map(|action| match action {
            Action::Exposed(found) => Some(found),
            _ => None,
        });
        told.flatten().map(|found| (found.from_sample, found.to_sample)).collect()
    }

    /// The extents of the segments that the ledger tells of so far.
    fn segments(&self) -> Vec<(u64, u64, String)> {
        let ledger = self.bench.ledger();
        let of = |kind: &'static str| {
            ledger.iter().filter(move |entry| entry["kind"] == *kind).map(|entry| &entry["body"])
        };
        of("segment.opened")
            .map(|opened| {
                let number = opened["segment"].as_u64().unwrap();
                let sealed = of("segment.sealed").find(|sealed| sealed["segment"] == opened["segment"]);
                let end = sealed.map_or(u64::MAX, |sealed| sealed["end_sample"].as_u64().unwrap());
                (opened["start_sample"].as_u64().unwrap(), end, format!("{CALL}/0/{number:06}.v1.jwe.json"))
            })
            .collect()
    }
}

#[test]
fn a_field_recognised_after_its_audio_was_encoded_costs_the_keys_of_its_segments_and_no_others() {
    for behind in [0, 1, 3, 40, 200, 480] {
        let mut call = Encoded::begin("destroy", behind);
        call.blocks(3 * PACKETS_PER_SEGMENT);
        // The hold-back is 3 s, the look-back half a second.
        call.focus(9_000.0);
        call.blocks(3 * PACKETS_PER_SEGMENT);
        let found = call.found();
        assert_eq!(found.len(), 1);
        let (from, to) = found[0];
        assert_eq!(to - from, 6_500 * 48, "what was not held back any more");
        let left = call.envelopes();
        let mut kept = 0;
        for (start, end, envelope) in call.segments() {
            // What was said up to `to` may sound two packets longer.
            let is_exposed = start < to + 2 * PACKET_SAMPLES && end > from;
            assert_eq!(left.contains(&envelope), !is_exposed, "{start}..{end}, {behind} frames behind");
            kept += usize::from(!is_exposed);
        }
        assert!(kept >= 3, "{kept}");
    }
}

#[test]
fn the_demand_is_in_the_signed_ledger_before_a_key_is_destroyed_and_it_is_told_once() {
    let mut call = Encoded::begin("destroy", 0);
    call.blocks(3 * PACKETS_PER_SEGMENT);
    call.focus(9_000.0);
    call.focus(9_000.0);
    let is_ledger = |action: &Action| {
        matches!(action, Action::Spool(SpoolOperation::Whole { bytes, .. })
            if String::from_utf8_lossy(bytes).contains("exposure.found"))
    };
    let written = call.bench.actions.iter().position(is_ledger).unwrap();
    let told = call.bench.actions.iter().position(|action| matches!(action, Action::Exposed(_))).unwrap();
    let destroyed =
        call.bench.actions.iter().position(|action| matches!(action, Action::DestroyKeys(_))).unwrap();
    assert!(written < told && told < destroyed);
    assert_eq!(call.found().len(), 1);
    assert_eq!(call.bench.snapshot().problem.as_deref(), Some("redaction/late"));
    call.bench.close();
    assert_eq!(call.bench.report.unwrap().exposures.len(), 1);
}

#[test]
fn what_was_cut_out_already_is_not_exposed() {
    let mut call = Encoded::begin("destroy", 0);
    call.blocks(400);
    call.bench.input(Input::SensitiveBegin {
        context_id: "other",
        cause: &card(),
        age_ms: 0.0,
        late_ms: 0.0,
    });
    call.blocks(400);
    call.bench.input(Input::SensitiveEnd { context_id: "other", age_ms: 0.0 });
    call.blocks(140);
    // All of it lies in that span: it was open then, and what follows is held back.
    call.focus(5_300.0);
    assert!(call.found().is_empty(), "{:?}", call.found());
    call.focus(14_000.0);
    assert_eq!(call.found().len(), 1, "only what lies before the span");
}

#[test]
fn a_policy_may_only_list_or_withhold_and_then_no_key_is_destroyed_in_the_browser() {
    for effect in ["list", "withhold"] {
        let mut call = Encoded::begin(effect, 0);
        call.blocks(3 * PACKETS_PER_SEGMENT);
        call.focus(9_000.0);
        call.blocks(PACKETS_PER_SEGMENT);
        assert_eq!(call.found().len(), 1);
        assert_eq!(call.envelopes().len(), call.segments().len());
        let ledger = call.bench.ledger();
        let entry = ledger.iter().find(|entry| entry["kind"] == "exposure.found").unwrap();
        assert_eq!(entry["body"]["effect"], effect);
    }
}

#[test]
fn whoever_joined_and_was_recorded_without_agreeing_counts_as_exposed() {
    let mut call = Encoded::begin("destroy", 0);
    call.blocks(PACKETS_PER_SEGMENT);
    call.bench.input(Input::PartyJoined { key: "third", age_ms: 6_000.0 });
    let found = call.found();
    assert_eq!(found.len(), 1);
    // Who joins may have been heard a second before.
    assert_eq!(found[0].1 - found[0].0, 4_000 * 48);
}

#[test]
fn nothing_is_lost_of_a_call_without_exposure() {
    let mut call = Encoded::begin("destroy", 0);
    call.blocks(2 * PACKETS_PER_SEGMENT);
    call.focus(0.0);
    call.blocks(PACKETS_PER_SEGMENT);
    assert!(call.found().is_empty());
    assert_eq!(call.envelopes().len(), call.segments().len());
    assert_eq!(call.bench.encoded().len() % BLOCK_SAMPLES, 0);
}

fn server() -> SigningKey {
    SigningKey::from_random(&[0x33; 32]).unwrap()
}

fn verified(call: &Call) -> VerificationReport {
    let trust = Trust { servers: vec![server().public()], ..Trust::default() };
    // The heads of this call are not countersigned; that is another test's.
    let (report, _) = verify_trusting(&call.source, Some(&call.owner), &Trust::default()).unwrap();
    let (trusting, _) = verify_trusting(&call.source, Some(&call.owner), &trust).unwrap();
    VerificationReport { exposures: trusting.exposures, ..report }
}

fn claim(call: &Call) -> ExposureClaim {
    let chunks: Vec<Vec<u8>> = call
        .source
        .iter()
        .filter(|(name, _)| matches!(name, ObjectName::LedgerChunk { .. }))
        .map(|(_, content)| content.clone())
        .collect();
    let found = exposures(&call.id, chunks.iter().map(Vec::as_slice)).unwrap();
    assert!(found.is_over);
    let (address, demand) = found.segments.iter().next().unwrap();
    assert_eq!((found.segments.len(), address.segment), (1, 1));
    ExposureClaim {
        call_id: call.id,
        part: 0,
        segment: 1,
        seq: demand.seq,
        head: demand.head.clone(),
        effect: demand.found.effect,
        iat: 1_790_000_001,
    }
}

fn confirm(call: &mut Call, claim: &ExposureClaim, key: &SigningKey) {
    let address = SegmentAddress::new(call.id, 0, 1).unwrap();
    call.source.insert(ObjectName::ExposureConfirmation(address), claim.sign(key).into_bytes());
}

#[test]
fn a_call_whose_exposed_segment_lost_its_key_is_intact_and_opens_with_silence_there() {
    let mut call = Call::exposed(ExposureEffect::Destroy, 1);
    let pending = verified(&call);
    assert_eq!(pending.warnings[0].code, "exposure/pending");
    let whole = open(&call.source, &call.owner, OpenOptions::default()).unwrap();
    let claim = claim(&call);
    confirm(&mut call, &claim, &server());
    call.source.remove(&call.envelope(1)).unwrap();
    let report = verified(&call);
    assert_eq!((report.level, report.ok, report.errors.len()), (Level::Intact, true, 0));
    let exposure = &report.exposures[0];
    assert_eq!((exposure.segments.len(), exposure.without_key), (1, 1));
    assert_eq!((exposure.confirmed, exposure.confirmed_by_known_server), (1, 1));
    let opened = open(&call.source, &call.owner, OpenOptions::default()).unwrap();
    assert_eq!(opened.samples, whole.samples, "the timeline keeps its length");
    for number in 1..=160 {
        let heard = opened.ogg.windows(160).any(|window| window == call::packet(number));
        assert_eq!(heard, !(61..=120).contains(&number), "packet {number}");
    }
}

#[test]
fn a_key_that_is_missing_without_a_demand_is_damage() {
    let mut call = Call::exposed(ExposureEffect::Destroy, 1);
    call.source.remove(&call.envelope(0)).unwrap();
    let report = verified(&call);
    assert_eq!(report.errors[0].code, ErrorKind::MissingEnvelope.code());
    let mut listed = Call::exposed(ExposureEffect::List, 1);
    listed.source.remove(&listed.envelope(1)).unwrap();
    assert_eq!(verified(&listed).errors[0].code, ErrorKind::MissingEnvelope.code());
}

#[test]
fn a_key_that_is_here_and_said_to_be_destroyed_is_damage_and_one_that_was_put_back_is_told() {
    let mut call = Call::exposed(ExposureEffect::Destroy, 1);
    let destroyed = claim(&call);
    confirm(&mut call, &destroyed, &server());
    assert_eq!(verified(&call).errors[0].code, ErrorKind::Corrupt.code());
    let mut call = Call::exposed(ExposureEffect::Withhold, 1);
    let withheld = claim(&call);
    confirm(&mut call, &withheld, &server());
    let report = verified(&call);
    assert_eq!((report.ok, report.warnings[0].code), (true, "exposure/released"));
}

#[test]
fn a_confirmation_that_nothing_demanded_or_of_another_demand_is_damage() {
    let mut call = Call::exposed(ExposureEffect::Destroy, 1);
    let right = claim(&call);
    for wrong in [
        ExposureClaim { seq: right.seq + 1, ..right.clone() },
        ExposureClaim { head: "00".repeat(32), ..right.clone() },
        ExposureClaim { segment: 0, ..right.clone() },
        ExposureClaim { effect: ExposureEffect::Withhold, ..right.clone() },
    ] {
        confirm(&mut call, &wrong, &server());
        assert!(!verified(&call).ok, "{wrong:?}");
    }
    let mut other = Call::whole_and_signed();
    confirm(&mut other, &right, &server());
    assert!(!verified(&other).ok);
}
