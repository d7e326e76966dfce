//! Making the runs of a sweep, several at a time.

use super::directory::{Standing, SweepDirectory, standing};
use super::plan::{Cell, Plan};
use super::shard::Shard;
use crate::config::Loaded;
use crate::experiment::{
    Files, Holder, Prepared, RunObservers, RunOptions, Stalls, Status, check_before_resuming, config_digest,
    run as run_one,
};
use dpac_actors::Phase;
use dpac_actors::host::{Observer, RoundMeasured};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// How to work on a sweep. None of it changes a result.
pub struct Options {
    /// Runs at a time.
    pub jobs: usize,
    /// Threads of each run.
    pub threads: usize,
    /// Which part of the cells.
    pub shard: Shard,
    /// Set from outside to end: every run stops at its next barrier, with a checkpoint.
    pub stop: Arc<AtomicBool>,
    /// Says to the outside what runs that were asked to end wait for.
    pub stalls: Arc<Stalls>,
    /// The program's version and commit, for the records.
    pub program: String,
    /// Who is told what the person should know.
    pub remark: fn(&str),
}

/// What became of a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CellEnd {
    /// Its run is complete; whether it was before.
    Complete {
        /// Nothing was done.
        already: bool,
    },
    /// Its run has failed, now or before.
    Failed(String),
    /// It was asked to end, and can go on.
    Interrupted,
    /// Another process runs it.
    Elsewhere(Holder),
    /// It could not begin, or its files not be written.
    Refused(String),
}

/// Who is told how a sweep goes. Calls come from the threads that run cells.
pub trait Watcher: Send + Sync {
    /// A cell's run has come so far, in environment steps of all its clients.
    fn stepped(&self, _cell: &Cell, _env_steps: u64) {}

    /// A cell has ended.
    fn ended(&self, _cell: &Cell, _end: &CellEnd) {}
}

/// Works on the cells of a part until all have ended or `stop` is set. Gives what became of each cell that it
/// came to, in the order of the cells.
///
/// # Panics
/// If a run panics.
pub fn run(
    plan: &Plan,
    directory: &SweepDirectory,
    options: &Options,
    watcher: &Arc<dyn Watcher>,
) -> Vec<(Cell, CellEnd)> {
    let mut cells: Vec<Cell> =
        plan.cells().into_iter().filter(|cell| options.shard.has(cell.number)).collect();
    // The longest first, so that at the end no job waits for one of them.
    cells.sort_by_key(|cell| std::cmp::Reverse(plan.arms[cell.arm].env_steps));
    let next = AtomicUsize::new(0);
    let work = || {
        let mut ends = Vec::new();
        while !options.stop.load(Ordering::Relaxed)
            && let Some(cell) = cells.get(next.fetch_add(1, Ordering::Relaxed))
        {
            let job = Job { plan, cell, place: &directory.run_path(cell), options, watcher };
            let end = job.end().unwrap_or_else(CellEnd::Refused);
            watcher.ended(cell, &end);
            ends.push((cell.clone(), end));
        }
        ends
    };
    let mut ends = std::thread::scope(|scope| {
        let others: Vec<_> = (1..options.jobs).map(|_| scope.spawn(work)).collect();
        let mut ends = work();
        for other in others {
            ends.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        ends
    });
    ends.sort_by_key(|(cell, _)| cell.number);
    ends
}

/// One cell, and what is needed for its run.
struct Job<'a> {
    plan: &'a Plan,
    cell: &'a Cell,
    place: &'a Path,
    options: &'a Options,
    watcher: &'a Arc<dyn Watcher>,
}

impl Job<'_> {
    /// Runs the cell, goes on with it, or finds that it has ended.
    fn end(&self) -> Result<CellEnd, String> {
        let arm = &self.plan.arms[self.cell.arm];
        match standing(self.place, &arm.config_digest, self.cell.seed) {
            Standing::Complete => Ok(CellEnd::Complete { already: true }),
            Standing::Failed(error) => Ok(CellEnd::Failed(error)),
            Standing::Running(holder) => Ok(CellEnd::Elsewhere(holder)),
            Standing::Foreign(why) => Err(why),
            Standing::Missing => {
                let prepared = self.plan.base.prepare(&arm.settings, self.cell.seed);
                self.live(prepared.map_err(|error| error.to_string())?, false)
            }
            Standing::Interrupted => {
                check_before_resuming(self.place).map_err(|error| error.to_string())?;
                let loaded = Loaded::of_run(&self.place.join("config.toml"));
                let loaded = loaded.map_err(|error| error.to_string())?;
                let prepared = Prepared::load(loaded, self.plan.base.registry, &Files::regular());
                self.live(prepared.map_err(|error| error.to_string())?, true)
            }
        }
    }

    fn live(&self, Prepared { resolved, input, .. }: Prepared, resume: bool) -> Result<CellEnd, String> {
        let arm = &self.plan.arms[self.cell.arm];
        if config_digest(&resolved, &input) != arm.config_digest || resolved.config.seed != self.cell.seed {
            return Err("its configuration or its inputs have changed since the sweep began".to_owned());
        }
        let options = RunOptions {
            threads: self.options.threads,
            directory: self.place.to_path_buf(),
            resume,
            remark: self.options.remark,
            stop: Arc::clone(&self.options.stop),
            stalls: Arc::clone(&self.options.stalls),
            program: self.options.program.clone(),
            ..RunOptions::plain()
        };
        let mut observers = RunObservers::default();
        let (watcher, cell) = (Arc::clone(self.watcher), self.cell.clone());
        observers.behind.add(Box::new(Steps { watcher, cell }));
        match run_one(resolved, &input, &options, observers) {
            Ok(finished) => Ok(match finished.summary.status {
                Status::Complete => CellEnd::Complete { already: false },
                Status::Interrupted => CellEnd::Interrupted,
                Status::Failed => CellEnd::Failed(finished.summary.error.unwrap_or_default()),
            }),
            // Somebody may have begun it a moment ago.
            Err(error) => match standing(self.place, &arm.config_digest, self.cell.seed) {
                Standing::Running(holder) => Ok(CellEnd::Elsewhere(holder)),
                Standing::Complete => Ok(CellEnd::Complete { already: true }),
                _ => Err(error.to_string()),
            },
        }
    }
}

/// Tells the watcher how far a run has come.
struct Steps {
    watcher: Arc<dyn Watcher>,
    cell: Cell,
}

impl Observer for Steps {
    fn round_measured(&mut self, round: &RoundMeasured<'_>) {
        let steps = |phase: &Phase| round.ledger.effort(*phase).environment_steps;
        self.watcher.stepped(&self.cell, Phase::ALL.iter().map(steps).sum());
    }
}
