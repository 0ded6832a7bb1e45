//! An officer's orders about a stored call: what is here, whether it counts, and making one.
//!
//! Owns that an order fits the call's ledger as it is here, and which holds are in force. Stores and destroys nothing. Whom a
//! reader does not name as an officer is told and not believed; who names none is told who ordered it.

use serde::Serialize;

use super::evidence::Trust;
use super::examine::examine_ledger;
use super::fault::{Fault, Tolerance};
use super::history::History;
use super::source::ObjectSource;
use crate::ledger::{Order, OrderKind, OrderReason, ShredClaim, SignedOrder, holds_in_force};
use crate::names::ObjectName;
use crate::seal::SigningKey;
use crate::{Error, ErrorKind, Result};

/// One order, and who gave it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OrderAccount {
    /// What is ordered.
    pub order: OrderKind,
    /// The number of the hold; 0 for shredding.
    pub number: u32,
    /// Why.
    pub reason: OrderReason,
    /// Thumbprint of the officer's key.
    pub officer: String,
    /// Whether the reader named that officer.
    pub by_known_officer: bool,
    /// When, seconds since 1970-01-01 UTC by the officer's clock.
    pub at_s: u64,
    /// Whether it is a hold that is in force.
    pub in_force: bool,
}

/// The orders of a call that count.
#[derive(Debug, Default)]
pub(super) struct Orders {
    counted: Vec<SignedOrder>,
    pub(super) accounts: Vec<OrderAccount>,
}

impl Orders {
    /// Whether nothing of the call may be shredded.
    pub(super) fn is_held(&self) -> bool {
        self.accounts.iter().any(|account| account.in_force)
    }

    /// The request to shred, if there is one.
    pub(super) fn request(&self) -> Option<&SignedOrder> {
        self.counted.iter().find(|signed| signed.order.order == OrderKind::Shred)
    }

    /// Puts an officer's request in the place of the ledger's own demand, unless that one is what a store has confirmed.
    pub(super) fn lay_over(&self, source: &dyn ObjectSource, history: &mut History) -> Result<()> {
        let Some(request) = self.request() else { return Ok(()) };
        let name = ObjectName::ShredConfirmation { call_id: history.call_id };
        let confirmed = source.get(&name)?.and_then(|content| ShredClaim::read(&content).ok());
        let is_ledgers = history
            .shred_demand
            .as_ref()
            .is_some_and(|own| confirmed.is_some_and(|(claim, _)| claim.head == own.head));
        if !is_ledgers {
            history.shred_demand = Some(request.demand());
        }
        Ok(())
    }
}

/// Judges the orders among `names`; what does not hold, or is none of the officers' asked for, is a fault and does not count.
pub(super) fn judge_orders(
    source: &dyn ObjectSource,
    names: &[ObjectName],
    history: &History,
    trust: &Trust,
    faults: &mut Vec<Fault>,
) -> Result<Orders> {
    let mut counted = Vec::new();
    for name in names {
        let is_order = matches!(
            name,
            ObjectName::ShredRequest { .. } | ObjectName::Hold { .. } | ObjectName::Release { .. }
        );
        if !is_order {
            continue;
        }
        let content = source.get(name)?.unwrap_or_default();
        let checked = Order::read(&content).and_then(|signed| {
            signed.check_place(name)?;
            check_state(&signed.order, history)?;
            if trust.officers.is_empty() || trust.officers.contains(&signed.officer) {
                return Ok(signed);
            }
            let detail = format!("the order is of {}, who is none of the officers asked for", signed.officer);
            Err(Error::new(ErrorKind::Signature, detail))
        });
        match checked {
            Ok(signed) => counted.push(signed),
            Err(error) => faults.push(Fault::at(*name, &error)),
        }
    }
    let in_force = holds_in_force(&counted, |_| true);
    let accounts = counted.iter().map(|signed| account(signed, trust, &in_force)).collect();
    Ok(Orders { counted, accounts })
}

