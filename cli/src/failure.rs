//! How a command ends when it cannot do its work: one clear sentence and a stable exit code.
//!
//! Owns the meaning of the exit codes. A sentence never holds a key, a token or personal data.

use callseal::ErrorKind;
use std::io::Write as _;
use std::process::ExitCode;

/// Bad usage, or input that cannot be read.
pub const BAD_INPUT: u8 = 2;
/// Something the command needs is not there: a taken port, a missing capability of the system.
pub const MISSING_PREREQUISITE: u8 = 3;

/// Why a command ended without its result.
#[derive(Debug)]
pub struct Failure {
    exit_code: u8,
    sentence: String,
}

impl Failure {
    /// A failure with `exit_code` and one sentence for people, without secrets.
    pub fn new(exit_code: u8, sentence: impl Into<String>) -> Self {
        Self { exit_code, sentence: sentence.into() }
    }

    /// Bad usage, or input that cannot be read (status 2).
    pub fn bad_input(sentence: impl Into<String>) -> Self {
        Self::new(BAD_INPUT, sentence)
    }

    /// A prerequisite is missing (status 3).
    pub fn missing_prerequisite(sentence: impl Into<String>) -> Self {
        Self::new(MISSING_PREREQUISITE, sentence)
    }

    /// The status of the process.
    pub const fn exit_code(&self) -> u8 {
        self.exit_code
    }

    /// Writes the sentence to standard error and gives the status of the process.
    pub fn report(&self) -> ExitCode {
        // A closed standard error must not turn a failure into a panic.
        let _ = writeln!(std::io::stderr(), "callseal: {}", self.sentence);
        ExitCode::from(self.exit_code)
    }
}

/// The status that names a kind of error; the same for every command.
pub const fn exit_code(kind: ErrorKind) -> u8 {
    match kind {
        ErrorKind::WrongKey => 10,
        ErrorKind::Truncated => 11,
        ErrorKind::Corrupt | ErrorKind::Signature | ErrorKind::VconSignature => 12,
        ErrorKind::Swapped => 13,
        ErrorKind::MissingSegment => 14,
        ErrorKind::MissingEnvelope => 15,
        ErrorKind::Unterminated => 16,
        ErrorKind::Shredded => 17,
        ErrorKind::ForeignRecipient => 19,
        _ => BAD_INPUT,
    }
}

impl From<callseal::Error> for Failure {
    fn from(error: callseal::Error) -> Self {
        Self::new(exit_code(error.kind()), error.to_string())
    }
}
