//! Requests to a store's service: one client for all, TLS by rustls, signatures by the service's own signer.
//!
//! Owns time limits and what of a failure is told. A URL with a signature, a header or a body must never get into an error.

use super::StoreError;
use super::direct::Presigned;
use crate::failure::Failure;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode};
use bytes::Bytes;
use opendal::layers::TimeoutLayer;
use opendal::{HttpTransporter, OperationContext, Operator};
use opendal_http_transport_reqwest::ReqwestTransport;
use reqsign_core::{Context, HttpSend, OsEnv, Signer, SigningCredential};
use reqsign_file_read_tokio::TokioFileRead;
use std::fmt;
use std::time::Duration;

/// Longest wait for a connection to the service.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// Longest time one request to the service may take: the largest object at 140 kbit/s.
const REQUEST_LIMIT: Duration = Duration::from_secs(60);

/// The client for a store's service. It follows no redirects: a signature counts for one host.
///
/// # Errors
/// A [`Failure`] if the system's certificates cannot be used.
pub fn client() -> Result<reqwest::Client, Failure> {
    // Another provider may have been chosen by whoever embeds this; then it stays.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .connect_timeout(CONNECT_LIMIT)
        .timeout(REQUEST_LIMIT)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("callseal/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|_| {
            Failure::missing_prerequisite("no TLS client can be made: the system has no usable certificates")
        })
}

/// `operator` over `client`, with limits.
pub fn limited(operator: Operator, client: &reqwest::Client) -> Operator {
    let transport = HttpTransporter::new(ReqwestTransport::new(client.clone()));
    let context = OperationContext::new().with_http_transport(transport);
    operator.with_context(context).layer(TimeoutLayer::new().with_timeout(REQUEST_LIMIT))
}

/// What credentials are looked up with.
pub fn context(client: &reqwest::Client) -> Context {
    Context::new()
        .with_file_read(TokioFileRead)
        .with_env(OsEnv)
        .with_http_send(CredentialClient(client.clone()))
}

/// Asks the services that hand out credentials.
struct CredentialClient(reqwest::Client);

impl fmt::Debug for CredentialClient {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("CredentialClient")
    }
}

impl HttpSend for CredentialClient {
    async fn http_send(&self, request: Request<Bytes>) -> reqsign_core::Result<axum::http::Response<Bytes>> {
        let failed =
            |_: reqwest::Error| reqsign_core::Error::unexpected("the credentials' service does not answer");
        let request = reqwest::Request::try_from(request).map_err(failed)?;
        let answer = self.0.execute(request).await.map_err(failed)?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let mut response = axum::http::Response::new(answer.bytes().await.map_err(failed)?);
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }
}

/// An answer, read to its end.
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl fmt::Debug for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Answer").field(&self.status).finish()
    }
}

impl Answer {
    /// The value of the header `name`.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Fails at `step` unless the service said yes.
    ///
    /// # Errors
    /// `Unavailable` with step and status.
    pub fn accepted(self, step: &str) -> Result<Self, StoreError> {
        if self.status.is_success() {
            return Ok(self);
        }
        Err(StoreError::Unavailable(format!("{step}: the service answered {}", self.status.as_u16())))
    }
}

