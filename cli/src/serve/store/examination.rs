//! Examining a store: whether it keeps its promises, found out with objects of no value before the first recording.
//!
//! Owns the questions and what an answer means. It writes below `.callseal/probe/` only, and removes what it wrote, as far as
//! the store lets it.

use super::direct::{Direct, Order};
use super::http;
use super::notes::OWN;
use super::page_access::{self, Wanted};
use super::{StoreError, WriteOnceStore, link};
use crate::failure::Failure;
use crate::serve::digest::Digest;
use crate::serve::log;
use crate::serve::retention::{Keep, Retention};
use axum::http::HeaderMap;
use base64ct::{Base64UrlUnpadded, Encoding as _};
use bytes::Bytes;
use opendal::{ErrorKind, Operator};
use serde::Serialize;
use std::time::Duration;

/// Folder of what examinations write.
pub const PROBE: &str = "probe";
/// What a probe holds.
pub const PROBE_BYTES: &[u8] = b"callseal probe: may be deleted\n";
/// Other bytes of the same length: the length must not be what is refused.
pub const OTHER_BYTES: &[u8] = b"callseal probe: must be refused";
/// How long a probe's grant counts.
const PROBE_LIFETIME: Duration = Duration::from_secs(60);
/// How long a probe for retention is kept: long enough to read it back over a slow link.
const PROBE_RETENTION_MS: u64 = 120_000;

/// What came out of one question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// The question, a stable word.
    pub name: &'static str,
    /// Whether the store is as it must be.
    pub ok: bool,
    /// What was seen.
    pub detail: String,
    /// What to do, if something is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

impl Check {
    /// The store is as it must be.
    pub fn ok(name: &'static str, detail: impl Into<String>) -> Self {
        Self { name, ok: true, detail: detail.into(), remedy: None }
    }

    /// It is not.
    pub fn problem(name: &'static str, detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { name, ok: false, detail: detail.into(), remedy: Some(remedy.into()) }
    }
}

/// What is demanded of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duty {
    /// It holds envelopes and vCons: what is destroyed must be gone.
    pub holds_keys: bool,
    /// The web origin of the pages that send objects straight to it.
    pub page_origin: Option<String>,
    /// Also what is no condition of starting: the link, the clocks, ranges.
    pub is_thorough: bool,
}

/// Examines `store` and refuses to work with one that does not keep its promises.
///
/// # Errors
/// A [`Failure`] with every problem and its remedy.
pub async fn prove(store: &dyn WriteOnceStore) -> Result<(), Failure> {
    let checks = store.examine(&Duty { holds_keys: true, page_origin: None, is_thorough: false }).await;
    let problems: Vec<String> = checks
        .iter()
        .filter(|check| !check.ok)
        .map(|check| {
            format!("{}: {}; {}", check.name, check.detail, check.remedy.as_deref().unwrap_or_default())
        })
        .collect();
    if problems.is_empty() {
        return Ok(());
    }
    Err(Failure::missing_prerequisite(format!("the store cannot be used. {}", problems.join(". "))))
}

/// The path of a new probe below the store's root.
///
/// # Errors
/// `Unavailable` without random bytes.
pub fn probe_path() -> Result<String, StoreError> {
    let mut random = [0; 12];
    getrandom::fill(&mut random).map_err(|_| StoreError::Unavailable("no random bytes".to_owned()))?;
    Ok(format!("{OWN}/{PROBE}/{}", Base64UrlUnpadded::encode_string(&random)))
}

/// A service under examination.
#[derive(Debug)]
pub struct Examined<'a> {
    /// What reads and deletes.
    pub operator: &'a Operator,
    /// What signs grants, if the service has it.
    pub direct: Option<&'a dyn Direct>,
    /// What sends presigned requests.
    pub client: Option<&'a reqwest::Client>,
    /// Whether pages get presigned requests: then those are tried out.
    pub grants_directly: bool,
    /// What is demanded of every object.
    pub retention: Option<Retention>,
}

