//! Countersigning: the server's word that it has seen a ledger's head, when its own clock said so.
//!
//! Owns the server's signing key and the notes, in the store, of what was countersigned. It learns a call's id, a number
//! and a hash. Of all instances over one store it must never sign two heads of one number.

use super::receive;
use super::refusal::Refusal;
use super::store::{StoreError, WriteOnceStore};
use crate::failure::Failure;
use crate::output::{self, Kind};
use axum::http::StatusCode;
use bytes::Bytes;
use callseal::ledger::{ExposureClaim, HeadClaim, ShredClaim};
use callseal::names::CallId;
use callseal::seal::{SigningKey, VerifyingKey};
use serde_json::{Value, json};
use std::fmt;
use std::path::Path;

/// Folder of the notes: `<call-id>/<number>`, each with the head's hash.
const FOLDER: &str = "heads";
/// Name of the key among the server's own notes in a store that is no folder.
const KEY_NOTE: &str = "server.private.jwk";
/// Draws of random bytes: one in 2^32 is no key.
const ATTEMPTS: u32 = 8;

/// The countersigning part of a server.
pub struct Heads {
    key: SigningKey,
}

impl fmt::Debug for Heads {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Heads(secret)")
    }
}

impl Heads {
    /// With the key in `file`, which is made (mode 0600) if it is not there; without a file, with a key that ends with
    /// the process.
    ///
    /// # Errors
    /// A [`Failure`] that names the file if it cannot be read or written, or holds no such key.
    pub fn open(file: Option<&Path>) -> Result<Self, Failure> {
        let key = match file {
            None => new_key()?,
            Some(file) => {
                if !file.exists() {
                    make(file)?;
                }
                read(file)?
            }
        };
        Ok(Self { key })
    }

    /// With the key that the store keeps, so that every instance signs with the same one; it is made if it is not there.
    ///
    /// # Errors
    /// A [`Failure`] if the store does not answer, or keeps no such key.
    pub async fn kept_in(store: &dyn WriteOnceStore) -> Result<Self, Failure> {
        let mut jwk = new_key()?.to_jwk();
        jwk.push('\n');
        let kept = store.remember(KEY_NOTE, Bytes::copy_from_slice(jwk.as_bytes())).await;
        let kept = kept.map_err(|error| {
            Failure::missing_prerequisite(format!(
                "the server's key cannot be kept in the store ({error}); say --key-file"
            ))
        })?;
        let unusable =
            || Failure::bad_input("what the store keeps as the server's key is none; say --key-file");
        let key = serde_json::from_slice(&kept).ok().and_then(|jwk| SigningKey::from_jwk(&jwk).ok());
        Ok(Self { key: key.ok_or_else(unusable)? })
    }

    /// The public half.
    pub fn public(&self) -> VerifyingKey {
        self.key.public()
    }

    /// The key set of `GET /v1/keys` (RFC 7517 §5).
    pub fn key_set(&self) -> Value {
        let mut jwk = self.public().to_jwk();
        if let Some(members) = jwk.as_object_mut() {
            members.insert("kid".to_owned(), self.public().thumbprint().into());
            members.insert("use".to_owned(), "sig".into());
            members.insert("alg".to_owned(), "ES256".into());
        }
        json!({ "keys": [jwk] })
    }

    /// Confirms that a segment's key was taken away.
    pub fn sign_exposure(&self, claim: &ExposureClaim) -> String {
        claim.sign(&self.key)
    }

    /// Signs the entry of an access.
    pub fn sign_access(&self, claim: &Value, typ: &str) -> String {
        callseal::seal::jws::sign(claim, typ, &self.key)
    }

    /// Confirms a shredding.
    pub fn sign_shredding(&self, claim: &ShredClaim) -> String {
        claim.sign(&self.key)
    }

    /// Countersigns a head at `now_ms`. Asked again for the same one, it says so again. The note comes first: what could
    /// not be noted is not signed.
    ///
    /// # Errors
    /// 409 for a head that is behind or beside one that was countersigned of this call; 503 when the store fails.
    pub async fn countersign(
        &self,
        store: &dyn WriteOnceStore,
        call_id: CallId,
        seq: u64,
        head: String,
        now_ms: u64,
    ) -> Result<String, Refusal> {
        let signed = countersigned(store, call_id).await.map_err(receive::of_store)?;
        if !signed.contains(&seq) && signed.iter().any(|later| *later > seq) {
            return Err(behind());
        }
        let kept = store.remember(&note(call_id, seq), Bytes::from(head.clone())).await;
        if kept.map_err(receive::of_store)? != head.as_bytes() {
            return Err(behind());
        }
        Ok(HeadClaim { call_id, seq, head, iat: now_ms / 1_000 }.sign(&self.key))
    }
}

