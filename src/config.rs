//! The configuration of an engine: what the host may choose, and the bounds it may choose within.
//!
//! Owns defaults and validation. Unknown keys are refused, because a misspelt safety setting must not be silently
//! ignored. Must never hold a private key.

mod recipients;

use serde::{Deserialize, Serialize};

use crate::consent::refusal::AfterRefusal;
use crate::consent::terms::AnsweredBy;
use crate::consent::withdrawal::WithdrawalPolicy;
use crate::detection::{Detection, DetectionConfig};
use crate::disclosure::{Delivery, DisclosureKind};
use crate::evidence::{Controller, Purpose, valid_url};
use crate::jurisdiction::{Hint, Media, Policy, Signal, Table};
use crate::ledger::ExposureEffect;
use crate::message::is_plain_name;
use crate::redact::rules::{RedactionConfig, RedactionRules};
use crate::seal::{RecipientKey, VerifyingKey, sha256_hex};
use crate::store::config::{self as stores, StoreEntry, ValidStore};
use crate::store::space::SpoolConfig;
use crate::webhook::{ValidWebhook, WebhookConfig};
use crate::{Error, ErrorKind, Result};

/// Hold-back beyond the look-back that every configuration must leave, milliseconds: a late pause must still find its
/// audio in memory.
pub const LEAST_SLACK_MS: u32 = 2_000;

/// A spoken answer that may be kept is this long at most, milliseconds: more would be the talk before it.
pub const LONGEST_ANSWER_MS: u32 = 10_000;

/// Who countersigns the ledger's heads.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CountersignConfig {
    /// Address of the endpoint, absolute or relative to the page.
    pub url: String,
    /// Bearer token for the endpoint; never logged.
    pub token: String,
}

impl core::fmt::Debug for CountersignConfig {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.debug_struct("CountersignConfig").finish_non_exhaustive()
    }
}

/// The prompt that discloses the recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DisclosureConfig {
    /// Stable name of the prompt.
    pub prompt_id: String,
    /// Version of the prompt; its words never change within one.
    pub version: u32,
    /// Language tag (BCP 47).
    pub language: String,
    /// The words, shown to the agent.
    pub text: String,
    /// Whether it asks or tells.
    #[serde(default)]
    pub kind: DisclosureKind,
    /// Whether its words ask for a key: 1 for yes, 2 for no.
    #[serde(default)]
    pub keypad: bool,
    /// How it reaches the parties.
    #[serde(default)]
    pub delivery: Delivery,
    /// Address of the audio file; empty where the agent reads the words out.
    #[serde(default)]
    pub url: String,
    /// SHA-256 of the audio file, lower-case hexadecimal; empty where the agent reads the words out.
    #[serde(default)]
    pub sha256: String,
}

impl DisclosureConfig {
    fn validate(&self, path: &str) -> Result<()> {
        non_empty(&format!("{path}.promptId"), &self.prompt_id)?;
        non_empty(&format!("{path}.language"), &self.language)?;
        non_empty(&format!("{path}.text"), &self.text)?;
        if self.delivery == Delivery::AgentRead {
            return Ok(());
        }
        non_empty(&format!("{path}.url"), &self.url)?;
        let is_hash = self.sha256.len() == 64
            && self.sha256.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if is_hash {
            return Ok(());
        }
        Err(invalid(&format!("{path}.sha256"), "must be 64 lower-case hexadecimal digits"))
    }

    /// Whether somebody who speaks this language (BCP 47) understands it: the primary language counts.
    #[must_use]
    pub fn is_in(&self, language: &str) -> bool {
        let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
        primary(&self.language) == primary(language)
    }
}

/// How consent is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConsentConfig {
    /// Whose word it is that the far end has answered.
    #[serde(default)]
    pub answered_by: AnsweredBy,
    /// Milliseconds to wait for an answer before asking again.
    #[serde(default = "default_answer_within_ms")]
    pub answer_within_ms: u32,
    /// How often the question is asked before the call goes on unrecorded.
    #[serde(default = "default_asks")]
    pub asks: u32,
    /// Whether the ledger of a call that nobody agreed to is stored, as evidence of the refusal. It holds no audio.
    #[serde(default)]
    pub keep_refusals: bool,
    /// Milliseconds before a yes from which the spoken answer is kept in `nothing_before_yes`, never from before the end
    /// of the disclosure; 0 keeps nothing. A key that was pressed is kept from its tone on.
    #[serde(default)]
    pub keep_answer_ms: u32,
    /// Milliseconds after the notice in which a party may leave, where staying on the line is an answer.
    #[serde(default = "default_stay_ms")]
    pub stay_ms: u32,
    /// What becomes of the recording when a yes is taken back.
    #[serde(default)]
    pub withdrawal: WithdrawalPolicy,
    /// What is recorded after a no.
    #[serde(default)]
    pub after_refusal: AfterRefusal,
}

