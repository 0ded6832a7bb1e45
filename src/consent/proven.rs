//! Which answers the ledger of a dead engine proves, so that the engine after it need not ask again.
//!
//! Owns what counts as proven: a yes to a disclosure that is on record as delivered to whoever said it, under terms on
//! record; or one that the host's back end has signed. What is unclear was not answered. Must never be more generous than
//! the engine was that wrote it, and never go on behind a no, a withdrawal or a demand to destroy.

use std::collections::BTreeMap;

use super::party::PartyConsent;
use super::register::{AGENT, From, Register};
use super::terms::Terms;
use super::{Answer, Method};
use crate::ledger::{CallOpened, ConsentAnswered, DisclosurePlayed, Entry, EntryBody};
use crate::{Error, ErrorKind, Result};

/// Where a call stands, as its ledger proves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// Who is in it, and what each has said.
    pub register: Register,
    /// The terms in force.
    pub terms: Terms,
    /// Where on the timeline the further parties joined, in order: the first of them is party 2.
    pub joined_samples: Vec<u64>,
    /// The latest agreement, or the end of the latest disclosure.
    pub agreed_sample: u64,
}

/// Reads the answers out of a ledger's entries, which were checked before. `policy_sha256` is that of the policy in force
/// now: what was answered under another one does not count.
///
/// # Errors
/// `WrongState` where nothing may be recorded any more, or the entries do not fit each other.
pub fn read(opened: &CallOpened, entries: &[Entry], policy_sha256: &str) -> Result<Proven> {
    let mut reading = Reading {
        proven: Proven {
            register: Register::default(),
            terms: Terms::STRICTEST,
            joined_samples: Vec::new(),
            agreed_sample: 0,
        },
        policy_sha256: opened.policy_sha256.clone(),
        parties_at_first: opened.parties.len(),
        has_begun: false,
        heard: BTreeMap::new(),
        waiting: Vec::new(),
    };
    entries.iter().try_for_each(|entry| reading.take(&entry.body))?;
    if !reading.has_begun {
        return Err(unclear("the ledger does not say that the recording began"));
    }
    reading.under(policy_sha256);
    Ok(reading.proven)
}

struct Reading {
    proven: Proven,
    policy_sha256: String,
    parties_at_first: usize,
    /// The recording has begun: terms only become stricter.
    has_begun: bool,
    /// Hash of the last disclosure that each party has heard whole.
    heard: BTreeMap<u32, String>,
    /// A yes to words that were not delivered by then: who, where on the timeline, to which words.
    waiting: Vec<(u32, u64, String)>,
}

impl Reading {
    fn take(&mut self, body: &EntryBody) -> Result<()> {
        let Proven { register, terms, joined_samples, .. } = &mut self.proven;
        match body {
            EntryBody::DecisionMade(decision) => {
                let before = *terms;
                let decided = Terms::of_entry(decision);
                *terms = if self.has_begun { before.and(decided) } else { decided };
                if before.told_is_enough() && !terms.told_is_enough() {
                    register.never_asked();
                    self.heard.clear();
                }
                if before.stay_counts && !terms.stay_counts {
                    register.staying_is_no_answer();
                }
            }
            EntryBody::PartyJoined(joined) => {
                if register.join() != Some(joined.party) {
                    return Err(unclear("the ledger does not tell who is in the call"));
                }
                joined_samples.push(joined.sample);
            }
            EntryBody::PartyLeft(left) => {
                register.leave(left.party);
            }
            EntryBody::DisclosurePlayed(played) => self.played(played),
            EntryBody::ConsentAnswered(answered) => return self.answered(answered),
            EntryBody::ConsentTimedOut(_) => {
                register.fell_silent();
            }
            EntryBody::CallResumed(resumed) => self.under(&resumed.policy_sha256),
            EntryBody::ConsentWithdrawn(_) | EntryBody::AgentSideBegan(_) | EntryBody::ShredRequested(_) => {
                return Err(refused());
            }
            EntryBody::CallClosed(_) | EntryBody::CallRecovered(_) => {
                return Err(unclear("the ledger is closed"));
            }
            _ => {}
        }
        Ok(())
    }

    /// Another policy is in force from here on.
    fn under(&mut self, policy_sha256: &str) {
        if self.policy_sha256 != policy_sha256 {
            policy_sha256.clone_into(&mut self.policy_sha256);
            self.proven.register.forget_answers();
            self.heard.clear();
            self.waiting.clear();
        }
    }

    /// Words were delivered to everybody who was there when they began.
    fn played(&mut self, played: &DisclosurePlayed) {
        let Proven { register, joined_samples, agreed_sample, .. } = &mut self.proven;
        let in_time = joined_samples.iter().take_while(|joined| **joined <= played.start_sample).count();
        let up_to = u32::try_from(in_time.saturating_add(2)).unwrap_or(u32::MAX);
        register.not_disclosed();
        register.disclosed(up_to);
        for party in register.parties().iter().filter(|party| party.present && party.index < up_to) {
            self.heard.insert(party.index, played.sha256.clone());
        }
        *agreed_sample = (*agreed_sample).max(played.end_sample);
        for (party, sample, sha256) in core::mem::take(&mut self.waiting) {
            // Said while they ran, by somebody who heard them whole.
            let while_running = (played.start_sample..=played.end_sample).contains(&sample);
            if while_running && sha256 == played.sha256 && party < up_to {
                self.agreed(party, sample);
            }
        }
    }

    fn answered(&mut self, answered: &ConsentAnswered) -> Result<()> {
        let ConsentAnswered { party, sample, prompt_sha256, .. } = answered;
        if answered.answer != Answer::Yes.as_str() {
            return Err(refused());
        }
        match Method::from_word(&answered.method) {
            Some(Method::Standing) if *party == AGENT => {
                self.has_begun = true;
                if self.proven.register.parties().len() < self.parties_at_first {
                    return Err(unclear("the ledger does not tell who was in the call"));
                }
            }
            Some(Method::HostAssertion) => {
                self.proven.register.agreed_elsewhere(*party);
                self.count(*sample);
            }
            Some(Method::NoticeAndStay) if self.proven.terms.stay_counts => {
                if self.heard.get(party) == Some(prompt_sha256) {
                    self.proven.register.has_stayed(*party);
                    self.count(*sample);
                }
            }
            Some(Method::AgentButton | Method::AgentHotkey | Method::Keypad) => {
                if self.heard.get(party) == Some(prompt_sha256) {
                    self.agreed(*party, *sample);
                } else {
                    self.waiting.push((*party, *sample, prompt_sha256.clone()));
                }
            }
            Some(Method::Standing | Method::NoticeAndStay) | None => {}
        }
        Ok(())
    }

    fn agreed(&mut self, party: u32, sample: u64) {
        let is_told = |consent| consent != PartyConsent::Undisclosed;
        if self.proven.register.party(party).is_some_and(|party| is_told(party.consent)) {
            self.proven.register.answer(From::Party(party), Answer::Yes, true);
            self.count(sample);
        }
    }

    fn count(&mut self, sample: u64) {
        self.proven.agreed_sample = self.proven.agreed_sample.max(sample);
    }
}

fn refused() -> Error {
    Error::new(ErrorKind::WrongState, "Somebody has said no, or has withdrawn: that is final for the call.")
}

fn unclear(detail: &str) -> Error {
    Error::new(ErrorKind::WrongState, detail)
}
