//! Keypad tones in a call: they are cut out, on both channels, whatever was keyed (docs/values-and-keys.md).
//!
//! Owns where a run of keys begins and ends, and how much is cut out around a torn tone. It hears both channels, since an agent's telephone may play the customer's
//! keys back or the agent may key for them. A tone is certain some 40 ms after its onset, and the hold-back is seconds
//! long: so it is cut from its onset backwards, and nothing has to be guessed. Must never tell or keep a digit.

mod ear;

use zeroize::Zeroize;

use crate::audio::dtmf::{DtmfEvent, Fragment, Symbol};
use crate::audio::samples_of_ms;
use ear::Ear;

/// Trigger of what is cut out because keys were pressed.
pub const TRIGGER: &str = "keypad";

/// Its class.
pub const CLASS: &str = "keyed_digits";

/// Cut out before the onset, milliseconds. The onset is reported 2 ms early and in loud speech up to 3 ms late
/// (docs/dtmf.md); codecs smear a tone's first edge over half of a frame of 20 ms.
pub const BEFORE_MS: u64 = 20;

/// Cut out behind the end, milliseconds. Ends are reported up to 4 ms early; a receiver that lost the last packet goes
/// on with the tone and fades it out within 60 ms or so.
pub const BEHIND_MS: u64 = 60;

/// Keys with less than this between them are one run, and what lies between is cut out too, milliseconds: a key that
/// speech hid is most likely there. No pause of people who read a number off a card is as long. The shortest hold-back
/// is 3 s, so that the end of a run is known before it would have to leave the ring.
pub const RUN_PAUSE_MS: u64 = 2_000;

/// The answer's own tone is recognised by its onset, which was rounded to milliseconds on its way, samples: 10 ms. The
/// onsets of two keys are 70 ms apart at least (W3C WebRTC, `insertDTMF`).
const SAME_ONSET_SAMPLES: u64 = 480;

/// An echo of a tone comes back within this time, milliseconds: the longest path that ITU-T G.131 plans with.
const ECHO_WITHIN_MS: u64 = 400;

/// Cut out before and behind a piece of a torn tone, beside the margins of a tone, milliseconds. The rest of its tone lies
/// there, in pieces that are too short to be heard alone. Keys are pressed for 200 ms or less by machines.
pub const BESIDE_TORN_MS: u64 = 180;

/// What is shorter than this between onset and end is a piece, milliseconds. Keys are pressed for 40 ms at least (Q.24; W3C
/// WebRTC, `insertDTMF`); ends are reported up to 4 ms early.
const SHORTEST_WHOLE_MS: u64 = 36;

/// What changes for the samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Both channels are cut out from here on. Inside a run it changes nothing.
    Begin {
        /// First sample.
        from_sample: u64,
    },
    /// The run is over.
    End {
        /// The sample behind its last one.
        to_sample: u64,
    },
}

/// A tone that is kept because it is the customer's answer.
struct Spared {
    symbol: Symbol,
    onset_sample: u64,
}

impl Drop for Spared {
    fn drop(&mut self) {
        self.symbol.zeroize();
    }
}

/// Listens for keys on both channels of one call.
pub struct KeyMask {
    agent: Ear,
    customer: Ear,
    /// Where the run that is open ends, as far as is known.
    run_until: Option<u64>,
    /// No more audio comes: nothing is waited for.
    finished: bool,
    spared: Option<Spared>,
}

impl core::fmt::Debug for KeyMask {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.debug_struct("KeyMask").field("open", &self.run_until.is_some()).finish_non_exhaustive()
    }
}

impl KeyMask {
    /// Listens from timeline sample `first_sample` on.
    #[must_use]
    pub fn at_sample(first_sample: u64) -> Self {
        Self {
            agent: Ear::at_sample(first_sample),
            customer: Ear::at_sample(first_sample),
            run_until: None,
            finished: false,
            spared: None,
        }
    }

    /// Takes audio of both channels whose first sample is `start`, and says what was heard of the customer's. What
    /// the timeline skipped counts as a gap.
    pub fn hear(&mut self, start: u64, agent: &[f32], customer: &[f32]) -> &[DtmfEvent] {
        let known = self.catch_up(start);
        self.agent.hear(agent);
        self.customer.hear(customer);
        self.customer.news(known)
    }

    /// The same for audio that is missing.
    pub fn hear_gap(&mut self, start: u64, samples: u64) -> &[DtmfEvent] {
        let known = self.catch_up(start);
        self.skip(samples);
        self.customer.news(known)
    }

    /// No more audio comes: what sounds has ended, and so has the run.
    pub fn finish(&mut self) {
        self.agent.finish();
        self.customer.finish();
        self.finished = true;
    }

