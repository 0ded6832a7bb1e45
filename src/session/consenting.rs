//! Answers, and what follows from them: beginning, pausing, going on, stopping.
//!
//! Owns the only place where a recording of what everybody says is begun ([`Session::settle_basis`]). Must never begin one
//! unless the register of parties permits it under the call's terms.

use super::beginning::Beginning;
use super::changing::PAUSED_CONTEXT;
use super::recording::{Kept, Recording, Start};
use super::{
    Action, Asking, Disclosure, LAST_CLEARANCE_WITHIN_MS, OLDEST_END_MS, OLDEST_EVENT_MS, Session, age,
};
use crate::audio::{Now, SAMPLE_RATE_HZ, ms_of_samples};
use crate::consent::assertion;
use crate::consent::party::Change;
use crate::consent::register::{AGENT, From, Outcome as Answered};
use crate::consent::{Answer, ConsentEvent, Method};
use crate::jurisdiction::Mode;
use crate::ledger::Outcome;
use crate::ledger::{CallOpened, ConsentAnswered, ConsentTimedOut, ConsentWithdrawn, EntryBody, Party};
use crate::redact::clearance::Clearance;
use crate::{Error, ErrorKind};

/// Name and version of the writer.
pub(crate) const SOFTWARE: &str = concat!("callseal ", env!("CARGO_PKG_VERSION"));

/// An answer as it was captured.
#[derive(Debug, Clone, PartialEq)]
pub struct GivenAnswer {
    /// Whose.
    pub from: From,
    /// What.
    pub answer: Answer,
    /// How.
    pub method: Method,
    /// What was said, by name.
    pub words: Option<String>,
    /// Whether a source that may permit vouches for it.
    pub trusted: bool,
    /// Hash of the host's signed statement, if it came so.
    pub assertion_sha256: Option<String>,
    /// How long ago, milliseconds.
    pub age_ms: f64,
}

impl Session {
    pub(super) fn answer(
        &mut self,
        given: GivenAnswer,
        now: Now,
        clearance: &Clearance,
        actions: &mut Vec<Action>,
    ) {
        if self.clock.is_none() || self.hung_up || self.failed {
            return;
        }
        if given.answer == Answer::Yes && self.disclosure == Disclosure::Failed {
            return; // a yes to a question nobody heard
        }
        // A yes that claims to be older could uncover audio.
        let oldest_ms = if given.answer == Answer::Yes { OLDEST_END_MS } else { OLDEST_EVENT_MS };
        let age_ms = age(given.age_ms, oldest_ms);
        if self.ends_agent_side(&given, age_ms, now, actions) {
            return;
        }
        let mut refused = false;
        match self.register.answer(given.from, given.answer, given.trusted) {
            Answered::Changed(changes) => {
                refused = changes.iter().any(|(_, change)| *change == Change::Refused);
                for (party, change) in changes {
                    self.changed(party, change, &given, age_ms, now, actions);
                }
            }
            Answered::Ambiguous => actions.push(Action::Problem(Error::new(
                ErrorKind::AnswerAmbiguous,
                "Several parties are being asked; the answer has to say whose it is.",
            ))),
            Answered::UnknownParty => actions.push(Action::Problem(Error::new(
                ErrorKind::PartyUnknown,
                "The answer is of somebody who is not in this call.",
            ))),
        }
        let sample = self.sample_at(now, age_ms);
        self.settle_basis(sample, now, clearance, actions);
        if refused {
            self.keep_agent_side(sample, now, clearance, actions);
        }
    }

