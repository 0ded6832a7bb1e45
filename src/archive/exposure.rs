//! Stretches that were recorded and should not have been: what their ledger demands of the keys, and what came of it.

use serde::Serialize;

use super::evidence::{Trust, Warning};
use super::fault::Fault;
use super::history::{History, SegmentEnding, SegmentRecord};
use super::source::ObjectSource;
use crate::ledger::{ExposureClaim, ExposureDemand, ExposureEffect, strongest};
use crate::names::ObjectName;
use crate::{ErrorKind, Result};

/// What is known of one exposed stretch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exposure {
    /// The entry that tells of it.
    pub entry: u64,
    /// First sample that should have been cut out.
    pub from_sample: u64,
    /// First sample behind them.
    pub to_sample: u64,
    /// What noticed it.
    pub trigger: String,
    /// What it is.
    pub class: String,
    /// What is to become of the keys.
    pub effect: ExposureEffect,
    /// Names of the segments that hold any of it.
    pub segments: Vec<String>,
    /// How many of them no envelope is there for.
    pub without_key: usize,
    /// Segments whose keys a store says it has taken away.
    pub confirmed: usize,
    /// How many of those confirmations one of the servers asked for has signed.
    pub confirmed_by_known_server: usize,
}

/// The strongest demand on a segment's keys, if there is one that asks more than to be listed.
pub(super) fn demand_on<'a>(history: &'a History, segment: &SegmentRecord) -> Option<&'a ExposureDemand> {
    let demands = history.exposures.iter().filter(|demand| demand.found.effect > ExposureEffect::List);
    strongest(demands.filter(|demand| holds(demand, segment)))
}

fn holds(demand: &ExposureDemand, segment: &SegmentRecord) -> bool {
    let end_sample = match &segment.ending {
        SegmentEnding::Sealed(sealed) => Some(sealed.end_sample),
        _ => None,
    };
    demand.touches(segment.opened.start_sample, end_sample)
}

/// Judges the exposures of `history`; a confirmation without a demand is damage.
pub(super) fn judge_exposures(
    source: &dyn ObjectSource,
    names: &[ObjectName],
    history: &History,
    trust: &Trust,
    faults: &mut Vec<Fault>,
    warnings: &mut Vec<Warning>,
) -> Result<Vec<Exposure>> {
    let mut accounts: Vec<Exposure> = history.exposures.iter().map(account).collect();
    for segment in history.segments() {
        let has_key = names
            .iter()
            .any(|name| matches!(name, ObjectName::Envelope { address, .. } if *address == segment.address));
        let name = ObjectName::ExposureConfirmation(segment.address);
        let demand = demand_on(history, segment);
        let confirmation = match (source.get(&name)?, demand) {
            (None, _) => None,
            (Some(_), None) => {
                let message = "a key is said to be taken away, and the ledger never demanded it";
                faults.push(Fault::new(ErrorKind::Swapped, name, message));
                None
            }
            (Some(content), Some(_)) => match confirmed(&content, history, segment, trust) {
                Ok(claim) => Some(claim),
                Err((kind, message)) => {
                    faults.push(Fault::new(kind, name, message));
                    None
                }
            },
        };
        for (account, of) in accounts.iter_mut().zip(&history.exposures).filter(|(_, of)| holds(of, segment))
        {
            account.segments.push(segment.address.object_name().to_string());
            account.without_key = account.without_key.saturating_add(usize::from(!has_key));
            let counts = of.found.effect > ExposureEffect::List;
            if let Some((_, is_known)) = confirmation.as_ref().filter(|_| counts) {
                account.confirmed = account.confirmed.saturating_add(1);
                account.confirmed_by_known_server =
                    account.confirmed_by_known_server.saturating_add(usize::from(*is_known));
            }
        }
        if has_key && let Some(demand) = demand {
            judge_key(name, demand, confirmation.is_some(), faults, warnings);
        }
    }
    // Confirmations of segments that there are none of.
    let known: Vec<_> = history.segments().map(|segment| segment.address).collect();
    for name in names {
        if let ObjectName::ExposureConfirmation(address) = name
            && history.is_closed
            && !known.contains(address)
        {
            let message = "the ledger knows nothing of this segment";
            faults.push(Fault::new(ErrorKind::Swapped, *name, message));
        }
    }
    Ok(accounts)
}

fn account(demand: &ExposureDemand) -> Exposure {
    let found = &demand.found;
    Exposure {
        entry: demand.seq,
        from_sample: found.from_sample,
        to_sample: found.to_sample,
        trigger: found.trigger.clone(),
        class: found.class.clone(),
        effect: found.effect,
        segments: Vec::new(),
        without_key: 0,
        confirmed: 0,
        confirmed_by_known_server: 0,
    }
}

/// A key is there that was to be taken away. One that was put aside may have been put back by the store's keeper.
fn judge_key(
    name: ObjectName,
    demand: &ExposureDemand,
    is_confirmed: bool,
    faults: &mut Vec<Fault>,
    warnings: &mut Vec<Warning>,
) {
    if is_confirmed && demand.found.effect == ExposureEffect::Destroy {
        let message = "an envelope of this segment is here that is said to be destroyed";
        faults.push(Fault::new(ErrorKind::Corrupt, name, message));
        return;
    }
    let (code, message) = if is_confirmed {
        (
            "exposure/released",
            "the key of a segment is here that the store had put aside: it was put back since",
        )
    } else {
        (
            "exposure/pending",
            "the key of a segment is to be taken away because of what it holds, and is still here",
        )
    };
    warnings.push(Warning { code, entry: demand.seq, message: message.to_owned() });
}

/// The claim, and whether a known server made it.
fn confirmed(
    content: &[u8],
    history: &History,
    segment: &SegmentRecord,
    trust: &Trust,
) -> core::result::Result<(ExposureClaim, bool), (ErrorKind, &'static str)> {
    let (claim, jws) = ExposureClaim::read(content)
        .map_err(|error| (error.kind(), "the confirmation of the key's removal cannot be read"))?;
    let address = segment.address;
    if (claim.call_id, claim.part, claim.segment) != (address.call_id, address.part, address.segment) {
        return Err((ErrorKind::Swapped, "this confirms the removal of another segment's key"));
    }
    let is_demanded = history.exposures.iter().any(|demand| {
        demand.seq == claim.seq
            && demand.head == claim.head
            && demand.found.effect == claim.effect
            && holds(demand, segment)
    });
    if !is_demanded {
        return Err((ErrorKind::Corrupt, "this confirms another demand than the ledger's"));
    }
    match trust.knows_server_of(&jws) {
        Some(is_known) => Ok((claim, is_known)),
        None => Err((ErrorKind::Signature, "the confirmation is not the server's that it names")),
    }
}
