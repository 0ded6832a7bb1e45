//! The evidence of a call as a plain value, and the vCon made of it when the call is closed.
//!
//! Owns the step from the session's own words to [`CallEvidence`]. Personal fields (names, numbers) get into exports
//! only from here, and exports are sealed before they leave the engine. Must never change what happened.

use serde::Serialize;

use super::recording::{Kept, Recording, Start};
use super::{Action, Session};
use crate::audio::{Now, samples_of_ms};
use crate::consent::party::PartyConsent;
use crate::consent::register::{AGENT, Role};
use crate::consent::{Answer, ConsentEvent, Method};
use crate::evidence::{
    self, AnswerEvidence, AnswerMethod, CallEvidence, DecisionSummary, DisclosureEvidence, GapEvidence,
    LawfulBasis, LedgerEvidence, PartyEvidence, PartyRole, RedactionEvidence, WithdrawalEvidence,
};
use crate::jurisdiction::Mode;
use crate::ledger::Outcome;
use crate::names::ObjectName;
use crate::receipt::{self, Language, ReceiptOptions};
use crate::store::spool::SpoolOperation;
use crate::vcon;
use crate::{Error, ErrorKind, Result};

/// The first vCon of a call; amended ones follow.
const FIRST_VERSION: u32 = 1;

/// What the host says of a party for the sealed record. `Debug` shows none of it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Personal {
    /// Its name.
    pub name: Option<String>,
    /// Its number, E.164.
    pub tel: Option<String>,
}

impl core::fmt::Debug for Personal {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("Personal(_)")
    }
}

/// What the host gets of a call for its own records. Personal: `Debug` shows none of it.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct CallPapers {
    /// A note of a few lines for the CRM; it names nobody.
    pub note: String,
    /// For each party that was asked.
    pub parties: Vec<PartyPapers>,
}

/// One party's.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[allow(missing_debug_implementations)] // personal
pub struct PartyPapers {
    /// Which party.
    pub index: u32,
    /// A page for the customer, complete in itself.
    pub receipt_html: String,
    /// The consent record, JSON-LD (ISO/IEC TS 27560, W3C DPV).
    pub consent_record: String,
}

impl core::fmt::Debug for CallPapers {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("CallPapers(_)")
    }
}

impl Session {
    /// Makes the call's exports, once its ledger is closed: the vCon, sealed for the recipients, and what the host gets. Of
    /// a call that is shredded no vCon is made.
    /// Without a controller in the configuration there are none: the ledger is the evidence then.
    pub(super) fn export(&mut self, now: Now, actions: &mut Vec<Action>) {
        let Some(recording) = &self.recording else { return };
        let Some(evidence) = self.evidence(recording, now) else { return };
        let shreds = self.shreds_now(now);
        // Papers of an agent's side that never was lawful would speak of what is destroyed.
        if !(shreds && self.agent_side.is_some()) {
            self.hand_out(&evidence, actions);
        }
        if shreds {
            return;
        }
        match self.seal_vcon(recording, &evidence) {
            Ok(Some(operation)) => self.spool_export(operation, actions),
            Ok(None) => {}
            Err(error) => actions.push(Action::Problem(error)),
        }
    }

    fn spool_export(&mut self, operation: SpoolOperation, actions: &mut Vec<Action>) {
        let record = self.recording.as_mut().or(self.refusal.as_mut());
        if let (Some(record), SpoolOperation::Whole { object, .. }) = (record, &operation) {
            record.add_object(object.clone());
        }
        actions.push(Action::Spool(operation));
    }

    /// The evidence of a call that was not recorded: a ledger without audio. It is made in memory, for the host's record;
    /// stored is it only where the policy keeps refusals.
    pub(super) fn export_refusal(&mut self, now: Now, actions: &mut Vec<Action>) {
        let keeps = self.config.config.consent.keep_refusals;
        if self.recording.is_some() || self.clock.is_none() || self.failed {
            return;
        }
        if !keeps && self.config.controller.is_none() {
            return;
        }
        let origin = self.hung_up_sample.unwrap_or(0);
        // Nothing was recorded, so nothing was cut out of it.
        self.redactor.begin_at(u64::MAX);
        let entries = self.first_entries(origin, now);
        let start = Start {
            call_id: &self.call_id,
            config: &self.config,
            origin_sample: origin,
            serial: self.serial,
            entries,
            signer: self.signer.take().map(|signer| *signer),
            kept: Kept::Call,
            continues: None,
        };
        let started = Recording::start(start, &mut self.redactor, now);
        let closed = started.and_then(|(mut record, mut operations)| {
            operations.extend(record.close_without_audio(Outcome::Declined, &mut self.redactor, now)?);
            Ok((record, operations))
        });
        let (record, operations) = match closed {
            Ok(closed) => closed,
            Err(error) => {
                actions.push(Action::Problem(error));
                return;
            }
        };
        let evidence = self.evidence(&record, now);
        let vcon = evidence.as_ref().map(|evidence| self.seal_vcon(&record, evidence));
        if let Some(evidence) = &evidence {
            self.hand_out(evidence, actions);
        }
        if !keeps {
            return;
        }
        self.refusal = Some(record);
        actions.extend(operations.into_iter().map(Action::Spool));
        match vcon {
            Some(Ok(Some(operation))) => self.spool_export(operation, actions),
            Some(Err(error)) => actions.push(Action::Problem(error)),
            Some(Ok(None)) | None => {}
        }
    }

