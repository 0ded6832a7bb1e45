//! What the fuzz targets share: the vectors' keys and calls.
//!
//! Must never: judge what a target found.

use base64ct::{Base64, Encoding as _};
use callseal::archive::MemorySource;
use callseal::names::{CallId, ObjectName};
use callseal::seal::PrivateKey;
use serde_json::Value;
use std::sync::LazyLock;

/// The call of the vectors.
pub const CALL_ID: &str = "0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa";

/// Associated data of the vectors' streams.
pub const ASSOCIATED_DATA: &str = "callseal/1/0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa/0/000003";

/// Whole calls that edits are made to; the last is another call of the same recipient.
static BASES: LazyLock<[Base; 3]> = LazyLock::new(|| {
    [
        include_str!("../../tests/vectors/calls/base-whole.json"),
        include_str!("../../tests/vectors/calls/base-cut.json"),
        include_str!("../../tests/vectors/calls/base-other.json"),
    ]
    .map(|json| Base::of(&serde_json::from_str(json).expect("a base of the vectors")))
});

/// A call of the vectors.
pub struct Base {
    /// Its id.
    pub call_id: CallId,
    /// Its objects.
    pub objects: Vec<(ObjectName, Vec<u8>)>,
    private: Value,
}

impl Base {
    fn of(json: &Value) -> Self {
        let id = json["call_id"].as_str().expect("an id");
        let objects = json["objects"].as_object().expect("objects").iter().map(|(name, content)| {
            let content = Base64::decode_vec(content.as_str().expect("base64")).expect("base64");
            (ObjectName::parse(&format!("{id}/{name}")).expect("a name"), content)
        });
        Self {
            call_id: CallId::parse(id).expect("an id"),
            objects: objects.collect(),
            private: json["private"].clone(),
        }
    }

    /// One of the vectors' calls.
    pub fn number(number: u8) -> &'static Self {
        &BASES[usize::from(number) % BASES.len()]
    }

    /// Its recipient's key.
    pub fn owner(&self) -> PrivateKey {
        PrivateKey::from_jwk(&self.private).expect("a key")
    }

    /// Its objects as a reader gets them.
    pub fn source(&self) -> MemorySource {
        let mut source = MemorySource::new(self.call_id);
        for (name, content) in &self.objects {
            source.insert(*name, content.clone());
        }
        source
    }
}

/// The vectors' recipient of envelopes.
pub fn envelope_owner() -> PrivateKey {
    let vector = include_str!("../../tests/vectors/envelope-two-recipients.txt");
    let line = vector.lines().find_map(|line| line.strip_prefix("private: ")).expect("a private key");
    PrivateKey::from_jwk(&serde_json::from_str(line).expect("JSON")).expect("a key")
}

/// Takes numbers off the front of the fuzzer's bytes; 0 where there are none left.
pub struct Bytes<'a>(pub &'a [u8]);

impl Bytes<'_> {
    /// The next byte.
    pub fn byte(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().unwrap_or((&0, &[]));
        self.0 = rest;
        *first
    }

    /// The next number, less than `below`.
    pub fn below(&mut self, below: usize) -> usize {
        let number = usize::from(u16::from_le_bytes([self.byte(), self.byte()]));
        number.checked_rem(below).unwrap_or(0)
    }
}

/// Puts right what chains a ledger's lines, so that what they say is looked at: canonical form, `v`, `seq`, `prev`.
pub fn chained(call_id: &CallId, chunk: &[u8]) -> Vec<u8> {
    let mut head = callseal::ledger::Chain::start(call_id).head().to_owned();
    let mut out = Vec::new();
    let mut seq = 0_u64;
    for line in chunk.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let Ok(Value::Object(mut entry)) = serde_json::from_slice(line) else { continue };
        entry.remove("sig");
        entry.insert("v".into(), 1.into());
        entry.insert("seq".into(), seq.into());
        entry.insert("prev".into(), head.as_str().into());
        let Ok(text) = serde_json_canonicalizer::to_vec(&entry) else { continue };
        head = callseal::seal::sha256_hex(&text);
        seq += 1;
        out.extend(text);
        out.push(b'\n');
    }
    out
}
