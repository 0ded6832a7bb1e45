//! How the server says no: an HTTP status, a stable code for programs, one sentence for people.
//!
//! Owns the JSON shape of errors. A refusal never repeats anything the request presented but a well-formed name.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use callseal::names::ObjectName;
use serde_json::json;

/// A refused request.
#[derive(Debug, Clone)]
pub struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: &'static str,
    name: Option<ObjectName>,
    retry_after_s: Option<u64>,
}

impl Refusal {
    /// A refusal with `status`; `code` is stable, `message` is one sentence.
    pub const fn new(status: StatusCode, code: &'static str, message: &'static str) -> Self {
        Self { status, code, message, name: None, retry_after_s: None }
    }

    /// The same, saying in the log which object it was about.
    #[must_use]
    pub fn about(mut self, name: &ObjectName) -> Self {
        self.name = Some(*name);
        self
    }

    /// The same, saying after how many seconds the client may ask again (RFC 9110 §10.2.3).
    #[must_use]
    pub const fn after_s(mut self, seconds: u64) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// The stable code.
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// The object it was about, if the request named one properly.
    pub const fn name(&self) -> Option<&ObjectName> {
        self.name.as_ref()
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = Json(json!({ "error": { "code": self.code, "message": self.message } }));
        let mut response = (self.status, body).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            // RFC 9110 §11.6.1: a 401 names the scheme.
            let scheme = axum::http::HeaderValue::from_static("Bearer");
            response.headers_mut().insert(axum::http::header::WWW_AUTHENTICATE, scheme);
        }
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(axum::http::header::RETRY_AFTER, seconds.into());
        }
        // For the log, which sees only the response.
        response.extensions_mut().insert(self);
        response
    }
}
