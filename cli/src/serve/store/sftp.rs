//! Objects on an SFTP server.
//!
//! Owns the publish step. The bytes go to a name of their own first and are synced; then the file gets its name by a hard link
//! (`hardlink@openssh.com`), which refuses a name that is taken, or where there are none by a plain rename, which must refuse
//! it too (draft-ietf-secsh-filexfer-02 §6.5); then it is read back. It must never write to a visible name, and never rename
//! by `posix-rename@openssh.com`, which overwrites.

mod known_hosts;
pub mod opening;
mod refusal;
mod session;

use super::buffered::Buffered;
use super::examination::{Check, Duty, OTHER_BYTES, PROBE_BYTES, probe_path};
use super::notes::OWN;
use super::{Incoming, StoreError, Stored, WITHHELD, WriteOnceStore, link};
use crate::serve::digest::Digest;
use crate::serve::grant::Claim;
use crate::serve::log;
use base64ct::{Base64UrlUnpadded, Encoding as _};
use bytes::Bytes;
use callseal::names::{CallId, ObjectName};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use refusal::Refusal;
use session::{Fault, Host, Session};
use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::{Mutex, Semaphore};
use tokio::time::Instant;

/// Folder below `.callseal/` for bytes not yet published.
const INCOMING: &str = "incoming";
/// Operations under way at once. OpenSSH's server numbers handles from 0, and those from 128 on are no UTF-8, which the
/// client's library wants; it also bounds how many files are open.
const OPERATIONS_AT_ONCE: usize = 32;
/// How long after a connection has failed the same answer is given without trying: requests that wait must not add up.
const PAUSE: Duration = Duration::from_secs(1);

/// A folder of an SFTP server as a store.
#[derive(Debug)]
pub struct SftpStore {
    server: Arc<SftpServer>,
}

#[derive(Debug)]
struct SftpServer {
    host: Host,
    /// The store's folder, without a slash at its end; what does not begin with one is relative to the user's own.
    root: String,
    line: Mutex<Line>,
    operations: Semaphore,
    /// How files get their names here, once one has: what was tried out at the start is never changed for the other.
    means: OnceLock<Means>,
}

/// The connection, one for all requests.
#[derive(Debug, Default)]
struct Line {
    session: Option<Arc<Session>>,
    failed: Option<(Instant, Refusal)>,
}

/// How a file got its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Means {
    HardLink,
    Rename,
}

impl SftpServer {
    /// The session, a new one if there is none that can be used.
    async fn session(&self) -> Result<Arc<Session>, Refusal> {
        let mut line = self.line.lock().await;
        if let Some(session) = line.session.as_ref().filter(|session| session.is_open()) {
            return Ok(Arc::clone(session));
        }
        line.session = None;
        if let Some((at, refusal)) = line.failed
            && at.elapsed() < PAUSE
        {
            return Err(refusal);
        }
        match self.host.connect().await {
            Ok(session) => {
                let session = Arc::new(session);
                *line = Line { session: Some(Arc::clone(&session)), failed: None };
                Ok(session)
            }
            Err(refusal) => {
                line.failed = Some((Instant::now(), refusal));
                Err(refusal)
            }
        }
    }

    /// The server's path of what is at `path` in the store.
    fn full(&self, path: &str) -> String {
        format!("{}/{path}", self.root)
    }

    /// Makes `bytes` visible at `path`, if it is free.
    async fn publish(&self, path: &str, bytes: &Bytes) -> Result<Means, StoreError> {
        let session = self.session().await?;
        let target = self.full(path);
        if session.look(&target).await.map_err(|fault| fault.at("stat"))?.is_some() {
            return Err(StoreError::Exists);
        }
        let temporary = self.full(&temporary_path()?);
        let outcome = match write_new(&session, &temporary, bytes).await {
            Ok(()) => place(&session, self.means.get().copied(), [&temporary, &target], bytes).await,
            Err(error) => Err(error),
        };
        if let Ok(means) = outcome {
            let _ = self.means.set(means);
        }
        // After a rename there is nothing left to remove.
        let _ = session.remove(&temporary).await;
        outcome
    }

    async fn read(&self, path: &str) -> Result<Option<Bytes>, StoreError> {
        let session = self.session().await?;
        session.read(&self.full(path)).await.map_err(|fault| fault.at("read"))
    }

