//! The role placement: every client, critic and actor is an actix actor of its own.
//!
//! After a turn's messages the server sends each client a *receipt*, which goes the same way as they did, down to both
//! workers and back. Actix keeps the order between two actors, so when a receipt has come back, what was sent before it has been
//! handled; a reply that has not come by then never will, and the run ends instead of waiting for it. Receipts belong to the
//! host: they are not messages of the society and are not counted.

use super::desk::{Desk, attend};
use crate::host::Options;
use crate::host::bench::{Bench, bodies, guarded};
use crate::host::load::{Loads, loads};
use crate::roles::{Client, Decision, Worker};
use crate::wire::frame_bytes;
use crate::{Address, Algorithm, Body, Cause, Envelope, Fault, Kind, Order, Phase, Scan, Then, Turn};
use ::actix::prelude::*;
use std::sync::{Arc, Mutex};

/// Starts the server and three actors per client.
pub(super) fn open(algorithm: &Arc<dyn Algorithm>, options: &Options, arbiters: &[Arbiter], mut desk: Desk) {
    let kinds: Arc<[Kind]> = algorithm.kinds().into();
    let opened: Result<Vec<Bench>, Fault> =
        arbiters.iter().map(|_| Bench::open(&**algorithm, options)).collect();
    let benches: Vec<SharedBench> = match opened {
        Ok(benches) => benches.into_iter().map(|bench| Arc::new(Mutex::new(Some(bench)))).collect(),
        Err(fault) => return desk.end(Err(fault)),
    };
    let state_len = algorithm.client_state_len();
    let resumed = options.resume.as_ref().map_or(&[][..], |snapshot| &snapshot.states);
    let states: Vec<State> = (0..options.clients as usize)
        .map(|id| resumed.get(id * state_len..(id + 1) * state_len).map_or_else(Vec::new, <[f64]>::to_vec))
        .map(|state| Arc::new(Mutex::new(state)))
        .collect();
    let (clients, turn, decision) = (Vec::new(), None, None);
    let loads = loads(arbiters.len());
    let server = ServerActor {
        desk,
        clients,
        benches: benches.clone(),
        loads: Arc::clone(&loads),
        states: states.clone(),
        state_len,
        turn,
        decision,
        receipts: 0,
    }
    .start();
    let clients = (0..options.clients)
        .map(|id| {
            let place = id as usize % arbiters.len();
            let state = &states[id as usize];
            let worker = |phase| {
                let (bench, kinds, server) =
                    (Arc::clone(&benches[place]), Arc::clone(&kinds), server.clone());
                let state = Arc::clone(state);
                WorkerActor::start_in_arbiter(&arbiters[place].handle(), move |_| WorkerActor {
                    role: Worker { client: id, phase },
                    bench,
                    state,
                    kinds,
                    client: None,
                    server,
                })
            };
            let workers = Phase::ALL.map(worker);
            let (bench, server, loads) = (Arc::clone(&benches[place]), server.clone(), Arc::clone(&loads));
            ClientActor::start_in_arbiter(&arbiters[place].handle(), move |context| {
                for worker in &workers {
                    worker.do_send(Employ(context.address()));
                }
                ClientActor { role: Client { id }, bench, workers, server, loads, place }
            })
        })
        .collect();
    server.do_send(Begin { clients });
}

/// What the algorithm keeps for one client; made when it is first needed.
type State = Arc<Mutex<Vec<f64>>>;

/// A bench that the actors of one arbiter share; they run on one thread, and the server looks in when they rest. None after
/// a fault, which may have left it in disorder.
type SharedBench = Arc<Mutex<Option<Bench>>>;

/// Runs a role's code at its bench, unless a fault has cleared that. A fault or a panic ends the run.
fn at_bench(
    bench: &SharedBench,
    server: &Addr<ServerActor>,
    run: impl FnOnce(&mut Bench) -> Result<(), Fault>,
) {
    let mut place = bench.lock().expect("panics are caught below the lock");
    let Some(bench) = place.as_mut() else { return };
    if let Err(fault) = guarded(bench, run) {
        *place = None;
        server.do_send(Failed(fault));
    }
}

struct ServerActor {
    desk: Desk,
    clients: Vec<Addr<ClientActor>>,
    benches: Vec<SharedBench>,
    loads: Loads,
    states: Vec<State>,
    state_len: usize,
    turn: Option<Arc<Turn>>,
    /// Set when the barrier has closed; acted on when all receipts are back, so that every message is counted.
    decision: Option<Decision>,
    receipts: u32,
}

