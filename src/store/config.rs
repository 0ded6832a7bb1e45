//! Where objects go, as the host configures it.
//!
//! Owns the kinds of stores, which objects each takes, and what is refused: a configuration in which some kind of object
//! has no store would lose it. Must never show a token, a header or an address of a store in `Debug` output.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use serde_json::{Map, Value};

use crate::Result;
use crate::config::invalid;
use crate::names::ObjectName;

/// Stores beside each other: each more is a copy of everything that leaves the page.
const MOST_STORES: usize = 4;

/// Characters of a store's name: it is shown in one line of the panel.
const LONGEST_NAME: usize = 40;

/// The name of a store that the host gave none.
const ONLY_STORE: &str = "store";

/// What stands for an object's name in a template's address.
pub const NAME_PLACEHOLDER: &str = "{name}";

/// How it is made certain that a store that says nothing of hashes has what was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confirm {
    /// The object is read back and hashed.
    #[default]
    Get,
    /// Its size is asked for, and its checksum where the store tells one.
    Head,
    /// The store's answer to the upload is believed.
    None,
}

/// One kind of store and how it is reached.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum StoreConfig {
    /// An endpoint that answers a request for an object's name, size and hash with a grant for one PUT.
    Grants {
        /// Address of the endpoint, absolute or relative to the page.
        url: String,
        /// Bearer token for the endpoint; never logged.
        token: String,
    },
    /// Addresses of one form, and the same headers for every object.
    Template {
        /// Address with `{name}` in its path.
        url: String,
        /// Headers of every request; never logged.
        #[serde(default)]
        headers: BTreeMap<String, String>,
        /// How an upload is confirmed.
        #[serde(default)]
        confirm: Confirm,
        /// Whether folders are made before the first object in them (WebDAV, RFC 4918 §9.3).
        #[serde(default)]
        make_collections: bool,
        /// Whether uploads carry `If-None-Match: *`. Without, each object is looked for before it is sent.
        #[serde(default = "yes")]
        if_none_match: bool,
    },
    /// A function of the host, in the page, that gives grants.
    Callback {},
    /// A server of resumable uploads (tus 1.0).
    Tus {
        /// Address at which uploads are created, absolute or relative to the page.
        url: String,
        /// Headers of every request; never logged.
        #[serde(default)]
        headers: BTreeMap<String, String>,
    },
    /// This browser alone: nothing is sent.
    Local {},
}

const fn yes() -> bool {
    true
}

impl core::fmt::Debug for StoreConfig {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.debug_tuple("StoreConfig").field(&self.kind()).finish()
    }
}

impl StoreConfig {
    /// The kind, as the configuration writes it.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Grants { .. } => "grants",
            Self::Template { .. } => "template",
            Self::Callback {} => "callback",
            Self::Tus { .. } => "tus",
            Self::Local {} => "local",
        }
    }

    /// Whether objects stay in this browser.
    #[must_use]
    pub const fn is_local(&self) -> bool {
        matches!(self, Self::Local {})
    }

    /// Takes over what the host renewed: a token, or headers by their names.
    pub fn renew(&mut self, new_token: Option<&str>, new_headers: &BTreeMap<String, String>) {
        match self {
            Self::Grants { token, .. } => {
                if let Some(new_token) = new_token {
                    new_token.clone_into(token);
                }
            }
            Self::Template { headers, .. } | Self::Tus { headers, .. } => {
                if let Some(new_token) = new_token {
                    headers.retain(|name, _| !name.eq_ignore_ascii_case("authorization"));
                    headers.insert("authorization".to_owned(), format!("Bearer {new_token}"));
                }
                for (name, value) in new_headers {
                    headers.retain(|present, _| !present.eq_ignore_ascii_case(name));
                    headers.insert(name.clone(), value.clone());
                }
            }
            Self::Callback {} | Self::Local {} => {}
        }
    }

    fn validate(&self, path: &str) -> Result<()> {
        match self {
            Self::Grants { url, token } => {
                filled(&format!("{path}.url"), url)?;
                filled(&format!("{path}.token"), token)?;
                if is_header_value(token) {
                    return Ok(());
                }
                Err(invalid(&format!("{path}.token"), "must be visible characters of ASCII"))
            }
            Self::Template { url, headers, .. } => {
                // In the query or the fragment a server would take every object for the same one.
                let path_part = url.split(['?', '#']).next().unwrap_or_default();
                if path_part.matches(NAME_PLACEHOLDER).count() != 1
                    || url.matches(NAME_PLACEHOLDER).count() != 1
                {
                    return Err(invalid(&format!("{path}.url"), "must have {name} once, in its path"));
                }
                valid_headers(path, headers)
            }
            Self::Tus { url, headers } => {
                filled(&format!("{path}.url"), url)?;
                valid_headers(path, headers)
            }
            Self::Callback {} | Self::Local {} => Ok(()),
        }
    }
}

