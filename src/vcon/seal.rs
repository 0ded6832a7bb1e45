//! The encrypted form: the signed vCon as a JWE for the recipients (draft -04 §5.3), the object `vcon.<n>.jwe.json`.
//!
//! `cty`, `enc` and `uuid` stand in the shared unprotected header, where the draft has them. The draft's SHOULDs are
//! A256CBC-HS512 and RSA-OAEP; here it is A256GCM and ECDH-ES+A256KW, since the recipients' keys are those of the
//! recording itself. The `uuid` is a claim there; it is checked against the signed content.

use serde_json::{Value, json};

use super::SignedVcon;
use super::sign::TYPE;
use crate::seal::{self, JweHeaders, KeyRing, RecipientKey};
use crate::{Error, ErrorKind, Result};

/// Draft -04 §6.1.
pub(crate) const MEDIA_TYPE: &str = "application/vcon";

/// Encrypts a signed vCon for `recipients`.
///
/// # Errors
/// `RecipientInvalid` without recipients or with one twice; `RandomUnavailable` without random bytes.
pub fn encrypt(signed: &SignedVcon, recipients: &[RecipientKey]) -> Result<Vec<u8>> {
    let headers = JweHeaders {
        protected: json!({"typ": TYPE}),
        unprotected: Some(json!({
            "cty": MEDIA_TYPE,
            "enc": seal::ENCRYPTION,
            "uuid": signed.vcon().uuid(),
        })),
    };
    seal::encrypt(signed.to_json(), &headers, recipients)
}

/// Opens an encrypted vCon with the keys of its recipients. The signature is not checked: see
/// [`SignedVcon::verify_with`].
///
/// # Errors
/// `WrongKey` when none of `keys` is a recipient's; `Swapped` when the header names another vCon; else as
/// [`SignedVcon::read`].
pub fn open(jwe: &[u8], keys: &dyn KeyRing) -> Result<SignedVcon> {
    let seal::OpenedJwe { plaintext, header } = seal::decrypt_with_header(jwe, keys)?;
    if header.get("cty").is_some_and(|cty| cty.as_str() != Some(MEDIA_TYPE)) {
        return Err(Error::new(ErrorKind::Unsupported, "the object's content is not a vCon in plain JSON"));
    }
    let signed = SignedVcon::read(&plaintext)?;
    let named = header.get("uuid").and_then(Value::as_str);
    if named.is_some_and(|uuid| uuid != signed.vcon().uuid()) {
        return Err(Error::new(ErrorKind::Swapped, "the object's header names another vCon"));
    }
    Ok(signed)
}
