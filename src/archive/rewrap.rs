//! Wrapping a stored call's keys anew for other recipients: new envelopes and newly sealed vCons, never media.
//!
//! Owns which objects need it, and that a new one holds the same key or the same signed vCon as the old one. Stores and
//! destroys nothing: names are new, and whoever destroys an old object asks [`Rewrapping::check`] first.

use super::evidence::Trust;
use super::examine::examine_ledger;
use super::exposure::demand_on;
use super::fault::Tolerance;
use super::history::{History, SegmentRecord};
use super::objects::envelopes_of;
use super::source::ObjectSource;
use super::vcons::{sealings, versions};
use crate::names::{FIRST_SEALING, ObjectName};
use crate::seal::{
    DataKey, KeyRing, RecipientKey, envelope_recipients, make_envelope, open_envelope, sha256_hex,
};
use crate::vcon::{self, SignedVcon};
use crate::{Error, ErrorKind, Result};

/// A call whose keys are to be wrapped for others.
#[allow(missing_debug_implementations, reason = "a source of objects has none")]
pub struct Rewrapping<'a> {
    source: &'a dyn ObjectSource,
    recipients: &'a [RecipientKey],
    history: History,
    names: Vec<ObjectName>,
}

/// What is wrapped: the key of a segment, or a vCon. Lists the objects that hold it.
#[derive(Debug, Clone)]
pub struct Wrapped {
    what: What,
    /// The objects that hold it, the latest first.
    objects: Vec<ObjectName>,
}

#[derive(Debug, Clone)]
enum What {
    Segment(Box<SegmentRecord>),
    Vcon(u32),
}

impl<'a> Rewrapping<'a> {
    /// Looks at what there is. `now_ms` is the time, milliseconds since 1970-01-01 UTC.
    ///
    /// # Errors
    /// The first fault of the ledger; `Shredded` when the ledger demands that the call is destroyed by now;
    /// `RecipientInvalid` without recipients or with one twice.
    pub fn begin(source: &'a dyn ObjectSource, recipients: &'a [RecipientKey], now_ms: u64) -> Result<Self> {
        let mut thumbprints: Vec<&str> = recipients.iter().map(RecipientKey::thumbprint).collect();
        thumbprints.sort_unstable();
        thumbprints.dedup();
        if thumbprints.is_empty() || thumbprints.len() != recipients.len() {
            let detail = "there is no recipient to wrap the keys for, or one is stated twice";
            return Err(Error::new(ErrorKind::RecipientInvalid, detail));
        }
        let names = source.list()?;
        let ledger = examine_ledger(source, &names, &Trust::default())?;
        if let Some(fault) = ledger.faults.iter().find(|fault| fault.tolerance == Tolerance::Never) {
            return Err(fault.to_error());
        }
        if ledger.history.shred_demand.as_ref().is_some_and(|demand| demand.not_before_ms <= now_ms) {
            let detail =
                "the ledger demands that this call is destroyed; its keys are not wrapped for anybody";
            return Err(Error::new(ErrorKind::Shredded, detail));
        }
        Ok(Self { source, recipients, history: ledger.history, names })
    }

    /// Everything that is wrapped and is here. What the ledger wants nobody to hear is left out, and so is a segment
    /// without an envelope.
    #[must_use]
    pub fn wrapped(&self) -> Vec<Wrapped> {
        let segments = self.history.segments().filter(|segment| demand_on(&self.history, segment).is_none());
        let segments = segments.map(|segment| Wrapped {
            what: What::Segment(Box::new(segment.clone())),
            objects: envelopes_of(&self.names, segment.address),
        });
        let mut numbers: Vec<u32> = versions(&self.names).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let vcons = numbers
            .into_iter()
            .map(|version| Wrapped { what: What::Vcon(version), objects: sealings(&self.names, version) });
        segments.chain(vcons).filter(|wrapped| !wrapped.objects.is_empty()).collect()
    }

    /// The new object for `wrapped`, opened with `key`; none where the latest is for exactly these recipients already.
    ///
    /// # Errors
    /// `WrongKey` when `key` opens no version; the fault of what is damaged; `LimitExceeded` after too many versions.
    pub fn rewrap(&self, wrapped: &Wrapped, key: &dyn KeyRing) -> Result<Option<(ObjectName, Vec<u8>)>> {
        if self.is_done(wrapped)? {
            return Ok(None);
        }
        let name = wrapped.next_name(&self.history)?;
        let content = match &wrapped.what {
            What::Segment(segment) => {
                let open = |object: &ObjectName, content: &[u8]| self.data_key(segment, object, content, key);
                let data_key = self.first_of(wrapped, open)?;
                make_envelope(&data_key, &segment.address, self.recipients)?
            }
            What::Vcon(version) => {
                let open = |_: &ObjectName, content: &[u8]| self.vcon(*version, content, key);
                vcon::encrypt(&self.first_of(wrapped, open)?, self.recipients)?
            }
        };
        Ok(Some((name, content)))
    }

