//! A call is shredded when its own signed ledger demands it, and never otherwise.

use crate::call::Call;
use crate::support::{Answer, Server, eventually, files, sha256, store};
use callseal::ledger::ShredClaim;
use callseal::names::ObjectName;
use callseal::seal::VerifyingKey;
use std::path::Path;
use tempfile::tempdir;

const CALL: &str = "0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa";

/// Stores one object of the call.
fn put(server: &Server, call: &Call, name: &ObjectName) -> Answer {
    let content = call.source.iter().find(|(other, _)| *other == name).unwrap().1;
    server.put(&server.granted(&name.to_string(), content), content)
}

/// The call's objects: those with audio and keys, and the ledger's chunks.
fn parts(call: &Call) -> (Vec<ObjectName>, Vec<ObjectName>) {
    call.source.iter().map(|(name, _)| *name).partition(|name| !name.to_string().contains("/ledger/"))
}

/// What is left of the call in the store.
fn left(folder: &Path) -> Vec<String> {
    files(folder).into_iter().filter(|file| file.starts_with(CALL)).collect()
}

#[test]
fn a_demand_destroys_audio_and_keys_and_is_confirmed_under_the_servers_key() {
    let folder = tempdir().unwrap();
    let server = Server::start(folder.path());
    let call = Call::to_be_shredded(0, 1);
    let (audio, ledger) = parts(&call);
    audio.iter().for_each(|name| assert_eq!(put(&server, &call, name).status, 201));
    let (last, before) = ledger.split_last().unwrap();
    for name in before {
        assert!(put(&server, &call, name).json(201).get("confirmation").is_none());
    }
    assert_eq!(left(folder.path()).len(), audio.len() + before.len());
    let answer = put(&server, &call, last).json(201);
    let confirmation = answer["confirmation"].as_str().unwrap();
    let (claim, jws) = ShredClaim::read(confirmation.as_bytes()).unwrap();
    let set = server.ask("GET", "/v1/keys", &[], b"").json(200);
    assert!(jws.is_signed_by(&VerifyingKey::from_jwk(&set["keys"][0]).unwrap()));
    assert_eq!((claim.call_id, claim.objects), (call.id, audio.len() as u64));
    let mut kept: Vec<String> = ledger.iter().map(ToString::to_string).collect();
    kept.push(format!("{CALL}/shredded.jws"));
    kept.sort();
    assert_eq!(left(folder.path()), kept);
    // Asked again after a lost answer.
    let content = call.source.iter().find(|(name, _)| *name == last).unwrap().1;
    let again = server.grant(&last.to_string(), content.len(), &sha256(content)).json(200);
    assert_eq!(
        (again["status"].as_str(), again["confirmation"].as_str()),
        (Some("already_stored"), Some(confirmation))
    );
}

#[test]
fn what_arrives_behind_the_shredding_is_refused_or_destroyed() {
    let folder = tempdir().unwrap();
    let server = Server::start(folder.path());
    let call = Call::to_be_shredded(0, 1);
    let (audio, ledger) = parts(&call);
    let (late, early) = (&audio[0], &audio[1]);
    // Granted before the demand, put behind it.
    let content = call.source.iter().find(|(name, _)| *name == late).unwrap().1;
    let granted = server.granted(&late.to_string(), content);
    put(&server, &call, early);
    ledger.iter().for_each(|name| drop(put(&server, &call, name)));
    server.put(&granted, content).refused(410, "store/shredded");
    server.grant(&early.to_string(), 3, &sha256(b"abc")).refused(410, "store/shredded");
    assert!(left(folder.path()).iter().all(|file| !file.contains("tink") && !file.contains("jwe")));
}

#[test]
fn the_order_of_the_ledgers_chunks_does_not_matter() {
    let folder = tempdir().unwrap();
    let server = Server::start(folder.path());
    let call = Call::to_be_shredded(0, 1);
    let (audio, ledger) = parts(&call);
    audio.iter().for_each(|name| drop(put(&server, &call, name)));
    let (first, behind) = ledger.split_first().unwrap();
    for name in behind.iter().rev() {
        assert!(put(&server, &call, name).json(201).get("confirmation").is_none());
    }
    assert!(put(&server, &call, first).json(201).get("confirmation").is_some());
}

#[test]
fn a_demand_for_a_later_day_waits_for_it_over_a_restart() {
    let folder = tempdir().unwrap();
    let server = Server::start(folder.path());
    let now_ms = std::time::UNIX_EPOCH.elapsed().unwrap().as_millis() as u64;
    let call = Call::to_be_shredded(now_ms + 6_000, 1);
    for (name, _) in call.source.iter() {
        assert!(put(&server, &call, name).json(201).get("confirmation").is_none());
    }
    let whole = left(folder.path());
    server.stop();
    assert_eq!(left(folder.path()), whole);
    std::thread::sleep(std::time::Duration::from_millis(6_500));
    // Meanwhile nobody was there to do it: it is done at the start.
    let _server = Server::start(folder.path());
    let confirmation = store(folder.path()).join(format!("{CALL}/shredded.jws"));
    assert!(eventually(|| confirmation.exists()));
    assert!(left(folder.path()).iter().all(|file| !file.contains("tink") && !file.contains("jwe")));
}

#[test]
fn a_demand_that_the_calls_own_key_has_not_signed_destroys_nothing() {
    let folder = tempdir().unwrap();
    let server = Server::start(folder.path());
    let (call, other) = (Call::to_be_shredded(0, 1), Call::to_be_shredded(0, 2));
    let (audio, ledger) = parts(&call);
    audio.iter().for_each(|name| drop(put(&server, &call, name)));
    let (last, before) = ledger.split_last().unwrap();
    before.iter().for_each(|name| drop(put(&server, &call, name)));
    // The last chunk is another signer's: refused, and of no effect where somebody else has put it into the store.
    put(&server, &other, last).refused(403, "store/signer-foreign");
    let forged = other.source.iter().find(|(name, _)| *name == last).unwrap().1;
    std::fs::write(store(folder.path()).join(last.to_string()), forged).unwrap();
    let again = server.grant(&last.to_string(), forged.len(), &sha256(forged)).json(200);
    assert!(again["status"] == "already_stored" && again.get("confirmation").is_none());
    assert_eq!(left(folder.path()).len(), audio.len() + ledger.len());
    assert!(!store(folder.path()).join(format!(".callseal/shred/{CALL}")).exists());
}

#[test]
fn nobody_but_the_store_confirms_a_shredding() {
    let folder = tempdir().unwrap();
    let server = Server::start(folder.path());
    server.grant(&format!("{CALL}/shredded.jws"), 3, &sha256(b"abc")).refused(400, "request/invalid-name");
}
