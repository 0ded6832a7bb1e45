//! Uploads on their way.
//!
//! Owns that each attempt that begins is reported as ended, whatever happened. Must never hold an object's content
//! longer than an attempt takes.

use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;
use web_sys::Blob;

use super::Edge;
use crate::Result;
use crate::ledger::SHRED_TYPE;
use crate::names::CallId;
use crate::seal::jws;
use crate::session::report::ReportedObject;
use crate::store::attempt::Ended;
use crate::store::queue::AttemptOutcome;
use crate::store::trouble::Trouble;
use crate::web::upload::{self, Target};

impl Edge {
    /// What the spool holds of a call, for an export.
    ///
    /// # Errors
    /// If it is no call's id, or there is nothing.
    pub async fn files(&self, call_id: &str) -> Result<Vec<(String, Blob)>> {
        // A call id is safe as the name of a folder; anything else might not be.
        CallId::parse(call_id)?;
        self.spool.files(call_id).await
    }

    pub(super) fn upload(
        self: &Rc<Self>,
        call_id: String,
        object: ReportedObject,
        store: usize,
        is_retry: bool,
    ) {
        let edge = Rc::clone(self);
        let target =
            self.engine.borrow().store(store).map(|(name, config)| (name.to_owned(), config.clone()));
        let Some((name, config)) = target else { return };
        spawn_local(async move {
            let target = Target { name: &name, config: &config, helpers: &edge.helpers };
            let ended = match edge.spool.content(&call_id, &object.name).await {
                Ok(content) => upload::attempt(&target, &object, is_retry, &content).await,
                Err(_) => Ended {
                    outcome: AttemptOutcome::Failed {
                        trouble: Trouble::SpoolUnreadable,
                        retry_after_ms: None,
                    },
                    confirmation: None,
                },
            };
            // Before the object is done: with the last one the call may be.
            if let Some(confirmation) = ended.confirmation.filter(|text| confirms(text, &call_id)) {
                let effects = edge.engine.borrow_mut().shredded(&call_id, confirmation, edge.now());
                edge.carry_out(effects);
            }
            let effects = edge.engine.borrow_mut().upload_ended(
                &call_id,
                store,
                &object.name,
                ended.outcome,
                edge.now(),
                js_sys::Math::random(),
            );
            edge.carry_out(effects);
        });
    }
}

/// Whether a text is the confirmation that this call was shredded; whose it is can be asked by whoever knows the store.
fn confirms(text: &str, call_id: &str) -> bool {
    let read = jws::read(text.as_bytes(), SHRED_TYPE);
    read.is_ok_and(|jws| jws.payload.get("call_id").and_then(serde_json::Value::as_str) == Some(call_id))
}
