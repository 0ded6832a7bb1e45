//! The readers of vCons: plain, signed, encrypted.
#![no_main]

use callseal::vcon::{SignedVcon, Vcon, open};
use callseal_fuzz::envelope_owner;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(vcon) = Vcon::read(data) {
        let again = Vcon::read(&vcon.to_json().expect("JSON")).expect("what was written is read");
        assert_eq!(again.uuid(), vcon.uuid());
        let _ = (vcon.withdrawn_parties(), vcon.attested("recording").is_some());
    }
    let _ = SignedVcon::read(data);
    let _ = open(data, &envelope_owner());
});
