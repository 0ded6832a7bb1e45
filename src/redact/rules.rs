//! The audio rules: how far before a trigger is cut out, how much behind it, on which channels, and when to remind of it.
//!
//! Owns what the host may choose of this, the defaults and their bounds (docs/redaction.md). Whatever is chosen only says
//! how much more than the demanded stretch is cut out, and never touches what the engine cuts out of its own: keyed
//! digits, audio that nobody vouched for, the side of somebody who said no. Must never let a configuration through in
//! which a trigger's look-back reaches further back than the audio is held.

use serde::{Deserialize, Serialize};

use crate::Result;
use crate::audio::channels::Channels;
use crate::audio::samples_of_ms;
use crate::config::{LEAST_SLACK_MS, invalid, within};
use crate::redact::clearance::Cause;
use crate::redact::keys;
use crate::redact::other_side::OTHER_SIDE;
use crate::redact::span::{CROWDED, NO_CLEARANCE};
use crate::words::words;

/// Look-back of a value that was recognised while it was typed, where the hold-back has room for it, milliseconds. Sixteen
/// digits that are read out in groups of four and typed take about as long, and the last of them is what is recognised.
const VALUE_SEEN_LOOK_BACK_MS: u32 = 8_000;

/// Spans nearer to each other than this are one, where the hold-back has room for it, milliseconds: between two fields of
/// one form nothing is said that is worth keeping, and half a word tells more than none.
const MERGE_WITHIN_MS: u32 = 1_000;

/// The shortest span, milliseconds: a field that is passed through by the tabulator key.
const MINIMUM_SPAN_MS: u32 = 1_000;

/// A pause is asked about after this time, milliseconds: a payment by card, number, date and code read out and typed,
/// takes one to two minutes.
const MAX_PAUSE_MS: u32 = 120_000;

/// A pause in which both sides talk is asked about after this time, milliseconds: a third of it is the window in which
/// both have to have talked.
const FORGOTTEN_PAUSE_MS: u32 = 60_000;

/// Triggers of what the engine cuts out of its own.
const OWN: [&str; 6] = [keys::TRIGGER, NO_CLEARANCE, CROWDED, OTHER_SIDE, "party_joined", "law_changed"];

words! {
    /// What demands a cut from outside of the engine.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub enum Trigger {
        /// A field that was classified got the focus.
        FieldFocus = "field_focus",
        /// A field that the integrator marked got the focus.
        FieldAttribute = "field_attribute",
        /// A field was filled in without having the focus.
        FieldFilled = "field_filled",
        /// A value was recognised in what was typed.
        ValueSeen = "value_seen",
        /// A frame of a payment service got the focus.
        PaymentFrame = "payment_frame",
        /// A page that is sensitive as a whole is shown.
        Page = "page",
        /// The agent has paused.
        Manual = "manual",
        /// The host has paused.
        HostApi = "host_api",
    }
}

/// A choice for each trigger; none is the default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    rename_all = "camelCase",
    deny_unknown_fields,
    default,
    bound(deserialize = "Choice: Deserialize<'de>")
)]
#[allow(missing_docs)] // the triggers are explained above
pub struct PerTrigger<Choice> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field_focus: Option<Choice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field_attribute: Option<Choice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field_filled: Option<Choice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value_seen: Option<Choice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_frame: Option<Choice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<Choice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manual: Option<Choice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_api: Option<Choice>,
}

impl<Choice> Default for PerTrigger<Choice> {
    fn default() -> Self {
        Self {
            field_focus: None,
            field_attribute: None,
            field_filled: None,
            value_seen: None,
            payment_frame: None,
            page: None,
            manual: None,
            host_api: None,
        }
    }
}

