//! The typed messages, their addresses and kinds.

use std::fmt;
use std::sync::Arc;

/// A role instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Address {
    /// The one server.
    Server,
    /// Client m.
    Client(u32),
    /// The critic of client m.
    Critic(u32),
    /// The actor of client m.
    Actor(u32),
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Server => write!(f, "server"),
            Address::Client(m) => write!(f, "client:{m}"),
            Address::Critic(m) => write!(f, "critic:{m}"),
            Address::Actor(m) => write!(f, "actor:{m}"),
        }
    }
}

/// Which half of the algorithm a message belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Policy evaluation.
    Critic,
    /// Policy improvement.
    Actor,
}

impl Phase {
    /// Both phases, by number.
    pub const ALL: [Phase; 2] = [Phase::Critic, Phase::Actor];

    /// 0 for the critic's phase, 1 for the actor's.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The phase of that number.
    pub fn from_number(number: u8) -> Option<Phase> {
        Phase::ALL.get(usize::from(number)).copied()
    }

    /// The role of client `m` that works in this phase.
    pub fn worker(self, m: u32) -> Address {
        match self {
            Phase::Critic => Address::Critic(m),
            Phase::Actor => Address::Actor(m),
        }
    }

    /// The phase's name in files.
    pub fn name(self) -> &'static str {
        match self {
            Phase::Critic => "critic",
            Phase::Actor => "actor",
        }
    }
}

/// The way that messages of a kind go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Route {
    /// Server to client.
    Down,
    /// Client to server.
    Up,
    /// Client to client.
    Peer,
}

impl Route {
    /// All routes, by number.
    pub const ALL: [Route; 3] = [Route::Down, Route::Up, Route::Peer];

    /// The route's number in files.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// The route of that number.
    pub fn from_number(number: u8) -> Option<Route> {
        Route::ALL.get(usize::from(number)).copied()
    }

    /// The route's name in files and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Route::Down => "down",
            Route::Up => "up",
            Route::Peer => "peer",
        }
    }
}

/// A kind of message, as its algorithm declares it; a kind's number is its place in the algorithm's table.
///
/// ```
/// use dpac_actors::{Kind, Phase};
/// const KINDS: &[Kind] = &[
///     Kind::up("gradient", Phase::Actor, &["gradient"]).with_integers(&["samples"]),
///     Kind::down("model", Phase::Actor, &["model"]).answered_by(0),
/// ];
/// assert_eq!(KINDS[1].answer, Some(0));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// The name in files.
    pub name: &'static str,
    /// The way that it goes.
    pub route: Route,
    /// The phase it is counted under.
    pub phase: Phase,
    /// Whether it opens a phase: a *broadcast* in the ledger's words. Otherwise it answers the barrier that
    /// has just closed.
    pub opens_phase: bool,
    /// Number of the kind that answers it, where it can ask for local steps.
    pub answer: Option<u16>,
    /// Names of the vectors it carries, in order, under which their floats are counted; a message may leave
    /// out the last ones.
    pub vectors: &'static [&'static str],
    /// Names of the vectors of integers it carries after them, likewise.
    pub integers: &'static [&'static str],
}

