//! The names of objects a store may hold, exactly as `docs/format.md` §2 states them.
//!
//! Owns the grammar at the server's edge. It must never accept a name the format does not know: a name becomes a path
//! in the store, so this grammar is also what keeps a request inside it.

use std::fmt;

/// Decimal digits of a segment's or ledger chunk's number (`docs/format.md` §2).
const COUNTER_DIGITS: usize = 6;
/// Digits of the largest part number or version: a `u32`, as everywhere in the engine.
const NUMBER_DIGITS: usize = 10;

/// A well-formed object name, relative to the root of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectName(String);

impl ObjectName {
    /// The name, if it is one of the four forms of `docs/format.md` §2; `None` for anything else.
    pub fn parse(name: &str) -> Option<Self> {
        let (call, rest) = name.split_once('/')?;
        if !is_call_id(call) {
            return None;
        }
        let known = match rest.split_once('/') {
            None => rest
                .strip_prefix("vcon.")
                .and_then(|rest| rest.strip_suffix(".jwe.json"))
                .is_some_and(is_version),
            Some(("ledger", file)) => file.strip_suffix(".jsonl").is_some_and(is_counter),
            Some((part, file)) => is_number(part) && is_segment_file(file),
        };
        known.then(|| Self(name.to_owned()))
    }

    /// The name as text; path separators are `/`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Whether `text` is a version-4 UUID (RFC 9562 §5.4) in lower case with hyphens.
fn is_call_id(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            14 => byte == b'4',
            19 => matches!(byte, b'8' | b'9' | b'a' | b'b'),
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}

/// Whether `text` is `<segment>.ogg.tink` or `<segment>.v<n>.jwe.json`.
fn is_segment_file(text: &str) -> bool {
    text.split_once('.').is_some_and(|(segment, kind)| {
        is_counter(segment)
            && (kind == "ogg.tink"
                || kind
                    .strip_prefix('v')
                    .and_then(|rest| rest.strip_suffix(".jwe.json"))
                    .is_some_and(is_version))
    })
}

/// Whether `text` is a number of exactly six decimal digits.
fn is_counter(text: &str) -> bool {
    text.len() == COUNTER_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether `text` is a decimal number without leading zeros that fits a `u32`.
fn is_number(text: &str) -> bool {
    text.len() <= NUMBER_DIGITS
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && (text == "0" || !text.starts_with('0'))
        && text.parse::<u32>().is_ok()
}

/// Whether `text` is a version: a number from 1.
fn is_version(text: &str) -> bool {
    is_number(text) && text != "0"
}

#[cfg(test)]
mod tests {
    use super::ObjectName;

    const CALL: &str = "0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa";

    #[test]
    fn accepts_every_form_of_the_format() {
        for rest in [
            "0/000000.ogg.tink",
            "12/000003.ogg.tink",
            "0/000000.v1.jwe.json",
            "0/000000.v12.jwe.json",
            "ledger/000000.jsonl",
            "vcon.1.jwe.json",
        ] {
            let name = format!("{CALL}/{rest}");
            assert!(ObjectName::parse(&name).is_some(), "{name}");
        }
    }

    #[test]
    fn refuses_everything_else() {
        for rest in [
            "",
            "0",
            "0/",
            "00/000000.ogg.tink",
            "0/00000.ogg.tink",
            "0/0000000.ogg.tink",
            "0/000000.ogg.tink/",
            "0/000000.ogg",
            "0/000000.v0.jwe.json",
            "0/000000.v01.jwe.json",
            "0/000000.v.jwe.json",
            "0/../ledger/000000.jsonl",
            "ledger/000000.jsonl.part",
            "ledger/../../../etc/passwd",
            "ledger/00000٠.jsonl",
            "ledger//000000.jsonl",
            "vcon.0.jwe.json",
            "+1/000000.ogg.tink",
            "4294967296/000000.ogg.tink",
            "0\\000000.ogg.tink",
            "0/000000.ogg.tink\0",
            "0/000000.ogg.tink\n",
        ] {
            let name = format!("{CALL}/{rest}");
            assert!(ObjectName::parse(&name).is_none(), "{name:?}");
        }
        for name in [
            "",
            "/",
            "..",
            "ledger/000000.jsonl",
            "0B7E4B0E-93F1-4A7E-8A4C-5D2F60C1D9AA/ledger/000000.jsonl",
            "0b7e4b0e-93f1-1a7e-8a4c-5d2f60c1d9aa/ledger/000000.jsonl",
            "0b7e4b0e-93f1-4a7e-ca4c-5d2f60c1d9aa/ledger/000000.jsonl",
            "/0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa/ledger/000000.jsonl",
        ] {
            assert!(ObjectName::parse(name).is_none(), "{name:?}");
        }
    }
}
