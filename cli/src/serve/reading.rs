//! Reading: which calls there are, what they consist of, and the objects' bytes, for supervisors' players and programs.
//!
//! Owns these answers. Everything is ciphertext; even so it must never hand out what was shredded, or the key of what
//! should not have been recorded, and never anything without a line in the log about who had it.

use super::api::{OBJECTS, Server, object_name};
use super::caller::{Caller, Need};
use super::digest::Digest;
use super::receive::of_store;
use super::refusal::Refusal;
use super::{log, metrics};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, Request, State};
use axum::http::header::{
    ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_NONE_MATCH, IF_RANGE, RANGE,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use callseal::ledger::{ExposureClaim, ExposureEffect, is_shredded};
use callseal::names::{CallId, ObjectName};
use http_range_header::RangeUnsatisfiableError;
use serde::Deserialize;
use serde_json::{Value, json};
use std::ops::RangeInclusive;
use std::sync::Arc;

/// Header with the SHA-256 of the whole object.
pub const SHA256: HeaderName = HeaderName::from_static("callseal-sha256");
/// Calls in one answer, if the request does not say.
const USUAL_CALLS: usize = 100;
/// Calls in one answer at most: 40 KB of ids.
const MOST_CALLS: usize = 1_000;

/// The query of `GET /v1/calls`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    after: Option<String>,
    limit: Option<usize>,
}

