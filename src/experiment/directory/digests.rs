//! Digests by which the files of a run that has ended are held to what was written.
//!
//! `summary.json` has those of files that are a function of configuration and seed: the configuration,
//! inputs, policies, the critic, what was recorded beside the rounds. `digests.json` has those of files into
//! which times and machines go, the summary among them.

use super::{DirectoryError, RunDirectory, Status, names};
use crate::files::platform::How;
use crate::files::{CONFIGURATION_BYTES_MAX, PROBLEM_BYTES_MAX};
use crate::visible::shown;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Digests by name, blake3 in hexadecimal.
pub(crate) type Digests = BTreeMap<String, String>;

/// The longest summary or list of digests that is read.
const BYTES_MAX: u64 = 64 << 20;

/// A run directory whose files are not certainly those that were written.
#[derive(Debug, Error)]
pub enum Unsealed {
    /// A file that is not what was written.
    #[error(
        "{} is not the one that the run has written, or was made of: it was edited or damaged, or {says} was",
        shown(path)
    )]
    Differs {
        /// The file.
        path: PathBuf,
        /// The file that holds its digest, by its name in the run directory.
        says: &'static str,
    },
    /// A list of digests that lacks one, or has one of a file that no run has.
    #[error("{} is not what a run writes: it was edited or damaged", shown(.0))]
    List(PathBuf),
    /// A file that was written, and is gone.
    #[error("{} is gone", shown(.0))]
    Gone(PathBuf),
    /// A file that cannot be read.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
}

/// What is read of a summary to hold the other files against it.
#[derive(Debug, Deserialize)]
pub(super) struct Sealed {
    pub(super) status: Status,
    pub(super) seed: u64,
    pub(super) config_digest: String,
    #[serde(default)]
    pub(super) error: Option<String>,
    #[serde(default)]
    files: Digests,
}

/// `digests.json`.
#[derive(Debug, Serialize, Deserialize)]
struct Seal {
    files: Digests,
}

/// The summary of a run, if it has one.
pub(super) fn summary(directory: &RunDirectory) -> Result<Option<Sealed>, DirectoryError> {
    if !directory.has(names::SUMMARY)? {
        return Ok(None);
    }
    let bytes = directory.read(names::SUMMARY, BYTES_MAX)?;
    let parsed = serde_json::from_slice(&bytes);
    parsed.map(Some).map_err(|error| DirectoryError::Damaged {
        path: directory.file(names::SUMMARY),
        what: error.to_string(),
    })
}

/// Whether a run has come to its end.
pub(crate) fn is_complete(directory: &RunDirectory) -> bool {
    matches!(summary(directory), Ok(Some(summary)) if summary.status == Status::Complete)
}

/// blake3 of a file, in hexadecimal.
pub(crate) fn of_file(directory: &RunDirectory, name: &str) -> Result<String, DirectoryError> {
    let mut file = directory.open_file(name, How::Read)?;
    let mut hasher = blake3::Hasher::new();
    std::io::copy(&mut file, &mut hasher)
        .map_err(|error| DirectoryError::Io { path: directory.file(name), error })?;
    Ok(hasher.finalize().to_hex().to_string())
}

/// blake3 of bytes, in hexadecimal.
pub(crate) fn of_bytes(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

fn of_those_that_exist<'a>(
    directory: &RunDirectory,
    names: impl IntoIterator<Item = &'a str>,
) -> Result<Digests, DirectoryError> {
    let mut digests = Digests::new();
    for name in names {
        if directory.has(name)? {
            digests.insert(name.to_owned(), of_file(directory, name)?);
        }
    }
    Ok(digests)
}

/// Digests of what a run is made of and what it gave, for its summary: `inputs` are names of input files.
pub(crate) fn of_results<'a>(
    directory: &RunDirectory,
    inputs: impl IntoIterator<Item = &'a str>,
) -> Result<Digests, DirectoryError> {
    let of_results = [names::CONFIG, names::RECORD, names::POLICIES, names::POLICY, names::CRITIC];
    let mut digests = of_those_that_exist(directory, of_results)?;
    for name in inputs {
        digests.insert(name.to_owned(), of_file(directory, name)?);
    }
    Ok(digests)
}

