//! A thread's bench: its learner, its wire and its scratch, at which the roles of that thread work in turn.

use super::Options;
use crate::roles::{Client, Worker};
use crate::{
    Address, Algorithm, BlockFold, BlockSum, Body, Broadcast, Cause, Fault, Header, Learner, Ledger, Order,
    Reply, Scan, Then, Turn, Wire, Work, block_of,
};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

pub(super) struct Bench {
    clients: u32,
    seed: u64,
    learner: Box<dyn Learner>,
    /// Serial number of the last broadcast that the learner has taken in.
    prepared: u64,
    wire: Wire,
    reply: Reply,
    /// Numbers kept per client, `state_len` each.
    states: Vec<f64>,
    state_len: usize,
}

/// A block's fold and what it cost.
pub(super) struct BlockDone {
    pub(super) sum: BlockSum,
    pub(super) ledger: Ledger,
}

impl Bench {
    pub(super) fn new(algorithm: &dyn Algorithm, options: &Options) -> Self {
        let state_len = algorithm.client_state_len();
        Bench {
            clients: options.clients,
            seed: options.seed,
            learner: algorithm.learner(),
            prepared: 0,
            wire: Wire::new(algorithm.kinds().into(), options.wire_check, options.plant),
            reply: Reply::default(),
            states: vec![0.0; state_len * options.clients as usize],
            state_len,
        }
    }

    pub(super) fn wire(&mut self) -> &mut Wire {
        &mut self.wire
    }

    /// Lets the learner take in a broadcast, once.
    pub(super) fn prepare(&mut self, broadcast: &Broadcast) -> Result<(), Fault> {
        if broadcast.serial > self.prepared {
            self.prepared = broadcast.serial;
            let role = broadcast.phase.worker(0);
            self.wire.begin_work(role, broadcast.round);
            self.learner.prepare(broadcast).map_err(|cause| Fault { role, round: broadcast.round, cause })?;
        }
        Ok(())
    }

    /// Runs the clients of one block through a turn, in client order, and folds their replies.
    pub(super) fn run_block(&mut self, turn: &Turn, bodies: &[Body], block: u32) -> Result<BlockDone, Fault> {
        let (base, work): (&[_], _) = match &turn.then {
            Then::Work(work) => (&work.base, Some(work)),
            Then::Finish(_) => (&[], None),
        };
        let mut fold = BlockFold::new(block, base);
        for client in block_of(self.clients, block) {
            self.run_client(turn, bodies, work, client, &mut fold)?;
        }
        Ok(BlockDone { sum: fold.finish(), ledger: self.wire.take_ledger() })
    }

    fn run_client(
        &mut self,
        turn: &Turn,
        bodies: &[Body],
        work: Option<&Work>,
        id: u32,
        fold: &mut BlockFold<'_>,
    ) -> Result<(), Fault> {
        let before = fold.replies();
        for (broadcast, body) in turn.broadcasts.iter().zip(bodies) {
            let Bench { wire, learner, reply, states, state_len, seed, .. } = self;
            let state = &mut states[id as usize * *state_len..][..*state_len];
            wire.pass(&broadcast.header(id), body, Scan::Seen, |wire, header, body| {
                let twin = Client { id }.on(header)?;
                wire.pass(&twin, body, Scan::Seen, |wire, header, body| {
                    let Body::Sync(broadcast) = body else { return Ok(()) };
                    match work {
                        Some(work) if broadcast.order.steps > 0 => {
                            let seat = Seat { wire, learner: &mut **learner, reply, state, seed: *seed };
                            answer(seat, id, work, broadcast.order, header, fold)
                        }
                        _ => Ok(()),
                    }
                })
            })?;
        }
        if let Some(work) = work {
            if work.known {
                let Bench { wire, learner, reply, states, state_len, seed, .. } = self;
                let state = &mut states[id as usize * *state_len..][..*state_len];
                let to = work.phase.worker(id);
                let header = Header {
                    from: Address::Client(id),
                    to,
                    round: work.round,
                    phase: work.phase,
                    sync: work.sync,
                    kind: work.reply,
                };
                wire.begin_work(to, work.round);
                let seat = Seat { wire, learner: &mut **learner, reply, state, seed: *seed };
                answer(seat, id, work, work.order, &header, fold)?;
            }
            if fold.replies() == before {
                return Err(Fault {
                    role: Address::Client(id),
                    round: work.round,
                    cause: Cause::MissingReply(id),
                });
            }
        }
        Ok(())
    }

    /// A worker's answer to an order, for hosts that deliver it themselves.
    pub(super) fn work(
        &mut self,
        worker: Worker,
        (round, sync): (u32, u32),
        order: Order,
        kind: u16,
    ) -> (Header, Body) {
        let state = &mut self.states[worker.client as usize * self.state_len..][..self.state_len];
        let mut reply = Reply::default();
        self.wire.begin_work(worker.phase.worker(worker.client), round);
        let (header, effort) =
            worker.work((round, sync), order, kind, self.seed, &mut *self.learner, state, &mut reply);
        self.wire.effort(worker.phase, &effort);
        (header, Body::LocalStepsDone { steps: order.steps, vectors: reply.vectors })
    }
}

/// What a worker borrows from its thread.
struct Seat<'a> {
    wire: &'a mut Wire,
    learner: &'a mut dyn Learner,
    reply: &'a mut Reply,
    state: &'a mut [f64],
    seed: u64,
}

/// Local steps, then the two messages that carry their result up, then the fold.
fn answer(
    seat: Seat<'_>,
    id: u32,
    work: &Work,
    order: Order,
    asked: &Header,
    fold: &mut BlockFold<'_>,
) -> Result<(), Fault> {
    let Seat { wire, learner, reply, state, seed } = seat;
    let worker = Worker { client: id, phase: work.phase };
    let (header, effort) =
        worker.work((asked.round, asked.sync), order, work.reply, seed, learner, state, reply);
    wire.effort(work.phase, &effort);
    let mut body = Body::LocalStepsDone { steps: order.steps, vectors: std::mem::take(&mut reply.vectors) };
    let passed = wire.pass(&header, &body, Scan::Numbers, |wire, header, body| {
        let up = Client { id }.on(header)?;
        wire.pass(&up, body, Scan::Seen, |_, header, body| {
            let Body::LocalStepsDone { vectors, .. } = body else { return Ok(()) };
            fold.add(id, vectors).map_err(|cause| Fault {
                role: Address::Client(id),
                round: header.round,
                cause,
            })
        })
    });
    if let Body::LocalStepsDone { vectors, .. } = &mut body {
        reply.vectors = std::mem::take(vectors);
    }
    passed
}

/// Runs a role's code and turns its panic into a fault that names the role and the round.
pub(super) fn guarded<T>(
    bench: &mut Bench,
    run: impl FnOnce(&mut Bench) -> Result<T, Fault>,
) -> Result<T, Fault> {
    // After a panic the bench is not used again: the run ends.
    let done = catch_unwind(AssertUnwindSafe(|| run(bench)));
    done.unwrap_or_else(|panic| Err(panicked(bench.wire.at_work(), &*panic)))
}

/// The fault that a panic is.
pub(super) fn panicked((role, round): (Address, u32), panic: &(dyn Any + Send)) -> Fault {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "without a message".to_owned());
    Fault { role, round, cause: Cause::Panic(text) }
}

pub(super) fn bodies(turn: &Turn) -> Vec<Body> {
    turn.broadcasts.iter().map(|broadcast| Body::Sync(Arc::clone(broadcast))).collect()
}
