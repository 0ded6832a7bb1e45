//! Proof that the disclosure reached the call.
//!
//! The announcer mixes the prompt into the track that goes out, and the same mixed track is captured. Here both are
//! compared: the prompt is found in the captured track at its exact place, and piece by piece it is counted how much
//! of it is really there. Owns that measurement. Must never keep captured audio longer than the measurement.
#![allow(clippy::arithmetic_side_effects)] // signal arithmetic in floating point

use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use crate::audio::samples_of_ms;

/// Share of the prompt that must have been delivered for the disclosure to count.
pub const DELIVERED_FROM: f64 = 0.8;

/// Whether a disclosure asks or tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisclosureKind {
    /// It asks a question, and only an answer is one.
    #[default]
    Question,
    /// It tells of the recording; where the law allows, who stays on the line agrees.
    Notice,
}

/// How a disclosure reaches the parties.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// A prompt is mixed into the call, and measured there.
    #[default]
    Audio,
    /// The agent reads the words out and attests it.
    AgentRead,
}

/// Longest prompt that is measured (60 s); a longer one is refused.
pub const LONGEST_PROMPT_SAMPLES: usize = 60 * 48_000;

/// How far the captured prompt may lie from where it was scheduled: the media graph's own delay is a few blocks.
const SEARCH_SAMPLES: usize = 9_600;

/// Length of the pieces that are counted: 100 ms.
const PIECE_SAMPLES: usize = 4_800;

/// How far one dropout may shift what follows it: 50 ms. On a busy machine the browser's media graph now and then
/// inserts or swallows a few render quanta; the prompt was heard nevertheless.
const SHIFT_SAMPLES: usize = 2_400;

/// Pieces that must fit together at a new place before a shift is believed: alone, 100 ms of any speech fit too easily.
const SHIFT_PIECES: usize = 3;

/// Gaps that are remembered: a prompt that stopped more often than this was not heard as a sentence.
const MOST_PAUSES: usize = 8;

/// Step of the first, coarse search: 12 kHz is enough to find the neighbourhood of speech.
const COARSE_SAMPLES: usize = 4;

/// Correlation from which a piece counts as delivered: the agent may speak over the (ducked) prompt.
const CORRELATION_FROM: f64 = 0.5;

/// Pieces quieter than this share of the prompt's own loudness are pauses and are not counted.
const PAUSE_BELOW: f64 = 0.1;

/// Listens to the outgoing track while the prompt plays.
pub struct DeliveryMeter {
    prompt: Vec<f32>,
    /// Where the first captured sample lies on the timeline.
    captured_from: u64,
    captured: Vec<f32>,
    scheduled_at: Option<u64>,
    /// Lengths of the gaps that fell into what was captured.
    pauses: Vec<usize>,
}

impl core::fmt::Debug for DeliveryMeter {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter
            .debug_struct("DeliveryMeter")
            .field("scheduled_at", &self.scheduled_at)
            .finish_non_exhaustive()
    }
}

impl Drop for DeliveryMeter {
    fn drop(&mut self) {
        self.captured.zeroize();
    }
}

impl DeliveryMeter {
    /// A meter for a prompt of these samples (mono, 48 kHz). `None` if it is empty, silent or too long.
    #[must_use]
    pub fn new(prompt: Vec<f32>) -> Option<Self> {
        let usable = !prompt.is_empty() && prompt.len() <= LONGEST_PROMPT_SAMPLES && energy(&prompt) > 0.0;
        usable.then(|| Self {
            prompt,
            captured_from: 0,
            captured: Vec::new(),
            scheduled_at: None,
            pauses: Vec::new(),
        })
    }

