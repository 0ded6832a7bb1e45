//! What a session takes in and what it asks for.

use crate::Error;
use crate::audio::Block;
use crate::audio::hold_back::Frame;
use crate::consent::ConsentEvent;
use crate::consent::terms::AnsweredBy;
use crate::jurisdiction::Decision;
use crate::ledger::{ExposureFound, LedgerSigner};
use crate::redact::clearance::Cause;
use crate::session::consenting::GivenAnswer;
use crate::session::export::{CallPapers, Personal};
use crate::session::pausing::PauseDemand;
use crate::session::report::CallReport;
use crate::session::resuming::{PageAccount, Resumption};
use crate::store::spool::SpoolOperation;

/// What happens to a call. `Debug` shows which of these, and nothing of what it holds: samples, statements, names.
pub enum Input<'a> {
    /// Who signs the call's ledger, if anyone does: told before the recording begins, or never.
    Signer(Box<LedgerSigner>),
    /// The far end has answered, or media are connected.
    Answered {
        /// Who says so.
        by: AnsweredBy,
        /// Whether a real user event carried it.
        trusted: bool,
        /// How long ago, milliseconds.
        age_ms: f64,
    },
    /// The engine before has died, and left this of the call: the first input of its session.
    Resumed {
        /// What is in the spool.
        resumption: Box<Resumption>,
        /// What the page says.
        page: &'a PageAccount,
    },
    /// A captured block.
    Block(Block<'a>),
    /// The decoded prompt, mono, 48 kHz.
    DisclosureAudio(Vec<f32>),
    /// The prompt begins at this frame of the audio context.
    DisclosureStarted {
        /// Frame number.
        frame: u64,
    },
    /// The prompt has been played.
    DisclosureEnded,
    /// The prompt could not be played.
    DisclosureFailed,
    /// The agent wants it played again.
    DisclosureReplay,
    /// The agent has read the words out.
    DisclosureRead {
        /// Whether a real user event said so.
        trusted: bool,
        /// How long ago, milliseconds.
        age_ms: f64,
    },
    /// A party's answer, as captured.
    Answer(GivenAnswer),
    /// The host's signed statement of an answer given elsewhere.
    Assertion {
        /// A compact JWS.
        statement: &'a str,
    },
    /// Somebody joins the call.
    PartyJoined {
        /// What the page calls them, until they leave.
        key: &'a str,
        /// How long ago, milliseconds.
        age_ms: f64,
    },
    /// Somebody has left the call.
    PartyLeft {
        /// What the page called them when they joined.
        key: &'a str,
        /// How long ago, milliseconds.
        age_ms: f64,
    },
    /// Which law counts for this call, as far as its places are known now.
    Decision(Box<Decision>),
    /// What the host says of a party, for the sealed record.
    Personal {
        /// Which party.
        party: u32,
        /// What.
        personal: Personal,
    },
    /// The language a party speaks, BCP 47.
    Language(&'a str),
    /// A sensitive field came into use.
    SensitiveBegin {
        /// Where.
        context_id: &'a str,
        /// Why.
        cause: &'a Cause,
        /// How long ago, milliseconds.
        age_ms: f64,
        /// How long the message was on its way, milliseconds: so much more is cut out, as far as it is held.
        late_ms: f64,
    },
    /// A field of a soft class came into use: what was said before it stays.
    SoftBegin {
        /// Where.
        context_id: &'a str,
        /// Why.
        cause: &'a Cause,
        /// How long ago, milliseconds.
        age_ms: f64,
        /// How long the message was on its way, milliseconds: so much more is cut out, as far as it is held.
        late_ms: f64,
    },
    /// It went out of use.
    SensitiveEnd {
        /// Where.
        context_id: &'a str,
        /// How long ago, milliseconds.
        age_ms: f64,
    },
    /// Somebody pauses the recording.
    Pause(PauseDemand),
    /// Somebody resumes it.
    Resume(PauseDemand),
    /// The encoder's next packet.
    Packet {
        /// One Opus packet.
        bytes: &'a [u8],
        /// From the encoder's description.
        pre_skip_samples: u16,
    },
    /// The encoder has given out everything it was given.
    EncoderDrained,
    /// The encoder is gone.
    EncoderFailed,
    /// The spool could not keep what it was given.
    SpoolFailed,
    /// Whether the spool may take no more audio.
    SpoolRoom {
        /// It may not.
        is_full: bool,
    },
    /// The page reports trouble with the media.
    MediaAlarm {
        /// Its code.
        code: String,
    },
    /// The store has acknowledged an object of the call.
    Acknowledged {
        /// Its name.
        object: &'a str,
        /// Hash of its content.
        sha256: &'a str,
    },
    /// The store has confirmed that the call's audio was destroyed.
    ShredConfirmed,
    /// The call is over.
    HangUp {
        /// How long ago, milliseconds.
        age_ms: f64,
    },
    /// Time passes.
    Tick,
}

impl core::fmt::Debug for Input<'_> {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str(match self {
            Self::Signer(_) => "Signer",
            Self::Answered { .. } => "Answered",
            Self::Resumed { .. } => "Resumed",
            Self::Block(_) => "Block",
            Self::DisclosureAudio(_) => "DisclosureAudio",
            Self::DisclosureStarted { .. } => "DisclosureStarted",
            Self::DisclosureEnded => "DisclosureEnded",
            Self::DisclosureFailed => "DisclosureFailed",
            Self::DisclosureReplay => "DisclosureReplay",
            Self::DisclosureRead { .. } => "DisclosureRead",
            Self::Answer(_) => "Answer",
            Self::Assertion { .. } => "Assertion",
            Self::PartyJoined { .. } => "PartyJoined",
            Self::PartyLeft { .. } => "PartyLeft",
            Self::Decision(_) => "Decision",
            Self::Personal { .. } => "Personal",
            Self::Language(_) => "Language",
            Self::SensitiveBegin { .. } => "SensitiveBegin",
            Self::SoftBegin { .. } => "SoftBegin",
            Self::SensitiveEnd { .. } => "SensitiveEnd",
            Self::Pause(_) => "Pause",
            Self::Resume(_) => "Resume",
            Self::Packet { .. } => "Packet",
            Self::EncoderDrained => "EncoderDrained",
            Self::EncoderFailed => "EncoderFailed",
            Self::SpoolFailed => "SpoolFailed",
            Self::SpoolRoom { .. } => "SpoolRoom",
            Self::MediaAlarm { .. } => "MediaAlarm",
            Self::Acknowledged { .. } => "Acknowledged",
            Self::ShredConfirmed => "ShredConfirmed",
            Self::HangUp { .. } => "HangUp",
            Self::Tick => "Tick",
        })
    }
}

