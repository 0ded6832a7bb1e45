//! Redaction spans: which samples are cut out, and why.
//!
//! Owns the arithmetic from "a field was in use then" to "these samples are zero", and the spans as evidence. A frame
//! that passes through [`Redactor::apply`] has exact zeros wherever a span lies. Must never lengthen or shorten audio.

use crate::audio::hold_back::Frame;
use crate::ledger::RedactionSpan;
use crate::redact::clearance::Cause;
use crate::redact::keys;
use crate::redact::other_side::OTHER_SIDE;

/// Trigger of audio nobody vouched for.
pub const NO_CLEARANCE: &str = "no_clearance";

/// Trigger of audio that is cut out because more was reported than is kept account of.
pub const CROWDED: &str = "crowded";

/// Spans that may be open or undecided at once: what a desk reports within a hold-back is a few. A page that reports more
/// must not make the engine hoard memory; everything is cut out from then on.
pub const MOST_CANDIDATES: usize = 1_024;

/// Context of that span: no page can name it, so nothing ends it.
const CROWD_CONTEXT: &str = "callseal:crowd";

#[derive(Debug)]
struct Candidate {
    context_id: String,
    span: RedactionSpan,
    /// Whether the end is known; until then the span reaches to the end of time.
    ended: bool,
}

/// The spans of one call, open and complete.
#[derive(Debug, Default)]
pub struct Redactor {
    candidates: Vec<Candidate>,
    complete: Vec<RedactionSpan>,
}

impl Redactor {
    /// A sensitive field came into use: cuts out from `from_sample` until [`Redactor::end`]. Several spans of one
    /// context may be open only if their causes differ; the same cause is one span. Returns false if there is no room:
    /// then everything from `from_sample` on is cut out.
    pub fn begin(&mut self, context_id: &str, cause: &Cause, from_sample: u64, decided_at_ms: u64) -> bool {
        let same = self.candidates.iter_mut().find(|candidate| {
            !candidate.ended && candidate.context_id == context_id && candidate.span.class == cause.class
        });
        if let Some(candidate) = same {
            candidate.span.from_sample = candidate.span.from_sample.min(from_sample);
            return true;
        }
        let crowd = self.candidates.iter_mut().find(|candidate| candidate.context_id == CROWD_CONTEXT);
        if let Some(crowd) = crowd {
            crowd.span.from_sample = crowd.span.from_sample.min(from_sample);
            return false;
        }
        let room = self.candidates.len() < MOST_CANDIDATES;
        let (context_id, trigger, class, actor) = if room {
            // A field is in use at the agent's desk; who keyed digits is not known.
            let nobody = [keys::TRIGGER, OTHER_SIDE].contains(&cause.trigger.as_str());
            let actor = (!nobody).then_some(0);
            (context_id, cause.trigger.as_str(), cause.class.as_str(), actor)
        } else {
            (CROWD_CONTEXT, CROWDED, "unknown", None)
        };
        self.candidates.push(Candidate {
            context_id: context_id.to_owned(),
            span: RedactionSpan {
                from_sample,
                to_sample: u64::MAX,
                trigger: trigger.to_owned(),
                class: class.to_owned(),
                actor,
                decided_at_ms,
            },
            ended: false,
        });
        room
    }

    /// Nothing before `sample` is going to be kept: forgets what was to be cut out of it.
    pub fn forget_before(&mut self, sample: u64) {
        self.candidates.retain(|candidate| !candidate.ended || candidate.span.to_sample > sample);
    }

    /// The field is no longer in use: ends every open span of the context at `to_sample`.
    pub fn end(&mut self, context_id: &str, to_sample: u64) {
        for candidate in &mut self.candidates {
            if !candidate.ended && candidate.context_id == context_id {
                candidate.ended = true;
                candidate.span.to_sample = to_sample.max(candidate.span.from_sample);
            }
        }
    }

    /// The recording begins at `origin_sample`: nothing before it can be cut out.
    pub fn begin_at(&mut self, origin_sample: u64) {
        self.candidates.retain(|candidate| candidate.span.to_sample > origin_sample);
        for candidate in &mut self.candidates {
            candidate.span.from_sample = candidate.span.from_sample.max(origin_sample);
        }
        self.complete.clear();
    }

