//! The desk of the server: what a barrier and a turn mean for wire, ledger, trace and observers, whoever moves the
//! messages.

use super::super::bench::panicked;
use super::super::{Backlog, Load, Observer, Observers, Options, Outcome, Result};
use crate::ledger::COUNT_MAX;
use crate::roles::{Decision, Saved, Server};
use crate::trace::Tracer;
use crate::{Address, Algorithm, Broadcast, Cause, Fault, Kind, Ledger, Named, Scan, Snapshot, Turn, Wire};
use ::actix::System;
use crossbeam_channel::Sender;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

/// The server's desk: its role, its wire, the run's ledger, who watches, and the way out.
pub(super) struct Desk {
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
    /// Round of the last closed barrier.
    closed: Option<u32>,
    /// Round and time of the last snapshot.
    last_snapshot: (u32, Instant),
    done: Option<Sender<Result>>,
}

impl Desk {
    pub(super) fn new(
        algorithm: &dyn Algorithm,
        options: &Options,
        observers: Observers,
        done: Sender<Result>,
    ) -> Self {
        let kinds: Arc<[Kind]> = algorithm.kinds().into();
        let wire = Wire::new(Arc::clone(&kinds), options.wire_check, options.plant)
            .counting(options.counting)
            .taped(options.tracer.as_ref().and_then(Tracer::tape));
        let server = Server::new(options.clients, kinds, algorithm.coordinator());
        Desk {
            server: server.digesting(options.tracer.is_some()),
            ledger: wire.ledger().clone(),
            wire,
            observers,
            turns: 0,
            sent: BTreeMap::new(),
            asked: false,
            closed: None,
            last_snapshot: (0, Instant::now()),
            options: options.clone(),
            done: Some(done),
        }
    }

    /// The first turn: of a run, or after a snapshot.
    pub(super) fn open(&mut self) -> std::result::Result<Arc<Turn>, Fault> {
        self.observers.begun(&self.options);
        let turn = match self.options.resume.take() {
            None => self.server.start()?,
            Some(snapshot) => self.take_up(&snapshot)?,
        };
        self.announce(&turn)?;
        Ok(turn)
    }

    fn take_up(&mut self, snapshot: &Snapshot) -> std::result::Result<Arc<Turn>, Fault> {
        let role = Address::Server;
        let fault = |what| Fault { role, round: snapshot.ended.round, cause: Cause::State(what) };
        if (snapshot.clients, snapshot.seed) != (self.options.clients, self.options.seed) {
            return Err(fault("it is of a run with another number of clients or another seed"));
        }
        let kinds: Arc<[Kind]> = self.ledger.kinds().into();
        self.ledger = Ledger::restore(kinds, &snapshot.counters)
            .ok_or_else(|| fault("it counts other kinds, or further than any run comes"))?;
        if snapshot.turns.max(snapshot.serial) > COUNT_MAX {
            return Err(fault("it has more turns or broadcasts than any run"));
        }
        self.turns = snapshot.turns;
        self.sent = snapshot.broadcasts.iter().map(|sent| (sent.kind, Arc::clone(sent))).collect();
        self.last_snapshot.0 = snapshot.ended.round;
        self.closed = Some(snapshot.ended.round);
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
        wanted && self.closed != Some(round)
    }

