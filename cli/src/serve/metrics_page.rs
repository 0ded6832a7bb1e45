//! The second listener: metrics, and whether the server is alive and ready.
//!
//! Owns its routes. It answers whoever reaches it, under every name, so it must tell nothing of calls and persons.

use super::api::Server;
use super::connections::Limits;
use super::{health, metrics};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use std::sync::Arc;

/// A few collectors.
pub const LIMITS: Limits = Limits { connections: 16 };
/// What Prometheus asks for (OpenMetrics 1.0).
const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The routes.
pub fn router(server: Arc<Server>) -> Router {
    Router::new()
        .route("/metrics", get(text))
        .route("/healthz", get(health::alive))
        .route(
            "/readyz",
            get(|State(server): State<Arc<Server>>| async move { health::ready(&server).await }),
        )
        .with_state(server)
}

async fn text() -> Response {
    match metrics::text() {
        Ok(text) => ([(CONTENT_TYPE, MEDIA_TYPE)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
