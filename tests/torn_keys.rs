//! Tones that a jitter buffer has torn into pieces: no digit can be read from what the mask leaves of them.
//!
//! The reader is `multimon-ng`, which has nothing in common with our detector; where it is not there these tests say so and
//! end, except in continuous integration (`CI` is set).
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

#[path = "support/keypad.rs"]
mod keypad;
#[path = "support/torn.rs"]
mod torn;

use std::f64::consts::PI;
use std::io::Write as _;
use std::process::{Command, Stdio};

use callseal::audio::BLOCK_SAMPLES;
use callseal::audio::dtmf::FragmentDetector;
use callseal::redact::keys::{BEFORE_MS, BEHIND_MS, BESIDE_TORN_MS, Cut, KeyMask};
use keypad::{LABELS, Law, Press, Random, clip, samples_of_ms, silence, through_g711};
use torn::{Concealment, torn};

/// The rate at which multimon-ng reads raw samples, hertz.
const READER_RATE_HZ: f64 = 22_050.0;

/// Samples at multimon-ng's rate, by a windowed sinc; the tones lie far below either band's end.
fn at_readers_rate(samples: &[f32]) -> Vec<i16> {
    const REACH: f64 = 12.0;
    let step = 48_000.0 / READER_RATE_HZ;
    let length = (samples.len() as f64 / step) as usize;
    let value = |at: f64| {
        let from = (at - REACH).ceil().max(0.0) as usize;
        let to = ((at + REACH) as usize + 1).min(samples.len());
        (from..to)
            .map(|index| {
                let distance = (index as f64 - at) / step;
                let sinc = if distance == 0.0 { 1.0 } else { (PI * distance).sin() / (PI * distance) };
                f64::from(samples[index]) * sinc * (0.5 + 0.5 * (PI * (index as f64 - at) / REACH).cos())
            })
            .sum::<f64>()
            / step
    };
    (0..length).map(|at| (value(at as f64 * step).clamp(-1.0, 1.0) * 32_767.0) as i16).collect()
}

/// The digits that multimon-ng reads, or nothing if it is not there.
fn read(samples: &[f32]) -> Option<String> {
    let arguments = ["-q", "-a", "DTMF", "-t", "raw", "-"];
    let started =
        Command::new("multimon-ng").args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut reader) = started else {
        assert!(std::env::var_os("CI").is_none(), "multimon-ng is not there");
        println!("skipped: multimon-ng is not there (apt-get install -y multimon-ng)");
        return None;
    };
    let bytes: Vec<u8> = at_readers_rate(samples).into_iter().flat_map(i16::to_le_bytes).collect();
    let mut input = reader.stdin.take().unwrap();
    let writer = std::thread::spawn(move || input.write_all(&bytes));
    let output = reader.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    Some(text.lines().filter_map(|line| line.strip_prefix("DTMF: ")).collect())
}

/// What is cut out of a call whose customer is heard so.
fn cuts_of(customer: &[f32]) -> Vec<(usize, usize)> {
    let mut mask = KeyMask::at_sample(0);
    let (mut begun, mut stretches) = (None::<u64>, Vec::new());
    let mut take = |cuts: Vec<Cut>| {
        for cut in cuts {
            match cut {
                Cut::Begin { from_sample } => {
                    begun = Some(begun.map_or(from_sample, |from| from.min(from_sample)))
                }
                Cut::End { to_sample } => {
                    let from = begun.take().unwrap();
                    stretches.push((from as usize, (to_sample as usize).min(customer.len())));
                }
            }
        }
    };
    for (index, block) in customer.chunks(BLOCK_SAMPLES).enumerate() {
        mask.hear((index * BLOCK_SAMPLES) as u64, &vec![0.0; block.len()], block);
        take(mask.decide(None));
    }
    mask.finish();
    take(mask.decide(None));
    stretches
}

fn masked(customer: &[f32]) -> Vec<f32> {
    let mut left = customer.to_vec();
    for (from, to) in cuts_of(customer) {
        left[from..to].fill(0.0);
    }
    left
}

fn press(random: &mut Random) -> Press {
    Press::new(LABELS[random.below(16)]).lasting(random.between(90.0, 200.0)).levels(-13.0, -10.0)
}

