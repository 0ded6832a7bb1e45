//! Reading keys from their files, those under a passphrase too. Must never print any of its content.

use crate::failure::Failure;
use crate::locked_key;
use callseal::seal::PrivateKey;
use serde_json::Value;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Reads the private JWKs in `paths`, in their order.
pub fn read_all(paths: &[PathBuf]) -> Result<Vec<PrivateKey>, Failure> {
    paths.iter().map(|path| read(path)).collect()
}

/// Reads the private JWK in `path`.
fn read(path: &Path) -> Result<PrivateKey, Failure> {
    let jwk = read_json(path)?;
    PrivateKey::from_jwk(&jwk).map_err(|error| {
        let shown = path.display();
        Failure::bad_input(format!("the key file {shown} holds no private key: {}", error.detail()))
    })
}

/// Reads the JWK in `path`, of whatever kind; one under a passphrase is unlocked.
pub fn read_json(path: &Path) -> Result<Value, Failure> {
    let shown = path.display();
    let content = std::fs::read(path)
        .map_err(|error| Failure::bad_input(format!("the key file {shown} cannot be read: {error}")))?;
    let content = Zeroizing::new(content);
    let content = if locked_key::is_locked(&content) {
        locked_key::unlock(&content, &locked_key::passphrase(&shown.to_string())?)?
    } else {
        content
    };
    // The parser's own message could quote the key.
    serde_json::from_slice(&content)
        .map_err(|_| Failure::bad_input(format!("the key file {shown} is not JSON")))
}
