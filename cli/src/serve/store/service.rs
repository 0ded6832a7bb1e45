//! Objects in a service that OpenDAL speaks to and that can write only if a name is free.
//!
//! Owns the bridge to such services. It must never be used with a service whose conditional write is not atomic: OpenDAL
//! claims one for `fs` too, and that one is not (see [`super::fs`]).

use super::{Incoming, StoreError, Stored, WITHHELD, WriteOnceStore, notes};
use crate::failure::Failure;
use bytes::Bytes;
use callseal::names::{CallId, ObjectName};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use opendal::{ErrorKind, Operator};

/// A service as a write-once store.
#[derive(Debug)]
pub struct ServiceStore {
    operator: Operator,
}

impl ServiceStore {
    /// A store in this process's memory, for trying out and for tests: it is gone when the process ends.
    ///
    /// # Errors
    /// A [`Failure`] if the service lacks a conditional write.
    pub fn memory() -> Result<Self, Failure> {
        let operator = Operator::new(opendal::services::Memory::default());
        Self::new(operator.map_err(|error| Failure::bad_input(format!("memory://: {}", error.kind())))?)
    }

    fn new(operator: Operator) -> Result<Self, Failure> {
        let info = operator.info();
        if info.scheme() == "fs" || !info.capability().write_with_if_not_exists {
            return Err(Failure::missing_prerequisite(format!(
                "the service {} cannot write an object only if its name is free",
                info.scheme()
            )));
        }
        Ok(Self { operator })
    }
}

impl WriteOnceStore for ServiceStore {
    fn folder(&self) -> Option<&std::path::Path> {
        None
    }

    fn holds<'a>(&'a self, name: &'a ObjectName) -> BoxFuture<'a, Result<bool, StoreError>> {
        super::holds(&self.operator, name).boxed()
    }

    fn describe<'a>(&'a self, name: &'a ObjectName) -> BoxFuture<'a, Result<Option<Stored>, StoreError>> {
        super::describe(&self.operator, name).boxed()
    }

    fn read<'a>(&'a self, name: &'a ObjectName) -> BoxFuture<'a, Result<Option<Bytes>, StoreError>> {
        super::read(&self.operator, name).boxed()
    }

    fn list(&self, call_id: CallId) -> BoxFuture<'_, Result<Vec<ObjectName>, StoreError>> {
        super::list(&self.operator, call_id).boxed()
    }

    fn calls(&self, after: Option<CallId>, limit: usize) -> BoxFuture<'_, Result<Vec<CallId>, StoreError>> {
        super::calls(&self.operator, after, limit).boxed()
    }

    fn sizes(&self, call_id: CallId) -> BoxFuture<'_, Result<Vec<(ObjectName, u64)>, StoreError>> {
        super::sizes(&self.operator, call_id).boxed()
    }

    fn destroy<'a>(&'a self, name: &'a ObjectName) -> BoxFuture<'a, Result<(), StoreError>> {
        async move {
            let deleted = self.operator.delete(&name.to_string()).await;
            deleted.map_err(|error| StoreError::service("delete", &error))
        }
        .boxed()
    }

    fn withhold<'a>(&'a self, name: &'a ObjectName) -> BoxFuture<'a, Result<(), StoreError>> {
        async move {
            let Some(bytes) = self.read(name).await? else { return Ok(()) };
            let aside = format!("{WITHHELD}/{name}");
            match self.operator.write_with(&aside, bytes).if_not_exists(true).await {
                // The first one stays: what comes later under the name may be anything.
                Err(error)
                    if matches!(error.kind(), ErrorKind::ConditionNotMatch | ErrorKind::AlreadyExists) => {}
                written => drop(written.map_err(|error| StoreError::service("withhold", &error))?),
            }
            self.destroy(name).await
        }
        .boxed()
    }

    fn begin<'a>(
        &'a self,
        name: &'a ObjectName,
        size_bytes: u64,
    ) -> BoxFuture<'a, Result<Box<dyn Incoming>, StoreError>> {
        let bytes = Vec::with_capacity(usize::try_from(size_bytes).unwrap_or(0));
        let incoming = ServiceIncoming { operator: self.operator.clone(), name: *name, bytes };
        async move { Ok(Box::new(incoming) as Box<dyn Incoming>) }.boxed()
    }

    fn remember<'a>(&'a self, name: &'a str, content: Bytes) -> BoxFuture<'a, Result<Bytes, StoreError>> {
        notes::remember_in_service(&self.operator, name, content).boxed()
    }

    fn remembered<'a>(&'a self, folder: &'a str) -> BoxFuture<'a, Result<Vec<String>, StoreError>> {
        notes::remembered_in_service(&self.operator, folder).boxed()
    }
}

/// Bytes held back until they are complete, so that one conditional request carries the whole object.
struct ServiceIncoming {
    operator: Operator,
    name: ObjectName,
    bytes: Vec<u8>,
}

impl Incoming for ServiceIncoming {
    fn append(&mut self, bytes: Bytes) -> BoxFuture<'_, Result<(), StoreError>> {
        self.bytes.extend_from_slice(&bytes);
        async { Ok(()) }.boxed()
    }

    fn publish(self: Box<Self>) -> BoxFuture<'static, Result<(), StoreError>> {
        async move {
            let Self { operator, name, bytes } = *self;
            match operator.write_with(&name.to_string(), bytes).if_not_exists(true).await {
                Ok(_) => Ok(()),
                Err(error)
                    if matches!(error.kind(), ErrorKind::ConditionNotMatch | ErrorKind::AlreadyExists) =>
                {
                    Err(StoreError::Exists)
                }
                Err(error) => Err(StoreError::service("write", &error)),
            }
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::ServiceStore;
    use crate::serve::digest::Digest;
    use crate::serve::store::{StoreError, WriteOnceStore as _};
    use bytes::Bytes;
    use callseal::names::ObjectName;
    use opendal::Operator;

    #[tokio::test]
    async fn second_of_two_complete_uploads_is_refused_and_changes_nothing() {
        let name = ObjectName::parse("0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa/ledger/000000.jsonl").unwrap();
        let store = ServiceStore::memory().unwrap();
        let mut first = store.begin(&name, 3).await.unwrap();
        let mut second = store.begin(&name, 3).await.unwrap();
        first.append(Bytes::from_static(b"one")).await.unwrap();
        second.append(Bytes::from_static(b"two")).await.unwrap();
        assert_eq!(store.describe(&name).await, Ok(None));
        assert_eq!(first.publish().await, Ok(()));
        assert_eq!(second.publish().await, Err(StoreError::Exists));
        assert_eq!(store.describe(&name).await.unwrap().unwrap().sha256, Digest::of(b"one"));
    }

    #[test]
    fn refuses_the_conditional_write_of_fs() {
        let folder = tempfile::tempdir().unwrap();
        let builder = opendal::services::Fs::default().root(&folder.path().to_string_lossy());
        assert!(ServiceStore::new(Operator::new(builder).unwrap()).is_err());
    }
}
