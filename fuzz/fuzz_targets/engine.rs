//! The engine: whatever a page says, in whatever order, and however time goes, nothing stops it. One message in a line;
//! a line of digits lets as many milliseconds pass.
#![no_main]

use callseal::audio::Now;
use callseal::{Config, Engine, PageMessage};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

fuzz_target!(|data: &[u8]| {
    let recipient = json!({
        "kty": "EC", "crv": "P-256",
        "x": "5nSXwGPvMCcknKwmofsAuEbpfZmxiCBYe2rNVyy2aeM", "y": "0YfCRSpHZPrXZhVDCCZoC7Kaj0coJEeFXrqLDdE4VOc",
    });
    let config = json!({
        "recipients": [recipient],
        "store": {"kind": "grants", "url": "/v1/grants", "token": "t"},
        "disclosure": {
            "promptId": "p", "version": 1, "language": "en", "text": "May we?", "url": "/p.wav",
            "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        },
    });
    let config = Config::read(config).and_then(Config::validate).expect("a configuration");
    let mut engine = Engine::new(config);
    let mut now = Now { monotonic_ms: 0.0, unix_ms: 1_790_000_000_000 };
    let mut number = 0_u32;
    for line in data.split(|byte| *byte == b'\n').take(64) {
        let elapsed = core::str::from_utf8(line).ok().and_then(|text| text.parse::<u32>().ok());
        if let Some(elapsed_ms) = elapsed {
            now.monotonic_ms += f64::from(elapsed_ms);
            now.unix_ms += u64::from(elapsed_ms);
            let _ = engine.tick(now, &mut || Some("nonce".to_owned()));
            continue;
        }
        let Ok(message) = serde_json::from_slice::<PageMessage>(line) else { continue };
        let mut random = || {
            number = number.wrapping_add(1);
            Ok(number)
        };
        let _ = engine.page_message(message, now, &mut random);
    }
});
