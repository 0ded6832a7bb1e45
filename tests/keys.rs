//! Keyed digits never reach a recording: the mask by itself, and in a session.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

#[path = "session/bench.rs"]
mod bench;
#[path = "support/keypad.rs"]
mod keypad;

use bench::{ANSWERED, Bench};
use callseal::audio::hold_back::Frame;
use callseal::audio::{BLOCK_SAMPLES, Now};
use callseal::consent::Answer;
use callseal::ledger::RedactionSpan;
use callseal::redact::clearance::Cause;
use callseal::redact::keys::{CLASS, Cut, KeyMask, TRIGGER};
use callseal::redact::span::Redactor;
use callseal::session::snapshot::Phase;
use keypad::{LABELS, Law, Press, Random, clip, rms, samples_of_ms, silence, through_g711};
use proptest::prelude::*;
use serde_json::json;
use std::sync::LazyLock;

/// What the mask may take of the speech beside a tone, milliseconds: its margins, and the onset's guard and error.
const MOST_BEFORE_MS: f64 = 26.0;
const MOST_BEHIND_MS: f64 = 66.0;

/// What is left of both channels, and what was cut out.
fn masked(agent: &[f32], customer: &[f32]) -> (Vec<f32>, Vec<f32>, Vec<RedactionSpan>) {
    let cause = Cause { trigger: TRIGGER.into(), class: CLASS.into() };
    let (mut mask, mut redactor) = (KeyMask::at_sample(0), Redactor::default());
    let apply = |redactor: &mut Redactor, cuts: Vec<Cut>| {
        for cut in cuts {
            match cut {
                Cut::Begin { from_sample } => {
                    assert!(redactor.begin("keys", &cause, from_sample, 1));
                }
                Cut::End { to_sample } => redactor.end("keys", to_sample),
            }
        }
    };
    let blocks = || agent.chunks(BLOCK_SAMPLES).zip(customer.chunks(BLOCK_SAMPLES));
    for (index, (left, right)) in blocks().enumerate() {
        mask.hear((index * BLOCK_SAMPLES) as u64, left, right);
        apply(&mut redactor, mask.decide(None));
    }
    mask.finish();
    apply(&mut redactor, mask.decide(None));
    let (mut agent_left, mut customer_left) = (Vec::new(), Vec::new());
    for (index, (left, right)) in blocks().enumerate() {
        let start_sample = (index * BLOCK_SAMPLES) as u64;
        let mut frame = Frame { start_sample, left: [0.0; BLOCK_SAMPLES], right: [0.0; BLOCK_SAMPLES] };
        frame.left[..left.len()].copy_from_slice(left);
        frame.right[..right.len()].copy_from_slice(right);
        redactor.apply(&mut frame, left.len() as u64, true, Now { monotonic_ms: 0.0, unix_ms: 1 });
        agent_left.extend(&frame.left[..left.len()]);
        customer_left.extend(&frame.right[..right.len()]);
    }
    let spans = redactor.close(agent.len() as u64);
    (agent_left, customer_left, spans)
}

static CUSTOMER: LazyLock<Vec<f32>> = LazyLock::new(|| clip("customer.wav"));
static AGENT: LazyLock<Vec<f32>> = LazyLock::new(|| clip("agent.wav"));

/// A murmur that never is silent, so that every zero is one of the mask.
fn murmur(samples: usize, seed: u64) -> Vec<f32> {
    let mut random = Random(seed);
    (0..samples)
        .map(|_| (random.between(0.5, 1.0) * if random.below(2) == 0 { 1e-5 } else { -1e-5 }) as f32)
        .collect()
}