    /// Takes captured samples of the outgoing track that lie at `start_sample`. Only the stretch that may hold the
    /// prompt is kept.
    pub fn listen(&mut self, start_sample: u64, left: &[f32]) {
        let most = self.longest();
        if self.scheduled_at.is_some() && self.captured.len() >= most {
            return; // everything that may hold the prompt is here
        }
        if self.captured.is_empty() {
            self.captured_from = start_sample;
        } else if start_sample != self.captured_from + self.captured.len() as u64 {
            self.wipe();
            self.captured_from = start_sample;
        }
        self.captured.extend_from_slice(left);
        if self.scheduled_at.is_none() && self.captured.len() > 2 * SEARCH_SAMPLES {
            // Not playing yet: keep only what the search will need.
            let surplus = self.captured.len() - SEARCH_SAMPLES;
            self.captured.rotate_left(surplus);
            let kept = self.captured.len() - surplus;
            self.captured.iter_mut().skip(kept).for_each(|sample| *sample = 0.0);
            self.captured.truncate(kept);
            self.captured_from += surplus as u64;
        }
    }

    /// The timeline has a gap there. Where the audio context stood still, the prompt stood still with it and goes on
    /// behind the gap; where blocks were lost, what was missing cannot be heard.
    pub fn pause(&mut self, start_sample: u64, samples: u64) {
        let length =
            usize::try_from(samples).unwrap_or(usize::MAX).min(self.prompt.len() + 4 * SEARCH_SAMPLES);
        if self.pauses.len() < MOST_PAUSES {
            self.pauses.push(length);
        }
        self.listen(start_sample, &vec![0.0; length]);
    }

    /// Samples that may be needed to find the prompt.
    fn longest(&self) -> usize {
        self.prompt.len() + 4 * SEARCH_SAMPLES + self.pauses.iter().sum::<usize>()
    }

    /// The prompt is scheduled to begin at this timeline sample.
    pub fn scheduled(&mut self, start_sample: u64) {
        self.scheduled_at = Some(start_sample);
    }

    /// Whether everything that may hold the prompt was captured.
    #[must_use]
    pub fn complete(&self) -> bool {
        self.scheduled_at.is_some_and(|at| {
            self.captured_from + self.captured.len() as u64
                >= at + (self.prompt.len() + self.pauses.iter().sum::<usize>()) as u64 + samples_of_ms(150)
        })
    }

    /// Finds the prompt: its timeline start and end, and the fraction delivered. Forgets the captured audio.
    pub fn measure(&mut self) -> Option<(u64, u64, f64)> {
        let scheduled = self.scheduled_at.take()?;
        let from = usize::try_from(scheduled.saturating_sub(self.captured_from)).ok()?;
        let earliest = from.saturating_sub(SEARCH_SAMPLES / 10);
        let offset = self.find(earliest, from + SEARCH_SAMPLES)?;
        let fraction = self.fraction_at(offset);
        let start = self.captured_from + offset as u64;
        let end = start + self.prompt.len() as u64;
        self.wipe();
        Some((start, end, fraction))
    }

    fn wipe(&mut self) {
        self.captured.iter_mut().for_each(|sample| *sample = 0.0);
        self.captured.clear();
    }

    /// The offset in the captured audio at which the prompt fits best. It is looked for by the loudest stretch of each
    /// quarter, because a part of it may be missing.
    fn find(&self, earliest: usize, latest: usize) -> Option<usize> {
        let quarter = self.prompt.len().div_ceil(4);
        let mut best: Option<(f64, usize)> = None;
        for (index, part) in self.prompt.chunks(quarter).enumerate() {
            let key_at = index * quarter + loudest(part, 2 * PIECE_SAMPLES);
            let key = self.prompt.get(key_at..(key_at + 2 * PIECE_SAMPLES).min(self.prompt.len()))?;
            let coarse = self.fit(key, key_at, (earliest..=latest).step_by(COARSE_SAMPLES), COARSE_SAMPLES);
            let Some((_, near)) = coarse else { continue };
            let around = near.saturating_sub(COARSE_SAMPLES)..=near + COARSE_SAMPLES;
            let fine = self.fit(key, key_at, around, 1);
            // The first quarter that is there says where the prompt began; later ones may have been shifted.
            if let Some((score, offset)) = fine
                && score >= CORRELATION_FROM
            {
                return Some(offset);
            }
            if fine.is_some_and(|(score, _)| best.is_none_or(|(highest, _)| score > highest)) {
                best = fine;
            }
        }
        best.map(|(_, offset)| offset)
    }

