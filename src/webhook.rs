//! The webhook: what happens to calls, told to the host's back end or CRM as signed HTTP requests.
//!
//! The same events as the host hears by callback, in an envelope with an id, filled into the host's JSON template, signed
//! in the manner of the Standard Webhooks specification 1.0.0, and tried until the receiver has them; what waits is kept
//! on disk, so that a closed tab loses nothing. Must never send personal data (events name parties by index), and never
//! write the secret down.
//!
//! * [`config`] — what the host may choose
//! * [`event`] — the envelope, and which messages of the engine become one
//! * [`template`] — the host's JSON with placeholders
//! * [`signature`] — the secret and the signature
//! * [`queue`] — when which event is tried, tried again, given up
//! * [`outbox`] — the lines on the disk
//! * [`sink`] — all of it together

pub mod config;
pub mod event;
pub mod outbox;
pub mod queue;
pub mod signature;
pub mod sink;
pub mod template;

pub use config::{ValidWebhook, WebhookConfig};
pub use event::{Event, EventGroup};
pub use sink::{Attempt, Step, Webhook};
