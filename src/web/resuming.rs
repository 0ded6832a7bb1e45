//! Takes over the call of an engine that has died: its folder in the spool, under its lock.
//!
//! Owns the steps: lock, read, plan, cut, go on. Where the call cannot go on, it is closed and uploaded like any that a
//! crash has left, and the page is told. Must never let the scan have the folder in between.

use std::rc::Rc;

use web_sys::{FileSystemDirectoryHandle, FileSystemSyncAccessHandle};

use crate::engine::resuming::{Resumed, TakeOverMessage};
use crate::message::EngineMessage;
use crate::names::CallId;
use crate::session::consenting::SOFTWARE;
use crate::store::resuming::{ResumePlan, plan};
use crate::web::edge::Edge;
use crate::web::spool::LOCK_FILE;
use crate::web::{opfs, recovery};
use crate::{Error, ErrorKind, Result};

/// Tries to get the lock, and the pause between them, milliseconds: the browser frees what a Worker held when it has ended
/// it, which takes it a moment.
const LOCK_ATTEMPTS: u32 = 60;
const LOCK_PAUSE_MS: i32 = 50;

/// What was found.
enum Found {
    /// The dead engine has left nothing.
    Nothing,
    /// Its folder, locked.
    Folder(FileSystemDirectoryHandle, FileSystemSyncAccessHandle),
}

/// Goes on with a call, or tells why not.
pub async fn take_over(edge: Rc<Edge>, message: TakeOverMessage) {
    let call_id = message.call_id.clone();
    if let Err(error) = attempt(&edge, &message).await {
        edge.problem(Some(call_id.clone()), &error, false);
        edge.post(&EngineMessage::CallResumed { call_id: call_id.clone(), outcome: Resumed::Refused });
    }
    edge.let_scan(&call_id);
}

/// Begins anew, unless something was recorded: names that were given out once must not be given out again, and of what was
/// decided nothing is known any more.
fn begin_late(edge: &Rc<Edge>, message: &TakeOverMessage) -> Result<()> {
    if message.had_objects {
        let sentence =
            "What was recorded of the call is not on this computer any more: its data were cleared.";
        return Err(Error::new(ErrorKind::SpoolFailed, sentence));
    }
    edge.begin_late(message)
}

async fn attempt(edge: &Rc<Edge>, message: &TakeOverMessage) -> Result<()> {
    let name = message.call_id.as_str();
    let (folder, lock) = match find(edge, name).await? {
        Found::Nothing => return begin_late(edge, message),
        Found::Folder(folder, lock) => (folder, lock),
    };
    let ResumePlan { files, resumption } = match planned(edge, name, &folder).await {
        Ok(planned) => planned,
        Err(error) => {
            // Nothing more of it is recorded. What is there is closed now, not at the next scan.
            if let Err(failed) = recovery::recover(edge, name, folder, lock).await {
                edge.problem(Some(name.to_owned()), &failed, false);
            }
            return Err(error);
        }
    };
    let Some(resumption) = resumption else {
        lock.close();
        if !message.had_objects {
            edge.spool().discard(name).await;
        }
        return begin_late(edge, message);
    };
    if let Err(error) = recovery::cut(&folder, &files.truncate).await {
        lock.close();
        return Err(error);
    }
    for file in &files.remove {
        opfs::remove(&folder, file).await;
    }
    edge.spool().adopt(name, folder, lock);
    edge.go_on(message, files, resumption)
}

async fn find(edge: &Rc<Edge>, name: &str) -> Result<Found> {
    let memory = || Error::new(ErrorKind::SpoolFailed, "What the engine held in memory died with it.");
    let root = edge.spool().root().ok_or_else(memory)?;
    if !opfs::names(root).await?.iter().any(|present| present == name) {
        return Ok(Found::Nothing);
    }
    let folder = opfs::folder(root, name, false).await?;
    let mut attempt = 1;
    loop {
        match opfs::open(&folder, LOCK_FILE, true).await {
            Ok(lock) => return Ok(Found::Folder(folder, lock)),
            Err(error) if attempt == LOCK_ATTEMPTS => return Err(error),
            Err(_) => attempt = attempt.saturating_add(1),
        }
        recovery::pause(LOCK_PAUSE_MS).await;
    }
}

async fn planned(edge: &Rc<Edge>, name: &str, folder: &FileSystemDirectoryHandle) -> Result<ResumePlan> {
    let files = recovery::files_of(folder).await?;
    let (signer, policy) = (edge.signer(name).await?, edge.policy_sha256());
    plan(CallId::parse(name)?, &files, signer, &policy, SOFTWARE, edge.now().unix_ms)
}
