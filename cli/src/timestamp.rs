//! Timestamps by an authority (RFC 3161): asking for one, reading what it gave, and whether it can be believed.
//!
//! Owns the bytes of the protocol; who asks when is the server's matter, whom to believe the reader's. What is stamped is
//! always a SHA-256 hash. Never part of the page's module.

mod authority;
mod request;
mod signature;
mod token;

pub use authority::Authorities;
pub use request::{Request, token_of_reply};
pub use token::{MAX_TOKEN_BYTES, Token};

use der::Sequence;
use der::asn1::{Null, ObjectIdentifier, OctetString};
use x509_cert::spki::AlgorithmIdentifierOwned;

/// SHA-256, <https://www.rfc-editor.org/rfc/rfc5754#section-2.2>.
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");

/// `MessageImprint` (RFC 3161 §2.4.1): what is stamped.
#[derive(Debug, Clone, PartialEq, Eq, Sequence)]
struct MessageImprint {
    hash_algorithm: AlgorithmIdentifierOwned,
    hashed_message: OctetString,
}

impl MessageImprint {
    fn of_sha256(hash: &[u8; 32]) -> der::Result<Self> {
        let hash_algorithm = AlgorithmIdentifierOwned { oid: SHA256, parameters: Some(Null.into()) };
        Ok(Self { hash_algorithm, hashed_message: OctetString::new(*hash)? })
    }

    /// Whether it is this hash. Some authorities leave out the parameters of the algorithm, which is the same (RFC 5754 §2).
    fn is_sha256(&self, hash: &[u8; 32]) -> bool {
        self.hash_algorithm.oid == SHA256 && self.hashed_message.as_bytes() == hash
    }
}
