//! `callseal inspect`: what a stored call consists of.

use crate::call_folder::CallFolder;
use crate::failure::Failure;
use crate::output::print;
use callseal::archive::{Inspection, inspect};
use std::path::PathBuf;

/// Arguments of `callseal inspect`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The call's folder, STORE/CALL-ID.
    #[arg(value_name = "CALLDIR")]
    call: PathBuf,
    /// Print everything as JSON on standard output: with the associated data and an opened envelope, Google's Tink
    /// alone can decrypt a segment.
    #[arg(long)]
    json: bool,
}

/// Shows the call. Verifies nothing but the ledger's chain.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let call = CallFolder::open(&arguments.call)?;
    let inspection = inspect(&call)?;
    if arguments.json {
        print(serde_json::json!(inspection));
    } else {
        print_human(&inspection);
    }
    Ok(())
}

fn print_human(inspection: &Inspection) {
    let end = match (inspection.closed, inspection.cut) {
        (true, false) => "closed",
        (true, true) => "closed after a crash",
        (false, _) => "open",
    };
    print(format_args!("call {}: {end}, {} ledger entries", inspection.call_id, inspection.ledger.len()));
    for part in &inspection.parts {
        print(format_args!("part {} from sample {}", part.part, part.start_sample));
        for segment in &part.segments {
            let size = segment.size_bytes.map_or_else(|| "-".to_owned(), |size_bytes| size_bytes.to_string());
            print(format_args!(
                "  {} {:>9} {:>8} bytes  {}",
                segment.name, segment.state, size, segment.associated_data
            ));
        }
    }
    for line in &inspection.ledger {
        print(format_args!("{:>6} {} {}", line.seq, line.at_ms, line.body.kind()));
    }
    for error in &inspection.errors {
        print(format_args!("{}: {} [{}]", error.object, error.message, error.code));
    }
}
