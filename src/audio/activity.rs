//! Whether somebody speaks on either side, by level alone.
//!
//! Owns a plain voice activity measure: a block counts as speech where it is well above the quietest of the last seconds.
//! It is good enough to tell a talk of two from silence, hold and one voice, and for nothing else. It keeps counts of
//! blocks, never a sample, so that it may listen where nothing may be kept.

use std::collections::VecDeque;

use super::BLOCK_SAMPLES;

/// Root mean square below which nothing is speech: -50 dBFS. Speech on a telephone line is at -26 dBov on average, and at
/// -45 where it is faint (ITU-T P.56 as used by G.711 test plans).
const QUIETEST_SPEECH_RMS: f64 = 0.003_16;

/// Speech is so many times as loud as what lies under it: 10 dB.
const ABOVE_NOISE: f64 = 3.16;

/// What lies under it is the quietest block, forgotten by so much per block: 2.2 dB/s. Speech pauses several times in a
/// second, so that it does not become its own noise; a hum does within a few seconds.
const FORGOTTEN_PER_BLOCK: f64 = 1.005;

/// Length of the window that is counted, blocks: 30 s.
pub const WINDOW_BLOCKS: usize = 1_500;

/// Speech of one side within the window that makes it a partner of a talk, blocks: 4 s.
pub const TALKS_FROM_BLOCKS: usize = 200;

#[derive(Debug, Default)]
struct Side {
    noise: Option<f64>,
    spoken: usize,
}

impl Side {
    fn speaks(&mut self, samples: &[f32]) -> bool {
        let level = level_of(samples);
        let noise = self.noise.map_or(level, |noise| level.min(noise * FORGOTTEN_PER_BLOCK));
        self.noise = Some(noise);
        level >= QUIETEST_SPEECH_RMS && level >= noise * ABOVE_NOISE
    }
}

/// Counts the speech of both sides over the last [`WINDOW_BLOCKS`].
#[derive(Debug, Default)]
pub struct Activity {
    agent: Side,
    customer: Side,
    window: VecDeque<(bool, bool)>,
}

impl Activity {
    /// Hears what both sides send. Pieces of another length than a block are cut into blocks; a rest is not heard.
    pub fn listen(&mut self, agent: &[f32], customer: &[f32]) {
        for (agent, customer) in agent.chunks_exact(BLOCK_SAMPLES).zip(customer.chunks_exact(BLOCK_SAMPLES)) {
            let block = (self.agent.speaks(agent), self.customer.speaks(customer));
            self.count(block);
        }
    }

    fn count(&mut self, block: (bool, bool)) {
        if self.window.len() >= WINDOW_BLOCKS
            && let Some((agent, customer)) = self.window.pop_front()
        {
            self.agent.spoken = self.agent.spoken.saturating_sub(usize::from(agent));
            self.customer.spoken = self.customer.spoken.saturating_sub(usize::from(customer));
        }
        self.agent.spoken = self.agent.spoken.saturating_add(usize::from(block.0));
        self.customer.spoken = self.customer.spoken.saturating_add(usize::from(block.1));
        self.window.push_back(block);
    }

    /// Whether both sides have talked within the window.
    #[must_use]
    pub const fn both_talk(&self) -> bool {
        self.agent.spoken >= TALKS_FROM_BLOCKS && self.customer.spoken >= TALKS_FROM_BLOCKS
    }
}

/// Root mean square; what is no number is silence.
fn level_of(samples: &[f32]) -> f64 {
    let energy: f64 = samples.iter().map(|sample| f64::from(*sample) * f64::from(*sample)).sum();
    #[allow(clippy::cast_precision_loss)] // a block's length
    let level = (energy / samples.len().max(1) as f64).sqrt();
    if level.is_finite() { level } else { 0.0 }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small numbers of the test")]
mod tests {
    use super::*;

    const SILENCE: f32 = 0.000_5;
    const SPEECH: f32 = 0.05;

    /// Listens for `blocks`; each side's level comes from the block's number.
    fn listen(activity: &mut Activity, blocks: usize, agent: fn(usize) -> f32, customer: fn(usize) -> f32) {
        for index in 0..blocks {
            activity.listen(&[agent(index); BLOCK_SAMPLES], &[customer(index); BLOCK_SAMPLES]);
        }
    }

    /// Four blocks of speech, then one of a pause.
    fn speech(index: usize) -> f32 {
        if index % 5 == 4 { SILENCE } else { SPEECH }
    }

    #[test]
    fn two_who_take_turns_talk() {
        let mut activity = Activity::default();
        let agent = |index: usize| if index % 200 < 100 { speech(index) } else { SILENCE };
        let customer = |index: usize| if index % 200 < 100 { SILENCE } else { speech(index) };
        listen(&mut activity, 800, agent, customer);
        assert!(activity.both_talk());
    }

    #[test]
    fn one_voice_is_no_talk_nor_is_silence_nor_a_hum_on_the_line() {
        for (agent, customer) in [
            (speech as fn(usize) -> f32, (|_| SILENCE) as fn(usize) -> f32),
            (|_| SILENCE, |_| SILENCE),
            (speech, |_| SPEECH),
            (|_| f32::NAN, |_| f32::INFINITY),
        ] {
            let mut activity = Activity::default();
            listen(&mut activity, 1_500, agent, customer);
            assert!(!activity.both_talk());
        }
    }

    #[test]
    fn what_was_said_before_the_window_is_forgotten() {
        let mut activity = Activity::default();
        listen(&mut activity, 600, speech, speech);
        assert!(activity.both_talk());
        listen(&mut activity, WINDOW_BLOCKS, |_| SILENCE, |_| SILENCE);
        assert!(!activity.both_talk());
        assert_eq!(activity.window.len(), WINDOW_BLOCKS);
    }
}
