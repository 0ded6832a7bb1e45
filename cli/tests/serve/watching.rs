//! Watching the server: metrics, health and a log for programs, without secrets.

use crate::support::{Server, TOKEN, name, sha256, store};
use serde_json::Value;
use tempfile::tempdir;

/// A server with metrics on a free port, and the address it told.
pub fn start(folder: &std::path::Path, more: &[&str]) -> (Server, String) {
    // Free a moment ago; the server says where it listens, but only in its log.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let server = Server::start_with(folder, &[&["--metrics-listen", &free][..], more].concat());
    (server, format!("http://{free}"))
}

/// Status and body of an answer.
pub fn fetch(url: &str) -> (u16, String) {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut response = agent.get(url).call().unwrap();
    (response.status().as_u16(), response.body_mut().read_to_string().unwrap())
}

/// The value of a metric with its labels.
pub fn value(text: &str, metric: &str) -> f64 {
    let line = text.lines().find(|line| line.strip_prefix(metric).is_some_and(|rest| rest.starts_with(' ')));
    line.unwrap_or_else(|| panic!("{metric} is missing:\n{text}"))
        .rsplit(' ')
        .next()
        .unwrap()
        .parse()
        .unwrap()
}

#[test]
fn metrics_tell_what_was_done_and_are_not_on_the_main_listener() {
    let folder = tempdir().unwrap();
    let (server, metrics) = start(folder.path(), &[]);
    let content = vec![7; 1_000];
    server.put(&server.granted(&name(0), &content), &content).json(201);
    server.put("/v1/objects/x?grant=y", b"").refused(400, "request/invalid-name");
    let (status, text) = fetch(&format!("{metrics}/metrics"));
    assert_eq!(status, 200);
    assert_eq!(value(&text, r#"callseal_requests_total{route="grants",status="200"}"#), 1.0);
    assert_eq!(value(&text, r#"callseal_requests_total{route="objects",status="201"}"#), 1.0);
    assert_eq!(value(&text, r#"callseal_requests_total{route="objects",status="400"}"#), 1.0);
    assert_eq!(value(&text, "callseal_stored_bytes_total"), 1_000.0);
    assert_eq!(value(&text, "callseal_grants_total"), 1.0);
    assert_eq!(value(&text, "callseal_requests_in_flight"), 0.0);
    assert_eq!(value(&text, r#"callseal_events_total{event="store-failed"}"#), 0.0);
    assert_eq!(value(&text, r#"callseal_events_total{event="refused"}"#), 1.0);
    assert_eq!(value(&text, r#"callseal_request_duration_seconds_count{route="objects"}"#), 2.0);
    assert!(text.ends_with("# EOF\n"));
    assert!(!text.contains(&name(0)[..36]) && !text.contains(TOKEN));
    server.ask("GET", "/metrics", &[], b"").refused(404, "request/unknown-path");
}

#[test]
fn ready_means_that_the_store_answers() {
    let folder = tempdir().unwrap();
    let (server, metrics) = start(folder.path(), &[]);
    assert_eq!(server.ask("GET", "/readyz", &[], b"").status, 200);
    assert_eq!(fetch(&format!("{metrics}/readyz")).0, 200);
    assert_eq!(fetch(&format!("{metrics}/healthz")).0, 200);
    // A file in the folder's place: the system refuses every look below it.
    std::fs::rename(store(folder.path()), folder.path().join("gone")).unwrap();
    std::fs::write(store(folder.path()), "").unwrap();
    server.ask("GET", "/readyz", &[], b"").refused(503, "store/unavailable");
    assert_eq!(fetch(&format!("{metrics}/readyz")).0, 503);
    assert_eq!(fetch(&format!("{metrics}/healthz")).0, 200, "alive all the same");
    assert!(server.stop().contains("event=store-failed"));
}

#[test]
fn a_json_log_has_one_object_per_line_and_ties_the_lines_of_a_request_together() {
    let folder = tempdir().unwrap();
    let server = Server::start_with(folder.path(), &["--log", "json", "--allow-read"]);
    let refused = server.grant("junk", 1, &sha256(b"x"));
    refused.refused(400, "request/invalid-name");
    let id = refused.header("x-request-id").unwrap().to_owned();
    assert_eq!(id.len(), 16);
    server.put(&server.granted(&name(0), b"x"), b"x").json(201);
    let path = format!("/v1/objects/{}", name(0));
    let bearer = Server::bearer();
    let read = server.ask("GET", &path, &[("authorization", &bearer)], b"");
    let log = server.stop();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |event: &str| lines.iter().find(|line| line["event"] == event).unwrap();
    assert_eq!(of("refused")["status"], 400);
    assert_eq!(of("refused")["code"], "request/invalid-name");
    assert_eq!(of("refused")["request"], id);
    assert_eq!(of("read")["request"], read.header("x-request-id").unwrap());
    assert_eq!((of("read")["name"].as_str(), of("read")["bytes"].as_u64()), (Some(&*name(0)), Some(1)));
    assert_eq!(of("read")["subject"].as_str().unwrap().len(), 16);
    assert_eq!(of("stopped")["requests"], "done");
    assert!(!log.contains(TOKEN) && !log.contains("grant="), "{log}");
}
