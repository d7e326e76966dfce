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
    /// Strength for parts: the states are shared out among the clients, and outside of its part a client's
    /// rewards go towards 0, or what is nearest to 0 in the problem's range.
    // Left out where it is 0, so that configurations from before there was the key keep their digests.
    #[serde(skip_serializing_if = "is_none")]
    #[schemars(range(min = 0, max = 1))]
    pub parts: f64,
    /// What the clients' tables are drawn from; not the run's seed.
    #[schemars(range(max = SEED_MAX))]
    pub seed: u64,
}

/// Largest seed: every integer up to it is a number of TOML and of JSON alike.
const SEED_MAX: u64 = 1 << 53;

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
fn is_none(strength: &f64) -> bool {
    strength.abs() <= 0.0
}

impl Clients {
    /// The variation; `None` where all clients are alike.
    pub fn variation(self) -> Option<Variation> {
        let Clients { rewards, transitions, sensors, parts, seed } = self;
        let variation = Variation { rewards, transitions, sensors, parts, seed };
        (!variation.is_none()).then_some(variation)
    }
}
