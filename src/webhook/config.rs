//! What the host may choose about the webhook, and the bounds it may choose within.
//!
//! Owns validation. Must never show the address, the headers or the secret: each may be a token.

use core::fmt;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::event::EventGroup;
use super::signature::Secret;
use super::template::Template;
use crate::{Error, ErrorKind, Result};

/// Longest address, bytes.
const MOST_URL_BYTES: usize = 2_048;

/// Most further headers, and the longest value of one, bytes.
const MOST_HEADERS: usize = 10;
const MOST_HEADER_BYTES: usize = 1_024;

/// Headers that are ours or the browser's (Fetch standard, "forbidden request-header"): it would drop them silently.
const RESERVED_HEADERS: &[&str] = &[
    "accept-charset",
    "accept-encoding",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "cookie2",
    "date",
    "dnt",
    "expect",
    "host",
    "keep-alive",
    "origin",
    "referer",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
];
const RESERVED_PREFIXES: &[&str] = &["webhook-", "sec-", "proxy-", "access-control-"];

/// The webhook as it is configured.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WebhookConfig {
    /// Where events are sent: `https`, or `http` on this machine.
    pub url: String,
    /// What deliveries are signed with: at least 32 random bytes, base64url.
    pub secret: String,
    /// Which groups of events are sent; all by default.
    #[serde(default = "all_groups")]
    pub events: Vec<EventGroup>,
    /// The body, with placeholders; the envelope by default.
    #[serde(default)]
    pub template: Option<Value>,
    /// Further headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
}

fn all_groups() -> Vec<EventGroup> {
    EventGroup::ALL.to_vec()
}

impl fmt::Debug for WebhookConfig {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("WebhookConfig").field("events", &self.events).finish_non_exhaustive()
    }
}

/// A webhook that was validated.
#[derive(Clone, PartialEq, Eq)]
pub struct ValidWebhook {
    /// Where events are sent.
    pub url: String,
    /// What they are signed with.
    pub secret: Secret,
    /// Which are sent.
    pub events: Vec<EventGroup>,
    /// The body.
    pub template: Option<Template>,
    /// Further headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Sentences about what is usable but hardly meant.
    pub warnings: Vec<String>,
}

impl fmt::Debug for ValidWebhook {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ValidWebhook").field("events", &self.events).finish_non_exhaustive()
    }
}

impl WebhookConfig {
    /// Checks every bound.
    ///
    /// # Errors
    /// [`ErrorKind::ConfigInvalid`] with the path of the field at fault; no value is quoted.
    pub fn validate(self) -> Result<ValidWebhook> {
        check_url(&self.url).map_err(|reason| invalid("webhook.url", reason))?;
        let secret = Secret::parse(&self.secret)?;
        if self.events.is_empty() {
            return Err(invalid("webhook.events", "must name at least one group"));
        }
        if self.headers.len() > MOST_HEADERS {
            return Err(invalid("webhook.headers", "must have at most 10 members"));
        }
        let headers = self.headers.into_iter().map(check_header).collect::<Result<Vec<_>>>()?;
        let (template, warnings) = match self.template.map(Template::new).transpose()? {
            Some((template, warnings)) => (Some(template), warnings),
            None => (None, Vec::new()),
        };
        Ok(ValidWebhook { url: self.url, secret, events: self.events, template, headers, warnings })
    }
}

/// Whether events may go there: encrypted, or to this machine. Stricter than what browsers parse, so that both mean the
/// same host.
fn check_url(url: &str) -> core::result::Result<(), &'static str> {
    if url.len() > MOST_URL_BYTES {
        return Err("is too long");
    }
    if !url.bytes().all(|byte| byte.is_ascii_graphic()) || url.contains(['\\', '#']) {
        return Err("must be an absolute address without spaces, fragment or backslash");
    }
    let (encrypted, rest) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => (true, rest),
        (None, Some(rest)) => (false, rest),
        (None, None) => return Err("must begin with https://"),
    };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err("must not hold a user name or password");
    }
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port),
        _ => (authority, ""),
    };
    if host.is_empty() || !port.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err("must name a host");
    }
    if encrypted || matches!(host, "localhost" | "127.0.0.1" | "[::1]") {
        return Ok(());
    }
    Err("must begin with https:// unless the host is localhost, 127.0.0.1 or [::1]")
}

fn check_header((name, value): (String, String)) -> Result<(String, String)> {
    let name = name.to_ascii_lowercase();
    // RFC 9110 §5.6.2: what a field name may consist of, without what no header in use has.
    let is_token = !name.is_empty()
        && name.len() <= 64
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    let is_reserved = RESERVED_HEADERS.contains(&name.as_str())
        || RESERVED_PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    if !is_token || is_reserved {
        return Err(invalid("webhook.headers", "has a name that cannot be set"));
    }
    let is_text = value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    if !is_text || value.len() > MOST_HEADER_BYTES {
        return Err(invalid("webhook.headers", "has a value that is too long or no printable ASCII"));
    }
    Ok((name, value))
}

