//! Keys pressed on a telephone's keypad, heard in the audio (DTMF, ITU-T Q.23 and Q.24; docs/dtmf.md).
//!
//! Owns when a tone counts as begun and as ended, and where on the timeline that was. Whole numbers of samples go in, in
//! pieces of any length, and the same events come out however they were cut. Must never tell a digit to anyone but the
//! caller: customers key card numbers, so no `Debug` shows one and what holds one is wiped.
#![allow(clippy::arithmetic_side_effects)] // distances within the held samples, far below the type's range

mod delay_line;
mod edges;
mod fragment;
mod front_end;
mod judge;
mod tone;

use zeroize::{Zeroize, ZeroizeOnDrop};

use delay_line::DelayLine;
use edges::{HISTORY, Presence};
pub use fragment::{Fragment, FragmentDetector};
use front_end::{DECIMATION, DELAY_SAMPLES, FrontEnd};
use judge::{Judge, Key, Pair, SHORT_LOOK, SLICE, Scratch};

/// Analysed samples between two looks: 2.5 ms.
const HOP: usize = 20;

/// A tone must have lasted so long to be reported, in analysed samples: 28 ms. Q.24 wants 40 ms taken and less than
/// 23 ms left alone.
const LEAST_TONE: usize = 224;

/// Looks without the tone after which it has ended: 20 ms. An interruption of 10 ms belongs to the tone (Q.24); the
/// shortest pause between two keys has 30 ms (W3C WebRTC, `interToneGap`).
const LOOKS_TO_END: u32 = 8;

/// The onset is reported so much earlier than it was measured, in input samples: 2 ms, and 4 ms if speech lay over the
/// tone. Who masks must not be late.
const ONSET_GUARD_SAMPLES: u64 = 96;
const ONSET_GUARD_IN_SPEECH_SAMPLES: u64 = 192;

/// Input samples of silence that end every tone and leave nothing to find: 100 ms.
const FLUSH_SAMPLES: u64 = 4_800;

const SYMBOLS: [char; 16] = ['1', '2', '3', 'A', '4', '5', '6', 'B', '7', '8', '9', 'C', '*', '0', '#', 'D'];

/// A key. `Debug` does not show which.
#[derive(Clone, Copy, PartialEq, Eq, Zeroize)]
pub struct Symbol(Key);

impl Symbol {
    /// The key's label: `0` to `9`, `*`, `#`, `A` to `D`. It is a secret unless the customer was asked for an answer.
    #[must_use]
    pub fn label(self) -> char {
        let Key(index) = self.0;
        SYMBOLS.get(usize::from(index)).copied().unwrap_or('?')
    }
}

impl core::fmt::Debug for Symbol {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("Symbol(_)")
    }
}

/// What was heard. Events come in the order of the timeline, and for each tone first one and then the other.
#[derive(Debug, Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub enum DtmfEvent {
    /// A key is being pressed: told as soon as that is certain, which is 34 to 40 ms after the onset, and 65 ms or more
    /// if something lies over the tone.
    Started {
        /// Which one.
        symbol: Symbol,
        /// Timeline sample from which on the tone can be heard; up to a few milliseconds early, so that a mask that
        /// begins here covers it.
        onset_sample: u64,
    },
    /// It was let go: told about 30 ms after the end.
    Ended {
        /// Which one.
        symbol: Symbol,
        /// As it was told when it started.
        onset_sample: u64,
        /// Timeline sample just behind the tone.
        end_sample: u64,
    },
}

/// A tone that sounds.
#[derive(Zeroize, ZeroizeOnDrop)]
struct Sounding {
    pair: Pair,
    onset_sample: u64,
    /// Looks in a row without it.
    missed: u32,
}

/// Finds keypad tones in one channel at 48 kHz. Its memory is reserved once and wiped at the end.
pub struct DtmfDetector {
    front_end: FrontEnd,
    band: DelayLine,
    judge: Judge,
    room: Scratch,
    sounding: Option<Sounding>,
    /// Timeline sample of the next sample to come.
    next_sample: u64,
    /// Analysed samples until the next look.
    until_look: usize,
    /// Analysed samples since the beginning or since the end of the last tone, at most what is held: the next onset
    /// lies within them.
    fresh: usize,
}

impl core::fmt::Debug for DtmfDetector {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter
            .debug_struct("DtmfDetector")
            .field("next_sample", &self.next_sample)
            .field("sounding", &self.sounding.is_some())
            .finish_non_exhaustive()
    }
}

impl Default for DtmfDetector {
    fn default() -> Self {
        Self::new()
    }
}

impl DtmfDetector {
    /// A detector whose first sample is sample 0 of the timeline.
    #[must_use]
    pub fn new() -> Self {
        Self::at_sample(0)
    }

