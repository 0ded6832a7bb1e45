//! Signed statements and certificates: countersignatures, confirmations, a host's assertion, X.509.
#![no_main]

use callseal::archive::key_of_certificate;
use callseal::consent::assertion;
use callseal::ledger::certificate::is_certified_by_device;
use callseal::ledger::{ExposureClaim, HeadClaim, ShredClaim};
use callseal::names::CallId;
use callseal::seal::SigningKey;
use callseal_fuzz::CALL_ID;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let _ = (HeadClaim::read(data), ShredClaim::read(data), ExposureClaim::read(data));
    let key = SigningKey::from_random(&[7; 32]).expect("a key").public();
    let call_id = CallId::parse(CALL_ID).expect("an id");
    if let Ok(text) = core::str::from_utf8(data) {
        let read = assertion::read(text, &[key.clone()], &call_id, 1_790_000_000_000);
        assert!(read.is_err(), "nobody here has that key");
    }
    let _ = key_of_certificate(data);
    let (leaf, device) = data.split_at(data.len() / 2);
    let _ = is_certified_by_device(&[leaf.to_vec(), device.to_vec()], &call_id, &key);
});
