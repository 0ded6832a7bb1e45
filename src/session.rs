//! The state machine of one call: disclose → ask → record → redact → close.
//!
//! Owns the order of things. It takes inputs and a clock and returns actions; it never waits, reads or writes. The
//! only way from captured audio to [`Action::Encode`] leads through a trusted yes to a delivered disclosure
//! ([`crate::consent`]), the hold-back ring and the redactor.

mod agent_side;
mod beginning;
mod capturing;
mod changing;
pub mod consenting;
pub mod continuing;
pub mod disclosing;
mod events;
pub mod export;
mod exposing;
mod journal;
mod keypad;
mod masking;
pub mod pausing;
mod pre_consent;
pub mod recorder;
pub mod recording;
pub mod report;
pub mod resuming;
mod room;
pub mod snapshot;
mod view;
mod warning;
mod withdrawing;

use std::collections::BTreeMap;
use std::rc::Rc;

pub use events::{Action, Input};

use crate::audio::clock::CallClock;
use crate::audio::{Now, samples_of_ms};
use crate::config::{DisclosureConfig, ValidConfig};
use crate::consent::ConsentEvent;
use crate::consent::register::Register;
use crate::consent::terms::{AnsweredBy, Terms};
use crate::disclosure::{DeliveryMeter, DisclosureKind};
use crate::evidence::DisclosureEvidence;
use crate::jurisdiction::Decision;
use crate::ledger::Outcome;
use crate::ledger::{DisclosurePlayed, ExposureFound, LedgerSigner};
use crate::names::CallId;
use crate::redact::clearance::{Cause, Clearance};
use crate::redact::keys::KeyMask;
use crate::redact::rules::cause_of_page;
use crate::redact::span::Redactor;
use crate::store::spool::SpoolOperation;
use crate::{Error, ErrorKind};
use continuing::Continuation;
use export::Personal;
use journal::Journal;
use keypad::Keypad;
use pausing::Aged;
use pausing::Pausing;
use pre_consent::PreConsent;
use recording::Recording;
use warning::Warning;
use withdrawing::Shredding;

/// The prompt must have begun this long after it was asked for, milliseconds: fetching and decoding a short file.
pub const PROMPT_BEGINS_WITHIN_MS: f64 = 5_000.0;

/// The captured prompt must be complete this long after its end was announced, milliseconds.
const PROMPT_CAPTURED_WITHIN_MS: f64 = 1_000.0;

/// How long the end of a recording waits for its last blocks and the last clearance, milliseconds. What is not
/// cleared by then is cut out.
pub const LAST_CLEARANCE_WITHIN_MS: f64 = 1_000.0;

/// Age the page may claim for the answer of a call, milliseconds; an engine that takes over a call hears of it late.
const OLDEST_ANSWER_MS: f64 = 5_000.0;

/// Ages the page may claim for an event, milliseconds; more is not believed.
const OLDEST_EVENT_MS: f64 = 60_000.0;

/// An end of a sensitive stretch is believed to be at most this old, milliseconds: claiming more could uncover audio.
const OLDEST_END_MS: f64 = 1_000.0;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Disclosure {
    NotPlayed,
    Asked {
        deadline_ms: f64,
    },
    Playing {
        deadline_ms: f64,
    },
    Measuring {
        deadline_ms: f64,
    },
    /// The agent reads the words out.
    Reading {
        from_sample: u64,
    },
    Delivered,
    Failed,
}

impl Disclosure {
    /// Whether it has begun and its end is not known.
    const fn is_running(self) -> bool {
        matches!(
            self,
            Self::Asked { .. } | Self::Playing { .. } | Self::Measuring { .. } | Self::Reading { .. }
        )
    }
}

/// What the question waits for.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Asking {
    /// Nothing: it was not asked yet, or is settled.
    Over,
    /// Whoever stays on the line until then has agreed.
    Stay { until_ms: f64 },
    /// An answer, until then.
    Answer { until_ms: f64 },
}

/// Somebody who joined later. The page's name for them may be a person's: `Debug` shows none of it.
struct Joined {
    key: String,
    party: u32,
}

impl core::fmt::Debug for Joined {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(formatter, "Joined({})", self.party)
    }
}