impl Default for ConsentConfig {
    fn default() -> Self {
        Self {
            answered_by: AnsweredBy::default(),
            answer_within_ms: default_answer_within_ms(),
            asks: default_asks(),
            stay_ms: default_stay_ms(),
            keep_refusals: false,
            withdrawal: WithdrawalPolicy::default(),
            after_refusal: AfterRefusal::default(),
            keep_answer_ms: 0,
        }
    }
}

/// The company that is responsible for the recording, as vCons and receipts name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ControllerConfig {
    /// Its name.
    pub name: String,
    /// Where to write or call, also to withdraw.
    pub contact: String,
    /// Its privacy notice, an HTTPS address.
    pub privacy_notice_url: String,
    /// Its postal address in one line.
    #[serde(default)]
    pub address: Option<String>,
    /// Names of what it records for, for example `quality`.
    #[serde(default)]
    pub purposes: Vec<String>,
    /// How many days it keeps recordings, if that is fixed.
    #[serde(default)]
    pub retention_days: Option<u32>,
    /// Language of the notes for the CRM, BCP 47.
    #[serde(default = "default_note_language")]
    pub note_language: String,
    /// Distance to UTC of the times in notes and receipts, minutes.
    #[serde(default)]
    pub utc_offset_minutes: i16,
}

fn default_note_language() -> String {
    "en".to_owned()
}

impl ControllerConfig {
    /// The controller, as exports name it.
    ///
    /// # Errors
    /// `ConfigInvalid` when a value is not usable; the sentence names it.
    pub fn validate(&self) -> Result<Controller> {
        non_empty("controller.name", &self.name)?;
        non_empty("controller.contact", &self.contact)?;
        if !valid_url(&self.privacy_notice_url) {
            return Err(invalid("controller.privacyNoticeUrl", "must be an HTTPS address"));
        }
        if !self.purposes.iter().all(|purpose| is_plain_name(purpose)) {
            return Err(invalid(
                "controller.purposes",
                "must be names of lower-case letters, such as quality",
            ));
        }
        let purposes = self.purposes.iter().map(|id| Purpose { id: id.clone(), label: None }).collect();
        Ok(Controller {
            name: self.name.clone(),
            address: self.address.clone(),
            contact: self.contact.clone(),
            privacy_notice_url: self.privacy_notice_url.clone(),
            purposes,
            retention_days: self.retention_days,
            storage_places: Vec::new(),
            recipients: Vec::new(),
        })
    }
}

/// Where the company and the agent are, and what the company decides about the law's answers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct LawConfig {
    /// Where the agent works, ISO 3166-1 or 3166-2, for example `US-TX`.
    pub agent_place: Option<String>,
    /// Where the company is that records, if its law is to count.
    pub company_place: Option<String>,
    /// How calls travel, unless the host says otherwise for one.
    pub media: Media,
    /// What the company decides.
    pub policy: Policy,
    /// A law table of the company's own instead of the one that is built in.
    pub table: Option<serde_json::Value>,
}

/// The law, ready to be asked.
#[derive(Debug, Clone)]
pub struct Law {
    /// The table.
    pub table: Table,
    /// Where the agent works.
    pub agent: Option<Hint>,
    /// Where the company is.
    pub company: Option<Hint>,
    /// How calls travel.
    pub media: Media,
}

impl LawConfig {
    fn validate(&self) -> Result<Law> {
        let place = |path: &str, signal: Signal, place: &Option<String>| {
            let hint = place.as_ref().map(|place| Hint::parse(signal, place)).transpose();
            hint.map_err(|error| invalid(path, error.detail()))
        };
        let table = match &self.table {
            Some(table) => Table::read(table.to_string().as_bytes())?,
            None => Table::builtin().clone(),
        };
        Ok(Law {
            table,
            agent: place("law.agentPlace", Signal::AgentPlace, &self.agent_place)?,
            company: place("law.companyPlace", Signal::CompanyPlace, &self.company_place)?,
            media: self.media,
        })
    }
}

