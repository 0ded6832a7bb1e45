//! Where a call's objects come from.

use std::collections::BTreeMap;

use crate::Result;
use crate::names::{CallId, ObjectName};

/// Gives the objects of one call. Implemented by whoever may do input: a folder, a store.
pub trait ObjectSource {
    /// The call whose objects these are.
    fn call_id(&self) -> CallId;

    /// The names of all objects of the call that are there, in any order. Anything else found is left out.
    ///
    /// # Errors
    /// `StoreUnavailable` when they cannot be listed.
    fn list(&self) -> Result<Vec<ObjectName>>;

    /// The content of an object, or `None` when it is not there.
    ///
    /// # Errors
    /// `StoreUnavailable` when it is there and cannot be read.
    fn get(&self, name: &ObjectName) -> Result<Option<Vec<u8>>>;
}

/// Objects held in memory.
#[derive(Debug, Clone)]
pub struct MemorySource {
    call_id: CallId,
    objects: BTreeMap<ObjectName, Vec<u8>>,
}

impl MemorySource {
    /// An empty call.
    #[must_use]
    pub const fn new(call_id: CallId) -> Self {
        Self { call_id, objects: BTreeMap::new() }
    }

    /// Puts an object and returns what was under its name before.
    pub fn insert(&mut self, name: ObjectName, content: Vec<u8>) -> Option<Vec<u8>> {
        self.objects.insert(name, content)
    }

    /// Takes an object away.
    pub fn remove(&mut self, name: &ObjectName) -> Option<Vec<u8>> {
        self.objects.remove(name)
    }

    /// All objects in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&ObjectName, &Vec<u8>)> {
        self.objects.iter()
    }
}

impl ObjectSource for MemorySource {
    fn call_id(&self) -> CallId {
        self.call_id
    }

    fn list(&self) -> Result<Vec<ObjectName>> {
        Ok(self.objects.keys().copied().collect())
    }

    fn get(&self, name: &ObjectName) -> Result<Option<Vec<u8>>> {
        Ok(self.objects.get(name).cloned())
    }
}
