//! Where objects go: the edge between the server and whatever holds the bytes.
//!
//! Owns the promise every store keeps: an object appears whole or not at all, under a name that was free, and is never
//! changed. How it is kept is the business of the service's own module: [`fs`], [`service`] with [`s3`], [`azblob`] and
//! [`gcs`], [`webdav`], [`sftp`].

mod azblob;
mod buffered;
pub mod direct;
pub mod examination;
pub mod fs;
mod gcs;
pub mod http;
pub mod link;
pub mod location;
pub mod notes;
pub mod opening;
pub mod page_access;
mod s3;
pub mod service;
mod sftp;
mod split;
mod webdav;

use super::digest::Digest;
use super::grant::Claim;
use bytes::Bytes;
use callseal::names::{CallId, ObjectName};
use direct::Presigned;
use examination::{Check, Duty};
use futures_util::future::BoxFuture;
use futures_util::{FutureExt as _, TryStreamExt as _};
use notes::OWN;
use opendal::{ErrorKind, Operator};
use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;
use std::time::Duration;
use url::Url;

/// Folder below the store's root for objects that were put aside, under their own names. No object name starts with a dot.
pub const WITHHELD: &str = ".callseal/withheld";

/// An object as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    /// Size in bytes.
    pub size_bytes: u64,
    /// SHA-256 of the stored bytes, read back from the store.
    pub sha256: Digest,
}

/// Why a store did not do it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreError {
    /// The name is taken; what it holds is unchanged.
    Exists,
    /// The store refuses to delete the object, now and until its retention ends.
    Retained,
    /// The store failed. Nothing is visible under the name, or the whole object: which, a later
    /// [`WriteOnceStore::describe`] tells. The text names the step, without secrets.
    Unavailable(String),
}

impl StoreError {
    /// A failure of the file system at `step`.
    pub fn io(step: &str, error: &std::io::Error) -> Self {
        Self::Unavailable(format!("{step}: {}", error.kind()))
    }

    /// A failure of an OpenDAL service at `step`.
    pub fn service(step: &str, error: &opendal::Error) -> Self {
        Self::Unavailable(format!("{step}: {}", error.kind()))
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exists => formatter.write_str("the name is taken"),
            Self::Retained => formatter.write_str("delete: the store refuses it"),
            Self::Unavailable(step) => formatter.write_str(step),
        }
    }
}

/// A store that takes each object once.
pub trait WriteOnceStore: fmt::Debug + Send + Sync {
    /// The canonical path of the folder that holds the objects, if they are files of this machine.
    fn folder(&self) -> Option<&Path>;

    /// The canonical paths of all folders of this machine that hold objects: no page may be served from around them.
    fn folders(&self) -> Vec<&Path> {
        self.folder().into_iter().collect()
    }

    /// Whether anything is visible under `name`.
    fn holds<'a>(&'a self, name: &'a ObjectName) -> BoxFuture<'a, Result<bool, StoreError>>;

    /// The object under `name`, if there is one. What is returned is as durable as an acknowledged object: the answer
    /// lets a client delete its own copy.
    fn describe<'a>(&'a self, name: &'a ObjectName) -> BoxFuture<'a, Result<Option<Stored>, StoreError>>;

    /// The bytes under `name`, if there are any.
    fn read<'a>(&'a self, name: &'a ObjectName) -> BoxFuture<'a, Result<Option<Bytes>, StoreError>>;

    /// The names of a call's objects, in any order.
    fn list(&self, call_id: CallId) -> BoxFuture<'_, Result<Vec<ObjectName>, StoreError>>;

    /// The first `limit` calls, in order of their ids, behind `after`.
    fn calls(&self, after: Option<CallId>, limit: usize) -> BoxFuture<'_, Result<Vec<CallId>, StoreError>>;

    /// A call's objects with their sizes in bytes, in any order.
    fn sizes(&self, call_id: CallId) -> BoxFuture<'_, Result<Vec<(ObjectName, u64)>, StoreError>>;

    /// Destroys an object, durably; one that is not there is no error, one that the store keeps under retention is
    /// [`StoreError::Retained`]. Only shredding may ask for it.
    fn destroy<'a>(&'a self, name: &'a ObjectName) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Puts an object aside, durably, where no request reaches it and the store's keeper finds it ([`WITHHELD`]); one that is
    /// not there is no error.
    fn withhold<'a>(&'a self, name: &'a ObjectName) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Begins to take the claimed object. Nothing is visible before [`Incoming::publish`].
    fn begin<'a>(&'a self, claim: &'a Claim) -> BoxFuture<'a, Result<Box<dyn Incoming>, StoreError>>;

    /// The request with which a page puts the claimed object straight into the service; `None` if this store takes objects
    /// only through the server.
    fn presign<'a>(
        &'a self,
        claim: &'a Claim,
        lifetime: Duration,
    ) -> BoxFuture<'a, Result<Option<Presigned>, StoreError>> {
        let _ = (claim, lifetime);
        async { Ok(None) }.boxed()
    }

    /// The web origins that presigned requests go to.
    fn upload_origins(&self) -> Vec<String> {
        Vec::new()
    }

    /// Finds out whether the store keeps its promises. A store whose opening found it out has nothing to say.
    fn examine<'a>(&'a self, duty: &'a Duty) -> BoxFuture<'a, Vec<Check>> {
        let _ = duty;
        async { Vec::new() }.boxed()
    }

    /// Keeps `content` beside the objects as the server's own note `name` (a relative path), once and durably, and gives
    /// what is kept under the name: this, or what an earlier writer kept. See [`notes`].
    fn remember<'a>(&'a self, name: &'a str, content: Bytes) -> BoxFuture<'a, Result<Bytes, StoreError>>;

    /// The note `name`, if there is one.
    fn recall<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Bytes>, StoreError>>;

    /// The names of the notes in `folder`, relative to it, in any order.
    fn remembered<'a>(&'a self, folder: &'a str) -> BoxFuture<'a, Result<Vec<String>, StoreError>>;

    /// Takes the note `name` away; one that is not there is no error.
    fn forget<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(), StoreError>>;
}

