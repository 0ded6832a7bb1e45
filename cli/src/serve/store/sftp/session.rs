//! A session with an SFTP server: SSH (RFC 4253), the host's key, the log-in, and the file operations of
//! draft-ietf-secsh-filexfer-02 with OpenSSH's extensions.
//!
//! Owns one connection and what each answer of the server means. It decides nothing of names or of when a file counts as
//! stored, and must never print a key, a password or what the server says.

use super::known_hosts::KnownKeys;
use super::refusal::Refusal;
use crate::serve::store::StoreError;
use crate::serve::store::location::Secret;
use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use russh::ChannelMsg;
use russh::client::{Config, Handle, Handler};
use russh::keys::{PrivateKey, PrivateKeyWithHashAlg, PublicKeyOrCertificate};
use russh_sftp::client::RawSftpSession;
use russh_sftp::client::error::Error as SftpError;
use russh_sftp::protocol::{FileAttributes, OpenFlags, StatusCode};
use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Longest wait for a connection with log-in.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// Longest wait for one answer, in seconds: as over HTTP.
const ANSWER_LIMIT_S: u64 = 60;
/// After this much silence the server is asked whether it is there, three times; firewalls forget idle connections later.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Bytes of one read or write: every server takes packets of 34,000 (draft §3).
const PIECE_BYTES: usize = 32 * 1024;
/// Reads or writes under way for one file, so that a long way costs its delay once and not per piece.
const PIECES_AT_ONCE: usize = 16;
/// Keys of an agent that are tried: OpenSSH's server ends the connection after six attempts.
const AGENT_KEYS: usize = 5;
/// Files hold envelopes, notes and possibly the server's key: they are their owner's alone.
const FILE_MODE: u32 = 0o600;
/// The same of folders.
const FOLDER_MODE: u32 = 0o700;

/// How the server is convinced of who asks.
pub enum Login {
    /// A private key.
    Key(Arc<PrivateKey>),
    /// A password.
    Password(Secret),
    /// The keys of the agent behind this socket.
    Agent(PathBuf),
}

impl fmt::Debug for Login {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Key(_) => "Key",
            Self::Password(_) => "Password",
            Self::Agent(_) => "Agent",
        })
    }
}

/// Where a session leads.
#[derive(Debug)]
pub struct Host {
    /// Name or address, without brackets.
    pub name: String,
    /// TCP port.
    pub port: u16,
    /// Who logs in.
    pub user: String,
    /// With what.
    pub login: Login,
    /// Files with the keys of hosts.
    pub known_hosts: Vec<PathBuf>,
}

/// Why a file operation was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// There is no such file or folder.
    Missing,
    /// The user may not.
    Denied,
    /// The server did not, and says no more; a taken name is one of the reasons.
    Failed,
    /// The server does not know the operation.
    Unsupported,
    /// The connection is gone, or the answer was none.
    Broken,
}

impl Fault {
    /// The error at `step`.
    pub fn at(self, step: &str) -> StoreError {
        let word = match self {
            Self::Missing => "not found",
            Self::Denied => "permission denied",
            Self::Failed => "the server refuses",
            Self::Unsupported => "the server cannot",
            Self::Broken => "the connection broke",
        };
        StoreError::Unavailable(format!("{step}: {word}"))
    }
}

/// What a folder holds.
#[derive(Debug)]
pub struct Entry {
    /// Its name within the folder.
    pub name: String,
    /// Whether it is a folder.
    pub is_folder: bool,
    /// Size in bytes.
    pub size_bytes: u64,
}

/// A session that is logged in.
pub struct Session {
    connection: Handle<HostCheck>,
    files: RawSftpSession,
    can_link: bool,
    can_sync: bool,
    is_broken: AtomicBool,
}

impl fmt::Debug for Session {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Session")
    }
}

/// Looks at the host's key.
struct HostCheck(KnownKeys);

impl Handler for HostCheck {
    type Error = Refusal;

    async fn check_server_key(&mut self, shown: &PublicKeyOrCertificate) -> Result<bool, Refusal> {
        match shown {
            PublicKeyOrCertificate::PublicKey { key, .. } => self.0.judge(key).map(|()| true),
            // Never asked for.
            PublicKeyOrCertificate::Certificate(_) => Err(Refusal::OtherHost),
        }
    }
}

