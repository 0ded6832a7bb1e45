//! What the ledger's entries say, put together: parts, segments, the end. Checks that they fit each other.

use serde::Serialize;

use super::chunks::ReadLedger;
use super::fault::Fault;
use crate::container::PACKET_SAMPLES;
use crate::ledger::{
    Authority, CallOpened, CallResumed, Entry, EntryBody, ExposureDemand, PartClosed, PartOpened,
    SegmentOpened, SegmentRecovered, SegmentSealed, ShredDemand,
};
use crate::names::{CallId, ObjectName, SegmentAddress};
use crate::{Error, ErrorKind};

/// How complete a call is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// The ledger is closed and nothing was cut by a crash.
    Intact,
    /// A crash cut the recording; what is there is as it was written.
    Cut,
    /// The audio was destroyed because the ledger demands it; the ledger itself is complete and unchanged.
    Shredded,
    /// The ledger has no end: the call is running, or its end was removed.
    Open,
    /// Something was changed, moved, removed or does not open.
    Damaged,
}

/// How a segment ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SegmentEnding {
    /// It was sealed.
    Sealed(SegmentSealed),
    /// It was found after a crash.
    Recovered(SegmentRecovered),
    /// Nothing is said of its end.
    Unknown,
}

/// One segment, as the ledger tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentRecord {
    /// Its place.
    pub address: SegmentAddress,
    /// Its beginning.
    pub opened: SegmentOpened,
    /// Its end.
    pub ending: SegmentEnding,
}

impl SegmentRecord {
    /// Size in bytes and hash of the object, when they are stated.
    #[must_use]
    pub fn stated_object(&self) -> Option<(u64, &str)> {
        match &self.ending {
            SegmentEnding::Sealed(sealed) => Some((sealed.size_bytes, &sealed.sha256)),
            SegmentEnding::Recovered(recovered) => Some((recovered.size_bytes, &recovered.sha256)),
            SegmentEnding::Unknown => None,
        }
    }

    /// The sample behind the segment's packets.
    fn end_of_packets(&self, sealed: &SegmentSealed) -> u64 {
        self.opened.start_sample.saturating_add(sealed.packets.saturating_mul(PACKET_SAMPLES))
    }
}

/// One part, as the ledger tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartRecord {
    /// Its beginning.
    pub opened: PartOpened,
    /// Its segments in order.
    pub segments: Vec<SegmentRecord>,
    /// Its end, when it is stated.
    pub closed: Option<PartClosed>,
}

impl PartRecord {
    /// Whether the part is complete and was not cut.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.closed.as_ref().is_some_and(|closed| !closed.cut)
    }
}

/// A call, as its ledger tells it.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// The call.
    pub call_id: CallId,
    /// The first entry.
    pub opened: Option<CallOpened>,
    /// The parts in order.
    pub parts: Vec<PartRecord>,
    /// Every entry.
    pub entries: Vec<Entry>,
    /// Hash of the last entry.
    pub head: String,
    /// Whether the last entry ends the call, in order or by recovery.
    pub is_closed: bool,
    /// Whether a crash is on record.
    pub is_cut: bool,
    /// The demand to destroy the audio, if there is one: the ledger's own, or an officer's.
    pub shred_demand: Option<ShredDemand>,
    /// Stretches that were recorded and should not have been.
    pub exposures: Vec<ExposureDemand>,
}

impl History {
    /// The segments of all parts, in order.
    pub fn segments(&self) -> impl Iterator<Item = &SegmentRecord> {
        self.parts.iter().flat_map(|part| &part.segments)
    }

    /// Puts the entries together; what does not fit is a fault at its chunk.
    pub(super) fn build(call_id: CallId, ledger: ReadLedger) -> (Self, Vec<Fault>) {
        let mut builder = Builder {
            history: Self {
                call_id,
                opened: None,
                parts: Vec::new(),
                entries: Vec::with_capacity(ledger.entries.len()),
                head: ledger.head,
                is_closed: false,
                is_cut: false,
                shred_demand: None,
                exposures: Vec::new(),
            },
            authority: Authority::start(call_id),
            faults: Vec::new(),
        };
        for (entry, chunk) in ledger.entries {
            if let Err(error) = builder.add(&entry) {
                builder.faults.push(Fault::at(ObjectName::LedgerChunk { call_id, chunk }, &error));
            }
            builder.history.entries.push(entry);
        }
        builder.history.is_cut |= builder
            .history
            .segments()
            .any(|segment| matches!(segment.ending, SegmentEnding::Recovered(_)))
            || builder.history.parts.iter().any(|part| part.closed.as_ref().is_some_and(|closed| closed.cut));
        (builder.history, builder.faults)
    }
}

