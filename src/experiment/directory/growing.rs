//! Files that only grow, and the digest of what is in them: a checkpoint says how long they were and what
//! they held.

use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};

/// How far a file has come, and the digest of all of it up to there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    pub(crate) bytes: u64,
    /// blake3, in hexadecimal.
    pub(crate) digest: String,
}

/// A file that grows. What was written is digested on the way.
#[derive(Debug)]
pub(crate) struct GrowingFile {
    file: BufWriter<File>,
    hasher: blake3::Hasher,
    /// Where what is digested begins.
    start: u64,
    bytes: u64,
}

impl GrowingFile {
    /// Begins at the file's end as it is.
    pub(crate) fn begin(mut file: File) -> io::Result<Self> {
        let start = file.stream_position()?;
        Ok(GrowingFile { file: BufWriter::new(file), hasher: blake3::Hasher::new(), start, bytes: 0 })
    }

    /// Goes on behind a mark; what comes after it is cut off. `file` stands where what is digested begins.
    ///
    /// # Errors
    /// Where the file does not hold what the mark says, before it is changed.
    pub(crate) fn resume(mut file: File, mark: &Mark) -> io::Result<Self> {
        let start = file.stream_position()?;
        let hasher = verified(&mut file, mark)?;
        file.set_len(start + mark.bytes)?;
        file.seek(SeekFrom::End(0))?;
        Ok(GrowingFile { file: BufWriter::new(file), hasher, start, bytes: mark.bytes })
    }

    /// A line with a JSON object.
    pub(crate) fn line(&mut self, record: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut *self, record)?;
        self.write_all(b"\n")
    }

    /// Everything so far, which is in the file once this returns; with `durable`, on the disk.
    pub(crate) fn settle(&mut self, durable: bool) -> io::Result<Mark> {
        self.file.flush()?;
        if durable {
            self.file.get_ref().sync_data()?;
        }
        Ok(Mark { bytes: self.bytes, digest: self.hasher.finalize().to_hex().to_string() })
    }

    /// Replaces what stands before the part that is digested, and waits until the disk has all of it.
    pub(crate) fn finish(mut self, head: &[u8]) -> io::Result<()> {
        assert_eq!(head.len() as u64, self.start, "the head has its place");
        self.file.flush()?;
        let mut file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        if !head.is_empty() {
            file.seek(SeekFrom::Start(0))?;
            file.write_all(head)?;
        }
        file.sync_all()
    }
}

impl Write for GrowingFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// The digest's state after a file's first bytes from where it stands, which must be what a mark says.
pub(crate) fn verified(file: &mut File, mark: &Mark) -> io::Result<blake3::Hasher> {
    let found = file.metadata()?.len().saturating_sub(file.stream_position()?);
    if found < mark.bytes {
        return Err(io::Error::other(format!("{found} bytes, where {} were written", mark.bytes)));
    }
    let mut hasher = blake3::Hasher::new();
    io::copy(&mut file.take(mark.bytes), &mut hasher)?;
    if hasher.finalize().to_hex().as_str() != mark.digest {
        return Err(io::Error::other("not what was written"));
    }
    Ok(hasher)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(path: &std::path::Path) -> File {
        File::options().read(true).write(true).create(true).truncate(false).open(path).expect("a file")
    }

    #[test]
    fn resumed_file_goes_on_with_the_digest_and_the_bytes_of_one_that_was_not() {
        let scratch = tempfile::tempdir().expect("a scratch directory");
        let (once, twice) = (scratch.path().join("once"), scratch.path().join("twice"));
        let mut whole = GrowingFile::begin(opened(&once)).expect("a file");
        whole.write_all(b"first second").expect("writable");
        let expected = whole.settle(true).expect("writable");

        let mut half = GrowingFile::begin(opened(&twice)).expect("a file");
        half.write_all(b"first ").expect("writable");
        let mark = half.settle(false).expect("writable");
        half.write_all(b"lost").expect("writable");
        half.flush().expect("writable");
        drop(half);
        let mut resumed = GrowingFile::resume(opened(&twice), &mark).expect("what the mark says");
        resumed.write_all(b"second").expect("writable");
        assert_eq!(resumed.settle(true).expect("writable"), expected);
        assert_eq!(std::fs::read(&twice).expect("a file"), b"first second");
    }

    #[test]
    fn file_that_is_shorter_or_other_is_refused_and_left_alone() {
        let scratch = tempfile::tempdir().expect("a scratch directory");
        let path = scratch.path().join("rounds");
        let mut file = GrowingFile::begin(opened(&path)).expect("a file");
        file.write_all(b"0123456789").expect("writable");
        let mark = file.settle(false).expect("writable");
        for held in [b"012345678".as_slice(), b"0123x56789 and more"] {
            std::fs::write(&path, held).expect("writable");
            assert!(GrowingFile::resume(opened(&path), &mark).is_err());
            assert_eq!(std::fs::read(&path).expect("a file"), held);
        }
    }
}
