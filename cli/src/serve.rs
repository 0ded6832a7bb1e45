//! `callseal serve`: takes sealed objects into a store, each exactly once, and serves the pages that record them.
//!
//! Owns the server's life: arguments, start, readiness, orderly end. It sees ciphertext only and must never need a
//! recipient's private key. What it promises is in `docs/serve.md`.

mod api;
mod config;
mod digest;
mod exposure;
mod grant;
mod granting;
mod heads;
mod log;
mod origin;
mod pending;
mod receive;
mod refusal;
mod retention;
mod shredding;
mod site;
mod store;
mod token;

use crate::failure::Failure;
use api::Server;
use exposure::Quarantine;
use grant::GrantKey;
use heads::Heads;
use origin::OwnOrigin;
use retention::{Retention, RetentionMode};
use serde_json::json;
use shredding::Shredder;
use site::Site;
use std::future::IntoFuture as _;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use store::WriteOnceStore;
use store::opening::{Grants, StoreOptions};
use token::BearerToken;
use tokio::net::TcpListener;
use tokio::sync::Notify;

/// Longest time running uploads get to finish once the server was told to end.
const DRAIN_LIMIT: Duration = Duration::from_secs(30);

/// The arguments of `callseal serve`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Where objects go: `fs://<folder>`, `s3://<bucket>`, `azblob://<container>`, `gcs://<bucket>`, `webdavs://<host>`, or
    /// `memory://` for trying out. Credentials come from the environment, never from the URL (docs/stores.md).
    #[arg(long, value_name = "URL")]
    store: String,

    /// Where envelopes and vCons go, if they are kept apart: a store that keeps nothing of what is deleted.
    #[arg(long, value_name = "URL")]
    envelope_store: Option<String>,

    /// Whether pages send objects straight to the store's service, where it takes presigned requests, or through this server.
    #[arg(long, value_enum, default_value_t)]
    grants: Grants,

    /// How long the store itself must refuse to delete an object, in days from its grant (S3 with Object Lock).
    #[arg(long, value_name = "DAYS")]
    retention_days: Option<u32>,

    /// Who may end a retention early: nobody, or whoever has the right for that.
    #[arg(long, value_enum, default_value_t)]
    retention_mode: RetentionMode,

    /// Put a legal hold on every object (S3 with Object Lock).
    #[arg(long)]
    legal_hold: bool,

    /// Address and port; port 0 takes any free one. The port is part of the web origin: keep it.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8787")]
    listen: SocketAddr,

    /// The origin under which browsers reach this server, if something stands in front of it.
    #[arg(long, value_name = "ORIGIN")]
    origin: Option<String>,

    /// Folder of static pages to serve at `/`.
    #[arg(long, value_name = "FOLDER")]
    site: Option<PathBuf>,

    /// A recipient's public key (JWK file) for the pages' configuration; may be given several times.
    #[arg(long, value_name = "FILE")]
    recipient: Vec<PathBuf>,

    /// File with the bearer token (22 characters or more); without it a random one is made at every start.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,

    /// The private key with which ledgers' heads are countersigned (JWK file); made with mode 0600 if it is not there.
    /// Without this, the store keeps it in `.callseal/server.private.jwk`; with `memory://` it ends with the process.
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,

    /// Write the pages' configuration, token included, to this file (mode 0600).
    #[arg(long, value_name = "FILE")]
    config_out: Option<PathBuf>,

    /// How long a grant counts, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=3600))]
    grant_lifetime_s: u64,

    /// Print one JSON line `{"url":…}` on standard output when ready.
    #[arg(long)]
    json_ready: bool,
}

/// Runs the server until SIGTERM or Ctrl-C.
///
/// # Errors
/// A [`Failure`] with status 2 for arguments that cannot be used, 3 for a taken port or a missing capability.
pub fn run(arguments: Arguments) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::missing_prerequisite(format!("the system gives no event loop: {error}")))?;
    let ended = runtime.block_on(serve(arguments));
    // A publish step that is on the disk now is let through; a stuck disk must not keep the process.
    runtime.shutdown_timeout(DRAIN_LIMIT);
    ended
}

