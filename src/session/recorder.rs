//! One part of a recording: encoded packets in, durable objects out.
//!
//! Owns the order that makes a crash harmless: envelope, then `segment.opened`, then the segment's first byte; and
//! the cutting of segments on packet boundaries. Its output is a list of spool operations that must be carried out
//! in exactly this order. Must never see audio, only packets that were already admitted and redacted.

use std::collections::{BTreeSet, VecDeque};

use base64ct::{Base64UrlUnpadded, Encoding};

use crate::audio::BLOCK_LENGTH_SAMPLES;
use crate::container::OggOpusWriter;
use crate::evidence::SegmentEvidence;
use crate::ledger::{
    EntryBody, ExposureEffect, ExposureFound, Ledger, LedgerSigner, PartOpened, SegmentOpened, SegmentSealed,
    touches,
};
use crate::names::{CallId, ObjectName, SegmentAddress};
use crate::seal::{RecipientKey, SegmentSealer};
use crate::session::continuing::Earlier;
use crate::session::report::ReportedObject;
use crate::store::spool::SpoolOperation;
use crate::{Error, ErrorKind, Result};

struct OpenSegment {
    address: SegmentAddress,
    name: String,
    index: u32,
    sealer: SegmentSealer,
    first_packet: u64,
}

/// Turns the packets of one part into sealed segments, envelopes and ledger chunks.
pub struct Recorder {
    call_id: CallId,
    recipients: Vec<RecipientKey>,
    ledger: Ledger,
    /// The part's number: each start of an engine within the call is one.
    part: u32,
    noted: Vec<(u64, EntryBody)>,
    /// Whether something was noted that the next segment is too late for.
    urgent: bool,
    origin_sample: u64,
    serial: u32,
    writer: Option<OggOpusWriter>,
    segment: Option<OpenSegment>,
    next_segment: u32,
    packets: u64,
    packets_per_segment: u64,
    cuts: VecDeque<u64>,
    objects: Vec<ReportedObject>,
    /// Sealed segments, for the vCon.
    segments: Vec<SegmentEvidence>,
    /// Stretches that were encoded and should not have been.
    exposures: Vec<ExposureFound>,
    /// Segments whose keys are destroyed because of that, and their envelopes that are yet to be told of.
    keyless: BTreeSet<SegmentAddress>,
    newly_keyless: Vec<String>,
}

impl core::fmt::Debug for Recorder {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.debug_struct("Recorder").field("packets", &self.packets).finish_non_exhaustive()
    }
}

impl Recorder {
    /// A recorder whose first sample lies at `origin_sample` of the call. `serial` is the Ogg stream's number,
    /// `packets_per_segment` the length at which a segment is cut, `signer` who signs the ledger, if anyone does.
    #[must_use]
    pub fn new(
        call_id: CallId,
        recipients: Vec<RecipientKey>,
        origin_sample: u64,
        serial: u32,
        packets_per_segment: u64,
        signer: Option<LedgerSigner>,
    ) -> Self {
        let ledger = Ledger::new(call_id, signer);
        Self {
            call_id,
            recipients,
            ledger,
            part: 0,
            noted: Vec::new(),
            urgent: false,
            origin_sample,
            serial,
            writer: None,
            segment: None,
            next_segment: 0,
            packets: 0,
            packets_per_segment,
            cuts: VecDeque::new(),
            objects: Vec::new(),
            segments: Vec::new(),
            exposures: Vec::new(),
            keyless: BTreeSet::new(),
            newly_keyless: Vec::new(),
        }
    }

    /// Goes on with a call that an earlier engine has left, as its part number `part`, behind that one's `ledger`. What
    /// there was of it before counts as this one's.
    #[must_use]
    pub fn behind(mut self, ledger: Ledger, part: u32, earlier: &Earlier) -> Self {
        (self.ledger, self.part) = (ledger, part);
        self.objects.clone_from(&earlier.objects);
        self.segments.clone_from(&earlier.segments);
        self.exposures.clone_from(&earlier.exposures);
        self
    }

    /// The part's number.
    #[must_use]
    pub const fn part(&self) -> u32 {
        self.part
    }

    /// Puts an entry on the list for the next chunk.
    pub fn note(&mut self, at_ms: u64, body: EntryBody) {
        // Segments and parts write a chunk of their own; an acknowledgement that did would be acknowledged in turn.
        self.urgent |= !matches!(
            body,
            EntryBody::StorageAcknowledged(_)
                | EntryBody::SegmentOpened(_)
                | EntryBody::SegmentSealed(_)
                | EntryBody::PartOpened(_)
                | EntryBody::PartClosed(_)
                | EntryBody::CallClosed(_)
        );
        self.noted.push((at_ms, body));
    }

    /// Whether something was noted that must not wait for the next segment.
    #[must_use]
    pub const fn is_urgent(&self) -> bool {
        self.urgent
    }

