//! A call whose audio is to be destroyed, or was: the demand in its ledger, the store's confirmation, and what is left.

use serde::Serialize;

use super::evidence::{Trust, Warning};
use super::fault::Fault;
use super::history::History;
use super::orders::Orders;
use super::source::ObjectSource;
use crate::ledger::{ShredClaim, ShredDemand, is_shredded};
use crate::names::ObjectName;
use crate::{ErrorKind, Result};

/// What is known of the shredding of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shredding {
    /// The entry that demands it; for an officer's request the last one that the officer saw.
    pub demanded_by_entry: u64,
    /// Thumbprint of the officer who demands it; none where the ledger itself does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requested_by: Option<String>,
    /// Whether an officer's hold keeps it from being done.
    #[serde(skip_serializing_if = "core::ops::Not::not")]
    pub held: bool,
    /// When it is to be done at the earliest, milliseconds since 1970-01-01 UTC.
    pub not_before_ms: u64,
    /// When the store says it was done, seconds since 1970-01-01 UTC by its clock; none while there is no confirmation.
    pub confirmed_at_s: Option<u64>,
    /// Whether one of the servers asked for signed the confirmation.
    pub confirmed_by_known_server: bool,
    /// Objects of the call that hold audio, keys or names and are still there.
    pub objects_left: usize,
}

/// Judges the demand of `history`, if it has one; a confirmation without a demand is damage.
pub(super) fn judge_shredding(
    source: &dyn ObjectSource,
    names: &[ObjectName],
    history: &History,
    orders: &Orders,
    trust: &Trust,
    faults: &mut Vec<Fault>,
    warnings: &mut Vec<Warning>,
) -> Result<Option<Shredding>> {
    let name = ObjectName::ShredConfirmation { call_id: history.call_id };
    let confirmation = source.get(&name)?;
    let Some(demand) = &history.shred_demand else {
        if confirmation.is_some() {
            let message = "the audio is said to be destroyed, and neither ledger nor officer demanded it";
            faults.push(Fault::new(ErrorKind::Swapped, name, message));
        }
        return Ok(None);
    };
    let left = names.iter().filter(|name| is_shredded(name)).count();
    let mut shredding = Shredding {
        demanded_by_entry: demand.seq,
        requested_by: orders
            .request()
            .filter(|request| request.sha256 == demand.head)
            .map(|request| request.officer.clone()),
        held: orders.is_held(),
        not_before_ms: demand.not_before_ms,
        confirmed_at_s: None,
        confirmed_by_known_server: false,
        objects_left: left,
    };
    if let Some(content) = confirmation {
        match confirmed(&content, history, demand, trust) {
            Ok((claim, is_known)) => {
                shredding.confirmed_at_s = Some(claim.iat);
                shredding.confirmed_by_known_server = is_known;
            }
            Err((kind, message)) => faults.push(Fault::new(kind, name, message)),
        }
    }
    match shredding.confirmed_at_s {
        Some(_) if left > 0 => {
            let message = format!("{left} objects are here that are said to be destroyed");
            faults.push(Fault::new(ErrorKind::Corrupt, name, message));
        }
        Some(_) if shredding.held => warnings.push(Warning {
            code: "shred/held",
            entry: demand.seq,
            message: "the call was shredded, and an officer holds it".to_owned(),
        }),
        None if shredding.held => warnings.push(Warning {
            code: "shred/held",
            entry: demand.seq,
            message: "the call is to be shredded; an officer holds it, so that waits".to_owned(),
        }),
        None => warnings.push(Warning {
            code: "shred/pending",
            entry: demand.seq,
            message: format!(
                "the call is to be shredded {}; no store has confirmed it yet, and {left} objects with audio, keys or names \
                 are here",
                when(demand.not_before_ms)
            ),
        }),
        Some(_) => {}
    }
    Ok(Some(shredding))
}

fn when(not_before_ms: u64) -> String {
    match not_before_ms {
        0 => "at once".to_owned(),
        _ => format!("from {not_before_ms} ms since 1970-01-01 UTC on"),
    }
}

/// The claim, and whether a known server made it.
fn confirmed(
    content: &[u8],
    history: &History,
    demand: &ShredDemand,
    trust: &Trust,
) -> core::result::Result<(ShredClaim, bool), (ErrorKind, &'static str)> {
    let (claim, jws) = ShredClaim::read(content)
        .map_err(|error| (error.kind(), "the confirmation of the shredding cannot be read"))?;
    if claim.call_id != history.call_id {
        return Err((ErrorKind::Swapped, "this confirms the shredding of another call"));
    }
    if claim.seq != demand.seq || claim.head != demand.head {
        return Err((ErrorKind::Corrupt, "this confirms another demand than the one that is here"));
    }
    match trust.knows_server_of(&jws) {
        Some(is_known) => Ok((claim, is_known)),
        None => Err((ErrorKind::Signature, "the confirmation is not the server's that it names")),
    }
}
