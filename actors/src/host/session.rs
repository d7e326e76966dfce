//! The server's side of a run: what a barrier and a turn mean for wire, ledger, trace and observers,
//! whoever moves the messages.

use super::{Backlog, Load, Observer, Observers, Options, Outcome, Result};
use crate::codec::frame_bytes;
use crate::ledger::COUNT_MAX;
use crate::roles::{Decision, Dispatch, Saved, Server};
use crate::trace::Tracer;
use crate::{
    Address, Algorithm, Body, Broadcast, Cause, Ended, Fault, Header, Kind, Ledger, Named, Passed, Place,
    Snapshot, Wire,
};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

/// The server at work: its role, its wire, the run's ledger, who watches, and the way out.
pub(super) struct ServerSession {
    pub(super) server: Server,
    pub(super) wire: Wire,
    pub(super) ledger: Ledger,
    observers: Observers,
    pub(super) options: Options,
    /// Turns announced.
    turns: u64,
    /// The last broadcast of each kind.
    sent: BTreeMap<u16, Arc<Broadcast>>,
    /// Whether a snapshot of the open barrier was asked for, for the observers.
    asked: bool,
    /// The last closed barrier.
    closed: Option<Place>,
    /// Round and time of the last snapshot.
    last_snapshot: (u32, Instant),
    /// Letters that were sent in the open turn.
    posted: Vec<Passed<Body>>,
    /// Gives the outcome to whoever waits for it, and ends the host.
    way_out: Option<WayOut>,
}

/// How a run's outcome leaves its host.
pub(super) type WayOut = Box<dyn FnOnce(Result) + Send>;

/// A turn with what is delivered in it.
pub(super) struct Delivery {
    pub(super) dispatch: Arc<Dispatch>,
    /// Its broadcasts, whose numbers have passed the server's wire.
    pub(super) bodies: Vec<Passed<Body>>,
    /// Letters of the turn before, by receiver, and then by sender.
    letters: Vec<Passed<Body>>,
    /// The barrier of the turn before.
    before: Option<Place>,
}

impl Delivery {
    /// The letters for client `m`.
    #[inline]
    pub(super) fn letters_to(&self, m: u32) -> &[Passed<Body>] {
        if self.letters.is_empty() {
            return &[];
        }
        let start = self.letters.partition_point(|letter| ends(letter).0 < m);
        let end = self.letters.partition_point(|letter| ends(letter).0 <= m);
        &self.letters[start..end]
    }

    /// The header under which a letter went from client to client.
    pub(super) fn posted(&self, letter: &Passed<Body>) -> Header {
        let (to, from, kind) = ends(letter);
        let place = self.before.expect("letters are of a turn before");
        Header { from: Address::Client(from), to: Address::Client(to), place, kind }
    }

    /// Bytes that it holds alive.
    pub(super) fn bytes(&self) -> u64 {
        self.bodies.iter().chain(&self.letters).map(|passed| frame_bytes(passed.as_ref().body())).sum()
    }
}

/// Receiver and sender of a letter, and its kind.
fn ends(letter: &Passed<Body>) -> (u32, u32, u16) {
    match letter.as_ref().body() {
        Body::Letter(letter) => (letter.to, letter.from, letter.kind),
        Body::Sync(_) | Body::LocalStepsDone { .. } | Body::Barrier { .. } => (0, 0, 0),
    }
}

impl ServerSession {
    pub(super) fn new(
        algorithm: &dyn Algorithm,
        options: &Options,
        observers: Observers,
        way_out: WayOut,
    ) -> Self {
        let kinds: Arc<[Kind]> = algorithm.kinds().into();
        let wire = Wire::new(Arc::clone(&kinds), options.wire_check, options.plant)
            .counting(options.counting)
            .taped(options.tracer.as_ref().and_then(Tracer::tape));
        let server = Server::new(options.clients, kinds, algorithm.coordinator());
        ServerSession {
            server: server.digesting(options.tracer.is_some()).telling(observers.asks_for_turns()),
            ledger: wire.ledger().clone().with_server_work(algorithm.server_work()),
            wire,
            observers,
            turns: 0,
            sent: BTreeMap::new(),
            asked: false,
            closed: None,
            last_snapshot: (0, Instant::now()),
            options: options.clone(),
            posted: Vec::new(),
            way_out: Some(way_out),
        }
    }

