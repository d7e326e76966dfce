//! Step sizes chosen by runs, on seeds that nothing else uses.
//!
//! A [`Space`] says which keys are tuned, over which values, and for which arms; [`Space::plan`] makes a
//! sweep of it, every arm with every candidate, each with every held-out seed. Of the runs of that sweep
//! [`Tuning::choose`] takes for every arm the candidate with the best mean, and [`written()`] puts the
//! choices into a configuration, each with what it was chosen by beside it. Every arm has the same number of
//! candidates and seeds: none is tuned at greater expense than another.

mod by;
mod choice;
mod settings;
mod space;
mod written;

pub use by::By;
pub use choice::{Candidate, Choice, Nothing};
pub use space::{Space, SpaceError, Tuning};
pub use written::{Base, WrittenError, written};
