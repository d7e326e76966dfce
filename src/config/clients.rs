//! How the problems of clients differ.

use crate::pomdp::Variation;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How far each client's own tables lie from the problem's, from 0 (all alike) to 1; see [`Variation`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Clients {
    /// Strength for rewards: towards a number drawn from the problem's range for each state and action.
    #[schemars(range(min = 0, max = 1))]
    pub rewards: f64,
    /// Strength for transitions: towards a mixture of all actions, drawn for each state and action.
    #[schemars(range(min = 0, max = 1))]
    pub transitions: f64,
    /// Strength for observations: towards a distribution over what the action can show, drawn for each action
    /// and state; for normal sensors, the part by which an action's deviation may change.
    #[schemars(range(min = 0, max = 1))]
    pub sensors: f64,
    /// What the clients' tables are drawn from; not the run's seed.
    #[schemars(range(max = SEED_MAX))]
    pub seed: u64,
}

/// Largest seed: every integer up to it is a number of TOML and of JSON alike.
const SEED_MAX: u64 = 1 << 53;

impl Clients {
    /// The variation; `None` where all clients are alike.
    pub fn variation(self) -> Option<Variation> {
        let Clients { rewards, transitions, sensors, seed } = self;
        let variation = Variation { rewards, transitions, sensors, seed };
        (!variation.is_none()).then_some(variation)
    }
}
