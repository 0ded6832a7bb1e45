//! Tokens of an identity provider: JSON Web Tokens (RFC 7519), judged against its keys.
//!
//! Owns which algorithms count, which claims a token must have and what they allow. Pure, but for the library's look at
//! the clock. It must never let a token choose how it is checked: the key says which algorithm, never the token.

use super::caller::{Caller, Subject};
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::Deserialize;
use serde_json::Value;

/// Keys of a set that are looked at; a provider has a handful.
const MOST_KEYS: usize = 64;
/// Longest token, in bytes; the limit of a request's head is larger.
const LONGEST_TOKEN_BYTES: usize = 16 * 1024;
/// By how much the clocks of provider and server may differ, in seconds.
const LEEWAY_S: u64 = 30;
/// Shortest RSA modulus, in bytes (NIST SP 800-131A: 2048 bits).
const SHORTEST_MODULUS_BYTES: usize = 256;

/// What a token must say.
#[derive(Debug, Clone)]
pub struct Rules {
    /// `iss`, exactly.
    pub issuer: String,
    /// One of `aud`.
    pub audience: String,
    /// Where the roles are: a claim's name, or with a leading `/` a JSON pointer (RFC 6901) to it.
    pub role_claim: String,
    /// The role that may write.
    pub agent_role: String,
    /// The role that may read.
    pub supervisor_role: String,
}

/// Why a token does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// None of the keys is the one it names: the provider may have changed them.
    UnknownKey,
    /// Genuine, but past its time.
    Expired,
    /// Anything else.
    Invalid,
}

/// The keys of a provider that may sign tokens.
pub struct KeySet(Vec<Key>);

struct Key {
    id: Option<String>,
    algorithm: Algorithm,
    key: DecodingKey,
}

impl std::fmt::Debug for KeySet {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "KeySet({} keys)", self.0.len())
    }
}

impl KeySet {
    /// The usable keys of a JWK set (RFC 7517 §5); those of other kinds and uses are left out.
    ///
    /// # Errors
    /// A sentence if it is no such set, or none of its keys can be used.
    pub fn read(content: &[u8]) -> Result<Self, &'static str> {
        #[derive(Deserialize)]
        struct Set {
            keys: Vec<Value>,
        }
        let set: Set = serde_json::from_slice(content).map_err(|_| "it is no JWK set")?;
        let keys: Vec<Key> = set.keys.into_iter().take(MOST_KEYS).filter_map(usable).collect();
        if keys.is_empty() { Err("it has no key for ES256, RS256 or EdDSA") } else { Ok(Self(keys)) }
    }

    /// The key that a token names; without a name only if there is no choice.
    fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Option<&Key> {
        let mut fitting = self.0.iter().filter(|key| {
            key.algorithm == algorithm && id.is_none_or(|id| key.id.as_deref().is_none_or(|own| own == id))
        });
        let found = fitting.next()?;
        fitting.next().is_none().then_some(found)
    }
}

/// The key, if it is a public one for signatures of an algorithm that counts here.
fn usable(value: Value) -> Option<Key> {
    let jwk: Jwk = serde_json::from_value(value).ok()?;
    let (algorithm, stated) = match &jwk.algorithm {
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
            (Algorithm::ES256, KeyAlgorithm::ES256)
        }
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
            (Algorithm::EdDSA, KeyAlgorithm::EdDSA)
        }
        // Base64 has four characters for three bytes.
        AlgorithmParameters::RSA(key)
            if key.n.len() >= SHORTEST_MODULUS_BYTES.div_ceil(3).saturating_mul(4).saturating_sub(2) =>
        {
            (Algorithm::RS256, KeyAlgorithm::RS256)
        }
        // Never a shared secret: whoever can check with one can also sign.
        _ => return None,
    };
    let common = &jwk.common;
    let signs = common.public_key_use.as_ref().is_none_or(|for_what| *for_what == PublicKeyUse::Signature)
        && common.key_algorithm.is_none_or(|named| named == stated)
        && common.key_operations.as_ref().is_none_or(|uses| uses.contains(&KeyOperations::Verify));
    let key = DecodingKey::from_jwk(&jwk).ok()?;
    signs.then_some(Key { id: jwk.common.key_id, algorithm, key })
}

/// Who a token stands for and what they may do.
///
/// # Errors
/// The [`Fault`].
pub fn judge(token: &str, keys: &KeySet, rules: &Rules) -> Result<Caller, Fault> {
    if token.len() > LONGEST_TOKEN_BYTES {
        return Err(Fault::Invalid);
    }
    let header = decode_header(token).map_err(|_| Fault::Invalid)?;
    if !matches!(header.alg, Algorithm::ES256 | Algorithm::RS256 | Algorithm::EdDSA) {
        return Err(Fault::Invalid);
    }
    // Extensions that a reader must understand (RFC 7515 §4.1.11): none is understood here.
    if header.crit.is_some() {
        return Err(Fault::Invalid);
    }
    let key = keys.find(header.kid.as_deref(), header.alg).ok_or(Fault::UnknownKey)?;
    let mut validation = Validation::new(key.algorithm);
    validation.leeway = LEEWAY_S;
    validation.validate_nbf = true;
    validation.set_issuer(&[&rules.issuer]);
    validation.set_audience(&[&rules.audience]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    let claims = decode::<Value>(token, &key.key, &validation)
        .map_err(|error| match error.kind() {
            jsonwebtoken::errors::ErrorKind::ExpiredSignature => Fault::Expired,
            _ => Fault::Invalid,
        })?
        .claims;
    let subject = claims.get("sub").and_then(Value::as_str).filter(|subject| !subject.is_empty());
    let subject = Subject::of(&rules.issuer, subject.ok_or(Fault::Invalid)?);
    let reads = has_role(&claims, &rules.role_claim, &rules.supervisor_role);
    Ok(Caller {
        subject,
        writes: has_role(&claims, &rules.role_claim, &rules.agent_role),
        describes: reads,
        reads,
    })
}

/// Whether the claim is or holds the role: a list, or one text of words (as `scope` is, RFC 8693 §4.2).
fn has_role(claims: &Value, claim: &str, role: &str) -> bool {
    let found = if claim.starts_with('/') { claims.pointer(claim) } else { claims.get(claim) };
    match found {
        Some(Value::String(words)) => words.split(' ').any(|word| word == role),
        Some(Value::Array(roles)) => roles.iter().any(|one| one.as_str() == Some(role)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::has_role;
    use serde_json::json;

    #[test]
    fn a_role_is_a_whole_word_or_member_where_the_claim_says() {
        let claims = json!({
            "scope": "openid agent", "roles": ["agent", 7], "realm_access": { "roles": ["supervisor"] },
            "https://x.example/role": "agent", "odd": { "agent": true },
        });
        for claim in ["scope", "roles", "https://x.example/role"] {
            assert!(has_role(&claims, claim, "agent"), "{claim}");
            assert!(!has_role(&claims, claim, "age"), "{claim}");
        }
        assert!(has_role(&claims, "/realm_access/roles", "supervisor"));
        for claim in ["odd", "absent", "realm_access", "/absent", ""] {
            assert!(!has_role(&claims, claim, "agent"), "{claim}");
        }
    }
}
