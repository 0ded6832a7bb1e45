//! JWE in the General JSON serialization with A256GCM (RFC 7516, RFC 7518).
//!
//! Owns the cryptography of every sealed JSON object (envelopes of data keys, vCons) and nothing of its meaning: the
//! caller states the headers, and how a content key is wrapped is the recipient's. Reads what the RFCs allow, so that
//! objects of other libraries open too.

use aes_gcm::{Aes256Gcm, KeyInit as _, aead::AeadInOut as _};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::key_ring::KeyRing;
use super::nonce::Nonce;
use super::random;
use super::recipient::{ContentKey, RecipientKey};
use crate::{Error, ErrorKind, Result};

/// The `enc` that every object states, protected or not.
pub(crate) const ENCRYPTION: &str = "A256GCM";
/// Bytes of the GCM tag (RFC 7518 §5.3).
const TAG_BYTES: usize = 16;

/// The headers that count for all recipients. One of the two must state `enc`; no name may be in both.
#[derive(Debug)]
pub(crate) struct JweHeaders {
    /// Authenticated with the content; never empty here, so that every reader finds the member `protected`.
    pub(crate) protected: Value,
    /// Shared and not authenticated, for formats that demand it there.
    pub(crate) unprotected: Option<Value>,
}

/// Encrypts `plaintext` for every recipient.
///
/// # Errors
/// `RecipientInvalid` without recipients or with one twice; `RandomUnavailable` without random bytes.
pub(crate) fn encrypt(
    plaintext: &[u8],
    headers: &JweHeaders,
    recipients: &[RecipientKey],
) -> Result<Vec<u8>> {
    let mut content_key: ContentKey = Zeroizing::new([0_u8; 32]);
    random::fill(content_key.as_mut_slice())?;
    let mut entries: Vec<Value> = Vec::with_capacity(recipients.len());
    for (index, recipient) in recipients.iter().enumerate() {
        if recipients.iter().take(index).any(|earlier| earlier == recipient) {
            return Err(Error::new(ErrorKind::RecipientInvalid, "one recipient's key is stated twice"));
        }
        entries.push(wrap_for(recipient, &content_key)?);
    }
    if entries.is_empty() {
        return Err(Error::new(ErrorKind::RecipientInvalid, "there is no recipient to seal for"));
    }
    let protected = Base64UrlUnpadded::encode_string(&canonical(&headers.protected)?);
    let mut nonce = Nonce::default();
    random::fill(&mut nonce)?;
    let mut buffer = Zeroizing::new(Vec::with_capacity(plaintext.len().saturating_add(TAG_BYTES)));
    buffer.extend_from_slice(plaintext);
    cipher(&content_key)?
        .encrypt_in_place(&nonce, protected.as_bytes(), &mut *buffer)
        .map_err(|_| Error::new(ErrorKind::LimitExceeded, "the cipher refused the envelope"))?;
    let (ciphertext, tag) = buffer.split_at(buffer.len().saturating_sub(TAG_BYTES));
    let mut jwe = json!({
        "protected": protected,
        "recipients": entries,
        "iv": Base64UrlUnpadded::encode_string(&nonce),
        "ciphertext": Base64UrlUnpadded::encode_string(ciphertext),
        "tag": Base64UrlUnpadded::encode_string(tag),
    });
    if let (Some(unprotected), Some(members)) = (&headers.unprotected, jwe.as_object_mut()) {
        members.insert("unprotected".to_owned(), unprotected.clone());
    }
    canonical(&jwe)
}

/// The thumbprints (`kid`) of the recipients a JWE names, in its order.
pub(super) fn recipients(json: &[u8]) -> Result<Vec<String>> {
    let jwe = Jwe::parse(json)?;
    Ok(jwe
        .recipients
        .iter()
        .filter_map(|entry| Some(entry.header.get("kid")?.as_str()?.to_owned()))
        .collect())
}

/// Decrypts a JWE with one of `keys`.
///
/// # Errors
/// `WrongKey` when no entry is for one of `keys`; `Truncated` when the JSON ends early; `Unsupported` for other algorithms
/// or extensions; `Corrupt` when anything is malformed or does not authenticate.
pub(super) fn decrypt(json: &[u8], keys: &dyn KeyRing) -> Result<Zeroizing<Vec<u8>>> {
    decrypt_with_header(json, keys).map(|opened| opened.plaintext)
}

/// What a JWE held.
pub(crate) struct OpenedJwe {
    /// The content.
    pub(crate) plaintext: Zeroizing<Vec<u8>>,
    /// The header members that count for its recipient; those that are not protected are only claims.
    pub(crate) header: Map<String, Value>,
}

