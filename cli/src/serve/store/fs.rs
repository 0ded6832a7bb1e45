//! Objects as files below one folder.
//!
//! Owns the publish step. OpenDAL's own conditional write on `fs` is not safe write-once (two writers can both succeed,
//! a cut write can leave a stub), so the bytes go into `<root>/.incoming/` first and are published by a hard link, which
//! the kernel makes atomically and refuses if the name exists. It must never write to a visible name in any other way.

use super::notes::{self, OWN};
use super::{Incoming, StoreError, Stored, WITHHELD, WriteOnceStore};
use crate::failure::Failure;
use crate::serve::grant::Claim;
use crate::serve::log;
use bytes::Bytes;
use callseal::names::{CallId, ObjectName};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use opendal::Operator;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use tempfile::{NamedTempFile, TempPath};
use tokio::io::AsyncWriteExt as _;

/// Folder below the root for bytes not yet published. No object name starts with a dot.
const INCOMING: &str = ".incoming";
const PREFIX: &str = "upload-";
const SUFFIX: &str = ".part";

/// A folder as a write-once store.
#[derive(Debug)]
pub struct FsStore {
    root: PathBuf,
    reader: Operator,
}

impl FsStore {
    /// Opens (and makes, if need be) the store in `folder`, removes what earlier processes left unpublished, and tries
    /// out the publish step.
    ///
    /// # Errors
    /// A [`Failure`] if the folder cannot be made or written, or its file system has no hard links.
    pub fn open(folder: &Path) -> Result<Self, Failure> {
        let unusable = |error: io::Error| {
            Failure::bad_input(format!("the store's folder {} cannot be used: {error}", folder.display()))
        };
        fs::create_dir_all(folder).map_err(unusable)?;
        let root = folder.canonicalize().map_err(unusable)?;
        let incoming = root.join(INCOMING);
        fs::create_dir_all(&incoming).map_err(unusable)?;
        let swept = sweep(&incoming).map_err(unusable)?;
        log::event("swept", &[("orphans", &swept)]);
        try_hard_link(&incoming).map_err(|error| {
            Failure::missing_prerequisite(format!(
                "the file system of {} cannot publish objects write-once: a hard link fails ({error}); \
                 choose a folder on a file system with hard links",
                folder.display()
            ))
        })?;
        let builder = opendal::services::Fs::default().root(&root.to_string_lossy());
        let reader = Operator::new(builder).map_err(|error| {
            Failure::bad_input(format!("the store's folder cannot be read: {}", error.kind()))
        })?;
        Ok(Self { root, reader })
    }
}

impl WriteOnceStore for FsStore {
    fn folder(&self) -> Option<&Path> {
        Some(&self.root)
    }

    fn holds<'a>(&'a self, name: &'a ObjectName) -> BoxFuture<'a, Result<bool, StoreError>> {
        super::holds(&self.reader, name).boxed()
    }

    fn describe<'a>(&'a self, name: &'a ObjectName) -> BoxFuture<'a, Result<Option<Stored>, StoreError>> {
        async move {
            let Some(stored) = super::describe(&self.reader, name).await? else { return Ok(None) };
            // Another request may have made the link a moment ago and not yet synced it.
            let (root, name) = (self.root.clone(), *name);
            blocking(move || sync_folders(&root, &name).map_err(|error| StoreError::io("sync", &error)))
                .await?;
            Ok(Some(stored))
        }
        .boxed()
    }

    fn read<'a>(&'a self, name: &'a ObjectName) -> BoxFuture<'a, Result<Option<Bytes>, StoreError>> {
        super::read(&self.reader, name).boxed()
    }

