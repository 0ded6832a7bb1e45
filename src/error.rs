//! Every error of the crate, each with a stable code.
//!
//! Owns the list of codes. An error says what happened and what to do; it never contains audio, keys, digits or
//! personal data, so it may be shown and logged as it is.

use core::fmt;

/// What went wrong, as one of a closed list of kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The configuration is not usable; the detail names the field.
    ConfigInvalid,
    /// A message from the page did not have the agreed shape.
    MessageInvalid,
    /// The call id is unknown, used before, or not a version-4 UUID.
    CallUnknown,
    /// An answer that could be of several parties.
    AnswerAmbiguous,
    /// The host's statement of consent is none that counts.
    AssertionInvalid,
    /// Nobody with that index is in the call.
    PartyUnknown,
    /// A recipient's key is not a usable public key.
    RecipientInvalid,
    /// The operating system or browser gave no random bytes.
    RandomUnavailable,
    /// More data than one key or one name space may hold.
    LimitExceeded,
    /// The operation does not fit the state (sealing twice, pushing after the end, an empty stream).
    WrongState,
    /// The key given opens none of the recipient entries.
    WrongKey,
    /// An object or stream ends before its stated end.
    Truncated,
    /// An object's content is not what was sealed.
    Corrupt,
    /// An object is genuine but belongs to another place.
    Swapped,
    /// A segment object that the ledger names is missing.
    MissingSegment,
    /// An envelope object that the ledger names is missing.
    MissingEnvelope,
    /// The audio was destroyed, as the ledger demands.
    Shredded,
    /// A call is sealed for a key that the reader did not name.
    ForeignRecipient,
    /// A segment has no terminated end: the engine crashed while it was open.
    Unterminated,
    /// A ledger entry, or what vouches for it, is not signed as it must be.
    Signature,
    /// A vCon is not signed by one who may sign it.
    VconSignature,
    /// The version or algorithm is not supported by this reader.
    Unsupported,
    /// A call's evidence contradicts itself or lacks what an export needs; the detail names the field.
    EvidenceInvalid,
    /// The audio encoder is absent or failed.
    EncoderFailed,
    /// The local spool is absent or failed.
    SpoolFailed,
    /// The local spool may take no more.
    SpoolFull,
    /// Something of a recording is still on its way to a store.
    StillSending,
    /// The store could not be reached or answered with a passing fault.
    StoreUnavailable,
    /// The store refused the object for good.
    StoreRefused,
    /// A hint is not a telephone number in international form.
    HintNumberInvalid,
    /// A hint is not the code of a place.
    HintPlaceInvalid,
    /// A law table is not JSON of the agreed form; the detail names the place.
    TableInvalid,
    /// A law table has a member that is not known.
    TableMemberUnknown,
    /// A law table lacks a member or leaves it empty: a citation, a basis, a review date.
    TableMemberMissing,
    /// A law table has a value that is none of the agreed words: a rule, a basis, a flag.
    TableValueUnknown,
    /// A law table speaks twice of the same place.
    TableCodeDuplicate,
    /// A law table is larger than is read.
    TableTooLarge,
    /// The webhook's template has a placeholder that no event fills.
    WebhookTemplate,
    /// The webhook's receiver refused an event for good.
    WebhookRefused,
    /// The webhook's receiver wants no more events.
    WebhookGone,
    /// An event could not be delivered in time.
    WebhookExpired,
    /// Too many events wait for the webhook: the oldest were dropped.
    WebhookOverflow,
}