    /// A detector whose first sample is sample `first_sample` of the timeline.
    #[must_use]
    pub fn at_sample(first_sample: u64) -> Self {
        Self {
            front_end: FrontEnd::new(),
            band: DelayLine::new(HISTORY),
            judge: Judge::new(),
            room: Scratch::new(),
            sounding: None,
            next_sample: first_sample,
            until_look: HOP,
            fresh: 0,
        }
    }

    /// Timeline sample of the next sample to come.
    #[must_use]
    pub const fn next_sample(&self) -> u64 {
        self.next_sample
    }

    /// Whether a tone has been reported as started and not yet as ended.
    #[must_use]
    pub const fn is_sounding(&self) -> bool {
        self.sounding.is_some()
    }

    /// Takes mono samples, −1 to 1 at 48 kHz, any number of them. What is not a number counts as silence.
    pub fn push(&mut self, samples: &[f32]) -> Vec<DtmfEvent> {
        let mut events = Vec::new();
        for sample in samples {
            self.push_one(*sample, &mut events);
        }
        events
    }

    /// Audio of `samples` samples is missing. It counts as silence, so a tone ends unless the gap is shorter than an
    /// interruption may be.
    pub fn gap(&mut self, samples: u64) -> Vec<DtmfEvent> {
        let mut events = Vec::new();
        let heard = samples.min(FLUSH_SAMPLES);
        for _ in 0..heard {
            self.push_one(0.0, &mut events);
        }
        if samples > heard {
            self.front_end.clear();
            self.band.clear();
            self.fresh = 0;
            self.next_sample = self.next_sample.saturating_add(samples - heard);
        }
        events
    }

    /// No more audio will come: ends the tone that sounds. The detector can be used on, as after a gap.
    pub fn finish(&mut self) -> Vec<DtmfEvent> {
        let end_sample = self.next_sample;
        let mut events = self.gap(FLUSH_SAMPLES);
        self.next_sample = end_sample;
        for event in &mut events {
            match event {
                DtmfEvent::Started { .. } => {}
                DtmfEvent::Ended { end_sample: end, .. } => *end = end_sample.min(*end),
            }
        }
        events
    }

    fn push_one(&mut self, sample: f32, events: &mut Vec<DtmfEvent>) {
        let heard = self.front_end.push(sample);
        self.next_sample = self.next_sample.saturating_add(1);
        let Some(heard) = heard else { return };
        self.band.push(heard);
        self.fresh = (self.fresh + 1).min(HISTORY);
        self.until_look -= 1;
        if self.until_look == 0 {
            self.until_look = HOP;
            events.extend(self.look());
        }
    }

    fn look(&mut self) -> Option<DtmfEvent> {
        if self.sounding.is_some() { self.look_for_end() } else { self.look_for_start() }
    }

    fn look_for_start(&mut self) -> Option<DtmfEvent> {
        if self.fresh < SHORT_LOOK {
            return None;
        }
        let pair = self.judge.look(&self.band, &self.front_end)?;
        let back = edges::onset(&pair, &self.band, self.fresh, &mut self.room);
        if back < LEAST_TONE {
            return None;
        }
        let guard = if pair.look == SHORT_LOOK { ONSET_GUARD_SAMPLES } else { ONSET_GUARD_IN_SPEECH_SAMPLES };
        let onset_sample = self.timeline(back).saturating_sub(guard);
        let symbol = Symbol(pair.key);
        self.sounding = Some(Sounding { pair, onset_sample, missed: 0 });
        Some(DtmfEvent::Started { symbol, onset_sample })
    }

    fn look_for_end(&mut self) -> Option<DtmfEvent> {
        let sounding = self.sounding.as_mut()?;
        if edges::presence(&sounding.pair, &self.band, 0, &mut self.room) == Presence::There {
            sounding.missed = 0;
            return None;
        }
        sounding.missed += 1;
        if sounding.missed < LOOKS_TO_END {
            return None;
        }
        // The first slice without it was half filled: the end lies in its middle.
        let back = (LOOKS_TO_END as usize - 1) * HOP + SLICE / 2;
        let end_sample = self.timeline(back);
        let sounding = self.sounding.take()?;
        self.fresh = back;
        Some(DtmfEvent::Ended {
            symbol: Symbol(sounding.pair.key),
            onset_sample: sounding.onset_sample,
            end_sample: end_sample.max(sounding.onset_sample),
        })
    }

    /// The timeline sample that lies `back` analysed samples before the end of what was analysed.
    fn timeline(&self, back: usize) -> u64 {
        let end = self.next_sample.saturating_sub(1 + DELAY_SAMPLES) + DECIMATION as u64;
        end.saturating_sub((back * DECIMATION) as u64)
    }
}
