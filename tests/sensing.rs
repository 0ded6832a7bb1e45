//! Sensors' messages as the engine takes them: who may be a context, what begins and ends, and that nothing of a text
//! or a descriptor comes out of it.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects)]
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]

use callseal::audio::{BLOCK_SAMPLES, Block, Now};
use callseal::config::Config;
use callseal::consent::terms::AnsweredBy;
use callseal::consent::{AgentMethod, Answer};
use callseal::detection::watch::How;
use callseal::engine::sensing::FieldMessage;
use callseal::engine::{Effect, Engine};
use callseal::message::{ConsentMessage, EngineMessage, PageMessage};
use callseal::session::Input;
use callseal::session::report::CallReport;
use callseal::session::snapshot::Snapshot;
use serde_json::json;

const CALL: &str = "0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa";
const NUMBER: &str = r#"{"tag":"input","type":"text","autocomplete":"cc-number"}"#;
const HOLDER: &str = r#"{"tag":"input","type":"text","autocomplete":"cc-name"}"#;
const NOTES: &str = r#"{"tag":"textarea","type":"textarea","name":"notes"}"#;
const CARD: &str = "please charge 4242 4242 4242 4242";

/// A desk with one call, which is being recorded from the 2nd second on; 20 ms at a time.
struct Desk {
    engine: Engine,
    now_ms: f64,
    frame: u64,
    prompt: Vec<f32>,
    contexts: Vec<&'static str>,
    snapshot: Option<Snapshot>,
    report: Option<CallReport>,
    /// Everything the engine told the page or the spool.
    said: String,
}

