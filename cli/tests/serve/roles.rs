//! Tokens of an identity provider: agents store, supervisors read, and nothing else counts.

use crate::provider::{AUDIENCE, ISSUER, Key, Provider, claims, token};
use crate::support::{Answer, Server, name, program, sha256, store_url};
use base64ct::{Base64, Encoding as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use std::path::Path;
use tempfile::tempdir;

const CONTENT: &[u8] = b"sealed bytes";

fn start(folder: &Path, provider: &Provider) -> Server {
    Server::start_exactly(&[&["--store", &store_url(folder)][..], &provider.flags()].concat())
}

fn ask(server: &Server, token: &str) -> Answer {
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", &*bearer), ("content-type", "application/json")];
    let body = json!({ "name": name(0), "size_bytes": CONTENT.len(), "sha256": sha256(CONTENT) });
    server.ask("POST", "/v1/grants", &headers, body.to_string().as_bytes())
}

#[test]
fn tokens_of_each_algorithm_count_and_bring_their_role() {
    let folder = tempdir().unwrap();
    let keys = [Key::es256(1), Key::eddsa(2), Key::rs256()];
    let jwks: Vec<Value> = keys.iter().map(|key| key.jwk(key.algorithm())).collect();
    let provider = Provider::start(&jwks);
    let server = start(folder.path(), &provider);
    for key in &keys {
        let of = |roles: &[&str]| key.token(key.algorithm(), &claims("ann", roles));
        assert_eq!(ask(&server, &of(&["agent"])).json(200)["status"], "granted", "{}", key.algorithm());
        let path = format!("/v1/objects/{}", name(0));
        let get = |method, path: &str, roles: &[&str]| {
            server.ask(method, path, &[("authorization", &format!("Bearer {}", of(roles)))], b"")
        };
        ask(&server, &of(&["supervisor"])).refused(403, "auth/role");
        ask(&server, &of(&[])).refused(403, "auth/role");
        for path in [&*path, "/v1/calls", &format!("/v1/calls/{}", &name(0)[..36])] {
            get("GET", path, &["agent"]).refused(403, "auth/role");
            get("GET", path, &[]).refused(403, "auth/role");
        }
        assert_eq!(get("HEAD", &path, &["agent"]).status, 403);
        assert_eq!(get("GET", "/v1/calls", &["agent", "supervisor"]).status, 200);
        assert_eq!(get("GET", "/v1/calls", &["supervisor"]).json(200)["calls"], json!([]));
    }
    // Nobody but the people's own pages has a token: the configuration holds none.
    let config = server.ask("GET", "/callseal/config.json", &[], b"").json(200);
    assert_eq!(config["store"], json!({ "kind": "grants", "url": "/v1/grants" }));
    let log = server.stop();
    assert!(!log.contains("ann") && !log.contains("eyJ"), "{log}");
}

#[test]
fn a_token_that_says_something_else_is_refused() {
    let folder = tempdir().unwrap();
    let key = Key::es256(1);
    let provider = Provider::start(&[key.jwk("k")]);
    let server = start(folder.path(), &provider);
    let good = claims("ann", &["agent"]);
    let now_s = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    ask(&server, &key.token("k", &good)).json(200);
    for (claim, value) in [
        ("iss", json!("https://evil.example")),
        ("iss", json!(null)),
        ("aud", json!("other")),
        ("aud", json!([])),
        ("aud", json!(null)),
        ("sub", json!(null)),
        ("sub", json!("")),
        ("exp", json!(null)),
        ("exp", json!("soon")),
        ("nbf", json!(now_s + 600)),
    ] {
        let mut claims = good.clone();
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(claim);
        } else {
            claims[claim] = value;
        }
        ask(&server, &key.token("k", &claims)).refused(401, "auth/invalid");
    }
    let mut old = good.clone();
    old["exp"] = json!(now_s - 60);
    ask(&server, &key.token("k", &old)).refused(401, "auth/expired");
    // The clocks may differ a little.
    old["exp"] = json!(now_s - 5);
    ask(&server, &key.token("k", &old)).json(200);
    ask(&server, &Key::es256(2).token("k", &good)).refused(401, "auth/invalid");
    ask(&server, &Key::es256(2).token("unknown", &good)).refused(401, "auth/invalid");
    for text in ["junk", "a.b.c", &key.token("k", &good)[1..], &"x".repeat(20_000)] {
        ask(&server, text).refused(401, "auth/invalid");
    }
    server.ask("POST", "/v1/grants", &[], b"").refused(401, "auth/required");
}

