//! The rules of the keypad's detector: what ITU-T Q.24 asks of a receiver, and what masking and secrecy ask of ours.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

#[path = "support/keypad.rs"]
mod keypad;

use callseal::audio::dtmf::{DtmfDetector, DtmfEvent};
use keypad::{LABELS, Law, Press, Random, clip, rms, samples_of_ms, silence, sines, through_g711};
use proptest::prelude::*;
use std::f64::consts::TAU;
use std::sync::LazyLock;

const PAUSE_MS: f64 = 60.0;

fn events_of(sound: &[f32]) -> Vec<DtmfEvent> {
    let mut detector = DtmfDetector::new();
    let mut events = detector.push(sound);
    events.extend(detector.finish());
    events
}

/// What was keyed, with onset and end in milliseconds.
fn keyed(events: &[DtmfEvent]) -> Vec<(char, f64, f64)> {
    events
        .iter()
        .filter_map(|event| match event {
            DtmfEvent::Started { .. } => None,
            DtmfEvent::Ended { symbol, onset_sample, end_sample } => {
                Some((symbol.label(), *onset_sample as f64 / 48.0, *end_sample as f64 / 48.0))
            }
        })
        .collect()
}

fn digits(sound: &[f32]) -> String {
    keyed(&events_of(sound)).into_iter().map(|(label, ..)| label).collect()
}

/// Presses one after the other, with a pause before each and behind the last.
fn typed(presses: &[Press], pause_ms: f64) -> Vec<f32> {
    let mut sound = silence(PAUSE_MS);
    for press in presses {
        sound.extend(press.render());
        sound.extend(silence(pause_ms));
    }
    sound.extend(silence(PAUSE_MS));
    sound
}

fn labels(presses: &[Press]) -> String {
    presses.iter().map(|press| press.label).collect()
}

/// Every key at every corner of what Q.24 wants taken: 1.5 % off, the high tone 4 dB stronger and 8 dB weaker, 40 ms.
fn corners(loudest_dbm0: f64) -> Vec<Press> {
    let mut presses = Vec::new();
    for label in LABELS {
        for (low_off, high_off) in [(0.015, 0.015), (0.015, -0.015), (-0.015, 0.015), (-0.015, -0.015)] {
            for twist_db in [-8.0_f64, 0.0, 4.0] {
                let levels = (loudest_dbm0 - twist_db.max(0.0), loudest_dbm0 + twist_db.min(0.0));
                presses
                    .push(Press::new(label).lasting(40.0).off(low_off, high_off).levels(levels.0, levels.1));
            }
        }
    }
    presses
}

#[test]
fn takes_every_key_at_every_corner_of_tolerance() {
    // So that the weaker tone has −25 dBm0, and as loud as fits.
    for loudest_dbm0 in [-17.0, -4.0] {
        let presses = corners(loudest_dbm0);
        assert_eq!(digits(&typed(&presses, PAUSE_MS)), labels(&presses), "at {loudest_dbm0} dBm0");
    }
}

#[test]
fn takes_every_key_at_every_corner_through_both_laws_of_g711() {
    for law in [Law::Mu, Law::A] {
        let presses: Vec<Press> = corners(-17.0).into_iter().step_by(2).collect();
        assert_eq!(digits(&through_g711(&typed(&presses, PAUSE_MS), law)), labels(&presses));
    }
}

#[test]
fn takes_two_hertz_more_than_one_and_a_half_percent() {
    for (at, label) in LABELS.into_iter().enumerate() {
        let low_hz = [697.0, 770.0, 852.0, 941.0][at / 4];
        let high_hz = [1_209.0, 1_336.0, 1_477.0, 1_633.0][at % 4];
        for sign in [-1.0, 1.0] {
            let off = |hz: f64| sign * (0.015 + 2.0 / hz);
            let press = Press::new(label).lasting(40.0).off(off(low_hz), off(high_hz));
            assert_eq!(digits(&typed(&[press], PAUSE_MS)), label.to_string());
        }
    }
}

