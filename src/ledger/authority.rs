//! Who may write what, as a ledger goes on: the call's key everything, a recovery's only what closes the call, and the
//! key of an engine that goes on with the call everything again.
//!
//! Owns the rule that only the device of the ledger's beginning can go on with it (docs/format.md §6). Signatures and the
//! chain are checked before; whom to believe is the reader's choice.

use super::certificate::is_certified_by_device;
use super::entry::{EntryBody, PartClosed};
use super::signature::SignerStatement;
use crate::names::CallId;
use crate::{Error, ErrorKind, Result};

/// Follows the entries of one ledger, in order.
#[derive(Debug)]
pub struct Authority {
    call_id: CallId,
    opening: Option<SignerStatement>,
    /// Another key signs, and has not said that it goes on with the call.
    closing: Option<SignerStatement>,
}

impl Authority {
    /// Nothing was read yet.
    #[must_use]
    pub const fn start(call_id: CallId) -> Self {
        Self { call_id, opening: None, closing: None }
    }

    /// Takes the next entry.
    ///
    /// # Errors
    /// `Corrupt` when whoever signs it may not write it; `Signature` when the call goes on under a key that the device of
    /// its beginning has not certified.
    pub fn take(&mut self, body: &EntryBody) -> Result<()> {
        match body {
            EntryBody::CallOpened(opened) if self.opening.is_none() => {
                self.opening.clone_from(&opened.signer)
            }
            EntryBody::SignerChanged(changed) => self.closing = Some(changed.signer.clone()),
            EntryBody::CallResumed(_) => {
                let no_successor =
                    || Error::new(ErrorKind::Corrupt, "a call goes on without another key's being named");
                let successor = self.closing.as_ref().ok_or_else(no_successor)?;
                if !self.opening.as_ref().is_some_and(|opening| self.is_one_device(opening, successor)) {
                    let detail =
                        "the call goes on under a key that the device of its beginning has not certified";
                    return Err(Error::new(ErrorKind::Signature, detail));
                }
                self.closing = None;
            }
            EntryBody::SegmentRecovered(_)
            | EntryBody::PartClosed(PartClosed { cut: true, .. })
            | EntryBody::CallRecovered(_) => {}
            _ if self.closing.is_some() => {
                let detail = "an entry that only the call's own key may write follows a recovery's key";
                return Err(Error::new(ErrorKind::Corrupt, detail));
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether both keys are certified for this call by the same device.
    fn is_one_device(&self, first: &SignerStatement, second: &SignerStatement) -> bool {
        let certified = |statement: &SignerStatement| {
            let (key, certificates) = (statement.key().ok()?, statement.certificates().ok()?);
            is_certified_by_device(&certificates, &self.call_id, &key).then_some(certificates)
        };
        match (certified(first), certified(second)) {
            (Some(first), Some(second)) => first.last() == second.last(),
            _ => false,
        }
    }
}
