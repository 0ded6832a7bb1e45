//! The law table: which rows govern a place.
//!
//! Owns look-up. The built-in table is a research aid and not legal advice; a customer's own takes its place
//! ([`Table::read`]). Must never answer for a place that no row speaks of.

use super::place::Place;
use super::row::Row;
use super::table_reader;
use crate::Result;
use std::sync::LazyLock;

static BUILTIN: LazyLock<Table> = LazyLock::new(|| {
    // A table without rows knows no place, and an unknown place is the strictest.
    table_reader::read(include_bytes!("../../data/jurisdictions.json")).unwrap_or_default()
});

/// A validated law table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    pub(super) version: String,
    pub(super) sha256: String,
    pub(super) disclaimer: String,
    pub(super) rows: Vec<Row>,
}

impl Table {
    /// The table that is compiled in.
    #[must_use]
    pub fn builtin() -> &'static Self {
        &BUILTIN
    }

    /// Reads a customer's own table (`docs/jurisdiction.md`).
    ///
    /// # Errors
    /// One of the `table/…` kinds, with the member at fault.
    pub fn read(json: &[u8]) -> Result<Self> {
        table_reader::read(json)
    }

    /// Its version, as it names itself.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// SHA-256 of its canonical JSON (RFC 8785), hexadecimal: layout does not change it.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// What it says about its own reliability.
    #[must_use]
    pub fn disclaimer(&self) -> &str {
        &self.disclaimer
    }

    /// Its rows, in its order.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter()
    }

    /// The row with this code.
    #[must_use]
    pub fn row(&self, code: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.code == code)
    }

    /// The rows whose law counts in a place, the place's own first; none: the place is unknown.
    ///
    /// * A subdivision: its own row, and its country's, whose law is in force there too.
    /// * A country or union as a whole: its row and those of all its parts, since it is not known which it is.
    /// * A place without a row of its own: the row that covers it. A subdivision of a country that has no rows for
    ///   subdivisions: the country's.
    #[must_use]
    pub fn governing(&self, place: &Place) -> Vec<&Row> {
        let Some(own) = self.own(place) else { return Vec::new() };
        let mut rows = vec![own];
        if let Some((country, _)) = own.code.split_once('-') {
            rows.extend(self.row(country));
        }
        if own.code == place.as_str() {
            rows.extend(self.parts(own));
        }
        rows
    }

    /// The rows that cover a row which has replaced them: their duties to inform go on counting.
    pub(super) fn covering<'table>(&'table self, row: &'table Row) -> impl Iterator<Item = &'table Row> {
        self.rows().filter(|other| other.covers.contains(&row.code))
    }

    /// Another name of the same place: what a subdivision's row covers is that subdivision (`PR` is `US-PR`).
    pub(super) fn canonical(&self, place: &Place) -> Place {
        let alias = if self.row(place.as_str()).is_some() { None } else { self.cover(place.as_str()) };
        alias
            .filter(|row| row.code.contains('-'))
            .and_then(|row| Place::parse(&row.code).ok())
            .unwrap_or_else(|| place.clone())
    }

    /// Whether `inner` is a part of `outer`, or the same.
    pub(super) fn contains(&self, outer: &Place, inner: &Place) -> bool {
        let covered = |code: &str| {
            self.row(outer.as_str()).is_some_and(|row| row.covers.iter().any(|place| place == code))
        };
        outer == inner
            || inner.is_subdivision_of(outer.as_str())
            || covered(inner.as_str())
            || inner.country().is_some_and(|country| covered(country.as_str()))
    }

    /// Whether a place is known only as a whole whose parts have laws of their own.
    pub(super) fn has_parts(&self, place: &Place) -> bool {
        self.row(place.as_str()).is_some_and(|row| self.parts(row).next().is_some())
    }

    fn own(&self, place: &Place) -> Option<&Row> {
        if let Some(row) = self.row(place.as_str()).or_else(|| self.cover(place.as_str())) {
            return Some(row);
        }
        let country = place.country()?;
        // Where some subdivisions have a law of their own, one that is not listed is unknown.
        let has_subdivisions = self
            .rows
            .iter()
            .any(|row| row.code.split_once('-').is_some_and(|(own, _)| own == country.as_str()));
        if has_subdivisions { None } else { self.own(&country) }
    }

    fn cover(&self, code: &str) -> Option<&Row> {
        self.rows().find(|row| row.covers.iter().any(|covered| covered == code))
    }

    fn parts<'table>(&'table self, whole: &'table Row) -> impl Iterator<Item = &'table Row> {
        self.rows().filter(move |row| {
            let subdivision = row.code.split_once('-').is_some_and(|(country, _)| country == whole.code);
            subdivision || whole.covers.contains(&row.code)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(code: &str) -> Place {
        Place::parse(code).unwrap()
    }

    fn governing(code: &str) -> Vec<&'static str> {
        Table::builtin().governing(&place(code)).iter().map(|row| row.code.as_str()).collect()
    }

    #[test]
    fn the_built_in_table_is_whole() {
        assert_eq!(Table::builtin().rows().count(), 119);
        assert_eq!(Table::builtin().sha256().len(), 64);
        assert!(Table::builtin().disclaimer().contains("not legal advice"));
    }

    #[test]
    fn a_state_is_governed_by_its_own_law_and_its_countrys() {
        assert_eq!(governing("US-CA"), ["US-CA", "US"]);
        assert_eq!(governing("AU-VIC"), ["AU-VIC", "AU"]);
        assert_eq!(governing("PR"), ["US-PR", "US"]);
    }

    #[test]
    fn a_country_without_its_state_is_governed_by_all_of_them() {
        assert_eq!(governing("US").len(), 53);
        assert_eq!(governing("AU").len(), 9);
        assert_eq!(governing("CA"), ["CA", "CA-QC", "CA-AB", "CA-BC"]);
        assert!(governing("EU").contains(&"DE"));
    }

    #[test]
    fn who_has_no_row_is_covered_or_unknown() {
        assert_eq!(governing("BG"), ["EU"]);
        assert_eq!(governing("CA-ON"), ["CA"]);
        assert_eq!(governing("DE-BY"), ["DE"]);
        assert_eq!(governing("BG-01"), ["EU"]);
        for code in ["US-VI", "US-ZZ", "AU-XXX", "GG", "ZZ", "UK"] {
            assert!(governing(code).is_empty(), "{code}");
        }
    }

    #[test]
    fn every_place_that_is_covered_is_spoken_of_once() {
        let covered: Vec<_> = Table::builtin().rows().flat_map(|row| &row.covers).collect();
        let distinct: std::collections::BTreeSet<_> = covered.iter().collect();
        assert_eq!(covered.len(), distinct.len());
    }
}
