//! A session with its spool on a disk, an encoder that writes down what it was given, and an engine that may die.
#![allow(missing_docs, missing_debug_implementations, reason = "test code")]

use std::collections::BTreeMap;
use std::rc::Rc;

use callseal::archive::MemorySource;
use callseal::audio::hold_back::Frame;
use callseal::config::ValidConfig;
use callseal::consent::terms::AnsweredBy;
use callseal::container::packet_samples;
use callseal::jurisdiction::Mode;
use callseal::ledger::certificate::{assemble, call_certificate_request, device_certificate_request};
use callseal::ledger::{CallKey, LedgerSigner};
use callseal::names::{CallId, ObjectName};
use callseal::redact::clearance::Clearance;
use callseal::seal::{PrivateKey, SigningKey};
use callseal::session::resuming::PageAccount;
use callseal::session::{Action, Input, Session};
use callseal::store::resuming::{ResumePlan, plan};
use callseal::store::spool::{SpoolOperation, file_name};
use serde_json::{Value, json};

use crate::bench::{Bench, config_with, decision_for};

pub const CALL: &str = "0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa";
pub const PRE_SKIP: u16 = 312;
/// Bytes of a packet at 48 kbit/s constant bit rate.
const PACKET_BYTES: usize = 120;
/// A stereo, 20 ms, full-band CELT packet (configuration 31, RFC 6716 §3.1).
const CONFIGURATION: u8 = 0xFC;

pub fn call_id() -> CallId {
    CallId::parse(CALL).unwrap()
}

/// A signer that `device` has certified for the call.
pub fn signer_of(device: u8, key: u8, at_ms: u64) -> LedgerSigner {
    let device = SigningKey::from_random(&[device; 32]).unwrap();
    let call_key = CallKey::from_random(&[key; 32]).unwrap();
    let certificates = [
        call_certificate_request(&call_id(), &call_key.public(), &device.public(), [1; 16], at_ms).unwrap(),
        device_certificate_request(&device.public(), [2; 16]),
    ];
    let certificates = certificates.map(|request| assemble(&request, &device.sign(&request)).unwrap());
    LedgerSigner::new(call_key, certificates.to_vec())
}

pub struct Desk {
    pub bench: Bench,
    pub config: Rc<ValidConfig>,
    pub key: PrivateKey,
    pub files: BTreeMap<String, Vec<u8>>,
    /// How long each block was captured at, on the wall, milliseconds; by its number.
    pub captured_ms: Vec<u64>,
    pub answered_ms: Option<u64>,
    /// The page's names of those who have joined, and when.
    pub joined: Vec<(String, u64)>,
    pub engines: u8,
    taken: usize,
}

impl Desk {
    pub fn new(changes: Value) -> Self {
        let key = PrivateKey::generate().unwrap();
        let mut all = json!({
            "recipients": [key.public().to_jwk()], "segmentMs": 10_000,
            "controller": {
                "name": "Example Energy Ltd", "contact": "privacy@example.com",
                "privacyNoticeUrl": "https://example.com/privacy", "purposes": ["quality"], "retentionDays": 90,
            },
        });
        if let (Some(all), Value::Object(changes)) = (all.as_object_mut(), changes) {
            all.extend(changes);
        }
        let mut desk = Self {
            bench: Bench::with(all.clone()),
            config: config_with(all),
            key,
            files: BTreeMap::new(),
            captured_ms: Vec::new(),
            answered_ms: None,
            joined: Vec::new(),
            engines: 1,
            taken: 0,
        };
        desk.bench.encoder_drains = false;
        let signer = signer_of(9, 1, desk.bench.now.unix_ms);
        desk.bench.input(Input::Signer(Box::new(signer)));
        desk.bench.input(Input::Decision(decision_for(Mode::NothingBeforeYes)));
        desk
    }

    /// Carries out what the session has asked for since the last time.
    pub fn work(&mut self) {
        while let Some(action) = self.bench.actions.get(self.taken) {
            let mut packet = None;
            let mut drained = false;
            match action {
                Action::Spool(SpoolOperation::Whole { object, bytes }) => {
                    self.files.insert(file_name(&object.name), bytes.clone());
                }
                Action::Spool(SpoolOperation::Append { name, bytes }) => {
                    self.files.entry(file_name(name)).or_default().extend(bytes);
                }
                Action::Encode { frame, .. } => packet = Some(packet_of(frame)),
                Action::DrainEncoder => drained = true,
                _ => {}
            }
            self.taken += 1;
            if let Some(bytes) = packet {
                self.bench.input(Input::Packet { bytes: &bytes, pre_skip_samples: PRE_SKIP });
            }
            if drained {
                self.bench.input(Input::EncoderDrained);
            }
        }
    }

    pub fn input(&mut self, input: Input<'_>) {
        self.bench.input(input);
        self.work();
    }

    pub fn answered(&mut self) {
        let now_ms = self.bench.now.unix_ms;
        let age_ms = (now_ms - *self.answered_ms.get_or_insert(now_ms)) as f64;
        self.input(Input::Answered { by: AnsweredBy::Media, trusted: false, age_ms });
    }

