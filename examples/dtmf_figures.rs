//! The keypad detector's figures, for `scripts/bench/dtmf.mjs`, which makes the speech and carries sound through Opus.
//!
//! `mix SPEECH FOLDER SEED TONES` writes tones over speech, one file for each ratio and line, and what is in them;
//! `score SOUND TRUTH` compares what is heard with that; `listen SOUND` counts what is heard in speech. Sound is raw:
//! mono, 16 bits, little-endian, 48 kHz. Each prints one line of JSON.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "test code: it stops at the first fault"
)]

#[path = "../tests/support/keypad.rs"]
mod keypad;

use callseal::audio::dtmf::{DtmfDetector, DtmfEvent};
use callseal::redact::keys::{Cut, KeyMask};
use keypad::{LABELS, Law, Press, Random, amplitude, rms, samples_of_ms, through_g711};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::time::Instant;

/// Tone over speech in decibels; `None` is the tone alone.
const RATIOS_DB: [Option<i32>; 6] = [None, Some(20), Some(15), Some(10), Some(5), Some(0)];

/// Speech before and behind every tone.
const BEFORE_MS: f64 = 200.0;
const BEHIND_MS: f64 = 150.0;

/// Excerpts of speech fade in and out over this, so that their joints do not click.
const FADE_MS: f64 = 10.0;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let report = match arguments.as_slice() {
        ["mix", speech, folder, seed, tones] => {
            mix(&read(speech), Path::new(folder), seed.parse().unwrap(), tones.parse().unwrap())
        }
        ["score", sound, truth] => score(&read(sound), &read_truth(truth)),
        ["listen", sound] => listen(&read(sound)),
        _ => panic!("usage: dtmf_figures mix SPEECH FOLDER SEED TONES | score SOUND TRUTH | listen SOUND"),
    };
    println!("{report}");
}

fn read(path: &str) -> Vec<f32> {
    let bytes = fs::read(path).unwrap();
    bytes.chunks_exact(2).map(|pair| f32::from(i16::from_le_bytes([pair[0], pair[1]])) / 32_768.0).collect()
}

fn write(path: &Path, samples: &[f32]) {
    let bytes: Vec<u8> = samples
        .iter()
        .flat_map(|sample| ((sample * 32_768.0).round().clamp(-32_768.0, 32_767.0) as i16).to_le_bytes())
        .collect();
    fs::write(path, bytes).unwrap();
}

/// A tone that is in the sound, in samples.
struct Truth {
    label: char,
    from: u64,
    to: u64,
}

fn read_truth(path: &str) -> Vec<Truth> {
    let value: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let tones = value.as_array().unwrap().iter();
    tones
        .map(|tone| Truth {
            label: tone[0].as_str().unwrap().chars().next().unwrap(),
            from: tone[1].as_u64().unwrap(),
            to: tone[2].as_u64().unwrap(),
        })
        .collect()
}

fn mix(speech: &[f32], folder: &Path, seed: u64, tones: usize) -> Value {
    let active = rms(speech);
    let mut random = Random(seed);
    let mut seconds = 0.0;
    for ratio_db in RATIOS_DB {
        let name = ratio_db.map_or("clean".to_owned(), |ratio| format!("{ratio}dB"));
        let (mut sound, mut truth) = (Vec::new(), Vec::new());
        for _ in 0..tones {
            let (label, at, length) = one(speech, active, ratio_db, &mut random, &mut sound);
            truth.push(json!([label.to_string(), at, at + length]));
        }
        seconds += sound.len() as f64 / 48_000.0;
        write(&folder.join(format!("{name}.none.raw")), &sound);
        write(&folder.join(format!("{name}.mulaw.raw")), &through_g711(&sound, Law::Mu));
        write(&folder.join(format!("{name}.alaw.raw")), &through_g711(&sound, Law::A));
        fs::write(folder.join(format!("{name}.json")), json!(truth).to_string()).unwrap();
    }
    json!({ "conditions": RATIOS_DB.len(), "seconds": seconds })
}

/// Appends one tone in its excerpt of speech: every frequency within 1.5 %, every twist, every level of Q.24's that
/// leaves room for the speech, 40 to 200 ms.
fn one(
    speech: &[f32],
    active: f64,
    ratio_db: Option<i32>,
    random: &mut Random,
    sound: &mut Vec<f32>,
) -> (char, usize, usize) {
    let label = LABELS[random.below(16)];
    let twist_db = random.between(-8.0, 4.0);
    let level_dbm0 = random.between(-20.0, -8.0);
    let tone = Press::new(label)
        .lasting(random.between(40.0, 200.0))
        .off(random.between(-0.015, 0.015), random.between(-0.015, 0.015))
        .levels(level_dbm0 - twist_db.max(0.0), level_dbm0 + twist_db.min(0.0))
        .render();
    let before = samples_of_ms(BEFORE_MS);
    let length = before + tone.len() + samples_of_ms(BEHIND_MS);
    let mut excerpt = vec![0.0_f32; length];
    if let Some(ratio_db) = ratio_db {
        // Somebody must be speaking during the tone, not only around it.
        let (from, loudness) = loop {
            let from = random.below(speech.len() - length);
            let loudness = rms(&speech[from + before..from + before + tone.len()]);
            if loudness > 0.5 * active {
                break (from, loudness);
            }
        };
        let gain = rms(&tone) / loudness / 10_f64.powf(f64::from(ratio_db) / 20.0);
        let fade = samples_of_ms(FADE_MS);
        for (at, cell) in excerpt.iter_mut().enumerate() {
            let edge = (at.min(length - 1 - at) as f64 / fade as f64).min(1.0);
            *cell = (f64::from(speech[from + at]) * gain * edge) as f32;
        }
    }
    for (cell, sample) in excerpt[before..].iter_mut().zip(&tone) {
        *cell += sample;
    }
    // Noise of a quiet line, −65 dBm0: nothing real is exactly 0.
    for cell in &mut excerpt {
        *cell += (random.normal() * amplitude(-65.0) / 2_f64.sqrt()) as f32;
    }
    let at = sound.len() + before;
    sound.extend(excerpt);
    (label, at, tone.len())
}

