//! Why somebody listens: reasons before audio, signed, chained, and for those who may read.

use crate::provider::{Key, Provider, claims};
use crate::support::{Answer, Server, name, sha256, store, store_url};
use serde_json::{Value, json};
use std::fs;
use tempfile::tempdir;

const CONTENT: &[u8] = b"sealed bytes";
const REQUIRED: [&str; 2] = ["--allow-read", "--require-access-reason"];

fn call_id() -> String {
    name(0).split('/').next().unwrap().to_owned()
}

fn path() -> String {
    format!("/v1/calls/{}/accesses", call_id())
}

fn ask(server: &Server, bearer: &str, method: &str, path: &str, body: &str) -> Answer {
    let headers = [("authorization", bearer), ("content-type", "application/json")];
    server.ask(method, path, &headers, body.as_bytes())
}

fn give(server: &Server, text: &str) -> Answer {
    let body = json!({ "reason": "complaint", "text": text, "action": "listen" });
    ask(server, &Server::bearer(), "POST", &path(), &body.to_string())
}

fn read(server: &Server, bearer: &str) -> Answer {
    ask(server, bearer, "GET", &format!("/v1/objects/{}", name(0)), "")
}

fn listed(server: &Server) -> Vec<Value> {
    let list = ask(server, &Server::bearer(), "GET", &path(), "").json(200);
    list["accesses"].as_array().unwrap().clone()
}

fn marks(server: &Server) -> Vec<(bool, bool)> {
    let flag = |entry: &Value, name: &str| entry[name].as_bool().unwrap();
    listed(server).iter().map(|entry| (flag(entry, "is_signed"), flag(entry, "is_in_place"))).collect()
}

#[test]
fn audio_is_given_after_a_reason_only_and_the_reason_outlives_a_restart() {
    let folder = tempdir().unwrap();
    let server = Server::start_with(folder.path(), &REQUIRED);
    let ledger = format!("{}/ledger/000000.jsonl", call_id());
    for object in [&name(0), &ledger] {
        server.put(&server.granted(object, CONTENT), CONTENT).json(201);
    }
    read(&server, &Server::bearer()).refused(403, "access/reason-required");
    let of_ledger = ask(&server, &Server::bearer(), "GET", &format!("/v1/objects/{ledger}"), "");
    assert_eq!(of_ledger.status, 200);
    give(&server, "ticket 4711").json(201);
    assert_eq!(read(&server, &Server::bearer()).status, 200);
    drop(server);
    let server = Server::start_with(folder.path(), &REQUIRED);
    assert_eq!(read(&server, &Server::bearer()).status, 200);
}

#[test]
fn entries_are_signed_and_each_names_the_one_before() {
    let folder = tempdir().unwrap();
    let server = Server::start_with(folder.path(), &REQUIRED);
    server.put(&server.granted(&name(0), CONTENT), CONTENT).json(201);
    for (number, text) in ["one", "two", "three"].into_iter().enumerate() {
        assert_eq!(give(&server, text).json(201)["number"], number);
    }
    let entries = listed(&server);
    assert_eq!(entries[0]["prev"], Value::Null);
    for (before, entry) in entries.iter().zip(&entries[1..]) {
        assert_eq!(entry["prev"], sha256(before["jws"].as_str().unwrap().as_bytes()));
    }
    assert_eq!((&entries[2]["text"], &entries[2]["action"]), (&json!("three"), &json!("listen")));
    assert_eq!(marks(&server), [(true, true); 3]);
    let log = server.stop();
    assert!(log.contains("event=access ") && !log.contains("three"), "{log}");
}

