//! Why there is no session with an SFTP server, and what to do about it.
//!
//! Owns these texts. They must never hold what the server said, a key or a password.

use crate::serve::store::StoreError;

/// Why no session came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Nobody answers at the address, or not in time.
    Unreachable,
    /// What answers could not agree on SSH.
    Handshake,
    /// `known_hosts` has no key of this host.
    UnknownHost,
    /// `known_hosts` has other keys of this host than the one it shows.
    OtherHost,
    /// `known_hosts` calls the host's key revoked.
    RevokedHost,
    /// The keys of this host in `known_hosts` are of kinds that are not spoken.
    HostKeyKind,
    /// The agent does not answer, or has no key.
    Agent,
    /// The server does not take the user with this key or password.
    Login,
    /// The server has no SFTP for this user.
    Subsystem,
}

impl Refusal {
    /// What happened.
    pub const fn what(self) -> &'static str {
        match self {
            Self::Unreachable => "connect: nobody answers",
            Self::Handshake => "connect: the SSH handshake failed",
            Self::UnknownHost => "connect: the host's key is not in known_hosts",
            Self::OtherHost => "connect: the host shows another key than the one in known_hosts",
            Self::RevokedHost => "connect: the host's key is revoked in known_hosts",
            Self::HostKeyKind => "connect: known_hosts has no Ed25519 or ECDSA key of the host",
            Self::Agent => "log in: the SSH agent does not answer, or has no key for it",
            Self::Login => "log in: the server does not take the user with this key or password",
            Self::Subsystem => "connect: the server has no SFTP for this user",
        }
    }

    /// What to do.
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::Unreachable => "check that the server is up, its address, and the firewalls between",
            Self::Handshake => "check that an SSH server with present-day algorithms listens there",
            Self::UnknownHost | Self::HostKeyKind => {
                "ask the host's keeper for the fingerprint, compare it with that of ssh-keyscan, and put the key into the \
                 file of CALLSEAL_STORE_KNOWN_HOSTS or ~/.ssh/known_hosts"
            }
            Self::OtherHost | Self::RevokedHost => {
                "somebody may be in between: ask the host's keeper before anything is changed in known_hosts"
            }
            Self::Agent => {
                "check SSH_AUTH_SOCK and ssh-add -l, or name a key with CALLSEAL_STORE_KEY_FILE; it must be Ed25519 or ECDSA"
            }
            Self::Login => "check the user, and that the key is in the server's authorized_keys",
            Self::Subsystem => "let the server have Subsystem sftp internal-sftp",
        }
    }
}

impl From<Refusal> for StoreError {
    fn from(refusal: Refusal) -> Self {
        Self::Unavailable(refusal.what().to_owned())
    }
}

impl From<russh::Error> for Refusal {
    fn from(error: russh::Error) -> Self {
        match error {
            russh::Error::IO(_) | russh::Error::ConnectionTimeout | russh::Error::HUP => Self::Unreachable,
            // Only kinds that known_hosts has are asked for.
            russh::Error::NoCommonAlgo { kind: russh::AlgorithmKind::Key, .. } => Self::OtherHost,
            _ => Self::Handshake,
        }
    }
}
