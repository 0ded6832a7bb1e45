//! SHA-256 and SHA-512 and their spelling in lower-case hexadecimal.

use core::fmt::Write as _;

use sha2::{Digest as _, Sha256, Sha512};

/// `bytes` in lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len().saturating_mul(2)), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The SHA-256 of `bytes` (FIPS 180-4) in lower-case hexadecimal.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The SHA-512 of `bytes` (FIPS 180-4) in lower-case hexadecimal; only vCons ask for it.
#[must_use]
pub fn sha512_hex(bytes: &[u8]) -> String {
    hex(&Sha512::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::{sha256_hex, sha512_hex};

    /// FIPS 180-4 example, "abc".
    #[test]
    fn matches_the_published_digest() {
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256_hex(b"abc"), expected);
        assert!(sha512_hex(b"abc").starts_with("ddaf35a193617abacc417349ae204131"));
    }
}
