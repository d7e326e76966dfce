//! The role placement: every client, critic and actor is an actix actor of its own.
//!
//! After a turn's messages the server sends each client a *receipt*, which goes the same way as they did, down to both
//! workers and back. Actix keeps the order between two actors, so when a receipt has come back, what was sent before it has been
//! handled; a reply that has not come by then never will, and the run ends instead of waiting for it. Receipts belong to the
//! host: they are not messages of the society and are not counted.

use super::{Desk, SharedBench};
use crate::host::bench::{Bench, bodies, guarded};
use crate::host::{Options, Outcome};
use crate::roles::{Client, Decision, Worker};
use crate::{Address, Algorithm, Body, Cause, Envelope, Fault, Header, Kind, Phase, Scan, Then, Turn};
use ::actix::prelude::*;
use std::sync::{Arc, Mutex};

/// Starts the server and three actors per client.
pub(super) fn open(algorithm: &Arc<dyn Algorithm>, options: &Options, arbiters: &[Arbiter], desk: Desk) {
    let kinds: Arc<[Kind]> = algorithm.kinds().into();
    let benches: Vec<SharedBench> =
        arbiters.iter().map(|_| Arc::new(Mutex::new(Bench::new(&**algorithm, options)))).collect();
    let server = ServerActor {
        desk,
        clients: Vec::new(),
        benches: benches.clone(),
        turn: None,
        decision: None,
        receipts: 0,
    }
    .start();
    let clients = (0..options.clients)
        .map(|id| {
            let place = id as usize % arbiters.len();
            let worker = |phase| {
                let (bench, kinds, server) =
                    (Arc::clone(&benches[place]), Arc::clone(&kinds), server.clone());
                WorkerActor::start_in_arbiter(&arbiters[place].handle(), move |_| WorkerActor {
                    role: Worker { client: id, phase },
                    bench,
                    kinds,
                    client: None,
                    server,
                })
            };
            let workers = Phase::ALL.map(worker);
            let (bench, server) = (Arc::clone(&benches[place]), server.clone());
            ClientActor::start_in_arbiter(&arbiters[place].handle(), move |context| {
                for worker in &workers {
                    worker.do_send(Employ(context.address()));
                }
                ClientActor { role: Client { id }, bench, workers, server }
            })
        })
        .collect();
    server.do_send(Begin { clients });
}

struct ServerActor {
    desk: Desk,
    clients: Vec<Addr<ClientActor>>,
    benches: Vec<SharedBench>,
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
}

struct WorkerActor {
    role: Worker,
    bench: SharedBench,
    kinds: Arc<[Kind]>,
    client: Option<Addr<ClientActor>>,
    server: Addr<ServerActor>,
}

#[derive(Message)]
#[rtype(result = "()")]
struct Begin {
    clients: Vec<Addr<ClientActor>>,
}

/// Tells a worker whose it is.
#[derive(Message)]
#[rtype(result = "()")]
struct Employ(Addr<ClientActor>);

#[derive(Message)]
#[rtype(result = "()")]
struct Deliver(Envelope);

/// An order known before the run: no message carries it.
#[derive(Message)]
#[rtype(result = "()")]
struct Known(Arc<Turn>);

#[derive(Message)]
#[rtype(result = "()")]
struct Receipt {
    /// Workers that it has yet to pass.
    ahead: usize,
}

#[derive(Message)]
#[rtype(result = "()")]
struct Failed(Fault);

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
        let started = guarded_server(self, |server| {
            let turn = server.desk.server.start()?;
            server.desk.announce(&turn)?;
            server.send(turn)
        });
        self.desk.settle(started);
    }
}

impl Handler<Deliver> for ServerActor {
    type Result = ();

    fn handle(&mut self, deliver: Deliver, _: &mut Self::Context) {
        if self.desk.ended() {
            return;
        }
        let Envelope { header, body } = deliver.0;
        let folded = guarded_server(self, |server| {
            let decision = server.desk.server.on_reply(&header, body)?;
            server.decision = server.decision.take().or(decision);
            Ok(())
        });
        self.desk.settle(folded);
    }
}

impl Handler<Receipt> for ServerActor {
    type Result = ();

