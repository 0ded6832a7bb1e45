//! Redaction spans: which samples are cut out, and why.
//!
//! Owns the arithmetic from "a field was in use then" to "these samples are zero", and the spans as evidence. A frame
//! that passes through [`Redactor::apply`] has exact zeros wherever a span lies. Must never lengthen or shorten audio.

use crate::audio::Now;
use crate::audio::channels::Channels;
use crate::audio::hold_back::Frame;
use crate::ledger::RedactionSpan;
use crate::redact::clearance::Cause;
use crate::redact::keys;
use crate::redact::other_side::OTHER_SIDE;
use crate::redact::rules::{SpanRules, Trigger, governs};

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
    channels: Channels,
    /// Whether the rules count for it; not for what the engine cuts out of its own.
    governed: bool,
    /// When it was demanded, by the monotonic clock.
    demanded_ms: Option<f64>,
    /// A frame of it has left as silence.
    confirmed: bool,
}

impl Candidate {
    fn covers(&self, sample: u64) -> bool {
        self.span.from_sample <= sample && sample < self.span.to_sample
    }

    /// Lengthens this span over what lies between it and a later one, if the two are near.
    fn reach_to(&mut self, later_from: u64, later: Channels, within: u64) {
        let to = self.span.to_sample;
        let is_near = later_from > to && later_from.saturating_sub(to) < within;
        if self.ended && self.governed && is_near && self.channels.meet(later) {
            self.span.to_sample = later_from;
        }
    }
}

/// What is cut out at one moment, all spans together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut<'a> {
    /// Where the earliest of its spans begins.
    pub from_sample: u64,
    /// Trigger of the span that was there first.
    pub trigger: &'a str,
    /// Class of that span.
    pub class: &'a str,
    /// Channels that are cut out.
    pub channels: Channels,
    /// Whether silence has left for the encoder in place of audio, on all of these channels.
    pub confirmed: bool,
    /// Whether any of it was demanded from outside of the engine.
    pub governed: bool,
}

/// The spans of one call, open and complete.
#[derive(Debug, Default)]
pub struct Redactor {
    rules: SpanRules,
    candidates: Vec<Candidate>,
    complete: Vec<RedactionSpan>,
}

impl Redactor {
    /// No spans yet, and these rules for those that come.
    #[must_use]
    pub fn new(rules: SpanRules) -> Self {
        Self { rules, ..Self::default() }
    }

