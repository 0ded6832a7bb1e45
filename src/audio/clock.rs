//! Places captured blocks on the call's timeline and finds the time that is missing between them.
//!
//! An audio context's own frame counter hardly advances while the context is suspended, so it alone would shorten
//! the recording. Two further clocks say what happened: the wall clock read in the audio realm when a block was
//! complete, and the engine's monotonic clock when it arrived. A block can only arrive late, never early, so the
//! monotonic clock bounds the missing time from above; the wall clock ignores lateness but may jump. The smaller of
//! both is believed, and only when it has been missing for [`CONFIRM_BLOCKS`] blocks: a burst that catches up
//! again is no gap. Blocks wait here meanwhile, so that a gap is placed exactly where it happened.
//!
//! Must never shorten the timeline.
#![allow(clippy::arithmetic_side_effects)] // sample and time arithmetic in f64 and in u64 far from their bounds

use super::{BLOCK_LENGTH_SAMPLES, Block, Now, SAMPLES_PER_MS, samples_of_ms};
use zeroize::Zeroize;

/// Missing time below this is jitter of threads and timers, not a gap. 60 ms keeps the timeline well inside the aim
/// of 100 ms + 0.1 %.
pub const GAP_THRESHOLD_MS: f64 = 60.0;

/// Blocks that must all miss the time before a gap is believed (500 ms): an audio thread that was late catches up
/// within a few callbacks.
pub const CONFIRM_BLOCKS: usize = 25;

/// The longest silence one gap may write: a laptop that slept for an hour does not make an hour of silence.
pub const LONGEST_GAP_MS: u64 = 600_000;

/// Gaps from this length on are called sleep rather than a suspended context.
pub const SLEEP_FROM_MS: u64 = 60_000;

/// A first block is believed to have been on its way for this long at most: the engine may have been busy starting.
pub const LATEST_FIRST_BLOCK_MS: f64 = 10_000.0;

/// Why time is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GapReason {
    /// The audio context did not run.
    Suspended,
    /// The context ran but its blocks did not arrive.
    Dropped,
    /// The machine slept; the silence may be capped at [`LONGEST_GAP_MS`].
    Sleep,
    /// The engine died, and another one goes on with the call.
    EngineRestarted,
}

impl GapReason {
    /// The word of `docs/format.md` §6.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Suspended => "suspended",
            Self::Dropped => "dropped",
            Self::Sleep => "sleep",
            Self::EngineRestarted => "engine_restarted",
        }
    }
}

/// What the timeline continues with.
#[derive(PartialEq)]
pub enum Placed {
    /// Silence of this many samples, named by its reason.
    Gap {
        /// Length in samples.
        samples: u64,
        /// Why.
        reason: GapReason,
    },
    /// A block of both channels.
    Audio {
        /// The agent.
        left: Vec<f32>,
        /// The customer.
        right: Vec<f32>,
    },
}

impl core::fmt::Debug for Placed {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Gap { samples, reason } => write!(formatter, "Gap({samples} samples, {reason:?})"),
            Self::Audio { left, .. } => write!(formatter, "Audio({} samples)", left.len()),
        }
    }
}

impl Placed {
    /// How long it is, samples.
    #[must_use]
    pub fn samples(&self) -> u64 {
        match self {
            Self::Gap { samples, .. } => *samples,
            Self::Audio { left, .. } => left.len() as u64,
        }
    }

    /// Overwrites the samples before they are given back to the allocator.
    pub fn wipe(&mut self) {
        if let Self::Audio { left, right } = self {
            left.zeroize();
            right.zeroize();
        }
    }
}

#[derive(Debug)]
struct Anchor {
    monotonic_ms: f64,
    wall_ms: f64,
    /// Head of the timeline right after the block that set the anchor.
    head: u64,
}

struct Waiting {
    left: Vec<f32>,
    right: Vec<f32>,
    missing_ms: f64,
    /// Samples dropped inside a running context just before this block.
    dropped: u64,
}

impl core::fmt::Debug for Waiting {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.debug_struct("Waiting").field("missing_ms", &self.missing_ms).finish_non_exhaustive()
    }
}

/// The clock of one call. Sample 0 is the moment the call was answered.
#[derive(Debug)]
pub struct CallClock {
    answered_monotonic_ms: f64,
    anchor: Option<Anchor>,
    next_frame: u64,
    /// End of everything placed or waiting, samples.
    head: u64,
    waiting: Vec<Waiting>,
}

impl CallClock {
    /// A clock for a call answered at this monotonic time.
    #[must_use]
    pub const fn new(answered_monotonic_ms: f64) -> Self {
        Self { answered_monotonic_ms, anchor: None, next_frame: 0, head: 0, waiting: Vec::new() }
    }

    /// The timeline sample of a monotonic time; 0 for times before the answer. While nothing arrives it never runs
    /// further ahead of the audio than the silence that a gap may write: audio that comes then is placed there.
    #[must_use]
    pub fn sample_at(&self, monotonic_ms: f64) -> u64 {
        let milliseconds = (monotonic_ms - self.answered_monotonic_ms).max(0.0);
        let latest = self.anchor.as_ref().map_or(u64::MAX, |_| self.head + samples_of_ms(LONGEST_GAP_MS));
        to_samples(milliseconds).min(latest)
    }

    /// How far the audio is ahead of the monotonic clock, samples: a sound card that runs fast gains on it.
    #[must_use]
    pub fn ahead(&self, now: Now) -> u64 {
        self.head.saturating_sub(self.sample_at(now.monotonic_ms))
    }

