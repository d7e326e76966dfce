//! Where a sweep is kept: a directory that says which runs belong to it, and these, each in a run directory
//! of its own.
//!
//! | file | what it is |
//! | --- | --- |
//! | `sweep.json` | which runs there are, and what each of them is; written once |
//! | `lock`, `shard-1-of-3.lock` | held by the processes that work on it |
//! | `runs/NUMBER-ARM-sSEED` | the run directories |
//! | `rounds.csv`, `runs.csv` | their results, once every run has ended |
//! | `times.csv` | how long they took, and where |

use super::plan::{Cell, Plan};
use super::shard::Shard;
use crate::experiment::{Found, Holder, look};
use crate::files::lock::{Locked, lock, lock_shared};
use crate::files::{NewFile, ReadError, SUMMARY_BYTES_MAX, WriteError, read_bounded};
use crate::results::{ResultsError, Target};
use crate::visible::shown;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The file by which a sweep's directory is known.
const MANIFEST: &str = "sweep.json";
const RUNS: &str = "runs";
const LOCK: &str = "lock";
/// Of what the manifest holds.
const FORMAT: u32 = 1;

/// What a sweep is, in its directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    /// The version of this file.
    sweep: u32,
    /// The keys that are changed, in the order of the axes.
    keys: Vec<String>,
    /// The seeds.
    seeds: Vec<u64>,
    /// What runs may reach, of which their table says where.
    targets: Vec<String>,
    /// The arms.
    arms: Vec<ArmRecord>,
    /// Names of the run directories, in order: arm by arm, and in each the seeds.
    cells: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ArmRecord {
    label: String,
    settings: Vec<(String, String)>,
    config_digest: String,
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
    fn of(plan: &Plan) -> Self {
        let arm = |arm: &super::Arm| ArmRecord {
            label: arm.label.clone(),
            settings: arm.settings.clone(),
            config_digest: arm.config_digest.clone(),
        };
        Manifest {
            sweep: FORMAT,
            keys: plan.keys.clone(),
            seeds: plan.seeds.clone(),
            targets: plan.targets.iter().map(Target::to_string).collect(),
            arms: plan.arms.iter().map(arm).collect(),
            cells: plan.cells().into_iter().map(|cell| cell.name).collect(),
        }
    }

    fn text(&self) -> Vec<u8> {
        let mut text = serde_json::to_vec_pretty(self).expect("names and numbers");
        text.push(b'\n');
        text
    }

    /// In what the sweep of this manifest differs from that of another.
    fn difference(&self, other: &Manifest) -> Option<String> {
        let joined = |numbers: &[u64]| numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(",");
        if self.keys != other.keys {
            return Some(format!("its axes are {}, not {}", self.keys.join(", "), other.keys.join(", ")));
        }
        if self.seeds != other.seeds {
            return Some(format!("its seeds are {}, not {}", joined(&self.seeds), joined(&other.seeds)));
        }
        if self.targets != other.targets {
            let named = |targets: &[String]| match targets {
                [] => "none".to_owned(),
                some => some.join(", "),
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
}

/// A sweep's directory, open.
#[derive(Debug)]
pub struct SweepDirectory {
    path: PathBuf,
    manifest: Manifest,
    /// Held by a process that works on it.
    _locks: Vec<File>,
    /// Whether the file system knows locks.
    exclusive: bool,
}

/// A sweep's directory that cannot be made or used.
#[derive(Debug, Error)]
pub enum SweepError {
    /// Something else has the name.
    #[error("{} exists already, and holds no sweep", shown(.0))]
    Foreign(PathBuf),
    /// No sweep at all.
    #[error("{} holds no sweep: there is no {MANIFEST} in it", shown(.0))]
    NoSweep(PathBuf),
    /// Another sweep has the name.
    #[error("{} holds another sweep: {difference}", shown(path))]
    Other {
        /// The directory.
        path: PathBuf,
        /// In what it differs.
        difference: String,
    },
    /// A manifest that is not what was written.
    #[error("{} is not what dpac wrote: {what}", shown(path))]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// Another process works on it.
    #[error("another process works on {}{part}", shown(path))]
    Running {
        /// The directory.
        path: PathBuf,
        /// On which part of it.
        part: String,
    },
    /// A run of it cannot be read.
    #[error(transparent)]
    Results(#[from] ResultsError),
    /// A file cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A file cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The file system's own complaint.
    #[error("{}: {error}", shown(path))]
    Io {
        /// The file.
        path: PathBuf,
        /// The complaint.
        error: std::io::Error,
    },
}

impl SweepError {
    /// Whether something has failed, rather than somebody asked for what cannot be.
    pub fn is_failure(&self) -> bool {
        matches!(self, SweepError::Io { .. } | SweepError::Write(WriteError::Io { .. }))
    }

    /// What to do about it.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            SweepError::Foreign(_) | SweepError::Other { .. } => Some("--out DIR writes elsewhere"),
            SweepError::NoSweep(_) => Some("give a directory that `dpac sweep` has made"),
            SweepError::Damaged { .. } => {
                Some("its runs are whole run directories, and can be read each for itself")
            }
            SweepError::Running { .. } => {
                Some("wait for it to end, or share the work: --shard 1/2, --shard 2/2")
            }
            SweepError::Results(_) | SweepError::Read(_) | SweepError::Write(_) | SweepError::Io { .. } => {
                None
            }
        }
    }
}

/// How a cell stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing is there yet.
    Missing,
    /// Its run is complete.
    Complete,
    /// Its run has failed.
    Failed(String),
    /// Its run was stopped or killed, and can go on.
    Interrupted,
    /// A process runs it.
    Running(Holder),
    /// Something else has its name.
    Foreign(String),
}

impl Standing {
    /// Whether nothing more comes of it.
    pub fn has_ended(&self) -> bool {
        matches!(self, Standing::Complete | Standing::Failed(_))
    }
}

/// A cell as a sweep's directory has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweepCell {
    /// The label of its arm.
    pub arm: String,
    /// Its seed.
    pub seed: u64,
    /// Its run directory.
    pub path: PathBuf,
    /// How it stands.
    pub standing: Standing,
}

