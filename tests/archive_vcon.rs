//! The stored vCons of a call: what is whole verifies, and every damage has its code, the same for every command.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "test code"
)]

#[path = "support/call.rs"]
mod call;
#[path = "support/evidence.rs"]
mod evidence;
#[path = "support/stored_vcon.rs"]
mod stored_vcon;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use call::{Call, End, PartPlan};
use callseal::archive::{
    Addition, Level, OpenOptions, Trust, VconLevel, VconSigner, evidence_of_ledger, open, open_vcon, rebuild,
    store_rebuilt, verify, verify_trusting,
};
use callseal::evidence::{Outcome, WithdrawalEffect, WithdrawalEvidence};
use callseal::names::ObjectName;
use callseal::seal::{PrivateKey, SigningKey};
use callseal::vcon::{Amendment, Vcon, amend, encrypt};
use evidence::{CUSTOMER, withdrawal};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};
use stored_vcon::{SIGNED_AT_MS, call_key, certified, changed, device, evidence_of, signed};

fn officer() -> SigningKey {
    SigningKey::from_random(&[0x33; 32]).unwrap()
}

fn trust_in(devices: &[&SigningKey], servers: &[&SigningKey], officers: &[&SigningKey]) -> Trust {
    let thumbprints = |keys: &[&SigningKey]| keys.iter().map(|key| key.public().thumbprint()).collect();
    Trust {
        devices: thumbprints(devices),
        servers: servers.iter().map(|key| key.public()).collect(),
        officers: thumbprints(officers),
        ..Trust::default()
    }
}

/// Asserts the code of the first error of every reader, and that none of them tells a name.
fn assert_damage(call: &Call, code: &str, what: &str) {
    let (report, _) = verify(&call.source, Some(&call.owner)).unwrap();
    let first = report.errors.first().unwrap_or_else(|| panic!("{what} is not found"));
    assert_eq!((first.code, report.level), (code, Level::Damaged), "{what}: {:?}", report.errors);
    assert!(first.object.contains("/vcon."), "{what}: {first:?}");
    assert!(!format!("{report:?}").contains("Canary"), "{what}");
    let audio = open(&call.source, &call.owner, OpenOptions::default()).unwrap_err();
    assert_eq!(audio.code(), code, "{what}");
    let error = open_vcon(&call.source, &call.owner, &Trust::default(), None).unwrap_err();
    assert_eq!(error.code(), code, "{what}");
}

/// A call whose customer withdrew after it, by an officer's hand.
fn amended_call() -> Call {
    let mut call = Call::signed_with_vcon();
    amend_call(&mut call, 2, withdrawal(86_000_000));
    call
}

fn amend_call(call: &mut Call, version: u32, withdrawal: WithdrawalEvidence) {
    let amendment = Amendment {
        call_id: call.id,
        version,
        at_ms: SIGNED_AT_MS + 60_000,
        previous: None,
        withdrawals: vec![withdrawal],
    };
    let vcon = amend(call.signed_vcon(version - 1).vcon(), &amendment).unwrap();
    put_by_officer(call, version, &vcon);
}

fn put_by_officer(call: &mut Call, version: u32, vcon: &Vcon) {
    let key = SigningKey::from_random(&[0x44; 32]).unwrap();
    call.put_vcon(version, &signed(vcon, &key, &officer(), call.id));
}

#[test]
fn a_call_and_its_vcon_verify_and_say_who_signed() {
    let mut call = Call::signed_with_vcon();
    let (report, _) = verify(&call.source, Some(&call.owner)).unwrap();
    assert!(report.ok, "{:?}", report.errors);
    let [account] = report.vcons.as_slice() else { panic!("{:?}", report.vcons) };
    assert_eq!((account.version, account.signed_by, account.rebuilt), (1, VconSigner::Call, false));
    assert_eq!(account.signer, call_key().public().thumbprint());
    assert_eq!(account.certified_by, Some(device().public().thumbprint()));
    assert_eq!(account.level, VconLevel::Intact);
    let opened = open_vcon(&call.source, &call.owner, &Trust::default(), None).unwrap();
    assert_eq!((&opened.account, opened.signed), (account, call.signed_vcon(1)));

    let level = |call: &Call, trust: &Trust| {
        let opened = open_vcon(&call.source, &call.owner, trust, None);
        opened.map(|opened| opened.account.level).map_err(|error| error.code())
    };
    assert_eq!(level(&call, &trust_in(&[&device()], &[], &[&officer()])), Ok(VconLevel::KnownDevice));
    assert_eq!(level(&call, &trust_in(&[&officer()], &[], &[])), Err("ledger/signature"));
    let server = SigningKey::from_random(&[0x55; 32]).unwrap();
    assert_eq!(level(&call, &trust_in(&[], &[&server], &[])), Err("ledger/signature"));
    call.countersign(&server);
    assert_eq!(level(&call, &trust_in(&[], &[&server], &[])), Ok(VconLevel::Countersigned));
}

