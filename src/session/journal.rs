//! What happened before there was a lawful basis, as entries for the ledger.
//!
//! Owns the order of the evidence: what the session notes goes into the running recording's ledger, or waits here
//! until there is one. Nothing is written anywhere before a lawful basis exists. Must never hold audio or personal data.

use crate::audio::Now;
use crate::ledger::EntryBody;
use crate::session::recording::Recording;

/// Entries that wait.
#[derive(Debug, Default)]
pub struct Journal {
    waiting: Vec<(u64, EntryBody)>,
}

/// Entries that are kept at most: a page that makes thousands of events must not make the engine hoard memory.
const MOST_WAITING: usize = 1_024;

impl Journal {
    /// Notes an entry.
    pub fn note(&mut self, recording: Option<&mut Recording>, body: EntryBody, now: Now) {
        match recording {
            Some(recording) => recording.note(body, now),
            None if self.waiting.len() < MOST_WAITING => self.waiting.push((now.unix_ms, body)),
            None => {}
        }
    }

    /// Everything that waited, with the time it was noted.
    pub fn take(&mut self) -> Vec<(u64, EntryBody)> {
        core::mem::take(&mut self.waiting)
    }
}