/// Each press alone, in murmuring, so far from the next one that they are runs of their own.
fn presses_apart(presses: &[Press], law: Option<Law>) {
    let (mut customer, mut places) = (murmur(samples_of_ms(300.0), 1), Vec::new());
    for press in presses {
        let tone = press.render();
        places.push((customer.len(), customer.len() + tone.len()));
        customer.extend(tone);
        customer.extend(murmur(samples_of_ms(2_300.0), places.len() as u64));
    }
    if let Some(law) = law {
        customer = through_g711(&customer, law);
    }
    let agent = murmur(customer.len(), 3);
    let (agent_left, customer_left, spans) = masked(&agent, &customer);
    assert_eq!(spans.len(), presses.len());
    let mut kept_from = 0;
    for ((from, to), press) in places.iter().zip(presses) {
        let what = || format!("a tone of {} ms", press.milliseconds);
        for channel in [&agent_left, &customer_left] {
            assert!(channel[*from..*to].iter().all(|sample| *sample == 0.0), "{}", what());
        }
        let before = from - samples_of_ms(MOST_BEFORE_MS);
        assert!(agent_left[kept_from..before] == agent[kept_from..before], "{}", what());
        assert!(customer_left[kept_from..before] == customer[kept_from..before], "{}", what());
        kept_from = to + samples_of_ms(MOST_BEHIND_MS);
    }
}

fn presses(levels_dbm0: &[f64], twists_db: &[f64], durations_ms: &[f64]) -> Vec<Press> {
    let mut presses = Vec::new();
    for (at, label) in LABELS.into_iter().enumerate() {
        for (step, milliseconds) in durations_ms.iter().enumerate() {
            for (turn, twist_db) in twists_db.iter().enumerate() {
                let loudest = levels_dbm0[(at + step + turn) % levels_dbm0.len()];
                let (low, high) = (loudest - twist_db.max(0.0), loudest + twist_db.min(0.0));
                presses.push(Press::new(label).lasting(*milliseconds).levels(low, high));
            }
        }
    }
    presses
}

#[test]
fn every_key_is_exact_silence_on_both_channels_from_its_onset_to_its_end() {
    presses_apart(&presses(&[-4.0, -17.0, -30.0], &[-6.0, 6.0], &[40.0, 120.0, 500.0]), None);
}

#[test]
fn every_key_is_cut_out_of_coded_lines_too() {
    for (law, durations_ms) in [(Law::Mu, [40.0]), (Law::A, [60.0])] {
        presses_apart(&presses(&[-6.0, -17.0], &[-6.0, 6.0], &durations_ms), Some(law));
    }
}

#[test]
fn speech_right_before_and_right_after_a_key_stays() {
    let speech = &*CUSTOMER;
    let mut random = Random(9);
    for label in LABELS {
        let at = random.below(speech.len() - samples_of_ms(2_000.0));
        let (before, behind) = speech[at..at + samples_of_ms(2_000.0)].split_at(samples_of_ms(1_000.0));
        let tone = Press::new(label).lasting(120.0).render();
        let customer = [before, &tone, behind].concat();
        let agent = murmur(customer.len(), 3);
        let (_, left, spans) = masked(&agent, &customer);
        assert_eq!(spans.len(), 1);
        let early_ms = (before.len() as f64 - spans[0].from_sample as f64) / 48.0;
        let late_ms = (spans[0].to_sample as f64 - (before.len() + tone.len()) as f64) / 48.0;
        assert!((0.0..=MOST_BEFORE_MS).contains(&early_ms), "{label}: {early_ms} ms");
        assert!((0.0..=MOST_BEHIND_MS).contains(&late_ms), "{label}: {late_ms} ms");
        let (from, to) = (spans[0].from_sample as usize, spans[0].to_sample as usize);
        assert!(left[..from] == customer[..from] && left[to..] == customer[to..]);
        assert!(left[before.len()..before.len() + tone.len()].iter().all(|sample| *sample == 0.0));
    }
}

#[test]
fn a_number_is_one_span_and_the_next_number_another() {
    let mut customer = silence(200.0);
    for number in ["4111 1111", "42"] {
        for label in number.chars() {
            let tone = if label == ' ' { silence(300.0) } else { Press::new(label).lasting(80.0).render() };
            customer.extend(tone);
            customer.extend(silence(500.0));
        }
        customer.extend(silence(2_500.0));
    }
    let (_, left, spans) = masked(&vec![0.0; customer.len()], &customer);
    assert_eq!(spans.len(), 2);
    assert!(left.iter().all(|sample| *sample == 0.0));
    assert!(spans.iter().all(|span| span.trigger == "keypad" && span.class == "keyed_digits"));
    assert!(spans.iter().all(|span| span.actor.is_none()), "who keyed is not known");
}

