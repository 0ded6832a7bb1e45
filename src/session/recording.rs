//! The recording of one call while it runs: hold-back ring, redaction, and what leaves for the encoder.
//!
//! Owns the single gate between captured audio and the encoder ([`Recording::release`]). It exists only after a yes.
//! Must never hand out a frame that was not cleared and redacted.

use crate::audio::channels::Channels;
use crate::audio::clock::{GapReason, Placed};
use crate::audio::hold_back::HoldBack;
use crate::audio::{BLOCK_LENGTH_SAMPLES, Now, samples_of_ms};
use crate::config::ValidConfig;
use crate::evidence::{LedgerChunkEvidence, SegmentEvidence};
use crate::ledger::{
    self, ENCODER_REACH_SAMPLES, EntryBody, ExposureFound, Gap, LedgerSigner, Outcome, RedactionSpan,
};
use crate::names::{CallId, ObjectName};
use crate::redact::exposure;
use crate::redact::other_side::OtherSide;
use crate::redact::span::Redactor;
use crate::seal::SIGNATURE_BYTES;
use crate::session::Action;
use crate::session::continuing::{Continuation, Earlier};
use crate::session::recorder::Recorder;
use crate::session::report::ReportedObject;
use crate::store::spool::SpoolOperation;
use crate::{Error, ErrorKind, Result};

/// Ring beyond the hold-back, milliseconds: room for a block of any length while it is being admitted.
const RING_SLACK_MS: u64 = 1_000;

/// The encoder must have given out its last packet this long after its last frame, milliseconds: it holds 10 s of
/// audio at most then, which a slow machine encodes in one.
pub const ENCODER_DRAINS_WITHIN_MS: f64 = 15_000.0;

/// What happens is written to the spool as it happens, but not more often than this, milliseconds: a page that makes many
/// events must not make as many objects.
const LEDGER_WRITTEN_EVERY_MS: f64 = 250.0;

/// What of the call a recording keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// What everybody says.
    Call,
    /// What the agent says; the other channel is silence.
    AgentSide,
}

/// What a recording starts with.
#[derive(Debug)]
pub struct Start<'a> {
    /// The call.
    pub call_id: &'a CallId,
    /// The configuration.
    pub config: &'a ValidConfig,
    /// Timeline sample of the recording's first sample.
    pub origin_sample: u64,
    /// Number of the Ogg stream.
    pub serial: u32,
    /// Entries of the first ledger chunk, with the time each was noted, milliseconds since 1970-01-01 UTC.
    pub entries: Vec<(u64, EntryBody)>,
    /// Who signs the ledger, if anyone does.
    pub signer: Option<LedgerSigner>,
    /// What of the call is kept.
    pub kept: Kept,
    /// What an earlier engine has left of the call, if it goes on. It has a signer of its own.
    pub continues: Option<Continuation>,
}

#[derive(Debug, Clone, Copy)]
struct Stop {
    sample: u64,
    deadline_ms: f64,
    outcome: Outcome,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Running,
    /// Everything admitted was given to the encoder.
    Drained,
    /// The last object was handed to the spool.
    Finished,
    /// A fault ended it: no object follows.
    Broken,
}

/// A recording that runs.
#[derive(Debug)]
pub struct Recording {
    /// First sample of the call's first part.
    first_sample: u64,
    origin_sample: u64,
    /// Why there is no audio before the first block.
    begins_with: GapReason,
    hold_back: HoldBack,
    hold_back_samples: u64,
    look_back_samples: u64,
    recorder: Recorder,
    ledger_written_ms: f64,
    frames: u64,
    last_frame_redacted: bool,
    total_samples: u64,
    stop: Option<Stop>,
    drained_at_ms: Option<f64>,
    state: State,
    spans: Vec<RedactionSpan>,
    gaps: Vec<Gap>,
    /// Only the agent's side is kept: this keeps the other one out.
    other_side: Option<OtherSide>,
}

