//! `callseal serve`: takes sealed objects into a store, each exactly once, and serves the pages that record them.
//!
//! Owns the arguments and the start: everything that can be wrong with a configuration is found before the first request.
//! It sees ciphertext only and must never need a recipient's private key. What it promises is in `docs/serve.md`.

mod access;
mod accesses;
mod api;
mod bindings;
mod caller;
mod chain;
mod config;
mod connections;
mod digest;
mod exposure;
mod grant;
mod granting;
mod guard;
mod heads;
mod health;
mod jwks;
mod jwt;
mod life;
pub mod log;
mod metrics;
mod metrics_page;
mod options;
mod orders;
mod origin;
mod pending;
mod rates;
mod reading;
mod receive;
mod refusal;
mod retention;
mod shredding;
mod site;
pub mod store;
mod timestamps;
mod token;

use crate::failure::Failure;
use crate::trust::certifier;
use access::Access;
use accesses::Accesses;
use api::Server;
use bindings::Bindings;
use chain::Chains;
use connections::Limits;
use exposure::Quarantine;
use grant::{GrantKey, SHORTEST_SECRET_CHARS};
use heads::Heads;
use jwks::Jwks;
use jwt::Rules;
use life::Signals;
use options::{ranged, secret};
use orders::Officers;
use origin::{Origins, OwnOrigin};
use rates::Rates;
use retention::{Retention, RetentionMode};
use serde::{Deserialize, Serialize};
use serde_json::json;
use shredding::Shredder;
use site::Site;
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use store::WriteOnceStore;
use store::opening::{Grants, StoreOptions};
use timestamps::Timestamps;
use token::BearerToken;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// Where a server listens that was told nothing else.
const USUAL_ADDRESS: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8787);
/// How long a grant counts, in seconds: longer than the slowest upload, short enough for a grant that got lost.
const USUAL_GRANT_LIFETIME_S: u64 = 300;
/// Connections at a time: six of each of 600 browsers, or a proxy's.
const USUAL_CONNECTIONS: u64 = 4_096;
/// Requests that are answered at a time; each may hold one object of 1 MiB in memory.
const USUAL_REQUESTS: u64 = 256;
/// Requests per second of one address: a centre of 2,000 agents may be one, and an agent asks less than once in two seconds.
const USUAL_RATE_PER_ADDRESS: u64 = 1_000;
/// Requests per second of one person.
const USUAL_RATE_PER_TOKEN: u64 = 20;
/// Descriptors beside those of connections: files on their way, the store, the log.
const OTHER_DESCRIPTORS: u64 = 1_024;

/// How long after its grant has expired an upload may still end, in milliseconds: one that had begun, and a service whose clock
/// is behind.
const LATE_UPLOAD_MS: u64 = 5 * 60 * 1000;

