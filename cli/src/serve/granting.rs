//! Granting: what a request for a grant must show, and what it gets.
//!
//! Owns the answer to `POST /v1/grants`, and the look at an object that was stored. It must never say `already_stored` of
//! bytes that were not read back.

use super::api::{OBJECTS, Server, object_name};
use super::caller::Need;
use super::digest::Digest;
use super::grant::Claim;
use super::log;
use super::metrics;
use super::receive::{self, MAX_OBJECT_BYTES};
use super::refusal::Refusal;
use super::shredding::{self, Published};
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::{HeaderMap, StatusCode};
use callseal::ledger::is_shredded;
use callseal::names::ObjectName;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::time::Duration;

/// The body of a request for a grant.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantRequest {
    name: String,
    size_bytes: u64,
    sha256: String,
}

/// `POST /v1/grants`.
///
/// # Errors
/// Those of `docs/serve.md`.
pub async fn ask_for_grant(
    State(server): State<Arc<Server>>,
    headers: HeaderMap,
    body: Result<Json<GrantRequest>, JsonRejection>,
) -> Result<Json<Value>, Refusal> {
    let caller = server.admit(&headers, Need::Write).await?;
    let Json(request) = body.map_err(|_| {
        Refusal::new(
            StatusCode::BAD_REQUEST,
            "request/invalid",
            "the body must be JSON with exactly name, size_bytes and sha256, and say so in its Content-Type",
        )
    })?;
    let name = object_name(&request.name)?;
    let claim = claim(request, name)?;
    server.bind(name.call_id(), &caller).await.map_err(|refusal| refusal.about(&name))?;
    refuse_shredded(&server, &claim.name).await?;
    let stored = server
        .store
        .describe(&claim.name)
        .await
        .map_err(|error| receive::of_store(error).about(&claim.name))?;
    match stored {
        None => grant(&server, &claim).await.map(Json),
        Some(stored) if stored.size_bytes == claim.size_bytes && stored.sha256 == claim.sha256 => {
            let mut answer = json!({
                "status": "already_stored",
                "size_bytes": stored.size_bytes,
                "sha256": stored.sha256.to_string(),
            });
            add_confirmation(&mut answer, look_at(&server, &claim.name).await?);
            Ok(Json(answer))
        }
        Some(_) => Err(Refusal::new(
            StatusCode::CONFLICT,
            "store/name-taken",
            "another object is stored under this name; names are never used again",
        )
        .about(&claim.name)),
    }
}

/// A grant for the claimed object: straight to the store's service where that takes presigned requests, else to this server.
///
/// A presigned request cannot tell this server what became of it, so its answer is no acknowledgement: `confirm` has the
/// client ask again, and then the stored bytes are read, hashed and looked at.
async fn grant(server: &Server, claim: &Claim) -> Result<Value, Refusal> {
    let expires_at_ms = log::now_ms().saturating_add(server.grant_lifetime_ms);
    metrics::granted();
    // What a ledger says is looked at before it is stored.
    let presigned = match claim.name {
        ObjectName::LedgerChunk { .. } => Ok(None),
        _ => server.store.presign(claim, Duration::from_millis(server.grant_lifetime_ms)).await,
    };
    let Some(presigned) = presigned.map_err(|error| receive::of_store(error).about(&claim.name))? else {
        let grant = server.grant_key.issue(claim, expires_at_ms);
        return Ok(json!({
            "status": "granted",
            "method": "PUT",
            "url": format!("{OBJECTS}{}?grant={grant}", claim.name),
            "headers": {},
            "expires_at_ms": expires_at_ms,
        }));
    };
    let headers: Map<String, Value> =
        presigned.headers.into_iter().map(|(name, value)| (name, value.into())).collect();
    Ok(json!({
        "status": "granted",
        "method": "PUT",
        "url": presigned.url,
        "headers": headers,
        "expires_at_ms": expires_at_ms,
        "confirm": true,
    }))
}

