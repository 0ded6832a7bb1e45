//! Sealing and opening one segment: data keys, Tink streams, envelopes, recipients (docs/format.md §3 to §5); and the
//! ES256 keys that sign.
//!
//! Owns every key of the crate (a ledger's call key is kept by `ledger`). Data keys are made here, wrapped at once for the recipients, zeroized when the segment
//! is sealed or dropped, and never printed, logged or returned to a page. Must never do input or output, nor know
//! what the bytes it seals mean.

mod concat_kdf;
mod data_key;
mod envelope;
mod es256;
mod hash;
mod jwe;
mod jwk;
pub mod jws;
mod key_ring;
mod nonce;
mod plaintext;
mod random;
mod recipient;
mod segment;
mod tink;
mod tink_reader;
mod tink_writer;

pub use data_key::DataKey;
pub use envelope::{envelope_recipients, make_envelope, open_envelope};
pub use es256::{SIGNATURE_BYTES, SigningKey, VerifyingKey};
pub use hash::{hex, sha256_hex, sha512_hex};
pub(crate) use jwe::{ENCRYPTION, JweHeaders, OpenedJwe, decrypt_with_header, encrypt};
pub use key_ring::KeyRing;
pub use plaintext::Plaintext;
pub use recipient::{KeyKind, PrivateKey, RecipientKey};
pub use segment::{OpenedSegment, SealedSegment, SegmentSealer};
pub use tink::{
    FIRST_SEGMENT_PLAINTEXT_BYTES, HEADER_BYTES, SEGMENT_BYTES, SEGMENT_PLAINTEXT_BYTES, TAG_BYTES,
};
pub use tink_reader::{UnterminatedStream, is_sealed_with, read_stream, read_unterminated_stream};
pub use tink_writer::TinkWriter;
