//! The registry: the table's metrics as handles that cost a few nanoseconds, and the page that Prometheus
//! reads.

use super::table::{self, METRICS, Metric, Type};
use metrics::{Counter, Gauge, Histogram, Key, KeyName, Label, Level, Metadata, Recorder};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use std::fmt::Write;

/// Where handles come from. It is no global recorder: several runs in one process have one each.
pub(super) struct Registry {
    recorder: PrometheusRecorder,
    page: Page,
}

/// What is scraped or pushed.
#[derive(Clone)]
pub struct Page {
    handle: PrometheusHandle,
    run: String,
}

const METADATA: Metadata<'static> = Metadata::new("dpac", Level::INFO, None);

impl Registry {
    /// A registry whose series all have `run` for a label.
    pub(super) fn new(run: &str) -> Self {
        let mut builder = PrometheusBuilder::new().add_global_label("run", run);
        for metric in METRICS {
            if let Type::Histogram(buckets) = metric.kind {
                let name = Matcher::Full(metric.name.to_owned());
                builder = builder.set_buckets_for_metric(name, buckets).expect("histograms have buckets");
            }
        }
        let recorder = builder.build_recorder();
        for Metric { name, kind, help, .. } in METRICS.iter().filter(|metric| !of_process(metric)) {
            let (name, help) = (KeyName::from_const_str(name), (*help).into());
            match kind {
                Type::Counter => recorder.describe_counter(name, None, help),
                Type::Gauge => recorder.describe_gauge(name, None, help),
                Type::Histogram(_) => recorder.describe_histogram(name, None, help),
            }
        }
        let page = Page { handle: recorder.handle(), run: run.to_owned() };
        Registry { recorder, page }
    }

    /// A series of a counter. `values` are those of its labels, in the table's order.
    pub(super) fn counter(&self, metric: &Metric, values: &[&str]) -> Counter {
        debug_assert_eq!(metric.kind, Type::Counter);
        self.recorder.register_counter(&key(metric, values), &METADATA)
    }

    /// A series of a gauge.
    pub(super) fn gauge(&self, metric: &Metric, values: &[&str]) -> Gauge {
        debug_assert_eq!(metric.kind, Type::Gauge);
        self.recorder.register_gauge(&key(metric, values), &METADATA)
    }

    /// A series of a histogram.
    pub(super) fn histogram(&self, metric: &Metric, values: &[&str]) -> Histogram {
        debug_assert!(matches!(metric.kind, Type::Histogram(_)));
        self.recorder.register_histogram(&key(metric, values), &METADATA)
    }

    pub(super) fn page(&self) -> &Page {
        &self.page
    }
}

fn key(metric: &Metric, values: &[&str]) -> Key {
    assert_eq!(metric.labels.len(), values.len(), "{} has other labels", metric.name);
    let label = |(name, value): (&&'static str, &&str)| Label::new(*name, (*value).to_owned());
    Key::from_parts(metric.name, metric.labels.iter().zip(values).map(label).collect::<Vec<_>>())
}

fn of_process(metric: &Metric) -> bool {
    metric.name.starts_with("process_")
}

impl Page {
    /// The text in Prometheus' exposition format, version 0.0.4: the run's metrics and the process's.
    pub fn render(&self) -> String {
        let mut text = self.handle.render();
        self.process(&mut text);
        text
    }

    /// Sorts what histograms have been given into their buckets, so that nothing piles up where nobody looks.
    pub(super) fn upkeep(&self) {
        self.handle.run_upkeep();
    }

    /// CPU seconds have fractions, which counters of the `metrics` facade have not; so these lines are
    /// written here.
    fn process(&self, text: &mut String) {
        let process = metrics_process::collector::collect();
        let whole = |number: Option<u64>| number.map(|number| number as f64);
        let values = [
            (table::PROCESS_CPU, process.cpu_seconds_total),
            (table::PROCESS_RESIDENT, whole(process.resident_memory_bytes)),
            (table::PROCESS_VIRTUAL, whole(process.virtual_memory_bytes)),
            (table::PROCESS_OPEN_FDS, whole(process.open_fds)),
            (table::PROCESS_MAX_FDS, whole(process.max_fds)),
            (table::PROCESS_THREADS, whole(process.threads)),
            (table::PROCESS_START, whole(process.start_time_seconds)),
        ];
        let run = escaped(&self.run);
        for (Metric { name, kind, help, .. }, value) in values {
            let Some(value) = value else { continue };
            let kind = if kind == Type::Counter { "counter" } else { "gauge" };
            let _ = write!(
                text,
                "# HELP {name} {help}\n# TYPE {name} {kind}\n{name}{{run=\"{run}\"}} {value}\n\n"
            );
        }
    }
}

/// A label's value as the exposition format wants it.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
