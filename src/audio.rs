//! Audio as samples on the call's timeline: the clock, the hold-back ring, and the units of both.
//!
//! Owns the conversion between time and samples. Must never touch a browser interface: blocks come in as slices and
//! leave as frames.

pub mod activity;
pub mod channels;
pub mod clock;
pub mod dtmf;
pub mod hold_back;

/// Samples per second and channel, everywhere (WebRTC's and Opus' own rate, RFC 7587 §4.1).
pub const SAMPLE_RATE_HZ: u32 = 48_000;

/// Samples per millisecond and channel.
pub const SAMPLES_PER_MS: u64 = 48;

/// Samples per channel in one captured block and in one Opus frame: 20 ms (RFC 6716 §2.1.4).
pub const BLOCK_SAMPLES: usize = 960;

/// [`BLOCK_SAMPLES`] as a length on the timeline.
pub const BLOCK_LENGTH_SAMPLES: u64 = 960;

/// A length in milliseconds as samples.
#[must_use]
pub const fn samples_of_ms(milliseconds: u64) -> u64 {
    milliseconds.saturating_mul(SAMPLES_PER_MS)
}

/// A length in samples as milliseconds, rounded down.
#[must_use]
pub const fn ms_of_samples(samples: u64) -> u64 {
    samples / SAMPLES_PER_MS
}

/// The reading of the engine's clocks at one moment. It is an argument everywhere: the core has no clock of its own.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Now {
    /// Monotonic milliseconds from an arbitrary origin (`performance.now()` of the engine's Worker).
    pub monotonic_ms: f64,
    /// Milliseconds since 1970-01-01 UTC, for evidence only: it may jump.
    pub unix_ms: u64,
}

impl Now {
    /// How long a message was on its way that was posted at `posted_at_ms`, milliseconds since 1970-01-01 UTC by the same
    /// machine's clock. 0 where that is not known, or the clock was set back meanwhile.
    #[must_use]
    pub fn late_ms(self, posted_at_ms: f64) -> f64 {
        #[allow(clippy::cast_precision_loss)] // milliseconds of this century are exact
        let unix_ms = self.unix_ms as f64;
        if posted_at_ms > 0.0 && posted_at_ms < unix_ms { unix_ms - posted_at_ms } else { 0.0 }
    }
}

/// One captured block: both channels of 20 ms.
#[derive(Clone, Copy)]
pub struct Block<'a> {
    /// `currentFrame` of the audio context at the block's first sample.
    pub frame: u64,
    /// Wall clock of the audio realm when the block was complete, milliseconds; may jump.
    pub wall_ms: f64,
    /// The agent as really sent, [`BLOCK_SAMPLES`] samples in −1 to 1.
    pub left: &'a [f32],
    /// The customer, [`BLOCK_SAMPLES`] samples in −1 to 1.
    pub right: &'a [f32],
}

impl core::fmt::Debug for Block<'_> {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.debug_struct("Block").field("frame", &self.frame).finish_non_exhaustive()
    }
}
