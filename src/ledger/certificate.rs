//! Writing the two certificates of a ledger's signer, and the two of an officer's addition: X.509 version 3 (RFC 5280) in DER, ECDSA on P-256.
//!
//! Owns their shape and nothing else: what is to be signed comes out, the signature comes in, because the device key
//! signs where it cannot be taken from. Must never read a certificate (`archive` does, with a parser for all of X.509),
//! nor put personal data into one.

use sha2::{Digest as _, Sha256};

use crate::names::CallId;
use crate::seal::{SIGNATURE_BYTES, VerifyingKey};
use crate::{Error, ErrorKind, Result};

/// A certificate's subject where it is the device. The same for all devices: the key tells them apart.
pub const DEVICE_NAME: &str = "callseal device";
/// A certificate's subject where it is somebody who may add to a call after it.
pub const OFFICER_NAME: &str = "callseal officer";
/// A clock that is behind by this much still finds the certificate valid, milliseconds.
const BACK_DATED_MS: u64 = 5 * 60_000;
/// How long a call's certificate is valid, milliseconds: longer than any call.
const CALL_VALID_MS: u64 = 24 * 60 * 60_000;

/// DER of `200101000000Z`, before any of this software: a clock that was wrong at the device's first use must not make its
/// certificate worthless when it is put right.
const NO_BEGINNING: &[u8] = b"\x17\x0d200101000000Z";
/// DER of `99991231235959Z`: no well-defined end (RFC 5280 §4.1.2.5). Nothing would replace a device's key.
const NO_END: &[u8] = b"\x18\x0f99991231235959Z";
/// ecdsa-with-SHA256 (RFC 5758 §3.2).
const ECDSA_WITH_SHA256: &[u8] = b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02";
/// id-ecPublicKey with the curve P-256 (RFC 5480 §2.1.1).
const P256_KEY: &[u8] =
    b"\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";
/// commonName (RFC 5280 §4.1.2.4).
const COMMON_NAME: &[u8] = b"\x06\x03\x55\x04\x03";
/// Extensions (RFC 5280 §4.2.1): basicConstraints critical, CA with no CA below it, or none.
const IS_AUTHORITY: &[u8] =
    b"\x30\x12\x06\x03\x55\x1d\x13\x01\x01\xff\x04\x08\x30\x06\x01\x01\xff\x02\x01\x00";
const IS_NO_AUTHORITY: &[u8] = b"\x30\x0c\x06\x03\x55\x1d\x13\x01\x01\xff\x04\x02\x30\x00";
/// keyUsage critical: keyCertSign, or digitalSignature.
const SIGNS_CERTIFICATES: &[u8] = b"\x30\x0e\x06\x03\x55\x1d\x0f\x01\x01\xff\x04\x04\x03\x02\x02\x04";
const SIGNS_DATA: &[u8] = b"\x30\x0e\x06\x03\x55\x1d\x0f\x01\x01\xff\x04\x04\x03\x02\x07\x80";
const SUBJECT_KEY_ID: &[u8] = b"\x06\x03\x55\x1d\x0e";
const AUTHORITY_KEY_ID: &[u8] = b"\x06\x03\x55\x1d\x23";

const SEQUENCE: u8 = 0x30;

/// What the device signs to certify itself. `serial` is random.
#[must_use]
pub fn device_certificate_request(device: &VerifyingKey, serial: [u8; 16]) -> Vec<u8> {
    authority_request(DEVICE_NAME, device, serial)
}

/// What an officer's key signs to certify itself. `serial` is random, or follows from the key.
#[must_use]
pub fn officer_certificate_request(officer: &VerifyingKey, serial: [u8; 16]) -> Vec<u8> {
    authority_request(OFFICER_NAME, officer, serial)
}

/// What the device signs to certify the key of one call, which begins to be signed now. `serial` is random.
///
/// # Errors
/// `Unsupported` for a time that certificates cannot state.
pub fn call_certificate_request(
    call_id: &CallId,
    call_key: &VerifyingKey,
    device: &VerifyingKey,
    serial: [u8; 16],
    now_ms: u64,
) -> Result<Vec<u8>> {
    leaf_request((DEVICE_NAME, device), call_id, call_key, serial, now_ms)
}

