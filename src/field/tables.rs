//! Checks the phrase tables themselves.
//!
//! Owns no code of the product.

use super::text::fold_prose;
use super::{account_words, card_words, identity_words};

/// Longest phrase part that is no mistake: where a phrase of two words slipped into a list of single words, everything
/// behind it became a second part.
const MOST_ALTERNATIVES_TWICE: usize = 14;

fn tables() -> Vec<&'static [&'static str]> {
    use account_words as account;
    use card_words as card;
    use identity_words as identity;
    vec![
        card::NUMBER,
        card::NUMBER_OF_CARD,
        card::CVV,
        card::CVV_OF_CARD,
        card::EXPIRY,
        card::EXPIRY_OF_CARD,
        card::EXPIRY_OF_OTHERS,
        card::HOLDER,
        card::HOLDER_OF_CARD,
        card::OTHER,
        card::NO_PAYMENT_CARD,
        card::CARD_WORDS,
        account::SECURITY_ANSWER,
        account::ONE_TIME_CODE,
        account::CODE_ALONE,
        account::NO_SECRET_CODE,
        account::PIN,
        account::ADDRESS_WORDS,
        account::PASSWORD,
        account::NO_PASSWORD,
        account::IBAN,
        account::BANK_ROUTING,
        account::BANK_ACCOUNT,
        account::BANK_ACCOUNT_OF_BANK,
        account::BANK_WORDS,
        identity::SOCIAL_SECURITY,
        identity::PASSPORT,
        identity::DRIVING_LICENCE,
        identity::TAX_ID,
        identity::NATIONAL_ID,
        identity::NO_PERSONAL_NUMBER,
        identity::DATE_OF_BIRTH,
        account::ORDINARY,
        identity::DATE_PART,
        identity::DAY_WORDS,
        identity::BIRTH_WORDS,
        identity::NO_DATE,
        identity::HEALTH,
        identity::HEALTH_NUMBER,
    ]
}

#[test]
fn every_word_is_in_the_form_that_texts_are_folded_to() {
    let words =
        tables().into_iter().flatten().flat_map(|phrase| phrase.trim_start_matches('=').split([' ', '|']));
    let unfolded: Vec<&str> = words
        .map(|word| word.trim_matches('*'))
        .filter(|letters| *letters != "~" && fold_prose(letters) != **letters)
        .collect();
    assert!(unfolded.is_empty(), "{unfolded:?}");
}

#[test]
fn no_list_of_words_was_torn_apart_by_a_space() {
    for phrase in tables().into_iter().flatten() {
        let long = phrase.split(' ').filter(|part| part.split('|').count() > MOST_ALTERNATIVES_TWICE).count();
        let parts = phrase.split(' ').filter(|part| !part.is_empty()).count();
        assert!(long < 2, "in {phrase:?}");
        assert!(parts <= 8, "in {phrase:?}");
    }
}

#[test]
fn no_phrase_is_so_short_that_it_is_in_everything() {
    for phrase in tables().into_iter().flatten() {
        let least = phrase
            .trim_start_matches('=')
            .split(' ')
            .map(|part| part.split('|').map(|word| word.trim_matches('*').chars().count()).min().unwrap_or(0))
            .sum::<usize>();
        assert!(least >= 1, "{phrase:?} can be empty");
    }
}
