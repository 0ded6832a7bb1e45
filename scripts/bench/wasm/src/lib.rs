//! Sealing as the engine does it, and the same plaintext through a peer, for `scripts/bench/seal.mjs`.
//!
//! Must never: be part of what is shipped.

use aes_gcm_010::aead::AeadInPlace as _;
use aes_gcm_010::{Aes256Gcm, KeyInit as _};
use callseal::seal::{DataKey, SEGMENT_PLAINTEXT_BYTES, TinkWriter};
use wasm_bindgen::prelude::wasm_bindgen;

const PLACE: &str = "callseal/1/0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa/0/000003";

/// A plaintext, and the room for what becomes of it.
#[wasm_bindgen]
pub struct Bench {
    plaintext: Vec<u8>,
    sealed: Vec<u8>,
    key: DataKey,
    peer: Aes256Gcm,
}

#[wasm_bindgen]
impl Bench {
    /// With so many bytes.
    #[wasm_bindgen(constructor)]
    pub fn new(bytes: usize) -> Self {
        Self {
            plaintext: vec![0x5a; bytes],
            sealed: Vec::with_capacity(bytes + bytes / 100 + 100),
            key: DataKey::from_bytes(&[0x4b; 32]).expect("32 bytes"),
            peer: Aes256Gcm::new_from_slice(&[0x4b; 32]).expect("32 bytes"),
        }
    }

    /// A whole stream of the format: key derivation, nonces, tags, copies and wiping counted.
    pub fn seal(&mut self) -> usize {
        self.sealed.clear();
        let mut writer = TinkWriter::new(&self.key, PLACE).expect("random numbers");
        writer.push(&self.plaintext, &mut self.sealed).expect("room");
        writer.finish(&mut self.sealed).expect("an end");
        self.sealed.len()
    }

    /// The cipher of aes-gcm 0.10.3 alone, over pieces of the same length.
    pub fn peer(&mut self) -> usize {
        let mut length = 0;
        for piece in self.plaintext.chunks_mut(SEGMENT_PLAINTEXT_BYTES) {
            let tag = self.peer.encrypt_in_place_detached(&Default::default(), b"", piece).expect("a tag");
            length += piece.len() + tag.len();
        }
        length
    }
}
