//! Recording rules and alerts, and the files that Prometheus reads them from.

use std::fmt::Write as _;

use crate::monitoring::table::{self, Metric};

/// A series that Prometheus computes and keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name: level, metric, operation.
    pub name: &'static str,
    /// What it is computed from.
    pub expression: String,
}

/// A condition that somebody should look into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// Its name.
    pub name: &'static str,
    /// It holds where this has values.
    pub expression: String,
    /// How long it must have held before anybody is told, as Prometheus writes durations.
    pub after: &'static str,
    /// `critical`: the run is lost or its result is wrong. `warning`: it may be.
    pub severity: &'static str,
    /// One line; `{{ $labels.run }}` and the like are filled in.
    pub summary: &'static str,
    /// What it means and what to do.
    pub description: &'static str,
}

fn total(labels: &str, expression: &str) -> String {
    let more = if labels.is_empty() { String::new() } else { format!(", {labels}") };
    format!("sum by (job, run{more}) ({expression})")
}

fn most(expression: &str) -> String {
    format!("max by (job, run) ({expression})")
}

fn rate(metric: &Metric, matchers: &str) -> String {
    format!("rate({}{matchers}[1m])", metric.name)
}

const WIRE: &str = "{link=\"wire\"}";

/// Every recording rule, in the order of the file.
pub fn recording_rules() -> Vec<Rule> {
    let rule = |name, expression| Rule { name, expression };
    let wire_bytes = || total("", &format!("{}{WIRE}", table::WIRE_BYTES.name));
    vec![
        rule("job_run:dpac_rounds:rate1m", total("", &rate(&table::ROUNDS, ""))),
        rule(
            "job_run:dpac_progress:ratio",
            format!("{} / {}", most(table::ROUNDS.name), most(table::PLANNED_ROUNDS.name)),
        ),
        rule(
            "job_run:dpac_value:gap",
            format!(
                "{} - {}",
                most(&format!("{}{{policy=\"optimum\"}}", table::VALUE.name)),
                most(&format!("{}{{policy=\"last\"}}", table::VALUE.name))
            ),
        ),
        rule("job_run:dpac_wire_bytes:sum", wire_bytes()),
        rule(
            "job_run_phase_direction:dpac_wire_bytes:rate1m",
            total("phase, direction", &rate(&table::WIRE_BYTES, WIRE)),
        ),
        rule("job_run_kind:dpac_messages:rate1m", total("kind", &rate(&table::MESSAGES, WIRE))),
        rule("job_run_vector:dpac_floats:rate1m", total("vector", &rate(&table::FLOATS, WIRE))),
        rule(
            "job_run:dpac_wire_bytes_per_environment_step:ratio",
            format!("{} / {}", wire_bytes(), total("", table::ENVIRONMENT_STEPS.name)),
        ),
        rule(
            "job_run_phase:dpac_environment_steps:rate1m",
            total("phase", &rate(&table::ENVIRONMENT_STEPS, "")),
        ),
        rule(
            "job_run:dpac_round_duration_seconds:p90_1m",
            format!(
                "histogram_quantile(0.9, {})",
                total("le", &format!("rate({}_bucket[1m])", table::ROUND_DURATION.name))
            ),
        ),
        rule(
            "job_run_phase:dpac_barrier_duration_seconds:p90_1m",
            format!(
                "histogram_quantile(0.9, {})",
                total("phase, le", &format!("rate({}_bucket[1m])", table::BARRIER_DURATION.name))
            ),
        ),
        rule("job_run:dpac_shard_queue_depth:sum", total("", table::SHARD_QUEUE_DEPTH.name)),
        rule("job_run:process_cpu_seconds:rate1m", total("", &rate(&table::PROCESS_CPU, ""))),
    ]
}

/// A queue has not been short for five minutes. Every queue has a bound, at which those who fill it wait; so
/// it is not growth that tells, but a length near the bound.
fn stays(over: &str, metric: &Metric, longer_than: u32) -> String {
    format!("{over} by (job, run) (min_over_time({}[5m])) > {longer_than}", metric.name)
}

