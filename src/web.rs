//! The browser edge of the engine: what runs in the dedicated Worker.
//!
//! Owns the exports that `pkg/worker.mjs` calls. Must never decide anything: messages go in, effects are carried out.
//! Keys exist only on this side and never cross to JavaScript.

mod countersign;
pub mod device_key;
mod edge;
mod encoder;
mod error;
mod opfs;
mod recovery;
mod request;
mod resuming;
mod spool;
#[cfg(test)]
mod tests;
mod upload;
mod webhook;

use std::alloc::System;
use std::rc::Rc;

use js_sys::Function;
use wasm_bindgen::prelude::*;
use zeroizing_alloc::ZeroAlloc;

use crate::audio::{BLOCK_SAMPLES, Block};
use crate::config::{Config, ValidConfig};
use crate::message::{EngineMessage, PROTOCOL_VERSION, PageMessage};
use crate::session::Input;
use crate::{Error, ErrorKind};
use edge::Edge;

/// Wipes all memory that is given back. Keys and samples are wiped where they are owned; packets and Ogg pages also pass
/// through buffers that grow or belong to other crates, and would lie in freed memory until it is used again.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

/// The engine as JavaScript sees it. One per Worker.
#[wasm_bindgen(js_name = Engine)]
pub struct WebEngine {
    edge: Rc<Edge>,
}

impl core::fmt::Debug for WebEngine {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.debug_struct("WebEngine").finish_non_exhaustive()
    }
}

/// Starts an engine: validates the configuration, checks the encoder, looks for what a crash left behind. `post` is
/// called with every message for the page; `helpers` has the functions `grant` and `tus` (`web::upload`); `resumes` names the
/// calls of a dead engine that the page will have taken over.
///
/// # Errors
/// An `Error` with a `code`, for example `config/invalid`.
#[wasm_bindgen(js_name = startEngine)]
pub async fn start_engine(
    config: JsValue,
    post: Function,
    helpers: JsValue,
    resumes: Vec<String>,
) -> Result<WebEngine, js_sys::Error> {
    let config = read_config(config).map_err(|error| error::to_js(&error))?;
    let edge = Edge::start(config, post, helpers.unchecked_into(), resumes)
        .await
        .map_err(|error| error::to_js(&error))?;
    edge.post(&EngineMessage::Ready {
        protocol: PROTOCOL_VERSION,
        version: env!("CARGO_PKG_VERSION").to_owned(),
    });
    recovery::run(&edge);
    Ok(WebEngine { edge })
}

fn read_config(config: JsValue) -> crate::Result<ValidConfig> {
    let value = plain(config)
        .ok_or_else(|| Error::new(ErrorKind::ConfigInvalid, "The configuration is not a plain object."))?;
    Config::read(value)?.validate()
}

/// A plain value of the page. Everything is read from this one form: readers for a second one would be a tenth of the
/// module.
fn plain(value: JsValue) -> Option<serde_json::Value> {
    serde_wasm_bindgen::from_value(value).ok()
}

#[wasm_bindgen(js_class = Engine)]
impl WebEngine {
    /// Takes a message of the page (`PageMessage` in `protocol.mjs`). A message of the wrong shape is refused and
    /// reported; nothing changes.
    pub fn handle(&self, message: JsValue) {
        let read = serde_wasm_bindgen::from_value::<PageMessage>(message).map_err(|_| {
            Error::new(ErrorKind::MessageInvalid, "A message from the page was not understood.")
        });
        match read {
            Ok(message) => self.edge.page_message(message),
            Err(error) => self.edge.problem(None, &error, false),
        }
    }

    /// Takes a captured block of the call: both channels, 960 samples each (copied).
    pub fn block(&self, call_id: &str, frame: f64, wall_ms: f64, left: &[f32], right: &[f32]) {
        if left.len() != BLOCK_SAMPLES || right.len() != BLOCK_SAMPLES || !(0.0..9.0e15).contains(&frame) {
            let error = Error::new(ErrorKind::MessageInvalid, "A block of audio did not have 960 samples.");
            self.edge.problem(Some(call_id.to_owned()), &error, false);
            return;
        }
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // checked just above
        let block = Block { frame: frame as u64, wall_ms, left, right };
        self.edge.block(call_id, block);
    }

    /// Takes the decoded prompt of the call (mono, 48 kHz; copied).
    #[wasm_bindgen(js_name = disclosureAudio)]
    pub fn disclosure_audio(&self, call_id: &str, samples: &[f32]) {
        self.edge.call_input(call_id, Input::DisclosureAudio(samples.to_vec()));
    }

    /// What the browser says is left on the disk for this origin, bytes.
    #[wasm_bindgen(js_name = leftOnDisk)]
    pub fn left_on_disk(&self, bytes: f64) {
        if (0.0..9.0e15).contains(&bytes) {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // checked just above
            self.edge.left_on_disk(bytes as u64);
        }
    }

    /// What the spool holds of a call: a list of object names and contents (`[string, Blob][]`), sealed as they are.
    ///
    /// # Errors
    /// `spool/failed` if there is nothing.
    #[wasm_bindgen(js_name = spooledFiles)]
    pub async fn spooled_files(&self, call_id: String) -> Result<js_sys::Array, js_sys::Error> {
        let files = self.edge.files(&call_id).await.map_err(|error| error::to_js(&error))?;
        let pair = |(name, content): (String, web_sys::Blob)| js_sys::Array::of2(&name.into(), &content);
        Ok(files.into_iter().map(pair).collect())
    }

    /// Time passes: call it about ten times a second.
    pub fn tick(&self) {
        self.edge.tick();
    }
}
