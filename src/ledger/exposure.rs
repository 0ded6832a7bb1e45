//! Exposure: something sensitive was found when its audio had been encoded already (docs/format.md §9).
//!
//! Owns which segments hold an exposed stretch, what becomes of their keys, and the store's signed word that it was done.
//! Only the key that signs the call may demand it. The audio objects stay: without a key they are noise, and their hashes
//! keep the rest of the call provable.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::authority::Authority;
use super::chain::Chain;
use super::chunk::read_chunk;
use super::entry::{EntryBody, ExposureFound};
use crate::audio::BLOCK_LENGTH_SAMPLES;
use crate::names::{CallId, SegmentAddress};
use crate::seal::SigningKey;
use crate::seal::jws::{self, CompactJws};
use crate::{Error, ErrorKind, Result};

/// The `typ` of a confirmation's header (RFC 7515 §4.1.9).
pub const EXPOSURE_TYPE: &str = "callseal-exposure+jws";

/// How far behind its own frame a sample is still heard, samples: two packets. The encoder's delay (312 samples for
/// libopus at 48 kHz, RFC 7845 §4.2 calls it the pre-skip) and the overlap of its transform (120, RFC 6716 §4.3.7) carry
/// it into the next packet, and no encoder of this delay into the one after that.
pub const ENCODER_REACH_SAMPLES: u64 = 1_920;

/// What becomes of the keys of segments that hold an exposed stretch; the stronger one counts where several fall together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExposureEffect {
    /// Nothing: the stretch is named, and a supervisor decides.
    List,
    /// The store puts them aside, where no reader gets them; its keeper can put them back.
    Withhold,
    /// They are destroyed at once: nobody opens these segments any more.
    #[default]
    Destroy,
}

impl ExposureEffect {
    /// The word of `docs/format.md` §9.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Withhold => "withhold",
            Self::Destroy => "destroy",
        }
    }
}

/// A demand, as a call's ledger states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExposureDemand {
    /// The entry's number.
    pub seq: u64,
    /// The entry's hash.
    pub head: String,
    /// What was found.
    pub found: ExposureFound,
}

impl ExposureDemand {
    /// Whether a segment with this extent holds any of the stretch; of one that has not ended the end is not known.
    #[must_use]
    pub const fn touches(&self, start_sample: u64, end_sample: Option<u64>) -> bool {
        touches(self.found.from_sample, self.found.to_sample, start_sample, end_sample)
    }
}

/// Whether a segment with the extent from `start_sample` to `end_sample` holds any of what was said from `from_sample` to
/// before `to_sample`.
#[must_use]
pub const fn touches(from_sample: u64, to_sample: u64, start_sample: u64, end_sample: Option<u64>) -> bool {
    let begins_in_time = start_sample < to_sample.saturating_add(ENCODER_REACH_SAMPLES);
    let ends_in_time = match end_sample {
        Some(end_sample) => end_sample > from_sample,
        None => true,
    };
    begins_in_time && ends_in_time
}

/// What a ledger demands of keys.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Exposures {
    /// The segments whose keys are to go, with the strongest demand.
    pub segments: BTreeMap<SegmentAddress, ExposureDemand>,
    /// Whether the call has ended: no further demand and no further segment follows.
    pub is_over: bool,
}

