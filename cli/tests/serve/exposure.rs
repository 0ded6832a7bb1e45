//! Keys of what should not have been recorded are taken away when the call's own signed ledger demands it, and never otherwise.

use crate::call::Call;
use crate::support::{Answer, Server, files, store};
use callseal::ledger::{ExposureClaim, ExposureEffect};
use callseal::names::ObjectName;
use callseal::seal::VerifyingKey;
use std::fs;
use std::path::Path;
use tempfile::tempdir;

const CONFIRMATION: &str = "0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa/0/000001.exposed.jws";

/// Stores one object of the call.
fn put(server: &Server, call: &Call, name: &ObjectName) -> Answer {
    let content = call.source.iter().find(|(other, _)| *other == name).unwrap().1;
    server.put(&server.granted(&name.to_string(), content), content)
}

fn names(call: &Call) -> (Vec<ObjectName>, Vec<ObjectName>) {
    call.source.iter().map(|(name, _)| *name).partition(|name| !name.to_string().contains("/ledger/"))
}

fn has(folder: &Path, name: &ObjectName) -> bool {
    store(folder).join(name.to_string()).exists()
}

fn claim(server: &Server, folder: &Path) -> ExposureClaim {
    let (claim, jws) = ExposureClaim::read(&fs::read(store(folder).join(CONFIRMATION)).unwrap()).unwrap();
    let set = server.ask("GET", "/v1/keys", &[], b"").json(200);
    assert!(jws.is_signed_by(&VerifyingKey::from_jwk(&set["keys"][0]).unwrap()));
    claim
}

#[test]
fn a_demand_destroys_the_keys_of_its_segments_and_nothing_else() {
    let folder = tempdir().unwrap();
    let server = Server::start(folder.path());
    let call = Call::exposed(ExposureEffect::Destroy, 1);
    let (audio, ledger) = names(&call);
    audio.iter().chain(&ledger).for_each(|name| assert_eq!(put(&server, &call, name).status, 201));
    for name in audio.iter().chain(&ledger) {
        assert_eq!(has(folder.path(), name), *name != call.envelope(1), "{name}");
    }
    assert_eq!(claim(&server, folder.path()).effect, ExposureEffect::Destroy);
}

#[test]
fn an_envelope_that_comes_after_the_demand_is_not_kept_either() {
    let folder = tempdir().unwrap();
    let server = Server::start(folder.path());
    let call = Call::exposed(ExposureEffect::Destroy, 1);
    let (_, ledger) = names(&call);
    let envelope = call.envelope(1);
    let content = call.source.iter().find(|(other, _)| **other == envelope).unwrap().1;
    let early = server.granted(&envelope.to_string(), content);
    ledger.iter().for_each(|name| assert_eq!(put(&server, &call, name).status, 201));
    assert_eq!(server.put(&early, content).status, 410);
    assert!(!has(folder.path(), &envelope));
    assert_eq!(
        server.grant(&envelope.to_string(), content.len(), &crate::support::sha256(content)).status,
        410
    );
    assert_eq!(put(&server, &call, &call.envelope(0)).status, 201);
    assert!(has(folder.path(), &call.envelope(0)));
}

#[test]
fn a_key_that_is_withheld_is_out_of_reach_and_in_the_keepers_hands() {
    let folder = tempdir().unwrap();
    let server = Server::start(folder.path());
    let call = Call::exposed(ExposureEffect::Withhold, 1);
    let (audio, ledger) = names(&call);
    let late = call.envelope(1);
    for name in ledger.iter().chain(audio.iter().filter(|name| **name != late)) {
        assert_eq!(put(&server, &call, name).status, 201);
    }
    assert_eq!(put(&server, &call, &late).status, 201, "the browser may let go of it");
    assert!(!has(folder.path(), &late));
    let aside = store(folder.path()).join(".callseal/withheld").join(late.to_string());
    let content = call.source.iter().find(|(other, _)| **other == late).unwrap().1;
    assert_eq!(&fs::read(aside).unwrap(), content);
    assert_eq!(claim(&server, folder.path()).effect, ExposureEffect::Withhold);
}

#[test]
fn a_demand_of_another_keys_ledger_takes_nothing_away() {
    let folder = tempdir().unwrap();
    let server = Server::start(folder.path());
    let (call, forged) =
        (Call::exposed(ExposureEffect::Destroy, 1), Call::exposed(ExposureEffect::Destroy, 2));
    let (audio, ledger) = names(&call);
    audio.iter().for_each(|name| assert_eq!(put(&server, &call, name).status, 201));
    let (last, before) = ledger.split_last().unwrap();
    before.iter().for_each(|name| assert_eq!(put(&server, &call, name).status, 201));
    // Refused, and of no effect where somebody else has put it into the store.
    put(&server, &forged, last).refused(403, "store/signer-foreign");
    let content = forged.source.iter().find(|(name, _)| *name == last).unwrap().1;
    fs::write(store(folder.path()).join(last.to_string()), content).unwrap();
    let again = server.grant(&last.to_string(), content.len(), &crate::support::sha256(content)).json(200);
    assert_eq!(again["status"], "already_stored");
    audio.iter().for_each(|name| assert!(has(folder.path(), name)));
    assert!(!files(folder.path()).iter().any(|file| file.ends_with(".exposed.jws")));
}

#[test]
fn the_confirmation_is_never_a_clients() {
    let folder = tempdir().unwrap();
    let server = Server::start(folder.path());
    assert_eq!(server.grant(CONFIRMATION, 1, &crate::support::sha256(b"x")).status, 400);
}
