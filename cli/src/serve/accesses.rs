//! Why somebody listens: reasons that listeners give before they get audio, written down and signed.
//!
//! Owns the log of accesses and the question whether a caller has given a reason lately. Entries stand apart from the call's
//! objects, in `.callseal/accesses/<call-id>/<n>`: they speak of listeners, and outlive a call that is shredded. Each names
//! the hash of the one before it, and none is ever replaced. The listener is the hash of who the token was issued to.

use super::api::Server;
use super::caller::{Caller, Need, Subject};
use super::digest::Digest;
use super::receive::of_store;
use super::refusal::Refusal;
use super::store::WriteOnceStore;
use super::{heads::Heads, log};
use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use bytes::Bytes;
use callseal::names::{CallId, ObjectName};
use callseal::seal::{VerifyingKey, jws};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Where the entries are, in the store.
const FOLDER: &str = "accesses";
/// `typ` of an entry's header.
const TYPE: &str = "callseal-access+jws";
/// How long a reason counts, in milliseconds: the longest call with pauses, and no working day.
const COUNTS_MS: u64 = 2 * 60 * 60 * 1000;
/// Most entries of one call.
const MOST_ENTRIES: usize = 10_000;
/// Most callers that are remembered; the store knows the others.
const MOST_KNOWN: usize = 10_000;
/// Longest code of a reason, bytes.
const LONGEST_REASON: usize = 64;
/// Longest text beside it, bytes.
const LONGEST_TEXT: usize = 1_000;
/// Random bytes that tell one entry from every other.
const ID_BYTES: usize = 8;

/// When callers last gave a reason.
#[derive(Debug, Default)]
pub struct Accesses {
    /// Whether audio and keys are for callers with a reason only.
    pub required: bool,
    known: Mutex<BTreeMap<(CallId, Subject), u64>>,
}

/// The body of `POST /v1/calls/<id>/accesses`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessRequest {
    reason: String,
    #[serde(default)]
    text: String,
    action: Action,
    from_ms: Option<u64>,
    to_ms: Option<u64>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Action {
    Listen,
    Export,
}

/// What an entry claims, as far as it is read again.
#[derive(Debug, Deserialize)]
struct Claim {
    call_id: CallId,
    subject: String,
    iat: u64,
}

impl Accesses {
    /// A log that `required` makes a condition.
    pub fn new(required: bool) -> Self {
        Self { required, ..Self::default() }
    }

    /// Refuses audio and keys to a caller who has given no reason lately. Ledgers and what was signed of them hold no audio and
    /// are for everybody who may read.
    ///
    /// # Errors
    /// 403 `access/reason-required`, 503 when the store fails.
    pub async fn check(&self, server: &Server, caller: &Caller, name: &ObjectName) -> Result<(), Refusal> {
        let is_audio =
            matches!(name, ObjectName::Segment(_) | ObjectName::Envelope { .. } | ObjectName::Vcon { .. });
        if !self.required || !is_audio {
            return Ok(());
        }
        let call_id = name.call_id();
        let now_ms = log::now_ms();
        let counts = |given_ms: u64| now_ms.saturating_sub(given_ms) < COUNTS_MS;
        if self.known().get(&(call_id, caller.subject)).is_some_and(|given_ms| counts(*given_ms)) {
            return Ok(());
        }
        let entries = entries(server.store.as_ref(), call_id).await?;
        let given = entries.iter().rev().find_map(|entry| {
            let claim = claim(entry, &server.heads.public())?;
            (claim.call_id == call_id && Subject::parse(&claim.subject) == Some(caller.subject))
                .then(|| claim.iat.saturating_mul(1_000))
        });
        match given.filter(|given_ms| counts(*given_ms)) {
            Some(given_ms) => {
                self.keep(call_id, caller.subject, given_ms);
                Ok(())
            }
            None => Err(Refusal::new(
                StatusCode::FORBIDDEN,
                "access/reason-required",
                "say first why: POST /v1/calls/<call-id>/accesses",
            )),
        }
    }

    fn keep(&self, call_id: CallId, subject: Subject, given_ms: u64) {
        let mut known = self.known();
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        known.insert((call_id, subject), given_ms);
    }

