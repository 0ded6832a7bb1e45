//! Grants: the permission to store one object, once, with stated bytes, for a short time.
//!
//! Owns their making and checking. A grant is stateless: the claim and its expiry travel in it in clear, a MAC under a
//! key of this process, or of all that share its secret, binds them. It must never be logged: whoever holds one may store that one object.

use super::digest::Digest;
use base64ct::{Base64UrlUnpadded, Encoding as _};
use callseal::names::ObjectName;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::fmt;

/// Bytes of the MAC's key: one block of SHA-256, the longest that is used as it is (RFC 2104 §3).
const KEY_BYTES: usize = 64;
/// Fewest characters of a secret from which the key is made: 128 bits in base64.
pub const SHORTEST_SECRET_CHARS: usize = 22;
/// Separates the making of the key from a secret from any other use of the secret.
const DERIVATION: &[u8] = b"callseal-serve/grant-key/1";
/// Separates this use of the key from any other.
const DOMAIN: &str = "callseal-serve/grant/1";

/// What is to be stored: the name, the size in bytes, and the SHA-256 of the whole object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The object's name.
    pub name: ObjectName,
    /// The object's size in bytes.
    pub size_bytes: u64,
    /// The SHA-256 of the object.
    pub sha256: Digest,
}

/// Why a grant does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantFault {
    /// Not made by this process, or for another name, size or hash.
    Invalid,
    /// Genuine, but past its time.
    Expired,
}

/// The key of the grants: new at every start, or made from a secret that several instances share. Never written anywhere.
pub struct GrantKey([u8; KEY_BYTES]);

impl fmt::Debug for GrantKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("GrantKey(secret)")
    }
}

impl GrantKey {
    /// A key from the operating system's random source.
    ///
    /// # Errors
    /// That of the random source.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut key = [0; KEY_BYTES];
        getrandom::fill(&mut key)?;
        Ok(Self(key))
    }

    /// The key of a secret that several instances share, so that each takes the grants of the others; `None` if it is
    /// too short to be one.
    pub fn of_secret(secret: &str) -> Option<Self> {
        let secret = secret.trim();
        if secret.len() < SHORTEST_SECRET_CHARS {
            return None;
        }
        // HKDF (RFC 5869).
        let mut key = [0; KEY_BYTES];
        hkdf::Hkdf::<Sha256>::new(None, secret.as_bytes()).expand(DERIVATION, &mut key).ok()?;
        Some(Self(key))
    }

    /// A grant for `claim` until `expires_at_ms` (milliseconds since 1970-01-01 UTC); safe in a URL's query as it is.
    pub fn issue(&self, claim: &Claim, expires_at_ms: u64) -> String {
        let mac = self.mac(claim, expires_at_ms).finalize().into_bytes();
        format!(
            "{}.{}.{expires_at_ms}.{}",
            claim.size_bytes,
            claim.sha256,
            Base64UrlUnpadded::encode_string(&mac)
        )
    }

    /// The claim of `grant`, if this key made it for `name` and it has not expired at `now_ms`.
    ///
    /// # Errors
    /// [`GrantFault::Expired`] is only said of a genuine grant.
    pub fn check(&self, name: &ObjectName, grant: &str, now_ms: u64) -> Result<Claim, GrantFault> {
        let (claim, expires_at_ms, mac) = read(name, grant).ok_or(GrantFault::Invalid)?;
        // Constant time: the comparison must not tell how much of a forged MAC was right.
        self.mac(&claim, expires_at_ms).verify_slice(&mac).map_err(|_| GrantFault::Invalid)?;
        if now_ms >= expires_at_ms { Err(GrantFault::Expired) } else { Ok(claim) }
    }

    fn mac(&self, claim: &Claim, expires_at_ms: u64) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new(&self.0.into());
        // No field can hold a line feed, so the fields cannot run into each other.
        let Claim { name, size_bytes, sha256 } = claim;
        mac.update(format!("{DOMAIN}\n{name}\n{size_bytes}\n{sha256}\n{expires_at_ms}").as_bytes());
        mac
    }
}

/// The parts of a grant, unchecked.
fn read(name: &ObjectName, grant: &str) -> Option<(Claim, u64, Vec<u8>)> {
    let mut fields = grant.split('.');
    let size_bytes = fields.next()?.parse().ok()?;
    let sha256 = Digest::parse(fields.next()?)?;
    let expires_at_ms = fields.next()?.parse().ok()?;
    let mac = Base64UrlUnpadded::decode_vec(fields.next()?).ok()?;
    if fields.next().is_some() {
        return None;
    }
    Some((Claim { name: *name, size_bytes, sha256 }, expires_at_ms, mac))
}

#[cfg(test)]
mod tests {
    use super::{Claim, GrantFault, GrantKey};
    use crate::serve::digest::Digest;
    use callseal::names::ObjectName;

    fn name(segment: u32) -> ObjectName {
        ObjectName::parse(&format!("0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa/0/{segment:06}.ogg.tink")).unwrap()
    }

    fn claim() -> Claim {
        Claim { name: name(0), size_bytes: 3, sha256: Digest::of(b"abc") }
    }

    #[test]
    fn grant_counts_for_its_claim_until_it_expires() {
        let key = GrantKey::random().unwrap();
        let grant = key.issue(&claim(), 1_000);
        assert_eq!(key.check(&name(0), &grant, 999), Ok(claim()));
        assert_eq!(key.check(&name(0), &grant, 1_000), Err(GrantFault::Expired));
    }

    #[test]
    fn grant_counts_for_no_other_name_size_hash_expiry_or_key() {
        let key = GrantKey::random().unwrap();
        let grant = key.issue(&claim(), 1_000);
        let invalid = Err(GrantFault::Invalid);
        assert_eq!(key.check(&name(1), &grant, 0), invalid);
        assert_eq!(GrantKey::random().unwrap().check(&name(0), &grant, 0), invalid);
        let other = Digest::of(b"abd").to_string();
        for forged in [
            grant.replacen("3.", "4.", 1),
            grant.replace(&Digest::of(b"abc").to_string(), &other),
            grant.replace(".1000.", ".9000."),
            grant[..grant.len() - 1].to_owned(),
            format!("{grant}."),
            String::new(),
            "....".to_owned(),
        ] {
            assert_ne!(forged, grant);
            assert_eq!(key.check(&name(0), &forged, 0), invalid, "{forged}");
        }
    }

    #[test]
    fn instances_with_one_secret_take_each_others_grants() {
        let of = |secret| GrantKey::of_secret(secret).unwrap();
        let grant = of("0123456789abcdefghijkl\n").issue(&claim(), 1_000);
        assert_eq!(of("0123456789abcdefghijkl").check(&name(0), &grant, 0), Ok(claim()));
        assert_eq!(of("0123456789abcdefghijkm").check(&name(0), &grant, 0), Err(GrantFault::Invalid));
        assert!(GrantKey::of_secret("0123456789abcdefghijk").is_none());
    }

    #[test]
    fn key_prints_nothing_of_itself() {
        assert_eq!(format!("{:?}", GrantKey([7; 64])), "GrantKey(secret)");
    }
}
