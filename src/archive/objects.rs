//! Whether the objects are there and are what the ledger states, by size and hash; no key is needed.

use std::collections::{BTreeMap, BTreeSet};

use super::exposure::demand_on;
use super::fault::{Fault, Tolerance};
use super::history::{History, PartRecord, SegmentEnding, SegmentRecord};
use super::source::ObjectSource;
use crate::names::{FIRST_SEALING, ObjectName, SegmentAddress};
use crate::seal::{envelope_recipients, sha256_hex};
use crate::{ErrorKind, Result};

/// What was found of the objects.
#[derive(Debug, Default)]
pub(super) struct FoundObjects {
    /// The envelopes of each segment that has any, the latest version first; without those that are changed.
    pub(super) envelopes: BTreeMap<SegmentAddress, Vec<ObjectName>>,
    /// Envelopes that are there and are not as stated.
    pub(super) changed_envelopes: BTreeMap<SegmentAddress, ObjectName>,
    /// Segments whose object must not be used: missing or not as stated.
    pub(super) unusable: BTreeSet<SegmentAddress>,
    /// Objects that are not there because the ledger demands that they are destroyed.
    pub(super) shredded: usize,
}

/// Checks the objects of every wanted segment that the ledger names, and whether others are there. What is not wanted is not
/// read either.
pub(super) fn check_objects(
    source: &dyn ObjectSource,
    names: &[ObjectName],
    history: &History,
    is_wanted: &dyn Fn(&SegmentRecord) -> bool,
    faults: &mut Vec<Fault>,
) -> Result<FoundObjects> {
    let mut check =
        Check { source, names, stated: stated_hashes(history), found: FoundObjects::default(), faults };
    for part in &history.parts {
        for segment in part.segments.iter().filter(|segment| is_wanted(segment)) {
            check.envelope(history, segment)?;
            check.segment(history, part, segment)?;
        }
    }
    check.strangers(history);
    Ok(check.found)
}

struct Check<'a> {
    source: &'a dyn ObjectSource,
    names: &'a [ObjectName],
    stated: BTreeMap<String, ObjectName>,
    found: FoundObjects,
    faults: &'a mut Vec<Fault>,
}

impl Check<'_> {
    /// Says that an object is missing, unless it had to be destroyed.
    fn missing(&mut self, history: &History, kind: ErrorKind, name: ObjectName, message: &str) {
        if history.shred_demand.is_some() {
            self.found.shredded = self.found.shredded.saturating_add(1);
        } else {
            self.faults.push(Fault::new(kind, name, message).tolerated_by(Tolerance::Missing));
        }
    }

    fn envelope(&mut self, history: &History, segment: &SegmentRecord) -> Result<()> {
        let first = segment.address.envelope_name(FIRST_SEALING);
        let mut versions = envelopes_of(self.names, segment.address);
        // A later version is bound to the segment by its content and to the key by the commitment.
        if let Some(content) = self.source.get(&first)? {
            if sha256_hex(&content) != segment.opened.envelope_sha256 {
                versions.retain(|name| *name != first);
                let is_cut =
                    envelope_recipients(&content).is_err_and(|error| error.kind() == ErrorKind::Truncated);
                self.found.changed_envelopes.insert(segment.address, first);
                self.faults.push(self.judge(first, &content, is_cut));
            }
        } else if versions.is_empty() && demand_on(history, segment).is_none() {
            self.missing(history, ErrorKind::MissingEnvelope, first, "the envelope is missing");
        }
        // Without any it had to go, and the segment is silence.
        if !versions.is_empty() {
            self.found.envelopes.insert(segment.address, versions);
        }
        Ok(())
    }

    fn segment(&mut self, history: &History, part: &PartRecord, segment: &SegmentRecord) -> Result<()> {
        let name = segment.address.object_name();
        let content = self.source.get(&name)?;
        let Some((size_bytes, sha256)) = segment.stated_object() else {
            if content.is_none() {
                self.found.unusable.insert(segment.address);
            }
            let fault = if history.is_closed && part.is_whole() {
                Fault::new(ErrorKind::Corrupt, name, "the ledger never states how this segment ended")
            } else {
                unterminated(name, "the segment was never ended: the recording was cut here, or goes on")
            };
            self.faults.push(fault);
            return Ok(());
        };
        let is_recovered = matches!(segment.ending, SegmentEnding::Recovered(_));
        match content {
            None if is_recovered && size_bytes == 0 => {
                self.found.unusable.insert(segment.address);
            }
            None => {
                self.found.unusable.insert(segment.address);
                self.missing(history, ErrorKind::MissingSegment, name, "the segment is missing");
                return Ok(());
            }
            Some(content) if sha256_hex(&content) != sha256 => {
                self.found.unusable.insert(segment.address);
                let is_cut = u64::try_from(content.len()).is_ok_and(|length| length < size_bytes);
                self.faults.push(self.judge(name, &content, is_cut));
                return Ok(());
            }
            Some(_) => {}
        }
        if is_recovered {
            self.faults.push(unterminated(name, "the segment has no end: a crash cut the recording here"));
        }
        Ok(())
    }

    /// Content that is not as stated: another object's, cut, or changed.
    fn judge(&self, name: ObjectName, content: &[u8], is_cut: bool) -> Fault {
        if let Some(other) = self.stated.get(&sha256_hex(content)) {
            return Fault::new(ErrorKind::Swapped, name, format!("this is the content of {other}"));
        }
        if is_cut {
            return Fault::new(
                ErrorKind::Truncated,
                name,
                "the object is shorter than it was when it was sealed",
            );
        }
        Fault::new(ErrorKind::Corrupt, name, "the object is not what was sealed: its hash is another")
    }

    /// Objects under names that the ledger of a closed call does not know.
    fn strangers(&mut self, history: &History) {
        if !history.is_closed {
            return;
        }
        let known: BTreeSet<SegmentAddress> = history.segments().map(|segment| segment.address).collect();
        for name in self.names {
            if let ObjectName::Segment(address) | ObjectName::Envelope { address, .. } = name
                && !known.contains(address)
            {
                let message = "the ledger knows nothing of this object: it was put here from elsewhere";
                self.faults.push(Fault::new(ErrorKind::Swapped, *name, message));
            }
        }
    }
}

/// The envelopes of a segment among these objects, the latest version first.
pub(super) fn envelopes_of(names: &[ObjectName], wanted: SegmentAddress) -> Vec<ObjectName> {
    let is_wanted =
        |name: &&ObjectName| matches!(name, ObjectName::Envelope { address, .. } if *address == wanted);
    let mut versions: Vec<ObjectName> = names.iter().filter(is_wanted).copied().collect();
    versions.sort_unstable_by(|one, other| other.cmp(one));
    versions
}

/// Every hash that the ledger states, and the object it is stated for.
fn stated_hashes(history: &History) -> BTreeMap<String, ObjectName> {
    let mut hashes = BTreeMap::new();
    for segment in history.segments() {
        let envelope = segment.address.envelope_name(FIRST_SEALING);
        hashes.insert(segment.opened.envelope_sha256.clone(), envelope);
        if let Some((_, sha256)) = segment.stated_object() {
            hashes.insert(sha256.to_owned(), segment.address.object_name());
        }
    }
    hashes
}

fn unterminated(name: ObjectName, message: &str) -> Fault {
    Fault::new(ErrorKind::Unterminated, name, message).tolerated_by(Tolerance::Unterminated)
}
