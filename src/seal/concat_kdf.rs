//! The Concat key derivation of JWE's ECDH-ES (RFC 7518 §4.6.2, NIST SP 800-56A).

use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// Derives the 256-bit key that wraps the content key for one recipient.
///
/// `algorithm` is the `alg` value for key wrapping modes; `party_u` and `party_v` are the decoded `apu` and `apv`.
pub(super) fn derive_256(
    shared_secret: &[u8],
    algorithm: &str,
    party_u: &[u8],
    party_v: &[u8],
) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(derive_round(shared_secret, algorithm, party_u, party_v, 256))
}

/// The one round of SHA-256 that keys of up to 256 bits need.
fn derive_round(
    shared_secret: &[u8],
    algorithm: &str,
    party_u: &[u8],
    party_v: &[u8],
    key_bits: u32,
) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(1_u32.to_be_bytes());
    hash.update(shared_secret);
    for field in [algorithm.as_bytes(), party_u, party_v] {
        // The fields are header values of a few bytes.
        hash.update(u32::try_from(field.len()).unwrap_or(u32::MAX).to_be_bytes());
        hash.update(field);
    }
    hash.update(key_bits.to_be_bytes());
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::derive_round;

    /// RFC 7518 Appendix C: Alice's and Bob's key agreement.
    #[test]
    fn matches_rfc_7518_appendix_c() {
        let shared_secret = [
            158, 86, 217, 29, 129, 113, 53, 211, 114, 131, 66, 131, 191, 132, 38, 156, 251, 49, 110, 163,
            218, 128, 106, 72, 246, 218, 167, 121, 140, 254, 144, 196,
        ];
        let derived = derive_round(&shared_secret, "A128GCM", b"Alice", b"Bob", 128);
        assert_eq!(derived[..16], [86, 170, 141, 234, 248, 35, 109, 32, 92, 34, 40, 205, 113, 167, 16, 26]);
    }
}
