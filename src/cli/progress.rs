//! Progress of a run: one live line on a terminal, a few log lines otherwise.

use super::console::remark;
use super::numbers::{metric, passing, time};
use crate::algorithm::Role;
use crate::experiment::{Progress, Resolved, RoundRecord};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What shows a run's progress on standard error.
pub(super) fn progress(resolved: &Resolved) -> Box<dyn Progress> {
    let rounds = resolved.shape.rounds();
    let figures = Figures {
        clients: u64::from(resolved.config.federation.clients),
        evaluation: resolved.entry.role == Role::Evaluates,
        reached: String::new(),
    };
    if std::io::stderr().is_terminal() {
        let style = "{bar:24} round {pos}/{len}  {msg}  {eta} left";
        let bar = ProgressBar::new(rounds)
            .with_style(ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()));
        // The bar that ticks by itself has a thread, and insists on it; where there can be none it moves with the rounds.
        if std::thread::Builder::new().spawn(|| ()).is_ok() {
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        Box::new(Live { bar, figures })
    } else {
        Box::new(Log { figures, next: 0.0, written: 0.0 })
    }
}

/// How far a run has come, for the screen of one that does not come to its end.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Reached {
    /// Rounds that are over.
    pub(super) rounds: u64,
    /// The last value of a round's policy: the round, the value, and its standard error, for Monte-Carlo.
    pub(super) value: Option<(u32, f64, Option<f64>)>,
    /// The last Bellman error of a round's critic, with the round.
    pub(super) bellman_error: Option<(u32, f64)>,
}

/// What shows progress, and beside it how far the run has come.
pub(super) fn remembered(shown: Box<dyn Progress>) -> (Box<dyn Progress>, Arc<Mutex<Reached>>) {
    let reached = Arc::default();
    (Box::new(Remembered { shown, reached: Arc::clone(&reached) }), reached)
}

struct Remembered {
    shown: Box<dyn Progress>,
    reached: Arc<Mutex<Reached>>,
}

impl Progress for Remembered {
    fn round(&mut self, record: &RoundRecord, rounds: u64) {
        // What a panic of the screen's leaves behind is whole: there is no step at which it would not be.
        let mut reached = self.reached.lock().unwrap_or_else(PoisonError::into_inner);
        reached.rounds = u64::from(record.round) + 1;
        reached.value =
            record.value.map(|value| (record.round, value, record.standard_error)).or(reached.value);
        reached.bellman_error =
            record.bellman_error.map(|error| (record.round, error)).or(reached.bellman_error);
        drop(reached);
        self.shown.round(record, rounds);
    }
}

struct Live {
    bar: ProgressBar,
    figures: Figures,
}

impl Progress for Live {
    fn round(&mut self, record: &RoundRecord, rounds: u64) {
        self.bar.set_position(u64::from(record.round) + 1);
        self.bar.set_message(self.figures.of(record));
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

/// A line at each tenth of the rounds, and whenever half a minute has passed without one.
struct Log {
    figures: Figures,
    /// The share of rounds at which the next line is due.
    next: f64,
    /// When the last line was written, in seconds of the run.
    written: f64,
}

impl Progress for Log {
    fn round(&mut self, record: &RoundRecord, rounds: u64) {
        let done = u64::from(record.round) + 1;
        let share = done as f64 / rounds as f64;
        if share < self.next && record.seconds < self.written + 30.0 {
            return;
        }
        self.written = record.seconds;
        self.next = (share * 10.0).floor() / 10.0 + 0.1;
        let width = rounds.to_string().len();
        let ending = if done == rounds {
            format!("done in {}", time(record.seconds))
        } else {
            format!("{} left", time(record.seconds / done as f64 * (rounds - done) as f64))
        };
        remark(&format!("round {done:>width$}/{rounds}  {}  {ending}\n", self.figures.of(record)));
    }
}

/// What is said of a round.
struct Figures {
    clients: u64,
    /// Whether the algorithm only evaluates a policy, whose value then stays what it is.
    evaluation: bool,
    /// What the last round that was evaluated has reached.
    reached: String,
}

impl Figures {
    fn of(&mut self, record: &RoundRecord) -> String {
        match (self.evaluation, record.value, record.bellman_error) {
            (true, _, Some(error)) => self.reached = format!("Bellman error {error:.3e}  "),
            (false, Some(value), _) => self.reached = format!("value {}  ", passing(value)),
            _ => {}
        }
        let rate = record.env_steps_per_client as f64 * self.clients as f64 / record.seconds;
        format!("{}{} steps/s", self.reached, metric(rate))
    }
}
