//! What a withdrawal does to what was recorded before it, and what the store says of objects.
//!
//! Owns the demand for shredding: it is written into the ledger and made durable in the moment of the withdrawal, so that
//! no crash makes a withdrawal undone. Must never demand anything of a call whose policy does not say so.

use super::{Action, Session};
use crate::audio::Now;
use crate::evidence::WithdrawalEffect;
use crate::ledger::{EntryBody, ShredRequested, StorageAcknowledged, TroubleNoted};
use crate::{Error, ErrorKind};

/// Troubles that the ledger notes at most: a page that reports thousands must not fill it.
const MOST_TROUBLES: u32 = 64;

/// Where the destruction of a call's audio stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shredding {
    /// The ledger demands it from this time on, milliseconds since 1970-01-01 UTC.
    Requested { not_before_ms: u64 },
    /// The store has confirmed it.
    Confirmed,
}

impl Session {
    /// What the policy makes of a withdrawal now.
    pub(super) fn withdrawal_effect(&self, now: Now) -> WithdrawalEffect {
        self.config.config.consent.withdrawal.effect(now.unix_ms)
    }

    /// Somebody has taken a yes back while there is a recording: what the policy demands of it is written down, and made
    /// durable together with the withdrawal.
    pub(super) fn settle_withdrawal(&mut self, now: Now, actions: &mut Vec<Action>) {
        let Some(recording) = &mut self.recording else { return };
        let not_before_ms = match self.config.config.consent.withdrawal.effect(now.unix_ms) {
            WithdrawalEffect::StopAndKeep => None,
            // By every clock: the store's may be behind the agent's, and would wait.
            WithdrawalEffect::StopAndShred => Some(0),
            WithdrawalEffect::KeepUntil { until_ms } => Some(until_ms),
        };
        if recording.finished() {
            if not_before_ms.is_some() && self.shredding.is_none() {
                actions.push(Action::Problem(Error::new(
                    ErrorKind::WrongState,
                    "The recording was over before the withdrawal: destroy it in the store, with its own tools.",
                )));
            }
            return;
        }
        self.demand_shredding("withdrawal", not_before_ms, now, actions);
    }

    /// Writes the demand down, if there is one, and makes the ledger durable with it.
    pub(super) fn demand_shredding(
        &mut self,
        reason: &str,
        not_before_ms: Option<u64>,
        now: Now,
        actions: &mut Vec<Action>,
    ) {
        let Some(recording) = &mut self.recording else { return };
        if let (Some(not_before_ms), None) = (not_before_ms, self.shredding) {
            self.shredding = Some(Shredding::Requested { not_before_ms });
            let demand = ShredRequested { reason: reason.to_owned(), not_before_ms };
            recording.note(EntryBody::ShredRequested(demand), now);
        }
        let written = recording.write_ledger(now);
        self.spool_or_fail(written, actions);
        if self.shreds_now(now) {
            actions.push(Action::Shred);
        }
    }

    /// Whether the audio is to be destroyed already: nothing that names people is made of it any more.
    pub(super) fn shreds_now(&self, now: Now) -> bool {
        match self.shredding {
            Some(Shredding::Requested { not_before_ms }) => not_before_ms <= now.unix_ms,
            Some(Shredding::Confirmed) => true,
            None => false,
        }
    }

    /// The store has acknowledged an object.
    pub(super) fn acknowledged(&mut self, object: &str, sha256: &str, now: Now) {
        let entry = StorageAcknowledged { object: object.to_owned(), sha256: sha256.to_owned() };
        if let Some(recording) = &mut self.recording {
            recording.note(EntryBody::StorageAcknowledged(entry), now);
        }
    }

    /// Something went wrong: the panel shows it, and the ledger tells of it.
    pub(super) fn trouble(&mut self, code: &str, now: Now) {
        if self.problem.as_deref() != Some(code) && self.troubles < MOST_TROUBLES {
            self.troubles = self.troubles.saturating_add(1);
            let sample = self.sample_at(now, 0.0);
            self.note(EntryBody::TroubleNoted(TroubleNoted { code: code.to_owned(), sample }), now);
        }
        self.problem = Some(code.to_owned());
    }
}