    /// Gives trace and observers what was asked for. `states` gives what the algorithm keeps for clients, one after another.
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
            states: states(),
            counters: (&self.ledger).into(),
            trace: None,
        };
        if let Some(tracer) = self.options.tracer.as_ref().filter(|_| self.traces_snapshot(ended.round)) {
            tracer.snapshot(snapshot.clone())?;
        }
        if self.asked {
            // What goes on from here has the trace's own snapshot behind it.
            snapshot.trace = self.options.tracer.as_ref().map(Tracer::settle).transpose()?;
            self.observers.snapshot(&Arc::new(snapshot));
            self.last_snapshot = (ended.round, Instant::now());
        }
        Ok(())
    }

    /// A turn is about to be sent: its broadcasts are looked at, and its milestone is told with the ledger up to the
    /// barrier before it.
    fn announce(&mut self, turn: &Turn) -> std::result::Result<(), Fault> {
        let mut blobs = Vec::new();
        for broadcast in &turn.broadcasts {
            blobs.extend(self.wire.fan_out(broadcast)?);
            self.sent.insert(broadcast.kind, Arc::clone(broadcast));
        }
        if let Some(milestone) = &turn.milestone {
            self.observers.round_ended(milestone, &self.ledger);
        }
        self.turns += 1;
        if let Some(tracer) = &self.options.tracer {
            if let Some(milestone) = &turn.milestone {
                tracer.checkpoint(milestone, &turn.broadcasts, &self.ledger)?;
            }
            tracer.turn(self.turns, blobs)?;
        }
        Ok(())
    }

    /// A barrier has closed: the note goes over the wire, observers are told, the next turn is announced. `None` if
    /// somebody outside wants the run to end here, which it then does.
    pub(super) fn decided(
        &mut self,
        decision: &Decision,
        states: impl FnOnce() -> Vec<f64>,
    ) -> std::result::Result<Option<Arc<Turn>>, Fault> {
        let (header, body) = &decision.note;
        self.wire.pass(header, body, Scan::Numbers, |_, _, _| Ok(()))?;
        if let Some(tracer) = &self.options.tracer {
            tracer.note(self.wire.take_events(), decision.sums)?;
        }
        self.ledger.add(&self.wire.take_ledger());
        self.observers.barrier_closed(&decision.ended, &self.ledger);
        self.snapshot(decision, states)?;
        self.closed = Some(decision.ended.round);
        self.announce(&decision.turn)?;
        // Somebody may have wanted the end when it was too late for a snapshot of this barrier; then the next one is the last.
        let asked = std::mem::take(&mut self.asked) || self.options.snapshots.is_none();
        if asked && self.options.stop.load(Ordering::Relaxed) {
            self.end(Ok(Outcome { results: None, ledger: self.ledger.clone() }));
            return Ok(None);
        }
        Ok(Some(Arc::clone(&decision.turn)))
    }

    /// Ends the run; only the first call counts. An observer that panics here makes a fault of what was none.
    pub(super) fn end(&mut self, outcome: Result) {
        let Some(done) = self.done.take() else { return };
        let told = catch_unwind(AssertUnwindSafe(|| self.observers.ended(&outcome)));
        let outcome = match told {
            Ok(()) => outcome,
            Err(panic) => outcome.and(Err(panicked((Address::Server, self.server.round()), &*panic))),
        };
        end(&done, outcome);
    }

    /// Ends the run with the results of its last turn.
    pub(super) fn finish(&mut self, results: &[Named]) {
        self.ledger.add(&self.wire.take_ledger());
        self.end(Ok(Outcome { results: Some(results.to_vec()), ledger: self.ledger.clone() }));
    }

    pub(super) fn ended(&self) -> bool {
        self.done.is_none()
    }
}

/// Runs the server's code, unless the run has ended. A fault or a panic in it ends the run.
pub(super) fn attend<S: AsMut<Desk>>(
    server: &mut S,
    run: impl FnOnce(&mut S) -> std::result::Result<(), Fault>,
) {
    let desk = server.as_mut();
    if desk.ended() {
        return;
    }
    desk.wire.begin_work(Address::Server, desk.server.round());
    // After a panic the server is not used again: the run ends.
    let done = catch_unwind(AssertUnwindSafe(|| run(server)));
    let desk = server.as_mut();
    if let Err(fault) = done.unwrap_or_else(|panic| Err(panicked(desk.wire.at_work(), &*panic))) {
        desk.end(Err(fault));
    }
}

/// Gives the outcome to `run`, which waits for exactly this, and stops the system.
pub(super) fn end(done: &Sender<Result>, outcome: Result) {
    let _ = done.send(outcome);
    System::current().stop();
}
