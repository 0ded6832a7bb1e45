//! After a no: the agent's own side, where the policy wants it and the law lets one participant decide.

use crate::bench::{ANSWERED, Bench, decision_for};
use crate::elsewhere::statement;
use callseal::audio::BLOCK_SAMPLES;
use callseal::consent::Answer;
use callseal::consent::register::From;
use callseal::jurisdiction::{
    CallFacts, Decision, Hint, Mandate, Mode, PartyFacts, Policy, Role, Rule, Signal, Table, decide,
};
use callseal::ledger::Outcome;
use callseal::session::snapshot::{Allowed, Phase};
use callseal::session::{Action, Input};
use serde_json::json;

const LOUD: f32 = 0.25;

fn facts(agent: &str, customer: Option<&str>) -> CallFacts {
    let hints = |signal, place: Option<&str>| {
        place.map(|place| Hint::parse(signal, place).unwrap()).into_iter().collect()
    };
    let parties = vec![
        PartyFacts { index: 0, role: Role::Agent, hints: hints(Signal::AgentPlace, Some(agent)) },
        PartyFacts { index: 1, role: Role::Customer, hints: hints(Signal::CrmAddress, customer) },
    ];
    CallFacts { parties, ..CallFacts::default() }
}

fn decision(agent: &str, customer: Option<&str>) -> Box<Decision> {
    Box::new(decide(Table::builtin(), &facts(agent, customer), &Policy::default()))
}

/// A call between two places where one participant may decide, asked, with this configuration of `afterRefusal`.
fn asked(after_refusal: &str) -> Bench {
    let mut bench = Bench::with(json!({"consent": {"afterRefusal": after_refusal}}));
    let decision = decision("US-TX", Some("US-NY"));
    assert_eq!(decision.rule, Rule::OneParty);
    bench.input(Input::Decision(decision));
    bench.input(ANSWERED);
    bench.blocks(30);
    bench.prompt();
    bench
}

fn declined() -> Bench {
    let mut bench = asked("agent_side");
    bench.answer(Answer::No, false);
    bench
}

/// `count` blocks in which the agent speaks, and the customer or nobody else.
fn speak(bench: &mut Bench, count: u32, customer: f32) {
    for _ in 0..count {
        bench.both_sound(&[LOUD; BLOCK_SAMPLES], &[customer; BLOCK_SAMPLES]);
    }
}

fn kept_of_agent(bench: &Bench) -> usize {
    bench.encoded_sides().0.iter().filter(|sample| **sample == LOUD).count()
}

#[test]
fn the_agents_words_are_kept_from_the_no_on_and_not_a_sample_of_the_customer() {
    let mut bench = declined();
    assert_eq!(bench.phase(), Phase::AgentSide);
    assert!(bench.snapshot().recording);
    speak(&mut bench, 100, 0.0);
    speak(&mut bench, 50, LOUD);
    speak(&mut bench, 100, 0.0);
    bench.close();
    let (left, right) = bench.encoded_sides();
    assert!(right.iter().all(|sample| *sample == 0.0), "the customer's channel is silence");
    assert!(left.iter().all(|sample| *sample == 0.0 || *sample == LOUD), "nothing from before the no");
    // Cut out: 500 ms behind the no, and the customer's second with 100 ms before it and 500 ms behind it.
    assert_eq!(kept_of_agent(&bench), (100 - 25 - 5 + 100 - 25) * BLOCK_SAMPLES);
    let report = bench.report.unwrap();
    assert_eq!(report.outcome, Outcome::AgentSide);
    let triggers: Vec<&str> = report.redaction_spans.iter().map(|span| span.trigger.as_str()).collect();
    assert_eq!(triggers, ["other_side", "other_side"]);
}

#[test]
fn the_ledger_says_that_it_is_the_agents_side_and_who_said_no() {
    let mut bench = declined();
    speak(&mut bench, 300, 0.0);
    bench.close();
    let kinds = bench.ledger_kinds();
    let at = |kind: &str| kinds.iter().position(|one| one == kind).unwrap();
    assert!(at("consent.answered") < at("agent_side.began") && at("agent_side.began") < at("call.closed"));
    let ledger = bench.ledger();
    assert_eq!(ledger.last().unwrap()["body"]["outcome"], "agent_side");
    let no = ledger
        .iter()
        .find(|entry| entry["kind"] == "consent.answered" && entry["body"]["party"] == 1)
        .unwrap();
    assert_eq!(no["body"]["answer"], "no");
}

