//! The life of a run: the society, the thread that records it, and how it ended.

mod advice;
mod begin;
mod ended;
mod error;
mod lengthen;
mod local_drift;
mod observers;
mod options;
mod queue;
mod record;
mod recorder;
mod run;
mod stalls;
mod take_up;
mod trace;

pub use error::RunError;
pub use lengthen::{lengthen, settings_left_to_the_program};
pub use observers::RunObservers;
pub use options::RunOptions;
pub(super) use queue::queue;
pub use run::{Finished, run};
pub use stalls::Stalls;
pub use take_up::check_before_resuming;
