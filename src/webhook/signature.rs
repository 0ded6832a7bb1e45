//! The secret shared with the receiver, and the signature of a delivery.
//!
//! Owns the scheme: HMAC-SHA-256 over `id.timestamp.body`, sent as `v1,` and base64 (Standard Webhooks 1.0.0, "Signature
//! scheme"), so that the receivers' libraries verify it. Must never show or store the secret.

use core::fmt;

use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{Error, ErrorKind, Result};

/// Least bytes of a secret: as many as the hash has, below which HMAC is weaker than it (RFC 2104 §3).
pub const LEAST_SECRET_BYTES: usize = 32;

/// Most bytes of a secret, by the Standard Webhooks specification: the hash's block.
pub const MOST_SECRET_BYTES: usize = 64;

/// What receivers' libraries accept in front of a secret.
const SECRET_PREFIX: &str = "whsec_";

/// Random bytes that only we and the receiver know.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret")
    }
}

impl Secret {
    /// Reads base64url or, as receivers' libraries write it, base64; with or without `whsec_` and padding.
    ///
    /// # Errors
    /// [`ErrorKind::ConfigInvalid`]; the text is not quoted.
    pub fn parse(text: &str) -> Result<Self> {
        let digits = text.strip_prefix(SECRET_PREFIX).unwrap_or(text).trim_end_matches('=');
        let digits = Zeroizing::new(digits.replace('+', "-").replace('/', "_"));
        let bytes = Base64UrlUnpadded::decode_vec(&digits)
            .map(Zeroizing::new)
            .map_err(|_| invalid("must be base64url"))?;
        if (LEAST_SECRET_BYTES..=MOST_SECRET_BYTES).contains(&bytes.len()) {
            return Ok(Self(bytes));
        }
        Err(invalid(&format!("must have {LEAST_SECRET_BYTES} to {MOST_SECRET_BYTES} bytes")))
    }

    /// The value of `webhook-signature` for a delivery. The id must hold no full stop.
    ///
    /// # Errors
    /// Never in practice: HMAC takes keys of every length.
    pub fn sign(&self, id: &str, timestamp_s: u64, body: &str) -> Result<String> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0)
            .map_err(|_| Error::new(ErrorKind::WrongState, "The webhook's secret is no key."))?;
        mac.update(id.as_bytes());
        mac.update(format!(".{timestamp_s}.").as_bytes());
        mac.update(body.as_bytes());
        Ok(format!("v1,{}", Base64::encode_string(&mac.finalize().into_bytes())))
    }
}

fn invalid(reason: &str) -> Error {
    Error::new(
        ErrorKind::ConfigInvalid,
        format!("The configuration's webhook.secret is not usable: {reason}."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vector_of_the_standard_webhooks_reference_libraries_is_met() {
        // The specification has no vector with its secret; its reference libraries share this one ("sign function works"
        // in libraries/*/tests of github.com/standard-webhooks/standard-webhooks). Its secret has 24 bytes, fewer than
        // we take from a configuration.
        let secret = Secret(Zeroizing::new(Base64::decode_vec("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap()));
        let signature =
            secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#).unwrap();
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_is_read_in_each_spelling_that_receivers_use() {
        let bytes: Vec<u8> = (0_u8..32).map(|byte| byte.wrapping_mul(63)).collect();
        let url = Base64UrlUnpadded::encode_string(&bytes);
        let padded = Base64::encode_string(&bytes);
        assert!(url.contains(['-', '_']) && padded.contains(['+', '/']), "the spellings differ");
        for text in [url.clone(), padded.clone(), format!("whsec_{url}"), format!("whsec_{padded}")] {
            assert_eq!(*Secret::parse(&text).unwrap().0, bytes);
        }
    }

    #[test]
    fn a_short_long_or_garbled_secret_is_refused_without_being_quoted() {
        for bytes in [0, 31, 65] {
            let text = Base64UrlUnpadded::encode_string(&vec![0xca; bytes]);
            let error = Secret::parse(&text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ConfigInvalid);
            assert!(text.is_empty() || !error.to_string().contains(&text));
        }
        let error = Secret::parse("canary secret of thirty-two bytes or so!").unwrap_err();
        assert!(!error.to_string().contains("canary"), "{error}");
    }

    #[test]
    fn debug_output_does_not_show_the_secret() {
        let secret =
            Secret::parse(&Base64UrlUnpadded::encode_string(b"canary-canary-canary-canary-0123")).unwrap();
        assert_eq!(format!("{secret:?}"), "Secret");
    }
}
