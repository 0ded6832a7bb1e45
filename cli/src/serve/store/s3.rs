//! S3 and everything that speaks its protocol.
//!
//! Owns the requests that OpenDAL has none for: presigned write-once PUTs that are bound to size and SHA-256, and the
//! questions what a bucket keeps of deleted objects.

use super::StoreError;
use super::direct::{Direct, Keeping, Order, Presigned};
use super::http::{self, Answer, Signed};
use super::location::{Environment, Location};
use crate::failure::Failure;
use crate::serve::retention::Keep;
use axum::http::{HeaderMap, Method, StatusCode};
use base64ct::{Base64, Encoding as _};
use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use opendal::Operator;
use reqsign_aws_v4::{Credential, DefaultCredentialProvider, RequestSigner, StaticCredentialProvider};
use reqsign_core::{ProvideCredentialChain, Signer};
use std::time::Duration;

/// The region that stores with an endpoint of their own mostly take.
const REGION_OF_OTHERS: &str = "us-east-1";
const VERSION_ID: &str = "x-amz-version-id";

const VERSIONED: &str = "the bucket has versioning, so a deleted object stays readable as an older version: use a bucket \
                         whose versioning was never turned on (PutBucketVersioning cannot undo it for what is there)";
const LOCKED: &str = "the bucket has Object Lock, which keeps deleted objects: use a bucket without it";

/// A bucket.
#[derive(Debug)]
pub struct S3 {
    /// URL of the bucket, without a slash at its end.
    bucket_url: String,
    /// Folder below the bucket, empty or with a slash at its end.
    prefix: String,
    service: Signed<Credential>,
}

/// Opens the bucket at `location`.
///
/// # Errors
/// A [`Failure`] that names what the URL or the environment lacks.
pub fn open(
    mut location: Location,
    environment: Environment<'_>,
    client: &reqwest::Client,
) -> Result<(Operator, S3), Failure> {
    let bucket = location.bucket()?.to_owned();
    let variable = |name: &str| environment(name).filter(|value| !value.is_empty());
    let endpoint = match location.take_endpoint()? {
        Some(endpoint) => Some(endpoint),
        None => ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"]
            .into_iter()
            .find_map(variable)
            .map(|endpoint| location.check_endpoint(endpoint))
            .transpose()?,
    };
    let region = location
        .take("region")
        .or_else(|| variable("AWS_REGION"))
        .or_else(|| variable("AWS_DEFAULT_REGION"))
        .or_else(|| endpoint.is_some().then(|| REGION_OF_OTHERS.to_owned()))
        .ok_or_else(|| location.refused("region is missing: say ?region=… or AWS_REGION"))?;
    if !region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Err(location.refused("region may hold letters, digits and - only"));
    }
    // AWS wants the bucket in the host; others mostly have it in the path only.
    let is_in_host = match location.take("style").as_deref() {
        None => endpoint.is_none(),
        Some("host") => true,
        Some("path") => false,
        Some(_) => return Err(location.refused("style must be host or path: where the bucket's name stands")),
    };
    location.finish()?;

    let endpoint = endpoint.unwrap_or_else(|| format!("https://s3.{region}.amazonaws.com"));
    let bucket_url = bucket_url(&endpoint, &bucket, is_in_host);
    let mut builder = opendal::services::S3::default()
        .bucket(&bucket)
        .endpoint(&endpoint)
        .region(&region)
        .root(&format!("/{}", location.prefix()));
    if is_in_host {
        builder = builder.enable_virtual_host_style();
    }
    let secret = |name, usual: &[&str]| location.secret(environment, name, usual);
    let mut chain = ProvideCredentialChain::new().push(DefaultCredentialProvider::new());
    // What the service's own programs read from the environment, files and the machine's metadata, the chain reads itself.
    match (secret("ACCESS_KEY_ID", &[]), secret("SECRET_ACCESS_KEY", &[])) {
        (Some(id), Some(key)) => {
            let mut provider = StaticCredentialProvider::new(id.text(), key.text());
            builder = builder.access_key_id(id.text()).secret_access_key(key.text());
            if let Some(token) = secret("SESSION_TOKEN", &[]) {
                provider = provider.with_session_token(token.text());
                builder = builder.session_token(token.text());
            }
            chain = chain.push_front(provider);
        }
        (None, None) => {}
        _ => {
            return Err(
                location.refused("of ACCESS_KEY_ID and SECRET_ACCESS_KEY one is missing in the environment")
            );
        }
    }
    let operator = Operator::new(builder).map_err(|error| location.refused(&error.kind().to_string()))?;
    let signer = Signer::new(http::context(client), chain, RequestSigner::new("s3", &region));
    let prefix = location.folder();
    let service = Signed::new(client.clone(), signer);
    Ok((http::limited(operator, client), S3 { bucket_url, prefix, service }))
}

