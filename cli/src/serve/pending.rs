//! Which calls wait for something to be destroyed or put aside, over restarts and for every instance.
//!
//! Owns one empty note per such call beside the store's objects. It holds no more than the call's id.

use super::store::{StoreError, WriteOnceStore};
use bytes::Bytes;
use callseal::names::CallId;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// The calls that wait.
#[derive(Debug)]
pub struct Pending {
    /// Folder of the notes.
    what: &'static str,
    /// Those that this process knows of.
    calls: Mutex<BTreeSet<CallId>>,
}

impl Pending {
    /// Calls that wait for `what`; [`Self::refresh`] finds those of other processes.
    pub fn new(what: &'static str) -> Self {
        Self { what, calls: Mutex::default() }
    }

    /// Learns from the store which calls wait, also those that other instances marked.
    ///
    /// # Errors
    /// That of the store; what was known stays known.
    pub async fn refresh(&self, store: &dyn WriteOnceStore) -> Result<(), StoreError> {
        let names = store.remembered(self.what).await?;
        *self.calls() = names.iter().filter_map(|name| CallId::parse(name).ok()).collect();
        Ok(())
    }

    /// Whether the call waits, as far as this process knows.
    pub fn has(&self, call_id: &CallId) -> bool {
        self.calls().contains(call_id)
    }

    /// Whether the call waits, as far as any instance knows.
    ///
    /// # Errors
    /// That of the store.
    pub async fn has_anywhere(
        &self,
        store: &dyn WriteOnceStore,
        call_id: CallId,
    ) -> Result<bool, StoreError> {
        if self.has(&call_id) {
            return Ok(true);
        }
        let is_marked = store.recall(&self.note(call_id)).await?.is_some();
        if is_marked {
            self.calls().insert(call_id);
        }
        Ok(is_marked)
    }

    /// All that wait, as far as this process knows.
    pub fn all(&self) -> Vec<CallId> {
        self.calls().iter().copied().collect()
    }

    /// Marks a call, durably.
    ///
    /// # Errors
    /// `Unavailable` if the mark cannot be written: nobody may be told then that the demand was taken.
    pub async fn add(&self, store: &dyn WriteOnceStore, call_id: CallId) -> Result<(), StoreError> {
        // Not quite empty: some services take no empty object.
        store.remember(&self.note(call_id), Bytes::from_static(b"\n")).await?;
        self.calls().insert(call_id);
        Ok(())
    }

    /// Takes the mark away. If that fails, the call is looked at once more later.
    pub async fn remove(&self, store: &dyn WriteOnceStore, call_id: CallId) {
        self.calls().remove(&call_id);
        let _ = store.forget(&self.note(call_id)).await;
    }

    fn note(&self, call_id: CallId) -> String {
        format!("{}/{call_id}", self.what)
    }

    fn calls(&self) -> std::sync::MutexGuard<'_, BTreeSet<CallId>> {
        // A poisoned lock holds whole entries all the same.
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::Pending;
    use crate::serve::store::{WriteOnceStore, open};
    use callseal::names::CallId;

    async fn waits_for_every_instance(store: &dyn WriteOnceStore) {
        let call_id = CallId::parse("0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa").unwrap();
        Pending::new("shred").add(store, call_id).await.unwrap();
        let (again, other) = (Pending::new("shred"), Pending::new("exposure"));
        assert!(again.has_anywhere(store, call_id).await.unwrap());
        assert!(!other.has_anywhere(store, call_id).await.unwrap());
        again.refresh(store).await.unwrap();
        other.refresh(store).await.unwrap();
        assert!(other.all().is_empty());
        assert_eq!(again.all(), [call_id]);
        again.remove(store, call_id).await;
        assert!(!again.has(&call_id));
        again.refresh(store).await.unwrap();
        assert!(again.all().is_empty());
    }

    #[tokio::test]
    async fn a_call_waits_over_a_restart_and_for_other_instances_until_its_mark_is_taken_away() {
        let folder = tempfile::tempdir().unwrap();
        waits_for_every_instance(&*open(&format!("fs://{}", folder.path().display())).unwrap()).await;
        waits_for_every_instance(&*open("memory://").unwrap()).await;
    }
}
