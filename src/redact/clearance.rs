//! Clearance: sensors vouch, again and again, that nothing sensitive is in use.
//!
//! Each sensor context (a tab, a frame) is challenged with a nonce. Its answer clears the time up to the moment the
//! challenge was **sent**, by the engine's own clock: no clock of the page is believed. An answer later than
//! [`ANSWER_WITHIN_MS`] is no answer, because a page that hung may answer before it has seen the click that waits
//! behind the answer. No context, no answer, a wrong nonce: nothing is cleared.
//!
//! Owns which contexts exist and what is in use in them. Must never decide what a missing clearance means for audio:
//! the session does, by cutting it out.

use std::collections::BTreeMap;

use crate::audio::Now;

/// Time between two challenges of one context.
pub const CHALLENGE_EVERY_MS: f64 = 250.0;

/// A page that answers later than this was hanging, and may have a click waiting behind the answer.
pub const ANSWER_WITHIN_MS: f64 = 500.0;

/// Contexts one engine listens to, so that a page cannot make it hoard memory.
pub const MOST_CONTEXTS: usize = 256;

/// Why a stretch is sensitive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// What noticed it, for example `field_focus`.
    pub trigger: String,
    /// What it is, for example `card_number`.
    pub class: String,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Presence {
    /// Challenged; cleared up to this monotonic time, if ever.
    Challenged { cleared_until_ms: Option<f64> },
    /// Hidden: its user cannot use a field, so it does not hold the recording up.
    SignedOff,
}

#[derive(Debug)]
struct Context {
    presence: Presence,
    outstanding: Option<(String, f64)>,
    last_sent_ms: f64,
    /// Stretches of the redactor that are open because of this context.
    in_use: BTreeMap<String, Cause>,
}

/// All sensor contexts of one engine.
#[derive(Debug, Default)]
pub struct Clearance {
    contexts: BTreeMap<String, Context>,
    /// A context was turned away: somebody does not vouch.
    crowded: bool,
}

impl Clearance {
    /// A new context, or one that has started again. It clears nothing before it has answered.
    /// Returns false if there are too many.
    pub fn join(&mut self, context_id: &str) -> bool {
        if !self.contexts.contains_key(context_id) && self.contexts.len() >= MOST_CONTEXTS {
            self.crowded = true;
            return false;
        }
        let in_use = self.contexts.remove(context_id).map(|context| context.in_use).unwrap_or_default();
        let presence = Presence::Challenged { cleared_until_ms: None };
        let context = Context { presence, outstanding: None, last_sent_ms: f64::NEG_INFINITY, in_use };
        self.contexts.insert(context_id.to_owned(), context);
        true
    }

    /// The same for a page that comes while others vouch: what they have cleared until now stays cleared, and what the
    /// page itself has. Nothing behind that is, before it has answered. Without this every page that is opened would cut
    /// out a moment of seconds ago.
    pub fn join_at(&mut self, context_id: &str, now: Now) -> bool {
        let own = self.contexts.get(context_id).map(|context| context.presence);
        let others = self.contexts.iter().filter(|(id, _)| id.as_str() != context_id).count();
        let until_ms = match own {
            Some(Presence::Challenged { cleared_until_ms }) => cleared_until_ms,
            Some(Presence::SignedOff) => Some(now.monotonic_ms),
            None if others > 0 => self.cleared_until_ms(now),
            None => None,
        };
        if !self.join(context_id) {
            return false;
        }
        if let Some(context) = self.contexts.get_mut(context_id) {
            context.presence = Presence::Challenged { cleared_until_ms: until_ms };
        }
        true
    }

    /// The challenges that are due: pairs of context and nonce. An unanswered one is replaced, never repeated.
    pub fn due(&mut self, now: Now, mut nonce: impl FnMut() -> Option<String>) -> Vec<(String, String)> {
        let mut due = Vec::new();
        for (context_id, context) in &mut self.contexts {
            if context.presence == Presence::SignedOff {
                continue;
            }
            let waiting = context.outstanding.is_some();
            let pause_ms = if waiting { ANSWER_WITHIN_MS } else { CHALLENGE_EVERY_MS };
            if now.monotonic_ms - context.last_sent_ms < pause_ms {
                continue;
            }
            // Without a nonce there is no challenge, and without a challenge no clearance.
            if let Some(nonce) = nonce() {
                context.outstanding = Some((nonce.clone(), now.monotonic_ms));
                context.last_sent_ms = now.monotonic_ms;
                due.push((context_id.clone(), nonce));
            }
        }
        due
    }

    /// Challenges every context anew on the next [`Clearance::due`], for the end of a call.
    pub fn challenge_soon(&mut self) {
        for context in self.contexts.values_mut() {
            if context.outstanding.is_none() {
                context.last_sent_ms = f64::NEG_INFINITY;
            }
        }
    }