    /// What the host gets for its own records: a note for the CRM, and receipt and consent record of each party.
    fn hand_out(&self, evidence: &CallEvidence, actions: &mut Vec<Action>) {
        let offset =
            self.config.config.controller.as_ref().map_or(0, |controller| controller.utc_offset_minutes);
        let language = Language::for_tag(self.language.as_deref().unwrap_or_default());
        let note_language =
            self.config.config.controller.as_ref().map_or("en", |one| one.note_language.as_str());
        let asked =
            self.register.parties().iter().filter(|party| party.index != AGENT).map(|party| party.index);
        let papers = || -> Result<CallPapers> {
            Ok(CallPapers {
                note: receipt::summary(evidence, Language::for_tag(note_language), offset)?,
                parties: asked
                    .map(|party| {
                        let options = ReceiptOptions { party, language, utc_offset_minutes: offset };
                        let record = receipt::consent_record(evidence, party)?;
                        Ok(PartyPapers {
                            index: party,
                            receipt_html: receipt::html(evidence, options)?,
                            consent_record: String::from_utf8_lossy(&record).into_owned(),
                        })
                    })
                    .collect::<Result<_>>()?,
            })
        };
        match papers() {
            Ok(papers) => actions.push(Action::Papers(Box::new(papers))),
            Err(error) => actions.push(Action::Problem(error)),
        }
    }

    /// Without a certificate to sign with there is no vCon.
    fn seal_vcon(&self, recording: &Recording, evidence: &CallEvidence) -> Result<Option<SpoolOperation>> {
        let certificates = recording.certificates();
        if certificates.is_empty() {
            return Ok(None);
        }
        let unsigned = vcon::Vcon::build(evidence)?;
        let signed = vcon::sign(&unsigned, &certificates, |bytes| {
            let no_key = || Error::new(ErrorKind::WrongState, "There is no key to sign the vCon with.");
            recording.sign(bytes).ok_or_else(no_key)
        })?;
        let sealed = vcon::encrypt(&signed, &self.config.recipients)?;
        let name = ObjectName::Vcon { call_id: self.call_id, version: FIRST_VERSION }.to_string();
        Ok(Some(SpoolOperation::whole(name, sealed)))
    }

    /// What is known of the call when it is over; none without a controller.
    fn evidence(&self, recording: &Recording, now: Now) -> Option<CallEvidence> {
        let controller = self.config.controller.clone()?;
        let decision = self.decision.as_deref()?;
        let basis = if self.terms.mode == Mode::Mandatory {
            LawfulBasis::LegalObligation
        } else {
            LawfulBasis::Consent
        };
        let mut places: Vec<String> =
            decision.findings.iter().flat_map(|finding| &finding.places).map(ToString::to_string).collect();
        places.sort_unstable();
        places.dedup();
        Some(CallEvidence {
            call_id: self.call_id,
            software: super::consenting::SOFTWARE.to_owned(),
            direction: None,
            subject: None,
            parties: self
                .register
                .parties()
                .iter()
                .map(|party| self.party_evidence(party.index, party.role))
                .collect(),
            controller,
            decision: DecisionSummary {
                basis,
                expires_at_ms: None,
                rule: decision.rule.as_str().to_owned(),
                mode: self.terms.mode.as_str().to_owned(),
                places,
                explanation: serde_json::to_value(decision).ok()?,
            },
            disclosures: self.told.clone(),
            answers: self.consent_events.iter().filter_map(|event| self.answer_evidence(event)).collect(),
            withdrawals: self
                .consent_events
                .iter()
                .filter_map(|event| self.withdrawal_evidence(event))
                .collect(),
            redactions: recording
                .spans()
                .iter()
                .map(|span| RedactionEvidence {
                    from_sample: span.from_sample,
                    to_sample: span.to_sample,
                    trigger: span.trigger.clone(),
                    class: span.class.clone(),
                    actor: span.actor,
                    decided_at_ms: span.decided_at_ms,
                    channels: span.channels,
                    latency_ms: span.latency_ms,
                })
                .collect(),
            gaps: recording
                .gaps()
                .iter()
                .map(|gap| GapEvidence {
                    from_sample: gap.from_sample,
                    to_sample: gap.to_sample,
                    reason: gap.reason.clone(),
                })
                .collect(),
            segments: recording.segments().to_vec(),
            ledger: LedgerEvidence {
                head: recording.ledger_head().to_owned(),
                entries: recording.ledger_entries(),
                chunks: recording.ledger_chunks(),
            },
            outcome: self.outcome_evidence(),
            answered_at_ms: self.answered_unix_ms,
            closed_at_ms: now.unix_ms.max(self.answered_unix_ms),
            end_sample: self.hung_up_sample.unwrap_or_else(|| self.sample_at(now, 0.0)),
            store_url: None,
        })
    }