/// A tone that was heard, in samples.
struct Heard {
    label: char,
    from: u64,
    to: u64,
}

fn hear(sound: &[f32]) -> (Vec<Heard>, f64) {
    let started = Instant::now();
    let mut detector = DtmfDetector::new();
    let mut events = Vec::new();
    for block in sound.chunks(960) {
        events.extend(detector.push(block));
    }
    events.extend(detector.finish());
    let seconds = started.elapsed().as_secs_f64();
    let heard = events.iter().filter_map(|event| match event {
        DtmfEvent::Started { .. } => None,
        DtmfEvent::Ended { symbol, onset_sample, end_sample } => {
            Some(Heard { label: symbol.label(), from: *onset_sample, to: *end_sample })
        }
    });
    (heard.collect(), seconds)
}

fn score(sound: &[f32], truth: &[Truth]) -> Value {
    let (heard, seconds) = hear(sound);
    let mut right = [0_usize; 2];
    let mut tones = [0_usize; 2];
    let (mut wrong, mut split) = (0, 0);
    let mut matched = 0;
    let (mut onsets_ms, mut ends_ms) = (Vec::new(), Vec::new());
    for tone in truth {
        let long = usize::from(tone.to - tone.from >= 80 * 48);
        tones[long] += 1;
        let overlapping: Vec<&Heard> =
            heard.iter().filter(|heard| heard.from < tone.to && heard.to > tone.from).collect();
        matched += overlapping.len();
        wrong += overlapping.iter().filter(|heard| heard.label != tone.label).count();
        let same: Vec<_> = overlapping.iter().filter(|heard| heard.label == tone.label).collect();
        let (Some(first), Some(last)) = (same.first(), same.last()) else { continue };
        right[long] += 1;
        split += same.len() - 1;
        onsets_ms.push((first.from as f64 - tone.from as f64) / 48.0);
        ends_ms.push((last.to as f64 - tone.to as f64) / 48.0);
    }
    let late = onsets_ms.iter().filter(|error| **error > 2.0).count();
    let digits: String = truth.iter().map(|tone| tone.label).collect();
    let read: String = heard.iter().map(|heard| heard.label).collect();
    json!({
        "tones": truth.len(), "short": [right[0], tones[0]], "long": [right[1], tones[1]],
        "wrong": wrong, "split": split, "elsewhere": heard.len().saturating_sub(matched),
        "onsetMs": percentiles(&mut onsets_ms), "late": late, "endMs": percentiles(&mut ends_ms),
        "digits": digits, "read": read, "realTime": seconds / (sound.len() as f64 / 48_000.0),
    })
}

/// The 1st, 50th and 99th percentile.
fn percentiles(values: &mut [f64]) -> Value {
    values.sort_by(f64::total_cmp);
    let at = |part: f64| values.get(((values.len().max(1) - 1) as f64 * part).round() as usize);
    json!([at(0.01), at(0.5), at(0.99)])
}

fn listen(sound: &[f32]) -> Value {
    let (heard, seconds) = hear(sound);
    let length = sound.len() as f64 / 48_000.0;
    let hits: Vec<_> = heard
        .iter()
        .map(|heard| {
            json!([heard.label.to_string(), heard.from as f64 / 48_000.0, heard.to as f64 / 48_000.0])
        })
        .collect();
    json!({ "seconds": length, "hits": hits, "realTime": seconds / length, "cutMs": cut_ms(sound) })
}

/// What the mask of keyed digits takes of it.
fn cut_ms(sound: &[f32]) -> f64 {
    let mut mask = KeyMask::at_sample(0);
    let (mut begun, mut cut) = (None, 0);
    let mut take = |cuts: Vec<Cut>| {
        for one in cuts {
            match one {
                Cut::Begin { from_sample } => begun = begun.or(Some(from_sample)),
                Cut::End { to_sample } => cut += begun.take().map_or(0, |from| to_sample - from),
            }
        }
    };
    for block in sound.chunks(960) {
        mask.hear(mask.heard_until(), &vec![0.0; block.len()], block);
        take(mask.decide(None));
    }
    mask.finish();
    take(mask.decide(None));
    cut as f64 / 48.0
}
