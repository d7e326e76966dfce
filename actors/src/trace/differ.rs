//! Two runs, record by record: the first record that differs, then the first message, then the first number.

use super::container::{RawReader, RawRecord, ReadError};
use super::content::{ContentDifference, difference};
use super::digest;
use super::format::{Checkpoint, Chunk, End, Head, PlainBody, ServerWork, SnapshotBody, op};
use super::recorder::{Sink, SinkError};
use super::tape::{Blob, Event, Events, Fate, Shape};
use crate::Header;
use crate::codec::{self, Carried};
use std::collections::BTreeMap;
use std::io::Read;

/// Where and how two runs part. "Recorded" is the trace, "now" is what is held against it.
#[derive(Clone, Debug, PartialEq)]
pub struct Divergence {
    /// The first outer round that differs.
    pub round: u32,
    /// The turn, where messages are recorded.
    pub turn: Option<u64>,
    /// The first message that differs, where messages are recorded.
    pub message: Option<MessageDifference>,
    /// What differs at the end of the round, where that is all that is known.
    pub checkpoint: Vec<String>,
}

/// A message that differs; one that only one of the two has, has only one digest.
#[derive(Clone, Debug, PartialEq)]
pub struct MessageDifference {
    /// Who sends it to whom, and when: as recorded, else as it is now.
    pub header: Header,
    /// The header that the other has, where that is another.
    pub other_header: Option<Header>,
    /// Digest and fate as recorded.
    pub recorded: Option<(u64, Fate)>,
    /// Digest and fate of the message now.
    pub now: Option<(u64, Fate)>,
    /// The first difference in what it carries, where both are known.
    pub content: Option<ContentDifference>,
}

/// How a comparison ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// All records are the same.
    Same,
    /// All records are the same, as far as the trace goes; it was stopped, or is damaged, before the end of
    /// the run.
    SameSoFar,
    /// The two part here.
    Differs(Box<Divergence>),
}

/// A sink that holds records against those of a trace.
pub struct Comparer<R> {
    recorded: RawReader<R>,
    head: Head,
    state: State,
    /// Checkpoints that were the same.
    rounds: u32,
    /// Records of the turn in which the first difference is, on both sides.
    sides: [Side; 2],
    compared: u64,
    /// The last round that is of interest.
    until: Option<u32>,
    /// The round in which the comparison begins.
    from: u32,
    /// Whether snapshots are compared too.
    snapshots: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Same,
    /// The two are no longer the same; what comes is collected until the turn is whole.
    Parted,
    /// All that was of interest is the same.
    Reached,
    Over,
}

/// Payloads are kept of a turn in which two runs part until they have come to this: 64 MiB.
const BLOB_BYTES_KEPT: usize = 1 << 26;

/// What is known of one run where the two part.
#[derive(Debug, Default)]
struct Side {
    turn: Option<u64>,
    /// The turn's chunks, each with shapes of its own.
    chunks: Vec<Events>,
    /// What its first messages carried, by digest: with these two runs part, where they part in what was
    /// carried.
    blobs: BTreeMap<u64, Vec<u8>>,
    blob_bytes: usize,
    checkpoint: Option<Checkpoint>,
    snapshot: Option<SnapshotBody>,
    server_work: Option<ServerWork>,
    end: Option<End>,
    whole: bool,
}

impl<R: Read> Comparer<R> {
    /// Holds what comes against the records of a trace, whose head has been read.
    pub fn new(recorded: RawReader<R>, head: Head) -> Self {
        Comparer {
            recorded,
            head,
            state: State::Same,
            rounds: 0,
            sides: Default::default(),
            compared: 0,
            until: None,
            from: 0,
            snapshots: true,
        }
    }

    /// Says that `recorded` begins in this round: after the first barrier of it, of which there was a
    /// snapshot.
    pub fn beginning_in(self, round: u32) -> Self {
        Comparer { from: round, ..self }
    }

