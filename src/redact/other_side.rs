//! Keeps the other side out of a recording of the agent's side.
//!
//! The customer's channel becomes exact silence before anything else sees it. The agent's microphone may carry the customer
//! too, as an echo of the loudspeaker, so the agent's channel is cut out as well while the customer is heard and for as
//! long as an echo lasts. What both say at once is lost with it: withholding is safe.
//!
//! Owns when the other side counts as heard. Must never pass a sample of it on.

use crate::redact::clearance::Cause;
use crate::redact::span::Redactor;

/// Trigger of what is cut out because the other side was heard.
pub const OTHER_SIDE: &str = "other_side";

/// Context of the redactor; no page can name it.
const CONTEXT: &str = "callseal:other-side";

/// Root mean square of a block of 20 ms from which somebody counts as heard: -55 dBFS. Speech on a telephone line is at
/// -26 dBov on average (ITU-T P.56 as used by G.711 test plans) and at -45 where it is faint; comfort noise is below -60.
/// An echo is weaker than what it is of (ITU-T G.131 asks for 45 dB and more), so that of anything fainter is inaudible.
const HEARD_FROM_RMS: f64 = 0.001_778;

/// Samples before a heard block that are cut out: an onset is faint before it is heard, 100 ms.
const BEFORE_SAMPLES: u64 = 4_800;

/// Samples behind a heard block that are cut out: the way to the loudspeaker, the room and back into the microphone, 500 ms.
/// Capture and playback of a browser take up to 200 ms, a room's reverberation 300.
const AFTER_SAMPLES: u64 = 24_000;

/// Listens to the other side.
#[derive(Debug)]
pub struct OtherSide {
    heard_until: Option<u64>,
}

impl OtherSide {
    /// From `origin_sample` on. Somebody has just said no there: their echo may be on its way.
    pub fn new(origin_sample: u64, redactor: &mut Redactor, decided_at_ms: u64) -> Self {
        redactor.begin(CONTEXT, &cause(), origin_sample, decided_at_ms);
        Self { heard_until: Some(origin_sample) }
    }

    /// Nothing is known of what the other side says between these samples: that counts as heard.
    pub fn gap(&mut self, from_sample: u64, to_sample: u64, redactor: &mut Redactor, decided_at_ms: u64) {
        if from_sample >= to_sample {
            return;
        }
        if self.heard_until.is_none() {
            redactor.begin(CONTEXT, &cause(), from_sample, decided_at_ms);
        }
        self.heard_until = Some(to_sample);
    }

    /// Hears what the other side sends from `start_sample` on, and has the agent's channel cut out accordingly.
    pub fn listen(
        &mut self,
        start_sample: u64,
        samples: &[f32],
        redactor: &mut Redactor,
        decided_at_ms: u64,
    ) {
        let end_sample = start_sample.saturating_add(samples.len() as u64);
        if is_heard(samples) {
            if self.heard_until.is_none() {
                redactor.begin(CONTEXT, &cause(), start_sample.saturating_sub(BEFORE_SAMPLES), decided_at_ms);
            }
            self.heard_until = Some(end_sample);
        } else if let Some(heard_until) = self.heard_until {
            let over_at = heard_until.saturating_add(AFTER_SAMPLES);
            if end_sample >= over_at {
                redactor.end(CONTEXT, over_at);
                self.heard_until = None;
            }
        }
    }
}

fn cause() -> Cause {
    Cause { trigger: OTHER_SIDE.to_owned(), class: "not_agreed".to_owned() }
}

/// What is no number counts as heard.
fn is_heard(samples: &[f32]) -> bool {
    let energy: f64 = samples.iter().map(|sample| f64::from(*sample) * f64::from(*sample)).sum();
    #[allow(clippy::cast_precision_loss)] // a block's length
    let mean = energy / samples.len().max(1) as f64;
    mean.sqrt() >= HEARD_FROM_RMS || !mean.is_finite()
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small numbers of the test")]
mod tests {
    use super::*;
    use crate::audio::{BLOCK_LENGTH_SAMPLES, BLOCK_SAMPLES};

    fn spans_of(heard: &[bool]) -> Vec<(u64, u64)> {
        let mut redactor = Redactor::default();
        let mut other = OtherSide::new(0, &mut redactor, 1);
        for (index, loud) in (0_u64..).zip(heard) {
            let level = if *loud { 0.01 } else { 0.0005 };
            other.listen(index * BLOCK_LENGTH_SAMPLES, &[level; BLOCK_SAMPLES], &mut redactor, 1);
        }
        let spans = redactor.close(heard.len() as u64 * BLOCK_LENGTH_SAMPLES);
        spans.iter().map(|span| (span.from_sample, span.to_sample)).collect()
    }

    #[test]
    fn while_the_other_side_is_heard_and_for_as_long_as_an_echo_lasts_the_agents_side_is_cut_out() {
        let mut heard = vec![false; 200];
        heard[100..110].fill(true);
        let from = 100 * BLOCK_LENGTH_SAMPLES - BEFORE_SAMPLES;
        let to = 110 * BLOCK_LENGTH_SAMPLES + AFTER_SAMPLES;
        assert_eq!(spans_of(&heard), [(0, AFTER_SAMPLES), (from, to)]);
    }

    #[test]
    fn speech_with_short_pauses_is_one_span() {
        let heard: Vec<bool> = (0..300).map(|index| (50..200).contains(&index) && index % 20 < 5).collect();
        assert_eq!(spans_of(&heard).len(), 2, "the beginning, and the speech");
    }

    #[test]
    fn what_is_not_known_counts_as_heard() {
        let mut redactor = Redactor::default();
        let mut other = OtherSide::new(0, &mut redactor, 1);
        for index in 0..100 {
            other.listen(index * BLOCK_LENGTH_SAMPLES, &[0.0; BLOCK_SAMPLES], &mut redactor, 1);
        }
        other.gap(96_000, 144_000, &mut redactor, 1);
        for index in 150..250 {
            other.listen(index * BLOCK_LENGTH_SAMPLES, &[0.0; BLOCK_SAMPLES], &mut redactor, 1);
        }
        let spans: Vec<_> =
            redactor.close(240_000).iter().map(|span| (span.from_sample, span.to_sample)).collect();
        assert_eq!(spans, [(0, AFTER_SAMPLES), (96_000, 144_000 + AFTER_SAMPLES)]);
    }

    #[test]
    fn samples_that_are_no_numbers_count_as_heard() {
        assert!(is_heard(&[f32::NAN; 4]) && is_heard(&[f32::INFINITY; 4]));
        assert!(!is_heard(&[0.0; 4]) && !is_heard(&[]));
    }
}