fn filled(path: &str, value: &str) -> Result<()> {
    if value.is_empty() { Err(invalid(path, "must not be empty")) } else { Ok(()) }
}

/// Field names and values of RFC 9110 §5.1 and §5.5, without what the engine sets itself.
fn valid_headers(path: &str, headers: &BTreeMap<String, String>) -> Result<()> {
    let is_name = |name: &str| {
        !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
    };
    for (name, value) in headers {
        if !is_name(name) || !is_header_value(value) {
            return Err(invalid(&format!("{path}.headers"), "must be names and values of HTTP headers"));
        }
        if ["if-none-match", "if-match", "content-length", "range", "content-range"]
            .iter()
            .any(|own| name.eq_ignore_ascii_case(own))
        {
            return Err(invalid(
                &format!("{path}.headers"),
                "must not have If-None-Match, If-Match, Content-Length or ranges: they decide what is stored",
            ));
        }
    }
    Ok(())
}

fn is_header_value(value: &str) -> bool {
    value.bytes().all(|byte| matches!(byte, b'\t' | b' '..=b'~'))
}

/// Kinds of objects, as a store takes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Takes {
    /// Sealed segments.
    Audio,
    /// Their wrapped keys.
    Envelopes,
    /// The ledger, with its countersignatures.
    Ledger,
    /// The sealed vCon, and whatever else is made of a call.
    Papers,
}

impl Takes {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Audio, Self::Envelopes, Self::Ledger, Self::Papers];

    /// The kind of the object with this name.
    #[must_use]
    pub fn of(name: &str) -> Self {
        match ObjectName::parse(name) {
            Ok(ObjectName::Segment(_)) => Self::Audio,
            Ok(ObjectName::Envelope { .. }) => Self::Envelopes,
            Ok(
                ObjectName::LedgerChunk { .. } | ObjectName::LedgerHead { .. } | ObjectName::Timestamp { .. },
            ) => Self::Ledger,
            _ => Self::Papers,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Audio => "audio",
            Self::Envelopes => "envelopes",
            Self::Ledger => "ledger",
            Self::Papers => "papers",
        }
    }
}

/// A store among others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreEntry {
    /// Its name, for the host and the panel.
    pub name: Option<String>,
    /// What it takes; everything if the host does not say.
    pub takes: Option<BTreeSet<Takes>>,
    /// Its kind.
    pub config: StoreConfig,
}

impl<'de> Deserialize<'de> for StoreEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> core::result::Result<Self, D::Error> {
        // Name and choice lie beside what belongs to the kind, and each kind refuses what it does not know.
        let mut fields = Map::<String, Value>::deserialize(deserializer)?;
        let name = fields.remove("name").map(String::deserialize).transpose().map_err(de::Error::custom)?;
        let takes =
            fields.remove("takes").map(BTreeSet::deserialize).transpose().map_err(de::Error::custom)?;
        let config = StoreConfig::deserialize(Value::Object(fields)).map_err(de::Error::custom)?;
        Ok(Self { name, takes, config })
    }
}

