//! Looking at a plain HTTP store: a template of addresses that take PUTs, as a page meets it.
//!
//! Owns what is asked of such a store: what a page relies on there is that a name is written once, and can be read back.

use crate::failure::Failure;
use crate::serve::log;
use crate::serve::store::examination::{Check, probe_path};
use crate::serve::store::http::{self, Answer};
use crate::serve::store::page_access::{self, Wanted};
use crate::serve::store::{StoreError, link};
use axum::http::Method;
use bytes::Bytes;

/// What stands for an object's name.
pub const PLACEHOLDER: &str = "{name}";
/// The variable with the value of an Authorization header.
const AUTHORIZATION: &str = "CALLSEAL_STORE_AUTHORIZATION";
const PROBE_BYTES: &[u8] = b"callseal probe: may be deleted\n";

const NGINX_ONCE: &str = "this server ignores If-None-Match and overwrites. For nginx, in the location:
  dav_methods PUT;
  create_full_put_path on;
  set $once $request_method;
  if (-f $request_filename) { set $once \"$once again\"; }
  if ($once = \"PUT again\") { return 412; }
or put callseal serve in front of it with --store webdavs://…";

/// Asks the store with the template `url`.
///
/// # Errors
/// A [`Failure`] if no client can be made.
pub async fn ask(url: &str, page_origin: Option<&str>) -> Result<Vec<Check>, Failure> {
    let client = http::client()?;
    let mut checks = vec![link::tls(url.split(PLACEHOLDER).next().unwrap_or(url))];
    let store = Template { client, url };
    if let Err(error) = store.ask_all(page_origin, &mut checks).await {
        checks.push(Check::problem(
            "answer",
            error.to_string(),
            "check the address, the certificate, and that it answers",
        ));
    }
    Ok(checks)
}

struct Template<'a> {
    client: reqwest::Client,
    url: &'a str,
}

impl Template<'_> {
    async fn ask_all(&self, page_origin: Option<&str>, checks: &mut Vec<Check>) -> Result<(), StoreError> {
        // No name that starts with a dot: servers hide those.
        let path = probe_path()?.replace(".callseal/", "callseal-");
        let url = self.url.replace(PLACEHOLDER, &path);
        if let Some(origin) = page_origin {
            let headers = if has_authorization() {
                &["authorization", "if-none-match"][..]
            } else {
                &["if-none-match"]
            };
            let wanted = Wanted { origin, method: "PUT", headers };
            let answer = page_access::preflight(&self.client, &url, wanted).await?;
            checks.push(page_access::judge(wanted, &answer, &cors_remedy(origin, headers)));
        }
        let put = self.send(Method::PUT, &url, &[("if-none-match", "*")], PROBE_BYTES).await?;
        checks.extend(link::clock(&put.headers, log::now_ms()));
        if !put.status.is_success() {
            let detail = format!("a PUT of a new name was answered {}", put.status.as_u16());
            let remedy = format!("allow PUT there, folders included; credentials go into {AUTHORIZATION}");
            checks.push(Check::problem("write", detail, remedy));
            return Ok(());
        }
        checks.push(Check::ok("write", "a new object was taken"));
        let again = self.send(Method::PUT, &url, &[("if-none-match", "*")], PROBE_BYTES).await?;
        checks.push(if again.status.is_success() {
            Check::problem("write-once", "a second PUT of the same name was taken", NGINX_ONCE)
        } else {
            Check::ok("write-once", format!("a second PUT was refused ({})", again.status.as_u16()))
        });
        let read = self.send(Method::GET, &url, &[], b"").await?;
        checks.push(if read.status.is_success() && read.body == PROBE_BYTES {
            Check::ok("read", "the object reads back byte for byte")
        } else {
            let remedy = "allow GET to the page's credentials: without it the engine cannot make sure of what is stored";
            Check::problem("read", format!("GET was answered {}", read.status.as_u16()), remedy)
        });
        let range = self.send(Method::GET, &url, &[("range", "bytes=9-13")], b"").await?;
        checks.push(if range.status.as_u16() == 206 && range.body == "probe" {
            Check::ok("ranges", "a part of an object can be read")
        } else {
            let detail = format!("GET with Range was answered {}", range.status.as_u16());
            Check::problem("ranges", detail, "allow byte ranges (RFC 9110 section 14): players need them")
        });
        let deleted = self.send(Method::DELETE, &url, &[], b"").await?;
        checks.push(Check::ok(
            "delete",
            if deleted.status.is_success() {
                "pages may delete here: take DELETE from them, recordings need only PUT, HEAD and GET"
                    .to_owned()
            } else {
                format!("pages cannot delete ({}); the probe {path} stays", deleted.status.as_u16())
            },
        ));
        Ok(())
    }

    async fn send(
        &self,
        method: Method,
        url: &str,
        headers: &[(&str, &str)],
        body: &'static [u8],
    ) -> Result<Answer, StoreError> {
        let mut headers = http::header_map(headers.iter().copied())?;
        if let Ok(text) = std::env::var(AUTHORIZATION)
            && let Ok(value) = axum::http::HeaderValue::from_str(&text)
        {
            headers.insert(axum::http::header::AUTHORIZATION, value);
        }
        let step = method.to_string();
        http::send(&self.client, &step, method, url, headers, Bytes::from_static(body)).await
    }
}

fn has_authorization() -> bool {
    std::env::var(AUTHORIZATION).is_ok_and(|value| !value.is_empty())
}

fn cors_remedy(origin: &str, headers: &[&str]) -> String {
    format!(
        "for nginx, in the same location:
  add_header Access-Control-Allow-Origin {origin} always;
  add_header Access-Control-Allow-Methods \"PUT, HEAD, GET\" always;
  add_header Access-Control-Allow-Headers \"{}\" always;
  if ($request_method = OPTIONS) {{ return 204; }}",
        headers.join(", ")
    )
}
