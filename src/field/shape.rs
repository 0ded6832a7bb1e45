//! What a control can hold by its kind, and what its placeholder shows.
//!
//! Owns the limits: a check box holds no number, a list no code, a long text no card. Must never decide by shape alone
//! that a field is sensitive, but for a placeholder that shows how it is written.

use super::{FieldClass, FieldDescriptor};

/// Kind of a control.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Check boxes, buttons, sliders, and fields for an address or a search: never judged by texts.
    Pressed,
    /// A list to choose from.
    List,
    /// Many lines.
    Long,
    /// A date with a day.
    Date,
    /// A month.
    Month,
    /// One line of at most so many characters.
    Line(u32),
}

/// Digits of the shortest card number that is split over several controls (four by four).
const LEAST_CARD_DIGITS: u32 = 4;

/// Digits of a verification code.
const LEAST_CVV_DIGITS: u32 = 3;

/// Kind of the control that is described.
pub(super) fn shape_of(descriptor: &FieldDescriptor) -> Shape {
    match descriptor.kind.as_str() {
        "checkbox" | "radio" | "range" | "color" | "button" | "submit" | "reset" | "image" | "file"
        | "hidden" | "email" | "url" | "search" => Shape::Pressed,
        "select-one" | "select-multiple" => Shape::List,
        "textarea" => Shape::Long,
        "date" | "datetime-local" => Shape::Date,
        "month" => Shape::Month,
        "week" | "time" => Shape::Pressed,
        _ if descriptor.tag == "textarea" => Shape::Long,
        _ if descriptor.tag == "select" => Shape::List,
        _ => Shape::Line(descriptor.max_length.filter(|length| *length > 0).unwrap_or(u32::MAX)),
    }
}

impl Shape {
    /// Whether a field of this kind can hold the class.
    pub(super) fn fits(self, class: FieldClass) -> bool {
        match self {
            Self::Pressed => false,
            Self::List => matches!(
                class,
                FieldClass::CardExpiry
                    | FieldClass::Card
                    | FieldClass::DateOfBirth
                    | FieldClass::Health
                    | FieldClass::SecurityAnswer
            ),
            Self::Long => matches!(class, FieldClass::Health | FieldClass::SecurityAnswer),
            Self::Date => class == FieldClass::DateOfBirth,
            Self::Month => matches!(class, FieldClass::CardExpiry | FieldClass::DateOfBirth),
            Self::Line(length) => match class {
                FieldClass::CardNumber => length >= LEAST_CARD_DIGITS,
                FieldClass::CardCvv => length >= LEAST_CVV_DIGITS,
                _ => true,
            },
        }
    }
}

/// The class whose numbers are written like this placeholder: `0000 0000 0000 0000`, `XXX-XX-XXXX`, `000.000.000-00`.
pub(super) fn written_as(placeholder: &str) -> Option<FieldClass> {
    let mut groups: Vec<usize> = Vec::new();
    for word in placeholder.split([' ', '-', '.', '\u{a0}', '–']).filter(|word| !word.is_empty()).take(16) {
        if word
            .chars()
            .all(|character| matches!(character, '0'..='9' | 'x' | 'X' | '#' | '•' | '*' | '_' | '●'))
        {
            groups.push(word.chars().count());
        }
    }
    match groups.as_slice() {
        [4, 4, 4, 4] | [4, 6, 5] | [16] => Some(FieldClass::CardNumber),
        [3, 2, 4] => Some(FieldClass::SocialSecurityNumber),
        [3, 3, 3, 2] => Some(FieldClass::NationalId),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_show_how_a_number_is_written() {
        for shown in
            ["0000 0000 0000 0000", "XXXX-XXXX-XXXX-XXXX", "e.g. 4444 3333 2222 1111", "•••• •••• •••• ••••"]
        {
            assert_eq!(written_as(shown), Some(FieldClass::CardNumber), "{shown}");
        }
        assert_eq!(written_as("XXX-XX-XXXX"), Some(FieldClass::SocialSecurityNumber));
        assert_eq!(written_as("000.000.000-00"), Some(FieldClass::NationalId));
        for shown in ["(555) 555-5555", "555-555-5555", "12345", "", "DD/MM/YYYY"] {
            assert_eq!(written_as(shown), None, "{shown}");
        }
    }
}
