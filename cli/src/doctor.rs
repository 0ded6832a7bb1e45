//! `callseal doctor`: finds out whether a store or a server does what recordings rely on, and says what is missing.
//!
//! Owns what is asked of which address, and how the answers are told. It writes probes of no value below `.callseal/`, and
//! removes them. It must never print a credential or a signed URL.

mod page;
mod server;
mod template;

use crate::failure::Failure;
use crate::serve::store::examination::{Check, Duty};
use crate::serve::store::opening::{self, Grants, StoreOptions};
use serde_json::json;
use std::io::Write as _;

/// Status of a doctor that found problems.
const PROBLEMS: u8 = 1;

/// The arguments of `callseal doctor`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// What to look at: a store's URL as for `serve --store`, a server's `https://calls.example`, or the template of a plain
    /// HTTP store, `https://dav.example/rec/{name}`.
    #[arg(value_name = "URL")]
    url: String,

    /// The web origin of the pages that record: whether they may send objects there is asked as a browser asks it.
    #[arg(long, value_name = "ORIGIN")]
    origin: Option<String>,

    /// For a store: how pages will send their objects, as for `serve --grants`.
    #[arg(long, value_enum, default_value_t)]
    grants: Grants,

    /// For a store: it holds no envelopes (`serve --envelope-store` names another), so it may keep what is deleted.
    #[arg(long)]
    no_envelopes: bool,

    /// Print one JSON document instead of lines.
    #[arg(long)]
    json: bool,
}

/// Asks and tells.
///
/// # Errors
/// A [`Failure`] with status 1 if something is wrong, 2 for arguments that cannot be used.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::missing_prerequisite(format!("the system gives no event loop: {error}")))?;
    let origin = arguments.origin.as_deref().map(page::origin).transpose()?;
    let checks = runtime.block_on(ask(arguments, origin))?;
    let problems = checks.iter().filter(|check| !check.ok).count();
    let mut output = std::io::stdout();
    let told = if arguments.json {
        writeln!(output, "{}", json!({ "ok": problems == 0, "checks": checks }))
    } else {
        checks.iter().try_for_each(|check| tell(&mut output, check))
    };
    // A closed standard output hides nothing: the status says it.
    let _ = told;
    match problems {
        0 => Ok(()),
        1 => Err(Failure::new(PROBLEMS, "there is one problem")),
        _ => Err(Failure::new(PROBLEMS, format!("there are {problems} problems"))),
    }
}

fn tell(output: &mut impl std::io::Write, check: &Check) -> std::io::Result<()> {
    let word = if check.ok { "ok" } else { "PROBLEM" };
    writeln!(output, "{word:<8} {:<11} {}", check.name, check.detail)?;
    for line in check.remedy.iter().flat_map(|remedy| remedy.lines()) {
        writeln!(output, "         {:<11} {line}", "")?;
    }
    Ok(())
}

async fn ask(arguments: &Arguments, page_origin: Option<String>) -> Result<Vec<Check>, Failure> {
    let url = arguments.url.as_str();
    if url.starts_with("http://") || url.starts_with("https://") {
        if url.contains(template::PLACEHOLDER) {
            return template::ask(url, page_origin.as_deref()).await;
        }
        return server::ask(url, page_origin.as_deref()).await;
    }
    let options = StoreOptions { grants: arguments.grants, ..StoreOptions::of(url) };
    let store = opening::open(&options, &|name| std::env::var(name).ok())?;
    let duty = Duty { holds_keys: !arguments.no_envelopes, page_origin, is_thorough: true };
    let checks = store.examine(&duty).await;
    if checks.is_empty() {
        return Ok(vec![Check::ok("open", "the store opens, and its promises are those of this machine")]);
    }
    Ok(checks)
}