    /// Timeline sample up to which was listened.
    #[must_use]
    pub const fn heard_until(&self) -> u64 {
        self.customer.heard_until()
    }

    fn catch_up(&mut self, start: u64) -> usize {
        let known = self.customer.known();
        self.skip(start.saturating_sub(self.heard_until()));
        known
    }

    fn skip(&mut self, samples: u64) {
        if samples > 0 {
            self.agent.skip(samples);
            self.customer.skip(samples);
        }
    }

    /// Decides over what was heard since the last time. `answer_onset` is where the tone of the customer's answer began,
    /// where that one is to be kept.
    pub fn decide(&mut self, answer_onset: Option<u64>) -> Vec<Cut> {
        let mut cuts = Vec::new();
        for event in self.customer.take_heard() {
            match &event {
                DtmfEvent::Started { symbol, onset_sample } => {
                    let is_answer = |answer: u64| answer.abs_diff(*onset_sample) <= SAME_ONSET_SAMPLES;
                    self.customer.sounds = !answer_onset.is_some_and(is_answer);
                    if self.customer.sounds {
                        self.begin(*onset_sample, &mut cuts);
                    } else {
                        self.spared = Some(Spared { symbol: *symbol, onset_sample: *onset_sample });
                        self.close(*onset_sample, &mut cuts);
                    }
                }
                DtmfEvent::Ended { onset_sample, end_sample, .. } => {
                    if core::mem::take(&mut self.customer.sounds) {
                        self.end(*onset_sample, *end_sample, &mut cuts);
                    }
                }
            }
        }
        for event in self.agent.take_heard() {
            match &event {
                DtmfEvent::Started { symbol, onset_sample } => {
                    self.agent.sounds = !self.is_echo(*symbol, *onset_sample);
                    if self.agent.sounds {
                        self.begin(*onset_sample, &mut cuts);
                    }
                }
                DtmfEvent::Ended { onset_sample, end_sample, .. } => {
                    if core::mem::take(&mut self.agent.sounds) {
                        self.end(*onset_sample, *end_sample, &mut cuts);
                    }
                }
            }
        }
        for torn in [self.customer.take_torn(self.finished), self.agent.take_torn(self.finished)] {
            for Fragment { from_sample, to_sample } in torn {
                self.cut_torn(from_sample, to_sample, &mut cuts);
            }
        }
        self.close_when_quiet(&mut cuts);
        cuts
    }

    /// Whether a tone of the agent's channel is the answer that is kept, come back.
    fn is_echo(&self, symbol: Symbol, onset_sample: u64) -> bool {
        self.spared.as_ref().is_some_and(|spared| {
            spared.symbol == symbol
                && onset_sample.saturating_add(SAME_ONSET_SAMPLES) >= spared.onset_sample
                && onset_sample < spared.onset_sample.saturating_add(samples_of_ms(ECHO_WITHIN_MS))
        })
    }

    fn begin(&mut self, onset_sample: u64, cuts: &mut Vec<Cut>) {
        cuts.push(Cut::Begin { from_sample: onset_sample.saturating_sub(samples_of_ms(BEFORE_MS)) });
        self.reach(onset_sample);
    }

    fn end(&mut self, onset_sample: u64, end_sample: u64, cuts: &mut Vec<Cut>) {
        if end_sample.saturating_sub(onset_sample) < samples_of_ms(SHORTEST_WHOLE_MS) {
            self.cut_torn(onset_sample, end_sample, cuts);
        } else {
            self.reach(end_sample);
        }
    }

    /// A piece of a tone: the tone's other pieces are near it.
    fn cut_torn(&mut self, from_sample: u64, to_sample: u64, cuts: &mut Vec<Cut>) {
        self.begin(from_sample.saturating_sub(samples_of_ms(BESIDE_TORN_MS)), cuts);
        self.reach(to_sample.saturating_add(samples_of_ms(BESIDE_TORN_MS)));
    }

    /// The run that is open reaches to a margin behind `sample`, at least.
    fn reach(&mut self, sample: u64) {
        let until = sample.saturating_add(samples_of_ms(BEHIND_MS));
        self.run_until = Some(self.run_until.map_or(until, |run_until| run_until.max(until)));
    }

    fn close(&mut self, before: u64, cuts: &mut Vec<Cut>) {
        if let Some(until) = self.run_until.take() {
            cuts.push(Cut::End { to_sample: until.min(before) });
        }
    }

    fn close_when_quiet(&mut self, cuts: &mut Vec<Cut>) {
        let quiet = |until: u64| {
            self.finished || self.heard_until() >= until.saturating_add(samples_of_ms(RUN_PAUSE_MS))
        };
        if !self.agent.sounds && !self.customer.sounds && self.run_until.is_some_and(quiet) {
            self.close(u64::MAX, cuts);
        }
    }
}