fn invalid(path: &str, reason: &str) -> Error {
    Error::new(ErrorKind::ConfigInvalid, format!("The configuration's {path} is not usable: {reason}."))
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use super::*;

    /// 32 bytes that say what they are.
    pub(crate) const SECRET: &str = "Y2FuYXJ5LWNhbmFyeS1jYW5hcnktY2FuYXJ5LTAxMjM";

    pub(crate) fn valid() -> Value {
        json!({"url": "https://crm.example/hook", "secret": SECRET})
    }

    fn read(value: &Value) -> Result<ValidWebhook> {
        let config: WebhookConfig =
            serde_json::from_value(value.clone()).map_err(|_| invalid("webhook", "is of another shape"))?;
        config.validate()
    }

    fn refused(member: &str, value: Value) -> String {
        let mut config = valid();
        config[member] = value;
        let error = read(&config).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConfigInvalid);
        error.detail().to_owned()
    }

    #[test]
    fn an_address_and_a_secret_are_enough_and_all_events_are_sent() {
        let webhook = read(&valid()).unwrap();
        assert_eq!(webhook.events, EventGroup::ALL);
        assert!(webhook.template.is_none() && webhook.headers.is_empty() && webhook.warnings.is_empty());
    }

    #[test]
    fn only_encrypted_or_loopback_addresses_are_taken() {
        for url in [
            "https://crm.example/hook",
            "https://crm.example:8443/a?b=c",
            "https://[2001:db8::1]/",
            "http://localhost/hook",
            "http://localhost:8080",
            "http://127.0.0.1:8080/hook",
            "http://[::1]:8080/hook",
        ] {
            assert_eq!(check_url(url), Ok(()), "{url}");
        }
        for url in [
            "",
            "/hook",
            "//crm.example/hook",
            "ftp://crm.example/",
            "HTTPS://crm.example/",
            "http://crm.example/hook",
            "http://127.0.0.1.evil.example/",
            "http://localhost.evil.example/",
            "http://localhost@evil.example/",
            "http://evil.example#localhost",
            "http://evil.example\\@localhost/",
            "https://user:password@crm.example/",
            "https://",
            "https:///hook",
            "https://:443/",
            "https://crm.example:https/",
            "https://crm .example/",
            "https://crm.example/\nx",
            "https://crm.example/#canary",
            "http://[::2]/",
            "http://0.0.0.0/",
        ] {
            assert!(check_url(url).is_err(), "{url}");
        }
        let long = format!("https://crm.example/{}", "x".repeat(MOST_URL_BYTES));
        assert!(refused("url", json!(long)).contains("webhook.url"));
    }

    #[test]
    fn headers_that_are_ours_or_the_browsers_and_values_that_break_lines_are_refused() {
        for name in ["Content-Type", "webhook-id", "Cookie", "Sec-Fetch-Mode", "a b", "", "ü", "x:y"] {
            assert!(refused("headers", json!({name: "canary"})).contains("webhook.headers"), "{name}");
        }
        for value in ["a\r\nb", "ü", "\0", &"x".repeat(MOST_HEADER_BYTES + 1)] {
            assert!(refused("headers", json!({"authorization": value})).contains("webhook.headers"));
        }
        let many: BTreeMap<String, &str> =
            (0..=MOST_HEADERS).map(|index| (format!("x-{index}"), "1")).collect();
        refused("headers", json!(many));
        let mut config = valid();
        config["headers"] = json!({"Authorization": "Bearer canary"});
        assert_eq!(
            read(&config).unwrap().headers,
            [("authorization".to_owned(), "Bearer canary".to_owned())]
        );
    }

    #[test]
    fn unknown_members_unknown_events_and_none_are_refused() {
        refused("retries", json!(3));
        refused("events", json!(["everything"]));
        assert!(refused("events", json!([])).contains("webhook.events"));
        assert!(refused("secret", json!("dG9vIHNob3J0")).contains("webhook.secret"));
        assert!(refused("template", json!("{{id}}".repeat(101))).contains("webhook.template"));
    }

    #[test]
    fn what_may_be_a_token_is_in_no_debug_output_and_no_error() {
        let mut config = valid();
        config["url"] = json!("https://crm.example/canary?key=canary");
        config["headers"] = json!({"authorization": "canary"});
        config["template"] = json!({"key": "canary {{canary}}"});
        let raw: WebhookConfig = serde_json::from_value(config).unwrap();
        let shown = format!("{raw:?}");
        let valid = raw.validate().unwrap();
        assert_eq!(valid.warnings.len(), 1);
        let shown = format!("{shown}{valid:?}{:?}", valid.warnings);
        assert!(!shown.contains("canary") && !shown.contains(SECRET), "{shown}");
        for (member, value) in [("url", "http://canary"), ("secret", "canary"), ("events", "canary")] {
            assert!(!refused(member, json!(value)).contains("canary"));
        }
        assert!(!refused("headers", json!({"canary canary": "canary"})).contains("canary"));
    }
}
