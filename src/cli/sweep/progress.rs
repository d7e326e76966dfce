//! Progress of a sweep: one live line on a terminal, a few log lines otherwise.

use super::super::console::remark;
use super::super::numbers::{grouped, metric, time};
use crate::sweep::{Cell, CellEnd, Plan, Watcher};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What shows a sweep's progress on standard error, if there is anything to do.
pub(super) fn watcher(plan: &Plan, to_do: &[Cell]) -> Arc<dyn Watcher> {
    let of_cell = |cell: &Cell| (cell.number, plan.arms[cell.arm].env_steps);
    let steps: Vec<(usize, u64)> = to_do.iter().map(of_cell).collect();
    let whole: u64 = steps.iter().map(|(_, steps)| steps).sum();
    let bar = (std::io::stderr().is_terminal() && !steps.is_empty()).then(|| {
        let style = "{bar:24} {msg}";
        let style = ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::new(whole).with_style(style);
        bar.enable_steady_tick(Duration::from_millis(200));
        bar
    });
    let state = State {
        reached: steps.iter().map(|&(number, _)| (number, 0)).collect(),
        steps,
        whole,
        ended: 0,
        wrong: 0,
        next_line: 0.1,
        said: Instant::now(),
    };
    Arc::new(Progress { began: Instant::now(), bar, state: Mutex::new(state) })
}

struct Progress {
    began: Instant,
    bar: Option<ProgressBar>,
    state: Mutex<State>,
}

struct State {
    /// Environment steps of each cell that is to be run, by its number.
    steps: Vec<(usize, u64)>,
    /// How far each has come.
    reached: Vec<(usize, u64)>,
    whole: u64,
    ended: usize,
    /// Cells that did not become complete.
    wrong: usize,
    /// The share at which the next line is due.
    next_line: f64,
    said: Instant,
}

impl State {
    fn reach(&mut self, number: usize, steps: u64) {
        if let Some(entry) = self.reached.iter_mut().find(|(of, _)| *of == number) {
            entry.1 = entry.1.max(steps);
        }
    }
}

impl Watcher for Progress {
    fn stepped(&self, cell: &Cell, env_steps: u64) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.reach(cell.number, env_steps);
        self.show(&mut state);
    }

    fn ended(&self, cell: &Cell, end: &CellEnd) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(&(_, steps)) = state.steps.iter().find(|(number, _)| *number == cell.number) else { return };
        match end {
            CellEnd::Interrupted => return,
            CellEnd::Complete { .. } => {}
            CellEnd::Failed(_) | CellEnd::Elsewhere(_) | CellEnd::Refused(_) => state.wrong += 1,
        }
        state.ended += 1;
        state.reach(cell.number, steps);
        self.show(&mut state);
    }
}

impl Progress {
    fn show(&self, state: &mut State) {
        let done: u64 = state.reached.iter().map(|(_, steps)| steps).sum();
        let share = if state.whole == 0 { 1.0 } else { done as f64 / state.whole as f64 };
        let seconds = self.began.elapsed().as_secs_f64();
        let left = if share > 0.0 { seconds / share * (1.0 - share) } else { f64::INFINITY };
        let left = if left.is_finite() { format!("{} left", time(left)) } else { String::new() };
        let wrong = if state.wrong > 0 { format!(", {} not complete", state.wrong) } else { String::new() };
        let runs =
            format!("{}/{} runs{wrong}", grouped(state.ended as u64), grouped(state.steps.len() as u64));
        let rate = metric(done as f64 / seconds.max(1e-3));
        let line = format!("{runs}  {rate} steps/s  {left}");
        match &self.bar {
            Some(bar) => {
                bar.set_position(done);
                bar.set_message(line);
            }
            None if share >= state.next_line || state.said.elapsed() >= Duration::from_secs(30) => {
                state.next_line = (share * 10.0).floor() / 10.0 + 0.1;
                state.said = Instant::now();
                remark(&format!("  {:>3.0} %  {line}\n", share * 100.0));
            }
            None => {}
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