fn bucket_url(endpoint: &str, bucket: &str, is_in_host: bool) -> String {
    match endpoint.split_once("://") {
        Some((scheme, host)) if is_in_host => format!("{scheme}://{bucket}.{host}"),
        _ => format!("{endpoint}/{bucket}"),
    }
}

impl S3 {
    fn url(&self, path: &str) -> String {
        format!("{}/{}{path}", self.bucket_url, self.prefix)
    }

    /// The answer to a question about the bucket; `None` where the service does not know the question.
    async fn setting(&self, question: &str) -> Result<Option<String>, StoreError> {
        let url = format!("{}/?{question}", self.bucket_url);
        let answer = self.service.ask(question, Method::GET, &url).await?;
        match answer.status {
            StatusCode::NOT_FOUND | StatusCode::NOT_IMPLEMENTED | StatusCode::BAD_REQUEST => Ok(None),
            _ => Ok(Some(String::from_utf8_lossy(&answer.accepted(question)?.body).into_owned())),
        }
    }
}

/// What a PUT is bound to.
fn headers(order: Order<'_>) -> Vec<(&'static str, String)> {
    let mut headers = vec![
        ("content-length", order.size_bytes.to_string()),
        ("if-none-match", "*".to_owned()),
        ("x-amz-checksum-sha256", Base64::encode_string(order.sha256.as_bytes())),
    ];
    headers.extend(order.keep.iter().flat_map(Keep::s3_headers));
    headers
}

