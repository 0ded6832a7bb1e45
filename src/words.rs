//! Enumerations whose every member is one stable word, in tables, in messages and in the ledger.
//!
//! Owns the form of them. The words are written once, next to their meaning. What is no word is refused without being
//! quoted.

/// Defines such an enumeration: the words, all members in order, reading and writing.
macro_rules! words {
    (
        $(#[$meta:meta])*
        pub enum $name:ident { $($(#[$member_meta:meta])* $member:ident = $word:literal,)+ }
    ) => {
        $(#[$meta])*
        pub enum $name { $($(#[$member_meta])* $member,)+ }

        impl $name {
            /// Every member, in order.
            pub const ALL: &'static [Self] = &[$(Self::$member),+];

            /// The stable word.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$member => $word),+ }
            }

            /// The member of this word.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|member| member.as_str() == word)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> core::result::Result<Self, D::Error> {
                let word = String::deserialize(deserializer)?;
                Self::from_word(&word).ok_or_else(|| serde::de::Error::custom("not one of the known words"))
            }
        }
    };
}

pub(crate) use words;
