//! All parties of one call, and the one question "may audio be kept now?".
//!
//! Owns who is in the call and what each has said. The call is one mixed channel: it may be kept only while **every**
//! party in it has agreed, and never again once one has refused, also when that one has left. Must never know when or
//! how somebody is asked.

use super::Answer;
use super::party::{Change, PartyConsent};

/// Index of the agent among the parties.
pub const AGENT: u32 = 0;

/// Index of the first party that is asked.
pub const CUSTOMER: u32 = 1;

/// Parties one call may have, the agent included: a conference beyond that is not asked one by one.
pub const MOST_PARTIES: usize = 16;

/// What somebody is in the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Works with the recorder; agrees by doing so.
    Agent,
    /// The one who calls or is called.
    Customer,
    /// Joined later: a transfer, a conference.
    Other,
}

impl Role {
    /// The word of `docs/format.md` §6.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Customer => "customer",
            Self::Other => "other",
        }
    }
}

/// One party of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Party {
    /// 0 agent, 1 customer, further ones in the order they joined.
    pub index: u32,
    /// What it is.
    pub role: Role,
    /// What it has said.
    pub consent: PartyConsent,
    /// Whether its yes was to stay on the line.
    pub stayed: bool,
    /// Whether it is in the call.
    pub present: bool,
}

impl Party {
    /// Who was told stays on the line. Returns whether that was an answer.
    fn stays(&mut self) -> bool {
        let agreed =
            self.consent == PartyConsent::Asked && self.consent.answer(Answer::Yes, true) == Change::Given;
        self.stayed |= agreed;
        agreed
    }

    /// A yes of the party's own takes the place of having stayed on the line. Returns whether it had only stayed.
    const fn says_so_itself(&mut self) -> bool {
        let only_stayed = self.stayed && self.consent.permits();
        if only_stayed {
            self.stayed = false;
        }
        only_stayed
    }
}

/// Whom an answer is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// This party.
    Party(u32),
    /// Whoever is being asked: certain only if that is one.
    WhoeverIsAsked,
}

/// What an answer came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It changed this for these parties.
    Changed(Vec<(u32, Change)>),
    /// A yes that could be of several parties: it counts for none.
    Ambiguous,
    /// No such party is in the call.
    UnknownParty,
}

/// The parties of one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Register {
    parties: Vec<Party>,
    /// Somebody joined who cannot be asked any more.
    crowded: bool,
}

impl Default for Register {
    fn default() -> Self {
        let party = |index, role, consent| Party { index, role, consent, stayed: false, present: true };
        Self {
            parties: vec![
                party(AGENT, Role::Agent, PartyConsent::Given),
                party(CUSTOMER, Role::Customer, PartyConsent::default()),
            ],
            crowded: false,
        }
    }
}

impl Register {
    /// Everybody who is or was in the call.
    #[must_use]
    pub fn parties(&self) -> &[Party] {
        &self.parties
    }

    /// One party.
    #[must_use]
    pub fn party(&self, index: u32) -> Option<&Party> {
        self.parties.iter().find(|party| party.index == index)
    }

    /// Somebody joins; nobody has asked them yet. `None` if there are too many: nothing is kept then any more.
    pub fn join(&mut self) -> Option<u32> {
        if !self.has_room() {
            self.crowded = true;
            return None;
        }
        let index = u32::try_from(self.parties.len()).ok()?;
        let consent = PartyConsent::default();
        self.parties.push(Party { index, role: Role::Other, consent, stayed: false, present: true });
        Some(index)
    }

