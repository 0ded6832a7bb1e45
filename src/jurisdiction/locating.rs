//! Which of a party's hints count.
//!
//! A hint gives way only to another of the same party that is believed at least as much ([`Signal::trust`]) and names
//! a part of what the first one named, or the same. A number that names no place gives way to any place. All that
//! remain count, and the strictest of them decides: so a contradiction never makes a decision more lenient.
//!
//! Owns that choice. Must never know what the law says of a place.

use super::facts::{Hint, Signal, Tells};
use super::finding::Warning;
use super::place::Place;
use super::table::Table;
use crate::ErrorKind;

/// A hint that counts, or the lack of any.
#[derive(Debug)]
pub(super) struct Counted {
    /// Where it comes from; `None` if there was no hint.
    pub(super) signal: Option<Signal>,
    /// The places it names, one of which is the party's; empty: unknown.
    pub(super) places: Vec<Place>,
    pub(super) warnings: Vec<Warning>,
}

impl Counted {
    fn unknown(signal: Option<Signal>, warning: Warning) -> Self {
        Self { signal, places: Vec::new(), warnings: vec![warning] }
    }
}

/// The hints that count for one party, at least one.
pub(super) fn counted(table: &Table, hints: &[Hint]) -> Vec<Counted> {
    let named: Vec<_> = hints.iter().filter_map(|hint| named(table, hint)).collect();
    let mut counted: Vec<_> = named
        .iter()
        .enumerate()
        .filter(|(at, hint)| !named.iter().enumerate().any(|other| gives_way(table, (*at, hint), other)))
        .map(|(_, (signal, places))| Counted {
            signal: Some(*signal),
            places: places.clone(),
            warnings: Vec::new(),
        })
        .collect();
    counted.extend(hints.iter().filter_map(|hint| match hint.tells {
        Tells::Unusable(ErrorKind::HintNumberInvalid) => {
            Some(Counted::unknown(Some(hint.signal), Warning::NumberInvalid))
        }
        Tells::Unusable(_) => Some(Counted::unknown(Some(hint.signal), Warning::PlaceInvalid)),
        _ => None,
    }));
    if counted.len() > 1 {
        counted.iter_mut().for_each(|hint| hint.warnings.push(Warning::ContradictoryHints));
    }
    let silent: Vec<_> = hints.iter().filter_map(|hint| Some((hint.signal, silence(hint)?))).collect();
    match counted.first_mut() {
        // Heard of in one place is enough.
        Some(first) => silent.iter().for_each(|(_, warning)| {
            if !first.warnings.contains(warning) {
                first.warnings.push(*warning);
            }
        }),
        None => counted.push(match silent.first() {
            Some((signal, warning)) => Counted::unknown(Some(*signal), *warning),
            None => Counted::unknown(None, Warning::NoHint),
        }),
    }
    counted
}

fn named(table: &Table, hint: &Hint) -> Option<(Signal, Vec<Place>)> {
    let Tells::Places(places) = &hint.tells else { return None };
    Some((hint.signal, places.iter().map(|place| table.canonical(place)).collect()))
}

const fn silence(hint: &Hint) -> Option<Warning> {
    match hint.tells {
        Tells::Nowhere => Some(Warning::NumberWithoutPlace),
        Tells::UnknownCode => Some(Warning::NumberCodeUnknown),
        Tells::Places(_) | Tells::Unusable(_) => None,
    }
}

fn gives_way(
    table: &Table,
    (at, (signal, places)): (usize, &(Signal, Vec<Place>)),
    (other_at, (other_signal, other_places)): (usize, &(Signal, Vec<Place>)),
) -> bool {
    let within = |outer: &[Place], inner: &[Place]| {
        inner.iter().all(|place| outer.iter().any(|whole| table.contains(whole, place)))
    };
    if at == other_at || other_signal.trust() < signal.trust() || !within(places, other_places) {
        return false;
    }
    // Of two that name the same, the more trusted one stays, and of equals the first.
    !within(other_places, places) || other_signal.trust() > signal.trust() || other_at < at
}
