//! Autofill tokens of the HTML standard ("autofill detail tokens", WHATWG HTML 4.10.18.7).
//!
//! Owns what each token says about a field. The list is the standard's; where pages write words of their own into the
//! attribute, those are read like a name, not here.

use super::FieldClass;

/// What an `autocomplete` attribute says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Declared<'a> {
    /// A standard token of a sensitive class.
    Class(FieldClass),
    /// A standard token of an ordinary field.
    Ordinary,
    /// `on`, `off` or nothing: no statement.
    Nothing,
    /// A word of the page's own.
    Other(&'a str),
}

/// Tokens that fields without any secret have.
const ORDINARY: &[&str] = &[
    "name",
    "honorific-prefix",
    "given-name",
    "additional-name",
    "family-name",
    "honorific-suffix",
    "nickname",
    "username",
    "organization-title",
    "organization",
    "street-address",
    "address-line1",
    "address-line2",
    "address-line3",
    "address-level4",
    "address-level3",
    "address-level2",
    "address-level1",
    "country",
    "country-name",
    "postal-code",
    "language",
    "sex",
    "url",
    "photo",
    "tel",
    "tel-country-code",
    "tel-national",
    "tel-area-code",
    "tel-local",
    "tel-local-prefix",
    "tel-local-suffix",
    "tel-extension",
    "email",
    "impp",
    "transaction-currency",
    "transaction-amount",
];

/// The last detail token decides; `section-…`, `shipping`, `billing`, `home`, `work` and the like go before it, and
/// `webauthn` may follow it.
pub(super) fn declared(attribute: &str) -> Declared<'_> {
    let mut tokens = attribute.split_ascii_whitespace().rev();
    let mut last = tokens.next().unwrap_or_default();
    if last.eq_ignore_ascii_case("webauthn") {
        last = tokens.next().unwrap_or_default();
    }
    let token = last.to_ascii_lowercase();
    match token.as_str() {
        "" | "on" | "off" | "webauthn" => Declared::Nothing,
        "cc-number" => Declared::Class(FieldClass::CardNumber),
        "cc-exp" | "cc-exp-month" | "cc-exp-year" => Declared::Class(FieldClass::CardExpiry),
        "cc-csc" => Declared::Class(FieldClass::CardCvv),
        "cc-name" | "cc-given-name" | "cc-additional-name" | "cc-family-name" => {
            Declared::Class(FieldClass::CardHolder)
        }
        "cc-type" => Declared::Class(FieldClass::Card),
        "current-password" | "new-password" => Declared::Class(FieldClass::Password),
        "one-time-code" => Declared::Class(FieldClass::OneTimeCode),
        "bday" | "bday-day" | "bday-month" | "bday-year" => Declared::Class(FieldClass::DateOfBirth),
        ordinary if ORDINARY.contains(&ordinary) => Declared::Ordinary,
        // As with the standard's token, only to keep the browser from filling a field in.
        "password" | "pass" | "nope" | "no" | "false" | "none" | "disabled" => Declared::Nothing,
        _ => Declared::Other(last),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_detail_token_counts_whatever_is_around_it() {
        for attribute in
            ["cc-number", "section-pay billing CC-Number", " cc-number  webauthn ", "billing\tcc-number"]
        {
            assert_eq!(declared(attribute), Declared::Class(FieldClass::CardNumber), "{attribute}");
        }
        assert_eq!(declared("shipping tel"), Declared::Ordinary);
        assert_eq!(declared("off"), Declared::Nothing);
        assert_eq!(declared("password"), Declared::Nothing);
        assert_eq!(declared("webauthn"), Declared::Nothing);
        assert_eq!(declared("ccnum"), Declared::Other("ccnum"));
        assert_eq!(declared("cc-number cc-csc"), Declared::Class(FieldClass::CardCvv));
    }
}
