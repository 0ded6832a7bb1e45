//! What to do with a call that a crash left in the spool.
//!
//! Owns the plan: which files are cut, written or removed, which entries close the ledger, which objects then go to the
//! store. A segment that was open has no last Tink segment and its key is gone: it is kept as it is, cut to whole Tink
//! segments (less than 4 KiB is lost), and named as recovered. Must never invent audio.
#![allow(clippy::arithmetic_side_effects)] // counts of files of one call

use std::collections::{BTreeMap, BTreeSet};

use crate::ledger::{
    CallRecovered, Chain, Entry, EntryBody, ExposureEffect, HeadClaim, Ledger, LedgerSigner, PartClosed,
    SegmentOpened, SegmentRecovered, SegmentSealed, is_shredded, read_own_chunk, touches, whole_lines,
};
use crate::names::{CallId, ObjectName, SegmentAddress};
use crate::seal::sha256_hex;
use crate::session::report::ReportedObject;
use crate::store::spool::{SpoolOperation, file_name, object_name};
use crate::{Error, ErrorKind, Result};

/// Ciphertext bytes of a Tink segment; the first one includes the stream's header (`docs/format.md` §3).
const TINK_SEGMENT_BYTES: usize = 4_096;

/// What is to be done for one call, in this order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecoveryPlan {
    /// Files to cut to this length in bytes.
    pub truncate: Vec<(String, u64)>,
    /// The closing chunk, if the ledger has no end yet.
    pub write: Option<SpoolOperation>,
    /// Objects that go to the store: everything that is in the spool then.
    pub objects: Vec<ReportedObject>,
    /// When the call began, milliseconds since 1970-01-01 UTC.
    pub since_unix_ms: u64,
    /// Files to remove: their destruction was demanded.
    pub remove: Vec<String>,
    /// Nothing lawful was recorded: remove the whole call.
    pub discard: bool,
}

/// Plans the recovery of a call from all its files in the spool (name → content, without the lock). The call's own key
/// is gone with the engine: `signer` announces itself and signs what closes a signed ledger.
///
/// # Errors
/// If the ledger in the spool contradicts itself; nothing is touched then.
pub fn plan(
    call_id: CallId,
    files: &BTreeMap<String, Vec<u8>>,
    signer: LedgerSigner,
    now_unix_ms: u64,
) -> Result<RecoveryPlan> {
    let Found { chain, entries, next_chunk, mut plan } =
        Found::read(call_id, files, now_unix_ms, read_own_chunk)?;
    if entries.is_empty() {
        return Ok(RecoveryPlan { discard: true, ..RecoveryPlan::default() });
    }
    let segments = Segments::of(&entries);
    let closed = matches!(
        entries.last().map(|entry| &entry.body),
        Some(EntryBody::CallClosed(_) | EntryBody::CallRecovered(_))
    );
    let mut closing = segments.settle(call_id, files, &mut plan)?;
    if !closed {
        closing.extend(segments.open_parts().map(EntryBody::PartClosed));
        let parts = segments.parts.len();
        let parts = u32::try_from(parts)
            .map_err(|_| Error::new(ErrorKind::LimitExceeded, "The call has too many parts."))?;
        let entries = chain.next_seq() + u64::from(chain.is_signed()) + closing.len() as u64 + 1;
        closing.push(EntryBody::CallRecovered(CallRecovered { parts, entries }));
        let signer = chain.is_signed().then_some(signer);
        let is_signed = signer.is_some();
        let mut ledger = Ledger::resume(call_id, chain, next_chunk, signer);
        let mut bytes = Vec::new();
        if is_signed {
            bytes.extend(ledger.announce_signer(now_unix_ms)?);
        }
        for body in &closing {
            bytes.extend(ledger.append(now_unix_ms, body)?);
        }
        let chunk = object(ledger.next_chunk_name()?.to_string(), &bytes);
        plan.objects.push(chunk.clone());
        plan.write = Some(SpoolOperation::Whole { object: chunk, bytes });
    }
    if demands_shredding(&entries, now_unix_ms) {
        let is_gone =
            |object: &ReportedObject| ObjectName::parse(&object.name).is_ok_and(|name| is_shredded(&name));
        plan.objects.retain(|object| !is_gone(object));
        let id = call_id.to_string();
        let names = files
            .keys()
            .filter(|file| ObjectName::parse(&object_name(&id, file)).is_ok_and(|name| is_shredded(&name)));
        plan.remove = names.cloned().collect();
    }
    segments.remove_keys(call_id, files, &entries, &mut plan);
    Ok(plan)
}

