//! A real timestamp authority for the tests: `openssl ts` (Debian's package openssl) with certificates of its own.

#![allow(dead_code, reason = "every test uses a part of it")]
#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    missing_debug_implementations,
    reason = "test code"
)]

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use tempfile::TempDir;

/// Extensions of a certificate that signs timestamps.
pub const STAMPS: &str = "keyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping";
/// Extensions of a certificate that certifies.
const CERTIFIES: &str = "basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign";

/// An authority: root (P-384), one that it certified (P-256), and by that the signer (RSA).
pub struct Authority {
    folder: TempDir,
}

impl Authority {
    /// A new one.
    pub fn new() -> Self {
        let authority = Self { folder: TempDir::new().unwrap() };
        authority.key("root", &["EC", "-pkeyopt", "ec_paramgen_curve:P-384"]);
        authority.key("between", &["EC", "-pkeyopt", "ec_paramgen_curve:P-256"]);
        authority.key("signer", &["RSA", "-pkeyopt", "rsa_keygen_bits:2048"]);
        authority.certify("root", None, CERTIFIES, 3650);
        authority.certify("between", Some("root"), CERTIFIES, 3650);
        authority.certify("signer", Some("between"), STAMPS, 3650);
        authority
    }

    /// A file of it: `root.pem`, `signer.pem` and so on.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Makes a key.
    fn key(&self, name: &str, kind: &[&str]) {
        self.openssl(&[&["genpkey", "-out", &format!("{name}.key"), "-algorithm"], kind].concat());
    }

    /// Makes the certificate of a key that is there; `days` of -1 is one that ended yesterday.
    pub fn certify(&self, name: &str, by: Option<&str>, extensions: &str, days: i32) {
        let (key, request, certificate) =
            (format!("{name}.key"), format!("{name}.csr"), format!("{name}.pem"));
        if !self.path(&key).exists() {
            self.key(name, &["EC", "-pkeyopt", "ec_paramgen_curve:P-256"]);
        }
        fs::write(self.path("extensions"), extensions).unwrap();
        self.openssl(&["req", "-new", "-key", &key, "-subj", &format!("/CN=Test {name}"), "-out", &request]);
        let days = days.to_string();
        let common =
            ["x509", "-req", "-in", &request, "-out", &certificate, "-days", &days, "-extfile", "extensions"];
        let by = by.map(|by| (format!("{by}.pem"), format!("{by}.key")));
        match &by {
            Some((by, by_key)) => {
                let by = ["-sha384", "-CA", by, "-CAkey", by_key, "-CAcreateserial"];
                self.openssl(&[&common[..], &by].concat());
            }
            None => self.openssl(&[&common[..], &["-signkey", &key]].concat()),
        }
    }

    /// The reply to a query, both in DER.
    pub fn reply(&self, query: &[u8]) -> Vec<u8> {
        self.answer(query, &[])
    }

    /// The token of a hash.
    pub fn token(&self, sha256: &str) -> Vec<u8> {
        self.answer(&self.query(sha256), &["-token_out"])
    }

    /// A query of its own for a hash, with a nonce of its own.
    pub fn query(&self, sha256: &str) -> Vec<u8> {
        self.openssl(&["ts", "-query", "-digest", sha256, "-sha256", "-cert", "-out", "own.tsq"]);
        fs::read(self.path("own.tsq")).unwrap()
    }

    /// The content of a token, signed again by whom `name` says, whose certificate is brought with those behind it.
    pub fn signed_again(&self, token: &[u8], name: &str) -> Vec<u8> {
        fs::write(self.path("token.der"), token).unwrap();
        self.openssl(&[
            "cms",
            "-verify",
            "-noverify",
            "-inform",
            "DER",
            "-in",
            "token.der",
            "-binary",
            "-out",
            "info.der",
        ]);
        let (certificate, key) = (format!("{name}.pem"), format!("{name}.key"));
        self.openssl(&[
            "cms",
            "-sign",
            "-cades",
            "-binary",
            "-nodetach",
            "-md",
            "sha256",
            "-econtent_type",
            "1.2.840.113549.1.9.16.1.4",
            "-in",
            "info.der",
            "-signer",
            &certificate,
            "-inkey",
            &key,
            "-certfile",
            "between.pem",
            "-outform",
            "DER",
            "-out",
            "again.der",
        ]);
        fs::read(self.path("again.der")).unwrap()
    }

    fn answer(&self, query: &[u8], more: &[&str]) -> Vec<u8> {
        fs::write(self.path("query.tsq"), query).unwrap();
        fs::write(self.path("serial"), "01\n").unwrap();
        let settings = "[tsa]\ndefault_tsa=own\n[own]\nserial=serial\ncerts=between.pem\nsigner_cert=signer.pem\n\
            signer_key=signer.key\nsigner_digest=sha512\ndefault_policy=1.2.3.4.1\ndigests=sha256\n\
            accuracy=secs:1, millisecs:500\nclock_precision_digits=3\ness_cert_id_alg=sha256\n";
        fs::write(self.path("settings"), settings).unwrap();
        let own = ["ts", "-reply", "-queryfile", "query.tsq", "-config", "settings", "-out", "reply.tsr"];
        self.openssl(&[&own[..], more].concat());
        fs::read(self.path("reply.tsr")).unwrap()
    }

    fn openssl(&self, arguments: &[&str]) {
        let run = Command::new("openssl").current_dir(self.folder.path()).args(arguments).output();
        let output = run.expect("the tests need the program openssl");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}
