//! Writing a result file, whole or not at all, and speaking to the terminal.

use crate::failure::Failure;
use std::fmt::Display;
use std::io::Write as _;
use std::path::Path;

/// Who may read the file, and whether it may take the place of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A private key: the owner only, and never over an existing file.
    PrivateKey,
    /// Opened audio, or what names people: the owner only.
    Recording,
    /// A sealed object of a call: the owner only, and never over an existing one.
    Object,
    /// Anybody may read it.
    Public,
}

/// Writes `content` to a temporary file beside `path`, makes it durable, and gives it its name.
pub fn write(path: &Path, content: &[u8], kind: Kind) -> Result<(), Failure> {
    let failed = |what: &str, error: &std::io::Error| {
        Failure::bad_input(format!("{} cannot be {what}: {error}", path.display()))
    };
    let folder =
        path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    // Created with mode 0600.
    let mut file = tempfile::Builder::new()
        .prefix(".callseal-")
        .tempfile_in(folder)
        .map_err(|error| failed("written", &error))?;
    file.write_all(content).map_err(|error| failed("written", &error))?;
    if kind == Kind::Public {
        allow_reading(file.as_file()).map_err(|error| failed("made readable", &error))?;
    }
    file.as_file().sync_all().map_err(|error| failed("written", &error))?;
    let is_once = matches!(kind, Kind::PrivateKey | Kind::Object);
    let persisted = if is_once { file.persist_noclobber(path) } else { file.persist(path) };
    persisted.map(drop).map_err(|error| {
        if error.error.kind() == std::io::ErrorKind::AlreadyExists {
            Failure::bad_input(format!("{} exists already and is not overwritten", path.display()))
        } else {
            failed("written", &error.error)
        }
    })
}

/// One line on standard output: results. A reader that has gone away (`| head`) is no fault.
pub fn print(line: impl Display) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Bytes on standard output, for a program that reads them. One that has gone away is no fault.
pub fn pipe(content: &[u8]) -> Result<(), Failure> {
    let mut output = std::io::stdout().lock();
    match output.write_all(content).and_then(|()| output.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::bad_input(format!("standard output cannot be written: {error}")))
        }
        _ => Ok(()),
    }
}

/// One line on standard error: what a person may want to know.
pub fn note(line: impl Display) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

#[cfg(unix)]
fn allow_reading(file: &std::fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn allow_reading(_: &std::fs::File) -> std::io::Result<()> {
    Ok(())
}
