//! Which field is sensitive, and as what: from what the page says around a field, never from what is in it.
//!
//! Owns one pure function, [`classify`]: descriptor in, finding out. The page realm describes (`pkg/describe.mjs`), this
//! decides. Evidence counts in the order of `docs/detection.md`: the
//! integrator's mark, a selector of the policy, autofill tokens, the type, texts in many languages, the fields around it.
//!
//! **A field that was classified once must be treated as such for as long as it exists.** A page may change a label, a
//! type or a mark while the field is filled in; the function has no memory, so the caller keeps the strictest finding.
//! A descriptor that cannot be read is no finding of "ordinary" either: the caller treats such a field as
//! [`FieldClass::Custom`].

mod account_words;
mod autocomplete;
mod card_words;
mod class;
mod context;
mod descriptor;
mod evidence;
mod identity_words;
mod pattern;
mod policy;
mod shape;
#[cfg(test)]
mod tables;
mod text;

pub use class::{Confidence, FieldClass, Finding, Reason};
pub use descriptor::{FieldDescriptor, MOST_NEIGHBOURS_EACH_SIDE, MOST_TEXT_CHARACTERS, Neighbour};
pub use policy::{Demand, FieldPolicy};

use autocomplete::{Declared, declared};
use evidence::{by_text, is_ordinary};

/// What this field is, `None` for an ordinary one or one of a class that the policy ignores.
///
/// A mark of the integrator comes before everything. `false` takes back everything that was only concluded, and marks
/// further out, also for a whole form; it cannot take back what the page itself declares to be card data or a password
/// (`autocomplete="cc-…"`, `type="password"`), since no policy could either.
///
/// A password field whose texts say more, such as a card code that is hidden while it is typed, is of that class.
#[must_use]
pub fn classify(descriptor: &FieldDescriptor, policy: &FieldPolicy) -> Option<Finding> {
    find(descriptor, policy).filter(|finding| policy.demand(finding.class) != Demand::Ignore)
}

fn find(descriptor: &FieldDescriptor, policy: &FieldPolicy) -> Option<Finding> {
    match descriptor.mark.as_deref().map(str::trim) {
        Some(mark) if mark.eq_ignore_ascii_case("false") => {
            return declaration(descriptor)
                .filter(|finding| finding.class.is_card() || finding.class == FieldClass::Password);
        }
        Some(mark) => return Some(certain(FieldClass::from_mark(mark), Reason::Mark)),
        None => {}
    }
    if let Some(class) = &descriptor.selector_class {
        return Some(certain(FieldClass::from_mark(class), Reason::Selector));
    }
    match declaration(descriptor) {
        Some(finding) if finding.reason == Reason::Type => {
            let hidden = by_text(descriptor, policy);
            hidden.filter(|hidden| policy.demand(hidden.class) == Demand::Hard).or(Some(finding))
        }
        Some(finding) => Some(finding),
        None => {
            let ordinary = declared(&descriptor.autocomplete) == Declared::Ordinary;
            // Where the page says what it is, one word against it is not enough.
            by_text(descriptor, policy)
                .filter(|finding| !ordinary || finding.confidence >= Confidence::Strong)
        }
    }
}

const fn certain(class: FieldClass, reason: Reason) -> Finding {
    Finding { class, confidence: Confidence::Certain, reason }
}

/// What the page declares: by autofill token or by type.
fn declaration(descriptor: &FieldDescriptor) -> Option<Finding> {
    let (attribute, reason) = if descriptor.autocomplete.trim().is_empty() {
        (descriptor.form_autocomplete.as_str(), Reason::InheritedAutocomplete)
    } else {
        (descriptor.autocomplete.as_str(), Reason::Autocomplete)
    };
    let is_password = descriptor.was_password || descriptor.kind.eq_ignore_ascii_case("password");
    match declared(attribute) {
        // Pages write these on ordinary fields to keep the browser from filling them in.
        Declared::Class(FieldClass::Password) => {
            is_password.then_some(certain(FieldClass::Password, Reason::Type))
        }
        Declared::Class(FieldClass::OneTimeCode) if !is_password && is_ordinary(descriptor) => None,
        Declared::Class(class) => Some(certain(class, reason)),
        _ => is_password.then_some(certain(FieldClass::Password, Reason::Type)),
    }
}