    /// Writes the noted entries as a chunk of their own.
    ///
    /// # Errors
    /// If an entry cannot be written.
    pub fn write_chunk(&mut self) -> Result<Vec<SpoolOperation>> {
        if self.noted.is_empty() {
            return Ok(Vec::new());
        }
        self.urgent = false;
        let mut bytes = Vec::new();
        for (at_ms, body) in core::mem::take(&mut self.noted) {
            bytes.extend(self.ledger.append(at_ms, &body)?);
        }
        let name = self.ledger.next_chunk_name()?.to_string();
        Ok(vec![self.whole(name, bytes)])
    }

    /// The segment ends before packet number `packet` (counted from 0), if it has any packet by then.
    pub fn cut_before(&mut self, packet: u64) {
        let at = self.cuts.partition_point(|cut| *cut < packet);
        if self.cuts.get(at) != Some(&packet) {
            self.cuts.insert(at, packet);
        }
    }

    /// A stretch that is encoded, or on its way through the encoder, should not have been.
    pub fn expose(&mut self, found: ExposureFound) {
        self.exposures.push(found);
        let sealed = self.segments.iter().filter_map(|segment| match segment.object {
            ObjectName::Segment(address) => Some((address, segment.start_sample, segment.end_sample)),
            _ => None,
        });
        // What of the open segment is encoded by now is certain; the rest shows when it is sealed.
        let open = self.segment.as_ref().map(|segment| {
            let start_sample = self.start_of_packet(segment.first_packet);
            (segment.address, start_sample, Some(self.start_of_packet(self.packets)))
        });
        let held: Vec<_> =
            sealed.chain(open).filter(|(_, start, end)| self.is_keyless(*start, *end)).collect();
        held.into_iter().for_each(|(address, ..)| self.lose_key(address));
    }

    /// Whether a segment with this extent holds what its key is destroyed for.
    fn is_keyless(&self, start_sample: u64, end_sample: Option<u64>) -> bool {
        self.exposures.iter().any(|found| {
            found.effect == ExposureEffect::Destroy
                && touches(found.from_sample, found.to_sample, start_sample, end_sample)
        })
    }

    fn lose_key(&mut self, address: SegmentAddress) {
        let name = address.envelope_name(1).to_string();
        self.objects.retain(|object| object.name != name);
        if self.keyless.insert(address) {
            self.newly_keyless.push(name);
        }
    }

    /// Envelopes that are to be destroyed since the last call.
    pub fn take_keyless(&mut self) -> Vec<String> {
        core::mem::take(&mut self.newly_keyless)
    }

    /// Stretches that were encoded and should not have been.
    #[must_use]
    pub fn exposures(&self) -> &[ExposureFound] {
        &self.exposures
    }

    /// Objects made so far.
    #[must_use]
    pub fn objects(&self) -> &[ReportedObject] {
        &self.objects
    }

    /// Segments sealed so far.
    #[must_use]
    pub fn segments(&self) -> &[SegmentEvidence] {
        &self.segments
    }

    /// The ledger as it is written.
    #[must_use]
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// An object of the call that others made.
    pub fn add_object(&mut self, object: ReportedObject) {
        self.objects.push(object);
    }

    /// Packets taken so far.
    #[must_use]
    pub const fn packets(&self) -> u64 {
        self.packets
    }

    /// Takes the encoder's next packet.
    ///
    /// # Errors
    /// If the packet is not one Opus packet, or a key or an entry cannot be made. The part is then closed to audio.
    pub fn push_packet(
        &mut self,
        packet: &[u8],
        pre_skip_samples: u16,
        at_ms: u64,
    ) -> Result<Vec<SpoolOperation>> {
        let mut operations = Vec::new();
        if self.writer.is_none() {
            let writer = OggOpusWriter::new(self.serial, pre_skip_samples)?;
            let headers = writer.header_pages();
            let opened = PartOpened {
                part: self.part,
                start_sample: self.origin_sample,
                ogg_serial: self.serial,
                ogg_headers: Base64UrlUnpadded::encode_string(&headers),
                pre_skip_samples,
            };
            self.note(at_ms, EntryBody::PartOpened(opened));
            self.open_segment(at_ms, &mut operations)?;
            self.push_plaintext(&headers, &mut operations)?;
            self.writer = Some(writer);
        } else if self.must_cut() {
            self.end_segment(at_ms, &mut operations)?;
            self.open_segment(at_ms, &mut operations)?;
        }
        let pages = self.writer_mut()?.push_packet(packet)?;
        self.packets = self.packets.saturating_add(1);
        self.push_plaintext(&pages, &mut operations)?;
        Ok(operations)
    }

    /// Ends the part after `total_samples` of audio: last page, last segment, last entries. `closing` are the entries
    /// that follow `segment.sealed`; the number of segments is filled in.
    ///
    /// # Errors
    /// If the last page or segment cannot be written.
    pub fn finish(
        &mut self,
        total_samples: u64,
        at_ms: u64,
        closing: impl FnOnce(&mut Self, u32),
    ) -> Result<Vec<SpoolOperation>> {
        let mut operations = Vec::new();
        if let Some(writer) = self.writer.take() {
            let pages = writer.finish(total_samples)?;
            self.push_plaintext(&pages, &mut operations)?;
            let end_sample = self.origin_sample.saturating_add(total_samples);
            self.seal_segment(end_sample, at_ms, &mut operations)?;
        }
        let segments = self.next_segment;
        closing(self, segments);
        operations.extend(self.write_chunk()?);
        Ok(operations)
    }

