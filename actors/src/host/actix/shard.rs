//! The shard placement: one actor per arbiter runs the clients of the blocks that it claims.

use crate::host::Options;
use crate::host::load::{Loads, loads, reply_bytes};
use crate::host::session::{Delivery, ServerSession, attend};
use crate::host::thread::{WorkerThread, guarded};
use crate::roles::Awaited;
use crate::trace::Tracer;
use crate::{Address, Algorithm, BlockSum, Body, Fault, Ledger, Passed, block_count, block_of};
use ::actix::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// Blocks that may be folded on shards but not yet at the server, per thread: the credit.
const BLOCKS_IN_FLIGHT_PER_THREAD: u32 = 16;

/// A shard sends what it has folded when there are so many blocks or so much time has passed: to wake the
/// server costs as much as the local steps of a few clients.
const BLOCKS_TOGETHER: usize = 8;
const SEND_EVERY: Duration = Duration::from_micros(500);

/// Bytes of turns that may wait for a thread which is behind the others: it may be so far behind that it
/// holds their broadcasts alive.
const TURNS_BEHIND_BYTES: u64 = 32 << 20;
/// The fewest and the most turns that they are.
const TURNS_BEHIND: std::ops::RangeInclusive<u64> = 2..=256;

/// Starts server and shards.
pub(super) fn open(
    algorithm: &Arc<dyn Algorithm>,
    options: &Options,
    arbiters: &[Arbiter],
    session: ServerSession,
) {
    let blocks = block_count(options.clients);
    let credit = Arc::new(Credit {
        counter: Mutex::new(Counter { turn: 0, next: 0, limit: 0, folded: 0, done: vec![0; arbiters.len()] }),
        changed: Condvar::new(),
        blocks,
        in_flight: BLOCKS_IN_FLIGHT_PER_THREAD * arbiters.len() as u32,
    });
    let state_len = algorithm.client_state_len();
    let mut kept = options.resume.as_ref().map_or_else(Vec::new, |snapshot| snapshot.states.clone());
    kept.resize(state_len * options.clients as usize, 0.0);
    let place = |client: u32| state_len * client as usize;
    let states: States = (0..blocks)
        .map(|block| block_of(options.clients, block))
        .map(|members| Mutex::new(kept[place(members.start)..place(members.end)].to_vec()))
        .collect();
    let loads = loads(arbiters.len());
    let server = ServerActor {
        session,
        states: Arc::clone(&states),
        loads: Arc::clone(&loads),
        shards: Vec::new(),
        credit: Arc::clone(&credit),
        turn: None,
        turns: 0,
        returned: 0,
    }
    .start();
    let shards = arbiters
        .iter()
        .enumerate()
        .map(|(number, arbiter)| {
            let (algorithm, options) = (Arc::clone(algorithm), options.clone());
            let (states, server, loads) = (Arc::clone(&states), server.clone(), Arc::clone(&loads));
            let credit = Arc::clone(&credit);
            Shard::start_in_arbiter(&arbiter.handle(), move |_| {
                // Made on the thread that uses it, so that the scratch of two learners lies apart.
                let tracer = options.tracer.clone();
                let mut shard = Shard { number, thread: None, states, server, tracer, loads };
                match WorkerThread::open(&*algorithm, &options) {
                    Ok(thread) => shard.thread = Some(thread),
                    Err(fault) => shard.give_up(fault, &credit),
                }
                shard
            })
        })
        .collect();
    server.do_send(Begin { shards });
}

/// What an algorithm keeps per client, by block: it goes with the block, whichever thread has claimed that.
type States = Arc<[Mutex<Vec<f64>>]>;

/// What is kept for all clients, one after another. Between turns nothing else holds a lock.
fn kept(states: &States) -> Vec<f64> {
    let block = |states: &Mutex<Vec<f64>>| states.lock().expect("a panic ends the run").clone();
    states.iter().flat_map(block).collect()
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
    /// By thread, the last turn that it has come to the end of.
    done: Vec<u64>,
}

impl Credit {
    /// Opens a turn once no thread is behind it by more than so many turns. A thread that had no block of
    /// them all is not waited for at barriers.
    fn open_turn(&self, turn: u64, behind: u64) {
        let mut counter = self.counter.lock().expect("no holder of the credit panics");
        let too_far = |counter: &mut Counter| counter.done.iter().any(|&done| turn - done.min(turn) > behind);
        counter = self.changed.wait_while(counter, too_far).expect("no holder of the credit panics");
        (counter.turn, counter.next, counter.limit, counter.folded) = (turn, 0, self.blocks, 0);
        self.changed.notify_all();
    }

