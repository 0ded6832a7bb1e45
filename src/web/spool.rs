//! The local spool: sealed objects on disk until the store has them.
//!
//! Owns the order of writes: operations are carried out one after the other, each flushed before the next. Must never
//! see plaintext or a key.

use std::cell::RefCell;
use std::collections::BTreeMap;

use web_sys::{Blob, FileSystemDirectoryHandle, FileSystemSyncAccessHandle};

use crate::session::report::ReportedObject;
use crate::store::spool::{SpoolOperation, file_name, object_name};
use crate::web::error::from_js;
use crate::web::recovery::pause;
use crate::web::{opfs, upload};
use crate::{Error, ErrorKind, Result};

/// File whose exclusive handle says that an engine works on the call.
pub const LOCK_FILE: &str = "lock";

/// Tries to get the lock of a new call, and the pause between them, milliseconds: a scan lets go within a few.
const LOCK_ATTEMPTS: u32 = 10;
const LOCK_PAUSE_MS: i32 = 50;

/// File of the first ledger chunk (`store::spool::file_name` of `<call-id>/ledger/000000.jsonl`).
const FIRST_CHUNK_FILE: &str = "ledger~000000.jsonl";

struct OpenFile {
    handle: FileSystemSyncAccessHandle,
    length: u64,
}

struct CallFolder {
    folder: FileSystemDirectoryHandle,
    lock: FileSystemSyncAccessHandle,
    open: BTreeMap<String, OpenFile>,
}

/// The spool of one engine.
pub struct Spool {
    /// Folder of all calls; without one everything is in memory.
    root: Option<FileSystemDirectoryHandle>,
    calls: RefCell<BTreeMap<String, CallFolder>>,
    /// What is in memory, by call and file.
    memory: RefCell<BTreeMap<String, BTreeMap<String, Vec<u8>>>>,
}

impl Spool {
    /// Opens the origin's spool.
    ///
    /// # Errors
    /// [`crate::ErrorKind::SpoolFailed`] where there is none.
    pub async fn open() -> Result<Self> {
        Ok(Self { root: Some(opfs::root().await?), calls: RefCell::default(), memory: RefCell::default() })
    }

    /// A spool in memory, for where there is no disk: it is gone with the page.
    pub fn in_memory() -> Self {
        Self { root: None, calls: RefCell::default(), memory: RefCell::default() }
    }

    /// Folder of all calls, if they are on a disk.
    pub const fn root(&self) -> Option<&FileSystemDirectoryHandle> {
        self.root.as_ref()
    }

    /// Whether this engine works on the call.
    pub fn has(&self, call_id: &str) -> bool {
        self.calls.borrow().contains_key(call_id)
    }

    /// Stops working on a call: its open files are closed, folder and lock are the caller's.
    pub fn release(&self, call_id: &str) -> Option<(FileSystemDirectoryHandle, FileSystemSyncAccessHandle)> {
        let call = self.calls.borrow_mut().remove(call_id)?;
        call.open.values().for_each(|file| file.handle.close());
        Some((call.folder, call.lock))
    }

    /// Takes over a call that was locked during recovery.
    pub fn adopt(&self, call_id: &str, folder: FileSystemDirectoryHandle, lock: FileSystemSyncAccessHandle) {
        let call = CallFolder { folder, lock, open: BTreeMap::new() };
        self.calls.borrow_mut().insert(call_id.to_owned(), call);
    }

    /// Carries out one operation; returns the object if it is now complete.
    ///
    /// # Errors
    /// [`crate::ErrorKind::SpoolFailed`] if it is not durable.
    pub async fn carry_out(
        &self,
        call_id: &str,
        operation: SpoolOperation,
    ) -> Result<Option<ReportedObject>> {
        let Some(root) = &self.root else { return Ok(self.keep(call_id, operation)) };
        let folder = self.folder(root, call_id).await?;
        match operation {
            SpoolOperation::Whole { object, bytes } => {
                let handle = opfs::open(&folder, &file_name(&object.name), true).await?;
                let written = opfs::write_at(&handle, 0, &bytes);
                handle.close();
                written.map(|()| Some(object))
            }
            SpoolOperation::Append { name, bytes } => {
                let known =
                    self.calls.borrow().get(call_id).is_some_and(|call| call.open.contains_key(&name));
                if !known {
                    let handle = opfs::open(&folder, &file_name(&name), true).await?;
                    if let Some(call) = self.calls.borrow_mut().get_mut(call_id) {
                        call.open.insert(name.clone(), OpenFile { handle, length: 0 });
                    }
                }
                let mut calls = self.calls.borrow_mut();
                if let Some(file) = calls.get_mut(call_id).and_then(|call| call.open.get_mut(&name)) {
                    opfs::write_at(&file.handle, file.length, &bytes)?;
                    file.length = file.length.saturating_add(bytes.len() as u64);
                }
                Ok(None)
            }
            SpoolOperation::Complete(object) => {
                if let Some(call) = self.calls.borrow_mut().get_mut(call_id)
                    && let Some(file) = call.open.remove(&object.name)
                {
                    file.handle.close();
                }
                Ok(Some(object))
            }
        }
    }

