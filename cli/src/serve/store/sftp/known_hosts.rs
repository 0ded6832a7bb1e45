//! Whether a host's key is that of the host: the keys of `known_hosts` (sshd(8)), and nothing else.
//!
//! Owns this judgement. It must never learn a key: a host that nobody has vouched for is refused. Names may be hashed; lines
//! with wildcards and authorities' certificates are not understood, so hosts of theirs are unknown here.

use super::refusal::Refusal;
use russh::keys::PublicKeyBase64 as _;
use russh::keys::known_hosts::known_host_keys_path;
use russh::keys::{Algorithm, PublicKey};
use std::path::PathBuf;

/// The keys of one host.
#[derive(Debug)]
pub struct KnownKeys {
    keys: Vec<PublicKey>,
    /// The revoked keys of all hosts, in Base64.
    revoked: Vec<String>,
}

impl KnownKeys {
    /// Reads the keys of `host` at `port` from `files`; files that are not there have none.
    pub fn read(host: &str, port: u16, files: &[PathBuf]) -> Self {
        let mut known = Self { keys: Vec::new(), revoked: Vec::new() };
        for file in files {
            // A file with a line that cannot be read vouches for nobody.
            let keys = known_host_keys_path(host, port, file).unwrap_or_default();
            known.keys.extend(keys.into_iter().map(|(_, key)| key));
            let text = std::fs::read_to_string(file).unwrap_or_default();
            let revoked = text.lines().filter(|line| line.trim_start().starts_with("@revoked"));
            known.revoked.extend(revoked.flat_map(str::split_whitespace).map(str::to_owned));
        }
        known
    }

    /// The kinds of key to ask the host for: those that it is known by, in the order of `spoken`.
    ///
    /// # Errors
    /// That the host is unknown, or known by kinds that are not spoken.
    pub fn kinds(&self, spoken: &[Algorithm]) -> Result<Vec<Algorithm>, Refusal> {
        if self.keys.is_empty() {
            return Err(Refusal::UnknownHost);
        }
        let is_known = |kind: &&Algorithm| self.keys.iter().any(|key| key.algorithm() == **kind);
        // RSA would need a crate that leaks its key by timing (RUSTSEC-2023-0071).
        let kinds: Vec<_> = spoken
            .iter()
            .filter(|kind| !matches!(kind, Algorithm::Rsa { .. }))
            .filter(is_known)
            .cloned()
            .collect();
        if kinds.is_empty() { Err(Refusal::HostKeyKind) } else { Ok(kinds) }
    }

    /// Judges the key that the host shows.
    ///
    /// # Errors
    /// That it is another one, or revoked.
    pub fn judge(&self, shown: &PublicKey) -> Result<(), Refusal> {
        if self.revoked.contains(&shown.public_key_base64()) {
            return Err(Refusal::RevokedHost);
        }
        match self.keys.iter().any(|key| key.key_data() == shown.key_data()) {
            true => Ok(()),
            false => Err(Refusal::OtherHost),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{KnownKeys, Refusal};
    use russh::keys::{Algorithm, PublicKey};
    use std::io::Write as _;

    // Public keys made with ssh-keygen for this test.
    const FIRST: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA9S00HRf5JXUFJQjYgNMSfc/5KOsMHSzCIIFZA4ms95";
    const SECOND: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA6EgupgIwjp+13fqvoJLlHlLyBEYS8ncMc7+xPQM240";
    const RSA: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQCkaGIaj8pRGcVI0QfDB12ZBXZx+SNUdNg+jfgCXH1GbtEdTvfkGGhWb26k8Afk301rQM2WJA5kkYwtcG0LFRt2X4RGlKf1NOac8j5TPVWSwgQ2DNvrfzl533sZox5QEr+2P353iCMqzZIpvbIg6TqxYE1fFBqw8rLIIO/CHYrpcqmRhmthcew0Td3zg8RtBtrDP0g5KO0CIf5GpcqI95LNS6C+AaKUgBTM7J5B5gWrfN7bDSThxj4ysE3e+RB8nVNV+xbouVHIi8Meg00mVU0iaG54DOxHXk8ufVk7VoCGfYQEn3f2cSnhZR2aVVopQ4UTEHRMt1bvPmTSHii1GPez";

    fn key(text: &str) -> PublicKey {
        PublicKey::from_openssh(text).unwrap()
    }

    fn known(host: &str, port: u16, lines: &[String]) -> KnownKeys {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        for line in lines {
            writeln!(file, "{line}").unwrap();
        }
        KnownKeys::read(host, port, &[file.path().to_owned(), "/nowhere/known_hosts".into()])
    }

    #[test]
    fn only_the_key_that_is_written_down_for_the_host_is_taken() {
        let lines = [format!("files.example {FIRST}"), format!("[files.example]:2222 {SECOND}")];
        let on_22 = known("files.example", 22, &lines);
        assert_eq!(on_22.kinds(&[Algorithm::Ed25519]).unwrap(), [Algorithm::Ed25519]);
        on_22.judge(&key(FIRST)).unwrap();
        assert_eq!(on_22.judge(&key(SECOND)), Err(Refusal::OtherHost));
        known("files.example", 2222, &lines).judge(&key(SECOND)).unwrap();
    }

    #[test]
    fn a_host_that_nobody_vouched_for_is_unknown() {
        for lines in
            [vec![], vec![format!("other.example {FIRST}")], vec![format!("@cert-authority * {FIRST}")]]
        {
            let known = known("files.example", 22, &lines);
            assert_eq!(known.kinds(&[Algorithm::Ed25519]), Err(Refusal::UnknownHost), "{lines:?}");
            assert!(known.judge(&key(FIRST)).is_err());
        }
    }

    #[test]
    fn a_revoked_key_counts_for_no_host() {
        let lines = [format!("files.example {FIRST}"), format!("@revoked * {FIRST}")];
        assert_eq!(known("files.example", 22, &lines).judge(&key(FIRST)), Err(Refusal::RevokedHost));
    }

    #[test]
    fn hashed_names_are_found_and_rsa_is_not_spoken() {
        let lines = ["|1|jjf0lz4rrrxI+bQTScpdcLkt2pY=|cPFIRf4/rs+fAXrUM3EZ0P1wcAY= ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA9S00HRf5JXUFJQjYgNMSfc/5KOsMHSzCIIFZA4ms95".to_owned()];
        known("files.example", 22, &lines).judge(&key(FIRST)).unwrap();
        let lines = [format!("files.example {RSA}")];
        let known = known("files.example", 22, &lines);
        let rsa = Algorithm::Rsa { hash: None };
        assert_eq!(known.kinds(&[Algorithm::Ed25519, rsa]), Err(Refusal::HostKeyKind));
    }
}
