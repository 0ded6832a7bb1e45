//! Reading a law table, the built-in one and a customer's by the same rules.
//!
//! Owns what makes a table usable: every row has a citation, a basis, a confidence and a review date, every word is
//! one that is known, nothing is said twice. Must never ignore a member: a misspelt one may be a duty.

use super::place::Place;
use super::row::{Basis, Confidence, Flag, Row, Terms};
use super::rule::{Media, Rule};
use super::table::Table;
use crate::seal::sha256_hex;
use crate::{Error, ErrorKind, Result};
use serde_json::{Map, Value};

/// The form of tables that is read.
const SCHEMA_VERSION: u64 = 1;
/// Bytes of a table; the built-in one has about 40,000.
pub const MOST_TABLE_BYTES: usize = 512 * 1_024;
/// Rows of a table; ISO 3166-1 and -2 together have about 5,300, those with a law of their own far fewer.
const MOST_ROWS: usize = 1_000;
/// Entries of a list in a row.
const MOST_LIST_ENTRIES: usize = 300;
/// Bytes of a name or a version.
const MOST_NAME_BYTES: usize = 100;
/// Bytes of a citation, a note, a disclaimer.
const MOST_TEXT_BYTES: usize = 600;

/// Reads and validates.
pub(super) fn read(json: &[u8]) -> Result<Table> {
    if json.len() > MOST_TABLE_BYTES {
        return Err(Error::new(ErrorKind::TableTooLarge, "The table has more bytes than are read."));
    }
    let value: Value = serde_json::from_slice(json).map_err(|_| invalid("table", "is not JSON"))?;
    let canonical = serde_json_canonicalizer::to_vec(&value)
        .map_err(|_| invalid("table", "cannot be written as canonical JSON"))?;
    let mut members = Members::of(value, "table".to_owned())?;
    if members.take("schema_version")?.as_u64() != Some(SCHEMA_VERSION) {
        return Err(unknown("table.schema_version"));
    }
    let version = members.text("version", MOST_NAME_BYTES)?;
    members.date("generated")?;
    let disclaimer = members.text("disclaimer", MOST_TEXT_BYTES)?;
    let list = members.list("rows", MOST_ROWS)?;
    members.finish()?;
    if list.is_empty() {
        return Err(missing("table.rows"));
    }
    let mut rows: Vec<Row> = Vec::with_capacity(list.len());
    for (index, value) in list.into_iter().enumerate() {
        let path = format!("table.rows[{index}]");
        let row = read_row(value, &path)?;
        if row.covers.iter().any(|place| rows.iter().any(|other| other.covers.contains(place))) {
            return Err(duplicate(&format!("{path}.covers")));
        }
        if rows.iter().any(|other| other.code == row.code) {
            return Err(duplicate(&format!("{path}.code")));
        }
        rows.push(row);
    }
    Ok(Table { version, sha256: sha256_hex(&canonical), disclaimer, rows })
}

fn read_row(value: Value, path: &str) -> Result<Row> {
    let mut members = Members::of(value, path.to_owned())?;
    let code = members.place("code")?;
    let name = members.text("name", MOST_NAME_BYTES)?;
    let terms = members.terms()?;
    let reviewed = members.date("reviewed")?;
    let flags = members.flags("flags")?;
    let note = members.text("note", MOST_TEXT_BYTES)?;
    let covers = if members.has("covers") { members.places("covers")? } else { Vec::new() };
    let media = if members.has("media") { read_media(members.take("media")?, path)? } else { Vec::new() };
    members.finish()?;
    Ok(Row { code, name, terms, media, reviewed, flags, covers, note })
}

fn read_media(value: Value, path: &str) -> Result<Vec<(Media, Terms)>> {
    let path = format!("{path}.media");
    let Value::Object(map) = value else { return Err(invalid(&path, "is not an object")) };
    map.into_iter()
        .map(|(name, value)| {
            let Some(media) = Media::from_word(&name) else {
                return Err(Error::new(
                    ErrorKind::TableMemberUnknown,
                    format!("{path} has an unknown member."),
                ));
            };
            let mut members = Members::of(value, format!("{path}.{name}"))?;
            let terms = members.terms()?;
            members.finish()?;
            Ok((media, terms))
        })
        .collect()
}

/// The members of one object; each is taken once, and none may be left.
struct Members {
    path: String,
    map: Map<String, Value>,
}

impl Members {
    fn of(value: Value, path: String) -> Result<Self> {
        match value {
            Value::Object(map) => Ok(Self { path, map }),
            _ => Err(invalid(&path, "is not an object")),
        }
    }

    fn path(&self, name: &str) -> String {
        format!("{}.{name}", self.path)
    }

    fn has(&self, name: &str) -> bool {
        self.map.contains_key(name)
    }

    fn take(&mut self, name: &str) -> Result<Value> {
        self.map.remove(name).ok_or_else(|| missing(&self.path(name)))
    }

