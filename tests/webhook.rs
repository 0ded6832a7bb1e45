//! The webhook as a whole, against receivers that fail in every way: order, back-off, what is dropped, what is reported,
//! and that the outbox holds exactly what waits.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::collections::{BTreeMap, BTreeSet};

use callseal::audio::Now;
use callseal::consent::{Answer, ConsentEvent, Method};
use callseal::webhook::event::EventId;
use callseal::webhook::outbox;
use callseal::webhook::queue::{
    AT_ONCE, DeliveryOutcome, DeliveryQueue, MOST_BYTES, MOST_EVENTS, MOST_EVIDENCE, PAUSES, REFUSALS,
    TRIED_FOR_MS,
};
use callseal::webhook::signature::Secret;
use callseal::webhook::{Attempt, Event, Step, ValidWebhook, Webhook, WebhookConfig};
use callseal::{EngineMessage, Error, ErrorKind};
use proptest::prelude::*;
use serde_json::{Value, json};

/// "canary-canary-canary-canary-0123".
const SECRET: &str = "Y2FuYXJ5LWNhbmFyeS1jYW5hcnktY2FuYXJ5LTAxMjM";
const CALLS: [&str; 3] = ["a", "b", "c"];

/// A Tuesday in 2026.
const START_MS: u64 = 1_790_000_000_000;

fn at(milliseconds: f64) -> Now {
    Now { monotonic_ms: milliseconds, unix_ms: START_MS + milliseconds as u64 }
}

fn config(members: &Value) -> ValidWebhook {
    let mut config = json!({"url": "https://crm.example/hook", "secret": SECRET});
    config.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    serde_json::from_value::<WebhookConfig>(config).unwrap().validate().unwrap()
}

fn event(number: u32, call: &str, kind: &str, at_ms: u64) -> Event {
    let mut random = [0; 16];
    random[..4].copy_from_slice(&number.to_be_bytes());
    let call_id = Some(call.to_owned());
    Event {
        id: EventId::from_random(random),
        kind: kind.into(),
        call_id,
        at_ms,
        data: json!({"number": number}),
    }
}

fn stored(call: &str) -> EngineMessage {
    EngineMessage::CallStored { call_id: call.into() }
}

fn consent(call: &str) -> EngineMessage {
    let event = ConsentEvent {
        kind: "answered",
        party: 1,
        answer: Some(Answer::Yes),
        method: Some(Method::AgentButton),
        words: None,
        actor: 0,
        at_ms: 1,
        at_unix_ms: START_MS,
        prompt_sha256: "00".into(),
    };
    EngineMessage::ConsentEvent { call_id: call.into(), event }
}

fn attempts(steps: &[Step]) -> Vec<Attempt> {
    let attempt = |step: &Step| match step {
        Step::Attempt(attempt) => Some((**attempt).clone()),
        _ => None,
    };
    steps.iter().filter_map(attempt).collect()
}

fn reports(steps: &[Step]) -> Vec<&'static str> {
    let code = |step: &Step| match step {
        Step::Report(error) => Some(error.code()),
        _ => None,
    };
    steps.iter().filter_map(code).collect()
}

/// A webhook with a disk that does what the steps say, and a count for event ids.
struct Rig {
    webhook: Webhook,
    disk: Vec<u8>,
    ids: u32,
    reports: Vec<&'static str>,
}

impl Rig {
    fn new(members: &Value) -> Self {
        Self { webhook: Webhook::new(config(members)), disk: Vec::new(), ids: 0, reports: Vec::new() }
    }

    fn carry_out(&mut self, steps: Vec<Step>) -> Vec<Attempt> {
        for step in &steps {
            match step {
                Step::Append(bytes) => self.disk.extend(bytes),
                Step::Clear => self.disk.clear(),
                Step::Attempt(attempt) => {
                    let waits = outbox::read(&self.disk);
                    assert!(waits.iter().any(|event| event.id == attempt.id), "tried before it was kept");
                }
                Step::Report(_) => {}
            }
        }
        self.reports.extend(reports(&steps));
        attempts(&steps)
    }

