//! Takes the body of one upload: checks size and hash while the bytes stream by, and publishes only when both are right.
//!
//! Owns that order. It must never publish first and check after.

use super::digest::Digest;
use super::grant::Claim;
use super::refusal::Refusal;
use super::store::{StoreError, Stored, WriteOnceStore};
use axum::body::Body;
use axum::http::StatusCode;
use bytes::Bytes;
use futures_util::StreamExt as _;
use http_body_util::BodyExt as _;
use sha2::{Digest as _, Sha256};
use std::time::Duration;

/// Largest object: several times the longest segment (30 s of Opus below 64 kbit/s is 240 KB), small enough for memory.
pub const MAX_OBJECT_BYTES: u64 = 1024 * 1024;
/// Longest time one upload may take: the largest object over a link of 70 kbit/s.
const UPLOAD_DEADLINE: Duration = Duration::from_secs(120);
/// Longest time spent on reading away the body of a refused upload.
const DISCARD_DEADLINE: Duration = Duration::from_secs(5);

/// Size and hash of a body so far, against what was claimed.
struct Check {
    size_bytes: u64,
    left_bytes: u64,
    sha256: Digest,
    hasher: Sha256,
}

impl Check {
    fn new(claim: &Claim) -> Self {
        Self {
            size_bytes: claim.size_bytes,
            left_bytes: claim.size_bytes,
            sha256: claim.sha256,
            hasher: Sha256::new(),
        }
    }

    /// Counts in the next bytes.
    fn take(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.left_bytes = self.left_bytes.checked_sub(length).ok_or_else(too_long)?;
        self.hasher.update(bytes);
        Ok(())
    }

    /// The object, if it is the claimed one.
    fn finish(self) -> Result<Stored, Refusal> {
        if self.left_bytes > 0 {
            return Err(too_short());
        }
        if Digest::finish(self.hasher) != self.sha256 {
            return Err(Refusal::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "store/hash-mismatch",
                "the body's SHA-256 is not the granted one; nothing was stored",
            ));
        }
        Ok(Stored { size_bytes: self.size_bytes, sha256: self.sha256 })
    }
}

/// Refuses by the announced length, before a byte is read.
///
/// # Errors
/// 413 or 400, as for the body itself.
pub fn check_announced(claim: &Claim, content_length: Option<u64>) -> Result<(), Refusal> {
    match content_length {
        Some(length) if length > claim.size_bytes => Err(too_long()),
        Some(length) if length < claim.size_bytes => Err(too_short()),
        _ => Ok(()),
    }
}

/// Receives `body` as the claimed object and publishes it.
///
/// # Errors
/// 400, 413 or 422 when the body is not the claimed one, 408 when it takes too long, 412 when the name is taken, 503
/// when the store fails. Of these, only 503 can leave the object visible, and then the whole of it.
pub async fn receive(store: &dyn WriteOnceStore, claim: &Claim, body: Body) -> Result<Stored, Refusal> {
    let mut incoming = store.begin(claim).await.map_err(of_store)?;
    let mut check = Check::new(claim);
    let mut stream = body.into_data_stream();
    let bytes = async {
        while let Some(piece) = stream.next().await {
            // The client is most likely gone, and the answer with it.
            let piece = piece.map_err(|_| too_short())?;
            check.take(&piece)?;
            incoming.append(piece).await.map_err(of_store)?;
        }
        Ok(())
    };
    match tokio::time::timeout(UPLOAD_DEADLINE, bytes).await {
        Ok(received) => received?,
        Err(_) => {
            return Err(too_slow());
        }
    }
    let stored = check.finish()?;
    incoming.publish().await.map_err(of_store)?;
    Ok(stored)
}

/// Reads the whole body of what must be looked at before it is stored.
///
/// # Errors
/// 400, 413 or 408, as [`receive`].
pub async fn collect(claim: &Claim, body: Body) -> Result<Bytes, Refusal> {
    let limit_bytes = usize::try_from(claim.size_bytes).unwrap_or(usize::MAX);
    let reading = http_body_util::Limited::new(body, limit_bytes).collect();
    match tokio::time::timeout(UPLOAD_DEADLINE, reading).await {
        Ok(Ok(content)) => Ok(content.to_bytes()),
        Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => Err(too_long()),
        Ok(Err(_)) => Err(too_short()),
        Err(_) => Err(too_slow()),
    }
}

/// Reads away what is left of a refused upload, within bounds, so that the client gets to read the answer instead of a
/// reset connection.
pub async fn discard(body: Body) {
    let mut stream = body.into_data_stream();
    let mut left_bytes = MAX_OBJECT_BYTES;
    let reading = async {
        while let Some(Ok(piece)) = stream.next().await {
            let length = u64::try_from(piece.len()).unwrap_or(u64::MAX);
            let Some(rest) = left_bytes.checked_sub(length) else { return };
            left_bytes = rest;
        }
    };
    let _ = tokio::time::timeout(DISCARD_DEADLINE, reading).await;
}

/// How a store's failure is told to the client.
pub fn of_store(error: StoreError) -> Refusal {
    match error {
        StoreError::Exists => Refusal::new(
            StatusCode::PRECONDITION_FAILED,
            "store/exists",
            "an object of this name is stored already; ask for a grant again to learn whether it is the same",
        ),
        failure @ (StoreError::Retained | StoreError::Unavailable(_)) => {
            super::log::event("store-failed", &[("step", &format_args!("\"{failure}\""))]);
            Refusal::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "store/unavailable",
                "the store could not do it now; ask for a grant again later to learn whether the object is stored",
            )
        }
    }
}

fn too_long() -> Refusal {
    Refusal::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "store/size-mismatch",
        "the body is longer than granted; nothing was stored",
    )
}

fn too_slow() -> Refusal {
    Refusal::new(
        StatusCode::REQUEST_TIMEOUT,
        "request/timeout",
        "the upload took longer than two minutes; nothing was stored",
    )
}

fn too_short() -> Refusal {
    Refusal::new(
        StatusCode::BAD_REQUEST,
        "store/size-mismatch",
        "the body is shorter than granted; nothing was stored",
    )
}