/// Decrypts a JWE with one of `keys`, and gives its header too.
///
/// # Errors
/// As [`decrypt`].
pub(crate) fn decrypt_with_header(json: &[u8], keys: &dyn KeyRing) -> Result<OpenedJwe> {
    let jwe = Jwe::parse(json)?;
    let shared = jwe.shared_header()?;
    let (key, entry) =
        keys.keys().iter().find_map(|key| Some((key, jwe.entry_for(key.thumbprint())?))).ok_or_else(
            || Error::new(ErrorKind::WrongKey, "the key is none of the envelope's recipients'"),
        )?;
    let header = join(shared, &entry.header)?;
    demand(&header, "enc", ENCRYPTION)?;
    let content_key = key.unwrap(&header, &decode(&entry.encrypted_key, "encrypted_key")?)?;
    let nonce_bytes = decode(&jwe.iv, "iv")?;
    let mut nonce = Nonce::default();
    if nonce_bytes.len() != nonce.len() {
        return Err(corrupt("the envelope's iv has not 12 bytes"));
    }
    nonce.copy_from_slice(&nonce_bytes);
    let mut buffer = Zeroizing::new(decode(&jwe.ciphertext, "ciphertext")?);
    let tag = decode(&jwe.tag, "tag")?;
    if tag.len() != TAG_BYTES {
        return Err(corrupt("the envelope's tag has not 16 bytes"));
    }
    buffer.extend_from_slice(&tag);
    cipher(&content_key)?
        .decrypt_in_place(&nonce, jwe.additional_data().as_bytes(), &mut *buffer)
        .map_err(|_| corrupt("the envelope does not authenticate"))?;
    Ok(OpenedJwe { plaintext: buffer, header })
}

/// The General serialization, RFC 7516 §7.2.1.
#[derive(Deserialize)]
struct Jwe {
    protected: String,
    #[serde(default)]
    unprotected: Map<String, Value>,
    recipients: Vec<Entry>,
    #[serde(default)]
    aad: Option<String>,
    iv: String,
    ciphertext: String,
    tag: String,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    header: Map<String, Value>,
    encrypted_key: String,
}

impl Jwe {
    fn parse(json: &[u8]) -> Result<Self> {
        serde_json::from_slice(json).map_err(|error| {
            if error.is_eof() {
                Error::new(ErrorKind::Truncated, "the envelope ends early")
            } else {
                corrupt("the envelope is not a JWE in the General serialization")
            }
        })
    }

    /// The entry of the recipient with this thumbprint.
    fn entry_for(&self, thumbprint: &str) -> Option<&Entry> {
        self.recipients
            .iter()
            .find(|entry| entry.header.get("kid").and_then(Value::as_str) == Some(thumbprint))
    }

    /// The members that count for all recipients: protected and shared unprotected.
    fn shared_header(&self) -> Result<Map<String, Value>> {
        let protected = decode(&self.protected, "protected")?;
        let protected: Map<String, Value> = serde_json::from_slice(&protected)
            .map_err(|_| corrupt("the envelope's protected header is not a JSON object"))?;
        if protected.contains_key("crit") || protected.contains_key("zip") {
            let detail = "the envelope uses an extension that this reader does not know";
            return Err(Error::new(ErrorKind::Unsupported, detail));
        }
        join(protected, &self.unprotected)
    }

    /// RFC 7516 §5.2 step 15.
    fn additional_data(&self) -> String {
        self.aad.as_ref().map_or_else(|| self.protected.clone(), |aad| format!("{}.{aad}", self.protected))
    }
}

/// The union of two parts of the header, which must not share a name (RFC 7516 §7.2.1).
fn join(mut header: Map<String, Value>, more: &Map<String, Value>) -> Result<Map<String, Value>> {
    for (name, value) in more {
        if header.insert(name.clone(), value.clone()).is_some() {
            return Err(corrupt(format!("the envelope states the header member {name} twice")));
        }
    }
    Ok(header)
}

fn wrap_for(recipient: &RecipientKey, content_key: &ContentKey) -> Result<Value> {
    let wrapped = recipient.wrap(content_key)?;
    let encrypted_key = Base64UrlUnpadded::encode_string(&wrapped.encrypted_key);
    Ok(json!({"header": wrapped.header, "encrypted_key": encrypted_key}))
}

fn cipher(content_key: &ContentKey) -> Result<Aes256Gcm> {
    Aes256Gcm::new_from_slice(content_key.as_slice()).map_err(|_| corrupt("the content key has not 32 bytes"))
}

fn demand(header: &Map<String, Value>, name: &str, wanted: &str) -> Result<()> {
    if header.get(name).and_then(Value::as_str) == Some(wanted) {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Unsupported, format!("the envelope's {name} is not {wanted}")))
}

fn decode(text: &str, name: &str) -> Result<Vec<u8>> {
    Base64UrlUnpadded::decode_vec(text)
        .map_err(|_| corrupt(format!("the envelope's member {name} is not base64url")))
}

fn canonical(value: &Value) -> Result<Vec<u8>> {
    serde_json_canonicalizer::to_vec(value)
        .map_err(|_| Error::new(ErrorKind::WrongState, "the envelope could not be written as JSON"))
}

fn corrupt(detail: impl Into<String>) -> Error {
    Error::new(ErrorKind::Corrupt, detail)
}