    fn observe(&mut self, message: &EngineMessage, now: Now) {
        self.ids += 1;
        let id = u128::from(self.ids).to_be_bytes();
        let message = serde_json::to_value(message).unwrap();
        let steps = self.webhook.observe(&message, now, || Ok(id));
        assert!(self.carry_out(steps).is_empty());
    }

    fn due(&mut self, now: Now) -> Vec<Attempt> {
        let steps = self.webhook.due(now);
        self.carry_out(steps)
    }

    fn ended(&mut self, attempt: &Attempt, outcome: DeliveryOutcome, now: Now) -> Vec<Attempt> {
        let steps = self.webhook.ended(&attempt.id, outcome, now, 0.5);
        self.carry_out(steps)
    }
}

#[test]
fn a_delivery_carries_the_envelope_and_a_signature_over_exactly_what_is_sent() {
    let mut rig = Rig::new(&json!({"headers": {"Authorization": "Bearer key"}}));
    rig.observe(&consent("a"), at(0.0));
    let attempt = rig.due(at(65_000.0)).remove(0);
    let header = |wanted: &str| {
        let of_name: Vec<_> = attempt.headers.iter().filter(|(name, _)| name == wanted).collect();
        assert_eq!(of_name.len(), 1, "{wanted}");
        of_name[0].1.clone()
    };
    let body: Value = serde_json::from_str(&attempt.body).unwrap();
    assert_eq!(body["type"], "consent.answered");
    assert_eq!((&body["call_id"], &body["at_ms"]), (&json!("a"), &json!(START_MS)));
    assert_eq!((&body["data"]["party"], &body["data"]["answer"]), (&json!(1), &json!("yes")));
    assert_eq!(body["id"], header("webhook-id"));
    assert_eq!(header("content-type"), "application/json");
    assert_eq!(header("authorization"), "Bearer key");
    // The time of the attempt, or a receiver would refuse what waited.
    let timestamp_s = START_MS / 1_000 + 65;
    assert_eq!(header("webhook-timestamp"), timestamp_s.to_string());
    let secret = Secret::parse(SECRET).unwrap();
    let signature = secret.sign(&header("webhook-id"), timestamp_s, &attempt.body).unwrap();
    assert_eq!(header("webhook-signature"), signature);
}

#[test]
fn every_attempt_of_an_event_has_its_id_and_a_signature_of_its_own_time() {
    let mut rig = Rig::new(&json!({}));
    rig.observe(&stored("a"), at(0.0));
    let first = rig.due(at(0.0)).remove(0);
    rig.ended(&first, DeliveryOutcome::Failed { retry_after_ms: None }, at(0.0));
    let second = rig.due(at(2_000.0)).remove(0);
    assert_eq!((&first.id, &first.body), (&second.id, &second.body));
    assert_ne!(first.headers, second.headers);
}

#[test]
fn only_the_groups_that_were_chosen_are_sent() {
    let mut rig = Rig::new(&json!({"events": ["stored"]}));
    rig.observe(&consent("a"), at(0.0));
    assert!(rig.webhook.is_idle() && rig.disk.is_empty());
    rig.observe(&stored("a"), at(0.0));
    assert_eq!(rig.due(at(0.0)).len(), 1);
}

#[test]
fn the_template_is_the_body() {
    let template = json!({"note": "Party {{data.party}} said {{data.answer}}", "when": "{{at_ms}}"});
    let mut rig = Rig::new(&json!({"template": template}));
    rig.observe(&consent("a"), at(0.0));
    let body: Value = serde_json::from_str(&rig.due(at(0.0))[0].body).unwrap();
    assert_eq!(body, json!({"note": "Party 1 said yes", "when": START_MS}));
}