    fn party_evidence(&self, index: u32, role: Role) -> PartyEvidence {
        let personal = self.personal.get(&index).cloned().unwrap_or_default();
        let finding = self.decision.as_deref().and_then(|decision| {
            decision
                .findings
                .iter()
                .find(|finding| finding.party == Some(index) && !finding.places.is_empty())
        });
        PartyEvidence {
            role: match role {
                Role::Agent => PartyRole::Agent,
                Role::Customer => PartyRole::Customer,
                Role::Other => PartyRole::Participant,
            },
            name: personal.name,
            tel: personal.tel,
            place: finding.and_then(|finding| finding.places.first()).map(ToString::to_string),
            joined_sample: self.moved("joined", index),
            left_sample: self.moved("left", index),
        }
    }

    /// Where on the timeline a party joined or left, if it did.
    fn moved(&self, kind: &str, index: u32) -> Option<u64> {
        let event = self.consent_events.iter().find(|event| event.kind == kind && event.party == index)?;
        Some(samples_of_ms(event.at_ms))
    }

    fn outcome_evidence(&self) -> evidence::Outcome {
        if self.agent_side.is_some() {
            return evidence::Outcome::AgentSide;
        }
        let silent = self.register.open().any(|party| party.consent == PartyConsent::Silent);
        match self.outcome() {
            Some(Outcome::Recorded) | None => evidence::Outcome::Recorded,
            Some(Outcome::AgentSide) => evidence::Outcome::AgentSide,
            Some(Outcome::Withdrawn) => evidence::Outcome::Withdrawn,
            Some(Outcome::Failed) => evidence::Outcome::Failed,
            Some(Outcome::Declined) if silent => evidence::Outcome::Unanswered,
            Some(Outcome::Declined) => evidence::Outcome::Declined,
        }
    }

    fn answer_evidence(&self, event: &ConsentEvent) -> Option<AnswerEvidence> {
        let answer = match event.answer? {
            Answer::Yes => evidence::Answer::Yes,
            Answer::No => evidence::Answer::No,
            Answer::Withdraw => return None,
        };
        Some(AnswerEvidence {
            party: event.party,
            answer,
            method: method_evidence(event.method?)?,
            words_id: event.words.clone(),
            actor: Some(event.actor),
            reference: None,
            at_ms: event.at_unix_ms,
            sample: Some(samples_of_ms(event.at_ms)),
        })
    }

    fn withdrawal_evidence(&self, event: &ConsentEvent) -> Option<WithdrawalEvidence> {
        if event.answer != Some(Answer::Withdraw) {
            return None;
        }
        Some(WithdrawalEvidence {
            party: event.party,
            method: method_evidence(event.method?)?,
            actor: Some(event.actor),
            reference: None,
            at_ms: event.at_unix_ms,
            sample: Some(samples_of_ms(event.at_ms)),
            effect: self.config.config.consent.withdrawal.effect(event.at_unix_ms),
        })
    }

    /// Remembers what everybody was told, with its words.
    pub(super) fn remember_told(&mut self, played: &crate::ledger::DisclosurePlayed) {
        let text = self.disclosure_config().text.clone();
        self.remember_words(played, text);
    }

    /// The same, with these words.
    pub(super) fn remember_words(&mut self, played: &crate::ledger::DisclosurePlayed, text: String) {
        if self.told.len() >= MOST_TOLD {
            return;
        }
        self.told.push(DisclosureEvidence {
            prompt_id: played.prompt_id.clone(),
            version: played.version,
            language: played.language.clone(),
            sha256: played.sha256.clone(),
            text,
            start_sample: played.start_sample,
            end_sample: played.end_sample,
            fraction_delivered: played.fraction_delivered,
        });
    }
}

/// Disclosures that are remembered at most: a page that has thousands played must not make the engine hoard memory.
const MOST_TOLD: usize = 64;

const fn method_evidence(method: Method) -> Option<AnswerMethod> {
    match method {
        Method::AgentButton => Some(AnswerMethod::AgentButton),
        Method::AgentHotkey => Some(AnswerMethod::AgentHotkey),
        Method::Keypad => Some(AnswerMethod::Keypad),
        Method::NoticeAndStay => Some(AnswerMethod::NoticeAndStay),
        Method::HostAssertion => Some(AnswerMethod::HostAssertion),
        Method::Standing => None,
    }
}
