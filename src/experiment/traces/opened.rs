//! The one place where a trace is opened to be read: who reads it is handed the opened file, and never a path.

use dpac_actors::trace::{Trace, TraceError};
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

/// A trace that is read from an opened file.
pub type FileTrace = Trace<BufReader<File>>;

const BUFFER_BYTES: usize = 1 << 16;

/// Opens a trace.
///
/// # Errors
/// Where there is none, or it has no head that can be read.
pub fn open_trace(path: &Path) -> Result<FileTrace, TraceError> {
    read_trace(open_trace_file(path)?)
}

/// Opens a file as a trace is opened, whatever is in it.
///
/// # Errors
/// Those of the file system.
pub fn open_trace_file(path: &Path) -> std::io::Result<File> {
    File::open(path)
}

/// A trace in an opened file, from its beginning.
///
/// # Errors
/// Where it is none, or has no head that can be read.
pub(super) fn read_trace(file: File) -> Result<FileTrace, TraceError> {
    Trace::read(BufReader::with_capacity(BUFFER_BYTES, file))
}
