//! The request pattern of many calls at once against one or several `callseal serve`, for `npm run bench:serve`.
//!
//! Every call has a connection of its own, signed ledger and sealed segments of its own, and sends what the engine sends
//! when it would: for every segment its envelope, the ledger's chunk that opens it, the segment, and the chunk that seals
//! it; a countersignature at the end. What fails is sent again, as the engine does. Prints one JSON object. At the end every
//! object is asked for once more: what is not stored then was lost.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a measuring program: it stops at the first thing it does not understand"
)]

#[path = "../../tests/support/call.rs"]
mod call;

use call::{Call, End, PartPlan};
use callseal::ledger::head_of;
use callseal::names::{CallId, ObjectName};
use callseal::seal::sha256_hex;
use clap::Parser;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// Packets of a segment of 20 s.
const SEGMENT_PACKETS: u64 = 1_000;
const SEGMENT: Duration = Duration::from_secs(20);

/// First and longest pause behind a failure, as the engine's (`src/store/queue.rs`).
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// Questions whether an object is there, before it counts as unanswered.
const MOST_QUESTIONS: u32 = 12;

/// Longest time one request may take, as the engine's.
const ATTEMPT: Duration = Duration::from_secs(30);

#[derive(Parser)]
struct Arguments {
    /// A server's address; several stand for a balancer.
    #[arg(long, required = true)]
    url: Vec<String>,
    /// The bearer token.
    #[arg(long, env = "CALLSEAL_TOKEN", hide_env_values = true)]
    token: String,
    /// Calls at once.
    #[arg(long, default_value_t = 1_000)]
    calls: usize,
    /// Segments of each call, 20 s apart.
    #[arg(long, default_value_t = 3)]
    segments: usize,
    /// How much faster than in life time passes.
    #[arg(long, default_value_t = 1)]
    speed: u32,
}

/// Latencies in milliseconds by kind of request, and failures by what they were.
#[derive(Default)]
struct Figures {
    latencies_ms: BTreeMap<&'static str, Vec<f64>>,
    failures: BTreeMap<String, usize>,
    objects: usize,
    bytes: usize,
}

struct Load {
    arguments: Arguments,
    figures: Mutex<Figures>,
    next: AtomicUsize,
}

impl Load {
    /// The next instance, as a balancer would choose it.
    fn server(&self) -> &str {
        let next = self.next.fetch_add(1, Ordering::Relaxed);
        &self.arguments.url[next % self.arguments.url.len()]
    }

    async fn timed(
        &self,
        kind: &'static str,
        request: reqwest::RequestBuilder,
    ) -> Result<(u16, String), String> {
        let begun = Instant::now();
        let answer = async {
            let response = request.timeout(ATTEMPT).send().await?;
            let status = response.status().as_u16();
            response.text().await.map(|text| (status, text))
        };
        let answer = answer
            .await
            .map_err(|error| if error.is_timeout() { "timeout".to_owned() } else { "connection".to_owned() });
        let taken_ms = begun.elapsed().as_secs_f64() * 1_000.0;
        let mut figures = self.figures.lock().await;
        figures.latencies_ms.entry(kind).or_default().push(taken_ms);
        match &answer {
            Ok((status, _)) if *status >= 400 => {
                *figures.failures.entry(format!("{kind} {status}")).or_default() += 1
            }
            Err(what) => *figures.failures.entry(format!("{kind} {what}")).or_default() += 1,
            Ok(_) => {}
        }
        answer
    }

    /// Asks for a grant; the answer's members.
    async fn ask(
        &self,
        client: &reqwest::Client,
        name: &ObjectName,
        bytes: &[u8],
    ) -> Option<(String, Value)> {
        let server = self.server().to_owned();
        let body = json!({"name": name.to_string(), "size_bytes": bytes.len(), "sha256": sha256_hex(bytes)});
        let request = client
            .post(format!("{server}/v1/grants"))
            .bearer_auth(&self.arguments.token)
            .header("content-type", "application/json")
            .body(body.to_string());
        match self.timed("grant", request).await {
            Ok((200, text)) => Some((server, serde_json::from_str(&text).unwrap())),
            _ => None,
        }
    }

    /// One attempt to store an object.
    async fn attempt(&self, client: &reqwest::Client, name: &ObjectName, bytes: &[u8]) -> bool {
        let Some((server, grant)) = self.ask(client, name, bytes).await else { return false };
        if grant["status"] == "already_stored" {
            return true;
        }
        let url = grant["url"].as_str().unwrap();
        let url = if url.starts_with('/') {
            format!("{}{url}", if self.arguments.url.len() > 1 { self.server() } else { &server })
        } else {
            url.to_owned()
        };
        let mut request = client.put(url).body(bytes.to_vec());
        for (name, value) in grant["headers"].as_object().into_iter().flatten() {
            request = request.header(name, value.as_str().unwrap());
        }
        let put = self.timed("put", request).await;
        let is_put = matches!(put, Ok((200..=299, _)));
        if is_put && grant["confirm"] == true {
            return self
                .ask(client, name, bytes)
                .await
                .is_some_and(|(_, answer)| answer["status"] == "already_stored");
        }
        is_put
    }

