//! Looks through the spool for calls that a crash left behind, closes them and hands them to the queue.
//!
//! Owns the scan. A call whose lock another engine holds is left alone; so are calls of this engine. The scan is
//! repeated, because a reloaded page may still hold its locks when the next one starts.

use std::collections::BTreeMap;
use std::rc::Rc;

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{FileSystemDirectoryHandle, FileSystemSyncAccessHandle, WorkerGlobalScope};

use crate::Result;
use crate::names::CallId;
use crate::store::recovery::{RecoveryPlan, plan};
use crate::store::spool::SpoolOperation;
use crate::web::edge::Edge;
use crate::web::opfs;
use crate::web::spool::LOCK_FILE;

/// Pause between two scans, milliseconds.
const SCAN_EVERY_MS: i32 = 30_000;

/// Scans now and then again and again, for as long as the Worker lives.
pub fn run(edge: &Rc<Edge>) {
    if edge.spool().root().is_none() {
        return; // memory holds nothing of an earlier engine
    }
    let edge = Rc::clone(edge);
    spawn_local(async move {
        loop {
            if let Err(error) = scan(&edge).await {
                edge.problem(None, &error, false);
            }
            if pause(SCAN_EVERY_MS).await.is_none() {
                return;
            }
        }
    });
}

async fn scan(edge: &Rc<Edge>) -> Result<()> {
    let Some(root) = edge.spool().root() else { return Ok(()) };
    for name in opfs::names(root).await? {
        let is_ours = || edge.spool().has(&name) || edge.knows(&name) || edge.takes_over(&name);
        if CallId::parse(&name).is_err() || is_ours() {
            continue;
        }
        // It may be gone since it was listed; others may not.
        let Ok(folder) = opfs::folder(root, &name, false).await else { continue };
        // Another engine's call: its lock cannot be taken.
        let Ok(lock) = opfs::open(&folder, LOCK_FILE, true).await else { continue };
        if is_ours() {
            lock.close();
            continue;
        }
        if let Err(error) = recover(edge, &name, folder, lock).await {
            edge.problem(Some(name), &error, false);
        }
    }
    Ok(())
}

/// Closes one call and hands it to the queue.
///
/// # Errors
/// If it cannot be read or closed now; its lock is free again then.
pub async fn recover(
    edge: &Rc<Edge>,
    name: &str,
    folder: FileSystemDirectoryHandle,
    lock: FileSystemSyncAccessHandle,
) -> Result<()> {
    let planned = match plan_of(edge, name, &folder).await {
        Ok(planned) => planned,
        Err(error) => {
            lock.close();
            return Err(error);
        }
    };
    if planned.discard {
        lock.close();
        edge.spool().discard(name).await;
        return Ok(());
    }
    edge.spool().adopt(name, folder.clone(), lock);
    let closing = planned.write.clone();
    if let Err(error) = close(edge, name, &folder, planned.truncate, planned.write).await {
        if let Some((_, lock)) = edge.spool().release(name) {
            lock.close();
        }
        return Err(error);
    }
    for file in &planned.remove {
        opfs::remove(&folder, file).await;
    }
    let mut objects = planned.objects;
    if let Some(closing) = closing
        && let Some(countersignature) = edge.countersignature(name, &closing).await
        && let Ok(Some(object)) = edge.spool().carry_out(name, countersignature).await
    {
        objects.push(object);
    }
    edge.recovered(name, objects, planned.since_unix_ms);
    Ok(())
}

async fn plan_of(edge: &Rc<Edge>, name: &str, folder: &FileSystemDirectoryHandle) -> Result<RecoveryPlan> {
    let call_id = CallId::parse(name)?;
    let files = files_of(folder).await?;
    plan(call_id, &files, edge.signer(name).await?, edge.now().unix_ms)
}

async fn close(
    edge: &Rc<Edge>,
    name: &str,
    folder: &FileSystemDirectoryHandle,
    truncate: Vec<(String, u64)>,
    write: Option<SpoolOperation>,
) -> Result<()> {
    cut(folder, &truncate).await?;
    if let Some(SpoolOperation::Whole { object, bytes }) = write {
        // A torn chunk of the same name may lie there.
        opfs::remove(folder, &crate::store::spool::file_name(&object.name)).await;
        edge.spool().carry_out(name, SpoolOperation::Whole { object, bytes }).await?;
    }
    Ok(())
}

/// Cuts files to these lengths in bytes.
///
/// # Errors
/// If one cannot be cut now.
pub async fn cut(folder: &FileSystemDirectoryHandle, truncate: &[(String, u64)]) -> Result<()> {
    for (file, length) in truncate {
        let handle = opfs::open(folder, file, false).await?;
        let cut = opfs::truncate(&handle, *length);
        handle.close();
        cut?;
    }
    Ok(())
}

/// Every file of a call's folder but its lock.
///
/// # Errors
/// If one cannot be read.
pub async fn files_of(folder: &FileSystemDirectoryHandle) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    for file in opfs::names(folder).await? {
        if file == LOCK_FILE {
            continue;
        }
        let handle = opfs::open(folder, &file, false).await?;
        let content = opfs::read(&handle);
        handle.close();
        files.insert(file, content?);
    }
    Ok(files)
}

/// Waits; `None` where the Worker cannot.
pub async fn pause(milliseconds: i32) -> Option<()> {
    let scope: WorkerGlobalScope = js_sys::global().dyn_into().ok()?;
    let promise = js_sys::Promise::new(&mut |resolve, _| {
        // A pause that cannot be set never resolves, and so the scan ends: the next start scans again.
        let _ = scope.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds);
    });
    JsFuture::from(promise).await.ok().map(|_| ())
}
