//! One attempt to store one object: which requests are made, in which order, and how it ends.
//!
//! Owns what counts as an acknowledgement: the store must have exactly these bytes, newly or already, by its own word
//! where it hashes what it takes and by being read back where it does not. Must never make a request itself, overwrite
//! anything, or repeat a grant, a token or an answer.

use std::collections::{BTreeMap, VecDeque};

use serde::Deserialize;

use crate::session::report::ReportedObject;
use crate::store::checksum;
use crate::store::config::{Confirm, NAME_PLACEHOLDER, StoreConfig};
use crate::store::meaning::{Meaning, Phase, Provider, meaning};
use crate::store::queue::AttemptOutcome;
use crate::store::trouble::Trouble;

/// Largest object that is read back, bytes: the largest one that the format and `callseal serve` know.
pub const LARGEST_READ_BACK_BYTES: u64 = 1_048_576;

/// What a request sends. Texts may hold what must not be shown: no `Debug`.
#[derive(Clone, PartialEq, Eq)]
#[allow(missing_debug_implementations)]
pub enum Body {
    /// Nothing.
    Empty,
    /// This text.
    Text(String),
    /// The object.
    Object,
}

/// What of an answer is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Read {
    /// Status and headers.
    Head,
    /// The text as well.
    Text,
    /// Size and SHA-256 of the bytes as well, of at most [`LARGEST_READ_BACK_BYTES`].
    Hash,
}

/// A request.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// What it is for.
    pub phase: Phase,
    /// Its method.
    pub method: String,
    /// Where to, absolute, or relative to `base`.
    pub url: String,
    /// What `url` is relative to; the page if empty.
    pub base: String,
    /// Its headers.
    pub headers: BTreeMap<String, String>,
    /// What it sends.
    pub body: Body,
    /// What of the answer is wanted.
    pub read: Read,
}

impl core::fmt::Debug for Request {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.debug_struct("Request").field("phase", &self.phase).finish_non_exhaustive()
    }
}

/// What is to be done next.
#[derive(PartialEq)]
pub enum Step {
    /// Make this request; then [`Attempt::answered`] or [`Attempt::unanswered`].
    Request(Box<Request>),
    /// Ask the host's function for a grant; then [`Attempt::granted`].
    AskHost,
    /// Send it by tus to this address with these headers; then [`Attempt::resumed`].
    Resume {
        /// Where uploads are created.
        url: String,
        /// Headers of every request.
        headers: BTreeMap<String, String>,
    },
    /// It is over.
    End(Ended),
}

impl core::fmt::Debug for Step {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Request(request) => request.fmt(formatter),
            Self::AskHost => formatter.write_str("AskHost"),
            Self::Resume { .. } => formatter.write_str("Resume"),
            Self::End(ended) => ended.fmt(formatter),
        }
    }
}

/// How it ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Ended {
    /// How it ended.
    pub outcome: AttemptOutcome,
    /// The store's word that the call's audio was destroyed, a compact JWS.
    pub confirmation: Option<String>,
}

/// An answer. It may hold a grant: no `Debug`.
#[derive(Default)]
#[allow(missing_debug_implementations)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// From `Retry-After`, milliseconds.
    pub retry_after_ms: Option<f64>,
    /// Headers that can be read, by lower-case name.
    pub headers: BTreeMap<String, String>,
    /// The text, if it was wanted.
    pub text: String,
    /// Size and SHA-256 (hexadecimal) of the bytes, if they were wanted and are not too many.
    pub content: Option<(u64, String)>,
    /// These bytes are the beginning of the object's own, and not all of it: what a cut upload left.
    pub is_beginning: bool,
}

#[derive(Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
enum GrantAnswer {
    Granted {
        method: String,
        url: String,
        #[serde(default)]
        headers: BTreeMap<String, String>,
        #[serde(default)]
        expires_at_ms: Option<u64>,
        /// The store behind the grant checks nothing: only the grant endpoint's word counts.
        #[serde(default)]
        confirm: bool,
    },
    AlreadyStored {
        size_bytes: u64,
        sha256: String,
        #[serde(default)]
        confirmation: Option<String>,
    },
}

#[derive(Deserialize)]
struct PutAnswer {
    confirmation: Option<String>,
    size_bytes: Option<u64>,
    sha256: Option<String>,
}

