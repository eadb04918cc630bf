//! What a monitor reads: how the replica is, and what was asked of the server.

use std::fmt;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use longmen::replica::{Phase, Status};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// Every phase with its name.
pub(crate) const PHASES: [(Phase, &str); 4] = [
    (Phase::CatchingUp, "catching_up"),
    (Phase::Following, "following"),
    (Phase::Rebuilding, "rebuilding"),
    (Phase::Stopped, "stopped"),
];

/// Seconds: a balance takes some microseconds, a replay may take many seconds.
const BUCKETS: [f64; 12] = [0.0002, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 20.0];

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Asked {
    route: String,
    status: u16,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Route {
    route: String,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct InPhase {
    phase: &'static str,
}

/// What is counted, and what is read off the replica when somebody looks.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Asked, Counter>,
    latency: Family<Route, Histogram>,
    pub(crate) in_flight: Gauge,
    position: Gauge<u64, AtomicU64>,
    head: Gauge<u64, AtomicU64>,
    lag_entries: Gauge<u64, AtomicU64>,
    lag: Gauge<f64, AtomicU64>,
    phase: Family<InPhase, Gauge>,
    rebuilt: Gauge<u64, AtomicU64>,
    checkpoints: Gauge<u64, AtomicU64>,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::default(),
            requests: Family::default(),
            latency: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            in_flight: Gauge::default(),
            position: Gauge::default(),
            head: Gauge::default(),
            lag_entries: Gauge::default(),
            lag: Gauge::default(),
            phase: Family::default(),
            rebuilt: Gauge::default(),
            checkpoints: Gauge::default(),
        };
        metrics.register();
        metrics
    }

    fn register(&mut self) {
        let (http, seconds) = ("longmen_http", Unit::Seconds);
        let of = &mut self.registry;
        let requests = self.requests.clone();
        of.register(format!("{http}_requests"), "Requests that were answered, by route and status", requests);
        let latency = self.latency.clone();
        of.register_with_unit(format!("{http}_request"), "How long answers took", seconds.clone(), latency);
        let in_flight = self.in_flight.clone();
        of.register(format!("{http}_in_flight"), "Requests that are worked on now", in_flight);
        let gauges = [
            ("position", "The last entry that the replica has folded in", &self.position),
            ("head", "The last entry of the journal, as far as it was visible", &self.head),
            ("lag_entries", "How many entries the replica is behind the journal", &self.lag_entries),
            ("rebuilt", "How many times its rows were thrown away and built again", &self.rebuilt),
            ("checkpoints", "How many checkpoints it has put into its store", &self.checkpoints),
        ];
        for (name, help, gauge) in gauges {
            of.register(format!("longmen_replica_{name}"), help, gauge.clone());
        }
        let lag = self.lag.clone();
        of.register_with_unit(
            "longmen_replica_lag",
            "Journal time between its entry and the last",
            seconds,
            lag,
        );
        of.register("longmen_replica_phase", "1 for what the replica is doing", self.phase.clone());
    }

    pub(crate) fn answered(&self, route: &str, status: u16, took: Duration) {
        self.requests.get_or_create(&Asked { route: route.to_owned(), status }).inc();
        self.latency.get_or_create(&Route { route: route.to_owned() }).observe(took.as_secs_f64());
    }

    /// The text that a monitor reads.
    pub(crate) fn text(&self, status: &Status) -> Result<String, fmt::Error> {
        let position = |stamp: Option<longmen::Stamp>| stamp.map_or(0, |stamp| stamp.position);
        self.position.set(position(status.last));
        self.head.set(position(status.head));
        self.lag_entries.set(status.lag_entries());
        self.lag.set(status.lag().as_secs_f64());
        self.rebuilt.set(status.rebuilt);
        self.checkpoints.set(status.checkpoints);
        for (phase, name) in PHASES {
            self.phase.get_or_create(&InPhase { phase: name }).set(i64::from(phase == status.phase));
        }
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}
