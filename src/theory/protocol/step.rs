//! The steps of which protocols are made.

use super::letter::{H, Letter, M, P, Q};
use super::size::Size;
use super::values::Values;
use crate::theory::counts::{Direction, Phase};

/// What an algorithm sends, as a value: who sends what to whom, in which loops.
#[derive(Clone, Debug)]
pub struct Protocol {
    /// The algorithm's name.
    pub name: &'static str,
    /// The letter that counts outer rounds; `None` where there is one round. It says how often loops run and
    /// nothing else: a run that is shorter by some rounds is that of a smaller value.
    pub rounds: Option<Letter>,
    /// What happens, from the first message to the last.
    pub steps: Step,
}

/// What happens, between the server and all clients.
#[derive(Clone, Debug)]
pub enum Step {
    /// The server opens a phase with a message to every client.
    Broadcast(Message),
    /// A barrier: every client takes local steps and replies; the server waits for all, and folds.
    Barrier {
        /// Local steps of each client.
        local_steps: Size,
        /// Trajectories that each of them samples.
        trajectories: Size,
        /// The reply.
        reply: Message,
    },
    /// The server answers a barrier with a message to every client.
    Sync(Message),
    /// Clients write to one another, after the replies of a barrier.
    Letters {
        /// Letters of all clients together: one for each link and way.
        number: Size,
        /// The letter.
        letter: Message,
    },
    /// The server does what costs and is no message: so much of each sort, by name.
    ServerWork(Vec<(&'static str, Size)>),
    /// One after another.
    Sequence(Vec<Step>),
    /// The same, so many times.
    Repeat(Size, Box<Step>),
}

/// A message over one link. A client hands each one on to its critic or actor, or has it from there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The kind.
    pub kind: &'static str,
    /// The part of a round to which it belongs.
    pub phase: Phase,
    /// What it carries.
    pub vectors: Vec<Vector>,
    /// Vectors of integers that it carries after them.
    pub integers: Vec<Vector>,
}

/// A vector of parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vector {
    /// The name under which its numbers are counted.
    pub name: &'static str,
    /// Its letter in the paper.
    pub symbol: &'static str,
    /// Its length.
    pub length: Letter,
}

/// Policy parameters.
pub const THETA: Vector = Vector { name: "theta", symbol: "θ", length: P };
/// Critic parameters.
pub const PSI: Vector = Vector { name: "psi", symbol: "ψ", length: Q };
/// Update directions of the policy.
pub const OMEGA: Vector = Vector { name: "omega", symbol: "ω", length: P };

/// A [`Message`].
pub fn message<const V: usize>(kind: &'static str, phase: Phase, vectors: [Vector; V]) -> Message {
    Message { kind, phase, vectors: vectors.to_vec(), integers: Vec::new() }
}

/// A [`Step::Barrier`] whose local steps sample one trajectory each.
pub fn barrier(local_steps: impl Into<Size>, reply: Message) -> Step {
    Step::Barrier { local_steps: local_steps.into(), trajectories: 1.into(), reply }
}

/// A [`Step::ServerWork`].
pub fn server_work<const W: usize>(done: [(&'static str, Size); W]) -> Step {
    Step::ServerWork(done.into())
}

/// A [`Step::Sequence`].
pub fn sequence<const S: usize>(steps: [Step; S]) -> Step {
    Step::Sequence(steps.into())
}

/// A [`Step::Repeat`].
pub fn repeat<const S: usize>(times: impl Into<Size>, steps: [Step; S]) -> Step {
    Step::Repeat(times.into(), Box::new(sequence(steps)))
}

/// One message of a protocol.
pub(super) struct Leaf<'a> {
    /// How often each loop around it runs, the outermost first.
    pub(super) loops: Vec<&'a Size>,
    /// The step that sends it: neither a sequence nor a loop.
    pub(super) step: &'a Step,
    pub(super) direction: Direction,
    pub(super) message: &'a Message,
}

impl Step {
    /// Every message, in the order of the run.
    pub(super) fn leaves(&self) -> Vec<Leaf<'_>> {
        let mut leaves = Vec::new();
        self.collect(&mut Vec::new(), &mut leaves);
        leaves
    }

    fn collect<'a>(&'a self, loops: &mut Vec<&'a Size>, leaves: &mut Vec<Leaf<'a>>) {
        let mut leaf =
            |direction, message| leaves.push(Leaf { loops: loops.clone(), step: self, direction, message });
        match self {
            Step::Broadcast(message) | Step::Sync(message) => leaf(Direction::Down, message),
            Step::Barrier { reply, .. } => leaf(Direction::Up, reply),
            Step::Letters { letter, .. } => leaf(Direction::Peer, letter),
            Step::ServerWork(_) => {}
            Step::Sequence(steps) => steps.iter().for_each(|step| step.collect(loops, leaves)),
            Step::Repeat(times, step) => {
                loops.push(times);
                step.collect(loops, leaves);
                loops.pop();
            }
        }
    }
}

