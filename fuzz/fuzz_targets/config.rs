//! The reader of configurations, and an engine with what it lets through.
#![no_main]

use callseal::{Config, Engine};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(value) = serde_json::from_slice(data) else { return };
    if let Ok(config) = Config::read(value).and_then(Config::validate) {
        let _ = Engine::new(config);
    }
});
