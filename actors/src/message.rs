//! The typed messages, their addresses and kinds.

use crate::touched::Touched;
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

/// Which way a message goes on the star.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Direction {
    /// Client to server.
    Up,
    /// Server to client.
    Down,
}

/// What lets a fan-out from the server happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opens {
    /// It answers the aggregation that has just ended; also what a reply declares.
    Nothing,
    /// It opens a phase: a *broadcast* in the ledger's words.
    Phase,
}

/// A name under which floats are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VectorName {
    /// The policy's parameter, `d_θ` floats.
    Theta,
    /// The stacked critic, `Σ_h d_{Q,h}` floats.
    Psi,
    /// The direction of policy improvement, `d_θ` floats.
    Omega,
    /// Anything else that an algorithm sends.
    Other,
}

impl VectorName {
    /// All names, by number.
    pub const ALL: [VectorName; 4] =
        [VectorName::Theta, VectorName::Psi, VectorName::Omega, VectorName::Other];

    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            VectorName::Theta => "theta",
            VectorName::Psi => "psi",
            VectorName::Omega => "omega",
            VectorName::Other => "other",
        }
    }
}

/// A kind of message, as its algorithm declares it; a kind's number is its place in the algorithm's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// The name in files.
    pub name: &'static str,
    /// Up or down.
    pub direction: Direction,
    /// The phase it is counted under.
    pub phase: Phase,
    /// Whether it opens a phase.
    pub opens: Opens,
    /// Number of the kind that answers it, where it asks for local steps.
    pub answer: Option<u16>,
    /// The vectors it carries, in order; a message may leave out the last ones.
    pub vectors: &'static [VectorName],
}

/// The kind number of `Aggregated` notes, which belong to no algorithm.
pub const KIND_AGGREGATED: u16 = u16::MAX;

/// Who sends what to whom, and when in the run: position is logical, never arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Sender.
    pub from: Address,
    /// Receiver.
    pub to: Address,
    /// Outer round.
    pub round: u32,
    /// Phase.
    pub phase: Phase,
    /// The barrier that it opens or closes, within (round, phase).
    pub sync: u32,
    /// Number of the kind.
    pub kind: u16,
}

/// The step size of local step k: `min(cap, scale / (offset + k))`, k counted within the phase of one outer round.
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
    pub fn constant(step: f64) -> Self {
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
    /// Its name.
    pub name: VectorName,
    /// Its components, shared by everyone who holds it.
    pub values: Arc<[f64]>,
}

impl Named {
    /// Whether every component is a number, and none an infinity.
    pub(crate) fn is_finite(&self) -> bool {
        self.values.iter().all(|value| value.is_finite())
    }
}

/// One payload for many clients, shared, not copied; each client's copy is one message.
#[derive(Clone, Debug, PartialEq)]
pub struct Broadcast {
    /// Counts the server's broadcasts from 1, so that a worker prepares for each only once.
    pub serial: u64,
    /// Number of the kind.
    pub kind: u16,
    /// Outer round.
    pub round: u32,
    /// Phase.
    pub phase: Phase,
    /// Barriers closed before it within (round, phase): the number of the barrier that its order opens.
    pub sync: u32,
    /// What the receiver shall do.
    pub order: Order,
    /// The vectors of the kind, in its order, without those that it leaves out.
    pub vectors: Vec<Named>,
}

impl Broadcast {
    /// The vector of that name.
    pub fn vector(&self, name: VectorName) -> Option<&Arc<[f64]>> {
        self.vectors.iter().find(|vector| vector.name == name).map(|vector| &vector.values)
    }

    /// The header of the copy for client `m`.
    pub fn header(&self, m: u32) -> Header {
        Header {
            from: Address::Server,
            to: Address::Client(m),
            round: self.round,
            phase: self.phase,
            sync: self.sync,
            kind: self.kind,
        }
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
    },
    /// Which replies were folded; the server's note to itself.
    Aggregated {
        /// Replies folded.
        replies: u32,
        /// xxh3-64 of the aggregate's bits.
        digest: u64,
    },
}

/// A message under way.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// Who, whom, when, which kind.
    pub header: Header,
    /// What.
    pub body: Body,
}

/// Whether the numbers of a message have to be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scan<'a> {
    /// They are new at the wire.
    Numbers,
    /// Of the only vector of a reply, these are new; the others are those of the broadcast that it answers.
    Touched(&'a Touched),
    /// The same payload has passed before.
    Seen,
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
    fn numbers_and_names_of_phases_and_vectors_are_fixed() {
        assert_eq!(Phase::ALL.map(Phase::number), [0, 1]);
        assert_eq!([0, 1, 2].map(Phase::from_number), [Some(Phase::Critic), Some(Phase::Actor), None]);
        assert_eq!(VectorName::ALL.map(|name| name as usize), [0, 1, 2, 3]);
        assert_eq!(VectorName::ALL.map(VectorName::name), ["theta", "psi", "omega", "other"]);
        let text = [Address::Server, Phase::Critic.worker(3), Phase::Actor.worker(4), Address::Client(5)]
            .map(|address| address.to_string());
        assert_eq!(text, ["server", "critic:3", "actor:4", "client:5"]);
    }
}
