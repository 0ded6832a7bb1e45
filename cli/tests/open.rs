//! `callseal open` beside the plain case: stretches, sides, WAVE, standard output; and what a shell is told of the command.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "test code")]

#[path = "../../tests/support/call.rs"]
mod call;
#[path = "support/stored.rs"]
mod stored;

use call::Call;
use std::fs;
use stored::{Stored, run_in};

fn samples(wave: &[u8], channels: u16) -> Vec<i16> {
    let reader = hound::WavReader::new(wave).unwrap();
    let spec = reader.spec();
    assert_eq!((spec.channels, spec.sample_rate, spec.bits_per_sample), (channels, 48_000, 16));
    reader.into_samples().map(Result::unwrap).collect()
}

fn wave_of(stored: &Stored, channels: u16, more: &[&str]) -> Vec<i16> {
    let output = stored.run("open", &[&["--key", "key.jwk", "--out", "out.wav"], more].concat());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    samples(&fs::read(stored.path("out.wav")).unwrap(), channels)
}

#[test]
fn each_side_is_what_both_sides_hold() {
    let stored = Stored::new(Call::whole());
    let both = wave_of(&stored, 2, &[]);
    let agent = wave_of(&stored, 1, &["--channel", "agent"]);
    let customer = wave_of(&stored, 1, &["--channel", "customer"]);
    assert_eq!(both.len(), 2 * (160 * 960 - 312 - 100));
    assert!(both.iter().any(|sample| *sample != 0));
    assert_eq!(both.iter().step_by(2).copied().collect::<Vec<_>>(), agent);
    assert_eq!(both.iter().skip(1).step_by(2).copied().collect::<Vec<_>>(), customer);
}

#[test]
fn a_stretch_is_as_long_as_it_was_asked_for() {
    let stored = Stored::new(Call::whole());
    assert_eq!(wave_of(&stored, 2, &["--from", "2.5", "--to", "0:03.5"]).len(), 2 * 48_000);
    // The recording begins a second into the call.
    assert_eq!(wave_of(&stored, 2, &["--to", "2"]).len(), 2 * 48_000);
}

#[test]
fn one_side_alone_needs_wave_and_an_end_behind_its_beginning() {
    let stored = Stored::new(Call::whole());
    for more in [
        &["--out", "out.ogg", "--channel", "agent"][..],
        &["--out", "out.ogg", "--from", "3", "--to", "3"],
        &["--out", "out.ogg", "--from", "1:99"],
        &["--out", "out.ogg", "--from", "9:00"],
    ] {
        let output = stored.run("open", &[&["--key", "key.jwk"], more].concat());
        assert_eq!(output.status.code(), Some(2), "{more:?}");
        assert!(!stored.path("out.ogg").exists());
    }
}

#[test]
fn standard_output_gets_the_recording_and_nothing_else() {
    let stored = Stored::new(Call::whole());
    stored.run("open", &["--key", "key.jwk", "--out", "out.ogg"]);
    let piped = stored.run("open", &["--key", "key.jwk", "--out", "-"]);
    assert_eq!(piped.stdout, fs::read(stored.path("out.ogg")).unwrap());
    let wave = stored.run("open", &["--key", "key.jwk", "--out", "-", "--wav", "--channel", "agent"]);
    assert_eq!(samples(&wave.stdout, 1), wave_of(&stored, 1, &["--channel", "agent"]));
}

#[test]
fn every_shell_and_the_manual_know_every_command() {
    let stored = Stored::new(Call::whole());
    let help = run_in(stored.folder.path(), &["--help"]);
    let help = String::from_utf8(help.stdout).unwrap();
    let listed =
        help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let commands: Vec<&str> = listed
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(commands.len() > 10, "{commands:?}");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = String::from_utf8(run_in(stored.folder.path(), &["completions", shell]).stdout).unwrap();
        for command in &commands {
            assert!(script.contains(command), "{shell} knows nothing of {command}");
        }
    }
    assert_eq!(run_in(stored.folder.path(), &["man", "pages"]).status.code(), Some(0));
    for command in commands.into_iter().filter(|command| *command != "help") {
        let page = fs::read_to_string(stored.path(&format!("pages/callseal-{command}.1"))).unwrap();
        assert!(page.contains("SYNOPSIS"), "{command}");
    }
    assert!(fs::read_to_string(stored.path("pages/callseal.1")).unwrap().contains("Exit codes"));
}

#[test]
fn a_key_under_a_passphrase_opens_with_it_and_not_without() {
    let stored = Stored::new(Call::whole_and_signed());
    fs::write(stored.path("words"), "some words that are long\nnot this line\n").unwrap();
    fs::write(stored.path("others"), "some other words\n").unwrap();
    fs::write(stored.path("short"), "too short\n").unwrap();
    let command = |words: Option<&str>, arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_callseal"));
        command.current_dir(stored.folder.path()).args(arguments).env_remove("CALLSEAL_PASSPHRASE_FILE");
        command.stdin(std::process::Stdio::null());
        words.map(|words| command.env("CALLSEAL_PASSPHRASE_FILE", stored.path(words)));
        command.output().unwrap()
    };
    let made = ["keygen", "--passphrase", "--out", "locked.jwk"];
    assert_eq!(command(Some("short"), &made).status.code(), Some(2));
    assert_eq!(command(None, &made).status.code(), Some(2), "there is no terminal to ask at");
    assert!(!stored.path("locked.jwk").exists());
    assert_eq!(command(Some("words"), &made).status.code(), Some(0));
    let locked = fs::read_to_string(stored.path("locked.jwk")).unwrap();
    assert_eq!(locked.trim().split('.').count(), 5, "a compact JWE");
    // It is no recipient of this call, which is told only when the key itself was read.
    let call = stored.call_folder();
    let open = ["open", call.to_str().unwrap(), "--key", "locked.jwk", "--out", "out.ogg"];
    let stranger = command(Some("words"), &open);
    assert_eq!(stranger.status.code(), Some(10));
    assert!(String::from_utf8_lossy(&stranger.stderr).contains("recipients"), "{stranger:?}");
    let wrong = command(Some("others"), &open);
    assert_eq!(wrong.status.code(), Some(10));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("passphrase"), "{wrong:?}");
    assert_eq!(command(None, &open).status.code(), Some(2));
    // An officer's key is read the same way.
    assert_eq!(
        command(Some("words"), &["keygen", "--passphrase", "--signing", "--out", "officer.jwk"])
            .status
            .code(),
        Some(0)
    );
    let hold = ["hold", call.to_str().unwrap(), "--sign-key", "officer.jwk", "--reason", "legal-claim"];
    assert_eq!(command(Some("others"), &hold).status.code(), Some(10));
    let held = command(Some("words"), &hold);
    assert_eq!(held.status.code(), Some(0), "{held:?}");
}
