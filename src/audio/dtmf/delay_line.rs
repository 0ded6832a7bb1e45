//! The last samples of a signal as one slice.
//!
//! Owns their memory, which is reserved once and wiped at the end: keyed digits can be heard in it.
#![allow(clippy::arithmetic_side_effects)] // positions below twice the capacity

use zeroize::{Zeroize as _, ZeroizeOnDrop};

/// A ring that holds everything twice, one capacity apart, so that its newest samples always lie in a row.
#[derive(ZeroizeOnDrop)]
pub(super) struct DelayLine {
    samples: Box<[f32]>,
    #[zeroize(skip)]
    next: usize,
}

impl DelayLine {
    /// Silence of `capacity` samples.
    pub(super) fn new(capacity: usize) -> Self {
        Self { samples: vec![0.0; capacity * 2].into_boxed_slice(), next: 0 }
    }

    fn capacity(&self) -> usize {
        self.samples.len() / 2
    }

    /// Appends one sample; the oldest one is overwritten.
    pub(super) fn push(&mut self, sample: f32) {
        let capacity = self.capacity();
        for at in [self.next, self.next + capacity] {
            if let Some(cell) = self.samples.get_mut(at) {
                *cell = sample;
            }
        }
        self.next = if self.next + 1 >= capacity { 0 } else { self.next + 1 };
    }

    /// The newest `length` samples, oldest first; at most the capacity.
    pub(super) fn latest(&self, length: usize) -> &[f32] {
        self.before(0, length)
    }

    /// `length` samples of which the newest lies `skipped` samples back. Empty if that is more than is held.
    pub(super) fn before(&self, skipped: usize, length: usize) -> &[f32] {
        if skipped + length > self.capacity() {
            return &[];
        }
        let end = self.next + self.capacity() - skipped;
        self.samples.get(end - length..end).unwrap_or(&[])
    }

    /// Forgets everything: silence again.
    pub(super) fn clear(&mut self) {
        self.samples.zeroize();
    }
}
