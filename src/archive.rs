//! Reading a stored call again: verify, inspect, open (docs/format.md §7), and its vCons (docs/vcon.md).
//!
//! Owns the order of checks and the judgement of damage. One examination serves all commands, so they agree on the
//! same damage. Reads objects through [`ObjectSource`] and does no input or output itself; never repairs, and never
//! returns audio that failed a check it was not told to tolerate.

mod addition;
mod audio;
mod certificates;
mod chunks;
mod evidence;
mod examine;
mod exposure;
mod fault;
mod history;
mod inspect;
mod objects;
mod open;
mod orders;
mod range;
mod rebuild;
mod recipients;
mod report;
mod rewrap;
mod shredding;
mod source;
mod timestamps;
mod vcons;
mod verify;

pub use addition::{Addition, store_rebuilt, withdraw};
pub use certificates::key_of_certificate;
pub use evidence::{Evidence, EvidenceLevel, Trust, Warning};
pub use exposure::Exposure;
pub use fault::{Fault, Tolerance};
pub use history::{History, Level, PartRecord, SegmentEnding, SegmentRecord};
pub use inspect::{Inspection, PartInspection, SegmentInspection, inspect};
pub use open::{OpenOptions, OpenedRecording, open};
pub use orders::{OrderAccount, Wish, order};
pub use range::open_range;
pub use rebuild::{evidence_of_ledger, rebuild};
pub use report::{ReportedError, VerificationReport};
pub use rewrap::{Rewrapping, Wrapped};
pub use shredding::Shredding;
pub use source::{MemorySource, ObjectSource};
pub use timestamps::{Timestamp, TimestampReader};
pub use vcons::{OpenedVcon, VconAccount, VconLevel, VconSigner, open_vcon};
pub use verify::{verify, verify_trusting};
