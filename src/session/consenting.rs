//! Answers, and what follows from them: beginning, pausing, going on, stopping.
//!
//! Owns the only place where a recording is made ([`Session::settle_basis`]). Must never make one unless the register
//! of parties permits it under the call's terms.

use super::recording::{Recording, Start};
use super::{
    Action, Asking, Disclosure, LAST_CLEARANCE_WITHIN_MS, OLDEST_END_MS, OLDEST_EVENT_MS, Session, age,
};
use crate::audio::{Now, SAMPLE_RATE_HZ, ms_of_samples, samples_of_ms};
use crate::consent::assertion;
use crate::consent::party::Change;
use crate::consent::register::{AGENT, From, Outcome as Answered};
use crate::consent::terms::Terms;
use crate::consent::{Answer, ConsentEvent, Method};
use crate::jurisdiction::{Decision, Mode};
use crate::ledger::Outcome;
use crate::ledger::{
    CallOpened, ConsentAnswered, ConsentTimedOut, ConsentWithdrawn, EntryBody, Party, PartyMoved,
};
use crate::redact::clearance::{Cause, Clearance};
use crate::{Error, ErrorKind};

/// Who joins may have been heard before the page noticed: milliseconds that are cut out before the joining.
const JOIN_LOOK_BACK_MS: u64 = 1_000;

