//! Moments of a call as calendar time: RFC 3339 for programs, the parts of a date for people.
//!
//! Proleptic Gregorian calendar, UTC, years 1970 to 9999.

#![allow(
    clippy::arithmetic_side_effects,
    reason = "calendar arithmetic on values bounded by LATEST_MS, far below overflow"
)]

use x509_cert::der::DateTime;

/// The last millisecond of the year 9999, the end of RFC 3339.
pub(crate) const LATEST_MS: u64 = 253_402_300_799_999;

/// Characters of a moment up to its seconds: `2026-09-21T14:13:20`.
const SECONDS_CHARACTERS: usize = 19;

/// Samples in a millisecond at 48 kHz.
const SAMPLES_PER_MS: u64 = 48;

/// Days from 0000-03-01 to 1970-01-01.
const DAYS_BEFORE_1970: u64 = 719_468;
/// Days of 400 years, after which the Gregorian calendar repeats.
const DAYS_PER_ERA: u64 = 146_097;

/// A moment as people write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CalendarTime {
    /// The year.
    pub year: u64,
    /// 1 to 12.
    pub month: u64,
    /// 1 to 31.
    pub day: u64,
    /// 0 to 23.
    pub hour: u64,
    /// 0 to 59.
    pub minute: u64,
    /// 0 to 59.
    pub second: u64,
    /// 0 to 999.
    pub millisecond: u64,
}

impl CalendarTime {
    /// The moment `at_ms`, in UTC moved by `offset_minutes`. Later than [`LATEST_MS`] counts as that.
    pub(crate) fn at(at_ms: u64, offset_minutes: i16) -> Self {
        let offset_ms = i64::from(offset_minutes) * 60_000;
        let at_ms = at_ms.saturating_add_signed(offset_ms).min(LATEST_MS);
        let (days, in_day) = (at_ms / 86_400_000, at_ms % 86_400_000);
        // Counted from 1 March, so that the leap day is the last of its year.
        let days = days + DAYS_BEFORE_1970;
        let (era, day_of_era) = (days / DAYS_PER_ERA, days % DAYS_PER_ERA);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        Self {
            year: era * 400 + year_of_era + u64::from(month <= 2),
            month,
            day: day_of_year - (153 * month_from_march + 2) / 5 + 1,
            hour: in_day / 3_600_000,
            minute: in_day / 60_000 % 60,
            second: in_day / 1_000 % 60,
            millisecond: in_day % 1_000,
        }
    }
}

/// `at_ms` as RFC 3339 with milliseconds, UTC.
pub(crate) fn rfc_3339(at_ms: u64) -> String {
    let CalendarTime { year, month, day, hour, minute, second, millisecond } = CalendarTime::at(at_ms, 0);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millisecond:03}Z")
}

/// The moment, milliseconds since 1970-01-01, that exports write as `text`: RFC 3339 in UTC, with or without
/// milliseconds. Not used in the page's module.
#[must_use]
pub fn unix_ms_of(text: &str) -> Option<u64> {
    let (seconds, fraction) = text.split_at_checked(SECONDS_CHARACTERS)?;
    let seconds: DateTime = format!("{seconds}Z").parse().ok()?;
    let milliseconds = match fraction.strip_suffix('Z')? {
        "" => 0,
        fraction => fraction
            .strip_prefix('.')
            .filter(|digits| digits.len() == 3 && digits.bytes().all(|digit| digit.is_ascii_digit()))?
            .parse()
            .ok()?,
    };
    u64::try_from(seconds.unix_duration().as_millis()).ok()?.checked_add(milliseconds)
}

/// When `sample` of a call was, whose sample 0 was at `answered_at_ms`.
pub(crate) fn unix_ms_of_sample(answered_at_ms: u64, sample: u64) -> u64 {
    answered_at_ms.saturating_add(sample / SAMPLES_PER_MS)
}

/// A number of samples in seconds.
#[allow(clippy::cast_precision_loss, reason = "a call has far fewer than 2^53 samples")]
pub(crate) fn seconds_of_samples(samples: u64) -> f64 {
    samples as f64 / 48_000.0
}

#[cfg(test)]
mod tests {
    use super::{CalendarTime, LATEST_MS, rfc_3339, unix_ms_of};
    use proptest::prelude::*;

    /// Made with `date -u -d @… +%FT%T`.
    #[test]
    fn writes_moments_as_rfc_3339() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_399, "2000-02-28T23:59:59.000Z"),
            (951_782_400, "2000-02-29T00:00:00.000Z"),
            (1_709_251_199, "2024-02-29T23:59:59.000Z"),
            (1_790_000_000, "2026-09-21T14:13:20.000Z"),
            (4_107_542_400, "2100-03-01T00:00:00.000Z"),
        ] {
            assert_eq!(rfc_3339(seconds * 1_000), expected);
        }
        assert_eq!(rfc_3339(1_790_000_000_007), "2026-09-21T14:13:20.007Z");
        assert_eq!(rfc_3339(LATEST_MS), "9999-12-31T23:59:59.999Z");
        assert_eq!(rfc_3339(u64::MAX), rfc_3339(LATEST_MS));
    }

    #[test]
    fn an_offset_moves_the_date() {
        let evening = CalendarTime::at(1_790_000_000_000, -15 * 60);
        assert_eq!((evening.day, evening.hour, evening.minute), (20, 23, 13));
        assert_eq!(CalendarTime::at(0, -60).year, 1970, "never before 1970");
    }

    #[test]
    fn reads_only_what_it_writes() {
        assert_eq!(unix_ms_of("2026-09-21T14:13:20Z"), Some(1_790_000_000_000));
        for text in [
            "",
            "2026-09-21",
            "2026-09-21T14:13:20",
            "2026-09-21T14:13:20.1Z",
            "2026-09-21T14:13:20.+01Z",
            "2026-09-21T14:13:20+02:00",
            "2026-02-30T14:13:20Z",
            "2026-09-21T14:13:2é",
            "2026-09-21 14:13:20Z",
        ] {
            assert_eq!(unix_ms_of(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_moment_reads_back(at_ms in 0..LATEST_MS) {
            prop_assert_eq!(unix_ms_of(&rfc_3339(at_ms)), Some(at_ms));
        }

        #[test]
        fn later_moments_are_written_later(first in 0..LATEST_MS, second in 0..LATEST_MS) {
            prop_assert_eq!(first.cmp(&second), rfc_3339(first).cmp(&rfc_3339(second)));
        }
    }
}
