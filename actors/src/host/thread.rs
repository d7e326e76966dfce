//! What the roles of one thread share: its learner, its wire and its scratch. The roles decide; this
//! carries between them.

use super::Options;
use super::session::Delivery;
use crate::fold::Growing;
use crate::roles::{Asked, Borrowed, Client, Worker};
use crate::trace::{Events, Tracer};
use crate::wire::Scan;
use crate::{
    Address, Algorithm, BlockFold, BlockSum, Body, Broadcast, Cause, Fault, Header, Learner, Ledger, Letter,
    Passed, Purpose, Reducer, Reply, Snapshot, Streams, Wire, block_of,
};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// The roles' half of a thread.
pub(super) struct WorkerThread {
    wire: Wire,
    hands: Hands,
}

/// What a thread has beside its wire.
struct Hands {
    clients: u32,
    /// Of local steps.
    streams: Streams,
    learner: Box<dyn Learner>,
    /// The broadcasts of this turn, as the server has sent them.
    sent: Vec<Arc<Broadcast>>,
    /// The broadcasts of this turn that the learner has taken in, as they were delivered.
    taken: Vec<Arc<Broadcast>>,
    /// Serial number of the last of all.
    serial: u64,
    reply: Reply,
    /// Whether clients may share a vector: where replies are looked at on their way, each is a copy.
    sharing: bool,
    growing: Growing,
    /// Numbers kept per client.
    state_len: usize,
    /// Letters of the client whose turn it is.
    letters: Vec<Arc<Letter>>,
    /// Letters that were sent in this turn.
    posted: Vec<Passed<Body>>,
}

impl WorkerThread {
    /// A thread with a learner of its own.
    ///
    /// # Errors
    /// A panic of the algorithm's, in the name of client 0, who stands for every client of the thread.
    pub(super) fn open(algorithm: &dyn Algorithm, options: &Options) -> Result<Self, Fault> {
        let opened = catch_unwind(AssertUnwindSafe(|| WorkerThread {
            wire: Wire::new(algorithm.kinds().into(), options.wire_check, options.plant)
                .counting(options.counting)
                .taped(options.tracer.as_ref().and_then(Tracer::tape)),
            hands: Hands {
                clients: options.clients,
                streams: Streams::new(options.seed, Purpose::LocalSteps),
                learner: algorithm.learner(),
                sent: Vec::new(),
                taken: Vec::new(),
                serial: 0,
                reply: Reply::default(),
                sharing: options.plant.is_none() && !options.wire_check,
                growing: Growing::default(),
                state_len: algorithm.client_state_len(),
                letters: Vec::new(),
                posted: Vec::new(),
            },
        }));
        let mut thread = opened.map_err(|panic| Fault::panicked((Address::Client(0), 0), &*panic))?;
        if let Some(snapshot) = &options.resume {
            guarded(&mut thread, |thread| thread.take_up(snapshot))?;
        }
        Ok(thread)
    }

    /// Brings the learner to where the broadcasts of a snapshot leave it.
    fn take_up(&mut self, snapshot: &Snapshot) -> Result<(), Fault> {
        for sent in &snapshot.broadcasts {
            self.hands.prepare(&mut self.wire, sent)?;
        }
        self.hands.serial = snapshot.serial;
        Ok(())
    }

    pub(super) fn wire(&mut self) -> &mut Wire {
        &mut self.wire
    }

    /// A turn begins.
    pub(super) fn begin_turn(&mut self, delivery: &Delivery) {
        self.hands.taken.clear();
        self.hands.sent.clear();
        self.hands.sent.extend_from_slice(&delivery.dispatch.broadcasts);
        let base = delivery.dispatch.barrier().map(|barrier| &barrier.base[..]);
        let only = base.filter(|_| self.hands.sharing).and_then(|base| match base {
            [only] => Some(&only.values),
            _ => None,
        });
        self.hands.reply.begin_turn(only);
    }

    /// A turn is over: the learner takes in what no client of this thread was sent, and what one was sent
    /// otherwise.
    ///
    /// # Errors
    /// As [`WorkerThread::take_in`].
    pub(super) fn end_turn(&mut self, delivery: &Delivery) -> Result<(), Fault> {
        delivery.dispatch.broadcasts.iter().try_for_each(|sent| self.take_in(sent))
    }

    /// Lets the learner take in a broadcast as it was delivered to a client.
    ///
    /// # Errors
    /// What the learner finds wrong; a copy of another form than the first; a broadcast that comes before its
    /// time.
    pub(super) fn take_in(&mut self, broadcast: &Arc<Broadcast>) -> Result<(), Fault> {
        self.hands.take_in(&mut self.wire, broadcast)
    }

    /// What passed and was written down since the last time, for hosts that carry message by message.
    pub(super) fn take_turn(&mut self) -> (Ledger, Events) {
        (self.wire.take_ledger(), self.wire.take_events())
    }

    /// What passed since the last time.
    pub(super) fn take_ledger(&mut self) -> Ledger {
        self.wire.take_ledger()
    }