    /// The host's back end states what a party answered elsewhere. A yes needs no disclosure of ours: whoever asked
    /// vouches for it. It may come before the call is answered.
    pub(super) fn asserted(
        &mut self,
        statement: &str,
        now: Now,
        clearance: &Clearance,
        actions: &mut Vec<Action>,
    ) {
        if self.hung_up || self.failed {
            return;
        }
        let assertion = match assertion::read(statement, &self.config.host_keys, &self.call_id, now.unix_ms) {
            Ok(assertion) => assertion,
            Err(error) => {
                actions.push(Action::Problem(error));
                return;
            }
        };
        let given = GivenAnswer {
            from: From::Party(assertion.party),
            answer: assertion.answer,
            method: Method::HostAssertion,
            words: None,
            trusted: true,
            assertion_sha256: Some(assertion.sha256),
            age_ms: 0.0,
        };
        if self.ends_agent_side(&given, 0.0, now, actions) {
            return;
        }
        let mut refused = false;
        let outcome = if assertion.answer == Answer::Yes {
            self.register.agreed_elsewhere(assertion.party)
        } else {
            self.register.answer(given.from, given.answer, true)
        };
        match outcome {
            Answered::Changed(changes) => {
                refused = changes.iter().any(|(_, change)| *change == Change::Refused);
                for (party, change) in changes {
                    self.changed(party, change, &given, 0.0, now, actions);
                }
            }
            Answered::Ambiguous | Answered::UnknownParty => actions.push(Action::Problem(Error::new(
                ErrorKind::PartyUnknown,
                "The host's statement is about somebody who is not in this call.",
            ))),
        }
        if self.register.permits() && self.disclosure.is_running() && self.recording.is_none() {
            actions.push(Action::StopDisclosure);
            self.disclosure = Disclosure::NotPlayed;
            self.meter = None;
        }
        let sample = self.sample_at(now, 0.0);
        self.settle_basis(sample, now, clearance, actions);
        if refused {
            self.keep_agent_side(sample, now, clearance, actions);
        }
    }

    pub(super) fn changed(
        &mut self,
        party: u32,
        change: Change,
        given: &GivenAnswer,
        age_ms: f64,
        now: Now,
        actions: &mut Vec<Action>,
    ) {
        let answer = match change {
            Change::Nothing => return,
            Change::Untrusted => {
                actions.push(Action::Problem(Error::new(
                    ErrorKind::MessageInvalid,
                    "A yes without a real click or key press was refused.",
                )));
                return;
            }
            Change::Pending | Change::Given => Answer::Yes,
            Change::Refused => Answer::No,
            Change::Withdrawn => Answer::Withdraw,
        };
        let kind = if change == Change::Withdrawn { "withdrawn" } else { "answered" };
        let said = Said { answer: Some(answer), method: Some(given.method), words: given.words.clone() };
        self.consent_event(kind, party, said, age_ms, now, actions);
        let sample = self.sample_at(now, age_ms);
        if matches!(change, Change::Pending | Change::Given) {
            self.agreed_sample = self.agreed_sample.max(sample);
            self.answer_from =
                if change == Change::Given { self.answer_begins(given.method, sample) } else { None };
        }
        let actor = if matches!(given.method, Method::Keypad) { party } else { AGENT };
        let entry = if change == Change::Withdrawn {
            EntryBody::ConsentWithdrawn(ConsentWithdrawn {
                party,
                method: given.method.as_str().to_owned(),
                actor,
                sample,
                effect: self.withdrawal_effect(now).as_str().to_owned(),
            })
        } else {
            EntryBody::ConsentAnswered(ConsentAnswered {
                party,
                answer: answer.as_str().to_owned(),
                method: given.method.as_str().to_owned(),
                words: given.words.clone(),
                actor,
                sample,
                prompt_sha256: self.answered_prompt_sha256(Some(given.method)),
                assertion_sha256: given.assertion_sha256.clone(),
            })
        };
        self.note(entry, now);
        if matches!(change, Change::Refused | Change::Withdrawn) && self.register.locked() {
            self.lock(sample, now, actions);
        }
        if change == Change::Withdrawn {
            self.settle_withdrawal(now, actions);
        }
    }

    /// Somebody said no: nothing more is kept, whatever else is said.
    fn lock(&mut self, sample: u64, now: Now, actions: &mut Vec<Action>) {
        self.asking = Asking::Over;
        self.meter = None;
        self.pre_consent.wipe();
        if self.disclosure.is_running() {
            actions.push(Action::StopDisclosure);
        }
        let outcome = if self.agent_side.is_some() { Outcome::AgentSide } else { Outcome::Withdrawn };
        if let Some(recording) = &mut self.recording {
            recording.stop(sample, outcome, now.monotonic_ms + LAST_CLEARANCE_WITHIN_MS);
        }
        self.beep(false, actions);
    }

    /// Whether audio may be kept under the terms of this call.
    pub(super) fn permits(&self) -> bool {
        self.register.permits() || self.terms.mode == Mode::Mandatory && self.register.permits_as_mandatory()
    }

