//! Where an identity provider's keys come from, and how fresh they are.
//!
//! Owns reading and fetching the key set, with limits, and when that is done again. It must never fetch faster than its
//! pauses allow, whatever tokens are shown, nor go on with keys that nobody has confirmed for too long.

use super::jwt::KeySet;
use super::log;
use crate::failure::Failure;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// Age at which keys are looked up again.
const REFRESH_AFTER: Duration = Duration::from_secs(300);
/// Least time between two looks, also if a token names a key that is not there.
const LEAST_PAUSE: Duration = Duration::from_secs(10);
/// Age beyond which keys do not count any more if they could not be looked up again.
const LONGEST_AGE: Duration = Duration::from_secs(3_600);
/// Longest time for one look.
const FETCH_DEADLINE: Duration = Duration::from_secs(5);
/// Largest key set, in bytes.
const MAX_SET_BYTES: usize = 256 * 1024;

/// A provider's keys.
pub struct Jwks {
    source: Source,
    state: RwLock<State>,
    /// Held during a look, so that there is one at a time.
    looking: tokio::sync::Mutex<()>,
}

impl std::fmt::Debug for Jwks {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Jwks({:?})", self.source)
    }
}

#[derive(Debug)]
enum Source {
    File(PathBuf),
    Url(reqwest::Url, reqwest::Client),
}

struct State {
    keys: Arc<KeySet>,
    confirmed: Instant,
    tried: Instant,
}

impl Jwks {
    /// The keys at `place`, a file or an `https:` URL (`http:` only on this machine), looked up once.
    ///
    /// # Errors
    /// A [`Failure`] with status 2 for a place that cannot be, 3 if a provider does not answer with keys.
    pub async fn open(place: &str) -> Result<Self, Failure> {
        let source = Source::parse(place)?;
        let keys = source.look().await.map_err(|reason| {
            let sentence = format!("--jwks {place}: {reason}");
            match source {
                Source::File(_) => Failure::bad_input(sentence),
                Source::Url(..) => Failure::missing_prerequisite(sentence),
            }
        })?;
        let now = Instant::now();
        let state = RwLock::new(State { keys: Arc::new(keys), confirmed: now, tried: now });
        Ok(Self { source, state, looking: tokio::sync::Mutex::new(()) })
    }

    /// The keys, looked up again if they are old; `None` if they are too old to count.
    pub async fn keys(&self) -> Option<Arc<KeySet>> {
        if self.read(|state| state.confirmed.elapsed() >= REFRESH_AFTER)
            // Whoever comes while another looks goes on with what there is.
            && let Ok(_looking) = self.looking.try_lock()
        {
            self.look_again().await;
        }
        self.counting()
    }

    /// The keys after another look, because a token names one that is not among `known`; `None` if they are the same.
    pub async fn newer_than(&self, known: &Arc<KeySet>) -> Option<Arc<KeySet>> {
        let _looking = self.looking.lock().await;
        let is_same = |jwks: &Self| jwks.read(|state| Arc::ptr_eq(&state.keys, known));
        if is_same(self) {
            self.look_again().await;
        }
        if is_same(self) { None } else { self.counting() }
    }

    fn counting(&self) -> Option<Arc<KeySet>> {
        self.read(|state| (state.confirmed.elapsed() < LONGEST_AGE).then(|| Arc::clone(&state.keys)))
    }

    async fn look_again(&self) {
        if self.read(|state| state.tried.elapsed() < LEAST_PAUSE) {
            return;
        }
        self.write(|state| state.tried = Instant::now());
        match self.source.look().await {
            Ok(keys) => self.write(|state| {
                state.keys = Arc::new(keys);
                state.confirmed = Instant::now();
            }),
            Err(reason) => log::event("keys-failed", &[("step", &log::quoted(&reason))]),
        }
    }

    // A poisoned lock holds a whole state all the same.
    fn read<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write(&self, write: impl FnOnce(&mut State)) {
        write(&mut self.state.write().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Source {
    fn parse(place: &str) -> Result<Self, Failure> {
        if !place.contains("://") {
            return Ok(Self::File(PathBuf::from(place)));
        }
        let refused = |reason: &str| Failure::bad_input(format!("--jwks {place}: {reason}"));
        let url = reqwest::Url::parse(place).map_err(|_| refused("it is no URL"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Failure::bad_input("--jwks must not hold a user or a password"));
        }
        let is_local = url.host_str().is_some_and(|host| {
            let bare = host.trim_start_matches('[').trim_end_matches(']');
            host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
        });
        if !(url.scheme() == "https" || url.scheme() == "http" && is_local) {
            return Err(refused("keys come by https only, or by http from this machine"));
        }
        // Without a provider no TLS; another part of the server may have set the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(FETCH_DEADLINE)
            .build()
            .map_err(|_| Failure::missing_prerequisite("the system gives no TLS client"))?;
        Ok(Self::Url(url, client))
    }

    /// Looks up the keys once.
    async fn look(&self) -> Result<KeySet, String> {
        let content = match self {
            Self::File(file) => {
                let content = tokio::fs::read(file).await.map_err(|error| error.kind().to_string())?;
                if content.len() > MAX_SET_BYTES { Err(too_large())? } else { content }
            }
            Self::Url(url, client) => fetch(client, url.clone()).await?,
        };
        KeySet::read(&content).map_err(str::to_owned)
    }
}

async fn fetch(client: &reqwest::Client, url: reqwest::Url) -> Result<Vec<u8>, String> {
    // The library's message repeats the URL.
    let failed = |error: reqwest::Error| {
        let what = if error.is_timeout() { "no answer in time" } else { "it cannot be reached" };
        what.to_owned()
    };
    let mut response = client.get(url).send().await.map_err(failed)?;
    if response.status() != reqwest::StatusCode::OK {
        return Err(format!("it answers with status {}", response.status().as_u16()));
    }
    let mut content = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(failed)? {
        if content.len().saturating_add(piece.len()) > MAX_SET_BYTES {
            return Err(too_large());
        }
        content.extend_from_slice(&piece);
    }
    Ok(content)
}

fn too_large() -> String {
    format!("it has more than {MAX_SET_BYTES} bytes")
}
