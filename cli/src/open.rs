//! `callseal open`: a sealed call into one audio file.

use crate::call_folder::CallFolder;
use crate::failure::Failure;
use crate::key_file;
use crate::output::{self, Kind};
use callseal::archive::{OpenOptions, open};
use std::path::PathBuf;

/// Arguments of `callseal open`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The call's folder, STORE/CALL-ID.
    #[arg(value_name = "CALLDIR")]
    call: PathBuf,
    /// The private key of one of the recipients (a JWK, as made by `keygen`). Several may be given; the one that fits
    /// is used, and a call under dual control needs more than one.
    #[arg(long = "key", value_name = "FILE", required = true)]
    keys: Vec<PathBuf>,
    /// Where to write the recording: Ogg Opus, left agent, right customer; readable by its owner only.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Open what a crash left, or a call that has no end yet.
    #[arg(long)]
    allow_unterminated: bool,
    /// Put silence of the same length where segments or their envelopes are missing.
    #[arg(long)]
    allow_missing: bool,
}

/// Opens the call; what was passed over is told on standard error.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let keys = key_file::read_all(&arguments.keys)?;
    let call = CallFolder::open(&arguments.call)?;
    let options = OpenOptions {
        allow_unterminated: arguments.allow_unterminated,
        allow_missing: arguments.allow_missing,
    };
    let opened = open(&call, &keys, options)?;
    output::write(&arguments.out, &opened.ogg, Kind::Recording)?;
    for fault in &opened.tolerated {
        output::note(format_args!("passed over: {}", fault.to_error()));
    }
    let seconds = opened.samples / 48_000;
    output::note(format_args!(
        "opened {} min {:02} s into {}",
        seconds / 60,
        seconds % 60,
        arguments.out.display()
    ));
    Ok(())
}
