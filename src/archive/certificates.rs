//! Reading the certificates that vouch for a ledger's signer: X.509 (RFC 5280), ECDSA on P-256 only.
//!
//! Owns the judgement whether each certificate is certified by the one behind it. Whether anyone trusts the last of
//! them is decided elsewhere. Must never read a certificate of a name, purpose or time that does not fit and call it good.

use core::time::Duration;

use x509_cert::Certificate;
use x509_cert::der::asn1::{ObjectIdentifier, Utf8StringRef};
use x509_cert::der::{Decode as _, Encode as _, Tag, Tagged as _};
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage};

use crate::names::CallId;
use crate::seal::VerifyingKey;
use crate::{Error, ErrorKind, Result};

/// Certificates in a chain: the call's, the device's, and a few of an organisation above it.
const MOST_CERTIFICATES: usize = 5;

const ECDSA_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
/// Critical extensions that are understood: basicConstraints and keyUsage.
const UNDERSTOOD: [ObjectIdentifier; 2] =
    [ObjectIdentifier::new_unwrap("2.5.29.19"), ObjectIdentifier::new_unwrap("2.5.29.15")];

/// Checks the certificates of `call_key`, which began to sign for the call at `at_ms`, and returns the keys of those
/// who certified it, nearest first.
///
/// # Errors
/// `Signature` when one does not hold.
pub(super) fn certifiers(
    certificates: &[Vec<u8>],
    call_id: &CallId,
    call_key: &VerifyingKey,
    at_ms: u64,
) -> Result<Vec<VerifyingKey>> {
    if certificates.len() > MOST_CERTIFICATES {
        return Err(broken("there are too many certificates"));
    }
    let chain = certificates.iter().map(|der| Link::read(der, at_ms)).collect::<Result<Vec<_>>>()?;
    let Some(own) = chain.first() else { return Ok(Vec::new()) };
    if own.key != *call_key || own.common_name().as_deref() != Some(call_id.to_string().as_str()) {
        return Err(broken("the first certificate is not of this call and its key"));
    }
    let mut keys = Vec::new();
    for (below, (lower, upper)) in (0_u8..).zip(chain.iter().zip(chain.iter().skip(1))) {
        upper.check_authority(below)?;
        upper.check_certified(lower)?;
        keys.push(upper.key.clone());
    }
    // Without the one who certified it, a single certificate says nothing.
    Ok(keys)
}

/// The key of a certificate, for naming a known device by its certificate.
///
/// # Errors
/// `Signature` when it is no certificate on P-256.
pub fn key_of_certificate(der: &[u8]) -> Result<VerifyingKey> {
    let certificate = Certificate::from_der(der).map_err(|_| broken("a certificate cannot be read"))?;
    key_of(&certificate)
}

struct Link {
    certificate: Certificate,
    key: VerifyingKey,
}

impl Link {
    fn read(der: &[u8], at_ms: u64) -> Result<Self> {
        let certificate = Certificate::from_der(der).map_err(|_| broken("a certificate cannot be read"))?;
        let key = key_of(&certificate)?;
        let validity = certificate.tbs_certificate().validity();
        let at = Duration::from_millis(at_ms);
        if at < validity.not_before.to_unix_duration() || at > validity.not_after.to_unix_duration() {
            return Err(broken("a certificate was not valid when the key began to sign"));
        }
        let extensions = certificate.tbs_certificate().extensions().map(Vec::as_slice).unwrap_or_default();
        if extensions.iter().any(|extension| extension.critical && !UNDERSTOOD.contains(&extension.extn_id)) {
            return Err(broken("a certificate has a critical extension that this reader does not know"));
        }
        Ok(Self { certificate, key })
    }

    /// Whether it may certify, with `below` authorities between it and the call's certificate.
    fn check_authority(&self, below: u8) -> Result<()> {
        let tbs = self.certificate.tbs_certificate();
        let constraints = tbs.get_extension::<BasicConstraints>().ok().flatten();
        let usage = tbs.get_extension::<KeyUsage>().ok().flatten();
        let may = constraints.is_some_and(|(_, constraints)| {
            constraints.ca && constraints.path_len_constraint.is_none_or(|most| below <= most)
        });
        if may && usage.is_some_and(|(_, usage)| usage.key_cert_sign()) {
            return Ok(());
        }
        Err(broken("a certificate was issued by one that may not issue any"))
    }

    /// Whether this one's key and name certify `lower`.
    fn check_certified(&self, lower: &Self) -> Result<()> {
        let (tbs, own) = (lower.certificate.tbs_certificate(), self.certificate.tbs_certificate());
        let signed = tbs.to_der().map_err(|_| broken("a certificate cannot be read"))?;
        let is_ours = lower.certificate.signature_algorithm().oid == ECDSA_WITH_SHA256
            && tbs.signature().oid == ECDSA_WITH_SHA256
            && tbs.issuer() == own.subject();
        let signature = lower.certificate.signature().as_bytes().unwrap_or_default();
        if is_ours && self.key.verifies_der(&signed, signature) {
            return Ok(());
        }
        Err(broken("a certificate is not signed by the one behind it"))
    }

