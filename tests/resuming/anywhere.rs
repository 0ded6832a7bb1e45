//! Wherever engines die, whatever happens between: what is kept, against a law that is told apart from the session.

use std::collections::BTreeSet;

use callseal::consent::Answer;
use callseal::consent::register::From;
use callseal::session::{Action, Input};
use proptest::prelude::*;
use serde_json::json;

use super::desk::{self, Desk, signer_of};
use super::{given, kept, paused_by_hand};

#[derive(Debug, Clone)]
enum Step {
    Blocks(u32),
    Prompt,
    Yes,
    No,
    Withdraw,
    Join,
    ThirdYes,
    Pause,
    Resume,
    /// The engine dies; of the last file only so many of 1,000 parts are on the disk.
    Die(u64, usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1_u32..260).prop_map(Step::Blocks),
        3 => Just(Step::Prompt),
        3 => Just(Step::Yes),
        1 => Just(Step::No),
        1 => Just(Step::Withdraw),
        1 => Just(Step::Join),
        1 => Just(Step::ThirdYes),
        1 => Just(Step::Pause),
        1 => Just(Step::Resume),
        4 => (200_u64..4_000, 0_usize..=1_000).prop_map(|(away_ms, torn)| Step::Die(away_ms, torn)),
    ]
}

/// What may be kept, told apart from the session. An upper bound: keeping less is always lawful.
#[derive(Default)]
struct Law {
    heard: [bool; 2],
    agreed: [bool; 2],
    joined: bool,
    refused: bool,
    paused: bool,
    dead: bool,
    lawful: BTreeSet<u32>,
}

impl Law {
    fn allows(&self) -> bool {
        self.agreed[0] && (!self.joined || self.agreed[1]) && !self.refused && !self.paused && !self.dead
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn wherever_engines_die_nothing_unlawful_is_in_any_part_and_everything_is_in_its_place(
        begun in any::<bool>(),
        steps in proptest::collection::vec(step(), 1..14),
    ) {
        let mut desk = Desk::new(json!({}));
        let mut law = Law::default();
        desk.answered();
        let mut all = if begun { vec![Step::Prompt, Step::Yes, Step::Blocks(200)] } else { Vec::new() };
        all.extend(steps);
        for step in all {
            let first = desk.bench.blocks;
            match step {
                Step::Blocks(count) => desk.blocks(count),
                Step::Prompt if law.dead => desk.blocks(12),
                Step::Prompt => {
                    desk.prompt();
                    law.heard = [true, law.joined];
                }
                Step::Yes => {
                    desk.input(Input::Answer(given(From::Party(1), Answer::Yes)));
                    // One that comes before the words may count once they were heard.
                    law.agreed[0] = true;
                }
                Step::No => {
                    desk.input(Input::Answer(given(From::WhoeverIsAsked, Answer::No)));
                    law.refused = true;
                }
                Step::Withdraw => {
                    desk.input(Input::Answer(given(From::Party(1), Answer::Withdraw)));
                    law.refused = true;
                }
                Step::Join => {
                    if !law.joined {
                        desk.join("third");
                    }
                    law.joined = true;
                }
                Step::ThirdYes => {
                    desk.input(Input::Answer(given(From::Party(2), Answer::Yes)));
                    law.agreed[1] |= law.joined;
                }
                Step::Pause => {
                    desk.input(Input::Pause(paused_by_hand()));
                    law.paused = true;
                }
                Step::Resume => {
                    desk.input(Input::Resume(paused_by_hand()));
                    law.paused = false;
                }
                Step::Die(away_ms, torn) => {
                    desk.die(away_ms);
                    tear(&mut desk, torn);
                    // What was written down in the last quarter of a second may be lost; the page knows of a no.
                    if law.refused {
                        law.dead = true;
                    } else if desk.go_on() {
                        if desk.files.is_empty() {
                            desk.answered();
                            law.agreed = [false; 2];
                            law.joined = false;
                            for (key, at_ms) in desk.joined.clone() {
                                law.joined = true;
                                let age_ms = (desk.bench.now.unix_ms - at_ms) as f64;
                                desk.input(Input::PartyJoined { key: &key, age_ms });
                            }
                        }
                        if law.paused {
                            desk.input(Input::Pause(paused_by_hand()));
                        }
                    } else {
                        law.dead = true;
                    }
                    if law.dead {
                        break;
                    }
                }
            }
            if law.allows() {
                law.lawful.extend(first..desk.bench.blocks);
            }
        }
        if law.dead {
            close_as_recovery_does(&mut desk);
        } else {
            desk.close();
        }
        if desk.files.is_empty() {
            return Ok(());
        }
        let kept = kept(&desk);
        // A block is 20 ms; where something begins or ends a frame holds samples of two.
        let unlawful: Vec<&u32> = kept
            .iter()
            .filter(|block| !(block.saturating_sub(1)..=**block + 1).any(|near| law.lawful.contains(&near)))
            .collect();
        prop_assert!(unlawful.is_empty(), "{unlawful:?}");
    }
}

/// Of the file that was written last only a part is on the disk.
fn tear(desk: &mut Desk, torn: usize) {
    let last = desk.bench.actions.iter().rev().find_map(|action| match action {
        Action::Spool(callseal::store::spool::SpoolOperation::Whole { object, bytes }) => {
            Some((callseal::store::spool::file_name(&object.name), bytes.len()))
        }
        Action::Spool(callseal::store::spool::SpoolOperation::Append { name, bytes }) => {
            Some((callseal::store::spool::file_name(name), bytes.len()))
        }
        _ => None,
    });
    if let Some((name, length)) = last
        && let Some(content) = desk.files.get_mut(&name)
    {
        content.truncate(content.len().saturating_sub(length - length * torn / 1_000));
    }
}

fn close_as_recovery_does(desk: &mut Desk) {
    let signer = signer_of(9, 77, desk.bench.now.unix_ms);
    let plan = callseal::store::recovery::plan(desk::call_id(), &desk.files, signer, desk.bench.now.unix_ms)
        .unwrap();
    if plan.discard {
        desk.files.clear();
        return;
    }
    for (name, length) in &plan.truncate {
        desk.files.get_mut(name).unwrap().truncate(*length as usize);
    }
    if let Some(callseal::store::spool::SpoolOperation::Whole { object, bytes }) = plan.write {
        desk.files.insert(callseal::store::spool::file_name(&object.name), bytes);
    }
    for name in plan.remove {
        desk.files.remove(&name);
    }
    let here: BTreeSet<String> =
        plan.objects.iter().map(|object| callseal::store::spool::file_name(&object.name)).collect();
    desk.files.retain(|name, _| here.contains(name));
}
