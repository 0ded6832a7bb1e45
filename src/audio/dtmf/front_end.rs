//! From 48 kHz to the band of the tones at 8 kHz.
//!
//! Owns the two filters and their delay. Both have linear phase, so a tone's edges stay where they are: only a known
//! constant is added. Must never adapt to the signal.
#![allow(clippy::arithmetic_side_effects)] // signal arithmetic on f32, and indices below the filters' lengths

use core::f32::consts::PI;

use super::delay_line::DelayLine;
use super::judge::LONG_LOOK;
use crate::audio::SAMPLE_RATE_HZ;

/// Input samples per sample at the analysis rate.
pub(super) const DECIMATION: usize = 6;

/// The analysis rate: that of the network the tones were made for (ITU-T G.711).
pub(super) const RATE_HZ: f32 = 8_000.0;

/// Coefficients of the filter before the decimation: flat to 1.75 kHz, and down by 60 dB from 6.2 kHz, where what is
/// there would fold back into the band of the tones.
const DECIMATOR_TAPS: usize = 61;
const DECIMATOR_CUTOFF_HZ: f32 = 3_900.0;

/// Coefficients of the band filter: 12 ms. It keeps 650 to 1,750 Hz, the tones with their tolerance, and takes away the
/// strongest part of a voice, mains hum, and the dial tone (350 and 440 Hz).
const BAND_TAPS: usize = 97;
const BAND_FROM_HZ: f32 = 550.0;
const BAND_TO_HZ: f32 = 1_850.0;

/// How far the output lies behind the input, in input samples: half of both filters.
pub(super) const DELAY_SAMPLES: u64 = (DECIMATOR_TAPS / 2 + BAND_TAPS / 2 * DECIMATION) as u64;

/// Louder input than this is no audio; it is cut to it, so that one broken sample cannot blind the detector.
const LOUDEST: f32 = 4.0;

/// Both filters.
pub(super) struct FrontEnd {
    decimator: Box<[f32]>,
    band: Box<[f32]>,
    input: DelayLine,
    wide: DelayLine,
    phase: usize,
}

impl FrontEnd {
    pub(super) fn new() -> Self {
        let input_rate_hz = SAMPLE_RATE_HZ as f32;
        let decimator = low_pass(DECIMATOR_TAPS, DECIMATOR_CUTOFF_HZ / input_rate_hz);
        let upper = low_pass(BAND_TAPS, BAND_TO_HZ / RATE_HZ);
        let lower = low_pass(BAND_TAPS, BAND_FROM_HZ / RATE_HZ);
        Self {
            decimator,
            band: upper.iter().zip(&lower).map(|(upper, lower)| upper - lower).collect(),
            input: DelayLine::new(DECIMATOR_TAPS),
            wide: DelayLine::new(LONG_LOOK + BAND_TAPS / 2),
            phase: 0,
        }
    }

    /// Takes one input sample. Every [`DECIMATION`]th gives one at the analysis rate, the first at once.
    pub(super) fn push(&mut self, sample: f32) -> Option<f32> {
        self.input.push(if sample.is_finite() { sample.clamp(-LOUDEST, LOUDEST) } else { 0.0 });
        let due = self.phase == 0;
        self.phase = if self.phase + 1 == DECIMATION { 0 } else { self.phase + 1 };
        if !due {
            return None;
        }
        self.wide.push(dot(&self.decimator, self.input.latest(DECIMATOR_TAPS)));
        Some(dot(&self.band, self.wide.latest(BAND_TAPS)))
    }

    /// The newest `length` samples with everything up to 4 kHz in them, in step with the band's; at most [`LONG_LOOK`].
    pub(super) fn wide(&self, length: usize) -> &[f32] {
        self.wide.before(BAND_TAPS / 2, length)
    }

    /// Forgets the signal.
    pub(super) fn clear(&mut self) {
        self.input.clear();
        self.wide.clear();
    }
}

fn dot(coefficients: &[f32], samples: &[f32]) -> f32 {
    coefficients.iter().zip(samples).map(|(coefficient, sample)| coefficient * sample).sum()
}

/// A low-pass filter by the window method, with a Hamming window: 53 dB of attenuation; `cutoff` in cycles per sample.
fn low_pass(taps: usize, cutoff: f32) -> Box<[f32]> {
    let middle = (taps / 2) as f32;
    let ideal = |at: f32| if at == 0.0 { 2.0 * cutoff } else { (2.0 * PI * cutoff * at).sin() / (PI * at) };
    let mut coefficients: Box<[f32]> = (0..taps)
        .map(|index| index as f32 - middle)
        .map(|at| ideal(at) * (0.54 + 0.46 * (PI * at / middle).cos()))
        .collect();
    let gain: f32 = coefficients.iter().sum();
    coefficients.iter_mut().for_each(|coefficient| *coefficient /= gain);
    coefficients
}