    /// The best of these offsets for a stretch of the prompt that lies at `key_at`, with its correlation.
    fn fit(
        &self,
        key: &[f32],
        key_at: usize,
        offsets: impl Iterator<Item = usize>,
        step: usize,
    ) -> Option<(f64, usize)> {
        offsets
            .filter_map(|offset| {
                let heard = self.captured.get(offset + key_at..offset + key_at + key.len())?;
                Some((correlation(key, heard, step), offset))
            })
            .max_by(|left, right| left.0.total_cmp(&right.0))
    }

    fn fraction_at(&self, offset: usize) -> f64 {
        let loudness = energy(&self.prompt) / self.prompt.len() as f64;
        let (mut counted, mut delivered) = (0.0_f64, 0.0_f64);
        let mut offset = offset;
        for (index, piece) in self.prompt.chunks(PIECE_SAMPLES).enumerate() {
            if energy(piece) / (piece.len() as f64) < PAUSE_BELOW * loudness {
                continue;
            }
            counted += piece.len() as f64;
            let at = index * PIECE_SAMPLES;
            let mut found = self.is_at(piece, offset + at);
            if !found && let Some(shifted) = self.shifted(at, offset) {
                offset = shifted;
                found = self.is_at(piece, offset + at);
            }
            if found {
                delivered += piece.len() as f64;
            }
        }
        if counted > 0.0 { delivered / counted } else { 0.0 }
    }

    fn is_at(&self, piece: &[f32], at: usize) -> bool {
        let heard = self.captured.get(at..at + piece.len());
        heard.is_some_and(|heard| correlation(piece, heard, 1) >= CORRELATION_FROM)
    }

    /// The offset from which on the prompt fits again, if a dropout or a gap at `at` of the prompt has shifted it.
    fn shifted(&self, at: usize, offset: usize) -> Option<usize> {
        let key = self.prompt.get(at..(at + SHIFT_PIECES * PIECE_SAMPLES).min(self.prompt.len()))?;
        let around = core::iter::once(0).chain(self.pauses.iter().copied()).flat_map(|pause| {
            let middle = offset + pause;
            (middle.saturating_sub(SHIFT_SAMPLES)..=middle + SHIFT_SAMPLES).step_by(COARSE_SAMPLES)
        });
        let (_, near) = self.fit(key, at, around, COARSE_SAMPLES)?;
        let close = near.saturating_sub(COARSE_SAMPLES)..=near + COARSE_SAMPLES;
        let (score, best) = self.fit(key, at, close, 1)?;
        (score >= CORRELATION_FROM).then_some(best)
    }
}

fn energy(samples: &[f32]) -> f64 {
    samples.iter().map(|sample| f64::from(*sample) * f64::from(*sample)).sum()
}

/// Normalised correlation, −1 to 1; 0 where one side is silent.
fn correlation(expected: &[f32], heard: &[f32], step: usize) -> f64 {
    let (mut product, mut left, mut right) = (0.0_f64, 0.0_f64, 0.0_f64);
    for (expected, heard) in expected.iter().zip(heard).step_by(step) {
        let (expected, heard) = (f64::from(*expected), f64::from(*heard));
        product += expected * heard;
        left += expected * expected;
        right += heard * heard;
    }
    if left > 0.0 && right > 0.0 { product / (left * right).sqrt() } else { 0.0 }
}

