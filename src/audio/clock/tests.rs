//! The rules of the call's clock.

use super::*;
use crate::audio::BLOCK_SAMPLES;
use proptest::prelude::*;

const SILENT: [f32; BLOCK_SAMPLES] = [0.25; BLOCK_SAMPLES];

struct Feed {
    clock: CallClock,
    frame: u64,
    monotonic_ms: f64,
    wall_ms: f64,
    placed: Vec<(u64, Option<GapReason>)>,
}

impl Feed {
    fn new() -> Self {
        Self {
            clock: CallClock::new(1_000.0),
            frame: 5_120,
            monotonic_ms: 1_000.0,
            wall_ms: 1.79e12,
            placed: Vec::new(),
        }
    }

    fn pass(&mut self, milliseconds: f64) {
        self.monotonic_ms += milliseconds;
        self.wall_ms += milliseconds;
    }

    fn block(&mut self, late_ms: f64) {
        let block = Block { frame: self.frame, wall_ms: self.wall_ms, left: &SILENT, right: &SILENT };
        let now = Now { monotonic_ms: self.monotonic_ms + late_ms, unix_ms: 0 };
        let placed = self.clock.place(&block, now);
        self.frame += BLOCK_LENGTH_SAMPLES;
        self.keep(placed);
    }

    fn keep(&mut self, placed: Vec<Placed>) {
        self.placed.extend(placed.into_iter().map(|placed| match placed {
            Placed::Gap { samples, reason } => (samples, Some(reason)),
            Placed::Audio { left, .. } => (left.len() as u64, None),
        }));
    }

    fn run(&mut self, blocks: usize) {
        for _ in 0..blocks {
            self.pass(20.0);
            self.block(0.0);
        }
    }

    fn gaps(&self) -> Vec<(u64, GapReason)> {
        self.placed.iter().filter_map(|(samples, reason)| reason.map(|reason| (*samples, reason))).collect()
    }

    fn total(&self) -> u64 {
        self.placed.iter().map(|(samples, _)| samples).sum()
    }
}

#[test]
fn two_seconds_of_suspension_become_a_gap_of_two_seconds_at_its_place() {
    let mut feed = Feed::new();
    feed.run(100);
    feed.pass(2_000.0);
    feed.run(100);
    assert_eq!(feed.gaps(), [(96_000, GapReason::Suspended)]);
    assert_eq!(feed.placed.iter().position(|(_, reason)| reason.is_some()), Some(100));
    assert_eq!(feed.total(), 200 * 960 + 96_000);
    assert_eq!(feed.clock.head(), feed.clock.sample_at(feed.monotonic_ms));
}

#[test]
fn a_worker_that_was_blocked_makes_no_gap() {
    let mut feed = Feed::new();
    feed.run(50);
    for index in 0..100 {
        feed.pass(20.0);
        feed.block(2_000.0 - 20.0 * f64::from(index));
    }
    feed.run(50);
    assert!(feed.gaps().is_empty());
    assert_eq!(feed.total(), 200 * 960);
}

#[test]
fn a_jump_of_the_wall_clock_makes_no_gap_in_either_direction() {
    for jump_ms in [3_600_000.0, -3_600_000.0] {
        let mut feed = Feed::new();
        feed.run(50);
        feed.wall_ms += jump_ms;
        feed.run(100);
        assert!(feed.gaps().is_empty());
        feed.pass(1_000.0);
        feed.run(100);
        assert_eq!(feed.gaps(), [(48_000, GapReason::Suspended)], "still finds gaps after the jump");
    }
}

#[test]
fn a_first_block_that_was_long_on_its_way_is_put_where_it_was_captured() {
    let mut clock = CallClock::new(1_000.0);
    let wall_ms = 1.79e12;
    for index in 0..100 {
        // Captured every 20 ms from 1,020 ms on, all received at 2,500 ms.
        let captured_ms = 20.0 * f64::from(index + 1);
        let block = Block {
            frame: 960 * index as u64,
            wall_ms: wall_ms + captured_ms,
            left: &SILENT,
            right: &SILENT,
        };
        let received_ms = captured_ms.max(1_500.0);
        let now = Now { monotonic_ms: 1_000.0 + received_ms, unix_ms: (wall_ms + received_ms) as u64 };
        assert_eq!(clock.place(&block, now).len(), 1);
    }
    assert_eq!(clock.head(), 100 * 960);
}

#[test]
fn an_audio_thread_that_catches_up_makes_no_gap() {
    let mut feed = Feed::new();
    feed.run(50);
    feed.pass(300.0);
    for _ in 0..15 {
        feed.block(0.0);
    }
    feed.run(100);
    assert!(feed.gaps().is_empty());
    assert_eq!(feed.total(), 165 * 960);
}

#[test]
fn frames_the_context_skipped_are_a_dropped_gap_of_their_exact_length() {
    let mut feed = Feed::new();
    feed.run(50);
    feed.frame += 384;
    feed.pass(8.0);
    feed.run(50);
    assert_eq!(feed.gaps(), [(384, GapReason::Dropped)]);
}

#[test]
fn sleep_is_named_and_capped() {
    let mut feed = Feed::new();
    feed.run(50);
    feed.pass(3_600_000.0);
    feed.run(200);
    assert_eq!(feed.gaps(), [(samples_of_ms(LONGEST_GAP_MS), GapReason::Sleep)]);
}

#[test]
fn a_slow_audio_clock_is_kept_within_a_hundred_milliseconds() {
    let mut feed = Feed::new();
    for _ in 0..90_000 {
        feed.pass(20.01); // 0.05 % slow for half an hour
        feed.block(0.0);
    }
    let settled = feed.clock.settle();
    feed.keep(settled);
    let error = feed.clock.sample_at(feed.monotonic_ms).abs_diff(feed.clock.head());
    assert!(error <= samples_of_ms(100), "{error} samples off");
}

#[test]
fn audio_that_stopped_before_the_call_is_filled_to_its_end() {
    let mut feed = Feed::new();
    feed.run(50);
    let end = feed.clock.head() + 48_000;
    assert_eq!(feed.clock.fill_to(end), Some(Placed::Gap { samples: 48_000, reason: GapReason::Suspended }));
    assert_eq!(feed.clock.fill_to(end), None);
}

proptest! {
    #[test]
    fn the_timeline_is_never_shorter_than_its_blocks_and_never_loses_one(
        steps in proptest::collection::vec((0.0_f64..400.0, 0.0_f64..400.0, 0_u64..3), 1..300)
    ) {
        let mut feed = Feed::new();
        for (pass_ms, late_ms, skipped) in &steps {
            feed.frame += skipped * 128;
            feed.pass(*pass_ms);
            feed.block(*late_ms);
        }
        let settled = feed.clock.settle();
        feed.keep(settled);
        let blocks = feed.placed.iter().filter(|(_, reason)| reason.is_none()).count();
        prop_assert_eq!(blocks, steps.len());
        let first_end = feed.clock.head() - feed.total() + 960;
        prop_assert!(first_end >= 960);
    }
}
