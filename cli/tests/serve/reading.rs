//! Reading: for those who may, whole or in ranges, and never what was taken away.

use crate::call::Call;
use crate::support::{Answer, Server, name, sha256, store};
use callseal::ledger::ExposureEffect;
use callseal::names::ObjectName;
use serde_json::json;
use std::fs;
use tempfile::tempdir;

const CONTENT: &[u8] = b"0123456789";

fn get(server: &Server, path: &str, more: &[(&str, &str)]) -> Answer {
    let bearer = Server::bearer();
    server.ask("GET", path, &[&[("authorization", &*bearer)][..], more].concat(), b"")
}

fn object(segment: u32) -> String {
    format!("/v1/objects/{}", name(segment))
}

#[test]
fn objects_are_read_whole_and_in_ranges_with_their_hash() {
    let folder = tempdir().unwrap();
    let server = Server::start_with(folder.path(), &["--allow-read"]);
    get(&server, &object(0), &[]).refused(404, "store/absent");
    server.put(&server.granted(&name(0), CONTENT), CONTENT).json(201);
    let whole = get(&server, &object(0), &[]);
    assert_eq!((whole.status, &*whole.body), (200, CONTENT));
    let tag = format!("\"{}\"", sha256(CONTENT));
    assert_eq!(whole.header("etag"), Some(&*tag));
    assert_eq!(whole.header("callseal-sha256"), Some(&*sha256(CONTENT)));
    assert_eq!(whole.header("accept-ranges"), Some("bytes"));
    for (range, told, part) in [
        ("bytes=0-3", "bytes 0-3/10", &CONTENT[..4]),
        ("bytes=4-", "bytes 4-9/10", &CONTENT[4..]),
        ("bytes=-3", "bytes 7-9/10", &CONTENT[7..]),
        ("bytes=8-99", "bytes 8-9/10", &CONTENT[8..]),
        ("bytes=-99", "bytes 0-9/10", CONTENT),
        ("bytes=9-9", "bytes 9-9/10", &CONTENT[9..]),
    ] {
        let answer = get(&server, &object(0), &[("range", range)]);
        assert_eq!((answer.status, &*answer.body), (206, part), "{range}");
        assert_eq!(answer.header("content-range"), Some(told));
        assert_eq!(answer.header("content-length"), Some(&*part.len().to_string()));
        assert_eq!(answer.header("etag"), Some(&*tag));
    }
    for range in ["bytes=10-", "bytes=10-12"] {
        let answer = get(&server, &object(0), &[("range", range)]);
        answer.refused(416, "request/range");
        assert_eq!(answer.header("content-range"), Some("bytes */10"), "{range}");
    }
    let mut ignored = 0;
    for range in ["lines=1-2", "bytes=0-1,3-4", "bytes=5-2", "bytes=-0", "bytes", "bytes=x-y"] {
        let answer = get(&server, &object(0), &[("range", range)]);
        assert!(answer.status == 200 && answer.body == CONTENT || answer.status == 416, "{range}");
        ignored += usize::from(answer.status == 200);
    }
    assert_eq!(get(&server, &object(0), &[("range", "bytes=0-1"), ("if-range", &tag)]).status, 206);
    assert_eq!(get(&server, &object(0), &[("range", "bytes=0-1"), ("if-range", "\"other\"")]).status, 200);
    let same = get(&server, &object(0), &[("if-none-match", &tag)]);
    assert_eq!((same.status, same.body.len()), (304, 0));
    let bearer = Server::bearer();
    let head = server.ask("HEAD", &object(0), &[("authorization", &bearer)], b"");
    assert_eq!((head.status, head.header("etag")), (200, Some(&*tag)));
    let log = server.stop();
    let read: Vec<_> = log.lines().filter(|line| line.contains("event=read ")).collect();
    // The whole, six ranges, and two that depended on the entity tag.
    assert_eq!(read.len(), 1 + 6 + 2 + ignored, "{log}");
    assert!(read[1].ends_with(&format!("name={} bytes=4", name(0))) && read[1].contains("subject="), "{log}");
}