impl<Choice: Copy> PerTrigger<Choice> {
    /// What was chosen for a trigger.
    #[must_use]
    pub const fn of(&self, trigger: Trigger) -> Option<Choice> {
        match trigger {
            Trigger::FieldFocus => self.field_focus,
            Trigger::FieldAttribute => self.field_attribute,
            Trigger::FieldFilled => self.field_filled,
            Trigger::ValueSeen => self.value_seen,
            Trigger::PaymentFrame => self.payment_frame,
            Trigger::Page => self.page,
            Trigger::Manual => self.manual,
            Trigger::HostApi => self.host_api,
        }
    }
}

/// What the host may choose of the audio rules.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RedactionConfig {
    /// Milliseconds cut out before a trigger. Without one: the configuration's `lookBackMs`; for `valueSeen` up to 8 s.
    pub look_back_ms: PerTrigger<u32>,
    /// Milliseconds cut out behind the end. Without it: the configuration's `graceMs`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grace_ms: Option<u32>,
    /// The shortest cut, milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum_span_ms: Option<u32>,
    /// Cuts with less than this between them are one, milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merge_within_ms: Option<u32>,
    /// Which channels are cut out.
    pub channels: Channels,
    /// The same for single triggers.
    pub channels_for: PerTrigger<Channels>,
    /// After how many milliseconds of a pause the agent is asked about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_pause_ms: Option<u32>,
    /// The same where both sides talk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forgotten_pause_ms: Option<u32>,
}

/// What the rules say of spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SpanRules {
    /// The shortest span, samples.
    pub minimum_samples: u64,
    /// Spans with less than this between them are one, samples.
    pub merge_within_samples: u64,
    channels: Channels,
    channels_for: PerTrigger<Channels>,
}

impl SpanRules {
    /// Which channels a span of this trigger cuts out. For what the engine cuts out of its own there is no choice.
    #[must_use]
    pub fn channels(&self, trigger: &str) -> Channels {
        let chosen = Trigger::from_word(trigger);
        chosen.map_or(Channels::Both, |trigger| self.channels_for.of(trigger).unwrap_or(self.channels))
    }
}

/// The rules of one engine, checked and complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedactionRules {
    look_back_ms: PerTrigger<u32>,
    usual_look_back_ms: u32,
    greatest_look_back_ms: u32,
    /// Cut out behind the end, milliseconds.
    pub grace_ms: u32,
    /// What counts for spans.
    pub spans: SpanRules,
    /// After this time a pause is asked about, milliseconds.
    pub max_pause_ms: u32,
    /// The same where both sides talk, milliseconds.
    pub forgotten_pause_ms: u32,
}

impl RedactionRules {
    /// How far before this trigger is cut out, samples. What is not known reaches as far as anything does.
    #[must_use]
    pub fn look_back_samples(&self, trigger: &str) -> u64 {
        let look_back_ms = match Trigger::from_word(trigger) {
            Some(trigger) => self.look_back_ms.of(trigger).unwrap_or(self.usual_look_back_ms),
            None => self.greatest_look_back_ms,
        };
        samples_of_ms(look_back_ms.into())
    }

    /// The greatest look-back of all triggers, samples: so much later audio has to be vouched for before it may leave.
    #[must_use]
    pub fn greatest_look_back_samples(&self) -> u64 {
        samples_of_ms(self.greatest_look_back_ms.into())
    }
}

/// Whether the rules count for a span of this trigger. Not for what the engine cuts out of its own.
#[must_use]
pub fn governs(trigger: &str) -> bool {
    !OWN.contains(&trigger)
}

/// A cause as a page may give it: the engine's own triggers are none of a page's.
#[must_use]
pub fn cause_of_page(cause: &Cause) -> Cause {
    let trigger = if governs(&cause.trigger) { cause.trigger.clone() } else { "other".to_owned() };
    Cause { trigger, class: cause.class.clone() }
}