/// The demands in a ledger's `chunks`, which begin with the first one, that ask more than to be listed. Of a segment that
/// has not ended it may have to be waited for the end: it holds what is certain by now, until the call is over.
///
/// # Errors
/// As [`read_chunk`] for a chunk that does not hold; `Signature` for a demand in a ledger that nobody signs.
pub fn exposures<'a>(call_id: &CallId, chunks: impl IntoIterator<Item = &'a [u8]>) -> Result<Exposures> {
    let mut chain = Chain::start(call_id);
    let mut authority = Authority::start(*call_id);
    let mut demands = Vec::new();
    let mut extents: BTreeMap<SegmentAddress, (u64, Option<u64>)> = BTreeMap::new();
    let mut is_over = false;
    for chunk in chunks {
        for entry in read_chunk(&mut chain, chunk)? {
            if authority.take(&entry.body).is_err() {
                continue; // what a recovery's key demands is no demand
            }
            match entry.body {
                EntryBody::ExposureFound(found) if found.effect > ExposureEffect::List => {
                    if !chain.is_signed() {
                        return Err(Error::new(
                            ErrorKind::Signature,
                            "a ledger that is not signed cannot demand that a key is taken away",
                        ));
                    }
                    demands.push(ExposureDemand { seq: entry.seq, head: entry.hash, found });
                }
                EntryBody::SegmentOpened(opened) => {
                    let address = SegmentAddress::new(*call_id, opened.part, opened.segment)?;
                    extents.insert(address, (opened.start_sample, None));
                }
                EntryBody::SegmentSealed(sealed) => {
                    let address = SegmentAddress::new(*call_id, sealed.part, sealed.segment)?;
                    if let Some((_, end)) = extents.get_mut(&address) {
                        *end = Some(sealed.end_sample);
                    }
                }
                EntryBody::CallClosed(_) | EntryBody::CallRecovered(_) => is_over = true,
                _ => {}
            }
        }
    }
    let mut segments = BTreeMap::new();
    for (address, (start, end)) in extents {
        // No segment is shorter than a packet.
        let certain = (!is_over).then(|| start.saturating_add(BLOCK_LENGTH_SAMPLES));
        let end = end.or(certain);
        let touching = demands.iter().filter(|demand| demand.touches(start, end));
        if let Some(demand) = strongest(touching) {
            segments.insert(address, demand.clone());
        }
    }
    Ok(Exposures { segments, is_over })
}

/// Of several demands the one with the strongest effect; of equals the first.
pub fn strongest<'a>(demands: impl Iterator<Item = &'a ExposureDemand>) -> Option<&'a ExposureDemand> {
    demands.reduce(|best, next| if next.found.effect > best.found.effect { next } else { best })
}

/// What a store confirms of one segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExposureClaim {
    /// The call.
    pub call_id: CallId,
    /// The part.
    pub part: u32,
    /// The segment.
    pub segment: u32,
    /// Number of the entry that demands it.
    pub seq: u64,
    /// That entry's hash.
    pub head: String,
    /// What was done to the segment's envelopes.
    pub effect: ExposureEffect,
    /// The store's time, seconds since 1970-01-01 UTC (RFC 7519 §4.1.6).
    pub iat: u64,
}

impl ExposureClaim {
    /// The compact JWS of the claim.
    #[must_use]
    pub fn sign(&self, key: &SigningKey) -> String {
        let Self { call_id, part, segment, seq, head, effect, iat } = self;
        let payload = serde_json::json!({
            "call_id": call_id, "part": part, "segment": segment, "seq": seq, "head": head, "effect": effect,
            "iat": iat,
        });
        jws::sign(&payload, EXPOSURE_TYPE, key)
    }

