//! Countersigning: the server's word that it has seen a ledger's head, when its own clock said so.
//!
//! Owns the server's signing key and the memory of what was countersigned. It learns a call's id, a number and a hash.
//! It must never sign two heads of one call that contradict each other, as far as it remembers: since its start, and of
//! the latest calls only.

use super::refusal::Refusal;
use super::store::WriteOnceStore;
use crate::failure::Failure;
use crate::output::{self, Kind};
use axum::http::StatusCode;
use bytes::Bytes;
use callseal::ledger::{ExposureClaim, HeadClaim, ShredClaim};
use callseal::names::CallId;
use callseal::seal::{SigningKey, VerifyingKey};
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::path::Path;
use std::sync::Mutex;

/// Calls whose heads are remembered: a day of a large centre, in a few megabytes.
const MOST_CALLS: usize = 10_000;
/// Heads of one call that are remembered; a call is countersigned every few minutes and at its end.
const MOST_HEADS: usize = 1_000;
/// Name of the key among the server's own notes in a store that is no folder.
const KEY_NOTE: &str = "server.private.jwk";
/// Draws of random bytes: one in 2^32 is no key.
const ATTEMPTS: u32 = 8;

/// The countersigning part of a server.
pub struct Heads {
    key: SigningKey,
    signed: Mutex<Signed>,
}

impl fmt::Debug for Heads {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Heads(secret)")
    }
}

/// What was countersigned, oldest call first.
#[derive(Default)]
struct Signed {
    calls: BTreeMap<CallId, BTreeMap<u64, String>>,
    order: VecDeque<CallId>,
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
        Ok(Self { key, signed: Mutex::default() })
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
        Ok(Self { key: key.ok_or_else(unusable)?, signed: Mutex::default() })
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

    /// Confirms a shredding.
    pub fn sign_shredding(&self, claim: &ShredClaim) -> String {
        claim.sign(&self.key)
    }

    /// Countersigns a head at `now_ms`. Asked again for the same one, it says so again.
    ///
    /// # Errors
    /// 409 for a head that is behind or beside one that is remembered of this call.
    pub fn countersign(
        &self,
        call_id: CallId,
        seq: u64,
        head: String,
        now_ms: u64,
    ) -> Result<String, Refusal> {
        // A poisoned lock holds whole entries all the same.
        let mut signed = self.signed.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        signed.admit(call_id, seq, &head)?;
        Ok(HeadClaim { call_id, seq, head, iat: now_ms / 1_000 }.sign(&self.key))
    }
}

impl Signed {
    fn admit(&mut self, call_id: CallId, seq: u64, head: &str) -> Result<(), Refusal> {
        if !self.calls.contains_key(&call_id) {
            if self.order.len() >= MOST_CALLS
                && let Some(oldest) = self.order.pop_front()
            {
                self.calls.remove(&oldest);
            }
            self.order.push_back(call_id);
        }
        let heads = self.calls.entry(call_id).or_default();
        match heads.get(&seq) {
            Some(known) if known == head => return Ok(()),
            Some(_) => return Err(behind()),
            None => {}
        }
        if heads.last_key_value().is_some_and(|(last, _)| seq < *last) {
            return Err(behind());
        }
        if heads.len() >= MOST_HEADS {
            heads.pop_first();
        }
        heads.insert(seq, head.to_owned());
        Ok(())
    }
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
    use super::{Heads, MOST_CALLS, Signed};
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

    #[test]
    fn heads_go_forward_and_never_sideways() {
        let heads = Heads::open(None).unwrap();
        let ask = |seq, head: &str| heads.countersign(call(1), seq, head.to_owned(), 1_790_000_000_999);
        let (claim, jws) = HeadClaim::read(ask(3, "aa").unwrap().as_bytes()).unwrap();
        assert!(jws.is_signed_by(&heads.public()));
        assert_eq!((claim.seq, claim.iat), (3, 1_790_000_000));
        ask(5, "bb").unwrap();
        ask(3, "aa").unwrap();
        for (seq, head) in [(5, "cc"), (3, "cc"), (4, "dd"), (0, "aa")] {
            assert_eq!(ask(seq, head).unwrap_err().code(), "head/behind", "{seq}");
        }
        heads.countersign(call(2), 0, "aa".to_owned(), 0).unwrap();
    }

    #[test]
    fn the_memory_is_bounded() {
        let mut signed = Signed::default();
        (0..=MOST_CALLS).for_each(|number| signed.admit(call(number), 1, "aa").unwrap());
        assert_eq!(signed.calls.len(), MOST_CALLS);
        assert!(!signed.calls.contains_key(&call(0)) && signed.calls.contains_key(&call(1)));
    }
}
