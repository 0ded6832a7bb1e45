//! Tests of the browser edge in a real dedicated Worker (`npm run test:web`): encoder, disk, sealing with the
//! browser's randomness. The engine as a whole is proved from the page, in `tests/page` and `tests/e2e`.
#![allow(clippy::arithmetic_side_effects)] // small numbers of a test signal

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

use super::encoder::{Encoder, check_support};
use super::opfs;
use super::spool::Spool;
use crate::audio::BLOCK_SAMPLES;
use crate::audio::hold_back::Frame;
use crate::names::{CallId, SegmentAddress};
use crate::seal::{PrivateKey, SegmentSealer, open_envelope, read_stream, sha256_hex};
use crate::session::report::ReportedObject;
use crate::store::spool::SpoolOperation;

// Synchronous access handles exist in dedicated Workers only.
wasm_bindgen_test_configure!(run_in_dedicated_worker);

/// A call id of its own for each test that writes: they share one disk.
const CALL_A: &str = "0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa";
const CALL_B: &str = "0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9ab";

/// A frame with a tone on the left and another on the right.
fn tones(index: usize) -> Frame {
    let first = index * BLOCK_SAMPLES;
    let wave = |sample: usize, step: f32| (((first + sample) % 48_000) as f32 * step).sin() * 0.5;
    Frame {
        start_sample: first as u64,
        left: core::array::from_fn(|sample| wave(sample, 0.0576)),
        right: core::array::from_fn(|sample| wave(sample, 0.1308)),
    }
}

/// Packets of `frames` frames, with the pre-skip told for each.
async fn encoded(frames: usize) -> Vec<(Vec<u8>, u16)> {
    let packets = Rc::new(RefCell::new(Vec::new()));
    let taken = Rc::clone(&packets);
    let encoder = Encoder::new(
        move |packet, pre_skip| taken.borrow_mut().push((packet.to_vec(), pre_skip)),
        || panic!("the encoder failed"),
    )
    .unwrap();
    for index in 0..frames {
        encoder.encode(&tones(index), index as u64).unwrap();
    }
    encoder.drain().await.unwrap();
    drop(encoder);
    packets.take()
}

#[wasm_bindgen_test]
async fn the_browser_can_encode_what_is_asked() {
    check_support().await.unwrap();
}

#[wasm_bindgen_test]
async fn every_frame_becomes_a_packet_and_draining_adds_at_most_one() {
    let packets = encoded(50).await;
    assert!((50..=51).contains(&packets.len()), "{} packets of 50 frames", packets.len());
}

#[wasm_bindgen_test]
async fn packets_are_stereo_frames_of_20_ms_and_one_size_whatever_is_said() {
    let packets = encoded(50).await;
    let size = packets[0].0.len();
    for (packet, pre_skip) in &packets {
        // RFC 6716 §3.1: bit 2 is set for two channels, bits 0 and 1 are zero for one frame in the packet.
        assert_eq!(packet[0] & 0b111, 0b100, "table of contents {:#010b}", packet[0]);
        assert_eq!(packet.len(), size, "a size that follows the speech tells of it");
        assert_eq!(*pre_skip, 312, "libopus' look-ahead at 48 kHz");
    }
}

#[wasm_bindgen_test]
async fn what_was_written_is_read_again_and_the_open_file_is_nobody_elses() {
    let root = opfs::root().await.unwrap();
    let folder = opfs::folder(&root, "a-test", true).await.unwrap();
    let file = opfs::open(&folder, "file", true).await.unwrap();
    assert!(opfs::open(&folder, "file", true).await.is_err(), "the handle is the lock");
    opfs::write_at(&file, 0, b"one").unwrap();
    opfs::write_at(&file, 3, b"two").unwrap();
    file.close();

    let again = opfs::open(&folder, "file", false).await.unwrap();
    assert_eq!(opfs::read(&again).unwrap(), b"onetwo");
    opfs::truncate(&again, 3).unwrap();
    assert_eq!(opfs::read(&again).unwrap(), b"one");
    again.close();

    assert_eq!(opfs::names(&folder).await.unwrap(), ["file"]);
    opfs::remove(&root, "a-test").await;
    assert!(opfs::folder(&root, "a-test", false).await.is_err());
}

