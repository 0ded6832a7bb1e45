//! Identifiers that follow from what they name, so that the same export always bears the same one.

use core::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// A version-8 UUID (RFC 9562 §5.8) made of the SHA-256 of `name`.
pub(crate) fn derived_uuid(name: &str) -> String {
    let digest: [u8; 32] = Sha256::digest(name).into();
    let mut text = String::with_capacity(36);
    for (index, byte) in digest.into_iter().take(16).enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        let byte = match index {
            6 => byte & 0x0f | 0x80, // version 8
            8 => byte & 0x3f | 0x80, // variant 0b10
            _ => byte,
        };
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::derived_uuid;

    #[test]
    fn is_a_version_8_uuid_that_follows_from_the_name() {
        let uuid = derived_uuid("name");
        assert_eq!(uuid, derived_uuid("name"));
        assert_ne!(uuid, derived_uuid("other"));
        assert_eq!(uuid.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
        assert_eq!(uuid.as_bytes()[14], b'8');
        assert!(matches!(uuid.as_bytes()[19], b'8' | b'9' | b'a' | b'b'));
    }
}
