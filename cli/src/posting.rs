//! Handing an officer's order to the `callseal serve` that keeps the call, and waiting until it is carried out.
//!
//! Owns that nothing is told as done before the server has confirmed it for this very order. The token is never printed.

use crate::failure::Failure;
use crate::output;
use crate::serve::store::StoreError;
use crate::serve::store::http;
use axum::http::Method;
use bytes::Bytes;
use callseal::archive::Trust;
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
    pub fn deliver(
        &self,
        content: &str,
        signed: &SignedOrder,
        trust: &Trust,
    ) -> Result<Option<ShredClaim>, Failure> {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| {
                Failure::missing_prerequisite(format!("the system gives no event loop: {error}"))
            })?;
        runtime.block_on(self.deliver_within(content, signed, trust))
    }

    async fn deliver_within(
        &self,
        content: &str,
        signed: &SignedOrder,
        trust: &Trust,
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
                (Some("confirmed"), Some(confirmation)) => {
                    return confirmed(&confirmation, signed, trust).map(Some);
                }
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

/// What the server confirms must be this order, under the key of a server that the user has named, if any was. A shredding
/// that something else had demanded before is believed of a named server only.
fn confirmed(confirmation: &str, signed: &SignedOrder, trust: &Trust) -> Result<ShredClaim, Failure> {
    let (claim, jws) = ShredClaim::read(confirmation.as_bytes())?;
    if claim.call_id != signed.order.call_id {
        return Err(Failure::bad_input("the server confirms the shredding of another call"));
    }
    let is_by_named = trust.servers.iter().any(|server| jws.is_signed_by(server));
    if !trust.servers.is_empty() && !is_by_named {
        return Err(Failure::new(
            12,
            "the confirmation is not signed by a server that you named [signature/invalid]",
        ));
    }
    if claim.head != signed.demand().head && !is_by_named {
        let sentence = "the server confirms a shredding that something else had demanded; name its key with --server to believe it";
        return Err(Failure::bad_input(sentence));
    }
    Ok(claim)
}

fn failed(error: StoreError) -> Failure {
    Failure::missing_prerequisite(format!("the server cannot be reached: {error}"))
}

#[cfg(test)]
mod tests {
    use super::confirmed;
    use callseal::archive::Trust;
    use callseal::ledger::{Order, OrderKind, OrderReason, ShredClaim, SignedOrder};
    use callseal::names::CallId;
    use callseal::seal::SigningKey;

    fn key(byte: u8) -> SigningKey {
        SigningKey::from_random(&[byte; 32]).unwrap()
    }

    fn call(id: &str) -> CallId {
        CallId::parse(id).unwrap()
    }

    fn request() -> SignedOrder {
        let order = Order {
            call_id: call("0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9aa"),
            order: OrderKind::Shred,
            number: 0,
            reason: OrderReason::ErasureRequest,
            seq: 7,
            head: "ab".repeat(32),
            iat: 1_790_000_000,
        };
        Order::read(order.sign(&key(1)).as_bytes()).unwrap()
    }

    fn claim(request: &SignedOrder) -> ShredClaim {
        let demand = request.demand();
        ShredClaim {
            call_id: request.order.call_id,
            seq: demand.seq,
            head: demand.head,
            objects: 3,
            iat: 1_790_000_001,
        }
    }

    #[test]
    fn only_this_orders_confirmation_counts_and_only_of_a_named_server_where_one_is_named() {
        let request = request();
        let (nobody, named) =
            (Trust::default(), Trust { servers: vec![key(5).public()], ..Trust::default() });
        let right = claim(&request);
        assert!(confirmed(&right.sign(&key(5)), &request, &named).is_ok());
        assert!(confirmed(&right.sign(&key(5)), &request, &nobody).is_ok());
        assert!(confirmed(&right.sign(&key(6)), &request, &named).is_err(), "another server");
        let another = ShredClaim { head: "cd".repeat(32), ..claim(&request) };
        assert!(confirmed(&another.sign(&key(5)), &request, &nobody).is_err(), "of another demand");
        assert!(
            confirmed(&another.sign(&key(5)), &request, &named).is_ok(),
            "of the ledger's own demand, by a named server"
        );
        let elsewhere =
            ShredClaim { call_id: call("0b7e4b0e-93f1-4a7e-8a4c-5d2f60c1d9ab"), ..claim(&request) };
        assert!(confirmed(&elsewhere.sign(&key(5)), &request, &named).is_err(), "of another call");
        assert!(confirmed("done", &request, &nobody).is_err());
    }
}