#[cfg(test)]
mod tests {
    use super::{Base64UrlUnpadded, ENCRYPTION, JweHeaders, decrypt, decrypt_with_header, encrypt};
    use crate::seal::PrivateKey;
    use base64ct::Encoding as _;
    use serde_json::{Value, json};

    fn headers() -> JweHeaders {
        JweHeaders { protected: json!({"enc": ENCRYPTION, "typ": "test"}), unprotected: None }
    }

    fn sealed_for_two() -> (Value, PrivateKey, PrivateKey) {
        let (first, second) = (PrivateKey::generate().unwrap(), PrivateKey::generate().unwrap());
        let jwe =
            encrypt(b"content", &headers(), &[first.public().clone(), second.public().clone()]).unwrap();
        (serde_json::from_slice(&jwe).unwrap(), first, second)
    }

    #[test]
    fn every_recipient_opens_it_and_nobody_else() {
        let (jwe, first, second) = sealed_for_two();
        let jwe = jwe.to_string();
        assert_eq!(decrypt(jwe.as_bytes(), &first).unwrap().as_slice(), b"content");
        assert_eq!(decrypt(jwe.as_bytes(), &second).unwrap().as_slice(), b"content");
        let error = decrypt(jwe.as_bytes(), &PrivateKey::generate().unwrap()).unwrap_err();
        assert_eq!(error.code(), "open/wrong-key");
    }

    #[test]
    fn of_several_keys_the_one_that_fits_opens_it() {
        let (jwe, first, second) = sealed_for_two();
        let stranger = || PrivateKey::generate().unwrap();
        let ring = vec![stranger(), second, first];
        assert_eq!(decrypt(jwe.to_string().as_bytes(), &ring).unwrap().as_slice(), b"content");
        let error = decrypt(jwe.to_string().as_bytes(), &vec![stranger(), stranger()]).unwrap_err();
        assert_eq!(error.code(), "open/wrong-key");
        let nothing: Vec<PrivateKey> = Vec::new();
        assert_eq!(decrypt(jwe.to_string().as_bytes(), &nothing).unwrap_err().code(), "open/wrong-key");
    }

    #[test]
    fn shared_headers_may_lie_outside_the_protected_one() {
        let key = PrivateKey::generate().unwrap();
        let headers = JweHeaders {
            protected: json!({"typ": "test"}),
            unprotected: Some(json!({"enc": ENCRYPTION, "cty": "text/plain"})),
        };
        let jwe = encrypt(b"content", &headers, &[key.public().clone()]).unwrap();
        let opened = decrypt_with_header(&jwe, &key).unwrap();
        assert_eq!(opened.plaintext.as_slice(), b"content");
        assert_eq!((&opened.header["cty"], &opened.header["typ"]), (&json!("text/plain"), &json!("test")));
    }

    #[test]
    fn refuses_recipients_that_are_none_or_stated_twice() {
        let key = PrivateKey::generate().unwrap();
        assert!(encrypt(b"content", &headers(), &[]).is_err());
        assert!(encrypt(b"content", &headers(), &[key.public().clone(), key.public().clone()]).is_err());
    }

    #[test]
    fn every_changed_member_is_refused() {
        let (jwe, first, _) = sealed_for_two();
        let other: Value = sealed_for_two().0;
        for pointer in [
            "/protected",
            "/iv",
            "/ciphertext",
            "/tag",
            "/recipients/0/encrypted_key",
            "/recipients/0/header/epk",
            "/recipients/0/header/epk/x",
            "/recipients/0/header/alg",
        ] {
            for replacement in [other.pointer(pointer).unwrap().clone(), json!("AA"), json!("!"), Value::Null]
            {
                let mut changed = jwe.clone();
                *changed.pointer_mut(pointer).unwrap() = replacement;
                if changed != jwe {
                    assert!(decrypt(changed.to_string().as_bytes(), &first).is_err(), "{pointer}");
                }
            }
        }
    }

    #[test]
    fn header_names_must_not_repeat_between_the_headers() {
        let (mut jwe, first, _) = sealed_for_two();
        jwe["unprotected"] = json!({"enc": "A256GCM"});
        assert_eq!(decrypt(jwe.to_string().as_bytes(), &first).unwrap_err().code(), "open/corrupt");
    }

    #[test]
    fn unknown_extensions_are_not_ignored() {
        let (mut jwe, first, _) = sealed_for_two();
        jwe["protected"] =
            json!(Base64UrlUnpadded::encode_string(br#"{"crit":["x"],"enc":"A256GCM","x":1}"#));
        assert_eq!(decrypt(jwe.to_string().as_bytes(), &first).unwrap_err().code(), "open/unsupported");
    }

    #[test]
    fn a_cut_envelope_is_truncated() {
        let (jwe, first, _) = sealed_for_two();
        let text = jwe.to_string();
        for length in 0..text.len() {
            assert_eq!(decrypt(&text.as_bytes()[..length], &first).unwrap_err().code(), "open/truncated");
        }
    }
}
