//! `callseal hold` and `callseal release`: while an officer holds a call nothing of it is shredded.
//!
//! Writes one signed object and changes none; with --post only after the server has taken it.

use crate::call_folder::CallFolder;
use crate::failure::Failure;
use crate::ordering::OrderArguments;
use crate::output;
use crate::signing::{now_ms, read_key};
use callseal::archive::{Wish, order};
use callseal::ledger::Order;

/// Arguments of `callseal release`.
#[derive(Debug, clap::Args)]
pub struct ReleaseArguments {
    #[command(flatten)]
    order: OrderArguments,
    /// The number of the hold, as `hold` printed it. Not needed where there is only one.
    #[arg(long, value_name = "N")]
    number: Option<u32>,
}

/// Holds the call.
pub fn run(arguments: &OrderArguments) -> Result<(), Failure> {
    give(arguments, Wish::Hold)
}

/// Ends a hold.
pub fn release(arguments: &ReleaseArguments) -> Result<(), Failure> {
    give(&arguments.order, Wish::Release(arguments.number))
}

fn give(arguments: &OrderArguments, wish: Wish) -> Result<(), Failure> {
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
