//! A desk around the real engine: page, sensor, audio and clocks, a millisecond at a time.

use std::collections::VecDeque;

use callseal::audio::{BLOCK_SAMPLES, Block, Now};
use callseal::config::Config;
use callseal::consent::terms::AnsweredBy;
use callseal::consent::{AgentMethod, Answer};
use callseal::detection::watch::How as FieldHow;
use callseal::engine::sensing::FieldMessage;
use callseal::engine::{Effect, Engine};
use callseal::message::{ConsentMessage, EngineMessage, PageMessage};
use callseal::session::Input;
use callseal::session::report::CallReport;
use serde_json::json;

use crate::faults::{Failure, Fault};
use crate::trigger::{Trigger, aged};

pub const CALL: &str = "0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa";
/// When the call is answered, by the monotonic clock.
const ANSWERED_MS: u64 = 10_000;
const SAMPLES_PER_MS: u64 = 48;
const BLOCK_MS: u64 = BLOCK_SAMPLES as u64 / SAMPLES_PER_MS;
/// A sample is the number of the sample on the call's timeline at which it was captured, as a fraction of this.
const SCALE: f32 = 16_777_216.0;
/// Of a field, by the policy.
pub const LOOK_BACK_MS: u64 = 1_000;
const GRACE_MS: u64 = 200;
const HOLD_BACK_MS: u64 = 5_000;
/// Of the wall clock when the monotonic one reads 0.
const WALL_MS: u64 = 1_789_999_990_000;

/// Numbers that look random and are the same in every run (Knuth, MMIX).
pub struct Chance(u64);

impl Chance {
    pub const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(2).wrapping_add(1))
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        for _ in 0..3 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        }
        (self.0 >> 33) % limit.max(1)
    }
}

/// One call.
pub struct Plan {
    pub seed: u64,
    pub fault: Fault,
}

/// What came of calls.
#[derive(Debug, Default)]
pub struct Account {
    pub pauses: u64,
    pub faults: u64,
    /// Samples that were encoded though they were captured inside a demanded stretch.
    pub leaked: u64,
    /// Samples of silence outside of all demanded stretches.
    pub cut_without_demand: u64,
    pub cut: u64,
    pub kept: u64,
    /// How far a recording's length was from its call's, milliseconds.
    pub longest_error_ms: u64,
}

impl Account {
    pub fn add(&mut self, other: &Self) {
        self.pauses += other.pauses;
        self.faults += other.faults;
        self.leaked += other.leaked;
        self.cut_without_demand += other.cut_without_demand;
        self.cut += other.cut;
        self.kept += other.kept;
        self.longest_error_ms = self.longest_error_ms.max(other.longest_error_ms);
    }
}

/// A stretch in which a field is in use, or the like.
#[derive(Debug, Clone, Copy)]
struct Use {
    how: Trigger,
    from_ms: u64,
    to_ms: u64,
    /// It is noticed so much later.
    late_ms: u64,
}

/// What the page would do, at the earliest at that time.
struct Pending {
    at_ms: u64,
    messages: Vec<PageMessage>,
    happened_ms: u64,
}

pub struct Desk {
    /// From the answer to the hang-up.
    length_ms: u64,
    engine: Engine,
    fault: Fault,
    failures: Vec<Failure>,
    uses: Vec<Use>,
    /// Milliseconds of the call in which nobody vouches: all of it has to be silent.
    unvouched: Vec<(u64, u64)>,
    chance: Chance,
    now_ms: u64,
    wall_offset_ms: i64,
    frame: u64,
    /// Captured and not yet delivered: frame, wall clock, samples.
    blocks: VecDeque<(u64, f64, Vec<f32>, Vec<f32>)>,
    /// Challenges the page has not answered, with the time they arrive.
    challenges: VecDeque<(u64, String)>,
    page: VecDeque<Pending>,
    hidden: bool,
    frame_left_at_ms: Option<u64>,
    prompt: Vec<f32>,
    prompt_from_frame: Option<u64>,
    /// The louder of both channels: nothing else than the same is on them.
    encoded: Vec<f32>,
    first_sample: Option<u64>,
    report: Option<CallReport>,
    hung_up: bool,
}

