//! What must not be recorded: who vouches for the audio, and which stretches of it are cut out.
//!
//! Owns the decision over every sample that leaves the hold-back ring. Fails closed: a sample nobody vouched for is
//! cut out like a sensitive one. Must never see what was typed, only that a field was in use.

pub mod clearance;
pub mod exposure;
pub mod keys;
pub mod other_side;
pub mod rules;
pub mod span;
