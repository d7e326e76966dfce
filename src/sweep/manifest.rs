//! `sweep.json`: which runs belong to a sweep, and what each of them is. Written once, and held to the plan
//! of whoever goes on.

use super::error::SweepError;
use super::plan::Plan;
use crate::files::{NewFile, SUMMARY_BYTES_MAX, WriteError, make_folder, read_bounded};
use crate::results::Target;
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::{Path, PathBuf};

/// The file by which a sweep's directory is known.
pub(super) const MANIFEST: &str = "sweep.json";
/// Of what the manifest holds.
const FORMAT: u32 = 1;

/// What a sweep is, in its directory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    /// The version of this file.
    sweep: u32,
    /// The keys that are changed, in the order of the axes.
    pub(super) keys: Vec<String>,
    /// The seeds.
    pub(super) seeds: Vec<u64>,
    /// What runs may reach, of which their table says where.
    pub(super) targets: Vec<Target>,
    /// The arms.
    pub(super) arms: Vec<ArmRecord>,
    /// Names of the run directories, in order: arm by arm, and in each the seeds.
    pub(super) cells: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ArmRecord {
    pub(super) label: String,
    settings: Vec<(String, String)>,
    pub(super) config_digest: String,
}

impl Plan {
    /// `sweeps/<problem>-<algorithm>-<digest>`.
    pub fn default_directory(&self) -> PathBuf {
        let digest = blake3::hash(&Manifest::of(self).text()).to_hex();
        let (problem, algorithm) = &self.arms[0].names;
        Path::new("sweeps").join(format!("{problem}-{algorithm}-{}", &digest[..8]))
    }
}

impl Manifest {
    pub(super) fn of(plan: &Plan) -> Self {
        let arm = |arm: &super::Arm| ArmRecord {
            label: arm.label.clone(),
            settings: arm.settings.clone(),
            config_digest: arm.config_digest.clone(),
        };
        Manifest {
            sweep: FORMAT,
            keys: plan.keys.clone(),
            seeds: plan.seeds.clone(),
            targets: plan.targets.clone(),
            arms: plan.arms.iter().map(arm).collect(),
            cells: plan.cells().into_iter().map(|cell| cell.name).collect(),
        }
    }

    fn text(&self) -> Vec<u8> {
        let mut text = serde_json::to_vec_pretty(self).expect("names and numbers");
        text.push(b'\n');
        text
    }

    /// In what the sweep of this manifest differs from that of another, besides its seeds.
    fn difference(&self, other: &Manifest) -> Option<String> {
        if self.keys != other.keys {
            return Some(format!("its axes are {}, not {}", self.keys.join(", "), other.keys.join(", ")));
        }
        if self.targets != other.targets {
            let named = |targets: &[Target]| match targets {
                [] => "none".to_owned(),
                some => some.iter().map(Target::to_string).collect::<Vec<_>>().join(", "),
            };
            return Some(format!("its targets are {}, not {}", named(&self.targets), named(&other.targets)));
        }
        if self.arms.len() != other.arms.len() {
            return Some(format!("it has {} arms, not {}", self.arms.len(), other.arms.len()));
        }
        let arms = self.arms.iter().zip(&other.arms);
        let differing = arms.clone().find(|(ours, theirs)| ours.settings != theirs.settings);
        if let Some((ours, theirs)) = differing {
            return Some(format!("it has the arm {}, not {}", ours.label, theirs.label));
        }
        let changed = arms.clone().find(|(ours, theirs)| ours.config_digest != theirs.config_digest);
        changed.map(|(ours, _)| match ours.label.as_str() {
            "" => "its configuration or its inputs are others".to_owned(),
            label => format!("the arm {label} has another configuration or other inputs there"),
        })
    }

    /// That the sweep of this manifest, found in a directory, is that of another.
    pub(super) fn check_same(&self, path: &Path, wanted: &Manifest) -> Result<(), SweepError> {
        let path = path.to_path_buf();
        if let Some(difference) = self.difference(wanted) {
            return Err(SweepError::Other { path, difference });
        }
        if self.seeds != wanted.seeds {
            return Err(SweepError::Seeds { path, found: self.seeds.clone(), wanted: wanted.seeds.clone() });
        }
        Ok(())
    }

    /// Makes the directory, or finds that somebody has just made the same.
    pub(super) fn make(&self, path: &Path) -> Result<(), SweepError> {
        make_folder(path)?;
        let place = path.join(MANIFEST);
        let mut file = match NewFile::begin(&place, false, &[]) {
            Err(WriteError::Exists(_)) => return Manifest::read(path)?.check_same(path, self),
            file => file?,
        };
        let written = file.file().write_all(&self.text());
        written.map_err(|error| SweepError::Io { path: place.clone(), error })?;
        match file.place() {
            Err(WriteError::Exists(_)) => Manifest::read(path)?.check_same(path, self),
            placed => Ok(placed?),
        }
    }

    /// What a directory says that it is.
    pub(super) fn read(path: &Path) -> Result<Self, SweepError> {
        let place = path.join(MANIFEST);
        if !place.is_file() {
            return Err(SweepError::NoSweep(path.to_path_buf()));
        }
        let damaged = |what: String| SweepError::Damaged { path: place.clone(), what };
        let manifest: Manifest = serde_json::from_slice(&read_bounded(&place, SUMMARY_BYTES_MAX)?)
            .map_err(|error| damaged(error.to_string()))?;
        if manifest.sweep != FORMAT {
            return Err(damaged(format!(
                "it has the format {}, and this version reads {FORMAT}",
                manifest.sweep
            )));
        }
        let is_name =
            |name: &str| !name.is_empty() && !name.contains(['/', '\\', '\0']) && !name.starts_with('.');
        let whole = manifest.arms.len() * manifest.seeds.len() == manifest.cells.len()
            && manifest.cells.iter().all(|name| is_name(name));
        if whole {
            Ok(manifest)
        } else {
            Err(damaged("its cells are not those of its arms and seeds".to_owned()))
        }
    }
}
