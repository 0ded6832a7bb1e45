//! A vCon of what a ledger tells, for a call that has none: marked as such, without a member that would have to be guessed.

use serde_json::{Value, json};

use super::{Vcon, canonical};
use crate::Result;
use crate::evidence::{CallEvidence, rfc_3339};

/// Where the mark stands, and what it says.
const RECORDING: &str = "callseal_recording";
const REBUILT_FROM: &str = "rebuilt_from";
const LEDGER: &str = "ledger";

impl Vcon {
    /// The first vCon of a call whose evidence was read from its ledger: without a controller, which the ledger does not
    /// name, without the words of the disclosures, and with the mark `rebuilt_from`. It is made at `at_ms`.
    ///
    /// # Errors
    /// `EvidenceInvalid` when the evidence contradicts itself.
    pub fn rebuilt(evidence: &CallEvidence, at_ms: u64) -> Result<Self> {
        let mut content = Self::build(evidence)?.content;
        super::insert(&mut content, "created_at", Some(json!(rfc_3339(at_ms))));
        for party in members(&mut content, "parties") {
            remove(party, "org");
        }
        for attachment in members(&mut content, "attachments") {
            let is_recording = attachment.get("purpose").and_then(Value::as_str) == Some(RECORDING);
            let Some(body) = attachment.get_mut("body") else { continue };
            remove(body, "terms_of_service");
            for disclosure in members(body, "disclosures") {
                remove(disclosure, "text");
            }
            super::insert(body, REBUILT_FROM, is_recording.then(|| json!(LEDGER)));
        }
        Self::read(&canonical(&content)?)
    }

    /// Whether it says that it was rebuilt from the ledger.
    #[must_use]
    pub fn is_rebuilt(&self) -> bool {
        self.attested(RECORDING).and_then(|body| body.get(REBUILT_FROM)).and_then(Value::as_str)
            == Some(LEDGER)
    }

    /// Whether both say the same, whenever they were made, but for the hashes of the dialogs: a SHA-512 can be stated
    /// only while the object is there.
    #[must_use]
    pub fn says_the_same(&self, other: &Self) -> bool {
        let without_hashes = |vcon: &Self| {
            let mut content = vcon.content.clone();
            remove(&mut content, "created_at");
            members(&mut content, "dialog").for_each(|dialog| remove(dialog, "content_hash"));
            content
        };
        without_hashes(self) == without_hashes(other)
    }
}

fn members<'a>(object: &'a mut Value, list: &str) -> impl Iterator<Item = &'a mut Value> {
    object.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten()
}

fn remove(object: &mut Value, name: &str) {
    if let Some(members) = object.as_object_mut() {
        members.remove(name);
    }
}