    async fn remove(&self, path: &str) -> Result<(), StoreError> {
        let session = self.session().await?;
        session.remove(&self.full(path)).await.map_err(|fault| match fault {
            Fault::Denied => StoreError::Retained,
            fault => fault.at("delete"),
        })
    }

    /// A call's objects with their sizes.
    async fn sizes(&self, call_id: CallId) -> Result<Vec<(ObjectName, u64)>, StoreError> {
        let session = self.session().await?;
        let mut sizes = Vec::new();
        // The parts and the ledger have folders of their own (docs/format.md §2).
        let mut folders = vec![call_id.to_string()];
        while let Some(folder) = folders.pop() {
            let entries = session.entries(&self.full(&folder)).await.map_err(|fault| fault.at("list"))?;
            for entry in entries {
                let path = format!("{folder}/{}", entry.name);
                if entry.is_folder {
                    folders.push(path);
                } else if let Ok(name) = ObjectName::parse(&path) {
                    sizes.push((name, entry.size_bytes));
                }
            }
        }
        Ok(sizes)
    }

    async fn calls(&self, after: Option<CallId>, limit: usize) -> Result<Vec<CallId>, StoreError> {
        let session = self.session().await?;
        let entries = session.entries(&self.root).await.map_err(|fault| fault.at("list"))?;
        let calls = entries.iter().filter_map(|entry| CallId::parse(&entry.name).ok());
        let calls: BTreeSet<_> = calls.filter(|call_id| after.is_none_or(|after| *call_id > after)).collect();
        Ok(calls.into_iter().take(limit).collect())
    }

    async fn notes(&self, folder: &str) -> Result<Vec<String>, StoreError> {
        let session = self.session().await?;
        let entries = session.entries(&self.full(&format!("{OWN}/{folder}"))).await;
        let entries = entries.map_err(|fault| fault.at("list notes"))?;
        Ok(entries.into_iter().map(|entry| entry.name).collect())
    }

    async fn examine(&self, duty: &Duty) -> Result<Vec<Check>, StoreError> {
        let session = self.session().await?;
        let mut checks = Vec::new();
        if duty.is_thorough {
            checks.push(Check::ok("tls", "encrypted by SSH, with the host that known_hosts vouches for"));
        }
        let path = probe_path()?;
        let means = self.publish(&path, &Bytes::from_static(PROBE_BYTES)).await?;
        let probe = self.full(&path);
        let by = match means {
            Means::HardLink => "hard link",
            Means::Rename => "rename: it is as atomic as the server's",
        };
        let synced =
            if session.can_sync() { "and synced" } else { "and not synced, which this server cannot" };
        checks.push(Check::ok("write", format!("a new object was published by {by}, read back {synced}")));
        if duty.is_thorough {
            let looked = session.look(&probe).await.map_err(|fault| fault.at("stat"))?;
            let written_s = looked.and_then(|attributes| attributes.mtime).map(i64::from);
            checks.extend(written_s.map(|written_s| link::skew(written_s, log::now_ms())));
            checks.push(match session.read_part(&probe, 9, 5).await {
                Ok(part) if part == b"probe" => Check::ok("ranges", "a part of an object can be read"),
                _ => Check::problem("ranges", "a part of an object cannot be read", "use another server"),
            });
        }
        // Straight to the server's answer: the look before it would hide what the server does.
        let temporary = self.full(&temporary_path()?);
        write_new(&session, &temporary, &Bytes::from_static(OTHER_BYTES)).await?;
        let again = match means {
            Means::HardLink => session.link(&temporary, &probe).await,
            Means::Rename => session.rename(&temporary, &probe).await,
        };
        let _ = session.remove(&temporary).await;
        let is_unchanged = self.read(&path).await?.as_deref() == Some(PROBE_BYTES);
        checks.push(if again.is_err() && is_unchanged {
            Check::ok("write-once", "a second object of the same name was refused")
        } else {
            Check::problem(
                "write-once",
                "a second object of the same name was taken",
                "this server overwrites what it must not (draft-ietf-secsh-filexfer-02 section 6.5) and cannot be used",
            )
        });
        let removed = self.remove(&path).await;
        let is_gone = session.look(&probe).await.map_err(|fault| fault.at("stat"))?.is_none();
        checks.push(if removed.is_ok() && is_gone {
            Check::ok("delete", "a deleted object is gone")
        } else {
            Check::problem(
                "delete",
                "an object cannot be deleted",
                "let the user remove files: shredding a call needs it",
            )
        });
        Ok(checks)
    }
}

