//! The queue of events that wait for the receiver.
//!
//! Owns when an event is tried, tried again, given up or dropped. The order of a call's events is kept: a later one is
//! not tried before the earlier one is done with. An event that fails holds back its own call only; a receiver that fails
//! is probed by one request at a time, with growing pauses. Must never make a request itself.
#![allow(clippy::arithmetic_side_effects)] // milliseconds and counts far below any bound

use std::collections::BTreeSet;

use super::event::{Event, EventId};
use crate::audio::Now;
use crate::store::backoff::Backoff;
use crate::{Error, ErrorKind};

/// Pauses after a failure: a back end that restarts is back in seconds, and one that is down is not hammered. It may ask
/// for an hour.
pub const PAUSES: Backoff =
    Backoff { first_pause_ms: 1_000.0, longest_pause_ms: 300_000.0, longest_asked_ms: 3_600_000.0 };

/// Requests under way at once: the browser has six connections per host, page and store need most.
pub const AT_ONCE: usize = 2;

/// Tries of an event that the receiver refuses (4xx) before it is given up: with the pauses about three minutes, in which
/// a receiver that is being deployed may come to its senses.
pub const REFUSALS: u32 = 8;

/// Age behind which an event is not tried again, milliseconds: a long weekend and some days.
pub const TRIED_FOR_MS: u64 = 7 * 24 * 60 * 60 * 1_000;

/// Events of all kinds above which the oldest that is no evidence of consent is dropped.
pub const MOST_EVENTS: usize = 1_000;

/// Bytes of all events above which the oldest that is no evidence of consent is dropped.
pub const MOST_BYTES: usize = 16 * 1_024 * 1_024;

/// Events above which the oldest evidence is dropped too: at half a kilobyte each, 5 MB of memory.
pub const MOST_EVIDENCE: usize = 10_000;

/// How one attempt ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum DeliveryOutcome {
    /// The receiver has it.
    Delivered,
    /// It did not work now. The receiver may have named a pause.
    Failed {
        /// From `Retry-After`, milliseconds.
        retry_after_ms: Option<f64>,
    },
    /// The receiver does not want this event.
    Refused {
        /// The status it said so with.
        status: u16,
    },
    /// The receiver wants no more events at all.
    Gone,
}

impl DeliveryOutcome {
    /// What the status of an answer means.
    #[must_use]
    pub const fn of_status(status: u16, retry_after_ms: Option<f64>) -> Self {
        match status {
            200..=299 => Self::Delivered,
            410 => Self::Gone,
            // Time-out, too early, too many: RFC 9110 §15.5.9, RFC 8470 §5.2, RFC 6585 §4.
            408 | 425 | 429 => Self::Failed { retry_after_ms },
            400..=499 => Self::Refused { status },
            _ => Self::Failed { retry_after_ms },
        }
    }
}

#[derive(Debug)]
struct Waiting {
    event: Event,
    bytes: usize,
    under_way: bool,
    not_before_ms: f64,
    failures: u32,
    refusals: u32,
}

/// The events that wait.
#[derive(Debug, Default)]
pub struct DeliveryQueue {
    /// In the order in which they happened.
    events: Vec<Waiting>,
    evidence: usize,
    bytes: usize,
    /// Failures of the receiver without a success between them.
    failures: u32,
    closed_until_ms: f64,
    gone: bool,
}

impl DeliveryQueue {
    /// Puts an event on the queue; one that is there already is left as it is. It goes behind what happened before it
    /// or at the same time. Returns the events that had to be dropped for it.
    pub fn add(&mut self, event: Event, bytes: usize) -> Vec<EventId> {
        if self.has(&event.id) {
            return Vec::new();
        }
        let behind = self.events.iter().rposition(|known| {
            let is_tried = known.under_way && known.event.call_id == event.call_id;
            is_tried || known.event.at_ms <= event.at_ms
        });
        self.evidence += usize::from(event.is_evidence());
        self.bytes += bytes;
        let waiting = Waiting {
            event,
            bytes,
            under_way: false,
            not_before_ms: f64::NEG_INFINITY,
            failures: 0,
            refusals: 0,
        };
        self.events.insert(behind.map_or(0, |index| index + 1), waiting);
        self.drop_surplus()
    }

