//! The page that documents every metric, written from the table.

use std::fmt::Write as _;

use super::table::{LABELS, METRICS, Metric, Type};

const HEAD: &str = "\
# Metrics

What a run tells Prometheus. This page is written from the table in `src/monitoring/table.rs`, and
`tests/integration/monitoring/files.rs` holds it to that.

- Every series has the label `run`, the name of the run directory. Prometheus adds `job` and `instance`.
- No label names a client, so the number of series depends on the algorithm and the threads, not on M.
- NaN means not known: an optimum that would take too long to compute, a value before the first evaluation. Prometheus keeps
  such points; Grafana draws nothing.
- Counters come from the ledger, and equal it (`tests/integration/metering.rs`). A run that is taken up again goes on with what the ledger had at the checkpoint, so
  sums since the run began stay right, and `rate()` sees at most a reset. Where the meaning says *by this process*, the counter starts at 0.
- Units are base units: seconds, bytes. Values are in the problem's own units; errors and displacements are of parameters, which are learnt from normalised rewards.
- Durations are histograms with classic buckets. `NAME_bucket` has the label `le`, `NAME_sum` and `NAME_count` have not.

";

/// The page, as Markdown.
pub fn page() -> String {
    let mut page = HEAD.to_owned();
    page.push_str(
        "## Metrics\n\nA page that is scraped has these and no others (`tests/integration/metering.rs`).\n\n| name | type | labels | unit | meaning |\n| --- | --- | --- | --- | --- |\n",
    );
    for metric in METRICS {
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | {} | {} |",
            metric.name,
            kind(metric),
            listed(metric.labels),
            metric.unit.name(),
            metric.help
        );
    }
    page.push_str("\n## Labels\n\n| label | values |\n| --- | --- |\n");
    for label in LABELS {
        let _ = writeln!(page, "| `{}` | {} |", label.name, label.values);
    }
    page.push_str(
        "\n## Buckets\n\nUpper bounds, and beyond the last one `+Inf`, as `tests/integration/monitoring/files.rs` finds them in the table.\n\n| name | bounds |\n| --- | --- |\n",
    );
    for metric in METRICS {
        if let Type::Histogram(bounds) = metric.kind {
            let bounds: Vec<String> = bounds.iter().map(f64::to_string).collect();
            let _ = writeln!(page, "| `{}` | {} |", metric.name, bounds.join(", "));
        }
    }
    page
}

fn kind(metric: &Metric) -> &'static str {
    match metric.kind {
        Type::Counter => "counter",
        Type::Gauge => "gauge",
        Type::Histogram(_) => "histogram",
    }
}

fn listed(labels: &[&str]) -> String {
    labels.iter().map(|label| format!("`{label}`")).collect::<Vec<_>>().join(", ")
}
