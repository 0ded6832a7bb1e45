//! Whether a vCon says of the objects and of the ledger what the ledger says.
//!
//! The vCon of a closed call names the ledger's head. So it also tells a ledger whose end was removed from one that has
//! none yet.

use serde::Deserialize;
use serde_json::Value;

use crate::archive::history::{History, SegmentEnding, SegmentRecord};
use crate::archive::source::ObjectSource;
use crate::names::ObjectName;
use crate::seal::{sha256_hex, sha512_hex};
use crate::vcon::{Vcon, labelled};
use crate::{Error, ErrorKind, Result};

/// The body of `callseal_ledger`.
#[derive(Deserialize)]
struct StatedLedger {
    head: String,
    entries: u64,
    chunks: Vec<StatedChunk>,
}

#[derive(Deserialize)]
struct StatedChunk {
    object: String,
    sha256: String,
}

/// An element of `objects` in the body of `callseal_recording`.
#[derive(Deserialize)]
struct StatedObject {
    object: String,
    size_bytes: u64,
    sha256: String,
    start_sample: u64,
    end_sample: Option<u64>,
}

/// Compares; what differs is damage of the vCon.
pub(super) fn check(vcon: &Vcon, history: &History, source: &dyn ObjectSource) -> Result<()> {
    ledger(vcon, history, source)?;
    let exists =
        |segment: &&SegmentRecord| segment.stated_object().is_some_and(|(size_bytes, _)| size_bytes > 0);
    let segments: Vec<&SegmentRecord> = history.segments().filter(exists).collect();
    let objects = objects(vcon)?;
    let dialogs = dialogs(vcon);
    if objects.len() != segments.len() || dialogs.len() != segments.len() {
        return Err(differs("the vCon speaks of other segments than the ledger"));
    }
    for ((object, dialog), segment) in objects.iter().zip(&dialogs).zip(segments) {
        let name = segment.address.object_name().to_string();
        if object.object != name || dialog.get("filename").and_then(Value::as_str) != Some(&name) {
            return Err(differs("the vCon speaks of other segments than the ledger"));
        }
        if !is_of(object, segment) {
            return Err(differs("the vCon states another size, place or hash of a segment than the ledger"));
        }
        content_hash(dialog, segment, source)?;
    }
    Ok(())
}

fn ledger(vcon: &Vcon, history: &History, source: &dyn ObjectSource) -> Result<()> {
    let stated: StatedLedger = body(vcon, "callseal_ledger")?;
    let last = stated.entries.checked_sub(1).and_then(|seq| usize::try_from(seq).ok());
    let last = last.ok_or_else(|| differs("the vCon knows of no ledger"))?;
    let Some(entry) = history.entries.get(last) else {
        let message = "the vCon knows entries of the ledger that are not there: its end was removed";
        return Err(Error::new(ErrorKind::Truncated, message));
    };
    if entry.hash != stated.head {
        return Err(differs("the vCon states another head of the ledger"));
    }
    for chunk in &stated.chunks {
        let name = ObjectName::parse(&chunk.object).ok();
        let name = name.filter(|name| {
            matches!(name, ObjectName::LedgerChunk { .. }) && name.call_id() == history.call_id
        });
        let name =
            name.ok_or_else(|| differs("the vCon states a chunk that is none of this call's ledger"))?;
        if source.get(&name)?.is_none_or(|content| sha256_hex(&content) != chunk.sha256) {
            return Err(differs("the vCon states another hash of a chunk of the ledger"));
        }
    }
    Ok(())
}

fn objects(vcon: &Vcon) -> Result<Vec<StatedObject>> {
    #[derive(Deserialize)]
    struct Stated {
        objects: Vec<StatedObject>,
    }
    Ok(body::<Stated>(vcon, "callseal_recording")?.objects)
}

/// The dialogs that have audio.
fn dialogs(vcon: &Vcon) -> Vec<&Value> {
    let dialogs = vcon.content().get("dialog").and_then(Value::as_array).into_iter().flatten();
    dialogs.filter(|dialog| dialog.get("type").and_then(Value::as_str) == Some("recording")).collect()
}

fn is_of(object: &StatedObject, segment: &SegmentRecord) -> bool {
    let end_sample = match &segment.ending {
        SegmentEnding::Sealed(sealed) => Some(sealed.end_sample),
        _ => None,
    };
    segment.stated_object() == Some((object.size_bytes, object.sha256.as_str()))
        && object.start_sample == segment.opened.start_sample
        && object.end_sample == end_sample
}

/// The SHA-256 is that of the ledger; a SHA-512 that of the object, where that is there and as it was sealed.
fn content_hash(dialog: &Value, segment: &SegmentRecord, source: &dyn ObjectSource) -> Result<()> {
    let stated: Vec<&str> = match dialog.get("content_hash") {
        Some(Value::Array(hashes)) => hashes.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(hash)) => vec![hash],
        _ => Vec::new(),
    };
    let sha256 = segment.stated_object().map_or("", |(_, sha256)| sha256);
    if !stated.contains(&labelled("sha256", sha256).as_str()) {
        return Err(differs("a dialog's content_hash is not that of the ledger"));
    }
    let Some(sha512) = stated.iter().find(|hash| hash.starts_with("sha512-")) else { return Ok(()) };
    let object = source.get(&segment.address.object_name())?;
    let object = object.filter(|content| sha256_hex(content) == sha256);
    if object.is_some_and(|content| labelled("sha512", &sha512_hex(&content)) != **sha512) {
        return Err(differs("a dialog's content_hash is not that of the stored object"));
    }
    Ok(())
}

/// The body of the recorder's one attachment of this purpose.
fn body<T: for<'de> Deserialize<'de>>(vcon: &Vcon, purpose: &str) -> Result<T> {
    vcon.attested(purpose)
        .and_then(|body| T::deserialize(body).ok())
        .ok_or_else(|| differs(&format!("the vCon lacks the attachment {purpose}, or it is malformed")))
}

fn differs(detail: &str) -> Error {
    Error::new(ErrorKind::Corrupt, detail)
}
