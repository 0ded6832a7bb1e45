//! A call's evidence as a vCon (draft-ietf-vcon-vcon-core-04), unsigned, signed and encrypted; see docs/vcon.md.
//!
//! Owns the mapping from [`CallEvidence`](crate::evidence::CallEvidence) to the draft's members and the two JOSE forms.
//! A vCon names people: it leaves this module encrypted or in the hands of the caller, and nothing of it is printed.
//! Must never fetch, store, or make keys; signatures come from the caller.

mod amend;
mod attachments;
mod dialogs;
mod lawful_basis;
mod officer;
mod reading;
mod rebuilt;
mod seal;
mod sign;

use core::fmt;
use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::evidence::{CallEvidence, PartyEvidence, derived_uuid, rfc_3339};
use crate::names::CallId;
use crate::{Error, ErrorKind, Result};

pub use amend::{Amendment, StoredVcon, amend, is_amended_from};
pub(crate) use dialogs::labelled;
pub use officer::sign_as_officer;
pub(crate) use seal::MEDIA_TYPE;
pub use seal::{encrypt, open};
pub use sign::{SIGNATURE_BYTES, SignedVcon, sign};

/// The deprecated member `vcon`, which draft -04 §4.1.1 still fixes.
const SYNTAX: &str = "0.4.0";
/// The reference to the prior version (draft -04 §4.1.9). The editor's copy behind it renames it to `amended_from`.
const AMENDED: &str = "amended";
/// The extension of draft-howe-vcon-lawful-basis.
const LAWFUL_BASIS: &str = "lawful_basis";
/// The version of a call's first vCon, as in the object's name (docs/format.md §2).
pub const FIRST_VERSION: u32 = 1;

/// A vCon in the unsigned form. Personal.
#[derive(Clone, PartialEq)]
pub struct Vcon {
    content: Value,
    uuid: String,
}

impl Vcon {
    /// The vCon of a call that is over.
    ///
    /// # Errors
    /// `EvidenceInvalid` when the evidence contradicts itself.
    pub fn build(evidence: &CallEvidence) -> Result<Self> {
        evidence.validate()?;
        let mut content = json!({
            "vcon": SYNTAX,
            "uuid": uuid(evidence.call_id, FIRST_VERSION),
            "extensions": [LAWFUL_BASIS],
            "created_at": rfc_3339(evidence.closed_at_ms),
            "parties": parties(evidence),
            "dialog": dialogs::dialogs(evidence),
            "attachments": attachments::attachments(evidence),
        });
        insert(&mut content, "subject", evidence.subject.as_ref().map(|subject| json!(subject)));
        // Through its own bytes, so that the vCon in memory is what a reader of them sees: JSON has no 20.0.
        Self::read(&canonical(&content)?)
    }

    /// Reads the unsigned form.
    ///
    /// # Errors
    /// `Truncated` when it ends early; `Corrupt` when it is not a vCon; `Unsupported` for another form or an extension
    /// that has to be understood and is not.
    pub fn read(json: &[u8]) -> Result<Self> {
        let content: Value = serde_json::from_slice(json).map_err(|error| {
            let kind = if error.is_eof() { ErrorKind::Truncated } else { ErrorKind::Corrupt };
            Error::new(kind, "the vCon is not JSON")
        })?;
        Self::from_content(content)
    }

    fn from_content(content: Value) -> Result<Self> {
        let forms = [("signatures", "payload"), ("ciphertext", "recipients")];
        if forms.iter().any(|(first, second)| content.get(first).is_some() && content.get(second).is_some()) {
            return Err(Error::new(ErrorKind::Unsupported, "the vCon is not in the unsigned form"));
        }
        let critical = content.get("critical").and_then(Value::as_array);
        if critical.is_some_and(|names| !names.is_empty()) {
            return Err(Error::new(ErrorKind::Unsupported, "the vCon has an extension that is not known"));
        }
        let lists = ["parties", "dialog", "attachments"];
        let is_vcon = content.is_object()
            && content.get("created_at").is_some_and(Value::is_string)
            && lists.iter().all(|name| content.get(name).is_none_or(Value::is_array));
        let uuid = content.get("uuid").and_then(Value::as_str).filter(|_| is_vcon).map(str::to_owned);
        let uuid = uuid.ok_or_else(|| Error::new(ErrorKind::Corrupt, "the JSON is not a vCon"))?;
        Ok(Self { content, uuid })
    }

