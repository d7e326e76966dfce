//! A society of roles that exchange typed messages: every message counted, every run the same to the bit.
//!
//! A server, clients, and a critic and an actor for each client send each other vectors, in rounds and
//! local steps. Whoever writes an algorithm says what the server decides between two barriers
//! ([`Coordinator`]) and what a worker computes ([`Learner`]); an [`Algorithm`] is the two together, with
//! a table of the [kinds](Kind) of messages. The crate does the rest: it runs them on any number of
//! threads, counts, records, replays and resumes. It knows no policy, no gradient and no model; vectors
//! have the names that the algorithm gives them.
//!
//! # The shortest whole algorithm
//!
//! Federated averaging: the server sends a model, every client takes ten noisy gradient steps on a
//! function of its own, and the server takes the mean of what comes back.
//!
//! ```
//! use dpac_actors::*;
//!
//! const KINDS: [Kind; 2] = [
//!     Kind::up("update", Phase::Actor, &["model"]),
//!     Kind::down("model", Phase::Actor, &["model"]).answered_by(0),
//! ];
//!
//! struct Server {
//!     round: u32,
//!     model: Vec<f64>,
//! }
//!
//! impl Coordinator for Server {
//!     fn start(&mut self) -> Result<Turn, Cause> {
//!         let model = vec![Named::new("model", self.model.clone())];
//!         if self.round == 50 {
//!             return Ok(Turn::finish(model));
//!         }
//!         let order = Order { first_step: 0, steps: 10, step_size: StepSize::constant(0.1) };
//!         Ok(Turn::work(Work::mean(Message::new(1, self.round, 0, model), order)))
//!     }
//!
//!     fn next(&mut self, ended: Ended) -> Result<Turn, Cause> {
//!         self.model = ended.aggregate.concat();
//!         self.round += 1;
//!         self.start()
//!     }
//!
//!     fn state(&mut self, state: &mut State<'_>) -> Result<(), Cause> {
//!         state.integer(&mut self.round)?;
//!         state.numbers(&mut self.model)
//!     }
//! }
//!
//! struct Client(Vec<f64>);
//!
//! impl Learner for Client {
//!     fn prepare(&mut self, broadcast: &Broadcast) -> Result<(), Cause> {
//!         self.0 = broadcast.vectors[0].values.to_vec();
//!         Ok(())
//!     }
//!
//!     fn steps(&mut self, job: &Job<'_>, _: &mut [f64], rng: &mut Generator, reply: &mut Reply) -> Effort {
//!         for x in reply.copy_of(0, &self.0) {
//!             for k in 0..job.order.steps {
//!                 let noise = f64::from(rng.next_u32()) / f64::from(u32::MAX) - 0.5;
//!                 *x -= job.order.step_size.at(k) * (*x - f64::from(job.client) + noise);
//!             }
//!         }
//!         Effort { local_steps: job.order.steps, ..Effort::default() }
//!     }
//! }
//!
//! let fedavg = Bundle::new("fedavg", &KINDS, || Server { round: 0, model: vec![0.0] }, || Client(vec![]));
//! let counts = |m| vec![Count::wire("model", 50 * m, 50 * m), Count::wire("update", 50 * m, 50 * m)];
//! let outcome = Harness::new(fedavg).clients(8).seed(7).expect(counts).check()?;
//! let found = outcome.result("model").unwrap()[0];
//! assert!((found - 3.5).abs() < 0.1, "{found}");
//! # Ok::<(), HarnessError>(())
//! ```
//!
//! A phase says which of a client's two workers computes, the critic or the actor; an algorithm that has
//! use for one takes either.
//!
//! [`Harness::check`] runs it, compares what was sent with the closed form in `counts`, runs it again,
//! runs every role alone, runs it on 1, 2 and 5 threads in both [placements](host::Placement), and takes
//! it up after some of its barriers. Each must give the same results, ledger and trace; where one does
//! not, the error names the first message and number that are others:
//!
//! ```text
//! the run, made again, differs:
//!   round    0 is the first that differs
//!   message  update from actor:3 to client:3, round 0, actor phase, barrier 0
//!            digest 89538d78282098c7, recorded was ed400996c0777d51
//!   number   model[0]
//!            now             2.0798619008602337  bits 4000a38ea2e320f8
//!            recorded        2.0798619008602333  bits 4000a38ea2e320f7
//!            1 ulp apart
//! ```
//!
//! # What is guaranteed
//!
//! * **The same bits.** Results, ledger and trace are a function of algorithm, number of clients and
//!   seed, and not of threads or placement, if the algorithm draws from nothing but what it is given.
//!   Replies fold in client order ([`BlockFold`]), and random streams are keyed by their place in the run
//!   ([`StreamKey`]). [`Harness::same_on`] holds an algorithm to it.
//! * **Every message is counted.** Each passes the [`Wire`], which counts it in the [`Ledger`] by kind
//!   and link, with its floats and integers by name. [`Harness::expect`] compares the ledger with what an
//!   algorithm's author expects.
//! * **A slip is a fault.** A number that is none, a vector of another length or name, a reply that does
//!   not come, or a panic ends the run with a [`Fault`] that names role and round.
//! * **A run replays.** A [trace] of level full has every message; [`Harness::record`] writes one, and
//!   [`Harness::replays`] runs the whole algorithm against it, and then one role after another.
//! * **A run goes on.** A [`Snapshot`] after a barrier has what it takes to go on to the same bits;
//!   [`Harness::resumes`] holds an algorithm to it.
//!
//! # How to go on
//!
//! * Sparse replies, letters from client to client, integers: [`Reply`]. Numbers that are kept for a
//!   client between rounds: [`Algorithm::client_state_len`]. Results of outer rounds for observers:
//!   [`Milestone`]. What the server does that costs: [`Algorithm::server_work`].
//! * Who runs a society, how it is watched, stopped and gone on with: [`host`]. The roles alone, for a
//!   host of one's own: [`roles`].
//! * The crate `dpac` has algorithms of policy optimisation on top of this one, and a program around
//!   them.