/// An object on its way into the store. Dropping it leaves nothing behind.
pub trait Incoming: Send {
    /// Takes the next bytes.
    fn append(&mut self, bytes: Bytes) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Makes the object visible under its name, durably, or not at all: [`StoreError::Exists`] if the name was taken
    /// meanwhile. Called only when size and hash are right.
    fn publish(self: Box<Self>) -> BoxFuture<'static, Result<(), StoreError>>;
}

/// Opens the store that `url` names, with nothing demanded; for tests.
///
/// # Errors
/// That of [`opening::open`].
#[cfg(test)]
pub fn open(url: &str) -> Result<Box<dyn WriteOnceStore>, crate::failure::Failure> {
    opening::open(&opening::StoreOptions::of(url), &|_| None)
}

/// The web origin of a URL.
fn origin_of(url: &str) -> String {
    Url::parse(url).map(|url| url.origin().ascii_serialization()).unwrap_or_default()
}

/// Whether `operator` has anything under `name`.
async fn holds(operator: &Operator, name: &ObjectName) -> Result<bool, StoreError> {
    operator.exists(&name.to_string()).await.map_err(|error| StoreError::service("stat", &error))
}

/// What `operator` has under `name`.
async fn read(operator: &Operator, name: &ObjectName) -> Result<Option<Bytes>, StoreError> {
    read_path(operator, &name.to_string()).await
}

/// What `operator` has at `path`.
async fn read_path(operator: &Operator, path: &str) -> Result<Option<Bytes>, StoreError> {
    match operator.read(path).await {
        Ok(buffer) => Ok(Some(buffer.to_bytes())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StoreError::service("read", &error)),
    }
}

/// Deletes what `operator` has under `name`.
async fn destroy(operator: &Operator, name: &ObjectName) -> Result<(), StoreError> {
    operator.delete(&name.to_string()).await.map_err(|error| match error.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ConditionNotMatch => StoreError::Retained,
        _ => StoreError::service("delete", &error),
    })
}

/// Takes a note away.
async fn forget(operator: &Operator, name: &str) -> Result<(), StoreError> {
    let deleted = operator.delete(&format!("{OWN}/{name}")).await;
    deleted.map_err(|error| StoreError::service("take a note away", &error))
}

/// A note that was there a moment ago.
fn vanished() -> StoreError {
    StoreError::Unavailable("read a note: it is gone".to_owned())
}

/// What `operator` has of a call.
async fn list(operator: &Operator, call_id: CallId) -> Result<Vec<ObjectName>, StoreError> {
    let entries = match operator.list_with(&format!("{call_id}/")).recursive(true).await {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(StoreError::service("list", &error)),
    };
    Ok(entries.iter().filter_map(|entry| ObjectName::parse(entry.path()).ok()).collect())
}

/// The first `limit` calls behind `after` that `operator` has. A service that can begin a list in the middle has it in
/// order; of others all names are seen, and only as many as are wanted are held.
async fn calls(operator: &Operator, after: Option<CallId>, limit: usize) -> Result<Vec<CallId>, StoreError> {
    let failed = |error: opendal::Error| StoreError::service("list", &error);
    let is_ordered = operator.info().capability().list_with_start_after;
    let lister = match after.filter(|_| is_ordered) {
        Some(after) => operator.lister_with("/").start_after(&format!("{after}/")).await,
        None => operator.lister("/").await,
    };
    let mut lister = lister.map_err(failed)?;
    let mut first = BTreeSet::new();
    while let Some(entry) = lister.try_next().await.map_err(failed)? {
        let Ok(call_id) = CallId::parse(entry.path().trim_end_matches('/')) else { continue };
        if after.is_some_and(|after| call_id <= after) {
            continue;
        }
        first.insert(call_id);
        if first.len() > limit {
            first.pop_last();
        }
        if is_ordered && first.len() == limit {
            break;
        }
    }
    Ok(first.into_iter().collect())
}

/// What `operator` has of a call, with sizes; services that do not list them are asked for each.
async fn sizes(operator: &Operator, call_id: CallId) -> Result<Vec<(ObjectName, u64)>, StoreError> {
    let entries = match operator.list_with(&format!("{call_id}/")).recursive(true).await {
        Ok(entries) => entries,
        Err(error) if error.kind() == opendal::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(StoreError::service("list", &error)),
    };
    let mut sizes = Vec::new();
    for entry in entries {
        let Ok(name) = ObjectName::parse(entry.path()) else { continue };
        // No object is empty.
        let mut size_bytes = entry.metadata().content_length();
        if size_bytes == 0 {
            size_bytes = match operator.stat(entry.path()).await {
                Ok(metadata) => metadata.content_length(),
                // Destroyed meanwhile.
                Err(error) if error.kind() == opendal::ErrorKind::NotFound => continue,
                Err(error) => return Err(StoreError::service("stat", &error)),
            };
        }
        sizes.push((name, size_bytes));
    }
    Ok(sizes)
}

/// Size and hash of what `operator` has under `name`, from the bytes themselves: objects are small, and an index could
/// disagree with them.
async fn describe(operator: &Operator, name: &ObjectName) -> Result<Option<Stored>, StoreError> {
    let Some(bytes) = read(operator, name).await? else { return Ok(None) };
    let size_bytes = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    Ok(Some(Stored { size_bytes, sha256: Digest::of(&bytes) }))
}
