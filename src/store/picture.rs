//! What host and panel are shown of what waits for the stores.
//!
//! Owns the picture, not the decision. Must never hold a token, an address or an object's content.

use serde::Serialize;

use crate::store::space::Place;
use crate::store::trouble::Trouble;

/// A trouble, for people and programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs)] // the fields are documented once, in pkg/protocol.mjs
pub struct TroublePicture {
    pub code: &'static str,
    pub message: &'static str,
}

impl From<Trouble> for TroublePicture {
    fn from(trouble: Trouble) -> Self {
        Self { code: trouble.code(), message: trouble.words() }
    }
}

/// How a store does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StoreState {
    /// It works, as far as is known.
    Working,
    /// The last attempt failed.
    Failing,
    /// It accepts who asks no more; nothing is sent until that is renewed.
    AccessDenied,
    /// It is this browser.
    Local,
}

/// One store. See `StoragePicture` in `pkg/protocol.mjs`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct StorePicture {
    pub name: String,
    pub kind: &'static str,
    pub state: StoreState,
    pub waiting: usize,
    pub error: Option<TroublePicture>,
}

/// An object that a store refused for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct DeadPicture {
    pub object: String,
    pub store: String,
    pub code: &'static str,
    pub message: &'static str,
}

/// One recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct RecordingPicture {
    pub call_id: String,
    pub running: bool,
    pub kept: bool,
    pub objects: usize,
    pub stored: usize,
    pub waiting: usize,
    pub dead: usize,
    pub waiting_bytes: u64,
    pub oldest_unsent_ms: Option<u64>,
    pub error: Option<TroublePicture>,
    pub dead_letters: Vec<DeadPicture>,
}

/// The spool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct SpoolPicture {
    pub place: Place,
    pub used_bytes: u64,
    pub limit_bytes: Option<u64>,
    pub full: bool,
}

/// Everything that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct StoragePicture {
    pub stores: Vec<StorePicture>,
    pub recordings: Vec<RecordingPicture>,
    pub waiting: usize,
    pub dead: usize,
    pub waiting_bytes: u64,
    pub oldest_unsent_ms: Option<u64>,
    pub spool: SpoolPicture,
}

impl StoragePicture {
    /// The same picture without what changes by time alone.
    #[must_use]
    pub fn timeless(mut self) -> Self {
        self.oldest_unsent_ms = None;
        for recording in &mut self.recordings {
            recording.oldest_unsent_ms = None;
        }
        self
    }
}
