//! *Performance*: how fast is it, where does time go, and does anything pile up?

use super::model::{Dashboard, Panel, Row, Target, View, target};
use super::query::{buckets, max, of, quantile, rate, share, sum, target as of_target};
use crate::monitoring::table::{self, Metric};

pub(crate) fn dashboard() -> Dashboard {
    Dashboard {
        name: "performance",
        title: "Performance",
        description: "Samples and messages per second, times of rounds and barriers, queues, writers, and the process.",
        rows: vec![speed(), durations(), queues(), writers(), process()],
    }
}

fn lines(
    title: &'static str,
    description: &'static str,
    unit: &'static str,
    width: u32,
    targets: Vec<Target>,
) -> Panel {
    Panel { title, description, unit, width, view: View::Lines, targets }
}

fn speed() -> Row {
    let by_phase = |metric: &Metric| vec![target("{{run}} {{phase}}", sum("phase", &rate(metric, "")))];
    Row {
        title: "Speed",
        height: 8,
        panels: vec![
            lines(
                "Environment steps per second",
                "Of all clients, by phase.",
                "cps",
                6,
                by_phase(&table::ENVIRONMENT_STEPS),
            ),
            lines(
                "Trajectories per second",
                "Sampled by all clients, by phase.",
                "cps",
                6,
                by_phase(&table::TRAJECTORIES),
            ),
            lines(
                "Local steps per second",
                "Of all clients, by phase.",
                "cps",
                6,
                by_phase(&table::LOCAL_STEPS),
            ),
            lines(
                "Messages moved per second",
                "Through the program: on the wire, and between clients and their own critic and actor.",
                "mps",
                6,
                vec![target("{{run}} {{link}}", sum("link", &rate(&table::MESSAGES, "")))],
            ),
        ],
    }
}

fn durations() -> Row {
    let quantiles = |metric: &Metric, labels: &str, median, high, highest| {
        vec![
            target(median, quantile("0.5", metric, labels)),
            target(high, quantile("0.9", metric, labels)),
            target(highest, quantile("0.99", metric, labels)),
        ]
    };
    let by_phase = |metric: &Metric| {
        quantiles(
            metric,
            "phase",
            "{{run}} {{phase}} median",
            "{{run}} {{phase}} 90 %",
            "{{run}} {{phase}} 99 %",
        )
    };
    let heat = |title, description, metric: &Metric| Panel {
        title,
        description,
        unit: "short",
        width: 12,
        view: View::Heatmap,
        targets: vec![target("{{le}}", buckets(metric))],
    };
    Row {
        title: "Where time goes",
        height: 8,
        panels: vec![
            lines(
                "Round time",
                "Quantiles of outer rounds' wall time over the rate interval, to within a bucket (a factor of three).",
                "s",
                12,
                quantiles(&table::ROUND_DURATION, "", "{{run}} median", "{{run}} 90 %", "{{run}} 99 %"),
            ),
            heat(
                "Round times",
                "How many rounds took how long; all chosen runs together.",
                &table::ROUND_DURATION,
            ),
            lines(
                "Barrier time",
                "Quantiles of the wall time from the barrier before (or the start) until a barrier has closed, by phase.",
                "s",
                12,
                by_phase(&table::BARRIER_DURATION),
            ),
            heat(
                "Barrier times",
                "How many barriers took how long; all chosen runs together.",
                &table::BARRIER_DURATION,
            ),
            lines(
                "Server's time in a barrier",
                "Quantiles of the server's own time in a barrier, for the mean and what comes next, by phase.",
                "s",
                12,
                by_phase(&table::BARRIER_SERVER_DURATION),
            ),
            lines(
                "Share of time by phase and at the server",
                "Wall time per second that leads up to barriers of each phase, told when they close, and of it the server's own. \
                 The server's share near its phase: the server is what the run waits for.",
                "percentunit",
                12,
                vec![
                    target("{{run}} {{phase}}", share(&table::BARRIER_DURATION, "phase")),
                    target("{{run}} {{phase}} server", share(&table::BARRIER_SERVER_DURATION, "phase")),
                ],
            ),
        ],
    }
}

