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
mod measured;
mod page;
mod verdict;

pub use curve::{Curve, Curves, Spot};
pub use measured::{Lacking, Measured, MeasuredArm, Swept};
pub use page::{Told, page};
pub use verdict::{Criterion, Judged, Verdict};

use super::Form;

/// A claim that can be run.
pub struct Experiment {
    /// What the command line calls it.
    pub name: &'static str,
    /// One line.
    pub title: &'static str,
    /// What our copy of the paper says, and where.
    pub claim: &'static str,
    /// What of it is measured here, and how.
    pub reading: &'static str,
    /// The runs.
    pub sweeps: &'static [Source],
    /// What they come to.
    pub judge: fn(&Measured) -> Result<Judged, Lacking>,
}

/// A sweep of an experiment.
pub struct Source {
    /// Its name, which its configuration has under `configs/paper/`.
    pub name: &'static str,
    /// The configuration.
    pub text: &'static str,
    /// Whether nothing of it runs: its counts follow from its sizes.
    pub counts_only: bool,
    /// Seeds of the quick form, and axes that replace those of the file.
    pub quick: Quick,
}

/// The quick form of a sweep.
pub struct Quick {
    /// Fewer seeds.
    pub seeds: &'static str,
    /// Settings, as `--set` has them.
    pub settings: &'static [&'static str],
    /// Axes in place of those of the file that have their keys, as `--grid` has them; of axes side by side
    /// all.
    pub axes: &'static [&'static str],
}

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

impl Form {
    /// The word in names of directories and records.
    pub fn name(self) -> &'static str {
        match self {
            Form::Full => "full",
            Form::Quick => "quick",
        }
    }
}