/// One sort of what the server does, in one place of a protocol.
pub(super) struct Chore<'a> {
    /// How often each loop around it runs, the outermost first.
    pub(super) loops: Vec<&'a Size>,
    pub(super) name: &'static str,
    pub(super) amount: &'a Size,
}

impl Step {
    /// All that the server does, in the order of the run.
    pub(super) fn chores(&self) -> Vec<Chore<'_>> {
        match self {
            Step::ServerWork(done) => {
                let chore = |(name, amount)| Chore { loops: Vec::new(), name, amount };
                done.iter().map(|(name, amount)| chore((*name, amount))).collect()
            }
            Step::Sequence(steps) => steps.iter().flat_map(Step::chores).collect(),
            Step::Repeat(times, step) => {
                let mut chores = step.chores();
                chores.iter_mut().for_each(|chore| chore.loops.insert(0, times));
                chores
            }
            Step::Broadcast(_) | Step::Barrier { .. } | Step::Sync(_) | Step::Letters { .. } => Vec::new(),
        }
    }
}

impl Message {
    /// The same message, which also carries a vector of integers.
    pub fn with_integers(mut self, vector: Vector) -> Self {
        self.integers.push(vector);
        self
    }

    /// Numbers in it, integers among them; of a length that has none, 0.
    pub fn numbers(&self, values: &Values) -> u64 {
        self.vectors
            .iter()
            .chain(&self.integers)
            .map(|vector| values.get(vector.length).unwrap_or_default())
            .sum()
    }
}

impl Protocol {
    /// The replies of all barriers.
    pub fn replies(&self) -> impl Iterator<Item = &Message> {
        let leaves = self.steps.leaves().into_iter();
        leaves.filter(|leaf| leaf.direction == Direction::Up).map(|leaf| leaf.message)
    }

    /// What the server tells clients, and the steps in which it does.
    pub fn told(&self) -> impl Iterator<Item = (&Step, &Message)> {
        let leaves = self.steps.leaves().into_iter();
        leaves.filter(|leaf| leaf.direction == Direction::Down).map(|leaf| (leaf.step, leaf.message))
    }

    /// The letters of all sizes on which counts depend, each once.
    pub fn letters(&self) -> Vec<Letter> {
        let mut letters = vec![M, H];
        for Leaf { loops, step, message, .. } in self.steps.leaves() {
            letters.extend(loops.iter().flat_map(|times| times.letters()));
            if let Step::Barrier { local_steps, trajectories, .. } = step {
                letters.extend(local_steps.letters().chain(trajectories.letters()));
            }
            if let Step::Letters { number, .. } = step {
                letters.extend(number.letters());
            }
            letters.extend(message.vectors.iter().chain(&message.integers).map(|vector| vector.length));
        }
        for Chore { loops, amount, .. } in self.steps.chores() {
            letters.extend(loops.iter().flat_map(|times| times.letters()).chain(amount.letters()));
        }
        let mut once: Vec<Letter> = Vec::new();
        for letter in letters {
            if !once.contains(&letter) {
                once.push(letter);
            }
        }
        once
    }
}
