//! The ledger: what happened to a call, in order, each entry chained to the one before and signed (docs/format.md §6).
//!
//! Owns the entries' shapes, their canonical bytes, the hash chain, the signatures and the cut into chunks. Knows no clock and no
//! store: times are given, bytes are returned. Entries speak of parties by index and hold no personal data.

mod authority;
pub mod certificate;
mod chain;
mod chunk;
mod entry;
mod exposure;
mod head;
mod order;
mod shredding;
mod signature;

pub use authority::Authority;
pub use chain::{Chain, Ledger};
pub use chunk::{first_seq, is_signed_throughout, read_chunk, read_own_chunk, whole_lines};
pub use entry::{
    AgentSideBegan, CallClosed, CallOpened, CallRecovered, CallResumed, ConsentAnswered, ConsentTimedOut,
    ConsentWithdrawn, DisclosurePlayed, Entry, EntryBody, ExposureFound, Gap, Outcome, PartClosed,
    PartOpened, Party, PartyMoved, RedactionSpan, SegmentOpened, SegmentRecovered, SegmentSealed,
    ShredRequested, SignerChanged, StorageAcknowledged, TroubleNoted,
};
pub use exposure::{
    ENCODER_REACH_SAMPLES, EXPOSURE_TYPE, ExposureClaim, ExposureDemand, ExposureEffect, Exposures,
    exposures, strongest, touches,
};
pub use head::{HEAD_TYPE, HeadClaim, head_of, is_last_chunk};
pub use order::{ORDER_TYPE, Order, OrderKind, OrderReason, SignedOrder, holds_in_force};
pub use shredding::{SHRED_TYPE, ShredClaim, ShredDemand, is_shredded, shred_demand};
pub use signature::{CallKey, LedgerSigner, SignerStatement};
