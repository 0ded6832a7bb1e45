//! Objects on a WebDAV server.
//!
//! Owns the publish step. WebDAV servers disagree about conditional PUTs, and some ignore the condition and overwrite. So the
//! bytes go to a name of their own first, are moved to their place with `Overwrite: F` (RFC 4918 §9.9), which a server must
//! refuse if something is there, and are read back. It must never PUT to a visible name.

use super::buffered::Buffered;
use super::examination::{Check, Duty, probe_path};
use super::http::{self, Answer};
use super::location::{Environment, Location};
use super::notes::OWN;
use super::{Incoming, StoreError, Stored, WITHHELD, WriteOnceStore, link};
use crate::failure::Failure;
use crate::serve::grant::Claim;
use crate::serve::log;
use axum::http::{HeaderMap, HeaderValue, Method};
use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use bytes::Bytes;
use callseal::names::{CallId, ObjectName};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use opendal::Operator;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// Folder below `.callseal/` for bytes not yet published.
const INCOMING: &str = "incoming";

/// A folder of a WebDAV server as a store.
#[derive(Debug)]
pub struct WebdavStore {
    server: Arc<WebdavServer>,
}

#[derive(Debug)]
struct WebdavServer {
    operator: Operator,
    client: reqwest::Client,
    /// URL of the store's root, with a slash at its end.
    root_url: String,
    authorization: Option<HeaderValue>,
    /// Names that are being published by this process.
    publishing: Mutex<BTreeSet<String>>,
}

/// Opens the folder at `location`; `webdav` speaks HTTP, `webdavs` HTTPS.
///
/// # Errors
/// A [`Failure`] that names what the URL or the environment lacks.
pub fn open(
    mut location: Location,
    environment: Environment<'_>,
    client: &reqwest::Client,
) -> Result<WebdavStore, Failure> {
    let authority = location.authority()?.to_owned();
    let is_tls = location.scheme() == "webdavs";
    let may_be_clear = match location.take("insecure").as_deref() {
        None => false,
        Some("yes") => true,
        Some(_) => return Err(location.refused("insecure can only be yes")),
    };
    location.finish()?;
    let endpoint = format!("{}://{authority}", if is_tls { "https" } else { "http" });
    let token = location.secret(environment, "TOKEN", &[]);
    let user = location.user().map(str::to_owned);
    let user =
        user.or_else(|| location.secret(environment, "USERNAME", &[]).map(|user| user.text().to_owned()));
    let password = location.secret(environment, "PASSWORD", &[]);
    let mut builder =
        opendal::services::Webdav::default().endpoint(&endpoint).root(&format!("/{}", location.prefix()));
    let mut authorization = None;
    match (token, user, password) {
        (Some(token), None, None) => {
            builder = builder.token(token.text());
            authorization = Some(format!("Bearer {}", token.text()));
        }
        (None, Some(user), Some(password)) => {
            builder = builder.username(&user).password(password.text());
            let pair = Base64::encode_string(format!("{user}:{}", password.text()).as_bytes());
            authorization = Some(format!("Basic {pair}"));
        }
        (None, None, None) => {}
        _ => {
            return Err(location.refused(
                "say either TOKEN in the environment, or a user (in the URL or as USERNAME) with PASSWORD, or none of them",
            ));
        }
    }
    if authorization.is_some() && !is_tls && !may_be_clear && !is_loopback(&authority) {
        return Err(
            location.refused("webdav:// would send the password in clear: say webdavs://, or ?insecure=yes")
        );
    }
    let header = |text: String| {
        let mut value = HeaderValue::from_str(&text).map_err(|_| {
            location.refused("the user or the password has characters that no header may hold")
        })?;
        value.set_sensitive(true);
        Ok::<_, Failure>(value)
    };
    let authorization = authorization.map(header).transpose()?;
    let operator = Operator::new(builder).map_err(|error| location.refused(&error.kind().to_string()))?;
    let root = location.folder();
    let server = WebdavServer {
        operator: http::limited(operator, client),
        client: client.clone(),
        root_url: format!("{endpoint}/{root}"),
        authorization,
        publishing: Mutex::default(),
    };
    Ok(WebdavStore { server: Arc::new(server) })
}

fn is_loopback(authority: &str) -> bool {
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}

impl WebdavServer {
    /// Makes `bytes` visible at `path`, if it is free.
    async fn publish(&self, path: &str, bytes: Bytes) -> Result<(), StoreError> {
        // Some servers look and move in two steps: at least two requests of one process must not meet in between.
        let _turn = Turn::take(&self.publishing, path)?;
        if self.exists(path).await? {
            return Err(StoreError::Exists);
        }
        let temporary = temporary_path()?;
        let written = self.operator.write(&temporary, bytes.clone()).await;
        let outcome = match written {
            Ok(_) => self.place(&temporary, path, &bytes).await,
            Err(error) => Err(StoreError::service("receive", &error)),
        };
        if outcome.is_err() {
            let _ = self.operator.delete(&temporary).await;
        }
        outcome
    }