    /// Entries the ledger will have when one more entry and all noted ones are written.
    #[must_use]
    pub fn entries_with_one_more(&self) -> u64 {
        self.ledger.next_seq().saturating_add(self.noted.len() as u64).saturating_add(1)
    }

    fn must_cut(&mut self) -> bool {
        let Some(segment) = &self.segment else { return false };
        let in_segment = self.packets.saturating_sub(segment.first_packet);
        let mut cut = in_segment >= self.packets_per_segment;
        while self.cuts.front().is_some_and(|at| *at <= self.packets) {
            cut = self.cuts.pop_front().is_some_and(|at| at > segment.first_packet) || cut;
        }
        cut
    }

    fn end_segment(&mut self, at_ms: u64, operations: &mut Vec<SpoolOperation>) -> Result<()> {
        let pages = self.writer_mut()?.end_segment()?;
        self.push_plaintext(&pages, operations)?;
        self.seal_segment(self.start_of_packet(self.packets), at_ms, operations)
    }

    fn start_of_packet(&self, packet: u64) -> u64 {
        self.origin_sample.saturating_add(packet.saturating_mul(BLOCK_LENGTH_SAMPLES))
    }

    fn open_segment(&mut self, at_ms: u64, operations: &mut Vec<SpoolOperation>) -> Result<()> {
        let index = self.next_segment;
        let address = SegmentAddress::new(self.call_id, self.part, index)?;
        let name = address.object_name().to_string();
        let envelope_name = address.envelope_name(1).to_string();
        let (sealer, opened) = SegmentSealer::open(address, &self.recipients)?;
        let start_sample = self.start_of_packet(self.packets);
        // No segment is shorter than a packet: of this one it may be certain already.
        if self.is_keyless(start_sample, Some(start_sample.saturating_add(BLOCK_LENGTH_SAMPLES))) {
            self.keyless.insert(address);
        } else {
            operations.push(self.whole(envelope_name, opened.envelope_json));
        }
        self.note(
            at_ms,
            EntryBody::SegmentOpened(SegmentOpened {
                part: self.part,
                segment: index,
                start_sample,
                envelope_sha256: opened.envelope_sha256,
                key_commitment: opened.key_commitment,
                recipients: opened.recipients,
            }),
        );
        operations.extend(self.write_chunk()?);
        self.next_segment = index.saturating_add(1);
        self.segment = Some(OpenSegment { address, name, index, sealer, first_packet: self.packets });
        Ok(())
    }

    fn push_plaintext(&mut self, pages: &[u8], operations: &mut Vec<SpoolOperation>) -> Result<()> {
        if pages.is_empty() {
            return Ok(());
        }
        let segment = self.segment.as_mut().ok_or_else(no_segment)?;
        let mut bytes = Vec::new();
        segment.sealer.push(pages, &mut bytes)?;
        if !bytes.is_empty() {
            operations.push(SpoolOperation::Append { name: segment.name.clone(), bytes });
        }
        Ok(())
    }

    fn seal_segment(
        &mut self,
        end_sample: u64,
        at_ms: u64,
        operations: &mut Vec<SpoolOperation>,
    ) -> Result<()> {
        let segment = self.segment.take().ok_or_else(no_segment)?;
        let mut bytes = Vec::new();
        let sealed = segment.sealer.seal(&mut bytes)?;
        operations.push(SpoolOperation::Append { name: segment.name.clone(), bytes });
        let object = ReportedObject {
            name: segment.name,
            size_bytes: sealed.size_bytes,
            sha256: sealed.sha256.clone(),
        };
        operations.push(SpoolOperation::Complete(object.clone()));
        self.objects.push(object);
        if self.is_keyless(self.start_of_packet(segment.first_packet), Some(end_sample)) {
            self.lose_key(segment.address);
        }
        self.segments.push(SegmentEvidence {
            object: segment.address.object_name(),
            size_bytes: sealed.size_bytes,
            sha256: sealed.sha256.clone(),
            sha512: Some(sealed.sha512),
            start_sample: self.start_of_packet(segment.first_packet),
            end_sample: Some(end_sample),
        });
        self.note(
            at_ms,
            EntryBody::SegmentSealed(SegmentSealed {
                part: self.part,
                segment: segment.index,
                end_sample,
                packets: self.packets.saturating_sub(segment.first_packet),
                size_bytes: sealed.size_bytes,
                sha256: sealed.sha256,
            }),
        );
        Ok(())
    }

    fn whole(&mut self, name: String, bytes: Vec<u8>) -> SpoolOperation {
        let operation = SpoolOperation::whole(name, bytes);
        if let SpoolOperation::Whole { object, .. } = &operation {
            self.objects.push(object.clone());
        }
        operation
    }

    fn writer_mut(&mut self) -> Result<&mut OggOpusWriter> {
        self.writer.as_mut().ok_or_else(no_segment)
    }
}

fn no_segment() -> Error {
    Error::new(ErrorKind::WrongState, "A packet arrived for a part that is closed.")
}
