//! Where a tone pair begins, and whether it is still there.
//!
//! Owns the search for edges of a pair that `judge` has found. Must never find a pair itself.
#![allow(clippy::arithmetic_side_effects)] // signal arithmetic on f32, and distances within one delay line

use super::delay_line::DelayLine;
use super::judge::{Pair, SLICE, Scratch};
use super::tone::{energy, fit};

/// Samples held for the search: 512 ms. A pair that speech hid at first is followed back so far.
pub(super) const HISTORY: usize = 4_096;

/// Samples between two steps back: 2.5 ms.
const STEP: usize = 20;

/// Steps without the pair over which the search still reaches back: an interruption of 10 ms belongs to the tone
/// (Q.24), and its edges are smeared over a slice. The shortest pause has 30 ms (W3C WebRTC, `interToneGap`).
const BRIDGED_STEPS: usize = 5;

/// Steps at which something else may hide the pair and the search still goes on: 50 ms of a loud syllable.
const HIDDEN_STEPS: usize = 20;

/// Power of everything else in the band that can hide the pair in a slice, as a part of the pair's.
const HIDING: f32 = 0.3;

/// Power of a tone in a slice, as a part of its power in the look, from which on it counts as there: half of its
/// amplitude, so that a slice half filled decides, and the edge lies in the slice's middle.
const THERE: f32 = 0.25;

/// Samples of the stretch inside the tone that the model of its onset is fitted to: 20 ms.
const MODEL: usize = 160;

/// What a slice tells about a pair.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    /// Both tones are in it.
    There,
    /// They are not.
    Absent,
    /// They are not to be seen, but something is in it that could hide them.
    Hidden,
}

/// Looks for the pair in the slice that ends `skipped` samples before the newest one.
pub(super) fn presence(pair: &Pair, band: &DelayLine, skipped: usize, room: &mut Scratch) -> Presence {
    let slice = band.before(skipped, SLICE);
    let part = fit(slice, pair.omegas, &mut room.0);
    let [low, high] = pair.powers;
    if part.low.amplitude_squared() >= THERE * low && part.high.amplitude_squared() >= THERE * high {
        return Presence::There;
    }
    let rest = energy(room.first(slice.len())) / slice.len().max(1) as f32;
    if rest > HIDING * 0.5 * (low + high) { Presence::Hidden } else { Presence::Absent }
}

/// How many samples before the newest one the pair began, looking at most `furthest` samples back.
pub(super) fn onset(pair: &Pair, band: &DelayLine, furthest: usize, room: &mut Scratch) -> usize {
    let limit = furthest.min(HISTORY);
    let mut first_there = pair.look - SLICE;
    let (mut absent, mut hidden) = (0, 0);
    let mut skipped = first_there + STEP;
    while absent < BRIDGED_STEPS && hidden < HIDDEN_STEPS && skipped + SLICE <= limit {
        match presence(pair, band, skipped, room) {
            Presence::There => {
                first_there = skipped;
                (absent, hidden) = (0, 0);
            }
            Presence::Absent => absent += 1,
            Presence::Hidden => hidden += 1,
        }
        skipped += STEP;
    }
    refine(pair, band, first_there, limit, room)
}

/// The most likely sample of the onset, given the oldest slice that holds the pair: before the onset the signal is what
/// it is, behind it the pair is in it, and the onset lies where taking the pair out leaves the least energy.
fn refine(pair: &Pair, band: &DelayLine, first_there: usize, limit: usize, room: &mut Scratch) -> usize {
    // That slice is half filled or more, so its second half is inside the tone: the model is fitted from its middle on.
    let middle = first_there + SLICE / 2;
    let model = fit(band.before(middle.saturating_sub(MODEL), MODEL), pair.omegas, &mut room.0);
    let reach = (SLICE + 2 * STEP).min(limit.saturating_sub(first_there));
    let (mut gained, mut most, mut onset) = (0.0_f32, 0.0_f32, first_there);
    let mut at = (SLICE / 2) as f32;
    for (index, sample) in band.before(first_there, reach).iter().rev().enumerate() {
        at -= 1.0;
        let value = model.low.value(at) + model.high.value(at);
        gained += value * (2.0 * sample - value);
        if gained > most {
            most = gained;
            onset = first_there + index + 1;
        }
    }
    onset
}
