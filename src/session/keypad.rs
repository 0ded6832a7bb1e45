//! Answers by the customer's keypad: 1 is yes, 2 is no.
//!
//! Owns when a key is an answer: while a question is open whose words ask for one. Every other key means nothing here
//! and is forgotten: customers key card numbers. Must never note or tell a digit.

use super::consenting::GivenAnswer;
use super::{Action, Disclosure, Session};
use crate::audio::Now;
use crate::audio::clock::Placed;
use crate::audio::dtmf::{DtmfDetector, DtmfEvent};
use crate::audio::ms_of_samples;
use crate::consent::party::PartyConsent;
use crate::consent::register::{AGENT, From};
use crate::consent::{Answer, Method};
use crate::redact::clearance::Clearance;

impl Session {
    /// Listens to the customer's side of what the timeline continues with; answers go to `pressed`, with the sample at
    /// which the key went down.
    pub(super) fn listen_for_keys(&mut self, start: u64, placed: &Placed, pressed: &mut Vec<(Answer, u64)>) {
        if !self.takes_keys() {
            self.keypad = None;
            return;
        }
        let keypad = self.keypad.get_or_insert_with(|| DtmfDetector::at_sample(start));
        let events = match placed {
            Placed::Audio { right, .. } => keypad.push(right),
            Placed::Gap { samples, .. } => keypad.gap(*samples),
        };
        for event in &events {
            let DtmfEvent::Started { symbol, onset_sample } = event else { continue };
            match symbol.label() {
                '1' => pressed.push((Answer::Yes, *onset_sample)),
                '2' => pressed.push((Answer::No, *onset_sample)),
                _ => {}
            }
        }
    }

    fn takes_keys(&self) -> bool {
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
    }
}
