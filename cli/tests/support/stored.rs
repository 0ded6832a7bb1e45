//! A call of `tests/support/call.rs` as a folder with its key, and the command that reads it.

#![allow(dead_code, reason = "every test uses a part of it")]
#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    missing_debug_implementations,
    reason = "test code"
)]

use crate::call::Call;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// A call on disk with its key.
pub struct Stored {
    /// The folder of everything.
    pub folder: TempDir,
    /// What was stored.
    pub call: Call,
}

impl Stored {
    /// Stores the call; the recipient's key is `key.jwk`.
    pub fn new(call: Call) -> Self {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("key.jwk"), call.owner.to_jwk().as_bytes()).unwrap();
        for (name, content) in call.source.iter() {
            let path = folder.path().join(name.to_string());
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        Self { folder, call }
    }

    /// A file beside the call.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The folder of the call.
    pub fn call_folder(&self) -> PathBuf {
        self.path(&self.call.id.to_string())
    }

    /// An object of the call.
    pub fn object(&self, name: &str) -> PathBuf {
        self.call_folder().join(name)
    }

    /// Runs a command on the call.
    pub fn run(&self, command: &str, more: &[&str]) -> Output {
        run_in(self.folder.path(), &[&[command, self.call_folder().to_str().unwrap()], more].concat())
    }
}

/// Runs a command.
pub fn run_in(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_callseal")).current_dir(folder).args(arguments).output().unwrap()
}
