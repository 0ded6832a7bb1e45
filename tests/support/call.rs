//! Builds whole calls with the library, as the engine would, for tests of everything that reads them.
//!
//! Included by `#[path]` from the tests of the library and of the command line, and from the interop example.

#![allow(dead_code, reason = "every test uses a part of it")]
#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "test code"
)]
#![allow(clippy::missing_panics_doc, reason = "test code")]

use base64ct::{Base64UrlUnpadded, Encoding as _};
use callseal::archive::MemorySource;
use callseal::container::{OggOpusWriter, PACKET_SAMPLES};
use callseal::ledger::certificate::{assemble, call_certificate_request, device_certificate_request};
use callseal::ledger::{
    AgentSideBegan, CallClosed, CallKey, CallOpened, CallRecovered, EntryBody, ExposureEffect, ExposureFound,
    HeadClaim, Ledger, LedgerSigner, Outcome, PartClosed, PartOpened, Party, SegmentOpened, SegmentRecovered,
    SegmentSealed, ShredRequested, head_of,
};
use callseal::names::{CallId, ObjectName, SegmentAddress};
use callseal::seal::{PrivateKey, RecipientKey, SegmentSealer, SigningKey, sha256_hex};
use std::sync::LazyLock;

/// The encoder's delay that the built parts state: that of libopus at 48 kHz.
pub const PRE_SKIP: u16 = 312;

/// Bytes of a packet: 64 kbit/s, so that a few seconds fill several Tink segments.
const PACKET_BYTES: usize = 160;

/// How a part ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// In order.
    Closed,
    /// By a crash within its last segment, found and recorded afterwards.
    Crashed,
    /// Not yet.
    Running,
}

/// One part to build.
#[derive(Debug, Clone)]
pub struct PartPlan {
    /// Where on the timeline it begins.
    pub start_sample: u64,
    /// Packets of each segment.
    pub segments: Vec<u64>,
    /// How it ends.
    pub end: End,
}

impl PartPlan {
    /// A part at the beginning.
    #[must_use]
    pub fn new(segments: &[u64], end: End) -> Self {
        Self { start_sample: 48_000, segments: segments.to_vec(), end }
    }
}

/// A built call.
#[derive(Debug)]
pub struct Call {
    /// The call.
    pub id: CallId,
    /// Its objects.
    pub source: MemorySource,
    /// The key of its recipient.
    pub owner: PrivateKey,
}

impl Call {
    /// A call of one part of three segments, closed in order; always the same one.
    #[must_use]
    pub fn whole() -> Self {
        static WHOLE: LazyLock<Call> =
            LazyLock::new(|| Call::build(&[PartPlan::new(&[60, 60, 40], End::Closed)]));
        WHOLE.copy()
    }

    /// A call whose second segment a crash cut.
    #[must_use]
    pub fn cut() -> Self {
        Self::build(&[PartPlan::new(&[60, 160], End::Crashed)])
    }

    /// A call of which the agent's side was recorded after a no, until a crash.
    #[must_use]
    pub fn cut_of_the_agents_side() -> Self {
        let id = CallId::parse("0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa").unwrap();
        let began = EntryBody::AgentSideBegan(AgentSideBegan { sample: 48_000 });
        let parts = [PartPlan::new(&[60, 160], End::Crashed)];
        Self::build_with(id, PrivateKey::generate().unwrap(), &parts, None, &[began])
    }

    /// A call with these parts.
    #[must_use]
    pub fn build(parts: &[PartPlan]) -> Self {
        Self::build_as("0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa", PrivateKey::generate().unwrap(), parts)
    }