    /// Compares no snapshots: two runs of different length have theirs at different places.
    pub fn without_snapshots(self) -> Self {
        Comparer { snapshots: false, ..self }
    }

    /// Compares up to the end of this round and no further.
    pub fn until(self, round: Option<u32>) -> Self {
        Comparer { until: round, ..self }
    }

    /// The other run's records end here, without an end of the run: it is damaged, or was cut.
    pub fn cut_short(&mut self) {
        if self.state == State::Same {
            self.state = State::Over;
        }
    }

    /// Rounds that were the same.
    pub fn rounds(&self) -> u32 {
        self.rounds
    }

    /// Records that were the same.
    pub fn compared(&self) -> u64 {
        self.compared
    }

    /// The verdict, once all has come that will.
    ///
    /// # Errors
    /// Those of the trace's file.
    pub fn verdict(mut self) -> std::io::Result<Verdict> {
        if self.state == State::Same {
            // The other run has ended; has the trace?
            return Ok(match self.next_recorded()? {
                None => Verdict::Same,
                Some(record) => {
                    self.sides[0].take(&record);
                    self.collect_recorded()?;
                    Verdict::Differs(Box::new(self.divergence()))
                }
            });
        }
        Ok(match self.state {
            State::Parted => {
                self.collect_recorded()?;
                Verdict::Differs(Box::new(self.divergence()))
            }
            State::Reached => Verdict::Same,
            State::Same | State::Over if self.compared_to_the_end() => Verdict::Same,
            State::Same | State::Over => Verdict::SameSoFar,
        })
    }

    fn compared_to_the_end(&self) -> bool {
        self.sides[0].end.as_ref().is_some_and(|end| end.status == 0)
    }

    /// The next record that is a function of configuration and seed; `None` at the end or at damage.
    fn next_recorded(&mut self) -> std::io::Result<Option<RawRecord>> {
        loop {
            match self.recorded.next_record() {
                Ok(Some(record)) if record.op == op::GAP => return Ok(None),
                Ok(Some(record)) if matches!(record.op, op::INDEX | op::FOOTER) => {}
                Ok(Some(record)) if record.op == op::SNAPSHOT && !self.snapshots => {}
                Ok(record) => return Ok(record),
                Err(ReadError::Damage(_)) => return Ok(None),
                Err(ReadError::Io(error)) => return Err(error),
            }
        }
    }

    fn collect_recorded(&mut self) -> std::io::Result<()> {
        while !self.sides[0].whole {
            let Some(record) = self.next_recorded()? else { break };
            self.sides[0].take(&record);
        }
        Ok(())
    }

    fn compare(&mut self, op: u8, body: &[u8]) -> Result<(), SinkError> {
        let Some(record) = self.next_recorded()? else {
            self.state = State::Over;
            return Err(SinkError::Differs);
        };
        if record.op == op && record.body == body {
            self.compared += 1;
            if op == op::CHECKPOINT {
                self.rounds += 1;
                let round = Checkpoint::decode(body).map(|checkpoint| checkpoint.round);
                if self.until.is_some_and(|until| round >= Some(until)) {
                    self.state = State::Reached;
                    return Err(SinkError::Differs);
                }
            }
            if op == op::END {
                self.sides[0].end = End::decode(body);
                self.state = State::Over;
            }
            return Ok(());
        }
        if record.op == op::END
            && let Some(end) = End::decode(&record.body)
            && end.status != 0
        {
            // The recorded run was stopped here, and this one goes on.
            self.sides[0].end = Some(end);
            self.state = State::Over;
            return Err(SinkError::Differs);
        }
        self.state = State::Parted;
        self.sides[0].take(&record);
        self.sides[1].take(&RawRecord { op, body: body.to_vec(), offset: 0 });
        Ok(())
    }