    fn list(&self, call_id: CallId) -> BoxFuture<'_, Result<Vec<ObjectName>, StoreError>> {
        super::list(&self.reader, call_id).boxed()
    }

    fn calls(&self, after: Option<CallId>, limit: usize) -> BoxFuture<'_, Result<Vec<CallId>, StoreError>> {
        super::calls(&self.reader, after, limit).boxed()
    }

    fn sizes(&self, call_id: CallId) -> BoxFuture<'_, Result<Vec<(ObjectName, u64)>, StoreError>> {
        super::sizes(&self.reader, call_id).boxed()
    }

    fn destroy<'a>(&'a self, name: &'a ObjectName) -> BoxFuture<'a, Result<(), StoreError>> {
        let (root, name) = (self.root.clone(), *name);
        blocking(move || destroy(&root, &name).map_err(|error| StoreError::io("destroy", &error))).boxed()
    }

    fn withhold<'a>(&'a self, name: &'a ObjectName) -> BoxFuture<'a, Result<(), StoreError>> {
        let (root, name) = (self.root.clone(), *name);
        blocking(move || withhold(&root, &name).map_err(|error| StoreError::io("withhold", &error))).boxed()
    }

    fn remember<'a>(&'a self, name: &'a str, content: Bytes) -> BoxFuture<'a, Result<Bytes, StoreError>> {
        let (root, name) = (self.root.clone(), name.to_owned());
        blocking(move || notes::remember_in_folder(&root, &root.join(INCOMING), &name, &content)).boxed()
    }

    fn recall<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Bytes>, StoreError>> {
        let note = self.root.join(OWN).join(name);
        blocking(move || notes::read(&note).map_err(|error| StoreError::io("read a note", &error))).boxed()
    }

    fn remembered<'a>(&'a self, folder: &'a str) -> BoxFuture<'a, Result<Vec<String>, StoreError>> {
        let (root, folder) = (self.root.clone(), folder.to_owned());
        blocking(move || notes::remembered_in_folder(&root, &folder)).boxed()
    }

    fn forget<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(), StoreError>> {
        let note = self.root.join(OWN).join(name);
        let gone = move || match fs::remove_file(&note) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(StoreError::io("take a note away", &error))
            }
            _ => Ok(()),
        };
        blocking(gone).boxed()
    }

    fn begin<'a>(&'a self, claim: &'a Claim) -> BoxFuture<'a, Result<Box<dyn Incoming>, StoreError>> {
        async move {
            let incoming = self.root.join(INCOMING);
            let temporary =
                blocking(move || temporary(&incoming).map_err(|error| StoreError::io("receive", &error)))
                    .await?;
            let (file, path) = temporary.into_parts();
            let (root, name) = (self.root.clone(), claim.name);
            let file = tokio::fs::File::from_std(file);
            Ok(Box::new(FsIncoming { root, name, file, path }) as Box<dyn Incoming>)
        }
        .boxed()
    }
}

/// Bytes in a temporary file; dropping it unlinks the file.
struct FsIncoming {
    root: PathBuf,
    name: ObjectName,
    file: tokio::fs::File,
    path: TempPath,
}

impl Incoming for FsIncoming {
    fn append(&mut self, bytes: Bytes) -> BoxFuture<'_, Result<(), StoreError>> {
        async move { self.file.write_all(&bytes).await.map_err(|error| StoreError::io("receive", &error)) }
            .boxed()
    }

    fn publish(self: Box<Self>) -> BoxFuture<'static, Result<(), StoreError>> {
        async move {
            let Self { root, name, mut file, path } = *self;
            file.flush().await.map_err(|error| StoreError::io("receive", &error))?;
            let file = file.into_std().await;
            // Runs to its end even if the client has gone: the object is then there, and a retry learns so.
            blocking(move || publish(&root, &name, &file, path)).await
        }
        .boxed()
    }
}

/// Syncs the file, links it to its name, syncs the folders, and unlinks the temporary name.
fn publish(root: &Path, name: &ObjectName, file: &File, temporary: TempPath) -> Result<(), StoreError> {
    let failed = |step: &'static str| move |error: io::Error| StoreError::io(step, &error);
    file.sync_all().map_err(failed("sync"))?;
    let target = root.join(name.to_string());
    if let Some(folder) = target.parent() {
        fs::create_dir_all(folder).map_err(failed("make folder"))?;
    }
    match fs::hard_link(&temporary, &target) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(StoreError::Exists),
        Err(error) => return Err(StoreError::io("publish", &error)),
    }
    sync_folders(root, name).map_err(failed("sync"))?;
    // A second name of a published object does no harm; the next start sweeps it.
    let _ = temporary.close();
    Ok(())
}

/// Unlinks an object and makes that durable.
fn destroy(root: &Path, name: &ObjectName) -> io::Result<()> {
    let target = root.join(name.to_string());
    match fs::remove_file(&target) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    }
    target.parent().map_or(Ok(()), sync_folder)
}

/// Moves an object to the folder of those that were put aside, and makes that durable.
fn withhold(root: &Path, name: &ObjectName) -> io::Result<()> {
    let (from, aside) = (root.join(name.to_string()), root.join(WITHHELD));
    let to = aside.join(name.to_string());
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    // The first one stays: what comes later under the name may be anything.
    match fs::hard_link(&from, &to) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    }
    fs::remove_file(&from)?;
    sync_folders(&aside, name)?;
    from.parent().map_or(Ok(()), sync_folder)
}

