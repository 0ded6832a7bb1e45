//! What the value detectors cost while somebody types: nanoseconds per text of 4,096 characters, beside the time that merely
//! counting its digits takes, in the same run. Fails if any text takes longer than a millisecond.
//!
//!     cargo run --release --example value_figures

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    reason = "a measuring program"
)]

use std::hint::black_box;
use std::time::Instant;

use callseal::value::detect;

const CHARACTERS: usize = 4_096;
const ROUNDS: u32 = 400;

/// The goal: classification takes less than this per event, nanoseconds.
const MOST_NS: f64 = 1_000_000.0;

/// `part` over and over.
fn repeated(part: &str) -> String {
    part.chars().cycle().take(CHARACTERS).collect()
}

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

fn main() {
    let texts = [
        (
            "prose without a digit",
            repeated("the customer would like to move to another flat and asks what that costs "),
        ),
        (
            "notes with numbers",
            repeated("called 24.11.2026 10:30, order 112-3456789, budget 1,500 EUR, +49 151 23456789; "),
        ),
        ("card numbers", repeated("4242 4242 4242 4242, ")),
        ("account numbers", repeated("DE89 3704 0044 0532 0130 00 ")),
        ("digits in ones", repeated("4 2 9 1 ")),
        ("digits in fours", repeated("4242 ")),
        ("digits only", repeated("4929171")),
        ("letters of another script", repeated("клиент позвонил 24 ноября ")),
    ];
    println!("{CHARACTERS} characters, the fastest of {ROUNDS} rounds\n");
    println!("| text | detect, ns | counting digits, ns | ratio |\n|---|---:|---:|---:|");
    let mut slowest: f64 = 0.0;
    for (name, text) in &texts {
        let detecting = fastest(|| {
            black_box(detect(black_box(text)));
        });
        let counting = fastest(|| {
            black_box(black_box(text).chars().filter(char::is_ascii_digit).count());
        });
        println!("| {name} | {detecting:.0} | {counting:.0} | {:.1} |", detecting / counting);
        slowest = slowest.max(detecting);
    }
    println!(
        "\nslowest: {:.3} ms per event, {:.1} % of a millisecond",
        slowest / 1e6,
        slowest / MOST_NS * 100.0
    );
    assert!(slowest < MOST_NS, "slower than a millisecond");
}
