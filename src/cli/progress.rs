//! Progress of a run: one live line on a terminal, a few log lines otherwise.

use super::console::remark;
use super::numbers::{metric, passing, time};
use crate::algorithm::Role;
use crate::experiment::Resolved;
use crate::monitoring::measures;
use dpac_actors::Phase;
use dpac_actors::host::{Observer, RoundMeasured};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What shows a run's progress on standard error.
pub(super) fn progress(resolved: &Resolved) -> Box<dyn Observer> {
    let rounds = resolved.shape.rounds();
    let figures = Figures { evaluation: resolved.entry.role == Role::Evaluates, reached: String::new() };
    if std::io::stderr().is_terminal() {
        let style = "{bar:24} round {pos}/{len}  {msg}  {eta} left";
        let bar = ProgressBar::new(rounds)
            .with_style(ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()));
        // The bar that ticks by itself has a thread, and insists on it; where there can be none it moves with
        // the rounds.
        if std::thread::Builder::new().spawn(|| ()).is_ok() {
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        Box::new(Live { bar, rounds, figures })
    } else {
        Box::new(Log { rounds, figures, next: 0.0, written: 0.0 })
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

/// The observer that keeps how far the run has come, for whoever has the other half.
pub(super) struct ReachedObserver(pub(super) Arc<Mutex<Reached>>);

impl Observer for ReachedObserver {
    fn round_measured(&mut self, round: &RoundMeasured<'_>) {
        let (number, measures) = (round.round, &round.measures);
        // What a panic of the screen's leaves behind is whole: there is no step at which it would not be.
        let mut reached = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        reached.rounds = u64::from(number) + 1;
        let value = measures.get(measures::VALUE);
        let value = value.map(|value| (number, value, measures.get(measures::STANDARD_ERROR)));
        reached.value = value.or(reached.value);
        let error = measures.get(measures::BELLMAN_ERROR).map(|error| (number, error));
        reached.bellman_error = error.or(reached.bellman_error);
    }
}

struct Live {
    bar: ProgressBar,
    rounds: u64,
    figures: Figures,
}

impl Observer for Live {
    fn round_measured(&mut self, round: &RoundMeasured<'_>) {
        let done = u64::from(round.round) + 1;
        self.bar.set_position(done);
        self.bar.set_message(self.figures.of(round));
        if done == self.rounds {
            self.bar.finish_and_clear();
        }
    }

    fn judged(&mut self, _status: &str) {
        self.bar.finish_and_clear();
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// A line at each tenth of the rounds, and whenever half a minute has passed without one.
struct Log {
    rounds: u64,
    figures: Figures,
    /// The share of rounds at which the next line is due.
    next: f64,
    /// When the last line was written, in seconds of the run.
    written: f64,
}

impl Observer for Log {
    fn round_measured(&mut self, round: &RoundMeasured<'_>) {
        let (done, rounds, seconds) = (u64::from(round.round) + 1, self.rounds, round.seconds);
        let share = done as f64 / rounds as f64;
        if share < self.next && seconds < self.written + 30.0 {
            return;
        }
        self.written = seconds;
        self.next = (share * 10.0).floor() / 10.0 + 0.1;
        let width = rounds.to_string().len();
        let ending = if done == rounds {
            format!("done in {}", time(seconds))
        } else {
            format!("{} left", time(seconds / done as f64 * (rounds - done) as f64))
        };
        remark(&format!("round {done:>width$}/{rounds}  {}  {ending}\n", self.figures.of(round)));
    }
}

/// What is said of a round.
struct Figures {
    /// Whether the algorithm only evaluates a policy, whose value then stays what it is.
    evaluation: bool,
    /// What the last round that was evaluated has reached.
    reached: String,
}

impl Figures {
    fn of(&mut self, round: &RoundMeasured<'_>) -> String {
        let measured = |name| round.measures.get(name);
        match (self.evaluation, measured(measures::VALUE), measured(measures::BELLMAN_ERROR)) {
            (true, _, Some(error)) => self.reached = format!("Bellman error {error:.3e}  "),
            (false, Some(value), _) => self.reached = format!("value {}  ", passing(value)),
            _ => {}
        }
        let steps = |phase: &Phase| round.ledger.effort(*phase).environment_steps;
        let rate = Phase::ALL.iter().map(steps).sum::<u64>() as f64 / round.seconds;
        format!("{}{} steps/s", self.reached, metric(rate))
    }
}