impl SweepDirectory {
    /// Makes the directory of a plan, or takes up the one that is there, for a process that works on a part.
    ///
    /// # Errors
    /// [`SweepError`]; a directory that is refused is left as it was.
    pub fn claim(path: &Path, plan: &Plan, shard: Shard) -> Result<Self, SweepError> {
        let manifest = Manifest::of(plan);
        let found = match std::fs::symlink_metadata(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            _ if is_empty(path) => None,
            _ => Some(read(path).map_err(|error| match error {
                SweepError::NoSweep(path) => SweepError::Foreign(path),
                error => error,
            })?),
        };
        match found {
            Some(found) => Self::same(path, &found, &manifest)?,
            None => make(path, &manifest)?,
        }
        let (locks, exclusive) = take_locks(path, shard)?;
        Ok(SweepDirectory { path: path.to_path_buf(), manifest, _locks: locks, exclusive })
    }

    /// The directory of a sweep, for reading.
    ///
    /// # Errors
    /// Where it is none.
    pub fn open(path: &Path) -> Result<Self, SweepError> {
        let manifest = read(path)?;
        Ok(SweepDirectory { path: path.to_path_buf(), manifest, _locks: Vec::new(), exclusive: false })
    }

    /// The directory of this sweep, for reading.
    ///
    /// # Errors
    /// Where it is another's.
    pub fn open_of(path: &Path, plan: &Plan) -> Result<Self, SweepError> {
        let directory = Self::open(path)?;
        Self::same(path, &directory.manifest, &Manifest::of(plan))?;
        Ok(directory)
    }

    /// Whether there is a sweep at a place, however far it has come.
    pub fn is_there(path: &Path) -> bool {
        path.join(MANIFEST).is_file()
    }

