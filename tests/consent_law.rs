//! The law of consent, over all short sequences of what can happen to a call, in every mode.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

#[path = "session/bench.rs"]
mod bench;

use bench::{ANSWERED, Bench, decision_for};
use callseal::audio::BLOCK_SAMPLES;
use callseal::consent::Answer;
use callseal::consent::register::From;
use callseal::jurisdiction::Mode;
use callseal::session::{Action, Input};
use serde_json::json;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Step {
    Answered,
    Prompt,
    PromptFails,
    Replay,
    Yes,
    UntrustedYes,
    No,
    Withdraw,
    Audio,
    /// Longer than the hold-back.
    LongAudio,
    Wait,
    Join,
    ThirdYes,
    ThirdLeaves,
    EncoderFails,
    HangUp,
    /// The law turns out to want an explicit yes.
    StricterLaw,
}

const STEPS: [Step; 15] = [
    Step::Answered,
    Step::Prompt,
    Step::PromptFails,
    Step::Replay,
    Step::Yes,
    Step::UntrustedYes,
    Step::No,
    Step::Withdraw,
    Step::Audio,
    Step::Wait,
    Step::Join,
    Step::ThirdYes,
    Step::ThirdLeaves,
    Step::EncoderFails,
    Step::HangUp,
];

const MODES: [Mode; 4] =
    [Mode::NothingBeforeYes, Mode::RecordDisclosure, Mode::NoticeAndStay, Mode::Mandatory];

/// Blocks that may be kept: from the first to before the last.
type Stretch = (u32, u32);

/// What the law allows, kept apart from the session. It is an upper bound: keeping less is always lawful.
struct Law {
    mode: Mode,
    answered: bool,
    /// A prompt is certainly running.
    playing: bool,
    /// One may be running: the session may have asked again by itself.
    may_play: bool,
    /// Whether the customer and the third party heard the question, said yes, are there.
    heard: [bool; 2],
    yes: [bool; 2],
    /// Those who said so, and did not only stay.
    said: [bool; 2],
    here: [bool; 2],
    joined: bool,
    /// The third party joined while the prompt that is playing was playing already.
    late: bool,
    refused: bool,
    over: bool,
    /// Where the first announcement began: with it the recording may begin at the earliest.
    announced_from: Option<u32>,
    since: Option<u32>,
    kept: Vec<Stretch>,
    /// Blocks before the yes that may be kept by option, and where the question that is open was at its end.
    answer_blocks: u32,
    told_until: Option<u32>,
}

impl Law {
    fn new(mode: Mode, answer_ms: u32) -> Self {
        Self {
            mode,
            answer_blocks: if mode == Mode::NothingBeforeYes { answer_ms / 20 } else { 0 },
            told_until: None,
            answered: false,
            playing: false,
            may_play: false,
            heard: [false; 2],
            yes: [false; 2],
            said: [false; 2],
            here: [true, false],
            joined: false,
            late: false,
            refused: false,
            over: false,
            announced_from: None,
            since: None,
            kept: Vec::new(),
        }
    }