impl Recording {
    /// Starts a recording and returns the first operations on the spool.
    ///
    /// # Errors
    /// If the first ledger chunk cannot be made.
    pub fn start(start: Start<'_>, redactor: &mut Redactor, now: Now) -> Result<(Self, Vec<SpoolOperation>)> {
        let hold_back_ms = u64::from(start.config.config.hold_back_ms);
        let capacity = samples_of_ms(hold_back_ms.saturating_add(RING_SLACK_MS));
        let capacity = usize::try_from(capacity).map_err(|_| {
            Error::new(ErrorKind::LimitExceeded, "The hold-back ring does not fit into memory.")
        })?;
        let packets_per_segment = samples_of_ms(start.config.config.segment_ms.into()) / BLOCK_LENGTH_SAMPLES;
        let mut recorder = Recorder::new(
            *start.call_id,
            start.config.recipients.clone(),
            start.origin_sample,
            start.serial,
            packets_per_segment,
            start.signer,
        );
        let (mut earlier, mut begins_with) = (Earlier::default(), GapReason::Suspended);
        if let Some(mut continues) = start.continues {
            earlier = continues.earlier;
            begins_with = GapReason::EngineRestarted;
            recorder = recorder.behind(continues.ledger, continues.part, &earlier);
            continues.resumed.sample = start.origin_sample;
            continues.first.push(EntryBody::CallResumed(continues.resumed));
            continues.first.into_iter().for_each(|entry| recorder.note(now.unix_ms, entry));
        }
        for (at_ms, entry) in start.entries {
            recorder.note(at_ms, entry);
        }
        if let Some(hole) = earlier.hole_before(start.origin_sample) {
            recorder.note(now.unix_ms, EntryBody::Gap(hole.clone()));
            earlier.gaps.push(hole);
        }
        let operations = recorder.write_chunk()?;
        let recording = Self {
            first_sample: earlier.first_sample.unwrap_or(start.origin_sample),
            begins_with,
            origin_sample: start.origin_sample,
            hold_back: HoldBack::new(capacity, start.origin_sample),
            hold_back_samples: samples_of_ms(hold_back_ms),
            look_back_samples: start.config.rules.greatest_look_back_samples(),
            recorder,
            ledger_written_ms: f64::NEG_INFINITY,
            frames: 0,
            last_frame_redacted: false,
            total_samples: 0,
            stop: None,
            drained_at_ms: None,
            state: State::Running,
            spans: earlier.spans,
            gaps: earlier.gaps,
            other_side: (start.kept == Kept::AgentSide)
                .then(|| OtherSide::new(start.origin_sample, redactor, now.unix_ms)),
        };
        Ok((recording, operations))
    }

    /// Timeline sample of the call's first sample, in whichever part that is.
    #[must_use]
    pub const fn first_sample(&self) -> u64 {
        self.first_sample
    }

    /// Timeline sample of this part's first sample.
    #[must_use]
    pub const fn origin_sample(&self) -> u64 {
        self.origin_sample
    }

    /// Length of the recording so far, samples: from its first part on, with the silence between parts.
    #[must_use]
    pub const fn length_samples(&self) -> u64 {
        self.origin_sample.saturating_add(self.total_samples).saturating_sub(self.first_sample)
    }

    /// Length of the recording if it ended at `head`.
    #[must_use]
    pub fn length_at(&self, head: u64) -> u64 {
        let end = self.stop.map_or(head, |stop| stop.sample.min(head));
        end.saturating_sub(self.first_sample)
    }

    /// Oldest sample that can still be cut out.
    #[must_use]
    pub const fn held_from(&self) -> u64 {
        self.hold_back.start_sample()
    }

    /// What was given to the encoder from `from_sample` to before `to_sample` and is not cut out on all of these channels, nor
    /// named as exposed before.
    #[must_use]
    pub fn encoded_clear(
        &self,
        from_sample: u64,
        to_sample: u64,
        channels: Channels,
        redactor: &Redactor,
    ) -> Vec<(u64, u64)> {
        let encoded_until = self.origin_sample.saturating_add(self.total_samples);
        let whole = (from_sample.max(self.origin_sample), to_sample.min(encoded_until));
        let silent = self.spans.iter().chain(redactor.spans());
        let silent = silent.filter(|span| span.channels.unwrap_or_default().cover(channels));
        let silent = silent.map(|span| (span.from_sample, span.to_sample));
        let known = self.recorder.exposures().iter().map(|found| (found.from_sample, found.to_sample));
        let gaps = self.gaps.iter().map(|gap| (gap.from_sample, gap.to_sample));
        exposure::without(whole, silent.chain(known).chain(gaps))
    }

    /// A stretch that was given to the encoder should not have been: no segment that begins behind it holds any of it.
    pub fn expose(&mut self, found: ExposureFound) {
        self.recorder.cut_before(self.frames.saturating_add(ENCODER_REACH_SAMPLES / BLOCK_LENGTH_SAMPLES));
        self.recorder.expose(found);
    }

