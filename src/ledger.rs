//! The ledger: what happened to a call, in order, each entry chained to the one before (docs/format.md §6).
//!
//! Owns the entries' shapes, their canonical bytes, the hash chain and the cut into chunks. Knows no clock and no
//! store: times are given, bytes are returned. Entries speak of parties by index and hold no personal data.

mod chain;
mod chunk;
mod entry;

pub use chain::{Chain, Ledger};
pub use chunk::{first_seq, read_chunk, whole_lines};
pub use entry::{
    CallClosed, CallOpened, CallRecovered, ConsentAnswered, ConsentTimedOut, ConsentWithdrawn,
    DisclosurePlayed, Entry, EntryBody, Gap, PartClosed, PartOpened, Party, PartyMoved, RedactionSpan,
    SegmentOpened, SegmentRecovered, SegmentSealed,
};
