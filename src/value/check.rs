//! Check digits.
//!
//! Owns the arithmetic only, over digits 0 to 9. Written here because the crates for it copy the number to places that
//! are not wiped; tests compare with them. Must never know what a number is for.

/// Mod-10 double-add-double, "Luhn" (ISO/IEC 7812-1, annex B).
pub(super) fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| {
            let digit = u32::from(*digit);
            match (at.is_multiple_of(2), digit) {
                (true, digit) => digit,
                (false, 0..=4) => digit.saturating_mul(2),
                (false, digit) => digit.saturating_mul(2).saturating_sub(9),
            }
        })
        .fold(0, u32::saturating_add);
    sum.is_multiple_of(10)
}

/// The remainder of a number of any length, ISO 7064 MOD 97-10, with letters as 10 to 35.
pub(super) fn modulo_97(characters: impl Iterator<Item = u8>) -> u32 {
    characters.fold(0, |rest: u32, character| {
        let (value, factor) = match character {
            b'0'..=b'9' => (character.wrapping_sub(b'0'), 10),
            _ => (character.wrapping_sub(b'A').wrapping_add(10), 100),
        };
        rest.wrapping_mul(factor).wrapping_add(u32::from(value)) % 97
    })
}

/// ISO 7064 MOD 11,10.
pub(super) fn modulo_11_10(digits: &[u8]) -> bool {
    let Some((check, digits)) = digits.split_last() else { return false };
    let product = digits.iter().fold(10_u32, |product, digit| {
        let sum = match product.wrapping_add(u32::from(*digit)) % 10 {
            0 => 10,
            sum => sum,
        };
        sum.wrapping_mul(2) % 11
    });
    11_u32.wrapping_sub(product) % 10 == u32::from(*check)
}

/// The sum of digits times weights; of the longer list the end is left out.
pub(super) fn weighted(digits: &[u8], weights: impl Iterator<Item = i32>) -> i32 {
    digits
        .iter()
        .zip(weights)
        .fold(0, |sum: i32, (digit, weight)| sum.saturating_add(i32::from(*digit).saturating_mul(weight)))
}

/// Multiplication in the dihedral group of the pentagon: sums of two rotations, reflections turned round.
const fn dihedral(left: u8, right: u8) -> u8 {
    let (turn, flip) = (left % 5, left >= 5);
    let (other_turn, other_flip) = (right % 5, right >= 5);
    let turned =
        if flip { turn.wrapping_add(5).wrapping_sub(other_turn) } else { turn.wrapping_add(other_turn) } % 5;
    if flip != other_flip { turned.wrapping_add(5) } else { turned }
}

/// Verhoeff's permutation (J. Verhoeff, Error Detecting Decimal Codes, 1969).
const PERMUTATION: [u8; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];

/// Verhoeff's check, as Aadhaar uses it.
pub(super) fn verhoeff(digits: &[u8]) -> bool {
    let product = digits.iter().rev().enumerate().fold(0, |product, (at, digit)| {
        let permuted = (0..at % 8)
            .fold(*digit, |digit, _| PERMUTATION.get(usize::from(digit)).copied().unwrap_or_default());
        dihedral(product, permuted)
    });
    product == 0
}

/// Whether two digits are a month and two a day of it, as far as four digits can tell.
pub(super) fn is_month_and_day(month: u64, day: u64) -> bool {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => (1..=31).contains(&day),
        4 | 6 | 9 | 11 => (1..=30).contains(&day),
        2 => (1..=29).contains(&day),
        _ => false,
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small numbers of the test")]
mod tests {
    use super::*;

    type Check = fn(&[u8]) -> bool;

    fn digits(text: &str) -> Vec<u8> {
        text.bytes().map(|byte| byte - b'0').collect()
    }

    #[test]
    fn published_examples_pass() {
        assert!(luhn(&digits("79927398713"))); // Wikipedia, "Luhn algorithm"
        assert!(verhoeff(&digits("2363"))); // Wikipedia, "Verhoeff algorithm"
        assert!(modulo_11_10(&digits("86095742719"))); // Bundeszentralamt für Steuern, test number
        assert_eq!(modulo_97(b"3214282912345698765432161182".iter().copied()), 1); // ISO 13616, GB82WEST...
    }

    #[test]
    fn every_check_notices_every_single_changed_digit() {
        let checks: [(&str, Check); 3] =
            [("4111111111111111", luhn), ("234123412346", verhoeff), ("86095742719", modulo_11_10)];
        for (number, check) in checks {
            assert!(check(&digits(number)), "{number}");
            for at in 0..number.len() {
                for change in 1..10 {
                    let mut changed = digits(number);
                    changed[at] = (changed[at] + change) % 10;
                    assert!(!check(&changed), "{number} at {at}");
                }
            }
        }
    }
}