    /// The first turn: of a run, or after a snapshot.
    pub(super) fn open(&mut self) -> std::result::Result<Arc<Delivery>, Fault> {
        self.observers.begun(&self.options);
        match self.options.resume.take() {
            None => {
                let turn = self.server.start()?;
                self.announce(None, &turn)
            }
            Some(snapshot) => {
                let turn = self.take_up(&snapshot)?;
                self.announce(Some(&snapshot.ended), &turn)
            }
        }
    }

    fn take_up(&mut self, snapshot: &Snapshot) -> std::result::Result<Arc<Dispatch>, Fault> {
        let role = Address::Server;
        let fault = |what| Fault { role, round: snapshot.ended.place.round, cause: Cause::State(what) };
        if (snapshot.clients, snapshot.seed) != (self.options.clients, self.options.seed) {
            return Err(fault("it is of a run with another number of clients or another seed"));
        }
        let kinds: Arc<[Kind]> = self.ledger.kinds().into();
        let names: Vec<&'static str> = self.ledger.server_work().iter().map(|(name, _)| *name).collect();
        if names.len() != snapshot.server_work.len() || snapshot.server_work.iter().any(|&it| it > COUNT_MAX)
        {
            return Err(fault("it counts other work of the server, or more than any run comes to"));
        }
        self.ledger = Ledger::restore(kinds, &snapshot.counters)
            .ok_or_else(|| fault("it counts other kinds, or further than any run comes"))?
            .with_server_work(&names);
        self.ledger.count_server_work(&snapshot.server_work);
        if snapshot.turns.max(snapshot.serial) > COUNT_MAX {
            return Err(fault("it has more turns or broadcasts than any run"));
        }
        self.turns = snapshot.turns;
        self.sent = snapshot.broadcasts.iter().map(|sent| (sent.kind, Arc::clone(sent))).collect();
        let place = snapshot.ended.place;
        self.last_snapshot.0 = place.round;
        self.closed = Some(place);
        let letters = snapshot.letters.iter();
        if letters.clone().any(|letter| letter.from.max(letter.to) >= self.options.clients) {
            return Err(fault("it has a letter of a client that the run does not have"));
        }
        let of_phase = |kind: u16| self.ledger.kinds().get(usize::from(kind)).map(|kind| kind.phase);
        if letters
            .clone()
            .any(|letter| of_phase(letter.kind) != Some(place.phase) || letter.from == letter.to)
        {
            return Err(fault("it has a letter that nobody writes"));
        }
        self.posted = letters.map(|letter| self.wire.readmit(letter)).collect();
        let Snapshot { coordinator, ended, serial, .. } = snapshot;
        self.server.restore(&Saved {
            coordinator: coordinator.clone(),
            ended: ended.clone(),
            serial: *serial,
        })
    }

    /// A reply or a block sum is about to be folded, and may close the barrier: is a snapshot of that wanted?
    pub(super) fn folding(&mut self) {
        self.ask_for_snapshot();
        self.observers.folding();
    }

    /// It has been folded.
    pub(super) fn folded(&mut self, loads: &[Load]) {
        if self.observers.is_empty() {
            return;
        }
        let tracer = self.options.tracer.as_ref();
        let trace = tracer.map_or(0, Tracer::waiting);
        let backlog = Backlog { loads, observers: self.observers.waiting(), trace };
        self.observers.folded(&self.ledger, &backlog);
        if let Some(tracer) = tracer {
            self.observers.trace_bytes(tracer.bytes());
        }
    }