impl Host {
    /// Connects, looks at the host's key, and logs in.
    ///
    /// # Errors
    /// What refused.
    pub async fn connect(&self) -> Result<Session, Refusal> {
        let connected = tokio::time::timeout(CONNECT_LIMIT, self.connect_unlimited()).await;
        connected.unwrap_or(Err(Refusal::Unreachable))
    }

    async fn connect_unlimited(&self) -> Result<Session, Refusal> {
        let known = KnownKeys::read(&self.name, self.port, &self.known_hosts);
        let mut config = Config { keepalive_interval: Some(KEEP_ALIVE), nodelay: true, ..Config::default() };
        config.preferred.key = Cow::Owned(known.kinds(&config.preferred.key)?);
        let address = (self.name.as_str(), self.port);
        let mut connection = russh::client::connect(Arc::new(config), address, HostCheck(known)).await?;
        self.log_in(&mut connection).await?;
        let mut channel = connection.channel_open_session().await.map_err(|_| Refusal::Subsystem)?;
        channel.request_subsystem(true, "sftp").await.map_err(|_| Refusal::Subsystem)?;
        loop {
            match channel.wait().await {
                Some(ChannelMsg::Success) => break,
                Some(ChannelMsg::WindowAdjusted { .. }) => {}
                _ => return Err(Refusal::Subsystem),
            }
        }
        let files = RawSftpSession::new(channel.into_stream());
        let version = files.init().await.map_err(|_| Refusal::Subsystem)?;
        files.set_timeout(ANSWER_LIMIT_S);
        let offers = |extension| version.extensions.get(extension).is_some_and(|version| version == "1");
        let (can_link, can_sync) = (offers("hardlink@openssh.com"), offers("fsync@openssh.com"));
        Ok(Session { connection, files, can_link, can_sync, is_broken: AtomicBool::new(false) })
    }

    async fn log_in(&self, connection: &mut Handle<HostCheck>) -> Result<(), Refusal> {
        let user = self.user.as_str();
        let answer = match &self.login {
            Login::Key(key) => {
                let key = PrivateKeyWithHashAlg::new(Arc::clone(key), None);
                connection.authenticate_publickey(user, key).await
            }
            Login::Password(password) => connection.authenticate_password(user, password.text()).await,
            Login::Agent(socket) => return log_in_by_agent(connection, user, socket).await,
        };
        if answer.map_err(|_| Refusal::Login)?.success() { Ok(()) } else { Err(Refusal::Login) }
    }
}

#[cfg(unix)]
async fn log_in_by_agent(
    connection: &mut Handle<HostCheck>,
    user: &str,
    socket: &std::path::Path,
) -> Result<(), Refusal> {
    use russh::keys::agent::{AgentIdentity, client::AgentClient};
    let mut agent = AgentClient::connect_uds(socket).await.map_err(|_| Refusal::Agent)?;
    let identities = agent.request_identities().await.map_err(|_| Refusal::Agent)?;
    let keys = identities.into_iter().filter_map(|identity| match identity {
        AgentIdentity::PublicKey { key, .. } if !key.algorithm().is_rsa() => Some(key),
        _ => None,
    });
    let mut refusal = Refusal::Agent;
    for key in keys.take(AGENT_KEYS) {
        refusal = Refusal::Login;
        let answer = connection.authenticate_publickey_with(user, key, None, &mut agent).await;
        if answer.is_ok_and(|answer| answer.success()) {
            return Ok(());
        }
    }
    Err(refusal)
}

#[cfg(not(unix))]
async fn log_in_by_agent(
    _connection: &mut Handle<HostCheck>,
    _user: &str,
    _socket: &std::path::Path,
) -> Result<(), Refusal> {
    Err(Refusal::Agent)
}

impl Session {
    /// Whether it can still be used, as far as is known.
    pub fn is_open(&self) -> bool {
        !self.is_broken.load(Ordering::Relaxed) && !self.connection.is_closed()
    }

    /// Whether the server makes hard links.
    pub const fn can_link(&self) -> bool {
        self.can_link
    }

    /// Whether the server writes a file to its disk when it is asked to.
    pub const fn can_sync(&self) -> bool {
        self.can_sync
    }

    /// The fault that an answer is; one that is no answer ends the session.
    fn fault(&self, error: SftpError) -> Fault {
        let SftpError::Status(status) = error else {
            self.is_broken.store(true, Ordering::Relaxed);
            return Fault::Broken;
        };
        match status.status_code {
            StatusCode::NoSuchFile => Fault::Missing,
            StatusCode::PermissionDenied => Fault::Denied,
            StatusCode::OpUnsupported => Fault::Unsupported,
            _ => Fault::Failed,
        }
    }