#[test]
fn without_the_option_or_where_a_place_asks_for_more_or_is_unknown_a_no_keeps_nothing() {
    let mut without = asked("nothing");
    without.answer(Answer::No, false);
    let mut cases = vec![without];
    for decision in [decision("US-TX", Some("US-CA")), decision("US-TX", None), decision("DE", Some("US-NY"))]
    {
        let mut bench = asked("agent_side");
        bench.input(Input::Decision(decision));
        bench.answer(Answer::No, false);
        cases.push(bench);
    }
    let mut undecided = Bench::with(json!({"consent": {"afterRefusal": "agent_side"}}));
    undecided.input(ANSWERED);
    undecided.blocks(30);
    undecided.prompt();
    undecided.answer(Answer::No, false);
    cases.push(undecided);
    for mut bench in cases {
        assert_eq!(bench.phase(), Phase::Declined);
        speak(&mut bench, 300, 0.0);
        bench.close();
        assert!(bench.encoded().is_empty());
        assert!(!bench.actions.contains(&Action::StartEncoder));
        assert_eq!(bench.report.unwrap().outcome, Outcome::Declined);
    }
}

#[test]
fn a_yes_after_the_no_changes_nothing_and_another_no_ends_it() {
    let mut bench = declined();
    speak(&mut bench, 200, 0.0);
    bench.answer(Answer::Yes, true);
    assert_eq!(bench.snapshot().allowed, [Allowed::Withdraw, Allowed::Pause]);
    speak(&mut bench, 100, LOUD);
    assert!(bench.encoded_sides().1.iter().all(|sample| *sample == 0.0));
    bench.answer(Answer::Withdraw, false);
    assert_eq!(bench.phase(), Phase::Declined);
    assert_eq!(bench.snapshot().allowed, []);
    let kept = {
        speak(&mut bench, 300, 0.0);
        kept_of_agent(&bench)
    };
    bench.close();
    assert_eq!(kept_of_agent(&bench), kept);
    assert_eq!(kept, (200 - 25 - 5) * BLOCK_SAMPLES);
    assert_eq!(bench.report.unwrap().outcome, Outcome::AgentSide);
}

#[test]
fn a_withdrawal_is_no_no_before_the_recording_and_nothing_follows_it() {
    let mut bench = asked("agent_side");
    bench.answer(Answer::Yes, true);
    speak(&mut bench, 200, LOUD);
    bench.answer(Answer::Withdraw, false);
    assert_eq!(bench.phase(), Phase::Withdrawn);
    let length = bench.encoded().len();
    speak(&mut bench, 300, 0.0);
    bench.close();
    assert!(bench.encoded().len() <= length + 151 * BLOCK_SAMPLES, "at most what was held");
    assert_eq!(bench.report.unwrap().outcome, Outcome::Withdrawn);
}

#[test]
fn who_joins_ends_it_and_what_was_kept_before_stays() {
    let mut bench = declined();
    speak(&mut bench, 200, 0.0);
    // The engine decides for the newcomer, of whom nothing is known, before they count as joined.
    let mut facts = facts("US-TX", Some("US-NY"));
    facts.parties.push(PartyFacts { index: 2, role: Role::Other, hints: Vec::new() });
    bench.input(Input::Decision(Box::new(decide(Table::builtin(), &facts, &Policy::default()))));
    bench.input(Input::PartyJoined { key: "track-1", age_ms: 0.0 });
    assert_eq!(bench.phase(), Phase::Declined);
    speak(&mut bench, 300, 0.0);
    bench.close();
    assert!(!bench.actions.contains(&Action::Shred));
    assert_eq!(kept_of_agent(&bench), (200 - 25) * BLOCK_SAMPLES);
    assert_eq!(bench.report.unwrap().outcome, Outcome::AgentSide);
}

#[test]
fn a_place_that_turns_out_to_ask_for_more_ends_it_and_has_it_destroyed() {
    let mut bench = declined();
    speak(&mut bench, 200, 0.0);
    bench.input(Input::Decision(decision_for(Mode::NothingBeforeYes)));
    assert_eq!(bench.phase(), Phase::Declined);
    assert!(bench.actions.contains(&Action::Shred));
    bench.close();
    let demand = bench.ledger().into_iter().find(|entry| entry["kind"] == "shred.requested").unwrap();
    assert_eq!(demand["body"], json!({"not_before_ms": 0, "reason": "law_changed"}));
    assert_eq!(bench.snapshot().shredding, Some("requested"));
}

#[test]
fn a_field_in_use_is_cut_out_of_it_too() {
    let mut bench = declined();
    speak(&mut bench, 100, 0.0);
    let cause =
        callseal::redact::clearance::Cause { trigger: "field_focus".into(), class: "card_number".into() };
    bench.clearance.begin("page", "page", cause.clone());
    bench.input(Input::SensitiveBegin { context_id: "page", cause: &cause, age_ms: 0.0, late_ms: 0.0 });
    assert_eq!(bench.snapshot().redaction_class.as_deref(), Some("card_number"));
    speak(&mut bench, 300, 0.0);
    bench.close();
    assert_eq!(kept_of_agent(&bench), (100 - 25 - 25) * BLOCK_SAMPLES, "500 ms of look-back");
}

