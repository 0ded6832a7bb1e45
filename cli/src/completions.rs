//! `callseal completions` and `callseal man`: what a shell and `man` know of the command, from the same description that
//! reads the arguments.

use crate::failure::Failure;
use crate::output;
use clap::CommandFactory;
use clap_complete::Shell;
use std::path::PathBuf;

/// Arguments of `callseal completions`.
#[derive(Debug, clap::Args)]
pub struct CompletionsArguments {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the script that a shell reads.
pub fn completions<C: CommandFactory>(arguments: &CompletionsArguments) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut C::command(), "callseal", &mut script);
    output::pipe(&script)
}

/// Arguments of `callseal man`.
#[derive(Debug, clap::Args)]
pub struct ManArguments {
    /// The folder to put the pages into: callseal.1 and one for each command.
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
}

/// Writes the manual's pages.
pub fn man<C: CommandFactory>(arguments: &ManArguments) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        Failure::bad_input(format!("{} cannot be written: {error}", arguments.folder.display()))
    };
    std::fs::create_dir_all(&arguments.folder).map_err(failed)?;
    clap_mangen::generate_to(C::command(), &arguments.folder).map_err(failed)
}
