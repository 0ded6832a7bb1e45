//! Opening a stretch of a call: reads and decrypts the segments that hold it, and nothing of the others.
//!
//! Owns where a stretch begins in the coded audio: a decoder needs some packets before the first sample that counts. Must
//! never read an object of a segment beside the stretch: a minute out of a long call shall cost what a minute costs.
#![allow(clippy::arithmetic_side_effects)] // samples of a call are far below any bound

use core::ops::Range;

use super::audio::{AudioSink, check_audio};
use super::evidence::Trust;
use super::examine::{ExaminedLedger, examine_ledger};
use super::history::{History, Level, SegmentEnding, SegmentRecord};
use super::objects::check_objects;
use super::open::{OpenOptions, OpenedRecording};
use super::source::ObjectSource;
use crate::container::{PACKET_SAMPLES, RecordingWriter, SegmentAudio};
use crate::ledger::PartOpened;
use crate::seal::KeyRing;
use crate::{Error, ErrorKind, Result};

/// What a decoder needs before the first sample that counts: 80 ms (RFC 7845 §4.6).
const PRE_ROLL_PACKETS: u64 = 4;

/// Opens the stretch from the first to the last sample (exclusive), both on the call's timeline; what lies before or behind
/// the recording is left out. The ledger is checked as a whole, objects only as far as they are needed: whether the rest of
/// the call is there and unchanged, says [`super::verify`].
///
/// # Errors
/// As [`super::open`]; `WrongState` when the recording holds nothing of the stretch.
pub fn open_range(
    source: &dyn ObjectSource,
    keys: &dyn KeyRing,
    range: Range<u64>,
    options: OpenOptions,
) -> Result<OpenedRecording> {
    let names = source.list()?;
    let ExaminedLedger { history, mut faults, .. } = examine_ledger(source, &names, &Trust::default())?;
    let nothing = || Error::new(ErrorKind::WrongState, "the recording holds nothing of this stretch");
    let recorded = extent(&history).ok_or_else(nothing)?;
    let range = range.start.max(recorded.start)..range.end.min(recorded.end);
    if range.is_empty() {
        return Err(nothing());
    }
    let decoded = first_decoded(&history, range.start)..range.end;
    let found =
        check_objects(source, &names, &history, &|segment| holds(&history, segment, &decoded), &mut faults)?;
    let mut sink = Stretch { decoded, writer: None, pre_skip_samples: 0 };
    sink.pre_skip_samples = u16::try_from(range.start - sink.decoded.start).map_err(|_| nothing())?;
    check_audio(source, &history, &found, keys, &mut faults, &mut sink)?;
    if let Some(fault) = faults.iter().find(|fault| !options.allows(fault)) {
        return Err(fault.to_error());
    }
    if found.shredded > 0 && !options.allow_missing {
        let detail = "the audio of this call was destroyed, as its ledger demands; only the evidence is left";
        return Err(Error::new(ErrorKind::Shredded, detail));
    }
    let samples = range.end - range.start;
    let mut writer = sink.writer.ok_or_else(nothing)?;
    // A stretch of which nothing is left is silence, and silence needs a packet.
    writer.fill_to_granule(u64::from(sink.pre_skip_samples) + samples)?;
    let level = if !history.is_closed {
        Level::Open
    } else if history.is_cut || !faults.is_empty() {
        Level::Cut
    } else {
        Level::Intact
    };
    Ok(OpenedRecording {
        ogg: writer.finish(samples)?,
        origin_sample: range.start,
        samples,
        level,
        tolerated: faults,
    })
}

/// From the first to the last sample of the recording; of one without an end as far as is certain.
fn extent(history: &History) -> Option<Range<u64>> {
    let start = history.parts.first()?.opened.start_sample;
    let closed = history.parts.iter().filter_map(|part| part.closed.as_ref()).map(|closed| closed.end_sample);
    let sealed = history.segments().filter_map(end_of);
    Some(start..closed.chain(sealed).max()?)
}

fn end_of(segment: &SegmentRecord) -> Option<u64> {
    match &segment.ending {
        SegmentEnding::Sealed(sealed) => Some(sealed.end_sample),
        _ => None,
    }
}

/// Where decoding begins so that `sample` is as it was: some packets before it, in the part that holds it.
fn first_decoded(history: &History, sample: u64) -> u64 {
    let part = history.parts.iter().map(|part| &part.opened).rfind(|part| part.start_sample <= sample);
    part.map_or(sample, |part| {
        // Packet i of a part decodes to the samples from 960 i before the part's start, less the pre-skip.
        let packet = (sample - part.start_sample + u64::from(part.pre_skip_samples)) / PACKET_SAMPLES;
        let first = packet.saturating_sub(PRE_ROLL_PACKETS);
        (part.start_sample + PACKET_SAMPLES * first).saturating_sub(u64::from(part.pre_skip_samples))
    })
}

/// Whether some packet of the segment decodes into the stretch. A segment's samples are counted without the pre-skip.
fn holds(history: &History, segment: &SegmentRecord, decoded: &Range<u64>) -> bool {
    let part = history.parts.iter().find(|part| part.opened.part == segment.address.part);
    let pre_skip = part.map_or(0, |part| u64::from(part.opened.pre_skip_samples));
    let start = segment.opened.start_sample.saturating_sub(pre_skip);
    start < decoded.end && end_of(segment).is_none_or(|end| end + PACKET_SAMPLES > decoded.start + pre_skip)
}

struct Stretch {
    /// Samples that are decoded, those before the first that counts included.
    decoded: Range<u64>,
    pre_skip_samples: u16,
    writer: Option<RecordingWriter>,
}

impl AudioSink for Stretch {
    fn begin(&mut self, first: &PartOpened) -> Result<()> {
        self.writer = Some(RecordingWriter::new(first.ogg_serial, self.pre_skip_samples)?);
        Ok(())
    }

    fn take(&mut self, part: &PartOpened, segment: &SegmentRecord, audio: SegmentAudio) -> Result<()> {
        let Some(writer) = &mut self.writer else { return Ok(()) };
        let mut sample = segment.opened.start_sample.saturating_sub(u64::from(part.pre_skip_samples));
        for packet in audio.packets {
            if self.decoded.contains(&sample) {
                writer.fill_to_granule(sample - self.decoded.start)?;
                writer.push_packet(packet)?;
            }
            sample += PACKET_SAMPLES;
        }
        Ok(())
    }
}