    async fn open(&self, path: &str, flags: OpenFlags, attributes: FileAttributes) -> Result<String, Fault> {
        let opened = self.files.open(path, flags, attributes).await;
        opened.map(|opened| opened.handle).map_err(|error| self.fault(error))
    }

    async fn close(&self, handle: String) -> Result<(), Fault> {
        self.files.close(handle).await.map(drop).map_err(|error| self.fault(error))
    }

    /// Writes what was written to this handle, and the name of its file, to the server's disk, if the server can.
    async fn sync(&self, handle: &str) -> Result<(), Fault> {
        if !self.can_sync {
            return Ok(());
        }
        self.files.fsync(handle).await.map(drop).map_err(|error| self.fault(error))
    }

    /// Writes a new file and syncs it.
    ///
    /// # Errors
    /// `Failed` if the name is taken, and any other.
    pub async fn write_new(&self, path: &str, bytes: &Bytes) -> Result<(), Fault> {
        let flags = OpenFlags::WRITE | OpenFlags::CREATE | OpenFlags::EXCLUDE;
        let handle = self.open(path, flags, mode(FILE_MODE)).await?;
        let written = self.write_all(&handle, bytes).await;
        let closed = self.close(handle).await;
        written.and(closed)
    }

    async fn write_all(&self, handle: &str, bytes: &Bytes) -> Result<(), Fault> {
        let starts = (0..bytes.len()).step_by(PIECE_BYTES);
        let mut writes = stream::iter(starts)
            .map(|start| {
                let piece = bytes.slice(start..bytes.len().min(start.saturating_add(PIECE_BYTES)));
                let offset = u64::try_from(start).unwrap_or(u64::MAX);
                self.files.write(handle, offset, piece.to_vec())
            })
            .buffer_unordered(PIECES_AT_ONCE);
        while let Some(written) = writes.next().await {
            written.map_err(|error| self.fault(error))?;
        }
        self.sync(handle).await
    }

    /// The bytes of a file, if there is one. What is returned is on the server's disk, and so is its name, if the server can
    /// sync: OpenSSH's server syncs the handle's file, and file systems with a journal write the name no later than that.
    ///
    /// # Errors
    /// Any but `Missing`.
    pub async fn read(&self, path: &str) -> Result<Option<Bytes>, Fault> {
        let handle = match self.open(path, OpenFlags::READ, FileAttributes::empty()).await {
            Ok(handle) => handle,
            Err(Fault::Missing) => return Ok(None),
            Err(fault) => return Err(fault),
        };
        let bytes = self.read_all(&handle).await;
        let closed = self.close(handle).await;
        bytes.and_then(|bytes| closed.map(|()| Some(bytes)))
    }

    async fn read_all(&self, handle: &str) -> Result<Bytes, Fault> {
        let attributes = self.files.fstat(handle).await.map_err(|error| self.fault(error))?.attrs;
        let size_bytes =
            usize::try_from(attributes.size.ok_or(Fault::Unsupported)?).map_err(|_| Fault::Failed)?;
        let pieces = (0..size_bytes).step_by(PIECE_BYTES);
        let pieces: Vec<Vec<u8>> = stream::iter(pieces)
            .map(|start| self.read_piece(handle, start, PIECE_BYTES.min(size_bytes.saturating_sub(start))))
            .buffered(PIECES_AT_ONCE)
            .try_collect()
            .await?;
        self.sync(handle).await?;
        Ok(pieces.concat().into())
    }

    /// `length` bytes from `start`, or what there is of them: a server may answer with fewer than it was asked for.
    async fn read_piece(&self, handle: &str, start: usize, length: usize) -> Result<Vec<u8>, Fault> {
        let mut piece = Vec::with_capacity(length);
        while piece.len() < length {
            let offset = u64::try_from(start.saturating_add(piece.len())).map_err(|_| Fault::Failed)?;
            let wanted = u32::try_from(length.saturating_sub(piece.len())).map_err(|_| Fault::Failed)?;
            match self.files.read(handle, offset, wanted).await {
                Ok(answer) if answer.data.is_empty() => break,
                Ok(answer) => piece.extend(answer.data),
                Err(SftpError::Status(status)) if status.status_code == StatusCode::Eof => break,
                Err(error) => return Err(self.fault(error)),
            }
        }
        Ok(piece)
    }