/// Everything the host configures, as it arrives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Config {
    /// Public keys (JWK) of those who may listen; at least one.
    pub recipients: Vec<serde_json::Value>,
    /// RFC 7638 thumbprints of exactly these keys; empty where nothing is pinned. Not in the policy's hash, which has
    /// the keys themselves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pinned_recipients: Vec<String>,
    /// Where objects go, if that is one store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store: Option<StoreEntry>,
    /// Where they go, if those are several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stores: Vec<StoreEntry>,
    /// How much may wait in this browser.
    #[serde(default)]
    pub spool: SpoolConfig,
    /// Who countersigns, if anyone does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub countersign: Option<CountersignConfig>,
    /// The disclosure.
    pub disclosure: DisclosureConfig,
    /// Disclosures in other languages, or of another kind; the first that fits a call is taken.
    #[serde(default)]
    pub further_disclosures: Vec<DisclosureConfig>,
    /// How consent is asked for.
    #[serde(default)]
    pub consent: ConsentConfig,
    /// Public keys (JWK, P-256) of the host's back end: its signed statements of consent count.
    #[serde(default)]
    pub host_keys: Vec<serde_json::Value>,
    /// Which law counts.
    #[serde(default)]
    pub law: LawConfig,
    /// What counts as sensitive.
    #[serde(default)]
    pub detection: DetectionConfig,
    /// Who is responsible for the recording; without it there is no vCon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub controller: Option<ControllerConfig>,
    /// Milliseconds of audio held back in memory.
    #[serde(default = "default_hold_back_ms")]
    pub hold_back_ms: u32,
    /// Milliseconds cut out before a sensitive field came into use.
    #[serde(default = "default_look_back_ms")]
    pub look_back_ms: u32,
    /// Milliseconds cut out after it went out of use.
    #[serde(default = "default_grace_ms")]
    pub grace_ms: u32,
    /// What is cut out around each trigger.
    #[serde(default)]
    pub redaction: RedactionConfig,
    /// Target length of a segment, milliseconds.
    #[serde(default = "default_segment_ms")]
    pub segment_ms: u32,
    /// What becomes of the keys of segments that hold what was found too late.
    #[serde(default)]
    pub exposure: ExposureEffect,
    /// Where events are sent; never written again, since it holds a secret.
    #[serde(default, skip_serializing)]
    pub webhook: Option<WebhookConfig>,
}

/// Time to think and to speak an answer.
const fn default_answer_within_ms() -> u32 {
    20_000
}
const fn default_asks() -> u32 {
    2
}
const fn default_stay_ms() -> u32 {
    5_000
}
const fn default_hold_back_ms() -> u32 {
    10_000
}
const fn default_look_back_ms() -> u32 {
    5_000
}
const fn default_grace_ms() -> u32 {
    1_000
}
const fn default_segment_ms() -> u32 {
    20_000
}

/// A configuration that was validated.
#[derive(Debug, Clone)]
pub struct ValidConfig {
    /// As it arrived.
    pub config: Config,
    /// The recipients' keys, usable.
    pub recipients: Vec<RecipientKey>,
    /// The law that counts.
    pub law: Law,
    /// What is cut out around each trigger.
    pub rules: RedactionRules,
    /// What counts as sensitive.
    pub detection: Detection,
    /// Keys whose statements of consent count.
    pub host_keys: Vec<VerifyingKey>,
    /// Who is responsible for the recording.
    pub controller: Option<Controller>,
    /// Where objects go.
    pub stores: Vec<ValidStore>,
    /// SHA-256 of what decides about recording (without store and token), for the ledger.
    pub policy_sha256: String,
    /// Where events are sent.
    pub webhook: Option<ValidWebhook>,
}

impl Config {
    /// Reads a configuration.
    ///
    /// # Errors
    /// [`ErrorKind::ConfigInvalid`] with the path of the field that is unknown, missing or of another type.
    pub fn read(value: serde_json::Value) -> Result<Self> {
        serde_path_to_error::deserialize(value).map_err(|fault| {
            let path = fault.path().to_string();
            let path = if path == "." { "root" } else { &path };
            invalid(path, &reason(&fault.inner().to_string()))
        })
    }

