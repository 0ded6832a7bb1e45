//! A stored call as a folder: `<store>/<call-id>` or a copy of it under any name.

use crate::failure::Failure;
use crate::output::{self, Kind};
use callseal::archive::ObjectSource;
use callseal::names::{CallId, ObjectName};
use callseal::{Error, ErrorKind};
use std::io::ErrorKind as IoErrorKind;
use std::path::{Path, PathBuf};

/// The folder of one call.
#[derive(Debug)]
pub struct CallFolder {
    path: PathBuf,
    call_id: CallId,
}

impl CallFolder {
    /// Opens the folder. Its name is the call's id; a copy under another name is known by its ledger.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let shown = path.display();
        let path = path
            .canonicalize()
            .map_err(|error| Failure::bad_input(format!("the call {shown} cannot be read: {error}")))?;
        if !path.is_dir() {
            return Err(Failure::bad_input(format!("{shown} is not a folder")));
        }
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let call_id = CallId::parse(name)
            .ok()
            .or_else(|| call_of_ledger(&path))
            .ok_or_else(|| Failure::bad_input(format!("{shown} is not the folder of a call")))?;
        Ok(Self { path, call_id })
    }

    /// Adds an object; one that is there is never replaced.
    pub fn put(&self, name: &ObjectName, content: &[u8]) -> Result<(), Failure> {
        output::write(&self.path_of(name), content, Kind::Object)
    }

    /// Destroys an object, durably; one that is not there is no fault.
    pub fn destroy(&self, name: &ObjectName) -> Result<(), Failure> {
        let path = self.path_of(name);
        let failed = |error: &std::io::Error| {
            Failure::bad_input(format!("{} cannot be destroyed: {error}", path.display()))
        };
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != IoErrorKind::NotFound => return Err(failed(&error)),
            _ => {}
        }
        // Else a crash could bring the name back.
        let folder = path.parent().unwrap_or(&self.path);
        std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| failed(&error))
    }

    /// The path of an object: its name without the call's id.
    fn path_of(&self, name: &ObjectName) -> PathBuf {
        let name = name.to_string();
        let relative = name.split_once('/').map_or(name.as_str(), |(_, relative)| relative);
        self.path.join(relative)
    }

    /// The names of the files in a folder of the call; `prefix` is the part of the name so far.
    fn list_folder(&self, folder: &Path, prefix: &str, names: &mut Vec<ObjectName>) -> std::io::Result<()> {
        for entry in folder.read_dir()? {
            let entry = entry?;
            let Some(name) = entry.file_name().to_str().map(|name| format!("{prefix}/{name}")) else {
                continue;
            };
            if let Ok(object) = ObjectName::parse(&name) {
                names.push(object);
            } else if entry.path().is_dir() && prefix == self.call_id.to_string() {
                self.list_folder(&entry.path(), &name, names)?;
            }
        }
        Ok(())
    }
}

impl ObjectSource for CallFolder {
    fn call_id(&self) -> CallId {
        self.call_id
    }

    fn list(&self) -> callseal::Result<Vec<ObjectName>> {
        let mut names = Vec::new();
        self.list_folder(&self.path, &self.call_id.to_string(), &mut names)
            .map_err(|error| unreadable(&self.path, &error))?;
        names.sort_unstable();
        Ok(names)
    }

    fn get(&self, name: &ObjectName) -> callseal::Result<Option<Vec<u8>>> {
        let path = self.path_of(name);
        match std::fs::read(&path) {
            Ok(content) => Ok(Some(content)),
            Err(error) if error.kind() == IoErrorKind::NotFound => Ok(None),
            Err(error) => Err(unreadable(&path, &error)),
        }
    }
}

/// The call that the first entry of the first chunk names.
fn call_of_ledger(folder: &Path) -> Option<CallId> {
    let chunk = std::fs::read(folder.join("ledger/000000.jsonl")).ok()?;
    let line = chunk.split(|byte| *byte == b'\n').next()?;
    let entry: serde_json::Value = serde_json::from_slice(line).ok()?;
    CallId::parse(entry.get("body")?.get("call_id")?.as_str()?).ok()
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error::new(ErrorKind::StoreUnavailable, format!("{} cannot be read: {error}", path.display()))
}