struct ClientActor {
    role: Client,
    bench: SharedBench,
    workers: [Addr<WorkerActor>; 2],
    server: Addr<ServerActor>,
    loads: Loads,
    /// The number of its thread.
    place: usize,
}

struct WorkerActor {
    role: Worker,
    bench: SharedBench,
    /// What the algorithm keeps for the client, whose critic and actor share it.
    state: State,
    kinds: Arc<[Kind]>,
    client: Option<Addr<ClientActor>>,
    server: Addr<ServerActor>,
}

struct Begin {
    clients: Vec<Addr<ClientActor>>,
}

/// Tells a worker whose it is.
struct Employ(Addr<ClientActor>);

struct Deliver(Envelope);

/// An order known before the run: no message carries it.
struct Known(Arc<Turn>);

struct Receipt {
    /// Workers that it has yet to pass.
    ahead: usize,
}

struct Failed(Fault);

told!(Begin, Employ, Deliver, Known, Receipt, Failed);

impl Actor for ServerActor {
    type Context = Context<Self>;
}

impl Actor for ClientActor {
    type Context = Context<Self>;
}

impl Actor for WorkerActor {
    type Context = Context<Self>;
}

impl Handler<Begin> for ServerActor {
    type Result = ();

    fn handle(&mut self, begin: Begin, _: &mut Self::Context) {
        self.clients = begin.clients;
        attend(self, |server| {
            let turn = server.desk.open()?;
            server.send(turn)
        });
    }
}

impl Handler<Deliver> for ServerActor {
    type Result = ();

    fn handle(&mut self, deliver: Deliver, _: &mut Self::Context) {
        let Envelope { header, body } = deliver.0;
        attend(self, |server| {
            if let Address::Client(m) = header.from {
                server.loads[m as usize % server.loads.len()].taken(1, frame_bytes(&body));
            }
            server.desk.folding();
            let decision = server.desk.server.on_reply(&header, body)?;
            server.desk.folded(&server.loads);
            server.decision = server.decision.take().or(decision);
            Ok(())
        });
    }
}

impl Handler<Receipt> for ServerActor {
    type Result = ();

    fn handle(&mut self, _: Receipt, _: &mut Self::Context) {
        self.receipts += 1;
        if self.receipts as usize == self.clients.len() {
            attend(self, ServerActor::turn_over);
        }
    }
}

impl Handler<Failed> for ServerActor {
    type Result = ();

    fn handle(&mut self, failed: Failed, _: &mut Self::Context) {
        self.desk.end(Err(failed.0));
    }
}

impl AsMut<Desk> for ServerActor {
    fn as_mut(&mut self) -> &mut Desk {
        &mut self.desk
    }
}

impl ServerActor {
    fn send(&mut self, turn: Arc<Turn>) -> Result<(), Fault> {
        self.receipts = 0;
        let bodies = bodies(&turn);
        for (broadcast, body) in turn.broadcasts.iter().zip(&bodies) {
            for (id, client) in self.clients.iter().enumerate() {
                let header = broadcast.header(id as u32);
                self.desk.wire.pass(&header, body, Scan::Seen, |_, header, body| {
                    client.do_send(Deliver(Envelope { header: *header, body: body.clone() }));
                    Ok(())
                })?;
            }
        }
        let known = matches!(&turn.then, Then::Work(work) if work.known);
        for client in &self.clients {
            if known {
                client.do_send(Known(Arc::clone(&turn)));
            }
            client.do_send(Receipt { ahead: Phase::ALL.len() });
        }
        self.turn = Some(turn);
        Ok(())
    }

