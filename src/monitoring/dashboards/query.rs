//! Expressions of panels, built from the table of metrics: one that does not exist cannot be written.
//!
//! Every selector has the template variables `$job` and `$run` as matchers. Sums and maxima keep `job` and
//! `run`, so that several runs can be picked together and are never added to one another.

use crate::monitoring::table::{Metric, Type};

/// The labels by which every expression keeps runs apart.
pub(crate) const RUN: &str = "job, run";

fn selector(name: &str, matchers: &str) -> String {
    let more = if matchers.is_empty() { String::new() } else { format!(", {matchers}") };
    format!("{name}{{job=~\"$job\", run=~\"$run\"{more}}}")
}

/// The metric of the chosen runs, `matchers` more closely chosen: `link="wire"`, or nothing.
pub(crate) fn of(metric: &Metric, matchers: &str) -> String {
    selector(metric.name, matchers)
}

/// What the metric last was in the range of time that is shown, also of runs that have ended meanwhile.
pub(crate) fn last(metric: &Metric, matchers: &str) -> String {
    format!("last_over_time({}[$__range])", of(metric, matchers))
}

/// A counter's increase per second.
pub(crate) fn rate(metric: &Metric, matchers: &str) -> String {
    assert!(metric.kind == Type::Counter, "{} is no counter", metric.name);
    format!("rate({}[$__rate_interval])", of(metric, matchers))
}

/// A sum over what `labels` and the run do not name.
pub(crate) fn sum(labels: &str, expression: &str) -> String {
    grouped("sum", labels, expression)
}

/// A maximum over what `labels` and the run do not name.
pub(crate) fn max(labels: &str, expression: &str) -> String {
    grouped("max", labels, expression)
}

fn grouped(operator: &str, labels: &str, expression: &str) -> String {
    let more = if labels.is_empty() { String::new() } else { format!(", {labels}") };
    format!("{operator} by ({RUN}{more}) ({expression})")
}

/// A histogram's quantile `level` over the rate interval, by run and `labels`.
pub(crate) fn quantile(level: &str, metric: &Metric, labels: &str) -> String {
    let more = if labels.is_empty() { String::new() } else { format!("{labels}, ") };
    format!("histogram_quantile({level}, {})", sum(&format!("{more}le"), &part_rate(metric, "bucket")))
}

/// Seconds spent in what a histogram of durations observes, per second.
pub(crate) fn share(metric: &Metric, labels: &str) -> String {
    sum(labels, &part_rate(metric, "sum"))
}

/// Observations that fell into each bucket since the last point of a heat map, of all chosen runs together.
pub(crate) fn buckets(metric: &Metric) -> String {
    assert!(matches!(metric.kind, Type::Histogram(_)), "{} is no histogram", metric.name);
    format!("sum by (le) (increase({}[$__rate_interval]))", selector(&format!("{}_bucket", metric.name), ""))
}

fn part_rate(metric: &Metric, part: &str) -> String {
    assert!(matches!(metric.kind, Type::Histogram(_)), "{} is no histogram", metric.name);
    format!("rate({}[$__rate_interval])", selector(&format!("{}_{part}", metric.name), ""))
}

/// What Prometheus itself writes about its targets, which bear no `run`.
pub(crate) fn target(name: &str) -> String {
    format!("{name}{{job=~\"$job\"}}")
}
