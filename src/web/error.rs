//! Errors as JavaScript sees them: always a real `Error` with `name` and `code`.

use js_sys::Reflect;
use wasm_bindgen::JsValue;

use crate::{Error, ErrorKind};

/// A `CallsealError` with `code` and `retryable`.
pub fn to_js(error: &Error) -> js_sys::Error {
    let thrown = js_sys::Error::new(error.detail());
    thrown.set_name("CallsealError");
    // Setting a property of an object made just above cannot fail.
    let _ = Reflect::set(&thrown, &"code".into(), &error.code().into());
    let _ = Reflect::set(&thrown, &"retryable".into(), &error.kind().retryable().into());
    thrown
}

/// An error of this kind for something the browser threw; its message is the browser's `name` only, because messages
/// may quote addresses with grants in them.
pub fn from_js(kind: ErrorKind, doing: &str, thrown: &JsValue) -> Error {
    let name =
        Reflect::get(thrown, &"name".into()).ok().and_then(|name| name.as_string()).unwrap_or_default();
    Error::new(kind, format!("{doing} failed ({name})."))
}
