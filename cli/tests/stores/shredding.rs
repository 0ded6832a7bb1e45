//! A demand for shredding is met on every service, whichever instance took which chunk, and no key outlives it.

use crate::call::Call;
use crate::support::{Server, eventually, sha256};
use crate::{follow, put, serve, stores};
use callseal::ledger::ShredClaim;
use callseal::names::ObjectName;
use callseal::seal::VerifyingKey;
use std::time::{Duration, Instant};
use tempfile::tempdir;

/// The server looks at calls that wait every 30 s; a minute is two looks.
const TWO_LOOKS: Duration = Duration::from_secs(60);

fn content<'a>(call: &'a Call, name: &ObjectName) -> &'a [u8] {
    call.source.iter().find(|(other, _)| *other == name).unwrap().1
}

/// The call's objects: those with audio and keys, and the ledger's chunks.
fn parts(call: &Call) -> (Vec<ObjectName>, Vec<ObjectName>) {
    call.source.iter().map(|(name, _)| *name).partition(|name| !name.to_string().contains("/ledger/"))
}

fn is_there(server: &Server, name: &ObjectName) -> bool {
    let headers = [("authorization", &*Server::bearer())];
    match server.ask("HEAD", &format!("/v1/objects/{name}"), &headers, b"").status {
        200 => true,
        404 => false,
        status => panic!("{status}"),
    }
}

#[test]
#[ignore = "needs services, see main.rs"]
fn two_instances_meet_a_demand_whose_chunks_they_took_in_turns() {
    let folder = tempdir().unwrap();
    for store in stores() {
        let servers = [serve(folder.path(), &store, "direct"), serve(folder.path(), &store, "direct")];
        let call = Call::to_be_shredded(0, 1);
        let (audio, ledger) = parts(&call);
        for (index, name) in audio.iter().enumerate() {
            put(&servers[index % 2], &name.to_string(), content(&call, name));
        }
        // The chunk with the demand first, at the other instance than the one that was missing.
        let (first, behind) = ledger.split_first().unwrap();
        for name in behind.iter().rev() {
            assert!(
                put(&servers[0], &name.to_string(), content(&call, name)).get("confirmation").is_none(),
                "{store}"
            );
        }
        let answer = put(&servers[1], &first.to_string(), content(&call, first));
        let confirmation = answer["confirmation"].as_str().unwrap();
        let (claim, jws) = ShredClaim::read(confirmation.as_bytes()).unwrap();
        assert_eq!((claim.call_id, claim.objects), (call.id, audio.len() as u64));
        // Both have the key that the store keeps.
        for server in &servers {
            let set = server.ask("GET", "/v1/keys", &[], b"").json(200);
            assert!(jws.is_signed_by(&VerifyingKey::from_jwk(&set["keys"][0]).unwrap()), "{store}");
            for name in &audio {
                assert!(!is_there(server, name), "{store}: {name}");
                server.grant(&name.to_string(), 3, &sha256(b"abc")).refused(410, "store/shredded");
            }
        }
    }
}

#[test]
#[ignore = "needs services, see main.rs"]
fn an_envelope_that_a_page_puts_with_an_old_grant_and_never_asks_about_is_destroyed_all_the_same() {
    let folder = tempdir().unwrap();
    for store in stores() {
        let server = serve(folder.path(), &store, "direct");
        let call = Call::to_be_shredded(0, 1);
        let (audio, ledger) = parts(&call);
        let envelope = audio.iter().find(|name| matches!(name, ObjectName::Envelope { .. })).unwrap();
        let bytes = content(&call, envelope);
        let old = server.grant(&envelope.to_string(), bytes.len(), &sha256(bytes)).json(200);
        let answers: Vec<_> =
            ledger.iter().map(|name| put(&server, &name.to_string(), content(&call, name))).collect();
        assert!(answers.last().unwrap().get("confirmation").is_some());
        let status = follow(&server, &old, bytes);
        // Through the server it is refused at once.
        assert!(matches!(status, 200 | 201 | 410), "{store}: {status}");
        let begun = Instant::now();
        while is_there(&server, envelope) {
            assert!(begun.elapsed() < TWO_LOOKS, "{store}: the envelope is still there");
            assert!(eventually(|| !is_there(&server, envelope)) || begun.elapsed() < TWO_LOOKS);
        }
    }
}
