//! Puts vCons to the calls of `call.rs`, as the recorder and an officer would.
//!
//! Included by `#[path]` beside `call.rs` and `evidence.rs`, which it uses.

#![allow(dead_code, reason = "every test uses a part of it")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "test code")]
#![allow(clippy::missing_panics_doc, clippy::must_use_candidate, reason = "test code")]

use crate::call::Call;
use crate::evidence::{AGENT, CUSTOMER, NUMBER, answer, controller};
use base64ct::{Base64, Encoding as _};
use callseal::archive::{ObjectSource as _, Trust, evidence_of_ledger};
use callseal::evidence::{Answer, AnswerMethod, CallEvidence};
use callseal::ledger::certificate::{assemble, call_certificate_request, device_certificate_request};
use callseal::names::{CallId, ObjectName};
use callseal::seal::SigningKey;
use callseal::vcon::{SignedVcon, Vcon, encrypt, open, sign};
use serde_json::Value;

/// When the calls' ledgers state their signer.
pub const SIGNED_AT_MS: u64 = 1_790_000_000_000;

/// The device that certifies the calls of `Call::signed_with_vcon`.
pub fn device() -> SigningKey {
    SigningKey::from_random(&[0x22; 32]).unwrap()
}

/// The key that `Call::signed` signs with.
pub fn call_key() -> SigningKey {
    SigningKey::from_random(&[0x11; 32]).unwrap()
}

/// What is known of the call: what its ledger tells, and names.
pub fn evidence_of(call: &Call) -> CallEvidence {
    let mut evidence = evidence_of_ledger(&call.source, &Trust::default()).unwrap();
    evidence.controller = controller();
    evidence.answers = vec![answer(1, Answer::Yes, AnswerMethod::AgentButton, 1)];
    evidence.parties[0].name = Some(AGENT.into());
    evidence.parties[1].name = Some(CUSTOMER.into());
    evidence.parties[1].tel = Some(NUMBER.into());
    evidence
}

/// Certificates in which `device` certifies `key` for a call.
pub fn certified(key: &SigningKey, device: &SigningKey, id: CallId) -> Vec<String> {
    let requests = [
        call_certificate_request(&id, &key.public(), &device.public(), [1; 16], SIGNED_AT_MS).unwrap(),
        device_certificate_request(&device.public(), [2; 16]),
    ];
    let certificates = requests.map(|request| assemble(&request, &device.sign(&request)).unwrap());
    certificates.iter().map(|certificate| Base64::encode_string(certificate)).collect()
}

/// The vCon of `content`, signed with `key`, which `device` certifies.
pub fn signed(vcon: &Vcon, key: &SigningKey, device: &SigningKey, id: CallId) -> SignedVcon {
    sign(vcon, &certified(key, device, id), |bytes| Ok(key.sign(bytes))).unwrap()
}

impl Call {
    /// A closed and signed call with its vCon.
    pub fn signed_with_vcon() -> Self {
        let mut call = Self::signed(&device());
        let vcon = Vcon::build(&evidence_of(&call)).unwrap();
        call.put_vcon(1, &signed(&vcon, &call_key(), &device(), call.id));
        call
    }

    /// The name of a version of its vCon.
    pub const fn vcon(&self, version: u32) -> ObjectName {
        ObjectName::Vcon { call_id: self.id, version }
    }

    /// Puts a vCon in the place of this version.
    pub fn put_vcon(&mut self, version: u32, signed: &SignedVcon) {
        let object = encrypt(signed, &[self.owner.public().clone()]).unwrap();
        self.source.insert(self.vcon(version), object);
    }

    /// The vCon of this version.
    pub fn signed_vcon(&self, version: u32) -> SignedVcon {
        open(&self.source.get(&self.vcon(version)).unwrap().unwrap(), &self.owner).unwrap()
    }

    /// Changes the JWS within the seal, as whoever knows the recipient's public key can.
    pub fn change_jws(&mut self, version: u32, change: impl FnOnce(&mut Value)) {
        let mut jws: Value = serde_json::from_slice(self.signed_vcon(version).to_json()).unwrap();
        change(&mut jws);
        let signed = SignedVcon::read(jws.to_string().as_bytes()).unwrap();
        self.put_vcon(version, &signed);
    }

    /// Changes what the vCon says, and signs that with the call's own key.
    pub fn change_content(&mut self, version: u32, change: impl FnOnce(&mut Value)) {
        let vcon = changed(self.signed_vcon(version).vcon(), change);
        self.put_vcon(version, &signed(&vcon, &call_key(), &device(), self.id));
    }
}

/// The same vCon with a change.
pub fn changed(vcon: &Vcon, change: impl FnOnce(&mut Value)) -> Vcon {
    let mut content = vcon.content().clone();
    change(&mut content);
    Vcon::read(content.to_string().as_bytes()).unwrap()
}