    /// The spans that are not complete yet, as far as they are known.
    pub fn spans(&self) -> impl Iterator<Item = &RedactionSpan> {
        self.candidates.iter().map(|candidate| &candidate.span)
    }

    /// Whether anything from `from_sample` to before `to_sample` is going to be cut out, as far as is known now.
    #[must_use]
    pub fn touches(&self, from_sample: u64, to_sample: u64) -> bool {
        let mut spans = self.candidates.iter().map(|candidate| &candidate.span).chain(&self.complete);
        spans.any(|span| span.from_sample < to_sample && from_sample < span.to_sample)
    }

    /// The class of the span that covers `sample`, for the panel: that somebody speaks who is not recorded is none.
    #[must_use]
    pub fn class_at(&self, sample: u64) -> Option<&str> {
        self.candidates
            .iter()
            .map(|candidate| &candidate.span)
            .filter(|span| span.trigger != OTHER_SIDE)
            .find(|span| span.from_sample <= sample && sample < span.to_sample)
            .map(|span| span.class.as_str())
    }

    /// Zeroes what lies in a span, or the whole frame if it was not cleared. Returns whether any of it was.
    /// Frames must come in order.
    pub fn apply(&mut self, frame: &mut Frame, length: u64, cleared: bool, decided_at_ms: u64) -> bool {
        let from = frame.start_sample;
        let to = from.saturating_add(length);
        if !cleared {
            self.extend_uncleared(from, to, decided_at_ms);
        }
        let mut redacted = false;
        for candidate in &self.candidates {
            let first = candidate.span.from_sample.max(from).saturating_sub(from);
            let last = candidate.span.to_sample.min(to).saturating_sub(from);
            if first >= last {
                continue;
            }
            // That the other side speaks cuts no segment: the objects would tell when who said no has spoken.
            redacted |= candidate.span.trigger != OTHER_SIDE;
            for channel in [&mut frame.left, &mut frame.right] {
                for (_, sample) in
                    (0_u64..).zip(channel.iter_mut()).filter(|(at, _)| (first..last).contains(at))
                {
                    *sample = 0.0;
                }
            }
        }
        self.settle(to);
        redacted
    }

    fn extend_uncleared(&mut self, from: u64, to: u64, decided_at_ms: u64) {
        let last = self
            .candidates
            .iter_mut()
            .find(|candidate| candidate.span.trigger == NO_CLEARANCE && candidate.span.to_sample == from);
        if let Some(candidate) = last {
            candidate.span.to_sample = to;
            return;
        }
        self.candidates.push(Candidate {
            context_id: String::new(),
            span: RedactionSpan {
                from_sample: from,
                to_sample: to,
                trigger: NO_CLEARANCE.to_owned(),
                class: "unknown".to_owned(),
                actor: None,
                decided_at_ms,
            },
            ended: true,
        });
    }

    /// Moves the spans that lie wholly before `sample` to the complete ones.
    fn settle(&mut self, sample: u64) {
        let (done, open): (Vec<_>, Vec<_>) = core::mem::take(&mut self.candidates)
            .into_iter()
            .partition(|candidate| candidate.ended && candidate.span.to_sample < sample);
        self.candidates = open;
        self.complete.extend(done.into_iter().map(|candidate| candidate.span));
    }

    /// Spans that became complete since the last call, in order of their start.
    pub fn take_complete(&mut self) -> Vec<RedactionSpan> {
        let mut complete = core::mem::take(&mut self.complete);
        complete.sort_by_key(|span| span.from_sample);
        complete
    }