    /// The letters that were sent since the last time.
    pub(super) fn take_posted(&mut self) -> Vec<Passed<Body>> {
        std::mem::take(&mut self.hands.posted)
    }

    /// Runs the clients of one block through a turn, in client order, and folds their replies. `states` are
    /// what the algorithm keeps for them, one after another.
    pub(super) fn run_block(
        &mut self,
        delivery: &Delivery,
        block: u32,
        states: &mut [f64],
    ) -> Result<(BlockSum, Events), Fault> {
        let barrier = delivery.dispatch.barrier();
        let (base, integers): (&[_], _) =
            barrier.map_or((&[], &[][..]), |barrier| (&barrier.base, barrier.integers));
        let reducer = barrier.map_or(Reducer::Mean, |barrier| barrier.reducer);
        let growing = std::mem::take(&mut self.hands.growing);
        let mut fold = BlockFold::reusing(block, base, integers, growing).by(reducer);
        for (place, client) in block_of(self.hands.clients, block).enumerate() {
            let state = &mut states[place * self.hands.state_len..][..self.hands.state_len];
            self.run_client(delivery, client, state, &mut fold)?;
        }
        let (sum, growing) = fold.finish_keeping();
        self.hands.growing = growing;
        Ok((sum, self.wire.take_events()))
    }

    fn run_client(
        &mut self,
        delivery: &Delivery,
        id: u32,
        state: &mut [f64],
        fold: &mut BlockFold<'_>,
    ) -> Result<(), Fault> {
        let WorkerThread { wire, hands } = self;
        let before = fold.replies();
        let client = Client { id };
        if !hands.letters.is_empty() {
            hands.letters.clear();
        }
        for letter in delivery.letters_to(id) {
            let to_client = delivery.posted(letter);
            let header = client.on(&to_client, letter.as_ref().body())?;
            wire.pass_on(&header, letter.as_ref(), |_, _, passed| {
                hands.hand_over(passed.body());
                Ok(())
            })?;
        }
        for (sent, body) in delivery.dispatch.broadcasts.iter().zip(&delivery.bodies) {
            wire.pass_on(&sent.header(id), body.as_ref(), |wire, header, passed| {
                let twin = client.on(header, passed.body())?;
                wire.pass_on(&twin, passed, |wire, _, passed| {
                    let Body::Sync(broadcast) = passed.body() else { return Ok(()) };
                    hands.take_in(wire, broadcast)?;
                    match Asked::by(broadcast, wire.kinds()) {
                        Some(asked) => hands.answer(wire, id, &asked, state, fold),
                        None => Ok(()),
                    }
                })
            })?;
        }
        if let Some(barrier) = delivery.dispatch.barrier() {
            let asked = &barrier.asked;
            if barrier.known {
                wire.begin_work(asked.place.phase.worker(id), asked.place.round);
                hands.answer(wire, id, asked, state, fold)?;
            }
            if fold.replies() == before {
                let (role, round) = (Address::Client(id), asked.place.round);
                return Err(Fault { role, round, cause: Cause::MissingReply(id) });
            }
        }
        Ok(())
    }

    /// A worker's answer to what it is asked for, for hosts that deliver it themselves: the reply, then the
    /// letters. `state` is what the algorithm keeps for the client, and is made here when it is first
    /// needed.
    ///
    /// # Errors
    /// Letters that cannot be sent.
    pub(super) fn work(
        &mut self,
        worker: Worker,
        asked: &Asked,
        letters: &[Arc<Letter>],
        state: &mut Vec<f64>,
    ) -> Result<Vec<(Header, Body)>, Fault> {
        let WorkerThread { wire, hands } = self;
        state.resize(hands.state_len, 0.0);
        let mut reply = Reply::default();
        wire.begin_work(worker.phase.worker(worker.client), asked.place.round);
        let borrowed = Borrowed { learner: &mut *hands.learner, state, letters, streams: &mut hands.streams };
        let (header, effort) = worker.work(asked, borrowed, &mut reply);
        wire.effort(worker.phase, &effort);
        let letters = reply.take_letters();
        let mut sent = vec![(header, reply.into_body(asked.order.steps))];
        for letter in letters {
            let header = worker.post(asked, &letter, wire.kinds(), hands.clients)?;
            sent.push((header, Body::Letter(Arc::new(letter))));
        }
        Ok(sent)
    }
}

impl Hands {
    fn prepare(&mut self, wire: &mut Wire, broadcast: &Arc<Broadcast>) -> Result<(), Fault> {
        // Client 0 stands for every client of the thread: which of them comes first depends on the host.
        let (role, round) = (broadcast.place.phase.worker(0), broadcast.place.round);
        let before = wire.at_work();
        wire.begin_work(role, round);
        self.learner.prepare(broadcast).map_err(|cause| Fault { role, round, cause })?;
        wire.begin_work(before.0, before.1);
        Ok(())
    }

    /// See [`WorkerThread::take_in`].
    #[inline]
    fn take_in(&mut self, wire: &mut Wire, broadcast: &Arc<Broadcast>) -> Result<(), Fault> {
        if self.taken.iter().any(|taken| Arc::ptr_eq(taken, broadcast)) {
            return Ok(());
        }
        self.take_in_another(wire, broadcast)
    }

