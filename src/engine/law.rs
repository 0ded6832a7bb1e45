//! What is known of each call's places, and the decision that follows.
//!
//! Owns the facts of one call as hints: numbers and addresses are reduced to codes of places at once. Must never keep
//! or pass on what a hint was read from.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::config::ValidConfig;
use crate::consent::register::{AGENT, CUSTOMER, MOST_PARTIES};
use crate::jurisdiction::{CallFacts, Decision, Hint, Media, PartyFacts, Role, Signal, decide};
use crate::session::export::Personal;
use crate::{Error, ErrorKind, Result};

/// What the host knows of a call. What is absent stays as it was.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, missing_debug_implementations)] // explained in pkg/protocol.mjs; holds numbers, so no Debug
pub struct FactsMessage {
    pub call_id: String,
    pub media: Option<Media>,
    #[serde(default)]
    pub parties: Vec<PartyMessage>,
}

/// What the host knows of one party.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, missing_debug_implementations)] // as above
pub struct PartyMessage {
    pub index: u32,
    pub number: Option<String>,
    pub crm_address: Option<String>,
    pub declared: Option<String>,
    pub language: Option<String>,
    pub name: Option<String>,
}

impl PartyMessage {
    /// What of it belongs into the sealed record only.
    #[must_use]
    pub fn personal(&self) -> Option<Personal> {
        let tel = self.number.as_deref().and_then(e164);
        (self.name.is_some() || tel.is_some()).then(|| Personal { name: self.name.clone(), tel })
    }
}

/// The number in the form of E.164, if it is one.
fn e164(number: &str) -> Option<String> {
    let international = number.trim().strip_prefix('+')?;
    let digits: String = international
        .chars()
        .filter(|character| !matches!(character, ' ' | '-' | '.' | '(' | ')' | '/'))
        .collect();
    let usable = (2..=15).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit());
    (usable && !digits.starts_with('0')).then(|| format!("+{digits}"))
}

/// The facts of one call.
#[derive(Debug)]
pub struct CallLaw {
    media: Media,
    parties: BTreeMap<u32, PartyFacts>,
}

impl CallLaw {
    /// What is known of a call that begins: the agent's place, as configured.
    #[must_use]
    pub fn new(config: &ValidConfig) -> Self {
        let party = |index, role, hints: Vec<Hint>| (index, PartyFacts { index, role, hints });
        let agent = config.law.agent.iter().cloned().collect();
        let parties = [party(AGENT, Role::Agent, agent), party(CUSTOMER, Role::Customer, Vec::new())];
        Self { media: config.law.media, parties: parties.into() }
    }

    /// Somebody joins of whom nothing is known yet.
    pub fn joined(&mut self) {
        let index = u32::try_from(self.parties.len()).unwrap_or(u32::MAX);
        if self.parties.len() < MOST_PARTIES {
            self.parties.insert(index, PartyFacts { index, role: Role::Other, hints: Vec::new() });
        }
    }

    /// Takes what the host knows. A hint that cannot be read counts as an unknown place, and is reported; so is a
    /// party that is not in the call.
    ///
    /// # Errors
    /// The first of those; everything else of the message has been taken.
    pub fn tell(&mut self, message: &FactsMessage) -> Result<()> {
        if let Some(media) = message.media {
            self.media = media;
        }
        let mut fault = None;
        for told in &message.parties {
            let Some(party) = self.parties.get_mut(&told.index) else {
                let sentence = "Something was told of a party that is not in the call.";
                fault = fault.or(Some(Error::new(ErrorKind::PartyUnknown, sentence)));
                continue;
            };
            let hints = [
                (Signal::Number, &told.number),
                (Signal::CrmAddress, &told.crm_address),
                (Signal::Declared, &told.declared),
            ];
            for (signal, text) in hints {
                let Some(text) = text else { continue };
                party.hints.retain(|hint| hint.signal() != signal);
                party.hints.push(Hint::read(signal, text));
                fault = fault.or(Hint::parse(signal, text).err());
            }
        }
        fault.map_or(Ok(()), Err)
    }

    /// How the call may be recorded, by what is known now.
    #[must_use]
    pub fn decide(&self, config: &ValidConfig) -> Decision {
        let facts = CallFacts {
            media: self.media,
            parties: self.parties.values().cloned().collect(),
            company: config.law.company.clone(),
        };
        decide(&config.law.table, &facts, &config.config.law.policy)
    }
}