/// A call with the option whose host states answers, decided but not answered yet.
fn with_host(decision: Box<Decision>) -> Bench {
    let key = callseal::seal::SigningKey::from_random(&[7; 32]).unwrap();
    let consent = json!({"afterRefusal": "agent_side"});
    let mut bench = Bench::with(json!({"hostKeys": [key.public().to_jwk()], "consent": consent}));
    bench.input(Input::Decision(decision));
    bench
}

#[test]
fn what_the_host_states_begins_it_as_well_ends_it_as_well_and_a_withdrawal_begins_nothing() {
    let one_party = || decision("US-TX", Some("US-NY"));
    let mut declined = with_host(one_party());
    declined.input(Input::Assertion { statement: &statement(1, "no", 7) });
    declined.input(ANSWERED);
    assert_eq!(declined.phase(), Phase::AgentSide);
    speak(&mut declined, 200, 0.0);
    declined.input(Input::Assertion { statement: &statement(1, "withdraw", 7) });
    assert_eq!(declined.phase(), Phase::Declined);

    let mut withdrawn = with_host(one_party());
    withdrawn.input(Input::Assertion { statement: &statement(1, "yes", 7) });
    withdrawn.input(Input::Assertion { statement: &statement(1, "withdraw", 7) });
    withdrawn.input(ANSWERED);
    speak(&mut withdrawn, 300, 0.0);
    withdrawn.close();
    assert!(!withdrawn.actions.contains(&Action::StartEncoder));
}

#[test]
fn only_the_no_itself_begins_it_nothing_that_is_said_after() {
    let mut bench = asked("agent_side");
    bench.input(Input::Decision(decision("US-TX", None)));
    bench.answer(Answer::No, false);
    bench.input(Input::Decision(decision("US-TX", Some("US-NY"))));
    for answer in [Answer::No, Answer::Withdraw, Answer::Yes] {
        bench.answer(answer, true);
    }
    speak(&mut bench, 300, 0.0);
    bench.close();
    assert!(!bench.actions.contains(&Action::StartEncoder));
}

#[test]
fn a_call_that_has_to_be_recorded_by_law_has_no_agents_side() {
    let policy = Policy { mandate: Some(Mandate::MifidIi), ..Policy::default() };
    let decision = decide(Table::builtin(), &facts("US-TX", Some("US-NY")), &policy);
    let mut bench = Bench::with(json!({"consent": {"afterRefusal": "agent_side"}}));
    bench.input(Input::Decision(Box::new(decision)));
    bench.input(ANSWERED);
    bench.answer(Answer::No, false);
    speak(&mut bench, 300, 0.0);
    bench.close();
    assert!(!bench.actions.contains(&Action::StartEncoder));
}

#[test]
fn a_stricter_place_that_is_told_after_its_end_has_it_destroyed_too() {
    let mut bench = declined();
    speak(&mut bench, 200, 0.0);
    bench.answer(Answer::Withdraw, false);
    bench.input(Input::Decision(decision_for(Mode::NothingBeforeYes)));
    assert!(bench.actions.contains(&Action::Shred));
}

#[test]
fn who_has_joined_before_and_says_no_begins_nothing_while_their_place_is_unknown() {
    let mut bench = asked("agent_side");
    let mut facts = facts("US-TX", Some("US-NY"));
    facts.parties.push(PartyFacts { index: 2, role: Role::Other, hints: Vec::new() });
    bench.input(Input::Decision(Box::new(decide(Table::builtin(), &facts, &Policy::default()))));
    bench.input(Input::PartyJoined { key: "track-1", age_ms: 0.0 });
    bench.answer_of(From::Party(2), Answer::No, false);
    speak(&mut bench, 300, 0.0);
    bench.close();
    assert!(!bench.actions.contains(&Action::StartEncoder));
}

#[test]
fn a_joining_that_is_noticed_late_ends_it_where_it_was() {
    let mut bench = declined();
    speak(&mut bench, 200, 0.0);
    let mut facts = facts("US-TX", Some("US-NY"));
    facts.parties.push(PartyFacts { index: 2, role: Role::Other, hints: Vec::new() });
    bench.input(Input::Decision(Box::new(decide(Table::builtin(), &facts, &Policy::default()))));
    bench.input(Input::PartyJoined { key: "track-1", age_ms: 1_000.0 });
    speak(&mut bench, 300, 0.0);
    bench.close();
    assert_eq!(kept_of_agent(&bench), (200 - 25 - 50) * BLOCK_SAMPLES);
}
