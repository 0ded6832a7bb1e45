//! Amended vCons: a withdrawal after the fact makes a new version that says so and refers to the one before.
//!
//! An amended vCon is a deep copy with additions at the ends of its arrays, so that every index of the earlier version
//! means the same in the later one.

use serde_json::{Value, json};

use super::dialogs::labelled;
use super::lawful_basis::{Statement, grants, is_withdrawal, withdrawal_conditions, withdrawal_proof};
use super::{AMENDED, FIRST_VERSION, LAWFUL_BASIS, Vcon, insert, uuid};
use crate::evidence::{WithdrawalEvidence, invalid, is_hash, rfc_3339, valid_url};
use crate::names::CallId;
use crate::{Error, ErrorKind, Result};

/// Where the version before is stored, encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredVcon {
    /// Its HTTPS address; access must be restricted.
    pub url: String,
    /// SHA-512 of the stored object, lower-case hexadecimal.
    pub sha512: String,
}

/// What is added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amendment {
    /// The call.
    pub call_id: CallId,
    /// The new version: one more than that of the vCon before.
    pub version: u32,
    /// When it is made.
    pub at_ms: u64,
    /// Where the version before is stored, if readers may fetch it.
    pub previous: Option<StoredVcon>,
    /// The withdrawals since.
    pub withdrawals: Vec<WithdrawalEvidence>,
}

/// The version of `previous` that says what happened since.
///
/// # Errors
/// `Swapped` when `previous` is not the version before of that call; `EvidenceInvalid` without withdrawals, or for one of
/// a party that was never asked.
pub fn amend(previous: &Vcon, amendment: &Amendment) -> Result<Vcon> {
    if amendment.version <= FIRST_VERSION
        || !previous.is_of(amendment.call_id, amendment.version.saturating_sub(1))
    {
        return Err(Error::new(
            ErrorKind::Swapped,
            "the vCon to amend is not the version before of this call",
        ));
    }
    if amendment.withdrawals.is_empty() {
        return Err(invalid("The amendment says nothing new."));
    }
    let mut reference = json!({"uuid": previous.uuid()});
    if let Some(stored) = &amendment.previous {
        if !valid_url(&stored.url) || !is_hash(&stored.sha512, 128) {
            return Err(invalid("The place of the vCon before is not an HTTPS address with a SHA-512."));
        }
        insert(&mut reference, "url", Some(json!(stored.url)));
        insert(&mut reference, "content_hash", Some(json!(labelled("sha512", &stored.sha512))));
    }
    let mut content = previous.content().clone();
    insert(&mut content, "uuid", Some(json!(uuid(amendment.call_id, amendment.version))));
    insert(&mut content, "created_at", Some(json!(rfc_3339(amendment.at_ms))));
    insert(&mut content, AMENDED, Some(reference));
    let added = amendment
        .withdrawals
        .iter()
        .map(|withdrawal| withdrawn(previous.content(), withdrawal))
        .collect::<Result<Vec<_>>>()?;
    let attachments = content.get_mut("attachments").and_then(Value::as_array_mut);
    attachments.ok_or_else(|| Error::new(ErrorKind::Corrupt, "the vCon has no attachments"))?.extend(added);
    Vcon::from_content(content)
}

/// Whether `later` is `earlier` with nothing but withdrawals added: members that no amendment touches are the same, and
/// what is added grants nothing.
#[must_use]
pub fn is_amended_from(later: &Vcon, earlier: &Vcon) -> bool {
    let rest = |vcon: &Vcon| {
        let mut content = vcon.content().clone();
        if let Some(members) = content.as_object_mut() {
            for name in ["uuid", "created_at", AMENDED, "attachments"] {
                members.remove(name);
            }
        }
        content
    };
    let attachments = |vcon: &Vcon| {
        vcon.content().get("attachments").and_then(Value::as_array).cloned().unwrap_or_default()
    };
    let (before, after) = (attachments(earlier), attachments(later));
    let added = after.get(before.len()..).unwrap_or_default();
    let reference = later.content().get(AMENDED).and_then(|amended| amended.get("uuid"));
    reference.and_then(Value::as_str) == Some(earlier.uuid())
        && rest(later) == rest(earlier)
        && after.starts_with(&before)
        && !added.is_empty()
        && added.iter().all(|attachment| {
            attachment.get("purpose").and_then(Value::as_str) == Some(LAWFUL_BASIS)
                && is_withdrawal(attachment)
        })
}

/// The purposes, basis and terms are those of the party's latest lawful basis; nothing of it is granted any more.
fn withdrawn(previous: &Value, withdrawal: &WithdrawalEvidence) -> Result<Value> {
    let latest = previous
        .get("attachments")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .rfind(|attachment| {
            attachment.get("purpose").and_then(Value::as_str) == Some(LAWFUL_BASIS)
                && attachment.get("party").and_then(Value::as_u64) == Some(u64::from(withdrawal.party))
        })
        .ok_or_else(|| invalid("A withdrawal names a party that was never asked."))?;
    let text = |pointer: &str| latest.pointer(pointer).and_then(Value::as_str);
    let purposes = grants(latest)
        .iter()
        .filter_map(|grant| Some(grant.get("purpose")?.as_str()?.to_owned()))
        .collect::<Vec<_>>();
    let statement = Statement {
        party: u64::from(withdrawal.party),
        dialog: 0,
        at_ms: withdrawal.at_ms,
        basis: text("/body/lawful_basis").unwrap_or("consent"),
        expiration: latest.pointer("/body/expiration").cloned().unwrap_or(Value::Null),
        purposes,
        granted: false,
        conditions: withdrawal_conditions(withdrawal),
        terms_of_service: text("/body/terms_of_service"),
        proofs: vec![withdrawal_proof(withdrawal)],
    };
    Ok(statement.attachment())
}
