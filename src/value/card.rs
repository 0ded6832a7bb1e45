//! Numbers of payment cards.
//!
//! Owns which beginnings and lengths cards have and how people group them. A number counts if an issuer range, its length
//! and its check digit agree; undivided and in the groups that are printed on cards anywhere, in other groups if it stands
//! alone. Must never take a telephone number for a card: what follows a plus sign and is no longer than one is none.

use super::text::{Digits, Joint, MOST_DIGITS, Text, Window, number};
use super::{Finds, ValueClass, check, words};

/// The fewest digits of a card: Maestro's.
const FEWEST_DIGITS: usize = 12;

/// Digits of the longest beginning below.
const BEGINNING_DIGITS: usize = 6;

/// Beginnings of card numbers, and the lengths that go with them.
struct Range {
    /// First and last beginning, with as many digits as they have.
    from: u32,
    to: u32,
    lengths: Lengths,
    /// Lengths that are printed on few cards and that ordinary numbers have too: they take a word beside them.
    with_a_word: Lengths,
}

/// A set of lengths, one bit each.
#[derive(Clone, Copy)]
struct Lengths(u32);

impl Lengths {
    const NONE: Self = Self(0);
    const FIFTEEN: Self = Self(1 << 15);
    const SIXTEEN: Self = Self(1 << 16);
    const SIXTEEN_OR_NINETEEN: Self = Self(1 << 16 | 1 << 19);
    const SIXTEEN_TO_NINETEEN: Self = Self(1 << 16 | 1 << 17 | 1 << 18 | 1 << 19);
    const SIXTEEN_EIGHTEEN_OR_NINETEEN: Self = Self(1 << 16 | 1 << 18 | 1 << 19);
    const FOURTEEN_OR_SIXTEEN: Self = Self(1 << 14 | 1 << 16);
    const THIRTEEN: Self = Self(1 << 13);
    const RARE_MAESTRO: Self = Self(1 << 12 | 1 << 13 | 1 << 14 | 1 << 15 | 1 << 17);
    const RARE_DINERS: Self = Self(1 << 15 | 1 << 17 | 1 << 18 | 1 << 19);

    const fn has(self, length: usize) -> bool {
        length <= MOST_DIGITS && self.0 >> length & 1 == 1
    }
}

const fn range(from: u32, to: u32, lengths: Lengths) -> Range {
    Range { from, to, lengths, with_a_word: Lengths::NONE }
}

/// Issuer ranges. Facts from the networks' own rules (Mastercard Transaction Processing Rules, ranges 51–55 and
/// 2221–2720; Visa 4; Discover Network ranges; UnionPay 62 and 81; NSPK for Mir) and for the smaller ones as collected at
/// https://en.wikipedia.org/wiki/Payment_card_number (2026).
const RANGES: &[Range] = &[
    // Visa. Numbers of 13 digits are no longer issued and are mobile numbers of Germany without their plus sign.
    Range { from: 4, to: 4, lengths: Lengths::SIXTEEN_OR_NINETEEN, with_a_word: Lengths::THIRTEEN },
    // Mastercard.
    range(51, 55, Lengths::SIXTEEN),
    range(2221, 2720, Lengths::SIXTEEN),
    // American Express.
    range(34, 34, Lengths::FIFTEEN),
    range(37, 37, Lengths::FIFTEEN),
    // Diners Club.
    Range { from: 300, to: 305, lengths: Lengths::FOURTEEN_OR_SIXTEEN, with_a_word: Lengths::RARE_DINERS },
    Range { from: 3095, to: 3095, lengths: Lengths::FOURTEEN_OR_SIXTEEN, with_a_word: Lengths::RARE_DINERS },
    Range { from: 36, to: 36, lengths: Lengths::FOURTEEN_OR_SIXTEEN, with_a_word: Lengths::RARE_DINERS },
    Range { from: 38, to: 39, lengths: Lengths::FOURTEEN_OR_SIXTEEN, with_a_word: Lengths::RARE_DINERS },
    // JCB.
    range(3528, 3589, Lengths::SIXTEEN_TO_NINETEEN),
    // Discover; 65 also RuPay and Elo.
    range(6011, 6011, Lengths::SIXTEEN_TO_NINETEEN),
    range(644, 649, Lengths::SIXTEEN_TO_NINETEEN),
    range(65, 65, Lengths::SIXTEEN_TO_NINETEEN),
    // UnionPay; 81 also RuPay.
    range(62, 62, Lengths::SIXTEEN_TO_NINETEEN),
    range(81, 82, Lengths::SIXTEEN_TO_NINETEEN),
    // RuPay; 6062 also Hipercard, 604 UkrCard.
    range(353, 353, Lengths::SIXTEEN),
    range(356, 356, Lengths::SIXTEEN),
    range(60, 60, Lengths::SIXTEEN),
    // Maestro, and within it Dankort, Elo, Verve. Numbers of other lengths were issued by few banks.
    Range {
        from: 50,
        to: 50,
        lengths: Lengths::SIXTEEN_EIGHTEEN_OR_NINETEEN,
        with_a_word: Lengths::RARE_MAESTRO,
    },
    Range {
        from: 56,
        to: 59,
        lengths: Lengths::SIXTEEN_EIGHTEEN_OR_NINETEEN,
        with_a_word: Lengths::RARE_MAESTRO,
    },
    Range {
        from: 63,
        to: 63,
        lengths: Lengths::SIXTEEN_EIGHTEEN_OR_NINETEEN,
        with_a_word: Lengths::RARE_MAESTRO,
    },
    Range {
        from: 67,
        to: 67,
        lengths: Lengths::SIXTEEN_EIGHTEEN_OR_NINETEEN,
        with_a_word: Lengths::RARE_MAESTRO,
    },
    // Mir.
    range(2200, 2204, Lengths::SIXTEEN_TO_NINETEEN),
    // Troy, Uzcard, Humo.
    range(9792, 9792, Lengths::SIXTEEN),
    range(8600, 8600, Lengths::SIXTEEN),
    range(9860, 9860, Lengths::SIXTEEN),
];