    fn divergence(&self) -> Divergence {
        let [recorded, now] = &self.sides;
        let worked = recorded.server_work.as_ref().or(now.server_work.as_ref()).map(|work| work.turn);
        let turn = recorded.turn.or(now.turn).or(worked);
        // A fault leaves nothing of its turn, so that no message of it can be compared.
        let faulty = |side: &Side| side.end.as_ref().is_some_and(|end| end.status == 2);
        let comparable = !faulty(recorded) && !faulty(now);
        let message = comparable.then(|| first_message(recorded, now, &self.head)).flatten();
        let checkpoint =
            if message.is_none() { checkpoint_differences(recorded, now, &self.head) } else { Vec::new() };
        let round = match &message {
            Some(message) => message.header.place.round,
            None => {
                let checkpoint = recorded.checkpoint.as_ref().or(now.checkpoint.as_ref()).map(|c| c.round);
                let snapshot = recorded.snapshot.as_ref().or(now.snapshot.as_ref()).map(|s| s.round);
                checkpoint.or(snapshot).unwrap_or(self.from.saturating_add(self.rounds))
            }
        };
        Divergence { round, turn, message, checkpoint }
    }
}

impl<R: Read + Send> Sink for Comparer<R> {
    fn record(&mut self, op: u8, body: &[u8]) -> Result<(), SinkError> {
        if op == op::SNAPSHOT && !self.snapshots {
            return Ok(());
        }
        match self.state {
            State::Same => self.compare(op, body),
            State::Parted => {
                self.sides[1].take(&RawRecord { op, body: body.to_vec(), offset: 0 });
                if self.sides[1].whole { Err(SinkError::Differs) } else { Ok(()) }
            }
            State::Reached | State::Over => Ok(()),
        }
    }

    fn flush(&mut self) -> Result<(), SinkError> {
        Ok(())
    }
}

impl Side {
    /// Takes a record of the turn; from the first chunk of another turn, or a checkpoint, the turn is whole.
    fn take(&mut self, record: &RawRecord) {
        match record.op {
            op::BLOB => {
                // A turn may carry more than a machine holds; the first payload is kept however long it is.
                if self.blob_bytes < BLOB_BYTES_KEPT
                    && let Some(Blob { digest, bytes }) = Blob::decode(&record.body)
                {
                    self.blob_bytes += bytes.len();
                    self.blobs.entry(digest).or_insert(bytes);
                }
            }
            op::CHUNK => {
                let Some(chunk) = Chunk::decode(&record.body) else { return self.whole = true };
                if *self.turn.get_or_insert(chunk.turn) != chunk.turn {
                    return self.whole = true;
                }
                self.chunks.push(chunk.events);
            }
            op::CHECKPOINT => {
                self.checkpoint = Checkpoint::decode(&record.body);
                self.whole = true;
            }
            op::SNAPSHOT => {
                self.snapshot = SnapshotBody::decode(&record.body);
                self.whole = true;
            }
            op::SERVER_WORK => {
                self.server_work = ServerWork::decode(&record.body);
                self.whole = true;
            }
            op::END => {
                self.end = End::decode(&record.body);
                self.whole = true;
            }
            _ => self.whole = true,
        }
    }

    fn messages(&self) -> impl Iterator<Item = (&Event, &Shape)> {
        self.chunks.iter().flat_map(Events::messages)
    }

    /// What a message carried, where that is known and is what its digest was taken of.
    fn carried(&self, digest: u64) -> Option<Carried> {
        let carried = codec::carried(self.blobs.get(&digest)?)?;
        (digest::of_carried(&carried) == digest).then_some(carried)
    }
}

