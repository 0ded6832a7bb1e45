//! What others see of a session: the snapshot for the panel and the report for the host.
//!
//! Owns how the state is told. Must never change it.

use super::withdrawing::Shredding;
use super::{Disclosure, Session};
use crate::ErrorKind;
use crate::audio::clock::CallClock;
use crate::audio::{Now, SAMPLE_RATE_HZ, ms_of_samples};
use crate::consent::party::PartyConsent;
use crate::consent::register::AGENT;
use crate::consent::terms::AnsweredBy;
use crate::ledger::{Outcome, is_shredded};
use crate::names::ObjectName;
use crate::session::report::CallReport;
use crate::session::snapshot::{Allowed, LawPicture, PartyPicture, Phase, Snapshot};
use crate::store::queue::UploadQueue;

impl Session {
    pub(super) fn report(&self, now: Now) -> CallReport {
        let recording = self.recording.as_ref();
        let mut objects = recording
            .or(self.refusal.as_ref())
            .map_or_else(Vec::new, |recording| recording.objects().to_vec());
        if self.shreds_now(now) {
            objects.retain(|object| !ObjectName::parse(&object.name).is_ok_and(|name| is_shredded(&name)));
        }
        CallReport {
            schema_version: 1,
            call_id: self.call_id.to_string(),
            outcome: self.outcome().unwrap_or(Outcome::Declined),
            sample_rate_hz: SAMPLE_RATE_HZ,
            recording_origin_ms: recording.map(|recording| ms_of_samples(recording.first_sample())),
            call_duration_ms: ms_of_samples(self.hung_up_sample.unwrap_or(0)),
            recording_duration_ms: recording.map_or(0, |recording| ms_of_samples(recording.length_samples())),
            consent_events: self.consent_events.clone(),
            disclosure: self.proof.clone().or_else(|| self.unheard.clone()),
            redaction_spans: recording.map_or_else(Vec::new, |recording| recording.spans().to_vec()),
            gaps: recording.map_or_else(Vec::new, |recording| recording.gaps().to_vec()),
            exposures: recording.map_or_else(Vec::new, |recording| recording.exposures().to_vec()),
            objects,
        }
    }

    pub(super) fn outcome(&self) -> Option<Outcome> {
        let recorded = self.recording.is_some();
        match (self.failed, self.register.locked()) {
            (true, _) => Some(Outcome::Failed),
            (false, _) if self.agent_side.is_some() => Some(Outcome::AgentSide),
            (false, true) if recorded => Some(Outcome::Withdrawn),
            (false, true) => Some(Outcome::Declined),
            (false, false) if !self.hung_up => None,
            (false, false) if recorded => Some(Outcome::Recorded),
            (false, false) => Some(Outcome::Declined),
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
        if self.clock.is_none() {
            return Phase::Ringing;
        }
        if self.agent_side.is_some() {
            return if self.agent_side_runs() { Phase::AgentSide } else { Phase::Declined };
        }
        if self.register.locked() {
            return if self.recording.is_some() { Phase::Withdrawn } else { Phase::Declined };
        }
        if self.recording.is_some() && self.permits() {
            return Phase::Recording;
        }
        let silent = self.register.open().any(|party| party.consent == PartyConsent::Silent);
        match self.disclosure {
            Disclosure::Delivered if silent => Phase::Unanswered,
            Disclosure::Delivered => Phase::Asking,
            _ => Phase::Disclosing,
        }
    }

    pub(super) fn allowed(&self) -> Vec<Allowed> {
        if self.agent_side_runs() && !self.hung_up {
            return vec![Allowed::Withdraw, self.pause_or_resume()];
        }
        if self.hung_up || self.failed || self.register.locked() {
            return Vec::new();
        }
        if self.clock.is_none() {
            let asks_the_agent = self.config.config.consent.answered_by == AnsweredBy::Agent;
            return if self.connected && asks_the_agent { vec![Allowed::Answered] } else { Vec::new() };
        }
        let mut allowed = Vec::new();
        for party in self.register.parties().iter().filter(|party| party.present && party.index != AGENT) {
            allowed.extend(self.allowed_of(party.consent));
        }
        if matches!(self.disclosure, Disclosure::Reading { .. }) {
            allowed.push(Allowed::Read);
        }
        if self.may_replay() {
            allowed.push(Allowed::Replay);
        }
        if self.recording.is_some() || self.pausing.is_on() {
            allowed.push(self.pause_or_resume());
        }
        allowed.sort_unstable();
        allowed.dedup();
        allowed
    }

    fn pause_or_resume(&self) -> Allowed {
        if self.pausing.is_on() { Allowed::Resume } else { Allowed::Pause }
    }

    fn allowed_of(&self, consent: PartyConsent) -> Vec<Allowed> {
        let heard = !matches!(self.disclosure, Disclosure::Failed);
        match consent {
            PartyConsent::Undisclosed | PartyConsent::Asked if heard => vec![Allowed::Yes, Allowed::No],
            PartyConsent::Undisclosed
            | PartyConsent::Asked
            | PartyConsent::YesPending
            | PartyConsent::Silent => vec![Allowed::No],
            PartyConsent::Given => vec![Allowed::Withdraw],
            PartyConsent::Refused | PartyConsent::Withdrawn => Vec::new(),
        }
    }

    fn party_pictures(&self) -> Vec<PartyPicture> {
        let may_answer = self.clock.is_some() && !self.hung_up && !self.failed && !self.register.locked();
        let others = self.register.parties().iter().filter(|party| party.present && party.index != AGENT);
        others
            .map(|party| PartyPicture {
                index: party.index,
                role: party.role.as_str(),
                consent: party.consent.as_str(),
                allowed: if may_answer { self.allowed_of(party.consent) } else { Vec::new() },
            })
            .collect()
    }

    fn law_picture(&self) -> Option<LawPicture> {
        self.decision.as_ref().map(|decision| LawPicture {
            mode: self.terms.mode,
            rule: decision.rule,
            summary: decision.summary.text.clone(),
            why: decision.explanation.clone(),
        })
    }

    /// The picture for the panel.
    #[must_use]
    pub fn snapshot(&self, now: Now, uploads: &UploadQueue) -> Snapshot {
        let head = self.clock.as_ref().map_or(0, CallClock::head);
        let elapsed = self.clock.as_ref().map_or(0, |clock| clock.sample_at(now.monotonic_ms));
        let cut = self.cut_picture(now);
        Snapshot {
            call_id: self.call_id.to_string(),
            phase: self.phase(),
            recording: self.keeps_audio(),
            redacting: cut.is_some(),
            redaction_class: cut.as_ref().map(|cut| cut.class.clone()),
            cut,
            warning: self.warned_of(now),
            yes_pending: self.register.yes_pending(),
            paused: self.paused && !self.register.locked(),
            parties: self.party_pictures(),
            law: self.law_picture(),
            allowed: self.allowed(),
            disclosure_text: self.disclosure_config().text.clone(),
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
            shredding: self.shredding.map(|shredding| match shredding {
                Shredding::Requested { not_before_ms } if not_before_ms > now.unix_ms => "scheduled",
                Shredding::Requested { .. } => "requested",
                Shredding::Confirmed => "confirmed",
            }),
        }
    }
}