#[test]
fn without_a_key_the_content_is_not_claimed_to_be_verified() {
    let call = Call::signed_with_vcon();
    let (report, _) = verify(&call.source, None).unwrap();
    assert!(report.ok && report.vcons.is_empty() && !report.content_checked);
}

#[test]
fn a_vcon_that_is_not_signed_by_the_call_s_key_is_refused() {
    type Change = fn(&mut Call);
    let changes: [(&str, Change); 8] = [
        ("a changed payload", |call| {
            call.change_jws(1, |jws| {
                let payload = Base64UrlUnpadded::decode_vec(jws["payload"].as_str().unwrap()).unwrap();
                let payload = String::from_utf8(payload).unwrap().replace(CUSTOMER, "Canary Somebody");
                jws["payload"] = json!(Base64UrlUnpadded::encode_string(payload.as_bytes()));
            });
        }),
        ("a changed protected header", |call| {
            call.change_jws(1, |jws| {
                let header = Base64UrlUnpadded::encode_string(br#"{"typ":"JOSE+JSON","x":1}"#);
                jws["signatures"][0]["protected"] = json!(header);
            });
        }),
        ("a changed signature", |call| {
            call.change_jws(1, |jws| {
                let signature = jws["signatures"][0]["signature"].as_str().unwrap();
                let other = if signature.starts_with('A') { "B" } else { "A" };
                jws["signatures"][0]["signature"] = json!(format!("{other}{}", &signature[1..]));
            });
        }),
        ("the certificates of another key", |call| {
            let other = certified(&SigningKey::from_random(&[9; 32]).unwrap(), &device(), call.id);
            call.change_jws(1, |jws| jws["signatures"][0]["header"]["x5c"] = json!(other));
        }),
        ("no certificate", |call| {
            call.change_jws(1, |jws| jws["signatures"][0]["header"]["x5c"] = json!([]));
        }),
        ("its own key's certificate of another call", |call| {
            let other = callseal::names::CallId::parse("1b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa").unwrap();
            let other = certified(&call_key(), &device(), other);
            call.change_jws(1, |jws| jws["signatures"][0]["header"]["x5c"] = json!(other));
        }),
        ("a certificate that the next one did not sign", |call| {
            let mut mixed = certified(&call_key(), &device(), call.id);
            mixed[1] = certified(&call_key(), &officer(), call.id)[1].clone();
            call.change_jws(1, |jws| jws["signatures"][0]["header"]["x5c"] = json!(mixed));
        }),
        ("another key that the same device certified for this call", |call| {
            let vcon = call.signed_vcon(1).vcon().clone();
            let other = SigningKey::from_random(&[9; 32]).unwrap();
            call.put_vcon(1, &signed(&vcon, &other, &device(), call.id));
        }),
    ];
    for (what, change) in changes {
        let mut call = Call::signed_with_vcon();
        change(&mut call);
        assert_damage(&call, "vcon/signature", what);
    }
}

#[test]
fn a_vcon_of_another_place_is_swapped_and_found_without_a_key_too() {
    let mut other = Call::build_as(
        "1b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa",
        PrivateKey::generate().unwrap(),
        &[PartPlan::new(&[60], End::Closed)],
    );
    let mut call = Call::signed_with_vcon();
    other.owner = PrivateKey::from_jwk(&serde_json::from_str(&call.owner.to_jwk()).unwrap()).unwrap();
    let vcon = Vcon::build(&evidence_of(&other)).unwrap();
    let foreign = signed(&vcon, &call_key(), &device(), call.id);
    let content = encrypt(&foreign, &[call.owner.public().clone()]).unwrap();
    call.source.insert(call.vcon(1), content.clone());
    assert_damage(&call, "open/swapped", "another call's");
    assert_eq!(verify(&call.source, None).unwrap().0.errors[0].code, "open/swapped");

    // The claim on the outside is not authenticated; what is signed is.
    let own = callseal::vcon::uuid(call.id, 1);
    let mut jwe: Value = serde_json::from_slice(&content).unwrap();
    jwe["unprotected"]["uuid"] = json!(own);
    call.source.insert(call.vcon(1), serde_json::to_vec(&jwe).unwrap());
    assert_damage(&call, "open/swapped", "another call's with this one's name outside");

    let mut call = amended_call();
    call.exchange(call.vcon(1), call.vcon(2));
    assert_damage(&call, "open/swapped", "two versions exchanged");
}

#[test]
fn a_vcon_that_says_something_else_than_the_ledger_is_damage_even_when_its_signature_holds() {
    type Change = fn(&mut Value);
    fn recording(vcon: &mut Value) -> &mut Value {
        body(vcon, "callseal_recording")
    }
    fn body<'a>(vcon: &'a mut Value, purpose: &str) -> &'a mut Value {
        let attachments = vcon["attachments"].as_array_mut().unwrap();
        &mut attachments.iter_mut().find(|attachment| attachment["purpose"] == purpose).unwrap()["body"]
    }
    let changes: [(&str, Change); 12] = [
        ("a dialog's SHA-256", |vcon| {
            vcon["dialog"][0]["content_hash"][1] = vcon["dialog"][1]["content_hash"][1].clone();
        }),
        ("a dialog's SHA-512", |vcon| {
            vcon["dialog"][0]["content_hash"][0] = vcon["dialog"][1]["content_hash"][0].clone();
        }),
        ("no SHA-256", |vcon| {
            vcon["dialog"][0]["content_hash"] = vcon["dialog"][0]["content_hash"][0].clone();
        }),
        ("dialogs exchanged", |vcon| vcon["dialog"].as_array_mut().unwrap().swap(0, 1)),
        ("a dialog less", |vcon| drop(vcon["dialog"].as_array_mut().unwrap().pop())),
        ("an object less", |vcon| drop(recording(vcon)["objects"].as_array_mut().unwrap().pop())),
        ("an object's place", |vcon| recording(vcon)["objects"][1]["end_sample"] = json!(7)),
        ("the ledger's head", |vcon| body(vcon, "callseal_ledger")["head"] = json!("00".repeat(32))),
        ("the count of entries", |vcon| body(vcon, "callseal_ledger")["entries"] = json!(3)),
        ("no ledger", |vcon| body(vcon, "callseal_ledger")["entries"] = json!(0)),
        ("a chunk's hash", |vcon| {
            body(vcon, "callseal_ledger")["chunks"][1]["sha256"] = json!("00".repeat(32));
        }),
        ("no attachment about the ledger", |vcon| {
            vcon["attachments"].as_array_mut().unwrap().retain(|one| one["purpose"] != "callseal_ledger");
        }),
    ];
    for (what, change) in changes {
        let mut call = Call::signed_with_vcon();
        call.change_content(1, change);
        assert_damage(&call, "open/corrupt", what);
    }
}