    async fn store(&self, client: &reqwest::Client, name: &ObjectName, bytes: &[u8]) {
        let mut pause = FIRST_PAUSE;
        while !self.attempt(client, name, bytes).await {
            tokio::time::sleep(pause / self.arguments.speed).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        let mut figures = self.figures.lock().await;
        figures.objects += 1;
        figures.bytes += bytes.len();
    }

    async fn call(self: Arc<Self>, index: usize) -> (usize, usize) {
        let id = CallId::parse(&random_id()).unwrap();
        let segments = vec![SEGMENT_PACKETS; self.arguments.segments];
        let call = tokio::task::spawn_blocking(move || {
            Call::signed_as(id, &[PartPlan::new(&segments, End::Closed)])
        })
        .await
        .unwrap();
        let client = reqwest::Client::builder().build().unwrap();
        // Calls do not begin together.
        let offset = SEGMENT / self.arguments.speed * u32::try_from(index).unwrap()
            / u32::try_from(self.arguments.calls).unwrap();
        tokio::time::sleep(offset).await;
        let begun = Instant::now();
        let mut objects = in_order(&call);
        let mut last_chunk = None;
        let mut segment = 0;
        for (name, bytes) in &mut objects {
            if matches!(name, ObjectName::Segment(_)) {
                segment += 1;
                tokio::time::sleep_until((begun + SEGMENT / self.arguments.speed * segment).into()).await;
            }
            if matches!(name, ObjectName::LedgerChunk { .. }) {
                last_chunk = Some(bytes.clone());
            }
            self.store(&client, name, bytes).await;
        }
        let (seq, head) = head_of(&last_chunk.unwrap()).unwrap();
        let request = client
            .post(format!("{}/v1/heads", self.server()))
            .bearer_auth(&self.arguments.token)
            .header("content-type", "application/json")
            .body(json!({"call_id": id, "seq": seq, "head": head}).to_string());
        let _ = self.timed("head", request).await;
        // Once more, when everything is over: whatever is granted then, and so is not there, was lost. A server that is still
        // busy with the others is asked until it answers.
        let (mut lost, mut unanswered) = (0, 0);
        for (name, bytes) in &objects {
            let mut pause = FIRST_PAUSE;
            let mut stored = self.ask(&client, name, bytes).await;
            for _ in 0..MOST_QUESTIONS {
                if stored.is_some() {
                    break;
                }
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
                stored = self.ask(&client, name, bytes).await;
            }
            match stored {
                None => unanswered += 1,
                Some((_, answer)) => lost += usize::from(answer["status"] != "already_stored"),
            }
        }
        (lost, unanswered)
    }
}

/// A call's objects in the order in which an engine makes them.
fn in_order(call: &Call) -> Vec<(ObjectName, Vec<u8>)> {
    let mut envelopes = Vec::new();
    let mut segments = Vec::new();
    let mut chunks = Vec::new();
    for (name, bytes) in call.source.iter() {
        let (name, bytes) = (*name, bytes.clone());
        match name {
            ObjectName::Envelope { .. } => envelopes.push((name, bytes)),
            ObjectName::Segment(_) => segments.push((name, bytes)),
            ObjectName::LedgerChunk { .. } => chunks.push((name, bytes)),
            _ => {}
        }
    }
    chunks.reverse();
    let mut objects = Vec::new();
    for (envelope, segment) in envelopes.into_iter().zip(segments) {
        objects.push(envelope);
        objects.extend(chunks.pop());
        objects.push(segment);
    }
    chunks.reverse();
    objects.extend(chunks);
    objects
}

fn random_id() -> String {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).unwrap();
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = base16ct::lower::encode_string(&bytes);
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

#[tokio::main]
async fn main() {
    rustls::crypto::ring::default_provider().install_default().unwrap();
    let arguments = Arguments::parse();
    let calls = arguments.calls;
    let load = Arc::new(Load { arguments, figures: Mutex::default(), next: AtomicUsize::new(0) });
    let begun = Instant::now();
    let running: Vec<_> = (0..calls).map(|index| tokio::spawn(Arc::clone(&load).call(index))).collect();
    let (mut lost, mut unanswered) = (0, 0);
    for call in running {
        let of_call = call.await.unwrap();
        lost += of_call.0;
        unanswered += of_call.1;
    }
    let mut figures = load.figures.lock().await;
    let mut kinds = serde_json::Map::new();
    for (kind, latencies) in &mut figures.latencies_ms {
        latencies.sort_by(f64::total_cmp);
        let at = |share: f64| {
            #[allow(
                clippy::cast_precision_loss,
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "an index"
            )]
            let index = ((latencies.len() - 1) as f64 * share).round() as usize;
            latencies[index]
        };
        kinds.insert(
            (*kind).to_owned(),
            json!({"count": latencies.len(), "p50_ms": at(0.5), "p95_ms": at(0.95), "p99_ms": at(0.99), "max_ms": at(1.0)}),
        );
    }
    println!(
        "{}",
        json!({"calls": calls, "seconds": begun.elapsed().as_secs_f64(), "objects": figures.objects, "bytes": figures.bytes, "lost": lost, "unanswered": unanswered, "failures": figures.failures, "latencies": kinds})
    );
}
