//! How a run is made.

use super::stalls::Stalls;
use crate::experiment::traces::TraceOptions;
use dpac_actors::Plant;
use dpac_actors::host::Placement;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// How to run. None of it changes a result.
pub struct RunOptions {
    /// Threads that compute.
    pub threads: usize,
    /// Where the roles live.
    pub placement: Placement,
    /// Encode, decode and compare every message.
    pub wire_check: bool,
    /// Write `barriers.jsonl`.
    pub log_barriers: bool,
    /// The run directory.
    pub directory: PathBuf,
    /// Replace an existing run directory, and an existing trace.
    pub force: bool,
    /// Go on with the run in the directory, which was stopped or killed; configuration and inputs are the
    /// directory's own.
    pub resume: bool,
    /// Files that the run is made of, which are never replaced.
    pub reads: Vec<PathBuf>,
    /// Who is told what the person should know.
    pub remark: fn(&str),
    /// Set from outside to end the run at the next barrier.
    pub stop: Arc<AtomicBool>,
    /// Says to the outside what a run that was asked to end waits for.
    pub stalls: Arc<Stalls>,
    /// Damage done on purpose, by tests.
    pub plant: Option<Plant>,
    /// The run's trace, if one is recorded.
    pub trace: Option<TraceOptions>,
    /// The program's version and commit, for the record.
    pub program: String,
    /// Work out the value of the best policy beside the run, and tell observers as soon as it is known. The
    /// summary has it in any case.
    pub optimum_early: bool,
}

impl RunOptions {
    /// A run on one thread, which nobody is told of, in a directory that is still to be named.
    pub fn plain() -> Self {
        RunOptions {
            threads: 1,
            placement: Placement::Shard,
            wire_check: false,
            log_barriers: false,
            directory: PathBuf::new(),
            force: false,
            resume: false,
            reads: Vec::new(),
            remark: |_| {},
            stop: Arc::default(),
            stalls: Arc::default(),
            plant: None,
            trace: None,
            program: crate::VERSION.to_owned(),
            optimum_early: false,
        }
    }
}
