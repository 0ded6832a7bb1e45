//! The agent's own side of a call whose customer has said no, where the policy wants it and the law lets one participant
//! decide.
//!
//! Owns when that may be kept: only where every place that counts is known and asks for one party's consent. What is kept
//! begins after the no. Must never let a sample of the customer through ([`crate::redact::other_side`]), nor go on once a
//! place turns out to ask for more, or anybody joins or says no again.

use super::{Action, LAST_CLEARANCE_WITHIN_MS, Session};
use crate::audio::Now;
use crate::consent::refusal::AfterRefusal;
use crate::consent::register::{CUSTOMER, From};
use crate::consent::{Answer, party::Change};
use crate::jurisdiction::Rule;
use crate::ledger::{AgentSideBegan, EntryBody, Outcome};
use crate::redact::clearance::Clearance;
use crate::session::consenting::GivenAnswer;
use crate::session::recording::{Kept, Recording};
use crate::{Error, ErrorKind};

impl Session {
    /// Somebody has said no and there is no recording: begins one of the agent's side, where that may be.
    pub(super) fn keep_agent_side(
        &mut self,
        sample: u64,
        now: Now,
        clearance: &Clearance,
        actions: &mut Vec<Action>,
    ) {
        let wanted = self.config.config.consent.after_refusal == AfterRefusal::AgentSide;
        if !wanted || !self.terms.agent_side || self.recording.is_some() {
            return;
        }
        if !self.register.locked() || self.register.withdrawn() {
            return; // a withdrawal is no refusal: whoever once agreed may have been recorded
        }
        if self.clock.is_none() || self.hung_up || self.failed || self.register.crowded() {
            return;
        }
        let origin = self.origin_without_past(sample);
        self.note(EntryBody::AgentSideBegan(AgentSideBegan { sample: origin }), now);
        if self.start_recording(origin, origin, Kept::AgentSide, now, clearance, actions) {
            self.agent_side = Some(u32::try_from(self.register.parties().len()).unwrap_or(u32::MAX));
            self.beep(self.terms.beep, actions);
        }
    }

    /// Whether the agent's side is being recorded now.
    pub(super) fn agent_side_runs(&self) -> bool {
        self.agent_side.is_some()
            && !self.failed
            && self.recording.as_ref().is_some_and(|one| !one.stopping())
    }

    /// Somebody says no again, in whatever words: that ends it. Returns whether the answer was this.
    pub(super) fn ends_agent_side(
        &mut self,
        given: &GivenAnswer,
        age_ms: f64,
        now: Now,
        actions: &mut Vec<Action>,
    ) -> bool {
        if given.answer == Answer::Yes || !self.agent_side_runs() {
            return false;
        }
        let party = match given.from {
            From::Party(party) if self.register.party(party).is_some() => party,
            From::Party(_) | From::WhoeverIsAsked => CUSTOMER,
        };
        self.changed(party, Change::Refused, given, age_ms, now, actions);
        true
    }

    /// Ends it at `sample`.
    pub(super) fn stop_agent_side(&mut self, sample: u64, now: Now, actions: &mut Vec<Action>) {
        if !self.agent_side_runs() {
            return;
        }
        if let Some(recording) = &mut self.recording {
            recording.stop(sample, Outcome::AgentSide, now.monotonic_ms + LAST_CLEARANCE_WITHIN_MS);
        }
        self.beep(false, actions);
    }

    /// Whether a place of somebody who was there when it began, or of the company, asks for more than one party's consent.
    /// Who joins later is not in it: their joining has ended it.
    fn one_party_is_not_enough(&self) -> bool {
        let Some(parties) = self.agent_side else { return false };
        let mut findings = self.decision.iter().flat_map(|decision| &decision.findings);
        findings.any(|finding| {
            finding.party.is_none_or(|party| party < parties) && finding.rule != Rule::OneParty
        })
    }

    /// Places have become known: where one party's consent turns out not to be enough, what was kept never was lawful and is
    /// destroyed, also if it has ended meanwhile.
    pub(super) fn judge_agent_side(&mut self, now: Now, actions: &mut Vec<Action>) {
        if !self.one_party_is_not_enough() || self.shredding.is_some() {
            return;
        }
        self.stop_agent_side(self.sample_at(now, 0.0), now, actions);
        if self.recording.as_ref().is_some_and(Recording::finished) {
            actions.push(Action::Problem(Error::new(
                ErrorKind::WrongState,
                "The law turned out to ask for more after the recording was over: destroy it in the store, with its own tools.",
            )));
            return;
        }
        self.demand_shredding("law_changed", Some(0), now, actions);
    }
}
