//! Reading whom the user trusts: devices that certify calls, servers that countersign, officers who add to calls.

use crate::failure::Failure;
use crate::timestamp::Authorities;
use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use callseal::archive::{TimestampReader, Trust, key_of_certificate};
use callseal::seal::{RecipientKey, VerifyingKey};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes of a thumbprint: SHA-256.
const THUMBPRINT_BYTES: usize = 32;

/// Whom the user trusts.
#[derive(Debug, Default, clap::Args)]
pub struct TrustArguments {
    /// A device whose calls are believed: its certificate or public key (file), or the key's thumbprint. May be repeated;
    /// a call that none of them vouches for is then a fault.
    #[arg(long, value_name = "FILE|THUMBPRINT")]
    device: Vec<String>,
    /// The public key (JWK, or the answer of GET /v1/keys) of a server that countersigns. May be repeated; a call that
    /// none of them has countersigned is then a fault.
    #[arg(long, value_name = "FILE")]
    server: Vec<PathBuf>,
    /// Who may add to a call after it, as --device: a certificate, a public key, or a thumbprint. May be repeated; an
    /// amended vCon that none of them vouches for is then a fault.
    #[arg(long, value_name = "FILE|THUMBPRINT")]
    officer: Vec<String>,
    /// Whom calls may be sealed for: a recipient's public key, or its thumbprint. May be repeated; a call that is sealed for
    /// anybody else is then a fault.
    #[arg(long, value_name = "FILE|THUMBPRINT")]
    sealed_for: Vec<String>,
    /// The certificate (PEM or DER) of a timestamp authority (RFC 3161), or of who certified it. May be repeated; a call
    /// without a timestamp that one of them gave is then a fault.
    #[arg(long, value_name = "FILE")]
    timestamp_authority: Vec<PathBuf>,
}

impl TrustArguments {
    /// The keys behind them.
    pub fn read(&self) -> Result<Trust, Failure> {
        let thumbprints = |option, given: &[String]| {
            given.iter().map(|given| certifier(option, given)).collect::<Result<Vec<_>, _>>()
        };
        let mut servers = Vec::new();
        for path in &self.server {
            servers.extend(server(path)?);
        }
        let devices = thumbprints("--device", &self.device)?;
        let officers = thumbprints("--officer", &self.officer)?;
        let recipients = self.sealed_for.iter().map(|given| recipient(given)).collect::<Result<_, _>>()?;
        Ok(Trust { devices, servers, officers, recipients, timestamps: self.authorities()? })
    }

    fn authorities(&self) -> Result<Option<Arc<dyn TimestampReader>>, Failure> {
        let mut certificates = Vec::new();
        for path in &self.timestamp_authority {
            let refused =
                |what: &str| Failure::bad_input(format!("--timestamp-authority {}: {what}", path.display()));
            let content =
                std::fs::read(path).map_err(|error| refused(&format!("cannot be read: {error}")))?;
            let certificate = der(&content);
            Authorities::new(core::slice::from_ref(&certificate))
                .map_err(|_| refused("is no certificate"))?;
            certificates.push(certificate);
        }
        if certificates.is_empty() {
            return Ok(None);
        }
        Ok(Some(Arc::new(Authorities::new(&certificates)?)))
    }
}

/// Whether a thumbprint itself was given, and no file.
fn is_thumbprint(given: &str) -> bool {
    Base64UrlUnpadded::decode_vec(given).is_ok_and(|bytes| bytes.len() == THUMBPRINT_BYTES)
        && !Path::new(given).exists()
}

/// The thumbprint of a recipient: given as such, or of the public key in a file.
fn recipient(given: &str) -> Result<String, Failure> {
    if is_thumbprint(given) {
        return Ok(given.to_owned());
    }
    let refused = |what: &str| Failure::bad_input(format!("--sealed-for {given}: {what}"));
    let content = std::fs::read(given).map_err(|error| refused(&format!("cannot be read: {error}")))?;
    let jwk: Value = serde_json::from_slice(&content).map_err(|_| refused("is not JSON"))?;
    let key = RecipientKey::from_jwk(&jwk).map_err(|error| refused(error.detail()))?;
    Ok(key.thumbprint().to_owned())
}

