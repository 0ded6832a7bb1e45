//! Objects appear once, whole and as granted, or not at all.

use crate::support::{Answer, Server, both, eventually, files, name, read_answer, sha256, store};
use std::fs;
use std::io::Write as _;
use std::net::Shutdown;
use std::time::Duration;
use tempfile::tempdir;

const CONTENT: &[u8] = b"sealed bytes of a segment";

#[test]
fn granted_upload_is_stored_byte_for_byte() {
    let folder = tempdir().unwrap();
    let server = Server::start(folder.path());
    let content: Vec<u8> = (0..200_000_u32).map(|index| (index % 251) as u8).collect();
    let asked_at_ms = std::time::UNIX_EPOCH.elapsed().unwrap().as_millis() as u64;
    let grant = server.grant(&name(0), content.len(), &sha256(&content)).json(200);
    assert_eq!((grant["status"].as_str(), grant["method"].as_str()), (Some("granted"), Some("PUT")));
    assert_eq!(grant["headers"], serde_json::json!({}));
    let lifetime_ms = grant["expires_at_ms"].as_u64().unwrap() - asked_at_ms;
    assert!((300_000..320_000).contains(&lifetime_ms), "{lifetime_ms}");
    let url = grant["url"].as_str().unwrap();
    assert!(url.starts_with(&format!("/v1/objects/{}?grant=", name(0))));
    let stored = server.put(url, &content).json(201);
    assert_eq!(stored, serde_json::json!({ "size_bytes": content.len(), "sha256": sha256(&content) }));
    assert_eq!(files(folder.path()), [name(0)]);
    assert_eq!(fs::read(store(folder.path()).join(name(0))).unwrap(), content);
}

#[test]
fn of_two_writers_racing_for_one_name_exactly_one_wins_and_its_content_is_intact() {
    let folder = tempdir().unwrap();
    let server = Server::start(folder.path());
    for round in 0..25 {
        let contents = [vec![b'a'; 60_000], vec![b'b'; 70_000]];
        let urls = [0, 1].map(|writer: usize| server.granted(&name(round), &contents[writer]));
        // All but the last byte first, so that both are past every early check when the race begins.
        let streams = [0, 1].map(|writer: usize| {
            let content = &contents[writer];
            let mut stream = server.connect(server.put_head(&urls[writer], content.len()).as_bytes());
            stream.write_all(&content[..content.len() - 1]).unwrap();
            stream
        });
        assert!(eventually(|| files(folder.path())
            .iter()
            .filter(|file| file.starts_with(".incoming"))
            .count()
            == 2));
        let answers = both(|writer| {
            let mut stream = streams[writer].try_clone().unwrap();
            stream.write_all(&contents[writer][contents[writer].len() - 1..]).unwrap();
            read_answer(stream)
        });
        let winner = usize::from(answers[1].status == 201);
        answers[winner].json(201);
        answers[1 - winner].refused(412, "store/exists");
        assert_eq!(fs::read(store(folder.path()).join(name(round))).unwrap(), contents[winner]);
    }
    assert_eq!(files(folder.path()).len(), 25, "no temporary file is left");
}

#[test]
fn upload_cut_in_the_middle_leaves_nothing_and_the_name_stays_free() {
    let folder = tempdir().unwrap();
    let server = Server::start(folder.path());
    let content = vec![7; 100_000];
    for abrupt in [false, true] {
        let url = server.granted(&name(0), &content);
        let mut stream = server.connect(server.put_head(&url, content.len()).as_bytes());
        stream.write_all(&content[..50_000]).unwrap();
        assert!(eventually(|| files(folder.path()).len() == 1), "the upload has begun");
        if !abrupt {
            stream.shutdown(Shutdown::Write).unwrap();
        }
        drop(stream);
        assert!(eventually(|| files(folder.path()).is_empty()), "{:?}", files(folder.path()));
        assert!(!store(folder.path()).join(name(0)).exists());
    }
    let url = server.granted(&name(0), &content);
    server.put(&url, &content).json(201);
}

#[test]
fn upload_with_a_wrong_hash_is_not_stored() {
    let folder = tempdir().unwrap();
    let server = Server::start(folder.path());
    let url = server.granted(&name(0), CONTENT);
    let mut wrong = CONTENT.to_vec();
    wrong[3] ^= 1;
    server.put(&url, &wrong).refused(422, "store/hash-mismatch");
    assert!(files(folder.path()).is_empty());
    // The grant is for the right bytes, and they are still welcome.
    server.put(&url, CONTENT).json(201);
}

