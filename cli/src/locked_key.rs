//! Private keys under a passphrase: a JWE around the JWK, `PBES2-HS512+A256KW` with `A256GCM` (RFC 7517 §7, RFC 7518 §4.8).
//!
//! Owns how a passphrase becomes a key, and where it comes from. Must never take one from the command's arguments, where
//! every process of the machine reads it, nor show one.

use crate::failure::Failure;
use aes_gcm::aead::AeadInOut as _;
use aes_gcm::{Aes256Gcm, KeyInit as _};
use aes_kw::KwAes256;
use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde_json::{Value, json};
use sha2::Sha512;
use std::io::IsTerminal as _;
use zeroize::Zeroizing;

/// The `alg` of the files.
const ALGORITHM: &str = "PBES2-HS512+A256KW";
/// Rounds for a new file: OWASP's Password Storage Cheat Sheet asks for 210,000 with SHA-512 (2023); twice that, since a
/// file can be tried out for years.
const ROUNDS: u32 = 420_000;
/// Rounds that are read: RFC 7518 §4.8.1.2 recommends 1,000 at least; a minute of work is the most a file may ask for.
const READ_ROUNDS: core::ops::RangeInclusive<u64> = 1_000..=20_000_000;
/// Bytes of a new salt; RFC 7518 §4.8.1.1 demands 8 at least.
const SALT_BYTES: usize = 16;
/// Bytes of a nonce and of a tag of AES-GCM (RFC 7518 §5.3), and of a wrapped key (RFC 3394).
const NONCE_BYTES: usize = 12;
const TAG_BYTES: usize = 16;
const WRAPPED_BYTES: usize = 40;
/// Characters of a passphrase at least; length is all that counts (NIST SP 800-63B §5.1.1).
const LEAST_CHARACTERS: usize = 12;
/// Names a file whose first line is the passphrase, for programs.
const FILE_VARIABLE: &str = "CALLSEAL_PASSPHRASE_FILE";

/// Whether the content of a key file is under a passphrase.
pub fn is_locked(content: &[u8]) -> bool {
    content.starts_with(b"eyJ")
}

/// The passphrase for the key in `shown`: from the file that the environment names, or asked for at the terminal.
pub fn passphrase(shown: &str) -> Result<Zeroizing<String>, Failure> {
    if let Some(text) = from_file()? {
        return Ok(text);
    }
    ask(&format!("passphrase of {shown}: "))
}

/// A new passphrase, asked for twice.
pub fn new_passphrase() -> Result<Zeroizing<String>, Failure> {
    let chosen = match from_file()? {
        Some(text) => text,
        None => {
            let first = ask("new passphrase: ")?;
            if *ask("the same again: ")? != *first {
                return Err(Failure::bad_input("the two passphrases differ; nothing was written"));
            }
            first
        }
    };
    if chosen.chars().count() < LEAST_CHARACTERS {
        return Err(Failure::bad_input(format!(
            "a passphrase has {LEAST_CHARACTERS} characters or more: some words will do"
        )));
    }
    Ok(chosen)
}

fn from_file() -> Result<Option<Zeroizing<String>>, Failure> {
    let Some(path) = std::env::var_os(FILE_VARIABLE) else { return Ok(None) };
    let text = std::fs::read_to_string(&path).map_err(|error| {
        Failure::bad_input(format!("the file in {FILE_VARIABLE} cannot be read: {error}"))
    })?;
    let text = Zeroizing::new(text);
    Ok(Some(Zeroizing::new(text.lines().next().unwrap_or_default().to_owned())))
}

fn ask(prompt: &str) -> Result<Zeroizing<String>, Failure> {
    if !std::io::stdin().is_terminal() {
        let how = format!(
            "a passphrase is needed: run this in a terminal, or name a file with it in {FILE_VARIABLE}"
        );
        return Err(Failure::bad_input(how));
    }
    rpassword::prompt_password(prompt)
        .map(Zeroizing::new)
        .map_err(|error| Failure::bad_input(format!("the passphrase cannot be read: {error}")))
}

/// The compact JWE around a private JWK.
pub fn lock(jwk: &str, passphrase: &str) -> Result<String, Failure> {
    lock_with(jwk, passphrase, ROUNDS)
}

fn lock_with(jwk: &str, passphrase: &str, rounds: u32) -> Result<String, Failure> {
    let failed = || Failure::bad_input("the key could not be put under the passphrase");
    let mut random = Zeroizing::new([0_u8; SALT_BYTES + 32 + NONCE_BYTES]);
    getrandom::fill(random.as_mut_slice()).map_err(|_| failed())?;
    let (salt, rest) = random.split_at(SALT_BYTES);
    let (content_key, nonce) = rest.split_at(32);
    let header = json!({
        "alg": ALGORITHM, "enc": "A256GCM", "cty": "jwk+json",
        "p2s": Base64UrlUnpadded::encode_string(salt), "p2c": rounds,
    });
    let header = Base64UrlUnpadded::encode_string(header.to_string().as_bytes());
    let mut wrapped = [0_u8; WRAPPED_BYTES];
    KwAes256::new(&(*wrapping_key(passphrase, salt, rounds)).into())
        .wrap_key(content_key, &mut wrapped)
        .map_err(|_| failed())?;
    let mut content = Zeroizing::new(Vec::with_capacity(jwk.len().saturating_add(TAG_BYTES)));
    content.extend_from_slice(jwk.trim_end().as_bytes());
    let nonce: [u8; NONCE_BYTES] = nonce.try_into().map_err(|_| failed())?;
    Aes256Gcm::new_from_slice(content_key)
        .map_err(|_| failed())?
        .encrypt_in_place(&nonce.into(), header.as_bytes(), &mut *content)
        .map_err(|_| failed())?;
    let (content, tag) = content.split_at(content.len().saturating_sub(TAG_BYTES));
    let parts = [&wrapped[..], &nonce[..], content, tag].map(Base64UrlUnpadded::encode_string);
    Ok(format!("{header}.{}\n", parts.join(".")))
}