/// Writes a new file, in a folder that is made if it is not there.
async fn write_new(session: &Session, path: &str, bytes: &Bytes) -> Result<(), StoreError> {
    let written = match session.write_new(path, bytes).await {
        Err(Fault::Missing) => {
            make_folder_of(session, path).await?;
            session.write_new(path, bytes).await
        }
        written => written,
    };
    written.map_err(|fault| fault.at("receive"))
}

async fn make_folder_of(session: &Session, path: &str) -> Result<(), StoreError> {
    let Some((folder, _)) = path.rsplit_once('/') else { return Ok(()) };
    session.make_folders(folder).await.map_err(|fault| fault.at("make folder"))
}

/// Gives the file at the first path the name of the second and reads it back.
async fn place(
    session: &Session,
    means: Option<Means>,
    [temporary, target]: [&str; 2],
    bytes: &Bytes,
) -> Result<Means, StoreError> {
    let named = match name(session, means, temporary, target).await {
        Err(Fault::Missing) => {
            make_folder_of(session, target).await?;
            name(session, means, temporary, target).await
        }
        named => named,
    };
    let means = match named {
        Ok(means) => means,
        Err(Fault::Broken) => return Err(Fault::Broken.at("publish")),
        // The protocol has no code for a name that is taken.
        Err(fault) => {
            return Err(match session.look(target).await {
                Ok(Some(_)) => StoreError::Exists,
                _ => fault.at("publish"),
            });
        }
    };
    match session.read(target).await.map_err(|fault| fault.at("read back"))? {
        Some(stored) if stored == *bytes => Ok(means),
        // Another instance was at the same name, on a server that renames over it.
        Some(_) => Err(StoreError::Exists),
        None => Err(StoreError::Unavailable("publish: the object is not there".to_owned())),
    }
}

/// Gives a file its name, if that is free: by `means`, or by the best that the server turns out to have.
async fn name(session: &Session, means: Option<Means>, from: &str, to: &str) -> Result<Means, Fault> {
    if means != Some(Means::Rename) && session.can_link() {
        match session.link(from, to).await {
            Ok(()) => return Ok(Means::HardLink),
            Err(fault @ (Fault::Missing | Fault::Broken)) => return Err(fault),
            Err(fault) if means.is_some() => return Err(fault),
            // Taken; or a file system without hard links, which has no code either.
            Err(fault) if session.look(to).await?.is_some() => return Err(fault),
            Err(_) => {}
        }
    }
    if means == Some(Means::HardLink) {
        return Err(Fault::Unsupported);
    }
    session.rename(from, to).await.map(|()| Means::Rename)
}

fn temporary_path() -> Result<String, StoreError> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|_| StoreError::Unavailable("no random bytes".to_owned()))?;
    Ok(format!("{OWN}/{INCOMING}/{}", Base64UrlUnpadded::encode_string(&random)))
}

impl SftpStore {
    /// Runs `work` to its end even if the client has gone: otherwise handles would stay open at the server.
    fn run<'a, T, F, W>(&'a self, work: W) -> BoxFuture<'a, Result<T, StoreError>>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, StoreError>> + Send + 'static,
        W: FnOnce(Arc<SftpServer>) -> F + Send + 'a,
    {
        run(Arc::clone(&self.server), work)
    }
}

fn run<'a, T, F, W>(server: Arc<SftpServer>, work: W) -> BoxFuture<'a, Result<T, StoreError>>
where
    T: Send + 'static,
    F: Future<Output = Result<T, StoreError>> + Send + 'static,
    W: FnOnce(Arc<SftpServer>) -> F + Send + 'a,
{
    let work = work(Arc::clone(&server));
    async move {
        let finished = tokio::spawn(async move {
            // Never closed.
            let _turn = server.operations.acquire().await;
            work.await
        });
        finished
            .await
            .unwrap_or_else(|_| Err(StoreError::Unavailable("the operation was stopped".to_owned())))
    }
    .boxed()
}

impl WriteOnceStore for SftpStore {
    fn folder(&self) -> Option<&std::path::Path> {
        None
    }

