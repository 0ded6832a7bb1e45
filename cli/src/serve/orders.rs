//! Orders: takes what an officer has signed about a stored call, and says what of it counts.
//!
//! Owns whose orders this server carries out: those of the officers it was started with, whoever brings them or puts them into the
//! store. An order is bound to the call's ledger as it is stored, so it counts for no other call and no earlier state.

use super::api::Server;
use super::caller::Need;
use super::log;
use super::receive;
use super::refusal::Refusal;
use super::shredding::{ledger, store_whole};
use super::store::{StoreError, WriteOnceStore};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use callseal::ledger::{Chain, Order, OrderKind, SignedOrder, holds_in_force, read_chunk};
use callseal::names::{CallId, ObjectName};
use serde_json::json;
use std::sync::Arc;

/// Largest body of an order, in bytes; a right one has about 900.
pub const MAX_ORDER_BYTES: usize = 4096;

/// The officers whose orders count, by the thumbprints of their keys.
#[derive(Debug, Default, Clone)]
pub struct Officers(Vec<String>);

impl Officers {
    /// These, and nobody else.
    pub const fn new(thumbprints: Vec<String>) -> Self {
        Self(thumbprints)
    }

    fn knows(&self, signed: &SignedOrder) -> bool {
        self.0.contains(&signed.officer)
    }

    /// The stored orders of a call that count.
    ///
    /// # Errors
    /// That of the store.
    pub async fn orders(
        &self,
        store: &dyn WriteOnceStore,
        call_id: CallId,
    ) -> Result<Vec<SignedOrder>, StoreError> {
        let mut orders = Vec::new();
        if self.0.is_empty() {
            return Ok(orders);
        }
        for name in store.list(call_id).await?.iter().filter(|name| is_order(name)) {
            let content = store.read(name).await?.unwrap_or_default();
            let Ok(signed) = Order::read(&content) else { continue };
            if signed.check_place(name).is_ok() && self.knows(&signed) {
                orders.push(signed);
            }
        }
        Ok(orders)
    }
}

/// Whether an object is an officer's order.
pub const fn is_order(name: &ObjectName) -> bool {
    matches!(name, ObjectName::ShredRequest { .. } | ObjectName::Hold { .. } | ObjectName::Release { .. })
}

/// Whether one of these holds is in force.
pub fn is_held(orders: &[SignedOrder]) -> bool {
    !holds_in_force(orders, |_| true).is_empty()
}

/// The request to shred among these, if it is of the end of this ledger.
pub fn request<'a>(call_id: CallId, orders: &'a [SignedOrder], chunks: &[Bytes]) -> Option<&'a SignedOrder> {
    let entries = entries(call_id, chunks)?;
    let requests = orders.iter().filter(|signed| signed.order.order == OrderKind::Shred);
    requests.into_iter().find(|signed| is_of_end(&signed.order, &entries))
}

/// Number and hash of every entry; none where the ledger does not hold.
fn entries(call_id: CallId, chunks: &[Bytes]) -> Option<Vec<(u64, String)>> {
    let mut chain = Chain::start(&call_id);
    let mut entries = Vec::new();
    for chunk in chunks {
        entries.extend(read_chunk(&mut chain, chunk).ok()?.into_iter().map(|entry| (entry.seq, entry.hash)));
    }
    Some(entries)
}

fn is_of_end(order: &Order, entries: &[(u64, String)]) -> bool {
    entries.last().is_some_and(|(seq, head)| *seq == order.seq && *head == order.head)
}

/// `POST /v1/orders`.
///
/// # Errors
/// Those of `docs/serve.md`.
pub async fn take(
    State(server): State<Arc<Server>>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    server.admit(&headers, Need::Describe).await?;
    let signed = Order::read(&body).map_err(|_| {
        Refusal::new(StatusCode::BAD_REQUEST, "order/invalid", "the body must be an order as a compact JWS")
    })?;
    if !server.shredder.officers().knows(&signed) {
        return Err(Refusal::new(
            StatusCode::FORBIDDEN,
            "order/unknown-officer",
            "the order is signed by none of the officers whom this server was told of",
        ));
    }
    let (store, name) = (server.store.as_ref(), signed.order.name());
    let call_id = name.call_id();
    let failed = |error| receive::of_store(error).about(&name);
    fits(store, &signed.order).await.map_err(|refusal| refusal.about(&name))?;
    {
        // Nothing is shredded between the look and the order.
        let _quiet = server.shredder.quiet().await;
        let orders = server.shredder.officers().orders(store, call_id).await.map_err(failed)?;
        let is_shredded = store.holds(&ObjectName::ShredConfirmation { call_id }).await.map_err(failed)?;
        match signed.order.order {
            OrderKind::Shred if is_held(&orders) => {
                return Err(
                    conflict("order/held", "an officer holds the call; it is not shredded").about(&name)
                );
            }
            OrderKind::Hold if is_shredded => {
                return Err(conflict("order/shredded", "the call was shredded; there is nothing to hold")
                    .about(&name));
            }
            OrderKind::Release if !holds_in_force(&orders, |_| true).contains(&signed.order.number) => {
                return Err(conflict("order/no-hold", "no hold of this number is in force").about(&name));
            }
            _ => {}
        }
        keep(store, name, body).await.map_err(|refusal| refusal.about(&name))?;
    }
    log::event("ordered", &[("name", &name), ("officer", &signed.officer)]);
    if signed.order.order == OrderKind::Hold {
        return Ok((StatusCode::CREATED, Json(json!({ "status": "stored" }))).into_response());
    }
    let met = server.shredder.ordered(store, &server.heads, call_id, signed.order.order).await;
    let answer = match met.map_err(failed)? {
        Some(confirmation) => {
            (StatusCode::CREATED, Json(json!({ "status": "confirmed", "confirmation": confirmation })))
        }
        None if signed.order.order == OrderKind::Shred => {
            (StatusCode::ACCEPTED, Json(json!({ "status": "requested" })))
        }
        None => (StatusCode::CREATED, Json(json!({ "status": "stored" }))),
    };
    Ok(answer.into_response())
}

/// An order must be of an entry of the stored ledger; one to shred, of its last.
async fn fits(store: &dyn WriteOnceStore, order: &Order) -> Result<(), Refusal> {
    let chunks = ledger(store, order.call_id).await.map_err(receive::of_store)?;
    let entries = entries(order.call_id, &chunks).unwrap_or_default();
    let is_known = entries.iter().any(|(seq, head)| *seq == order.seq && *head == order.head);
    if is_known && (order.order != OrderKind::Shred || is_of_end(order, &entries)) {
        return Ok(());
    }
    Err(conflict("order/stale", "the order is of another state of the call's ledger than the stored one"))
}

/// Stores an order; the same one again is no fault.
async fn keep(store: &dyn WriteOnceStore, name: ObjectName, body: Bytes) -> Result<(), Refusal> {
    match store_whole(store, name, body.clone()).await {
        Ok(()) => Ok(()),
        Err(StoreError::Exists) => {
            let stored = store.read(&name).await.map_err(receive::of_store)?;
            if stored.is_some_and(|stored| stored == body) {
                return Ok(());
            }
            Err(conflict(
                "store/name-taken",
                "another object is stored under this name; names are never used again",
            ))
        }
        Err(error) => Err(receive::of_store(error)),
    }
}

const fn conflict(code: &'static str, message: &'static str) -> Refusal {
    Refusal::new(StatusCode::CONFLICT, code, message)
}