#[test]
fn takes_tones_that_were_clipped() {
    let presses = LABELS.map(|label| Press::new(label).lasting(50.0).levels(0.0, 0.0));
    let sound: Vec<f32> =
        typed(&presses, PAUSE_MS).into_iter().map(|sample| sample.clamp(-1.0, 1.0)).collect();
    assert_eq!(digits(&sound), labels(&presses));
}

#[test]
fn takes_what_chromium_renders_at_its_fastest() {
    // RTCDTMFSender: at least 40 ms and 30 ms between; the high tone 3 dB above the low one, here at −10 dBm0.
    let presses: Vec<Press> = "1122*00#1234567890"
        .chars()
        .map(|label| Press::new(label).lasting(40.0).levels(-25.0, -22.0))
        .collect();
    assert_eq!(digits(&typed(&presses, 30.0)), labels(&presses));
}

#[test]
fn leaves_alone_what_is_off_by_three_and_a_half_percent() {
    for label in LABELS {
        for off in [-0.035, 0.035] {
            let presses = [(off, 0.0), (0.0, off), (off, off), (off, -off)]
                .map(|(low_off, high_off)| Press::new(label).off(low_off, high_off));
            assert_eq!(digits(&typed(&presses, PAUSE_MS)), "", "{label} off by {off}");
        }
    }
}

#[test]
fn leaves_alone_what_is_shorter_than_23_ms() {
    for milliseconds in [5.0, 10.0, 15.0, 20.0, 22.9] {
        let presses = LABELS.map(|label| Press::new(label).lasting(milliseconds).levels(-6.0, -6.0));
        assert_eq!(digits(&typed(&presses, PAUSE_MS)), "", "{milliseconds} ms");
    }
}

#[test]
fn leaves_alone_too_much_twist_and_too_little_level() {
    for (low_dbm0, high_dbm0) in [(-5.0, -17.0), (-17.0, -5.0), (-55.0, -55.0)] {
        let presses = LABELS.map(|label| Press::new(label).levels(low_dbm0, high_dbm0));
        assert_eq!(digits(&typed(&presses, PAUSE_MS)), "");
    }
}

#[test]
fn leaves_alone_single_tones_and_tones_of_the_network() {
    let single = [697.0, 770.0, 852.0, 941.0, 1_209.0, 1_336.0, 1_477.0, 1_633.0, 1_400.0, 1_100.0, 2_100.0];
    for hz in single {
        assert_eq!(digits(&sines(&[(hz, -5.0)], 500.0)), "", "{hz} Hz");
    }
    // Dial tone, ringing, busy, Europe's dial tone with a harmonic, two of one group, three of the special information
    // tone at once.
    let several: [&[f64]; 7] = [
        &[350.0, 440.0],
        &[440.0, 480.0],
        &[480.0, 620.0],
        &[425.0, 850.0, 1_275.0],
        &[697.0, 852.0],
        &[1_209.0, 1_477.0],
        &[950.0, 1_400.0, 1_800.0],
    ];
    for tones in several {
        let tones: Vec<(f64, f64)> = tones.iter().map(|hz| (*hz, -8.0)).collect();
        assert_eq!(digits(&sines(&tones, 500.0)), "", "{tones:?}");
    }
}

#[test]
fn leaves_noise_alone() {
    let mut random = Random(11);
    let sound: Vec<f32> = (0..samples_of_ms(30_000.0)).map(|_| (random.normal() * 0.2) as f32).collect();
    assert_eq!(digits(&sound), "");
}

/// Bandwidth of a formant, hertz.
const FORMANT_WIDTH_HZ: f64 = 90.0;

/// Gain of a formant, a resonance of second order.
fn formant(hz: f64, centre_hz: f64) -> f64 {
    let ratio = hz / centre_hz;
    ((1.0 - ratio * ratio).powi(2) + (hz * FORMANT_WIDTH_HZ / centre_hz.powi(2)).powi(2)).sqrt().recip()
}

