//! What people and their programs are given about a call's consent: a record, a page and a note.
//!
//! Owns three forms of one evidence: the machine-readable consent record (ISO/IEC TS 27560 in W3C DPV), the receipt for
//! the customer as one page of HTML, and the summary for a note in a CRM. The same evidence always gives the same bytes.
//! Must never fetch anything, and must never put a value into a page unescaped.

mod escape;
mod html;
mod record;
mod strings;
mod summary;

pub use html::{ReceiptOptions, html};
pub use record::consent_record;
pub use strings::Language;
pub use summary::summary;
