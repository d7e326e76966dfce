//! The file of a run's trace: made by the rule for files that a person names, held by one process, and gone
//! on with only if it is certainly the run's own.

use crate::experiment::directory::ResumeError;
use crate::experiment::directory::growing::Mark;
use crate::files::lock::{Locked, lock};
use crate::files::platform::{Folder, How, exchange, holder, rename_to_new, sync_folder};
use crate::files::{NewFile, PlacedFile, WriteError, parent};
use crate::visible::shown;
use dpac_actors::TracePosition;
use dpac_actors::trace::format::{Head, PlainBody, op};
use dpac_actors::trace::{Pipe, RawReader, Sink, SinkError, TraceFile};
use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufReader, Seek};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

/// How far a trace had come when the society settled it, and the digest of its records up to there.
#[derive(Clone, Debug, Default)]
pub(crate) struct TraceMarks(Arc<Mutex<VecDeque<Mark>>>);

impl TraceMarks {
    /// The mark of a snapshot's position. Those before it are not asked for again.
    pub(crate) fn at(&self, position: TracePosition) -> Option<Mark> {
        let mut marks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while marks.front().is_some_and(|mark| mark.bytes < position.bytes) {
            marks.pop_front();
        }
        marks.front().filter(|mark| mark.bytes == position.bytes).cloned()
    }

    fn add(&self, mark: Mark) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push_back(mark);
    }
}

/// A trace's file, with a digest of what goes into it.
pub(crate) struct RecordedFile {
    file: TraceFile,
    hasher: blake3::Hasher,
    marks: TraceMarks,
}

impl RecordedFile {
    pub(crate) fn marks(&self) -> TraceMarks {
        self.marks.clone()
    }

    pub(crate) fn finish(self) -> Result<(), SinkError> {
        self.file.finish()
    }
}

impl Sink for RecordedFile {
    fn record(&mut self, op: u8, body: &[u8]) -> Result<(), SinkError> {
        digest(&mut self.hasher, op, body);
        self.file.record(op, body)
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        self.file.flush()
    }

    fn settle(&mut self) -> Result<(u64, u64), SinkError> {
        let (bytes, records) = self.file.settle()?;
        self.marks.add(Mark { bytes, digest: self.hasher.finalize().to_hex().to_string() });
        Ok((bytes, records))
    }
}

fn digest(hasher: &mut blake3::Hasher, op: u8, body: &[u8]) {
    hasher.update(&[op]);
    hasher.update(&(body.len() as u64).to_le_bytes());
    hasher.update(body);
}

/// A trace with its head, under a name of its own until its run directory stands.
pub(crate) struct TraceDraft {
    /// `None` for a pipe or a device, which has its name.
    draft: Option<NewFile>,
    recorded: RecordedFile,
    /// The end of its head.
    pub(crate) mark: Mark,
    /// Where it will stand, resolved; `None` for a pipe or a device.
    pub(crate) place: Option<PathBuf>,
}

impl TraceDraft {
    /// Begins a trace at `path`. For somebody who reads a pipe there is a short wait, and none once `stop` is
    /// set.
    pub(crate) fn begin(
        path: &Path,
        force: bool,
        own: &[PathBuf],
        head: &Head,
        stop: &Arc<AtomicBool>,
    ) -> Result<Self, TraceError> {
        let io = |error: std::io::Error| WriteError::Io { path: path.to_path_buf(), error };
        let fail = |error| TraceError::Sink { path: path.to_path_buf(), error };
        let streams = path.metadata().is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir());
        let (draft, place, file) = if streams {
            let pipe = Pipe::open(path, stop).map_err(|error| fail(error.into()))?;
            (None, None, TraceFile::piped(pipe, head).map_err(fail)?)
        } else {
            let mut draft = NewFile::begin(path, force, own)?;
            let place = parent(path).canonicalize().map_err(io)?.join(path.file_name().unwrap_or_default());
            let file = draft.file().try_clone().map_err(io)?;
            // Nobody else has its name yet; where there are no locks, the run directory's warning says so.
            let _ = lock(&file).map_err(io)?;
            (Some(draft), Some(place), TraceFile::create(file, head).map_err(fail)?)
        };
        let mut hasher = blake3::Hasher::new();
        digest(&mut hasher, op::HEAD, &head.encode().map_err(|error| fail(error.into()))?);
        let mark = Mark { bytes: file.head_bytes(), digest: hasher.finalize().to_hex().to_string() };
        let recorded = RecordedFile { file, hasher, marks: TraceMarks::default() };
        Ok(TraceDraft { draft, recorded, mark, place })
    }

    /// Waits until the disk has the head and the first name: the run directory, which knows the trace by it,
    /// comes next.
    pub(crate) fn settle(&mut self) -> Result<(), WriteError> {
        let Some(draft) = &mut self.draft else { return Ok(()) };
        draft.settle()
    }

    /// Its first name, and the digest of the trace that it takes the place of, if it does.
    pub(crate) fn under_way(&self) -> (Option<&Path>, Option<String>) {
        let draft = self.draft.as_ref().and_then(NewFile::partial_path);
        (draft, self.place.as_deref().and_then(digest_of_trace))
    }

    /// Gives the file its name, in a way that can be taken back. The lock belongs to the open file, of which
    /// the trace has a handle.
    pub(crate) fn place(self) -> Result<(Option<PlacedFile>, RecordedFile), WriteError> {
        Ok((self.draft.map(NewFile::place_for_now).transpose()?, self.recorded))
    }
}

