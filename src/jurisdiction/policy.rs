//! What the company may decide about the law's answers.
//!
//! Owns the few ways in which a policy changes a decision: it may be stricter at will, and it may name the regulation
//! that demands a recording. Must never make a decision more lenient in any other way.

use super::rule::{Mode, Reading};
use crate::words::words;
use serde::{Deserialize, Serialize};

words! {
    /// A regulation under which calls have to be recorded, whether the customer likes it or not.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub enum Mandate {
        /// Directive 2014/65/EU (MiFID II) art. 16(7): calls about transactions in financial instruments.
        MifidIi = "mifid_ii",
        /// FCA Handbook, SYSC 10A: the same in the United Kingdom.
        FcaSysc10a = "fca_sysc10a",
    }
}

impl Mandate {
    /// Where it is written.
    #[must_use]
    pub const fn citation(self) -> &'static str {
        match self {
            Self::MifidIi => "Directive 2014/65/EU art. 16(7)",
            Self::FcaSysc10a => "FCA Handbook SYSC 10A",
        }
    }
}

/// What the company decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Policy {
    /// Which reading of the law counts.
    pub reading: Reading,
    /// The least strict mode it wants, whatever the law allows; `mandatory` asks for nothing more.
    pub least_mode: Mode,
    /// The regulation that demands the recording of this call.
    pub mandate: Option<Mandate>,
    /// A periodic tone, whatever the law asks.
    pub beep: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self { reading: Reading::Conservative, least_mode: Mode::NoticeAndStay, mandate: None, beep: false }
    }
}