    /// Events to try now, the oldest first; they are under way from here on.
    pub fn due(&mut self, now: Now) -> Vec<Event> {
        let mut due = Vec::new();
        if self.gone || now.monotonic_ms < self.closed_until_ms {
            return due;
        }
        let most = if self.failures > 0 { 1 } else { AT_ONCE };
        let mut under_way = self.events.iter().filter(|waiting| waiting.under_way).count();
        let mut calls = BTreeSet::new();
        for waiting in &mut self.events {
            if under_way >= most {
                break;
            }
            let Waiting { event, under_way: is_tried, not_before_ms, .. } = waiting;
            // Of each call only the first may be tried.
            if calls.insert(event.call_id.as_deref()) && !*is_tried && *not_before_ms <= now.monotonic_ms {
                *is_tried = true;
                under_way += 1;
                due.push(event.clone());
            }
        }
        due
    }

    /// An attempt ended; `jitter` is a random number from 0 to 1. Returns whether the event waits no more, and what the
    /// host should know.
    pub fn ended(
        &mut self,
        id: &EventId,
        outcome: DeliveryOutcome,
        now: Now,
        jitter: f64,
    ) -> (bool, Option<Error>) {
        let Some(head) = self.events.iter_mut().find(|known| known.under_way && known.event.id == *id) else {
            return (false, None);
        };
        head.under_way = false;
        let age_ms = now.unix_ms.saturating_sub(head.event.at_ms);
        let (waits_no_more, error) = match outcome {
            DeliveryOutcome::Delivered => (true, None),
            DeliveryOutcome::Failed { retry_after_ms } => {
                head.not_before_ms = now.monotonic_ms + PAUSES.pause_ms(head.failures, jitter, None);
                head.failures = head.failures.saturating_add(1);
                self.closed_until_ms =
                    now.monotonic_ms + PAUSES.pause_ms(self.failures, jitter, retry_after_ms);
                (false, None)
            }
            DeliveryOutcome::Refused { status } => {
                head.not_before_ms = now.monotonic_ms + PAUSES.pause_ms(head.refusals, jitter, None);
                head.refusals = head.refusals.saturating_add(1);
                let given_up = head.refusals >= REFUSALS;
                (given_up, given_up.then(|| refused(status)))
            }
            DeliveryOutcome::Gone => {
                let error = Error::new(
                    ErrorKind::WebhookGone,
                    "The webhook's receiver wants no more events: they wait until the page starts again.",
                );
                (false, (!self.gone).then_some(error))
            }
        };
        let failed = matches!(outcome, DeliveryOutcome::Failed { .. });
        self.failures = if failed { self.failures.saturating_add(1) } else { 0 };
        self.gone |= outcome == DeliveryOutcome::Gone;
        let expired = !waits_no_more && age_ms > TRIED_FOR_MS;
        if waits_no_more || expired {
            self.remove(id);
        }
        (waits_no_more || expired, if expired { Some(expiry()) } else { error })
    }

    /// Takes an event off the queue, whatever its state.
    pub fn remove(&mut self, id: &EventId) {
        let Some(index) = self.events.iter().position(|waiting| waiting.event.id == *id) else { return };
        let waiting = self.events.remove(index);
        self.evidence -= usize::from(waiting.event.is_evidence());
        self.bytes -= waiting.bytes;
    }

    /// All events that wait, in the order in which they happened.
    pub fn waiting(&self) -> impl Iterator<Item = &Event> {
        self.events.iter().map(|waiting| &waiting.event)
    }

    /// Whether this event waits.
    #[must_use]
    pub fn has(&self, id: &EventId) -> bool {
        self.waiting().any(|event| event.id == *id)
    }

    /// Events that wait.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether nothing waits.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Bytes of all events that wait.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    fn drop_surplus(&mut self) -> Vec<EventId> {
        let mut dropped = Vec::new();
        while (self.events.len() > MOST_EVENTS || self.bytes > MOST_BYTES)
            && let Some(id) = self.oldest(false)
        {
            self.remove(&id);
            dropped.push(id);
        }
        while self.evidence > MOST_EVIDENCE
            && let Some(id) = self.oldest(true)
        {
            self.remove(&id);
            dropped.push(id);
        }
        dropped
    }

    /// The oldest event that is evidence, or is none, and is not under way.
    fn oldest(&self, evidence: bool) -> Option<EventId> {
        let mut waiting = self.events.iter();
        let oldest = waiting.find(|waiting| !waiting.under_way && waiting.event.is_evidence() == evidence);
        oldest.map(|waiting| waiting.event.id.clone())
    }
}

fn refused(status: u16) -> Error {
    Error::new(
        ErrorKind::WebhookRefused,
        format!("The webhook's receiver refused an event with status {status}; it was given up."),
    )
}

/// What is said of an event that waited too long.
pub(super) fn expiry() -> Error {
    Error::new(
        ErrorKind::WebhookExpired,
        "An event for the webhook could not be delivered for 7 days; it was given up.",
    )
}