/// The thumbprint of a key that certifies: given as such, or of the key or certificate in a file.
///
/// # Errors
/// A [`Failure`] that names the option and the file.
pub fn certifier(option: &str, given: &str) -> Result<String, Failure> {
    let path = Path::new(given);
    if is_thumbprint(given) {
        return Ok(given.to_owned());
    }
    let content = std::fs::read(path)
        .map_err(|error| Failure::bad_input(format!("{option} {given} cannot be read: {error}")))?;
    let key = if let Ok(jwk) = serde_json::from_slice::<Value>(&content) {
        VerifyingKey::from_jwk(&jwk)
    } else {
        key_of_certificate(&der(&content))
    };
    key.map(|key| key.thumbprint()).map_err(|error| {
        Failure::bad_input(format!("{option} {given} is no public key or certificate: {}", error.detail()))
    })
}

/// The bytes of a certificate that may be in PEM (RFC 7468).
fn der(content: &[u8]) -> Vec<u8> {
    let body = core::str::from_utf8(content).ok().and_then(|text| {
        let (_, body) = text.split_once("-----BEGIN CERTIFICATE-----")?;
        let (body, _) = body.split_once("-----END CERTIFICATE-----")?;
        Base64::decode_vec(&body.split_whitespace().collect::<String>()).ok()
    });
    body.unwrap_or_else(|| content.to_vec())
}

/// The keys of a server: one JWK, or the set that `GET /v1/keys` answers.
fn server(path: &Path) -> Result<Vec<VerifyingKey>, Failure> {
    let refused = |what: &str| Failure::bad_input(format!("--server {}: {what}", path.display()));
    let content = std::fs::read(path).map_err(|error| refused(&format!("cannot be read: {error}")))?;
    let value: Value = serde_json::from_slice(&content).map_err(|_| refused("is not JSON"))?;
    let keys = value.get("keys").and_then(Value::as_array).map_or_else(|| vec![value.clone()], Clone::clone);
    keys.iter().map(|key| VerifyingKey::from_jwk(key).map_err(|error| refused(error.detail()))).collect()
}

#[cfg(test)]
mod tests {
    use super::TrustArguments;
    use base64ct::{Base64, Encoding as _};
    use callseal::ledger::certificate::{assemble, device_certificate_request};
    use callseal::seal::SigningKey;
    use serde_json::json;

    fn read(
        device: &[String],
        server: &[std::path::PathBuf],
    ) -> Result<callseal::archive::Trust, crate::failure::Failure> {
        let arguments = TrustArguments {
            device: device.to_vec(),
            server: server.to_vec(),
            officer: device.to_vec(),
            ..Default::default()
        };
        let trust = arguments.read()?;
        assert_eq!(trust.officers, trust.devices);
        Ok(trust)
    }

    #[test]
    fn a_device_is_known_by_thumbprint_key_or_certificate() {
        let folder = tempfile::tempdir().unwrap();
        let key = SigningKey::from_random(&[1; 32]).unwrap();
        let request = device_certificate_request(&key.public(), [1; 16]);
        let der = assemble(&request, &key.sign(&request)).unwrap();
        let pem = format!(
            "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
            Base64::encode_string(&der)
        );
        let jwk = key.public().to_jwk().to_string();
        let mut given = vec![key.public().thumbprint()];
        for (name, content) in [("a.jwk", jwk.into_bytes()), ("a.der", der), ("a.pem", pem.into_bytes())] {
            let path = folder.path().join(name);
            std::fs::write(&path, content).unwrap();
            given.push(path.to_str().unwrap().to_owned());
        }
        let trust = read(&given, &[]).unwrap();
        assert_eq!(trust.devices, vec![key.public().thumbprint(); 4]);
        let private = folder.path().join("p.jwk");
        std::fs::write(&private, key.to_jwk().as_bytes()).unwrap();
        for given in ["nowhere", private.to_str().unwrap()] {
            assert!(read(&[given.to_owned()], &[]).is_err());
        }
        assert!(read(&[], &[private]).is_err(), "a private key is no server's");
    }

    #[test]
    fn a_servers_keys_are_one_or_a_set() {
        let folder = tempfile::tempdir().unwrap();
        let keys = [1, 2].map(|seed| SigningKey::from_random(&[seed; 32]).unwrap().public());
        let (one, set) = (folder.path().join("one"), folder.path().join("set"));
        std::fs::write(&one, keys[0].to_jwk().to_string()).unwrap();
        std::fs::write(&set, json!({"keys": keys.each_ref().map(|key| key.to_jwk())}).to_string()).unwrap();
        assert_eq!(read(&[], &[one, set]).unwrap().servers.len(), 3);
    }
}
