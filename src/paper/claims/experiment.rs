//! What an experiment is.

use super::measured::{Lacking, Measured};
use super::verdict::Judged;
use crate::config::{ConfigErrors, Loaded};

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

/// Files that configurations under `configs/paper/` name.
const FILES: &[(&str, &str)] = &[
    ("four-of-8.txt", include_str!("../../../configs/paper/four-of-8.txt")),
    ("four-of-16.txt", include_str!("../../../configs/paper/four-of-16.txt")),
];

impl Source {
    /// Its configuration, with the files that it names.
    ///
    /// # Errors
    /// Where its text is no TOML.
    pub fn loaded(&self) -> Result<Loaded, ConfigErrors> {
        let name = format!("configs/paper/{}.toml", self.name);
        Ok(Loaded::from_str(&name, self.text)?.holding(FILES))
    }
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
