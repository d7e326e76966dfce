//! Runs: from a configuration to a run directory.
//!
//! `resolve` makes every number of a run explicit; `life` runs it; `directory` is what it keeps; `traces`
//! records it and runs it again. This is one of the two places (the other is `cli`) that put the mathematics
//! and the society together.

mod communication;
mod demonstration;
mod directory;
mod disk;
mod life;
mod machine;
mod memory;
mod resolve;
mod subject;
mod traces;

pub use communication::{differences, measured};
pub use demonstration::{Demonstration, Moment, Seen, Stage, TrajectoryFormat, TrajectoryWriter};
pub(crate) use directory::lines::Lines;
pub(crate) use directory::names::is_input;
pub use directory::{
    Before, Communication, DirectoryError, Drift, EffortRecord, Found, HistoryError, Holder, LedgerRecord,
    LocalSteps, PoliciesError, ProblemSummary, ResumeError, RoundRecord, RunDirectory, RunHistory,
    SizesSummary, Status, Summary, TallyRecord, Unsealed, Value, arm_of, clear_dead_starts, has_checkpoint,
    look, parse_policies, read_history, read_policies, summary_schema_json,
};
#[doc(hidden)]
pub use directory::{Reread, reread_checkpoint, seal_checkpoint};
pub use disk::{Disk, free_disk_bytes};
pub use life::{
    Finished, RunError, RunObservers, RunOptions, Stalls, check_before_resuming, lengthen, run,
    settings_left_to_the_program,
};
pub use machine::machine;
pub use memory::{Memory, Setup, free_bytes};
pub use resolve::{
    Checked, EVALUATION, Files, Input, InputError, LoadError, OPTIMUM_OPERATIONS, Prepared, RESULTS_EPOCH,
    ResolveError, Resolved, SavedPolicy, config_digest, default_directory, resolve,
};
pub(crate) use resolve::{policy_path, problem_name};
pub use subject::{
    Constants, CriticFeatures, CriticSolution, Player, Regularity, Subject, SubjectError, subject,
};
pub use traces::{
    COMPONENTS_MAX, FileTrace, HeadDifference, HeadError, ReplayError, ReplayOptions, Replayed, Rerun,
    TraceOptions, assert_replays, diff, divergence, input_is_intact, open_trace, open_trace_file, replay,
    replay_one, resolve_head,
};
