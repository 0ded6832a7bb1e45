//! The signature algorithms of authorities: RSA (PKCS #1 v1.5), ECDSA on P-256 and P-384, Ed25519, with SHA-2.
//!
//! Owns the table from object identifiers to what `ring` verifies. SHA-1 signs nothing here.

use callseal::{Error, ErrorKind, Result};
use cms::cert::x509::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use der::asn1::ObjectIdentifier;
use ring::digest;
use ring::signature as ring_signature;
use ring_signature::VerificationAlgorithm;

const SHA256: &str = "2.16.840.1.101.3.4.2.1";
const SHA384: &str = "2.16.840.1.101.3.4.2.2";
const SHA512: &str = "2.16.840.1.101.3.4.2.3";
const RSA: &str = "1.2.840.113549.1.1.1";
const RSA_SHA256: &str = "1.2.840.113549.1.1.11";
const RSA_SHA384: &str = "1.2.840.113549.1.1.12";
const RSA_SHA512: &str = "1.2.840.113549.1.1.13";
const EC: &str = "1.2.840.10045.2.1";
const ECDSA_SHA256: &str = "1.2.840.10045.4.3.2";
const ECDSA_SHA384: &str = "1.2.840.10045.4.3.3";
const P256: &str = "1.2.840.10045.3.1.7";
const P384: &str = "1.3.132.0.34";
const ED25519: &str = "1.3.101.112";

/// The digest with this identifier.
///
/// # Errors
/// `Unsupported`.
pub fn digest(oid: &ObjectIdentifier) -> Result<&'static digest::Algorithm> {
    match oid.to_string().as_str() {
        SHA256 => Ok(&digest::SHA256),
        SHA384 => Ok(&digest::SHA384),
        SHA512 => Ok(&digest::SHA512),
        _ => Err(unsupported()),
    }
}

/// What verifies a signature of this algorithm with this key. CMS may name only the kind of key, with the digest beside it
/// (RFC 3370 §3.2).
///
/// # Errors
/// `Unsupported`.
pub fn algorithm(
    algorithm: &AlgorithmIdentifierOwned,
    digest: Option<&AlgorithmIdentifierOwned>,
    key: &SubjectPublicKeyInfoOwned,
) -> Result<&'static dyn VerificationAlgorithm> {
    let curve = key.algorithm.parameters.as_ref();
    let curve = curve.and_then(|value| value.decode_as::<ObjectIdentifier>().ok());
    let curve = curve.map(|oid| oid.to_string()).unwrap_or_default();
    let (key, own) = (key.algorithm.oid.to_string(), algorithm.oid.to_string());
    let beside = digest.map(|digest| digest.oid.to_string()).unwrap_or_default();
    Ok(match (key.as_str(), curve.as_str(), own.as_str(), beside.as_str()) {
        (RSA, _, RSA_SHA256, _) | (RSA, _, RSA, SHA256) => &ring_signature::RSA_PKCS1_2048_8192_SHA256,
        (RSA, _, RSA_SHA384, _) | (RSA, _, RSA, SHA384) => &ring_signature::RSA_PKCS1_2048_8192_SHA384,
        (RSA, _, RSA_SHA512, _) | (RSA, _, RSA, SHA512) => &ring_signature::RSA_PKCS1_2048_8192_SHA512,
        (EC, P256, ECDSA_SHA256, _) => &ring_signature::ECDSA_P256_SHA256_ASN1,
        (EC, P256, ECDSA_SHA384, _) => &ring_signature::ECDSA_P256_SHA384_ASN1,
        (EC, P384, ECDSA_SHA256, _) => &ring_signature::ECDSA_P384_SHA256_ASN1,
        (EC, P384, ECDSA_SHA384, _) => &ring_signature::ECDSA_P384_SHA384_ASN1,
        (ED25519, _, ED25519, _) => &ring_signature::ED25519,
        _ => return Err(unsupported()),
    })
}

/// Whether `signature` over `signed` is by `key`.
pub fn holds(
    algorithm: &'static dyn VerificationAlgorithm,
    key: &SubjectPublicKeyInfoOwned,
    signed: &[u8],
    signature: &[u8],
) -> bool {
    let Some(key) = key.subject_public_key.as_bytes() else { return false };
    ring_signature::UnparsedPublicKey::new(algorithm, key).verify(signed, signature).is_ok()
}

fn unsupported() -> Error {
    Error::new(
        ErrorKind::Unsupported,
        "the timestamp, or a certificate behind it, is signed with an algorithm that this reader does not know",
    )
}
