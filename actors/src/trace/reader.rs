//! Reading a trace: its head, then record after record, up to the end or the damage.

use super::container::{Damage, DamageKind, OpenError, RawReader, RawRecord, ReadError};
use super::format::{
    Checkpoint, Chunk, End, Footer, Gap, Head, Index, MINOR, PlainBody, SERVER_WORK_MAX, ServerWork,
    SnapshotBody, op,
};
use super::tape::Blob;
use std::io::{Read, Seek};

/// A record of a trace.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// A chunk of messages.
    Chunk(Chunk),
    /// The end of a round.
    Checkpoint(Checkpoint),
    /// What a message carried.
    Blob(Blob),
    /// The end of the run.
    End(End),
    /// What it takes to go on from here.
    Snapshot(SnapshotBody),
    /// What the server has done to come to a turn.
    ServerWork(ServerWork),
    /// Where checkpoints are.
    Index(Index),
    /// What was lost here; only those who look beyond damage see it.
    Gap(Gap),
    /// The end of the file.
    Footer(Footer),
    /// A record of a later minor version.
    Unknown(u8),
}

/// A trace that is read from the front.
pub struct Trace<R> {
    records: RawReader<R>,
    head: Head,
    state: State,
    damage: Option<Damage>,
    read: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Footed,
    Over,
}

/// A file that is no trace, or has no head that can be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TraceError {
    /// It cannot be opened as one.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Its first record is damaged: nothing can be said of the rest.
    #[error("the head is damaged at byte {}: {}", .0.offset, .0.what)]
    Head(Damage),
    /// The file cannot be read.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

impl<R: Read + Seek> Trace<R> {
    /// Reads an opened trace from its beginning.
    ///
    /// # Errors
    /// [`TraceError`] where it cannot be read, is none, or its head is damaged.
    pub fn read(file: R) -> Result<Self, TraceError> {
        let mut records = RawReader::open(file)?;
        let offset = records.offset();
        let damaged = |what| TraceError::Head(Damage { offset, what });
        let head = match records.next_record() {
            Ok(Some(RawRecord { op: op::HEAD, body, .. })) => Head::decode(&body),
            Ok(Some(_)) => return Err(damaged(DamageKind::Order)),
            Ok(None) => return Err(damaged(DamageKind::Cut)),
            Err(ReadError::Damage(damage)) => return Err(TraceError::Head(damage)),
            Err(ReadError::Io(error)) => return Err(error.into()),
        };
        let head = head.filter(Head::is_sound);
        let head = head.ok_or_else(|| damaged(DamageKind::Body))?;
        Ok(Trace { records, head, state: State::Open, damage: None, read: 1 })
    }
}

impl<R: Read> Trace<R> {
    /// What was run.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// The records after the head as they stand, for a [`super::Comparer`].
    pub fn into_records(self) -> (Head, RawReader<R>) {
        (self.head, self.records)
    }

    /// Where the next record begins.
    pub fn offset(&self) -> u64 {
        self.records.offset()
    }

    /// Bytes of the file, when it was opened.
    pub fn size(&self) -> u64 {
        self.records.size()
    }

    /// The next sound record; `None` at the end, or where the damage begins.
    ///
    /// # Errors
    /// Those of the file system. Damage is no error: [`Trace::damage`] tells of it.
    pub fn next_record(&mut self) -> std::io::Result<Option<Record>> {
        if self.state == State::Over {
            return Ok(None);
        }
        let offset = self.records.offset();
        let raw = match self.records.next_record() {
            Ok(Some(raw)) if self.state == State::Open => raw,
            // After the footer there is nothing.
            Ok(Some(_)) => return Ok(self.stop(offset, DamageKind::Order)),
            Ok(None) if self.state == State::Open => return Ok(self.stop(offset, DamageKind::Cut)),
            Ok(None) => {
                self.state = State::Over;
                return Ok(None);
            }
            Err(ReadError::Damage(damage)) => return Ok(self.stop(damage.offset, damage.what)),
            Err(ReadError::Io(error)) => return Err(error),
        };
        let Some(record) = decode(raw.op, &raw.body, self.head.minor) else {
            return Ok(self.stop(offset, DamageKind::Body));
        };
        if let Record::Gap(_) = &record {
            // What comes after it is sound, and does not follow on what came before.
            return Ok(self.stop(offset, DamageKind::Gap));
        }
        if let Record::Footer(footer) = &record {
            if footer.records != self.read {
                return Ok(self.stop(offset, DamageKind::Order));
            }
            self.state = State::Footed;
        }
        self.read += 1;
        Ok(Some(record))
    }

    /// Where the file stops being sound, once that has been reached. A missing footer is damage at the end of
    /// the file.
    pub fn damage(&self) -> Option<&Damage> {
        self.damage.as_ref()
    }

    /// Whether all of the file has been read, and none of it is damaged.
    pub fn complete(&self) -> bool {
        self.state == State::Over && self.damage.is_none()
    }

    fn stop(&mut self, offset: u64, what: DamageKind) -> Option<Record> {
        self.damage = Some(Damage { offset, what });
        self.state = State::Over;
        None
    }
}

/// `None` where the body does not say what its number says.
pub(super) fn decode(op: u8, body: &[u8], minor: u16) -> Option<Record> {
    Some(match op {
        op::CHUNK => Record::Chunk(Chunk::decode(body)?),
        op::CHECKPOINT => Record::Checkpoint(PlainBody::decode(body)?),
        op::BLOB => Record::Blob(Blob::decode(body)?),
        op::END => Record::End(PlainBody::decode(body)?),
        op::INDEX => Record::Index(PlainBody::decode(body)?),
        op::SNAPSHOT => Record::Snapshot(SnapshotBody::decode(body)?),
        op::SERVER_WORK => {
            Record::ServerWork(ServerWork::decode(body).filter(|work| work.done.len() <= SERVER_WORK_MAX)?)
        }
        op::GAP => Record::Gap(PlainBody::decode(body)?),
        op::FOOTER => Record::Footer(PlainBody::decode(body)?),
        other if minor > MINOR && other != op::HEAD => Record::Unknown(other),
        _ => return None,
    })
}
