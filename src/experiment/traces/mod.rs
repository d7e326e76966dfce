//! Traces of whole runs: what stands in their heads, running them again, and telling where two part.

mod assert_replays;
pub mod divergence;
mod open;
mod options;
mod replay;
mod tracing;

pub use assert_replays::assert_replays;
pub use open::{FileTrace, open_trace, open_trace_file};
pub(super) use options::SavedTrace;
pub use options::TraceOptions;
pub use replay::{HeadDifference, ReplayError, ReplayOptions, Replayed, Rerun, diff, replay, replay_one};
pub use tracing::{COMPONENTS_MAX, HeadError, input_is_intact, resolve_head};
pub(super) use tracing::{head, snapshot_rounds};
