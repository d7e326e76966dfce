//! The two ports that an algorithm implements, and the bundle that carries them.

use crate::{Broadcast, Cause, Effort, Generator, Kind, Named, Order, Phase, Touched};
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

/// The vectors of a reply; their memory is used again for the next client.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    /// In the order of the reply's kind.
    pub vectors: Vec<Vec<f64>>,
    kept: Kept,
}

/// A vector that every client of a turn starts from, kept from one client to the next.
#[derive(Clone, Debug, Default)]
struct Kept {
    /// Whether the host lets clients share one.
    allowed: bool,
    /// Whether `values` are those of this turn, but for what is marked.
    valid: bool,
    /// Whether the present reply is made of it.
    used: bool,
    values: Vec<f64>,
    touched: Touched,
}

/// A local phase that may change one component in so many, or more, starts from a copy: marks would cost more.
const COMPONENTS_PER_CHANGE: u64 = 8;

impl Reply {
    /// A reply that can be kept from one client to the next, of which only what has changed is put back.
    pub(crate) fn keeping(allowed: bool) -> Self {
        Reply { kept: Kept { allowed, ..Kept::default() }, ..Reply::default() }
    }

    /// A turn begins, whose clients start from something else.
    pub(crate) fn begin_turn(&mut self) {
        self.kept.valid = false;
    }

    /// The next client's reply: nothing of another client's remains, but its memory does.
    pub(crate) fn begin(&mut self, vectors: usize) {
        self.kept.used = false;
        self.vectors.truncate(vectors);
        self.vectors.iter_mut().for_each(Vec::clear);
    }

    /// Which components of the only vector may differ from what all clients start from; `None`: any.
    pub(crate) fn take_touched(&mut self) -> Option<Touched> {
        self.kept.used.then(|| std::mem::take(&mut self.kept.touched))
    }

    /// Takes back what a message has carried.
    pub(crate) fn end(&mut self, mut vectors: Vec<Vec<f64>>, touched: Option<Touched>) {
        if let (Some(touched), Some(values)) = (touched, vectors.first_mut()) {
            std::mem::swap(values, &mut self.kept.values);
            self.kept.touched = touched;
        }
        self.vectors = vectors;
    }

    /// The only vector of the reply, equal to `values`, which are the same for all clients until the learner prepares again, and marks:
    /// whoever changes a component must mark it. About `changes` of them will be changed. `None` where a copy
    /// ([`Reply::copy_of`]) is cheaper, or is wanted by the host.
    pub fn marked_copy_of(&mut self, values: &[f64], changes: u64) -> Option<(&mut [f64], &mut Touched)> {
        let Kept { allowed, valid, used, values: kept, touched } = &mut self.kept;
        if !*allowed || changes.saturating_mul(COMPONENTS_PER_CHANGE) > values.len() as u64 {
            return None;
        }
        if *valid && kept.len() == values.len() {
            for i in touched.iter() {
                kept[i] = values[i];
            }
            debug_assert!(kept.iter().zip(values).all(|(kept, value)| kept.to_bits() == value.to_bits()));
        } else {
            kept.clear();
            kept.extend_from_slice(values);
        }
        touched.reset(values.len());
        (*valid, *used) = (true, true);
        self.vectors.resize(1, Vec::new());
        std::mem::swap(kept, &mut self.vectors[0]);
        Some((&mut self.vectors[0], touched))
    }

    /// Makes vector `i` a copy of `values` and returns it.
    pub fn copy_of(&mut self, i: usize, values: &[f64]) -> &mut [f64] {
        if self.vectors.len() <= i {
            self.vectors.resize(i + 1, Vec::new());
        }
        let vector = &mut self.vectors[i];
        vector.clear();
        vector.extend_from_slice(values);
        vector
    }
}