    #[cold]
    fn take_in_another(&mut self, wire: &mut Wire, broadcast: &Arc<Broadcast>) -> Result<(), Fault> {
        let (role, round) = (broadcast.place.phase.worker(0), broadcast.place.round);
        let fault = |cause| Fault { role, round, cause };
        // One client's copy may have changed on its way. The learner takes it in for that client, with all
        // that came after it.
        if let Some(place) = self.taken.iter().position(|taken| taken.serial == broadcast.serial) {
            like(&self.taken[place], broadcast).map_err(fault)?;
            self.taken[place] = Arc::clone(broadcast);
            let again: Vec<_> = self.taken[place..].to_vec();
            return again.iter().try_for_each(|taken| self.prepare(wire, taken));
        }
        // One that was lost on its way to this client reaches the learner by the thread's other clients, or
        // at the end of the turn: whichever client comes first, the ledger tells the loss.
        let mut lost = self.sent.iter().filter(|sent| sent.serial < broadcast.serial);
        if let Some(lost) = lost.find(|sent| sent.serial == self.serial + 1).cloned() {
            self.take_in_another(wire, &lost)?;
            return self.take_in_another(wire, broadcast);
        }
        if broadcast.serial != self.serial + 1 {
            let due = self.serial + 1;
            return Err(fault(Cause::Unexpected(format!("broadcast {} before {due}", broadcast.serial))));
        }
        self.serial = broadcast.serial;
        self.taken.push(Arc::clone(broadcast));
        self.prepare(wire, broadcast)
    }

    fn hand_over(&mut self, body: &Body) {
        if let Body::Letter(letter) = body {
            self.letters.push(Arc::clone(letter));
        }
    }

    /// Local steps, then the two messages that carry their result up, then the fold; then letters.
    #[inline]
    fn answer(
        &mut self,
        wire: &mut Wire,
        id: u32,
        asked: &Asked,
        state: &mut [f64],
        fold: &mut BlockFold<'_>,
    ) -> Result<(), Fault> {
        let Hands { learner, reply, letters, streams, .. } = self;
        let worker = Worker::asked(id, asked);
        reply.begin(fold.vectors());
        let borrowed = Borrowed { learner: &mut **learner, state, letters, streams };
        let (header, effort) = worker.work(asked, borrowed, reply);
        wire.effort(worker.phase, &effort);
        let (body, changes) = reply.take(asked.order.steps);
        let scan = changes.as_ref().map_or(Scan::Numbers, |changes| Scan::Touched(changes.touched()));
        let passed = wire.pass_scanned(&header, &body, scan, |wire, header, passed| {
            let up = Client { id }.on(header, passed.body())?;
            wire.pass_on(&up, passed, |_, header, passed| {
                let Body::LocalStepsDone { vectors, integers, .. } = passed.body() else { return Ok(()) };
                let added = match &changes {
                    Some(changes) => fold.add_changes(id, vectors, integers, changes),
                    None => fold.add(id, vectors, integers),
                };
                let (role, round) = (Address::Client(id), header.place.round);
                added.map_err(|cause| Fault { role, round, cause })
            })
        });
        reply.end(body, changes);
        passed?;
        if reply.has_letters() { self.post(wire, worker, asked) } else { Ok(()) }
    }

    /// Takes the letters of a worker to its client, and then from there as far as the other clients.
    fn post(&mut self, wire: &mut Wire, worker: Worker, asked: &Asked) -> Result<(), Fault> {
        let Hands { reply, posted, clients, .. } = self;
        let client = Client { id: worker.client };
        let mut written = Vec::new();
        for letter in reply.take_letters() {
            let header = worker.post(asked, &letter, wire.kinds(), *clients)?;
            wire.pass(&header, &Body::Letter(Arc::new(letter)), |_, header, passed| {
                written.push((client.on(header, passed.body())?, passed.to_owned()));
                Ok(())
            })?;
        }
        for (header, letter) in &written {
            wire.pass_on(header, letter.as_ref(), |_, _, passed| {
                posted.push(passed.to_owned());
                Ok(())
            })?;
        }
        Ok(())
    }
}

/// Whether a client's copy of a broadcast has the form of the one that the learner has taken in.
fn like(first: &Broadcast, copy: &Broadcast) -> Result<(), Cause> {
    for (first, copy) in first.vectors.iter().zip(&copy.vectors) {
        let (found, expected) = (copy.values.len(), first.values.len());
        if found != expected {
            return Err(Cause::Length { vector: first.name, found, expected });
        }
    }
    Ok(())
}

/// Runs a role's code and turns its panic into a fault that names the role and the round.
pub(super) fn guarded<T>(
    thread: &mut WorkerThread,
    run: impl FnOnce(&mut WorkerThread) -> Result<T, Fault>,
) -> Result<T, Fault> {
    // After a panic the thread's half is not used again: the run ends.
    let done = catch_unwind(AssertUnwindSafe(|| run(thread)));
    done.unwrap_or_else(|panic| Err(Fault::panicked(thread.wire.at_work(), &*panic)))
}
