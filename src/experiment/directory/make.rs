//! Making a run directory, whole or not at all, and replacing one without ever deleting what somebody else
//! has made.

use super::claim::Claim;
use super::marker::Marker;
use super::owner::this_process;
use super::{DirectoryError, RunDirectory, look, names};
use crate::files::parent;
use crate::files::platform::{Folder, How, exchange, permissions, rename_to_new, same_file, sync_folder};
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

/// A run directory under way: complete, locked, and under another name beside its place.
///
/// Dropped before it is placed, it is gone, and what stood at its place stands there still.
#[derive(Debug)]
pub(crate) struct Draft {
    /// As the person gave it.
    path: PathBuf,
    /// The same in its parent as that was found: it is resolved once.
    place: PathBuf,
    draft: TempDir,
    /// The run directory that is to be replaced, held so that nobody begins to write in it.
    replaced: Option<RunDirectory>,
    claim: Claim,
}

impl Draft {
    /// Prepares a directory that will stand at `place`, which `path` means, with these files. `reads` are
    /// files that the run is made of.
    ///
    /// # Errors
    /// [`DirectoryError`]: whatever can be refused is refused here, before anything is touched.
    pub(crate) fn prepare(
        path: &Path,
        place: &Path,
        force: bool,
        reads: &[PathBuf],
        files: &[(String, Vec<u8>)],
    ) -> Result<Self, DirectoryError> {
        let io = |error| DirectoryError::Io { path: path.to_path_buf(), error };
        let place = place.to_path_buf();
        let replaced = replaced(path, &place, force, reads)?;
        let mut prefix = std::ffi::OsString::from(".");
        prefix.push(place.file_name().unwrap_or_default());
        prefix.push(".");
        let mut builder = tempfile::Builder::new();
        builder.prefix(&prefix).suffix(names::PARTIAL);
        // As any folder that is made: open to whom the user's mask lets.
        if let Some(permissions) = permissions(0o777) {
            builder.permissions(permissions);
        }
        let draft = builder.tempdir_in(parent(&place)).map_err(|error| io(without_path(error)))?;
        let claim = fill(draft.path(), files)
            .map_err(|(name, error)| DirectoryError::Io { path: path.join(name), error })?;
        Ok(Draft { path: path.to_path_buf(), place, draft, replaced, claim })
    }

    /// Where a directory at `path` will stand: its parent is resolved here, once. Parents that are missing
    /// are made.
    ///
    /// # Errors
    /// [`DirectoryError::Place`] where the path names no place.
    pub(crate) fn place_of(path: &Path) -> Result<PathBuf, DirectoryError> {
        place(path)
    }

    /// Gives the directory its name, in one step.
    ///
    /// # Errors
    /// [`DirectoryError::Exists`] where somebody was quicker.
    pub(crate) fn place(self) -> Result<Placed, DirectoryError> {
        let Draft { path, place, draft, replaced, claim } = self;
        let io = |error| DirectoryError::Io { path: path.clone(), error };
        let folder = Folder::open(draft.path()).map_err(io)?;
        let aside = match &replaced {
            None => {
                rename_to_new(draft.path(), &place).map_err(|error| match error.kind() {
                    io::ErrorKind::AlreadyExists => {
                        DirectoryError::Exists { path: path.clone(), found: look(&place) }
                    }
                    _ => io(error),
                })?;
                // It has another name now, and there is nothing to clear away.
                let _ = draft.keep();
                None
            }
            Some(old) => {
                if !old.folder.is_at(&place) {
                    return Err(DirectoryError::Moved(path));
                }
                exchange(draft.path(), &place).map_err(io)?;
                Some(draft.keep())
            }
        };
        let synced = sync_folder(parent(&place));
        let directory = RunDirectory {
            path: path.clone(),
            resolved: place.clone(),
            folder: Arc::new(folder),
            claim: Some(Arc::new(claim)),
        };
        let placed = Placed { directory, place, aside, _replaced: replaced };
        match synced {
            Ok(()) => Ok(placed),
            Err(error) => {
                placed.undo();
                Err(DirectoryError::Io { path, error })
            }
        }
    }
}