/// What an officer's key signs to certify a key made for one addition to a call. `serial` is random, or follows from the
/// key.
///
/// # Errors
/// `Unsupported` for a time that certificates cannot state.
pub fn addition_certificate_request(
    call_id: &CallId,
    key: &VerifyingKey,
    officer: &VerifyingKey,
    serial: [u8; 16],
    now_ms: u64,
) -> Result<Vec<u8>> {
    leaf_request((OFFICER_NAME, officer), call_id, key, serial, now_ms)
}

fn authority_request(authority: &str, key: &VerifyingKey, serial: [u8; 16]) -> Vec<u8> {
    let extensions = [IS_AUTHORITY, SIGNS_CERTIFICATES, &subject_key_id(key)].concat();
    request(serial, authority, authority, key, &[NO_BEGINNING, NO_END].concat(), &extensions)
}

fn leaf_request(
    (issuer, issuer_key): (&str, &VerifyingKey),
    call_id: &CallId,
    key: &VerifyingKey,
    serial: [u8; 16],
    now_ms: u64,
) -> Result<Vec<u8>> {
    let from = time(now_ms.saturating_sub(BACK_DATED_MS))?;
    let until = time(now_ms.saturating_add(CALL_VALID_MS))?;
    Ok(leaf((issuer, issuer_key), call_id, key, serial, &[from, until].concat()))
}

fn leaf(
    (issuer, issuer_key): (&str, &VerifyingKey),
    call_id: &CallId,
    key: &VerifyingKey,
    serial: [u8; 16],
    validity: &[u8],
) -> Vec<u8> {
    let authority = wrap(SEQUENCE, &wrap(0x80, &key_id(issuer_key)));
    let authority = wrap(SEQUENCE, &[AUTHORITY_KEY_ID, &wrap(0x04, &authority)].concat());
    let extensions = [IS_NO_AUTHORITY, SIGNS_DATA, &subject_key_id(key), &authority].concat();
    request(serial, issuer, &call_id.to_string(), key, validity, &extensions)
}

/// Whether `certificates` are the two of a ledger's signer exactly as they are written here: that of `key` for this call,
/// and that of the device whose key has signed both. Read by writing them anew, so that the page's module needs no parser
/// for all of X.509; whether they were valid at the time is for readers to ask.
#[must_use]
pub fn is_certified_by_device(certificates: &[Vec<u8>], call_id: &CallId, key: &VerifyingKey) -> bool {
    let [leaf_der, device_der] = certificates else { return false };
    let (Some(own), Some(device)) = (Parts::of(leaf_der), Parts::of(device_der)) else { return false };
    let Ok(device_key) = VerifyingKey::from_point(device.point) else { return false };
    let own_again = leaf((DEVICE_NAME, &device_key), call_id, key, own.serial, own.validity);
    own.signed == own_again
        && device.signed == device_certificate_request(&device_key, device.serial)
        && device_key.verifies_der(own.signed, own.signature)
        && device_key.verifies_der(device.signed, device.signature)
}

/// What differs from one such certificate to another.
struct Parts<'a> {
    signed: &'a [u8],
    signature: &'a [u8],
    serial: [u8; 16],
    validity: &'a [u8],
    point: &'a [u8],
}

impl<'a> Parts<'a> {
    fn of(der: &'a [u8]) -> Option<Self> {
        let (_, certificate, []) = first_of(der)? else { return None };
        let (signed, fields, rest) = first_of(certificate)?;
        let (_, bits, []) = first_of(rest.strip_prefix(ECDSA_WITH_SHA256)?)? else { return None };
        let signature = bits.strip_prefix(&[0])?;
        let (_version, _, rest) = first_of(fields)?;
        let (_, serial, rest) = first_of(rest)?;
        let (_issuer, _, rest) = first_of(rest.strip_prefix(ECDSA_WITH_SHA256)?)?;
        let (_, validity, rest) = first_of(rest)?;
        let (_subject, _, rest) = first_of(rest)?;
        let (_, key, _) = first_of(rest)?;
        let (_, point, []) = first_of(key.strip_prefix(P256_KEY)?)? else { return None };
        let (serial, point) = (serial.strip_prefix(&[1])?.try_into().ok()?, point.strip_prefix(&[0])?);
        Some(Self { signed, signature, serial, validity, point })
    }
}

