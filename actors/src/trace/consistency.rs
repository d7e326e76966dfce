//! Whether the records of a trace agree with one another. A checksum says that a record is as it was
//! written; it does not say that what was written is true.

use super::digest;
use super::format::{Checkpoint, Chunk, End, Footer, Head, HeadKind, Index, ServerWork, SnapshotBody};
use super::reader::Record;
use super::recorder::Chain;
use super::stats::Recount;
use super::tape::{Blob, Event, Fate, Hop, Level, Shape};
use crate::codec::{self, Sort};
use crate::{Counters, KIND_BARRIER, Phase, Route, Snapshot, block_size};
use std::collections::BTreeMap;
use xxhash_rust::xxh3::xxh3_64;

/// A record that contradicts others, or itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// Where the record begins.
    pub offset: u64,
    /// What is wrong with it.
    pub what: String,
}

/// Remarks that are kept; of further ones only the number is.
pub const REMARKS_MAX: usize = 100;

/// What has been found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remarks {
    /// The first of them.
    pub first: Vec<Remark>,
    /// How many there are beyond these.
    pub further: u64,
}

/// Goes through a trace, record by record.
pub(super) struct Consistency {
    head: Head,
    /// Where the head ends: places in index and footer are counted from there.
    body: u64,
    remarks: Remarks,
    /// Where the record begins that is being looked at.
    at: u64,
    records: u64,
    /// Over the bodies of all chunks; `None` where some of them are lost.
    chain: Option<Chain>,
    recount: Recount,
    /// Whether nothing has been lost so far, so that counts can be compared.
    whole: bool,
    turn: u64,
    /// Whether the turn's note has passed, or there has been no turn.
    closed: bool,
    /// Outer rounds that have ended.
    rounds: u32,
    /// What the messages of the turn carry, by digest.
    payloads: BTreeMap<u64, Payload>,
    /// What its letters carry, which are handed over in the next turn.
    letters: BTreeMap<u64, Payload>,
    checkpoints: Vec<(u32, u64)>,
    indexed: usize,
    first_index: Option<u64>,
    stage: Stage,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Running,
    Ended,
    Footed,
}

/// Enough of a payload to hold an event against it.
#[derive(Clone)]
struct Payload {
    sort: Sort,
    lengths: Vec<usize>,
    integers: Vec<usize>,
}

impl Consistency {
    /// Begins after a head that ends at `body`.
    pub(super) fn new(head: Head, body: u64) -> Self {
        let mut consistency = Consistency {
            recount: Recount::new(&head),
            body,
            remarks: Remarks::default(),
            at: 0,
            records: 1,
            chain: Some(Chain::default()),
            whole: true,
            turn: 0,
            closed: true,
            rounds: 0,
            payloads: BTreeMap::new(),
            letters: BTreeMap::new(),
            checkpoints: Vec::new(),
            indexed: 0,
            first_index: None,
            stage: Stage::Running,
            head,
        };
        consistency.head();
        consistency
    }

    /// What was found.
    pub(super) fn finish(mut self) -> (Head, Remarks) {
        if self.whole && self.indexed > 0 && self.indexed < self.checkpoints.len() {
            self.remark("the index leaves out rounds");
        }
        (self.head, self.remarks)
    }

    fn remark(&mut self, what: impl Into<String>) {
        if self.remarks.first.len() < REMARKS_MAX {
            self.remarks.first.push(Remark { offset: self.at, what: what.into() });
        } else {
            self.remarks.further += 1;
        }
    }

    fn head(&mut self) {
        let Head { clients, block_size: size, kept, kinds, snapshot_rounds, .. } = &self.head;
        let known = |kind: &HeadKind| {
            let answered = kind.answer.is_none_or(|answer| usize::from(answer) < kinds.len());
            kind.route().is_some() && Phase::from_number(kind.phase).is_some() && answered
        };
        let wrong = [
            (*size != block_size(*clients), "the size of blocks is not that of so many clients"),
            (
                kept.iter().flatten().any(|(first, last)| first > last),
                "a range of kept clients ends before it begins",
            ),
            (!kinds.iter().all(known), "a kind of message is of no known sort"),
            (
                *snapshot_rounds > 0 && self.head.level() != Some(Level::Full),
                "snapshots are promised at a level that has none",
            ),
        ];
        for (_, what) in wrong.into_iter().filter(|(wrong, _)| *wrong) {
            self.remark(what);
        }
    }

    /// Something was lost here.
    pub(super) fn gap(&mut self) {
        self.chain = None;
        self.whole = false;
        self.closed = true;
        self.payloads.clear();
        self.letters.clear();
    }

    /// A record after the head.
    pub(super) fn record(&mut self, offset: u64, body: &[u8], record: &Record) {
        self.at = offset;
        self.belongs(record);
        match record {
            Record::Chunk(chunk) => self.chunk(chunk, body),
            Record::Blob(blob) => self.blob(blob),
            Record::Checkpoint(checkpoint) => self.checkpoint(checkpoint),
            Record::Snapshot(snapshot) => self.snapshot(snapshot),
            Record::ServerWork(work) => self.server_work(work),
            Record::End(end) => self.end(end),
            Record::Index(index) => self.index(index),
            Record::Footer(footer) => self.footer(footer),
            Record::Gap(_) => self.gap(),
            Record::Unknown(_) => {}
        }
        self.records += 1;
    }