/// One attempt.
pub struct Attempt {
    config: StoreConfig,
    object: ReportedObject,
    is_retry: bool,
    /// The object was sent and the store took it.
    put: bool,
    /// The object was sent and the store said that the name is taken, with this status.
    taken: Option<u16>,
    /// The grant's own endpoint has to confirm.
    confirms_grant: bool,
    /// A grant that had expired was renewed.
    renewed: bool,
    /// Folders that are still to be made; `None` before it was tried.
    collections: Option<VecDeque<String>>,
    /// Where a tus upload lies.
    upload_url: String,
}

impl core::fmt::Debug for Attempt {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.debug_struct("Attempt").field("object", &self.object.name).finish_non_exhaustive()
    }
}

impl Attempt {
    /// An attempt to store `object`. `is_retry` says that one before it may have stored it.
    #[must_use]
    pub const fn new(config: StoreConfig, object: ReportedObject, is_retry: bool) -> Self {
        Self {
            config,
            object,
            is_retry,
            put: false,
            taken: None,
            confirms_grant: false,
            renewed: false,
            collections: None,
            upload_url: String::new(),
        }
    }

    /// What is done first.
    #[must_use]
    pub fn begin(&mut self) -> Step {
        match &self.config {
            StoreConfig::Grants { .. } | StoreConfig::Callback {} => self.ask(),
            // Some WebDAV servers do not know If-None-Match and would overwrite.
            StoreConfig::Template { if_none_match, .. } if self.is_retry || !if_none_match => {
                self.template("HEAD", Phase::Look, Read::Head)
            }
            StoreConfig::Template { .. } => self.put_by_template(),
            StoreConfig::Tus { url, headers } => Step::Resume { url: url.clone(), headers: headers.clone() },
            StoreConfig::Local {} => end(AttemptOutcome::Stored),
        }
    }

    /// The request of this phase was not answered: no network, no server, a cut connection.
    #[must_use]
    pub const fn unanswered(&self, phase: Phase) -> Step {
        match phase {
            // A tus server need not let itself be read across origins; its offset was confirmed.
            Phase::ReadBack => end(AttemptOutcome::Stored),
            _ => later(Trouble::Unreachable, None),
        }
    }

    /// The request of this phase was answered.
    #[must_use]
    pub fn answered(&mut self, phase: Phase, answer: &Answer, now_unix_ms: u64) -> Step {
        let meaning = meaning(self.provider(), phase, answer.status);
        match meaning {
            Meaning::Never(Trouble::NameTaken) if is_bound_to_another(&answer.text) => {
                return end(AttemptOutcome::Refused(Trouble::CallBound));
            }
            Meaning::Never(trouble) => return end(AttemptOutcome::Refused(trouble)),
            Meaning::Denied => return end(AttemptOutcome::Denied),
            Meaning::Doubted => return end(AttemptOutcome::Doubted(Trouble::Refused)),
            Meaning::Later => return later(Trouble::Unavailable, answer.retry_after_ms),
            Meaning::Yes | Meaning::Absent | Meaning::Taken | Meaning::Unsupported => {}
        }
        match (phase, meaning) {
            (Phase::Grant, Meaning::Yes) => self.granted(Some(&answer.text), now_unix_ms),
            (Phase::Put, Meaning::Yes) => self.put_succeeded(answer),
            (Phase::Put, Meaning::Taken) => {
                self.taken = Some(answer.status);
                match self.config {
                    // 409 also says that a folder is missing (RFC 4918 §9.7.1); the look shows which.
                    StoreConfig::Template { .. } => self.template("HEAD", Phase::Confirm, Read::Head),
                    _ => self.ask(),
                }
            }
            (Phase::Put, Meaning::Absent) => self.make_collections(),
            (Phase::Collection, Meaning::Yes) => self.next_collection(),
            (Phase::Look, Meaning::Absent | Meaning::Unsupported) => self.put_by_template(),
            (Phase::Look, Meaning::Yes) => self.looked_at(answer),
            (Phase::Confirm | Phase::ReadBack, Meaning::Yes) => self.confirmed(answer),
            // The offset was confirmed; more such a server does not tell.
            (Phase::ReadBack, Meaning::Unsupported) => end(AttemptOutcome::Stored),
            (Phase::Confirm, Meaning::Absent) => self.not_there(),
            (Phase::Confirm, Meaning::Unsupported) => self.read_back(),
            _ => later(Trouble::AnswerInvalid, answer.retry_after_ms),
        }
    }

