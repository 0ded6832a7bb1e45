//! Google Cloud Storage.
//!
//! Owns V4-signed PUTs that are bound to a free name and a size, and the questions what a bucket keeps of deleted objects.
//! Google has no signed header that binds the SHA-256, so what was put counts only when it was read back.

use super::StoreError;
use super::direct::{Direct, GRANTED_SHA256, Keeping, Order, Presigned};
use super::http::{self, Answer, Signed};
use super::location::{Environment, Location};
use crate::failure::Failure;
use axum::http::{HeaderMap, Method};
use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use opendal::Operator;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqsign_core::{ProvideCredentialChain, Signer};
use reqsign_google::{
    Credential, DefaultCredentialProvider, EnvCredentialProvider, FileCredentialProvider, RequestSigner,
    VmMetadataCredentialProvider, WellKnownCredentialProvider,
};
use serde_json::json;
use std::time::Duration;

const ENDPOINT: &str = "https://storage.googleapis.com";
/// Reads, writes and deletes objects.
const SCOPE: &str = "https://www.googleapis.com/auth/devstorage.read_write";

/// Separates metadata and bytes. Ciphertext holds these 32 random digits with a chance of 2^-100; and then Google stores less
/// than was sent, which the hash tells.
const BOUNDARY: &str = "callseal-5f0c1be7a9d24386b3e1d8f6720a94ce";

const VERSIONED: &str = "the bucket has versioning, which keeps deleted objects: turn it off \
                         (gcloud storage buckets update gs://BUCKET --no-versioning)";
const SOFT_DELETE: &str = "the bucket has soft delete, which keeps deleted objects for days and is on in new buckets: turn it \
                           off (gcloud storage buckets update gs://BUCKET --clear-soft-delete)";
const RETAINED: &str = "the bucket has a retention policy or a default hold, which refuses to delete: use a bucket without it \
                        for envelopes";

/// A bucket.
#[derive(Debug)]
pub struct Gcs {
    endpoint: String,
    bucket: String,
    /// Folder below the bucket, empty or with a slash at its end.
    prefix: String,
    service: Signed<Credential>,
    /// Whether the service is an emulator that takes requests without credentials.
    is_open: bool,
    /// Whether there is a key, or an account, that signs for others.
    can_presign: bool,
    client: reqwest::Client,
}

/// Opens the bucket at `location`.
///
/// # Errors
/// A [`Failure`] that names what the URL or the environment lacks.
pub fn open(
    mut location: Location,
    environment: Environment<'_>,
    client: &reqwest::Client,
) -> Result<(Operator, Gcs), Failure> {
    let bucket = location.bucket()?.to_owned();
    let endpoint = location.take_endpoint()?.unwrap_or_else(|| ENDPOINT.to_owned());
    let account = location.take("signer");
    let is_open = match location.take("credentials").as_deref() {
        None => false,
        Some("none") => true,
        Some(_) => return Err(location.refused("credentials can only be none, for emulators without any")),
    };
    location.finish()?;

    let mut builder = opendal::services::Gcs::default()
        .bucket(&bucket)
        .endpoint(&endpoint)
        .scope(SCOPE)
        .root(&format!("/{}", location.prefix()));
    let mut chain = ProvideCredentialChain::new().push(default_credentials());
    let file = location.secret(environment, "CREDENTIALS_FILE", &["GOOGLE_APPLICATION_CREDENTIALS"]);
    let can_presign = account.is_some() || file.is_some();
    if let Some(file) = file {
        builder = builder.credential_path(file.text());
        chain = chain.push_front(FileCredentialProvider::new(file.text()).with_scope(SCOPE));
    }
    if is_open {
        builder = builder.skip_signature();
    }
    let operator = Operator::new(builder).map_err(|error| location.refused(&error.kind().to_string()))?;
    let mut signer = RequestSigner::new("storage").with_scope(SCOPE);
    if let Some(account) = account {
        signer = signer.with_signer_email(account);
    }
    let service = Signed::new(client.clone(), Signer::new(http::context(client), chain, signer));
    let prefix = location.folder();
    let gcs = Gcs { endpoint, bucket, prefix, service, is_open, can_presign, client: client.clone() };
    Ok((http::limited(operator, client), gcs))
}

fn default_credentials() -> DefaultCredentialProvider {
    DefaultCredentialProvider::builder()
        .env(EnvCredentialProvider::new().with_scope(SCOPE))
        .well_known(WellKnownCredentialProvider::new().with_scope(SCOPE))
        .vm_metadata(VmMetadataCredentialProvider::new().with_scope(SCOPE))
        .build()
}

/// The body of an upload of metadata and bytes with one request (RFC 2387).
fn multipart(order: Order<'_>, bytes: &[u8]) -> Bytes {
    let metadata = json!({
        "contentType": "application/octet-stream",
        "metadata": { GRANTED_SHA256: order.sha256.to_string() },
    });
    let head = format!(
        "--{BOUNDARY}\r\ncontent-type: application/json\r\n\r\n{metadata}\r\n\
         --{BOUNDARY}\r\ncontent-type: application/octet-stream\r\n\r\n"
    );
    let tail = format!("\r\n--{BOUNDARY}--\r\n");
    Bytes::from([head.as_bytes(), bytes, tail.as_bytes()].concat())
}