/// The first value: all of it, its content, and what follows. What is longer than 65,535 bytes is none of ours.
fn first_of(der: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (header, length) = match *der.get(1..)? {
        [0x81, one, ..] => (3_usize, usize::from(one)),
        [0x82, high, low, ..] => (4, usize::from(u16::from_be_bytes([high, low]))),
        [short, ..] if short < 0x80 => (2, usize::from(short)),
        _ => return None,
    };
    let (whole, rest) = der.split_at_checked(header.checked_add(length)?)?;
    Some((whole, whole.get(header..)?, rest))
}

/// The certificate in DER, from what was signed and the signature as the 64 bytes r ‖ s.
///
/// # Errors
/// `Corrupt` when the bytes are no signature.
pub fn assemble(request: &[u8], signature: &[u8]) -> Result<Vec<u8>> {
    if signature.len() != SIGNATURE_BYTES {
        return Err(Error::new(ErrorKind::Corrupt, "the bytes are no ES256 signature"));
    }
    let (r, s) = signature.split_at(SIGNATURE_BYTES / 2);
    // ECDSA-Sig-Value (RFC 3279 §2.2.3).
    let bits = [&[0], wrap(SEQUENCE, &[integer(r), integer(s)].concat()).as_slice()].concat();
    Ok(wrap(SEQUENCE, &[request, ECDSA_WITH_SHA256, &wrap(0x03, &bits)].concat()))
}

/// The TBSCertificate (RFC 5280 §4.1.2).
fn request(
    serial: [u8; 16],
    issuer: &str,
    subject: &str,
    key: &VerifyingKey,
    validity: &[u8],
    extensions: &[u8],
) -> Vec<u8> {
    // A leading 1 keeps the number positive, without a superfluous zero, and of one length.
    let serial = wrap(0x02, &[&[1], serial.as_slice()].concat());
    let key = wrap(SEQUENCE, &[P256_KEY, &wrap(0x03, &[&[0], key.to_point().as_slice()].concat())].concat());
    let version_3 = b"\xa0\x03\x02\x01\x02".as_slice();
    let members = [
        version_3,
        &serial,
        ECDSA_WITH_SHA256,
        &name(issuer),
        &wrap(SEQUENCE, validity),
        &name(subject),
        &key,
        &wrap(0xa3, &wrap(SEQUENCE, extensions)),
    ];
    wrap(SEQUENCE, &members.concat())
}

fn name(common_name: &str) -> Vec<u8> {
    let attribute = wrap(SEQUENCE, &[COMMON_NAME, &wrap(0x0c, common_name.as_bytes())].concat());
    wrap(SEQUENCE, &wrap(0x31, &attribute))
}

fn subject_key_id(key: &VerifyingKey) -> Vec<u8> {
    let id = wrap(0x04, &wrap(0x04, &key_id(key)));
    wrap(SEQUENCE, &[SUBJECT_KEY_ID, &id].concat())
}

/// The leftmost 160 bits of the hash of the key's bits (RFC 7093 §2, method 1).
fn key_id(key: &VerifyingKey) -> Vec<u8> {
    Sha256::digest(key.to_point()).into_iter().take(20).collect()
}

/// A positive INTEGER: without leading zeros, but with one before a first bit that is set (X.690 §8.3).
fn integer(bytes: &[u8]) -> Vec<u8> {
    let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len().saturating_sub(1));
    let bytes = bytes.get(start..).unwrap_or_default();
    let sign: &[u8] = if bytes.first().is_some_and(|first| *first >= 0x80) { &[0] } else { &[] };
    wrap(0x02, &[sign, bytes].concat())
}

/// A time with a precision of seconds: as UTCTime through 2049, as GeneralizedTime from then on (RFC 5280 §4.1.2.5).
fn time(unix_ms: u64) -> Result<Vec<u8>> {
    let seconds = unix_ms / 1_000;
    let (year, month, day) = date(seconds / 86_400)
        .filter(|(year, ..)| *year <= 9999)
        .ok_or_else(|| Error::new(ErrorKind::Unsupported, "certificates cannot state this time"))?;
    let clock = [seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60];
    let rest = [month, day].iter().chain(&clock).fold(String::new(), |text, part| text + &two_digits(*part));
    Ok(match year {
        ..2050 => wrap(0x17, format!("{}{rest}Z", two_digits(year % 100)).as_bytes()),
        _ => wrap(0x18, format!("{}{}{rest}Z", two_digits(year / 100), two_digits(year % 100)).as_bytes()),
    })
}

