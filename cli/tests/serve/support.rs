//! A running server and an HTTP client for the tests, plain and at the level of bytes.

use sha2::{Digest as _, Sha256};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The token of servers started here.
pub const TOKEN: &str = "test-token-0123456789-abcdefghij";
/// Longest wait for anything.
pub const PATIENCE: Duration = Duration::from_secs(20);
const CALL: &str = "0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa";

/// The name of a segment object.
pub fn name(segment: u32) -> String {
    format!("{CALL}/0/{segment:06}.ogg.tink")
}

/// SHA-256 in lower-case hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The program under test.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_callseal"));
    command.arg("serve");
    command
}

/// A running server on a free port.
pub struct Server {
    child: Child,
    log: Option<JoinHandle<String>>,
    /// `http://127.0.0.1:<port>`
    pub url: String,
}

impl Server {
    /// Starts a server on a store in `folder`/store with the token of the tests.
    pub fn start(folder: &Path) -> Self {
        Self::start_with(folder, &[])
    }

    /// The same with further arguments.
    pub fn start_with(folder: &Path, arguments: &[&str]) -> Self {
        let token = folder.join("token");
        std::fs::write(&token, format!("{TOKEN}\n")).unwrap();
        let store = format!("fs://{}", store(folder).display());
        let mut all = vec!["--store", &store, "--token-file", token.to_str().unwrap()];
        all.extend(arguments);
        Self::start_exactly(&all)
    }

    /// Starts a server with exactly these arguments and a free port.
    pub fn start_exactly(arguments: &[&str]) -> Self {
        let mut child = program()
            .args(["--listen", "127.0.0.1:0", "--json-ready"])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stderr = child.stderr.take().unwrap();
        let log = std::thread::spawn(move || {
            let mut text = String::new();
            stderr.read_to_string(&mut text).unwrap();
            text
        });
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready: serde_json::Value = serde_json::from_str(&line).expect("the server became ready");
        Self { child, log: Some(log), url: ready["url"].as_str().unwrap().to_owned() }
    }

    /// `127.0.0.1:<port>`
    pub fn host(&self) -> &str {
        self.url.strip_prefix("http://").unwrap()
    }

    /// The authorization header's value.
    pub fn bearer() -> String {
        format!("Bearer {TOKEN}")
    }

    /// Sends a request and reads the whole answer.
    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .max_redirects(0)
            .timeout_global(Some(PATIENCE))
            .build()
            .into();
        let request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.url));
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let mut response = agent.run(request.body(body).unwrap()).unwrap();
        let headers = response.headers().iter();
        Answer {
            status: response.status().as_u16(),
            headers: headers
                .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
                .collect(),
            body: response.body_mut().read_to_vec().unwrap(),
        }
    }

    /// Asks for a grant.
    pub fn grant(&self, name: &str, size_bytes: usize, sha256: &str) -> Answer {
        let body =
            serde_json::json!({ "name": name, "size_bytes": size_bytes, "sha256": sha256 }).to_string();
        let headers = [("authorization", &*Self::bearer()), ("content-type", "application/json")];
        self.ask("POST", "/v1/grants", &headers, body.as_bytes())
    }

    /// The URL granted for an object.
    pub fn granted(&self, name: &str, content: &[u8]) -> String {
        let answer = self.grant(name, content.len(), &sha256(content)).json(200);
        assert_eq!(answer["status"], "granted");
        answer["url"].as_str().unwrap().to_owned()
    }

    /// Puts `content` at a granted URL.
    pub fn put(&self, url: &str, content: &[u8]) -> Answer {
        self.ask("PUT", url, &[], content)
    }

    /// Opens a connection and writes `bytes` as they are.
    pub fn connect(&self, bytes: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(self.host()).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(bytes).unwrap();
        stream
    }

    /// The head of a PUT of `length` bytes that closes the connection after the answer.
    pub fn put_head(&self, url: &str, length: usize) -> String {
        format!(
            "PUT {url} HTTP/1.1\r\nhost: {}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n",
            self.host()
        )
    }

    /// Sends a signal by its name.
    pub fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([&format!("-{signal}"), &self.child.id().to_string()]).status();
        assert!(sent.unwrap().success());
    }

    /// Waits for the end; the status and everything on standard error.
    pub fn wait(&mut self) -> (ExitStatus, String) {
        let status = wait(&mut self.child);
        (status, self.log.take().unwrap().join().unwrap())
    }

    /// Ends the server in an orderly way; everything on standard error.
    pub fn stop(mut self) -> String {
        self.signal("TERM");
        let (status, log) = self.wait();
        assert_eq!(status.code(), Some(0), "{log}");
        log
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits for a process to end, with patience.
pub fn wait(child: &mut Child) -> ExitStatus {
    let mut status = None;
    assert!(
        eventually(|| {
            status = child.try_wait().unwrap();
            status.is_some()
        }),
        "the process did not end"
    );
    status.unwrap()
}

/// An HTTP answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    /// The value of the one header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let value = values.next();
        assert!(values.next().is_none(), "{name} is there twice");
        value
    }

    /// The JSON body, after checking the status.
    pub fn json(&self, status: u16) -> serde_json::Value {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Checks that it is a refusal with this status and code, and a message.
    pub fn refused(&self, status: u16, code: &str) {
        let body = self.json(status);
        assert_eq!(body["error"]["code"], code);
        assert!(body["error"]["message"].as_str().unwrap().len() > 10);
        assert_eq!(body.as_object().unwrap().len(), 1);
    }
}

/// Reads an answer from a connection that the server closes.
pub fn read_answer(mut stream: TcpStream) -> Answer {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("an answer");
    let head = std::str::from_utf8(&bytes[..end]).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines.map(|line| line.split_once(": ").unwrap());
    let headers = headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
    Answer { status, headers, body: bytes[end + 4..].to_vec() }
}

/// The store's folder.
pub fn store(folder: &Path) -> PathBuf {
    folder.join("store")
}

/// The store's URL.
pub fn store_url(folder: &Path) -> String {
    format!("fs://{}", store(folder).display())
}

/// Every file below the store with its path relative to it, sorted; without what the server keeps for itself.
pub fn files(folder: &Path) -> Vec<String> {
    fn walk(folder: &Path, root: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.ends_with(".callseal") {
                continue;
            }
            if path.is_dir() {
                walk(&path, root, found);
            } else {
                found.push(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    let mut found = Vec::new();
    walk(&store(folder), &store(folder), &mut found);
    found.sort();
    found
}

/// Whether `condition` holds before patience ends.
pub fn eventually(mut condition: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end {
        if condition() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    false
}

/// Runs `work` on two threads that start together, and gives both results.
pub fn both<T: Send>(work: impl Fn(usize) -> T + Sync) -> [T; 2] {
    let (sender, receiver) = mpsc::channel();
    let barrier = std::sync::Barrier::new(2);
    std::thread::scope(|scope| {
        for index in 0..2 {
            let (sender, barrier, work) = (sender.clone(), &barrier, &work);
            scope.spawn(move || {
                barrier.wait();
                sender.send((index, work(index))).unwrap();
            });
        }
    });
    let mut results: Vec<_> = receiver.try_iter().collect();
    results.sort_by_key(|(index, _)| *index);
    let mut results = results.into_iter().map(|(_, result)| result);
    [results.next().unwrap(), results.next().unwrap()]
}
