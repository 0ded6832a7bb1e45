//! What is in use in each context (a tab, a page) of the desk.
//!
//! Owns the memory that a single message does not have: a field that was once found sensitive stays so, whatever the page
//! changes; a value that was recognised counts until its field is left or holds it no more. What a page's script may
//! pretend can begin a stretch and end none that the user's own focus has begun. Must never keep a descriptor, a text or
//! an address: only numbers of fields and classes.

use std::collections::BTreeMap;

use super::config::Detection;
use super::hosts::is_payment_host;
use super::{glob, trigger};
use crate::field::{Demand, FieldClass, FieldDescriptor, Reason, classify};
use crate::redact::clearance::Cause;
use crate::value::detect;

/// Fields of one context whose finding is remembered: the fields of some long forms.
const MOST_FIELDS: usize = 512;

/// Longest text that is looked at, characters; of a longer one the end.
pub const LONGEST_TEXT_CHARS: usize = 4_096;

/// What a stretch belongs to; those of different parts overlap and end apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The field that has the focus.
    Field,
    /// What a script says has the focus.
    Pretended,
    /// A field that was filled without having the focus: over at once.
    Filled,
    /// A value in the field that has the focus.
    Value,
    /// The page as a whole.
    Page,
}

impl Part {
    /// Name of the context's part for the redactor. Contexts of the page have no colon in their names, so that no page can
    /// name another part.
    #[must_use]
    pub fn context(self, context_id: &str) -> String {
        match self {
            Self::Field => context_id.to_owned(),
            Self::Pretended => format!("{context_id}:pretended"),
            Self::Filled => format!("{context_id}:filled"),
            Self::Value => format!("{context_id}:value"),
            Self::Page => format!("{context_id}:page"),
        }
    }
}

/// What has to be cut out, or not any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// From now on, and from before by the look-back of the trigger unless it is soft.
    Begin {
        /// Which stretch.
        part: Part,
        /// Why.
        cause: Cause,
        /// Without the look-back.
        soft: bool,
    },
    /// Up to now, with the grace.
    End(Part),
}

/// How a field came to be reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// It has the focus, by the browser's own account.
    Focus,
    /// Something was put into it while it had not.
    Filled,
    /// A script's event says that it has the focus.
    Pretended,
}

/// A field as a sensor reports it.
#[derive(Clone, Copy)]
pub struct Reported<'a> {
    /// Its number in the context; the same element has the same one.
    pub field: u32,
    /// How it came to be reported.
    pub how: How,
    /// Of a frame that cannot be looked into: the host that serves it.
    pub frame_host: Option<&'a str>,
    /// What is around it, as JSON (`pkg/describe.mjs`).
    pub descriptor: &'a str,
}

impl core::fmt::Debug for Reported<'_> {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(formatter, "Reported({}, {:?})", self.field, self.how)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Found {
    class: FieldClass,
    demand: Demand,
    trigger: &'static str,
}

#[derive(Debug, Default)]
struct Context {
    /// The field that has the focus.
    focus: Option<u32>,
    /// What it demands, if anything.
    in_use: Option<Found>,
    pretended: bool,
    /// Class of the value in it.
    value: Option<&'static str>,
    on_page: bool,
    found: BTreeMap<u32, Found>,
}

/// The memory of one engine.
#[derive(Debug, Default)]
pub struct Watch {
    contexts: BTreeMap<String, Context>,
}

impl Watch {
    /// A field has the focus, was filled, or is said to have the focus.
    pub fn field(&mut self, context_id: &str, reported: &Reported<'_>, detection: &Detection) -> Vec<Change> {
        let context = self.contexts.entry(context_id.to_owned()).or_default();
        let found = context.remember(reported, detection);
        match reported.how {
            How::Focus => context.focused(reported.field, found),
            How::Pretended => {
                let begin = found.map(|found| found.begin(Part::Pretended, found.trigger));
                context.pretended |= begin.is_some();
                begin.into_iter().collect()
            }
            // What is in use already is cut out already.
            How::Filled if context.focus == Some(reported.field) && context.in_use.is_some() => Vec::new(),
            How::Filled => found.map_or_else(Vec::new, |found| {
                vec![found.begin(Part::Filled, trigger::FIELD_FILLED), Change::End(Part::Filled)]
            }),
        }
    }

