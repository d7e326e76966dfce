//! The container: records with a checksum each, one after another, so that damage is found and what is before
//! it is sound.
//!
//! ```text
//! file   := magic record*
//! magic  := 89 'D' 'P' 'T' major 0D 0A 1A
//! record := sync u32 | op u8 | 0 u8 | 0 u16 | length u32 | crc u32 | body[length]      all little-endian
//! ```
//!
//! The high bit and the line ends of the magic show damage by text-mode transfers. `crc` is CRC-32 (IEEE)
//! over op to length and the body. `sync` is there for those who look for what comes after damage.

use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};

/// The first bytes of a file; the fifth is the major version.
pub const MAGIC: [u8; 8] = [0x89, b'D', b'P', b'T', MAJOR, 0x0d, 0x0a, 0x1a];

/// Changes when old readers cannot read new files.
pub const MAJOR: u8 = 2;

/// Begins every record: "DPr1".
pub const SYNC: u32 = u32::from_le_bytes(*b"DPr1");

/// Bytes of a record before its body.
pub const FRAME_BYTES: usize = 16;

/// The longest body: 1 GiB. Nothing is allocated for a length beyond it, or beyond the end of the file.
pub const BODY_BYTES_MAX: usize = 1 << 30;

/// A record as it stands in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawRecord {
    /// What the record is: one of the numbers in `op`.
    pub op: u8,
    /// The record's body.
    pub body: Vec<u8>,
    /// Where its frame begins, in bytes from the beginning of the file.
    pub offset: u64,
}

/// Why a file ends before its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Where the first record that is not sound begins.
    pub offset: u64,
    /// What is wrong with the record.
    pub what: DamageKind,
}

/// What is wrong with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DamageKind {
    /// The file ends inside it.
    #[error("the file ends inside a record")]
    Cut,
    /// No record begins here.
    #[error("no record begins here")]
    NoRecord,
    /// Its checksum is not that of its bytes.
    #[error("the checksum does not match")]
    Checksum,
    /// A body that does not say what its kind says.
    #[error("the record does not hold what it should")]
    Body,
    /// What stood here was lost when the trace was recovered.
    #[error("something was lost here before the trace was recovered")]
    Gap,
    /// A record where none of its kind belongs.
    #[error("a record out of place")]
    Order,
}

/// Appends one record.
///
/// # Errors
/// Those of the file; a body above [`BODY_BYTES_MAX`].
pub fn write_record(file: &mut impl Write, op: u8, body: &[u8]) -> io::Result<()> {
    if body.len() > BODY_BYTES_MAX {
        let message = format!("a record of {} bytes; at most {BODY_BYTES_MAX}", body.len());
        return Err(io::Error::new(ErrorKind::InvalidInput, message));
    }
    let mut frame = [0; FRAME_BYTES];
    frame[..4].copy_from_slice(&SYNC.to_le_bytes());
    frame[4] = op;
    frame[8..12].copy_from_slice(&(body.len() as u32).to_le_bytes());
    let crc = checksum(&frame[4..12], body);
    frame[12..].copy_from_slice(&crc.to_le_bytes());
    file.write_all(&frame)?;
    file.write_all(body)
}

/// Reads one record after another, and stops at the first that is not sound.
pub struct RawReader<R> {
    file: R,
    /// Bytes of the file.
    size: u64,
    offset: u64,
}

impl<R: Seek> RawReader<R> {
    /// Goes on at `offset`, where a record begins.
    ///
    /// # Errors
    /// Those of the file.
    pub fn go_to(&mut self, offset: u64) -> io::Result<()> {
        self.offset = self.file.seek(SeekFrom::Start(offset))?;
        Ok(())
    }
}

impl<R: Read + Seek> RawReader<R> {
    /// Reads an opened file from its beginning, wherever it stands; reads the magic. What is appended later
    /// is not read.
    ///
    /// # Errors
    /// [`OpenError`] where this is no trace, or one of another major version.
    pub fn open(mut file: R) -> Result<Self, OpenError> {
        let size = file.seek(SeekFrom::End(0))?;
        file.rewind()?;
        read_magic(&mut file)?;
        Ok(RawReader { file, size, offset: MAGIC.len() as u64 })
    }
}

/// Reads the first bytes of a file, which say whether it is a trace.
pub(super) fn read_magic(file: &mut impl Read) -> Result<(), OpenError> {
    let mut magic = [0; MAGIC.len()];
    file.read_exact(&mut magic).map_err(|error| match error.kind() {
        ErrorKind::UnexpectedEof => OpenError::NotATrace,
        _ => OpenError::Io(error),
    })?;
    let mut other = MAGIC;
    other[4] = magic[4];
    match magic {
        MAGIC => Ok(()),
        _ if magic == other => Err(OpenError::Version(magic[4])),
        _ => Err(OpenError::NotATrace),
    }
}

