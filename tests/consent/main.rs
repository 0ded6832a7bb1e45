//! How consent is asked for and answered, rule by rule; `consent_law.rs` explores all short sequences.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

mod agent_side;
mod asking;
#[path = "../session/bench.rs"]
mod bench;
mod changing;
mod delivery;
mod elsewhere;
mod flood;
mod joining;
mod keeping;
#[path = "../support/keypad.rs"]
mod keypad;
mod keys;

use bench::{ANSWERED, Bench};
use callseal::jurisdiction::Mode;

pub(crate) fn asked(mode: Mode, changes: serde_json::Value) -> Bench {
    let mut bench = Bench::in_mode(mode, changes);
    bench.input(ANSWERED);
    bench.blocks(30);
    bench.prompt();
    bench
}

pub(crate) fn first_kept(bench: &Bench) -> u32 {
    (bench.encoded().into_iter().find(|sample| *sample != 0.0).unwrap() * 65_536.0) as u32 - 1
}
