//! What a learner asks of trajectories.

/// Which actions of each step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Of {
    /// The one that was taken.
    Taken,
    /// All of them, in order.
    All,
}

impl Of {
    /// How many rows a step has.
    #[inline]
    pub fn rows(self, actions: usize) -> usize {
        match self {
            Of::Taken => 1,
            Of::All => actions,
        }
    }
}

/// What is asked of a batch of trajectories. Nothing else is computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// φ, of the critic's features.
    pub features: Option<Of>,
    /// r̃, normalised to [0, 1].
    pub rewards: bool,
    /// The actions taken.
    pub actions: bool,
    /// ξ, of the policy's logits.
    pub gradients: Option<Of>,
    /// `π_h(· | z)`.
    pub probabilities: bool,
}

impl Needs {
    /// What either asks for.
    pub fn and(self, other: Needs) -> Needs {
        Needs {
            features: self.features.max(other.features),
            rewards: self.rewards || other.rewards,
            actions: self.actions || other.actions,
            gradients: self.gradients.max(other.gradients),
            probabilities: self.probabilities || other.probabilities,
        }
    }

    /// Whether the policy is asked, beyond its actions.
    pub(super) fn policy(self) -> bool {
        self.gradients.is_some() || self.probabilities
    }
}