/// `GET /v1/calls`.
///
/// # Errors
/// Those of `docs/serve.md`.
pub async fn calls(
    State(server): State<Arc<Server>>,
    headers: HeaderMap,
    page: Result<Query<Page>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<Value>, Refusal> {
    let caller = server.admit(&headers, Need::Read).await?;
    let invalid =
        || invalid("the query may have after, a call id, and limit, a number from 1 to 1000, and no more");
    let Query(Page { after, limit }) = page.map_err(|_| invalid())?;
    let after = after.map(|text| CallId::parse(&text)).transpose().map_err(|_| invalid())?;
    let limit = limit.unwrap_or(USUAL_CALLS);
    if !(1..=MOST_CALLS).contains(&limit) {
        return Err(invalid());
    }
    let calls = server.store.calls(after, limit).await.map_err(of_store)?;
    log::event("listed", &[("subject", &caller.subject), ("calls", &calls.len())]);
    // Fewer than asked for: these are all.
    let next = if calls.len() < limit { None } else { calls.last() };
    Ok(Json(json!({ "calls": calls, "next": next })))
}

/// `GET /v1/calls/<id>`.
///
/// # Errors
/// Those of `docs/serve.md`.
pub async fn call(
    State(server): State<Arc<Server>>,
    Path(text): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refusal> {
    let caller = server.admit(&headers, Need::Read).await?;
    let call_id = CallId::parse(&text).map_err(|_| invalid("the path must end with a call id"))?;
    let mut sizes = server.store.sizes(call_id).await.map_err(of_store)?;
    if sizes.is_empty() {
        return Err(absent());
    }
    sizes.sort_by_key(|(name, _)| name.to_string());
    log::event("listed", &[("subject", &caller.subject), ("call", &call_id), ("objects", &sizes.len())]);
    let objects = sizes.iter().map(|(name, size)| json!({ "name": name.to_string(), "size_bytes": size }));
    Ok(Json(json!({ "call_id": call_id, "objects": objects.collect::<Vec<_>>() })))
}

/// `HEAD /v1/objects/<name>`.
///
/// # Errors
/// Those of `docs/serve.md`.
pub async fn head_object(State(server): State<Arc<Server>>, request: Request) -> Result<Response, Refusal> {
    server.admit(request.headers(), Need::Describe).await?;
    let name = name_in(request.uri().path())?;
    let stored = server.store.describe(&name).await.map_err(|error| of_store(error).about(&name))?;
    let stored = stored.ok_or_else(|| absent().about(&name))?;
    let mut headers = described(stored.sha256);
    headers.insert(CONTENT_LENGTH, stored.size_bytes.into());
    Ok((headers, Body::empty()).into_response())
}

/// `GET /v1/objects/<name>`, whole or one range of it (RFC 9110 §14).
///
/// # Errors
/// Those of `docs/serve.md`.
pub async fn get_object(State(server): State<Arc<Server>>, request: Request) -> Result<Response, Refusal> {
    let caller = server.admit(request.headers(), Need::Read).await?;
    let name = name_in(request.uri().path())?;
    server.accesses.check(&server, &caller, &name).await.map_err(|refusal| refusal.about(&name))?;
    let bytes = readable(&server, &name).await.map_err(|refusal| refusal.about(&name))?;
    Ok(answer(&caller, &name, bytes, request.headers()))
}

/// The object's bytes, if nothing speaks against handing them out.
async fn readable(server: &Server, name: &ObjectName) -> Result<Bytes, Refusal> {
    let store = server.store.as_ref();
    if is_shredded(name) {
        let confirmation = ObjectName::ShredConfirmation { call_id: name.call_id() };
        if store.holds(&confirmation).await.map_err(of_store)? {
            return Err(gone("store/shredded", "this call was shredded"));
        }
    }
    if let ObjectName::Envelope { address, .. } = name {
        let confirmation = store.read(&ObjectName::ExposureConfirmation(*address)).await.map_err(of_store)?;
        // One that cannot be read says that something was taken away, if not what.
        let is_taken_away = confirmation.is_some_and(|bytes| {
            ExposureClaim::read(&bytes).map_or(true, |(claim, _)| claim.effect != ExposureEffect::List)
        });
        if is_taken_away {
            return Err(gone("store/exposed", "the keys of this segment were taken away"));
        }
    }
    store.read(name).await.map_err(of_store)?.ok_or_else(absent)
}

fn answer(caller: &Caller, name: &ObjectName, bytes: Bytes, asked: &HeaderMap) -> Response {
    let digest = Digest::of(&bytes);
    let mut headers = described(digest);
    let entity_tag = headers.get(ETAG).cloned();
    let is_same = |value: &HeaderValue| Some(value) == entity_tag.as_ref();
    if asked.get_all(IF_NONE_MATCH).iter().any(is_same) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    let size = bytes.len();
    let range = asked.get(RANGE).filter(|_| asked.get(IF_RANGE).is_none_or(is_same));
    let (status, part) = match range.map_or(Asked::Whole, |range| asked_range(range, size)) {
        Asked::Whole => (StatusCode::OK, bytes),
        Asked::Part(range) => {
            let told = format!("bytes {}-{}/{size}", range.start(), range.end());
            let Ok(told) = HeaderValue::from_str(&told) else { return absent().about(name).into_response() };
            headers.insert(CONTENT_RANGE, told);
            (StatusCode::PARTIAL_CONTENT, bytes.slice(range))
        }
        Asked::Beyond => {
            let refusal = Refusal::new(
                StatusCode::RANGE_NOT_SATISFIABLE,
                "request/range",
                "the object has no such range of bytes",
            );
            let mut response = refusal.about(name).into_response();
            if let Ok(told) = HeaderValue::from_str(&format!("bytes */{size}")) {
                response.headers_mut().insert(CONTENT_RANGE, told);
            }
            return response;
        }
    };
    log::event("read", &[("subject", &caller.subject), ("name", name), ("bytes", &part.len())]);
    metrics::read(u64::try_from(part.len()).unwrap_or(u64::MAX));
    (status, headers, part).into_response()
}

enum Asked {
    Whole,
    Part(RangeInclusive<usize>),
    Beyond,
}

/// What a `Range` header asks for. Several ranges, other units and nonsense get the whole (RFC 9110 §14.2).
fn asked_range(value: &HeaderValue, size: usize) -> Asked {
    let parsed = value.to_str().ok().and_then(|text| http_range_header::parse_range_header(text).ok());
    let (Some(parsed), Ok(length)) = (parsed, u64::try_from(size)) else { return Asked::Whole };
    if parsed.ranges.len() != 1 {
        return Asked::Whole;
    }
    let ranges = match parsed.validate(length) {
        Ok(ranges) => ranges,
        // The last bytes of something shorter are all of it (RFC 9110 §14.1.2).
        Err(RangeUnsatisfiableError::FileSuffixOutOfBounds) if size > 0 => {
            return Asked::Part(0..=size.saturating_sub(1));
        }
        Err(_) => return Asked::Beyond,
    };
    let bounds = ranges
        .first()
        .and_then(|range| Some((usize::try_from(*range.start()).ok()?, usize::try_from(*range.end()).ok()?)));
    match bounds {
        Some((start, end)) if start <= end && end < size => Asked::Part(start..=end),
        _ => Asked::Beyond,
    }
}

/// What is told of an object besides its bytes. The hash is its entity tag: objects never change.
fn described(sha256: Digest) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    for (name, value) in [(SHA256, sha256.to_string()), (ETAG, format!("\"{sha256}\""))] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    headers
}

/// The object's name in a path, as it is written there: a right name needs no percent-encoding.
pub fn name_in(path: &str) -> Result<ObjectName, Refusal> {
    object_name(path.strip_prefix(OBJECTS).unwrap_or_default())
}

const fn invalid(message: &'static str) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, "request/invalid", message)
}

const fn absent() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "store/absent", "nothing of this name is stored")
}

const fn gone(code: &'static str, message: &'static str) -> Refusal {
    Refusal::new(StatusCode::GONE, code, message)
}
