//! Retention: how long the store itself must refuse to delete an object.
//!
//! Owns what is demanded of an object. Whether a store honours it is found out by [`super::store::examination`] before the first
//! recording, since some services ignore what they do not know.

use crate::failure::Failure;
use reqsign_core::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Milliseconds in a day.
const DAY_MS: u64 = 24 * 60 * 60 * 1000;
/// Longest retention: 100 years, as the services have it.
const MOST_DAYS: u32 = 36_500;

/// Who may end a retention early.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RetentionMode {
    /// Nobody, the account's owner included.
    #[default]
    Compliance,
    /// Whoever has a right of its own for that.
    Governance,
}

/// What is demanded of every object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Days from the grant on; `None` for a legal hold alone.
    pub days: Option<u32>,
    /// Who may end it early.
    pub mode: RetentionMode,
    /// Whether a legal hold is put on each object: until somebody takes it away.
    pub legal_hold: bool,
}

/// What is demanded of one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// Until when, in milliseconds since 1970-01-01 UTC.
    pub until_ms: Option<u64>,
    /// Who may end it early.
    pub mode: RetentionMode,
    /// Whether a legal hold is on it.
    pub legal_hold: bool,
}

impl Retention {
    /// What the flags demand, if anything.
    ///
    /// # Errors
    /// A [`Failure`] for a number of days that no service takes.
    pub fn of_flags(
        days: Option<u32>,
        mode: RetentionMode,
        legal_hold: bool,
    ) -> Result<Option<Self>, Failure> {
        if days.is_some_and(|days| !(1..=MOST_DAYS).contains(&days)) {
            return Err(Failure::bad_input(format!("--retention-days must be 1 to {MOST_DAYS}")));
        }
        Ok((days.is_some() || legal_hold).then_some(Self { days, mode, legal_hold }))
    }

    /// What is demanded of an object that is granted at `now_ms`.
    pub fn from(&self, now_ms: u64) -> Keep {
        let until_ms = self.days.map(|days| now_ms.saturating_add(u64::from(days).saturating_mul(DAY_MS)));
        Keep { until_ms, mode: self.mode, legal_hold: self.legal_hold }
    }
}

impl Keep {
    /// The headers of S3's Object Lock.
    pub fn s3_headers(&self) -> Vec<(&'static str, String)> {
        let mut headers = Vec::new();
        if let Some(until) = self.until() {
            let mode = match self.mode {
                RetentionMode::Compliance => "COMPLIANCE",
                RetentionMode::Governance => "GOVERNANCE",
            };
            headers.push(("x-amz-object-lock-mode", mode.to_owned()));
            headers.push(("x-amz-object-lock-retain-until-date", until));
        }
        if self.legal_hold {
            headers.push(("x-amz-object-lock-legal-hold", "ON".to_owned()));
        }
        headers
    }

    /// Until when, as RFC 3339 in UTC with whole seconds.
    fn until(&self) -> Option<String> {
        let seconds = i64::try_from(self.until_ms? / 1000).ok()?;
        Some(Timestamp::from_second(seconds).ok()?.format_rfc3339_zulu())
    }
}

#[cfg(test)]
mod tests {
    use super::{Retention, RetentionMode};

    #[test]
    fn retention_counts_from_the_grant_and_is_written_as_s3_reads_it() {
        let retention = Retention::of_flags(Some(30), RetentionMode::Governance, true).unwrap().unwrap();
        let headers = retention.from(1_790_000_000_999).s3_headers();
        assert_eq!(
            headers,
            [
                ("x-amz-object-lock-mode", "GOVERNANCE".to_owned()),
                ("x-amz-object-lock-retain-until-date", "2026-10-21T14:13:20Z".to_owned()),
                ("x-amz-object-lock-legal-hold", "ON".to_owned()),
            ]
        );
    }

    #[test]
    fn nothing_is_demanded_without_a_flag_and_no_impossible_time() {
        assert_eq!(Retention::of_flags(None, RetentionMode::Compliance, false).unwrap(), None);
        for days in [0, 36_501] {
            assert!(Retention::of_flags(Some(days), RetentionMode::Compliance, false).is_err());
        }
    }
}