/// A directory that stands at its place; the one that it replaces, if any, is whole and stands aside.
#[derive(Debug)]
pub(crate) struct Placed {
    directory: RunDirectory,
    place: PathBuf,
    aside: Option<PathBuf>,
    _replaced: Option<RunDirectory>,
}

impl Placed {
    /// Puts everything back as it was.
    pub(crate) fn undo(self) {
        match &self.aside {
            // If it cannot be put back, both are there and whole; the error that led here is the one to
            // report.
            Some(aside) => {
                if exchange(aside, &self.place).is_ok() {
                    let _ = clear(aside, None);
                }
            }
            None => {
                let _ = clear(&self.place, None);
            }
        }
    }

    /// Deletes of the old directory what dpac has written; the rest goes to where it was, in the new one.
    /// Returns the directory, and the names of what was not dpac's.
    pub(crate) fn settle(self) -> (RunDirectory, Vec<PathBuf>) {
        let mut kept = Vec::new();
        if let Some(aside) = &self.aside {
            // What cannot be deleted or moved stays where it is: it does no harm, and is not lost.
            kept = clear(aside, Some(&self.place)).unwrap_or_default();
            if aside.exists() {
                kept.push(aside.clone());
            }
        }
        (self.directory, kept)
    }
}

/// Deletes what dpac has written in a directory that certainly is a run's. What else is in it is moved to
/// `home`, if there is one, where nobody has its name; then the directory goes too, if it is empty.
pub(super) fn clear(directory: &Path, home: Option<&Path>) -> io::Result<Vec<PathBuf>> {
    let inputs = directory.join(names::INPUTS);
    let marked = RunDirectory::open(directory).and_then(|open| Marker::read(&open));
    if let (Ok(marker), true) = (&marked, std::fs::symlink_metadata(&inputs).is_ok_and(|it| it.is_dir())) {
        for name in marker.inputs() {
            // One that is no longer there was deleted by somebody else.
            let _ = std::fs::remove_file(directory.join(name));
        }
        // It is left where there is more in it.
        let _ = std::fs::remove_dir(&inputs);
    }
    let mut kept = Vec::new();
    let mut own = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_str().is_some_and(names::is_own) && entry.file_type().is_ok_and(|it| !it.is_dir()) {
            own.push(entry.path());
        } else if let Some(home) = home {
            let to = home.join(&name);
            if rename_to_new(&entry.path(), &to).is_ok() {
                kept.push(to);
            }
        }
    }
    // The marker last, so that what is left after a kill is still known for what it is.
    own.sort_by_key(|path| path.file_name().is_some_and(|name| name == names::MARKER));
    for path in own {
        std::fs::remove_file(path)?;
    }
    // It is left where there is more in it.
    let _ = std::fs::remove_dir(directory);
    kept.sort();
    Ok(kept)
}

/// Writes a run directory's first files, each of them on the disk when this returns, and takes its lock.
fn fill(draft: &Path, files: &[(String, Vec<u8>)]) -> Result<Claim, (String, io::Error)> {
    let at = |name: &str| {
        let name = name.to_owned();
        move |error| (name, error)
    };
    let folder = Folder::open(draft).map_err(at(""))?;
    // The lock first, and signed when it is held: so whoever finds a signed one that is free knows that its
    // process is gone.
    let lock = folder.file(Path::new(names::LOCK), How::New).map_err(at(names::LOCK))?;
    let mut claim = Claim::of_new(lock).map_err(at(names::LOCK))?;
    let signed = claim.file.write_all(&this_process()).and_then(|()| claim.file.sync_all());
    signed.map_err(at(names::LOCK))?;
    let inputs = if files.iter().any(|(name, _)| names::is_input(Path::new(name))) {
        std::fs::create_dir(draft.join(names::INPUTS)).map_err(at(names::INPUTS))?;
        Some(folder.folder(Path::new(names::INPUTS)).map_err(at(names::INPUTS))?)
    } else {
        None
    };
    for (name, bytes) in files {
        let (folder, file) = match &inputs {
            Some(inputs) if names::is_input(Path::new(name)) => {
                (inputs, Path::new(name).file_name().unwrap_or_default())
            }
            _ => (&folder, name.as_ref()),
        };
        let written = folder.file(Path::new(file), How::New).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        });
        written.map_err(at(name))?;
    }
    if let Some(inputs) = inputs {
        inputs.sync().map_err(at(names::INPUTS))?;
    }
    folder.sync().map_err(at(""))?;
    Ok(claim)
}