#[test]
fn no_digit_of_torn_numbers_can_be_read() {
    for concealment in Concealment::ALL {
        let mut random = Random(concealment as u64 + 41);
        let mut customer = silence(500.0);
        for _ in 0..12 {
            for _ in 0..8 {
                let tone = press(&mut random).render();
                customer.extend(torn(&tone, 3.0, concealment, &mut random));
                customer.extend(silence(random.between(60.0, 700.0)));
            }
            customer.extend(silence(2_600.0));
        }
        let Some(unmasked) = read(&customer) else { return };
        assert!(unmasked.len() >= 48, "{concealment:?}: digits were to be read: {unmasked}");
        let left = read(&masked(&customer)).unwrap();
        println!("{concealment:?}: of 96 keys {} readings unmasked, {} masked", unmasked.len(), left.len());
        assert_eq!(left, "", "{concealment:?}");
    }
}

#[test]
fn a_torn_key_alone_is_cut_out_if_one_of_its_pieces_has_16_ms() {
    for concealment in Concealment::ALL {
        let mut random = Random(concealment as u64 + 51);
        let (mut customer, mut places) = (silence(500.0), Vec::new());
        for _ in 0..64 {
            let played = torn(&press(&mut random).render(), 16.0, concealment, &mut random);
            places.push((customer.len(), customer.len() + played.len()));
            customer.extend(played);
            customer.extend(silence(2_600.0));
        }
        let (left, stretches) = (masked(&customer), cuts_of(&customer));
        for (from, to) in places {
            let is_cut = stretches.iter().any(|(begin, end)| *begin <= to && from <= *end);
            assert!(is_cut, "{concealment:?} at {from}");
        }
        assert_eq!(read(&left).unwrap_or_default(), "", "{concealment:?}");
    }
}

#[test]
fn a_tone_that_is_whole_is_cut_out_with_its_own_margins_only() {
    for milliseconds in [40.0, 100.0, 500.0, 3_000.0] {
        for label in LABELS {
            let mut customer = silence(400.0);
            let begin = customer.len();
            customer.extend(Press::new(label).lasting(milliseconds).render());
            let end = customer.len();
            customer.extend(silence(400.0));
            let [(from, to)] = cuts_of(&customer)[..] else { panic!("one run") };
            assert!((begin - samples_of_ms(26.0)..=begin).contains(&from), "{label}, {milliseconds} ms");
            assert!((end..=end + samples_of_ms(66.0)).contains(&to), "{label}, {milliseconds} ms");
        }
    }
}

#[test]
fn a_piece_alone_is_cut_out_with_the_margins_of_a_torn_tone() {
    let most = samples_of_ms((BESIDE_TORN_MS + BEFORE_MS.max(BEHIND_MS)) as f64 + 10.0);
    for milliseconds in [12.0, 16.0, 22.0] {
        for label in LABELS {
            let mut customer = silence(600.0);
            let begin = customer.len();
            customer.extend(Press::new(label).lasting(milliseconds).render());
            let end = customer.len();
            customer.extend(silence(600.0));
            let [(from, to)] = cuts_of(&customer)[..] else { panic!("one run: {label}, {milliseconds} ms") };
            assert!(from <= begin - samples_of_ms(BESIDE_TORN_MS as f64) && from >= begin - most);
            assert!(to >= end + samples_of_ms(BESIDE_TORN_MS as f64) && to <= end + most);
        }
    }
}

#[test]
fn no_piece_of_a_tone_is_heard_in_the_shipped_speech() {
    for name in ["agent.wav", "customer.wav"] {
        let speech = clip(name);
        for sound in [through_g711(&speech, Law::Mu), through_g711(&speech, Law::A), speech] {
            assert_eq!(FragmentDetector::at_sample(0).push(&sound), [], "{name}");
        }
    }
}

#[test]
fn pieces_do_not_depend_on_how_the_audio_was_cut_and_the_timeline_begins_where_it_is_told() {
    let mut sound = silence(50.0);
    sound.extend(Press::new('5').lasting(15.0).render());
    sound.extend(silence(50.0));
    let whole = FragmentDetector::at_sample(7).push(&sound);
    assert!(!whole.is_empty());
    let begin = 7 + samples_of_ms(50.0) as u64;
    for piece in &whole {
        assert!(piece.from_sample + 144 >= begin && piece.to_sample <= begin + samples_of_ms(18.0) as u64);
    }
    for size in [1, 7, 960, 1_001] {
        let mut detector = FragmentDetector::at_sample(7);
        let pieces: Vec<_> = sound.chunks(size).flat_map(|block| detector.push(block)).collect();
        assert_eq!(pieces, whole, "{size}");
    }
}