/// The first of two runs' messages that differ.
fn first_message(recorded: &Side, now: &Side, head: &Head) -> Option<MessageDifference> {
    let same = |(a, shape): (&Event, &Shape), (b, other): (&Event, &Shape)| {
        a.digest == b.digest
            && (a.from, a.to, a.hop, a.fate) == (b.from, b.to, b.hop, b.fate)
            && shape == other
    };
    let (mut was, mut is) = (recorded.messages(), now.messages());
    let (a, b) = loop {
        match (was.next(), is.next()) {
            (Some(a), Some(b)) if same(a, b) => {}
            (None, None) => return None,
            parted => break parted,
        }
    };
    let header = |message: Option<(&Event, &Shape)>| message.map(|(event, shape)| event.header(shape));
    let (was, is) = (header(a), header(b));
    let content = match (a, b) {
        (Some((a, _)), Some((b, _))) if was == is => {
            let kind = head.kinds.get(usize::from(was?.kind));
            let both = recorded.carried(a.digest).zip(now.carried(b.digest));
            both.and_then(|(was, is)| difference(&was, &is, kind))
        }
        _ => None,
    };
    Some(MessageDifference {
        header: was.or(is)?,
        other_header: is.filter(|is| Some(*is) != was && was.is_some()),
        recorded: a.map(|(event, _)| (event.digest, event.fate)),
        now: b.map(|(event, _)| (event.digest, event.fate)),
        content,
    })
}

fn checkpoint_differences(recorded: &Side, now: &Side, head: &Head) -> Vec<String> {
    let mut found = Vec::new();
    for (digest, was) in &recorded.blobs {
        if now.blobs.get(digest).is_some_and(|is| is != was) {
            found.push(format!("the recorded payload of digest {digest:016x} is not what its digest says"));
            return found;
        }
    }
    match (&recorded.checkpoint, &now.checkpoint) {
        (Some(a), Some(b)) => {
            for (what, a, b) in [
                ("the digest of block sums", a.sums, b.sums),
                ("the digest of the server's vectors", a.server, b.server),
                ("the digest of messages", a.events, b.events),
            ] {
                if a != b {
                    found.push(format!("{what}: {b:016x}, recorded was {a:016x}"));
                }
            }
            for (link, a, b) in [
                ("wire", &a.counters.wire, &b.counters.wire),
                ("local", &a.counters.local, &b.counters.local),
            ] {
                for (number, (a, b)) in a.iter().zip(b).enumerate().filter(|(_, (a, b))| a != b) {
                    let kind = head.kind_name(number as u16);
                    found.push(format!("{kind} ({link}): {b:?}, recorded were {a:?}"));
                }
            }
            if found.is_empty() {
                found.push(format!("{b:?}, recorded was {a:?}"));
            }
        }
        (Some(a), None) => found.push(format!("round {} ended in the recorded run only", a.round)),
        (None, Some(b)) => found.push(format!("round {} ends only now", b.round)),
        (None, None) if recorded.snapshot.is_some() || now.snapshot.is_some() => {
            let what = match (&recorded.snapshot, &now.snapshot) {
                (Some(_), Some(_)) => {
                    "what the server and its clients keep differs, though all messages so far were the same"
                }
                (Some(_), None) => "a snapshot was recorded here",
                _ => "a snapshot is taken only now",
            };
            found.push(what.to_owned());
        }
        (None, None) if recorded.server_work.is_some() || now.server_work.is_some() => {
            let told = |work: &Option<ServerWork>| match work {
                None => "nothing".to_owned(),
                Some(work) => {
                    let done: Vec<_> =
                        work.done.iter().map(|(name, done)| format!("{done} {name}")).collect();
                    done.join(", ")
                }
            };
            let (was, is) = (told(&recorded.server_work), told(&now.server_work));
            found.push(format!("the server's work: {is}, recorded was {was}"));
        }
        (None, None) => match (&recorded.end, &now.end) {
            (Some(a), Some(b)) => found.push(format!("the end is {b:?}, recorded was {a:?}")),
            (Some(_), None) => found.push("the recorded run ended here".to_owned()),
            (None, Some(b)) => {
                found.push(if b.fault.is_empty() {
                    "this run ends here".to_owned()
                } else {
                    b.fault.clone()
                });
            }
            (None, None) => found.push("records that cannot be read".to_owned()),
        },
    }
    found
}
