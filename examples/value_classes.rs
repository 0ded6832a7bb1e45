//! What the value detectors say of each text, for `tests/interop/values.mjs`, which asks other implementations the same.
//!
//! Reads a JSON list of texts on standard input and prints the class of each, or null.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "test code: it stops at the first fault")]

use std::io::stdin;

use callseal::value::detect;

fn main() {
    let texts: Vec<String> = serde_json::from_reader(stdin().lock()).unwrap();
    let classes: Vec<Option<&str>> =
        texts.iter().map(|text| detect(text).map(|hit| hit.class.as_str())).collect();
    println!("{}", serde_json::to_string(&classes).unwrap());
}
