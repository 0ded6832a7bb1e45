//! `callseal vcon`: the vCon of a stored call, opened.

use crate::call_folder::CallFolder;
use crate::failure::Failure;
use crate::key_file;
use crate::output::{self, Kind};
use callseal::archive::ObjectSource as _;
use callseal::names::ObjectName;
use callseal::{Error, ErrorKind, vcon};
use std::path::PathBuf;

/// Arguments of `callseal vcon`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The call's folder, STORE/CALL-ID.
    #[arg(value_name = "CALLDIR")]
    call: PathBuf,
    /// The private key of one of the recipients (a JWK, as made by `keygen`).
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Which version: 1 is the call's, further ones are amendments. Without it, the latest.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    n: Option<u32>,
    /// Write the signed form (JWS), for programs that check the signature, instead of the vCon itself.
    #[arg(long)]
    signed: bool,
    /// Where to write it; readable by its owner only, for it names people.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Opens the vCon. The signature is not checked here, and that is said.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let key = key_file::read(&arguments.key)?;
    let call = CallFolder::open(&arguments.call)?;
    let version = arguments.n.map_or_else(|| latest(&call), Ok)?;
    let name = ObjectName::Vcon { call_id: call.call_id(), version };
    let object = call.get(&name)?.ok_or_else(|| missing(&format!("{name} is missing")))?;
    let signed = vcon::open(&object, &key)?;
    if !signed.vcon().is_of(call.call_id(), version) {
        return Err(Error::new(ErrorKind::Swapped, format!("{name} holds the vCon of another place")).into());
    }
    let content = if arguments.signed { signed.to_json().to_vec() } else { signed.vcon().to_json()? };
    output::write(&arguments.out, &content, Kind::Recording)?;
    output::note(format_args!(
        "opened version {version} into {}; its signature was not checked",
        arguments.out.display()
    ));
    Ok(())
}

/// The latest version there is.
fn latest(call: &CallFolder) -> Result<u32, Failure> {
    let names = call.list()?;
    let versions = names.iter().filter_map(|name| match name {
        ObjectName::Vcon { version, .. } => Some(*version),
        _ => None,
    });
    versions.max().ok_or_else(|| missing("the call has no vCon"))
}

fn missing(sentence: &str) -> Failure {
    Failure::bad_input(sentence)
}
