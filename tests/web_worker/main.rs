//! Tests of the engine where it lives, in a dedicated Worker with the browser's encoder and private file system: a
//! whole call in real time. Run by `npm run test:web`; empty on every other target.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)] // tests may panic

mod call;
mod device;
#[path = "../web/tone.rs"]
mod tone;

use std::cell::RefCell;
use std::rc::Rc;

use call::{
    AGENT_HZ, CUSTOMER_HZ, Call, copy_holds, copy_holds_key, copy_memory, decode, spooled_calls,
    spooled_files,
};
use callseal::archive::{
    EvidenceLevel, Level, MemorySource, OpenOptions, OpenedRecording, Trust, inspect, open, verify,
    verify_trusting,
};
use callseal::names::{CallId, ObjectName};
use callseal::seal::PrivateKey;
use callseal::store::spool::object_name;
use callseal::web::device_key::DeviceKey;
use serde_json::{Value, json};
use tone::{amplitude, peak};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

const RECORDED: &str = "0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d901";
const DECLINED: &str = "0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d902";

/// Bytes of a packet of 20 ms at 48 kbit/s.
const PACKET_BYTES: usize = 120;

/// How far the codec smears what lies beside a cut, in samples.
const SMEAR: usize = 2_400;

/// A call that was recorded, and what lies in the spool behind it.
struct Recorded {
    key: PrivateKey,
    report: Value,
    files: Vec<(String, Vec<u8>)>,
}

impl Recorded {
    fn objects(&self) -> MemorySource {
        let mut source = MemorySource::new(CallId::parse(RECORDED).unwrap());
        for (file, content) in &self.files {
            source.insert(ObjectName::parse(&object_name(RECORDED, file)).unwrap(), content.clone());
        }
        source
    }

    fn opened(&self) -> OpenedRecording {
        open(&self.objects(), &self.key, OpenOptions::default()).unwrap()
    }

    fn number(&self, pointer: &str) -> usize {
        usize::try_from(self.report.pointer(pointer).and_then(Value::as_u64).unwrap()).unwrap()
    }
}

thread_local! {
    static RECORDED_CALL: RefCell<Option<Rc<Recorded>>> = const { RefCell::new(None) };
}

/// One call for all tests: disclosed, agreed to, a field in use from the 4th to the 5th second, hung up.
async fn recorded_call() -> Rc<Recorded> {
    if let Some(recorded) = RECORDED_CALL.with_borrow(Clone::clone) {
        return recorded;
    }
    let mut call = Call::answer(RECORDED).await;
    call.disclose().await;
    call.click("yes");
    call.go_on_until(4_000.0).await;
    call.say(&json!({
        "kind": "field_begin", "context_id": "page", "field": 1, "how": "focus", "frame_host": null,
        "descriptor": r#"{"tag":"input","type":"text","autocomplete":"cc-number"}"#, "event_age_ms": 0.0,
        "posted_at_ms": 0.0,
    }));
    call.go_on_until(4_800.0).await;
    call.say(&json!({"kind": "field_end", "context_id": "page", "event_age_ms": 0.0}));
    call.go_on_until(7_000.0).await;
    let report = call.hang_up().await;
    // The spool writes behind the report's back; the store is not there, so everything stays.
    call.go_on_for(1_000.0).await;
    assert!(call.messages_of("call_stored").is_empty(), "there is no store");
    let calls = js_sys::Array::from(&spooled_calls().await.unwrap());
    assert!(calls.includes(&RECORDED.into(), 0), "{calls:?}");
    // Before anything is opened in this same memory.
    copy_memory(&wasm_bindgen::memory());
    let files = spooled_files(RECORDED).await;
    let recorded = Rc::new(Recorded { key: call.key, report, files });
    RECORDED_CALL.set(Some(Rc::clone(&recorded)));
    recorded
}

/// The Opus packets of an opened recording.
fn packets_of(recording: &OpenedRecording) -> Vec<Vec<u8>> {
    let mut reader = ogg::PacketReader::new(std::io::Cursor::new(recording.ogg.clone()));
    let mut packets = Vec::new();
    while let Some(packet) = reader.read_packet().unwrap() {
        packets.push(packet.data);
    }
    assert!(packets[0].starts_with(b"OpusHead") && packets[1].starts_with(b"OpusTags"));
    packets.split_off(2)
}

