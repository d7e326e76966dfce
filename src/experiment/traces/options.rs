//! Where a run's trace goes, and how much it holds.

use crate::files::platform;
use dpac_actors::trace::{Kept, Level};
use serde::{Deserialize, Serialize};
use std::path::{Component, Path, PathBuf};

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
    /// From the run directory to the file, so that the two can be moved together; `None` for a pipe or a
    /// device, of which nothing is left.
    path: Option<SavedPath>,
    /// The name beside it that the trace has until the run directory stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    draft: Option<SavedPath>,
    /// Digest of another trace that it takes the place of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) replaces: Option<String>,
    level: u8,
    kept: Option<Vec<(u32, u32)>>,
}

/// A path as text, or, where it is none, as bytes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum SavedPath {
    Text(String),
    Bytes(Vec<u8>),
}

impl SavedPath {
    fn of(path: &Path) -> Self {
        match path.to_str() {
            Some(text) => SavedPath::Text(text.to_owned()),
            None => SavedPath::Bytes(path.as_os_str().as_encoded_bytes().to_vec()),
        }
    }

    fn path(&self) -> Option<PathBuf> {
        match self {
            SavedPath::Text(text) => Some(PathBuf::from(text)),
            SavedPath::Bytes(bytes) => platform::name_of_bytes(bytes.clone()).map(PathBuf::from),
        }
    }
}

impl SavedTrace {
    /// `from` is the run directory and `file` the trace, both resolved; `file` is `None` for a pipe or a
    /// device.
    pub(crate) fn new(options: &TraceOptions, from: &Path, file: Option<&Path>) -> Self {
        SavedTrace {
            path: file.map(|file| SavedPath::of(&relative(from, file))),
            draft: None,
            replaces: None,
            level: options.level as u8,
            kept: match &options.kept {
                Kept::Everyone => None,
                Kept::Clients(ranges) => Some(ranges.iter().map(|it| (*it.start(), *it.end())).collect()),
            },
        }
    }

    /// Where the trace is, seen from the run directory; `None` where it cannot be gone on with.
    pub(crate) fn path(&self, directory: &Path) -> Option<PathBuf> {
        let path = self.path.as_ref()?.path()?;
        path.is_relative().then(|| directory.join(path))
    }

    /// A trace that is still under its first name, beside the one that it is to have.
    pub(crate) fn under_way(self, draft: Option<&Path>, replaces: Option<String>) -> Self {
        SavedTrace {
            draft: draft.and_then(Path::file_name).map(|name| SavedPath::of(Path::new(name))),
            replaces,
            ..self
        }
    }

    /// The first name of a trace that is to stand at `path`.
    pub(crate) fn draft(&self, path: &Path) -> Option<PathBuf> {
        let name = self.draft.as_ref()?.path()?;
        let mut parts = name.components();
        let plain = matches!(parts.next(), Some(Component::Normal(_))) && parts.next().is_none();
        // As files under way are called, and no other file is.
        let text = name.to_string_lossy();
        let first = plain && text.starts_with('.') && text.ends_with(".partial");
        first.then(|| path.with_file_name(&name))
    }

    /// What is recorded, at `path`.
    pub(crate) fn options(&self, path: PathBuf) -> Option<TraceOptions> {
        let level = *Level::ALL.get(usize::from(self.level))?;
        let kept = match &self.kept {
            None => Kept::Everyone,
            Some(ranges) => Kept::Clients(ranges.iter().map(|&(first, last)| first..=last).collect()),
        };
        Some(TraceOptions { path, level, kept })
    }
}

/// The way from one absolute path to another.
fn relative(from: &Path, to: &Path) -> PathBuf {
    let same = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(same).map(|_| Component::ParentDir);
    up.chain(to.components().skip(same)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn way_from_a_run_directory_to_its_trace_leads_there() {
        let way = |from: &str, to: &str| relative(Path::new(from), Path::new(to));
        assert_eq!(way("/a/runs/r", "/a/t.dpt"), Path::new("../../t.dpt"));
        assert_eq!(way("/a/r", "/a/r/t.dpt"), Path::new("t.dpt"));
        assert_eq!(way("/a/r", "/b/t.dpt"), Path::new("../../b/t.dpt"));
    }
}
