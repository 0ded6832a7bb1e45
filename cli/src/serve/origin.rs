//! Who may talk to the server: pages of its own origin, and programs that are no web page.
//!
//! Owns the checks of `Host`, `Origin` and `Sec-Fetch-Site`. `Host` is what stops DNS rebinding: a foreign name that
//! resolves to this address still arrives with the foreign name. No check here replaces the bearer token.

use super::refusal::Refusal;
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, StatusCode, Uri};
use std::net::SocketAddr;

/// The one web origin (RFC 6454) this server is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnOrigin {
    origin: String,
    authority: String,
}

impl OwnOrigin {
    /// The origin of a listener without anything in front of it; `None` for the unspecified address (`0.0.0.0`, `::`),
    /// which no page has in its address bar.
    pub fn of_listener(address: SocketAddr) -> Option<Self> {
        if address.ip().is_unspecified() {
            return None;
        }
        Self::parse(&format!("http://{address}"))
    }

    /// The origin written as `http://host[:port]` or `https://host[:port]`, default ports removed as browsers do.
    pub fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        let scheme = uri.scheme_str()?;
        let default_port = match scheme {
            "http" => 80,
            "https" => 443,
            _ => return None,
        };
        let bare = uri.query().is_none() && uri.path() == "/" && !text.ends_with('/');
        let authority = uri.authority().filter(|authority| bare && !authority.as_str().contains('@'))?;
        let host = authority.host().to_ascii_lowercase();
        let authority = match authority.port() {
            None if authority.as_str().len() == host.len() => host,
            None => return None,
            Some(port) if port.as_u16() == default_port => host,
            Some(port) => format!("{host}:{}", port.as_u16()),
        };
        Some(Self { origin: format!("{scheme}://{authority}"), authority })
    }

    /// The origin as browsers write it.
    pub fn as_str(&self) -> &str {
        &self.origin
    }

    /// Refuses a request that names another host or comes from a page of another origin.
    ///
    /// # Errors
    /// 403 with `host/foreign` or `origin/foreign`.
    pub fn check(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
        let mut hosts = headers.get_all(HOST).iter();
        let host_is_own = matches!((hosts.next(), hosts.next()), (Some(host), None)
            if host.as_bytes().eq_ignore_ascii_case(self.authority.as_bytes()));
        let target_is_own =
            uri.authority().is_none_or(|authority| authority.as_str().eq_ignore_ascii_case(&self.authority));
        if !(host_is_own && target_is_own) {
            return Err(Refusal::new(
                StatusCode::FORBIDDEN,
                "host/foreign",
                "the request names another host than this server's; use the URL it printed when it started",
            ));
        }
        // No page here ever needs more than its own origin; `null` (sandboxed frames, files) is foreign too.
        if headers.get_all(ORIGIN).iter().any(|origin| origin.as_bytes() != self.origin.as_bytes()) {
            return Err(foreign_origin());
        }
        Ok(())
    }

    /// Refuses what a browser marks as started by another origin's page (Fetch Metadata, W3C). Not for the pages
    /// themselves: those may be opened by a link from anywhere.
    ///
    /// # Errors
    /// 403 with `origin/foreign`.
    pub fn check_fetch_site(headers: &HeaderMap) -> Result<(), Refusal> {
        let own = |value: &[u8]| value == b"same-origin" || value == b"none";
        if headers.get_all("sec-fetch-site").iter().all(|value| own(value.as_bytes())) {
            Ok(())
        } else {
            Err(foreign_origin())
        }
    }
}

fn foreign_origin() -> Refusal {
    Refusal::new(
        StatusCode::FORBIDDEN,
        "origin/foreign",
        "only pages of this server's own origin may ask for this",
    )
}

#[cfg(test)]
mod tests {
    use super::OwnOrigin;
    use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri};

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()))
            .collect()
    }

    fn allowed(origin: &OwnOrigin, pairs: &[(&'static str, &str)]) -> bool {
        origin.check(&Uri::from_static("/"), &headers(pairs)).is_ok()
    }

    #[test]
    fn listener_is_its_own_origin() {
        let own = |text: &str| OwnOrigin::of_listener(text.parse().unwrap());
        assert_eq!(own("127.0.0.1:8787").unwrap().as_str(), "http://127.0.0.1:8787");
        assert_eq!(own("[::1]:8787").unwrap().as_str(), "http://[::1]:8787");
        assert_eq!(own("127.0.0.1:80").unwrap().as_str(), "http://127.0.0.1");
        assert_eq!(own("0.0.0.0:8787"), None);
    }

    #[test]
    fn origin_is_written_as_browsers_write_it() {
        assert_eq!(OwnOrigin::parse("https://Calls.example:443").unwrap().as_str(), "https://calls.example");
        assert_eq!(
            OwnOrigin::parse("https://calls.example:8443").unwrap().as_str(),
            "https://calls.example:8443"
        );
        for text in [
            "calls.example",
            "ftp://calls.example",
            "https://calls.example/",
            "https://calls.example/x",
            "https://calls.example?x",
            "https://me@calls.example",
            "https://calls.example:",
            "https://",
            "null",
        ] {
            assert_eq!(OwnOrigin::parse(text), None, "{text}");
        }
    }

    #[test]
    fn only_the_own_host_named_once_counts() {
        let own = OwnOrigin::parse("http://127.0.0.1:8787").unwrap();
        assert!(allowed(&own, &[("host", "127.0.0.1:8787")]));
        assert!(!allowed(&own, &[]));
        assert!(!allowed(&own, &[("host", "evil.example:8787")]));
        assert!(!allowed(&own, &[("host", "localhost:8787")]));
        assert!(!allowed(&own, &[("host", "127.0.0.1")]));
        assert!(!allowed(&own, &[("host", "127.0.0.1:8787"), ("host", "127.0.0.1:8787")]));
        let absolute = Uri::from_static("http://evil.example/");
        assert!(own.check(&absolute, &headers(&[("host", "127.0.0.1:8787")])).is_err());
    }

    #[test]
    fn only_the_own_origin_or_none_counts() {
        let own = OwnOrigin::parse("http://127.0.0.1:8787").unwrap();
        let host = ("host", "127.0.0.1:8787");
        assert!(allowed(&own, &[host, ("origin", "http://127.0.0.1:8787")]));
        for origin in ["https://evil.example", "null", "http://127.0.0.1:8788", "https://127.0.0.1:8787", ""]
        {
            assert!(!allowed(&own, &[host, ("origin", origin)]), "{origin}");
        }
    }

    #[test]
    fn fetch_metadata_of_other_sites_is_refused() {
        for (value, good) in
            [("same-origin", true), ("none", true), ("same-site", false), ("cross-site", false), ("", false)]
        {
            let headers = headers(&[("sec-fetch-site", value)]);
            assert_eq!(OwnOrigin::check_fetch_site(&headers).is_ok(), good, "{value}");
        }
        assert!(OwnOrigin::check_fetch_site(&HeaderMap::new()).is_ok());
    }
}
