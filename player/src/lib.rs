//! Opening and verifying a stored call in the browser of a listener.
//!
//! A module of its own beside the recording engine: whoever listens downloads no engine, and the engine no player. The
//! checks are those of [`callseal::archive`], so that the player, `callseal verify` and `callseal open` agree. It must
//! never fetch anything or decode audio; the Worker around it does (`pkg/player/worker.mjs`).

mod export;
mod stored;
#[cfg(target_arch = "wasm32")]
mod web;

pub use export::{Comment, Excerpt};
pub use stored::{Outline, SegmentPackets, SegmentPlace, StoredCall};
