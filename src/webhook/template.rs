//! The host's JSON with placeholders, filled with an event.
//!
//! Owns the placeholder's form: `{{path}}`, where the path names a member of the envelope and members or indices below
//! it. A string that is one placeholder becomes the value with its JSON type; within a longer string it becomes text. Must
//! never compute: no conditions, no loops, no code; keys are taken as they are.

use serde_json::{Map, Value};

use super::event::DATA_MEMBERS;
use crate::{Error, ErrorKind, Result};

/// Longest template as JSON text, bytes.
pub const MOST_TEMPLATE_BYTES: usize = 16 * 1_024;

/// Deepest nesting of arrays and objects.
pub const MOST_DEPTH: usize = 16;

/// Most placeholders.
pub const MOST_PLACEHOLDERS: usize = 100;

/// Longest body, bytes: the report of an eight-hour call has about 4,300 objects of 150 bytes each.
pub const MOST_BODY_BYTES: usize = 2 * 1_024 * 1_024;

/// Members of the envelope, which placeholders begin with.
const ENVELOPE: &[&str] = &["id", "type", "call_id", "at_ms", "data"];

/// A template within its limits.
#[derive(Clone, PartialEq, Eq)]
pub struct Template(Value);

impl core::fmt::Debug for Template {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("Template")
    }
}

impl Template {
    /// Checks the limits. The second value holds a sentence for each placeholder that no event fills; it names the
    /// place, not the placeholder.
    ///
    /// # Errors
    /// [`ErrorKind::ConfigInvalid`] for a template that is too long, too deep, or has too many placeholders.
    pub fn new(template: Value) -> Result<(Self, Vec<String>)> {
        let mut survey = Survey::default();
        survey.walk(&template, "webhook.template", 0)?;
        // Only behind the check of the depth: writing is recursive.
        if template.to_string().len() > MOST_TEMPLATE_BYTES {
            return Err(invalid(&format!("must have at most {MOST_TEMPLATE_BYTES} bytes")));
        }
        if survey.placeholders > MOST_PLACEHOLDERS {
            return Err(invalid(&format!("must have at most {MOST_PLACEHOLDERS} placeholders")));
        }
        Ok((Self(template), survey.warnings))
    }

    /// Fills the template with an event's envelope.
    ///
    /// # Errors
    /// [`ErrorKind::LimitExceeded`] if the outcome were longer than [`MOST_BODY_BYTES`].
    pub fn fill(&self, envelope: &Value) -> Result<Value> {
        let mut room_bytes = MOST_BODY_BYTES;
        fill(&self.0, envelope, &mut room_bytes)
    }
}

#[derive(Default)]
struct Survey {
    placeholders: usize,
    warnings: Vec<String>,
}

impl Survey {
    fn walk(&mut self, value: &Value, place: &str, depth: usize) -> Result<()> {
        if depth > MOST_DEPTH {
            return Err(invalid(&format!("must not be nested deeper than {MOST_DEPTH}")));
        }
        let below = depth.saturating_add(1);
        match value {
            Value::String(text) => {
                for path in pieces(text).into_iter().filter_map(Piece::path) {
                    self.placeholders = self.placeholders.saturating_add(1);
                    if !is_known(path) {
                        let sentence =
                            format!("The configuration's {place} has a placeholder that no event fills.");
                        self.warnings.push(sentence);
                    }
                }
                Ok(())
            }
            Value::Array(items) => items
                .iter()
                .enumerate()
                .try_for_each(|(index, item)| self.walk(item, &format!("{place}[{index}]"), below)),
            Value::Object(members) => members
                .iter()
                .try_for_each(|(name, member)| self.walk(member, &format!("{place}.{name}"), below)),
            _ => Ok(()),
        }
    }
}

/// Whether some event has such a value, as far as the first two steps of the path tell.
fn is_known(path: &str) -> bool {
    let mut steps = path.split('.');
    let first = steps.next().unwrap_or_default();
    match steps.next() {
        None => ENVELOPE.contains(&first),
        Some(second) => first == "data" && DATA_MEMBERS.contains(&second),
    }
}

/// A stretch of a string.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Piece<'a> {
    Text(&'a str),
    Placeholder(&'a str),
}

impl<'a> Piece<'a> {
    fn path(self) -> Option<&'a str> {
        match self {
            Self::Text(_) => None,
            Self::Placeholder(path) => Some(path),
        }
    }
}

/// Cuts a string into text and placeholders; braces that are not closed are text.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("{{")
        && let Some((path, after)) = behind.split_once("}}")
    {
        if !before.is_empty() {
            pieces.push(Piece::Text(before));
        }
        pieces.push(Piece::Placeholder(path.trim()));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    pieces
}

fn fill(template: &Value, envelope: &Value, room_bytes: &mut usize) -> Result<Value> {
    match template {
        Value::String(text) => match pieces(text).as_slice() {
            [Piece::Placeholder(path)] => {
                let value = look_up(envelope, path).cloned().unwrap_or_default();
                take(room_bytes, value.to_string().len())?;
                Ok(value)
            }
            pieces => {
                let mut filled = String::new();
                for piece in pieces {
                    let text = match piece {
                        Piece::Text(text) => (*text).to_owned(),
                        Piece::Placeholder(path) => as_text(look_up(envelope, path)),
                    };
                    take(room_bytes, text.len())?;
                    filled.push_str(&text);
                }
                Ok(Value::String(filled))
            }
        },
        Value::Array(items) => items
            .iter()
            .map(|item| fill(item, envelope, room_bytes))
            .collect::<Result<Vec<_>>>()
            .map(Value::Array),
        Value::Object(members) => {
            let mut filled = Map::new();
            for (name, member) in members {
                filled.insert(name.clone(), fill(member, envelope, room_bytes)?);
            }
            Ok(Value::Object(filled))
        }
        other => Ok(other.clone()),
    }
}