#[test]
fn a_vcon_tells_a_ledger_whose_end_was_removed_from_one_that_has_none_yet() {
    let mut call = Call::signed_with_vcon();
    let last = call.source.iter().filter(|(name, _)| name.to_string().ends_with(".jsonl")).last().unwrap();
    let last = *last.0;
    call.source.remove(&last);
    let (report, _) = verify(&call.source, Some(&call.owner)).unwrap();
    assert_eq!(report.level, Level::Damaged, "{:?}", report.errors);
    assert!(
        report.errors.iter().any(|error| error.object.contains("/vcon.") && error.code == "open/truncated")
    );
    let error = open_vcon(&call.source, &call.owner, &Trust::default(), None).unwrap_err();
    assert_eq!(error.code(), "open/truncated");
}

#[test]
fn a_missing_segment_does_not_keep_the_vcon_from_being_opened() {
    let mut call = Call::signed_with_vcon();
    let (segment, envelope) = (call.segment(0), call.envelope(0));
    call.source.remove(&segment);
    call.source.remove(&envelope);
    assert!(open_vcon(&call.source, &call.owner, &Trust::default(), None).is_ok());
    let (report, _) = verify(&call.source, Some(&call.owner)).unwrap();
    assert!(report.errors.iter().all(|error| !error.object.contains("vcon")), "{:?}", report.errors);
}

#[test]
fn a_vcon_that_the_recipient_cannot_open_is_damage_and_a_foreign_key_is_one_fault() {
    let mut call = Call::signed_with_vcon();
    let stranger = PrivateKey::generate().unwrap();
    let (report, _) = verify(&call.source, Some(&stranger)).unwrap();
    assert_eq!(report.errors.len(), 1, "{:?}", report.errors);
    let object = encrypt(&call.signed_vcon(1), &[stranger.public().clone()]).unwrap();
    call.source.insert(call.vcon(1), object);
    assert_damage(&call, "open/wrong-key", "sealed for somebody else");
}