    fn common_name(&self) -> Option<String> {
        let subject = self.certificate.tbs_certificate().subject();
        let mut names =
            subject.iter_rdn().flat_map(|part| part.iter()).filter(|name| name.oid == COMMON_NAME);
        let (name, None) = (names.next()?, names.next()) else { return None };
        (name.value.tag() == Tag::Utf8String).then_some(())?;
        name.value.decode_as::<Utf8StringRef<'_>>().ok().map(|text| text.as_str().to_owned())
    }
}

fn key_of(certificate: &Certificate) -> Result<VerifyingKey> {
    let info = certificate.tbs_certificate().subject_public_key_info();
    let curve =
        info.algorithm.parameters.as_ref().and_then(|value| value.decode_as::<ObjectIdentifier>().ok());
    let point = info.subject_public_key.as_bytes().unwrap_or_default();
    if info.algorithm.oid != EC_PUBLIC_KEY || curve != Some(P256) {
        return Err(broken("a certificate's key is not on P-256"));
    }
    VerifyingKey::from_point(point).map_err(|_| broken("a certificate's key is not on P-256"))
}

fn broken(detail: &str) -> Error {
    Error::new(ErrorKind::Signature, format!("the signer's certificates do not hold: {detail}"))
}

#[cfg(test)]
mod tests {
    use super::{certifiers, key_of_certificate};
    use crate::ledger::certificate::{assemble, call_certificate_request, device_certificate_request};
    use crate::names::CallId;
    use crate::seal::SigningKey;

    const NOW_MS: u64 = 1_790_000_000_000;
    const DAY_MS: u64 = 24 * 60 * 60_000;

    fn id(last: char) -> CallId {
        CallId::parse(&format!("0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9a{last}")).unwrap()
    }

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_random(&[seed; 32]).unwrap()
    }

    fn device(device: &SigningKey) -> Vec<u8> {
        let request = device_certificate_request(&device.public(), [1; 16]);
        assemble(&request, &device.sign(&request)).unwrap()
    }

    fn call(call: &SigningKey, device: &SigningKey) -> Vec<u8> {
        let request =
            call_certificate_request(&id('a'), &call.public(), &device.public(), [2; 16], NOW_MS).unwrap();
        assemble(&request, &device.sign(&request)).unwrap()
    }

    #[test]
    fn the_device_certified_the_call_key() {
        let (one, two) = (key(1), key(2));
        let chain = [call(&one, &two), device(&two)];
        assert_eq!(certifiers(&chain, &id('a'), &one.public(), NOW_MS).unwrap(), [two.public()]);
        assert_eq!(key_of_certificate(&chain[1]).unwrap(), two.public());
        assert!(certifiers(&[], &id('a'), &one.public(), NOW_MS).unwrap().is_empty());
        assert!(certifiers(&chain[..1], &id('a'), &one.public(), NOW_MS).unwrap().is_empty());
    }

    #[test]
    fn another_call_key_time_or_device_does_not_hold() {
        let (one, two, three) = (key(1), key(2), key(3));
        let chain = [call(&one, &two), device(&two)];
        assert!(certifiers(&chain, &id('b'), &one.public(), NOW_MS).is_err());
        assert!(certifiers(&chain, &id('a'), &three.public(), NOW_MS).is_err());
        for at_ms in [0, NOW_MS - 6 * 60_000, NOW_MS + DAY_MS + 1_000] {
            assert!(certifiers(&chain, &id('a'), &one.public(), at_ms).is_err(), "{at_ms}");
        }
        let foreign = [call(&one, &two), device(&three)];
        assert!(certifiers(&foreign, &id('a'), &one.public(), NOW_MS).is_err());
        let many = vec![call(&one, &two); 6];
        assert!(certifiers(&many, &id('a'), &one.public(), NOW_MS).is_err());
    }

    #[test]
    fn a_call_key_cannot_certify_another() {
        let (thief, one, two) = (key(4), key(1), key(2));
        let chain = [call(&thief, &one), call(&one, &two), device(&two)];
        let error = certifiers(&chain, &id('a'), &thief.public(), NOW_MS).unwrap_err();
        assert_eq!(error.code(), "ledger/signature");
    }

    #[test]
    fn no_changed_byte_of_a_certificate_holds() {
        let (one, two) = (key(1), key(2));
        let leaf = call(&one, &two);
        for at in 0..leaf.len() {
            for bit in [0x01, 0x80] {
                let mut changed = leaf.clone();
                changed[at] ^= bit;
                let chain = [changed, device(&two)];
                assert!(certifiers(&chain, &id('a'), &one.public(), NOW_MS).is_err(), "byte {at}");
            }
        }
    }
}