/// The private JWK in a compact JWE.
///
/// # Errors
/// One sentence without anything of the key; with another passphrase status 10.
pub fn unlock(content: &[u8], passphrase: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let malformed =
        || Failure::bad_input("the key file is no key under a passphrase that this program knows");
    let text = core::str::from_utf8(content).map_err(|_| malformed())?.trim();
    let fields: Vec<&str> = text.split('.').collect();
    let [header, wrapped, nonce, sealed, tag] = fields[..] else { return Err(malformed()) };
    let decode = |text: &str| Base64UrlUnpadded::decode_vec(text).map_err(|_| malformed());
    let stated: Value = serde_json::from_slice(&decode(header)?).map_err(|_| malformed())?;
    let text_of = |name: &str| stated.get(name).and_then(Value::as_str);
    let is_known = text_of("alg") == Some(ALGORITHM) && text_of("enc") == Some("A256GCM");
    if !is_known || stated.get("crit").is_some() || stated.get("zip").is_some() {
        return Err(malformed());
    }
    let salt = decode(text_of("p2s").ok_or_else(malformed)?)?;
    let rounds = stated
        .get("p2c")
        .and_then(Value::as_u64)
        .filter(|rounds| READ_ROUNDS.contains(rounds))
        .ok_or_else(malformed)?;
    let rounds = u32::try_from(rounds).map_err(|_| malformed())?;
    let wrapped = decode(wrapped)?;
    if salt.len() < 8 || wrapped.len() != WRAPPED_BYTES {
        return Err(malformed());
    }
    let mut content_key = Zeroizing::new([0_u8; 32]);
    KwAes256::new(&(*wrapping_key(passphrase, &salt, rounds)).into())
        .unwrap_key(&wrapped, content_key.as_mut_slice())
        .map_err(|_| Failure::new(10, "the passphrase is not that of the key [open/wrong-key]"))?;
    let nonce: [u8; NONCE_BYTES] = decode(nonce)?.try_into().map_err(|_| malformed())?;
    let tag = decode(tag)?;
    if tag.len() != TAG_BYTES {
        return Err(malformed());
    }
    let mut content = Zeroizing::new(decode(sealed)?);
    content.extend_from_slice(&tag);
    Aes256Gcm::new_from_slice(content_key.as_slice())
        .map_err(|_| malformed())?
        .decrypt_in_place(&nonce.into(), header.as_bytes(), &mut *content)
        .map_err(|_| malformed())?;
    Ok(content)
}

/// PBKDF2 (RFC 8018 §5.2) over `alg`, a zero byte and the salt (RFC 7518 §4.8.1.1).
fn wrapping_key(passphrase: &str, salt: &[u8], rounds: u32) -> Zeroizing<[u8; 32]> {
    let mut salted = ALGORITHM.as_bytes().to_vec();
    salted.push(0);
    salted.extend_from_slice(salt);
    let mut key = Zeroizing::new([0_u8; 32]);
    pbkdf2::pbkdf2_hmac::<Sha512>(passphrase.as_bytes(), &salted, rounds, key.as_mut_slice());
    key
}

#[cfg(test)]
mod tests {
    use super::{is_locked, lock_with, unlock};

    const JWK: &str = r#"{"kty":"EC","d":"secret"}"#;

    #[test]
    fn only_the_passphrase_opens_it_and_nothing_shows_the_key() {
        let locked = lock_with(JWK, "correct horse battery", 1_000).unwrap();
        assert!(is_locked(locked.as_bytes()) && !locked.contains("secret"));
        assert_eq!(unlock(locked.as_bytes(), "correct horse battery").unwrap().as_slice(), JWK.as_bytes());
        assert!(unlock(locked.as_bytes(), "correct horse batterz").is_err());
        assert_ne!(locked, lock_with(JWK, "correct horse battery", 1_000).unwrap());
    }

    #[test]
    fn every_changed_or_cut_field_is_refused() {
        let locked = lock_with(JWK, "correct horse battery", 1_000).unwrap();
        let fields: Vec<&str> = locked.trim().split('.').collect();
        for index in 0..fields.len() {
            let middle = fields[index].len() / 2;
            let old = &fields[index][middle..=middle];
            let other = if old == "A" { "B" } else { "A" };
            let changed = format!("{}{other}{}", &fields[index][..middle], &fields[index][middle + 1..]);
            for replacement in [changed.as_str(), "", "AAAA"] {
                let mut broken = fields.clone();
                broken[index] = replacement;
                assert!(
                    unlock(broken.join(".").as_bytes(), "correct horse battery").is_err(),
                    "{index} {replacement}"
                );
            }
        }
        for length in 0..locked.trim().len() {
            assert!(unlock(&locked.as_bytes()[..length], "correct horse battery").is_err(), "{length}");
        }
    }

    #[test]
    fn few_and_endless_rounds_are_refused() {
        use base64ct::{Base64UrlUnpadded, Encoding as _};
        for rounds in ["999", "20000001", "-1", "\"1000\""] {
            let header = format!(
                r#"{{"alg":"PBES2-HS512+A256KW","enc":"A256GCM","p2s":"AAAAAAAAAAAAAAAAAAAAAA","p2c":{rounds}}}"#
            );
            let header = Base64UrlUnpadded::encode_string(header.as_bytes());
            assert!(unlock(format!("{header}.{}.AAAA.AAAA.AAAA", "A".repeat(54)).as_bytes(), "x").is_err());
        }
    }
}