    /// Whether the level has such records, and they may stand here.
    fn belongs(&mut self, record: &Record) {
        let level = self.head.level();
        let needed = match record {
            Record::Blob(_) | Record::Snapshot(_) => Level::Full,
            Record::Chunk(_) => Level::Order,
            Record::Checkpoint(_)
            | Record::End(_)
            | Record::Index(_)
            | Record::ServerWork(_)
            | Record::Gap(_)
            | Record::Footer(_)
            | Record::Unknown(_) => Level::Rounds,
        };
        if level < Some(needed) {
            self.remark(format!("a record that traces of level {} have", needed.name()));
        }
        let late = match self.stage {
            Stage::Running => false,
            Stage::Ended => {
                !matches!(record, Record::Index(_) | Record::Footer(_) | Record::Gap(_) | Record::Unknown(_))
            }
            Stage::Footed => true,
        };
        if late {
            self.remark("a record after the end");
        }
    }

    fn chunk(&mut self, chunk: &Chunk, body: &[u8]) {
        if let Some(chain) = &mut self.chain {
            chain.add(xxh3_64(body));
        }
        let due = if self.closed { self.turn.saturating_add(1) } else { self.turn };
        if chunk.turn != due && (self.whole || chunk.turn < due) {
            self.remark(format!("messages of turn {} where those of turn {due} are due", chunk.turn));
        }
        self.turn = chunk.turn;
        let wrong = chunk.events.messages().find_map(|(event, shape)| self.message(event, shape));
        if let Some(wrong) = wrong {
            self.remark(wrong);
        }
        self.closed = chunk.events.events.last().is_some_and(|event| event.hop == Hop::Note);
        for (event, _) in chunk.events.messages().filter(|(event, _)| event.hop == Hop::Peer) {
            if let Some(payload) = self.payloads.get(&event.digest) {
                self.letters.entry(event.digest).or_insert_with(|| payload.clone());
            }
        }
        if self.closed {
            self.payloads = std::mem::take(&mut self.letters);
        }
        self.recount.add(&self.head, &chunk.events);
    }

    /// What is wrong with a message.
    fn message(&self, event: &Event, shape: &Shape) -> Option<String> {
        let header = event.header(shape);
        let named = |what: &str| Some(format!("a message from {} to {} {what}", header.from, header.to));
        let kind = self.head.kinds.get(usize::from(shape.kind));
        let sent = |route: Route| {
            kind.is_some_and(|kind| {
                (kind.route(), kind.phase) == (Some(route), shape.place.phase.number())
                    && shape.lengths.len() <= kind.vectors.len()
                    && shape.integers.len() <= kind.integers.len()
            })
        };
        let fits = match event.hop {
            Hop::Down => sent(Route::Down),
            Hop::Hand => sent(Route::Down) || sent(Route::Peer),
            Hop::Return => sent(Route::Up) || sent(Route::Peer),
            Hop::Up => sent(Route::Up),
            Hop::Peer => sent(Route::Peer) && event.from != event.to,
            Hop::Note => shape.kind == KIND_BARRIER,
        };
        if !fits {
            return named("of a kind that does not go that way");
        }
        if event.from.max(event.to) >= self.head.clients {
            return named("of a client that the run does not have");
        }
        let Some(payload) = self.payloads.get(&event.digest) else {
            let kept = match event.hop {
                Hop::Down | Hop::Note => true,
                Hop::Return | Hop::Up | Hop::Peer => self.keeps(event.from),
                // Who wrote a letter that is handed over is not said here.
                Hop::Hand => sent(Route::Down),
            };
            let expected = self.head.level() == Some(Level::Full) && self.whole && kept;
            return if expected { named("whose payload is not there") } else { None };
        };
        let sort = match payload.sort {
            Sort::Order(_) => matches!(event.hop, Hop::Down | Hop::Hand),
            Sort::Steps(_) => matches!(event.hop, Hop::Return | Hop::Up),
            Sort::Note(..) => event.hop == Hop::Note,
            Sort::Letter(from, to) => match event.hop {
                Hop::Return => event.from == from,
                Hop::Peer => (event.from, event.to) == (from, to),
                Hop::Hand => event.to == to,
                Hop::Down | Hop::Up | Hop::Note => false,
            },
        };
        let of = |lengths: &[usize], shape: &[u32]| {
            lengths.iter().copied().eq(shape.iter().map(|&length| length as usize))
        };
        let lengths = of(&payload.lengths, &shape.lengths) && of(&payload.integers, &shape.integers);
        // What was lost on the way may have been damaged on purpose before.
        if sort && (lengths || event.fate == Fate::Dropped) {
            None
        } else {
            named("whose payload is of another form")
        }
    }

