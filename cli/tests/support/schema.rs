//! Validation against `docs/vcon.schema.json`.

#![allow(clippy::unwrap_used, clippy::missing_panics_doc, reason = "test code")]

use boon::{Compiler, Schemas};
use serde_json::Value;

/// Asserts that `json` is a vCon of the schema, in one of its three forms.
pub fn assert_is_vcon(json: &[u8]) {
    let schema: Value = serde_json::from_str(include_str!("../../../docs/vcon.schema.json")).unwrap();
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler.add_resource("urn:vcon", schema).unwrap();
    let compiled = compiler.compile("urn:vcon", &mut schemas).unwrap();
    let value: Value = serde_json::from_slice(json).unwrap();
    let result = schemas.validate(&value, compiled);
    assert!(result.is_ok(), "{:#}", result.unwrap_err());
}
