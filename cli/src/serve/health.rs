//! Whether the server is alive, and whether it could store something now.
//!
//! Owns the two answers. The second one asks the store, so it must not do so more often than a balancer needs.

use super::api::Server;
use super::receive;
use super::refusal::Refusal;
use super::store::StoreError;
use axum::Json;
use callseal::names::{CallId, ObjectName};
use serde_json::{Value, json};
use std::time::Duration;

/// Longest wait for the store.
const STORE_DEADLINE: Duration = Duration::from_secs(3);
/// A call that no engine draws: whether its confirmation is there is a question like every other.
const NOBODYS_CALL: &str = "00000000-0000-4000-8000-000000000000";

/// `GET /healthz`: the process answers.
pub async fn alive() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// `GET /readyz`: the store answers too.
///
/// # Errors
/// 503 `store/unavailable`.
pub async fn ready(server: &Server) -> Result<Json<Value>, Refusal> {
    let Ok(call_id) = CallId::parse(NOBODYS_CALL) else { return Ok(alive().await) };
    let name = ObjectName::ShredConfirmation { call_id };
    let asked = tokio::time::timeout(STORE_DEADLINE, server.store.holds(&name)).await;
    let answered =
        asked.unwrap_or_else(|_| Err(StoreError::Unavailable("stat: no answer in time".to_owned())));
    answered.map_err(receive::of_store)?;
    Ok(alive().await)
}