impl RedactionConfig {
    /// Checks every bound and fills in the defaults. The three values are the configuration's own.
    ///
    /// # Errors
    /// [`crate::ErrorKind::ConfigInvalid`] with the path of the field at fault.
    pub fn validate(&self, hold_back_ms: u32, look_back_ms: u32, grace_ms: u32) -> Result<RedactionRules> {
        within("holdBackMs", hold_back_ms, 3_000, 60_000)?;
        within("lookBackMs", look_back_ms, 0, 58_000)?;
        within("graceMs", grace_ms, 200, 10_000)?;
        let grace_ms = self.grace_ms.unwrap_or(grace_ms);
        within("redaction.graceMs", grace_ms, 200, 10_000)?;
        let minimum_span_ms = self.minimum_span_ms.unwrap_or(MINIMUM_SPAN_MS);
        within("redaction.minimumSpanMs", minimum_span_ms, 0, 60_000)?;
        let max_pause_ms = self.max_pause_ms.unwrap_or(MAX_PAUSE_MS);
        within("redaction.maxPauseMs", max_pause_ms, 5_000, 3_600_000)?;
        let forgotten_pause_ms = self.forgotten_pause_ms.unwrap_or(FORGOTTEN_PAUSE_MS);
        within("redaction.forgottenPauseMs", forgotten_pause_ms, 5_000, 3_600_000)?;
        // What may be reached back to, and what is left of it.
        let reach_ms = hold_back_ms.saturating_sub(LEAST_SLACK_MS);
        if look_back_ms > reach_ms {
            return Err(too_far("lookBackMs"));
        }
        let mut greatest_ms = look_back_ms;
        for trigger in Trigger::ALL {
            if let Some(look_back_ms) = self.look_back_ms.of(*trigger) {
                if look_back_ms > reach_ms {
                    return Err(too_far("redaction.lookBackMs"));
                }
                greatest_ms = greatest_ms.max(look_back_ms);
            }
        }
        let room_ms = reach_ms.saturating_sub(greatest_ms);
        let merge_within_ms = self.merge_within_ms.unwrap_or_else(|| MERGE_WITHIN_MS.min(room_ms));
        if merge_within_ms > room_ms {
            let reason = format!(
                "must be at least the greatest lookBackMs + redaction.mergeWithinMs + {LEAST_SLACK_MS}, or what lies between two cuts has gone before the second is known"
            );
            return Err(invalid("holdBackMs", &reason));
        }
        let value_seen_ms = VALUE_SEEN_LOOK_BACK_MS.min(reach_ms.saturating_sub(merge_within_ms));
        let value_seen_ms = self.look_back_ms.value_seen.unwrap_or_else(|| value_seen_ms.max(look_back_ms));
        Ok(RedactionRules {
            look_back_ms: PerTrigger { value_seen: Some(value_seen_ms), ..self.look_back_ms },
            usual_look_back_ms: look_back_ms,
            greatest_look_back_ms: greatest_ms.max(value_seen_ms),
            grace_ms,
            spans: SpanRules {
                minimum_samples: samples_of_ms(minimum_span_ms.into()),
                merge_within_samples: samples_of_ms(merge_within_ms.into()),
                channels: self.channels,
                channels_for: self.channels_for,
            },
            max_pause_ms,
            forgotten_pause_ms,
        })
    }
}