    /// Begins, goes on with, or leaves the recording as the register of parties now says. `sample` is where on the
    /// timeline that was decided.
    pub(super) fn settle_basis(
        &mut self,
        sample: u64,
        now: Now,
        clearance: &Clearance,
        actions: &mut Vec<Action>,
    ) {
        if !self.permits() || self.hung_up || self.failed || self.clock.is_none() {
            return;
        }
        self.asking = Asking::Over;
        // Nothing is kept of the time before the last of all has agreed, whoever's answer came last.
        let sample = sample.max(self.agreed_sample);
        if self.recording.is_none() {
            self.begin(sample, now, clearance, actions);
        } else if core::mem::take(&mut self.paused) {
            self.fresh_tries();
            let sample = sample.saturating_add(self.clock.as_ref().map_or(0, |clock| clock.ahead(now)));
            self.redactor.end(PAUSED_CONTEXT, sample);
        }
    }

    /// The lawful basis is there.
    fn begin(&mut self, sample: u64, now: Now, clearance: &Clearance, actions: &mut Vec<Action>) {
        let Beginning { origin, kept_back, announced } = self.beginning(sample);
        let in_use_from = if announced { sample.max(origin) } else { origin };
        if !self.start_recording(origin, in_use_from, Kept::Call, now, clearance, actions) {
            return;
        }
        for (start, mut placed) in kept_back {
            self.admit(start, &placed, now, clearance, actions);
            placed.wipe();
        }
        self.beep(self.terms.beep, actions);
        self.announced = announced;
        self.fresh_tries();
        // An announcement that began before the recording is not whole in it: it is repeated from its first word.
        if self.disclosure.is_running() && self.terms.announcement_in_recording() && !self.announced {
            actions.push(Action::StopDisclosure);
            self.disclosure = Disclosure::NotPlayed;
            self.meter = None;
        }
    }

    /// Makes the recording. Fields in use are cut out of it from `in_use_from` on. Returns whether there is one.
    pub(super) fn start_recording(
        &mut self,
        origin: u64,
        in_use_from: u64,
        kept: Kept,
        now: Now,
        clearance: &Clearance,
        actions: &mut Vec<Action>,
    ) -> bool {
        self.meter = None;
        if self.has_no_room(now, actions) {
            return false;
        }
        self.redactor.begin_at(origin);
        for (context_id, cause) in clearance.in_use() {
            self.redactor.begin(context_id, cause, in_use_from, now.unix_ms);
        }
        let continues = self.continuation.take();
        let entries = if continues.is_none() { self.first_entries(origin, now) } else { self.journal.take() };
        let start = Start {
            call_id: &self.call_id,
            config: &self.config,
            origin_sample: origin,
            serial: self.serial,
            entries,
            signer: self.signer.take().map(|signer| *signer),
            kept,
            continues,
        };
        match Recording::start(start, &mut self.redactor, now) {
            Ok((recording, operations)) => {
                self.recording = Some(recording);
                actions.push(Action::StartEncoder);
                actions.extend(operations.into_iter().map(Action::Spool));
                true
            }
            Err(error) => {
                self.failed = true;
                self.problem = Some(error.code().to_owned());
                actions.push(Action::Problem(error));
                false
            }
        }
    }

    /// What the ledger begins with: the call, what happened in it so far, and that the agent agrees. No entry is dated
    /// before the one in front of it.
    pub(super) fn first_entries(&mut self, origin: u64, now: Now) -> Vec<(u64, EntryBody)> {
        let before = self.journal.take();
        let opened_at_ms = before.first().map_or(now.unix_ms, |(at_ms, _)| (*at_ms).min(now.unix_ms));
        let mut entries = vec![(opened_at_ms, self.opening_entry())];
        entries.extend(before);
        entries.push((now.unix_ms, self.standing_entry(origin)));
        entries
    }

    fn opening_entry(&self) -> EntryBody {
        let party = |party: &crate::consent::register::Party| Party {
            index: party.index,
            role: party.role.as_str().to_owned(),
        };
        let mode = self.terms.mode;
        EntryBody::CallOpened(CallOpened {
            call_id: self.call_id,
            software: SOFTWARE.to_owned(),
            mode: mode.as_str().to_owned(),
            policy_sha256: self.config.policy_sha256.clone(),
            sample_rate_hz: SAMPLE_RATE_HZ,
            parties: self.register.parties().iter().map(party).collect(),
            answered_at_ms: self.answered_unix_ms,
            signer: None, // stated by the ledger itself
        })
    }

    /// The agent agrees by working with the recorder.
    fn standing_entry(&self, origin: u64) -> EntryBody {
        EntryBody::ConsentAnswered(ConsentAnswered {
            party: AGENT,
            answer: Answer::Yes.as_str().to_owned(),
            method: Method::Standing.as_str().to_owned(),
            words: None,
            actor: AGENT,
            sample: origin,
            prompt_sha256: self.proof.as_ref().map(|proof| proof.sha256.clone()).unwrap_or_default(),
            assertion_sha256: None,
        })
    }