/// Name and version of the writer.
pub(super) const SOFTWARE: &str = concat!("callseal ", env!("CARGO_PKG_VERSION"));

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
        match self.register.answer(given.from, given.answer, given.trusted) {
            Answered::Changed(changes) => {
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
        let outcome = if assertion.answer == Answer::Yes {
            self.register.agreed_elsewhere(assertion.party)
        } else {
            self.register.answer(given.from, given.answer, true)
        };
        match outcome {
            Answered::Changed(changes) => {
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
    }

    fn changed(
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
                prompt_sha256: if given.assertion_sha256.is_some() {
                    String::new()
                } else {
                    self.prompt_sha256()
                },
                assertion_sha256: given.assertion_sha256.clone(),
            })
        };
        self.note(entry, now);
        if self.register.locked() {
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
        if let Some(recording) = &mut self.recording {
            recording.stop(sample, Outcome::Withdrawn, now.monotonic_ms + LAST_CLEARANCE_WITHIN_MS);
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
        if self.recording.is_none() {
            self.begin(sample, now, clearance, actions);
        } else if core::mem::take(&mut self.paused) {
            let sample = sample.saturating_add(self.clock.as_ref().map_or(0, |clock| clock.ahead(now)));
            self.redactor.end(PAUSED_CONTEXT, sample);
        }
    }

    /// The lawful basis is there. In `record_disclosure` the recording begins with the announcement's first sample;
    /// else here, what came before is dropped, and audio that is still on its way from the audio realm and was captured
    /// before `sample` is not kept either.
    fn begin(&mut self, sample: u64, now: Now, clearance: &Clearance, actions: &mut Vec<Action>) {
        let Some(clock) = &mut self.clock else { return };
        let announced_from = self.proof.as_ref().map(|proof| proof.start_sample);
        let kept_back = if self.terms.mode == Mode::RecordDisclosure {
            self.pre_consent.release()
        } else {
            self.pre_consent.wipe();
            Vec::new()
        };
        let from_announcement = announced_from.filter(|_| !kept_back.is_empty());
        let origin = match from_announcement {
            Some(from) => kept_back.first().map_or(from, |(start, _)| from.max(*start)),
            None => {
                // Blocks that wait in the clock were captured before the yes.
                for mut placed in clock.settle() {
                    placed.wipe();
                }
                self.placed_end = clock.head();
                clock.head().max(sample)
            }
        };
        self.meter = None;
        self.redactor.begin_at(origin);
        for (context_id, cause) in clearance.in_use() {
            let from = if from_announcement.is_some() { sample.max(origin) } else { origin };
            self.redactor.begin(context_id, cause, from, now.unix_ms);
        }
        let entries = self.first_entries(origin, now);
        match Recording::start(Start {
            call_id: &self.call_id,
            config: &self.config,
            origin_sample: origin,
            serial: self.serial,
            entries,
            signer: self.signer.take().map(|signer| *signer),
        }) {
            Ok((recording, operations)) => {
                self.recording = Some(recording);
                actions.push(Action::StartEncoder);
                actions.extend(operations.into_iter().map(Action::Spool));
            }
            Err(error) => {
                self.failed = true;
                self.problem = Some(error.code().to_owned());
                actions.push(Action::Problem(error));
                return;
            }
        }
        for (start, mut placed) in kept_back {
            self.admit(start, &placed, now, clearance, actions);
            placed.wipe();
        }
        self.beep(self.terms.beep, actions);
        let announcement_missing = self.terms.mode == Mode::RecordDisclosure && from_announcement.is_none();
        if self.terms.repeat_announcement || announcement_missing {
            if self.disclosure.is_running() {
                actions.push(Action::StopDisclosure);
            }
            self.play(now, actions);
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
            prompt_sha256: self.prompt_sha256(),
            assertion_sha256: None,
        })
    }

    /// Somebody joins: what is said from now on is cut out until they have been told and have agreed.
    pub(super) fn party_joined(&mut self, key: &str, age_ms: f64, now: Now, actions: &mut Vec<Action>) {
        if self.hung_up || self.joined.iter().any(|(known, _)| known == key) {
            return;
        }
        let age_ms = age(age_ms, OLDEST_EVENT_MS);
        let sample = self.sample_at(now, age_ms);
        let joined = self.register.join();
        self.joined.extend(joined.map(|index| (key.to_owned(), index)));
        self.pause("party_joined", sample.saturating_sub(samples_of_ms(JOIN_LOOK_BACK_MS)), now);
        let Some(party) = joined else {
            self.problem = Some(ErrorKind::LimitExceeded.code().to_owned());
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
        let Some(position) = self.joined.iter().position(|(known, _)| known == key) else { return };
        let (_, party) = self.joined.swap_remove(position);
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
        let grace = samples_of_ms(self.config.config.grace_ms.into());
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
        let before = self.terms;
        self.terms = if self.recording.is_some() { before.and(terms) } else { terms };
        if self.terms.mode != Mode::RecordDisclosure {
            self.pre_consent.wipe();
        }
        let asking_again = before.stay_counts && !self.terms.stay_counts;
        if asking_again && matches!(self.asking, Asking::Stay { .. }) {
            self.asking = Asking::Over;
        }
        // What was a notice until now has to be a question.
        if asking_again && self.is_notice() {
            self.register.never_asked();
        }
        if asking_again && (self.register.staying_is_no_answer() || self.disclosure == Disclosure::Delivered)
        {
            self.pause("law_changed", self.sample_at(now, 0.0), now);
            if self.may_ask() && !self.disclosure.is_running() {
                self.ask_anew(now, actions);
            }
        }
    }

    /// Cuts out what is said from `sample` on, until everybody has agreed.
    fn pause(&mut self, trigger: &str, sample: u64, now: Now) {
        if self.recording.is_none() || self.paused || self.permits() {
            return;
        }
        self.paused = true;
        let cause = Cause { trigger: trigger.to_owned(), class: "not_agreed".to_owned() };
        let held_from = self.recording.as_ref().map_or(0, Recording::held_from);
        self.redactor.begin(PAUSED_CONTEXT, &cause, sample.max(held_from), now.unix_ms);
    }

    fn may_ask(&self) -> bool {
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
            prompt_sha256: self.prompt_sha256(),
        };
        if self.consent_events.len() < MOST_EVENTS {
            self.consent_events.push(event.clone());
        }
        actions.push(Action::Consent(event));
    }
}

/// Context of the redactor for the pause while somebody has not agreed.
const PAUSED_CONTEXT: &str = "callseal:paused";

/// Consent events the report holds at most: a page that makes thousands must not make the engine hoard memory.
const MOST_EVENTS: usize = 1_024;

/// What was said, for an event.
#[derive(Debug, Clone, Default)]
pub(super) struct Said {
    pub(super) answer: Option<Answer>,
    pub(super) method: Option<Method>,
    pub(super) words: Option<String>,
}