/// What is to be done, in this order.
#[derive(Debug, PartialEq)]
pub enum Action {
    /// Mix the prompt into the call.
    PlayDisclosure,
    /// Stop mixing.
    StopDisclosure,
    /// Make an encoder; frames follow.
    StartEncoder,
    /// Encode one frame. It is admitted and redacted; frames are numbered from 0.
    Encode {
        /// The samples.
        frame: Box<Frame>,
        /// Its number.
        index: u64,
    },
    /// No frame follows: give out what is inside and say [`Input::EncoderDrained`].
    DrainEncoder,
    /// A step on the spool.
    Spool(SpoolOperation),
    /// Sound the tone that tells of the recording, again and again, or stop it.
    Beep {
        /// Whether it sounds from now on.
        on: bool,
    },
    /// Destroy audio, keys and vCon of the call in the spool, also what is yet to come of them.
    Shred,
    /// Tell the host of stretches that should not have been recorded.
    Exposed(Vec<ExposureFound>),
    /// Destroy these envelopes in the spool, also where they are yet to come.
    DestroyKeys(Vec<String>),
    /// Tell the host.
    Consent(ConsentEvent),
    /// What the host gets for its own records.
    Papers(Box<CallPapers>),
    /// The call is closed.
    Closed(Box<CallReport>),
    /// Something went wrong that the host should know.
    Problem(Error),
}