    fn keeps(&self, client: u32) -> bool {
        self.head.kept.as_ref().is_none_or(|ranges| {
            // One that is sought in very many ranges is not missed.
            ranges.len() <= REMARKS_MAX
                && ranges.iter().any(|&(first, last)| (first..=last).contains(&client))
        })
    }

    fn blob(&mut self, blob: &Blob) {
        match codec::carried(&blob.bytes) {
            None => self.remark("a payload that is of no message"),
            Some(carried) => {
                if digest::of_carried(&carried) != blob.digest {
                    self.remark("a payload that is not what its digest says");
                }
                let lengths = carried.vectors.iter().map(Vec::len).collect();
                let integers = carried.integers.iter().map(Vec::len).collect();
                self.payloads.insert(blob.digest, Payload { sort: carried.sort, lengths, integers });
            }
        }
    }

    fn checkpoint(&mut self, checkpoint: &Checkpoint) {
        let round = checkpoint.round;
        if round != self.rounds && (self.whole || round < self.rounds) {
            self.remark(format!("the end of round {round} where that of round {} is due", self.rounds));
        }
        self.rounds = round.saturating_add(1);
        self.checkpoints.push((round, self.at.saturating_sub(self.body)));
        self.chained(checkpoint.events);
        self.turns(checkpoint.turns, 0);
        self.counted(&checkpoint.counters);
    }

    fn snapshot(&mut self, snapshot: &SnapshotBody) {
        let every = self.head.snapshot_rounds;
        if every == 0 || !snapshot.round.is_multiple_of(every) {
            self.remark(format!("a snapshot in round {}, which has none", snapshot.round));
        }
        let Some(recorded) = Snapshot::recorded(&snapshot.bytes) else { return };
        if (recorded.clients, recorded.seed) != (self.head.clients, self.head.seed) {
            self.remark("a snapshot of a run with another number of clients or another seed");
        }
        self.chained(recorded.position.events);
        self.turns(recorded.turns, 0);
        self.turns(recorded.position.turn, 0);
        self.counted(&recorded.counters);
    }

    /// It stands before the messages of its turn.
    fn server_work(&mut self, work: &ServerWork) {
        if self.head.level() > Some(Level::Rounds) {
            let due = self.turn.saturating_add(1);
            if work.turn != due && (self.whole || work.turn < due) {
                self.remark(format!(
                    "work of the server for turn {} where that for turn {due} is due",
                    work.turn
                ));
            }
        }
        self.recount.add_server_work(work);
    }

    fn end(&mut self, end: &End) {
        self.stage = Stage::Ended;
        if end.status > 2 || (end.status == 2) != end.counters.is_none() {
            self.remark("an end that is none of the three");
        }
        // Of a turn that a fault has ended, what came before the fault may be there or not.
        if end.status == 2 {
            return;
        }
        self.chained(end.events);
        // The last turn has no messages where it only gives results, or where the run was stopped.
        self.turns(end.turns, 1);
        if let Some(counters) = &end.counters {
            self.counted(counters);
        }
    }

    /// Takes up the chained digest where a gap has broken it.
    fn chained(&mut self, events: u64) {
        if self.chain.replace(Chain(events)).is_some_and(|chain| chain != Chain(events)) {
            self.remark("the digest of all messages so far is another one");
        }
    }

    fn turns(&mut self, turns: u64, more: u64) {
        let counted = self.head.level() > Some(Level::Rounds) && self.whole;
        if counted && !(self.turn..=self.turn.saturating_add(more)).contains(&turns) {
            self.remark(format!("{turns} turns are said to be over, and {} are", self.turn));
        }
    }

    fn counted(&mut self, counters: &Counters) {
        let kinds = self.head.kinds.len();
        if counters.wire.len() != kinds || counters.local.len() != kinds {
            self.remark("counts of other kinds of messages");
        } else if self.head.level() > Some(Level::Rounds) && self.whole {
            for difference in self.recount.differences(&self.head, counters) {
                self.remark(difference);
            }
        }
    }

    fn index(&mut self, index: &Index) {
        self.first_index.get_or_insert(self.at);
        if !self.whole {
            return;
        }
        let due = self.checkpoints.get(self.indexed..).unwrap_or_default();
        if index.checkpoints.len() > due.len() || index.checkpoints[..] != due[..index.checkpoints.len()] {
            self.remark("an index that names places where no round ends");
        }
        self.indexed = self.indexed.saturating_add(index.checkpoints.len());
    }

    fn footer(&mut self, footer: &Footer) {
        self.stage = Stage::Footed;
        if footer.records != self.records {
            self.remark(format!(
                "{} records are said to stand before it, and {} do",
                footer.records, self.records
            ));
        }
        let index = self.first_index.unwrap_or(self.at).saturating_sub(self.body);
        if footer.index_offset != index {
            self.remark(format!(
                "the index is said to begin at {}, and begins at {index}",
                footer.index_offset
            ));
        }
    }
}