impl Direct for Gcs {
    fn presign<'a>(
        &'a self,
        order: Order<'a>,
        lifetime: Duration,
    ) -> BoxFuture<'a, Result<Presigned, StoreError>> {
        async move {
            let Self { endpoint, bucket, prefix, .. } = self;
            let url = format!("{endpoint}/{bucket}/{prefix}{}", order.path);
            let headers = [
                ("x-goog-content-length-range", format!("{0},{0}", order.size_bytes)),
                ("x-goog-if-generation-match", "0".to_owned()),
                ("x-goog-meta-callseal_sha256", order.sha256.to_string()),
            ];
            self.service.presign(&url, &headers, lifetime).await
        }
        .boxed()
    }

    fn cors_remedy(&self, origin: &str, headers: &[&str]) -> String {
        // Google calls the headers of requests by the name of those of answers.
        let rules = json!([{
            "origin": [origin], "method": ["PUT"], "responseHeader": headers, "maxAgeSeconds": 3600,
        }]);
        format!(
            "write to cors.json: {rules}\ngcloud storage buckets update gs://BUCKET --cors-file=cors.json"
        )
    }

    fn origin(&self) -> String {
        super::origin_of(&self.endpoint)
    }

    fn put_once<'a>(&'a self, order: Order<'a>, bytes: Bytes) -> BoxFuture<'a, Result<Answer, StoreError>> {
        async move {
            let Self { endpoint, bucket, prefix, .. } = self;
            let name = utf8_percent_encode(&format!("{prefix}{}", order.path), NON_ALPHANUMERIC).to_string();
            let url = format!(
                "{endpoint}/upload/storage/v1/b/{bucket}/o?uploadType=multipart&ifGenerationMatch=0&name={name}"
            );
            let content_type = format!("multipart/related; boundary={BOUNDARY}");
            let body = multipart(order, &bytes);
            if self.is_open {
                let headers = http::header_map([("content-type", content_type.as_str())])?;
                return http::send(&self.client, "put", Method::POST, &url, headers, body).await;
            }
            self.service.send("put", Method::POST, &url, &[("content-type", content_type)], body).await
        }
        .boxed()
    }

    fn can_presign(&self) -> bool {
        self.can_presign
    }

    fn keeping<'a>(&'a self, _put_answer: &'a HeaderMap) -> BoxFuture<'a, Result<Keeping, StoreError>> {
        async move {
            let fields = "versioning,retentionPolicy,softDeletePolicy,defaultEventBasedHold";
            let url = format!("{}/storage/v1/b/{}?fields={fields}", self.endpoint, self.bucket);
            let step = "the bucket's settings (right storage.buckets.get)";
            let answer = if self.is_open {
                http::send(&self.client, step, Method::GET, &url, HeaderMap::new(), Bytes::new()).await?
            } else {
                self.service.ask(step, Method::GET, &url).await?
            };
            let settings: serde_json::Value = serde_json::from_slice(&answer.accepted(step)?.body)
                .map_err(|_| StoreError::Unavailable(format!("{step}: no JSON")))?;
            Ok(keeping(&settings))
        }
        .boxed()
    }
}

/// What a bucket with these settings keeps.
fn keeping(settings: &serde_json::Value) -> Keeping {
    let is_true = |pointer| settings.pointer(pointer).and_then(serde_json::Value::as_bool) == Some(true);
    let mut keeping = Keeping::default();
    if is_true("/versioning/enabled") {
        keeping.reasons.push(VERSIONED);
    }
    // Numbers of 64 bits are text in Google's JSON.
    let soft = settings.pointer("/softDeletePolicy/retentionDurationSeconds");
    if soft.is_some_and(|seconds| seconds != "0" && seconds != 0) {
        keeping.reasons.push(SOFT_DELETE);
    }
    if settings.get("retentionPolicy").is_some_and(|policy| !policy.is_null())
        || is_true("/defaultEventBasedHold")
    {
        keeping.reasons.push(RETAINED);
    }
    keeping
}

#[cfg(test)]
mod tests {
    use super::{RETAINED, SOFT_DELETE, VERSIONED, keeping};
    use serde_json::json;

    #[test]
    fn settings_that_keep_deleted_objects_are_found() {
        assert!(keeping(&json!({ "versioning": { "enabled": false } })).reasons.is_empty());
        assert!(
            keeping(&json!({ "softDeletePolicy": { "retentionDurationSeconds": "0" } })).reasons.is_empty()
        );
        let all = json!({ "versioning": { "enabled": true }, "retentionPolicy": { "retentionPeriod": "1" },
            "softDeletePolicy": { "retentionDurationSeconds": "604800" } });
        assert_eq!(keeping(&all).reasons, [VERSIONED, SOFT_DELETE, RETAINED]);
        assert_eq!(keeping(&json!({ "defaultEventBasedHold": true })).reasons, [RETAINED]);
    }
}
