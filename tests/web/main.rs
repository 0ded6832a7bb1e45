//! Tests of capture in a real page: a window is the only place with peer connections and an audio graph. What runs in
//! the Worker is in `tests/web_worker`. Run by `npm run test:web`; empty on every other target.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)] // tests may panic

mod tone;

use callseal::audio::clock::{CallClock, Placed};
use callseal::audio::hold_back::HoldBack;
use callseal::audio::{BLOCK_LENGTH_SAMPLES, BLOCK_SAMPLES, Block, Now, SAMPLES_PER_MS};
use js_sys::{Array, Float32Array};
use tone::{amplitude, peak};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// What the agent's side sends, and what the customer's side sends.
const SENT_HZ: f64 = 440.0;
const RECEIVED_HZ: f64 = 1_000.0;

/// How long is captured once the customer is heard.
const SECONDS: f64 = 3.0;

#[wasm_bindgen(module = "/tests/web/loopback.js")]
extern "C" {
    #[wasm_bindgen(js_name = captureLoopback, catch)]
    async fn capture_loopback(
        worklet_source: &str,
        sent_hz: f64,
        received_hz: f64,
        seconds: f64,
    ) -> Result<JsValue, JsValue>;

    type Captured;
    #[wasm_bindgen(method, getter)]
    fn frame(this: &Captured) -> f64;
    #[wasm_bindgen(method, getter)]
    fn wall_ms(this: &Captured) -> f64;
    #[wasm_bindgen(method, getter)]
    fn arrived_ms(this: &Captured) -> f64;
    #[wasm_bindgen(method, getter)]
    fn arrived_unix_ms(this: &Captured) -> f64;
    #[wasm_bindgen(method, getter)]
    fn left(this: &Captured) -> Float32Array;
    #[wasm_bindgen(method, getter)]
    fn right(this: &Captured) -> Float32Array;
}

/// Everything else here rests on a secure context: keys, storage and the microphone are missing without one.
#[wasm_bindgen_test]
fn the_test_page_is_a_secure_context() {
    let secure = js_sys::Reflect::get(&js_sys::global(), &"isSecureContext".into());
    assert_eq!(secure, Ok(true.into()));
}

#[wasm_bindgen_test]
async fn a_real_call_is_captured_without_a_hole_sent_on_the_left_received_on_the_right() {
    let worklet = include_str!("../../pkg/worklet.mjs");
    let captured = capture_loopback(worklet, SENT_HZ, RECEIVED_HZ, SECONDS).await.unwrap();
    let captured: Vec<Captured> =
        Array::from(&captured).iter().map(JsCast::unchecked_into::<Captured>).collect();

    let first = &captured[0];
    let mut clock = CallClock::new(first.arrived_ms() - 20.0);
    let mut ring = None;
    let (mut left, mut right) = (Vec::new(), Vec::new());
    let mut gaps = 0;
    for (block, index) in captured.iter().zip(0_u64..) {
        assert_eq!(block.frame() as u64, first.frame() as u64 + index * BLOCK_LENGTH_SAMPLES, "unbroken");
        let (block_left, block_right) = (block.left().to_vec(), block.right().to_vec());
        assert_eq!((block_left.len(), block_right.len()), (BLOCK_SAMPLES, BLOCK_SAMPLES));
        let now = Now { monotonic_ms: block.arrived_ms(), unix_ms: block.arrived_unix_ms() as u64 };
        let block = Block {
            frame: block.frame() as u64,
            wall_ms: block.wall_ms(),
            left: &block_left,
            right: &block_right,
        };
        let placed = clock.place(&block, now);
        let ring = ring.get_or_insert_with(|| HoldBack::new(48_000, clock.head() - BLOCK_LENGTH_SAMPLES));
        for placed in placed {
            match placed {
                Placed::Audio { left, right } => ring.push(&left, &right).unwrap(),
                Placed::Gap { .. } => gaps += 1,
            }
        }
        while let Some(frame) = ring.pop() {
            left.extend_from_slice(&frame.left);
            right.extend_from_slice(&frame.right);
        }
    }
    // The timeline is as long as the time that passed, gaps included.
    let last = &captured[captured.len() - 1];
    let passed_ms = last.arrived_ms() - first.arrived_ms();
    let timeline_ms = clock.head() as f64 / SAMPLES_PER_MS as f64 - 20.0;
    assert!((timeline_ms - passed_ms).abs() < 100.0 + 0.001 * passed_ms, "{timeline_ms} of {passed_ms} ms");
    assert!(gaps <= 1, "{gaps} gaps in a call that was never held");

    // The second before last: what comes first is the jitter buffer filling.
    let heard = left.len() - 96_000..left.len() - 48_000;
    for (name, samples, there_hz, elsewhere_hz) in
        [("left", &left, SENT_HZ, RECEIVED_HZ), ("right", &right, RECEIVED_HZ, SENT_HZ)]
    {
        let samples = &samples[heard.clone()];
        let (there, elsewhere) = (usual(samples, there_hz), usual(samples, elsewhere_hz));
        assert!(there > 0.2, "{name}: its tone has {there}, its peak {}", peak(samples));
        assert!(elsewhere < there / 30.0, "{name}: the other side's tone has {elsewhere}, its own {there}");
    }
}

/// The median amplitude over pieces of 50 ms, in which a stretch of the jitter buffer does not cancel the tone.
fn usual(samples: &[f32], frequency_hz: f64) -> f64 {
    let mut pieces: Vec<f64> = samples.chunks(2_400).map(|piece| amplitude(piece, frequency_hz)).collect();
    pieces.sort_by(f64::total_cmp);
    pieces[pieces.len() / 2]
}
