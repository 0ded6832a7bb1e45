//! Whether the call of a dead engine can go on, from what it left in the spool; and with what.
//!
//! Owns what is believed of a spooled ledger: only a chain whose every entry is signed by keys that this device has
//! certified for this call, in which nobody has said no and nothing is to be destroyed. Everything else is left to the
//! recovery ([`super::recovery`]), and nothing more of the call is recorded. Must never invent audio, nor write anything
//! where it refuses.

use std::collections::{BTreeMap, BTreeSet};

use super::recovery::{Found, RecoveryPlan, Segments};
use super::spool::file_name;
use crate::consent::{Method, proven};
use crate::evidence::SegmentEvidence;
use crate::ledger::certificate::is_certified_by_device;
use crate::ledger::{
    Authority, CallOpened, CallResumed, Entry, EntryBody, Ledger, LedgerSigner, SignerChanged, read_chunk,
};
use crate::names::{CallId, SegmentAddress};
use crate::seal::sha512_hex;
use crate::session::continuing::{Continuation, Earlier};
use crate::session::report::ReportedObject;
use crate::session::resuming::Resumption;
use crate::{Error, ErrorKind, Result};

/// How a dead engine's call goes on.
#[derive(Debug)]
pub struct ResumePlan {
    /// What is cut and removed before anything is written, and the objects that are whole then.
    pub files: RecoveryPlan,
    /// What the new engine's session begins with. Without it nothing lawful had been recorded, and nothing is here: the
    /// call begins anew.
    pub resumption: Option<Box<Resumption>>,
}

/// Plans how a call goes on from all its files in the spool (name → content, without the lock). `signer` signs from here
/// on, `policy_sha256` is that of the policy in force.
///
/// # Errors
/// Where the call cannot go on; nothing was touched.
pub fn plan(
    call_id: CallId,
    files: &BTreeMap<String, Vec<u8>>,
    signer: LedgerSigner,
    policy_sha256: &str,
    software: &str,
    now_unix_ms: u64,
) -> Result<ResumePlan> {
    let Found { chain, entries, next_chunk, plan: mut files_plan } =
        Found::read(call_id, files, now_unix_ms, read_chunk)?;
    let Some(opened) = entries.first().and_then(opening) else {
        return Ok(ResumePlan {
            files: RecoveryPlan { discard: true, ..RecoveryPlan::default() },
            resumption: None,
        });
    };
    believe(call_id, opened, &entries, &signer)?;
    let proven = proven::read(opened, &entries, policy_sha256)?;
    let segments = Segments::of(&entries);
    let mut closing = segments.settle(call_id, files, &mut files_plan)?;
    closing.extend(segments.open_parts().map(EntryBody::PartClosed));
    let part = u32::try_from(segments.parts.len())
        .map_err(|_| Error::new(ErrorKind::LimitExceeded, "The call has too many parts."))?;
    let earlier = earlier(call_id, &entries, &closing, &segments, files, &files_plan.objects)?;
    segments.remove_keys(call_id, files, &entries, &mut files_plan);
    // What the ledger does not name was torn, or came before the entry that would have named it.
    let here: BTreeSet<String> = files_plan.objects.iter().map(|object| file_name(&object.name)).collect();
    files_plan.remove = files.keys().filter(|file| !here.contains(*file)).cloned().collect();
    let mut first = vec![EntryBody::SignerChanged(SignerChanged { signer: signer.statement() })];
    first.extend(closing);
    let resumption = Resumption {
        continuation: Continuation {
            ledger: Ledger::resume(call_id, chain, next_chunk, Some(signer)),
            part,
            first,
            resumed: CallResumed {
                part,
                sample: 0, // known when the session goes on
                policy_sha256: policy_sha256.to_owned(),
                software: software.to_owned(),
            },
            earlier,
        },
        opened: opened.clone(),
        entries,
        proven,
    };
    Ok(ResumePlan { files: files_plan, resumption: Some(Box::new(resumption)) })
}

fn opening(entry: &Entry) -> Option<&CallOpened> {
    match &entry.body {
        EntryBody::CallOpened(opened) => Some(opened),
        _ => None,
    }
}

/// The chain's signatures hold. It counts if this device has certified whoever signed, and each wrote what they may.
fn believe(call_id: CallId, opened: &CallOpened, entries: &[Entry], signer: &LedgerSigner) -> Result<()> {
    let foreign =
        || Error::new(ErrorKind::Signature, "The ledger in the spool is not signed for by this device.");
    if opened.call_id != call_id {
        return Err(Error::new(ErrorKind::Swapped, "This is the ledger of another call."));
    }
    let own = signer.statement().certificates()?;
    let stated = opened.signer.as_ref().ok_or_else(foreign)?;
    let certificates = stated.certificates()?;
    let is_ours = own.len() == certificates.len() && own.last() == certificates.last();
    if !is_ours || !is_certified_by_device(&certificates, &call_id, &stated.key()?) {
        return Err(foreign());
    }
    let mut authority = Authority::start(call_id);
    entries.iter().try_for_each(|entry| authority.take(&entry.body))
}

/// What there is of the call already, for its report, its vCon and the counting of its timeline.
fn earlier(
    call_id: CallId,
    entries: &[Entry],
    closing: &[EntryBody],
    segments: &Segments<'_>,
    files: &BTreeMap<String, Vec<u8>>,
    here: &[ReportedObject],
) -> Result<Earlier> {
    let bodies = || entries.iter().map(|entry| &entry.body).chain(closing);
    let mut recovered = BTreeMap::new();
    let mut earlier = Earlier { objects: here.to_vec(), ..Earlier::default() };
    for body in bodies() {
        match body {
            EntryBody::SegmentRecovered(segment) => {
                recovered.insert((segment.part, segment.segment), segment);
            }
            EntryBody::PartOpened(part) => {
                earlier.first_sample.get_or_insert(part.start_sample);
            }
            // Recorded from here on, though nothing of it had left the hold-back yet.
            EntryBody::ConsentAnswered(answered) if answered.method == Method::Standing.as_str() => {
                earlier.certain_end_sample.get_or_insert(answered.sample);
            }
            EntryBody::PartClosed(part) => earlier.certain_end_sample = Some(part.end_sample),
            EntryBody::RedactionSpan(span) => earlier.spans.push(span.clone()),
            EntryBody::Gap(gap) => earlier.gaps.push(gap.clone()),
            EntryBody::ExposureFound(found) => earlier.exposures.push(found.clone()),
            _ => {}
        }
    }
    for (place, opened) in &segments.opened {
        let sealed = segments.sealed.get(place);
        let stated = sealed.map(|sealed| (sealed.size_bytes, &sealed.sha256));
        let stated = stated.or_else(|| recovered.get(place).map(|found| (found.size_bytes, &found.sha256)));
        let Some((size_bytes, sha256)) = stated.filter(|(size_bytes, _)| *size_bytes > 0) else { continue };
        let object = SegmentAddress::new(call_id, place.0, place.1)?.object_name();
        let name = object.to_string();
        let whole = usize::try_from(size_bytes).unwrap_or(usize::MAX);
        let content = files.get(&file_name(&name)).and_then(|content| content.get(..whole));
        if content.is_none() {
            // The store has it, and the spool has let it go.
            earlier.objects.push(ReportedObject { name, size_bytes, sha256: sha256.clone() });
        }
        earlier.segments.push(SegmentEvidence {
            object,
            size_bytes,
            sha256: sha256.clone(),
            sha512: content.map(sha512_hex),
            start_sample: opened.start_sample,
            end_sample: sealed.map(|sealed| sealed.end_sample),
        });
    }
    Ok(earlier)
}