impl Serialize for StoreEntry {
    fn serialize<S: Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
        let mut value = serde_json::to_value(&self.config).map_err(ser::Error::custom)?;
        if let Some(fields) = value.as_object_mut() {
            if let Some(name) = &self.name {
                fields.insert("name".to_owned(), Value::String(name.clone()));
            }
            if let Some(takes) = &self.takes {
                fields.insert("takes".to_owned(), serde_json::to_value(takes).map_err(ser::Error::custom)?);
            }
        }
        value.serialize(serializer)
    }
}

/// A store that was validated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidStore {
    /// Its name, one among the others.
    pub name: String,
    /// What it takes.
    pub takes: BTreeSet<Takes>,
    /// Its kind.
    pub config: StoreConfig,
}

/// Which of these stores take an object of this name, by their place.
#[must_use]
pub fn takers(stores: &[ValidStore], name: &str) -> BTreeSet<usize> {
    let kind = Takes::of(name);
    let taking = stores.iter().enumerate().filter(|(_, store)| store.takes.contains(&kind));
    taking.map(|(index, _)| index).collect()
}

/// Checks `store` or `stores`, of which exactly one is given.
///
/// # Errors
/// [`crate::ErrorKind::ConfigInvalid`] with the path of what is at fault.
pub fn validate(only: Option<&StoreEntry>, several: &[StoreEntry]) -> Result<Vec<ValidStore>> {
    let entries: Vec<(String, &StoreEntry)> = match (only, several) {
        (Some(entry), []) => vec![("store".to_owned(), entry)],
        (None, [_, ..]) => {
            several.iter().enumerate().map(|(index, entry)| (format!("stores[{index}]"), entry)).collect()
        }
        (Some(_), [_, ..]) => return Err(invalid("stores", "must not be there beside store")),
        (None, []) => return Err(invalid("store", "missing field `store`: say where recordings go")),
    };
    if entries.len() > MOST_STORES {
        return Err(invalid("stores", "must be at most four"));
    }
    let mut stores: Vec<ValidStore> = Vec::new();
    for (path, entry) in entries {
        entry.config.validate(&path)?;
        let name = match &entry.name {
            Some(name) if is_name(name) => name.clone(),
            None if several.is_empty() => ONLY_STORE.to_owned(),
            _ => {
                return Err(invalid(
                    &format!("{path}.name"),
                    "must be 1 to 40 lower-case letters, digits, - and _",
                ));
            }
        };
        if stores.iter().any(|store| store.name == name) {
            return Err(invalid(&format!("{path}.name"), "is the name of another store too"));
        }
        let takes = entry.takes.clone().unwrap_or_else(|| Takes::ALL.into());
        if takes.is_empty() {
            return Err(invalid(&format!("{path}.takes"), "must not be empty"));
        }
        stores.push(ValidStore { name, takes, config: entry.config.clone() });
    }
    for kind in Takes::ALL {
        if !stores.iter().any(|store| store.takes.contains(&kind)) {
            let path = if several.is_empty() { "store.takes" } else { "stores" };
            return Err(invalid(path, &format!("no store takes {}", kind.as_str())));
        }
    }
    Ok(stores)
}

