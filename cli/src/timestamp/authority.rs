//! Whether an authority that the reader named gave a timestamp: the certificates from its signer to one of those named.
//!
//! Owns the judgement of an authority's certificates (RFC 5280 §6, RFC 3161 §2.3) at the time that the token states. Revocation
//! is not asked for: a reader may be offline, years later. A certificate of another purpose must never pass.

use super::signature;
use super::token::{Token, broken};
use callseal::Result;
use callseal::archive::TimestampReader;
use core::time::Duration;
use der::asn1::ObjectIdentifier;
use der::{Decode as _, Encode as _};
use x509_cert::Certificate;
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage};

/// Certificates between the signer's and one that the reader named: public authorities have one or two.
const MOST_BETWEEN: u8 = 3;

const TIME_STAMPING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.8");
const EXTENDED_KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37");
/// Critical extensions that are understood: basicConstraints, keyUsage, extKeyUsage, and certificatePolicies, which restrict
/// nothing where no policy is asked for.
const UNDERSTOOD: [ObjectIdentifier; 4] = [
    ObjectIdentifier::new_unwrap("2.5.29.19"),
    ObjectIdentifier::new_unwrap("2.5.29.15"),
    EXTENDED_KEY_USAGE,
    ObjectIdentifier::new_unwrap("2.5.29.32"),
];

/// The authorities that a reader trusts: their certificates, or those of who certified them.
#[derive(Debug)]
pub struct Authorities(Vec<Certificate>);

impl Authorities {
    /// Those with these certificates in DER.
    ///
    /// # Errors
    /// `Signature` when one cannot be read.
    pub fn new(certificates: &[Vec<u8>]) -> Result<Self> {
        let read =
            |der: &Vec<u8>| Certificate::from_der(der).map_err(|_| broken("a certificate cannot be read"));
        certificates.iter().map(read).collect::<Result<_>>().map(Self)
    }

    /// Whether one of them gave the token.
    fn vouch_for(&self, token: &Token) -> Result<()> {
        let signer = token.signer()?;
        let at = Duration::from_millis(token.at_ms());
        check_signer(signer)?;
        check_time(signer, at)?;
        let brought = token.certificates();
        let mut lower = signer;
        for between in 0..=MOST_BETWEEN {
            // Named itself: then nobody else has to certify it.
            if self.0.contains(lower) {
                return Ok(());
            }
            let is_issuer = |upper: &&Certificate| certifies(upper, lower, between);
            if let Some(named) = self.0.iter().find(is_issuer) {
                return check_time(named, at);
            }
            lower = brought
                .iter()
                .copied()
                .filter(|upper| check_time(upper, at).is_ok())
                .find(is_issuer)
                .ok_or_else(|| broken("none of the authorities asked for has certified its signer"))?;
        }
        Err(broken("there are too many certificates between its signer and the authorities asked for"))
    }
}

impl TimestampReader for Authorities {
    fn time_ms(&self, token: &[u8], sha256: &str) -> Result<u64> {
        let token = Token::read(token)?;
        let mut hash = [0; 32];
        base16ct::lower::decode(sha256, &mut hash)
            .map_err(|_| broken("there is no hash to compare it with"))?;
        token.check_imprint(&hash)?;
        self.vouch_for(&token)?;
        Ok(token.at_ms())
    }
}

/// RFC 3161 §2.3: for timestamps and nothing else, and critically so.
fn check_signer(certificate: &Certificate) -> Result<()> {
    let tbs = certificate.tbs_certificate();
    let purpose = tbs.get_extension::<ExtendedKeyUsage>().ok().flatten();
    if !purpose.is_some_and(|(critical, purposes)| critical && purposes.0 == [TIME_STAMPING]) {
        return Err(broken("its signer's certificate is not for timestamps only"));
    }
    let usage = tbs.get_extension::<KeyUsage>().map_err(|_| broken("a certificate cannot be read"))?;
    if usage.is_some_and(|(_, usage)| !(usage.digital_signature() || usage.non_repudiation())) {
        return Err(broken("its signer's key may not sign"));
    }
    check_extensions(certificate)
}

fn check_extensions(certificate: &Certificate) -> Result<()> {
    let extensions = certificate.tbs_certificate().extensions().map(Vec::as_slice).unwrap_or_default();
    if extensions.iter().any(|extension| extension.critical && !UNDERSTOOD.contains(&extension.extn_id)) {
        return Err(broken("a certificate has a critical extension that this reader does not know"));
    }
    Ok(())
}

fn check_time(certificate: &Certificate, at: Duration) -> Result<()> {
    let validity = certificate.tbs_certificate().validity();
    if at < validity.not_before.to_unix_duration() || at > validity.not_after.to_unix_duration() {
        return Err(broken("a certificate was not valid at the time that it states"));
    }
    Ok(())
}

/// Whether `upper` may certify and has certified `lower`, with `between` authorities between it and the signer.
fn certifies(upper: &Certificate, lower: &Certificate, between: u8) -> bool {
    let (own, tbs) = (upper.tbs_certificate(), lower.tbs_certificate());
    let constraints = own.get_extension::<BasicConstraints>().ok().flatten();
    let is_authority = constraints.is_some_and(|(_, constraints)| {
        constraints.ca && constraints.path_len_constraint.is_none_or(|most| between <= most)
    });
    let usage = own.get_extension::<KeyUsage>();
    let may_certify = usage.is_ok_and(|usage| usage.is_none_or(|(_, usage)| usage.key_cert_sign()));
    // A purpose stated above restricts what is below.
    let purpose = own.get_extension::<ExtendedKeyUsage>();
    let is_for_time =
        purpose.is_ok_and(|purpose| purpose.is_none_or(|(_, purposes)| purposes.0.contains(&TIME_STAMPING)));
    if !(is_authority && may_certify && is_for_time && tbs.issuer() == own.subject())
        || check_extensions(upper).is_err()
        || lower.signature_algorithm() != tbs.signature()
    {
        return false;
    }
    let key = own.subject_public_key_info();
    let (Ok(signed), Some(bytes)) = (tbs.to_der(), lower.signature().as_bytes()) else { return false };
    signature::algorithm(lower.signature_algorithm(), None, key)
        .is_ok_and(|algorithm| signature::holds(algorithm, key, &signed, bytes))
}
