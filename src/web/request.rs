//! One HTTP request of the engine.
//!
//! Owns what holds for all of them: no cookies, no redirects, no referrer, no cache, a limit of time. Must never log an
//! address or a header, nor decide what an answer means.

use js_sys::Date;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortSignal, Headers, ReferrerPolicy, Request, RequestCache, RequestCredentials, RequestInit,
    RequestRedirect, Response, Url, WorkerGlobalScope,
};

use crate::store::backoff;

/// An attempt that takes longer has failed, milliseconds: 256 KiB in 30 s is 70 kbit/s; and the Standard Webhooks
/// specification gives receivers 15 to 30 s.
const ATTEMPT_WITHIN_MS: u32 = 30_000;

/// Sends a request and waits for the answer's head.
///
/// # Errors
/// What the browser threw: nothing answered, or it may not be asked.
pub async fn send(url: &str, method: &str, headers: &Headers, body: &JsValue) -> Result<Response, JsValue> {
    let init = RequestInit::new();
    init.set_method(method);
    init.set_headers(headers);
    if !body.is_undefined() {
        init.set_body(body);
    }
    init.set_cache(RequestCache::NoStore);
    init.set_credentials(RequestCredentials::Omit);
    init.set_redirect(RequestRedirect::Error);
    init.set_referrer_policy(ReferrerPolicy::NoReferrer);
    init.set_signal(Some(&AbortSignal::timeout_with_u32(ATTEMPT_WITHIN_MS)));
    let request = Request::new_with_str_and_init(url, &init)?;
    JsFuture::from(scope()?.fetch_with_request(&request)).await?.dyn_into()
}

/// The pause that an answer asks for, milliseconds: seconds or a date (RFC 9110 §10.2.3). Of another origin it can be
/// read only if that exposes the header.
pub fn retry_after(response: &Response) -> Option<f64> {
    let header = response.headers().get("retry-after").ok().flatten()?;
    backoff::retry_after_ms(&header).or_else(|| {
        let pause_ms = Date::parse(&header) - Date::now();
        pause_ms.is_finite().then_some(pause_ms.max(0.0))
    })
}

/// An address as seen from another.
///
/// # Errors
/// If it is none.
pub fn absolute(url: &str, base: &str) -> Result<String, JsValue> {
    Ok(Url::new_with_base(url, base)?.href())
}

/// The Worker's own address.
pub fn location() -> String {
    scope().map(|scope| scope.location().href()).unwrap_or_default()
}

fn scope() -> Result<WorkerGlobalScope, JsValue> {
    js_sys::global().dyn_into().map_err(JsValue::from)
}
