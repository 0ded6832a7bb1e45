//! What a request must present: this server's own token, or one of the identity provider.
//!
//! Owns reading the `Authorization` header and the refusals for it. It must never log or repeat a token.

use super::caller::{Caller, Need, Subject};
use super::jwks::Jwks;
use super::jwt::{self, Fault, Rules};
use super::refusal::Refusal;
use super::token::BearerToken;
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};

/// Time after which a client may ask again while the provider's keys are out of reach, in seconds.
const KEYS_RETRY_S: u64 = 10;

/// Whose tokens count.
#[derive(Debug)]
pub enum Access {
    /// One token for all, which pages of the own origin get with their configuration.
    Own {
        /// The token.
        token: BearerToken,
        /// Whether it also reads.
        reads: bool,
    },
    /// Tokens of an identity provider.
    Provider {
        /// What a token must say.
        rules: Box<Rules>,
        /// The provider's keys.
        keys: Box<Jwks>,
    },
}

impl Access {
    /// Whether anybody may read at all.
    pub const fn is_readable(&self) -> bool {
        match self {
            Self::Own { reads, .. } => *reads,
            Self::Provider { .. } => true,
        }
    }

    /// The own token, if that is what counts.
    pub const fn own_token(&self) -> Option<&BearerToken> {
        match self {
            Self::Own { token, .. } => Some(token),
            Self::Provider { .. } => None,
        }
    }

    /// Who asks, if they may do what is needed.
    ///
    /// # Errors
    /// 401 `auth/required`, `auth/expired` or `auth/invalid`, 403 `auth/role`, 503 `auth/keys-unavailable`.
    pub async fn admit(&self, headers: &HeaderMap, need: Need) -> Result<Caller, Refusal> {
        let caller = match self {
            Self::Own { token, reads } if token.is_presented_by(headers) => {
                Caller { subject: Subject::own(), writes: true, describes: true, reads: *reads }
            }
            Self::Own { .. } => return Err(required()),
            Self::Provider { rules, keys } => {
                judge(presented(headers).ok_or_else(required)?, rules, keys).await?
            }
        };
        caller.who_may(need)
    }
}

async fn judge(token: &str, rules: &Rules, keys: &Jwks) -> Result<Caller, Refusal> {
    let known = keys.keys().await.ok_or_else(keys_unavailable)?;
    let judged = match jwt::judge(token, &known, rules) {
        Err(Fault::UnknownKey) => match keys.newer_than(&known).await {
            Some(newer) => jwt::judge(token, &newer, rules),
            None => Err(Fault::UnknownKey),
        },
        judged => judged,
    };
    judged.map_err(|fault| {
        let (code, message) = match fault {
            Fault::Expired => ("auth/expired", "the token has expired; get another"),
            Fault::UnknownKey | Fault::Invalid => {
                ("auth/invalid", "the token is not one of the provider that this server trusts")
            }
        };
        Refusal::new(StatusCode::UNAUTHORIZED, code, message)
    })
}

/// The token of exactly one `Authorization: Bearer` header (RFC 6750 §2.1).
pub fn presented(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

const fn required() -> Refusal {
    Refusal::new(
        StatusCode::UNAUTHORIZED,
        "auth/required",
        "the request must carry a bearer token of this server or of the provider that it trusts",
    )
}

const fn keys_unavailable() -> Refusal {
    Refusal::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "auth/keys-unavailable",
        "the identity provider's keys cannot be had now; try again later",
    )
    .after_s(KEYS_RETRY_S)
}