    /// No field of the context has the focus any more.
    pub fn left(&mut self, context_id: &str) -> Vec<Change> {
        let Some(context) = self.contexts.get_mut(context_id) else { return Vec::new() };
        context.focus = None;
        let mut changes = Vec::new();
        if context.in_use.take().is_some() {
            changes.push(Change::End(Part::Field));
        }
        context.settle(&mut changes);
        changes
    }

    /// The present text of a field, which is not kept.
    pub fn text(&mut self, context_id: &str, field: u32, text: &str, detection: &Detection) -> Vec<Change> {
        if !detection.detect_values {
            return Vec::new();
        }
        let context = self.contexts.entry(context_id.to_owned()).or_default();
        let has_focus = context.focus == Some(field);
        if has_focus && context.in_use.is_some_and(|found| found.demand == Demand::Hard) {
            return Vec::new();
        }
        let class = detect(last_of(text)).map(|hit| hit.class.field_class()).filter(|class| {
            FieldClass::from_word(class).is_none_or(|class| detection.policy.demand(class) != Demand::Ignore)
        });
        // Seen only when it is complete: the look-back is what a value is about, be its class soft or not.
        let begin = |part, trigger: &str, class: &str| Change::Begin {
            part,
            cause: Cause { trigger: trigger.to_owned(), class: class.to_owned() },
            soft: false,
        };
        match (class, has_focus) {
            // Nobody types it: there is nobody to warn, and no typing to look back over.
            (Some(class), false) => {
                vec![begin(Part::Filled, trigger::FIELD_FILLED, class), Change::End(Part::Filled)]
            }
            (Some(class), true) if context.value != Some(class) => {
                context.value = Some(class);
                vec![begin(Part::Value, trigger::VALUE_SEEN, class)]
            }
            (None, true) if context.value.take().is_some() => vec![Change::End(Part::Value)],
            _ => Vec::new(),
        }
    }

    /// Where the context's page is: origin, path and fragment.
    pub fn location(&mut self, context_id: &str, address: &str, detection: &Detection) -> Vec<Change> {
        let context = self.contexts.entry(context_id.to_owned()).or_default();
        let matches = detection.urls.iter().any(|pattern| glob::matches(pattern, address));
        if matches == core::mem::replace(&mut context.on_page, matches) {
            return Vec::new();
        }
        if !matches {
            return vec![Change::End(Part::Page)];
        }
        let class = FieldClass::Custom.as_str().to_owned();
        let cause = Cause { trigger: trigger::PAGE.to_owned(), class };
        vec![Change::Begin { part: Part::Page, cause, soft: false }]
    }

    /// The context's page is gone, and with it its address.
    pub fn page_gone(&mut self, context_id: &str) -> Vec<Change> {
        let on_page = self.contexts.get_mut(context_id).map(|context| &mut context.on_page);
        let was_on = on_page.is_some_and(core::mem::take);
        if was_on { vec![Change::End(Part::Page)] } else { Vec::new() }
    }

    /// The context's page is gone for good, by the browser's own word: with it everything that was in use in it.
    pub fn gone(&mut self, context_id: &str) -> Vec<Change> {
        let parts = [Part::Field, Part::Pretended, Part::Value, Part::Page];
        self.contexts.remove(context_id).map_or_else(Vec::new, |_| parts.map(Change::End).to_vec())
    }

    /// Whether a field or a value is in use in the context.
    #[must_use]
    pub fn is_in_use(&self, context_id: &str) -> bool {
        self.contexts
            .get(context_id)
            .is_some_and(|context| context.in_use.is_some() || context.pretended || context.value.is_some())
    }

    /// The context is gone for good.
    pub fn forget(&mut self, context_id: &str) {
        self.contexts.remove(context_id);
    }
}

impl Context {
    /// What the field is now, and was ever found to be: the stricter of both.
    fn remember(&mut self, reported: &Reported<'_>, detection: &Detection) -> Option<Found> {
        let now = find(reported, detection);
        let before = self.found.get(&reported.field).copied();
        let found = match (before, now) {
            (Some(before), Some(now)) if before.demand == Demand::Soft && now.demand == Demand::Hard => {
                Some(now)
            }
            (Some(before), _) => Some(before),
            (None, now) => now,
        };
        // What a script pretends is not remembered: it could make the memory forget what the user's own focus has found.
        if let Some(found) = found
            && reported.how != How::Pretended
        {
            if before.is_none() && self.found.len() >= MOST_FIELDS {
                let oldest = self.found.keys().find(|field| self.focus != Some(**field)).copied();
                oldest.map(|field| self.found.remove(&field));
            }
            self.found.insert(reported.field, found);
        }
        found
    }

