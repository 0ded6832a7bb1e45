//! Whom a call was sealed for: exactly those whom the reader names, or it is a fault.
//!
//! Exchanging a recipient's key in the recorder's configuration is the cheapest attack on a sealed recording, and nothing
//! else shows it: the call is whole, signed, and opens for its recipients too. Owns the comparison of thumbprints. Whether
//! a recipient entry is really for the key that it names needs nobody's trust: for another key it would not open.

use super::evidence::Trust;
use super::fault::Fault;
use super::source::ObjectSource;
use crate::names::ObjectName;
use crate::seal::envelope_recipients;
use crate::{ErrorKind, Result};

/// Faults for every envelope and vCon that is sealed for anybody but the recipients of `trust`; none where it names nobody.
pub(super) fn judge_recipients(
    source: &dyn ObjectSource,
    names: &[ObjectName],
    trust: &Trust,
    faults: &mut Vec<Fault>,
) -> Result<()> {
    if trust.recipients.is_empty() {
        return Ok(());
    }
    for name in names.iter().filter(|name| is_sealed_for_recipients(name)) {
        let Some(content) = source.get(name)? else { continue };
        // What is no envelope at all is told by its own check.
        let Ok(recipients) = envelope_recipients(&content) else { continue };
        let foreign = recipients.iter().find(|recipient| !trust.recipients.contains(recipient));
        if let Some(foreign) = foreign {
            let message = format!("it is sealed for the key {foreign}, which you did not name");
            faults.push(Fault::new(ErrorKind::ForeignRecipient, *name, message));
        }
    }
    Ok(())
}

const fn is_sealed_for_recipients(name: &ObjectName) -> bool {
    matches!(name, ObjectName::Envelope { .. } | ObjectName::Vcon { .. })
}
