//! Direct grants: a presigned request with which a page puts one object straight into the service, once.
//!
//! Owns what such a request must bind and what a service says about what it keeps. A presigned request must never be
//! logged: whoever holds one may store that one object.

use super::StoreError;
use super::http::Answer;
use crate::serve::digest::Digest;
use crate::serve::retention::Keep;
use axum::http::HeaderMap;
use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use std::fmt;
use std::time::Duration;

/// Metadata of an object that says for which SHA-256 its grant was given, where the service itself binds none.
pub const GRANTED_SHA256: &str = "callseal_sha256";

/// What is to be put, below the store's root.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// The path.
    pub path: &'a str,
    /// The size in bytes.
    pub size_bytes: u64,
    /// The SHA-256 of the bytes.
    pub sha256: Digest,
    /// How long the service must keep it, if it must.
    pub keep: Option<Keep>,
}

/// A request that its holder may send: a PUT to `url` with exactly these headers.
#[derive(Clone, PartialEq, Eq)]
pub struct Presigned {
    /// The whole URL, signature included.
    pub url: String,
    /// The headers that the signature covers, or that the service needs; without `host` and `content-length`, which every
    /// client sends by itself.
    pub headers: Vec<(String, String)>,
}

impl fmt::Debug for Presigned {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Presigned(secret)")
    }
}

/// What a service keeps of an object that is deleted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Keeping {
    /// One sentence per setting that keeps what is deleted, and how it is turned off.
    pub reasons: Vec<&'static str>,
}

/// A service that takes presigned, conditional requests.
pub trait Direct: fmt::Debug + Send + Sync {
    /// Signs the request that puts `order`, only while its path is free.
    fn presign<'a>(
        &'a self,
        order: Order<'a>,
        lifetime: Duration,
    ) -> BoxFuture<'a, Result<Presigned, StoreError>>;

    /// Puts `bytes`, which are those of `order`, with one request of the server's own, only while the path is free.
    fn put_once<'a>(&'a self, order: Order<'a>, bytes: Bytes) -> BoxFuture<'a, Result<Answer, StoreError>>;

    /// The web origin that presigned requests go to.
    fn origin(&self) -> String;

    /// How pages of `origin` get leave to send PUTs with these headers, to copy.
    fn cors_remedy(&self, origin: &str, headers: &[&str]) -> String;

    /// Whether the credentials at hand can sign for others.
    fn can_presign(&self) -> bool {
        true
    }

    /// Whether the service refuses bytes of another SHA-256 than the granted one.
    fn binds_hash(&self) -> bool {
        false
    }

    /// Whether one object's retention can be demanded with the request that puts it.
    fn retains_objects(&self) -> bool {
        false
    }

    /// What the service keeps of deleted objects, from its settings and from the answer to a PUT.
    fn keeping<'a>(&'a self, put_answer: &'a HeaderMap) -> BoxFuture<'a, Result<Keeping, StoreError>>;

    /// Until when the service says that it keeps the object, as it writes it, and whether a legal hold is on it.
    fn kept_until<'a>(&'a self, _path: &'a str) -> BoxFuture<'a, Result<(Option<String>, bool), StoreError>> {
        async { Ok((None, false)) }.boxed()
    }
}
