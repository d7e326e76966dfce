//! What is known of a policy or critic after every round, and what it had cost to come there.

use super::{Costs, RoundRow, Run};

/// A number that a run has after every round, or after some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// The value of the policy, in the problem's own units.
    Value,
    /// What is missing to the optimum.
    Gap,
    /// How much of the way from the uniform policy to the optimum is done.
    Share,
    /// The Bellman error of the last round's critic.
    BellmanError,
    /// How far actors were from where they had started at the last round's barriers.
    DriftActor,
    /// The same of critics.
    DriftCritic,
}

/// What is counted of a run's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost {
    /// Bytes of all encoded frames.
    WireBytes,
    /// Bytes of all parameters and integers in messages.
    PayloadBytes,
    /// All parameters in messages.
    Floats,
    /// All messages.
    Messages,
    /// Rounds.
    Rounds,
    /// Trajectories of all clients.
    Trajectories,
    /// Environment steps of all clients.
    EnvSteps,
}

impl Quantity {
    /// All there are.
    pub const ALL: [Quantity; 6] = [
        Quantity::Value,
        Quantity::Gap,
        Quantity::Share,
        Quantity::BellmanError,
        Quantity::DriftActor,
        Quantity::DriftCritic,
    ];

    /// The name in tables, targets and options.
    pub fn name(self) -> &'static str {
        match self {
            Quantity::Value => "value",
            Quantity::Gap => "gap",
            Quantity::Share => "share",
            Quantity::BellmanError => "bellman_error",
            Quantity::DriftActor => "drift_actor",
            Quantity::DriftCritic => "drift_critic",
        }
    }

    /// The quantity that has a name.
    pub fn of_name(name: &str) -> Option<Self> {
        Quantity::ALL.into_iter().find(|quantity| quantity.name() == name)
    }

    /// All names, as a sentence lists them.
    pub fn names() -> String {
        let names = Quantity::ALL.map(Quantity::name);
        let (last, others) = names.split_last().expect("there are quantities");
        format!("{} or {last}", others.join(", "))
    }

    /// It in a row of a run.
    pub fn of(self, run: &Run, row: &RoundRow) -> Option<f64> {
        match self {
            Quantity::Value => row.value,
            Quantity::Gap => row.gap(),
            Quantity::Share => run.share_of(row.value?),
            Quantity::BellmanError => row.bellman_error,
            Quantity::DriftActor => row.drift_actor,
            Quantity::DriftCritic => row.drift_critic,
        }
    }

    /// What a run has come to: that of its last policy that was evaluated, and of its last round.
    pub fn at_end(self, run: &Run) -> Option<f64> {
        match self {
            Quantity::Value => run.value(),
            Quantity::Gap => run.gap(),
            Quantity::Share => run.share(),
            Quantity::BellmanError => run.bellman_error(),
            Quantity::DriftActor | Quantity::DriftCritic => self.of(run, run.rounds().last()?),
        }
    }
}

impl Cost {
    /// All there are.
    pub const ALL: [Cost; 7] = [
        Cost::WireBytes,
        Cost::PayloadBytes,
        Cost::Floats,
        Cost::Messages,
        Cost::Rounds,
        Cost::Trajectories,
        Cost::EnvSteps,
    ];

    /// The name in tables and options.
    pub fn name(self) -> &'static str {
        match self {
            Cost::WireBytes => "wire_bytes",
            Cost::PayloadBytes => "payload_bytes",
            Cost::Floats => "floats",
            Cost::Messages => "messages",
            Cost::Rounds => "rounds",
            Cost::Trajectories => "trajectories",
            Cost::EnvSteps => "env_steps",
        }
    }

    /// It after so many rounds of a run, at which it had these costs; `None` where nothing says how many
    /// clients have taken part.
    pub fn of(self, run: &Run, rounds: u64, costs: &Costs) -> Option<u64> {
        match self {
            Cost::WireBytes => Some(costs.wire_bytes()),
            Cost::PayloadBytes => Some(costs.payload_bytes()),
            Cost::Floats => Some(costs.floats()),
            Cost::Messages => Some(costs.messages()),
            Cost::Rounds => Some(rounds),
            Cost::Trajectories => run.clients().map(|clients| costs.trajectories(clients)),
            Cost::EnvSteps => run.clients().map(|clients| costs.env_steps(clients)),
        }
    }
}
