//! Where records go: to a file, or into memory.

use super::container::{FRAME_BYTES, Frame, MAGIC, write_record};
use super::format::{Checkpoint, Footer, Head, Index, PlainBody, op};

use super::pipe::Pipe;
use super::recorder::{Sink, SinkError};
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Bytes that are held back until they are written together, or until they have lain for a while.
const BUFFER_BYTES: usize = 1 << 20;
/// Checkpoints per index record.
const INDEX_CHECKPOINTS: usize = 1 << 16;

/// A trace on disk or in a pipe, as it is written.
#[derive(Debug)]
pub struct TraceFile {
    file: BufWriter<Place>,
    records: u64,
    /// Where the head ends: offsets count from there, so that they do not depend on who wrote it.
    body: u64,
}

/// Where a trace goes.
#[derive(Debug)]
enum Place {
    /// A regular file, which can be read back and synced.
    File(File),
    /// What cannot be read back: a pipe or a device.
    Pipe(Pipe),
}

impl Write for Place {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Place::File(file) => file.write(bytes),
            Place::Pipe(pipe) => pipe.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl TraceFile {
    /// Writes the head into an empty file that is open for reading and writing.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn create(file: File, head: &Head) -> Result<Self, SinkError> {
        TraceFile::begin(Place::File(file), head)
    }

    /// Makes the file, or empties the one that is there, and writes the head into it.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn at(path: &Path, head: &Head) -> Result<Self, SinkError> {
        let file = File::options().read(true).write(true).create(true).truncate(true).open(path)?;
        TraceFile::create(file, head)
    }

    /// Writes the head into a pipe or a device.
    ///
    /// # Errors
    /// As those of [`Sink::record`]: a reader that goes away, or takes nothing any more when the run is to
    /// end.
    pub fn piped(pipe: Pipe, head: &Head) -> Result<Self, SinkError> {
        TraceFile::begin(Place::Pipe(pipe), head)
    }

    fn begin(place: Place, head: &Head) -> Result<Self, SinkError> {
        let head = head.encode()?;
        let body = (MAGIC.len() + FRAME_BYTES + head.len()) as u64;
        let mut file = TraceFile { file: BufWriter::with_capacity(BUFFER_BYTES, place), records: 0, body };
        file.file.write_all(&MAGIC)?;
        file.record(op::HEAD, &head)?;
        file.flush()?;
        Ok(file)
    }

    /// Bytes of the file until its head ends.
    pub fn head_bytes(&self) -> u64 {
        self.body
    }

    /// Goes on with a file, open for reading and writing, that has come to so many bytes and records; what
    /// came after is cut off.
    ///
    /// # Errors
    /// Those of the file system; a file that is shorter than it was; what is no file, such as a pipe, whose
    /// reader has had what came after.
    pub fn resume(mut file: File, bytes: u64, records: u64) -> Result<Self, SinkError> {
        // Asked first: what is no file may have nothing to read for ever.
        if !file.metadata()?.is_file() {
            return Err(SinkError::NoFile);
        }
        let mut start = [0; MAGIC.len() + FRAME_BYTES];
        file.read_exact(&mut start)?;
        let head = start.last_chunk().and_then(Frame::parse).filter(|frame| frame.op == op::HEAD);
        let Some(head) = head.filter(|_| start.starts_with(&MAGIC)) else {
            return Err(io::Error::other("it is no trace any more").into());
        };
        let body = (start.len() + head.length) as u64;
        if file.metadata()?.len() < bytes {
            let message = format!("the trace has lost bytes: {bytes} were written");
            return Err(io::Error::other(message).into());
        }
        file.set_len(bytes)?;
        file.seek(SeekFrom::Start(bytes))?;
        let file = BufWriter::with_capacity(BUFFER_BYTES, Place::File(file));
        Ok(TraceFile { file, records, body })
    }

    /// Appends index and footer, and waits until the disk has all of it.
    ///
    /// The index is rebuilt from the file, so that recording keeps nothing of a long run in memory. A pipe
    /// or a device, which cannot be read back, gets neither.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn finish(mut self) -> Result<(), SinkError> {
        self.file.flush()?;
        let place = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        let Place::File(mut file) = place else { return Ok(()) };
        let after_head = self.body;
        let records = self.records;
        let index_offset = file.stream_position()?;
        let mut reader = BufReader::new(file.try_clone()?);
        reader.seek(SeekFrom::Start(MAGIC.len() as u64))?;
        let mut written = 0;
        let mut index = Index::default();
        let mut offset = MAGIC.len() as u64;
        // What was read is behind what is written: the two share one position in the file.
        let mut pending = Vec::new();
        while offset < index_offset {
            let mut frame = [0; FRAME_BYTES];
            reader.read_exact(&mut frame)?;
            let Some(Frame { op, length, .. }) = Frame::parse(&frame) else {
                return Err(io::Error::other("the trace was changed while it was written").into());
            };
            if op == op::CHECKPOINT {
                let mut body = vec![0; length];
                reader.read_exact(&mut body)?;
                if let Some(checkpoint) = Checkpoint::decode(&body) {
                    index.checkpoints.push((checkpoint.round, offset - after_head));
                }
            } else {
                reader.seek_relative(length as i64)?;
            }
            offset += (FRAME_BYTES + length) as u64;
            if index.checkpoints.len() == INDEX_CHECKPOINTS {
                write_record(&mut pending, op::INDEX, &std::mem::take(&mut index).encode()?)?;
                written += 1;
            }
        }
        write_record(&mut pending, op::INDEX, &index.encode()?)?;
        written += 1;
        let footer = Footer { index_offset: index_offset - after_head, records: records + written };
        write_record(&mut pending, op::FOOTER, &footer.encode()?)?;
        file.seek(SeekFrom::Start(index_offset))?;
        file.write_all(&pending)?;
        file.sync_all()?;
        Ok(())
    }
}

impl Sink for TraceFile {
    fn record(&mut self, op: u8, body: &[u8]) -> Result<(), SinkError> {
        write_record(&mut self.file, op, body)?;
        self.records += 1;
        Ok(())
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        Ok(self.file.flush()?)
    }

    fn settle(&mut self) -> Result<(u64, u64), SinkError> {
        self.file.flush()?;
        let Place::File(file) = self.file.get_mut() else { return Ok((0, self.records)) };
        file.sync_data()?;
        Ok((file.stream_position()?, self.records))
    }
}

/// Records in memory: for tests, and for runs that are compared at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// Number and body of each record.
    pub records: Vec<(u8, Vec<u8>)>,
}

impl Sink for Memory {
    fn record(&mut self, op: u8, body: &[u8]) -> Result<(), SinkError> {
        self.records.push((op, body.to_vec()));
        Ok(())
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        Ok(())
    }
}
