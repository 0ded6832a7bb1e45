//! The static pages: right types, strict headers, and nothing that is private.

use crate::support::{Server, read_answer};
use std::fs;
use std::path::Path;
use tempfile::{TempDir, tempdir};

const POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; \
    media-src 'self' blob:; img-src 'self' data:; worker-src 'self'; frame-src 'self'; object-src 'none'; \
    base-uri 'none'; frame-ancestors 'self'";
const SECRET: &str = "private key material";

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// A server with a site in `<folder>/site`.
fn start(folder: &TempDir) -> Server {
    let site = folder.path().join("site");
    for file in [
        "index.html",
        "app.mjs",
        "old.js",
        "style.css",
        "callseal_bg.wasm",
        "media/clip.wav",
        "media/clip.ogg",
        "data.json",
        "frame/index.html",
    ] {
        write(&site.join(file), file);
    }
    for file in [".callseal/recipient.private.jwk", ".env", "media/.hidden", "frame/.git/config", "..double"]
    {
        write(&site.join(file), SECRET);
    }
    write(&folder.path().join("outside.txt"), SECRET);
    Server::start_with(folder.path(), &["--site", site.to_str().unwrap()])
}

#[test]
fn pages_have_the_right_type_and_the_strict_headers() {
    let folder = tempdir().unwrap();
    let server = start(&folder);
    for (path, file, media_type) in [
        ("/", "index.html", "text/html; charset=utf-8"),
        ("/index.html", "index.html", "text/html; charset=utf-8"),
        ("/app.mjs", "app.mjs", "text/javascript; charset=utf-8"),
        ("/app.mjs?v=1", "app.mjs", "text/javascript; charset=utf-8"),
        ("/old.js", "old.js", "text/javascript; charset=utf-8"),
        ("/style.css", "style.css", "text/css; charset=utf-8"),
        ("/callseal_bg.wasm", "callseal_bg.wasm", "application/wasm"),
        ("/media/clip.wav", "media/clip.wav", "audio/wav"),
        ("/media/clip.ogg", "media/clip.ogg", "audio/ogg"),
        ("/data.json", "data.json", "application/json"),
        ("/frame/", "frame/index.html", "text/html; charset=utf-8"),
    ] {
        // A link from anywhere may open a page.
        let answer = server.ask("GET", path, &[("sec-fetch-site", "cross-site")], b"");
        assert_eq!((answer.status, answer.body.as_slice()), (200, file.as_bytes()), "{path}");
        assert_eq!(answer.header("content-type"), Some(media_type), "{path}");
        assert_eq!(answer.header("content-security-policy"), Some(POLICY));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    let range = server.ask("GET", "/media/clip.wav", &[("range", "bytes=6-9")], b"");
    assert_eq!((range.status, range.body.as_slice()), (206, &b"clip"[..]));
    assert_eq!(server.ask("GET", "/frame", &[], b"").header("location"), Some("/frame/"));
    server.ask("POST", "/", &[], b"x").refused(405, "request/method");
}

#[test]
fn refusals_have_the_strict_headers_too() {
    let folder = tempdir().unwrap();
    let server = start(&folder);
    for (path, status) in
        [("/absent", 404), ("/v1/absent", 404), ("/callseal/absent", 404), ("/v1/grants", 405)]
    {
        let answer = server.ask("GET", path, &[], b"");
        assert_eq!(answer.status, status, "{path}");
        assert_eq!(answer.header("content-security-policy"), Some(POLICY));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("content-type"), Some("application/json"));
    }
}

#[test]
fn dotfiles_and_paths_out_of_the_site_are_never_served() {
    let folder = tempdir().unwrap();
    let server = start(&folder);
    for path in [
        "/.callseal/recipient.private.jwk",
        "/%2ecallseal/recipient.private.jwk",
        "/%2Ecallseal%2Frecipient.private.jwk",
        "/./.callseal/recipient.private.jwk",
        "/media/../.callseal/recipient.private.jwk",
        "/media/%2e%2e/.callseal/recipient.private.jwk",
        "//.callseal/recipient.private.jwk",
        "/.env",
        "/..double",
        "/media/.hidden",
        "/frame/.git/config",
        "/../outside.txt",
        "/..%2foutside.txt",
        "/%2e%2e/outside.txt",
        "/media/../../outside.txt",
        "/media/..%5c..%5coutside.txt",
        "/%2e%2e%2foutside.txt%00.html",
        "/../token",
        "/../store/.incoming/",
    ] {
        let request = format!("GET {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", server.host());
        let answer = read_answer(server.connect(request.as_bytes()));
        answer.refused(404, "request/unknown-path");
        assert!(!String::from_utf8_lossy(&answer.body).contains(SECRET));
    }
}

#[cfg(unix)]
#[test]
fn symbolic_links_lead_neither_out_of_the_site_nor_to_dotfiles() {
    use std::os::unix::fs::symlink;
    let folder = tempdir().unwrap();
    let server = start(&folder);
    let site = folder.path().join("site");
    symlink(folder.path().join("outside.txt"), site.join("out.txt")).unwrap();
    symlink(folder.path(), site.join("up")).unwrap();
    symlink(site.join(".callseal"), site.join("keys")).unwrap();
    symlink(site.join("app.mjs"), site.join("good.mjs")).unwrap();
    for path in ["/out.txt", "/up/outside.txt", "/up/token", "/keys/recipient.private.jwk"] {
        server.ask("GET", path, &[], b"").refused(404, "request/unknown-path");
    }
    assert_eq!(server.ask("GET", "/good.mjs", &[], b"").status, 200);
}

#[test]
fn directory_whose_index_is_a_private_link_is_not_served() {
    let folder = tempdir().unwrap();
    let server = start(&folder);
    let trap = folder.path().join("site/trap");
    fs::create_dir_all(&trap).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(folder.path().join("outside.txt"), trap.join("index.html")).unwrap();
    server.ask("GET", "/trap/", &[], b"").refused(404, "request/unknown-path");
}

#[test]
fn without_a_site_there_are_no_pages() {
    let folder = tempdir().unwrap();
    let server = Server::start(folder.path());
    server.ask("GET", "/", &[], b"").refused(404, "request/unknown-path");
    assert_eq!(server.ask("GET", "/healthz", &[], b"").json(200)["status"], "ok");
}
