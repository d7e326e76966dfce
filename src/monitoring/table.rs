//! Every metric: its name, type, labels, unit and meaning. Descriptions, documentation and the checks of
//! dashboards come from this table.
//!
//! A label has a closed set of values, and none of them is a client: the number of series depends on the
//! algorithm and on the threads, never on M. Besides the labels listed, every series has `run`, the name of
//! the run directory: runs that follow one another at one address, or are pushed to one gateway, are
//! different series.

use crate::theory::counts::Counts;

/// What kind of time series a metric is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Type {
    /// It only rises while a process lives. A run that is taken up again goes on with what the ledger had.
    Counter,
    /// It rises and falls.
    Gauge,
    /// Observations by size: the upper bounds of its buckets.
    Histogram(&'static [f64]),
}

/// What a value is measured in: base units only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A count, or a number in the problem's own units.
    None,
    /// Seconds.
    Seconds,
    /// Bytes.
    Bytes,
}

impl Unit {
    /// The unit as documentation has it.
    pub fn name(self) -> &'static str {
        match self {
            Unit::None => "",
            Unit::Seconds => "seconds",
            Unit::Bytes => "bytes",
        }
    }
}

/// One metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metric {
    /// Its full name.
    pub name: &'static str,
    /// Its type.
    pub kind: Type,
    /// Its unit.
    pub unit: Unit,
    /// Its labels, besides `run`.
    pub labels: &'static [&'static str],
    /// What it means, in one sentence.
    pub help: &'static str,
}

/// What an algorithm's server does that is counted: at least one sort, so that no panel is empty.
pub fn sorts_of_work(plan: &Counts) -> Vec<&'static str> {
    let sorts: Vec<&'static str> = plan.server_work.keys().copied().collect();
    if sorts.is_empty() { vec![NO_WORK] } else { sorts }
}

/// A label and the values that it can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label {
    /// Its name.
    pub name: &'static str,
    /// Its values, or what they are.
    pub values: &'static str,
}

/// Upper bounds for durations, in seconds: a factor of about three apart, from what an empty barrier takes to
/// an hour.
pub const DURATIONS: &[f64] = &[
    1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0,
    3600.0,
];