/// One call.
#[derive(Debug)]
pub struct Session {
    call_id: CallId,
    config: Rc<ValidConfig>,
    serial: u32,
    signer: Option<Box<LedgerSigner>>,
    register: Register,
    joined: Vec<Joined>,
    /// Until a decision is there: the strictest.
    terms: Terms,
    decision: Option<Box<Decision>>,
    /// What the customer speaks, if that is known.
    language: Option<String>,
    /// Which of the configured disclosures is played.
    prompt_index: usize,
    /// Media are connected, whether the call counts as answered or not.
    connected: bool,
    disclosure: Disclosure,
    asking: Asking,
    /// How often the present question was asked.
    asked_times: u32,
    /// Tries in a row to deliver the present disclosure that have failed.
    failed_tries: u32,
    /// When the next one begins, by itself.
    retry_at_ms: Option<f64>,
    /// The recording has a whole announcement in it.
    announced: bool,
    /// Parties before this one were there when the present prompt began.
    heard_up_to: u32,
    clock: Option<CallClock>,
    answered_unix_ms: u64,
    placed_end: u64,
    meter: Option<DeliveryMeter>,
    /// Frame at which the prompt begins, until the timeline knows frames.
    prompt_frame: Option<u64>,
    /// The disclosure that was heard.
    proof: Option<DisclosurePlayed>,
    /// Everything that was heard, for the vCon.
    told: Vec<DisclosureEvidence>,
    /// What the host says of the parties, for the vCon.
    personal: BTreeMap<u32, Personal>,
    /// Remembers the customer's keys while one can be an answer.
    keypad: Option<Keypad>,
    /// Listens for keys on both channels, from the first block on.
    key_mask: Option<KeyMask>,
    /// Where the key went down that was the answer, if its tone may be kept.
    answer_key: Option<u64>,
    /// The last one that was not, while there is no other.
    unheard: Option<DisclosurePlayed>,
    redactor: Redactor,
    pausing: Pausing,
    pre_consent: PreConsent,
    journal: Journal,
    recording: Option<Recording>,
    /// What the recording goes on with that an engine before has begun.
    continuation: Option<Continuation>,
    /// The answer may be so old when it is told, milliseconds.
    oldest_answer_ms: f64,
    /// The ledger of a call that was not recorded, where the policy keeps it.
    refusal: Option<Recording>,
    /// After a no: only the agent's own side is recorded, or was, of a call of so many parties then.
    agent_side: Option<u32>,
    /// Somebody in the call has not agreed: what is said is cut out.
    paused: bool,
    /// Where on the timeline the latest agreement was, or the end of the latest disclosure that was heard.
    agreed_sample: u64,
    /// Where the latest answer began, if it may be kept.
    answer_from: Option<u64>,
    beeping: bool,
    consent_events: Vec<ConsentEvent>,
    hung_up_sample: Option<u64>,
    hung_up: bool,
    failed: bool,
    /// The spool may take no more audio at the moment.
    spool_full: bool,
    reported: bool,
    problem: Option<String>,
    /// A value was recognised where none should be typed.
    warning: Option<Warning>,
    /// Troubles noted so far.
    troubles: u32,
    /// What a withdrawal demands of the audio.
    shredding: Option<Shredding>,
    /// Stretches that were found too late and are not told of yet.
    exposed: Vec<ExposureFound>,
}

impl Session {
    /// A call that rings. `serial` is a random number for its Ogg stream.
    #[must_use]
    pub fn new(call_id: CallId, config: Rc<ValidConfig>, serial: u32) -> Self {
        let redactor = Redactor::new(config.rules.spans);
        Self {
            call_id,
            config,
            serial,
            signer: None,
            register: Register::default(),
            joined: Vec::new(),
            terms: Terms::STRICTEST,
            decision: None,
            language: None,
            prompt_index: 0,
            connected: false,
            disclosure: Disclosure::NotPlayed,
            asking: Asking::Over,
            asked_times: 0,
            failed_tries: 0,
            retry_at_ms: None,
            announced: false,
            heard_up_to: 0,
            clock: None,
            answered_unix_ms: 0,
            placed_end: 0,
            meter: None,
            prompt_frame: None,
            proof: None,
            told: Vec::new(),
            personal: BTreeMap::new(),
            keypad: None,
            key_mask: None,
            answer_key: None,
            unheard: None,
            redactor,
            pausing: Pausing::default(),
            pre_consent: PreConsent::default(),
            journal: Journal::default(),
            recording: None,
            continuation: None,
            oldest_answer_ms: OLDEST_ANSWER_MS,
            refusal: None,
            agent_side: None,
            paused: false,
            agreed_sample: 0,
            answer_from: None,
            beeping: false,
            consent_events: Vec::new(),
            hung_up_sample: None,
            hung_up: false,
            failed: false,
            spool_full: false,
            reported: false,
            problem: None,
            warning: None,
            troubles: 0,
            shredding: None,
            exposed: Vec::new(),
        }
    }

