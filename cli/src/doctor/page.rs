//! The page's origin, as it is given.

use crate::failure::Failure;

/// Checks that `text` is an origin as a browser writes it.
///
/// # Errors
/// A [`Failure`] that names the flag.
pub fn origin(text: &str) -> Result<String, Failure> {
    let parsed = url::Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    parsed
        .map(|url| url.origin().ascii_serialization())
        .filter(|origin| origin == text)
        .ok_or_else(|| Failure::bad_input("--origin must be an origin such as https://crm.example"))
}

#[cfg(test)]
mod tests {
    use super::origin;

    #[test]
    fn only_what_a_browser_writes_is_an_origin() {
        assert_eq!(origin("https://crm.example").unwrap(), "https://crm.example");
        for text in ["https://crm.example/", "https://crm.example:443", "crm.example", "file:///a", "*"] {
            assert!(origin(text).is_err(), "{text}");
        }
    }
}
