//! Answers by the customer's keypad: 1 is yes, 2 is no.
//!
//! Owns when a key is an answer: while a question is open whose words ask for one; and, where a key was the yes, for as
//! long as the recording runs: taking a yes back has to be as easy as giving it (GDPR art. 7(3)). There a 2 counts only
//! if no other key comes near it, since customers key card numbers. Every other key means nothing here and is forgotten.
//! Must never note or tell a digit.

use super::consenting::GivenAnswer;
use super::{Action, Disclosure, Session};
use crate::audio::clock::Placed;
use crate::audio::dtmf::DtmfEvent;
use crate::audio::{Now, ms_of_samples, samples_of_ms};
use crate::consent::party::PartyConsent;
use crate::consent::register::{AGENT, From};
use crate::consent::{Answer, ConsentEvent, Method};
use crate::redact::clearance::Clearance;

/// Keys of a number follow each other faster than this, milliseconds: no pause of people who read digits off a card is
/// as long. The hold-back is longer, so that the recording still ends where the key went down.
const ALONE_MS: u64 = 2_000;

/// An onset comes back from the session's clock rounded to milliseconds; samples: 2 ms.
const ROUNDED_SAMPLES: u64 = 96;

/// Remembers what a recording needs to tell an answer from a number.
#[derive(Default)]
pub(super) struct Keypad {
    /// Where the last key went down while no question was open.
    last: Option<u64>,
    /// Where a 2 did that nothing came near yet.
    lone_no: Option<u64>,
}

impl core::fmt::Debug for Keypad {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("Keypad(_)")
    }
}

impl Keypad {
    /// A key during the recording.
    fn pressed_alone(&mut self, is_no: bool, onset_sample: u64) {
        let near = |last: u64| onset_sample.saturating_sub(last) < samples_of_ms(ALONE_MS);
        let alone = !self.last.is_some_and(near);
        self.last = Some(onset_sample);
        self.lone_no = (is_no && alone).then_some(onset_sample);
    }

    /// The 2 to which nothing else came, once that is certain.
    fn lone_no(&mut self, heard_until: u64) -> Option<u64> {
        let certain = |onset: &mut u64| heard_until >= onset.saturating_add(samples_of_ms(ALONE_MS));
        self.lone_no.take_if(certain)
    }
}

impl Session {
    /// Listens to the customer's side of what the timeline continues with; answers go to `pressed`, with the sample at
    /// which the key went down.
    pub(super) fn listen_for_keys(&mut self, start: u64, placed: &Placed, pressed: &mut Vec<(Answer, u64)>) {
        let asked = self.asks_for_a_key();
        let answers = asked || self.runs_on_a_key();
        let events = Self::hear_keys(&mut self.key_mask, start, placed);
        if !answers {
            self.keypad = None;
            return;
        }
        let keypad = self.keypad.get_or_insert_default();
        let heard_until = start.saturating_add(placed.samples());
        for event in events {
            let DtmfEvent::Started { symbol, onset_sample } = event else { continue };
            match symbol.label() {
                '1' if asked => pressed.push((Answer::Yes, *onset_sample)),
                '2' if asked => pressed.push((Answer::No, *onset_sample)),
                label if !asked => keypad.pressed_alone(label == '2', *onset_sample),
                _ => {}
            }
        }
        pressed.extend(keypad.lone_no(heard_until).map(|onset_sample| (Answer::No, onset_sample)));
    }

    /// Whether a question is open whose words ask for a key.
    fn asks_for_a_key(&self) -> bool {
        let heard = matches!(
            self.disclosure,
            Disclosure::Playing { .. } | Disclosure::Measuring { .. } | Disclosure::Delivered
        );
        heard
            && self.disclosure_config().keypad
            && !self.hung_up
            && !self.failed
            && !self.register.locked()
            && self.register.open().any(|party| party.consent != PartyConsent::Silent)
    }

    /// Whether there is a recording that somebody agreed to by a key.
    fn runs_on_a_key(&self) -> bool {
        let by_key =
            |event: &ConsentEvent| event.answer == Some(Answer::Yes) && event.method == Some(Method::Keypad);
        self.recording.is_some()
            && !self.hung_up
            && !self.failed
            && !self.register.locked()
            && self.consent_events.iter().any(by_key)
    }

    pub(super) fn key_pressed(
        &mut self,
        answer: Answer,
        onset_sample: u64,
        now: Now,
        clearance: &Clearance,
        actions: &mut Vec<Action>,
    ) {
        // Everybody but the agent is in this one channel: a key is a yes only where that is one party. A no is everybody's.
        let others = self.register.parties().iter().filter(|party| party.present && party.index != AGENT);
        if answer == Answer::Yes && others.count() != 1 {
            return;
        }
        let age_ms = ms_of_samples(self.sample_at(now, 0.0).saturating_sub(onset_sample));
        let given = GivenAnswer {
            from: From::WhoeverIsAsked,
            answer,
            method: Method::Keypad,
            words: None,
            trusted: true,
            assertion_sha256: None,
            age_ms: age_ms as f64,
        };
        self.answer(given, now, clearance, actions);
        // The tone of an answer that is kept is no digit to be cut out.
        let kept = |from: &u64| from.abs_diff(onset_sample) <= ROUNDED_SAMPLES;
        self.answer_key = self.answer_from.filter(kept).map(|_| onset_sample).or(self.answer_key);
    }
}