    /// Takes an answer. Returns whether it cleared anything.
    pub fn answer(&mut self, context_id: &str, nonce: &str, now: Now) -> bool {
        let Some(context) = self.contexts.get_mut(context_id) else { return false };
        let matches = context.outstanding.as_ref().is_some_and(|(expected, _)| expected == nonce);
        let Some((_, sent_ms)) = context.outstanding.take_if(|_| matches) else { return false };
        if now.monotonic_ms - sent_ms > ANSWER_WITHIN_MS {
            return false;
        }
        if let Presence::Challenged { cleared_until_ms } = &mut context.presence {
            *cleared_until_ms = Some(sent_ms);
        }
        true
    }

    /// The context is hidden and says so. What is in use in it stays in use.
    pub fn sign_off(&mut self, context_id: &str) {
        if let Some(context) = self.contexts.get_mut(context_id) {
            context.presence = Presence::SignedOff;
            context.outstanding = None;
        }
    }

    /// The context is visible again: from now on it has to answer.
    pub fn sign_on(&mut self, context_id: &str, now: Now) {
        if let Some(context) = self.contexts.get_mut(context_id)
            && context.presence == Presence::SignedOff
        {
            context.presence = Presence::Challenged { cleared_until_ms: Some(now.monotonic_ms) };
            context.last_sent_ms = f64::NEG_INFINITY;
        }
    }

    /// Whether the context has joined.
    #[must_use]
    pub fn knows(&self, context_id: &str) -> bool {
        self.contexts.contains_key(context_id)
    }

    /// The context is gone: it need not answer any more. The caller knows that nothing is in use in it.
    pub fn leave(&mut self, context_id: &str) {
        self.contexts.remove(context_id);
    }

    /// Something of a context that has joined is in use, for which `stretch` of the redactor is cut out.
    pub fn begin(&mut self, context_id: &str, stretch: &str, cause: Cause) {
        if let Some(context) = self.contexts.get_mut(context_id) {
            context.in_use.insert(stretch.to_owned(), cause);
        }
    }

    /// It is in use no more.
    pub fn end(&mut self, context_id: &str, stretch: &str) {
        if let Some(context) = self.contexts.get_mut(context_id) {
            context.in_use.remove(stretch);
        }
    }

    /// Stretches with something sensitive in use, for a call that starts meanwhile.
    pub fn in_use(&self) -> impl Iterator<Item = (&str, &Cause)> {
        let contexts = self.contexts.values();
        contexts.flat_map(|context| context.in_use.iter().map(|(stretch, cause)| (stretch.as_str(), cause)))
    }

    /// Monotonic time up to which **all** contexts vouch; `None` if one never did, or there is none at all.
    #[must_use]
    pub fn cleared_until_ms(&self, now: Now) -> Option<f64> {
        if self.crowded {
            return None;
        }
        let mut until_ms: Option<f64> = None;
        for context in self.contexts.values() {
            let context_until_ms = match context.presence {
                Presence::Challenged { cleared_until_ms } => cleared_until_ms?,
                Presence::SignedOff => now.monotonic_ms,
            };
            until_ms = Some(until_ms.map_or(context_until_ms, |until_ms| until_ms.min(context_until_ms)));
        }
        until_ms
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "small numbers of the test")]
mod tests {
    use super::*;

    fn at(monotonic_ms: f64) -> Now {
        Now { monotonic_ms, unix_ms: 0 }
    }

    fn challenge(clearance: &mut Clearance, now_ms: f64) -> Vec<(String, String)> {
        let mut count = 0;
        clearance.due(at(now_ms), || {
            count += 1;
            Some(format!("{now_ms}-{count}"))
        })
    }

    #[test]
    fn without_any_sensor_nothing_is_cleared() {
        assert_eq!(Clearance::default().cleared_until_ms(at(1e9)), None);
    }

    #[test]
    fn an_answer_clears_up_to_the_moment_its_challenge_was_sent() {
        let mut clearance = Clearance::default();
        clearance.join("page");
        assert_eq!(clearance.cleared_until_ms(at(0.0)), None);
        let due = challenge(&mut clearance, 1_000.0);
        assert!(clearance.answer("page", &due[0].1, at(1_400.0)));
        assert_eq!(clearance.cleared_until_ms(at(1_400.0)), Some(1_000.0));
    }

    #[test]
    fn a_late_answer_a_wrong_nonce_and_a_repeated_answer_clear_nothing() {
        let mut clearance = Clearance::default();
        clearance.join("page");
        let due = challenge(&mut clearance, 0.0);
        assert!(!clearance.answer("page", "guess", at(10.0)));
        assert!(!clearance.answer("other", &due[0].1, at(10.0)));
        assert!(!clearance.answer("page", &due[0].1, at(501.0)));
        assert_eq!(clearance.cleared_until_ms(at(501.0)), None);
        let due = challenge(&mut clearance, 600.0);
        assert!(clearance.answer("page", &due[0].1, at(601.0)));
        assert!(!clearance.answer("page", &due[0].1, at(602.0)));
    }