#[test]
fn keys_in_the_agents_channel_are_cut_out_of_both() {
    let mut agent = murmur(samples_of_ms(200.0), 1);
    let tone = Press::new('7').lasting(60.0).levels(-25.0, -25.0).render();
    let (from, to) = (agent.len(), agent.len() + tone.len());
    agent.extend(tone);
    agent.extend(murmur(samples_of_ms(300.0), 2));
    let (agent_left, customer_left, _) = masked(&agent, &murmur(agent.len(), 5));
    assert!(agent_left[from..to].iter().chain(&customer_left[from..to]).all(|sample| *sample == 0.0));
}

#[test]
fn a_key_that_the_end_of_the_call_cuts_short_is_cut_out() {
    for milliseconds in [34.0, 40.0, 100.0] {
        let mut customer = murmur(samples_of_ms(200.0), 1);
        customer.extend(Press::new('9').lasting(milliseconds).render());
        let (_, left, _) = masked(&murmur(customer.len(), 2), &customer);
        assert!(left[samples_of_ms(200.0)..].iter().all(|sample| *sample == 0.0), "{milliseconds} ms");
    }
}

#[test]
fn only_the_tone_of_the_answer_is_spared_and_its_echo() {
    let at = |from_ms: f64, label: char| (samples_of_ms(from_ms), Press::new(label).lasting(150.0).render());
    let place = |tones: &[(usize, Vec<f32>)]| {
        let mut sound = silence(5_000.0);
        for (from, tone) in tones {
            sound[*from..from + tone.len()].copy_from_slice(tone);
        }
        sound
    };
    let customer = place(&[at(300.0, '1'), at(800.0, '4')]);
    let agent = place(&[at(420.0, '1')]);
    let mut mask = KeyMask::at_sample(0);
    let answer = samples_of_ms(298.0) as u64;
    let mut cuts = Vec::new();
    for (index, (left, right)) in agent.chunks(960).zip(customer.chunks(960)).enumerate() {
        mask.hear(index as u64 * 960, left, right);
        cuts.extend(mask.decide(Some(answer)));
    }
    let [Cut::Begin { from_sample }, Cut::End { to_sample }] = cuts[..] else { panic!("one cut: {cuts:?}") };
    assert!((samples_of_ms(770.0)..samples_of_ms(800.0)).contains(&(from_sample as usize)));
    assert!((samples_of_ms(950.0)..samples_of_ms(1_020.0)).contains(&(to_sample as usize)));
}

#[test]
fn speech_is_hardly_ever_taken_for_keys() {
    let mut seconds = 0.0;
    let mut cut_ms = 0.0;
    for speech in [&*AGENT, &*CUSTOMER] {
        let coded = through_g711(speech, Law::A);
        for sound in [speech, &coded] {
            let (_, _, spans) = masked(&murmur(sound.len(), 1), sound);
            seconds += sound.len() as f64 / 48_000.0;
            cut_ms += spans.iter().map(|span| (span.to_sample - span.from_sample) as f64 / 48.0).sum::<f64>();
        }
        assert!(rms(speech) > 0.01, "the clips hold speech");
    }
    println!("talk-off: {cut_ms:.0} ms cut out of {seconds:.0} s of speech");
    assert!(cut_ms == 0.0);
}