#[test]
fn upload_of_a_wrong_size_is_not_stored() {
    let folder = tempdir().unwrap();
    let server = Server::start(folder.path());
    let url = server.granted(&name(0), CONTENT);
    server.put(&url, &CONTENT[1..]).refused(400, "store/size-mismatch");
    server.put(&url, b"").refused(400, "store/size-mismatch");
    server.put(&url, &[CONTENT, b"!"].concat()).refused(413, "store/size-mismatch");
    assert!(files(folder.path()).is_empty());
}

#[test]
fn upload_of_a_wrong_size_is_not_stored_when_no_length_is_announced() {
    let folder = tempdir().unwrap();
    let server = Server::start(folder.path());
    let url = server.granted(&name(0), CONTENT);
    let chunked = |content: &[u8]| -> Answer {
        let head = format!(
            "PUT {url} HTTP/1.1\r\nhost: {}\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n{:x}\r\n",
            server.host(),
            content.len()
        );
        read_answer(server.connect(&[head.as_bytes(), content, b"\r\n0\r\n\r\n"].concat()))
    };
    chunked(&CONTENT[1..]).refused(400, "store/size-mismatch");
    chunked(&[CONTENT, b"!"].concat()).refused(413, "store/size-mismatch");
    assert!(files(folder.path()).is_empty());
    chunked(CONTENT).json(201);
}

#[test]
fn replayed_grant_changes_nothing() {
    let folder = tempdir().unwrap();
    let server = Server::start(folder.path());
    let url = server.granted(&name(0), CONTENT);
    server.put(&url, CONTENT).json(201);
    let path = store(folder.path()).join(name(0));
    let before = fs::metadata(&path).unwrap().modified().unwrap();
    server.put(&url, CONTENT).refused(412, "store/exists");
    assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), before);
    assert_eq!(fs::read(&path).unwrap(), CONTENT);
}

#[test]
fn expired_grant_is_refused() {
    let folder = tempdir().unwrap();
    let server = Server::start_with(folder.path(), &["--grant-lifetime-s", "1"]);
    let url = server.granted(&name(0), CONTENT);
    std::thread::sleep(Duration::from_millis(1_050));
    server.put(&url, CONTENT).refused(403, "grant/expired");
    assert!(files(folder.path()).is_empty());
}

#[test]
fn grant_counts_for_its_own_name_size_and_process_only() {
    let folder = tempdir().unwrap();
    let server = Server::start(folder.path());
    let url = server.granted(&name(0), CONTENT);
    for forged in [
        url.replace("000000.ogg", "000001.ogg"),
        url.replace(&format!("={}.", CONTENT.len()), &format!("={}.", CONTENT.len() - 1)),
        url.replace(&sha256(CONTENT), &sha256(&CONTENT[1..])),
        url.replace("?grant=", "?"),
        url.replace("?grant=", "?grant=&grant="),
        format!("{url}&x"),
        url.split('?').next().unwrap().to_owned(),
    ] {
        assert_ne!(forged, url);
        server.put(&forged, CONTENT).refused(403, "grant/invalid");
    }
    let other = Server::start(folder.path());
    other.put(&url, CONTENT).refused(403, "grant/invalid");
    assert!(files(folder.path()).is_empty());
}

#[test]
fn same_object_is_already_stored_and_another_finds_the_name_taken() {
    let folder = tempdir().unwrap();
    let server = Server::start(folder.path());
    server.put(&server.granted(&name(0), CONTENT), CONTENT).json(201);
    let hash = sha256(CONTENT);
    assert_eq!(
        server.grant(&name(0), CONTENT.len(), &hash).json(200),
        serde_json::json!({ "status": "already_stored", "size_bytes": CONTENT.len(), "sha256": hash })
    );
    server.grant(&name(0), CONTENT.len(), &sha256(b"other")).refused(409, "store/name-taken");
    server.grant(&name(0), CONTENT.len() + 1, &hash).refused(409, "store/name-taken");
    // A stub that something else left under the name is never called stored.
    fs::create_dir_all(store(folder.path()).join(name(1)).parent().unwrap()).unwrap();
    fs::write(store(folder.path()).join(name(1)), &CONTENT[..5]).unwrap();
    server.grant(&name(1), CONTENT.len(), &hash).refused(409, "store/name-taken");
}