    /// Envelopes that are to be destroyed since the last call.
    pub fn take_keyless(&mut self) -> Vec<String> {
        self.recorder.take_keyless()
    }

    /// Stretches that were encoded and should not have been.
    #[must_use]
    pub fn exposures(&self) -> &[ExposureFound] {
        self.recorder.exposures()
    }

    /// Complete spans.
    #[must_use]
    pub fn spans(&self) -> &[RedactionSpan] {
        &self.spans
    }

    /// Gaps.
    #[must_use]
    pub fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    /// Objects made.
    #[must_use]
    pub fn objects(&self) -> &[ReportedObject] {
        self.recorder.objects()
    }

    /// Segments sealed so far.
    #[must_use]
    pub fn segments(&self) -> &[SegmentEvidence] {
        self.recorder.segments()
    }

    /// Hash of the ledger's last entry.
    #[must_use]
    pub fn ledger_head(&self) -> &str {
        self.recorder.ledger().head()
    }

    /// Entries in the ledger.
    #[must_use]
    pub const fn ledger_entries(&self) -> u64 {
        self.recorder.ledger().next_seq()
    }

    /// The ledger's chunks.
    #[must_use]
    pub fn ledger_chunks(&self) -> Vec<LedgerChunkEvidence> {
        let chunks = self.objects().iter().filter_map(|object| {
            let name = ObjectName::parse(&object.name).ok()?;
            matches!(name, ObjectName::LedgerChunk { .. }).then(|| LedgerChunkEvidence {
                object: name,
                sha256: object.sha256.clone(),
                content: None,
            })
        });
        chunks.collect()
    }

    /// Certificates of the one who signs for this call; empty without any.
    #[must_use]
    pub fn certificates(&self) -> Vec<String> {
        self.recorder.ledger().certificates()
    }

    /// ES256 by the one who signs for this call.
    #[must_use]
    pub fn sign(&self, bytes: &[u8]) -> Option<[u8; SIGNATURE_BYTES]> {
        self.recorder.ledger().sign(bytes)
    }

    /// An object of the call that was made of it.
    pub fn add_object(&mut self, object: ReportedObject) {
        self.recorder.add_object(object);
    }

    /// Whether its end is decided.
    #[must_use]
    pub const fn stopping(&self) -> bool {
        self.stop.is_some()
    }

    /// Whether nothing more goes to the encoder.
    #[must_use]
    pub fn drained(&self) -> bool {
        self.state != State::Running
    }

    /// Whether the encoder was given everything and has not given out all of it in [`ENCODER_DRAINS_WITHIN_MS`].
    #[must_use]
    pub fn encoder_hangs(&self, now: Now) -> bool {
        self.state == State::Drained
            && self.drained_at_ms.is_some_and(|at_ms| now.monotonic_ms - at_ms > ENCODER_DRAINS_WITHIN_MS)
    }

    /// Whether nothing more follows at all.
    #[must_use]
    pub fn finished(&self) -> bool {
        matches!(self.state, State::Finished | State::Broken)
    }

    /// The end that was decided and the latest time to drain, while it is not drained.
    #[must_use]
    pub fn stop_due(&self) -> Option<(u64, f64)> {
        let stop = self.stop?;
        (self.state == State::Running).then_some((stop.sample, stop.deadline_ms))
    }

    /// Decides the end. The earliest decision stands.
    pub fn stop(&mut self, sample: u64, outcome: Outcome, deadline_ms: f64) {
        if self.stop.is_none() {
            self.stop = Some(Stop { sample: sample.max(self.origin_sample), deadline_ms, outcome });
        }
    }

    /// Puts an entry into the ledger, while there is one to write.
    pub fn note(&mut self, entry: EntryBody, now: Now) {
        if !self.finished() {
            self.recorder.note(now.unix_ms, entry);
        }
    }

    /// Writes what was noted as a chunk of the ledger, without waiting for the next segment.
    ///
    /// # Errors
    /// If an entry cannot be written.
    pub fn write_ledger(&mut self, now: Now) -> Result<Vec<SpoolOperation>> {
        if self.finished() {
            return Ok(Vec::new());
        }
        self.ledger_written_ms = now.monotonic_ms;
        self.recorder.write_chunk()
    }

