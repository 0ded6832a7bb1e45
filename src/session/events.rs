//! What a session takes in and what it asks for.

use crate::Error;
use crate::audio::Block;
use crate::audio::hold_back::Frame;
use crate::consent::{Answer, ConsentEvent, Method};
use crate::ledger::LedgerSigner;
use crate::redact::clearance::Cause;
use crate::session::report::CallReport;
use crate::store::spool::SpoolOperation;

/// What happens to a call.
#[derive(Debug)]
pub enum Input<'a> {
    /// The key of the call's ledger is ready, certified or not. Without one the ledger is not signed.
    Signer(Box<LedgerSigner>),
    /// Media are connected.
    Answered {
        /// How long ago, milliseconds.
        age_ms: f64,
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
    /// The customer's answer, as captured.
    Answer {
        /// The answer.
        answer: Answer,
        /// How it was captured.
        method: Method,
        /// Whether a real user event carried it.
        trusted: bool,
        /// How long ago, milliseconds.
        age_ms: f64,
    },
    /// A sensitive field came into use.
    SensitiveBegin {
        /// Where.
        context_id: &'a str,
        /// Why.
        cause: &'a Cause,
        /// How long ago, milliseconds.
        age_ms: f64,
    },
    /// It went out of use.
    SensitiveEnd {
        /// Where.
        context_id: &'a str,
        /// How long ago, milliseconds.
        age_ms: f64,
    },
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
    /// The page reports trouble with the media.
    MediaAlarm {
        /// Its code.
        code: String,
    },
    /// The call is over.
    HangUp {
        /// How long ago, milliseconds.
        age_ms: f64,
    },
    /// Time passes.
    Tick,
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
    /// Tell the host.
    Consent(ConsentEvent),
    /// The call is closed.
    Closed(Box<CallReport>),
    /// Something went wrong that the host should know.
    Problem(Error),
}