fn engine() -> Engine {
    let value = json!({
        "recipients": [{
            "kty": "EC", "crv": "P-256",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        }],
        "store": {"kind": "grants", "url": "/v1/grants", "token": "t"},
        "holdBackMs": HOLD_BACK_MS, "lookBackMs": LOOK_BACK_MS, "graceMs": GRACE_MS,
        // Exactly what was demanded: what is cut out beyond it is counted.
        "redaction": {
            "minimumSpanMs": 0, "mergeWithinMs": 0,
            "lookBackMs": {"fieldAttribute": 0, "paymentFrame": 1_500, "valueSeen": 2_500, "page": 300,
                "manual": 700, "hostApi": 400},
        },
        "detection": {"urls": ["/pay/**"]},
        "disclosure": {
            "promptId": "p", "version": 1, "language": "en", "text": "May we?", "url": "/p.wav",
            "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        },
    });
    Engine::new(Config::read(value).unwrap().validate().unwrap())
}

impl Desk {
    pub fn new(plan: Plan) -> Self {
        let mut chance = Chance::new(plan.seed);
        let length_ms = plan.fault.call_ms();
        let failures = plan.fault.failures(length_ms, &mut chance);
        let mut uses = Vec::new();
        let mut from_ms = 8_000 + chance.below(2_000);
        while from_ms + 4_000 < length_ms {
            // An address is told when it is noticed, and has no age.
            let page_lags = plan.fault != Fault::None;
            let how = Trigger::ALL[chance.below(if page_lags { 7 } else { 8 }) as usize];
            let to_ms = if how == Trigger::Filled { from_ms } else { from_ms + 20 + chance.below(1_000) };
            // Said late, up to the look-back: the ring still holds it. Not where the page fails in between: what was
            // vouched for before, and is said only afterwards, may be more than any hold-back ago.
            let page_fails = matches!(plan.fault, Fault::FrozenPage | Fault::KilledSensor | Fault::LostPort);
            let may_be_late = !page_fails && how != Trigger::Page && chance.below(3) == 0;
            let late_ms = if may_be_late { chance.below(LOOK_BACK_MS) } else { 0 };
            uses.push(Use { how, from_ms, to_ms, late_ms });
            from_ms = to_ms + late_ms + 100 + chance.below(3_000);
        }
        let prompt = (0..20 * BLOCK_SAMPLES).map(|_| chance.below(1_000) as f32 / 1_000.0 - 0.5).collect();
        Self {
            length_ms,
            engine: engine(),
            fault: plan.fault,
            failures,
            uses,
            unvouched: Vec::new(),
            chance,
            now_ms: ANSWERED_MS,
            wall_offset_ms: 0,
            frame: 1_000_000,
            blocks: VecDeque::new(),
            challenges: VecDeque::new(),
            page: VecDeque::new(),
            hidden: false,
            frame_left_at_ms: None,
            prompt,
            prompt_from_frame: None,
            encoded: Vec::new(),
            first_sample: None,
            report: None,
            hung_up: false,
        }
    }

    /// The call from its answer until its report, or until nothing more can come.
    pub fn run(mut self) -> Account {
        self.tell(PageMessage::CallOpen { call_id: CALL.into() });
        self.tell(PageMessage::SensorJoin { context_id: "page".into() });
        if self.fault == Fault::ClosedFrame {
            self.tell(PageMessage::SensorJoin { context_id: "frame".into() });
        }
        let by = AnsweredBy::Media;
        self.tell(PageMessage::CallAnswered {
            call_id: CALL.into(),
            answered_age_ms: 0.0,
            by,
            trusted: false,
        });
        while self.elapsed_ms() < self.length_ms + 30_000 && self.report.is_none() {
            self.now_ms += 1;
            self.step();
        }
        self.account()
    }

    const fn elapsed_ms(&self) -> u64 {
        self.now_ms - ANSWERED_MS
    }

    fn failing(&self, fault: Fault) -> bool {
        self.fault == fault && self.failures.iter().any(|failure| failure.is_on(self.elapsed_ms()))
    }

    fn now(&self) -> Now {
        let unix_ms = (WALL_MS + self.now_ms).saturating_add_signed(self.wall_offset_ms);
        Now { monotonic_ms: self.now_ms as f64, unix_ms }
    }

    fn step(&mut self) {
        let elapsed_ms = self.elapsed_ms();
        if self.fault == Fault::ClockJump && self.failures.iter().any(|failure| failure.from_ms == elapsed_ms)
        {
            self.wall_offset_ms += if self.chance.below(2) == 0 { 3_600_000 } else { -3_600_000 };
        }
        if elapsed_ms.is_multiple_of(BLOCK_MS) {
            self.capture();
        }
        self.deliver_audio();
        self.open_call(elapsed_ms);
        self.use_fields(elapsed_ms);
        self.hide(elapsed_ms);
        self.run_page();
        // The Worker's own timer.
        let pause_ms = if self.failing(Fault::Overload) { 700 } else { 50 };
        if elapsed_ms.is_multiple_of(pause_ms) {
            let mut number = self.now_ms;
            let effects = self.engine.tick(self.now(), &mut || {
                number += 1;
                Some(format!("nonce-{number}"))
            });
            self.carry_out(effects);
        }
        if elapsed_ms == self.length_ms {
            self.hung_up = true;
            if self.fault != Fault::LostPort {
                self.tell(PageMessage::HangUp { call_id: CALL.into(), event_age_ms: 0.0 });
            }
        }
    }

    /// A block is complete in the audio realm.
    fn capture(&mut self) {
        if self.failing(Fault::SuspendedAudio) || self.hung_up && self.elapsed_ms() > self.length_ms + 500 {
            return;
        }
        let first = (self.elapsed_ms() - BLOCK_MS.min(self.elapsed_ms())) * SAMPLES_PER_MS;
        let right: Vec<f32> =
            (0..BLOCK_SAMPLES as u64).map(|index| (first + index + 1) as f32 / SCALE).collect();
        let played = self.prompt_from_frame.map(|from| (self.frame - from) as usize);
        let left = played
            .and_then(|from| self.prompt.get(from..from + BLOCK_SAMPLES))
            .map_or_else(|| right.clone(), <[f32]>::to_vec);
        let wall_ms = (WALL_MS + self.now_ms).saturating_add_signed(self.wall_offset_ms) as f64;
        self.blocks.push_back((self.frame, wall_ms, left, right));
        self.frame += BLOCK_SAMPLES as u64;
    }

    fn deliver_audio(&mut self) {
        if self.failing(Fault::Overload) && !self.elapsed_ms().is_multiple_of(900) {
            return;
        }
        while let Some((frame, wall_ms, left, right)) = self.blocks.pop_front() {
            let block = Block { frame, wall_ms, left: &left, right: &right };
            if let Ok(effects) = self.engine.block(CALL, block, self.now()) {
                self.carry_out(effects);
            }
        }
    }

    /// The question, and the agent's click.
    fn open_call(&mut self, elapsed_ms: u64) {
        match elapsed_ms {
            300 => {
                let effects =
                    self.engine.call_input(CALL, Input::DisclosureAudio(self.prompt.clone()), self.now());
                self.carry_out(effects.unwrap());
                self.prompt_from_frame = Some(self.frame);
                self.tell(PageMessage::DisclosureStarted { call_id: CALL.into(), frame: self.frame as f64 });
            }
            800 => self.tell(PageMessage::DisclosureEnded { call_id: CALL.into(), frame: self.frame as f64 }),
            2_500 => self.tell(PageMessage::Consent(ConsentMessage {
                call_id: CALL.into(),
                party: None,
                answer: Answer::Yes,
                method: AgentMethod::AgentButton,
                words: None,
                trusted: true,
                event_age_ms: 0.0,
            })),
            _ => {}
        }
    }

    /// The agent goes into fields and out of them; the page notices when it can.
    fn use_fields(&mut self, elapsed_ms: u64) {
        for index in 0..self.uses.len() {
            let Use { how, from_ms, to_ms, late_ms } = self.uses[index];
            if from_ms == elapsed_ms {
                self.page.push_back(Pending {
                    at_ms: self.now_ms + late_ms,
                    messages: how.begin(),
                    happened_ms: self.now_ms,
                });
            }
            if to_ms == elapsed_ms {
                self.page.push_back(Pending {
                    at_ms: self.now_ms + late_ms,
                    messages: how.end(),
                    happened_ms: self.now_ms,
                });
            }
        }
        let leaves = self.failures.iter().any(|failure| failure.from_ms == elapsed_ms + 1_000);
        if self.fault == Fault::ClosedFrame && leaves {
            self.tell(PageMessage::FieldBegin(FieldMessage {
                context_id: "frame".into(),
                field: 1,
                how: FieldHow::Focus,
                frame_host: None,
                descriptor: r#"{"tag":"input","type":"text","autocomplete":"cc-csc"}"#.into(),
                event_age_ms: 0.0,
                posted_at_ms: 0.0,
            }));
            self.frame_left_at_ms = Some(elapsed_ms + 500);
            self.unvouched.push((elapsed_ms.saturating_sub(LOOK_BACK_MS), elapsed_ms + 500 + GRACE_MS));
            // The last answer was to a challenge of this moment, or of up to 300 ms before.
            self.unvouched.push((elapsed_ms + 1_000 + 600, self.length_ms));
        }
        if self.frame_left_at_ms == Some(elapsed_ms) {
            self.tell(PageMessage::FieldEnd { context_id: "frame".into(), event_age_ms: 0.0 });
        }
    }

    fn hide(&mut self, elapsed_ms: u64) {
        let hidden = self.failing(Fault::HiddenTab);
        if hidden == self.hidden {
            return;
        }
        // The field that has the focus keeps it; a hidden tab's user uses none anew.
        let in_use =
            self.uses.iter().any(|one| one.from_ms <= elapsed_ms && elapsed_ms <= one.to_ms + one.late_ms);
        if hidden && in_use {
            return;
        }
        self.hidden = hidden;
        let context_id = "page".to_owned();
        self.tell(if hidden {
            PageMessage::SensorSignOff { context_id }
        } else {
            PageMessage::SensorSignOn { context_id }
        });
    }

    /// The page's main thread: notices what its user did, then answers.
    fn run_page(&mut self) {
        if self.failing(Fault::FrozenPage) || self.failing(Fault::KilledSensor) {
            return;
        }
        if self.failing(Fault::Overload) && !self.elapsed_ms().is_multiple_of(400) {
            return;
        }
        let now_ms = self.now_ms;
        let (due, later): (VecDeque<_>, VecDeque<_>) =
            self.page.drain(..).partition(|one| one.at_ms <= now_ms);
        self.page = later;
        for pending in due {
            for message in pending.messages {
                self.tell(aged(message, (now_ms - pending.happened_ms) as f64));
            }
        }
        while self.challenges.front().is_some_and(|(at_ms, _)| *at_ms <= now_ms) {
            let Some((_, nonce)) = self.challenges.pop_front() else { break };
            let mut contexts = vec!["page"];
            if self.fault == Fault::ClosedFrame && !self.failing(Fault::ClosedFrame) {
                contexts.push("frame");
            }
            for context in contexts {
                self.tell(PageMessage::SensorAnswer { context_id: context.into(), nonce: nonce.clone() });
            }
        }
    }

    fn tell(&mut self, message: PageMessage) {
        if self.failing(Fault::LostPort) {
            return;
        }
        if let Ok(effects) = self.engine.page_message(message, self.now(), &mut || Ok(7)) {
            self.carry_out(effects);
        }
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Encode { frame, .. } => {
                    let first = *self.first_sample.get_or_insert(frame.start_sample);
                    assert_eq!(frame.start_sample, first + self.encoded.len() as u64, "a frame is missing");
                    self.encoded
                        .extend(frame.left.iter().zip(frame.right).map(|(left, right)| left.max(right)));
                }
                Effect::DrainEncoder(_) => {
                    if let Ok(effects) = self.engine.call_input(CALL, Input::EncoderDrained, self.now()) {
                        self.carry_out(effects);
                    }
                }
                Effect::Post(message) => match *message {
                    EngineMessage::Challenge { nonce, .. } => {
                        let at_ms = self.now_ms + 1 + self.chance.below(30);
                        self.challenges.push_back((at_ms, nonce));
                    }
                    EngineMessage::CallClosed { report, .. } => self.report = Some(report),
                    _ => {}
                },
                _ => {}
            }
        }
    }

    /// For each millisecond of the call, whether what was captured in it had to be cut out.
    fn demanded(&self) -> Vec<bool> {
        let mut demanded = vec![false; self.length_ms as usize + 60_000];
        for one in &self.uses {
            let from_ms = one.from_ms.saturating_sub(one.how.look_back_ms()) as usize;
            demanded[from_ms..(one.to_ms + GRACE_MS) as usize].fill(true);
        }
        for (from_ms, to_ms) in &self.unvouched {
            demanded[*from_ms as usize..*to_ms as usize].fill(true);
        }
        demanded
    }

    fn account(&self) -> Account {
        let mut account = Account {
            pauses: self.uses.len() as u64,
            faults: self.failures.len() as u64,
            ..Account::default()
        };
        let demanded = self.demanded();
        let demanded = |captured: u64| demanded[(captured / SAMPLES_PER_MS) as usize];
        let first = self.first_sample.unwrap_or(0);
        for (sample, value) in (first..).zip(&self.encoded) {
            if *value == 0.0 {
                account.cut += 1;
                account.cut_without_demand += u64::from(!demanded(sample));
            } else {
                account.kept += 1;
                let captured = (value * SCALE) as u64 - 1;
                account.leaked += u64::from(demanded(captured));
            }
        }
        if self.fault != Fault::LostPort {
            let report = self.report.as_ref().unwrap();
            let recorded_ms = report.recording_origin_ms.unwrap() + report.recording_duration_ms;
            account.longest_error_ms = recorded_ms.abs_diff(self.length_ms);
        }
        account
    }
}