    fn holds<'a>(&'a self, name: &'a ObjectName) -> BoxFuture<'a, Result<bool, StoreError>> {
        let path = name.to_string();
        self.run(|server| async move {
            let looked = server.session().await?.look(&server.full(&path)).await;
            looked.map(|attributes| attributes.is_some()).map_err(|fault| fault.at("stat"))
        })
    }

    fn describe<'a>(&'a self, name: &'a ObjectName) -> BoxFuture<'a, Result<Option<Stored>, StoreError>> {
        async move {
            let Some(bytes) = self.read(name).await? else { return Ok(None) };
            let size_bytes = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            Ok(Some(Stored { size_bytes, sha256: Digest::of(&bytes) }))
        }
        .boxed()
    }

    fn read<'a>(&'a self, name: &'a ObjectName) -> BoxFuture<'a, Result<Option<Bytes>, StoreError>> {
        let path = name.to_string();
        self.run(|server| async move { server.read(&path).await })
    }

    fn list(&self, call_id: CallId) -> BoxFuture<'_, Result<Vec<ObjectName>, StoreError>> {
        async move { Ok(self.sizes(call_id).await?.into_iter().map(|(name, _)| name).collect()) }.boxed()
    }

    fn calls(&self, after: Option<CallId>, limit: usize) -> BoxFuture<'_, Result<Vec<CallId>, StoreError>> {
        self.run(move |server| async move { server.calls(after, limit).await })
    }

    fn sizes(&self, call_id: CallId) -> BoxFuture<'_, Result<Vec<(ObjectName, u64)>, StoreError>> {
        self.run(move |server| async move { server.sizes(call_id).await })
    }

    fn destroy<'a>(&'a self, name: &'a ObjectName) -> BoxFuture<'a, Result<(), StoreError>> {
        let path = name.to_string();
        self.run(|server| async move { server.remove(&path).await })
    }

    fn withhold<'a>(&'a self, name: &'a ObjectName) -> BoxFuture<'a, Result<(), StoreError>> {
        let path = name.to_string();
        self.run(|server| async move {
            let Some(bytes) = server.read(&path).await? else { return Ok(()) };
            match server.publish(&format!("{WITHHELD}/{path}"), &bytes).await {
                // The first one stays: what comes later under the name may be anything.
                Ok(_) | Err(StoreError::Exists) => server.remove(&path).await,
                Err(error) => Err(error),
            }
        })
    }

    fn begin<'a>(&'a self, claim: &'a Claim) -> BoxFuture<'a, Result<Box<dyn Incoming>, StoreError>> {
        let (server, path) = (Arc::clone(&self.server), claim.name.to_string());
        let publish =
            |bytes| run(server, |server| async move { server.publish(&path, &bytes).await.map(drop) });
        async move { Ok(Buffered::boxed(publish)) }.boxed()
    }

    fn examine<'a>(&'a self, duty: &'a Duty) -> BoxFuture<'a, Vec<Check>> {
        async move {
            if let Err(refusal) = self.server.session().await {
                return vec![Check::problem("answer", refusal.what(), refusal.remedy())];
            }
            self.server.examine(duty).await.unwrap_or_else(|error| {
                let remedy =
                    "check that the user may make folders, and make, link, read and remove files there";
                vec![Check::problem("answer", error.to_string(), remedy)]
            })
        }
        .boxed()
    }

    fn remember<'a>(&'a self, name: &'a str, content: Bytes) -> BoxFuture<'a, Result<Bytes, StoreError>> {
        let path = format!("{OWN}/{name}");
        self.run(|server| async move {
            match server.publish(&path, &content).await {
                Ok(_) => Ok(content),
                Err(StoreError::Exists) => server.read(&path).await?.ok_or_else(super::vanished),
                Err(error) => Err(error),
            }
        })
    }

    fn recall<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Bytes>, StoreError>> {
        let path = format!("{OWN}/{name}");
        self.run(|server| async move { server.read(&path).await })
    }

    fn remembered<'a>(&'a self, folder: &'a str) -> BoxFuture<'a, Result<Vec<String>, StoreError>> {
        let folder = folder.to_owned();
        self.run(|server| async move { server.notes(&folder).await })
    }

    fn forget<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(), StoreError>> {
        let path = format!("{OWN}/{name}");
        self.run(|server| async move { server.remove(&path).await })
    }
}
