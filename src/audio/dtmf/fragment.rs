//! Pieces of keypad tones, however short: what a jitter buffer leaves of a tone that it has torn (docs/dtmf.md).
//!
//! Owns what counts as a piece. One is no key: it may be the rest of one, and who masks must not wait for more of it. Must
//! never tell which key, nor listen to more than the one slice: what lies around a piece is not its concern.
#![allow(clippy::arithmetic_side_effects)] // signal arithmetic on f32, and distances within one delay line

use super::FLUSH_SAMPLES;
use super::delay_line::DelayLine;
use super::front_end::{DECIMATION, DELAY_SAMPLES, FrontEnd};
use super::judge::{Scratch, nominal_omegas, strongest, within};
use super::tone::{energy, fit, hann, nearest_peak, powers, weigh};
/// Analysed samples between two looks: 1.25 ms, so that a piece a little longer than a slice fills one.
const HOP: usize = 10;

/// Samples of the slice that is judged: 10 ms. A decoder that looks at 40 ms at a time (`multimon-ng`) reads a digit from
/// 16 ms of its tones, which may be several pieces.
const SLICE: usize = 80;

/// Part of the energy in the slice that the two tones must explain. In 40 minutes of synthetic speech no slice has as
/// much, neither as spoken nor after Opus at 24 kbit/s; 2 and 7 slices have 0.96. In 70 minutes of others, 5 have it.
const PURE: f32 = 0.97;

/// Deviation from the nominal frequency that is taken: what 10 ms let be measured, and Q.24's 1.5 %.
const TOLERANCE: f32 = 0.03;

/// How much stronger one tone may be than the other, as a ratio of powers: 12 dB.
const TWIST: f32 = 16.0;

/// Amplitude of the weakest tone taken: −60 dBm0. Nothing but silence may lie under a piece, so it may be faint.
const FAINTEST_AMPLITUDE: f32 = 0.000_7;

/// A slice in which nothing is heard but two tones of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fragment {
    /// Timeline sample of its beginning.
    pub from_sample: u64,
    /// Timeline sample behind it.
    pub to_sample: u64,
}

/// Finds pieces of keypad tones in one channel at 48 kHz. Its memory is reserved once and wiped at the end.
pub struct FragmentDetector {
    front_end: FrontEnd,
    band: DelayLine,
    weights: Box<[f32]>,
    nominal: [f32; 8],
    room: Scratch,
    /// Timeline sample of the next sample to come.
    next_sample: u64,
    /// Analysed samples until the next look.
    until_look: usize,
}

impl core::fmt::Debug for FragmentDetector {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter
            .debug_struct("FragmentDetector")
            .field("next_sample", &self.next_sample)
            .finish_non_exhaustive()
    }
}

impl FragmentDetector {
    /// A detector whose first sample is sample `first_sample` of the timeline.
    #[must_use]
    pub fn at_sample(first_sample: u64) -> Self {
        Self {
            front_end: FrontEnd::new(),
            band: DelayLine::new(SLICE),
            weights: hann(SLICE),
            nominal: nominal_omegas(),
            room: Scratch::new(),
            next_sample: first_sample,
            until_look: HOP,
        }
    }

    /// Takes mono samples, −1 to 1 at 48 kHz, any number of them. The pieces come in the order of the timeline and
    /// overlap; each is told within 10 ms of its end.
    pub fn push(&mut self, samples: &[f32]) -> Vec<Fragment> {
        samples.iter().filter_map(|sample| self.push_one(*sample)).collect()
    }

    /// Audio of `samples` samples is missing. It counts as silence.
    pub fn gap(&mut self, samples: u64) -> Vec<Fragment> {
        let heard = samples.min(FLUSH_SAMPLES);
        let fragments = (0..heard).filter_map(|_| self.push_one(0.0)).collect();
        if samples > heard {
            self.front_end.clear();
            self.band.clear();
            self.next_sample = self.next_sample.saturating_add(samples - heard);
        }
        fragments
    }

    fn push_one(&mut self, sample: f32) -> Option<Fragment> {
        let heard = self.front_end.push(sample);
        self.next_sample = self.next_sample.saturating_add(1);
        self.band.push(heard?);
        self.until_look -= 1;
        if self.until_look > 0 {
            return None;
        }
        self.until_look = HOP;
        self.holds_a_piece()?;
        let to_sample = self.next_sample.saturating_sub(1 + DELAY_SAMPLES) + DECIMATION as u64;
        let from_sample = to_sample.saturating_sub((SLICE * DECIMATION) as u64);
        Some(Fragment { from_sample, to_sample })
    }

    /// Whether the newest slice is two tones and nothing else.
    fn holds_a_piece(&mut self) -> Option<()> {
        let slice = self.band.latest(SLICE);
        let total = energy(slice);
        let faintest = FAINTEST_AMPLITUDE * FAINTEST_AMPLITUDE;
        if total < faintest * SLICE as f32 {
            return None;
        }
        weigh(slice, &self.weights, &mut self.room.0);
        let weighted = self.room.first(SLICE);
        let found = powers(weighted, self.nominal);
        let (low, _) = strongest(found.first_chunk::<4>()?);
        let (high, _) = strongest(found.last_chunk::<4>()?);
        let nominal = [*self.nominal.get(low)?, *self.nominal.get(high + 4)?];
        let omegas = nominal.map(|omega| nearest_peak(weighted, omega, 2));
        if !within(omegas, nominal, TOLERANCE) {
            return None;
        }
        let fitted = fit(slice, omegas, &mut self.room.0);
        let [low, high] = [fitted.low.amplitude_squared(), fitted.high.amplitude_squared()];
        let heard = low.min(high) >= faintest && high <= low * TWIST && low <= high * TWIST;
        (heard && energy(self.room.first(SLICE)) <= (1.0 - PURE) * total).then_some(())
    }
}
