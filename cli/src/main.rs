//! The `callseal` command: reads the arguments and hands over to one module per command.
//!
//! Owns the list of commands and the exit code of the process; decides nothing else.

mod call_folder;
mod completions;
mod doctor;
mod explain;
mod failure;
mod hold;
mod inspect;
mod key_file;
mod keygen;
mod locked_key;
mod moment;
mod open;
mod ordering;
mod output;
mod papers;
mod posting;
mod rewrap;
mod serve;
mod shred;
mod signing;
mod timestamp;
mod trust;
mod vcon;
mod verify;
mod wave;
mod withdraw;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// What a script may rely on.
const EXIT_CODES: &str = "\
Exit codes:
   0  good
   1  doctor found problems
   2  bad usage, or input that cannot be read
   3  something is missing or taken (a port, a capability of the system)
  10  wrong key
  11  truncated
  12  corrupt, or not signed as it must be
  13  swapped or spliced
  14  a segment is missing
  15  an envelope is missing
  16  unterminated: a crash cut the recording
  17  shredded: the audio was destroyed, as the call's ledger demands
  19  sealed for a key that was not named";

/// Keys, opening, verifying and storing sealed call recordings.
#[derive(Debug, Parser)]
#[command(name = "callseal", version, about, after_help = EXIT_CODES)]
struct Command {
    #[command(subcommand)]
    action: Action,
}

/// One module per command.
#[derive(Debug, Subcommand)]
enum Action {
    /// Make the key pair of a recipient, or with --signing of an officer.
    Keygen(keygen::Arguments),
    /// Open a sealed call, or a stretch of it, into one audio file: left agent, right customer.
    Open(open::Arguments),
    /// Verify that a stored call is complete and unchanged.
    Verify(verify::Arguments),
    /// Show what a stored call consists of, and what other programs need to open it.
    Inspect(inspect::Arguments),
    /// Explain which law counts for a call, and what it asks of the recorder.
    Explain(explain::Arguments),
    /// Verify and open the vCon of a stored call: its parties, dialogs and evidence.
    Vcon(vcon::Arguments),
    /// Add to a stored call that a party has withdrawn its consent: an amended vCon.
    Withdraw(withdraw::Arguments),
    /// Wrap the keys of stored calls for other recipients: new envelopes and vCons, the audio stays as it is.
    Rewrap(rewrap::Arguments),
    /// Have a stored call destroyed, as an officer: keys first, then audio and vCons. The ledger stays.
    Shred(shred::Arguments),
    /// Keep a stored call from being shredded, as an officer, whoever demands it.
    Hold(ordering::OrderArguments),
    /// End a hold, as an officer.
    Release(hold::ReleaseArguments),
    /// Find out whether a store or a server does what recordings rely on, and what is missing.
    Doctor(doctor::Arguments),
    /// Take sealed objects of calls into a store, each exactly once, and serve the pages that record them.
    Serve(Box<serve::Arguments>),
    /// Print the script that completes this command in a shell.
    Completions(completions::CompletionsArguments),
    /// Write the pages of the manual into a folder.
    Man(completions::ManArguments),
}

fn main() -> ExitCode {
    // clap itself ends with status 2 on bad usage.
    let outcome = match Command::parse().action {
        Action::Keygen(arguments) => keygen::run(&arguments),
        Action::Open(arguments) => open::run(&arguments),
        Action::Verify(arguments) => verify::run(&arguments),
        Action::Inspect(arguments) => inspect::run(&arguments),
        Action::Explain(arguments) => explain::run(&arguments),
        Action::Vcon(arguments) => vcon::run(&arguments),
        Action::Withdraw(arguments) => withdraw::run(&arguments),
        Action::Rewrap(arguments) => rewrap::run(&arguments),
        Action::Shred(arguments) => shred::run(&arguments),
        Action::Hold(arguments) => hold::run(&arguments),
        Action::Release(arguments) => hold::release(&arguments),
        Action::Doctor(arguments) => doctor::run(&arguments),
        Action::Serve(arguments) => serve::run(*arguments),
        Action::Completions(arguments) => completions::completions::<Command>(&arguments),
        Action::Man(arguments) => completions::man::<Command>(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
