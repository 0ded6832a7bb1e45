//! `callseal doctor` finds what recordings rely on, and names what is missing: the real program, real sockets.
#![cfg(not(target_arch = "wasm32"))]
// clippy.toml's leave for tests reaches only functions marked as tests, not the helpers they share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::arithmetic_side_effects)]
#![allow(dead_code)] // of what is shared with other tests, not all is used here

#[path = "serve/support.rs"]
mod support;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use serde_json::Value;
use std::collections::BTreeMap;
use std::process::Command;
use std::sync::{Arc, Mutex};
use support::{Server, TOKEN};
use tempfile::tempdir;

const PAGE: &str = "https://crm.example";

/// The exit status and the document of a doctor.
fn doctor(arguments: &[&str]) -> (Option<i32>, Value, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_callseal"))
        .args(["doctor", "--json"])
        .args(arguments)
        .env("CALLSEAL_TOKEN", TOKEN)
        .output()
        .unwrap();
    let document = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (output.status.code(), document, String::from_utf8(output.stderr).unwrap())
}

/// The check of this name.
fn check<'a>(document: &'a Value, name: &str) -> &'a Value {
    let checks = document["checks"].as_array().unwrap();
    checks.iter().find(|check| check["name"] == name).unwrap_or_else(|| panic!("{name} in {document}"))
}

#[test]
fn a_server_that_runs_as_it_must_is_well() {
    let folder = tempdir().unwrap();
    let server = Server::start(folder.path());
    let (status, document, _) = doctor(&[&server.url, "--origin", &server.url]);
    assert_eq!((status, &document["ok"]), (Some(0), &true.into()), "{document}");
    for name in ["tls", "health", "clock", "keys", "grant"] {
        assert_eq!(check(&document, name)["ok"], true, "{document}");
    }
    assert!(!document.to_string().contains(TOKEN));
}

#[test]
fn a_page_of_an_origin_that_the_server_does_not_know_is_a_problem_with_a_remedy() {
    let folder = tempdir().unwrap();
    let server = Server::start(folder.path());
    let (status, document, _) = doctor(&[&server.url, "--origin", PAGE]);
    assert_eq!(status, Some(1));
    assert!(check(&document, "cors")["remedy"].as_str().unwrap().contains("--allow-origin"));
    let server = Server::start_with(folder.path(), &["--allow-origin", PAGE]);
    assert_eq!(doctor(&[&server.url, "--origin", PAGE]).0, Some(0));
}

#[test]
fn an_address_where_nobody_is_is_a_problem_and_not_a_crash() {
    let (status, document, complaint) = doctor(&["http://127.0.0.1:1"]);
    assert_eq!(status, Some(1), "{complaint}");
    assert_eq!(check(&document, "answer")["ok"], false);
}

#[test]
fn stores_of_this_machine_are_well_and_unusable_urls_are_refused_without_being_repeated() {
    let (status, document, _) = doctor(&["memory://"]);
    assert_eq!(status, Some(0), "{document}");
    assert_eq!(check(&document, "write-once")["ok"], true);
    for url in ["s3://id:hunter2@calls", "ftp://hunter2", "s3://calls?region=hunter2&what=hunter2"] {
        let (status, _, complaint) = doctor(&[url]);
        assert_eq!(status, Some(2), "{url}");
        assert!(!complaint.contains("hunter2"), "{complaint}");
    }
}

/// A plain HTTP store.
#[derive(Clone)]
struct Plain {
    objects: Arc<Mutex<BTreeMap<String, Bytes>>>,
    is_right: bool,
}

async fn answer(State(store): State<Plain>, Path(name): Path<String>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let leave = [
        ("access-control-allow-origin", PAGE),
        ("access-control-allow-methods", "PUT"),
        ("access-control-allow-headers", "if-none-match"),
    ];
    let mut objects = store.objects.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
    let response = match parts.method {
        Method::OPTIONS if store.is_right => (StatusCode::NO_CONTENT, leave).into_response(),
        Method::OPTIONS => StatusCode::NO_CONTENT.into_response(),
        Method::PUT if store.is_right && is_conditional(&parts.headers) && objects.contains_key(&name) => {
            StatusCode::PRECONDITION_FAILED.into_response()
        }
        Method::PUT => {
            objects.insert(name, axum::body::to_bytes(body, 1_000_000).await.unwrap());
            StatusCode::CREATED.into_response()
        }
        Method::GET => match (objects.get(&name), parts.headers.get(header::RANGE)) {
            (Some(bytes), Some(range)) if store.is_right => {
                assert_eq!(range, "bytes=9-13");
                (StatusCode::PARTIAL_CONTENT, bytes.slice(9..14)).into_response()
            }
            (Some(bytes), _) => bytes.clone().into_response(),
            (None, _) => StatusCode::NOT_FOUND.into_response(),
        },
        _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
    };
    *store.objects.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = objects;
    response
}

fn is_conditional(headers: &HeaderMap) -> bool {
    headers.get(header::IF_NONE_MATCH).is_some_and(|value| value == "*")
}

/// The template of a plain HTTP store that runs as long as the test's process.
fn plain(is_right: bool) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let store = Plain { objects: Arc::default(), is_right };
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            let router = Router::new().route("/rec/{*name}", any(answer)).with_state(store);
            axum::serve(listener, router).await.unwrap();
        });
    });
    format!("http://{address}/rec/{{name}}")
}

#[test]
fn a_plain_store_that_writes_once_and_lets_pages_in_is_well() {
    let (status, document, _) = doctor(&[&plain(true), "--origin", PAGE]);
    assert_eq!(status, Some(0), "{document}");
}

#[test]
fn a_plain_store_that_overwrites_and_keeps_pages_out_is_told_what_to_set() {
    let (status, document, complaint) = doctor(&[&plain(false), "--origin", PAGE]);
    assert_eq!(status, Some(1));
    assert!(complaint.contains("3 problems"), "{complaint}");
    for (name, remedy) in
        [("write-once", "return 412"), ("cors", "Access-Control-Allow-Origin"), ("ranges", "byte ranges")]
    {
        let check = check(&document, name);
        assert_eq!(check["ok"], false, "{document}");
        assert!(check["remedy"].as_str().unwrap().contains(remedy), "{check}");
    }
}
