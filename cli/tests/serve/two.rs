//! Two instances over one store: what one begins, the other goes on with, and they contradict each other in nothing.

use crate::support::{Answer, Server, both, name, sha256, store};
use callseal::ledger::HeadClaim;
use callseal::seal::VerifyingKey;
use serde_json::json;
use std::fs;
use std::path::Path;
use tempfile::tempdir;

const CALL: &str = "0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa";
const CONTENT: &[u8] = b"sealed bytes";

fn pair(folder: &Path) -> [Server; 2] {
    let secret = folder.join("grant-secret");
    fs::write(&secret, "a secret of several instances, 32 bytes\n").unwrap();
    [0, 1].map(|_| Server::start_with(folder, &["--grant-secret-file", secret.to_str().unwrap()]))
}

fn head(server: &Server, seq: u64, content: &[u8]) -> Answer {
    let headers = [("authorization", &*Server::bearer()), ("content-type", "application/json")];
    let body = json!({ "call_id": CALL, "seq": seq, "head": sha256(content) });
    server.ask("POST", "/v1/heads", &headers, body.to_string().as_bytes())
}

#[test]
fn a_grant_of_one_counts_at_the_other_and_the_object_is_stored_once() {
    let folder = tempdir().unwrap();
    let [one, two] = pair(folder.path());
    let url = one.granted(&name(0), CONTENT);
    two.put(&url, CONTENT).json(201);
    one.put(&url, CONTENT).refused(412, "store/exists");
    for server in [&one, &two] {
        let again = server.grant(&name(0), CONTENT.len(), &sha256(CONTENT)).json(200);
        assert_eq!(again["status"], "already_stored");
    }
    // Without the secret, grants are the process's own.
    let alone = Server::start(folder.path());
    alone.put(&one.granted(&name(1), CONTENT), CONTENT).refused(403, "grant/invalid");
}

#[test]
fn of_two_writers_at_two_instances_one_wins_each_race() {
    let folder = tempdir().unwrap();
    let servers = pair(folder.path());
    for round in 0..15 {
        let contents = [vec![b'a'; 30_000], vec![b'b'; 30_000]];
        let urls = [0, 1].map(|writer: usize| servers[writer].granted(&name(round), &contents[writer]));
        let statuses = both(|writer| servers[1 - writer].put(&urls[writer], &contents[writer]).status);
        let winner = statuses.iter().position(|status| *status == 201).unwrap();
        assert_eq!(statuses[1 - winner], 412);
        assert_eq!(fs::read(store(folder.path()).join(name(round))).unwrap(), contents[winner]);
    }
}

#[test]
fn heads_are_countersigned_with_one_key_and_never_sideways() {
    let folder = tempdir().unwrap();
    let [one, two] = pair(folder.path());
    let key = |server: &Server| {
        VerifyingKey::from_jwk(&server.ask("GET", "/v1/keys", &[], b"").json(200)["keys"][0]).unwrap()
    };
    assert_eq!(key(&one), key(&two));
    let (claim, jws) = HeadClaim::read(&head(&one, 7, b"a").body).unwrap();
    assert!(claim.seq == 7 && jws.is_signed_by(&key(&two)));
    assert_eq!(head(&two, 7, b"a").status, 200, "asked again at the other after a lost answer");
    head(&two, 7, b"b").refused(409, "head/behind");
    head(&two, 6, b"b").refused(409, "head/behind");
    assert_eq!(head(&two, 8, b"b").status, 200);
    head(&one, 8, b"c").refused(409, "head/behind");
    // Also when both are asked at once, and after a restart.
    let servers = [one, two];
    for seq in 100..110 {
        let statuses = both(|index| head(&servers[index], seq, &[index as u8]).status);
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    }
    drop(servers);
    head(&Server::start(folder.path()), 8, b"c").refused(409, "head/behind");
}
