//! The HTTP API: routes, what each request must show, and what it gets.
//!
//! Owns the order of the checks. Host and origin come first, for every path; the token or the grant before anything is
//! looked up; the name before anything is touched.

use super::digest::Digest;
use super::exposure::Quarantine;
use super::grant::{Claim, GrantFault, GrantKey};
use super::granting::{add_confirmation, ask_for_grant, look_at};
use super::heads::Heads;
use super::log;
use super::origin::OwnOrigin;
use super::receive;
use super::refusal::Refusal;
use super::shredding::Shredder;
use super::site::Site;
use super::store::WriteOnceStore;
use super::token::BearerToken;
use axum::body::Body;
use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, EXPECT};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use bytes::Bytes;
use callseal::names::{CallId, ObjectName};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// Where objects are put and asked for.
pub const OBJECTS: &str = "/v1/objects/";
/// Largest body of a request for a grant or a countersignature, in bytes; a right one has about 200.
const MAX_GRANT_REQUEST_BYTES: usize = 4096;
/// Largest number of an entry that is countersigned: 2^53 − 1.
const MAX_SEQ: u64 = 9_007_199_254_740_991;

/// Headers of every answer. The policy lets a page load nothing from elsewhere and run no inline script.
const HEADERS: [(&str, &str); 5] = [
    (
        "content-security-policy",
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; \
         media-src 'self' blob:; img-src 'self' data:; worker-src 'self'; frame-src 'self'; object-src 'none'; \
         base-uri 'none'; frame-ancestors 'self'",
    ),
    ("x-content-type-options", "nosniff"),
    ("cross-origin-resource-policy", "same-origin"),
    ("referrer-policy", "no-referrer"),
    ("cache-control", "no-store"),
];

/// The policy that also lets pages put objects straight to `origins`; `None` if there are none.
pub fn direct_policy(origins: &[String]) -> Option<HeaderValue> {
    if origins.is_empty() {
        return None;
    }
    let [(_, policy), ..] = HEADERS;
    let connect = format!("connect-src 'self' {};", origins.join(" "));
    HeaderValue::from_str(&policy.replace("connect-src 'self';", &connect)).ok()
}

/// What every request is answered from.
#[derive(Debug)]
pub struct Server {
    /// The server's own origin.
    pub origin: OwnOrigin,
    /// What pages must present.
    pub token: BearerToken,
    /// The key of this process's grants.
    pub grant_key: GrantKey,
    /// How long a grant counts, in milliseconds.
    pub grant_lifetime_ms: u64,
    /// Where objects go.
    pub store: Box<dyn WriteOnceStore>,
    /// What countersigns ledgers.
    pub heads: Heads,
    /// What destroys calls that demand it.
    pub shredder: Shredder,
    /// Takes away the keys of what should not have been recorded.
    pub quarantine: Quarantine,
    /// The content security policy, if pages put objects straight into the store's service.
    pub direct_policy: Option<HeaderValue>,
    /// The body of `config.json`; it holds the token.
    pub page_config: Bytes,
    /// The pages, if any are served.
    pub site: Option<Site>,
}

/// The routes.
pub fn router(server: Arc<Server>) -> Router {
    Router::new()
        .route("/healthz", get(|| async { Json(json!({ "status": "ok" })) }))
        .route("/callseal/config.json", get(page_config))
        .route("/v1/grants", post(ask_for_grant).layer(DefaultBodyLimit::max(MAX_GRANT_REQUEST_BYTES)))
        .route("/v1/heads", post(countersign).layer(DefaultBodyLimit::max(MAX_GRANT_REQUEST_BYTES)))
        .route("/v1/keys", get(keys))
        .route("/v1/objects/{*name}", put(put_object).head(head_object))
        .method_not_allowed_fallback(|| async { wrong_method() })
        .fallback(other)
        .layer(from_fn_with_state(Arc::clone(&server), guard))
        .with_state(server)
}

/// Checks host and origin before anything else, adds the headers, and logs what was refused.
async fn guard(State(server): State<Arc<Server>>, request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let headers = request.headers();
    let path = request.uri().path();
    let is_page = !(path.starts_with("/v1/") || path.starts_with("/callseal/"));
    let allowed = server
        .origin
        .check(request.uri(), headers)
        .and_then(|()| if is_page { Ok(()) } else { OwnOrigin::check_fetch_site(headers) });
    let mut response = match allowed {
        Ok(()) => next.run(request).await,
        Err(refusal) => {
            receive::discard(request.into_body()).await;
            refusal.into_response()
        }
    };
    for (name, value) in HEADERS {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if let Some(policy) = &server.direct_policy {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy.clone());
    }
    if let Some(refusal) = response.extensions().get::<Refusal>() {
        let name = refusal.name().map_or_else(|| "-".to_owned(), ToString::to_string);
        let status = response.status().as_u16();
        log::event(
            "refused",
            &[("status", &status), ("code", &refusal.code()), ("method", &method), ("name", &name)],
        );
    }
    response
}

async fn page_config(State(server): State<Arc<Server>>) -> Response {
    ([(CONTENT_TYPE, "application/json")], server.page_config.clone()).into_response()
}

/// The body of a request for a countersignature.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeadRequest {
    call_id: String,
    seq: u64,
    head: String,
}

