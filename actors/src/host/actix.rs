//! The default host: actix actors on as many arbiters as there are threads.
//!
//! The server has the system's own thread. In the shard placement each arbiter has one actor that owns the clients of
//! whatever blocks it claims; in the role placement every client, critic and actor is an actor of its own, and lives on
//! arbiter `m mod threads`. A fault or a panic in any role ends the run: handlers run under a guard that turns panics
//! into faults, since actix would bury an actor that panics and let the server wait for ever.

mod role;
mod shard;

use super::bench::panicked;
use super::{Monitor, Options, Outcome, Placement, Result};
use crate::roles::{Decision, Server};
use crate::{Address, Algorithm, Cause, Fault, Kind, Ledger, Named, Scan, Turn, Wire};
use ::actix::prelude::*;
use crossbeam_channel::{Sender, bounded};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Runs an algorithm's society to its end.
///
/// # Errors
/// The first [`Fault`] of any role.
///
/// # Panics
/// If there is no client or no thread.
pub fn run(algorithm: &Arc<dyn Algorithm>, options: &Options, monitor: Box<dyn Monitor>) -> Result {
    assert!(options.clients > 0, "a society needs a client");
    assert!(options.threads > 0, "a society needs a thread");
    let (done, outcome) = bounded(1);
    let (algorithm, options) = (Arc::clone(algorithm), options.clone());
    // A thread of its own, since an actix system belongs to the thread that made it.
    let society = std::thread::Builder::new()
        .name("dpac-server".into())
        .spawn(move || {
            let system = System::new();
            let arbiters = system.block_on(async {
                let arbiters: Vec<Arbiter> = (0..options.threads).map(|_| Arbiter::new()).collect();
                let way_out = done.clone();
                let opened = catch_unwind(AssertUnwindSafe(|| {
                    let desk = Desk::new(&*algorithm, &options, monitor, done);
                    match options.placement {
                        Placement::Shard => shard::open(&algorithm, &options, &arbiters, desk),
                        Placement::Role => role::open(&algorithm, &options, &arbiters, desk),
                    }
                }));
                if let Err(panic) = opened {
                    end(&way_out, Err(panicked((Address::Server, 0), &*panic)));
                }
                arbiters
            });
            // Until `Desk::end` stops the system; what it has to say went through the channel.
            let _ = system.run();
            for arbiter in arbiters {
                arbiter.stop();
                let _ = arbiter.join();
            }
        })
        .map_err(|error| lost(error.to_string()))?;
    let outcome = outcome.recv().unwrap_or_else(|_| Err(lost("the server's thread")));
    // A panic there has closed the channel, and is the loss reported above.
    let _ = society.join();
    outcome
}

/// Gives the outcome to `run`, which waits for exactly this, and stops the system.
fn end(done: &Sender<Result>, outcome: Result) {
    let _ = done.send(outcome);
    System::current().stop();
}

fn lost(what: impl Into<String>) -> Fault {
    Fault { role: Address::Server, round: 0, cause: Cause::Lost(what.into()) }
}

/// The server's desk: its role, its wire, the run's ledger, who watches, and the way out.
struct Desk {
    server: Server,
    wire: Wire,
    ledger: Ledger,
    monitor: Box<dyn Monitor>,
    options: Options,
    done: Option<Sender<Result>>,
}

impl Desk {
    fn new(
        algorithm: &dyn Algorithm,
        options: &Options,
        monitor: Box<dyn Monitor>,
        done: Sender<Result>,
    ) -> Self {
        let kinds: Arc<[Kind]> = algorithm.kinds().into();
        let wire = Wire::new(Arc::clone(&kinds), options.wire_check, options.plant);
        Desk {
            server: Server::new(options.clients, kinds, algorithm.coordinator()),
            ledger: wire.ledger().clone(),
            wire,
            monitor,
            options: options.clone(),
            done: Some(done),
        }
    }

    /// A turn is about to be sent: its broadcasts are looked at, and its milestone is told with the ledger up to the
    /// barrier before it.
    fn announce(&mut self, turn: &Turn) -> std::result::Result<(), Fault> {
        for broadcast in &turn.broadcasts {
            self.wire.fan_out(broadcast)?;
        }
        if let Some(milestone) = &turn.milestone {
            self.monitor.milestone(milestone, &self.ledger);
        }
        Ok(())
    }

    /// A barrier has closed: the note goes over the wire, the watcher is told, the next turn is announced. `None` if
    /// somebody outside wants the run to end here, which it then does.
    fn decided(&mut self, decision: &Decision) -> std::result::Result<Option<Arc<Turn>>, Fault> {
        let (header, body) = &decision.note;
        self.wire.pass(header, body, Scan::Numbers, |_, _, _| Ok(()))?;
        self.ledger.add(&self.wire.take_ledger());
        self.monitor.sync_ended(&decision.ended, &self.ledger);
        self.announce(&decision.turn)?;
        if self.options.stop.load(Ordering::Relaxed) {
            self.end(Ok(Outcome { results: None, ledger: self.ledger.clone() }));
            return Ok(None);
        }
        Ok(Some(Arc::clone(&decision.turn)))
    }

    /// Ends the run; only the first call counts.
    fn end(&mut self, outcome: Result) {
        if let Some(done) = self.done.take() {
            end(&done, outcome);
        }
    }

    /// Ends the run with the results of its last turn.
    fn finish(&mut self, results: &[Named]) {
        self.ledger.add(&self.wire.take_ledger());
        self.end(Ok(Outcome { results: Some(results.to_vec()), ledger: self.ledger.clone() }));
    }

    fn ended(&self) -> bool {
        self.done.is_none()
    }
}

/// Runs the server's code, unless the run has ended. A fault or a panic in it ends the run.
fn attend<S: AsMut<Desk>>(server: &mut S, run: impl FnOnce(&mut S) -> std::result::Result<(), Fault>) {
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
