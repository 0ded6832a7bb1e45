//! Tests of the engine in a real browser: one binary, so that one browser is started.
//! Run by `npm run test:web`; empty on every other target.
#![cfg(target_arch = "wasm32")]

use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// Everything else here rests on a secure context: keys, storage and the microphone are missing without one.
#[wasm_bindgen_test]
fn the_test_page_is_a_secure_context() {
    let secure = js_sys::Reflect::get(&js_sys::global(), &"isSecureContext".into());
    assert_eq!(secure, Ok(true.into()));
}