    fn text(&mut self, name: &str, most_bytes: usize) -> Result<String> {
        match self.take(name)? {
            Value::String(text) if text.trim().is_empty() => Err(missing(&self.path(name))),
            Value::String(text) if text.len() > most_bytes => Err(too_large(&self.path(name))),
            Value::String(text) if text.chars().any(char::is_control) => {
                Err(invalid(&self.path(name), "has a control character"))
            }
            Value::String(text) => Ok(text),
            _ => Err(invalid(&self.path(name), "is not a text")),
        }
    }

    fn word<T>(&mut self, name: &str, from_word: fn(&str) -> Option<T>) -> Result<T> {
        let text = self.text(name, MOST_NAME_BYTES)?;
        from_word(&text).ok_or_else(|| unknown(&self.path(name)))
    }

    fn list(&mut self, name: &str, most: usize) -> Result<Vec<Value>> {
        match self.take(name)? {
            Value::Array(list) if list.len() > most => Err(too_large(&self.path(name))),
            Value::Array(list) => Ok(list),
            _ => Err(invalid(&self.path(name), "is not a list")),
        }
    }

    fn flags(&mut self, name: &str) -> Result<Vec<Flag>> {
        let mut flags = Vec::new();
        for value in self.list(name, MOST_LIST_ENTRIES)? {
            let flag = value.as_str().and_then(Flag::from_word).ok_or_else(|| unknown(&self.path(name)))?;
            if flags.contains(&flag) {
                return Err(duplicate(&self.path(name)));
            }
            flags.push(flag);
        }
        Ok(flags)
    }

    fn place(&mut self, name: &str) -> Result<String> {
        let text = self.text(name, MOST_NAME_BYTES)?;
        place(&text).ok_or_else(|| invalid(&self.path(name), "is not a code of ISO 3166 in upper case"))
    }

    fn places(&mut self, name: &str) -> Result<Vec<String>> {
        let list = self.list(name, MOST_LIST_ENTRIES)?;
        list.iter().map(|value| value.as_str().and_then(place)).collect::<Option<_>>().ok_or_else(|| {
            invalid(&self.path(name), "has an entry that is not a code of ISO 3166 in upper case")
        })
    }

    fn date(&mut self, name: &str) -> Result<String> {
        let text = self.text(name, MOST_NAME_BYTES)?;
        if is_date(&text) { Ok(text) } else { Err(invalid(&self.path(name), "is not a date YYYY-MM-DD")) }
    }

    fn terms(&mut self) -> Result<Terms> {
        let terms = Terms {
            rule: self.word("rule", Rule::from_word)?,
            conservative_rule: self.word("conservative_rule", Rule::from_word)?,
            notice_is_consent: match self.take("notice_is_consent")? {
                Value::Null => None,
                Value::Bool(value) => Some(value),
                _ => return Err(unknown(&self.path("notice_is_consent"))),
            },
            citation: self.text("citation", MOST_TEXT_BYTES)?,
            basis: self.word("basis", Basis::from_word)?,
            confidence: self.word("confidence", Confidence::from_word)?,
        };
        if terms.conservative_rule < terms.rule {
            return Err(invalid(&self.path("conservative_rule"), "is weaker than the rule"));
        }
        Ok(terms)
    }

    fn finish(self) -> Result<()> {
        match self.map.keys().next() {
            None => Ok(()),
            Some(_) => Err(Error::new(
                ErrorKind::TableMemberUnknown,
                format!("{} has an unknown member.", self.path),
            )),
        }
    }
}

fn place(text: &str) -> Option<String> {
    Place::parse(text).ok().filter(|place| place.as_str() == text).map(|_| text.to_owned())
}

/// Year, month and day in their ranges; a 31st of a short month is not worth a calendar.
fn is_date(text: &str) -> bool {
    let mut parts = text.split('-');
    let mut next = |digits: usize, least: u16, most: u16| {
        parts.next().is_some_and(|part| {
            part.len() == digits
                && part.bytes().all(|byte| byte.is_ascii_digit())
                && part.parse().is_ok_and(|number: u16| (least..=most).contains(&number))
        })
    };
    next(4, 1900, 9999) && next(2, 1, 12) && next(2, 1, 31) && parts.next().is_none()
}

fn invalid(path: &str, reason: &str) -> Error {
    Error::new(ErrorKind::TableInvalid, format!("{path} {reason}."))
}

fn missing(path: &str) -> Error {
    Error::new(ErrorKind::TableMemberMissing, format!("{path} is missing or empty."))
}

fn unknown(path: &str) -> Error {
    Error::new(ErrorKind::TableValueUnknown, format!("{path} has a value that is not known."))
}

fn duplicate(path: &str) -> Error {
    Error::new(ErrorKind::TableCodeDuplicate, format!("{path} repeats what was said before."))
}

fn too_large(path: &str) -> Error {
    Error::new(ErrorKind::TableTooLarge, format!("{path} is larger than is read."))
}