#[test]
fn an_amended_vcon_verifies_and_names_its_officer() {
    let mut call = amended_call();
    amend_call(
        &mut call,
        3,
        WithdrawalEvidence { effect: WithdrawalEffect::StopAndShred, ..withdrawal(87_000_000) },
    );
    let (report, _) = verify(&call.source, Some(&call.owner)).unwrap();
    assert!(report.ok, "{:?}", report.errors);
    let who: Vec<_> =
        report.vcons.iter().map(|one| (one.version, one.signed_by, one.withdrawn.clone())).collect();
    let by_officer = |version| (version, VconSigner::Officer, vec![1]);
    assert_eq!(who, [(1, VconSigner::Call, vec![]), by_officer(2), by_officer(3)]);
    assert_eq!(report.vcons[2].certified_by, Some(officer().public().thumbprint()));
    let version =
        |version| open_vcon(&call.source, &call.owner, &Trust::default(), version).unwrap().account.version;
    assert_eq!((version(None), version(Some(1)), version(Some(2))), (3, 1, 2));

    let known = trust_in(&[&device()], &[], &[&officer()]);
    let (report, _) = verify_trusting(&call.source, Some(&call.owner), &known).unwrap();
    assert_eq!((report.ok, report.vcons[1].level), (true, VconLevel::KnownOfficer));
    let unknown = trust_in(&[&device()], &[], &[&device()]);
    let (report, _) = verify_trusting(&call.source, Some(&call.owner), &unknown).unwrap();
    assert_eq!(report.errors[0].code, "vcon/signature");
}

#[test]
fn an_amendment_may_only_withhold() {
    type Change = fn(&mut Value);
    let changes: [(&str, Change); 8] = [
        ("a grant given back", |vcon| {
            let added = vcon["attachments"].as_array_mut().unwrap().last_mut().unwrap();
            added["body"]["purpose_grants"][0]["granted"] = json!(true);
        }),
        ("grants left out", |vcon| {
            let added = vcon["attachments"].as_array_mut().unwrap().last_mut().unwrap();
            added["body"]["purpose_grants"] = json!([]);
        }),
        ("nothing added", |vcon| drop(vcon["attachments"].as_array_mut().unwrap().pop())),
        ("something else added", |vcon| {
            let attachments = vcon["attachments"].as_array_mut().unwrap();
            attachments.push(attachments[2].clone());
        }),
        ("an earlier answer changed", |vcon| {
            vcon["attachments"][0]["body"]["purpose_grants"][0]["granted"] = json!(false);
        }),
        ("a name changed", |vcon| vcon["parties"][1]["name"] = json!("Canary Other")),
        ("another version referred to", |vcon| vcon["amended"]["uuid"] = vcon["uuid"].clone()),
        ("no version referred to", |vcon| drop(vcon.as_object_mut().unwrap().remove("amended"))),
    ];
    for (what, change) in changes {
        let mut call = amended_call();
        let vcon = changed(call.signed_vcon(2).vcon(), change);
        put_by_officer(&mut call, 2, &vcon);
        assert_damage(&call, "open/corrupt", what);
        assert!(
            open_vcon(&call.source, &call.owner, &Trust::default(), Some(1)).is_ok(),
            "the first one holds"
        );
    }
}

#[test]
fn a_version_that_is_missing_before_a_later_one_is_told() {
    let mut call = amended_call();
    let first = call.vcon(1);
    call.source.remove(&first);
    assert_damage(&call, "open/truncated", "the first version is missing");
    assert_eq!(verify(&call.source, None).unwrap().0.errors[0].code, "open/truncated");
}

#[test]
fn an_officer_whom_nobody_certifies_is_none() {
    let mut call = amended_call();
    call.change_jws(2, |jws| {
        let alone = jws["signatures"][0]["header"]["x5c"][0].clone();
        jws["signatures"][0]["header"]["x5c"] = json!([alone]);
    });
    assert_damage(&call, "vcon/signature", "a single certificate");
}