#[test]
fn an_answer_s_status_means_what_the_documentation_says() {
    let failed = DeliveryOutcome::Failed { retry_after_ms: Some(1.0) };
    for (statuses, outcome) in [
        (&[200, 201, 202, 204, 299][..], DeliveryOutcome::Delivered),
        (&[410][..], DeliveryOutcome::Gone),
        (&[408, 425, 429, 500, 502, 503, 504, 599, 301, 100, 0][..], failed),
    ] {
        for status in statuses {
            assert_eq!(DeliveryOutcome::of_status(*status, Some(1.0)), outcome, "{status}");
        }
    }
    for status in [400, 401, 403, 404, 409, 413, 422] {
        assert_eq!(DeliveryOutcome::of_status(status, None), DeliveryOutcome::Refused { status });
    }
}

#[test]
fn failures_back_off_from_one_second_to_five_minutes_and_honour_retry_after() {
    let mut queue = DeliveryQueue::default();
    queue.add(event(1, "a", "call.stored", START_MS), 1);
    let id = queue.due(at(0.0)).remove(0).id;
    let mut now_ms = 0.0;
    let mut pauses_ms = Vec::new();
    for _ in 0..12 {
        queue.ended(&id, DeliveryOutcome::Failed { retry_after_ms: None }, at(now_ms), 1.0);
        let mut next_ms = now_ms;
        while queue.due(at(next_ms)).is_empty() {
            next_ms += 500.0;
        }
        pauses_ms.push(next_ms - now_ms);
        now_ms = next_ms;
    }
    assert_eq!(pauses_ms[..4], [1_000.0, 2_000.0, 4_000.0, 8_000.0]);
    assert_eq!(pauses_ms[11], PAUSES.longest_pause_ms);
}

#[test]
fn a_receiver_that_names_a_pause_is_left_alone_for_it_by_all_calls() {
    let mut queue = DeliveryQueue::default();
    queue.add(event(1, "a", "call.stored", START_MS), 1);
    queue.add(event(2, "b", "call.stored", START_MS + 1), 1);
    queue.add(event(3, "c", "call.stored", START_MS + 2), 1);
    let due = queue.due(at(0.0));
    assert_eq!(due.len(), AT_ONCE);
    let busy = DeliveryOutcome::of_status(429, Some(900_000.0));
    queue.ended(&due[0].id, busy, at(0.0), 0.5);
    queue.ended(&due[1].id, DeliveryOutcome::Delivered, at(0.0), 0.5);
    assert!(queue.due(at(899_999.0)).is_empty());
    assert!(!queue.due(at(900_000.0)).is_empty());
}

#[test]
fn an_event_that_always_fails_holds_back_its_own_call_only() {
    let mut queue = DeliveryQueue::default();
    queue.add(event(0, "a", "consent.asked", START_MS), 1);
    queue.add(event(1, "a", "call.closed", START_MS + 1), 1);
    for number in 2..22 {
        queue.add(event(number, "b", "call.stored", START_MS + u64::from(number)), 1);
    }
    let poison = event(0, "a", "", 0).id;
    let mut now_ms = 0.0;
    while queue.len() > 2 {
        for due in queue.due(at(now_ms)) {
            assert_ne!(due.id, event(1, "a", "", 0).id, "a later event of the call went first");
            let outcome = if due.id == poison {
                DeliveryOutcome::of_status(500, None)
            } else {
                DeliveryOutcome::Delivered
            };
            queue.ended(&due.id, outcome, at(now_ms), 0.5);
        }
        now_ms += 100.0;
        assert!(now_ms < 60_000.0, "{} wait", queue.len());
    }
}

