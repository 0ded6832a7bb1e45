//! Reading a timestamp token: a CMS `SignedData` (RFC 5652 §5) around a `TSTInfo` (RFC 3161 §2.4.2).
//!
//! Owns what makes a token whole: its one signer's signature over exactly this content, by the certificate that the token
//! names. Whom to believe is decided in `authority`. A time of a token whose signature was not checked must not be told.

use super::MessageImprint;
use super::signature::{self, digest};
use callseal::{Error, ErrorKind, Result};
use cms::cert::CertificateChoices;
use cms::content_info::ContentInfo;
use cms::signed_data::{SignedData, SignerIdentifier, SignerInfo};
use der::asn1::{GeneralizedTime, Int, ObjectIdentifier, OctetString, Uint};
use der::{Any, Decode as _, Encode as _, Sequence, Tag, Tagged as _};
use x509_cert::Certificate;
use x509_cert::ext::Extensions;
use x509_cert::ext::pkix::SubjectKeyIdentifier;
use x509_cert::spki::AlgorithmIdentifierOwned;

/// Largest token, in bytes; usual ones have 1 to 8 KiB, mostly certificates.
pub const MAX_TOKEN_BYTES: usize = 64 * 1024;

const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
/// `signingCertificate` with SHA-1 (RFC 2634 §5.4), and with any hash (RFC 5035 §3).
const SIGNING_CERTIFICATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.12");
const SIGNING_CERTIFICATE_V2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");

/// `TSTInfo`. The time is read by hand: it may have a fraction of a second, which X.509 forbids and `der` refuses.
#[derive(Debug, Sequence)]
struct TstInfo {
    version: u8,
    policy: ObjectIdentifier,
    message_imprint: MessageImprint,
    serial_number: Int,
    gen_time: Any,
    #[asn1(optional = "true")]
    accuracy: Option<Accuracy>,
    #[asn1(default = "Default::default")]
    ordering: bool,
    #[asn1(optional = "true")]
    nonce: Option<Uint>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    tsa: Option<Any>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    extensions: Option<Extensions>,
}

/// `Accuracy`; only its shape is read.
#[derive(Debug, Sequence)]
struct Accuracy {
    #[asn1(optional = "true")]
    seconds: Option<u64>,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    millis: Option<u16>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    micros: Option<u16>,
}

/// `SigningCertificate` and `SigningCertificateV2`: their first member names the signer's certificate.
#[derive(Debug, Sequence)]
struct SigningCertificate {
    certificates: Vec<CertificateHash>,
    #[asn1(optional = "true")]
    policies: Option<Any>,
}

/// `ESSCertID` and `ESSCertIDv2`, the first without an algorithm.
#[derive(Debug, Sequence)]
struct CertificateHash {
    #[asn1(optional = "true")]
    algorithm: Option<AlgorithmIdentifierOwned>,
    hash: OctetString,
    #[asn1(optional = "true")]
    issuer_serial: Option<Any>,
}

/// A token that was read.
#[derive(Debug)]
pub struct Token {
    info: TstInfo,
    at_ms: u64,
    content: Vec<u8>,
    signed: SignedData,
}

impl Token {
    /// Reads a token; nothing of it is checked yet but its form.
    ///
    /// # Errors
    /// `Corrupt` when it is none, `Unsupported` for a critical extension.
    pub fn read(token: &[u8]) -> Result<Self> {
        let unreadable = |_| corrupt("this is no timestamp token");
        if token.len() > MAX_TOKEN_BYTES {
            return Err(corrupt("the timestamp token is too large"));
        }
        let outer = ContentInfo::from_der(token).map_err(unreadable)?;
        if outer.content_type != SIGNED_DATA {
            return Err(corrupt("this is no timestamp token"));
        }
        let signed: SignedData = outer.content.decode_as().map_err(unreadable)?;
        let inner = signed.encap_content_info.econtent.as_ref();
        let inner = inner.filter(|_| signed.encap_content_info.econtent_type == TST_INFO);
        let content: OctetString =
            inner.ok_or_else(|| corrupt("the token holds no timestamp"))?.decode_as().map_err(unreadable)?;
        let info = TstInfo::from_der(content.as_bytes()).map_err(unreadable)?;
        if info.version != 1 || info.extensions.iter().flatten().any(|extension| extension.critical) {
            return Err(Error::new(
                ErrorKind::Unsupported,
                "the timestamp has a version or a critical extension that this reader does not know",
            ));
        }
        let at_ms = time_ms(&info.gen_time).ok_or_else(|| corrupt("the timestamp's time is none"))?;
        Ok(Self { info, at_ms, content: content.as_bytes().to_vec(), signed })
    }

