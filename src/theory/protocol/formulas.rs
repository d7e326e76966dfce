//! A protocol in letters: formulas that a person can hold against the paper.

use super::letter::{H, M};
use super::numbers::of_phase;
use super::size::Size;
use super::step::{Chore, Leaf, Message, Protocol, Step};
use crate::theory::counts::{ByRoute, Direction, PerPhase, Phase};
use serde::{Serialize, Serializer};

/// Messages in letters, and the parameters in them.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Formula {
    /// Number of messages.
    pub messages: Size,
    /// Number of parameters in them, and of integers.
    pub floats: Size,
}

/// The formula of one kind of message.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KindFormula {
    /// Its name.
    #[serde(skip)]
    pub kind: &'static str,
    /// Where it goes.
    pub direction: Direction,
    /// When.
    pub phase: Phase,
    /// How many, and how much.
    #[serde(flatten)]
    pub formula: Formula,
}

/// What a run counts, in letters. Its parts have the names of those of
/// [`Counts`](crate::theory::counts::Counts).
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Formulas {
    /// On the wire, to the server.
    pub up: Formula,
    /// On the wire, to the clients.
    pub down: Formula,
    /// On the wire, from client to client; left out where nothing goes that way.
    #[serde(skip_serializing_if = "is_nothing")]
    pub peer: Formula,
    /// The wire by phase.
    pub by_phase: PerPhase<ByRoute<Formula>>,
    /// The wire by kind, in the order of the run.
    #[serde(serialize_with = "by_name")]
    pub by_kind: Vec<KindFormula>,
    /// Barriers.
    pub barriers: Size,
    /// Messages to every client that open a phase, each fan-out counted once.
    pub broadcasts: Size,
    /// Local steps, summed over clients.
    pub local_steps: PerPhase<Size>,
    /// Barriers by phase.
    pub barriers_by_phase: PerPhase<Size>,
    /// Trajectories that one client samples.
    pub trajectories_per_client: Size,
    /// Environment steps that one client takes.
    pub env_steps_per_client: Size,
    /// What the server does, by name; left out where it does nothing that costs.
    #[serde(skip_serializing_if = "Vec::is_empty", serialize_with = "by_work")]
    pub server_work: Vec<(&'static str, Size)>,
}

fn is_nothing(formula: &Formula) -> bool {
    *formula == Formula::default()
}

fn by_name<S: Serializer>(kinds: &[KindFormula], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(kinds.iter().map(|kind| (kind.kind, kind)))
}

fn by_work<S: Serializer>(done: &[(&'static str, Size)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(done.iter().map(|(name, amount)| (name, amount)))
}

impl Protocol {
    /// What a whole run counts, in letters.
    pub fn formulas(&self) -> Formulas {
        let mut formulas = Formulas::default();
        for leaf in self.steps.leaves() {
            formulas.add(&leaf);
        }
        for Chore { loops, name, amount } in self.steps.chores() {
            let done = loops.iter().fold(amount.clone(), |done, &times| times.clone() * done);
            match formulas.server_work.iter_mut().find(|(known, _)| *known == name) {
                Some((_, sum)) => add(sum, &done),
                None => formulas.server_work.push((name, done)),
            }
        }
        formulas.barriers =
            formulas.barriers_by_phase.critic.clone() + formulas.barriers_by_phase.actor.clone();
        formulas.env_steps_per_client = formulas.trajectories_per_client.clone() * H;
        formulas
    }
}

impl Formulas {
    fn add(&mut self, leaf: &Leaf<'_>) {
        let &Leaf {
            ref loops,
            step,
            direction,
            message: &Message { kind, phase, ref vectors, ref integers },
        } = leaf;
        let times = loops.iter().fold(Size::from(1), |times, &size| times * size.clone());
        match step {
            Step::Broadcast(_) => add(&mut self.broadcasts, &times),
            Step::Barrier { local_steps, trajectories, .. } => {
                add(of_phase(&mut self.barriers_by_phase, phase), &times);
                let steps = times.clone() * local_steps.clone();
                add(of_phase(&mut self.local_steps, phase), &(M * steps.clone()));
                add(&mut self.trajectories_per_client, &(steps * trajectories.clone()));
            }
            Step::Sync(_)
            | Step::Letters { .. }
            | Step::ServerWork(_)
            | Step::Sequence(_)
            | Step::Repeat(..) => {}
        }
        let numbers = vectors.iter().chain(integers);
        let length = numbers.fold(Size::default(), |length, vector| length + vector.length);
        let messages = match step {
            Step::Letters { number, .. } => number.clone() * times,
            _ => M * times,
        };
        let formula = Formula { floats: messages.clone() * length, messages };
        let of_phase = of_phase(&mut self.by_phase, phase);
        let (all, of_phase) = match direction {
            Direction::Up => (&mut self.up, &mut of_phase.up),
            Direction::Peer => (&mut self.peer, &mut of_phase.peer),
            Direction::Down | Direction::Local => (&mut self.down, &mut of_phase.down),
        };
        all.add(&formula);
        of_phase.add(&formula);
        match self.by_kind.iter_mut().find(|known| known.kind == kind) {
            Some(known) => known.formula.add(&formula),
            None => self.by_kind.push(KindFormula { kind, direction, phase, formula }),
        }
    }
}

impl Formula {
    fn add(&mut self, other: &Formula) {
        add(&mut self.messages, &other.messages);
        add(&mut self.floats, &other.floats);
    }
}

fn add(sum: &mut Size, size: &Size) {
    *sum = std::mem::take(sum) + size.clone();
}
