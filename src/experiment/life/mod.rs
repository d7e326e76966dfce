//! The life of a run: the society, the thread that records it, and how it ended.

mod ended;
mod metering;
mod progress;
mod recorder;
mod run;

pub use progress::{Progress, Silent};
pub use run::{Finished, RunError, RunOptions, run};
