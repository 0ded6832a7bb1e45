//! National numbers made of digits only, and routing numbers of banks.
//!
//! Owns their check digits, the groups they are written in, and which of them need a word beside them. Must never let a
//! telephone number pass for one: what follows a plus sign is none.

use super::text::{Digits, Joint, Text, Window};
use super::{Finds, ValueClass, check, words};

/// Groups in which a number counts without a word.
struct Shape {
    groups: &'static [usize],
    joints: &'static [Joint],
}

struct Rule {
    class: ValueClass,
    digits: usize,
    valid: fn(&Digits) -> bool,
    shapes: &'static [Shape],
    words: &'static [&'static str],
}

/// The fewest digits of any of them.
const FEWEST_DIGITS: usize = 9;

/// Undivided.
const WHOLE: &[Joint] = &[Joint::Apart];

const RULES: &[Rule] = &[
    // Before the SSN: "social" stands beside both.
    Rule { class: ValueClass::CaSin, digits: 9, valid: is_sin, shapes: &[], words: words::CA_SIN },
    Rule {
        class: ValueClass::UsSsn,
        digits: 9,
        valid: is_ssn,
        shapes: &[Shape { groups: &[3, 2, 4], joints: &[Joint::Dash] }],
        words: words::US_SSN,
    },
    Rule {
        class: ValueClass::UsItin,
        digits: 9,
        valid: is_itin,
        shapes: &[Shape { groups: &[3, 2, 4], joints: &[Joint::Dash] }],
        words: words::US_ITIN,
    },
    Rule {
        class: ValueClass::UsRouting,
        digits: 9,
        valid: is_routing,
        shapes: &[],
        words: words::US_ROUTING,
    },
    Rule { class: ValueClass::UkNhs, digits: 10, valid: is_nhs, shapes: &[], words: words::UK_NHS },
    Rule {
        class: ValueClass::DeTaxId,
        digits: 11,
        valid: is_steuer_id,
        shapes: &[Shape { groups: &[2, 3, 3, 3], joints: &[Joint::Space] }],
        words: words::DE_TAX_ID,
    },
    Rule {
        class: ValueClass::FrNir,
        digits: 15,
        valid: is_nir,
        shapes: &[
            Shape { groups: &[15], joints: WHOLE },
            Shape { groups: &[13, 2], joints: &[Joint::Space, Joint::Dash] },
            Shape { groups: &[1, 2, 2, 2, 3, 3, 2], joints: &[Joint::Space, Joint::Dash, Joint::Dot] },
        ],
        words: words::FR_NIR,
    },
    Rule { class: ValueClass::FrNir, digits: 13, valid: is_nir_body, shapes: &[], words: words::FR_NIR },
    Rule {
        class: ValueClass::BrCpf,
        digits: 11,
        valid: is_cpf,
        shapes: &[Shape { groups: &[3, 3, 3, 2], joints: &[Joint::Mixed, Joint::Dot, Joint::Dash] }],
        words: words::BR_CPF,
    },
    Rule {
        class: ValueClass::InAadhaar,
        digits: 12,
        valid: is_aadhaar,
        shapes: &[],
        words: words::IN_AADHAAR,
    },
    Rule { class: ValueClass::NlBsn, digits: 9, valid: is_bsn, shapes: &[], words: words::NL_BSN },
    Rule { class: ValueClass::PlPesel, digits: 11, valid: is_pesel, shapes: &[], words: words::PL_PESEL },
    Rule {
        class: ValueClass::SePersonnummer,
        digits: 10,
        valid: is_personnummer,
        shapes: &[Shape { groups: &[6, 4], joints: &[Joint::Dash] }],
        words: words::SE_PERSONNUMMER,
    },
    Rule {
        class: ValueClass::SePersonnummer,
        digits: 12,
        valid: is_long_personnummer,
        shapes: &[Shape { groups: &[8, 4], joints: &[Joint::Dash] }],
        words: words::SE_PERSONNUMMER,
    },
    Rule {
        class: ValueClass::ChAhv,
        digits: 13,
        valid: is_ahv,
        shapes: &[
            Shape { groups: &[13], joints: WHOLE },
            Shape { groups: &[3, 4, 4, 2], joints: &[Joint::Dot, Joint::Space] },
        ],
        words: words::CH_AHV,
    },
];

pub(super) fn find(text: &Text, finds: &mut Finds) {
    for first in 0..text.groups().len() {
        for window in text.windows(first) {
            if window.length < FEWEST_DIGITS || !window.stands_alone() {
                continue;
            }
            let digits = window.digits();
            let mut rules = RULES.iter().filter(|rule| rule.digits == window.length);
            let Some(rule) = rules.find(|rule| rule.applies(text, &window, &digits)) else { continue };
            if finds.is_free(window.from(), window.to()) {
                finds.add(rule.class, rule.digits, window.from(), window.to());
            }
        }
    }
}

impl Rule {
    fn applies(&self, text: &Text, window: &Window<'_>, digits: &Digits) -> bool {
        let (from, to) = (window.from(), window.to());
        (self.valid)(digits)
            && !window.is_telephone()
            && (self.is_written_so(window) && !text.touches_letter(from, to)
                || text.beside(from, to, self.words))
    }

    fn is_written_so(&self, window: &Window<'_>) -> bool {
        let mut shapes = self.shapes.iter();
        shapes.any(|shape| {
            shape.joints.contains(&window.joint) && window.shape().eq(shape.groups.iter().copied())
        })
    }
}