    fn handle(&mut self, _: Receipt, _: &mut Self::Context) {
        self.receipts += 1;
        if self.desk.ended() || (self.receipts as usize) < self.clients.len() {
            return;
        }
        let closed = guarded_server(self, ServerActor::turn_over);
        self.desk.settle(closed);
    }
}

impl Handler<Failed> for ServerActor {
    type Result = ();

    fn handle(&mut self, failed: Failed, _: &mut Self::Context) {
        self.desk.end(Err(failed.0));
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
        for bench in &self.benches {
            let mut bench = bench.lock().expect("guarded code has finished");
            self.desk.ledger.add(&bench.wire().take_ledger());
        }
        let Some(turn) = self.turn.take() else { return Ok(()) };
        match (&turn.then, self.decision.take()) {
            (Then::Finish(_), _) => {
                let outcome = self.desk.outcome(&turn);
                self.desk.end(Ok(outcome));
                Ok(())
            }
            (Then::Work(_), Some(decision)) => match self.desk.decided(&decision)? {
                Some(next) => self.send(next),
                None => {
                    let outcome = Outcome { results: None, ledger: self.desk.ledger.clone() };
                    self.desk.end(Ok(outcome));
                    Ok(())
                }
            },
            (Then::Work(work), None) => {
                let client = self.desk.server.missing().unwrap_or(0);
                let role = Address::Client(client);
                Err(Fault { role, round: work.round, cause: Cause::MissingReply(client) })
            }
        }
    }
}

fn guarded_server(
    server: &mut ServerActor,
    run: impl FnOnce(&mut ServerActor) -> Result<(), Fault>,
) -> Result<(), Fault> {
    super::guarded(server, |server| &mut server.desk, run)
}

impl ClientActor {
    /// Passes the message on to where the role says.
    fn forward(&self, header: &Header, body: Body) -> Result<(), Fault> {
        let out = self.role.on(header)?;
        let scan = Scan::Seen;
        let mut bench = self.bench.lock().expect("guarded code has finished");
        let (server, workers) = (&self.server, &self.workers);
        guarded(&mut bench, |bench| {
            bench.wire().pass(&out, &body, scan, |_, header, body| {
                let deliver = Deliver(Envelope { header: *header, body: body.clone() });
                match header.to {
                    Address::Server => server.do_send(deliver),
                    _ => workers[usize::from(header.phase.number())].do_send(deliver),
                }
                Ok(())
            })
        })
    }
}

impl Handler<Deliver> for ClientActor {
    type Result = ();

    fn handle(&mut self, deliver: Deliver, _: &mut Self::Context) {
        let Envelope { header, body } = deliver.0;
        if let Err(fault) = self.forward(&header, body) {
            self.server.do_send(Failed(fault));
        }
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
        let mut bench = self.bench.lock().expect("guarded code has finished");
        let done = guarded(&mut bench, |bench| {
            bench.prepare(&broadcast)?;
            let answer = self.kinds.get(usize::from(broadcast.kind)).and_then(|kind| kind.answer);
            let Some(kind) = answer.filter(|_| broadcast.order.steps > 0) else { return Ok(()) };
            let (header, body) = bench.work(self.role, (header.round, header.sync), broadcast.order, kind);
            self.send_up(bench, &header, &body)
        });
        drop(bench);
        self.fail_on(done);
    }
}

impl Handler<Known> for WorkerActor {
    type Result = ();

    fn handle(&mut self, known: Known, _: &mut Self::Context) {
        let Then::Work(work) = &known.0.then else { return };
        let mut bench = self.bench.lock().expect("guarded code has finished");
        let done = guarded(&mut bench, |bench| {
            let (header, body) = bench.work(self.role, (work.round, work.sync), work.order, work.reply);
            self.send_up(bench, &header, &body)
        });
        drop(bench);
        self.fail_on(done);
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
    fn send_up(&self, bench: &mut Bench, header: &Header, body: &Body) -> Result<(), Fault> {
        bench.wire().pass(header, body, Scan::Numbers, |_, header, body| {
            if let Some(client) = &self.client {
                client.do_send(Deliver(Envelope { header: *header, body: body.clone() }));
            }
            Ok(())
        })
    }

    fn fail_on(&self, done: Result<(), Fault>) {
        if let Err(fault) = done {
            self.server.do_send(Failed(fault));
        }
    }
}
