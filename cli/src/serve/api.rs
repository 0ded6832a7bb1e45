//! The HTTP API: routes, what each request must show, and what it gets.
//!
//! Owns the order of the checks. Host and origin come first, for every path; the token or the grant before anything is
//! looked up; the name before anything is touched.

use super::access::Access;
use super::accesses::{self, Accesses};
use super::bindings::Bindings;
use super::caller::{Caller, Need};
use super::chain::Chains;
use super::digest::Digest;
use super::exposure::Quarantine;
use super::grant::{Claim, GrantFault, GrantKey};
use super::granting::{add_confirmation, ask_for_grant, look_at};
use super::guard;
use super::heads::Heads;
use super::origin::Origins;
use super::rates::Rates;
use super::receive;
use super::refusal::Refusal;
use super::shredding::Shredder;
use super::site::Site;
use super::store::WriteOnceStore;
use super::timestamps::Timestamps;
use super::{health, log, metrics, orders, reading};
use axum::body::Body;
use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, EXPECT};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use bytes::Bytes;
use callseal::names::{CallId, ObjectName};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Where objects are put and asked for.
pub const OBJECTS: &str = "/v1/objects/";
/// Largest body of a request for a grant or a countersignature, in bytes; a right one has about 200.
const MAX_GRANT_REQUEST_BYTES: usize = 4096;
/// Largest number of an entry that is countersigned: 2^53 − 1.
const MAX_SEQ: u64 = 9_007_199_254_740_991;

/// What every request is answered from.
#[derive(Debug)]
pub struct Server {
    /// Whose pages may talk to it.
    pub origins: Origins,
    /// Whose tokens count.
    pub access: Access,
    /// Who has said why they listen.
    pub accesses: Accesses,
    /// How fast one may ask.
    pub rates: Rates,
    /// One place for each request that may be answered at a time.
    pub places: Semaphore,
    /// Whose calls are whose.
    pub bindings: Bindings,
    /// How far the calls' ledgers have come.
    pub chains: Chains,
    /// The key of the grants.
    pub grant_key: GrantKey,
    /// How long a grant counts, in milliseconds.
    pub grant_lifetime_ms: u64,
    /// Where objects go.
    pub store: Box<dyn WriteOnceStore>,
    /// What countersigns ledgers.
    pub heads: Heads,
    /// What has countersigned heads timestamped, if an authority is named.
    pub timestamps: Option<Timestamps>,
    /// What destroys calls that demand it.
    pub shredder: Shredder,
    /// Takes away the keys of what should not have been recorded.
    pub quarantine: Quarantine,
    /// How long after a demand was met objects may still arrive by grants of before, in milliseconds; 0 if only through here.
    pub linger_ms: u64,
    /// The content security policy, if pages put objects straight into the store's service.
    pub direct_policy: Option<HeaderValue>,
    /// The body of `config.json`; it holds the own token, if there is one.
    pub page_config: Bytes,
    /// The pages, if any are served.
    pub site: Option<Site>,
}

impl Server {
    /// Who asks, if they may do what is needed, and not too fast.
    ///
    /// # Errors
    /// Those of [`Access::admit`], and 429 `request/too-many`.
    pub async fn admit(&self, headers: &HeaderMap, need: Need) -> Result<Caller, Refusal> {
        let caller = self.access.admit(headers, need).await?;
        self.rates.count_subject(caller.subject)?;
        Ok(caller)
    }

    /// The same for a writer, who alone may add to a call from then on.
    ///
    /// # Errors
    /// Those of [`Bindings::bind`] too.
    pub async fn bind(&self, call_id: CallId, caller: &Caller) -> Result<(), Refusal> {
        self.bindings.bind(self.store.as_ref(), call_id, caller).await
    }
}

/// The routes.
pub fn router(server: Arc<Server>) -> Router {
    let mut objects = put(put_object).head(reading::head_object);
    let mut router = Router::new();
    // Where nobody may read, there is nothing to ask for.
    if server.access.is_readable() {
        objects = objects.get(reading::get_object);
        router =
            router.route("/v1/calls", get(reading::calls)).route("/v1/calls/{id}", get(reading::call)).route(
                "/v1/calls/{id}/accesses",
                get(accesses::list).post(accesses::add).layer(DefaultBodyLimit::max(MAX_GRANT_REQUEST_BYTES)),
            );
    }
    let router = router
        .route("/healthz", get(health::alive))
        .route("/readyz", get(ready))
        .route("/callseal/config.json", get(page_config))
        .route("/v1/orders", post(orders::take).layer(DefaultBodyLimit::max(orders::MAX_ORDER_BYTES)))
        .route("/v1/grants", post(ask_for_grant).layer(DefaultBodyLimit::max(MAX_GRANT_REQUEST_BYTES)))
        .route("/v1/heads", post(countersign).layer(DefaultBodyLimit::max(MAX_GRANT_REQUEST_BYTES)))
        .route("/v1/keys", get(keys))
        .route("/v1/objects/{*name}", objects)
        .method_not_allowed_fallback(|| async { wrong_method() })
        .fallback(other)
        .layer(from_fn_with_state(Arc::clone(&server), guard::throttle));
    // Outside the limits, so that a page of another origin may read why it was refused; inside the guard, which has
    // refused foreign origins before a preflight is answered.
    let router = match guard::cross_origin(&server) {
        Some(layer) => router.layer(layer),
        None => router,
    };
    router.layer(from_fn_with_state(Arc::clone(&server), guard::guard)).with_state(server)
}

async fn ready(State(server): State<Arc<Server>>) -> Result<Json<Value>, Refusal> {
    health::ready(&server).await
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
    let caller = server.admit(&headers, Need::Write).await?;
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
    server.bind(call_id, &caller).await?;
    let store = server.store.as_ref();
    let jws = server.heads.countersign(store, call_id, request.seq, head, log::now_ms()).await?;
    if let Some(timestamps) = &server.timestamps {
        timestamps.want(store, call_id).await;
    }
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
    let body = uploading(&server, &claim, body).await?;
    let stored = receive::receive(server.store.as_ref(), &claim, body)
        .await
        .map_err(|refusal| refusal.about(&claim.name))?;
    metrics::stored(stored.size_bytes);
    let mut body = json!({ "size_bytes": stored.size_bytes, "sha256": stored.sha256.to_string() });
    add_confirmation(&mut body, look_at(&server, &claim.name).await?);
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

/// The body, if nothing of its content speaks against storing it: a chunk of a ledger is looked at, the rest is sealed.
async fn uploading(server: &Server, claim: &Claim, body: Body) -> Result<Body, Refusal> {
    let ObjectName::LedgerChunk { call_id, chunk } = claim.name else { return Ok(body) };
    let content = receive::collect(claim, body).await.map_err(|refusal| refusal.about(&claim.name))?;
    if Digest::of(&content) == claim.sha256 {
        server.chains.check(server.store.as_ref(), call_id, chunk, &content).await?;
    }
    Ok(Body::from(content))
}

/// Decides everything about an upload that can be decided before its first byte.
async fn admit(server: &Server, parts: &axum::http::request::Parts) -> Result<Claim, Refusal> {
    let name = reading::name_in(parts.uri.path())?;
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
