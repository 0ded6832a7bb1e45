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
use crate::ledger::{AgentSideBegan, EntryBody, Outcome};
use crate::redact::clearance::Clearance;
use crate::session::consenting::GivenAnswer;
use crate::session::recording::Kept;

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
        if self.clock.is_none() || self.hung_up || self.failed || self.register.crowded() {
            return;
        }
        let origin = self.origin_without_past(sample);
        self.note(EntryBody::AgentSideBegan(AgentSideBegan { sample: origin }), now);
        if self.start_recording(origin, origin, Kept::AgentSide, now, clearance, actions) {
            self.agent_side = true;
            self.beep(self.terms.beep, actions);
        }
    }

    /// Whether the agent's side is being recorded now.
    pub(super) fn agent_side_runs(&self) -> bool {
        self.agent_side && !self.failed && self.recording.as_ref().is_some_and(|one| !one.stopping())
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

    /// Whether the decision is about somebody who is only joining: the places of those who were there are as they were.
    fn somebody_is_coming(&self) -> bool {
        let findings = self.decision.iter().flat_map(|decision| &decision.findings);
        findings.filter_map(|finding| finding.party).any(|party| self.register.party(party).is_none())
    }

    /// The terms have changed: where one party's consent turns out not to be enough, what was kept never was lawful and
    /// is destroyed.
    pub(super) fn judge_agent_side(&mut self, now: Now, actions: &mut Vec<Action>) {
        if self.terms.agent_side || !self.agent_side_runs() {
            return;
        }
        self.stop_agent_side(self.sample_at(now, 0.0), now, actions);
        if !self.somebody_is_coming() {
            self.demand_shredding("law_changed", Some(0), now, actions);
        }
    }
}