    /// Whether somebody who joins can be asked.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.parties.len() < MOST_PARTIES
    }

    /// Somebody has left. Returns whether anybody did.
    pub fn leave(&mut self, index: u32) -> bool {
        let found = self.parties.iter_mut().find(|party| party.index == index && party.index > CUSTOMER);
        found.is_some_and(|party| core::mem::replace(&mut party.present, false))
    }

    /// Whether audio of this moment may be kept because everybody agreed.
    #[must_use]
    pub fn permits(&self) -> bool {
        !self.crowded && !self.locked() && self.present().all(|party| party.consent.permits())
    }

    /// Whether audio of this moment may be kept where a law demands the recording: everybody was told, and nobody has
    /// said no.
    #[must_use]
    pub fn permits_as_mandatory(&self) -> bool {
        let told = |party: &Party| {
            matches!(party.consent, PartyConsent::Given | PartyConsent::Asked | PartyConsent::Silent)
        };
        !self.crowded && !self.locked() && self.present().all(told)
    }

    /// Whether somebody has refused: nothing more is recorded in this call.
    #[must_use]
    pub fn locked(&self) -> bool {
        self.parties.iter().any(|party| party.consent.forbids())
    }

    /// Whether somebody joined who cannot be asked any more.
    #[must_use]
    pub const fn crowded(&self) -> bool {
        self.crowded
    }

    /// Whether somebody has taken a yes back.
    #[must_use]
    pub fn withdrawn(&self) -> bool {
        self.parties.iter().any(|party| party.consent == PartyConsent::Withdrawn)
    }

    /// Whether a yes waits for the disclosure.
    #[must_use]
    pub fn yes_pending(&self) -> bool {
        self.present().any(|party| party.consent == PartyConsent::YesPending)
    }

    /// Those in the call whose answer is not known.
    pub fn open(&self) -> impl Iterator<Item = &Party> {
        self.present().filter(|party| party.consent.is_open())
    }

    /// Those in the call who were told and have not answered.
    pub fn asked(&self) -> impl Iterator<Item = &Party> {
        self.present().filter(|party| party.consent == PartyConsent::Asked)
    }

    fn present(&self) -> impl Iterator<Item = &Party> {
        self.parties.iter().filter(|party| party.present)
    }

    /// The disclosure was delivered to the parties before `up_to`: who joined while it was running has not heard it.
    /// Returns those whose waiting yes counts from now on.
    pub fn disclosed(&mut self, up_to: u32) -> Vec<u32> {
        let heard = self.parties.iter_mut().filter(|party| party.present && party.index < up_to);
        heard.filter_map(|party| party.consent.disclosed().then_some(party.index)).collect()
    }

    /// The disclosure failed.
    pub fn not_disclosed(&mut self) {
        self.parties.iter_mut().for_each(|party| party.consent.not_disclosed());
    }

    /// Nobody has answered in time. Returns those who had been asked.
    pub fn fell_silent(&mut self) -> Vec<u32> {
        let present = self.parties.iter_mut().filter(|party| party.present);
        present.filter_map(|party| party.consent.fell_silent().then_some(party.index)).collect()
    }

    /// An answer arrived. A no of somebody unknown among several is taken for everybody's: withholding is safe.
    pub fn answer(&mut self, from: From, answer: Answer, trusted: bool) -> Outcome {
        let targets: Vec<u32> = match from {
            From::Party(index) => vec![index],
            From::WhoeverIsAsked => self.those_meant(answer),
        };
        if targets.len() > 1 && answer == Answer::Yes {
            return Outcome::Ambiguous;
        }
        let mut changes = Vec::new();
        for party in self.parties.iter_mut().filter(|party| party.present && party.index != AGENT) {
            if targets.contains(&party.index) {
                let confirms = answer == Answer::Yes && trusted && party.says_so_itself();
                let change = if confirms { Change::Given } else { party.consent.answer(answer, trusted) };
                changes.push((party.index, change));
            }
        }
        if changes.is_empty() { Outcome::UnknownParty } else { Outcome::Changed(changes) }
    }

    /// Those who were told have stayed on the line, where that is an answer. Returns them.
    pub fn stayed(&mut self) -> Vec<u32> {
        let others = self.parties.iter_mut().filter(|party| party.present && party.index != AGENT);
        others.filter_map(|party| party.stays().then_some(party.index)).collect()
    }

    /// One of those who were told has stayed on the line, as the ledger of an earlier engine says.
    pub fn has_stayed(&mut self, index: u32) {
        let others = self.parties.iter_mut().filter(|party| party.present && party.index != AGENT);
        others.filter(|party| party.index == index).for_each(|party| {
            party.stays();
        });
    }

    /// What anybody has answered was under another policy: everybody has yet to be asked. A no stays.
    pub fn forget_answers(&mut self) {
        for party in self.parties.iter_mut().filter(|party| party.index != AGENT) {
            if !party.consent.forbids() {
                (party.consent, party.stayed) = (PartyConsent::default(), false);
            }
        }
    }

    /// What was played was no question: who was told, or answered while it ran, has yet to be asked.
    pub fn never_asked(&mut self) {
        for party in &mut self.parties {
            if party.index != AGENT && party.consent.is_open() {
                party.consent = PartyConsent::default();
            }
        }
    }

    /// Staying on the line is no answer any more: who agreed by it has to be asked. Returns whether anybody has.
    pub fn staying_is_no_answer(&mut self) -> bool {
        let mut anybody = false;
        for party in self.parties.iter_mut().filter(|party| party.stayed) {
            party.stayed = false;
            if party.consent == PartyConsent::Given {
                party.consent = PartyConsent::default();
                anybody |= party.present;
            }
        }
        anybody
    }

    /// The host vouches that this party has agreed elsewhere.
    pub fn agreed_elsewhere(&mut self, index: u32) -> Outcome {
        let mut others = self.parties.iter_mut().filter(|party| party.present && party.index != AGENT);
        match others.find(|party| party.index == index) {
            Some(party) => {
                let confirms = party.says_so_itself();
                let change = if confirms { Change::Given } else { party.consent.agreed_elsewhere() };
                Outcome::Changed(vec![(index, change)])
            }
            None => Outcome::UnknownParty,
        }
    }

    fn those_meant(&self, answer: Answer) -> Vec<u32> {
        let others: Vec<&Party> = self.present().filter(|party| party.index != AGENT).collect();
        let open: Vec<u32> =
            others.iter().filter(|party| party.consent.is_open()).map(|party| party.index).collect();
        match answer {
            Answer::Yes | Answer::No if !open.is_empty() => open,
            _ => others.iter().map(|party| party.index).collect(),
        }
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small numbers of the test")]
mod tests {
    use super::*;

    /// What can happen, to parties 1 and 2.
    #[derive(Debug, Clone, Copy)]
    enum Step {
        Disclosed,
        NotDisclosed,
        Silent,
        Join,
        Leave,
        Answer(From, Answer, bool),
    }

    fn steps() -> Vec<Step> {
        let mut steps = vec![Step::Disclosed, Step::NotDisclosed, Step::Silent, Step::Join, Step::Leave];
        for from in [From::Party(1), From::Party(2), From::WhoeverIsAsked] {
            for answer in [Answer::Yes, Answer::No, Answer::Withdraw] {
                steps.push(Step::Answer(from, answer, true));
            }
        }
        steps.push(Step::Answer(From::Party(1), Answer::Yes, false));
        steps
    }

    /// What must hold, kept apart from the register: who is there, who has heard the question, who has said what.
    #[derive(Clone, Default)]
    struct Law {
        joined: bool,
        left: bool,
        heard: [bool; 2],
        said_yes: [bool; 2],
        refused: bool,
    }

    fn walk(register: &Register, law: &Law, depth: usize) {
        if register.permits() {
            assert!(!law.refused, "kept after a no");
            assert!(law.heard[0] && law.said_yes[0], "kept without the customer's informed yes");
            if law.joined && !law.left {
                assert!(law.heard[1] && law.said_yes[1], "kept without the third party's informed yes");
            }
        }
        if depth == 0 {
            return;
        }
        for step in steps() {
            let (mut register, mut law) = (register.clone(), law.clone());
            let here = [true, law.joined && !law.left];
            match step {
                Step::Disclosed => {
                    register.disclosed(3);
                    law.heard = [true, law.heard[1] || here[1]];
                }
                Step::NotDisclosed => register.not_disclosed(),
                Step::Silent => drop(register.fell_silent()),
                Step::Join if !law.joined => {
                    assert_eq!(register.join(), Some(2));
                    law.joined = true;
                }
                Step::Leave => {
                    register.leave(2);
                    law.left |= law.joined;
                }
                Step::Join => {}
                Step::Answer(from, answer, trusted) => {
                    let known = from != From::Party(2) || here[1];
                    register.answer(from, answer, trusted);
                    if answer == Answer::Yes {
                        let to = |index: u32| from == From::Party(index) || from == From::WhoeverIsAsked;
                        law.said_yes[0] |= trusted && to(1);
                        law.said_yes[1] |= trusted && to(2) && here[1];
                    } else {
                        law.refused |= known;
                    }
                }
            }
            walk(&register, &law, depth - 1);
        }
    }

    #[test]
    fn audio_is_kept_only_while_everybody_present_has_heard_and_agreed_and_nobody_ever_refused() {
        walk(&Register::default(), &Law::default(), 5);
    }

    #[test]
    fn a_yes_that_could_be_of_two_parties_counts_for_none() {
        let mut register = Register::default();
        register.join();
        register.disclosed(3);
        assert_eq!(register.answer(From::WhoeverIsAsked, Answer::Yes, true), Outcome::Ambiguous);
        assert!(!register.permits());
        register.answer(From::Party(1), Answer::Yes, true);
        register.answer(From::WhoeverIsAsked, Answer::Yes, true);
        assert!(register.permits());
    }

    #[test]
    fn who_joins_while_the_prompt_plays_has_not_heard_it() {
        let mut register = Register::default();
        let third = register.join().unwrap();
        register.disclosed(third);
        assert_eq!(register.party(third).unwrap().consent, PartyConsent::Undisclosed);
        assert!(!register.permits_as_mandatory());
        register.disclosed(third + 1);
        assert!(register.permits_as_mandatory() && !register.permits());
    }

    #[test]
    fn only_who_was_told_can_have_stayed() {
        let mut register = Register::default();
        let third = register.join().unwrap();
        register.disclosed(third);
        assert_eq!(register.stayed(), [CUSTOMER]);
        assert_eq!(register.party(third).unwrap().consent, PartyConsent::Undisclosed);
        register.disclosed(third + 1);
        assert!(!register.permits(), "who joined has said nothing");
    }

    #[test]
    fn a_yes_of_who_only_stayed_is_an_answer_and_counts_where_staying_does_not() {
        for elsewhere in [true, false] {
            let mut register = Register::default();
            register.disclosed(3);
            register.stayed();
            let from = From::Party(CUSTOMER);
            assert_eq!(
                register.answer(from, Answer::Yes, false),
                Outcome::Changed(vec![(CUSTOMER, Change::Untrusted)])
            );
            let outcome = if elsewhere {
                register.agreed_elsewhere(CUSTOMER)
            } else {
                register.answer(from, Answer::Yes, true)
            };
            assert_eq!(outcome, Outcome::Changed(vec![(CUSTOMER, Change::Given)]));
            assert!(!register.staying_is_no_answer());
            assert!(register.permits());
            assert_eq!(
                register.answer(from, Answer::Yes, true),
                Outcome::Changed(vec![(CUSTOMER, Change::Nothing)])
            );
        }
    }

    #[test]
    fn a_refusal_stays_when_the_one_who_refused_has_left() {
        let mut register = Register::default();
        register.disclosed(3);
        register.answer(From::Party(1), Answer::Yes, true);
        let third = register.join().unwrap();
        register.answer(From::Party(third), Answer::No, false);
        register.leave(third);
        assert!(!register.permits() && register.locked());
    }

    #[test]
    fn a_party_that_joins_stops_the_keeping_until_it_has_agreed_or_left() {
        let mut register = Register::default();
        register.disclosed(3);
        register.answer(From::Party(1), Answer::Yes, true);
        assert!(register.permits());
        let third = register.join().unwrap();
        assert!(!register.permits());
        register.leave(third);
        assert!(register.permits());
    }

    #[test]
    fn an_answer_of_nobody_in_the_call_changes_nothing() {
        let mut register = Register::default();
        for index in [AGENT, 2, 99] {
            assert_eq!(register.answer(From::Party(index), Answer::No, false), Outcome::UnknownParty);
        }
        assert!(!register.locked());
    }

    #[test]
    fn more_parties_than_can_be_asked_end_the_keeping() {
        let mut register = Register::default();
        register.disclosed(3);
        register.answer(From::Party(1), Answer::Yes, true);
        while let Some(index) = register.join() {
            register.leave(index);
        }
        assert_eq!(register.parties().len(), MOST_PARTIES);
        assert!(!register.permits(), "somebody is in the call who was never asked");
    }
}
