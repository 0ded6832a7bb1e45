//! Drives the library for `tests/interop/run.mjs`, which puts other implementations on the other side.
//!
//! `seal DIR` writes sealed segments, envelopes and their plaintexts; `call DIR` writes a whole call;
//! `signed DIR` writes a signed and countersigned call; `open DIR` opens what the other implementations made;
//! `webhook DIR` writes signed deliveries. All keys are made for the test and worth nothing.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "test code: it stops at the first fault"
)]

#[path = "../tests/support/call.rs"]
mod call;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use call::{Call, End, PartPlan};
use callseal::EngineMessage;
use callseal::audio::Now;
use callseal::names::{CallId, SegmentAddress};
use callseal::seal::{
    DataKey, KeyKind, PrivateKey, SegmentSealer, SigningKey, make_envelope, open_envelope, read_stream,
    sha256_hex,
};
use callseal::webhook::{Step, Webhook, WebhookConfig};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

const CALL_ID: &str = "0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa";

/// Plaintext lengths around the boundaries of the first Tink segments, and one of many segments.
const LENGTHS: [usize; 12] = [1, 16, 4039, 4040, 4041, 8119, 8120, 8121, 12_199, 12_200, 12_201, 200_000];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [command, folder] = arguments.as_slice() else {
        panic!("usage: interop seal|call|signed|open|webhook DIR")
    };
    let folder = Path::new(folder);
    match command.as_str() {
        "seal" => seal(folder),
        "call" => write_call(folder),
        "signed" => write_signed(folder),
        "open" => open(folder),
        "webhook" => deliver(folder),
        "kinds" => seal_for_every_kind(folder),
        "unwrap" => unwrap_every_kind(folder),
        _ => panic!("usage: interop seal|call|signed|open|webhook|kinds|unwrap DIR"),
    }
}

fn read_json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn address(segment: usize) -> SegmentAddress {
    SegmentAddress::new(CallId::parse(CALL_ID).unwrap(), 3, u32::try_from(segment).unwrap()).unwrap()
}

/// Segments of every length, for one recipient and for two.
fn seal(folder: &Path) {
    let owners = [PrivateKey::generate().unwrap(), PrivateKey::generate().unwrap()];
    let keys: Vec<Value> =
        owners.iter().map(|owner| serde_json::from_str(&owner.to_jwk()).unwrap()).collect();
    fs::write(folder.join("private.json"), json!(keys).to_string()).unwrap();
    let recipients: Vec<_> = owners.iter().map(|owner| owner.public().clone()).collect();
    let mut cases = Vec::new();
    for (index, length) in LENGTHS.into_iter().enumerate() {
        let plaintext: Vec<u8> =
            (0..length).map(|at| u8::try_from((at * 31 + length) % 256).unwrap()).collect();
        let (mut sealer, opened) = SegmentSealer::open(address(index), &recipients[..1 + index % 2]).unwrap();
        let mut object = Vec::new();
        plaintext.chunks(777).for_each(|piece| sealer.push(piece, &mut object).unwrap());
        let sealed = sealer.seal(&mut object).unwrap();
        assert_eq!(sealed.sha256, sha256_hex(&object));
        fs::write(folder.join(format!("{index}.tink")), object).unwrap();
        fs::write(folder.join(format!("{index}.jwe.json")), opened.envelope_json).unwrap();
        cases.push(json!({
            "stream": format!("{index}.tink"),
            "envelope": format!("{index}.jwe.json"),
            "associated_data": address(index).associated_data(),
            "key_commitment": opened.key_commitment,
            "recipients": opened.recipients,
            "plaintext_sha256": sha256_hex(&plaintext),
        }));
    }
    fs::write(folder.join("sealed.json"), json!(cases).to_string()).unwrap();
}

/// An envelope for one recipient of every kind; prints its content.
fn seal_for_every_kind(folder: &Path) {
    let kinds = [KeyKind::P256, KeyKind::X25519, KeyKind::Rsa, KeyKind::XWing];
    let owners = kinds.map(|kind| PrivateKey::generate_kind(kind).unwrap());
    let keys: Vec<Value> =
        owners.iter().map(|owner| serde_json::from_str(&owner.to_jwk()).unwrap()).collect();
    fs::write(folder.join("private.json"), json!(keys).to_string()).unwrap();
    let recipients: Vec<_> = owners.iter().map(|owner| owner.public().clone()).collect();
    let key = DataKey::from_bytes(&[0x5a; 32]).unwrap();
    let envelope = make_envelope(&key, &address(0), &recipients).unwrap();
    fs::write(folder.join("kinds.jwe.json"), envelope).unwrap();
    let k = Base64UrlUnpadded::encode_string(&[0x5a; 32]);
    println!("{}", json!({"ad": address(0).associated_data(), "k": k}));
}

