//! From a telephone number in international form (ITU-T E.164) to the places it may stand for.
//!
//! Owns the generated tables of calling and area codes. A number is reduced to places at once and its digits are not
//! kept anywhere. It is only a hint: numbers are ported and carried around. Must never turn a code that it does not
//! know into a place.

use super::place::Place;
use crate::{Error, ErrorKind, Result};
use serde_json::{Map, Value};
use std::sync::LazyLock;

/// Digits of the longest number, ITU-T E.164 §6.
const MOST_DIGITS: usize = 15;
/// Digits of the shortest number that has a subscriber behind its country code (Niue, Saint Helena).
const LEAST_DIGITS: usize = 7;
/// Digits of every number of the North American Numbering Plan, country code 1 included.
const NANP_DIGITS: usize = 11;
/// Bytes of a number with every separator a person might write into it.
const MOST_BYTES: usize = 40;

/// Area codes of +1, written by `scripts/data/area_codes.py`.
static AREA_CODES: LazyLock<Codes> =
    LazyLock::new(|| Codes::read(include_str!("../../data/nanp_area_codes.json")));
/// Calling codes, written by the same script.
static CALLING_CODES: LazyLock<Codes> =
    LazyLock::new(|| Codes::read(include_str!("../../data/calling_codes.json")));

/// What a number tells of its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Located {
    /// It stands for one of these places.
    At(Vec<Place>),
    /// It belongs to a service that is reached from anywhere (toll-free, premium, personal, international).
    Nowhere,
    /// Its area or calling code is in neither table.
    Unknown,
}

/// Reads a number and gives the places it may stand for.
pub(super) fn locate(text: &str) -> Result<Located> {
    let digits = digits(text).ok_or_else(|| {
        Error::new(
            ErrorKind::HintNumberInvalid,
            "The number is not in international form: a plus sign, the country code, and the number.",
        )
    })?;
    Ok(match digits.strip_prefix('1') {
        Some(national) => AREA_CODES.find(national),
        None => CALLING_CODES.find(&digits),
    })
}

/// The digits of a well-formed number, without the plus sign and what people write between them.
fn digits(text: &str) -> Option<String> {
    if text.len() > MOST_BYTES {
        return None;
    }
    let mut digits = String::with_capacity(MOST_DIGITS);
    for character in text.trim().strip_prefix('+')?.chars() {
        match character {
            '0'..='9' => digits.push(character),
            ' ' | '\u{a0}' | '-' | '.' | '(' | ')' | '/' => {}
            _ => return None,
        }
    }
    let counted = (LEAST_DIGITS..=MOST_DIGITS).contains(&digits.len()) && !digits.starts_with('0');
    let national = digits.strip_prefix('1');
    // Area code and exchange of the plan begin with 2 to 9.
    let planned = national.is_none_or(|national| {
        let begins =
            |at: usize| national.as_bytes().get(at).is_some_and(|digit| (b'2'..=b'9').contains(digit));
        digits.len() == NANP_DIGITS && begins(0) && begins(3)
    });
    (counted && planned).then_some(digits)
}

/// Codes by place and by service, each list separated by blanks.
#[derive(Debug)]
struct Codes {
    places: Map<String, Value>,
    services: Map<String, Value>,
}

impl Codes {
    /// A table that could not be read would know no code, and so nothing would be taken as lenient.
    fn read(json: &str) -> Self {
        let mut document: Value = serde_json::from_str(json).unwrap_or_default();
        let mut take = |member: &str| match document.get_mut(member).map(Value::take) {
            Some(Value::Object(lists)) => lists,
            _ => Map::new(),
        };
        Self { places: take("places"), services: take("services") }
    }

    /// The longest code that the number begins with decides; it may belong to several places.
    fn find(&self, number: &str) -> Located {
        let longest = |codes: &Value| {
            let codes = codes.as_str().unwrap_or_default();
            codes.split(' ').filter(|code| number.starts_with(code)).map(str::len).max().unwrap_or_default()
        };
        let mut best_digits = self.services.values().map(longest).max().unwrap_or_default();
        let mut located = if best_digits > 0 { Located::Nowhere } else { Located::Unknown };
        for (place, codes) in &self.places {
            let digits = longest(codes);
            let Ok(place) = Place::parse(place) else { continue };
            if digits == 0 || digits < best_digits {
                continue;
            }
            match &mut located {
                Located::At(places) if digits == best_digits => places.push(place),
                _ => located = Located::At(vec![place]),
            }
            best_digits = digits;
        }
        located
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(text: &str) -> Vec<String> {
        match locate(text).unwrap() {
            Located::At(places) => places.iter().map(ToString::to_string).collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn area_codes_give_the_state_and_shared_ones_all_of_theirs() {
        assert_eq!(places("+14155550100"), ["US-CA"]);
        assert_eq!(places("+1 (206) 555-0100"), ["US-WA"]);
        assert_eq!(places("+1.867.555.0100"), ["CA-NT", "CA-NU", "CA-YT"]);
        assert_eq!(places("+17875550100"), ["US-PR"]);
        assert_eq!(places("+18765550100"), ["JM"]);
    }

    #[test]
    fn calling_codes_give_the_country_and_longer_prefixes_its_neighbour() {
        assert_eq!(places("+4930123456"), ["DE"]);
        assert_eq!(places("+447911123456"), ["GG"]);
        assert_eq!(places("+442071838750"), ["GB"]);
        assert_eq!(places("+77012345678"), ["KZ"]);
        assert_eq!(places("+74951234567"), ["RU"]);
        assert_eq!(places("+3906698123456"), ["VA"]);
    }

    #[test]
    fn services_and_unknown_codes_give_no_place() {
        for number in ["+18005550100", "+19005550100", "+15005550100", "+80012345678", "+883510012345"] {
            assert_eq!(locate(number).unwrap(), Located::Nowhere, "{number}");
        }
        for number in ["+19115550100", "+13575550100", "+99912345678", "+2101234567"] {
            assert_eq!(locate(number).unwrap(), Located::Unknown, "{number}");
        }
    }

    #[test]
    fn malformed_numbers_are_refused_without_being_quoted() {
        for text in [
            "",
            "+",
            "4155550100",
            "004930123456",
            "+0123456789",
            "+1415555010",
            "+141555501000",
            "+11155550100",
            "+14151550100",
            "+1415CALLNOW",
            "+49 30 123456 ext. 7",
            "+1234567890123456",
            "+49１２３４５６７",
            "sip:+14155550100@example.org",
        ] {
            let error = locate(text).unwrap_err();
            assert_eq!(error.code(), "hint/number-invalid", "{text}");
            assert!(!error.to_string().bytes().any(|byte| byte.is_ascii_digit()));
        }
    }

    #[test]
    fn both_tables_are_whole() {
        let count = |codes: &Codes| {
            codes.places.values().map(|list| list.as_str().unwrap().split(' ').count()).sum::<usize>()
        };
        assert!(count(&AREA_CODES) > 440 && count(&CALLING_CODES) > 230);
        for (place, codes) in AREA_CODES.places.iter().chain(&CALLING_CODES.places) {
            assert!(Place::parse(place).is_ok(), "{place}");
            assert!(
                codes
                    .as_str()
                    .unwrap()
                    .split(' ')
                    .all(|code| code.bytes().all(|byte| byte.is_ascii_digit()) && !code.is_empty())
            );
        }
    }
}
