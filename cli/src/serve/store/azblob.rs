//! Azure Blob Storage.
//!
//! Owns shared access signatures with the one permission to create a blob, and the questions what a container keeps of
//! deleted blobs. A signature binds name and time; Azure has none that binds size or SHA-256, so what was put counts only
//! when it was read back.

use super::StoreError;
use super::direct::{Direct, Keeping, Order, Presigned};
use super::http::{self, Answer, Signed};
use super::location::{Environment, Location};
use crate::failure::Failure;
use axum::http::{HeaderMap, Method};
use bytes::Bytes;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use opendal::Operator;
use reqsign_azure_storage::{Credential, DefaultCredentialProvider, RequestSigner, StaticCredentialProvider};
use reqsign_core::{ProvideCredentialChain, Signer};
use std::time::Duration;

/// Version of the protocol; the signatures' own default.
const API_VERSION: &str = "2020-12-06";
/// Create a new blob, and nothing else: a second PUT of the name is refused.
const CREATE: &str = "c";

const VERSIONED: &str = "the account has blob versioning, which keeps deleted blobs as versions: turn it off, or use another \
                         account for envelopes";
const SOFT_DELETE: &str = "the account has soft delete for blobs, which keeps deleted blobs for days: turn it off \
                           (az storage account blob-service-properties update --enable-delete-retention false)";
const IMMUTABLE: &str = "the container has an immutability policy or a legal hold, which refuses to delete: use a container \
                         without it for envelopes";

/// A container.
#[derive(Debug)]
pub struct Azblob {
    /// URL of the account, without a slash at its end.
    account_url: String,
    /// URL of the account with which grants are signed: the account's name is in its host.
    signing_url: String,
    /// Name of the container.
    container: String,
    /// Folder below the container, empty or with a slash at its end.
    prefix: String,
    service: Signed<Credential>,
    granting: Signed<Credential>,
    /// Whether there is an account key: other credentials cannot sign for others.
    has_key: bool,
}

/// Opens the container at `location`.
///
/// # Errors
/// A [`Failure`] that names what the URL or the environment lacks.
pub fn open(
    mut location: Location,
    environment: Environment<'_>,
    client: &reqwest::Client,
) -> Result<(Operator, Azblob), Failure> {
    let container = location.bucket()?.to_owned();
    let account = location
        .take("account")
        .or_else(|| {
            let usual = ["AZURE_STORAGE_ACCOUNT", "AZURE_STORAGE_ACCOUNT_NAME"];
            usual.into_iter().find_map(environment).filter(|account| !account.is_empty())
        })
        .ok_or_else(|| location.refused("account is missing: say ?account=… or AZURE_STORAGE_ACCOUNT"))?;
    if !account.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()) {
        return Err(location.refused("account may hold lower-case letters and digits only"));
    }
    let account_url = match location.take_endpoint()? {
        Some(endpoint) => endpoint,
        None => format!("https://{account}.blob.core.windows.net"),
    };
    location.finish()?;
    // Emulators have the account in the path, where a signature's resource has it anyway: what is signed is the same.
    let is_in_path = account_url.split("://").nth(1).is_some_and(|rest| rest.contains('/'));
    let signing_url =
        if is_in_path { format!("https://{account}.blob.core.windows.net") } else { account_url.clone() };

    let mut builder = opendal::services::Azblob::default()
        .container(&container)
        .account_name(&account)
        .endpoint(&account_url)
        .root(&format!("/{}", location.prefix()));
    let key =
        location.secret(environment, "ACCOUNT_KEY", &["AZURE_STORAGE_KEY", "AZURE_STORAGE_ACCOUNT_KEY"]);
    if let Some(key) = &key {
        builder = builder.account_key(key.text());
    }
    let operator = Operator::new(builder).map_err(|error| location.refused(&error.kind().to_string()))?;
    let signed = |signer: RequestSigner| {
        let mut chain = ProvideCredentialChain::new().push(DefaultCredentialProvider::new());
        if let Some(key) = &key {
            chain = chain.push_front(StaticCredentialProvider::new_shared_key(&account, key.text()));
        }
        Signed::new(client.clone(), Signer::new(http::context(client), chain, signer))
    };
    let granting = RequestSigner::new().with_service_sas_permissions(CREATE);
    let prefix = location.folder();
    let azblob = Azblob {
        account_url,
        signing_url,
        container,
        prefix,
        service: signed(RequestSigner::new()),
        granting: signed(granting),
        has_key: key.is_some(),
    };
    Ok((http::limited(operator, client), azblob))
}

/// What a PUT says; a signature for a page covers none of it.
fn headers(order: Order<'_>) -> [(&'static str, String); 4] {
    [
        ("if-none-match", "*".to_owned()),
        ("x-ms-blob-type", "BlockBlob".to_owned()),
        ("x-ms-meta-callseal_sha256", order.sha256.to_string()),
        ("x-ms-version", API_VERSION.to_owned()),
    ]
}

