//! What counts as sensitive at a desk: the configuration's part of it, and the memory of what is in use.
//!
//! Pure: what a page's sensor saw goes in ([`watch::Watch`]), what has to be cut out from when and until when comes out.
//! Owns the order in which evidence of several kinds is weighed: fields ([`crate::field`]), values in what is typed
//! ([`crate::value`]), frames of payment services ([`hosts`]), addresses ([`glob`]). Must never keep a text, a value or an
//! address beyond the call of a function.

pub mod config;
pub mod glob;
pub mod hosts;
pub mod watch;

pub use config::{Detection, DetectionConfig, SelectorConfig};
pub use watch::{Change, Part, Watch};

/// Triggers of what a sensor notices: the stable words in spans and in the ledger.
pub mod trigger {
    /// A field that says itself what it holds has the focus.
    pub const FIELD_FOCUS: &str = "field_focus";
    /// A field that the integrator marked, by attribute or by selector, has the focus.
    pub const FIELD_ATTRIBUTE: &str = "field_attribute";
    /// A field was filled without having the focus.
    pub const FIELD_FILLED: &str = "field_filled";
    /// A value was recognised in what was typed.
    pub const VALUE_SEEN: &str = "value_seen";
    /// The focus is in a frame of a payment service.
    pub const PAYMENT_FRAME: &str = "payment_frame";
    /// The page's address is one of those that the configuration names.
    pub const PAGE: &str = "page";
}
