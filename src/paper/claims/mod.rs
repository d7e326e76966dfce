//! Claims of the paper as sweeps: what is claimed, how it is read, which runs show it, and a verdict that is
//! computed from them.
//!
//! An [`Experiment`] names its sweeps, whose configurations stand under `configs/paper/`, and judges what
//! they have left. One more is one more file here, with its configurations, and a line in [`EXPERIMENTS`].

mod curve;
mod e10;
mod e3;
mod e4;
mod e5;
mod e6;
mod e7;
mod e8;
mod e9;
mod experiment;
mod measured;
mod page;
mod verdict;

pub use curve::{Curve, Curves, Spot};
pub use experiment::{Experiment, Quick, Source};
pub use measured::{Lacking, Measured, MeasuredArm, Swept};
pub use page::{Told, page};
pub use verdict::{Criterion, Judged, Verdict};

/// All that are sweeps, in the order of their numbers.
pub const EXPERIMENTS: [&Experiment; 8] = [
    &e3::EXPERIMENT,
    &e4::EXPERIMENT,
    &e5::EXPERIMENT,
    &e6::EXPERIMENT,
    &e7::EXPERIMENT,
    &e8::EXPERIMENT,
    &e9::EXPERIMENT,
    &e10::EXPERIMENT,
];

/// The experiment of a name.
pub fn experiment(name: &str) -> Option<&'static Experiment> {
    EXPERIMENTS.into_iter().find(|experiment| experiment.name == name)
}
