//! Which class of field demands what.
//!
//! Owns the mapping and what it may not say. What a hard and a soft demand mean for audio is decided elsewhere.

use core::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::FieldClass;
use crate::{Error, ErrorKind, Result};

/// What a field of a class demands while it is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Demand {
    /// Cut out with the look-back before and the grace behind it.
    Hard,
    /// Cut out while it is in use, with the grace behind it and without the look-back.
    Soft,
    /// Nothing.
    Ignore,
}

/// A demand for every class. In a configuration it is an object of the classes that differ from the default, in camel
/// case: `{"dateOfBirth": "ignore", "cardHolder": "hard"}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldPolicy {
    /// Only what was said, each class once.
    changed: Vec<(FieldClass, Demand)>,
}

impl FieldPolicy {
    /// What every class demands unless the policy says otherwise.
    #[must_use]
    pub const fn default_demand(class: FieldClass) -> Demand {
        match class {
            FieldClass::CardHolder | FieldClass::Card | FieldClass::DateOfBirth => Demand::Soft,
            _ => Demand::Hard,
        }
    }

    /// Whether a class can be ignored at all. Sensitive authentication data may not be stored after authorization even
    /// if encrypted (PCI DSS 4.0.1, 3.3.1: card verification code 3.3.1.2, PIN 3.3.1.3), an account number not in clear
    /// (3.5.1), and a password never.
    #[must_use]
    pub const fn may_ignore(class: FieldClass) -> bool {
        !matches!(
            class,
            FieldClass::CardNumber | FieldClass::CardCvv | FieldClass::Pin | FieldClass::Password
        )
    }

    /// The defaults.
    #[must_use]
    pub const fn new() -> Self {
        Self { changed: Vec::new() }
    }

    /// The same policy with another demand for one class.
    ///
    /// # Errors
    /// [`ErrorKind::ConfigInvalid`] if the class may not be ignored.
    pub fn with(mut self, class: FieldClass, demand: Demand) -> Result<Self> {
        if demand == Demand::Ignore && !Self::may_ignore(class) {
            let sentence = "a card number, card_cvv, pin or password field cannot be ignored (PCI DSS 3.3.1)";
            return Err(Error::new(ErrorKind::ConfigInvalid, sentence));
        }
        self.changed.retain(|(changed, _)| *changed != class);
        self.changed.push((class, demand));
        Ok(self)
    }

    /// What a field of this class demands.
    #[must_use]
    pub fn demand(&self, class: FieldClass) -> Demand {
        let changed = self.changed.iter().find(|(changed, _)| *changed == class);
        changed.map_or(Self::default_demand(class), |(_, demand)| *demand)
    }
}

impl Default for FieldPolicy {
    fn default() -> Self {
        Self::new()
    }
}

impl Serialize for FieldPolicy {
    fn serialize<S: Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
        serializer
            .collect_map(self.changed.iter().map(|(class, demand)| (camel_case(class.as_str()), demand)))
    }
}

impl<'de> Deserialize<'de> for FieldPolicy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> core::result::Result<Self, D::Error> {
        deserializer.deserialize_map(Changes)
    }
}

struct Changes;

impl<'de> Visitor<'de> for Changes {
    type Value = FieldPolicy;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object of classes of fields")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> core::result::Result<FieldPolicy, A::Error> {
        let mut policy = FieldPolicy::new();
        while let Some((key, demand)) = map.next_entry::<String, Demand>()? {
            let class = FieldClass::ALL.iter().copied().find(|class| camel_case(class.as_str()) == key);
            let class =
                class.ok_or_else(|| serde::de::Error::custom("names a class of field that is not known"))?;
            policy = policy.with(class, demand).map_err(serde::de::Error::custom)?;
        }
        Ok(policy)
    }
}

fn camel_case(word: &str) -> String {
    let mut upper = false;
    let mut name = String::with_capacity(word.len());
    for character in word.chars() {
        if character == '_' {
            upper = true;
        } else if core::mem::take(&mut upper) {
            name.push(character.to_ascii_uppercase());
        } else {
            name.push(character);
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> serde_json::Result<FieldPolicy> {
        serde_json::from_str(json)
    }

    #[test]
    fn an_empty_policy_is_the_default_one() {
        let policy = read("{}").unwrap();
        assert_eq!(policy, FieldPolicy::default());
        assert_eq!(policy.demand(FieldClass::CardNumber), Demand::Hard);
        assert_eq!(policy.demand(FieldClass::Health), Demand::Hard);
        assert_eq!(policy.demand(FieldClass::Custom), Demand::Hard);
        for class in [FieldClass::CardHolder, FieldClass::Card, FieldClass::DateOfBirth] {
            assert_eq!(policy.demand(class), Demand::Soft);
        }
    }

    #[test]
    fn a_policy_names_classes_in_camel_case_and_nothing_else() {
        let policy = read(r#"{"dateOfBirth": "ignore", "cardHolder": "hard", "iban": "soft"}"#).unwrap();
        assert_eq!(policy.demand(FieldClass::DateOfBirth), Demand::Ignore);
        assert_eq!(policy.demand(FieldClass::CardHolder), Demand::Hard);
        assert_eq!(policy.demand(FieldClass::Iban), Demand::Soft);
        for bad in [
            r#"{"date_of_birth": "ignore"}"#,
            r#"{"shoeSize": "soft"}"#,
            r#"{"iban": "off"}"#,
            r#"{"iban": true}"#,
            "[]",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_may_never_be_stored_cannot_be_ignored() {
        for key in ["cardNumber", "cardCvv", "pin", "password"] {
            assert!(read(&format!(r#"{{"{key}": "ignore"}}"#)).is_err(), "{key}");
            assert!(read(&format!(r#"{{"{key}": "soft"}}"#)).is_ok(), "{key}");
        }
        let error = FieldPolicy::new().with(FieldClass::CardCvv, Demand::Ignore).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConfigInvalid);
    }
}