#[test]
fn debug_output_holds_no_key() {
    let texts: Vec<String> = ['1', '7', '#']
        .map(|label| {
            let mut mask = KeyMask::at_sample(0);
            let tone = Press::new(label).lasting(200.0).render();
            mask.hear(0, &silence(200.0), &tone);
            format!("{mask:?} {:?} {mask:?}", mask.decide(None))
        })
        .into();
    assert!(texts.iter().all(|text| *text == texts[0]), "{texts:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    #[test]
    fn cuts_do_not_depend_on_how_the_audio_was_divided(sizes in proptest::collection::vec(1_usize..3_000, 40)) {
        let mut customer = silence(100.0);
        for label in ['4', '2'] {
            customer.extend(Press::new(label).render());
            customer.extend(silence(2_300.0));
        }
        let cuts = |sizes: &[usize]| {
            let (mut mask, mut at, mut cuts) = (KeyMask::at_sample(7), 0, Vec::new());
            for size in sizes.iter().cycle() {
                let piece = &customer[at..customer.len().min(at + size)];
                mask.hear(7 + at as u64, &vec![0.0; piece.len()], piece);
                cuts.extend(mask.decide(None));
                at += piece.len();
                if at == customer.len() {
                    break;
                }
            }
            cuts
        };
        prop_assert_eq!(cuts(&sizes), cuts(&[960]));
    }
}

/// A call that is being recorded.
fn recording() -> Bench {
    let mut bench = Bench::new();
    bench.input(ANSWERED);
    bench.blocks(20);
    bench.prompt();
    bench.answer(Answer::Yes, true);
    assert_eq!(bench.phase(), Phase::Recording);
    bench
}

#[test]
fn digits_keyed_in_a_call_are_not_in_its_recording_and_nowhere_else() {
    let mut bench = recording();
    bench.blocks(100);
    let mut sound = silence(20.0);
    for label in "4929".chars() {
        sound.extend(Press::new(label).lasting(160.0).render());
        sound.extend(silence(240.0));
    }
    let begun = bench.encoded().len();
    bench.customer_sounds(&sound);
    bench.blocks(300);
    bench.close();
    let encoded = bench.encoded();
    assert!(encoded.len() > begun + sound.len());
    assert!(encoded.iter().all(|sample| sample.abs() < 0.05), "no tone is left");
    let kinds = bench.ledger_kinds();
    assert_eq!(kinds.iter().filter(|kind| *kind == "redaction.span").count(), 1);
    let report = bench.report.as_ref().unwrap();
    let [span] = &report.redaction_spans[..] else { panic!("one span") };
    assert_eq!((span.trigger.as_str(), span.class.as_str()), ("keypad", "keyed_digits"));
    let written = serde_json::to_string(&bench.ledger()).unwrap();
    assert!(!written.contains("4929"));
}

#[test]
fn a_key_in_media_that_come_and_go_is_cut_out_before_the_missing_time_pushes_it_to_the_encoder() {
    let mut bench = recording();
    bench.blocks(100);
    bench.wait(3_000);
    // These wait for the clock to believe the gap in front of them.
    bench.customer_sounds(&Press::new('4').lasting(200.0).render());
    bench.wait(20_000);
    bench.close();
    let encoded = bench.encoded();
    assert!(encoded.len() > 20 * 48_000, "the timeline goes on");
    assert!(encoded.iter().all(|sample| sample.abs() < 0.05), "no tone is left");
}

#[test]
fn the_tone_of_an_answer_stays_where_answers_are_kept_and_the_next_key_does_not() {
    for (keep_ms, kept) in [(5_000, true), (0, false)] {
        let mut bench = Bench::with(json!({"consent": {"keepAnswerMs": keep_ms}, "disclosure": {
            "promptId": "k", "version": 1, "language": "en", "text": "Press 1 or 2.", "url": "/k.wav", "keypad": true,
            "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        }}));
        bench.input(ANSWERED);
        bench.blocks(20);
        bench.prompt();
        for label in ['1', '5'] {
            let mut sound = silence(100.0);
            sound.extend(Press::new(label).lasting(200.0).render());
            sound.extend(silence(300.0));
            bench.customer_sounds(&sound);
        }
        assert_eq!(bench.phase(), Phase::Recording);
        bench.blocks(300);
        bench.close();
        let encoded = bench.encoded();
        let loud = encoded.iter().filter(|sample| sample.abs() > 0.05).count();
        assert_eq!(loud > samples_of_ms(100.0), kept, "{keep_ms}: {loud}");
        assert!(loud < samples_of_ms(200.0), "one tone, not both");
    }
}
