//! Consent, redaction and sealing of call recordings, inside the agent's browser.
//!
//! The modules follow the data: [`audio`] → [`redact`] → [`container`] → [`seal`] → [`store`], ordered by
//! [`session`], written down by [`ledger`], read again by [`archive`]. Everything but `web` is free of input and
//! output: it takes inputs and a clock and returns actions, and so is tested natively.

pub mod archive;
pub mod audio;
pub mod config;
pub mod consent;
pub mod container;
pub mod detection;
pub mod disclosure;
pub mod engine;
pub mod error;
pub mod evidence;
pub mod field;
pub mod jurisdiction;
pub mod ledger;
pub mod message;
pub mod names;
pub mod receipt;
pub mod redact;
pub mod seal;
pub mod session;
pub mod store;
pub mod value;
pub mod vcon;
#[cfg(all(target_arch = "wasm32", feature = "engine"))]
pub mod web;
pub mod webhook;
mod words;

pub use config::Config;
pub use engine::{Effect, Engine};
pub use error::{Error, ErrorKind, Result};
pub use message::{EngineMessage, PageMessage};
