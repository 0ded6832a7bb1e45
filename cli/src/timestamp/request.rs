//! Asking an authority for a timestamp: the request (RFC 3161 §2.4.1), and the reply around the token (§2.4.2).
//!
//! Owns what must be equal in request and token. A token that does not answer the request must never be taken for one.

use super::MessageImprint;
use super::token::{Token, corrupt};
use callseal::{Error, ErrorKind, Result};
use der::asn1::{BitString, Uint};
use der::{Any, Decode as _, Encode as _, Sequence};

/// `granted` and `grantedWithMods` of `PKIStatus`.
const GRANTED: [u32; 2] = [0, 1];

/// `TimeStampReq`.
#[derive(Debug, Sequence)]
struct TimeStampReq {
    version: u8,
    message_imprint: MessageImprint,
    #[asn1(optional = "true")]
    nonce: Option<Uint>,
    #[asn1(default = "Default::default")]
    cert_req: bool,
}

/// `TimeStampResp`.
#[derive(Debug, Sequence)]
struct TimeStampResp {
    status: PkiStatusInfo,
    #[asn1(optional = "true")]
    token: Option<Any>,
}

/// `PKIStatusInfo` (RFC 4210 §5.2.3).
#[derive(Debug, Sequence)]
struct PkiStatusInfo {
    status: u32,
    #[asn1(optional = "true")]
    status_string: Option<Vec<Any>>,
    #[asn1(optional = "true")]
    fail_info: Option<BitString>,
}

/// What is asked for.
#[derive(Debug)]
pub struct Request {
    sha256: [u8; 32],
    nonce: Uint,
}

impl Request {
    /// For a hash, with a nonce of random bytes.
    ///
    /// # Errors
    /// None in practice: a nonce is short.
    pub fn new(sha256: [u8; 32], nonce: [u8; 16]) -> Result<Self> {
        Ok(Self { sha256, nonce: Uint::new(&nonce).map_err(|_| unwritable())? })
    }

    /// The bytes to send; the authority's certificate is asked for, so that the token can be read alone.
    ///
    /// # Errors
    /// None in practice.
    pub fn to_der(&self) -> Result<Vec<u8>> {
        let write = || {
            let message_imprint = MessageImprint::of_sha256(&self.sha256)?;
            let nonce = Some(self.nonce.clone());
            TimeStampReq { version: 1, message_imprint, nonce, cert_req: true }.to_der()
        };
        write().map_err(|_: der::Error| unwritable())
    }

    /// Whether the token answers this, and holds by the certificate that it brings. Whose that is nobody has asked yet.
    ///
    /// # Errors
    /// `Swapped` for a token of another hash or request; those of [`Token::signer`].
    pub fn check(&self, token: &Token) -> Result<()> {
        token.check_imprint(&self.sha256)?;
        if !token.has_nonce(&self.nonce) {
            return Err(Error::new(ErrorKind::Swapped, "the timestamp answers another request"));
        }
        token.signer().map(drop)
    }
}

/// The bytes of the token in a reply; none when the authority gives none.
///
/// # Errors
/// `Corrupt` for what is no reply.
pub fn token_of_reply(reply: &[u8]) -> Result<Option<Vec<u8>>> {
    let reply = TimeStampResp::from_der(reply).map_err(|_| corrupt("the answer is no timestamp reply"))?;
    let token = reply.token.filter(|_| GRANTED.contains(&reply.status.status));
    token.map(|token| token.to_der()).transpose().map_err(|_| corrupt("the timestamp cannot be read"))
}

fn unwritable() -> Error {
    Error::new(ErrorKind::LimitExceeded, "the request for a timestamp cannot be written")
}
