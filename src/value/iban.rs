//! International bank account numbers.
//!
//! Owns the countries' structures (ISO 13616). Must never read over the end of a number: the next character is none of it.

use super::text::{Text, is_letter_or_digit};
use super::{Finds, ValueClass, check};

/// Structure of the part behind country and check digits, for each country of the registry: so many digits (`n`), capital
/// letters (`a`) or either (`c`). Facts of the SWIFT IBAN registry, release 101; a test compares them with `iban_validate`.
const STRUCTURES: &str = "AD8n12c AE19n AL8n16c AT16n AZ4a20c BA16n BE12n BG4a6n8c BH4a14c BI23n BR23n1a1c BY4c4n16c \
    CH5n12c CR18n CY8n16c CZ20n DE18n DJ23n DK14n DO4c20n EE16n EG25n ES20n FI14n FK2a12n FO14n FR10n11c2n GB4a14n \
    GE2a16n GI4a15c GL14n GR7n16c GT24c HN4a20n HR17n HU24n IE4a14n IL19n IQ4a15n IS22n IT1a10n12c JO4a4n18c KW4a22c \
    KZ3n13c LB4n20c LC4a24c LI5n12c LT16n LU3n13c LV4a13c LY21n MC10n11c2n MD20c ME18n MK3n10c2n MN16n MR23n MT4a5n18c \
    MU4a19n3a NI4a20n NL4a10n NO11n OM3n16c PK4a16c PL24n PS4a21c PT21n QA4a21c RO4a16c RS18n RU14n15c SA2n18c \
    SC4a20n3a SD14n SE20n SI15n SK20n SM1a10n12c SO19n ST21n SV4a20n TL19n TN20n TR6n16c UA6n19c VA18n VG4a16n XK16n \
    YE4a4n18c";

/// Separators that may stand between two groups.
const LONGEST_GAP_BYTES: usize = 4;

pub(super) fn find(text: &Text, finds: &mut Finds) {
    for (at, head) in text.bytes().windows(4).enumerate() {
        let [first, second, third, fourth] = head else { continue };
        let shaped = first.is_ascii_uppercase()
            && second.is_ascii_uppercase()
            && third.is_ascii_digit()
            && fourth.is_ascii_digit();
        if shaped
            && begins(text, at)
            && let Some(structure) = structure(*first, *second)
            && let Some((length, to)) = read(text, at, structure)
        {
            finds.add(ValueClass::Iban, length, at, to);
        }
    }
}

/// Whether a number may begin here: behind no letter or digit, or right behind its name.
fn begins(text: &Text, at: usize) -> bool {
    let before = text.bytes().get(..at).unwrap_or_default();
    !before.last().is_some_and(|byte| is_letter_or_digit(*byte)) || before.ends_with(b"IBAN")
}

fn structure(first: u8, second: u8) -> Option<&'static str> {
    STRUCTURES
        .split_ascii_whitespace()
        .find_map(|row| row.strip_prefix(char::from(first))?.strip_prefix(char::from(second)))
}

/// The kind of each place of a structure.
fn places(structure: &str) -> impl Iterator<Item = u8> {
    structure.split_inclusive(|letter: char| letter.is_ascii_lowercase()).flat_map(|part| {
        let (count, kind) = part.split_at(part.len().saturating_sub(1));
        let kind = kind.bytes().next().unwrap_or_default();
        core::iter::repeat_n(kind, count.parse().unwrap_or_default())
    })
}

/// Reads a number that begins `at`; its length and where it ends.
fn read(text: &Text, at: usize, structure: &str) -> Option<(usize, usize)> {
    let mut cursor = at.saturating_add(4);
    let body_from = cursor;
    let mut length: usize = 4;
    for kind in places(structure) {
        let gap = text.bytes().get(cursor..)?.iter().take_while(|byte| is_separator(**byte)).count();
        if gap > LONGEST_GAP_BYTES {
            return None;
        }
        cursor = cursor.saturating_add(gap);
        let byte = text.at(cursor)?;
        let fits = match kind {
            b'n' => byte.is_ascii_digit(),
            b'a' => byte.is_ascii_uppercase(),
            _ => is_letter_or_digit(byte),
        };
        if !fits {
            return None;
        }
        cursor = cursor.saturating_add(1);
        length = length.saturating_add(1);
    }
    if text.at(cursor).is_some_and(is_letter_or_digit) {
        return None;
    }
    let body = text.bytes().get(body_from..cursor)?.iter();
    let head = text.bytes().get(at..body_from)?.iter();
    let characters = body.chain(head).copied().filter(|byte| is_letter_or_digit(*byte));
    (check::modulo_97(characters) == 1).then_some((length, cursor))
}

const fn is_separator(byte: u8) -> bool {
    matches!(byte, b' ' | b'-' | b'.' | b'\n')
}
