//! Opening the segments with a key and checking what is in them against the ledger.
//!
//! Hands audio on segment by segment, so that no more than one is held; whether the recording as a whole is fit to
//! be used is known only at the end.

use base64ct::{Base64UrlUnpadded, Encoding as _};

use super::fault::Fault;
use super::history::{History, PartRecord, SegmentEnding, SegmentRecord};
use super::objects::FoundObjects;
use super::source::ObjectSource;
use crate::container::{PACKET_SAMPLES, PartReader, SegmentAudio, SegmentEnd};
use crate::ledger::{PartOpened, SegmentSealed};
use crate::names::ObjectName;
use crate::seal::{
    DataKey, KeyRing, Plaintext, is_sealed_with, open_envelope, read_stream, read_unterminated_stream,
};
use crate::{Error, ErrorKind, Result};

/// Takes the audio as it is opened.
pub(super) trait AudioSink {
    /// The first part of the call, whether or not any of its audio opens.
    ///
    /// # Errors
    /// Whatever the sink fails of; the examination ends then.
    fn begin(&mut self, first: &PartOpened) -> Result<()>;

    /// One segment whose checks passed, of the part that `part` opened.
    ///
    /// # Errors
    /// Whatever the sink fails of; the examination ends then.
    fn take(&mut self, part: &PartOpened, segment: &SegmentRecord, audio: SegmentAudio) -> Result<()>;
}

/// Checks only.
pub(super) struct NoSink;

impl AudioSink for NoSink {
    fn begin(&mut self, _: &PartOpened) -> Result<()> {
        Ok(())
    }

    fn take(&mut self, _: &PartOpened, _: &SegmentRecord, _: SegmentAudio) -> Result<()> {
        Ok(())
    }
}

/// Opens every usable segment; faults go to `faults`. A key that fits nothing is one fault, not one per segment.
pub(super) fn check_audio(
    source: &dyn ObjectSource,
    history: &History,
    found: &FoundObjects,
    keys: &dyn KeyRing,
    faults: &mut Vec<Fault>,
    sink: &mut dyn AudioSink,
) -> Result<()> {
    if let Some(first) = history.parts.first() {
        sink.begin(&first.opened)?;
    }
    for part in &history.parts {
        let mut reader = match open_part(part) {
            Ok(reader) => reader,
            Err(error) => {
                faults
                    .push(Fault::at(ObjectName::LedgerChunk { call_id: history.call_id, chunk: 0 }, &error));
                continue;
            }
        };
        for (index, segment) in part.segments.iter().enumerate() {
            let before = reader.packets();
            let is_last = index.checked_add(1) == Some(part.segments.len());
            let opened = read_one(source, found, keys, &mut reader, segment, faults)?;
            match opened {
                Some(Ok(audio)) => match check_extent(part, segment, is_last, before, &reader, &audio) {
                    Ok(()) => sink.take(&part.opened, segment, audio)?,
                    Err(error) => faults.push(Fault::at(segment.address.object_name(), &error)),
                },
                Some(Err(fault)) => {
                    let is_wrong_key = fault.kind == ErrorKind::WrongKey;
                    faults.push(fault);
                    if is_wrong_key {
                        return Ok(());
                    }
                    skip(&mut reader, before, segment);
                }
                None => skip(&mut reader, before, segment),
            }
        }
    }
    Ok(())
}

/// Sets the reader behind a segment that could not be read.
fn skip(reader: &mut PartReader, before: u64, segment: &SegmentRecord) {
    if let SegmentEnding::Sealed(sealed) = &segment.ending {
        // What was counted before the fault is part of these packets.
        let counted = reader.packets().saturating_sub(before);
        reader.skip_segment(sealed.packets.saturating_sub(counted));
    }
}

fn open_part(part: &PartRecord) -> Result<PartReader> {
    let corrupt =
        |detail: &str| Error::new(ErrorKind::Corrupt, format!("part {}: {detail}", part.opened.part));
    let headers = Base64UrlUnpadded::decode_vec(&part.opened.ogg_headers)
        .map_err(|_| corrupt("the header pages in the ledger are not base64url"))?;
    let reader = PartReader::new(&headers)?;
    if reader.serial() != part.opened.ogg_serial || reader.pre_skip_samples() != part.opened.pre_skip_samples
    {
        return Err(corrupt("the header pages do not fit the ledger's serial number and pre-skip"));
    }
    Ok(reader)
}

