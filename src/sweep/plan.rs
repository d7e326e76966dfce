//! All runs of a sweep, resolved before the first begins.

use crate::algorithm::Registry;
use crate::config::{AXIS, Axis, Loaded};
use crate::experiment::{Disk, Files, LoadError, Prepared, config_digest};
use crate::results::{Target, label};
use std::ffi::OsString;

/// Along which keys a configuration is changed, and its seeds.
#[derive(Clone, Debug, Default)]
pub struct Spec {
    /// Every value of each of these meets every value of the others.
    pub grid: Vec<Axis>,
    /// These take their values side by side; all have the same number.
    pub zip: Vec<Axis>,
    /// The seeds of each arm.
    pub seeds: Vec<u64>,
    /// What runs may reach: the table of runs says where each of them does, and at what cost.
    pub targets: Vec<Target>,
}

/// What is changed: a configuration, and the algorithms that it may name.
#[derive(Clone)]
pub struct Base {
    /// The configuration, with all settings that are the same everywhere.
    pub loaded: Loaded,
    /// The algorithms.
    pub registry: Registry,
}

/// One choice of a value on every axis.
#[derive(Clone, Debug)]
pub struct Arm {
    /// Keys and values, in the order of the axes.
    pub settings: Vec<(String, String)>,
    /// The same as one reads it: `clients=4, target=q`.
    pub label: String,
    /// Digest of the resolved configuration, without its seed, and of its inputs.
    pub config_digest: String,
    /// The problem's and the algorithm's name.
    pub names: (String, String),
    /// Environment steps of all clients in one run.
    pub env_steps: u64,
    /// What one run directory will hold.
    pub disk: Disk,
}

/// One run: an arm with a seed.
#[derive(Clone, Debug)]
pub struct Cell {
    /// Which of all cells, from 0: arms in order, and in each the seeds.
    pub number: usize,
    /// Which arm.
    pub arm: usize,
    /// The seed.
    pub seed: u64,
    /// The name of its run directory, by which cells are sorted as they are numbered.
    pub name: String,
}

/// All runs of a sweep.
pub struct Plan {
    /// The configuration.
    pub base: Base,
    /// Its arms.
    pub arms: Vec<Arm>,
    /// Its seeds.
    pub seeds: Vec<u64>,
    /// The keys that are changed, in the order of the axes.
    pub keys: Vec<String>,
    /// What runs may reach.
    pub targets: Vec<Target>,
}

impl Spec {
    /// The choices of values, the last axis changing fastest; the axis of `zip` is the last.
    pub fn choices(&self) -> Vec<Vec<(String, String)>> {
        let of_axis = |axis: &Axis| -> Vec<Vec<(String, String)>> {
            axis.texts().map(|text| vec![(axis.key.clone(), text.to_owned())]).collect()
        };
        let side_by_side = || -> Vec<Vec<(String, String)>> {
            let number = self.zip.first().map_or(0, |axis| axis.values.len());
            let choice = |at: usize| {
                let of = |axis: &Axis| (axis.key.clone(), axis.values[at].0.clone());
                self.zip.iter().map(of).collect()
            };
            (0..number).map(choice).collect()
        };
        let axes = self.grid.iter().map(of_axis).chain((!self.zip.is_empty()).then(side_by_side));
        axes.fold(vec![Vec::new()], |choices, axis| {
            choices
                .iter()
                .flat_map(|choice| axis.iter().map(move |more| [&choice[..], more].concat()))
                .collect()
        })
    }

    /// The keys, in the order of the axes.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.grid.iter().chain(&self.zip).map(|axis| axis.key.as_str())
    }
}

impl Base {
    /// The run of some settings.
    ///
    /// # Errors
    /// What does not fit, at its place.
    pub fn prepare(&self, settings: &[(String, String)], seed: u64) -> Result<Prepared, LoadError> {
        let mut texts: Vec<OsString> =
            settings.iter().map(|(key, value)| format!("{key}={value}").into()).collect();
        texts.push(format!("seed={seed}").into());
        let loaded = self.loaded.clone().with_settings(&texts, AXIS)?;
        Prepared::load(loaded, self.registry, &Files::named())
    }
}

impl Plan {
    /// Resolves one run of every arm.
    ///
    /// # Errors
    /// The first arm that makes no run, and why not.
    ///
    /// # Panics
    /// If `spec` has no seed, or axes side by side of different lengths.
    pub fn new(base: Base, spec: &Spec) -> Result<Self, (String, LoadError)> {
        assert!(!spec.seeds.is_empty(), "a sweep has seeds");
        assert!(spec.zip.windows(2).all(|two| two[0].values.len() == two[1].values.len()), "zipped axes");
        let keys = spec.keys().map(str::to_owned).collect();
        let plan = Plan::of_choices(base, keys, spec.choices(), spec.seeds.clone())?;
        Ok(Plan { targets: spec.targets.clone(), ..plan })
    }

