//! How long to wait after a failure: doubling pauses with jitter, and what the other side asks for.
//!
//! Owns the arithmetic that the upload queue and the webhook's queue share. Must never know what is tried again.

/// Doublings behind which a pause cannot grow any more: 2^16 times the first one is beyond every longest pause here.
const MOST_DOUBLINGS: u32 = 16;

/// The pauses of one kind of request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Backoff {
    /// First pause after a failure, milliseconds; doubled at each further one.
    pub first_pause_ms: f64,
    /// Longest pause of our own choice, milliseconds.
    pub longest_pause_ms: f64,
    /// Longest pause the other side may ask for, milliseconds: a mistyped header must not end sending.
    pub longest_asked_ms: f64,
}

impl Backoff {
    /// The pause behind a failure that followed `failures` earlier ones, milliseconds. `jitter` is a random number from
    /// 0 to 1; `asked_ms` is what the other side asked for.
    #[must_use]
    pub fn pause_ms(self, failures: u32, jitter: f64, asked_ms: Option<f64>) -> f64 {
        let doubled = self.first_pause_ms * f64::from(2_u32.saturating_pow(failures.min(MOST_DOUBLINGS)));
        // Full jitter above a half, so that many browsers do not come back together.
        let jittered = doubled.min(self.longest_pause_ms) * (0.5 + 0.5 * jitter.clamp(0.0, 1.0));
        jittered.max(asked_ms.unwrap_or(0.0).min(self.longest_asked_ms))
    }
}

/// The pause of a `Retry-After` header in seconds (RFC 9110 §10.2.3), milliseconds; its other form, a date, is read by
/// the browser edge, which has a calendar.
#[must_use]
pub fn retry_after_ms(header: &str) -> Option<f64> {
    let seconds = header.trim();
    let is_number = !seconds.is_empty() && seconds.bytes().all(|digit| digit.is_ascii_digit());
    if is_number { seconds.parse::<f64>().ok().map(|seconds| seconds * 1_000.0) } else { None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BACKOFF: Backoff =
        Backoff { first_pause_ms: 500.0, longest_pause_ms: 30_000.0, longest_asked_ms: 600_000.0 };

    #[test]
    fn pauses_double_to_the_longest_and_jitter_takes_at_most_half() {
        let pauses: Vec<f64> = (0..8).map(|failures| BACKOFF.pause_ms(failures, 1.0, None)).collect();
        assert_eq!(pauses, [500.0, 1_000.0, 2_000.0, 4_000.0, 8_000.0, 16_000.0, 30_000.0, 30_000.0]);
        assert_eq!(BACKOFF.pause_ms(0, 0.0, None), 250.0);
    }

    #[test]
    fn what_the_other_side_asks_for_counts_up_to_a_bound() {
        assert_eq!(BACKOFF.pause_ms(0, 0.0, Some(90_000.0)), 90_000.0);
        assert_eq!(BACKOFF.pause_ms(0, 0.0, Some(1e12)), 600_000.0);
        assert_eq!(BACKOFF.pause_ms(6, 1.0, Some(1.0)), 30_000.0, "never shorter than our own");
    }

    #[test]
    fn only_whole_seconds_are_read_from_a_header() {
        assert_eq!(retry_after_ms(" 120 "), Some(120_000.0));
        for other in ["", "-1", "1.5", "inf", "NaN", "Wed, 21 Oct 2026 07:28:00 GMT"] {
            assert_eq!(retry_after_ms(other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn a_pause_is_never_below_half_the_first_nor_above_what_is_allowed(
            failures in any::<u32>(), jitter in any::<f64>(), asked in proptest::option::of(any::<f64>()),
        ) {
            let pause_ms = BACKOFF.pause_ms(failures, if jitter.is_nan() { 0.5 } else { jitter }, asked);
            prop_assert!((250.0..=600_000.0).contains(&pause_ms), "{pause_ms}");
        }
    }
}
