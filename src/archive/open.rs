//! Opening a call: one Ogg Opus recording of all its parts, its timeline kept.

use super::audio::AudioSink;
use super::evidence::Trust;
use super::examine::{Examination, examine};
use super::fault::{Fault, Tolerance};
use super::history::{Level, SegmentRecord};
use super::source::ObjectSource;
use crate::container::{RecordingWriter, SegmentAudio};
use crate::ledger::PartOpened;
use crate::seal::KeyRing;
use crate::{Error, ErrorKind, Result};

/// What to pass over. By default nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OpenOptions {
    /// Open what a crash left, and a call whose ledger has no end.
    pub allow_unterminated: bool,
    /// Put silence where segments or envelopes are missing.
    pub allow_missing: bool,
}

impl OpenOptions {
    pub(super) const fn allows(self, fault: &Fault) -> bool {
        match fault.tolerance {
            Tolerance::Never => false,
            Tolerance::Unterminated => self.allow_unterminated,
            Tolerance::Missing => self.allow_missing,
        }
    }
}

/// An opened recording.
#[derive(Debug)]
pub struct OpenedRecording {
    /// The Ogg Opus file: left agent, right customer.
    pub ogg: Vec<u8>,
    /// Where on the call's timeline its first sample lies.
    pub origin_sample: u64,
    /// Samples in it.
    pub samples: u64,
    /// How complete the call is.
    pub level: Level,
    /// The faults that were passed over.
    pub tolerated: Vec<Fault>,
}

/// Opens a call with the private keys of its recipients.
///
/// # Errors
/// The first fault that `options` does not pass over, in the order of docs/format.md §7; `Shredded` for a call whose
/// audio was destroyed; `WrongState` when the call
/// holds no audio.
pub fn open(source: &dyn ObjectSource, keys: &dyn KeyRing, options: OpenOptions) -> Result<OpenedRecording> {
    let mut sink = Recording { writer: None, origin_sample: 0 };
    let examination = examine(source, Some(keys), &Trust::default(), &mut sink)?;
    if let Some(fault) = examination.faults.iter().find(|fault| !options.allows(fault)) {
        return Err(fault.to_error());
    }
    if examination.shredded > 0 && !options.allow_missing {
        return Err(Error::new(
            ErrorKind::Shredded,
            "the audio of this call was destroyed, as its ledger demands; only the evidence is left",
        ));
    }
    let no_audio = || Error::new(ErrorKind::WrongState, "the call holds no audio to open");
    let writer = sink.writer.ok_or_else(no_audio)?;
    let samples = total_samples(&examination, sink.origin_sample).unwrap_or_else(|| writer.samples());
    Ok(OpenedRecording {
        ogg: writer.finish(samples)?,
        origin_sample: sink.origin_sample,
        samples,
        level: examination.level(),
        tolerated: examination.faults,
    })
}

/// The recording's length, when its last part ended in order.
fn total_samples(examination: &Examination, origin_sample: u64) -> Option<u64> {
    let last = examination.history.parts.last().filter(|part| part.is_whole())?;
    last.closed.as_ref()?.end_sample.checked_sub(origin_sample)
}

struct Recording {
    writer: Option<RecordingWriter>,
    origin_sample: u64,
}

impl AudioSink for Recording {
    fn begin(&mut self, first: &PartOpened) -> Result<()> {
        self.origin_sample = first.start_sample;
        self.writer = Some(RecordingWriter::new(first.ogg_serial, first.pre_skip_samples)?);
        Ok(())
    }

    fn take(&mut self, part: &PartOpened, segment: &SegmentRecord, audio: SegmentAudio) -> Result<()> {
        let Some(writer) = &mut self.writer else { return Ok(()) };
        let sample = segment.opened.start_sample.saturating_sub(self.origin_sample);
        writer.fill_to(sample, part.pre_skip_samples)?;
        audio.packets.into_iter().try_for_each(|packet| writer.push_packet(packet))
    }
}