    /// The grant endpoint or the host's function answered; `None` if that failed.
    #[must_use]
    pub fn granted(&mut self, text: Option<&str>, now_unix_ms: u64) -> Step {
        let Some(text) = text else { return later(Trouble::HostFailed, None) };
        let (method, url, headers, expires_at_ms, confirm) = match serde_json::from_str::<GrantAnswer>(text) {
            Ok(GrantAnswer::AlreadyStored { size_bytes, sha256, confirmation }) => {
                let outcome = if size_bytes == self.object.size_bytes && sha256 == self.object.sha256 {
                    AttemptOutcome::Stored
                } else {
                    AttemptOutcome::Refused(Trouble::NameTaken)
                };
                return Step::End(Ended { outcome, confirmation });
            }
            Ok(GrantAnswer::Granted { method, url, headers, expires_at_ms, confirm }) => {
                (method, url, headers, expires_at_ms, confirm)
            }
            Err(_) => return later(Trouble::AnswerInvalid, None),
        };
        // Whoever still gives a grant does not have the object.
        match self.taken {
            Some(403) => return later(Trouble::GrantExpired, None),
            Some(_) => return later(Trouble::NotConfirmed, None),
            None if self.put => return later(Trouble::NotConfirmed, None),
            None => {}
        }
        // One that had expired on its way is renewed; if the next one has, too, it is the clocks that differ.
        if expires_at_ms.is_some_and(|at_ms| at_ms <= now_unix_ms)
            && !core::mem::replace(&mut self.renewed, true)
        {
            return self.ask();
        }
        self.confirms_grant = confirm;
        let base = match &self.config {
            StoreConfig::Grants { url, .. } => url.clone(),
            _ => String::new(),
        };
        let (body, read) = (Body::Object, Read::Text);
        Step::Request(Box::new(Request { phase: Phase::Put, method, url, base, headers, body, read }))
    }

    /// The tus upload ended, at this address; `Err` holds the status code of a refusal, if there was one.
    ///
    /// An upload that the server has forgotten is begun anew by the next attempt.
    #[must_use]
    pub fn resumed(&mut self, result: core::result::Result<String, Option<u16>>) -> Step {
        let StoreConfig::Tus { headers, .. } = &self.config else {
            return later(Trouble::AnswerInvalid, None);
        };
        match result {
            Ok(url) => {
                self.put = true;
                self.upload_url.clone_from(&url);
                let mut headers = headers.clone();
                headers.insert("tus-resumable".to_owned(), "1.0.0".to_owned());
                request(Phase::Confirm, "HEAD", url, headers, Body::Empty, Read::Head)
            }
            Err(None) => later(Trouble::Unreachable, None),
            Err(Some(status)) => match meaning(Provider::Tus, Phase::Put, status) {
                Meaning::Never(trouble) => end(AttemptOutcome::Refused(trouble)),
                Meaning::Doubted => end(AttemptOutcome::Doubted(Trouble::Refused)),
                Meaning::Denied => end(AttemptOutcome::Denied),
                _ => later(Trouble::Unavailable, None),
            },
        }
    }

    fn provider(&self) -> Provider {
        match self.config {
            StoreConfig::Grants { .. } => Provider::Grants,
            StoreConfig::Callback {} | StoreConfig::Local {} => Provider::Callback,
            StoreConfig::Template { .. } => Provider::Template,
            StoreConfig::Tus { .. } => Provider::Tus,
        }
    }

    fn ask(&self) -> Step {
        let StoreConfig::Grants { url, token } = &self.config else { return Step::AskHost };
        let body = serde_json::json!({
            "name": self.object.name, "size_bytes": self.object.size_bytes, "sha256": self.object.sha256,
        });
        let headers = BTreeMap::from([
            ("authorization".to_owned(), format!("Bearer {token}")),
            ("content-type".to_owned(), "application/json".to_owned()),
        ]);
        request(Phase::Grant, "POST", url.clone(), headers, Body::Text(body.to_string()), Read::Text)
    }

