//! Why an object is not stored yet, or never will be.
//!
//! Owns the codes and their words, which hosts, the panel and logs show. Must never contain an address, a name or
//! anything a store answered.

/// What stands between an object and its store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Trouble {
    /// Nothing answered.
    Unreachable,
    /// The store answered that it cannot now.
    Unavailable,
    /// Token, headers or grant do not count, or not any more.
    AccessDenied,
    /// The host's own function failed or did not answer in time.
    HostFailed,
    /// The grant had expired before it was used.
    GrantExpired,
    /// The answer was not in the agreed form.
    AnswerInvalid,
    /// The store said that it has the object, and could not show it.
    NotConfirmed,
    /// The spool could not give the object.
    SpoolUnreadable,
    /// Something else has the name already.
    NameTaken,
    /// Another person began the call; only they may store more of it.
    CallBound,
    /// The store refused it.
    Refused,
    /// It is larger than the store takes.
    TooLarge,
    /// The store has destroyed the call, or this key, on a signed demand.
    Destroyed,
}

impl Trouble {
    /// Every one, for tests and lists.
    pub const ALL: [Self; 13] = [
        Self::Unreachable,
        Self::Unavailable,
        Self::AccessDenied,
        Self::HostFailed,
        Self::GrantExpired,
        Self::AnswerInvalid,
        Self::NotConfirmed,
        Self::SpoolUnreadable,
        Self::NameTaken,
        Self::CallBound,
        Self::Refused,
        Self::TooLarge,
        Self::Destroyed,
    ];

    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unreachable => "store/unreachable",
            Self::Unavailable => "store/unavailable",
            Self::AccessDenied => "store/access-denied",
            Self::HostFailed => "store/host-failed",
            Self::GrantExpired => "store/grant-expired",
            Self::AnswerInvalid => "store/answer-invalid",
            Self::NotConfirmed => "store/not-confirmed",
            Self::SpoolUnreadable => "spool/unreadable",
            Self::NameTaken => "store/name-taken",
            Self::CallBound => "store/call-bound",
            Self::Refused => "store/refused",
            Self::TooLarge => "store/too-large",
            Self::Destroyed => "store/destroyed",
        }
    }

    /// What happened and what to do, in plain words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Unreachable => "The store does not answer. It is tried again by itself.",
            Self::Unavailable => "The store cannot take anything just now. It is tried again by itself.",
            Self::AccessDenied => "The store does not accept the sign-in any more. A new one is needed.",
            Self::HostFailed => "This page's own function gave no permission to store. It is asked again.",
            Self::GrantExpired => "The permission to store had expired. A new one is asked for.",
            Self::AnswerInvalid => "What answers at the store's address is not a store. It is tried again.",
            Self::NotConfirmed => "The store could not show what it said it has. It is tried again.",
            Self::SpoolUnreadable => "This computer's own copy could not be read. It is tried again.",
            Self::NameTaken => "The store has something else under this name. Nothing was overwritten.",
            Self::CallBound => {
                "Another person began this call. It can be stored when they are signed in again."
            }
            Self::Refused => "The store refused it. Ask who runs the store, then try again.",
            Self::TooLarge => "The store does not take objects of this size.",
            Self::Destroyed => "The store has destroyed this call on a signed demand; nothing is missing.",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_trouble_has_a_code_and_words_of_its_own() {
        let codes: BTreeSet<_> = Trouble::ALL.iter().map(|trouble| trouble.code()).collect();
        let words: BTreeSet<_> = Trouble::ALL.iter().map(|trouble| trouble.words()).collect();
        assert_eq!((codes.len(), words.len()), (Trouble::ALL.len(), Trouble::ALL.len()));
        assert!(codes.iter().all(|code| code.split_once('/').is_some()));
    }
}
