//! Which of a call's two channels something is about.
//!
//! Owns the three words and their arithmetic. They are in the ledger, so they never change their meaning.

use crate::words::words;

words! {
    /// Channels of a call.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub enum Channels {
        /// The agent's and the customer's.
        #[default]
        Both = "both",
        /// The agent's alone.
        Agent = "agent",
        /// The customer's alone.
        Customer = "customer",
    }
}

impl Channels {
    /// Whether the agent's channel is one of them.
    #[must_use]
    pub const fn has_agent(self) -> bool {
        !matches!(self, Self::Customer)
    }

    /// Whether the customer's channel is one of them.
    #[must_use]
    pub const fn has_customer(self) -> bool {
        !matches!(self, Self::Agent)
    }

    /// The channels of either.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        if self == other { self } else { Self::Both }
    }

    /// Whether all channels of `other` are among these.
    #[must_use]
    pub fn cover(self, other: Self) -> bool {
        self.and(other) == self
    }

    /// Whether there is a channel that both have.
    #[must_use]
    pub const fn meet(self, other: Self) -> bool {
        self.has_agent() && other.has_agent() || self.has_customer() && other.has_customer()
    }
}

#[cfg(test)]
mod tests {
    use super::Channels::{Agent, Both, Customer};

    #[test]
    fn the_channels_of_two_are_those_of_either() {
        assert_eq!((Agent.and(Agent), Agent.and(Customer), Customer.and(Both)), (Agent, Both, Both));
        assert!(Both.cover(Agent) && Agent.cover(Agent) && !Agent.cover(Both) && !Agent.cover(Customer));
        assert!(Both.meet(Agent) && Customer.meet(Both) && !Agent.meet(Customer));
        assert!(Both.has_agent() && Both.has_customer() && !Agent.has_customer() && !Customer.has_agent());
    }
}