/// Sends a request and reads its answer.
///
/// # Errors
/// `Unavailable` with the step, if there is no answer.
pub async fn send(
    client: &reqwest::Client,
    step: &str,
    method: Method,
    url: &str,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Answer, StoreError> {
    let failed = |error: reqwest::Error| {
        let what = if is_untrusted(&error) {
            "the certificate is not one that this system trusts (SSL_CERT_FILE names others)"
        } else if error.is_timeout() {
            "no answer in time"
        } else if error.is_connect() {
            "no connection"
        } else {
            "no answer"
        };
        StoreError::Unavailable(format!("{step}: {what}"))
    };
    let answer = client.request(method, url).headers(headers).body(body).send().await.map_err(failed)?;
    let (status, headers) = (answer.status(), answer.headers().clone());
    Ok(Answer { status, headers, body: answer.bytes().await.map_err(failed)? })
}

/// Whether TLS refused the other side.
fn is_untrusted(error: &reqwest::Error) -> bool {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if inner.is_some_and(|inner| inner.is::<rustls::Error>()) || error.is::<rustls::Error>() {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Puts `bytes` by a presigned request.
///
/// # Errors
/// `Unavailable`, if there is no answer.
pub async fn put(
    client: &reqwest::Client,
    presigned: &Presigned,
    bytes: Bytes,
) -> Result<Answer, StoreError> {
    let headers = presigned.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    send(client, "put", Method::PUT, &presigned.url, header_map(headers)?, bytes).await
}

/// Headers from text.
///
/// # Errors
/// `Unavailable` for what can be no header.
pub fn header_map<'a>(
    headers: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<HeaderMap, StoreError> {
    let unusable = || StoreError::Unavailable("a header of the request is unusable".to_owned());
    let pair = |(name, value): (&str, &str)| {
        Some((HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_str(value).ok()?))
    };
    headers.into_iter().map(|header| pair(header).ok_or_else(unusable)).collect()
}

/// A service whose requests are signed with credentials of the kind `K`.
pub struct Signed<K: SigningCredential> {
    client: reqwest::Client,
    signer: Signer<K>,
}

impl<K: SigningCredential> fmt::Debug for Signed<K> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Signed(secret)")
    }
}

impl<K: SigningCredential> Signed<K> {
    /// Signs with `signer`, sends with `client`.
    pub const fn new(client: reqwest::Client, signer: Signer<K>) -> Self {
        Self { client, signer }
    }

    /// Signs a PUT that another may send within `lifetime`. All of `headers` are signed where the service signs headers.
    ///
    /// # Errors
    /// `Unavailable` if there are no credentials, or they expire before.
    pub async fn presign(
        &self,
        url: &str,
        headers: &[(&str, String)],
        lifetime: Duration,
    ) -> Result<Presigned, StoreError> {
        let pairs = headers.iter().map(|(name, value)| (*name, value.as_str()));
        let parts = self.sign(Method::PUT, url, header_map(pairs)?, Some(lifetime)).await?;
        let by_itself = |name: &str| matches!(name, "host" | "content-length");
        Ok(Presigned {
            url: parts.uri.to_string(),
            headers: headers
                .iter()
                .filter(|(name, _)| !by_itself(name))
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect(),
        })
    }

    /// Sends a signed request without a body.
    ///
    /// # Errors
    /// `Unavailable`, if it cannot be signed or there is no answer.
    pub async fn ask(&self, step: &str, method: Method, url: &str) -> Result<Answer, StoreError> {
        self.send(step, method, url, &[], Bytes::new()).await
    }

    /// Sends a signed request.
    ///
    /// # Errors
    /// As [`Self::ask`].
    pub async fn send(
        &self,
        step: &str,
        method: Method,
        url: &str,
        headers: &[(&str, String)],
        body: Bytes,
    ) -> Result<Answer, StoreError> {
        let headers = header_map(headers.iter().map(|(name, value)| (*name, value.as_str())))?;
        let parts = self.sign(method, url, headers, None).await?;
        send(&self.client, step, parts.method, &parts.uri.to_string(), parts.headers, body).await
    }

    async fn sign(
        &self,
        method: Method,
        url: &str,
        headers: HeaderMap,
        lifetime: Option<Duration>,
    ) -> Result<axum::http::request::Parts, StoreError> {
        let request = Request::builder().method(method).uri(url).body(());
        let request = request.map_err(|_| StoreError::Unavailable("sign: the URL is unusable".to_owned()))?;
        let mut parts = request.into_parts().0;
        parts.headers = headers;
        // The error's own text may quote an answer of a credentials' service.
        let signed = self.signer.sign(&mut parts, lifetime).await;
        signed.map_err(|error| StoreError::Unavailable(format!("sign: {}", error.kind())))?;
        Ok(parts)
    }
}
