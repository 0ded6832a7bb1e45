//! Going on with a call whose engine has died.
//!
//! Owns what of the dead engine's session its ledger gives back, and where on the timeline the new part begins. Whoever's
//! yes is not proven is asked again, and what is said meanwhile is cut out. Must never record anything between the death
//! and its own beginning, nor take a later word of the page for a yes.

use super::changing::PAUSED_CONTEXT;
use super::continuing::Continuation;
use super::recording::Kept;
use super::{Action, Disclosure, Joined, Session, age};
use crate::audio::clock::CallClock;
use crate::audio::{Now, ms_of_samples, samples_of_ms};
use crate::consent::proven::Proven;
use crate::consent::register::{AGENT, CUSTOMER};
use crate::consent::{Answer, ConsentEvent, Method};
use crate::ledger::{CallOpened, ConsentAnswered, DisclosurePlayed, Entry, EntryBody};
use crate::redact::clearance::{Cause, Clearance};

/// The page's word of the answer's age counts up to so much more than the wall clock says, milliseconds.
const BEYOND_THE_WALL_MS: f64 = 5_000.0;

/// It counts up to so much more than is on record, milliseconds, where the wall clock was set back: longer than a segment
/// (docs/format.md §3), the hold-back and a restart together.
const BEYOND_THE_RECORD_MS: f64 = 90_000.0;

/// A page tells when somebody joined to within this, milliseconds: what lies between its message and the ledger's entry.
const SAME_JOINING_WITHIN_MS: u64 = 2_000;

/// Why what is said before the unproven answers are given anew is cut out.
const TRIGGER: &str = "engine_restarted";

/// What a dead engine has left of a call.
#[derive(Debug)]
pub struct Resumption {
    /// What its recording goes on with.
    pub continuation: Continuation,
    /// The first entry of its ledger.
    pub opened: CallOpened,
    /// Every entry.
    pub entries: Vec<Entry>,
    /// What they prove.
    pub proven: Proven,
}

/// What the page says of the call that goes on. `Debug` shows no key: it may be a person's name.
#[derive(Clone, PartialEq)]
pub struct PageAccount {
    /// How long ago it was answered, milliseconds.
    pub answered_age_ms: Option<f64>,
    /// Who has joined and not left, by the page's name, and how long ago, milliseconds.
    pub joined: Vec<(String, f64)>,
}

impl core::fmt::Debug for PageAccount {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(formatter, "PageAccount({} joined)", self.joined.len())
    }
}

impl Session {
    /// The engine before has left nothing that was lawful to keep: the call begins anew. Its answer may be long ago.
    pub const fn begin_late(&mut self) {
        self.oldest_answer_ms = f64::MAX;
    }

    /// Goes on with a call.
    pub(super) fn go_on(
        &mut self,
        resumption: Resumption,
        page: &PageAccount,
        now: Now,
        clearance: &Clearance,
        actions: &mut Vec<Action>,
    ) {
        let Resumption { continuation, opened, entries, proven } = resumption;
        let joined_samples = proven.joined_samples.clone();
        self.take_back(&opened, &entries, proven);
        let age_ms = self.age_of_answer(page, &entries, now);
        self.clock = Some(CallClock::new(now.monotonic_ms - age_ms));
        self.meet_again(page, &joined_samples, now);
        let origin = self.sample_at(now, 0.0);
        self.continuation = Some(continuation);
        if !self.start_recording(origin, origin, Kept::Call, now, clearance, actions) {
            return;
        }
        self.beep(self.terms.beep, actions);
        for (key, age_ms) in &page.joined {
            // Of whom the ledger does not know: they have yet to be asked.
            self.party_joined(key, *age_ms, now, actions);
        }
        if !self.permits() {
            let cause = Cause { trigger: TRIGGER.to_owned(), class: "not_agreed".to_owned() };
            self.paused = true;
            self.redactor.begin(PAUSED_CONTEXT, &cause, origin, now.unix_ms);
            if self.may_ask() && !self.disclosure.is_running() {
                self.ask_anew(now, actions);
            }
        }
    }

    /// What the ledger says of the call so far.
    fn take_back(&mut self, opened: &CallOpened, entries: &[Entry], proven: Proven) {
        self.connected = true;
        self.answered_unix_ms = opened.answered_at_ms;
        self.register = proven.register;
        self.terms = proven.terms;
        self.agreed_sample = proven.agreed_sample;
        let mut certain_end_sample = 0;
        let mut has_begun = false;
        for entry in entries {
            match &entry.body {
                EntryBody::DisclosurePlayed(played) => {
                    self.disclosure = Disclosure::Delivered;
                    self.told_before(played);
                    if !has_begun || self.proof.is_none() {
                        self.proof = Some(played.clone());
                    }
                }
                EntryBody::ConsentAnswered(answered) if answered.party == AGENT => has_begun = true,
                EntryBody::SegmentSealed(sealed) => certain_end_sample = sealed.end_sample,
                EntryBody::TroubleNoted(_) => self.troubles = self.troubles.saturating_add(1),
                _ => {}
            }
            self.consent_events.extend(self.event_of(&entry.body));
        }
        // An announcement of which anything may have been lost with the engine is repeated.
        let first = entries.iter().find_map(|entry| match &entry.body {
            EntryBody::PartOpened(part) => Some(part.start_sample),
            _ => None,
        });
        let cut = |played: &DisclosurePlayed| {
            entries.iter().any(|entry| {
                matches!(&entry.body, EntryBody::RedactionSpan(span)
                    if span.from_sample < played.end_sample && played.start_sample < span.to_sample)
            })
        };
        self.announced = entries.iter().any(|entry| {
            matches!(&entry.body, EntryBody::DisclosurePlayed(played)
                if first.is_some_and(|first| first <= played.start_sample)
                    && played.end_sample <= certain_end_sample
                    && !cut(played))
        });
    }

