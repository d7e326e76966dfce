//! The life of a run: the society, the thread that records it, and how it ended.

mod begin;
mod ended;
mod lengthen;
mod metering;
mod progress;
mod recorder;
mod run;
mod take_up;
mod trace;

pub use lengthen::{lengthen, settings_left_to_the_program};
pub use progress::{Progress, Silent};
pub(super) use recorder::queue;
pub use run::{Finished, RunError, RunOptions, run};
pub use take_up::check_before_resuming;
