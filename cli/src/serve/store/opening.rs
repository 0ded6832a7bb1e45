//! Opening the store that the options name.
//!
//! Owns which scheme is which service, and what of the options a service can meet. It touches no network: that is
//! [`super::examination`]'s.

use super::location::{self, Environment, Location};
use super::service::ServiceStore;
use super::split::SplitStore;
use super::{WriteOnceStore, azblob, fs, gcs, http, s3, sftp, webdav};
use crate::failure::Failure;
use crate::serve::retention::Retention;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Where pages send their objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grants {
    /// Straight to the service, by presigned requests, where it takes them; else through the server.
    #[default]
    Direct,
    /// Through the server, whatever the service.
    Through,
}

/// What the options say of the store.
#[derive(Debug, Clone, Copy)]
pub struct StoreOptions<'a> {
    /// The URL of the store for everything.
    pub store: &'a str,
    /// The URL of a store for envelopes and vCons, if they are kept apart.
    pub envelope_store: Option<&'a str>,
    /// Where pages send their objects.
    pub grants: Grants,
    /// What is demanded of every object but those of the store for envelopes.
    pub retention: Option<Retention>,
}

impl<'a> StoreOptions<'a> {
    /// One store for everything, with nothing demanded.
    pub const fn of(store: &'a str) -> Self {
        Self { store, envelope_store: None, grants: Grants::Direct, retention: None }
    }
}

/// Opens the store, or the two.
///
/// # Errors
/// A [`Failure`] that names the option and what is wrong with it.
pub fn open(
    options: &StoreOptions<'_>,
    environment: Environment<'_>,
) -> Result<Box<dyn WriteOnceStore>, Failure> {
    let Some(envelopes) = options.envelope_store else {
        if options.retention.is_some() {
            return Err(Failure::bad_input(
                "--retention-days and --legal-hold need --envelope-store: envelopes under retention could not be destroyed, \
                 and shredding a call would be untrue",
            ));
        }
        return open_one(location::OBJECTS, options.store, options, environment);
    };
    if envelopes == options.store {
        return Err(Failure::bad_input("--envelope-store must be another store than --store"));
    }
    let objects = open_one(location::OBJECTS, options.store, options, environment)?;
    let of_envelopes = StoreOptions { retention: None, ..*options };
    let envelopes = open_one(location::ENVELOPES, envelopes, &of_envelopes, environment)?;
    Ok(Box::new(SplitStore { objects, envelopes }))
}

fn open_one(
    flag: &'static str,
    url: &str,
    options: &StoreOptions<'_>,
    environment: Environment<'_>,
) -> Result<Box<dyn WriteOnceStore>, Failure> {
    let no_retention = || match options.retention {
        None => Ok(()),
        Some(_) => Err(Failure::bad_input(format!(
            "--retention-days and --legal-hold are honoured by S3 with Object Lock only; {flag} names another store: set \
             retention in its own policy"
        ))),
    };
    // A path of this machine, as it is: no URL's rules apply to it.
    if let Some(folder) = url.strip_prefix("fs://").filter(|folder| !folder.is_empty()) {
        no_retention()?;
        return Ok(Box::new(fs::FsStore::open(Path::new(folder))?));
    }
    if url == "memory://" {
        no_retention()?;
        return Ok(Box::new(ServiceStore::memory()?));
    }
    let location = Location::parse(flag, url)?;
    let client = http::client()?;
    let is_direct = options.grants == Grants::Direct;
    let presigning = |operator, direct| {
        ServiceStore::presigning(operator, direct, client.clone(), is_direct, options.retention)
            .map(|store| Box::new(store) as Box<dyn WriteOnceStore>)
    };
    match location.scheme() {
        "s3" => {
            let (operator, service) = s3::open(location, environment, &client)?;
            presigning(operator, Box::new(service))
        }
        "azblob" => {
            no_retention()?;
            let (operator, service) = azblob::open(location, environment, &client)?;
            presigning(operator, Box::new(service))
        }
        "gcs" => {
            no_retention()?;
            let (operator, service) = gcs::open(location, environment, &client)?;
            presigning(operator, Box::new(service))
        }
        "webdav" | "webdavs" => {
            no_retention()?;
            Ok(Box::new(webdav::open(location, environment, &client)?))
        }
        "sftp" => {
            no_retention()?;
            Ok(Box::new(sftp::opening::open(location, environment)?))
        }
        _ => Err(location.refused(
            "this build has fs://<folder>, s3://<bucket>, azblob://<container>, gcs://<bucket>, webdav://<host>, \
             webdavs://<host>, sftp://<user>@<host> and memory:// (for trying out)",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::{Grants, StoreOptions, open};
    use crate::serve::retention::{Retention, RetentionMode};

    fn refused(options: &StoreOptions<'_>) -> String {
        format!("{:?}", open(options, &|_| None).err().unwrap())
    }

    #[test]
    fn retention_is_refused_where_envelopes_would_fall_under_it_or_nobody_would_honour_it() {
        let retention = Retention::of_flags(Some(30), RetentionMode::Compliance, false).unwrap();
        let s3 = StoreOptions { retention, ..StoreOptions::of("s3://calls?region=a") };
        assert!(refused(&s3).contains("--envelope-store"));
        open(&StoreOptions { envelope_store: Some("memory://"), ..s3 }, &|_| None).unwrap();
        let gcs = StoreOptions { store: "gcs://calls", envelope_store: Some("memory://"), ..s3 };
        assert!(refused(&gcs).contains("Object Lock"));
    }

    #[test]
    fn unknown_schemes_and_one_store_twice_are_refused() {
        for url in ["", "fs://", "http://a", "ftp://a/b", "/var/recordings"] {
            assert!(refused(&StoreOptions::of(url)).contains("--store"), "{url}");
        }
        let twice = StoreOptions { envelope_store: Some("memory://"), ..StoreOptions::of("memory://") };
        assert!(refused(&twice).contains("--envelope-store"));
        assert_eq!(Grants::default(), Grants::Direct);
    }
}
