//! The reader of envelopes.
#![no_main]

use callseal::names::{CallId, SegmentAddress};
use callseal::seal::{envelope_recipients, open_envelope};
use callseal_fuzz::{CALL_ID, envelope_owner};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let address = SegmentAddress::new(CallId::parse(CALL_ID).expect("an id"), 0, 3).expect("an address");
    let recipients = envelope_recipients(data);
    if open_envelope(data, &envelope_owner(), &address).is_ok() {
        assert!(!recipients.expect("what opens names its recipients").is_empty());
    }
});
