//! Addresses of pages on which everything is sensitive, as patterns.
//!
//! Owns what a pattern means: `*` is any text without a slash, `**` any text; everything else is itself. A pattern that
//! begins with a slash is compared with path and fragment, any other with the whole address. The fragment takes part
//! only where the pattern has one. Must never see a query: the sensor sends none.

/// Longest pattern, bytes: what a person writes down.
pub const LONGEST_PATTERN_BYTES: usize = 256;

/// Longest address that is looked at, bytes; what is longer is cut, never refused.
pub const LONGEST_ADDRESS_BYTES: usize = 2_048;

/// Whether an address (origin, path, fragment) is one of the pattern's.
#[must_use]
pub fn matches(pattern: &str, address: &str) -> bool {
    let with_fragment = pattern.contains('#');
    let address = if with_fragment { address } else { address.split('#').next().unwrap_or_default() };
    let address = if pattern.starts_with('/') { path_of(address) } else { address };
    let address = address.as_bytes();
    let address = address.get(..LONGEST_ADDRESS_BYTES).unwrap_or(address);
    // Which lengths of the address the pattern so far can cover.
    let mut covers = vec![false; address.len().saturating_add(1)];
    if let Some(nothing) = covers.first_mut() {
        *nothing = true;
    }
    let mut pattern = pattern.bytes().peekable();
    while let Some(byte) = pattern.next() {
        if byte == b'*' {
            let deep = pattern.next_if_eq(&b'*').is_some();
            spread(&mut covers, address, deep);
        } else {
            step(&mut covers, address, byte);
        }
    }
    covers.last().copied().unwrap_or(false)
}

/// A star: every length that is reached stretches over what follows.
fn spread(covers: &mut [bool], address: &[u8], deep: bool) {
    let mut reached = false;
    let mut bytes = address.iter();
    for cover in covers {
        reached |= *cover;
        *cover = reached;
        if bytes.next().is_some_and(|byte| *byte == b'/') && !deep {
            reached = false;
        }
    }
}

/// A byte that is itself: every length that is reached grows by it, or is given up.
fn step(covers: &mut [bool], address: &[u8], wanted: u8) {
    let mut before = false;
    let mut bytes = address.iter();
    let mut last = None;
    for cover in covers {
        let now = before && last == Some(wanted);
        before = core::mem::replace(cover, now);
        last = bytes.next().copied();
    }
}

/// What stands behind the origin.
fn path_of(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "https://crm.example/app/pay/card#/step/2";

    #[test]
    fn a_star_ends_at_a_slash_and_two_do_not() {
        assert!(matches("https://crm.example/app/pay/*", PAGE));
        assert!(!matches("https://crm.example/app/*", PAGE));
        assert!(matches("https://crm.example/app/**", PAGE));
        assert!(matches("https://*.example/**/card", PAGE));
        assert!(matches("**", PAGE));
        assert!(!matches("*", PAGE));
        assert!(!matches("https://crm.example/app/pay", PAGE));
        assert!(!matches("", PAGE));
    }

    #[test]
    fn a_pattern_that_begins_with_a_slash_is_about_the_path_of_any_origin() {
        assert!(matches("/app/pay/*", PAGE));
        assert!(matches("/app/**", PAGE));
        assert!(!matches("/pay/*", PAGE));
        assert!(matches("/", "https://crm.example"));
    }

    #[test]
    fn the_fragment_takes_part_only_where_the_pattern_has_one() {
        assert!(matches("/app/pay/card#/step/*", PAGE));
        assert!(!matches("/app/pay/card#/done", PAGE));
        assert!(matches("/app/pay/card", PAGE));
        assert!(matches("**#**", PAGE));
    }

    #[test]
    fn everything_but_a_star_is_itself() {
        assert!(!matches("https://crm.example/app.pay", "https://crm.example/appXpay"));
        assert!(matches("https://crm.example/a[1](2)", "https://crm.example/a[1](2)"));
        assert!(!matches("/A", "https://crm.example/a"));
    }

    #[test]
    fn a_pattern_of_stars_takes_no_longer_than_its_length_times_the_addresss() {
        let pattern = "*a".repeat(LONGEST_PATTERN_BYTES / 2);
        let address = "a".repeat(10 * LONGEST_ADDRESS_BYTES);
        let began = std::time::Instant::now();
        assert!(!matches(&format!("{pattern}b"), &address));
        assert!(began.elapsed().as_secs() < 2);
    }
}