    fn step(&mut self, step: Step, first: u32, next: u32) {
        let alive = self.answered && !self.over;
        match step {
            Step::Answered if !self.over && !self.answered => {
                self.answered = true;
                self.playing = true;
            }
            Step::Prompt if (self.playing || self.may_play) && alive => {
                self.heard[0] = true;
                self.heard[1] |= self.here[1] && !self.late;
                self.announced_from = Some(self.announced_from.unwrap_or(first));
                // Two blocks of prompt; with somebody else in the call no answer is kept.
                self.told_until = (!self.here[1]).then_some(first + 2);
                self.playing = self.late;
                self.may_play = false;
                self.late = false;
            }
            Step::PromptFails => {
                self.playing = false;
                // The session tries again by itself.
                self.may_play = true;
                for party in 0..2 {
                    self.yes[party] &= self.heard[party];
                    self.said[party] &= self.heard[party];
                }
            }
            Step::Replay if alive && !self.refused => {
                self.playing = true;
                self.told_until = None;
            }
            Step::Yes if alive => (self.yes[0], self.said[0]) = (true, true),
            Step::ThirdYes if alive && self.here[1] => (self.yes[1], self.said[1]) = (true, true),
            Step::StricterLaw => {
                self.mode = Mode::NothingBeforeYes;
                self.yes = self.said;
            }
            Step::No | Step::Withdraw if alive => self.refused = true,
            Step::Wait | Step::Audio | Step::LongAudio if alive => {
                if self.mode == Mode::NoticeAndStay {
                    for party in 0..2 {
                        self.yes[party] |= self.heard[party] && self.here[party];
                    }
                }
                // Nobody answered: the question is asked again, by itself; or a prompt never began and was given up.
                self.playing = false;
                self.may_play = true;
            }
            Step::Join if alive && !self.joined => {
                self.joined = true;
                self.here[1] = true;
                self.late = self.playing;
                self.playing = true;
                self.told_until = None;
            }
            Step::ThirdLeaves if alive => self.here[1] = false,
            Step::HangUp | Step::EncoderFails => self.over = true,
            _ => {}
        }
        let permits = self.permits();
        if permits && self.since.is_none() {
            let announced = self.announced_from.filter(|_| self.mode == Mode::RecordDisclosure);
            let answer = first.saturating_sub(self.answer_blocks);
            let answered = self.told_until.filter(|_| self.answer_blocks > 0).map(|told| told.max(answer));
            let from = if self.kept.is_empty() { announced.or(answered).unwrap_or(first) } else { first };
            self.since = Some(from.min(first));
        }
        if !permits && let Some(from) = self.since.take() {
            self.kept.push((from, next));
        }
    }

    fn permits(&self) -> bool {
        let agreed = (0..2)
            .filter(|party| self.here[*party])
            .all(|party| self.heard[party] && (self.yes[party] || self.mode == Mode::Mandatory));
        self.answered && agreed && !self.refused && !self.over
    }
}

fn play(mode: Mode, answer_ms: u32, steps: &[Step]) {
    let consent = json!({"answerWithinMs": 3_000, "stayMs": 1_000, "keepAnswerMs": answer_ms});
    let mut bench = Bench::in_mode(mode, json!({"consent": consent}));
    let mut law = Law::new(mode, answer_ms);
    for step in steps {
        let first = bench.blocks;
        match step {
            Step::Answered => bench.input(ANSWERED),
            Step::Prompt => bench.prompt(),
            Step::PromptFails => bench.input(Input::DisclosureFailed),
            Step::Replay => bench.input(Input::DisclosureReplay),
            Step::Yes => bench.answer_of(From::Party(1), Answer::Yes, true),
            Step::UntrustedYes => bench.answer(Answer::Yes, false),
            Step::No => bench.answer(Answer::No, false),
            Step::Withdraw => bench.answer(Answer::Withdraw, true),
            Step::Audio => bench.blocks(15),
            Step::LongAudio => bench.blocks(160),
            Step::Wait => bench.wait(4_000),
            Step::Join => bench.input(Input::PartyJoined { key: "third", age_ms: 0.0 }),
            Step::ThirdYes => bench.answer_of(From::Party(2), Answer::Yes, true),
            Step::ThirdLeaves => bench.input(Input::PartyLeft { key: "third", age_ms: 0.0 }),
            Step::EncoderFails => bench.input(Input::EncoderFailed),
            Step::HangUp => bench.input(Input::HangUp { age_ms: 0.0 }),
            Step::StricterLaw => bench.input(Input::Decision(decision_for(Mode::NothingBeforeYes))),
        }
        law.step(*step, first, bench.blocks);
    }
    bench.close();
    if let Some(from) = law.since {
        law.kept.push((from, u32::MAX));
    }
    for sample in bench.encoded().into_iter().step_by(BLOCK_SAMPLES / 2).filter(|sample| *sample != 0.0) {
        let block = (sample * 65_536.0) as u32 - 1;
        assert!(
            law.kept.iter().any(|(from, until)| (*from..*until).contains(&block)),
            "{mode:?} {steps:?}: block {block} reached the encoder, allowed are {:?}",
            law.kept,
        );
    }
    if law.kept.is_empty() {
        let touched = bench
            .actions
            .iter()
            .any(|action| matches!(action, Action::Spool(_) | Action::StartEncoder | Action::Encode { .. }));
        assert!(!touched, "{mode:?} {steps:?}: something was kept without a lawful basis");
    }
}