fn take(room_bytes: &mut usize, bytes: usize) -> Result<()> {
    *room_bytes = room_bytes.checked_sub(bytes).ok_or_else(|| {
        Error::new(ErrorKind::LimitExceeded, "The webhook's template makes too long a body.")
    })?;
    Ok(())
}

fn look_up<'a>(envelope: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(envelope, |value, step| match value {
        Value::Object(members) => members.get(step),
        Value::Array(items) => step.parse::<usize>().ok().and_then(|index| items.get(index)),
        _ => None,
    })
}

fn as_text(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

fn invalid(reason: &str) -> Error {
    Error::new(
        ErrorKind::ConfigInvalid,
        format!("The configuration's webhook.template is not usable: {reason}."),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn envelope() -> Value {
        json!({
            "id": "e", "type": "consent.answered", "call_id": "c", "at_ms": 7,
            "data": {
                "party": 1, "answer": "yes", "words": null, "retryable": true,
                "objects": [{"name": "a \"quoted\" name"}],
            },
        })
    }

    fn filled(template: Value) -> Value {
        Template::new(template).unwrap().0.fill(&envelope()).unwrap()
    }

    #[test]
    fn placeholders_are_filled_as_the_table_says() {
        let table = [
            // A whole string keeps the JSON type.
            (json!("{{data.answer}}"), json!("yes")),
            (json!("{{data.party}}"), json!(1)),
            (json!("{{data.retryable}}"), json!(true)),
            (json!("{{ data.objects }}"), json!([{"name": "a \"quoted\" name"}])),
            (json!("{{data.objects.0.name}}"), json!("a \"quoted\" name")),
            (json!("{{data.words}}"), json!(null)),
            // Within a longer string it is text.
            (json!("party {{data.party}}: {{data.answer}}"), json!("party 1: yes")),
            (json!("{{type}}{{at_ms}}"), json!("consent.answered7")),
            (json!("[{{data.words}}]"), json!("[]")),
            (json!("{{data.objects}} "), json!("[{\"name\":\"a \\\"quoted\\\" name\"}] ")),
            // What is unknown is null or nothing.
            (json!("{{data.nothing}}"), json!(null)),
            (json!("x{{nothing}}y"), json!("xy")),
            (json!("{{data.objects.1}}"), json!(null)),
            (json!("{{data.objects.-1}}"), json!(null)),
            (json!("{{data.answer.0}}"), json!(null)),
            (json!("{{}}"), json!(null)),
            // What is no placeholder stays, everywhere and whatever its type.
            (json!("{{data.answer"), json!("{{data.answer")),
            (json!("}} {data.answer}"), json!("}} {data.answer}")),
            (json!({"{{id}}": [1, null, {"a": "{{id}}"}]}), json!({"{{id}}": [1, null, {"a": "e"}]})),
        ];
        for (template, expected) in table {
            assert_eq!(filled(template.clone()), expected, "{template}");
        }
    }

    #[test]
    fn a_value_is_not_taken_for_a_template() {
        let template = Template::new(json!({"a": "{{data.words}}", "b": "-{{data.words}}"})).unwrap().0;
        let envelope = json!({"data": {"words": "{{id}}"}, "id": "canary"});
        assert_eq!(template.fill(&envelope).unwrap(), json!({"a": "{{id}}", "b": "-{{id}}"}));
    }

    #[test]
    fn a_placeholder_that_no_event_fills_is_warned_of_by_its_place() {
        let template = json!({
            "known": "{{id}} {{data.outcome}} {{data.objects.0.name}} {{data}}",
            "rows": ["fine", "{{canary}}", "{{data.canary}} {{id.canary}}"],
        });
        let (_, warnings) = Template::new(template).unwrap();
        let places: Vec<_> =
            warnings.iter().filter_map(|sentence| sentence.split_whitespace().nth(2)).collect();
        assert_eq!(
            places,
            ["webhook.template.rows[1]", "webhook.template.rows[2]", "webhook.template.rows[2]"]
        );
        assert!(warnings.iter().all(|sentence| !sentence.contains("canary")));
    }

    #[test]
    fn long_deep_and_crowded_templates_are_refused() {
        let deep = (0..=MOST_DEPTH).fold(json!("x"), |inner, _| json!([inner]));
        let crowded = "{{id}}".repeat(MOST_PLACEHOLDERS + 1);
        for (template, word) in [
            (json!("x".repeat(MOST_TEMPLATE_BYTES)), "bytes"),
            (deep, "deeper"),
            (json!(crowded), "placeholders"),
        ] {
            let error = Template::new(template).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ConfigInvalid);
            assert!(error.detail().contains(word), "{error}");
        }
        let edge = (0..MOST_DEPTH).fold(json!("x"), |inner, _| json!([inner]));
        assert!(Template::new(edge).is_ok());
        assert!(Template::new(json!("{{id}}".repeat(MOST_PLACEHOLDERS))).is_ok());
    }

    #[test]
    fn a_body_beyond_the_limit_is_refused_before_it_is_made() {
        let envelope = json!({"data": "x".repeat(MOST_BODY_BYTES / 2)});
        let (template, _) = Template::new(json!(["{{data}}", "{{data}} "])).unwrap();
        assert_eq!(template.fill(&envelope).unwrap_err().kind(), ErrorKind::LimitExceeded);
    }

    proptest! {
        #[test]
        fn any_text_is_filled_without_harm_and_text_without_braces_is_kept(text in "[a-z{}. ]{0,40}") {
            let outcome = filled(json!(text));
            if !text.contains("{{") {
                prop_assert_eq!(outcome, json!(text));
            }
        }
    }
}
