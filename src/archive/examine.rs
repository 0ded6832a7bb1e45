//! The one examination behind every command: ledger, objects, audio, vCons, in the order of docs/format.md §7.

use super::audio::{AudioSink, check_audio};
use super::chunks::read_ledger;
use super::evidence::{Evidence, Trust, Warning, judge};
use super::exposure::{Exposure, judge_exposures};
use super::fault::{Fault, Tolerance};
use super::history::{History, Level, SegmentEnding};
use super::objects::check_objects;
use super::orders::{OrderAccount, judge_orders};
use super::recipients::judge_recipients;
use super::shredding::{Shredding, judge_shredding};
use super::source::ObjectSource;
use super::vcons::{Checker, VconAccount};
use crate::names::ObjectName;
use crate::seal::KeyRing;
use crate::{ErrorKind, Result};

/// What the examination found.
#[derive(Debug)]
pub(super) struct Examination {
    pub(super) history: History,
    /// In the order of the checks; the first one names the damage.
    pub(super) faults: Vec<Fault>,
    pub(super) evidence: Evidence,
    pub(super) warnings: Vec<Warning>,
    /// The demand to destroy the audio, and what came of it.
    pub(super) shredding: Option<Shredding>,
    /// Stretches that were recorded and should not have been.
    pub(super) exposures: Vec<Exposure>,
    /// What officers have ordered.
    pub(super) orders: Vec<OrderAccount>,
    /// Objects that were destroyed because of that demand.
    pub(super) shredded: usize,
    /// The vCons that hold; empty without a key.
    pub(super) vcons: Vec<VconAccount>,
}

/// What the examination of the ledger alone found.
#[derive(Debug)]
pub(super) struct ExaminedLedger {
    pub(super) history: History,
    pub(super) faults: Vec<Fault>,
    pub(super) evidence: Evidence,
    pub(super) warnings: Vec<Warning>,
    pub(super) shredding: Option<Shredding>,
    pub(super) exposures: Vec<Exposure>,
    pub(super) orders: Vec<OrderAccount>,
}

impl Examination {
    /// How complete the call is.
    pub(super) fn level(&self) -> Level {
        if self.faults.iter().any(|fault| fault.tolerance != Tolerance::Unterminated) {
            Level::Damaged
        } else if !self.history.is_closed {
            Level::Open
        } else if self.shredded > 0 && self.faults.is_empty() {
            Level::Shredded
        } else if self.history.is_cut || !self.faults.is_empty() {
            Level::Cut
        } else {
            Level::Intact
        }
    }
}

/// Examines a call; with keys, its audio too, which goes to `sink`.
///
/// # Errors
/// Only when the source cannot be read; damage is in the result.
pub(super) fn examine(
    source: &dyn ObjectSource,
    keys: Option<&dyn KeyRing>,
    trust: &Trust,
    sink: &mut dyn AudioSink,
) -> Result<Examination> {
    let names = source.list()?;
    let ExaminedLedger { history, mut faults, evidence, warnings, shredding, exposures, orders } =
        examine_ledger(source, &names, trust)?;
    let found = check_objects(source, &names, &history, &|_| true, &mut faults)?;
    judge_recipients(source, &names, trust, &mut faults)?;
    if let Some(keys) = keys {
        check_audio(source, &history, &found, keys, &mut faults, sink)?;
    }
    let checker = Checker { source, history: &history, evidence: &evidence, trust };
    let vcons = checker.check(&names, keys, &mut faults)?;
    let vcons = vcons.into_iter().map(|opened| opened.account).collect();
    let shredded = found.shredded;
    Ok(Examination { history, faults, evidence, warnings, shredding, exposures, orders, shredded, vcons })
}

/// Examines the ledger among the objects `names`, and who vouches for it.
///
/// # Errors
/// Only when the source cannot be read.
pub(super) fn examine_ledger(
    source: &dyn ObjectSource,
    names: &[ObjectName],
    trust: &Trust,
) -> Result<ExaminedLedger> {
    let mut ledger = read_ledger(source, names)?;
    let ledger_fault = ledger.fault.take();
    let last_chunk = ledger.entries.last().map_or(0, |(_, chunk)| *chunk);
    let chunks: Vec<u32> = ledger.entries.iter().map(|(_, chunk)| *chunk).collect();
    let (mut history, mut faults) = History::build(source.call_id(), ledger);
    faults.extend(ledger_fault);
    if faults.is_empty() {
        let end = ObjectName::LedgerChunk { call_id: history.call_id, chunk: last_chunk };
        faults.extend(fault_of_the_end(&history, end));
    }
    let (evidence, mut warnings) = judge(source, names, &history, &chunks, trust, &mut faults)?;
    let orders = judge_orders(source, names, &history, trust, &mut faults)?;
    orders.lay_over(source, &mut history)?;
    let shredding = judge_shredding(source, names, &history, &orders, trust, &mut faults, &mut warnings)?;
    let exposures = judge_exposures(source, names, &history, trust, &mut faults, &mut warnings)?;
    let orders = orders.accounts;
    Ok(ExaminedLedger { history, faults, evidence, warnings, shredding, exposures, orders })
}

/// A ledger without an end, or with one that recovery wrote while no segment tells of the crash.
fn fault_of_the_end(history: &History, object: ObjectName) -> Option<Fault> {
    if !history.is_closed {
        let message = "the ledger has no end: the call is still being recorded, or its end was removed";
        return Some(Fault::new(ErrorKind::Truncated, object, message).tolerated_by(Tolerance::Unterminated));
    }
    let is_told = history.segments().any(|segment| !matches!(segment.ending, SegmentEnding::Sealed(_)));
    if history.is_cut && !is_told {
        let message = "a crash cut the recording between two segments";
        return Some(
            Fault::new(ErrorKind::Unterminated, object, message).tolerated_by(Tolerance::Unterminated),
        );
    }
    None
}
