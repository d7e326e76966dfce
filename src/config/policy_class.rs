//! What a policy is: a softmax over features of histories, or over the logits of a network that reads them.

use super::Features;
use super::limits::{UNITS_MAX, WINDOW_MAX};
use crate::policy::network::{Clock, Hidden, Output};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A network that reads histories, whose outputs are the policy's logits; which other keys there are depends
/// on `kind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum NetworkPolicy {
    /// Layers of tanh units, of which the first reads the last `window` pairs of action and observation.
    Mlp {
        /// Number of pairs L; with H - 1 of them it reads the whole history.
        #[schemars(range(max = WINDOW_MAX))]
        window: u32,
        /// Number n of units, or a list with that of each hidden layer.
        #[serde(default = "one_of_sixteen")]
        hidden: Hidden,
        /// How the network is told the step.
        #[serde(default)]
        clock: Clock,
        /// Weights of the logits in the first parameter.
        #[serde(default)]
        output: FirstOutput,
    },
    /// A recurrent network whose units remember themselves alone (Li et al. 2018).
    Indrnn {
        /// Number n of units.
        #[serde(default = "sixteen")]
        #[schemars(range(min = 1, max = UNITS_MAX))]
        hidden: u32,
        /// How the network is told the step.
        #[serde(default)]
        clock: Clock,
        /// Weights of the logits in the first parameter.
        #[serde(default)]
        output: FirstOutput,
    },
    /// A recurrent network with gates (Cho et al. 2014), as PyTorch and flax have it.
    Gru {
        /// Number n of units.
        #[serde(default = "eight")]
        #[schemars(range(min = 1, max = UNITS_MAX))]
        hidden: u32,
        /// How the network is told the step.
        #[serde(default)]
        clock: Clock,
        /// Weights of the logits in the first parameter.
        #[serde(default)]
        output: FirstOutput,
    },
}

fn eight() -> u32 {
    8
}

fn sixteen() -> u32 {
    16
}

fn one_of_sixteen() -> Hidden {
    Hidden::new(&[16]).expect("one layer")
}

/// Where the weights of the logits start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FirstOutput {
    /// At 0: the first policy is uniform, to the bit, and in the first round no other weight moves.
    #[default]
    Zero,
    /// At opposite weights of two halves of the units, which are alike: the first policy is uniform but for
    /// rounding, and all weights move.
    Paired,
}

impl NetworkPolicy {
    /// What a configuration calls it.
    pub fn kind(self) -> &'static str {
        match self {
            NetworkPolicy::Mlp { .. } => "mlp",
            NetworkPolicy::Indrnn { .. } => "indrnn",
            NetworkPolicy::Gru { .. } => "gru",
        }
    }

    /// How it is told the step.
    pub fn clock(self) -> Clock {
        let (NetworkPolicy::Mlp { clock, .. }
        | NetworkPolicy::Indrnn { clock, .. }
        | NetworkPolicy::Gru { clock, .. }) = self;
        clock
    }

    /// Where the weights of its logits start.
    pub fn output(self) -> Output {
        let (NetworkPolicy::Mlp { output, .. }
        | NetworkPolicy::Indrnn { output, .. }
        | NetworkPolicy::Gru { output, .. }) = self;
        match output {
            FirstOutput::Zero => Output::Zero,
            FirstOutput::Paired => Output::Paired,
        }
    }
}

/// As features are written: defaults are left out but for the size.
impl fmt::Display for NetworkPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NetworkPolicy::Mlp { window, hidden, .. } => write!(f, "mlp:{hidden},window={window}")?,
            NetworkPolicy::Indrnn { hidden, .. } => write!(f, "indrnn:{hidden}")?,
            NetworkPolicy::Gru { hidden, .. } => write!(f, "gru:{hidden}")?,
        }
        match self.clock() {
            Clock::Fraction => {}
            Clock::OneHot => f.write_str(",clock=one-hot")?,
            Clock::None => f.write_str(",clock=none")?,
        }
        if self.output() == Output::Paired { f.write_str(",output=paired") } else { Ok(()) }
    }
}

/// What a policy is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PolicyClass {
    /// A softmax of logits that are linear in θ, over these features.
    Features(Features),
    /// A softmax of a network's outputs.
    Network(NetworkPolicy),
}

impl PolicyClass {
    /// What a configuration calls the features, or the network.
    pub fn kind(self) -> &'static str {
        match self {
            PolicyClass::Features(features) => features.kind(),
            PolicyClass::Network(network) => network.kind(),
        }
    }

    /// The key of a configuration that says it.
    pub fn key(self) -> &'static str {
        match self {
            PolicyClass::Features(_) => "actor.features",
            PolicyClass::Network(_) => "actor.policy",
        }
    }

    /// The features, where it has some.
    pub fn features(self) -> Option<Features> {
        match self {
            PolicyClass::Features(features) => Some(features),
            PolicyClass::Network(_) => None,
        }
    }
}

impl From<Features> for PolicyClass {
    fn from(features: Features) -> Self {
        PolicyClass::Features(features)
    }
}

impl From<NetworkPolicy> for PolicyClass {
    fn from(network: NetworkPolicy) -> Self {
        PolicyClass::Network(network)
    }
}

impl fmt::Display for PolicyClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PolicyClass::Features(features) => features.fmt(f),
            PolicyClass::Network(network) => network.fmt(f),
        }
    }
}