    /// A sensitive field came into use: cuts out from `from_sample` until [`Redactor::end`]. Several spans of one
    /// context may be open only if their causes differ; the same cause is one span. Returns false if there is no room:
    /// then everything from `from_sample` on is cut out.
    pub fn begin(&mut self, context_id: &str, cause: &Cause, from_sample: u64, decided_at_ms: u64) -> bool {
        let channels = self.rules.channels(&cause.trigger);
        self.merge_up_to(from_sample, channels, &cause.trigger);
        let same = self.candidates.iter_mut().find(|candidate| {
            // One that cuts fewer channels stays as it is: part of it may have left already.
            let has_all = candidate.channels.cover(channels);
            has_all
                && !candidate.ended
                && candidate.context_id == context_id
                && candidate.span.class == cause.class
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
            // A field is in use at the agent's desk; who keyed digits is not known, and the host is nobody in the call.
            let nobody =
                [keys::TRIGGER, OTHER_SIDE, Trigger::HostApi.as_str()].contains(&cause.trigger.as_str());
            let actor = (!nobody).then_some(0);
            (context_id, cause.trigger.as_str(), cause.class.as_str(), actor)
        } else {
            (CROWD_CONTEXT, CROWDED, "unknown", None)
        };
        let channels = if room { channels } else { Channels::Both };
        self.candidates.push(Candidate {
            context_id: context_id.to_owned(),
            span: RedactionSpan {
                from_sample,
                to_sample: u64::MAX,
                trigger: trigger.to_owned(),
                class: class.to_owned(),
                actor,
                decided_at_ms,
                channels: Some(channels),
                latency_ms: None,
            },
            ended: false,
            channels,
            governed: governs(trigger),
            demanded_ms: None,
            confirmed: false,
        });
        room
    }

    /// When the open spans of a context were demanded, by the monotonic clock: their latency counts from there. The first
    /// word stands.
    pub fn demanded(&mut self, context_id: &str, at_ms: f64) {
        let open = self.candidates.iter_mut().filter(|one| !one.ended && one.context_id == context_id);
        for candidate in open {
            candidate.demanded_ms = candidate.demanded_ms.or(Some(at_ms));
        }
    }

    /// A span begins at `from_sample`: what lies between it and a span that ended shortly before is cut out too.
    fn merge_up_to(&mut self, from_sample: u64, channels: Channels, trigger: &str) {
        let within = self.rules.merge_within_samples;
        if within > 0 && governs(trigger) {
            for candidate in &mut self.candidates {
                candidate.reach_to(from_sample, channels, within);
            }
        }
    }

    /// The same for a span that has just ended, and those behind it.
    fn merge_from(&mut self, context_id: &str) {
        let within = self.rules.merge_within_samples;
        if within == 0 {
            return;
        }
        let governed = self.candidates.iter().filter(|one| one.governed);
        let begins: Vec<(u64, Channels)> = governed.map(|one| (one.span.from_sample, one.channels)).collect();
        for candidate in self.candidates.iter_mut().filter(|one| one.context_id == context_id) {
            for (from_sample, channels) in &begins {
                candidate.reach_to(*from_sample, *channels, within);
            }
        }
    }

    /// Nothing before `sample` is going to be kept: forgets what was to be cut out of it.
    pub fn forget_before(&mut self, sample: u64) {
        self.candidates.retain(|candidate| !candidate.ended || candidate.span.to_sample > sample);
    }

    /// The field is no longer in use: ends every open span of the context at `to_sample`.
    pub fn end(&mut self, context_id: &str, to_sample: u64) {
        let mut ended = false;
        for candidate in &mut self.candidates {
            if !candidate.ended && candidate.context_id == context_id {
                let least = if candidate.governed { self.rules.minimum_samples } else { 0 };
                candidate.ended = true;
                candidate.span.to_sample = to_sample.max(candidate.span.from_sample.saturating_add(least));
                ended = true;
            }
        }
        if ended {
            self.merge_from(context_id);
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

    /// What is cut out at `sample`, for the panel: that somebody speaks who is not recorded is no cut.
    #[must_use]
    pub fn cut_at(&self, sample: u64) -> Option<Cut<'_>> {
        let is_shown = |one: &&Candidate| one.covers(sample) && one.span.trigger != OTHER_SIDE;
        let shown = || self.candidates.iter().filter(is_shown);
        let first = shown().next()?;
        let channels = shown().fold(first.channels, |channels, one| channels.and(one.channels));
        Some(Cut {
            from_sample: shown().map(|one| one.span.from_sample).min()?,
            trigger: &first.span.trigger,
            class: &first.span.class,
            channels,
            confirmed: {
                let sides = shown().filter(|one| one.confirmed).map(|one| one.channels);
                sides.reduce(Channels::and).is_some_and(|sides| sides.cover(channels))
            },
            governed: shown().any(|one| one.governed),
        })
    }

    /// Zeroes what lies in a span, or the whole frame if it was not cleared. Returns whether any of it was.
    /// Frames must come in order. What has been through here is on its way to the encoder: that confirms the spans it lies
    /// in, and their latency is known.
    pub fn apply(&mut self, frame: &mut Frame, length: u64, cleared: bool, now: Now) -> bool {
        let from = frame.start_sample;
        let to = from.saturating_add(length);
        if !cleared {
            self.extend_uncleared(from, to, now.unix_ms);
        }
        let mut redacted = false;
        for candidate in &mut self.candidates {
            let first = candidate.span.from_sample.max(from).saturating_sub(from);
            let last = candidate.span.to_sample.min(to).saturating_sub(from);
            if first >= last {
                continue;
            }
            // That the other side speaks cuts no segment: the objects would tell when who said no has spoken.
            redacted |= candidate.span.trigger != OTHER_SIDE;
            if candidate.channels.has_agent() {
                silence(&mut frame.left, first, last);
            }
            if candidate.channels.has_customer() {
                silence(&mut frame.right, first, last);
            }
            if !core::mem::replace(&mut candidate.confirmed, true) {
                candidate.span.latency_ms = candidate.demanded_ms.map(|demanded_ms| {
                    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                    // a time that has passed
                    let latency_ms = (now.monotonic_ms - demanded_ms).max(0.0) as u64;
                    latency_ms
                });
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
                channels: Some(Channels::Both),
                latency_ms: None,
            },
            ended: true,
            channels: Channels::Both,
            governed: false,
            demanded_ms: None,
            confirmed: false,
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

fn silence(channel: &mut [f32], first: u64, last: u64) {
    let first = usize::try_from(first).unwrap_or(usize::MAX).min(channel.len());
    let last = usize::try_from(last).unwrap_or(usize::MAX).min(channel.len());
    if let Some(samples) = channel.get_mut(first..last) {
        samples.fill(0.0);
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small numbers of the test")]
mod tests {
    use super::*;
    use crate::audio::{BLOCK_LENGTH_SAMPLES, BLOCK_SAMPLES};
    use proptest::prelude::*;

    const NOW: Now = Now { monotonic_ms: 9_000.0, unix_ms: 1 };

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
            assert!(redactor.apply(&mut frame, BLOCK_LENGTH_SAMPLES, false, NOW));
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
        redactor.apply(&mut first, BLOCK_LENGTH_SAMPLES, true, NOW);
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
        redactor.apply(&mut frame, BLOCK_LENGTH_SAMPLES, true, NOW);
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

    /// Rules with a choice of channels for three triggers: 300 ms at least, merged within 500 ms.
    fn rules() -> SpanRules {
        let config = serde_json::json!({
            "minimumSpanMs": 300, "mergeWithinMs": 500, "channelsFor": {"manual": "agent", "page": "customer"},
        });
        let config: crate::redact::rules::RedactionConfig = serde_json::from_value(config).unwrap();
        config.validate(3_000, 500, 200).unwrap().spans
    }

    fn cause_of(trigger: &str) -> Cause {
        Cause { trigger: trigger.into(), class: "card_number".into() }
    }

    #[test]
    fn several_causes_of_one_context_cut_the_channels_of_each() {
        let mut redactor = Redactor::new(rules());
        redactor.begin("page", &cause_of("manual"), 0, 1);
        assert_eq!(redactor.cut_at(5).unwrap().channels, Channels::Agent);
        redactor.apply(&mut frame(0), BLOCK_LENGTH_SAMPLES, true, NOW);
        redactor.begin("page", &cause_of("page"), 960, 1);
        redactor.begin("page", &cause_of("page"), 1_200, 1);
        assert_eq!(redactor.cut_at(1_000).unwrap().channels, Channels::Both);
        assert!(
            !redactor.cut_at(1_000).unwrap().confirmed,
            "of the customer's side nothing has left as silence"
        );
        let mut second = frame(960);
        redactor.apply(&mut second, BLOCK_LENGTH_SAMPLES, true, NOW);
        assert!(second.left.iter().chain(&second.right).all(|sample| *sample == 0.0));
        let told: Vec<_> =
            redactor.close(1_920).iter().map(|span| (span.from_sample, span.channels)).collect();
        assert_eq!(told, [(0, Some(Channels::Agent)), (960, Some(Channels::Customer))]);
    }

    #[test]
    fn what_the_engine_cuts_out_of_its_own_is_neither_lengthened_nor_merged() {
        let mut redactor = Redactor::new(rules());
        for (at, trigger) in [(0, keys::TRIGGER), (1_000, "party_joined"), (2_000, keys::TRIGGER)] {
            redactor.begin(trigger, &cause_of(trigger), at, 1);
            redactor.end(trigger, at + 10);
        }
        let spans = redactor.close(100_000);
        assert!(spans.iter().all(|span| span.to_sample == span.from_sample + 10), "{spans:?}");
    }

    #[test]
    fn a_cut_is_confirmed_and_its_latency_known_when_its_first_silence_has_passed() {
        let mut redactor = Redactor::default();
        redactor.begin("page", &cause(), 1_000, 1);
        redactor.demanded("page", 4_000.0);
        redactor.demanded("page", 5_000.0);
        redactor.apply(&mut frame(0), BLOCK_LENGTH_SAMPLES, true, NOW);
        assert!(!redactor.cut_at(1_000).unwrap().confirmed);
        redactor.apply(&mut frame(960), BLOCK_LENGTH_SAMPLES, true, NOW);
        assert!(redactor.cut_at(1_000).unwrap().confirmed);
        redactor.apply(
            &mut frame(1_920),
            BLOCK_LENGTH_SAMPLES,
            true,
            Now { monotonic_ms: 9_999.0, unix_ms: 1 },
        );
        assert_eq!(redactor.close(2_880)[0].latency_ms, Some(5_000));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Fields come into use and go out of it while audio leaves the ring 3 s later.
        #[test]
        fn no_sample_of_a_demanded_stretch_leaves_and_the_spans_tell_of_each_silent_one(
            uses in proptest::collection::vec((0_u64..240_000, 0_u64..60_000, 0_usize..4), 0..8),
        ) {
            const TRIGGERS: [&str; 4] = ["field_focus", "manual", "page", keys::TRIGGER];
            const HOLD_BACK: u64 = 144_000;
            const LOOK_BACK: u64 = 24_000;
            let rules = rules();
            let mut redactor = Redactor::new(rules);
            let demanded: Vec<(u64, u64, Channels)> = uses
                .iter()
                .map(|(from, length, trigger)| {
                    (from.saturating_sub(LOOK_BACK), from + length, rules.channels(TRIGGERS[*trigger]))
                })
                .collect();
            let (mut sides, mut done) = (Vec::new(), Vec::new());
            for now in (0..480_000).step_by(BLOCK_SAMPLES) {
                for (index, (from, length, trigger)) in uses.iter().enumerate() {
                    let context = format!("context-{index}");
                    if (now..now + BLOCK_LENGTH_SAMPLES).contains(from) {
                        redactor.begin(&context, &cause_of(TRIGGERS[*trigger]), demanded[index].0, 1);
                    }
                    if (now..now + BLOCK_LENGTH_SAMPLES).contains(&(from + length)) {
                        redactor.end(&context, demanded[index].1);
                    }
                }
                if now >= HOLD_BACK {
                    let mut frame = frame(now - HOLD_BACK);
                    redactor.apply(&mut frame, BLOCK_LENGTH_SAMPLES, true, NOW);
                    sides.extend(frame.left.into_iter().zip(frame.right));
                    done.extend(redactor.take_complete());
                }
            }
            done.extend(redactor.close(sides.len() as u64));
            for (at, (left, right)) in (0_u64..).zip(sides) {
                let asked = |channel: fn(Channels) -> bool| {
                    demanded.iter().any(|(from, to, channels)| (*from..*to).contains(&at) && channel(*channels))
                };
                let told = |channel: fn(Channels) -> bool| {
                    done.iter().any(|span| {
                        (span.from_sample..span.to_sample).contains(&at) && span.channels.is_some_and(channel)
                    })
                };
                prop_assert!(!asked(Channels::has_agent) || left == 0.0, "the agent at {}", at);
                prop_assert!(!asked(Channels::has_customer) || right == 0.0, "the customer at {}", at);
                prop_assert_eq!(left == 0.0, told(Channels::has_agent), "the agent at {}", at);
                prop_assert_eq!(right == 0.0, told(Channels::has_customer), "the customer at {}", at);
                // Beyond what was demanded: what is nearer to it than the rules say.
                let near = demanded.iter().any(|(from, to, _)| (*from..(*to).max(from + 14_400) + 24_000).contains(&at));
                prop_assert!(near || left != 0.0 && right != 0.0, "neither side at {}", at);
            }
        }
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
                redactor.apply(&mut frame, BLOCK_LENGTH_SAMPLES, true, NOW);
                for (at, (left, right)) in (start..).zip(frame.left.iter().zip(&frame.right)) {
                    let inside = spans.iter().any(|(from, length)| (*from..from + length).contains(&at));
                    prop_assert_eq!(*left == 0.0, inside);
                    prop_assert_eq!(*right == 0.0, inside);
                }
            }
        }
    }
}