impl Kind {
    const fn on(route: Route, name: &'static str, phase: Phase, vectors: &'static [&'static str]) -> Self {
        Kind { name, route, phase, opens_phase: false, answer: None, vectors, integers: &[] }
    }

    /// A kind that goes from the server to clients.
    pub const fn down(name: &'static str, phase: Phase, vectors: &'static [&'static str]) -> Self {
        Kind::on(Route::Down, name, phase, vectors)
    }

    /// A kind that goes from clients to the server.
    pub const fn up(name: &'static str, phase: Phase, vectors: &'static [&'static str]) -> Self {
        Kind::on(Route::Up, name, phase, vectors)
    }

    /// A kind that goes from client to client.
    pub const fn peer(name: &'static str, phase: Phase, vectors: &'static [&'static str]) -> Self {
        Kind::on(Route::Peer, name, phase, vectors)
    }

    /// The same kind, which opens a phase.
    pub const fn opening(self) -> Self {
        Kind { opens_phase: true, ..self }
    }

    /// The same kind, which can ask for local steps and is then answered by messages of kind `number`.
    pub const fn answered_by(self, number: u16) -> Self {
        Kind { answer: Some(number), ..self }
    }

    /// The same kind, which also carries vectors of integers.
    pub const fn with_integers(self, integers: &'static [&'static str]) -> Self {
        Kind { integers, ..self }
    }

    /// Whether messages of this kind may carry so many vectors of floats and of integers.
    pub(crate) fn carries(&self, vectors: usize, integers: usize) -> bool {
        vectors <= self.vectors.len() && integers <= self.integers.len()
    }
}

/// The kind number of notes of barriers, which belong to no algorithm.
pub const KIND_BARRIER: u16 = u16::MAX;

/// A place in the run: the barrier that a message opens or closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Outer round.
    pub round: u32,
    /// Phase.
    pub phase: Phase,
    /// Number of the barrier within (round, phase).
    pub barrier: u32,
}

/// Who sends what to whom, and when in the run: position is logical, never arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Sender.
    pub from: Address,
    /// Receiver.
    pub to: Address,
    /// The barrier that it opens or closes.
    pub place: Place,
    /// Number of the kind.
    pub kind: u16,
}

/// The step size of local step k: `min(cap, scale / (offset + k))`, k counted within the phase of one outer
/// round.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepSize {
    /// Largest step.
    pub cap: f64,
    /// Numerator; infinite for a constant step.
    pub scale: f64,
    /// Added to k; positive.
    pub offset: f64,
}

impl StepSize {
    /// The same step for all k.
    pub const fn constant(step: f64) -> Self {
        StepSize { cap: step, scale: f64::INFINITY, offset: 1.0 }
    }

    /// The step of local step `k`.
    #[inline]
    pub fn at(&self, k: u64) -> f64 {
        self.cap.min(self.scale / (self.offset + k as f64))
    }
}

/// What a `Sync` asks for: so many local steps, or none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Order {
    /// Number of the first local step within the phase of this outer round.
    pub first_step: u64,
    /// Number of local steps; 0 installs the parameters and asks for nothing.
    pub steps: u64,
    /// Their sizes.
    pub step_size: StepSize,
}

impl Order {
    /// Install only.
    pub const NONE: Order =
        Order { first_step: 0, steps: 0, step_size: StepSize { cap: 0.0, scale: 0.0, offset: 1.0 } };
}

/// A named vector.
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    /// The name, as a kind of the algorithm declares it.
    pub name: &'static str,
    /// Its components, shared by everyone who holds it.
    pub values: Arc<[f64]>,
}

impl Named {
    /// A vector of this name.
    pub fn new(name: &'static str, values: impl Into<Arc<[f64]>>) -> Self {
        Named { name, values: values.into() }
    }

    /// Whether every component is a number, and none an infinity.
    pub(crate) fn is_finite(&self) -> bool {
        self.values.iter().all(|value| value.is_finite())
    }
}

/// A named vector of integers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Integers {
    /// The name, as a kind of the algorithm declares it.
    pub name: &'static str,
    /// Its components, shared by everyone who holds it.
    pub values: Arc<[i64]>,
}

/// One payload for many clients, shared, not copied; each client's copy is one message.
#[derive(Clone, Debug, PartialEq)]
pub struct Broadcast {
    /// Counts the server's broadcasts from 1, so that a worker prepares for each only once.
    pub serial: u64,
    /// Number of the kind.
    pub kind: u16,
    /// The barrier that its order opens, or would open.
    pub place: Place,
    /// What the receiver shall do.
    pub order: Order,
    /// The vectors of the kind, in its order, without those that it leaves out.
    pub vectors: Vec<Named>,
    /// The vectors of integers of the kind, likewise.
    pub integers: Vec<Integers>,
}

impl Broadcast {
    /// The vector of that name.
    pub fn vector(&self, name: &str) -> Option<&Arc<[f64]>> {
        self.vectors.iter().find(|vector| vector.name == name).map(|vector| &vector.values)
    }

    /// The vector of integers of that name.
    pub fn integers(&self, name: &str) -> Option<&Arc<[i64]>> {
        self.integers.iter().find(|vector| vector.name == name).map(|vector| &vector.values)
    }

