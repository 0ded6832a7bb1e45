//! The envelope of a segment's data key (docs/format.md §4).

use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde_json::{Value, json};
use zeroize::{Zeroize as _, Zeroizing};

use super::data_key::{DataKey, KEY_BYTES};
use super::jwe::{self, JweHeaders};
use super::key_ring::KeyRing;
use super::recipient::RecipientKey;
use crate::names::SegmentAddress;
use crate::{Error, ErrorKind, Result};

/// Bytes of the longest envelope (docs/format.md §4): room for more than a hundred recipients.
const MOST_ENVELOPE_BYTES: usize = 1 << 16;

/// The protected `typ` of an envelope.
const MEDIA_TYPE: &str = "callseal-envelope+json";

/// Wraps `key` for `recipients`, bound to the segment's place. The result is the envelope object's content.
///
/// # Errors
/// `RecipientInvalid` without recipients or with one twice; `RandomUnavailable` without random bytes.
pub fn make_envelope(
    key: &DataKey,
    address: &SegmentAddress,
    recipients: &[RecipientKey],
) -> Result<Vec<u8>> {
    let encoded = Zeroizing::new(Base64UrlUnpadded::encode_string(key.as_bytes()));
    // Both values are plain ASCII without anything to escape, so this is the canonical JSON (RFC 8785).
    let plaintext =
        Zeroizing::new(format!(r#"{{"ad":"{}","k":"{}"}}"#, address.associated_data(), encoded.as_str()));
    let headers =
        JweHeaders { protected: json!({"enc": jwe::ENCRYPTION, "typ": MEDIA_TYPE}), unprotected: None };
    jwe::encrypt(plaintext.as_bytes(), &headers, recipients)
}

/// Opens the envelope of the segment at `address`.
///
/// # Errors
/// `WrongKey` when none of `keys` is a recipient's; `Swapped` when the envelope belongs to another segment;
/// `Truncated` when it ends early; `Unsupported` for other algorithms; `Corrupt` for anything else.
pub fn open_envelope(json: &[u8], keys: &dyn KeyRing, address: &SegmentAddress) -> Result<DataKey> {
    within_limit(json)?;
    let plaintext = jwe::decrypt(json, keys)?;
    let malformed = || Error::new(ErrorKind::Corrupt, "the envelope's content is not that of an envelope");
    let mut content: Value = serde_json::from_slice(&plaintext).map_err(|_| malformed())?;
    let opened = read_content(&content, address);
    wipe(&mut content);
    opened.unwrap_or_else(|| Err(malformed()))
}

/// The recipients' thumbprints that an envelope names, in its order. Nothing of it is authenticated.
///
/// # Errors
/// `Truncated` or `Corrupt` when it is not an envelope.
pub fn envelope_recipients(json: &[u8]) -> Result<Vec<String>> {
    within_limit(json)?;
    jwe::recipients(json)
}

fn within_limit(json: &[u8]) -> Result<()> {
    if json.len() > MOST_ENVELOPE_BYTES {
        return Err(Error::new(ErrorKind::Corrupt, "the envelope is longer than any envelope"));
    }
    Ok(())
}

fn read_content(content: &Value, address: &SegmentAddress) -> Option<Result<DataKey>> {
    let associated_data = content.get("ad")?.as_str()?;
    if associated_data != address.associated_data() {
        return Some(Err(Error::new(ErrorKind::Swapped, "the envelope belongs to another segment")));
    }
    let mut key = Zeroizing::new([0_u8; KEY_BYTES]);
    let decoded = Base64UrlUnpadded::decode(content.get("k")?.as_str()?, key.as_mut_slice()).ok()?;
    Some(DataKey::from_bytes(decoded))
}

/// Overwrites the strings of the parsed content, the key among them.
fn wipe(content: &mut Value) {
    if let Value::Object(members) = content {
        for member in members.values_mut() {
            if let Value::String(text) = member {
                text.zeroize();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{envelope_recipients, make_envelope, open_envelope};
    use crate::names::{CallId, SegmentAddress};
    use crate::seal::{DataKey, PrivateKey};

    fn address(segment: u32) -> SegmentAddress {
        let call_id = CallId::parse("0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa").unwrap();
        SegmentAddress::new(call_id, 0, segment).unwrap()
    }

    #[test]
    fn gives_the_recipient_the_key_of_its_segment() {
        let (key, owner) = (DataKey::generate().unwrap(), PrivateKey::generate().unwrap());
        let envelope = make_envelope(&key, &address(3), &[owner.public().clone()]).unwrap();
        let opened = open_envelope(&envelope, &owner, &address(3)).unwrap();
        assert_eq!(opened.as_bytes(), key.as_bytes());
        assert_eq!(envelope_recipients(&envelope).unwrap(), [owner.thumbprint()]);
    }

    #[test]
    fn an_envelope_longer_than_any_is_refused_before_it_is_read() {
        let (key, owner) = (DataKey::generate().unwrap(), PrivateKey::generate().unwrap());
        let mut envelope = make_envelope(&key, &address(3), &[owner.public().clone()]).unwrap();
        envelope.resize(super::MOST_ENVELOPE_BYTES, b' ');
        assert!(open_envelope(&envelope, &owner, &address(3)).is_ok());
        envelope.push(b' ');
        assert_eq!(open_envelope(&envelope, &owner, &address(3)).unwrap_err().code(), "open/corrupt");
        assert_eq!(envelope_recipients(&envelope).unwrap_err().code(), "open/corrupt");
    }

    #[test]
    fn an_envelope_of_another_segment_is_swapped() {
        let (key, owner) = (DataKey::generate().unwrap(), PrivateKey::generate().unwrap());
        let envelope = make_envelope(&key, &address(3), &[owner.public().clone()]).unwrap();
        assert_eq!(open_envelope(&envelope, &owner, &address(4)).unwrap_err().code(), "open/swapped");
    }

    #[test]
    fn the_protected_header_is_that_of_the_format() {
        let (key, owner) = (DataKey::generate().unwrap(), PrivateKey::generate().unwrap());
        let envelope = make_envelope(&key, &address(0), &[owner.public().clone()]).unwrap();
        let envelope: serde_json::Value = serde_json::from_slice(&envelope).unwrap();
        // base64url of {"enc":"A256GCM","typ":"callseal-envelope+json"}
        assert_eq!(envelope["protected"], "eyJlbmMiOiJBMjU2R0NNIiwidHlwIjoiY2FsbHNlYWwtZW52ZWxvcGUranNvbiJ9");
    }
}
