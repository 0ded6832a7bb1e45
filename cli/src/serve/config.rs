//! The configuration that same-origin pages fetch: where to store, with which token, for which recipients.
//!
//! Owns its shape and the check of the recipients' public keys. A private key must never get into it.

use super::token::BearerToken;
use crate::failure::Failure;
use base64ct::{Base64UrlUnpadded, Encoding as _};
use bytes::Bytes;
use serde_json::{Map, Value, json};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Bytes of a coordinate on P-256 (RFC 7518 §6.2.1.2).
const COORDINATE_BYTES: usize = 32;

/// The body of `config.json`.
///
/// # Errors
/// A [`Failure`] that names the file which is not a recipient's public key.
pub fn page_config(token: &BearerToken, recipients: &[PathBuf]) -> Result<Bytes, Failure> {
    let recipients = recipients.iter().map(|file| recipient(file)).collect::<Result<Vec<_>, _>>()?;
    let store = json!({ "kind": "grants", "url": "/v1/grants", "token": token.text() });
    Ok(Bytes::from(json!({ "store": store, "recipients": recipients }).to_string()))
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

/// The public key in `file`, with the members that `docs/format.md` §5 names and no other.
fn recipient(file: &Path) -> Result<Value, Failure> {
    let refused = |what: &str| Failure::bad_input(format!("--recipient {} {what}", file.display()));
    let text = fs::read_to_string(file).map_err(|error| refused(&format!("cannot be read: {error}")))?;
    let key: Map<String, Value> =
        serde_json::from_str(&text).map_err(|_| refused("is not a JSON Web Key (RFC 7517)"))?;
    if key.contains_key("d") {
        return Err(refused("is a private key; give the public one: a page must never hold a private key"));
    }
    let member = |name: &str| key.get(name).and_then(Value::as_str);
    let is_coordinate = |name: &str| {
        member(name)
            .and_then(|text| Base64UrlUnpadded::decode_vec(text).ok())
            .is_some_and(|bytes| bytes.len() == COORDINATE_BYTES)
    };
    match (member("kty"), member("crv"), member("x"), member("y")) {
        (Some("EC"), Some("P-256"), Some(x), Some(y)) if is_coordinate("x") && is_coordinate("y") => {
            Ok(json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y }))
        }
        _ => Err(refused("is not a public key on P-256 (RFC 7518 §6.2)")),
    }
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
        json!({ "kty": "EC", "crv": "P-256", "use": "enc",
            "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
            "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM" })
    }

    #[test]
    fn config_holds_store_token_and_public_members_only() {
        let token = BearerToken::random().unwrap();
        let key = file(&public());
        let config: Value =
            serde_json::from_slice(&page_config(&token, &[key.path().to_owned()]).unwrap()).unwrap();
        assert_eq!(config["store"], json!({ "kind": "grants", "url": "/v1/grants", "token": token.text() }));
        assert_eq!(config["recipients"][0]["x"], public()["x"]);
        assert!(config["recipients"][0].get("use").is_none());
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
