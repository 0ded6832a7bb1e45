//! Who may talk to the server: pages of its own origin and of those it was told to allow, and programs that are no web page.
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

    /// The origin of a browser extension: `chrome-extension://` and 32 letters a to p, or `moz-extension://` and a UUID.
    /// Only a browser itself gives requests such an origin.
    fn of_extension(text: &str) -> Option<Self> {
        let (scheme, id) = text.split_once("://")?;
        let is_id = match scheme {
            "chrome-extension" => id.len() == 32 && id.bytes().all(|byte| matches!(byte, b'a'..=b'p')),
            "moz-extension" => id
                .split('-')
                .map(|group| {
                    (group.len(), group.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')))
                })
                .eq([8, 4, 4, 4, 12].map(|length| (length, true))),
            _ => false,
        };
        is_id.then(|| Self { origin: text.to_owned(), authority: id.to_owned() })
    }

    /// The origin as browsers write it.
    pub fn as_str(&self) -> &str {
        &self.origin
    }

    /// Refuses a request that names another host.
    ///
    /// # Errors
    /// 403 with `host/foreign`.
    pub fn check_host(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
        let mut hosts = headers.get_all(HOST).iter();
        let host_is_own = matches!((hosts.next(), hosts.next()), (Some(host), None)
            if host.as_bytes().eq_ignore_ascii_case(self.authority.as_bytes()));
        let target_is_own =
            uri.authority().is_none_or(|authority| authority.as_str().eq_ignore_ascii_case(&self.authority));
        if host_is_own && target_is_own {
            return Ok(());
        }
        Err(Refusal::new(
            StatusCode::FORBIDDEN,
            "host/foreign",
            "the request names another host than this server's; use the URL it printed when it started",
        ))
    }

    /// Refuses what a browser marks as started by another origin's page (Fetch Metadata, W3C). Not for the pages
    /// themselves: those may be opened by a link from anywhere.
    ///
    /// # Errors
    /// 403 with `origin/foreign`.
    fn check_fetch_site(headers: &HeaderMap) -> Result<(), Refusal> {
        let own = |value: &[u8]| value == b"same-origin" || value == b"none";
        if headers.get_all("sec-fetch-site").iter().all(|value| own(value.as_bytes())) {
            Ok(())
        } else {
            Err(foreign_origin())
        }
    }
}

/// What a path may be asked for by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// A page, or what it consists of: a link from anywhere may open it.
    Anybody,
    /// Pages of the own origin only: it holds a token.
    OwnPages,
    /// Pages of the own origin and of those that were allowed.
    AllowedPages,
}

/// From where a request comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// A page of the own origin, or no page at all.
    Own,
    /// A page of another origin that was allowed.
    Allowed,
}

/// The server's own origin and the others whose pages may talk to it.
#[derive(Debug, Clone)]
pub struct Origins {
    /// The own one.
    pub own: OwnOrigin,
    allowed: Vec<OwnOrigin>,
}

impl Origins {
    /// The own origin and the allowed ones, as the option `--allow-origin` gives them.
    ///
    /// # Errors
    /// The text that is no origin; `*` is none.
    pub fn new(own: OwnOrigin, allowed: &[String]) -> Result<Self, String> {
        let read = |text: &str| OwnOrigin::parse(text).or_else(|| OwnOrigin::of_extension(text));
        let allowed = allowed.iter().map(|text| read(text).ok_or_else(|| text.clone()));
        Ok(Self { own, allowed: allowed.collect::<Result<_, _>>()? })
    }

    /// The allowed ones as browsers write them.
    pub fn allowed(&self) -> impl Iterator<Item = &str> {
        self.allowed.iter().map(OwnOrigin::as_str)
    }

    /// From where a request comes, if that may ask for what has this `audience`.
    ///
    /// # Errors
    /// 403 with `host/foreign` or `origin/foreign`.
    pub fn check(&self, uri: &Uri, headers: &HeaderMap, audience: Audience) -> Result<Sender, Refusal> {
        self.own.check_host(uri, headers)?;
        let mut origins = headers.get_all(ORIGIN).iter();
        match (origins.next(), origins.next()) {
            (None, _) => {}
            (Some(one), None) if one.as_bytes() == self.own.origin.as_bytes() => {}
            // `null` (sandboxed frames, files) is never among them. A browser that sends this header asks as CORS wants.
            (Some(one), None)
                if audience == Audience::AllowedPages
                    && self.allowed().any(|allowed| allowed.as_bytes() == one.as_bytes()) =>
            {
                return Ok(Sender::Allowed);
            }
            _ => return Err(foreign_origin()),
        }
        if audience != Audience::Anybody {
            OwnOrigin::check_fetch_site(headers)?;
        }
        Ok(Sender::Own)
    }
}

fn foreign_origin() -> Refusal {
    Refusal::new(
        StatusCode::FORBIDDEN,
        "origin/foreign",
        "only pages of this server's own origin, or of one that it was told to allow, may ask for this",
    )
}

#[cfg(test)]
mod tests {
    use super::{Audience, Origins, OwnOrigin, Sender};
    use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri};

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()))
            .collect()
    }

    fn allowed(origin: &OwnOrigin, pairs: &[(&'static str, &str)]) -> bool {
        let origins = Origins::new(origin.clone(), &[]).unwrap();
        origins.check(&Uri::from_static("/"), &headers(pairs), Audience::Anybody).is_ok()
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
        assert!(own.check_host(&absolute, &headers(&[("host", "127.0.0.1:8787")])).is_err());
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

    #[test]
    fn an_allowed_origin_counts_where_it_may_and_nowhere_else() {
        let own = OwnOrigin::parse("http://127.0.0.1:8787").unwrap();
        let extensions = [
            "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
            "moz-extension://0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa",
        ];
        let pages = ["https://crm.example", "https://desk.example:8443"];
        let list: Vec<String> = pages.iter().chain(&extensions).map(|&text| text.to_owned()).collect();
        let origins = Origins::new(own.clone(), &list).unwrap();
        let ask = |audience, origin| {
            let headers =
                headers(&[("host", "127.0.0.1:8787"), ("origin", origin), ("sec-fetch-site", "cross-site")]);
            origins.check(&Uri::from_static("/v1/grants"), &headers, audience).ok()
        };
        for origin in pages.iter().chain(&extensions).copied() {
            assert_eq!(ask(Audience::AllowedPages, origin), Some(Sender::Allowed));
            assert_eq!(ask(Audience::OwnPages, origin), None);
            assert_eq!(ask(Audience::Anybody, origin), None);
        }
        for origin in ["http://crm.example", "https://crm.example.evil.example", "null", "*", ""] {
            assert_eq!(ask(Audience::AllowedPages, origin), None, "{origin}");
        }
        let all_extensions =
            ["chrome-extension://*", "chrome-extension://abc", "moz-extension://-", "chrome-extension://"];
        for text in ["*", "null", "crm.example", "https://*.example/"].into_iter().chain(all_extensions) {
            assert!(Origins::new(own.clone(), &[text.to_owned()]).is_err(), "{text}");
        }
    }
}
