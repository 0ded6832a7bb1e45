//! What the texts of a field say.
//!
//! Owns the vote: every text (name, id, label, …) is read against the tables in order and names one class at most; what
//! most of them name is the finding. Words that mean something only among others (`context.rs`) count half.

use super::autocomplete::{Declared, declared};
use super::context::Context;
use super::pattern::Words;
use super::shape::{Shape, shape_of};
use super::text::{fold_name, fold_prose};
use super::{Confidence, Demand, FieldClass, FieldDescriptor, FieldPolicy, Finding, Reason};
use super::{account_words as account, card_words as card, identity_words as identity};

/// Words of a label in which a gift card makes no payment card of the field; behind them are hints.
const WORDS_OF_A_NAME: usize = 8;

/// Words before a field that are a heading of their own; more are a sentence about something else too.
const WORDS_OF_A_HEADING: usize = 3;

/// Weight of a text that says it by itself, and of one that needs the fields around it.
const PLAIN: u32 = 2;
const IN_CONTEXT: u32 = 1;

/// What a table needs around the field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    Nothing,
    Card,
    Bank,
    Birth,
    NoAddress,
}

/// One table: in this order, from the most special.
const RULES: &[(FieldClass, Need, &[&str])] = &[
    (FieldClass::SecurityAnswer, Need::Nothing, account::SECURITY_ANSWER),
    (FieldClass::CardCvv, Need::Nothing, card::CVV),
    (FieldClass::CardExpiry, Need::Nothing, card::EXPIRY),
    (FieldClass::CardHolder, Need::Nothing, card::HOLDER),
    (FieldClass::SocialSecurityNumber, Need::Nothing, identity::SOCIAL_SECURITY),
    (FieldClass::HealthNumber, Need::Nothing, identity::HEALTH_NUMBER),
    (FieldClass::TaxId, Need::Nothing, identity::TAX_ID),
    (FieldClass::NationalId, Need::Nothing, identity::NATIONAL_ID),
    (FieldClass::Iban, Need::Nothing, account::IBAN),
    (FieldClass::BankRouting, Need::Nothing, account::BANK_ROUTING),
    (FieldClass::BankAccount, Need::Nothing, account::BANK_ACCOUNT),
    (FieldClass::CardCvv, Need::Card, card::CVV_OF_CARD),
    (FieldClass::CardNumber, Need::Nothing, card::NUMBER),
    (FieldClass::OneTimeCode, Need::Nothing, account::ONE_TIME_CODE),
    (FieldClass::OneTimeCode, Need::Nothing, account::CODE_ALONE),
    (FieldClass::Pin, Need::NoAddress, account::PIN),
    (FieldClass::Password, Need::Nothing, account::PASSWORD),
    (FieldClass::Passport, Need::Nothing, identity::PASSPORT),
    (FieldClass::DrivingLicence, Need::Nothing, identity::DRIVING_LICENCE),
    (FieldClass::DateOfBirth, Need::Nothing, identity::DATE_OF_BIRTH),
    (FieldClass::Card, Need::Nothing, card::OTHER),
    (FieldClass::CardExpiry, Need::Card, card::EXPIRY_OF_CARD),
    (FieldClass::CardHolder, Need::Card, card::HOLDER_OF_CARD),
    (FieldClass::CardNumber, Need::Card, card::NUMBER_OF_CARD),
    (FieldClass::BankAccount, Need::Bank, account::BANK_ACCOUNT_OF_BANK),
    (FieldClass::DateOfBirth, Need::Birth, identity::DATE_PART),
    (FieldClass::Health, Need::Nothing, identity::HEALTH),
];

/// A text of the field itself.
struct Source {
    reason: Reason,
    words: Words,
}

/// Everything that was read of one field.
struct Reading<'a> {
    descriptor: &'a FieldDescriptor,
    sources: Vec<Source>,
    context: Context<'a>,
}

/// What the texts say, or the place of a field without texts.
pub(super) fn by_text(descriptor: &FieldDescriptor, policy: &FieldPolicy) -> Option<Finding> {
    if descriptor.decorative || shape_of(descriptor) == Shape::Pressed {
        return None;
    }
    let reading = Reading::new(descriptor);
    reading.vote(policy).or_else(|| reading.by_form()).or_else(|| reading.by_place())
}