    /// A closed call of one part, signed with a key that `device` has certified.
    #[must_use]
    pub fn signed(device: &SigningKey) -> Self {
        let id = CallId::parse("0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa").unwrap();
        let call_key = CallKey::from_random(&[0x11; 32]).unwrap();
        let certificates = [
            call_certificate_request(&id, &call_key.public(), &device.public(), [1; 16], 1_790_000_000_000)
                .unwrap(),
            device_certificate_request(&device.public(), [2; 16]),
        ];
        let certificates = certificates.map(|request| assemble(&request, &device.sign(&request)).unwrap());
        let signer = LedgerSigner::new(call_key, certificates.to_vec());
        let parts = [PartPlan::new(&[60, 40], End::Closed)];
        Self::build_with(id, PrivateKey::generate().unwrap(), &parts, Some(signer), &[])
    }

    /// A closed, signed call of two segments whose ledger demands that it is shredded from `not_before_ms` on. `byte`
    /// makes its key.
    #[must_use]
    pub fn to_be_shredded(not_before_ms: u64, byte: u8) -> Self {
        let id = CallId::parse("0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa").unwrap();
        let signer = LedgerSigner::new(CallKey::from_random(&[byte; 32]).unwrap(), Vec::new());
        let parts = [PartPlan::new(&[60, 40], End::Closed)];
        let owner = PrivateKey::generate().unwrap();
        let demand = ShredRequested { reason: "withdrawal".into(), not_before_ms };
        let demand = EntryBody::ShredRequested(demand);
        Self::build_with(id, owner, &parts, Some(signer), &[demand])
    }

    /// A closed, signed call of three segments, of which the second holds a stretch of 10,000 samples that should not have
    /// been recorded. `byte` makes its key.
    #[must_use]
    pub fn exposed(effect: ExposureEffect, byte: u8) -> Self {
        let id = CallId::parse("0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa").unwrap();
        let signer = LedgerSigner::new(CallKey::from_random(&[byte; 32]).unwrap(), Vec::new());
        let parts = [PartPlan::new(&[60, 60, 40], End::Closed)];
        let found = EntryBody::ExposureFound(ExposureFound {
            from_sample: 120_000,
            to_sample: 130_000,
            trigger: "field_focus".into(),
            class: "card_number".into(),
            effect,
        });
        Self::build_with(id, PrivateKey::generate().unwrap(), &parts, Some(signer), &[found])
    }

    /// A closed and signed call of one part of two segments; always the same one.
    #[must_use]
    pub fn whole_and_signed() -> Self {
        static SIGNED: LazyLock<Call> =
            LazyLock::new(|| Call::signed(&SigningKey::from_random(&[0x22; 32]).unwrap()));
        SIGNED.copy()
    }

    fn copy(&self) -> Self {
        let owner = serde_json::from_str(&self.owner.to_jwk()).unwrap();
        Self { id: self.id, source: self.source.clone(), owner: PrivateKey::from_jwk(&owner).unwrap() }
    }

    /// Adds the countersignature of the last chunk's head.
    pub fn countersign(&mut self, server: &SigningKey) {
        let chunks = self.source.iter().filter(|(name, _)| matches!(name, ObjectName::LedgerChunk { .. }));
        let (name, content) = chunks.last().unwrap();
        let ObjectName::LedgerChunk { chunk, .. } = *name else { return };
        let (seq, head) = head_of(content).unwrap();
        let claim = HeadClaim { call_id: self.id, seq, head, iat: 1_790_000_000 };
        let name = ObjectName::LedgerHead { call_id: self.id, chunk };
        self.source.insert(name, claim.sign(server).into_bytes());
    }

    /// A call with this id, sealed for `owner`.
    #[must_use]
    pub fn build_as(id: &str, owner: PrivateKey, parts: &[PartPlan]) -> Self {
        Self::build_with(CallId::parse(id).unwrap(), owner, parts, None, &[])
    }

