//! Only the own origin's pages, and only with the token.

use crate::support::{Server, files, name, read_answer, sha256};
use serde_json::json;
use std::fs;
use tempfile::tempdir;

const CONTENT: &[u8] = b"sealed bytes";

/// A JWK public key: the example of RFC 7517 appendix A.1.
const PUBLIC: &str = r#"{"kty":"EC","crv":"P-256","use":"enc",
    "x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}"#;

#[test]
fn no_token_or_a_wrong_one_is_refused_also_on_loopback() {
    let folder = tempdir().unwrap();
    let server = Server::start(folder.path());
    let body = json!({ "name": name(0), "size_bytes": 1, "sha256": sha256(b"x") }).to_string();
    let bearer = Server::bearer();
    for authorization in
        ["", "Bearer", "Bearer wrong", &bearer[..bearer.len() - 1], &bearer.replace("Bearer", "Basic")]
    {
        let headers = [("authorization", authorization), ("content-type", "application/json")];
        let answer = server.ask("POST", "/v1/grants", &headers, body.as_bytes());
        answer.refused(401, "auth/required");
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    }
    server
        .ask("POST", "/v1/grants", &[("content-type", "application/json")], body.as_bytes())
        .refused(401, "auth/required");
    // Without the token nobody learns whether a body or a name is right.
    server.ask("POST", "/v1/grants", &[], b"junk").refused(401, "auth/required");
    assert_eq!(server.ask("HEAD", "/v1/objects/junk", &[], b"").status, 401);
}

#[test]
fn foreign_origin_is_refused_everywhere() {
    let folder = tempdir().unwrap();
    let server = Server::start(folder.path());
    let bearer = Server::bearer();
    let url = server.granted(&name(0), CONTENT);
    let port = server.host().rsplit(':').next().unwrap();
    for origin in ["https://evil.example", "null", &format!("http://localhost:{port}"), "http://127.0.0.1:1"]
    {
        let headers = [("origin", origin), ("authorization", &*bearer)];
        for (method, path) in [
            ("GET", "/"),
            ("GET", "/healthz"),
            ("GET", "/callseal/config.json"),
            ("POST", "/v1/grants"),
            ("PUT", &url),
        ] {
            let answer = server.ask(method, path, &headers, if method == "PUT" { CONTENT } else { b"" });
            answer.refused(403, "origin/foreign");
            assert_eq!(answer.header("access-control-allow-origin"), None);
        }
    }
    let preflight = [("origin", "https://evil.example"), ("access-control-request-method", "POST")];
    server.ask("OPTIONS", "/v1/grants", &preflight, b"").refused(403, "origin/foreign");
    assert!(files(folder.path()).is_empty());
    let own = server.url.clone();
    assert_eq!(server.ask("PUT", &url, &[("origin", &own)], CONTENT).status, 201);
}

#[test]
fn foreign_host_is_refused_so_that_dns_rebinding_fails() {
    let folder = tempdir().unwrap();
    let server = Server::start(folder.path());
    let bearer = Server::bearer();
    let port = server.host().rsplit(':').next().unwrap();
    let ask = |head: &str| {
        let request = format!(
            "{head}authorization: {bearer}\r\nsec-fetch-site: same-origin\r\nconnection: close\r\n\r\n"
        );
        read_answer(server.connect(request.as_bytes()))
    };
    for path in ["/", "/healthz", "/callseal/config.json", "/v1/grants"] {
        for host in
            [&format!("evil.example:{port}"), "evil.example", &format!("localhost:{port}"), "127.0.0.1", ""]
        {
            ask(&format!("GET {path} HTTP/1.1\r\nhost: {host}\r\n")).refused(403, "host/foreign");
        }
        ask(&format!("GET {path} HTTP/1.1\r\n")).refused(403, "host/foreign");
        let own = server.host();
        ask(&format!("GET {path} HTTP/1.1\r\nhost: {own}\r\nhost: evil.example\r\n"))
            .refused(403, "host/foreign");
        ask(&format!("GET http://evil.example{path} HTTP/1.1\r\nhost: {own}\r\n"))
            .refused(403, "host/foreign");
    }
    assert_eq!(ask(&format!("GET /healthz HTTP/1.1\r\nhost: {}\r\n", server.host())).status, 200);
}

#[test]
fn configuration_with_the_token_goes_to_same_origin_pages_only() {
    let folder = tempdir().unwrap();
    let recipient = folder.path().join("public.jwk");
    fs::write(&recipient, PUBLIC).unwrap();
    let server = Server::start_with(folder.path(), &["--recipient", recipient.to_str().unwrap()]);
    let get = |headers: &[(&str, &str)]| server.ask("GET", "/callseal/config.json", headers, b"");
    let own = server.url.clone();
    for headers in
        [&[][..], &[("sec-fetch-site", "same-origin")], &[("sec-fetch-site", "none")], &[("origin", &own)]]
    {
        let answer = get(headers);
        let config = answer.json(200);
        let store = json!({ "kind": "grants", "url": "/v1/grants", "token": crate::support::TOKEN });
        assert_eq!(config["store"], store);
        assert_eq!(config["recipients"].as_array().unwrap().len(), 1);
        assert_eq!(config["recipients"][0]["x"], "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4");
        let countersign = json!({ "url": "/v1/heads", "token": crate::support::TOKEN });
        assert_eq!(config["countersign"], countersign);
        assert_eq!(config.as_object().unwrap().len(), 3);
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("cross-origin-resource-policy"), Some("same-origin"));
    }
    for headers in [
        &[("sec-fetch-site", "cross-site")][..],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "same-origin"), ("origin", "https://evil.example")],
        &[("origin", "null")],
    ] {
        get(headers).refused(403, "origin/foreign");
    }
}

#[test]
fn without_a_token_file_every_start_has_a_token_of_its_own() {
    let folder = tempdir().unwrap();
    let tokens = ["one", "two"].map(|which| {
        let out = folder.path().join(which);
        let store = format!("fs://{}", folder.path().join("store").display());
        let server = Server::start_exactly(&["--store", &store, "--config-out", out.to_str().unwrap()]);
        let served = server.ask("GET", "/callseal/config.json", &[], b"").json(200);
        let written: serde_json::Value = serde_json::from_slice(&fs::read(&out).unwrap()).unwrap();
        assert_eq!(written, served);
        let token = served["store"]["token"].as_str().unwrap().to_owned();
        let log = server.stop();
        assert!(!log.contains(&token));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&out).unwrap().permissions().mode() & 0o777, 0o600);
        }
        token
    });
    assert_ne!(tokens[0], tokens[1]);
    assert_eq!(tokens[0].len(), 43, "256 bits");
}

#[test]
fn behind_a_proxy_the_given_origin_counts() {
    let folder = tempdir().unwrap();
    let server = Server::start_with(folder.path(), &["--origin", "https://calls.example"]);
    assert_eq!(server.url, "https://calls.example");
}
