//! Where run directories are.

use super::ResultsError;
use crate::experiment::{DirectoryError, RunDirectory};
use std::io;
use std::path::{Path, PathBuf};

/// How far below a directory runs are looked for.
const LEVELS: u32 = 3;

/// The run directory at a path; or all that are below it, at most three levels down, sorted by path. Links
/// below it are not followed, and names that begin with a dot are passed over, as of runs that are being
/// made.
///
/// # Errors
/// Where there is none, or a directory cannot be read.
pub fn runs_at(path: &Path) -> Result<Vec<PathBuf>, ResultsError> {
    if is_run(path)? {
        return Ok(vec![path.to_path_buf()]);
    }
    let mut found = Vec::new();
    look_below(path, LEVELS, &mut found)?;
    if found.is_empty() {
        return Err(ResultsError::NoRuns(path.to_path_buf()));
    }
    Ok(found)
}

/// Whether a directory is a run's, be it a damaged one: reading it says what is wrong.
fn is_run(path: &Path) -> Result<bool, ResultsError> {
    match RunDirectory::open_run(path) {
        Err(DirectoryError::NotARun(_)) => Ok(false),
        Err(error @ DirectoryError::Io { .. }) => Err(error.into()),
        Ok(_) | Err(_) => Ok(true),
    }
}

fn look_below(path: &Path, levels: u32, found: &mut Vec<PathBuf>) -> Result<(), ResultsError> {
    let io = |error| DirectoryError::Io { path: path.to_path_buf(), error };
    let entries = match std::fs::read_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => return Ok(()),
        entries => entries.map_err(io)?,
    };
    let mut folders = Vec::new();
    for entry in entries {
        let entry = entry.map_err(io)?;
        let is_folder = entry.file_type().map_err(io)?.is_dir();
        if is_folder && !entry.file_name().as_encoded_bytes().starts_with(b".") {
            folders.push(entry.path());
        }
    }
    folders.sort();
    for folder in folders {
        if is_run(&folder)? {
            found.push(folder);
        } else if levels > 1 {
            look_below(&folder, levels - 1, found)?;
        }
    }
    Ok(())
}