/// Opens `made-<n>.jwe.json` with the keys; prints the commitments of what they hold.
fn unwrap_every_kind(folder: &Path) {
    let keys: Vec<PrivateKey> = read_json(&folder.join("private.json"))
        .as_array()
        .unwrap()
        .iter()
        .map(|key| PrivateKey::from_jwk(key).unwrap())
        .collect();
    let files =
        (0..).map(|index| folder.join(format!("made-{index}.jwe.json"))).take_while(|path| path.exists());
    let commitments: Vec<String> = files
        .map(|path| {
            let key = open_envelope(&fs::read(path).unwrap(), &keys, &address(0)).unwrap();
            key.commitment().unwrap()
        })
        .collect();
    println!("{}", json!(commitments));
}

/// A closed call of one part as `DIR/<call-id>/…`, with its owner's key in `DIR/key.jwk`.
fn write_call(folder: &Path) {
    write_objects(folder, &Call::build(&[PartPlan::new(&[60, 300, 17], End::Closed)]));
}

/// A signed call in the same way, countersigned by a server whose public key is `DIR/server.jwk`.
fn write_signed(folder: &Path) {
    let (device, server) =
        (SigningKey::from_random(&[1; 32]).unwrap(), SigningKey::from_random(&[2; 32]).unwrap());
    let mut call = Call::signed(&device);
    call.countersign(&server);
    write_objects(folder, &call);
    fs::write(folder.join("server.jwk"), server.public().to_jwk().to_string()).unwrap();
}

fn write_objects(folder: &Path, call: &Call) {
    fs::write(folder.join("key.jwk"), call.owner.to_jwk().as_bytes()).unwrap();
    for (name, content) in call.source.iter() {
        let path = folder.join(name.to_string());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
}

/// Deliveries of an envelope and of templates with every kind of character, signed now.
fn deliver(folder: &Path) {
    let secret = read_json(&folder.join("secret.json"));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    let now = Now { monotonic_ms: 0.0, unix_ms: u64::try_from(now).unwrap() };
    let deliveries = [json!(null), json!({"note": "{{type}}: \"ü\" – 🎧\n"}), json!("{{call_id}}")].map(|template| {
        let config = json!({"url": "https://crm.example/hook", "secret": secret, "template": template});
        let config: WebhookConfig = serde_json::from_value(config).unwrap();
        let mut webhook = Webhook::new(config.validate().unwrap());
        let stored = serde_json::to_value(EngineMessage::CallStored { call_id: CALL_ID.into() }).unwrap();
        webhook.observe(&stored, now, || Ok([7; 16]));
        let Some(Step::Attempt(attempt)) = webhook.due(now).pop() else { panic!("nothing is due") };
        json!({"headers": attempt.headers.iter().cloned().collect::<std::collections::BTreeMap<_, _>>(), "body": attempt.body})
    });
    fs::write(folder.join("deliveries.json"), json!(deliveries).to_string()).unwrap();
}

/// Opens every case of `made.json`: envelope by jose, stream by Tink. Prints the plaintexts' hashes in order.
fn open(folder: &Path) {
    let owner = PrivateKey::from_jwk(&read_json(&folder.join("private.json"))[0]).unwrap();
    let made = read_json(&folder.join("made.json"));
    let hashes = made.as_array().unwrap().iter().enumerate().map(|(index, case)| {
        let file = |member: &str| fs::read(folder.join(case[member].as_str().unwrap())).unwrap();
        let key = open_envelope(&file("envelope"), &owner, &address(index)).unwrap();
        assert!(open_envelope(&file("envelope"), &owner, &address(index + 1)).is_err(), "bound to its place");
        let stream = file("stream");
        let associated_data = address(index).associated_data();
        assert!(
            read_stream(&key, &associated_data, &stream[..stream.len() - 1]).is_err(),
            "a cut is refused"
        );
        sha256_hex(&read_stream(&key, &associated_data, &stream).unwrap())
    });
    println!("{}", json!(hashes.collect::<Vec<_>>()));
}