/// An order is of a state of the ledger; one to shred, of its end.
fn check_state(order: &Order, history: &History) -> Result<()> {
    let entry = usize::try_from(order.seq).ok().and_then(|seq| history.entries.get(seq));
    let Some(entry) = entry else {
        let detail = "an officer has seen an entry of the ledger that was removed since";
        return Err(Error::new(ErrorKind::Truncated, detail));
    };
    if entry.hash != order.head {
        return Err(Error::new(
            ErrorKind::Corrupt,
            "the order is of another ledger than the one that is here",
        ));
    }
    let is_end = history.entries.last().is_some_and(|last| last.seq == order.seq);
    if order.order == OrderKind::Shred && !is_end {
        return Err(Error::new(ErrorKind::Corrupt, "the order to shred is older than the ledger's end"));
    }
    Ok(())
}

fn account(signed: &SignedOrder, trust: &Trust, in_force: &[u32]) -> OrderAccount {
    let Order { order, number, reason, iat, .. } = signed.order;
    OrderAccount {
        order,
        number,
        reason,
        officer: signed.officer.clone(),
        by_known_officer: trust.officers.contains(&signed.officer),
        at_s: iat,
        in_force: order == OrderKind::Hold && in_force.contains(&number),
    }
}

/// What an officer wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// To have the call destroyed.
    Shred,
    /// To have it kept, whatever demands its destruction.
    Hold,
    /// To end a hold: this one, or the only one.
    Release(Option<u32>),
}

/// An order about the call as it is in `source`: the object's name and content. A request to shred that is here already is
/// given again.
///
/// # Errors
/// The first fault of ledger and orders; `WrongState` for shredding what is held, holding what was destroyed, or releasing
/// what is not held.
pub fn order(
    source: &dyn ObjectSource,
    trust: &Trust,
    officer: &SigningKey,
    wish: Wish,
    reason: OrderReason,
    now_ms: u64,
) -> Result<(ObjectName, String)> {
    let names = source.list()?;
    let ledger = examine_ledger(source, &names, trust)?;
    if let Some(fault) = ledger.faults.iter().find(|fault| fault.tolerance == Tolerance::Never) {
        return Err(fault.to_error());
    }
    let history = &ledger.history;
    let is_destroyed = ledger.shredding.as_ref().is_some_and(|shredding| shredding.confirmed_at_s.is_some());
    let wrong = |detail: &str| Error::new(ErrorKind::WrongState, detail.to_owned());
    let holds: Vec<u32> =
        ledger.orders.iter().filter(|order| order.in_force).map(|order| order.number).collect();
    let (kind, number) = match wish {
        Wish::Shred if !holds.is_empty() => {
            return Err(wrong("the call is held; it can be shredded when every hold is released"));
        }
        Wish::Shred => (OrderKind::Shred, 0),
        Wish::Hold if is_destroyed => return Err(wrong("the call was shredded; there is nothing to hold")),
        Wish::Hold => (OrderKind::Hold, next_hold(&names)),
        Wish::Release(number) => {
            let number = number.or(match holds[..] {
                [only] => Some(only),
                _ => None,
            });
            let number = number.filter(|number| holds.contains(number));
            (
                OrderKind::Release,
                number.ok_or_else(|| wrong("no such hold is in force, or several are: say which"))?,
            )
        }
    };
    let last = history.entries.last().ok_or_else(|| wrong("the call has no ledger"))?;
    let order = Order {
        call_id: history.call_id,
        order: kind,
        number,
        reason,
        seq: last.seq,
        head: last.hash.clone(),
        iat: now_ms / 1_000,
    };
    let name = order.name();
    let stored = source.get(&name)?.and_then(|content| String::from_utf8(content).ok());
    Ok((name, stored.unwrap_or_else(|| order.sign(officer))))
}

/// The number of the next hold: names are never used again.
fn next_hold(names: &[ObjectName]) -> u32 {
    let numbers = names.iter().filter_map(|name| match name {
        ObjectName::Hold { number, .. } | ObjectName::Release { number, .. } => Some(*number),
        _ => None,
    });
    numbers.max().unwrap_or(0).saturating_add(1)
}