/// The audio of one segment; `None` when its objects are already known to be unusable. With the key it can then be
/// told whether they belong elsewhere; the fault is amended accordingly.
fn read_one(
    source: &dyn ObjectSource,
    found: &FoundObjects,
    keys: &dyn KeyRing,
    reader: &mut PartReader,
    segment: &SegmentRecord,
    faults: &mut Vec<Fault>,
) -> Result<Option<core::result::Result<SegmentAudio, Fault>>> {
    if let Some(name) = found.changed_envelopes.get(&segment.address) {
        let content = source.get(name)?.unwrap_or_default();
        let opened = open_envelope(&content, keys, &segment.address);
        if opened.is_err_and(|error| error.kind() == ErrorKind::Swapped) {
            amend(faults, name, "the envelope belongs to another segment or call");
        }
    }
    let Some(envelopes) = found.envelopes.get(&segment.address) else { return Ok(None) };
    let data_key = match key_in(source, envelopes, keys, segment, faults)? {
        Some(Ok(data_key)) => data_key,
        Some(Err(fault)) => return Ok(Some(Err(fault))),
        None => return Ok(None),
    };
    let name = segment.address.object_name();
    let Some(stream) = source.get(&name)? else { return Ok(None) };
    if found.unusable.contains(&segment.address) {
        if !is_sealed_with(&data_key, &segment.address.associated_data(), &stream) {
            amend(faults, &name, "nothing of it was sealed with this segment's key: it belongs elsewhere");
        }
        return Ok(None);
    }
    let audio = decrypt(&data_key, segment, &stream)
        .and_then(|(plaintext, end)| reader.read_segment(segment.address.segment, &plaintext, end));
    Ok(Some(audio.map_err(|error| Fault::at(name, &error))))
}

/// Says of an object that was found changed or cut that it is another one.
fn amend(faults: &mut [Fault], name: &ObjectName, message: &str) {
    let is_doubtful = |fault: &&mut Fault| {
        fault.object == *name && matches!(fault.kind, ErrorKind::Corrupt | ErrorKind::Truncated)
    };
    if let Some(fault) = faults.iter_mut().find(is_doubtful) {
        fault.kind = ErrorKind::Swapped;
        message.clone_into(&mut fault.message);
    }
}

/// The data key in the first of these envelopes that is for `keys` and holds; damage in those before it goes to `faults`.
/// Where none opens, the fault of the first that is damaged, or is for others.
fn key_in(
    source: &dyn ObjectSource,
    envelopes: &[ObjectName],
    keys: &dyn KeyRing,
    segment: &SegmentRecord,
    faults: &mut Vec<Fault>,
) -> Result<Option<core::result::Result<DataKey, Fault>>> {
    let mut first = None;
    for name in envelopes {
        let Some(envelope) = source.get(name)? else { continue };
        let fault = match open_key(&envelope, keys, segment) {
            Ok(data_key) => {
                faults.extend(first.filter(|fault: &Fault| fault.kind != ErrorKind::WrongKey));
                return Ok(Some(Ok(data_key)));
            }
            Err(error) => Fault::at(*name, &error),
        };
        let is_first = first.as_ref().is_none_or(|first: &Fault| first.kind == ErrorKind::WrongKey);
        if is_first && (first.is_none() || fault.kind != ErrorKind::WrongKey) {
            first = Some(fault);
        }
    }
    Ok(first.map(Err))
}

fn open_key(envelope: &[u8], keys: &dyn KeyRing, segment: &SegmentRecord) -> Result<DataKey> {
    let data_key = open_envelope(envelope, keys, &segment.address)?;
    if data_key.commitment()? == segment.opened.key_commitment {
        return Ok(data_key);
    }
    Err(Error::new(ErrorKind::Corrupt, "the envelope holds another key than the one the ledger commits to"))
}

fn decrypt(key: &DataKey, segment: &SegmentRecord, stream: &[u8]) -> Result<(Plaintext, SegmentEnd)> {
    let associated_data = segment.address.associated_data();
    if matches!(segment.ending, SegmentEnding::Sealed(_)) {
        return Ok((read_stream(key, &associated_data, stream)?, SegmentEnd::Whole));
    }
    let read = read_unterminated_stream(key, &associated_data, stream)?;
    if read.torn_bytes > 0 && matches!(segment.ending, SegmentEnding::Recovered(_)) {
        return Err(Error::new(ErrorKind::Corrupt, "a recovered segment holds whole Tink segments only"));
    }
    Ok((read.plaintext, SegmentEnd::Torn))
}

/// Compares the audio's extent with the ledger's statement.
fn check_extent(
    part: &PartRecord,
    segment: &SegmentRecord,
    is_last: bool,
    packets_before: u64,
    reader: &PartReader,
    audio: &SegmentAudio,
) -> Result<()> {
    let SegmentEnding::Sealed(sealed) = &segment.ending else { return Ok(()) };
    if reader.packets().saturating_sub(packets_before) != sealed.packets {
        return Err(Error::new(
            ErrorKind::Corrupt,
            "the segment holds another number of packets than the ledger states",
        ));
    }
    match (is_last && part.is_whole(), audio.is_last) {
        (true, true) => check_last(part, sealed, reader, audio),
        (true, false) => Err(Error::new(ErrorKind::Truncated, "the part's stream has no end")),
        (false, true) if !is_last => {
            Err(Error::new(ErrorKind::Corrupt, "the part's stream ends before its last segment"))
        }
        (false, _) => Ok(()),
    }
}

/// The last granule position: the part's samples behind the pre-skip, or all that the packets hold.
fn check_last(
    part: &PartRecord,
    sealed: &SegmentSealed,
    reader: &PartReader,
    audio: &SegmentAudio,
) -> Result<()> {
    let samples = sealed.end_sample.saturating_sub(part.opened.start_sample);
    let wanted = samples.saturating_add(u64::from(reader.pre_skip_samples()));
    let held = reader.packets().saturating_mul(PACKET_SAMPLES);
    if audio.end_granule == wanted.min(held).max(audio.last_page_granule) {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Corrupt, "the recording ends at another sample than the ledger states"))
}
