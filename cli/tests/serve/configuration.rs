//! The configuration: from a file, the environment and flags, and refused where it cannot be used.

use crate::support::{Server, name, program, sha256, store, store_url};
use std::fs;
use std::process::{Command, Stdio};
use tempfile::tempdir;

fn sentence(command: &mut Command) -> (Option<i32>, String) {
    let output = command.output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_server_starts_from_its_file_and_a_flag_wins() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("serve.toml");
    let token = folder.path().join("token");
    fs::write(&token, crate::support::TOKEN).unwrap();
    let text = format!(
        "# Callseal\nstore = \"{}\"\ntoken-file = \"{}\"\ngrant-lifetime-s = 60\nlisten = \"127.0.0.1:1\"\n",
        store_url(folder.path()),
        token.display()
    );
    fs::write(&file, text).unwrap();
    // `--listen` of the tests stands against the one in the file.
    let server = Server::start_exactly(&["--config", file.to_str().unwrap()]);
    let grant = server.grant(&name(0), 1, &sha256(b"x")).json(200);
    let now_ms = std::time::UNIX_EPOCH.elapsed().unwrap().as_millis() as u64;
    let lifetime_ms = grant["expires_at_ms"].as_u64().unwrap() - now_ms;
    assert!((1..=60_000).contains(&lifetime_ms), "{lifetime_ms}");
}

#[test]
fn a_fault_in_the_file_ends_the_start_and_is_named() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("serve.toml");
    for (text, named) in [
        ("stoer = \"memory://\"", "stoer"),
        ("store = \"memory://\"\ngrant-lifetime-s = 0", "--grant-lifetime-s"),
        ("store = \"memory://\"\nmax-requests = 0", "--max-requests"),
        ("store = \"memory://\"\nallow-origin = [\"*\"]", "--allow-origin"),
        ("store = \"memory://\"\ngrant-secret-file = \"absent\"", "--grant-secret-file"),
        ("store = \"memory://\"\ntoken = \"s3cret-s3cret-s3cret-s3cret\"", "token"),
        ("listen = \"127.0.0.1:0\"", "--store"),
    ] {
        fs::write(&file, text).unwrap();
        let mut command = program();
        command.env_remove("CALLSEAL_STORE").args(["--listen", "127.0.0.1:0", "--config"]).arg(&file);
        let (code, sentence) = sentence(&mut command);
        assert_eq!(code, Some(2), "{text}: {sentence}");
        assert!(sentence.contains(named) && !sentence.contains("s3cret"), "{sentence}");
    }
}

#[test]
fn secrets_come_by_the_environment_and_no_flag_takes_them() {
    let folder = tempdir().unwrap();
    let start = |variable: &str, value: &str| {
        let mut command = program();
        command.env(variable, value).args(["--check", "--store", &store_url(folder.path())]);
        sentence(&mut command)
    };
    let good = "0123456789abcdefghijklmnop";
    assert_eq!(start("CALLSEAL_TOKEN", good).0, Some(0));
    assert_eq!(start("CALLSEAL_GRANT_SECRET", good).0, Some(0));
    for (variable, named) in
        [("CALLSEAL_TOKEN", "--token-file"), ("CALLSEAL_GRANT_SECRET", "--grant-secret-file")]
    {
        let (code, sentence) = start(variable, "sh0rt");
        assert_eq!(code, Some(2));
        assert!(sentence.contains(named) && !sentence.contains("sh0rt"), "{sentence}");
    }
    for flag in ["--token", "--grant-secret"] {
        let mut command = program();
        assert_eq!(sentence(command.args(["--store", "memory://", flag, good])).0, Some(2));
    }
}

#[test]
fn the_environment_says_what_no_flag_says() {
    let mut command = program();
    command.env("CALLSEAL_STORE", "ftp://x").env("CALLSEAL_LOG", "json").arg("--check");
    let (code, text) = sentence(&mut command);
    assert_eq!(code, Some(2));
    assert!(text.contains("--store"), "{text}");
    assert_eq!(sentence(command.args(["--store", "memory://"])).0, Some(0));
}

#[test]
fn a_check_ends_at_once_and_listens_to_nothing() {
    let folder = tempdir().unwrap();
    let server = Server::start(folder.path());
    // The port is taken: a check does not mind.
    let mut command = program();
    command
        .args(["--check", "--listen", server.host(), "--store", &store_url(folder.path())])
        .stdin(Stdio::null());
    let (code, text) = sentence(&mut command);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("can be used"), "{text}");
    assert!(store(folder.path()).exists());
}

#[test]
fn help_names_every_option_and_shows_no_secret() {
    let mut command = program();
    let output = command.env("CALLSEAL_TOKEN", "s3cret-s3cret-s3cret-s3cret").arg("--help").output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    for option in ["--config", "--check", "--jwks", "--allow-origin", "--metrics-listen", "CALLSEAL_STORE"] {
        assert!(help.contains(option), "{option}");
    }
    assert!(!help.contains("s3cret"));
}
