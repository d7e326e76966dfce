//! The role placement: every client, critic and actor is an actix actor of its own.
//!
//! After a turn's messages the server sends each client a *receipt*, which goes the same way as they did,
//! down to both workers and back. Actix keeps the order between two actors, so when a receipt has come
//! back, what was sent before it has been handled; a reply that has not come by then never will, and the
//! run ends instead of waiting for it. Receipts belong to the host: they are not messages of the society
//! and are not counted.

use crate::codec::frame_bytes;
use crate::host::Options;
use crate::host::load::{Loads, loads};
use crate::host::session::{Delivery, ServerSession, attend};
use crate::host::thread::{WorkerThread, guarded};
use crate::roles::{Asked, Awaited, Client, Decision, Worker};
use crate::trace::Gathered;
use crate::{Address, Algorithm, Body, Broadcast, Cause, Fault, Header, Kind, Letter, Passed, Phase};
use ::actix::prelude::*;
use std::sync::{Arc, Mutex};

/// Starts the server and three actors per client.
pub(super) fn open(
    algorithm: &Arc<dyn Algorithm>,
    options: &Options,
    arbiters: &[Arbiter],
    mut session: ServerSession,
) {
    let kinds: Arc<[Kind]> = algorithm.kinds().into();
    let opened: Result<Vec<WorkerThread>, Fault> =
        arbiters.iter().map(|_| WorkerThread::open(&**algorithm, options)).collect();
    let threads: Vec<SharedThread> = match opened {
        Ok(threads) => threads.into_iter().map(|thread| Arc::new(Mutex::new(Some(thread)))).collect(),
        Err(fault) => return session.end(Err(fault)),
    };
    let state_len = algorithm.client_state_len();
    let resumed = options.resume.as_ref().map_or(&[][..], |snapshot| &snapshot.states);
    let kept: Vec<SharedClient> = (0..options.clients as usize)
        .map(|id| resumed.get(id * state_len..(id + 1) * state_len).map_or_else(Vec::new, <[f64]>::to_vec))
        .map(|state| Arc::new(Mutex::new(OfClient { state, ..OfClient::default() })))
        .collect();
    let (clients, turn, decision) = (Vec::new(), None, None);
    let loads = loads(arbiters.len());
    let server = ServerActor {
        session,
        kinds: Arc::clone(&kinds),
        clients,
        threads: threads.clone(),
        loads: Arc::clone(&loads),
        kept: kept.clone(),
        state_len,
        turn,
        decision,
        receipts: 0,
    }
    .start();
    let clients = (0..options.clients)
        .map(|id| {
            let place = id as usize % arbiters.len();
            let kept = &kept[id as usize];
            let worker = |phase| {
                let (thread, kinds, server) =
                    (Arc::clone(&threads[place]), Arc::clone(&kinds), server.clone());
                let kept = Arc::clone(kept);
                WorkerActor::start_in_arbiter(&arbiters[place].handle(), move |_| WorkerActor {
                    role: Worker { client: id, phase },
                    thread,
                    kept,
                    kinds,
                    client: None,
                    server,
                })
            };
            let workers = Phase::ALL.map(worker);
            let (thread, server, loads) = (Arc::clone(&threads[place]), server.clone(), Arc::clone(&loads));
            let kept = Arc::clone(kept);
            ClientActor::start_in_arbiter(&arbiters[place].handle(), move |context| {
                for worker in &workers {
                    worker.do_send(Employ(context.address()));
                }
                ClientActor { role: Client { id }, thread, kept, workers, server, loads, place }
            })
        })
        .collect();
    server.do_send(Begin { clients });
}

/// What is there of one client beside its actors.
#[derive(Default)]
struct OfClient {
    /// What the algorithm keeps for it; made when it is first needed.
    state: Vec<f64>,
    /// Broadcasts of the turn that it has handed to its workers, as they were handed, in the server's order.
    broadcasts: Vec<Arc<Broadcast>>,
    /// Letters of the turn that it has handed to its workers.
    letters: Vec<Arc<Letter>>,
}

/// A client and its workers share it: nothing promises that a critic is done with one message before the
/// actor takes the next, and whoever works has taken in all that the client had before. Nobody waits for
/// the lock, since they live on one thread.
type SharedClient = Arc<Mutex<OfClient>>;

/// What the actors of one arbiter share; they run on one thread, and the server looks in when they rest.
/// None after a fault, which may have left it in disorder.
type SharedThread = Arc<Mutex<Option<WorkerThread>>>;

