//! Delivering the disclosure: playing, measuring, failing, playing again.
//!
//! Owns when a disclosure counts as delivered, how often it is tried by itself, and that an announcement which belongs
//! into a running recording gets there. Must never let a yes count for a prompt that was not heard.

use super::consenting::Said;
use super::{Action, Asking, Disclosure, OLDEST_END_MS, PROMPT_BEGINS_WITHIN_MS, Session, age};
use crate::audio::{Now, ms_of_samples, samples_of_ms};
use crate::disclosure::{DELIVERED_FROM, Delivery, DeliveryMeter, DisclosureKind};
use crate::jurisdiction::Mode;
use crate::ledger::{DisclosurePlayed, EntryBody};
use crate::redact::clearance::Clearance;
use crate::seal::sha256_hex;

/// How often one disclosure is tried by itself before the agent has to: more would only annoy who hears its beginning.
pub const DELIVERY_TRIES: u32 = 3;

/// Pause before the next try, milliseconds: a network that stumbled or a context that was suspended may be back.
pub const NEXT_TRY_AFTER_MS: f64 = 1_000.0;

/// Audio that is later than this is none that a prompt could be measured in, milliseconds: a try would be in vain, and
/// the customer would hear it.
const CAPTURE_STALLS_FROM_MS: u64 = 500;

impl Session {
    /// Asks everybody in the call, for the first time or again.
    pub(super) fn play(&mut self, now: Now, actions: &mut Vec<Action>) {
        self.asked_times = self.asked_times.saturating_add(1);
        self.failed_tries = 0;
        self.choose_disclosure();
        let open: Vec<u32> = self.register.open().map(|party| party.index).collect();
        for party in open {
            self.consent_event("asked", party, Said::default(), 0.0, now, actions);
        }
        self.try_to_tell(now, actions);
    }

    /// One try to deliver the disclosure.
    fn try_to_tell(&mut self, now: Now, actions: &mut Vec<Action>) {
        self.asking = Asking::Over;
        self.retry_at_ms = None;
        self.heard_up_to = u32::try_from(self.register.parties().len()).unwrap_or(u32::MAX);
        self.meter = None;
        self.prompt_frame = None;
        self.choose_disclosure();
        if self.terms.mode == Mode::RecordDisclosure && self.recording.is_none() {
            self.pre_consent.start();
        } else {
            // What was held for an answer to the question before this one.
            self.pre_consent.wipe();
        }
        if self.disclosure_config().delivery == Delivery::AgentRead {
            self.disclosure = Disclosure::Reading { from_sample: self.sample_at(now, 0.0) };
            return;
        }
        self.disclosure = Disclosure::Asked { deadline_ms: now.monotonic_ms + PROMPT_BEGINS_WITHIN_MS };
        actions.push(Action::PlayDisclosure);
    }

    /// A question of its own, with all its tries.
    pub(super) fn ask_anew(&mut self, now: Now, actions: &mut Vec<Action>) {
        self.asked_times = 0;
        self.play(now, actions);
    }

    pub(super) fn replay(&mut self, now: Now, actions: &mut Vec<Action>) {
        if self.may_replay() {
            self.problem = None;
            self.ask_anew(now, actions);
        }
    }

    pub(super) fn may_replay(&self) -> bool {
        matches!(self.disclosure, Disclosure::Failed | Disclosure::Delivered)
            && self.somebody_is_to_be_told()
            && self.may_ask()
    }

    fn somebody_is_to_be_told(&self) -> bool {
        self.register.open().next().is_some() || self.repeat_is_owed()
    }

    /// Whether the announcement belongs into the running recording and is not in it yet.
    fn repeat_is_owed(&self) -> bool {
        let running = self.recording.as_ref().is_some_and(|recording| !recording.stopping());
        running && self.terms.announcement_in_recording() && !self.announced
    }

    /// The announcement may have to be repeated from now on, with all its tries.
    pub(super) fn fresh_tries(&mut self) {
        self.failed_tries = 0;
        self.retry_at_ms = None;
    }

    /// Tries again what failed, and repeats what is owed to the recording, as soon as it would be kept.
    pub(super) fn advance_telling(&mut self, now: Now, actions: &mut Vec<Action>) {
        if self.disclosure.is_running() || !self.may_ask() || !self.somebody_is_to_be_told() {
            return;
        }
        match self.retry_at_ms {
            Some(at_ms) if now.monotonic_ms < at_ms => {}
            Some(_) if self.capture_stalls(now) => self.give_up_telling(now),
            Some(_) => self.try_to_tell(now, actions),
            None if self.repeat_is_owed() && !self.paused && self.failed_tries == 0 => {
                self.try_to_tell(now, actions);
            }
            None => {}
        }
    }

    fn capture_stalls(&self, now: Now) -> bool {
        self.clock.as_ref().is_none_or(|clock| {
            let late = clock.sample_at(now.monotonic_ms).saturating_sub(clock.head());
            late > samples_of_ms(CAPTURE_STALLS_FROM_MS)
        })
    }

    /// A try has failed; the next comes by itself while there is one left.
    fn try_failed(&mut self, now: Now) {
        self.failed_tries = self.failed_tries.saturating_add(1);
        if self.failed_tries < DELIVERY_TRIES {
            self.retry_at_ms = Some(now.monotonic_ms + NEXT_TRY_AFTER_MS);
        } else {
            self.give_up_telling(now);
        }
    }

    fn give_up_telling(&mut self, now: Now) {
        self.failed_tries = DELIVERY_TRIES;
        self.retry_at_ms = None;
        let asks = self.register.open().next().is_some();
        self.trouble(if asks { "disclosure/failed" } else { "disclosure/repeat-failed" }, now);
    }