/// The arguments of `callseal serve`. Flags win over the environment, the environment over the file of `--config`.
#[derive(Debug, Default, clap::Args, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Arguments {
    /// A TOML file with any of these options under their long names, e.g. `store = "fs:///var/lib/callseal"`.
    #[arg(long, value_name = "FILE", env = "CALLSEAL_CONFIG")]
    #[serde(skip)]
    config: Option<PathBuf>,

    /// Do everything that a start does, but for listening, and end: status 0 if the configuration can be used.
    #[arg(long)]
    #[serde(skip)]
    check: bool,

    /// Where objects go: `fs://<folder>`, `s3://<bucket>`, `azblob://<container>`, `gcs://<bucket>`, `webdavs://<host>`,
    /// `sftp://<user>@<host>/<path>`, or `memory://` for trying out. Credentials come from the environment, never from the URL (docs/stores.md).
    #[arg(long, value_name = "URL", env = "CALLSEAL_STORE", hide_env_values = true)]
    store: Option<String>,

    /// Where envelopes and vCons go, if they are kept apart: a store that keeps nothing of what is deleted.
    #[arg(long, value_name = "URL", env = "CALLSEAL_ENVELOPE_STORE", hide_env_values = true)]
    envelope_store: Option<String>,

    /// Whether pages send objects straight to the store's service, where it takes presigned requests (the default), or
    /// through this server.
    #[arg(long, value_enum, env = "CALLSEAL_GRANTS")]
    grants: Option<Grants>,

    /// How long the store itself must refuse to delete an object, in days from its grant (S3 with Object Lock).
    #[arg(long, value_name = "DAYS", env = "CALLSEAL_RETENTION_DAYS")]
    retention_days: Option<u32>,

    /// Who may end a retention early: nobody (the default), or whoever has the right for that.
    #[arg(long, value_enum, env = "CALLSEAL_RETENTION_MODE")]
    retention_mode: Option<RetentionMode>,

    /// Put a legal hold on every object (S3 with Object Lock).
    #[arg(long, value_name = "BOOL", env = "CALLSEAL_LEGAL_HOLD", num_args = 0..=1, require_equals = true,
        default_missing_value = "true")]
    legal_hold: Option<bool>,

    /// Address and port, default 127.0.0.1:8787; port 0 takes any free one. The port is part of the web origin: keep it.
    #[arg(long, value_name = "ADDRESS:PORT", env = "CALLSEAL_LISTEN")]
    listen: Option<SocketAddr>,

    /// The origin under which browsers reach this server, if something stands in front of it.
    #[arg(long, value_name = "ORIGIN", env = "CALLSEAL_ORIGIN")]
    origin: Option<String>,

    /// Another origin whose pages may talk to this server (CORS), exactly as browsers write it, or a browser extension's
    /// (chrome-extension://…); several times, or with commas.
    #[arg(long, value_name = "ORIGIN", env = "CALLSEAL_ALLOW_ORIGIN", value_delimiter = ',')]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    allow_origin: Vec<String>,

    /// Folder of static pages to serve at `/`.
    #[arg(long, value_name = "FOLDER", env = "CALLSEAL_SITE")]
    site: Option<PathBuf>,

    /// A recipient's public key (JWK file) for the pages' configuration; several times, or with commas.
    #[arg(long, value_name = "FILE", env = "CALLSEAL_RECIPIENT", value_delimiter = ',')]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    recipient: Vec<PathBuf>,

    /// File with this server's own bearer token (22 characters or more); else the variable CALLSEAL_TOKEN; without either
    /// a random one is made at every start.
    #[arg(long, value_name = "FILE", env = "CALLSEAL_TOKEN_FILE")]
    token_file: Option<PathBuf>,

    /// Let the own token also read: list calls and get objects.
    #[arg(long, value_name = "BOOL", env = "CALLSEAL_ALLOW_READ", num_args = 0..=1, require_equals = true,
        default_missing_value = "true")]
    allow_read: Option<bool>,

    /// Give audio and keys only to a caller who has said why within the last two hours (docs/player.md).
    #[arg(long, value_name = "BOOL", env = "CALLSEAL_REQUIRE_ACCESS_REASON", num_args = 0..=1, require_equals = true,
        default_missing_value = "true")]
    require_access_reason: Option<bool>,

    /// Take JSON Web Tokens instead of an own token: the provider's key set, an https URL or a file.
    #[arg(long, value_name = "URL|FILE", env = "CALLSEAL_JWKS")]
    jwks: Option<String>,

    /// The `iss` that these tokens must have.
    #[arg(long, value_name = "TEXT", env = "CALLSEAL_ISSUER")]
    issuer: Option<String>,

    /// The `aud` that these tokens must have.
    #[arg(long, value_name = "TEXT", env = "CALLSEAL_AUDIENCE")]
    audience: Option<String>,

    /// The claim with the roles, default `roles`; with a leading `/` a JSON pointer, e.g. `/realm_access/roles`.
    #[arg(long, value_name = "CLAIM", env = "CALLSEAL_ROLE_CLAIM")]
    role_claim: Option<String>,

    /// The role that may store, default `agent`.
    #[arg(long, value_name = "ROLE", env = "CALLSEAL_AGENT_ROLE")]
    agent_role: Option<String>,

    /// The role that may read, default `supervisor`.
    #[arg(long, value_name = "ROLE", env = "CALLSEAL_SUPERVISOR_ROLE")]
    supervisor_role: Option<String>,

    /// The private key with which ledgers' heads are countersigned (JWK file); made with mode 0600 if it is not there.
    /// Without this, the store keeps it in `.callseal/server.private.jwk`; with `memory://` it ends with the process.
    #[arg(long, value_name = "FILE", env = "CALLSEAL_KEY_FILE")]
    key_file: Option<PathBuf>,

    /// Whose orders to shred, hold and release calls are carried out: a certificate, a public key, or a thumbprint; several times,
    /// or with commas. Without any, nobody's.
    #[arg(long, value_name = "FILE|THUMBPRINT", env = "CALLSEAL_OFFICER", value_delimiter = ',')]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    officer: Vec<String>,

    /// Have every countersigned head timestamped by the authority at this URL (RFC 3161, http or https).
    #[arg(long, value_name = "URL", env = "CALLSEAL_TIMESTAMP_URL")]
    timestamp_url: Option<String>,

    /// Write the pages' configuration, token included, to this file (mode 0600).
    #[arg(long, value_name = "FILE", env = "CALLSEAL_CONFIG_OUT")]
    config_out: Option<PathBuf>,

    /// How long a grant counts, in seconds, 1 to 3600, default 300.
    #[arg(long, value_name = "SECONDS", env = "CALLSEAL_GRANT_LIFETIME_S")]
    grant_lifetime_s: Option<u64>,

    /// File with a secret (22 characters or more) that several instances share, so that each takes the others' grants;
    /// else the variable CALLSEAL_GRANT_SECRET; without either, grants end with the process.
    #[arg(long, value_name = "FILE", env = "CALLSEAL_GRANT_SECRET_FILE")]
    grant_secret_file: Option<PathBuf>,

    /// Requests per second that one address may send, default 1000, for ten seconds tenfold; 0 sets no limit.
    #[arg(long, value_name = "N", env = "CALLSEAL_RATE_PER_ADDRESS")]
    rate_per_address: Option<u64>,

    /// Requests per second that one person's tokens may send, default 20, for ten seconds tenfold; 0 sets no limit.
    #[arg(long, value_name = "N", env = "CALLSEAL_RATE_PER_TOKEN")]
    rate_per_token: Option<u64>,

    /// Take a client's address from the last entry of X-Forwarded-For. Only behind a proxy that writes it.
    #[arg(long, value_name = "BOOL", env = "CALLSEAL_TRUST_FORWARDED_FOR", num_args = 0..=1, require_equals = true,
        default_missing_value = "true")]
    trust_forwarded_for: Option<bool>,

    /// Connections at a time, default 4096; what comes beyond is told so (503).
    #[arg(long, value_name = "N", env = "CALLSEAL_MAX_CONNECTIONS")]
    max_connections: Option<u64>,

    /// Requests that are answered at a time, default 256; what comes beyond is told so (503).
    #[arg(long, value_name = "N", env = "CALLSEAL_MAX_REQUESTS")]
    max_requests: Option<u64>,

    /// The form of the log's lines, default text.
    #[arg(long, value_name = "FORM", env = "CALLSEAL_LOG")]
    log: Option<log::Format>,

    /// Address and port of a second listener with `/metrics`, `/healthz` and `/readyz`; off without.
    #[arg(long, value_name = "ADDRESS:PORT", env = "CALLSEAL_METRICS_LISTEN")]
    metrics_listen: Option<SocketAddr>,

    /// Print one JSON line `{"url":…}` on standard output when ready.
    #[arg(long)]
    #[serde(skip)]
    json_ready: bool,
}

