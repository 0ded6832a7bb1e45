//! JWKs: recipients, private keys, keys that sign.
#![no_main]

use callseal::seal::{PrivateKey, RecipientKey, SigningKey, VerifyingKey};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(jwk) = serde_json::from_slice(data) else { return };
    let recipient = RecipientKey::from_jwk(&jwk);
    let (private, signing) = (PrivateKey::from_jwk(&jwk), SigningKey::from_jwk(&jwk));
    assert!(recipient.is_err() || private.is_err(), "a private key is no recipient's");
    if let (Ok(_), Ok(_)) = (&private, &signing) {
        let _ = VerifyingKey::from_jwk(&jwk);
    }
});
