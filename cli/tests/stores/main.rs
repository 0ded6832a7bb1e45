//! `callseal serve` on real services: the real program, real sockets, whatever speaks the service's protocol.
//!
//! These tests need services, so they are ignored unless asked for, and fail if they are asked for without:
//! `CALLSEAL_TEST_STORES` holds the stores' URLs, separated by spaces, and the environment their credentials. Two URLs with a
//! comma between them are a bucket with Object Lock, under retention, and a store for envelopes. Each test works below a
//! prefix of its own.
//! `CALLSEAL_TEST_STORES="s3://calls?endpoint=http://127.0.0.1:8333 webdav://127.0.0.1:8085" cargo nextest run
//! --package callseal-cli --test stores --run-ignored only`
#![cfg(not(target_arch = "wasm32"))]
// clippy.toml's leave for tests reaches only functions marked as tests, not the helpers they share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::arithmetic_side_effects)]
#![allow(dead_code)] // of what is shared with other tests, not all is used here

#[path = "../../../tests/support/call.rs"]
mod call;
#[path = "../serve/support.rs"]
mod support;

mod exposure;
mod shredding;
mod uploads;

use serde_json::Value;
use support::{PATIENCE, Server, TOKEN, sha256};

/// The ways in which a page may reach a store.
const GRANTS: [&str; 2] = ["direct", "through"];

/// A prefix that no other test has, in each of the stores.
fn stores() -> Vec<String> {
    let given = std::env::var("CALLSEAL_TEST_STORES").expect("CALLSEAL_TEST_STORES names the stores to test");
    let unique = format!("{}-{:?}", std::process::id(), std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos());
    let stores: Vec<String> = given
        .split_whitespace()
        .enumerate()
        .map(|(index, urls)| {
            urls.split(',')
                .map(|url| below(url, &format!("test-{unique}-{index}")))
                .collect::<Vec<_>>()
                .join(",")
        })
        .collect();
    assert!(!stores.is_empty(), "CALLSEAL_TEST_STORES names at least one store");
    stores
}

/// The store `url` with a further folder in its path.
fn below(url: &str, folder: &str) -> String {
    let (place, query) = url.split_once('?').unwrap_or((url, ""));
    format!("{}/{folder}?{query}", place.trim_end_matches('/'))
}

/// A server on `store`, which hands out grants of the kind `grants` where the service can.
fn serve(folder: &std::path::Path, store: &str, grants: &str) -> Server {
    let token = folder.join("token");
    std::fs::write(&token, format!("{TOKEN}\n")).unwrap();
    let mut arguments = vec!["--grants", grants, "--token-file", token.to_str().unwrap()];
    match store.split_once(',') {
        None => arguments.extend(["--store", store]),
        Some((locked, envelopes)) => {
            arguments.extend(["--store", locked, "--envelope-store", envelopes, "--retention-days", "1"]);
        }
    }
    Server::start_exactly(&arguments)
}

/// Sends what a grant permits, wherever it leads; the status.
fn follow(server: &Server, grant: &Value, content: &[u8]) -> u16 {
    let url = grant["url"].as_str().unwrap();
    let url = if url.starts_with('/') { format!("{}{url}", server.url) } else { url.to_owned() };
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_global(Some(PATIENCE))
        .build()
        .into();
    let mut request = ureq::http::Request::builder().method(grant["method"].as_str().unwrap()).uri(url);
    for (name, value) in grant["headers"].as_object().unwrap() {
        request = request.header(name, value.as_str().unwrap());
    }
    agent.run(request.body(content).unwrap()).unwrap().status().as_u16()
}

/// Stores an object as a page does, and gives the server's last word on it.
fn put(server: &Server, name: &str, content: &[u8]) -> Value {
    let grant = server.grant(name, content.len(), &sha256(content)).json(200);
    assert_eq!(grant["status"], "granted", "{name}");
    assert!(matches!(follow(server, &grant, content), 200 | 201), "{name}");
    server.grant(name, content.len(), &sha256(content)).json(200)
}
