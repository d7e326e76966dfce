//! The shard placement: one actor per arbiter runs the clients of the blocks that it claims.

use super::Desk;
use crate::host::bench::{Bench, BlockDone, bodies, guarded};
use crate::host::{Options, Outcome};
use crate::{Algorithm, Fault, Then, Turn, block_count};
use ::actix::prelude::*;
use std::sync::{Arc, Condvar, Mutex};

/// Blocks that may be folded on shards but not yet at the server, per thread: the credit.
const BLOCKS_IN_FLIGHT_PER_THREAD: u32 = 4;

/// Starts server and shards.
pub(super) fn open(algorithm: &Arc<dyn Algorithm>, options: &Options, arbiters: &[Arbiter], desk: Desk) {
    let blocks = block_count(options.clients);
    let credit = Arc::new(Credit {
        counter: Mutex::new(Counter { turn: 0, next: 0, limit: 0, folded: 0 }),
        changed: Condvar::new(),
        blocks,
        in_flight: BLOCKS_IN_FLIGHT_PER_THREAD * arbiters.len() as u32,
    });
    let server = ServerActor { desk, shards: Vec::new(), credit, turn: None, turns: 0, returned: 0 }.start();
    let shards = arbiters
        .iter()
        .map(|arbiter| {
            let (algorithm, options, server) = (Arc::clone(algorithm), options.clone(), server.clone());
            Shard::start_in_arbiter(&arbiter.handle(), move |_| Shard {
                bench: Bench::new(&*algorithm, &options),
                server,
                lost: false,
            })
        })
        .collect();
    server.do_send(Begin { shards });
}

/// Which blocks are claimed and which are folded. Shards claim in increasing order and wait for credit.
struct Credit {
    counter: Mutex<Counter>,
    changed: Condvar,
    blocks: u32,
    in_flight: u32,
}

struct Counter {
    /// Which turn the rest is about: a shard that comes late must not claim a block of the next one.
    turn: u64,
    next: u32,
    /// Claims end here: the number of blocks during a turn, 0 once the run is over.
    limit: u32,
    folded: u32,
}

impl Credit {
    fn open_turn(&self, turn: u64) {
        let mut counter = self.counter.lock().expect("no holder of the credit panics");
        *counter = Counter { turn, next: 0, limit: self.blocks, folded: 0 };
        self.changed.notify_all();
    }

    fn close(&self) {
        self.counter.lock().expect("no holder of the credit panics").limit = 0;
        self.changed.notify_all();
    }

    fn folded(&self, folded: u32) {
        self.counter.lock().expect("no holder of the credit panics").folded = folded;
        self.changed.notify_all();
    }

    fn claim(&self, turn: u64) -> Option<u32> {
        let mut counter = self.counter.lock().expect("no holder of the credit panics");
        loop {
            if counter.turn != turn || counter.next >= counter.limit {
                return None;
            }
            if counter.next < counter.folded + self.in_flight {
                counter.next += 1;
                return Some(counter.next - 1);
            }
            counter = self.changed.wait(counter).expect("no holder of the credit panics");
        }
    }
}

struct ServerActor {
    desk: Desk,
    shards: Vec<Addr<Shard>>,
    credit: Arc<Credit>,
    turn: Option<Arc<Turn>>,
    /// Turns sent.
    turns: u64,
    /// Blocks of the present turn that have come back.
    returned: u32,
}

#[derive(Message)]
#[rtype(result = "()")]
struct Begin {
    shards: Vec<Addr<Shard>>,
}

#[derive(Message)]
#[rtype(result = "()")]
struct Returned(Result<BlockDone, Fault>);

#[derive(Message, Clone)]
#[rtype(result = "()")]
struct Run {
    number: u64,
    turn: Arc<Turn>,
    credit: Arc<Credit>,
}

impl Actor for ServerActor {
    type Context = Context<Self>;
}

impl Handler<Begin> for ServerActor {
    type Result = ();

    fn handle(&mut self, begin: Begin, _: &mut Self::Context) {
        self.shards = begin.shards;
        let started = guarded_server(self, |server| {
            let turn = server.desk.server.start()?;
            server.desk.announce(&turn)?;
            server.send(turn);
            Ok(())
        });
        self.settle(started);
    }
}

impl Handler<Returned> for ServerActor {
    type Result = ();

    fn handle(&mut self, returned: Returned, _: &mut Self::Context) {
        if self.desk.ended() {
            return;
        }
        let folded = guarded_server(self, |server| server.block_done(returned.0?));
        self.settle(folded);
    }
}

impl ServerActor {
    fn block_done(&mut self, done: BlockDone) -> Result<(), Fault> {
        self.desk.ledger.add(&done.ledger);
        self.returned += 1;
        let Some(turn) = self.turn.clone() else { return Ok(()) };
        if let Then::Work(_) = turn.then {
            let Some(decision) = self.desk.server.on_block(done.sum)? else {
                self.credit.folded(self.desk.server.folded());
                return Ok(());
            };
            match self.desk.decided(&decision)? {
                Some(next) => self.send(next),
                None => {
                    let outcome = Outcome { results: None, ledger: self.desk.ledger.clone() };
                    self.end(Ok(outcome));
                }
            }
        } else {
            self.credit.folded(self.returned);
            if self.returned == self.credit.blocks {
                let outcome = self.desk.outcome(&turn);
                self.end(Ok(outcome));
            }
        }
        Ok(())
    }

    fn send(&mut self, turn: Arc<Turn>) {
        self.returned = 0;
        self.turns += 1;
        self.credit.open_turn(self.turns);
        self.turn = Some(Arc::clone(&turn));
        for shard in &self.shards {
            shard.do_send(Run {
                number: self.turns,
                turn: Arc::clone(&turn),
                credit: Arc::clone(&self.credit),
            });
        }
    }

    fn settle(&mut self, result: Result<(), Fault>) {
        if let Err(fault) = result {
            self.end(Err(fault));
        }
    }

    fn end(&mut self, outcome: crate::host::Result) {
        self.credit.close();
        self.desk.end(outcome);
    }
}

fn guarded_server(
    server: &mut ServerActor,
    run: impl FnOnce(&mut ServerActor) -> Result<(), Fault>,
) -> Result<(), Fault> {
    super::guarded(server, |server| &mut server.desk, run)
}

struct Shard {
    bench: Bench,
    server: Addr<ServerActor>,
    /// Set by a fault: the bench may be in disorder.
    lost: bool,
}

impl Actor for Shard {
    type Context = Context<Self>;
}

impl Handler<Run> for Shard {
    type Result = ();

    fn handle(&mut self, run: Run, _: &mut Self::Context) {
        if self.lost {
            return;
        }
        let bodies = bodies(&run.turn);
        let prepared = guarded(&mut self.bench, |bench| {
            run.turn.broadcasts.iter().try_for_each(|broadcast| bench.prepare(broadcast))
        });
        if let Err(fault) = prepared {
            return self.give_up(fault);
        }
        while let Some(block) = run.credit.claim(run.number) {
            match guarded(&mut self.bench, |bench| bench.run_block(&run.turn, &bodies, block)) {
                Ok(done) => self.server.do_send(Returned(Ok(done))),
                Err(fault) => return self.give_up(fault),
            }
        }
    }
}

impl Shard {
    fn give_up(&mut self, fault: Fault) {
        self.lost = true;
        self.server.do_send(Returned(Err(fault)));
    }
}
