//! What the page realm tells about a field: everything around it, nothing in it.
//!
//! Owns the shape (`pkg/describe.mjs` makes it) and its bounds. What is longer is cut, never refused: a page must not
//! keep a field from being judged by giving it a long label. Must never have a place for a value.

use core::fmt;
use core::marker::PhantomData;

use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// Longest text that is read of any attribute or label, characters: labels are a few words, error messages and hints
/// behind them some sentences.
pub const MOST_TEXT_CHARACTERS: usize = 256;

/// Other fields that are looked at on either side, 40 in all: an address and a payment together are some 25 fields.
pub const MOST_NEIGHBOURS_EACH_SIDE: usize = 20;

/// A field and what is around it. Every text is empty where there is none.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct FieldDescriptor {
    /// Local name of the element.
    #[serde(deserialize_with = "cut")]
    pub tag: String,
    /// Its type as the browser understands it, for `input`, `select` and `button`.
    #[serde(rename = "type", deserialize_with = "cut")]
    pub kind: String,
    /// It was a password field before (a "show password" toggle changes the type).
    pub was_password: bool,
    /// It is read-only and kept from screen readers: a drawing of a field, behind which the real one lies.
    pub decorative: bool,
    /// Attribute `name`.
    #[serde(deserialize_with = "cut")]
    pub name: String,
    /// Attribute `id`.
    #[serde(deserialize_with = "cut")]
    pub id: String,
    /// Text of all its labels.
    #[serde(deserialize_with = "cut")]
    pub label: String,
    /// What `aria-labelledby` and `aria-label` say.
    #[serde(deserialize_with = "cut")]
    pub aria: String,
    /// Attribute `placeholder`.
    #[serde(deserialize_with = "cut")]
    pub placeholder: String,
    /// Attribute `title`.
    #[serde(deserialize_with = "cut")]
    pub title: String,
    /// Attribute `autocomplete` of the field itself.
    #[serde(deserialize_with = "cut")]
    pub autocomplete: String,
    /// The same of its form owner.
    #[serde(deserialize_with = "cut")]
    pub form_autocomplete: String,
    /// Attribute `inputmode`.
    #[serde(deserialize_with = "cut")]
    pub inputmode: String,
    /// Attribute `maxlength`.
    pub max_length: Option<u32>,
    /// Attribute `pattern`.
    #[serde(deserialize_with = "cut")]
    pub pattern: String,
    /// Value of the nearest `data-recording-sensitive`, across shadow roots; empty is a mark without a word.
    #[serde(deserialize_with = "cut_optional")]
    pub mark: Option<String>,
    /// Class of the first policy selector that matches.
    #[serde(deserialize_with = "cut_optional")]
    pub selector_class: Option<String>,
    /// Legend of its field set, or the heading above it.
    #[serde(deserialize_with = "cut")]
    pub heading: String,
    /// Name and id of its form.
    #[serde(deserialize_with = "cut")]
    pub form: String,
    /// The text just before it.
    #[serde(deserialize_with = "cut")]
    pub near: String,
    /// Fields before it, the nearest first.
    #[serde(deserialize_with = "cut_list")]
    pub before: Vec<Neighbour>,
    /// Fields behind it, the nearest first.
    #[serde(deserialize_with = "cut_list")]
    pub after: Vec<Neighbour>,
}

/// Another field of the same form.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Neighbour {
    /// Its type, `select-one` for a list; see [`FieldDescriptor::kind`].
    #[serde(rename = "type", deserialize_with = "cut")]
    pub kind: String,
    /// Attribute `name`.
    #[serde(deserialize_with = "cut")]
    pub name: String,
    /// Attribute `id`.
    #[serde(deserialize_with = "cut")]
    pub id: String,
    /// Label, `aria-label` and placeholder.
    #[serde(deserialize_with = "cut")]
    pub label: String,
    /// Attribute `autocomplete`.
    #[serde(deserialize_with = "cut")]
    pub autocomplete: String,
}

// What stands around a field may name a customer: no text gets into a log.
impl fmt::Debug for FieldDescriptor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("FieldDescriptor").finish_non_exhaustive()
    }
}

impl fmt::Debug for Neighbour {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Neighbour").finish_non_exhaustive()
    }
}

fn cut_text(mut text: String) -> String {
    if let Some((at, _)) = text.char_indices().nth(MOST_TEXT_CHARACTERS) {
        text.truncate(at);
    }
    text
}

fn cut<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    String::deserialize(deserializer).map(cut_text)
}

fn cut_optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Option::<String>::deserialize(deserializer).map(|text| text.map(cut_text))
}

fn cut_list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Neighbour>, D::Error> {
    struct Nearest(PhantomData<Neighbour>);

    impl<'de> Visitor<'de> for Nearest {
        type Value = Vec<Neighbour>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a list of fields")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut nearest = Vec::new();
            while nearest.len() < MOST_NEIGHBOURS_EACH_SIDE {
                match list.next_element()? {
                    Some(field) => nearest.push(field),
                    None => return Ok(nearest),
                }
            }
            while list.next_element::<IgnoredAny>()?.is_some() {}
            Ok(nearest)
        }
    }

    deserializer.deserialize_seq(Nearest(PhantomData))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_longer_is_cut_and_not_refused() {
        let long = "é".repeat(1_000);
        let fields = vec![format!(r#"{{"name":"{long}"}}"#); 30].join(",");
        let json = format!(r#"{{"label":"{long}","mark":"{long}","before":[{fields}],"after":[{fields}]}}"#);
        let descriptor: FieldDescriptor = serde_json::from_str(&json).unwrap();
        assert_eq!(descriptor.label.chars().count(), MOST_TEXT_CHARACTERS);
        assert_eq!(descriptor.mark.unwrap().chars().count(), MOST_TEXT_CHARACTERS);
        assert_eq!(descriptor.before.len(), MOST_NEIGHBOURS_EACH_SIDE);
        assert_eq!(descriptor.after.len(), MOST_NEIGHBOURS_EACH_SIDE);
        assert_eq!(descriptor.after[19].name.chars().count(), MOST_TEXT_CHARACTERS);
    }

    #[test]
    fn no_text_of_a_page_gets_into_a_log() {
        let descriptor = FieldDescriptor { near: "Jane Doe".to_owned(), ..FieldDescriptor::default() };
        assert!(!format!("{descriptor:?}").contains("Jane"));
    }

    #[test]
    fn there_is_no_place_for_a_value() {
        assert!(serde_json::from_str::<FieldDescriptor>(r#"{"value":"x"}"#).is_err());
        assert!(serde_json::from_str::<FieldDescriptor>(r#"{"before":[{"value":"x"}]}"#).is_err());
        assert!(serde_json::from_str::<FieldDescriptor>(r#"{"maxLength":null,"mark":null}"#).is_ok());
    }
}