/// What the spool has of a call's ledger.
pub(super) struct Found {
    pub(super) chain: Chain,
    pub(super) entries: Vec<Entry>,
    pub(super) next_chunk: u32,
    /// The chunks and their countersignatures are among its objects; torn ends are to be cut.
    pub(super) plan: RecoveryPlan,
}

impl Found {
    /// Reads the chunks in order, as far as they go. `read` checks signatures, or does not.
    pub(super) fn read(
        call_id: CallId,
        files: &BTreeMap<String, Vec<u8>>,
        now_unix_ms: u64,
        read: impl Fn(&mut Chain, &[u8]) -> Result<Vec<Entry>>,
    ) -> Result<Self> {
        let mut found = Self {
            chain: Chain::start(&call_id),
            entries: Vec::new(),
            next_chunk: 0,
            plan: RecoveryPlan::default(),
        };
        let Self { chain, entries, next_chunk, plan } = &mut found;
        loop {
            let name = ObjectName::LedgerChunk { call_id, chunk: *next_chunk }.to_string();
            let Some(content) = files.get(&file_name(&name)) else { break };
            let whole = whole_lines(content);
            if whole.is_empty() {
                break; // torn within its first line: it is overwritten by the next chunk that is written
            }
            if whole.len() < content.len() {
                plan.truncate.push((file_name(&name), whole.len() as u64));
            }
            entries.extend(read(chain, whole)?);
            plan.objects.push(object(name, whole));
            let head = ObjectName::LedgerHead { call_id, chunk: *next_chunk }.to_string();
            // One that was torn while it was written is no countersignature; it goes with the folder.
            if let Some(content) = files.get(&file_name(&head))
                && HeadClaim::read(content).is_ok()
            {
                plan.objects.push(object(head, content));
            }
            *next_chunk += 1;
        }
        plan.since_unix_ms = entries.first().map_or(now_unix_ms, |entry| entry.at_ms.min(now_unix_ms));
        Ok(found)
    }
}

/// Whether somebody took consent back and the policy has the audio destroyed by now.
fn demands_shredding(entries: &[Entry], now_unix_ms: u64) -> bool {
    entries.iter().any(|entry| {
        matches!(&entry.body, EntryBody::ShredRequested(demand) if demand.not_before_ms <= now_unix_ms)
    })
}

fn object(name: String, content: &[u8]) -> ReportedObject {
    ReportedObject { name, size_bytes: content.len() as u64, sha256: sha256_hex(content) }
}

/// Stretches whose segments have lost their keys.
struct Keyless(Vec<(u64, u64)>);

impl Keyless {
    fn of(entries: &[Entry]) -> Self {
        let found = entries.iter().filter_map(|entry| match &entry.body {
            EntryBody::ExposureFound(found) if found.effect == ExposureEffect::Destroy => Some(found),
            _ => None,
        });
        Self(found.map(|found| (found.from_sample, found.to_sample)).collect())
    }

    const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn holds(&self, start_sample: u64, end_sample: Option<u64>) -> bool {
        self.0.iter().any(|(from, to)| touches(*from, *to, start_sample, end_sample))
    }
}

/// What the ledger says of segments and parts.
pub(super) struct Segments<'a> {
    pub(super) opened: BTreeMap<(u32, u32), &'a SegmentOpened>,
    pub(super) sealed: BTreeMap<(u32, u32), &'a SegmentSealed>,
    recovered: BTreeSet<(u32, u32)>,
    pub(super) parts: BTreeSet<u32>,
    closed_parts: BTreeSet<u32>,
}

impl<'a> Segments<'a> {
    pub(super) fn of(entries: &'a [Entry]) -> Self {
        let mut segments = Self {
            opened: BTreeMap::new(),
            sealed: BTreeMap::new(),
            recovered: BTreeSet::new(),
            parts: BTreeSet::new(),
            closed_parts: BTreeSet::new(),
        };
        for entry in entries {
            match &entry.body {
                EntryBody::PartOpened(part) => {
                    segments.parts.insert(part.part);
                }
                EntryBody::PartClosed(part) => {
                    segments.closed_parts.insert(part.part);
                }
                EntryBody::SegmentOpened(opened) => {
                    segments.opened.insert((opened.part, opened.segment), opened);
                }
                EntryBody::SegmentSealed(sealed) => {
                    segments.sealed.insert((sealed.part, sealed.segment), sealed);
                }
                EntryBody::SegmentRecovered(recovered) => {
                    segments.recovered.insert((recovered.part, recovered.segment));
                }
                _ => {}
            }
        }
        segments
    }

