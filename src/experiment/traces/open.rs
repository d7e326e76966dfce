//! The one place where a trace is opened to be read: who reads it is handed the opened file, and never a
//! path.

use crate::files::open_regular;
use dpac_actors::trace::{Trace, TraceError};
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

/// A trace that is read from an opened file.
pub type FileTrace = Trace<BufReader<File>>;

/// Bytes that are read at once.
const BUFFER_BYTES: usize = 1 << 16;

/// Opens the trace at `path`, which is a regular file: of anything else it is not known where it ends, which
/// is where its index stands, and a pipe might make the program wait for ever.
///
/// # Errors
/// [`TraceError`] where it cannot be read, is none, or its head is damaged.
pub fn open_trace(path: &Path) -> Result<FileTrace, TraceError> {
    read_trace(open_trace_file(path)?)
}

/// Opens a file as a trace is opened, whatever is in it.
///
/// # Errors
/// Those of the file system; what is no regular file.
pub fn open_trace_file(path: &Path) -> std::io::Result<File> {
    let (file, _) = open_regular(path).map_err(std::io::Error::from)?;
    Ok(file)
}

/// Reads the head of a trace in an opened file, from its beginning.
///
/// # Errors
/// Where it is none, or has no head that can be read.
pub(super) fn read_trace(file: File) -> Result<FileTrace, TraceError> {
    Trace::read(BufReader::with_capacity(BUFFER_BYTES, file))
}
