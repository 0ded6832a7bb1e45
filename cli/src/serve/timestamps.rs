//! Timestamps of countersigned heads: asks an authority (RFC 3161) behind the answer, and keeps its token with the call.
//!
//! Owns which calls wait for one and when an authority is asked again. An authority must never hold up or fail a
//! countersignature, and what it gives is stored only if it answers what was asked. It learns hashes and nothing else.

use super::heads;
use super::log;
use super::metrics;
use super::pending::Pending;
use super::shredding::store_whole;
use super::store::{StoreError, WriteOnceStore};
use crate::failure::Failure;
use crate::timestamp::{MAX_TOKEN_BYTES, Request, Token, token_of_reply};
use bytes::Bytes;
use callseal::names::{CallId, ObjectName};
use futures_util::{StreamExt as _, stream};
use reqwest::header::CONTENT_TYPE;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::Notify;

/// Time between two looks at what waits, and after a failure before the authority is asked again.
const SWEEP_EVERY: Duration = Duration::from_secs(30);
/// Longest time for one answer.
const ASK_DEADLINE: Duration = Duration::from_secs(10);
/// Calls whose tokens are asked for at a time: an authority answers within some 100 ms, and 2,000 agents end seven calls a second.
const AT_A_TIME: usize = 8;
/// Largest answer, in bytes: a token and its status.
const MAX_REPLY_BYTES: usize = MAX_TOKEN_BYTES + 1024;
/// Types of request and answer (RFC 3161 §3.4).
const QUERY: &str = "application/timestamp-query";
const REPLY: &str = "application/timestamp-reply";

/// The timestamping part of a server.
pub struct Timestamps {
    url: reqwest::Url,
    client: reqwest::Client,
    pending: Pending,
    wake: Notify,
}

impl fmt::Debug for Timestamps {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Timestamps")
    }
}

/// Why a token is not there yet.
enum Missed {
    /// The store failed; another call may fare better.
    Store(StoreError),
    /// The authority failed; it would fail for others too.
    Authority(String),
}

impl From<StoreError> for Missed {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Timestamps {
    /// From the authority at `place`. It is not asked for anything yet: one that is down must not keep the server from
    /// starting.
    ///
    /// # Errors
    /// A [`Failure`] with status 2 for what is no URL of an authority.
    pub fn new(place: &str) -> Result<Self, Failure> {
        let refused = |reason: &str| Failure::bad_input(format!("--timestamp-url: {reason}"));
        let url = reqwest::Url::parse(place).map_err(|_| refused("it is no URL"))?;
        // Tokens are signed and answer a nonce, so that plain HTTP does, which is what most authorities offer.
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(refused("an authority is asked by http or https"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refused("it must not hold a user or a password"));
        }
        // Without a provider no TLS; another part of the server may have set the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(ASK_DEADLINE)
            .build()
            .map_err(|_| Failure::missing_prerequisite("the system gives no HTTP client"))?;
        Ok(Self { url, client, pending: Pending::new("timestamp"), wake: Notify::new() })
    }

    /// A head of the call was countersigned, and noted. What cannot be marked is logged: the countersignature counts
    /// without a timestamp too.
    pub async fn want(&self, store: &dyn WriteOnceStore, call_id: CallId) {
        if !self.pending.has(&call_id)
            && let Err(error) = self.pending.add(store, call_id).await
        {
            failed(&error.to_string());
        }
        self.wake.notify_one();
    }

    /// Asks for what is missing, as long as the server lives.
    pub async fn work(&self, store: &dyn WriteOnceStore) {
        let mut ticks = tokio::time::interval(SWEEP_EVERY);
        let mut is_failing = false;
        loop {
            tokio::select! {
                _ = ticks.tick() => {
                    if let Err(error) = self.pending.refresh(store).await {
                        failed(&error.to_string());
                    }
                }
                () = self.wake.notified(), if !is_failing => {}
            }
            is_failing = !self.sweep(store).await;
        }
    }

