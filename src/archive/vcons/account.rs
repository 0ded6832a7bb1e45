//! What is told of a vCon that holds: who signed it, who certified that, who has withdrawn. Nothing personal.

use serde::Serialize;
use serde_json::Value;

use super::signer::Signature;
use crate::vcon::Vcon;

/// Who signed a vCon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VconSigner {
    /// A key that the ledger states: the recorder's own.
    Call,
    /// Somebody after the call, with a key certified for it: a compliance officer.
    Officer,
}

/// How far a vCon's signature can be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VconLevel {
    /// Nothing was changed since it was signed; who held the key is not known.
    Intact,
    /// The signer was certified by an officer's key that the reader named.
    KnownOfficer,
    /// The signer was certified by a device that the reader named.
    KnownDevice,
    /// A server that the reader named has countersigned the ledger that states the signer.
    Countersigned,
}

/// The account of one vCon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VconAccount {
    /// Its version: 1 is the call's, further ones are amendments.
    pub version: u32,
    /// Its identity.
    pub uuid: String,
    /// When it was made, as it says.
    pub created_at: String,
    /// Whether it was not made by the recorder but rebuilt from the ledger.
    pub rebuilt: bool,
    /// Who signed it.
    pub signed_by: VconSigner,
    /// Thumbprint of the key that signed.
    pub signer: String,
    /// Thumbprint of the outermost key that certified the signer.
    pub certified_by: Option<String>,
    /// How far the signature can be believed.
    pub level: VconLevel,
    /// The parties that have taken their consent back, within the call or after it.
    pub withdrawn: Vec<u32>,
}

impl VconAccount {
    pub(super) fn new(version: u32, vcon: &Vcon, signature: Signature) -> Self {
        let created_at = vcon.content().get("created_at").and_then(Value::as_str).unwrap_or_default();
        Self {
            version,
            uuid: vcon.uuid().to_owned(),
            created_at: created_at.to_owned(),
            rebuilt: vcon.is_rebuilt(),
            signed_by: signature.signed_by,
            signer: signature.thumbprint,
            certified_by: signature.certifiers.into_iter().next_back(),
            level: signature.level,
            withdrawn: vcon.withdrawn_parties(),
        }
    }
}
