//! Progress of a run: one live line on a terminal, a few log lines otherwise.

use super::numbers::{metric, time};
use crate::experiment::{Progress, RoundRecord};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::time::Duration;

/// What shows a run's progress on standard error.
pub(super) fn progress(rounds: u64, clients: u64) -> Box<dyn Progress> {
    if std::io::stderr().is_terminal() {
        let style = "{bar:24} round {pos}/{len}  {msg}  {eta} left";
        let bar = ProgressBar::new(rounds)
            .with_style(ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.enable_steady_tick(Duration::from_millis(200));
        Box::new(Live { bar, clients })
    } else {
        Box::new(Log { clients, next: 0.0 })
    }
}

struct Live {
    bar: ProgressBar,
    clients: u64,
}

impl Progress for Live {
    fn round(&mut self, record: &RoundRecord, rounds: u64) {
        self.bar.set_position(u64::from(record.round) + 1);
        self.bar.set_message(figures(record, self.clients));
        if u64::from(record.round) + 1 == rounds {
            self.bar.finish_and_clear();
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// A line at each tenth of the rounds.
struct Log {
    clients: u64,
    /// The share of rounds at which the next line is due.
    next: f64,
}

impl Progress for Log {
    fn round(&mut self, record: &RoundRecord, rounds: u64) {
        let done = u64::from(record.round) + 1;
        let share = done as f64 / rounds as f64;
        if share < self.next {
            return;
        }
        self.next = (share * 10.0).floor() / 10.0 + 0.1;
        let left = record.seconds / done as f64 * (rounds - done) as f64;
        eprintln!("round {done}/{rounds}  {}  {} left", figures(record, self.clients), time(left));
    }
}

fn figures(record: &RoundRecord, clients: u64) -> String {
    let value = record.value.map_or_else(String::new, |value| format!("value {value:.4}  "));
    let rate = record.env_steps_per_client as f64 * clients as f64 / record.seconds;
    format!("{value}{}steps/s", metric(rate))
}
