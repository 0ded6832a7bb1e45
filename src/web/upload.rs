//! One attempt to store one object: ask for a grant, put the object.
//!
//! Owns the two requests and what their answers mean. Must never log or repeat a grant or a token, nor decide when to
//! try again: `store::queue` does.

use serde::Deserialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, Headers, Response};

use crate::config::StoreConfig;
use crate::session::report::ReportedObject;
use crate::store::queue::AttemptOutcome;
use crate::web::request::{absolute, location, retry_after, send};

#[derive(Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
enum GrantAnswer {
    Granted {
        method: String,
        url: String,
        #[serde(default)]
        headers: std::collections::BTreeMap<String, String>,
    },
    AlreadyStored {
        size_bytes: u64,
        sha256: String,
        #[serde(default)]
        confirmation: Option<String>,
    },
}

/// How an attempt ended, and what the store said besides.
pub struct Attempt {
    /// How it ended.
    pub outcome: AttemptOutcome,
    /// The store's word that the call's audio was destroyed, a compact JWS.
    pub confirmation: Option<String>,
}

impl From<AttemptOutcome> for Attempt {
    fn from(outcome: AttemptOutcome) -> Self {
        Self { outcome, confirmation: None }
    }
}

#[derive(Deserialize)]
struct PutAnswer {
    confirmation: Option<String>,
    size_bytes: Option<u64>,
    sha256: Option<String>,
}

const LATER: AttemptOutcome = AttemptOutcome::Failed { retry_after_ms: None };

/// Tries to store `object`, whose content is `file`.
pub async fn attempt(store: &StoreConfig, object: &ReportedObject, file: &File) -> Attempt {
    match try_attempt(store, object, file).await {
        Ok(attempt) => attempt,
        // Nothing answered: no network, no server, a cut connection.
        Err(_) => LATER.into(),
    }
}

async fn try_attempt(store: &StoreConfig, object: &ReportedObject, file: &File) -> Result<Attempt, JsValue> {
    let StoreConfig::Grants { url, token } = store;
    let endpoint = absolute(url, &location())?;
    let body = serde_json::json!({
        "name": object.name, "size_bytes": object.size_bytes, "sha256": object.sha256,
    });
    let headers = Headers::new()?;
    headers.set("content-type", "application/json")?;
    headers.set("authorization", &format!("Bearer {token}"))?;
    let response = send(&endpoint, "POST", &headers, &body.to_string().into()).await?;
    if !response.ok() {
        return Ok(refusal(&response, true).into());
    }
    let text = JsFuture::from(response.text()?).await?.as_string().unwrap_or_default();
    match serde_json::from_str::<GrantAnswer>(&text) {
        Ok(GrantAnswer::AlreadyStored { size_bytes, sha256, confirmation }) => {
            let same = size_bytes == object.size_bytes && sha256 == object.sha256;
            let outcome = if same { AttemptOutcome::Stored } else { AttemptOutcome::Refused };
            Ok(Attempt { outcome, confirmation })
        }
        Ok(GrantAnswer::Granted { method, url, headers: granted }) => {
            let headers = Headers::new()?;
            for (name, value) in &granted {
                headers.set(name, value)?;
            }
            let address = absolute(&url, &endpoint)?;
            let response = send(&address, &method, &headers, file).await?;
            if !response.ok() {
                return Ok(refusal(&response, false).into());
            }
            let text = JsFuture::from(response.text()?).await?.as_string().unwrap_or_default();
            Ok(acknowledged(&text, object))
        }
        Err(_) => Ok(LATER.into()),
    }
}

/// A store that says what it has must say the same as we do; one that says nothing is believed. Something else, such
/// as a proxy's page, is no acknowledgement: the grant endpoint is asked again.
fn acknowledged(text: &str, object: &ReportedObject) -> Attempt {
    if text.trim().is_empty() {
        return AttemptOutcome::Stored.into();
    }
    let Ok(answer) = serde_json::from_str::<PutAnswer>(text) else { return LATER.into() };
    let same_size = answer.size_bytes.is_none_or(|size| size == object.size_bytes);
    let same_hash = answer.sha256.is_none_or(|hash| hash == object.sha256);
    let outcome = if same_size && same_hash { AttemptOutcome::Stored } else { LATER };
    Attempt { outcome, confirmation: answer.confirmation }
}

/// What a refusal means. At the grant endpoint 409 says that the name holds something else; at the store 409, 412 and
/// 403 may say "already there", which only the grant endpoint can confirm, so the object is tried again.
fn refusal(response: &Response, at_grant_endpoint: bool) -> AttemptOutcome {
    match response.status() {
        400 | 404 | 409 | 410 | 413 | 422 if at_grant_endpoint => AttemptOutcome::Refused,
        400 | 404 | 410 | 413 | 422 => AttemptOutcome::Refused,
        _ => AttemptOutcome::Failed { retry_after_ms: retry_after(response) },
    }
}