    /// The same, in memory.
    fn keep(&self, call_id: &str, operation: SpoolOperation) -> Option<ReportedObject> {
        let mut memory = self.memory.borrow_mut();
        let files = memory.entry(call_id.to_owned()).or_default();
        match operation {
            SpoolOperation::Whole { object, bytes } => {
                files.insert(file_name(&object.name), bytes);
                Some(object)
            }
            SpoolOperation::Append { name, bytes } => {
                files.entry(file_name(&name)).or_default().extend(bytes);
                None
            }
            SpoolOperation::Complete(object) => Some(object),
        }
    }

    /// A complete object as the body of a request.
    ///
    /// # Errors
    /// [`crate::ErrorKind::SpoolFailed`] if it is not there.
    pub async fn content(&self, call_id: &str, object_name: &str) -> Result<Blob> {
        self.file(call_id, &file_name(object_name)).await
    }

    /// Every file of a call, with the name of its object.
    ///
    /// # Errors
    /// [`crate::ErrorKind::SpoolFailed`] if there is none.
    pub async fn files(&self, call_id: &str) -> Result<Vec<(String, Blob)>> {
        let names = match &self.root {
            Some(root) => opfs::names(&opfs::folder(root, call_id, false).await?).await?,
            None => {
                self.memory.borrow().get(call_id).map(|files| files.keys().cloned().collect()).ok_or_else(
                    || Error::new(ErrorKind::SpoolFailed, "The spool has nothing of this call."),
                )?
            }
        };
        let mut files = Vec::new();
        for name in names.into_iter().filter(|name| name != LOCK_FILE) {
            let content = self.file(call_id, &name).await?;
            files.push((object_name(call_id, &name), content));
        }
        Ok(files)
    }

    async fn file(&self, call_id: &str, name: &str) -> Result<Blob> {
        let Some(root) = &self.root else {
            let memory = self.memory.borrow();
            let bytes = memory.get(call_id).and_then(|files| files.get(name));
            let missing = || Error::new(ErrorKind::SpoolFailed, "The spool has no such object.");
            let blob = upload::blob_of(bytes.ok_or_else(missing)?);
            return blob.map_err(|thrown| from_js(ErrorKind::SpoolFailed, "Reading the spool", &thrown));
        };
        // Reading needs no lock, and must not take one: it could be a recovery's turn.
        let known = self.calls.borrow().get(call_id).map(|call| call.folder.clone());
        let folder = match known {
            Some(folder) => folder,
            None => opfs::folder(root, call_id, false).await?,
        };
        Ok(opfs::as_file(&folder, name).await?.into())
    }

    /// Lets go of objects the store has.
    pub async fn forget(&self, call_id: &str, object_names: &[String]) {
        if let Some(files) = self.memory.borrow_mut().get_mut(call_id) {
            object_names.iter().for_each(|name| {
                files.remove(&file_name(name));
            });
        }
        let known = self.calls.borrow().get(call_id).map(|call| call.folder.clone());
        let Some(folder) = known else { return };
        for name in object_names {
            opfs::remove(&folder, &file_name(name)).await;
        }
    }

    /// Lets go of a whole call.
    pub async fn forget_call(&self, call_id: &str) {
        self.memory.borrow_mut().remove(call_id);
        if let Some((_, lock)) = self.release(call_id) {
            lock.close();
        }
        let Some(root) = &self.root else { return };
        // Without its first chunk what a crash leaves of the folder is discarded; with it, it would be closed anew under
        // names the store has already.
        if let Ok(folder) = opfs::folder(root, call_id, false).await {
            opfs::remove(&folder, FIRST_CHUNK_FILE).await;
        }
        opfs::remove(root, call_id).await;
    }

    /// Removes a call's folder, which holds nothing that was recorded.
    pub async fn discard(&self, call_id: &str) {
        if let Some(root) = &self.root {
            opfs::remove(root, call_id).await;
        }
    }

    async fn folder(
        &self,
        root: &FileSystemDirectoryHandle,
        call_id: &str,
    ) -> Result<FileSystemDirectoryHandle> {
        if let Some(call) = self.calls.borrow().get(call_id) {
            return Ok(call.folder.clone());
        }
        let mut attempt = 1;
        loop {
            let locked = match opfs::folder(root, call_id, true).await {
                Ok(folder) => opfs::open(&folder, LOCK_FILE, true).await.map(|lock| (folder, lock)),
                Err(error) => Err(error),
            };
            match locked {
                Ok((folder, lock)) => {
                    self.adopt(call_id, folder.clone(), lock);
                    return Ok(folder);
                }
                // Another engine's scan may be looking at the folder that was made just now.
                Err(error) if attempt == LOCK_ATTEMPTS => return Err(error),
                Err(_) => attempt = attempt.saturating_add(1),
            }
            pause(LOCK_PAUSE_MS).await;
        }
    }
}