impl Desk {
    fn with(detection: serde_json::Value) -> Self {
        let value = json!({
            "recipients": [{
                "kty": "EC", "crv": "P-256",
                "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
            }],
            "store": {"kind": "grants", "url": "/v1/grants", "token": "t"},
            "holdBackMs": 5_000, "lookBackMs": 1_000, "graceMs": 500,
            "redaction": {"lookBackMs": {"valueSeen": 1_000}},
            "detection": detection,
            "disclosure": {
                "promptId": "p", "version": 1, "language": "en", "text": "May we?", "url": "/p.wav",
                "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            },
        });
        let engine = Engine::new(Config::read(value).unwrap().validate().unwrap());
        let mut state = 1_u32;
        let prompt = (0..20 * BLOCK_SAMPLES).map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) as f32 / 65_536.0 - 0.5
        });
        let mut desk = Self {
            engine,
            now_ms: 10_000.0,
            frame: 0,
            prompt: prompt.collect(),
            contexts: vec!["page"],
            snapshot: None,
            report: None,
            said: String::new(),
        };
        desk.say(PageMessage::CallOpen { call_id: CALL.into() });
        desk.say(PageMessage::SensorJoin { context_id: "page".into() });
        desk
    }

    fn new() -> Self {
        Self::with(json!({}))
    }

    /// Answers, discloses and agrees: the recording runs.
    fn record(mut self) -> Self {
        self.say(PageMessage::CallAnswered {
            call_id: CALL.into(),
            answered_age_ms: 0.0,
            by: AnsweredBy::Media,
            trusted: false,
        });
        self.pass(100);
        let effects = self.engine.call_input(CALL, Input::DisclosureAudio(self.prompt.clone()), self.now());
        self.take(effects.unwrap());
        let begins = self.frame;
        self.say(PageMessage::DisclosureStarted { call_id: CALL.into(), frame: begins as f64 });
        for piece in 0..20 {
            let left = self.prompt[piece * BLOCK_SAMPLES..][..BLOCK_SAMPLES].to_vec();
            self.step(&left);
        }
        self.say(PageMessage::DisclosureEnded { call_id: CALL.into(), frame: self.frame as f64 });
        self.pass(1_480);
        self.say(PageMessage::Consent(ConsentMessage {
            call_id: CALL.into(),
            party: None,
            answer: Answer::Yes,
            method: AgentMethod::AgentButton,
            words: None,
            trusted: true,
            event_age_ms: 0.0,
        }));
        self.pass(3_000);
        assert!(self.snapshot.as_ref().unwrap().recording);
        self
    }

    const fn now(&self) -> Now {
        Now { monotonic_ms: self.now_ms, unix_ms: 1_790_000_000_000 + self.now_ms as u64 }
    }

    fn try_say(&mut self, message: PageMessage) -> callseal::Result<()> {
        let effects = self.engine.page_message(message, self.now(), &mut || Ok(7))?;
        self.take(effects);
        Ok(())
    }

    fn say(&mut self, message: PageMessage) {
        self.try_say(message).unwrap();
    }

    fn field(&mut self, field: u32, how: How, descriptor: &str) {
        self.frame_of(field, how, None, descriptor);
    }

    fn frame_of(&mut self, field: u32, how: How, frame_host: Option<&str>, descriptor: &str) {
        self.say(field_begin("page", field, how, frame_host, descriptor));
    }

    fn leave_field(&mut self) {
        self.say(PageMessage::FieldEnd { context_id: "page".into(), event_age_ms: 0.0 });
    }

    fn text(&mut self, field: u32, text: &str) {
        self.say(text_seen("page", field, text));
    }

    fn at(&mut self, url: &str) {
        self.say(PageMessage::PageLocation { context_id: "page".into(), url: url.into(), posted_at_ms: 0.0 });
    }

    fn step(&mut self, left: &[f32]) {
        self.now_ms += 20.0;
        let right = [0.25; BLOCK_SAMPLES];
        let block =
            Block { frame: self.frame, wall_ms: 1_790_000_000_000.0 + self.now_ms, left, right: &right };
        self.frame += BLOCK_SAMPLES as u64;
        if let Ok(effects) = self.engine.block(CALL, block, self.now()) {
            self.take(effects);
        }
        let mut number = self.now_ms;
        let effects = self.engine.tick(self.now(), &mut || {
            number += 0.1;
            Some(format!("n{number}"))
        });
        self.take(effects);
    }

    /// Time passes, a multiple of 20 ms.
    fn pass(&mut self, ms: u32) {
        for _ in 0..ms / 20 {
            self.step(&[0.25; BLOCK_SAMPLES]);
        }
    }

    fn take(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Post(message) => self.hear(*message),
                Effect::DrainEncoder(_) => {
                    let effects = self.engine.call_input(CALL, Input::EncoderDrained, self.now()).unwrap();
                    self.take(effects);
                }
                Effect::Spool { operation, .. } => self.said.push_str(&format!("{operation:?}")),
                _ => {}
            }
        }
    }

    fn hear(&mut self, message: EngineMessage) {
        self.said.push_str(&serde_json::to_string(&message).unwrap());
        match message {
            EngineMessage::Challenge { context_id, nonce }
                if self.contexts.contains(&context_id.as_str()) =>
            {
                self.say(PageMessage::SensorAnswer { context_id, nonce });
            }
            EngineMessage::State { snapshot } => self.snapshot = Some(snapshot),
            EngineMessage::CallClosed { report, .. } => self.report = Some(report),
            _ => {}
        }
    }

    /// Milliseconds since the answer.
    fn elapsed_ms(&self) -> u64 {
        (self.now_ms - 10_000.0) as u64
    }

    /// Hangs up and gives the spans: from, to in milliseconds, trigger, class.
    fn close(mut self) -> (Vec<(u64, u64, String, String)>, String) {
        self.pass(2_000);
        self.say(PageMessage::HangUp { call_id: CALL.into(), event_age_ms: 0.0 });
        self.pass(3_000);
        let report = self.report.unwrap();
        let spans = report.redaction_spans.iter();
        let spans = spans.map(|span| {
            (span.from_sample / 48, span.to_sample / 48, span.trigger.clone(), span.class.clone())
        });
        (spans.collect(), self.said)
    }

    fn shown(&mut self) -> (Option<String>, Option<String>) {
        self.pass(40);
        let snapshot = self.snapshot.as_ref().unwrap();
        (snapshot.redaction_class.clone(), snapshot.warning.clone())
    }
}

fn field_begin(
    context: &str,
    field: u32,
    how: How,
    frame_host: Option<&str>,
    descriptor: &str,
) -> PageMessage {
    PageMessage::FieldBegin(FieldMessage {
        context_id: context.into(),
        field,
        how,
        frame_host: frame_host.map(str::to_owned),
        descriptor: descriptor.into(),
        event_age_ms: 0.0,
        posted_at_ms: 0.0,
    })
}

