//! Which calls wait for something to be destroyed or put aside, over restarts too.
//!
//! Owns one empty file per such call beside the store's objects. It holds no more than the call's id.

use crate::serve::store::StoreError;
use callseal::names::CallId;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Folder of all marks below the store's root; no object name starts with a dot.
const FOLDER: &str = ".callseal";

/// The calls that wait.
#[derive(Debug)]
pub struct Pending {
    /// Where the marks are; a store that is no folder has none, and ends with the process.
    folder: Option<PathBuf>,
    calls: Mutex<BTreeSet<CallId>>,
}

impl Pending {
    /// Those that an earlier process left in the store at `root`, waiting for `what`.
    ///
    /// # Errors
    /// That of the file system.
    pub fn open(root: Option<&Path>, what: &str) -> io::Result<Self> {
        let folder = root.map(|root| root.join(FOLDER).join(what));
        let mut calls = BTreeSet::new();
        if let Some(folder) = &folder {
            fs::create_dir_all(folder)?;
            for entry in fs::read_dir(folder)? {
                let name = entry?.file_name();
                calls.extend(name.to_str().and_then(|name| CallId::parse(name).ok()));
            }
        }
        Ok(Self { folder, calls: Mutex::new(calls) })
    }

    /// Whether the call waits.
    pub fn has(&self, call_id: &CallId) -> bool {
        self.calls().contains(call_id)
    }

    /// All that wait.
    pub fn all(&self) -> Vec<CallId> {
        self.calls().iter().copied().collect()
    }

    /// Marks a call, durably.
    ///
    /// # Errors
    /// `Unavailable` if the mark cannot be written: nobody may be told then that the demand was taken.
    pub fn add(&self, call_id: CallId) -> Result<(), StoreError> {
        if let Some(folder) = &self.folder {
            let mark = || -> io::Result<()> {
                fs::File::create(folder.join(call_id.to_string()))?.sync_all()?;
                fs::File::open(folder)?.sync_all()
            };
            mark().map_err(|error| StoreError::io("mark a call", &error))?;
        }
        self.calls().insert(call_id);
        Ok(())
    }

    /// Takes the mark away. If that fails, the call is looked at once more after the next start.
    pub fn remove(&self, call_id: &CallId) {
        self.calls().remove(call_id);
        if let Some(folder) = &self.folder {
            let _ = fs::remove_file(folder.join(call_id.to_string()));
        }
    }

    fn calls(&self) -> std::sync::MutexGuard<'_, BTreeSet<CallId>> {
        // A poisoned lock holds whole entries all the same.
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::Pending;
    use callseal::names::CallId;

    #[test]
    fn a_call_waits_over_a_restart_until_its_mark_is_taken_away() {
        let root = tempfile::tempdir().unwrap();
        let call_id = CallId::parse("0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa").unwrap();
        Pending::open(Some(root.path()), "shred").unwrap().add(call_id).unwrap();
        let again = Pending::open(Some(root.path()), "shred").unwrap();
        assert!(Pending::open(Some(root.path()), "exposure").unwrap().all().is_empty());
        assert_eq!(again.all(), [call_id]);
        again.remove(&call_id);
        assert!(!again.has(&call_id) && Pending::open(Some(root.path()), "shred").unwrap().all().is_empty());
    }
}
