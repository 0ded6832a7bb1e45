//! Audio of the announcement and the answer, before it is known whether it may be kept.
//!
//! Owns it in memory only, for as long as the question is open: it is handed over on a lawful basis and overwritten
//! otherwise. Exists only where the law wants the announcement in the recording. Must never reach the encoder, the
//! disk or the network by itself.

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
    }

    /// Takes what the timeline continues with, if there is anything to wait for.
    pub fn take(&mut self, start_sample: u64, placed: &mut Placed) {
        if !self.filling {
            return;
        }
        let first = self.pieces.first().map_or(start_sample, |(start, _)| *start);
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

    /// The lawful basis is there: hands over what was captured. Nothing is taken any more.
    pub fn release(&mut self) -> Vec<(u64, Placed)> {
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
        assert_eq!(buffer.release().len(), 1);
        buffer.take(1_920, &mut block());
        assert!(buffer.is_empty());
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
