//! The server: folds replies in a fixed order and asks the coordinator what comes next.

use super::turn;
use crate::trace::Words;
use crate::{
    Address, BlockFold, BlockSum, Body, Cause, Coordinator, Ended, Fault, Header, KIND_AGGREGATED, Kind,
    Phase, Reducer, Then, Turn, Work, block_count, block_of, block_size,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The server as a state machine: replies or block sums in, turns out.
pub struct Server {
    clients: u32,
    kinds: Arc<[Kind]>,
    coordinator: Box<dyn Coordinator>,
    barrier: Option<Barrier>,
    round: u32,
    /// Broadcasts so far.
    serial: u64,
    /// Whether block sums are digested as they are added.
    digesting: bool,
    /// Whether the next decision shall carry what it takes to be made again.
    saving: bool,
}

/// What the server does when a barrier has closed.
#[derive(Clone, Debug)]
pub struct Decision {
    /// The note of what was folded; goes over the wire as a message to itself.
    pub note: (Header, Body),
    /// What has ended.
    pub ended: SyncEnded,
    /// What comes next.
    pub turn: Arc<Turn>,
    /// xxh3-64 of the block sums, in block order; 0 where nobody asked for it.
    pub sums: u64,
    /// Where it was asked for and the algorithm can do it: the coordinator before this barrier's end, and that end.
    pub saved: Option<Saved>,
}

/// The server between two turns.
#[derive(Clone, Debug)]
pub struct Saved {
    /// What the coordinator has saved, before it was told of the barrier's end.
    pub coordinator: Vec<u8>,
    /// The barrier's end.
    pub ended: Ended,
    /// Broadcasts so far.
    pub serial: u64,
}

/// A closed barrier, for whoever watches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SyncEnded {
    /// Outer round.
    pub round: u32,
    /// Phase.
    pub phase: Phase,
    /// Barrier within (round, phase).
    pub sync: u32,
    /// Local steps of each client in it.
    pub steps: u64,
    /// `(1/M) Σ_m ‖reply_m − base‖²`, the mean squared displacement.
    pub drift: f64,
}

/// A barrier that is open.
struct Barrier {
    work: Work,
    total: Vec<Vec<f64>>,
    squared_distance: f64,
    replies: u32,
    next_block: u32,
    /// Block sums that came before their turn.
    early: BTreeMap<u32, BlockSum>,
    sums: Option<Words>,
    /// Replies of blocks that are not complete, by client.
    loose: BTreeMap<u32, Vec<Vec<f64>>>,
}

impl Server {
    /// A server for M clients, whose messages are of these kinds.
    ///
    /// # Panics
    /// If there is no client.
    pub fn new(clients: u32, kinds: Arc<[Kind]>, coordinator: Box<dyn Coordinator>) -> Self {
        assert!(clients > 0, "a society needs a client");
        Server {
            clients,
            kinds,
            coordinator,
            barrier: None,
            round: 0,
            serial: 0,
            digesting: false,
            saving: false,
        }
    }

    /// The same server, which tells the digest of block sums with each decision.
    pub fn digesting(self, digesting: bool) -> Self {
        Server { digesting, ..self }
    }

    /// The first turn.
    ///
    /// # Errors
    /// What the algorithm finds wrong, or a turn that cannot be carried out.
    pub fn start(&mut self) -> Result<Arc<Turn>, Fault> {
        let turn = self.coordinator.start();
        self.open(turn, true)
    }

    /// Asks for [`Decision::saved`] of the next decision.
    pub fn save_next(&mut self) {
        self.saving = true;
    }

    /// Takes up what was saved, instead of a start: the turn that followed.
    ///
    /// # Errors
    /// A state that does not fit, or what the algorithm finds wrong.
    pub fn restore(&mut self, saved: &Saved) -> Result<Arc<Turn>, Fault> {
        self.serial = saved.serial;
        self.round = saved.ended.round;
        self.coordinator.restore(&saved.coordinator).map_err(|cause| self.fault(cause))?;
        let turn = self.coordinator.next(saved.ended.clone());
        self.open(turn, false)
    }

    /// The outer round of the last barrier that was opened.
    pub fn round(&self) -> u32 {
        self.round
    }

    /// Blocks that have been folded in the open barrier; the host's credit.
    pub fn folded(&self) -> u32 {
        self.barrier.as_ref().map_or(0, |barrier| barrier.next_block)
    }

    /// The first client whose reply is still missing in the open barrier.
    pub fn missing(&self) -> Option<u32> {
        let barrier = self.barrier.as_ref()?;
        (barrier.next_block * block_size(self.clients)..self.clients).find(|m| !barrier.loose.contains_key(m))
    }

    /// A reply. They may come in any order; they fold in client order, block by block.
    ///
    /// # Errors
    /// A reply that no barrier waits for, a second one, or one of the wrong shape.
    pub fn on_reply(&mut self, header: &Header, body: Body) -> Result<Option<Decision>, Fault> {
        let unexpected =
            |what| Fault { role: Address::Server, round: header.round, cause: Cause::Unexpected(what) };
        let (Address::Client(client), Body::LocalStepsDone { steps, vectors }) = (header.from, body) else {
            return Err(unexpected(format!("from {} at the server", header.from)));
        };
        let clients = self.clients;
        let Some(barrier) = self.barrier.as_mut().filter(|barrier| {
            let Work { round, phase, sync, reply, order, .. } = barrier.work;
            (round, phase, sync) == (header.round, header.phase, header.sync)
                && (reply, order.steps) == (header.kind, steps)
                && client < clients
        }) else {
            return Err(unexpected(format!("a reply from client {client}, which nobody awaits")));
        };
        let block = client / block_size(clients);
        if barrier.holds(block) || barrier.loose.insert(client, vectors).is_some() {
            return Err(unexpected(format!("a second reply from client {client}")));
        }
        let members = block_of(clients, block);
        if barrier.loose.range(members.clone()).count() < members.len() {
            return Ok(None);
        }
        let mut fold = BlockFold::new(block, &barrier.work.base);
        for member in members {
            let vectors = barrier.loose.remove(&member).unwrap_or_default();
            if let Err(cause) = fold.add(member, &vectors) {
                return Err(Fault { role: Address::Client(member), round: header.round, cause });
            }
        }
        let sum = fold.finish();
        self.on_block(sum)
    }

