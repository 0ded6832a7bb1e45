//! What one typing event costs the engine: a field's descriptor read and classified, and the text in it looked at for
//! values, as `src/detection/watch.rs` does it; nanoseconds, beside the time that merely counting the digits of the same
//! text takes in the same run. Fails if any event takes longer than a millisecond.
//!
//!     cargo run --release --example sensor_figures

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    reason = "a measuring program"
)]

use std::hint::black_box;
use std::time::Instant;

use callseal::detection::watch::{How, LONGEST_TEXT_CHARS, Reported};
use callseal::detection::{Detection, DetectionConfig, Watch};

/// The goal: an event takes less than this, nanoseconds.
const MOST_NS: f64 = 1_000_000.0;
const ROUNDS: u32 = 50;

/// The fastest of several rounds, since others use the machine too; nanoseconds.
fn fastest(mut work: impl FnMut()) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        work();
        best = best.min(start.elapsed().as_secs_f64() * 1e9);
    }
    best
}

fn classifying(detection: &Detection, descriptor: &str) -> f64 {
    fastest(|| {
        let reported = Reported { field: 1, how: How::Focus, frame_host: None, descriptor };
        black_box(Watch::default().field("page", black_box(&reported), detection));
    })
}

fn main() {
    let detection = DetectionConfig::default().validate().unwrap();
    let examples: Vec<serde_json::Value> =
        serde_json::from_str(include_str!("../tests/fields/descriptors.json")).unwrap();
    let mut fields: Vec<f64> =
        examples.iter().map(|example| classifying(&detection, &example["field"].to_string())).collect();
    fields.sort_by(f64::total_cmp);
    let median_ns = fields[fields.len() / 2];
    let worst_ns = fields[fields.len() - 1];

    let part = "called 24.11.2026 10:30, order 112-3456789, budget 1,500 EUR, +49 151 23456789; ";
    let digits = "4 2 9 1 ";
    println!("| event | ns | counting digits, ns | ratio |\n|---|---:|---:|---:|");
    let mut slowest: f64 = 0.0;
    for (name, part) in [("notes with numbers", part), ("digits in ones, the worst found", digits)] {
        let text: String = part.chars().cycle().take(LONGEST_TEXT_CHARS).collect();
        let looking = fastest(|| {
            black_box(Watch::default().text("page", 1, black_box(&text), &detection));
        });
        let counting = fastest(|| {
            black_box(black_box(&text).chars().filter(char::is_ascii_digit).count());
        });
        for (field, field_ns) in [("median field", median_ns), ("slowest field", worst_ns)] {
            let event_ns = field_ns + looking;
            let ratio = event_ns / counting;
            println!(
                "| {field}, {LONGEST_TEXT_CHARS} characters of {name} | {event_ns:.0} | {counting:.0} | {ratio:.0} |"
            );
            slowest = slowest.max(event_ns);
        }
    }
    println!("\nengine: {} fields, slowest event {:.3} ms", fields.len(), slowest / 1e6);
    assert!(slowest < MOST_NS, "slower than a millisecond");
}
