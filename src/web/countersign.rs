//! One request for the countersignature of a ledger's head.
//!
//! Owns the request and what its answer means. Must never log or repeat a token, nor decide when to try again.

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Headers;

use crate::config::CountersignConfig;
use crate::ledger::HeadClaim;
use crate::names::CallId;
use crate::web::request::{absolute, location, send};

/// What came of a request.
pub enum Answer {
    /// The countersignature.
    Signed(Vec<u8>),
    /// Not now; perhaps later.
    Later,
    /// Never.
    Refused,
}

/// Asks for the countersignature of entry `seq`, whose hash is `head`.
pub async fn ask(config: &CountersignConfig, call_id: &str, seq: u64, head: &str) -> Answer {
    // Nothing answered: no network, no server, a cut connection.
    try_ask(config, call_id, seq, head).await.unwrap_or(Answer::Later)
}

async fn try_ask(config: &CountersignConfig, call_id: &str, seq: u64, head: &str) -> Result<Answer, JsValue> {
    let CountersignConfig { url, token } = config;
    let headers = Headers::new()?;
    headers.set("content-type", "application/json")?;
    headers.set("authorization", &format!("Bearer {token}"))?;
    let body = serde_json::json!({ "call_id": call_id, "seq": seq, "head": head }).to_string();
    let response = send(&absolute(url, &location())?, "POST", &headers, &body.into()).await?;
    if !response.ok() {
        let is_final = matches!(response.status(), 400 | 404 | 409 | 413 | 422);
        return Ok(if is_final { Answer::Refused } else { Answer::Later });
    }
    let text = JsFuture::from(response.text()?).await?.as_string().unwrap_or_default();
    // Something else, such as a proxy's page, is no countersignature. Whether the key is right is the reader's to ask.
    let is_ours = HeadClaim::read(text.as_bytes()).is_ok_and(|(claim, _)| {
        CallId::parse(call_id).is_ok_and(|id| id == claim.call_id) && claim.seq == seq && claim.head == head
    });
    Ok(if is_ours { Answer::Signed(text.into_bytes()) } else { Answer::Later })
}
