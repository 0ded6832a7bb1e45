//! The options of `callseal serve`, from three places: flags win over the environment, the environment over the file.
//!
//! Owns how they are laid over each other. It must never take a secret itself, only the name of a file: a flag is
//! visible to every user of the machine. What it says of a fault never repeats a value.

use super::Arguments;
use crate::failure::Failure;
use serde::de::DeserializeOwned;
use std::path::Path;
use zeroize::Zeroizing;

/// The options in force: `given` (flags and environment), and below them those of the file that it names.
///
/// # Errors
/// A [`Failure`] that names the file, and the key that it does not know or whose value it cannot read.
pub fn load(given: Arguments) -> Result<Arguments, Failure> {
    let Some(file) = given.config.clone() else { return Ok(given) };
    let shown = file.display();
    let text = std::fs::read_to_string(&file)
        .map_err(|error| Failure::bad_input(format!("--config {shown} cannot be read: {error}")))?;
    let mut merged =
        overlay(&given, &text).map_err(|reason| Failure::bad_input(format!("--config {shown}: {reason}")))?;
    let Arguments { config, check, json_ready, .. } = given;
    (merged.config, merged.check, merged.json_ready) = (config, check, json_ready);
    Ok(merged)
}

/// `given` over what `text` says, in TOML; without what says something about one run only and stands in no file.
fn overlay(given: &Arguments, text: &str) -> Result<Arguments, String> {
    let mut merged: toml::Table = toml::from_str(text).map_err(|error| {
        let line = error.span().map_or(0, |span| text.get(..span.start).unwrap_or_default().lines().count());
        format!("line {}: is not TOML", line.max(1))
    })?;
    // Alone first, so that a wrong value is refused also where a flag would hide it.
    read::<Arguments>(merged.clone())?;
    merged.extend(toml::Table::try_from(given).map_err(|error| error.to_string())?);
    read(merged)
}

fn read<T: DeserializeOwned>(table: toml::Table) -> Result<T, String> {
    serde_path_to_error::deserialize(table).map_err(|error| {
        let path = error.path().to_string();
        let message = error.inner().message();
        // Only this kind of message repeats nothing but names.
        if message.starts_with("unknown field") {
            message.to_owned()
        } else {
            format!("{path} has a value that it cannot have; see callseal serve --help")
        }
    })
}

/// A secret that stands in the file of an option, or in an environment variable; the file counts before the variable.
///
/// # Errors
/// A [`Failure`] that names the option and its file.
pub fn secret(
    option: &str,
    file: Option<&Path>,
    variable: &str,
) -> Result<Option<Zeroizing<String>>, Failure> {
    let Some(file) = file else { return Ok(std::env::var(variable).ok().map(Zeroizing::new)) };
    let text = std::fs::read_to_string(file).map_err(|error| {
        Failure::bad_input(format!("--{option} {} cannot be read: {error}", file.display()))
    })?;
    Ok(Some(Zeroizing::new(text)))
}

/// A number within bounds.
///
/// # Errors
/// A [`Failure`] that names the option and its bounds.
pub fn ranged(option: &str, value: u64, bounds: std::ops::RangeInclusive<u64>) -> Result<u64, Failure> {
    if bounds.contains(&value) {
        return Ok(value);
    }
    Err(Failure::bad_input(format!("--{option} must be from {} to {}", bounds.start(), bounds.end())))
}

#[cfg(test)]
mod tests {
    use super::overlay;
    use crate::serve::Arguments;
    use clap::Parser as _;

    #[derive(clap::Parser)]
    struct Command {
        #[command(flatten)]
        arguments: Arguments,
    }

    fn given(flags: &[&str]) -> Arguments {
        Command::try_parse_from([&["serve"], flags].concat()).unwrap().arguments
    }

    #[test]
    fn a_flag_wins_over_the_file_and_what_no_flag_says_the_file_does() {
        let file = "store = \"fs://from-file\"\ngrant-lifetime-s = 60\nallow-origin = [\"https://a.example\"]\n\
            allow-read = true\n";
        let merged = overlay(&given(&["--store", "memory://", "--allow-read=false"]), file).unwrap();
        assert_eq!(merged.store.as_deref(), Some("memory://"));
        assert_eq!((merged.grant_lifetime_s, merged.allow_read), (Some(60), Some(false)));
        assert_eq!(merged.allow_origin, ["https://a.example"]);
        assert_eq!(overlay(&given(&[]), file).unwrap().store.as_deref(), Some("fs://from-file"));
    }

    #[test]
    fn unknown_keys_and_wrong_values_are_refused_by_their_name_and_not_repeated() {
        for (file, named) in [
            ("stroe = \"s3cret\"", "stroe"),
            ("token = \"s3cret\"", "token"),
            ("grant-lifetime-s = \"s3cret\"", "grant-lifetime-s"),
            ("listen = \"s3cret\"", "listen"),
            ("json-ready = true", "json-ready"),
            ("log = \"s3cret\"", "log"),
            ("# x\nstore = s3cret", "line 2"),
        ] {
            let reason = overlay(&given(&["--log", "json"]), file).unwrap_err();
            assert!(reason.contains(named) && !reason.contains("s3cret"), "{reason}");
        }
    }
}