    /// The agent has read the words out.
    pub(super) fn disclosure_read(
        &mut self,
        trusted: bool,
        age_ms: f64,
        now: Now,
        clearance: &Clearance,
        actions: &mut Vec<Action>,
    ) {
        let Disclosure::Reading { from_sample } = self.disclosure else { return };
        if !trusted || self.hung_up || self.failed || self.register.locked() {
            return;
        }
        let end_sample = self.sample_at(now, age(age_ms, OLDEST_END_MS)).max(from_sample);
        let delivered = Delivered { start_sample: from_sample, end_sample, fraction: None };
        self.delivered(delivered, now, clearance, actions);
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

    pub(super) fn disclosure_failed(&mut self, now: Now, actions: &mut Vec<Action>) {
        if !self.disclosure.is_running() {
            return;
        }
        self.disclosure = Disclosure::Failed;
        self.meter = None;
        self.pre_consent.wipe();
        self.register.not_disclosed();
        // Once the question is answered, a prompt that was cut short by the answer is no trouble.
        if self.somebody_is_to_be_told() && !self.register.locked() {
            self.try_failed(now);
        }
        actions.push(Action::StopDisclosure);
    }

    pub(super) fn advance_disclosure(&mut self, now: Now, clearance: &Clearance, actions: &mut Vec<Action>) {
        match self.disclosure {
            Disclosure::Asked { deadline_ms } | Disclosure::Playing { deadline_ms }
                if now.monotonic_ms >= deadline_ms =>
            {
                self.disclosure_failed(now, actions);
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
            self.disclosure_failed(now, actions);
            return;
        };
        if fraction_delivered >= DELIVERED_FROM {
            let delivered = Delivered { start_sample, end_sample, fraction: Some(fraction_delivered) };
            self.delivered(delivered, now, clearance, actions);
            return;
        }
        // A replay that failed does not take the place of the disclosure that was heard.
        if self.proof.is_none() {
            let heard = Delivered { start_sample, end_sample, fraction: Some(fraction_delivered) };
            self.unheard = Some(self.proof_of(heard));
        }
        self.disclosure_failed(now, actions);
    }

    fn delivered(
        &mut self,
        delivered: Delivered,
        now: Now,
        clearance: &Clearance,
        actions: &mut Vec<Action>,
    ) {
        self.disclosure = Disclosure::Delivered;
        self.agreed_sample = self.agreed_sample.max(delivered.end_sample);
        self.count_announcement(delivered, now);
        let proof = self.proof_of(delivered);
        self.note(EntryBody::DisclosurePlayed(proof.clone()), now);
        self.remember_told(&proof);
        self.unheard = None;
        // The recording begins with what was heard before it; what is told later, to others, is in the ledger.
        if self.recording.is_none() || self.proof.is_none() {
            self.proof = Some(proof);
        }
        if self.is_notice() && !self.terms.told_is_enough() && self.register.open().next().is_some() {
            // The law has turned out to want a yes while the notice was running: that was no question.
            self.register.never_asked();
            self.ask_anew(now, actions);
            return;
        }
        self.register.disclosed(self.heard_up_to);
        self.hold_the_answer();
        let consent = &self.config.config.consent;
        self.asking = if self.register.asked().next().is_none() {
            Asking::Over
        } else if self.terms.stay_counts && self.is_notice() {
            Asking::Stay { until_ms: now.monotonic_ms + f64::from(consent.stay_ms) }
        } else {
            Asking::Answer { until_ms: now.monotonic_ms + f64::from(consent.answer_within_ms) }
        };
        // A yes that came while the announcement was running counts from the announcement's end.
        self.settle_basis(delivered.end_sample, now, clearance, actions);
        let missed = self.register.open().any(|party| party.index >= self.heard_up_to);
        if missed && !self.hung_up && !self.failed && !self.register.locked() {
            self.ask_anew(now, actions);
        }
    }

    pub(super) fn is_notice(&self) -> bool {
        self.disclosure_config().kind == DisclosureKind::Notice
    }

    /// What was heard is in the recording if nothing of it is cut out.
    fn count_announcement(&mut self, delivered: Delivered, now: Now) {
        let kept = self.recording.as_ref().is_some_and(|recording| {
            let cut = recording.spans().iter().any(|span| {
                span.from_sample < delivered.end_sample && delivered.start_sample < span.to_sample
            });
            !cut && !recording.stopping() && delivered.start_sample >= recording.origin_sample()
        });
        if kept && !self.redactor.touches(delivered.start_sample, delivered.end_sample) {
            self.announced = true;
        }
        if self.repeat_is_owed() && !self.paused {
            self.try_failed(now);
        } else {
            self.fresh_tries();
        }
    }

    fn proof_of(&self, delivered: Delivered) -> DisclosurePlayed {
        let prompt = self.disclosure_config();
        DisclosurePlayed {
            prompt_id: prompt.prompt_id.clone(),
            version: prompt.version,
            language: prompt.language.clone(),
            sha256: self.prompt_sha256(),
            delivery: prompt.delivery,
            start_sample: delivered.start_sample,
            end_sample: delivered.end_sample,
            fraction_delivered: delivered.fraction,
        }
    }

    /// What says which words were asked: the hash of the sound, or of the text where the agent reads it.
    pub(super) fn prompt_sha256(&self) -> String {
        let prompt = self.disclosure_config();
        match prompt.delivery {
            Delivery::Audio => prompt.sha256.clone(),
            Delivery::AgentRead => sha256_hex(prompt.text.as_bytes()),
        }
    }
}

/// Where a disclosure was on the timeline, and how much of it was there.
#[derive(Debug, Clone, Copy)]
struct Delivered {
    start_sample: u64,
    end_sample: u64,
    fraction: Option<f64>,
}
