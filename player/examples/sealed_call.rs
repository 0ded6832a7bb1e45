//! Writes a stored call with real sound for `tests/player`: `sealed_call DIR SOUND.opus [PACKETS_PER_SEGMENT [TIMES]]`.
//!
//! The packets of an Ogg Opus file become a signed call as `DIR/<call-id>/…`, its owner's key `DIR/key.jwk`. All keys are
//! made for the test and worth nothing.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "test code: it stops at the first fault"
)]

use base64ct::{Base64UrlUnpadded, Encoding as _};
use callseal::container::{OggOpusWriter, PACKET_SAMPLES};
use callseal::ledger::{
    CallClosed, CallKey, CallOpened, EntryBody, Ledger, LedgerSigner, Outcome, PartClosed, PartOpened, Party,
    RedactionSpan, SegmentOpened, SegmentSealed,
};
use callseal::names::{CallId, SegmentAddress};
use callseal::seal::{PrivateKey, SegmentSealer, sha256_hex};
use std::fs;
use std::path::{Path, PathBuf};

const CALL_ID: &str = "0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa";
const START: u64 = 48_000;
const PRE_SKIP: u16 = 312;

struct Writer {
    folder: PathBuf,
    ledger: Ledger,
    chunk: Vec<u8>,
}

impl Writer {
    fn append(&mut self, body: EntryBody) {
        let at_ms = 1_790_000_000_000 + 1_000 * self.ledger.next_seq();
        self.chunk.extend(self.ledger.append(at_ms, &body).unwrap());
    }

    fn flush(&mut self) {
        let name = self.ledger.next_chunk_name().unwrap().to_string();
        let chunk = std::mem::take(&mut self.chunk);
        self.put(&name, &chunk);
    }

    fn put(&self, name: &str, content: &[u8]) {
        let path = self.folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
}

fn packets_of(sound: &Path) -> Vec<Vec<u8>> {
    let mut reader = ogg::PacketReader::new(std::io::Cursor::new(fs::read(sound).unwrap()));
    let mut packets = Vec::new();
    while let Some(packet) = reader.read_packet().unwrap() {
        packets.push(packet.data);
    }
    packets.split_off(2)
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let folder = PathBuf::from(&arguments[0]);
    let times: usize = arguments.get(3).map_or(1, |text| text.parse().unwrap());
    let packets = packets_of(Path::new(&arguments[1]));
    let packets: Vec<_> = std::iter::repeat_n(packets, times).flatten().collect();
    let per_segment: usize = arguments.get(2).map_or(1_000, |text| text.parse().unwrap());
    let id = CallId::parse(CALL_ID).unwrap();
    let owner = PrivateKey::generate().unwrap();
    let signer = LedgerSigner::new(CallKey::from_random(&[0x11; 32]).unwrap(), Vec::new());
    let mut writer =
        Writer { folder: folder.clone(), ledger: Ledger::new(id, Some(signer)), chunk: Vec::new() };
    writer.append(EntryBody::CallOpened(CallOpened {
        call_id: id,
        software: "callseal test".into(),
        mode: "nothing_before_yes".into(),
        policy_sha256: sha256_hex(b"policy"),
        sample_rate_hz: 48_000,
        parties: vec![Party { index: 0, role: "agent".into() }, Party { index: 1, role: "customer".into() }],
        answered_at_ms: 1_790_000_000_000,
        signer: None,
    }));
    let mut pages = OggOpusWriter::new(0x5EA1_0000, PRE_SKIP).unwrap();
    let headers = pages.header_pages();
    writer.append(EntryBody::PartOpened(PartOpened {
        part: 0,
        start_sample: START,
        ogg_serial: 0x5EA1_0000,
        ogg_headers: Base64UrlUnpadded::encode_string(&headers),
        pre_skip_samples: PRE_SKIP,
    }));
    writer.append(EntryBody::RedactionSpan(RedactionSpan {
        from_sample: START + 4 * 48_000,
        to_sample: START + 6 * 48_000,
        trigger: "field_focus".into(),
        class: "card_number".into(),
        actor: None,
        decided_at_ms: 1_790_000_004_000,
        channels: None,
        latency_ms: None,
    }));
    let total = u64::try_from(packets.len()).unwrap() * PACKET_SAMPLES - u64::from(PRE_SKIP);
    let segments = u32::try_from(packets.len().div_ceil(per_segment)).unwrap();
    let mut start_sample = START;
    for (content, segment) in packets.chunks(per_segment).zip(0_u32..) {
        let address = SegmentAddress::new(id, 0, segment).unwrap();
        let (mut sealer, opened) = SegmentSealer::open(address, &[owner.public().clone()]).unwrap();
        writer.append(EntryBody::SegmentOpened(SegmentOpened {
            part: 0,
            segment,
            start_sample,
            envelope_sha256: opened.envelope_sha256,
            key_commitment: opened.key_commitment,
            recipients: opened.recipients,
        }));
        writer.flush();
        writer.put(&address.envelope_name(1).to_string(), &opened.envelope_json);
        let mut object = Vec::new();
        if segment == 0 {
            sealer.push(&headers, &mut object).unwrap();
        }
        for packet in content {
            let page = pages.push_packet(packet).unwrap();
            sealer.push(&page, &mut object).unwrap();
        }
        let is_last = segment + 1 == segments;
        let page = if is_last {
            std::mem::replace(&mut pages, OggOpusWriter::new(0, 0).unwrap()).finish(total).unwrap()
        } else {
            pages.end_segment().unwrap()
        };
        sealer.push(&page, &mut object).unwrap();
        let sealed = sealer.seal(&mut object).unwrap();
        writer.put(&address.object_name().to_string(), &object);
        let count = u64::try_from(content.len()).unwrap();
        let end_sample = if is_last { START + total } else { start_sample + count * PACKET_SAMPLES };
        writer.append(EntryBody::SegmentSealed(SegmentSealed {
            part: 0,
            segment,
            end_sample,
            packets: count,
            size_bytes: sealed.size_bytes,
            sha256: sealed.sha256,
        }));
        start_sample = end_sample;
    }
    writer.append(EntryBody::PartClosed(PartClosed {
        part: 0,
        end_sample: start_sample,
        segments,
        cut: false,
    }));
    let entries = writer.ledger.next_seq() + 1;
    writer.append(EntryBody::CallClosed(CallClosed {
        outcome: Outcome::Recorded,
        end_sample: start_sample,
        entries,
    }));
    writer.flush();
    fs::write(folder.join("key.jwk"), owner.to_jwk().as_bytes()).unwrap();
}