/// The place that a path names, in its parent as that is now; parents that are missing are made.
fn place(path: &Path) -> Result<PathBuf, DirectoryError> {
    let refuse = |why| Err(DirectoryError::Place { path: path.to_path_buf(), why });
    let Some(Component::Normal(name)) = path.components().next_back() else {
        return refuse("its last part is no name");
    };
    let above = parent(path);
    if above.components().any(|part| part == Component::ParentDir) && !above.is_dir() {
        return refuse("`..` leads out of a directory that does not exist");
    }
    let resolved = create_folders(above).and_then(|()| above.canonicalize());
    let resolved = resolved.map_err(|error| DirectoryError::Io { path: above.to_path_buf(), error })?;
    Ok(resolved.join(name))
}

/// Makes the folders that are missing, and waits until their names are on the disk.
fn create_folders(path: &Path) -> io::Result<()> {
    match std::fs::metadata(path) {
        Ok(there) if there.is_dir() => return Ok(()),
        // In its own words, the file system says that it is no folder.
        Ok(_) => return std::fs::read_dir(path).map(|_| ()),
        Err(_) => {}
    }
    create_folders(parent(path))?;
    match std::fs::create_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        made => made,
    }?;
    sync_folder(parent(path))
}

/// The run directory that stands at a place and is to be replaced, taken for this process; `None` where
/// nothing is there.
fn replaced(
    path: &Path,
    place: &Path,
    force: bool,
    reads: &[PathBuf],
) -> Result<Option<RunDirectory>, DirectoryError> {
    let io = |error| DirectoryError::Io { path: path.to_path_buf(), error };
    let metadata = match std::fs::symlink_metadata(place) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io(error)),
    };
    if !force {
        return Err(DirectoryError::Exists { path: path.to_path_buf(), found: look(place) });
    }
    let foreign = |why: &str| Err(DirectoryError::Foreign { path: path.to_path_buf(), why: why.to_owned() });
    if metadata.is_symlink() {
        return foreign("it is a link; name the directory that it leads to");
    }
    if !metadata.is_dir() {
        return foreign("it is no directory");
    }
    let holds = |file: &Path| {
        let file = file.canonicalize().unwrap_or_else(|_| file.to_path_buf());
        file.ancestors().any(|above| {
            above == place || std::fs::symlink_metadata(above).is_ok_and(|above| same_file(&above, &metadata))
        })
    };
    if std::env::current_dir().is_ok_and(|here| holds(&here)) {
        return foreign("it holds the current directory");
    }
    if reads.iter().any(|file| holds(file)) {
        return foreign("it holds the configuration of this run, or its input");
    }
    match RunDirectory::claim(place) {
        Ok(directory) => Ok(Some(directory)),
        Err(DirectoryError::Running { holder, .. }) => {
            Err(DirectoryError::Running { path: path.to_path_buf(), holder })
        }
        Err(DirectoryError::Moved(_)) => Err(DirectoryError::Moved(path.to_path_buf())),
        Err(DirectoryError::NotARun(_)) => foreign("it has no run.json"),
        Err(DirectoryError::Older(_)) => foreign(
            "an older version of dpac may have made it, and marked none as its own; remove it yourself",
        ),
        Err(error) => foreign(&error.to_string()),
    }
}

/// `tempfile` puts the name of the partial folder into its errors; the person has named another.
fn without_path(error: io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => io::Error::from(error.kind()),
    }
}