async fn serve(arguments: Arguments) -> Result<(), Failure> {
    let token = read_token(arguments.token_file.as_deref())?;
    let page_config = config::page_config(&token, &arguments.recipient)?;
    let grant_key = GrantKey::random().map_err(no_random)?;
    let grant_lifetime_ms = arguments.grant_lifetime_s.saturating_mul(1000);

    // The port before the store: a second server must not sweep under the first one.
    let listener =
        TcpListener::bind(arguments.listen).await.map_err(|error| no_port(arguments.listen, &error))?;
    let address = listener
        .local_addr()
        .map_err(|error| Failure::missing_prerequisite(format!("the listener has no address: {error}")))?;
    let origin = own_origin(arguments.origin.as_deref(), address)?;
    let store = open_store(&arguments)?;
    store::examination::prove(store.as_ref()).await?;
    let in_store = || store.folder().map(|folder| folder.join(".callseal/server.private.jwk"));
    let heads = match arguments.key_file.clone().or_else(in_store) {
        Some(file) => Heads::open(Some(&file))?,
        None => Heads::kept_in(store.as_ref()).await?,
    };
    let direct_policy = api::direct_policy(&store.upload_origins());
    // A grant that goes straight to the store's service may be used until it expires, whatever happens to its call.
    let linger_ms = if direct_policy.is_some() { grant_lifetime_ms } else { 0 };
    let shredder = Shredder::new(linger_ms);
    let quarantine = Quarantine::new(linger_ms);
    let site = arguments.site.as_deref().map(|folder| Site::open(folder, store.folder())).transpose()?;
    if let Some(file) = &arguments.config_out {
        config::write(&page_config, file)?;
    }
    // Before readiness is told: whoever waits for it may end the server at once.
    let signals = Signals::listen()
        .map_err(|error| Failure::missing_prerequisite(format!("the system gives no signals: {error}")))?;

    let url = origin.as_str().to_owned();
    let server = Server {
        origin,
        token,
        grant_key,
        grant_lifetime_ms,
        store,
        heads,
        shredder,
        quarantine,
        direct_policy,
        page_config,
        site,
    };
    log::line(&format!("listening on {url}"));
    if arguments.json_ready {
        let mut output = std::io::stdout();
        let _ = writeln!(output, "{}", json!({ "url": url })).and_then(|()| output.flush());
    }
    until_told(listener, server, signals).await;
    Ok(())
}

fn open_store(arguments: &Arguments) -> Result<Box<dyn WriteOnceStore>, Failure> {
    let Arguments { retention_days, retention_mode, legal_hold, .. } = arguments;
    let options = StoreOptions {
        store: &arguments.store,
        envelope_store: arguments.envelope_store.as_deref(),
        grants: arguments.grants,
        retention: Retention::of_flags(*retention_days, *retention_mode, *legal_hold)?,
    };
    store::opening::open(&options, &|name| std::env::var(name).ok())
}

/// Meets demands for shredding, when their day has come, and for keys to be taken away, whichever instance took them.
async fn sweep(server: Arc<Server>) {
    let mut ticks = tokio::time::interval(shredding::SWEEP_EVERY);
    loop {
        ticks.tick().await;
        server.quarantine.sweep(server.store.as_ref(), &server.heads).await;
        server.shredder.sweep(server.store.as_ref(), &server.heads).await;
    }
}

/// Serves until a signal, then lets running requests finish within the limit; a second signal ends it at once.
async fn until_told(listener: TcpListener, server: Server, mut signals: Signals) {
    let stop = Arc::new(Notify::new());
    let stopped = Arc::clone(&stop);
    let server = Arc::new(server);
    let sweeping = tokio::spawn(sweep(Arc::clone(&server)));
    let serving = axum::serve(listener, api::router(server))
        .with_graceful_shutdown(async move { stopped.notified().await })
        .into_future();
    let mut serving = std::pin::pin!(serving);
    tokio::select! {
        _ = &mut serving => return, // does not happen: the listener retries for ever
        () = signals.next() => {}
    }
    log::event("stopping", &[]);
    sweeping.abort();
    stop.notify_one();
    let ended = tokio::select! {
        _ = &mut serving => "done",
        () = tokio::time::sleep(DRAIN_LIMIT) => "cut after 30 s",
        () = signals.next() => "cut by a second signal",
    };
    log::event("stopped", &[("requests", &format_args!("\"{ended}\""))]);
}

/// The signals that end the server.
#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// The signals that end the server.
#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}

fn read_token(file: Option<&std::path::Path>) -> Result<BearerToken, Failure> {
    let Some(file) = file else { return BearerToken::random().map_err(no_random) };
    let text = std::fs::read_to_string(file).map_err(|error| {
        Failure::bad_input(format!("--token-file {} cannot be read: {error}", file.display()))
    })?;
    BearerToken::parse(&text).ok_or_else(|| {
        Failure::bad_input(format!(
            "--token-file {} must hold one token of at least 22 letters, digits or -._~+/",
            file.display()
        ))
    })
}

fn own_origin(given: Option<&str>, address: SocketAddr) -> Result<OwnOrigin, Failure> {
    match given {
        Some(text) => OwnOrigin::parse(text).ok_or_else(|| {
            Failure::bad_input(format!("--origin {text} is not an origin such as https://calls.example"))
        }),
        None => OwnOrigin::of_listener(address).ok_or_else(|| {
            Failure::bad_input(format!(
                "--listen {address} stands for every address; say with --origin under which one browsers come"
            ))
        }),
    }
}

fn no_port(address: SocketAddr, error: &std::io::Error) -> Failure {
    if error.kind() == std::io::ErrorKind::AddrInUse {
        return Failure::missing_prerequisite(format!(
            "port {} of {} is taken; end the program that holds it and start again. Another port would be another web \
             origin, and recordings that still wait in the browser's spool under this one would be orphaned",
            address.port(),
            address.ip()
        ));
    }
    Failure::missing_prerequisite(format!("cannot listen on {address}: {error}"))
}

fn no_random(error: getrandom::Error) -> Failure {
    Failure::missing_prerequisite(format!("the system gives no random bytes: {error}"))
}