impl Direct for Azblob {
    fn presign<'a>(
        &'a self,
        order: Order<'a>,
        lifetime: Duration,
    ) -> BoxFuture<'a, Result<Presigned, StoreError>> {
        async move {
            let resource = format!("/{}/{}{}", self.container, self.prefix, order.path);
            let headers = headers(order);
            let signed =
                self.granting.presign(&format!("{}{resource}", self.signing_url), &headers, lifetime).await?;
            let query = signed.url.split_once('?').map(|(_, query)| query).unwrap_or_default();
            Ok(Presigned { url: format!("{}{resource}?{query}", self.account_url), headers: signed.headers })
        }
        .boxed()
    }

    fn cors_remedy(&self, origin: &str, headers: &[&str]) -> String {
        format!(
            "az storage cors add --services b --methods PUT --origins '{origin}' --allowed-headers '{}' --max-age 3600",
            headers.join(",")
        )
    }

    fn origin(&self) -> String {
        super::origin_of(&self.account_url)
    }

    fn put_once<'a>(&'a self, order: Order<'a>, bytes: Bytes) -> BoxFuture<'a, Result<Answer, StoreError>> {
        async move {
            let url = format!("{}/{}/{}{}", self.account_url, self.container, self.prefix, order.path);
            let mut headers = headers(order).to_vec();
            headers.push(("content-length", order.size_bytes.to_string()));
            self.service.send("put", Method::PUT, &url, &headers, bytes).await
        }
        .boxed()
    }

    fn can_presign(&self) -> bool {
        self.has_key
    }

    fn keeping<'a>(&'a self, put_answer: &'a HeaderMap) -> BoxFuture<'a, Result<Keeping, StoreError>> {
        async move {
            let mut keeping = Keeping::default();
            if put_answer.contains_key("x-ms-version-id") {
                keeping.reasons.push(VERSIONED);
            }
            let version = [("x-ms-version", API_VERSION.to_owned())];
            let url = format!("{}/?restype=service&comp=properties", self.account_url);
            let properties = self
                .service
                .send("blob service properties", Method::GET, &url, &version, Bytes::new())
                .await?;
            let properties = properties.accepted("blob service properties")?.body;
            let properties = String::from_utf8_lossy(&properties);
            let policy = properties.split("<DeleteRetentionPolicy>").nth(1).unwrap_or_default();
            if policy
                .split("</DeleteRetentionPolicy>")
                .next()
                .is_some_and(|text| text.contains("<Enabled>true<"))
            {
                keeping.reasons.push(SOFT_DELETE);
            }
            let url = format!("{}/{}?restype=container", self.account_url, self.container);
            let container =
                self.service.send("container properties", Method::HEAD, &url, &version, Bytes::new()).await?;
            let container = container.accepted("container properties")?;
            let has = |name| container.header(name) == Some("true");
            if has("x-ms-has-immutability-policy") || has("x-ms-has-legal-hold") {
                keeping.reasons.push(IMMUTABLE);
            }
            Ok(keeping)
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::open;
    use crate::serve::digest::Digest;
    use crate::serve::store::direct::{Direct as _, Order};
    use crate::serve::store::http;
    use crate::serve::store::location::{Location, OBJECTS};
    use std::time::Duration;

    #[tokio::test]
    async fn grant_permits_to_create_one_blob_and_nothing_else() {
        let environment =
            |name: &str| (name == "AZURE_STORAGE_KEY").then(|| "c2VjcmV0IGtleSBvZiBhIHRlc3Q=".to_owned());
        let location = Location::parse(OBJECTS, "azblob://calls/eu?account=tester").unwrap();
        let (_, azblob) = open(location, &environment, &http::client().unwrap()).unwrap();
        let order = Order { path: "a/b", size_bytes: 3, sha256: Digest::of(b"abc"), keep: None };
        let granted = azblob.presign(order, Duration::from_secs(300)).await.unwrap();
        let url = url::Url::parse(&granted.url).unwrap();
        assert_eq!(url.host_str(), Some("tester.blob.core.windows.net"));
        assert_eq!(url.path(), "/calls/eu/a/b");
        let query: std::collections::BTreeMap<_, _> = url.query_pairs().collect();
        assert_eq!((&*query["sp"], &*query["sr"]), ("c", "b"));
        assert!(query.contains_key("sig") && query.contains_key("se"));
        assert!(granted.headers.contains(&("if-none-match".to_owned(), "*".to_owned())));
    }

    #[test]
    fn missing_account_is_refused_by_name() {
        let location = Location::parse(OBJECTS, "azblob://calls").unwrap();
        let failure = open(location, &|_| None, &http::client().unwrap()).err().unwrap();
        assert!(format!("{failure:?}").contains("account"));
    }
}