    /// Resolves one run of every arm, of which each is a choice of a value for all `keys`, in their order.
    ///
    /// # Errors
    /// The first arm that makes no run, and why not.
    ///
    /// # Panics
    /// If there are no seeds.
    pub fn of_choices(
        base: Base,
        keys: Vec<String>,
        choices: Vec<Vec<(String, String)>>,
        seeds: Vec<u64>,
    ) -> Result<Self, (String, LoadError)> {
        let mut arms = Vec::new();
        for settings in choices {
            let label = label(&settings);
            match base.prepare(&settings, seeds[0]) {
                Ok(prepared) => arms.push(Arm::of(&prepared, settings, label)),
                Err(error) => return Err((label, error)),
            }
        }
        Ok(Plan { base, arms, seeds, keys, targets: Vec::new() })
    }

    /// All cells, in their order.
    pub fn cells(&self) -> Vec<Cell> {
        let all = self.arms.len() * self.seeds.len();
        let width = all.saturating_sub(1).to_string().len();
        let cell = |number: usize| {
            let (arm, seed) = (number / self.seeds.len(), self.seeds[number % self.seeds.len()]);
            let label = in_a_path(&self.arms[arm].label);
            let name = match label.as_str() {
                "" => format!("{number:0width$}-s{seed}"),
                label => format!("{number:0width$}-{label}-s{seed}"),
            };
            Cell { number, arm, seed, name }
        };
        (0..all).map(cell).collect()
    }
}

impl Arm {
    fn of(
        Prepared { resolved, input, .. }: &Prepared,
        settings: Vec<(String, String)>,
        label: String,
    ) -> Self {
        let clients = u64::from(resolved.config.federation.clients);
        let problem = resolved.problem.hidden().name().to_owned();
        Arm {
            settings,
            label,
            config_digest: config_digest(resolved, input),
            names: (problem, resolved.algorithm.name().to_owned()),
            env_steps: resolved.closed_form.env_steps_per_client.saturating_mul(clients),
            disk: Disk::of(resolved, input),
        }
    }
}

/// The longest label in a path: with a number, a seed and what partial files add, a name has 255 bytes.
const LABEL_BYTES_MAX: usize = 120;

/// A label as a part of a path: letters, digits and a few signs. Names of cells differ by their numbers.
fn in_a_path(label: &str) -> String {
    let safe = |c: char| match c {
        c if c.is_ascii_alphanumeric() || "=.,+_".contains(c) => Some(c),
        ' ' => None,
        _ => Some('_'),
    };
    label.chars().filter_map(safe).take(LABEL_BYTES_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(text: &str) -> Axis {
        Axis::of_argument(text, "--grid").expect("an axis")
    }

    fn plan(grid: &[&str], zip: &[&str], seeds: &[u64]) -> Plan {
        let text = "algorithm = 'dptd'\nproblem = { builtin = 'toggle', horizon = 2 }\n";
        let base = Base {
            loaded: Loaded::from_str("an example", text).expect("a configuration"),
            registry: Registry::BUILTIN,
        };
        let axes = |texts: &[&str]| texts.iter().map(|text| axis(text)).collect();
        let spec = Spec { grid: axes(grid), zip: axes(zip), seeds: seeds.to_vec(), targets: Vec::new() };
        Plan::new(base, &spec).unwrap_or_else(|(label, error)| panic!("{label}: {error}"))
    }

    #[test]
    fn every_value_meets_every_other_and_zipped_ones_go_side_by_side() {
        let plan = plan(
            &["federation.clients=1,4", "critic.alpha=0.1,0.2"],
            &["critic.rounds=2,3", "critic.local_steps=6,4"],
            &[0, 1, 2],
        );
        let labels: Vec<&str> = plan.arms.iter().map(|arm| arm.label.as_str()).collect();
        assert_eq!(plan.arms.len(), 8);
        assert_eq!(labels[0], "clients=1, alpha=0.1, rounds=2, local_steps=6");
        assert_eq!(labels[1], "clients=1, alpha=0.1, rounds=3, local_steps=4");
        assert_eq!(labels[7], "clients=4, alpha=0.2, rounds=3, local_steps=4");
        let cells = plan.cells();
        assert_eq!(cells.len(), 24);
        assert_eq!(cells[4].name, "04-clients=1,alpha=0.1,rounds=3,local_steps=4-s1");
        assert!(cells.is_sorted_by(|a, b| a.name < b.name));
        // Two clients of six steps and of four make the same number of steps: H = 2.
        assert_eq!(plan.arms[0].env_steps, 2 * 2 * 6);
        assert_eq!(plan.arms[7].env_steps, 4 * 2 * 3 * 4);
    }

    #[test]
    fn cells_are_named_by_the_labels_of_their_arms() {
        let plan = plan(&["critic.alpha=0.1", "critic.rounds=2"], &[], &[7]);
        assert_eq!(plan.cells()[0].name, "0-alpha=0.1,rounds=2-s7");
    }

    #[test]
    fn a_sweep_without_axes_is_one_arm() {
        let cells = plan(&[], &[], &[3, 5]).cells();
        assert_eq!(cells.iter().map(|cell| cell.name.as_str()).collect::<Vec<_>>(), ["0-s3", "1-s5"]);
    }
}