impl ErrorKind {
    /// Every kind, for tests and for the list of codes in the package.
    pub const ALL: &'static [Self] = &[
        Self::ConfigInvalid,
        Self::MessageInvalid,
        Self::CallUnknown,
        Self::AnswerAmbiguous,
        Self::AssertionInvalid,
        Self::PartyUnknown,
        Self::RecipientInvalid,
        Self::RandomUnavailable,
        Self::LimitExceeded,
        Self::WrongState,
        Self::WrongKey,
        Self::Truncated,
        Self::Corrupt,
        Self::Swapped,
        Self::MissingSegment,
        Self::MissingEnvelope,
        Self::Shredded,
        Self::ForeignRecipient,
        Self::Unterminated,
        Self::Signature,
        Self::VconSignature,
        Self::Unsupported,
        Self::EvidenceInvalid,
        Self::EncoderFailed,
        Self::SpoolFailed,
        Self::SpoolFull,
        Self::StillSending,
        Self::StoreUnavailable,
        Self::StoreRefused,
        Self::HintNumberInvalid,
        Self::HintPlaceInvalid,
        Self::TableInvalid,
        Self::TableMemberUnknown,
        Self::TableMemberMissing,
        Self::TableValueUnknown,
        Self::TableCodeDuplicate,
        Self::TableTooLarge,
        Self::WebhookTemplate,
        Self::WebhookRefused,
        Self::WebhookGone,
        Self::WebhookExpired,
        Self::WebhookOverflow,
    ];

    /// The stable code, for programs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::ConfigInvalid => "config/invalid",
            Self::MessageInvalid => "message/invalid",
            Self::CallUnknown => "call/unknown",
            Self::AnswerAmbiguous => "answer/ambiguous",
            Self::AssertionInvalid => "assertion/invalid",
            Self::PartyUnknown => "party/unknown",
            Self::RecipientInvalid => "recipient/invalid",
            Self::RandomUnavailable => "random/unavailable",
            Self::LimitExceeded => "limit/exceeded",
            Self::WrongState => "state/wrong",
            Self::WrongKey => "open/wrong-key",
            Self::Truncated => "open/truncated",
            Self::Corrupt => "open/corrupt",
            Self::Swapped => "open/swapped",
            Self::MissingSegment => "open/missing-segment",
            Self::MissingEnvelope => "open/missing-envelope",
            Self::Shredded => "open/shredded",
            Self::ForeignRecipient => "open/foreign-recipient",
            Self::Unterminated => "open/unterminated",
            Self::Signature => "ledger/signature",
            Self::VconSignature => "vcon/signature",
            Self::Unsupported => "open/unsupported",
            Self::EvidenceInvalid => "evidence/invalid",
            Self::EncoderFailed => "encoder/failed",
            Self::SpoolFailed => "spool/failed",
            Self::SpoolFull => "spool/full",
            Self::StillSending => "storage/still-sending",
            Self::StoreUnavailable => "store/unavailable",
            Self::StoreRefused => "store/refused",
            Self::HintNumberInvalid => "hint/number-invalid",
            Self::HintPlaceInvalid => "hint/place-invalid",
            Self::TableInvalid => "table/invalid",
            Self::TableMemberUnknown => "table/member-unknown",
            Self::TableMemberMissing => "table/member-missing",
            Self::TableValueUnknown => "table/value-unknown",
            Self::TableCodeDuplicate => "table/code-duplicate",
            Self::TableTooLarge => "table/too-large",
            Self::WebhookTemplate => "webhook/template",
            Self::WebhookRefused => "webhook/refused",
            Self::WebhookGone => "webhook/gone",
            Self::WebhookExpired => "webhook/expired",
            Self::WebhookOverflow => "webhook/overflow",
        }
    }

    /// Whether trying the same thing again later can help.
    #[must_use]
    pub const fn retryable(self) -> bool {
        matches!(self, Self::StoreUnavailable)
    }
}

/// An error: its kind, and one sentence that names the place (an object's name, a field's path) without secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    detail: String,
}

impl Error {
    /// An error of `kind`; `detail` is one plain sentence and must hold no audio, key, digit or personal data.
    #[must_use]
    pub fn new(kind: ErrorKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into() }
    }

    /// What went wrong.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The stable code, for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.kind.code()
    }

    /// The sentence for people, without the code.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} [{}]", self.detail, self.code())
    }
}

impl std::error::Error for Error {}

/// The crate's result.
pub type Result<T> = core::result::Result<T, Error>;

#[cfg(test)]
mod tests {
    use super::ErrorKind;
    use std::collections::HashSet;

    #[test]
    fn every_kind_has_a_code_of_its_own() {
        let codes: HashSet<_> = ErrorKind::ALL.iter().map(|kind| kind.code()).collect();
        assert_eq!(codes.len(), ErrorKind::ALL.len());
    }
}
