//! Whether the newest samples are those of a key's two tones.
//!
//! Owns every threshold of that question, and the judgement of one moment. It has no memory from one moment to the
//! next. Must never be asked when a tone began or ended: `edges` knows.
#![allow(clippy::arithmetic_side_effects)] // signal arithmetic on f32

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::delay_line::DelayLine;
use super::front_end::{FrontEnd, RATE_HZ};
use super::tone::{energy, fit, hann, nearest_peak, omega_of_hz, powers, weigh};

/// The tones of the rows and of the columns, hertz (ITU-T Q.23 §4).
const LOW_HZ: [f32; 4] = [697.0, 770.0, 852.0, 941.0];
const HIGH_HZ: [f32; 4] = [1_209.0, 1_336.0, 1_477.0, 1_633.0];

/// Deviation from the nominal frequency that is still taken. Q.24 asks for operation within 1.5 % (and 2 Hz more, in
/// some networks: 1.8 % of 697 Hz) and against it from 3.5 %. Nearer to the former: the natural harmonics of a voice
/// fit two of these frequencies only with such deviations in opposite directions.
const TOLERANCE: f32 = 0.022;

/// How much stronger the high tone may be than the low one, as a ratio of powers: 9 dB. Q.24 asks for 4 dB in North
/// America; WebRTC renders 3 dB; senders that compensate for a long line give more.
const HIGH_OVER_LOW: f32 = 8.0;

/// How much stronger the low tone may be than the high one: 10 dB. Q.24 asks for 8 dB in North America.
const LOW_OVER_HIGH: f32 = 10.0;

/// Amplitude of the weakest tone taken: −45 dBm0, 20 dB below what Q.24 asks for, since a softphone's volume may have
/// lowered it. A sine of full scale is +3.17 dBm0 (ITU-T G.711, μ-law).
const FAINTEST_AMPLITUDE: f32 = 0.003_9;

/// Samples of the short look: 30 ms. The shortest tone to be taken has 40 ms (Q.24), and a filter's edge each side.
pub(super) const SHORT_LOOK: usize = 240;

/// Samples of the long look, 60 ms, for tones in the midst of speech.
pub(super) const LONG_LOOK: usize = 480;

/// Samples of a slice, 10 ms: each of a look's slices must hold both tones.
pub(super) const SLICE: usize = 80;

/// What a look must show.
struct Standard {
    /// Power of both tones over that of everything else in their band.
    over_rest: f32,
    /// Power of each tone over what else is in its group's band at one frequency.
    over_neighbours: f32,
    /// Power of either tone in any slice, as a part of its power in the whole look: at least.
    least_in_slice: f32,
    /// The same: at most.
    most_in_slice: f32,
    /// Power of a voice of which both tones could be harmonics, as a part of theirs.
    most_in_comb: f32,
}

// The operating point. Chosen on other sentences and tones than those of the figures in docs/dtmf.md: a lower `over_rest`
// finds more short tones at 0 dB of speech and, from 5.0 and 1.3 on, false ones in speech several times an hour.

/// In 30 ms a voice can hold two harmonics still; but it has more than two.
const SHORT_STANDARD: Standard = Standard {
    over_rest: 6.0,
    over_neighbours: 8.0,
    least_in_slice: 0.35,
    most_in_slice: 2.2,
    most_in_comb: 0.15,
};

/// Within 60 ms a voice moves, so that less will do.
const LONG_STANDARD: Standard = Standard {
    over_rest: 1.6,
    over_neighbours: 4.0,
    least_in_slice: 0.2,
    most_in_slice: 3.0,
    most_in_comb: 0.15,
};

/// Which harmonic of a voice the low tone may be. The ratios of the keypad were chosen to be no small whole numbers, but
/// at a pitch near 233 Hz the 3rd and 7th harmonics lie within 0.5 % of 697 and 1,633 Hz, and near 174 and 235 Hz the 4th
/// and 7th within 1 % of 697 and 1,209 and of 941 and 1,633 Hz. That is a woman's voice saying "a". Below 140 Hz a voice
/// has so many harmonics in the band that the rest gives it away.
const LOW_IS_HARMONIC: [f32; 4] = [2.0, 3.0, 4.0, 5.0];

