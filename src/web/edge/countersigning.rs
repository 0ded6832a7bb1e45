//! Which heads of ledgers are countersigned, and how long an answer is waited for.
//!
//! Owns that a call is not complete before the server's word is in the spool, within bounds. Must never sign.

use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;

use super::{Edge, SpoolTask};
use crate::ledger::{head_of, is_last_chunk};
use crate::names::ObjectName;
use crate::seal::sha256_hex;
use crate::session::report::ReportedObject;
use crate::store::spool::SpoolOperation;
use crate::web::countersign::{self, Answer};
use crate::web::recovery;

/// Every so many chunks are countersigned, besides the last: with segments of 20 s about every five minutes.
const COUNTERSIGN_EVERY_CHUNKS: u32 = 16;

/// How often a countersignature is asked for, and the pause between, milliseconds: ten minutes in all. Behind that the
/// ledger stays without, which `verify` shows.
const COUNTERSIGN_ATTEMPTS: u32 = 60;
const COUNTERSIGN_PAUSE_MS: i32 = 10_000;

impl Edge {
    /// Asks for a countersignature until there is an answer, and puts it into the spool. The call is not complete
    /// before: what the server has seen is worth waiting for, within bounds.
    pub(super) fn countersign(self: &Rc<Self>, call_id: String, head: Head) {
        let Some(config) = self.engine.borrow().countersign().cloned() else { return };
        let count = self.countersigning.borrow().get(&call_id).copied().unwrap_or(0);
        self.countersigning.borrow_mut().insert(call_id.clone(), count.saturating_add(1));
        let edge = Rc::clone(self);
        spawn_local(async move {
            for _ in 0..COUNTERSIGN_ATTEMPTS {
                match countersign::ask(&config, &call_id, head.seq, &head.hash).await {
                    Answer::Signed(bytes) => {
                        let operation = head.into_operation(bytes);
                        edge.enqueue(SpoolTask::Operation { call_id: call_id.clone(), operation });
                        break;
                    }
                    Answer::Refused => break,
                    Answer::Later => {}
                }
                recovery::pause(COUNTERSIGN_PAUSE_MS).await;
            }
            let left = edge.countersigning.borrow().get(&call_id).copied().unwrap_or(0).saturating_sub(1);
            edge.countersigning.borrow_mut().insert(call_id.clone(), left);
            if left == 0 {
                edge.countersigning.borrow_mut().remove(&call_id);
            }
            edge.when_idle(call_id);
        });
    }

    /// The countersignature of a recovered call's end, if there is one to be had now.
    pub async fn countersignature(&self, call_id: &str, closing: &SpoolOperation) -> Option<SpoolOperation> {
        let config = self.engine.borrow().countersign().cloned()?;
        let head = head_to_countersign(closing)?;
        match countersign::ask(&config, call_id, head.seq, &head.hash).await {
            Answer::Signed(bytes) => Some(head.into_operation(bytes)),
            Answer::Later | Answer::Refused => None,
        }
    }
}

/// The head of a chunk.
pub(super) struct Head {
    name: ObjectName,
    seq: u64,
    hash: String,
}

impl Head {
    fn into_operation(self, bytes: Vec<u8>) -> SpoolOperation {
        let object = ReportedObject {
            name: self.name.to_string(),
            size_bytes: bytes.len() as u64,
            sha256: sha256_hex(&bytes),
        };
        SpoolOperation::Whole { object, bytes }
    }
}

/// What is to be countersigned behind this step: the end of a call, and now and then a chunk before it.
pub(super) fn head_to_countersign(operation: &SpoolOperation) -> Option<Head> {
    let SpoolOperation::Whole { object, bytes } = operation else { return None };
    let ObjectName::LedgerChunk { call_id, chunk } = ObjectName::parse(&object.name).ok()? else {
        return None;
    };
    let is_due = chunk.saturating_add(1) % COUNTERSIGN_EVERY_CHUNKS == 0 || is_last_chunk(bytes);
    let (seq, hash) = head_of(bytes).filter(|_| is_due)?;
    Some(Head { name: ObjectName::LedgerHead { call_id, chunk }, seq, hash })
}
