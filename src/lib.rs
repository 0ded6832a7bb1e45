//! Consent, redaction and sealing of call recordings, inside the agent's browser.
//!
//! The modules follow the data: [`audio`] → [`redact`] → [`container`] → [`seal`] → [`store`], ordered by
//! [`session`], written down by [`ledger`], read again by [`archive`]. Everything but `web` is free of input and
//! output: it takes inputs and a clock and returns actions, and so is tested natively.

pub mod archive;
pub mod container;
pub mod error;
pub mod ledger;
pub mod names;
pub mod seal;

pub use error::{Error, ErrorKind, Result};
