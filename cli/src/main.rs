//! The `callseal` command: reads the arguments and hands over to one module per command.
//!
//! Owns the list of commands and the exit code of the process; decides nothing else.

mod failure;
mod serve;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Keys, opening, verifying and storing sealed call recordings.
#[derive(Debug, Parser)]
#[command(name = "callseal", version, about)]
struct Command {
    #[command(subcommand)]
    action: Action,
}

/// One module per command.
#[derive(Debug, Subcommand)]
enum Action {
    /// Take sealed objects of calls into a store, each exactly once, and serve the pages that record them.
    Serve(serve::Arguments),
}

fn main() -> ExitCode {
    // clap itself ends with status 2 on bad usage.
    let outcome = match Command::parse().action {
        Action::Serve(arguments) => serve::run(arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
