//! Who signed a vCon: the leaf of its certificates, whose chain is judged as that of a ledger's signer is.
//!
//! The certificates lie outside of what is signed. They are believed only because the first one is of the key whose
//! signature holds, and names this call.

use base64ct::{Base64, Encoding as _};
use serde_json::Value;

use super::account::{VconLevel, VconSigner};
use crate::archive::certificates::{certifiers, key_of_certificate};
use crate::archive::evidence::{Evidence, EvidenceLevel, Trust};
use crate::archive::history::History;
use crate::evidence::unix_ms_of;
use crate::ledger::EntryBody;
use crate::seal::VerifyingKey;
use crate::vcon::SignedVcon;
use crate::{Error, ErrorKind, Result};

/// A signature that holds.
pub(super) struct Signature {
    pub(super) signed_by: VconSigner,
    pub(super) thumbprint: String,
    /// Thumbprints of those who certified the signer, nearest first.
    pub(super) certifiers: Vec<String>,
    pub(super) level: VconLevel,
}

/// Judges the signature of `signed`, a vCon of the call of `history`.
pub(super) fn judge(
    signed: &SignedVcon,
    history: &History,
    evidence: &Evidence,
    trust: &Trust,
) -> Result<Signature> {
    let in_der = |text: &String| {
        Base64::decode_vec(text).map_err(|_| refused("the vCon's certificates are not in base64"))
    };
    let certificates = signed.certificates().iter().map(in_der).collect::<Result<Vec<_>>>()?;
    let first =
        certificates.first().ok_or_else(|| refused("the vCon states no certificate of its signer"))?;
    let key = key_of_certificate(first).map_err(|error| refused(error.detail()))?;
    signed.verify_with(|bytes, signature, _| {
        let unsigned = || refused("the vCon is not signed by the key of its own certificate");
        key.verifies(bytes, signature).then_some(()).ok_or_else(unsigned)
    })?;
    let stated_at_ms = stated_at(history, &key);
    let signed_by = if stated_at_ms.is_some() { VconSigner::Call } else { VconSigner::Officer };
    let at_ms = stated_at_ms.or_else(|| created_at(signed));
    let at_ms = at_ms.ok_or_else(|| refused("the vCon does not say when it was signed"))?;
    let certifiers = certifiers(&certificates, &history.call_id, &key, at_ms)
        .map_err(|error| refused(error.detail()))?
        .iter()
        .map(VerifyingKey::thumbprint)
        .collect::<Vec<_>>();
    if signed_by == VconSigner::Officer && certifiers.is_empty() {
        return Err(refused("nobody certifies the vCon's signer, and the ledger does not state it"));
    }
    let level = level(signed_by, &certifiers, evidence, trust)?;
    Ok(Signature { signed_by, thumbprint: key.thumbprint(), certifiers, level })
}

/// What the reader asked for must hold.
fn level(
    signed_by: VconSigner,
    certifiers: &[String],
    evidence: &Evidence,
    trust: &Trust,
) -> Result<VconLevel> {
    let (known, level, whom) = match signed_by {
        VconSigner::Call => (&trust.devices, VconLevel::KnownDevice, "devices"),
        VconSigner::Officer => (&trust.officers, VconLevel::KnownOfficer, "officers"),
    };
    let is_known = certifiers.iter().any(|certifier| known.contains(certifier));
    if !is_known && !known.is_empty() {
        return Err(refused(&format!("none of the {whom} asked for has certified the vCon's signer")));
    }
    let is_countersigned = evidence.level == Some(EvidenceLevel::Countersigned);
    Ok(match () {
        () if is_countersigned && signed_by == VconSigner::Call => VconLevel::Countersigned,
        () if is_known => level,
        () => VconLevel::Intact,
    })
}

/// When the ledger stated `key` as its signer, if it did.
fn stated_at(history: &History, key: &VerifyingKey) -> Option<u64> {
    history.entries.iter().find_map(|entry| {
        let statement = match &entry.body {
            EntryBody::CallOpened(opened) if entry.seq == 0 => opened.signer.as_ref()?,
            EntryBody::SignerChanged(changed) => &changed.signer,
            _ => return None,
        };
        (statement.key().as_ref() == Ok(key)).then_some(entry.at_ms)
    })
}

fn created_at(signed: &SignedVcon) -> Option<u64> {
    signed.vcon().content().get("created_at").and_then(Value::as_str).and_then(unix_ms_of)
}

fn refused(detail: &str) -> Error {
    Error::new(ErrorKind::VconSignature, detail)
}