fn two_digits(number: u64) -> String {
    format!("{number:02}")
}

/// Year, month and day (proleptic Gregorian calendar) of a day counted from 1970-01-01.
fn date(mut days: u64) -> Option<(u64, u64, u64)> {
    let is_leap =
        |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    for year in 1970..10_000 {
        let february = if is_leap(year) { 29 } else { 28 };
        for (length, month) in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31].into_iter().zip(1..) {
            match days.checked_sub(length) {
                Some(left) => days = left,
                None => return Some((year, month, days.saturating_add(1))),
            }
        }
    }
    None
}

/// Tag, length, content (X.690 §8.1, in the form of §10.1).
fn wrap(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut bytes = vec![tag];
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => bytes.push(short),
        Ok(one) => bytes.extend([0x81, one]),
        // Two certificates' worth of bytes fit 16 bits by far.
        Err(_) => bytes.extend([0x82, (length >> 8 & 0xff) as u8, (length & 0xff) as u8]),
    }
    bytes.extend_from_slice(content);
    bytes
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small numbers of the test")]
mod tests {
    use super::{assemble, call_certificate_request, device_certificate_request, is_certified_by_device};
    use crate::names::CallId;
    use crate::seal::{SigningKey, VerifyingKey};
    use x509_cert::Certificate;
    use x509_cert::der::{Decode as _, Encode as _};
    use x509_cert::ext::pkix::{AuthorityKeyIdentifier, BasicConstraints, KeyUsage, SubjectKeyIdentifier};

    const CALL: &str = "0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa";
    const NOW_MS: u64 = 1_790_000_000_000;

    fn made(call_seed: u8, now_ms: u64) -> (SigningKey, SigningKey, Vec<u8>, Vec<u8>) {
        let device = SigningKey::from_random(&[9; 32]).unwrap();
        let call = SigningKey::from_random(&[call_seed; 32]).unwrap();
        let request = device_certificate_request(&device.public(), [0; 16]);
        let root = assemble(&request, &device.sign(&request)).unwrap();
        let id = CallId::parse(CALL).unwrap();
        let request =
            call_certificate_request(&id, &call.public(), &device.public(), [0xFF; 16], now_ms).unwrap();
        let leaf = assemble(&request, &device.sign(&request)).unwrap();
        (device, call, root, leaf)
    }

    /// The parser is another implementation of X.509; what it reads is written back byte by byte.
    #[test]
    fn another_implementation_reads_and_writes_them_alike() {
        for (seed, now_ms) in [(1, NOW_MS), (2, 0), (3, 2_600_000_000_000), (4, 4_000_000_000_000)] {
            let (device, call, root, leaf) = made(seed, now_ms);
            let from_s = (now_ms / 1_000).saturating_sub(300);
            for (der, key, name, is_authority, from_s) in [
                (&root, &device, "callseal device", true, 1_577_836_800),
                (&leaf, &call, CALL, false, from_s),
            ] {
                let read = Certificate::from_der(der).unwrap();
                assert_eq!(&read.to_der().unwrap(), der);
                let tbs = read.tbs_certificate();
                assert!(device.public().verifies_der(&tbs.to_der().unwrap(), read.signature().raw_bytes()));
                let bits = tbs.subject_public_key_info().subject_public_key.raw_bytes();
                assert_eq!(bits, key.public().to_point());
                assert_eq!(tbs.subject().to_string(), format!("CN={name}"));
                assert_eq!(tbs.issuer().to_string(), "CN=callseal device");
                let (_, constraints) = tbs.get_extension::<BasicConstraints>().unwrap().unwrap();
                assert_eq!(constraints.ca, is_authority);
                let (is_critical, usage) = tbs.get_extension::<KeyUsage>().unwrap().unwrap();
                assert!(is_critical && usage.key_cert_sign() == is_authority);
                assert_eq!(usage.digital_signature(), !is_authority);
                assert_eq!(tbs.validity().not_before.to_unix_duration().as_secs(), from_s);
            }
            let (root, leaf) = (Certificate::from_der(&root).unwrap(), Certificate::from_der(&leaf).unwrap());
            let (_, subject): (_, SubjectKeyIdentifier) =
                root.tbs_certificate().get_extension().unwrap().unwrap();
            let (_, authority): (_, AuthorityKeyIdentifier) =
                leaf.tbs_certificate().get_extension().unwrap().unwrap();
            assert_eq!(Some(subject.0), authority.key_identifier);
            let until_s = leaf.tbs_certificate().validity().not_after.to_unix_duration().as_secs();
            assert_eq!(until_s, now_ms / 1_000 + 86_400);
        }
    }