    fn template(&self, method: &str, phase: Phase, read: Read) -> Step {
        let StoreConfig::Template { url, headers, .. } = &self.config else {
            return later(Trouble::AnswerInvalid, None);
        };
        let url = url.replace(NAME_PLACEHOLDER, &self.object.name);
        request(phase, method, url, headers.clone(), Body::Empty, read)
    }

    fn put_by_template(&self) -> Step {
        let mut step = self.template("PUT", Phase::Put, Read::Head);
        if let Step::Request(request) = &mut step {
            if matches!(self.config, StoreConfig::Template { if_none_match: true, .. }) {
                request.headers.insert("if-none-match".to_owned(), "*".to_owned());
            }
            // Without one a browser sends none, and some servers refuse that.
            if !request.headers.keys().any(|name| name.eq_ignore_ascii_case("content-type")) {
                request.headers.insert("content-type".to_owned(), "application/octet-stream".to_owned());
            }
            request.body = Body::Object;
        }
        step
    }

    fn put_succeeded(&mut self, answer: &Answer) -> Step {
        self.put = true;
        match &self.config {
            StoreConfig::Template { confirm: Confirm::None, .. } => end(AttemptOutcome::Stored),
            StoreConfig::Template { confirm: Confirm::Head, .. } => {
                self.template("HEAD", Phase::Confirm, Read::Head)
            }
            StoreConfig::Template { confirm: Confirm::Get, .. } => self.read_back(),
            _ if self.confirms_grant => self.ask(),
            _ => self.acknowledged(&answer.text),
        }
    }

    /// A store that says what it has must say the same as we do; one that says nothing is believed. Something else, such
    /// as a proxy's page, is no acknowledgement: the grant endpoint is asked again.
    fn acknowledged(&self, text: &str) -> Step {
        if text.trim().is_empty() {
            return end(AttemptOutcome::Stored);
        }
        let Ok(answer) = serde_json::from_str::<PutAnswer>(text) else {
            return later(Trouble::AnswerInvalid, None);
        };
        let same_size = answer.size_bytes.is_none_or(|size| size == self.object.size_bytes);
        let same_hash = answer.sha256.is_none_or(|hash| hash == self.object.sha256);
        if !(same_size && same_hash) {
            return later(Trouble::NotConfirmed, None);
        }
        Step::End(Ended { outcome: AttemptOutcome::Stored, confirmation: answer.confirmation })
    }

    /// Something lies under the name before this attempt has sent anything.
    fn looked_at(&mut self, answer: &Answer) -> Step {
        match self.same_by_headers(answer) {
            Some(false) if !self.may_be_cut(answer) => end(AttemptOutcome::Refused(Trouble::NameTaken)),
            Some(true) if checksum::sha256_hex_of(&answer.headers).is_some() => end(AttemptOutcome::Stored),
            // The same size alone is no proof of an earlier attempt's success: it may have been another's.
            _ => self.read_back(),
        }
    }

    fn confirmed(&mut self, answer: &Answer) -> Step {
        if let Some((size_bytes, sha256)) = &answer.content {
            let same = *size_bytes == self.object.size_bytes && *sha256 == self.object.sha256;
            if same {
                return end(AttemptOutcome::Stored);
            }
            // A server that keeps what came of a cut upload, and lets it be overwritten: nobody else's beginning is ours.
            if answer.is_beginning && self.overwrites() {
                return if self.put { later(Trouble::NotConfirmed, None) } else { self.put_by_template() };
            }
            return end(AttemptOutcome::Refused(Trouble::NameTaken));
        }
        if let StoreConfig::Tus { headers, .. } = &self.config {
            let offset = answer.headers.get("upload-offset").and_then(|text| text.trim().parse::<u64>().ok());
            return match offset {
                Some(offset) if offset == self.object.size_bytes => {
                    let (url, headers) = (self.upload_url.clone(), headers.clone());
                    request(Phase::ReadBack, "GET", url, headers, Body::Empty, Read::Hash)
                }
                _ => later(Trouble::NotConfirmed, None),
            };
        }
        let StoreConfig::Template { confirm, .. } = self.config else {
            return later(Trouble::NotConfirmed, None);
        };
        let has_checksum = checksum::sha256_hex_of(&answer.headers).is_some();
        match self.same_by_headers(answer) {
            Some(false) => end(AttemptOutcome::Refused(Trouble::NameTaken)),
            Some(true) if has_checksum || (self.put && confirm != Confirm::Get) => {
                end(AttemptOutcome::Stored)
            }
            _ => self.read_back(),
        }
    }

