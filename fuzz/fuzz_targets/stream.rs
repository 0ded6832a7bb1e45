//! The readers of sealed segments.
#![no_main]

use callseal::seal::{DataKey, is_sealed_with, read_stream, read_unterminated_stream};
use callseal_fuzz::ASSOCIATED_DATA;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let key = DataKey::from_bytes(&[0x4b; 32]).expect("32 bytes");
    let whole = read_stream(&key, ASSOCIATED_DATA, data);
    let torn = read_unterminated_stream(&key, ASSOCIATED_DATA, data);
    let _ = is_sealed_with(&key, ASSOCIATED_DATA, data);
    if let Ok(plaintext) = whole {
        let torn = torn.expect("what is whole opens in part, too");
        assert!(torn.is_terminated && *torn.plaintext == *plaintext && !plaintext.is_empty());
    }
});