    /// Remembers what everybody was told, with its words where they are still configured.
    fn told_before(&mut self, played: &DisclosurePlayed) {
        let config = &self.config.config;
        let mut all = core::iter::once(&config.disclosure).chain(&config.further_disclosures);
        let same = all.position(|one| one.prompt_id == played.prompt_id && one.version == played.version);
        let text = same.and_then(|index| {
            let mut all = core::iter::once(&config.disclosure).chain(&config.further_disclosures);
            all.nth(index).map(|one| one.text.clone())
        });
        self.remember_words(played, text.unwrap_or_default());
        self.prompt_index = same.unwrap_or(self.prompt_index);
    }

    /// How old the answer is, milliseconds: as the page says, between what is on record and what the wall clock allows. So
    /// the timeline never goes back, a clock that was set makes no hole, and a page cannot claim an hour that never was.
    fn age_of_answer(&self, page: &PageAccount, entries: &[Entry], now: Now) -> f64 {
        let by_wall_ms = now.unix_ms.saturating_sub(self.answered_unix_ms) as f64;
        let last = entries.iter().filter_map(|entry| last_sample_of(&entry.body)).max();
        let on_record_ms = ms_of_samples(last.unwrap_or(0)).saturating_add(1) as f64;
        let most_ms = (by_wall_ms + BEYOND_THE_WALL_MS).max(on_record_ms + BEYOND_THE_RECORD_MS);
        age(page.answered_age_ms.unwrap_or(by_wall_ms), most_ms).max(on_record_ms)
    }

    /// Who in the call the page means by its names: those who joined when it says.
    fn meet_again(&mut self, page: &PageAccount, joined_samples: &[u64], now: Now) {
        for (key, age_ms) in &page.joined {
            let sample = self.sample_at(now, age(*age_ms, f64::MAX));
            let taken = |party: u32| self.joined.iter().any(|joined| joined.party == party);
            let here = |party: u32| self.register.party(party).is_some_and(|party| party.present);
            let near = |joined: u64| joined.abs_diff(sample) <= samples_of_ms(SAME_JOINING_WITHIN_MS);
            let mut known = (CUSTOMER.saturating_add(1)..).zip(joined_samples);
            let met = known.find(|(party, joined)| near(**joined) && here(*party) && !taken(*party));
            let party = met.map(|(party, _)| party);
            self.joined.extend(party.map(|party| Joined { key: key.clone(), party }));
        }
    }

    /// The event that an entry stands for.
    fn event_of(&self, body: &EntryBody) -> Option<ConsentEvent> {
        let event = |kind, party, sample| ConsentEvent {
            kind,
            party,
            answer: None,
            method: None,
            words: None,
            actor: AGENT,
            at_ms: ms_of_samples(sample),
            at_unix_ms: self.answered_unix_ms.saturating_add(ms_of_samples(sample)),
            prompt_sha256: String::new(),
        };
        Some(match body {
            EntryBody::PartyJoined(moved) => event("joined", moved.party, moved.sample),
            EntryBody::PartyLeft(moved) => event("left", moved.party, moved.sample),
            EntryBody::ConsentTimedOut(silent) => event("timed_out", silent.party, silent.sample),
            EntryBody::ConsentAnswered(answered) if answered.party != AGENT => {
                let ConsentAnswered { party, words, actor, sample, prompt_sha256, .. } = answered.clone();
                ConsentEvent {
                    answer: Some(Answer::Yes), // a ledger with a no does not go on
                    method: Method::from_word(&answered.method),
                    words,
                    actor,
                    prompt_sha256,
                    ..event("answered", party, sample)
                }
            }
            _ => return None,
        })
    }
}

/// The last sample that an entry speaks of, as one that has passed.
fn last_sample_of(body: &EntryBody) -> Option<u64> {
    Some(match body {
        EntryBody::DisclosurePlayed(played) => played.end_sample,
        EntryBody::ConsentAnswered(answered) => answered.sample,
        EntryBody::PartyJoined(moved) | EntryBody::PartyLeft(moved) => moved.sample,
        EntryBody::Gap(gap) => gap.to_sample,
        EntryBody::PartOpened(part) => part.start_sample,
        EntryBody::SegmentOpened(segment) => segment.start_sample,
        EntryBody::SegmentSealed(segment) => segment.end_sample,
        EntryBody::PartClosed(part) => part.end_sample,
        EntryBody::CallResumed(resumed) => resumed.sample,
        _ => return None,
    })
}