    /// Checks every bound.
    ///
    /// # Errors
    /// [`ErrorKind::ConfigInvalid`] with the path of the field at fault.
    pub fn validate(mut self) -> Result<ValidConfig> {
        let recipients = recipients::read(&self.recipients, &self.pinned_recipients)?;
        within("segmentMs", self.segment_ms, 10_000, 30_000)?;
        let rules = self.redaction.validate(self.hold_back_ms, self.look_back_ms, self.grace_ms)?;
        self.spool.validate()?;
        let stores = stores::validate(self.store.as_ref(), &self.stores)?;
        if let Some(CountersignConfig { url, token }) = &self.countersign {
            non_empty("countersign.url", url)?;
            non_empty("countersign.token", token)?;
        }
        self.disclosure.validate("disclosure")?;
        for (index, disclosure) in self.further_disclosures.iter().enumerate() {
            disclosure.validate(&format!("furtherDisclosures[{index}]"))?;
        }
        if self.disclosure.kind != DisclosureKind::Question {
            return Err(invalid("disclosure.kind", "must be question: a yes needs something it answers"));
        }
        within("consent.answerWithinMs", self.consent.answer_within_ms, 3_000, 120_000)?;
        within("consent.keepAnswerMs", self.consent.keep_answer_ms, 0, LONGEST_ANSWER_MS)?;
        within("consent.stayMs", self.consent.stay_ms, 1_000, 60_000)?;
        if !(1..=5).contains(&self.consent.asks) {
            return Err(invalid("consent.asks", "must be from 1 to 5"));
        }
        let host_keys = self
            .host_keys
            .iter()
            .enumerate()
            .map(|(index, jwk)| {
                let private = jwk.get("d").is_some();
                let key = VerifyingKey::from_jwk(jwk).ok().filter(|_| !private);
                key.ok_or_else(|| invalid(&format!("hostKeys[{index}]"), "must be a public key on P-256"))
            })
            .collect::<Result<Vec<_>>>()?;
        self.consent.withdrawal.validate()?;
        let law = self.law.validate()?;
        let detection = self.detection.validate()?;
        let controller = self.controller.as_ref().map(ControllerConfig::validate).transpose()?;
        let policy_sha256 = self.policy_sha256()?;
        // Taken out: the secret is kept once.
        let webhook = self.webhook.take().map(WebhookConfig::validate).transpose()?;
        Ok(ValidConfig {
            config: self,
            recipients,
            law,
            rules,
            detection,
            host_keys,
            controller,
            stores,
            policy_sha256,
            webhook,
        })
    }

    fn policy_sha256(&self) -> Result<String> {
        let policy = serde_json::json!({
            "recipients": self.recipients, "disclosure": self.disclosure,
            "furtherDisclosures": self.further_disclosures, "consent": self.consent, "law": self.law,
            "hostKeys": self.host_keys, "detection": self.detection,
            "holdBackMs": self.hold_back_ms,
            "lookBackMs": self.look_back_ms, "graceMs": self.grace_ms, "segmentMs": self.segment_ms,
            "redaction": self.redaction, "exposure": self.exposure,
        });
        let canonical = serde_json_canonicalizer::to_vec(&policy)
            .map_err(|_| invalid("", "cannot be written as canonical JSON"))?;
        Ok(sha256_hex(&canonical))
    }
}

/// Which key is missing or unknown may be said; every other sentence of the reader quotes the value, and that may be a
/// token or a private key in the wrong place.
fn reason(sentence: &str) -> String {
    let about_a_key = sentence.starts_with("unknown field") || sentence.starts_with("missing field");
    let said = if about_a_key { sentence } else { "its type or its value is another than expected" };
    said.to_owned()
}

pub(crate) fn invalid(path: &str, reason: &str) -> Error {
    Error::new(ErrorKind::ConfigInvalid, format!("The configuration's {path} is not usable: {reason}."))
}

pub(crate) fn within(path: &str, value: u32, least: u32, most: u32) -> Result<()> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(invalid(path, &format!("must be from {least} to {most} milliseconds")))
}

