//! What holds for all parties and all hints.

use crate::{assert_explains_itself, code, decided, party, rows};
use callseal::jurisdiction::{Decision, Hint, PartyFacts, Signal};
use proptest::prelude::*;

const SIGNALS: [Signal; 3] = [Signal::Number, Signal::CrmAddress, Signal::Declared];

/// A hint with its place code, if it names exactly one.
fn any_hint() -> impl Strategy<Value = (Hint, Option<String>)> {
    let codes: Vec<_> = rows().iter().map(|row| code(row).to_owned()).collect();
    let place = prop::sample::select(codes);
    let stated = (prop::sample::select(&SIGNALS[1..]), place)
        .prop_map(|(signal, code)| (Hint::parse(signal, &code).unwrap(), Some(code)));
    let number = (200_u32..1_000).prop_map(|area_code| {
        let hint = Hint::parse(Signal::Number, &format!("+1{area_code}5550100")).unwrap();
        let code = match hint.places() {
            [only] => Some(only.to_string()),
            _ => None,
        };
        (hint, code)
    });
    let foreign =
        prop::sample::select(vec!["+49301234567", "+61255501234", "+442071838750", "+447781123456"])
            .prop_map(|number| {
                let hint = Hint::parse(Signal::Number, number).unwrap();
                let code = hint.places()[0].to_string();
                (hint, Some(code))
            });
    let unusable = prop::sample::select(&SIGNALS[..]).prop_map(|signal| (Hint::read(signal, "?"), None));
    prop_oneof![4 => stated, 3 => number, 2 => foreign, 1 => unusable]
}

fn any_party() -> impl Strategy<Value = PartyFacts> {
    prop::collection::vec(any_hint(), 0..4)
        .prop_map(|hints| party(1, hints.into_iter().map(|(hint, _)| hint).collect()))
}

fn assert_at_least(stronger: &Decision, weaker: &Decision) {
    assert!(stronger.rule >= weaker.rule && stronger.mode >= weaker.mode);
    assert!(stronger.notice_and_stay <= weaker.notice_and_stay);
    assert!(stronger.announcement_in_recording >= weaker.announcement_in_recording);
    assert!(stronger.beep >= weaker.beep);
}

/// Whether the place of `inner` is a proper part of the place of `outer`.
fn is_part(outer: &str, inner: &str) -> bool {
    const UNION: &str = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK";
    inner.starts_with(&format!("{outer}-"))
        || (outer == "EU" && UNION.split(' ').any(|member| member == inner))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn adding_a_party_never_weakens(parties in prop::collection::vec(any_party(), 1..5), one_more in any_party()) {
        let before = decided(parties.clone());
        let after = decided([parties, vec![one_more]].concat());
        assert_at_least(&after, &before);
        assert_explains_itself(&after);
    }

    /// A hint may weaken in two ways only: it is the first that names a place, or it is believed as much as another
    /// and names a part of what that one named.
    #[test]
    fn adding_a_hint_never_weakens_unless_it_sharpens(
        hints in prop::collection::vec(any_hint(), 1..4),
        (added, added_code) in any_hint(),
    ) {
        let names_a_place = hints.iter().any(|(hint, _)| !hint.places().is_empty());
        let sharpens = hints.iter().any(|(hint, code)| {
            let parts_of_several = code.is_none() && hint.places().len() > 1;
            let part = code.as_deref().zip(added_code.as_deref()).is_some_and(|(outer, inner)| is_part(outer, inner));
            added.signal().trust() >= hint.signal().trust() && (parts_of_several || part)
        });
        if sharpens || !names_a_place {
            return Ok(());
        }
        let old: Vec<_> = hints.into_iter().map(|(hint, _)| hint).collect();
        let before = decided(vec![party(1, old.clone())]);
        let after = decided(vec![party(1, [old, vec![added]].concat())]);
        assert_at_least(&after, &before);
    }

    #[test]
    fn the_order_of_parties_and_hints_does_not_matter(
        hints in prop::collection::vec(any_hint(), 0..5),
        others in prop::collection::vec(any_party(), 0..4),
    ) {
        let hints: Vec<_> = hints.into_iter().map(|(hint, _)| hint).collect();
        let reversed: Vec<_> = hints.iter().rev().cloned().collect();
        let one = decided([vec![party(1, hints)], others.clone()].concat());
        let two = decided([others, vec![party(1, reversed)]].concat());
        prop_assert_eq!((one.rule, one.mode, one.must_say), (two.rule, two.mode, two.must_say));
        prop_assert_eq!((one.conflict, one.beep), (two.conflict, two.beep));
    }

    #[test]
    fn no_text_makes_reading_a_hint_fail_loudly(text in ".{0,60}") {
        for signal in SIGNALS {
            let decision = decided(vec![party(1, vec![Hint::read(signal, &text)])]);
            prop_assert!(!decision.findings.is_empty());
        }
    }
}