mod bundle;
mod codec;
mod fault;
mod fold;
mod harness;
pub mod host;
mod ledger;
mod message;
#[doc = include_str!("ordering.md")]
pub mod ordering {}
mod outcome;
mod plant;
mod ports;
mod reducer;
mod reply;
pub mod roles;
mod snapshot;
mod state;
mod stream;
mod touched;
pub mod trace;
mod wire;

pub use bundle::Bundle;
pub use codec::{CodecError, FRAME_BYTES_MAX, decode, encode};
pub use fault::{Cause, Fault};
pub use fold::{BlockFold, BlockSum, block_count, block_of, block_size};
pub use harness::{Count, CountDifference, Harness, HarnessError, Rerun};
pub(crate) use ledger::add_counts;
pub use ledger::{Counters, Effort, Ledger, Link, Tally, Total};
pub use message::{
    Address, Body, Broadcast, Envelope, Header, Integers, KIND_BARRIER, Kind, Letter, Named, Order, Phase,
    Place, Route, StepSize,
};
pub use plant::{Damage, Plant};
pub use ports::{
    Algorithm, Ask, Coordinator, Ended, Job, Learner, Message, Milestone, StepByStep, Then, Turn, Work,
};
/// The trait that gives a [`Generator`] its numbers: `next_u64`, `next_u32`.
pub use rand_pcg::rand_core::Rng;
pub use reducer::Reducer;
pub use reply::{Draft, Marked, Reply};
pub use snapshot::{Snapshot, TracePosition};
pub use state::{State, StateInteger};
pub use stream::{Generator, Jump, Purpose, StreamKey, Streams};
pub use wire::{Passed, Wire};

/// The code on the crate's first page elsewhere, held to what it says.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