    /// A part of a file.
    ///
    /// # Errors
    /// Any.
    pub async fn read_part(&self, path: &str, start: usize, length: usize) -> Result<Vec<u8>, Fault> {
        let handle = self.open(path, OpenFlags::READ, FileAttributes::empty()).await?;
        let part = self.read_piece(&handle, start, length).await;
        self.close(handle).await?;
        part
    }

    /// What the server says of the name, if it is taken.
    ///
    /// # Errors
    /// Any but `Missing`.
    pub async fn look(&self, path: &str) -> Result<Option<FileAttributes>, Fault> {
        match self.files.lstat(path).await.map_err(|error| self.fault(error)) {
            Ok(answer) => Ok(Some(answer.attrs)),
            Err(Fault::Missing) => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// Gives the file at `from` the further name `to`, if that is free.
    ///
    /// # Errors
    /// `Failed` if it is taken, and any other.
    pub async fn link(&self, from: &str, to: &str) -> Result<(), Fault> {
        self.files.hardlink(from, to).await.map(drop).map_err(|error| self.fault(error))
    }

    /// Gives the file at `from` the name `to` instead; draft §6.5: "It is an error if there already exists a file with the
    /// name specified by newpath".
    ///
    /// # Errors
    /// `Failed` if it is taken, and any other.
    pub async fn rename(&self, from: &str, to: &str) -> Result<(), Fault> {
        self.files.rename(from, to).await.map(drop).map_err(|error| self.fault(error))
    }

    /// Removes a file, durably if the server can sync; one that is not there is no error.
    ///
    /// # Errors
    /// Any but `Missing`.
    pub async fn remove(&self, path: &str) -> Result<(), Fault> {
        // A journal writes the removal no later than the file that lost its name.
        let handle = match self.can_sync {
            true => self.open(path, OpenFlags::READ, FileAttributes::empty()).await.ok(),
            false => None,
        };
        let removed = match self.files.remove(path).await.map_err(|error| self.fault(error)) {
            Err(Fault::Missing) => Ok(()),
            removed => removed.map(drop),
        };
        let Some(handle) = handle else { return removed };
        let synced = self.sync(&handle).await;
        let closed = self.close(handle).await;
        removed.and(synced).and(closed)
    }

    /// Makes the folder and those above it that are missing.
    ///
    /// # Errors
    /// Any.
    pub async fn make_folders(&self, path: &str) -> Result<(), Fault> {
        let ends = path.match_indices('/').map(|(end, _)| end).filter(|end| *end > 0);
        let mut missing = Vec::new();
        for end in ends.chain([path.len()]).collect::<Vec<_>>().into_iter().rev() {
            let folder = path.get(..end).unwrap_or(path);
            if self.look(folder).await?.is_some() {
                break;
            }
            missing.push(folder);
        }
        for folder in missing.into_iter().rev() {
            let made = self.files.mkdir(folder, mode(FOLDER_MODE)).await.map_err(|error| self.fault(error));
            // Another request may have made it meanwhile.
            if let Err(fault) = made
                && self.look(folder).await?.is_none()
            {
                return Err(fault);
            }
        }
        Ok(())
    }

    /// What a folder holds; nothing if it is not there.
    ///
    /// # Errors
    /// Any but `Missing`.
    pub async fn entries(&self, path: &str) -> Result<Vec<Entry>, Fault> {
        let handle = match self.files.opendir(path).await.map_err(|error| self.fault(error)) {
            Ok(opened) => opened.handle,
            Err(Fault::Missing) => return Ok(Vec::new()),
            Err(fault) => return Err(fault),
        };
        let mut entries = Vec::new();
        let listed = loop {
            match self.files.readdir(handle.as_str()).await {
                Ok(part) => entries.extend(part.files.into_iter().map(|file| Entry {
                    is_folder: file.attrs.is_dir(),
                    size_bytes: file.attrs.size.unwrap_or_default(),
                    name: file.filename,
                })),
                Err(SftpError::Status(status)) if status.status_code == StatusCode::Eof => break Ok(()),
                Err(error) => break Err(self.fault(error)),
            }
        };
        let closed = self.close(handle).await;
        listed.and(closed)?;
        entries.retain(|entry| entry.name != "." && entry.name != "..");
        Ok(entries)
    }
}

fn mode(bits: u32) -> FileAttributes {
    FileAttributes { permissions: Some(bits), ..FileAttributes::empty() }
}
