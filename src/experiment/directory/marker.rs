//! `run.json`: the file by which a directory is certainly a run's. Written when the directory is made, and
//! never again.

use super::names;
use super::{DirectoryError, RunDirectory};
use serde::{Deserialize, Serialize};
use std::path::Path;

const FORMAT: &str = "dpac run directory";

/// Raised whenever an older program could not go on with what a newer one has written, or the other way
/// round.
pub(crate) const DIRECTORY_VERSION: u32 = 1;

/// The longest one that is read.
const BYTES_MAX: u64 = 1 << 20;

/// What a run directory says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Marker {
    format: String,
    version: u32,
    /// Tells runs apart that are the same in all else.
    pub(crate) run: String,
    /// Version and commit of the program that made the directory.
    program: String,
    /// Input files, as `inputs/NAME`.
    files: Vec<String>,
    /// Keys of the configuration that were `"auto"`, and stand as numbers in `config.toml`.
    pub(crate) auto: Vec<String>,
}

impl Marker {
    pub(crate) fn new(program: &str, files: Vec<String>, auto: Vec<String>) -> Self {
        Marker {
            format: FORMAT.to_owned(),
            version: DIRECTORY_VERSION,
            run: run_id(),
            program: program.to_owned(),
            files,
            auto,
        }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut json = serde_json::to_vec_pretty(self).expect("a marker is plain data");
        json.push(b'\n');
        json
    }

    /// The marker of a directory, which need not be a run's.
    pub(crate) fn read(directory: &RunDirectory) -> Result<Self, DirectoryError> {
        let path = directory.path().to_path_buf();
        if !directory.has(names::MARKER)? {
            return Err(match directory.has(names::CONFIG)? && directory.has(names::ROUNDS)? {
                true => DirectoryError::Older(path),
                false => DirectoryError::NotARun(path),
            });
        }
        let damaged = |what: &str| DirectoryError::Damaged {
            path: directory.file(names::MARKER),
            what: what.to_owned(),
        };
        let bytes = directory.read(names::MARKER, BYTES_MAX)?;
        let marker: Marker = serde_json::from_slice(&bytes)
            .map_err(|error| damaged(&format!("it is not what dpac wrote: {error}")))?;
        if marker.format != FORMAT {
            return Err(damaged("it is not of a run directory"));
        }
        if marker.version != DIRECTORY_VERSION {
            let version = marker.version;
            return Err(damaged(&format!(
                "the directory has format {version}, and this program knows format {DIRECTORY_VERSION}"
            )));
        }
        Ok(marker)
    }

    /// Input files by the names that run directories give; whatever else the list has, nobody needs to
    /// believe.
    pub(crate) fn inputs(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(String::as_str).filter(|name| names::is_input(Path::new(name)))
    }
}

/// Sixteen bytes in hexadecimal that no other run has: of the time, the process and a counter.
fn run_id() -> String {
    use std::hash::{BuildHasher, RandomState};
    use std::sync::atomic::{AtomicU64, Ordering};
    static RUNS: AtomicU64 = AtomicU64::new(0);
    let nanoseconds =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_nanos();
    let mut hasher = blake3::Hasher::new();
    hasher.update(&nanoseconds.to_le_bytes());
    hasher.update(&std::process::id().to_le_bytes());
    hasher.update(&RUNS.fetch_add(1, Ordering::Relaxed).to_le_bytes());
    // Keys of the standard library's maps are random in every process.
    hasher.update(&RandomState::new().hash_one(0).to_le_bytes());
    hasher.finalize().to_hex()[..32].to_owned()
}