    /// The same, if something was noted that a crash must not take away.
    ///
    /// # Errors
    /// If an entry cannot be written.
    pub fn write_urgent(&mut self, now: Now) -> Result<Vec<SpoolOperation>> {
        let is_due = now.monotonic_ms - self.ledger_written_ms >= LEDGER_WRITTEN_EVERY_MS;
        if self.recorder.is_urgent() && is_due { self.write_ledger(now) } else { Ok(Vec::new()) }
    }

    /// Takes what the timeline continues with; `start` is its first sample. What lies before the recording's first
    /// sample is not taken.
    ///
    /// # Errors
    /// If the ring refuses it, which would be a defect.
    pub fn admit(
        &mut self,
        start: u64,
        placed: &Placed,
        redactor: &mut Redactor,
        cleared_until: Option<u64>,
        now: Now,
        actions: &mut Vec<Action>,
    ) -> Result<()> {
        if self.state != State::Running {
            return Ok(());
        }
        // A recording may begin before its first block: the ring's samples are the timeline's, without a hole.
        let expected = self.hold_back.start_sample().saturating_add(self.hold_back.len() as u64);
        if start > expected {
            let missing = Placed::Gap { samples: start.saturating_sub(expected), reason: self.begins_with };
            self.admit(expected, &missing, redactor, cleared_until, now, actions)?;
        }
        match placed {
            Placed::Audio { left, right } => {
                let early = self.origin_sample.saturating_sub(start);
                let early = usize::try_from(early).unwrap_or(usize::MAX).min(left.len());
                // After the end was decided the ring still takes what belongs before it.
                let room = self.stop.map_or(u64::MAX, |stop| stop.sample.saturating_sub(start));
                let length = usize::try_from(room).unwrap_or(usize::MAX).min(left.len()).max(early);
                if let (Some(left), Some(right)) = (left.get(early..length), right.get(early..length)) {
                    let first = start.saturating_add(early as u64);
                    match &mut self.other_side {
                        None => self.hold_back.push(left, right)?,
                        Some(other_side) => {
                            other_side.listen(first, right, redactor, now.unix_ms);
                            self.hold_back.push(left, &vec![0.0; left.len()])?;
                        }
                    }
                }
                self.release(self.hold_back_samples, redactor, cleared_until, now, actions);
            }
            Placed::Gap { samples, reason } => {
                let to_sample = start.saturating_add(*samples);
                let to_sample = self.stop.map_or(to_sample, |stop| to_sample.min(stop.sample));
                let start = start.max(self.origin_sample);
                if let Some(other_side) = &mut self.other_side {
                    other_side.gap(start, to_sample, redactor, now.unix_ms);
                }
                self.note_gap(Gap { from_sample: start, to_sample, reason: reason.as_str().to_owned() }, now);
                let mut left_over = to_sample.saturating_sub(start);
                while left_over > 0 {
                    let length = left_over.min(BLOCK_LENGTH_SAMPLES);
                    self.hold_back.push_silence(usize::try_from(length).unwrap_or(0))?;
                    left_over = left_over.saturating_sub(length);
                    self.release(self.hold_back_samples, redactor, cleared_until, now, actions);
                }
            }
        }
        Ok(())
    }

    fn note_gap(&mut self, gap: Gap, now: Now) {
        if gap.from_sample >= gap.to_sample {
            return;
        }
        self.recorder.note(now.unix_ms, EntryBody::Gap(gap.clone()));
        self.gaps.push(gap);
    }

    /// The gate: frames older than `keep` samples leave the ring, redacted. A frame nobody vouched for leaves as
    /// silence.
    fn release(
        &mut self,
        keep: u64,
        redactor: &mut Redactor,
        cleared_until: Option<u64>,
        now: Now,
        actions: &mut Vec<Action>,
    ) {
        loop {
            let held = self.hold_back.len() as u64;
            let whole = held >= keep.saturating_add(BLOCK_LENGTH_SAMPLES);
            if !(whole || keep == 0 && held > 0) {
                break;
            }
            let Some(mut frame) = self.hold_back.pop() else { break };
            let length = held.min(BLOCK_LENGTH_SAMPLES);
            let end = frame.start_sample.saturating_add(length);
            // While the call runs a span may still reach back over this frame: the time that could start one must be
            // vouched for too. At the end there is no such time left to wait for.
            let look_back = if keep == 0 { 0 } else { self.look_back_samples };
            let cleared = cleared_until.is_some_and(|until| end.saturating_add(look_back) <= until);
            let redacted = redactor.apply(&mut frame, length, cleared, now);
            if redacted != self.last_frame_redacted {
                self.recorder.cut_before(self.frames);
                self.last_frame_redacted = redacted;
            }
            actions.push(Action::Encode { frame: Box::new(frame), index: self.frames });
            self.frames = self.frames.saturating_add(1);
            self.total_samples = self.total_samples.saturating_add(length);
        }
        self.note_spans(redactor.take_complete(), now);
    }

