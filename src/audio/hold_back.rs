//! The hold-back ring: the last seconds of a call, in memory only.
//!
//! Owns the plaintext samples between capture and encoder. A sample leaves it exactly once, as part of a frame, and
//! its cell is overwritten when it does. Must never decide what may leave: `redact` does.
#![allow(clippy::arithmetic_side_effects)] // ring indices, all taken modulo the capacity

use super::BLOCK_SAMPLES;
use crate::{Error, ErrorKind, Result};
use zeroize::Zeroize;

/// One Opus frame of both channels on its way to the encoder.
#[derive(Clone, PartialEq)]
pub struct Frame {
    /// Timeline sample of the first of its [`BLOCK_SAMPLES`] samples.
    pub start_sample: u64,
    /// The agent.
    pub left: [f32; BLOCK_SAMPLES],
    /// The customer.
    pub right: [f32; BLOCK_SAMPLES],
}

impl core::fmt::Debug for Frame {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.debug_struct("Frame").field("start_sample", &self.start_sample).finish_non_exhaustive()
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        self.left.zeroize();
        self.right.zeroize();
    }
}

/// A ring of both channels, addressed by timeline sample. Its memory is reserved once.
pub struct HoldBack {
    left: Vec<f32>,
    right: Vec<f32>,
    start_sample: u64,
    length: usize,
}

impl core::fmt::Debug for HoldBack {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter
            .debug_struct("HoldBack")
            .field("start_sample", &self.start_sample)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

impl HoldBack {
    /// An empty ring for `capacity_samples` per channel whose first sample will be `start_sample`.
    #[must_use]
    pub fn new(capacity_samples: usize, start_sample: u64) -> Self {
        Self {
            left: vec![0.0; capacity_samples],
            right: vec![0.0; capacity_samples],
            start_sample,
            length: 0,
        }
    }

    /// Timeline sample of the oldest sample held.
    #[must_use]
    pub const fn start_sample(&self) -> u64 {
        self.start_sample
    }

    /// Timeline sample just behind the newest sample held.
    #[must_use]
    pub const fn end_sample(&self) -> u64 {
        self.start_sample + self.length as u64
    }

    /// Samples held per channel.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.length
    }

    /// Whether nothing is held.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Samples per channel that still fit.
    #[must_use]
    pub fn free(&self) -> usize {
        self.left.len() - self.length
    }

    /// Appends samples of both channels.
    ///
    /// # Errors
    /// [`ErrorKind::LimitExceeded`] if they do not fit or the channels differ in length; nothing is appended then.
    pub fn push(&mut self, left: &[f32], right: &[f32]) -> Result<()> {
        if left.len() != right.len() || left.len() > self.free() {
            return Err(Error::new(ErrorKind::LimitExceeded, "The hold-back ring is full."));
        }
        for (left, right) in left.iter().zip(right) {
            self.push_one(*left, *right);
        }
        Ok(())
    }

    /// Appends silence.
    ///
    /// # Errors
    /// [`ErrorKind::LimitExceeded`] if it does not fit; nothing is appended then.
    pub fn push_silence(&mut self, samples: usize) -> Result<()> {
        if samples > self.free() {
            return Err(Error::new(ErrorKind::LimitExceeded, "The hold-back ring is full."));
        }
        for _ in 0..samples {
            self.push_one(0.0, 0.0);
        }
        Ok(())
    }

    fn push_one(&mut self, left: f32, right: f32) {
        let Some(capacity) = core::num::NonZeroU64::new(self.left.len() as u64) else { return };
        #[allow(clippy::cast_possible_truncation)] // smaller than the capacity, which is a usize
        let cell = (self.end_sample() % capacity) as usize;
        if let (Some(left_cell), Some(right_cell)) = (self.left.get_mut(cell), self.right.get_mut(cell)) {
            *left_cell = left;
            *right_cell = right;
            self.length += 1;
        }
    }