    async fn place(&self, temporary: &str, path: &str, bytes: &Bytes) -> Result<(), StoreError> {
        if let Some((folder, _)) = path.rsplit_once('/') {
            let made = self.operator.create_dir(&format!("{folder}/")).await;
            made.map_err(|error| StoreError::service("make folder", &error))?;
        }
        let answer = self.move_to(temporary, path).await?;
        match answer.status.as_u16() {
            412 => return Err(StoreError::Exists),
            _ => drop(answer.accepted("publish")?),
        }
        match self.read(path).await? {
            Some(stored) if stored == *bytes => Ok(()),
            // Another process of this store was at the same name, on a server that moves in two steps.
            Some(_) => Err(StoreError::Exists),
            None => Err(StoreError::Unavailable("publish: the object is not there".to_owned())),
        }
    }

    async fn move_to(&self, from: &str, to: &str) -> Result<Answer, StoreError> {
        let method =
            Method::from_bytes(b"MOVE").map_err(|_| StoreError::Unavailable("publish".to_owned()))?;
        let destination = format!("{}{to}", self.root_url);
        let mut headers = http::header_map([("destination", destination.as_str()), ("overwrite", "F")])?;
        self.authorize(&mut headers);
        let url = format!("{}{from}", self.root_url);
        http::send(&self.client, "publish", method, &url, headers, Bytes::new()).await
    }

    fn authorize(&self, headers: &mut HeaderMap) {
        if let Some(authorization) = &self.authorization {
            headers.insert(axum::http::header::AUTHORIZATION, authorization.clone());
        }
    }

    async fn exists(&self, path: &str) -> Result<bool, StoreError> {
        self.operator.exists(path).await.map_err(|error| StoreError::service("stat", &error))
    }

    async fn read(&self, path: &str) -> Result<Option<Bytes>, StoreError> {
        super::read_path(&self.operator, path).await
    }

    async fn examine(&self, duty: &Duty) -> Result<Vec<Check>, StoreError> {
        let mut checks = Vec::new();
        if duty.is_thorough {
            checks.push(link::tls(&self.root_url));
        }
        let path = probe_path()?;
        let first = Bytes::from_static(b"callseal probe: may be deleted\n");
        self.publish(&path, first.clone()).await?;
        checks.push(Check::ok("write", "a new object was published by MOVE and read back"));
        // Straight to the server's answer: the look before it would hide what the server does.
        let temporary = temporary_path()?;
        let written =
            self.operator.write(&temporary, Bytes::from_static(b"callseal probe: must be refused")).await;
        written.map_err(|error| StoreError::service("receive", &error))?;
        let answer = self.move_to(&temporary, &path).await?;
        if duty.is_thorough {
            checks.extend(link::clock(&answer.headers, log::now_ms()));
            checks.push(super::examination::ranges(&self.operator, &path).await);
        }
        let _ = self.operator.delete(&temporary).await;
        checks.push(if answer.status.as_u16() == 412 && self.read(&path).await? == Some(first) {
            Check::ok("write-once", "MOVE with Overwrite: F onto a taken name was refused")
        } else {
            Check::problem(
                "write-once",
                format!("MOVE with Overwrite: F onto a taken name was answered {}", answer.status.as_u16()),
                "this server overwrites what it must not (RFC 4918 section 10.6) and cannot be used",
            )
        });
        let deleted = self.operator.delete(&path).await;
        checks.push(if deleted.is_ok() && !self.exists(&path).await? {
            Check::ok("delete", "a deleted object is gone")
        } else {
            Check::problem("delete", "an object cannot be deleted", "allow DELETE: shredding a call needs it")
        });
        Ok(checks)
    }
}

fn temporary_path() -> Result<String, StoreError> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|_| StoreError::Unavailable("no random bytes".to_owned()))?;
    Ok(format!("{OWN}/{INCOMING}/{}", Base64UrlUnpadded::encode_string(&random)))
}

/// The turn of one request at a name.
struct Turn<'a> {
    names: &'a Mutex<BTreeSet<String>>,
    name: String,
}

impl<'a> Turn<'a> {
    fn take(names: &'a Mutex<BTreeSet<String>>, name: &str) -> Result<Self, StoreError> {
        // A poisoned lock holds whole names all the same.
        if names.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned()) {
            return Ok(Self { names, name: name.to_owned() });
        }
        Err(StoreError::Unavailable("publish: the name is being published".to_owned()))
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.names.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.name);
    }
}

impl WriteOnceStore for WebdavStore {
    fn folder(&self) -> Option<&std::path::Path> {
        None
    }

    fn holds<'a>(&'a self, name: &'a ObjectName) -> BoxFuture<'a, Result<bool, StoreError>> {
        super::holds(&self.server.operator, name).boxed()
    }