/// Writes the summary, and before it `digests.json`, so that a run has ended when its summary stands.
pub(crate) fn seal(directory: &RunDirectory, summary: &[u8]) -> Result<(), DirectoryError> {
    let mut files = of_those_that_exist(directory, [names::MARKER, names::ROUNDS, names::BARRIERS])?;
    files.insert(names::SUMMARY.to_owned(), of_bytes(summary));
    let mut json = serde_json::to_vec_pretty(&Seal { files }).expect("digests are plain data");
    json.push(b'\n');
    directory.write(names::DIGESTS, &json)?;
    directory.write(names::SUMMARY, summary)
}

/// Takes the summary and its digests away from a run that goes on: it has not ended.
pub(crate) fn unseal(directory: &RunDirectory) -> Result<(), DirectoryError> {
    directory.remove(names::SUMMARY)?;
    directory.remove(names::DIGESTS)?;
    directory.sync()
}

/// Whether a file is longer than any of its name that a run has written, or was made of.
fn longer_than_any(directory: &RunDirectory, name: &str) -> Result<bool, DirectoryError> {
    let most = match name {
        names::CONFIG => CONFIGURATION_BYTES_MAX,
        names::SUMMARY | names::MARKER => BYTES_MAX,
        // They grow with the rounds; none was ever as long as this, 64 GiB.
        names::ROUNDS
        | names::BARRIERS
        | names::BARRIERS_BEFORE
        | names::RECORD
        | names::POLICIES
        | names::CRITIC => 1 << 36,
        _ => PROBLEM_BYTES_MAX,
    };
    let metadata = directory.open_file(name, How::Read)?.metadata();
    let metadata = metadata.map_err(|error| DirectoryError::Io { path: directory.file(name), error })?;
    Ok(metadata.len() > most)
}

/// Holds the files of a run that has ended to what was written. `false` where nothing says what that was: the
/// run has not ended, or an older version has written it.
///
/// # Errors
/// [`Unsealed`] names the file.
fn verify(directory: &RunDirectory) -> Result<bool, Unsealed> {
    let Some(Sealed { files, .. }) = summary(directory)? else { return Ok(false) };
    if !directory.has(names::MARKER)? {
        return Ok(false);
    }
    if !directory.has(names::DIGESTS)? {
        return Err(Unsealed::Gone(directory.file(names::DIGESTS)));
    }
    let bytes = directory.read(names::DIGESTS, BYTES_MAX)?;
    let seal: Seal = serde_json::from_slice(&bytes).map_err(|error| DirectoryError::Damaged {
        path: directory.file(names::DIGESTS),
        what: error.to_string(),
    })?;
    for required in [names::SUMMARY, names::MARKER] {
        if !seal.files.contains_key(required) {
            return Err(Unsealed::List(directory.file(names::DIGESTS)));
        }
    }
    let told = |files: Digests, says| files.into_iter().map(move |(name, digest)| (name, digest, says));
    for (name, digest, says) in told(seal.files, names::DIGESTS).chain(told(files, names::SUMMARY)) {
        let name = name.as_str();
        let known = names::is_known(name) || names::is_input(Path::new(name));
        if !known {
            return Err(Unsealed::List(directory.file(names::DIGESTS)));
        }
        let found = longer_than_any(directory, name).and_then(|longer| {
            // Nothing is read of it: a file with a hole may be longer than there is time for.
            if longer { Ok(None) } else { of_file(directory, name).map(Some) }
        });
        match found {
            Ok(Some(found)) if found == *digest => {}
            Ok(_) => return Err(Unsealed::Differs { path: directory.file(name), says }),
            Err(DirectoryError::Io { error, .. }) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(Unsealed::Gone(directory.file(name)));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(true)
}

impl RunDirectory {
    /// Holds the files of a run that has ended to what was written. `false` where nothing says what that was:
    /// the run has not ended, or an older version has written it.
    ///
    /// # Errors
    /// [`Unsealed`] names the file that was edited, damaged or taken away.
    pub fn verify(&self) -> Result<bool, Unsealed> {
        verify(self)
    }
}
