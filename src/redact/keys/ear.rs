//! What is heard of keys on one channel: tones, and pieces of tones that no tone explains.
//!
//! Owns when a piece is torn. Every tone is made of pieces, and is certain only some time after the first of them: so a
//! piece waits until its tone would have been told. Must never decide what is cut out.

use std::collections::VecDeque;

use crate::audio::dtmf::{DtmfDetector, DtmfEvent, Fragment, FragmentDetector};
use crate::audio::samples_of_ms;

/// A piece waits so long for its tone, milliseconds. A tone alone is told 40 ms after its onset, one under speech after 65 ms
/// and more (docs/dtmf.md); the shortest hold-back is 3 s.
const WAIT_MS: u64 = 300;

/// A piece that begins so much before a tone's onset, or ends so much behind its end, is of that tone, milliseconds. Onsets
/// are up to 3 ms late and a slice has 10 ms; a receiver that lost the last packet fades the tone out within 60 ms or so.
const BEFORE_TONE_MS: u64 = 15;
const BEHIND_TONE_MS: u64 = 60;

/// Listens to one channel.
pub(super) struct Ear {
    tones: DtmfDetector,
    fragments: FragmentDetector,
    /// Events since the last decision.
    heard: Vec<DtmfEvent>,
    /// Whether a tone that is cut out sounds.
    pub(super) sounds: bool,
    /// Pieces that still wait, in the order of the timeline.
    waiting: VecDeque<Fragment>,
    /// First sample and the sample behind the last of tones that may explain them, as far as they have ended.
    explained: Vec<(u64, u64)>,
}

impl Ear {
    pub(super) fn at_sample(first_sample: u64) -> Self {
        Self {
            tones: DtmfDetector::at_sample(first_sample),
            fragments: FragmentDetector::at_sample(first_sample),
            heard: Vec::new(),
            sounds: false,
            waiting: VecDeque::new(),
            explained: Vec::new(),
        }
    }

    pub(super) fn hear(&mut self, samples: &[f32]) {
        let events = self.tones.push(samples);
        self.remember(&events);
        self.heard.extend(events);
        self.waiting.extend(self.fragments.push(samples));
        self.forget_explained();
    }

    pub(super) fn skip(&mut self, samples: u64) {
        let events = self.tones.gap(samples);
        self.remember(&events);
        self.heard.extend(events);
        self.waiting.extend(self.fragments.gap(samples));
        self.forget_explained();
    }

    /// No more audio comes: the tone that sounds has ended, and no piece waits any more.
    pub(super) fn finish(&mut self) {
        let events = self.tones.finish();
        self.remember(&events);
        self.heard.extend(events);
        let behind = samples_of_ms(WAIT_MS);
        self.waiting.extend(self.fragments.gap(behind));
        self.forget_explained();
    }

    /// Timeline sample up to which was listened.
    pub(super) const fn heard_until(&self) -> u64 {
        self.tones.next_sample()
    }

    /// The events since the last decision that are newer than the first `known`.
    pub(super) fn news(&self, known: usize) -> &[DtmfEvent] {
        self.heard.get(known..).unwrap_or_default()
    }

    /// How many events there are since the last decision.
    pub(super) fn known(&self) -> usize {
        self.heard.len()
    }

    /// Takes the events since the last decision.
    pub(super) fn take_heard(&mut self) -> Vec<DtmfEvent> {
        core::mem::take(&mut self.heard)
    }

    /// Takes the pieces that waited long enough, or all of them: they are of no tone.
    pub(super) fn take_torn(&mut self, all: bool) -> Vec<Fragment> {
        let until = self.heard_until();
        let is_due =
            |fragment: &&Fragment| all || fragment.to_sample.saturating_add(samples_of_ms(WAIT_MS)) <= until;
        let due = self.waiting.iter().take_while(is_due).count();
        self.waiting.drain(..due).collect()
    }

    fn remember(&mut self, events: &[DtmfEvent]) {
        for event in events {
            match event {
                DtmfEvent::Started { onset_sample, .. } => self.explained.push((*onset_sample, u64::MAX)),
                DtmfEvent::Ended { end_sample, .. } => {
                    if let Some((_, end)) = self.explained.last_mut() {
                        *end = *end_sample;
                    }
                }
            }
        }
    }

    fn forget_explained(&mut self) {
        let explained = &self.explained;
        self.waiting.retain(|fragment| {
            !explained.iter().any(|(from, to)| {
                fragment.from_sample.saturating_add(samples_of_ms(BEFORE_TONE_MS)) >= *from
                    && fragment.to_sample <= to.saturating_add(samples_of_ms(BEHIND_TONE_MS))
            })
        });
        let oldest = self.heard_until().saturating_sub(samples_of_ms(WAIT_MS));
        self.explained.retain(|(_, to)| *to >= oldest);
    }
}
