//! Leak test: the whole engine with a desk around it, in compressed time, in which every sample says when it was captured.
//!
//! The desk's page, its sensor, its audio and its clocks are simulated event by event, and each can fail. What was
//! demanded is kept apart from the engine. No sample that was captured inside a demanded stretch may be encoded, whatever
//! fails, and a recording is as long as its call. `CALLSEAL_LEAK_RUNS` multiplies the runs; `npm run leak` does.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects)]
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]

mod desk;
mod faults;
mod trigger;

use desk::{Account, Desk, Plan};
use faults::Fault;

/// How many times as many calls as the short form has.
fn times() -> u64 {
    std::env::var("CALLSEAL_LEAK_RUNS").ok().and_then(|word| word.parse().ok()).unwrap_or(1)
}

/// Runs `calls` calls with this fault in each, and gives what happened.
fn run(fault: Fault, calls: u64) -> Account {
    let mut all = Account::default();
    for seed in 0..calls * times() {
        let account = Desk::new(Plan { seed: seed * 8 + fault as u64, fault }).run();
        assert_eq!(account.leaked, 0, "{fault:?}, call {seed}: {account:?}");
        all.add(&account);
    }
    println!("{fault:?}: {all:?}");
    all
}

#[test]
fn two_hundred_pauses_at_any_time_by_any_trigger_leak_nothing_and_cut_only_what_was_demanded() {
    let account = run(Fault::None, 10);
    assert!(account.pauses >= 200 * times(), "{account:?}");
    assert_eq!(account.cut_without_demand, 0, "{account:?}");
    assert!(account.kept > 0 && account.cut > 0);
    assert_eq!(account.longest_error_ms, 0);
}

/// What each fault has to show in at least 20 calls: nothing leaks, and the timeline is as long as the call. `exact_ms`: how
/// far off it may be where media are missing (src/audio/clock.rs: 100 ms and 0.1 %).
fn proven(fault: Fault, exact_ms: u64) {
    let account = run(fault, fault.calls());
    assert!(account.faults >= 20 * times(), "{account:?}");
    assert!(account.kept > 0 && account.cut > 0, "{account:?}");
    assert!(account.longest_error_ms <= exact_ms, "{account:?}");
}

#[test]
fn a_main_thread_that_freezes_leaks_nothing() {
    proven(Fault::FrozenPage, 0);
}

#[test]
fn a_sensor_that_is_killed_leaks_nothing() {
    proven(Fault::KilledSensor, 0);
}

#[test]
fn a_port_that_is_lost_leaks_nothing() {
    proven(Fault::LostPort, 0);
}

#[test]
fn an_audio_context_that_is_suspended_leaks_nothing_and_shortens_nothing() {
    proven(Fault::SuspendedAudio, 160);
}

#[test]
fn a_frame_that_is_closed_without_a_word_leaks_nothing() {
    proven(Fault::ClosedFrame, 0);
}

#[test]
fn a_wall_clock_that_jumps_leaks_nothing_and_moves_nothing() {
    proven(Fault::ClockJump, 0);
}

#[test]
fn a_tab_that_is_hidden_and_throttled_leaks_nothing() {
    proven(Fault::HiddenTab, 0);
}

#[test]
fn a_machine_that_is_overloaded_leaks_nothing() {
    proven(Fault::Overload, 160);
}
