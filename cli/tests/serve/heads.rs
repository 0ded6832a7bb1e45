//! Countersigning ledgers' heads.

use crate::support::{Answer, Server, sha256, store};
use callseal::ledger::HeadClaim;
use callseal::seal::VerifyingKey;
use serde_json::{Value, json};
use tempfile::tempdir;

const CALL: &str = "0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa";

fn ask(server: &Server, body: &Value) -> Answer {
    let headers = [("authorization", &*Server::bearer()), ("content-type", "application/json")];
    server.ask("POST", "/v1/heads", &headers, body.to_string().as_bytes())
}

fn head(seq: u64, content: &[u8]) -> Value {
    json!({ "call_id": CALL, "seq": seq, "head": sha256(content) })
}

fn key(server: &Server) -> VerifyingKey {
    let set = server.ask("GET", "/v1/keys", &[], b"").json(200);
    VerifyingKey::from_jwk(&set["keys"][0]).unwrap()
}

#[test]
fn a_head_is_countersigned_with_the_published_key_and_the_servers_clock() {
    let folder = tempdir().unwrap();
    let server = Server::start(folder.path());
    let answer = ask(&server, &head(7, b"a"));
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/jose"));
    let (claim, jws) = HeadClaim::read(&answer.body).unwrap();
    assert!(jws.is_signed_by(&key(&server)));
    assert_eq!(jws.key_id(), Some(&*key(&server).thumbprint()));
    assert_eq!((claim.call_id.to_string().as_str(), claim.seq, claim.head), (CALL, 7, sha256(b"a")));
    let now_s = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    assert!(now_s.abs_diff(claim.iat) < 60);
}

#[test]
fn the_key_stays_over_a_restart_and_can_be_elsewhere() {
    let folder = tempdir().unwrap();
    let server = Server::start(folder.path());
    let first = key(&server);
    let log = server.stop();
    assert!(!log.contains(&first.thumbprint()));
    let server = Server::start(folder.path());
    assert_eq!(key(&server), first);
    drop(server);
    let elsewhere = folder.path().join("own.jwk");
    let server = Server::start_with(folder.path(), &["--key-file", elsewhere.to_str().unwrap()]);
    assert_ne!(key(&server), first);
    assert!(elsewhere.exists() && store(folder.path()).join(".callseal/server.private.jwk").exists());
}

#[test]
fn a_head_behind_or_beside_a_countersigned_one_is_refused() {
    let folder = tempdir().unwrap();
    let server = Server::start(folder.path());
    assert_eq!(ask(&server, &head(7, b"a")).status, 200);
    assert_eq!(ask(&server, &head(7, b"a")).status, 200, "asked again after a lost answer");
    ask(&server, &head(7, b"b")).refused(409, "head/behind");
    ask(&server, &head(6, b"b")).refused(409, "head/behind");
    assert_eq!(ask(&server, &head(8, b"b")).status, 200);
}

#[test]
fn only_with_the_token_and_only_heads() {
    let folder = tempdir().unwrap();
    let server = Server::start(folder.path());
    let body = head(7, b"a").to_string();
    let json = ("content-type", "application/json");
    server.ask("POST", "/v1/heads", &[json], body.as_bytes()).refused(401, "auth/required");
    let foreign = [json, ("origin", "https://evil.example"), ("authorization", &*Server::bearer())];
    server.ask("POST", "/v1/heads", &foreign, body.as_bytes()).refused(403, "origin/foreign");
    server.ask("GET", "/v1/keys", &foreign[1..2], b"").refused(403, "origin/foreign");
    let mut bodies = vec![json!({}), json!([]), json!(7)];
    for (member, value) in [
        ("call_id", json!("0B7E4B0E-93F1-4A7E-8A4C-5D2F60C1D9AA")),
        ("seq", json!(-1)),
        ("seq", json!(1_u64 << 53)),
        ("head", json!("A0")),
        ("more", json!(1)),
    ] {
        let mut body = head(7, b"a");
        body[member] = value;
        bodies.push(body);
    }
    for body in bodies {
        ask(&server, &body).refused(400, "request/invalid");
    }
}
