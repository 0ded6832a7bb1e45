//! `callseal rewrap`: the keys of stored calls are wrapped for other recipients.
//!
//! Writes new envelopes and newly sealed vCons beside the old ones, and never touches a segment. An old one is destroyed only
//! on demand, and only after its successor was read back from the disk and opened with the key of a new recipient. What was
//! done is not done again, so an interrupted run is simply repeated.

use crate::call_folder::CallFolder;
use crate::failure::Failure;
use crate::key_file;
use crate::output;
use crate::signing::{now_ms, read_recipient};
use callseal::archive::{ObjectSource as _, Rewrapping, Wrapped};
use callseal::names::CallId;
use callseal::seal::{PrivateKey, RecipientKey};
use serde::Serialize;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Arguments of `callseal rewrap`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The call's folder, STORE/CALL-ID; with --all the folder of many calls, STORE.
    #[arg(value_name = "CALLDIR")]
    call: PathBuf,
    /// Every call in the folder. A call that cannot be rewrapped is told, and the others are done all the same.
    #[arg(long)]
    all: bool,
    /// The private key that opens the calls now (a JWK, as made by `keygen`). May be repeated.
    #[arg(long, value_name = "FILE", required = true)]
    key: Vec<PathBuf>,
    /// The public key (JWK) of a new recipient; repeat it for each, also for those who stay.
    #[arg(long, value_name = "FILE", required = true)]
    recipient: Vec<PathBuf>,
    /// Destroy the old envelopes and vCons, so that nobody but the new recipients can open the calls.
    #[arg(long, requires = "new_key")]
    destroy_old: bool,
    /// The private key of one new recipient. Every new object is read back and opened with it before an old one is destroyed.
    #[arg(long, value_name = "FILE")]
    new_key: Option<PathBuf>,
    /// Print what was done as JSON on standard output, one line per call.
    #[arg(long)]
    json: bool,
}

/// What became of one call.
#[derive(Debug, Default, Clone, Copy, Serialize)]
struct Done {
    /// Keys and vCons that were wrapped now.
    rewrapped: usize,
    /// Those that had been before.
    already: usize,
    /// New objects that were read back and opened.
    proved: usize,
    /// Old objects that were destroyed.
    destroyed: usize,
}

/// The keys of one run.
struct Keys {
    old: Vec<PrivateKey>,
    /// Of one new recipient; empty without --new-key.
    new: Vec<PrivateKey>,
    recipients: Vec<RecipientKey>,
    destroys: bool,
}

/// Rewraps one call, or all; the first call that failed gives the exit code.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let keys = Keys {
        old: key_file::read_all(&arguments.key)?,
        new: key_file::read_all(arguments.new_key.as_slice())?,
        recipients: arguments.recipient.iter().map(|path| read_recipient(path)).collect::<Result<_, _>>()?,
        destroys: arguments.destroy_old,
    };
    let is_new =
        |key: &PrivateKey| keys.recipients.iter().any(|recipient| recipient.thumbprint() == key.thumbprint());
    if !keys.new.iter().all(is_new) {
        return Err(Failure::bad_input("--new-key is the key of none of the new recipients (--recipient)"));
    }
    if !arguments.all {
        let call = CallFolder::open(&arguments.call)?;
        let done = one(&call, &keys)?;
        return tell(arguments, &call, done);
    }
    let calls = calls(&arguments.call)?;
    let (mut failed, mut first) = (0_usize, None);
    for (path, number) in calls.iter().zip(1_usize..) {
        let outcome = CallFolder::open(path).and_then(|call| {
            output::note(format_args!("call {number} of {}: {}", calls.len(), call.call_id()));
            one(&call, &keys).and_then(|done| tell(arguments, &call, done))
        });
        if let Err(failure) = outcome {
            failure.report();
            failed = failed.saturating_add(1);
            first.get_or_insert(failure.exit_code());
        }
    }
    let summary = format!("{} of {} calls are done", calls.len().saturating_sub(failed), calls.len());
    match first {
        Some(code) => Err(Failure::new(code, summary)),
        None => {
            output::note(summary);
            Ok(())
        }
    }
}

/// The folders of calls in a store, in order.
fn calls(store: &Path) -> Result<Vec<PathBuf>, Failure> {
    let failed = |error| Failure::bad_input(format!("{} cannot be listed: {error}", store.display()));
    let mut calls = Vec::new();
    for entry in store.read_dir().map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.file_name().to_str().is_some_and(|name| CallId::parse(name).is_ok()) {
            calls.push(entry.path());
        }
    }
    calls.sort_unstable();
    if calls.is_empty() {
        return Err(Failure::bad_input(format!("there is no call in {}", store.display())));
    }
    Ok(calls)
}

fn one(call: &CallFolder, keys: &Keys) -> Result<Done, Failure> {
    let rewrapping = Rewrapping::begin(call, &keys.recipients, now_ms()?)?;
    let mut done = Done::default();
    for wrapped in rewrapping.wrapped() {
        step(call, keys, &rewrapping, &wrapped, &mut done)?;
    }
    Ok(done)
}

fn step(
    call: &CallFolder,
    keys: &Keys,
    rewrapping: &Rewrapping<'_>,
    wrapped: &Wrapped,
    done: &mut Done,
) -> Result<(), Failure> {
    let latest = match rewrapping.rewrap(wrapped, &keys.old)? {
        Some((name, content)) => {
            call.put(&name, &content)?;
            done.rewrapped = done.rewrapped.saturating_add(1);
            Some(name)
        }
        None => {
            done.already = done.already.saturating_add(1);
            wrapped.objects().first().copied()
        }
    };
    let Some(latest) = latest.filter(|_| !keys.new.is_empty()) else { return Ok(()) };
    rewrapping.check(wrapped, &latest, &keys.new)?;
    done.proved = done.proved.saturating_add(1);
    if keys.destroys {
        for old in wrapped.objects().iter().filter(|old| **old != latest) {
            call.destroy(old)?;
            done.destroyed = done.destroyed.saturating_add(1);
        }
    }
    Ok(())
}

#[allow(clippy::unnecessary_wraps, reason = "the last step of a chain that can fail")]
fn tell(arguments: &Arguments, call: &CallFolder, done: Done) -> Result<(), Failure> {
    if arguments.json {
        output::print(json!({"call_id": call.call_id(), "done": done}));
    }
    let Done { rewrapped, already, proved, destroyed } = done;
    output::note(format_args!(
        "{rewrapped} wrapped anew, {already} were already; {proved} opened with the new key, {destroyed} old ones destroyed"
    ));
    Ok(())
}