    /// Takes the oldest frame out and overwrites its cells; the last frame of a recording may be shorter than
    /// [`BLOCK_SAMPLES`] and is then filled with silence. `None` if the ring is empty.
    pub fn pop(&mut self) -> Option<Frame> {
        let capacity = core::num::NonZeroU64::new(self.left.len() as u64)?;
        if self.length == 0 {
            return None;
        }
        let mut frame = Frame {
            start_sample: self.start_sample,
            left: [0.0; BLOCK_SAMPLES],
            right: [0.0; BLOCK_SAMPLES],
        };
        let taken = self.length.min(BLOCK_SAMPLES);
        for (index, (left, right)) in frame.left.iter_mut().zip(&mut frame.right).take(taken).enumerate() {
            #[allow(clippy::cast_possible_truncation)] // smaller than the capacity, which is a usize
            let cell = ((self.start_sample + index as u64) % capacity) as usize;
            if let (Some(left_cell), Some(right_cell)) = (self.left.get_mut(cell), self.right.get_mut(cell)) {
                *left = core::mem::take(left_cell);
                *right = core::mem::take(right_cell);
            }
        }
        self.start_sample += taken as u64;
        self.length -= taken;
        Some(frame)
    }

    /// Throws away everything from `sample` on, overwriting it.
    pub fn truncate(&mut self, sample: u64) {
        let Some(capacity) = core::num::NonZeroU64::new(self.left.len() as u64) else { return };
        while self.length > 0 && self.end_sample() > sample {
            self.length -= 1;
            #[allow(clippy::cast_possible_truncation)] // smaller than the capacity, which is a usize
            let cell = (self.end_sample() % capacity) as usize;
            if let (Some(left), Some(right)) = (self.left.get_mut(cell), self.right.get_mut(cell)) {
                *left = 0.0;
                *right = 0.0;
            }
        }
    }

    /// Overwrites everything held and gives the memory back: nothing fits any more.
    pub fn wipe(&mut self) {
        self.left.iter_mut().for_each(|sample| *sample = 0.0);
        self.right.iter_mut().for_each(|sample| *sample = 0.0);
        self.start_sample += self.length as u64;
        self.length = 0;
        self.left = Vec::new();
        self.right = Vec::new();
    }
}

impl Drop for HoldBack {
    fn drop(&mut self) {
        self.left.zeroize();
        self.right.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn cells_are_overwritten_when_their_samples_leave() {
        let mut ring = HoldBack::new(4_000, 7);
        ring.push(&[0.5; 1_500], &[0.5; 1_500]).unwrap();
        ring.pop();
        ring.pop();
        assert!(ring.is_empty());
        assert!(ring.left.iter().chain(&ring.right).all(|sample| *sample == 0.0));
    }

    #[test]
    fn truncating_overwrites_what_it_throws_away() {
        let mut ring = HoldBack::new(4_000, 0);
        ring.push(&[0.5; 3_000], &[0.5; 3_000]).unwrap();
        ring.truncate(1_000);
        assert_eq!(ring.end_sample(), 1_000);
        assert_eq!(ring.left.iter().filter(|sample| **sample != 0.0).count(), 1_000);
    }

    #[test]
    fn what_does_not_fit_is_refused_whole() {
        let mut ring = HoldBack::new(1_000, 0);
        assert!(ring.push(&[0.5; 1_001], &[0.5; 1_001]).is_err());
        assert!(ring.is_empty());
    }

    proptest! {
        #[test]
        fn samples_leave_once_in_order_and_unchanged(
            start in 0_u64..1_000_000,
            steps in proptest::collection::vec((0_usize..1_500, 0_usize..3), 1..60),
        ) {
            let mut ring = HoldBack::new(5_000, start);
            let (mut pushed, mut popped) = (0_u64, 0_u64);
            for (push, pops) in steps {
                let samples: Vec<f32> = (0..push).map(|index| (pushed + index as u64) as f32 / 65_536.0).collect();
                let negative: Vec<f32> = samples.iter().map(|sample| -sample).collect();
                if ring.push(&samples, &negative).is_ok() {
                    pushed += push as u64;
                }
                for _ in 0..pops {
                    let held = ring.len().min(BLOCK_SAMPLES);
                    let Some(frame) = ring.pop() else { break };
                    prop_assert_eq!(frame.start_sample, start + popped);
                    for index in 0..held {
                        prop_assert_eq!(frame.left[index], (popped + index as u64) as f32 / 65_536.0);
                        prop_assert_eq!(frame.right[index], -frame.left[index]);
                    }
                    popped += held as u64;
                }
            }
            prop_assert_eq!(ring.end_sample(), start + pushed);
        }
    }
}