    /// What says which words an answer was to: none where none were played, or where it was asked elsewhere.
    fn answered_prompt_sha256(&self, method: Option<Method>) -> String {
        if method == Some(Method::HostAssertion) || self.disclosure == Disclosure::NotPlayed {
            return String::new();
        }
        self.prompt_sha256()
    }

    pub(super) fn may_ask(&self) -> bool {
        self.clock.is_some() && !self.register.locked() && !self.failed && !self.hung_up
    }

    /// Time has passed since the question.
    pub(super) fn advance_asking(&mut self, now: Now, clearance: &Clearance, actions: &mut Vec<Action>) {
        match self.asking {
            Asking::Stay { until_ms } if now.monotonic_ms >= until_ms => {
                self.asking = Asking::Over;
                let sample = self.sample_at(now, 0.0);
                for party in self.register.stayed() {
                    let given = GivenAnswer {
                        from: From::Party(party),
                        answer: Answer::Yes,
                        method: Method::NoticeAndStay,
                        words: None,
                        trusted: true,
                        assertion_sha256: None,
                        age_ms: 0.0,
                    };
                    self.changed(party, Change::Given, &given, 0.0, now, actions);
                }
                self.settle_basis(sample, now, clearance, actions);
            }
            Asking::Answer { until_ms } if now.monotonic_ms >= until_ms => {
                if self.asked_times < self.config.config.consent.asks {
                    self.play(now, actions);
                } else {
                    self.give_up_asking(now, actions);
                }
            }
            _ => {}
        }
    }

    fn give_up_asking(&mut self, now: Now, actions: &mut Vec<Action>) {
        self.asking = Asking::Over;
        self.pre_consent.wipe();
        for party in self.register.fell_silent() {
            self.consent_event("timed_out", party, Said::default(), 0.0, now, actions);
            let sample = self.sample_at(now, 0.0);
            let times = self.asked_times;
            self.note(EntryBody::ConsentTimedOut(ConsentTimedOut { party, times, sample }), now);
        }
    }

    pub(super) fn beep(&mut self, on: bool, actions: &mut Vec<Action>) {
        if self.beeping != on {
            self.beeping = on;
            actions.push(Action::Beep { on });
        }
    }

    pub(super) fn note(&mut self, entry: EntryBody, now: Now) {
        self.journal.note(self.recording.as_mut(), entry, now);
    }

    /// The timeline sample of something that happened so long ago.
    pub(super) fn sample_at(&self, now: Now, age_ms: f64) -> u64 {
        self.clock.as_ref().map_or(0, |clock| clock.sample_at(now.monotonic_ms - age_ms))
    }

    pub(super) fn consent_event(
        &mut self,
        kind: &'static str,
        party: u32,
        said: Said,
        age_ms: f64,
        now: Now,
        actions: &mut Vec<Action>,
    ) {
        let at_ms = ms_of_samples(self.sample_at(now, age_ms));
        let event = ConsentEvent {
            kind,
            party,
            answer: said.answer,
            method: said.method,
            words: said.words,
            actor: if said.method == Some(Method::Keypad) { party } else { AGENT },
            at_ms,
            at_unix_ms: if self.clock.is_some() {
                self.answered_unix_ms.saturating_add(at_ms)
            } else {
                now.unix_ms
            },
            prompt_sha256: if kind == "asked" {
                self.prompt_sha256()
            } else {
                self.answered_prompt_sha256(said.method)
            },
        };
        // A no and a withdrawal are final: there is at most one of each party.
        let room = match event.answer {
            Some(Answer::No | Answer::Withdraw) => usize::MAX,
            Some(Answer::Yes) => MOST_EVENTS.saturating_add(ROOM_FOR_ANSWERS),
            None => MOST_EVENTS,
        };
        if self.consent_events.len() < room {
            self.consent_events.push(event.clone());
        }
        actions.push(Action::Consent(event));
    }
}

/// Consent events the report holds at most: a page that makes thousands must not make the engine hoard memory.
const MOST_EVENTS: usize = 1_024;

/// Room beyond that for answers, which nothing else may crowd out.
const ROOM_FOR_ANSWERS: usize = 256;

/// What was said, for an event.
#[derive(Debug, Clone, Default)]
pub(super) struct Said {
    pub(super) answer: Option<Answer>,
    pub(super) method: Option<Method>,
    pub(super) words: Option<String>,
}