async fn countersign(
    State(server): State<Arc<Server>>,
    headers: HeaderMap,
    body: Result<Json<HeadRequest>, JsonRejection>,
) -> Result<Response, Refusal> {
    authorize(&server, &headers)?;
    let invalid = || {
        Refusal::new(
            StatusCode::BAD_REQUEST,
            "request/invalid",
            "the body must be JSON with exactly call_id, seq and head, and say so in its Content-Type",
        )
    };
    let Json(request) = body.map_err(|_| invalid())?;
    let call_id = CallId::parse(&request.call_id).map_err(|_| invalid())?;
    let head = Digest::parse(&request.head).ok_or_else(invalid)?.to_string();
    // Numbers beyond those that every JSON reader keeps exactly (RFC 8259 §6) name no entry.
    if request.seq > MAX_SEQ {
        return Err(invalid());
    }
    let jws = server.heads.countersign(call_id, request.seq, head, log::now_ms())?;
    Ok(([(CONTENT_TYPE, "application/jose")], jws).into_response())
}

async fn keys(State(server): State<Arc<Server>>) -> Response {
    ([(CONTENT_TYPE, "application/jwk-set+json")], server.heads.key_set().to_string()).into_response()
}

async fn put_object(State(server): State<Arc<Server>>, request: Request) -> Result<Response, Refusal> {
    let (parts, body) = request.into_parts();
    let claim = match admit(&server, &parts).await {
        Ok(claim) => claim,
        Err(refusal) => {
            // A client that waits for leave to send needs no help to stop.
            if !parts.headers.contains_key(EXPECT) {
                receive::discard(body).await;
            }
            return Err(refusal);
        }
    };
    let stored = receive::receive(server.store.as_ref(), &claim, body)
        .await
        .map_err(|refusal| refusal.about(&claim.name))?;
    let mut body = json!({ "size_bytes": stored.size_bytes, "sha256": stored.sha256.to_string() });
    add_confirmation(&mut body, look_at(&server, &claim.name).await?);
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

/// Decides everything about an upload that can be decided before its first byte.
async fn admit(server: &Server, parts: &axum::http::request::Parts) -> Result<Claim, Refusal> {
    let name = name_in(parts.uri.path())?;
    let grant = parts.uri.query().and_then(|query| query.strip_prefix("grant=")).unwrap_or_default();
    let claim = server.grant_key.check(&name, grant, log::now_ms()).map_err(|fault| {
        let (code, message) = match fault {
            GrantFault::Invalid => ("grant/invalid", "this server gave no such grant for this object"),
            GrantFault::Expired => ("grant/expired", "the grant has expired; ask for another"),
        };
        Refusal::new(StatusCode::FORBIDDEN, code, message).about(&name)
    })?;
    let length = parts.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    let checks = async {
        receive::check_announced(&claim, length)?;
        // Only to spare the transfer; what decides is the publish step.
        if server.store.holds(&name).await.map_err(receive::of_store)? {
            return Err(receive::of_store(super::store::StoreError::Exists));
        }
        Ok(())
    };
    checks.await.map_err(|refusal: Refusal| refusal.about(&name))?;
    Ok(claim)
}

async fn head_object(State(server): State<Arc<Server>>, request: Request) -> Result<Response, Refusal> {
    authorize(&server, request.headers())?;
    let name = name_in(request.uri().path())?;
    let stored = server.store.describe(&name).await.map_err(|error| receive::of_store(error).about(&name))?;
    let stored = stored.ok_or_else(|| {
        Refusal::new(StatusCode::NOT_FOUND, "store/absent", "no object of this name is stored").about(&name)
    })?;
    let headers = [
        (CONTENT_TYPE, "application/octet-stream".to_owned()),
        (CONTENT_LENGTH, stored.size_bytes.to_string()),
        (HeaderName::from_static("callseal-sha256"), stored.sha256.to_string()),
    ];
    Ok((headers, Body::empty()).into_response())
}

/// Everything that is no route: a page, or nothing.
async fn other(State(server): State<Arc<Server>>, request: Request) -> Result<Response, Refusal> {
    let path = request.uri().path();
    match &server.site {
        Some(site) if !(path.starts_with("/v1/") || path.starts_with("/callseal/")) => {
            site.serve(request).await
        }
        _ => {
            Err(Refusal::new(StatusCode::NOT_FOUND, "request/unknown-path", "there is nothing at this path"))
        }
    }
}

/// Checks the token.
///
/// # Errors
/// 401 without it, or with another.
pub fn authorize(server: &Server, headers: &HeaderMap) -> Result<(), Refusal> {
    if server.token.is_presented_by(headers) {
        return Ok(());
    }
    Err(Refusal::new(
        StatusCode::UNAUTHORIZED,
        "auth/required",
        "the request must carry this server's bearer token",
    ))
}

/// The object's name in a path, as it is written there: a right name needs no percent-encoding.
fn name_in(path: &str) -> Result<ObjectName, Refusal> {
    object_name(path.strip_prefix(OBJECTS).unwrap_or_default())
}

/// The name a request presents.
///
/// # Errors
/// 400 for what is no name of the format.
pub fn object_name(text: &str) -> Result<ObjectName, Refusal> {
    ObjectName::parse(text).map_err(|_| {
        Refusal::new(
            StatusCode::BAD_REQUEST,
            "request/invalid-name",
            "the name is not one that the format knows",
        )
    })
}

/// The answer to a method that a path does not have.
pub fn wrong_method() -> Refusal {
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "request/method", "this path does not have this method")
}