/// A trace that cannot be begun.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TraceError {
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error("{}: {error}", shown(path))]
    Sink { path: PathBuf, error: SinkError },
}

/// Digest of a file that is a trace; `None` for every other.
fn digest_of_trace(path: &Path) -> Option<String> {
    let folder = Folder::open(parent(path)).ok()?;
    let mut file = folder.file(Path::new(path.file_name()?), How::Read).ok()?;
    RawReader::open(&file).ok()?;
    file.rewind().ok()?;
    let mut hasher = blake3::Hasher::new();
    std::io::copy(&mut file, &mut hasher).ok()?;
    Some(hasher.finalize().to_hex().to_string())
}

/// Gives the trace of a run that was killed before it could do so its name, and goes on with it.
///
/// The place is free, or has the trace that was to be replaced, which is looked at again: nothing in a run
/// directory can make another file go.
pub(crate) fn place_and_go_on(
    draft: &Path,
    path: &Path,
    replaces: Option<&str>,
    mark: &Mark,
) -> Result<RecordedFile, ResumeError> {
    let io = |error: std::io::Error| ResumeError::Trace { path: path.to_path_buf(), why: error.to_string() };
    let recorded = go_on(draft, mark)?;
    match rename_to_new(draft, path) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let foreign = || std::io::Error::other("another file stands there");
            let found = digest_of_trace(path).ok_or_else(foreign).map_err(io)?;
            if replaces != Some(found.as_str()) || is_held(path) {
                return Err(io(foreign()));
            }
            exchange(draft, path).map_err(io)?;
        }
        renamed => renamed.map_err(io)?,
    }
    sync_folder(parent(path)).map_err(io)?;
    Ok(recorded)
}

/// Deletes the trace that another one has taken the place of, where a kill has left it under the first name
/// of that one.
pub(crate) fn clear_replaced(draft: &Path, replaces: Option<&str>) {
    if replaces.is_some() && digest_of_trace(draft).as_deref() == replaces {
        // What cannot be deleted does no harm.
        let _ = std::fs::remove_file(draft);
    }
}

/// Whether somebody holds the lock of a file.
fn is_held(path: &Path) -> bool {
    File::open(path).is_ok_and(|file| matches!(lock(&file), Ok(Locked::Taken)))
}

/// Goes on with the trace of a run, which must hold what a checkpoint says, up to where the checkpoint says.
pub(crate) fn go_on(path: &Path, mark: &Mark) -> Result<RecordedFile, ResumeError> {
    let refuse = |why: String| ResumeError::Trace { path: path.to_path_buf(), why };
    let io = |error: std::io::Error| refuse(error.to_string());
    let folder = parent(path).canonicalize().and_then(|parent| Folder::open(&parent)).map_err(io)?;
    let name = path.file_name().ok_or_else(|| refuse("its path names no file".to_owned()))?;
    let mut file = folder.file(Path::new(name), How::Change).map_err(io)?;
    if lock(&file).map_err(io)? == Locked::Taken {
        let by = holder(&file)
            .map_or_else(|| "another process".to_owned(), |process| format!("process {process}"));
        return Err(refuse(format!("{by} is writing it")));
    }
    let Some((hasher, records)) = verified(&file, mark).map_err(io)? else {
        return Err(refuse(
            "it is not what this run had recorded: another trace, or a damaged one".to_owned(),
        ));
    };
    file.rewind().map_err(io)?;
    let file = TraceFile::resume(file, mark.bytes, records).map_err(|error| refuse(error.to_string()))?;
    Ok(RecordedFile { file, hasher, marks: TraceMarks::default() })
}

/// The digest's state after the records of a trace up to a mark, and their number; `None` where they are
/// others.
fn verified(file: &File, mark: &Mark) -> std::io::Result<Option<(blake3::Hasher, u64)>> {
    let Ok(mut records) = RawReader::open(BufReader::new(file.try_clone()?)) else { return Ok(None) };
    let (mut hasher, mut number) = (blake3::Hasher::new(), 0);
    while records.offset() < mark.bytes {
        match records.next_record() {
            Ok(Some(record)) => {
                digest(&mut hasher, record.op, &record.body);
                number += 1;
            }
            _ => return Ok(None),
        }
    }
    let same = records.offset() == mark.bytes && hasher.finalize().to_hex().as_str() == mark.digest;
    Ok(same.then_some((hasher, number)))
}
