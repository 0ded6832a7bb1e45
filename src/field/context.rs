//! The fields around a field.
//!
//! Owns what a form is about as far as single words depend on it: a card, a bank, a birth, an address. Worked out only
//! when a word that depends on it was found, since it means reading every neighbour.

use core::cell::OnceCell;

use super::autocomplete::{Declared, declared};
use super::pattern::Words;
use super::text::{fold_name, fold_prose};
use super::{FieldClass, FieldDescriptor, Neighbour, account_words, card_words, identity_words};

/// Fields on either side that make a card form of it: a card is number, month, year, code, name and type.
const CARD_REACH: usize = 5;

/// Fields on either side that an address consists of.
const ADDRESS_REACH: usize = 4;

/// Fields on either side that one date consists of.
const DATE_REACH: usize = 2;

/// What is around one field.
pub(super) struct Context<'a> {
    descriptor: &'a FieldDescriptor,
    /// Heading and form, folded.
    heading: OnceCell<[Words; 2]>,
    neighbours: OnceCell<Around<'a>>,
}

struct Around<'a> {
    before: Vec<Other<'a>>,
    after: Vec<Other<'a>>,
}

/// One neighbour.
struct Other<'a> {
    neighbour: &'a Neighbour,
    texts: [Words; 3],
    class: OnceCell<Option<FieldClass>>,
}

impl<'a> Context<'a> {
    pub(super) const fn new(descriptor: &'a FieldDescriptor) -> Self {
        Self { descriptor, heading: OnceCell::new(), neighbours: OnceCell::new() }
    }

    fn around(&self) -> &Around<'a> {
        self.neighbours.get_or_init(|| Around {
            before: self.descriptor.before.iter().take(CARD_REACH).map(Other::new).collect(),
            after: self.descriptor.after.iter().take(CARD_REACH).map(Other::new).collect(),
        })
    }

    fn heading_has(&self, phrases: &[&str]) -> bool {
        let texts = self.heading.get_or_init(|| {
            [Words::new(fold_prose(&self.descriptor.heading)), Words::new(fold_name(&self.descriptor.form))]
        });
        texts.iter().any(|text| text.has_any(phrases))
    }

    fn neighbour_has(&self, reach: usize, phrases: &[&str]) -> bool {
        let around = self.around();
        let near = around.before.iter().take(reach).chain(around.after.iter().take(reach));
        near.flat_map(|other| &other.texts).any(|text| text.has_any(phrases))
    }

    /// A card is asked for here.
    pub(super) fn is_card(&self) -> bool {
        let around = self.around();
        let has_card_field = around.before.iter().chain(&around.after).any(|other| {
            matches!(
                other.class(),
                Some(FieldClass::CardNumber | FieldClass::CardCvv | FieldClass::CardExpiry)
            )
        });
        has_card_field || self.heading_has(card_words::CARD_WORDS)
    }

    /// A bank is spoken of here.
    pub(super) fn is_bank(&self) -> bool {
        self.heading_has(account_words::BANK_WORDS)
            || self.neighbour_has(ADDRESS_REACH, account_words::BANK_WORDS)
    }

    /// An address is asked for here.
    pub(super) fn is_address(&self) -> bool {
        self.neighbour_has(ADDRESS_REACH, account_words::ADDRESS_WORDS)
    }

    /// Somebody's birth is spoken of here.
    pub(super) fn is_birth(&self) -> bool {
        self.heading_has(identity_words::BIRTH_WORDS)
            || self.neighbour_has(DATE_REACH, identity_words::BIRTH_WORDS)
    }

    /// A day is asked for beside: a card expires in a month.
    pub(super) fn has_day(&self) -> bool {
        self.neighbour_has(DATE_REACH, identity_words::DAY_WORDS)
    }

    /// An expiry here is one of a document or an offer.
    pub(super) fn expires_otherwise(&self) -> bool {
        self.heading_has(card_words::EXPIRY_OF_OTHERS)
            || self.neighbour_has(DATE_REACH, card_words::EXPIRY_OF_OTHERS)
    }

    /// The field lies where a card form has its code: behind the number, or behind the expiry that follows one.
    pub(super) fn is_place_of_cvv(&self) -> bool {
        let around = self.around();
        let class = |others: &[Other<'_>], at: usize| others.get(at).and_then(Other::class);
        let has_cvv =
            around.before.iter().chain(&around.after).any(|other| other.class() == Some(FieldClass::CardCvv));
        if has_cvv {
            return false;
        }
        let before = class(&around.before, 0);
        let after = class(&around.after, 0);
        let number_before = around.before.iter().any(|other| other.class() == Some(FieldClass::CardNumber));
        match (before, after) {
            (Some(FieldClass::CardNumber), Some(FieldClass::CardExpiry)) => true,
            (Some(FieldClass::CardExpiry), after) => number_before && after != Some(FieldClass::CardExpiry),
            _ => false,
        }
    }
}

impl<'a> Other<'a> {
    fn new(neighbour: &'a Neighbour) -> Self {
        let texts = [
            Words::new(fold_name(&neighbour.name)),
            Words::new(fold_name(&neighbour.id)),
            Words::new(fold_prose(&neighbour.label)),
        ];
        Self { neighbour, texts, class: OnceCell::new() }
    }

    fn class(&self) -> Option<FieldClass> {
        *self.class.get_or_init(|| match declared(&self.neighbour.autocomplete) {
            Declared::Class(class) => Some(class),
            _ => self.card_class(),
        })
    }

    /// By words that need no context themselves: so the question ends here.
    fn card_class(&self) -> Option<FieldClass> {
        let has = |phrases: &[&str]| self.texts.iter().any(|text| text.has_any(phrases));
        let is_pressed = matches!(self.neighbour.kind.as_str(), "checkbox" | "radio" | "email" | "search");
        if is_pressed || has(card_words::NO_PAYMENT_CARD) {
            return None;
        }
        if has(card_words::CVV) {
            Some(FieldClass::CardCvv)
        } else if has(card_words::EXPIRY) && !has(card_words::EXPIRY_OF_OTHERS) {
            Some(FieldClass::CardExpiry)
        } else if has(card_words::HOLDER) {
            Some(FieldClass::CardHolder)
        } else if has(card_words::NUMBER) && self.neighbour.kind != "select-one" {
            Some(FieldClass::CardNumber)
        } else {
            None
        }
    }
}