    /// Its identity.
    #[must_use]
    pub fn uuid(&self) -> &str {
        &self.uuid
    }

    /// The JSON object.
    #[must_use]
    pub const fn content(&self) -> &Value {
        &self.content
    }

    /// The canonical JSON (RFC 8785): the same vCon is always the same bytes.
    ///
    /// # Errors
    /// `EvidenceInvalid` for numbers that JSON cannot carry exactly.
    pub fn to_json(&self) -> Result<Vec<u8>> {
        canonical(&self.content)
    }

    /// The body of the recorder's attachment of this purpose.
    #[must_use]
    pub fn attested(&self, purpose: &str) -> Option<&Value> {
        self.attachments(purpose).next()?.get("body")
    }

    /// The parties whose latest lawful basis is a withdrawal, in the order of their indices.
    #[must_use]
    pub fn withdrawn_parties(&self) -> Vec<u32> {
        let mut latest: BTreeMap<u32, bool> = BTreeMap::new();
        for attachment in self.attachments(LAWFUL_BASIS) {
            let party =
                attachment.get("party").and_then(Value::as_u64).and_then(|party| u32::try_from(party).ok());
            latest.extend(party.map(|party| (party, lawful_basis::is_withdrawal(attachment))));
        }
        latest.into_iter().filter_map(|(party, is_withdrawn)| is_withdrawn.then_some(party)).collect()
    }

    fn attachments(&self, purpose: &str) -> impl Iterator<Item = &Value> {
        let attachments = self.content.get("attachments").and_then(Value::as_array).into_iter().flatten();
        attachments
            .filter(move |attachment| attachment.get("purpose").and_then(Value::as_str) == Some(purpose))
    }

    /// Whether it is version `version` of the vCon of `call_id`.
    #[must_use]
    pub fn is_of(&self, call_id: CallId, version: u32) -> bool {
        self.uuid == uuid(call_id, version)
    }
}

impl fmt::Debug for Vcon {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Vcon").field("uuid", &self.uuid).finish_non_exhaustive()
    }
}

/// The identity of version `version` of the vCon of `call_id`: a version-8 UUID that follows from both, so that a reader
/// can tell whether an object lies at its place.
#[must_use]
pub fn uuid(call_id: CallId, version: u32) -> String {
    derived_uuid(&format!("callseal/1/vcon/{call_id}/{version}"))
}

/// Every party in the order of its index in the ledger, then the recorder, which contributes the attachments.
fn parties(evidence: &CallEvidence) -> Vec<Value> {
    let recorder = json!({
        "name": evidence.software,
        "validation": NOT_VALIDATED,
        "type": "bot",
        "org": evidence.controller.name,
    });
    let people = evidence.parties.iter().enumerate().map(|(index, person)| party(evidence, index, person));
    people.chain([recorder]).collect()
}

/// Nobody checked the name (draft -04 §4.2.6 wants to know how).
const NOT_VALIDATED: &str = "none";

fn party(evidence: &CallEvidence, index: usize, person: &PartyEvidence) -> Value {
    let mut party = json!({"type": "person"});
    insert(&mut party, "name", person.name.as_ref().map(|name| json!(name)));
    insert(&mut party, "validation", person.name.as_ref().map(|_| json!(NOT_VALIDATED)));
    insert(&mut party, "tel", person.tel.as_ref().map(|number| json!(format!("tel:{number}"))));
    insert(&mut party, "org", (index == 0).then(|| json!(evidence.controller.name)));
    insert(&mut party, "civicaddress", person.place.as_deref().map(civic_address));
    party
}

/// `US-CA` is the country US and its subdivision CA.
fn civic_address(place: &str) -> Value {
    match place.split_once('-') {
        Some((country, subdivision)) => json!({"country": country, "a1": subdivision}),
        None => json!({"country": place}),
    }
}

/// The index of the recorder among the vCon's parties.
fn recorder_index(evidence: &CallEvidence) -> usize {
    evidence.parties.len()
}

/// Sets a member that may be absent.
fn insert(object: &mut Value, name: &str, value: Option<Value>) {
    if let (Some(members), Some(value)) = (object.as_object_mut(), value) {
        members.insert(name.to_owned(), value);
    }
}

fn canonical(value: &Value) -> Result<Vec<u8>> {
    serde_json_canonicalizer::to_vec(value).map_err(|_| {
        Error::new(ErrorKind::EvidenceInvalid, "the vCon could not be written as canonical JSON")
    })
}