impl<R: Read> RawReader<R> {
    /// Bytes of the file, when it was opened.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Where the next record begins.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The next record; `None` at the end of the file.
    ///
    /// # Errors
    /// [`ReadError::Damage`] at the first record that is not sound, after which there is nothing more to ask
    /// for.
    pub fn next_record(&mut self) -> Result<Option<RawRecord>, ReadError> {
        let offset = self.offset;
        let left = self.size.saturating_sub(offset);
        if left == 0 {
            return Ok(None);
        }
        let damage = |what| Err(ReadError::Damage(Damage { offset, what }));
        if left < FRAME_BYTES as u64 {
            return damage(DamageKind::Cut);
        }
        let mut frame = [0; FRAME_BYTES];
        match read_exact(&mut self.file, &mut frame)? {
            Whole::Yes => {}
            Whole::Cut => return damage(DamageKind::Cut),
        }
        let Frame { op, length, crc } = match Frame::parse(&frame) {
            Some(frame) => frame,
            None => return damage(DamageKind::NoRecord),
        };
        if length as u64 > left - FRAME_BYTES as u64 {
            return damage(DamageKind::Cut);
        }
        let mut body = vec![0; length];
        match read_exact(&mut self.file, &mut body)? {
            Whole::Yes => {}
            Whole::Cut => return damage(DamageKind::Cut),
        }
        if checksum(&frame[4..12], &body) != crc {
            return damage(DamageKind::Checksum);
        }
        self.offset += (FRAME_BYTES + length) as u64;
        Ok(Some(RawRecord { op, body, offset }))
    }
}

/// The fields of a record's frame.
pub(super) struct Frame {
    pub(super) op: u8,
    pub(super) length: usize,
    pub(super) crc: u32,
}

impl Frame {
    /// `None` where no record begins, or one that is longer than any.
    pub(super) fn parse(bytes: &[u8; FRAME_BYTES]) -> Option<Frame> {
        let word = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        let length = word(8) as usize;
        let sound = word(0) == SYNC && bytes[5..8] == [0; 3] && length <= BODY_BYTES_MAX;
        sound.then_some(Frame { op: bytes[4], length, crc: word(12) })
    }
}

pub(super) fn checksum(frame: &[u8], body: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(frame);
    hasher.update(body);
    hasher.finalize()
}

enum Whole {
    Yes,
    Cut,
}

fn read_exact(file: &mut impl Read, bytes: &mut [u8]) -> io::Result<Whole> {
    match file.read_exact(bytes) {
        Ok(()) => Ok(Whole::Yes),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(Whole::Cut),
        Err(error) => Err(error),
    }
}

/// A file that cannot be opened as a trace.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The file is no trace.
    #[error("this is not a trace")]
    NotATrace,
    /// A trace of another major version.
    #[error(
        "a trace of format {0}; this program reads format {MAJOR}: replay it with the version of dpac that recorded it, or record the run again"
    )]
    Version(u8),
    /// The file cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// A record that cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The file is damaged here.
    #[error("damaged at byte {}: {}", .0.offset, .0.what)]
    Damage(Damage),
    /// The file cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(bodies: &[&[u8]]) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        for (op, body) in (1..).zip(bodies) {
            write_record(&mut bytes, op, body).expect("memory");
        }
        bytes
    }

    /// The records up to the end or the damage.
    fn read(bytes: &[u8]) -> Result<(Vec<RawRecord>, Option<Damage>), OpenError> {
        let mut reader = RawReader::open(io::Cursor::new(bytes))?;
        let mut records = Vec::new();
        loop {
            match reader.next_record() {
                Ok(Some(record)) => records.push(record),
                Ok(None) => return Ok((records, None)),
                Err(ReadError::Damage(damage)) => return Ok((records, Some(damage))),
                Err(ReadError::Io(error)) => panic!("{error}"),
            }
        }
    }

    #[test]
    fn records_come_back_as_they_were() {
        let bytes = file(&[b"", b"one", &[7; 1000]]);
        let (records, damage) = read(&bytes).expect("a trace");
        assert_eq!(damage, None);
        assert_eq!(
            records.iter().map(|r| (r.op, r.body.len())).collect::<Vec<_>>(),
            [(1, 0), (2, 3), (3, 1000)]
        );
        assert_eq!(records[1].offset, 8 + 16);
    }

    #[test]
    fn every_prefix_gives_the_whole_records_before_the_cut() {
        let bytes = file(&[b"", b"one", b"and another one"]);
        let (whole, _) = read(&bytes).expect("a trace");
        for cut in 0..bytes.len() {
            let Ok((records, damage)) = read(&bytes[..cut]) else {
                assert!(cut < MAGIC.len());
                continue;
            };
            assert_eq!(records, whole[..records.len()]);
            let end = records.last().map_or(8, |r| r.offset + (FRAME_BYTES + r.body.len()) as u64);
            assert_eq!(damage.map(|d| d.offset), (end < cut as u64).then_some(end), "cut at {cut}");
        }
    }

    #[test]
    fn every_flipped_byte_is_found_where_it_is() {
        let bytes = file(&[b"", b"one", b"and another one"]);
        let (whole, _) = read(&bytes).expect("a trace");
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut flipped = bytes.clone();
                flipped[at] ^= 1 << bit;
                let Ok((records, damage)) = read(&flipped) else {
                    assert!(at < MAGIC.len());
                    continue;
                };
                let sound =
                    whole.iter().filter(|r| r.offset + ((FRAME_BYTES + r.body.len()) as u64) <= at as u64);
                assert_eq!(records, whole[..sound.count()], "byte {at}, bit {bit}");
                assert!(damage.is_some_and(|damage| damage.offset <= at as u64));
            }
        }
    }

    #[test]
    fn a_length_that_lies_allocates_nothing() {
        let mut bytes = file(&[b"one"]);
        bytes[8 + 8..8 + 12].copy_from_slice(&(BODY_BYTES_MAX as u32).to_le_bytes());
        let (records, damage) = read(&bytes).expect("a trace");
        assert!(records.is_empty());
        assert_eq!(damage, Some(Damage { offset: 8, what: DamageKind::Cut }));
    }

    #[test]
    fn another_version_is_not_damage() {
        let mut bytes = file(&[b"one"]);
        bytes[4] = 1;
        assert!(matches!(read(&bytes), Err(OpenError::Version(1))));
    }
}