#[test]
fn no_token_chooses_how_it_is_checked() {
    let folder = tempdir().unwrap();
    let (ec, rsa) = (Key::es256(1), Key::rs256());
    let secret = b"0123456789abcdef0123456789abcdef";
    let symmetric = json!({ "kty": "oct", "kid": "oct", "alg": "HS256", "use": "sig",
        "k": base64ct::Base64UrlUnpadded::encode_string(secret) });
    let mut for_encryption = Key::es256(3).jwk("enc");
    for_encryption["use"] = "enc".into();
    let short = Key::short_rs256();
    let provider =
        Provider::start(&[ec.jwk("ec"), rsa.jwk("rsa"), symmetric, for_encryption, short.jwk("short")]);
    let server = start(folder.path(), &provider);
    let good = claims("ann", &["agent"]);
    let hmac = |secret: &[u8], bytes: &[u8]| {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
        mac.update(bytes);
        mac.finalize().into_bytes().to_vec()
    };
    let refused = |header: Value, sign: &dyn Fn(&[u8]) -> Vec<u8>| {
        let answer = ask(&server, &token(&header, &good, sign));
        answer.refused(401, "auth/invalid");
    };
    for algorithm in ["none", "None", "NONE", ""] {
        refused(json!({ "alg": algorithm, "kid": "ec" }), &|_| Vec::new());
    }
    // A public key as the secret of an HMAC, in the forms that libraries have taken it.
    let jwk = rsa.jwk("rsa");
    let modulus = jwk["n"].as_str().unwrap();
    for secret in
        [modulus.as_bytes(), jwk.to_string().as_bytes(), Base64::encode_string(modulus.as_bytes()).as_bytes()]
    {
        for id in ["rsa", "ec", "oct"] {
            refused(json!({ "alg": "HS256", "kid": id }), &|bytes| hmac(secret, bytes));
        }
    }
    refused(json!({ "alg": "HS256", "kid": "oct" }), &|bytes| hmac(secret, bytes));
    refused(json!({ "alg": "RS256", "kid": "ec" }), &|bytes| ec.sign(bytes));
    refused(json!({ "alg": "ES256", "kid": "rsa" }), &|bytes| rsa.sign(bytes));
    refused(json!({ "alg": "RS256", "kid": "short" }), &|bytes| short.sign(bytes));
    refused(json!({ "alg": "ES256", "kid": "enc" }), &|bytes| Key::es256(3).sign(bytes));
    // A key that the token brings along, and an extension that the server would have to understand.
    let other = Key::es256(4);
    refused(json!({ "alg": "ES256", "jwk": other.jwk("own") }), &|bytes| other.sign(bytes));
    refused(json!({ "alg": "ES256", "kid": "ec", "crit": ["exp"], "exp": 1 }), &|bytes| ec.sign(bytes));
    ask(&server, &ec.token("ec", &good)).json(200);
}

#[test]
fn changed_keys_are_looked_up_and_a_flood_of_unknown_ones_is_not_passed_on() {
    let folder = tempdir().unwrap();
    let (old, new) = (Key::es256(1), Key::es256(2));
    let provider = Provider::start(&[old.jwk("old")]);
    let server = start(folder.path(), &provider);
    let good = claims("ann", &["agent"]);
    ask(&server, &old.token("old", &good)).json(200);
    for number in 0..20 {
        ask(&server, &new.token(&format!("unknown-{number}"), &good)).refused(401, "auth/invalid");
    }
    assert_eq!(provider.asked(), 1, "the look at the start was a moment ago");
    provider.publish(&[new.jwk("new")]);
    assert!(
        crate::support::eventually(|| ask(&server, &new.token("new", &good)).status == 200),
        "after the least pause between two looks"
    );
    assert_eq!(provider.asked(), 2);
    ask(&server, &old.token("old", &good)).refused(401, "auth/invalid");
    // A provider that fails takes nothing away at once.
    provider.answer_with(500, b"");
    ask(&server, &new.token("new", &good)).json(200);
}

#[test]
fn the_roles_may_be_elsewhere_and_have_other_names() {
    let folder = tempdir().unwrap();
    let key = Key::eddsa(1);
    let keys = folder.path().join("keys.json");
    std::fs::write(&keys, json!({ "keys": [key.jwk("k")] }).to_string()).unwrap();
    let server = Server::start_exactly(&[
        "--store",
        &store_url(folder.path()),
        "--jwks",
        keys.to_str().unwrap(),
        "--issuer",
        ISSUER,
        "--audience",
        AUDIENCE,
        "--role-claim",
        "/realm_access/roles",
        "--agent-role",
        "call-agent",
    ]);
    let mut claims = claims("ann", &["call-agent"]);
    ask(&server, &key.token("k", &claims)).refused(403, "auth/role");
    claims["realm_access"] = json!({ "roles": ["x", "call-agent"] });
    ask(&server, &key.token("k", &claims)).json(200);
}

#[test]
fn a_provider_that_cannot_be_used_is_refused_at_the_start() {
    let folder = tempdir().unwrap();
    let provider = Provider::start(&[]);
    let url = provider.url.clone();
    let store = store_url(folder.path());
    let start = |flags: &[&str]| {
        let all = [&["--listen", "127.0.0.1:0", "--store", &store][..], flags].concat();
        let output = program().args(all).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let rules = ["--issuer", ISSUER, "--audience", AUDIENCE];
    for (place, status) in [
        (&*url, 3),
        ("http://id.example/keys", 2),
        ("ftp://127.0.0.1/", 2),
        ("absent.json", 2),
        ("http://127.0.0.1:1/", 3),
    ] {
        let (code, sentence) = start(&[&["--jwks", place][..], &rules].concat());
        assert_eq!(code, Some(status), "{place}: {sentence}");
        assert!(sentence.contains("--jwks"), "{sentence}");
    }
    provider.answer_with(200, &vec![b' '; 300_000]);
    assert_eq!(start(&[&["--jwks", &url][..], &rules].concat()).0, Some(3));
    provider.publish(&[Key::es256(1).jwk("k")]);
    for (flags, named) in [
        (&["--jwks", &url][..], "--issuer"),
        (&["--jwks", &url, "--issuer", ISSUER], "--audience"),
        (&["--issuer", ISSUER], "--issuer"),
        (&[&["--jwks", &url, "--allow-read"][..], &rules].concat(), "--allow-read"),
    ] {
        let (code, sentence) = start(flags);
        assert_eq!(code, Some(2), "{sentence}");
        assert!(sentence.contains(named), "{sentence}");
    }
    assert!(!crate::support::store(folder.path()).exists(), "nothing was touched");
}
