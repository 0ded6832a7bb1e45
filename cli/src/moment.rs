//! Moments of a call as people write them: `12.5`, `1:02`, `1:02:03.5`, `1h2m3s`.

use callseal::container::SAMPLE_RATE_HZ;

/// Hours of the longest call that is understood; what is longer was mistyped.
const MOST_HOURS: f64 = 100.0;

/// Reads a moment; the result is samples at 48 kHz.
///
/// # Errors
/// One sentence on how a moment is written.
pub fn parse(text: &str) -> Result<u64, String> {
    let seconds = clock(text).or_else(|| units(text));
    let seconds = seconds.filter(|seconds| (0.0..MOST_HOURS * 3_600.0).contains(seconds));
    let seconds = seconds.ok_or_else(|| {
        "is written as seconds (12.5), minutes and seconds (1:02), hours (1:02:03) or with units (1h2m3s)"
            .to_owned()
    })?;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked just above")]
    Ok((seconds * f64::from(SAMPLE_RATE_HZ)).round() as u64)
}

/// `s`, `m:ss`, `h:mm:ss`, each with a fraction of the seconds.
fn clock(text: &str) -> Option<f64> {
    let fields: Vec<&str> = text.split(':').collect();
    if fields.len() > 3 {
        return None;
    }
    let mut seconds = 0.0;
    for (index, field) in fields.iter().enumerate() {
        let value = number(field)?;
        let is_last = index.checked_add(1) == Some(fields.len());
        if index > 0 && value >= 60.0 || !is_last && value.fract() != 0.0 {
            return None;
        }
        seconds = seconds * 60.0 + value;
    }
    Some(seconds)
}

/// `1h2m3s` in this order, any of them.
fn units(text: &str) -> Option<f64> {
    let (mut rest, mut seconds) = (text, 0.0);
    for (unit, length_s) in [('h', 3_600.0), ('m', 60.0), ('s', 1.0)] {
        if let Some((value, behind)) = rest.split_once(unit) {
            seconds += number(value)? * length_s;
            rest = behind;
        }
    }
    (rest.is_empty() && !text.is_empty()).then_some(seconds)
}

/// Digits with an optional fraction; no sign, no exponent.
fn number(text: &str) -> Option<f64> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if is_plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn moments_are_read_as_people_write_them() {
        for (text, seconds) in [
            ("0", 0.0),
            ("12.5", 12.5),
            ("1:02", 62.0),
            ("61:02.25", 3_662.25),
            ("1:02:03.5", 3_723.5),
            ("90", 90.0),
            ("1h2m3s", 3_723.0),
            ("2m", 120.0),
            ("1.5s", 1.5),
            ("1h3s", 3_603.0),
        ] {
            assert_eq!(parse(text), Ok((seconds * 48_000.0) as u64), "{text}");
        }
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in [
            "", "-1", "1:60", "1:2:3:4", "1.5:00", "1e3", "m", "3s2m", "nan", "inf", "1:-2", "100h", ":",
            "1h2",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