const fn counter(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Metric {
    Metric { name, kind: Type::Counter, unit: Unit::None, labels, help }
}

const fn gauge(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Metric {
    Metric { name, kind: Type::Gauge, unit: Unit::None, labels, help }
}

const fn seconds(metric: Metric) -> Metric {
    Metric { unit: Unit::Seconds, ..metric }
}

const fn bytes(metric: Metric) -> Metric {
    Metric { unit: Unit::Bytes, ..metric }
}

const fn durations(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Metric {
    Metric { name, kind: Type::Histogram(DURATIONS), unit: Unit::Seconds, labels, help }
}

const MESSAGE: &[&str] = &["link", "direction", "phase", "kind"];
const PREDICTED: &[&str] = &["direction", "phase", "kind"];
const PHASE: &[&str] = &["phase"];
const SHARD: &[&str] = &["shard"];

/// Messages that passed the wire.
pub const MESSAGES: Metric = counter(
    "dpac_messages_total",
    MESSAGE,
    "Messages: one is one payload over one link, the sender is charged.",
);
/// Numbers in them.
pub const FLOATS: Metric = counter(
    "dpac_floats_total",
    &["link", "direction", "phase", "kind", "vector"],
    "Numbers that messages carried, floats and integers, by the vector that they belong to.",
);
/// Their bytes.
pub const PAYLOAD_BYTES: Metric = bytes(counter(
    "dpac_payload_bytes_total",
    MESSAGE,
    "Bytes of the numbers that messages carried, eight for each.",
));
/// Bytes of frames.
pub const WIRE_BYTES: Metric =
    bytes(counter("dpac_wire_bytes_total", MESSAGE, "Bytes of the messages' encoded frames."));
/// Local steps.
pub const LOCAL_STEPS: Metric = counter("dpac_local_steps_total", PHASE, "Local steps of all clients.");
/// Trajectories.
pub const TRAJECTORIES: Metric =
    counter("dpac_trajectories_total", PHASE, "Trajectories that all clients sampled.");
/// Environment steps.
pub const ENVIRONMENT_STEPS: Metric =
    counter("dpac_environment_steps_total", PHASE, "Environment steps of all clients.");
/// Outer rounds.
pub const ROUNDS: Metric = counter("dpac_rounds_total", &[], "Outer rounds that are over.");
/// Barriers.
pub const BARRIERS: Metric = counter(
    "dpac_barriers_total",
    PHASE,
    "Barriers that have closed: every client's reply has been taken in.",
);
/// The old name of [`BARRIERS`].
pub const SYNCS: Metric =
    counter("dpac_syncs_total", PHASE, "Alias of `dpac_barriers_total`, leaves with 0.3.");
/// Fan-outs.
pub const BROADCASTS: Metric =
    counter("dpac_broadcasts_total", &[], "Fan-outs to every client that follow no barrier.");
/// What the server does that costs and is no message.
pub const SERVER_WORK: Metric = counter(
    "dpac_server_work_total",
    &["work"],
    "What the server has done that costs and is no message, by what its algorithm counts; `none` where it counts nothing.",
);
/// The `work` of algorithms whose server does nothing that is counted.
pub const NO_WORK: &str = "none";
/// Faults.
pub const FAULTS: Metric =
    counter("dpac_faults_total", &["cause"], "Faults of roles; the first one ends a run.");
/// Checkpoints.
pub const CHECKPOINTS: Metric = counter(
    "dpac_checkpoints_total",
    &[],
    "Checkpoints written by this process, from which a run can go on.",
);
/// Bytes of the trace.
pub const TRACE_BYTES: Metric = bytes(counter(
    "dpac_trace_bytes_total",
    &[],
    "Bytes of trace records written by this process; 0 where no trace is recorded.",
));

/// Time of a round.
pub const ROUND_DURATION: Metric =
    durations("dpac_round_duration_seconds", &[], "Wall time of outer rounds.");
/// Time of a barrier.
pub const BARRIER_DURATION: Metric = durations(
    "dpac_barrier_duration_seconds",
    PHASE,
    "Wall time from the barrier before (or the start) until a barrier has closed: local steps, and the mean of the replies.",
);
/// The old name of [`BARRIER_DURATION`].
pub const SYNC_DURATION: Metric = durations(
    "dpac_sync_duration_seconds",
    PHASE,
    "Alias of `dpac_barrier_duration_seconds`, leaves with 0.3.",
);
/// Time of a barrier that the server itself takes.
pub const BARRIER_SERVER_DURATION: Metric = durations(
    "dpac_barrier_server_duration_seconds",
    PHASE,
    "The server's own time in a barrier: adding block sums, reducing, and deciding what comes next.",
);
/// The old name of [`BARRIER_SERVER_DURATION`].
pub const AGGREGATION_DURATION: Metric = durations(
    "dpac_aggregation_duration_seconds",
    PHASE,
    "Alias of `dpac_barrier_server_duration_seconds`, leaves with 0.3.",
);

/// When a barrier last closed.
pub const LAST_BARRIER_TIMESTAMP: Metric = seconds(gauge(
    "dpac_last_barrier_timestamp_seconds",
    &[],
    "Unix time at which a barrier last closed; the start, before the first one.",
));
/// The old name of [`LAST_BARRIER_TIMESTAMP`].
pub const LAST_SYNC_TIMESTAMP: Metric = seconds(gauge(
    "dpac_last_sync_timestamp_seconds",
    &[],
    "Alias of `dpac_last_barrier_timestamp_seconds`, leaves with 0.3.",
));
/// When a checkpoint was last written.
pub const LAST_CHECKPOINT_TIMESTAMP: Metric = seconds(gauge(
    "dpac_last_checkpoint_timestamp_seconds",
    &[],
    "Unix time at which a checkpoint was last written; the start, before the first one.",
));
/// Values of policies.
pub const VALUE: Metric = gauge(
    "dpac_value",
    &["policy"],
    "Expected discounted return in the problem's own units; NaN where not known (yet).",
);
/// Error of the last value.
pub const VALUE_STANDARD_ERROR: Metric = gauge(
    "dpac_value_standard_error",
    &[],
    "Standard error of the last policy's value; 0 where it is exact.",
);
/// Bellman error.
pub const BELLMAN_ERROR: Metric = gauge(
    "dpac_bellman_error",
    &[],
    "The last critic's error against the exact Q, on normalised rewards; NaN where not available.",
);
/// Squared displacement at barriers; Definition 11's local drift is a mean over the local steps too.
pub const DRIFT: Metric = gauge(
    "dpac_local_drift",
    PHASE,
    "Mean squared displacement of the clients: of their replies from where they started, over the last round's barriers. \
     The steps on the way there do not count, as they do in the paper's local drift.",
);
/// The closed form so far: messages.
pub const PREDICTED_MESSAGES: Metric = gauge(
    "dpac_predicted_messages",
    PREDICTED,
    "Messages on the wire by the closed form, up to the last round's end.",
);
/// The closed form so far: floats.
pub const PREDICTED_FLOATS: Metric = gauge(
    "dpac_predicted_floats",
    PREDICTED,
    "Numbers on the wire by the closed form, up to the last round's end.",
);
/// The closed form so far: payload bytes.
pub const PREDICTED_PAYLOAD_BYTES: Metric = bytes(gauge(
    "dpac_predicted_payload_bytes",
    PREDICTED,
    "Payload bytes on the wire by the closed form, up to the last round's end.",
));
/// The closed form so far: bytes of frames.
pub const PREDICTED_WIRE_BYTES: Metric = bytes(gauge(
    "dpac_predicted_wire_bytes",
    PREDICTED,
    "Frame bytes on the wire by the closed form, up to the last round's end.",
));
/// The closed form of the whole run: messages.
pub const PLANNED_MESSAGES: Metric =
    gauge("dpac_planned_messages", PREDICTED, "Messages on the wire of the whole run, by the closed form.");
/// The closed form of the whole run: bytes of frames.
pub const PLANNED_WIRE_BYTES: Metric = bytes(gauge(
    "dpac_planned_wire_bytes",
    PREDICTED,
    "Frame bytes on the wire of the whole run, by the closed form.",
));
/// Where ledger and closed form part: messages.
pub const DEVIATION_MESSAGES: Metric = gauge(
    "dpac_ledger_deviation_messages",
    &[],
    "Messages by which ledger and closed form differ at the last round's end, added up over kinds: 0 unless something is wrong.",
);
/// Where they part: floats.
pub const DEVIATION_FLOATS: Metric = gauge(
    "dpac_ledger_deviation_floats",
    &[],
    "Numbers by which ledger and closed form differ at the last round's end, added up over kinds: 0 unless something is wrong.",
);
/// Where they part: bytes of frames.
pub const DEVIATION_WIRE_BYTES: Metric = bytes(gauge(
    "dpac_ledger_deviation_wire_bytes",
    &[],
    "Frame bytes by which ledger and closed form differ at the last round's end, added up over kinds: 0 unless something is wrong.",
));
/// Rounds of the whole run.
pub const PLANNED_ROUNDS: Metric = gauge("dpac_planned_rounds", &[], "Outer rounds of the whole run.");
/// M.
pub const CLIENTS: Metric = gauge("dpac_clients", &[], "Clients, M.");
/// Threads.
pub const THREADS: Metric = gauge("dpac_threads", &[], "Threads that compute: as many as there are shards.");
/// Results that wait for the server.
pub const SHARD_QUEUE_DEPTH: Metric = gauge(
    "dpac_shard_queue_depth",
    SHARD,
    "Results of a shard that the server has not taken up: fold blocks, or messages where every role is an actor.",
);
/// Bytes that wait for the server.
pub const SHARD_IN_FLIGHT_BYTES: Metric =
    bytes(gauge("dpac_shard_in_flight_bytes", SHARD, "Frame bytes of the replies in these results."));
/// Events that wait for the recorder.
pub const RECORDER_QUEUE_DEPTH: Metric = gauge(
    "dpac_recorder_queue_depth",
    &[],
    "Events that wait to be evaluated and written to the run directory.",
);
/// Reports that wait for the trace's writer.
pub const TRACE_QUEUE_DEPTH: Metric =
    gauge("dpac_trace_queue_depth", &[], "Reports that wait to be written to the trace.");
/// How the run stands.
pub const STATUS: Metric =
    gauge("dpac_run_status", &["status"], "1 for the status that the run is in, 0 for the others.");
/// Who runs.
pub const BUILD_INFO: Metric =
    gauge("dpac_build_info", &["version", "revision", "profile"], "The program; always 1.");
/// Labels of [`RUN_INFO`] that tell the runs of a sweep apart.
pub const ARM: [&str; 7] = [
    "rounds",
    "local_steps",
    "sync_interval",
    "target",
    "policy_features",
    "critic_features",
    "config_digest",
];
/// What runs.
pub const RUN_INFO: Metric = gauge(
    "dpac_run_info",
    &[
        "algorithm",
        "problem",
        "horizon",
        "seed",
        "placement",
        "rounds",
        "local_steps",
        "sync_interval",
        "target",
        "policy_features",
        "critic_features",
        "config_digest",
    ],
    "The run; always 1, and one series: its labels are as many as they are so that no other metric needs them.",
);

/// CPU time.
pub const PROCESS_CPU: Metric =
    seconds(counter("process_cpu_seconds_total", &[], "User and system CPU time of the process."));
/// Resident memory.
pub const PROCESS_RESIDENT: Metric =
    bytes(gauge("process_resident_memory_bytes", &[], "Resident memory of the process."));
/// Virtual memory.
pub const PROCESS_VIRTUAL: Metric =
    bytes(gauge("process_virtual_memory_bytes", &[], "Virtual memory of the process."));
/// Open files.
pub const PROCESS_OPEN_FDS: Metric = gauge("process_open_fds", &[], "Open file descriptors.");
/// Most open files.
pub const PROCESS_MAX_FDS: Metric =
    gauge("process_max_fds", &[], "Most file descriptors that may be open; 0: no limit.");
/// Threads of the process.
pub const PROCESS_THREADS: Metric = gauge("process_threads", &[], "Threads of the process.");
/// Its start.
pub const PROCESS_START: Metric =
    seconds(gauge("process_start_time_seconds", &[], "Unix time at which the process began."));

/// All of them, in the order of the documentation.
pub const METRICS: &[Metric] = &[
    MESSAGES,
    FLOATS,
    PAYLOAD_BYTES,
    WIRE_BYTES,
    PREDICTED_MESSAGES,
    PREDICTED_FLOATS,
    PREDICTED_PAYLOAD_BYTES,
    PREDICTED_WIRE_BYTES,
    PLANNED_MESSAGES,
    PLANNED_WIRE_BYTES,
    DEVIATION_MESSAGES,
    DEVIATION_FLOATS,
    DEVIATION_WIRE_BYTES,
    LOCAL_STEPS,
    TRAJECTORIES,
    ENVIRONMENT_STEPS,
    ROUNDS,
    PLANNED_ROUNDS,
    BARRIERS,
    SYNCS,
    BROADCASTS,
    SERVER_WORK,
    ROUND_DURATION,
    BARRIER_DURATION,
    SYNC_DURATION,
    BARRIER_SERVER_DURATION,
    AGGREGATION_DURATION,
    LAST_BARRIER_TIMESTAMP,
    LAST_SYNC_TIMESTAMP,
    VALUE,
    VALUE_STANDARD_ERROR,
    BELLMAN_ERROR,
    DRIFT,
    SHARD_QUEUE_DEPTH,
    SHARD_IN_FLIGHT_BYTES,
    RECORDER_QUEUE_DEPTH,
    TRACE_QUEUE_DEPTH,
    TRACE_BYTES,
    CHECKPOINTS,
    LAST_CHECKPOINT_TIMESTAMP,
    FAULTS,
    STATUS,
    CLIENTS,
    THREADS,
    BUILD_INFO,
    RUN_INFO,
    PROCESS_CPU,
    PROCESS_RESIDENT,
    PROCESS_VIRTUAL,
    PROCESS_OPEN_FDS,
    PROCESS_MAX_FDS,
    PROCESS_THREADS,
    PROCESS_START,
];

/// Metrics that have two names until 0.3: the old one, which no dashboard and no rule asks for, and the one
/// that stays.
pub const ALIASES: &[(Metric, Metric)] = &[
    (SYNCS, BARRIERS),
    (SYNC_DURATION, BARRIER_DURATION),
    (AGGREGATION_DURATION, BARRIER_SERVER_DURATION),
    (LAST_SYNC_TIMESTAMP, LAST_BARRIER_TIMESTAMP),
];

/// Policies whose values are told.
pub const POLICIES: &[&str] = &["initial", "last", "best", "optimum"];

/// How a run can stand.
pub const STATUSES: &[&str] = &["running", "complete", "interrupted", "failed"];

/// Labels and their values.
pub const LABELS: &[Label] = &[
    Label { name: "run", values: "the name of the run directory; on every series" },
    Label {
        name: "link",
        values: "`wire` (server and client: communication), `local` (a client and its own critic or actor: none)",
    },
    Label {
        name: "direction",
        values: "`up`, `down`, `peer` (for algorithms without a server; none of the paper's)",
    },
    Label { name: "phase", values: "`critic`, `actor`" },
    Label {
        name: "kind",
        values: "the algorithm's kinds of message, as `dpac plan` lists them: `policy_critic`, `critic_up`, `critic_sync`, \
                 `q_broadcast`, `actor_up`, `actor_sync`",
    },
    Label { name: "vector", values: "the algorithm's names of vectors, as in `theta`, `psi`, `omega`" },
    Label {
        name: "policy",
        values: "`initial` (the first evaluated), `last`, `best` (so far), `optimum` (of the problem)",
    },
    Label { name: "shard", values: "the number of a computing thread, from 0" },
    Label {
        name: "cause",
        values: "`not_finite`, `length`, `overflow`, `turn`, `unexpected`, `missing_reply`, `codec`, `state`, `panic`, \
                 `algorithm`, `threads`, `lost`",
    },
    Label { name: "work", values: "what the algorithm counts of its server, as `planning_nodes`, or `none`" },
    Label { name: "status", values: "`running`, `complete`, `interrupted`, `failed`" },
    Label { name: "version", values: "the program's version" },
    Label { name: "revision", values: "the commit that it was built from" },
    Label { name: "profile", values: "`release`, `debug`" },
    Label { name: "algorithm", values: "`dptd`, `dppg`, `dpac`, or a user's own" },
    Label { name: "problem", values: "the problem's name" },
    Label { name: "horizon", values: "H" },
    Label { name: "seed", values: "the run's seed" },
    Label { name: "placement", values: "`shard`, `role`" },
    Label { name: "rounds", values: "R" },
    Label { name: "local_steps", values: "K; empty where the algorithm has none, as all that follow" },
    Label { name: "sync_interval", values: "I" },
    Label { name: "target", values: "`q`, `advantage`, `compatible`" },
    Label { name: "policy_features", values: "features of the policy, as in `window:2`" },
    Label { name: "critic_features", values: "features of the critic" },
    Label {
        name: "config_digest",
        values: "the first eight digits of the configuration's digest, which are those of the run directory's name: seeds of one \
                 configuration have it in common",
    },
];