    /// A thread has come to the end of a turn; of all of them, where it has given up.
    fn done(&self, thread: usize, turn: u64) {
        self.counter.lock().expect("no holder of the credit panics").done[thread] = turn;
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

    /// The next block of the turn, if there is one. Whoever has to wait for credit does `meanwhile` first.
    fn claim(&self, turn: u64, mut meanwhile: impl FnMut()) -> Option<u32> {
        let mut counter = self.counter.lock().expect("no holder of the credit panics");
        loop {
            if counter.turn != turn || counter.next >= counter.limit {
                return None;
            }
            if counter.next < counter.folded + self.in_flight {
                counter.next += 1;
                return Some(counter.next - 1);
            }
            drop(counter);
            meanwhile();
            counter = self.counter.lock().expect("no holder of the credit panics");
            let short = |counter: &mut Counter| {
                counter.turn == turn
                    && counter.next < counter.limit
                    && counter.next >= counter.folded + self.in_flight
            };
            counter = self.changed.wait_while(counter, short).expect("no holder of the credit panics");
        }
    }
}

struct ServerActor {
    session: ServerSession,
    states: States,
    loads: Loads,
    shards: Vec<Addr<Shard>>,
    credit: Arc<Credit>,
    turn: Option<Arc<Delivery>>,
    /// Turns sent.
    turns: u64,
    /// Blocks of the present turn that have come back.
    returned: u32,
}

struct Begin {
    shards: Vec<Addr<Shard>>,
}

struct Returned {
    /// The shard's number.
    from: usize,
    done: Result<Folded, Fault>,
}

/// Blocks that a shard has folded, and what passed its wire for them.
struct Folded {
    blocks: Vec<BlockSum>,
    ledger: Ledger,
    /// Letters that its clients have sent.
    letters: Vec<Passed<Body>>,
}

#[derive(Clone)]
struct Run {
    number: u64,
    turn: Arc<Delivery>,
    credit: Arc<Credit>,
}

told!(Begin, Returned, Run);

impl Actor for ServerActor {
    type Context = Context<Self>;
}

impl Handler<Begin> for ServerActor {
    type Result = ();

    fn handle(&mut self, begin: Begin, _: &mut Self::Context) {
        self.shards = begin.shards;
        self.attend(|server| {
            let turn = server.session.open()?;
            server.send(turn);
            Ok(())
        });
    }
}

impl Handler<Returned> for ServerActor {
    type Result = ();

    fn handle(&mut self, returned: Returned, _: &mut Self::Context) {
        self.attend(|server| {
            let Folded { blocks, ledger, letters } = returned.done?;
            server.loads[returned.from].taken(blocks.len() as u64, reply_bytes(&ledger));
            server.session.posted(letters);
            server.session.ledger.add(&ledger);
            for block in blocks {
                server.block_done(block)?;
            }
            Ok(())
        });
    }
}

impl AsMut<ServerSession> for ServerActor {
    fn as_mut(&mut self) -> &mut ServerSession {
        &mut self.session
    }
}

impl ServerActor {
    /// Runs the server's code; when the run is over, nobody waits for credit.
    fn attend(&mut self, run: impl FnOnce(&mut Self) -> Result<(), Fault>) {
        attend(self, run);
        if self.session.ended() {
            self.credit.close();
        }
    }

    fn block_done(&mut self, block: BlockSum) -> Result<(), Fault> {
        self.returned += 1;
        let Some(turn) = self.turn.clone() else { return Ok(()) };
        match &turn.dispatch.then {
            Awaited::Replies(_) => {
                self.session.folding();
                let decision = self.session.server.on_block(block)?;
                self.session.folded(&self.loads);
                match decision {
                    Some(decision) => {
                        if let Some(next) = self.session.decided(&decision, || kept(&self.states))? {
                            self.send(next);
                        }
                    }
                    None => self.credit.folded(self.session.server.folded()),
                }
            }
            Awaited::Results(results) if self.returned == self.credit.blocks => self.session.finish(results),
            Awaited::Results(_) => self.credit.folded(self.returned),
        }
        Ok(())
    }