    /// The authority's time, milliseconds since 1970-01-01 UTC.
    pub const fn at_ms(&self) -> u64 {
        self.at_ms
    }

    /// Whether it is of this hash.
    ///
    /// # Errors
    /// `Swapped` if not.
    pub fn check_imprint(&self, sha256: &[u8; 32]) -> Result<()> {
        if self.info.message_imprint.is_sha256(sha256) {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Swapped, "the timestamp is of another hash"))
    }

    /// Whether it has the nonce of a request.
    pub fn has_nonce(&self, nonce: &Uint) -> bool {
        self.info.nonce.as_ref() == Some(nonce)
    }

    /// The certificates that the token brings.
    pub fn certificates(&self) -> Vec<&Certificate> {
        let brought = self.signed.certificates.iter().flat_map(|set| set.0.iter());
        brought
            .filter_map(|choice| match choice {
                CertificateChoices::Certificate(certificate) => Some(certificate),
                CertificateChoices::Other(_) => None,
            })
            .collect()
    }

    /// The certificate of its one signer, whose signature holds.
    ///
    /// # Errors
    /// `Signature` when it does not, or the certificate is missing; `Unsupported` for an algorithm.
    pub fn signer(&self) -> Result<&Certificate> {
        // RFC 3161 §2.4.2: the token contains no signature but the authority's.
        let [signer] = self.signed.signer_infos.0.as_slice() else {
            return Err(broken("it must have one signer"));
        };
        let attributes = signer.signed_attrs.as_ref().ok_or_else(|| broken("it has no signed attributes"))?;
        let content_type: ObjectIdentifier = attribute(signer, CONTENT_TYPE)?;
        let message_digest: OctetString = attribute(signer, MESSAGE_DIGEST)?;
        let own = digest(&signer.digest_alg.oid)?;
        let hash = ring::digest::digest(own, &self.content);
        if content_type != TST_INFO || message_digest.as_bytes() != hash.as_ref() {
            return Err(broken("it is signed over another content"));
        }
        let certificate = self
            .certificates()
            .into_iter()
            .find(|certificate| is_of(certificate, &signer.sid) && is_named(certificate, signer))
            .ok_or_else(|| broken("the signer's certificate is missing, or another one than was signed"))?;
        // RFC 5652 §5.4: signed is the set with its own tag.
        let signed = attributes.to_der().map_err(|_| broken("it cannot be read"))?;
        let key = certificate.tbs_certificate().subject_public_key_info();
        let algorithm = signature::algorithm(&signer.signature_algorithm, Some(&signer.digest_alg), key)?;
        if !signature::holds(algorithm, key, &signed, signer.signature.as_bytes()) {
            return Err(broken("it was not signed with that certificate's key"));
        }
        Ok(certificate)
    }
}

/// The one value of a signed attribute that must be there once (RFC 5652 §11).
fn attribute<T>(signer: &SignerInfo, oid: ObjectIdentifier) -> Result<T>
where
    T: for<'a> der::Choice<'a, Error = der::Error> + for<'a> der::DecodeValue<'a, Error = der::Error>,
{
    optional_attribute(signer, oid)?
        .and_then(|value| value.decode_as().ok())
        .ok_or_else(|| broken("a signed attribute is missing"))
}

