//! What is sound in a damaged trace, also beyond the damage; and a readable trace of it.

use super::consistency::{Consistency, Remarks};
use super::container::{
    DamageKind, FRAME_BYTES, Frame, MAGIC, OpenError, SYNC, checksum, read_magic, write_record,
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
        /// Bytes of all these records.
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

/// Stretches that are kept; of further ones only the number is.
pub const STRETCHES_MAX: usize = 1000;

/// What was found in a trace.
#[derive(Clone, Debug, PartialEq)]
pub struct Findings {
    /// The trace's head.
    pub head: Head,
    /// From the first byte after the magic on; to the last of the file, where there are at most
    /// [`STRETCHES_MAX`].
    pub stretches: Vec<Stretch>,
    /// How many there are beyond these.
    pub further_stretches: u64,
    /// Bytes that are lost.
    pub lost_bytes: u64,
    /// Records that are sound, and contradict others.
    pub remarks: Remarks,
    /// Whether the run came to its end in it.
    pub ended: bool,
    /// Whether it has its footer.
    pub footed: bool,
}

impl Findings {
    /// Whether nothing is damaged, nothing is missing, and nothing contradicts the rest.
    pub fn healthy(&self) -> bool {
        self.lost_bytes == 0 && self.ended && self.footed && self.remarks.first.is_empty()
    }
}

/// Candidates beyond damage are checked until this many times the file has been read for it; what is left is
/// then damaged. Only files made to be slow come to it.
const SEARCH_EFFORT: u64 = 16;

/// Looks at all of an opened trace. Every sound record is given to `keep` with its number and body: one whose
/// checksum is right and whose body is what its number says. Whether such records agree with one another is
/// told, and changes nothing else.
///
/// # Errors
/// [`TraceError`] where the head is damaged, without which nothing can be made of the rest; those of `keep`.
pub fn examine<R: Read + Seek>(
    mut file: R,
    mut keep: impl FnMut(u8, &[u8]) -> io::Result<()>,
    mut gap: impl FnMut(&Gap) -> io::Result<()>,
) -> Result<Findings, TraceError> {
    let opened = Trace::read(&mut file)?;
    let (head, size, body) = (opened.head().clone(), opened.size(), opened.offset());
    let minor = head.minor;
    let mut consistency = Consistency::new(head, body);
    let mut found = Found::default();
    let mut search = Search { file, at: body, size, left: size.saturating_mul(SEARCH_EFFORT) };
    let mut offset = MAGIC.len() as u64;
    while offset < size {
        let looked = search.record_at(offset)?;
        let bytes = looked.as_ref().map_or(0, |(_, body)| (FRAME_BYTES + body.len()) as u64);
        let is_head = offset == MAGIC.len() as u64;
        let damage = match &looked {
            Ok((op, body)) if is_head => {
                found.sound(offset, bytes);
                keep(*op, body)?;
                None
            }
            Ok((op, body)) => match decode(*op, body, minor) {
                Some(record) => {
                    consistency.record(offset, body, &record);
                    found.sound(offset, bytes);
                    found.ended |= matches!(record, Record::End(_));
                    found.footed = matches!(record, Record::Footer(_)) && offset + bytes == size;
                    keep(*op, body)?;
                    None
                }
                None => Some((DamageKind::Body, offset + bytes)),
            },
            Err(what) => Some((*what, search.next_sound(offset + 1)?.unwrap_or(size))),
        };
        let Some((what, next)) = damage else {
            offset += bytes;
            continue;
        };
        consistency.gap();
        found.damaged(offset, next - offset, what);
        gap(&Gap { offset, bytes: next - offset })?;
        offset = next;
    }
    let (head, remarks) = consistency.finish();
    let Found { stretches, further, lost_bytes, ended, footed } = found;
    Ok(Findings { head, stretches, further_stretches: further, lost_bytes, remarks, ended, footed })
}

/// What is found, as it grows.
#[derive(Default)]
struct Found {
    stretches: Vec<Stretch>,
    further: u64,
    lost_bytes: u64,
    ended: bool,
    footed: bool,
}

impl Found {
    fn sound(&mut self, at: u64, length: u64) {
        match self.stretches.last_mut() {
            Some(Stretch::Sound { bytes, records, .. }) if self.further == 0 => {
                *bytes += length;
                *records += 1;
            }
            _ => self.add(Stretch::Sound { offset: at, bytes: length, records: 1 }),
        }
    }

    fn damaged(&mut self, offset: u64, bytes: u64, what: DamageKind) {
        self.lost_bytes += bytes;
        self.add(Stretch::Damaged { offset, bytes, what });
    }

    fn add(&mut self, stretch: Stretch) {
        if self.stretches.len() < STRETCHES_MAX { self.stretches.push(stretch) } else { self.further += 1 }
    }
}

/// Writes a trace of what is sound in another one. Where something is lost, a record says how much; replaying
/// does not go beyond it.
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

struct Search<R> {
    file: R,
    /// Where the file stands.
    at: u64,
    size: u64,
    /// Bytes that may still be read for candidates.
    left: u64,
}

/// A record, or what is wrong where one was looked for.
type Looked = Result<(u8, Vec<u8>), DamageKind>;

impl<R: Read + Seek> Search<R> {
    /// Reads what stands at `offset`. A file is sought in only where it does not stand there already: a
    /// buffered one forgets its buffer.
    fn read(&mut self, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
        if self.at != offset {
            self.file.seek(SeekFrom::Start(offset))?;
        }
        self.file.read_exact(bytes)?;
        self.at = offset + bytes.len() as u64;
        Ok(())
    }

    fn record_at(&mut self, offset: u64) -> io::Result<Looked> {
        let left = self.size - offset;
        if left < FRAME_BYTES as u64 {
            return Ok(Err(DamageKind::Cut));
        }
        let mut frame = [0; FRAME_BYTES];
        self.read(offset, &mut frame)?;
        let Some(Frame { op, length, crc }) = Frame::parse(&frame) else {
            return Ok(Err(DamageKind::NoRecord));
        };
        if length as u64 > left - FRAME_BYTES as u64 {
            return Ok(Err(DamageKind::Cut));
        }
        let mut body = vec![0; length];
        self.read(offset + FRAME_BYTES as u64, &mut body)?;
        let sound = checksum(&frame[4..12], &body) == crc;
        Ok(if sound { Ok((op, body)) } else { Err(DamageKind::Checksum) })
    }

    /// Where the next sound record begins, at `offset` or after it.
    fn next_sound(&mut self, mut offset: u64) -> io::Result<Option<u64>> {
        const WINDOWS: std::ops::RangeInclusive<usize> = 1 << 8..=1 << 16;
        let sync = SYNC.to_le_bytes();
        let mut window = vec![0; *WINDOWS.start()];
        while offset + FRAME_BYTES as u64 <= self.size {
            let length = window.len().min(usize::try_from(self.size - offset).unwrap_or(usize::MAX));
            self.read(offset, &mut window[..length])?;
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
            // Where damage is short there is little to look at, and there may be much of it.
            window.resize((2 * window.len()).min(*WINDOWS.end()), 0);
        }
        Ok(None)
    }
}

/// Whether a file begins as a trace does; for programs that take several kinds of files.
pub fn is_trace(mut file: impl Read) -> bool {
    !matches!(read_magic(&mut file), Err(OpenError::NotATrace | OpenError::Io(_)))
}
