//! The server: folds replies in a fixed order and asks the coordinator what comes next.

use super::dispatch::{Awaited, Barrier, Dispatch};
use crate::trace::Words;
use crate::{
    Address, BlockFold, BlockSum, Body, Cause, Coordinator, Ended, Fault, Header, KIND_BARRIER, Kind, Place,
    Reducer, State, Turn, block_count, block_of, block_size,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The server as a state machine: replies or block sums in, turns out.
pub struct Server {
    clients: u32,
    kinds: Arc<[Kind]>,
    coordinator: Box<dyn Coordinator>,
    open: Option<Open>,
    round: u32,
    /// Broadcasts so far.
    serial: u64,
    /// Whether block sums are digested as they are added.
    digesting: bool,
    /// Whether the next decision shall carry what it takes to be made again.
    saving: bool,
    /// Whether decisions carry all that their barriers came to.
    telling: bool,
}

/// What the server does when a barrier has closed.
#[derive(Clone, Debug)]
pub struct Decision {
    /// The note of the barrier; it goes over the wire as a message to itself.
    pub note: (Header, Body),
    /// The barrier that has ended.
    pub ended: BarrierEnded,
    /// The turn that comes next.
    pub turn: Arc<Dispatch>,
    /// xxh3-64 of the block sums, in block order; 0 where it was not asked for.
    pub sums: u64,
    /// Where it was asked for and the algorithm can do it: the coordinator before this barrier's end, and
    /// that end.
    pub saved: Option<Saved>,
    /// Where it was asked for, all that the barrier came to.
    pub brought: Option<Ended>,
}

/// The server between two turns.
#[derive(Clone, Debug)]
pub struct Saved {
    /// What the coordinator has saved, before it was told of the barrier's end.
    pub coordinator: Vec<u8>,
    /// What the barrier came to.
    pub ended: Ended,
    /// Broadcasts so far.
    pub serial: u64,
}

/// A closed barrier, as observers are told of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BarrierEnded {
    /// Which barrier it was.
    pub place: Place,
    /// Local steps of each client in it.
    pub steps: u64,
    /// `(1/M) Σ_m ‖reply_m − base‖²`, the mean squared displacement.
    pub drift: f64,
}

/// A barrier that is open.
struct Open {
    barrier: Barrier,
    total: Vec<Vec<f64>>,
    squared_distance: f64,
    /// Sums of the replies' vectors of integers.
    integers: Vec<Vec<i64>>,
    replies: u32,
    next_block: u32,
    /// Block sums that came before their turn.
    early: BTreeMap<u32, BlockSum>,
    sums: Option<Words>,
    /// Replies of blocks that are not complete, by client.
    loose: BTreeMap<u32, Loose>,
}