    fn known(&self) -> std::sync::MutexGuard<'_, BTreeMap<(CallId, Subject), u64>> {
        // A poisoned lock holds whole entries all the same.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `POST /v1/calls/<id>/accesses`: writes down why the caller listens.
///
/// # Errors
/// Those of `docs/serve.md`.
pub async fn add(
    State(server): State<Arc<Server>>,
    Path(text): Path<String>,
    headers: HeaderMap,
    body: Result<Json<AccessRequest>, JsonRejection>,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let caller = server.admit(&headers, Need::Read).await?;
    let call_id = CallId::parse(&text).map_err(|_| invalid())?;
    let Json(request) = body.map_err(|_| invalid())?;
    let is_code = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let is_reason =
        (1..=LONGEST_REASON).contains(&request.reason.len()) && request.reason.bytes().all(is_code);
    let is_range = match (request.from_ms, request.to_ms) {
        (Some(from), Some(to)) => from < to,
        (None, None) => true,
        _ => false,
    };
    if !is_reason || !is_range || request.text.len() > LONGEST_TEXT {
        return Err(invalid());
    }
    let store = server.store.as_ref();
    if store.sizes(call_id).await.map_err(of_store)?.is_empty() {
        return Err(Refusal::new(StatusCode::NOT_FOUND, "store/absent", "there is no such call"));
    }
    let now_ms = log::now_ms();
    let (number, jws) = append(store, &server.heads, call_id, &caller, &request, now_ms).await?;
    server.accesses.keep(call_id, caller.subject, now_ms);
    log::event("access", &[("subject", &caller.subject), ("call", &call_id), ("entry", &number)]);
    Ok((StatusCode::CREATED, Json(json!({ "number": number, "jws": jws }))))
}

/// `GET /v1/calls/<id>/accesses`: who has listened, and why.
///
/// # Errors
/// Those of `docs/serve.md`.
pub async fn list(
    State(server): State<Arc<Server>>,
    Path(text): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refusal> {
    server.admit(&headers, Need::Read).await?;
    let call_id = CallId::parse(&text).map_err(|_| invalid())?;
    let key = server.heads.public();
    let entries = entries(server.store.as_ref(), call_id).await?;
    let mut prev = None;
    let shown = entries.iter().enumerate().filter_map(|(number, entry)| {
        let before = prev.replace(Digest::of(entry).to_string());
        let (mut claim, signature) = jws::read_claim::<Value>(entry, TYPE, "this is no access").ok()?;
        let members = claim.as_object_mut()?;
        let is_in_place = members.get("call_id") == Some(&json!(call_id))
            && members.get("number") == Some(&json!(number))
            && members.get("prev") == Some(&json!(before));
        members.insert("is_signed".to_owned(), signature.is_signed_by(&key).into());
        members.insert("is_in_place".to_owned(), is_in_place.into());
        members.insert("jws".to_owned(), std::str::from_utf8(entry).ok()?.into());
        Some(claim)
    });
    Ok(Json(json!({ "accesses": shown.collect::<Vec<_>>() })))
}

/// Signs an entry and writes it behind the last one. Another instance may be faster: then the next number is tried.
async fn append(
    store: &dyn WriteOnceStore,
    heads: &Heads,
    call_id: CallId,
    caller: &Caller,
    request: &AccessRequest,
    now_ms: u64,
) -> Result<(usize, String), Refusal> {
    let mut before = entries(store, call_id).await?;
    while before.len() < MOST_ENTRIES {
        let number = before.len();
        let mut id = [0; ID_BYTES];
        getrandom::fill(&mut id).map_err(|_| unavailable())?;
        let mut claim = json!({
            "call_id": call_id,
            "number": number,
            "id": base16ct::lower::encode_string(&id),
            "prev": before.last().map(|entry| Digest::of(entry).to_string()),
            "iat": now_ms / 1_000,
            "subject": caller.subject.digits(),
            "action": request.action,
            "reason": request.reason,
            "text": request.text,
        });
        if let (Some(from), Some(to), Some(members)) = (request.from_ms, request.to_ms, claim.as_object_mut())
        {
            members.insert("from_ms".to_owned(), from.into());
            members.insert("to_ms".to_owned(), to.into());
        }
        let jws = heads.sign_access(&claim, TYPE);
        let name = format!("{FOLDER}/{call_id}/{number}");
        let kept = store.remember(&name, Bytes::from(jws.clone())).await.map_err(of_store)?;
        if kept == jws.as_bytes() {
            return Ok((number, jws));
        }
        before.push(kept);
    }
    Err(unavailable())
}

/// The entries of a call in order, up to a hole.
async fn entries(store: &dyn WriteOnceStore, call_id: CallId) -> Result<Vec<Bytes>, Refusal> {
    let folder = format!("{FOLDER}/{call_id}");
    let count = store.remembered(&folder).await.map_err(of_store)?.len();
    let mut entries = Vec::new();
    for number in 0..count {
        let Some(entry) = store.recall(&format!("{folder}/{number}")).await.map_err(of_store)? else { break };
        entries.push(entry);
    }
    Ok(entries)
}

/// What an entry claims, if this server signed it.
fn claim(entry: &[u8], key: &VerifyingKey) -> Option<Claim> {
    let (claim, signature) = jws::read_claim::<Claim>(entry, TYPE, "this is no access").ok()?;
    signature.is_signed_by(key).then_some(claim)
}

const fn invalid() -> Refusal {
    Refusal::new(
        StatusCode::BAD_REQUEST,
        "request/invalid",
        "the body must be JSON with reason (a code), text, action (listen or export) and for a stretch from_ms and to_ms",
    )
}

const fn unavailable() -> Refusal {
    Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "store/unavailable", "the access could not be written down")
}
