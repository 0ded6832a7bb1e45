//! From sealed objects to the store: the spool, the queue of uploads, and what to do after a crash.
//!
//! Owns the promise that nothing sealed is lost and nothing is stored twice. Must never touch a file or a socket: it
//! says what to do, the browser edge does it and reports back.

pub mod attempt;
pub mod backoff;
mod checksum;
pub mod config;
pub mod meaning;
pub mod picture;
pub mod queue;
pub mod recovery;
pub mod resuming;
pub mod space;
pub mod spool;
pub mod trouble;