/// A reply that waits for the others of its block: its vectors, and those of integers.
type Loose = (Vec<Vec<f64>>, Vec<Vec<i64>>);

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
            open: None,
            round: 0,
            serial: 0,
            digesting: false,
            saving: false,
            telling: false,
        }
    }

    /// The same server, which tells the digest of block sums with each decision.
    pub fn digesting(self, digesting: bool) -> Self {
        Server { digesting, ..self }
    }

    /// The same server, which tells all that a barrier came to with each decision.
    pub fn telling(self, telling: bool) -> Self {
        Server { telling, ..self }
    }

    /// The first turn.
    ///
    /// # Errors
    /// What the algorithm finds wrong, or a turn that cannot be carried out.
    pub fn start(&mut self) -> Result<Arc<Dispatch>, Fault> {
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
    pub fn restore(&mut self, saved: &Saved) -> Result<Arc<Dispatch>, Fault> {
        self.serial = saved.serial;
        self.round = saved.ended.place.round;
        let coordinator = &mut self.coordinator;
        State::read(&saved.coordinator, |state| coordinator.state(state))
            .map_err(|cause| self.fault(cause))?;
        let turn = self.coordinator.next(saved.ended.clone());
        self.open(turn, false)
    }

    /// The outer round of the last barrier that was opened.
    pub fn round(&self) -> u32 {
        self.round
    }

    /// Blocks that have been folded in the open barrier; the host's credit.
    pub fn folded(&self) -> u32 {
        self.open.as_ref().map_or(0, |open| open.next_block)
    }

    /// The first client whose reply is still missing in the open barrier.
    pub fn missing(&self) -> Option<u32> {
        let open = self.open.as_ref()?;
        (open.next_block * block_size(self.clients)..self.clients).find(|m| !open.loose.contains_key(m))
    }

    /// A reply. They may come in any order; they fold in client order, block by block.
    ///
    /// # Errors
    /// A reply that no barrier waits for, a second one, or one of the wrong shape.
    pub fn on_reply(&mut self, header: &Header, body: Body) -> Result<Option<Decision>, Fault> {
        let round = header.place.round;
        let unexpected = |what| Fault { role: Address::Server, round, cause: Cause::Unexpected(what) };
        let (Address::Client(client), Body::LocalStepsDone { steps, vectors, integers }) =
            (header.from, body)
        else {
            return Err(unexpected(format!("from {} at the server", header.from)));
        };
        let clients = self.clients;
        let Some(open) = self.open.as_mut().filter(|open| {
            let asked = &open.barrier.asked;
            (asked.place, asked.reply, asked.order.steps) == (header.place, header.kind, steps)
                && client < clients
        }) else {
            return Err(unexpected(format!("a reply from client {client}, which nobody awaits")));
        };
        let block = client / block_size(clients);
        if open.holds(block) || open.loose.insert(client, (vectors, integers)).is_some() {
            return Err(unexpected(format!("a second reply from client {client}")));
        }
        let members = block_of(clients, block);
        if open.loose.range(members.clone()).count() < members.len() {
            return Ok(None);
        }
        let fold = BlockFold::new(block, &open.barrier.base, open.barrier.integers);
        let mut fold = fold.by(open.barrier.reducer);
        for member in members {
            let (vectors, integers) = open.loose.remove(&member).unwrap_or_default();
            if let Err(cause) = fold.add(member, &vectors, &integers) {
                return Err(Fault { role: Address::Client(member), round, cause });
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
        let awaited = self.open.as_mut().filter(|_| block.block < block_count(clients));
        let Some(open) = awaited.filter(|open| !open.holds(block.block)) else {
            return Err(self.fault(Cause::Unexpected(format!("block {}, which nobody awaits", block.block))));
        };
        let members = block_of(clients, block.block);
        if block.replies as usize != members.len() {
            return Err(self.fault(Cause::MissingReply(members.start + block.replies)));
        }
        open.early.insert(block.block, block);
        let round = open.barrier.asked.place.round;
        while let Some(sum) = open.early.remove(&open.next_block) {
            open.add(&sum).map_err(|cause| {
                // The replies of a block agree with one another, so that its first client stands for them.
                let first = Address::Client(block_of(clients, sum.block).start);
                let role = if matches!(cause, Cause::Length { .. }) { first } else { Address::Server };
                Fault { role, round, cause }
            })?;
        }
        if open.next_block < block_count(clients) {
            return Ok(None);
        }
        self.close().map(Some)
    }

    fn close(&mut self) -> Result<Decision, Fault> {
        let open = self.open.take().expect("close follows the last block");
        let (barrier, replies) = (&open.barrier, open.replies);
        let place = barrier.asked.place;
        let ended = Ended {
            place,
            replies,
            aggregate: reduce(barrier, open.total, replies),
            integers: open.integers,
            drift: open.squared_distance / f64::from(replies),
        };
        let header = Header { from: Address::Server, to: Address::Server, place, kind: KIND_BARRIER };
        let note = (header, Body::Barrier { replies, digest: digest(&ended) });
        let sums = open.sums.map_or(0, |words| words.finish());
        let summary = BarrierEnded { place, steps: barrier.asked.order.steps, drift: ended.drift };
        let saving = std::mem::take(&mut self.saving);
        let coordinator = &mut self.coordinator;
        let saved = saving.then(|| State::write(|state| coordinator.state(state)).ok()).flatten();
        let saved = saved.map(|coordinator| Saved { coordinator, ended: ended.clone(), serial: self.serial });
        let brought = self.telling.then(|| ended.clone());
        let turn = self.coordinator.next(ended);
        Ok(Decision { note, ended: summary, turn: self.open(turn, false)?, sums, saved, brought })
    }

    fn open(&mut self, turn: Result<Turn, Cause>, first: bool) -> Result<Arc<Dispatch>, Fault> {
        let dispatch = turn.and_then(|turn| Dispatch::of(turn, &self.kinds, self.serial, first));
        let dispatch = dispatch.map_err(|cause| self.fault(cause))?;
        self.serial += dispatch.broadcasts.len() as u64;
        if let Awaited::Replies(barrier) = &dispatch.then {
            self.round = barrier.asked.place.round;
            self.open = Some(Open {
                total: match barrier.reducer {
                    Reducer::Collect => Vec::new(),
                    Reducer::Mean | Reducer::Sum => {
                        barrier.base.iter().map(|vector| vec![0.0; vector.values.len()]).collect()
                    }
                },
                integers: Vec::new(),
                barrier: barrier.clone(),
                squared_distance: 0.0,
                replies: 0,
                next_block: 0,
                early: BTreeMap::new(),
                sums: self.digesting.then(Words::new),
                loose: BTreeMap::new(),
            });
        }
        Ok(Arc::new(dispatch))
    }

    fn fault(&self, cause: Cause) -> Fault {
        Fault { role: Address::Server, round: self.round, cause }
    }
}

impl Open {
    /// Whether the sum of a block has come.
    fn holds(&self, block: u32) -> bool {
        block < self.next_block || self.early.contains_key(&block)
    }

    /// # Errors
    /// Integers that cannot be added.
    fn add(&mut self, block: &BlockSum) -> Result<(), Cause> {
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
            block.integers.iter().flatten().for_each(|&sum| words.add(sum as u64));
        }
        if self.barrier.reducer == Reducer::Collect {
            self.total.extend_from_slice(&block.sums);
            self.integers.extend_from_slice(&block.integers);
        } else {
            crate::fold::add_integers(&mut self.integers, self.barrier.integers, &block.integers)?;
            block.add_to(&mut self.total);
        }
        self.squared_distance += block.squared_distance;
        self.replies += block.replies;
        self.next_block += 1;
        Ok(())
    }
}

fn reduce(barrier: &Barrier, total: Vec<Vec<f64>>, replies: u32) -> Vec<Vec<f64>> {
    let mut aggregate = total;
    match barrier.reducer {
        Reducer::Mean => {
            for (sum, base) in aggregate.iter_mut().zip(&barrier.base) {
                for (sum, base) in sum.iter_mut().zip(base.values.iter()) {
                    *sum = base + *sum / f64::from(replies);
                }
            }
        }
        Reducer::Sum => {
            for (sum, base) in aggregate.iter_mut().zip(&barrier.base) {
                for (sum, base) in sum.iter_mut().zip(base.values.iter()) {
                    *sum += base * f64::from(replies);
                }
            }
        }
        Reducer::Collect => {}
    }
    aggregate
}

fn digest(ended: &Ended) -> u64 {
    let mut hasher = xxhash_rust::xxh3::Xxh3::new();
    for value in ended.aggregate.iter().flatten() {
        hasher.update(&value.to_bits().to_le_bytes());
    }
    for value in ended.integers.iter().flatten() {
        hasher.update(&value.to_le_bytes());
    }
    hasher.digest()
}