    /// A call with this id, signed with a key of its own.
    #[must_use]
    pub fn signed_as(id: CallId, parts: &[PartPlan]) -> Self {
        // Letters and digits are below the order of the curve.
        let random: [u8; 32] = sha256_hex(id.to_string().as_bytes()).as_bytes()[..32].try_into().unwrap();
        let signer = LedgerSigner::new(CallKey::from_random(&random).unwrap(), Vec::new());
        Self::build_with(id, PrivateKey::generate().unwrap(), parts, Some(signer), &[])
    }

    fn build_with(
        id: CallId,
        owner: PrivateKey,
        parts: &[PartPlan],
        signer: Option<LedgerSigner>,
        further: &[EntryBody],
    ) -> Self {
        let mut builder = Builder {
            source: MemorySource::new(id),
            ledger: Ledger::new(id, signer),
            chunk: Vec::new(),
            recipients: vec![owner.public().clone()],
            id,
            packets: 0,
            further: further.to_vec(),
        };
        builder.call(parts);
        Self { id, source: builder.source, owner }
    }

    /// The name of a segment of part 0.
    #[must_use]
    pub fn segment(&self, segment: u32) -> ObjectName {
        SegmentAddress::new(self.id, 0, segment).unwrap().object_name()
    }

    /// The name of an envelope of part 0.
    #[must_use]
    pub fn envelope(&self, segment: u32) -> ObjectName {
        SegmentAddress::new(self.id, 0, segment).unwrap().envelope_name(1)
    }

    /// The name of a chunk.
    #[must_use]
    pub fn chunk(&self, chunk: u32) -> ObjectName {
        ObjectName::LedgerChunk { call_id: self.id, chunk }
    }

    /// Changes an object's content.
    pub fn change(&mut self, name: ObjectName, change: impl FnOnce(&mut Vec<u8>)) {
        let mut content = self.source.remove(&name).unwrap();
        change(&mut content);
        self.source.insert(name, content);
    }

    /// Exchanges the contents of two objects.
    pub fn exchange(&mut self, one: ObjectName, other: ObjectName) {
        let (first, second) = (self.source.remove(&one).unwrap(), self.source.remove(&other).unwrap());
        self.source.insert(one, second);
        self.source.insert(other, first);
    }
}

struct Builder {
    source: MemorySource,
    ledger: Ledger,
    chunk: Vec<u8>,
    recipients: Vec<RecipientKey>,
    id: CallId,
    packets: u64,
    /// What the ledger says beside the recording.
    further: Vec<EntryBody>,
}

impl Builder {
    fn call(&mut self, parts: &[PartPlan]) {
        self.append(EntryBody::CallOpened(CallOpened {
            call_id: self.id,
            software: "callseal test".into(),
            mode: "nothing_before_yes".into(),
            policy_sha256: sha256_hex(b"policy"),
            sample_rate_hz: 48_000,
            parties: vec![
                Party { index: 0, role: "agent".into() },
                Party { index: 1, role: "customer".into() },
            ],
            answered_at_ms: 1_790_000_000_000,
            signer: None,
        }));
        let mut end_sample = 0;
        for (plan, part) in parts.iter().zip(0_u32..) {
            end_sample = self.part(plan, part);
        }
        for entry in core::mem::take(&mut self.further) {
            self.append(entry);
        }
        let entries = self.ledger.next_seq() + 1;
        match parts.last().map(|plan| plan.end) {
            Some(End::Running) => {}
            Some(End::Crashed) => {
                let parts = u32::try_from(parts.len()).unwrap();
                self.append(EntryBody::CallRecovered(CallRecovered { parts, entries }));
            }
            _ => self.append(EntryBody::CallClosed(CallClosed {
                outcome: Outcome::Recorded,
                end_sample,
                entries,
            })),
        }
        self.flush();
    }