#[test]
fn a_refused_event_is_given_up_after_a_few_tries_and_reported_once() {
    let mut rig = Rig::new(&json!({}));
    rig.observe(&stored("a"), at(0.0));
    rig.observe(&consent("a"), at(1.0));
    let mut now_ms = 1.0;
    let mut tries = 0;
    let mut due = Vec::new();
    while tries < REFUSALS {
        now_ms += 1_000.0;
        for attempt in rig.due(at(now_ms)) {
            assert!(attempt.body.contains("call.stored"), "the first of the call");
            due = rig.ended(&attempt, DeliveryOutcome::Refused { status: 422 }, at(now_ms));
            tries += 1;
        }
    }
    assert_eq!(rig.reports, ["webhook/refused"]);
    assert!(now_ms < 5.0 * 60_000.0, "{now_ms}");
    assert!(due[0].body.contains("consent.answered"), "the call goes on");
}

#[test]
fn gone_switches_off_is_reported_once_and_what_waits_stays_on_the_disk() {
    let mut rig = Rig::new(&json!({}));
    for call in CALLS {
        rig.observe(&stored(call), at(0.0));
    }
    let due = rig.due(at(0.0));
    assert_eq!(due.len(), AT_ONCE);
    for attempt in due {
        assert!(rig.ended(&attempt, DeliveryOutcome::Gone, at(0.0)).is_empty());
    }
    rig.observe(&consent("a"), at(1.0));
    assert!(rig.due(at(1e9)).is_empty());
    assert_eq!(rig.reports, ["webhook/gone"]);
    assert_eq!(outbox::read(&rig.disk).len(), 4);
}

#[test]
fn an_event_is_tried_for_seven_days_and_then_reported() {
    let mut rig = Rig::new(&json!({}));
    rig.observe(&stored("a"), at(0.0));
    let mut now_ms = 0.0;
    let mut last_ms = 0.0;
    while !rig.webhook.is_idle() {
        for attempt in rig.due(at(now_ms)) {
            last_ms = now_ms;
            rig.ended(&attempt, DeliveryOutcome::Failed { retry_after_ms: None }, at(now_ms));
        }
        now_ms += 60_000.0;
    }
    assert!((last_ms - TRIED_FOR_MS as f64).abs() < 600_000.0, "{last_ms}");
    assert_eq!(rig.reports, ["webhook/expired"]);
    assert!(rig.disk.is_empty());
    // What is as old on the disk of an engine that is gone is not even tried.
    let mut old = Rig::new(&json!({}));
    old.observe(&stored("a"), at(0.0));
    old.observe(&stored("a"), at(1.0));
    let mut next = Rig::new(&json!({}));
    let steps = next.webhook.adopt(&old.disk, at(TRIED_FOR_MS as f64 + 2.0));
    assert_eq!(reports(&steps), ["webhook/expired"]);
    assert!(next.webhook.is_idle());
}

#[test]
fn above_the_limit_the_oldest_that_is_no_evidence_goes_first_and_it_is_reported() {
    let mut rig = Rig::new(&json!({}));
    rig.observe(&consent("a"), at(0.0));
    for number in 0..MOST_EVENTS + 5 {
        rig.observe(&stored(CALLS[number % 3]), at(number as f64 + 1.0));
    }
    let waiting = outbox::read(&rig.disk);
    assert_eq!(waiting.len(), MOST_EVENTS);
    assert_eq!(waiting[0].kind, "consent.answered", "the oldest of all is kept");
    assert_eq!(waiting[1].at_ms, START_MS + 1 + 6, "the oldest others are gone");
    // Once a minute at most.
    assert_eq!(rig.reports, ["webhook/overflow"]);
    rig.observe(&stored("a"), at(70_000.0));
    assert_eq!(rig.reports, ["webhook/overflow", "webhook/overflow"]);
}

