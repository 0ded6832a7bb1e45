//! The webhook as a whole: messages of the engine in, steps for the browser edge out.
//!
//! Owns the order that nothing is tried before it is on the disk, and what the host is told of losses. Free of input and
//! output like the engine: the edge carries out [`Step`]s and reports back.

use serde_json::Value;

use super::config::ValidWebhook;
use super::event::{Event, EventId, told};
use super::outbox;
use super::queue::{DeliveryOutcome, DeliveryQueue, TRIED_FOR_MS, expiry};
use super::template::MOST_BODY_BYTES;
use crate::audio::Now;
use crate::{Error, ErrorKind, Result};

/// Least time between two reports of dropped events, milliseconds: a receiver that is away for days would make thousands.
const OVERFLOW_EVERY_MS: f64 = 60_000.0;

/// A request to make.
#[derive(Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The event.
    pub id: EventId,
    /// Where it goes.
    pub url: String,
    /// Names and values of all headers.
    pub headers: Vec<(String, String)>,
    /// What is sent, exactly as it was signed.
    pub body: String,
}

impl core::fmt::Debug for Attempt {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(formatter, "Attempt({})", self.id.as_str())
    }
}

/// What the edge has to do, in this order.
#[derive(Debug, PartialEq)]
pub enum Step {
    /// Append these bytes to the outbox and flush it.
    Append(Vec<u8>),
    /// Nothing waits: empty the outbox.
    Clear,
    /// Make the request, then report how it ended.
    Attempt(Box<Attempt>),
    /// Tell the host.
    Report(Error),
}

/// The webhook of one engine.
#[derive(Debug)]
pub struct Webhook {
    config: ValidWebhook,
    queue: DeliveryQueue,
    dropped: usize,
    reported_at_ms: Option<f64>,
}

impl Webhook {
    /// A webhook for which nothing waits.
    #[must_use]
    pub fn new(config: ValidWebhook) -> Self {
        Self { config, queue: DeliveryQueue::default(), dropped: 0, reported_at_ms: None }
    }

    /// Where events go.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.config.url
    }

    /// What the host should know of its configuration.
    #[must_use]
    pub fn warnings(&self) -> Vec<Error> {
        let warning = |sentence: &String| Error::new(ErrorKind::WebhookTemplate, sentence.clone());
        self.config.warnings.iter().map(warning).collect()
    }

    /// Takes a message of the engine in the form in which the page gets it. `random` gives 16 random bytes; it is asked only for what becomes an event.
    pub fn observe(
        &mut self,
        message: &Value,
        now: Now,
        random: impl FnOnce() -> Result<[u8; 16]>,
    ) -> Vec<Step> {
        let Some(told) = told(message).filter(|told| self.config.events.contains(&told.group)) else {
            return Vec::new();
        };
        let id = match random() {
            Ok(random) => EventId::from_random(random),
            Err(error) => return vec![Step::Report(error)],
        };
        let event = Event { id, kind: told.kind, call_id: told.call_id, at_ms: now.unix_ms, data: told.data };
        self.keep(event, now)
    }

    /// Takes over the file of an engine that is gone: what waits there waits here.
    pub fn adopt(&mut self, content: &[u8], now: Now) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut expired = false;
        for event in outbox::read(content) {
            if now.unix_ms.saturating_sub(event.at_ms) > TRIED_FOR_MS {
                expired = true;
            } else if !self.queue.has(&event.id) {
                steps.extend(self.keep(event, now));
            }
        }
        // Once for the file, however many they are.
        steps.extend(expired.then(|| Step::Report(expiry())));
        steps
    }

    /// Time passes, or an attempt ended: the requests that are due.
    pub fn due(&mut self, now: Now) -> Vec<Step> {
        let mut steps = Vec::new();
        for event in self.queue.due(now) {
            match self.attempt(&event, now) {
                Ok(attempt) => steps.push(Step::Attempt(Box::new(attempt))),
                // It would be no other at the next try.
                Err(error) => {
                    steps.push(Step::Report(error));
                    self.queue.remove(&event.id);
                    steps.push(self.written_off(&event.id));
                }
            }
        }
        steps
    }

    /// An attempt ended; `jitter` is a random number from 0 to 1.
    pub fn ended(&mut self, id: &EventId, outcome: DeliveryOutcome, now: Now, jitter: f64) -> Vec<Step> {
        let (waits_no_more, error) = self.queue.ended(id, outcome, now, jitter);
        let mut steps = Vec::new();
        if waits_no_more {
            steps.push(self.written_off(id));
        }
        steps.extend(error.map(Step::Report));
        steps.extend(self.due(now));
        steps
    }

    /// Whether an outbox of this size is worth writing anew.
    #[must_use]
    pub fn wants_rewrite(&self, outbox_bytes: u64) -> bool {
        outbox_bytes > outbox::REWRITE_ABOVE_BYTES && outbox_bytes / 2 > self.queue.bytes() as u64
    }

    /// All that waits, as the content of a new outbox.
    #[must_use]
    pub fn outbox(&self) -> Vec<u8> {
        self.queue.waiting().flat_map(outbox::waits).collect()
    }

    /// Whether nothing waits.
    #[must_use]
    pub const fn is_idle(&self) -> bool {
        self.queue.is_empty()
    }

    fn keep(&mut self, event: Event, now: Now) -> Vec<Step> {
        let line = outbox::waits(&event);
        let dropped = self.queue.add(event, line.len());
        self.dropped = self.dropped.saturating_add(dropped.len());
        let mut steps = vec![Step::Append(line)];
        steps.extend(dropped.iter().map(|id| Step::Append(outbox::done(id))));
        let due = self.reported_at_ms.is_none_or(|at_ms| now.monotonic_ms - at_ms >= OVERFLOW_EVERY_MS);
        if self.dropped > 0 && due {
            let sentence =
                format!("Too many events wait for the webhook: {} of them were dropped.", self.dropped);
            steps.push(Step::Report(Error::new(ErrorKind::WebhookOverflow, sentence)));
            self.dropped = 0;
            self.reported_at_ms = Some(now.monotonic_ms);
        }
        steps
    }

    /// The line that this event, off the queue by now, waits no more.
    fn written_off(&self, id: &EventId) -> Step {
        if self.queue.is_empty() { Step::Clear } else { Step::Append(outbox::done(id)) }
    }

    fn attempt(&self, event: &Event, now: Now) -> Result<Attempt> {
        let envelope = event.envelope();
        let body = match &self.config.template {
            Some(template) => template.fill(&envelope)?,
            None => envelope,
        };
        let body = body.to_string();
        if body.len() > MOST_BODY_BYTES {
            return Err(Error::new(ErrorKind::LimitExceeded, "An event is too long for the webhook."));
        }
        // The time of the attempt, not of the event: receivers refuse old timestamps.
        let timestamp_s = now.unix_ms / 1_000;
        let id = event.id.as_str();
        let mut headers = self.config.headers.clone();
        headers.extend([
            ("content-type".to_owned(), "application/json".to_owned()),
            ("webhook-id".to_owned(), id.to_owned()),
            ("webhook-timestamp".to_owned(), timestamp_s.to_string()),
            ("webhook-signature".to_owned(), self.config.secret.sign(id, timestamp_s, &body)?),
        ]);
        Ok(Attempt { id: event.id.clone(), url: self.config.url.clone(), headers, body })
    }
}
