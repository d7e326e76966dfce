//! A thread's bench: its learner, its wire and its scratch, at which the roles of that thread work in turn.

use super::Options;
use crate::fold::Growing;
use crate::roles::{Client, Worker};
use crate::trace::{Events, Tracer};
use crate::{
    Address, Algorithm, BlockFold, BlockSum, Body, Broadcast, Cause, Fault, Header, Learner, Ledger, Order,
    Reply, Scan, Snapshot, Then, Turn, Wire, Work, block_of,
};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

pub(super) struct Bench {
    clients: u32,
    seed: u64,
    learner: Box<dyn Learner>,
    /// The broadcasts of this turn that the learner has taken in.
    prepared: Vec<Arc<Broadcast>>,
    /// Serial number of the last of all.
    serial: u64,
    wire: Wire,
    reply: Reply,
    /// Whether clients may share a vector: where somebody else looks at replies on their way, each is a copy.
    sharing: bool,
    growing: Growing,
    /// Numbers kept per client.
    state_len: usize,
}

impl Bench {
    /// A bench with a learner of its own.
    ///
    /// # Errors
    /// A panic of the algorithm's, in the name of client 0, who stands for every client of the thread.
    pub(super) fn open(algorithm: &dyn Algorithm, options: &Options) -> Result<Self, Fault> {
        let bench = catch_unwind(AssertUnwindSafe(|| Bench {
            clients: options.clients,
            seed: options.seed,
            learner: algorithm.learner(),
            prepared: Vec::new(),
            serial: 0,
            wire: Wire::new(algorithm.kinds().into(), options.wire_check, options.plant)
                .counting(options.counting)
                .taped(options.tracer.as_ref().and_then(Tracer::tape)),
            reply: Reply::default(),
            sharing: options.plant.is_none() && !options.wire_check,
            growing: Growing::default(),
            state_len: algorithm.client_state_len(),
        }));
        let mut bench = bench.map_err(|panic| panicked((Address::Client(0), 0), &*panic))?;
        if let Some(snapshot) = &options.resume {
            guarded(&mut bench, |bench| bench.take_up(snapshot))?;
        }
        Ok(bench)
    }

    /// Brings the learner to where the broadcasts of a snapshot leave it.
    fn take_up(&mut self, snapshot: &Snapshot) -> Result<(), Fault> {
        for sent in &snapshot.broadcasts {
            let role = sent.phase.worker(0);
            self.wire.begin_work(role, sent.round);
            self.learner.prepare(sent).map_err(|cause| Fault { role, round: sent.round, cause })?;
        }
        self.serial = snapshot.serial;
        Ok(())
    }

    pub(super) fn wire(&mut self) -> &mut Wire {
        &mut self.wire
    }

    /// Ends a turn, for hosts that prepare message by message: what passed in it.
    pub(super) fn end_turn(&mut self) -> (Ledger, Events) {
        self.prepared.clear();
        (self.wire.take_ledger(), self.wire.take_events())
    }

    /// Lets the learner take in all broadcasts of a turn.
    ///
    /// # Errors
    /// As [`Bench::prepare`].
    pub(super) fn prepare_turn(&mut self, turn: &Turn) -> Result<(), Fault> {
        self.prepared.clear();
        let base = match &turn.then {
            Then::Work(Work { base, .. }) if self.sharing => match &base[..] {
                [only] => Some(&only.values),
                _ => None,
            },
            _ => None,
        };
        self.reply.begin_turn(base);
        turn.broadcasts.iter().try_for_each(|broadcast| self.prepare(broadcast))
    }

    /// Lets the learner take in a broadcast, once; the other clients' copies have to be like the first one.
    ///
    /// # Errors
    /// What the learner finds wrong; a copy that differs; a broadcast that comes before its time.
    pub(super) fn prepare(&mut self, broadcast: &Arc<Broadcast>) -> Result<(), Fault> {
        let (role, round) = (broadcast.phase.worker(0), broadcast.round);
        let fault = |cause| Fault { role, round, cause };
        if let Some(first) = self.prepared.iter().find(|first| first.serial == broadcast.serial) {
            return like(first, broadcast).map_err(fault);
        }
        if broadcast.serial != self.serial + 1 {
            let due = self.serial + 1;
            return Err(fault(Cause::Unexpected(format!("broadcast {} before {due}", broadcast.serial))));
        }
        self.serial = broadcast.serial;
        self.wire.know(broadcast);
        self.prepared.push(Arc::clone(broadcast));
        self.wire.begin_work(role, round);
        self.learner.prepare(broadcast).map_err(fault)
    }

