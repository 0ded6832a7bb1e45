//! Pages of other origins: those that were allowed, exactly, and no others.

use crate::support::{Answer, Server, files, name, sha256};
use serde_json::json;
use std::path::Path;
use tempfile::tempdir;

const CRM: &str = "https://crm.example";
const CONTENT: &[u8] = b"sealed bytes";

fn start(folder: &Path) -> Server {
    Server::start_with(
        folder,
        &["--allow-origin", "https://crm.example,https://desk.example:8443", "--allow-read"],
    )
}

fn preflight(server: &Server, path: &str, origin: &str, method: &str) -> Answer {
    let headers = [
        ("origin", origin),
        ("access-control-request-method", method),
        ("access-control-request-headers", "authorization,content-type"),
        ("access-control-request-private-network", "true"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-mode", "cors"),
    ];
    server.ask("OPTIONS", path, &headers, b"")
}

#[test]
fn a_page_of_an_allowed_origin_stores_and_reads() {
    let folder = tempdir().unwrap();
    let server = start(folder.path());
    for (path, method) in [("/v1/grants", "POST"), ("/v1/heads", "POST"), ("/v1/objects/x?grant=y", "PUT")] {
        let answer = preflight(&server, path, CRM, method);
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("access-control-allow-origin"), Some(CRM));
        assert!(answer.header("access-control-allow-methods").unwrap().contains(method));
        let allowed = answer.header("access-control-allow-headers").unwrap();
        assert!(allowed.contains("authorization") && allowed.contains("content-type"), "{allowed}");
        assert_eq!(answer.header("access-control-allow-private-network"), Some("true"));
        assert_eq!(answer.header("access-control-max-age"), Some("7200"));
        assert_eq!(answer.header("access-control-allow-credentials"), None);
    }
    let cross = [("origin", CRM), ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "cors")];
    let bearer = Server::bearer();
    let with_token =
        [&cross[..], &[("authorization", &bearer), ("content-type", "application/json")]].concat();
    let body = json!({ "name": name(0), "size_bytes": CONTENT.len(), "sha256": sha256(CONTENT) }).to_string();
    let granted = server.ask("POST", "/v1/grants", &with_token, body.as_bytes());
    assert_eq!(granted.header("access-control-allow-origin"), Some(CRM));
    assert_eq!(granted.header("cross-origin-resource-policy"), Some("cross-origin"));
    assert!(granted.header("vary").unwrap().to_lowercase().contains("origin"));
    let url = granted.json(200)["url"].as_str().unwrap().to_owned();
    assert_eq!(server.ask("PUT", &url, &cross, CONTENT).status, 201);
    let got = server.ask("GET", &format!("/v1/objects/{}", name(0)), &with_token, b"");
    assert_eq!(got.body, CONTENT);
    let exposed = got.header("access-control-expose-headers").unwrap();
    for header in ["retry-after", "callseal-sha256", "etag", "content-range"] {
        assert!(exposed.contains(header), "{exposed}");
    }
    // A page may read why it was refused.
    let refused = server.ask("POST", "/v1/grants", &cross, body.as_bytes());
    refused.refused(401, "auth/required");
    assert_eq!(refused.header("access-control-allow-origin"), Some(CRM));
}

#[test]
fn a_page_of_any_other_origin_is_refused_as_ever() {
    let folder = tempdir().unwrap();
    let server = start(folder.path());
    let bearer = Server::bearer();
    for origin in [
        "https://evil.example",
        "http://crm.example",
        "https://crm.example:8443",
        "null",
        "https://crm.example.evil.example",
    ] {
        let answer = preflight(&server, "/v1/grants", origin, "POST");
        answer.refused(403, "origin/foreign");
        assert_eq!(answer.header("access-control-allow-origin"), None);
        server
            .ask("POST", "/v1/grants", &[("origin", origin), ("authorization", &bearer)], b"{}")
            .refused(403, "origin/foreign");
    }
    // Without CORS, the browser's own word counts.
    server
        .ask("GET", "/v1/keys", &[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "no-cors")], b"")
        .refused(403, "origin/foreign");
    let twice = [("origin", CRM), ("origin", "https://evil.example")];
    server.ask("GET", "/v1/keys", &twice, b"").refused(403, "origin/foreign");
    assert!(files(folder.path()).is_empty());
}

#[test]
fn the_configuration_with_the_token_goes_to_no_other_origin() {
    let folder = tempdir().unwrap();
    let server = start(folder.path());
    server.ask("GET", "/callseal/config.json", &[("origin", CRM)], b"").refused(403, "origin/foreign");
    preflight(&server, "/callseal/config.json", CRM, "GET").refused(403, "origin/foreign");
    server.ask("GET", "/", &[("origin", CRM)], b"").refused(403, "origin/foreign");
}
