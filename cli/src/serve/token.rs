//! The bearer token that pages present, also on loopback: without it any web page could talk to the server.
//!
//! Owns its making, reading and comparing. It must never be logged; it leaves the process only in `config.json`.

use axum::http::HeaderMap;
use base64ct::{Base64UrlUnpadded, Encoding as _};
use sha2::{Digest as _, Sha256};
use std::fmt;
use subtle::ConstantTimeEq as _;

/// Random bytes in a token made here.
const TOKEN_BYTES: usize = 32;
/// Fewest characters of a token given by the user: 128 bits in base64.
const SHORTEST_CHARS: usize = 22;

/// A token, with its hash for comparing.
pub struct BearerToken {
    text: String,
    sha256: [u8; 32],
}

impl fmt::Debug for BearerToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("BearerToken(secret)")
    }
}

impl BearerToken {
    /// A token from the operating system's random source.
    ///
    /// # Errors
    /// That of the random source.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; TOKEN_BYTES];
        getrandom::fill(&mut bytes)?;
        Ok(Self::new(Base64UrlUnpadded::encode_string(&bytes)))
    }

    /// The token in `text`, white space around it removed; `None` unless it is at least 22 characters of the alphabet
    /// of RFC 6750 §2.1.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let letters = text.trim_end_matches('=');
        let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
        (letters.len() >= SHORTEST_CHARS && letters.bytes().all(known)).then(|| Self::new(text.to_owned()))
    }

    fn new(text: String) -> Self {
        let sha256 = Sha256::digest(text.as_bytes()).into();
        Self { text, sha256 }
    }

    /// The token itself, for the configuration of same-origin pages.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the request presents this token, in exactly one `Authorization: Bearer` header.
    pub fn is_presented_by(&self, headers: &HeaderMap) -> bool {
        let Some(presented) = super::access::presented(headers) else { return false };
        // Hashes are compared, in constant time, so that neither the bytes nor the length leak.
        let presented: [u8; 32] = Sha256::digest(presented.as_bytes()).into();
        bool::from(presented.ct_eq(&self.sha256))
    }
}

#[cfg(test)]
mod tests {
    use super::BearerToken;
    use axum::http::{HeaderMap, HeaderValue, header::AUTHORIZATION};

    fn headers(values: &[&str]) -> HeaderMap {
        values.iter().map(|value| (AUTHORIZATION, HeaderValue::from_str(value).unwrap())).collect()
    }

    #[test]
    fn counts_only_the_whole_token_presented_once() {
        let token = BearerToken::parse("0123456789abcdefABCDEF-_\n").unwrap();
        assert!(token.is_presented_by(&headers(&["Bearer 0123456789abcdefABCDEF-_"])));
        assert!(token.is_presented_by(&headers(&["bearer 0123456789abcdefABCDEF-_"])));
        for values in [
            &[][..],
            &[""],
            &["Bearer"],
            &["Bearer "],
            &["Basic 0123456789abcdefABCDEF-_"],
            &["Bearer 0123456789abcdefABCDEF-"],
            &["Bearer 0123456789abcdefABCDEF-_0"],
            &["Bearer  0123456789abcdefABCDEF-_"],
            &["Bearer 0123456789abcdefABCDEF-_", "Bearer 0123456789abcdefABCDEF-_"],
        ] {
            assert!(!token.is_presented_by(&headers(values)), "{values:?}");
        }
    }

    #[test]
    fn refuses_weak_or_malformed_tokens() {
        for text in
            ["", "short", "0123456789abcdefABCDE", "0123456789abcdef ABCDEF-_", "=====================0="]
        {
            assert!(BearerToken::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn random_tokens_differ_and_are_never_printed() {
        let (one, two) = (BearerToken::random().unwrap(), BearerToken::random().unwrap());
        assert_ne!(one.text(), two.text());
        assert_eq!(one.text().len(), 43);
        assert!(!format!("{one:?}").contains(one.text()));
    }
}