    /// Whether the store takes a second upload of one name.
    const fn overwrites(&self) -> bool {
        matches!(self.config, StoreConfig::Template { if_none_match: false, .. })
    }

    /// Whether what is there could be what a cut upload left, and could be replaced.
    fn may_be_cut(&self, answer: &Answer) -> bool {
        let length = answer.headers.get("content-length").and_then(|text| text.trim().parse::<u64>().ok());
        self.overwrites() && length.is_some_and(|length| length < self.object.size_bytes)
    }

    fn read_back(&self) -> Step {
        if self.object.size_bytes > LARGEST_READ_BACK_BYTES {
            return end(AttemptOutcome::Refused(Trouble::TooLarge));
        }
        self.template("GET", Phase::Confirm, Read::Hash)
    }

    /// Whether size and checksum are the object's, as far as the headers tell.
    fn same_by_headers(&self, answer: &Answer) -> Option<bool> {
        let sha256 = checksum::sha256_hex_of(&answer.headers).map(|hash| hash == self.object.sha256);
        // What is sent compressed has another length.
        let is_plain = !answer.headers.contains_key("content-encoding");
        let length = answer.headers.get("content-length").filter(|_| is_plain);
        let size = length
            .and_then(|text| text.trim().parse::<u64>().ok())
            .map(|size| size == self.object.size_bytes);
        match (size, sha256) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), _) | (_, Some(true)) => Some(true),
            (None, None) => None,
        }
    }

    /// The store does not have what it said is there, or what it took.
    fn not_there(&mut self) -> Step {
        match self.taken {
            Some(409) if self.collections.is_none() => self.make_collections(),
            Some(403) => end(AttemptOutcome::Denied),
            _ => later(Trouble::NotConfirmed, None),
        }
    }

    fn make_collections(&mut self) -> Step {
        let StoreConfig::Template { url, make_collections, .. } = &self.config else {
            return end(AttemptOutcome::Refused(Trouble::Refused));
        };
        if !make_collections || self.collections.is_some() {
            return end(AttemptOutcome::Refused(Trouble::Refused));
        }
        let Some((base, _)) = url.split_once(NAME_PLACEHOLDER) else {
            return end(AttemptOutcome::Refused(Trouble::Refused));
        };
        let slashes = self.object.name.match_indices('/').map(|(at, _)| at);
        let folders =
            slashes.filter_map(|at| self.object.name.get(..=at)).map(|folder| format!("{base}{folder}"));
        self.collections = Some(folders.collect());
        self.next_collection()
    }

    fn next_collection(&mut self) -> Step {
        let StoreConfig::Template { headers, .. } = &self.config else {
            return later(Trouble::AnswerInvalid, None);
        };
        let next = self.collections.as_mut().and_then(VecDeque::pop_front);
        match next {
            Some(url) => request(Phase::Collection, "MKCOL", url, headers.clone(), Body::Empty, Read::Head),
            None => {
                self.taken = None;
                self.put_by_template()
            }
        }
    }
}

/// Whether a refusal says that the call is another person's (docs/serve.md, "Errors").
fn is_bound_to_another(text: &str) -> bool {
    #[derive(Deserialize)]
    struct Refusal {
        error: Reason,
    }
    #[derive(Deserialize)]
    struct Reason {
        code: String,
    }
    serde_json::from_str::<Refusal>(text).is_ok_and(|refusal| refusal.error.code == Trouble::CallBound.code())
}

fn request(
    phase: Phase,
    method: &str,
    url: String,
    headers: BTreeMap<String, String>,
    body: Body,
    read: Read,
) -> Step {
    let (method, base) = (method.to_owned(), String::new());
    Step::Request(Box::new(Request { phase, method, url, base, headers, body, read }))
}

const fn end(outcome: AttemptOutcome) -> Step {
    Step::End(Ended { outcome, confirmation: None })
}

const fn later(trouble: Trouble, retry_after_ms: Option<f64>) -> Step {
    end(AttemptOutcome::Failed { trouble, retry_after_ms })
}
