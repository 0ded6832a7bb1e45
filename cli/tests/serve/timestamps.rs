//! Timestamps of countersigned heads by a real authority, which is up, down, or answers wrongly.

use crate::authority::Authority;
use crate::support::{Server, eventually, files, program, sha256, store_url};
use crate::watching::{fetch, start, value};
use serde_json::json;
use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use tempfile::tempdir;

const CALL: &str = "0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa";
const TOKEN_OF_7: &str = "0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa/ledger/entry.7.tst";

/// What the authority does with a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Does {
    Right,
    /// The token of another hash.
    OtherHash,
    /// The token of another query for the same hash.
    OtherNonce,
    Cut,
    /// A reply that there is no token.
    Refuse,
    NoReply,
    Fail,
    /// Takes the query and says nothing.
    Hang,
}

/// `openssl ts` behind HTTP. It does what it is told in turn, then what is right.
struct Service {
    url: String,
    todo: Arc<Mutex<VecDeque<Does>>>,
    /// What was asked, in DER.
    asked: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Service {
    fn start(todo: &[Does]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/tsa", listener.local_addr().unwrap());
        let service =
            Self { url, todo: Arc::new(Mutex::new(todo.iter().copied().collect())), asked: Arc::default() };
        let (todo, asked) = (Arc::clone(&service.todo), Arc::clone(&service.asked));
        std::thread::spawn(move || {
            let authority = Authority::new();
            let mut hanging = Vec::new();
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let (head, query) = read(&stream);
                assert!(head.starts_with("post /tsa http/1.1"), "{head}");
                assert!(head.contains("content-type: application/timestamp-query"), "{head}");
                let does = todo.lock().unwrap().pop_front().unwrap_or(Does::Right);
                answer(&mut stream, &authority, does, &query);
                asked.lock().unwrap().push(query);
                if does == Does::Hang {
                    hanging.push(stream);
                }
            }
        });
        service
    }

    fn count(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

fn read(stream: &TcpStream) -> (String, Vec<u8>) {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(reader.read_line(&mut head).unwrap() > 0);
    }
    let head = head.to_lowercase();
    let length = head.split("content-length: ").nth(1).unwrap().split("\r\n").next().unwrap();
    let mut query = vec![0; length.parse().unwrap()];
    reader.read_exact(&mut query).unwrap();
    (head, query)
}

fn answer(stream: &mut TcpStream, authority: &Authority, does: Does, query: &[u8]) {
    let head = sha256(b"a");
    let (status, body) = match does {
        Does::Right => (200, authority.reply(query)),
        Does::OtherHash => (200, authority.reply(&authority.query(&sha256(b"b")))),
        Does::OtherNonce => (200, authority.reply(&authority.query(&head))),
        Does::Cut => {
            let reply = authority.reply(query);
            (200, reply[..reply.len() / 2].to_vec())
        }
        Does::Refuse => (200, authority.reply(b"no query")),
        Does::NoReply => (200, b"<html>".to_vec()),
        Does::Fail => (503, Vec::new()),
        Does::Hang => return,
    };
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/timestamp-reply\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n",
        body.len()
    );
    // The server may be gone meanwhile.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
}

fn countersign(server: &Server, seq: u64, content: &[u8]) {
    let headers = [("authorization", &*Server::bearer()), ("content-type", "application/json")];
    let body = json!({ "call_id": CALL, "seq": seq, "head": sha256(content) }).to_string();
    let answer = server.ask("POST", "/v1/heads", &headers, body.as_bytes());
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
}

