//! Looking at a running `callseal serve`, as a page meets it.
//!
//! Owns what is asked of a server. With a token in the environment it also asks for a grant, which it does not use.

use crate::failure::Failure;
use crate::serve::log;
use crate::serve::store::examination::Check;
use crate::serve::store::http::{self, Answer};
use crate::serve::store::page_access::{self, Wanted};
use crate::serve::store::{StoreError, link};
use axum::http::{HeaderMap, Method};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The variable with a bearer token of the server.
const TOKEN: &str = "CALLSEAL_TOKEN";
const CORS_REMEDY: &str = "start callseal serve with --allow-origin and this origin (docs/serve.md)";
const STORE_REMEDY: &str = "allow it in the bucket's or container's CORS settings (docs/stores.md has them to copy; callseal \
                            doctor with the store's URL prints them), or say --grants through";

/// The members of a grant that are of interest here.
#[derive(Deserialize)]
struct Granted {
    url: String,
    headers: BTreeMap<String, String>,
    #[serde(default)]
    confirm: bool,
}

/// Asks the server at `url`.
///
/// # Errors
/// A [`Failure`] if no client can be made.
pub async fn ask(url: &str, page_origin: Option<&str>) -> Result<Vec<Check>, Failure> {
    let client = http::client()?;
    let mut checks = vec![link::tls(url)];
    if let Err(error) = ask_all(&client, url.trim_end_matches('/'), page_origin, &mut checks).await {
        checks.push(Check::problem(
            "answer",
            error.to_string(),
            "check that the server runs, its address, and the proxy and the certificate in front of it",
        ));
    }
    Ok(checks)
}

async fn ask_all(
    client: &reqwest::Client,
    url: &str,
    page_origin: Option<&str>,
    checks: &mut Vec<Check>,
) -> Result<(), StoreError> {
    let health = get(client, "health", &format!("{url}/healthz")).await?;
    checks.push(if health.status.is_success() {
        Check::ok("health", "the server is alive")
    } else {
        let detail = format!("GET /healthz was answered {}", health.status.as_u16());
        let remedy = "is it a callseal server? Host must be the one that the server knows: say serve --origin behind a proxy";
        Check::problem("health", detail, remedy)
    });
    checks.extend(link::clock(&health.headers, log::now_ms()));
    let keys = get(client, "keys", &format!("{url}/v1/keys")).await?;
    let has_keys = keys.status.is_success()
        && serde_json::from_slice(&keys.body)
            .is_ok_and(|keys: Value| keys.pointer("/keys/0/kty") == Some(&json!("EC")));
    checks.push(if has_keys {
        Check::ok("keys", "the server shows the key with which it countersigns")
    } else {
        let detail = format!("GET /v1/keys was answered {}", keys.status.as_u16());
        Check::problem("keys", detail, "let the proxy pass /v1/keys: verifiers need it")
    });
    let grants = format!("{url}/v1/grants");
    if let Some(origin) = page_origin.filter(|origin| *origin != url) {
        let wanted = Wanted { origin, method: "POST", headers: &["authorization", "content-type"] };
        let answer = page_access::preflight(client, &grants, wanted).await?;
        checks.push(page_access::judge(wanted, &answer, CORS_REMEDY));
    }
    let Some(token) = std::env::var(TOKEN).ok().filter(|token| !token.is_empty()) else {
        return Ok(());
    };
    let granted = grant(client, &grants, &token).await?;
    let status = granted.status.as_u16();
    let Ok(granted) = serde_json::from_slice::<Granted>(&granted.body) else {
        let detail = format!("a request for a grant was answered {status}");
        let remedy = "check the token's role and time, and the server's log; 503 means that its store fails";
        checks.push(Check::problem("grant", detail, remedy));
        return Ok(());
    };
    if !granted.confirm {
        checks.push(Check::ok("grant", "pages send objects through the server"));
        return Ok(());
    }
    checks.push(Check::ok("grant", "pages send objects straight to the store's service"));
    if let Some(origin) = page_origin {
        let headers: Vec<&str> = granted.headers.keys().map(String::as_str).collect();
        let wanted = Wanted { origin, method: "PUT", headers: &headers };
        let answer = page_access::preflight(client, &granted.url, wanted).await?;
        checks.push(page_access::judge(wanted, &answer, STORE_REMEDY));
    }
    Ok(())
}

async fn get(client: &reqwest::Client, step: &str, url: &str) -> Result<Answer, StoreError> {
    http::send(client, step, Method::GET, url, HeaderMap::new(), Bytes::new()).await
}

/// Asks for a grant that nobody uses: it expires, and leaves nothing.
async fn grant(client: &reqwest::Client, url: &str, token: &str) -> Result<Answer, StoreError> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|_| StoreError::Unavailable("no random bytes".to_owned()))?;
    let name = format!("{}/0/000000.ogg.tink", call_id(u128::from_be_bytes(random)));
    let body =
        json!({ "name": name, "size_bytes": 1, "sha256": format!("{:064x}", u128::from_be_bytes(random)) });
    let bearer = format!("Bearer {token}");
    let headers =
        http::header_map([("authorization", bearer.as_str()), ("content-type", "application/json")])?;
    http::send(client, "grant", Method::POST, url, headers, Bytes::from(body.to_string())).await
}

/// A version-4 UUID of random bits (RFC 9562 §5.4).
fn call_id(random: u128) -> String {
    let id = random & !(0xf << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    let part = |shift: u32, mask: u128| (id >> shift) & mask;
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        part(96, 0xffff_ffff),
        part(80, 0xffff),
        part(64, 0xffff),
        part(48, 0xffff),
        part(0, 0xffff_ffff_ffff)
    )
}

#[cfg(test)]
mod tests {
    use super::call_id;
    use callseal::names::CallId;

    #[test]
    fn the_name_of_a_grant_that_nobody_uses_is_a_name() {
        for random in [0, u128::MAX, 0x0123_4567_89ab_cdef_0123_4567_89ab_cdef] {
            CallId::parse(&call_id(random)).unwrap();
        }
    }
}