    /// Ends everything at the recording's end and returns what was not yet taken, clipped to the recording.
    pub fn close(&mut self, end_sample: u64) -> Vec<RedactionSpan> {
        for candidate in &mut self.candidates {
            candidate.ended = true;
            candidate.span.to_sample = candidate.span.to_sample.min(end_sample);
        }
        let spans = core::mem::take(&mut self.candidates).into_iter().map(|candidate| candidate.span);
        self.complete.extend(spans.filter(|span| span.from_sample < span.to_sample));
        self.take_complete()
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small numbers of the test")]
mod tests {
    use super::*;
    use crate::audio::{BLOCK_LENGTH_SAMPLES, BLOCK_SAMPLES};
    use proptest::prelude::*;

    fn cause() -> Cause {
        Cause { trigger: "field_focus".into(), class: "card_number".into() }
    }

    fn frame(start_sample: u64) -> Frame {
        Frame { start_sample, left: [0.5; BLOCK_SAMPLES], right: [-0.5; BLOCK_SAMPLES] }
    }

    #[test]
    fn audio_nobody_vouched_for_is_one_span_of_zeros() {
        let mut redactor = Redactor::default();
        for index in 0..3 {
            let mut frame = frame(index * BLOCK_LENGTH_SAMPLES);
            assert!(redactor.apply(&mut frame, BLOCK_LENGTH_SAMPLES, false, 1));
            assert!(frame.left.iter().chain(&frame.right).all(|sample| *sample == 0.0));
        }
        let spans = redactor.close(10_000);
        assert_eq!(spans.len(), 1);
        assert_eq!((spans[0].from_sample, spans[0].to_sample), (0, 2_880));
        assert_eq!(spans[0].trigger, NO_CLEARANCE);
    }

    #[test]
    fn a_span_without_an_end_cuts_to_the_end_of_the_recording() {
        let mut redactor = Redactor::default();
        redactor.begin("page", &cause(), 100, 1);
        let mut first = frame(0);
        redactor.apply(&mut first, BLOCK_LENGTH_SAMPLES, true, 1);
        assert_eq!(first.left.iter().filter(|sample| **sample != 0.0).count(), 100);
        assert_eq!(redactor.close(960)[0].to_sample, 960);
    }

    #[test]
    fn more_spans_than_there_is_room_for_cut_out_everything_and_no_page_ends_that() {
        let mut redactor = Redactor::default();
        for index in 0..10 * MOST_CANDIDATES as u64 {
            let context = format!("context-{index}");
            assert_eq!(redactor.begin(&context, &cause(), 100 + index, 1), index < MOST_CANDIDATES as u64);
            redactor.end(&context, 101 + index);
        }
        assert!(redactor.candidates.len() <= MOST_CANDIDATES + 1);
        let first_without_room = 100 + MOST_CANDIDATES as u64;
        let mut frame = frame(first_without_room);
        redactor.apply(&mut frame, BLOCK_LENGTH_SAMPLES, true, 1);
        assert!(frame.left.iter().chain(&frame.right).all(|sample| *sample == 0.0));
        assert_eq!(redactor.close(1_000_000).last().unwrap().trigger, CROWDED);
    }

    #[test]
    fn only_what_ended_before_anything_that_may_be_kept_is_forgotten() {
        let mut redactor = Redactor::default();
        redactor.begin("ended", &cause(), 0, 1);
        redactor.end("ended", 500);
        redactor.begin("open", &cause(), 0, 1);
        redactor.begin("later", &cause(), 0, 1);
        redactor.end("later", 501);
        redactor.forget_before(500);
        assert_eq!(redactor.candidates.len(), 2);
    }

    proptest! {
        #[test]
        fn samples_are_zero_exactly_inside_the_spans(
            spans in proptest::collection::vec((0_u64..20_000, 0_u64..6_000), 0..6),
        ) {
            let mut redactor = Redactor::default();
            for (index, (from, length)) in spans.iter().enumerate() {
                let context = format!("context-{index}");
                redactor.begin(&context, &cause(), *from, 1);
                redactor.end(&context, from + length);
            }
            for start in (0..28_800).step_by(BLOCK_SAMPLES) {
                let mut frame = frame(start);
                redactor.apply(&mut frame, BLOCK_LENGTH_SAMPLES, true, 1);
                for (at, (left, right)) in (start..).zip(frame.left.iter().zip(&frame.right)) {
                    let inside = spans.iter().any(|(from, length)| (*from..from + length).contains(&at));
                    prop_assert_eq!(*left == 0.0, inside);
                    prop_assert_eq!(*right == 0.0, inside);
                }
            }
        }
    }
}
