//! A call is its first writer's: another person's token adds nothing to it, and another key's ledger neither.

use crate::call::Call;
use crate::provider::{Key, Provider, claims};
use crate::support::{Answer, Server, files, name, sha256, store, store_url};
use callseal::ledger::{CallKey, Chain, EntryBody, Gap, Ledger, LedgerSigner, read_chunk};
use callseal::names::{CallId, ObjectName};
use serde_json::json;
use tempfile::tempdir;

/// A request with the token of an agent.
fn post(server: &Server, path: &str, token: &str, body: &serde_json::Value) -> Answer {
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", &*bearer), ("content-type", "application/json")];
    server.ask("POST", path, &headers, body.to_string().as_bytes())
}

fn grant(server: &Server, token: &str, name: &str) -> Answer {
    post(server, "/v1/grants", token, &json!({ "name": name, "size_bytes": 3, "sha256": sha256(b"abc") }))
}

#[test]
fn nobody_squats_names_in_the_call_of_another_also_after_a_restart() {
    let folder = tempdir().unwrap();
    let key = Key::es256(1);
    let provider = Provider::start(&[key.jwk("k")]);
    let start =
        || Server::start_exactly(&[&["--store", &store_url(folder.path())][..], &provider.flags()].concat());
    let (ann, bob) = (key.token("k", &claims("ann", &["agent"])), key.token("k", &claims("bob", &["agent"])));
    let server = start();
    grant(&server, &ann, &name(0)).json(200);
    for server in [server, start()] {
        grant(&server, &bob, &name(1)).refused(403, "store/call-bound");
        grant(&server, &bob, &name(0)).refused(403, "store/call-bound");
        let head = json!({ "call_id": &name(0)[..36], "seq": 7, "head": sha256(b"a") });
        post(&server, "/v1/heads", &bob, &head).refused(403, "store/call-bound");
        assert_eq!(post(&server, "/v1/heads", &ann, &head).status, 200);
        // After a crash the agent comes with another token.
        let mut later = claims("ann", &["agent"]);
        later["jti"] = "another".into();
        grant(&server, &key.token("k", &later), &name(2)).json(200);
        let other = name(0).replacen('0', "1", 1);
        grant(&server, &bob, &other).json(200);
        assert!(!server.stop().contains("ann"));
    }
    let kept = std::fs::read_to_string(store(folder.path()).join(".callseal/bound").join(&name(0)[..36]));
    assert_eq!(kept.unwrap().len(), 64, "a hash");
    assert!(files(folder.path()).is_empty());
}

#[test]
fn with_the_servers_own_token_a_restart_changes_nothing() {
    let folder = tempdir().unwrap();
    for round in 0..2 {
        let server = Server::start_exactly(&["--store", &store_url(folder.path())]);
        let config = server.ask("GET", "/callseal/config.json", &[], b"").json(200);
        grant(&server, config["store"]["token"].as_str().unwrap(), &name(round)).json(200);
    }
    // Nor does it when a provider takes its place: what waits in a browser must still come in.
    let key = Key::es256(1);
    let provider = Provider::start(&[key.jwk("k")]);
    let server =
        Server::start_exactly(&[&["--store", &store_url(folder.path())][..], &provider.flags()].concat());
    grant(&server, &key.token("k", &claims("ann", &["agent"])), &name(2)).json(200);
}

fn put(server: &Server, call: &Call, name: &ObjectName) -> Answer {
    let content = call.source.iter().find(|(other, _)| *other == name).unwrap().1;
    server.put(&server.granted(&name.to_string(), content), content)
}

fn ledger(call: &Call) -> Vec<ObjectName> {
    let names = call.source.iter().map(|(name, _)| *name);
    names.filter(|name| matches!(name, ObjectName::LedgerChunk { .. })).collect()
}

#[test]
fn a_ledger_goes_on_with_the_key_of_its_beginning_only() {
    let folder = tempdir().unwrap();
    let server = Server::start(folder.path());
    let (call, forged) =
        (Call::to_be_shredded(4_000_000_000_000, 1), Call::to_be_shredded(4_000_000_000_000, 2));
    let names = ledger(&call);
    assert!(names.len() > 2, "{names:?}");
    assert_eq!(put(&server, &call, &names[0]).status, 201);
    put(&server, &forged, &names[1]).refused(403, "store/signer-foreign");
    let junk = b"{}\n";
    server.put(&server.granted(&names[1].to_string(), junk), junk).refused(403, "store/signer-foreign");
    // One that comes too early is judged by the key so far, and waits if that is not its own.
    let early = put(&server, &forged, &names[2]);
    early.refused(425, "store/chunk-early");
    assert_eq!(early.header("retry-after"), Some("1"));
    assert_eq!(put(&server, &call, &names[2]).status, 201, "uploads overtake each other");
    assert_eq!(put(&server, &call, &names[1]).status, 201);
    for name in &names[3..] {
        assert_eq!(put(&server, &call, name).status, 201);
    }
    for name in &names {
        let stored = std::fs::read(store(folder.path()).join(name.to_string())).unwrap();
        assert_eq!(&stored, call.source.iter().find(|(other, _)| *other == name).unwrap().1);
    }
}

#[test]
fn a_ledger_that_names_another_signer_goes_on_with_it() {
    let folder = tempdir().unwrap();
    let server = Server::start(folder.path());
    let id = CallId::parse(&name(0)[..36]).unwrap();
    let signer = |byte| Some(LedgerSigner::new(CallKey::from_random(&[byte; 32]).unwrap(), Vec::new()));
    let gap = EntryBody::Gap(Gap { from_sample: 0, to_sample: 1, reason: "sleep".into() });
    let call = Call::to_be_shredded(4_000_000_000_000, 1);
    let first = call.source.iter().find(|(name, _)| **name == call.chunk(0)).unwrap().1.to_vec();
    let mut chain = Chain::start(&id);
    read_chunk(&mut chain, &first).unwrap();
    let mut recovery = Ledger::resume(id, chain, 1, signer(2));
    let announced = recovery.announce_signer(10).unwrap();
    let further = recovery.append(11, &gap).unwrap();
    let put = |chunk, content: &[u8]| {
        let name = ObjectName::LedgerChunk { call_id: id, chunk }.to_string();
        server.put(&server.granted(&name, content), content)
    };
    assert_eq!(put(0, &first).status, 201);
    put(2, &further).refused(425, "store/chunk-early");
    put(1, &further).refused(403, "store/signer-foreign");
    assert_eq!(put(1, &announced).status, 201);
    assert_eq!(put(2, &further).status, 201);
}
