//! The stored vCons of a call: whether each is the one of its place, signed by one who may, and true to the ledger.
//!
//! Owns the order of these checks and what is told of them. The first version is the recorder's, or was rebuilt from the
//! ledger; every further one is an amendment, which may only withhold. Personal fields are compared and never told.

mod account;
mod amended;
mod content;
mod sealed;
mod signer;

use super::evidence::{Evidence, Trust, is_of_ledger};
use super::examine::examine_ledger;
use super::fault::{Fault, Tolerance};
use super::history::History;
use super::rebuild;
use super::source::ObjectSource;
use crate::names::{FIRST_SEALING, ObjectName};
use crate::seal::KeyRing;
use crate::vcon::{FIRST_VERSION, SignedVcon, Vcon};
use crate::{Error, ErrorKind, Result};

pub use account::{VconAccount, VconLevel, VconSigner};

/// A vCon that was opened and holds.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenedVcon {
    /// The vCon as it was signed.
    pub signed: SignedVcon,
    /// Its object, as it is stored.
    pub object: Vec<u8>,
    /// Who signed it, and how far that can be believed.
    pub account: VconAccount,
}

/// Opens the latest vCon of a call, or this `version` of it, and verifies it, every version before it, and the ledger.
/// Audio is not looked at.
///
/// # Errors
/// The first fault; `WrongState` when there is no such vCon, `Shredded` when it had to be destroyed.
pub fn open_vcon(
    source: &dyn ObjectSource,
    keys: &dyn KeyRing,
    trust: &Trust,
    version: Option<u32>,
) -> Result<OpenedVcon> {
    let mut names = source.list()?;
    let wanted = version.or_else(|| versions(&names).max());
    let is_there = wanted.is_some_and(|wanted| versions(&names).any(|there| there == wanted));
    // What was added after the wanted version does not bear on it.
    names.retain(|name| version_of(name) <= wanted);
    let ledger = examine_ledger(source, &names, trust)?;
    let missing = || match &ledger.shredding {
        Some(_) => Error::new(ErrorKind::Shredded, "the vCon was destroyed, as the call's ledger demands"),
        None => Error::new(ErrorKind::WrongState, "the call has no such vCon"),
    };
    let Some(wanted) = wanted.filter(|_| is_there) else { return Err(missing()) };
    let mut faults = ledger.faults.clone();
    let checker = Checker { source, history: &ledger.history, evidence: &ledger.evidence, trust };
    let opened = checker.check(&names, Some(keys), &mut faults)?;
    if let Some(fault) = faults.iter().find(|fault| fault.tolerance != Tolerance::Unterminated) {
        return Err(fault.to_error());
    }
    opened.into_iter().find(|opened| opened.account.version == wanted).ok_or_else(missing)
}

/// The versions of the vCon among these objects.
pub(super) fn versions(names: &[ObjectName]) -> impl Iterator<Item = u32> {
    names.iter().filter_map(version_of)
}

/// The version of the vCon that is in this object, if it is one.
const fn version_of(name: &ObjectName) -> Option<u32> {
    match name {
        ObjectName::Vcon { version, .. } | ObjectName::RewrappedVcon { version, .. } => Some(*version),
        _ => None,
    }
}

/// The objects that hold this version of the vCon, the latest sealing first.
pub(super) fn sealings(names: &[ObjectName], version: u32) -> Vec<ObjectName> {
    let mut sealings: Vec<ObjectName> =
        names.iter().filter(|name| version_of(name) == Some(version)).copied().collect();
    sealings.sort_unstable_by_key(|name| match name {
        ObjectName::RewrappedVcon { sealing, .. } => core::cmp::Reverse(*sealing),
        _ => core::cmp::Reverse(FIRST_SEALING),
    });
    sealings
}

/// What the vCons are compared with.
pub(super) struct Checker<'a> {
    pub(super) source: &'a dyn ObjectSource,
    pub(super) history: &'a History,
    pub(super) evidence: &'a Evidence,
    pub(super) trust: &'a Trust,
}

