//! `dpac export`.

mod history;
mod tables;

use super::console::{BAD_INPUT, complain};
use crate::algorithm::Registry;
use crate::results::Target;
use clap::{ArgGroup, Args};
use std::path::PathBuf;
use tables::{Form, TableName, Wanted};

/// Write results of runs as tables, or the history of a run for Prometheus
#[derive(Args)]
#[command(
    group = ArgGroup::new("form").required(true),
    after_help = "Examples:\n  dpac export --csv runs --out tables\n  \
                  dpac export --csv runs/tiger-dpac-1234abcd-s0 --table rounds > rounds.csv\n  \
                  dpac export --csv runs --target 'share>=0.95' --table runs\n  \
                  dpac export --openmetrics runs/tiger-dpac-1234abcd-s0 --out run.om\n  \
                  promtool tsdb create-blocks-from openmetrics run.om data\n  \
                  prometheus --config.file=dashboards/prometheus/prometheus.yml \\\n      --storage.tsdb.path=data --storage.tsdb.retention.time=10y\n\n\
                  A row of rounds.csv is the state after so many rounds: the value of a policy, and what it had taken to come to it. \
                  Of OpenMetrics, rounds of one millisecond are one sample, the last; a run of several processes is told without the time between them.\n\n\
                  Exit codes: 0 all of it, 2 usage or damaged files, 3 without a last round that was cut short."
)]
pub(super) struct Arguments {
    /// Directories that `dpac run` has made, or that hold such, at most three levels down
    #[arg(value_name = "RUN_DIR", required = true)]
    runs: Vec<PathBuf>,
    /// As CSV: rounds.csv has a row for every round, runs.csv one for every run, and times.csv what depends
    /// on time and machine
    #[arg(long, group = "form")]
    csv: bool,
    /// The same tables as Parquet
    #[cfg(feature = "parquet")]
    #[arg(long, group = "form")]
    parquet: bool,
    /// As OpenMetrics text with times: the metrics that a run tells while it goes on, at the end of every
    /// round
    #[arg(long, group = "form")]
    openmetrics: bool,
    /// One table only; without --out on standard output
    #[arg(long, conflicts_with = "openmetrics")]
    table: Option<TableName>,
    /// Where each run first reaches a target, in columns of runs.csv: value, gap, share, bellman_error,
    /// drift_actor or drift_critic with >=, <=, > or < and a number (again for more)
    #[arg(long, value_name = "TARGET", conflicts_with = "openmetrics")]
    target: Vec<Target>,
    /// The file, or for tables the directory, to write [default: standard output; tables: here]
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
    /// Replace existing files
    #[arg(long)]
    force: bool,
    /// When the run began [default: as its directory says]
    #[arg(long, value_name = "UNIX_SECONDS", value_parser = history::unix_seconds, requires = "openmetrics")]
    start: Option<f64>,
}

pub(super) fn main(arguments: &Arguments, registry: Registry) -> u8 {
    if arguments.openmetrics {
        return match arguments.runs.as_slice() {
            [run] => {
                let to = history::To {
                    out: arguments.out.as_deref(),
                    force: arguments.force,
                    start: arguments.start,
                };
                history::main(run, &to, registry)
            }
            _ => {
                complain("OpenMetrics has the history of one run", Some("export the runs one by one"));
                BAD_INPUT
            }
        };
    }
    tables::main(&arguments.runs, arguments.wanted())
}

impl Arguments {
    fn wanted(&self) -> Wanted<'_> {
        let form = Form::Csv;
        #[cfg(feature = "parquet")]
        let form = if self.parquet { Form::Parquet } else { form };
        let (table, targets) = (self.table, self.target.clone());
        Wanted { form, table, targets, out: self.out.as_deref(), force: self.force }
    }
}