/// Runs a role's code with what its thread has, unless a fault has cleared that. A fault or a panic ends
/// the run.
fn on_thread(
    thread: &SharedThread,
    server: &Addr<ServerActor>,
    run: impl FnOnce(&mut WorkerThread) -> Result<(), Fault>,
) {
    let mut place = thread.lock().expect("panics are caught below the lock");
    let Some(thread) = place.as_mut() else { return };
    if let Err(fault) = guarded(thread, run) {
        *place = None;
        server.do_send(Failed(fault));
    }
}

struct ServerActor {
    session: ServerSession,
    kinds: Arc<[Kind]>,
    clients: Vec<Addr<ClientActor>>,
    threads: Vec<SharedThread>,
    loads: Loads,
    kept: Vec<SharedClient>,
    state_len: usize,
    turn: Option<Arc<Delivery>>,
    /// Set when the barrier has closed; acted on when all receipts are back, so that every message is
    /// counted.
    decision: Option<Decision>,
    receipts: u32,
}

struct ClientActor {
    role: Client,
    thread: SharedThread,
    kept: SharedClient,
    workers: [Addr<WorkerActor>; 2],
    server: Addr<ServerActor>,
    loads: Loads,
    /// The number of its thread.
    place: usize,
}

struct WorkerActor {
    role: Worker,
    thread: SharedThread,
    kept: SharedClient,
    kinds: Arc<[Kind]>,
    client: Option<Addr<ClientActor>>,
    server: Addr<ServerActor>,
}

struct Begin {
    clients: Vec<Addr<ClientActor>>,
}

/// Tells a worker whose it is.
struct Employ(Addr<ClientActor>);

/// A message, which has passed the wire.
struct Deliver(Header, Passed<Body>);

/// A letter from one client to another, which waits at the host for the next turn.
struct Posted(Passed<Body>);

/// An order known before the run: no message carries it.
struct Known(Asked);

struct Receipt {
    /// Workers that it has yet to pass.
    ahead: usize,
}

struct Failed(Fault);

told!(Begin, Employ, Deliver, Posted, Known, Receipt, Failed);

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
            let turn = server.session.open()?;
            server.send(turn)
        });
    }
}

impl Handler<Deliver> for ServerActor {
    type Result = ();

    fn handle(&mut self, deliver: Deliver, _: &mut Self::Context) {
        let (header, body) = (deliver.0, deliver.1.into_body());
        attend(self, |server| {
            if let Address::Client(m) = header.from {
                server.loads[m as usize % server.loads.len()].taken(1, frame_bytes(&body));
            }
            server.session.folding();
            let decision = server.session.server.on_reply(&header, body)?;
            server.session.folded(&server.loads);
            server.decision = server.decision.take().or(decision);
            Ok(())
        });
    }
}

impl Handler<Posted> for ServerActor {
    type Result = ();

    fn handle(&mut self, posted: Posted, _: &mut Self::Context) {
        self.session.posted([posted.0]);
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
        self.session.end(Err(failed.0));
    }
}

impl AsMut<ServerSession> for ServerActor {
    fn as_mut(&mut self) -> &mut ServerSession {
        &mut self.session
    }
}

impl ServerActor {
    fn send(&mut self, turn: Arc<Delivery>) -> Result<(), Fault> {
        self.receipts = 0;
        for thread in &self.threads {
            // All of them rest between turns.
            if let Some(thread) = thread.lock().expect("panics are caught below the lock").as_mut() {
                thread.begin_turn(&turn);
            }
        }
        for (id, client) in self.clients.iter().enumerate() {
            for letter in turn.letters_to(id as u32) {
                client.do_send(Deliver(turn.posted(letter), letter.clone()));
            }
        }
        for (broadcast, body) in turn.dispatch.broadcasts.iter().zip(&turn.bodies) {
            for (id, client) in self.clients.iter().enumerate() {
                let header = broadcast.header(id as u32);
                self.session.wire.pass_on(&header, body.as_ref(), |_, header, passed| {
                    client.do_send(Deliver(*header, passed.to_owned()));
                    Ok(())
                })?;
            }
        }
        let known = turn.dispatch.barrier().filter(|barrier| barrier.known).map(|barrier| barrier.asked);
        for client in &self.clients {
            if let Some(asked) = known {
                client.do_send(Known(asked));
            }
            client.do_send(Receipt { ahead: Phase::ALL.len() });
        }
        self.turn = Some(turn);
        Ok(())
    }