/// Makes the entry of `name`, and of every folder on the way to it, durable.
fn sync_folders(root: &Path, name: &ObjectName) -> io::Result<()> {
    let target = root.join(name.to_string());
    let below_root = target.ancestors().skip(1).take_while(|folder| *folder != root);
    below_root.chain(std::iter::once(root)).try_for_each(sync_folder)
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Windows cannot open a folder for syncing; NTFS journals its entries.
#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

/// A new temporary file, locked so that the sweep of another process leaves it alone. Readable by its owner only.
fn temporary(incoming: &Path) -> io::Result<NamedTempFile> {
    let temporary = tempfile::Builder::new().prefix(PREFIX).suffix(SUFFIX).tempfile_in(incoming)?;
    match temporary.as_file().try_lock() {
        // Without locks on this file system no sweep can lock the file either, and so none removes it.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(temporary),
        Err(TryLockError::WouldBlock) => Err(io::Error::from(io::ErrorKind::WouldBlock)),
    }
}

/// Removes temporary files that no living process holds, and says how many.
fn sweep(incoming: &Path) -> io::Result<usize> {
    let mut swept: usize = 0;
    for entry in fs::read_dir(incoming)? {
        let entry = entry?;
        let name = entry.file_name();
        let ours = name.to_str().is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX));
        if !ours || !entry.file_type()?.is_file() {
            continue;
        }
        let file = match File::open(entry.path()) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue, // finished meanwhile
            Err(error) => return Err(error),
        };
        if file.try_lock().is_ok() {
            match fs::remove_file(entry.path()) {
                Ok(()) => swept = swept.saturating_add(1),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(swept)
}

/// Tries the publish step once: an error here is better than one on the first recording.
fn try_hard_link(incoming: &Path) -> io::Result<()> {
    let file = temporary(incoming)?;
    let second = temporary(incoming)?;
    if fs::hard_link(file.path(), second.path()).is_ok() {
        return Err(io::Error::other("a hard link replaced an existing file"));
    }
    let free = second.into_temp_path();
    let target = free.to_path_buf();
    free.close()?;
    fs::hard_link(file.path(), &target)?;
    fs::remove_file(&target)
}

/// Runs `work` where it may wait for the disk.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|_| Err(StoreError::Unavailable("the disk task was cancelled".to_owned())))
}

#[cfg(test)]
mod tests {
    use super::{FsStore, INCOMING, sweep, temporary};
    use crate::serve::digest::Digest;
    use crate::serve::grant::Claim;
    use crate::serve::store::{StoreError, WriteOnceStore as _};
    use bytes::Bytes;
    use callseal::names::ObjectName;
    use std::fs;

    fn name() -> ObjectName {
        ObjectName::parse("0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa/0/000000.ogg.tink").unwrap()
    }

    fn claim() -> Claim {
        Claim { name: name(), size_bytes: 3, sha256: Digest::of(b"one") }
    }

    #[tokio::test]
    async fn second_of_two_complete_uploads_is_refused_and_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let store = FsStore::open(folder.path()).unwrap();
        let mut first = store.begin(&claim()).await.unwrap();
        let mut second = store.begin(&claim()).await.unwrap();
        first.append(Bytes::from_static(b"one")).await.unwrap();
        second.append(Bytes::from_static(b"two")).await.unwrap();
        assert!(!store.holds(&name()).await.unwrap());
        assert_eq!(first.publish().await, Ok(()));
        assert_eq!(second.publish().await, Err(StoreError::Exists));
        let stored = store.describe(&name()).await.unwrap().unwrap();
        assert_eq!((stored.size_bytes, stored.sha256), (3, Digest::of(b"one")));
        assert_eq!(fs::read_dir(folder.path().join(INCOMING)).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn abandoned_upload_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let store = FsStore::open(folder.path()).unwrap();
        let mut upload = store.begin(&claim()).await.unwrap();
        upload.append(Bytes::from_static(b"on")).await.unwrap();
        drop(upload);
        assert_eq!(store.describe(&name()).await, Ok(None));
        assert_eq!(fs::read_dir(folder.path().join(INCOMING)).unwrap().count(), 0);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn sweep_removes_orphans_and_spares_living_uploads_and_strangers() {
        let folder = tempfile::tempdir().unwrap();
        let living = temporary(folder.path()).unwrap();
        let orphan = folder.path().join("upload-orphan.part");
        let stranger = folder.path().join("notes.txt");
        fs::write(&orphan, b"cut").unwrap();
        fs::write(&stranger, b"mine").unwrap();
        assert_eq!(sweep(folder.path()).unwrap(), 1);
        assert!(!orphan.exists());
        assert!(stranger.exists() && living.path().exists());
    }

    #[tokio::test]
    async fn what_is_put_aside_is_out_of_reach_and_not_lost() {
        let folder = tempfile::tempdir().unwrap();
        let store = FsStore::open(folder.path()).unwrap();
        let mut upload = store.begin(&claim()).await.unwrap();
        upload.append(Bytes::from_static(b"one")).await.unwrap();
        upload.publish().await.unwrap();
        store.withhold(&name()).await.unwrap();
        store.withhold(&name()).await.unwrap();
        assert!(!store.holds(&name()).await.unwrap());
        assert!(store.list(name().call_id()).await.unwrap().is_empty());
        let aside = folder.path().join(crate::serve::store::WITHHELD).join(name().to_string());
        assert_eq!(fs::read(&aside).unwrap(), b"one");
        // Nobody can put another one in its place.
        let mut second = store.begin(&claim()).await.unwrap();
        second.append(Bytes::from_static(b"two")).await.unwrap();
        second.publish().await.unwrap();
        store.withhold(&name()).await.unwrap();
        assert!(!store.holds(&name()).await.unwrap());
        assert_eq!(fs::read(&aside).unwrap(), b"one");
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn stored_object_is_readable_by_its_owner_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let store = FsStore::open(folder.path()).unwrap();
        let upload = store.begin(&claim()).await.unwrap();
        upload.publish().await.unwrap();
        let mode = fs::metadata(folder.path().join(name().to_string())).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
