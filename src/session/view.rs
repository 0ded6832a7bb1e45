//! What others see of a session: the snapshot for the panel and the report for the host.
//!
//! Owns how the state is told. Must never change it.

use super::{Disclosure, Session};
use crate::ErrorKind;
use crate::audio::clock::CallClock;
use crate::audio::{Now, SAMPLE_RATE_HZ, ms_of_samples};
use crate::consent::Consent;
use crate::session::report::CallReport;
use crate::session::snapshot::{Allowed, Outcome, Phase, Snapshot};
use crate::store::queue::UploadQueue;

impl Session {
    pub(super) fn report(&self) -> CallReport {
        let recording = self.recording.as_ref();
        CallReport {
            schema_version: 1,
            call_id: self.call_id.to_string(),
            outcome: self.outcome().unwrap_or(Outcome::Declined),
            sample_rate_hz: SAMPLE_RATE_HZ,
            recording_origin_ms: recording.map(|recording| ms_of_samples(recording.origin_sample())),
            call_duration_ms: ms_of_samples(self.hung_up_sample.unwrap_or(0)),
            recording_duration_ms: recording.map_or(0, |recording| ms_of_samples(recording.total_samples())),
            consent_events: self.consent_events.clone(),
            disclosure: self.proof.clone(),
            redaction_spans: recording.map_or_else(Vec::new, |recording| recording.spans().to_vec()),
            gaps: recording.map_or_else(Vec::new, |recording| recording.gaps().to_vec()),
            objects: recording.map_or_else(Vec::new, |recording| recording.objects().to_vec()),
        }
    }

    pub(super) fn outcome(&self) -> Option<Outcome> {
        if self.failed {
            return Some(Outcome::Failed);
        }
        match self.consent {
            Consent::Refused => Some(Outcome::Declined),
            Consent::Withdrawn => Some(Outcome::Withdrawn),
            Consent::Given if self.hung_up => Some(Outcome::Recorded),
            Consent::Given => None,
            _ => self.hung_up.then_some(Outcome::Declined),
        }
    }

    pub(super) fn phase(&self) -> Phase {
        if self.reported {
            return Phase::Closed;
        }
        if self.hung_up {
            return Phase::Closing;
        }
        if self.failed {
            return Phase::Failed;
        }
        match self.consent {
            _ if self.clock.is_none() => Phase::Ringing,
            Consent::Given => Phase::Recording,
            Consent::Refused => Phase::Declined,
            Consent::Withdrawn => Phase::Withdrawn,
            Consent::Asked if matches!(self.disclosure, Disclosure::Delivered) => Phase::Asking,
            _ => Phase::Disclosing,
        }
    }

    pub(super) fn allowed(&self) -> Vec<Allowed> {
        if self.clock.is_none() || self.hung_up || self.failed {
            return Vec::new();
        }
        let settled = matches!(self.disclosure, Disclosure::Delivered | Disclosure::Failed);
        let failed = matches!(self.disclosure, Disclosure::Failed);
        match self.consent {
            Consent::Undisclosed | Consent::Asked if failed => vec![Allowed::Replay, Allowed::No],
            Consent::Undisclosed => vec![Allowed::Yes, Allowed::No],
            Consent::YesPending => vec![Allowed::No],
            Consent::Asked if settled => vec![Allowed::Yes, Allowed::No, Allowed::Replay],
            Consent::Asked => vec![Allowed::Yes, Allowed::No],
            Consent::Given => vec![Allowed::Withdraw],
            Consent::Refused | Consent::Withdrawn => Vec::new(),
        }
    }

    /// The picture for the panel.
    #[must_use]
    pub fn snapshot(&self, now: Now, uploads: &UploadQueue) -> Snapshot {
        let head = self.clock.as_ref().map_or(0, CallClock::head);
        let elapsed = self.clock.as_ref().map_or(0, |clock| clock.sample_at(now.monotonic_ms));
        let recording =
            self.recording.as_ref().is_some_and(|recording| !recording.stopping()) && !self.failed;
        let class = if recording { self.redactor.class_at(head) } else { None };
        Snapshot {
            call_id: self.call_id.to_string(),
            phase: self.phase(),
            recording,
            redacting: class.is_some(),
            redaction_class: class.map(str::to_owned),
            yes_pending: self.consent == Consent::YesPending,
            allowed: self.allowed(),
            disclosure_text: self.config.config.disclosure.text.clone(),
            elapsed_ms: ms_of_samples(self.hung_up_sample.unwrap_or(elapsed)),
            recorded_ms: self
                .recording
                .as_ref()
                .map_or(0, |recording| ms_of_samples(recording.length_at(head))),
            objects_total: uploads.total(),
            objects_stored: uploads.stored(),
            store_reachable: uploads.reachable(),
            problem: if uploads.any_refused() {
                Some(ErrorKind::StoreRefused.code().to_owned())
            } else {
                self.problem.clone()
            },
            outcome: self.outcome(),
        }
    }
}
