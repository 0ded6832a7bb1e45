//! `callseal vcon`: the vCon of a stored call, verified and opened, or rebuilt from the ledger where there is none.
//!
//! Writes nothing of a vCon that does not hold, and tells who signed it.

use crate::call_folder::CallFolder;
use crate::failure::Failure;
use crate::key_file;
use crate::output::{self, Kind};
use crate::signing::{RecipientArguments, now_ms, read_key};
use crate::trust::TrustArguments;
use callseal::archive::{
    Addition, OpenedVcon, Trust, VconAccount, VconLevel, VconSigner, open_vcon, rebuild, store_rebuilt,
};
use callseal::seal::KeyRing;
use std::path::PathBuf;

/// Arguments of `callseal vcon`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The call's folder, STORE/CALL-ID.
    #[arg(value_name = "CALLDIR")]
    call: PathBuf,
    /// The private key of one of the recipients (a JWK, as made by `keygen`). Several may be given; the one that fits
    /// is used.
    #[arg(long = "key", value_name = "FILE", required = true)]
    keys: Vec<PathBuf>,
    /// Which version: 1 is the call's, further ones are amendments. Without it, the latest.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    n: Option<u32>,
    /// The call's first vCon, as it was before any amendment: the same as --n 1.
    #[arg(long, conflicts_with = "n")]
    original: bool,
    /// Give the signed form (JWS), for programs that check the signature themselves, instead of the vCon itself.
    #[arg(long)]
    signed: bool,
    /// Rebuild the vCon of a call that has none, such as one that a crash cut, from its ledger alone: it names nobody and
    /// says that it was rebuilt. It is only written out, unsigned, unless --sign-key is given.
    #[arg(long, conflicts_with_all = ["n", "original"])]
    rebuild: bool,
    /// With --rebuild: sign with a key that this officer's key (a JWK, as made by `keygen --signing`) certifies, and store
    /// it in the call's folder.
    #[arg(long, value_name = "FILE", requires = "rebuild")]
    sign_key: Option<PathBuf>,
    #[command(flatten)]
    recipients: RecipientArguments,
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
    let keys = key_file::read_all(&arguments.keys)?;
    let trust = arguments.trust.read()?;
    let call = CallFolder::open(&arguments.call)?;
    if arguments.sign_key.is_none()
        && (arguments.recipients.are_given() || arguments.rebuild && arguments.signed)
    {
        return Err(Failure::bad_input("--recipient, and --signed with --rebuild, need --sign-key"));
    }
    if arguments.rebuild {
        return rebuild_one(arguments, &call, &keys, &trust);
    }
    let version = arguments.n.or(arguments.original.then_some(1));
    show(arguments, &open_vcon(&call, &keys, &trust, version)?)
}

fn show(arguments: &Arguments, opened: &OpenedVcon) -> Result<(), Failure> {
    let signed = &opened.signed;
    let content = if arguments.signed { signed.to_json().to_vec() } else { signed.vcon().to_json()? };
    write(arguments, &content)?;
    if arguments.json {
        output::print(serde_json::json!(opened.account));
    }
    output::note(describe(&opened.account));
    Ok(())
}

fn write(arguments: &Arguments, content: &[u8]) -> Result<(), Failure> {
    match &arguments.out {
        Some(out) => output::write(out, content, Kind::Recording),
        None => {
            output::print(String::from_utf8_lossy(content));
            Ok(())
        }
    }
}

/// With an officer's key it is stored, else only shown.
fn rebuild_one(
    arguments: &Arguments,
    call: &CallFolder,
    keys: &dyn KeyRing,
    trust: &Trust,
) -> Result<(), Failure> {
    let now_ms = now_ms()?;
    let Some(sign_key) = &arguments.sign_key else {
        write(arguments, &rebuild(call, trust, now_ms)?.to_json()?)?;
        output::note("rebuilt from the ledger: it names nobody, is not signed, and was not stored");
        return Ok(());
    };
    let (officer, others) = (read_key(sign_key)?, arguments.recipients.read()?);
    let addition = Addition { keys, others: &others, officer: &officer, trust, now_ms };
    let (name, opened) = store_rebuilt(call, &addition)?;
    call.put(&name, &opened.object)?;
    output::note(format_args!("wrote {name}, rebuilt from the ledger: it names nobody"));
    show(arguments, &opened)
}

/// One vCon's account in a line for people.
pub fn describe(account: &VconAccount) -> String {
    let VconAccount { version, signer, .. } = account;
    let whose = match account.signed_by {
        VconSigner::Call => "the call's recorder",
        VconSigner::Officer => "an officer, after the call",
    };
    let rebuilt = if account.rebuilt { ", rebuilt from the ledger" } else { "" };
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
    format!(
        "vCon {version}{rebuilt}: signed by {whose}, {signer}, certified by {certifier}; {level}{withdrawn}"
    )
}