    /// Cuts what a crash has torn, and puts the segments and envelopes that are here among the objects. Returns the entries
    /// that tell of it.
    pub(super) fn settle(
        &self,
        call_id: CallId,
        files: &BTreeMap<String, Vec<u8>>,
        plan: &mut RecoveryPlan,
    ) -> Result<Vec<EntryBody>> {
        let mut closing = Vec::new();
        for ((part, segment), opened) in &self.opened {
            let address = SegmentAddress::new(call_id, *part, *segment)?;
            let name = address.object_name().to_string();
            let content = files.get(&file_name(&name));
            let recovered = match self.sealed.get(&(*part, *segment)) {
                // A sealed segment that is not here any more is in the store already.
                Some(sealed) => content.map(|_| ReportedObject {
                    name: name.clone(),
                    size_bytes: sealed.size_bytes,
                    sha256: sealed.sha256.clone(),
                }),
                None => {
                    let content = content.map_or(&[][..], Vec::as_slice);
                    let length = content.len() - content.len() % TINK_SEGMENT_BYTES;
                    let whole = content.get(..length).unwrap_or_default();
                    if length < content.len() {
                        plan.truncate.push((file_name(&name), length as u64));
                    }
                    if !self.recovered.contains(&(*part, *segment)) {
                        closing.push(EntryBody::SegmentRecovered(SegmentRecovered {
                            part: opened.part,
                            segment: opened.segment,
                            size_bytes: length as u64,
                            sha256: sha256_hex(whole),
                        }));
                    }
                    (length > 0).then(|| object(name.clone(), whole))
                }
            };
            plan.objects.extend(recovered);
            let envelope = address.envelope_name(1).to_string();
            if let Some(content) = files.get(&file_name(&envelope)) {
                plan.objects.push(object(envelope, content));
            }
        }
        Ok(closing)
    }

    /// Keys of what should not have been recorded go nowhere any more.
    pub(super) fn remove_keys(
        &self,
        call_id: CallId,
        files: &BTreeMap<String, Vec<u8>>,
        entries: &[Entry],
        plan: &mut RecoveryPlan,
    ) {
        let keyless = Keyless::of(entries);
        if keyless.is_empty() {
            return;
        }
        let is_gone = |name: &str| {
            matches!(ObjectName::parse(name), Ok(ObjectName::Envelope { address, .. })
                if self.extent(address).is_some_and(|(start, end)| keyless.holds(start, end)))
        };
        let id = call_id.to_string();
        plan.objects.retain(|object| !is_gone(&object.name));
        plan.remove.extend(files.keys().filter(|file| is_gone(&object_name(&id, file))).cloned());
        plan.remove.sort_unstable();
        plan.remove.dedup();
    }

    /// First sample of a segment, and the one behind its last where that is known.
    fn extent(&self, address: SegmentAddress) -> Option<(u64, Option<u64>)> {
        let key = (address.part, address.segment);
        let end_sample = self.sealed.get(&key).map(|sealed| sealed.end_sample);
        Some((self.opened.get(&key)?.start_sample, end_sample))
    }

    /// The closing entries of the parts that a crash cut. Where they end is known only as far as segments were
    /// sealed: the samples of an unterminated segment are counted by who can open it.
    pub(super) fn open_parts(&self) -> impl Iterator<Item = PartClosed> + '_ {
        self.parts.difference(&self.closed_parts).map(|part| {
            let of_part = |key: &&(u32, u32)| key.0 == *part;
            let segments = self.opened.keys().filter(of_part).count();
            let sealed_end =
                self.sealed.iter().filter(|(key, _)| of_part(key)).map(|(_, sealed)| sealed.end_sample).max();
            let opened_at = self
                .opened
                .iter()
                .filter(|(key, _)| of_part(key))
                .map(|(_, opened)| opened.start_sample)
                .max();
            PartClosed {
                part: *part,
                end_sample: sealed_end.max(opened_at).unwrap_or(0),
                segments: u32::try_from(segments).unwrap_or(u32::MAX),
                cut: true,
            }
        })
    }
}
