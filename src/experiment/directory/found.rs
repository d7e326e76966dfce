//! What stands where a run directory is to be made.

use super::digests;
use super::marker::Marker;
use super::owner::living;
use super::{Found, RunDirectory, Status};
use std::path::Path;

/// Looks at a directory.
pub fn look(path: &Path) -> Found {
    let Ok(directory) = RunDirectory::open(path) else { return Found::Foreign };
    if Marker::read(&directory).is_err() {
        return Found::Foreign;
    }
    if let Some(holder) = living(&directory) {
        return Found::Running(holder);
    }
    match digests::summary(&directory) {
        Ok(Some(summary)) if summary.status == Status::Complete => {
            Found::Complete { config_digest: summary.config_digest, seed: summary.seed }
        }
        Ok(Some(summary)) if summary.status == Status::Failed && super::has_checkpoint(directory.path()) => {
            let error = summary.error.unwrap_or_default();
            Found::Failed { config_digest: summary.config_digest, seed: summary.seed, error }
        }
        _ if super::has_checkpoint(directory.path()) => Found::Interrupted,
        _ => Found::Broken,
    }
}
