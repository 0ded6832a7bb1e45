//! The device's key: it stays, it does not come out, and what it certifies is believed by a reader who knows it.

use callseal::archive::{EvidenceLevel, MemorySource, Trust, key_of_certificate, verify_trusting};
use callseal::ledger::{CallClosed, CallOpened, EntryBody, Ledger, Outcome};
use callseal::names::CallId;
use callseal::web::device_key::DeviceKey;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
async fn the_devices_key_survives_a_second_opening_and_cannot_be_taken_out() {
    let first = DeviceKey::open().await.unwrap();
    let again = DeviceKey::open().await.unwrap();
    assert_eq!(first.public(), again.public());
    assert!(!first.is_extractable() && !again.is_extractable());
    let signature = again.certify(b"request").await.unwrap();
    assert!(first.public().verifies(b"request", &signature));
}

#[wasm_bindgen_test]
async fn a_ledger_signed_on_a_device_is_believed_by_who_knows_the_device() {
    let id = CallId::parse("0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa").unwrap();
    let device = DeviceKey::open().await.unwrap();
    let now_ms = js_sys::Date::now() as u64;
    let signer = device.signer(&id, now_ms).await.unwrap();
    let certificates = signer.statement().certificates().unwrap();
    assert_eq!(&key_of_certificate(&certificates[0]).unwrap(), &signer.call_key().public());
    assert_eq!(&key_of_certificate(&certificates[1]).unwrap(), device.public());
    let mut ledger = Ledger::new(id, Some(signer));
    let opened = EntryBody::CallOpened(CallOpened {
        call_id: id,
        software: "test".into(),
        mode: "nothing_before_yes".into(),
        policy_sha256: String::new(),
        sample_rate_hz: 48_000,
        parties: Vec::new(),
        answered_at_ms: now_ms,
        signer: None,
    });
    let mut chunk = ledger.append(now_ms, &opened).unwrap();
    let closed = CallClosed { outcome: Outcome::Recorded, end_sample: 0, entries: 2 };
    chunk.extend(ledger.append(now_ms, &EntryBody::CallClosed(closed)).unwrap());
    let mut source = MemorySource::new(id);
    source.insert(ledger.next_chunk_name().unwrap(), chunk);
    let trust =
        Trust { devices: vec![device.public().thumbprint()], servers: Vec::new(), ..Trust::default() };
    let (report, _) = verify_trusting(&source, None, &trust).unwrap();
    assert_eq!(report.evidence.level, Some(EvidenceLevel::KnownDevice), "{:?}", report.errors);
}