    #[test]
    fn only_the_two_certificates_of_this_call_key_and_device_are_taken_whatever_byte_is_changed() {
        let (device, call, root, leaf) = made(1, NOW_MS);
        let id = CallId::parse(CALL).unwrap();
        let other_id = CallId::parse("1b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa").unwrap();
        let (_, other_call, _, other_leaf) = made(2, NOW_MS);
        let taken = |certificates: &[&Vec<u8>], id: &CallId, key: &VerifyingKey| {
            let certificates: Vec<Vec<u8>> = certificates.iter().map(|one| (*one).clone()).collect();
            is_certified_by_device(&certificates, id, key)
        };
        assert!(taken(&[&leaf, &root], &id, &call.public()));
        assert!(taken(&[&other_leaf, &root], &id, &other_call.public()));
        assert!(!taken(&[&leaf, &root], &other_id, &call.public()));
        assert!(!taken(&[&leaf, &root], &id, &other_call.public()));
        for certificates in [&[&leaf][..], &[&root, &leaf], &[&leaf, &root, &root], &[&leaf, &leaf], &[]] {
            assert!(!taken(certificates, &id, &call.public()));
        }
        for (which, length) in [(0, leaf.len()), (1, root.len())] {
            for position in 0..length {
                let mut pair = [leaf.clone(), root.clone()];
                pair[which][position] ^= 1;
                assert!(!is_certified_by_device(&pair, &id, &call.public()), "{which} {position}");
            }
            for cut in 0..length {
                let mut pair = [leaf.clone(), root.clone()];
                pair[which].truncate(cut);
                assert!(!is_certified_by_device(&pair, &id, &call.public()));
            }
        }
        // Another device that calls itself the same.
        let stranger = SigningKey::from_random(&[8; 32]).unwrap();
        let request =
            call_certificate_request(&id, &call.public(), &device.public(), [0xFF; 16], NOW_MS).unwrap();
        let forged = assemble(&request, &stranger.sign(&request)).unwrap();
        assert!(!taken(&[&forged, &root], &id, &call.public()));
    }

    #[test]
    fn every_day_until_the_end_is_the_one_of_another_calendar() {
        use x509_cert::der::{DateTime, asn1::GeneralizedTime};
        for day in (0..2_932_897_u64).step_by(97).chain([0, 58, 59, 60, 789, 11_016, 11_017, 2_932_896]) {
            let seconds = day * 86_400 + 86_399;
            let time = DateTime::from_unix_duration(core::time::Duration::from_secs(seconds)).unwrap();
            let (year, month, date) = super::date(day).unwrap();
            assert_eq!(
                (u64::from(time.year()), u64::from(time.month()), u64::from(time.day())),
                (year, month, date)
            );
            if year >= 2050 {
                let expected = GeneralizedTime::from_date_time(time).to_der().unwrap();
                assert_eq!(super::time(seconds * 1_000).unwrap(), expected);
            }
        }
        assert!(super::time(253_402_300_800_000).is_err(), "the year 10000");
    }

    /// As the library for signatures writes them, small and large values included.
    #[test]
    fn signatures_are_written_as_another_implementation_does() {
        for seed in 1..=254_u8 {
            let key = SigningKey::from_random(&[seed; 32]).unwrap();
            let signature = key.sign(&[seed]);
            let certificate = assemble(b"", &signature).unwrap();
            let expected = p256::ecdsa::Signature::from_slice(&signature).unwrap().to_der();
            assert!(certificate.ends_with(expected.as_bytes()));
        }
        let mut small = [0; 64];
        (small[31], small[62], small[63]) = (1, 0x80, 0);
        let expected = p256::ecdsa::Signature::from_slice(&small).unwrap().to_der();
        assert!(assemble(b"", &small).unwrap().ends_with(expected.as_bytes()));
        assert!(assemble(b"", &small[1..]).is_err());
    }
}
