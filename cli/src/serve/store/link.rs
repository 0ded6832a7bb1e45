//! The link to a service: whether it is encrypted, and whether both clocks agree.
//!
//! Owns these two judgements; they are made from an address and a header.

use super::examination::Check;
use axum::http::HeaderMap;
use reqsign_core::time::Timestamp;

/// Largest difference of clocks, in seconds, that signatures survive everywhere: SigV4 takes 15 minutes, a shared access
/// signature none, and a grant lives for 5 minutes.
const MOST_SKEW_S: i64 = 60;

/// Whether what goes to `origin` is encrypted on the way.
pub fn tls(origin: &str) -> Check {
    let name = "tls";
    let host = url::Url::parse(origin).ok();
    let host = host.as_ref().and_then(url::Url::host_str).unwrap_or_default();
    if origin.starts_with("https://") {
        return Check::ok(name, "encrypted; a certificate that this system does not trust is refused");
    }
    if matches!(host, "localhost" | "127.0.0.1" | "[::1]") {
        return Check::ok(name, "not encrypted, and does not leave this machine");
    }
    Check::problem(
        name,
        "the connection is not encrypted: names, sizes and signed requests can be read on the way",
        "use an https endpoint; browsers also refuse http from pages that came by https",
    )
}

/// Whether the clock that the `Date` header tells agrees with this machine's at `now_ms`.
pub fn clock(headers: &HeaderMap, now_ms: u64) -> Option<Check> {
    let date = headers.get(axum::http::header::DATE)?.to_str().ok()?;
    let there = Timestamp::parse_rfc2822(date).ok()?.as_second();
    Some(skew(there, now_ms))
}

/// Whether a clock that shows `there_s` (seconds since 1970) agrees with this machine's at `now_ms`.
pub fn skew(there_s: i64, now_ms: u64) -> Check {
    let name = "clock";
    let skew_s = there_s.saturating_sub(i64::try_from(now_ms / 1000).unwrap_or(i64::MAX));
    if skew_s.saturating_abs() <= MOST_SKEW_S {
        Check::ok(name, format!("the service's clock is {skew_s} s from this machine's"))
    } else {
        Check::problem(
            name,
            format!("the service's clock is {skew_s} s from this machine's"),
            "set this machine's clock by NTP: signatures of a wrong time are refused",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{clock, tls};
    use crate::serve::store::http::header_map;

    #[test]
    fn clear_text_is_a_problem_where_it_leaves_the_machine() {
        assert!(
            tls("https://dav.example").ok && tls("http://127.0.0.1:8333").ok && tls("http://localhost").ok
        );
        assert!(!tls("http://dav.example").ok && !tls("http://127.0.0.1.example").ok);
    }

    #[test]
    fn clocks_may_differ_by_a_minute() {
        // The example of RFC 9110 §5.6.7: 784,111,777 s after 1970.
        let headers = header_map([("date", "Sun, 06 Nov 1994 08:49:37 GMT")]).unwrap();
        assert!(clock(&headers, 784_111_777_000).unwrap().ok);
        assert!(clock(&headers, 784_111_720_000).unwrap().ok);
        assert!(!clock(&headers, 784_111_700_000).unwrap().ok);
        assert!(clock(&header_map([]).unwrap(), 0).is_none());
    }
}