fn failures(metrics: &str) -> f64 {
    value(&fetch(&format!("{metrics}/metrics")).1, r#"callseal_events_total{event="timestamp-failed"}"#)
}

#[test]
fn every_countersigned_head_gets_a_token_of_its_hash_once() {
    let folder = tempdir().unwrap();
    let service = Service::start(&[]);
    let server = Server::start_with(folder.path(), &["--allow-read", "--timestamp-url", &service.url]);
    countersign(&server, 7, b"a");
    assert!(eventually(|| files(folder.path()).contains(&TOKEN_OF_7.to_owned())));
    countersign(&server, 7, b"a");
    countersign(&server, 9, b"b");
    let second = TOKEN_OF_7.replace(".7.", ".9.");
    assert!(eventually(|| files(folder.path()).contains(&second)));
    assert_eq!(service.count(), 2);
    let hash = |content: &[u8]| {
        let hex = sha256(content);
        (0..32).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()).collect::<Vec<u8>>()
    };
    let has = |bytes: &[u8], hash: &[u8]| bytes.windows(32).any(|window| window == hash);
    let asked = service.asked.lock().unwrap().clone();
    assert!(has(&asked[0], &hash(b"a")) && has(&asked[1], &hash(b"b")));
    // The token is an object of the call like any other.
    let headers = [("authorization", &*Server::bearer())];
    let token = server.ask("GET", &format!("/v1/objects/{TOKEN_OF_7}"), &headers, b"");
    assert!(token.status == 200 && has(&token.body, &hash(b"a")));
    let log = server.stop();
    assert!(!log.contains("timestamp-failed") && !log.contains(&service.url), "{log}");
}

#[test]
fn an_answer_to_anything_else_is_not_kept_and_the_countersignature_counts_without() {
    for (does, why) in [
        (Does::OtherHash, "of another hash"),
        (Does::OtherNonce, "answers another request"),
        (Does::Cut, "no timestamp reply"),
        (Does::NoReply, "no timestamp reply"),
        (Does::Refuse, "gives no timestamp"),
        (Does::Fail, "status 503"),
    ] {
        let folder = tempdir().unwrap();
        let service = Service::start(&[does]);
        let (server, metrics) = start(folder.path(), &["--timestamp-url", &service.url]);
        countersign(&server, 7, b"a");
        assert!(eventually(|| failures(&metrics) == 1.0), "{does:?}");
        // A restart asks again at once.
        let log = server.stop();
        assert!(log.contains("event=timestamp-failed") && log.contains(why), "{does:?}: {log}");
        assert!(files(folder.path()).is_empty(), "{does:?}");
        let server = Server::start_with(folder.path(), &["--timestamp-url", &service.url]);
        assert!(eventually(|| files(folder.path()) == [TOKEN_OF_7]), "{does:?}");
        server.stop();
    }
}

#[test]
fn an_authority_that_hangs_or_is_down_holds_nothing_up() {
    let folder = tempdir().unwrap();
    let service = Service::start(&[Does::Hang; 2]);
    let server = Server::start_with(folder.path(), &["--timestamp-url", &service.url]);
    countersign(&server, 7, b"a");
    assert!(eventually(|| service.count() == 1));
    // While it hangs, the next head is countersigned and the server ends when told.
    countersign(&server, 8, b"b");
    server.stop();

    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", closed.local_addr().unwrap());
    drop(closed);
    let (server, metrics) = start(folder.path(), &["--timestamp-url", &url]);
    countersign(&server, 9, b"c");
    assert!(eventually(|| failures(&metrics) == 1.0));
    assert!(!files(folder.path()).iter().any(|name| name.ends_with(".tst")));
    let log = server.stop();
    assert!(log.contains("step=\"it cannot be reached\"") && !log.contains(&url), "{log}");
}

#[test]
fn no_page_may_store_a_timestamp() {
    let folder = tempdir().unwrap();
    let server = Server::start(folder.path());
    server.grant(TOKEN_OF_7, 1, &sha256(b"x")).refused(400, "request/invalid-name");
}

#[test]
fn what_is_no_url_of_an_authority_is_refused_at_the_start() {
    let folder = tempdir().unwrap();
    for url in ["tsa.example", "ftp://tsa.example/", "http://me:secret@tsa.example/", "http://"] {
        let arguments = ["--check", "--store", &store_url(folder.path()), "--timestamp-url", url];
        let output = program().args(arguments).output().unwrap();
        let sentence = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{url}: {sentence}");
        assert!(sentence.contains("--timestamp-url") && !sentence.contains("secret"), "{sentence}");
    }
}