/// Bytes of a file that is to be sent.
async fn content(file: &web_sys::Blob) -> Vec<u8> {
    let buffer = wasm_bindgen_futures::JsFuture::from(file.array_buffer()).await.unwrap();
    js_sys::Uint8Array::new(&buffer).to_vec()
}

#[wasm_bindgen_test]
async fn a_grown_object_is_complete_only_when_told_and_then_whole() {
    let spool = Spool::open().await.unwrap();
    spool.forget_call(CALL_A).await;
    let name = format!("{CALL_A}/0/000000.ogg.tink");
    for bytes in [b"sealed ".to_vec(), b"bytes".to_vec()] {
        let append = SpoolOperation::Append { name: name.clone(), bytes };
        assert!(spool.carry_out(CALL_A, append).await.unwrap().is_none(), "not complete yet");
    }
    let object = ReportedObject { name: name.clone(), size_bytes: 12, sha256: sha256_hex(b"sealed bytes") };
    let complete = SpoolOperation::Complete(object.clone());
    assert_eq!(spool.carry_out(CALL_A, complete).await.unwrap(), Some(object));
    assert_eq!(content(&spool.content(CALL_A, &name).await.unwrap()).await, b"sealed bytes");
    spool.forget_call(CALL_A).await;
}

#[wasm_bindgen_test]
async fn a_forgotten_call_leaves_nothing_on_the_disk() {
    let spool = Spool::open().await.unwrap();
    let name = format!("{CALL_B}/ledger/000000.jsonl");
    let object = ReportedObject { name: name.clone(), size_bytes: 1, sha256: sha256_hex(b"x") };
    spool.carry_out(CALL_B, SpoolOperation::Whole { object, bytes: b"x".to_vec() }).await.unwrap();
    spool.content(CALL_B, &name).await.unwrap();
    assert!(opfs::names(spool.root().unwrap()).await.unwrap().iter().any(|entry| entry == CALL_B));

    spool.forget_call(CALL_B).await;
    assert!(opfs::names(spool.root().unwrap()).await.unwrap().iter().all(|entry| entry != CALL_B));
}

#[wasm_bindgen_test]
fn what_is_sealed_in_the_browser_opens_with_the_recipients_key_and_never_looks_the_same_twice() {
    let recipient = PrivateKey::generate().unwrap();
    let public = crate::seal::RecipientKey::from_jwk(&public_members(&recipient)).unwrap();
    let address = SegmentAddress::new(CallId::parse(CALL_A).unwrap(), 0, 0).unwrap();
    let plaintext = vec![7_u8; 10_000];

    let mut streams = Vec::new();
    for _ in 0..2 {
        let (mut sealer, opened) = SegmentSealer::open(address, std::slice::from_ref(&public)).unwrap();
        let mut stream = Vec::new();
        sealer.push(&plaintext, &mut stream).unwrap();
        let sealed = sealer.seal(&mut stream).unwrap();
        assert_eq!(sealed.sha256, sha256_hex(&stream));

        let key = open_envelope(&opened.envelope_json, &recipient, &address).unwrap();
        assert_eq!(*read_stream(&key, &address.associated_data(), &stream).unwrap(), plaintext);
        streams.push((opened.key_commitment, stream));
    }
    assert_ne!(streams[0].0, streams[1].0, "two keys");
    assert_ne!(streams[0].1, streams[1].1, "two streams");
}

/// The public half of a private key, as `callseal serve` hands it to pages.
fn public_members(key: &PrivateKey) -> serde_json::Value {
    let mut jwk: serde_json::Value = serde_json::from_str(&key.to_jwk()).unwrap();
    jwk.as_object_mut().unwrap().remove("d");
    jwk
}
