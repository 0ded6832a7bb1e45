//! Whose call it is: the caller who first asked to store something of it, for ever.
//!
//! Owns the note about that in the store, and the memory in front of it. It must never let a second person's token store
//! anything of a call, and never ask that of a token which everybody has.

use super::caller::{Caller, Subject};
use super::receive;
use super::refusal::Refusal;
use super::store::WriteOnceStore;
use axum::http::StatusCode;
use bytes::Bytes;
use callseal::names::CallId;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Folder of the notes: one per call, `<call-id>`, with the digits of the subject.
const FOLDER: &str = "bound";
/// Calls whose note is remembered: a day of a large centre, in a megabyte.
const MOST_CALLS: usize = 10_000;

/// What is known of whose calls are whose. Notes never change, so what was read once stays true.
#[derive(Debug, Default)]
pub struct Bindings(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    calls: BTreeMap<CallId, Subject>,
    order: VecDeque<CallId>,
}

impl Bindings {
    /// Binds a call to its first caller, and refuses every other one.
    ///
    /// # Errors
    /// 403 `store/call-bound`, 503 when the store fails.
    pub async fn bind(
        &self,
        store: &dyn WriteOnceStore,
        call_id: CallId,
        caller: &Caller,
    ) -> Result<(), Refusal> {
        let known = self.known().calls.get(&call_id).copied();
        let first = match known {
            Some(first) => first,
            None => {
                let digits = Bytes::from(caller.subject.digits());
                let kept = store.remember(&format!("{FOLDER}/{call_id}"), digits).await;
                let kept = kept.map_err(receive::of_store)?;
                let first = std::str::from_utf8(&kept).ok().and_then(Subject::parse).ok_or_else(bound)?;
                self.known().keep(call_id, first);
                first
            }
        };
        // The own token is everybody's: a call that was begun with it is nobody's, and it may go on with every call.
        let own = Subject::own();
        if first == caller.subject || first == own || caller.subject == own { Ok(()) } else { Err(bound()) }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // A poisoned lock holds whole entries all the same.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn keep(&mut self, call_id: CallId, subject: Subject) {
        if self.calls.insert(call_id, subject).is_some() {
            return;
        }
        self.order.push_back(call_id);
        if self.order.len() > MOST_CALLS
            && let Some(oldest) = self.order.pop_front()
        {
            self.calls.remove(&oldest);
        }
    }
}

const fn bound() -> Refusal {
    Refusal::new(
        StatusCode::FORBIDDEN,
        "store/call-bound",
        "this call was begun with another person's token; only that person's tokens may add to it",
    )
}

#[cfg(test)]
mod tests {
    use super::{Bindings, Known, MOST_CALLS};
    use crate::serve::caller::{Caller, Subject};
    use crate::serve::store::open;
    use callseal::names::CallId;

    fn call(number: usize) -> CallId {
        CallId::parse(&format!("0b7e4b0e-93f1-4a7e-8a4c-{number:012x}")).unwrap()
    }

    fn agent(subject: Subject) -> Caller {
        Caller { subject, writes: true, describes: false, reads: false }
    }

    #[tokio::test]
    async fn a_call_is_its_first_writers_at_every_instance() {
        let store = open("memory://").unwrap();
        let (ann, bob) = (agent(Subject::of("i", "ann")), agent(Subject::of("i", "bob")));
        let own = agent(Subject::own());
        let (one, two) = (Bindings::default(), Bindings::default());
        one.bind(&*store, call(1), &ann).await.unwrap();
        for instance in [&one, &two] {
            assert_eq!(instance.bind(&*store, call(1), &bob).await.unwrap_err().code(), "store/call-bound");
            instance.bind(&*store, call(1), &ann).await.unwrap();
            instance.bind(&*store, call(1), &own).await.unwrap();
        }
        two.bind(&*store, call(2), &own).await.unwrap();
        one.bind(&*store, call(2), &bob).await.unwrap();
    }

    #[test]
    fn the_memory_is_bounded() {
        let mut known = Known::default();
        (0..=MOST_CALLS).for_each(|number| known.keep(call(number), Subject::own()));
        assert_eq!((known.calls.len(), known.order.len()), (MOST_CALLS, MOST_CALLS));
        assert!(!known.calls.contains_key(&call(0)));
    }
}
