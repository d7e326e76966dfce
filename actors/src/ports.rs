//! The two ports that an algorithm implements, and the bundle that carries them.

use crate::{
    Broadcast, Cause, Effort, Generator, Integers, Kind, Letter, Named, Order, Place, Reducer, Reply, State,
    add_counts,
};
use std::sync::Arc;

/// An algorithm: its kinds of message, its server side and its worker side.
///
/// Hosts take the bundle; a user's own is passed in directly. [`Bundle`](crate::Bundle) makes one of two
/// functions, and the front page of the crate has a whole algorithm.
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

    /// Names of what its server does that costs (nodes of a search, likelihoods), in the order in which
    /// [`Turn::done`] counts it: none unless the algorithm says so.
    fn server_work(&self) -> &[&'static str] {
        &[]
    }
}

/// An algorithm seen from the server: given what the barrier that has just closed came to, it says what
/// happens next.
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

    /// Visits everything that [`Coordinator::next`] depends on, so that a run can be taken up again: the same
    /// lines write it and read it. An algorithm without them runs, and cannot be taken up.
    ///
    /// # Errors
    /// [`Cause::State`] where what is read does not fit.
    fn state(&mut self, _state: &mut State<'_>) -> Result<(), Cause> {
        Err(State::NONE)
    }
}

/// What the server does between two barriers.
///
/// ```
/// use dpac_actors::{Ask, Message, Named, Order, Reducer, StepSize, Turn, Work};
/// let model = || vec![Named::new("model", [0.0, 0.0])];
/// let order = Order { first_step: 0, steps: 10, step_size: StepSize::constant(0.1) };
/// let ask = Ask::With(Message::new(1, 0, 0, model()));
/// let turn = Turn::work(Work { ask, order, base: model(), reducer: Reducer::Mean });
/// assert!(turn.tell.is_empty());
/// ```
#[derive(Clone, Debug)]
pub struct Turn {
    /// What every client is told first, in this order.
    pub tell: Vec<Message>,
    /// What an outer round has brought, for observers.
    pub milestone: Option<Milestone>,
    /// The server's own vector after the barrier that has just closed, for observers: no message need carry
    /// it.
    pub iterate: Option<Named>,
    /// What the server has done to come to this turn, in the units of [`Algorithm::server_work`] and their
    /// order; the last ones may be left out. It is counted with the messages of this turn.
    pub done: Vec<u64>,
    /// What is waited for.
    pub then: Then,
}

impl Turn {
    /// Local steps, and a barrier.
    pub fn work(work: Work) -> Self {
        Turn::then(Then::Work(work))
    }

    /// The end of the run, with its results.
    pub fn finish(results: Vec<Named>) -> Self {
        Turn::then(Then::Finish(results))
    }

    fn then(then: Then) -> Self {
        Turn { tell: Vec::new(), milestone: None, iterate: None, done: Vec::new(), then }
    }

    /// The same turn, for which the server has done so much more.
    ///
    /// ```
    /// use dpac_actors::Turn;
    /// // An algorithm whose `server_work` is ["nodes", "regressions"].
    /// let turn = Turn::finish(Vec::new()).after(&[64]).after(&[64, 3]);
    /// assert_eq!(turn.done, [128, 3]);
    /// ```
    pub fn after(mut self, done: &[u64]) -> Self {
        add_counts(&mut self.done, done);
        self
    }

    /// The same turn, in which clients are also told this before anything is waited for.
    pub fn telling(mut self, message: impl Into<Option<Message>>) -> Self {
        self.tell.extend(message.into());
        self
    }

    /// The same turn, with what an outer round has brought.
    pub fn with(self, milestone: Milestone) -> Self {
        Turn { milestone: Some(milestone), ..self }
    }

    /// The same turn, with the server's own vector after the barrier that has just closed.
    pub fn at(self, iterate: Named) -> Self {
        Turn { iterate: Some(iterate), ..self }
    }
}

/// What the server tells every client.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Number of the kind.
    pub kind: u16,
    /// Outer round.
    pub round: u32,
    /// Number of the barrier within the round and the kind's phase.
    pub barrier: u32,
    /// Vectors of the kind, in its order; the last ones may be left out.
    pub vectors: Vec<Named>,
    /// Vectors of integers of the kind, likewise.
    pub integers: Vec<Integers>,
}

