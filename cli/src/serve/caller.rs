//! Who asks, and what they may do: agents write, supervisors read.
//!
//! Owns the roles and the hash that stands for a person wherever the server writes one down. It must never keep or log
//! the subject of a token itself.

use super::digest::Digest;
use super::refusal::Refusal;
use axum::http::StatusCode;
use std::fmt;

/// Separates this hash from any other of the same words.
const DOMAIN: &str = "callseal-serve/subject/1";
/// Hexadecimal digits of a subject in the log: enough to tell callers apart and to find one again.
const SHOWN_DIGITS: usize = 16;

/// The hash of who a token was issued to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Subject(Digest);

impl Subject {
    /// Of a token's issuer and subject (RFC 7519 §4.1.1, §4.1.2).
    pub fn of(issuer: &str, subject: &str) -> Self {
        // The length keeps the two from running into each other.
        Self(Digest::of(format!("{DOMAIN}\n{}\n{issuer}\n{subject}", issuer.len()).as_bytes()))
    }

    /// Of whoever presents the server's own token: the same over restarts, though the token is not.
    pub fn own() -> Self {
        Self::of("", "the server's own token")
    }

    /// The subject that a note of the store names.
    pub fn parse(text: &str) -> Option<Self> {
        Digest::parse(text).map(Self)
    }

    /// All digits, for the store.
    pub fn digits(&self) -> String {
        self.0.to_string()
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.digits();
        formatter.write_str(digits.get(..SHOWN_DIGITS).unwrap_or_default())
    }
}

/// What a request wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Store objects and have heads countersigned.
    Write,
    /// Learn size and hash of an object.
    Describe,
    /// List calls and objects, and get their bytes.
    Read,
}

/// Somebody with a token that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// The hash of who it is.
    pub subject: Subject,
    /// May write.
    pub writes: bool,
    /// May learn of objects.
    pub describes: bool,
    /// May read.
    pub reads: bool,
}

impl Caller {
    /// The caller, if they may do what is needed.
    ///
    /// # Errors
    /// 403 `auth/role`.
    pub const fn who_may(self, need: Need) -> Result<Self, Refusal> {
        let may = match need {
            Need::Write => self.writes,
            Need::Describe => self.describes,
            Need::Read => self.reads,
        };
        if may { Ok(self) } else { Err(wrong_role()) }
    }
}

const fn wrong_role() -> Refusal {
    Refusal::new(
        StatusCode::FORBIDDEN,
        "auth/role",
        "the token's role does not allow this: agents store, supervisors read",
    )
}

#[cfg(test)]
mod tests {
    use super::Subject;

    #[test]
    fn a_subject_is_that_of_one_issuer_and_shows_nothing_of_the_name() {
        let subject = Subject::of("https://id.example", "ann@example");
        assert_eq!(subject, Subject::of("https://id.example", "ann@example"));
        for (issuer, other) in [("https://id.example", "bob"), ("https://id.example\nann", "@example")] {
            assert_ne!(subject, Subject::of(issuer, other));
        }
        assert_eq!(subject.to_string().len(), 16);
        assert_eq!(Subject::parse(&subject.digits()), Some(subject));
        assert_ne!(subject, Subject::own());
    }
}