#[test]
fn evidence_is_dropped_above_its_own_limit_only() {
    let mut queue = DeliveryQueue::default();
    for number in 0..u32::try_from(MOST_EVIDENCE).unwrap() {
        let call = format!("call {}", number % 1_000);
        let dropped = queue.add(event(number, &call, "consent.answered", START_MS + u64::from(number)), 500);
        assert!(dropped.is_empty(), "{number}");
    }
    let first = event(0, "call 0", "", 0).id;
    let next = event(20_000, "call 0", "consent.answered", START_MS + 20_000);
    assert_eq!(queue.add(next, 500), [first]);
    assert_eq!(queue.len(), MOST_EVIDENCE);
}

#[test]
fn many_bytes_are_an_overflow_too() {
    let mut queue = DeliveryQueue::default();
    let half = MOST_BYTES / 2;
    assert!(queue.add(event(1, "a", "call.closed", START_MS), half).is_empty());
    assert!(queue.add(event(2, "a", "call.closed", START_MS + 1), half).is_empty());
    assert_eq!(queue.add(event(3, "a", "consent.asked", START_MS + 2), 1), [event(1, "a", "", 0).id]);
    assert_eq!(queue.bytes(), half + 1);
}

#[test]
fn what_another_engine_left_goes_before_what_its_recovery_says() {
    let mut gone = Rig::new(&json!({}));
    gone.observe(&consent("a"), at(0.0));
    let mut rig = Rig::new(&json!({}));
    rig.ids = 100;
    rig.observe(&EngineMessage::CallRecovered { call_id: "a".into(), objects: 1 }, at(5_000.0));
    let steps = rig.webhook.adopt(&gone.disk, at(6_000.0));
    assert!(rig.carry_out(steps).is_empty());
    // Once only, even if the other file could not be removed.
    let steps = rig.webhook.adopt(&gone.disk, at(7_000.0));
    assert!(steps.is_empty());
    let first = rig.due(at(8_000.0)).remove(0);
    assert!(first.body.contains("consent.answered"));
    let second = rig.ended(&first, DeliveryOutcome::Delivered, at(8_000.0)).remove(0);
    assert!(second.body.contains("call.recovered"));
}

#[test]
fn neither_secret_nor_address_nor_data_is_in_debug_output_errors_or_on_the_disk() {
    let mut rig = Rig::new(&json!({
        "url": "https://crm.example/hook?key=url-canary", "headers": {"authorization": "header-canary"},
        "template": {"key": "template-canary {{data.message}}"},
    }));
    let error = Error::new(ErrorKind::StoreUnavailable, "4111111111111111");
    rig.observe(&callseal::engine::problem(None, &error, false), at(0.0));
    let attempt = rig.due(at(0.0)).remove(0);
    let steps = rig.webhook.ended(&attempt.id, DeliveryOutcome::Gone, at(0.0), 0.5);
    let shown = format!("{:?} {attempt:?} {steps:?}", rig.webhook);
    let disk = String::from_utf8(rig.disk).unwrap();
    assert!(disk.contains("4111"), "the message was the event");
    let first_bytes_of_secret = &SECRET[..8];
    for word in ["url-canary", "header-canary", "template-canary", "4111", first_bytes_of_secret, "canary-"] {
        assert!(!shown.contains(word), "{word} in {shown}");
    }
    for word in ["url-canary", "header-canary", "template-canary", first_bytes_of_secret, "canary-"] {
        assert!(!disk.contains(word), "{word} in {disk}");
    }
}