/// Runs the server until SIGTERM or Ctrl-C.
///
/// # Errors
/// A [`Failure`] with status 2 for arguments that cannot be used, 3 for a taken port or a missing capability.
pub fn run(arguments: Arguments) -> Result<(), Failure> {
    let arguments = options::load(arguments)?;
    log::set_format(arguments.log.unwrap_or(log::Format::Text));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::missing_prerequisite(format!("the system gives no event loop: {error}")))?;
    let ended = runtime.block_on(serve(arguments));
    // A publish step that is on the disk now is let through; a stuck disk must not keep the process.
    runtime.shutdown_timeout(life::DRAIN_LIMIT);
    ended
}

async fn serve(arguments: Arguments) -> Result<(), Failure> {
    let limits = limits(&arguments)?;
    let rates = rates(&arguments)?;
    let max_requests = ranged("max-requests", arguments.max_requests.unwrap_or(USUAL_REQUESTS), 1..=100_000)?;
    let grant_lifetime_s = arguments.grant_lifetime_s.unwrap_or(USUAL_GRANT_LIFETIME_S);
    let grant_lifetime_ms = ranged("grant-lifetime-s", grant_lifetime_s, 1..=3600)?.saturating_mul(1000);
    let grant_key = grant_key(&arguments)?;
    let timestamps = arguments.timestamp_url.as_deref().map(Timestamps::new).transpose()?;
    let officers = arguments.officer.iter().map(|given| certifier("--officer", given));
    let officers = Officers::new(officers.collect::<Result<_, _>>()?);
    let access = access(&arguments).await?;
    let page_config = config::page_config(access.own_token(), &arguments.recipient)?;

    // The ports before the store: a second server must not sweep under the first one.
    let address = arguments.listen.unwrap_or(USUAL_ADDRESS);
    let listening = if arguments.check { None } else { Some(listen(address).await?) };
    let metrics = match arguments.metrics_listen {
        Some(address) if !arguments.check => Some(listen(address).await?.0),
        _ => None,
    };
    let address = listening.as_ref().map_or(address, |(_, address)| *address);
    let own = own_origin(arguments.origin.as_deref(), address)?;
    let origins = Origins::new(own, &arguments.allow_origin).map_err(|text| {
        Failure::bad_input(format!("--allow-origin {text} is not an origin such as https://crm.example"))
    })?;
    let store = open_store(&arguments)?;
    store::examination::prove(store.as_ref()).await?;
    let in_store = || store.folder().map(|folder| folder.join(".callseal/server.private.jwk"));
    let heads = match arguments.key_file.clone().or_else(in_store) {
        Some(file) => Heads::open(Some(&file))?,
        None => Heads::kept_in(store.as_ref()).await?,
    };
    let direct_policy = guard::direct_policy(&store.upload_origins());
    // A grant that goes straight to the store's service may be used until it expires, whatever happens to its call.
    let linger_ms =
        if direct_policy.is_some() { grant_lifetime_ms.saturating_add(LATE_UPLOAD_MS) } else { 0 };
    let shredder = Shredder::new(linger_ms, officers);
    let quarantine = Quarantine::new(linger_ms);
    let site = arguments.site.as_deref().map(|folder| Site::open(folder, &store.folders())).transpose()?;
    let Some((listener, _)) = listening else {
        log::line("the configuration can be used");
        return Ok(());
    };
    if let Some(file) = &arguments.config_out {
        config::write(&page_config, file)?;
    }
    // Before readiness is told: whoever waits for it may end the server at once.
    let signals = Signals::listen()
        .map_err(|error| Failure::missing_prerequisite(format!("the system gives no signals: {error}")))?;

    let url = origins.own.as_str().to_owned();
    let server = Server {
        origins,
        access,
        rates,
        places: Semaphore::new(usize::try_from(max_requests).unwrap_or(usize::MAX)),
        bindings: Bindings::default(),
        accesses: Accesses::new(arguments.require_access_reason.unwrap_or(false)),
        chains: Chains::default(),
        grant_key,
        grant_lifetime_ms,
        store,
        heads,
        timestamps,
        shredder,
        quarantine,
        linger_ms,
        direct_policy,
        page_config,
        site,
    };
    allow_descriptors(limits);
    log::line(&format!("listening on {url}"));
    if let Some(address) = metrics.as_ref().and_then(|listener| listener.local_addr().ok()) {
        log::line(&format!("metrics on http://{address}/metrics"));
    }
    if arguments.json_ready {
        let mut output = std::io::stdout();
        let _ = writeln!(output, "{}", json!({ "url": url })).and_then(|()| output.flush());
    }
    life::until_told(listener, metrics, limits, server, signals).await;
    Ok(())
}