#[test]
fn a_cut_call_gets_a_vcon_from_its_ledger_that_names_nobody_and_says_so() {
    let mut call = Call::cut();
    let evidence = evidence_of_ledger(&call.source, &Trust::default()).unwrap();
    assert_eq!((evidence.outcome, evidence.segments.len()), (Outcome::Failed, 2));
    let vcon = rebuild(&call.source, &Trust::default(), SIGNED_AT_MS).unwrap();
    assert!(vcon.is_rebuilt() && vcon.is_of(call.id, 1));
    let text = vcon.content().to_string();
    assert!(!text.contains("not stated") && !text.contains("not-stated"), "{text}");
    assert!(vcon.content()["parties"][1].get("name").is_none());
    put_by_officer(&mut call, 1, &vcon);
    let (report, _) = verify(&call.source, Some(&call.owner)).unwrap();
    assert_eq!(report.level, Level::Cut, "{:?}", report.errors);
    assert_eq!((report.vcons[0].signed_by, report.vcons[0].rebuilt), (VconSigner::Officer, true));
    // It can be amended like any other.
    amend_call(&mut call, 2, withdrawal(86_000_000));
    let opened = open_vcon(&call.source, &call.owner, &Trust::default(), None).unwrap();
    assert_eq!(opened.account.withdrawn, [1]);
    // What an officer says beyond the ledger is refused.
    let other = changed(&vcon, |vcon| vcon["parties"][1]["name"] = json!("Canary Somebody"));
    put_by_officer(&mut call, 1, &other);
    let error = open_vcon(&call.source, &call.owner, &Trust::default(), Some(1)).unwrap_err();
    assert_eq!(error.code(), "open/corrupt");
}

#[test]
fn of_an_agents_side_that_a_crash_cut_the_ledger_still_says_whose_voice_it_is() {
    let call = Call::cut_of_the_agents_side();
    let evidence = evidence_of_ledger(&call.source, &Trust::default()).unwrap();
    assert_eq!(evidence.outcome, Outcome::AgentSide);
    let vcon = rebuild(&call.source, &Trust::default(), SIGNED_AT_MS).unwrap();
    let parties: Vec<&Value> =
        vcon.content()["dialog"].as_array().unwrap().iter().map(|dialog| &dialog["parties"]).collect();
    assert!(!parties.is_empty() && parties.iter().all(|parties| **parties == json!([0])), "{parties:?}");
}

#[test]
fn a_call_without_an_end_or_with_a_damaged_ledger_cannot_be_rebuilt() {
    let code = |call: &Call| rebuild(&call.source, &Trust::default(), SIGNED_AT_MS).unwrap_err().code();
    assert_eq!(code(&Call::build(&[PartPlan::new(&[60, 160], End::Running)])), "open/truncated");
    let mut call = Call::cut();
    let chunk = call.chunk(0);
    call.change(chunk, |content| content[40] ^= 1);
    assert_eq!(code(&call), "open/corrupt");
}

#[test]
fn the_vcon_of_a_shredded_call_is_gone_and_none_is_put_in_its_place() {
    let mut call = Call::to_be_shredded(SIGNED_AT_MS, 0x11);
    let vcon = Vcon::build(&evidence_of(&call)).unwrap();
    call.put_vcon(1, &signed(&vcon, &call_key(), &device(), call.id));
    amend_call(&mut call, 2, withdrawal(86_000_000));
    // The store is at it: one version is gone, one is not yet.
    let (first, second) = (call.vcon(1), call.vcon(2));
    call.source.remove(&first);
    assert!(verify(&call.source, Some(&call.owner)).unwrap().0.ok);
    call.source.remove(&second);
    let error = open_vcon(&call.source, &call.owner, &Trust::default(), None).unwrap_err();
    assert_eq!(error.code(), "open/shredded");

    assert!(
        rebuild(&call.source, &Trust::default(), SIGNED_AT_MS).is_ok(),
        "what the ledger tells can be shown"
    );
    call.source.insert(ObjectName::ShredConfirmation { call_id: call.id }, b"done".to_vec());
    let (officer, trust) = (officer(), Trust::default());
    let addition =
        Addition { keys: &call.owner, others: &[], officer: &officer, trust: &trust, now_ms: SIGNED_AT_MS };
    assert_eq!(store_rebuilt(&call.source, &addition).unwrap_err().code(), "open/shredded");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn no_changed_byte_of_a_stored_vcon_is_passed_over(place in any::<Index>(), bit in 0..7_u32, cut in any::<bool>()) {
        let mut call = Call::signed_with_vcon();
        call.change(call.vcon(1), |content| {
            let at = place.index(content.len());
            if cut { content.truncate(at); } else { content[at] ^= 1 << bit; }
        });
        let (report, _) = verify(&call.source, Some(&call.owner)).unwrap();
        prop_assert!(!report.ok);
        prop_assert!(open_vcon(&call.source, &call.owner, &Trust::default(), None).is_err());
    }
}
