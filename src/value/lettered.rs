//! National numbers that letters are part of.
//!
//! Owns their patterns and check letters. Must never take a word and a number that stand beside each other for one.

use super::text::{Text, is_letter, is_letter_or_digit};
use super::{Finds, ValueClass, words};

/// Places of the longest pattern.
const MOST_PLACES: usize = 16;

struct Pattern {
    class: ValueClass,
    /// `9` a digit, `A` a letter, `X` either.
    places: &'static str,
    /// Before which places a separator may stand, and which ones.
    gaps: &'static [usize],
    separators: &'static [u8],
    /// Words beside it with which a blank may stand there too.
    words: &'static [&'static str],
    valid: fn(&[u8]) -> bool,
}

const PATTERNS: &[Pattern] = &[
    // https://www.gov.uk/hmrc-internal-manuals/national-insurance-manual/nim39110: written in pairs.
    Pattern {
        class: ValueClass::UkNino,
        places: "AA999999A",
        gaps: &[2, 4, 6, 8],
        separators: b" -",
        words: &[],
        valid: is_nino,
    },
    // Real Decreto 1553/2005 and Orden INT/2058/2008.
    Pattern {
        class: ValueClass::EsDni,
        places: "99999999A",
        gaps: &[2, 5, 8],
        separators: b".-",
        words: words::ES_DNI,
        valid: is_dni,
    },
    Pattern {
        class: ValueClass::EsDni,
        places: "A9999999A",
        gaps: &[1, 2, 5, 8],
        separators: b".-",
        words: words::ES_DNI,
        valid: is_nie,
    },
    // Decreto 23 dicembre 1976, n. 13813; letters may stand for digits where two persons share a code.
    Pattern {
        class: ValueClass::ItCodiceFiscale,
        places: "AAAAAAXXAXXAXXXA",
        gaps: &[3, 6, 11, 15],
        separators: b" -",
        words: &[],
        valid: is_codice_fiscale,
    },
    // INSEE: for the departments of Corsica, whose letters count as 19 and 18 in the key.
    Pattern {
        class: ValueClass::FrNir,
        places: "999999A99999999",
        gaps: &[1, 3, 5, 7, 10, 13],
        separators: b" -",
        words: &[],
        valid: is_corsican_nir,
    },
    // Income-tax Rules 1962, rule 114; the fourth letter is the kind of holder, and the last one's rule is not public.
    Pattern {
        class: ValueClass::InPan,
        places: "AAAAA9999A",
        gaps: &[],
        separators: b"",
        words: &[],
        valid: is_in_pan,
    },
];

pub(super) fn find(text: &Text, finds: &mut Finds) {
    let mut before = None;
    for (at, byte) in text.bytes().iter().copied().enumerate() {
        let begins = is_letter_or_digit(byte) && !before.is_some_and(is_letter_or_digit);
        before = Some(byte);
        if !begins {
            continue;
        }
        for pattern in PATTERNS {
            if let Some(to) = pattern.end(text, at)
                && finds.is_free(at, to)
            {
                finds.add(pattern.class, pattern.places.len(), at, to);
                break;
            }
        }
    }
}

impl Pattern {
    /// Where the number that begins `at` ends, if there is one.
    fn end(&self, text: &Text, at: usize) -> Option<usize> {
        let mut cells = zeroize::Zeroizing::new([0_u8; MOST_PLACES]);
        let mut cursor = at;
        let mut blank = false;
        for (place, (kind, cell)) in self.places.bytes().zip(cells.iter_mut()).enumerate() {
            let mut byte = text.at(cursor)?;
            let separator = self.separators.contains(&byte) || byte == b' ' && !self.words.is_empty();
            if self.gaps.contains(&place) && separator {
                blank |= !self.separators.contains(&byte);
                cursor = cursor.saturating_add(1);
                byte = text.at(cursor)?;
            }
            let fits = match kind {
                b'9' => byte.is_ascii_digit(),
                b'A' => is_letter(byte),
                _ => is_letter_or_digit(byte),
            };
            if !fits {
                return None;
            }
            *cell = byte;
            cursor = cursor.saturating_add(1);
        }
        let characters = cells.get(..self.places.len())?;
        let whole = !text.at(cursor).is_some_and(is_letter_or_digit);
        (whole && (self.valid)(characters) && (!blank || text.beside(at, cursor, self.words)))
            .then_some(cursor)
    }
}

