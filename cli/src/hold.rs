//! `callseal hold` and `callseal release`: while an officer holds a call nothing of it is shredded.
//!
//! Writes one signed object and changes none; with --post only after the server has taken it.

use crate::call_folder::CallFolder;
use crate::failure::Failure;
use crate::output;
use crate::posting::PostArguments;
use crate::signing::{now_ms, read_key};
use crate::trust::TrustArguments;
use callseal::archive::{Wish, order};
use callseal::ledger::{Order, OrderReason};
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

/// Arguments of `callseal hold`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The call's folder, STORE/CALL-ID.
    #[arg(value_name = "CALLDIR")]
    call: PathBuf,
    /// The private key of the officer (a JWK, as made by `keygen --signing`).
    #[arg(long, value_name = "FILE")]
    sign_key: PathBuf,
    /// Why.
    #[arg(long, value_enum)]
    reason: Reason,
    #[command(flatten)]
    trust: TrustArguments,
    #[command(flatten)]
    post: PostArguments,
}

/// Arguments of `callseal release`.
#[derive(Debug, clap::Args)]
pub struct ReleaseArguments {
    #[command(flatten)]
    order: Arguments,
    /// The number of the hold, as `hold` printed it. Not needed where there is only one.
    #[arg(long, value_name = "N")]
    number: Option<u32>,
}

/// Holds the call.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    give(arguments, Wish::Hold)
}

/// Ends a hold.
pub fn release(arguments: &ReleaseArguments) -> Result<(), Failure> {
    give(&arguments.order, Wish::Release(arguments.number))
}

fn give(arguments: &Arguments, wish: Wish) -> Result<(), Failure> {
    let officer = read_key(&arguments.sign_key)?;
    let trust = arguments.trust.read()?;
    let call = CallFolder::open(&arguments.call)?;
    let (name, content) = order(&call, &trust, &officer, wish, arguments.reason.code(), now_ms()?)?;
    if arguments.post.server().is_some() {
        arguments.post.deliver(&content, &Order::read(content.as_bytes())?, &trust)?;
    }
    call.put(&name, content.as_bytes())?;
    output::print(name);
    Ok(())
}