fn too_far(path: &str) -> crate::Error {
    let reason = format!("must be at least {path} + {LEAST_SLACK_MS}, or a late pause comes too late");
    invalid("holdBackMs", &reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn rules(config: Value) -> Result<RedactionRules> {
        let config: RedactionConfig = serde_json::from_value(config).unwrap();
        config.validate(10_000, 5_000, 1_000)
    }

    fn look_back_ms(rules: &RedactionRules, trigger: &str) -> u64 {
        rules.look_back_samples(trigger) / 48
    }

    #[test]
    fn without_a_choice_every_trigger_reaches_back_as_far_as_the_configuration_says_and_a_value_further() {
        let rules = rules(json!({})).unwrap();
        for trigger in Trigger::ALL {
            let expected = if *trigger == Trigger::ValueSeen { 7_000 } else { 5_000 };
            assert_eq!(look_back_ms(&rules, trigger.as_str()), expected, "{trigger:?}");
        }
        assert_eq!(rules.greatest_look_back_samples(), 7_000 * 48);
        assert_eq!(rules.spans.merge_within_samples, 48_000);
        assert_eq!(rules.grace_ms, 1_000);
    }

    #[test]
    fn each_trigger_has_a_look_back_of_its_own_and_the_greatest_counts_for_clearance() {
        let rules =
            rules(json!({"lookBackMs": {"manual": 0, "fieldFocus": 3_000, "valueSeen": 6_000}})).unwrap();
        assert_eq!(look_back_ms(&rules, "manual"), 0);
        assert_eq!(look_back_ms(&rules, "field_focus"), 3_000);
        assert_eq!(look_back_ms(&rules, "page"), 5_000);
        assert_eq!(look_back_ms(&rules, "value_seen"), 6_000);
        assert_eq!(rules.greatest_look_back_samples(), 6_000 * 48);
        assert_eq!(look_back_ms(&rules, "of_a_later_version"), 6_000);
    }

    #[test]
    fn no_look_back_reaches_further_than_the_audio_is_held() {
        let refused = |config| rules(config).unwrap_err().detail().to_owned();
        assert!(refused(json!({"lookBackMs": {"page": 8_001}})).contains("holdBackMs"));
        assert!(refused(json!({"mergeWithinMs": 3_001})).contains("mergeWithinMs"));
        assert!(
            refused(json!({"mergeWithinMs": 1, "lookBackMs": {"hostApi": 8_000}})).contains("mergeWithinMs")
        );
        assert!(refused(json!({"graceMs": 0})).contains("redaction.graceMs"));
        assert!(refused(json!({"maxPauseMs": 0})).contains("maxPauseMs"));
        assert!(refused(json!({"forgottenPauseMs": 1})).contains("forgottenPauseMs"));
        assert!(RedactionConfig::default().validate(6_999, 5_000, 1_000).is_err());
        // Where the hold-back leaves no room, what has a default of its own makes do with less.
        let narrow = RedactionConfig::default().validate(7_000, 5_000, 1_000).unwrap();
        assert_eq!((narrow.spans.merge_within_samples, look_back_ms(&narrow, "value_seen")), (0, 5_000));
    }

    #[test]
    fn unknown_keys_and_words_are_refused() {
        for bad in [
            json!({"lookBack": {}}),
            json!({"lookBackMs": {"field_focus": 1}}),
            json!({"lookBackMs": {"keypad": 1}}),
            json!({"lookBackMs": 5_000}),
            json!({"channels": "left"}),
            json!({"channelsFor": {"noClearance": "agent"}}),
        ] {
            assert!(serde_json::from_value::<RedactionConfig>(bad.clone()).is_err(), "{bad}");
        }
    }

    #[test]
    fn channels_are_chosen_for_all_or_for_one_trigger_and_never_for_what_the_engine_cuts_out_of_its_own() {
        let rules = rules(json!({"channels": "customer", "channelsFor": {"manual": "both"}})).unwrap();
        assert_eq!(rules.spans.channels("field_focus"), Channels::Customer);
        assert_eq!(rules.spans.channels("manual"), Channels::Both);
        for own in OWN.into_iter().chain(["other"]) {
            assert_eq!(rules.spans.channels(own), Channels::Both, "{own}");
        }
        assert!(OWN.iter().all(|own| !governs(own)) && governs("other"));
        assert!(Trigger::ALL.iter().all(|trigger| governs(trigger.as_str())));
    }

    #[test]
    fn a_page_cannot_name_a_trigger_of_the_engines_own() {
        for own in OWN {
            let cause = Cause { trigger: own.to_owned(), class: "card_number".to_owned() };
            assert_eq!(cause_of_page(&cause).trigger, "other");
        }
        let cause = Cause { trigger: "page".to_owned(), class: "card_number".to_owned() };
        assert_eq!(cause_of_page(&cause), cause);
    }
}
