//! One thing found wrong with a stored call, and who may tolerate it.

use crate::names::ObjectName;
use crate::{Error, ErrorKind};

/// What a reader has to be told explicitly before it passes over a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tolerance {
    /// Nothing helps: the fault is damage.
    Never,
    /// An end that a crash cut, or that has not come yet.
    Unterminated,
    /// An object that is not there: lost or shredded.
    Missing,
}

/// One fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The kind of damage.
    pub kind: ErrorKind,
    /// Where: an object of the call.
    pub object: ObjectName,
    /// One sentence, without secrets.
    pub message: String,
    /// What passes over it.
    pub tolerance: Tolerance,
}

impl Fault {
    /// Damage that nothing passes over.
    pub(super) fn new(kind: ErrorKind, object: ObjectName, message: impl Into<String>) -> Self {
        Self { kind, object, message: message.into(), tolerance: Tolerance::Never }
    }

    pub(super) fn tolerated_by(mut self, tolerance: Tolerance) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// An error of a lower layer, at an object.
    pub(super) fn at(object: ObjectName, error: &Error) -> Self {
        Self::new(error.kind(), object, error.detail())
    }

    /// The fault as an error that names its object.
    #[must_use]
    pub fn to_error(&self) -> Error {
        Error::new(self.kind, format!("{}: {}", self.object, self.message))
    }
}