    /// The focus is in this field.
    fn focused(&mut self, field: u32, found: Option<Found>) -> Vec<Change> {
        let mut changes = Vec::new();
        let moved = self.focus.replace(field) != Some(field);
        // While the focus stays, what it demands only grows, whatever is remembered.
        let found = match (self.in_use.filter(|_| !moved), found) {
            (Some(before), now)
                if before.demand == Demand::Hard && now.is_none_or(|now| now.demand != Demand::Hard)
                    || now.is_none() =>
            {
                Some(before)
            }
            (_, now) => now,
        };
        match (self.in_use, found) {
            // From one to the next the stretch goes on; only another class is news.
            (Some(before), Some(now)) if before.class == now.class && before.demand == now.demand => {}
            (_, Some(now)) => changes.push(now.begin(Part::Field, now.trigger)),
            (Some(_), None) => changes.push(Change::End(Part::Field)),
            (None, None) => {}
        }
        self.in_use = found;
        // A field that is cut out with the look-back needs no value in it; of a soft one it tells more.
        if moved || found.is_some_and(|found| found.demand == Demand::Hard) {
            self.settle(&mut changes);
        } else {
            // What has the focus now is not what was pretended.
            self.end_pretended(&mut changes);
        }
        changes
    }

    fn end_pretended(&mut self, changes: &mut Vec<Change>) {
        if core::mem::take(&mut self.pretended) {
            changes.push(Change::End(Part::Pretended));
        }
    }

    /// Ends what goes with the field that was left.
    fn settle(&mut self, changes: &mut Vec<Change>) {
        self.end_pretended(changes);
        if self.value.take().is_some() {
            changes.push(Change::End(Part::Value));
        }
    }
}

impl Found {
    fn begin(self, part: Part, trigger: &str) -> Change {
        let cause = Cause { trigger: trigger.to_owned(), class: self.class.as_str().to_owned() };
        Change::Begin { part, cause, soft: self.demand == Demand::Soft }
    }
}

fn find(reported: &Reported<'_>, detection: &Detection) -> Option<Found> {
    // What cannot be read is not ordinary.
    let Ok(descriptor) = serde_json::from_str::<FieldDescriptor>(reported.descriptor) else {
        let demand = Demand::Hard;
        return Some(Found { class: FieldClass::Custom, demand, trigger: trigger::FIELD_FOCUS });
    };
    let finding = classify(&descriptor, &detection.policy);
    if reported.frame_host.is_some_and(|host| is_payment_host(host, &detection.payment_hosts)) {
        // Its texts may say which field it is; that a card is meant is sure without them.
        let class = finding.map(|finding| finding.class).filter(|class| class.is_card());
        let class = class.unwrap_or(FieldClass::Card);
        return Some(Found { class, demand: Demand::Hard, trigger: trigger::PAYMENT_FRAME });
    }
    finding.map(|finding| Found {
        class: finding.class,
        demand: detection.policy.demand(finding.class),
        trigger: match finding.reason {
            Reason::Mark | Reason::Selector => trigger::FIELD_ATTRIBUTE,
            _ => trigger::FIELD_FOCUS,
        },
    })
}

