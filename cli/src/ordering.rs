//! What the commands of officers have in common: whose order it is, about which call, and why.

use crate::posting::PostArguments;
use crate::trust::TrustArguments;
use callseal::ledger::OrderReason;
use std::path::PathBuf;

/// Why, as a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Reason {
    /// A person demands erasure.
    ErasureRequest,
    /// The time for which it was to be kept is over.
    RetentionOver,
    /// It should not have been recorded.
    UnlawfulRecording,
    /// It is needed in a dispute.
    LegalClaim,
    /// An authority has asked for it.
    AuthorityRequest,
    /// What it was held for is over.
    MatterClosed,
}

impl Reason {
    /// As orders state it.
    pub const fn code(self) -> OrderReason {
        match self {
            Self::ErasureRequest => OrderReason::ErasureRequest,
            Self::RetentionOver => OrderReason::RetentionOver,
            Self::UnlawfulRecording => OrderReason::UnlawfulRecording,
            Self::LegalClaim => OrderReason::LegalClaim,
            Self::AuthorityRequest => OrderReason::AuthorityRequest,
            Self::MatterClosed => OrderReason::MatterClosed,
        }
    }
}

/// What every order needs.
#[derive(Debug, clap::Args)]
pub struct OrderArguments {
    /// The call's folder, STORE/CALL-ID.
    #[arg(value_name = "CALLDIR")]
    pub call: PathBuf,
    /// The private key of the officer (a JWK, as made by `keygen --signing`).
    #[arg(long, value_name = "FILE")]
    pub sign_key: PathBuf,
    /// Why.
    #[arg(long, value_enum)]
    pub reason: Reason,
    /// Whom to believe.
    #[command(flatten)]
    pub trust: TrustArguments,
    /// Where the call is kept.
    #[command(flatten)]
    pub post: PostArguments,
}
