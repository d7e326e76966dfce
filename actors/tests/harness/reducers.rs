//! Replies that become a sum, and replies that are kept one by one: in their clients' order, whoever works
//! first.

use dpac_actors::*;
use std::sync::{Arc, Mutex};

const KINDS: [Kind; 2] = [
    Kind::up("told", Phase::Actor, &["number", "square"]).with_integers(&["list"]),
    Kind::down("ask", Phase::Actor, &["from"]).answered_by(0),
];

const ROUNDS: u32 = 3;

/// What barriers have brought, as coordinators of all runs have seen it.
type Seen = Arc<Mutex<Vec<Ended>>>;

struct Server {
    reducer: Reducer,
    round: u32,
    from: f64,
    seen: Seen,
}

impl Server {
    fn turn(&self) -> Turn {
        let from = || Named::new("from", [self.from]);
        if self.round == ROUNDS {
            return Turn::finish(vec![from()]);
        }
        let order = Order { first_step: 0, steps: 1, step_size: StepSize::constant(1.0) };
        let ask = Ask::With(Message::new(1, self.round, 0, vec![from()]));
        let base = vec![Named::new("number", [self.from]), Named::new("square", [0.5])];
        Turn::work(Work { ask, order, base, reducer: self.reducer })
    }
}

impl Coordinator for Server {
    fn start(&mut self) -> Result<Turn, Cause> {
        Ok(self.turn())
    }

    fn next(&mut self, ended: Ended) -> Result<Turn, Cause> {
        self.from += ended.aggregate.iter().flatten().fold(0.0, |sum, x| sum + x);
        self.seen.lock().expect("nobody panics").push(ended);
        self.round += 1;
        Ok(self
            .turn()
            .with(Milestone { round: self.round - 1, vectors: vec![Named::new("from", [self.from])] }))
    }

    fn state(&mut self, state: &mut State<'_>) -> Result<(), Cause> {
        state.integer(&mut self.round)?;
        state.number(&mut self.from)
    }
}

struct Client {
    /// Whether lists have as many numbers for every client.
    even: bool,
    from: f64,
}

impl Learner for Client {
    fn prepare(&mut self, broadcast: &Broadcast) -> Result<(), Cause> {
        self.from = broadcast.vectors[0].values[0];
        Ok(())
    }

    fn steps(&mut self, job: &Job<'_>, _: &mut [f64], _: &mut Generator, reply: &mut Reply) -> Effort {
        let m = f64::from(job.client);
        reply.copy_of(0, &[self.from + m]);
        reply.copy_of(1, &[m * m]);
        let length = if self.even { 2 } else { i64::from(job.client % 3) };
        *reply.integers(0) = (0..length).map(|i| 10 * i64::from(job.client) + i).collect();
        Effort { local_steps: job.order.steps, ..Effort::default() }
    }
}

fn harness(reducer: Reducer, seen: &Seen) -> Harness {
    let seen = Arc::clone(seen);
    let server = move || Server { reducer, round: 0, from: 0.0, seen: Arc::clone(&seen) };
    let client = move || Client { even: reducer != Reducer::Collect, from: 0.0 };
    Harness::new(Bundle::new("reducing", &KINDS, server, client))
}

/// The first barrier of a run whose reply differs from the base.
fn first(reducer: Reducer, clients: u32, threads: usize) -> Ended {
    let seen = Seen::default();
    harness(reducer, &seen).clients(clients).threads(threads).run().expect("no fault");
    seen.lock().expect("nobody panics").swap_remove(0)
}

#[test]
fn sums_are_of_whole_replies_and_not_of_differences() {
    for clients in [1, 5, 130] {
        let m = f64::from(clients);
        let ended = first(Reducer::Sum, clients, 2);
        // Σ m and Σ m², exactly: all of these are whole numbers, or halves that meet again.
        let sums = [m * (m - 1.0) / 2.0, (m - 1.0) * m * (2.0 * m - 1.0) / 6.0];
        assert_eq!(ended.aggregate, [[sums[0]], [sums[1]]]);
        assert_eq!(ended.integers, [[10 * sums[0] as i64, 10 * sums[0] as i64 + i64::from(clients)]]);
    }
}

#[test]
fn collected_replies_stand_in_the_order_of_their_clients_whoever_works_first() {
    for (clients, threads) in [(1, 1), (5, 2), (130, 1), (130, 5)] {
        let Ended { aggregate, integers, replies, .. } = first(Reducer::Collect, clients, threads);
        assert_eq!(replies, clients);
        let (floats, lists): (Vec<_>, Vec<_>) = (0..clients)
            .map(|client| {
                let m = f64::from(client);
                let list = (0..i64::from(client % 3)).map(|i| 10 * i64::from(client) + i).collect::<Vec<_>>();
                ([vec![m], vec![m * m]], list)
            })
            .unzip();
        assert_eq!(aggregate, floats.concat());
        assert_eq!(integers, lists);
    }
}

/// Run again on other numbers of threads, an actor for every role, replayed whole and role by role, taken up
/// after every barrier.
#[test]
fn algorithms_with_any_reducer_pass_every_check() {
    for reducer in [Reducer::Mean, Reducer::Sum, Reducer::Collect] {
        for clients in [1, 5, 70] {
            let checked = harness(reducer, &Seen::default()).clients(clients).threads(2).check();
            checked.unwrap_or_else(|error| panic!("{reducer:?}, {clients} clients: {error}"));
        }
    }
}
