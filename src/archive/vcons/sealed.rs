//! The outer form of a stored vCon, which everybody can check: an object of exactly our form, that claims its own place.
//!
//! What lies outside of the encryption is not authenticated by it; so it has to be just what this software writes.

use serde_json::{Value, json};

use crate::names::CallId;
use crate::seal::{ENCRYPTION, envelope_recipients};
use crate::vcon::{self, MEDIA_TYPE};
use crate::{Error, ErrorKind, Result};

pub(super) fn check(object: &[u8], call_id: CallId, version: u32) -> Result<()> {
    let recipients = envelope_recipients(object)?;
    let corrupt =
        || Error::new(ErrorKind::Corrupt, "the object is not a sealed vCon in the form of the format");
    let jwe: Value = serde_json::from_slice(object).map_err(|_| corrupt())?;
    let claimed = jwe.pointer("/unprotected/uuid").and_then(Value::as_str).ok_or_else(corrupt)?;
    if claimed != vcon::uuid(call_id, version) {
        return Err(Error::new(ErrorKind::Swapped, "this is the vCon of another call or version"));
    }
    let stated = json!({"cty": MEDIA_TYPE, "enc": ENCRYPTION, "uuid": claimed});
    let is_canonical = serde_json_canonicalizer::to_vec(&jwe).is_ok_and(|bytes| bytes == object);
    if is_canonical && !recipients.is_empty() && jwe.get("unprotected") == Some(&stated) {
        return Ok(());
    }
    Err(corrupt())
}
