//! Timestamps of a ledger's entries: an authority's word that an entry's hash existed at its time (RFC 3161).
//!
//! Owns where tokens stand and what they are compared with. How a token is read is the reader's program's, which brings a
//! [`TimestampReader`]: the page's module has no need of it. A token that nobody checked must never be told as a time.

use core::fmt;

use serde::Serialize;

use super::evidence::Warning;
use super::fault::Fault;
use super::history::History;
use super::source::ObjectSource;
use crate::names::ObjectName;
use crate::{ErrorKind, Result};

/// How far an authority's time may be from the entry's, milliseconds: as for a countersignature.
const AUTHORITY_TOLERANCE_MS: u64 = 5 * 60_000;

/// Reads timestamp tokens for a reader who trusts certain authorities.
pub trait TimestampReader: fmt::Debug {
    /// The time of `token`, milliseconds since 1970-01-01 UTC, if an authority that the reader trusts gave it for the hash
    /// `sha256` (lower-case hexadecimal).
    ///
    /// # Errors
    /// `Corrupt` when it is no token, `Swapped` when it is of another hash, `Signature` when no trusted authority gave it.
    fn time_ms(&self, token: &[u8], sha256: &str) -> Result<u64>;
}

/// A timestamp of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Timestamp {
    /// The entry's number: it and all before it existed at that time.
    pub entry: u64,
    /// The authority's time, milliseconds since 1970-01-01 UTC; none where nobody checked the token.
    pub at_ms: Option<u64>,
}

/// Judges the tokens among `names`. Without a `reader` they are only counted.
pub(super) fn judge(
    source: &dyn ObjectSource,
    names: &[ObjectName],
    history: &History,
    reader: Option<&dyn TimestampReader>,
    faults: &mut Vec<Fault>,
    warnings: &mut Vec<Warning>,
) -> Result<Vec<Timestamp>> {
    let mut timestamps = Vec::new();
    for name in names {
        let ObjectName::Timestamp { entry, .. } = name else { continue };
        let Some(stamped) = usize::try_from(*entry).ok().and_then(|entry| history.entries.get(entry)) else {
            let message = format!(
                "an authority has timestamped entry {entry}, which is not here: it was removed, or has yet to arrive"
            );
            faults.push(Fault::new(ErrorKind::Truncated, *name, message));
            continue;
        };
        let mut timestamp = Timestamp { entry: stamped.seq, at_ms: None };
        if let Some(reader) = reader {
            let token = source.get(name)?.unwrap_or_default();
            match reader.time_ms(&token, &stamped.hash) {
                Ok(at_ms) => timestamp.at_ms = Some(at_ms),
                Err(error) => {
                    faults.push(Fault::at(*name, &error));
                    continue;
                }
            }
        }
        if timestamp.at_ms.is_some_and(|at_ms| at_ms.abs_diff(stamped.at_ms) > AUTHORITY_TOLERANCE_MS) {
            warnings.push(Warning {
                code: "ledger/timestamp-differs",
                entry: stamped.seq,
                message: "the entry's time is more than 5 minutes from that of its timestamp: a clock was wrong, the \
                          authority did not answer at the time, or the entry was written afterwards"
                    .to_owned(),
            });
        }
        timestamps.push(timestamp);
    }
    timestamps.sort_unstable_by_key(|timestamp| timestamp.entry);
    if timestamps.is_empty() && reader.is_some() {
        let object = ObjectName::LedgerChunk { call_id: history.call_id, chunk: 0 };
        let message = "none of the timestamp authorities asked for has timestamped the ledger";
        faults.push(Fault::new(ErrorKind::Signature, object, message));
    }
    Ok(timestamps)
}
