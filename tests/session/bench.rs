//! A session with a browser around it: its clock, its media, its sensor.
#![allow(missing_docs, missing_debug_implementations, reason = "test code")]

use std::rc::Rc;

use callseal::audio::{BLOCK_SAMPLES, Block, Now};
use callseal::config::{Config, ValidConfig};
use callseal::consent::register::From;
use callseal::consent::terms::AnsweredBy;
use callseal::consent::{Answer, Method};
use callseal::jurisdiction::{
    CallFacts, Decision, Hint, Mandate, Mode, PartyFacts, Policy, Role, Signal, Table, decide,
};
use callseal::names::CallId;
use callseal::redact::clearance::Clearance;
use callseal::session::consenting::GivenAnswer;
use callseal::session::report::CallReport;
use callseal::session::snapshot::{Phase, Snapshot};
use callseal::session::{Action, Input, Session};
use callseal::store::queue::UploadQueue;
use callseal::store::spool::SpoolOperation;
use serde_json::json;

const CALL: &str = "0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa";

/// A configuration with these values in place of the usual ones.
pub fn config_with(changes: serde_json::Value) -> Rc<ValidConfig> {
    let mut value = json!({
        "recipients": [{
            "kty": "EC", "crv": "P-256",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        }],
        "store": {"kind": "grants", "url": "/v1/grants", "token": "t"},
        "holdBackMs": 3_000, "lookBackMs": 500, "graceMs": 200,
        "disclosure": {
            "promptId": "p", "version": 1, "language": "en", "text": "May we?", "url": "/p.wav",
            "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        },
    });
    if let (Some(value), serde_json::Value::Object(changes)) = (value.as_object_mut(), changes) {
        value.extend(changes);
    }
    Rc::new(Config::read(value).unwrap().validate().unwrap())
}

/// The far end has answered, now.
#[allow(dead_code, reason = "each test binary uses its part")]
pub const ANSWERED: Input<'static> = Input::Answered { by: AnsweredBy::Media, trusted: false, age_ms: 0.0 };

/// The wall clock's reading when the monotonic clock of a [`Bench`] reads 0.
const WALL_AHEAD_MS: f64 = 1_789_999_990_000.0;

/// A session with a browser around it: its clock, its media, its sensor. Every captured block holds its own number as
/// the value of all its samples, so that what reaches the encoder tells where it came from.
#[allow(dead_code, reason = "each test binary uses its part")]
pub struct Bench {
    pub session: Session,
    pub clearance: Clearance,
    pub now: Now,
    pub frame: u64,
    pub blocks: u32,
    pub actions: Vec<Action>,
    pub report: Option<CallReport>,
    pub sensor_answers: bool,
    pub encoder_drains: bool,
    draining: bool,
}

pub fn value_of(block: u32) -> f32 {
    (block + 1) as f32 / 65_536.0
}

/// The decision about a call between two places that ask for this mode.
#[allow(dead_code, reason = "each test binary uses its part")]
pub fn decision_for(mode: Mode) -> Box<Decision> {
    let place = match mode {
        Mode::NothingBeforeYes => "DE",
        Mode::RecordDisclosure => "US-WA",
        Mode::NoticeAndStay | Mode::Mandatory => "US-CA",
    };
    let party =
        |index, role, signal| PartyFacts { index, role, hints: vec![Hint::parse(signal, place).unwrap()] };
    let parties =
        vec![party(0, Role::Agent, Signal::AgentPlace), party(1, Role::Customer, Signal::CrmAddress)];
    let facts = CallFacts { parties, ..CallFacts::default() };
    let mandate = (mode == Mode::Mandatory).then_some(Mandate::MifidIi);
    let decision = decide(Table::builtin(), &facts, &Policy { mandate, ..Policy::default() });
    assert_eq!(decision.mode, mode);
    Box::new(decision)
}

#[allow(dead_code, reason = "each test binary uses its part")]
impl Bench {
    pub fn new() -> Self {
        Self::with(json!({}))
    }

    /// A bench for a call between two places that ask for this mode. Where being told is enough, there is a notice.
    pub fn in_mode(mode: Mode, mut changes: serde_json::Value) -> Self {
        if matches!(mode, Mode::NoticeAndStay | Mode::Mandatory) {
            changes["furtherDisclosures"] = json!([{
                "promptId": "n", "version": 1, "language": "en", "text": "We record.", "kind": "notice",
                "url": "/n.wav",
                "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            }]);
        }
        let mut bench = Self::with(changes);
        bench.input(Input::Decision(decision_for(mode)));
        bench
    }

    /// A bench whose configuration has these values in place of the usual ones.
    pub fn with(changes: serde_json::Value) -> Self {
        let mut clearance = Clearance::default();
        clearance.join("page");
        Self {
            session: Session::new(CallId::parse(CALL).unwrap(), config_with(changes), 7),
            clearance,
            now: Now { monotonic_ms: 10_000.0, unix_ms: 1_790_000_000_000 },
            frame: 0,
            blocks: 0,
            actions: Vec::new(),
            report: None,
            sensor_answers: true,
            encoder_drains: true,
            draining: false,
        }
    }

    pub fn input(&mut self, input: Input<'_>) {
        self.hand(input);
        if self.encoder_drains && self.draining && self.report.is_none() {
            self.hand(Input::EncoderDrained);
        }
    }

    fn hand(&mut self, input: Input<'_>) {
        for action in self.session.handle(input, self.now, &self.clearance) {
            self.draining |= matches!(action, Action::DrainEncoder);
            if let Action::Closed(report) = action {
                self.report = Some(*report);
            } else {
                self.actions.push(action);
            }
        }
    }

    pub fn pass(&mut self, milliseconds: f64) {
        self.now.monotonic_ms += milliseconds;
        self.now.unix_ms += milliseconds as u64;
        if self.sensor_answers {
            let due = self.clearance.due(self.now, || Some("nonce".to_owned()));
            for (context, nonce) in due {
                self.clearance.answer(&context, &nonce, self.now);
            }
        }
    }

    pub fn block_of(&mut self, left: &[f32]) {
        self.pass(20.0);
        self.deliver(left);
    }

    /// A block that arrives now, whenever it was captured.
    pub fn deliver(&mut self, left: &[f32]) {
        self.deliver_both(left, &[value_of(self.blocks); BLOCK_SAMPLES]);
    }

    /// What the customer's side sounds like, block by block, as it is captured.
    pub fn customer_sounds(&mut self, samples: &[f32]) {
        for right in samples.chunks_exact(BLOCK_SAMPLES) {
            self.pass(20.0);
            self.deliver_both(&[0.0; BLOCK_SAMPLES], right);
        }
    }

    /// A block with these samples on either side.
    pub fn both_sound(&mut self, left: &[f32], right: &[f32]) {
        self.pass(20.0);
        self.deliver_both(left, right);
    }

    fn deliver_both(&mut self, left: &[f32], right: &[f32]) {
        let wall_ms = self.now.monotonic_ms + WALL_AHEAD_MS;
        let block = Block { frame: self.frame, wall_ms, left, right };
        self.frame += BLOCK_SAMPLES as u64;
        self.blocks += 1;
        self.input(Input::Block(block));
    }

    pub fn blocks(&mut self, count: u32) {
        for _ in 0..count {
            let left = [value_of(self.blocks); BLOCK_SAMPLES];
            self.block_of(&left);
        }
    }

    /// The prompt as the announcer plays it: scheduled, heard on the outgoing track, ended.
    pub fn prompt(&mut self) {
        let mut state = 1_u64;
        let prompt: Vec<f32> = (0..2 * BLOCK_SAMPLES)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (state >> 40) as f32 / 16_777_216.0 - 0.5
            })
            .collect();
        self.input(Input::DisclosureAudio(prompt.clone()));
        self.input(Input::DisclosureStarted { frame: self.frame });
        for piece in prompt.chunks(BLOCK_SAMPLES) {
            self.block_of(piece);
        }
        self.input(Input::DisclosureEnded);
        self.blocks(10);
    }

    pub fn answer(&mut self, answer: Answer, trusted: bool) {
        self.answer_of(From::WhoeverIsAsked, answer, trusted);
    }

    pub fn answer_of(&mut self, from: From, answer: Answer, trusted: bool) {
        let method = Method::AgentButton;
        self.input(Input::Answer(GivenAnswer {
            from,
            answer,
            method,
            words: None,
            trusted,
            assertion_sha256: None,
            age_ms: 0.0,
        }));
    }

    /// Time passes, and no audio arrives.
    pub fn wait(&mut self, milliseconds: u32) {
        for _ in 0..milliseconds / 100 {
            self.pass(100.0);
            self.input(Input::Tick);
        }
    }

    pub fn snapshot(&self) -> Snapshot {
        self.session.snapshot(self.now, &UploadQueue::default())
    }

    /// The kinds of the ledger's entries that were handed to the spool so far.
    pub fn ledger_kinds(&self) -> Vec<String> {
        self.ledger().iter().map(|entry| entry["kind"].as_str().unwrap().to_owned()).collect()
    }

    /// When they were written.
    pub fn ledger_times(&self) -> Vec<u64> {
        self.ledger().iter().map(|entry| entry["at_ms"].as_u64().unwrap()).collect()
    }

    /// The ledger's entries that were handed to the spool so far.
    pub fn ledger(&self) -> Vec<serde_json::Value> {
        let chunks = self.actions.iter().filter_map(|action| match action {
            Action::Spool(SpoolOperation::Whole { object, bytes }) if object.name.ends_with(".jsonl") => {
                Some(bytes)
            }
            _ => None,
        });
        let lines =
            chunks.flat_map(|bytes| bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()));
        lines.map(|line| serde_json::from_slice(line).unwrap()).collect()
    }

    pub fn encoded(&self) -> Vec<f32> {
        self.actions
            .iter()
            .filter_map(|action| match action {
                Action::Encode { frame, .. } => Some(frame.right),
                _ => None,
            })
            .flatten()
            .collect()
    }

    /// Both sides of everything that was given to the encoder.
    pub fn encoded_sides(&self) -> (Vec<f32>, Vec<f32>) {
        let mut sides = (Vec::new(), Vec::new());
        for action in &self.actions {
            if let Action::Encode { frame, .. } = action {
                sides.0.extend(frame.left);
                sides.1.extend(frame.right);
            }
        }
        sides
    }

    pub fn close(&mut self) {
        self.input(Input::HangUp { age_ms: 0.0 });
        for _ in 0..12 {
            self.pass(100.0);
            self.input(Input::Tick);
        }
    }

    pub fn phase(&self) -> Phase {
        self.snapshot().phase
    }
}