    pub fn blocks(&mut self, count: u32) {
        for _ in 0..count {
            self.bench.blocks(1);
            self.note_captured();
            self.work();
        }
    }

    pub fn prompt(&mut self) {
        self.bench.prompt();
        self.note_captured();
        self.work();
    }

    fn note_captured(&mut self) {
        let missing = self.bench.blocks as usize - self.captured_ms.len();
        let now_ms = self.bench.now.unix_ms;
        self.captured_ms.extend((0..missing as u64).rev().map(|ago| now_ms - ago * 20));
    }

    pub fn join(&mut self, key: &str) {
        self.joined.push((key.to_owned(), self.bench.now.unix_ms));
        self.input(Input::PartyJoined { key, age_ms: 0.0 });
    }

    /// The engine dies, and `away_ms` pass until another one looks at what it has left.
    pub fn die(&mut self, away_ms: u64) {
        self.work();
        self.bench.now.monotonic_ms += away_ms as f64;
        self.bench.now.unix_ms += away_ms;
        self.bench.frame += away_ms / 20 * 960;
        self.engines += 1;
    }

    pub fn plan(&self) -> callseal::Result<ResumePlan> {
        self.plan_signed_by(signer_of(9, self.engines, self.bench.now.unix_ms))
    }

    pub fn plan_signed_by(&self, signer: LedgerSigner) -> callseal::Result<ResumePlan> {
        let policy = &self.config.policy_sha256;
        plan(call_id(), &self.files, signer, policy, "callseal test", self.bench.now.unix_ms)
    }

    /// Another engine goes on with the call, or begins anew. Where it is refused, nothing more is captured.
    pub fn go_on(&mut self) -> bool {
        let Ok(plan) = self.plan() else { return false };
        self.carry_out(plan);
        true
    }

    pub fn carry_out(&mut self, plan: ResumePlan) {
        for (name, length) in &plan.files.truncate {
            self.files.get_mut(name).unwrap().truncate(*length as usize);
        }
        for name in &plan.files.remove {
            self.files.remove(name);
        }
        if plan.files.discard {
            self.files.clear();
        }
        self.bench.session = Session::new(call_id(), Rc::clone(&self.config), 7 + u32::from(self.engines));
        self.bench.clearance = Clearance::default();
        self.bench.clearance.join("page");
        self.bench.report = None;
        let now_ms = self.bench.now.unix_ms;
        let age_ms = self.answered_ms.map(|at_ms| (now_ms - at_ms) as f64);
        let joined = self.joined.iter().map(|(key, at_ms)| (key.clone(), (now_ms - at_ms) as f64)).collect();
        let page = PageAccount { answered_age_ms: age_ms, joined };
        match plan.resumption {
            Some(resumption) => self.input(Input::Resumed { resumption, page: &page }),
            None => {
                self.bench.session.begin_late();
                let signer = signer_of(9, self.engines, now_ms);
                self.input(Input::Signer(Box::new(signer)));
            }
        }
        self.input(Input::Decision(decision_for(Mode::NothingBeforeYes)));
    }

    /// What the store gets.
    pub fn source(&self) -> MemorySource {
        let mut source = MemorySource::new(call_id());
        for (file, content) in &self.files {
            let name = callseal::store::spool::object_name(CALL, file);
            source.insert(ObjectName::parse(&name).unwrap(), content.clone());
        }
        source
    }

    pub fn close(&mut self) {
        self.bench.close();
        self.work();
        self.bench.input(Input::Tick);
        self.work();
    }
}

/// What stands for the encoder's packet: the loudest sample of a frame, and the faintest that is no silence.
fn packet_of(frame: &Frame) -> Vec<u8> {
    let mut packet = vec![0; PACKET_BYTES];
    packet[0] = CONFIGURATION;
    let heard = || frame.right.iter().chain(&frame.left).copied().map(f32::abs).filter(|one| *one > 0.0);
    let (most, least) = (heard().fold(0.0, f32::max), heard().fold(f32::INFINITY, f32::min));
    packet[1..5].copy_from_slice(&most.to_be_bytes());
    packet[5..9].copy_from_slice(&least.to_be_bytes());
    packet
}

/// The packets of an opened recording that are no silence: where each begins, samples from the recording's first, and the
/// loudest and faintest of its samples.
pub fn heard_in(ogg: &[u8]) -> Vec<(u64, f32, f32)> {
    let mut reader = ogg::PacketReader::new(std::io::Cursor::new(ogg));
    let (mut at, mut number, mut heard) = (0, 0, Vec::new());
    while let Some(packet) = reader.read_packet().unwrap() {
        number += 1;
        if number <= 2 {
            continue;
        }
        if packet.data.len() == PACKET_BYTES {
            let value = |from: usize| f32::from_be_bytes(packet.data[from..from + 4].try_into().unwrap());
            if value(1) > 0.0 {
                heard.push((at, value(1), value(5)));
            }
        }
        at += packet_samples(&packet.data).unwrap();
    }
    heard
}