/// Every alert, in the order of the file.
pub fn alerts() -> Vec<Alert> {
    let status = |status: &str| format!("{}{{status=\"{status}\"}}", table::STATUS.name);
    let differs = |metric: &Metric| format!("{} != 0", most(metric.name));
    vec![
        Alert {
            name: "DpacRunStalled",
            expression: format!(
                "time() - {} > 600 and {} == 1",
                most(table::LAST_BARRIER_TIMESTAMP.name),
                most(&status("running"))
            ),
            after: "1m",
            severity: "warning",
            summary: "Run {{ $labels.run }} has closed no barrier for {{ $value | humanizeDuration }}",
            description: "Its status is running. Either its barriers are that long (raise the 600 seconds), or a worker is stuck: see \
                          CPU and queues on the Performance dashboard.",
        },
        Alert {
            name: "DpacRunLost",
            expression: format!(
                "last_over_time({}[1h]) == 1 and on (job, instance) up{{job=\"dpac\"}} == 0",
                status("running")
            ),
            after: "30s",
            severity: "warning",
            summary: "Run {{ $labels.run }} went away while it was running",
            description: "Its target {{ $labels.instance }} no longer answers, and the last that it told was that it is running. It was \
                          killed, or it ended between two scrapes: --metrics-linger keeps the end in sight.",
        },
        Alert {
            name: "DpacRunFailed",
            expression: format!("{} == 1", most(&status("failed"))),
            after: "0s",
            severity: "critical",
            summary: "Run {{ $labels.run }} has failed",
            description: "The run's summary.json says why.",
        },
        Alert {
            name: "DpacFault",
            expression: format!("{} > 0", total("cause", table::FAULTS.name)),
            after: "0s",
            severity: "critical",
            summary: "A role of run {{ $labels.run }} had a fault: {{ $labels.cause }}",
            description: "The first fault ends a run. The run's summary.json names the role and the round.",
        },
        Alert {
            name: "DpacLedgerOffClosedForm",
            expression: format!(
                "{} or {} or {}",
                differs(&table::DEVIATION_MESSAGES),
                differs(&table::DEVIATION_FLOATS),
                differs(&table::DEVIATION_WIRE_BYTES)
            ),
            after: "0s",
            severity: "critical",
            summary: "Run {{ $labels.run }} has sent what the closed form does not account for",
            description: "Ledger and closed form differ at a round's end: an error in the program. Its counts and perhaps its results \
                          cannot be trusted.",
        },
        Alert {
            name: "DpacServerLags",
            // Shards may be four fold blocks ahead of the server each.
            expression: stays("avg", &table::SHARD_QUEUE_DEPTH, 12),
            after: "1m",
            severity: "warning",
            summary: "Results pile up before the server of run {{ $labels.run }}",
            description: "The server folds more slowly than the shards compute: fewer threads would do.",
        },
        Alert {
            name: "DpacRecorderLags",
            // It holds 256.
            expression: stays("max", &table::RECORDER_QUEUE_DEPTH, 128),
            after: "1m",
            severity: "warning",
            summary: "The recorder of run {{ $labels.run }} does not keep up",
            description: "Evaluating policies takes longer than the rounds between them, and holds the run back: evaluate less often.",
        },
        Alert {
            name: "DpacTraceLags",
            // It holds 16.
            expression: stays("max", &table::TRACE_QUEUE_DEPTH, 8),
            after: "1m",
            severity: "warning",
            summary: "The trace of run {{ $labels.run }} is written more slowly than it grows",
            description: "The disk does not keep up and holds the run back: record a lower level, or fewer clients.",
        },
        Alert {
            name: "DpacMetricsMissing",
            expression: format!(
                "up{{job=\"dpac\"}} == 1 unless on (job, instance) {}",
                table::BUILD_INFO.name
            ),
            after: "1m",
            severity: "warning",
            summary: "{{ $labels.instance }} answers, but not with dpac's metrics",
            description: "Something else listens at this address.",
        },
        Alert {
            name: "DpacScrapeSlow",
            expression: "max by (job, instance) (scrape_duration_seconds{job=\"dpac\"}) > 0.5".to_owned(),
            after: "1m",
            severity: "warning",
            summary: "{{ $labels.instance }} takes {{ $value | humanizeDuration }} to answer a scrape",
            description: "Scrapes come every second; a run answers within a tenth of that, unless its machine is overloaded.",
        },
        Alert {
            name: "DpacNoTargets",
            expression: "absent(up{job=\"dpac\"})".to_owned(),
            after: "5m",
            severity: "warning",
            summary: "Prometheus has no target of the job dpac",
            description: "The scrape configuration names none, or the job was renamed: these alerts then see nothing.",
        },
    ]
}

const HEADER: &str =
    "# Written by the program from src/monitoring/dashboards/rules.rs; a test holds it to that.\n";

/// `prometheus/rules.yml`.
pub(super) fn rules_file() -> String {
    let mut text = format!("{HEADER}groups:\n  - name: dpac\n    rules:\n");
    for rule in recording_rules() {
        let _ =
            writeln!(text, "      - record: {}\n        expr: >-\n          {}", rule.name, rule.expression);
    }
    text
}

/// `prometheus/alerts.yml`.
pub(super) fn alerts_file() -> String {
    let mut text = format!("{HEADER}groups:\n  - name: dpac-alerts\n    rules:\n");
    for alert in alerts() {
        let Alert { name, expression, after, severity, summary, description } = alert;
        let _ = write!(
            text,
            "      - alert: {name}\n        expr: >-\n          {expression}\n        for: {after}\n        labels:\n          \
             severity: {severity}\n        annotations:\n          summary: >-\n            {summary}\n          description: >-\n            \
             {description}\n"
        );
    }
    text
}