/// The last characters of a text.
fn last_of(text: &str) -> &str {
    let from = text.char_indices().rev().nth(LONGEST_TEXT_CHARS.saturating_sub(1)).map_or(0, |(at, _)| at);
    text.get(from..).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detection::DetectionConfig;
    use serde_json::json;

    fn detection(value: serde_json::Value) -> Detection {
        serde_json::from_value::<DetectionConfig>(value).unwrap().validate().unwrap()
    }

    fn usual() -> Detection {
        detection(json!({}))
    }

    fn report(field: u32, how: How, descriptor: &str) -> Reported<'_> {
        Reported { field, how, frame_host: None, descriptor }
    }

    /// Changes in short: `+field card_number field_focus`, `-field`.
    fn short(changes: &[Change]) -> Vec<String> {
        let part = |part: &Part| format!("{part:?}").to_lowercase();
        changes
            .iter()
            .map(|change| match change {
                Change::Begin { part: of, cause, soft } => {
                    let soft = if *soft { " soft" } else { "" };
                    format!("+{} {} {}{soft}", part(of), cause.class, cause.trigger)
                }
                Change::End(of) => format!("-{}", part(of)),
            })
            .collect()
    }

    const NUMBER: &str = r#"{"tag":"input","type":"text","autocomplete":"cc-number"}"#;
    const CVV: &str = r#"{"tag":"input","type":"text","autocomplete":"cc-csc"}"#;
    const NOTES: &str = r#"{"tag":"textarea","type":"textarea","name":"notes"}"#;
    const HOLDER: &str = r#"{"tag":"input","type":"text","autocomplete":"cc-name"}"#;
    const MARKED: &str = r#"{"tag":"div","mark":"health"}"#;

    #[test]
    fn a_stretch_goes_on_from_one_sensitive_field_to_the_next_and_ends_with_the_last() {
        let (mut watch, detection) = (Watch::default(), usual());
        let mut focus =
            |field, descriptor| short(&watch.field("a", &report(field, How::Focus, descriptor), &detection));
        assert_eq!(focus(1, NOTES), [""; 0]);
        assert_eq!(focus(2, NUMBER), ["+field card_number field_focus"]);
        assert_eq!(focus(2, NUMBER), [""; 0]);
        assert_eq!(focus(3, CVV), ["+field card_cvv field_focus"]);
        assert_eq!(focus(1, NOTES), ["-field"]);
        assert_eq!(focus(4, MARKED), ["+field health field_attribute"]);
        assert_eq!(short(&watch.left("a")), ["-field"]);
        assert_eq!(short(&watch.left("a")), [""; 0]);
    }

    #[test]
    fn a_field_once_found_sensitive_stays_so_and_only_gets_stricter() {
        let (mut watch, detection) = (Watch::default(), usual());
        let mut focus =
            |field, descriptor| short(&watch.field("a", &report(field, How::Focus, descriptor), &detection));
        assert_eq!(focus(1, HOLDER), ["+field card_holder field_focus soft"]);
        assert_eq!(focus(1, NOTES), [""; 0], "still what it was");
        assert_eq!(focus(1, NUMBER), ["+field card_number field_focus"]);
        assert_eq!(focus(1, HOLDER), [""; 0], "never more lenient");
        assert_eq!(focus(2, NOTES), ["-field"]);
        assert_eq!(focus(1, NOTES), ["+field card_number field_focus"]);
    }

    #[test]
    fn a_descriptor_that_cannot_be_read_is_sensitive() {
        let (mut watch, detection) = (Watch::default(), usual());
        for (field, descriptor) in [(1, "{"), (2, r#"{"value":"4242"}"#), (3, "")] {
            let changes = watch.field("a", &report(field, How::Focus, descriptor), &detection);
            assert_eq!(short(&changes), if field == 1 { vec!["+field custom field_focus"] } else { vec![] });
        }
    }

    #[test]
    fn a_class_that_the_policy_ignores_is_ordinary_and_a_payment_frame_is_not() {
        let detection = detection(json!({"fieldPolicy": {"card": "ignore", "cardHolder": "ignore"}}));
        let mut watch = Watch::default();
        assert!(watch.field("a", &report(1, How::Focus, HOLDER), &detection).is_empty());
        let frame =
            |host| Reported { frame_host: Some(host), ..report(2, How::Focus, r#"{"tag":"iframe"}"#) };
        assert!(watch.field("a", &frame("maps.example"), &detection).is_empty());
        let paying = watch.field("a", &frame("js.stripe.com"), &detection);
        assert_eq!(short(&paying), ["+field card payment_frame"]);
    }

    #[test]
    fn a_filled_field_is_a_stretch_of_its_own_and_leaves_the_focus_alone() {
        let (mut watch, detection) = (Watch::default(), usual());
        watch.field("a", &report(1, How::Focus, NUMBER), &detection);
        let filled = watch.field("a", &report(2, How::Filled, CVV), &detection);
        assert_eq!(short(&filled), ["+filled card_cvv field_filled", "-filled"]);
        assert!(watch.field("a", &report(3, How::Filled, NOTES), &detection).is_empty());
        assert!(watch.field("a", &report(1, How::Filled, NUMBER), &detection).is_empty());
        assert_eq!(short(&watch.left("a")), ["-field"]);
    }

    #[test]
    fn what_a_script_pretends_begins_a_stretch_that_the_users_next_focus_ends_and_ends_none() {
        let (mut watch, detection) = (Watch::default(), usual());
        watch.field("a", &report(1, How::Focus, CVV), &detection);
        assert!(watch.field("a", &report(2, How::Pretended, NOTES), &detection).is_empty());
        let pretended = watch.field("a", &report(3, How::Pretended, NUMBER), &detection);
        assert_eq!(short(&pretended), ["+pretended card_number field_focus"]);
        assert!(watch.is_in_use("a"));
        let back = watch.field("a", &report(2, How::Focus, NOTES), &detection);
        assert_eq!(short(&back), ["-field", "-pretended"]);
        assert!(!watch.is_in_use("a"));
    }

    #[test]
    fn a_value_counts_until_its_field_is_left_or_holds_it_no_more() {
        let (mut watch, detection) = (Watch::default(), usual());
        watch.field("a", &report(1, How::Focus, NOTES), &detection);
        let mut say = |text: &str| short(&watch.text("a", 1, text, &detection));
        assert_eq!(say("charge 4242 4242 4242 424"), [""; 0]);
        assert_eq!(say("charge 4242 4242 4242 4242"), ["+value card_number value_seen"]);
        assert_eq!(say("charge 4242 4242 4242 4242 today"), [""; 0]);
        assert_eq!(say("charge today"), ["-value"]);
        assert_eq!(say("DE89 3704 0044 0532 0130 00"), ["+value iban value_seen"]);
        assert_eq!(short(&watch.left("a")), ["-value"]);
    }

    #[test]
    fn a_value_in_a_field_without_the_focus_is_a_stretch_of_its_own() {
        let (mut watch, detection) = (Watch::default(), usual());
        watch.field("a", &report(1, How::Focus, NOTES), &detection);
        let changes = watch.text("a", 2, "4242424242424242", &detection);
        assert_eq!(short(&changes), ["+filled card_number field_filled", "-filled"]);
        assert!(watch.text("a", 2, "", &detection).is_empty());
    }

    #[test]
    fn values_are_not_looked_for_where_all_is_cut_out_nor_where_the_policy_says_so() {
        let mut watch = Watch::default();
        watch.field("a", &report(1, How::Focus, NUMBER), &usual());
        assert!(watch.text("a", 1, "4242424242424242", &usual()).is_empty());
        let off = detection(json!({"detectValues": false}));
        assert!(watch.text("a", 2, "4242424242424242", &off).is_empty());
        let ignored = detection(json!({"fieldPolicy": {"iban": "ignore"}}));
        assert!(watch.text("a", 2, "DE89370400440532013000", &ignored).is_empty());
        assert!(!watch.text("a", 2, "4242424242424242", &ignored).is_empty());
    }

    #[test]
    fn of_a_long_text_the_end_counts() {
        let (mut watch, detection) = (Watch::default(), usual());
        let number = "4242424242424242 ";
        let filler = "é ".repeat(LONGEST_TEXT_CHARS / 2);
        assert!(watch.text("a", 1, &format!("{number}{filler}"), &detection).is_empty());
        assert!(!watch.text("a", 1, &format!("{filler}{number}"), &detection).is_empty());
    }

    #[test]
    fn a_page_counts_as_long_as_its_address_does() {
        let detection = detection(json!({"urls": ["/pay/**"]}));
        let mut watch = Watch::default();
        let mut at = |address: &str| short(&watch.location("a", address, &detection));
        assert_eq!(at("https://crm.example/"), [""; 0]);
        assert_eq!(at("https://crm.example/pay/1"), ["+page custom page"]);
        assert_eq!(at("https://crm.example/pay/2"), [""; 0]);
        assert_eq!(at("https://crm.example/done"), ["-page"]);
    }

    #[test]
    fn a_page_cannot_make_it_hoard_fields() {
        let (mut watch, detection) = (Watch::default(), usual());
        for field in 0..10_000 {
            watch.field("a", &report(field, How::Filled, NUMBER), &detection);
        }
        assert_eq!(watch.contexts.get("a").unwrap().found.len(), MOST_FIELDS);
    }

    #[test]
    fn nothing_of_a_text_or_a_descriptor_is_in_debug_output() {
        let (mut watch, detection) = (Watch::default(), usual());
        let reported = report(1, How::Focus, r#"{"tag":"input","label":"Canary"}"#);
        watch.field("a", &reported, &detection);
        watch.text("a", 1, "Canary 4242424242424242", &detection);
        watch.location("a", "https://crm.example/canary", &detection);
        let shown = format!("{watch:?} {reported:?}").to_lowercase();
        assert!(!shown.contains("canary") && !shown.contains("4242"), "{shown}");
    }
}
