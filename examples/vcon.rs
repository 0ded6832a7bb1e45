//! Writes the exports of made-up calls for `tests/interop/vcon.mjs`, which checks them with other implementations.
//!
//! `vcon DIR` writes, for every call, the vCon (`<call>.json`), its signed (`.jws.json`) and encrypted (`.jwe.json`)
//! form, the consent record (`.record.json`), the receipt in every language (`.<language>.html`) and the note
//! (`.<language>.txt`); beside them the recipient's key in `key.jwk`. All keys are made for the test and worth nothing.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "test code: it stops at the first fault"
)]

#[path = "../tests/support/evidence.rs"]
mod evidence;

use callseal::evidence::{CallEvidence, WithdrawalEffect};
use callseal::receipt::{Language, ReceiptOptions, consent_record, html, summary};
use callseal::seal::{PrivateKey, SigningKey, sha512_hex};
use callseal::vcon::{Amendment, SignedVcon, StoredVcon, Vcon, amend, encrypt, sign, sign_as_officer};
use std::fs;
use std::path::Path;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder] = arguments.as_slice() else { panic!("usage: vcon DIR") };
    let folder = Path::new(folder);
    let owner = PrivateKey::generate().unwrap();
    fs::write(folder.join("key.jwk"), owner.to_jwk().as_bytes()).unwrap();
    let calls = [
        ("recorded", evidence::recorded()),
        ("declined", evidence::declined()),
        ("agent_side", evidence::agent_side()),
        ("withdrawn", evidence::withdrawn(WithdrawalEffect::StopAndShred)),
        ("conference", evidence::conference()),
    ];
    for (name, evidence) in &calls {
        let vcon = Vcon::build(evidence).unwrap();
        write(folder, name, &sign(&vcon, &evidence::signer().1, evidence::sign).unwrap(), &owner);
        write_receipts(folder, name, evidence);
    }
    write_receipts(folder, "longest", &evidence::longest());
    let first = Vcon::build(&evidence::recorded()).unwrap();
    let stored = StoredVcon { url: "https://store.example/vcon".into(), sha512: sha512_hex(b"stored") };
    let at_ms = evidence::ANSWERED_AT_MS + 86_400_000;
    let amendment = Amendment {
        call_id: evidence::call_id(),
        version: 2,
        at_ms,
        previous: Some(stored),
        withdrawals: vec![evidence::withdrawal(86_000_000)],
    };
    let officer = SigningKey::generate().unwrap();
    let mut nameless = evidence::recorded();
    for party in &mut nameless.parties {
        (party.name, party.tel) = (None, None);
    }
    for (name, vcon) in [
        ("amended", amend(&first, &amendment).unwrap()),
        ("rebuilt", Vcon::rebuilt(&nameless, at_ms).unwrap()),
    ] {
        let signed = sign_as_officer(&vcon, evidence::call_id(), &officer, at_ms).unwrap();
        write(folder, name, &signed, &owner);
    }
}

fn write(folder: &Path, name: &str, signed: &SignedVcon, owner: &PrivateKey) {
    let encrypted = encrypt(signed, &[owner.public().clone()]).unwrap();
    fs::write(folder.join(format!("{name}.json")), signed.vcon().to_json().unwrap()).unwrap();
    fs::write(folder.join(format!("{name}.jws.json")), signed.to_json()).unwrap();
    fs::write(folder.join(format!("{name}.jwe.json")), encrypted).unwrap();
}

fn write_receipts(folder: &Path, name: &str, evidence: &CallEvidence) {
    fs::write(folder.join(format!("{name}.record.json")), consent_record(evidence, 1).unwrap()).unwrap();
    for language in Language::ALL {
        let options = ReceiptOptions { party: 1, language: *language, utc_offset_minutes: 120 };
        let path = folder.join(format!("{name}.{}", language.tag()));
        fs::write(path.with_added_extension("html"), html(evidence, options).unwrap()).unwrap();
        fs::write(path.with_added_extension("txt"), summary(evidence, *language, 120).unwrap()).unwrap();
    }
}
