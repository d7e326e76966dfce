//! Where a run's trace goes, and how much it holds.

use dpac_actors::trace::{Kept, Level};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Where a run's trace goes, and how much it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceOptions {
    /// The file.
    pub path: PathBuf,
    /// How much.
    pub level: Level,
    /// Whose replies are kept at full level.
    pub kept: Kept,
}

/// Where a trace goes, as a checkpoint has it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SavedTrace {
    path: PathBuf,
    level: u8,
    kept: Option<Vec<(u32, u32)>>,
}

impl SavedTrace {
    pub(crate) fn of(options: &TraceOptions) -> std::io::Result<Self> {
        Ok(SavedTrace {
            path: std::path::absolute(&options.path)?,
            level: options.level as u8,
            kept: match &options.kept {
                Kept::Everyone => None,
                Kept::Clients(ranges) => Some(ranges.iter().map(|it| (*it.start(), *it.end())).collect()),
            },
        })
    }

    pub(crate) fn options(&self) -> Option<TraceOptions> {
        let level = *Level::ALL.get(usize::from(self.level))?;
        let kept = match &self.kept {
            None => Kept::Everyone,
            Some(ranges) => Kept::Clients(ranges.iter().map(|&(first, last)| first..=last).collect()),
        };
        Some(TraceOptions { path: self.path.clone(), level, kept })
    }
}
