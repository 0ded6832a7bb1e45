//! Reading whom the user trusts: devices that certify calls, and servers that countersign.

use crate::failure::Failure;
use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use callseal::archive::{Trust, key_of_certificate};
use callseal::seal::VerifyingKey;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Bytes of a thumbprint: SHA-256.
const THUMBPRINT_BYTES: usize = 32;

/// The keys behind `--device` and `--server`.
pub fn read(devices: &[String], servers: &[PathBuf]) -> Result<Trust, Failure> {
    let devices = devices.iter().map(|given| device(given)).collect::<Result<_, _>>()?;
    let mut keys = Vec::new();
    for path in servers {
        keys.extend(server(path)?);
    }
    Ok(Trust { devices, servers: keys })
}

/// The thumbprint of a device: given as such, or of the key or certificate in a file.
fn device(given: &str) -> Result<String, Failure> {
    let path = Path::new(given);
    let is_thumbprint =
        Base64UrlUnpadded::decode_vec(given).is_ok_and(|bytes| bytes.len() == THUMBPRINT_BYTES);
    if is_thumbprint && !path.exists() {
        return Ok(given.to_owned());
    }
    let content = std::fs::read(path)
        .map_err(|error| Failure::bad_input(format!("--device {given} cannot be read: {error}")))?;
    let key = if let Ok(jwk) = serde_json::from_slice::<Value>(&content) {
        VerifyingKey::from_jwk(&jwk)
    } else {
        key_of_certificate(&der(&content))
    };
    key.map(|key| key.thumbprint()).map_err(|error| {
        Failure::bad_input(format!("--device {given} is no public key or certificate: {}", error.detail()))
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
    use super::read;
    use base64ct::{Base64, Encoding as _};
    use callseal::ledger::certificate::{assemble, device_certificate_request};
    use callseal::seal::SigningKey;
    use serde_json::json;

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