fn text_seen(context: &str, field: u32, text: &str) -> PageMessage {
    PageMessage::TextSeen {
        context_id: context.into(),
        field,
        text: text.into(),
        event_age_ms: 0.0,
        posted_at_ms: 0.0,
    }
}

/// Whether a span reaches from `from_ms` to `to_ms`, as exactly as blocks are.
fn is_about(span: &(u64, u64, String, String), from_ms: u64, to_ms: u64) -> bool {
    span.0.abs_diff(from_ms) <= 40 && span.1.abs_diff(to_ms) <= 40
}

#[test]
fn a_field_is_cut_out_from_the_look_back_to_the_grace_by_its_class() {
    let mut desk = Desk::new().record();
    desk.field(1, How::Focus, NOTES);
    assert_eq!(desk.shown(), (None, None));
    let from_ms = desk.elapsed_ms();
    desk.field(2, How::Focus, NUMBER);
    assert_eq!(desk.shown(), (Some("card_number".into()), None));
    desk.pass(1_000);
    let to_ms = desk.elapsed_ms();
    desk.field(1, How::Focus, NOTES);
    let (spans, _) = desk.close();
    assert_eq!(spans.len(), 1, "{spans:?}");
    assert!(is_about(&spans[0], from_ms - 1_000, to_ms + 500), "{spans:?} {from_ms} {to_ms}");
    assert_eq!((spans[0].2.as_str(), spans[0].3.as_str()), ("field_focus", "card_number"));
}

#[test]
fn a_soft_class_is_cut_out_without_the_look_back() {
    let mut desk = Desk::new().record();
    let from_ms = desk.elapsed_ms();
    desk.field(1, How::Focus, HOLDER);
    desk.pass(1_000);
    let to_ms = desk.elapsed_ms();
    desk.leave_field();
    let (spans, _) = desk.close();
    assert_eq!(spans.len(), 1, "{spans:?}");
    assert!(is_about(&spans[0], from_ms, to_ms + 500), "{spans:?} {from_ms} {to_ms}");
}

#[test]
fn a_class_that_the_policy_ignores_is_not_cut_out() {
    let mut desk = Desk::with(json!({"fieldPolicy": {"cardHolder": "ignore"}})).record();
    desk.field(1, How::Focus, HOLDER);
    desk.pass(500);
    assert_eq!(desk.close().0, []);
}

#[test]
fn a_value_is_cut_out_backwards_and_warned_of_and_nothing_of_it_is_told_to_anyone() {
    let mut desk = Desk::new().record();
    desk.field(1, How::Focus, NOTES);
    desk.text(1, "please charge 4242 4242 4242 424");
    assert_eq!(desk.shown(), (None, None));
    let from_ms = desk.elapsed_ms();
    desk.text(1, CARD);
    assert_eq!(desk.shown(), (Some("card_number".into()), Some("card_number".into())));
    desk.pass(1_000);
    let to_ms = desk.elapsed_ms();
    desk.text(1, "please charge the card");
    let engine = format!("{:?}", desk.engine);
    let (spans, said) = desk.close();
    assert_eq!(spans.len(), 1, "{spans:?}");
    assert!(is_about(&spans[0], from_ms - 1_000, to_ms + 500), "{spans:?} {from_ms} {to_ms}");
    assert_eq!((spans[0].2.as_str(), spans[0].3.as_str()), ("value_seen", "card_number"));
    for told in [&said, &engine] {
        assert!(!told.contains("4242") && !told.contains("please charge"));
    }
}

#[test]
fn a_warning_ends_by_itself() {
    let mut desk = Desk::new().record();
    desk.field(1, How::Focus, NOTES);
    desk.text(1, CARD);
    assert_eq!(desk.shown().1.as_deref(), Some("card_number"));
    desk.pass(19_000);
    assert_eq!(desk.shown().1.as_deref(), Some("card_number"));
    desk.pass(2_000);
    assert_eq!(desk.shown().1, None);
}

