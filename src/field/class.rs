//! What a field can hold that must not be recorded, how sure that is, and which evidence said so.
//!
//! Owns the stable words: they are in messages, spans and the ledger, so they never change their meaning. Must never
//! hold anything of a page: a finding is made of words of this file alone.

use crate::words::words;

words! {
    /// What a field holds.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
    pub enum FieldClass {
        /// Primary account number of a payment card.
        CardNumber = "card_number",
        /// Card verification code, by any of its names.
        CardCvv = "card_cvv",
        /// Expiry date of a payment card, or its month or year.
        CardExpiry = "card_expiry",
        /// Name on a payment card.
        CardHolder = "card_holder",
        /// Anything else of a payment card: its kind, its issue number.
        Card = "card",
        /// Number of a bank account in a national form.
        BankAccount = "bank_account",
        /// International bank account number, ISO 13616.
        Iban = "iban",
        /// What names the bank: routing number, sort code, BIC.
        BankRouting = "bank_routing",
        /// Social security number of the United States, or its last digits.
        SocialSecurityNumber = "social_security_number",
        /// Any other number a state knows a person by.
        NationalId = "national_id",
        /// Number that a tax office knows a person or a company by.
        TaxId = "tax_id",
        /// Passport number.
        Passport = "passport",
        /// Number of a driving licence.
        DrivingLicence = "driving_licence",
        /// Password or passphrase.
        Password = "password",
        /// A code that is good once: by text message, app or token.
        OneTimeCode = "one_time_code",
        /// Personal identification number of a card, an account, a telephone.
        Pin = "pin",
        /// The question that proves who somebody is, and its answer.
        SecurityAnswer = "security_answer",
        /// Date of birth, or its day, month or year.
        DateOfBirth = "date_of_birth",
        /// Diagnosis, medication, symptoms, allergies.
        Health = "health",
        /// What a health insurer or service knows a person by.
        HealthNumber = "health_number",
        /// What the integrator marked without a word of this list.
        Custom = "custom",
    }
}

impl FieldClass {
    /// The word of a mark or a policy selector; one that is not known is [`FieldClass::Custom`], since a mark with a
    /// spelling mistake is still a mark.
    #[must_use]
    pub fn from_mark(word: &str) -> Self {
        Self::from_word(word.trim().to_ascii_lowercase().as_str()).unwrap_or(Self::Custom)
    }

    /// Of a payment card.
    #[must_use]
    pub const fn is_card(self) -> bool {
        matches!(self, Self::CardNumber | Self::CardCvv | Self::CardExpiry | Self::CardHolder | Self::Card)
    }
}

words! {
    /// How sure a finding is, from the least.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
    pub enum Confidence {
        /// One text says so, or the fields around it do.
        Likely = "likely",
        /// Several texts say so, or one that means nothing else.
        Strong = "strong",
        /// The page or the integrator declares it.
        Certain = "certain",
    }
}

words! {
    /// Which evidence decided.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub enum Reason {
        /// The integrator's attribute on the field or around it.
        Mark = "mark",
        /// A selector of the policy.
        Selector = "selector",
        /// An autofill token of the field itself.
        Autocomplete = "autocomplete",
        /// An autofill token of the form that owns the field.
        InheritedAutocomplete = "inherited_autocomplete",
        /// The field's type, now or once.
        Type = "type",
        /// Its name.
        Name = "name",
        /// Its id.
        Id = "id",
        /// Its label.
        Label = "label",
        /// What a screen reader calls it.
        Aria = "aria",
        /// Its placeholder.
        Placeholder = "placeholder",
        /// Its tooltip.
        Title = "title",
        /// Its input pattern.
        Pattern = "pattern",
        /// The text before it.
        Near = "near",
        /// The fields around it, or the heading above it.
        Context = "context",
    }
}

/// What a field was found to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    /// What it holds.
    pub class: FieldClass,
    /// How sure that is.
    pub confidence: Confidence,
    /// What decided.
    pub reason: Reason,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::is_plain_name;

    #[test]
    fn every_word_may_stand_in_evidence() {
        for class in FieldClass::ALL {
            assert!(is_plain_name(class.as_str()), "{class:?}");
            assert_eq!(FieldClass::from_mark(class.as_str()), *class);
        }
        assert!(Confidence::ALL.iter().all(|word| is_plain_name(word.as_str())));
        assert!(Reason::ALL.iter().all(|word| is_plain_name(word.as_str())));
    }

    #[test]
    fn a_mark_with_an_unknown_word_is_still_a_mark() {
        assert_eq!(FieldClass::from_mark(""), FieldClass::Custom);
        assert_eq!(FieldClass::from_mark("no such class"), FieldClass::Custom);
        assert_eq!(FieldClass::from_mark(" Card_Number "), FieldClass::CardNumber);
    }

    #[test]
    fn confidence_is_ordered() {
        assert!(Confidence::Likely < Confidence::Strong && Confidence::Strong < Confidence::Certain);
    }
}
