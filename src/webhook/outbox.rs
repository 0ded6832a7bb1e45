//! The lines on the disk: what waits, and what has arrived.
//!
//! A file grows by whole JSON lines, each flushed before the event is tried: `{"event":…}` when it begins to wait,
//! `{"done":…}` when it waits no more. A crash can tear the last line only. Files belong to one receiver, told by their
//! name, so that another configuration of the same origin does not get its events. Must never hold a secret.

use serde_json::{Value, json};

use super::event::{Event, EventId};
use crate::seal::sha256_hex;

/// Folder of the outbox within the spool. It is no call id, so recovery leaves it alone.
pub const FOLDER: &str = "outbox";

/// Digits of the receiver's hash in a file name: enough that two addresses of one host never share it by chance.
const RECEIVER_DIGITS: usize = 16;

/// A file is written anew above this size, bytes, if most of it is done with.
pub const REWRITE_ABOVE_BYTES: u64 = 4 * 1024 * 1024;

/// What the names of all files for this receiver begin with.
#[must_use]
pub fn receiver_prefix(url: &str) -> String {
    let hash = sha256_hex(url.as_bytes());
    format!("{}-", hash.get(..RECEIVER_DIGITS).unwrap_or_default())
}

/// Name of the file of one engine; `engine` is unique to it.
#[must_use]
pub fn file_name(url: &str, engine: &EventId) -> String {
    format!("{}{}.jsonl", receiver_prefix(url), engine.as_str())
}

/// The line that an event begins to wait.
#[must_use]
pub fn waits(event: &Event) -> Vec<u8> {
    line(&json!({"event": event.envelope()}))
}

/// The line that an event waits no more.
#[must_use]
pub fn done(id: &EventId) -> Vec<u8> {
    line(&json!({"done": id.as_str()}))
}

fn line(value: &Value) -> Vec<u8> {
    format!("{value}\n").into_bytes()
}

/// The events that wait in a file, in the order in which they were written. What is torn or foreign is passed over.
#[must_use]
pub fn read(content: &[u8]) -> Vec<Event> {
    let mut waiting: Vec<Event> = Vec::new();
    for line in content.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n")) {
        let Ok(line) = serde_json::from_slice::<Value>(line) else { continue };
        if let Some(id) = line.get("done").and_then(Value::as_str) {
            waiting.retain(|event| event.id.as_str() != id);
        } else if let Some(event) = line.get("event").and_then(Event::from_envelope)
            && waiting.iter().all(|known| known.id != event.id)
        {
            waiting.push(event);
        }
    }
    waiting
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::names::CallId;

    fn event(number: u8) -> Event {
        Event {
            id: EventId::from_random([number; 16]),
            kind: "call.stored".into(),
            call_id: None,
            at_ms: u64::from(number),
            data: json!({"text": "line\nfeed"}),
        }
    }

    #[test]
    fn the_outbox_is_not_taken_for_a_call() {
        assert!(CallId::parse(FOLDER).is_err());
    }

    #[test]
    fn files_of_two_receivers_differ_and_do_not_show_the_address() {
        let engine = EventId::from_random([1; 16]);
        let name = file_name("https://crm.example/hook?key=canary", &engine);
        assert!(name.starts_with(&receiver_prefix("https://crm.example/hook?key=canary")));
        assert!(!name.starts_with(&receiver_prefix("https://other.example/hook")));
        assert!(!name.contains("canary") && !name.contains("crm"));
    }

    proptest! {
        #[test]
        fn a_file_cut_anywhere_yields_what_its_whole_lines_say(
            steps in proptest::collection::vec((0_u8..6, any::<bool>()), 0..20), cut in any::<prop::sample::Index>(),
        ) {
            let mut content = Vec::new();
            let mut states = vec![(0, Vec::new())];
            let mut expected: Vec<Event> = Vec::new();
            let mut seen = std::collections::BTreeSet::new();
            for (number, finish) in steps {
                if finish {
                    content.extend(done(&event(number).id));
                    expected.retain(|known| known.at_ms != u64::from(number));
                } else if seen.insert(number) {
                    content.extend(waits(&event(number)));
                    expected.push(event(number));
                }
                states.push((content.len(), expected.clone()));
            }
            let length = cut.index(content.len().saturating_add(1));
            let whole = states.iter().rev().find(|(end, _)| *end <= length).unwrap();
            prop_assert_eq!(&read(&content[..length]), &whole.1);
        }

        #[test]
        fn any_bytes_are_read_without_harm(content in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(read(&content).is_empty());
        }
    }
}
