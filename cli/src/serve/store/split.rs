//! Two stores as one: envelopes and vCons apart from everything else.
//!
//! Owns which object goes where. What must be destroyable (`*.jwe.json`, and what the server keeps for itself) goes to the
//! store that keeps nothing of what is deleted; the audio, which is only ciphertext, may lie under retention.

use super::direct::Presigned;
use super::examination::{Check, Duty};
use super::{Incoming, StoreError, Stored, WriteOnceStore};
use crate::serve::grant::Claim;
use bytes::Bytes;
use callseal::names::{CallId, ObjectName};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use std::collections::BTreeSet;
use std::time::Duration;

/// A store for keys and one for the rest.
#[derive(Debug)]
pub struct SplitStore {
    /// Where everything else goes.
    pub objects: Box<dyn WriteOnceStore>,
    /// Where envelopes and vCons go.
    pub envelopes: Box<dyn WriteOnceStore>,
}

impl SplitStore {
    fn of(&self, name: &ObjectName) -> &dyn WriteOnceStore {
        match name {
            ObjectName::Envelope { .. } | ObjectName::Vcon { .. } | ObjectName::RewrappedVcon { .. } => {
                &*self.envelopes
            }
            _ => &*self.objects,
        }
    }
}

impl WriteOnceStore for SplitStore {
    fn folder(&self) -> Option<&std::path::Path> {
        None
    }

    fn folders(&self) -> Vec<&std::path::Path> {
        [self.objects.folders(), self.envelopes.folders()].concat()
    }

    fn holds<'a>(&'a self, name: &'a ObjectName) -> BoxFuture<'a, Result<bool, StoreError>> {
        self.of(name).holds(name)
    }

    fn describe<'a>(&'a self, name: &'a ObjectName) -> BoxFuture<'a, Result<Option<Stored>, StoreError>> {
        self.of(name).describe(name)
    }

    fn read<'a>(&'a self, name: &'a ObjectName) -> BoxFuture<'a, Result<Option<Bytes>, StoreError>> {
        self.of(name).read(name)
    }

    fn list(&self, call_id: CallId) -> BoxFuture<'_, Result<Vec<ObjectName>, StoreError>> {
        async move {
            let mut names = self.envelopes.list(call_id).await?;
            names.extend(self.objects.list(call_id).await?);
            Ok(names)
        }
        .boxed()
    }

    fn calls(&self, after: Option<CallId>, limit: usize) -> BoxFuture<'_, Result<Vec<CallId>, StoreError>> {
        async move {
            let mut calls: BTreeSet<CallId> = self.envelopes.calls(after, limit).await?.into_iter().collect();
            calls.extend(self.objects.calls(after, limit).await?);
            Ok(calls.into_iter().take(limit).collect())
        }
        .boxed()
    }

    fn sizes(&self, call_id: CallId) -> BoxFuture<'_, Result<Vec<(ObjectName, u64)>, StoreError>> {
        async move {
            let mut sizes = self.envelopes.sizes(call_id).await?;
            sizes.extend(self.objects.sizes(call_id).await?);
            Ok(sizes)
        }
        .boxed()
    }

    fn destroy<'a>(&'a self, name: &'a ObjectName) -> BoxFuture<'a, Result<(), StoreError>> {
        self.of(name).destroy(name)
    }

    fn withhold<'a>(&'a self, name: &'a ObjectName) -> BoxFuture<'a, Result<(), StoreError>> {
        self.of(name).withhold(name)
    }

    fn begin<'a>(&'a self, claim: &'a Claim) -> BoxFuture<'a, Result<Box<dyn Incoming>, StoreError>> {
        self.of(&claim.name).begin(claim)
    }

    fn presign<'a>(
        &'a self,
        claim: &'a Claim,
        lifetime: Duration,
    ) -> BoxFuture<'a, Result<Option<Presigned>, StoreError>> {
        self.of(&claim.name).presign(claim, lifetime)
    }

    fn upload_origins(&self) -> Vec<String> {
        let mut origins = self.objects.upload_origins();
        origins.extend(self.envelopes.upload_origins());
        origins.sort();
        origins.dedup();
        origins
    }

    fn examine<'a>(&'a self, duty: &'a Duty) -> BoxFuture<'a, Vec<Check>> {
        async move {
            let of_objects = Duty { holds_keys: false, ..duty.clone() };
            let mut checks = self.objects.examine(&of_objects).await;
            checks.extend(self.envelopes.examine(duty).await);
            checks
        }
        .boxed()
    }

    fn remember<'a>(&'a self, name: &'a str, content: Bytes) -> BoxFuture<'a, Result<Bytes, StoreError>> {
        self.envelopes.remember(name, content)
    }

    fn recall<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Bytes>, StoreError>> {
        self.envelopes.recall(name)
    }

    fn remembered<'a>(&'a self, folder: &'a str) -> BoxFuture<'a, Result<Vec<String>, StoreError>> {
        self.envelopes.remembered(folder)
    }

    fn forget<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(), StoreError>> {
        self.envelopes.forget(name)
    }
}

#[cfg(test)]
mod tests {
    use super::SplitStore;
    use crate::serve::digest::Digest;
    use crate::serve::grant::Claim;
    use crate::serve::store::WriteOnceStore;
    use crate::serve::store::fs::FsStore;
    use crate::serve::store::service::ServiceStore;
    use bytes::Bytes;
    use callseal::names::ObjectName;

    #[test]
    fn both_folders_are_known_so_that_no_page_is_served_from_around_either() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let [objects, envelopes] = ["objects", "envelopes"].map(|name| root.join(name));
        let of = |folder| Box::new(FsStore::open(folder).unwrap());
        let store = SplitStore { objects: of(&objects), envelopes: of(&envelopes) };
        assert_eq!(store.folders(), [objects, envelopes]);
    }

    #[tokio::test]
    async fn what_opens_a_call_goes_to_the_store_for_envelopes() {
        let memory = || Box::new(ServiceStore::memory().unwrap());
        let store = SplitStore { objects: memory(), envelopes: memory() };
        let call = "0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa";
        let objects =
            ["0/000000.ogg.tink", "0/000000.exposed.jws", "ledger/000000.jsonl", "ledger/000000.head.jws"];
        let keys = ["0/000000.v1.jwe.json", "vcon.1.jwe.json"];
        for name in objects.iter().chain(&keys) {
            let name = ObjectName::parse(&format!("{call}/{name}")).unwrap();
            let claim = Claim { name, size_bytes: 3, sha256: Digest::of(b"abc") };
            let mut incoming = store.begin(&claim).await.unwrap();
            incoming.append(Bytes::from_static(b"abc")).await.unwrap();
            incoming.publish().await.unwrap();
            let is_key = keys.iter().any(|key| name.to_string().ends_with(key));
            assert_eq!(store.envelopes.holds(&name).await, Ok(is_key));
            assert_eq!(store.objects.holds(&name).await, Ok(!is_key));
            assert_eq!(store.read(&name).await.unwrap().unwrap(), "abc");
        }
        let call_id = ObjectName::parse(&format!("{call}/vcon.1.jwe.json")).unwrap().call_id();
        assert_eq!(store.list(call_id).await.unwrap().len(), 6);
    }
}