fn queues() -> Row {
    Row {
        title: "Queues",
        height: 7,
        panels: vec![
            lines(
                "Results that wait for the server",
                "By shard. One that stays high: the server is slower than the shards.",
                "short",
                6,
                vec![target("{{run}} shard {{shard}}", max("shard", &of(&table::SHARD_QUEUE_DEPTH, "")))],
            ),
            lines(
                "Bytes in flight",
                "Frame bytes of the replies in the results that wait, by shard.",
                "bytes",
                6,
                vec![target("{{run}} shard {{shard}}", max("shard", &of(&table::SHARD_IN_FLIGHT_BYTES, "")))],
            ),
            lines(
                "Events that wait for the recorder",
                "To be evaluated and written to the run directory.",
                "short",
                6,
                vec![target("{{run}}", max("", &of(&table::RECORDER_QUEUE_DEPTH, "")))],
            ),
            lines(
                "Reports that wait for the trace",
                "To be written by the trace's writer; 0 where no trace is recorded.",
                "short",
                6,
                vec![target("{{run}}", max("", &of(&table::TRACE_QUEUE_DEPTH, "")))],
            ),
        ],
    }
}

fn writers() -> Row {
    Row {
        title: "Trace, checkpoints, faults",
        height: 7,
        panels: vec![
            lines(
                "Trace bytes per second",
                "Written by this process; 0 where no trace is recorded.",
                "Bps",
                6,
                vec![target("{{run}}", sum("", &rate(&table::TRACE_BYTES, "")))],
            ),
            lines(
                "Trace bytes",
                "Written by this process so far.",
                "bytes",
                6,
                vec![target("{{run}}", max("", &of(&table::TRACE_BYTES, "")))],
            ),
            lines(
                "Checkpoints",
                "Written by this process; a run can go on from each.",
                "short",
                4,
                vec![target("{{run}}", max("", &of(&table::CHECKPOINTS, "")))],
            ),
            lines(
                "Age of last checkpoint",
                "What would have to be computed again if the run were killed now; its age, where none was written.",
                "s",
                4,
                vec![target(
                    "{{run}}",
                    format!("time() - {}", max("", &of(&table::LAST_CHECKPOINT_TIMESTAMP, ""))),
                )],
            ),
            lines(
                "Faults",
                "Faults of roles, by cause. The first one ends a run.",
                "short",
                4,
                vec![target("{{run}} {{cause}}", sum("cause", &of(&table::FAULTS, "")))],
            ),
        ],
    }
}

fn process() -> Row {
    Row {
        title: "Process and scrape",
        height: 7,
        panels: vec![
            lines(
                "CPU",
                "CPU seconds per second, and the threads that compute. Much less than the threads: they wait. \
                 The process tells whole seconds, so short intervals show steps.",
                "short",
                6,
                vec![
                    target("{{run}} used", sum("", &rate(&table::PROCESS_CPU, ""))),
                    target("{{run}} threads", max("", &of(&table::THREADS, ""))),
                ],
            ),
            lines(
                "Memory",
                "Resident and virtual memory of the process.",
                "bytes",
                6,
                vec![
                    target("{{run}} resident", max("", &of(&table::PROCESS_RESIDENT, ""))),
                    target("{{run}} virtual", max("", &of(&table::PROCESS_VIRTUAL, ""))),
                ],
            ),
            lines(
                "Files and threads",
                "Open file descriptors, the most that may be open, and threads of the process.",
                "short",
                6,
                vec![
                    target("{{run}} open files", max("", &of(&table::PROCESS_OPEN_FDS, ""))),
                    target("{{run}} most open files", max("", &of(&table::PROCESS_MAX_FDS, ""))),
                    target("{{run}} threads", max("", &of(&table::PROCESS_THREADS, ""))),
                ],
            ),
            lines(
                "Time of a scrape",
                "How long the run took to answer Prometheus.",
                "s",
                6,
                vec![target("{{job}} {{instance}}", of_target("scrape_duration_seconds"))],
            ),
            lines(
                "Process age",
                "Time since the process began.",
                "s",
                6,
                vec![target("{{run}}", format!("time() - {}", max("", &of(&table::PROCESS_START, ""))))],
            ),
            lines(
                "Series of a scrape",
                "It depends on the algorithm and the threads, never on the clients.",
                "short",
                6,
                vec![target("{{job}} {{instance}}", of_target("scrape_samples_scraped"))],
            ),
            lines(
                "Target up",
                "1 where the last scrape succeeded, 0 where it did not.",
                "short",
                6,
                vec![target("{{job}} {{instance}}", of_target("up"))],
            ),
        ],
    }
}
