//! A jitter buffer on a starved machine, for tests: it plays pieces of a tone, and conceals what is missing between them.
//!
//! Included by `#[path]`, beside `keypad.rs`.

#![allow(dead_code, reason = "every test uses a part of it")]
#![allow(missing_docs, missing_debug_implementations, reason = "test code")]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "test code"
)]

use crate::keypad::{Random, samples_of_ms};

/// What is played where packets are missing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Concealment {
    Silence,
    /// The last 10 ms again and again, fading out within 30 ms.
    Repetition,
    /// Noise as loud as the tone, fading out within 40 ms.
    Noise,
}

impl Concealment {
    pub const ALL: [Self; 3] = [Self::Silence, Self::Repetition, Self::Noise];
}

/// The tone in pieces of 3 to 30 ms, of which one has `longest_ms` at least, with 5 to 40 ms between them. Behind a gap the
/// tone goes on as if there had been none, or as if it had waited.
pub fn torn(tone: &[f32], longest_ms: f64, concealment: Concealment, random: &mut Random) -> Vec<f32> {
    let loudest = tone.iter().fold(0.0_f32, |most, sample| most.max(sample.abs()));
    let whole = random.below(2);
    let mut played: Vec<f32> = Vec::with_capacity(tone.len());
    let mut source = 0;
    let mut pieces = 0;
    while played.len() < tone.len() {
        let least_ms = if pieces == whole { longest_ms } else { 3.0 };
        pieces += 1;
        let piece = samples_of_ms(random.between(least_ms, 30.0));
        played.extend((0..piece).map(|at| tone[(source + at) % tone.len()]));
        source += piece;
        let gap = samples_of_ms(random.between(5.0, 40.0));
        let last: Vec<f32> = played[played.len().saturating_sub(samples_of_ms(10.0))..].to_vec();
        let fade =
            |at: usize, milliseconds: f64| (1.0 - at as f64 / samples_of_ms(milliseconds) as f64).max(0.0);
        played.extend((0..gap).map(|at| match concealment {
            Concealment::Silence => 0.0,
            Concealment::Repetition => (f64::from(last[at % last.len()]) * fade(at, 30.0)) as f32,
            Concealment::Noise => (random.between(-1.0, 1.0) * f64::from(loudest) * fade(at, 40.0)) as f32,
        }));
        if random.below(2) == 0 {
            source += gap;
        }
    }
    played.truncate(tone.len());
    played
}
