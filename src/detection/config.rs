//! What the host may choose about detection, and the bounds it may choose within.
//!
//! Owns defaults and validation of `detection`. Must never let a class be ignored that may not be kept at all
//! ([`FieldPolicy`] refuses that).

use serde::{Deserialize, Serialize};

use super::glob::LONGEST_PATTERN_BYTES;
use super::hosts::is_host;
use crate::field::{FieldClass, FieldPolicy};
use crate::{Error, ErrorKind, Result};

/// Selectors, patterns and hosts that a configuration may name, each: every one is tried for every field or page.
pub const MOST_ENTRIES: usize = 64;

/// Longest selector, bytes.
const LONGEST_SELECTOR_BYTES: usize = 512;

/// A selector and what the fields it matches are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SelectorConfig {
    /// A CSS selector; the page tries them in order, and the first that matches counts.
    pub selector: String,
    /// The class, in snake case as in spans.
    pub class: String,
}

/// What the host says about detection, as it arrives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct DetectionConfig {
    /// What each class of field demands, where that differs from the default.
    pub field_policy: FieldPolicy,
    /// Fields that the page's own words do not give away.
    pub selectors: Vec<SelectorConfig>,
    /// Addresses on which everything is sensitive, as patterns.
    pub urls: Vec<String>,
    /// Hosts of payment frames beside those that are known.
    pub payment_hosts: Vec<String>,
    /// Whether values are looked for in what is typed.
    pub detect_values: bool,
}

impl Default for DetectionConfig {
    fn default() -> Self {
        Self {
            field_policy: FieldPolicy::new(),
            selectors: Vec::new(),
            urls: Vec::new(),
            payment_hosts: Vec::new(),
            detect_values: true,
        }
    }
}

/// What counts, ready for use.
#[derive(Debug, Clone)]
pub struct Detection {
    /// What each class demands.
    pub policy: FieldPolicy,
    /// Patterns of addresses.
    pub urls: Vec<String>,
    /// Hosts of payment frames beside the list's.
    pub payment_hosts: Vec<String>,
    /// Whether values are looked for.
    pub detect_values: bool,
}

impl DetectionConfig {
    /// Checks every bound.
    ///
    /// # Errors
    /// [`ErrorKind::ConfigInvalid`] with the path of the field at fault.
    pub fn validate(&self) -> Result<Detection> {
        for (name, count) in [
            ("selectors", self.selectors.len()),
            ("urls", self.urls.len()),
            ("paymentHosts", self.payment_hosts.len()),
        ] {
            if count > MOST_ENTRIES {
                return Err(invalid(name, "has more than 64 entries"));
            }
        }
        for (index, entry) in self.selectors.iter().enumerate() {
            let length = entry.selector.trim().len();
            if length == 0 || length > LONGEST_SELECTOR_BYTES {
                return Err(invalid(&format!("selectors[{index}].selector"), "must be a CSS selector"));
            }
            if FieldClass::from_word(&entry.class).is_none() {
                return Err(invalid(&format!("selectors[{index}].class"), "is no class of field"));
            }
        }
        for (index, pattern) in self.urls.iter().enumerate() {
            let absolute = pattern.starts_with('/') || pattern.contains("://") || pattern.starts_with('*');
            if !absolute || pattern.len() > LONGEST_PATTERN_BYTES || pattern.contains('?') {
                let sentence = "must begin with a scheme, a slash or a star, and have no query";
                return Err(invalid(&format!("urls[{index}]"), sentence));
            }
        }
        for (index, host) in self.payment_hosts.iter().enumerate() {
            if !is_host(host) {
                let sentence = "must be the name of a host in lower case, without scheme, port and path";
                return Err(invalid(&format!("paymentHosts[{index}]"), sentence));
            }
        }
        Ok(Detection {
            policy: self.field_policy.clone(),
            urls: self.urls.clone(),
            payment_hosts: self.payment_hosts.clone(),
            detect_values: self.detect_values,
        })
    }
}

fn invalid(path: &str, reason: &str) -> Error {
    let sentence = format!("The configuration's detection.{path} is not usable: {reason}.");
    Error::new(ErrorKind::ConfigInvalid, sentence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: serde_json::Value) -> core::result::Result<Detection, String> {
        let config: DetectionConfig = serde_json::from_value(value).map_err(|fault| fault.to_string())?;
        config.validate().map_err(|error| error.detail().to_owned())
    }

    #[test]
    fn nothing_said_is_the_default() {
        let detection = read(json!({})).unwrap();
        assert!(detection.detect_values && detection.urls.is_empty());
        assert_eq!(detection.policy, FieldPolicy::default());
    }

    #[test]
    fn what_is_not_usable_is_refused_by_its_path() {
        for (value, path) in [
            (json!({"selectors": [{"selector": " ", "class": "card"}]}), "selectors[0].selector"),
            (json!({"selectors": [{"selector": "#a", "class": "creditCard"}]}), "selectors[0].class"),
            (json!({"urls": ["/pay", "pay"]}), "urls[1]"),
            (json!({"urls": ["/pay?card=1"]}), "urls[0]"),
            (json!({"paymentHosts": ["https://pay.example"]}), "paymentHosts[0]"),
            (json!({"paymentHosts": vec!["pay.example"; 65]}), "paymentHosts"),
            (json!({"fieldPolicy": {"cardCvv": "ignore"}}), "card_cvv"),
            (json!({"fieldpolicy": {}}), "fieldpolicy"),
            (json!({"selectors": [{"selector": "#a", "class": "card", "x": 1}]}), "unknown field"),
        ] {
            let refusal = read(value).unwrap_err();
            assert!(refusal.contains(path), "{path}: {refusal}");
        }
    }

    #[test]
    fn everything_that_may_be_said_is_taken() {
        let detection = read(json!({
            "fieldPolicy": {"dateOfBirth": "ignore"},
            "selectors": [{"selector": "[data-x] input", "class": "health"}],
            "urls": ["/pay/**", "https://*.example/checkout", "**/pay"],
            "paymentHosts": ["pay.example"],
            "detectValues": false,
        }));
        assert!(!detection.unwrap().detect_values);
    }
}