    fn ask_for_snapshot(&mut self) {
        if self.traces_snapshot(self.server.round()) {
            self.server.save_next();
        }
        let Some(plan) = self.options.snapshots else { return };
        let (round, at) = self.last_snapshot;
        let due =
            self.server.round() >= round.saturating_add(plan.every_rounds) || at.elapsed() >= plan.every;
        if due || self.options.stop.load(Ordering::Relaxed) {
            self.server.save_next();
            self.asked = true;
        }
    }

    /// Whether the trace gets a snapshot after the open barrier, which is of this round.
    fn traces_snapshot(&self, round: u32) -> bool {
        let wanted = self.options.tracer.as_ref().is_some_and(|tracer| tracer.wants_snapshot(round));
        wanted && self.closed.map(|place| place.round) != Some(round)
    }

    /// Gives trace and observers what was asked for. `states` gives what the algorithm keeps for clients,
    /// one after another.
    fn snapshot(
        &mut self,
        decision: &Decision,
        states: impl FnOnce() -> Vec<f64>,
    ) -> std::result::Result<(), Fault> {
        let Some(Saved { coordinator, ended, serial }) = &decision.saved else { return Ok(()) };
        let mut broadcasts: Vec<_> = self.sent.values().cloned().collect();
        broadcasts.sort_by_key(|sent| sent.serial);
        let mut snapshot = Snapshot {
            clients: self.options.clients,
            seed: self.options.seed,
            coordinator: coordinator.clone(),
            ended: ended.clone(),
            serial: *serial,
            turns: self.turns,
            broadcasts,
            letters: self.letters_by_receiver(),
            states: states(),
            counters: (&self.ledger).into(),
            trace: None,
            server_work: self.ledger.server_work().iter().map(|(_, done)| *done).collect(),
        };
        if let Some(tracer) = self.options.tracer.as_ref().filter(|_| self.traces_snapshot(ended.place.round))
        {
            tracer.snapshot(snapshot.clone())?;
        }
        if self.asked {
            // What goes on from here has the trace's own snapshot behind it.
            snapshot.trace = self.options.tracer.as_ref().map(Tracer::settle).transpose()?;
            self.observers.snapshot(&Arc::new(snapshot));
            self.last_snapshot = (ended.place.round, Instant::now());
        }
        Ok(())
    }

    /// A letter has been sent.
    pub(super) fn posted(&mut self, letters: impl IntoIterator<Item = Passed<Body>>) {
        self.posted.extend(letters);
    }

    /// Puts what was sent into the order in which it is handed over, whatever order it came in. A client's
    /// letters came in its own.
    fn sort_letters(&mut self) {
        self.posted.sort_by_key(|letter| {
            let (to, from, _) = ends(letter);
            (to, from)
        });
    }

    fn letters_by_receiver(&mut self) -> Vec<Arc<crate::Letter>> {
        self.sort_letters();
        let letter = |passed: &Passed<Body>| match passed.as_ref().body() {
            Body::Letter(letter) => Some(Arc::clone(letter)),
            Body::Sync(_) | Body::LocalStepsDone { .. } | Body::Barrier { .. } => None,
        };
        self.posted.iter().filter_map(letter).collect()
    }