fn optional_attribute(signer: &SignerInfo, oid: ObjectIdentifier) -> Result<Option<&Any>> {
    let mut found = signer.signed_attrs.iter().flat_map(|set| set.iter()).filter(|one| one.oid == oid);
    let Some(attribute) = found.next() else { return Ok(None) };
    match (attribute.values.as_slice(), found.next()) {
        ([value], None) => Ok(Some(value)),
        _ => Err(broken("a signed attribute is there more than once")),
    }
}

/// Whether the signer's identifier means this certificate (RFC 5652 §5.3).
fn is_of(certificate: &Certificate, identifier: &SignerIdentifier) -> bool {
    let tbs = certificate.tbs_certificate();
    match identifier {
        SignerIdentifier::IssuerAndSerialNumber(named) => {
            named.issuer == *tbs.issuer() && named.serial_number == *tbs.serial_number()
        }
        SignerIdentifier::SubjectKeyIdentifier(named) => {
            let own = tbs.get_extension::<SubjectKeyIdentifier>().ok().flatten();
            own.is_some_and(|(_, own)| own == *named)
        }
    }
}

/// Whether the signed attributes name this certificate by its hash, as RFC 3161 §2.4.2 demands, so that no other one of the
/// same key can be put in its place.
fn is_named(certificate: &Certificate, signer: &SignerInfo) -> bool {
    let named = |oid| -> Option<CertificateHash> {
        let value = optional_attribute(signer, oid).ok().flatten()?;
        value.decode_as::<SigningCertificate>().ok()?.certificates.into_iter().next()
    };
    let Ok(der) = certificate.to_der() else { return false };
    let is_hash = |algorithm, hash: &CertificateHash| {
        ring::digest::digest(algorithm, &der).as_ref() == hash.hash.as_bytes()
    };
    let second = named(SIGNING_CERTIFICATE_V2).map(|hash| {
        let algorithm = hash.algorithm.as_ref().map_or(Ok(&ring::digest::SHA256), |own| digest(&own.oid));
        algorithm.is_ok_and(|algorithm| is_hash(algorithm, &hash))
    });
    let first =
        named(SIGNING_CERTIFICATE).map(|hash| is_hash(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, &hash));
    second.or(first).unwrap_or(false)
}

/// A `GeneralizedTime` in UTC, with a fraction or without (RFC 3161 §2.4.2), in milliseconds.
fn time_ms(value: &Any) -> Option<u64> {
    if value.tag() != Tag::GeneralizedTime {
        return None;
    }
    let text = core::str::from_utf8(value.value()).ok()?.strip_suffix('Z')?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if whole.len() != 14 || fraction.is_empty() || !fraction.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let whole = Any::new(Tag::GeneralizedTime, format!("{whole}Z").into_bytes()).ok()?;
    let whole: GeneralizedTime = whole.decode_as().ok()?;
    let millis: u64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    u64::try_from(whole.to_unix_duration().as_millis()).ok()?.checked_add(millis)
}

/// What is no token.
pub fn corrupt(detail: &str) -> Error {
    Error::new(ErrorKind::Corrupt, detail)
}

/// A token that does not hold.
pub fn broken(detail: &str) -> Error {
    Error::new(ErrorKind::Signature, format!("the timestamp does not hold: {detail}"))
}

#[cfg(test)]
mod tests {
    use super::time_ms;
    use der::{Any, Tag};

    #[test]
    fn the_time_may_have_a_fraction_and_is_in_utc() {
        let read = |text: &str| time_ms(&Any::new(Tag::GeneralizedTime, text.as_bytes()).unwrap());
        assert_eq!(read("20260921141320Z"), Some(1_790_000_000_000));
        assert_eq!(read("20260921141320.5Z"), Some(1_790_000_000_500));
        assert_eq!(read("20260921141320.123456Z"), Some(1_790_000_000_123));
        for text in
            ["20260921141320", "202609211406Z", "20260921141320.Z", "20260921141320.xZ", "20261321140640Z"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
