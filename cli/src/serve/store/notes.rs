//! The server's own notes beside the objects: small texts that are written once, and that every instance reads.
//!
//! Owns how they are kept in a folder and in a service with a conditional write. A note is never changed; whoever comes
//! second learns what the first one wrote. It must never hold audio, keys, tokens or a person's name.

use super::StoreError;
use bytes::Bytes;
use opendal::{ErrorKind, Operator};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

/// Folder of all that the server keeps for itself below the store's root. No object name starts with a dot.
pub const OWN: &str = ".callseal";

/// Keeps `content` as the note `name` of the store at `root`, if there is none, and gives what is kept. `incoming` is a
/// folder of the same file system for bytes on their way.
///
/// # Errors
/// `Unavailable` with the step.
pub fn remember_in_folder(
    root: &Path,
    incoming: &Path,
    name: &str,
    content: &[u8],
) -> Result<Bytes, StoreError> {
    let failed = |step: &'static str| move |error: io::Error| StoreError::io(step, &error);
    let target = root.join(OWN).join(name);
    if let Some(kept) = read(&target).map_err(failed("read a note"))? {
        return Ok(kept);
    }
    let folder = target.parent().unwrap_or(root);
    fs::create_dir_all(folder).map_err(failed("make folder"))?;
    let mut temporary = tempfile::Builder::new()
        .prefix("upload-")
        .suffix(".part")
        .tempfile_in(incoming)
        .map_err(failed("keep a note"))?;
    temporary.write_all(content).map_err(failed("keep a note"))?;
    temporary.as_file().sync_all().map_err(failed("sync"))?;
    match temporary.persist_noclobber(&target) {
        Ok(_) => {}
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
            // Another instance was first, and may not have synced it yet.
            sync(folder).map_err(failed("sync"))?;
            return read(&target).map_err(failed("read a note"))?.ok_or_else(super::vanished);
        }
        Err(error) => return Err(StoreError::io("keep a note", &error.error)),
    }
    for folder in target.ancestors().skip(1).take_while(|folder| folder.starts_with(root)) {
        sync(folder).map_err(failed("sync"))?;
    }
    Ok(Bytes::copy_from_slice(content))
}

/// The names of the notes in `folder` of the store at `root`, relative to it, in any order.
///
/// # Errors
/// `Unavailable` with the step.
pub fn remembered_in_folder(root: &Path, folder: &str) -> Result<Vec<String>, StoreError> {
    let entries = match fs::read_dir(root.join(OWN).join(folder)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(StoreError::io("list notes", &error)),
    };
    let names = entries.map(|entry| entry.map(|entry| entry.file_name().into_string().ok()));
    let names: io::Result<Vec<_>> = names.collect();
    Ok(names.map_err(|error| StoreError::io("list notes", &error))?.into_iter().flatten().collect())
}

/// The names of the notes in `folder` of a service, relative to it, in any order.
///
/// # Errors
/// `Unavailable` with the step.
pub async fn remembered_in_service(operator: &Operator, folder: &str) -> Result<Vec<String>, StoreError> {
    let prefix = format!("{OWN}/{folder}/");
    match operator.list(&prefix).await {
        Ok(entries) => {
            let names = entries.iter().filter_map(|entry| entry.path().strip_prefix(&prefix));
            Ok(names.filter(|name| !name.is_empty()).map(str::to_owned).collect())
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(StoreError::service("list notes", &error)),
    }
}

/// The note in the file `path`, if there is one.
///
/// # Errors
/// That of the file system.
pub fn read(path: &Path) -> io::Result<Option<Bytes>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(Bytes::from(bytes))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(unix)]
fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Windows cannot open a folder for syncing; NTFS journals its entries.
#[cfg(not(unix))]
fn sync(_folder: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::serve::store::{WriteOnceStore, open};
    use bytes::Bytes;

    async fn keeps_the_first(store: &dyn WriteOnceStore) {
        let first = store.remember("heads/a/7", Bytes::from_static(b"one")).await.unwrap();
        let second = store.remember("heads/a/7", Bytes::from_static(b"two")).await.unwrap();
        assert_eq!((&*first, &*second), (&b"one"[..], &b"one"[..]));
        store.remember("heads/a/8", Bytes::from_static(b"two")).await.unwrap();
        store.remember("heads/b/9", Bytes::from_static(b"two")).await.unwrap();
        let mut names = store.remembered("heads/a").await.unwrap();
        names.sort();
        assert_eq!(names, ["7", "8"]);
        assert!(store.remembered("absent").await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_note_is_written_once_and_the_second_writer_learns_what_it_says() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("fs://{}", folder.path().join("store").display());
        keeps_the_first(&*open(&url).unwrap()).await;
        assert_eq!(std::fs::read_dir(folder.path().join("store/.incoming")).unwrap().count(), 0);
        keeps_the_first(&*open("memory://").unwrap()).await;
    }
}