/// Beginnings that are not issued, and the letters that do not occur.
fn is_nino(number: &[u8]) -> bool {
    let [first, second, .., last] = number else { return false };
    !b"DFIQUV".contains(first)
        && !b"DFIOQUV".contains(second)
        && ![b"BG", b"GB", b"NK", b"KN", b"TN", b"NT", b"ZZ"].contains(&&[*first, *second])
        && (b'A'..=b'D').contains(last)
}

/// Check letters of DNI and NIE, by the number modulo 23.
const DNI_LETTERS: &[u8; 23] = b"TRWAGMYFPDXBNJZSQVHLCKE";

fn has_dni_letter(number: u64, letter: u8) -> bool {
    let index = usize::try_from(number % 23).unwrap_or_default();
    DNI_LETTERS.get(index) == Some(&letter)
}

fn value(digits: &[u8]) -> u64 {
    digits.iter().fold(0, |number: u64, digit| {
        number.saturating_mul(10).saturating_add(u64::from(digit.wrapping_sub(b'0')))
    })
}

fn is_dni(number: &[u8]) -> bool {
    let Some((letter, digits)) = number.split_last() else { return false };
    has_dni_letter(value(digits), *letter)
}

fn is_nie(number: &[u8]) -> bool {
    let [first, digits @ .., letter] = number else { return false };
    let Some(leading) = b"XYZ".iter().position(|one| one == first) else { return false };
    let leading = u64::try_from(leading).unwrap_or_default();
    has_dni_letter(leading.saturating_mul(10_000_000).saturating_add(value(digits)), *letter)
}

/// Letters that stand for the digits 0 to 9.
const OMOCODIA: &[u8; 10] = b"LMNPQRSTUV";

/// Letters of the months January to December.
const MONTHS: &[u8; 12] = b"ABCDEHLMPRST";

/// Values of 0 to 9, and of A to J, in odd places; then those of K to Z.
const ODD_DIGITS: [u32; 10] = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21];
const ODD_LETTERS: [u32; 16] = [2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];

fn is_codice_fiscale(number: &[u8]) -> bool {
    let Some((letter, body)) = number.split_last() else { return false };
    let digit = |at: usize| {
        let byte = *body.get(at)?;
        let index = OMOCODIA.iter().position(|one| *one == byte);
        index.and_then(|index| u64::try_from(index).ok()).or(byte.is_ascii_digit().then(|| value(&[byte])))
    };
    if ![6, 7, 12, 13, 14].into_iter().all(|at| digit(at).is_some()) {
        return false;
    }
    let (Some(tens), Some(ones)) = (digit(9), digit(10)) else { return false };
    let day = tens.saturating_mul(10).saturating_add(ones);
    // Women's days are 40 more.
    let born = (1..=31).contains(&day) || (41..=71).contains(&day);
    let sum = body.iter().enumerate().fold(0_u32, |sum, (at, byte)| {
        let index = if byte.is_ascii_digit() { byte.wrapping_sub(b'0') } else { byte.wrapping_sub(b'A') };
        let at_index = usize::from(index);
        let odd = ODD_DIGITS.get(at_index).or_else(|| ODD_LETTERS.get(at_index.saturating_sub(10)));
        // The first place counts as odd.
        sum.saturating_add(if at.is_multiple_of(2) {
            odd.copied().unwrap_or_default()
        } else {
            u32::from(index)
        })
    });
    let check = u8::try_from(sum % 26).unwrap_or_default().wrapping_add(b'A');
    born && body.get(8).is_some_and(|month| MONTHS.contains(month)) && check == *letter
}

fn is_corsican_nir(number: &[u8]) -> bool {
    let (Some(before), Some(behind), Some(key)) = (number.get(..5), number.get(7..13), number.get(13..))
    else {
        return false;
    };
    let department = match number.get(5..7) {
        Some(b"2A") => 19,
        Some(b"2B") => 18,
        _ => return false,
    };
    let body = value(before).saturating_mul(100).saturating_add(department).saturating_mul(1_000_000);
    let body = body.saturating_add(value(behind));
    matches!(before.first(), Some(b'1' | b'2'))
        && body.checked_rem(97).map(|rest| 97_u64.saturating_sub(rest)) == Some(value(key))
}

fn is_in_pan(number: &[u8]) -> bool {
    let [_, _, _, holder, _, digits @ .., _] = number else { return false };
    b"ABCFGHJLPT".contains(holder) && digits.iter().any(|digit| *digit != b'0')
}
