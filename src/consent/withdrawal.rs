//! What becomes of a recording when a yes is taken back: the policy, and what it comes to for one withdrawal.
//!
//! Owns the choice and its date. Must never touch audio: the store and the spool destroy it (docs/format.md §8).

use serde::{Deserialize, Serialize};

use crate::evidence::WithdrawalEffect;
use crate::{Error, ErrorKind, Result};

/// Milliseconds of a day.
const DAY_MS: u64 = 86_400_000;

/// The longest time a recording may be kept after a withdrawal, days: ten years, the longest limitation period of a claim
/// that a recording would answer in the laws of data/jurisdictions.json.
const MOST_DAYS: u32 = 3_660;

/// What a withdrawal does, besides that nothing more is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum WithdrawalPolicy {
    /// What was recorded with consent is kept: a withdrawal does not make it unlawful (GDPR art. 7(3)).
    #[default]
    StopAndKeep,
    /// Its audio and keys are destroyed at once.
    StopAndShred,
    /// They are destroyed so many days later.
    StopAndKeepUntil {
        /// Days, 1 to 3,660.
        keep_days: u32,
    },
}

impl WithdrawalPolicy {
    /// Checks the number of days.
    ///
    /// # Errors
    /// `ConfigInvalid` outside 1 to 3,660.
    pub fn validate(self) -> Result<()> {
        match self {
            Self::StopAndKeepUntil { keep_days } if !(1..=MOST_DAYS).contains(&keep_days) => {
                let sentence = "consent.withdrawal.keepDays must be from 1 to 3660";
                Err(Error::new(ErrorKind::ConfigInvalid, sentence))
            }
            _ => Ok(()),
        }
    }

    /// What it comes to for a withdrawal at `now_unix_ms`.
    #[must_use]
    pub const fn effect(self, now_unix_ms: u64) -> WithdrawalEffect {
        match self {
            Self::StopAndKeep => WithdrawalEffect::StopAndKeep,
            Self::StopAndShred => WithdrawalEffect::StopAndShred,
            Self::StopAndKeepUntil { keep_days } => {
                #[allow(clippy::cast_lossless)] // u64::from is not const
                let kept_ms = (keep_days as u64).saturating_mul(DAY_MS);
                WithdrawalEffect::KeepUntil { until_ms: now_unix_ms.saturating_add(kept_ms) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::WithdrawalPolicy;
    use crate::evidence::WithdrawalEffect;

    #[test]
    fn a_policy_is_read_by_its_effect_and_nothing_else_is() {
        let read = |text: &str| serde_json::from_str::<WithdrawalPolicy>(text);
        assert_eq!(read(r#"{"effect":"stop_and_shred"}"#).unwrap(), WithdrawalPolicy::StopAndShred);
        let until = read(r#"{"effect":"stop_and_keep_until","keepDays":30}"#).unwrap();
        assert_eq!(
            until.effect(1_000),
            WithdrawalEffect::KeepUntil { until_ms: 1_000 + 30 * 24 * 3_600_000 }
        );
        for text in [
            "{}",
            r#"{"effect":"shred"}"#,
            r#"{"effect":"stop_and_keep_until"}"#,
            r#"{"effect":"stop_and_keep_until","keepDays":30,"extra":1}"#,
        ] {
            assert!(read(text).is_err(), "{text}");
        }
        for keep_days in [0, 3_661] {
            assert!(WithdrawalPolicy::StopAndKeepUntil { keep_days }.validate().is_err());
        }
    }
}