    fn send(&mut self, turn: Arc<Delivery>) {
        self.returned = 0;
        self.turns += 1;
        let behind =
            (TURNS_BEHIND_BYTES / turn.bytes().max(1)).clamp(*TURNS_BEHIND.start(), *TURNS_BEHIND.end());
        self.credit.open_turn(self.turns, behind);
        for shard in &self.shards {
            shard.do_send(Run {
                number: self.turns,
                turn: Arc::clone(&turn),
                credit: Arc::clone(&self.credit),
            });
        }
        self.turn = Some(turn);
    }
}

struct Shard {
    number: usize,
    /// None after a fault, which may have left it in disorder.
    thread: Option<WorkerThread>,
    states: States,
    server: Addr<ServerActor>,
    tracer: Option<Tracer>,
    loads: Loads,
}

impl Actor for Shard {
    type Context = Context<Self>;
}

impl Handler<Run> for Shard {
    type Result = ();

    fn handle(&mut self, run: Run, _: &mut Self::Context) {
        // What roles do is guarded below, so that its panics name them. Nothing else is to end a thread that
        // the server waits for.
        let round = run.turn.dispatch.barrier().map_or(0, |barrier| barrier.asked.place.round);
        let credit = Arc::clone(&run.credit);
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| self.run(&run))) {
            self.give_up(Fault::panicked((Address::Server, round), &*panic), &credit);
        }
    }
}

impl Shard {
    /// The blocks of a turn that this thread claims.
    fn run(&mut self, run: &Run) {
        let Some(thread) = &mut self.thread else { return run.credit.done(self.number, u64::MAX) };
        thread.begin_turn(&run.turn);
        let (mut together, mut sent) = (Vec::new(), Instant::now());
        let (server, from, load) = (&self.server, self.number, &self.loads[self.number]);
        let send = |together: &mut Vec<BlockSum>, thread: &mut WorkerThread| {
            if !together.is_empty() {
                let (blocks, ledger) = (std::mem::take(together), thread.take_ledger());
                load.sent(blocks.len() as u64, reply_bytes(&ledger));
                let letters = thread.take_posted();
                server.do_send(Returned { from, done: Ok(Folded { blocks, ledger, letters }) });
            }
        };
        while let Some(block) = run.credit.claim(run.number, || send(&mut together, thread)) {
            // The lock never waits: in this turn the block is this thread's alone, and the last turn is over.
            let done = guarded(thread, |thread| {
                let mut states = self.states[block as usize].lock().expect("a panic ends the run");
                let (sum, events) = thread.run_block(&run.turn, block, &mut states)?;
                if let Some(tracer) = &self.tracer {
                    // Before anything is made of the block's result.
                    tracer.block(block, events)?;
                }
                Ok(sum)
            });
            match done {
                Ok(sum) => {
                    together.push(sum);
                    if together.len() == BLOCKS_TOGETHER || sent.elapsed() >= SEND_EVERY {
                        send(&mut together, thread);
                        sent = Instant::now();
                    }
                }
                Err(fault) => return self.give_up(fault, &run.credit),
            }
        }
        send(&mut together, thread);
        if let Err(fault) = guarded(thread, |thread| thread.end_turn(&run.turn)) {
            return self.give_up(fault, &run.credit);
        }
        run.credit.done(self.number, run.number);
    }

    fn give_up(&mut self, fault: Fault, credit: &Credit) {
        self.thread = None;
        credit.done(self.number, u64::MAX);
        self.server.do_send(Returned { from: self.number, done: Err(fault) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};

    fn credit(threads: usize) -> Credit {
        Credit {
            counter: Mutex::new(Counter { turn: 0, next: 0, limit: 0, folded: 0, done: vec![0; threads] }),
            changed: Condvar::new(),
            blocks: 1,
            in_flight: 16,
        }
    }

    /// A thread that has no block is not waited for at barriers; but turns that wait for it would hold their
    /// broadcasts alive.
    #[test]
    fn no_turn_is_opened_while_a_thread_is_too_far_behind() {
        let (credit, opened) = (credit(2), AtomicBool::new(false));
        for turn in 1..=3 {
            credit.open_turn(turn, 3);
            credit.done(0, turn);
        }
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| {
                credit.open_turn(4, 3);
                opened.store(true, Ordering::SeqCst);
            });
            std::thread::sleep(Duration::from_millis(20));
            assert!(!opened.load(Ordering::SeqCst), "the second thread has not begun");
            credit.done(1, 1);
            waiting.join().expect("no panic");
        });
        assert!(opened.load(Ordering::SeqCst));
        // A thread that has given up is not waited for.
        credit.done(1, u64::MAX);
        (5..100).for_each(|turn| {
            credit.done(0, turn);
            credit.open_turn(turn, 1);
        });
    }
}
