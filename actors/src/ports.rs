//! The two ports that an algorithm implements, and the bundle that carries them.

use crate::{Broadcast, Cause, Effort, Generator, Kind, Named, Order, Phase, Reply};
use std::sync::Arc;

/// An algorithm: its kinds of message, its server side and its worker side.
///
/// Hosts take the bundle; a user's own is passed in directly. One example is worth a page: the tests of this crate have a
/// small and complete one, `actors/tests/society/walk.rs`.
pub trait Algorithm: Send + Sync {
    /// The name in configurations and reports.
    fn name(&self) -> &str;

    /// The kinds of message, by number.
    fn kinds(&self) -> &[Kind];

    /// The server's side, at the beginning of a run.
    fn coordinator(&self) -> Box<dyn Coordinator>;

    /// A worker's side. Called once per thread.
    fn learner(&self) -> Box<dyn Learner>;

    /// Numbers kept per client between rounds (momentum, dual variables): none unless the algorithm says so.
    fn client_state_len(&self) -> usize {
        0
    }
}

/// An algorithm seen from the server: given what has just been aggregated, say what happens next.
pub trait Coordinator: Send {
    /// The first turn.
    ///
    /// # Errors
    /// What the algorithm finds wrong.
    fn start(&mut self) -> Result<Turn, Cause>;

    /// The turn after a barrier.
    ///
    /// # Errors
    /// What the algorithm finds wrong.
    fn next(&mut self, ended: Ended) -> Result<Turn, Cause>;

    /// Everything that [`Coordinator::next`] depends on, so that a run can be taken up again. `None`: it cannot.
    fn save(&self) -> Option<Vec<u8>> {
        None
    }

    /// Takes up what another coordinator of the same algorithm has saved. Called before anything else.
    ///
    /// # Errors
    /// [`Cause::State`] where that does not fit.
    fn restore(&mut self, _saved: &[u8]) -> Result<(), Cause> {
        Err(Cause::State("the algorithm does not save itself"))
    }
}

/// What the server does between two barriers.
///
/// The server checks it before anything is sent: serial numbers go up by one; vectors and phases are as the kinds declare;
/// a barrier has exactly one order, from a message of its round, phase and sync whose kind its replies answer.
#[derive(Clone, Debug)]
pub struct Turn {
    /// What is sent first, in this order, each to its recipients.
    pub broadcasts: Vec<Arc<Broadcast>>,
    /// What an outer round has brought forth, for whoever watches.
    pub milestone: Option<Milestone>,
    /// What is waited for.
    pub then: Then,
}

/// How a turn ends.
#[derive(Clone, Debug)]
pub enum Then {
    /// Local steps of the recipients, and a barrier.
    Work(Work),
    /// The run is over; these are its results.
    Finish(Vec<Named>),
}

/// A barrier: who works, how their replies are folded.
#[derive(Clone, Debug)]
pub struct Work {
    /// Outer round.
    pub round: u32,
    /// Phase, which names the role that works.
    pub phase: Phase,
    /// Barrier within (round, phase).
    pub sync: u32,
    /// The local steps.
    pub order: Order,
    /// Kind of the replies.
    pub reply: u16,
    /// What the replies are differences from: one vector per vector of the reply.
    pub base: Vec<Named>,
    /// Who works. Clients that differ in steps or speed, and deadlines, become further values here.
    pub recipients: Recipients,
    /// How replies become one.
    pub reducer: Reducer,
    /// Whether the order was known before the run (in its first turn only), rather than sent with a broadcast.
    pub known: bool,
}

/// Who takes part in a barrier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Recipients {
    /// Every client.
    Everyone,
}

/// How replies become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reducer {
    /// `base + (1/M) Σ_m (reply_m − base)`.
    Mean,
}

/// What a barrier has brought.
#[derive(Clone, Debug, PartialEq)]
pub struct Ended {
    /// Outer round.
    pub round: u32,
    /// Phase.
    pub phase: Phase,
    /// Barrier within (round, phase).
    pub sync: u32,
    /// Replies folded.
    pub replies: u32,
    /// The reduced vectors, in the reply's order.
    pub aggregate: Vec<Vec<f64>>,
    /// `(1/M) Σ_m ‖reply_m − base‖²`, the mean squared displacement: how far the clients are from where they started, whatever way
    /// they took.
    pub drift: f64,
}

/// What an outer round has brought forth.
#[derive(Clone, Debug)]
pub struct Milestone {
    /// The round.
    pub round: u32,
    /// Its vectors: the policy it used, the critic it found.
    pub vectors: Vec<Named>,
}

/// An algorithm seen from a worker. One per thread; it lends itself to the client whose turn it is.
pub trait Learner: Send {
    /// Takes in a broadcast: tables and parameters that every client starts from. A pure function of the broadcasts so
    /// far, called once per thread and broadcast, in the server's order. What it leaves behind shall depend on the last
    /// broadcast of each kind only: a run that is taken up again knows no others.
    ///
    /// # Errors
    /// A vector that is missing or has the wrong length.
    fn prepare(&mut self, broadcast: &Broadcast) -> Result<(), Cause>;

    /// Takes the job's local steps for one client, starting from what was prepared, and writes the reply's vectors.
    /// Draws from `rng` and from nothing else.
    fn steps(&mut self, job: &Job, state: &mut [f64], rng: &mut Generator, reply: &mut Reply) -> Effort;
}

/// One local phase of one client.
#[derive(Clone, Copy, Debug)]
pub struct Job {
    /// Whose.
    pub client: u32,
    /// Outer round.
    pub round: u32,
    /// Phase.
    pub phase: Phase,
    /// Barrier within (round, phase).
    pub sync: u32,
    /// Steps and their sizes.
    pub order: Order,
}