struct Builder {
    history: History,
    authority: Authority,
    faults: Vec<Fault>,
}

impl Builder {
    fn add(&mut self, entry: &Entry) -> Result<(), Error> {
        if self.history.is_closed {
            return Err(contradiction("an entry stands behind the end of the call"));
        }
        if (entry.seq == 0) != matches!(entry.body, EntryBody::CallOpened(_)) {
            return Err(contradiction("the call is not opened by its first entry and by no other"));
        }
        self.authority.take(&entry.body)?;
        match &entry.body {
            EntryBody::CallResumed(resumed) => self.resume(resumed),
            EntryBody::CallOpened(opened) => {
                if opened.call_id != self.history.call_id {
                    return Err(Error::new(ErrorKind::Swapped, "this is the ledger of another call"));
                }
                self.history.opened = Some(opened.clone());
                Ok(())
            }
            EntryBody::PartOpened(opened) => self.open_part(opened),
            EntryBody::PartClosed(closed) => self.close_part(closed),
            EntryBody::SegmentOpened(opened) => self.open_segment(opened),
            EntryBody::SegmentSealed(sealed) => self.seal_segment(sealed),
            EntryBody::SegmentRecovered(recovered) => {
                let ending = SegmentEnding::Recovered(recovered.clone());
                self.end_segment(recovered.part, recovered.segment, ending)
            }
            EntryBody::CallClosed(closed) => {
                self.history.is_closed = true;
                if self.history.parts.iter().any(|part| part.closed.is_none() && !part.segments.is_empty()) {
                    return Err(contradiction("the call is closed while a part is not"));
                }
                check_count(closed.entries, entry)
            }
            EntryBody::CallRecovered(recovered) => {
                self.history.is_closed = true;
                self.history.is_cut = true;
                if u32::try_from(self.history.parts.len()) != Ok(recovered.parts) {
                    return Err(contradiction("the ledger states another number of parts than it has"));
                }
                check_count(recovered.entries, entry)
            }
            EntryBody::ShredRequested(requested) => {
                let demand = ShredDemand {
                    seq: entry.seq,
                    head: entry.hash.clone(),
                    not_before_ms: requested.not_before_ms,
                };
                self.history.shred_demand.get_or_insert(demand);
                Ok(())
            }
            EntryBody::ExposureFound(found) => {
                let demand =
                    ExposureDemand { seq: entry.seq, head: entry.hash.clone(), found: found.clone() };
                self.history.exposures.push(demand);
                if found.from_sample < found.to_sample {
                    Ok(())
                } else {
                    Err(contradiction("an exposed stretch is empty"))
                }
            }
            EntryBody::DisclosurePlayed(_)
            | EntryBody::ConsentAnswered(_)
            | EntryBody::ConsentWithdrawn(_)
            | EntryBody::DecisionMade(_)
            | EntryBody::ConsentTimedOut(_)
            | EntryBody::PartyJoined(_)
            | EntryBody::PartyLeft(_)
            | EntryBody::RedactionSpan(_)
            | EntryBody::StorageAcknowledged(_)
            | EntryBody::TroubleNoted(_)
            | EntryBody::AgentSideBegan(_)
            | EntryBody::SignerChanged(_)
            | EntryBody::Gap(_) => Ok(()),
        }
    }

    /// Another engine goes on: what the one before it left is closed, and its part is the next.
    fn resume(&mut self, resumed: &CallResumed) -> Result<(), Error> {
        self.history.is_cut = true;
        let parts = &self.history.parts;
        if u32::try_from(parts.len()) != Ok(resumed.part) || parts.iter().any(|part| part.closed.is_none()) {
            return Err(contradiction(
                "the call goes on while a part is not closed, or with another part than the next",
            ));
        }
        Ok(())
    }