/// Whether the texts name an ordinary field and nothing else: some autofill tokens are put on such fields to keep the
/// browser from filling them in.
pub(super) fn is_ordinary(descriptor: &FieldDescriptor) -> bool {
    Reading::new(descriptor).is_ordinary()
}

impl<'a> Reading<'a> {
    fn new(descriptor: &'a FieldDescriptor) -> Self {
        let mut sources = Vec::with_capacity(7);
        let mut add = |reason: Reason, text: String| {
            if !text.is_empty() {
                sources.push(Source { reason, words: Words::new(text) });
            }
        };
        if let Declared::Other(word) = declared(&descriptor.autocomplete) {
            add(Reason::Autocomplete, fold_name(word));
        }
        let name = fold_name(&descriptor.name);
        let id = fold_name(&descriptor.id);
        // One text twice is one witness.
        let is_same = name == id;
        add(Reason::Name, name);
        if !is_same {
            add(Reason::Id, id);
        }
        add(Reason::Label, fold_prose(&descriptor.label));
        if descriptor.aria != descriptor.label {
            add(Reason::Aria, fold_prose(&descriptor.aria));
        }
        if descriptor.placeholder != descriptor.label {
            add(Reason::Placeholder, fold_prose(&descriptor.placeholder));
        }
        add(Reason::Title, fold_prose(&descriptor.title));
        let has_words =
            !(descriptor.label.is_empty() && descriptor.aria.is_empty() && descriptor.placeholder.is_empty());
        if !has_words {
            add(Reason::Near, fold_prose(&descriptor.near));
        }
        Self { descriptor, sources, context: Context::new(descriptor) }
    }

    fn has(&self, phrases: &[&str]) -> bool {
        self.own().any(|source| source.words.has_any(phrases))
    }

    fn near_has(&self, phrases: &[&str]) -> bool {
        Words::new(fold_prose(&self.descriptor.near)).has_any(phrases)
    }

    /// Everything but the text before the field, which may be about another.
    fn own(&self) -> impl Iterator<Item = &Source> {
        self.sources.iter().filter(|source| source.reason != Reason::Near)
    }

    /// In the names, in the first words of what is read, or in the few words that stand before the field.
    fn is_called(&self, phrases: &[&str]) -> bool {
        let before = Words::new(fold_prose(&self.descriptor.near));
        let is_before = before.count() <= WORDS_OF_A_HEADING && before.has_any(phrases);
        is_before
            || self.sources.iter().any(|source| {
                let is_read = matches!(
                    source.reason,
                    Reason::Label | Reason::Aria | Reason::Placeholder | Reason::Title
                );
                if is_read {
                    source.words.first(WORDS_OF_A_NAME).has_any(phrases)
                } else {
                    source.words.has_any(phrases)
                }
            })
    }

    /// Some text names what most forms ask for, and none anything else.
    fn is_ordinary(&self) -> bool {
        self.has(account::ORDINARY) && !self.sources.iter().any(|source| self.named_by(source).is_some())
    }

    fn vote(&self, policy: &FieldPolicy) -> Option<Finding> {
        let mut ordinary = 0_u32;
        let mut votes: Vec<(FieldClass, u32, Reason)> = Vec::new();
        for source in &self.sources {
            let Some((class, weight)) = self.named_by(source) else {
                if source.words.has_any(account::ORDINARY) {
                    ordinary = ordinary.saturating_add(PLAIN);
                }
                continue;
            };
            match votes.iter_mut().find(|(voted, ..)| *voted == class) {
                Some((_, sum, _)) => *sum = sum.saturating_add(weight),
                None => votes.push((class, weight, source.reason)),
            }
        }
        // Of equals the one that demands more, then the one that was named first.
        let is_hard = |class: FieldClass| policy.demand(class) == Demand::Hard;
        let best = votes.iter().rev().max_by_key(|(class, sum, _)| (*sum, is_hard(*class)))?;
        let (class, sum, reason) = *best;
        // People have names on cards too.
        if ordinary > sum && class != FieldClass::CardHolder {
            return None;
        }
        let confidence = if sum >= 2 * PLAIN { Confidence::Strong } else { Confidence::Likely };
        Some(Finding { class, confidence, reason })
    }

