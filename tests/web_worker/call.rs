//! A page around the real engine: it makes the audio, answers challenges, clicks, and hears what the engine says.

use std::cell::RefCell;
use std::rc::Rc;

use callseal::seal::{PrivateKey, sha256_hex};
use callseal::web::{WebEngine, start_engine};
use js_sys::{Array, Date, Function, Uint8Array};
use serde::Serialize as _;
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;

/// What the agent says, and what the customer says.
pub const AGENT_HZ: f64 = 440.0;
pub const CUSTOMER_HZ: f64 = 1_000.0;

/// `currentFrame` of the audio context when the call is answered.
const FIRST_FRAME: u64 = 96_000;

/// Where the prompt begins in the call, and how long it is, in samples: 0.2 s to 1.4 s.
const PROMPT_BEGINS: u64 = 9_600;
const PROMPT_SAMPLES: u64 = 57_600;

/// A port that Chromium never connects to: nothing leaves the spool.
const NO_STORE: &str = "http://127.0.0.1:1/v1/grants";

#[wasm_bindgen(module = "/tests/web_worker/spool.js")]
extern "C" {
    #[wasm_bindgen(js_name = spooledCalls, catch)]
    pub async fn spooled_calls() -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_name = filesOfCall, catch)]
    async fn files_of_call(call_id: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_name = decode, catch)]
    async fn decode_packets(packets: &Array) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_name = pause)]
    async fn pause(milliseconds: f64);
}

#[wasm_bindgen(module = "/tests/web_worker/memory.js")]
extern "C" {
    #[wasm_bindgen(js_name = copyMemory)]
    pub fn copy_memory(memory: &JsValue);
    #[wasm_bindgen(js_name = copyHolds)]
    pub fn copy_holds(wanted: &[u8]) -> bool;
    #[wasm_bindgen(js_name = copyHoldsKey, catch)]
    pub async fn copy_holds_key(envelope: &str, private_jwk: &str) -> Result<JsValue, JsValue>;
}

/// Each file of a call's folder in the spool, with its content.
pub async fn spooled_files(call_id: &str) -> Vec<(String, Vec<u8>)> {
    let files = files_of_call(call_id).await.unwrap();
    Array::from(&files)
        .iter()
        .map(|file| {
            let file = Array::from(&file);
            (file.get(0).as_string().unwrap(), file.get(1).unchecked_into::<Uint8Array>().to_vec())
        })
        .collect()
}

/// Both channels of these packets, decoded by the browser.
pub async fn decode(packets: &[Vec<u8>]) -> (Vec<f32>, Vec<f32>) {
    let packets: Array = packets.iter().map(|packet| Uint8Array::from(packet.as_slice())).collect();
    let channels = Array::from(&decode_packets(&packets).await.unwrap());
    let channel = |index| channels.get(index).unchecked_into::<js_sys::Float32Array>().to_vec();
    (channel(0), channel(1))
}

/// One engine and one call of it, in real time.
pub struct Call {
    pub id: String,
    pub key: PrivateKey,
    engine: WebEngine,
    heard: Rc<RefCell<Vec<JsValue>>>,
    messages: Vec<Value>,
    prompt: Vec<f32>,
    answered_ms: f64,
    blocks: u64,
    _post: Closure<dyn FnMut(JsValue)>,
}

impl Call {
    /// Starts an engine with a key of its own and answers a call in it.
    pub async fn answer(id: &str) -> Self {
        let key = PrivateKey::generate().unwrap();
        let heard = Rc::new(RefCell::new(Vec::new()));
        let posted = Rc::clone(&heard);
        let post = Closure::<dyn FnMut(JsValue)>::new(move |message| posted.borrow_mut().push(message));
        let config = json!({
            "recipients": [key.public().to_jwk()],
            "store": {"kind": "grants", "url": NO_STORE, "token": "t"},
            "holdBackMs": 3_000, "lookBackMs": 500, "graceMs": 200, "segmentMs": 10_000,
            "disclosure": {
                "promptId": "noise", "version": 1, "language": "en", "text": "May we record?", "url": "/noise.wav",
                "sha256": sha256_hex(b"noise"),
            },
        });
        let engine = start_engine(
            to_js(&config),
            post.as_ref().unchecked_ref::<Function>().clone(),
            JsValue::UNDEFINED,
            Vec::new(),
        );
        let engine = engine.await.unwrap();
        let mut call = Self {
            id: id.to_owned(),
            key,
            engine,
            heard,
            messages: Vec::new(),
            prompt: noise(PROMPT_SAMPLES),
            answered_ms: Date::now(),
            blocks: 0,
            _post: post,
        };
        call.say(&json!({"kind": "sensor_join", "context_id": "page"}));
        call.say(&json!({"kind": "call_open", "call_id": id}));
        call.answered_ms = Date::now();
        call.say(&json!({"kind": "call_answered", "call_id": id, "answered_age_ms": 0.0, "by": "media", "trusted": false}));
        call
    }

    /// Says something of this call.
    pub fn say_of_call(&self, mut message: Value) {
        message["call_id"] = self.id.clone().into();
        self.say(&message);
    }

    /// Says something to the engine.
    pub fn say(&self, message: &Value) {
        self.engine.handle(to_js(message));
    }

