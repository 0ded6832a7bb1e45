//! `callseal shred`: an officer has a stored call destroyed.
//!
//! Writes the officer's signed request, destroys keys before audio, looks whether anything is left, and only then says, and signs,
//! that it was done. What an officer holds is not touched. The ledger stays.

use crate::call_folder::CallFolder;
use crate::failure::Failure;
use crate::ordering::OrderArguments;
use crate::output;
use crate::signing::{now_ms, read_key};
use callseal::archive::{ObjectSource as _, Trust, Wish, order};
use callseal::ledger::{Order, ShredClaim, is_shredded};
use callseal::names::ObjectName;
use serde_json::json;

/// Arguments of `callseal shred`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    order: OrderArguments,
    /// Print what was done as JSON on standard output.
    #[arg(long)]
    json: bool,
}

/// Requests, destroys, confirms. Repeated after an interruption it goes on.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let officer = read_key(&arguments.order.sign_key)?;
    let trust = arguments.order.trust.read()?;
    let call = CallFolder::open(&arguments.order.call)?;
    let call_id = call.call_id();
    let (name, content) =
        order(&call, &trust, &officer, Wish::Shred, arguments.order.reason.code(), now_ms()?)?;
    if arguments.order.post.server().is_some() {
        return posted(arguments, &content, &trust);
    }
    if call.get(&name)?.is_none() {
        call.put(&name, content.as_bytes())?;
    }
    let request = Order::read(content.as_bytes())?;
    output::note(format_args!("requested: {name}, by {}", request.officer));

    let mut names: Vec<ObjectName> = call.list()?.into_iter().filter(is_shredded).collect();
    // Keys first: without them the audio is lost even if the rest is cut short.
    names.sort_by_key(|name| !matches!(name, ObjectName::Envelope { .. }));
    for name in &names {
        call.destroy(name)?;
    }
    let left = call.list()?.iter().filter(|name| is_shredded(name)).count();
    if left > 0 {
        return Err(Failure::bad_input(format!("{left} objects are still there; not confirmed")));
    }
    let confirmation = ObjectName::ShredConfirmation { call_id };
    if call.get(&confirmation)?.is_none() {
        let demand = request.demand();
        let claim = ShredClaim {
            call_id,
            seq: demand.seq,
            head: demand.head,
            objects: u64::try_from(names.len()).unwrap_or(u64::MAX),
            iat: now_ms()? / 1_000,
        };
        call.put(&confirmation, claim.sign(&officer).as_bytes())?;
    }
    if arguments.json {
        output::print(json!({
            "call_id": call_id, "requested_by": request.officer, "objects": names.len(), "confirmed": true,
        }));
    }
    output::note(format_args!("confirmed: {} objects were destroyed, none is left", names.len()));
    Ok(())
}

/// The server that keeps the call does it, and confirms.
fn posted(arguments: &Arguments, content: &str, trust: &Trust) -> Result<(), Failure> {
    let request = Order::read(content.as_bytes())?;
    let Some(claim) = arguments.order.post.deliver(content, &request, trust)? else {
        let waits = "the server has the request and has not confirmed it yet; it goes on, ask again with the same command";
        return Err(Failure::missing_prerequisite(waits));
    };
    if arguments.json {
        output::print(json!({
            "call_id": claim.call_id, "requested_by": request.officer, "objects": claim.objects, "confirmed": true,
        }));
    }
    output::note(format_args!("confirmed: {} objects were destroyed by the server", claim.objects));
    Ok(())
}