    /// A turn is about to be sent: its broadcasts are looked at, and its milestone is told with the ledger
    /// up to the barrier before it.
    fn announce(
        &mut self,
        ended: Option<&Ended>,
        turn: &Arc<Dispatch>,
    ) -> std::result::Result<Arc<Delivery>, Fault> {
        let (mut bodies, mut blobs) = (Vec::new(), Vec::new());
        for broadcast in &turn.broadcasts {
            let (body, blob) = self.wire.fan_out(broadcast)?;
            bodies.push(body);
            blobs.extend(blob);
            self.sent.insert(broadcast.kind, Arc::clone(broadcast));
        }
        self.observers.turn_opened(ended, turn);
        if let Some(milestone) = &turn.milestone {
            self.observers.round_ended(milestone, &self.ledger);
        }
        let names = self.ledger.server_work().len();
        if turn.done.len() > names {
            let cause = Cause::Turn(format!(
                "counts of {} sorts of the server's work, of which the algorithm names {names}",
                turn.done.len()
            ));
            return Err(Fault { role: Address::Server, round: self.server.round(), cause });
        }
        self.ledger.count_server_work(&turn.done);
        self.turns += 1;
        if let Some(tracer) = &self.options.tracer {
            if let Some(milestone) = &turn.milestone {
                tracer.checkpoint(milestone, &turn.broadcasts, &self.ledger)?;
            }
            let names = self.ledger.server_work().iter().map(|(name, _)| *name);
            tracer.turn(self.turns, names.zip(turn.done.iter().copied()).collect(), blobs)?;
        }
        self.sort_letters();
        let letters = std::mem::take(&mut self.posted);
        Ok(Arc::new(Delivery { dispatch: Arc::clone(turn), bodies, letters, before: self.closed }))
    }

    /// A barrier has closed: the note goes over the wire, observers are told, the next turn is announced.
    /// `None` if somebody outside wants the run to end here, which it then does.
    pub(super) fn decided(
        &mut self,
        decision: &Decision,
        states: impl FnOnce() -> Vec<f64>,
    ) -> std::result::Result<Option<Arc<Delivery>>, Fault> {
        let (header, body) = &decision.note;
        self.wire.pass(header, body, |_, _, _| Ok(()))?;
        if let Some(tracer) = &self.options.tracer {
            tracer.note(self.wire.take_events(), decision.sums)?;
        }
        self.ledger.add(&self.wire.take_ledger());
        self.observers.barrier_closed(&decision.ended, &self.ledger);
        self.snapshot(decision, states)?;
        self.closed = Some(decision.ended.place);
        let delivery = self.announce(decision.brought.as_ref(), &decision.turn)?;
        // Somebody may have wanted the end when it was too late for a snapshot of this barrier; then the
        // next one is the last.
        let asked = std::mem::take(&mut self.asked) || self.options.snapshots.is_none();
        if asked && self.options.stop.load(Ordering::Relaxed) {
            self.end(Ok(Outcome { results: None, ledger: self.ledger.clone() }));
            return Ok(None);
        }
        Ok(Some(delivery))
    }

    /// Ends the run; only the first call counts. An observer that panics here makes a fault of what was none.
    pub(super) fn end(&mut self, outcome: Result) {
        let Some(way_out) = self.way_out.take() else { return };
        let told = catch_unwind(AssertUnwindSafe(|| self.observers.ended(&outcome)));
        let outcome = match told {
            Ok(()) => outcome,
            Err(panic) => outcome.and(Err(Fault::panicked((Address::Server, self.server.round()), &*panic))),
        };
        way_out(outcome);
    }

    /// Ends the run with the results of its last turn.
    pub(super) fn finish(&mut self, results: &[Named]) {
        self.ledger.add(&self.wire.take_ledger());
        self.end(Ok(Outcome { results: Some(results.to_vec()), ledger: self.ledger.clone() }));
    }

    pub(super) fn ended(&self) -> bool {
        self.way_out.is_none()
    }
}

/// Runs the server's code, unless the run has ended. A fault or a panic in it ends the run.
pub(super) fn attend<S: AsMut<ServerSession>>(
    server: &mut S,
    run: impl FnOnce(&mut S) -> std::result::Result<(), Fault>,
) {
    let session = server.as_mut();
    if session.ended() {
        return;
    }
    session.wire.begin_work(Address::Server, session.server.round());
    // After a panic the server is not used again: the run ends.
    let done = catch_unwind(AssertUnwindSafe(|| run(server)));
    let session = server.as_mut();
    if let Err(fault) = done.unwrap_or_else(|panic| Err(Fault::panicked(session.wire.at_work(), &*panic))) {
        session.end(Err(fault));
    }
}
