//! The private keys that a reader has.
//!
//! Owns which of them is meant, by thumbprint, and nothing of what they can do.

use core::fmt;
use core::slice;

use super::recipient::PrivateKey;

/// One or several private keys of recipients; whichever is a recipient's opens.
pub trait KeyRing: fmt::Debug {
    /// The keys, in the order of their owner.
    fn keys(&self) -> &[PrivateKey];
}

/// A single key is a ring of one.
impl KeyRing for PrivateKey {
    fn keys(&self) -> &[PrivateKey] {
        slice::from_ref(self)
    }
}

impl KeyRing for Vec<PrivateKey> {
    fn keys(&self) -> &[PrivateKey] {
        self
    }
}