    /// The sum of a block. They may come in any order; they are added in block order.
    ///
    /// # Errors
    /// A block that no barrier waits for, a second one, or one with replies missing.
    pub fn on_block(&mut self, block: BlockSum) -> Result<Option<Decision>, Fault> {
        let clients = self.clients;
        let awaited = self.barrier.as_mut().filter(|_| block.block < block_count(clients));
        let Some(barrier) = awaited.filter(|barrier| !barrier.holds(block.block)) else {
            return Err(self.fault(Cause::Unexpected(format!("block {}, which nobody awaits", block.block))));
        };
        let members = block_of(clients, block.block);
        if block.replies as usize != members.len() {
            return Err(self.fault(Cause::MissingReply(members.start + block.replies)));
        }
        barrier.early.insert(block.block, block);
        while let Some(sum) = barrier.early.remove(&barrier.next_block) {
            barrier.add(&sum);
        }
        if barrier.next_block < block_count(clients) {
            return Ok(None);
        }
        self.close().map(Some)
    }

    fn close(&mut self) -> Result<Decision, Fault> {
        let barrier = self.barrier.take().expect("close follows the last block");
        let (work, replies) = (&barrier.work, barrier.replies);
        let ended = Ended {
            round: work.round,
            phase: work.phase,
            sync: work.sync,
            replies,
            aggregate: reduce(work, barrier.total, replies),
            drift: barrier.squared_distance / f64::from(replies),
        };
        let header = Header {
            from: Address::Server,
            to: Address::Server,
            round: work.round,
            phase: work.phase,
            sync: work.sync,
            kind: KIND_AGGREGATED,
        };
        let note = (header, Body::Aggregated { replies, digest: digest(&ended.aggregate) });
        let sums = barrier.sums.map_or(0, |words| words.finish());
        let summary = SyncEnded {
            round: ended.round,
            phase: ended.phase,
            sync: ended.sync,
            steps: work.order.steps,
            drift: ended.drift,
        };
        let coordinator = if std::mem::take(&mut self.saving) { self.coordinator.save() } else { None };
        let saved =
            coordinator.map(|coordinator| Saved { coordinator, ended: ended.clone(), serial: self.serial });
        let turn = self.coordinator.next(ended);
        Ok(Decision { note, ended: summary, turn: self.open(turn, false)?, sums, saved })
    }

    fn open(&mut self, turn: Result<Turn, Cause>, first: bool) -> Result<Arc<Turn>, Fault> {
        let checked = turn.and_then(|turn| {
            turn::check(&turn, &self.kinds, self.serial, first)?;
            Ok(turn)
        });
        let turn = checked.map_err(|cause| self.fault(cause))?;
        self.serial += turn.broadcasts.len() as u64;
        if let Then::Work(work) = &turn.then {
            self.round = work.round;
            self.barrier = Some(Barrier {
                total: work.base.iter().map(|vector| vec![0.0; vector.values.len()]).collect(),
                work: work.clone(),
                squared_distance: 0.0,
                replies: 0,
                next_block: 0,
                early: BTreeMap::new(),
                sums: self.digesting.then(Words::new),
                loose: BTreeMap::new(),
            });
        }
        Ok(Arc::new(turn))
    }

    fn fault(&self, cause: Cause) -> Fault {
        Fault { role: Address::Server, round: self.round, cause }
    }
}

impl Barrier {
    /// Whether the sum of a block has come.
    fn holds(&self, block: u32) -> bool {
        block < self.next_block || self.early.contains_key(&block)
    }

    fn add(&mut self, block: &BlockSum) {
        if let Some(words) = &mut self.sums {
            match block.places {
                None => block.sums.iter().for_each(|sum| words.add_numbers(sum)),
                Some(_) => {
                    let mut whole: Vec<_> = self.total.iter().map(|total| vec![0.0; total.len()]).collect();
                    block.add_to(&mut whole);
                    whole.iter().for_each(|sum| words.add_numbers(sum));
                }
            }
            words.add(block.squared_distance.to_bits());
            words.add(u64::from(block.replies));
        }
        block.add_to(&mut self.total);
        self.squared_distance += block.squared_distance;
        self.replies += block.replies;
        self.next_block += 1;
    }
}

fn reduce(work: &Work, total: Vec<Vec<f64>>, replies: u32) -> Vec<Vec<f64>> {
    let mut aggregate = total;
    match work.reducer {
        Reducer::Mean => {
            for (sum, base) in aggregate.iter_mut().zip(&work.base) {
                for (sum, base) in sum.iter_mut().zip(base.values.iter()) {
                    *sum = base + *sum / f64::from(replies);
                }
            }
        }
    }
    aggregate
}

fn digest(vectors: &[Vec<f64>]) -> u64 {
    let mut hasher = xxhash_rust::xxh3::Xxh3::new();
    for value in vectors.iter().flatten() {
        hasher.update(&value.to_bits().to_le_bytes());
    }
    hasher.digest()
}