    /// Proves with the private key of one of the new recipients that the object `name` of `wrapped` opens to the right
    /// key or vCon, as it is in the store now. What is for others may be destroyed then.
    ///
    /// # Errors
    /// `WrongKey` when it is not for `key`; the fault otherwise.
    pub fn check(&self, wrapped: &Wrapped, name: &ObjectName, key: &dyn KeyRing) -> Result<()> {
        let missing = || Error::new(ErrorKind::MissingEnvelope, "the new object is not in the store");
        let content = self.source.get(name)?.ok_or_else(missing)?;
        let named = envelope_recipients(&content)?;
        let is_for = |recipient: &RecipientKey| named.iter().any(|named| named == recipient.thumbprint());
        if !self.recipients.iter().all(is_for) {
            return Err(Error::new(ErrorKind::WrongKey, "the object is not for all of the new recipients"));
        }
        match &wrapped.what {
            What::Segment(segment) => self.data_key(segment, name, &content, key).map(drop),
            What::Vcon(version) => self.vcon(*version, &content, key).map(drop),
        }
    }

    /// Whether the latest object is for exactly the new recipients, as far as it says itself.
    fn is_done(&self, wrapped: &Wrapped) -> Result<bool> {
        let Some(latest) = wrapped.objects.first() else { return Ok(false) };
        let mut named = envelope_recipients(&self.source.get(latest)?.unwrap_or_default())?;
        named.sort_unstable();
        let mut wanted: Vec<&str> = self.recipients.iter().map(RecipientKey::thumbprint).collect();
        wanted.sort_unstable();
        Ok(named == wanted)
    }

    /// What the latest object that opens holds; else the first reason why not.
    fn first_of<T>(&self, wrapped: &Wrapped, open: impl Fn(&ObjectName, &[u8]) -> Result<T>) -> Result<T> {
        let mut reason = None;
        for name in &wrapped.objects {
            let content = self.source.get(name)?.unwrap_or_default();
            match open(name, &content) {
                Ok(held) => return Ok(held),
                Err(error) => {
                    reason.get_or_insert(Error::new(error.kind(), format!("{name}: {}", error.detail())));
                }
            }
        }
        Err(reason.unwrap_or_else(|| Error::new(ErrorKind::MissingEnvelope, "there is nothing to open")))
    }

    /// The data key in this envelope, which must be the one that the ledger states.
    fn data_key(
        &self,
        segment: &SegmentRecord,
        name: &ObjectName,
        content: &[u8],
        key: &dyn KeyRing,
    ) -> Result<DataKey> {
        let is_first = *name == segment.address.envelope_name(FIRST_SEALING);
        if is_first && sha256_hex(content) != segment.opened.envelope_sha256 {
            return Err(Error::new(ErrorKind::Corrupt, "the envelope is not the one that the ledger states"));
        }
        let data_key = open_envelope(content, key, &segment.address)?;
        if data_key.commitment()? == segment.opened.key_commitment {
            return Ok(data_key);
        }
        Err(Error::new(ErrorKind::Corrupt, "the envelope holds another key than the ledger commits to"))
    }

    fn vcon(&self, version: u32, content: &[u8], key: &dyn KeyRing) -> Result<SignedVcon> {
        let signed = vcon::open(content, key)?;
        if signed.vcon().uuid() == vcon::uuid(self.history.call_id, version) {
            return Ok(signed);
        }
        Err(Error::new(ErrorKind::Swapped, "this is the vCon of another call or version"))
    }
}

impl Wrapped {
    /// The objects that hold it, the latest first.
    #[must_use]
    pub fn objects(&self) -> &[ObjectName] {
        &self.objects
    }

    /// The name of the next object that holds it.
    fn next_name(&self, history: &History) -> Result<ObjectName> {
        let latest = self.objects.iter().map(|name| match name {
            ObjectName::Envelope { version, .. } => *version,
            ObjectName::RewrappedVcon { sealing, .. } => *sealing,
            _ => FIRST_SEALING,
        });
        let next = latest.max().unwrap_or(FIRST_SEALING).saturating_add(1);
        let name = match &self.what {
            What::Segment(segment) => segment.address.envelope_name(next),
            What::Vcon(version) => {
                ObjectName::RewrappedVcon { call_id: history.call_id, version: *version, sealing: next }
            }
        };
        // What no name can be given to would be lost.
        ObjectName::parse(&name.to_string())
            .map_err(|_| Error::new(ErrorKind::LimitExceeded, "there are too many versions of this object"))
    }
}
