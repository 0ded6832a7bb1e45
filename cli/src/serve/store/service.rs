//! Objects in a service that OpenDAL speaks to and that can write only if a name is free.
//!
//! Owns the bridge to such services. It must never be used with a service whose conditional write is not atomic: OpenDAL
//! claims one for `fs` too, and that one is not (see [`super::fs`]).

use super::buffered::Buffered;
use super::direct::{Direct, GRANTED_SHA256, Order, Presigned};
use super::examination::{Check, Duty, Examined};
use super::notes::{self, OWN};
use super::{Incoming, StoreError, Stored, WITHHELD, WriteOnceStore};
use crate::failure::Failure;
use crate::serve::digest::Digest;
use crate::serve::grant::Claim;
use crate::serve::log;
use crate::serve::retention::Retention;
use bytes::Bytes;
use callseal::names::{CallId, ObjectName};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use opendal::{ErrorKind, Operator};
use std::sync::Arc;
use std::time::Duration;

/// A service as a write-once store.
#[derive(Debug)]
pub struct ServiceStore {
    service: Arc<Service>,
    grants_directly: bool,
}

#[derive(Debug)]
struct Service {
    operator: Operator,
    direct: Option<(Box<dyn Direct>, reqwest::Client)>,
    retention: Option<Retention>,
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

    /// A store over `operator`.
    fn new(operator: Operator) -> Result<Self, Failure> {
        check(&operator)?;
        let service = Service { operator, direct: None, retention: None };
        Ok(Self { service: Arc::new(service), grants_directly: false })
    }

    /// A store over `operator` whose service takes presigned requests; pages get those if `grants_directly`.
    ///
    /// # Errors
    /// A [`Failure`] if the service lacks a conditional write.
    pub fn presigning(
        operator: Operator,
        direct: Box<dyn Direct>,
        client: reqwest::Client,
        grants_directly: bool,
        retention: Option<Retention>,
    ) -> Result<Self, Failure> {
        check(&operator)?;
        let grants_directly = grants_directly && direct.can_presign();
        let service = Service { operator, direct: Some((direct, client)), retention };
        Ok(Self { service: Arc::new(service), grants_directly })
    }
}

fn check(operator: &Operator) -> Result<(), Failure> {
    let info = operator.info();
    if info.scheme() == "fs" || !info.capability().write_with_if_not_exists {
        return Err(Failure::missing_prerequisite(format!(
            "the service {} cannot write an object only if its name is free",
            info.scheme()
        )));
    }
    Ok(())
}

impl Service {
    /// Writes the bytes of `order`, complete and checked, only while the path is free.
    async fn write_once(&self, order: Order<'_>, bytes: Bytes) -> Result<(), StoreError> {
        let path = order.path;
        if let Some((direct, _)) = &self.direct {
            let answer = direct.put_once(order, bytes).await?;
            return match answer.status.as_u16() {
                200..=299 => Ok(()),
                // Some services say by the same status that they cannot do it now.
                403 | 409 | 412 if self.exists(path).await? => Err(StoreError::Exists),
                _ => answer.accepted("put").map(drop),
            };
        }
        match self.operator.write_with(path, bytes).if_not_exists(true).await {
            Ok(_) => Ok(()),
            Err(error) if is_taken(&error) => Err(StoreError::Exists),
            Err(error) => Err(StoreError::service("write", &error)),
        }
    }

    /// Writes what is no client's and under no retention.
    async fn write_own(&self, path: &str, bytes: Bytes) -> Result<(), StoreError> {
        let size_bytes = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.write_once(Order { path, size_bytes, sha256: Digest::of(&bytes), keep: None }, bytes).await
    }

    async fn exists(&self, path: &str) -> Result<bool, StoreError> {
        self.operator.exists(path).await.map_err(|error| StoreError::service("stat", &error))
    }

    /// The object under `name`. What is not what its own grant said is removed: a page put it there, no request here has ever
    /// acknowledged it, and left alone it would block the name for ever.
    async fn describe(&self, name: &ObjectName) -> Result<Option<Stored>, StoreError> {
        if self.direct.as_ref().is_none_or(|(direct, _)| direct.binds_hash()) {
            return super::describe(&self.operator, name).await;
        }
        let path = name.to_string();
        let metadata = match self.operator.stat(&path).await {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(StoreError::service("stat", &error)),
        };
        let Some(stored) = super::describe(&self.operator, name).await? else { return Ok(None) };
        let granted = metadata.user_metadata().and_then(|members| members.get(GRANTED_SHA256));
        if granted.is_none_or(|granted| *granted == stored.sha256.to_string()) {
            return Ok(Some(stored));
        }
        self.remove_exactly(&path, &metadata).await?;
        log::event("removed", &[("reason", &"not-as-granted"), ("name", name)]);
        Ok(None)
    }

    /// Deletes the object that `metadata` was read of, and no other that took its place meanwhile.
    async fn remove_exactly(&self, path: &str, metadata: &opendal::Metadata) -> Result<(), StoreError> {
        let capability = self.operator.info().capability();
        let deleted = match (metadata.version(), metadata.etag()) {
            (Some(version), _) if capability.delete_with_if_version_match => {
                self.operator.delete_with(path).if_version_match(version).await
            }
            (_, Some(etag)) if capability.delete_with_if_match => {
                self.operator.delete_with(path).if_match(etag).await
            }
            _ => {
                return Err(StoreError::Unavailable(
                    "delete: the service has no condition for it".to_owned(),
                ));
            }
        };
        deleted.map_err(|error| StoreError::service("delete", &error))
    }

    fn order<'a>(&self, path: &'a str, claim: &Claim) -> Order<'a> {
        let keep = self.retention.map(|retention| retention.from(log::now_ms()));
        Order { path, size_bytes: claim.size_bytes, sha256: claim.sha256, keep }
    }
}