/// How exactly the two must be harmonics to be taken for them.
/// Less exactly than a voice's are, since both frequencies are measured in 30 ms.
const COMB_TOLERANCE: f32 = 0.015;

/// Part of the band's energy that must be at the two strongest frequencies before anything dearer is computed.
const WORTH_A_LOOK: f32 = 0.3;

/// Index of a key's tones: row times four plus column.
#[derive(Clone, Copy, PartialEq, Eq, Zeroize)]
pub(super) struct Key(pub(super) u8);

/// Two tones that are there.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(super) struct Pair {
    /// Which key they are of.
    pub(super) key: Key,
    /// Their angular frequencies, radians per sample, as measured.
    pub(super) omegas: [f32; 2],
    /// Their amplitudes, squared.
    pub(super) powers: [f32; 2],
    /// Samples of the look that found them.
    pub(super) look: usize,
}

/// Judges moments. Holds only tables and room to work in.
pub(super) struct Judge {
    short_weights: Box<[f32]>,
    long_weights: Box<[f32]>,
    nominal: [f32; 8],
    weighted: Scratch,
    residual: Scratch,
}

/// Room for one look, wiped at the end.
#[derive(ZeroizeOnDrop)]
pub(super) struct Scratch(pub(super) [f32; LONG_LOOK]);

impl Judge {
    pub(super) fn new() -> Self {
        Self {
            short_weights: hann(SHORT_LOOK),
            long_weights: hann(LONG_LOOK),
            nominal: nominal_omegas(),
            weighted: Scratch::new(),
            residual: Scratch::new(),
        }
    }

    /// The key whose tones fill the newest 30 ms of `band`, or the newest 60 ms with something over them.
    pub(super) fn look(&mut self, band: &DelayLine, front_end: &FrontEnd) -> Option<Pair> {
        let short = band.latest(SHORT_LOOK);
        let total = energy(short);
        let faintest = FAINTEST_AMPLITUDE * FAINTEST_AMPLITUDE;
        if total < 0.5 * faintest * SHORT_LOOK as f32 {
            return None;
        }
        weigh(short, &self.short_weights, &mut self.weighted.0);
        let found = powers(self.weighted.first(SHORT_LOOK), self.nominal);
        let (low, low_power) = strongest(found.first_chunk::<4>()?);
        let (high, high_power) = strongest(found.last_chunk::<4>()?);
        // |X|² of a sine in a Hann window is (amplitude · length / 4)²; its energy is amplitude² · length / 2.
        let explained = 8.0 * (low_power + high_power) / SHORT_LOOK as f32;
        if explained < WORTH_A_LOOK * total {
            return None;
        }
        let nominal = [*self.nominal.get(low)?, *self.nominal.get(high + 4)?];
        let weighted = self.weighted.first(SHORT_LOOK);
        let omegas = nominal.map(|omega| nearest_peak(weighted, omega, 3));
        if !within(omegas, nominal, TOLERANCE) {
            return None;
        }
        let key = Key(u8::try_from(low * 4 + high).ok()?);
        let pair = self.measure(short, front_end.wide(SHORT_LOOK), omegas, key, &SHORT_STANDARD);
        if pair.is_some() {
            return pair;
        }
        let long = band.latest(LONG_LOOK);
        weigh(long, &self.long_weights, &mut self.weighted.0);
        let omegas = omegas.map(|omega| nearest_peak(self.weighted.first(LONG_LOOK), omega, 2));
        if !within(omegas, nominal, TOLERANCE) {
            return None;
        }
        self.measure(long, front_end.wide(LONG_LOOK), omegas, key, &LONG_STANDARD)
    }