    /// All messages of the turn have been handled.
    fn turn_over(&mut self) -> Result<(), Fault> {
        let Some(turn) = self.turn.take() else { return Ok(()) };
        let mut events = Gathered::default();
        events.append(self.session.wire.take_events());
        for thread in &self.threads {
            let mut place = thread.lock().expect("panics are caught below the lock");
            // One that a fault has cleared has sent that ahead of the receipts.
            if let Some(thread) = place.as_mut() {
                guarded(thread, |thread| thread.end_turn(&turn))?;
                let (ledger, written) = thread.take_turn();
                self.session.ledger.add(&ledger);
                events.append(written);
            }
        }
        for kept in &self.kept {
            let mut kept = kept.lock().expect("a panic clears the thread");
            kept.broadcasts.clear();
            kept.letters.clear();
        }
        if let Some(tracer) = &self.session.options.tracer {
            for (block, events) in (0..).zip(events.take().by_block(
                &turn.dispatch.broadcasts,
                &self.kinds,
                self.session.options.clients,
            )) {
                tracer.block(block, events)?;
            }
        }
        match (&turn.dispatch.then, self.decision.take()) {
            (Awaited::Results(results), _) => {
                self.session.finish(results);
                Ok(())
            }
            (Awaited::Replies(_), Some(decision)) => {
                let (kept, state_len) = (&self.kept, self.state_len);
                let states = || {
                    let state = |kept: &SharedClient| {
                        let mut state = kept.lock().expect("a panic clears the thread").state.clone();
                        state.resize(state_len, 0.0);
                        state
                    };
                    kept.iter().flat_map(state).collect()
                };
                match self.session.decided(&decision, states)? {
                    Some(next) => self.send(next),
                    None => Ok(()),
                }
            }
            (Awaited::Replies(barrier), None) => {
                let client = self.session.server.missing().unwrap_or(0);
                let role = Address::Client(client);
                let round = barrier.asked.place.round;
                Err(Fault { role, round, cause: Cause::MissingReply(client) })
            }
        }
    }
}

impl Handler<Deliver> for ClientActor {
    type Result = ();

    fn handle(&mut self, deliver: Deliver, _: &mut Self::Context) {
        let Deliver(header, passed) = deliver;
        on_thread(&self.thread, &self.server, |thread| {
            let passed = passed.as_ref();
            let out = self.role.on(&header, passed.body())?;
            thread.wire().pass_on(&out, passed, |_, header, passed| {
                let deliver = Deliver(*header, passed.to_owned());
                match header.to {
                    Address::Server => {
                        self.loads[self.place].sent(1, frame_bytes(passed.body()));
                        self.server.do_send(deliver);
                    }
                    Address::Client(_) => self.server.do_send(Posted(deliver.1)),
                    Address::Critic(_) | Address::Actor(_) => {
                        let mut kept = self.kept.lock().expect("a panic clears the thread");
                        match passed.body() {
                            Body::Sync(broadcast) => kept.broadcasts.push(Arc::clone(broadcast)),
                            Body::Letter(letter) => kept.letters.push(Arc::clone(letter)),
                            Body::LocalStepsDone { .. } | Body::Barrier { .. } => {}
                        }
                        self.workers[usize::from(header.place.phase.number())].do_send(deliver);
                    }
                }
                Ok(())
            })
        });
    }
}

impl Handler<Known> for ClientActor {
    type Result = ();

    fn handle(&mut self, known: Known, _: &mut Self::Context) {
        self.workers[usize::from(known.0.place.phase.number())].do_send(known);
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
        match deliver.1.as_ref().body() {
            Body::Sync(broadcast) => on_thread(&self.thread, &self.server, |thread| {
                let kept = self.kept.lock().expect("a panic clears the thread");
                let before = kept.broadcasts.iter().filter(|earlier| earlier.serial <= broadcast.serial);
                before.into_iter().try_for_each(|earlier| thread.take_in(earlier))?;
                drop(kept);
                let asked = Asked::by(broadcast, &self.kinds);
                asked.map_or(Ok(()), |asked| self.answer(thread, &asked))
            }),
            // Its client holds letters for whichever worker comes first.
            Body::Letter(_) | Body::LocalStepsDone { .. } | Body::Barrier { .. } => {}
        }
    }
}

impl Handler<Known> for WorkerActor {
    type Result = ();

    fn handle(&mut self, known: Known, _: &mut Self::Context) {
        on_thread(&self.thread, &self.server, |thread| self.answer(thread, &known.0));
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
    /// Local steps, and their result and letters to the client.
    fn answer(&self, thread: &mut WorkerThread, asked: &Asked) -> Result<(), Fault> {
        let mut kept = self.kept.lock().expect("a panic clears the thread, so nobody comes again");
        let letters = std::mem::take(&mut kept.letters);
        for (header, body) in thread.work(self.role, asked, &letters, &mut kept.state)? {
            thread.wire().pass(&header, &body, |_, header, passed| {
                if let Some(client) = &self.client {
                    client.do_send(Deliver(*header, passed.to_owned()));
                }
                Ok(())
            })?;
        }
        Ok(())
    }
}
