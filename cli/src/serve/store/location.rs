//! Where a store is: the URL of `--store` and `--envelope-store`, taken apart, and the credentials from the environment.
//!
//! Owns the form of these URLs. A URL never holds a secret, and a member that nobody asks for is refused with its name.

use crate::failure::Failure;
use std::collections::BTreeMap;
use std::fmt;
use url::Url;

/// Reads one variable of the environment.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A store's URL, in parts.
#[derive(Debug)]
pub struct Location {
    flag: &'static str,
    scheme: String,
    user: Option<String>,
    authority: String,
    port: Option<u16>,
    path: String,
    parameters: BTreeMap<String, String>,
}

impl Location {
    /// Takes the URL given with `flag` apart.
    ///
    /// # Errors
    /// A [`Failure`] that names the member at fault: no URL, a password in it, a parameter given twice, a path that other
    /// programs could read differently.
    pub fn parse(flag: &'static str, text: &str) -> Result<Self, Failure> {
        // The text is not repeated: somebody may have put a secret into it.
        let refused = |what: &str| Failure::bad_input(format!("{flag} is unusable: {what}"));
        let url = Url::parse(text).map_err(|_| refused("it is not a URL such as s3://bucket/prefix"))?;
        if url.password().is_some() {
            return Err(refused(
                "a password in a URL is seen by every program of this machine; say it in the environment",
            ));
        }
        if url.fragment().is_some() {
            return Err(refused("a URL of a store has no #fragment"));
        }
        let port = url.port();
        let colon_port = port.map(|port| format!(":{port}")).unwrap_or_default();
        let authority = format!("{}{colon_port}", url.host_str().unwrap_or_default());
        let path = url.path().trim_matches('/').to_owned();
        let is_plain = |segment: &str| {
            !segment.is_empty()
                && !segment.starts_with('.')
                && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
        };
        if !path.is_empty() && !path.split('/').all(is_plain) {
            return Err(refused(
                "its path may hold letters, digits and -._~ only, and no part may begin with a dot",
            ));
        }
        let mut parameters = BTreeMap::new();
        for (key, value) in url.query_pairs() {
            if parameters.insert(key.clone().into_owned(), value.into_owned()).is_some() {
                return Err(refused(&format!("the parameter {key} is there twice")));
            }
        }
        let user = (!url.username().is_empty()).then(|| url.username().to_owned());
        Ok(Self { flag, scheme: url.scheme().to_owned(), user, authority, port, path, parameters })
    }

    /// The scheme: which service.
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// The bucket or container.
    ///
    /// # Errors
    /// A [`Failure`] if there is none.
    pub fn bucket(&self) -> Result<&str, Failure> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        if self.authority.is_empty() || !self.authority.bytes().all(is_plain) {
            return Err(self.refused(&format!("{}://<name> must name a bucket or container", self.scheme)));
        }
        Ok(&self.authority)
    }

    /// Host and port.
    ///
    /// # Errors
    /// A [`Failure`] if there is none.
    pub fn authority(&self) -> Result<&str, Failure> {
        if self.authority.is_empty() {
            return Err(self.refused(&format!("{}://<host> must name a host", self.scheme)));
        }
        Ok(&self.authority)
    }

    /// The host's name or address, without the brackets of IPv6, and the port if one is said.
    ///
    /// # Errors
    /// A [`Failure`] if there is no host.
    pub fn host(&self) -> Result<(&str, Option<u16>), Failure> {
        let authority = self.authority()?;
        let host = match self.port {
            Some(_) => authority.rsplit_once(':').map_or(authority, |(host, _)| host),
            None => authority,
        };
        Ok((host.trim_start_matches('[').trim_end_matches(']'), self.port))
    }

    /// The folder of the store within it, without slashes at its ends; empty for the root.
    pub fn prefix(&self) -> &str {
        &self.path
    }

    /// The same as the beginning of names: empty, or with a slash at its end.
    pub fn folder(&self) -> String {
        if self.path.is_empty() { String::new() } else { format!("{}/", self.path) }
    }

    /// The user's name, if the URL has one.
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// A parameter of the query, taken out.
    pub fn take(&mut self, key: &str) -> Option<String> {
        self.parameters.remove(key).filter(|value| !value.is_empty())
    }

    /// The parameter `endpoint`, without a slash at its end.
    ///
    /// # Errors
    /// A [`Failure`] if it is no http or https URL.
    pub fn take_endpoint(&mut self) -> Result<Option<String>, Failure> {
        let Some(endpoint) = self.take("endpoint") else { return Ok(None) };
        self.check_endpoint(endpoint).map(Some)
    }

    /// `endpoint` without a slash at its end.
    ///
    /// # Errors
    /// A [`Failure`] if it is no http or https URL, or carries a secret.
    pub fn check_endpoint(&self, endpoint: String) -> Result<String, Failure> {
        let is_usable = Url::parse(&endpoint).is_ok_and(|url| {
            matches!(url.scheme(), "http" | "https")
                && url.host().is_some()
                && url.username().is_empty()
                && url.password().is_none()
                && url.query().is_none()
                && url.fragment().is_none()
        });
        if !is_usable {
            return Err(self.refused("endpoint must be a plain http or https URL"));
        }
        Ok(endpoint.trim_end_matches('/').to_owned())
    }

    /// Checks that nothing is left which nobody asked for.
    ///
    /// # Errors
    /// A [`Failure`] that names the first parameter left.
    pub fn finish(&self) -> Result<(), Failure> {
        match self.parameters.keys().next() {
            Some(key) => Err(self.refused(&format!("{}:// knows no parameter {key}", self.scheme))),
            None => Ok(()),
        }
    }

    /// A refusal of this URL.
    pub fn refused(&self, what: &str) -> Failure {
        Failure::bad_input(format!("{} is unusable: {what}", self.flag))
    }

    /// The secret `name` of this store: the variable of its own, before those that the service's other programs read.
    pub fn secret(&self, environment: Environment<'_>, name: &str, usual: &[&str]) -> Option<Secret> {
        let own = match self.flag {
            ENVELOPES => format!("CALLSEAL_ENVELOPE_STORE_{name}"),
            _ => format!("CALLSEAL_STORE_{name}"),
        };
        let mut names = std::iter::once(own.as_str()).chain(usual.iter().copied());
        names.find_map(|name| environment(name).filter(|value| !value.is_empty())).map(Secret)
    }
}

