//! Delivering the disclosure: playing, measuring, failing, playing again.
//!
//! Owns when a disclosure counts as delivered. Must never let a yes count for a prompt that was not heard.

use super::{Action, Disclosure, PROMPT_BEGINS_WITHIN_MS, Session};
use crate::audio::{Now, ms_of_samples};
use crate::consent::{Consent, Effect};
use crate::disclosure::{DELIVERED_FROM, DeliveryMeter};
use crate::ledger::DisclosurePlayed;
use crate::redact::clearance::Clearance;

impl Session {
    pub(super) fn play(&mut self, now: Now, actions: &mut Vec<Action>) {
        self.disclosure = Disclosure::Asked { deadline_ms: now.monotonic_ms + PROMPT_BEGINS_WITHIN_MS };
        self.meter = None;
        self.prompt_frame = None;
        self.record_consent_event("asked", None, None, now, 0.0, actions);
        actions.push(Action::PlayDisclosure);
    }

    pub(super) fn replay(&mut self, now: Now, actions: &mut Vec<Action>) {
        let may = matches!(self.disclosure, Disclosure::Failed | Disclosure::Delivered)
            && matches!(self.consent, Consent::Undisclosed | Consent::Asked)
            && !self.hung_up;
        if may {
            self.problem = None;
            self.play(now, actions);
        }
    }

    pub(super) fn disclosure_started(&mut self, frame: u64, now: Now) {
        let Disclosure::Asked { .. } = self.disclosure else { return };
        if self.meter.is_none() {
            return;
        }
        self.prompt_frame = Some(frame);
        self.schedule_meter();
        let longest_ms = ms_of_samples(crate::disclosure::LONGEST_PROMPT_SAMPLES as u64);
        self.disclosure = Disclosure::Playing { deadline_ms: now.monotonic_ms + longest_ms as f64 };
    }

    /// Tells the meter where the prompt is, as soon as a block has tied frames to the timeline.
    pub(super) fn schedule_meter(&mut self) {
        let (Some(meter), Some(clock), Some(frame)) = (&mut self.meter, &self.clock, self.prompt_frame)
        else {
            return;
        };
        if let Some(sample) = clock.sample_at_frame(frame) {
            meter.scheduled(sample);
            self.prompt_frame = None;
        }
    }

    pub(super) fn disclosure_failed(&mut self, actions: &mut Vec<Action>) {
        if matches!(self.disclosure, Disclosure::Delivered | Disclosure::NotPlayed) {
            return;
        }
        self.disclosure = Disclosure::Failed;
        self.meter = None;
        self.consent.not_disclosed();
        // Once the question is answered, a prompt that was cut short by the answer is no trouble.
        if matches!(self.consent, Consent::Undisclosed | Consent::Asked) {
            self.problem = Some("disclosure/failed".to_owned());
        }
        actions.push(Action::StopDisclosure);
    }

    pub(super) fn advance_disclosure(&mut self, now: Now, clearance: &Clearance, actions: &mut Vec<Action>) {
        match self.disclosure {
            Disclosure::Asked { deadline_ms } | Disclosure::Playing { deadline_ms }
                if now.monotonic_ms >= deadline_ms =>
            {
                self.disclosure_failed(actions);
            }
            Disclosure::Measuring { deadline_ms } => {
                let complete = self.meter.as_ref().is_some_and(DeliveryMeter::complete);
                if complete || now.monotonic_ms >= deadline_ms {
                    self.measure(now, clearance, actions);
                }
            }
            _ => {}
        }
    }

    pub(super) fn measure(&mut self, now: Now, clearance: &Clearance, actions: &mut Vec<Action>) {
        let measured = self.meter.take().and_then(|mut meter| meter.measure());
        let Some((start_sample, end_sample, fraction_delivered)) = measured else {
            self.disclosure_failed(actions);
            return;
        };
        let prompt = &self.config.config.disclosure;
        // A replay that failed does not take the place of the disclosure that was heard.
        if fraction_delivered >= DELIVERED_FROM
            || self.proof.as_ref().is_none_or(|proof| proof.fraction_delivered < DELIVERED_FROM)
        {
            self.proof = Some(DisclosurePlayed {
                prompt_id: prompt.prompt_id.clone(),
                version: prompt.version,
                language: prompt.language.clone(),
                sha256: prompt.sha256.clone(),
                start_sample,
                end_sample,
                fraction_delivered,
            });
        }
        if fraction_delivered < DELIVERED_FROM {
            self.disclosure_failed(actions);
            return;
        }
        self.disclosure = Disclosure::Delivered;
        if self.consent.disclosed() == Effect::Begin && !self.hung_up && !self.failed {
            // The yes came while the announcement was playing; it counts from the announcement's end.
            self.begin(end_sample, now, clearance, actions);
        }
    }
}
