//! Codes of places: ISO 3166-1 (`DE`), ISO 3166-2 (`US-CA`), and `EU`.
//!
//! Owns their syntax. Must never know which of them exist: the table does.

use crate::{Error, ErrorKind, Result};
use core::fmt;
use serde::Serialize;

/// A well-formed code of a place, in upper case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Place(String);

impl Place {
    /// Reads a code; the case of letters and blanks around it do not matter.
    ///
    /// # Errors
    /// [`ErrorKind::HintPlaceInvalid`], without the text.
    pub fn parse(text: &str) -> Result<Self> {
        let code = text.trim();
        if !well_formed(code) {
            return Err(Error::new(
                ErrorKind::HintPlaceInvalid,
                "The place is not a code of ISO 3166 such as DE or US-CA.",
            ));
        }
        Ok(Self(code.to_ascii_uppercase()))
    }

    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The country of a subdivision.
    #[must_use]
    pub fn country(&self) -> Option<Self> {
        self.0.split_once('-').map(|(country, _)| Self(country.to_owned()))
    }

    /// Whether `self` is a subdivision of `country`.
    #[must_use]
    pub fn is_subdivision_of(&self, country: &str) -> bool {
        self.0.split_once('-').is_some_and(|(own, _)| own == country)
    }
}

/// Two letters, and after a hyphen one to three letters or digits (ISO 3166-2:2020).
fn well_formed(code: &str) -> bool {
    let (country, subdivision) = match code.split_once('-') {
        Some((country, subdivision)) => (country, Some(subdivision)),
        None => (code, None),
    };
    country.len() == 2
        && country.bytes().all(|byte| byte.is_ascii_alphabetic())
        && subdivision.is_none_or(|part| {
            (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn codes_are_taken_in_any_case_and_everything_else_is_refused_without_being_quoted() {
        for (text, code) in [("de", "DE"), (" us-ca ", "US-CA"), ("FR-2A", "FR-2A"), ("EU", "EU")] {
            assert_eq!(Place::parse(text).unwrap().as_str(), code);
        }
        for text in ["", "D", "DEU", "US-", "-CA", "US-CALI", "US_CA", "U1", "DÉ", "US-CA-1", "4155550100"] {
            let error = Place::parse(text).unwrap_err();
            assert_eq!(error.code(), "hint/place-invalid", "{text}");
            assert!(text.len() < 5 || !error.to_string().contains(text));
        }
    }

    #[test]
    fn a_subdivision_knows_its_country() {
        let place = Place::parse("US-CA").unwrap();
        assert_eq!(place.country(), Place::parse("US").ok());
        assert!(place.is_subdivision_of("US") && !place.is_subdivision_of("U"));
        assert!(!Place::parse("US").unwrap().is_subdivision_of("US"));
    }
}