#[test]
fn a_filled_field_is_cut_out_around_that_moment() {
    let mut desk = Desk::new().record();
    let at_ms = desk.elapsed_ms();
    desk.field(1, How::Filled, NUMBER);
    let (spans, _) = desk.close();
    assert_eq!(spans.len(), 1, "{spans:?}");
    assert!(is_about(&spans[0], at_ms - 1_000, at_ms + 500), "{spans:?} {at_ms}");
    assert_eq!(spans[0].2, "field_filled");
}

#[test]
fn the_focus_in_a_payment_frame_is_cut_out_by_the_list_and_by_the_companys_own_hosts() {
    let mut desk = Desk::with(json!({"paymentHosts": ["pay.example"]})).record();
    let frame = r#"{"tag":"iframe","title":"Secure card number input"}"#;
    for (field, host) in [(1, "js.stripe.com"), (2, "frames.pay.example")] {
        desk.frame_of(field, How::Focus, Some(host), frame);
        assert_eq!(desk.shown().0.as_deref(), Some("card_number"), "{host}");
        desk.leave_field();
        desk.pass(3_000);
    }
    desk.frame_of(3, How::Focus, Some("maps.example"), r#"{"tag":"iframe","title":"Map"}"#);
    assert_eq!(desk.shown().0, None);
    let (spans, _) = desk.close();
    assert_eq!(
        spans.iter().map(|span| span.2.as_str()).collect::<Vec<_>>(),
        ["payment_frame", "payment_frame"]
    );
}

#[test]
fn a_page_of_the_configuration_is_cut_out_as_long_as_it_is_shown() {
    let mut desk = Desk::with(json!({"urls": ["/pay/**"]})).record();
    desk.at("https://crm.example/customer/7");
    assert_eq!(desk.shown().0, None);
    let from_ms = desk.elapsed_ms();
    desk.at("https://crm.example/pay/7");
    assert_eq!(desk.shown().0.as_deref(), Some("custom"));
    desk.field(1, How::Focus, NOTES);
    desk.leave_field();
    desk.pass(1_000);
    assert_eq!(desk.shown().0.as_deref(), Some("custom"), "an ordinary field ends no page");
    let to_ms = desk.elapsed_ms();
    desk.at("https://crm.example/customer/7");
    let (spans, said) = desk.close();
    assert_eq!(spans.len(), 1, "{spans:?}");
    assert!(is_about(&spans[0], from_ms - 1_000, to_ms + 500), "{spans:?}");
    assert_eq!(spans[0].2, "page");
    assert!(!said.contains("crm.example"));
}

#[test]
fn what_is_in_use_when_a_call_is_answered_is_cut_out_from_its_first_sample() {
    let mut desk = Desk::with(json!({"urls": ["/pay"]}));
    desk.at("https://crm.example/pay");
    let mut desk = desk.record();
    assert_eq!(desk.shown().0.as_deref(), Some("custom"));
}

#[test]
fn a_context_has_a_plain_name_so_that_no_page_can_end_what_the_engine_itself_cuts_out() {
    let mut desk = Desk::new();
    let long = "a".repeat(65);
    for name in ["", "callseal:paused", "page:value", "page:page", "a b", "ä", long.as_str()] {
        let messages = [
            PageMessage::SensorJoin { context_id: name.into() },
            field_begin(name, 1, How::Focus, None, NUMBER),
            text_seen(name, 1, CARD),
            PageMessage::PageLocation { context_id: name.into(), url: String::new(), posted_at_ms: 0.0 },
        ];
        for message in messages {
            let refusal = desk.try_say(message).unwrap_err();
            assert_eq!(refusal.code(), "message/invalid", "{name}");
            assert!(!refusal.detail().contains("4242"));
        }
    }
    for name in ["a", "tab-0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa", "A_9"] {
        desk.say(PageMessage::SensorJoin { context_id: name.into() });
    }
}

#[test]
fn a_tab_that_left_holds_nothing_up() {
    let mut desk = Desk::new().record();
    desk.contexts.push("tab-1");
    desk.say(PageMessage::SensorJoin { context_id: "tab-1".into() });
    desk.pass(1_000);
    desk.contexts.retain(|context| *context != "tab-1");
    desk.say(PageMessage::SensorLeave { context_id: "tab-1".into() });
    desk.pass(8_000);
    assert_eq!(desk.close().0, [], "nothing was cut out for want of an answer");
}

#[test]
fn a_tab_cannot_leave_while_a_field_is_in_use_and_what_was_begun_stays_cut_out() {
    let mut desk = Desk::new().record();
    desk.contexts.push("tab-1");
    desk.say(PageMessage::SensorJoin { context_id: "tab-1".into() });
    desk.pass(500);
    let from_ms = desk.elapsed_ms();
    desk.say(field_begin("tab-1", 1, How::Focus, None, NUMBER));
    desk.contexts.retain(|context| *context != "tab-1");
    desk.say(PageMessage::SensorLeave { context_id: "tab-1".into() });
    desk.pass(8_000);
    assert_eq!(desk.shown().0.as_deref(), Some("card_number"));
    let (spans, _) = desk.close();
    assert_eq!(spans.len(), 1, "it need not answer any more: {spans:?}");
    assert!(spans[0].0.abs_diff(from_ms - 1_000) <= 40 && spans[0].1 > from_ms + 8_000, "{spans:?}");
}

#[test]
fn a_tabs_word_that_its_field_was_left_counts_though_its_end_was_noticed_first() {
    let mut desk = Desk::new().record();
    desk.contexts.push("tab-1");
    desk.say(PageMessage::SensorJoin { context_id: "tab-1".into() });
    desk.pass(500);
    desk.say(field_begin("tab-1", 1, How::Focus, None, NUMBER));
    desk.contexts.retain(|context| *context != "tab-1");
    desk.say(PageMessage::SensorLeave { context_id: "tab-1".into() });
    desk.pass(100);
    desk.say(PageMessage::FieldEnd { context_id: "tab-1".into(), event_age_ms: 0.0 });
    desk.say(PageMessage::SensorLeave { context_id: "tab-1".into() });
    desk.pass(1_000);
    assert_eq!(desk.shown().0, None);
}

#[test]
fn a_tab_that_shows_a_page_of_the_configuration_may_be_closed() {
    let mut desk = Desk::with(json!({"urls": ["/pay"]})).record();
    desk.contexts.push("tab-1");
    desk.say(PageMessage::SensorJoin { context_id: "tab-1".into() });
    desk.say(PageMessage::PageLocation {
        context_id: "tab-1".into(),
        url: "https://crm.example/pay".into(),
        posted_at_ms: 0.0,
    });
    assert_eq!(desk.shown().0.as_deref(), Some("custom"));
    desk.say(PageMessage::FieldEnd { context_id: "tab-1".into(), event_age_ms: 0.0 });
    desk.say(PageMessage::SensorLeave { context_id: "tab-1".into() });
    desk.contexts.retain(|context| *context != "tab-1");
    desk.pass(1_000);
    assert_eq!(desk.shown().0, None);
}

#[test]
fn more_contexts_than_there_is_room_for_are_refused_and_leave_nothing_cleared() {
    let mut desk = Desk::new().record();
    let refused =
        (0..300).filter(|index| desk.try_say(text_seen(&format!("c{index}"), 1, "")).is_err()).count();
    assert_eq!(refused, 300 - 255);
}

#[test]
fn a_number_of_a_field_that_is_none_refuses_the_message_whole_and_a_descriptor_does_not() {
    let read = |json: serde_json::Value| serde_json::from_value::<PageMessage>(json);
    let message = |field: serde_json::Value, how: &str, descriptor: &str| {
        json!({
            "kind": "field_begin", "context_id": "a", "field": field, "how": how, "frame_host": null,
            "descriptor": descriptor, "event_age_ms": 0.0, "posted_at_ms": 0.0,
        })
    };
    assert!(read(message(json!(1), "focus", "{broken")).is_ok());
    assert!(read(message(json!(-1), "focus", "{}")).is_err());
    assert!(read(message(json!(1), "seen", "{}")).is_err());
    let mut desk = Desk::new().record();
    desk.field(1, How::Focus, "{broken");
    assert_eq!(desk.shown().0.as_deref(), Some("custom"));
}

#[path = "sensing/trust.rs"]
mod trust;
