//! `callseal vcon`: the vCon of a stored call, verified and opened.
//!
//! Writes nothing of a vCon that does not hold, and tells who signed it.

use crate::call_folder::CallFolder;
use crate::failure::Failure;
use crate::key_file;
use crate::output::{self, Kind};
use crate::trust::TrustArguments;
use callseal::archive::{VconAccount, VconLevel, VconSigner, open_vcon};
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
    /// The call's first vCon, as it was before any amendment: the same as --n 1.
    #[arg(long, conflicts_with = "n")]
    original: bool,
    /// Give the signed form (JWS), for programs that check the signature themselves, instead of the vCon itself.
    #[arg(long)]
    signed: bool,
    #[command(flatten)]
    trust: TrustArguments,
    /// Where to write it; readable by its owner only, for it names people. Without it, standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print who signed it as JSON on standard output; the vCon then goes to --out.
    #[arg(long, requires = "out")]
    json: bool,
}

/// Opens the vCon, if it and every version before it hold.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let key = key_file::read(&arguments.key)?;
    let trust = arguments.trust.read()?;
    let call = CallFolder::open(&arguments.call)?;
    let version = arguments.n.or(arguments.original.then_some(1));
    let opened = open_vcon(&call, &key, &trust, version)?;
    let signed = &opened.signed;
    let content = if arguments.signed { signed.to_json().to_vec() } else { signed.vcon().to_json()? };
    match &arguments.out {
        Some(out) => output::write(out, &content, Kind::Recording)?,
        None => output::print(String::from_utf8_lossy(&content)),
    }
    if arguments.json {
        output::print(serde_json::json!(opened.account));
    }
    output::note(describe(&opened.account));
    Ok(())
}

/// One vCon's account in a line for people.
pub fn describe(account: &VconAccount) -> String {
    let VconAccount { version, signer, .. } = account;
    let whose = match account.signed_by {
        VconSigner::Call => "the call's recorder",
        VconSigner::Officer => "an officer, after the call",
    };
    let certifier = account.certified_by.as_deref().unwrap_or("nobody");
    let level = match account.level {
        VconLevel::Intact => "intact: unchanged since; whose key it was is not known",
        VconLevel::KnownOfficer => "known_officer: unchanged since, and by an officer that you named",
        VconLevel::KnownDevice => "known_device: unchanged since, and signed on a device that you named",
        VconLevel::Countersigned => {
            "countersigned: a server that you named has seen the ledger of its signer"
        }
    };
    let withdrawn = match account.withdrawn.as_slice() {
        [] => String::new(),
        parties => {
            let parties = parties.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            format!("; consent withdrawn by party {parties}")
        }
    };
    format!("vCon {version}: signed by {whose}, {signer}, certified by {certifier}; {level}{withdrawn}")
}
