//! `callseal verify`: is a stored call complete and unchanged?

use crate::call_folder::CallFolder;
use crate::failure::{Failure, exit_code};
use crate::key_file;
use crate::output::print;
use callseal::archive::{Fault, Level, VerificationReport, verify};
use std::path::PathBuf;

/// Arguments of `callseal verify`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The call's folder, STORE/CALL-ID.
    #[arg(value_name = "CALLDIR")]
    call: PathBuf,
    /// The private key of one of the recipients. Without it hashes and the ledger's chain are verified, but not the
    /// content.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Print the whole report as JSON on standard output.
    #[arg(long)]
    json: bool,
}

/// Verifies; the first fault gives the exit code.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let key = arguments.key.as_deref().map(key_file::read).transpose()?;
    let call = CallFolder::open(&arguments.call)?;
    let (report, faults) = verify(&call, key.as_ref())?;
    if arguments.json {
        print(serde_json::json!(report));
    } else {
        print_human(&report);
    }
    faults.first().map_or(Ok(()), |fault| Err(failure(fault, faults.len())))
}

fn print_human(report: &VerificationReport) {
    let level = match report.level {
        Level::Intact => "complete and unchanged",
        Level::Cut => "cut by a crash; what is there is unchanged",
        Level::Open => "without an end: still being recorded, or its end was removed",
        Level::Damaged => "damaged",
    };
    print(format_args!("call {}: {level}", report.call_id));
    print(format_args!(
        "{} parts, {} segments, {} ledger entries",
        report.parts, report.segments, report.entries
    ));
    print(format_args!("ledger head {}", report.ledger_head));
    if !report.content_checked {
        print("content not verified: no key given");
    }
    for error in &report.errors {
        print(format_args!("{}: {} [{}]", error.object, error.message, error.code));
    }
}

fn failure(fault: &Fault, count: usize) -> Failure {
    let more = match count {
        0 | 1 => String::new(),
        _ => format!(" ({count} faults in all)"),
    };
    Failure::new(exit_code(fault.kind), format!("{}{more}", fault.to_error()))
}