fn all_equal(digits: &[u8]) -> bool {
    digits.windows(2).all(|pair| pair.first() == pair.last())
}

/// Areas, groups and serial numbers that are issued (Social Security Administration, "SSN Randomization", 2011).
fn is_ssn(digits: &Digits) -> bool {
    let area = digits.number(0, 3);
    (1..900).contains(&area) && area != 666 && digits.number(3, 5) != 0 && digits.number(5, 9) != 0
}

/// IRS, Internal Revenue Manual 3.21.263: 9 first, then a group of 50–65, 70–88, 90–92 or 94–99.
fn is_itin(digits: &Digits) -> bool {
    let group = digits.number(3, 5);
    digits.number(0, 1) == 9 && matches!(group, 50..=65 | 70..=88 | 90..=92 | 94..=99)
}

/// American Bankers Association, Routing Number Policy: Federal Reserve districts, weights 3, 7, 1.
fn is_routing(digits: &Digits) -> bool {
    let sum = check::weighted(digits.as_slice(), [3, 7, 1].into_iter().cycle());
    matches!(digits.number(0, 2), 1..=12 | 21..=32 | 61..=72 | 80) && sum.rem_euclid(10) == 0
}

/// NHS Data Dictionary, "NHS number": weights 10 to 2, check digit 11 minus the remainder modulo 11.
fn is_nhs(digits: &Digits) -> bool {
    !all_equal(digits.as_slice()) && check::weighted(digits.as_slice(), (1..=10).rev()).rem_euclid(11) == 0
}

/// Employment and Social Development Canada: Luhn, never beginning with 8; with 0 begin the numbers of forms and courses.
fn is_sin(digits: &Digits) -> bool {
    digits.number(0, 1) != 8 && check::luhn(digits.as_slice())
}

/// Bundeszentralamt für Steuern, § 139b AO: of the first ten digits exactly one occurs twice or three times.
fn is_steuer_id(digits: &Digits) -> bool {
    let first_ten = digits.as_slice().get(..10).unwrap_or_default();
    let count = |digit: u8| first_ten.iter().filter(|one| **one == digit).count();
    let counts = || (0..10).map(count);
    digits.number(0, 1) != 0
        && counts().filter(|count| *count > 1).count() == 1
        && counts().all(|count| count <= 3)
        && check::modulo_11_10(digits.as_slice())
}

/// INSEE, "Numéro d'inscription au répertoire": sex, month, then the body modulo 97.
fn is_nir_body(digits: &Digits) -> bool {
    matches!(digits.number(0, 1), 1 | 2) && matches!(digits.number(3, 5), 1..=12 | 20 | 30..=42 | 50..=99)
}

fn is_nir(digits: &Digits) -> bool {
    let key = digits.number(13, 15);
    is_nir_body(digits)
        && digits.number(0, 13).checked_rem(97).map(|rest| 97_u64.saturating_sub(rest)) == Some(key)
}

/// Receita Federal: two check digits, weights 10 to 2 and 11 to 2, modulo 11 where 10 counts as 0.
fn is_cpf(digits: &Digits) -> bool {
    let check = |length: i32| {
        let sum = check::weighted(digits.as_slice(), (2..=length.saturating_add(1)).rev());
        u64::try_from(sum.saturating_mul(10).rem_euclid(11) % 10).unwrap_or_default()
    };
    !all_equal(digits.as_slice()) && digits.number(9, 10) == check(9) && digits.number(10, 11) == check(10)
}

/// UIDAI: Verhoeff, never beginning with 0 or 1.
fn is_aadhaar(digits: &Digits) -> bool {
    digits.number(0, 1) > 1 && check::verhoeff(digits.as_slice())
}

/// Rijksdienst voor Identiteitsgegevens, "elfproef": weights 9 to 2 and −1.
fn is_bsn(digits: &Digits) -> bool {
    digits.number(0, 9) != 0
        && check::weighted(digits.as_slice(), (2..=9).rev().chain([-1])).rem_euclid(11) == 0
}

/// Ustawa o ewidencji ludności: weights 1, 3, 7, 9; the century is in the month.
fn is_pesel(digits: &Digits) -> bool {
    let sum = check::weighted(digits.as_slice(), [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1].into_iter());
    check::is_month_and_day(digits.number(2, 4) % 20, digits.number(4, 6)) && sum.rem_euclid(10) == 0
}

fn is_swedish(digits: &[u8]) -> bool {
    let number = |from: usize, to: usize| digits.get(from..to).map_or(0, super::text::number);
    // A samordningsnummer has 60 added to the day.
    let day = number(4, 6);
    let day = day.checked_sub(60).unwrap_or(day);
    check::is_month_and_day(number(2, 4), day) && check::luhn(digits)
}

/// Folkbokföringslagen (1991:481) § 18: a date and Luhn.
fn is_personnummer(digits: &Digits) -> bool {
    is_swedish(digits.as_slice())
}

fn is_long_personnummer(digits: &Digits) -> bool {
    matches!(digits.number(0, 2), 18..=20) && is_swedish(digits.as_slice().get(2..).unwrap_or_default())
}

/// Zentrale Ausgleichsstelle: EAN-13 with the country code 756.
fn is_ahv(digits: &Digits) -> bool {
    let sum = check::weighted(digits.as_slice(), [1, 3].into_iter().cycle());
    digits.number(0, 3) == 756 && sum.rem_euclid(10) == 0
}