    /// The pair, if the samples are up to the standard.
    fn measure(
        &mut self,
        samples: &[f32],
        wide: &[f32],
        omegas: [f32; 2],
        key: Key,
        standard: &Standard,
    ) -> Option<Pair> {
        let fitted = fit(samples, omegas, &mut self.residual.0);
        let [low, high] = [fitted.low.amplitude_squared(), fitted.high.amplitude_squared()];
        let faintest = FAINTEST_AMPLITUDE * FAINTEST_AMPLITUDE;
        if low.min(high) < faintest || high > low * HIGH_OVER_LOW || low > high * LOW_OVER_HIGH {
            return None;
        }
        let residual = self.residual.first(samples.len());
        let rest = energy(residual);
        if energy(samples) - rest < standard.over_rest * rest {
            return None;
        }
        let weights = if samples.len() == SHORT_LOOK { &self.short_weights } else { &self.long_weights };
        weigh(residual, weights, &mut self.weighted.0);
        let left = powers(self.weighted.first(samples.len()), self.nominal);
        let scale = 16.0 / (samples.len() * samples.len()) as f32;
        let (_, beside_low) = strongest(left.first_chunk::<4>()?);
        let (_, beside_high) = strongest(left.last_chunk::<4>()?);
        if low < standard.over_neighbours * beside_low * scale
            || high < standard.over_neighbours * beside_high * scale
        {
            return None;
        }
        let steady = samples.chunks_exact(SLICE).all(|slice| {
            let part = fit(slice, omegas, &mut self.residual.0);
            [(part.low, low), (part.high, high)].into_iter().all(|(part, whole)| {
                let power = part.amplitude_squared();
                power >= standard.least_in_slice * whole && power <= standard.most_in_slice * whole
            })
        });
        if !steady || self.is_voice(wide, omegas, (low + high) * standard.most_in_comb) {
            return None;
        }
        Some(Pair { key, omegas, powers: [low, high], look: samples.len() })
    }

    /// Whether the two are harmonics of a voice whose other harmonics have more than `most` amplitude squared together.
    fn is_voice(&mut self, wide: &[f32], [low, high]: [f32; 2], most: f32) -> bool {
        let scale = 16.0 / (wide.len() * wide.len()) as f32;
        let weights = if wide.len() == SHORT_LOOK { &self.short_weights } else { &self.long_weights };
        weigh(wide, weights, &mut self.weighted.0);
        let weighted = self.weighted.first(wide.len());
        LOW_IS_HARMONIC.into_iter().any(|low_harmonic| {
            let high_harmonic = (high / low * low_harmonic).round();
            // The voice's own frequency as either of them has it.
            let (of_low, of_high) = (low / low_harmonic, high / high_harmonic);
            if (of_low / of_high - 1.0).abs() > COMB_TOLERANCE {
                return false;
            }
            let voice = 0.5 * (of_low + of_high);
            let mut comb = 0.0;
            let mut harmonic = 1.0;
            while harmonic < high_harmonic {
                if harmonic != low_harmonic {
                    let [power] = powers(weighted, [voice * harmonic]);
                    comb += power * scale;
                }
                harmonic += 1.0;
            }
            comb > most
        })
    }
}

impl Scratch {
    pub(super) const fn new() -> Self {
        Self([0.0; LONG_LOOK])
    }

    pub(super) fn first(&self, length: usize) -> &[f32] {
        self.0.get(..length).unwrap_or(&[])
    }
}

/// The tones of the rows and then of the columns, radians per sample.
pub(super) fn nominal_omegas() -> [f32; 8] {
    let [a, b, c, d] = LOW_HZ.map(|frequency| omega_of_hz(frequency, RATE_HZ));
    let [e, f, g, h] = HIGH_HZ.map(|frequency| omega_of_hz(frequency, RATE_HZ));
    [a, b, c, d, e, f, g, h]
}

/// Whether both are no further from the nominal than `tolerance`, a part of it.
pub(super) fn within(omegas: [f32; 2], nominal: [f32; 2], tolerance: f32) -> bool {
    omegas.into_iter().zip(nominal).all(|(omega, nominal)| (omega / nominal - 1.0).abs() <= tolerance)
}

/// Which of the four is the greatest, and how great it is.
pub(super) fn strongest(powers: &[f32; 4]) -> (usize, f32) {
    powers
        .iter()
        .copied()
        .enumerate()
        .fold((0, 0.0), |best, (index, power)| if power > best.1 { (index, power) } else { best })
}
