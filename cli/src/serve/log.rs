//! The server's log: one line on standard error per event of its life and per refused request.
//!
//! Owns the form of a line. It must never be handed a token, a grant, a key, a query string or a raw path: only codes,
//! numbers and well-formed object names.

use std::fmt::Display;
use std::io::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970-01-01 UTC; 0 on a clock before that.
pub fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Writes `callseal serve: at_ms=… event=… key=value …`.
pub fn event(event: &str, fields: &[(&str, &dyn Display)]) {
    let fields: String = fields.iter().map(|(key, value)| format!(" {key}={value}")).collect();
    line(&format!("at_ms={} event={event}{fields}", now_ms()));
}

/// Writes a line for people; a closed standard error must not end the server.
pub fn line(text: &str) {
    let _ = writeln!(std::io::stderr(), "callseal serve: {text}");
}
