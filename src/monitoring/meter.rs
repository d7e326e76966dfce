//! The meter of one run: every series of it, registered at the start, and what sets them.

use super::arm::Arm;
use super::measures;
use super::registry::{Page, Registry};
use super::table;
use crate::theory::counts::{Counts, Shape, Totals, closed_form, closed_form_after};
use dpac_actors::host::{Backlog, Measures};
use dpac_actors::{Cause, Kind, Ledger, Link, Phase, Tally};
use metrics::{Counter, Gauge, Histogram};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What is known of a run before it begins.
#[derive(Clone, Debug)]
pub struct RunInfo<'a> {
    /// Its name: that of its directory.
    pub run: &'a str,
    /// The algorithm's name.
    pub algorithm: &'a str,
    /// The algorithm's kinds of message, by number.
    pub kinds: &'a [Kind],
    /// The problem's name.
    pub problem: &'a str,
    /// H.
    pub horizon: usize,
    /// The run's seed.
    pub seed: u64,
    /// "shard" or "role".
    pub placement: &'a str,
    /// M.
    pub clients: u32,
    /// Threads that compute.
    pub threads: usize,
    /// What tells it from the other runs of a sweep.
    pub arm: Arm,
    /// The sizes from which the closed form is computed.
    pub shape: Shape,
}

