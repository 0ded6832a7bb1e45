//! One attempt to store one object, over the network.
//!
//! Owns carrying out the steps that `store::attempt` says. Must never log or repeat a grant or a token, decide what an
//! answer means, nor when to try again.

use std::collections::BTreeMap;

use js_sys::{Array, Date, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, Headers, Response};

use crate::seal::sha256_hex;
use crate::session::report::ReportedObject;
use crate::store::attempt::{Answer, Attempt, Body, Ended, LARGEST_READ_BACK_BYTES, Read, Request, Step};
use crate::store::config::StoreConfig;
use crate::web::request::{absolute, location, retry_after, send};

/// Headers that are looked at, by lower-case name. Of another origin most can be read only if it exposes them.
const READ_HEADERS: [&str; 7] = [
    "callseal-sha256",
    "content-encoding",
    "content-length",
    "digest",
    "repr-digest",
    "upload-offset",
    "x-amz-checksum-sha256",
];

#[wasm_bindgen]
extern "C" {
    /// What the Worker's script does for the engine: the host's function, and tus.
    pub type Helpers;

    /// Asks the page's function for a grant; gives its answer as JSON text.
    #[wasm_bindgen(method, catch)]
    fn grant(
        this: &Helpers,
        store: &str,
        name: &str,
        size_bytes: f64,
        sha256: &str,
    ) -> Result<Promise, JsValue>;

    /// Uploads by tus; gives the upload's address, or the status code of a refusal, or nothing.
    #[wasm_bindgen(method, catch)]
    fn tus(
        this: &Helpers,
        url: &str,
        headers: &JsValue,
        name: &str,
        sha256: &str,
        content: &Blob,
    ) -> Result<Promise, JsValue>;
}

/// A store, as it is reached now.
pub struct Target<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its kind.
    pub config: &'a StoreConfig,
    /// What the Worker's script does.
    pub helpers: &'a Helpers,
}

/// Tries to store `object`, whose content is `content`.
pub async fn attempt(target: &Target<'_>, object: &ReportedObject, is_retry: bool, content: &Blob) -> Ended {
    let mut attempt = Attempt::new(target.config.clone(), object.clone(), is_retry);
    let mut step = attempt.begin();
    loop {
        step = match step {
            Step::End(ended) => return ended,
            Step::Request(request) => match perform(&request, content).await {
                Ok(answer) => attempt.answered(request.phase, &answer, unix_ms()),
                // Nothing answered: no network, no server, a cut connection.
                Err(_) => attempt.unanswered(request.phase),
            },
            Step::AskHost => {
                #[allow(clippy::cast_precision_loss)] // at most some megabytes
                let size_bytes = object.size_bytes as f64;
                let asked = target.helpers.grant(target.name, &object.name, size_bytes, &object.sha256);
                let text = settled(asked).await.and_then(|answer| answer.as_string());
                attempt.granted(text.as_deref(), unix_ms())
            }
            Step::Resume { url, headers } => {
                attempt.resumed(resume(target, object, &url, &headers, content).await)
            }
        };
    }
}

async fn settled(promise: Result<Promise, JsValue>) -> Option<JsValue> {
    JsFuture::from(promise.ok()?).await.ok()
}

async fn resume(
    target: &Target<'_>,
    object: &ReportedObject,
    url: &str,
    headers: &BTreeMap<String, String>,
    content: &Blob,
) -> Result<String, Option<u16>> {
    let url = absolute(url, &location()).map_err(|_| None)?;
    let plain = js_sys::Object::new();
    for (name, value) in headers {
        Reflect::set(&plain, &name.into(), &value.into()).map_err(|_| None)?;
    }
    let asked = target.helpers.tus(&url, &plain, &object.name, &object.sha256, content);
    let answer = settled(asked).await.ok_or(None)?;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a status code
    let status = answer.as_f64().map(|status| status as u16);
    answer.as_string().ok_or(status)
}

async fn perform(request: &Request, content: &Blob) -> Result<Answer, JsValue> {
    let headers = Headers::new()?;
    for (name, value) in &request.headers {
        headers.set(name, value)?;
    }
    let base = absolute(&request.base, &location())?;
    let url = absolute(&request.url, &base)?;
    let body = match &request.body {
        Body::Empty => JsValue::UNDEFINED,
        Body::Text(text) => text.into(),
        Body::Object => content.into(),
    };
    let response = send(&url, &request.method, &headers, &body).await?;
    let mut answer = Answer {
        status: response.status(),
        retry_after_ms: retry_after(&response),
        headers: headers_of(&response),
        ..Answer::default()
    };
    match request.read {
        Read::Head => {}
        Read::Text => answer.text = JsFuture::from(response.text()?).await?.as_string().unwrap_or_default(),
        Read::Hash => (answer.content, answer.is_beginning) = content_of(&response, content).await?,
    }
    Ok(answer)
}

fn headers_of(response: &Response) -> BTreeMap<String, String> {
    let headers = response.headers();
    let read = READ_HEADERS.iter().filter_map(|name| {
        let value = headers.get(name).ok().flatten()?;
        Some(((*name).to_owned(), value))
    });
    read.collect()
}

/// Size and hash of what is there, unless it is more than any object has; and whether it is a mere beginning of `own`.
async fn content_of(response: &Response, own: &Blob) -> Result<(Option<(u64, String)>, bool), JsValue> {
    let blob: Blob = JsFuture::from(response.blob()?).await?.dyn_into()?;
    #[allow(clippy::cast_precision_loss)] // a constant of one mebibyte
    if blob.size() > LARGEST_READ_BACK_BYTES as f64 {
        // Another length than every object has is another content.
        return Ok((Some((u64::MAX, String::new())), false));
    }
    let bytes = bytes_of(&blob).await?;
    let is_beginning =
        blob.size() < own.size() && bytes_of(&own.slice_with_f64_and_f64(0.0, blob.size())?).await? == bytes;
    Ok((Some((bytes.len() as u64, sha256_hex(&bytes))), is_beginning))
}

async fn bytes_of(blob: &Blob) -> Result<Vec<u8>, JsValue> {
    Ok(js_sys::Uint8Array::new(&JsFuture::from(blob.array_buffer()).await?).to_vec())
}

/// A blob of these bytes.
///
/// # Errors
/// If the browser has no memory for it.
pub fn blob_of(bytes: &[u8]) -> Result<Blob, JsValue> {
    Blob::new_with_u8_array_sequence(&Array::of1(&js_sys::Uint8Array::from(bytes)))
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a date of this century
fn unix_ms() -> u64 {
    Date::now() as u64
}