    fn part(&mut self, plan: &PartPlan, part: u32) -> u64 {
        let mut writer = OggOpusWriter::new(0x5EA1_0000 + part, PRE_SKIP).unwrap();
        let headers = writer.header_pages();
        self.append(EntryBody::PartOpened(PartOpened {
            part,
            start_sample: plan.start_sample,
            ogg_serial: 0x5EA1_0000 + part,
            ogg_headers: Base64UrlUnpadded::encode_string(&headers),
            pre_skip_samples: PRE_SKIP,
        }));
        let total_packets: u64 = plan.segments.iter().sum();
        // The last packet exists for the encoder's delay, so the part ends within it.
        let total_samples = total_packets * PACKET_SAMPLES - u64::from(PRE_SKIP) - 100;
        let part_end = plan.start_sample + total_samples;
        let count = u32::try_from(plan.segments.len()).unwrap();
        let mut start_sample = plan.start_sample;
        for (packets, segment) in plan.segments.iter().zip(0_u32..) {
            let is_last = segment + 1 == count;
            let address = SegmentAddress::new(self.id, part, segment).unwrap();
            let (mut sealer, opened) = SegmentSealer::open(address, &self.recipients).unwrap();
            self.append(EntryBody::SegmentOpened(SegmentOpened {
                part,
                segment,
                start_sample,
                envelope_sha256: opened.envelope_sha256,
                key_commitment: opened.key_commitment,
                recipients: opened.recipients,
            }));
            self.flush();
            self.source.insert(address.envelope_name(1), opened.envelope_json);
            let mut object = Vec::new();
            if segment == 0 {
                sealer.push(&headers, &mut object).unwrap();
            }
            for _ in 0..*packets {
                self.packets += 1;
                let page = writer.push_packet(&packet(self.packets)).unwrap();
                sealer.push(&page, &mut object).unwrap();
            }
            if is_last && plan.end != End::Closed {
                object.truncate(object.len() / 4096 * 4096);
                if plan.end == End::Crashed {
                    self.append(EntryBody::SegmentRecovered(SegmentRecovered {
                        part,
                        segment,
                        size_bytes: u64::try_from(object.len()).unwrap(),
                        sha256: sha256_hex(&object),
                    }));
                    let closed = PartClosed { part, end_sample: start_sample, segments: count, cut: true };
                    self.append(EntryBody::PartClosed(closed));
                }
                self.source.insert(address.object_name(), object);
                return start_sample;
            }
            // A placeholder stands in for the writer behind the last segment.
            let page = if is_last {
                let ended = core::mem::replace(&mut writer, OggOpusWriter::new(0, 0).unwrap());
                ended.finish(total_samples).unwrap()
            } else {
                writer.end_segment().unwrap()
            };
            sealer.push(&page, &mut object).unwrap();
            let sealed = sealer.seal(&mut object).unwrap();
            self.source.insert(address.object_name(), object);
            let end_sample = if is_last { part_end } else { start_sample + packets * PACKET_SAMPLES };
            self.append(EntryBody::SegmentSealed(SegmentSealed {
                part,
                segment,
                end_sample,
                packets: *packets,
                size_bytes: sealed.size_bytes,
                sha256: sealed.sha256,
            }));
            start_sample = end_sample;
        }
        let closed = PartClosed { part, end_sample: part_end, segments: count, cut: false };
        self.append(EntryBody::PartClosed(closed));
        part_end
    }

    fn append(&mut self, body: EntryBody) {
        let at_ms = 1_790_000_000_000 + self.ledger.next_seq();
        self.chunk.extend(self.ledger.append(at_ms, &body).unwrap());
    }

    fn flush(&mut self) {
        if self.chunk.is_empty() {
            return;
        }
        let name = self.ledger.next_chunk_name().unwrap();
        self.source.insert(name, core::mem::take(&mut self.chunk));
    }
}

/// A constant-bit-rate 20 ms packet whose content is different each time.
#[must_use]
pub fn packet(number: u64) -> Vec<u8> {
    let mut packet = vec![0xFC];
    let mut state = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    while packet.len() < PACKET_BYTES {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        packet.push(state.to_le_bytes()[3]);
    }
    packet
}