fn is_taken(error: &opendal::Error) -> bool {
    matches!(error.kind(), ErrorKind::ConditionNotMatch | ErrorKind::AlreadyExists)
}

impl WriteOnceStore for ServiceStore {
    fn folder(&self) -> Option<&std::path::Path> {
        None
    }

    fn holds<'a>(&'a self, name: &'a ObjectName) -> BoxFuture<'a, Result<bool, StoreError>> {
        super::holds(&self.service.operator, name).boxed()
    }

    fn describe<'a>(&'a self, name: &'a ObjectName) -> BoxFuture<'a, Result<Option<Stored>, StoreError>> {
        self.service.describe(name).boxed()
    }

    fn read<'a>(&'a self, name: &'a ObjectName) -> BoxFuture<'a, Result<Option<Bytes>, StoreError>> {
        super::read(&self.service.operator, name).boxed()
    }

    fn list(&self, call_id: CallId) -> BoxFuture<'_, Result<Vec<ObjectName>, StoreError>> {
        super::list(&self.service.operator, call_id).boxed()
    }

    fn calls(&self, after: Option<CallId>, limit: usize) -> BoxFuture<'_, Result<Vec<CallId>, StoreError>> {
        super::calls(&self.service.operator, after, limit).boxed()
    }

    fn sizes(&self, call_id: CallId) -> BoxFuture<'_, Result<Vec<(ObjectName, u64)>, StoreError>> {
        super::sizes(&self.service.operator, call_id).boxed()
    }

    fn destroy<'a>(&'a self, name: &'a ObjectName) -> BoxFuture<'a, Result<(), StoreError>> {
        super::destroy(&self.service.operator, name).boxed()
    }

    fn withhold<'a>(&'a self, name: &'a ObjectName) -> BoxFuture<'a, Result<(), StoreError>> {
        async move {
            let Some(bytes) = self.read(name).await? else { return Ok(()) };
            let aside = format!("{WITHHELD}/{name}");
            match self.service.write_own(&aside, bytes).await {
                // The first one stays: what comes later under the name may be anything.
                Ok(()) | Err(StoreError::Exists) => self.destroy(name).await,
                Err(error) => Err(error),
            }
        }
        .boxed()
    }

    fn begin<'a>(&'a self, claim: &'a Claim) -> BoxFuture<'a, Result<Box<dyn Incoming>, StoreError>> {
        let (service, claim) = (Arc::clone(&self.service), claim.clone());
        let publish = move |bytes| {
            async move {
                let path = claim.name.to_string();
                service.write_once(service.order(&path, &claim), bytes).await
            }
            .boxed()
        };
        async move { Ok(Buffered::boxed(publish)) }.boxed()
    }

    fn presign<'a>(
        &'a self,
        claim: &'a Claim,
        lifetime: Duration,
    ) -> BoxFuture<'a, Result<Option<Presigned>, StoreError>> {
        async move {
            let Some((direct, _)) = self.service.direct.as_ref().filter(|_| self.grants_directly) else {
                return Ok(None);
            };
            let path = claim.name.to_string();
            direct.presign(self.service.order(&path, claim), lifetime).await.map(Some)
        }
        .boxed()
    }

    fn upload_origins(&self) -> Vec<String> {
        let direct = self.service.direct.iter().filter(|_| self.grants_directly);
        direct.map(|(direct, _)| direct.origin()).collect()
    }

    fn examine<'a>(&'a self, duty: &'a Duty) -> BoxFuture<'a, Vec<Check>> {
        async move {
            let Service { operator, direct, retention } = &*self.service;
            let examined = Examined {
                operator,
                direct: direct.as_ref().map(|(direct, _)| &**direct),
                client: direct.as_ref().map(|(_, client)| client),
                grants_directly: self.grants_directly,
                retention: *retention,
            };
            examined.examine(duty).await
        }
        .boxed()
    }

    fn remember<'a>(&'a self, name: &'a str, content: Bytes) -> BoxFuture<'a, Result<Bytes, StoreError>> {
        async move {
            let path = format!("{OWN}/{name}");
            match self.service.write_own(&path, content.clone()).await {
                Ok(()) => Ok(content),
                Err(StoreError::Exists) => {
                    super::read_path(&self.service.operator, &path).await?.ok_or_else(super::vanished)
                }
                Err(error) => Err(error),
            }
        }
        .boxed()
    }

    fn recall<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Bytes>, StoreError>> {
        async move { super::read_path(&self.service.operator, &format!("{OWN}/{name}")).await }.boxed()
    }

    fn remembered<'a>(&'a self, folder: &'a str) -> BoxFuture<'a, Result<Vec<String>, StoreError>> {
        notes::remembered_in_service(&self.service.operator, folder).boxed()
    }

    fn forget<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(), StoreError>> {
        super::forget(&self.service.operator, name).boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::ServiceStore;
    use crate::serve::digest::Digest;
    use crate::serve::grant::Claim;
    use crate::serve::store::{StoreError, WriteOnceStore as _};
    use bytes::Bytes;
    use callseal::names::ObjectName;
    use opendal::Operator;

    #[tokio::test]
    async fn second_of_two_complete_uploads_is_refused_and_changes_nothing() {
        let name = ObjectName::parse("0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa/ledger/000000.jsonl").unwrap();
        let claim = |bytes: &[u8]| Claim { name, size_bytes: 3, sha256: Digest::of(bytes) };
        let store = ServiceStore::memory().unwrap();
        let (one, two) = (claim(b"one"), claim(b"two"));
        let mut first = store.begin(&one).await.unwrap();
        let mut second = store.begin(&two).await.unwrap();
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