fn contains(content: &[u8], wanted: &[u8]) -> bool {
    content.windows(wanted.len()).any(|window| window == wanted)
}

#[wasm_bindgen_test]
async fn a_call_with_a_yes_lies_sealed_in_the_spool_and_verifies_with_the_key() {
    let recorded = recorded_call().await;
    assert_eq!(recorded.report["outcome"], "recorded", "{}", recorded.report);
    assert_eq!(recorded.report["gaps"], json!([]));

    let objects = recorded.objects();
    let stated: Vec<&str> = recorded.report["objects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|object| object["name"].as_str().unwrap())
        .collect();
    assert_eq!(objects.iter().count(), stated.len(), "{stated:?}");
    let (report, _) = verify(&objects, Some(&recorded.key)).unwrap();
    assert!(report.ok && report.content_checked && report.level == Level::Intact, "{report:?}");
    // Signed with a key that this browser's device key has certified.
    assert_eq!(report.evidence.level, Some(EvidenceLevel::Intact));
    let device = DeviceKey::open().await.unwrap().public().thumbprint();
    assert_eq!(report.evidence.devices, [Some(device.clone())]);
    let trust = Trust { devices: vec![device], servers: Vec::new(), ..Trust::default() };
    let (report, _) = verify_trusting(&objects, None, &trust).unwrap();
    assert_eq!(report.evidence.level, Some(EvidenceLevel::KnownDevice), "{:?}", report.errors);
    // Cut where the redaction begins and where it ends.
    assert_eq!((report.parts, report.segments), (1, 3));
    let (foreign, _) = verify(&objects, Some(&PrivateKey::generate().unwrap())).unwrap();
    assert!(!foreign.ok, "another key must not open it");
}

#[wasm_bindgen_test]
async fn the_stream_has_every_packet_the_ledger_states_and_lasts_as_long_as_the_report_says() {
    let recorded = recorded_call().await;
    let recording = recorded.opened();
    let packets = packets_of(&recording).len();
    let inspection = inspect(&recorded.objects()).unwrap();
    let stated: u64 = inspection.parts[0].segments.iter().filter_map(|segment| segment.packets).sum();
    assert_eq!(packets as u64, stated);
    let duration_ms = recorded.number("/recording_duration_ms");
    assert_eq!(recording.samples / 48, duration_ms as u64);
    assert_eq!(recording.origin_sample / 48, recorded.number("/recording_origin_ms") as u64);
    // One packet for each frame begun, and at most one for the encoder's delay.
    let frames = usize::try_from(recording.samples.div_ceil(960)).unwrap();
    assert!((frames..=frames + 1).contains(&packets), "{packets} packets of {frames} frames");
    let heard_ms = recorded.number("/call_duration_ms") - recorded.number("/recording_origin_ms");
    assert!(duration_ms.abs_diff(heard_ms) <= 100, "{duration_ms} ms of {heard_ms} ms to hear");
}

#[wasm_bindgen_test]
async fn nothing_lies_in_the_spool_in_clear() {
    let recorded = recorded_call().await;
    let packets = packets_of(&recorded.opened());
    let mut segments = 0;
    for (name, content) in &recorded.files {
        assert!(!contains(content, b"OggS") && !contains(content, b"OpusHead"), "{name} holds Ogg in clear");
        for packet in packets.iter().step_by(25) {
            assert!(!contains(content, &packet[..16]), "{name} holds a packet in clear");
        }
        if name.ends_with(".ogg.tink") {
            segments += 1;
            assert_eq!(content[0], 0x28, "{name} begins with the header of a Tink stream");
        }
    }
    assert_eq!(segments, 3);
}

#[wasm_bindgen_test]
async fn all_packets_have_one_size_so_that_sizes_say_nothing_of_the_speech() {
    let packets = packets_of(&recorded_call().await.opened());
    let sizes: std::collections::BTreeSet<usize> = packets.iter().map(Vec::len).collect();
    assert_eq!(sizes.into_iter().collect::<Vec<_>>(), [PACKET_BYTES]);
}

#[wasm_bindgen_test]
async fn the_agent_is_on_the_left_alone_and_the_customer_on_the_right_alone() {
    let recorded = recorded_call().await;
    let (left, right) = decode(&packets_of(&recorded.opened())).await;
    let heard = 24_000..48_000;
    for (name, samples, own_hz, other_hz) in
        [("left", &left, AGENT_HZ, CUSTOMER_HZ), ("right", &right, CUSTOMER_HZ, AGENT_HZ)]
    {
        let samples = &samples[heard.clone()];
        let (own, other) = (amplitude(samples, own_hz), amplitude(samples, other_hz));
        assert!((0.4..0.6).contains(&own), "{name}: its own tone has {own}");
        // 40 dB: one in a hundred.
        assert!(other < own / 100.0, "{name}: the other side has {other} beside {own}");
    }
}

#[wasm_bindgen_test]
async fn what_was_cut_out_is_silent_and_what_lies_beside_it_is_not() {
    let recorded = recorded_call().await;
    let spans = recorded.report["redaction_spans"].as_array().unwrap();
    assert_eq!(spans.len(), 1, "{spans:?}");
    assert_eq!((&spans[0]["trigger"], &spans[0]["class"]), (&json!("field_focus"), &json!("card_number")));
    let at = |pointer: &str| recorded.number(&format!("/redaction_spans/0/{pointer}"));
    let (from, to) = (at("from_sample"), at("to_sample"));
    // From 500 ms of look-back before the 4th second to 200 ms of grace behind 4.8 s.
    assert!(from.abs_diff(3_500 * 48) < 100 * 48 && to.abs_diff(5_000 * 48) < 100 * 48, "{from} to {to}");

    let recording = recorded.opened();
    let origin = usize::try_from(recording.origin_sample).unwrap();
    let (from, to) = (from - origin, to - origin);
    let (left, right) = decode(&packets_of(&recording)).await;
    for channel in [&left, &right] {
        let inside = peak(&channel[from + SMEAR..to - SMEAR]);
        assert!(inside < 1e-3, "{inside} within the span");
        for beside in [from - 2 * SMEAR..from - SMEAR, to + SMEAR..to + 2 * SMEAR] {
            assert!(peak(&channel[beside]) > 0.3, "speech beside the span");
        }
    }
}

#[wasm_bindgen_test]
async fn no_data_key_and_no_packet_is_left_in_memory_behind_the_call() {
    let recorded = recorded_call().await;
    assert!(copy_holds(b"May we record?"), "the search finds what is there");
    let mut envelopes = 0;
    for (name, content) in recorded.files.iter().filter(|(name, _)| name.ends_with(".jwe.json")) {
        let held =
            copy_holds_key(core::str::from_utf8(content).unwrap(), &recorded.key.to_jwk()).await.unwrap();
        assert_eq!(held.as_bool(), Some(false), "the key of {name} is left in memory");
        envelopes += 1;
    }
    assert_eq!(envelopes, 3);
    let packets = packets_of(&recorded.opened());
    let left = packets.iter().filter(|packet| copy_holds(&packet[..32])).count();
    assert_eq!(left, 0, "of {} packets", packets.len());
}

#[wasm_bindgen_test]
async fn a_declined_call_leaves_nothing_in_the_spool() {
    let mut call = Call::answer(DECLINED).await;
    call.disclose().await;
    call.click("no");
    call.go_on_for(500.0).await;
    // The agent cannot start recording behind a no.
    call.click("yes");
    call.go_on_for(1_000.0).await;
    let report = call.hang_up().await;
    call.go_on_for(500.0).await;
    assert_eq!(report["outcome"], "declined");
    assert_eq!(report["objects"], json!([]));
    assert_eq!(report["consent_events"].as_array().unwrap().len(), 2, "asked and answered: {report}");
    let calls = js_sys::Array::from(&spooled_calls().await.unwrap());
    assert!(!calls.includes(&DECLINED.into(), 0), "{calls:?}");
}