fn open_store(arguments: &Arguments) -> Result<Box<dyn WriteOnceStore>, Failure> {
    let store = arguments.store.as_deref().ok_or_else(|| {
        Failure::bad_input("no store: say --store URL, CALLSEAL_STORE, or store in the file of --config")
    })?;
    let Arguments { retention_days, retention_mode, legal_hold, .. } = arguments;
    let options = StoreOptions {
        store,
        envelope_store: arguments.envelope_store.as_deref(),
        grants: arguments.grants.unwrap_or_default(),
        retention: Retention::of_flags(
            *retention_days,
            retention_mode.unwrap_or_default(),
            legal_hold.unwrap_or(false),
        )?,
    };
    store::opening::open(&options, &|name| std::env::var(name).ok())
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), Failure> {
    let listener = TcpListener::bind(address).await.map_err(|error| no_port(address, &error))?;
    let address = listener
        .local_addr()
        .map_err(|error| Failure::missing_prerequisite(format!("the listener has no address: {error}")))?;
    Ok((listener, address))
}

/// Lets the process have a descriptor for every connection, as far as the system allows.
fn allow_descriptors(limits: Limits) {
    let wanted = u64::try_from(limits.connections).unwrap_or(u64::MAX).saturating_add(OTHER_DESCRIPTORS);
    let allowed = rlimit::increase_nofile_limit(wanted).unwrap_or(0);
    if allowed < wanted {
        log::event("few-descriptors", &[("allowed", &allowed), ("wanted", &wanted)]);
    }
}

