//! The server's description, `docs/grants.openapi.json` and the table of `docs/serve.md`, is what it does.

use crate::support::{Answer, Server, name, sha256};
use boon::{Compiler, Schemas};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use tempfile::tempdir;

const CONTENT: &[u8] = b"sealed bytes";

fn description() -> Value {
    serde_json::from_str(include_str!("../../../docs/grants.openapi.json")).unwrap()
}

/// Asserts that an answer is one that the description has for the operation, in its shape.
fn assert_described(description: &Value, path: &str, method: &str, answer: &Answer) {
    let described = &description["paths"][path][method]["responses"][answer.status.to_string()];
    assert!(described.is_object(), "{method} {path}: {} is not described", answer.status);
    let media = described["content"].as_object().and_then(|content| content.iter().next());
    let Some((media_type, content)) = media else {
        assert!(answer.body.is_empty(), "{method} {path} {}", answer.status);
        return;
    };
    assert_eq!(answer.header("content-type"), Some(&**media_type), "{method} {path} {}", answer.status);
    if !media_type.ends_with("json") {
        return;
    }
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    let reference = content["schema"]["$ref"].as_str().unwrap();
    let schema = json!({ "$ref": reference, "components": description["components"] });
    compiler.add_resource("urn:answer", schema).unwrap();
    let compiled = compiler.compile("urn:answer", &mut schemas).unwrap();
    let result = schemas.validate(&body, compiled);
    assert!(result.is_ok(), "{method} {path}: {:#}", result.unwrap_err());
    if answer.status >= 400 {
        let code = body["error"]["code"].as_str().unwrap();
        let told = described["description"].as_str().unwrap();
        assert!(told.contains(&format!("`{code}`")), "{method} {path} {}: {code}", answer.status);
    }
}

#[test]
fn real_answers_are_as_described() {
    let folder = tempdir().unwrap();
    let server = Server::start_with(folder.path(), &["--allow-read"]);
    let description = description();
    let bearer = Server::bearer();
    let with_token = [("authorization", &*bearer), ("content-type", "application/json")];
    let post = |path: &str, body: &Value| {
        let answer = server.ask("POST", path, &with_token, body.to_string().as_bytes());
        assert_described(&description, path, "post", &answer);
        answer
    };
    let get = |path: &str, described: &str, headers: &[(&str, &str)]| {
        let answer = server.ask("GET", path, headers, b"");
        assert_described(&description, described, "get", &answer);
    };
    let wanted = json!({ "name": name(0), "size_bytes": CONTENT.len(), "sha256": sha256(CONTENT) });
    let url = post("/v1/grants", &wanted).json(200)["url"].as_str().unwrap().to_owned();
    let object = "/v1/objects/{name}";
    for content in [&CONTENT[1..], &[CONTENT, b"!"].concat(), b"sealed bytez", CONTENT, CONTENT] {
        assert_described(&description, object, "put", &server.put(&url, content));
    }
    assert_described(&description, object, "put", &server.put("/v1/objects/x?grant=", CONTENT));
    assert_described(&description, object, "put", &server.put(&url.replace("000000", "000001"), CONTENT));
    post("/v1/grants", &wanted);
    post("/v1/grants", &json!({ "name": name(0), "size_bytes": 1, "sha256": sha256(b"x") }));
    post("/v1/grants", &json!({ "name": name(1), "size_bytes": 2_000_000, "sha256": sha256(b"x") }));
    post("/v1/grants", &json!({}));
    assert_described(&description, "/v1/grants", "post", &server.ask("POST", "/v1/grants", &[], b""));
    let head = json!({ "call_id": &name(0)[..36], "seq": 7, "head": sha256(b"a") });
    post("/v1/heads", &head);
    post("/v1/heads", &json!({ "call_id": &name(0)[..36], "seq": 6, "head": sha256(b"a") }));
    for headers in [&with_token[..], &[]] {
        let answer = server.ask("POST", "/v1/orders", headers, b"x");
        assert_described(&description, "/v1/orders", "post", &answer);
    }
    let path = format!("/v1/objects/{}", name(0));
    for more in [&[][..], &[("range", "bytes=0-1")], &[("range", "bytes=99-")]] {
        get(&path, object, &[&with_token[..1], more].concat());
    }
    get(&path, object, &[]);
    get(&format!("/v1/objects/{}", name(7)), object, &with_token[..1]);
    assert_described(&description, object, "head", &server.ask("HEAD", &path, &with_token[..1], b""));
    get("/v1/calls", "/v1/calls", &with_token[..1]);
    get("/v1/calls?limit=0", "/v1/calls", &with_token[..1]);
    get(&format!("/v1/calls/{}", &name(0)[..36]), "/v1/calls/{id}", &with_token[..1]);
    get("/v1/calls/x", "/v1/calls/{id}", &with_token[..1]);
    get("/v1/keys", "/v1/keys", &[]);
    get("/v1/keys", "/v1/keys", &[("origin", "https://evil.example")]);
    get("/callseal/config.json", "/callseal/config.json", &[]);
    get("/healthz", "/healthz", &[]);
    get("/readyz", "/readyz", &[]);
}

/// Every code of a refusal in the program's source.
fn codes(folder: &Path, found: &mut BTreeSet<String>) {
    const AREAS: [&str; 9] =
        ["auth", "grant", "head", "host", "order", "origin", "request", "server", "store"];
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            codes(&path, found);
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        let literals = code.split('"').skip(1).step_by(2);
        let is_code = |text: &&str| {
            text.split_once('/').is_some_and(|(area, rest)| {
                AREAS.contains(&area)
                    && !rest.is_empty()
                    && rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
            })
        };
        found.extend(literals.filter(is_code).map(str::to_owned));
    }
}

#[test]
fn every_code_of_a_refusal_is_in_the_table_of_the_documentation() {
    let mut found = BTreeSet::new();
    codes(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/serve"), &mut found);
    assert!(found.contains("store/call-bound") && found.len() > 25, "{found:?}");
    let documentation = include_str!("../../../docs/serve.md");
    let table: Vec<&str> = documentation.lines().filter(|line| line.starts_with("| ")).collect();
    for code in found {
        assert!(table.iter().any(|line| line.contains(&format!("`{code}`"))), "{code} is not documented");
    }
}

#[test]
fn every_option_is_in_the_documentation() {
    let output = crate::support::program().arg("--help").output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let documentation = include_str!("../../../docs/serve.md");
    let words =
        help.split(|letter: char| !(letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-'));
    let options: BTreeSet<&str> =
        words.filter(|word| word.starts_with("--") && word.len() > 4 && *word != "--help").collect();
    assert!(options.len() > 20, "{options:?}");
    for option in options {
        assert!(documentation.contains(&format!("`{option}")), "{option} is not documented");
    }
}