    fn note_spans(&mut self, spans: Vec<RedactionSpan>, now: Now) {
        for span in spans {
            self.recorder.note(now.unix_ms, EntryBody::RedactionSpan(span.clone()));
            self.spans.push(span);
        }
    }

    /// Empties the ring at the decided end by the same rules.
    pub fn drain(
        &mut self,
        redactor: &mut Redactor,
        cleared_until: Option<u64>,
        now: Now,
        actions: &mut Vec<Action>,
    ) {
        if let Some(stop) = self.stop {
            self.hold_back.truncate(stop.sample);
        }
        self.release(0, redactor, cleared_until, now, actions);
        // A closed call may wait long for the store: its ring must not.
        self.hold_back.wipe();
        self.state = State::Drained;
        self.drained_at_ms = Some(now.monotonic_ms);
    }

    /// Takes an encoded packet.
    ///
    /// # Errors
    /// If it cannot be sealed.
    pub fn packet(&mut self, bytes: &[u8], pre_skip_samples: u16, now: Now) -> Result<Vec<SpoolOperation>> {
        if self.finished() {
            return Ok(Vec::new());
        }
        self.recorder.push_packet(bytes, pre_skip_samples, now.unix_ms)
    }

    /// The encoder has given out everything: closes the part and the ledger.
    ///
    /// # Errors
    /// If the last objects cannot be sealed.
    pub fn finish(&mut self, redactor: &mut Redactor, now: Now) -> Result<Vec<SpoolOperation>> {
        if self.state != State::Drained {
            return Ok(Vec::new());
        }
        self.state = State::Finished;
        let outcome = self.stop.map_or(Outcome::Recorded, |stop| stop.outcome);
        self.close(self.total_samples, outcome, redactor, now)
    }

    /// Nobody agreed: closes a ledger that has no audio.
    ///
    /// # Errors
    /// If an entry cannot be written.
    pub fn close_without_audio(
        &mut self,
        outcome: Outcome,
        redactor: &mut Redactor,
        now: Now,
    ) -> Result<Vec<SpoolOperation>> {
        self.hold_back.wipe();
        self.state = State::Finished;
        self.close(0, outcome, redactor, now)
    }

    /// A fault: throws away what is held and closes with what was encoded.
    ///
    /// # Errors
    /// If the last objects cannot be sealed.
    pub fn abandon(&mut self, redactor: &mut Redactor, now: Now) -> Result<Vec<SpoolOperation>> {
        if self.finished() {
            return Ok(Vec::new());
        }
        self.break_off();
        let encoded = self.recorder.packets().saturating_mul(BLOCK_LENGTH_SAMPLES);
        self.total_samples = encoded.min(self.total_samples);
        self.close(self.total_samples, Outcome::Failed, redactor, now)
    }

    /// Stops for good without writing anything more.
    pub fn break_off(&mut self) {
        self.hold_back.wipe();
        self.state = State::Broken;
    }

    fn close(
        &mut self,
        total_samples: u64,
        outcome: Outcome,
        redactor: &mut Redactor,
        now: Now,
    ) -> Result<Vec<SpoolOperation>> {
        let end_sample = self.origin_sample.saturating_add(total_samples);
        let spans = redactor.close(end_sample);
        self.note_spans(spans, now);
        self.recorder.finish(total_samples, now.unix_ms, |recorder, segments| {
            if segments > 0 {
                let closed = ledger::PartClosed { part: recorder.part(), end_sample, segments, cut: false };
                recorder.note(now.unix_ms, EntryBody::PartClosed(closed));
            }
            let entries = recorder.entries_with_one_more();
            recorder.note(
                now.unix_ms,
                EntryBody::CallClosed(ledger::CallClosed { outcome, end_sample, entries }),
            );
        })
    }
}
