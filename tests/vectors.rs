//! The library against the vectors of `tests/vectors`, which another implementation made.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "test code")]

use base64ct::{Base64, Encoding as _};
use callseal::Result;
use callseal::ledger::{Chain, read_chunk};
use callseal::names::{CallId, ObjectName};
use callseal::seal::{
    DataKey, PrivateKey, hex, open_envelope, read_stream, read_unterminated_stream, sha256_hex,
};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

struct Vector {
    name: String,
    header: BTreeMap<String, String>,
    body: Vec<u8>,
}

impl Vector {
    fn get(&self, name: &str) -> &str {
        self.header.get(name).unwrap_or_else(|| panic!("{} has no {name}", self.name))
    }

    fn expects_success(&self) -> bool {
        self.get("expect") == "success"
    }
}

fn vectors(kind: &str) -> Vec<Vector> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let mut vectors = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "txt") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let (header, body) = text.split_once("\n\n").unwrap();
        let header: BTreeMap<String, String> = header
            .lines()
            .map(|line| line.split_once(": ").unwrap())
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let body = Base64::decode_vec(&body.replace('\n', "")).unwrap();
        let vector = Vector { name: path.file_name().unwrap().to_str().unwrap().to_owned(), header, body };
        if vector.get("kind") == kind {
            vectors.push(vector);
        }
    }
    assert!(vectors.len() >= 15, "the vectors are there");
    vectors
}

fn from_hex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..=at.saturating_add(1)], 16).unwrap())
        .collect()
}

fn check<T>(vector: &Vector, result: Result<T>) -> Option<T> {
    match result {
        Ok(value) => {
            assert!(vector.expects_success(), "{} was accepted", vector.name);
            Some(value)
        }
        Err(error) => {
            assert_eq!(error.code(), vector.get("expect"), "{}: {error}", vector.name);
            None
        }
    }
}

#[test]
fn streams() {
    for vector in vectors("stream") {
        let key = DataKey::from_bytes(&from_hex(vector.get("key"))).unwrap();
        let read = read_stream(&key, vector.get("associated_data"), &vector.body);
        if let Some(plaintext) = check(&vector, read) {
            assert_eq!(sha256_hex(&plaintext), vector.get("plaintext_sha256"), "{}", vector.name);
            let read = read_unterminated_stream(&key, vector.get("associated_data"), &vector.body).unwrap();
            assert!(read.is_terminated && *read.plaintext == *plaintext, "{}", vector.name);
        }
    }
}

#[test]
fn envelopes() {
    for vector in vectors("envelope") {
        let owner = PrivateKey::from_jwk(&serde_json::from_str(vector.get("private")).unwrap()).unwrap();
        let name = ObjectName::parse(&format!("{}.ogg.tink", vector.get("address"))).unwrap();
        let ObjectName::Segment(address) = name else { panic!("{} is not a segment", vector.name) };
        if let Some(key) = check(&vector, open_envelope(&vector.body, &owner, &address)) {
            let expected = DataKey::from_bytes(&from_hex(vector.get("data_key"))).unwrap();
            assert_eq!(key.commitment().unwrap(), expected.commitment().unwrap(), "{}", vector.name);
        }
    }
}

#[test]
fn ledgers() {
    for vector in vectors("ledger") {
        let mut chain = Chain::start(&CallId::parse(vector.get("call_id")).unwrap());
        if let Some(entries) = check(&vector, read_chunk(&mut chain, &vector.body)) {
            assert_eq!(entries.len().to_string(), vector.get("entries"), "{}", vector.name);
        }
    }
}

/// HKDF-SHA-256 of 32 bytes 0x4b with the info of the format, computed by OpenSSL.
#[test]
fn the_commitment_is_that_of_the_format() {
    let key = DataKey::from_bytes(&[0x4b; 32]).unwrap();
    assert_eq!(key.commitment().unwrap(), "7cff963b6ac6e4a32fb5f24bf9b3584b5e2ed62fa23cddaf0f1284d25bebdef1");
    assert_eq!(hex(&[0, 255]), "00ff");
}