    /// Plays the prompt and waits until the engine asks for the answer.
    pub async fn disclose(&mut self) {
        assert!(self.messages_of("play_disclosure").len() == 1 || self.listen().len() == 1, "asked to play");
        self.engine.disclosure_audio(&self.id, &self.prompt);
        let frame = (FIRST_FRAME + PROMPT_BEGINS) as f64;
        self.say_of_call(json!({"kind": "disclosure_started", "frame": frame}));
        self.go_on_until(f64::from(u32::try_from(PROMPT_BEGINS + PROMPT_SAMPLES).unwrap()) / 48.0).await;
        let frame = (FIRST_FRAME + PROMPT_BEGINS + PROMPT_SAMPLES) as f64;
        self.say_of_call(json!({"kind": "disclosure_ended", "frame": frame}));
        let now_ms = self.now_ms();
        while self.phase() != "asking" {
            assert!(self.now_ms() < now_ms + 3_000.0, "disclosed: {:?}", self.messages.last());
            self.go_on_for(40.0).await;
        }
    }

    /// A click on an answer.
    pub fn click(&self, answer: &str) {
        self.say_of_call(json!({
            "kind": "consent", "answer": answer, "method": "agent_button", "trusted": true, "event_age_ms": 0.0,
        }));
    }

    /// Hangs up and waits for the report; audio goes on a little, as it does.
    pub async fn hang_up(&mut self) -> Value {
        self.say_of_call(json!({"kind": "hang_up", "event_age_ms": 0.0}));
        let until_ms = self.now_ms() + 8_000.0;
        loop {
            self.go_on_for(40.0).await;
            if let Some(closed) = self.messages_of("call_closed").first() {
                return closed["report"].clone();
            }
            assert!(self.now_ms() < until_ms, "closed: {:?}", self.messages.last());
        }
    }

    /// Lets the call go on for so many milliseconds.
    pub async fn go_on_for(&mut self, milliseconds: f64) {
        let until_ms = self.now_ms() + milliseconds;
        self.go_on_until(until_ms).await;
    }

    /// Lets the call go on until so many milliseconds behind its answer.
    pub async fn go_on_until(&mut self, until_ms: f64) {
        while self.now_ms() < until_ms {
            pause(10.0).await;
            while (self.blocks + 1) as f64 * 20.0 <= self.now_ms() {
                let (left, right) = self.audio(self.blocks * 960);
                let frame = (FIRST_FRAME + self.blocks * 960) as f64;
                let wall_ms = self.answered_ms + (self.blocks + 1) as f64 * 20.0;
                self.engine.block(&self.id, frame, wall_ms, &left, &right);
                self.blocks += 1;
            }
            self.engine.tick();
            self.listen();
        }
    }

    /// Milliseconds since the answer.
    pub fn now_ms(&self) -> f64 {
        Date::now() - self.answered_ms
    }

    /// All messages of this kind so far.
    pub fn messages_of(&self, kind: &str) -> Vec<&Value> {
        self.messages.iter().filter(|message| message["kind"] == kind).collect()
    }

    fn phase(&self) -> &str {
        let last = self.messages_of("state").last().copied();
        last.and_then(|state| state["snapshot"]["phase"].as_str()).unwrap_or("")
    }

    /// Takes what the engine said and answers its challenges.
    fn listen(&mut self) -> Vec<Value> {
        let heard: Vec<Value> = self
            .heard
            .take()
            .into_iter()
            .map(|message| serde_wasm_bindgen::from_value(message).unwrap())
            .collect();
        for message in heard.iter().filter(|message| message["kind"] == "challenge") {
            let nonce = &message["nonce"];
            self.say(&json!({"kind": "sensor_answer", "context_id": "page", "nonce": nonce}));
        }
        let mut others = Vec::new();
        for message in heard {
            if message["kind"] == "play_disclosure" {
                others.push(message.clone());
            }
            self.messages.push(message);
        }
        others
    }

    /// 20 ms of the call: the prompt goes out first, then both speak without a pause.
    fn audio(&self, sample: u64) -> (Vec<f32>, Vec<f32>) {
        let prompt = PROMPT_BEGINS..PROMPT_BEGINS + PROMPT_SAMPLES;
        let left = (sample..sample + 960).map(|sample| {
            if prompt.contains(&sample) {
                return self.prompt[usize::try_from(sample - PROMPT_BEGINS).unwrap()];
            }
            tone(sample, AGENT_HZ)
        });
        (left.collect(), (sample..sample + 960).map(|sample| tone(sample, CUSTOMER_HZ)).collect())
    }
}

fn tone(sample: u64, frequency_hz: f64) -> f32 {
    (0.5 * (core::f64::consts::TAU * frequency_hz * sample as f64 / 48_000.0).sin()) as f32
}

/// Noise in the band of speech, always the same.
fn noise(samples: u64) -> Vec<f32> {
    let (mut state, mut smooth) = (1_u32, 0.0);
    let next = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        smooth += 0.1 * (f64::from(state) / f64::from(u32::MAX) - 0.5 - smooth);
        smooth as f32
    };
    (0..samples).map(next).collect()
}

fn to_js(value: &Value) -> JsValue {
    value.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).unwrap()
}