impl Message {
    /// A message of floats.
    pub fn new(kind: u16, round: u32, barrier: u32, vectors: Vec<Named>) -> Self {
        Message { kind, round, barrier, vectors, integers: Vec::new() }
    }

    /// The same message, with a further vector of integers.
    pub fn with_integers(mut self, name: &'static str, values: impl Into<Arc<[i64]>>) -> Self {
        self.integers.push(Integers { name, values: values.into() });
        self
    }
}

/// How a turn ends.
#[derive(Clone, Debug)]
pub enum Then {
    /// Local steps of every client, and a barrier.
    Work(Work),
    /// The run is over; these are its results.
    Finish(Vec<Named>),
}

/// A barrier: what is asked for, and how the replies are folded.
#[derive(Clone, Debug)]
pub struct Work {
    /// How workers learn of it, and where in the run it is.
    pub ask: Ask,
    /// The local steps.
    pub order: Order,
    /// What the replies are differences from: one vector per vector of the reply.
    pub base: Vec<Named>,
    /// How replies become one.
    pub reducer: Reducer,
}

impl Work {
    /// The mean of the replies to a message, whose vectors are what replies are differences from.
    pub fn mean(message: Message, order: Order) -> Self {
        let base = message.vectors.clone();
        Work { ask: Ask::With(message), order, base, reducer: Reducer::Mean }
    }
}

/// How workers learn what is asked of them.
#[derive(Clone, Debug)]
pub enum Ask {
    /// From this message, the turn's last, whose kind says what answers it.
    With(Message),
    /// They knew it before the run; only the first turn can ask so.
    Known {
        /// Outer round.
        round: u32,
        /// Number of the barrier within the round and the reply's phase.
        barrier: u32,
        /// Kind of the replies.
        reply: u16,
    },
}

/// What a barrier has brought.
#[derive(Clone, Debug, PartialEq)]
pub struct Ended {
    /// The barrier.
    pub place: Place,
    /// How many replies there were.
    pub replies: u32,
    /// The reduced vectors, in the reply's order; of [`Reducer::Collect`] all replies' vectors, client by
    /// client.
    pub aggregate: Vec<Vec<f64>>,
    /// Sums of the replies' vectors of integers, in the reply's order; likewise.
    pub integers: Vec<Vec<i64>>,
    /// `(1/M) Σ_m ‖reply_m − base‖²`, the mean squared displacement: how far the clients are from where they
    /// started, whatever way they took.
    pub drift: f64,
}

/// What an outer round has brought.
#[derive(Clone, Debug)]
pub struct Milestone {
    /// Number of the outer round.
    pub round: u32,
    /// Its vectors: the policy it used, the critic it found.
    pub vectors: Vec<Named>,
}

/// An algorithm seen from a worker. One per thread; it lends itself to the client whose turn it is.
pub trait Learner: Send {
    /// Takes in a broadcast: tables and parameters that every client starts from. A pure function of the
    /// broadcasts so far, called once per thread and broadcast, in the server's order. What it leaves behind
    /// shall depend on the last broadcast of each kind only: a run that is taken up again knows no others.
    ///
    /// # Errors
    /// A vector that is missing or has the wrong length.
    fn prepare(&mut self, broadcast: &Broadcast) -> Result<(), Cause>;

    /// Takes the job's local steps for one client, starting from what was prepared, and writes the reply's
    /// vectors. Draws from `rng` and from nothing else.
    fn steps(&mut self, job: &Job<'_>, state: &mut [f64], rng: &mut Generator, reply: &mut Reply) -> Effort;

    /// The same learner for whoever looks at every local step, where it shows them.
    fn step_by_step(&mut self) -> Option<&mut dyn StepByStep> {
        None
    }
}

/// A learner whose local steps can be looked at one after the other. No client asks for it: whoever measures
/// takes a client's steps once more.
pub trait StepByStep {
    /// Takes the job's local steps as [`Learner::steps`] does, and shows the reply's only vector as it is
    /// before each of them. Of a phase whose steps it does not show it shows nothing.
    fn look(&mut self, job: &Job<'_>, rng: &mut Generator, see: &mut dyn FnMut(&[f64]));
}

/// One local phase of one client.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a> {
    /// The client.
    pub client: u32,
    /// The barrier that waits for it.
    pub place: Place,
    /// Steps and their sizes.
    pub order: Order,
    /// Letters that other clients wrote in the turn before, by sender.
    pub letters: &'a [Arc<Letter>],
}
