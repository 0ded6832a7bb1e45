//! What `pkg/player/worker.mjs` calls. Owns nothing but the form in which things cross to JavaScript.

use std::alloc::System;

use js_sys::Reflect;
use serde::Serialize;
use wasm_bindgen::prelude::*;
use zeroizing_alloc::ZeroAlloc;

use crate::{Excerpt, StoredCall};
use callseal::{Error, ErrorKind, Result};

/// Wipes all memory that is given back: keys and packets pass through buffers of crates that do not.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

/// A stored call, as JavaScript sees it.
#[wasm_bindgen(js_name = StoredCall)]
#[derive(Debug)]
pub struct WebCall {
    call: StoredCall,
}

/// The packets of a segment, as JavaScript sees them.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Packets {
    bytes: Vec<u8>,
    lengths: Vec<u32>,
}

#[wasm_bindgen]
impl Packets {
    /// All packets, one behind the other (copied).
    #[wasm_bindgen(getter)]
    pub fn bytes(&self) -> Vec<u8> {
        self.bytes.clone()
    }

    /// The length of each, bytes (copied).
    #[wasm_bindgen(getter)]
    pub fn lengths(&self) -> Vec<u32> {
        self.lengths.clone()
    }
}

#[wasm_bindgen(js_class = StoredCall)]
impl WebCall {
    /// A call of which nothing was fetched yet.
    ///
    /// # Errors
    /// `call/unknown` when it is no call's id.
    #[wasm_bindgen(constructor)]
    pub fn new(call_id: &str) -> core::result::Result<Self, js_sys::Error> {
        StoredCall::new(call_id).map(|call| Self { call }).map_err(|error| to_js(&error))
    }

    /// Takes an object that was fetched.
    ///
    /// # Errors
    /// For a name of no object.
    pub fn add(&mut self, name: &str, content: Vec<u8>) -> core::result::Result<(), js_sys::Error> {
        self.call.add(name, content).map_err(|error| to_js(&error))
    }

    /// Lets go of an object.
    pub fn forget(&mut self, name: &str) {
        self.call.forget(name);
    }

    /// Takes the listener's private key.
    ///
    /// # Errors
    /// When it is none.
    #[wasm_bindgen(js_name = setKey)]
    pub fn set_key(&mut self, jwk: &str) -> core::result::Result<(), js_sys::Error> {
        self.call.set_key(jwk).map_err(|error| to_js(&error))
    }

    /// Names a server whose countersignatures count.
    ///
    /// # Errors
    /// When it is no public key.
    #[wasm_bindgen(js_name = trustServer)]
    pub fn trust_server(&mut self, jwk: &str) -> core::result::Result<(), js_sys::Error> {
        self.call.trust_server(jwk).map_err(|error| to_js(&error))
    }

    /// The outline (JSON).
    ///
    /// # Errors
    /// None in practice.
    pub fn outline(&mut self) -> core::result::Result<String, js_sys::Error> {
        self.call.outline().and_then(|outline| json(&outline)).map_err(|error| to_js(&error))
    }

    /// The report of `callseal verify --json`.
    ///
    /// # Errors
    /// None in practice.
    pub fn verify(&self) -> core::result::Result<String, js_sys::Error> {
        self.call.verify().and_then(|report| json(&report)).map_err(|error| to_js(&error))
    }

    /// Opens a segment.
    ///
    /// # Errors
    /// Those of docs/format.md §7.
    #[wasm_bindgen(js_name = openSegment)]
    pub fn open_segment(
        &self,
        index: usize,
        envelope: &[u8],
        sealed: &[u8],
    ) -> core::result::Result<Packets, js_sys::Error> {
        let opened = self.call.open_segment(index, envelope, sealed).map_err(|error| to_js(&error))?;
        Ok(Packets { bytes: opened.bytes, lengths: opened.lengths })
    }
}

/// An excerpt, as JavaScript sees it.
#[wasm_bindgen(js_name = Excerpt)]
#[derive(Debug)]
pub struct WebExcerpt {
    excerpt: Option<Excerpt>,
}

#[wasm_bindgen(js_class = Excerpt)]
impl WebExcerpt {
    /// An excerpt with comments: a JSON list of pairs of a field's name and its text.
    ///
    /// # Errors
    /// For comments that cannot be.
    #[wasm_bindgen(constructor)]
    pub fn new(pre_skip_samples: u16, comments: &str) -> core::result::Result<Self, js_sys::Error> {
        let invalid = |_| Error::new(ErrorKind::MessageInvalid, "these are no comments");
        let excerpt = serde_json::from_str::<Vec<crate::Comment>>(comments)
            .map_err(invalid)
            .and_then(|comments| Excerpt::new(1, pre_skip_samples, &comments));
        Ok(Self { excerpt: Some(excerpt.map_err(|error| to_js(&error))?) })
    }

    /// Appends a packet.
    ///
    /// # Errors
    /// None in practice.
    pub fn push(&mut self, packet: Vec<u8>) -> core::result::Result<(), js_sys::Error> {
        let Some(excerpt) = &mut self.excerpt else { return Ok(()) };
        excerpt.push(packet).map_err(|error| to_js(&error))
    }

    /// Ends it and gives its bytes.
    ///
    /// # Errors
    /// `WrongState` when there is nothing in it.
    pub fn finish(&mut self) -> core::result::Result<Vec<u8>, js_sys::Error> {
        let over = || Error::new(ErrorKind::WrongState, "the excerpt is over");
        let excerpt = self.excerpt.take().ok_or_else(over);
        excerpt.and_then(Excerpt::finish).map_err(|error| to_js(&error))
    }
}

fn json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value)
        .map_err(|_| Error::new(ErrorKind::Corrupt, "the report could not be written"))
}

fn to_js(error: &Error) -> js_sys::Error {
    let thrown = js_sys::Error::new(error.detail());
    thrown.set_name("CallsealError");
    // Setting a property of an object made just above cannot fail.
    let _ = Reflect::set(&thrown, &"code".into(), &error.code().into());
    thrown
}
