//! Start, end, and what is left behind and written down.

use crate::support::{Server, TOKEN, eventually, files, name, program, read_answer, sha256, store};
use std::fs;
use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};
use tempfile::tempdir;

#[test]
fn taken_port_ends_with_status_3_and_says_why_the_port_matters() {
    let folder = tempdir().unwrap();
    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = holder.local_addr().unwrap().to_string();
    let store_url = format!("fs://{}", store(folder.path()).display());
    let output =
        program().args(["--store", &store_url, "--listen", &address, "--json-ready"]).output().unwrap();
    let sentence = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{sentence}");
    assert!(output.stdout.is_empty());
    let port = address.rsplit(':').next().unwrap();
    for part in [port, "is taken", "another web origin", "orphaned"] {
        assert!(sentence.contains(part), "{sentence}");
    }
    assert_eq!(sentence.lines().count(), 1);
    assert!(!store(folder.path()).exists(), "nothing was touched");
}

#[test]
fn unusable_arguments_end_with_status_2_and_a_sentence() {
    let folder = tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::write(path("short"), "short").unwrap();
    fs::write(path("private"), r#"{"kty":"EC","crv":"P-256","x":"AA","y":"AA","d":"c2VjcmV0LXNjYWxhcg"}"#)
        .unwrap();
    fs::write(path("file"), "").unwrap();
    let good = format!("fs://{}", path("store"));
    for arguments in [
        vec![],
        vec!["--store", "ftp://x"],
        vec!["--store", "recordings"],
        vec!["--store", "fs://"],
        vec!["--store", &format!("fs://{}/below", path("file"))],
        vec!["--store", &good, "--token-file", &path("short")],
        vec!["--store", &good, "--token-file", &path("absent")],
        vec!["--store", &good, "--recipient", &path("private")],
        vec!["--store", &good, "--recipient", &path("absent")],
        vec!["--store", &good, "--site", &path("absent")],
        vec!["--store", &good, "--site", folder.path().to_str().unwrap()],
        vec!["--store", &good, "--origin", "calls.example"],
        vec!["--store", &good, "--listen", "0.0.0.0:0"],
        vec!["--store", &good, "--config-out", &path("absent/config.json")],
    ] {
        let mut command = program();
        if !arguments.contains(&"--listen") {
            command.args(["--listen", "127.0.0.1:0"]);
        }
        let output = command.args(&arguments).output().unwrap();
        let sentence = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {sentence}");
        assert!(!sentence.is_empty() && !sentence.contains("c2VjcmV0"), "{sentence}");
    }
}

#[test]
fn upload_in_flight_finishes_after_sigterm_and_nothing_new_begins() {
    let folder = tempdir().unwrap();
    let mut server = Server::start(folder.path());
    let content = vec![9; 100_000];
    let url = server.granted(&name(0), &content);
    let mut upload = server.connect(server.put_head(&url, content.len()).as_bytes());
    upload.write_all(&content[..50_000]).unwrap();
    assert!(eventually(|| files(folder.path()).len() == 1), "the upload has begun");
    server.signal("TERM");
    assert!(eventually(|| TcpStream::connect(server.host()).is_err()), "no new connection is taken");
    upload.write_all(&content[50_000..]).unwrap();
    read_answer(upload).json(201);
    let (status, log) = server.wait();
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(log.contains("event=stopping") && log.contains("event=stopped requests=\"done\""), "{log}");
    assert_eq!(files(folder.path()), [name(0)]);
}

#[test]
fn idle_connections_do_not_delay_the_end() {
    let folder = tempdir().unwrap();
    let mut server = Server::start(folder.path());
    let _silent = server.connect(b"");
    let mut used =
        server.connect(format!("GET /healthz HTTP/1.1\r\nhost: {}\r\n\r\n", server.host()).as_bytes());
    std::io::Read::read(&mut used, &mut [0; 1024]).unwrap();
    let begun = Instant::now();
    server.signal("INT");
    assert_eq!(server.wait().0.code(), Some(0));
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[test]
fn what_a_killed_server_left_half_received_is_swept_at_the_next_start() {
    let folder = tempdir().unwrap();
    let content = vec![9; 100_000];
    let mut server = Server::start(folder.path());
    let stored = server.granted(&name(1), &content);
    server.put(&stored, &content).json(201);
    let url = server.granted(&name(0), &content);
    let mut upload = server.connect(server.put_head(&url, content.len()).as_bytes());
    upload.write_all(&content[..50_000]).unwrap();
    assert!(eventually(|| files(folder.path()).len() == 2), "the upload has begun");
    server.signal("KILL");
    server.wait();
    assert_eq!(files(folder.path()).len(), 2, "the orphan is still there");
    let server = Server::start(folder.path());
    assert_eq!(files(folder.path()), [name(1)]);
    server.put(&server.granted(&name(0), &content), &content).json(201);
    assert!(server.stop().contains("event=swept orphans=1"));
}

#[test]
fn second_server_on_the_same_store_spares_running_uploads() {
    let folder = tempdir().unwrap();
    let content = vec![9; 100_000];
    let server = Server::start(folder.path());
    let url = server.granted(&name(0), &content);
    let mut upload = server.connect(server.put_head(&url, content.len()).as_bytes());
    upload.write_all(&content[..50_000]).unwrap();
    assert!(eventually(|| files(folder.path()).len() == 1), "the upload has begun");
    let second = Server::start(folder.path());
    assert!(second.stop().contains("event=swept orphans=0"));
    upload.write_all(&content[50_000..]).unwrap();
    read_answer(upload).json(201);
}

#[test]
fn log_tells_every_refusal_and_no_secret() {
    let folder = tempdir().unwrap();
    let recipient = folder.path().join("public.jwk");
    let x = "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4";
    let y = "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM";
    fs::write(&recipient, format!(r#"{{"kty":"EC","crv":"P-256","x":"{x}","y":"{y}"}}"#)).unwrap();
    let server = Server::start_with(folder.path(), &["--recipient", recipient.to_str().unwrap()]);
    let url = server.granted(&name(0), b"content");
    let grant = url.split_once("?grant=").unwrap().1.to_owned();
    server.put(&url, b"contend").refused(422, "store/hash-mismatch");
    server.put(&url, b"content").json(201);
    server.put(&url, b"content").refused(412, "store/exists");
    server.put(&url.replace("000000", "000001"), b"content").refused(403, "grant/invalid");
    // Secrets in places where they do not belong.
    let bearer = Server::bearer();
    server.ask("GET", &format!("/{TOKEN}"), &[], b"").refused(404, "request/unknown-path");
    server
        .ask("PUT", &format!("/v1/objects/{TOKEN}?grant={grant}"), &[], b"")
        .refused(400, "request/invalid-name");
    server.grant(TOKEN, 1, &sha256(b"x")).refused(400, "request/invalid-name");
    server.ask("GET", "/", &[("origin", &bearer)], b"").refused(403, "origin/foreign");
    server.ask("POST", "/v1/grants", &[("authorization", &bearer[..20])], b"").refused(401, "auth/required");
    let listening = format!("callseal serve: listening on {}", server.url);
    let log = server.stop();
    for secret in [TOKEN, &bearer[7..20], &grant, grant.rsplit('.').next().unwrap(), x, y, "grant="] {
        assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
    }
    assert!(log.lines().any(|line| line == listening), "{log}");
    assert!(log.lines().all(|line| line.starts_with("callseal serve: ")), "{log}");
    let refused: Vec<_> = log.lines().filter(|line| line.contains("event=refused")).collect();
    assert_eq!(refused.len(), 8, "{log}");
    let told = format!("status=412 code=store/exists method=PUT name={}", name(0));
    assert!(refused.iter().any(|line| line.ends_with(&told)), "{log}");
}
