//! A telephone for tests: keys, the network's codecs, seeded randomness.
//!
//! Included by `#[path]` from the tests of the keypad's detector and from its figures.

#![allow(dead_code, reason = "every test uses a part of it")]
#![allow(missing_docs, missing_debug_implementations, reason = "test code")]
#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "test code"
)]

use std::f64::consts::{PI, TAU};

pub const RATE_HZ: f64 = 48_000.0;
pub const LABELS: [char; 16] =
    ['1', '2', '3', 'A', '4', '5', '6', 'B', '7', '8', '9', 'C', '*', '0', '#', 'D'];

const LOW_HZ: [f64; 4] = [697.0, 770.0, 852.0, 941.0];
const HIGH_HZ: [f64; 4] = [1_209.0, 1_336.0, 1_477.0, 1_633.0];

/// Level of a sine of full scale (ITU-T G.711, μ-law).
const FULL_SCALE_DBM0: f64 = 3.17;

/// SplitMix64: small, seeded, good enough for tests.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    pub fn between(&mut self, from: f64, to: f64) -> f64 {
        from + (to - from) * (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// Normally distributed, with variance 1.
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.between(1e-12, 1.0).ln()).sqrt();
        radius * self.between(0.0, TAU).cos()
    }
}

pub fn samples_of_ms(milliseconds: f64) -> usize {
    (milliseconds * RATE_HZ / 1_000.0).round() as usize
}

/// The peak of a sine of so many dBm0.
pub fn amplitude(dbm0: f64) -> f64 {
    10_f64.powf((dbm0 - FULL_SCALE_DBM0) / 20.0)
}

pub fn silence(milliseconds: f64) -> Vec<f32> {
    vec![0.0; samples_of_ms(milliseconds)]
}

/// A sum of sines, each of frequency in hertz and level in dBm0.
pub fn sines(tones: &[(f64, f64)], milliseconds: f64) -> Vec<f32> {
    (0..samples_of_ms(milliseconds))
        .map(|at| {
            let seconds = at as f64 / RATE_HZ;
            tones.iter().map(|(hz, dbm0)| amplitude(*dbm0) * (TAU * hz * seconds + hz).sin()).sum::<f64>()
                as f32
        })
        .collect()
}

/// One press of a key.
#[derive(Clone, Copy)]
pub struct Press {
    pub label: char,
    pub milliseconds: f64,
    /// Deviation of both frequencies, as parts of one.
    pub low_off: f64,
    pub high_off: f64,
    pub low_dbm0: f64,
    pub high_dbm0: f64,
}

impl Press {
    /// An ordinary press: 100 ms at −10 dBm0 each.
    pub fn new(label: char) -> Self {
        Self { label, milliseconds: 100.0, low_off: 0.0, high_off: 0.0, low_dbm0: -10.0, high_dbm0: -10.0 }
    }

    pub fn lasting(self, milliseconds: f64) -> Self {
        Self { milliseconds, ..self }
    }

    pub fn off(self, low_off: f64, high_off: f64) -> Self {
        Self { low_off, high_off, ..self }
    }

    pub fn levels(self, low_dbm0: f64, high_dbm0: f64) -> Self {
        Self { low_dbm0, high_dbm0, ..self }
    }

    pub fn render(self) -> Vec<f32> {
        let index = LABELS.iter().position(|label| *label == self.label).unwrap();
        sines(
            &[
                (LOW_HZ[index / 4] * (1.0 + self.low_off), self.low_dbm0),
                (HIGH_HZ[index % 4] * (1.0 + self.high_off), self.high_dbm0),
            ],
            self.milliseconds,
        )
    }
}

/// The laws of G.711.
#[derive(Clone, Copy, PartialEq)]
pub enum Law {
    Mu,
    A,
}

/// One sample through the codec.
fn quantised(sample: f64, law: Law) -> f64 {
    let value = match law {
        Law::Mu => {
            let magnitude = ((sample.abs() * 8_192.0) as u32).min(8_158) + 33;
            let segment = magnitude.ilog2() - 5;
            let step = (magnitude >> (segment + 1)) & 15;
            f64::from(((step * 2 + 33) << segment) - 33) / 8_192.0
        }
        Law::A => {
            let magnitude = ((sample.abs() * 4_096.0) as u32).min(4_095);
            let shift = magnitude.max(32).ilog2() - 4;
            f64::from(((magnitude >> shift) << shift) + (1 << (shift - 1))) / 4_096.0
        }
    };
    value.copysign(sample)
}

/// A band-limited line at 8 kHz with G.711 on it, seen from 48 kHz. Without delay.
pub fn through_g711(samples: &[f32], law: Law) -> Vec<f32> {
    let taps = low_pass(3_500.0 / RATE_HZ);
    let narrow: Vec<f32> = (0..samples.len().div_ceil(6))
        .map(|at| quantised(convolved(samples, &taps, at * 6, 1), law) as f32)
        .collect();
    let mut stuffed = vec![0.0_f32; samples.len()];
    for (at, value) in narrow.into_iter().enumerate() {
        stuffed[at * 6] = value * 6.0;
    }
    // Only every sixth sample is not 0.
    (0..stuffed.len()).map(|at| convolved(&stuffed, &taps, at, 6) as f32).collect()
}

/// From 16 kHz to 48 kHz.
pub fn from_16_khz(samples: &[f32]) -> Vec<f32> {
    let taps = low_pass(7_500.0 / RATE_HZ);
    let mut stuffed = vec![0.0_f32; samples.len() * 3];
    for (at, value) in samples.iter().enumerate() {
        stuffed[at * 3] = value * 3.0;
    }
    (0..stuffed.len()).map(|at| convolved(&stuffed, &taps, at, 3) as f32).collect()
}

/// Half of the coefficients of the line's filter.
const REACH: usize = 120;

fn low_pass(cutoff: f64) -> Vec<f64> {
    let taps: Vec<f64> = (0..=2 * REACH)
        .map(|index| index as f64 - REACH as f64)
        .map(|at| {
            let ideal = if at == 0.0 { 2.0 * cutoff } else { (TAU * cutoff * at).sin() / (PI * at) };
            ideal * (0.54 + 0.46 * (PI * at / REACH as f64).cos())
        })
        .collect();
    let gain: f64 = taps.iter().sum();
    taps.into_iter().map(|tap| tap / gain).collect()
}

/// The filter's output at `at`, where only samples at multiples of `stride` are not 0.
fn convolved(samples: &[f32], taps: &[f64], at: usize, stride: usize) -> f64 {
    let from = at.saturating_sub(REACH).next_multiple_of(stride);
    let to = (at + REACH + 1).min(samples.len());
    (from..to).step_by(stride).map(|index| f64::from(samples[index]) * taps[at + REACH - index]).sum()
}

/// A clip of speech that the demo ships, at 48 kHz.
pub fn clip(name: &str) -> Vec<f32> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("www/demo/media").join(name);
    let bytes = std::fs::read(path).unwrap();
    let data = bytes.windows(4).position(|window| window == b"data").unwrap() + 8;
    let samples: Vec<f32> = bytes[data..]
        .chunks_exact(2)
        .map(|pair| f32::from(i16::from_le_bytes([pair[0], pair[1]])) / 32_768.0)
        .collect();
    from_16_khz(&samples)
}

/// Root of the mean square.
pub fn rms(samples: &[f32]) -> f64 {
    let sum: f64 = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    (sum / samples.len().max(1) as f64).sqrt()
}