impl Checker<'_> {
    /// Checks the vCons among `names` in order; with keys, their content too. Returns those that hold.
    pub(super) fn check(
        &self,
        names: &[ObjectName],
        keys: Option<&dyn KeyRing>,
        faults: &mut Vec<Fault>,
    ) -> Result<Vec<OpenedVcon>> {
        let mut versions: Vec<u32> = versions(names).collect();
        versions.sort_unstable();
        versions.dedup();
        // A ledger that is damaged, or a key that opens nothing, is told once.
        let comparable = !faults.iter().any(is_of_ledger);
        let keys = keys.filter(|_| faults.iter().all(|fault| fault.kind != ErrorKind::WrongKey));
        let mut held: Vec<OpenedVcon> = Vec::new();
        let mut expected = FIRST_VERSION;
        for version in versions {
            if version != expected && self.history.shred_demand.is_none() {
                let message = "this version of the vCon is missing, and a later one is there";
                let fault = Fault::new(ErrorKind::Truncated, self.name(expected), message);
                faults.push(fault.tolerated_by(Tolerance::Missing));
            }
            expected = version.saturating_add(1);
            let before = held.last().filter(|before| before.account.version.checked_add(1) == Some(version));
            let before = before.map(|before| before.signed.vcon().clone());
            let keys = keys.filter(|_| comparable);
            held.extend(self.check_one(names, version, keys, before.as_ref(), faults)?);
        }
        Ok(held)
    }

    /// Checks every sealing of one version; with a key, opens the latest that is for it.
    fn check_one(
        &self,
        names: &[ObjectName],
        version: u32,
        keys: Option<&dyn KeyRing>,
        before: Option<&Vcon>,
        faults: &mut Vec<Fault>,
    ) -> Result<Option<OpenedVcon>> {
        let (mut held, mut not_ours) = (None, None);
        for name in sealings(names, version) {
            let object = self.source.get(&name)?.unwrap_or_default();
            let checked = sealed::check(&object, self.history.call_id, version).and_then(|()| {
                let Some(keys) = keys.filter(|_| held.is_none()) else { return Ok(None) };
                self.open(object, version, keys, before).map(Some)
            });
            match checked {
                Ok(opened) => held = held.or(opened),
                Err(error) if error.kind() == ErrorKind::WrongKey => {
                    not_ours = not_ours.or(Some(Fault::at(name, &error)));
                }
                Err(error) => faults.push(Fault::at(name, &error)),
            }
        }
        faults.extend(not_ours.filter(|_| held.is_none()));
        Ok(held)
    }

    fn open(
        &self,
        object: Vec<u8>,
        version: u32,
        keys: &dyn KeyRing,
        before: Option<&Vcon>,
    ) -> Result<OpenedVcon> {
        let signed = crate::vcon::open(&object, keys)?;
        let vcon = signed.vcon();
        if !vcon.is_of(self.history.call_id, version) {
            return Err(Error::new(ErrorKind::Swapped, "this is the vCon of another call or version"));
        }
        let signature = signer::judge(&signed, self.history, self.evidence, self.trust)?;
        let account = VconAccount::new(version, vcon, signature);
        if version == FIRST_VERSION && account.signed_by == VconSigner::Officer {
            self.rebuilt(vcon)?;
        }
        content::check(vcon, self.history, self.source)?;
        if version > FIRST_VERSION {
            amended::check(vcon, before)?;
        }
        Ok(OpenedVcon { signed, object, account })
    }

    /// Of the first vCon others than the recorder may sign only what everybody can rebuild from the ledger.
    fn rebuilt(&self, vcon: &Vcon) -> Result<()> {
        if !vcon.is_rebuilt() {
            let message = "the call's own vCon is not signed by a key that the ledger states";
            return Err(Error::new(ErrorKind::VconSignature, message));
        }
        let rebuilt = rebuild::evidence_of(self.history, self.source, &self.source.list()?)
            .and_then(|evidence| Vcon::rebuilt(&evidence, 0))?;
        if vcon.says_the_same(&rebuilt) {
            return Ok(());
        }
        let message = "the vCon is said to be rebuilt from the ledger, and says something else";
        Err(Error::new(ErrorKind::Corrupt, message))
    }

    const fn name(&self, version: u32) -> ObjectName {
        ObjectName::Vcon { call_id: self.history.call_id, version }
    }
}
