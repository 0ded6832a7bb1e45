//! `callseal withdraw`: a party has taken its consent back after the call.
//!
//! Writes an amended vCon beside those that are there and changes none of them. Deletes nothing: what is to happen to the
//! recording is stated, and done elsewhere.

use crate::call_folder::CallFolder;
use crate::failure::Failure;
use crate::key_file;
use crate::output::{self, Kind};
use crate::papers::PapersArguments;
use crate::signing::{RecipientArguments, now_ms, read_key};
use crate::trust::TrustArguments;
use crate::vcon::describe;
use callseal::archive::{Addition, withdraw};
use callseal::evidence::{AnswerMethod, WithdrawalEffect, WithdrawalEvidence, unix_ms_of};
use std::path::PathBuf;

/// What is to happen to the recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Effect {
    /// What was recorded is kept.
    Keep,
    /// What was recorded is to be made unreadable. This command does not do that.
    Shred,
}

/// Arguments of `callseal withdraw`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The call's folder, STORE/CALL-ID.
    #[arg(value_name = "CALLDIR")]
    call: PathBuf,
    /// The private key of one of the recipients (a JWK, as made by `keygen`). Several may be given; the one that fits
    /// is used.
    #[arg(long = "key", value_name = "FILE", required = true)]
    keys: Vec<PathBuf>,
    /// The party that has withdrawn, by its index in the call: 1 is the customer.
    #[arg(long, value_name = "N")]
    party: u32,
    /// The private key of the officer who enters this (a JWK, as made by `keygen --signing`).
    #[arg(long, value_name = "FILE")]
    sign_key: PathBuf,
    #[command(flatten)]
    recipients: RecipientArguments,
    /// When the party withdrew, UTC: 2026-11-24T12:00:00Z, or a day. Without it, now.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    at: Option<u64>,
    /// What is to happen to the recording. It is stated in the vCon and done elsewhere.
    #[arg(long, value_enum, default_value = "keep")]
    effect: Effect,
    /// The recording is kept until then, UTC: a time or a day.
    #[arg(long, value_name = "TIME", value_parser = moment, conflicts_with = "effect")]
    until: Option<u64>,
    #[command(flatten)]
    papers: PapersArguments,
    #[command(flatten)]
    trust: TrustArguments,
    /// Write the new object there instead of into the call's folder, for a store that is none.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print the name of the new object and who signed it as JSON on standard output.
    #[arg(long)]
    json: bool,
}

/// Verifies what is there, and adds the withdrawal.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let keys = key_file::read_all(&arguments.keys)?;
    let officer = read_key(&arguments.sign_key)?;
    let others = arguments.recipients.read()?;
    let trust = arguments.trust.read()?;
    let call = CallFolder::open(&arguments.call)?;
    let now_ms = now_ms()?;
    let withdrawal = WithdrawalEvidence {
        party: arguments.party,
        method: AnswerMethod::HostAssertion,
        actor: None,
        reference: None,
        at_ms: arguments.at.unwrap_or(now_ms),
        sample: None,
        effect: match (arguments.until, arguments.effect) {
            (Some(until_ms), _) => WithdrawalEffect::KeepUntil { until_ms },
            (None, Effect::Keep) => WithdrawalEffect::StopAndKeep,
            (None, Effect::Shred) => WithdrawalEffect::StopAndShred,
        },
    };
    let addition = Addition { keys: &keys, others: &others, officer: &officer, trust: &trust, now_ms };
    let (name, opened) = withdraw(&call, &addition, withdrawal)?;
    let papers = arguments.papers.prepare(opened.signed.vcon(), arguments.party)?;
    match &arguments.out {
        Some(out) => output::write(out, &opened.object, Kind::Object)?,
        None => call.put(&name, &opened.object)?,
    }
    if let Some(papers) = papers {
        papers.write()?;
    }
    if arguments.json {
        output::print(serde_json::json!({"object": name.to_string(), "vcon": opened.account}));
    }
    output::note(format_args!("wrote {name}"));
    output::note(describe(&opened.account));
    Ok(())
}

/// A moment in UTC; a day alone begins at midnight.
fn moment(text: &str) -> Result<u64, String> {
    let is_day = text.len() == "2026-11-24".len();
    let of_day = || unix_ms_of(&format!("{text}T00:00:00Z"));
    let at_ms = if is_day { of_day() } else { unix_ms_of(text) };
    at_ms.ok_or_else(|| "a time is written 2026-11-24T12:00:00Z, a day 2026-11-24".to_owned())
}

#[cfg(test)]
mod tests {
    use super::moment;

    #[test]
    fn a_moment_is_a_time_in_utc_or_a_day() {
        assert_eq!(moment("2026-09-21T14:13:20Z"), Ok(1_790_000_000_000));
        assert_eq!(moment("1970-01-02"), Ok(86_400_000));
        for text in ["", "now", "2026-13-01", "2026-09-21T14:13:20", "21.09.2026"] {
            assert!(moment(text).is_err(), "{text}");
        }
    }
}
