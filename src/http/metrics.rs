//! What the hub counts, in Prometheus' format. Labels are routes, statuses and verdicts: never a
//! household, a person or a device.

use std::time::Duration;

use metrics::{Counter, Gauge, Histogram, Key, Label, Level, Metadata, Recorder, Unit};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusRecorder};
use sync_protocol::wire::Verdict;

const METADATA: Metadata<'_> = Metadata::new(module_path!(), Level::INFO, None);

/// Upper bounds of the classes that durations fall into, in seconds.
const SECONDS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.25, 1.0, 2.5, 10.0];

const REQUESTS: &str = "samruat_requests_total";
const REQUEST_SECONDS: &str = "samruat_request_seconds";
const SYNC_BYTES: &str = "samruat_sync_bytes_total";
const CHANGES: &str = "samruat_sync_changes_total";
const CURSOR_RESETS: &str = "samruat_sync_cursor_resets_total";
const FREE_PLACES: &str = "samruat_free_places";
const UPTIME: &str = "samruat_uptime_seconds";

/// The hub's counters. They belong to one hub, so that two in one process do not mix.
pub struct Metrics {
    recorder: PrometheusRecorder,
    sync_up: Counter,
    sync_down: Counter,
    verdicts: [Counter; 5],
    cursor_resets: Counter,
    free_places: Gauge,
    uptime: Gauge,
}

impl Metrics {
    /// Counters at zero.
    #[must_use]
    pub fn new() -> Self {
        // Refused only if there are no bounds.
        let builder = PrometheusBuilder::new().set_buckets(&SECONDS).unwrap_or_default();
        let recorder = builder.build_recorder();
        let counter = |name: &'static str, text: &'static str| {
            recorder.describe_counter(name.into(), None, text.into());
        };
        counter(REQUESTS, "Requests answered, by route and status");
        counter(SYNC_BYTES, "Bytes of sync bodies as they went over the network");
        counter(CHANGES, "Changes that devices sent, by verdict");
        counter(CURSOR_RESETS, "Syncs whose cursor was not of this log");
        recorder.describe_histogram(
            REQUEST_SECONDS.into(),
            Some(Unit::Seconds),
            "Time to answer, by route".into(),
        );
        recorder.describe_gauge(FREE_PLACES.into(), None, "Requests that could still go to work".into());
        recorder.describe_gauge(UPTIME.into(), Some(Unit::Seconds), "Time since the hub started".into());
        let labelled = |name, label, value| {
            let key = Key::from_parts(name, vec![Label::from_static_parts(label, value)]);
            recorder.register_counter(&key, &METADATA)
        };
        let verdicts = ["accepted", "known", "waiting", "actor_conflict", "quarantined"];
        Self {
            sync_up: labelled(SYNC_BYTES, "direction", "up"),
            sync_down: labelled(SYNC_BYTES, "direction", "down"),
            verdicts: verdicts.map(|verdict| labelled(CHANGES, "verdict", verdict)),
            cursor_resets: recorder.register_counter(&Key::from_static_name(CURSOR_RESETS), &METADATA),
            free_places: recorder.register_gauge(&Key::from_static_name(FREE_PLACES), &METADATA),
            uptime: recorder.register_gauge(&Key::from_static_name(UPTIME), &METADATA),
            recorder,
        }
    }

    /// Counts an answer; `route` is the pattern, not the address.
    pub fn answered(&self, route: &str, status: u16, took: Duration) {
        let route = Label::new("route", route.to_owned());
        let status = Label::new("status", status.to_string());
        let seconds: Histogram = self
            .recorder
            .register_histogram(&Key::from_parts(REQUEST_SECONDS, vec![route.clone()]), &METADATA);
        seconds.record(took.as_secs_f64());
        self.recorder
            .register_counter(&Key::from_parts(REQUESTS, vec![route, status]), &METADATA)
            .increment(1);
    }

    /// Counts the bodies of a sync.
    pub fn synced(&self, up_bytes: usize, down_bytes: usize) {
        self.sync_up.increment(up_bytes as u64);
        self.sync_down.increment(down_bytes as u64);
    }

    /// Counts the verdicts of a sync.
    pub fn judged(&self, verdicts: &[u8]) {
        for verdict in verdicts.iter().filter_map(|number| Verdict::try_from(*number).ok()) {
            if let Some(counter) = self.verdicts.get(verdict as usize) {
                counter.increment(1);
            }
        }
    }

    /// Counts a cursor that was not known.
    pub fn cursor_reset(&self) {
        self.cursor_resets.increment(1);
    }

    /// All of it, as text.
    #[must_use]
    pub fn render(&self, free_places: usize, uptime: Duration) -> String {
        self.free_places.set(free_places as f64);
        self.uptime.set(uptime.as_secs_f64());
        let handle = self.recorder.handle();
        handle.run_upkeep();
        handle.render()
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}
