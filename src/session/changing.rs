//! What changes in a running call: who is in it, and which law counts; and the pause that follows.
//!
//! Owns that audio which not everybody has agreed to, under the terms of now, is cut out. Must never let terms become
//! milder in a running recording.

use super::consenting::Said;
use super::{Action, Asking, Disclosure, Joined, OLDEST_END_MS, OLDEST_EVENT_MS, Session, age};
use crate::ErrorKind;
use crate::audio::{Now, samples_of_ms};
use crate::consent::terms::Terms;
use crate::jurisdiction::{Decision, Mode};
use crate::ledger::{EntryBody, PartyMoved};
use crate::redact::clearance::{Cause, Clearance};

/// Who joins may have been heard before the page noticed: milliseconds that are cut out before the joining.
const JOIN_LOOK_BACK_MS: u64 = 1_000;

/// Context of the redactor for the pause while somebody has not agreed.
pub(super) const PAUSED_CONTEXT: &str = "callseal:paused";

impl Session {
    /// Whether [`Session::party_joined`] would take somebody in under this name.
    pub(crate) fn takes_in(&self, key: &str) -> bool {
        let known = self.joined.iter().any(|joined| joined.key == key);
        !self.hung_up && !known && self.register.has_room()
    }

    /// Somebody joins: what is said from now on is cut out until they have been told and have agreed.
    pub(super) fn party_joined(&mut self, key: &str, age_ms: f64, now: Now, actions: &mut Vec<Action>) {
        if self.hung_up || self.joined.iter().any(|joined| joined.key == key) {
            return;
        }
        let age_ms = age(age_ms, OLDEST_EVENT_MS);
        let sample = self.sample_at(now, age_ms);
        if self.terms.mode != Mode::RecordDisclosure {
            // The newcomer may be heard in what was held for the answer.
            self.pre_consent.wipe();
        }
        let joined = self.register.join();
        self.joined.extend(joined.map(|party| Joined { key: key.to_owned(), party }));
        // Who joins is told nothing in a call that somebody has declined: their voice is not kept either.
        self.stop_agent_side(sample, now, actions);
        self.pause("party_joined", sample.saturating_sub(samples_of_ms(JOIN_LOOK_BACK_MS)), now);
        let Some(party) = joined else {
            self.trouble(ErrorKind::LimitExceeded.code(), now);
            return;
        };
        self.consent_event("joined", party, Said::default(), age_ms, now, actions);
        self.note(EntryBody::PartyJoined(PartyMoved { party, sample }), now);
        // A prompt that is running is played to its end first; the newcomer has missed its beginning.
        if self.may_ask() && !self.disclosure.is_running() {
            self.ask_anew(now, actions);
        }
    }

    /// Somebody has left.
    pub(super) fn party_left(
        &mut self,
        key: &str,
        age_ms: f64,
        now: Now,
        clearance: &Clearance,
        actions: &mut Vec<Action>,
    ) {
        let Some(position) = self.joined.iter().position(|joined| joined.key == key) else { return };
        let Joined { party, .. } = self.joined.swap_remove(position);
        if !self.register.leave(party) {
            return;
        }
        if self.register.party(party).is_some_and(|party| !party.consent.permits()) {
            // They are heard in it: the announcement is repeated instead.
            self.pre_consent.wipe();
        }
        // Claiming more could uncover what they said.
        let age_ms = age(age_ms, OLDEST_END_MS);
        let sample = self.sample_at(now, age_ms);
        self.consent_event("left", party, Said::default(), age_ms, now, actions);
        self.note(EntryBody::PartyLeft(PartyMoved { party, sample }), now);
        // What is still on its way was said before they left.
        let grace = samples_of_ms(self.config.rules.grace_ms.into());
        self.settle_basis(sample.saturating_add(grace), now, clearance, actions);
    }

    /// The places have become known, or others have. A running recording's terms only become stricter.
    pub(super) fn decided(&mut self, decision: Decision, now: Now, actions: &mut Vec<Action>) {
        if self.decision.as_deref() == Some(&decision) {
            return;
        }
        let terms = Terms::from(&decision);
        if let Ok(entry) = serde_json::to_value(&decision) {
            self.note(EntryBody::DecisionMade(entry), now);
        }
        self.decision = Some(Box::new(decision));
        let (before, permitted) = (self.terms, self.permits());
        self.terms = if self.recording.is_some() { before.and(terms) } else { terms };
        if self.terms.mode != Mode::RecordDisclosure {
            self.pre_consent.wipe();
        }
        self.judge_agent_side(now, actions);
        self.serve_the_recording(before, actions);
        self.ask_as_the_law_wants(before, permitted, now, actions);
    }

    /// What the terms demand of a recording that runs already.
    fn serve_the_recording(&mut self, before: Terms, actions: &mut Vec<Action>) {
        let running = self.recording.as_ref().is_some_and(|recording| !recording.stopping());
        if !running || self.failed {
            return;
        }
        if self.terms.beep {
            self.beep(true, actions);
        }
        if self.terms.announcement_in_recording() && !before.announcement_in_recording() {
            self.fresh_tries();
        }
    }

    /// Whoever's consent does not count under the terms of now is asked, and not recorded meanwhile.
    fn ask_as_the_law_wants(&mut self, before: Terms, permitted: bool, now: Now, actions: &mut Vec<Action>) {
        let telling_was_enough = before.told_is_enough() && !self.terms.told_is_enough();
        if telling_was_enough && matches!(self.asking, Asking::Stay { .. }) {
            self.asking = Asking::Over;
        }
        // What was a notice until now has to be a question.
        if telling_was_enough && self.is_notice() {
            self.register.never_asked();
        }
        let staying_counted = before.stay_counts && !self.terms.stay_counts;
        let somebody_stayed = staying_counted && self.register.staying_is_no_answer();
        self.pause("law_changed", self.sample_at(now, 0.0), now);
        let lost = permitted && !self.permits();
        let told_only = telling_was_enough && self.disclosure == Disclosure::Delivered;
        let asks = somebody_stayed || lost || told_only;
        if asks && self.register.open().next().is_some() && self.may_ask() && !self.disclosure.is_running() {
            self.ask_anew(now, actions);
        }
    }

    /// Cuts out what is said from `sample` on, until everybody has agreed, if anybody has not.
    fn pause(&mut self, trigger: &str, sample: u64, now: Now) {
        let Some(recording) = &self.recording else { return };
        if self.agent_side.is_some() || self.permits() {
            return;
        }
        let held_from = recording.held_from();
        let cause = Cause { trigger: trigger.to_owned(), class: "not_agreed".to_owned() };
        if sample < held_from {
            self.found_late(&cause, sample, held_from, now);
        }
        self.paused = true;
        // Of a pause that is on already this can only move the beginning, to the front.
        self.redactor.begin(PAUSED_CONTEXT, &cause, sample.max(held_from), now.unix_ms);
    }
}