impl Examined<'_> {
    /// Asks everything that `duty` demands.
    pub async fn examine(&self, duty: &Duty) -> Vec<Check> {
        let mut checks = Vec::new();
        if let Err(error) = self.ask_all(duty, &mut checks).await {
            checks.push(Check::problem(
                "answer",
                error.to_string(),
                "check that the service is up, its address, the credentials and their rights",
            ));
        }
        checks
    }

    async fn ask_all(&self, duty: &Duty, checks: &mut Vec<Check>) -> Result<(), StoreError> {
        if let (true, Some(direct)) = (duty.is_thorough, self.direct) {
            checks.push(link::tls(&direct.origin()));
        }
        let path = probe_path()?;
        let headers = match self.write(&path, PROBE_BYTES, None).await? {
            Written::Stored(headers) => headers,
            Written::Refused(status) => {
                checks.push(Check::problem(
                    "write",
                    format!("a new object was refused ({status})"),
                    "give the credentials the right to put objects into this bucket and prefix",
                ));
                return Ok(());
            }
        };
        checks.push(Check::ok("write", "a new object was taken"));
        if duty.is_thorough {
            checks.extend(link::clock(&headers, log::now_ms()));
            checks.push(ranges(self.operator, &path).await);
        }
        checks.push(match self.write(&path, OTHER_BYTES, None).await? {
            Written::Refused(_) => Check::ok("write-once", "a second write of the same name was refused"),
            Written::Stored(_) => Check::problem(
                "write-once",
                "a second write of the same name was taken",
                "this service ignores conditional writes and cannot be used",
            ),
        });
        let kept =
            self.operator.read(&path).await.map_err(|error| StoreError::service("read a probe", &error))?;
        checks.push(if kept.to_bytes() == PROBE_BYTES {
            Check::ok("read", "the object reads back byte for byte")
        } else {
            Check::problem("read", "the object reads back with other bytes", "do not use this service")
        });
        if let (true, Some(direct), Some(client)) = (self.grants_directly, self.direct, self.client) {
            checks.extend(self.granted(direct, client).await?);
            if let Some(origin) = &duty.page_origin {
                checks.push(pages_may_send(direct, client, origin).await?);
            }
        }
        if duty.holds_keys {
            checks.push(self.keeping(&headers).await);
        }
        if let Some(retention) = self.retention {
            checks.push(self.retained(retention).await?);
        }
        let deleted = self.delete(&path).await;
        checks.push(if deleted.ok || duty.holds_keys {
            deleted
        } else {
            Check::ok(
                "delete",
                "objects cannot be deleted: what lies here is ciphertext whose envelopes lie elsewhere",
            )
        });
        Ok(())
    }

    /// Whether a presigned request does what pages rely on.
    async fn granted(&self, direct: &dyn Direct, client: &reqwest::Client) -> Result<Vec<Check>, StoreError> {
        let path = probe_path()?;
        let presigned = direct.presign(order(&path, PROBE_BYTES, None), PROBE_LIFETIME).await?;
        let put = |bytes| http::put(client, &presigned, Bytes::from_static(bytes));
        let mut checks = Vec::new();
        if direct.binds_hash() {
            checks.push(if put(OTHER_BYTES).await?.status.is_success() {
                let _ = self.operator.delete(&path).await;
                Check::problem(
                    "checksum",
                    "bytes of another SHA-256 than the signed one were taken",
                    "this service ignores x-amz-checksum-sha256: say --grants through, so that Callseal checks them itself",
                )
            } else {
                Check::ok("checksum", "bytes of another SHA-256 than the signed one were refused")
            });
        }
        let first = put(PROBE_BYTES).await?;
        if !first.status.is_success() {
            checks.push(Check::problem(
                "grant",
                format!("a presigned PUT was refused ({})", first.status.as_u16()),
                "check the clock of this machine and the rights of the credentials that sign, or say --grants through",
            ));
            return Ok(checks);
        }
        // The same bytes: others would be refused for their hash, and prove nothing.
        checks.push(if put(PROBE_BYTES).await?.status.is_success() {
            Check::problem(
                "grant",
                "a second presigned PUT of the same name was taken",
                "this service ignores the condition of a presigned PUT: say --grants through",
            )
        } else {
            Check::ok("grant", "a presigned PUT was taken once and refused the second time")
        });
        let _ = self.operator.delete(&path).await;
        Ok(checks)
    }

    /// Whether what is deleted is gone.
    async fn keeping(&self, put_answer: &HeaderMap) -> Check {
        let name = "deletes";
        let Some(direct) = self.direct else {
            return Check::ok(name, "the service is not known to keep what is deleted");
        };
        match direct.keeping(put_answer).await {
            Ok(keeping) if keeping.reasons.is_empty() => {
                Check::ok(name, "the service keeps nothing of what is deleted")
            }
            Ok(keeping) => Check::problem(
                name,
                "envelopes that are destroyed would stay readable, and shredding a call would be untrue",
                format!("{}. Or keep envelopes apart with --envelope-store", keeping.reasons.join("; ")),
            ),
            Err(error) => Check::problem(
                name,
                format!("whether the service keeps what is deleted cannot be read ({error})"),
                "give the credentials the right to read the bucket's or container's settings (docs/stores.md)",
            ),
        }
    }

    /// Whether a demanded retention is honoured, read back from the store: some services ignore what they do not know.
    async fn retained(&self, retention: Retention) -> Result<Check, StoreError> {
        let name = "retention";
        let remedy = "use a bucket with S3 Object Lock, or leave --retention-days and --legal-hold away and set retention in \
                      the service's own policy";
        let Some(direct) = self.direct.filter(|direct| direct.retains_objects()) else {
            return Ok(Check::problem(name, "this service takes no retention with an object", remedy));
        };
        let ignored = "the store ignores what is demanded of an object";
        if retention.days.is_some() {
            let until_ms = Some(log::now_ms().saturating_add(PROBE_RETENTION_MS));
            let path = probe_path()?;
            let keep = Keep { until_ms, mode: retention.mode, legal_hold: false };
            if let Written::Refused(status) = self.write(&path, PROBE_BYTES, Some(keep)).await? {
                let detail = format!("an object with retention was refused ({status})");
                return Ok(Check::problem(name, detail, remedy));
            }
            if direct.kept_until(&path).await?.0.is_none() {
                return Ok(Check::problem(name, ignored, remedy));
            }
        }
        if retention.legal_hold && !self.is_held(direct, retention).await? {
            return Ok(Check::problem(name, ignored, remedy));
        }
        Ok(Check::ok(name, "the store says of a probe that it is kept as demanded"))
    }

    /// Whether a hold is honoured. A hold has no end, so one probe serves every start, as long as its hold is on.
    async fn is_held(&self, direct: &dyn Direct, retention: Retention) -> Result<bool, StoreError> {
        let keep = Keep { until_ms: None, mode: retention.mode, legal_hold: true };
        for path in [format!("{OWN}/{PROBE}/legal-hold"), probe_path()?] {
            self.write(&path, PROBE_BYTES, Some(keep)).await?;
            let (_, is_held) = direct.kept_until(&path).await.unwrap_or_default();
            if is_held {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn delete(&self, path: &str) -> Check {
        let name = "delete";
        let remedy = "give the credentials the right to delete objects: shredding a call needs it";
        if let Err(error) = self.operator.delete(path).await {
            return Check::problem(name, format!("an object cannot be deleted ({})", error.kind()), remedy);
        }
        match self.operator.stat(path).await {
            Err(error) if error.kind() == ErrorKind::NotFound => Check::ok(name, "a deleted object is gone"),
            _ => Check::problem(name, "an object is still there after it was deleted", remedy),
        }
    }

    /// Writes `bytes` once, the way that the server itself does it.
    async fn write(
        &self,
        path: &str,
        bytes: &'static [u8],
        keep: Option<Keep>,
    ) -> Result<Written, StoreError> {
        if let Some(direct) = self.direct {
            let answer = direct.put_once(order(path, bytes, keep), Bytes::from_static(bytes)).await?;
            let (is_taken, status) = (answer.status.is_success(), answer.status.as_u16());
            return Ok(if is_taken { Written::Stored(answer.headers) } else { Written::Refused(status) });
        }
        match self.operator.write_with(path, bytes).if_not_exists(true).await {
            Ok(_) => Ok(Written::Stored(HeaderMap::new())),
            Err(error) if matches!(error.kind(), ErrorKind::ConditionNotMatch | ErrorKind::AlreadyExists) => {
                Ok(Written::Refused(412))
            }
            Err(error) => Err(StoreError::service("write a probe", &error)),
        }
    }
}

fn order<'a>(path: &'a str, bytes: &[u8], keep: Option<Keep>) -> Order<'a> {
    Order {
        path,
        size_bytes: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
        sha256: Digest::of(bytes),
        keep,
    }
}