    fn describe<'a>(&'a self, name: &'a ObjectName) -> BoxFuture<'a, Result<Option<Stored>, StoreError>> {
        super::describe(&self.server.operator, name).boxed()
    }

    fn read<'a>(&'a self, name: &'a ObjectName) -> BoxFuture<'a, Result<Option<Bytes>, StoreError>> {
        super::read(&self.server.operator, name).boxed()
    }

    fn list(&self, call_id: CallId) -> BoxFuture<'_, Result<Vec<ObjectName>, StoreError>> {
        super::list(&self.server.operator, call_id).boxed()
    }

    fn calls(&self, after: Option<CallId>, limit: usize) -> BoxFuture<'_, Result<Vec<CallId>, StoreError>> {
        super::calls(&self.server.operator, after, limit).boxed()
    }

    fn sizes(&self, call_id: CallId) -> BoxFuture<'_, Result<Vec<(ObjectName, u64)>, StoreError>> {
        super::sizes(&self.server.operator, call_id).boxed()
    }

    fn destroy<'a>(&'a self, name: &'a ObjectName) -> BoxFuture<'a, Result<(), StoreError>> {
        super::destroy(&self.server.operator, name).boxed()
    }

    fn withhold<'a>(&'a self, name: &'a ObjectName) -> BoxFuture<'a, Result<(), StoreError>> {
        async move {
            let Some(bytes) = self.read(name).await? else { return Ok(()) };
            match self.server.publish(&format!("{WITHHELD}/{name}"), bytes).await {
                // The first one stays: what comes later under the name may be anything.
                Ok(()) | Err(StoreError::Exists) => self.destroy(name).await,
                Err(error) => Err(error),
            }
        }
        .boxed()
    }

    fn begin<'a>(&'a self, claim: &'a Claim) -> BoxFuture<'a, Result<Box<dyn Incoming>, StoreError>> {
        let (server, path) = (Arc::clone(&self.server), claim.name.to_string());
        let publish = move |bytes| async move { server.publish(&path, bytes).await }.boxed();
        async move { Ok(Buffered::boxed(publish)) }.boxed()
    }

    fn examine<'a>(&'a self, duty: &'a Duty) -> BoxFuture<'a, Vec<Check>> {
        async move {
            self.server.examine(duty).await.unwrap_or_else(|error| {
                let remedy = "check the server's address and credentials, and that it allows PUT, MOVE, MKCOL, PROPFIND, \
                              GET and DELETE there";
                vec![Check::problem("answer", error.to_string(), remedy)]
            })
        }
        .boxed()
    }

    fn remember<'a>(&'a self, name: &'a str, content: Bytes) -> BoxFuture<'a, Result<Bytes, StoreError>> {
        async move {
            let path = format!("{OWN}/{name}");
            match self.server.publish(&path, content.clone()).await {
                Ok(()) => Ok(content),
                Err(StoreError::Exists) => self.server.read(&path).await?.ok_or_else(super::vanished),
                Err(error) => Err(error),
            }
        }
        .boxed()
    }

    fn recall<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Bytes>, StoreError>> {
        async move { super::read_path(&self.server.operator, &format!("{OWN}/{name}")).await }.boxed()
    }

    fn remembered<'a>(&'a self, folder: &'a str) -> BoxFuture<'a, Result<Vec<String>, StoreError>> {
        super::notes::remembered_in_service(&self.server.operator, folder).boxed()
    }

    fn forget<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(), StoreError>> {
        super::forget(&self.server.operator, name).boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::{is_loopback, open};
    use crate::serve::store::http;
    use crate::serve::store::location::{Location, OBJECTS};

    fn opened(url: &str, password: Option<&str>) -> Result<(), String> {
        let environment =
            |name: &str| password.filter(|_| name == "CALLSEAL_STORE_PASSWORD").map(str::to_owned);
        let location = Location::parse(OBJECTS, url).unwrap();
        let store = open(location, &environment, &http::client().unwrap());
        store
            .map(|store| assert!(!format!("{store:?}").contains("hunter2")))
            .map_err(|error| format!("{error:?}"))
    }

    #[test]
    fn password_goes_over_tls_or_loopback_only_and_is_never_printed() {
        opened("webdavs://me@dav.example/rec", Some("hunter2")).unwrap();
        opened("webdav://me@127.0.0.1:8085/rec", Some("hunter2")).unwrap();
        opened("webdav://me@dav.example/rec?insecure=yes", Some("hunter2")).unwrap();
        assert!(opened("webdav://me@dav.example/rec", Some("hunter2")).unwrap_err().contains("webdavs"));
        assert!(opened("webdavs://me@dav.example/rec", None).unwrap_err().contains("PASSWORD"));
        assert!(is_loopback("localhost") && is_loopback("[::1]:80") && !is_loopback("127.0.0.1.example"));
    }
}
