//! Runs: from a configuration to a run directory.
//!
//! This is one of the two places (the other is `cli`) that put the mathematics and the society together.

mod checkpoint;
mod communication;
mod demonstration;
mod directory;
pub mod divergence;
mod ended;
mod history;
mod input;
mod metering;
mod policies;
mod recorder;
mod records;
mod replay;
mod resolve;
mod run;
mod steps;
mod subject;
mod summary;
mod tracing;
mod trajectories;

pub use checkpoint::{ResumeError, has_checkpoint};
pub use communication::{differences, measured};
pub use demonstration::{Demonstration, Moment, Seen, Stage};
pub use directory::{DirectoryError, RunDirectory, replace_file};
pub use history::{HistoryError, RunHistory, read_history};
pub use input::{Input, InputError, SavedPolicy};
pub(crate) use input::{problem_name, read_problem};
pub use policies::{PoliciesError, read_policies};
pub use recorder::{Progress, Silent};
pub use records::{Drift, EffortRecord, LedgerRecord, RoundRecord, TallyRecord};
pub use replay::{
    HeadDifference, ReplayError, ReplayOptions, Replayed, assert_replays, diff, replay, replay_one,
};
pub use resolve::{ResolveError, Resolved, resolve};
pub use run::{EVALUATION, Finished, OPTIMUM_OPERATIONS, RunError, RunOptions, default_directory, run};
pub use subject::{Constants, Player, Subject, SubjectError, subject};
pub use summary::{
    Communication, LocalSteps, ProblemSummary, SizesSummary, Status, Summary, Value, summary_schema_json,
};
pub use tracing::{HeadError, TraceOptions, resolve_head};
pub use trajectories::{TrajectoryFormat, TrajectoryWriter};