/// A voice: harmonics of a pitch that glides, 6 dB weaker with every octave, through formants that glide too.
fn voice(from_hz: f64, to_hz: f64, milliseconds: f64, random: &mut Random) -> Vec<f32> {
    let vowels = [
        [730.0, 1_090.0],
        [270.0, 2_290.0],
        [530.0, 1_840.0],
        [570.0, 840.0],
        [700.0, 1_630.0],
        [300.0, 870.0],
    ];
    let (first, second) = (vowels[random.below(6)], vowels[random.below(6)]);
    let length = samples_of_ms(milliseconds);
    let mut phase = 0.0;
    let sound: Vec<f32> = (0..length)
        .map(|at| {
            let part = at as f64 / length as f64;
            let pitch_hz = from_hz + (to_hz - from_hz) * part;
            phase += pitch_hz / 48_000.0;
            let (mut sum, mut harmonic) = (0.0, 1.0);
            while harmonic * pitch_hz < 3_500.0 {
                let gain: f64 = (0..2)
                    .map(|at| formant(harmonic * pitch_hz, first[at] + (second[at] - first[at]) * part))
                    .product();
                sum += gain / harmonic * (TAU * phase * harmonic).sin();
                harmonic += 1.0;
            }
            sum as f32
        })
        .collect();
    let gain = 0.1 / rms(&sound) as f32;
    sound.into_iter().map(|sample| sample * gain).collect()
}

#[test]
fn leaves_voices_alone_even_where_their_harmonics_are_those_of_keys() {
    let mut random = Random(7);
    // 233 Hz has 697 and 1,633 Hz as its 3rd and 7th harmonics, 174 and 235 Hz have 4 : 7, 301 has 4 : 5.
    for pitch_hz in [90.0, 120.0, 174.0, 190.0, 211.0, 233.0, 235.0, 241.0, 267.0, 301.0] {
        for _ in 0..8 {
            let to_hz = pitch_hz * random.between(0.97, 1.03);
            let sound = voice(pitch_hz, to_hz, 300.0, &mut random);
            assert_eq!(digits(&sound), "", "{pitch_hz} Hz to {to_hz} Hz");
        }
    }
}

static AGENT: LazyLock<Vec<f32>> = LazyLock::new(|| clip("agent.wav"));
static CUSTOMER: LazyLock<Vec<f32>> = LazyLock::new(|| clip("customer.wav"));

#[test]
fn leaves_the_shipped_speech_alone() {
    for speech in [&*AGENT, &*CUSTOMER] {
        assert!(rms(speech) > 0.01, "the clips hold speech");
        assert_eq!(digits(speech), "");
        assert_eq!(digits(&through_g711(speech, Law::A)), "");
    }
}

#[test]
fn takes_answers_with_speech_over_them_on_a_coded_line() {
    let mut random = Random(3);
    let speech = &*CUSTOMER;
    let mut found = 0;
    let mut tries = 0;
    while tries < 60 {
        let tone = Press::new(if tries % 2 == 0 { '1' } else { '2' }).lasting(100.0).render();
        let at = random.below(speech.len() - samples_of_ms(400.0));
        let excerpt = &speech[at..at + samples_of_ms(400.0)];
        let begin = samples_of_ms(150.0);
        let loudness = rms(&excerpt[begin..begin + tone.len()]);
        if loudness < 0.5 * rms(speech) {
            continue;
        }
        // The tone 5 dB above the speech.
        let gain = rms(&tone) / loudness / 10_f64.powf(0.25);
        let mut sound: Vec<f32> = excerpt.iter().map(|sample| (f64::from(*sample) * gain) as f32).collect();
        for (cell, sample) in sound[begin..].iter_mut().zip(&tone) {
            *cell += sample;
        }
        found +=
            usize::from(digits(&through_g711(&sound, Law::Mu)) == if tries % 2 == 0 { "1" } else { "2" });
        tries += 1;
    }
    assert!(found >= 58, "{found} of 60");
}