    /// What passed since the last time.
    pub(super) fn take_ledger(&mut self) -> Ledger {
        self.wire.take_ledger()
    }

    /// Runs the clients of one block through a turn, in client order, and folds their replies. `states` are what the
    /// algorithm keeps for them, one after another.
    pub(super) fn run_block(
        &mut self,
        turn: &Turn,
        bodies: &[Body],
        block: u32,
        states: &mut [f64],
    ) -> Result<(BlockSum, Events), Fault> {
        let (base, work): (&[_], _) = match &turn.then {
            Then::Work(work) => (&work.base, Some(work)),
            Then::Finish(_) => (&[], None),
        };
        let mut fold = BlockFold::reusing(block, base, std::mem::take(&mut self.growing));
        for (place, client) in block_of(self.clients, block).enumerate() {
            let state = &mut states[place * self.state_len..][..self.state_len];
            self.run_client(turn, bodies, work, client, state, &mut fold)?;
        }
        let (sum, growing) = fold.finish_keeping();
        self.growing = growing;
        Ok((sum, self.wire.take_events()))
    }

    fn run_client(
        &mut self,
        turn: &Turn,
        bodies: &[Body],
        work: Option<&Work>,
        id: u32,
        state: &mut [f64],
        fold: &mut BlockFold<'_>,
    ) -> Result<(), Fault> {
        let Bench { wire, learner, reply, seed, .. } = self;
        let before = fold.replies();
        for (sent, body) in turn.broadcasts.iter().zip(bodies) {
            wire.pass(&sent.header(id), body, Scan::Seen, |wire, header, body| {
                let twin = Client { id }.on(header)?;
                wire.pass(&twin, body, Scan::Seen, |wire, header, body| {
                    let Body::Sync(broadcast) = body else { return Ok(()) };
                    like(sent, broadcast).map_err(|cause| Fault {
                        role: header.to,
                        round: header.round,
                        cause,
                    })?;
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

    /// A worker's answer to an order, for hosts that deliver it themselves. `state` is what the algorithm keeps for the
    /// client, and is made here when it is first needed.
    pub(super) fn work(
        &mut self,
        worker: Worker,
        (round, sync): (u32, u32),
        order: Order,
        kind: u16,
        state: &mut Vec<f64>,
    ) -> (Header, Body) {
        state.resize(self.state_len, 0.0);
        let mut reply = Reply::default();
        self.wire.begin_work(worker.phase.worker(worker.client), round);
        let (header, effort) =
            worker.work((round, sync), order, kind, self.seed, &mut *self.learner, state, &mut reply);
        self.wire.effort(worker.phase, &effort);
        (header, Body::LocalStepsDone { steps: order.steps, vectors: reply.into_vectors() })
    }
}

/// Whether a client's copy of a broadcast is like the one that the learner has taken in. Their numbers are not compared:
/// they are shared, or were checked when they changed.
fn like(first: &Arc<Broadcast>, copy: &Arc<Broadcast>) -> Result<(), Cause> {
    if Arc::ptr_eq(first, copy) {
        return Ok(());
    }
    for (first, copy) in first.vectors.iter().zip(&copy.vectors) {
        let (found, expected) = (copy.values.len(), first.values.len());
        if found != expected {
            return Err(Cause::Length { vector: first.name.name(), found, expected });
        }
    }
    Ok(())
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
    reply.begin(work.base.len());
    let (header, effort) =
        worker.work((asked.round, asked.sync), order, work.reply, seed, learner, state, reply);
    wire.effort(work.phase, &effort);
    let (vectors, changes) = reply.take();
    let body = Body::LocalStepsDone { steps: order.steps, vectors };
    let scan = changes.as_ref().map_or(Scan::Numbers, |changes| Scan::Touched(changes.touched()));
    let passed = wire.pass(&header, &body, scan, |wire, header, body| {
        let up = Client { id }.on(header)?;
        wire.pass(&up, body, Scan::Seen, |_, header, body| {
            let Body::LocalStepsDone { vectors, .. } = body else { return Ok(()) };
            let added = match &changes {
                Some(changes) => fold.add_changes(id, vectors, changes),
                None => fold.add(id, vectors),
            };
            added.map_err(|cause| Fault { role: Address::Client(id), round: header.round, cause })
        })
    });
    if let Body::LocalStepsDone { vectors, .. } = body {
        reply.end(vectors, changes);
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