/// What may happen to a webhook.
#[derive(Debug, Clone)]
enum Happening {
    Observed(usize, bool),
    Passes(f64),
    /// The oldest request under way ends with this status; 0 is a cut connection.
    Answered(u16),
    /// The Worker dies and another starts with what is on the disk.
    Killed,
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        4 => (0..CALLS.len(), any::<bool>()).prop_map(|(call, evidence)| Happening::Observed(call, evidence)),
        3 => (1.0..400_000.0).prop_map(Happening::Passes),
        6 => prop_oneof![Just(200), Just(503), Just(0), Just(429), Just(404)].prop_map(Happening::Answered),
        1 => Just(Happening::Killed),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn whatever_happens_order_is_kept_nothing_is_lost_and_the_disk_holds_what_waits(
        happenings in proptest::collection::vec(happening(), 1..80),
    ) {
        let mut rig = Rig::new(&json!({}));
        let mut now_ms = 0.0;
        let mut under_way: Vec<Attempt> = Vec::new();
        let mut expected: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        let mut seen: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut given_up = BTreeSet::new();
        // In the end the receiver is well for long enough.
        let calm = (0..400).flat_map(|_| [Happening::Answered(200), Happening::Passes(300_000.0)]);
        for happening in happenings.into_iter().chain(calm) {
            match happening {
                Happening::Observed(call, evidence) => {
                    let message = if evidence { consent(CALLS[call]) } else { stored(CALLS[call]) };
                    now_ms += 1.0;
                    rig.observe(&message, at(now_ms));
                    expected.entry(CALLS[call]).or_default().push(rig.ids);
                }
                Happening::Passes(milliseconds) => {
                    now_ms += milliseconds;
                    under_way.extend(rig.due(at(now_ms)));
                }
                Happening::Answered(status) if !under_way.is_empty() => {
                    let attempt = under_way.remove(0);
                    let outcome = DeliveryOutcome::of_status(status, None);
                    let before = rig.reports.len();
                    if outcome == DeliveryOutcome::Delivered {
                        let body: Value = serde_json::from_str(&attempt.body).unwrap();
                        let call = body["call_id"].as_str().unwrap().to_owned();
                        seen.entry(call).or_default().push(attempt.id.as_str().to_owned());
                    }
                    under_way.extend(rig.ended(&attempt, outcome, at(now_ms)));
                    if rig.reports.len() > before {
                        given_up.insert(attempt.id.as_str().to_owned());
                    }
                }
                Happening::Answered(_) => {}
                Happening::Killed => {
                    under_way.clear();
                    let mut next = Rig { ids: rig.ids, ..Rig::new(&json!({})) };
                    let steps = next.webhook.adopt(&rig.disk, at(now_ms));
                    next.carry_out(steps);
                    rig = next;
                }
            }
            prop_assert!(under_way.len() <= AT_ONCE);
            let mut on_disk: Vec<_> = outbox::read(&rig.disk).into_iter().map(|event| event.id).collect();
            let mut waiting: Vec<_> = outbox::read(&rig.webhook.outbox()).into_iter().map(|event| event.id).collect();
            on_disk.sort();
            waiting.sort();
            prop_assert_eq!(on_disk, waiting);
        }
        prop_assert!(rig.webhook.is_idle() && rig.disk.is_empty());
        for (call, numbers) in expected {
            let id = |number: &u32| EventId::from_random(u128::from(*number).to_be_bytes()).as_str().to_owned();
            let wanted: Vec<String> = numbers.iter().map(id).filter(|id| !given_up.contains(id)).collect();
            prop_assert_eq!(seen.remove(call).unwrap_or_default(), wanted, "in order, each once");
        }
    }

    #[test]
    fn evidence_outlives_everything_else(kinds in proptest::collection::vec(any::<bool>(), 1..60)) {
        // The bound on bytes, since it is reached with few events.
        let mut queue = DeliveryQueue::default();
        let mut evidence = 0;
        for (number, is_evidence) in (0_u32..).zip(kinds) {
            let kind = if is_evidence { "consent.answered" } else { "call.closed" };
            evidence += usize::from(is_evidence);
            let added = event(number, CALLS[number as usize % 3], kind, START_MS + u64::from(number));
            queue.add(added, MOST_BYTES / 10);
            let kept = queue.waiting().filter(|event| event.is_evidence()).count();
            prop_assert_eq!(kept, evidence);
            prop_assert!(queue.bytes() <= MOST_BYTES || queue.len() == evidence);
        }
    }
}