    /// The timeline sample of a frame of the audio context, if any block was placed yet.
    #[must_use]
    pub fn sample_at_frame(&self, frame: u64) -> Option<u64> {
        self.anchor.as_ref()?;
        Some((self.head + frame).saturating_sub(self.next_frame))
    }

    /// End of the audio received so far.
    #[must_use]
    pub const fn head(&self) -> u64 {
        self.head
    }

    /// Takes one block and returns what the timeline continues with, in order; empty while a gap is being confirmed.
    pub fn place(&mut self, block: &Block<'_>, now: Now) -> Vec<Placed> {
        let Some(anchor) = &mut self.anchor else {
            // The block ended when it arrived, at the latest; how long it was on its way the wall clock tells.
            let late_ms = (now.unix_ms as f64 - block.wall_ms).clamp(0.0, LATEST_FIRST_BLOCK_MS);
            let monotonic_ms = now.monotonic_ms - late_ms;
            let end = self.sample_at(monotonic_ms).max(BLOCK_LENGTH_SAMPLES);
            self.head = end;
            self.next_frame = block.frame + BLOCK_LENGTH_SAMPLES;
            self.anchor = Some(Anchor { monotonic_ms, wall_ms: block.wall_ms, head: end });
            return vec![audio(block)];
        };
        // A block is never early, so the monotonic clock says how many frames can be missing at most, whatever number
        // the page gave.
        let elapsed_ms = (now.monotonic_ms - anchor.monotonic_ms).max(0.0) + GAP_THRESHOLD_MS;
        let most = to_samples(elapsed_ms).saturating_sub(self.head - anchor.head);
        let dropped = block.frame.saturating_sub(self.next_frame).min(most);
        self.next_frame = block.frame + BLOCK_LENGTH_SAMPLES;
        self.head += dropped + BLOCK_LENGTH_SAMPLES;

        let placed_ms = (self.head - anchor.head) as f64 / SAMPLES_PER_MS as f64;
        let by_monotonic = now.monotonic_ms - anchor.monotonic_ms - placed_ms;
        let mut by_wall = block.wall_ms - anchor.wall_ms - placed_ms;
        // The wall clock jumped (a change of the system's time): take the monotonic clock's word and start it anew.
        if by_wall > by_monotonic + GAP_THRESHOLD_MS
            || by_wall < by_monotonic.min(0.0) - 10.0 * GAP_THRESHOLD_MS
        {
            anchor.wall_ms += by_wall - by_monotonic;
            by_wall = by_monotonic;
        }
        let missing_ms = by_monotonic.min(by_wall);

        if self.waiting.is_empty() && missing_ms < GAP_THRESHOLD_MS {
            let mut placed = Vec::with_capacity(2);
            if dropped > 0 {
                placed.push(Placed::Gap { samples: dropped, reason: GapReason::Dropped });
            }
            placed.push(audio(block));
            return placed;
        }
        self.waiting.push(Waiting {
            left: block.left.to_vec(),
            right: block.right.to_vec(),
            missing_ms,
            dropped,
        });
        if missing_ms < GAP_THRESHOLD_MS || self.waiting.len() >= CONFIRM_BLOCKS {
            return self.settle();
        }
        Vec::new()
    }

    /// Decides on what is waiting now: call it before the end of the call is drained.
    pub fn settle(&mut self) -> Vec<Placed> {
        let least_ms = self.waiting.iter().map(|waiting| waiting.missing_ms).fold(f64::INFINITY, f64::min);
        let mut placed = Vec::with_capacity(self.waiting.len() + 1);
        if least_ms.is_finite() && least_ms >= GAP_THRESHOLD_MS {
            placed.push(self.gap(to_samples(least_ms)));
        }
        for waiting in self.waiting.drain(..) {
            if waiting.dropped > 0 {
                placed.push(Placed::Gap { samples: waiting.dropped, reason: GapReason::Dropped });
            }
            placed.push(Placed::Audio { left: waiting.left, right: waiting.right });
        }
        placed
    }

    /// The silence between the last block and `sample`, for a call whose audio stopped before the call did.
    pub fn fill_to(&mut self, sample: u64) -> Option<Placed> {
        let missing = sample.saturating_sub(self.head);
        (missing >= to_samples(GAP_THRESHOLD_MS)).then(|| self.gap(missing))
    }

    fn gap(&mut self, missing: u64) -> Placed {
        let samples = missing.min(samples_of_ms(LONGEST_GAP_MS));
        let reason =
            if missing >= samples_of_ms(SLEEP_FROM_MS) { GapReason::Sleep } else { GapReason::Suspended };
        self.head += samples;
        // What the cap leaves out of the timeline is left out of the clocks too.
        let left_out_ms = (missing - samples) as f64 / SAMPLES_PER_MS as f64;
        self.answered_monotonic_ms += left_out_ms;
        if let Some(anchor) = &mut self.anchor {
            anchor.monotonic_ms += left_out_ms;
            anchor.wall_ms += left_out_ms;
        }
        Placed::Gap { samples, reason }
    }
}

impl Drop for CallClock {
    fn drop(&mut self) {
        for waiting in &mut self.waiting {
            waiting.left.zeroize();
            waiting.right.zeroize();
        }
    }
}

fn audio(block: &Block<'_>) -> Placed {
    Placed::Audio { left: block.left.to_vec(), right: block.right.to_vec() }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn to_samples(milliseconds: f64) -> u64 {
    (milliseconds * SAMPLES_PER_MS as f64).round() as u64
}

#[cfg(test)]
mod tests;
