//! What an officer adds to a stored call: a vCon with a withdrawal, or the one that a cut call lacks.
//!
//! Owns that an addition is sealed for whom the call was sealed for, and that it holds before it is given out. Stores
//! nothing; the name is always a new one, and an object is never replaced.

use super::evidence::Trust;
use super::examine::examine_ledger;
use super::rebuild::rebuild;
use super::source::ObjectSource;
use super::vcons::{OpenedVcon, open_vcon, versions};
use crate::evidence::{WithdrawalEffect, WithdrawalEvidence};
use crate::names::{CallId, ObjectName};
use crate::seal::{KeyRing, PrivateKey, RecipientKey, SigningKey, envelope_recipients};
use crate::vcon::{Amendment, FIRST_VERSION, Vcon, amend, encrypt, sign_as_officer};
use crate::{Error, ErrorKind, Result};

/// Who adds, and when.
#[derive(Debug)]
pub struct Addition<'a> {
    /// The keys of recipients that open what is there.
    pub keys: &'a dyn KeyRing,
    /// The public keys of the other recipients.
    pub others: &'a [RecipientKey],
    /// The officer's key: it certifies.
    pub officer: &'a SigningKey,
    /// Whom to believe.
    pub trust: &'a Trust,
    /// Now.
    pub now_ms: u64,
}

/// The next version of the call's vCon, with `withdrawal` added, and its name.
///
/// # Errors
/// The first fault of what is there; `WrongState` when the call has no vCon; `EvidenceInvalid` for a party that was never
/// asked and for times that cannot be; `RecipientInvalid` when the recipients' keys are not all given, or others.
pub fn withdraw(
    source: &dyn ObjectSource,
    addition: &Addition<'_>,
    withdrawal: WithdrawalEvidence,
) -> Result<(ObjectName, OpenedVcon)> {
    if withdrawal.at_ms > addition.now_ms {
        return Err(Error::new(ErrorKind::EvidenceInvalid, "The withdrawal lies in the future."));
    }
    if matches!(withdrawal.effect, WithdrawalEffect::KeepUntil { until_ms } if until_ms <= withdrawal.at_ms) {
        let message = "The recording is to be kept until a time before the withdrawal.";
        return Err(Error::new(ErrorKind::EvidenceInvalid, message));
    }
    let before = open_vcon(source, addition.keys, addition.trust, None)?;
    let version = before.account.version.saturating_add(1);
    let amendment = Amendment {
        call_id: source.call_id(),
        version,
        at_ms: addition.now_ms,
        previous: None,
        withdrawals: vec![withdrawal],
    };
    let vcon = amend(before.signed.vcon(), &amendment)?;
    addition.seal(source, &vcon, version, &envelope_recipients(&before.object)?)
}

/// The first vCon of a call that has none, rebuilt from its ledger, and its name.
///
/// # Errors
/// `WrongState` when the call has a vCon; `Shredded` when it was destroyed; else as [`super::rebuild`] and [`withdraw`].
pub fn store_rebuilt(source: &dyn ObjectSource, addition: &Addition<'_>) -> Result<(ObjectName, OpenedVcon)> {
    let names = source.list()?;
    let is_confirmed = names.iter().any(|name| matches!(name, ObjectName::ShredConfirmation { .. }));
    if is_confirmed {
        let message = "the call was destroyed, as its ledger demands; nothing is stored for it any more";
        return Err(Error::new(ErrorKind::Shredded, message));
    }
    if versions(&names).next().is_some() {
        return Err(Error::new(ErrorKind::WrongState, "the call has a vCon; nothing has to be rebuilt"));
    }
    let vcon = rebuild(source, addition.trust, addition.now_ms)?;
    let history = examine_ledger(source, &names, addition.trust)?.history;
    let mut recipients: Vec<String> =
        history.segments().flat_map(|segment| segment.opened.recipients.iter().cloned()).collect();
    recipients.sort_unstable();
    recipients.dedup();
    if recipients.is_empty() {
        // A ledger without audio names nobody; the one who asks is who can be meant.
        recipients.extend(addition.public_keys().map(|key| key.thumbprint().to_owned()));
    }
    addition.seal(source, &vcon, FIRST_VERSION, &recipients)
}

impl Addition<'_> {
    fn public_keys(&self) -> impl Iterator<Item = &RecipientKey> {
        self.keys.keys().iter().map(PrivateKey::public).chain(self.others)
    }

    /// Signs and seals, and reads the result as every reader will.
    fn seal(
        &self,
        source: &dyn ObjectSource,
        vcon: &Vcon,
        version: u32,
        thumbprints: &[String],
    ) -> Result<(ObjectName, OpenedVcon)> {
        let recipients = self.recipients(thumbprints)?;
        let call_id = source.call_id();
        let signed = sign_as_officer(vcon, call_id, self.officer, self.now_ms)?;
        let name = ObjectName::Vcon { call_id, version };
        let with = With { source, name, object: encrypt(&signed, &recipients)? };
        let opened = open_vcon(&with, self.keys, self.trust, Some(version))?;
        Ok((name, opened))
    }

    /// The keys behind `thumbprints`: all of them, and no other.
    fn recipients(&self, thumbprints: &[String]) -> Result<Vec<RecipientKey>> {
        let invalid = |detail: String| Error::new(ErrorKind::RecipientInvalid, detail);
        if let Some(stranger) =
            self.public_keys().find(|key| thumbprints.iter().all(|one| one != key.thumbprint()))
        {
            let detail = format!("the key {} is none of the call's recipients'", stranger.thumbprint());
            return Err(invalid(detail));
        }
        let key_of = |thumbprint: &String| {
            let key = self.public_keys().find(|key| key.thumbprint() == thumbprint).cloned();
            key.ok_or_else(|| invalid(format!("the public key of the recipient {thumbprint} is missing")))
        };
        thumbprints.iter().map(key_of).collect()
    }
}

/// A call with one object more.
struct With<'a> {
    source: &'a dyn ObjectSource,
    name: ObjectName,
    object: Vec<u8>,
}

impl ObjectSource for With<'_> {
    fn call_id(&self) -> CallId {
        self.source.call_id()
    }

    fn list(&self) -> Result<Vec<ObjectName>> {
        let mut names = self.source.list()?;
        names.push(self.name);
        Ok(names)
    }

    fn get(&self, name: &ObjectName) -> Result<Option<Vec<u8>>> {
        if *name == self.name { Ok(Some(self.object.clone())) } else { self.source.get(name) }
    }
}
