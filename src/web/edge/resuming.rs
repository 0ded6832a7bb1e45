//! A call of a dead engine on its way into this one.
//!
//! Owns which calls the scan for what a crash has left must not touch. Must never decide whether a call goes on.

use std::rc::Rc;

use super::{Edge, random_u32};
use crate::Result;
use crate::engine::resuming::TakeOverMessage;
use crate::session::resuming::Resumption;
use crate::store::recovery::RecoveryPlan;

impl Edge {
    /// Hash of the policy in force.
    pub fn policy_sha256(&self) -> String {
        self.engine.borrow().config().policy_sha256.clone()
    }

    /// Whether the page will have the call taken over, or is having it.
    pub fn takes_over(&self, call_id: &str) -> bool {
        self.expected.borrow().contains(call_id)
    }

    /// The call is this engine's by now, or nobody's.
    pub fn let_scan(&self, call_id: &str) {
        self.expected.borrow_mut().remove(call_id);
    }

    /// The dead engine has left nothing of the call: it begins anew.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub fn begin_late(self: &Rc<Self>, message: &TakeOverMessage) -> Result<()> {
        let effects = self.engine.borrow_mut().begin_late(message, random_u32()?, self.now())?;
        self.carry_out(effects);
        self.prepare_signer(message.call_id.clone());
        Ok(())
    }

    /// The call goes on with what the dead engine has left.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub fn go_on(
        self: &Rc<Self>,
        message: &TakeOverMessage,
        files: RecoveryPlan,
        resumption: Box<Resumption>,
    ) -> Result<()> {
        let serial = random_u32()?;
        let effects = self.engine.borrow_mut().go_on(message, files, resumption, serial, self.now())?;
        self.carry_out(effects);
        Ok(())
    }
}
