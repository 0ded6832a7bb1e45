//! Showing what a stored call consists of, and what another program needs to open it.

use serde::Serialize;

use super::chunks::read_ledger;
use super::history::{History, SegmentEnding, SegmentRecord};
use super::report::ReportedError;
use super::source::ObjectSource;
use crate::Result;
use crate::ledger::EntryBody;
use crate::names::{CallId, ObjectName};

/// A call, as `callseal inspect --json` prints it. Nothing of it is verified but the ledger's chain.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Inspection {
    /// 1.
    pub schema_version: u32,
    /// The call.
    pub call_id: CallId,
    /// Whether the ledger has an end.
    pub closed: bool,
    /// Whether a crash is on record.
    pub cut: bool,
    /// Where on the call's timeline the recording begins, in milliseconds.
    pub recording_origin_ms: Option<u64>,
    /// The parts in order.
    pub parts: Vec<PartInspection>,
    /// Every entry of the ledger: number, time, kind and body.
    pub ledger: Vec<LedgerLine>,
    /// Hash of the last entry.
    pub ledger_head: String,
    /// Every object that is there.
    pub objects: Vec<ObjectInspection>,
    /// What is wrong with the ledger.
    pub errors: Vec<ReportedError>,
}

/// One entry of the ledger.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LedgerLine {
    /// Its number.
    pub seq: u64,
    /// When it was written.
    pub at_ms: u64,
    /// Kind and body.
    #[serde(flatten)]
    pub body: EntryBody,
}

/// One object that is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ObjectInspection {
    /// Its name.
    pub name: String,
    /// Its size in bytes.
    pub size_bytes: usize,
}

/// One part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartInspection {
    /// Its number.
    pub part: u32,
    /// Where on the timeline its first sample lies.
    pub start_sample: u64,
    /// First sample behind it, when stated.
    pub end_sample: Option<u64>,
    /// The Ogg header pages, base64url: put before any segment's plaintext to decode that segment alone.
    pub ogg_headers: String,
    /// Its segments in order.
    pub segments: Vec<SegmentInspection>,
}

/// One segment: all that Tink and a JWE library need to open it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SegmentInspection {
    /// The object's name.
    pub name: String,
    /// The associated data of the Tink stream.
    pub associated_data: String,
    /// The envelope's name.
    pub envelope: String,
    /// `sealed`, `recovered` or `open`.
    pub state: &'static str,
    /// Its first sample on the timeline.
    pub start_sample: u64,
    /// First sample behind it, when stated.
    pub end_sample: Option<u64>,
    /// Packets of 20 ms, when stated.
    pub packets: Option<u64>,
    /// Size in bytes, when stated.
    pub size_bytes: Option<u64>,
    /// Hash, when stated.
    pub sha256: Option<String>,
    /// Hash of the envelope.
    pub envelope_sha256: String,
    /// Commitment of the data key.
    pub key_commitment: String,
    /// Thumbprints of the recipients.
    pub recipients: Vec<String>,
}

/// Reads the ledger and lists the objects.
///
/// # Errors
/// Only when the source cannot be read; what is wrong with the ledger is in the result.
pub fn inspect(source: &dyn ObjectSource) -> Result<Inspection> {
    let names = source.list()?;
    let mut ledger = read_ledger(source, &names)?;
    let ledger_fault = ledger.fault.take();
    let (history, mut faults) = History::build(source.call_id(), ledger);
    faults.extend(ledger_fault);
    let origin_sample = history.parts.first().map(|part| part.opened.start_sample);
    Ok(Inspection {
        schema_version: 1,
        call_id: history.call_id,
        closed: history.is_closed,
        cut: history.is_cut,
        recording_origin_ms: origin_sample.map(|sample| sample / 48),
        parts: history.parts.iter().map(inspect_part).collect(),
        ledger: history.entries.iter().map(inspect_entry).collect(),
        ledger_head: history.head.clone(),
        objects: names.iter().map(|name| inspect_object(source, name)).collect::<Result<_>>()?,
        errors: faults.iter().map(ReportedError::from).collect(),
    })
}

fn inspect_part(part: &super::history::PartRecord) -> PartInspection {
    PartInspection {
        part: part.opened.part,
        start_sample: part.opened.start_sample,
        end_sample: part.closed.as_ref().map(|closed| closed.end_sample),
        ogg_headers: part.opened.ogg_headers.clone(),
        segments: part.segments.iter().map(inspect_segment).collect(),
    }
}

fn inspect_segment(segment: &SegmentRecord) -> SegmentInspection {
    let stated = segment.stated_object();
    let (state, sealed) = match &segment.ending {
        SegmentEnding::Sealed(sealed) => ("sealed", Some(sealed)),
        SegmentEnding::Recovered(_) => ("recovered", None),
        SegmentEnding::Unknown => ("open", None),
    };
    SegmentInspection {
        name: segment.address.object_name().to_string(),
        associated_data: segment.address.associated_data(),
        envelope: segment.address.envelope_name(1).to_string(),
        state,
        start_sample: segment.opened.start_sample,
        end_sample: sealed.map(|sealed| sealed.end_sample),
        packets: sealed.map(|sealed| sealed.packets),
        size_bytes: stated.map(|(size_bytes, _)| size_bytes),
        sha256: stated.map(|(_, sha256)| sha256.to_owned()),
        envelope_sha256: segment.opened.envelope_sha256.clone(),
        key_commitment: segment.opened.key_commitment.clone(),
        recipients: segment.opened.recipients.clone(),
    }
}

fn inspect_entry(entry: &crate::ledger::Entry) -> LedgerLine {
    LedgerLine { seq: entry.seq, at_ms: entry.at_ms, body: entry.body.clone() }
}

fn inspect_object(source: &dyn ObjectSource, name: &ObjectName) -> Result<ObjectInspection> {
    let size_bytes = source.get(name)?.map_or(0, |content| content.len());
    Ok(ObjectInspection { name: name.to_string(), size_bytes })
}