#[test]
fn an_entry_that_was_changed_or_exchanged_is_seen_and_does_not_count() {
    let folder = tempdir().unwrap();
    let server = Server::start_with(folder.path(), &REQUIRED);
    server.put(&server.granted(&name(0), CONTENT), CONTENT).json(201);
    ["one", "two", "three"].into_iter().for_each(|text| drop(give(&server, text).json(201)));
    drop(server);
    let entry = |number: u32| store(folder.path()).join(format!(".callseal/accesses/{}/{number}", call_id()));
    let whole = fs::read(entry(1)).unwrap();
    let write = |number, bytes: &[u8]| {
        fs::remove_file(entry(number)).unwrap();
        fs::write(entry(number), bytes).unwrap();
    };
    // Another one's signature over what stands there.
    let mut parts: Vec<String> =
        String::from_utf8(whole.clone()).unwrap().split('.').map(str::to_owned).collect();
    let first = String::from_utf8(fs::read(entry(0)).unwrap()).unwrap();
    parts[2] = first.split('.').nth(2).unwrap().to_owned();
    write(1, parts.join(".").as_bytes());
    let server = Server::start_with(folder.path(), &REQUIRED);
    assert_eq!(marks(&server), [(true, true), (false, true), (true, false)]);
    drop(server);
    // The same entry twice, in the place of another.
    write(1, first.as_bytes());
    let server = Server::start_with(folder.path(), &REQUIRED);
    assert_eq!(marks(&server), [(true, true), (true, false), (true, false)]);
    drop(server);
    // With no entry that this server signed, no reason was given.
    (0..3).for_each(|number| write(number, parts.join(".").as_bytes()));
    let server = Server::start_with(folder.path(), &REQUIRED);
    read(&server, &Server::bearer()).refused(403, "access/reason-required");
}

#[test]
fn agents_may_neither_say_a_reason_nor_read_who_has_and_one_listeners_reason_is_not_anothers() {
    let folder = tempdir().unwrap();
    let key = Key::es256(1);
    let provider = Provider::start(&[key.jwk("k")]);
    let url = store_url(folder.path());
    let words = [&["--store", &url][..], &provider.flags(), &REQUIRED[1..]].concat();
    let server = Server::start_exactly(&words);
    let bearer = |who: &str, role: &str| format!("Bearer {}", key.token("k", &claims(who, &[role])));
    let sizes = json!({ "name": name(0), "size_bytes": CONTENT.len(), "sha256": sha256(CONTENT) });
    let grant = ask(&server, &bearer("ann", "agent"), "POST", "/v1/grants", &sizes.to_string()).json(200);
    server.put(grant["url"].as_str().unwrap(), CONTENT).json(201);
    let body = json!({ "reason": "quality", "action": "listen" }).to_string();
    for (method, body) in [("POST", &*body), ("GET", "")] {
        ask(&server, &bearer("ann", "agent"), method, &path(), body).refused(403, "auth/role");
        ask(&server, "Bearer nothing", method, &path(), body).refused(401, "auth/invalid");
    }
    ask(&server, &bearer("sue", "supervisor"), "POST", &path(), &body).json(201);
    assert_eq!(read(&server, &bearer("sue", "supervisor")).status, 200);
    read(&server, &bearer("tom", "supervisor")).refused(403, "access/reason-required");
}

#[test]
fn what_is_no_reason_is_refused_and_nothing_is_written() {
    let folder = tempdir().unwrap();
    let server = Server::start_with(folder.path(), &REQUIRED);
    let fair = json!({ "reason": "legal", "action": "export", "from_ms": 1, "to_ms": 2 });
    ask(&server, &Server::bearer(), "POST", &path(), &fair.to_string()).refused(404, "store/absent");
    server.put(&server.granted(&name(0), CONTENT), CONTENT).json(201);
    for (member, value) in [
        ("reason", json!("")),
        ("reason", json!("Not a code")),
        ("reason", json!("x".repeat(65))),
        ("text", json!("x".repeat(1_001))),
        ("action", json!("copy")),
        ("from_ms", json!(2)),
        ("to_ms", Value::Null),
        ("more", json!(1)),
    ] {
        let mut body = fair.clone();
        body[member] = value;
        ask(&server, &Server::bearer(), "POST", &path(), &body.to_string()).refused(400, "request/invalid");
    }
    assert_eq!(listed(&server), [] as [Value; 0]);
}
