//! What is sound in a damaged trace, also beyond the damage; and a readable trace of it.

use super::container::{
    DamageKind, FRAME_BYTES, Frame, MAGIC, OpenError, RawReader, SYNC, checksum, write_record,
};
use super::format::{Footer, Gap, Head, PlainBody, op};
use super::reader::{Record, Trace, TraceError, decode};
use std::io::{self, Read, Seek, SeekFrom, Write};

/// A stretch of a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stretch {
    /// Records, all of them sound.
    Sound {
        /// Where the first one begins.
        offset: u64,
        /// Bytes of all.
        bytes: u64,
        /// How many.
        records: u64,
    },
    /// Bytes that are no sound record.
    Damaged {
        /// Where they begin.
        offset: u64,
        /// How many.
        bytes: u64,
        /// What is wrong with the first.
        what: DamageKind,
    },
}

/// What was found in a trace.
#[derive(Clone, Debug, PartialEq)]
pub struct Findings {
    /// Its head.
    pub head: Head,
    /// From the first byte after the magic to the last of the file.
    pub stretches: Vec<Stretch>,
    /// Whether the run came to its end in it.
    pub ended: bool,
    /// Whether it has its footer.
    pub footed: bool,
}

impl Findings {
    /// Bytes that are lost.
    pub fn lost_bytes(&self) -> u64 {
        let lost = |stretch: &Stretch| match stretch {
            Stretch::Damaged { bytes, .. } => *bytes,
            Stretch::Sound { .. } => 0,
        };
        self.stretches.iter().map(lost).sum()
    }

    /// Whether nothing is damaged and nothing is missing.
    pub fn healthy(&self) -> bool {
        self.lost_bytes() == 0 && self.ended && self.footed
    }
}

/// Candidates beyond damage are checked until this many times the file has been read for it; what is left is then damaged.
/// Only files made to be slow come to it.
const SEARCH_EFFORT: u64 = 16;

/// Looks at all of a trace. Every sound record is given to `keep` with its number and body.
///
/// # Errors
/// [`TraceError`] where the head is damaged, without which nothing can be made of the rest; those of `keep`.
pub fn examine<R: Read + Seek>(
    mut file: R,
    mut keep: impl FnMut(u8, &[u8]) -> io::Result<()>,
    mut gap: impl FnMut(&Gap) -> io::Result<()>,
) -> Result<Findings, TraceError> {
    let size = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(0))?;
    let head = Trace::read(&mut file, size)?.head().clone();
    let mut findings = Findings { head, stretches: Vec::new(), ended: false, footed: false };
    let mut search = Search { file, size, left: size.saturating_mul(SEARCH_EFFORT) };
    let mut offset = MAGIC.len() as u64;
    while offset < size {
        match search.record_at(offset)? {
            Ok((op, body)) => {
                let bytes = (FRAME_BYTES + body.len()) as u64;
                findings.sound(offset, bytes);
                match decode(op, &body, findings.head.minor) {
                    Some(Record::End(_)) => findings.ended = true,
                    Some(Record::Footer(_)) => findings.footed = offset + bytes == size,
                    _ => {}
                }
                keep(op, &body)?;
                offset += bytes;
            }
            Err(what) => {
                let next = search.next_sound(offset + 1)?.unwrap_or(size);
                findings.stretches.push(Stretch::Damaged { offset, bytes: next - offset, what });
                gap(&Gap { offset, bytes: next - offset })?;
                offset = next;
            }
        }
    }
    Ok(findings)
}

/// Writes a trace of what is sound in another one. Where something is lost, a record says how much; replaying does not go
/// beyond it.
///
/// # Errors
/// As [`examine`].
pub fn recover<R: Read + Seek>(file: R, output: &mut (impl Write + Seek)) -> Result<Findings, TraceError> {
    output.write_all(&MAGIC)?;
    let records = std::cell::Cell::new(0_u64);
    let out = std::cell::RefCell::new(output);
    let write = |op: u8, body: &[u8]| {
        records.set(records.get() + 1);
        write_record(&mut **out.borrow_mut(), op, body)
    };
    let findings = examine(
        file,
        // The index has offsets of the old file, and there is one footer.
        |op, body| if matches!(op, op::INDEX | op::FOOTER) { Ok(()) } else { write(op, body) },
        |gap| write(op::GAP, &gap.encode().map_err(io::Error::other)?),
    )?;
    let head_bytes = findings.head.encode().map_err(io::Error::other)?.len();
    let body = (MAGIC.len() + FRAME_BYTES + head_bytes) as u64;
    let index_offset = out.borrow_mut().stream_position()? - body;
    let footer = Footer { index_offset, records: records.get() };
    write(op::FOOTER, &footer.encode().map_err(io::Error::other)?)?;
    out.borrow_mut().flush()?;
    Ok(findings)
}

impl Findings {
    fn sound(&mut self, at: u64, length: u64) {
        if let Some(Stretch::Sound { bytes, records, .. }) = self.stretches.last_mut() {
            *bytes += length;
            *records += 1;
        } else {
            self.stretches.push(Stretch::Sound { offset: at, bytes: length, records: 1 });
        }
    }
}

struct Search<R> {
    file: R,
    size: u64,
    /// Bytes that may still be read for candidates.
    left: u64,
}

/// A record, or what is wrong where one was looked for.
type Looked = Result<(u8, Vec<u8>), DamageKind>;

impl<R: Read + Seek> Search<R> {
    fn record_at(&mut self, offset: u64) -> io::Result<Looked> {
        let left = self.size - offset;
        if left < FRAME_BYTES as u64 {
            return Ok(Err(DamageKind::Cut));
        }
        self.file.seek(SeekFrom::Start(offset))?;
        let mut frame = [0; FRAME_BYTES];
        self.file.read_exact(&mut frame)?;
        let Some(Frame { op, length, crc }) = Frame::parse(&frame) else {
            return Ok(Err(DamageKind::NoRecord));
        };
        if length as u64 > left - FRAME_BYTES as u64 {
            return Ok(Err(DamageKind::Cut));
        }
        let mut body = vec![0; length];
        self.file.read_exact(&mut body)?;
        let sound = checksum(&frame[4..12], &body) == crc;
        Ok(if sound { Ok((op, body)) } else { Err(DamageKind::Checksum) })
    }

    /// Where the next sound record begins, at `offset` or after it.
    fn next_sound(&mut self, mut offset: u64) -> io::Result<Option<u64>> {
        const WINDOW: usize = 1 << 16;
        let sync = SYNC.to_le_bytes();
        let mut window = vec![0; WINDOW];
        while offset + FRAME_BYTES as u64 <= self.size {
            self.file.seek(SeekFrom::Start(offset))?;
            let length = WINDOW.min((self.size - offset) as usize);
            self.file.read_exact(&mut window[..length])?;
            for at in (0..length.saturating_sub(3)).filter(|&at| window[at..at + 4] == sync) {
                let candidate = offset + at as u64;
                if self.left == 0 {
                    return Ok(None);
                }
                let looked = self.record_at(candidate)?;
                if looked.is_ok() {
                    return Ok(Some(candidate));
                }
                if looked == Err(DamageKind::Checksum) {
                    self.left = self.left.saturating_sub(self.size - candidate);
                }
            }
            // A sync word may lie across the border.
            offset += (length.saturating_sub(3)).max(1) as u64;
        }
        Ok(None)
    }
}

/// Whether a file begins as a trace does; for programs that take several kinds of files.
pub fn is_trace(file: impl Read) -> bool {
    !matches!(RawReader::open(file, u64::MAX), Err(OpenError::NotATrace | OpenError::Io(_)))
}
