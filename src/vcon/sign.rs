//! The signed form: a JWS in the General JSON serialization (draft -04 §5.2, RFC 7515 §7.2.1), ES256.
//!
//! `alg`, `x5c` and `uuid` stand in the unprotected header, where the draft demands them; the protected header carries
//! `typ`, so that it is not empty. The draft's SHOULD is RS256; the keys of this recorder are on P-256. Makes no keys and
//! checks no certificate: both are the caller's.

use core::fmt;

use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Vcon, canonical};
use crate::{Error, ErrorKind, Result};

/// RFC 7518 §3.4: ECDSA on P-256 with SHA-256.
const ALGORITHM: &str = "ES256";
/// Bytes of a signature: r and s (RFC 7518 §3.4).
pub const SIGNATURE_BYTES: usize = 64;
/// RFC 7515 §4.1.9: a JWS or JWE in a JSON serialization.
pub(super) const TYPE: &str = "JOSE+JSON";
/// The first bytes of a gzip member (RFC 1952 §2.3.1).
const GZIP_MAGIC: &[u8] = &[0x1f, 0x8b];

/// A vCon in the signed form. Personal.
#[derive(Clone, PartialEq)]
pub struct SignedVcon {
    json: Vec<u8>,
    signing_input: String,
    signature: [u8; SIGNATURE_BYTES],
    certificates: Vec<String>,
    vcon: Vcon,
}

/// Signs `vcon`. `certificates` are the signer's and those above it, base64 of DER as in `x5c` (RFC 7515 §4.1.6);
/// `signature_of` gives the ES256 signature of the bytes it gets.
///
/// # Errors
/// `WrongState` without certificates or with one that is not base64; else what `signature_of` says.
pub fn sign(
    vcon: &Vcon,
    certificates: &[String],
    signature_of: impl FnOnce(&[u8]) -> Result<[u8; SIGNATURE_BYTES]>,
) -> Result<SignedVcon> {
    let usable = |certificate: &String| Base64::decode_vec(certificate).is_ok_and(|der| !der.is_empty());
    if certificates.is_empty() || !certificates.iter().all(usable) {
        return Err(Error::new(ErrorKind::WrongState, "there is no certificate to sign the vCon with"));
    }
    let protected = Base64UrlUnpadded::encode_string(&canonical(&json!({"typ": TYPE}))?);
    let payload = Base64UrlUnpadded::encode_string(&vcon.to_json()?);
    let signing_input = format!("{protected}.{payload}");
    let signature = signature_of(signing_input.as_bytes())?;
    let json = canonical(&json!({
        "payload": payload,
        "signatures": [{
            "header": {"alg": ALGORITHM, "x5c": certificates, "uuid": vcon.uuid()},
            "protected": protected,
            "signature": Base64UrlUnpadded::encode_string(&signature),
        }],
    }))?;
    Ok(SignedVcon { json, signing_input, signature, certificates: certificates.to_vec(), vcon: vcon.clone() })
}

impl SignedVcon {
    /// Reads the signed form. The signature is not checked: see [`SignedVcon::verify_with`].
    ///
    /// # Errors
    /// `Truncated` when it ends early; `Unsupported` without a signature by ES256 or with a compressed payload; `Swapped`
    /// when the header's `uuid` is not the payload's; `Corrupt` for anything else.
    pub fn read(json: &[u8]) -> Result<Self> {
        let jws: Jws = serde_json::from_slice(json).map_err(|error| {
            let kind = if error.is_eof() { ErrorKind::Truncated } else { ErrorKind::Corrupt };
            Error::new(kind, "the signed vCon is not a JWS in the General serialization")
        })?;
        let mut unsupported = None;
        for entry in &jws.signatures {
            match entry.header() {
                Ok(header) => return Self::from_parts(json, &jws.payload, entry, &header),
                Err(error) if error.kind() == ErrorKind::Unsupported => unsupported = Some(error),
                Err(error) => return Err(error),
            }
        }
        Err(unsupported.unwrap_or_else(|| corrupt("the signed vCon has no signature")))
    }

    fn from_parts(json: &[u8], payload: &str, entry: &Entry, header: &Map<String, Value>) -> Result<Self> {
        let content = decode(payload, "payload")?;
        if content.starts_with(GZIP_MAGIC) {
            return Err(Error::new(ErrorKind::Unsupported, "the signed vCon is compressed"));
        }
        let vcon = Vcon::read(&content)?;
        if header.get("uuid").is_some_and(|uuid| uuid.as_str() != Some(vcon.uuid())) {
            return Err(Error::new(ErrorKind::Swapped, "the signed vCon's header names another vCon"));
        }
        let certificates: Vec<String> = header
            .get("x5c")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|certificate| certificate.as_str().map(str::to_owned))
            .collect();
        let signature = decode(&entry.signature, "signature")?
            .try_into()
            .map_err(|_| corrupt("the signed vCon's signature has not 64 bytes"))?;
        let signing_input = format!("{}.{payload}", entry.protected);
        Ok(Self { json: json.to_vec(), signing_input, signature, certificates, vcon })
    }

    /// The JWS.
    #[must_use]
    pub fn to_json(&self) -> &[u8] {
        &self.json
    }

    /// The vCon that was signed.
    #[must_use]
    pub const fn vcon(&self) -> &Vcon {
        &self.vcon
    }

    /// The signer's certificate and those above it, base64 of DER.
    #[must_use]
    pub fn certificates(&self) -> &[String] {
        &self.certificates
    }

    /// Hands the bytes that were signed, the signature and the certificates to `check`.
    ///
    /// # Errors
    /// What `check` says.
    pub fn verify_with(
        &self,
        check: impl FnOnce(&[u8], &[u8; SIGNATURE_BYTES], &[String]) -> Result<()>,
    ) -> Result<()> {
        check(self.signing_input.as_bytes(), &self.signature, &self.certificates)
    }
}

impl fmt::Debug for SignedVcon {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SignedVcon").field("vcon", &self.vcon).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Jws {
    payload: String,
    signatures: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    header: Map<String, Value>,
    #[serde(default)]
    protected: String,
    signature: String,
}

impl Entry {
    /// Both headers, whose names must not repeat (RFC 7515 §7.2.1); only plain ES256 is known.
    fn header(&self) -> Result<Map<String, Value>> {
        let mut header = Map::new();
        if !self.protected.is_empty() {
            header = serde_json::from_slice(&decode(&self.protected, "protected")?)
                .map_err(|_| corrupt("the signed vCon's protected header is not a JSON object"))?;
        }
        for (name, value) in &self.header {
            if header.insert(name.clone(), value.clone()).is_some() {
                return Err(corrupt("the signed vCon states a header member twice"));
            }
        }
        let known = header.get("alg").and_then(Value::as_str) == Some(ALGORITHM)
            && !header.contains_key("crit")
            && !header.contains_key("b64");
        if known {
            return Ok(header);
        }
        Err(Error::new(ErrorKind::Unsupported, "the vCon is not signed by plain ES256"))
    }
}

fn decode(text: &str, name: &str) -> Result<Vec<u8>> {
    Base64UrlUnpadded::decode_vec(text)
        .map_err(|_| corrupt(format!("the signed vCon's member {name} is not base64url")))
}

fn corrupt(detail: impl Into<String>) -> Error {
    Error::new(ErrorKind::Corrupt, detail)
}
