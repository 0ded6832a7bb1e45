//! Operations on the local spool, in the order in which they must become durable.

use crate::seal::sha256_hex;
use crate::session::report::ReportedObject;

/// One step. The executor carries steps out one after the other and flushes each before the next.
#[derive(Clone, PartialEq, Eq)]
pub enum SpoolOperation {
    /// A complete object, written at once.
    Whole {
        /// Name, size and hash.
        object: ReportedObject,
        /// Content.
        bytes: Vec<u8>,
    },
    /// The next bytes of an object that grows; the first append creates it.
    Append {
        /// Name of the object.
        name: String,
        /// Sealed bytes.
        bytes: Vec<u8>,
    },
    /// A grown object is complete.
    Complete(ReportedObject),
}

impl SpoolOperation {
    /// A complete object of this name and content.
    #[must_use]
    pub fn whole(name: String, bytes: Vec<u8>) -> Self {
        let object = ReportedObject { name, size_bytes: bytes.len() as u64, sha256: sha256_hex(&bytes) };
        Self::Whole { object, bytes }
    }

    /// Bytes it brings to the spool.
    #[must_use]
    pub const fn size_bytes(&self) -> u64 {
        match self {
            Self::Whole { bytes, .. } | Self::Append { bytes, .. } => bytes.len() as u64,
            Self::Complete(_) => 0,
        }
    }
}

impl core::fmt::Debug for SpoolOperation {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Whole { object, .. } => write!(formatter, "Whole({})", object.name),
            Self::Append { name, bytes } => write!(formatter, "Append({name}, {} bytes)", bytes.len()),
            Self::Complete(object) => write!(formatter, "Complete({})", object.name),
        }
    }
}

/// File name of an object within its call's folder of the spool. Object names have no `~`.
#[must_use]
pub fn file_name(object_name: &str) -> String {
    object_name.split_once('/').map_or(object_name, |(_, rest)| rest).replace('/', "~")
}

/// The object's name behind a file name of the spool.
#[must_use]
pub fn object_name(call_id: &str, file_name: &str) -> String {
    format!("{call_id}/{}", file_name.replace('~', "/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_and_object_names_are_each_others_inverse() {
        for name in ["c/0/000000.ogg.tink", "c/0/000000.v1.jwe.json", "c/ledger/000003.jsonl"] {
            assert_eq!(object_name("c", &file_name(name)), name);
        }
    }
}
