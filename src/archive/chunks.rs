//! Reading the ledger's chunks in order, and judging what is wrong with them.

use serde_json::Value;

use super::fault::Fault;
use super::source::ObjectSource;
use crate::ledger::{Chain, Entry, first_seq, read_chunk};
use crate::names::{CallId, ObjectName};
use crate::{Error, ErrorKind, Result};

/// The entries up to the first fault.
#[derive(Debug)]
pub(super) struct ReadLedger {
    /// Each entry with the number of its chunk.
    pub(super) entries: Vec<(Entry, u32)>,
    pub(super) head: String,
    pub(super) fault: Option<Fault>,
}

/// Reads the chunks of `names`, stopping at the first fault, behind which nothing can be trusted.
pub(super) fn read_ledger(source: &dyn ObjectSource, names: &[ObjectName]) -> Result<ReadLedger> {
    let call_id = source.call_id();
    let mut numbers: Vec<u32> = names
        .iter()
        .filter_map(|name| match name {
            ObjectName::LedgerChunk { chunk, .. } => Some(*chunk),
            _ => None,
        })
        .collect();
    numbers.sort_unstable();

    let mut chain = Chain::start(&call_id);
    let mut entries = Vec::new();
    let mut fault = None;
    for (expected, number) in (0_u32..).zip(&numbers) {
        let object = ObjectName::LedgerChunk { call_id, chunk: expected };
        if *number != expected {
            fault = Some(Fault::new(ErrorKind::Truncated, object, "this chunk of the ledger is missing"));
            break;
        }
        let bytes = source.get(&object)?.unwrap_or_default();
        let before = chain.clone();
        match read_chunk(&mut chain, &bytes) {
            Ok(read) => entries.extend(read.into_iter().map(|entry| (entry, expected))),
            Err(error) => {
                fault = Some(judge(source, &numbers, object, &bytes, &before, &error)?);
                break;
            }
        }
    }
    if numbers.is_empty() {
        let object = ObjectName::LedgerChunk { call_id, chunk: 0 };
        fault = Some(Fault::new(ErrorKind::Truncated, object, "the call has no ledger"));
    }
    Ok(ReadLedger { entries, head: chain.head().to_owned(), fault })
}

/// Tells a chunk in the wrong place from one that was changed and from one whose predecessor was cut.
fn judge(
    source: &dyn ObjectSource,
    numbers: &[u32],
    object: ObjectName,
    bytes: &[u8],
    before: &Chain,
    error: &Error,
) -> Result<Fault> {
    let expected = before.next_seq();
    let found = first_seq(bytes);
    if error.kind() == ErrorKind::Swapped && found == Some(expected) {
        // The chunk begins in the right place, so within it entries were removed or moved.
        return Ok(Fault::new(ErrorKind::Corrupt, object, error.detail()));
    }
    if error.kind() == ErrorKind::Swapped && found.is_some_and(|found| found > expected) {
        let mut is_elsewhere = false;
        for chunk in numbers {
            let name = ObjectName::LedgerChunk { call_id: object.call_id(), chunk: *chunk };
            is_elsewhere |= first_seq(&source.get(&name)?.unwrap_or_default()) == Some(expected);
        }
        if !is_elsewhere {
            let message =
                format!("the ledger continues with a later entry; entry {expected} was removed before it");
            return Ok(Fault::new(ErrorKind::Truncated, object, message));
        }
    }
    if expected == 0 && stated_call(bytes).is_some_and(|call_id| call_id != object.call_id()) {
        return Ok(Fault::new(ErrorKind::Swapped, object, "this is the ledger of another call"));
    }
    Ok(Fault::at(object, error))
}

/// The call that a ledger's first entry states, unchecked.
fn stated_call(chunk: &[u8]) -> Option<CallId> {
    let line = chunk.split(|byte| *byte == b'\n').next()?;
    let entry: Value = serde_json::from_slice(line).ok()?;
    CallId::parse(entry.get("body")?.get("call_id")?.as_str()?).ok()
}
