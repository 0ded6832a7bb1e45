//! The origin private file system, as far as the spool needs it.
//!
//! Owns opening, writing and reading through synchronous access handles: the only writes that survive a crash of the
//! browser. A handle is exclusive, so it is also the lock that keeps two engines from one call.

use js_sys::{AsyncIterator, Function, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    File, FileSystemDirectoryHandle, FileSystemFileHandle, FileSystemGetDirectoryOptions,
    FileSystemGetFileOptions, FileSystemReadWriteOptions, FileSystemRemoveOptions,
    FileSystemSyncAccessHandle, WorkerGlobalScope,
};

use crate::web::error::from_js;
use crate::{Error, ErrorKind, Result};

/// Folder of the spool in the origin's file system.
const SPOOL_FOLDER: &str = "callseal";

fn failed(doing: &'static str) -> impl Fn(JsValue) -> Error {
    move |thrown| from_js(ErrorKind::SpoolFailed, doing, &thrown)
}

async fn get<T: JsCast>(promise: Promise, doing: &'static str) -> Result<T> {
    let value = JsFuture::from(promise).await.map_err(failed(doing))?;
    value.dyn_into().map_err(failed(doing))
}

/// The folder of all calls.
///
/// # Errors
/// [`ErrorKind::SpoolFailed`] where there is no persistent storage, as in many third-party frames.
pub async fn root() -> Result<FileSystemDirectoryHandle> {
    let scope: WorkerGlobalScope = js_sys::global()
        .dyn_into()
        .map_err(|_| Error::new(ErrorKind::SpoolFailed, "The engine must run in a dedicated Worker."))?;
    let storage = scope.navigator().storage();
    let root: FileSystemDirectoryHandle = get(storage.get_directory(), "Opening the local spool").await?;
    folder(&root, SPOOL_FOLDER, true).await
}

/// A folder in a folder.
///
/// # Errors
/// [`ErrorKind::SpoolFailed`].
pub async fn folder(
    parent: &FileSystemDirectoryHandle,
    name: &str,
    create: bool,
) -> Result<FileSystemDirectoryHandle> {
    let options = FileSystemGetDirectoryOptions::new();
    options.set_create(create);
    get(parent.get_directory_handle_with_options(name, &options), "Opening a folder of the spool").await
}

/// A file, opened for this engine alone.
///
/// # Errors
/// [`ErrorKind::SpoolFailed`], also when another engine has it open.
pub async fn open(
    parent: &FileSystemDirectoryHandle,
    name: &str,
    create: bool,
) -> Result<FileSystemSyncAccessHandle> {
    let file = file_handle(parent, name, create).await?;
    get(file.create_sync_access_handle(), "Opening a file of the spool").await
}

async fn file_handle(
    parent: &FileSystemDirectoryHandle,
    name: &str,
    create: bool,
) -> Result<FileSystemFileHandle> {
    let options = FileSystemGetFileOptions::new();
    options.set_create(create);
    get(parent.get_file_handle_with_options(name, &options), "Finding a file of the spool").await
}

/// A closed file as the body of a request; its content is not read into memory here.
///
/// # Errors
/// [`ErrorKind::SpoolFailed`].
pub async fn as_file(parent: &FileSystemDirectoryHandle, name: &str) -> Result<File> {
    let handle = file_handle(parent, name, false).await?;
    get(handle.get_file(), "Reading a file of the spool").await
}

/// Writes at an offset and flushes to the disk.
///
/// # Errors
/// [`ErrorKind::SpoolFailed`] if not everything could be written.
pub fn write_at(handle: &FileSystemSyncAccessHandle, offset: u64, bytes: &[u8]) -> Result<()> {
    let options = FileSystemReadWriteOptions::new();
    options.set_at(offset as f64);
    let written =
        handle.write_with_u8_array_and_options(bytes, &options).map_err(failed("Writing to the spool"))?;
    if written as usize != bytes.len() {
        return Err(Error::new(ErrorKind::SpoolFailed, "The disk is full: the spool could not take more."));
    }
    handle.flush().map_err(failed("Flushing the spool"))
}

/// The whole content of an open file.
///
/// # Errors
/// [`ErrorKind::SpoolFailed`].
pub fn read(handle: &FileSystemSyncAccessHandle) -> Result<Vec<u8>> {
    let size = handle.get_size().map_err(failed("Reading the spool"))?;
    let mut bytes = vec![0_u8; size as usize];
    let options = FileSystemReadWriteOptions::new();
    options.set_at(0.0);
    handle.read_with_u8_array_and_options(&mut bytes, &options).map_err(failed("Reading the spool"))?;
    Ok(bytes)
}

/// Cuts an open file to a length.
///
/// # Errors
/// [`ErrorKind::SpoolFailed`].
pub fn truncate(handle: &FileSystemSyncAccessHandle, bytes: u64) -> Result<()> {
    handle.truncate_with_f64(bytes as f64).map_err(failed("Cutting a file of the spool"))?;
    handle.flush().map_err(failed("Flushing the spool"))
}

/// Removes a file or a folder with all it holds; one that is gone already is no error.
pub async fn remove(parent: &FileSystemDirectoryHandle, name: &str) {
    let options = FileSystemRemoveOptions::new();
    options.set_recursive(true);
    // What cannot be removed now is found again at the next start.
    let _ = JsFuture::from(parent.remove_entry_with_options(name, &options)).await;
}

/// Names of a folder's entries.
///
/// # Errors
/// [`ErrorKind::SpoolFailed`].
pub async fn names(parent: &FileSystemDirectoryHandle) -> Result<Vec<String>> {
    let doing = "Listing the spool";
    let keys: Function =
        Reflect::get(parent, &"keys".into()).map_err(failed(doing))?.dyn_into().map_err(failed(doing))?;
    let iterator: AsyncIterator = keys.call0(parent).map_err(failed(doing))?.unchecked_into();
    let mut names = Vec::new();
    loop {
        let next = JsFuture::from(iterator.next().map_err(failed(doing))?).await.map_err(failed(doing))?;
        if Reflect::get(&next, &"done".into()).is_ok_and(|done| done.is_truthy()) {
            return Ok(names);
        }
        if let Ok(value) = Reflect::get(&next, &"value".into())
            && let Some(name) = value.as_string()
        {
            names.push(name);
        }
    }
}