    fn same(path: &Path, found: &Manifest, wanted: &Manifest) -> Result<(), SweepError> {
        match found.difference(wanted) {
            Some(difference) => Err(SweepError::Other { path: path.to_path_buf(), difference }),
            None => Ok(()),
        }
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether a second process is kept away: not on a file system without locks.
    pub fn is_exclusive(&self) -> bool {
        self.exclusive
    }

    /// The keys that are changed, in the order of the axes.
    pub fn keys(&self) -> &[String] {
        &self.manifest.keys
    }

    /// What runs may reach, as targets are written.
    pub fn targets(&self) -> &[String] {
        &self.manifest.targets
    }

    /// Paths of the run directories, in order.
    pub fn run_paths(&self) -> Vec<PathBuf> {
        self.manifest.cells.iter().map(|name| self.path.join(RUNS).join(name)).collect()
    }

    /// The place of a cell's run directory.
    pub fn run_path(&self, cell: &Cell) -> PathBuf {
        self.path.join(RUNS).join(&cell.name)
    }

    /// How every cell stands.
    pub fn cells(&self) -> Vec<SweepCell> {
        let seeds = &self.manifest.seeds;
        let of = |(number, path): (usize, PathBuf)| {
            let (arm, seed) = (&self.manifest.arms[number / seeds.len()], seeds[number % seeds.len()]);
            let standing = standing(&path, &arm.config_digest, seed);
            SweepCell { arm: arm.label.clone(), seed, path, standing }
        };
        self.run_paths().into_iter().enumerate().map(of).collect()
    }
}

/// How the run of a configuration and a seed stands at its place.
pub(super) fn standing(path: &Path, config_digest: &str, seed: u64) -> Standing {
    if std::fs::symlink_metadata(path).is_err() {
        return Standing::Missing;
    }
    match look(path) {
        found if found.is_complete(config_digest, seed) => Standing::Complete,
        Found::Failed { config_digest: digest, seed: of, error } if digest == config_digest && of == seed => {
            Standing::Failed(error)
        }
        Found::Interrupted => Standing::Interrupted,
        Found::Running(holder) => Standing::Running(holder),
        Found::Complete { .. } | Found::Failed { .. } | Found::Same => {
            Standing::Foreign("it is the run of another configuration or seed".to_owned())
        }
        found @ (Found::Foreign | Found::Broken) => Standing::Foreign(found.to_string()),
    }
}

fn is_empty(path: &Path) -> bool {
    std::fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none())
}

/// Makes the directory, or finds that somebody has just made the same.
fn make(path: &Path, manifest: &Manifest) -> Result<(), SweepError> {
    let runs = path.join(RUNS);
    std::fs::create_dir_all(&runs).map_err(|error| SweepError::Io { path: runs, error })?;
    let place = path.join(MANIFEST);
    let mut file = match NewFile::begin(&place, false, &[]) {
        Err(WriteError::Exists(_)) => return SweepDirectory::same(path, &read(path)?, manifest),
        file => file?,
    };
    let written = file.file().write_all(&manifest.text());
    written.map_err(|error| SweepError::Io { path: place.clone(), error })?;
    match file.place() {
        Err(WriteError::Exists(_)) => SweepDirectory::same(path, &read(path)?, manifest),
        placed => Ok(placed?),
    }
}

fn read(path: &Path) -> Result<Manifest, SweepError> {
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

/// The locks of a process that works on a part: of its own, and, shared with those that work on other parts,
/// of the whole. Who works on all of it has the whole alone.
fn take_locks(path: &Path, shard: Shard) -> Result<(Vec<File>, bool), SweepError> {
    let running = |part: String| SweepError::Running { path: path.to_path_buf(), part };
    let (whole, locked) = open_lock(&path.join(LOCK), shard.is_whole())?;
    if locked == Locked::Taken {
        return Err(running(String::new()));
    }
    let exclusive = locked == Locked::Ours;
    if shard.is_whole() {
        return Ok((vec![whole], exclusive));
    }
    let name = format!("shard-{}.lock", shard.to_string().replace('/', "-of-"));
    let (part, locked) = open_lock(&path.join(name), true)?;
    if locked == Locked::Taken {
        return Err(running(format!(", shard {shard}")));
    }
    Ok((vec![whole, part], exclusive))
}

fn open_lock(path: &Path, alone: bool) -> Result<(File, Locked), SweepError> {
    let io = |error| SweepError::Io { path: path.to_path_buf(), error };
    let file = File::options().read(true).write(true).create(true).truncate(false).open(path).map_err(io)?;
    let locked = if alone { lock(&file) } else { lock_shared(&file) }.map_err(io)?;
    Ok((file, locked))
}
