//! What is known of a call when the law is asked: who takes part, and what hints there are of where they are.
//!
//! Owns the reading of hints. Holds no number and no address: a hint is reduced to codes of places at once, so that
//! nothing behind it can leak. Must never decide.

use super::number::{self, Located};
use super::place::Place;
use super::rule::Media;
use crate::words::words;
use crate::{ErrorKind, Result};

words! {
    /// Where a hint comes from.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub enum Signal {
        /// The party's telephone number.
        Number = "number",
        /// The party's address in the customer relationship system.
        CrmAddress = "crm_address",
        /// The party said where it is.
        Declared = "declared",
        /// Where the agent works, by the host's configuration.
        AgentPlace = "agent_place",
        /// Where the company is that records, by the host's configuration.
        CompanyPlace = "company_place",
    }
}

impl Signal {
    /// Who is believed more about the same party: what it says now, then what is on record, then its number.
    #[must_use]
    pub const fn trust(self) -> u8 {
        match self {
            Self::Number => 1,
            Self::CrmAddress | Self::AgentPlace | Self::CompanyPlace => 2,
            Self::Declared => 3,
        }
    }
}

/// What a hint tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Tells {
    /// One of these places.
    Places(Vec<Place>),
    /// A number that is reached from anywhere.
    Nowhere,
    /// A number whose code is not known.
    UnknownCode,
    /// The hint could not be read.
    Unusable(ErrorKind),
}

/// One hint of where a party is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    pub(super) signal: Signal,
    pub(super) tells: Tells,
}

impl Hint {
    /// Reads a hint: a number in international form for [`Signal::Number`], else a code such as `DE` or `US-CA`.
    ///
    /// # Errors
    /// [`ErrorKind::HintNumberInvalid`] or [`ErrorKind::HintPlaceInvalid`], never with the text.
    pub fn parse(signal: Signal, text: &str) -> Result<Self> {
        let tells = if signal == Signal::Number {
            match number::locate(text)? {
                Located::At(places) => Tells::Places(places),
                Located::Nowhere => Tells::Nowhere,
                Located::Unknown => Tells::UnknownCode,
            }
        } else {
            Tells::Places(vec![Place::parse(text)?])
        };
        Ok(Self { signal, tells })
    }

    /// Reads a hint; one that cannot be read stands for an unknown place, which is the strictest, and the decision
    /// carries a warning.
    #[must_use]
    pub fn read(signal: Signal, text: &str) -> Self {
        Self::parse(signal, text)
            .unwrap_or_else(|error| Self { signal, tells: Tells::Unusable(error.kind()) })
    }

    /// Where it comes from.
    #[must_use]
    pub const fn signal(&self) -> Signal {
        self.signal
    }

    /// The places it names; empty if it names none.
    #[must_use]
    pub fn places(&self) -> &[Place] {
        match &self.tells {
            Tells::Places(places) => places,
            Tells::Nowhere | Tells::UnknownCode | Tells::Unusable(_) => &[],
        }
    }
}

words! {
    /// What a party is in the call.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub enum Role {
        /// Works for the company.
        Agent = "agent",
        /// Whom the agent speaks to.
        Customer = "customer",
        /// Anybody else on the line.
        Other = "other",
        /// The company that records; not on the line, but its law counts.
        Company = "company",
    }
}

/// What is known of one party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartyFacts {
    /// The party's index in the call; 0 is the agent, 1 the customer.
    pub index: u32,
    /// What it is.
    pub role: Role,
    /// What hints there are; none: its place is unknown.
    pub hints: Vec<Hint>,
}

/// What is known of a call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CallFacts {
    /// How it travels.
    pub media: Media,
    /// Everybody on the line; nobody counts as one party whose place is unknown.
    pub parties: Vec<PartyFacts>,
    /// Where the company is that records, if its law is to count.
    pub company: Option<Hint>,
}
