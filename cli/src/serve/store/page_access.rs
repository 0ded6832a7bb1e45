//! Whether a page of another origin may send requests: the preflight that a browser sends first (Fetch Standard §4.8).
//!
//! Owns the question and the judgement of its answer.

use super::StoreError;
use super::examination::Check;
use super::http::{self, Answer};
use axum::http::Method;
use bytes::Bytes;

/// A request that a page wants to send.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The page's origin.
    pub origin: &'a str,
    /// The method.
    pub method: &'a str,
    /// Names of the headers that need leave, in lower case.
    pub headers: &'a [&'a str],
}

/// Asks as a browser would.
///
/// # Errors
/// `Unavailable` if there is no answer.
pub async fn preflight(
    client: &reqwest::Client,
    url: &str,
    wanted: Wanted<'_>,
) -> Result<Answer, StoreError> {
    let mut names = wanted.headers.to_vec();
    names.sort_unstable();
    let names = names.join(",");
    let mut headers = vec![("origin", wanted.origin), ("access-control-request-method", wanted.method)];
    if !names.is_empty() {
        headers.push(("access-control-request-headers", names.as_str()));
    }
    http::send(client, "preflight", Method::OPTIONS, url, http::header_map(headers)?, Bytes::new()).await
}

/// Whether the answer gives leave; `remedy` says how it is given there.
pub fn judge(wanted: Wanted<'_>, answer: &Answer, remedy: &str) -> Check {
    let name = "cors";
    let missing = missing(wanted, answer);
    if missing.is_empty() {
        let Wanted { origin, method, .. } = wanted;
        return Check::ok(name, format!("pages of {origin} may send {method} with all headers it needs"));
    }
    Check::problem(name, format!("the answer to a browser's preflight lacks {}", missing.join(", ")), remedy)
}

fn missing(wanted: Wanted<'_>, answer: &Answer) -> Vec<String> {
    let Wanted { origin, method, headers } = wanted;
    let mut missing = Vec::new();
    if !answer.status.is_success() {
        missing.push(format!("a status of 2xx (it has {})", answer.status.as_u16()));
    }
    if !matches!(answer.header("access-control-allow-origin"), Some(allowed) if allowed == origin || allowed == "*")
    {
        missing.push(format!("Access-Control-Allow-Origin: {origin}"));
    }
    // Without credentials a star counts for all; Authorization is never among them.
    let listed = |header: &str, item: &str| {
        let values = answer.headers.get_all(header).iter().filter_map(|value| value.to_str().ok());
        let mut items = values.flat_map(|value| value.split(',')).map(str::trim);
        items.any(|listed| listed.eq_ignore_ascii_case(item) || listed == "*" && item != "authorization")
    };
    // GET, HEAD and POST need no leave by their method.
    if !matches!(method, "GET" | "HEAD" | "POST") && !listed("access-control-allow-methods", method) {
        missing.push(format!("Access-Control-Allow-Methods: {method}"));
    }
    let headers: Vec<&str> =
        headers.iter().copied().filter(|header| !listed("access-control-allow-headers", header)).collect();
    if !headers.is_empty() {
        missing.push(format!("Access-Control-Allow-Headers: {}", headers.join(", ")));
    }
    missing
}

#[cfg(test)]
mod tests {
    use super::{Wanted, missing};
    use crate::serve::store::http::{Answer, header_map};
    use axum::http::StatusCode;
    use bytes::Bytes;

    const WANTED: Wanted<'_> = Wanted {
        origin: "https://crm.example",
        method: "PUT",
        headers: &["if-none-match", "x-amz-checksum-sha256"],
    };

    fn answer(headers: &[(&str, &str)]) -> Answer {
        Answer {
            status: StatusCode::OK,
            headers: header_map(headers.iter().copied()).unwrap(),
            body: Bytes::new(),
        }
    }

    #[test]
    fn leave_is_exact_or_a_star_and_in_any_case() {
        let exact = answer(&[
            ("access-control-allow-origin", "https://crm.example"),
            ("access-control-allow-methods", "GET, PUT"),
            ("access-control-allow-headers", "If-None-Match, X-Amz-Checksum-Sha256"),
        ]);
        let star = answer(&[
            ("access-control-allow-origin", "*"),
            ("access-control-allow-methods", "*"),
            ("access-control-allow-headers", "*"),
        ]);
        assert!(missing(WANTED, &exact).is_empty() && missing(WANTED, &star).is_empty());
        let token = Wanted { headers: &["authorization"], ..WANTED };
        assert_eq!(missing(token, &star), ["Access-Control-Allow-Headers: authorization"]);
    }

    #[test]
    fn what_is_missing_is_named() {
        let other = answer(&[
            ("access-control-allow-origin", "https://crm.example.org"),
            ("access-control-allow-methods", "GET"),
            ("access-control-allow-headers", "if-none-match"),
        ]);
        assert_eq!(
            missing(WANTED, &other),
            [
                "Access-Control-Allow-Origin: https://crm.example",
                "Access-Control-Allow-Methods: PUT",
                "Access-Control-Allow-Headers: x-amz-checksum-sha256",
            ]
        );
    }
}