/// The numbers of a call's heads that were countersigned, in order.
///
/// # Errors
/// That of the store.
pub async fn countersigned(store: &dyn WriteOnceStore, call_id: CallId) -> Result<Vec<u64>, StoreError> {
    let names = store.remembered(&format!("{FOLDER}/{call_id}")).await?;
    let mut numbers: Vec<u64> = names.iter().filter_map(|name| name.parse().ok()).collect();
    numbers.sort_unstable();
    Ok(numbers)
}

/// The hash of a head that was countersigned; none where no such head, or no hash, was.
///
/// # Errors
/// That of the store.
pub async fn hash(
    store: &dyn WriteOnceStore,
    call_id: CallId,
    seq: u64,
) -> Result<Option<[u8; 32]>, StoreError> {
    let kept = store.recall(&note(call_id, seq)).await?.unwrap_or_default();
    let mut hash = [0; 32];
    let is_whole = base16ct::lower::decode(&kept, &mut hash).is_ok_and(|hash| hash.len() == 32);
    Ok(is_whole.then_some(hash))
}

fn note(call_id: CallId, seq: u64) -> String {
    format!("{FOLDER}/{call_id}/{seq}")
}

fn behind() -> Refusal {
    Refusal::new(
        StatusCode::CONFLICT,
        "head/behind",
        "another head, or a later one, of this call was countersigned already",
    )
}

fn new_key() -> Result<SigningKey, Failure> {
    for _ in 0..ATTEMPTS {
        let mut bytes = zeroize::Zeroizing::new([0; 32]);
        getrandom::fill(bytes.as_mut_slice()).map_err(|error| {
            Failure::missing_prerequisite(format!("the system gives no random bytes: {error}"))
        })?;
        if let Ok(key) = SigningKey::from_random(&bytes) {
            return Ok(key);
        }
    }
    Err(Failure::missing_prerequisite("the system's random bytes are not random"))
}

/// Makes the key's file. Of two servers that start at once, one makes it; both read it.
fn make(file: &Path) -> Result<(), Failure> {
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|error| {
            Failure::bad_input(format!("the key's folder {} cannot be made: {error}", folder.display()))
        })?;
    }
    let mut jwk = new_key()?.to_jwk();
    jwk.push('\n');
    let made = output::write(file, jwk.as_bytes(), Kind::PrivateKey);
    if file.exists() { Ok(()) } else { made }
}

fn read(file: &Path) -> Result<SigningKey, Failure> {
    let refused = |what: &str| Failure::bad_input(format!("the key file {}: {what}", file.display()));
    let content = zeroize::Zeroizing::new(
        std::fs::read(file).map_err(|error| refused(&format!("cannot be read: {error}")))?,
    );
    // The parser's own message could quote the key.
    let jwk = serde_json::from_slice(&content).map_err(|_| refused("is not JSON"))?;
    SigningKey::from_jwk(&jwk).map_err(|error| refused(error.detail()))
}

#[cfg(test)]
mod tests {
    use super::Heads;
    use crate::serve::store::open;
    use callseal::ledger::HeadClaim;
    use callseal::names::CallId;

    fn call(number: usize) -> CallId {
        CallId::parse(&format!("0b7e4b0e-93f1-4a7e-8a4c-{number:012x}")).unwrap()
    }

    #[test]
    fn the_key_is_made_once_and_readable_by_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(".callseal/server.private.jwk");
        let first = Heads::open(Some(&file)).unwrap();
        let again = Heads::open(Some(&file)).unwrap();
        assert_eq!(first.public(), again.public());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert!(first.key_set()["keys"][0].get("d").is_none());
        std::fs::write(&file, "{}").unwrap();
        assert!(Heads::open(Some(&file)).is_err());
    }

    #[tokio::test]
    async fn heads_go_forward_and_never_sideways_whichever_instance_is_asked() {
        let store = open("memory://").unwrap();
        let instances = [Heads::open(None).unwrap(), Heads::open(None).unwrap()];
        let ask = async |instance: usize, seq, head: &str| {
            let heads = &instances[instance];
            heads.countersign(&*store, call(1), seq, head.to_owned(), 1_790_000_000_999).await
        };
        let (claim, jws) = HeadClaim::read(ask(0, 3, "aa").await.unwrap().as_bytes()).unwrap();
        assert!(jws.is_signed_by(&instances[0].public()));
        assert_eq!((claim.seq, claim.iat), (3, 1_790_000_000));
        ask(1, 5, "bb").await.unwrap();
        ask(1, 3, "aa").await.unwrap();
        for (seq, head) in [(5, "cc"), (3, "cc"), (4, "dd"), (0, "aa")] {
            for instance in [0, 1] {
                assert_eq!(ask(instance, seq, head).await.unwrap_err().code(), "head/behind", "{seq}");
            }
        }
        instances[0].countersign(&*store, call(2), 0, "aa".to_owned(), 0).await.unwrap();
    }
}