    /// Whether the report was given: the session has nothing more to do.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        self.reported
    }

    /// How many parties the call has or had.
    #[must_use]
    pub fn parties(&self) -> usize {
        self.register.parties().len()
    }

    /// Address and hash of the prompt.
    #[must_use]
    pub fn prompt(&self) -> (String, String) {
        let prompt = self.disclosure_config();
        (prompt.url.clone(), prompt.sha256.clone())
    }

    fn disclosure_config(&self) -> &DisclosureConfig {
        let config = &self.config.config;
        self.prompt_index.checked_sub(1).map_or(&config.disclosure, |further| {
            config.further_disclosures.get(further).unwrap_or(&config.disclosure)
        })
    }

    /// The disclosure that fits this call: a notice only where staying on the line is an answer or none is needed;
    /// then the customer's language. A wrong kind would be unlawful, a wrong language is only unkind.
    fn choose_disclosure(&mut self) {
        let config = &self.config.config;
        let all = || core::iter::once(&config.disclosure).chain(&config.further_disclosures).enumerate();
        // Where everybody has agreed it is only told once more, in the recording.
        let told_is_enough =
            self.terms.told_is_enough() || self.recording.is_some() && self.register.permits();
        let kinds: &[DisclosureKind] = if told_is_enough {
            &[DisclosureKind::Notice, DisclosureKind::Question]
        } else {
            &[DisclosureKind::Question]
        };
        let in_language =
            |one: &DisclosureConfig| self.language.as_deref().is_none_or(|language| one.is_in(language));
        let fits = kinds
            .iter()
            .find_map(|kind| all().find(|(_, one)| one.kind == *kind && in_language(one)))
            .or_else(|| kinds.iter().find_map(|kind| all().find(|(_, one)| one.kind == *kind)));
        self.prompt_index = fits.map_or(0, |(index, _)| index);
    }

    /// Whether the end of a recording waits for clearance.
    #[must_use]
    pub fn wants_clearance(&self) -> bool {
        self.recording.as_ref().is_some_and(|recording| recording.stopping() && !recording.drained())
    }

    /// Takes an input and says what is to be done.
    pub fn handle(&mut self, input: Input<'_>, now: Now, clearance: &Clearance) -> Vec<Action> {
        let mut actions = Vec::new();
        match input {
            Input::Signer(signer) => {
                if self.recording.is_none() {
                    self.signer = Some(signer);
                }
            }
            Input::Answered { by, trusted, age_ms } => {
                self.connected |= by == AnsweredBy::Media;
                let wanted = self.config.config.consent.answered_by;
                // The agent's word lets a prompt count that may have been played to nobody: it takes a real click.
                if by == wanted && (by != AnsweredBy::Agent || trusted) {
                    self.answered(age_ms, now, clearance, &mut actions);
                }
            }
            Input::Resumed { resumption, page } => {
                self.go_on(*resumption, page, now, clearance, &mut actions)
            }
            Input::Block(block) => self.block(&block, now, clearance, &mut actions),
            Input::DisclosureAudio(samples) => {
                if matches!(self.disclosure, Disclosure::Asked { .. }) {
                    self.meter = DeliveryMeter::new(samples);
                }
            }
            Input::DisclosureStarted { frame } => self.disclosure_started(frame, now),
            Input::DisclosureEnded => {
                if matches!(self.disclosure, Disclosure::Playing { .. }) {
                    let deadline_ms = now.monotonic_ms + PROMPT_CAPTURED_WITHIN_MS;
                    self.disclosure = Disclosure::Measuring { deadline_ms };
                    self.hold_the_answer();
                }
            }
            Input::DisclosureFailed => self.disclosure_failed(now, &mut actions),
            Input::DisclosureReplay => self.replay(now, &mut actions),
            Input::Answer(given) => self.answer(given, now, clearance, &mut actions),
            Input::Assertion { statement } => self.asserted(statement, now, clearance, &mut actions),
            Input::PartyJoined { key, age_ms } => self.party_joined(key, age_ms, now, &mut actions),
            Input::PartyLeft { key, age_ms } => {
                self.party_left(key, age_ms, now, clearance, &mut actions);
            }
            Input::Decision(decision) => self.decided(*decision, now, &mut actions),
            Input::Personal { party, personal } => {
                if self.register.party(party).is_some() {
                    self.personal.insert(party, personal);
                }
            }
            Input::Language(language) => self.language = Some(language.to_owned()),
            Input::DisclosureRead { trusted, age_ms } => {
                self.disclosure_read(trusted, age_ms, now, clearance, &mut actions);
            }
            Input::SensitiveBegin { context_id, cause, age_ms, late_ms } => {
                self.warn_of_value(cause, now);
                let cause = cause_of_page(cause);
                let look_back = self.config.rules.look_back_samples(&cause.trigger);
                self.in_use(context_id, &cause, look_back, Aged { age_ms, late_ms }, now);
            }
            Input::SoftBegin { context_id, cause, age_ms, late_ms } => {
                self.in_use(context_id, &cause_of_page(cause), 0, Aged { age_ms, late_ms }, now);
            }
            Input::SensitiveEnd { context_id, age_ms } => {
                if let Some(clock) = &self.clock {
                    let ended = clock.sample_at(now.monotonic_ms - age(age_ms, OLDEST_END_MS));
                    let ended = ended.saturating_add(clock.ahead(now));
                    let grace = samples_of_ms(self.config.rules.grace_ms.into());
                    self.redactor.end(context_id, ended.saturating_add(grace));
                }
            }
            Input::Pause(demand) => self.pause_recording(demand, now),
            Input::Resume(demand) => self.resume_recording(&demand, now, &mut actions),
            Input::Packet { bytes, pre_skip_samples } => {
                if let Some(recording) = &mut self.recording {
                    let result = recording.packet(bytes, pre_skip_samples, now);
                    self.spool_or_fail(result, &mut actions);
                }
            }
            Input::EncoderDrained => self.encoder_drained(now, &mut actions),
            Input::EncoderFailed => self.fail(ErrorKind::EncoderFailed, now, &mut actions),
            Input::SpoolFailed => self.fail(ErrorKind::SpoolFailed, now, &mut actions),
            Input::SpoolRoom { is_full } => self.spool_room(is_full, now, &mut actions),
            Input::MediaAlarm { code } => self.trouble(&code, now),
            Input::Acknowledged { object, sha256 } => self.acknowledged(object, sha256, now),
            Input::ShredConfirmed => self.shredding = Some(Shredding::Confirmed),
            Input::HangUp { age_ms } => self.hang_up(age(age_ms, 5_000.0), now, &mut actions),
            Input::Tick => {}
        }
        self.advance(now, clearance, &mut actions);
        actions
    }

    fn answered(&mut self, age_ms: f64, now: Now, clearance: &Clearance, actions: &mut Vec<Action>) {
        if self.clock.is_some() || self.hung_up {
            return;
        }
        let age_ms = age(age_ms, self.oldest_answer_ms);
        self.clock = Some(CallClock::new(now.monotonic_ms - age_ms));
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        // not negative, and no longer than a call
        let age_whole_ms = age_ms as u64;
        self.answered_unix_ms = now.unix_ms.saturating_sub(age_whole_ms);
        for (context_id, cause) in clearance.in_use() {
            self.redactor.begin(context_id, &cause_of_page(cause), 0, now.unix_ms);
        }
        if self.register.locked() {
            self.keep_agent_side(0, now, clearance, actions);
            return;
        }
        if self.failed {
            return;
        }
        if self.register.permits() {
            // Everybody has agreed elsewhere: nothing is left to be asked.
            self.settle_basis(0, now, clearance, actions);
        } else {
            self.play(now, actions);
        }
    }

    /// Something is in use. What is when the call is answered is asked of the clearance then.
    fn in_use(&mut self, context_id: &str, cause: &Cause, look_back: u64, aged: Aged, now: Now) {
        if self.clock.is_some() {
            self.demand_cut(context_id, cause, look_back, aged, now);
        }
    }

    fn hang_up(&mut self, age_ms: f64, now: Now, actions: &mut Vec<Action>) {
        if self.hung_up {
            return;
        }
        self.hung_up = true;
        let sample = self.clock.as_ref().map(|clock| clock.sample_at(now.monotonic_ms - age_ms));
        self.hung_up_sample = sample;
        self.meter = None;
        self.pre_consent.wipe();
        self.asking = Asking::Over;
        if matches!(self.disclosure, Disclosure::Asked { .. } | Disclosure::Playing { .. }) {
            actions.push(Action::StopDisclosure);
        }
        self.beep(false, actions);
        if let (Some(recording), Some(sample)) = (&mut self.recording, sample) {
            let outcome = if self.agent_side.is_some() { Outcome::AgentSide } else { Outcome::Recorded };
            recording.stop(sample, outcome, now.monotonic_ms + LAST_CLEARANCE_WITHIN_MS);
        }
    }

    fn encoder_drained(&mut self, now: Now, actions: &mut Vec<Action>) {
        if let Some(recording) = &mut self.recording {
            if recording.finished() {
                return;
            }
            let result = recording.finish(&mut self.redactor, now);
            let closed = result.is_ok() && recording.finished();
            self.spool_or_fail(result, actions);
            if closed {
                self.export(now, actions);
            }
        }
    }

    /// Records nothing more. What was sealed stays sealed; an open segment is recovered at the next start.
    fn fail(&mut self, kind: ErrorKind, now: Now, actions: &mut Vec<Action>) {
        if self.reported || self.failed {
            return;
        }
        self.failed = true;
        self.asking = Asking::Over;
        if self.disclosure.is_running() {
            actions.push(Action::StopDisclosure);
        }
        self.pre_consent.wipe();
        self.beep(false, actions);
        self.trouble(kind.code(), now);
        if let Some(recording) = &mut self.recording {
            match recording.abandon(&mut self.redactor, now) {
                Ok(operations) => actions.extend(operations.into_iter().map(Action::Spool)),
                Err(error) => actions.push(Action::Problem(error)),
            }
        }
        let sentence = "Recording has stopped because of a fault; the call goes on unrecorded.";
        actions.push(Action::Problem(Error::new(kind, sentence)));
    }

    fn spool_or_fail(&mut self, result: crate::Result<Vec<SpoolOperation>>, actions: &mut Vec<Action>) {
        match result {
            Ok(operations) => actions.extend(operations.into_iter().map(Action::Spool)),
            Err(error) => {
                self.failed = true;
                self.problem = Some(error.code().to_owned());
                if let Some(recording) = &mut self.recording {
                    recording.break_off();
                }
                self.asking = Asking::Over;
                self.beep(false, actions);
                actions.push(Action::Problem(error));
            }
        }
    }

    /// Whatever time and clearance have made possible meanwhile.
    fn advance(&mut self, now: Now, clearance: &Clearance, actions: &mut Vec<Action>) {
        self.advance_disclosure(now, clearance, actions);
        self.advance_asking(now, clearance, actions);
        if let Some(recording) = &mut self.recording {
            let written = recording.write_urgent(now);
            self.spool_or_fail(written, actions);
        }
        self.advance_telling(now, actions);
        self.tell_exposures(now, actions);
        self.destroy_keys(actions);
        let cleared = capturing::cleared_until(self.clock.as_ref(), clearance, now);
        let stop = self.recording.as_ref().and_then(Recording::stop_due);
        if let (Some((stop_sample, deadline_ms)), Some(clock)) = (stop, &self.clock) {
            let captured = clock.head() >= stop_sample && cleared.is_some_and(|until| until >= stop_sample);
            if captured || now.monotonic_ms >= deadline_ms {
                self.drain(stop_sample, now, clearance, actions);
            }
        }
        if self.recording.as_ref().is_some_and(|recording| recording.encoder_hangs(now)) {
            self.fail(ErrorKind::EncoderFailed, now, actions);
        }
        self.watch_pause(now, clearance);
        self.report_when_done(now, actions);
    }

    fn report_when_done(&mut self, now: Now, actions: &mut Vec<Action>) {
        let finished = self.recording.as_ref().is_none_or(Recording::finished);
        if !self.hung_up || self.reported || !finished {
            return;
        }
        self.export_refusal(now, actions);
        self.reported = true;
        actions.push(Action::Closed(Box::new(self.report(now))));
    }
}

/// An age the page claimed, made usable: never negative, never beyond what is believed.
fn age(claimed_ms: f64, oldest_ms: f64) -> f64 {
    if claimed_ms.is_finite() { claimed_ms.clamp(0.0, oldest_ms) } else { 0.0 }
}
