//! The server's log: one line on standard error per event of its life, per refused request and per read.
//!
//! Owns the form of a line, as text or JSON. It must never be handed a token, a grant, a key, a query string or a raw
//! path: only codes, numbers, hashes and well-formed object names.

use super::metrics;
use serde_json::{Map, Value};
use std::fmt::Display;
use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// How lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// `callseal serve: at_ms=… event=… key=value …`
    Text,
    /// One JSON object per line.
    Json,
}

/// One process has one log; set once, before its first line.
static IS_JSON: AtomicBool = AtomicBool::new(false);

tokio::task_local! {
    /// The number of the request that is being answered; every line written meanwhile carries it.
    pub static REQUEST: String;
}

/// Sets how lines are written.
pub fn set_format(format: Format) {
    IS_JSON.store(format == Format::Json, Ordering::Relaxed);
}

/// Milliseconds since 1970-01-01 UTC; 0 on a clock before that.
pub fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// A value with spaces.
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "'"))
}

/// Writes an event with its fields. In text, a value with spaces must come quoted.
pub fn event(event: &str, fields: &[(&str, &dyn Display)]) {
    metrics::count_event(event);
    let request = REQUEST.try_with(Clone::clone).ok();
    if IS_JSON.load(Ordering::Relaxed) {
        write(&json(now_ms(), event, request.as_deref(), fields));
    } else {
        let request = request.map(|request| format!(" request={request}")).unwrap_or_default();
        let fields: String = fields.iter().map(|(key, value)| format!(" {key}={value}")).collect();
        write(&format!("callseal serve: at_ms={} event={event}{request}{fields}", now_ms()));
    }
}

/// Writes a line for people; a closed standard error must not end the server.
pub fn line(text: &str) {
    if IS_JSON.load(Ordering::Relaxed) {
        write(&json(now_ms(), "said", None, &[("text", &text)]));
    } else {
        write(&format!("callseal serve: {text}"));
    }
}

fn json(at_ms: u64, event: &str, request: Option<&str>, fields: &[(&str, &dyn Display)]) -> String {
    let mut members = Map::new();
    members.insert("at_ms".to_owned(), at_ms.into());
    members.insert("event".to_owned(), event.into());
    if let Some(request) = request {
        members.insert("request".to_owned(), request.into());
    }
    for (key, value) in fields {
        let text = value.to_string();
        let bare = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(&text);
        let value = text.parse::<u64>().map_or_else(|_| Value::from(bare), Value::from);
        members.insert((*key).to_owned(), value);
    }
    Value::Object(members).to_string()
}

fn write(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

#[cfg(test)]
mod tests {
    use super::{json, quoted};

    #[test]
    fn a_json_line_has_numbers_as_numbers_and_texts_without_the_quotes_of_the_other_form() {
        let line = json(7, "refused", Some("a1"), &[("status", &403), ("step", &quoted("say \"no\""))]);
        assert_eq!(line, r#"{"at_ms":7,"event":"refused","request":"a1","status":403,"step":"say 'no'"}"#);
    }
}