    /// Reads a confirmation; who signed it is the caller's to ask.
    ///
    /// # Errors
    /// `Corrupt` or `Unsupported` when it is none.
    pub fn read(content: &[u8]) -> Result<(Self, CompactJws)> {
        jws::read_claim(content, EXPOSURE_TYPE, "the confirmation states nothing of a segment's key")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::{
        CallKey, CallOpened, CallRecovered, Ledger, LedgerSigner, SegmentOpened, SegmentSealed,
    };

    fn call_id() -> CallId {
        CallId::parse("0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa").unwrap()
    }

    fn found(from_sample: u64, to_sample: u64, effect: ExposureEffect) -> EntryBody {
        EntryBody::ExposureFound(ExposureFound {
            from_sample,
            to_sample,
            trigger: "field_focus".into(),
            class: "card_number".into(),
            effect,
        })
    }

    fn opened(segment: u32, start_sample: u64) -> EntryBody {
        EntryBody::SegmentOpened(SegmentOpened {
            part: 0,
            segment,
            start_sample,
            envelope_sha256: String::new(),
            key_commitment: String::new(),
            recipients: Vec::new(),
        })
    }

    fn sealed(segment: u32, end_sample: u64) -> EntryBody {
        EntryBody::SegmentSealed(SegmentSealed {
            part: 0,
            segment,
            end_sample,
            packets: 1,
            size_bytes: 1,
            sha256: String::new(),
        })
    }

    /// A chunk that opens the call, and one with these entries.
    fn chunks(is_signed: bool, entries: &[EntryBody]) -> [Vec<u8>; 2] {
        let signer = LedgerSigner::new(CallKey::from_random(&[1; 32]).unwrap(), Vec::new());
        let mut ledger = Ledger::new(call_id(), is_signed.then_some(signer));
        let first = CallOpened {
            call_id: call_id(),
            software: "test".into(),
            mode: "nothing_before_yes".into(),
            policy_sha256: String::new(),
            sample_rate_hz: 48_000,
            parties: Vec::new(),
            answered_at_ms: 1,
            signer: None,
        };
        let first = ledger.append(1, &EntryBody::CallOpened(first)).unwrap();
        [first, entries.iter().flat_map(|entry| ledger.append(2, entry).unwrap()).collect()]
    }

    fn segments(entries: &[EntryBody]) -> Vec<(u32, ExposureEffect)> {
        let chunks = chunks(true, entries);
        let found = exposures(&call_id(), chunks.iter().map(Vec::as_slice)).unwrap();
        found.segments.iter().map(|(address, demand)| (address.segment, demand.found.effect)).collect()
    }

    #[test]
    fn the_segments_that_hold_the_stretch_and_the_encoders_delay_behind_it_are_named_and_no_others() {
        use ExposureEffect::Destroy;
        let demand = found(100_000, 150_000, Destroy);
        let before = [opened(0, 0), sealed(0, 100_000), opened(1, 100_000), sealed(1, 120_000)];
        let behind = [opened(2, 120_000), sealed(2, 151_920), opened(3, 151_920)];
        let all: Vec<EntryBody> = before.into_iter().chain(behind).chain([demand]).collect();
        assert_eq!(segments(&all), [(1, Destroy), (2, Destroy)]);
        assert_eq!(segments(&[found(100_000, 150_000, Destroy), opened(0, 151_919)]), [(0, Destroy)]);
    }

    #[test]
    fn an_open_segment_that_may_end_before_the_stretch_is_waited_for() {
        use ExposureEffect::Destroy;
        let demand = found(100_000, 150_000, Destroy);
        assert!(segments(&[opened(0, 50_000), demand.clone()]).is_empty());
        assert!(segments(&[opened(0, 50_000), demand.clone(), sealed(0, 100_000)]).is_empty());
        assert_eq!(segments(&[opened(0, 50_000), demand.clone(), sealed(0, 100_960)]), [(0, Destroy)]);
        let recovered = EntryBody::CallRecovered(CallRecovered { parts: 1, entries: 4 });
        assert_eq!(
            segments(&[opened(0, 50_000), demand, recovered]),
            [(0, Destroy)],
            "it may hold any of it"
        );
    }

    #[test]
    fn what_is_only_listed_demands_nothing_and_the_stronger_demand_counts() {
        use ExposureEffect::{Destroy, List, Withhold};
        assert!(segments(&[opened(0, 0), found(0, 1, List)]).is_empty());
        let two = [opened(0, 0), found(0, 1, Withhold), found(0, 1, Destroy), found(0, 1, Withhold)];
        assert_eq!(segments(&two), [(0, Destroy)]);
    }

    #[test]
    fn a_ledger_that_nobody_signs_demands_nothing() {
        let chunks = chunks(false, &[opened(0, 0), found(0, 1, ExposureEffect::Destroy)]);
        let refused = exposures(&call_id(), chunks.iter().map(Vec::as_slice)).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Signature);
    }

    #[test]
    fn a_confirmation_reads_back() {
        let key = SigningKey::from_random(&[7; 32]).unwrap();
        let claim = ExposureClaim {
            call_id: call_id(),
            part: 0,
            segment: 3,
            seq: 9,
            head: "00".repeat(32),
            effect: ExposureEffect::Withhold,
            iat: 1_790_000_000,
        };
        let (read, jws) = ExposureClaim::read(claim.sign(&key).as_bytes()).unwrap();
        assert!(read == claim && jws.is_signed_by(&key.public()));
        assert!(ExposureClaim::read(b"").is_err());
    }
}
