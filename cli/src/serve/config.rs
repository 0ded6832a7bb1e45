//! The configuration that same-origin pages fetch: where to store, with which token, for which recipients.
//!
//! Owns its shape and the check of the recipients' public keys. A private key must never get into it.

use super::token::BearerToken;
use crate::failure::Failure;
use bytes::Bytes;
use callseal::seal::RecipientKey;
use serde_json::{Value, json};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// The body of `config.json`. With an identity provider it has no token: each agent's page brings its own.
///
/// # Errors
/// A [`Failure`] that names the file which is not a recipient's public key.
pub fn page_config(token: Option<&BearerToken>, recipients: &[PathBuf]) -> Result<Bytes, Failure> {
    let recipients = recipients.iter().map(|file| recipient(file)).collect::<Result<Vec<_>, _>>()?;
    let mut store = json!({ "kind": "grants", "url": "/v1/grants" });
    let mut countersign = json!({ "url": "/v1/heads" });
    if let Some(token) = token {
        for part in [&mut store, &mut countersign] {
            if let Some(members) = part.as_object_mut() {
                members.insert("token".to_owned(), token.text().into());
            }
        }
    }
    let config = json!({ "store": store, "countersign": countersign, "recipients": recipients });
    Ok(Bytes::from(config.to_string()))
}

/// Writes `config` to `file` as a whole, readable by its owner only: it holds the token.
///
/// # Errors
/// A [`Failure`] that names the file.
pub fn write(config: &[u8], file: &Path) -> Result<(), Failure> {
    let unusable = |error: std::io::Error| {
        Failure::bad_input(format!("--config-out {} cannot be written: {error}", file.display()))
    };
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut temporary = tempfile::NamedTempFile::new_in(folder).map_err(unusable)?;
    temporary.write_all(config).map_err(unusable)?;
    temporary.persist(file).map_err(|error| unusable(error.error))?;
    Ok(())
}

/// The public key in `file`, with the members the library knows and no other.
fn recipient(file: &Path) -> Result<Value, Failure> {
    let refused = |what: &str| Failure::bad_input(format!("--recipient {}: {what}", file.display()));
    let text = fs::read_to_string(file).map_err(|error| refused(&format!("cannot be read: {error}")))?;
    let key = serde_json::from_str(&text).map_err(|_| refused("is not a JSON Web Key (RFC 7517)"))?;
    RecipientKey::from_jwk(&key).map(|key| key.to_jwk()).map_err(|error| refused(error.detail()))
}

#[cfg(test)]
mod tests {
    use super::{page_config, recipient};
    use crate::serve::token::BearerToken;
    use serde_json::{Value, json};
    use std::io::Write as _;

    fn file(key: &Value) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        write!(file, "{key}").unwrap();
        file
    }

    fn public() -> Value {
        // The example key of RFC 7517 appendix A.1.
        json!({ "kty": "EC", "crv": "P-256", "use": "enc", "note": "x",
            "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
            "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM" })
    }

    #[test]
    fn config_holds_store_token_and_known_public_members_only() {
        let token = BearerToken::random().unwrap();
        let key = file(&public());
        let config: Value =
            serde_json::from_slice(&page_config(Some(&token), &[key.path().to_owned()]).unwrap()).unwrap();
        assert_eq!(config["store"], json!({ "kind": "grants", "url": "/v1/grants", "token": token.text() }));
        assert_eq!(config["countersign"], json!({ "url": "/v1/heads", "token": token.text() }));
        assert_eq!(config["recipients"][0]["x"], public()["x"]);
        assert!(config["recipients"][0].get("note").is_none());
        let config: Value = serde_json::from_slice(&page_config(None, &[]).unwrap()).unwrap();
        assert_eq!(config["store"], json!({ "kind": "grants", "url": "/v1/grants" }));
    }

    #[test]
    fn private_and_malformed_keys_are_refused() {
        let mut private = public();
        private["d"] = json!("870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE");
        let mut short = public();
        short["x"] = json!("AAAA");
        let mut curve = public();
        curve["crv"] = json!("P-384");
        for key in [private, short, curve, json!({}), json!([]), json!("key")] {
            assert!(recipient(file(&key).path()).is_err(), "{key}");
        }
    }
}