    fn named_by(&self, source: &Source) -> Option<(FieldClass, u32)> {
        let (class, need, _) = RULES.iter().find(|(class, need, phrases)| {
            shape_of(self.descriptor).fits(*class)
                && source.words.has_any(phrases)
                && self.is_met(*need)
                && !self.is_vetoed(*class, *need)
        })?;
        let depends = source.reason == Reason::Near || matches!(need, Need::Card | Need::Bank | Need::Birth);
        Some((*class, if depends { IN_CONTEXT } else { PLAIN }))
    }

    fn is_met(&self, need: Need) -> bool {
        match need {
            Need::Nothing => true,
            Need::Card => self.has(card::CARD_WORDS) || self.context.is_card(),
            Need::Bank => self.has(account::BANK_WORDS) || self.context.is_bank(),
            Need::Birth => {
                self.sources.iter().any(|source| source.words.has_any(identity::BIRTH_WORDS))
                    || self.near_has(identity::BIRTH_WORDS)
                    || self.context.is_birth()
            }
            Need::NoAddress => {
                !self.has(account::ADDRESS_WORDS)
                    && (!self.context.is_address() || self.has(card::CARD_WORDS))
            }
        }
    }

    /// What speaks against a class.
    fn is_vetoed(&self, class: FieldClass, need: Need) -> bool {
        match class {
            FieldClass::CardExpiry => {
                let is_otherwise = self.has(card::EXPIRY_OF_OTHERS) || self.context.expires_otherwise();
                let is_in_card = self.has(card::CARD_WORDS);
                self.is_called(card::NO_PAYMENT_CARD)
                    || is_otherwise && !is_in_card
                    || need == Need::Card && (self.has(identity::BIRTH_WORDS) || self.context.has_day())
            }
            FieldClass::CardCvv if need == Need::Card => {
                self.is_called(card::NO_PAYMENT_CARD) || self.has(account::NO_SECRET_CODE)
            }
            FieldClass::CardNumber | FieldClass::CardCvv | FieldClass::CardHolder | FieldClass::Card => {
                self.is_called(card::NO_PAYMENT_CARD)
            }
            FieldClass::OneTimeCode | FieldClass::Pin => self.has(account::NO_SECRET_CODE),
            FieldClass::Password => self.has(account::NO_PASSWORD),
            FieldClass::DateOfBirth => self.has(identity::NO_DATE),
            FieldClass::TaxId
            | FieldClass::NationalId
            | FieldClass::Passport
            | FieldClass::DrivingLicence => self.is_called(identity::NO_PERSONAL_NUMBER),
            _ => false,
        }
    }

    /// The form in which something is to be written: of a placeholder or a pattern.
    fn by_form(&self) -> Option<Finding> {
        let shape = shape_of(self.descriptor);
        let likely = |class: FieldClass, reason: Reason| {
            (shape.fits(class) && !self.is_vetoed(class, Need::Nothing)).then_some(Finding {
                class,
                confidence: Confidence::Likely,
                reason,
            })
        };
        if let Some(class) = super::shape::written_as(&self.descriptor.placeholder) {
            return likely(class, Reason::Placeholder);
        }
        let pattern = self.descriptor.pattern.as_str();
        if ["{13,19}", "{13,16}", "{12,19}", "{14,19}", "{15,19}", "{15,16}"]
            .iter()
            .any(|range| pattern.contains(range))
        {
            return likely(FieldClass::CardNumber, Reason::Pattern);
        }
        if pattern.contains("{3,4}") && self.sources.is_empty() && self.context.is_card() {
            return likely(FieldClass::CardCvv, Reason::Pattern);
        }
        None
    }

    /// A field without a word where a card form has its code.
    fn by_place(&self) -> Option<Finding> {
        let has_no_word = self.own().next().is_none();
        let is_short = self.descriptor.max_length.is_none_or(|length| matches!(length, 3 | 4));
        let fits = shape_of(self.descriptor).fits(FieldClass::CardCvv);
        (has_no_word && is_short && fits && self.context.is_place_of_cvv()).then_some(Finding {
            class: FieldClass::CardCvv,
            confidence: Confidence::Likely,
            reason: Reason::Context,
        })
    }
}
