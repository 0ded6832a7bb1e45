//! Sines in a stretch of samples: how strong, at which frequency, and what is left without them.
//!
//! Owns the arithmetic. Must never know what a keypad is.
#![allow(clippy::arithmetic_side_effects)] // signal arithmetic on f32

use core::f32::consts::TAU;

/// Rounds of fitting two sines in turn. Their mutual leakage shrinks by the factor 8 or more per round.
const FIT_ROUNDS: usize = 3;

/// A sine: `cosine · cos(ωt) + sine · sin(ωt)`, with t counted in samples from the first sample of the stretch.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sine {
    /// Angular frequency in radians per sample.
    pub(super) omega: f32,
    cosine: f32,
    sine: f32,
}

impl Sine {
    /// Its amplitude, squared.
    pub(super) fn amplitude_squared(self) -> f32 {
        self.cosine * self.cosine + self.sine * self.sine
    }

    /// Its value at sample `at` of the stretch, which may lie outside of it.
    pub(super) fn value(self, at: f32) -> f32 {
        let (sine, cosine) = (self.omega * at).sin_cos();
        self.cosine * cosine + self.sine * sine
    }
}

/// Hertz as radians per sample.
pub(super) fn omega_of_hz(frequency_hz: f32, rate_hz: f32) -> f32 {
    TAU * frequency_hz / rate_hz
}

/// The weights of a Hann window.
pub(super) fn hann(length: usize) -> Box<[f32]> {
    let step = TAU / length as f32;
    (0..length).map(|at| 0.5 - 0.5 * (step * (at as f32 + 0.5)).cos()).collect()
}

/// Each sample times its weight; `weighted` has the samples' length or more.
pub(super) fn weigh(samples: &[f32], weights: &[f32], weighted: &mut [f32]) {
    for ((cell, sample), weight) in weighted.iter_mut().zip(samples).zip(weights) {
        *cell = sample * weight;
    }
}

/// |Σ x·e^(−iωt)|² at each frequency, by Goertzel's algorithm, all of them side by side.
pub(super) fn powers<const COUNT: usize>(samples: &[f32], omegas: [f32; COUNT]) -> [f32; COUNT] {
    let coefficients = omegas.map(|omega| 2.0 * omega.cos());
    let mut newer = [0.0_f32; COUNT];
    let mut older = [0.0_f32; COUNT];
    for sample in samples {
        for ((newer, older), coefficient) in newer.iter_mut().zip(&mut older).zip(coefficients) {
            let next = sample + coefficient * *newer - *older;
            *older = *newer;
            *newer = next;
        }
    }
    let mut powers = [0.0; COUNT];
    for (((power, newer), older), coefficient) in powers.iter_mut().zip(newer).zip(older).zip(coefficients) {
        *power = newer * newer + older * older - coefficient * newer * older;
    }
    powers
}

/// Moves `omega` to the nearest peak in the spectrum of Hann-weighted samples.
///
/// Near its peak the logarithm of a Hann window's main lobe is a parabola, which three points determine. Once the
/// middle point is on the peak the others lie evenly, so the result has no bias.
pub(super) fn nearest_peak(weighted: &[f32], mut omega: f32, rounds: usize) -> f32 {
    let step = 0.75 * TAU / weighted.len().max(1) as f32;
    for _ in 0..rounds {
        let [below, at, above] = powers(weighted, [omega - step, omega, omega + step])
            .map(|power| (power + f32::MIN_POSITIVE).ln());
        let curvature = 2.0 * at - below - above;
        // On a slope there is no parabola: go up.
        let shift =
            if curvature > 0.0 { 0.5 * (above - below) / curvature } else { (above - below).signum() };
        omega += step * shift.clamp(-1.0, 1.0);
    }
    omega
}

/// Two sines fitted by least squares.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fit {
    /// The lower one.
    pub(super) low: Sine,
    /// The higher one.
    pub(super) high: Sine,
}

/// Fits sines of two frequencies, which must be at least two cycles apart within the stretch. `residual` has the
/// samples' length or more and is left holding what the sines do not explain.
pub(super) fn fit(samples: &[f32], [low, high]: [f32; 2], residual: &mut [f32]) -> Fit {
    for (cell, sample) in residual.iter_mut().zip(samples) {
        *cell = *sample;
    }
    let residual = residual.get_mut(..samples.len()).unwrap_or_default();
    let mut fit = Fit {
        low: Sine { omega: low, cosine: 0.0, sine: 0.0 },
        high: Sine { omega: high, cosine: 0.0, sine: 0.0 },
    };
    for _ in 0..FIT_ROUNDS {
        take_out(&mut fit.high, residual);
        take_out(&mut fit.low, residual);
    }
    fit
}

/// Moves what `residual` holds at the sine's frequency from there to the sine.
fn take_out(sine: &mut Sine, residual: &mut [f32]) {
    let (step_sine, step_cosine) = sine.omega.sin_cos();
    let turn = |(cosine, sine): (f32, f32)| {
        (cosine * step_cosine - sine * step_sine, sine * step_cosine + cosine * step_sine)
    };
    let scale = 2.0 / residual.len().max(1) as f32;
    let mut unit = (1.0_f32, 0.0_f32);
    let (mut cosine, mut sine_part) = (0.0, 0.0);
    for sample in &*residual {
        cosine += sample * unit.0;
        sine_part += sample * unit.1;
        unit = turn(unit);
    }
    cosine *= scale;
    sine_part *= scale;
    unit = (1.0, 0.0);
    for sample in residual {
        *sample -= cosine * unit.0 + sine_part * unit.1;
        unit = turn(unit);
    }
    sine.cosine += cosine;
    sine.sine += sine_part;
}

/// Σ x².
pub(super) fn energy(samples: &[f32]) -> f32 {
    samples.iter().map(|sample| sample * sample).sum()
}