    /// Looks at every call that waits; whether the authority answered all that was asked.
    async fn sweep(&self, store: &dyn WriteOnceStore) -> bool {
        let is_down = AtomicBool::new(false);
        let calls = stream::iter(self.pending.all());
        calls
            .for_each_concurrent(AT_A_TIME, async |call_id| {
                if is_down.load(Ordering::Relaxed) {
                    return;
                }
                match self.meet(store, call_id).await {
                    Ok(()) => {}
                    Err(Missed::Store(error)) => failed(&error.to_string()),
                    // One line for a failure that several calls meet.
                    Err(Missed::Authority(reason)) => {
                        if !is_down.swap(true, Ordering::Relaxed) {
                            failed(&reason);
                        }
                    }
                }
            })
            .await;
        !is_down.into_inner()
    }

    /// Gets the tokens that a call lacks. The mark goes before a second look, since a head that was noted meanwhile may
    /// have found it.
    async fn meet(&self, store: &dyn WriteOnceStore, call_id: CallId) -> Result<(), Missed> {
        self.complete(store, call_id).await?;
        self.pending.remove(store, call_id).await;
        let again = self.complete(store, call_id).await;
        if again.is_err() {
            self.pending.add(store, call_id).await?;
        }
        again
    }

    async fn complete(&self, store: &dyn WriteOnceStore, call_id: CallId) -> Result<(), Missed> {
        for seq in heads::countersigned(store, call_id).await? {
            // Beyond what a name can say there is no timestamp.
            let Some(name) = object_name(call_id, seq) else { continue };
            if store.holds(&name).await? {
                continue;
            }
            let Some(hash) = heads::hash(store, call_id, seq).await? else { continue };
            let token = self.ask(hash).await.map_err(Missed::Authority)?;
            match store_whole(store, name, Bytes::from(token)).await {
                Ok(()) => metrics::timestamped(),
                // Another instance was faster.
                Err(StoreError::Exists) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// A token of this hash.
    async fn ask(&self, sha256: [u8; 32]) -> Result<Vec<u8>, String> {
        let mut nonce = [0; 16];
        getrandom::fill(&mut nonce).map_err(|_| "the system gives no random bytes".to_owned())?;
        let said = |error: callseal::Error| error.detail().to_owned();
        let request = Request::new(sha256, nonce).map_err(said)?;
        let reply = self.send(request.to_der().map_err(said)?).await?;
        let token = token_of_reply(&reply).map_err(said)?;
        let token = token.ok_or_else(|| "the authority gives no timestamp".to_owned())?;
        request.check(&Token::read(&token).map_err(said)?).map_err(said)?;
        Ok(token)
    }

    async fn send(&self, request: Vec<u8>) -> Result<Vec<u8>, String> {
        // The library's message repeats the URL.
        let failed = |error: reqwest::Error| {
            let what = if error.is_timeout() { "no answer in time" } else { "it cannot be reached" };
            what.to_owned()
        };
        let sent = self.client.post(self.url.clone()).header(CONTENT_TYPE, QUERY).body(request).send();
        let mut response = sent.await.map_err(failed)?;
        if response.status() != reqwest::StatusCode::OK {
            return Err(format!("it answers with status {}", response.status().as_u16()));
        }
        let content_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let content_type = content_type.and_then(|value| value.split(';').next()).unwrap_or_default();
        if content_type.trim() != REPLY {
            return Err("its answer is no timestamp reply".to_owned());
        }
        let mut content = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(failed)? {
            if content.len().saturating_add(piece.len()) > MAX_REPLY_BYTES {
                return Err(format!("its answer has more than {MAX_REPLY_BYTES} bytes"));
            }
            content.extend_from_slice(&piece);
        }
        Ok(content)
    }
}

fn object_name(call_id: CallId, seq: u64) -> Option<ObjectName> {
    let entry = u32::try_from(seq).ok().filter(|entry| *entry <= callseal::names::MAX_COUNT)?;
    Some(ObjectName::Timestamp { call_id, entry })
}

fn failed(reason: &str) {
    log::event("timestamp-failed", &[("step", &log::quoted(reason))]);
}
