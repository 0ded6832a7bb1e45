//! `callseal explain`: which law counts for a call, and why.
//!
//! Owns the command's arguments and the human form of a decision. Must never repeat a telephone number, neither in the
//! decision nor in a failure.

use crate::failure::Failure;
use crate::output::print;
use callseal::jurisdiction::{
    CallFacts, Decision, Hint, MOST_TABLE_BYTES, Mandate, Media, Mode, PartyFacts, Policy, Reading, Role,
    Signal, Table, decide,
};
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Arguments of `callseal explain`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Where the agent is: an ISO 3166 code such as US-TX or DE, or the agent's number. Several hints of one party are
    /// separated by commas.
    #[arg(long, value_name = "HINTS")]
    agent: Option<String>,
    /// Where the customer is: a number such as +14155550100, the code of its address, or both; once for each party on
    /// the line.
    #[arg(long, value_name = "HINTS")]
    customer: Vec<String>,
    /// Where the company is that records, if its law is to count.
    #[arg(long, value_name = "PLACE")]
    company: Option<String>,
    /// How the call travels: phone, webrtc_voice or video.
    #[arg(long, value_name = "MEDIA", default_value = "phone")]
    media: String,
    /// A law table of your own instead of the built-in one.
    #[arg(long, value_name = "FILE")]
    table: Option<PathBuf>,
    /// The regulation that demands the recording: mifid_ii or fca_sysc10a.
    #[arg(long, value_name = "REGULATION")]
    mandate: Option<String>,
    /// The least strict mode to be used: notice_and_stay, record_disclosure or nothing_before_yes.
    #[arg(long, value_name = "MODE")]
    least_mode: Option<String>,
    /// The bare rule of each statute instead of the stricter reading.
    #[arg(long)]
    plain: bool,
    /// A periodic tone.
    #[arg(long)]
    beep: bool,
    /// Print the whole decision as JSON on standard output.
    #[arg(long)]
    json: bool,
    /// What stands here by mistake; clap would repeat it, and it may be a number.
    #[arg(hide = true)]
    stray: Vec<String>,
}

/// Decides and explains.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    if !arguments.stray.is_empty() {
        return Err(Failure::bad_input(
            "explain takes options only: --agent, --customer, --company and others",
        ));
    }
    let facts = facts(arguments)?;
    let policy = policy(arguments)?;
    let own = arguments.table.as_deref().map(read_table).transpose()?;
    let table = own.as_ref().unwrap_or_else(|| Table::builtin());
    let decision = decide(table, &facts, &policy);
    if arguments.json {
        print(serde_json::json!(decision));
    } else {
        print_human(&decision, table);
    }
    Ok(())
}

fn facts(arguments: &Arguments) -> Result<CallFacts, Failure> {
    if arguments.agent.is_none() && arguments.customer.is_empty() {
        return Err(Failure::bad_input("explain needs at least one of --agent and --customer"));
    }
    let mut parties = Vec::new();
    if let Some(text) = &arguments.agent {
        parties.push(PartyFacts {
            index: 0,
            role: Role::Agent,
            hints: hints("--agent", text, Signal::AgentPlace)?,
        });
    }
    for (index, text) in (1..).zip(&arguments.customer) {
        let hints = hints("--customer", text, Signal::CrmAddress)?;
        parties.push(PartyFacts { index, role: Role::Customer, hints });
    }
    let company =
        arguments.company.as_deref().map(|text| hint("--company", text, Signal::CompanyPlace)).transpose()?;
    Ok(CallFacts {
        media: Media::from_word(&arguments.media).ok_or_else(|| no_word("--media"))?,
        parties,
        company,
    })
}

fn hints(option: &str, text: &str, place: Signal) -> Result<Vec<Hint>, Failure> {
    text.split(',').map(|part| hint(option, part.trim(), place)).collect()
}

/// What begins with a plus sign or a digit is meant as a number.
fn hint(option: &str, text: &str, place: Signal) -> Result<Hint, Failure> {
    let number = text.starts_with(|first: char| first == '+' || first == '(' || first.is_ascii_digit());
    let signal = if number { Signal::Number } else { place };
    Hint::parse(signal, text).map_err(|error| Failure::bad_input(format!("{option}: {error}")))
}

fn policy(arguments: &Arguments) -> Result<Policy, Failure> {
    let mandate = match &arguments.mandate {
        Some(word) => Some(Mandate::from_word(word).ok_or_else(|| no_word("--mandate"))?),
        None => None,
    };
    let least_mode = match &arguments.least_mode {
        Some(word) => Mode::from_word(word).ok_or_else(|| no_word("--least-mode"))?,
        None => Policy::default().least_mode,
    };
    Ok(Policy {
        reading: if arguments.plain { Reading::Plain } else { Reading::Conservative },
        least_mode,
        mandate,
        beep: arguments.beep,
    })
}

/// The answer for what is none of the words. clap's own message would repeat what was given.
fn no_word(option: &str) -> Failure {
    Failure::bad_input(format!("{option}: not one of the words that are listed by --help"))
}

fn read_table(path: &Path) -> Result<Table, Failure> {
    let unreadable =
        |error: std::io::Error| Failure::bad_input(format!("{} cannot be read: {error}", path.display()));
    let mut json = Vec::new();
    let most_bytes = u64::try_from(MOST_TABLE_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    File::open(path).map_err(unreadable)?.take(most_bytes).read_to_end(&mut json).map_err(unreadable)?;
    Table::read(&json).map_err(|error| Failure::bad_input(format!("{}: {error}", path.display())))
}

fn print_human(decision: &Decision, table: &Table) {
    print(&decision.summary.text);
    print("");
    print(format_args!("mode      {}", decision.mode.as_str()));
    print(format_args!("rule      {}", decision.rule.as_str()));
    let say: Vec<_> = decision.must_say.iter().map(|statement| statement.as_str()).collect();
    print(format_args!("must say  {}", say.join(", ")));
    print(format_args!("beep      {}", if decision.beep { "yes" } else { "no" }));
    print("");
    for sentence in &decision.explanation {
        print(sentence);
    }
    let mut told: Vec<&str> = Vec::new();
    for row in decision.findings.iter().filter_map(|finding| finding.row.as_ref()) {
        if let Some(row) = table.row(&row.code)
            && !told.contains(&row.code.as_str())
        {
            told.push(&row.code);
            print(format_args!("{}: {}", row.code, row.note));
        }
    }
}
