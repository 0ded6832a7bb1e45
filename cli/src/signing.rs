//! Who signs what is added to a call, and for whom it is sealed. Must never print any of a private key.

use crate::failure::Failure;
use crate::key_file;
use callseal::seal::{RecipientKey, SigningKey};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// For whom an addition is sealed besides the owner of --key.
#[derive(Debug, clap::Args)]
pub struct RecipientArguments {
    /// The public key (JWK) of a further recipient of the call, for whom the new object is sealed too. Needed for each
    /// of them; may be repeated.
    #[arg(long, value_name = "FILE")]
    recipient: Vec<PathBuf>,
}

impl RecipientArguments {
    /// Whether there are any.
    pub const fn are_given(&self) -> bool {
        !self.recipient.is_empty()
    }

    /// The keys.
    pub fn read(&self) -> Result<Vec<RecipientKey>, Failure> {
        self.recipient.iter().map(|path| read_recipient(path)).collect()
    }
}

/// The public key (JWK) of a recipient in `path`.
pub fn read_recipient(path: &Path) -> Result<RecipientKey, Failure> {
    RecipientKey::from_jwk(&key_file::read_json(path)?)
        .map_err(|error| Failure::bad_input(format!("--recipient {}: {}", path.display(), error.detail())))
}

/// The signing key (private JWK) in `path`.
pub fn read_key(path: &Path) -> Result<SigningKey, Failure> {
    SigningKey::from_jwk(&key_file::read_json(path)?).map_err(|error| {
        let what = "holds no key to sign with; `callseal keygen --signing` makes one";
        Failure::bad_input(format!("the key file {} {what}: {}", path.display(), error.detail()))
    })
}

/// Milliseconds since 1970-01-01 UTC.
pub fn now_ms() -> Result<u64, Failure> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).ok();
    since
        .and_then(|since| u64::try_from(since.as_millis()).ok())
        .ok_or_else(|| Failure::missing_prerequisite("the system's clock is not set"))
}
