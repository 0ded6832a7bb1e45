//! What the law asks because of one hint of one party.
//!
//! Owns the step from places to rows. A place that no row speaks of is as strict as all rows together. Must never hold
//! a number or an address: codes of places only.

use super::facts::{Role, Signal};
use super::locating::Counted;
use super::place::Place;
use super::policy::Policy;
use super::row::{Basis, Confidence, Flag, Row};
use super::rule::{Media, Mode, Rule, Strictness};
use super::table::Table;
use crate::words::words;
use serde::Serialize;

words! {
    /// What people should know before they rely on a finding.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[non_exhaustive]
    pub enum Warning {
        /// A number could not be read; its party's place counts as unknown.
        NumberInvalid = "hint/number-invalid",
        /// The code of a place could not be read; its party's place counts as unknown.
        PlaceInvalid = "hint/place-invalid",
        /// Nothing tells where the party is.
        NoHint = "no_hint",
        /// The number belongs to a service that is reached from anywhere.
        NumberWithoutPlace = "number_without_place",
        /// The number's area or calling code is not known.
        NumberCodeUnknown = "number_code_unknown",
        /// The party's hints name different places; the strictest counts.
        ContradictoryHints = "contradictory_hints",
        /// No row speaks of the place.
        PlaceNotInTable = "place_not_in_table",
        /// Only the whole is known; the strictest of its parts counts.
        PartUnknown = "part_unknown",
        /// The number stands for several places; the strictest counts.
        SeveralPlaces = "several_places",
        /// The row rests on general knowledge.
        GeneralKnowledge = "general_knowledge",
        /// The row's confidence is low.
        LowConfidence = "low_confidence",
        /// Only a part of what the row says was read.
        PartlyVerified = "partly_verified",
        /// Courts or statutes disagree about the row.
        Contested = "contested",
    }
}

/// The row that decides a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowCited {
    /// Its code.
    pub code: String,
    /// The place's name.
    pub name: String,
    /// The rule in the reading of the decision.
    pub rule: Rule,
    /// Whether staying on after notice is consent, as the row says.
    pub notice_is_consent: Option<bool>,
    /// Where it is written.
    pub citation: String,
    /// What that rests on.
    pub basis: Basis,
    /// How sure it is.
    pub confidence: Confidence,
    /// Day of its last review.
    pub reviewed: String,
}

/// What the law asks because of one hint that counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The party; none for the company, or where nobody is on the line.
    pub party: Option<u32>,
    /// What the party is.
    pub role: Role,
    /// The hint's source; none if there was no hint.
    pub signal: Option<Signal>,
    /// The places one of which is the party's; empty: unknown.
    pub places: Vec<Place>,
    /// The strictest row; none: the place is unknown, and all rows of the table count.
    pub row: Option<RowCited>,
    /// Codes of all rows that were considered; empty: all of the table.
    pub rows_considered: Vec<String>,
    /// The strictest rule of those.
    pub rule: Rule,
    /// The strictest mode of those.
    pub mode: Mode,
    /// Whether it decides.
    pub decides: bool,
    /// What people should know.
    pub warnings: Vec<Warning>,
    /// What the considered rows and those that cover them ask for besides.
    #[serde(skip)]
    pub(super) flags: Vec<Flag>,
}

impl Finding {
    /// The finding for one hint that counts.
    pub(super) fn of(
        table: &Table,
        media: Media,
        policy: &Policy,
        (party, role): (Option<u32>, Role),
        counted: Counted,
    ) -> Self {
        let Counted { signal, places, mut warnings } = counted;
        let governing: Vec<_> = places.iter().map(|place| table.governing(place)).collect();
        let known = !places.is_empty() && governing.iter().all(|rows| !rows.is_empty());
        let mut rows: Vec<&Row> = Vec::new();
        for row in governing.into_iter().flatten() {
            if known && !rows.contains(&row) {
                rows.push(row);
            }
        }
        if !known && !places.is_empty() {
            warnings.push(Warning::PlaceNotInTable);
        }
        if places.len() > 1 {
            warnings.push(Warning::SeveralPlaces);
        }
        if known && places.iter().any(|place| table.has_parts(place)) {
            warnings.push(Warning::PartUnknown);
        }
        let asked = if known {
            rows.iter().map(|row| row.asks(media, policy.reading)).fold(Strictness::WEAKEST, Strictness::join)
        } else {
            Strictness::STRICTEST
        };
        // Of equally strict rows the first: the place's own.
        let strictest = rows.iter().copied().rev().max_by_key(|row| row.asks(media, policy.reading));
        let row = strictest.map(|row| cite(row, media, policy));
        warnings.extend(strictest.into_iter().flat_map(|row| doubts(row, media)));
        let flags = if known {
            let covering = rows.iter().flat_map(|row| table.covering(row)).flat_map(duties_to_inform);
            rows.iter().flat_map(|row| row.flags.iter().copied()).chain(covering).collect()
        } else {
            table.rows().flat_map(|row| row.flags.iter().copied()).collect()
        };
        Self {
            party,
            role,
            signal,
            places,
            row,
            rows_considered: rows.iter().map(|row| row.code.clone()).collect(),
            rule: asked.rule,
            mode: asked.mode,
            decides: false,
            warnings,
            flags,
        }
    }

    /// What it asks.
    #[must_use]
    pub const fn strictness(&self) -> Strictness {
        Strictness { mode: self.mode, rule: self.rule }
    }
}

fn cite(row: &Row, media: Media, policy: &Policy) -> RowCited {
    let terms = row.terms(media);
    RowCited {
        code: row.code.clone(),
        name: row.name.clone(),
        rule: terms.rule(policy.reading),
        notice_is_consent: terms.notice_is_consent,
        citation: terms.citation.clone(),
        basis: terms.basis,
        confidence: terms.confidence,
        reviewed: row.reviewed.clone(),
    }
}

/// What a covering row asks of a place that has a row of its own: to inform, not how to record.
fn duties_to_inform(row: &Row) -> impl Iterator<Item = Flag> {
    row.flags.iter().copied().filter(|flag| {
        matches!(
            flag,
            Flag::PurposesMustBeStated
                | Flag::RightToObject
                | Flag::WithdrawalAsEasy
                | Flag::OfferAlternativeChannel
        )
    })
}

fn doubts(row: &Row, media: Media) -> impl Iterator<Item = Warning> {
    let terms = row.terms(media);
    [
        (terms.basis == Basis::General, Warning::GeneralKnowledge),
        (terms.confidence == Confidence::Low, Warning::LowConfidence),
        (row.has(Flag::PartlyVerified), Warning::PartlyVerified),
        (row.has(Flag::Contested) || row.has(Flag::ContestedNotice), Warning::Contested),
    ]
    .into_iter()
    .filter_map(|(holds, warning)| holds.then_some(warning))
}