    fn open_part(&mut self, opened: &PartOpened) -> Result<(), Error> {
        if u32::try_from(self.history.parts.len()) != Ok(opened.part) {
            return Err(contradiction(format!("part {} is opened out of order", opened.part)));
        }
        let is_behind = |before: &PartRecord| {
            before.closed.as_ref().is_none_or(|closed| closed.end_sample <= opened.start_sample)
        };
        if !self.history.parts.last().is_none_or(is_behind) {
            return Err(contradiction(format!(
                "part {} begins before the end of the one before it",
                opened.part
            )));
        }
        self.history.parts.push(PartRecord { opened: opened.clone(), segments: Vec::new(), closed: None });
        Ok(())
    }

    fn part(&mut self, part: u32) -> Result<&mut PartRecord, Error> {
        usize::try_from(part)
            .ok()
            .and_then(|index| self.history.parts.get_mut(index))
            .filter(|record| record.closed.is_none())
            .ok_or_else(|| contradiction(format!("part {part} is not open")))
    }

    fn close_part(&mut self, closed: &PartClosed) -> Result<(), Error> {
        let part = self.part(closed.part)?;
        part.closed = Some(closed.clone());
        if u32::try_from(part.segments.len()) != Ok(closed.segments) {
            return Err(contradiction("the ledger states another number of segments than it has"));
        }
        if closed.cut {
            return Ok(());
        }
        match part.segments.last().map(|segment| &segment.ending) {
            Some(SegmentEnding::Sealed(sealed)) if sealed.end_sample != closed.end_sample => {
                Err(contradiction("a part and its last segment end at different samples"))
            }
            Some(SegmentEnding::Sealed(_)) | None => Ok(()),
            Some(_) => Err(contradiction("a part is closed while its last segment is not sealed")),
        }
    }

    fn open_segment(&mut self, opened: &SegmentOpened) -> Result<(), Error> {
        let call_id = self.history.call_id;
        let part = self.part(opened.part)?;
        if u32::try_from(part.segments.len()) != Ok(opened.segment) {
            return Err(contradiction(format!("segment {} is opened out of order", opened.segment)));
        }
        let expected =
            part.segments.last().map_or(Some(part.opened.start_sample), |last| match &last.ending {
                SegmentEnding::Sealed(sealed) => {
                    Some(last.end_of_packets(sealed)).filter(|end| *end == sealed.end_sample)
                }
                _ => None,
            });
        let address = SegmentAddress::new(call_id, opened.part, opened.segment)?;
        part.segments.push(SegmentRecord { address, opened: opened.clone(), ending: SegmentEnding::Unknown });
        if expected != Some(opened.start_sample) {
            return Err(contradiction("a segment does not begin where the packets of the one before it end"));
        }
        Ok(())
    }

    fn seal_segment(&mut self, sealed: &SegmentSealed) -> Result<(), Error> {
        self.end_segment(sealed.part, sealed.segment, SegmentEnding::Sealed(sealed.clone()))
    }

    fn end_segment(&mut self, part: u32, segment: u32, ending: SegmentEnding) -> Result<(), Error> {
        let segments = &mut self.part(part)?.segments;
        let record = usize::try_from(segment)
            .ok()
            .and_then(|index| segments.get_mut(index))
            .filter(|record| record.ending == SegmentEnding::Unknown)
            .ok_or_else(|| contradiction(format!("segment {segment} is ended without being open")))?;
        let fits = match &ending {
            SegmentEnding::Sealed(sealed) => {
                // A part's last segment may end within its last packets, or before them when they hold nothing but
                // the encoder's delay.
                sealed.packets > 0 && sealed.end_sample <= record.end_of_packets(sealed)
            }
            _ => true,
        };
        record.ending = ending;
        if fits { Ok(()) } else { Err(contradiction("a segment's packets do not reach its end")) }
    }
}

fn check_count(stated: u64, entry: &Entry) -> Result<(), Error> {
    if Some(stated) == entry.seq.checked_add(1) {
        Ok(())
    } else {
        Err(contradiction("the ledger states another number of entries than it has"))
    }
}

fn contradiction(detail: impl Into<String>) -> Error {
    Error::new(ErrorKind::Corrupt, detail)
}