/// Whether a page of `origin` may send a presigned request.
async fn pages_may_send(
    direct: &dyn Direct,
    client: &reqwest::Client,
    origin: &str,
) -> Result<Check, StoreError> {
    let path = probe_path()?;
    let presigned = direct.presign(order(&path, PROBE_BYTES, None), PROBE_LIFETIME).await?;
    let headers: Vec<&str> = presigned.headers.iter().map(|(name, _)| name.as_str()).collect();
    let wanted = Wanted { origin, method: "PUT", headers: &headers };
    let answer = page_access::preflight(client, &presigned.url, wanted).await?;
    Ok(page_access::judge(wanted, &answer, &direct.cors_remedy(origin, &headers)))
}

/// Whether a part of an object can be read, as players do it.
pub async fn ranges(operator: &Operator, path: &str) -> Check {
    let name = "ranges";
    match operator.read_with(path).range(9..14).await {
        Ok(part) if part.to_bytes() == "probe" => Check::ok(name, "a part of an object can be read"),
        _ => {
            Check::problem(name, "a part of an object cannot be read", "allow byte ranges: players need them")
        }
    }
}

/// What became of a write.
enum Written {
    /// It was taken; the answer's headers.
    Stored(HeaderMap),
    /// It was refused with this status.
    Refused(u16),
}
