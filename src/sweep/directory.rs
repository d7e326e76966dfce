//! Where a sweep is kept: a directory that says which runs belong to it, and these, each in a run directory
//! of its own.
//!
//! | file | what it is |
//! | --- | --- |
//! | `sweep.json` | which runs there are, and what each of them is; written once |
//! | `sweep.lock`, `shard-1-of-3.lock` | held by the processes that work on it |
//! | `runs/NUMBER-ARM-sSEED` | the run directories |
//! | `rounds.csv`, `runs.csv` | their results, once every run has ended |
//! | `times.csv` | how long they took, and where |

use super::error::SweepError;
use super::manifest::{MANIFEST, Manifest};
use super::plan::{Cell, Plan};
use super::shard::Shard;
use crate::experiment::{Found, Holder, clear_dead_starts, look};
use crate::files::lock::{Locked, lock, lock_shared};
use crate::results::Target;
use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};

const RUNS: &str = "runs";
const LOCK: &str = "sweep.lock";
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
            _ => Some(Manifest::read(path).map_err(|error| match error {
                SweepError::NoSweep(path) => SweepError::Foreign(path),
                error => error,
            })?),
        };
        match found {
            Some(found) => found.check_same(path, &manifest)?,
            None => manifest.make(path)?,
        }
        let (locks, exclusive) = take_locks(path, shard)?;
        let cells: BTreeSet<&str> = manifest.cells.iter().map(String::as_str).collect();
        clear_dead_starts(&path.join(RUNS), |name| cells.contains(name));
        Ok(SweepDirectory { path: path.to_path_buf(), manifest, _locks: locks, exclusive })
    }

    /// The directory of a sweep, for reading.
    ///
    /// # Errors
    /// Where it is none.
    pub fn open(path: &Path) -> Result<Self, SweepError> {
        let manifest = Manifest::read(path)?;
        Ok(SweepDirectory { path: path.to_path_buf(), manifest, _locks: Vec::new(), exclusive: false })
    }

    /// The directory of this sweep, for reading.
    ///
    /// # Errors
    /// Where it is another's.
    pub fn open_of(path: &Path, plan: &Plan) -> Result<Self, SweepError> {
        let directory = Self::open(path)?;
        directory.manifest.check_same(path, &Manifest::of(plan))?;
        Ok(directory)
    }

    /// Whether there is a sweep at a place, however far it has come.
    pub fn is_there(path: &Path) -> bool {
        path.join(MANIFEST).is_file()
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

    /// What runs may reach.
    pub fn targets(&self) -> &[Target] {
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
    // What another process has under way there is to become the sweep.
    let is_hidden = |entry: &std::fs::DirEntry| entry.file_name().as_encoded_bytes().starts_with(b".");
    std::fs::read_dir(path)
        .is_ok_and(|mut entries| entries.all(|entry| entry.is_ok_and(|entry| is_hidden(&entry))))
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
