//! Signing a vCon after the call, when the call's own key is gone: with a key that an officer's key certifies.
//!
//! The officer's key signs certificates and nothing else, as a device's does. So every reader judges an addition as it
//! judges the call's own vCon, and whom to believe stays a matter of one thumbprint.

use base64ct::{Base64, Encoding as _};
use sha2::{Digest as _, Sha256};

use super::{SignedVcon, Vcon, sign};
use crate::Result;
use crate::ledger::certificate::{addition_certificate_request, assemble, officer_certificate_request};
use crate::names::CallId;
use crate::seal::{SigningKey, VerifyingKey};

/// Signs `vcon` of the call `call_id`, made at `now_ms`, with a new key that `officer` certifies for this call.
///
/// # Errors
/// `RandomUnavailable` without random bytes; `Unsupported` for a time that certificates cannot state.
pub fn sign_as_officer(
    vcon: &Vcon,
    call_id: CallId,
    officer: &SigningKey,
    now_ms: u64,
) -> Result<SignedVcon> {
    let key = SigningKey::generate()?;
    let (public, above) = (key.public(), officer.public());
    let leaf = addition_certificate_request(&call_id, &public, &above, serial(&public), now_ms)?;
    let requests = [leaf, officer_certificate_request(&above, serial(&above))];
    let certificate =
        |request: &Vec<u8>| assemble(request, &officer.sign(request)).map(|der| Base64::encode_string(&der));
    let certificates = requests.iter().map(certificate).collect::<Result<Vec<_>>>()?;
    sign(vcon, &certificates, |bytes| Ok(key.sign(bytes)))
}

/// A key has one certificate of each kind, so its number may follow from it.
fn serial(key: &VerifyingKey) -> [u8; 16] {
    let digest: [u8; 32] = Sha256::digest(key.to_point()).into();
    core::array::from_fn(|index| digest.get(index).copied().unwrap_or_default())
}