/// All series of one run. They are there from the beginning, so that nothing is missing until it first
/// happens.
pub struct Meter {
    registry: Registry,
    shape: Shape,
    wire: Vec<Series>,
    local: Vec<Series>,
    phases: [PhaseSeries; 2],
    broadcasts: Counter,
    server_work: BTreeMap<&'static str, Counter>,
    rounds: Counter,
    round_seconds: Histogram,
    /// By both names.
    last_barrier: [Gauge; 2],
    predicted: Vec<(&'static str, PredictedSeries)>,
    planned: Vec<(&'static str, [Gauge; 2])>,
    /// Messages, floats, frame bytes.
    deviation: [Gauge; 3],
    values: [Gauge; 4],
    /// The best value so far, if there is one.
    best: Mutex<Option<f64>>,
    standard_error: Gauge,
    bellman_error: Gauge,
    drift: [Gauge; 2],
    shards: Vec<[Gauge; 2]>,
    recorder_queue: Gauge,
    trace_queue: Gauge,
    trace_bytes: Counter,
    checkpoints: Counter,
    last_checkpoint: Gauge,
    faults: Vec<Counter>,
    statuses: Vec<Gauge>,
}

/// A kind of message on one link.
struct Series {
    messages: Counter,
    /// By place in the kind's vectors, then in those of integers.
    floats: Vec<Counter>,
    payload_bytes: Counter,
    wire_bytes: Counter,
}

struct PhaseSeries {
    local_steps: Counter,
    trajectories: Counter,
    environment_steps: Counter,
    /// By both names.
    barriers: [Counter; 2],
    /// By both names.
    barrier_seconds: [Histogram; 2],
    /// By both names.
    server_seconds: [Histogram; 2],
}

struct PredictedSeries {
    messages: Gauge,
    floats: Gauge,
    payload_bytes: Gauge,
    wire_bytes: Gauge,
}

impl Meter {
    /// Registers every series.
    pub fn new(info: &RunInfo<'_>) -> Self {
        let registry = Registry::new(info.run);
        let meter = Meter {
            wire: info.kinds.iter().map(|kind| Series::new(&registry, Link::Wire, kind)).collect(),
            local: info.kinds.iter().map(|kind| Series::new(&registry, Link::Local, kind)).collect(),
            phases: Phase::ALL.map(|phase| PhaseSeries::new(&registry, phase)),
            broadcasts: registry.counter(&table::BROADCASTS, &[]),
            server_work: table::sorts_of_work(&closed_form(&info.shape).unwrap_or_default())
                .into_iter()
                .map(|work| (work, registry.counter(&table::SERVER_WORK, &[work])))
                .collect(),
            rounds: registry.counter(&table::ROUNDS, &[]),
            round_seconds: registry.histogram(&table::ROUND_DURATION, &[]),
            last_barrier: [table::LAST_BARRIER_TIMESTAMP, table::LAST_SYNC_TIMESTAMP]
                .map(|metric| registry.gauge(&metric, &[])),
            predicted: info
                .kinds
                .iter()
                .map(|kind| (kind.name, PredictedSeries::new(&registry, kind)))
                .collect(),
            planned: info.kinds.iter().map(|kind| (kind.name, planned(&registry, kind))).collect(),
            deviation: [table::DEVIATION_MESSAGES, table::DEVIATION_FLOATS, table::DEVIATION_WIRE_BYTES]
                .map(|metric| registry.gauge(&metric, &[])),
            values: [0, 1, 2, 3].map(|policy| registry.gauge(&table::VALUE, &[table::POLICIES[policy]])),
            best: Mutex::new(None),
            standard_error: registry.gauge(&table::VALUE_STANDARD_ERROR, &[]),
            bellman_error: registry.gauge(&table::BELLMAN_ERROR, &[]),
            drift: Phase::ALL.map(|phase| registry.gauge(&table::DRIFT, &[phase.name()])),
            shards: (0..info.threads).map(|shard| shard_gauges(&registry, shard)).collect(),
            recorder_queue: registry.gauge(&table::RECORDER_QUEUE_DEPTH, &[]),
            trace_queue: registry.gauge(&table::TRACE_QUEUE_DEPTH, &[]),
            trace_bytes: registry.counter(&table::TRACE_BYTES, &[]),
            checkpoints: registry.counter(&table::CHECKPOINTS, &[]),
            last_checkpoint: registry.gauge(&table::LAST_CHECKPOINT_TIMESTAMP, &[]),
            faults: Cause::NAMES.iter().map(|cause| registry.counter(&table::FAULTS, &[cause])).collect(),
            statuses: table::STATUSES.iter().map(|it| registry.gauge(&table::STATUS, &[it])).collect(),
            shape: info.shape.clone(),
            registry,
        };
        meter.begin(info);
        meter
    }

    /// What holds from the start.
    fn begin(&self, info: &RunInfo<'_>) {
        let (horizon, seed) = (info.horizon.to_string(), info.seed.to_string());
        let profile = if cfg!(debug_assertions) { "debug" } else { "release" };
        let build = [env!("CARGO_PKG_VERSION"), env!("DPAC_COMMIT"), profile];
        self.registry.gauge(&table::BUILD_INFO, &build).set(1);
        let run = [info.algorithm, info.problem, &horizon, &seed, info.placement];
        let run = [&run[..], &info.arm.values()].concat();
        self.registry.gauge(&table::RUN_INFO, &run).set(1);
        self.registry.gauge(&table::CLIENTS, &[]).set(info.clients);
        self.registry.gauge(&table::THREADS, &[]).set(info.threads as f64);
        self.registry.gauge(&table::PLANNED_ROUNDS, &[]).set(self.shape.rounds() as f64);
        for gauge in self.values.iter().chain([&self.bellman_error]).chain(&self.drift) {
            gauge.set(f64::NAN);
        }
        if let Ok(plan) = closed_form(&self.shape) {
            for (kind, [messages, wire_bytes]) in &self.planned {
                let totals = totals(&plan, kind);
                messages.set(totals.messages as f64);
                wire_bytes.set(totals.wire_bytes as f64);
            }
        }
        self.last_barrier_now();
        self.last_checkpoint.set(unix_seconds());
        self.status("running");
    }

    /// The page that is scraped.
    pub fn page(&self) -> Page {
        self.registry.page().clone()
    }

    pub(super) fn upkeep(&self) {
        self.registry.page().upkeep();
    }

    /// Sets every count to what the ledger holds.
    pub(super) fn ledger(&self, ledger: &Ledger) {
        for (link, all) in [(Link::Wire, &self.wire), (Link::Local, &self.local)] {
            for (number, series) in all.iter().enumerate() {
                series.set(ledger.tally(link, number));
            }
        }
        for (phase, series) in Phase::ALL.iter().zip(&self.phases) {
            let effort = ledger.effort(*phase);
            series.local_steps.absolute(effort.local_steps);
            series.trajectories.absolute(effort.trajectories);
            series.environment_steps.absolute(effort.environment_steps);
            let barriers = ledger.barriers(*phase);
            series.barriers.iter().for_each(|counter| counter.absolute(barriers));
        }
        self.broadcasts.absolute(ledger.broadcasts());
        for (work, done) in ledger.server_work() {
            if let Some(counter) = self.server_work.get(work) {
                counter.absolute(*done);
            }
        }
    }

    /// What is on its way at this moment.
    pub(super) fn backlog(&self, backlog: &Backlog<'_>) {
        for ([results, bytes], load) in self.shards.iter().zip(backlog.loads) {
            results.set(load.results() as f64);
            bytes.set(load.bytes() as f64);
        }
        self.recorder_queue.set(backlog.observers as f64);
        self.trace_queue.set(backlog.trace as f64);
    }

    /// A barrier has closed after so long, of which the server worked so long.
    pub(super) fn barrier_closed(&self, phase: Phase, took: Duration, of_server: Duration) {
        let series = &self.phases[usize::from(phase.number())];
        series.barrier_seconds.iter().for_each(|histogram| histogram.record(took));
        series.server_seconds.iter().for_each(|histogram| histogram.record(of_server));
        self.last_barrier_now();
    }

    fn last_barrier_now(&self) {
        let now = unix_seconds();
        self.last_barrier.iter().for_each(|gauge| gauge.set(now));
    }

    /// So many outer rounds are over, the last one after so long.
    pub(super) fn round_ended(&self, rounds: u64, took: Duration) {
        self.rounds.absolute(rounds);
        self.round_seconds.record(took);
    }

    /// Holds the ledger of a milestone after so many rounds against the closed form.
    pub(super) fn compare_after(&self, rounds: u64, ledger: &Ledger) {
        if let Ok(expected) = closed_form_after(&self.shape, rounds) {
            self.compare(ledger, &expected);
        }
    }

    /// Tells the closed form, and how far the ledger is from it.
    fn compare(&self, ledger: &Ledger, expected: &Counts) {
        let mut deviation = [0; 3];
        for (number, (kind, series)) in self.predicted.iter().enumerate() {
            let (totals, tally) = (totals(expected, kind), ledger.tally(Link::Wire, number));
            series.set(&totals);
            deviation[0] += totals.messages.abs_diff(tally.messages);
            deviation[1] += totals.floats.abs_diff(tally.all_floats());
            deviation[2] += totals.wire_bytes.abs_diff(tally.wire_bytes);
        }
        for (gauge, deviation) in self.deviation.iter().zip(deviation) {
            gauge.set(deviation as f64);
        }
    }

    /// What was measured of a round, or of the whole run.
    pub(super) fn measured(&self, measured: &Measures<'_>) {
        let [initial, last, best, optimum] = &self.values;
        if let Some(value) = measured.get(measures::VALUE) {
            let mut so_far = self.best.lock().expect("no holder of the best value panics");
            if so_far.is_none() {
                initial.set(value);
            }
            let highest = so_far.map_or(value, |best| best.max(value));
            *so_far = Some(highest);
            best.set(highest);
            last.set(value);
            self.standard_error.set(measured.get(measures::STANDARD_ERROR).unwrap_or(0.0));
        }
        let drift = self.drift.iter().zip(measures::DRIFT);
        let others = [(optimum, measures::OPTIMUM), (&self.bellman_error, measures::BELLMAN_ERROR)];
        for (gauge, name) in others.into_iter().chain(drift) {
            if let Some(value) = measured.get(name) {
                gauge.set(value);
            }
        }
    }

    /// A checkpoint was written.
    pub(super) fn checkpoint_written(&self) {
        self.checkpoints.increment(1);
        self.last_checkpoint.set(unix_seconds());
    }

    /// The trace's records have come to so many bytes.
    pub(super) fn trace_bytes(&self, bytes: u64) {
        self.trace_bytes.absolute(bytes);
    }

    /// The run has come to its end, complete or interrupted.
    pub(super) fn ended(&self, ledger: &Ledger, complete: bool) {
        self.ledger(ledger);
        for gauges in &self.shards {
            gauges.iter().for_each(|gauge| gauge.set(0));
        }
        self.recorder_queue.set(0);
        self.trace_queue.set(0);
        if complete && let Ok(expected) = closed_form(&self.shape) {
            self.compare(ledger, &expected);
        }
    }

    /// A fault has ended the run.
    pub(super) fn fault(&self, cause: &Cause) {
        for (counter, name) in self.faults.iter().zip(Cause::NAMES) {
            counter.increment(u64::from(name == cause.name()));
        }
    }

    /// How the run stands: one of [`table::STATUSES`].
    pub(super) fn status(&self, status: &str) {
        for (gauge, name) in self.statuses.iter().zip(table::STATUSES) {
            gauge.set(u32::from(*name == status));
        }
    }
}

impl Series {
    fn new(registry: &Registry, link: Link, kind: &Kind) -> Self {
        let link = match link {
            Link::Wire => "wire",
            Link::Local => "local",
        };
        let labels = [link, direction(kind), kind.phase.name(), kind.name];
        let counter = |metric| registry.counter(metric, &labels);
        let floats = |name: &&'static str| {
            let [link, direction, phase, kind] = labels;
            registry.counter(&table::FLOATS, &[link, direction, phase, kind, *name])
        };
        Series {
            messages: counter(&table::MESSAGES),
            floats: kind.vectors.iter().chain(kind.integers).map(floats).collect(),
            payload_bytes: counter(&table::PAYLOAD_BYTES),
            wire_bytes: counter(&table::WIRE_BYTES),
        }
    }

    fn set(&self, tally: &Tally) {
        self.messages.absolute(tally.messages);
        for (counter, floats) in self.floats.iter().zip(tally.floats.iter().chain(&tally.integers)) {
            counter.absolute(*floats);
        }
        self.payload_bytes.absolute(tally.payload_bytes());
        self.wire_bytes.absolute(tally.wire_bytes);
    }
}

impl PhaseSeries {
    fn new(registry: &Registry, phase: Phase) -> Self {
        let labels = [phase.name()];
        PhaseSeries {
            local_steps: registry.counter(&table::LOCAL_STEPS, &labels),
            trajectories: registry.counter(&table::TRAJECTORIES, &labels),
            environment_steps: registry.counter(&table::ENVIRONMENT_STEPS, &labels),
            barriers: [table::BARRIERS, table::SYNCS].map(|metric| registry.counter(&metric, &labels)),
            barrier_seconds: [table::BARRIER_DURATION, table::SYNC_DURATION]
                .map(|metric| registry.histogram(&metric, &labels)),
            server_seconds: [table::BARRIER_SERVER_DURATION, table::AGGREGATION_DURATION]
                .map(|metric| registry.histogram(&metric, &labels)),
        }
    }
}

impl PredictedSeries {
    fn new(registry: &Registry, kind: &Kind) -> Self {
        let gauge = |metric| registry.gauge(metric, &[direction(kind), kind.phase.name(), kind.name]);
        PredictedSeries {
            messages: gauge(&table::PREDICTED_MESSAGES),
            floats: gauge(&table::PREDICTED_FLOATS),
            payload_bytes: gauge(&table::PREDICTED_PAYLOAD_BYTES),
            wire_bytes: gauge(&table::PREDICTED_WIRE_BYTES),
        }
    }

    fn set(&self, totals: &Totals) {
        self.messages.set(totals.messages as f64);
        self.floats.set(totals.floats as f64);
        self.payload_bytes.set(totals.payload_bytes as f64);
        self.wire_bytes.set(totals.wire_bytes as f64);
    }
}

fn planned(registry: &Registry, kind: &Kind) -> [Gauge; 2] {
    let labels = [direction(kind), kind.phase.name(), kind.name];
    [&table::PLANNED_MESSAGES, &table::PLANNED_WIRE_BYTES].map(|metric| registry.gauge(metric, &labels))
}

fn shard_gauges(registry: &Registry, shard: usize) -> [Gauge; 2] {
    let shard = shard.to_string();
    [&table::SHARD_QUEUE_DEPTH, &table::SHARD_IN_FLIGHT_BYTES].map(|metric| registry.gauge(metric, &[&shard]))
}

/// Nothing, of a kind that the closed form does not know.
fn totals(counts: &Counts, kind: &str) -> Totals {
    counts.by_kind.get(kind).map_or_else(Totals::default, |kind| kind.totals)
}

fn direction(kind: &Kind) -> &'static str {
    kind.route.name()
}

fn unix_seconds() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}
