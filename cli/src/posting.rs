//! Handing an officer's order to the `callseal serve` that keeps the call, and waiting until it is carried out.
//!
//! Owns that nothing is told as done before the server has confirmed it for this very order. The token is never printed.

use crate::failure::Failure;
use crate::output;
use crate::serve::store::StoreError;
use crate::serve::store::http;
use axum::http::Method;
use bytes::Bytes;
use callseal::ledger::{ShredClaim, SignedOrder};
use serde::Deserialize;
use std::path::PathBuf;
use std::time::Duration;
use zeroize::Zeroizing;

/// The variable with a bearer token of the server.
const TOKEN: &str = "CALLSEAL_TOKEN";
/// Time between two looks at what has become of a request.
const ASK_EVERY: Duration = Duration::from_secs(2);

/// Where the call is kept, if that is not the folder.
#[derive(Debug, clap::Args)]
pub struct PostArguments {
    /// The address of the `callseal serve` that keeps the call: the order is sent there, and CALLDIR is only a copy of the ledger.
    /// The token is a supervisor's, from --token-file or the variable CALLSEAL_TOKEN.
    #[arg(long, value_name = "URL")]
    post: Option<String>,
    /// File with the bearer token for --post.
    #[arg(long, value_name = "FILE", requires = "post")]
    token_file: Option<PathBuf>,
    /// How long to wait for the confirmation, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, requires = "post")]
    wait_s: u64,
}

/// What the server answers.
#[derive(Deserialize)]
struct Told {
    status: Option<String>,
    confirmation: Option<String>,
    error: Option<ToldError>,
}

#[derive(Deserialize)]
struct ToldError {
    code: String,
}

impl PostArguments {
    /// The server, if the call is kept by one.
    pub fn server(&self) -> Option<&str> {
        self.post.as_deref()
    }

    /// Hands over an order. Of a request to shred the confirmation, or none when the time to wait is over.
    pub fn deliver(&self, content: &str, signed: &SignedOrder) -> Result<Option<ShredClaim>, Failure> {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| {
                Failure::missing_prerequisite(format!("the system gives no event loop: {error}"))
            })?;
        runtime.block_on(self.deliver_within(content, signed))
    }

    async fn deliver_within(
        &self,
        content: &str,
        signed: &SignedOrder,
    ) -> Result<Option<ShredClaim>, Failure> {
        let client = http::client()?;
        let url = format!("{}/v1/orders", self.server().unwrap_or_default().trim_end_matches('/'));
        let bearer = Zeroizing::new(format!("Bearer {}", self.token()?.trim()));
        let mut told_requested = false;
        let tries = self.wait_s.div_ceil(ASK_EVERY.as_secs()).saturating_add(1);
        for number in 0..tries {
            if number > 0 {
                tokio::time::sleep(ASK_EVERY).await;
            }
            let headers =
                http::header_map([("authorization", bearer.as_str()), ("content-type", "application/jose")]);
            let body = Bytes::from(content.to_owned());
            let answer = http::send(&client, "order", Method::POST, &url, headers.map_err(failed)?, body)
                .await
                .map_err(failed)?;
            let told: Told = serde_json::from_slice(&answer.body).map_err(|_| {
                let status = answer.status.as_u16();
                Failure::missing_prerequisite(format!(
                    "{url} was answered {status}; is it a callseal server?"
                ))
            })?;
            if let Some(ToldError { code }) = told.error {
                return Err(Failure::bad_input(format!("the server refuses the order: {code}")));
            }
            if !told_requested {
                output::note(format_args!("requested: {}", signed.order.name()));
                told_requested = true;
            }
            match (told.status.as_deref(), told.confirmation) {
                (Some("confirmed"), Some(confirmation)) => return confirmed(&confirmation, signed).map(Some),
                (Some("requested"), _) => {}
                _ => return Ok(None),
            }
        }
        Ok(None)
    }

    fn token(&self) -> Result<Zeroizing<String>, Failure> {
        let token = match &self.token_file {
            Some(file) => std::fs::read_to_string(file)
                .map_err(|error| Failure::bad_input(format!("--token-file {}: {error}", file.display())))?,
            None => std::env::var(TOKEN)
                .map_err(|_| Failure::bad_input(format!("no token: say --token-file or set {TOKEN}")))?,
        };
        Ok(Zeroizing::new(token))
    }
}

/// What the server confirms must be this order, or what the call's ledger had demanded before it.
fn confirmed(confirmation: &str, signed: &SignedOrder) -> Result<ShredClaim, Failure> {
    let (claim, _) = ShredClaim::read(confirmation.as_bytes())?;
    if claim.call_id == signed.order.call_id {
        return Ok(claim);
    }
    Err(Failure::bad_input("the server confirms the shredding of another call"))
}

fn failed(error: StoreError) -> Failure {
    Failure::missing_prerequisite(format!("the server cannot be reached: {error}"))
}
