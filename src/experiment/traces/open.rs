//! Opening a recorded run that somebody has named.

use crate::files::open_regular;
use dpac_actors::trace::{Trace, TraceError};
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

/// Bytes that are read at once.
const BUFFER_BYTES: usize = 1 << 16;

/// The trace at `path`, which is a regular file: of anything else it is not known where it ends, which is where its index stands,
/// and a pipe might make the program wait for ever.
///
/// # Errors
/// [`TraceError`] where it cannot be read, is none, or its head is damaged.
pub fn open_trace(path: &Path) -> Result<Trace<BufReader<File>>, TraceError> {
    let (file, length) = open_regular(path).map_err(std::io::Error::from)?;
    Trace::read(BufReader::with_capacity(BUFFER_BYTES, file), length)
}