fn claim(request: GrantRequest, name: ObjectName) -> Result<Claim, Refusal> {
    let sha256 = Digest::parse(&request.sha256).ok_or_else(|| {
        Refusal::new(
            StatusCode::BAD_REQUEST,
            "request/invalid",
            "sha256 must be 64 lower-case hexadecimal digits",
        )
    })?;
    match request.size_bytes {
        0 => Err(Refusal::new(StatusCode::BAD_REQUEST, "request/invalid", "size_bytes must be at least 1")),
        1..=MAX_OBJECT_BYTES => Ok(Claim { name, size_bytes: request.size_bytes, sha256 }),
        _ => Err(Refusal::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "store/too-large",
            "an object may have at most 1 MiB (1048576 bytes)",
        )
        .about(&name)),
    }
}

/// Looks at a stored object for shredding and for keys that must go; the confirmation if its call is shredded.
///
/// # Errors
/// 410 if the object is gone by that, 503 when the store fails.
pub async fn look_at(server: &Server, name: &ObjectName) -> Result<Option<String>, Refusal> {
    let is_keyless = server
        .quarantine
        .published(server.store.as_ref(), &server.heads, name)
        .await
        .map_err(|error| receive::of_store(error).about(name))?;
    if is_keyless {
        return Err(keyless().about(name));
    }
    let published = server
        .shredder
        .published(server.store.as_ref(), &server.heads, name)
        .await
        .map_err(|error| receive::of_store(error).about(name))?;
    match published {
        Published::Kept { confirmation } => Ok(confirmation),
        Published::Gone => Err(gone().about(name)),
    }
}

/// Tells a client of its call's shredding.
pub fn add_confirmation(answer: &mut Value, confirmation: Option<String>) {
    if let (Some(members), Some(confirmation)) = (answer.as_object_mut(), confirmation) {
        members.insert("confirmation".to_owned(), confirmation.into());
    }
}

/// Nothing with audio, keys or names is taken for a call that is shredded, and no key of a segment whose keys are
/// destroyed; confirmations, timestamps and orders are never a client's.
async fn refuse_shredded(server: &Server, name: &ObjectName) -> Result<(), Refusal> {
    let confirmation = ObjectName::ShredConfirmation { call_id: name.call_id() };
    let is_servers = matches!(name, ObjectName::ExposureConfirmation(_) | ObjectName::Timestamp { .. })
        || super::orders::is_order(name);
    if *name == confirmation || is_servers {
        return Err(Refusal::new(
            StatusCode::BAD_REQUEST,
            "request/invalid-name",
            "only the server itself stores confirmations, timestamps and orders",
        )
        .about(name));
    }
    if let ObjectName::Envelope { address, .. } = name {
        let destroyed = server.quarantine.is_destroyed(server.store.as_ref(), *address).await;
        if destroyed.map_err(|error| receive::of_store(error).about(name))? {
            destroy_late(server, name).await?;
            return Err(keyless().about(name));
        }
    }
    let is_gone = is_shredded(name)
        && server.store.holds(&confirmation).await.map_err(|error| receive::of_store(error).about(name))?;
    if is_gone {
        destroy_late(server, name).await?;
        return Err(gone().about(name));
    }
    Ok(())
}

/// Destroys what a page may have put straight into the store with a grant of before.
async fn destroy_late(server: &Server, name: &ObjectName) -> Result<(), Refusal> {
    if server.linger_ms == 0 {
        return Ok(());
    }
    let destroyed = shredding::destroy(server.store.as_ref(), name).await;
    destroyed.map(drop).map_err(|error| receive::of_store(error).about(name))
}

const fn keyless() -> Refusal {
    Refusal::new(
        StatusCode::GONE,
        "store/exposed",
        "this segment holds what should not have been recorded: its keys are destroyed and none is taken any more",
    )
}

const fn gone() -> Refusal {
    Refusal::new(
        StatusCode::GONE,
        "store/shredded",
        "this call was shredded: nothing of its audio is stored any more",
    )
}
