//! Names of objects and calls, and the hints that say where somebody is.
#![no_main]

use callseal::jurisdiction::{Place, Table};
use callseal::names::{CallId, ObjectName};
use callseal::webhook::signature::Secret;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let _ = Table::read(data);
    let Ok(text) = core::str::from_utf8(data) else { return };
    if let Ok(name) = ObjectName::parse(text) {
        assert_eq!(name.to_string(), text, "one name, one spelling");
    }
    if let Ok(id) = CallId::parse(text) {
        assert_eq!(id.to_string(), text);
    }
    let _ = (Place::parse(text), Secret::parse(text));
});