fn is_name(name: &str) -> bool {
    (1..=LONGEST_NAME).contains(&name.len())
        && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn entry(value: Value) -> StoreEntry {
        serde_json::from_value(value).unwrap()
    }

    fn refusal(values: &[Value]) -> String {
        let entries: Vec<StoreEntry> = values.iter().cloned().map(entry).collect();
        validate(None, &entries).unwrap_err().detail().to_owned()
    }

    #[test]
    fn every_kind_of_store_is_read_and_one_takes_everything_by_itself() {
        for value in [
            json!({"kind": "grants", "url": "/v1/grants", "token": "t"}),
            json!({"kind": "template", "url": "https://dav.example/rec/{name}", "headers": {"Authorization": "Basic eA=="}}),
            json!({"kind": "callback"}),
            json!({"kind": "tus", "url": "https://tus.example/files/"}),
            json!({"kind": "local"}),
        ] {
            let kind = value["kind"].as_str().unwrap().to_owned();
            let stores = validate(Some(&entry(value)), &[]).unwrap();
            assert_eq!(stores[0].config.kind(), kind);
            assert_eq!((stores[0].name.as_str(), stores[0].takes.len()), ("store", 4));
        }
    }

    #[test]
    fn a_configuration_in_which_a_kind_of_object_has_no_store_is_refused() {
        let audio = json!({"name": "a", "kind": "local", "takes": ["audio", "envelopes", "ledger"]});
        assert!(refusal(core::slice::from_ref(&audio)).contains("no store takes papers"));
        let papers = json!({"name": "b", "kind": "callback", "takes": ["papers"]});
        let stores = validate(None, &[entry(audio), entry(papers)]).unwrap();
        let call = "0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa";
        assert_eq!(takers(&stores, &format!("{call}/0/000000.ogg.tink")), BTreeSet::from([0]));
        assert_eq!(takers(&stores, &format!("{call}/ledger/000000.jsonl")), BTreeSet::from([0]));
        let every: BTreeSet<usize> = takers(&stores, &format!("{call}/vcon.1.jwe.json"));
        assert_eq!(every, BTreeSet::from([1]));
    }

    #[test]
    fn stores_have_names_of_their_own() {
        let named = |name: &str| json!({"name": name, "kind": "local"});
        assert!(refusal(&[json!({"kind": "local"})]).contains("stores[0].name"));
        assert!(refusal(&[named("a"), named("a")]).contains("stores[1].name"));
        assert!(refusal(&[named("A store")]).contains("stores[0].name"));
        assert!(validate(None, &[]).unwrap_err().detail().contains("store"));
        assert!(validate(Some(&entry(named("a"))), &[entry(named("b"))]).is_err());
    }

    #[test]
    fn a_template_names_the_object_once_in_its_path_and_does_not_decide_what_is_stored() {
        for url in ["https://a/", "https://a/?n={name}", "https://a/{name}/{name}", "https://a/#{name}"] {
            assert!(
                refusal(&[json!({"name": "a", "kind": "template", "url": url})]).contains("url"),
                "{url}"
            );
        }
        let with = |name: &str, value: &str| json!({"name": "a", "kind": "template", "url": "https://a/{name}", "headers": {name: value}});
        for (name, value) in
            [("If-None-Match", "*"), ("range", "x"), ("a b", "x"), ("a", "x\r\ny"), ("", "x")]
        {
            assert!(refusal(&[with(name, value)]).contains("headers"), "{name}");
        }
    }

    #[test]
    fn unknown_members_are_refused_whatever_the_kind() {
        for kind in ["local", "callback"] {
            let read = serde_json::from_value::<StoreEntry>(json!({"kind": kind, "extra": 1}));
            assert!(read.unwrap_err().to_string().contains("extra"));
        }
    }

    #[test]
    fn no_address_header_or_token_is_in_debug_output() {
        let secret = entry(json!({"kind": "tus", "url": "https://canary", "headers": {"x": "canary"}}));
        assert!(!format!("{secret:?}").contains("canary"));
    }

    #[test]
    fn what_was_read_is_written_again() {
        let value = json!({"name": "a", "kind": "local", "takes": ["audio"]});
        assert_eq!(serde_json::to_value(entry(value.clone())).unwrap(), value);
    }

    #[test]
    fn a_renewed_token_takes_the_place_of_the_old_one_in_every_spelling() {
        let mut store =
            entry(json!({"kind": "tus", "url": "/", "headers": {"Authorization": "old", "x": "1"}}));
        store.config.renew(Some("new"), &BTreeMap::from([("X".to_owned(), "2".to_owned())]));
        let StoreConfig::Tus { headers, .. } = store.config else { unreachable!() };
        assert_eq!(headers.get("authorization").map(String::as_str), Some("Bearer new"));
        assert_eq!((headers.len(), headers.get("X").map(String::as_str)), (2, Some("2")));
    }
}