impl Range {
    fn has(&self, digits: &[u8]) -> bool {
        let beginning_digits = self.from.checked_ilog10().map_or(1, |digits| digits.saturating_add(1));
        let Ok(beginning_digits) = usize::try_from(beginning_digits) else { return false };
        let beginning = digits.get(..beginning_digits.min(BEGINNING_DIGITS)).map_or(0, number);
        (u64::from(self.from)..=u64::from(self.to)).contains(&beginning)
    }
}

/// Whether a network issues numbers like this, and whether that takes a word beside it.
fn issued(digits: &[u8]) -> Option<bool> {
    let mut with_a_word = false;
    for range in RANGES.iter().filter(|range| range.has(digits)) {
        if range.lengths.has(digits.len()) {
            return Some(false);
        }
        with_a_word |= range.with_a_word.has(digits.len());
    }
    with_a_word.then_some(true)
}

pub(super) fn find(text: &Text, finds: &mut Finds) {
    for first in 0..text.groups().len() {
        let mut longest: Option<(usize, usize, usize)> = None;
        for window in text.windows(first) {
            if window.joint == Joint::Slash || window.length < FEWEST_DIGITS {
                continue;
            }
            if finds.is_free(window.from(), window.to()) && is_card(text, &window) {
                longest = Some((window.length, window.from(), window.to()));
            }
        }
        if let Some((length, from, to)) = longest {
            finds.add(ValueClass::CardNumber, length, from, to);
        }
    }
}

fn is_card(text: &Text, window: &Window<'_>) -> bool {
    if !is_printed_so(window) && (!window.stands_alone() || is_grouped_by_thousands(window)) {
        return false;
    }
    let digits = window.digits();
    let Some(takes_a_word) = issued(digits.as_slice()) else { return false };
    if !check::luhn(digits.as_slice()) || window.is_telephone() || is_in_a_code(text, window) {
        return false;
    }
    let is_a_time = window.groups().len() == 1 && is_a_time(&digits);
    !is_a_time && (!takes_a_word || text.beside(window.from(), window.to(), words::CARD))
}

/// Undivided, in fours, or as American Express (4-6-5) and Diners Club (4-6-4) print it.
fn is_printed_so(window: &Window<'_>) -> bool {
    let shape = || window.shape();
    let groups = window.groups().len();
    let in_fours = || {
        let mut lengths = shape();
        let all_but_last = lengths.by_ref().take(groups.saturating_sub(1)).all(|length| length == 4);
        all_but_last && lengths.all(|length| length <= 4)
    };
    groups == 1 || in_fours() || shape().eq([4, 6, 5]) || shape().eq([4, 6, 4])
}

/// One to three digits, then threes only: a large amount.
fn is_grouped_by_thousands(window: &Window<'_>) -> bool {
    let mut shape = window.shape();
    shape.next().is_some_and(|first| first <= 3) && shape.all(|length| length == 3)
}

/// Letters touch the digits and beyond them are further digits: a hash or a serial number.
fn is_in_a_code(text: &Text, window: &Window<'_>) -> bool {
    let before = text.bytes().get(..window.from()).unwrap_or_default();
    let behind = text.bytes().get(window.to()..).unwrap_or_default();
    let beyond_letters = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    let is_no_letter = |byte: &&u8| !byte.is_ascii_alphabetic();
    text.touches_letter(window.from(), window.to())
        && (beyond_letters(before.iter().rev().find(is_no_letter))
            || beyond_letters(behind.iter().find(is_no_letter)))
}

/// Day, month, year, hour, minute, second without separators: its beginning can be one of Diners Club.
fn is_a_time(digits: &Digits) -> bool {
    digits.as_slice().len() == 14
        && check::is_month_and_day(digits.number(2, 4), digits.number(0, 2))
        && (19..=20).contains(&digits.number(4, 6))
        && digits.number(8, 10) < 24
        && digits.number(10, 12) < 60
        && digits.number(12, 14) < 60
}