#[test]
fn calls_and_their_objects_are_listed_page_by_page() {
    let folder = tempdir().unwrap();
    let server = Server::start_with(folder.path(), &["--allow-read"]);
    let calls: Vec<String> =
        (0..5).map(|call| format!("0b7e4b0e-93f1-4a7e-8a4c-00000000000{call}")).collect();
    for call in &calls {
        for object in ["0/000000.ogg.tink", "ledger/000000.jsonl"] {
            let name = format!("{call}/{object}");
            server.put(&server.granted(&name, CONTENT), CONTENT).json(201);
        }
    }
    assert_eq!(get(&server, "/v1/calls", &[]).json(200), json!({ "calls": calls, "next": null }));
    let page = get(&server, "/v1/calls?limit=2", &[]).json(200);
    assert_eq!(page, json!({ "calls": calls[..2], "next": calls[1] }));
    let page = get(&server, &format!("/v1/calls?limit=2&after={}", calls[3]), &[]).json(200);
    assert_eq!(page, json!({ "calls": calls[4..], "next": null }));
    for query in ["limit=0", "limit=1001", "limit=x", "after=x", "other=1", "after=.callseal"] {
        get(&server, &format!("/v1/calls?{query}"), &[]).refused(400, "request/invalid");
    }
    let listed = get(&server, &format!("/v1/calls/{}", calls[0]), &[]).json(200);
    let object = |name: &str| json!({ "name": format!("{}/{name}", calls[0]), "size_bytes": 10 });
    assert_eq!(listed["objects"], json!([object("0/000000.ogg.tink"), object("ledger/000000.jsonl")]));
    get(&server, "/v1/calls/0b7e4b0e-93f1-4a7e-8a4c-000000000009", &[]).refused(404, "store/absent");
    get(&server, "/v1/calls/.callseal", &[]).refused(400, "request/invalid");
}

#[test]
fn without_leave_nothing_is_handed_out_also_not_with_the_token() {
    let folder = tempdir().unwrap();
    let server = Server::start(folder.path());
    server.put(&server.granted(&name(0), CONTENT), CONTENT).json(201);
    get(&server, &object(0), &[]).refused(405, "request/method");
    get(&server, "/v1/calls", &[]).refused(404, "request/unknown-path");
    get(&server, &format!("/v1/calls/{}", &name(0)[..36]), &[]).refused(404, "request/unknown-path");
    let server = Server::start_with(folder.path(), &["--allow-read"]);
    for path in [&*object(0), "/v1/calls", &format!("/v1/calls/{}", &name(0)[..36])] {
        server.ask("GET", path, &[], b"").refused(401, "auth/required");
    }
}

fn put(server: &Server, call: &Call, name: &ObjectName) {
    let content = call.source.iter().find(|(other, _)| *other == name).unwrap().1;
    server.put(&server.granted(&name.to_string(), content), content);
}

#[test]
fn what_was_shredded_is_not_read_even_if_a_copy_comes_back() {
    let folder = tempdir().unwrap();
    let server = Server::start_with(folder.path(), &["--allow-read"]);
    let call = Call::to_be_shredded(0, 1);
    call.source.iter().for_each(|(name, _)| put(&server, &call, name));
    for (name, content) in call.source.iter() {
        let path = store(folder.path()).join(name.to_string());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        let answer = get(&server, &format!("/v1/objects/{name}"), &[]);
        if matches!(name, ObjectName::LedgerChunk { .. }) {
            assert_eq!(answer.status, 200);
        } else {
            answer.refused(410, "store/shredded");
        }
    }
}

#[test]
fn the_key_of_what_should_not_have_been_recorded_is_not_read() {
    for effect in [ExposureEffect::Destroy, ExposureEffect::Withhold] {
        let folder = tempdir().unwrap();
        let server = Server::start_with(folder.path(), &["--allow-read"]);
        let call = Call::exposed(effect, 1);
        call.source.iter().for_each(|(name, _)| put(&server, &call, name));
        let exposed = call.envelope(1);
        get(&server, &format!("/v1/objects/{exposed}"), &[]).refused(410, "store/exposed");
        assert_eq!(get(&server, &format!("/v1/objects/{}", call.envelope(0)), &[]).status, 200);
        let aside = format!("/v1/objects/.callseal/withheld/{exposed}");
        get(&server, &aside, &[]).refused(400, "request/invalid-name");
    }
}