    /// The header of the copy for client `m`.
    pub fn header(&self, m: u32) -> Header {
        Header { from: Address::Server, to: Address::Client(m), place: self.place, kind: self.kind }
    }
}

/// What one client tells another.
#[derive(Clone, Debug, PartialEq)]
pub struct Letter {
    /// Client that wrote it.
    pub from: u32,
    /// Client that it is for.
    pub to: u32,
    /// Number of the kind, which goes from client to client.
    pub kind: u16,
    /// Vectors of the kind, in its order.
    pub vectors: Vec<Arc<[f64]>>,
    /// Vectors of integers of the kind.
    pub integers: Vec<Arc<[i64]>>,
}

impl Letter {
    /// A letter of floats.
    pub fn new(from: u32, to: u32, kind: u16, vectors: Vec<Arc<[f64]>>) -> Self {
        Letter { from, to, kind, vectors, integers: Vec::new() }
    }

    /// The same letter, with a further vector of integers.
    pub fn with_integers(mut self, values: impl Into<Arc<[i64]>>) -> Self {
        self.integers.push(values.into());
        self
    }

    /// The header under which it goes from client to client, written for the barrier at `place`.
    pub fn header(&self, place: Place) -> Header {
        let (from, to) = (Address::Client(self.from), Address::Client(self.to));
        Header { from, to, place, kind: self.kind }
    }
}

/// What a message carries.
#[derive(Clone, Debug)]
pub enum Body {
    /// Parameters to start from; server to client, client to worker.
    Sync(Arc<Broadcast>),
    /// The result of local steps; worker to client, client to server.
    LocalStepsDone {
        /// Steps taken.
        steps: u64,
        /// The vectors of the kind, in its order.
        vectors: Vec<Vec<f64>>,
        /// Its vectors of integers.
        integers: Vec<Vec<i64>>,
    },
    /// What one client tells another; worker to client, client to client, client to worker.
    Letter(Arc<Letter>),
    /// A barrier that has closed; the server's note to itself.
    Barrier {
        /// Replies folded.
        replies: u32,
        /// xxh3-64 of the aggregate's bits.
        digest: u64,
    },
}

/// A message under way.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// Sender, receiver, place in the run and kind.
    pub header: Header,
    /// The payload.
    pub body: Body,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(step: StepSize, k: u64) -> u64 {
        step.at(k).to_bits()
    }

    #[test]
    fn a_constant_step_is_the_same_at_every_local_step() {
        for k in [0, 1, 1 << 20, u64::MAX] {
            assert_eq!(at(StepSize::constant(0.25), k), 0.25_f64.to_bits());
        }
        assert_eq!(at(Order::NONE.step_size, 3), 0.0_f64.to_bits());
    }

    #[test]
    fn a_falling_step_is_capped_until_the_quotient_is_smaller() {
        // 2 / (4 + k) is 1/2, 2/5, 1/3, … and meets the cap of 3/10 after k = 2.
        let step = StepSize { cap: 0.3, scale: 2.0, offset: 4.0 };
        let expected = [0.3, 0.3, 0.3, 2.0 / 7.0, 0.25, 2.0 / 9.0];
        for (k, expected) in (0..).zip(expected) {
            assert_eq!(at(step, k), f64::to_bits(expected), "step {k}");
        }
        let uncapped = StepSize { cap: f64::INFINITY, ..step };
        assert_eq!(at(uncapped, 0), 0.5_f64.to_bits());
    }

    #[test]
    fn numbers_and_names_of_phases_and_routes_are_fixed() {
        assert_eq!(Phase::ALL.map(Phase::number), [0, 1]);
        assert_eq!([0, 1, 2].map(Phase::from_number), [Some(Phase::Critic), Some(Phase::Actor), None]);
        assert_eq!(Route::ALL.map(Route::number), [0, 1, 2]);
        assert_eq!([1, 2, 3].map(Route::from_number), [Some(Route::Up), Some(Route::Peer), None]);
        assert_eq!(Route::ALL.map(Route::name), ["down", "up", "peer"]);
        let text = [Address::Server, Phase::Critic.worker(3), Phase::Actor.worker(4), Address::Client(5)]
            .map(|address| address.to_string());
        assert_eq!(text, ["server", "critic:3", "actor:4", "client:5"]);
    }
}