    /// All messages of the turn have been handled.
    fn turn_over(&mut self) -> Result<(), Fault> {
        let mut events = self.desk.wire.take_events();
        for bench in &self.benches {
            let mut place = bench.lock().expect("panics are caught below the lock");
            // A bench that a fault has cleared has sent that ahead of the receipts.
            if let Some(bench) = place.as_mut() {
                let (ledger, written) = bench.end_turn();
                self.desk.ledger.add(&ledger);
                events.append(written);
            }
        }
        let Some(turn) = self.turn.take() else { return Ok(()) };
        if let Some(tracer) = &self.desk.options.tracer {
            for (block, events) in (0..).zip(events.by_block(&turn, self.desk.options.clients)) {
                tracer.block(block, events)?;
            }
        }
        match (&turn.then, self.decision.take()) {
            (Then::Finish(results), _) => {
                self.desk.finish(results);
                Ok(())
            }
            (Then::Work(_), Some(decision)) => {
                let (states, state_len) = (&self.states, self.state_len);
                let kept = || {
                    let state = |state: &State| {
                        let mut state = state.lock().expect("a panic clears the bench").clone();
                        state.resize(state_len, 0.0);
                        state
                    };
                    states.iter().flat_map(state).collect()
                };
                match self.desk.decided(&decision, kept)? {
                    Some(next) => self.send(next),
                    None => Ok(()),
                }
            }
            (Then::Work(work), None) => {
                let client = self.desk.server.missing().unwrap_or(0);
                let role = Address::Client(client);
                Err(Fault { role, round: work.round, cause: Cause::MissingReply(client) })
            }
        }
    }
}

impl Handler<Deliver> for ClientActor {
    type Result = ();

    fn handle(&mut self, deliver: Deliver, _: &mut Self::Context) {
        let Envelope { header, body } = deliver.0;
        at_bench(&self.bench, &self.server, |bench| {
            // Here, and not at the worker: a client has the server's messages in their order, while nobody promises that its
            // critic is done with one before its actor takes the next.
            if let Body::Sync(broadcast) = &body {
                bench.prepare(broadcast)?;
            }
            let out = self.role.on(&header)?;
            bench.wire().pass(&out, &body, Scan::Seen, |_, header, body| {
                let deliver = Deliver(Envelope { header: *header, body: body.clone() });
                match header.to {
                    Address::Server => {
                        self.loads[self.place].sent(1, frame_bytes(body));
                        self.server.do_send(deliver);
                    }
                    _ => self.workers[usize::from(header.phase.number())].do_send(deliver),
                }
                Ok(())
            })
        });
    }
}

impl Handler<Known> for ClientActor {
    type Result = ();

    fn handle(&mut self, known: Known, _: &mut Self::Context) {
        if let Then::Work(work) = &known.0.then {
            self.workers[usize::from(work.phase.number())].do_send(known);
        }
    }
}

impl Handler<Receipt> for ClientActor {
    type Result = ();

    fn handle(&mut self, receipt: Receipt, _: &mut Self::Context) {
        match receipt.ahead.checked_sub(1) {
            Some(next) => self.workers[next].do_send(Receipt { ahead: next }),
            None => self.server.do_send(receipt),
        }
    }
}

impl Handler<Employ> for WorkerActor {
    type Result = ();

    fn handle(&mut self, employ: Employ, _: &mut Self::Context) {
        self.client = Some(employ.0);
    }
}

impl Handler<Deliver> for WorkerActor {
    type Result = ();

    fn handle(&mut self, deliver: Deliver, _: &mut Self::Context) {
        let Body::Sync(broadcast) = deliver.0.body else { return };
        let header = deliver.0.header;
        at_bench(&self.bench, &self.server, |bench| {
            bench.prepare(&broadcast)?;
            let answer = self.kinds.get(usize::from(broadcast.kind)).and_then(|kind| kind.answer);
            let Some(kind) = answer.filter(|_| broadcast.order.steps > 0) else { return Ok(()) };
            self.answer(bench, (header.round, header.sync), broadcast.order, kind)
        });
    }
}

impl Handler<Known> for WorkerActor {
    type Result = ();

    fn handle(&mut self, known: Known, _: &mut Self::Context) {
        let Then::Work(work) = &known.0.then else { return };
        at_bench(&self.bench, &self.server, |bench| {
            self.answer(bench, (work.round, work.sync), work.order, work.reply)
        });
    }
}

impl Handler<Receipt> for WorkerActor {
    type Result = ();

    fn handle(&mut self, receipt: Receipt, _: &mut Self::Context) {
        if let Some(client) = &self.client {
            client.do_send(receipt);
        }
    }
}

impl WorkerActor {
    /// Local steps, and their result to the client.
    fn answer(&self, bench: &mut Bench, place: (u32, u32), order: Order, kind: u16) -> Result<(), Fault> {
        let mut state = self.state.lock().expect("a panic clears the bench, so nobody comes again");
        let (header, body) = bench.work(self.role, place, order, kind, &mut state);
        bench.wire().pass(&header, &body, Scan::Numbers, |_, header, body| {
            if let Some(client) = &self.client {
                client.do_send(Deliver(Envelope { header: *header, body: body.clone() }));
            }
            Ok(())
        })
    }
}