#[test]
fn an_interruption_of_10_ms_does_not_split_a_tone() {
    for label in LABELS {
        for interruption_ms in [2.0, 5.0, 10.0] {
            let tone = Press::new(label).lasting(50.0).render();
            let mut sound = silence(50.0);
            sound.extend(&tone);
            sound.extend(silence(interruption_ms));
            sound.extend(&tone);
            sound.extend(silence(60.0));
            assert_eq!(digits(&sound), label.to_string(), "{interruption_ms} ms");
        }
    }
}

#[test]
fn a_pause_of_30_ms_splits_two_presses_of_one_key() {
    for label in LABELS {
        for pause_ms in [30.0, 40.0, 100.0] {
            let presses = [Press::new(label).lasting(50.0); 3];
            assert_eq!(digits(&typed(&presses, pause_ms)), labels(&presses), "{pause_ms} ms");
        }
    }
}

#[test]
fn a_long_press_is_one() {
    assert_eq!(digits(&typed(&[Press::new('5').lasting(8_000.0)], PAUSE_MS)), "5");
}

#[test]
fn an_onset_is_never_late_and_hardly_early() {
    let mut random = Random(5);
    for round in 0..64 {
        let before_ms = random.between(20.0, 120.0);
        let length_ms = random.between(40.0, 160.0);
        let press = Press::new(LABELS[round % 16]).lasting(length_ms);
        let mut sound = silence(before_ms);
        sound.extend(press.render());
        sound.extend(silence(60.0));
        if round >= 32 {
            sound = through_g711(&sound, Law::Mu);
        }
        let [(label, onset_ms, end_ms)] = keyed(&events_of(&sound))[..] else { panic!("one press") };
        assert_eq!(label, press.label);
        let early_ms = before_ms - onset_ms;
        assert!((0.0..4.0).contains(&early_ms), "{early_ms} ms early");
        let off_ms = end_ms - (before_ms + length_ms);
        assert!((-2.0..5.0).contains(&off_ms), "ends {off_ms} ms late");
    }
}

#[test]
fn a_tone_alone_is_told_of_within_40_ms() {
    for label in LABELS {
        let mut sound = silence(50.0);
        sound.extend(Press::new(label).render());
        let mut detector = DtmfDetector::new();
        let told = sound.chunks(48).position(|block| !detector.push(block).is_empty()).unwrap();
        assert!((30..=40).contains(&(told - 50)), "{} ms", told - 50);
    }
}

#[test]
fn started_and_ended_alternate_and_agree() {
    let presses = LABELS.map(Press::new);
    let events = events_of(&typed(&presses, 40.0));
    assert_eq!(events.len(), 32);
    for pair in events.chunks(2) {
        let [
            DtmfEvent::Started { symbol: first, onset_sample: from },
            DtmfEvent::Ended { symbol: second, onset_sample, end_sample },
        ] = pair
        else {
            panic!("a start and its end")
        };
        assert!(first == second && from == onset_sample && onset_sample < end_sample);
    }
}

#[test]
fn the_timeline_begins_where_it_is_told() {
    let sound = typed(&[Press::new('7')], PAUSE_MS);
    let origin = 48_000 * 3_600 + 1;
    let mut detector = DtmfDetector::at_sample(origin);
    let mut later = detector.push(&sound);
    later.extend(detector.finish());
    assert_eq!(detector.next_sample(), origin + sound.len() as u64);
    let (_, onset_ms, end_ms) = keyed(&events_of(&sound))[0];
    let (_, later_onset_ms, later_end_ms) = keyed(&later)[0];
    let shift_ms = origin as f64 / 48.0;
    assert!((later_onset_ms - onset_ms - shift_ms).abs() < 1e-6);
    assert!((later_end_ms - end_ms - shift_ms).abs() < 1e-6);
}

