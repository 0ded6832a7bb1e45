//! `callseal verify`: is a stored call complete and unchanged?

use crate::call_folder::CallFolder;
use crate::failure::{Failure, exit_code};
use crate::key_file;
use crate::output::print;
use crate::trust::TrustArguments;
use crate::vcon::describe;
use callseal::archive::{EvidenceLevel, Fault, Level, VerificationReport, verify_trusting};
use callseal::seal::KeyRing;
use std::path::PathBuf;

/// Arguments of `callseal verify`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The call's folder, STORE/CALL-ID.
    #[arg(value_name = "CALLDIR")]
    call: PathBuf,
    /// The private key of one of the recipients. Without it hashes and the ledger's chain are verified, but neither
    /// the audio nor the vCons. Several may be given.
    #[arg(long = "key", value_name = "FILE")]
    keys: Vec<PathBuf>,
    #[command(flatten)]
    trust: TrustArguments,
    /// Print the whole report as JSON on standard output.
    #[arg(long)]
    json: bool,
}

/// Verifies; the first fault gives the exit code.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let keys = key_file::read_all(&arguments.keys)?;
    let ring: Option<&dyn KeyRing> = if keys.is_empty() { None } else { Some(&keys) };
    let trust = arguments.trust.read()?;
    let call = CallFolder::open(&arguments.call)?;
    let (report, faults) = verify_trusting(&call, ring, &trust)?;
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
        Level::Shredded => {
            "shredded: the audio was destroyed, as the ledger demands; the evidence is complete and unchanged"
        }
        Level::Open => "without an end: still being recorded, or its end was removed",
        Level::Damaged => "damaged",
    };
    print(format_args!("call {}: {level}", report.call_id));
    print(format_args!(
        "parts: {}, segments: {}, ledger entries: {}",
        report.parts, report.segments, report.entries
    ));
    print(format_args!("ledger head {}", report.ledger_head));
    print_evidence(report);
    for account in &report.vcons {
        print(describe(account));
    }
    if !report.content_checked {
        print("content not verified: no key given");
    }
    for warning in &report.warnings {
        print(format_args!("warning: entry {}: {} [{}]", warning.entry, warning.message, warning.code));
    }
    for error in &report.errors {
        print(format_args!("{}: {} [{}]", error.object, error.message, error.code));
    }
}

fn print_evidence(report: &VerificationReport) {
    let evidence = &report.evidence;
    let words = match evidence.level {
        None => "evidence: none, the ledger is damaged",
        Some(EvidenceLevel::Unsigned) => {
            "evidence unsigned: the ledger fits together, but whoever can write the store could have written another"
        }
        Some(EvidenceLevel::Intact) => {
            "evidence intact: nothing in the ledger was changed since it was signed; by whom is not known"
        }
        Some(EvidenceLevel::KnownDevice) => {
            "evidence known_device: the ledger was signed on a device that you named, and nothing was changed since"
        }
        Some(EvidenceLevel::Countersigned) => {
            "evidence countersigned: a server that you named has seen the ledger with this end, and nothing was changed \
             since"
        }
    };
    print(words);
    for (signer, device) in evidence.signers.iter().zip(&evidence.devices) {
        let device = device.as_deref().unwrap_or("nobody");
        print(format_args!("signed by {signer}, certified by {device}"));
    }
    if let Some(at_s) = evidence.countersigned_at_s {
        print(format_args!(
            "countersigned: {} of {} entries, at {at_s} s since 1970-01-01 UTC by the server's clock",
            evidence.countersigned_entries, report.entries
        ));
    }
    for timestamp in &evidence.timestamps {
        match timestamp.at_ms {
            Some(at_ms) => print(format_args!(
                "timestamped: entry {} and all before it existed {at_ms} ms since 1970-01-01 UTC, by the clock of a timestamp \
                 authority that you named",
                timestamp.entry
            )),
            None => print(format_args!(
                "a timestamp of entry {} is here, unchecked: say --timestamp-authority",
                timestamp.entry
            )),
        }
    }
    if report.level == Level::Open {
        print(
            "entries removed from the end of a call that is not closed are missed only by a countersigned head",
        );
    }
    if let Some(shredding) = &report.shredding
        && let Some(at_s) = shredding.confirmed_at_s
    {
        let by = if shredding.confirmed_by_known_server { "a server that you named" } else { "a server" };
        let who = shredding.requested_by.as_ref().map_or_else(
            || format!("entry {}", shredding.demanded_by_entry),
            |officer| format!("the officer {officer}"),
        );
        print(format_args!(
            "shredding demanded by {who}, confirmed by {by} at {at_s} s since 1970-01-01 UTC by its clock"
        ));
    }
    for order in &report.orders {
        let by = if order.by_known_officer { "an officer that you named" } else { "an officer" };
        let state = if order.in_force { ", in force" } else { "" };
        print(format_args!(
            "{} {} ordered by {by}, {}, for {}{state}",
            code(&order.order),
            order.number,
            order.officer,
            code(&order.reason)
        ));
    }
    for exposure in &report.exposures {
        print(format_args!(
            "exposed: {} ms of {} from {} ms on were recorded before they could be cut out ({}); {} of {} segments have no key \
             any more, {} confirmed by a server [entry {}]",
            exposure.to_sample.saturating_sub(exposure.from_sample) / 48,
            exposure.class,
            exposure.from_sample / 48,
            exposure.effect.as_str(),
            exposure.without_key,
            exposure.segments.len(),
            exposure.confirmed,
            exposure.entry
        ));
    }
    if evidence.gaps > 0 {
        print(format_args!("{} gaps, {} ms in all", evidence.gaps, evidence.gap_samples / 48));
    }
}

/// The word that programs read.
fn code(value: &impl serde::Serialize) -> String {
    serde_json::json!(value).as_str().unwrap_or_default().to_owned()
}

fn failure(fault: &Fault, count: usize) -> Failure {
    let more = match count {
        0 | 1 => String::new(),
        _ => format!(" ({count} faults in all)"),
    };
    Failure::new(exit_code(fault.kind), format!("{}{more}", fault.to_error()))
}