/// Start of the loudest stretch of `length` samples, looking every 10 ms.
fn loudest(samples: &[f32], length: usize) -> usize {
    let last = samples.len().saturating_sub(length);
    (0..=last)
        .step_by(480)
        .map(|at| (at, samples.get(at..at + length).map_or(0.0, energy)))
        .fold((0, 0.0), |best, next| if next.1 > best.1 { next } else { best })
        .0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Noise that sounds like nothing else, in the band of speech: a linear congruential generator, low-passed twice,
    /// shaped by a slow envelope.
    fn voice(seed: u64, length: usize) -> Vec<f32> {
        let (mut state, mut first, mut second) = (seed, 0.0_f32, 0.0_f32);
        (0..length)
            .map(|index| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let noise = ((state >> 40) as f32 / 16_777_216.0) - 0.5;
                first += 0.25 * (noise - first);
                second += 0.25 * (first - second);
                second * (0.6 + 0.4 * (index as f32 / 3_000.0).sin())
            })
            .collect()
    }

    fn measure(prompt: &[f32], outgoing: &[f32], scheduled: u64) -> (u64, u64, f64) {
        let mut meter = DeliveryMeter::new(prompt.to_vec()).unwrap();
        for (index, block) in outgoing.chunks(960).enumerate() {
            let at = 10_000 + 960 * index as u64;
            if at + 2_000 > scheduled {
                meter.scheduled(scheduled);
            }
            meter.listen(at, block);
        }
        assert!(meter.complete());
        meter.measure().unwrap()
    }

    /// The prompt at `at`, the agent's own voice under it at a fifth, as the announcer mixes them.
    fn mixed(prompt: &[f32], at: usize, length: usize) -> Vec<f32> {
        let agent = voice(99, length);
        let mut outgoing: Vec<f32> = agent.iter().map(|sample| sample * 0.2).collect();
        for (index, sample) in prompt.iter().enumerate() {
            outgoing[at + index] += sample;
        }
        outgoing
    }

    #[test]
    fn a_prompt_is_found_at_its_exact_sample_under_the_agents_voice() {
        let prompt = voice(1, 80_000);
        let outgoing = mixed(&prompt, 48_123, 180_000);
        let (start, end, fraction) = measure(&prompt, &outgoing, 10_000 + 48_000);
        assert_eq!((start, end), (58_123, 138_123));
        assert!(fraction > 0.99, "{fraction}");
    }

    #[test]
    fn a_prompt_that_was_cut_off_is_counted_in_part() {
        let prompt = voice(1, 96_000);
        let mut outgoing = mixed(&prompt, 48_000, 200_000);
        let agent = voice(99, 200_000);
        for (sample, agent) in outgoing.iter_mut().zip(agent).skip(48_000 + 48_000) {
            *sample = agent;
        }
        let (_, _, fraction) = measure(&prompt, &outgoing, 10_000 + 48_000);
        assert!((0.4..=0.6).contains(&fraction), "{fraction}");
    }

    #[test]
    fn a_dropout_that_shifts_the_rest_costs_the_prompt_only_what_was_lost() {
        let prompt = voice(1, 96_000);
        let mut outgoing = mixed(&prompt, 48_000, 200_000);
        // 10 ms of silence are inserted a third into the prompt, 6 ms are swallowed at two thirds.
        outgoing.splice(80_000..80_000, vec![0.0; 480]);
        outgoing.drain(112_000..112_288);
        let (start, _, fraction) = measure(&prompt, &outgoing, 10_000 + 48_000);
        assert!(start.abs_diff(58_000) <= 480, "{start}");
        assert!(fraction >= 0.9, "{fraction}");
    }

    #[test]
    fn a_prompt_that_stood_still_with_the_audio_context_goes_on_behind_the_gap() {
        let prompt = voice(1, 96_000);
        let outgoing = mixed(&prompt, 48_000, 200_000);
        let mut meter = DeliveryMeter::new(prompt).unwrap();
        let mut at = 10_000;
        for (index, block) in outgoing.chunks(960).enumerate() {
            if at + 2_000 > 58_000 {
                meter.scheduled(58_000);
            }
            if index == 90 {
                meter.pause(at, 9_600);
                at += 9_600;
            }
            meter.listen(at, block);
            at += 960;
        }
        assert!(meter.complete());
        let (start, _, fraction) = meter.measure().unwrap();
        assert_eq!(start, 58_000);
        assert!(fraction >= 0.9, "{fraction}");
    }

    #[test]
    fn a_prompt_that_never_went_out_was_not_delivered() {
        let prompt = voice(1, 60_000);
        let (_, _, fraction) = measure(&prompt, &voice(99, 180_000), 10_000 + 48_000);
        assert_eq!(fraction, 0.0);
    }

    #[test]
    fn silence_and_nothing_are_no_prompts() {
        assert!(DeliveryMeter::new(Vec::new()).is_none());
        assert!(DeliveryMeter::new(vec![0.0; 48_000]).is_none());
    }
}