impl Direct for S3 {
    fn presign<'a>(
        &'a self,
        order: Order<'a>,
        lifetime: Duration,
    ) -> BoxFuture<'a, Result<Presigned, StoreError>> {
        async move { self.service.presign(&self.url(order.path), &headers(order), lifetime).await }.boxed()
    }

    fn put_once<'a>(&'a self, order: Order<'a>, bytes: Bytes) -> BoxFuture<'a, Result<Answer, StoreError>> {
        async move { self.service.send("put", Method::PUT, &self.url(order.path), &headers(order), bytes).await }
            .boxed()
    }

    fn cors_remedy(&self, origin: &str, headers: &[&str]) -> String {
        let rules = serde_json::json!({ "CORSRules": [{
            "AllowedOrigins": [origin], "AllowedMethods": ["PUT"], "AllowedHeaders": headers, "MaxAgeSeconds": 3600,
        }] });
        format!("aws s3api put-bucket-cors --bucket BUCKET --cors-configuration '{rules}'")
    }

    fn origin(&self) -> String {
        super::origin_of(&self.bucket_url)
    }

    fn binds_hash(&self) -> bool {
        true
    }

    fn retains_objects(&self) -> bool {
        true
    }

    fn keeping<'a>(&'a self, put_answer: &'a HeaderMap) -> BoxFuture<'a, Result<Keeping, StoreError>> {
        async move {
            let mut keeping = Keeping::default();
            let is_version = |id: &axum::http::HeaderValue| id.as_bytes() != b"null";
            // A version in the answer says it too, and needs no right of its own to be read.
            if put_answer.get(VERSION_ID).is_some_and(is_version)
                || self.setting("versioning").await?.is_some_and(|text| text.contains("<Status>Enabled<"))
            {
                keeping.reasons.push(VERSIONED);
                if self
                    .setting("object-lock")
                    .await?
                    .is_some_and(|text| text.contains("<ObjectLockEnabled>Enabled<"))
                {
                    keeping.reasons.push(LOCKED);
                }
            }
            Ok(keeping)
        }
        .boxed()
    }

    fn kept_until<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<(Option<String>, bool), StoreError>> {
        async move {
            let answer =
                self.service.ask("retention", Method::HEAD, &self.url(path)).await?.accepted("retention")?;
            let until = answer.header("x-amz-object-lock-retain-until-date").map(str::to_owned);
            Ok((until, answer.header("x-amz-object-lock-legal-hold") == Some("ON")))
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::{bucket_url, open};
    use crate::serve::digest::Digest;
    use crate::serve::retention::{Retention, RetentionMode};
    use crate::serve::store::direct::{Direct as _, Order};
    use crate::serve::store::http;
    use crate::serve::store::location::{Location, OBJECTS};
    use std::time::Duration;

    fn keys(name: &str) -> Option<String> {
        match name {
            "CALLSEAL_STORE_ACCESS_KEY_ID" => Some("AKIDEXAMPLE".to_owned()),
            "CALLSEAL_STORE_SECRET_ACCESS_KEY" => Some("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned()),
            _ => None,
        }
    }

    #[tokio::test]
    async fn grant_signs_condition_size_hash_and_retention() {
        let location = Location::parse(OBJECTS, "s3://calls/eu?region=eu-central-1").unwrap();
        let (_, s3) = open(location, &keys, &http::client().unwrap()).unwrap();
        let retention = Retention::of_flags(Some(1), RetentionMode::Compliance, false).unwrap().unwrap();
        let order =
            Order { path: "a/b", size_bytes: 3, sha256: Digest::of(b"abc"), keep: Some(retention.from(0)) };
        let granted = s3.presign(order, Duration::from_secs(300)).await.unwrap();
        let url = url::Url::parse(&granted.url).unwrap();
        assert_eq!(url.host_str(), Some("calls.s3.eu-central-1.amazonaws.com"));
        assert_eq!(url.path(), "/eu/a/b");
        let query: std::collections::BTreeMap<_, _> = url.query_pairs().collect();
        assert_eq!(query["X-Amz-Expires"], "300");
        assert_eq!(
            query["X-Amz-SignedHeaders"],
            "content-length;host;if-none-match;x-amz-checksum-sha256;x-amz-object-lock-mode;x-amz-object-lock-retain-until-date"
        );
        let headers: Vec<_> =
            granted.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(
            headers,
            [
                ("if-none-match", "*"),
                // SHA-256 of "abc", FIPS 180-4 example.
                ("x-amz-checksum-sha256", "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="),
                ("x-amz-object-lock-mode", "COMPLIANCE"),
                ("x-amz-object-lock-retain-until-date", "1970-01-02T00:00:00Z"),
            ]
        );
        assert!(!format!("{granted:?} {s3:?}").contains("AKIDEXAMPLE"));
    }

    #[test]
    fn bucket_stands_in_the_host_of_aws_and_in_the_path_of_others() {
        assert_eq!(
            bucket_url("https://s3.eu-1.amazonaws.com", "calls", true),
            "https://calls.s3.eu-1.amazonaws.com"
        );
        assert_eq!(bucket_url("http://127.0.0.1:8333", "calls", false), "http://127.0.0.1:8333/calls");
    }

    #[test]
    fn missing_region_half_a_key_and_unknown_parameters_are_refused_by_name() {
        let refused = |url: &str, environment: &dyn Fn(&str) -> Option<String>| {
            let location = Location::parse(OBJECTS, url).unwrap();
            format!("{:?}", open(location, environment, &http::client().unwrap()).err().unwrap())
        };
        assert!(refused("s3://calls", &keys).contains("region"));
        assert!(refused("s3://calls?region=a&regoin=b", &keys).contains("regoin"));
        assert!(refused("s3://calls?region=a&style=b", &keys).contains("style"));
        let half = |name: &str| (name == "CALLSEAL_STORE_ACCESS_KEY_ID").then(|| "id".to_owned());
        assert!(refused("s3://calls?region=a", &half).contains("SECRET_ACCESS_KEY"));
    }
}