/// Every sequence of `depth` steps behind `begin`.
fn explore(mode: Mode, begin: &[Step], depth: usize) {
    explore_keeping(mode, 0, begin, depth);
}

/// The same, where the answer itself may be kept.
fn explore_keeping(mode: Mode, answer_ms: u32, begin: &[Step], depth: usize) {
    let mut sequence = vec![0_usize; depth];
    loop {
        let steps: Vec<Step> =
            begin.iter().copied().chain(sequence.iter().map(|index| STEPS[*index])).collect();
        play(mode, answer_ms, &steps);
        let Some(position) = sequence.iter().rposition(|index| index + 1 < STEPS.len()) else { break };
        sequence[position] += 1;
        sequence[position + 1..].fill(0);
    }
}

/// The modes that keep the least and the most of what was before the answer: explored deepest.
const EXTREMES: [Mode; 2] = [Mode::NothingBeforeYes, Mode::RecordDisclosure];

#[test]
fn no_sequence_from_the_start_brings_audio_to_the_encoder_without_a_lawful_basis() {
    for mode in MODES {
        explore(mode, &[], 2);
        explore(mode, &[Step::Answered], 2);
    }
    explore(Mode::NothingBeforeYes, &[Step::Answered], 3);
}

#[test]
fn no_sequence_behind_a_heard_prompt_brings_audio_to_the_encoder_without_a_lawful_basis() {
    for mode in MODES {
        explore(mode, &[Step::Answered, Step::Audio, Step::Prompt], 2);
    }
    explore(Mode::RecordDisclosure, &[Step::Answered, Step::Prompt], 3);
}

#[test]
fn no_sequence_behind_a_yes_keeps_more_than_was_agreed_to() {
    for mode in MODES {
        explore(mode, &[Step::Answered, Step::Prompt, Step::Yes, Step::LongAudio], 1);
        explore(mode, &[Step::Answered, Step::Yes, Step::Join, Step::Prompt, Step::Audio], 2);
    }
    for mode in EXTREMES {
        explore(mode, &[Step::Answered, Step::Prompt, Step::Yes, Step::LongAudio, Step::Join], 2);
    }
}

#[test]
fn where_the_answer_may_be_kept_no_sequence_keeps_anything_from_before_the_disclosures_end() {
    let mode = Mode::NothingBeforeYes;
    explore_keeping(mode, 2_000, &[Step::Answered, Step::Audio, Step::Prompt], 2);
    explore_keeping(mode, 200, &[Step::Answered, Step::Prompt, Step::Audio], 2);
}

#[test]
fn no_sequence_behind_a_law_that_turned_out_stricter_keeps_more_than_that_law_allows() {
    for mode in [Mode::Mandatory, Mode::NoticeAndStay, Mode::RecordDisclosure] {
        explore(mode, &[Step::Answered, Step::Prompt, Step::StricterLaw], 2);
        for answer in [&[][..], &[Step::Yes]] {
            let begin =
                [&[Step::Answered, Step::Prompt], answer, &[Step::LongAudio, Step::StricterLaw]].concat();
            explore(mode, &begin, 1);
        }
    }
}