#[test]
fn head_tells_size_and_hash_of_what_is_stored() {
    let folder = tempdir().unwrap();
    let server = Server::start(folder.path());
    let path = format!("/v1/objects/{}", name(0));
    let bearer = Server::bearer();
    let head = |headers: &[(&str, &str)]| server.ask("HEAD", &path, headers, b"");
    assert_eq!(head(&[("authorization", &bearer)]).status, 404);
    server.put(&server.granted(&name(0), CONTENT), CONTENT).json(201);
    assert_eq!(head(&[]).status, 401);
    let answer = head(&[("authorization", &bearer)]);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-length"), Some(CONTENT.len().to_string().as_str()));
    assert_eq!(answer.header("callseal-sha256"), Some(sha256(CONTENT).as_str()));
    // What is stored is not handed out here, also not with the token.
    server.ask("GET", &path, &[("authorization", &bearer)], b"").refused(405, "request/method");
    server.ask("DELETE", &path, &[("authorization", &bearer)], b"").refused(405, "request/method");
}

#[test]
fn objects_have_between_one_byte_and_one_mebibyte() {
    let folder = tempdir().unwrap();
    let server = Server::start(folder.path());
    server.grant(&name(0), 0, &sha256(b"")).refused(400, "request/invalid");
    server.grant(&name(0), 1_048_577, &sha256(b"")).refused(413, "store/too-large");
    let largest = vec![1; 1_048_576];
    server.put(&server.granted(&name(0), &largest), &largest).json(201);
}

#[test]
fn malformed_requests_for_grants_are_refused() {
    let folder = tempdir().unwrap();
    let server = Server::start(folder.path());
    let bearer = Server::bearer();
    let good = format!(r#"{{"name":"{}","size_bytes":1,"sha256":"{}"}}"#, name(0), sha256(b"x"));
    let ask = |media_type: &str, body: &str| {
        let headers = [("authorization", &*bearer), ("content-type", media_type)];
        server.ask("POST", "/v1/grants", &headers, body.as_bytes())
    };
    assert_eq!(ask("application/json", &good).status, 200);
    ask("text/plain", &good).refused(400, "request/invalid");
    for body in [
        String::new(),
        "{}".to_owned(),
        "[]".to_owned(),
        good.replace("size_bytes\":1", "size_bytes\":-1"),
        good.replace("size_bytes\":1", "size_bytes\":\"1\""),
        good.replace("\"size_bytes\"", "\"more\":1,\"size_bytes\""),
        good.replace(&sha256(b"x"), &sha256(b"x").to_uppercase()),
        good.replace(&sha256(b"x"), "abc"),
        format!("{good}{}", " ".repeat(5_000)),
    ] {
        ask("application/json", &body).refused(400, "request/invalid");
    }
}

#[test]
fn malformed_and_climbing_names_are_refused() {
    let folder = tempdir().unwrap();
    let server = Server::start(folder.path());
    let good = server.granted(&name(0), CONTENT);
    let query = good.split_once('?').unwrap().1;
    let call = name(0)[..36].to_owned();
    for bad in [
        "../../etc/passwd".to_owned(),
        "..%2f..%2fetc%2fpasswd".to_owned(),
        format!("{call}/../{call}/0/000000.ogg.tink"),
        format!("{call}/0/%2e%2e/000000.ogg.tink"),
        format!("{call}%2f0%2f000000.ogg.tink"),
        format!("{call}/0/000000.ogg.tink/"),
        format!("{call}//0/000000.ogg.tink"),
        format!("/{call}/0/000000.ogg.tink"),
        format!("{call}/0/000000.ogg.tink%00"),
        format!("{call}/0/000000.ogg.tink%0a"),
        format!("{}/0/000000.ogg.tink", call.to_uppercase()),
        format!("{call}/00/000000.ogg.tink"),
        format!("{call}/0/000000.exe"),
        ".incoming/upload-x.part".to_owned(),
        "x".repeat(2_000),
    ] {
        server.put(&format!("/v1/objects/{bad}?{query}"), CONTENT).refused(400, "request/invalid-name");
        server.grant(&bad, CONTENT.len(), &sha256(CONTENT)).refused(400, "request/invalid-name");
    }
    assert!(files(folder.path()).is_empty());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "only the store and the token file");
}

#[test]
fn memory_store_keeps_the_same_promises() {
    let folder = tempdir().unwrap();
    let token = folder.path().join("token");
    fs::write(&token, crate::support::TOKEN).unwrap();
    let server = Server::start_exactly(&["--store", "memory://", "--token-file", token.to_str().unwrap()]);
    let url = server.granted(&name(0), CONTENT);
    server.put(&url, &CONTENT[1..]).refused(400, "store/size-mismatch");
    server.put(&url, CONTENT).json(201);
    server.put(&url, CONTENT).refused(412, "store/exists");
    assert_eq!(server.grant(&name(0), CONTENT.len(), &sha256(CONTENT)).json(200)["status"], "already_stored");
    server.grant(&name(0), 1, &sha256(b"x")).refused(409, "store/name-taken");
}
