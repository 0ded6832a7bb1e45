//! What becomes of a call whose customer has said no: the policy.
//!
//! Owns the choice. Must never decide whether the law permits it: the terms of the call do
//! ([`crate::consent::terms::Terms::agent_side`]).

use serde::{Deserialize, Serialize};

/// What is recorded after a no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AfterRefusal {
    /// Nothing.
    #[default]
    Nothing,
    /// The agent's own side, where every place that counts lets one participant decide.
    AgentSide,
}
