//! What the server counts, for Prometheus.
//!
//! Owns the metrics and their names; one process has one set. No label may hold anything that a client chose: routes,
//! statuses and events are of this program's own lists, so their number is bounded.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::sync::LazyLock;
use std::time::Duration;

/// Upper bounds of the duration histogram, in seconds: from an answer out of memory to an upload over a slow link.
const BOUNDS_S: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0, 120.0];

static METRICS: LazyLock<Metrics> = LazyLock::new(Metrics::new);

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    route: &'static str,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Event {
    event: String,
}

type Durations = Family<Route, Histogram, fn() -> Histogram>;

struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    durations: Durations,
    in_flight: Gauge,
    stored_bytes: Counter,
    stored_objects: Counter,
    grants: Counter,
    read_bytes: Counter,
    timestamps: Counter,
    events: Family<Event, Counter>,
}

impl Metrics {
    fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("callseal"),
            requests: Family::default(),
            durations: Family::new_with_constructor(|| Histogram::new(BOUNDS_S)),
            in_flight: Gauge::default(),
            stored_bytes: Counter::default(),
            stored_objects: Counter::default(),
            grants: Counter::default(),
            read_bytes: Counter::default(),
            timestamps: Counter::default(),
            events: Family::default(),
        };
        let registry = &mut metrics.registry;
        registry.register("requests", "Answered requests by route and status", metrics.requests.clone());
        let help = "From the head of a request to that of its answer";
        registry.register_with_unit("request_duration", help, Unit::Seconds, metrics.durations.clone());
        registry.register("requests_in_flight", "Requests being answered", metrics.in_flight.clone());
        let help = "Bytes of objects that were received here and stored";
        registry.register_with_unit("stored", help, Unit::Bytes, metrics.stored_bytes.clone());
        let help = "Objects that were received here and stored";
        registry.register("stored_objects", help, metrics.stored_objects.clone());
        registry.register("grants", "Grants given", metrics.grants.clone());
        let help = "Bytes of objects that were read by supervisors";
        registry.register_with_unit("read", help, Unit::Bytes, metrics.read_bytes.clone());
        let help = "Timestamps of an authority that were stored";
        registry.register("timestamps", help, metrics.timestamps.clone());
        let help = "Lines of the log by event: store-failed, shredded, exposed, refused and so on";
        registry.register("events", help, metrics.events.clone());
        // So that an alarm on their rise sees the first one.
        for event in [
            "store-failed",
            "shredded",
            "shred-failed",
            "exposed",
            "keys-failed",
            "connection-refused",
            "timestamp-failed",
        ] {
            let _ = metrics.events.get_or_create(&Event { event: event.to_owned() });
        }
        metrics
    }
}

/// A request that is being answered; it counts as in flight until it is dropped.
#[derive(Debug)]
pub struct InFlight(());

impl Drop for InFlight {
    fn drop(&mut self) {
        METRICS.in_flight.dec();
    }
}

/// A request has begun.
pub fn begin() -> InFlight {
    METRICS.in_flight.inc();
    InFlight(())
}

/// A request was answered.
pub fn answered(route: &'static str, status: u16, after: Duration) {
    METRICS.requests.get_or_create(&Answered { route, status }).inc();
    METRICS.durations.get_or_create(&Route { route }).observe(after.as_secs_f64());
}

/// An object was received and stored.
pub fn stored(size_bytes: u64) {
    METRICS.stored_objects.inc();
    METRICS.stored_bytes.inc_by(size_bytes);
}

/// A grant was given.
pub fn granted() {
    METRICS.grants.inc();
}

/// Bytes were read.
pub fn read(size_bytes: u64) {
    METRICS.read_bytes.inc_by(size_bytes);
}

/// A timestamp was stored.
pub fn timestamped() {
    METRICS.timestamps.inc();
}

/// A line was logged. Events are named in this program only.
pub fn count_event(event: &str) {
    METRICS.events.get_or_create(&Event { event: event.to_owned() }).inc();
}

/// All of it in the text format of OpenMetrics 1.0, which Prometheus reads.
///
/// # Errors
/// None in practice: text goes into memory.
pub fn text() -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    prometheus_client::encoding::text::encode(&mut text, &METRICS.registry)?;
    Ok(text)
}
