//! What a hostile, slow or dying page can do: withhold, and neither end a stretch of the user's nor cost a key.

use super::*;

/// What the page is told of an exposure.
const EXPOSED: &str = r#""kind":"exposures""#;
const IBAN: &str = r#"{"tag":"input","type":"text","label":"IBAN"}"#;

/// A message about the card field that was posted so long ago.
fn posted(desk: &Desk, late_ms: f64) -> PageMessage {
    let PageMessage::FieldBegin(message) = field_begin("page", 1, How::Focus, None, NUMBER) else {
        panic!("not a field")
    };
    PageMessage::FieldBegin(FieldMessage { posted_at_ms: desk.now().unix_ms as f64 - late_ms, ..message })
}

#[test]
fn what_a_message_was_delayed_by_on_its_way_is_cut_out_too() {
    let mut desk = Desk::new().record();
    desk.pass(3_000);
    let from_ms = desk.elapsed_ms();
    let message = posted(&desk, 2_000.0);
    desk.say(message);
    desk.pass(1_000);
    let to_ms = desk.elapsed_ms();
    desk.leave_field();
    let (spans, said) = desk.close();
    assert!(is_about(&spans[0], from_ms - 3_000, to_ms + 500), "{spans:?} {from_ms} {to_ms}");
    assert!(!said.contains(EXPOSED));
}

#[test]
fn a_delay_longer_than_the_hold_back_cuts_out_all_that_is_held_and_costs_no_key() {
    for late_ms in [20_000.0, 3_600_000.0, f64::INFINITY] {
        let mut desk = Desk::new().record();
        desk.pass(6_000);
        let from_ms = desk.elapsed_ms();
        let message = posted(&desk, late_ms);
        desk.say(message);
        let (spans, said) = desk.close();
        if late_ms.is_finite() {
            assert!(spans[0].0.abs_diff(from_ms - 5_000) <= 60, "{spans:?} {from_ms}");
        }
        assert!(!said.contains(EXPOSED) && !said.contains("redaction/late"));
    }
}

#[test]
fn a_time_that_is_none_is_no_delay() {
    for posted_at_ms in [f64::NAN, -1.0, 0.0, 9e18] {
        let mut desk = Desk::new().record();
        let from_ms = desk.elapsed_ms();
        let PageMessage::FieldBegin(message) = posted(&desk, 0.0) else { panic!("not a field") };
        desk.say(PageMessage::FieldBegin(FieldMessage { posted_at_ms, ..message }));
        assert!(desk.close().0[0].0.abs_diff(from_ms - 1_000) <= 40);
    }
}

#[test]
fn a_scripts_word_of_an_old_event_costs_no_key() {
    for how in [How::Pretended, How::Filled] {
        let mut desk = Desk::new().record();
        desk.pass(8_000);
        let PageMessage::FieldBegin(message) = field_begin("page", 1, how, None, NUMBER) else {
            panic!("not a field")
        };
        desk.say(PageMessage::FieldBegin(FieldMessage { event_age_ms: 50_000.0, ..message }));
        let (spans, said) = desk.close();
        assert_eq!(spans.len(), 1);
        assert!(!said.contains(EXPOSED));
    }
}

#[test]
fn a_field_that_is_found_long_after_it_got_the_focus_is_told_and_its_keys_go() {
    let mut desk = Desk::new().record();
    desk.pass(12_000);
    let PageMessage::FieldBegin(message) = field_begin("page", 1, How::Focus, None, NUMBER) else {
        panic!("not a field")
    };
    desk.say(PageMessage::FieldBegin(FieldMessage { event_age_ms: 9_000.0, ..message }));
    assert!(desk.close().1.contains(EXPOSED));
}

#[test]
fn what_the_agent_does_after_the_call_costs_it_nothing() {
    let mut desk = Desk::new().record();
    desk.pass(8_000);
    desk.say(PageMessage::HangUp { call_id: CALL.into(), event_age_ms: 0.0 });
    desk.pass(200);
    desk.field(1, How::Focus, NUMBER);
    desk.pass(6_000);
    desk.leave_field();
    desk.field(2, How::Focus, IBAN);
    desk.pass(100);
    assert!(!desk.said.contains(EXPOSED) && !desk.said.contains("redaction/late"));
    assert!(desk.report.is_some());
}

#[test]
fn more_fields_than_are_remembered_do_not_end_what_the_users_focus_began() {
    let mut desk = Desk::new().record();
    desk.field(7, How::Focus, NUMBER);
    for how in [How::Pretended, How::Filled] {
        for field in 100..700 {
            desk.field(field, how, NUMBER);
        }
    }
    // The page takes every word about the field away.
    desk.field(7, How::Focus, r#"{"tag":"input","type":"text"}"#);
    assert_eq!(desk.shown().0.as_deref(), Some("card_number"));
    desk.field(8, How::Focus, NOTES);
    desk.pass(1_000);
    assert_eq!(desk.shown().0, None, "the focus has left it");
}

#[test]
fn a_value_in_a_field_that_is_only_softly_cut_out_is_looked_back_from() {
    let mut desk = Desk::new().record();
    desk.pass(2_000);
    desk.field(1, How::Focus, HOLDER);
    let from_ms = desk.elapsed_ms();
    desk.text(1, "4242 4242 4242 4242");
    assert_eq!(desk.shown().1.as_deref(), Some("card_number"));
    // The field is described anew, and is as soft as before.
    desk.field(1, How::Focus, r#"{"tag":"input","type":"text","autocomplete":"cc-name","title":"Name"}"#);
    desk.pass(1_000);
    let (spans, _) = desk.close();
    let first = spans.iter().map(|span| span.0).min().unwrap();
    assert!(first.abs_diff(from_ms - 1_000) <= 40, "{spans:?} {from_ms}");
}

#[test]
fn a_value_that_a_script_puts_into_a_field_nobody_is_in_warns_nobody() {
    let mut desk = Desk::new().record();
    desk.text(5, CARD);
    assert_eq!(desk.shown().1, None);
    let (spans, _) = desk.close();
    assert_eq!((spans.len(), spans[0].2.as_str()), (1, "field_filled"));
}

#[test]
fn a_tab_that_the_browser_says_is_gone_takes_with_it_what_was_in_use_in_it() {
    let mut desk = Desk::new().record();
    desk.say(PageMessage::SensorJoin { context_id: "tab-1".into() });
    desk.say(field_begin("tab-1", 1, How::Focus, None, NUMBER));
    desk.pass(500);
    assert_eq!(desk.shown().0.as_deref(), Some("card_number"));
    desk.say(PageMessage::SensorGone { context_id: "tab-1".into() });
    let gone_ms = desk.elapsed_ms();
    desk.pass(2_000);
    assert_eq!(desk.shown().0, None);
    let (spans, _) = desk.close();
    // While it was asked and did not answer nobody vouched either.
    let last = spans.iter().map(|span| span.1).max().unwrap();
    assert!(last <= gone_ms + 540, "{spans:?} {gone_ms}");
    assert!(spans.iter().any(|span| span.2 == "field_focus" && span.1.abs_diff(gone_ms + 500) <= 40));
}
