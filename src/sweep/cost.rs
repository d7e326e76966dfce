//! What a sweep will cost, said before it begins: steps and disk by counting, time from a rate that is
//! measured.

use super::plan::{Cell, Plan};
use crate::experiment::{Disk, LoadError, Prepared, RunError, RunObservers, RunOptions, run};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// What some runs will take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// How many runs.
    pub runs: usize,
    /// Environment steps of all their clients.
    pub env_steps: u64,
    /// Bytes of their directories.
    pub disk: Disk,
}

impl Cost {
    /// That of these cells.
    pub fn of<'a>(plan: &Plan, cells: impl IntoIterator<Item = &'a Cell>) -> Self {
        cells.into_iter().fold(Cost::default(), |cost, cell| {
            let arm = &plan.arms[cell.arm];
            Cost {
                runs: cost.runs + 1,
                env_steps: cost.env_steps.saturating_add(arm.env_steps),
                disk: cost.disk.and(arm.disk),
            }
        })
    }
}

/// How fast one job is, as far as one run has shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Environment steps in a second of a run.
    pub env_steps_per_second: f64,
    /// Seconds that a run takes besides its steps: values, files.
    pub seconds_beside: f64,
}

/// For how long a rate is measured.
const MEASURED: Duration = Duration::from_millis(300);

impl Rate {
    /// Runs a cell, in a directory that goes away again, until it ends or a moment has passed. `None` where
    /// it came to nothing.
    ///
    /// # Errors
    /// Where the cell makes no run.
    pub fn measure(plan: &Plan, cell: &Cell, threads: usize) -> Result<Option<Self>, LoadError> {
        let Prepared { resolved, input, .. } = plan.base.prepare(&plan.arms[cell.arm].settings, cell.seed)?;
        let Ok(scratch) = tempfile::tempdir() else { return Ok(None) };
        let stop = Arc::new(AtomicBool::new(false));
        let began = Instant::now();
        let (over, ended) = std::sync::mpsc::channel::<()>();
        let finished = std::thread::scope(|scope| -> Result<_, RunError> {
            let stopping = Arc::clone(&stop);
            let watch = move || {
                let _ = ended.recv_timeout(MEASURED);
                stopping.store(true, Ordering::Relaxed);
            };
            std::thread::Builder::new().spawn_scoped(scope, watch).map_err(RunError::Thread)?;
            let options = RunOptions {
                threads,
                directory: scratch.path().join("run"),
                stop: Arc::clone(&stop),
                ..RunOptions::plain()
            };
            let finished = run(resolved, &input, &options, RunObservers::default());
            drop(over);
            finished
        });
        // A sweep without a prediction is better than none.
        let Ok(finished) = finished else { return Ok(None) };
        let summary = finished.summary;
        let beside = (began.elapsed().as_secs_f64() - summary.wall_seconds).max(0.0);
        let rate = Rate { env_steps_per_second: summary.env_steps_per_second, seconds_beside: beside };
        Ok((rate.env_steps_per_second > 0.0).then_some(rate))
    }

    /// Seconds that so much takes on so many jobs.
    pub fn seconds(&self, cost: &Cost, jobs: usize) -> f64 {
        let work = cost.env_steps as f64 / self.env_steps_per_second + cost.runs as f64 * self.seconds_beside;
        work / jobs.min(cost.runs).max(1) as f64
    }
}