/// The flag of the store for everything.
pub const OBJECTS: &str = "--store";
/// The flag of the store for envelopes.
pub const ENVELOPES: &str = "--envelope-store";

/// A password, key or token. It prints nothing of itself.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// The text, for the one who signs with it.
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::{ENVELOPES, Location, OBJECTS};

    #[test]
    fn url_is_taken_apart() {
        let mut location =
            Location::parse(OBJECTS, "s3://calls/eu/2026?endpoint=http://127.0.0.1:8333/&region=eu-1")
                .unwrap();
        assert_eq!(
            (location.scheme(), location.bucket().unwrap(), location.prefix()),
            ("s3", "calls", "eu/2026")
        );
        assert_eq!(location.take_endpoint().unwrap().as_deref(), Some("http://127.0.0.1:8333"));
        assert!(location.finish().is_err(), "region is left");
        assert_eq!(location.take("region").as_deref(), Some("eu-1"));
        location.finish().unwrap();
    }

    #[test]
    fn unusable_urls_are_refused_and_never_repeated() {
        for text in [
            "calls",
            "s3://user:hunter2@calls/",
            "s3://calls/#hunter2",
            "s3://calls/.callseal",
            "s3://calls?region=hunter2&region=b",
            "s3://calls/hunter%202",
        ] {
            let failure = Location::parse(OBJECTS, text).err().unwrap_or_else(|| panic!("{text}"));
            assert!(!format!("{failure:?}").contains("hunter"), "{failure:?}");
        }
        for endpoint in ["ftp://a", "127.0.0.1:80", "http://user@a", "http://a/?b=c"] {
            let mut location = Location::parse(OBJECTS, &format!("s3://calls?endpoint={endpoint}")).unwrap();
            assert!(location.take_endpoint().is_err(), "{endpoint}");
        }
        assert!(Location::parse(OBJECTS, "s3:///prefix").unwrap().bucket().is_err());
    }

    #[test]
    fn a_store_has_variables_of_its_own_before_the_usual_ones() {
        let environment = |name: &str| match name {
            "CALLSEAL_ENVELOPE_STORE_KEY" => Some("own".to_owned()),
            "USUAL_KEY" => Some("usual".to_owned()),
            _ => None,
        };
        let secret =
            |flag| Location::parse(flag, "s3://calls").unwrap().secret(&environment, "KEY", &["USUAL_KEY"]);
        assert_eq!(secret(OBJECTS).unwrap().text(), "usual");
        assert_eq!(secret(ENVELOPES).unwrap().text(), "own");
        assert_eq!(format!("{:?}", secret(OBJECTS)), "Some(Secret)");
    }
}
