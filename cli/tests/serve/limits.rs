//! Nobody keeps others out: neither by asking fast, nor by asking slowly, nor by holding connections.

use crate::provider::{Key, Provider, claims};
use crate::support::{PATIENCE, Server, eventually, files, name, read_answer, sha256, store_url};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Instant;
use tempfile::tempdir;

#[test]
fn an_address_that_asks_too_fast_is_told_when_to_come_again() {
    let folder = tempdir().unwrap();
    let server = Server::start_with(folder.path(), &["--rate-per-address", "1", "--trust-forwarded-for"]);
    let ask = |address: &str| server.ask("GET", "/v1/keys", &[("x-forwarded-for", address)], b"");
    let statuses: Vec<u16> = (0..12).map(|_| ask("10.0.0.1, 192.0.2.1").status).collect();
    assert_eq!(statuses[..10], [200; 10]);
    assert!(statuses[10..].contains(&429), "{statuses:?}");
    let refused = ask("192.0.2.1");
    if refused.status == 429 {
        refused.refused(429, "request/too-many");
        let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=11).contains(&wait), "{wait}");
    }
    assert_eq!(ask("192.0.2.2").status, 200);
    assert!(server.stop().contains("code=request/too-many"));
}

#[test]
fn a_person_who_asks_too_fast_keeps_nobody_else_out() {
    let folder = tempdir().unwrap();
    let key = Key::es256(1);
    let provider = Provider::start(&[key.jwk("k")]);
    let store = store_url(folder.path());
    let flags = [&["--store", &store, "--rate-per-token", "1"][..], &provider.flags()].concat();
    let server = Server::start_exactly(&flags);
    let ask = |subject: &str, number: u64| {
        // Another token of the same person is no new allowance.
        let mut claims = claims(subject, &["supervisor"]);
        claims["jti"] = number.into();
        let bearer = format!("Bearer {}", key.token("k", &claims));
        server.ask("GET", "/v1/calls", &[("authorization", &bearer)], b"").status
    };
    let statuses: Vec<u16> = (0..14).map(|number| ask("ann", number)).collect();
    assert_eq!(statuses[..10], [200; 10]);
    assert!(statuses[10..].contains(&429), "{statuses:?}");
    assert_eq!(ask("bob", 0), 200);
}

#[test]
fn requests_beyond_the_limit_are_told_to_come_again() {
    let folder = tempdir().unwrap();
    let server = Server::start_with(folder.path(), &["--max-requests", "1"]);
    let content = vec![9; 100_000];
    let url = server.granted(&name(0), &content);
    let mut upload = server.connect(server.put_head(&url, content.len()).as_bytes());
    upload.write_all(&content[..50_000]).unwrap();
    assert!(eventually(|| files(folder.path()).len() == 1), "the upload has begun");
    let refused = server.grant(&name(1), 1, &sha256(b"x"));
    refused.refused(503, "server/busy");
    assert_eq!(refused.header("retry-after"), Some("2"));
    upload.write_all(&content[50_000..]).unwrap();
    read_answer(upload).json(201);
    server.grant(&name(1), 1, &sha256(b"x")).json(200);
}

#[test]
fn connections_beyond_the_limit_are_told_so_and_those_before_them_go_on() {
    let folder = tempdir().unwrap();
    let server = Server::start_with(folder.path(), &["--max-connections", "2"]);
    let request = format!("GET /healthz HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", server.host());
    let holders = [server.connect(b""), server.connect(b"")];
    let answer = |mut stream: TcpStream| {
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        String::from_utf8(bytes).unwrap()
    };
    assert!(eventually(|| answer(TcpStream::connect(server.host()).unwrap()).starts_with("HTTP/1.1 503 ")));
    let [mut first, second] = holders;
    first.write_all(request.as_bytes()).unwrap();
    assert_eq!(read_answer(first).status, 200);
    drop(second);
    assert!(eventually(|| {
        let mut stream = TcpStream::connect(server.host()).unwrap();
        let _ = stream.write_all(request.as_bytes());
        answer(stream).starts_with("HTTP/1.1 200 ")
    }));
}

#[test]
fn heads_and_bodies_that_are_too_large_are_refused() {
    let folder = tempdir().unwrap();
    let server = Server::start(folder.path());
    let long = format!(
        "GET /healthz HTTP/1.1\r\nhost: {}\r\nx-long: {}\r\nconnection: close\r\n\r\n",
        server.host(),
        "x".repeat(200_000)
    );
    let mut stream = TcpStream::connect(server.host()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let _ = stream.write_all(long.as_bytes());
    let mut answer = [0; 12];
    // The rest may still be on its way when the answer comes, and then the connection is reset.
    if stream.read_exact(&mut answer).is_ok() {
        assert_eq!(&answer, b"HTTP/1.1 431");
    }
    let headers = [("authorization", &*Server::bearer()), ("content-type", "application/json")];
    server.ask("POST", "/v1/grants", &headers, &vec![b' '; 5_000]).refused(400, "request/invalid");
    assert_eq!(server.ask("GET", "/healthz", &[], b"").status, 200);
}

/// Takes as long as the limit itself, half a minute.
#[test]
fn a_head_that_drips_is_cut() {
    let folder = tempdir().unwrap();
    let server = Server::start(folder.path());
    let mut stream = server.connect(b"GET /healthz HTTP/1.1\r\n");
    stream.set_read_timeout(Some(std::time::Duration::from_millis(500))).unwrap();
    let begun = Instant::now();
    let cut = loop {
        let _ = stream.write_all(b"x");
        match stream.read(&mut [0; 256]) {
            Ok(_) => break true,
            Err(error)
                if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {}
            Err(_) => break true,
        }
        if begun.elapsed().as_secs() > 60 {
            break false;
        }
    };
    assert!(cut);
}
