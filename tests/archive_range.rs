//! A stretch of a call: only what it needs is read, and it is the same audio as in the whole recording.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "test code"
)]

#[path = "support/call.rs"]
mod call;

use call::{Call, End, PRE_SKIP, PartPlan};
use callseal::archive::{MemorySource, ObjectSource, OpenOptions, OpenedRecording, open, open_range};
use callseal::container::SILENT_PACKET;
use callseal::names::{CallId, ObjectName};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::Cursor;
use std::ops::Range;

const PACKET: u64 = 960;

/// Notes what is read.
struct Watched<'a> {
    source: &'a MemorySource,
    read: RefCell<Vec<ObjectName>>,
}

impl ObjectSource for Watched<'_> {
    fn call_id(&self) -> CallId {
        self.source.call_id()
    }

    fn list(&self) -> callseal::Result<Vec<ObjectName>> {
        self.source.list()
    }

    fn get(&self, name: &ObjectName) -> callseal::Result<Option<Vec<u8>>> {
        self.read.borrow_mut().push(*name);
        self.source.get(name)
    }
}

/// Two parts of three segments each, with a hole of half a second between them.
fn two_parts() -> Call {
    let first = PartPlan { start_sample: 48_000, segments: vec![50, 50, 51], end: End::Closed };
    let second = PartPlan {
        start_sample: 48_000 + 151 * PACKET + 24_000,
        segments: vec![50, 50, 50],
        end: End::Closed,
    };
    Call::build(&[first, second])
}

/// Packets that are not silence, by the sample of the call at which they decode; of whole packets' sizes only.
fn packets(opened: &OpenedRecording) -> BTreeMap<i64, Vec<u8>> {
    let mut reader = ogg::PacketReader::new(Cursor::new(&opened.ogg));
    let head = reader.read_packet().unwrap().unwrap();
    let skip = i64::from(u16::from_le_bytes([head.data[10], head.data[11]]));
    reader.read_packet().unwrap();
    let mut sample = i64::try_from(opened.origin_sample).unwrap() - skip;
    let mut found = BTreeMap::new();
    while let Some(packet) = reader.read_packet().unwrap() {
        let length = callseal::container::packet_samples(&packet.data).unwrap();
        if packet.data.len() > SILENT_PACKET.len() {
            found.insert(sample, packet.data);
        }
        sample += i64::try_from(length).unwrap();
    }
    found
}

fn stretch(call: &Call, range: Range<u64>) -> OpenedRecording {
    open_range(&call.source, &call.owner, range, OpenOptions::default()).unwrap()
}

#[test]
fn a_stretch_holds_the_packets_of_the_whole_where_they_were_and_80_ms_before() {
    let call = two_parts();
    let whole = packets(&open(&call.source, &call.owner, OpenOptions::default()).unwrap());
    let end = 48_000 + 151 * PACKET + 24_000 + 150 * PACKET;
    for from in (48_000..end - 3 * PACKET).step_by(7_919) {
        for length in [1, 959, 5_000, 100_000] {
            let opened = stretch(&call, from..from + length);
            assert_eq!(opened.origin_sample, from);
            assert_eq!(opened.samples, length.min(end - u64::from(PRE_SKIP) - 100 - from));
            let found = packets(&opened);
            let (from, to) = (i64::try_from(from).unwrap(), i64::try_from(from + opened.samples).unwrap());
            for (sample, packet) in &whole {
                let counts = *sample < to && sample + 960 > from;
                if counts {
                    // Between two parts a filled hole is within 1.25 ms.
                    let near = found.range(sample - 60..=sample + 60).next();
                    assert_eq!(near.map(|(_, packet)| packet), Some(packet), "{sample} in {from}..{to}");
                }
            }
            let first = whole.range(..=from).next_back().map(|(sample, _)| *sample);
            if let Some(first) = first.filter(|first| first + 960 > from && from - 5 * 960 > 48_000) {
                let is_in_the_second = from >= i64::try_from(48_000 + 151 * PACKET + 24_000).unwrap();
                let begins =
                    if is_in_the_second { 48_000 + 151 * 960 + 24_000 } else { 48_000 } - i64::from(PRE_SKIP);
                let wanted = (first - 4 * 960).max(begins);
                assert!(found.keys().next().unwrap().abs_diff(wanted) <= 60, "{from}");
            }
        }
    }
}

#[test]
fn nothing_is_read_of_segments_beside_the_stretch() {
    let call = two_parts();
    let watched = Watched { source: &call.source, read: RefCell::default() };
    let from = 48_000 + 60 * PACKET;
    open_range(&watched, &call.owner, from..from + 20 * PACKET, OpenOptions::default()).unwrap();
    let read = watched.read.into_inner();
    let audio =
        read.iter().filter(|name| matches!(name, ObjectName::Segment(_) | ObjectName::Envelope { .. }));
    let mut audio: Vec<ObjectName> = audio.copied().collect();
    audio.sort_unstable();
    audio.dedup();
    assert_eq!(audio.len(), 2, "{audio:?}");
    assert!(audio.contains(&call.segment(1)) && audio.contains(&call.envelope(1)));
}

#[test]
fn damage_beside_the_stretch_does_not_matter_and_damage_within_it_does() {
    let mut call = two_parts();
    call.change(call.segment(2), |content| content[100] ^= 1);
    call.source.remove(&call.segment(0));
    let inside = 48_000 + 60 * PACKET..48_000 + 70 * PACKET;
    stretch(&call, inside.clone());
    let damaged = 48_000 + 110 * PACKET..48_000 + 120 * PACKET;
    let refused = open_range(&call.source, &call.owner, damaged, OpenOptions::default()).unwrap_err();
    assert_eq!(refused.code(), "open/corrupt");
    let missing = 48_000 + 10 * PACKET..48_000 + 20 * PACKET;
    let refused = open_range(&call.source, &call.owner, missing.clone(), OpenOptions::default()).unwrap_err();
    assert_eq!(refused.code(), "open/missing-segment");
    let options = OpenOptions { allow_missing: true, ..OpenOptions::default() };
    let opened = open_range(&call.source, &call.owner, missing, options).unwrap();
    assert_eq!(opened.samples, 10 * PACKET);
    assert!(packets(&opened).is_empty());
    call.change(call.chunk(0), |content| content[40] ^= 1);
    assert!(open_range(&call.source, &call.owner, inside, OpenOptions::default()).is_err());
}

#[test]
fn a_stretch_beside_the_recording_is_refused() {
    let call = two_parts();
    for range in [0..48_000, 10_000_000..20_000_000] {
        let refused = open_range(&call.source, &call.owner, range, OpenOptions::default()).unwrap_err();
        assert_eq!(refused.code(), "state/wrong");
    }
    assert_eq!(stretch(&call, 0..48_960).origin_sample, 48_000);
}