fn non_empty(path: &str, value: &str) -> Result<()> {
    if value.is_empty() { Err(invalid(path, "must not be empty")) } else { Ok(()) }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use serde_json::json;

    /// A configuration that is valid, with the public key of RFC 7515 appendix A.3.
    pub(crate) fn valid() -> serde_json::Value {
        json!({
            "recipients": [{
                "kty": "EC", "crv": "P-256",
                "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
            }],
            "store": {"kind": "grants", "url": "/v1/grants", "token": "t"},
            "disclosure": {
                "promptId": "p", "version": 1, "language": "en", "text": "May we?", "url": "/p.wav",
                "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            },
        })
    }

    fn refused(change: impl FnOnce(&mut serde_json::Value)) -> String {
        let mut value = valid();
        change(&mut value);
        Config::read(value).and_then(Config::validate).unwrap_err().detail().to_owned()
    }

    #[test]
    fn the_defaults_are_valid() {
        let config = Config::read(valid()).unwrap().validate().unwrap();
        assert_eq!((config.config.hold_back_ms, config.config.look_back_ms), (10_000, 5_000));
        assert_eq!(config.recipients.len(), 1);
    }

    #[test]
    fn a_hold_back_too_short_for_the_look_back_is_refused_so_zero_is() {
        assert!(refused(|value| value["holdBackMs"] = json!(6_999)).contains("lookBackMs"));
        assert!(refused(|value| value["holdBackMs"] = json!(0)).contains("holdBackMs"));
    }

    #[test]
    fn unknown_keys_are_refused_by_name() {
        assert!(refused(|value| value["holdbackMs"] = json!(9_000)).contains("holdbackMs"));
        assert!(refused(|value| value["countersign"] = json!({"url": "/", "token": ""})).contains("token"));
        assert!(refused(|value| value["store"]["secret"] = json!("s")).contains("secret"));
    }

    #[test]
    fn a_value_in_the_wrong_place_is_not_quoted() {
        for field in ["recipients", "store", "countersign", "disclosure", "holdBackMs", "segmentMs"] {
            let sentence = refused(|value| value[field] = json!("canary-secret"));
            assert!(sentence.contains(field) && !sentence.contains("canary"), "{sentence}");
        }
        assert!(!refused(|value| value["store"]["token"] = json!(4_111_111)).contains("4111111"));
        assert!(!refused(|value| value["store"]["kind"] = json!("canary-secret")).contains("canary"));
        assert!(refused(|value| value["store"] = json!({"kind": "grants"})).contains("url"));
    }

    #[test]
    fn a_private_key_is_refused_in_the_browser() {
        assert!(
            refused(
                |value| value["recipients"][0]["d"] = json!("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI")
            )
            .contains("recipients[0]")
        );
        assert!(refused(|value| value["recipients"] = json!([])).contains("recipients"));
    }

    #[test]
    fn the_token_is_not_in_debug_output() {
        let mut value = valid();
        value["store"]["token"] = json!("canary-token");
        value["countersign"] = json!({"url": "/v1/heads", "token": "canary-token"});
        let config = Config::read(value).unwrap().validate().unwrap();
        assert!(!format!("{config:?}").contains("canary-token"));
    }

    #[test]
    fn the_webhooks_secret_is_in_no_debug_output_and_is_not_written_again() {
        let mut value = valid();
        value["webhook"] = json!({"url": "https://crm.example/hook", "secret": "canary"});
        let config = Config::read(value.clone()).unwrap();
        let written = serde_json::to_string(&config).unwrap();
        let refusal = config.clone().validate().unwrap_err();
        assert!(!format!("{config:?}{written}{refusal}").contains("canary"));
        value["webhook"]["secret"] = json!("Y2FuYXJ5LWNhbmFyeS1jYW5hcnktY2FuYXJ5LTAxMjM");
        let valid = Config::read(value).unwrap().validate().unwrap();
        assert!(valid.webhook.is_some() && valid.config.webhook.is_none());
        assert!(!format!("{valid:?}").contains("Y2Fu"));
    }

    #[test]
    fn the_policy_hash_does_not_depend_on_the_token() {
        let hash = |value: serde_json::Value| Config::read(value).unwrap().validate().unwrap().policy_sha256;
        let (mut other_token, mut other_grace) = (valid(), valid());
        other_token["store"]["token"] = json!("other");
        other_grace["graceMs"] = json!(2_000);
        assert_eq!(hash(valid()), hash(other_token));
        assert_ne!(hash(valid()), hash(other_grace));
    }
}
