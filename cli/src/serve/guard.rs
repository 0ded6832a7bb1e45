//! What happens around every request: who may ask at all, how many at once, what every answer carries, what is logged.
//!
//! Owns the order: host and origin first, for every path; then the limits. It must never log what a client wrote, but for
//! well-formed names.

use super::api::Server;
use super::origin::{Audience, Sender};
use super::refusal::Refusal;
use super::{log, metrics, receive};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use std::fmt::Display;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tower_http::cors::{AllowOrigin, AllowPrivateNetwork, CorsLayer};

/// Longest time for a request, its body included; an upload has a limit of its own, which is shorter.
const REQUEST_DEADLINE: Duration = Duration::from_secs(30);
/// The same for an upload.
const UPLOAD_DEADLINE: Duration = Duration::from_secs(150);
/// Time after which a client may come again when too many requests are being answered, in seconds.
const BUSY_RETRY_S: u64 = 2;
/// How long a browser may remember the answer to a preflight; browsers have shorter limits of their own.
const PREFLIGHT_AGE: Duration = Duration::from_secs(7_200);
/// Random bytes of a request's number.
const REQUEST_ID_BYTES: usize = 8;

/// Header of every answer with the number under which the log knows the request.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Who may use an answer without CORS (Fetch, Cross-Origin-Resource-Policy).
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Headers of every answer. The policy lets a page load nothing from elsewhere and run no inline script.
const HEADERS: [(&str, &str); 4] = [
    (
        "content-security-policy",
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; \
         media-src 'self' blob:; img-src 'self' data:; worker-src 'self'; frame-src 'self'; object-src 'none'; \
         base-uri 'none'; frame-ancestors 'self'",
    ),
    ("x-content-type-options", "nosniff"),
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

/// Checks host and origin before anything else, adds the headers, counts, and logs what was refused.
pub async fn guard(State(server): State<Arc<Server>>, request: Request, next: Next) -> Response {
    let id = request_id();
    log::REQUEST.scope(id.clone(), answer(server, request, next, id)).await
}

async fn answer(server: Arc<Server>, request: Request, next: Next, id: String) -> Response {
    let begun = Instant::now();
    let in_flight = metrics::begin();
    let method = request.method().clone();
    let (route, audience) = route_of(request.uri().path(), &server);
    let checked = server.origins.check(request.uri(), request.headers(), audience);
    let mut response = match &checked {
        Ok(_) => next.run(request).await,
        Err(refusal) => {
            receive::discard(request.into_body()).await;
            refusal.clone().into_response()
        }
    };
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if let Some(policy) = &server.direct_policy {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy.clone());
    }
    let policy = if matches!(checked, Ok(Sender::Allowed)) { "cross-origin" } else { "same-origin" };
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static(policy));
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, id);
    }
    let status = response.status().as_u16();
    if let Some(refusal) = response.extensions().get::<Refusal>() {
        let name = refusal.name().map_or_else(|| "-".to_owned(), ToString::to_string);
        let told: [(&str, &dyn Display); 4] =
            [("status", &status), ("code", &refusal.code()), ("method", &method), ("name", &name)];
        log::event("refused", &told);
    }
    metrics::answered(route, status, begun.elapsed());
    drop(in_flight);
    response
}

/// The limits: of requests at a time, of those of one address, and of the time of each.
pub async fn throttle(State(server): State<Arc<Server>>, request: Request, next: Next) -> Response {
    let refuse = async |request: Request, refusal: Refusal| {
        receive::discard(request.into_body()).await;
        refusal.into_response()
    };
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
    if let Some(peer) = peer
        && let Err(refusal) = server.rates.count_address(peer, request.headers())
    {
        return refuse(request, refusal).await;
    }
    let Ok(_place) = server.places.try_acquire() else { return refuse(request, busy()).await };
    let deadline = if request.method() == Method::PUT { UPLOAD_DEADLINE } else { REQUEST_DEADLINE };
    tokio::time::timeout(deadline, next.run(request)).await.unwrap_or_else(|_| too_slow().into_response())
}

/// What pages of the allowed origins may do and see; `None` if there are none.
pub fn cross_origin(server: &Server) -> Option<CorsLayer> {
    let origins: Vec<_> =
        server.origins.allowed().filter_map(|origin| HeaderValue::from_str(origin).ok()).collect();
    if origins.is_empty() {
        return None;
    }
    let requested = [header::AUTHORIZATION, header::CONTENT_TYPE, header::RANGE, header::IF_NONE_MATCH];
    let exposed = [
        header::RETRY_AFTER,
        header::ETAG,
        header::ACCEPT_RANGES,
        header::CONTENT_RANGE,
        header::CONTENT_LENGTH,
        super::reading::SHA256,
        REQUEST_ID,
    ];
    let layer = CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::GET, Method::HEAD, Method::POST, Method::PUT])
        .allow_headers(requested)
        .expose_headers(exposed)
        .allow_private_network(AllowPrivateNetwork::yes())
        .max_age(PREFLIGHT_AGE);
    Some(layer)
}

/// The route's name for the metrics, and who may ask for it.
fn route_of(path: &str, server: &Server) -> (&'static str, Audience) {
    let api = Audience::AllowedPages;
    match path {
        "/healthz" | "/readyz" => ("health", Audience::Anybody),
        "/callseal/config.json" if server.access.own_token().is_none() => ("config", api),
        "/v1/grants" => ("grants", api),
        "/v1/heads" => ("heads", api),
        "/v1/keys" => ("keys", api),
        _ if path == "/v1/calls" || path.starts_with("/v1/calls/") => ("calls", api),
        _ if path.starts_with("/v1/objects/") => ("objects", api),
        _ if path.starts_with("/v1/") => ("other", api),
        _ if path.starts_with("/callseal/") => ("config", Audience::OwnPages),
        _ => ("page", Audience::Anybody),
    }
}

/// A number for the log; without random bytes, none.
fn request_id() -> String {
    let mut bytes = [0; REQUEST_ID_BYTES];
    match getrandom::fill(&mut bytes) {
        Ok(()) => base16ct::lower::encode_string(&bytes),
        Err(_) => "-".to_owned(),
    }
}

const fn busy() -> Refusal {
    Refusal::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "server/busy",
        "too many requests are being answered; try again after the time in Retry-After",
    )
    .after_s(BUSY_RETRY_S)
}

const fn too_slow() -> Refusal {
    Refusal::new(StatusCode::REQUEST_TIMEOUT, "request/timeout", "the request took too long; send it again")
}