fn limits(arguments: &Arguments) -> Result<Limits, Failure> {
    let connections = arguments.max_connections.unwrap_or(USUAL_CONNECTIONS);
    let connections = ranged("max-connections", connections, 1..=1_000_000)?;
    Ok(Limits { connections: usize::try_from(connections).unwrap_or(usize::MAX) })
}

fn rates(arguments: &Arguments) -> Result<Rates, Failure> {
    let rate = |option: &str, given: Option<u64>, usual| {
        let rate = ranged(option, given.unwrap_or(usual), 0..=1_000_000)?;
        Ok::<_, Failure>(u32::try_from(rate).unwrap_or(u32::MAX))
    };
    Ok(Rates::new(
        rate("rate-per-address", arguments.rate_per_address, USUAL_RATE_PER_ADDRESS)?,
        rate("rate-per-token", arguments.rate_per_token, USUAL_RATE_PER_TOKEN)?,
        arguments.trust_forwarded_for.unwrap_or(false),
    ))
}

fn grant_key(arguments: &Arguments) -> Result<GrantKey, Failure> {
    let file = arguments.grant_secret_file.as_deref();
    let Some(secret) = secret("grant-secret-file", file, "CALLSEAL_GRANT_SECRET")? else {
        return GrantKey::random().map_err(no_random);
    };
    GrantKey::of_secret(&secret).ok_or_else(|| {
        Failure::bad_input(format!(
            "the grant secret (--grant-secret-file, CALLSEAL_GRANT_SECRET) has less than {SHORTEST_SECRET_CHARS} characters"
        ))
    })
}

/// Whose tokens count: those of a provider, if one is named, else the own one.
async fn access(arguments: &Arguments) -> Result<Access, Failure> {
    let Some(place) = &arguments.jwks else {
        for (option, given) in [("issuer", &arguments.issuer), ("audience", &arguments.audience)] {
            if given.is_some() {
                return Err(Failure::bad_input(format!("--{option} is of use with --jwks only")));
            }
        }
        let reads = arguments.allow_read.unwrap_or(false);
        return Ok(Access::Own { token: own_token(arguments)?, reads });
    };
    if arguments.token_file.is_some() || arguments.allow_read.is_some() {
        return Err(Failure::bad_input(
            "--token-file and --allow-read are of the own token, which --jwks replaces",
        ));
    }
    let required = |option: &str, given: &Option<String>| match given.as_deref().map(str::trim) {
        Some(text) if !text.is_empty() => Ok(text.to_owned()),
        _ => {
            Err(Failure::bad_input(format!("--jwks needs --{option}: tokens for others must not count here")))
        }
    };
    let usual = |given: &Option<String>, usual: &str| given.clone().unwrap_or_else(|| usual.to_owned());
    let rules = Rules {
        issuer: required("issuer", &arguments.issuer)?,
        audience: required("audience", &arguments.audience)?,
        role_claim: usual(&arguments.role_claim, "roles"),
        agent_role: usual(&arguments.agent_role, "agent"),
        supervisor_role: usual(&arguments.supervisor_role, "supervisor"),
    };
    Ok(Access::Provider { rules: Box::new(rules), keys: Box::new(Jwks::open(place).await?) })
}

fn own_token(arguments: &Arguments) -> Result<BearerToken, Failure> {
    let file = arguments.token_file.as_deref();
    let Some(text) = secret("token-file", file, "CALLSEAL_TOKEN")? else {
        return BearerToken::random().map_err(no_random);
    };
    BearerToken::parse(&text).ok_or_else(|| {
        Failure::bad_input(
            "the token (--token-file, CALLSEAL_TOKEN) must be one of at least 22 letters, digits or -._~+/",
        )
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