    #[test]
    fn the_slowest_context_decides() {
        let mut clearance = Clearance::default();
        clearance.join("a");
        clearance.join("b");
        for (context, nonce) in challenge(&mut clearance, 100.0) {
            clearance.answer(&context, &nonce, at(110.0));
        }
        let due = challenge(&mut clearance, 400.0);
        clearance.answer("a", &due[0].1, at(410.0));
        assert_eq!(clearance.cleared_until_ms(at(410.0)), Some(100.0));
        clearance.join("c");
        assert_eq!(clearance.cleared_until_ms(at(410.0)), None, "a new context has vouched for nothing yet");
    }

    #[test]
    fn a_hidden_context_does_not_hold_up_and_must_answer_again_when_visible() {
        let mut clearance = Clearance::default();
        clearance.join("page");
        clearance.sign_off("page");
        assert!(challenge(&mut clearance, 5_000.0).is_empty());
        assert_eq!(clearance.cleared_until_ms(at(5_000.0)), Some(5_000.0));
        clearance.sign_on("page", at(6_000.0));
        assert_eq!(clearance.cleared_until_ms(at(9_000.0)), Some(6_000.0));
        assert_eq!(challenge(&mut clearance, 6_000.0).len(), 1);
    }

    #[test]
    fn what_is_in_use_survives_hiding_and_rejoining() {
        let mut clearance = Clearance::default();
        let cause = Cause { trigger: "field_focus".into(), class: "card_number".into() };
        clearance.join("page");
        clearance.begin("page", "page", cause.clone());
        clearance.begin("page", "page:value", cause);
        clearance.sign_off("page");
        clearance.join("page");
        assert_eq!(clearance.in_use().count(), 2);
        clearance.end("page", "page:value");
        assert_eq!(clearance.in_use().count(), 1);
        clearance.end("page", "page");
        assert_eq!(clearance.in_use().count(), 0);
    }

    #[test]
    fn a_page_that_comes_later_takes_back_nothing_that_was_cleared_and_adds_nothing() {
        let mut clearance = Clearance::default();
        clearance.join_at("a", at(0.0));
        assert_eq!(clearance.cleared_until_ms(at(0.0)), None);
        let due = challenge(&mut clearance, 100.0);
        clearance.answer("a", &due[0].1, at(110.0));
        clearance.join_at("b", at(120.0));
        assert_eq!(clearance.cleared_until_ms(at(120.0)), Some(100.0));
        let due = challenge(&mut clearance, 400.0);
        assert_eq!(due.len(), 2, "it is asked like any other");
        clearance.answer("a", &due[0].1, at(410.0));
        assert_eq!(clearance.cleared_until_ms(at(9_000.0)), Some(100.0));
        clearance.join_at("b", at(9_000.0));
        assert_eq!(clearance.cleared_until_ms(at(9_000.0)), Some(100.0));
        clearance.join_at("a", at(9_000.0));
        assert_eq!(clearance.cleared_until_ms(at(9_000.0)), Some(100.0));
        clearance.sign_off("a");
        clearance.sign_off("b");
        clearance.join_at("c", at(9_500.0));
        assert_eq!(clearance.cleared_until_ms(at(9_900.0)), Some(9_500.0));
    }

    #[test]
    fn a_context_that_left_holds_nothing_up_and_the_last_one_leaves_nothing_cleared() {
        let mut clearance = Clearance::default();
        clearance.join("a");
        clearance.join("b");
        for (context, nonce) in challenge(&mut clearance, 100.0) {
            clearance.answer(&context, &nonce, at(110.0));
        }
        let due = challenge(&mut clearance, 400.0);
        clearance.answer("a", &due[0].1, at(410.0));
        clearance.leave("b");
        assert_eq!(clearance.cleared_until_ms(at(410.0)), Some(400.0));
        clearance.leave("a");
        assert_eq!(clearance.cleared_until_ms(at(410.0)), None);
    }

    #[test]
    fn a_context_that_was_turned_away_leaves_nothing_cleared() {
        let mut clearance = Clearance::default();
        for index in 0..MOST_CONTEXTS {
            assert!(clearance.join(&index.to_string()));
        }
        for (context, nonce) in challenge(&mut clearance, 100.0) {
            clearance.answer(&context, &nonce, at(110.0));
        }
        assert_eq!(clearance.cleared_until_ms(at(110.0)), Some(100.0));
        assert!(!clearance.join("one more"));
        assert_eq!(clearance.cleared_until_ms(at(110.0)), None);
    }

    #[test]
    fn an_unanswered_challenge_is_replaced_not_repeated() {
        let mut clearance = Clearance::default();
        clearance.join("page");
        let first = challenge(&mut clearance, 0.0);
        assert!(challenge(&mut clearance, 300.0).is_empty());
        let second = challenge(&mut clearance, 500.0);
        assert!(!clearance.answer("page", &first[0].1, at(501.0)));
        assert!(clearance.answer("page", &second[0].1, at(501.0)));
    }
}
