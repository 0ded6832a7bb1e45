//! Audio of the announcement and the answer, before it is known whether it may be kept.
//!
//! Owns it in memory only, for as long as the question is open: it is handed over on a lawful basis and overwritten
//! otherwise. Exists only where the law wants the announcement in the recording, or the company the answer. Must never
//! reach the encoder, the disk or the network by itself.

use crate::audio::clock::Placed;
use crate::audio::samples_of_ms;

/// Longest stretch that is kept back, milliseconds: two prompts and their answers. What takes longer is overwritten,
/// and the announcement has to be repeated in the recording.
pub const LONGEST_MS: u64 = 120_000;

/// What was captured since the announcement began.
#[derive(Default)]
pub struct PreConsent {
    /// Start sample on the timeline, and what follows it.
    pieces: Vec<(u64, Placed)>,
    filling: bool,
    /// Only so many samples are held, the last ones.
    window: Option<u64>,
}

impl core::fmt::Debug for PreConsent {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.debug_struct("PreConsent").field("pieces", &self.pieces.len()).finish_non_exhaustive()
    }
}

impl PreConsent {
    /// The announcement begins: whatever was here is overwritten, and audio is taken from now on.
    pub fn start(&mut self) {
        self.wipe();
        self.filling = true;
        self.window = None;
    }

    /// The answer may come: audio is taken from now on, and only the last `window` samples are held.
    pub fn start_answer(&mut self, window: u64) {
        self.start();
        self.window = Some(window);
    }

    /// Whether audio is taken.
    #[must_use]
    pub const fn is_filling(&self) -> bool {
        self.filling
    }

    /// Takes what the timeline continues with, if there is anything to wait for.
    pub fn take(&mut self, start_sample: u64, placed: &mut Placed) {
        if !self.filling {
            return;
        }
        if let Some(window) = self.window {
            self.drop_before(start_sample.saturating_sub(window));
        }
        let first = self.start_sample().unwrap_or(start_sample);
        if start_sample.saturating_sub(first) > samples_of_ms(LONGEST_MS) {
            self.wipe();
            return;
        }
        let samples = match placed {
            Placed::Audio { left, right } => {
                Placed::Audio { left: core::mem::take(left), right: core::mem::take(right) }
            }
            Placed::Gap { samples, reason } => Placed::Gap { samples: *samples, reason: *reason },
        };
        self.pieces.push((start_sample, samples));
    }

    /// Where what is kept back begins, if anything is.
    #[must_use]
    pub fn start_sample(&self) -> Option<u64> {
        self.pieces.first().map(|(start, _)| *start)
    }

    /// Overwrites the pieces that end at `sample` or before it.
    fn drop_before(&mut self, sample: u64) {
        self.pieces.retain_mut(|(start, piece)| {
            let keeps = start.saturating_add(piece.samples()) > sample;
            if !keeps {
                piece.wipe();
            }
            keeps
        });
    }

    /// The lawful basis is there: hands over what was captured from `from_sample` on, in whole pieces, and overwrites
    /// the rest. Nothing is taken any more.
    pub fn release(&mut self, from_sample: u64) -> Vec<(u64, Placed)> {
        self.drop_before(from_sample);
        self.filling = false;
        core::mem::take(&mut self.pieces)
    }

    /// There is no lawful basis: overwrites everything. Nothing is taken any more.
    pub fn wipe(&mut self) {
        self.filling = false;
        for (_, piece) in &mut self.pieces {
            piece.wipe();
        }
        self.pieces.clear();
    }

    /// Samples kept back.
    #[cfg(test)]
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }
}

impl Drop for PreConsent {
    fn drop(&mut self) {
        self.wipe();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block() -> Placed {
        Placed::Audio { left: vec![0.5; 960], right: vec![0.5; 960] }
    }

    #[test]
    fn nothing_is_taken_before_the_announcement_and_after_the_decision() {
        let mut buffer = PreConsent::default();
        buffer.take(0, &mut block());
        assert!(buffer.is_empty());
        buffer.start();
        buffer.take(960, &mut block());
        assert_eq!(buffer.release(0).len(), 1);
        buffer.take(1_920, &mut block());
        assert!(buffer.is_empty());
    }

    #[test]
    fn of_an_answer_only_the_last_samples_are_held_and_what_lies_before_it_is_not_handed_over() {
        let mut buffer = PreConsent::default();
        buffer.start_answer(10 * 960);
        for index in 0..1_000 {
            buffer.take(index * 960, &mut block());
            assert!(buffer.pieces.len() <= 11);
        }
        let starts: Vec<u64> = buffer.release(997 * 960 + 1).iter().map(|(start, _)| *start / 960).collect();
        assert_eq!(starts, [997, 998, 999]);
        assert!(buffer.is_empty() && !buffer.is_filling());
    }

    #[test]
    fn a_question_that_stays_open_too_long_leaves_nothing() {
        let mut buffer = PreConsent::default();
        buffer.start();
        for index in 0..=(LONGEST_MS / 20) + 1 {
            buffer.take(index * 960, &mut block());
        }
        assert!(buffer.is_empty());
    }
}