#[test]
fn a_gap_ends_a_tone_and_moves_the_timeline() {
    let tone = Press::new('3').render();
    for gap_ms in [50_u64, 99, 101, 60_000] {
        let mut detector = DtmfDetector::new();
        let mut events = detector.push(&silence(50.0));
        events.extend(detector.push(&tone));
        events.extend(detector.gap(gap_ms * 48));
        events.extend(detector.push(&tone));
        events.extend(detector.finish());
        let [(_, first_ms, first_end_ms), (_, second_ms, second_end_ms)] = keyed(&events)[..] else {
            panic!("two presses")
        };
        let second_begins_ms = 150.0 + gap_ms as f64;
        assert!((46.0..50.0).contains(&first_ms) && (148.0..155.0).contains(&first_end_ms));
        assert!((second_begins_ms - 4.0..second_begins_ms).contains(&second_ms), "{second_ms}");
        assert!((second_end_ms - second_begins_ms - 100.0).abs() < 5.0);
    }
}

#[test]
fn a_gap_shorter_than_an_interruption_does_not_split_a_tone() {
    let tone = Press::new('3').render();
    let mut detector = DtmfDetector::new();
    let mut events = detector.push(&tone);
    events.extend(detector.gap(8 * 48));
    events.extend(detector.push(&tone));
    events.extend(detector.finish());
    assert_eq!(keyed(&events).len(), 1);
}

#[test]
fn the_end_of_the_audio_ends_a_tone() {
    let mut detector = DtmfDetector::new();
    let started = detector.push(&Press::new('1').render());
    assert!(matches!(started[..], [DtmfEvent::Started { .. }]) && detector.is_sounding());
    let ended = detector.finish();
    let [DtmfEvent::Ended { end_sample, .. }] = ended[..] else { panic!("an end") };
    assert!(end_sample <= 4_800 && !detector.is_sounding());
}

#[test]
fn what_is_not_a_number_blinds_only_itself() {
    let mut sound = vec![f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN];
    sound.extend(typed(&[Press::new('9')], PAUSE_MS));
    assert_eq!(digits(&sound), "9");
}

#[test]
fn no_debug_output_shows_which_key() {
    let texts: Vec<String> = LABELS
        .into_iter()
        .map(|label| {
            let mut detector = DtmfDetector::new();
            let mut events = detector.push(&silence(20.0));
            events.extend(detector.push(&Press::new(label).lasting(60.0).render()));
            assert!(detector.is_sounding());
            let sounding = format!("{detector:?}");
            events.extend(detector.finish());
            for event in &mut events {
                match event {
                    DtmfEvent::Started { onset_sample, .. } => *onset_sample = 0,
                    DtmfEvent::Ended { onset_sample, end_sample, .. } => {
                        (*onset_sample, *end_sample) = (0, 0);
                    }
                }
            }
            format!("{events:?} {events:#?} {sounding} {detector:#?}")
        })
        .collect();
    assert!(texts.iter().all(|text| *text == texts[0] && text.contains("Symbol(_)")), "{}", texts[0]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn events_do_not_depend_on_how_the_audio_was_cut(
        cuts in prop::collection::vec(1_usize..3_000, 1..40),
        keys in prop::collection::vec((0_usize..16, 30.0_f64..90.0, 15.0_f64..60.0), 1..5),
    ) {
        let mut sound = silence(10.0);
        for (key, tone_ms, pause_ms) in keys {
            sound.extend(Press::new(LABELS[key]).lasting(tone_ms).render());
            sound.extend(silence(pause_ms));
        }
        let whole = events_of(&sound);
        let mut detector = DtmfDetector::new();
        let mut events = Vec::new();
        let mut rest = &sound[..];
        for cut in cuts.into_iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (block, behind) = rest.split_at(cut.min(rest.len()));
            events.extend(detector.push(block));
            rest = behind;
        }
        events.extend(detector.finish());
        prop_assert!(events == whole);
    }
}
